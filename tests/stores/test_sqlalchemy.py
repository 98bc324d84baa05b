"""What the laws do not reach of the SQLAlchemy store: refusals, and whatever the database."""

import builtins
import importlib
import sqlite3
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import NullPool

from sdcert import stores
from sdcert.allocation import (
    BrokenStore,
    Issued,
    Request,
    ScopeContended,
    State,
    TransactionRequired,
    adopt,
    allocate,
    void,
)
from sdcert.errors import MissingExtra
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncSQLAlchemyStore, SQLAlchemyStore
from sdcert.stores.sqlalchemy import begin_for_real, define_tables
from tests.support.store_kits import locked

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


def test_the_package_offers_its_stores_when_asked():
    assert stores.SQLAlchemyStore is SQLAlchemyStore
    with pytest.raises(AttributeError, match="no attribute 'OracleStore'"):
        _ = stores.OracleStore


@pytest.mark.parametrize(
    ("module", "needs", "extra"),
    [
        ("sdcert.stores.sqlalchemy", "sqlalchemy", "sqlalchemy"),
        ("sdcert.testing.allocation", "hypothesis", "testing"),
    ],
)
def test_a_missing_extra_is_named(monkeypatch, module, needs, extra):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == needs:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=rf"pip install 'sdcert\[{extra}\]'"):
        importlib.import_module(module)


@pytest.mark.parametrize(
    ("name", "driver"),
    [("oracle", "oracledb"), ("mysql", "mysqldb"), ("postgresql", "psycopg2cffi")],
)
def test_other_databases_and_drivers_are_refused_by_name(name, driver):
    engine = sa.create_engine("sqlite://")
    engine.dialect.name, engine.dialect.driver = name, driver
    with engine.connect() as connection, pytest.raises(ValueError, match="knows postgresql") as no:
        SQLAlchemyStore(connection, define_tables(sa.MetaData()))
    assert str(no.value).endswith(f"not {name} ({driver})")
    engine.dialect.name = "sqlite"
    engine.dispose()


def test_what_is_no_session_and_no_tables_is_called_that():
    tables = define_tables(sa.MetaData())
    engine = sa.create_engine("sqlite://")
    for wrong in (engine, orm.sessionmaker(engine), None):
        with pytest.raises(TypeError, match="must be a Session or Connection, in a transaction"):
            SQLAlchemyStore(wrong, tables)
        with pytest.raises(TypeError, match="an AsyncSession or AsyncConnection, in a transaction"):
            AsyncSQLAlchemyStore(wrong, tables)
    with pytest.raises(TypeError, match=r"an AsyncSession or AsyncConnection, .* not type"):
        AsyncSQLAlchemyStore(AsyncSession, tables)
    with (
        engine.connect() as connection,
        pytest.raises(TypeError, match=r"what define_tables\(metadata\) returned, not MetaData"),
    ):
        SQLAlchemyStore(connection, sa.MetaData())
    with pytest.raises(ValueError, match="is for engines on SQLite, not postgresql"):
        begin_for_real(sa.create_engine("postgresql+psycopg://"))
    engine.dispose()


class Committing(sqlite3.Connection):
    """As a driver that commits each statement by itself and does not say so in the usual way."""

    isolation_level: Any = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs | {"isolation_level": None})


@pytest.mark.parametrize("way", ["level", "driver"])
def test_autocommit_is_refused_on_sqlite(tmp_path, way):
    given = {"isolation_level": "AUTOCOMMIT"}
    if way == "driver":
        modern = sys.version_info >= (3, 12)
        given = {"connect_args": {"autocommit": True} if modern else {"factory": Committing}}
    metadata = sa.MetaData()
    tables = define_tables(metadata)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool, **given)
    metadata.create_all(engine)
    with engine.connect() as connection:
        store = SQLAlchemyStore(connection, tables)
        with connection.begin() as transaction:
            for verb in (
                lambda: allocate(store, [Request("a", A)]),
                lambda: void(store, A.number(1), "why"),
            ):
                with pytest.raises(TransactionRequired):
                    verb()
            transaction.rollback()
        assert store.read(A, ["a"]) == State(None)
        connection.rollback()
        with connection.begin():  # by hand
            connection.exec_driver_sql("BEGIN")
            assert len(allocate(store, [Request("a", A)])) == 1
            connection.exec_driver_sql("COMMIT")


def test_a_locked_file_is_a_lost_race_through_sqlalchemy(tmp_path):
    metadata = sa.MetaData()
    tables = define_tables(metadata)
    engine = sa.create_engine(
        f"sqlite:///{tmp_path}/host.db", poolclass=NullPool, connect_args={"timeout": 0}
    )
    metadata.create_all(engine)
    with locked(tmp_path / "host.db"), engine.connect() as connection:
        store = SQLAlchemyStore(connection, tables)
        with pytest.raises(ScopeContended):
            allocate(store, [Request("a", A)])
        with pytest.raises(ScopeContended):
            void(store, A.number(1), "why")


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def either(request, tmp_path):
    """A host's engine and tables, empty, on each database; with the triggers."""
    metadata = sa.MetaData()
    tables = define_tables(metadata, prefix="either_", triggers=True)
    if request.param == "sqlite":
        engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
        begin_for_real(engine)
    else:
        server = request.getfixturevalue({"postgresql": "server"}.get(request.param, "mariadb"))
        engine = sa.create_engine(server.url, poolclass=NullPool)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    return engine, tables


