"""What a check found, for people and for programs. Only this file knows either form."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import attrs
import click
from rich import box
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from sdcert.cli._common import json_text, library_version
from sdcert.cli._texts import printable, say
from sdcert.cli.judging import APPROVED, CELLS
from sdcert.dates import format_day
from sdcert.files.columns import Column
from sdcert.findings import FindingCode, Outcome, Severity
from sdcert.messages import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from rich.console import Console

    from sdcert.cli.engine import Found
    from sdcert.files import Table

__all__ = [
    "SCHEMA",
    "Asked",
    "BadRows",
    "Tally",
    "finding_label",
    "marked",
    "particulars",
    "particulars_grid",
    "passes",
    "place",
    "result",
    "show_json",
    "show_text",
]

SCHEMA: Final = "sdcert-check/1"
"""The name and version of the JSON document; the number rises when a reader would break."""

_STYLES: Final = {Outcome.VALID: "green", Outcome.INVALID: "red", Outcome.UNDETERMINED: "yellow"}
_LONGEST_VALUE: Final = 40
_MOST_NOTES: Final = 12
_ROWS_A_TABLE: Final = 500  # so that a table of any length takes the memory of a short one


@attrs.frozen
class Asked:
    """What was asked of which file.

    Attributes:
        table: The file.
        column: The column with the numbers.
        approved: The column with the approval days, or one day for all rows, or None.
        codes: What ``--codes`` named; None for the grammar alone.
        digest: The digest of the code tables; empty where none were used.
        lang: The language of messages.
        allow_undetermined: Whether undetermined rows pass.
        every_row: Whether totals, signatures and repeated headers are rows like others.
        report: Where the report went, or None.
        replaced: Whether columns of an earlier report were replaced there.
    """

    table: Table
    column: Column
    approved: Column | date | None
    codes: str | None
    digest: str
    lang: str
    allow_undetermined: bool = False
    every_row: bool = False
    report: str | None = None
    replaced: bool = False

    @property
    def meaning(self) -> str:
        """What VALID means here, and what it does not mean."""
        return say("meaning-codes" if self.codes else "meaning-grammar", self.lang)

    @property
    def place(self) -> Literal["line", "row"]:
        """What the places of records in the file are."""
        return "line" if self.table.format in ("csv", "jsonl") else "row"


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
        ragged: Rows with more or fewer cells than the header.
        first_ragged: The line of the first of them.
        bad: Rows that do not pass.
        outcomes: Rows by outcome.
        findings: Rows by finding; a row counts once for each of its findings.
    """

    rows: int = 0
    blank: int = 0
    ragged: int = 0
    first_ragged: int = 0
    bad: int = 0
    outcomes: Counter[Outcome] = attrs.field(factory=Counter)
    findings: Counter[str] = attrs.field(factory=Counter)

    def add(self, found: Found, *, allow_undetermined: bool) -> list[int]:
        """Count a batch and tell which rows do not pass."""
        self.rows += len(found) - len(found.blank)
        self.blank += len(found.blank)
        self.outcomes.update({Outcome(name): n for name, n in found.outcomes().items()})
        bad = []
        for at in found.flagged:
            codes = found.codes(at)
            self.findings.update(codes)
            outcome = found.outcome(at)
            if not passes(outcome, codes, allow_undetermined=allow_undetermined):
                bad.append(at)
        self.bad += len(bad)
        return bad

    def add_ragged(self, found: Found, width: int) -> None:
        """Count the rows of a batch that have more or fewer cells than there are columns."""
        blank = set(found.blank)
        for at, cells in enumerate(found.batch.rows()):
            if len(cells) != width and at not in blank:
                self.ragged += 1
                self.first_ragged = self.first_ragged or found.batch.lines[at]

    def by_count(self) -> list[tuple[str, int]]:
        """Return the findings, the most frequent first."""
        return sorted(self.findings.items(), key=lambda item: (-item[1], item[0]))


