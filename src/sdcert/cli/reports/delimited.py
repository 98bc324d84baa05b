"""The report as CSV or TSV, as spreadsheets expect it: UTF-8 with byte order mark, no formulas."""

from __future__ import annotations

import csv
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from sdcert.cli.reports.layout import RowSink
from sdcert.files.cells import text_of

if TYPE_CHECKING:
    from _csv import Writer as CsvWriter
    from collections.abc import Iterator
    from pathlib import Path

    from sdcert.cli.engine import Found
    from sdcert.cli.reports.layout import Layout

__all__ = ["neutral", "open_csv", "open_tsv"]

# What a spreadsheet takes for the beginning of a formula, full-width signs and a line break
# included; white space and invisible characters may stand before it.
_SIGNS: Final = frozenset("=+-@\t\r\n＝＋－＠")


def _unseen(char: str) -> bool:
    return char == " " or not char.isprintable()  # of the white space, U+0020 alone is printable


def neutral(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula; leave the rest alone.

    >>> neutral("=1+1"), neutral(" =1+1"), neutral("鲁181402001200001")
    ("'=1+1", "' =1+1", '鲁181402001200001')
    """
    first = cell[:1]
    if first in _SIGNS:
        return "'" + cell
    if first and _unseen(first):
        seen = next((char for char in cell if char in _SIGNS or not _unseen(char)), "")
        return "'" + cell if seen in _SIGNS else cell
    return cell


def _cell(value: Any) -> str:
    return neutral(value if type(value) is str else text_of(value))


@contextmanager
def open_csv(draft: Path, layout: Layout, delimiter: str = ",") -> Iterator[_CsvReport]:
    """Write a report as CSV."""
    # with a byte order mark: without it a spreadsheet reads Chinese wrongly
    with draft.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        yield _CsvReport(csv.writer(file, delimiter=delimiter), layout)


def open_tsv(draft: Path, layout: Layout) -> AbstractContextManager[_CsvReport]:
    """Write a report as CSV with tabs."""
    return open_csv(draft, layout, "\t")


class _CsvReport(RowSink):
    def __init__(self, lines: CsvWriter, layout: Layout) -> None:
        super().__init__(layout)
        self._lines = lines
        lines.writerow([*map(_cell, layout.names), *layout.keys])

    def batch(self, found: Found) -> None:
        """Write some rows; cells that a row has too many stand behind the report's own."""
        layout, number, writerow = self._layout, self._number, self._lines.writerow
        for row in found.rows():
            cells, beyond = layout.cells(number, row.cells, "")
            writerow(map(_cell, (*cells, *layout.own(number, row), *beyond)))
