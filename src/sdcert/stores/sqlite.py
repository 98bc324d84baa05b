"""Numbers in an SQLite file, on the standard library: the embedded default.

Usable by several threads (a connection each) and processes at once. SQLite has one write lock for
the whole file; a transaction that begins with ``BEGIN IMMEDIATE`` holds it from the start, so its
reads cannot go stale. ``synchronous=FULL``, because with less a power cut can take back numbers
that have been shown to people.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from sdcert.allocation import (
    Issued,
    NoStore,
    NumberNotIssued,
    Request,
    ScopeContended,
    State,
    TransactionRequired,
)
from sdcert.allocation.model import Advance
from sdcert.allocation.policy import LAST
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.stores._files import opening
from sdcert.stores._given import check_advance, check_append, check_read, check_void
from sdcert.stores._packing import (
    SPAN,
    pack,
    pack_row,
    pack_scope,
    unpack,
    unpack_row,
    unpack_scope,
)
from sdcert.stores._triggers import TRIGGERS
from sdcert.stores.races import reporting_lost_races

__all__ = ["SCHEMA", "SQLiteStore"]

SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS sdcert_issued (digits INTEGER PRIMARY KEY, request_key TEXT UNIQUE,"
    " grassroots INTEGER NOT NULL, voided INTEGER NOT NULL DEFAULT 0, void_reason TEXT)",
    *(statement.format(name="sdcert_issued") for statement in TRIGGERS["sqlite"]),
)
"""The statements that create the table and its guards; a host may run them in its own migration.

``digits`` are the 15 digits as an integer; ``void_reason`` is NULL while none has been given. There
is no counter beside it, which would be one page more to write for each number: a scope's last
sequence is that of its greatest number, one step down the table's own tree. So no row may ever go,
nor become another. SQLite lets ``INSERT OR REPLACE`` past the guards, unless the connection has
``PRAGMA recursive_triggers = ON``, as those that are opened here have.
"""

# How much of our schema there is, how much of anything, and how many of the table's columns.
_SCHEMA_FOUND: Final = """
SELECT
    count(*) FILTER (WHERE name IN ('sdcert_issued', 'sdcert_issued_stays', 'sdcert_issued_keeps')),
    count(*),
    (SELECT count(*) FROM pragma_table_info('sdcert_issued')
     WHERE name IN ('digits', 'request_key', 'grassroots', 'voided', 'void_reason'))