class BadRows:
    """The rows that do not pass, kept on disk if they are many.

    Args:
        limit: How many rows of each outcome to keep; None keeps all.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._file: IO[str] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  # closed by close()
            max_size=1 << 20, mode="w+", encoding="utf-8"
        )
        self.seen: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()

    def add(self, found: Found, at: int) -> None:
        """Keep a row, unless there are enough of its outcome."""
        outcome = found.outcome(at).value
        self.seen[outcome] += 1
        if self._limit is not None and self.kept[outcome] >= self._limit:
            return
        judged = found.judged(at)
        self.kept[outcome] += 1
        number = judged.number
        row = {
            "line": found.batch.lines[at],
            "value": judged.value,
            "outcome": outcome,
            "canonical": None if number is None else str(number),
            "findings": judged.said(),
        }
        self._file.write(json.dumps(row) + "\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        return map(json.loads, self._file)

    def close(self) -> None:
        """Drop the rows."""
        self._file.close()


def show_json(asked: Asked, tally: Tally, bad: BadRows) -> None:
    """Print the JSON document, row by row; docs/cli.md describes it."""
    table = asked.table
    approved: dict[str, object] | None = None
    if isinstance(asked.approved, Column):
        approved = asked.approved.as_dict()
    elif asked.approved is not None:
        approved = {"on": asked.approved.isoformat()}
    head: dict[str, object] = {
        "schema": SCHEMA,
        "sdcert": library_version(),
        "file": {
            "name": table.source.name,
            "format": table.format,
            "encoding": table.encoding,
            "byte_order_mark": table.bom,
            "delimiter": table.delimiter,
            "header_line": table.header_line,
            "sheet": table.sheet,
        },
        "column": asked.column.as_dict(),
        "approved": approved,
        "checked": "codes" if asked.codes else "grammar",
        "codes": {"source": asked.codes, "digest": asked.digest} if asked.codes else None,
        "report": asked.report,
        "meaning": asked.meaning,
        "lang": asked.lang,
        "notes": [note.as_dict(asked.lang) for note in table.notes],
    }
    summary = {
        "rows": tally.rows,
        "blank_rows": tally.blank,
        "rows_left_out": table.notes.left_out,
        "ragged_rows": tally.ragged,
        "outcomes": {outcome.value: tally.outcomes[outcome] for outcome in Outcome},
        "findings": dict(tally.by_count()),
        "bad_rows": tally.bad,
        "bad_rows_listed": bad.kept.total(),
        "allow_undetermined": asked.allow_undetermined,
        "passed": tally.bad == 0,
    }
    click.echo("{")
    for key, value in head.items():
        click.echo(f"  {json_text(key)}: {json_text(value)},")
    click.echo('  "rows": [', nl=False)
    comma = ""
    for row in bad:
        click.echo(f"{comma}\n    {json_text(row)}", nl=False)
        comma = ","
    click.echo(f"{comma and chr(10)}{'  ' if comma else ''}],")
    click.echo(f'  "summary": {json_text(summary)}')
    click.echo("}")


def show_text(out: Console, asked: Asked, tally: Tally, bad: BadRows) -> None:
    """Print the account for people: what was checked, the bad rows, the counts, the result."""
    lang = asked.lang
    out.print(Text(say("title", lang, name=asked.table.source.name), style="bold"))
    out.print(Padding(particulars_grid(asked, tally), (0, 0, 0, 2), expand=False))
    for outcome in (Outcome.INVALID, Outcome.UNDETERMINED):
        if bad.seen[outcome]:
            _show_rows(out, outcome, bad, asked)
    out.print()
    out.print(_outcomes(tally, lang))
    if tally.findings:
        out.print()
        out.print(_findings(tally, lang))
        out.print(Text(say("totals-note", lang), style="dim"))
    out.print()
    out.print(result(asked, tally))
    out.print(Text(asked.meaning))
    out.print(Text(f"sdcert {library_version()}", style="dim"))


def particulars(asked: Asked, tally: Tally) -> Iterator[tuple[str, str]]:
    """Say what was checked and how: labels and texts."""
    lang, table = asked.lang, asked.table
    rows = say("rows", lang, rows=tally.rows)
    if tally.blank:
        rows += say("rows-blank", lang, count=tally.blank)
    if tally.ragged:
        rows += say("rows-ragged", lang, count=tally.ragged, line=tally.first_ragged)

    def line(label: str, text: str) -> tuple[str, str]:
        return say(f"label-{label}", lang), text

    yield line("column", asked.column.label(lang) + say(f"chosen-{asked.column.chosen}", lang))
    if asked.approved is not None:
        approved = asked.approved
        if isinstance(approved, Column):
            yield line("approved", approved.label(lang))
        else:
            yield line("approved", format_day(approved, lang))
    yield line("rows", rows)
    yield line("file", _file(table, lang))
    if table.notes:
        messages = (note.message(lang) for note in table.notes)
        yield line("notes", sentences(messages, lang, most=_MOST_NOTES))
    yield line("checked", say("checked-codes" if asked.codes else "checked-grammar", lang))
    if asked.codes:
        name = say("tables-bundled", lang) if asked.codes == "bundled" else asked.codes
        yield line("tables", say("tables", lang, name=name, digest=asked.digest))


def particulars_grid(asked: Asked, tally: Tally) -> Grid:
    """Return what was checked and how, for people, and where the report went."""
    lang = asked.lang
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in particulars(asked, tally):
        grid.add_row(Text(label), Text(text))
    if asked.report:
        replaced = f" ({say('replaced', lang)})" if asked.replaced else ""
        said = printable(asked.report) + replaced
        grid.add_row(Text(say("label-report", lang)), Text(said))
    return grid


def _file(table: Table, lang: str) -> str:
    line = table.header_line
    names = say("header-none", lang) if line is None else say("header-line", lang, line=line)
    if table.is_workbook:
        if line is not None:
            names = say("header-row", lang, line=line)
        return say("file-xlsx", lang, sheet=table.sheet or "", header=names)
    if table.delimiter is None:
        return say(f"file-{table.format}", lang)
    return say(
        "file",
        lang,
        encoding=(table.encoding or "").upper() + (say("bom", lang) if table.bom else ""),
        header=names,
        delimiter=say(f"delimiter-{table.delimiter}", lang),
    )


def _show_rows(out: Console, outcome: Outcome, bad: BadRows, asked: Asked) -> None:
    lang = asked.lang
    head = f"head-{asked.place}"
    total, kept = bad.seen[outcome], bad.kept[outcome]
    counts = say("rows-all" if kept == total else "rows-shown", lang, shown=kept, count=total)
    label = outcome.label(lang)
    out.print()
    title = f"{label}（{counts}）" if lang == "zh" else f"{label.capitalize()} ({counts})"
    out.print(Text(title, style=f"bold {_STYLES[outcome]}"))
    rows = (row for row in bad if row["outcome"] == outcome)
    for first in rows:
        out.print(_rows_table(chain([first], islice(rows, _ROWS_A_TABLE - 1)), head, lang))


def _rows_table(rows: Iterable[dict[str, Any]], head: str, lang: str) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grid.add_column(say(head, lang), justify="right", no_wrap=True)
    grid.add_column(say("head-value", lang), min_width=17, max_width=36, overflow="fold")
    grid.add_column(say("head-place", lang), max_width=12)
    grid.add_column(say("head-reason", lang), overflow="fold", ratio=1)
    for row in rows:
        said = row["findings"]
        value = row["value"]
        spans = [finding["span"] for finding in said if finding["span"]]
        shown = marked(value, spans) if value else Text(say("value-empty", lang), style="dim")
        line = Text(str(row["line"]))
        places: dict[str, list[str]] = {}
        for finding in said:
            places.setdefault(finding["message"], []).append(place(finding["span"], value, lang))
        for message, at in places.items():
            grid.add_row(line, shown, Text(", ".join(filter(None, at))), Text(message))
            line = shown = Text()
    return grid


def place(span: list[int] | tuple[int, int] | None, value: str, lang: str) -> str:
    """Say for people which characters are meant, counted from 1, the last included.

    >>> place((1, 15), "鲁18140200120001", "en"), place((0, 3), "abc", "en"), place(None, "", "en")
    ('2–15', 'all', '')
    """
    if span is None or not value:
        return ""
    start, stop = span
    if (start, stop) == (0, len(value)):
        return say("whole", lang)
    first = start + 1
    return f"{first}–{stop}" if stop > first else str(first)


def marked(value: str, spans: Iterable[list[int] | tuple[int, int]]) -> Text:
    r"""Show a value, safe to print, with the characters that findings point at set off.

    >>> print(marked("鲁18\x1b[31m", [(3, 4)]))
    鲁18\x1b[31m
    """
    wrong = {at for start, stop in spans for at in range(start, min(stop, _LONGEST_VALUE))}
    text = Text()
    for at, char in enumerate(value[:_LONGEST_VALUE]):
        text.append(printable(char), style="bold red" if at in wrong else "")
    if len(value) > _LONGEST_VALUE:
        text.append("…")
    return text


def _outcomes(tally: Tally, lang: str) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grid.add_column(say("head-outcome", lang))
    grid.add_column(say("head-count", lang), justify="right")
    for outcome in Outcome:
        count = tally.outcomes[outcome]
        style = _STYLES[outcome] if count else "dim"
        grid.add_row(Text(outcome.label(lang)), Text(f"{count:,}"), style=style)
    return grid


def _findings(tally: Tally, lang: str) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grid.add_column(say("head-finding", lang), overflow="fold")
    grid.add_column(say("head-count", lang), justify="right")
    grid.add_column(say("head-code", lang), style="dim", overflow="fold")
    for code, count in tally.by_count():
        grid.add_row(Text(finding_label(code, lang)), Text(f"{count:,}"), Text(code))
    return grid


def finding_label(code: str, lang: str) -> str:
    """Return a short name of a finding, or of what the command itself has found.

    >>> finding_label("length", "zh"), finding_label("not-canonical", "zh")
    ('位数有误', '书写不规范（提示）')
    """
    if code == APPROVED or code in CELLS:
        return say(f"{code}-label", lang)
    label = FindingCode(code).label(lang)
    warns = FindingCode(code).severity is Severity.WARNING
    return say("warning", lang, label=label) if warns else label


def result(asked: Asked, tally: Tally) -> Text:
    """Return the result in a sentence."""
    lang = asked.lang
    if tally.bad:
        key = "only-bad" if tally.rows == 1 else "some-bad"
        said = say(key, lang, count=f"{tally.bad:,}", rows=f"{tally.rows:,}")
        return Text(said, style="bold red")
    undetermined = tally.outcomes[Outcome.UNDETERMINED]
    said = say("allowed" if undetermined else "all-valid", lang)
    return Text(said, style="bold yellow" if undetermined else "bold green")
