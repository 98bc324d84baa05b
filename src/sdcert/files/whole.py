"""A file as one Arrow table, for frames and the audit."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain, zip_longest
from types import NoneType
from typing import Any, Final

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from sdcert.files.arrow import holds_text, text_array, values_of
from sdcert.files.cells import CellError, day_of, is_blank
from sdcert.files.reading import open_table
from sdcert.files.table import Batch, Records, Table

__all__ = ["WholeFile", "read_arrow"]

_NUMBERS: Final = frozenset({pa.int64(), pa.float64()})


@attrs.frozen(eq=False)
class WholeFile:
    """A file that was read at once.

    Attributes:
        table: Its rows; blank ones and those that hold no record are left out. Columns of Parquet
            keep their types; so do those of JSON Lines that hold numbers or booleans alone. All
            others are text.
        unreadable: Which rows have a cell for the day in which no day can be read.
        days: What the cells for the day were read as; None if there is no such column, or if it is
            one of Parquet that holds no texts.
        bare: Which cells of a column of text were none in the file, but a number, say; by the name
            of the column.
    """

    table: pa.Table
    unreadable: pa.BooleanArray
    bare: Mapping[str, pa.BooleanArray] = attrs.field(factory=dict)
    days: pa.ChunkedArray | None = None


def read_arrow(
    path: str | os.PathLike[str], *, number: object = None, day: object = None
) -> WholeFile:
    """Read a file as an Arrow table, batch by batch.

    An empty cell is null, in every format. Columns without a name are ``column_2`` and so on, by
    their position, which also follows a name that several have (``备注_2``). Cells beyond the
    header, and keys that no earlier object has, are columns too.

    Args:
        path: The file.
        number: The name of the column with the certificate numbers.
        day: The name of the column with the days of approval.

    Raises:
        UnreadableFile: If the file cannot be read.
        OSError: If it cannot be opened.
    """
    wanted = [name for name in (number, day) if isinstance(name, str)]
    with open_table(path, names=wanted) as table:
        names = [name or f"column_{at}" for at, name in enumerate(table.columns, 1)]
        several = {name for name, count in Counter(names).items() if count > 1}
        names = [f"{name}_{at}" if name in several else name for at, name in enumerate(names, 1)]
        at = names.index(number) if number in names else None
        batches = table.batches(number=at)
        if table.schema is not None:
            return _of_arrays(batches, table.schema, names, day)
        columns, days = _of_records(batches, table, names, day)
    whole = [column.whole() for column in columns]
    made = pa.table(whole, list(map(str, range(len(names))))).rename_columns(names)
    marks = {name: column.marks() for name, column in zip(names, columns, strict=True)}
    bare = {name: found for name, found in marks.items() if found.true_count}
    return _with_days(made, days, bare)


def _with_days(
    table: pa.Table, days: _Column | None, bare: Mapping[str, pa.BooleanArray] | None = None
) -> WholeFile:
    if days is None:
        return WholeFile(table, pa.repeat(False, table.num_rows), bare or {})
    return WholeFile(table, days.marks(), bare or {}, days.whole().cast(pa.date32()))


class _Column:
    """A column that grows batch by batch, and a mark for each of its cells.

    Args:
        rows: How many rows precede it.
    """

    def __init__(self, rows: int = 0) -> None:
        self._arrays = [pa.nulls(rows)]
        self._marks = [pa.repeat(False, rows)]

    def add(self, array: pa.Array, marks: pa.Array | None = None) -> None:
        """Add cells."""
        self._arrays.append(array)
        self._marks.append(pa.repeat(False, len(array)) if marks is None else marks)

    def marks(self) -> pa.BooleanArray:
        """Return the marks."""
        return pa.concat_arrays(self._marks)

    def whole(self) -> pa.ChunkedArray:
        """Return all cells, of one type: text, where those of the batches are not one.

        Then what was no text is marked.
        """
        kinds = {array.type for array in self._arrays} - {pa.null()}
        if kinds == _NUMBERS:
            with suppress(pa.ArrowInvalid):  # of more digits than a float holds
                return pa.chunked_array([array.cast(pa.float64()) for array in self._arrays])
        if len(kinds) > 1:
            for at, array in enumerate(self._arrays):
                if not holds_text(array.type):
                    self._marks[at] = array.is_valid()
                    self._arrays[at] = text_array(array.to_pylist())
        kind = kinds.pop() if len(kinds) == 1 else pa.large_string()
        return pa.chunked_array([array.cast(kind) for array in self._arrays])


def _of_records(
    batches: Iterable[Batch], table: Table, names: list[str], day: object
) -> tuple[list[_Column], _Column | None]:
    """Return the columns of records, and the days; further names are added to the table's."""
    columns: list[_Column] = []
    days: _Column | None = None
    late: dict[str, int] = {}  # keys that the table does not know, and their columns
    read = 0
    for batch in chain([Records([], [])], batches):  # a file without rows has columns, too
        every = batch.rows()
        if table.format == "jsonl":
            every = (_with_late(row, len(table.columns), late, names) for row in every)
        rows = [row for row in every if not all(map(is_blank, row))]
        for row in rows:
            if len(row) > len(names):
                used = max(at for at, cell in enumerate(row, 1) if not is_blank(cell))
                names += (f"column_{at}" for at in range(len(names) + 1, used + 1))
        columns += (_Column(read) for _ in names[len(columns) :])
        place = names.index(str(day)) if day in names else None
        for at, (column, cells) in enumerate(zip(columns, zip_longest(names, *rows), strict=False)):
            present = [None if is_blank(cell) else cell for cell in cells[1:]]
            column.add(*_cells(present, table.format))
            if at == place:
                days = days or _Column(read)
                days.add(*_days(present))
        read += len(rows)
    return columns, days


