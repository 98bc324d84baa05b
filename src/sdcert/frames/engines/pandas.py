"""Frames of pandas, and those of Dask, which are made of them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sdcert.frames.answers import Role, answer_table, objects_array, read_array
from sdcert.frames.arrays import plain_array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sdcert.frames.answers import Answerer, Input

__all__ = [
    "gathered",
    "index_names",
    "selected",
    "unpivoted",
    "with_answers",
    "without_index_name",
]


def with_answers(
    frame: Any, inputs: Sequence[Input], answerer: Answerer, connection: Any = None
) -> Any:
    """Answer for the columns."""
    if _is_dask(frame):
        return _by_partition(with_answers, frame, inputs, answerer)
    arrays = [_series_array(_series(frame, one.column), one) for one in inputs]
    new = _new_series(answer_table(arrays, answerer, pa.large_string()), frame.index)
    if frame.columns.nlevels > 1:
        rest = ("",) * (frame.columns.nlevels - 1)
        whole = frame.copy(deep=False)
        for name, series in new.items():
            whole[name, *rest] = series
        return whole
    return frame.assign(**new)


def _new_series(answers: pa.Table, index: Any) -> dict[str, Any]:
    """Return the columns of a table as nullable series."""
    import pandas as pd  # noqa: PLC0415  # only frames of pandas come here

    text = pd.StringDtype("pyarrow", na_value=np.nan)
    dtypes = {
        pa.string(): text,
        pa.large_string(): text,
        pa.bool_(): pd.BooleanDtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
    }
    return {
        field.name: pd.Series(
            dtypes[field.type].__from_arrow__(answers[field.name]), index=index, copy=False
        )
        for field in answers.schema
    }


def _series_array(series: Any, one: Input) -> Any:
    """Bring a series into the form of its role."""
    from pandas.api.types import infer_dtype, is_string_dtype  # noqa: PLC0415

    if hasattr(series, "sparse"):
        series = series.sparse.to_dense()
    # Of objects, those of categories too, Arrow would guess the type; and pandas makes a column of
    # texts of what would be one of objects if not all of its days were texts.
    kind = getattr(series.dtype, "categories", series).dtype
    if kind != np.dtype(object) and not (one.role is Role.DAY and is_string_dtype(kind)):
        with suppress(pa.ArrowException, UnicodeEncodeError):  # surrogates
            return read_array(pa.array(series, from_pandas=True), one)
    elif one.role is Role.NUMBER and infer_dtype(series, skipna=True) in {"string", "empty"}:
        with suppress(UnicodeEncodeError):  # of bytes Arrow would make texts
            return pa.array(series, pa.large_string(), from_pandas=True)
    return objects_array(series.to_list(), series.isna().to_list(), one)


def gathered(frame: Any, function: Callable[..., pa.Table], columns: Sequence[str]) -> Any:
    """Add the columns that a function makes of some columns, which it gets as lists."""
    if _is_dask(frame):
        # so few rows are one partition; groups lie across all of them, and rows in any order
        whole = _by_partition(_in_order, frame.repartition(npartitions=1), columns[1:])
        return _by_partition(gathered, whole, function, columns)
    table = function(*(frame[name].to_list() for name in columns))
    return frame.assign(**_new_series(table, frame.index))


def _in_order(frame: Any, columns: Sequence[str]) -> Any:
    return frame.sort_values(list(columns), na_position="first") if columns else frame


def unpivoted(frame: Any, columns: Sequence[str], name: str, kept: Sequence[str]) -> Any:
    """Make a row of each value of some columns; objects stay as they are."""
    if _is_dask(frame):
        return _by_partition(unpivoted, frame, columns, name, kept)
    import pandas as pd  # noqa: PLC0415

    parts = []
    for column in columns:
        rows = frame[frame[column].notna()]
        parts.append(rows[list(kept)].assign(**{name: rows[column].array}))
    return pd.concat(parts, ignore_index=True)


def index_names(frame: Any) -> tuple[Any, ...]:
    """Return the names of the index, as ``reset_index`` names it."""
    names = tuple((frame._meta if _is_dask(frame) else frame).index.names)  # noqa: SLF001  # as above
    if names == (None,):
        return ("index",)
    return tuple(f"level_{at}" if name is None else name for at, name in enumerate(names))


def without_index_name(frame: Any) -> Any:
    """Return a frame of Dask with an index that has no name."""
    return _by_partition(_nameless, frame)


def _nameless(frame: Any) -> Any:
    return frame.rename_axis(index=None)


def _is_dask(frame: Any) -> bool:
    return type(frame).__module__.startswith("dask.")


def _by_partition(function: Callable[..., Any], frame: Any, *arguments: Any) -> Any:
    # Dask would try the function on rows of its own invention, in which no number stands.
    meta = function(frame._meta, *arguments)  # noqa: SLF001  # as its users write it
    return frame.map_partitions(function, *arguments, meta=meta)


def _series(frame: Any, name: Any) -> Any:
    if name in frame.columns:
        return frame[name]
    import pandas as pd  # noqa: PLC0415

    at = index_names(frame).index(name)
    return pd.Series(frame.index.get_level_values(at), index=frame.index)


def _plain(series: Any) -> Any:
    """Return a series of Arrow's types that can be filtered."""
    import pandas as pd  # noqa: PLC0415

    if not isinstance(series.dtype, pd.ArrowDtype):
        return series
    array = pd.arrays.ArrowExtensionArray(plain_array(pa.array(series)))
    return pd.Series(array, index=series.index)


def selected(frame: Any, columns: Mapping[Any, Any]) -> Any:
    """Take some columns, or levels of the index, under other names; the index stays."""
    if _is_dask(frame):
        return _by_partition(selected, frame, columns)
    import pandas as pd  # noqa: PLC0415

    made = pd.concat([_plain(_series(frame, old)) for old in columns.values()], axis=1)
    made.columns = pd.Index(list(columns), tupleize_cols=False)
    return made
