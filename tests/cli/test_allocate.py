"""The commands that give out numbers from an SQLite file."""

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from sdcert.allocation import (
    InvalidRequest,
    NoStore,
    NumberNotIssued,
    RequestConflict,
    ScopeExhausted,
    adopt,
)
from sdcert.cli.allocate import allocate_command, issued_command, void_command
from sdcert.cli.phrases import Problem
from sdcert.numbering import NumberScope
from sdcert.stores import SQLiteStore
from tests.support.cli import PROGRAM as app
from tests.support.cli import invoke

COMMANDS = {made.name: made for made in (allocate_command(), issued_command(), void_command())}
SCOPE = ("--year", "2018", "--region", "90020", "--series", "912")


def run(name, *args):
    return CliRunner().invoke(COMMANDS[name], [str(arg) for arg in args])


def lines(name, *args):
    done = run(name, *args)
    assert done.exception is None, done.output
    return done.output.splitlines()


@pytest.fixture
def db(tmp_path):
    return tmp_path / "numbers.db"


def test_the_same_command_gives_the_same_numbers(db):
    command = ("allocate", "--db", db, *SCOPE, "--count", 3, "--key", "batch")
    first = lines(*command)
    assert first == [f"鲁18900209120000{n}" for n in (1, 2, 3)]
    assert lines(*command) == first
    assert lines("issued", "--db", db) == first


def test_a_greater_count_goes_on_and_a_smaller_one_is_a_part(db):
    some = lines("allocate", "--db", db, *SCOPE, "--key", "batch")
    assert lines("allocate", "--db", db, *SCOPE, "--count", 1, "--key", "batch") == some
    more = lines("allocate", "--db", db, *SCOPE, "--count", 3, "--key", "batch")
    assert more[:1] == some
    assert len(set(more)) == 3


def test_each_number_may_have_its_own_key(db):
    both = lines("allocate", "--db", db, *SCOPE, "--key", "a", "--key", "b", "--grassroots")
    assert both == ["鲁189002091200001（基层）", "鲁189002091200002（基层）"]
    again = lines(
        "allocate", "--db", db, *SCOPE, "--count", 2, "--key", "b", "--key", "a", "--grassroots"
    )
    assert again == both[::-1]
    wrong = run("allocate", "--db", db, *SCOPE, "--count", 3, "--key", "a", "--key", "b")
    assert wrong.exit_code == 2
    assert "--count 3 and 2 keys do not fit" in wrong.output
    args = [
        "--lang",
        "zh",
        "allocate",
        "--db",
        db,
        *SCOPE,
        "--count",
        3,
        "--key",
        "a",
        "--key",
        "b",
    ]
    told = CliRunner().invoke(app, list(map(str, args)))
    assert "--count 3与2个请求标识不符" in told.output


def test_a_dry_run_changes_nothing(db):
    command = ("allocate", "--db", db, *SCOPE, "--key", "a")
    assert lines(*command, "--dry-run") == ["鲁189002091200001"]
    assert not db.exists()
    lines(*command)
    assert lines("allocate", "--db", db, *SCOPE, "--key", "b", "--dry-run") == ["鲁189002091200002"]
    assert len(lines("issued", "--db", db)) == 1


def test_void_and_list(db):
    lines("allocate", "--db", db, *SCOPE, "--count", 2, "--key", "a")
    lines(
        "allocate", "--db", db, "--year", 2019, "--region", "90020", "--series", "913", "--key", "x"
    )
    assert lines("void", "--db", db, "鲁 18 90020 912 00001", "--reason", "lost") == [
        "鲁189002091200001\tvoided 已作废"
    ]
    assert lines("allocate", "--db", db, *SCOPE, "--key", "a") == [
        "鲁189002091200001\tvoided 已作废"
    ]
    for chosen in (SCOPE, SCOPE[:2], SCOPE[4:]):
        rows = [json.loads(row) for row in lines("issued", "--db", db, *chosen, "--format", "json")]
        assert rows == [
            {"number": "鲁189002091200001", "key": "a", "voided": True},
            {"number": "鲁189002091200002", "key": "a#2", "voided": False},
        ]
    assert len(lines("issued", "--db", db, "--region", "90020")) == 3
    with SQLiteStore.open(db) as store:
        number = NumberScope(2018, "90020", "912").number
        assert store.reason(number(1)) == "lost"
        assert store.reason(number(2)) is None
        assert store.reason(number(9)) is None


