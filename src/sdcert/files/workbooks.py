"""Workbooks of every kind (.xlsx, .xlsm, .xlsb, .xls, .ods) as records, through python-calamine.

Rows are numbered as the spreadsheet numbers them. A merged cell counts for every row that it
covers. What calamine does not tell of an .xlsx is read by :mod:`sdcert.files.xlsxfacts`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.errors import MissingExtra
from sdcert.files import xlsxfacts
from sdcert.files.errors import UnreadableFile
from sdcert.files.notes import FileNote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.files.notes import Notes
    from sdcert.files.sources import Source
    from sdcert.files.table import Record

__all__ = ["Merge", "Sheet", "Workbook"]

_WHOLE: Final = 1e15  # below it a float holds every whole number


@attrs.frozen
class Merge:
    """Cells that are merged: rows counted from 1, columns from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@attrs.frozen
class Sheet:
    """A sheet of a workbook.

    Attributes:
        name: Its name.
        hidden: Whether it is hidden.

    >>> from sdcert.files import read_sheets
    >>> [sheet.name for sheet in read_sheets("examples/certificates.xlsx")]
    ['名单', '说明']
    """

    name: str
    hidden: bool = False


class Workbook:
    """A workbook that is being read.

    Args:
        source: The file.

    Attributes:
        sheets: Its sheets of cells, in their order; charts and macros are none.

    Raises:
        UnreadableFile: If it is protected by a password, damaged, or made to do harm.
        MissingExtra: If python-calamine is not installed.
    """

    def __init__(self, source: Source) -> None:
        try:
            import python_calamine as calamine  # noqa: PLC0415  # an extra
        except ImportError:
            raise MissingExtra("python-calamine", "files") from None
        self._calamine = calamine
        self._source = source
        self._parts = xlsxfacts.Parts.of(source)
        self._book = self._opened(source.file)
        self.sheets = tuple(
            Sheet(found.name, found.visible != calamine.SheetVisibleEnum.Visible)
            for found in self._book.sheets_metadata
            if found.typ == calamine.SheetTypeEnum.WorkSheet
        )
        self._read: dict[str, Any] = {}

    def _opened(self, file: Any) -> Any:
        file.seek(0)
        try:
            return self._calamine.load_workbook(file)
        except self._calamine.PasswordError:
            raise UnreadableFile("password", self._source.name) from None
        except self._calamine.CalamineError:
            raise UnreadableFile("damaged", self._source.name) from None

    def _sheet(self, name: str) -> tuple[Any, xlsxfacts.Facts]:
        if name not in self._read:
            facts = self._parts.facts(name) if self._parts else xlsxfacts.Facts()
            self._read = {name: (self._loaded(name), facts)}  # one at a time is held
        found: tuple[Any, xlsxfacts.Facts] = self._read[name]
        return found

    def _loaded(self, name: str) -> Any:
        with suppress(self._calamine.CalamineError):
            return self._book.get_sheet_by_name(name)
        if self._parts:  # it may hold errors of a newer Excel, which calamine does not know
            with suppress(self._calamine.CalamineError, *xlsxfacts.BROKEN):
                return self._opened(self._parts.mended(name)).get_sheet_by_name(name)
        raise UnreadableFile("damaged", self._source.name)

    def hidden_columns(self, name: str) -> frozenset[int]:
        """Return the columns of a sheet that are hidden, counted from 0; of .xlsx alone."""
        return self._sheet(name)[1].hidden_columns

    def merges(self, name: str) -> tuple[Merge, ...]:
        """Return what is merged on a sheet; of .xlsx and .xls alone."""
        ranges = self._sheet(name)[0].merged_cell_ranges or ()
        return tuple(Merge(first[0] + 1, first[1], last[0] + 1, last[1]) for first, last in ranges)

    def records(self, name: str, notes: Notes) -> Iterator[Record]:
        """Read the rows of a sheet up to the last that is filled; a blank one has no cells.

        Args:
            name: The sheet.
            notes: Where to note merged rows and formulas without a result.
        """
        sheet, facts = self._sheet(name)
        if facts.hidden_rows:
            notes.add(FileNote("hidden-rows", facts.hidden_rows[0], str(len(facts.hidden_rows))))
        below = {
            (merge.first_row, merge.first_column): merge
            for merge in self.merges(name)
            if merge.last_row > merge.first_row
        }
        special = facts.special
        left = [None] * (sheet.start or (0, 0))[1]
        held: dict[int, tuple[int, Any]] = {}  # by column: the last row of a merge, its value
        blank: list[int] = []
        last = max(special, default=0)
        rows: Iterator[list[Any]] = sheet.iter_rows() if sheet.start else iter(())
        line = 0
        while True:
            line += 1
            row = next(rows, None)
            if row is None and line > last:
                return
            cells: list[Any] = [*left, *map(_value, row or ())]
            if special:
                for at, cell in special.get(line, {}).items():
                    cells += [None] * (at + 1 - len(cells))
                    cells[at] = cell
            if below or held:
                _fill(line, cells, below, held)
            while cells and cells[-1] is None:
                cells.pop()
            if not cells:
                blank.append(line)
                continue
            yield from ((at, []) for at in blank)
            blank.clear()
            yield line, cells


def _fill(
    line: int,
    cells: list[Any],
    below: dict[tuple[int, int], Merge],
    held: dict[int, tuple[int, Any]],
) -> None:
    """Give each row that a merged cell covers its value."""
    for at, (last, value) in list(held.items()):
        if line > last:
            del held[at]
        elif value is not None:
            cells += [None] * (at + 1 - len(cells))
            cells[at] = value
    for at, value in enumerate(cells):
        merge = below.get((line, at))
        if merge is not None:
            held[at] = merge.last_row, value


def _value(value: Any) -> Any:
    """Return a cell as the project holds it."""
    if type(value) is str:
        return value or None
    if type(value) is float and value.is_integer() and abs(value) < _WHOLE:
        return int(value)
    return value
