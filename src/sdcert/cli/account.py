"""What was checked, what was counted, and the rows that do not pass: for text, JSON and reports."""

from __future__ import annotations

import importlib.metadata
import json
import tempfile
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import attrs
import click

from sdcert.cli.judge import APPROVED, CELLS
from sdcert.cli.phrases import phrase
from sdcert.cli.terminal import json_text
from sdcert.dates import format_day
from sdcert.files.columns import Column
from sdcert.findings import FindingCode, Outcome, Severity
from sdcert.messages import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from sdcert.cli.engine import Found
    from sdcert.codes import CodeBook
    from sdcert.files import Table

__all__ = [
    "BadRows",
    "Options",
    "Tally",
    "finding_label",
    "particulars",
    "passes",
    "print_document",
    "result",
    "version",
]

_MOST_NOTES: Final = 12


def version() -> str:
    """Return the version of the installed library."""
    return importlib.metadata.version("sdcert")


@attrs.frozen(kw_only=True)
class Options:
    """What is checked of which file, and how.

    Attributes:
        table: The file.
        column: The column with the numbers.
        approved: The column with the approval days, or one day for all rows, or None.
        codes: What ``--codes`` named; None for the grammar alone.
        book: The code tables; None where none are used.
        lang: The language of messages.
        allow_undetermined: Whether undetermined rows pass.
        every_row: Whether totals, signatures and repeated headers are rows like others.
        report: Where the report goes, or None.
        replaced: Whether columns of an earlier report are replaced there.
    """

    table: Table
    column: Column
    approved: Column | date | None = None
    codes: str | None = None
    book: CodeBook | None = None
    lang: str = "en"
    allow_undetermined: bool = False
    every_row: bool = False
    report: str | None = None
    replaced: bool = False

    @property
    def digest(self) -> str:
        """The digest of the code tables; empty where none are used."""
        return "" if self.book is None else self.book.digest

    @property
    def approved_on(self) -> date | None:
        """The approval day of all rows."""
        return None if isinstance(self.approved, Column) else self.approved

    @property
    def day_column(self) -> int | None:
        """The position of the column with the approval days."""
        return self.approved.index if isinstance(self.approved, Column) else None

    @property
    def meaning(self) -> str:
        """What VALID means here, and what it does not mean."""
        return phrase("meaning-codes" if self.codes else "meaning-grammar", self.lang)

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
            "findings": judged.findings(),
        }
        self._file.write(json.dumps(row) + "\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        return map(json.loads, self._file)

    def close(self) -> None:
        """Drop the rows."""
        self._file.close()


def print_document(
    head: dict[str, object], rows: Iterable[dict[str, Any]], tail: dict[str, object]
) -> None:
    """Print a JSON document whose rows may be many, one to a line; docs/cli.md describes it."""
    click.echo("{")
    for key, value in head.items():
        click.echo(f"  {json_text(key)}: {json_text(value)},")
    click.echo('  "rows": [', nl=False)
    comma = ""
    for row in rows:
        click.echo(f"{comma}\n    {json_text(row)}", nl=False)
        comma = ","
    click.echo(f"{comma and chr(10)}{'  ' if comma else ''}]", nl=False)
    for key, value in tail.items():
        click.echo(f",\n  {json_text(key)}: {json_text(value)}", nl=False)
    click.echo("\n}")


def particulars(options: Options, tally: Tally) -> Iterator[tuple[str, str]]:
    """Tell what was checked and how: labels and texts."""
    lang, table = options.lang, options.table
    rows = phrase("rows", lang, rows=tally.rows)
    if tally.blank:
        rows += phrase("rows-blank", lang, count=tally.blank)
    if tally.ragged:
        rows += phrase("rows-ragged", lang, count=tally.ragged, line=tally.first_ragged)

    def line(label: str, text: str) -> tuple[str, str]:
        return phrase(f"label-{label}", lang), text

    column = options.column.label(lang)
    if options.column.chosen != "asked":
        column += phrase(f"chosen-{options.column.chosen}", lang)
    yield line("column", column)
    if isinstance(options.approved, Column):
        yield line("approved", options.approved.label(lang))
    elif options.approved is not None:
        yield line("approved", format_day(options.approved, lang))
    yield line("rows", rows)
    yield line("file", _file(table, lang))
    if table.notes:
        messages = (note.message(lang) for note in table.notes)
        yield line("notes", sentences(messages, lang, most=_MOST_NOTES))
    yield line("checked", phrase("checked-codes" if options.codes else "checked-grammar", lang))
    if options.codes:
        bundled = options.codes == "bundled"
        name = phrase("tables-bundled", lang) if bundled else options.codes
        yield line("tables", phrase("tables", lang, name=name, digest=options.digest))


def _file(table: Table, lang: str) -> str:
    line = table.header_line
    names = phrase("header-none", lang)
    if line is not None:
        names = phrase("header-row" if table.is_workbook else "header-line", lang, line=line)
    if table.is_workbook:
        return phrase("file-xlsx", lang, sheet=table.sheet or "", header=names)
    if table.delimiter is None:
        return phrase(f"file-{table.format}", lang)
    return phrase(
        "file",
        lang,
        encoding=(table.encoding or "").upper() + (phrase("bom", lang) if table.bom else ""),
        header=names,
        delimiter=phrase(f"delimiter-{table.delimiter}", lang),
    )


def finding_label(code: str, lang: str) -> str:
    """Return a short name of a finding, or of what the command itself has found.

    >>> finding_label("length", "zh"), finding_label("not-canonical", "zh")
    ('位数有误', '书写不规范（提示）')
    """
    if code == APPROVED or code in CELLS:
        return phrase(f"{code}-label", lang)
    label = FindingCode(code).label(lang)
    warns = FindingCode(code).severity is Severity.WARNING
    return phrase("warning", lang, label=label) if warns else label


def result(options: Options, tally: Tally) -> tuple[str, str]:
    """Return the result in a sentence, and the colour that it has on a terminal."""
    lang = options.lang
    if tally.bad:
        key = "only-bad" if tally.rows == 1 else "some-bad"
        return phrase(key, lang, count=tally.bad, rows=tally.rows), "red"
    if tally.outcomes[Outcome.UNDETERMINED]:
        return phrase("allowed", lang), "yellow"
    return phrase("all-valid", lang), "green"
