"""Rows from a sheet of a workbook (.xlsx). Only this file knows openpyxl."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdcert.codes.errors import Fault, InvalidTable
from sdcert.errors import MissingExtra
from sdcert.findings import Params

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openpyxl import Workbook

__all__ = ["sheet_rows"]


def sheet_rows(path: Path, sheet: object) -> Iterator[tuple[int, Sequence[Any]]]:
    """Go through the rows of a sheet, numbered as the workbook numbers them.

    Args:
        path: The workbook.
        sheet: The sheet's name; None for the first one.

    Raises:
        InvalidTable: If the file, or the sheet, cannot be read.
        MissingExtra: If openpyxl is not installed (extra ``cli``).
    """
    try:
        import openpyxl  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("reading .xlsx", "cli") from error
    try:
        # openpyxl leaves a file open that it cannot read; this one is closed here
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            for number, cells in enumerate(
                _sheet(book, sheet, path).iter_rows(values_only=True), 1
            ):
                yield number, ["" if cell is None else cell for cell in cells]
    except InvalidTable:
        raise
    except FileNotFoundError:
        raise InvalidTable([Fault("file-missing", file=path.name)]) from None
    except Exception as error:
        # Archives and XML break in many ways, each with an exception of its own, and some only
        # when the rows are read.
        params = Params(reason=f"{type(error).__name__}: {error}")
        raise InvalidTable([Fault("file", file=path.name, params=params)]) from error


def _sheet(book: Workbook, name: object, path: Path) -> Any:
    """The sheet of a name, or the first one; sheets of charts hold no rows."""
    sheets: list[Any] = book.worksheets  # of another class than they are declared
    for sheet in sheets:
        if name is None or sheet.title == name:
            # What a workbook says of its own size is not to be relied on.
            sheet.reset_dimensions()
            return sheet
    raise InvalidTable([Fault("sheet", "sheet", "" if name is None else name, file=path.name)])
