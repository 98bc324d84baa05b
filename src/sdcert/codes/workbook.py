"""Rows from a sheet of a workbook (.xlsx). Only this file knows openpyxl."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from sdcert.codes.faults import Fault, InvalidTable
from sdcert.errors import MissingExtra
from sdcert.findings import Params

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

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
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError:
        raise InvalidTable([Fault("file-missing", file=path.name)]) from None
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        params = Params(reason=type(error).__name__)
        raise InvalidTable([Fault("file", file=path.name, params=params)]) from error
    try:
        name = book.sheetnames[0] if sheet is None else sheet
        if name not in book.sheetnames:
            raise InvalidTable([Fault("sheet", "sheet", str(sheet), file=path.name)])
        rows = book[name].iter_rows(values_only=True)
        for number, cells in enumerate(rows, 1):
            yield number, ["" if cell is None else cell for cell in cells]
    finally:
        book.close()
