"""``sdcert pattern``: the grammar of a number for another system."""

from __future__ import annotations

import click

from sdcert.cli.options import Command, flag, option
from sdcert.cli.options import command as build
from sdcert.cli.phrases import phrase
from sdcert.patterns import TARGETS, declaration, pattern

__all__ = ["command"]


def command() -> Command:
    """Build the command."""
    return build(
        "pattern",
        _pattern,
        # click would cut off so many choices
        option("--for", "target", metavar="SYSTEM", type=click.Choice(TARGETS), required=True),
        flag("--bare"),
        option("--column", metavar="NAME", default="number"),
        option("--name", metavar="NAME"),
    )


def _pattern(target: str, bare: bool, column: str, name: str | None) -> int:
    try:
        if bare:
            text = pattern(target, column=column)
        else:
            text = declaration(target, column=column, name=name)
    except ValueError as error:
        argument = str(error).partition(" ")[0]  # with which the library's message begins
        xml = target == "xsd" and argument == "name"
        shown = {"column": column, "name": name}[argument] or "“”"
        key = "pattern-name-xml" if xml else "pattern-name"
        message = phrase(key, option=f"--{argument}", shown=shown)
        raise click.UsageError(message, click.get_current_context()) from error
    click.echo(text)
    return 0
