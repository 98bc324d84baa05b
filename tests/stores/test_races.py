"""Lost races are recognised wherever a driver puts its code, and nothing else is taken for one."""

import sqlite3
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from sdcert.allocation import Request, ScopeContended, allocate
from sdcert.numbering import NumberScope
from sdcert.stores import SQLAlchemyStore, is_lost_race
from sdcert.stores.sqlalchemy import define_tables

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


class Error(Exception):
    """As PEP 249 names the root of a driver's errors."""


class DriverError(Error):
    def __init__(self, *args, **attributes):
        super().__init__(*args)
        vars(self).update(attributes)


class Wrapped(Exception):
    def __init__(self, orig):
        super().__init__()
        self.orig = orig


def caused(cause):
    error = Exception("wrapped")
    error.__cause__ = cause
    return error


LOST = [
    DriverError(sqlstate="40001"),
    DriverError(pgcode="40P01"),
    DriverError({"S": "ERROR", "C": "55P03"}),
    DriverError(1213, "Deadlock found"),
    DriverError(1205, "Lock wait timeout exceeded"),
    DriverError(1020, "Record has changed since last read"),
    DriverError("deadlock", errno=1213),
    DriverError("40001", "a driver of ODBC"),
    DriverError(sqlite_errorcode=sqlite3.SQLITE_BUSY_SNAPSHOT),
]
OTHER = [
    DriverError(),
    DriverError(sqlstate="23505"),
    DriverError({"C": "23505"}),
    DriverError(1062, "Duplicate entry"),
    DriverError(["40001"]),
    DriverError(sqlite_errorcode=sqlite3.SQLITE_CONSTRAINT),
    KeyError(1213),
    ValueError("40001"),
]


@pytest.mark.parametrize("error", LOST, ids=repr)
def test_a_lost_race_is_recognised_as_it_is_and_wrapped(error):
    assert is_lost_race(error)
    assert is_lost_race(Wrapped(error))
    assert is_lost_race(caused(Wrapped(error)))
    assert is_lost_race(Exception(error, *error.args))  # as Peewee and Tortoise wrap it
    error.__cause__ = error  # a driver may do that; nobody must run in circles
    assert is_lost_race(caused(error))


@pytest.mark.parametrize("error", OTHER, ids=repr)
def test_nothing_else_is_taken_for_one(error):
    assert not is_lost_race(error)
    assert not is_lost_race(caused(Wrapped(error)))


DRIVERS = {
    "psycopg": "server",
    "psycopg2": "server",
    "pg8000": "server",
    "pymysql": "mariadb",
    "mysqlconnector": "mariadb",
}


@pytest.fixture(params=DRIVERS)
def host(request):
    """A host's engine over each driver, with two scopes in use."""
    metadata = sa.MetaData()
    tables = define_tables(metadata, prefix="races_")
    url = request.getfixturevalue(DRIVERS[request.param]).url_for(request.param)
    engine = sa.create_engine(url, poolclass=NullPool)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request(f"{s}", s) for s in (A, B)])
    return engine, tables


@pytest.mark.parametrize("size", [1, 2])
def test_a_deadlock_is_a_lost_race_on_every_driver(host, size):
    """Two scopes in opposite order, in two calls each: the database ends one of the two."""
    engine, tables = host
    barrier, outcomes = threading.Barrier(2), []

    def side(order):
        try:
            with engine.begin() as connection:
                store = SQLAlchemyStore(connection, tables)
                for turn, scope in enumerate(order):
                    allocate(store, [Request(f"{order}{scope}{n}", scope) for n in range(size)])
                    if turn == 0:
                        barrier.wait(10)
        except ScopeContended:
            outcomes.append("contended")
        except sa.exc.DBAPIError as error:
            outcomes.append(repr(error))
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=side, args=(order,)) for order in ((A, B), (B, A))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["contended", "done"]


def test_a_lock_that_is_not_to_be_had_in_time_is_a_lost_race_on_every_driver(host):
    engine, tables = host
    wait = {
        "postgresql": "SET lock_timeout = '100ms'",
        "mysql": "SET SESSION innodb_lock_wait_timeout = 1",
    }[engine.dialect.name]
    with engine.begin() as holder, engine.connect() as connection:
        allocate(SQLAlchemyStore(holder, tables), [Request("held", A)])
        connection.exec_driver_sql(wait)
        with pytest.raises(ScopeContended) as caught:
            allocate(SQLAlchemyStore(connection, tables), [Request("waits", A)])
        assert caught.value.scope == A


def test_a_snapshot_that_is_too_old_is_a_lost_race_on_every_driver(host):
    engine, tables = host
    repeatable = engine.execution_options(isolation_level="REPEATABLE READ")
    for batch in ([Request("late", A)], [Request("late", A), Request("late, too", B)]):
        with repeatable.connect() as connection:
            store = SQLAlchemyStore(connection, tables)
            before = store.read(A, ()).last
            with engine.begin() as other:
                [issued] = allocate(SQLAlchemyStore(other, tables), [Request(f"b{before}", A)])
            assert store.read(A, ()).last == before
            try:
                answers = allocate(store, batch)
            except ScopeContended:
                continue
            # MariaDB counts on from what is committed by now.
            assert answers[0].number.sequence == issued.number.sequence + 1
