"""What the laws do not reach of the SQLAlchemy store on PostgreSQL."""

import asyncio
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from sdcert.allocation import (
    BrokenStore,
    Issued,
    NumberNotIssued,
    Request,
    ScopeContended,
    State,
    TransactionRequired,
    allocate,
    allocate_async,
    void,
)
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncSQLAlchemyStore, SQLAlchemyStore
from sdcert.stores.sqlalchemy import define_tables

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


@pytest.fixture
def host(server):
    metadata = sa.MetaData()
    tables = define_tables(metadata, schema="edges")
    engine = sa.create_engine(server.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema("edges", if_not_exists=True))
    metadata.drop_all(engine)
    metadata.create_all(engine)
    return engine, tables


@pytest.mark.parametrize("how", ["engine", "connection"])
def test_autocommit_is_refused(host, how):
    engine, tables = host
    if how == "engine":
        engine = sa.create_engine(engine.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        if how == "connection":
            connection.execution_options(isolation_level="AUTOCOMMIT")
        store = SQLAlchemyStore(connection, tables)
        for verb in (
            lambda: allocate(store, [Request("a", A)]),
            lambda: store.append(A, None, [Issued("a", A.number(1))]),
            lambda: void(store, A.number(1), "why"),
        ):
            with pytest.raises(TransactionRequired):
                verb()
        assert store.read(A, ["a"]) == State(None)


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_autocommit_of_an_asynchronous_engine_is_refused(host, server, driver):
    _, tables = host
    url = server.url.replace("psycopg", driver)

    async def use(**given):
        engine = create_async_engine(url, poolclass=NullPool, **given)
        async with engine.connect() as connection, connection.begin() as transaction:
            store = AsyncSQLAlchemyStore(connection, tables)
            try:
                [issued] = await allocate_async(store, [Request("a", A)])
            finally:
                await transaction.rollback()
            return issued.number.sequence

    with pytest.raises(TransactionRequired):
        asyncio.run(use(isolation_level="AUTOCOMMIT"))
    assert asyncio.run(use()) == 1
    assert asyncio.run(use(isolation_level="SERIALIZABLE")) == 1
    assert _sequences(*host) == []


def test_a_schema_of_another_name_is_found(host):
    engine, tables = host
    with engine.begin() as connection:
        translated = connection.execution_options(schema_translate_map={"nowhere": "edges"})
        requests = [Request("a", A), Request("b", A)]
        first = allocate(SQLAlchemyStore(translated, tables), requests[:1])
        assert allocate(SQLAlchemyStore(translated, tables), requests)[:1] == first
        more = [Request("c", A), Request("d", A, True)]
        numbers = [i.number for i in allocate(SQLAlchemyStore(translated, tables), more)]
        assert numbers == [A.number(3), A.number(4, True)]
        with pytest.raises(NumberNotIssued, match="were issued as"):
            void(SQLAlchemyStore(translated, tables), A.number(1, True), "why")


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("path", ["advance", "append"])
def test_a_key_taken_under_way_loses_the_race(host, size, path):
    """Another transaction takes the key in another scope, and commits while this one waits."""
    engine, tables = host
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request(f"{s}", s) for s in (A, B)])
    batch = [Request(f"k{n}", A) for n in range(size)]
    told = []

    def second():
        with engine.connect() as connection, connection.begin() as transaction:
            store = SQLAlchemyStore(connection, tables)
            try:
                if path == "advance":
                    store.advance(A, batch)
                else:
                    issued = [Issued(r.key, A.number(2 + at)) for at, r in enumerate(batch)]
                    told.append(store.append(A, 1, issued))
                    told.append(store.read(A, [r.key for r in batch]).last)
            except ScopeContended:
                told.append("contended")
            transaction.rollback()

    with engine.connect() as connection, connection.begin():
        allocate(SQLAlchemyStore(connection, tables), [Request(batch[-1].key, B)])
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()  # it waits for the key
    thread.join(10)
    assert told == (["contended"] if path == "advance" else [False, 1])


def test_a_first_use_that_loses_a_key_takes_its_counter_back(host):
    engine, tables = host
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection, tables)
        assert store.append(A, None, [Issued("a", A.number(1))])
        assert not store.append(B, None, [Issued("b", B.number(1)), Issued("a", B.number(2))])
        assert store.read(B, ["b"]) == State(None)


