"""What a book says of region and series codes, in tables that a whole column can look into.

No law of its own: each place of a table is filled by :func:`sdcert.checking.registry_code`, when it
is first needed. A verdict on a canonical number is the least of three: that of its year, that of
its region code and that of its series code; the numbers of :data:`FINDINGS` are in the order in
which :class:`~sdcert.checking.Verdict` sorts findings.
"""

from __future__ import annotations

from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import numpy as np

from sdcert._memo import memo_of
from sdcert.checking.registry import registry_code
from sdcert.checking.verdicts import SCHEME_BEGINS
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
    "Registry",
    "Table",
    "cuts",
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
    FindingCode.REGION_UNLISTED,
    FindingCode.SERIES_UNLISTED,
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
NOTHING: Final = 11
NULL: Final = len(FINDINGS) - 1
finding_ids: Final = {code: number for number, code in enumerate(FINDINGS) if code is not None}
_OUTCOMES: Final = {
    Severity.INVALID: Outcome.INVALID,
    Severity.UNDETERMINED: Outcome.UNDETERMINED,
    Severity.WARNING: Outcome.VALID,
}
#: The outcome of each number of FINDINGS.
OUTCOMES: Final[tuple[Outcome | None, ...]] = tuple(
    None if number in (0, NULL) else Outcome.VALID if code is None else _OUTCOMES[code.severity]
    for number, code in enumerate(FINDINGS)
)

_YEARS: Final = 100
_REGIONS: Final = 100_000
_SERIES: Final = 1_000
_TABLES: Final = 16  # whole tables kept
_PERIODS: Final = 1_024  # periods kept; more are worked out anew
_REGISTRIES: Final = 8  # widths of the window kept for one book
_EPOCH: Final = date(1970, 1, 1)
_BEFORE: Final = finding_ids[FindingCode.YEAR_BEFORE_SCHEME]
_FUTURE: Final = finding_ids[FindingCode.YEAR_IN_FUTURE]
NO_DAY: Final = -(1 << 31)  # in a column of days: not known


