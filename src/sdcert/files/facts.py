"""What python-calamine does not tell of a sheet: read from the sheet's part of the archive.

These are hidden rows and columns, errors (for which calamine has an empty cell), formulas saved
without their result, and how far apart the cells lie: calamine reserves memory for the whole
rectangle between them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

import attrs

from sdcert.files.cells import CellError, Uncomputed
from sdcert.files.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

__all__ = [
    "BinarySheet",
    "DocumentSheets",
    "Facts",
    "MergedCells",
    "Sheet",
    "XmlSheet",
    "records_of",
]

_MOST_ROWS: Final = 1 << 20
_MOST_COLUMNS: Final = 1 << 14
_MOST_CELLS: Final = 1 << 26  # of the rectangle that holds all cells, empty ones included
_MOST_ALIKE: Final = 1 << 22  # filled cells of .ods that stand in the file once for many
_DIGITS: Final = "0123456789"
_TRUE: Final = ("1", "true")
_COLLAPSED: Final = ("collapse", "filter")
_SHOWN_ERROR: Final = re.compile(r"#[^\s#]+|Err:[0-9]+")
# Errors and records of a binary sheet, by number; the records of cells begin with the column.
_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!"}
_ROW: Final = 0
_COLUMN: Final = 60
_FAILED: Final = (3, 11)
_CELLS: Final = (*range(2, 12), 62)


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


@attrs.frozen
class MergedCells:
    """Cells that are merged: rows counted from 1, columns from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@attrs.define
class Facts:
    """What is read of a sheet beside its values.

    Attributes:
        hidden_columns: Counted from 0.
        hidden_rows: Counted from 1, in their order.
        special: By row, from 1, and column, from 0: errors, and formulas that have no result.
        rows: The last row that is filled, counted from 1.
        columns: The last column that is filled, counted from 1.
        merges: What is merged; of .xlsx and .xls alone.
    """

    hidden_columns: set[int] = attrs.field(factory=set)
    hidden_rows: list[int] = attrs.field(factory=list)
    special: dict[int, dict[int, CellError | Uncomputed]] = attrs.field(factory=dict)
    rows: int = 0
    columns: int = 0
    merges: tuple[MergedCells, ...] = ()

    def checked(self, file: str) -> Facts:
        """Return these facts, those of rows below the last filled one left out.

        Raises:
            UnreadableFile: If the filled cells lie too far apart.
        """
        if self.rows > _MOST_ROWS or self.columns > _MOST_COLUMNS:
            raise UnreadableFile("damaged", file)
        if self.rows * self.columns > _MOST_CELLS:
            params = {"rows": f"{self.rows:,}", "columns": f"{self.columns:,}"}
            raise UnreadableFile("sparse", file, params)
        self.hidden_rows = [row for row in self.hidden_rows if row <= self.rows]
        return self

    def fill(self, row: int, column: int) -> None:
        """Take note of a filled cell."""
        self.rows = max(self.rows, row)
        if column >= self.columns:
            self.columns = column + 1

    def mark(self, row: int, column: int, cell: CellError | Uncomputed) -> None:
        """Take note of a cell that calamine would give as empty."""
        self.fill(row, column)
        self.special.setdefault(row, {})[column] = cell

    def hide(self, first: int, last: int) -> None:
        """Take note of hidden columns, from the first through the last."""
        self.hidden_columns.update(range(first, min(last + 1, _MOST_COLUMNS)))


class _Handlers(dict[str, "Callable[[dict[str, str]], None]"]):
    """What takes each element, by its name with its prefix."""

    def __init__(self, owner: object) -> None:
        self._owner = owner

    def __missing__(self, tag: str) -> Callable[[dict[str, str]], None]:
        name = tag.rpartition(":")[2].replace("-", "_")
        self[tag] = found = getattr(self._owner, f"begin_{name}", _ignore)
        return found


