"""The functions of :mod:`sdcert.frames` on whole frames.

All of them stand on the one verb of the engines (:mod:`sdcert.frames.engines`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

import attrs
import narwhals as nw
import pyarrow as pa

from sdcert.codes import CodeBook
from sdcert.findings import Outcome
from sdcert.frames.engines import Frame, open_frame
from sdcert.frames.errors import InvalidRows, TakenColumn
from sdcert.frames.options import check_of, inputs_of, keys_of, read_file, with_unreadable
from sdcert.frames.query import VERDICT
from sdcert.messages import excerpt
from sdcert.rules import RuleBook

__all__ = ["check", "invalid", "require", "summary"]

_Frame = TypeVar("_Frame")
_FIRST: Final = 5
_FAILED: Final = [Outcome.INVALID.value, Outcome.UNDETERMINED.value]


def check(
    frame: _Frame,
    column: str | None = None,
    *,
    codes: CodeBook | None = None,
    rules: RuleBook | None = None,
    approved_on: date | str | None = None,
    on: date | None = None,
    window_years: int = 1,
    fields: bool | Iterable[str] = True,
    messages: str | None = None,
    prefix: str = "sdcert_",
    connection: object = None,
) -> _Frame:
    """Add the verdict on each value of a column.

    For every value the verdict is that of :func:`sdcert.checking.check`. A missing value (null,
    None, NaN in pandas) stays missing in all new columns; a value that is no text is ``not-text``.
    Rows, their order and all other columns stay as they are.

    Args:
        frame: A frame of pandas, Polars (eager or lazy), PyArrow (a table, batch or reader of
            batches), DuckDB (a relation), PySpark (Connect as well) or Dask. A lazy frame, and a
            reader, stay lazy: nothing is computed before your own query is. A series of pandas or
            Polars and an Arrow array are taken as frames of one column. The path of a file, which
            :func:`sdcert.files.open_table` reads, becomes a PyArrow table of text columns; a row of
            it whose day of approval cannot be read is UNDETERMINED at best, with the finding
            ``approved-on-unreadable``.
        column: The column of numbers. DuckDB and Spark do not tell names apart by case. Left out
            for a series or an array, which has but one.
        codes: As for :func:`sdcert.checking.check`.
        rules: A rule book, for who manages number and data; only with ``codes``.
        approved_on: A day for all rows, or the name of a column of days: dates, or datetimes
            without time zone, of which the day counts; in a column of objects or texts of pandas
            also texts that :func:`sdcert.dates.parse_day` reads. A row without a day is checked
            without one.
        on: The day for which the manager is asked; without it, without regard to the day.
        window_years: As for :func:`sdcert.checking.check`; for the manager it is 1.
        fields: Whether to add the parsed fields and names too, or which of them. Names cost more
            time than everything else together.
        messages: A language, ``en`` or ``zh``, to add the column ``message``: the messages of all
            findings of a row. They are worked out for rows with findings only.
        prefix: What the names of the new columns begin with.
        connection: For DuckDB before version 2: the connection of the relation, if it is not the
            default one. The check becomes a function of the connection.

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
        UnknownField: If ``fields`` names a column that there is not, or not without ``codes`` or
            ``rules``.
        UnsupportedFrame: If the frame is of no known kind, or the column of days holds no days.
        UnreadableDay: If an object in a column of days is no day.
        UnreadableFile: If a file cannot be read.
        OSError: If it cannot be opened.
        TypeError: As :func:`sdcert.checking.check`, at once; if no column is named, or ``rules``
            are given without ``codes``.
        ValueError: As :func:`sdcert.checking.check`, at once; if ``messages`` is no language.

    >>> import pyarrow as pa
    >>> table = pa.table({"number": ["鲁181402001200001", "鲁18140200120001", None]})
    >>> check(table, "number", fields=False).to_pydict()["sdcert_finding"]
    [None, 'length', None]
    >>> check(table, "number", fields=False, messages="zh").to_pydict()["sdcert_message"][1]
    '编号应有15位数字，现有14位'
    >>> check(table, "no")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.MissingColumn: the frame has no column “no” (column); it has: number
    """
    answerer, day = check_of(
        codes, approved_on, window_years, fields, rules, on, messages, prefix
    )  # fmt: skip

    def step(frame: Any) -> Any:
        given, file = read_file(frame, column, approved_on)
        opened = open_frame(given)
        inputs = inputs_of(opened, column, day, file)
        if taken := opened.taken(answerer.schema):
            raise TakenColumn(taken)
        answered = opened.with_answers(inputs, answerer, connection)
        answered = with_unreadable(answered, file.unreadable, prefix, answerer.messages)
        return opened.finish(answered)

    return _streamed(frame, step)


def summary(
    frame: _Frame,
    column: str | None = None,
    *,
    codes: CodeBook | None = None,
    approved_on: date | str | None = None,
    window_years: int = 1,
    connection: object = None,
) -> _Frame:
    """Count the rows by outcome and first finding.

    Args:
        frame: As for :func:`check`; a lazy frame stays lazy, a reader is read into a table.
        column: As for :func:`check`.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`.
        window_years: As for :func:`check`.
        connection: As for :func:`check`.

    Returns:
        A frame of the same kind with the columns ``outcome``, ``finding`` and ``rows``, the most
        frequent first. Missing values have neither outcome nor finding.

    Raises:
        FrameFault: As :func:`check`.
        UnreadableFile: As :func:`check`.
        OSError: As :func:`check`.
        TypeError: As :func:`check`.
        ValueError: As :func:`check`.

    >>> import pyarrow as pa
    >>> table = pa.table({"number": ["鲁181402001200001", "鲁18140200120001", None, "鲁"]})
    >>> summary(table, "number").to_pylist()[0]
    {'outcome': 'invalid', 'finding': 'length', 'rows': 2}
    """
    judged = _Judged(frame, column, codes, approved_on, window_years, None, connection)
    done: _Frame = judged.opened.finish(judged.counts().to_native())
    return done


def invalid(
    frame: _Frame,
    column: str | None = None,
    *,
    key: str | Sequence[str] | None = None,
    codes: CodeBook | None = None,
    approved_on: date | str | None = None,
    window_years: int = 1,
    messages: str | None = None,
    connection: object = None,
) -> _Frame:
    """Return the rows that are not VALID: INVALID and UNDETERMINED ones.

    Args:
        frame: As for :func:`check`; a lazy frame stays lazy.
        column: As for :func:`check`.
        key: The column or columns by which you know your rows; of pandas also the index, by its
            name, or as ``index``, which is all levels of one that has several. Without it all
            columns are kept.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`.
        window_years: As for :func:`check`.
        messages: As for :func:`check`; the column is called ``message``.
        connection: As for :func:`check`.

    Returns:
        A frame of the same kind with the key, the column of numbers as it was given, ``outcome``
        and ``finding``, and ``message`` if it is asked for. Missing values are not among them. A
        frame of pandas keeps its index.

    Raises:
        MissingColumn: As :func:`check`, for the key too.
        TakenColumn: If one of these three is a column of the frame that would be kept.
        FrameFault: As :func:`check`.
        UnreadableFile: As :func:`check`.
        OSError: As :func:`check`.
        TypeError: As :func:`check`.
        ValueError: As :func:`check`.

    >>> import pyarrow as pa
    >>> table = pa.table({"id": [1, 2], "number": ["鲁181402001200001", "鲁18140200120001"]})
    >>> invalid(table, "number", key="id").to_pylist()
    [{'id': 2, 'number': '鲁18140200120001', 'outcome': 'invalid', 'finding': 'length'}]
    """

    def step(frame: Any) -> Any:
        judged = _Judged(frame, column, codes, approved_on, window_years, messages, connection)
        opened = judged.opened
        keys = list(opened.names) if key is None else keys_of(opened, key)
        kept = list(dict.fromkeys([*keys, judged.number]))
        if taken := Frame(None, opened.engine, dict.fromkeys(kept)).taken(judged.told):
            raise TakenColumn(taken)
        names = {name: f"kept_{at}" for at, name in enumerate(kept)}
        names |= {name: name for name in judged.told}
        return opened.finish(opened.engine.selected(judged.failed(kept).to_native(), names))

    return _streamed(frame, step)


def require(
    frame: _Frame,
    column: str | None = None,
    *,
    key: str | Sequence[str] | None = None,
    codes: CodeBook | None = None,
    approved_on: date | str | None = None,
    window_years: int = 1,
    connection: object = None,
) -> _Frame:
    """Raise unless every value of a column is VALID; missing values are passed over.

    A lazy frame is computed for this: once if all is well, else twice. A reader, which can be read
    but once, is read into a table.

    Args:
        frame: As for :func:`check`.
        column: As for :func:`check`.
        key: As for :func:`invalid`, for the error.
        codes: As for :func:`check`.
        approved_on: As for :func:`check`.
        window_years: As for :func:`check`.
        connection: As for :func:`check`.

    Returns:
        The frame as it was given, so that a pipeline can go on with it; of a reader the table.

    Raises:
        InvalidRows: With counts and the first few failures.
        MissingColumn: As :func:`check`, for the key too, whether or not there are failures.
        FrameFault: As :func:`check`.
        UnreadableFile: As :func:`check`.
        OSError: As :func:`check`.
        TypeError: As :func:`check`.
        ValueError: As :func:`check`.

    >>> import pyarrow as pa
    >>> table = pa.table({"id": [1, 2], "number": ["鲁181402001200001", "鲁18140200120001"]})
    >>> require(table, "number", key="id")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.InvalidRows: 1 of 2 rows are not valid (length 1): 2: “鲁18140200120001” length
    >>> require(table.slice(0, 1), "number").num_rows
    1
    """  # noqa: E501  # the error's own line
    whole: Any = frame.read_all() if isinstance(frame, pa.RecordBatchReader) else frame
    judged = _Judged(whole, column, codes, approved_on, window_years, None, connection)
    keys = [] if key is None else keys_of(judged.opened, key)
    counts = _rows(judged.counts())
    failed = [row for row in counts if row[0] in _FAILED]
    done: _Frame = judged.frame
    if not failed:
        return done
    bad = judged.failed([*keys, judged.number])
    raise InvalidRows(
        tuple((finding, rows) for _, finding, rows in failed),
        sum(rows for *_, rows in counts),
        tuple(
            (", ".join(map(excerpt, own_key)) if keys else None, excerpt(value), finding)
            for *own_key, value, _, finding in _rows(bad.head(_FIRST))
        ),
    )


class _Judged:
    """A frame, and how to ask for outcome and finding of each row, and for its message."""

    def __init__(  # noqa: PLR0917  # ours alone
        self,
        frame: Any,
        column: Any,
        codes: CodeBook | None,
        approved_on: Any,
        window_years: int,
        messages: str | None,
        connection: Any,
    ) -> None:
        self.frame, file = read_file(frame, column, approved_on)
        self.opened = open_frame(self.frame)
        self.number = self.opened.column_of(column)
        check, day = check_of(codes, approved_on, window_years, False, None, None, messages, "")
        self.told = ("outcome", "finding", *check.columns[len(VERDICT) :])
        self._check = attrs.evolve(check, columns=self.told)
        self._inputs = inputs_of(self.opened, column, day, file)
        self._unread = file.unreadable
        self._connection = connection

    def rows(self, own: Mapping[str, Any]) -> Any:
        """Return some columns and what is told of each row, in Narwhals, under our own names."""
        answered = self.opened.answered(own, self._inputs, self._check, self._connection)
        return nw.from_native(with_unreadable(answered, self._unread, lang=self._check.messages))

    def failed(self, kept: Iterable[Any]) -> Any:
        """Return some columns, as ``kept_0`` and so on, of the rows that are not VALID."""
        own = {f"kept_{at}": name for at, name in enumerate(kept)}
        failed = self.rows(own).filter(nw.col("outcome").is_in(_FAILED))
        return failed.select(*own, *self.told)

    def counts(self) -> Any:
        """Return how many rows have each outcome and first finding, the most frequent first."""
        known = self.opened.grouped(self.rows({}))
        counted = known.group_by("outcome", "finding").agg(nw.len().alias("rows"))
        return counted.sort("rows", "outcome", "finding", descending=[True, False, False])


def _rows(known: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a frame of Narwhals, as Python objects."""
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    rows: list[tuple[Any, ...]] = known.rows()
    return rows


def _streamed(frame: _Frame, step: Callable[[Any], Any]) -> _Frame:
    """Take a step with a frame; with a reader of batches as each of them is read."""
    if not isinstance(frame, pa.RecordBatchReader):
        done: _Frame = step(frame)
        return done
    schema = step(pa.Table.from_batches([], frame.schema)).schema
    batches = (
        batch for given in frame for batch in step(pa.Table.from_batches([given])).to_batches()
    )
    reader: _Frame = pa.RecordBatchReader.from_batches(schema, batches)
    return reader
