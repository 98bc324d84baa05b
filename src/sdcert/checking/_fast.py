"""The fast way to the same verdicts: one value at a time, or a stream in blocks.

Verdicts are those of :func:`sdcert.checking.check`, kept by what they depend on: what tables and
years mean to a number, by its first eleven characters or by year and code; what is wrong with a
text, by its shape. The tests compare it all with ``check``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, partial
from itertools import chain, islice, repeat
from operator import getitem
from struct import Struct
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

import sdcert
from sdcert._grammar import (
    DIGITS,
    FIRST_YEAR,
    MARKER,
    PREFIX,
    canonical_match,
    canonicalize,
    plain_text,
)
from sdcert._memo import memo_of
from sdcert._shapes import read_text
from sdcert.checking.verdicts import check, check_options, year_findings
from sdcert.findings import UNDECIDED, Finding, FindingCode, Outcome, Severity
from sdcert.numbering import CertificateNumber

__all__ = ["check_many", "is_valid"]

K = TypeVar("K")
V = TypeVar("V")
Pair: TypeAlias = tuple[Outcome, FindingCode | None]
# Rank and place of the first finding, and the pair it makes; the least is that of a verdict.
_First: TypeAlias = tuple[int, tuple[int, ...], Pair]


def is_valid(
    value: object,
    *,
    codes: sdcert.CodeBook | None = None,
    approved_on: date | None = None,
    window_years: int = 1,
) -> bool:
    """Tell whether :func:`check` finds a value VALID; UNDETERMINED is not.

    Args:
        value: As for :func:`check`.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`.
        window_years: As for :func:`check`.

    Returns:
        True for VALID alone.

    Raises:
        TypeError: As :func:`check`.
        ValueError: As :func:`check`.

    >>> is_valid("鲁181402001200001"), is_valid("鲁181402001200000"), is_valid(None)
    (True, False, False)
    """
    if codes is None:
        if approved_on is not None or window_years is not _USUAL:  # True and 1.0 equal it
            check_options(None, approved_on, window_years)
        # without tables the grammar alone decides: years are warnings
        if type(value) is str and canonical_match(value):
            return True
        return type(value) is CertificateNumber or (
            canonicalize(plain_text(value) or "") is not None
        )
    try:
        # the usual question is asked of every number of a file: no detour by the options
        usual = approved_on is None and window_years is _USUAL
        judge = codes._memos[_CONSUMER][None] if usual else _judge(codes, approved_on, window_years)  # noqa: SLF001
    except (AttributeError, KeyError, TypeError):
        judge = _judge(codes, approved_on, window_years)
    if type(value) is str and canonical_match(value):
        return judge.heads[value[:_HEAD]][0] is _VALID
    return judge.pair(value)[0] is _VALID


def check_many(
    values: Iterable[object],
    *,
    codes: sdcert.CodeBook | None = None,
    approved_on: date | None = None,
    window_years: int = 1,
) -> Iterator[Pair]:
    """Check a stream of values fast: for each the outcome and the code of the first finding.

    The answers equal those of :func:`check`; pairs are shared objects, so that counting and
    storing them is cheap.

    Args:
        values: Any iterable, also a Series or an Arrow array; not one text, nor a whole frame. It
            is consumed lazily: it reads ahead in blocks, at most as many values as are already
            answered (max. 4,096).
        codes: As for :func:`check`.
        approved_on: As for :func:`check`, one day for all values.
        window_years: As for :func:`check`.

    Returns:
        An iterator of ``(outcome, code of the first finding or None)``.

    Raises:
        TypeError: As :func:`check`, at once; also for one text, bytes, a frame, a reader of
            batches, and what cannot be iterated over.
        ValueError: As :func:`check`, at once.

    >>> for outcome, code in check_many(["鲁181402001200001", "鲁181402001200000"]):
    ...     print(outcome, code)
    valid None
    invalid sequence-zero
    """
    judge = _judge(codes, approved_on, window_years)
    return judge.pairs(_stream(values))


def _stream(values: Iterable[object]) -> Iterator[object]:
    """Go through values, those of an Arrow array as Python's; refuse what is no stream of them."""
    kind = type(values)
    if isinstance(values, (str, bytes, bytearray, CertificateNumber)):
        raise TypeError(f"values must be a series of values, not one {kind.__name__}: use check()")
    if hasattr(kind, "columns") or hasattr(kind, "read_all"):  # frames, and Arrow's readers
        raise TypeError(
            f"values must be a series of values, not a {kind.__name__}: pass one of its columns, "
            "or use sdcert.frames.check()"
        )
    if hasattr(kind, "to_pylist"):  # of Arrow, whose own iterator gives scalars
        array = cast("Any", values)
        pieces = (array.slice(at, BLOCK).to_pylist() for at in range(0, len(array), BLOCK))
        return chain.from_iterable(pieces)
    try:
        return iter(values)
    except TypeError:
        raise TypeError(f"values must be a series of values, not {kind.__name__}") from None


_HEAD: Final = 11  # 鲁, year, region code, series code: all that tables and years can speak of
_REMEMBERED: Final = 65_536  # heads, or bodies, that are kept for one set of options
_OPTIONS_REMEMBERED: Final = 64  # days and windows that are kept for one book
_USUAL: Final = 1  # the usual window; without a day, the options are None in the memo
_CONSUMER: Final = "checking"  # whose memo of a book it is
_VALID: Final = Outcome.VALID  # a member of an enum is slow to fetch


class _Answers(dict[K, V], Generic[K, V]):
    """Answers, each worked out when it is first asked for; forgotten when they are too many."""

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[K], V]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: K) -> V:
        if len(self) >= _REMEMBERED:
            self.clear()
        answer = self[key] = self._find(key)
        return answer


class _Judge:
    """The answers under one set of options, kept by what they depend on.

    For each year with region code, and each year with series code, it calls once the functions that
    :func:`check` calls.
    """

    def __init__(
        self, codes: sdcert.CodeBook | None, approved_on: date | None, window_years: int
    ) -> None:
        self._codes = codes
        self._approved_on = approved_on
        self._window_years = window_years
        self._check = partial(
            check, codes=codes, approved_on=approved_on, window_years=window_years
        )
        # By head, the quickest where few heads come again and again; and by parts, for streams of
        # many heads. There are few different findings, so bodies (year and region code) with the
        # same one share their answers by series code.
        self.heads: _Answers[str, Pair] = _Answers(lambda head: self.answer(head[1:].encode()))
        self._years: _Answers[bytes, Pair] = _Answers(lambda year: self._of_year(year)[2])
        self._series: _Answers[bytes, _First] = _Answers(
            lambda key: self._of_code(key[:2], key[2:])
        )
        self._bodies: _Answers[bytes, _Answers[bytes, Pair]] = _Answers(self._of_body)
        self._shared: dict[tuple[bytes, _First], _Answers[bytes, Pair]] = {}

    def _of_body(self, body: bytes) -> _Answers[bytes, Pair]:
        """Return the answers for a year and a region code, by series code."""
        year = body[:2]
        if self._varies(body):  # then both codes have to be looked up together
            return _Answers(lambda series: self._of_head(body + series))
        found = self._of_code(year, body[2:])
        if (year, found) not in self._shared:
            self._shared[year, found] = _Answers(
                lambda series: min(found, self._series[year + series])[2]
            )
        return self._shared[year, found]

    def _of_head(self, digits: bytes) -> Pair:
        return _pair(self._check(f"{PREFIX}{digits.decode()}00001").findings)

    def _of_code(self, year: bytes, code: bytes) -> _First:
        """Return the first finding on a year with one code, if the other has none."""
        from sdcert.checking.registry import PARTS, registry_code  # noqa: PLC0415  # see verdicts

        codes = cast("sdcert.CodeBook", self._codes)
        by_year = self._of_year(year)
        days = self._approved_on, FIRST_YEAR + int(year), self._window_years
        found = registry_code(codes, code.decode(), *days)
        if found is None:
            return by_year
        return min(by_year, (found.severity.rank, DIGITS[PARTS[len(code)]], _PAIRS[found]))

    def _of_year(self, year: bytes) -> _First:
        """Return the first finding on a year."""
        canonical = f"{PREFIX}{year.decode()}{'0' * 12}1"
        number = CertificateNumber.parse(canonical)
        found = year_findings(number, canonical, self._approved_on)
        return min(((*one.rank, _PAIRS[one.code]) for one in found), default=_NOTHING)

    def _varies(self, body: bytes) -> bool:
        """Tell whether the answer for a region code changes within the window."""
        if self._approved_on is not None:
            return False
        from sdcert.checking.registry import varies  # noqa: PLC0415  # see verdicts

        codes = cast("sdcert.CodeBook", self._codes)
        year = FIRST_YEAR + int(body[:2])
        return varies(codes, body[2:].decode(), year, self._window_years)

    def answer(self, digits: bytes) -> Pair:
        """Answer for a canonical number."""
        if self._codes is None:
            return self._years[digits[:2]]
        return self._bodies[digits[:7]][digits[7:10]]

    def pair(self, value: object) -> Pair:
        """Answer for a value that is not canonical text."""
        if type(value) is str:
            code, digits, _ = read_text(value)
            if code is not None:
                return _PAIRS[code]
            pair = self.answer(digits)
            if pair[0] is not Outcome.VALID:
                return pair
            if pair[1] is None:
                return _PAIRS[FindingCode.NOT_CANONICAL]
        # of two warnings the first is that which stands first in the text
        return _pair(self._check(value).findings)

    def pairs(self, values: Iterable[object]) -> Iterator[Pair]:
        """Answer for a stream."""
        return chain.from_iterable(map(self._block, blocks(values)))

    def _block(self, values: Sequence[object]) -> list[Pair]:
        if self._codes is None:
            years, odd = read_block(values, "x2s13x")
            pairs = list(map(self._years.__getitem__, years))
        else:
            parts, odd = read_block(values, "x7s3s5x")
            pairs = list(map(getitem, map(self._bodies.__getitem__, parts[::2]), parts[1::2]))
        for row in odd:
            pairs[row] = self.pair(values[row])
        return pairs


_NOTHING: Final[_First] = (len(Severity), (), (Outcome.VALID, None))


# One object for each pair that a well-formed number can get.
_PAIRS: Final[dict[FindingCode, Pair]] = {
    code: (code.severity.outcome, code) for code in FindingCode
}
_UNDECIDED: Final[Pair] = (Outcome.UNDETERMINED, FindingCode.CODES_NOT_TOGETHER)


def _pair(findings: tuple[Finding, ...]) -> Pair:
    if not findings:
        return _NOTHING[2]
    return _UNDECIDED if findings[0].kind == UNDECIDED else _PAIRS[findings[0].code]


def _judge(codes: sdcert.CodeBook | None, approved_on: date | None, window_years: int) -> _Judge:
    """Return the judge of some options; a code book keeps those that it was used with."""
    check_options(codes, approved_on, window_years)
    if codes is None:
        return _Judge(None, approved_on, window_years)
    memo = memo_of(codes, _CONSUMER, _OPTIONS_REMEMBERED)
    usual = approved_on is None and window_years == _USUAL
    options = None if usual else (approved_on, window_years)
    judge: _Judge | None = memo.get(options)
    return memo.put(options, _Judge(codes, approved_on, window_years)) if judge is None else judge


# --- blocks ---------------------------------------------------------------------------------------
# A stream is read one column of bytes after another. A row is canonical if it is 鲁, 15 ASCII
# digits, the last five not all zero, and perhaps the marker; all others are read one by one.

BLOCK: Final = 4_096  # rows read at once
_SINGLE: Final = 16  # values answered one by one before blocks pay

_WIDTH: Final = len(PREFIX) + 15
_MARKED: Final = _WIDTH + len(MARKER)
_LONGEST: Final = 255  # all that a length needs to be, as a byte
_STAND_IN: Final = PREFIX + "0" * 14 + "1"  # for rows that are not canonical
_PLAIN: Final = b"0" + _STAND_IN[1:].encode()
_NOT_WIDTH: Final = bytes(length != _WIDTH for length in range(256))
_NOT_DIGIT: Final = bytes(byte not in b"0123456789" for byte in range(256))
_other_prefix: Final = re.compile(f"[^{PREFIX}]").finditer


def blocks(values: Iterable[object]) -> Iterator[list[object]]:
    """Cut a stream into blocks: some of one value first, then of as many as have passed already.

    What was read before the stream raised an exception is passed on before it.
    """
    stream = iter(values)
    passed, size = 0, 1
    while True:
        block: list[object] = []
        try:
            block.extend(islice(stream, size))
        except BaseException:
            if block:
                yield block
            raise
        if not block:
            return
        yield block
        passed += len(block)
        size = 1 if passed < _SINGLE else min(passed, BLOCK)


def read_block(values: Sequence[object], form: str) -> tuple[tuple[bytes, ...], set[int]]:
    """Read parts of all rows, one row after another, and the places of rows that are not canonical.

    The form says in the language of :mod:`struct` which parts: of 16 bytes, the first is that of 鲁
    and of no use, 15 are the digits. Other rows count as the number 0…01.
    """
    rows = values
    if not all(type(value) is str for value in rows):
        # What is no text, and texts of a class of their own, are read one by one.
        rows = [value if type(value) is str else "" for value in rows]
    texts = cast("Sequence[str]", rows)
    try:
        lengths = bytes(map(len, texts))
    except ValueError:
        lengths = bytes(map(min, map(len, texts), repeat(_LONGEST)))
    odd: set[int] = set()
    if lengths.count(_WIDTH) != len(texts):
        texts = list(texts)
        for row in _places(lengths.translate(_NOT_WIDTH), 1):
            text = texts[row]
            if lengths[row] == _MARKED and text.endswith(MARKER):
                texts[row] = text[:_WIDTH]
            else:
                texts[row] = _STAND_IN
                odd.add(row)
    joined = "".join(texts)
    odd.update(match.start() for match in _other_prefix(joined[::_WIDTH]))
    raw = bytearray(joined.encode("ascii", "replace"))  # one byte for each character
    raw[::_WIDTH] = b"0" * len(texts)
    for at in _places(raw.translate(_NOT_DIGIT), 1):
        row = at // _WIDTH
        odd.add(row)
        raw[row * _WIDTH : (row + 1) * _WIDTH] = _PLAIN
    # A digit is "0" with some more bits; five of them are "0" together if none has more.
    zeros = 0
    for place in range(_WIDTH - 5, _WIDTH):
        zeros |= int.from_bytes(raw[place::_WIDTH])
    odd.update(_places(zeros.to_bytes(len(texts)), ord("0")))
    if len(texts) == BLOCK:
        return _whole(form).unpack(raw), odd
    return tuple(chain.from_iterable(Struct(form).iter_unpack(raw))), odd


@cache
def _whole(form: str) -> Struct:
    return Struct(form * BLOCK)


def _places(column: bytes | bytearray, byte: int) -> Iterator[int]:
    """Go through the places of a byte; the column may change behind them."""
    at = column.find(byte)
    while at >= 0:
        yield at
        at = column.find(byte, at + 1)