def _ignore(_: dict[str, str]) -> None:
    """Take an element that tells nothing."""


def _refuse(*_: object) -> None:
    raise ValueError("a sheet declares no types")


class _Elements:
    """Follows the elements of a part: ``begin_…`` is called with the attributes of each."""

    def __init__(self) -> None:
        self.facts = Facts()
        self._begin = _Handlers(self)
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = _refuse  # calamine would drop what it declares

    def read(self, part: IO[bytes]) -> Facts:
        """Read a part to its end.

        Raises:
            ExpatError: If it is not well-formed; calamine does not miss an end.
            ValueError: If it says what no sheet does.
        """
        self._parser.ParseFile(part)
        return self.facts

    def _start(self, tag: str, of: dict[str, str]) -> None:
        self._begin[tag](of)

    def hear(self, end: Callable[[str], None]) -> None:
        """Call a function with the text of the element that has just begun, when it ends."""
        texts: list[str] = []
        depth = [1]

        def begun(*_: object) -> None:
            depth[0] += 1

        def ended(_: str) -> None:
            depth[0] -= 1
            if not depth[0]:
                self._parser.StartElementHandler = self._start
                self._parser.EndElementHandler = self._parser.CharacterDataHandler = None
                end("".join(texts))

        self._parser.StartElementHandler = begun
        self._parser.EndElementHandler = ended
        self._parser.CharacterDataHandler = texts.append


class XmlSheet(_Elements):
    """A sheet of .xlsx.

    Args:
        file: What messages call the file.
    """

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file
        self._line = self._row = 0
        self._shown_line = ""
        self._column = -1
        self._columns: dict[str, int] = {}
        self._type: str | None = None
        self._pending = False  # a formula whose result has not come yet

    def begin_row(self, of: dict[str, str]) -> None:
        """Take a row; of two with one number, calamine would lose one."""
        line = int(of.get("r", self._line + 1))
        if line <= self._line:
            params = {"line": line, "last": self._line}
            raise UnreadableFile("rows-order", self._file, params)
        self._line = self._row = line
        self._shown_line = str(line)
        self._column = -1
        if of.get("hidden") in _TRUE:
            self.facts.hidden_rows.append(line)

    def begin_col(self, of: dict[str, str]) -> None:
        """Take a span of columns."""
        if of.get("hidden") in _TRUE:
            self.facts.hide(int(of.get("min", 1)) - 1, int(of.get("max", 1)) - 1)

    def begin_c(self, of: dict[str, str]) -> None:
        """Take a cell; one without a place stands behind the one before."""
        place = of.get("r")
        self._row = self._line
        if place is None:
            self._column += 1
        else:
            letters = place.rstrip(_DIGITS)
            if letters not in self._columns:
                self._columns[letters] = _index(letters)
            self._column = self._columns[letters]
            digits = place[len(letters) :]
            if digits != self._shown_line:
                self._row = int(digits)
        self._pending = False
        self._type = of.get("t")
        if self._type == "e":
            self.facts.mark(self._row, self._column, CellError("#N/A"))

    def begin_f(self, _: dict[str, str]) -> None:
        """Take a formula: it has no result until one follows."""
        if self._type not in ("e", "str"):
            self._pending = True
            self.hear(lambda text: self._mark(Uncomputed(f"={text}")))

    def begin_v(self, _: dict[str, str]) -> None:
        """Take a value."""
        self.facts.fill(self._row, self._column)
        if self._type == "e":
            self.hear(lambda text: self._mark(CellError(text or "#N/A")))
        elif self._pending:
            self.hear(self._computed)

    def begin_is(self, _: dict[str, str]) -> None:
        """Take a text that stands in the cell itself."""
        self.facts.fill(self._row, self._column)
        if self._pending:
            self._computed("is")

    def _mark(self, cell: CellError | Uncomputed) -> None:
        self.facts.mark(self._row, self._column, cell)

    def _computed(self, result: str) -> None:
        if result:
            row = self.facts.special[self._row]
            del row[self._column]
            if not row:
                del self.facts.special[self._row]


