"""Statements past SQLAlchemy: nobody can tell, and whoever could is left alone."""

import pymysql
import pytest
import sqlalchemy as sa
from pymysql.cursors import SSCursor
from sqlalchemy.pool import NullPool

from sdcert.allocation import Request, ScopeContended, allocate
from sdcert.numbering import NumberScope
from sdcert.stores import SQLAlchemyStore, _direct
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


@pytest.mark.parametrize(
    ("event", "place", "whom", "size"),
    [
        ("before_execute", 1, "engine", 1),
        ("before_execute", 1, "connection", 2),
        ("after_execute", 1, "engine", 2),
        ("after_execute", 1, "connection", 1),
        ("before_cursor_execute", 2, "engine", 2),
        ("before_cursor_execute", 2, "connection", 1),
        ("after_cursor_execute", 2, "engine", 1),
        ("after_cursor_execute", 2, "connection", 2),
        ("do_execute", 1, "engine", 1),
    ],
)
def test_a_host_that_listens_hears_every_statement(host, event, place, whom, size):
    engine, tables = host
    heard = []

    def listen(target):
        sa.event.listen(target, event, lambda *args: heard.append(str(args[place])))

    if whom == "engine":
        listen(engine)
    for turn in range(2):  # the first finds the scope unused
        with engine.begin() as connection:
            if whom == "connection":
                listen(connection)
            batch = [Request(f"{turn}-{n}", A) for n in range(size)]
            allocate(SQLAlchemyStore(connection, tables), batch)
        assert any("WITH bump" in statement for statement in heard)
        heard.clear()


def test_a_host_that_translates_errors_translates_ours(host):
    engine, tables = host

    class Translated(Exception):
        pass

    @sa.event.listens_for(engine, "handle_error")
    def translate(context):
        raise Translated

    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("a", A)])
    with engine.connect() as connection:
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        with pytest.raises(Translated):
            allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])


def test_a_host_that_hides_parameters_hides_ours(host):
    engine, tables = host
    hiding = sa.create_engine(engine.url, poolclass=NullPool, hide_parameters=True)
    with hiding.connect() as connection:
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        with pytest.raises(sa.exc.DBAPIError, match="parameters hidden") as caught:
            allocate(SQLAlchemyStore(connection, tables), [Request("secret", A)])
    assert "secret" not in str(caught.value)


def test_a_host_that_logs_sees_every_statement(host, caplog):
    engine, tables = host
    with caplog.at_level("INFO", logger="sqlalchemy.engine.Engine"):
        logged = sa.create_engine(engine.url, poolclass=NullPool)
        with logged.begin() as connection:
            allocate(SQLAlchemyStore(connection, tables), [Request("a", A)])
    assert "WITH bump" in caplog.text


@pytest.mark.parametrize("way", ["rolled back", "failed"])
def test_where_sqlalchemy_refuses_a_statement_so_does_the_store(host, way):
    engine, tables = host
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("a", A)])
    with engine.connect() as connection:
        if way == "rolled back":
            block = connection.begin_nested()
            block.__enter__()  # and never left: nothing may be done in it
            block.rollback()
        else:
            savepoint = connection.begin_nested()
            connection.exec_driver_sql("RELEASE SAVEPOINT sa_savepoint_1")
            with pytest.raises(sa.exc.DBAPIError):
                savepoint.commit()
        with pytest.raises(sa.exc.InvalidRequestError):
            connection.execute(sa.text("SELECT 1"))
        with pytest.raises(sa.exc.InvalidRequestError):
            allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])


@pytest.mark.parametrize("size", [1, 2])
def test_a_savepoint_that_is_there_is_written_in(host, size):
    engine, tables = host
    with engine.begin() as connection, connection.begin_nested() as savepoint:
        store = SQLAlchemyStore(connection, tables)
        allocate(store, [Request("a", A)])
        allocate(store, [Request(f"b{n}", A) for n in range(size)])
        assert savepoint.is_active
    assert _sequences(engine, tables) == [*range(1, size + 2)]


def test_a_lost_connection_is_given_up_as_sqlalchemy_does(host):
    engine, tables = host
    with engine.connect() as connection:
        store = SQLAlchemyStore(connection, tables)
        allocate(store, [Request("a", A)])
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
        with engine.begin() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(sa.exc.OperationalError) as caught:
            allocate(store, [Request("b", A)])
        assert caught.value.connection_invalidated
        assert connection.invalidated


def test_what_is_as_old_in_the_pool_is_given_up_with_a_lost_connection(host):
    """The server was restarted, say: one attempt fails, not one for each connection."""
    engine, tables = host
    pooled = sa.create_engine(engine.url, pool_size=3)
    with pooled.connect() as one, pooled.connect() as two, pooled.connect() as three:
        ask = sa.text("SELECT pg_backend_pid()")
        pids = [connection.execute(ask).scalar() for connection in (one, two, three)]
        allocate(SQLAlchemyStore(one, tables), [Request("a", A)])
        one.commit()
    with engine.begin() as other:
        for pid in pids:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with pytest.raises(sa.exc.OperationalError), pooled.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])
    for _ in range(3):
        with pooled.begin() as connection:
            allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])
    pooled.dispose()
    assert _sequences(engine, tables) == [1, 2]


