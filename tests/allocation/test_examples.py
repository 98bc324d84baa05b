"""The Django example, held to the kit on SQLite and PostgreSQL, and the soak under fire."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, cwd=ROOT, **environ):
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def example(**environ):
    options = ("-q", "-p", "no:cacheprovider")
    project = ROOT / "examples" / "django_project"
    said = run("-m", "pytest", *options, "certificates", cwd=project, **environ)
    assert "26 passed" in said


def test_the_django_example_on_sqlite(tmp_path):
    example(SQLITE_FILE=str(tmp_path / "db.sqlite3"), POSTGRES_HOST="")


def test_the_django_example_on_postgresql(server):
    example(POSTGRES_HOST=server.socket)


@pytest.mark.parametrize("level", ["read committed", "repeatable read"])
def test_the_django_example_on_mariadb(mariadb, level):
    import pymysql

    name = f"certificates_{level.replace(' ', '_')}"
    with pymysql.connect(unix_socket=mariadb.socket, user="root") as connection:
        connection.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    example(MYSQL_SOCKET=mariadb.socket, MYSQL_DB=name, MYSQL_LEVEL=level, POSTGRES_HOST="")


def test_the_django_example_has_no_migration_to_make(tmp_path):
    project = ROOT / "examples" / "django_project"
    check = ("manage.py", "makemigrations", "--check", "--dry-run")
    run(*check, cwd=project, SQLITE_FILE=str(tmp_path / "db.sqlite3"), POSTGRES_HOST="")


@pytest.mark.parametrize("scopes", [1, 16])
def test_under_fire(scopes, mariadb):  # which must be here, though each run starts its own
    """Eight processes, four of them killed, the server crashed once in the middle."""
    options = ("--scopes", f"{scopes}", "--processes", "8", "--allocations", "40", "--kills", "4")
    reports = [json.loads(line) for line in run("-m", "benchmarks.soak", *options).splitlines()]
    assert [report["store"] for report in reports] == ["sqlite", "postgresql", "mariadb"]
    for report in reports:
        assert not any(report["wrong"].values()), report
        assert len(report["wrong"]) == 9
        assert report["numbers"] == 320
        assert report["processes killed"] >= 1
    assert [report["server crashes"] for report in reports] == [0, 1, 1]
