"""What code tables mean to a number: are its codes registered, and in force together.

A number has one approval, on one day (第五条（一）（二）). Where the day is not known, each day of
a window may be it: a number can be valid only if one of them bears both codes, and it is invalid
only if none can. So the window is cut where the answer for one of the codes changes, and both are
looked up for the same piece, never each for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Final, TypeAlias

from sdcert._grammar import DIGITS
from sdcert._memo import memo_of
from sdcert.codes import CodeBook, Content, NotInForce, NotListed, RegionCode, SeriesCode
from sdcert.codes.answers import Piece, pairs_of
from sdcert.codes.model import identity
from sdcert.dates import evaluation_window
from sdcert.findings import UNDECIDED, Finding, FindingCode, Outcome, Params
from sdcert.messages import Bilingual, sentences

__all__ = ["PARTS", "days_of", "pair_verdict", "registry_code", "registry_findings", "varies"]

_Days: TypeAlias = tuple[date, date]
_Span: TypeAlias = tuple[int, int]
_Entry: TypeAlias = RegionCode | SeriesCode

_REMEMBERED: Final = 1 << 16  # pairs of codes
PARTS: Final = {5: "region", 3: "series"}  # by width


def days_of(year: int, approved_on: date | None, window_years: int) -> _Days:
    """Return the first and the last day on which a number may have been approved."""
    if approved_on is not None:
        return approved_on, approved_on
    return evaluation_window(year, window_years)


def registry_findings(
    codes: CodeBook, region: str, series: str, days: _Days
) -> tuple[Finding, ...]:
    """Return the findings on a number's codes; their spans count in the 15 digits.

    The days are the first and the last on which the number may have been approved.
    """
    memo = memo_of(codes, "registry", _REMEMBERED)
    found: tuple[Finding, ...] | None = memo.get((region, series, days))
    if found is None:
        found = memo.put((region, series, days), tuple(_of_pair(codes, region, series, days)))
    return found


def _of_pair(codes: CodeBook, region: str, series: str, days: _Days) -> list[Finding]:
    pieces = _pieces(codes, region, days), _pieces(codes, series, days)
    pairs = pairs_of(*pieces)
    together = [pair for pair in pairs if pair[0].answer and pair[1].answer]
    findings = [
        finding
        for place, code in enumerate((region, series))
        for finding in _of_code(
            codes, code, days, [pair[place] for pair in together] or pieces[place]
        )
    ]
    outcomes = {finding.severity.outcome for finding in findings}
    if not together and Outcome.INVALID not in outcomes:
        denied = all(any(piece.decided and not piece.answer for piece in pair) for pair in pairs)
        if denied or Outcome.UNDETERMINED not in outcomes:
            findings.append(_not_together(codes, region, series, days, decided=denied))
    return findings


def registry_code(
    codes: CodeBook, code: str, approved_on: date | None, year: int, window_years: int = 1
) -> FindingCode | None:
    """Return the first finding on one code of a number, if the other is in force all the time.

    For those who look up many codes at once. Two codes that both vary within the window
    (:func:`varies`) are looked up together: :func:`pair_verdict`.
    """
    days = days_of(year, approved_on, window_years)
    found = _of_code(codes, code, days, _pieces(codes, code, days))
    return next((finding.code for finding in found), None)


def varies(codes: CodeBook, code: str, year: int, window_years: int) -> bool:
    """Tell whether the answer for a code changes within the window of an evaluation year."""
    return len(_pieces(codes, code, evaluation_window(year, window_years))) > 1


def pair_verdict(
    codes: CodeBook, region: str, series: str, year: int, window_years: int = 1
) -> tuple[Outcome, FindingCode | None]:
    """Return outcome and first finding of two codes, where the day of approval is not known."""
    days = evaluation_window(year, window_years)
    findings = registry_findings(codes, region, series, days)
    first = min(findings, key=lambda finding: finding.severity.rank, default=None)
    return (Outcome.VALID, None) if first is None else (first.severity.outcome, first.code)


def _pieces(codes: CodeBook, code: str, days: _Days) -> tuple[Piece, ...]:
    first, last = days
    ask = codes.region_pieces if len(code) == 5 else codes.series_pieces
    return ask(code, first=first, last=last)


def _of_code(codes: CodeBook, code: str, days: _Days, pieces: Iterable[Piece]) -> Iterator[Finding]:
    """Report on one code: in none of these pieces in force, or given to several in turn."""
    part = PARTS[len(code)]
    span = DIGITS[part]
    answers = (piece.answer for piece in pieces)
    entries = dict.fromkeys(one for one in answers if isinstance(one, (RegionCode, SeriesCode)))
    if not entries:
        ask = codes.region_between if len(code) == 5 else codes.series_between
        answer = ask(code, first=days[0], last=days[1])
        assert isinstance(answer, (NotInForce, NotListed))  # noqa: S101  # no piece is in force
        yield _unregistered(answer, part, span)
    elif any(not _goes_on(codes, one, other) for one, other in pairwise(entries)):
        names = tuple(_worded(entry) for entry in entries)
        first, last = days
        params = Params(code=code, names=names, first=first, last=last)
        yield Finding(FindingCode(f"{part}-reused"), f"{part}_code", span, params)


def _goes_on(codes: CodeBook, one: _Entry, other: _Entry) -> bool:
    """Whether an entry is the same body or title as the one before it, perhaps renamed."""
    return identity(one) == identity(other) or other in codes.successors(one, transitive=True)


def _worded(entry: _Entry) -> str:
    return f"{entry.series} {entry.level}" if isinstance(entry, SeriesCode) else entry.name


def _unregistered(answer: NotInForce | NotListed, part: str, span: _Span) -> Finding:
    """Turn a code book's refusal into a finding."""
    if isinstance(answer, NotInForce):
        params = Params(
            code=answer.code,
            name=answer.known_as,
            asked=Bilingual.of(answer.asked),
            history=Bilingual.of(answer.history),
        )
        return Finding(FindingCode(f"{part}-not-in-force"), f"{part}_code", span, params)
    known = answer.content is Content.COMPLETE
    code = FindingCode(f"{part}-{'unknown' if known else 'unlisted'}")
    table = Bilingual(*answer.tables)
    params = Params(code=answer.code, content=answer.content.value, table=table)
    return Finding(code, f"{part}_code", span, params)


def _not_together(
    codes: CodeBook, region: str, series: str, days: _Days, *, decided: bool
) -> Finding:
    history = tuple(_history(codes, code) for code in (region, series))
    params = Params(
        kind=FindingCode.CODES_NOT_TOGETHER.value if decided else UNDECIDED,
        region=region,
        series=series,
        first=days[0],
        last=days[1],
        history=history,
    )
    return Finding(FindingCode.CODES_NOT_TOGETHER, "region_code", (2, 10), params)


def _history(codes: CodeBook, code: str) -> Bilingual:
    spans = codes.history(code)
    days = Bilingual.of(lambda lang: sentences((s.days(lang) for s in spans), lang, most=4))
    return Bilingual.render("codes.named", code=code, name=days)
