"""A function on texts as new columns of a frame, on every engine: what an audit asks.

Every column that it is given becomes text by the engine's own means. As with the check, nothing
runs on a lazy frame before the user's own query does.
"""

from __future__ import annotations

import pickle
from functools import partial
from hashlib import sha256
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, Final, Protocol

import narwhals as nw
import numpy as np
import pyarrow as pa

from sdcert.frames.engines.duckdb import connection_of, create, identifier
from sdcert.frames.errors import UnsupportedFrame
from sdcert.frames.query import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["ASKED", "Answerer", "ask"]

_ROWS: Final = 1 << 16  # that are answered at a time
#: The column that lazy engines answer in; no frame has one of this name.
ASKED: Final = "__sdcert_asked"
_NO_TEXT: Final = (nw.List, nw.Array, nw.Struct, nw.Binary)
_WANTED: Final = "a column of texts, numbers, days or booleans"
# What the engines call the two types of answers.
_POLARS: Final = {pa.string(): "String", pa.int64(): "Int64"}
_SPARK: Final = {pa.string(): "string", pa.int64(): "bigint"}
_DUCKDB: Final = {pa.string(): "VARCHAR", pa.int64(): "BIGINT"}


class Answerer(Protocol):
    """What is asked: it pickles, for engines that ask elsewhere."""

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """The names of the new columns, and their types: ``string`` or ``int64``."""

    def answer(self, texts: Sequence[pa.Array]) -> list[pa.Array]:
        """Answer for some rows: one array of large strings for each column, null where missing."""


def ask(frame: Any, columns: Sequence[str], answerer: Answerer, connection: Any = None) -> Any:
    """Return the frame with the answers behind its own columns.

    Args:
        frame: A frame that :func:`sdcert.frames.check` has answered for.
        columns: The columns to pass, all of them in the frame; one may stand there twice.
        answerer: What is asked.
        connection: As for :func:`sdcert.frames.check`.

    Raises:
        UnsupportedFrame: If a column holds what has no text.
    """
    known: Any = nw.from_native(frame)
    engine = known.implementation
    schema = known.collect_schema()
    for name in columns:
        kind = schema[name]
        if isinstance(kind, _NO_TEXT) or (
            kind == nw.Object and not (engine.is_pandas() or engine.is_dask())
        ):
            raise UnsupportedFrame(f"{name} ({kind})", _WANTED)
    floats = [name for name in dict.fromkeys(columns) if schema[name].is_float()]
    if floats and not (engine.is_pandas() or engine.is_dask()):
        # As pandas has it, NaN is a missing value: no text, and nobody's name.
        known = known.with_columns(nw.col(*floats).fill_nan(None))
        frame = known.to_native()
    if engine.is_pandas():
        return _pandas(frame, columns, answerer)
    if engine.is_dask():
        # Dask would try the function on rows of its own invention, in which no number stands.
        meta = _pandas(frame._meta, columns, answerer)  # noqa: SLF001  # as its users write it
        return frame.map_partitions(_pandas, columns, answerer, meta=meta)
    if engine.is_duckdb():
        return _duckdb(frame, columns, answerer, connection)
    if engine.is_pyspark():
        return _spark(frame, columns, answerer)
    if engine.is_polars() and isinstance(known, nw.LazyFrame):
        return _polars(frame, columns, answerer)
    arrays = [known[name].to_arrow() for name in columns]
    answers: Any = nw.from_arrow(_table(arrays, answerer), backend=engine)
    return known.with_columns(*answers.iter_columns()).to_native()


def _struct(arrays: Iterable[Any], answerer: Answerer) -> pa.StructArray:
    """Answer for arrays of any types; the engines call it."""
    answers = answerer.answer([_texts(whole(array)) for array in arrays])
    return pa.StructArray.from_arrays(answers, list(answerer.schema))


def _texts(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return array.cast(pa.large_string())


def _table(arrays: Sequence[Any], answerer: Answerer) -> pa.Table:
    """Answer for whole columns, some rows at a time."""
    columns = [whole(array) for array in arrays]
    answers = [
        _struct([column.slice(at, _ROWS) for column in columns], answerer)
        for at in range(0, max(len(columns[0]), 1), _ROWS)
    ]
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(one) for one in answers])


