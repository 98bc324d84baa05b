"""Which engine a frame is of, and how that engine asks. Only this file knows the engines.

Narwhals tells the engines apart. Frames that hold their rows go through Arrow; lazy ones take the
question along as a function of theirs on Arrow arrays, so that nothing runs before the user's own
query does.
"""

from __future__ import annotations

import pickle
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, cast

import narwhals as nw
import numpy as np
import pyarrow as pa

from sdcert._grammar import plain_text
from sdcert._writings import read_text
from sdcert.findings import FindingCode
from sdcert.frames._registry import finding_ids
from sdcert.frames.faults import MissingColumn, TakenColumn, UnsupportedFrame
from sdcert.numbering import CertificateNumber

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sdcert.frames._columns import Question

__all__ = ["add_columns", "expression_of"]

_LAZY: Final = "__sdcert"
_CONNECTION: Final = "_con"  # no public name for it; see check() on `connection`
_A_DAY: Final = "a column of days (date, or datetime without time zone)"


def add_columns(  # noqa: PLR0917  # ours alone
    frame: Any,
    column: str,
    day_column: str | None,
    question: Question,
    prefix: str,
    connection: Any = None,
) -> Any:
    """Return the frame with the question's columns behind its own."""
    try:
        known = nw.from_native(frame)
    except TypeError:
        raise UnsupportedFrame(_kind(frame), "a frame that Narwhals knows") from None
    names = known.collect_schema().names()
    for name in (column,) if day_column is None else (column, day_column):
        if name not in names:
            raise MissingColumn(name, tuple(names))
    new = {name: prefix + name for name in question.columns}
    if taken := tuple(name for name in new.values() if name in names):
        raise TakenColumn(taken)
    if day_column is not None:
        kind = known.collect_schema()[day_column]
        naive = isinstance(kind, nw.Datetime) and kind.time_zone is None
        if not (naive or kind in (nw.Date, nw.Object, nw.Unknown)):
            raise UnsupportedFrame(str(kind), _A_DAY)
    engine = known.implementation
    if engine.is_pandas():
        return _pandas(frame, column, day_column, question, new)
    if engine.is_dask():
        return frame.map_partitions(_pandas, column, day_column, question, new)
    if engine.is_duckdb():
        return _duckdb(frame, column, day_column, question, new, connection)
    if engine.is_pyspark():
        return _spark(frame, column, day_column, question, new)
    if engine.is_polars() and isinstance(known, nw.LazyFrame):
        answers = _polars_expression(column, day_column, question, new)
        return frame.with_columns(answers.alias(_LAZY)).unnest(_LAZY)
    if isinstance(known, nw.DataFrame):
        return _eager(known, column, day_column, question, new)
    raise UnsupportedFrame(_kind(frame), "a frame of pandas, Polars, PyArrow, DuckDB or PySpark")


def _kind(frame: object) -> str:
    return f"{type(frame).__module__}.{type(frame).__qualname__}"


def expression_of(  # noqa: PLR0917  # ours alone
    engine: str,
    column: str,
    day_column: str | None,
    question: Question,
    prefix: str,
    connection: Any = None,
) -> Any:
    """Return an expression of an engine that makes one struct of the question's columns."""
    new = {name: prefix + name for name in question.columns}
    if engine == "polars":
        return _polars_expression(column, day_column, question, new)
    if engine == "pyspark":
        return _spark_expression(column, day_column, question, new)
    if engine == "duckdb":
        import duckdb  # noqa: PLC0415

        if connection is None:
            connection = duckdb.default_connection()
        name = _duckdb_function(connection, "VARCHAR", day_column is not None, question, new)
        arguments = [column] if day_column is None else [column, day_column]
        return duckdb.FunctionExpression(name, *map(duckdb.ColumnExpression, arguments))
    raise UnsupportedFrame(repr(engine), "'duckdb', 'polars' or 'pyspark'")


# Frames that hold their rows.


def _eager(
    known: nw.DataFrame[Any], column: str, day_column: str | None, question: Question, new: Any
) -> Any:
    days = None if day_column is None else _days(known[day_column].to_arrow())
    values = _chunked(known[column].to_arrow())
    answers = question.answer_all(values, days).rename_columns(list(new.values()))
    columns = nw.from_arrow(answers, backend=known.implementation)
    return known.with_columns(*columns.iter_columns()).to_native()


