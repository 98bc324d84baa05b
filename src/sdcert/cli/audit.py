"""``sdcert audit``: one certificate, one number (一证一号), over all files that are named."""

from __future__ import annotations

from typing import Any

from sdcert.cli.check import refuse_both, run_of
from sdcert.cli.options import (
    Command,
    checking_options,
    day_option,
    flag,
    option,
    path,
    rules_option,
)
from sdcert.cli.options import command as build
from sdcert.cli.phrases import Problem

__all__ = ["command"]

_COMPARED = ("holder", "year", "approver", "grade", "marker", "manager")


def command() -> Command:
    """Build the command."""
    return build(
        "audit",
        _audit,
        *checking_options(),
        rules_option(),
        day_option("--on"),
        *(option(f"--{name}", metavar="NAME|N") for name in _COMPARED),
        option("--issued", metavar="FILE", type=path()),
        option("--db", metavar="FILE", type=path()),
        flag("--gaps"),
    )


def _audit(*, issued: str | None, db: str | None, **given: Any) -> int:
    compared = {name: given[name] for name in _COMPARED if given[name] is not None}
    refuse_both({"issued": issued, "db": db}, "issued", "db")
    for name in ("grade", "manager"):
        if name in compared and given["codes"] is None:
            raise Problem("needs-codes", {"option": f"--{name}"})
    from sdcert.cli.compare import issued_of  # noqa: PLC0415  # its parts are slow to import

    return run_of(
        given | {"compared": compared},
        audits=True,
        on=given["on"],
        rules=given["rules"],
        issued=issued_of(issued, db),
        issued_from=issued or db,
        gaps=given["gaps"],
    )
