"""BEGIN and the one statement in a single round trip: nobody can tell, and nothing is lost."""

import signal
import threading
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from sdcert.allocation import Request, ScopeContended, allocate
from sdcert.numbering import NumberScope
from sdcert.stores import SQLAlchemyStore, _one_trip
from sdcert.stores.sqlalchemy import define_tables

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


@pytest.fixture
def host(server):
    metadata = sa.MetaData()
    tables = define_tables(metadata, schema="trips")
    engine = sa.create_engine(server.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema("trips", if_not_exists=True))
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:  # used before: from here on one statement does it
        allocate(SQLAlchemyStore(connection, tables), [Request("first", A)])
    return engine, tables


def driver_of(connection):
    return connection.connection.driver_connection


def prepared(connection):
    """The names of what is prepared on a connection, and how often each was run."""
    rows = driver_of(connection).execute(
        "SELECT name, generic_plans + custom_plans FROM pg_prepared_statements ORDER BY name"
    )
    return dict(rows.fetchall())


def ours(connection):
    """Of these, what is prepared by us; the driver prepares as well."""
    return {name: runs for name, runs in prepared(connection).items() if "sdcert" in name}


def sequence(connection, tables, key):
    with connection.begin():
        [issued] = allocate(SQLAlchemyStore(connection, tables), [Request(key, A)])
    return issued.number.sequence


def test_the_statement_is_prepared_once_and_run_each_time(host):
    engine, tables = host
    with engine.connect() as connection:
        for turn in range(3):
            assert sequence(connection, tables, f"k{turn}") == turn + 2
            with connection.begin():
                batch = [Request(f"{turn}-{n}", B, grassroots=n == 1) for n in range(3)]
                answers = allocate(SQLAlchemyStore(connection, tables), batch)
                marks = [issued.number.grassroots for issued in answers]
                assert marks == [False, True, False]
        with connection.begin():
            # The first batch found its scope unused and was written by the two verbs.
            assert sorted(ours(connection).values()) == [3, 3]
        assert sequence(connection, tables, "k0") == 2
        with connection.begin():
            [issued] = allocate(SQLAlchemyStore(connection, tables), [Request("m", A, True)])
            assert issued.number == A.number(5, True)


def test_a_name_stands_for_one_statement_on_every_connection(host):
    """A proxy may lend another client's connection: what is prepared there is on other tables."""
    engine, tables = host
    metadata = sa.MetaData()
    other = define_tables(metadata, schema="trips", prefix="other_")
    metadata.create_all(engine)
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, other), [Request("first", A)])
    names = []
    with engine.connect() as one, engine.connect() as two:
        for connection, ours in ((one, tables), (two, other)):
            assert sequence(connection, ours, "a") == 2
            names.append(set(prepared(connection)))
    metadata.drop_all(engine)
    assert not names[0] & names[1]


def test_the_transaction_is_the_hosts_to_end(host):
    engine, tables = host
    with engine.connect() as connection:
        for end, expected in (("rollback", 2), ("commit", 2), ("rollback", 3)):
            transaction = connection.begin()
            [issued] = allocate(SQLAlchemyStore(connection, tables), [Request(f"k{expected}", A)])
            assert driver_of(connection).info.transaction_status.name == "INTRANS"
            assert issued.number.sequence == expected
            getattr(transaction, end)()
            assert driver_of(connection).info.transaction_status.name == "IDLE"


@pytest.mark.parametrize(
    "way",
    [
        "begun",
        "isolation",
        "unprepared",
        "encoding",
        "subclass",
        "cursor",
        "unsupported",
        "unknown",
    ],
)
def test_whatever_is_not_plain_goes_the_drivers_own_way(host, monkeypatch, way):
    engine, tables = host
    if way == "subclass":

        class Own(psycopg.Connection):
            pass

        engine = sa.create_engine(
            engine.url,
            poolclass=NullPool,
            creator=lambda: Own.connect(**engine.dialect.create_connect_args(engine.url)[1]),
        )
    if way == "cursor":

        class Seeing(psycopg.Cursor):
            seen = ""

            def execute(self, query, *args, **kwargs):
                Seeing.seen += query
                return super().execute(query, *args, **kwargs)

        engine = sa.create_engine(
            engine.url, poolclass=NullPool, connect_args={"cursor_factory": Seeing}
        )
    if way == "unsupported":
        monkeypatch.setattr(psycopg.Pipeline, "is_supported", classmethod(lambda cls: False))
    with engine.connect() as connection:
        driver = driver_of(connection)
        if way == "begun":
            connection.execute(sa.text("SELECT 1"))
        elif way == "isolation":
            driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        elif way == "unprepared":
            driver.prepare_threshold = None
        elif way == "encoding":
            driver.execute("SET client_encoding TO 'EUC_CN'")
            driver.commit()
        if way != "unknown":  # to SQLAlchemy, which begins with the first statement it executes
            connection.get_transaction() or connection.begin()
        [issued] = allocate(SQLAlchemyStore(connection, tables), [Request("教师", A)])
        assert issued.number.sequence == 2
        assert ours(connection) == {}
        if way == "cursor":
            assert "WITH bump" in Seeing.seen
        if way == "isolation":
            level = connection.exec_driver_sql("SHOW transaction_isolation").scalar()
            assert level == "repeatable read"
        connection.commit()
    with host[0].connect() as connection:
        assert sequence(connection, tables, "教师") == 2