def _pandas(frame: Any, columns: Sequence[str], answerer: Answerer) -> Any:
    import pandas as pd  # noqa: PLC0415  # only frames of pandas come here

    answers = _table([_array(frame[name]) for name in columns], answerer)
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    new = {}
    for name, kind in answerer.schema.items():
        dtype = text if pa.types.is_string(kind) else pd.Int64Dtype()
        new[name] = pd.Series(dtype.__from_arrow__(answers[name]), index=frame.index, copy=False)
    return frame.assign(**new)


def _array(series: Any) -> Any:
    if series.dtype != object:
        return pa.array(series, from_pandas=True)
    # What Arrow holds no text of, a lone surrogate, is nothing that any table knows.
    texts = [
        None if missing else str(value).encode("utf-8", "replace").decode()
        for value, missing in zip(series.to_list(), series.isna().to_numpy(), strict=True)
    ]
    return pa.array(texts, pa.large_string())


def _polars(frame: Any, columns: Sequence[str], answerer: Answerer) -> Any:
    import polars as pl  # noqa: PLC0415

    dtype = pl.Struct({name: getattr(pl, _POLARS[kind]) for name, kind in answerer.schema.items()})
    # By place: a column that is asked in two roles would be two fields of one name.
    places = [f"{at}" for at in range(len(columns))]
    named = [pl.col(name).alias(place) for name, place in zip(columns, places, strict=True)]
    asked = pl.struct(named).map_batches(
        partial(_answer_polars, columns=places, answerer=answerer),
        return_dtype=dtype,
        is_elementwise=True,
    )
    return frame.with_columns(asked.alias(ASKED)).unnest(ASKED)


def _answer_polars(rows: Any, columns: Sequence[str], answerer: Answerer) -> Any:
    """Answer for a batch, which Polars passes in a thread of its own."""
    import polars as pl  # noqa: PLC0415

    arrays = [rows.struct.field(name).to_arrow() for name in columns]
    found: Any = pl.from_arrow(_table(arrays, answerer), rechunk=False)
    return found.to_struct()


def _function(answerer: Answerer) -> Callable[..., pa.Array]:
    """Return the question as a function on Arrow arrays, as Spark and DuckDB call it."""

    def answer(*arrays: pa.Array) -> pa.Array:
        return _struct(arrays, answerer)

    return answer


def _spark(frame: Any, columns: Sequence[str], answerer: Answerer) -> Any:
    from pyspark.sql import functions  # noqa: PLC0415

    fields = ", ".join(f"`{name}` {_SPARK[kind]}" for name, kind in answerer.schema.items())
    quoted = [f"`{name.replace('`', '``')}`" for name in columns]
    texts = [functions.col(name).cast("string") for name in quoted]
    asked = functions.arrow_udf(_function(answerer), f"struct<{fields}>")(*texts)
    return frame.select("*", asked.alias(ASKED)).select("*", f"{ASKED}.*").drop(ASKED)


def _duckdb(frame: Any, columns: Sequence[str], answerer: Answerer, connection: Any) -> Any:
    import duckdb  # noqa: PLC0415

    answer = _function(answerer)
    # DuckDB counts the parameters.
    names = [Parameter(f"text_{at}", Parameter.POSITIONAL_ONLY) for at in range(len(columns))]
    answer.__signature__ = Signature(names)  # type: ignore[attr-defined]  # as inspect documents
    if connection is None:
        connection = connection_of(frame)
    # The same question is the same function.
    function = f"sdcert_ask_{sha256(pickle.dumps((len(columns), answerer))).hexdigest()[:16]}"
    returned = duckdb.struct_type({name: _DUCKDB[kind] for name, kind in answerer.schema.items()})
    function = create(
        connection,
        function,
        answer,
        ["VARCHAR"] * len(columns),
        returned,
        type="arrow",
        null_handling="special",
    )
    texts = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in columns)
    new = ", ".join(
        f"{identifier(ASKED)}.{identifier(name)} AS {identifier(name)}" for name in answerer.schema
    )
    asked = frame.project(f"*, {function}({texts}) AS {identifier(ASKED)}")
    return asked.project(f"* EXCLUDE ({identifier(ASKED)}), {new}")
