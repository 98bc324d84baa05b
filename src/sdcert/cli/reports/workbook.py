"""The report as a workbook: the sheet again, numbers marked, and a summary. By openpyxl.

Cells of text stay text: nothing in the data becomes a formula, and no digit is lost to a number
that a spreadsheet cannot hold.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter
from rich.cells import cell_len

from sdcert.cli.phrases import Problem
from sdcert.cli.reports.layout import Layout, worded
from sdcert.cli.reports.summary import remark, summary
from sdcert.files.cells import CellError, text_of
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sdcert.cli.account import Options, Tally
    from sdcert.cli.engine import Found, Row
    from sdcert.cli.judge import Judged

__all__ = ["MOST_COMMENTS", "open_xlsx", "saved", "text_cell"]

MOST_COMMENTS: Final = 10_000
"""Comments in a workbook; more would make it slow to open. The messages stand in their column."""

_MOST_ROWS: Final = 1 << 20
_MOST_COLUMNS: Final = 1 << 14
_LONGEST_TEXT: Final = 32_767  # characters in a cell
_MOST_DIGITS: Final = 15  # of a number in a cell
_FIRST_DAY: Final = date(1900, 3, 1)  # before it spreadsheets disagree on the day

# What XML has no form for, and what would be read as one that it has: see ST_Xstring in ECMA-376.
_NO_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_SIGNS: Final = frozenset("=+-@#")
_NO_TITLE: Final = re.compile("[\\\\*?:/\\[\\]\x00-\x1f\ud800-\udfff\ufffe\uffff]")

_FILLS: Final = {
    Outcome.INVALID.value: PatternFill("solid", fgColor="FFFFC7CE"),
    Outcome.UNDETERMINED.value: PatternFill("solid", fgColor="FFFFEB9C"),
    Outcome.VALID.value: PatternFill("solid", fgColor="FFDDEBF7"),  # with a remark
}
_HEAD: Final = PatternFill("solid", fgColor="FFD9D9D9")
_BOLD: Final = Font(bold=True)
_OWN_WIDTHS: Final = (10, 60, 26, *[14] * 8)
_NARROWEST, _WIDEST = 10, 40
_MEASURED: Final = 200  # rows


@contextmanager
def open_xlsx(draft: Path, layout: Layout) -> Iterator[_Workbook]:
    """Write a report as a workbook."""
    with saved(draft) as book:
        yield _Workbook(book, layout)


@contextmanager
def saved(draft: Path) -> Iterator[Workbook]:
    """Make a workbook that is written row by row, and save it if nothing goes wrong."""
    book = Workbook(write_only=True)
    try:
        yield book
        with draft.open("wb") as file:
            archive = ZipFile(file, "w", ZIP_DEFLATED)
            try:
                ExcelWriter(book, archive).save()
            except BaseException:
                with suppress(Exception):  # else it is tried later, and told, by whoever drops it
                    archive.close()
                raise
    except BaseException as error:
        for sheet in book.worksheets:  # what has been written in part
            with suppress(Exception):
                sheet.close()
        # openpyxl writes by lxml where that is installed, which words a full disk in its own way
        code = getattr(errno, str(error).removeprefix("IO_"), None)
        if code is not None and type(error).__name__ == "SerialisationError":
            raise OSError(code, os.strerror(code)) from None
        raise


class _Workbook:
    def __init__(self, book: Workbook, layout: Layout) -> None:
        self._book = book
        self._layout = layout
        table = layout.options.table
        self._native = table.is_workbook
        self._rows = 0
        self._comments = self._remarks = 0
        names = [*layout.names, *worded(layout.options.lang)]
        self._width = len(names)
        if self._width > _MOST_COLUMNS:
            limit = f"{_MOST_COLUMNS:,}"
            raise Problem("xlsx-too-wide", {"name": table.source.name, "limit": limit})
        self._sheet: Any = book.create_sheet(_title(table.sheet or table.source.name))
        self._at = layout.at if layout.at is not None else len(layout.names)
        self._head = len(table.above) + 1
        # in this mode of openpyxl all that concerns the whole sheet comes before its rows
        self._sheet.freeze_panes = f"A{self._head + 1}"
        for at, width in enumerate(self._widths(), 1):
            self._sheet.column_dimensions[get_column_letter(at)].width = width
        for at, place in enumerate(layout.places, 1):
            if place in table.hidden_columns:
                self._sheet.column_dimensions[get_column_letter(at)].hidden = True
        self._sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self._sheet.page_setup.orientation = "landscape"
        self._sheet.page_setup.fitToHeight = 0  # as many pages as there are
        for cells in table.above:
            self._append([self._cell(cell, self._rows + 1) for cell in cells])
        self._append([self._headed(name) for name in names])

    def _widths(self) -> list[float]:
        layout = self._layout
        widths = [cell_len(name) for name in layout.names]
        for _, cells in layout.options.table.sample[:_MEASURED]:
            kept, _beyond = layout.cells(cells)
            for at, cell in enumerate(kept):
                widths[at] = max(widths[at], cell_len(text_of(cell)[: 2 * _WIDEST]))
        fitted: list[float] = [min(max(width + 2, _NARROWEST), _WIDEST) for width in widths]
        return [*fitted, *_OWN_WIDTHS]

    def _append(self, cells: list[Any]) -> None:
        if self._rows == _MOST_ROWS:
            limit = f"{_MOST_ROWS:,}"
            raise Problem(
                "xlsx-too-long", {"name": self._layout.options.table.source.name, "limit": limit}
            )
        self._rows += 1
        self._sheet.append(cells)

    def _headed(self, name: str) -> Any:
        cell = self._text(name, self._rows + 1)
        cell.font, cell.fill = _BOLD, _HEAD
        return cell

    def _text(self, value: str, line: int) -> Any:
        return text_cell(self._sheet, value, line, self._layout.options.table.source.name)

    def _cell(self, value: Any, line: int) -> Any:
        """Return a value as a row takes it: bare, or as a cell where more is to be said."""
        if value is None or value == "":
            return None
        if type(value) is bool:
            return value
        if isinstance(value, str):
            if isinstance(value, CellError):
                return self._error(value)
            plain = value[:1] not in _SIGNS and len(value) < 1_000 and "_x" not in value
            if plain and value.isprintable():
                return value
            return self._text(str(value), line)
        # a number of a workbook is what it was there; others may have digits that no cell holds
        kept = value if self._native and isinstance(value, int | float) else _number(value)
        if isinstance(kept, str):
            return self._text(kept, line)
        return kept

    def _error(self, value: CellError) -> Any:
        """Return a cell with an error of a spreadsheet, which stays one."""
        cell = WriteOnlyCell(self._sheet, value=str(value))
        cell.data_type = "e"
        return cell

    def batch(self, found: Found) -> None:
        """Write some rows; cells that a row has too many stand behind the report's own."""
        layout = self._layout
        for row in found.rows():
            kept, beyond = layout.cells(row.cells)
            line = row.line
            cells = [self._cell(cell, line) for cell in kept]
            cells += [self._cell(cell, line) for cell in (*layout.worded(row), *beyond)]
            if row.judged is not None:
                self._mark(cells, row, row.judged)
            self._append(cells)

    def _mark(self, cells: list[Any], row: Row, judged: Judged) -> None:
        at, cell = self._at, cells[self._at]
        if not isinstance(cell, Cell):
            cell = self._text(cell, row.line) if type(cell) is str else self._bare(cell)
        cell.fill = _FILLS[judged.outcome]
        if judged.cell == "numeric-cell":
            cell.number_format = "0"  # so that its digits are seen
        self._remarks += 1
        if self._comments < MOST_COMMENTS:
            self._comments += 1
            text, lines = remark(judged, self._layout.options.lang)
            cell.comment = Comment(text, "sdcert", height=24 + 18 * lines, width=360)
        cells[at] = cell

    def _bare(self, value: Any) -> Any:
        return WriteOnlyCell(self._sheet, value=value)

    def finish(self, options: Options, tally: Tally) -> None:
        """Write the summary."""
        last = get_column_letter(self._width)
        self._sheet.auto_filter.ref = f"A{self._head}:{last}{self._rows}"
        title = "汇总" if self._sheet.title != "汇总" else "检查汇总"
        sheet: Any = self._book.create_sheet(title)
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.paperSize = 9  # A4
        for letter, width in (("A", 30), ("B", 70), ("C", 26)):
            sheet.column_dimensions[letter].width = width
        left_out = self._remarks - self._comments
        for line in summary(options, tally, left_out):
            cells = []
            for value in line.cells:
                cell = self._text(value, 0) if isinstance(value, str) else self._bare(value)
                cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
                if line.head:
                    cell.font = _BOLD
                if line.outcome and value is line.cells[0]:
                    cell.fill = _FILLS[line.outcome]
                cells.append(cell)
            sheet.append(cells)


