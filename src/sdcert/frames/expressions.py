"""The check within queries of others: as an expression, on a series, as a function of SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sdcert.codes import CodeBook
from sdcert.dates import as_day
from sdcert.errors import expect
from sdcert.frames import engines
from sdcert.frames.engines import Input, Role
from sdcert.frames.errors import unsupported
from sdcert.frames.options import check_of
from sdcert.frames.query import VALID, Check
from sdcert.rules import RuleBook

__all__ = ["expression", "register", "valid"]


def expression(
    column: Any,
    *,
    engine: str | None = None,
    codes: CodeBook | None = None,
    rules: RuleBook | None = None,
    approved_on: Any = None,
    on: date | None = None,
    window_years: int = 1,
    fields: bool | Iterable[str] = True,
    messages: str | None = None,
    prefix: str = "",
    connection: object = None,
) -> Any:
    """Return the check as an expression, for a query of your own.

    Args:
        column: The name of the column of numbers, or an expression of Polars, PySpark or DuckDB; a
            field of a struct is one.
        engine: ``polars``, ``pyspark`` or ``duckdb``; needed where ``column`` is a name.
        codes: As for :func:`check`.
        rules: As for :func:`check`.
        approved_on: As for :func:`check`; or an expression of days.
        on: As for :func:`check`.
        window_years: As for :func:`check`.
        fields: As for :func:`check`.
        messages: As for :func:`check`.
        prefix: What the names of the struct's fields begin with.
        connection: For DuckDB: the connection on which the query will run, if it is not the
            default one; itself, not a cursor made for this call, since DuckDB ends the process if
            the query runs after what it was given is gone.

    Returns:
        An expression of that engine; its value is a struct of the columns that :func:`check` adds.
        On Polars its output keeps the name of its root.

    Raises:
        UnsupportedFrame: If the engine is another, or the days are of another one.
        UnknownField: As :func:`check`.
        TypeError: As :func:`check`.
        ValueError: As :func:`check`.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"number": [" 鲁181402001200001"]})
    >>> frame.select(expression(pl.col("number").str.strip_chars()).struct.field("year")).item()
    2018
    >>> expression("number", engine="abacus")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.UnsupportedFrame: engine: 'duckdb', 'polars' or 'pyspark', or an \
expression of one of these is needed, not 'abacus'
    """
    own = engines.engine_of_expression(column)
    named = own is not None or isinstance(column, str)
    known = engines.EXPRESSIONS.get(engine) if named and isinstance(engine, str) else None
    of = known or own
    if of is None or (engine is not None and own not in (None, known)):
        given = engines.type_name(column) if own is not None or not named else repr(engine)
        raise unsupported("engine", "engine", type=given)
    days = approved_on
    if not isinstance(days, str) and engines.engine_of_expression(days) is None:
        days = None
    fixed = approved_on if days is None else None
    answerer, _ = check_of(codes, fixed, window_years, fields, rules, on, messages, prefix)
    made = of.expression(pair_of(column, days, of), answerer, connection)
    if not isinstance(column, str) and of is not engines.EXPRESSIONS["duckdb"]:
        return made  # Polars gives it the name of its root; of Spark's no name is known
    return made.alias(column if isinstance(column, str) else column.get_name())


def valid(
    values: Any,
    *,
    codes: CodeBook | None = None,
    approved_on: Any = None,
    window_years: int = 1,
    connection: object = None,
) -> Any:
    """Tell for each value whether it is VALID: a boolean, null for a missing value.

    This is what frameworks that check data take: a function on a series, or an expression.
    UNDETERMINED is not VALID.

    Args:
        values: A series of pandas, Polars or Dask, an Arrow array, or an expression of Polars,
            PySpark or DuckDB.
        codes: As for :func:`check`.
        approved_on: One day for all values; or the days of the values, of the same kind as these
            and one for each; a series of pandas with the same index.
        window_years: As for :func:`check`.
        connection: As for :func:`expression`.

    Returns:
        Booleans of the same kind. A series keeps its name and index, an expression of Polars its
        root's name; a column of PySpark or DuckDB is named with ``alias``.

    Raises:
        UnsupportedFrame: If the values are of another kind; a name of a column is none. Or if the
            days do not belong to the values.
        UnreadableDay: As :func:`check`.
        TypeError: As :func:`check`.
        ValueError: As :func:`check`.

    >>> import polars as pl
    >>> valid(pl.Series("number", ["鲁181402001200001", "鲁18", None])).to_list()
    [True, False, None]
    >>> valid("number")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.UnsupportedFrame: values: a column or an expression of pandas, Polars, \
