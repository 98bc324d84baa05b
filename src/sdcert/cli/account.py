"""The account of a run: what was checked, what was counted, and the rows that do not pass.

Text, JSON and every report are made from it. Only this file knows what a city and a year of a row
are: the first two digits of its region code and its evaluation year.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from sdcert.cli.judge import APPROVED
from sdcert.cli.phrases import phrase
from sdcert.files.columns import Column
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from sdcert.cli.engine import Found
    from sdcert.cli.kept import BadRows
    from sdcert.codes import CodeBook
    from sdcert.files import Batch, Source, Table
    from sdcert.numbering import NumberScope

__all__ = ["Account", "Part", "Run", "Tally", "file_name", "passes"]

_CITY: Final = 2


def file_name(path: str) -> str:
    r"""Return a path without its folders, which concern nobody who gets a report.

    >>> file_name("C:/名单/1.xlsx"), file_name(r"名单\1.xlsx"), file_name("-")
    ('1.xlsx', '1.xlsx', '-')
    """
    return PureWindowsPath(PurePosixPath(path).name).name


@attrs.frozen(kw_only=True)
class Run:
    """What holds for all that is checked at once.

    Attributes:
        lang: The language of messages.
        audits: Whether rows are compared with one another, as ``sdcert audit`` does.
        codes: What ``--codes`` named; None for the grammar alone.
        book: The code tables; None where none are used.
        allow_undetermined: Whether undetermined rows pass.
        every_row: Whether totals, signatures and repeated headers are rows like others.
        report: Where the report goes, or None.
        paged: Whether that is a page, for which cities and years are counted.
        on: For an audit: the day for which managers are asked.
        rules: For an audit: rule files, to be laid over the bundled rules.
        issued: For an audit: the last sequence of each scope.
        issued_from: The file with these.
    """

    lang: str = "en"
    audits: bool = False
    codes: str | None = None
    book: CodeBook | None = None
    allow_undetermined: bool = False
    every_row: bool = False
    report: str | None = None
    paged: bool = False
    on: date | None = None
    rules: tuple[str, ...] = ()
    issued: dict[NumberScope, int] | None = None
    issued_from: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the code tables; empty where none are used."""
        return "" if self.book is None else self.book.digest

    @property
    def meaning(self) -> str:
        """What VALID means here, and what it does not mean."""
        return phrase("meaning-codes" if self.codes else "meaning-grammar", self.lang)

    @property
    def read(self) -> list[str]:
        """The files and folders that are read beside the data; no report may replace them."""
        tables = None if self.codes == "bundled" else self.codes
        return [one for one in (tables, self.issued_from, *self.rules) if one is not None]


