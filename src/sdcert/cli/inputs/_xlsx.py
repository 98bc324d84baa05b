"""A sheet of an Excel workbook as records. Only this file knows how one is read: by openpyxl.

Row numbers are those that the spreadsheet shows. Formulas stand for the results that were saved
with them; one without is :class:`~sdcert.cli._cells.Uncomputed`.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, Any, Final

import attrs
from openpyxl.reader.excel import ExcelReader

from sdcert.cli._cells import CellError, Uncomputed, is_blank, text_of
from sdcert.cli._columns import likely, looks_like_name, plain
from sdcert.cli._texts import Problem, printable
from sdcert.cli.inputs._table import Choices, Formats, Record, Table, sample_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.workbook import Workbook

    from sdcert.cli.inputs._source import Source

__all__ = ["open_xlsx"]

# What openpyxl raises over a file that is no workbook, or a broken one.
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    SyntaxError,  # of XML
    TypeError,
    ValueError,
    AttributeError,
    NotImplementedError,
    OSError,
)
_MOST_ROWS: Final = 1 << 20
_MOST_COLUMNS: Final = 1 << 14
_TITLES: Final = 20  # rows in which names are sought where no row is named
_FORMULA: Final = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_ROW: Final = re.compile(rb"<(?:[\w.-]+:)?row(?:\s[^<>]*)?>")
_NUMBER: Final = re.compile(rb"""\sr\s*=\s*["']([0-9]+)["']""")
_TAG: Final = 1 << 12  # bytes: no tag of a row is longer
_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_BLOCK: Final = 1 << 20
# A part of a workbook that is longer than this, and shrinks more than that, was made to do harm.
_LARGE: Final = 1 << 26  # bytes
_DENSEST: Final = 200
_OLD: Final = bytes.fromhex("d0cf11e0")  # .xls, or a workbook with a password


@contextmanager
def open_xlsx(source: Source, choices: Choices) -> Iterator[Table]:
    """Read a sheet of a workbook.

    Args:
        source: The file.
        choices: The sheet by name or position, else the only one, or the only one with a column of
            numbers; the row that names the columns, 0 for none, else the first that is not blank,
            unless a number stands in it.

    Yields:
        The table. Reading its records raises Problem where the file cannot be read.

    Raises:
        Problem: If the beginning of the file cannot be read, or it is not told which sheet is
            meant, or a title stands where the names should.
    """
    source.file.seek(0)
    head = source.file.read(4)
    if not head:
        raise Problem("empty-file", {"name": source.name})
    if head == _OLD:
        raise Problem("workbook-closed", {"name": source.name})
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        # of parts of the workbook that do not matter here
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        try:
            formulas = _has_formulas(source)
            results = stack.enter_context(_opened(source, data_only=True))
            texts = stack.enter_context(_opened(source, data_only=False)) if formulas else None
        except Problem:
            raise
        except _BROKEN as error:
            raise _broken(source, error) from None
        yield _chosen(source, results, texts, choices)


def _broken(source: Source, error: Exception) -> Problem:
    said = str(error).partition("\n")[0] or type(error).__name__
    return Problem("workbook-broken", {"name": source.name, "reason": printable(said, 200)})


class _Sheets(ExcelReader):
    """Reads a workbook as :func:`openpyxl.load_workbook` does, but no sheet that is a chart."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """Leave it out: it has no cells, and what is wrong with a chart does not matter here."""


@contextmanager
def _opened(source: Source, *, data_only: bool) -> Iterator[Workbook]:
    reader = _Sheets(source.file, read_only=True, data_only=data_only, keep_links=False)
    reader.read()
    book = reader.wb
    try:
        yield book
    finally:
        book.close()


def _has_formulas(source: Source) -> bool:
    """Tell whether a formula may stand in the workbook: then its text is read as well.

    Raises:
        Problem: If a part was made to fill the memory, or rows are not in their order: of two with
            one number openpyxl would read the first alone.
    """
    found = False
    with zipfile.ZipFile(source.file) as parts:
        for part in parts.infolist():
            if part.file_size > _LARGE and part.file_size > part.compress_size * _DENSEST:
                shown = {"part": printable(part.filename, 60), "size": f"{part.file_size:,}"}
                raise Problem("workbook-dense", {"name": source.name, **shown})
        for name in parts.namelist():
            if "/worksheets/" not in name or not name.endswith(".xml"):
                continue
            with parts.open(name) as data:
                rest, last = b"", 0
                while block := data.read(_BLOCK):
                    rest += block
                    found = found or _FORMULA.search(rest) is not None
                    end = 0
                    for row in _ROW.finditer(rest):
                        number = _NUMBER.search(row[0])
                        line, end = int(number[1]) if number else last + 1, row.end()
                        if line <= last:
                            wrong: dict[str, str | int] = {"line": line, "last": last}
                            wrong |= {"name": source.name, "part": printable(name, 60)}
                            raise Problem("workbook-rows", wrong)
                        last = line
                    rest = rest[max(end, len(rest) - _TAG) :]
    return found


def _chosen(source: Source, results: Workbook, texts: Workbook | None, choices: Choices) -> Table:
    names = [sheet.title for sheet in results.worksheets]
    read = _Reader(source, results, texts)
    if choices.sheet is not None:
        sought = plain(choices.sheet)
        found = [at for at, name in enumerate(names) if plain(name) == sought]
        if not found and re.fullmatch("[0-9]{1,6}", sought) and 1 <= int(sought) <= len(names):
            found = [int(sought) - 1]
        if not found:
            sheets = _listed(names)
            params: dict[str, str | int] = {"sheet": choices.sheet, "sheets": sheets}
            raise Problem("no-sheet", {"name": source.name, **params})
        return read.table(found[0], choices.header_line)
    filled = [at for at in range(len(names)) if read.is_filled(at)]
    if not filled:
        raise Problem("blank-file", {"name": source.name})
    if len(filled) > 1:
        meant = [at for at in filled if read.is_named(at, choices)]
        if len(meant) != 1:
            meant = [at for at in filled if read.is_likely(at, choices.header_line)]
        if len(meant) != 1:
            raise Problem("sheets-several", {"name": source.name, "sheets": _listed(names)})
        filled = meant
    return read.table(filled[0], choices.header_line)


def _listed(names: Sequence[str]) -> str:
    shown = [f"{at} “{printable(name, 31)}”" for at, name in enumerate(names[:20], 1)]
    return ", ".join(shown) + (", …" if len(names) > 20 else "")


@attrs.frozen
class _Reader:
    """The sheets of a workbook."""

    source: Source
    results: Workbook
    texts: Workbook | None

    def is_filled(self, sheet: int) -> bool:
        """Tell whether a sheet holds anything."""
        return next(self._rows(sheet), None) is not None

    def is_named(self, sheet: int, choices: Choices) -> bool:
        """Tell whether the column that was asked for stands in a sheet by its name."""
        if choices.column is None:
            return False
        sought = plain(choices.column)
        least = choices.header_line or 1
        rows = takewhile(lambda row: row[0] < least + _TITLES, self._rows(sheet))
        return any(
            plain(text_of(cell)) == sought
            for line, cells in rows
            if line >= least
            for cell in cells
        )

    def is_likely(self, sheet: int, header_line: int | None) -> bool:
        """Tell whether a column of a sheet may be one of certificate numbers."""
        begun, _ = sample_of(self._rows(sheet))
        rows = [list(map(text_of, cells)) for line, cells in begun if line >= (header_line or 1)]
        width = max(map(len, rows), default=0)
        content, _ = likely([""] * width, rows)
        named = any(likely(cells, [])[1] for cells in rows[:_TITLES])
        return bool(content) or named

    def table(self, sheet: int, header_line: int | None) -> Table:
        """Read a sheet."""
        name = self.results.worksheets[sheet].title
        shown = {"name": f"{self.source.name} [{name}]"}
        rows = self._rows(sheet)
        above: list[list[Any]] = []
        first: Record | None = None
        for line, cells in rows:
            if line >= (header_line or 1) and cells:
                first = line, cells
                break
            above.append(cells)
        if first is None:
            raise Problem("no-header-line", {**shown, "line": header_line or 1})
        names = list(map(text_of, first[1]))
        has_names = all(map(looks_like_name, names)) if header_line is None else header_line > 0
        begun, every = sample_of(rows, [] if has_names else [first])
        if has_names and header_line is None:
            _refuse_title(shown, first, begun)
        width = max(len(names), *(len(cells) for _, cells in begun)) if begun else len(names)
        names += [""] * (width - len(names))
        return Table(
            self.source,
            "xlsx",
            tuple(names) if has_names else ("",) * width,
            first[0] if has_names else None,
            begun,
            ((line, _padded(cells, width)) for line, cells in every),
            sheet=name,
            above=tuple(above),
            formats=self._formats(sheet, begun, width),
        )

    def _formats(self, sheet: int, begun: Sequence[Record], width: int) -> tuple[Formats, ...]:
        """Tell how numbers and days of each column are shown: as the first of them is."""
        found: list[Formats] = [{} for _ in range(width)]
        last = begun[-1][0] if begun else 0
        least = begun[0][0] if begun else 1
        for row in self._guarded(self._sheet(self.results, sheet, least, last)):
            for at, cell in enumerate(row[:width]):
                if cell.value is not None and cell.data_type in ("n", "d"):
                    found[at].setdefault(cell.data_type, cell.number_format)
        return tuple(found)

    @staticmethod
    def _sheet(book: Workbook, sheet: int, least: int = 1, last: int | None = None) -> Any:
        one: Any = book.worksheets[sheet]
        one.reset_dimensions()  # what a workbook says of its own size is often wrong
        return one.iter_rows(min_row=least, max_row=last)

    def _guarded(self, rows: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from rows
        except _BROKEN as error:
            raise _broken(self.source, error) from None

    def _rows(self, sheet: int) -> Iterator[Record]:
        """Read the rows of a sheet up to the last that is filled."""
        results = self._guarded(self._sheet(self.results, sheet))
        texts: Iterator[Any] = iter(())
        if self.texts is not None:
            texts = self._guarded(self._sheet(self.texts, sheet))
        pending: list[int] = []
        for line, (row, formulas) in enumerate(zip_longest(results, texts, fillvalue=()), 1):
            if line > _MOST_ROWS or len(row) > _MOST_COLUMNS:
                limits = {"rows": f"{_MOST_ROWS:,}", "columns": f"{_MOST_COLUMNS:,}"}
                raise Problem("workbook-beyond", {"name": self.source.name, "line": line, **limits})
            cells = [_value(cell) for cell in row]
            for at, cell in enumerate(formulas):
                if cell.data_type == "f" and cells[at] is None:
                    cells[at] = Uncomputed(getattr(cell.value, "text", cell.value) or "=")
            while cells and cells[-1] is None:
                cells.pop()
            if not cells:
                pending.append(line)
                continue
            yield from ((blank, []) for blank in pending)
            pending.clear()
            yield line, cells


def _value(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "e":
        return CellError(value)
    if isinstance(value, str) and "_x" in value:  # how characters are written that XML lacks
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return value


def _padded(cells: list[Any], width: int) -> list[Any]:
    return cells + [None] * (width - len(cells)) if cells and len(cells) < width else cells


def _refuse_title(shown: dict[str, Any], first: Record, rows: Sequence[Record]) -> None:
    """Stop where a row holds one cell and all below hold more: that is a title, not names."""
    filled = [(line, sum(not is_blank(cell) for cell in cells)) for line, cells in rows]
    if sum(not is_blank(cell) for cell in first[1]) == 1:
        below = next((line for line, count in filled if count > 1), None)
        if below is not None and not likely(list(map(text_of, first[1])), [])[1]:
            title = next(text_of(cell) for cell in first[1] if not is_blank(cell))
            place = {"line": first[0], "title": printable(title, 24), "below": below}
            raise Problem("title-row", shown | place)
