"""Numbers through SQLAlchemy 2: PostgreSQL, MySQL and MariaDB, and SQLite beside them.

The host's Session or Connection and its transaction are joined, never owned. The tables can be put
under the host's own metadata, and so under its Alembic. Other databases and drivers are refused: a
guarantee that was never tested on one is none.

A lost race is an answer (False) where the transaction sees what it lost to; where the database
aborts the transaction or shows it an old snapshot, ``ScopeContended`` is raised. SERIALIZABLE may
refuse as late as the host's commit. READ UNCOMMITTED is refused (MySQL, MariaDB).
"""

from __future__ import annotations

import re
from typing import Any, Final

from sdcert._public import publish
from sdcert.allocation import (
    BrokenStore,
    Issued,
    NumberNotIssued,
    Request,
    ScopeContended,
    State,
)
from sdcert.allocation.model import Advance
from sdcert.errors import MissingExtra
from sdcert.stores._packing import (
    SPAN,
    pack,
    pack_row,
    pack_scope,
    unpack,
    unpack_row,
    unpack_scope,
)

try:
    import sqlalchemy as sa
except ImportError:
    raise MissingExtra("sdcert.stores.sqlalchemy", "sqlalchemy") from None

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session

from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.stores import _direct, _joining
from sdcert.stores._given import check_advance, check_append, check_read, check_void
from sdcert.stores._tables import (
    AllocationTables,
    begin_for_real,
    define_tables,
    trigger_statements,
)
from sdcert.stores.races import is_lost_race, reporting_lost_races

T = TypeVar("T")

__all__ = [
    "AllocationTables",
    "AsyncSQLAlchemyStore",
    "SQLAlchemyStore",
    "begin_for_real",
    "define_tables",
    "trigger_statements",
]

_BINDS: Final = (AsyncConnection, AsyncSession, async_scoped_session)

_COLUMNS: Final = ("digits", "request_key", "grassroots", "voided")

# How many keys one statement looks up: SQLite takes so many parameters, the others any number.
_CHUNK: Final = {"sqlite": 500}
_MANY: Final = 10_000

# PostgreSQL, of a number that is there already: Key (digits)=(189002091200001) already exists.
_TAKEN_DIGITS: Final = re.compile(r"\(digits\)=\(([0-9]+)\)")