@attrs.frozen(kw_only=True)
class Part:
    """A column of numbers that is checked: in a file, or in a sheet of it.

    Attributes:
        run: What holds for all parts.
        path: The file, as it is opened.
        below: Its folder below the one that was named; for reports.
        reading: How it is read: arguments of ``open_table``.
        table: The table; it can be read only while the part is open.
        column: The column with the numbers.
        approved: The column with the approval days, or one day for all rows, or None.
        shown: Other columns to be shown with the rows that do not pass.
        compared: For an audit: the columns to compare, by the names of its arguments.
        live: Whether the rows can be read: the table is open, or they are kept.
        kept: Of an audit, the rows that were read for the comparison; they are read once.
    """

    run: Run
    path: str | Source
    below: str = ""
    reading: dict[str, Any] = attrs.field(factory=dict)
    table: Table
    column: Column
    approved: Column | date | None = None
    shown: tuple[Column, ...] = ()
    compared: dict[str, Column] = attrs.field(factory=dict)
    live: bool = True
    kept: Iterator[Batch] | None = None

    def batches(self, columns: Collection[int] | None) -> Iterator[Batch]:
        """Read the rows, once: some columns, or all."""
        return self.kept or self.table.batches(columns, number=self.number)

    @property
    def needed(self) -> set[int]:
        """The columns that a check needs: the number, its day, and those that are shown."""
        columns = (self.column, self.approved, *self.shown)
        return {one.index for one in columns if isinstance(one, Column)}

    @property
    def name(self) -> str:
        """What it is called where there are several: the file, and the sheet of a workbook."""
        sheet = self.table.sheet
        return f"{self.table.source.name} [{sheet}]" if sheet else self.table.source.name

    @property
    def brief(self) -> str:
        """The same without the folders above the one that was named, for what is mailed."""
        name = PurePath(self.below, file_name(self.table.source.name)).as_posix()
        sheet = self.table.sheet
        return f"{name} [{sheet}]" if sheet else name

    @property
    def approved_on(self) -> date | None:
        """The approval day of all rows."""
        return None if isinstance(self.approved, Column) else self.approved

    @property
    def day_column(self) -> int | None:
        """The position of the column with the approval days."""
        return self.approved.index if isinstance(self.approved, Column) else None

    @property
    def number(self) -> int | None:
        """The column by which rows that hold no record are told; None where every row counts."""
        return None if self.run.every_row else self.column.index

    @property
    def place(self) -> Literal["line", "row"]:
        """What the places of records in the file are."""
        return "line" if self.table.format in ("csv", "jsonl") else "row"

    @property
    def names(self) -> list[str]:
        """The names of the columns that are shown besides."""
        return [one.name or one.label(self.run.lang) for one in self.shown]


def passes(outcome: Outcome, codes: Collection[str], *, allow_undetermined: bool) -> bool:
    """Tell whether a row passes.

    Args:
        outcome: Its outcome.
        codes: The codes of its findings.
        allow_undetermined: Whether undetermined rows do; one whose day cannot be read never does.

    >>> passes(Outcome.UNDETERMINED, ["region-unlisted"], allow_undetermined=True)
    True
    >>> passes(Outcome.UNDETERMINED, ["approved-on-unreadable"], allow_undetermined=True)
    False
    """
    return outcome is Outcome.VALID or (
        allow_undetermined and outcome is Outcome.UNDETERMINED and APPROVED not in codes
    )


