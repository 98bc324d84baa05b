"""What the laws do not reach: refusals, waits, and the errors of databases."""

import asyncio
import builtins
import importlib
import sqlite3
import sys
import threading
from contextlib import closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from sdcert import stores
from sdcert.allocation import (
    Issued,
    NoStore,
    NumberNotIssued,
    Request,
    ScopeContended,
    State,
    TransactionRequired,
    adopt,
    allocate,
    allocate_async,
    preview,
    void,
)
from sdcert.errors import MissingExtra
from sdcert.numbering import NumberScope
from sdcert.stores import (
    AsyncMemoryStore,
    AsyncSQLAlchemyStore,
    MemoryStore,
    SQLAlchemyStore,
    SQLiteStore,
)
from sdcert.stores.sqlalchemy import define_tables
from sdcert.testing import _ground
from sdcert.testing.allocation import AllocationStoreTests, AsyncAllocationStoreTests, LawBroken

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


# Memory.


def test_memory_store_used_directly_is_one_transaction_a_verb():
    memory = MemoryStore()
    [issued] = allocate(memory, [Request("a", A)])
    void(memory, issued.number, "lost")
    assert memory.reason(issued.number) == "lost"
    assert memory.reason(A.number(2)) is None
    with pytest.raises(NumberNotIssued, match="these 15 digits were issued as"):
        void(memory, A.number(1, True), "lost")
    assert memory.append(A, None, [Issued("b", A.number(1))]) is False

    async def use():
        store = AsyncMemoryStore()
        assert await store.append(A, None, [Issued("b", A.number(1))]) is True
        assert (await store.read(A, ())) == State(1)

    asyncio.run(use())


def test_a_memory_transaction_claims_what_it_writes():
    memory = MemoryStore()
    with memory.transaction() as first, memory.transaction() as second:
        assert first.append(A, None, [Issued("a", A.number(1))])
        assert not second.append(A, None, [Issued("b", A.number(1))])
        assert not second.append(B, None, [Issued("a", B.number(1))])
        assert second.append(B, None, [Issued("b", B.number(1))])
    with pytest.raises(TransactionRequired, match="MemoryTransaction writes inside a transaction"):
        first.read(A, ())


# SQLite.


