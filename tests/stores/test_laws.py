"""The embedded stores, held to the laws by the kit that is shipped to implementers."""

import sqlite3
from contextlib import closing, contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from sdcert.stores import AsyncMemoryStore, MemoryStore, SQLiteStore
from sdcert.stores.sqlalchemy import begin_for_real, define_tables
from sdcert.testing.allocation import AllocationStoreTests, AsyncAllocationStoreTests
from tests.support.store_kits import (
    BEHIND,
    DRIVEN,
    RACES,
    REASON,
    AsyncSQLAlchemyKit,
    Held,
    NotOffered,
    SQLAlchemyKit,
    committed,
)


class TestMemory(NotOffered, AllocationStoreTests):
    processes = False
    examples = 30  # they cost little here
    sides = 8  # it is safe between threads
    rounds = 40

    @pytest.fixture(autouse=True)
    def memory(self):
        self.store = MemoryStore()

    def transaction(self):
        return self.store.transaction()

    def behind(self, scope):
        return list(self.store._ledger.numbers.get(scope, {}).values())

    def reason(self, number):
        return self.store._ledger.reasons.get(number)


class TestAsyncMemory(NotOffered, AsyncAllocationStoreTests):
    processes = False

    @pytest.fixture(autouse=True)
    def memory(self):
        self.store = AsyncMemoryStore()

    def transaction(self):
        return self.store.transaction()

    async def behind(self, scope):
        return list(self.store._store._ledger.numbers.get(scope, {}).values())

    async def reason(self, number):
        return self.store._store._ledger.reasons.get(number)


class TestSQLite(AllocationStoreTests):
    @pytest.fixture(autouse=True)
    def file(self, tmp_path):
        self.path = tmp_path / "numbers.db"
        SQLiteStore.open(self.path).close()

    @contextmanager
    def transaction(self):
        with SQLiteStore.open(self.path) as store, store.transaction():
            yield store

    def behind(self, scope):
        with closing(sqlite3.connect(self.path)) as connection:
            return committed(connection.execute(BEHIND.format(scope)).fetchall())

    def reason(self, number):
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(REASON.format(int(number.digits))).fetchone()[0]

    @contextmanager
    def savepoint(self, store):
        store.connection.execute("SAVEPOINT host")
        try:
            yield
        except BaseException:
            store.connection.execute("ROLLBACK TO host")
            raise
        finally:
            store.connection.execute("RELEASE host")


class TestSQLiteJoined(Held, TestSQLite):
    """In a host's own connection, whose transactions begin late and without the write lock."""

    laws = (*RACES, "no_verb_ends_the_transaction", "read_your_writes", "savepoints")

    @contextmanager
    def transaction(self):
        given = {"timeout": 10, "isolation_level": None}
        with closing(sqlite3.connect(self.path, **given)) as connection:
            connection.execute("BEGIN")
            yield SQLiteStore(connection)
            connection.execute("COMMIT")


class TestSQLAlchemySQLite(SQLAlchemyKit):
    @pytest.fixture(autouse=True)
    def database(self, tmp_path):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        self.engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
        begin_for_real(self.engine)
        metadata.create_all(self.engine)


class TestSQLAlchemySQLiteAsItComes(Held, NotOffered, SQLAlchemyKit):
    """The driver begins late; its savepoints are refused."""

    laws = (*RACES, "no_verb_ends_the_transaction", "rollback_leaves_nothing", "savepoints")
    savepoint = AllocationStoreTests.savepoint  # type: ignore[assignment]

    @pytest.fixture(autouse=True)
    def database(self, tmp_path):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        self.engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
        metadata.create_all(self.engine)


class TestAsyncSQLite(Held, AsyncSQLAlchemyKit):
    laws = (*DRIVEN, "nothing_uncommitted_is_read", "no_verb_ends_the_transaction")

    @pytest.fixture(autouse=True)
    def database(self, tmp_path):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        url = f"sqlite+aiosqlite:///{tmp_path}/host.db"
        self.asynchronous = create_async_engine(url, poolclass=NullPool)
        begin_for_real(self.asynchronous)
        self.engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
        metadata.create_all(self.engine)
