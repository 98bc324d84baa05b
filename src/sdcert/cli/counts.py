"""What a page counts and keeps of a file of any length, in bounded memory.

Only this file knows what a city and a year of a row are: the first two digits of its region code
and its evaluation year. A row without a number has neither and is counted under None. There are at
most a hundred of each and some dozens of findings; of the rows, a bounded number is kept.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.page import Bar, Split
from sdcert.cli.phrases import phrase
from sdcert.findings import Outcome
from sdcert.messages import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sdcert.cli.page import FailingRow
    from sdcert.codes import CodeBook

__all__ = ["ROWS", "Counts", "FailingRows"]

ROWS: Final = 500
"""How many rows of each outcome a page lists unless it is told otherwise."""

_CITY: Final = 2


@attrs.define
class Counts:
    """Rows by outcome, and by outcome within each finding, city and year.

    >>> counts = Counts()
    >>> counts.add(Outcome.VALID, ["not-canonical"], year=2018, region_code="14020")
    >>> counts.add(Outcome.INVALID, times=2)
    >>> counts.rows()
    Split(valid=1, undetermined=0, invalid=2)
    >>> [(bar.label, bar.split.total) for bar in counts.years("en")]
    [('2018', 1), ('— not recognised as a number', 2)]
    >>> counts.add("good")
    Traceback (most recent call last):
        ...
    ValueError: 'good' is not a valid Outcome
    """

    _outcomes: Counter[Outcome] = attrs.field(factory=Counter, init=False)
    _findings: Counter[tuple[str, Outcome]] = attrs.field(factory=Counter, init=False)
    _cities: Counter[tuple[str | None, Outcome]] = attrs.field(factory=Counter, init=False)
    _years: Counter[tuple[int | None, Outcome]] = attrs.field(factory=Counter, init=False)

    def add(
        self,
        outcome: Outcome | str,
        findings: Iterable[str] = (),
        *,
        year: int | None = None,
        region_code: str | None = None,
        times: int = 1,
    ) -> None:
        """Count a row, or several that are alike.

        Args:
            outcome: Its outcome.
            findings: The codes of its findings; each counts once.
            year: The evaluation year, four digits; None where there is no number.
            region_code: The region code, or its first two digits; None where there is no number.
            times: How many such rows there are.

        Raises:
            ValueError: If the outcome is none.
        """
        outcome = Outcome(outcome)
        city = None if region_code is None else region_code[:_CITY]
        self._outcomes[outcome] += times
        self._cities[city, outcome] += times
        self._years[year, outcome] += times
        self.add_findings(outcome, findings)

    def add_findings(self, outcome: Outcome, findings: Iterable[str]) -> None:
        """Count the findings of a row that is counted already."""
        for code in set(findings):
            self._findings[code, outcome] += 1

    def add_columns(self, outcome: Any, year: Any, region_code: Any) -> None:
        """Count a batch of rows, given as columns of PyArrow; the engine does the counting.

        Args:
            outcome: Texts: the outcomes. A null is a row that was not checked, and not counted.
            year: Integers: the evaluation years, null where there is no number.
            region_code: Texts: the region codes, null where there is no number.

        >>> import pyarrow as pa
        >>> counts = Counts()
        >>> counts.add_columns(pa.array(["valid", "invalid", None]), pa.array([2018, None, None]),
        ...                    pa.array(["14020", None, None]))
        >>> counts.rows()
        Split(valid=1, undetermined=0, invalid=1)
        """
        import pyarrow as pa  # noqa: PLC0415  # who has columns has it
        import pyarrow.compute as pc  # noqa: PLC0415

        city = pc.utf8_slice_codeunits(region_code, 0, _CITY)
        names = ["outcome", "year", "city"]
        table = pa.table([outcome, year, city], names=names).filter(pc.is_valid(outcome))
        for row in table.group_by(names).aggregate([([], "count_all")]).to_pylist():
            self.add(
                row["outcome"],
                year=row["year"],
                region_code=row["city"],
                times=row["count_all"],
            )

    def rows(self) -> Split:
        """Return all rows by outcome."""
        return Split(**{outcome.value: self._outcomes[outcome] for outcome in Outcome})

    def findings(self, label: Callable[[str], str]) -> tuple[Bar, ...]:
        """Return the rows by finding, the most frequent first.

        Args:
            label: What a finding is called, by its code.
        """
        found = _splits(self._findings)
        order = sorted(found, key=lambda code: (-found[code].total, code))
        return tuple(Bar(label(code), found[code], code) for code in order)

    def cities(self, lang: str, codes: CodeBook | None) -> tuple[Bar, ...]:
        """Return the rows by city, the most frequent first, what has no number at the end.

        Args:
            lang: The language.
            codes: Where the names of cities are looked up; None for nowhere.
        """
        found = _splits(self._cities)
        order = sorted(found, key=lambda at: (at is None, -found[at].total, at or ""))
        return tuple(_city(at, found[at], lang, codes) for at in order)

    def years(self, lang: str) -> tuple[Bar, ...]:
        """Return the rows by evaluation year, what has no number at the end."""
        found = _splits(self._years)
        return tuple(
            Bar(
                _nothing(lang) if at is None else phrase("page.year-of", lang, year=str(at)),
                found[at],
            )
            for at in sorted(found, key=lambda at: (at is None, at or 0))
        )


class FailingRows:
    """The rows that need attention: all are counted, the first of each outcome are kept.

    Args:
        limit: How many rows of each outcome to keep.

    >>> from sdcert.cli.page import FailingRow
    >>> failing = FailingRows(limit=1)
    >>> for line in (2, 5):
    ...     failing.add(Outcome.INVALID, lambda: FailingRow.of(line, "18", Outcome.INVALID, ()))
    >>> failing.counts().invalid, [row.line for row in failing.rows]
    (2, [2])
    """

    def __init__(self, limit: int = ROWS) -> None:
        self._limit = limit
        self._seen: Counter[Outcome] = Counter()
        self.rows: list[FailingRow] = []

    def add(self, outcome: Outcome, made: Callable[[], FailingRow]) -> None:
        """Count a row; it is made and kept unless there are enough of its outcome."""
        self._seen[outcome] += 1
        if self._seen[outcome] <= self._limit:
            self.rows.append(made())

    def counts(self) -> Split:
        """Return all that were added, by outcome."""
        return Split(**{outcome.value: self._seen[outcome] for outcome in Outcome})


def _splits(counts: Counter[tuple[Any, Outcome]]) -> dict[Any, Split]:
    keys = {key for key, _ in counts}
    return {key: Split(**{o.value: counts[key, o] for o in Outcome}) for key in keys}


def _nothing(lang: str) -> str:
    return f"— {phrase('page.unreadable', lang)}"


def _city(prefix: str | None, split: Split, lang: str, codes: CodeBook | None) -> Bar:
    """Name a city by all the names that the tables know its prefix by."""
    if prefix is None:
        return Bar(_nothing(lang), split)
    entries = codes.history(prefix) if codes is not None else ()
    if not entries:
        return Bar(prefix, split)
    return Bar(show([*dict.fromkeys(entry.name for entry in entries)], lang), split, prefix)
