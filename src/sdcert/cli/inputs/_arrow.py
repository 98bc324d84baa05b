"""A batch of records as Arrow holds them. Only this file knows how Python sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Columns", "FineTime", "values_of"]


@attrs.frozen(eq=False)
class Columns:
    """A batch of records as Arrow holds them.

    Attributes:
        first: The row of the first record, counted from 1.
        arrays: The columns that were read.
        places: Where among these a column of the table stands.
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
        return zip(*map(values_of, self.arrays.columns), strict=True)


@attrs.frozen
class FineTime:
    """A time finer than Python's can be.

    Attributes:
        text: How Arrow writes it.
    """

    text: str

    def __str__(self) -> str:
        return self.text


def values_of(array: pa.Array) -> list[Any]:
    """Return the values of an array; times finer than Python's are :class:`FineTime`."""
    kind = array.type
    fine = getattr(kind, "unit", None) == "ns"
    if fine:
        try:
            coarse = pa.time64("us") if pa.types.is_time(kind) else _coarse(kind)
            array = array.cast(coarse)
        except pa.ArrowInvalid:
            texts = array.cast(pa.string()).to_pylist()
            return [None if text is None else FineTime(text) for text in texts]
    found: list[Any] = array.to_pylist()
    return found


def _coarse(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else pa.duration("us")
