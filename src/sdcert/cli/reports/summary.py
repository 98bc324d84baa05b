"""What the sheet 汇总 and the comments on cells contain: in Chinese first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.account import file_name
from sdcert.cli.labels import finding_label
from sdcert.cli.phrases import phrase
from sdcert.cli.start import version
from sdcert.dates import format_day
from sdcert.files.columns import Column
from sdcert.findings import Outcome
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdcert.cli.account import Account
    from sdcert.cli.judge import Judged

__all__ = ["Line", "languages", "remark", "summary"]

_MOST: Final = 8  # findings told in one comment
_WIDTH: Final = 24  # characters of Chinese in a line of a comment, about


def languages(lang: str) -> tuple[str, ...]:
    """Return the languages of a workbook's notes: Chinese first, and that of the run.

    >>> languages("en"), languages("zh")
    (('zh', 'en'), ('zh',))
    """
    return tuple(dict.fromkeys(("zh", lang)))


@attrs.frozen
class Line:
    """A line of the summary.

    Attributes:
        cells: What it contains.
        head: Whether it heads others.
        outcome: The outcome whose colour its first cell has.
    """

    cells: tuple[Any, ...] = ()
    head: bool = False
    outcome: Outcome | None = None


def summary(account: Account, left_out: int) -> Iterator[Line]:
    """Return what was checked, against what, with which result, and what that means.

    Args:
        account: What was found.
        left_out: How many marked cells have no comment.

    Yields:
        The lines.
    """
    run, total = account.run, account.total
    spoken = languages(run.lang)

    def both(text_in: Callable[[str], str], between: str = " / ") -> str:
        return between.join(dict.fromkeys(text_in(lang) for lang in spoken))

    def text(key: str, **params: Any) -> str:
        return both(lambda lang: phrase(key, lang, **params))

    label = partial(_label, text)

    yield Line((text("summary-title"),), head=True)
    yield from _inputs(account, text, both)
    yield label("rows", total.rows)
    if total.blank:
        yield label("blank", total.blank)
    if total.left_out:
        yield label("no-record", total.left_out)
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
        marked = None if outcome is Outcome.VALID else outcome
        cells = both(outcome.label), total.outcomes[outcome], outcome.value
        yield Line(cells, outcome=marked)
    if total.findings:
        yield Line()
        yield Line((text("head-finding"), text("head-count"), text("head-code")), head=True)
        for code, count in total.by_count():
            yield Line((both(lambda lang, code=code: finding_label(code, lang)), count, code))  # type: ignore[misc]  # the code is bound early
        yield Line((text("totals-note"),))
    yield Line()
    meaning = "meaning-codes" if run.codes else "meaning-grammar"
    yield Line((text("label-meaning"), both(lambda lang: phrase(meaning, lang), "\n")))
    yield Line((text("label-colours"), text("colours")))
    if left_out:
        yield Line((text("label-comments"), text("comments-left-out", count=left_out)))
    yield Line((text("label-version"), f"sdcert {version()}"))


def _label(text: Callable[..., str], key: str, value: str | int) -> Line:
    return Line((text(f"label-{key}"), value))


def _inputs(account: Account, text: Callable[..., str], both: Callable[..., str]) -> Iterator[Line]:
    """Tell what was checked: one file in lines, several in a table."""
    if len(account.done) == 1:
        (part,) = account.parts
        yield _label(text, "source", excerpt(file_name(part.table.source.name), 200))
        if part.table.sheet is not None:
            yield _label(text, "sheet", excerpt(part.table.sheet, 60))
        yield _label(text, "column", both(part.column.label))
        if isinstance(part.approved, Column):
            yield _label(text, "approved", both(part.approved.label))
        elif part.approved is not None:
            day = part.approved
            yield _label(text, "approved", both(lambda lang: format_day(day, lang)))
    else:
        yield Line((text("label-source"), text("label-rows"), text("label-column")), head=True)
        for part, tally in account.done.values():
            counts = text("rows-and-bad", rows=tally.rows, bad=tally.bad)
            mark = Outcome.INVALID if tally.bad else None
            named = excerpt(part.brief, 200), counts, both(part.column.label)
            yield Line(named, outcome=mark)
        yield Line()


def remark(judged: Judged, lang: str) -> tuple[str, int]:
    """Return what was found and how the number is written, for the comment on a cell.

    Args:
        judged: What was found.
        lang: The language of the run.

    Returns:
        The text, and how many lines it takes, about.
    """
    spoken = languages(lang)
    text = "\n\n".join(_words(attrs.evolve(judged, lang=one)) for one in spoken)
    return text, sum(1 + len(line) // _WIDTH for line in text.split("\n"))


def _words(judged: Judged) -> str:
    lang = judged.lang
    messages = list(dict.fromkeys(judged.messages))
    label = judged.outcome.label(lang)
    lines = [phrase("remark-outcome", lang, label=label[:1].upper() + label[1:])]
    lines += [f"- {message}" for message in messages[:_MOST]]
    if len(messages) > _MOST:
        lines.append(phrase("remark-more", lang, count=len(messages)))
    if judged.suggestion is not None:
        key = "remark-canonical" if judged.number is not None else "remark-meant"
        lines.append(phrase(key, lang, number=judged.suggestion))
    return "\n".join(lines)