def _with_late(
    row: Sequence[Any], width: int, late: dict[str, int], names: list[str]
) -> Sequence[Any]:
    """Give what stands behind an object's row, the values of further keys, cells of their own."""
    if len(row) <= width:
        return row
    for key in row[width]:
        if key not in late:
            late[key] = len(names)
            names.append(key or f"column_{len(names) + 1}")
    beyond = {late[key]: value for key, value in row[width].items()}
    return [*row[:width], *(beyond.get(at) for at in range(width, len(names)))]


def _cells(cells: list[Any], form: str) -> tuple[pa.Array, pa.Array | None]:
    """Return cells as text, but numbers or booleans where JSON holds nothing else.

    With them goes what of the text was none.
    """
    kinds = set(map(type, cells)) - {NoneType}
    if not kinds:
        return pa.nulls(len(cells)), None
    if form == "jsonl" and (kinds <= {int, float} or kinds == {bool}):
        with suppress(pa.ArrowInvalid, OverflowError):  # of more digits than Arrow holds
            return pa.array(cells), None
    texts = {NoneType, str, CellError}
    bare = None if kinds <= texts else pa.array(type(cell) not in texts for cell in cells)
    return text_array(cells), bare


def _days(cells: list[Any]) -> tuple[pa.Array, pa.Array]:
    """Return cells as days, and which of them are none."""
    days = list(map(day_of, cells))
    wrong = (
        one is None and not is_blank(cell)
        for one, cell in zip(days, cells, strict=True)
    )  # fmt: skip
    return pa.array(days, pa.date32()), pa.array(wrong, pa.bool_())


def _of_arrays(
    batches: Iterable[Any], schema: pa.Schema, names: Sequence[str], day: object
) -> WholeFile:
    """Return a file of Parquet."""
    place = names.index(str(day)) if day in names else None
    days = _Column() if place is not None and holds_text(schema.field(place).type) else None
    arrays = []
    for batch in batches:
        columns = batch.arrays.columns
        if days is not None:
            days.add(*_days(values_of(columns[place])))
        arrays.append(pa.RecordBatch.from_arrays(list(map(_filled, columns)), schema=schema))
    return _with_days(pa.Table.from_batches(arrays, schema).rename_columns(names), days)


def _filled(array: pa.Array) -> pa.Array:
    """Return an array in which blank texts are null."""
    if isinstance(array, pa.ExtensionArray):
        return pa.ExtensionArray.from_storage(array.type, _filled(array.storage))
    if pa.types.is_dictionary(array.type) and holds_text(array.type):
        blank = _is_blank(array.dictionary)
        if not pc.any(blank).as_py():
            return array
        nothing = pa.scalar(None, array.indices.type)
        indices = pc.if_else(blank.take(array.indices), nothing, array.indices)
        return pa.DictionaryArray.from_arrays(indices, array.dictionary, ordered=array.type.ordered)
    if holds_text(array.type):
        blank = _is_blank(array)
        if pc.any(blank).as_py():
            texts = array.cast(pa.large_string())
            return pc.if_else(blank, pa.scalar(None, texts.type), texts).cast(array.type)
    return array


def _is_blank(texts: pa.Array) -> pa.Array:
    return pc.equal(pc.utf8_trim_whitespace(texts.cast(pa.large_string())), "")
