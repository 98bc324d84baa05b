"""What the laws do not reach of the SQLAlchemy store on MariaDB."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from sdcert.allocation import (
    Issued,
    NumberNotIssued,
    Request,
    State,
    TransactionRequired,
    adopt,
    allocate,
    allocate_async,
    void,
)
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncSQLAlchemyStore, SQLAlchemyStore
from sdcert.stores.sqlalchemy import define_tables, trigger_statements

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


@pytest.fixture
def host(mariadb):
    metadata = sa.MetaData()
    tables = define_tables(metadata, prefix="edges_")
    engine = sa.create_engine(mariadb.url, poolclass=NullPool)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    return engine, tables


def verbs(store):
    return (
        lambda: allocate(store, [Request("a", A)]),
        lambda: allocate(store, [Request("a", A), Request("b", A)]),
        lambda: store.append(B, None, [Issued("c", B.number(1))]),
        lambda: void(store, A.number(1), "why"),
        store.recount,
    )


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("way", ["option", "driver", "statement"])
def test_autocommit_is_refused(host, way, used):
    engine, tables = host
    if used:
        with engine.begin() as connection:
            adopt(SQLAlchemyStore(connection, tables), [A.number(1)])
    if way == "driver":
        given = {"connect_args": {"autocommit": True}}
        engine = sa.create_engine(engine.url, poolclass=NullPool, **given)

        @sa.event.listens_for(engine, "connect")
        def connected(connection, _):
            connection.autocommit(True)

    with engine.connect() as connection:
        if way == "option":
            connection.execution_options(isolation_level="AUTOCOMMIT")
        if way == "statement":
            connection.exec_driver_sql("SET autocommit = 1")
        for verb in verbs(SQLAlchemyStore(connection, tables)):
            with pytest.raises(TransactionRequired) as caught:
                verb()
            assert caught.value.kind == "none"
        assert SQLAlchemyStore(connection, tables).read(A, ["a", "b"]) == State(1 if used else None)


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("way", ["option", "engine", "statement"])
def test_read_uncommitted_is_refused(host, way, used):
    """It would answer a retry with a number of another transaction that is rolled back later."""
    engine, tables = host
    if used:
        with engine.begin() as connection:
            adopt(SQLAlchemyStore(connection, tables), [A.number(1)])
    if way == "engine":
        level = {"isolation_level": "READ UNCOMMITTED"}
        engine = sa.create_engine(engine.url, poolclass=NullPool, **level)
    with engine.connect() as connection:
        if way == "option":
            connection.execution_options(isolation_level="READ UNCOMMITTED")
        if way == "statement":
            connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        store = SQLAlchemyStore(connection, tables)
        for verb in (*verbs(store), lambda: store.read(A, ["a"])):
            with pytest.raises(TransactionRequired, match="READ UNCOMMITTED") as caught:
                verb()
            assert caught.value.kind == "dirty"


def test_a_log_of_statements_is_refused(host):
    """A replica would work out the numbers anew, and may come to others."""
    engine, tables = host
    with engine.begin() as connection:
        adopt(SQLAlchemyStore(connection, tables), [A.number(1)])
    engine = sa.create_engine(engine.url, poolclass=NullPool)

    @sa.event.listens_for(engine, "connect")
    def by_statement(connection, _):
        connection.cursor().execute("SET SESSION binlog_format = STATEMENT")

    with engine.connect() as connection:
        store = SQLAlchemyStore(connection, tables)
        for verb in verbs(store):
            with pytest.raises(TransactionRequired, match="MIXED or ROW") as caught:
                verb()
            assert caught.value.kind == "statement-log"
        assert store.read(A, ()) == State(1)


@pytest.mark.parametrize("size", [1, 3])
def test_a_known_key_is_answered_and_the_counter_is_as_before(host, size):
    engine, tables = host
    batch = [Request(f"k{n}", A, grassroots=True) for n in range(size)]
    with engine.begin() as connection:
        adopt(SQLAlchemyStore(connection, tables), [A.number(7)])
        first = allocate(SQLAlchemyStore(connection, tables), batch)
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection, tables)
        assert allocate(store, batch) == first
        assert store.read(A, ()) == State(7 + size)
        assert allocate(store, [*batch, Request("new", A)])[-1].number == A.number(8 + size)


def test_the_tables_need_nothing_of_the_server(host):
    """Its character set is latin1; keys and reasons are what they are, and rows transactional."""
    engine, tables = host
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection, tables)
        given = allocate(store, [Request(key, A) for key in ("甲", "é", "É", "e", "😀")])
        void(store, given[0].number, "重复发放" * 250)
        with pytest.raises(NumberNotIssued, match="these 15 digits were issued as"):
            void(store, A.number(1, True), "why")
        rows = connection.execute(sa.select(tables.issued.c.void_reason)).scalars().all()
        assert "重复发放" * 250 in rows
        engines = "SELECT engine FROM information_schema.tables WHERE table_name LIKE 'edges%%'"
        assert set(connection.exec_driver_sql(engines).scalars()) == {"InnoDB"}
    with engine.begin() as connection:
        assert len(allocate(SQLAlchemyStore(connection, tables), [Request("é", A)])) == 1


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_both_of_its_names_will_do(host, name):
    engine, tables = host
    engine = sa.create_engine(engine.url.set(drivername=f"{name}+pymysql"), poolclass=NullPool)
    with engine.begin() as connection:
        assert allocate(SQLAlchemyStore(connection, tables), [Request("a", A)])[0].key == "a"
    assert trigger_statements(tables, name) == trigger_statements(tables, "mysql")
    with pytest.raises(ValueError, match="dialect must be one of mariadb, mysql, postgresql"):
        trigger_statements(tables, "oracle")


@pytest.mark.parametrize("driver", ["aiomysql", "asyncmy"])
def test_asynchronous_engines_are_held_to_the_same(host, mariadb, driver):
    _, tables = host

    async def use(**given):
        engine = create_async_engine(mariadb.url_for(driver), poolclass=NullPool, **given)
        async with engine.begin() as connection:
            store = AsyncSQLAlchemyStore(connection, tables)
            answers = await allocate_async(store, [Request("a", A)])
            assert await store.recount() == {}
            return answers

    for level in ("AUTOCOMMIT", "READ UNCOMMITTED"):
        with pytest.raises(TransactionRequired):
            asyncio.run(use(isolation_level=level))
    assert asyncio.run(use())[0].number == A.number(1)


def test_a_mysql_server_names_its_level_in_another_variable():
    tables = define_tables(sa.MetaData())
    assert "@@session.tx_isolation" in str(tables.mysql[True].session)
    assert "@@session.transaction_isolation" in str(tables.mysql[False].session)
