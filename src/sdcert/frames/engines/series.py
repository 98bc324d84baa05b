"""One answer for each value of a series or an array, of the same kind as these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa

from sdcert.frames.answers import Input, Role, answer_table, read_array
from sdcert.frames.engines import type_name
from sdcert.frames.engines.arrow import column_array
from sdcert.frames.engines.pandas import new_series, series_array
from sdcert.frames.errors import unsupported

if TYPE_CHECKING:
    from sdcert.frames.answers import Answerer

__all__ = ["series_answer"]


def series_answer(values: Any, days: Any, answerer: Answerer) -> Any:
    """Answer for a series of pandas, Polars or Dask, or an Arrow array.

    Args:
        values: The values.
        days: The days of the values, of the same kind, or None.
        answerer: What is asked; it has one column.

    Raises:
        UnsupportedFrame: If the values are of another kind.
    """
    if type(values).__module__.startswith("dask.") and hasattr(values, "map_partitions"):
        own, known_days = (None if one is None else one._meta for one in (values, days))  # noqa: SLF001
        meta = series_answer(own, known_days, answerer)
        return values.map_partitions(series_answer, days, answerer, meta=meta)
    inputs = Input(values, Role.NUMBER, "values"), Input(days, Role.DAY, "approved_on")
    pairs = [(one.column, one) for one in inputs if one.column is not None]
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        answers = answer_table([read_array(column, one) for column, one in pairs], answerer)
        return answers[0] if isinstance(values, pa.ChunkedArray) else answers[0].combine_chunks()
    known: Any = nw.from_native(values, allow_series=True, pass_through=True)
    if not isinstance(known, nw.Series):
        raise unsupported("values", "values", type=type_name(values))
    if known.implementation.is_pandas():
        native = known.to_native()
        arrays = [
            series_array(nw.to_native(column, pass_through=True), one) for column, one in pairs
        ]
        (made,) = new_series(answer_table(arrays, answerer), native.index).values()
        made.name = native.name
    elif known.implementation.is_polars():
        series = [nw.from_native(column, series_only=True) for column, _ in pairs]
        arrays = [column_array(one, of) for one, (_, of) in zip(series, pairs, strict=True)]
        frame: Any = nw.from_arrow(answer_table(arrays, answerer), backend="polars")
        made = frame[frame.columns[0]].alias(known.name).to_native()
    else:
        raise unsupported("values", "values", type=type_name(values))
    return nw.from_native(made, series_only=True) if isinstance(values, nw.Series) else made
