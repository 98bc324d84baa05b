"""Frames that hold their rows in Arrow: tables of PyArrow, and Polars' eager frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa

from sdcert.frames.answers import Role, answer_table, objects_array, read_array, without_bare
from sdcert.frames.arrays import padded, plain_array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sdcert.frames.answers import Answerer, Input

__all__ = ["arrow_of", "column_array", "gathered", "selected", "with_answers"]


def with_answers(
    frame: Any, inputs: Sequence[Input], answerer: Answerer, connection: Any = None
) -> Any:
    """Answer for the columns."""
    known: Any = nw.from_native(frame)
    answers = answer_table([column_array(known[one.column], one) for one in inputs], answerer)
    new: Any = nw.from_arrow(answers, backend=known.implementation)
    return known.with_columns(*new.iter_columns()).to_native()


def column_array(column: Any, one: Input) -> Any:
    """Bring a series of Narwhals into the form of its role."""
    if one.days is not None:
        return one.days
    if column.dtype == nw.Object:
        values = column.to_list()
        return objects_array(values, [value is None for value in values], one)
    if whole := column.dtype in (nw.Int128, nw.UInt128):  # no type of Arrow's
        column = column.cast(nw.Float64 if one.role is Role.NUMBER else nw.String)
    array = read_array(arrow_of(column), one)
    if one.role is Role.NUMBER:
        return array if one.bare is None else without_bare(array, one.bare)
    return padded(array, one.digits, one.bare) if whole or one.bare is not None else array


def arrow_of(column: Any) -> Any:
    """Return a series of Narwhals as an array of Arrow.

    Of some types Arrow makes no array without rows, and of a name with a NUL in it no field.
    """
    return column.to_native() if column.implementation.is_pyarrow() else column.alias("").to_arrow()


def selected(frame: Any, columns: Mapping[str, str]) -> Any:
    """Take some columns under other names; those of a table of PyArrow can then be filtered."""
    if isinstance(frame, pa.Table):
        return pa.table({new: plain_array(frame[old]) for new, old in columns.items()})
    return frame.select(frame[old].alias(new) for new, old in columns.items())


def gathered(frame: Any, function: Callable[..., pa.Table], columns: Sequence[str]) -> Any:
    """Add the columns that a function makes of some columns, which it gets as lists."""
    known: Any = nw.from_native(frame)
    table = function(*(known[name].to_list() for name in columns))
    new: Any = nw.from_arrow(table, backend=known.implementation)
    return known.with_columns(*new.iter_columns()).to_native()
