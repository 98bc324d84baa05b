"""``sdcert pattern``: the grammar of a number for another system."""

from __future__ import annotations

import click

from sdcert.cli._common import Command, Option, lang_option
from sdcert.cli._errors import Misuse
from sdcert.patterns import TARGETS, declaration, pattern

__all__ = ["pattern_command"]


@click.command(
    "pattern",
    cls=Command,
    help="Print the grammar of a number for another system, ready to paste: a domain type for "
    "PostgreSQL, a table constraint for SQLite, a schema, an expression.\n\nIt accepts canonical "
    "numbers and nothing else. What it accepts need be neither registered nor issued.",
    zh="输出可直接粘贴到其他系统的编号规则：PostgreSQL的域类型、SQLite的表约束、模式定义或正则表达式。"
    "\n\n仅接受规范书写的编号，不表示代码已登记或编号确已颁发。",
)
@click.option(
    "--for",
    "target",
    cls=Option,
    type=click.Choice(TARGETS),
    required=True,
    metavar="SYSTEM",  # click cuts off so many choices
    help=f"The system it is for: {', '.join(TARGETS)}.",
    zh=f"目标系统：{'、'.join(TARGETS)}。",
)
@click.option(
    "--bare",
    cls=Option,
    is_flag=True,
    help="The regular expression or condition alone.",
    zh="仅输出正则表达式或条件。",
)
@click.option(
    "--column",
    cls=Option,
    default="number",
    help="The column that a CHECK is about (number).",
    zh="CHECK约束所针对的列名（默认number）。",
)
@click.option(
    "--name",
    cls=Option,
    help="What the domain, constraint or simple type is called.",
    zh="域、约束或简单类型的名称。",
)
@lang_option(expose=False)
def pattern_command(target: str, bare: bool, column: str, name: str | None) -> int:
    """Print the pattern; returns the exit status."""
    try:
        said = (
            pattern(target, column=column)
            if bare
            else declaration(target, column=column, name=name)
        )
    except ValueError as error:
        argument = str(error).partition(" ")[0]  # which the library says first
        xml = target == "xsd" and argument == "name"
        shown = {"column": column, "name": name}[argument] or "“”"
        key = "pattern-name-xml" if xml else "pattern-name"
        raise Misuse(key, option=f"--{argument}", shown=shown) from error
    click.echo(said)
    return 0
