"""Numbers wherever SQLAlchemy 2 goes: PostgreSQL, and SQLite beside it.

The host's Session or Connection and its transaction are joined, never owned. The tables can be put
under the host's own metadata, and so under its Alembic. Other databases are refused: a guarantee
that was never tested on one is none.

PostgreSQL: at READ COMMITTED, its default, a lost race is an answer (False); at REPEATABLE READ and
SERIALIZABLE the database aborts the transaction, which is reported as a lost race as well, and
SERIALIZABLE may do so as late as the host's commit.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, Final

from sdcert.allocation import (
    Advance,
    Issued,
    NumberNotIssued,
    Request,
    ScopeContended,
    State,
    TransactionRequired,
)
from sdcert.errors import MissingExtra
from sdcert.stores._packing import SPAN, pack, pack_scope, unpack

try:
    import sqlalchemy as sa
    from sqlalchemy import orm
except ImportError:
    raise MissingExtra("sdcert.stores.sqlalchemy", "sqlalchemy") from None

from sdcert.stores._schema import AllocationTables, define_tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from typing import TypeVar

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

    from sdcert.numbering import CertificateNumber, NumberScope

    T = TypeVar("T")

__all__ = ["AllocationTables", "AsyncSQLAlchemyStore", "SQLAlchemyStore", "define_tables"]

# serialization_failure, deadlock_detected, lock_not_available: somebody else was faster.
_LOST_RACE: Final = frozenset({"40001", "40P01", "55P03"})
_SQLITE_BUSY, _SQLITE_LOCKED = 5, 6
_CHUNK: Final = 500

# The events of executing one statement, of an engine or connection and of a dialect.
_HEARD: Final = (
    "before_execute",
    "after_execute",
    "before_cursor_execute",
    "after_cursor_execute",
)
_HEARD_OF_DIALECT: Final = (
    "do_execute",
    "do_execute_no_params",
    "do_setinputsizes",
    "handle_error",
)


class SQLAlchemyStore:
    """An :class:`~sdcert.allocation.AllocationStore` in a host's Session or Connection.

    On PostgreSQL it offers the one-statement path (:class:`~sdcert.allocation.OneStatementStore`).

    Args:
        bind: The host's Session or Connection, in the transaction that the host ends.
        tables: From :func:`define_tables`.

    Raises:
        ValueError: If the database is neither PostgreSQL nor SQLite.

    >>> import sqlalchemy
    >>> from sdcert.allocation import Request, allocate
    >>> from sdcert.numbering import NumberScope
    >>> metadata = sqlalchemy.MetaData()
    >>> tables = define_tables(metadata)
    >>> engine = sqlalchemy.create_engine("sqlite://")
    >>> metadata.create_all(engine)
    >>> with engine.begin() as connection:
    ...     asked = [Request("a", NumberScope(2018, "90020", "912"))]
    ...     [issued] = allocate(SQLAlchemyStore(connection, tables), asked)
    >>> str(issued.number)
    '鲁189002091200001'
    >>> with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
    ...     allocate(SQLAlchemyStore(connection, tables), [Request("b", issued.number.scope)])
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.TransactionRequired: SQLAlchemyStore writes inside a transaction ...
    >>> engine.dispose()
    """

    def __init__(self, bind: orm.Session | sa.Connection, tables: AllocationTables) -> None:
        self._bind = bind
        self._dialect = self._join().dialect.name
        if self._dialect not in ("postgresql", "sqlite"):
            raise ValueError(f"SQLAlchemyStore knows postgresql and sqlite, not {self._dialect}")
        self._statements = tables.statements

    def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`sdcert.allocation.AllocationStore.read`."""
        execute, statements = self._join().execute, self._statements
        try:
            rows: list[Any] = []
            if self._dialect == "postgresql":
                if keys:
                    rows += execute(statements.known, {"p_keys": list(keys)})
            else:
                for start in range(0, len(keys), _CHUNK):
                    chunk = list(keys[start : start + _CHUNK])
                    rows += execute(statements.known_in, {"p_keys": chunk})
            # After the keys: at READ COMMITTED each statement sees its own moment, and a number
            # that is told must never lie beyond the counter.
            last = execute(statements.last, {"p_scope": pack_scope(scope)}).scalar()
        except sa.exc.DBAPIError as error:
            raise _contended(error, scope) from error
        return State(last, {row[0]: _issued(*row) for row in rows})

    def append(self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]) -> bool:
        """See :meth:`sdcert.allocation.AllocationStore.append`."""
        connection = self._join_transaction(scope)
        rows: list[dict[str, Any]] = [
            {
                "number": pack(entry.number),
                "key": entry.key,
                "grassroots": entry.number.grassroots,
                "void_reason": "" if entry.voided else None,
            }
            for entry in issued
        ]
        packed = pack_scope(scope)
        last = max(expected or 0, rows[-1]["number"] - packed * SPAN)
        try:
            # First the counter: from here on this transaction holds the scope.
            if expected is None:
                first = self._statements.first_on[self._dialect]
                counted = connection.execute(first, {"p_scope": packed, "p_last": last})
            else:
                counted = connection.execute(
                    self._statements.next,
                    {"p_scope": packed, "p_last": last, "p_expected": expected},
                )
            if counted.rowcount != 1:
                return False
            insert = self._insert_all if self._dialect == "postgresql" else self._insert_checked
            if insert(connection, rows):
                return True
            self._restore(connection, packed, expected)
        except sa.exc.DBAPIError as error:
            _contended(error, scope)
        return False

    def advance(self, scope: NumberScope, requests: Sequence[Request]) -> Advance:
        """See :meth:`sdcert.allocation.OneStatementStore.advance`.

        On SQLite it only reads: there is no round trip to save.
        """
        if self._dialect == "postgresql":
            connection = self._join_transaction(scope)
            try:
                first = self._advance(connection, scope, requests)
            except sa.exc.IntegrityError as error:  # a key was taken while the statement waited
                raise ScopeContended(scope) from error
            except sa.exc.DBAPIError as error:
                raise _contended(error, scope) from error
            if first is not None:
                return Advance(State(first - 1), first)
        return Advance(self.read(scope, [request.key for request in requests]), None)

    def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        connection = self._join_transaction(number.scope)
        packed = pack(number)
        try:
            done = connection.execute(
                self._statements.void,
                {"p_number": packed, "p_grassroots": number.grassroots, "p_reason": reason},
            )
        except sa.exc.DBAPIError as error:
            raise _contended(error, number.scope) from error
        if done.rowcount != 1:
            row: Any = connection.execute(self._statements.recorded, {"p_number": packed}).first()
            raise NumberNotIssued(number, None if row is None else unpack(row[0], row[1]))

    def numbers(self, scope: NumberScope) -> Iterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        first = pack_scope(scope) * SPAN
        span = {"p_first": first, "p_final": first + SPAN - 1}
        rows: Any = self._join().execute(self._statements.numbers, span)
        return (_issued(row[0], row[1], row[2], row[3]) for row in rows)

    def _advance(
        self, connection: sa.Connection, scope: NumberScope, requests: Sequence[Request]
    ) -> int | None:
        """Run the one statement, and return the first sequence written, or None."""
        packed, count = pack_scope(scope), len(requests)
        if count == 1:
            [request] = requests
            statement: sa.Insert | sa.Select[Any] = self._statements.advance_one
            params: dict[str, Any] = {"p_key": request.key, "p_grassroots": request.grassroots}
        else:
            statement = self._statements.advance_all
            params = {
                "p_keys": "\n".join([request.key for request in requests]),
                "p_marked": [at for at, request in enumerate(requests, 1) if request.grassroots],
                "p_count": count,
            }
        params |= {"p_scope": packed, "p_base": packed * SPAN}
        if _is_plain(connection):
            last = self._on_the_driver(connection, statement, params)
        else:
            last = connection.execute(statement, params).scalar()
        # One row answers with its number, many with the last sequence.
        return None if last is None else last % SPAN - count + 1

    def _on_the_driver(
        self,
        connection: sa.Connection,
        statement: sa.Insert | sa.Select[Any],
        params: dict[str, Any],
    ) -> Any:
        """Run a statement on the transaction's own driver connection: half the cost of a round.

        Errors are SQLAlchemy's, and a connection that is lost is given up as SQLAlchemy would.
        """
        from sdcert.stores import _one_trip  # noqa: PLC0415  # psycopg is there: it is in use

        dialect, proxy = connection.dialect, connection.connection
        driver: Any = proxy.driver_connection
        text = ""
        base: Any = dialect.loaded_dbapi.Error
        try:
            if _one_trip.is_ready(driver, proxy.info):
                numbered, names = self._statements.numbered(statement)
                values = [params[name] for name in names]
                done, answer = _one_trip.begin_and_run(driver, proxy.info, numbered, values)
                if done:
                    return answer
            text = self._statements.text(statement, dialect)
            cursor = proxy.cursor()
            try:
                cursor.execute(text, params)
                row = cursor.fetchone()
            finally:
                cursor.close()
        except base as error:
            lost = dialect.is_disconnect(error, proxy, None)
            if lost:
                # With it everything in the pool that is as old: its server is gone, most likely.
                forget = getattr(connection.engine.pool, "_invalidate", lambda *_: None)
                forget(proxy, error)
                connection.invalidate(error)
            raise sa.exc.DBAPIError.instance(
                text, params, error, base, connection_invalidated=lost, dialect=dialect
            ) from error
        except BaseException:
            # Broken off where nothing else could be done: a rollback would only complain of it.
            if driver.closed:
                connection.invalidate()
            raise
        return None if row is None else row[0]

    def _insert_all(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> bool:
        arrays: dict[str, object] = {
            f"p_{name}s": [row[name] for row in rows]
            for name in ("number", "key", "grassroots", "void_reason")
        }
        arrays["p_count"] = len(rows)
        found: Any = connection.execute(self._statements.insert_all, arrays).one()
        count, undo = found[0], found[1]
        if count == len(rows):
            return True
        connection.execute(self._statements.undo_issued, {"p_numbers": undo or []})
        return False

    def _insert_checked(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> bool:
        # The counter's row has given this transaction the only write lock: what is not there now
        # cannot come.
        for start in range(0, len(rows), _CHUNK // 2):
            chunk = rows[start : start + _CHUNK // 2]
            given = {
                "p_keys": [row["key"] for row in chunk if row["key"] is not None],
                "p_numbers": [row["number"] for row in chunk],
            }
            if connection.execute(self._statements.taken, given).scalar():
                return False
        connection.execute(self._statements.insert, rows)
        return True

    def _restore(self, connection: sa.Connection, packed: int, expected: int | None) -> None:
        if expected is None:
            connection.execute(self._statements.undo_first, {"p_scope": packed})
        else:
            params = {"p_scope": packed, "p_expected": expected}
            connection.execute(self._statements.undo_next, params)

    def _join(self) -> sa.Connection:
        """Return the connection, in the transaction or savepoint that the host is in now.

        A Session is asked each time: it sends the SAVEPOINT of ``begin_nested`` only when its
        connection is next asked for, and refuses where it would refuse a statement.
        """
        bind = self._bind
        return bind if isinstance(bind, sa.Connection) else bind.connection()

    def _join_transaction(self, scope: NumberScope) -> sa.Connection:
        connection = self._join()
        if self._dialect == "sqlite":
            driver: Any = connection.connection.driver_connection
            if not driver.in_transaction:
                # Drivers begin before the first statement that writes, unless they are told not
                # to, in a way of their own. Writing nothing tells.
                try:
                    connection.execute(self._statements.nothing)
                except sa.exc.DBAPIError as error:
                    raise _contended(error, scope) from error
            bare = not driver.in_transaction
        else:
            # Of the engine, only what stands between SQLAlchemy and every driver can tell.
            level = connection.get_execution_options().get("isolation_level")
            adapted = connection.connection.dbapi_connection
            bare = level == "AUTOCOMMIT" or getattr(adapted, "autocommit", False) is True
        if bare:
            raise TransactionRequired(type(self).__name__)
        return connection


class AsyncSQLAlchemyStore:
    """:class:`SQLAlchemyStore` in a host's AsyncSession or AsyncConnection.

    Args:
        bind: The host's AsyncSession or AsyncConnection, in the transaction that the host ends.
        tables: From :func:`define_tables`.
    """

    def __init__(self, bind: AsyncSession | AsyncConnection, tables: AllocationTables) -> None:
        self._bind = bind
        self._tables = tables

    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`sdcert.allocation.AllocationStore.read`."""
        return await self._run(lambda store: store.read(scope, keys))

    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool:
        """See :meth:`sdcert.allocation.AllocationStore.append`."""
        return await self._run(lambda store: store.append(scope, expected, issued))

    async def advance(self, scope: NumberScope, requests: Sequence[Request]) -> Advance:
        """See :meth:`sdcert.allocation.OneStatementStore.advance`."""
        return await self._run(lambda store: store.advance(scope, requests))

    async def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        await self._run(lambda store: store.void(number, reason))

    async def numbers(self, scope: NumberScope) -> AsyncIterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        for issued in await self._run(lambda store: list(store.numbers(scope))):
            yield issued

    async def _run(self, verb: Callable[[SQLAlchemyStore], T]) -> T:
        return await self._bind.run_sync(functools.partial(_joined, self._tables, verb))


def _joined(
    tables: AllocationTables,
    verb: Callable[[SQLAlchemyStore], T],
    bind: orm.Session | sa.Connection,
) -> T:
    return verb(SQLAlchemyStore(bind, tables))


def _is_plain(connection: sa.Connection) -> bool:
    """Whether nobody would miss SQLAlchemy's own execution of one statement.

    It would be missed where SQLAlchemy refuses to execute, and where somebody listens or reads the
    log. What cannot be told is taken as a yes to that.
    """
    dialect, engine = connection.dialect, connection.engine
    nested = connection.get_nested_transaction()
    # The ``with`` block that a statement stands in: its transaction may be over already.
    block = getattr(connection, "_trans_context_manager", False)
    # Asking each event for its listeners costs more than all the rest: SQLAlchemy itself asks this
    # first, so we do.
    deaf = not (
        getattr(connection, "_has_events", True)
        or getattr(engine, "_has_events", True)
        or getattr(dialect, "_has_events", True)
    )
    return (
        dialect.driver == "psycopg"
        and connection.in_transaction()
        and (nested is None or nested.is_active)
        and (block is None or getattr(block, "is_active", False))
        and not engine.logger.isEnabledFor(logging.INFO)
        and (deaf or not _is_heard(connection))
        and "schema_translate_map" not in connection.get_execution_options()
    )


def _is_heard(connection: sa.Connection) -> bool:
    return any(getattr(connection.dispatch, event) for event in _HEARD) or any(
        getattr(connection.dialect.dispatch, event) for event in _HEARD_OF_DIALECT
    )


def _contended(error: sa.exc.DBAPIError, scope: NumberScope) -> ScopeContended:
    """Return a lost race as such; everything else is raised as it is."""
    origin: Any = error.orig
    state = getattr(origin, "sqlstate", None)
    code = getattr(origin, "sqlite_errorcode", None)
    if state in _LOST_RACE or (code is not None and code & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED)):
        return ScopeContended(scope)
    raise error


def _issued(key: str | None, packed: int, grassroots: bool, voided: bool) -> Issued:
    return Issued(key, unpack(packed, grassroots), bool(voided))
