"""``sdcert pattern``: the grammar of a number for another system."""

from __future__ import annotations

import click

from sdcert.patterns import TARGETS, declaration, pattern

__all__ = ["pattern_command"]


@click.command(
    "pattern",
    help="Print the grammar of a number for another system, ready to paste: a domain type for "
    "PostgreSQL, a table constraint for SQLite, a schema, an expression.\n\nIt accepts canonical "
    "numbers and nothing else. What it accepts need be neither registered nor issued.",
)
@click.option(
    "--for", "target", type=click.Choice(TARGETS), required=True, help="The system it is for."
)
@click.option("--bare", is_flag=True, help="The regular expression or condition alone.")
@click.option(
    "--column", default="number", show_default=True, help="The column that a CHECK is about."
)
@click.option("--name", help="What the domain, constraint or simple type is called.")
def pattern_command(target: str, bare: bool, column: str, name: str | None) -> int:
    """Print the pattern; returns the exit status."""
    try:
        said = (
            pattern(target, column=column)
            if bare
            else declaration(target, column=column, name=name)
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    click.echo(said)
    return 0
