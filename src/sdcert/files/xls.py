"""Old workbooks (.xls, and WPS's .et) through xlrd.

python-calamine reads them, too, but ends the process over some damaged ones, and tells neither
errors nor what is hidden.
"""

from __future__ import annotations

import io
from datetime import datetime, time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sdcert.errors import MissingExtra
from sdcert.files.cells import CellError
from sdcert.files.errors import UnreadableFile
from sdcert.files.facts import Facts, MergedCells, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.files.sources import Source

__all__ = ["OldWorkbook"]

_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")  # an .xlsx with a password


class OldWorkbook:
    """A workbook that is being read.

    Args:
        source: The file.

    Attributes:
        sheets: Its sheets of cells, in their order.

    Raises:
        UnreadableFile: If it is protected by a password, or damaged.
        MissingExtra: If xlrd is not installed.
    """

    def __init__(self, source: Source) -> None:
        try:
            import xlrd  # noqa: PLC0415  # an extra
        except ImportError:
            raise MissingExtra("xlrd", "files") from None
        source.file.seek(0)
        data = source.file.read()
        try:
            self._book = xlrd.open_workbook(
                file_contents=data, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
            )
        except Exception as error:  # noqa: BLE001  # whatever its own checks and bugs raise
            locked = _ENCRYPTED in data or "encrypted" in str(error)
            raise UnreadableFile("password" if locked else "damaged", source.name) from None
        self._xlrd = xlrd
        self.sheets = tuple(Sheet(one.name, bool(one.visibility)) for one in self._book.sheets())

    def load(self, name: str) -> tuple[Any, Facts]:
        """Return what gives the rows of a sheet, and what else is known of it."""
        sheet = self._book.sheet_by_name(name)
        rows, columns = sheet.rowinfo_map, sheet.colinfo_map
        facts = Facts(
            hidden_columns={at for at, one in columns.items() if one.hidden},
            hidden_rows=sorted(
                at + 1 for at, one in rows.items() if one.hidden and at < sheet.nrows
            ),
            merges=tuple(
                MergedCells(first + 1, left, last, right - 1)
                for first, last, left, right in sheet.merged_cells
            ),
        )
        return partial(self._rows, sheet), facts

    def _rows(self, sheet: Any) -> Iterator[list[Any]]:
        for at in range(sheet.nrows):
            kinds, values = sheet.row_types(at), sheet.row_values(at)
            yield list(map(self._value, kinds, values))

    def _value(self, kind: int, value: Any) -> Any:
        if kind == self._xlrd.XL_CELL_DATE:
            return self._day(value)
        if kind == self._xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        if kind == self._xlrd.XL_CELL_ERROR:
            return CellError(self._xlrd.error_text_from_code.get(value, "#N/A"))
        return value

    def _day(self, value: float) -> Any:
        if value < 0:
            return value
        try:
            moment: datetime = self._xlrd.xldate_as_datetime(value, self._book.datemode)
        except (self._xlrd.XLDateError, ArithmeticError, ValueError):
            return value  # a number that is no day, in a cell that shows days
        if value < 1:
            return moment.time()
        return moment.date() if moment.time() == time() else moment
