"""Cells and Arrow arrays. Only this file knows how one becomes the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any, Final

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from sdcert.dates import days_since_epoch
from sdcert.files.cells import day_of, text_of

__all__ = [
    "Columns",
    "Foreign",
    "cells_of",
    "day_array",
    "days_of",
    "holds_text",
    "text_array",
    "values_of",
]


@attrs.frozen(eq=False)
class Columns:
    """A batch of records as Arrow holds them.

    Attributes:
        first: The row of the first record, counted from 1.
        arrays: The columns that were read.
        places: Where among these a column of the table is.
    """

    first: int
    arrays: pa.RecordBatch
    places: dict[int, int]

    @property
    def lines(self) -> Sequence[int]:
        """The row of each record, counted from 1."""
        return range(self.first, self.first + self.arrays.num_rows)

    def column(self, at: int) -> pa.Array:
        """Return the cells of a column."""
        return self.arrays.column(self.places[at])

    def rows(self) -> Iterable[Sequence[Any]]:
        """Return the cells of each record, as Python holds them."""
        if not self.places:
            return [()] * self.arrays.num_rows
        return zip(*map(values_of, self.arrays.columns), strict=True)


# What PyArrow raises over a value that Python has no form for: a day beyond the year 9999, a time
# zone that this machine does not know, an object with a key twice.
_NO_FORM: Final = (ArithmeticError, LookupError, ValueError, pa.ArrowException)
_FIRST, _LAST = days_since_epoch(date.min), days_since_epoch(date.max)


@attrs.frozen
class Foreign:
    """A value that Python has no form for, such as a time finer or later than its own.

    Attributes:
        text: How Arrow writes it.
    """

    text: str

    def __str__(self) -> str:
        return self.text


def holds_text(kind: pa.DataType) -> bool:
    """Tell whether arrays of a type hold texts, under whatever name and in whatever layout."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(map(kind.equals, (pa.string(), pa.large_string(), pa.string_view())))


def text_array(cells: Iterable[Any]) -> pa.Array:
    """Return cells as an array of text; an empty cell is null.

    A float that has lost its last digits is written with an exponent. A lone surrogate, which Arrow
    cannot hold, becomes U+FFFD: no number has one.
    """
    texts = [_text(cell) or None for cell in cells]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        clean = [text and text.encode("utf-16", "surrogatepass") for text in texts]
        replaced = [text and text.decode("utf-16", "replace") for text in clean]
        return pa.array(replaced, pa.large_string())


def _text(cell: Any) -> str:
    lost = type(cell) is float and isfinite(cell) and abs(cell) >= 1 << 53
    return f"{Decimal(repr(cell)).normalize():e}" if lost else text_of(cell)


def values_of(array: pa.Array) -> list[Any]:
    """Return the values of an array; what Python has no form for is :class:`Foreign`."""
    kind = array.type
    fine = getattr(kind, "unit", None) == "ns"
    if fine:
        try:
            coarse = pa.time64("us") if pa.types.is_time(kind) else _coarse(kind)
            array = array.cast(coarse)
        except pa.ArrowInvalid:
            return _written(array)
    try:
        found: list[Any] = array.to_pylist()
    except _NO_FORM:
        return [_value(array.slice(at, 1)) for at in range(len(array))]
    return found


def _written(array: pa.Array) -> list[Any]:
    """Return values as Arrow writes them; where it knows no time zone of the name, in UTC."""
    if getattr(array.type, "tz", None) is not None:
        try:
            array = array.cast(pa.string())
        except pa.ArrowInvalid:
            array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    texts = array.cast(pa.string()).to_pylist()
    return [None if text is None else Foreign(text) for text in texts]


def _value(one: pa.Array) -> Any:
    """Return the value of an array of one; as Arrow writes it, where Python has no form for it."""
    try:
        return one.to_pylist()[0]
    except _NO_FORM:
        # without the brackets of the array; what is nested is spread over lines
        shown = one.to_string(window=1 << 20, container_window=1 << 20)
        return Foreign(" ".join(shown.removeprefix("[").removesuffix("]").split()))


def cells_of(column: Any) -> Any:
    """Return a column of a batch: as an array of text if it is one, else as Python holds its cells.

    JSON and the like, which Arrow holds as texts of another name, are text.
    """
    if not isinstance(column, pa.Array):
        return column
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if kind in (pa.string(), pa.large_string(), pa.string_view()):
        return column.cast(pa.large_string())
    return values_of(column)


def days_of(column: Any) -> Any:
    """Return a column that should hold days: an array if all are days, else as Python holds them.

    Of a time without time zone it is its day. A day that Python has no form for is none.
    """
    if not isinstance(column, pa.Array):
        return column
    kind = column.type
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        days = column.cast(pa.date32())
        least, most = (one.as_py() for one in pc.min_max(days.cast(pa.int32())).values())
        if least is None or _FIRST <= least <= most <= _LAST:
            return days
    return values_of(column)


def day_array(cells: Any) -> pa.Array:
    """Return what :func:`days_of` returned as an array; null where no day can be read."""
    return cells if isinstance(cells, pa.Array) else pa.array(map(day_of, cells), pa.date32())


def _coarse(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else pa.duration("us")