def _days(days: Any) -> pa.Array:
    days = _whole(days)
    kinds = pa.types.is_date, pa.types.is_timestamp, pa.types.is_null
    if not any(is_kind(days.type) for is_kind in kinds):
        raise UnsupportedFrame(str(days.type), _A_DAY)
    return days


def _pandas(
    frame: Any, column: str, day_column: str | None, question: Question, new: dict[str, str]
) -> Any:
    import pandas as pd  # noqa: PLC0415  # only frames of pandas come here

    series = frame[column]
    odd = None
    if series.dtype == object:
        values, odd = _objects(series)
    else:
        values = pa.array(series, from_pandas=True)
    values = _chunked(values)
    days = None
    if day_column is not None:
        try:
            days = _days(pa.array(frame[day_column], from_pandas=True))
        except pa.ArrowInvalid:
            raise UnsupportedFrame(str(frame[day_column].dtype), _A_DAY) from None
    answers = question.answer_all(values, days, odd, pa.large_string())
    columns = {}
    for name, kind in question.schema.items():
        if pa.types.is_string(kind):
            dtype: Any = pd.StringDtype("pyarrow", na_value=np.nan)
        else:
            dtype = pd.BooleanDtype() if pa.types.is_boolean(kind) else pd.Int32Dtype()
        made = dtype.__from_arrow__(answers[name])
        columns[new[name]] = pd.Series(made, index=frame.index, copy=False)
    return frame.assign(**columns)


def _objects(series: Any) -> tuple[pa.Array, NDArray[np.uint8] | None]:
    """Turn Python objects into texts, and number the findings of those that Arrow cannot hold."""
    from pandas.api.types import infer_dtype  # noqa: PLC0415

    if infer_dtype(series, skipna=True) in ("string", "empty"):  # else Arrow takes bytes as text
        with suppress(UnicodeEncodeError):
            return pa.array(series, pa.large_string(), from_pandas=True), None
    missing = series.isna().to_numpy()
    values = series.to_list()
    odd = np.zeros(len(values), np.uint8)
    for at, value in enumerate(values):
        if missing[at]:
            values[at] = None
            continue
        text = str(value) if type(value) is CertificateNumber else plain_text(value)
        values[at] = text
        if text is None:
            odd[at] = finding_ids[FindingCode.NOT_TEXT]
        elif not _encodable(text):
            # Nothing deletes a lone surrogate, so this is no number.
            odd[at] = finding_ids[cast("FindingCode", read_text(text)[0])]
            values[at] = None
    return pa.array(values, pa.large_string()), odd


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# Frames that are plans.


def _polars_expression(
    column: str, day_column: str | None, question: Question, new: dict[str, str]
) -> Any:
    import polars as pl  # noqa: PLC0415

    kinds = {"string": pl.String, "int32": pl.Int32, "bool": pl.Boolean}
    dtype = pl.Struct({new[name]: kinds[str(kind)] for name, kind in question.schema.items()})
    asked = pl.col(column) if day_column is None else pl.struct(column, day_column)
    renamed = list(new.values())
    return asked.map_batches(
        lambda values: _ask_polars(values, column, day_column, question, renamed),
        return_dtype=dtype,
        is_elementwise=True,
    )


def _ask_polars(
    values: Any, column: str, day_column: str | None, question: Question, names: list[str]
) -> Any:
    """Answer a batch, which Polars passes in a thread of its own."""
    import polars as pl  # noqa: PLC0415

    days = None
    if day_column is not None:
        days = _days(values.struct.field(day_column).to_arrow())
        values = values.struct.field(column)
    answers = question.answer_blocks(values.to_arrow(), days)
    batches = [pa.RecordBatch.from_struct_array(_named(one, names)) for one in answers]
    found: Any = pl.from_arrow(pa.Table.from_batches(batches), rechunk=False)
    return found.to_struct()


