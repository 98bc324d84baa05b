"""``sdcert parse``: the parts of a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from sdcert.checking import check
from sdcert.cli.judge import Judged
from sdcert.cli.options import Command, argument, format_option
from sdcert.cli.options import command as build
from sdcert.cli.phrases import current_language, phrase
from sdcert.cli.start import version
from sdcert.cli.tables import marked, particulars_grid, place
from sdcert.cli.terminal import console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from sdcert.numbering import CertificateNumber

__all__ = ["SCHEMA", "command"]

SCHEMA: Final = "sdcert-parse/1"
"""The name and version of the JSON document."""


def command() -> Command:
    """Build the command."""
    numbers = argument("number", "NUMBER", nargs=-1, required=True)
    return build("parse", _parse, numbers, format_option())


def _parse(number: tuple[str, ...], output: str) -> int:
    lang = current_language()
    judged = [(text, Judged(check(text), lang)) for text in number]
    meaning = phrase("meaning-grammar")
    if output == "json":
        rows = [_data(text, one) for text, one in judged]
        head = {"schema": SCHEMA, "sdcert": version()}
        print_json(head | {"meaning": meaning, "numbers": rows})
    else:
        out = console()
        for text, one in judged:
            _show(out, text, one, lang)
        out.print(Text(meaning, style="dim"))
    return 0 if all(one.number for _, one in judged) else 1


def _data(text: str, judged: Judged) -> dict[str, object]:
    number = judged.number
    return {
        "value": text,
        "outcome": judged.outcome.value,
        "canonical": None if number is None else str(number),
        "parts": None if number is None else _parts(number),
        "findings": judged.findings(),
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
    lines: list[tuple[str, str]] = []
    if number is None:
        spans = [finding.span for finding in judged.verdict.findings if finding.span]
        line = marked(text, spans)
        line.append(f"  {judged.outcome.label(lang)}", style="red")
        out.print(line)
    else:
        out.print(Text(f"{number:grouped}", style="bold"))
        for name, part in {"canonical": str(number), **_parts(number)}.items():
            if isinstance(part, bool):
                shown = phrase("yes" if part else "no")
            else:
                shown = f"{part:05}" if name == "sequence" else str(part)
            lines.append((phrase(f"part-{name}"), shown))
    found = judged.verdict.findings
    lines += [(place(one.span, text, lang), one.message(lang)) for one in found]
    out.print(particulars_grid(lines))
    out.print()
