"""What both kinds of workbook share: cells that stay text, marks, comments, and the sheet 汇总.

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

from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter
from rich.cells import cell_len

from sdcert.cli.labels import languages, remark, summary
from sdcert.cli.phrases import Problem, phrase
from sdcert.cli.reports.layout import Layout, Sink
from sdcert.files.cells import text_of
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openpyxl import Workbook

    from sdcert.cli.account import Account, FilePart
    from sdcert.cli.judge import Judged

__all__ = ["AUTHOR", "BOLD", "FILLS", "FIRST", "LINE", "MOST_COMMENTS", "SIGNS", "WorkbookReport"]
__all__ += ["fold_away", "number_of", "one_page_wide", "saved", "set_text", "text_cell"]

MOST_COMMENTS: Final = 10_000
"""Comments in a workbook; more would make it slow to open. The messages stand in their column."""

FIRST: Final = 3
"""How many result columns are seen; those behind them are for programs, and folded away."""

AUTHOR: Final = "sdcert"
BOLD: Final = Font(bold=True)
FILLS: Final = {
    Outcome.INVALID: PatternFill("solid", fgColor="FFFFC7CE"),
    Outcome.UNDETERMINED: PatternFill("solid", fgColor="FFFFEB9C"),
    Outcome.VALID: PatternFill("solid", fgColor="FFDDEBF7"),  # with a remark
}
_LONGEST_TEXT: Final = 32_767  # characters in a cell
_MOST_DIGITS: Final = 15  # of a number in a cell
_FIRST_DAY: Final = date(1900, 3, 1)  # before it spreadsheets disagree on the day
_ONE_PAGE: Final = 60  # lines of a summary
_WIDTHS: Final = (34, 60, 26)  # of its columns
LINE: Final = 15.0  # points of a line of text

# What XML has no form for, and what would be read as one that it has: see ST_Xstring in ECMA-376.
_NO_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
SIGNS: Final = frozenset("=+-@#")


@contextmanager
def saved(draft: Path, book: Workbook) -> Iterator[Workbook]:
    """Save a workbook if nothing goes wrong while it is being made."""
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


def set_text(cell: Any, value: str, line: int, name: str) -> None:
    """Give a cell a text, of this line of this file: it is never a formula, nor an error.

    Raises:
        Problem: If a cell cannot hold so much.
    """
    escaped = _NO_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
    if len(escaped) > _LONGEST_TEXT:
        limit = f"{_LONGEST_TEXT:,}"
        raise Problem("xlsx-long-cell", {"name": name, "line": line, "limit": limit})
    cell.value = escaped
    cell.data_type = "s"
    if escaped[:1] in SIGNS:
        cell.quotePrefix = True  # nor does it become one when somebody edits it


def text_cell(sheet: Any, value: str, line: int, name: str) -> Any:
    """Return a cell of text, to be appended; as :func:`set_text`."""
    cell = WriteOnlyCell(sheet)
    set_text(cell, value, line, name)
    return cell


class WorkbookReport(Sink):
    """A report as a workbook: colours and comments on the numbers, and the sheet 汇总."""

    def __init__(self, book: Workbook, layout: Layout) -> None:
        super().__init__(layout)
        self._book = book
        self._sheet: Any = None
        self._marked = 0

    @property
    def _part(self) -> FilePart:
        return self._layout.parts[self._number]

    def _mark(self, cell: Any, judged: Judged) -> None:
        """Mark a cell and say in a comment what was found; a comment that it has is kept."""
        cell.fill = FILLS[judged.outcome]
        if judged.cell == "numeric-cell":
            cell.number_format = "0"  # so that its digits are seen
        self._marked += 1
        if self._marked <= MOST_COMMENTS:
            text, lines = remark(judged, self._layout.lang)
            if cell.comment is not None:
                text = f"{cell.comment.text}\n\n{text}"
                lines += 1 + cell.comment.text.count("\n")
            cell.comment = Comment(text, AUTHOR, height=24 + 18 * lines, width=360)

    def finish(self, account: Account) -> None:
        """Add the sheet 汇总, which fits a page."""
        book = self._book
        heading = phrase("summary-title", languages(account.run.lang)[0])
        for sheet in book.worksheets if not book.write_only else ():
            if str(sheet["A1"].value).startswith(heading):  # of an earlier report
                book.remove(sheet)
        title = "汇总" if "汇总" not in book.sheetnames else "检查汇总"
        made: Any = book.create_sheet(title)
        one_page_wide(made)
        made.page_setup.paperSize = 9  # A4
        for letter, width in zip("ABC", _WIDTHS, strict=True):
            made.column_dimensions[letter].width = width
        lines = list(summary(account, max(self._marked - MOST_COMMENTS, 0)))
        made.page_setup.fitToHeight = int(len(lines) <= _ONE_PAGE)  # else as many as it takes
        for number, line in enumerate(lines, 1):
            cells = []
            high = max((_high(value, at) for at, value in enumerate(line.cells)), default=1)
            if high > 1:
                made.row_dimensions[number].height = LINE * high
            for value in line.cells:
                text = isinstance(value, str)
                cell = text_cell(made, value, 0, "") if text else WriteOnlyCell(made, value=value)
                cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
                if line.head:
                    cell.font = BOLD
                if line.outcome and value is line.cells[0]:
                    cell.fill = FILLS[line.outcome]
                cells.append(cell)
            made.append(cells)


def one_page_wide(sheet: Any) -> None:
    """Let a sheet be printed on pages of its whole width, as many as there are."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0


def fold_away(dimension: Any) -> None:
    """Hide a result column that is for programs; a click on its sign shows it."""
    dimension.hidden, dimension.outlineLevel = True, 1


def _high(value: Any, at: int) -> int:
    """Return how many lines a cell of the summary takes."""
    lines = str(value).split("\n")
    return sum(max(1, -(-cell_len(line) // (_WIDTHS[at] - 2))) for line in lines)


def number_of(value: Any) -> Any:
    """Return what a cell can hold without loss; else text."""
    if isinstance(value, int):
        fits = abs(value) < 10**_MOST_DIGITS
    elif isinstance(value, float):
        fits = isfinite(value)
    elif isinstance(value, Decimal):
        fits = value.is_finite() and len(value.as_tuple().digits) <= _MOST_DIGITS
    elif isinstance(value, datetime):
        fits = value.tzinfo is None and value.date() >= _FIRST_DAY and not value.microsecond % 1_000
    elif isinstance(value, date):
        fits = value >= _FIRST_DAY
    else:
        fits = isinstance(value, time | timedelta)
    return value if fits else text_of(value)