def _asker(question: Question, names: list[str], with_days: bool) -> Callable[..., pa.Array]:
    """Return the question as a function on Arrow arrays, as Spark and DuckDB call it."""

    def ask(values: pa.Array) -> pa.Array:
        return _named(question.answer(_whole(values)), names)

    def ask_with_days(values: pa.Array, days: pa.Array) -> pa.Array:
        return _named(question.answer(_whole(values), _whole(days)), names)

    return ask_with_days if with_days else ask


def _spark_expression(
    column: str, day_column: str | None, question: Question, new: dict[str, str]
) -> Any:
    from pyspark.sql import functions  # noqa: PLC0415

    kinds = {"string": "string", "int32": "int", "bool": "boolean"}
    fields = ", ".join(
        f"`{new[name].replace('`', '``')}` {kinds[str(kind)]}"
        for name, kind in question.schema.items()
    )
    quoted = [f"`{name.replace('`', '``')}`" for name in (column, day_column) if name is not None]
    function = functions.arrow_udf(
        _asker(question, list(new.values()), day_column is not None), f"struct<{fields}>"
    )
    return function(*(functions.col(name) for name in quoted))


def _named(answers: pa.StructArray, names: list[str]) -> pa.StructArray:
    return pa.StructArray.from_arrays(answers.flatten(), names=names)


def _spark(
    frame: Any, column: str, day_column: str | None, question: Question, new: dict[str, str]
) -> Any:
    answers = _spark_expression(column, day_column, question, new)
    return frame.select("*", answers.alias(_LAZY)).select("*", f"{_LAZY}.*").drop(_LAZY)


def _duckdb(  # noqa: PLR0917  # ours alone
    frame: Any,
    column: str,
    day_column: str | None,
    question: Question,
    new: dict[str, str],
    connection: Any,
) -> Any:
    types = dict(zip(frame.columns, map(str, frame.types), strict=True))
    if connection is None:
        connection = _connection_of(frame)
    function = _duckdb_function(connection, types[column], day_column is not None, question, new)
    value = _identifier(column)
    if types[column].startswith(("ENUM", '"NULL"')):
        value = f"CAST({value} AS VARCHAR)"
    elif types[column] != "VARCHAR":
        value = f"CASE WHEN {value} IS NULL THEN NULL ELSE true END"  # no text, whatever it is
    if day_column is not None:
        value += f", CAST({_identifier(day_column)} AS DATE)"
    columns = ", ".join(
        f"{_identifier(_LAZY)}.{_identifier(name)} AS {_identifier(name)}" for name in new.values()
    )
    asked = frame.project(f"*, {function}({value}) AS {_identifier(_LAZY)}")
    return asked.project(f"* EXCLUDE ({_identifier(_LAZY)}), {columns}")


def _connection_of(relation: Any) -> Any:
    """Return the connection of a relation: DuckDB 2 knows it; before, it has to be passed."""
    import duckdb  # noqa: PLC0415

    own = getattr(relation, _CONNECTION, None)
    return duckdb.default_connection() if own is None else own


def _duckdb_function(
    connection: Any, kind: str, with_days: bool, question: Question, new: dict[str, str]
) -> str:
    """Make the question a function of the connection; the same question is the same function."""
    import duckdb  # noqa: PLC0415

    textual = kind.startswith(("VARCHAR", "ENUM", '"NULL"'))
    digest = None if question.codes is None else question.codes.digest
    rules = None if question.rules is None else sha256(pickle.dumps(question.rules)).hexdigest()
    asked = (
        digest, rules, question.approved_on, question.on, question.window_years,
        tuple(new.items()), textual,
    )  # fmt: skip
    name = f"sdcert_check_{sha256(repr((asked, with_days)).encode()).hexdigest()[:16]}"
    kinds = {"string": "VARCHAR", "int32": "INTEGER", "bool": "BOOLEAN"}
    returned = duckdb.struct_type(
        {new[column]: kinds[str(kind)] for column, kind in question.schema.items()}
    )
    try:
        connection.create_function(
            name,
            _asker(question, list(new.values()), with_days),
            ["VARCHAR" if textual else "BOOLEAN", *(["DATE"] if with_days else [])],
            returned,
            type="arrow",
            null_handling="special",
        )
    except duckdb.Error as error:
        if "already created" not in str(error):
            raise
    return name


def _chunked(values: Any) -> pa.ChunkedArray:
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])


def _whole(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