def test_a_deadlock_is_a_lost_race(host):
    """The same keys in opposite scopes: the database ends one of the two."""
    engine, tables = host
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request(f"{s}", s) for s in (A, B)])
    barrier, told = threading.Barrier(2), []

    def side(mine, other, key, taken):
        try:
            with engine.begin() as connection:
                store = SQLAlchemyStore(connection, tables)
                allocate(store, [Request(key, mine)])
                barrier.wait(10)
                allocate(store, [Request(taken, other)])
        except ScopeContended:
            told.append("contended")
        else:
            told.append("done")

    threads = [
        threading.Thread(target=side, args=args) for args in ((A, B, "x", "y"), (B, A, "y", "x"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert "contended" in told


def test_a_locked_scope_is_a_lost_race_where_the_host_does_not_wait(host):
    engine, tables = host
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("a", A)])
    with engine.begin() as holder:
        allocate(SQLAlchemyStore(holder, tables), [Request("b", A)])
        for verb in (
            lambda s: allocate(s, [Request("c", A)]),
            lambda s: void(s, A.number(1), "why"),
            lambda s: allocate(s, [Request("d", A), Request("a", A)]),
        ):
            with engine.connect() as connection:
                connection.execute(sa.text("SET lock_timeout = '20ms'"))
                if verb.__code__.co_names[0] == "void":
                    holder.execute(sa.text("SELECT 1 FROM edges.sdcert_issued FOR UPDATE"))
                with pytest.raises(ScopeContended):
                    verb(SQLAlchemyStore(connection, tables))


def test_other_errors_of_a_database_are_raised_as_they_are(host):
    engine, _ = host
    tables = define_tables(sa.MetaData(), prefix="missing_")
    for verb in (
        lambda s: s.read(A, ["a"]),
        lambda s: s.append(A, None, [Issued("a", A.number(1))]),
        lambda s: s.advance(A, [Request("a", A)]),
        lambda s: s.void(A.number(1), "why"),
    ):
        with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
            verb(SQLAlchemyStore(connection, tables))


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "pg8000"])
@pytest.mark.parametrize("size", [1, 2])
def test_digits_that_are_taken_are_no_race(host, server, driver, size):
    """Whoever holds the counter's row holds the scope: it lies behind its numbers."""
    _, tables = host
    engine = sa.create_engine(server.url_for(driver), poolclass=NullPool)
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request(f"k{n}", A) for n in range(3)])
        connection.execute(sa.update(tables.counter).values(last_sequence=1))
    batch = [Request(f"new{n}", A) for n in range(size)]
    with engine.connect() as connection, pytest.raises(BrokenStore, match="recount") as caught:
        allocate(SQLAlchemyStore(connection, tables), batch)
    error = caught.value
    assert (error.verb, error.kind, error.answer) == ("advance", "behind", str(A.number(2)))


def test_digits_that_are_taken_are_no_race_over_asyncpg_either(host, server):
    engine, tables = host
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request(f"k{n}", A) for n in range(3)])
        connection.execute(sa.update(tables.counter).values(last_sequence=1))

    async def use():
        asynchronous = create_async_engine(server.url_for("asyncpg"), poolclass=NullPool)
        async with asynchronous.connect() as connection:
            await allocate_async(AsyncSQLAlchemyStore(connection, tables), [Request("new", A)])

    with pytest.raises(BrokenStore, match="recount"):
        asyncio.run(use())


def _sequences(engine, tables):
    with engine.connect() as connection:
        return [one.number.sequence for one in SQLAlchemyStore(connection, tables).numbers(A)]


@pytest.mark.parametrize("size", [1, 2])
def test_recounting_may_lose_a_race(host, size):
    """Another transaction repairs the same counter, or holds it."""
    engine, tables = host
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("a", A), Request("b", A)])
        if size == 1:  # the counter is to be raised; with 2 it is to be made
            connection.execute(sa.update(tables.counter).values(last_sequence=1))
        else:
            connection.execute(sa.delete(tables.counter))
    outcomes = []

    def second():
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("SET lock_timeout = '200ms'")
                SQLAlchemyStore(connection, tables).recount()
        except ScopeContended as error:
            outcomes.append(error.scope)

    with engine.begin() as connection:
        assert SQLAlchemyStore(connection, tables).recount() == {A: 2}
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.1 if size == 2 else 10)
    thread.join(10)
    assert outcomes == [A]
