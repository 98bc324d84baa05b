"""The account of a run: what was checked, what was counted, and the rows that are kept.

These are the rows that do not pass, and those that wait while an audit compares them. Text, JSON
and every report are made from it. Only this file knows what a city and a year of a row are: the
first two digits of its region code and its evaluation year.
"""

from __future__ import annotations

import os
import pickle
from collections import Counter
from functools import reduce
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from sdcert.cli.judge import APPROVED
from sdcert.cli.phrases import phrase
from sdcert.files import Records
from sdcert.files.cells import is_blank, text_of
from sdcert.files.columns import Column
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from sdcert.cli.engine import Verdicts
    from sdcert.cli.judge import Extra
    from sdcert.codes import CodeBook
    from sdcert.files import Batch, Source, Table
    from sdcert.numbering import NumberScope

__all__ = ["Account", "BadRows", "FilePart", "Run", "Spool", "Tally", "file_name", "pruned"]

_CITY: Final = 2
_MEMORY: Final = 1 << 24  # bytes that a spool takes before it goes to disk


def file_name(path: str) -> str:
    r"""Return a path without its folders, which concern nobody who gets a report.

    >>> file_name("C:/名单/1.xlsx"), file_name(r"名单\1.xlsx"), file_name("-")
    ('1.xlsx', '1.xlsx', '-')
    """
    return PureWindowsPath(PurePosixPath(path).name).name


@attrs.frozen(kw_only=True)
class Run:
    """What holds for all that is checked at once."""

    lang: str = "en"
    codes: str | None = None  # what --codes named; None for the grammar alone
    book: CodeBook | None = None
    allow_undetermined: bool = False
    every_row: bool = False  # whether totals, signatures and repeated headers are rows like others
    report: str | None = None
    paged: bool = False  # whether that is a page, for which cities and years are counted
    audits: bool = False  # whether rows are compared with one another
    gaps: bool = False  # whether an audit lists the sequences that are missing
    on: date | None = None  # the day for which an audit asks for managers
    rules: tuple[str, ...] = ()  # rule files, to be laid over the bundled rules
    issued: dict[NumberScope, int] | None = None  # the last sequence of each scope
    issued_from: str | None = None  # the file with these

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
class FilePart:
    """A column of numbers that is checked: in a file, or in a sheet of it."""

    run: Run
    path: str | Source
    below: str = ""  # its folder below the one that was named; for reports
    reading: dict[str, Any] = attrs.field(factory=dict)  # arguments of open_table
    table: Table
    column: Column
    approved: Column | date | None = None  # where the approval days are, or one day for all rows
    shown: tuple[Column, ...] = ()  # others, to be shown with the rows that do not pass
    compared: dict[str, Column] = attrs.field(factory=dict)  # by the names of audit()'s arguments
    live: bool = True  # whether rows can be read: the table is open, or they are kept
    kept: Iterator[Batch] | None = None  # the rows that an audit has read to compare them
    extra: dict[int, tuple[Extra, ...]] = attrs.field(factory=dict)  # what it found, by row, from 0

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