@attrs.define
class Tally:
    """The counts of a check.

    Attributes:
        rows: Rows that were checked.
        blank: Rows without a filled cell, which were not.
        left_out: Rows that hold no record.
        ragged: Rows with more or fewer cells than the header.
        first_ragged: The line of the first of them.
        numberless: Rows without a well-formed number, which no other row is compared with.
        bad: Rows that do not pass.
        outcomes: Rows by outcome.
        findings: Rows by finding and outcome; a row counts once for each of its findings.
        cities: Rows by the first digits of the region code and outcome; None for no number.
        years: Rows by evaluation year and outcome; None for no number.
    """

    rows: int = 0
    blank: int = 0
    left_out: int = 0
    ragged: int = 0
    first_ragged: int = 0
    numberless: int = 0
    bad: int = 0
    outcomes: Counter[Outcome] = attrs.field(factory=Counter)
    findings: Counter[tuple[str, Outcome]] = attrs.field(factory=Counter)
    cities: Counter[tuple[str | None, Outcome]] = attrs.field(factory=Counter)
    years: Counter[tuple[int | None, Outcome]] = attrs.field(factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        own, others = (attrs.astuple(one, recurse=False) for one in (self, other))
        return Tally(*(one + another for one, another in zip(own, others, strict=True)))

    def add(self, found: Found, *, allow_undetermined: bool) -> list[tuple[int, Outcome]]:
        """Count a batch and tell which rows do not pass, with their outcomes."""
        self.rows += len(found) - len(found.blank)
        self.blank += len(found.blank)
        self.numberless += found.answers["canonical"].null_count - len(found.blank)
        self.outcomes.update({Outcome(name): n for name, n in found.outcomes().items()})
        bad = []
        for at, outcome, codes in found.flags():
            self.findings.update((code, outcome) for code in codes)
            if not passes(outcome, codes, allow_undetermined=allow_undetermined):
                bad.append((at, outcome))
        self.bad += len(bad)
        return bad

    def add_places(self, found: Found) -> None:
        """Count the cities and years of a batch; the engine does the counting."""
        answers, names = found.answers, ["outcome", "year", "city"]
        city = pc.utf8_slice_codeunits(answers["region_code"], 0, _CITY)
        table = pa.table([answers["outcome"], answers["year"], city], names=names)
        table = table.filter(pc.is_valid(answers["outcome"]))
        for row in table.group_by(names).aggregate([([], "count_all")]).to_pylist():
            outcome = Outcome(row["outcome"])
            self.cities[row["city"], outcome] += row["count_all"]
            self.years[row["year"], outcome] += row["count_all"]

    def add_ragged(self, found: Found, width: int) -> None:
        """Count the rows of a batch that have more or fewer cells than there are columns."""
        blank = set(found.blank)
        for at, cells in enumerate(found.batch.rows()):
            if len(cells) != width and at not in blank:
                self.ragged += 1
                self.first_ragged = self.first_ragged or found.batch.lines[at]

    def by_count(self) -> list[tuple[str, int]]:
        """Return the findings, the most frequent first."""
        counts: Counter[str] = Counter()
        for (code, _), count in self.findings.items():
            counts[code] += count
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def as_dict(self, *, audits: bool) -> dict[str, object]:
        """Return the counts of a check or an audit for JSON."""
        return {
            "rows": self.rows,
            "blank_rows": self.blank,
            "rows_left_out": self.left_out,
            "ragged_rows": self.ragged,
            **({"rows_not_compared": self.numberless} if audits else {}),
            "outcomes": {outcome.value: self.outcomes[outcome] for outcome in Outcome},
            "findings": dict(self.by_count()),
            "bad_rows": self.bad,
        }


@attrs.frozen
class Account:
    """What was found.

    Attributes:
        run: What was asked.
        bad: The rows that do not pass.
        done: What was checked, by its number, with its counts.
        unread: Files that could not be read, and why.
        left_out: What was not looked at, and why.
        gaps: Of an audit: scopes, and the sequences that are missing in them.
    """

    run: Run
    bad: BadRows
    done: dict[int, tuple[Part, Tally]] = attrs.field(factory=dict)
    unread: dict[str, str] = attrs.field(factory=dict)
    left_out: list[str] = attrs.field(factory=list)
    gaps: list[dict[str, Any]] = attrs.field(factory=list)

    @property
    def total(self) -> Tally:
        """All counts."""
        return reduce(Tally.__add__, (tally for _, tally in self.done.values()), Tally())

    @property
    def parts(self) -> list[Part]:
        """What was checked."""
        return [part for part, _ in self.done.values()]

    def title(self, lang: str) -> str:
        """Return what was checked, in a word or two."""
        names = dict.fromkeys(part.table.source.name for part in self.parts)
        if len(names) == 1:
            return next(iter(names))
        return phrase("files", lang, count=len(names))

    def aside(self) -> list[tuple[str, str]]:
        """Return what was not checked and why, without folders: names of labels, and texts."""
        texts = [("left-out", text) for text in self.left_out]
        texts += [("unread", text) for text in self.unread.values()]
        for name in (*self.unread, *(part.table.source.name for part in self.parts)):
            texts = [(label, text.replace(name, file_name(name))) for label, text in texts]
        return texts

    def rows(self, limit: int | None) -> Iterator[tuple[Part, dict[str, Any]]]:
        """Go through the rows that do not pass, at most so many of each outcome and part."""
        for number, (part, _) in self.done.items():
            left: Counter[str] = Counter()
            for row in self.bad.of(number):
                left[row["outcome"]] += 1
                if limit is None or left[row["outcome"]] <= limit:
                    yield part, row
