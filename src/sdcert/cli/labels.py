"""The words of an account: what was checked and how, what findings are called, and the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.account import file_name
from sdcert.cli.judge import APPROVED, CELLS
from sdcert.cli.phrases import phrase, version
from sdcert.dates import format_day
from sdcert.files.columns import Column
from sdcert.findings import FindingCode, Outcome, Severity
from sdcert.messages import excerpt, known, render, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sdcert.cli.account import Account, FilePart, Run, Tally
    from sdcert.cli.judge import Judged
    from sdcert.files import Table

__all__ = ["Line", "commons", "finding_label", "languages", "particulars", "remark", "result"]
__all__ += ["summary"]

_MOST_NOTES: Final = 12
_MOST_MESSAGES: Final = 8  # told in one comment
_WIDTH: Final = 24  # characters of Chinese in a line of a comment, about


def particulars(part: FilePart, tally: Tally) -> Iterator[tuple[str, str]]:
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
    if part.approved is not None:
        yield line("approved", _approved(part.approved, lang))
    yield line("rows", rows)
    yield line("file", _file(table, lang))
    if table.notes:
        messages = (note.message(lang) for note in table.notes)
        yield line("notes", sentences(messages, lang, most=_MOST_NOTES))
    if part.compared:
        compared = part.compared.items()
        texts = (phrase(f"audit-as-{name}", lang, column=of.label(lang)) for name, of in compared)
        yield line("compared", sentences(texts, lang))


def commons(run: Run, total: Tally) -> Iterator[tuple[str, str]]:
    """Tell against what all was checked, and what was not: labels and texts."""
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
    if run.audits and total.numberless:
        text = phrase("not-compared", lang, count=total.numberless)
        yield phrase("label-not-compared", lang), text


def _approved(approved: Column | date, lang: str) -> str:
    return approved.label(lang) if isinstance(approved, Column) else format_day(approved, lang)


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


# --- in a workbook: in Chinese first ------------------------------------------------------------


def languages(lang: str) -> tuple[str, ...]:
    """Return the languages of a workbook's notes: Chinese first, and that of the run.

    >>> languages("en"), languages("zh")
    (('zh', 'en'), ('zh',))
    """
    return tuple(dict.fromkeys(("zh", lang)))


@attrs.frozen
class Line:
    """A line of the sheet 汇总; its first cell has the colour of the outcome."""

    cells: tuple[Any, ...] = ()
    head: bool = False
    outcome: Outcome | None = None


def summary(account: Account, left_out: int) -> Iterator[Line]:
    """Return what the sheet 汇总 contains: what was checked, with which result, what that means."""
    run, total = account.run, account.total

    def both(text_in: Callable[[str], str], between: str = " / ") -> str:
        return between.join(dict.fromkeys(map(text_in, languages(run.lang))))

    def text(key: str, **params: Any) -> str:
        return both(lambda lang: phrase(key, lang, **params))

    def label(key: str, value: str | int) -> Line:
        return Line((text(f"label-{key}"), value))

    yield Line((text("summary-title"),), head=True)
    if len(account.done) == 1:
        (part,) = account.parts
        yield label("source", excerpt(file_name(part.table.source.name), 200))
        if part.table.sheet is not None:
            yield label("sheet", excerpt(part.table.sheet, 60))
        yield label("column", both(part.column.label))
        if part.approved is not None:
            yield label("approved", both(partial(_approved, part.approved)))
    else:
        yield Line((text("label-source"), text("label-rows"), text("label-column")), head=True)
        for part, tally in account.done.values():
            counts = text("rows-and-bad", rows=tally.rows, bad=tally.bad)
            named = excerpt(part.brief, 200), counts, both(part.column.label)
            yield Line(named, outcome=Outcome.INVALID if tally.bad else None)
        yield Line()
    yield label("rows", total.rows)
    if total.blank:
        yield label("blank", total.blank)
    if total.left_out:
        yield label("no-record", total.left_out)
    if run.audits and total.numberless:
        yield label("not-compared", text("not-compared", count=total.numberless))
    for key, one in account.aside():
        yield label(key, one)
    yield label("checked", text("checked-codes" if run.codes else "checked-grammar"))
    if run.codes:
        bundled = run.codes == "bundled"
        name = text("tables-bundled") if bundled else excerpt(file_name(run.codes), 200)
        yield label("tables", name)
        yield label("digest", run.digest)
    yield Line()
    yield Line((text("head-outcome"), text("head-count"), text("head-code")), head=True)
    for outcome in Outcome:
        cells = both(outcome.label), total.outcomes[outcome], outcome.value
        yield Line(cells, outcome=None if outcome is Outcome.VALID else outcome)
    if total.findings:
        yield Line()
        yield Line((text("head-finding"), text("head-count"), text("head-code")), head=True)
        for code, count in total.by_count():
            yield Line((both(partial(finding_label, code)), count, code))
        yield Line((text("totals-note"),))
    yield Line()
    meaning = "meaning-codes" if run.codes else "meaning-grammar"
    yield label("meaning", both(partial(phrase, meaning), "\n"))
    yield label("colours", text("colours"))
    if left_out:
        yield label("comments", text("comments-left-out", count=left_out))
    yield label("version", f"sdcert {version()}")


def remark(judged: Judged, lang: str) -> tuple[str, int]:
    """Return the comment on a cell, and how many lines it takes, about."""
    text = "\n\n".join(_words(attrs.evolve(judged, lang=one)) for one in languages(lang))
    return text, sum(1 + len(line) // _WIDTH for line in text.split("\n"))


def _words(judged: Judged) -> str:
    lang = judged.lang
    messages = judged.messages
    label = judged.outcome.label(lang)
    lines = [phrase("remark-outcome", lang, label=label[:1].upper() + label[1:])]
    lines += [f"- {message}" for message in messages[:_MOST_MESSAGES]]
    if len(messages) > _MOST_MESSAGES:
        lines.append(phrase("remark-more", lang, count=len(messages)))
    if judged.suggestion is not None:
        key = "remark-canonical" if judged.number is not None else "remark-meant"
        lines.append(phrase(key, lang, number=judged.suggestion))
    return "\n".join(lines)
