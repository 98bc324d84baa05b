"""The functions of :mod:`sdcert.frames`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import attrs
import narwhals as nw

from sdcert.dates import as_day
from sdcert.findings import Outcome
from sdcert.frames.engines import (
    add_columns,
    expression_of,
    free_stem,
    known_frame,
    without_views,
)
from sdcert.frames.errors import InvalidRows, MissingColumn, TakenColumn
from sdcert.frames.names import MANAGER, NAMES
from sdcert.frames.query import FIELDS, VERDICT, Question
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.rules import RuleBook

__all__ = ["check", "expression", "invalid", "require", "summary"]

_Frame = TypeVar("_Frame")
_FIRST: Final = 5
_FAILED: Final = [Outcome.INVALID.value, Outcome.UNDETERMINED.value]


def _question(  # noqa: PLR0917  # ours alone
    codes: CodeBook | None,
    approved_on: date | str | None,
    window_years: int,
    fields: bool | Iterable[str] = False,
    rules: RuleBook | None = None,
    on: date | None = None,
) -> tuple[Question, str | None]:
    """Return the question, and the name of the column of days if there is one."""
    day_column = approved_on if isinstance(approved_on, str) else None
    day = None if isinstance(approved_on, str) or approved_on is None else approved_on
    if day is not None:
        as_day(day, "approved_on")
    if isinstance(fields, str):
        raise TypeError("fields must be a bool or some names of columns, not a str")
    known = (
        *FIELDS,
        *(NAMES if codes is not None else ()),
        *(MANAGER if rules is not None else ()),
    )
    asked = (set(known) if fields else set()) if isinstance(fields, bool) else set(fields)
    if unknown := sorted(asked.difference(known)):
        raise MissingColumn(unknown[0], known)
    wanted = tuple(name for name in known if name in asked)
    return Question(codes, day, window_years, rules, on, (*VERDICT, *wanted)), day_column


def check(
    frame: _Frame,
    column: str,
    *,
    codes: CodeBook | None = None,
    rules: RuleBook | None = None,
    approved_on: date | str | None = None,
    on: date | None = None,
    window_years: int = 1,
    fields: bool | Iterable[str] = True,
    prefix: str = "sdcert_",
    connection: object = None,
) -> _Frame:
    """Add the verdict on each value of a column.

    For every value the columns say what :func:`sdcert.checking.check` says of it. A missing value
    (null, None, NaN in pandas) stays missing in all of them; a value that is no text is
    ``not-text``. Rows, their order and all other columns stay as they are.

    Args:
        frame: A frame of pandas, Polars (eager or lazy), PyArrow, DuckDB (a relation), PySpark or
            Dask. A lazy frame stays lazy: nothing is computed before your own query is.
        column: The column of numbers.
        codes: As for :func:`sdcert.checking.check`.
        rules: A rule book, to say who manages number and data; only with ``codes``.
        approved_on: A day for all rows, or the name of a column of days: dates, or datetimes
            without time zone, of which the day counts. A row without a day is checked without one.
        on: The day for which the manager is asked; without it, without regard to the day.
        window_years: As for :func:`sdcert.checking.check`; for the manager it is 1.
        fields: Whether to add the parsed fields and names too, or which of them. Names cost more
            time than everything else together.
        prefix: What the names of the new columns begin with.
        connection: For DuckDB before version 2: the connection of the relation, if it is not the
            default one. The question becomes a function of the connection.

    Returns:
        A frame of the same kind, with these columns behind its own. Always ``outcome`` (``valid``,
        ``invalid``, ``undetermined``), ``finding`` (the code of the first finding, or null),
        ``canonical``; with ``fields`` also ``year`` (four digits), ``region_code``,
        ``series_code``, ``sequence``, ``grassroots``; with ``codes`` also ``region_name`` and
        ``authority`` of the approving body, ``series_name`` and ``grade``; with ``rules`` also
        ``manager`` (the kind of the managing body), ``manager_code`` (its own code where known) and
        ``manager_basis``, as :func:`sdcert.rules.manager_of` answers. What has no number has
        null in ``canonical`` and in all that follows; a name is null also where its code is not
        in force, or where several entries of different names were so in the window.

    Raises:
        MissingColumn: If the frame lacks a column that is named.
        TakenColumn: If the frame has a column already that would be added.
        UnsupportedFrame: If the frame is of no known kind, or the column of days holds no days.
        TypeError: As :func:`sdcert.checking.check`, at once.
        ValueError: As :func:`sdcert.checking.check`, at once.

    >>> import pyarrow as pa
    >>> table = pa.table({"number": ["鲁181402001200001", "鲁18140200120001", None]})
    >>> check(table, "number", fields=False).to_pydict()["sdcert_finding"]
    [None, 'length', None]
    >>> check(table, "no")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.MissingColumn: the frame has no column “no”; it has: number
    """
    question, day_column = _question(codes, approved_on, window_years, fields, rules, on)
    checked: _Frame = add_columns(frame, column, day_column, question, prefix, connection)
    return checked


def expression(
    column: str,
    *,
    engine: str,
    codes: CodeBook | None = None,
    rules: RuleBook | None = None,
    approved_on: date | str | None = None,
    on: date | None = None,
    window_years: int = 1,
    fields: bool | Iterable[str] = True,
    prefix: str = "",
    connection: object = None,
) -> Any:
    """Return the check as an expression for your own query.

    Args:
        column: The column of numbers; for DuckDB it must be ``VARCHAR``.
        engine: ``polars``, ``pyspark`` or ``duckdb``.
        codes: As for :func:`check`.
        rules: As for :func:`check`.
        approved_on: As for :func:`check`.
        on: As for :func:`check`.
        window_years: As for :func:`check`.
        fields: As for :func:`check`.
        prefix: What the names of the struct's fields begin with.
        connection: For DuckDB: the connection on which the query will run, if it is not the
            default one.

    Returns:
        An expression of that engine; its value is a struct of the columns that :func:`check` adds.

    Raises:
        UnsupportedFrame: If the engine is another.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"number": ["鲁181402001200001"]})
    >>> frame.select(expression("number", engine="polars").struct.field("year")).item()
    2018
    >>> expression("number", engine="abacus")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.UnsupportedFrame: 'duckdb', 'polars' or 'pyspark' is needed, not 'abacus'
    """
    question, day_column = _question(codes, approved_on, window_years, fields, rules, on)
    return expression_of(engine, column, day_column, question, prefix, connection)


def summary(
    frame: _Frame,
    column: str,
    *,
    codes: CodeBook | None = None,
    approved_on: date | str | None = None,
    window_years: int = 1,
    connection: object = None,
) -> _Frame:
    """Count the rows by outcome and first finding.

    Args:
        frame: As for :func:`check`; a lazy frame stays lazy.
        column: As for :func:`check`.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`.
        window_years: As for :func:`check`.
        connection: As for :func:`check`.

    Returns:
        A frame of the same kind with the columns ``outcome``, ``finding`` and ``rows``, the most
        frequent first. Missing values have neither outcome nor finding.

    >>> import pyarrow as pa
    >>> table = pa.table({"number": ["鲁181402001200001", "鲁18140200120001", None, "鲁"]})
    >>> summary(table, "number").to_pylist()[0]
    {'outcome': 'invalid', 'finding': 'length', 'rows': 2}
    """
    known, outcome, finding = _checked(frame, column, codes, approved_on, window_years, connection)
    names = {outcome: "outcome", finding: "finding"}
    counted = (
        known.select(*names)
        .rename(names)
        .group_by("outcome", "finding")
        .agg(nw.len().alias("rows"))
        .sort("rows", "outcome", "finding", descending=[True, False, False])
    )
    done: _Frame = counted.to_native()
    return done


def _checked(  # noqa: PLR0917  # ours alone
    frame: object,
    column: str,
    codes: CodeBook | None,
    approved_on: date | str | None,
    window_years: int,
    connection: object,
) -> tuple[Any, str, str]:
    """Return the frame with outcome and finding, and what they are called there."""
    question, day_column = _question(codes, approved_on, window_years)
    question = attrs.evolve(question, columns=("outcome", "finding"))  # nothing else is worked out
    prefix = free_stem(known_frame(frame).collect_schema().names()) + "_"
    checked: object = add_columns(frame, column, day_column, question, prefix, connection)
    return nw.from_native(checked), f"{prefix}outcome", f"{prefix}finding"


def invalid(
    frame: _Frame,
    column: str,
    *,
    key: str | Sequence[str] | None = None,
    codes: CodeBook | None = None,
    approved_on: date | str | None = None,
    window_years: int = 1,
    connection: object = None,
) -> _Frame:
    """Return the rows that are not VALID: INVALID and UNDETERMINED ones.

    Args:
        frame: As for :func:`check`; a lazy frame stays lazy.
        column: As for :func:`check`.
        key: The column or columns by which you know your rows. Without it all columns are kept.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`.
        window_years: As for :func:`check`.
        connection: As for :func:`check`.

    Returns:
        A frame of the same kind with the key, the column of numbers as it was given, ``outcome``
        and ``finding``. Missing values are not among them. A frame of pandas keeps its index.

    Raises:
        MissingColumn: As :func:`check`, for the key too.
        TakenColumn: If ``outcome`` or ``finding`` is a column of the frame that would be kept.

    >>> import pyarrow as pa
    >>> table = pa.table({"id": [1, 2], "number": ["鲁181402001200001", "鲁18140200120001"]})
    >>> invalid(table, "number", key="id").to_pylist()
    [{'id': 2, 'number': '鲁18140200120001', 'outcome': 'invalid', 'finding': 'length'}]
    """
    known, outcome, finding = _checked(
        without_views(frame), column, codes, approved_on, window_years, connection
    )
    names = [n for n in known.collect_schema().names() if n not in (outcome, finding)]
    keys = names if key is None else [key] if isinstance(key, str) else list(key)
    for name in keys:
        if name not in names:
            raise MissingColumn(name, tuple(names))
    kept = list(dict.fromkeys([*keys, column]))
    new = {outcome: "outcome", finding: "finding"}
    if taken := tuple(name for name in new.values() if name in kept):
        raise TakenColumn(taken)
    failed = known.filter(nw.col(outcome).is_in(_FAILED))
    done: _Frame = failed.select(*kept, *new).rename(new).to_native()
    return done


def require(
    frame: _Frame,
    column: str,
    *,
    key: str | Sequence[str] | None = None,
    codes: CodeBook | None = None,
    approved_on: date | str | None = None,
    window_years: int = 1,
    connection: object = None,
) -> _Frame:
    """Raise unless every value of a column is VALID; missing values are passed over.

    A lazy frame is computed for this: once if all is well, else twice.

    Args:
        frame: As for :func:`check`.
        column: As for :func:`check`.
        key: The column or columns by which you know your rows, for the error.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`.
        window_years: As for :func:`check`.
        connection: As for :func:`check`.

    Returns:
        The frame as it was given, so that a pipeline can go on with it.

    Raises:
        InvalidRows: With counts and the first few failures.
        MissingColumn: As :func:`check`, for the key too, whether or not there are failures.

    >>> import pyarrow as pa
    >>> table = pa.table({"id": [1, 2], "number": ["鲁181402001200001", "鲁18140200120001"]})
    >>> require(table, "number", key="id")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.InvalidRows: 1 of 2 rows are not valid (length 1): 2: “鲁18140200120001” length
    >>> require(table.slice(0, 1), "number").num_rows
    1
    """  # noqa: E501  # the error's own line
    asked: dict[str, Any] = {
        "codes": codes,
        "approved_on": approved_on,
        "window_years": window_years,
        "connection": connection,
    }
    names = known_frame(frame).collect_schema().names()
    keys = [] if key is None else [key] if isinstance(key, str) else list(key)
    for name in keys:
        if name not in names:
            raise MissingColumn(name, tuple(names))
    counts = _rows(summary(frame, column, **asked))
    failed = [row for row in counts if row["outcome"] in _FAILED]
    if not failed:
        return frame
    bad: Any = nw.from_native(invalid(cast("Any", frame), column, key=keys, **asked))
    raise InvalidRows(
        tuple((row["finding"], row["rows"]) for row in failed),
        sum(row["rows"] for row in counts),
        tuple(
            (
                ", ".join(excerpt(str(row[name])) for name in keys) if keys else None,
                excerpt(str(row[column])),
                row["finding"],
            )
            for row in _rows(bad.head(_FIRST).to_native())
        ),
    )


def _rows(frame: object) -> list[dict[str, Any]]:
    known: Any = nw.from_native(frame)
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    rows: list[dict[str, Any]] = known.to_arrow().to_pylist()
    return rows
