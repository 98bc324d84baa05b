"""What a book says of region and series codes, in tables that a whole column can look into.

No law of its own: each place of a table is filled by
:func:`sdcert.checking.registry.registry_code`, when it is first needed. A verdict on a canonical
number is the least of three: that of its year, that of its region code and that of its series code;
the numbers of :data:`FINDINGS` are in the order in which :class:`~sdcert.checking.Verdict` sorts
findings. Where the answers for both codes change within the window of an unknown day, the pair is
asked for together (:func:`sdcert.checking.registry.pair_verdict`).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import numpy as np

from sdcert._memo import Memo, memo_of
from sdcert.checking.registry import pair_verdict, registry_code, varies
from sdcert.checking.verdicts import SCHEME_BEGINS
from sdcert.dates import EPOCH, days_since_epoch, evaluation_window
from sdcert.findings import FindingCode, Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook

__all__ = [
    "FINDINGS",
    "NOTHING",
    "NO_DAY",
    "NULL",
    "OUTCOMES",
    "WARNINGS",
    "YEARS",
    "Codes",
    "Registry",
    "Table",
    "cuts",
    "filled",
    "finding_ids",
    "registry_of",
]

#: The findings by their number. 0 is a place not yet filled; NOTHING is no finding; the last
#: number is that of a missing value.
FINDINGS: Final[tuple[FindingCode | None, ...]] = (
    None,
    FindingCode.REGION_UNKNOWN,
    FindingCode.REGION_NOT_IN_FORCE,
    FindingCode.SERIES_UNKNOWN,
    FindingCode.SERIES_NOT_IN_FORCE,
    FindingCode.CODES_NOT_TOGETHER,
    FindingCode.REGION_UNLISTED,
    FindingCode.SERIES_UNLISTED,
    FindingCode.CODES_NOT_TOGETHER,  # where some day is not decided for both
    FindingCode.YEAR_BEFORE_SCHEME,
    FindingCode.YEAR_IN_FUTURE,
    FindingCode.REGION_REUSED,
    FindingCode.SERIES_REUSED,
    None,
    FindingCode.NOT_CANONICAL,
    FindingCode.NOT_TEXT,
    FindingCode.EMPTY,
    FindingCode.PREFIX,
    FindingCode.LENGTH,
    FindingCode.DIGITS,
    FindingCode.LAYOUT,
    FindingCode.SEQUENCE_ZERO,
    FindingCode.MARKER,
    None,
)
NOTHING: Final = 13
_NOT_TOGETHER: Final = {Outcome.INVALID: 5, Outcome.UNDETERMINED: 8}
NULL: Final = len(FINDINGS) - 1
finding_ids: Final = {code: number for number, code in enumerate(FINDINGS) if code is not None}
#: The numbers of the warnings on years and codes.
WARNINGS: Final = tuple(
    number
    for number, code in enumerate(FINDINGS[:NOTHING])
    if code is not None and code.severity is Severity.WARNING
)
#: The outcome of each number of FINDINGS.
OUTCOMES: Final[tuple[Outcome | None, ...]] = tuple(
    None
    if number in (0, NULL)
    else Outcome.UNDETERMINED
    if number == _NOT_TOGETHER[Outcome.UNDETERMINED]
    else Outcome.VALID
    if code is None
    else code.severity.outcome
    for number, code in enumerate(FINDINGS)
)

#: Periods before this one are evaluation years, see :class:`Registry`.
YEARS: Final = 100
# An answer is the number of a finding, and a bit: that it changes within the window.
_FINDING: Final = 0x7F
_VARIES: Final = 0x80
_SPAN: Final = 10**8
_PAIRS: Final = 64  # pairs that a whole table asks for; with more there is none
_KNOWN_PAIRS: Final = 1 << 17
_TABLES: Final = 16  # whole tables kept
_REGISTRIES: Final = 8  # widths of the window kept for one book
_BEFORE: Final = finding_ids[FindingCode.YEAR_BEFORE_SCHEME]
_FUTURE: Final = finding_ids[FindingCode.YEAR_IN_FUTURE]
_SPELL: Final = 1 << 17  # days from the first cut to the last of which there is a table
_NEW_YEARS: Final = np.array([days_since_epoch(date(2000 + year, 1, 1)) for year in range(YEARS)])
NO_DAY: Final = -(1 << 31)  # in a column of days: not known


class Registry:
    """Answers for columns: one book, one width of the window.

    A *period* is what a registry's answer depends on beside the code: without a day of approval
    the evaluation year, 0 through 99; with one, the days between two adjacent cuts, which are the
    days on which anything in the book begins or has ended.

    Args:
        codes: The book; None for years alone.
        window_years: As for :func:`sdcert.checking.check`.
    """

    def __init__(self, codes: CodeBook | None, window_years: int) -> None:
        self.lock = Lock()
        self._codes = codes
        self._window_years = window_years
        days = sorted(set(cuts(codes))) if codes is not None else []
        self._cuts = np.array([days_since_epoch(day) for day in days], np.int64)
        self._days = [date.min, *days]  # a day that stands for all days of the period
        # To look a day up takes a tenth of the time of a search.
        self._of_day: NDArray[np.int64] | None = None
        if days and self._cuts[-1] - self._cuts[0] < _SPELL:
            known = np.arange(self._cuts[0] - 1, self._cuts[-1] + 1)
            self._of_day = np.searchsorted(self._cuts, known, side="right")
        size = 0 if codes is None else YEARS + len(self._days)
        listed = [] if codes is None else [e.code for one in codes.editions for e in one.entries]
        self.regions = Codes(5, 1_000, listed, size)
        self.series = Codes(3, 1_000, listed, size)
        self._made: Memo[int, Table | None] = Memo(_TABLES)
        self._pairs: Memo[tuple[int, str, str], int] = Memo(_KNOWN_PAIRS)

    def verdicts(
        self,
        year: NDArray[Any],
        region: NDArray[Any],
        series: NDArray[Any],
        days: NDArray[Any] | int,
    ) -> NDArray[np.uint8]:
        """Return the number of the first finding for canonical numbers.

        Args:
            year: Two digits.
            region: Region codes as numbers.
            series: Series codes as numbers.
            days: Days of approval since 1970-01-01, or one for all; NO_DAY where not known.
        """
        if self._codes is None:
            return self._by_year(year, days)
        with self.lock:  # engines call from several threads
            if isinstance(days, int) and days == NO_DAY:
                # what is said of the year is part of what is said of the series
                period = year.astype(np.int64)
                by_year = None
            else:
                period = self.period(year, days)
                by_year = self._by_year(year, days)
            by_series = self._look_up(self.series, period, series)
            by_region = self._look_up(self.regions, period, region)
            both = by_series & by_region
            found: NDArray[np.uint8] = np.minimum(by_series & _FINDING, by_region & _FINDING)
            if both.max(initial=0) >= _VARIES:
                self._pair(found, np.flatnonzero(both >= _VARIES), period, region, series)
            if by_year is not None:
                np.minimum(found, by_year, out=found)
            return found

    def years(self, day: int) -> NDArray[np.uint8]:
        """Return what is said of each year of two digits; ``day`` as for :meth:`table`."""
        return self._by_year(np.arange(YEARS), day)

    def table(self, day: int) -> Table | None:
        """Return all answers for numbers without a day, or for one day; None if they are too many.

        Args:
            day: Days since 1970-01-01, or NO_DAY.
        """
        with self.lock:
            if day not in self._made:
                self._made.put(day, self._make(day))
            return self._made[day]

    def _make(self, day: int) -> Table | None:
        of_years = self.years(day)
        spans: list[Any] = of_years.tolist()
        if day == NO_DAY:
            # Two years are answered alike if no cut stands between them, at either end of the span.
            ends = [[days_since_epoch(day) for day in self.span(year)] for year in range(YEARS)]
            cuts = np.searchsorted(self._cuts, np.array(ends), "right").tolist()
            spans = [(*pair, said) for pair, said in zip(cuts, spans, strict=True)]
        first = [spans.index(span) for span in dict.fromkeys(spans)]
        period = self.period(np.array(first), day)[:, None]
        series = self._look_up(self.series, period, np.arange(1_000)[None])
        regions = self._look_up(self.regions, period, np.arange(100_000)[None])
        pairs: dict[int, int] = {}
        asked = 0
        for row, year in enumerate(first):
            varying = [np.flatnonzero(part[row] >= _VARIES).tolist() for part in (regions, series)]
            asked += len(varying[0]) * len(varying[1])
            if asked > _PAIRS:
                return None
            for region, title in product(*varying):
                found = self._pair_of(year, f"{region:05}", f"{title:03}")
                pairs[row * _SPAN + region * 1_000 + title] = min(found, int(of_years[year]))
        series &= np.uint8(_FINDING)
        np.minimum(series, of_years[first][:, None], out=series)
        where = np.array([first.index(spans.index(span)) for span in spans], np.uint8)
        regions &= np.uint8(_FINDING)
        return Table(where, regions, series, pairs)

    def _pair(
        self,
        found: NDArray[np.uint8],
        at: NDArray[np.int64],
        period: NDArray[np.int64],
        region: NDArray[Any],
        series: NDArray[Any],
    ) -> None:
        """Put in what is found of pairs of codes whose answers both change within the window."""
        keys = period[at] * _SPAN + region[at].astype(np.int64) * 1_000 + series[at]
        several, places = np.unique(keys, return_inverse=True)
        answers = [
            self._pair_of(key // _SPAN, f"{key % _SPAN // 1_000:05}", f"{key % 1_000:03}")
            for key in several.tolist()
        ]
        found[at] = np.array(answers, np.uint8)[places]

    def _pair_of(self, year: int, region: str, series: str) -> int:
        number = self._pairs.get((year, region, series))
        if number is None:
            codes = cast("CodeBook", self._codes)
            outcome, code = pair_verdict(codes, region, series, 2000 + year, self._window_years)
            if code is FindingCode.CODES_NOT_TOGETHER:
                number = _NOT_TOGETHER[outcome]
            else:
                number = NOTHING if code is None else finding_ids[code]
            if 2000 + year < SCHEME_BEGINS:
                number = min(number, _BEFORE)
            self._pairs.put((year, region, series), number)
        return number

    def _by_year(self, year: NDArray[Any], days: NDArray[Any] | int) -> NDArray[np.uint8]:
        years = np.full(YEARS, NOTHING, np.uint8)
        if isinstance(days, int) and days != NO_DAY:
            years[max(0, (EPOCH + timedelta(days)).year - 1999) :] = _FUTURE
        years[: SCHEME_BEGINS - 2000] = _BEFORE
        found: NDArray[np.uint8] = years[year]
        if not isinstance(days, int):
            future = (days < _NEW_YEARS[year]) & (days != NO_DAY) & (found == NOTHING)
            found[future] = _FUTURE
        return found

    def period(self, year: NDArray[Any], days: NDArray[Any] | int) -> NDArray[np.int64]:
        """Return the period of each row; the arguments are those of :meth:`verdicts`."""
        if isinstance(days, int) and days == NO_DAY:
            return year.astype(np.int64)
        period = self._spell(days) + YEARS
        return np.asarray(np.where(np.equal(days, NO_DAY), year, period), np.int64)

    def span(self, period: int) -> tuple[date, date]:
        """Return the first day of the window of a period's year and the last; or twice its day."""
        if period < YEARS:
            return evaluation_window(2000 + period, self._window_years)
        return (self._days[period - YEARS],) * 2

    def _spell(self, days: NDArray[Any] | int) -> NDArray[np.int64]:
        """Count the cuts up to each day."""
        if isinstance(days, int) or self._of_day is None:
            return np.asarray(np.searchsorted(self._cuts, days, side="right"), np.int64)
        places: NDArray[np.int64] = self._of_day.take(days - (self._cuts[0] - 1), mode="clip")
        return places

    def day(self, period: int) -> date | None:
        """Return a day that stands for a period; None for an evaluation year."""
        return None if period < YEARS else self._days[period - YEARS]

    def _look_up(
        self, part: Codes, period: NDArray[np.int64], code: NDArray[Any]
    ) -> NDArray[np.uint8]:
        return filled(part.answers, part.keys(period, code), partial(self._ask, part))

    def _ask(self, part: Codes, key: int) -> int:
        codes = cast("CodeBook", self._codes)
        period, place = divmod(key, len(part.codes))
        code, day = part.codes[place], self.day(period)
        year = 2000 + period if day is None else 2000
        finding = registry_code(codes, code, day, year, self._window_years)
        number = NOTHING if finding is None else finding_ids[finding]
        if day is not None:
            return number
        varying = _VARIES if varies(codes, code, year, self._window_years) else 0
        return varying | (min(number, _BEFORE) if year < SCHEME_BEGINS else number)


