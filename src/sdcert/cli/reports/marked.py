"""The report in the clerk's own workbook: numbers are marked, and results stand behind.

Styles, widths, merged titles, the set-up for printing, hidden rows, columns and sheets stay as they
are. It is held as a whole by openpyxl: a workbook that is very large, or that openpyxl cannot read,
is written anew instead.
"""

from __future__ import annotations

import warnings
import zipfile
from copy import copy
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from rich.cells import cell_len

from sdcert.cli.reports import sheets
from sdcert.cli.reports.layout import kept_columns, worded

if TYPE_CHECKING:
    from openpyxl import Workbook

    from sdcert.cli.account import Part
    from sdcert.cli.engine import Found
    from sdcert.cli.reports.layout import Layout

__all__ = ["MOST_BYTES", "MarkedWorkbook", "loaded"]

MOST_BYTES: Final = 48 << 20
"""The unpacked size of a workbook that is held as a whole."""

_WIDTHS: Final = (11, 46, 27)
_FOLDED: Final = 14  # width of the columns behind them, which are folded away


def loaded(layout: Layout) -> Workbook | None:
    """Return the workbook that was read, if all parts are of one and it can be kept; else None."""
    table, path = layout.parts[0].table, layout.parts[0].path
    files = {part.table.source.name for part in layout.parts}
    if table.format != "xlsx" or len(files) > 1 or not isinstance(path, str):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
                return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, rich_text=True)
        return book if {part.table.sheet for part in layout.parts} <= {*book.sheetnames} else None
    except Exception:  # noqa: BLE001  # it refuses what Excel opens, with errors of any kind
        return None


class MarkedWorkbook(sheets.WorkbookReport):
    """A workbook that gets marks and results."""

    def __init__(self, book: Workbook, layout: Layout) -> None:
        super().__init__(book, layout)
        self._first = 0
        self._ends: dict[str, int] = {}

    def begin(self, number: int, part: Part) -> None:
        """Begin a part: the names of the result columns behind those of its sheet."""
        super().begin(number, part)
        self._sheet = sheet = self._book[part.table.sheet or ""]
        names = worded(self._layout.lang, audits=part.run.audits)
        if sum(one.table.sheet == sheet.title for one in self._layout.parts) > 1:
            names[0] = f"{names[0]} ({part.column.name or part.column.index + 1})"
        self._first = self._place(sheet, part, len(names))
        header = part.table.header
        for at, name in enumerate(names):
            column = self._first + at
            dimension = sheet.column_dimensions[get_column_letter(column)]
            dimension.width = _WIDTHS[at] if at < len(_WIDTHS) else _FOLDED
            if at >= sheets.FIRST + part.run.audits:
                sheets.fold_away(dimension)
            if header.line is None:
                continue
            top = header.line - len(header.parts) + 1
            for line in range(top, header.line + 1):
                beside: Any = sheet.cell(line, self._first - 1)
                cell: Any = sheet.cell(line, column)
                cell._style = copy(beside._style)  # noqa: SLF001  # all of it
            sheets.set_text(sheet.cell(top, column), name, top, part.table.source.name)
            if top < header.line:
                sheet.merge_cells(None, top, column, header.line, column)
        self._fit(sheet)
        if header.line is not None and sheet.freeze_panes is None:
            sheet.freeze_panes = f"A{header.line + 1}"  # the names stay in sight
        last = get_column_letter(self._first + len(names) - 1)
        if header.line is not None and not sheet.tables:
            given = sheet.auto_filter.ref
            top = int(range_boundaries(given)[1] or 1) if given else header.line
            sheet.auto_filter.ref = f"A{top}:{last}{sheet.max_row}"

    def _place(self, sheet: Any, part: Part, width: int) -> int:
        """Return the first column for results: those of an earlier report are cleared."""
        last: Any = self._ends.get(sheet.title)
        if last is None:
            cells = (cell for row in sheet.iter_rows() for cell in row)
            last = max((cell.column for cell in cells if cell.value is not None), default=0)
        kept = kept_columns(part.table)
        own = [at + 1 for at, keep in enumerate(kept) if not keep]
        top = (part.table.header_line or 1) - len(part.table.header.parts or (1,)) + 1
        for row in sheet.iter_rows(min_row=top) if own else ():
            for at in own:
                if at <= len(row) and isinstance(row[at - 1], Cell):
                    row[at - 1].value = None
        first: int = last + 1
        joined = own and all(after == before + 1 for before, after in pairwise(own))
        if joined and (own[-1] == last or len(own) >= width):
            first = own[0]
        self._ends[sheet.title] = first + width - 1
        return int(first)

    @staticmethod
    def _fit(sheet: Any) -> None:
        """Let the results be printed on the same page, unless somebody has set what is printed."""
        setup = sheet.sheet_properties.pageSetUpPr
        if not sheet.print_area and not (setup is not None and setup.fitToPage):
            sheets.one_page_wide(sheet)

    def batch(self, found: Found) -> None:
        """Mark the numbers of some rows and write their results."""
        layout, sheet, name = self._layout, self._sheet, self._part.table.source.name
        for row in found.rows():
            number = sheet.cell(row.line, self._part.column.index + 1)
            if isinstance(number, Cell):
                self._clear(number)
                if row.judged is not None:
                    self._mark(number, row.judged)
            for at, value in enumerate(layout.words(self._number, row)):
                cell = sheet.cell(row.line, self._first + at)
                cell.font, cell.border = copy(number.font), copy(number.border)
                cell.alignment = Alignment(vertical="center", wrap_text=at == 1)
                if isinstance(value, str):
                    sheets.set_text(cell, value, row.line, name)
                else:
                    cell.value = value
                if at == 0 and row.judged is not None:
                    cell.fill = sheets.FILLS[row.judged.outcome]
                if at == 1 and value:
                    self._heighten(row.line, str(value))

    @staticmethod
    def _clear(cell: Cell) -> None:
        """Remove the mark of an earlier report."""
        if cell.comment is not None and cell.comment.author == sheets.AUTHOR:
            cell.comment, cell.fill = None, PatternFill()

    def _heighten(self, line: int, text: str) -> None:
        """Make a row whose height is set as high as its reason."""
        dimension = self._sheet.row_dimensions[line]
        needed = sheets.LINE * -(-cell_len(text) // (_WIDTHS[1] - 2))
        if dimension.height is not None and dimension.height < needed:
            dimension.height = needed