FROM sqlite_schema
"""
_COLUMNS: Final = 5

# Bound parameters that every SQLite takes in one statement.
_CHUNK: Final = 500

_READ_LAST: Final = "SELECT max(digits) FROM sdcert_issued WHERE digits BETWEEN ? AND ?"
_FACTS: Final = "SELECT digits, request_key, grassroots, voided FROM sdcert_issued WHERE "
_INSERT: Final = (
    "INSERT INTO sdcert_issued (digits, request_key, grassroots, voided) VALUES (?, ?, ?, ?)"
)
_INSERT_IF_NEW: Final = (
    "INSERT INTO sdcert_issued (digits, request_key, grassroots) VALUES (?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
# Each scope is found from the one before it, without a look at the numbers between.
_SCOPES: Final = """
WITH RECURSIVE used (scope) AS (
    SELECT min(digits) / 100000 FROM sdcert_issued
    UNION ALL
    SELECT (SELECT min(digits) / 100000 FROM sdcert_issued WHERE digits >= (scope + 1) * 100000)
    FROM used WHERE scope IS NOT NULL
)
SELECT scope FROM used WHERE scope IS NOT NULL
"""


class SQLiteStore:
    """An :class:`~sdcert.allocation.AllocationStore` on one connection.

    Either joined to a host's own connection and its transaction::

        connection.execute("BEGIN IMMEDIATE")
        allocate(SQLiteStore(connection), requests)
        ...  # the host's own rows
        connection.commit()

    or opened on a file, with a connection of its own:

    >>> from sdcert.allocation import Request, allocate
    >>> from sdcert.numbering import NumberScope
    >>> with SQLiteStore.open(":memory:") as store:
    ...     with store.transaction():
    ...         [issued] = allocate(store, [Request("a", NumberScope(2018, "90020", "912"))])
    >>> str(issued.number)
    '鲁189002091200001'

    Args:
        connection: The connection. It is used by one thread at a time, like any.

    Raises:
        TypeError: If ``connection`` is a path, say.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        if not isinstance(connection, sqlite3.Connection):
            raise TypeError(
                "connection must be a sqlite3.Connection (of a path, see SQLiteStore.open), "
                f"not {type(connection).__name__}"
            )
        self.connection = connection

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open a file with a connection of its own, and create the table if it is missing.

        Sets the journal to WAL and ``synchronous`` to FULL. Where a store must be there already
        (in production, that is, after the first day), use :meth:`open_existing`: a mistyped path
        would be a new store that begins with 00001.

        Args:
            path: The file; created if it does not exist.

        Raises:
            NoStore: If the file is no SQLite file, holds a store of an earlier version, or cannot
                be opened or created.
            ScopeContended: If others keep the file locked for too long.
        """
        with opening(path, os.fsdecode(path)) as connection:
            store = cls(connection)
            ours, _ = store._tables(path)
            # Changing the journal takes a lock that the busy handler does not wait for.
            store._patiently("PRAGMA journal_mode = WAL", 30.0)
            store._guard()
            if ours < len(SCHEMA):
                with store.transaction():
                    for statement in SCHEMA:
                        connection.execute(statement)
        return store

    @classmethod
    def open_existing(cls, path: str | os.PathLike[str]) -> Self:
        """Open a store that is there, and change nothing by opening it.

        Args:
            path: The file.

        Raises:
            NoStore: If the file is missing, is no SQLite file, holds a store of an earlier
                version, or lacks the table or a guard of a store (:meth:`open` puts a missing
                guard back).
            ScopeContended: If others keep the file locked for too long.

        >>> SQLiteStore.open_existing("no/such.db")
        Traceback (most recent call last):
            ...
        sdcert.allocation.errors.NoStore: the file “such.db” does not exist
        """
        there = Path(os.fsdecode(path))
        if not os.path.exists(there):  # noqa: PTH110  # Path.exists raises where a name is too long
            raise NoStore(os.fsdecode(path), "missing")
        with opening(path, f"{there.absolute().as_uri()}?mode=rw", uri=True) as connection:
            store = cls(connection)
            ours, every = store._tables(path)
            if ours < len(SCHEMA):
                kind = "unguarded" if ours else "foreign" if every else "empty"
                raise NoStore(os.fsdecode(path), kind)
            store._guard()
        return store

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the store, as it is now, into a file of its own; the store may be in use meanwhile.

        Never copy the file itself while anybody has it open: the latest numbers may be in the
        ``-wal`` beside it, and a copy without them gives those numbers out again.

        Args:
            path: The file to be made; it must not exist.

        Raises:
            NoStore: If the file exists, or cannot be created.
        """
        try:
            Path(path).open("xb").close()
        except (OSError, ValueError) as error:
            kind = "taken" if isinstance(error, FileExistsError) else "unopenable"
            raise NoStore(os.fsdecode(path), kind) from error
        with closing(sqlite3.connect(path)) as copy:
            self.connection.backup(copy)

    def close(self) -> None:
        """Close the connection; what was not committed is rolled back."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self, *, timeout: float = 30.0) -> Iterator[Self]:
        """Begin (``BEGIN IMMEDIATE``); commit on leaving, roll back on an exception.

        Waits for the write lock in short random steps; SQLite's own busy handler starves clients.

        Args:
            timeout: Seconds to wait for the lock.

        Raises:
            ScopeContended: If the lock was not to be had in time.
            TransactionRequired: If the connection is in a transaction already.
        """
        if self.connection.in_transaction:
            raise TransactionRequired(type(self).__name__, "nested")
        execute = self.connection.execute
        try:
            execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._patiently("BEGIN IMMEDIATE", timeout)
        try:
            yield self
            execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`sdcert.allocation.AllocationStore.read`."""
        check_read(scope, keys)
        issued = {}
        with reporting_lost_races(scope):
            for start in range(0, len(keys), _CHUNK):
                chunk = keys[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                for row in self._rows(f"{_FACTS}request_key IN ({marks})", chunk):
                    issued[row[1]] = unpack_row(*row)
            # After the keys: outside a transaction, each statement sees its own moment.
            return State(_last(self._cursor(), pack_scope(scope) * SPAN), issued)

    def append(self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]) -> bool:
        """See :meth:`sdcert.allocation.AllocationStore.append`."""
        check_append(scope, issued)
        cursor = self._writable()
        rows = [*map(pack_row, issued)]
        with reporting_lost_races(scope):
            # A savepoint makes the writes one; it costs no input or output.
            cursor.execute("SAVEPOINT sdcert_append")
            try:
                # What is read here is still so when it is written: SQLite refuses the first write
                # of a transaction that has read what another has changed since.
                if _last(cursor, pack_scope(scope) * SPAN) == expected:
                    cursor.executemany(_INSERT, rows)
                    cursor.execute("RELEASE sdcert_append")
                    return True
            except sqlite3.IntegrityError:
                if not self.connection.in_transaction:  # a trigger of the host's rolled it back
                    raise
            cursor.execute("ROLLBACK TO sdcert_append")
            cursor.execute("RELEASE sdcert_append")
        return False

    def advance(self, scope: NumberScope, requests: Sequence[Request]) -> Advance:
        """See :meth:`sdcert.allocation.model.OneStatementStore.advance`.

        One request alone is written without its key being looked up first: the unique key refuses
        what is there. For more it only reads.
        """
        check_advance(scope, requests)
        cursor = self._writable()
        if len(requests) == 1:
            [request] = requests
            base = pack_scope(scope) * SPAN
            with reporting_lost_races(scope):
                last = _last(cursor, base)
                if last is not None and last < LAST:
                    row = (base + last + 1, request.key, request.grassroots)
                    if cursor.execute(_INSERT_IF_NEW, row).rowcount == 1:
                        return Advance(State(last), last + 1)
        return Advance(self.read(scope, [request.key for request in requests]), None)

    def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        check_void(number, reason)
        cursor = self._writable()
        with reporting_lost_races(number.scope):
            row = cursor.execute(
                "UPDATE sdcert_issued SET voided = 1, void_reason = coalesce(void_reason, ?) "
                "WHERE digits = ? AND grassroots = ? RETURNING digits",
                (reason, pack(number), number.grassroots),
            ).fetchone()
        if row is None:
            found = "SELECT digits, grassroots FROM sdcert_issued WHERE digits = ?"
            row = cursor.execute(found, (pack(number),)).fetchone()
            raise NumberNotIssued(number, None if row is None else unpack(*row))

    def numbers(self, scope: NumberScope) -> Iterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        first = pack_scope(scope) * SPAN
        rows = self._rows(
            f"{_FACTS}digits BETWEEN ? AND ? ORDER BY digits", (first, first + SPAN - 1)
        )
        return (unpack_row(*row) for row in rows)

    def scopes(self) -> list[NumberScope]:
        """Return every scope that has been used, sorted."""
        rows = self._cursor().execute(_SCOPES)
        return [unpack_scope(packed) for (packed,) in rows]

    def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided; None if it was not, or not issued."""
        query = "SELECT void_reason FROM sdcert_issued WHERE digits = ?"
        rows = self._rows(query, (pack(number),))
        return rows[0][0] if rows else None

    def _cursor(self) -> sqlite3.Cursor:
        """Return a cursor that gives plain tuples, whatever rows the host has chosen for itself."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return cursor

    def _rows(self, statement: str, params: Sequence[object]) -> list[Any]:
        """Read rows whose texts are ``str``, whatever texts the host has chosen for itself."""
        connection = self.connection
        chosen, connection.text_factory = connection.text_factory, str
        try:
            return self._cursor().execute(statement, params).fetchall()
        finally:
            connection.text_factory = chosen

    def _writable(self) -> sqlite3.Cursor:
        if not self.connection.in_transaction:
            raise TransactionRequired(type(self).__name__)
        return self._cursor()

    def _tables(self, path: str | os.PathLike[str]) -> tuple[int, int]:
        """Return how much of our schema there is, and how much of anything."""
        ours, every, columns = self._patiently(_SCHEMA_FOUND, 30.0).fetchone()
        if 0 < columns < _COLUMNS:
            raise NoStore(os.fsdecode(path), "outdated")
        return ours, every

    def _guard(self) -> None:
        self.connection.execute("PRAGMA synchronous = FULL")
        # Or else what REPLACE deletes would not be held to the trigger.
        self.connection.execute("PRAGMA recursive_triggers = ON")

    def _patiently(self, statement: str, timeout: float) -> sqlite3.Cursor:
        deadline = time.monotonic() + timeout
        while True:
            try:
                with reporting_lost_races():
                    return self._cursor().execute(statement)
            except ScopeContended:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(random.uniform(0.0005, 0.005))  # noqa: S311  # no secret


def _last(cursor: sqlite3.Cursor, base: int) -> int | None:
    """Return the last sequence of the scope whose numbers lie behind ``base``."""
    greatest: int | None = cursor.execute(_READ_LAST, (base, base + LAST)).fetchone()[0]
    return None if greatest is None else greatest - base
