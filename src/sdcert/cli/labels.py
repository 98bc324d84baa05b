"""The words of an account: what was checked and how, what findings are called, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdcert.cli.judge import APPROVED, CELLS
from sdcert.cli.phrases import phrase
from sdcert.dates import format_day
from sdcert.files.columns import Column
from sdcert.findings import FindingCode, Outcome, Severity
from sdcert.messages import known, render, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.cli.account import Account, Part, Run, Tally
    from sdcert.files import Table

__all__ = ["commons", "finding_label", "particulars", "result"]

_MOST_NOTES: Final = 12


def particulars(part: Part, tally: Tally) -> Iterator[tuple[str, str]]:
    """Tell what was checked of a file and how: labels and texts."""
    run, table = part.run, part.table
    lang = run.lang
    rows = phrase("rows", lang, rows=tally.rows)
    if tally.blank:
        rows += phrase("rows-blank", lang, count=tally.blank)
    if tally.ragged:
        rows += phrase("rows-ragged", lang, count=tally.ragged, line=tally.first_ragged)

    def line(label: str, text: str) -> tuple[str, str]:
        return phrase(f"label-{label}", lang), text

    column = part.column.label(lang)
    if part.column.chosen != "asked":
        column += phrase(f"chosen-{part.column.chosen}", lang)
    yield line("column", column)
    if isinstance(part.approved, Column):
        yield line("approved", part.approved.label(lang))
    elif part.approved is not None:
        yield line("approved", format_day(part.approved, lang))
    yield line("rows", rows)
    yield line("file", _file(table, lang))
    if table.notes:
        messages = (note.message(lang) for note in table.notes)
        yield line("notes", sentences(messages, lang, most=_MOST_NOTES))
    if part.compared:
        compared = part.compared.items()
        texts = (phrase(f"audit-as-{name}", lang, column=of.label(lang)) for name, of in compared)
        yield line("compared", sentences(texts, lang))


def commons(run: Run) -> Iterator[tuple[str, str]]:
    """Tell against what all was checked: labels and texts."""
    lang = run.lang
    key = "checked-codes" if run.codes else "checked-grammar"
    yield phrase("label-checked", lang), phrase(key, lang)
    if run.codes:
        name = phrase("tables-bundled", lang) if run.codes == "bundled" else run.codes
        text = phrase("tables", lang, name=name, digest=run.digest)
        yield phrase("label-tables", lang), text
    if run.issued is not None:
        text = phrase("audit-issued", lang, count=len(run.issued), name=run.issued_from)
        yield phrase("audit-label-issued", lang), text


def _file(table: Table, lang: str) -> str:
    line, rows = table.header_line, len(table.header.parts)
    names = phrase("header-none", lang)
    if line is not None:
        lines = str(line) if rows < 2 else f"{line - rows + 1}–{line}"
        key = "header-row" if table.is_workbook else "header-line"
        names = phrase(key, lang, count=rows, lines=lines)
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
    """Return a short name of a finding, of an audit's too, or of what the command has found.

    >>> finding_label("length", "zh"), finding_label("not-canonical", "zh")
    ('位数有误', '书写不规范（提示）')
    >>> finding_label("duplicate-number", "zh")
    '编号重复'
    """
    if code == APPROVED or code in CELLS:
        return phrase(f"{code}-label", lang)
    if known(f"audit.label.{code}"):
        return render(f"audit.label.{code}", lang)
    label = FindingCode(code).label(lang)
    warns = FindingCode(code).severity is Severity.WARNING
    return phrase("warning", lang, label=label) if warns else label


def result(account: Account) -> tuple[str, str]:
    """Return the result in a sentence, and the colour that it has on a terminal."""
    run, tally = account.run, account.total
    if tally.bad:
        key = "only-bad" if tally.rows == 1 else "some-bad"
        return phrase(key, run.lang, count=tally.bad, rows=tally.rows), "red"
    if tally.outcomes[Outcome.UNDETERMINED]:
        return phrase("audit-allowed" if run.audits else "allowed", run.lang), "yellow"
    return phrase("audit-clean" if run.audits else "all-valid", run.lang), "green"
