"""``sdcert explain``: one account of a number, from its digits to the clauses."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Final

import click

from sdcert.checking.explaining import explain
from sdcert.cli.options import (
    Command,
    argument,
    codes_option,
    day_option,
    format_option,
    load_codes,
    load_rules,
    rules_option,
)
from sdcert.cli.options import command as build
from sdcert.cli.phrases import current_language
from sdcert.cli.terminal import print_json, print_lines, safe_lines
from sdcert.codes import CodeBook
from sdcert.errors import InvalidNumber

if TYPE_CHECKING:
    from datetime import date

__all__ = ["SCHEMA", "command"]

SCHEMA: Final = "sdcert-explain/1"
"""The name and version of the JSON document."""


def command() -> Command:
    """Build the command."""
    return build(
        "explain",
        _explain,
        argument("number", "NUMBER"),
        codes_option(),
        rules_option(),
        day_option("--approved-on"),
        day_option("--on"),
        format_option(),
    )


def _explain(
    *,
    number: str,
    codes: str | None,
    rules: tuple[str, ...],
    approved_on: date | None,
    on: date | None,
    output: str,
) -> int:
    lang = current_language()
    tables = load_codes(codes)
    if tables is None:  # not "or": an empty book is false
        tables = CodeBook.bundled()
    try:
        account = explain(
            number, codes=tables, rules=load_rules(rules), approved_on=approved_on, on=on, lang=lang
        )
    except InvalidNumber as error:
        click.echo(safe_lines(error.message(lang)), err=True)
        return 1
    if output == "json":
        head = {"schema": SCHEMA, "sdcert": importlib.metadata.version("sdcert")}
        print_json(head | account.as_dict())
    else:
        print_lines(account.text())
    return 0
