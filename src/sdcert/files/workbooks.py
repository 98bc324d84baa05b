"""Workbooks of every kind (.xlsx, .xlsm, .xlsb, .xls, .ods) as records.

Rows are numbered as the spreadsheet numbers them. A merged cell counts for every row that it
covers. python-calamine reads them, and :mod:`sdcert.files.facts` what it does not tell; the old
.xls is read by :mod:`sdcert.files.xls`.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sdcert.errors import MissingExtra
from sdcert.files.errors import UnreadableFile
from sdcert.files.facts import Facts, MergedCells, Sheet
from sdcert.files.notes import FileNote
from sdcert.files.parts import BROKEN, Parts
from sdcert.files.xls import OldWorkbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdcert.files.notes import Notes
    from sdcert.files.sources import Source
    from sdcert.files.table import Record

__all__ = ["MergedCells", "Sheet", "Workbook"]

_WHOLE: Final = 1e15  # below it a float holds every whole number


class Workbook:
    """A workbook that is being read; one sheet at a time is held in memory.

    Args:
        source: The file.
        kind: What it is, as :func:`~sdcert.files.sources.kind_of` says.

    Attributes:
        sheets: Its sheets of cells, in their order; charts and macros are none.

    Raises:
        UnreadableFile: If it is protected by a password, damaged, or made to do harm.
        MissingExtra: If the library that reads it is not installed.
    """

    def __init__(self, source: Source, kind: str) -> None:
        self._book = OldWorkbook(source) if kind == "xls" else _Archive(source)
        self.sheets = self._book.sheets
        self._held: dict[str, tuple[Callable[[], Iterator[list[Any]]], Facts]] = {}

    def _sheet(self, name: str) -> tuple[Callable[[], Iterator[list[Any]]], Facts]:
        if name not in self._held:
            self._held = {name: self._book.load(name)}
        return self._held[name]

    def facts(self, name: str) -> Facts:
        """Return what is known of a sheet beside its values."""
        return self._sheet(name)[1]

    def records(self, name: str, notes: Notes) -> Iterator[Record]:
        """Read the rows of a sheet up to the last that is filled; a blank one has no cells.

        Args:
            name: The sheet.
            notes: Where to note hidden rows.
        """
        read, facts = self._sheet(name)
        if facts.hidden_rows:
            notes.add(FileNote("hidden-rows", facts.hidden_rows[0], str(len(facts.hidden_rows))))
        below = {
            (merge.first_row, merge.first_column): merge
            for merge in facts.merges
            if merge.last_row > merge.first_row
        }
        special = facts.special
        held: dict[int, tuple[int, Any]] = {}  # by column: the last row of a merge, its value
        blank: list[int] = []
        last = max(special, default=0)
        rows = read()
        line = 0
        while True:
            line += 1
            row = next(rows, None)
            if row is None and line > last:
                return
            cells: list[Any] = list(map(_value, row or ()))
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
    below: dict[tuple[int, int], MergedCells],
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


class _Archive:
    """A workbook of parts, through python-calamine."""

    def __init__(self, source: Source) -> None:
        try:
            import python_calamine as calamine  # noqa: PLC0415  # an extra
        except ImportError:
            raise MissingExtra("python-calamine", "files") from None
        self._calamine = calamine
        self._source = source
        self._parts = Parts(source)
        self._book = self._opened(source.file)
        self.sheets = tuple(
            Sheet(found.name, found.visible != calamine.SheetVisibleEnum.Visible)
            for found in self._book.sheets_metadata
            if found.typ == calamine.SheetTypeEnum.WorkSheet
        )

    def _opened(self, file: Any) -> Any:
        file.seek(0)
        with self._reading():
            return self._calamine.load_workbook(file)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Name what calamine raises over a file, bugs in it included."""
        try:
            with _quiet():
                yield
        except self._calamine.PasswordError:
            raise UnreadableFile("password", self._source.name) from None
        except (self._calamine.CalamineError, OSError, ValueError):
            raise UnreadableFile("damaged", self._source.name) from None
        except BaseException as error:  # a panic in Rust is no Exception, and has no name to import
            if type(error).__name__ != "PanicException":
                raise
            raise UnreadableFile("damaged", self._source.name) from None

    def load(self, name: str) -> tuple[Callable[[], Iterator[list[Any]]], Facts]:
        """Return what gives the rows of a sheet, and what else is known of it."""
        facts = self._parts.facts(name)  # first, since it refuses what would take up all memory
        sheet = self._loaded(name)
        ranges = sheet.merged_cell_ranges or ()
        facts.merges = tuple(
            MergedCells(top + 1, left, last + 1, at) for (top, left), (last, at) in ranges
        )

        def rows() -> Iterator[list[Any]]:
            if sheet.start is None:
                return
            left = [None] * sheet.start[1]
            for row in sheet.iter_rows():
                yield left + row if left else row

        return rows, facts

    def _loaded(self, name: str) -> Any:
        try:
            with self._reading():
                return self._book.get_sheet_by_name(name)
        except UnreadableFile:
            # it may hold errors of a newer Excel, which calamine does not know
            with suppress(UnreadableFile, *BROKEN), self._reading():
                return self._opened(self._parts.mended(name)).get_sheet_by_name(name)
            raise


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Rust writes to stderr over a damaged file off it, unless another thread uses it."""
    kept = -1
    with suppress(OSError):  # there may be no stderr
        kept = os.dup(2) if threading.active_count() == 1 else -1
    if kept < 0:
        yield
        return
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
