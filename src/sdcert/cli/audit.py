"""``sdcert audit``: one certificate, one number (一证一号), over a whole file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from sdcert.cli.check import SHOWN, options_of, progress
from sdcert.cli.options import (
    Command,
    argument,
    checking_options,
    day_option,
    flag,
    option,
    path,
    reading_options,
    rules_option,
)
from sdcert.cli.options import command as build
from sdcert.cli.phrases import Problem
from sdcert.cli.terminal import console
from sdcert.files import open_source, open_table

if TYPE_CHECKING:
    from sdcert.numbering import NumberScope

__all__ = ["command"]

_COMPARED = ("holder", "year", "approver", "grade", "marker", "manager")


def command() -> Command:
    """Build the command."""
    return build(
        "audit",
        _audit,
        argument("file", "FILE", type=path()),
        option("--key", metavar="NAME|N", multiple=True),
        *checking_options(),
        rules_option(),
        day_option("--on"),
        *(option(f"--{name}", metavar="NAME|N") for name in _COMPARED),
        option("--issued", metavar="FILE", type=path()),
        option("--db", metavar="FILE", type=path()),
        flag("--gaps"),
    )


def _audit(
    *,
    file: str,
    key: tuple[str, ...],
    issued: str | None,
    db: str | None,
    gaps: bool,
    output: str,
    quiet: bool,
    **given: Any,
) -> int:
    compared = {name: given[name] for name in _COMPARED if given[name] is not None}
    if given["approved_on"] is not None and given["approved_column"] is not None:
        raise Problem("both-approved", {})
    if issued is not None and db is not None:
        raise Problem("both-issued", {})
    for name in ("grade", "manager"):
        if name in compared and given["codes"] is None:
            raise Problem("needs-codes", {"option": f"--{name}"})
    from sdcert.cli import audit_account, audited  # noqa: PLC0415  # their parts are slow to import

    names = (given["column"], *key, given["approved_column"], *compared.values())
    limit = given["limit"]
    if limit is None:
        limit = SHOWN if output == "text" else "all"
    most = None if isinstance(limit, str) else limit
    with ExitStack() as stack:
        source = stack.enter_context(open_source(file))
        table = stack.enter_context(open_table(source, **reading_options(given, *names)))
        options = audited.AuditOptions(
            **options_of(table, given),
            keys=tuple(map(table.named, key)),
            compared={name: table.named(column) for name, column in compared.items()},
            on=given["on"],
            rules=given["rules"],
            issued=_issued(issued, db),
            issued_from=issued or db,
        )
        with progress(source, lambda: table.done) as tick:
            found = audited.run(options, tick)
        if not found.tally.rows:
            raise Problem("no-rows", {"name": source.name})
        if options.report is not None:
            audit_account.write(found, options.report)
        if output == "json":
            audit_account.show_json(found, most, gaps=gaps)
        elif not quiet:
            audit_account.show_text(console(), found, most, gaps=gaps)
    return 1 if found.rows else 0


def _issued(name: str | None, db: str | None) -> dict[NumberScope, int] | None:
    """Return the last sequence issued in each scope."""
    from sdcert.audit.issued import read_issued  # noqa: PLC0415  # needed by few
    from sdcert.cli.audited import read_rows_of  # noqa: PLC0415

    if db is not None:
        from sdcert.stores import SQLiteStore  # noqa: PLC0415

        with SQLiteStore.open_existing(db) as store:
            return read_issued({one: store.read(one, []).last or 0 for one in store.scopes()})
    if name is None:
        return None
    with open_table(name) as table:
        return read_rows_of(table)