class Registry:
    """Answers for columns: one book, one width of the window.

    A *period* is what a registry's answer depends on beside the code: without a day of approval
    the evaluation year; with one, the days between two adjacent cuts, which are the days on which
    anything in the book begins or has ended.

    Args:
        codes: The book; None for years alone.
        window_years: As for :func:`sdcert.checking.check`.
    """

    def __init__(self, codes: CodeBook | None, window_years: int) -> None:
        self._lock = Lock()
        self._codes = codes
        self._window_years = window_years
        days = sorted(set(cuts(codes))) if codes is not None else []
        self._cuts = np.array([(day - _EPOCH).days for day in days], np.int64)
        self._cut_days = [date.min, *days]
        self._forget()

        self._of_years = None if codes is None else _Years(self._ask)
        self._made: dict[int, Table] = {}

    def _forget(self) -> None:
        self._slots = np.full(_YEARS + len(self._cut_days), -1, np.int64)
        self._periods: list[int] = []
        self._regions = np.zeros(0, np.uint8)
        self._series = np.zeros(0, np.uint8)

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
        with self._lock:  # engines call from several threads
            if self._of_years is not None and isinstance(days, int) and days == NO_DAY:
                return self._of_years.verdicts(year, region, series)
            return self._verdicts(year, region, series, days)

    def table(self, day: int) -> Table:
        """Return all answers for numbers without a day, or for one day.

        Args:
            day: Days since 1970-01-01, or NO_DAY.
        """
        with self._lock:
            if day not in self._made:
                if len(self._made) >= _TABLES:
                    self._made.clear()
                self._made[day] = self._make(day)
            return self._made[day]

    def years(self, day: int) -> NDArray[np.uint8]:
        """Return what is said of each year of two digits; ``day`` as for :meth:`table`."""
        return self._by_year(np.arange(_YEARS), day)

    def _make(self, day: int) -> Table:
        of_years = self.years(day)
        spans: list[Any] = of_years.tolist()
        if day == NO_DAY:
            # Two years are answered alike if no cut stands between them, at either end of the span.
            ends = [
                [(date(2000 + year, 1, 1) - _EPOCH).days,
                 (date(2000 + year + self._window_years, 12, 31) - _EPOCH).days]
                for year in range(_YEARS)
            ]  # fmt: skip
            cuts = np.searchsorted(self._cuts, np.array(ends), "right").tolist()
            spans = [(*pair, said) for pair, said in zip(cuts, spans, strict=True)]
        first = [spans.index(span) for span in dict.fromkeys(spans)]
        approved_on = None if day == NO_DAY else _EPOCH + timedelta(day)
        series = self._answers(first, approved_on, 3)
        np.minimum(series, of_years[first][:, None], out=series)
        return Table(
            np.array([first.index(spans.index(span)) for span in spans], np.uint8),
            self._answers(first, approved_on, 5),
            series,
        )

    def _answers(self, years: list[int], day: date | None, width: int) -> NDArray[np.uint8]:
        """Ask for every code that is listed; all others with the same two first digits are one."""
        codes = cast("CodeBook", self._codes)
        listed = {entry.code for edition in codes.editions for entry in edition.entries}
        table = np.full((len(years), 10**width), NOTHING, np.uint8)
        group = 1_000 if width == 5 else 10**width
        for row, year in zip(table, years, strict=True):
            for first in range(0, 10**width, group):
                every = (f"{code:0{width}}" for code in range(first, first + group))
                other = next((code for code in every if code not in listed), None)
                if other is not None:
                    row[first : first + group] = self._ask(other, 2000 + year, day)
            for code in listed:
                if len(code) == width:
                    row[int(code)] = self._ask(code, 2000 + year, day)
        return table

    def _verdicts(
        self,
        year: NDArray[Any],
        region: NDArray[Any],
        series: NDArray[Any],
        days: NDArray[Any] | int,
    ) -> NDArray[np.uint8]:
        found = self._by_year(year, days)
        if self._codes is None:
            return found
        slots = self._slots_of(year, days)
        keys = slots * _REGIONS + region
        answers = self._regions[keys]
        if not answers.all():
            self._learn(self._regions, np.unique(keys[answers == 0]), _REGIONS, 5)
            answers = self._regions[keys]
        np.minimum(found, answers, out=found)
        keys = slots * _SERIES + series
        answers = self._series[keys]
        if not answers.all():
            self._learn(self._series, np.unique(keys[answers == 0]), _SERIES, 3)
            answers = self._series[keys]
        np.minimum(found, answers, out=found)
        return found

    def _by_year(self, year: NDArray[Any], days: NDArray[Any] | int) -> NDArray[np.uint8]:
        years = np.full(_YEARS, NOTHING, np.uint8)
        if isinstance(days, int) and days != NO_DAY:
            years[max(0, (_EPOCH + timedelta(days)).year - 1999) :] = _FUTURE
        years[: SCHEME_BEGINS - 2000] = _BEFORE
        found: NDArray[np.uint8] = years[year]
        if not isinstance(days, int):
            approved = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
            future = (year + 2000 > approved) & (days != NO_DAY) & (found == NOTHING)
            found[future] = _FUTURE
        return found

    def _slots_of(self, year: NDArray[Any], days: NDArray[Any] | int) -> NDArray[np.int64]:
        """Return for each row the place of its period in the tables."""
        if isinstance(days, int):
            period = _YEARS + int(np.searchsorted(self._cuts, days, side="right"))
            periods = np.full(1, period)
        else:
            between = np.searchsorted(self._cuts, days, side="right") + _YEARS
            periods = np.where(days == NO_DAY, year, between)
        slots: NDArray[np.int64] = self._slots[periods]
        if slots.min(initial=0) < 0:
            new = np.unique(periods[slots < 0])
            if len(self._periods) + len(new) > _PERIODS:
                self._forget()
                new = np.unique(periods)
            self._slots[new] = np.arange(len(self._periods), len(self._periods) + len(new))
            self._periods += new.tolist()
            self._regions = np.concatenate((self._regions, np.zeros(len(new) * _REGIONS, np.uint8)))
            self._series = np.concatenate((self._series, np.zeros(len(new) * _SERIES, np.uint8)))
            slots = self._slots[periods]
        return slots

    def _period(self, slot: int) -> tuple[int, date | None]:
        """Return the evaluation year, or a day that stands for all days of the period."""
        period = self._periods[slot]
        if period < _YEARS:
            return 2000 + period, None
        return 2000, self._cut_days[period - _YEARS]

    def _learn(self, table: NDArray[np.uint8], keys: NDArray[Any], size: int, width: int) -> None:
        for key in keys.tolist():
            slot, code = divmod(key, size)
            table[key] = self._ask(f"{code:0{width}}", *self._period(slot))

    def _ask(self, code: str, year: int, day: date | None) -> int:
        codes = cast("CodeBook", self._codes)
        said = registry_code(codes, code, day, year, self._window_years)
        return NOTHING if said is None else finding_ids[said]


@attrs.frozen(eq=False)
class Table:
    """The answers of a registry, all at once; they are numbers of :data:`FINDINGS`.

    Attributes:
        spans: For each year of two digits the row of ``regions`` and ``series`` that answers.
        regions: What is said of each region code.
        series: What is said of each series code, or of the year.
    """

    spans: NDArray[np.uint8]
    regions: NDArray[np.uint8]
    series: NDArray[np.uint8]


class _Years:
    """The tables of numbers without a day: a place for every year, and so no period to look up.

    They are large, but what is never asked for never takes memory.

    Args:
        ask: Says the number of the finding for a code, a year and no day.
    """

    def __init__(self, ask: Callable[[str, int, None], int]) -> None:
        self._ask = ask
        self._regions = np.zeros(_YEARS * _REGIONS, np.uint8)
        self._series = np.zeros(_YEARS * _SERIES, np.uint8)

    def verdicts(
        self, year: NDArray[Any], region: NDArray[Any], series: NDArray[Any]
    ) -> NDArray[np.uint8]:
        year = year.astype(np.int64, copy=False)
        found = self._look_up(self._regions, year * _REGIONS + region, 5)
        np.minimum(found, self._look_up(self._series, year * _SERIES + series, 3), out=found)
        return found

    def _look_up(
        self, table: NDArray[np.uint8], keys: NDArray[np.int64], width: int
    ) -> NDArray[np.uint8]:
        answers: NDArray[np.uint8] = table[keys]
        if not answers.all():
            for key in np.unique(keys[answers == 0]).tolist():
                year, code = divmod(key, 10**width)
                said = self._ask(f"{code:0{width}}", 2000 + year, None)
                table[key] = min(said, _BEFORE) if 2000 + year < SCHEME_BEGINS else said
            answers = table[keys]
        return answers


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