def _index(letters: str) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1


class DocumentSheets(_Elements):
    """The sheets of .ods, which are in one part.

    Attributes:
        sheets: What is read of each, by its name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sheets: dict[str, Facts] = {}
        self._alike = 0
        self._next = 1
        self._rows = range(0)
        self._column = 0

    def begin_table(self, of: dict[str, str]) -> None:
        """Take a sheet."""
        self.facts = self.sheets.setdefault(of.get("table:name", ""), Facts())
        self._next, self._column = 1, 0

    def begin_table_column(self, of: dict[str, str]) -> None:
        """Take columns of one kind."""
        columns = self._span(of)
        if of.get("table:visibility") in _COLLAPSED:
            self.facts.hide(columns.start, columns.stop - 1)

    def begin_table_row(self, of: dict[str, str]) -> None:
        """Take rows that are alike."""
        count = min(int(of.get("table:number-rows-repeated", 1)), _MOST_ROWS)
        self._rows = range(self._next, self._next + count)
        self._next, self._column = self._rows.stop, 0
        if of.get("table:visibility") in _COLLAPSED:
            self.facts.hidden_rows.extend(range(self._rows.start, min(self._next, _MOST_ROWS + 1)))

    def begin_table_cell(self, of: dict[str, str]) -> None:
        """Take cells that are alike."""
        columns = self._span(of)
        formula, kind = of.get("table:formula"), of.get("office:value-type")
        if not (formula or kind):
            return
        self.facts.fill(self._rows[-1], columns[-1])
        self._alike += len(self._rows) * len(columns) - 1
        if self._alike > _MOST_ALIKE:
            raise ValueError("a small file that would take all memory")
        if of.get("calcext:value-type") == "error":
            self.hear(lambda text: self._mark(columns, CellError(_shown_error(text))))
        elif not kind:
            self._mark(columns, Uncomputed(f"={(formula or '').partition(':=')[2]}"))

    begin_covered_table_cell = begin_table_cell

    def _span(self, of: dict[str, str]) -> range:
        count = min(int(of.get("table:number-columns-repeated", 1)), _MOST_COLUMNS)
        columns = range(self._column, self._column + count)
        self._column = columns.stop
        return columns

    def _mark(self, columns: range, cell: CellError | Uncomputed) -> None:
        for row in self._rows:
            for column in columns:
                self.facts.mark(row, column, cell)


def _shown_error(text: str) -> str:
    found = _SHOWN_ERROR.search(text)
    return found[0] if found else "#N/A"


class BinarySheet:
    """A sheet of .xlsb."""

    def read(self, part: IO[bytes]) -> Facts:
        """Read a part to its end."""
        facts = Facts()
        row = 0
        for kind, data in records_of(part.read()):
            if kind == _ROW:
                row = int.from_bytes(data[:4], "little") + 1
                if data[11] & 0x10:
                    facts.hidden_rows.append(row)
            elif kind == _COLUMN and data[16] & 1:
                facts.hide(*(int.from_bytes(data[at : at + 4], "little") for at in (0, 4)))
            elif kind in _CELLS:
                column = int.from_bytes(data[:4], "little")
                facts.fill(row, column)
                if kind in _FAILED:
                    facts.mark(row, column, CellError(_ERRORS.get(data[8], "#N/A")))
        return facts


def records_of(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """Return the records of a binary part: their numbers, and what they hold.

    Raises:
        IndexError: If the last one is cut off before its length.
    """
    view, at = memoryview(data), 0
    while at < len(view):
        kind = view[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (view[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        more = True
        while more:
            size |= (view[at] & 0x7F) << shift
            more, shift, at = view[at] > 0x7F, shift + 7, at + 1
        yield kind, view[at : at + size]
        at += size
