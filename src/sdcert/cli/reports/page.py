"""The report as an HTML page: counts as plots, and the rows that need attention.

Only this file knows what of a check goes on the page. Of the file's columns that is the one with
the numbers, and those that were asked for by name: others may concern persons.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any

import attrs

from sdcert.cli.account import finding_label, particulars, passes
from sdcert.cli.counts import Counts, FailingRows
from sdcert.cli.page import FailingRow, Page, Spot, render
from sdcert.cli.phrases import phrase
from sdcert.cli.reports.layout import file_name
from sdcert.files.cells import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sdcert.cli.account import Options, Tally
    from sdcert.cli.engine import Found
    from sdcert.cli.reports.layout import Layout

__all__ = ["open_html"]


@contextmanager
def open_html(draft: Path, layout: Layout) -> Iterator[_PageReport]:
    """Write a report as an HTML page."""
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        yield _PageReport(file, layout)


class _PageReport:
    def __init__(self, file: IO[str], layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._counts = Counts()
        self._failing = FailingRows()

    def batch(self, found: Found) -> None:
        """Count some rows, and keep of those that need attention what the page will show."""
        answers = found.answers
        self._counts.add_columns(answers["outcome"], answers["year"], answers["region_code"])
        columns: dict[int, Any] = {}  # of this batch, made when a row is kept
        allow = self._layout.options.allow_undetermined
        for at in found.flagged:
            outcome, codes = found.outcome(at), found.codes(at)
            self._counts.add_findings(outcome, codes)
            if not passes(outcome, codes, allow_undetermined=allow):
                self._failing.add(outcome, partial(self._row, found, at, columns))

    def _row(self, found: Found, at: int, columns: dict[int, Any]) -> FailingRow:
        judged = found.judged(at)
        findings: Any = judged.findings()
        cells = []
        for column in self._layout.shown:
            place = column.index
            if place not in columns:
                columns[place] = found.batch.column(place)
            cells.append(text_of(found.one(columns[place], at)))
        return FailingRow.of(
            found.batch.lines[at],
            judged.value,
            found.outcome(at),
            tuple(Spot(one["code"], one["message"], one["span"]) for one in findings),
            suggestion=judged.suggestion,
            cells=tuple(cells),
        )

    def finish(self, options: Options, tally: Tally) -> None:
        """Write the page."""
        layout, lang = self._layout, options.lang
        name = file_name(options.table.source.name)
        page = Page(
            source=phrase("standard-input", lang) if name == "-" else name,
            lang=lang,
            coded=options.codes is not None,
            counts=self._counts.rows(),
            failing=self._failing.counts(),
            findings=self._counts.findings(partial(finding_label, lang=lang)),
            cities=self._counts.cities(lang, options.book),
            years=self._counts.years(lang),
            rows=tuple(self._failing.rows),
            place=options.place,
            columns=tuple(column.name or column.label(lang) for column in layout.shown),
            particulars=tuple(
                particulars(
                    attrs.evolve(options, codes=options.codes and file_name(options.codes)), tally
                )
            ),
            version=layout.version,
            made_on=layout.made_on,
        )
        self._file.write(render(page))