def test_a_hosts_savepoint_takes_back_what_was_allocated_in_it(either):
    """Also if the store was made before the savepoint, which the Session sends late."""
    engine, tables = either
    with orm.Session(engine) as session, session.begin():
        store = SQLAlchemyStore(session, tables)
        for key in ("a", "b"):
            savepoint = session.begin_nested()
            [issued] = allocate(store, [Request(key, A)])
            assert issued.number == A.number(1)
            savepoint.rollback()
        savepoint = session.begin_nested()
        adopt(store, [A.number(3)])
        savepoint.rollback()
        savepoint = session.begin_nested()
        [kept] = allocate(store, [Request("c", A)])
        savepoint.commit()
        savepoint = session.begin_nested()
        void(store, kept.number, "why")
        savepoint.rollback()
        assert allocate(store, [Request("c", A)]) == (kept,)
    assert _sequences(engine, tables) == [1]


def test_a_store_follows_its_session_from_transaction_to_transaction(either):
    engine, tables = either
    with orm.Session(engine) as session:
        store = SQLAlchemyStore(session, tables)
        allocate(store, [Request("a", A)])
        session.commit()
        allocate(store, [Request("b", A)])
        session.rollback()
        allocate(store, [Request("c", A)])
        session.commit()
    assert _sequences(engine, tables) == [1, 2]


def test_a_number_adopted_as_voided_takes_the_first_reason_it_is_given(either):
    dead = Issued(None, A.number(1), voided=True)
    engine, tables = either
    with engine.begin() as connection:
        adopt(SQLAlchemyStore(connection, tables), [dead])
        for reason in ("first", "second"):
            void(SQLAlchemyStore(connection, tables), dead.number, reason)
        assert connection.execute(sa.select(tables.issued.c.void_reason)).scalar() == "first"


def _sequences(engine, tables):
    with engine.connect() as connection:
        return [one.number.sequence for one in SQLAlchemyStore(connection, tables).numbers(A)]


def test_many_keys_at_once(either):
    engine, tables = either
    requests = [Request(f"k{n}", A, grassroots=n % 7 == 0) for n in range(1201)]
    with engine.begin() as connection:
        first = allocate(SQLAlchemyStore(connection, tables), requests)
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection, tables)
        assert allocate(store, requests) == first
        more = allocate(store, [Request(f"l{n}", A) for n in range(1201)])
    assert _sequences(engine, tables) == [*range(1, 2403)]
    assert more[0].number == A.number(1202)


@pytest.mark.parametrize(
    "damage", ["UPDATE either_counter SET last_sequence = 1", "DELETE FROM either_counter"]
)
def test_a_counter_that_lies_behind_its_numbers_is_called_that_and_repaired(either, damage):
    engine, tables = either
    other = NumberScope(2019, "00001", "001")
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection, tables)
        allocate(store, [Request(f"k{n}", A) for n in range(3)] + [Request("o", other)])
        connection.exec_driver_sql(damage)
    for size in (1, 2):
        batch = [Request(f"new{n}", A) for n in range(size)]
        with engine.connect() as connection, pytest.raises(BrokenStore, match="recount"):
            allocate(SQLAlchemyStore(connection, tables), batch)
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection, tables)
        assert store.recount()[A] == 3
        assert store.recount() == {}
    with engine.begin() as connection:
        [issued] = allocate(SQLAlchemyStore(connection, tables), [Request("new", A)])
        assert issued.number == A.number(4)
        connection.execute(sa.update(tables.counter).values(last_sequence=9))
        assert SQLAlchemyStore(connection, tables).recount() == {}  # it may have been shown


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM either_issued", "UPDATE either_issued SET digits = digits + 1"],
)
def test_triggers_keep_what_was_issued(either, statement):
    engine, tables = either
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("a", A)])
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="an issued number"):
        connection.exec_driver_sql(statement)
    with engine.begin() as connection:
        void(SQLAlchemyStore(connection, tables), A.number(1), "why")
    assert _sequences(engine, tables) == [1]


def test_a_savepoint_that_would_commit_is_refused(tmp_path):
    metadata = sa.MetaData()
    tables = define_tables(metadata)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
    metadata.create_all(engine)
    with orm.Session(engine) as session, session.begin_nested():
        with pytest.raises(TransactionRequired, match="begin_for_real") as caught:
            allocate(SQLAlchemyStore(session, tables), [Request("a", A)])
        assert caught.value.kind == "savepoint"
