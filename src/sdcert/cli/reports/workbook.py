"""The report as a workbook: the clerk's own where it can be kept, else the sheets written anew.

In the clerk's own, numbers are marked and results stand behind; styles, widths, merged titles, the
set-up for printing, hidden rows, columns and sheets stay as they are. openpyxl holds it as a whole:
one that is very large, or that openpyxl cannot read, is written anew instead, row by row, in
constant memory, a sheet to each part.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from copy import copy
from itertools import chain, count, pairwise
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from rich.cells import cell_len

from sdcert.cli.phrases import Problem
from sdcert.cli.reports import sheets
from sdcert.cli.reports.layout import Layout, kept_columns, worded
from sdcert.files.cells import CellError, text_of

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from sdcert.cli.account import Account, FilePart
    from sdcert.cli.engine import Verdicts

__all__ = ["MOST_BYTES", "open_xlsx"]

MOST_BYTES: Final = 48 << 20
"""The unpacked size of a workbook that is held as a whole."""

_MARKED_WIDTHS: Final = (11, 46, 27)
_FOLDED: Final = 14  # width of the columns behind them, which are folded away
_MOST_ROWS: Final = 1 << 20
_MOST_COLUMNS: Final = 1 << 14
_NO_TITLE: Final = re.compile("[\\\\*?:/\\[\\]\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_TITLE: Final = 31
_HEAD: Final = PatternFill("solid", fgColor="FFD9D9D9")
_NEW_WIDTHS: Final = (10, 60, 26, *[14] * 9)
_NARROWEST, _WIDEST = 10, 40
_MEASURED: Final = 200  # rows


def open_xlsx(draft: Path, layout: Layout, stack: ExitStack) -> sheets.WorkbookReport:
    """Return a report as a workbook."""
    book = _loaded(layout)
    made = NewWorkbook if book is None else MarkedWorkbook
    return made(stack.enter_context(sheets.saved(draft, book or Workbook(write_only=True))), layout)


def _loaded(layout: Layout) -> Workbook | None:
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

    def begin(self, number: int, part: FilePart) -> None:
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
            dimension.width = _MARKED_WIDTHS[at] if at < len(_MARKED_WIDTHS) else _FOLDED
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
        setup = sheet.sheet_properties.pageSetUpPr
        if not sheet.print_area and not (setup is not None and setup.fitToPage):
            sheets.one_page_wide(sheet)  # nobody has set what is printed
        if header.line is not None and sheet.freeze_panes is None:
            sheet.freeze_panes = f"A{header.line + 1}"  # the names stay in sight
        last = get_column_letter(self._first + len(names) - 1)
        if header.line is not None and not sheet.tables:
            given = sheet.auto_filter.ref
            top = int(range_boundaries(given)[1] or 1) if given else header.line
            sheet.auto_filter.ref = f"A{top}:{last}{sheet.max_row}"

    def _place(self, sheet: Any, part: FilePart, width: int) -> int:
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

    def batch(self, found: Verdicts) -> None:
        """Mark the numbers of some rows and write their results."""
        layout, sheet, name = self._layout, self._sheet, self._part.table.source.name
        for row in found.rows():
            number = sheet.cell(row.line, self._part.column.index + 1)
            if isinstance(number, Cell):
                if number.comment is not None and number.comment.author == sheets.AUTHOR:
                    number.comment, number.fill = None, PatternFill()  # of an earlier report
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

    def _heighten(self, line: int, text: str) -> None:
        """Make a row whose height is set as high as its reason."""
        dimension = self._sheet.row_dimensions[line]
        needed = sheets.LINE * -(-cell_len(text) // (_MARKED_WIDTHS[1] - 2))
        if dimension.height is not None and dimension.height < needed:
            dimension.height = needed


class NewWorkbook(sheets.WorkbookReport):
    """A workbook with a sheet to each part."""

    def __init__(self, book: Workbook, layout: Layout) -> None:
        super().__init__(book, layout)
        self._rows = self._head = self._width = 0

    def begin(self, number: int, part: FilePart) -> None:
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
        heads = [self._text(name, self._rows + 1) for name in (*names, *own)]
        for cell in heads:
            cell.font, cell.fill = sheets.BOLD, _HEAD
        self._append(heads)

    def _title(self, part: FilePart) -> str:
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

    def _widths(self, names: list[str], part: FilePart) -> list[float]:
        widths = [cell_len(name) for name in names]
        for _, cells in part.table.sample[:_MEASURED]:
            kept, _beyond = self._layout.cells(self._number, cells, own=True)
            for at, cell in enumerate(kept):
                widths[at] = max(widths[at], cell_len(text_of(cell)[: 2 * _WIDEST]))
        fitted: list[float] = [min(max(width + 2, _NARROWEST), _WIDEST) for width in widths]
        return [*fitted, *_NEW_WIDTHS]

    def _append(self, cells: list[Any]) -> None:
        if self._rows == _MOST_ROWS:
            limit = f"{_MOST_ROWS:,}"
            name = self._part.table.source.name
            raise Problem("xlsx-too-long", {"name": name, "limit": limit})
        self._rows += 1
        self._sheet.append(cells)

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

    def batch(self, found: Verdicts) -> None:
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