def text_cell(sheet: Any, value: str, line: int, name: str) -> Any:
    """Return a cell of text: whatever it begins with, it is no formula and no error.

    Args:
        sheet: The sheet.
        value: The text.
        line: The line of the file that is being read, and
        name: what the file is called in messages.

    Raises:
        Problem: If a cell cannot hold so much.
    """
    escaped = _NO_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
    if len(escaped) > _LONGEST_TEXT:
        limit = f"{_LONGEST_TEXT:,}"
        raise Problem("xlsx-long-cell", {"name": name, "line": line, "limit": limit})
    cell = WriteOnlyCell(sheet, value=escaped)
    cell.data_type = "s"
    if escaped[:1] in _SIGNS:
        cell.quotePrefix = True  # nor does it become one when somebody edits it
    return cell


def _title(name: str) -> str:
    """Return a name for the sheet: of the sheet that was read, or of the file."""
    stem = name if name == "-" else re.sub(r"^.*[\\/]", "", name)
    return _NO_TITLE.sub("_", stem)[:31].strip("'") or "Sheet1"


def _number(value: Any) -> Any:
    """Return what a cell can hold without loss; else text."""
    if isinstance(value, int):
        return value if abs(value) < 10**_MOST_DIGITS else text_of(value)
    if isinstance(value, float):
        return value if isfinite(value) else text_of(value)
    if isinstance(value, Decimal):
        fits = value.is_finite() and len(value.as_tuple().digits) <= _MOST_DIGITS
        return value if fits else text_of(value)
    if isinstance(value, datetime):
        fits = value.tzinfo is None and value.date() >= _FIRST_DAY and not value.microsecond % 1_000
        return value if fits else text_of(value)
    if isinstance(value, date):
        return value if value >= _FIRST_DAY else text_of(value)
    if isinstance(value, time | timedelta):
        return value
    return text_of(value)
