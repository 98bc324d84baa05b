"""``sdcert explain``: one account of a number, from its digits to the clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from sdcert.checking.explaining import explain
from sdcert.cli.options import (
    Command,
    argument,
    codes_option,
    day_option,
    format_option,
    load_rules,
    rules_option,
    tables_of,
)
from sdcert.cli.options import command as build
from sdcert.cli.phrases import current_language
from sdcert.cli.start import version
from sdcert.cli.terminal import print_json, print_lines, safe_lines
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
    book, rulebook = tables_of(codes), load_rules(rules)
    try:
        account = explain(
            number, codes=book, rules=rulebook, approved_on=approved_on, on=on, lang=lang
        )
    except InvalidNumber as error:
        click.echo(safe_lines(error.message(lang)), err=True)
        return 1
    if output == "json":
        head = {"schema": SCHEMA, "sdcert": version()}
        print_json(head | account.as_dict())
    else:
        print_lines(account.text())
    return 0
