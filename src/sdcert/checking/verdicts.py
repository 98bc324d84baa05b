"""The verdict on a value: grammar, then registry, then time.

What is checked follows from what is passed. Nothing: the grammar (鲁人社规〔2018〕22号, 第五条).
A code book: also whether the region/department code and the series/level code are registered
and were in force (第五条（一）（二）). VALID means well-formed and, if asked, registered; it never
means that the number was issued or that a certificate is genuine.
"""

from __future__ import annotations

from datetime import date
from itertools import chain
from operator import attrgetter, getitem
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from sdcert._diagnosis import diagnose
from sdcert._grammar import PREFIX, canonical_match, canonicalize, plain_text
from sdcert._writings import read_text
from sdcert.checking._blocks import blocks, read_block
from sdcert.dates import as_day, format_day
from sdcert.findings import Finding, FindingCode, Outcome, Params, Severity
from sdcert.messages import Bilingual
from sdcert.numbering import CertificateNumber, not_canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sdcert.codes import CodeBook, NotInForce, NotListed

__all__ = ["Verdict", "check", "check_many", "is_valid"]

Pair: TypeAlias = "tuple[Outcome, FindingCode | None]"

SCHEME_BEGINS: Final = 2017  # the earliest evaluation year that the regulation shows (第五条)
_WIDEST_WINDOW: Final = 100
_REGION, _SERIES, _YEAR = slice(2, 7), slice(7, 10), slice(0, 2)  # of the 15 digits


@attrs.frozen
class Verdict:
    """What :func:`check` says of one value.

    A verdict is true in a condition only if its outcome is VALID, so that ``if check(text):``
    cannot pass a bad value.

    Attributes:
        outcome: VALID, INVALID or UNDETERMINED.
        number: The number where the text is well-formed, else None.
        findings: All findings: INVALID ones, then UNDETERMINED, then warnings; by span in each.
    """

    outcome: Outcome
    number: CertificateNumber | None = None
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, number: CertificateNumber | None, findings: Iterable[Finding] = ()) -> Verdict:
        """Order the findings and draw the outcome from them; without a number it is INVALID.

        >>> Verdict.of(None).outcome
        <Outcome.INVALID: 'invalid'>
        """
        ordered = tuple(sorted(findings, key=attrgetter("rank")))
        if number is None:
            return cls(Outcome.INVALID, None, ordered)
        outcome = ordered[0].severity.outcome if ordered else Outcome.VALID
        return cls(outcome, number, ordered)

    def __bool__(self) -> bool:
        return self.outcome is Outcome.VALID


def check(
    value: object,
    *,
    codes: CodeBook | None = None,
    approved_on: date | None = None,
    window_years: int = 1,
) -> Verdict:
    """Check one value and say everything that is wrong with it.

    Args:
        value: Text, or a :class:`~sdcert.numbering.CertificateNumber`; anything else is a
            finding, never an error.
        codes: A code book; without one the grammar alone is checked.
        approved_on: The day on which the certificate was approved and published (核准公布). The
            number's codes are read as of this day.
        window_years: Without ``approved_on`` a code counts as in force if it was so at any time
            from 1 January of the evaluation year through 31 December of the year this many years
            later (a reading: approval follows evaluation); 0 through 100.

    Returns:
        The verdict. It is INVALID for what is no number, for a code that a complete table lacks
        and for one that was not in force; UNDETERMINED for a code that a fragment or example
        table does not list; else VALID, which is never a statement that the number was issued.

    Raises:
        TypeError: If ``codes`` is no code book, ``approved_on`` no date or ``window_years`` no
            int.
        ValueError: If ``window_years`` is out of its bounds.

    >>> check("鲁181402001200001").outcome
    <Outcome.VALID: 'valid'>
    >>> verdict = check("魯18140200120000")
    >>> verdict.outcome, [finding.code.value for finding in verdict.findings]
    (<Outcome.INVALID: 'invalid'>, ['prefix', 'length'])
    >>> print(verdict.findings[1].message("zh"))
    编号应有15位数字，现有14位
    """
    _check_options(approved_on, window_years)
    book = None if codes is None else _book(codes)
    if type(value) is CertificateNumber:
        text, number = str(value), value
    else:
        text = plain_text(value) or ""
        canonical = text if canonical_match(text) else canonicalize(text)
        if canonical is None:
            return Verdict.of(None, diagnose(value))
        number = CertificateNumber.parse(canonical)
    findings = []
    if text != str(number):
        findings.append(not_canonical(text))
    findings += _year_findings(number, text, approved_on)
    if book is not None:
        days = _days(number.year, approved_on, window_years)
        findings += _registry_findings(number, text, book, days)
    return Verdict.of(number, findings)


