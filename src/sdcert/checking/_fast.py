"""The fast way to the same verdicts: one value at a time, or a stream in blocks.

Semantics are those of :func:`sdcert.checking.check`, of which everything here is remembered by what
it depends on: what registries and years mean to a number, by its first eleven characters or by year
and code; what is wrong with a text, by its shape. Streams are read in blocks, one column of bytes
after another: a row is canonical if it is 鲁, 15 ASCII digits, the last five not all zero,
and perhaps the marker; all other rows are read one by one. The tests compare it all with ``check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from operator import getitem
from typing import Any, Final, TypeAlias, cast

import sdcert
from sdcert._grammar import PREFIX, canonical_match, canonicalize, plain_text
from sdcert._memo import memo_of
from sdcert._shapes import read_text
from sdcert.checking._blocks import BLOCK, blocks, read_block
from sdcert.checking.verdicts import Verdict, check, check_options, year_findings
from sdcert.findings import UNDECIDED, Finding, FindingCode, Outcome, Severity
from sdcert.numbering import CertificateNumber

__all__ = ["check_many", "is_valid"]

Pair: TypeAlias = tuple[Outcome, FindingCode | None]


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
        return (judge.heads.get(value[:_HEAD]) or judge.remember(value))[0] is _VALID
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
        TypeError: As :func:`check`, at once; also for one text, bytes or a frame.
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
    if hasattr(kind, "columns"):
        raise TypeError(
            f"values must be a series of values, not a {kind.__name__}: pass one of its columns, "
            "or use sdcert.frames.check()"
        )
    if hasattr(kind, "to_pylist"):  # of Arrow, whose own iterator gives scalars
        array = cast("Any", values)
        pieces = (array.slice(at, BLOCK).to_pylist() for at in range(0, len(array), BLOCK))
        return chain.from_iterable(pieces)
    return iter(values)


_HEAD: Final = 11  # 鲁, year, region code, series code: all that tables and years can speak of
_MEMORY: Final = 65_536  # heads, and bodies, remembered for one question; more are looked up anew
_OPTIONS: Final = 64  # days and windows remembered for one book
_USUAL: Final = 1  # the usual window; without a day, the options are None in the memo
_CONSUMER: Final = "checking"  # whose memo of a book it is
_VALID: Final = Outcome.VALID  # a member of an enum is slow to fetch


class _Answers(dict[bytes, "Pair"]):
    """Answers by series code, for bodies of one year with the same finding.

    Args:
        judge: Whom to ask.
        year: Two digits.
        by_region: The finding on the region code; None where the answer for the code changes within
            the window, so that ``body`` has to be looked up together with each series code.
        body: Year and region code.
    """

    def __init__(self, judge: _Judge, year: bytes, by_region: _Gravest | None, body: bytes) -> None:
        self._judge, self._year, self._by_region, self._body = judge, year, by_region, body

    def __missing__(self, series: bytes) -> Pair:
        if self._by_region is None:
            gravest = self._judge.gravest(self._body + series)
        else:
            gravest = min(self._by_region, self._judge.series[self._year + series])
        pair = self[series] = gravest[2]
        return pair


class _Series(dict[bytes, "_Gravest"]):
    """The first finding on a year with a series code."""

    def __init__(self, judge: _Judge) -> None:
        self._judge = judge

    def __missing__(self, key: bytes) -> _Gravest:
        found = self[key] = self._judge.gravest_of(key[:2], key[2:].decode())
        return found


class _Bodies(dict[bytes, _Answers]):
    """Answers by year with region code, then by series code.

    There are few answers, however many bodies there are, so these share them.
    """

    def __init__(self, judge: _Judge) -> None:
        self._judge = judge
        self._shared: dict[tuple[bytes, _Gravest], _Answers] = {}

    def __missing__(self, body: bytes) -> _Answers:
        year, code = body[:2], body[2:].decode()
        if self._judge.varies(year, code):
            answers = _Answers(self._judge, year, None, body)
        else:
            found = self._judge.gravest_of(year, code)
            if (year, found) not in self._shared:
                self._shared[year, found] = _Answers(self._judge, year, found, body)
            answers = self._shared[year, found]
        if len(self) >= _MEMORY:
            self.clear()
        self[body] = answers
        return answers


class _Years(dict[bytes, "Pair"]):
    """Without tables all depends on the year alone."""

    def __init__(self, judge: _Judge) -> None:
        self._judge = judge

    def __missing__(self, year: bytes) -> Pair:
        pair = self[year] = self._judge.gravest_of_year(year)[2]
        return pair


class _Judge:
    """The answers to one question (tables, day, window), remembered by what they depend on.

    It holds no law of its own: for each year with region code, and each year with series code, it
    asks the functions that :func:`check` asks, once.
    """

    def __init__(
        self, codes: sdcert.CodeBook | None, approved_on: date | None, window_years: int
    ) -> None:
        self._codes = codes
        self._approved_on = approved_on
        self._window_years = window_years
        # By head, the quickest where few heads are asked again and again; and by parts, for
        # streams of many heads.
        self.heads: dict[str, Pair] = {}
        self.series = _Series(self)
        self._bodies = _Bodies(self)
        self._years = _Years(self)

    def gravest(self, digits: bytes) -> _Gravest:
        """Return the first finding on year, region code and series code."""
        findings = self.check(f"{PREFIX}{digits.decode()}00001").findings
        return (*findings[0].rank, _pair(findings)) if findings else _NOTHING

    def gravest_of(self, year: bytes, code: str) -> _Gravest:
        """Return the first finding on a year with one code, if the other has none."""
        codes = cast("sdcert.CodeBook", self._codes)
        by_year = self.gravest_of_year(year)
        from sdcert.checking.registry import registry_code  # noqa: PLC0415  # see verdicts

        found = registry_code(codes, code, self._approved_on, 2000 + int(year), self._window_years)
        if found is None:
            return by_year
        span = (3, 8) if len(code) == 5 else (8, 11)
        return min(by_year, (found.severity.rank, span, _PAIRS[found]))

    def gravest_of_year(self, year: bytes) -> _Gravest:
        """Return the first finding on a year."""
        canonical = f"{PREFIX}{year.decode()}{'0' * 12}1"
        number = CertificateNumber.parse(canonical)
        found = year_findings(number, canonical, self._approved_on)
        return min(((*one.rank, _PAIRS[one.code]) for one in found), default=_NOTHING)

    def varies(self, year: bytes, region: str) -> bool:
        """Tell whether the answer for a region code changes within the window."""
        if self._approved_on is not None:
            return False
        from sdcert.checking.registry import varies  # noqa: PLC0415  # see verdicts

        codes = cast("sdcert.CodeBook", self._codes)
        return varies(codes, region, 2000 + int(year), self._window_years)

    def answer(self, digits: bytes) -> Pair:
        """Answer for a canonical number."""
        if self._codes is None:
            return self._years[digits[:2]]
        return self._bodies[digits[:7]][digits[7:10]]

    def remember(self, canonical: str) -> Pair:
        """Answer for a canonical number, and remember its head."""
        pair = self.answer(canonical[1:_HEAD].encode())
        if len(self.heads) >= _MEMORY:
            self.heads.clear()
        self.heads[canonical[:_HEAD]] = pair
        return pair

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
        # Two warnings: which comes first is a matter of their places.
        return _pair(self.check(value).findings)

    def check(self, value: object) -> Verdict:
        """Check a value on its own."""
        return check(
            value,
            codes=self._codes,
            approved_on=self._approved_on,
            window_years=self._window_years,
        )

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


# Gravity and place of the gravest finding, and the pair it makes; the least is the first finding.
_Gravest: TypeAlias = "tuple[int, tuple[int, int], Pair]"
_NOTHING: Final[_Gravest] = (len(Severity), (0, 0), (Outcome.VALID, None))


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
    memo = memo_of(codes, _CONSUMER, _OPTIONS)
    usual = approved_on is None and window_years == _USUAL
    options = None if usual else (approved_on, window_years)
    judge: _Judge | None = memo.get(options)
    return memo.put(options, _Judge(codes, approved_on, window_years)) if judge is None else judge
