"""Proof under fire: many processes allocate while some are killed and the server is crashed.

    python -m benchmarks.soak                     # 8 processes x 1,000 numbers, every store
    python -m benchmarks.soak --store sqlite --scopes 1 --processes 8 --allocations 100

Afterwards a judge reads the tables with SQL of its own: no duplicate, no gap, every key that was
answered has the number it was told, every key has one number, and asking all of them again gives
the same numbers and writes nothing. Exits with 1 if any of that fails.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool
from stamina.instrumentation import set_on_retry_hooks

from benchmarks import mariadb, postgres
from sdcert.allocation import Request, ScopeContended, allocate, retrying
from sdcert.numbering import NumberScope
from sdcert.stores import SQLAlchemyStore, SQLiteStore
from sdcert.stores.sqlalchemy import define_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from multiprocessing.context import ForkProcess

    from sdcert.allocation import AllocationStore

STORES: dict[str, Any] = {
    "sqlite": None,
    "postgresql": postgres.running,
    "mariadb": mariadb.running,
}
DEADLINE = 900  # seconds for one round, kills and restarts included


def open_store(place: str) -> Callable[[], AbstractContextManager[AllocationStore]]:
    """Return what opens a transaction: on a URL with SQLAlchemy, else on an SQLite file."""
    if "://" not in place:

        @contextmanager
        def embedded() -> Iterator[AllocationStore]:
            with SQLiteStore.open(place) as store, store.transaction(timeout=60):
                yield store

        return embedded
    tables = define_tables(sa.MetaData())
    engine = sa.create_engine(place, pool_size=1, max_overflow=0)

    @contextmanager
    def joined() -> Iterator[AllocationStore]:
        with engine.begin() as connection:
            yield SQLAlchemyStore(connection, tables)

    return joined


def scope_of(index: int) -> NumberScope:
    return NumberScope(2018, "90020", f"{900 + index}")


def requests_of(worker: int, allocations: int, scopes: int) -> list[Request]:
    return [Request(f"worker-{worker}-{n}", scope_of(n % scopes)) for n in range(allocations)]


def answered(log: Path) -> list[tuple[str, str]]:
    """Return what a worker wrote down; a line cut short by a kill was never shown to anybody."""
    if not log.exists():
        return []
    lines = log.read_text("utf-8").split("\n")[:-1]
    return [(key, number) for key, number in (line.split("\t") for line in lines)]


def ask(
    transaction: Callable[[], AbstractContextManager[AllocationStore]], batch: list[Request]
) -> list[tuple[str, str]]:
    """Allocate as a host would: the whole transaction again on a lost race or a lost server."""
    lost = (ScopeContended, sa.exc.OperationalError, sa.exc.InterfaceError)
    for attempt in retrying(on=lost, attempts=1000, timeout=120, wait_max=0.3):
        with attempt, transaction() as store:
            answers = allocate(store, batch)
    return [(str(issued.key), str(issued.number)) for issued in answers]


def work(place: str, worker: int, allocations: int, scopes: int, log: Path) -> None:
    """Ask for every number not yet answered, and again for some that are."""
    before = answered(log)
    done = {key for key, _ in before}
    requests = requests_of(worker, allocations, scopes)
    transaction = open_store(place)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if log.stat().st_size and not log.read_bytes().endswith(b"\n"):
        os.truncate(log, log.read_bytes().rfind(b"\n") + 1)
    again = [request for request in requests if request.key in done]
    todo = random.sample(again, min(5, len(again)))
    todo += [request for request in requests if request.key not in done]
    while todo:
        size = random.choice((1, 1, 1, 2, 5))
        batch, todo = todo[:size], todo[size:]
        told = ask(transaction, batch)
        os.write(out, "".join(f"{key}\t{number}\n" for key, number in told).encode())
    os.close(out)


def rows_of(place: str) -> tuple[list[tuple[int, str]], dict[int, int]]:
    """Read what is kept with SQL of the judge's own: the rows, and each scope's last number.

    In an SQLite file no counter stands beside the rows; it is the greatest number.
    """
    issued = "SELECT digits, request_key FROM sdcert_issued ORDER BY digits"
    counter = "SELECT scope_digits, last_sequence FROM sdcert_counter"
    greatest = "SELECT digits / 100000, max(digits % 100000) FROM sdcert_issued GROUP BY 1"
    if "://" not in place:
        connection = sqlite3.connect(place)
        rows, last = connection.execute(issued).fetchall(), connection.execute(greatest).fetchall()
        connection.close()
    else:
        engine = sa.create_engine(place, poolclass=NullPool)
        with engine.connect() as server:
            rows = [(row[0], row[1]) for row in server.exec_driver_sql(issued)]
            last = [(row[0], row[1]) for row in server.exec_driver_sql(counter)]
    return rows, dict(last)


def judge(place: str, logs: list[Path], workers: list[list[Request]]) -> dict[str, int]:
    """Count what went wrong; all of it must be nought."""
    rows, last = rows_of(place)
    number_of = {key: f"鲁{number:015}" for number, key in rows}
    told = [pair for log in logs for pair in answered(log)]
    wanted = [request for requests in workers for request in requests]
    sequences: dict[int, list[int]] = {}
    for number, _ in rows:
        sequences.setdefault(number // 100_000, []).append(number % 100_000)
    wrong = {
        "duplicates": sum(n - 1 for n in Counter(number for number, _ in rows).values()),
        "gaps": sum(
            found != [*range(1, len(found) + 1)] or last[scope] != len(found)
            for scope, found in sequences.items()
        ),
        "answers without their number": sum(number_of.get(key) != number for key, number in told),
        "keys without a number": len({r.key for r in wanted} - number_of.keys()),
        "keys with two numbers": sum(n - 1 for n in Counter(key for _, key in rows).values()),
        "numbers nobody asked for": len(number_of.keys() - {r.key for r in wanted}),
        "keys never answered": len({r.key for r in wanted} - {key for key, _ in told}),
    }
    transaction = open_store(place)
    again = [pair for requests in workers for pair in ask(transaction, requests)]
    wrong["retries with another number"] = sum(number_of[key] != number for key, number in again)
    wrong["rows written by retries"] = len(rows_of(place)[0]) - len(rows)
    return wrong


def fire(
    place: str,
    directory: Path,
    args: argparse.Namespace,
    scopes: int,
    restart: Callable[[], None] | None,
) -> dict[str, object]:
    """Run the workers, kill some of them, crash the server in the middle, and judge."""
    logs = [directory / f"worker-{worker}.log" for worker in range(args.processes)]

    def start(worker: int) -> ForkProcess:
        # Forked before this process has opened anything of the database.
        process = context.Process(
            target=work, args=(place, worker, args.allocations, scopes, logs[worker])
        )
        process.start()
        return process

    context = multiprocessing.get_context("fork")

    begun = time.monotonic()
    total = args.processes * args.allocations
    kill_at = [total * (i + 1) // (args.kills + 1) for i in range(args.kills)]
    crash_at = [] if restart is None else [total // 2]
    workers = {worker: start(worker) for worker in range(args.processes)}
    kills = crashes = 0
    try:
        while workers:
            if time.monotonic() - begun > DEADLINE:
                raise TimeoutError(f"{len(workers)} workers have not come to an end")
            time.sleep(0.01)
            for worker, process in list(workers.items()):
                if process.exitcode == 0:
                    del workers[worker]
                elif process.exitcode is not None:
                    raise RuntimeError(f"worker {worker} ended with {process.exitcode}")
            written = sum(len(log.read_bytes().splitlines()) for log in logs if log.exists())
            if kill_at and written >= kill_at[0] and workers:
                del kill_at[0]
                worker = random.choice(list(workers))
                workers[worker].kill()  # SIGKILL
                workers[worker].join()
                workers[worker] = start(worker)
                kills += 1
            if crash_at and restart is not None and written >= crash_at[0]:
                del crash_at[0]
                restart()
                crashes += 1
    finally:
        for process in workers.values():
            process.kill()
            process.join()
    seconds = time.monotonic() - begun
    requests = [requests_of(worker, args.allocations, scopes) for worker in range(args.processes)]
    return {
        "numbers": total,
        "scopes": scopes,
        "processes killed": kills,
        "server crashes": crashes,
        "seconds": round(seconds, 1),
        "wrong": judge(place, logs, requests),
    }


def main() -> int:
    """Run every round that was asked for, and print one line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=[*STORES], action="append")
    parser.add_argument("--scopes", type=int, action="append")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--allocations", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=12)
    args = parser.parse_args()
    set_on_retry_hooks([])  # a lost race is no news here
    failed = False
    for store in args.store or STORES:
        for scopes in args.scopes or [1, 16]:
            with ExitStack() as stack:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                restart = None
                if store == "sqlite":
                    place = str(directory / "numbers.db")
                    SQLiteStore.open(place).close()
                else:
                    server = stack.enter_context(STORES[store]())
                    place, restart = server.url, server.restart
                    metadata = sa.MetaData()
                    define_tables(metadata)
                    engine = sa.create_engine(place)
                    metadata.create_all(engine)
                    engine.dispose()
                report = fire(place, directory, args, scopes, restart)
            wrong = report["wrong"]
            failed |= not isinstance(wrong, dict) or any(wrong.values())
            print(json.dumps({"store": store} | report), flush=True)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