class SQLAlchemyStore(_joining.Joined):
    """An :class:`~sdcert.allocation.AllocationStore` in a host's Session or Connection.

    On PostgreSQL, MySQL and MariaDB it offers the optional third verb
    (:class:`~sdcert.allocation.model.OneStatementStore`).

    Args:
        bind: The host's Session or Connection, in the transaction that the host ends.
        tables: From :func:`define_tables`.

    Raises:
        TypeError: If ``bind`` is an Engine or ``tables`` a MetaData, say.
        ValueError: If the database or the driver is not a supported one.

    >>> import sqlalchemy
    >>> from sdcert.allocation import Request, allocate
    >>> from sdcert.numbering import NumberScope
    >>> metadata = sqlalchemy.MetaData()
    >>> tables = define_tables(metadata)
    >>> engine = sqlalchemy.create_engine("sqlite://")
    >>> metadata.create_all(engine)
    >>> with engine.begin() as connection:
    ...     batch = [Request("a", NumberScope(2018, "90020", "912"))]
    ...     [issued] = allocate(SQLAlchemyStore(connection, tables), batch)
    >>> str(issued.number)
    '鲁189002091200001'
    >>> with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
    ...     allocate(SQLAlchemyStore(connection, tables), [Request("b", issued.number.scope)])
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.TransactionRequired: SQLAlchemyStore writes inside a transaction ...
    >>> SQLAlchemyStore(engine, tables)
    Traceback (most recent call last):
        ...
    TypeError: bind must be a Session or Connection, in a transaction, not Engine
    >>> engine.dispose()
    """

    def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`sdcert.allocation.AllocationStore.read`."""
        check_read(scope, keys)
        connection = self._join()
        with reporting_lost_races(scope):
            rows = self._known(connection, keys)
            # After the keys: at READ COMMITTED each statement sees its own moment, and a number
            # that is read must never lie beyond the counter.
            params = {"p_scope": pack_scope(scope)}
            if self._dialect == "mysql":
                last, level = connection.execute(self._mysql.last, params).one()
                _joining.check_level(level)
            else:
                last = connection.execute(self._statements.last, params).scalar()
        return State(last, {row[1]: unpack_row(*row) for row in rows})

    def append(self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]) -> bool:
        """See :meth:`sdcert.allocation.AllocationStore.append`."""
        check_append(scope, issued)
        connection = self._join_transaction(scope)
        rows = [dict(zip(_COLUMNS, pack_row(entry), strict=True)) for entry in issued]
        last = max(expected or 0, issued[-1].number.sequence)
        params = {"p_scope": pack_scope(scope), "p_last": last}
        try:
            with reporting_lost_races(scope), _direct.one(connection):
                # First the counter: from here on this transaction holds the scope.
                if expected is None:
                    connection.execute(self._statements.first, params)
                else:
                    params["p_expected"] = expected
                    if connection.execute(self._statements.next, params).rowcount != 1:
                        raise _direct.Refused
                connection.execute(self._statements.insert, rows)
            return True
        except (_direct.Refused, sa.exc.IntegrityError):
            pass
        if not self._sees_why(scope, expected, issued):
            raise ScopeContended(scope)
        return False

    def advance(self, scope: NumberScope, requests: Sequence[Request]) -> Advance:
        """See :meth:`sdcert.allocation.model.OneStatementStore.advance`.

        On SQLite it only reads: there is no round trip to save.
        """
        check_advance(scope, requests)
        first = None
        if self._dialect != "sqlite":
            try:
                if self._dialect == "postgresql":
                    first = self._advance(self._join_transaction(scope), scope, requests)
                else:
                    first = self._advance_mysql(self._join(), scope, requests)
            except Exception as error:
                _explain(error, scope)
                raise
        if first is None:
            return Advance(self.read(scope, [request.key for request in requests]), None)
        return Advance(State(first - 1), first)

    def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        check_void(number, reason)
        connection = self._join_transaction(number.scope)
        packed = pack(number)
        params = {"p_digits": packed, "p_grassroots": number.grassroots, "p_reason": reason}
        with reporting_lost_races(number.scope):
            done = connection.execute(self._statements.void, params)
        if done.rowcount != 1:
            row: Any = connection.execute(self._statements.recorded, {"p_digits": packed}).first()
            raise NumberNotIssued(number, None if row is None else unpack(*row))

    def numbers(self, scope: NumberScope) -> Iterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        first = pack_scope(scope) * SPAN
        span = {"p_first": first, "p_final": first + SPAN - 1}
        rows: Any = self._join().execute(self._statements.numbers, span)
        return (unpack_row(*row) for row in rows)

    def recount(self) -> dict[NumberScope, int]:
        """Repair the counters that lie behind their numbers, in the host's transaction.

        A counter that was set back or deleted (an old backup of one table, a script) refuses every
        allocation; here it is set to the greatest number of its scope. A counter that lies beyond
        its numbers is left: what it gave out may have been shown to people.

        Returns:
            The scopes whose counter was repaired, and its last sequence now.

        Raises:
            TransactionRequired: As for every verb that writes.
            ScopeContended: If another transaction was faster: roll back and start again.
        """
        repaired = {}
        rows: Any = self._join_transaction(None).execute(self._statements.greatest).all()
        for packed, last in ((int(row[0]), int(row[1])) for row in rows):  # some answer Decimals
            scope, connection = unpack_scope(packed), self._join()
            params = {"p_scope": packed, "p_last": last}
            last_read = self._statements.last
            try:
                with reporting_lost_races(scope):
                    done = connection.execute(self._statements.raise_to, params).rowcount
                    if not done and connection.execute(last_read, params).scalar() is None:
                        connection.execute(self._statements.first, params)
                        done = 1
            except sa.exc.IntegrityError as error:  # another has just begun to count it
                raise ScopeContended(scope) from error
            if done:
                repaired[scope] = last
        return repaired

    def _known(self, connection: sa.Connection, keys: Sequence[str]) -> list[Any]:
        """Return the rows that keys have, whatever their scope."""
        statements, size = self._statements, _CHUNK.get(self._dialect, _MANY)
        known = statements.known if self._dialect == "postgresql" else statements.known_in
        rows: list[Any] = []
        for start in range(0, len(keys), size):
            rows += connection.execute(known, {"p_keys": list(keys[start : start + size])})
        return rows

    def _sees_why(self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]) -> bool:
        """Whether this transaction can read why an append was refused (no old snapshot)."""
        state = self.read(scope, [entry.key for entry in issued if entry.key is not None])
        if state.last != expected or state.issued:
            return True
        there = {entry.number.digits for entry in self.numbers(scope)}
        return not there.isdisjoint(entry.number.digits for entry in issued)

    def _advance_mysql(
        self, connection: sa.Connection, scope: NumberScope, requests: Sequence[Request]
    ) -> int | None:
        """Bump the counter and insert; return the first sequence written, or None."""
        last, taken = self._mysql.bump_and_insert(connection, pack_scope(scope), requests)
        if last is not None:
            return last - len(requests) + 1
        if not taken:  # is it the session? A taken key is for the policy to decide on
            self._join_transaction(scope)
        return None

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
        if _direct.is_plain(connection):
            last = _direct.run(connection, self._statements, statement, params)
        else:
            last = connection.execute(statement, params).scalar()
        # One row answers with its number, many with the last sequence.
        return None if last is None else last % SPAN - count + 1


class AsyncSQLAlchemyStore:
    """:class:`SQLAlchemyStore` in a host's AsyncSession or AsyncConnection.

    Args:
        bind: The host's AsyncSession or AsyncConnection, in the transaction that the host ends.
        tables: From :func:`define_tables`.

    >>> import asyncio
    >>> import sqlalchemy as sa
    >>> from sqlalchemy.ext.asyncio import create_async_engine
    >>> from sdcert import NumberScope, Request
    >>> from sdcert.allocation import allocate_async
    >>> from sdcert.sqlalchemy import AsyncSQLAlchemyStore, define_tables
    >>> metadata = sa.MetaData()
    >>> tables = define_tables(metadata)
    >>> async def main():
    ...     engine = create_async_engine("sqlite+aiosqlite://")
    ...     async with engine.begin() as connection:
    ...         await connection.run_sync(metadata.create_all)
    ...         store = AsyncSQLAlchemyStore(connection, tables)
    ...         [issued] = await allocate_async(
    ...             store, [Request("form-1", NumberScope(2024, "91020", "603"))]
    ...         )
    ...     await engine.dispose()
    ...     return str(issued.number)
    >>> asyncio.run(main())
    '鲁249102060300001'
    """

    def __init__(self, bind: AsyncSession | AsyncConnection, tables: AllocationTables) -> None:
        _joining.check_types(bind, tables, _BINDS, "Async")
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
        """See :meth:`sdcert.allocation.model.OneStatementStore.advance`."""
        return await self._run(lambda store: store.advance(scope, requests))

    async def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        await self._run(lambda store: store.void(number, reason))

    async def numbers(self, scope: NumberScope) -> AsyncIterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        for issued in await self._run(lambda store: list(store.numbers(scope))):
            yield issued

    async def recount(self) -> dict[NumberScope, int]:
        """See :meth:`SQLAlchemyStore.recount`."""
        return await self._run(lambda store: store.recount())

    async def _run(self, verb: Callable[[SQLAlchemyStore], T]) -> T:
        return await self._bind.run_sync(lambda bind: verb(SQLAlchemyStore(bind, self._tables)))


def _explain(error: Exception, scope: NumberScope) -> None:
    """Raise what it means that the one statement failed, if it means anything to the caller."""
    if isinstance(error, sa.exc.IntegrityError):
        detail = getattr(getattr(error.orig, "__cause__", None), "detail", "")  # of asyncpg
        if taken := _TAKEN_DIGITS.search(f"{error.orig} {detail}"):
            number = unpack(int(taken[1]), False)
            raise BrokenStore(scope, "advance", "behind", str(number)) from error
        raise ScopeContended(scope) from error  # a key was taken while the statement waited
    if is_lost_race(error):
        raise ScopeContended(scope) from error


publish(__name__)
