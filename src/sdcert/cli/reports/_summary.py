"""What stands on the summary sheet 汇总. Only this file words it: in Chinese first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from sdcert.cli._common import library_version
from sdcert.cli._texts import printable, say
from sdcert.cli.showing import finding_label
from sdcert.dates import format_day
from sdcert.files.columns import Column
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdcert.cli.showing import Asked, Tally

__all__ = ["Line", "summary"]


@attrs.frozen
class Line:
    """A line of the summary.

    Attributes:
        cells: What stands in it.
        head: Whether it heads others.
        outcome: The outcome whose colour its first cell has.
    """

    cells: tuple[Any, ...] = ()
    head: bool = False
    outcome: str | None = None


def summary(asked: Asked, tally: Tally, left_out: int) -> Iterator[Line]:
    """Say what was checked, against what, with which result, and what that means.

    Args:
        asked: What was asked.
        tally: What was counted.
        left_out: How many marked cells have no comment.

    Yields:
        The lines.
    """
    spoken: tuple[str, ...] = ("zh",) if asked.lang == "zh" else ("zh", "en")

    def both(tell: Callable[[str], str], between: str = " / ") -> str:
        return between.join(dict.fromkeys(tell(lang) for lang in spoken))

    def text(key: str, **params: str | int) -> str:
        return both(lambda lang: say(key, lang, **params))

    def label(key: str, value: str | int) -> Line:
        return Line((text(f"label-{key}"), value))

    source = asked.table.source
    yield Line((text("summary-title"),), head=True)
    yield label("source", printable(source.name))
    if asked.table.sheet is not None:
        yield label("sheet", printable(asked.table.sheet))
    yield label("column", both(asked.column.label))
    if isinstance(asked.approved, Column):
        yield label("approved", both(asked.approved.label))
    elif asked.approved is not None:
        day = asked.approved
        yield label("approved", both(lambda lang: format_day(day, lang)))
    yield label("rows", tally.rows)
    if tally.blank:
        yield label("blank", tally.blank)
    yield label("checked", text("checked-codes" if asked.codes else "checked-grammar"))
    if asked.codes:
        name = text("tables-bundled") if asked.codes == "bundled" else printable(asked.codes)
        yield label("tables", name)
        yield label("digest", asked.digest)
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
    meaning = "meaning-codes" if asked.codes else "meaning-grammar"
    yield Line((text("label-meaning"), both(lambda lang: say(meaning, lang), "\n")))
    yield Line((text("label-colours"), text("colours")))
    if left_out:
        yield Line((text("label-comments"), text("comments-left-out", count=left_out)))
    yield Line((text("label-version"), f"sdcert {library_version()}"))