class Codes:
    """The codes of one width that a book can tell apart, and the answers for all their periods.

    Codes that no table lists, of one city's prefix, are answered alike: they have one place.

    Attributes:
        places: The place of each code.
        codes: A code of each place.
        answers: By period and place; 0 where nobody has asked yet.
    """

    def __init__(self, width: int, group: int, listed: list[str], periods: int) -> None:
        known = {int(code) for code in listed if len(code) == width}
        self.places = np.zeros(10**width, np.uint32)
        self.codes: list[str] = []
        for first in range(0, 10**width, group):
            self.places[first : first + group] = len(self.codes)
            every = range(first, first + group)
            other = next((code for code in every if code not in known), None)
            if other is not None:
                self.codes.append(f"{other:0{width}}")
        for code in sorted(known):
            self.places[code] = len(self.codes)
            self.codes.append(f"{code:0{width}}")
        # What is never asked for never takes memory.
        self.answers = np.zeros(periods * len(self.codes), np.uint8)

    def keys(self, period: NDArray[np.int64], code: NDArray[Any]) -> NDArray[np.int64]:
        """Return where in the answers those for some periods and codes stand."""
        keys: NDArray[np.int64] = period * len(self.codes) + self.places.take(code)
        return keys


@attrs.frozen(eq=False)
class Table:
    """The answers of a registry, all at once; they are numbers of :data:`FINDINGS`.

    Attributes:
        spans: For each year of two digits the row of ``regions`` and ``series`` that answers.
        regions: What is said of each region code.
        series: What is said of each series code, or of the year.
        pairs: What is said of pairs that have to be asked for together; the keys are row, region
            code and series code, in one integer of which the last eight digits are the codes.
    """

    spans: NDArray[np.uint8]
    regions: NDArray[np.uint8]
    series: NDArray[np.uint8]
    pairs: dict[int, int]


def filled(table: NDArray[Any], keys: NDArray[np.int64], ask: Callable[[int], int]) -> NDArray[Any]:
    """Look up some places of a table; where it has 0, nobody has asked for them yet."""
    found: NDArray[Any] = table.take(keys)
    if not found.all():
        for key in np.unique(keys[found == 0]).tolist():
            table[key] = ask(key)
        found = table.take(keys)
    return found


def cuts(codes: CodeBook) -> Iterator[date]:
    """Go through the days on which what a book says may change."""
    for edition in codes.editions:
        if edition.valid_from is not None:
            yield edition.valid_from
        for entry in edition.entries:
            if entry.valid_from is not None:
                yield entry.valid_from
            if entry.valid_through is not None and entry.valid_through < date.max:
                yield entry.valid_through + timedelta(1)


def registry_of(codes: CodeBook | None, window_years: int) -> Registry:
    """Return the tables of a book, which the book keeps; without a book, new ones."""
    if codes is None:
        return Registry(None, window_years)
    memo = memo_of(codes, "frames", _REGISTRIES)
    kept: Registry | None = memo.get(window_years)
    return memo.put(window_years, Registry(codes, window_years)) if kept is None else kept
