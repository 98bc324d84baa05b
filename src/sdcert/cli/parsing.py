"""``sdcert parse``: the parts of a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from sdcert.checking import check
from sdcert.cli._common import (
    Command,
    console,
    format_option,
    lang_option,
    library_version,
    print_json,
)
from sdcert.cli._texts import say
from sdcert.cli.judging import Judged
from sdcert.cli.showing import marked, place

if TYPE_CHECKING:
    from rich.console import Console

    from sdcert.numbering import CertificateNumber

__all__ = ["SCHEMA", "parse_command"]

SCHEMA: Final = "sdcert-parse/1"
"""The name and version of the JSON document."""


@click.command(
    "parse",
    cls=Command,
    help="Show the parts of certificate numbers.\n\nOnly the grammar is looked at: a number that "
    "has parts need not be registered, issued or genuine.\n\nExit status: 0 all are numbers, 1 "
    "some are not.",
    zh="显示证书编号的各个组成部分。\n\n仅检查编号规则，不表示代码已登记、编号确已颁发或证书真实。\n\n"
    "退出状态：0为均是证书编号，1为有的不是。",
)
@click.argument("number", nargs=-1, required=True)
@format_option()
@lang_option()
def parse_command(number: tuple[str, ...], output: str, lang: str) -> int:
    """Show the parts of each number; returns the exit status."""
    judged = [(text, Judged(check(text), lang)) for text in number]
    if output == "json":
        rows = [_data(text, one) for text, one in judged]
        head = {"schema": SCHEMA, "sdcert": library_version()}
        print_json(head | {"meaning": say("meaning-grammar", lang), "numbers": rows})
    else:
        out = console()
        for text, one in judged:
            _show(out, text, one, lang)
        out.print(Text(say("meaning-grammar", lang), style="dim"))
    return 0 if all(one.number for _, one in judged) else 1


def _data(text: str, judged: Judged) -> dict[str, object]:
    number = judged.number
    return {
        "value": text,
        "outcome": judged.outcome.value,
        "canonical": None if number is None else str(number),
        "parts": None if number is None else _parts(number),
        "findings": judged.said(),
    }


def _parts(number: CertificateNumber) -> dict[str, str | int | bool]:
    return {
        "year": number.year,
        "region_code": number.region_code,
        "series_code": number.series_code,
        "sequence": number.sequence,
        "grassroots": number.grassroots,
    }


def _show(out: Console, text: str, judged: Judged, lang: str) -> None:
    number = judged.number
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    if number is None:
        spans = [finding.span for finding in judged.verdict.findings if finding.span]
        line = marked(text, spans)
        line.append(f"  {judged.outcome.label(lang)}", style="red")
        out.print(line)
    else:
        out.print(Text(f"{number:grouped}", style="bold"))
        for name, part in {"canonical": str(number), **_parts(number)}.items():
            if isinstance(part, bool):
                shown = say("yes" if part else "no", lang)
            else:
                shown = f"{part:05}" if name == "sequence" else str(part)
            grid.add_row(Text(say(f"part-{name}", lang)), Text(shown))
    for finding in judged.verdict.findings:
        grid.add_row(Text(place(finding.span, text, lang)), Text(finding.message(lang)))
    out.print(Padding(grid, (0, 0, 1, 2), expand=False))
