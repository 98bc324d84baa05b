"""The report as a workbook: the clerk's own where it can be kept, else the sheets written anew.

This one is written row by row, in constant memory, by openpyxl: a sheet to each part.
"""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from rich.cells import cell_len

from sdcert.cli.phrases import Problem
from sdcert.cli.reports import sheets
from sdcert.cli.reports.layout import Layout, worded
from sdcert.cli.reports.marked import MarkedWorkbook, loaded
from sdcert.files.cells import CellError, text_of

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from sdcert.cli.account import Account, Part
    from sdcert.cli.engine import Found

__all__ = ["open_xlsx"]

_MOST_ROWS: Final = 1 << 20
_MOST_COLUMNS: Final = 1 << 14
_NO_TITLE: Final = re.compile("[\\\\*?:/\\[\\]\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_TITLE: Final = 31
_HEAD: Final = PatternFill("solid", fgColor="FFD9D9D9")
_OWN_WIDTHS: Final = (10, 60, 26, *[14] * 9)
_NARROWEST, _WIDEST = 10, 40
_MEASURED: Final = 200  # rows


def open_xlsx(draft: Path, layout: Layout, stack: ExitStack) -> sheets.WorkbookReport:
    """Return a report as a workbook."""
    book = loaded(layout)
    made = NewWorkbook if book is None else MarkedWorkbook
    return made(stack.enter_context(sheets.saved(draft, book or Workbook(write_only=True))), layout)


class NewWorkbook(sheets.WorkbookReport):
    """A workbook with a sheet to each part."""

    def __init__(self, book: Workbook, layout: Layout) -> None:
        super().__init__(book, layout)
        self._rows = self._head = self._width = 0

    def begin(self, number: int, part: Part) -> None:
        """Begin a sheet: what precedes the names, and the names."""
        self._end()
        super().begin(number, part)
        self._rows = 0
        table, layout = part.table, self._layout
        names = [name for name, _ in layout.named(number)]
        places = layout.places[number]
        own = worded(layout.lang, audits=part.run.audits)
        self._width = len(names) + len(own)
        if self._width > _MOST_COLUMNS:
            limit = f"{_MOST_COLUMNS:,}"
            raise Problem("xlsx-too-wide", {"name": table.source.name, "limit": limit})
        self._sheet = self._book.create_sheet(self._title(part))
        above = [*table.above, *table.header.parts[:-1]]  # so that rows keep their numbers
        self._head = len(above) + 1
        # in this mode of openpyxl all that concerns the whole sheet comes before its rows
        self._sheet.freeze_panes = f"A{self._head + 1}"
        widths = self._widths(names, part)
        for at, width in enumerate(widths, 1):
            dimension = self._sheet.column_dimensions[get_column_letter(at)]
            dimension.width = width
            dimension.hidden = at <= len(places) and places[at - 1] in table.hidden_columns
            if at > len(names) + sheets.FIRST + part.run.audits:
                sheets.fold_away(dimension)
        sheets.one_page_wide(self._sheet)
        self._sheet.page_setup.orientation = "landscape"
        for cells in above:
            self._append([self._cell(cell, self._rows + 1) for cell in cells])
        self._append([self._headed(name) for name in (*names, *own)])

    def _title(self, part: Part) -> str:
        """Return a name for the sheet: of the sheet that was read, or of the file."""
        name = part.table.source.name
        stem = name if name == "-" else re.sub(r"^.*[\\/]", "", name)
        sheet = part.table.sheet
        if sheet and len({one.table.source.name for one in self._layout.parts}) > 1:
            sheet = f"{stem.rpartition('.')[0]} {sheet}"
        title = _NO_TITLE.sub("_", sheet or stem)[:_LONGEST_TITLE].strip("'") or "Sheet1"
        taken = {one.casefold() for one in self._book.sheetnames}
        others = (f"{title[: _LONGEST_TITLE - 5]} ({number})" for number in count(2))
        return next(one for one in chain([title], others) if one.casefold() not in taken)

    def _widths(self, names: list[str], part: Part) -> list[float]:
        widths = [cell_len(name) for name in names]
        for _, cells in part.table.sample[:_MEASURED]:
            kept, _beyond = self._layout.cells(self._number, cells, own=True)
            for at, cell in enumerate(kept):
                widths[at] = max(widths[at], cell_len(text_of(cell)[: 2 * _WIDEST]))
        fitted: list[float] = [min(max(width + 2, _NARROWEST), _WIDEST) for width in widths]
        return [*fitted, *_OWN_WIDTHS]

    def _append(self, cells: list[Any]) -> None:
        if self._rows == _MOST_ROWS:
            limit = f"{_MOST_ROWS:,}"
            name = self._part.table.source.name
            raise Problem("xlsx-too-long", {"name": name, "limit": limit})
        self._rows += 1
        self._sheet.append(cells)

    def _headed(self, name: str) -> Any:
        cell = self._text(name, self._rows + 1)
        cell.font, cell.fill = sheets.BOLD, _HEAD
        return cell

    def _text(self, value: str, line: int) -> Any:
        return sheets.text_cell(self._sheet, value, line, self._part.table.source.name)

    def _cell(self, value: Any, line: int) -> Any:
        """Return a value as a row takes it: bare, or as a cell where more is to be said."""
        if value is None or value == "":
            return None
        if type(value) is bool:
            return value
        if isinstance(value, str):
            if isinstance(value, CellError):  # which stays an error of a spreadsheet
                cell = WriteOnlyCell(self._sheet, value=str(value))
                cell.data_type = "e"
                return cell
            plain = value[:1] not in sheets.SIGNS and len(value) < 1_000 and "_x" not in value
            if plain and value.isprintable():
                return value
            return self._text(str(value), line)
        # a number of a workbook is what it was there; others may have digits that no cell holds
        native = self._part.table.is_workbook and isinstance(value, int | float)
        kept = value if native else sheets.number_of(value)
        return self._text(kept, line) if isinstance(kept, str) else kept

    def batch(self, found: Found) -> None:
        """Write some rows; cells that a row has too many stand behind the report's own."""
        layout, number = self._layout, self._number
        index = self._part.column.index
        at = [*layout.places[number], index].index(index)  # else behind the kept columns
        for row in found.rows():
            kept, beyond = layout.cells(number, row.cells, own=True)
            line = row.line
            cells = [self._cell(cell, line) for cell in kept]
            cells += [self._cell(cell, line) for cell in (*layout.words(number, row), *beyond)]
            if row.judged is not None:
                cell = cells[at]
                if not isinstance(cell, Cell):
                    made = self._text(cell, line) if type(cell) is str else None
                    cell = made or WriteOnlyCell(self._sheet, value=cell)
                self._mark(cell, row.judged)
                cells[at] = cell
            self._append(cells)

    def _end(self) -> None:
        if self._sheet is not None:
            last = get_column_letter(self._width)
            self._sheet.auto_filter.ref = f"A{self._head}:{last}{self._rows}"

    def finish(self, account: Account) -> None:
        """Write the summary."""
        self._end()
        super().finish(account)
