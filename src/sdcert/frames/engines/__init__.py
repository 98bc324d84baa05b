"""One verb for each engine: ``with_answers(frame, inputs, answerer, connection)``.

It returns the frame with the answers behind its own columns; a lazy frame stays lazy. Beside it
each engine has ``selected(frame, columns)``, which takes some columns under names of our own: so
check, summary, invalid, require and audit go on in Narwhals with names that no engine takes for
anything else, whatever the user's are. Polars, DuckDB and Spark also have ``expression``, which
makes a struct of the answers; DuckDB and Spark have ``register``, which makes a function of SQL.

This is the only place where the engines are told apart; Narwhals does that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import narwhals as nw
import pyarrow as pa
from narwhals.exceptions import DuplicateError

from sdcert.frames.answers import Input, Role
from sdcert.frames.engines import arrow, duckdb, pandas, polars, spark
from sdcert.frames.errors import MissingColumn, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sdcert.frames.answers import Answerer

__all__ = [
    "EXPRESSIONS",
    "NO_TEXT",
    "Frame",
    "Input",
    "Role",
    "engine_of_expression",
    "engine_of_target",
    "open_frame",
    "series_answer",
    "type_name",
]

#: The engines that have expressions, by their names.
EXPRESSIONS: Final = {"duckdb": duckdb, "polars": polars, "pyspark": spark}
#: The types, as Narwhals has them, of columns whose values have no text.
NO_TEXT: Final = (nw.List, nw.Array, nw.Struct, nw.Binary, getattr(nw, "Map", nw.Binary))

_NAMELESS: Final = "number"  # the column of a series without a name
_KNOWN: Final = (nw.DataFrame, nw.LazyFrame)
_OBJECTS: Final = (pandas, arrow)  # engines whose frames hold their rows, Python objects too


_ARRAYS: Final = (pa.Array, pa.ChunkedArray)


def _same(answer: Any) -> Any:
    return answer


@attrs.frozen(eq=False)
class Frame:
    """A frame with the engine that it is of.

    Attributes:
        native: The frame as its engine has it.
        engine: The module of this package that knows the engine.
        schema: The names of its columns, and their types as Narwhals has them.
        finish: Brings an answer, as the engine has it, into the form in which the frame was given.
        only: Whether it was given as one column.
    """

    native: Any
    engine: Any
    schema: Mapping[Any, Any]
    finish: Callable[[Any], Any] = _same
    only: bool = False

    @property
    def names(self) -> tuple[Any, ...]:
        """The names of the columns."""
        return tuple(self.schema)

    def column_of(self, name: Any) -> Any:
        """Return the name of the column of numbers; a series is its own."""
        if name is None and self.only:
            return self.names[0]
        if name is None:
            raise TypeError("column is missing: name the column of numbers")
        return self.find(name)

    def find(self, name: Any, argument: str = "column") -> Any:
        """Return the name of a column as the frame has it.

        DuckDB and Spark do not tell names apart by case; of pandas an index has a name as well.

        Raises:
            MissingColumn: If there is none.
            TypeError: If it can be no name.
            UnsupportedFrame: If there are two.
        """
        try:
            if name in self.schema:
                return name
        except TypeError:  # a list, say
            kind = type(name).__name__
            raise TypeError(f"{argument} must be the name of a column, not a {kind}") from None
        if self.engine in (duckdb, spark) and isinstance(name, str):
            same = [one for one in self.schema if one.casefold() == name.casefold()]
            if len(same) > 1:
                raise unsupported(argument, "distinct", "twice")
            if same:
                return same[0]
        if self.engine is pandas and name in pandas.index_names(self.native):
            return name
        raise MissingColumn(name, self.names, argument)

    def keys_of(self, name: Any) -> list[Any]:
        """Return the names of the columns of a key; of pandas ``index`` is the whole index.

        Raises:
            MissingColumn: If there are none.
        """
        if self.engine is pandas and isinstance(name, str) and name == "index":
            levels = pandas.index_names(self.native)
            if name not in self.schema and name not in levels:
                return list(levels)
        return [self.find(name, "key")]

    def grouped(self, answered: Any) -> Any:
        """Return what was answered in Narwhals, for groups; Dask's take no index of their name."""
        known: Any = nw.from_native(answered)
        if known.implementation.is_dask():
            return nw.from_native(pandas.without_index_name(known.to_native()))
        return known

    def taken(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of some new names that the frame has already."""
        same = str.casefold if self.engine in (duckdb, spark) else str
        own = {same(str(name)) for name in self.schema}
        return tuple(name for name in names if same(name) in own)

    def refuse(self, name: Any, role: Role, argument: str) -> None:
        """Raise if the type of a column does not fit a role.

        Raises:
            UnsupportedFrame: If it does not.
        """
        kind = self.schema.get(name)
        if kind is None:
            return  # an index of pandas
        objects = kind == nw.Object and self.engine in _OBJECTS
        if role is Role.DAY:
            if isinstance(kind, nw.Datetime) and kind.time_zone is not None:
                raise unsupported(argument, "days", "zoned", type=str(kind))
            # what is no day at all may still be a batch in which none is known
            naive = isinstance(kind, nw.Datetime) or kind in (nw.Date, nw.Unknown)
            if not (naive or self.engine in _OBJECTS):
                raise unsupported(argument, "days", type=str(kind))
        if role is Role.TEXT and (isinstance(kind, NO_TEXT) or (kind == nw.Object and not objects)):
            raise unsupported(argument, "cells", type=str(kind))

    def selected(self, columns: Mapping[Any, Any]) -> Frame:
        """Take some columns under other names: those of the mapping, for what it maps them to."""
        return open_frame(self.engine.selected(self.native, columns))

    def unpivoted(self, frame: Any, columns: list[str], name: str, kept: list[str]) -> Any:
        """Make a row of each value of some columns of a frame of the same engine."""
        if self.engine in (duckdb, pandas):
            return self.engine.unpivoted(frame, columns, name, kept)
        known: Any = nw.from_native(frame).select(*columns, *kept)
        long = known.unpivot(on=columns, index=kept, variable_name="unpivoted", value_name=name)
        return long.filter(~nw.col(name).is_null()).select(*kept, name).to_native()

    def with_answers(
        self, inputs: Iterable[Input], answerer: Answerer, connection: Any = None
    ) -> Any:
        """Return the frame, as its engine has it, with the answers behind its own columns."""
        inputs, frame = tuple(inputs), self.native
        floats = [
            one.column
            for one in inputs
            if one.role is Role.TEXT and self.schema[one.column].is_float()
        ]
        if floats and self.engine not in _OBJECTS:
            # As pandas has it, NaN is a missing value: no text, and nobody's name.
            known: Any = nw.from_native(frame)
            frame = known.with_columns(nw.col(*floats).fill_nan(None)).to_native()
        return self.engine.with_answers(frame, inputs, answerer, connection)

    def answered(
        self, own: Mapping[str, Any], inputs: Iterable[Input], answerer: Answerer, connection: Any
    ) -> Any:
        """Return some columns with the answers behind them, all under names of our own.

        No engine takes these for anything else, whatever the user's are.
        """
        asked = {f"input_{at}": one for at, one in enumerate(inputs)}
        opened = self.selected({**own, **{name: one.column for name, one in asked.items()}})
        inputs = (attrs.evolve(one, column=name) for name, one in asked.items())
        return opened.with_answers(inputs, answerer, connection)


def open_frame(given: Any) -> Frame:
    """Find out of which engine a frame is.

    Raises:
        UnsupportedFrame: If it is of none that is known, or two columns have one name.
    """
    frame, finish = _table_of(given)
    try:
        known: Any = nw.from_native(frame)
        schema = known.collect_schema()
    except TypeError:
        raise unsupported("frame", "frame", type=type_name(given)) from None
    except DuplicateError:
        raise unsupported("frame", "distinct", "twice") from None
    native = known.to_native()  # Narwhals' own frames are known to it too
    engine = _engine_of(known)
    if engine is None:
        raise unsupported("frame", "frame", type=type_name(native))
    if engine is duckdb and len(set(native.columns)) < len(native.columns):
        raise unsupported("frame", "distinct", "twice")  # Narwhals sees but one of them
    return Frame(native, engine, schema, finish, frame is not given and len(schema) == 1)


def _table_of(given: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return a frame for what is none, and what brings an answer into the form of what was given.

    A series, an array, a batch, a reader of batches or any other stream of Arrow is a frame.
    """
    if isinstance(given, pa.RecordBatch):
        return pa.table(given), _batch
    if isinstance(given, _ARRAYS):
        return pa.table({_NAMELESS: given}), _same
    try:
        known: Any = nw.from_native(given, allow_series=True, pass_through=True)
    except DuplicateError:
        return given, _same
    if isinstance(known, nw.Series):
        named = known if known.name not in (None, "") else known.alias(_NAMELESS)
        return named.to_frame().to_native(), _same
    if isinstance(given, pa.RecordBatchReader):
        return given.read_all(), _same  # by way of the stream's own interface Arrow loses slices
    if known is given and hasattr(given, "__arrow_c_stream__") and not isinstance(known, _KNOWN):
        return pa.table(given), _same
    if type(given).__module__.startswith("dask.") and hasattr(given, "to_frame"):
        return given.to_frame(given.name or _NAMELESS), _same
    return given, _same


def _batch(table: pa.Table) -> pa.RecordBatch:
    columns = [column.combine_chunks() for column in table.columns]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _engine_of(known: Any) -> Any:
    engine = known.implementation
    if engine.is_pandas() or engine.is_dask():
        return pandas
    if engine.is_duckdb():
        return duckdb
    if engine.is_pyspark() or engine.is_pyspark_connect():
        return spark
    if engine.is_polars():
        return polars if isinstance(known, nw.LazyFrame) else arrow
    return arrow if engine.is_pyarrow() else None


def type_name(value: object) -> str:
    """Return the whole name of a value's type."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


def engine_of_expression(expression: Any) -> Any:
    """Return the engine of an expression, or None if it is no expression of any."""
    module = type(expression).__module__
    names = [kind.__name__ for kind in type(expression).__mro__]
    if module.startswith("polars.") and "Expr" in names:  # or a selector
        return polars
    if type(expression).__name__ == "Column" and module.startswith("pyspark.sql."):
        return spark
    if "duckdb" in module and "Expression" in names:
        return duckdb
    return None


def engine_of_target(target: Any) -> Any:
    """Return the engine in which functions of SQL can be made.

    Raises:
        UnsupportedFrame: If it is neither a connection of DuckDB nor a session of Spark.
    """
    engines = {"DuckDBPyConnection": duckdb, "SparkSession": spark}
    if engine := engines.get(type(target).__name__):
        return engine
    raise unsupported("target", "session", type=type_name(target))


def series_answer(values: Any, days: Any, answerer: Answerer) -> Any:
    """Answer for a series of pandas, Polars or Dask, or an Arrow array.

    Args:
        values: The values.
        days: The days of the values, of the same kind, or None.
        answerer: What is asked; it has one column.

    Raises:
        UnsupportedFrame: If the values are of another kind, or the days not one for each of them.
    """
    if days is not None:
        _refuse_strays(values, days)
    if _is_dask_series(values):
        own, known_days = (None if one is None else one._meta for one in (values, days))  # noqa: SLF001
        meta = series_answer(own, known_days, answerer)
        return values.map_partitions(series_answer, days, answerer, meta=meta)
    name = getattr(days, "name", None)
    inputs = [
        Input("values", Role.NUMBER, "values"),
        Input("days", Role.DAY, "approved_on", "approved_on" if name is None else name),
    ]
    given = {"values": values} if days is None else {"values": values, "days": days}
    inputs, (column,) = inputs[: len(given)], answerer.schema
    if isinstance(values, _ARRAYS):
        answers = arrow.with_answers(pa.table(given), inputs, answerer)[column]
        return answers if isinstance(values, pa.ChunkedArray) else answers.combine_chunks()
    known: Any = nw.from_native(values, allow_series=True, pass_through=True)
    engine = _engine_of(known) if isinstance(known, nw.Series) else None
    if engine not in _OBJECTS:
        raise unsupported("values", "values", type=type_name(values))
    own = [nw.from_native(one, series_only=True).alias(of) for of, one in given.items()]
    frame = own[0].to_frame().with_columns(*own).to_native()
    answered: Any = nw.from_native(engine.with_answers(frame, inputs, answerer))
    made = answered[column].alias(known.name)
    return made if isinstance(values, nw.Series) else made.to_native()


def _is_dask_series(values: Any) -> bool:
    return type(values).__module__.startswith("dask.") and hasattr(values, "map_partitions")


def _kind_of(values: Any) -> Any:
    """Return what columns of one kind have in common, or None if it is no column."""
    if isinstance(values, _ARRAYS):
        return pa.Array
    known: Any = nw.from_native(values, allow_series=True, pass_through=True)
    if isinstance(known, nw.Series):
        return known.implementation
    return nw.Implementation.DASK if _is_dask_series(values) else None


def _refuse_strays(values: Any, days: Any) -> None:
    """Raise unless there is one day for each of some values, of the same kind as these.

    Raises:
        UnsupportedFrame: If they are of another kind, more or fewer, or belong to other rows.
    """
    kind = _kind_of(values)
    if kind is None:
        return  # the values are what is wrong
    if _kind_of(days) is not kind:
        raise unsupported("approved_on", "days-beside", type=type_name(days))
    if kind is nw.Implementation.DASK:
        if days.npartitions != values.npartitions:
            counts = {"values": values.npartitions, "days": days.npartitions}
            raise unsupported("approved_on", "same-partitions", "partitions", **counts)
    elif len(days) != len(values):
        raise unsupported("approved_on", "day-each", "days", values=len(values), days=len(days))
    elif kind is nw.Implementation.PANDAS and len(values):
        own, other = (nw.to_native(one, pass_through=True).index for one in (values, days))
        if not other.equals(own):
            raise unsupported("approved_on", "same-index", "other-index")
