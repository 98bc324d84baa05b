"""What the sheet 汇总 and the comments on cells contain: in Chinese first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.account import finding_label, version
from sdcert.cli.phrases import phrase
from sdcert.cli.reports.layout import file_name
from sdcert.dates import format_day
from sdcert.files.columns import Column
from sdcert.findings import Outcome
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdcert.cli.account import Options, Tally
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
    outcome: str | None = None


def summary(options: Options, tally: Tally, left_out: int) -> Iterator[Line]:
    """Return what was checked, against what, with which result, and what that means.

    Args:
        options: What was options.
        tally: What was counted.
        left_out: How many marked cells have no comment.

    Yields:
        The lines.
    """
    spoken = languages(options.lang)

    def both(text_in: Callable[[str], str], between: str = " / ") -> str:
        return between.join(dict.fromkeys(text_in(lang) for lang in spoken))

    def text(key: str, **params: str | int) -> str:
        return both(lambda lang: phrase(key, lang, **params))

    def label(key: str, value: str | int) -> Line:
        return Line((text(f"label-{key}"), value))

    source = options.table.source
    yield Line((text("summary-title"),), head=True)
    yield label("source", excerpt(file_name(source.name), 200))
    if options.table.sheet is not None:
        yield label("sheet", excerpt(options.table.sheet, 60))
    yield label("column", both(options.column.label))
    if isinstance(options.approved, Column):
        yield label("approved", both(options.approved.label))
    elif options.approved is not None:
        day = options.approved
        yield label("approved", both(lambda lang: format_day(day, lang)))
    yield label("rows", tally.rows)
    if tally.blank:
        yield label("blank", tally.blank)
    yield label("checked", text("checked-codes" if options.codes else "checked-grammar"))
    if options.codes:
        name = (
            text("tables-bundled")
            if options.codes == "bundled"
            else excerpt(file_name(options.codes), 200)
        )
        yield label("tables", name)
        yield label("digest", options.digest)
    yield Line()
    yield Line((text("head-outcome"), text("head-count"), text("head-code")), head=True)
    for outcome in Outcome:
        marked = None if outcome is Outcome.VALID else outcome.value
        cells = both(outcome.label), tally.outcomes[outcome], outcome.value
        yield Line(cells, outcome=marked)
    if tally.findings:
        yield Line()
        yield Line((text("head-finding"), text("head-count"), text("head-code")), head=True)
        for code, count in tally.by_count():
            yield Line((both(lambda lang, code=code: finding_label(code, lang)), count, code))  # type: ignore[misc]  # the code is bound early
        yield Line((text("totals-note"),))
    yield Line()
    meaning = "meaning-codes" if options.codes else "meaning-grammar"
    yield Line((text("label-meaning"), both(lambda lang: phrase(meaning, lang), "\n")))
    yield Line((text("label-colours"), text("colours")))
    if left_out:
        yield Line((text("label-comments"), text("comments-left-out", count=left_out)))
    yield Line((text("label-version"), f"sdcert {version()}"))


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
