"""``sdcert allocate``, ``issued`` and ``void``: numbers from an SQLite file.

Each command is one transaction. Errors of the library are raised as they are: the application
words them and leaves with 2.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sdcert.allocation import NoStore, Request, allocate, preview, void
from sdcert.cli.options import FORMAT, Command, Param, argument, flag, option
from sdcert.cli.options import command as build
from sdcert.cli.phrases import Problem, phrase
from sdcert.cli.terminal import json_text
from sdcert.errors import InvalidPart
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.stores import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.allocation import Issued

__all__ = ["allocate_command", "issued_command", "void_command"]

_MOST: Final = 99_999
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _db(*, exists: bool) -> Param:
    kind = click.Path(path_type=Path, dir_okay=False, exists=exists)
    return option("--db", metavar="FILE", required=True, type=kind)


def _scope(*, required: bool) -> tuple[Param, ...]:
    return (
        option("--year", metavar="YEAR", type=int, required=required),
        option("--region", metavar="REGION", required=required),
        option("--series", metavar="SERIES", required=required),
    )


def allocate_command() -> Command:
    """Build ``sdcert allocate``."""
    return build(
        "allocate",
        _allocate,
        _db(exists=False),
        *_scope(required=True),
        option("--count", metavar="COUNT", type=click.IntRange(1, _MOST)),
        option("--key", "keys", metavar="KEY", multiple=True, required=True),
        flag("--grassroots"),
        flag("--dry-run"),
        FORMAT,
    )


def issued_command() -> Command:
    """Build ``sdcert issued``."""
    return build("issued", _issued, _db(exists=True), *_scope(required=False), FORMAT)


def void_command() -> Command:
    """Build ``sdcert void``."""
    reason = option("--reason", metavar="REASON", required=True)
    return build("void", _void, _db(exists=True), argument("number", "NUMBER"), reason)


def _keys(keys: tuple[str, ...], count: int | None) -> list[str]:
    """Return one key for each number: the same command always gives the same ones.

    A single key with a count stands for KEY, KEY#2, KEY#3 …, so that a later command with a
    greater count gets the same numbers first.
    """
    if count is None or count == len(keys):
        return list(keys)
    if len(keys) == 1:
        return [keys[0], *(f"{keys[0]}#{place}" for place in range(2, count + 1))]
    message = phrase("count-and-keys", count=count, keys=len(keys))
    raise click.UsageError(message, click.get_current_context())


def _scope_of(year: int, region: str, series: str) -> NumberScope:
    """Return the scope; a part that is wrong is named by its option."""
    try:
        return NumberScope(year, region, series)
    except InvalidPart as error:
        fields = {"year": "--year", "region_code": "--region", "series_code": "--series"}
        option = ", ".join(dict.fromkeys(fields[one.field] for one in error.findings))
        raise Problem("option-wrong", {"option": option, "text": error}) from error


def _allocate(
    *,
    db: Path,
    year: int,
    region: str,
    series: str,
    count: int | None,
    keys: tuple[str, ...],
    grassroots: bool,
    dry_run: bool,
    output: str,
) -> None:
    scope = _scope_of(year, region, series)
    requests = [Request(key, scope, grassroots) for key in _keys(keys, count)]
    with _worded(db), _open(db, create=not dry_run) as store:
        if dry_run:
            answers = preview(store, requests)
        else:
            with store.transaction():
                answers = allocate(store, requests)
    _show(answers, output)


def _issued(
    *, db: Path, year: int | None, region: str | None, series: str | None, output: str
) -> None:
    with _worded(db), SQLiteStore.open_existing(db) as store:
        for scope in store.scopes():
            if (
                year in (None, scope.year)
                and region in (None, scope.region_code)
                and series in (None, scope.series_code)
            ):
                _show(tuple(store.numbers(scope)), output)


def _void(*, db: Path, number: str, reason: str) -> None:
    parsed = CertificateNumber.parse(number)
    with _worded(db), SQLiteStore.open_existing(db) as store, store.transaction():
        void(store, parsed, reason)
    click.echo(f"{parsed}\tvoided 已作废")


@contextmanager
def _worded(db: Path) -> Iterator[None]:
    """Tell what SQLite cannot do with the file; its own errors would be a crash."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest tells the case within it
        key = "store-damaged" if code in _DAMAGED else "store-refused"
        raise Problem(key, {"name": str(db), "reason": str(error)}) from error


def _open(db: Path, *, create: bool) -> SQLiteStore:
    """Open the file, and make a store of it only if there is nothing in it yet.

    A mere look makes none: it is answered as by an empty store.
    """
    try:
        return SQLiteStore.open_existing(db)
    except NoStore as error:
        if error.kind not in ("missing", "empty"):
            raise
    return SQLiteStore.open(db if create else ":memory:")


def _show(answers: tuple[Issued, ...], output: str) -> None:
    for issued in answers:
        if output == "json":
            row = {"number": str(issued.number), "key": issued.key, "voided": issued.voided}
            click.echo(json_text(row))
        else:
            click.echo(f"{issued.number}\tvoided 已作废" if issued.voided else str(issued.number))