@attrs.define
class Tally:
    """The counts of a check."""

    rows: int = 0  # that were checked
    blank: int = 0  # without a filled cell, which were not
    left_out: int = 0  # that hold no record
    ragged: int = 0  # with more or fewer cells than the header
    first_ragged: int = 0  # the line of the first of them
    numberless: int = 0  # without a well-formed number, which no other row is compared with
    bad: int = 0  # that do not pass
    outcomes: Counter[Outcome] = attrs.field(factory=Counter)
    findings: Counter[tuple[str, Outcome]] = attrs.field(factory=Counter)  # each once in a row
    cities: Counter[tuple[str | None, Outcome]] = attrs.field(factory=Counter)  # None: no number
    years: Counter[tuple[int | None, Outcome]] = attrs.field(factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        own, others = (attrs.astuple(one, recurse=False) for one in (self, other))
        return Tally(*(one + another for one, another in zip(own, others, strict=True)))

    def add(self, found: Verdicts, part: FilePart) -> Iterator[tuple[int, Outcome]]:
        """Count a batch and go through the rows that do not pass, with their outcomes."""
        self.rows += len(found) - len(found.blank)
        self.blank += len(found.blank)
        self.numberless += found.answers["canonical"].null_count - len(found.blank)
        self.outcomes.update(found.outcomes())
        if part.table.schema is None:  # rows of Parquet have all cells
            self._add_ragged(found, len(part.table.columns))
        if part.run.paged:
            self.add_places(found)
        allowed = {Outcome.VALID}
        if part.run.allow_undetermined:
            allowed.add(Outcome.UNDETERMINED)
        for at, outcome, codes in found.flags():
            self.findings.update((code, outcome) for code in codes)
            if outcome not in allowed or APPROVED in codes:  # without its day no row passes
                self.bad += 1
                yield at, outcome

    def add_places(self, found: Verdicts) -> None:
        """Count the cities and years of a batch; the engine does the counting."""
        answers, names = found.answers, ["outcome", "year", "city"]
        city = pc.utf8_slice_codeunits(answers["region_code"], 0, _CITY)
        table = pa.table([answers["outcome"], answers["year"], city], names=names)
        table = table.filter(pc.is_valid(answers["outcome"]))
        for row in table.group_by(names).aggregate([([], "count_all")]).to_pylist():
            outcome = Outcome(row["outcome"])
            self.cities[row["city"], outcome] += row["count_all"]
            self.years[row["year"], outcome] += row["count_all"]

    def _add_ragged(self, found: Verdicts, width: int) -> None:
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


class Spool:
    """What is kept of each part, by its number: in memory, or on disk if it is much."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115  # close() closes it
        self.close = self._file.close
        self._begins: dict[int, int] = {}

    def add(self, number: int, one: object) -> None:
        """Keep something of a part; all of a part is kept before that of the next."""
        self._begins.setdefault(number, self._file.seek(0, os.SEEK_END))
        pickle.dump((number, one), self._file)

    def of(self, number: int) -> Iterator[Any]:
        """Go through what is kept of a part."""
        at = self._begins.get(number)
        while at is not None:
            self._file.seek(at)
            try:
                of, one = pickle.load(self._file)  # noqa: S301  # what add() wrote
            except EOFError:
                return
            if of != number:
                return
            at = self._file.tell()
            yield one


class BadRows:
    """The rows that do not pass: of each outcome and part at most the limit, all if it is None."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._rows = Spool()
        self.close = self._rows.close
        self.seen: Counter[tuple[int, str]] = Counter()

    def add(self, found: Verdicts, at: int, outcome: Outcome, number: int, part: FilePart) -> None:
        """Keep a row of the part with this number, unless there are enough of its outcome."""
        self.seen[number, outcome] += 1
        if self._limit is not None and self.seen[number, outcome] > self._limit:
            return
        judged = found.judged(at)
        row = {
            "line": found.batch.lines[at],
            "value": judged.value,
            "outcome": outcome.value,
            "canonical": None if judged.number is None else str(judged.number),
            "cells": [text_of(found.cell(column.index, at)) for column in part.shown],
            "findings": judged.findings(),
            "suggestion": judged.suggestion,
        }
        self._rows.add(number, row)

    def of(self, number: int, outcome: str | None = None) -> Iterator[dict[str, Any]]:
        """Return the rows of a part that are kept, all or those of an outcome."""
        rows = self._rows.of(number)
        return (row for row in rows if outcome in (None, row["outcome"]))

    def drop(self, number: int) -> None:
        """Count the rows of a part no longer, which could not be read to its end."""
        for outcome in Outcome:
            self.seen.pop((number, outcome.value), None)

    def listed(self, limit: int | None) -> int:
        """Return how many rows there are, if at most so many of each outcome and part count."""
        return sum(count if limit is None else min(count, limit) for count in self.seen.values())


@attrs.frozen(eq=False)
class _Kept:
    """A batch of which only what a check needs is kept."""

    lines: Sequence[int]
    columns: dict[int, list[Any]]
    odd: dict[int, Sequence[Any]]  # rows that have no number, or another length than the header
    usual: tuple[bool, ...]  # stands for any other row

    def column(self, at: int) -> list[Any]:
        """Return the cells of a column."""
        return self.columns[at]

    def rows(self) -> Sequence[Sequence[Any]]:
        """Return rows that are blank where those of the file are, and as long."""
        return [self.odd.get(at, self.usual) for at in range(len(self.lines))]


def pruned(batch: Batch, part: FilePart) -> Batch:
    """Return a batch without the cells that no check needs."""
    if not isinstance(batch, Records):  # of Parquet, which is read by columns
        return batch
    columns = {at: batch.column(at) for at in part.needed}
    usual = (True,) * len(part.table.columns)
    rows = enumerate(zip(columns[part.column.index], batch.cells, strict=True))
    odd = {at: row for at, (cell, row) in rows if len(row) != len(usual) or is_blank(cell)}
    return _Kept(batch.lines, columns, odd, usual)


@attrs.frozen
class Account:
    """What was found."""

    run: Run
    bad: BadRows
    done: dict[int, tuple[FilePart, Tally]] = attrs.field(factory=dict)  # by the number of the part
    unread: dict[str, str] = attrs.field(factory=dict)  # files that could not be read, and why
    left_out: list[str] = attrs.field(factory=list)  # what was not looked at, and why
    gaps: list[dict[str, Any]] = attrs.field(factory=list)  # scopes that lack sequences

    @property
    def total(self) -> Tally:
        """All counts."""
        return reduce(Tally.__add__, (tally for _, tally in self.done.values()), Tally())

    @property
    def parts(self) -> list[FilePart]:
        """What was checked."""
        return [part for part, _ in self.done.values()]

    def title(self, lang: str) -> str:
        """Return what was checked, in a word or two."""
        names = dict.fromkeys(part.table.source.name for part in self.parts)
        return phrase("files", lang, count=len(names)) if len(names) > 1 else next(iter(names))

    def aside(self) -> list[tuple[str, str]]:
        """Return what was not checked and why, without folders: names of labels, and texts."""
        texts = [("left-out", text) for text in self.left_out]
        texts += [("unread", text) for text in self.unread.values()]
        for name in (*self.unread, *(part.table.source.name for part in self.parts)):
            texts = [(label, text.replace(name, file_name(name))) for label, text in texts]
        return texts

    def rows(self, limit: int | None) -> Iterator[tuple[FilePart, dict[str, Any]]]:
        """Go through the rows that do not pass, at most so many of each outcome and part."""
        for number, (part, _) in self.done.items():
            left: Counter[str] = Counter()
            for row in self.bad.of(number):
                left[row["outcome"]] += 1
                if limit is None or left[row["outcome"]] <= limit:
                    yield part, row