@contextmanager
def locked(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_sqlite_waits_for_the_lock_and_gives_up_in_time(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store:
        with (
            locked(tmp_path / "n.db"),
            pytest.raises(ScopeContended, match="the store was changed"),
            store.transaction(timeout=0.02),
        ):
            pass
        ready = threading.Event()

        def hold():
            with locked(tmp_path / "n.db"):
                ready.set()
                threading.Event().wait(0.05)

        thread = threading.Thread(target=hold)
        thread.start()
        ready.wait(5)
        with store.transaction(timeout=20):
            assert len(allocate(store, [Request("a", A)])) == 1
        thread.join()


def test_a_hosts_own_transaction_loses_the_race_and_says_so(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as first, first.transaction():
        allocate(first, [Request("b", B)])
    with closing(sqlite3.connect(tmp_path / "n.db", timeout=0, isolation_level=None)) as mine:
        store = SQLiteStore(mine)
        with pytest.raises(TransactionRequired):
            store.append(A, None, [Issued("a", A.number(1))])
        with pytest.raises(TransactionRequired):
            store.void(A.number(1), "why")
        with pytest.raises(TransactionRequired):
            store.advance(A, [Request("a", A)])
        mine.execute("BEGIN")
        with locked(tmp_path / "n.db"):
            assert store.append(A, None, [Issued("a", A.number(1))]) is False
            with pytest.raises(ScopeContended):
                store.void(A.number(1), "why")
            with pytest.raises(ScopeContended):
                store.advance(B, [Request("a", B)])
        assert mine.in_transaction
        assert store.append(A, None, [Issued("a", A.number(1))]) is True
        mine.execute("ROLLBACK")


def test_other_errors_of_sqlite_are_raised_as_they_are(tmp_path):
    with closing(sqlite3.connect(tmp_path / "bare.db", isolation_level=None)) as connection:
        store = SQLiteStore(connection)
        connection.execute("BEGIN")
        for verb in (
            lambda: store.read(A, ["a"]),
            lambda: store.append(A, None, [Issued("a", A.number(1))]),
            lambda: store.void(A.number(1), "why"),
        ):
            with pytest.raises(sqlite3.OperationalError, match="no such table"):
                verb()
    (tmp_path / "text.db").write_text("this is no database, and long enough to be read as one")
    for opened in (SQLiteStore.open, SQLiteStore.open_existing):
        with pytest.raises(NoStore, match=r"“text\.db” is no SQLite database"):
            opened(tmp_path / "text.db")
        with pytest.raises(NoStore) as caught:
            opened(tmp_path / "no" / "such.db")
        assert caught.value.kind in ("missing", "unopenable")


def test_opening_what_is_there_changes_nothing(tmp_path):
    path = tmp_path / "50% & #1?.db"
    path.touch()
    with pytest.raises(NoStore, match="is empty"):
        SQLiteStore.open_existing(path)
    with closing(sqlite3.connect(path)) as host:
        host.execute("CREATE TABLE certificate (number TEXT)")
    before = path.read_bytes()
    with pytest.raises(NoStore, match="without the tables of a store of numbers"):
        SQLiteStore.open_existing(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with SQLiteStore.open(path) as store, store.transaction():  # here somebody wants it so
        first = allocate(store, [Request("a", A)])
    with SQLiteStore.open_existing(path) as store, store.transaction():
        assert allocate(store, [Request("a", A)]) == first


def test_damage_is_told_in_the_databases_own_words(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db"):
        pass
    damaged = bytearray((tmp_path / "n.db").read_bytes())
    damaged[100:4096] = b"\xff" * 3996
    (tmp_path / "n.db").write_bytes(damaged)
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        SQLiteStore.open_existing(tmp_path / "n.db")


def test_reading_a_locked_file_is_a_lost_race(tmp_path):
    with closing(sqlite3.connect(tmp_path / "n.db", isolation_level=None)) as other:
        for statement in stores.sqlite.SCHEMA:  # without WAL a writer locks readers out
            other.execute(statement)
        other.execute("BEGIN EXCLUSIVE")
        with (
            closing(sqlite3.connect(tmp_path / "n.db", timeout=0)) as mine,
            pytest.raises(ScopeContended),
        ):
            preview(SQLiteStore(mine), [Request("a", A)])


def test_many_keys_are_read_in_pieces(tmp_path):
    requests = [Request(f"k{n}", A) for n in range(1201)]
    metadata = sa.MetaData()
    tables = define_tables(metadata)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
    metadata.create_all(engine)
    with engine.begin() as connection:
        first = allocate(SQLAlchemyStore(connection, tables), requests)
        assert allocate(SQLAlchemyStore(connection, tables), requests) == first
    with SQLiteStore.open(tmp_path / "n.db") as store, store.transaction():
        assert allocate(store, requests) == first
        assert allocate(store, requests) == first


def test_the_greatest_number_is_the_counter(tmp_path):
    """Whoever writes a number past the store moves the counter, and cannot make it stale."""
    with SQLiteStore.open(tmp_path / "n.db") as store:
        with store.transaction():
            allocate(store, [Request("a", A)])
            store.connection.execute(
                "INSERT INTO sdcert_issued VALUES (189002091200002, NULL, 0, NULL)"
            )
        with store.transaction():
            assert not store.append(A, 1, [Issued("b", A.number(2))])
            for size in (1, 2):
                allocate(store, [Request(f"b{n}", A) for n in range(size)])
            assert [one.number.sequence for one in store.numbers(A)] == [1, 2, 3, 4]
            allocate(
                store,
                [Request(f"{year}", NumberScope(year, "00000", "999")) for year in (2000, 2099)],
            )
            assert [scope.year for scope in store.scopes()] == [2000, 2018, 2099]


@pytest.mark.parametrize("opened", [SQLiteStore.open, SQLiteStore.open_existing])
@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("DELETE FROM sdcert_issued", "voided, never deleted"),
        ("REPLACE INTO sdcert_issued VALUES (189002091200001, 'b', 0, NULL)", "never deleted"),
        ("REPLACE INTO sdcert_issued VALUES (189002091200009, 'b', 0, NULL)", "never deleted"),
        ("UPDATE OR REPLACE sdcert_issued SET key = 'b' WHERE key = 'a'", "never deleted"),
        ("UPDATE sdcert_issued SET number = number - 100000", "never becomes another"),
        ("UPDATE sdcert_issued SET rowid = rowid + 5 WHERE key = 'b'", "never becomes another"),
    ],
)
def test_an_issued_number_cannot_be_made_away_with(tmp_path, opened, statement, refusal):
    SQLiteStore.open(tmp_path / "n.db").close()
    with opened(tmp_path / "n.db") as store:
        assert store.scopes() == []
        with store.transaction():
            given = allocate(store, [Request("a", A), Request("b", A)])
        with pytest.raises(sqlite3.IntegrityError, match=refusal):
            store.connection.execute(statement)
        assert tuple(store.numbers(A)) == given


@pytest.mark.parametrize("guard", ["sdcert_issued_stays", "sdcert_issued_keeps"])
def test_a_store_that_has_lost_a_guard_is_told_from_a_foreign_file(tmp_path, guard):
    """A table that is copied by a migration comes without its triggers."""
    path = tmp_path / "n.db"
    with SQLiteStore.open(path) as store:
        with store.transaction():
            given = allocate(store, [Request("a", A)])
        store.connection.execute(f"DROP TRIGGER {guard}")
    with pytest.raises(NoStore, match="a store of numbers without its guards") as caught:
        SQLiteStore.open_existing(path)
    assert caught.value.kind == "unguarded"
    assert "缺少防止删除和更改的触发器" in caught.value.message("zh")
    SQLiteStore.open(path).close()
    with SQLiteStore.open_existing(path) as store:
        assert tuple(store.numbers(A)) == given


def test_a_file_that_counted_in_a_table_of_its_own_goes_on(tmp_path):
    """As files were made once: the counter's table is left alone."""
    path = tmp_path / "n.db"
    with closing(sqlite3.connect(path)) as older:
        older.executescript(
            "CREATE TABLE sdcert_counter (scope INTEGER PRIMARY KEY, last INTEGER NOT NULL);"
            "CREATE TABLE sdcert_issued (number INTEGER PRIMARY KEY, key TEXT UNIQUE,"
            " grassroots INTEGER NOT NULL, void_reason TEXT);"
            "INSERT INTO sdcert_counter VALUES (1890020912, 7);"
            "INSERT INTO sdcert_issued VALUES (189002091200007, 'g', 0, NULL);"
        )
    with pytest.raises(NoStore, match="without its guards"):
        SQLiteStore.open_existing(path)
    with SQLiteStore.open(path) as store, store.transaction():
        given = allocate(store, [Request("h", A), Request("g", A)])
        assert [one.number.sequence for one in given] == [8, 7]


def test_a_transaction_that_read_an_older_state_has_lost(tmp_path):
    """Begun without the write lock, it read before another wrote."""
    with SQLiteStore.open(tmp_path / "n.db") as other:
        with other.transaction():
            allocate(other, [Request("a", A)])
        with closing(sqlite3.connect(tmp_path / "n.db", timeout=0, isolation_level=None)) as mine:
            store = SQLiteStore(mine)
            for verb in ("advance", "append"):
                mine.execute("BEGIN")
                last = store.read(A, ()).last
                with other.transaction():
                    allocate(other, [Request(verb, A)])
                assert store.read(A, ()).last == last  # as it was when it began
                if verb == "advance":
                    with pytest.raises(ScopeContended):
                        store.advance(A, [Request("late", A)])
                else:
                    assert not store.append(A, last, [Issued("late", A.number(last + 1))])
                mine.execute("ROLLBACK")


def test_an_append_that_ends_the_transaction_wrote_nothing(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store:
        store.connection.execute(
            "CREATE TRIGGER ends BEFORE INSERT ON sdcert_issued "
            "BEGIN SELECT RAISE(ROLLBACK, 'the host forbids it'); END"
        )
        with pytest.raises(ScopeContended), store.transaction():
            allocate(store, [Request("a", A)])
        assert store.read(A, ["a"]) == State(None)


def test_a_failing_commit_rolls_back(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store:
        with pytest.raises(sqlite3.OperationalError), store.transaction():
            store.connection.execute("ROLLBACK")  # the host does what it must not do
        assert not store.connection.in_transaction


# SQLAlchemy.


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


def test_other_databases_are_refused():
    class Elsewhere:
        class dialect:
            name = "oracle"

    class Bind:
        def connection(self):
            return Elsewhere()

    with pytest.raises(ValueError, match="knows postgresql and sqlite, not oracle"):
        SQLAlchemyStore(Bind(), define_tables(sa.MetaData()))


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


# The kit's own ground.


class Kept(AllocationStoreTests):
    def __init__(self):
        self.memory = MemoryStore()

    def transaction(self):
        return self.memory.transaction()

    def behind(self, scope):
        return list(self.memory.numbers(scope))


def test_a_forgotten_hook_fails_loudly():
    for kit in (AllocationStoreTests(), AsyncAllocationStoreTests()):
        for name in (name for name in dir(kit) if name.startswith("test_")):
            with pytest.raises(NotImplementedError, match=r"must override (transaction|behind)"):
                getattr(kit, name)()

    class Half(Kept):
        behind = AllocationStoreTests.behind

    with pytest.raises(NotImplementedError, match=r"Half must override behind\(\)"):
        Half().test_uniqueness()

    class AsyncHalf(AsyncAllocationStoreTests):
        memory = AsyncMemoryStore()

        def transaction(self):
            return self.memory.transaction()

    with pytest.raises(NotImplementedError, match=r"AsyncHalf must override behind\(\)"):
        AsyncHalf().test_uniqueness()


def test_the_hook_for_reasons_may_be_left_out():
    Kept().test_first_reason_stays()
    with pytest.raises(NotImplementedError, match=r"Kept does not override reason\(\)"):
        Kept().reason(A.number(1))
    with pytest.raises(NotImplementedError, match=r"does not override reason\(\)"):
        asyncio.run(AsyncAllocationStoreTests().reason(A.number(1)))


def test_a_hook_that_swallows_exceptions_is_found():
    class Swallows(Kept):
        @contextmanager
        def transaction(self):
            try:
                with self.memory.transaction() as store:
                    yield store
            except Exception:  # noqa: BLE001  # that is the mistake
                return

    with pytest.raises(LawBroken, match="the transaction hook swallows"):
        Swallows().test_rollback_leaves_nothing()
    with pytest.raises(LawBroken, match="was voided without having been issued"):
        Swallows().test_voided_never_returns()
    with pytest.raises(LawBroken, match="adopted"):
        Swallows().test_adoption()
    with pytest.raises(LawBroken, match="no RequestConflict"):
        Swallows().test_keys_are_unique_over_the_store()


def test_gaps_are_allowed_only_where_they_are_declared():
    class Gaps(Kept):
        gapless = False

    Gaps().test_gaplessness()
    Gaps().test_concurrency()
    for declared in (Gaps(), Kept()):
        gap = list(adopt(declared.memory, [A.number(2)]))
        laws = declared._laws(declared._ground(one_statement=False))
        if declared.gapless:
            with pytest.raises(LawBroken, match="sequences"):
                laws.hold("x", lambda laws=laws, gap=gap: laws.nothing_is_lost(A, gap))
        else:
            laws.hold("x", lambda laws=laws, gap=gap: laws.nothing_is_lost(A, gap))


def test_a_store_that_always_loses_is_given_up():
    class Loses(MemoryStore):
        @contextmanager
        def transaction(self):
            raise ScopeContended
            yield

    class Kit(Kept):
        def __init__(self):
            self.memory = Loses()

    laws = Kit()._laws(Kit()._ground(one_statement=False))
    laws.attempts = 5
    with pytest.raises(LawBroken, match="every one lost its race"):
        laws.hold("concurrency", lambda: laws.patiently([Request("a", A)]))


def test_a_race_may_be_lost_as_late_as_the_commit():
    class Late(MemoryStore):
        """Everybody appends; whoever commits second has lost."""

        def __init__(self):
            super().__init__()
            self.commits = 0

        @contextmanager
        def transaction(self):
            before = self.commits
            private = MemoryStore()
            private._ledger.merge(self._ledger)
            with private.transaction() as store:
                yield store
            if store._own.last and self.commits != before:
                raise ScopeContended
            if store._own.last:
                self.commits += 1
                self._ledger.merge(store._own)

    class Kit(Kept):
        def __init__(self):
            self.memory = Late()

    Kit().test_first_use_race()


def test_a_synchronous_hook_must_not_wait_for_a_loop():
    class Later:
        def __await__(self):
            yield

    async def waits():
        await Later()

    ground = Kept()._ground(one_statement=False)
    with pytest.raises(TypeError, match="must not wait for an event loop"):
        ground.run(waits)


def test_transactions_that_block_each_other_are_given_up(monkeypatch):
    monkeypatch.setattr(_ground, "_PATIENCE", 0.05)
    ground = Kept()._ground(one_statement=False)
    event = ground.event()

    async def stuck():
        await event.wait(5)

    with pytest.raises(TimeoutError, match="block each other"):
        ground.run(lambda: ground.together(stuck))
    event.set()

    async def fails():
        raise RuntimeError("a side fails")

    with pytest.raises(RuntimeError, match="a side fails"):
        ground.run(lambda: ground.together(fails))


class End:
    def __init__(self):
        self.told = []

    def send(self, what):
        self.told.append(what)


def test_a_child_tells_its_answers_or_what_went_wrong():
    kit, end = Kept(), End()
    laws = kit._laws(kit._ground(one_statement=False))
    kit._child(laws, A, end)
    assert [issued.number.sequence for issued in end.told[0]] == [*range(1, 9)]

    class Fails(Kept):
        def after_fork(self):
            raise RuntimeError("no connection")

    Fails()._child(laws, A, end)
    assert "RuntimeError: no connection" in end.told[1]
    with pytest.raises(LawBroken, match="RuntimeError: no connection"):
        Fails().test_processes()
    with pytest.raises(LawBroken, match="the law “processes” is broken"):
        Kept().test_processes()  # a store in memory is a store of its own in each process


def test_the_state_machine_names_itself():
    class Forgets(Kept):
        def behind(self, scope):
            return []

    with pytest.raises(LawBroken) as caught:
        Forgets().test_state_machine()
    assert caught.value.law == "state_machine"


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("whom", ["engine", "connection"])
@pytest.mark.parametrize(
    ("event", "place"),
    [
        ("before_execute", 1),
        ("after_execute", 1),
        ("before_cursor_execute", 2),
        ("after_cursor_execute", 2),
        ("do_execute", 1),
    ],
)
def test_a_host_that_listens_hears_every_statement(host, size, whom, event, place):
    engine, tables = host
    heard = []

    def listen(target):
        sa.event.listen(target, event, lambda *args: heard.append(str(args[place])))

    if whom == "engine" or event == "do_execute":  # which no connection has of its own
        listen(engine)
    for turn in range(2):  # the first finds the scope unused
        with engine.begin() as connection:
            if whom == "connection" and event != "do_execute":
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


def _sequences(engine, tables):
    with engine.connect() as connection:
        return [one.number.sequence for one in SQLAlchemyStore(connection, tables).numbers(A)]


@pytest.fixture(params=["postgresql", "sqlite"])
def either(request, tmp_path):
    if request.param == "postgresql":
        yield request.getfixturevalue("host")
        return
    metadata = sa.MetaData()
    tables = define_tables(metadata)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", poolclass=NullPool)
    _begins_for_real(engine)
    metadata.create_all(engine)
    yield engine, tables


def _begins_for_real(engine):
    """Let SQLAlchemy begin: by itself the driver begins late, and never before a savepoint."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection, _):
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begun(connection):
        connection.exec_driver_sql("BEGIN")


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


@pytest.mark.parametrize("texts", [str, bytes, len])
def test_a_hosts_rows_may_be_of_any_kind(tmp_path, texts):
    SQLiteStore.open(tmp_path / "n.db").close()

    def as_dict(cursor, row):
        return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}

    with closing(sqlite3.connect(tmp_path / "n.db", isolation_level=None)) as connection:
        connection.row_factory, connection.text_factory = as_dict, texts
        store = SQLiteStore(connection)
        with store.transaction():
            for size in (1, 2, 3):
                answers = allocate(store, [Request(f"k{n}", A) for n in range(size)])
            void(store, answers[0].number, "why")
            with pytest.raises(NumberNotIssued, match="were issued as"):
                void(store, A.number(1, True), "why")
        assert [one.voided for one in store.numbers(A)] == [True, False, False]
        assert store.reason(A.number(1)) == "why"
        assert store.scopes() == [A]
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}
        assert connection.text_factory is texts


def test_a_number_adopted_as_voided_takes_the_first_reason_it_is_given(either, tmp_path):
    dead = Issued(None, A.number(1), voided=True)
    memory = MemoryStore()
    with SQLiteStore.open(tmp_path / "n.db") as store, store.transaction():
        for some in (memory, store):
            adopt(some, [dead])
            for reason in ("first", "second"):
                void(some, dead.number, reason)
            assert some.reason(dead.number) == "first"
            assert list(some.numbers(A)) == [dead]
    with memory.transaction() as transaction:
        adopt(transaction, [Issued(None, A.number(2), voided=True)])
        for reason in ("first", "second"):
            void(transaction, A.number(2), reason)
    assert memory.reason(A.number(2)) == "first"
    engine, tables = either
    with engine.begin() as connection:
        adopt(SQLAlchemyStore(connection, tables), [dead])
        for reason in ("first", "second"):
            void(SQLAlchemyStore(connection, tables), dead.number, reason)
        assert connection.execute(sa.select(tables.issued.c.void_reason)).scalar() == "first"