def test_errors_are_the_librarys_own(db):
    lines("allocate", "--db", db, *SCOPE, "--key", "a")
    with SQLiteStore.open(db) as store, store.transaction():
        adopt(store, [NumberScope(2018, "90020", "912").number(99_999)])
    for error, args in (
        (RequestConflict, ("allocate", "--db", db, *SCOPE, "--key", "a", "--grassroots")),
        (ScopeExhausted, ("allocate", "--db", db, *SCOPE, "--key", "b")),
        (InvalidRequest, ("allocate", "--db", db, *SCOPE, "--key", "")),
        (Problem, ("allocate", "--db", db, "--year", 1999, *SCOPE[2:], "--key", "b")),
        (NumberNotIssued, ("void", "--db", db, "鲁189002091200002", "--reason", "why")),
    ):
        assert type(run(*args).exception) is error
    assert run("issued", "--db", db.with_name("none.db")).exit_code == 2


@pytest.mark.parametrize(
    ("option", "value"), [("--year", "18"), ("--region", "9002"), ("--series", "12")]
)
@pytest.mark.parametrize(("lang", "head"), [("en", "error: "), ("zh", "错误：选项")])
def test_a_part_that_is_wrong_is_named_by_its_option(db, option, value, lang, head):
    scope = dict(zip(SCOPE[::2], SCOPE[1::2], strict=True)) | {option: value}
    given = [word for pair in scope.items() for word in pair]
    done = invoke("allocate", "--db", db, *given, "--key", "a", "--lang", lang)
    assert done.exit_code == 2
    assert f"{head}{option}" in done.stderr
    assert "certificate number" not in done.stderr
    assert not db.exists()


EACH = pytest.mark.parametrize(
    "command",
    [
        ("issued",),
        ("allocate", *SCOPE, "--key", "a"),
        ("allocate", *SCOPE, "--key", "a", "--dry-run"),
        ("void", "鲁189002091200001", "--reason", "why"),
    ],
)


@EACH
def test_a_file_that_is_somebody_elses_is_refused_and_left_as_it_is(tmp_path, command):
    text, host = tmp_path / "text.db", tmp_path / "host.db"
    text.write_text("this is no database, and long enough to be read as one")
    with closing(sqlite3.connect(host)) as connection:
        connection.execute("CREATE TABLE certificate (number TEXT)")
    for db, kind in ((text, "no-database"), (host, "foreign")):
        before = db.read_bytes()
        refused = run(command[0], "--db", db, *command[1:]).exception
        assert type(refused) is NoStore
        assert refused.kind == kind
        assert db.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [host, text]


def refused_by_the_application(command, db, lang):
    """What the whole command says; it leaves with 2 and changes no byte."""
    before = db.read_bytes()
    done = CliRunner().invoke(app, [command[0], "--db", str(db), "--lang", lang, *command[1:]])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert db.read_bytes() == before
    return done.stderr


@EACH
@pytest.mark.parametrize("damaged", [slice(100, 4_096), slice(4_096, None)])
def test_a_damaged_store_is_named_as_such_and_left_as_it_is(db, command, damaged):
    lines("allocate", "--db", db, *SCOPE, "--key", "b", "--count", 600)
    data = bytearray(db.read_bytes())
    data[damaged] = b"\xff" * len(data[damaged])
    db.write_bytes(data)
    english = refused_by_the_application(command, db, "en")
    assert "numbers.db is damaged, SQLite cannot read it (database disk image is" in english
    assert "numbers.db已损坏，SQLite无法读取" in refused_by_the_application(command, db, "zh")


@EACH
def test_tables_that_are_no_stores_are_told_in_a_sentence(db, command):
    with closing(sqlite3.connect(db)) as connection:
        connection.executescript(
            "CREATE TABLE sdcert_issued(b);"
            "CREATE TRIGGER sdcert_issued_stays DELETE ON sdcert_issued BEGIN SELECT 1; END;"
            "CREATE TRIGGER sdcert_issued_keeps UPDATE ON sdcert_issued BEGIN SELECT 1; END;"
        )
        connection.execute("PRAGMA journal_mode = WAL")
    assert "numbers.db cannot be used (no such column: " in (
        refused_by_the_application(command, db, "en")
    )
    assert "numbers.db无法使用（no such column: " in refused_by_the_application(command, db, "zh")


def test_an_empty_file_becomes_a_store_with_the_first_number(db):
    db.touch()
    assert type(run("issued", "--db", db).exception) is NoStore
    assert lines("allocate", "--db", db, *SCOPE, "--key", "a", "--dry-run") == ["鲁189002091200001"]
    assert db.read_bytes() == b""
    assert lines("allocate", "--db", db, *SCOPE, "--key", "a") == ["鲁189002091200001"]
    assert lines("issued", "--db", db) == ["鲁189002091200001"]
