"""An audit of a file: the rows that are read, what was found, and how it is told."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import attrs
import click
import pyarrow as pa
from rich import box
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from sdcert.audit import AuditCode, audit
from sdcert.audit.issued import read_rows
from sdcert.cli._common import json_text, library_version
from sdcert.cli._texts import Problem, printable, say
from sdcert.cli.engine import Engine
from sdcert.cli.judging import APPROVED, day_of
from sdcert.cli.reports import unique
from sdcert.cli.reports._findings import write_findings
from sdcert.cli.showing import Asked, Tally, finding_label, marked, particulars_grid, result
from sdcert.files import Records
from sdcert.files.arrow import days_of, values_of
from sdcert.files.cells import is_blank, text_of
from sdcert.files.columns import plain
from sdcert.findings import FindingCode, Outcome, Severity
from sdcert.rules import RuleBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from rich.console import Console

    from sdcert.codes import CodeBook
    from sdcert.files import Batch, Table
    from sdcert.files.columns import Column
    from sdcert.numbering import NumberScope

__all__ = [
    "SCHEMA",
    "Account",
    "Question",
    "read_rows_of",
    "run",
    "show_json",
    "show_text",
    "write",
]

SCHEMA: Final = "sdcert-audit/1"
"""The name and version of the JSON document; the number rises when a reader would break."""

_BATCH: Final = 1 << 14
# Findings that --allow-undetermined lets pass.
_OPEN: Final = {AuditCode.APPROVER_UNDETERMINED, AuditCode.MANAGER_UNDETERMINED} | {
    code for code in FindingCode if code.severity is Severity.UNDETERMINED
}
# What the columns of a file of issued sequences may be called.
_ISSUED: Final = (
    ("year", "评审年度"),
    ("region_code", "地区部门识别代码"),
    ("series_code", "职称系列级别识别代码"),
    ("last", "最大顺序编号"),
)


@attrs.frozen
class Question:
    """What was asked of which file.

    Attributes:
        table: The file.
        column: The column with the numbers.
        keys: The columns that are shown beside the line.
        compared: The columns to compare, by the names of :func:`sdcert.audit.audit`'s arguments.
        approved: The column with the approval days, or one day for all rows, or None.
        on: The day for which managers are asked.
        codes: What ``--codes`` named; None for the grammar alone.
        book: The code tables.
        rules: Rule files, to be laid over the bundled rules.
        issued: The last sequence of each scope.
        issued_from: The file that says so.
        lang: The language of messages.
        allow_undetermined: Whether what is undetermined passes.
        every_row: Whether totals, signatures and repeated headers are rows like others.
    """

    table: Table
    column: Column
    keys: tuple[Column, ...]
    compared: dict[str, Column]
    approved: Column | date | None
    on: date | None
    codes: str | None
    book: CodeBook | None
    rules: tuple[str, ...]
    issued: dict[NumberScope, int] | None
    issued_from: str | None
    lang: str
    allow_undetermined: bool
    every_row: bool = False

    @property
    def day_column(self) -> int | None:
        """Where the approval days stand, if a column has them."""
        return getattr(self.approved, "index", None)

    @property
    def names(self) -> list[str]:
        """The names of the columns that are shown: the keys and the numbers."""
        shown = {one.index: one.name or f"column_{one.index + 1}" for one in self._shown}
        return list(shown.values())

    @property
    def shown(self) -> list[int]:
        """Where these stand."""
        return list(dict.fromkeys(one.index for one in self._shown))

    @property
    def _shown(self) -> list[Column]:
        return [*self.keys, self.column]


@attrs.frozen(eq=False)
class Account:
    """What was found.

    Attributes:
        asked: What was asked.
        tally: The counts of the check.
        lines: The line of each row that was read.
        cells: For each column that is shown its cells, as texts.
        found: ``row``, the place in these, and ``finding``; in the order of the rows.
        gaps: Scopes and what is missing of them.
    """

    asked: Question
    tally: Tally
    lines: pa.ChunkedArray
    cells: list[pa.ChunkedArray]
    found: pa.Table
    gaps: list[dict[str, Any]]

    @cached_property
    def counts(self) -> list[tuple[str, int]]:
        """The findings and how many rows have each, the most frequent first."""
        counted = Counter(self.found["finding"].to_pylist())
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))

    @cached_property
    def rows(self) -> int:
        """How many rows have a finding."""
        return len(self.found["row"].unique())

    def listed(self) -> Iterator[tuple[int, list[str], list[str]]]:
        """Go through the rows with findings: the line, the cells that are shown, the codes."""
        pairs = (
            pair
            for batch in self.found.to_batches(max_chunksize=_BATCH)
            for pair in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        )
        for row, group in groupby(pairs, key=lambda pair: pair[0]):
            cells = [str(column[row].as_py()) for column in self.cells]
            yield self.lines[row].as_py(), cells, [code for _, code in group]


def run(asked: Question, tick: Callable[[], object]) -> Account:
    """Read the file and audit it. What is asked about is kept, the rest of a row is not."""
    engine = Engine(
        asked.book,
        None if asked.day_column is not None else asked.approved,  # type: ignore[arg-type]  # a day
        asked.lang,
        column=asked.column.index,
        day_column=asked.day_column,
        workbook=asked.table.is_workbook,
        fields=False,
    )
    gathered = _Gathered(asked)
    needed = {*asked.shown, *(one.index for one in asked.compared.values())}
    if asked.day_column is not None:
        needed.add(asked.day_column)
    for batch in asked.table.batches(
        needed, number=None if asked.every_row else asked.column.index
    ):
        tick()
        gathered.add(batch, engine)
    return gathered.account()


class _Gathered:
    """The rows, as far as they were read."""

    def __init__(self, asked: Question) -> None:
        self._asked = asked
        self._tally = Tally()
        self._chunks: list[pa.Table] = []
        self._own: list[tuple[int, str]] = []  # what the check finds of cells without a number
        self._rows = 0
        self._places = {
            **{f"shown_{at}": at for at in asked.shown},
            **{name: column.index for name, column in asked.compared.items()},
        }

    def add(self, batch: Batch, engine: Engine) -> None:
        """Take a batch."""
        found = engine.judge(batch)
        self._tally.add(found, allow_undetermined=self._asked.allow_undetermined)
        if isinstance(batch, Records):
            self._tally.add_ragged(found, len(self._asked.table.columns))
        size = len(found)
        columns = {
            "line": pa.array(batch.lines, pa.int64()),
            "number": found.answers["canonical"].cast(pa.large_string()),
        }
        if self._asked.day_column is not None:
            cells = batch.column(self._asked.day_column)
            days = days_of(cells) if isinstance(cells, pa.Array) else cells
            if not isinstance(days, pa.Array):
                days = pa.array(map(day_of, days), pa.date32())
            columns["day"] = days
        texts = {at: _texts(batch.column(at)) for at in set(self._places.values())}
        columns |= {name: texts[at] for name, at in self._places.items()}
        blank = set(found.blank)
        row = self._rows
        canonical = columns["number"].is_valid().to_numpy(zero_copy_only=False)
        flagged = {at: found.judged(at) for at in found.flagged if not canonical[at]}
        days_wrong = columns["day"].is_null().to_pylist() if "day" in columns else []
        for at in range(size) if flagged or any(days_wrong) or blank else ():
            if at in blank:
                continue
            if at in flagged:
                code = next(code for code in flagged[at].codes if code != APPROVED)
                self._own.append((row, code))
            if days_wrong and days_wrong[at]:
                self._own.append((row, APPROVED))
            row += 1
        chunk = pa.table(columns)
        if blank:
            kept = [at for at in range(size) if at not in blank]
            chunk = chunk.take(pa.array(kept, pa.int64()))
        self._chunks.append(chunk)
        self._rows += chunk.num_rows

    def account(self) -> Account:
        """Audit what was gathered."""
        asked = self._asked
        if not self._chunks:
            raise Problem("no-rows", {"name": asked.table.source.name})
        table = pa.concat_tables(self._chunks)
        table = table.append_column("row", pa.array(range(self._rows), pa.int64()))
        rules = None
        if "manager" in asked.compared:
            rules = RuleBook.bundled()
            for path in asked.rules:
                rules = rules.overlay(RuleBook.load(path))
        answer = audit(
            table,
            "number",
            key="row",
            codes=asked.book,
            rules=rules,
            approved_on="day" if asked.day_column is not None else asked.approved,  # type: ignore[arg-type]  # a day
            on=asked.on,
            issued=asked.issued,
            **{name: name for name in asked.compared},
        )
        own = pa.table(
            [[row for row, _ in self._own], [code for _, code in self._own]],
            schema=pa.schema({"row": pa.int64(), "finding": pa.string()}),
        )
        found = pa.concat_tables([answer.findings.select(["row", "finding"]).cast(own.schema), own])
        if asked.allow_undetermined:
            passed = pa.compute.is_in(found["finding"], pa.array(sorted(_OPEN), pa.string()))
            found = found.filter(pa.compute.invert(passed))
        return Account(
            asked=asked,
            tally=self._tally,
            lines=table["line"],
            cells=[table[f"shown_{at}"] for at in asked.shown],
            found=found.sort_by([("row", "ascending"), ("finding", "ascending")]),
            gaps=answer.gaps.to_pylist(),
        )


def _texts(cells: Any) -> pa.Array:
    """Return cells as texts, empty where they hold nothing."""
    if isinstance(cells, pa.Array):
        if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
            return cells.cast(pa.large_string()).fill_null("")
        cells = values_of(cells)
    texts = [cell if type(cell) is str else text_of(cell) for cell in cells]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # a lone surrogate is no character
        return pa.array([text.encode(errors="backslashreplace") for text in texts]).cast(
            pa.large_string()
        )


def read_rows_of(table: Table) -> dict[NumberScope, int]:
    """Read the last sequence of each scope from a file.

    Args:
        table: The file; its columns have the names of :func:`sdcert.audit.audit`'s ``issued``, or
            the Chinese ones.

    Raises:
        Problem: If it lacks a column.
        IssuedFault: If a row cannot be read.
    """
    header = [plain(name) for name in table.columns]
    named = [[header.index(name) for name in names if name in header] for names in _ISSUED]
    if not all(named):
        columns = "、".join(printable(name, 24) for name in table.columns[:20])
        chinese = "、".join(names[1] for names in _ISSUED)
        params = {"name": table.source.name, "chinese": chinese, "columns": columns}
        raise Problem("issued-columns", {**params})
    places = [found[0] for found in named]
    rows: list[Sequence[Any]] = []
    for batch in table.batches(set(places)):
        columns_of = [batch.column(at) for at in places]
        cells = [values_of(one) if isinstance(one, pa.Array) else one for one in columns_of]
        rows += [row for row in zip(*cells, strict=True) if not all(map(is_blank, row))]
    return read_rows(rows)


def label(code: str, lang: str) -> str:
    """Return a short name of a finding.

    >>> label("length", "zh"), label("duplicate-number", "zh")
    ('位数有误', '编号重复')
    """
    return AuditCode(code).label(lang) if code in set(AuditCode) else finding_label(code, lang)


def write(found: Account, path: str) -> None:
    """Write the report: one row for each finding."""
    asked = found.asked
    rows = (
        (line, *cells, code, label(code, asked.lang))
        for line, cells, codes in found.listed()
        for code in codes
    )
    names = ["sdcert_line", *asked.names, "sdcert_finding", "sdcert_message"]
    tables = None if asked.codes == "bundled" else asked.codes
    read = [one for one in (tables, asked.issued_from, *asked.rules) if one is not None]
    write_findings(path, names, rows, source=asked.table.source, read=read)


def _as_check(asked: Question, report: str | None) -> Asked:
    return Asked(
        table=asked.table,
        column=asked.column,
        approved=asked.approved,
        codes=asked.codes,
        digest="" if asked.book is None else asked.book.digest,
        lang=asked.lang,
        allow_undetermined=asked.allow_undetermined,
        report=report,
    )


def show_json(found: Account, most: int | None, *, gaps: bool, report: str | None) -> None:
    """Print the JSON document, row by row; docs/cli.md describes it."""
    asked = found.asked
    head: dict[str, object] = {
        "schema": SCHEMA,
        "sdcert": library_version(),
        "file": {"name": asked.table.source.name, "format": asked.table.format},
        "column": asked.column.as_dict(),
        "keys": [one.as_dict() for one in asked.keys],
        "compared": {name: one.as_dict() for name, one in asked.compared.items()},
        "codes": None
        if asked.book is None
        else {"source": asked.codes, "digest": asked.book.digest},
        "issued": asked.issued_from,
        "report": report,
        "lang": asked.lang,
    }
    summary = {
        "rows": found.tally.rows,
        "blank_rows": found.tally.blank,
        "ragged_rows": found.tally.ragged,
        "findings": dict(found.counts),
        "rows_with_findings": found.rows,
        "rows_listed": found.rows if most is None else min(most, found.rows),
        "allow_undetermined": asked.allow_undetermined,
        "passed": not found.rows,
    }
    click.echo("{")
    for name, value in head.items():
        click.echo(f"  {json_text(name)}: {json_text(value)},")
    click.echo('  "rows": [', nl=False)
    comma = ""
    names = unique(asked.names)
    for line, cells, codes in islice(found.listed(), most):
        keys = dict(zip(names, cells, strict=True))
        one = {"line": line, "cells": keys, "findings": codes}
        click.echo(f"{comma}\n    {json_text(one)}", nl=False)
        comma = ","
    click.echo(f"{comma and chr(10)}{'  ' if comma else ''}],")
    if gaps:
        click.echo(f'  "gaps": {json_text(found.gaps[:most])},')
    click.echo(f'  "summary": {json_text(summary)}')
    click.echo("}")


def show_text(
    out: Console, found: Account, most: int | None, *, gaps: bool, report: str | None
) -> None:
    """Print the account for people."""
    asked, lang = found.asked, found.asked.lang
    as_check = _as_check(asked, report)
    out.print(Text(say("audit-title", lang, name=asked.table.source.name), style="bold"))
    grid = particulars_grid(as_check, found.tally)
    joint = "；" if lang == "zh" else "; "
    if asked.keys:
        _add(grid, "keys", joint.join(one.label(lang) for one in asked.keys), lang)
    if asked.compared:
        said = [
            say(f"audit-as-{name}", lang, column=one.label(lang))
            for name, one in asked.compared.items()
        ]
        _add(grid, "compared", joint.join(said), lang)
    if asked.issued is not None:
        count, name = len(asked.issued), asked.issued_from or ""
        _add(grid, "issued", say("audit-issued", lang, count=count, name=name), lang)
    out.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if found.rows:
        kept = found.rows if most is None else min(most, found.rows)
        key = "rows-all" if kept == found.rows else "rows-shown"
        counts = say(key, lang, shown=kept, count=found.rows)
        out.print()
        out.print(Text(say("audit-rows", lang, counts=counts), style="bold red"))
        rows = islice(found.listed(), kept)
        while some := list(islice(rows, 500)):
            out.print(_rows(asked, some))
        out.print()
        out.print(_counts(found))
    if gaps:
        out.print()
        _show_gaps(out, found.gaps, most, lang)
    out.print()
    if found.rows:
        tally = attrs.evolve(found.tally, bad=found.rows)
        out.print(result(as_check, tally))
    else:
        open_ = found.tally.outcomes[Outcome.UNDETERMINED]
        clean = "audit-allowed" if asked.allow_undetermined and open_ else "audit-clean"
        out.print(Text(say(clean, lang), style="bold green"))
    out.print(Text(say("audit-note", lang)))
    out.print(Text(f"sdcert {library_version()}", style="dim"))


def _add(grid: Grid, name: str, text: str, lang: str) -> None:
    grid.add_row(Text(say(f"audit-label-{name}", lang)), Text(text))


def _rows(asked: Question, rows: Sequence[tuple[int, list[str], list[str]]]) -> Grid:
    lang = asked.lang
    head = "head-line" if asked.table.format in ("csv", "jsonl") else "head-row"
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grid.add_column(say(head, lang), justify="right", no_wrap=True)
    for name in asked.names:
        grid.add_column(printable(name, 24), max_width=36, overflow="fold")
    grid.add_column(say("head-finding", lang), overflow="fold", ratio=1)
    for line, cells, codes in rows:
        shown = [
            marked(cell, ()) if cell else Text(say("value-empty", lang), style="dim")
            for cell in cells
        ]
        texts = "\n".join(label(code, lang) for code in codes)
        grid.add_row(Text(str(line)), *shown, Text(texts))
    return grid


def _counts(found: Account) -> Grid:
    lang = found.asked.lang
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grid.add_column(say("head-finding", lang), overflow="fold")
    grid.add_column(say("head-count", lang), justify="right")
    grid.add_column(say("head-code", lang), style="dim", overflow="fold")
    for code, count in found.counts:
        grid.add_row(Text(label(code, lang)), Text(f"{count:,}"), Text(code))
    return grid


def _show_gaps(out: Console, gaps: Sequence[dict[str, Any]], most: int | None, lang: str) -> None:
    shown = gaps[:most]
    key = "audit-scopes" if len(shown) == len(gaps) else "audit-scopes-shown"
    counts = say(key, lang, shown=len(shown), count=len(gaps))
    out.print(Text(say("audit-gaps", lang, counts=counts), style="bold"))
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grid.add_column(say("head-scope", lang))
    for name in ("sequences", "first", "last", "missing"):
        grid.add_column(say(f"head-{name}", lang), justify="right")
    for gap in shown:
        scope = f"{gap['year']} {gap['region_code']} {gap['series_code']}"
        numbers = (f"{gap[name]:,}" for name in ("sequences", "first", "last", "missing"))
        grid.add_row(Text(scope), *map(Text, numbers))
    out.print(grid)
    out.print(Text(say("audit-gaps-note", lang), style="dim"))