def test_a_hosts_pipeline_is_left_alone(server):
    with psycopg.connect(server.dsn) as driver:
        memory = {}
        assert _one_trip.is_ready(driver, memory)
        with driver.pipeline():
            assert not _one_trip.is_ready(driver, memory)


def test_a_statement_that_is_gone_is_not_missed(host):
    """A host's DISCARD ALL, or a proxy that changes the server behind the connection."""
    engine, tables = host
    with engine.connect() as connection:
        assert sequence(connection, tables, "a") == 2
        driver_of(connection).execute("DEALLOCATE ALL")
        driver_of(connection).commit()
        assert sequence(connection, tables, "b") == 3
        assert sequence(connection, tables, "c") == 4
        assert ours(connection) == {}


def test_the_databases_own_error_is_raised(host):
    engine, tables = host
    with engine.connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = on")
        connection.commit()
        with pytest.raises(sa.exc.InternalError, match="read-only transaction") as caught:
            sequence(connection, tables, "a")
        assert isinstance(caught.value.orig, psycopg.errors.ReadOnlySqlTransaction)
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.commit()
        assert sequence(connection, tables, "a") == 2
    missing = define_tables(sa.MetaData(), prefix="missing_")
    with engine.connect() as connection:
        for _ in range(2):
            with pytest.raises(sa.exc.ProgrammingError, match="does not exist"):
                sequence(connection, missing, "a")
        assert prepared(connection) == {}


@contextmanager
def holding(engine, tables, key="held"):
    """Somebody else holds the scope."""
    with engine.connect() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request(key, A)])
        yield connection
        connection.rollback()


def test_a_lock_that_is_not_to_be_had_is_a_lost_race(host):
    engine, tables = host
    with holding(engine, tables), engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '50ms'")
        connection.commit()
        for _ in range(2):
            with pytest.raises(ScopeContended):
                sequence(connection, tables, "a")
        with connection.begin():  # what was prepared before it failed is prepared
            assert [*prepared(connection).values()] == [2]


@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_a_connection_that_is_lost_is_given_up(host, when):
    engine, tables = host

    def end(pid):
        with engine.begin() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    with engine.connect() as connection:
        assert sequence(connection, tables, "a") == 2
        pid = driver_of(connection).info.backend_pid
        if when == "before":
            end(pid)
            with pytest.raises(sa.exc.OperationalError) as caught:
                sequence(connection, tables, "b")
        else:
            with holding(engine, tables):
                timer = threading.Timer(0.2, end, [pid])
                timer.start()
                with pytest.raises(sa.exc.OperationalError) as caught:
                    sequence(connection, tables, "b")
                timer.join()
        assert caught.value.connection_invalidated
        assert "terminat" in str(caught.value)


def test_a_connection_that_ends_without_a_word_is_not_waited_for():
    unsent = [1, 0]

    class Ended:
        status = psycopg.pq.ConnStatus.BAD

        def flush(self):
            return unsent.pop(0)

        def consume_input(self):
            pass

        def is_busy(self):
            return False

        def get_result(self):
            return None

    with pytest.raises(psycopg.OperationalError, match="the connection is lost"):
        assert list(_one_trip._results(Ended())) == [psycopg.waiting.Wait.RW]


def test_an_interruption_leaves_a_connection_that_can_be_used(host):
    engine, tables = host

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with holding(engine, tables), engine.connect() as connection:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                sequence(connection, tables, "a")
            assert driver_of(connection).info.transaction_status.name == "IDLE"
            connection.exec_driver_sql("SELECT 1")
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_connection_that_is_broken_off_is_given_up(host):
    """By an exception that neither the driver nor SQLAlchemy foresees: a task's time is up, say."""
    engine, tables = host

    class TimeIsUp(Exception):
        pass

    def interrupt(*_):
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with holding(engine, tables), engine.connect() as connection:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(TimeIsUp):
                sequence(connection, tables, "a")
            connection.exec_driver_sql("SELECT 1")
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_batch_larger_than_the_sockets_buffer(host):
    engine, tables = host
    batch = [Request(f"{n:0200}", A) for n in range(5000)]
    with engine.begin() as connection:
        answers = allocate(SQLAlchemyStore(connection, tables), batch)
    assert [issued.number.sequence for issued in answers] == [*range(2, 5002)]
