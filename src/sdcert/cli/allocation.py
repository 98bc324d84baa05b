"""``sdcert allocate``, ``issued`` and ``void``: numbers from an SQLite file.

Each command is one transaction. Errors of the library are raised as they are: the application
words them and leaves with 2.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from sdcert.allocation import Request, allocate, preview, void
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.stores import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdcert.allocation import Issued

__all__ = ["allocate_command", "commands", "issued_command", "void_command"]

_F = TypeVar("_F", bound="Callable[..., Any]")
_MOST: Final = 99_999


def _db(*, exists: bool) -> Callable[[_F], _F]:
    return click.option(
        "--db",
        required=True,
        type=click.Path(path_type=Path, dir_okay=False, exists=exists),
        help="The SQLite file 编号库文件" + ("." if exists else "; created if it is missing."),
    )


def _scope(*, required: bool) -> Callable[[_F], _F]:
    def add(command: _F) -> _F:
        for option in (
            click.option("--series", required=required, help="Series/level code 系列级别识别代码."),
            click.option("--region", required=required, help="Region code 地区部门识别代码."),
            click.option("--year", type=int, required=required, help="Evaluation year 评审年度."),
        ):
            command = option(command)
        return command

    return add


_output = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Numbers alone, or one JSON object a line.",
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
    raise click.UsageError(f"--count {count} and {len(keys)} keys do not fit: give one key or all")


@click.command("allocate")
@_db(exists=False)
@_scope(required=True)
@click.option("--count", type=click.IntRange(1, _MOST), help="How many numbers.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    help="Request key 请求标识: the same key always gets the same number. Once for each number, or "
    "once with --count (KEY, KEY#2, KEY#3 …).",
)
@click.option("--grassroots", is_flag=True, help="With the marker （基层）.")
@click.option("--dry-run", is_flag=True, help="Say what would be issued, and change nothing.")
@_output
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
    if dry_run and not db.exists():
        # A look must not create the file.
        with SQLiteStore.open(":memory:") as store:
            _show(preview(store, requests), output)
        return
    with SQLiteStore.open(db) as store:
        if dry_run:
            answers = preview(store, requests)
        else:
            with store.transaction():
                answers = allocate(store, requests)
    _show(answers, output)


@click.command("issued")
@_db(exists=True)
@_scope(required=False)
@_output
def issued_command(
    db: Path, year: int | None, region: str | None, series: str | None, output: str
) -> None:
    """List the numbers that have been given out, voided ones included."""
    with SQLiteStore.open(db) as store:
        for scope in store.scopes():
            if (
                year in (None, scope.year)
                and region in (None, scope.region_code)
                and series in (None, scope.series_code)
            ):
                _show(tuple(store.numbers(scope)), output)


@click.command("void")
@_db(exists=True)
@click.argument("number")
@click.option("--reason", required=True, help="Why 作废原因, for the record.")
def void_command(db: Path, number: str, reason: str) -> None:
    """Void a number 作废: it is never given out again."""
    parsed = CertificateNumber.parse(number)
    with SQLiteStore.open(db) as store, store.transaction():
        void(store, parsed, reason)
    click.echo(f"{parsed}\tvoided 已作废")


commands: Final[tuple[click.Command, ...]] = (allocate_command, issued_command, void_command)
"""What the application registers."""


def _show(answers: tuple[Issued, ...], output: str) -> None:
    for issued in answers:
        if output == "json":
            row = {"number": str(issued.number), "key": issued.key, "voided": issued.voided}
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            click.echo(f"{issued.number}\tvoided 已作废" if issued.voided else str(issued.number))
