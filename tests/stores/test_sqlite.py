"""What the laws do not reach of the store in an SQLite file."""

import sqlite3
import threading
from contextlib import closing

import pytest

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
    preview,
    void,
)
from sdcert.numbering import NumberScope
from sdcert.stores import SQLiteStore
from tests.support.store_kits import locked

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


def test_sqlite_waits_for_the_lock_and_gives_up_in_time(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store:
        with (
            locked(tmp_path / "n.db"),
            pytest.raises(ScopeContended, match="another transaction was faster"),
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
            with pytest.raises(ScopeContended):
                store.append(A, None, [Issued("a", A.number(1))])
            with pytest.raises(ScopeContended):
                store.void(A.number(1), "why")
            with pytest.raises(ScopeContended):
                store.advance(B, [Request("a", B)])
        assert mine.in_transaction
        assert store.append(A, None, [Issued("a", A.number(1))]) is True
        mine.execute("ROLLBACK")


@pytest.mark.parametrize("wrong", ["numbers.db", None, SQLiteStore])
def test_what_is_no_connection_is_called_that(wrong):
    with pytest.raises(
        TypeError, match=r"sqlite3\.Connection \(of a path, see SQLiteStore\.open\)"
    ):
        SQLiteStore(wrong)


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
        with pytest.raises(NoStore, match=r"“text\.db” is not an SQLite database"):
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
    with pytest.raises(NoStore, match="without the table of a number store"):
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


def test_the_greatest_number_is_the_counter(tmp_path):
    """Whoever writes a number past the store moves the counter, and cannot make it stale."""
    with SQLiteStore.open(tmp_path / "n.db") as store:
        with store.transaction():
            allocate(store, [Request("a", A)])
            store.connection.execute(
                "INSERT INTO sdcert_issued (digits, grassroots) VALUES (189002091200002, 0)"
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
        ("REPLACE INTO sdcert_issued VALUES (189002091200001, 'b', 0, 0, NULL)", "never deleted"),
        ("REPLACE INTO sdcert_issued VALUES (189002091200009, 'b', 0, 0, NULL)", "never deleted"),
        (
            "UPDATE OR REPLACE sdcert_issued SET request_key = 'b' WHERE request_key = 'a'",
            "never deleted",
        ),
        ("UPDATE sdcert_issued SET digits = digits - 100000", "never becomes another"),
        (
            "UPDATE sdcert_issued SET rowid = rowid + 5 WHERE request_key = 'b'",
            "never becomes another",
        ),
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
    with pytest.raises(NoStore, match="a number store without its triggers") as caught:
        SQLiteStore.open_existing(path)
    assert caught.value.kind == "unguarded"
    assert "缺少防止删除和更改的触发器" in caught.value.message("zh")
    SQLiteStore.open(path).close()
    with SQLiteStore.open_existing(path) as store:
        assert tuple(store.numbers(A)) == given


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
                    with pytest.raises(ScopeContended):
                        store.append(A, last, [Issued("late", A.number(last + 1))])
                mine.execute("ROLLBACK")


def test_an_append_that_ends_the_transaction_wrote_nothing(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store:
        store.connection.execute(
            "CREATE TRIGGER ends BEFORE INSERT ON sdcert_issued "
            "BEGIN SELECT RAISE(ROLLBACK, 'the host forbids it'); END"
        )
        with pytest.raises(sqlite3.IntegrityError, match="the host forbids"), store.transaction():
            store.append(A, None, [Issued("a", A.number(1))])
        assert store.read(A, ["a"]) == State(None)


def test_a_failing_commit_rolls_back(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store:
        with pytest.raises(sqlite3.OperationalError), store.transaction():
            store.connection.execute("ROLLBACK")  # the host does what it must not do
        assert not store.connection.in_transaction


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


def test_many_keys_are_read_in_pieces(tmp_path):
    requests = [Request(f"k{n}", A) for n in range(1201)]
    with SQLiteStore.open(tmp_path / "n.db") as store, store.transaction():
        first = allocate(store, requests)
        assert allocate(store, requests) == first


def test_a_copy_is_made_while_the_store_is_in_use(tmp_path):
    """A copy of the file alone lacks what is in the -wal beside it; a backup lacks nothing."""
    with SQLiteStore.open(tmp_path / "n.db") as store:
        with store.transaction():
            given = allocate(store, [Request("a", A), Request("b", A)])
        store.backup(tmp_path / "copy.db")
        with pytest.raises(NoStore, match="exists already; nothing was overwritten") as caught:
            store.backup(tmp_path / "copy.db")
        assert caught.value.kind == "taken"
        with pytest.raises(NoStore) as caught:
            store.backup(tmp_path / "no" / "copy.db")
        assert caught.value.kind == "unopenable"
        with store.transaction():
            allocate(store, [Request("c", A)])
    with SQLiteStore.open_existing(tmp_path / "copy.db") as copy, copy.transaction():
        assert tuple(copy.numbers(A)) == given
        assert allocate(copy, [Request("a", A)]) == given[:1]


def test_a_voided_number_is_marked_in_a_column_of_its_own(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store, store.transaction():
        adopt(store, [Issued(None, A.number(1), voided=True)])
        assert store.reason(A.number(1)) is None
        for reason in ("first", "second"):
            void(store, A.number(1), reason)
        assert store.reason(A.number(1)) == "first"


@pytest.mark.parametrize("name", ["no/x.db", "nul\0.db", "half\ud800.db", "x" * 3_000])
def test_a_file_that_cannot_be_made_is_told(tmp_path, name):
    with pytest.raises(NoStore, match="cannot be opened") as caught:
        SQLiteStore.open(tmp_path / name)
    assert "无法打开" in caught.value.message("zh")
    with pytest.raises(NoStore):
        SQLiteStore.open_existing(tmp_path / name)
    with SQLiteStore.open(":memory:") as store, pytest.raises(NoStore, match="cannot be opened"):
        store.backup(tmp_path / name)


def test_a_transaction_is_not_begun_twice(tmp_path):
    with (
        SQLiteStore.open(tmp_path / "n.db") as store,
        store.transaction(),
        pytest.raises(TransactionRequired, match="is in a transaction already") as caught,
        store.transaction(),
    ):
        pass
    assert caught.value.message("zh").startswith("SQLiteStore已在事务中")


def test_a_store_has_a_name():
    with pytest.raises(NoStore, match="cannot be opened"):
        SQLiteStore.open("")
