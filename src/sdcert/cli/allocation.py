"""``sdcert allocate``, ``issued`` and ``void``: numbers from an SQLite file.

Each command is one transaction. Errors of the library are raised as they are: the application
words them and leaves with 2.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from sdcert.allocation import NoStore, Request, allocate, preview, void
from sdcert.cli._common import Command, Option, lang_option
from sdcert.cli._errors import Misuse
from sdcert.cli._texts import Problem
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.stores import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdcert.allocation import Issued

__all__ = ["allocate_command", "commands", "issued_command", "void_command"]

_F = TypeVar("_F", bound="Callable[..., Any]")
_MOST: Final = 99_999
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _db(*, exists: bool) -> Callable[[_F], _F]:
    return click.option(
        "--db",
        cls=Option,
        required=True,
        type=click.Path(path_type=Path, dir_okay=False, exists=exists),
        help="The SQLite file" + ("." if exists else "; created if it is missing."),
        zh="编号库文件（SQLite）" + ("。" if exists else "，没有则新建。"),
    )


def _scope(*, required: bool) -> Callable[[_F], _F]:
    def add(command: _F) -> _F:
        for name, kind, en, zh in (
            (
                "--series",
                str,
                "Series/level code, three digits.",
                "职称系列级别识别代码，3位数字。",
            ),
            (
                "--region",
                str,
                "Region/department code, five digits.",
                "地区部门识别代码，5位数字。",
            ),
            ("--year", int, "Evaluation year, four digits.", "评审年度，4位数字。"),
        ):
            command = click.option(name, cls=Option, type=kind, required=required, help=en, zh=zh)(
                command
            )
        return command

    return add


_output = click.option(
    "--format",
    "output",
    cls=Option,
    type=click.Choice(["text", "json"]),
    default="text",
    help="Numbers alone, or one JSON object a line.",
    zh="仅输出编号，或每行一个JSON对象。",
)


def _keys(keys: tuple[str, ...], count: int | None) -> list[str]:
    """Return one key for each number: the same command always asks with the same ones.

    A single key with a count stands for KEY, KEY#2, KEY#3 …, so that a later command with a
    greater count gets the same numbers first.
    """
    if count is None or count == len(keys):
        return list(keys)
    if len(keys) == 1:
        return [keys[0], *(f"{keys[0]}#{place}" for place in range(2, count + 1))]
    raise Misuse("count-and-keys", count=count, keys=len(keys))


@click.command(
    "allocate",
    cls=Command,
    help="Give out certificate numbers; the same command again gives the same numbers.\n\n"
    "Exit status: 0 the numbers are given out, 2 nothing was.",
    zh="发放证书编号；重复同一命令得到相同的编号。\n\n退出状态：0已发放，2未发放任何编号。",
)
@_db(exists=False)
@_scope(required=True)
@click.option(
    "--count",
    cls=Option,
    type=click.IntRange(1, _MOST),
    help="How many numbers.",
    zh="编号个数。",
)
@click.option(
    "--key",
    "keys",
    cls=Option,
    multiple=True,
    required=True,
    help="Request key: the same key always gets the same number. Once for each number, or once "
    "with --count (KEY, KEY#2, KEY#3 …).",
    zh="请求标识：同一标识总是得到同一编号。每个编号给出一个，或与--count合用只给一个（KEY、KEY#2、KEY#3……）。",
)
@click.option(
    "--grassroots",
    cls=Option,
    is_flag=True,
    help="With the grass-roots marker.",
    zh="附加“（基层）”标识。",
)
@click.option(
    "--dry-run",
    cls=Option,
    is_flag=True,
    help="Say what would be issued, and change nothing.",
    zh="只显示将发放的编号，不作任何更改。",
)
@_output
@lang_option(expose=False)
def allocate_command(  # noqa: PLR0917  # click passes them by name
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
    """Give out certificate numbers 编号; the same command again gives the same numbers."""
    scope = NumberScope(year, region, series)
    requests = [Request(key, scope, grassroots) for key in _keys(keys, count)]
    with _told(db), _open(db, create=not dry_run) as store:
        if dry_run:
            answers = preview(store, requests)
        else:
            with store.transaction():
                answers = allocate(store, requests)
    _show(answers, output)


@click.command(
    "issued",
    cls=Command,
    help="List the numbers that have been given out, voided ones included.",
    zh="列出已发放的编号，包括已作废的。",
)
@_db(exists=True)
@_scope(required=False)
@_output
@lang_option(expose=False)
def issued_command(
    db: Path, year: int | None, region: str | None, series: str | None, output: str
) -> None:
    """List the numbers that have been given out, voided ones included."""
    with _told(db), SQLiteStore.open_existing(db) as store:
        for scope in store.scopes():
            if (
                year in (None, scope.year)
                and region in (None, scope.region_code)
                and series in (None, scope.series_code)
            ):
                _show(tuple(store.numbers(scope)), output)


@click.command(
    "void",
    cls=Command,
    help="Void a number: it is never given out again.",
    zh="作废一个编号：该编号不再发放。",
)
@_db(exists=True)
@click.argument("number")
@click.option(
    "--reason", cls=Option, required=True, help="Why, for the record.", zh="作废原因，留作记录。"
)
@lang_option(expose=False)
def void_command(db: Path, number: str, reason: str) -> None:
    """Void a number 作废: it is never given out again."""
    parsed = CertificateNumber.parse(number)
    with _told(db), SQLiteStore.open_existing(db) as store, store.transaction():
        void(store, parsed, reason)
    click.echo(f"{parsed}\tvoided 已作废")


commands: Final[tuple[click.Command, ...]] = (allocate_command, issued_command, void_command)
"""What the application registers."""


@contextmanager
def _told(db: Path) -> Iterator[None]:
    """Say what SQLite cannot do with the file; its own errors would be a crash."""
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
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            click.echo(f"{issued.number}\tvoided 已作废" if issued.voided else str(issued.number))
