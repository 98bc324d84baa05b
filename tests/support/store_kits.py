"""The conformance kit over the SQLAlchemy stores, for each database and driver."""

import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager
from typing import ClassVar
from unittest import SkipTest

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from sdcert.allocation import Issued
from sdcert.numbering import CertificateNumber
from sdcert.stores import AsyncSQLAlchemyStore, SQLAlchemyStore
from sdcert.stores.sqlalchemy import define_tables
from sdcert.testing.allocation import LAWS, AllocationStoreTests, AsyncAllocationStoreTests

# What is committed is read with SQL of the tests' own.
BEHIND = """SELECT request_key, digits, grassroots, voided FROM sdcert_issued
WHERE digits BETWEEN {0}00000 AND {0}99999 ORDER BY digits"""
REASON = "SELECT void_reason FROM sdcert_issued WHERE digits = {}"


def committed(rows):
    return [
        Issued(
            key,
            CertificateNumber.parse(f"鲁{digits:015}{'（基层）' if grassroots else ''}"),
            bool(voided),
        )
        for key, digits, grassroots, voided in rows
    ]


@contextmanager
def locked(path):
    """Hold the write lock of an SQLite file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class NotOffered:
    """What a store does not offer is skipped, with the reason; no other law is."""

    def test_savepoints(self):
        with pytest.raises(SkipTest, match=r"the hook savepoint\(\) is not written"):
            super().test_savepoints()

    def test_processes(self):
        with pytest.raises(SkipTest, match="the kit declares processes = False"):
            super().test_processes()


class SQLAlchemyKit(AllocationStoreTests):
    """``engine`` and ``tables`` come from a fixture; a level of isolation may be chosen."""

    level: str | None = None

    @contextmanager
    def transaction(self):
        engine = self.engine
        if self.level is not None:
            engine = engine.execution_options(isolation_level=self.level)
        with engine.begin() as connection:
            yield SQLAlchemyStore(connection, self.tables)

    def behind(self, scope):
        with self.engine.connect() as connection:
            return committed(connection.exec_driver_sql(BEHIND.format(scope)))

    def reason(self, number):
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(REASON.format(int(number.digits))).scalar()

    @contextmanager
    def savepoint(self, store):
        with store._bind.begin_nested():
            yield

    def after_fork(self):
        self.engine.dispose(close=False)


class AsyncSQLAlchemyKit(AsyncAllocationStoreTests):
    """``engine``, ``asynchronous`` (an asynchronous engine) and ``tables`` come from a fixture."""

    @asynccontextmanager
    async def transaction(self):
        async with AsyncSession(self.asynchronous) as session, session.begin():
            yield AsyncSQLAlchemyStore(session, self.tables)

    @asynccontextmanager
    async def savepoint(self, store):
        async with store._bind.begin_nested():
            yield

    async def behind(self, scope):
        with self.engine.connect() as connection:
            return committed(connection.exec_driver_sql(BEHIND.format(scope)))

    async def reason(self, number):
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(REASON.format(int(number.digits))).scalar()


class Held:
    """Over one more driver or level of isolation: the laws named in ``laws``, and no others.

    Every law is held over one driver of each database. What is left out elsewhere follows from the
    policy and from the same statements, and the state machine, which is never left out, goes
    through all of it in any order.
    """

    laws: ClassVar[tuple[str, ...]] = LAWS

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        for law in LAWS:
            if law not in cls.laws:
                setattr(cls, f"test_{law}", None)
        if cls.laws is not LAWS:
            cls.test_processes = None
            cls.examples = 2


# What transactions at once see of each other.
RACES = (
    *("first_use_race", "lost_race_writes_nothing", "one_key_one_number"),
    *(
        "voids_are_not_lost",
        "nothing_uncommitted_is_read",
        "keys_before_the_counter",
        "concurrency",
        "batch_atomicity",
    ),
)
# What a driver does by itself: begin, send thousands and texts of every kind, name its errors.
DRIVEN = (
    *("first_use_race", "lost_race_writes_nothing", "one_key_one_number", "concurrency"),
    *("keys_are_compared_exactly", "large_batches", "first_reason_stays", "adoption"),
    *("rollback_leaves_nothing", "savepoints", "batch_atomicity"),
)


class OnServer(Held, SQLAlchemyKit):
    """Over one of a server's drivers; ``server`` is the name of the fixture."""

    server = "server"
    driver = "psycopg"
    pool: ClassVar[dict] = {"pool_size": 8}

    @pytest.fixture(autouse=True)
    def database(self, request):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        url = request.getfixturevalue(self.server).url_for(self.driver)
        self.engine = sa.create_engine(url, **self.pool)
        metadata.create_all(self.engine)
        yield
        self.engine.dispose()


class AsyncOnServer(Held, AsyncSQLAlchemyKit):
    """As :class:`OnServer`, asynchronously; what is committed is read over ``beside``."""

    server = "server"
    driver = "asyncpg"
    beside = "psycopg"

    @pytest.fixture(autouse=True)
    def database(self, request):
        metadata = sa.MetaData()
        self.tables = define_tables(metadata)
        server = request.getfixturevalue(self.server)
        # It keeps no connection, so every event loop can use it.
        self.asynchronous = create_async_engine(server.url_for(self.driver), poolclass=NullPool)
        self.engine = sa.create_engine(server.url_for(self.beside))
        metadata.create_all(self.engine)
        yield
        self.engine.dispose()

    def after_fork(self):
        self.engine.dispose(close=False)