PyArrow, DuckDB, PySpark or Dask is needed, not builtins.str
    """
    days = None if approved_on is None or isinstance(approved_on, date) else approved_on
    fixed = approved_on if days is None else None
    answerer = Check(codes, fixed, window_years, columns=(VALID,))
    engine = engines.engine_of_expression(values)
    if engine is not None:
        made = engine.expression(pair_of(values, days, engine), answerer, connection)
        return engine.field(made, VALID, values)
    return engines.series_answer(values, days, answerer)


def register(
    target: Any,
    name: str = "sdcert_check",
    *,
    with_day: bool = False,
    codes: CodeBook | None = None,
    rules: RuleBook | None = None,
    approved_on: date | None = None,
    on: date | None = None,
    window_years: int = 1,
    fields: bool | Iterable[str] = True,
    messages: str | None = None,
) -> None:
    """Make the check a function of SQL, in place of one of the same name.

    Args:
        target: A connection of DuckDB or a session of Spark; the function lives as long. DuckDB
            lets all its cursors call it, and ends the process if they do so after the one that was
            passed is gone.
        name: What SQL calls it.
        with_day: Whether the function has a second argument, the day of approval.
        codes: As for :func:`check`.
        rules: As for :func:`check`.
        approved_on: One day for all values; not beside ``with_day``.
        on: As for :func:`check`.
        window_years: As for :func:`check`.
        fields: As for :func:`check`.
        messages: As for :func:`check`.

    Raises:
        UnsupportedFrame: If the target is another, or the name one that cannot be given. In a
            query: if there are more or fewer arguments, or the second is no day.
        UnknownField: As :func:`check`.
        TypeError: As :func:`check`.
        ValueError: As :func:`check`.

    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     register(connection, fields=["year"])
    ...     connection.sql("SELECT unnest(sdcert_check('鲁181402001200001'))").fetchall()
    [('valid', None, '鲁181402001200001', 2018)]
    >>> register("warehouse")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.UnsupportedFrame: target: a connection of DuckDB or a session of Spark is \
needed, not builtins.str
    """
    if approved_on is not None:
        as_day(approved_on, "approved_on")
        if with_day:
            raise TypeError(
                "with_day and approved_on: the day is either the argument or one for all"
            )
    answerer, _ = check_of(codes, approved_on, window_years, fields, rules, on, messages, "")
    expect(with_day, bool, "with_day")
    engine = engines.engine_of_target(target)
    called: object = name
    if not isinstance(called, str) or not called.strip():
        raise unsupported("name", "free-name", type=repr(name))
    engine.register(target, name, [Role.NUMBER, Role.DAY] if with_day else [Role.NUMBER], answerer)


def pair_of(column: Any, days: Any, engine: Any) -> tuple[Input, ...]:
    """Return the inputs of a check: numbers, and perhaps days, which an engine takes together.

    Raises:
        UnsupportedFrame: If the days are neither an expression of the engine nor a name.
    """
    number = Input(column, Role.NUMBER)
    if (
        not (days is None or isinstance(days, str))
        and engines.engine_of_expression(days) is not engine
    ):
        raise unsupported("approved_on", "days-beside", type=engines.type_name(days))
    return (number,) if days is None else (number, Input(days, Role.DAY, "approved_on"))
