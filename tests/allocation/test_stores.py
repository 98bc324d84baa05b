"""Every reference store, held to the laws by the kit that is shipped to implementers."""

import sqlite3
from contextlib import asynccontextmanager, contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from sdcert.allocation import Issued
from sdcert.numbering import CertificateNumber
from sdcert.stores import (
    AsyncMemoryStore,
    AsyncSQLAlchemyStore,
    MemoryStore,
    SQLAlchemyStore,
    SQLiteStore,
)
from sdcert.stores.sqlalchemy import define_tables
from sdcert.testing.allocation import AllocationStoreTests, AsyncAllocationStoreTests

# What lies behind a store's back is read with SQL of the test's own.
BEHIND = """SELECT key, number, grassroots, void_reason IS NOT NULL FROM sdcert_issued
WHERE number / 100000 = {} ORDER BY number"""

REASON = "SELECT void_reason FROM sdcert_issued WHERE number = {}"


def issued(key, number, grassroots, voided):
    marker = "（基层）" if grassroots else ""
    return Issued(key, CertificateNumber.parse(f"鲁{number:015}{marker}"), bool(voided))


def committed(rows):
    return [issued(*row) for row in rows]


class TestMemory(AllocationStoreTests):
    processes = False
    examples = 80  # they cost little here

    @pytest.fixture(autouse=True)
    def memory(self):
        self.store = MemoryStore()

    def transaction(self):
        return self.store.transaction()

    def behind(self, scope):
        return list(self.store._ledger.numbers.get(scope, {}).values())

    def reason(self, number):
        return self.store._ledger.reasons.get(number)


class TestAsyncMemory(AsyncAllocationStoreTests):
    processes = False

    @pytest.fixture(autouse=True)
    def memory(self):
        self.store = AsyncMemoryStore()

    def transaction(self):
        return self.store.transaction()

    async def behind(self, scope):
        return list(self.store._memory._ledger.numbers.get(scope, {}).values())

    async def reason(self, number):
        return self.store._memory._ledger.reasons.get(number)


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
        connection = sqlite3.connect(self.path)
        try:
            return committed(connection.execute(BEHIND.format(scope)).fetchall())
        finally:
            connection.close()

    def reason(self, number):
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(REASON.format(int(number.digits))).fetchone()[0]
        finally:
            connection.close()


class TestSQLiteJoined(TestSQLite):
    """In a host's own connection, whose transactions begin late and without the write lock."""

    @contextmanager
    def transaction(self):
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        try:
            connection.execute("BEGIN")
            yield SQLiteStore(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()


class _SQLAlchemy(AllocationStoreTests):
    @contextmanager
    def transaction(self):
        with self.engine.begin() as connection:
            yield SQLAlchemyStore(connection, self.tables)

    def behind(self, scope):
        with self.engine.connect() as connection:
            return committed(connection.exec_driver_sql(BEHIND.format(scope)))

    def reason(self, number):
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(REASON.format(int(number.digits))).scalar()


class TestSQLAlchemySQLite(_SQLAlchemy):
    @pytest.fixture(autouse=True)
    def database(self, tmp_path):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        self.engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
        metadata.create_all(self.engine)


class TestSQLAlchemyPostgreSQL(_SQLAlchemy):
    @pytest.fixture(autouse=True)
    def database(self, server):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        self.engine = sa.create_engine(server.url, pool_size=8)
        metadata.create_all(self.engine)
        yield
        self.engine.dispose()

    def after_fork(self):
        self.engine.dispose(close=False)


class TestSessionPostgreSQL(TestSQLAlchemyPostgreSQL):
    """In a host's Session."""

    examples = 4

    @contextmanager
    def transaction(self):
        with Session(self.engine) as session, session.begin():
            yield SQLAlchemyStore(session, self.tables)


class TestSerializablePostgreSQL(TestSQLAlchemyPostgreSQL):
    """SERIALIZABLE reports conflicts as late as the commit, in the database's own words."""

    contended = (sa.exc.OperationalError,)
    examples = 4

    @contextmanager
    def transaction(self):
        engine = self.engine.execution_options(isolation_level="SERIALIZABLE")
        with engine.begin() as connection:
            yield SQLAlchemyStore(connection, self.tables)


class TestRepeatableReadPostgreSQL(TestSQLAlchemyPostgreSQL):
    examples = 4

    @contextmanager
    def transaction(self):
        engine = self.engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.begin() as connection:
            yield SQLAlchemyStore(connection, self.tables)


class _AsyncSQLAlchemy(AsyncAllocationStoreTests):
    @asynccontextmanager
    async def transaction(self):
        async with AsyncSession(self.asynchronous) as session, session.begin():
            yield AsyncSQLAlchemyStore(session, self.tables)

    async def behind(self, scope):
        with self.engine.connect() as connection:
            return committed(connection.exec_driver_sql(BEHIND.format(scope)))

    async def reason(self, number):
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(REASON.format(int(number.digits))).scalar()


class TestAsyncPostgreSQL(_AsyncSQLAlchemy):
    @pytest.fixture(autouse=True)
    def database(self, server):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        # It keeps no connection, so every event loop can use it.
        self.asynchronous = create_async_engine(server.url, poolclass=NullPool)
        self.engine = sa.create_engine(server.url, poolclass=NullPool)
        metadata.create_all(self.engine)


class TestAsyncSQLite(_AsyncSQLAlchemy):
    @pytest.fixture(autouse=True)
    def database(self, tmp_path):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        url = f"sqlite+aiosqlite:///{tmp_path}/host.db"
        self.asynchronous = create_async_engine(url, poolclass=NullPool)
        self.engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
        metadata.create_all(self.engine)
