"""Which engine a frame is of, and how that engine asks. Only this file knows the engines.

Narwhals tells the engines apart. Frames that hold their rows go through Arrow; lazy ones take the
question along as a function of theirs on Arrow arrays, so that nothing runs before the user's own
query does.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from narwhals.exceptions import DuplicateError

from sdcert._grammar import plain_text
from sdcert._shapes import read_text
from sdcert.findings import FindingCode
from sdcert.frames.engines import duckdb as _duckdb
from sdcert.frames.engines import polars as _polars
from sdcert.frames.engines import spark as _spark
from sdcert.frames.errors import TWICE, MissingColumn, TakenColumn, UnsupportedFrame
from sdcert.frames.query import DAYS, day_array
from sdcert.frames.registry import finding_ids
from sdcert.numbering import CertificateNumber

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sdcert.frames.query import Question

__all__ = ["add_columns", "expression_of", "free_stem", "known_frame", "without_views"]

_LAZY: Final = "__sdcert"
_PLAIN: Final = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
_FRAMES: Final = (
    "a frame of pandas, Polars, PyArrow (a Table), DuckDB (a relation), PySpark or Dask"
)


def add_columns(  # noqa: PLR0917  # ours alone
    frame: Any,
    column: str,
    day_column: str | None,
    question: Question,
    prefix: str,
    connection: Any = None,
) -> Any:
    """Return the frame with the question's columns behind its own."""
    known = known_frame(frame)
    frame = known.to_native()  # Narwhals' own frames are known to it too
    names = known.collect_schema().names()
    for name in (column,) if day_column is None else (column, day_column):
        if name not in names:
            raise MissingColumn(name, tuple(names))
    new = {name: prefix + name for name in question.columns}
    engine = known.implementation
    # Some engines do not tell columns apart by case.
    same = str.casefold if engine.is_duckdb() or engine.is_pyspark() else str
    if taken := tuple(name for name in new.values() if same(name) in map(same, names)):
        raise TakenColumn(taken)
    if day_column is not None:
        kind = known.collect_schema()[day_column]
        naive = isinstance(kind, nw.Datetime) and kind.time_zone is None
        if not (naive or kind in (nw.Date, nw.Object, nw.Unknown)):
            raise UnsupportedFrame(str(kind), DAYS)
    lazy = free_stem(names)
    if engine.is_pandas():
        return _pandas(frame, column, day_column, question, new)
    if engine.is_dask():
        return frame.map_partitions(_pandas, column, day_column, question, new)
    if engine.is_duckdb():
        return _duckdb.checked(frame, column, day_column, question, new, lazy, connection)
    if engine.is_pyspark():
        return _spark.checked(frame, column, day_column, question, new, lazy)
    if engine.is_polars() and isinstance(known, nw.LazyFrame):
        textual = known.collect_schema()[column] == nw.String
        answers = _polars.expression_of(column, day_column, question, new, textual=textual)
        # Not with_columns: of a selection Polars leaves out what nobody asks for in the end.
        return frame.select(_polars.every_column(), answers.alias(lazy)).unnest(lazy)
    if isinstance(known, nw.DataFrame):
        return _eager(known, column, day_column, question, new)
    raise UnsupportedFrame(_kind(frame), _FRAMES)


def without_views(frame: Any) -> Any:
    """Return a table of PyArrow without views, which it cannot filter; any other frame as it is.

    Polars and others hand out their texts as views.
    """
    if isinstance(frame, pa.Table):
        for at, field in enumerate(frame.schema):
            if plain := _PLAIN.get(field.type):
                frame = frame.set_column(at, field.name, frame[at].cast(plain))
    return frame


def known_frame(frame: Any) -> Any:
    """Return the frame as Narwhals knows it.

    Raises:
        UnsupportedFrame: If it does not.
    """
    try:
        return nw.from_native(frame)
    except TypeError:
        raise UnsupportedFrame(_kind(frame), _FRAMES) from None
    except DuplicateError:
        raise UnsupportedFrame(*TWICE) from None


def free_stem(names: Iterable[str]) -> str:
    """Return with what the names of columns of our own can begin; none of these begins with it."""
    taken = [str(name).casefold() for name in names]  # in pandas a name need be no text
    stem = _LAZY
    while any(name.startswith(stem) for name in taken):
        stem += "_"
    return stem


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
        return _polars.expression_of(column, day_column, question, new)
    if engine == "pyspark":
        return _spark.expression_of(column, day_column, question, new)
    if engine == "duckdb":
        return _duckdb.expression_of(column, day_column, question, new, connection)
    raise UnsupportedFrame(repr(engine), "'duckdb', 'polars' or 'pyspark'")


# Frames that hold their rows.


def _eager(
    known: nw.DataFrame[Any], column: str, day_column: str | None, question: Question, new: Any
) -> Any:
    days = None if day_column is None else day_array(known[day_column].to_arrow())
    values = _chunked(known[column].to_arrow())
    answers = question.answer_all(values, days).rename_columns(list(new.values()))
    columns = nw.from_arrow(answers, backend=known.implementation)
    return known.with_columns(*columns.iter_columns()).to_native()


def _pandas(
    frame: Any, column: str, day_column: str | None, question: Question, new: dict[str, str]
) -> Any:
    import pandas as pd  # noqa: PLC0415  # only frames of pandas come here

    series = frame[column]
    odd = None
    try:
        values = None if series.dtype == object else pa.array(series, from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError):  # categories of several types, surrogates
        values = None
    if values is None:
        values, odd = _objects(series.astype(object))
    values = _chunked(values)
    days = None
    if day_column is not None:
        try:
            days = day_array(pa.array(frame[day_column], from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise UnsupportedFrame(str(frame[day_column].dtype), DAYS) from None
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


def _chunked(values: Any) -> pa.ChunkedArray:
    if not isinstance(values, pa.ChunkedArray):
        values = pa.chunked_array([values])
    if pa.types.is_run_end_encoded(values.type):
        values = pc.run_end_decode(values)
    return values