def is_valid(
    value: object,
    *,
    codes: CodeBook | None = None,
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
            _check_options(approved_on, window_years)
        # without tables the grammar alone decides: years are warnings
        if type(value) is str and canonical_match(value):
            return True
        return type(value) is CertificateNumber or (
            canonicalize(plain_text(value) or "") is not None
        )
    try:
        # the usual question is asked of every number of a file: no detour by the options
        usual = approved_on is None and window_years is _USUAL
        judge = codes.memory[None] if usual else _judge(codes, approved_on, window_years)
    except (AttributeError, KeyError, TypeError):
        judge = _judge(codes, approved_on, window_years)
    if type(value) is str and canonical_match(value):
        return (judge.heads.get(value[:_HEAD]) or judge.remember(value))[0] is _VALID
    return judge.pair(value)[0] is _VALID


def check_many(
    values: Iterable[object],
    *,
    codes: CodeBook | None = None,
    approved_on: date | None = None,
    window_years: int = 1,
) -> Iterator[Pair]:
    """Check a stream of values fast: for each the outcome and the code of the first finding.

    The answers equal those of :func:`check`; pairs are shared objects, so that counting and
    storing them is cheap.

    Args:
        values: Any iterable. It is consumed as the answers are, and read ahead by at most as many
            values as have been answered, never by more than 4,096; the first come one by one.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`, one day for all values.
        window_years: As for :func:`check`.

    Returns:
        An iterator of ``(outcome, code of the first finding or None)``.

    Raises:
        TypeError: As :func:`check`, at once.
        ValueError: As :func:`check`, at once.

    >>> for outcome, code in check_many(["鲁181402001200001", "鲁181402001200000"]):
    ...     print(outcome, code)
    valid None
    invalid sequence-zero
    """
    return _judge(codes, approved_on, window_years).pairs(values)


_HEAD: Final = 11  # 鲁, year, region code, series code: all that tables and years can speak of
_MEMORY: Final = 65_536  # heads, and bodies, remembered for one question; more are looked up anew
_QUESTIONS: Final = 64  # questions remembered for one book
_USUAL: Final = 1  # the usual window; without a day, the question is None in the memory
_VALID: Final = Outcome.VALID  # a member of an enum is slow to fetch


class _Answers(dict[bytes, "Pair"]):
    """Answers by series code, for bodies of one year of which the same is to be said."""

    def __init__(self, judge: _Judge, year: bytes, by_region: _Gravest) -> None:
        self._judge, self._year, self._by_region = judge, year, by_region

    def __missing__(self, series: bytes) -> Pair:
        by_series = self._judge.series[self._year + series]
        pair = self[series] = min(self._by_region, by_series)[2]
        return pair


class _Series(dict[bytes, "_Gravest"]):
    """What is to be said of a year with a series code."""

    def __init__(self, judge: _Judge) -> None:
        self._judge = judge

    def __missing__(self, key: bytes) -> _Gravest:
        said = self[key] = self._judge.gravest(key[:2] + b"00000" + key[2:], _SERIES)
        return said


class _Bodies(dict[bytes, _Answers]):
    """What is to be said of a year with a region code, then by series code.

    There are few answers, however many bodies there are, so these share them.
    """

    def __init__(self, judge: _Judge) -> None:
        self._judge = judge
        self._shared: dict[tuple[bytes, _Gravest], _Answers] = {}

    def __missing__(self, body: bytes) -> _Answers:
        year = body[:2]
        by_region = self._judge.gravest(body + b"000", _REGION)
        answers = self._shared.get((year, by_region))
        if answers is None:
            answers = self._shared[year, by_region] = _Answers(self._judge, year, by_region)
        if len(self) >= _MEMORY:
            self.clear()
        self[body] = answers
        return answers


class _Years(dict[bytes, "Pair"]):
    """Without tables all depends on the year alone."""

    def __init__(self, judge: _Judge) -> None:
        self._judge = judge

    def __missing__(self, year: bytes) -> Pair:
        pair = self[year] = self._judge.gravest(year + b"00000000", _YEAR)[2]
        return pair


class _Judge:
    """The answers to one question (tables, day, window), remembered by what they depend on.

    It holds no law of its own: for each year with region code, and each year with series code, it
    asks the functions that :func:`check` asks, once.
    """

    def __init__(self, codes: CodeBook | None, approved_on: date | None, window_years: int) -> None:
        self._codes = codes
        self._approved_on = approved_on
        self._window_years = window_years
        # By head, the quickest where few heads are asked again and again; and by parts, for
        # streams of many heads.
        self.heads: dict[str, Pair] = {}
        self.series = _Series(self)
        self._bodies = _Bodies(self)
        self._years = _Years(self)

    def gravest(self, digits: bytes, part: slice) -> _Gravest:
        """Ask of a year, and of one part where there are tables, what is gravest."""
        canonical = f"{PREFIX}{digits.decode()}00001"
        number = CertificateNumber.parse(canonical)
        findings = list(_year_findings(number, canonical, self._approved_on))
        if self._codes is not None:
            days = _days(number.year, self._approved_on, self._window_years)
            findings += _registry_findings(number, canonical, self._codes, days, (part,))
        ranked = ((*finding.rank, _PAIRS[finding.code]) for finding in findings)
        return min(ranked, default=_NOTHING)

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
        return self._long_way(value)

    def _long_way(self, value: object) -> Pair:
        verdict = check(
            value,
            codes=self._codes,
            approved_on=self._approved_on,
            window_years=self._window_years,
        )
        if verdict.findings:
            return _PAIRS[verdict.findings[0].code]
        return verdict.outcome, None

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


def _judge(codes: CodeBook | None, approved_on: date | None, window_years: int) -> _Judge:
    """Return the judge of a question; a code book keeps those that it was asked for."""
    _check_options(approved_on, window_years)
    if codes is None:
        return _Judge(None, approved_on, window_years)
    memory = _book(codes).memory
    usual = approved_on is None and window_years == _USUAL
    question = None if usual else (approved_on, window_years)
    judge: _Judge | None = memory.get(question)
    if judge is None:
        if len(memory) >= _QUESTIONS:
            memory.clear()
        judge = memory.setdefault(question, _Judge(codes, approved_on, window_years))
    return judge


def _check_options(approved_on: date | None, window_years: int) -> None:
    if type(window_years) is not int:
        raise TypeError(f"window_years must be an int, not {type(window_years).__name__}")
    if not 0 <= window_years <= _WIDEST_WINDOW:
        raise ValueError(f"window_years must be 0 through {_WIDEST_WINDOW}, not {window_years}")
    if approved_on is not None:
        as_day(approved_on, "approved_on")


def _book(codes: object) -> CodeBook:
    from sdcert.codes import CodeBook  # noqa: PLC0415  # only who passes tables pays for them

    if isinstance(codes, CodeBook):
        return codes
    raise TypeError(f"codes must be a CodeBook, not {type(codes).__name__}")


def _spot(text: str, digits: slice) -> tuple[int, int]:
    """Return the span of some of the 15 digits in a text that the closed list made canonical."""
    places = [at for at, char in enumerate(text) if char.isdecimal()]
    return places[digits.start], places[digits.stop - 1] + 1


def _year_findings(
    number: CertificateNumber, text: str, approved_on: date | None
) -> Iterator[Finding]:
    if number.year < SCHEME_BEGINS:
        params = Params(year=number.year)
        yield Finding(FindingCode.YEAR_BEFORE_SCHEME, "year", _spot(text, _YEAR), params)
    if approved_on is not None and number.year > approved_on.year:
        params = Params(year=number.year, approved_on=_both(approved_on))
        yield Finding(FindingCode.YEAR_IN_FUTURE, "year", _spot(text, _YEAR), params)


def _both(day: date) -> Bilingual:
    return Bilingual(format_day(day, "en"), format_day(day, "zh"))


def _registry_findings(
    number: CertificateNumber,
    text: str,
    codes: CodeBook,
    days: tuple[date, date],
    parts: tuple[slice, ...] = (_REGION, _SERIES),
) -> Iterator[Finding]:
    if _REGION in parts:
        region = codes.region_between(number.region_code, *days)
        if not isinstance(region, tuple):
            yield _unregistered(region, "region", _spot(text, _REGION))
    if _SERIES in parts:
        series = codes.series_between(number.series_code, *days)
        if not isinstance(series, tuple):
            yield _unregistered(series, "series", _spot(text, _SERIES))


def _days(year: int, approved_on: date | None, window_years: int) -> tuple[date, date]:
    if approved_on is not None:
        return approved_on, approved_on
    return date(year, 1, 1), date(year + window_years, 12, 31)


def _unregistered(answer: NotInForce | NotListed, part: str, span: tuple[int, int]) -> Finding:
    """Turn a code book's refusal into a finding."""
    from sdcert.codes import NotListed  # noqa: PLC0415  # as in _book

    if isinstance(answer, NotListed):
        params = Params(
            code=answer.code,
            content=answer.content.value,
            table=Bilingual(*answer.tables),
        )
    else:
        params = Params(
            code=answer.code,
            name=answer.name,
            asked=Bilingual(answer.asked("en"), answer.asked("zh")),
            history=Bilingual(answer.history("en"), answer.history("zh")),
        )
    return Finding(_refusal(answer, part), f"{part}_code", span, params)


def _refusal(answer: NotInForce | NotListed, part: str) -> FindingCode:
    from sdcert.codes import Content, NotListed  # noqa: PLC0415  # as in _book

    if not isinstance(answer, NotListed):
        return FindingCode(f"{part}-not-in-force")
    known = answer.content is Content.COMPLETE
    return FindingCode(f"{part}-{'unknown' if known else 'unlisted'}")


def check_options(codes: object, approved_on: date | None, window_years: int) -> None:
    """Refuse options that :func:`check` would refuse, before anything is checked."""
    _check_options(approved_on, window_years)
    if codes is not None:
        _book(codes)


def registry_code(
    codes: CodeBook, code: str, approved_on: date | None, year: int, window_years: int = 1
) -> FindingCode | None:
    """Say what a code book has against a region code or a series code, for the columns."""
    days = _days(year, approved_on, window_years)
    if len(code) == _SERIES.stop - _SERIES.start:
        series = codes.series_between(code, *days)
        return None if isinstance(series, tuple) else _refusal(series, "series")
    region = codes.region_between(code, *days)
    return None if isinstance(region, tuple) else _refusal(region, "region")