@pytest.fixture
def on_mariadb(mariadb):
    metadata = sa.MetaData()
    tables = define_tables(metadata, prefix="direct_")
    engine = sa.create_engine(mariadb.url, poolclass=NullPool)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("a", A)])
    return engine, tables


@pytest.mark.parametrize("since", ["10.5", "before"])
def test_a_host_that_listens_on_mariadb_hears_every_statement(on_mariadb, since, monkeypatch):
    engine, tables = on_mariadb
    heard = []
    sa.event.listen(engine, "before_cursor_execute", lambda *args: heard.append(args[2]))
    if since == "before":  # or MySQL
        monkeypatch.setattr(engine.dialect, "insert_returning", False)
    with engine.begin() as connection:
        allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])
    said = [statement.split()[0] for statement in heard]
    assert said == (["BEGIN"] if since == "10.5" else ["UPDATE", "SAVEPOINT", "INSERT", "RELEASE"])
    with engine.begin() as connection:
        [known] = allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])
    assert known.number.sequence == 2
    assert _sequences(engine, tables) == [1, 2]
    with engine.begin() as connection:  # the first of a scope goes the two verbs' way
        [first] = allocate(SQLAlchemyStore(connection, tables), [Request("c", B)])
    assert first.number.sequence == 1


@pytest.mark.parametrize("way", ["killed", "lost", "broken off", "broken off between"])
def test_a_connection_to_mariadb_that_is_lost_is_given_up(on_mariadb, way, monkeypatch):
    engine, tables = on_mariadb
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection, tables)
        driver = connection.connection.driver_connection
        error = KeyboardInterrupt
        if way == "killed":
            with engine.connect() as other:
                other.exec_driver_sql(f"KILL {driver.thread_id()}")
            error = sa.exc.OperationalError
        elif way == "lost":

            def lost():
                driver._force_close()
                raise pymysql.OperationalError(2013, "Lost connection")

            monkeypatch.setattr(driver, "next_result", lost)
            error = sa.exc.OperationalError
        else:

            def broken_off(*_):
                raise KeyboardInterrupt

            method = "_write_bytes" if way == "broken off" else "insert_id"
            monkeypatch.setattr(driver, method, broken_off)
        with pytest.raises(error):
            allocate(store, [Request("b", A)])
        assert connection.invalidated
        connection.rollback()
    assert _sequences(engine, tables) == [1]


def test_two_statements_go_to_mariadb_at_once(on_mariadb, monkeypatch):
    engine, tables = on_mariadb
    done = []
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        send, read = driver._write_bytes, driver.next_result
        monkeypatch.setattr(driver, "_write_bytes", lambda data: (done.append("sent"), send(data)))
        monkeypatch.setattr(driver, "next_result", lambda: (done.append("read"), read())[1])
        store = SQLAlchemyStore(connection, tables)
        [issued] = allocate(store, [Request("b", A, grassroots=True)])
        assert done == ["sent", "read", "read"]
        assert issued.number == A.number(2, grassroots=True)
        # A key that is known is refused by the second, and the first is taken back.
        [known] = allocate(store, [Request("a", A)])
        [again] = allocate(store, [Request("b", A, grassroots=True)])
        assert (known.number.sequence, again) == (1, issued)
        [fresh] = allocate(store, [Request("c", A)])
    assert fresh.number.sequence == 3
    assert _sequences(engine, tables) == [1, 2, 3]


def test_what_is_not_read_yet_or_closed_goes_the_drivers_own_way(on_mariadb):
    engine, tables = on_mariadb
    with engine.connect() as connection:
        connection.begin()
        driver = connection.connection.driver_connection
        cursor = driver.cursor(SSCursor)
        cursor.execute("SELECT 1 UNION SELECT 2")
        assert not _direct.takes_two(connection)
        assert len(cursor.fetchall()) == 2
        assert _direct.takes_two(connection)
        driver.close()
        assert not _direct.takes_two(connection)
        with pytest.raises(sa.exc.InterfaceError):
            allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])


def test_where_the_first_of_two_fails_the_second_writes_nothing(on_mariadb):
    engine, tables = on_mariadb
    update = sa.update(tables.counter).values(last_sequence=tables.counter.c.last_sequence)
    with engine.connect() as connection, engine.connect() as other:
        connection.exec_driver_sql("SET innodb_lock_wait_timeout = 0")
        other.execute(update)
        with pytest.raises(ScopeContended):
            allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])
        connection.commit()  # whatever the second has written would stay
        other.rollback()
    assert _sequences(engine, tables) == [1]


def test_what_refuses_the_second_of_two_is_raised_as_it_is(on_mariadb):
    engine, tables = on_mariadb
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE direct_issued DROP COLUMN grassroots")
        with pytest.raises(sa.exc.OperationalError, match="grassroots"):
            allocate(SQLAlchemyStore(connection, tables), [Request("b", A)])


def _sequences(engine, tables):
    with engine.connect() as connection:
        return [one.number.sequence for one in SQLAlchemyStore(connection, tables).numbers(A)]
