"""``sdcert parse``, ``explain`` and ``pattern``: the parts of a number, and its grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.text import Text

from sdcert.checking import check
from sdcert.cli import options, terminal
from sdcert.cli.judge import Judged
from sdcert.cli.phrases import current_language, phrase, version
from sdcert.errors import InvalidNumber
from sdcert.patterns import TARGETS, declaration, pattern

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

__all__ = ["explain_command", "parse_command", "pattern_command"]


def parse_command() -> options.Command:
    """Build ``sdcert parse``."""
    numbers = options.argument("number", "NUMBER", nargs=-1, required=True)
    return options.command("parse", _parse, numbers, options.FORMAT)


def explain_command() -> options.Command:
    """Build ``sdcert explain``."""
    days = options.day_option("--approved-on"), options.day_option("--on")
    asked = options.argument("number", "NUMBER"), options.CODES, options.RULES, *days
    return options.command("explain", _explain, *asked, options.FORMAT)


def pattern_command() -> options.Command:
    """Build ``sdcert pattern``."""
    systems = click.Choice(TARGETS)  # so many that click would cut them off: hence the metavar
    return options.command(
        "pattern",
        _pattern,
        options.option("--for", "target", metavar="SYSTEM", type=systems, required=True),
        options.flag("--bare"),
        options.option("--column", metavar="NAME", default="number"),
        options.option("--name", metavar="NAME"),
    )


def _parse(number: tuple[str, ...], output: str) -> int:
    lang = current_language()
    judged = [(text, Judged(check(text), lang)) for text in number]
    meaning = phrase("meaning-grammar")
    if output == "json":
        head = {"schema": "sdcert-parse/1", "sdcert": version(), "meaning": meaning}
        terminal.print_json(head | {"numbers": [_data(text, one) for text, one in judged]})
    else:
        out = terminal.console()
        for text, one in judged:
            _show(out, text, one, lang)
        out.print(Text(meaning, style="dim"))
    return 0 if all(one.number for _, one in judged) else 1


def _data(text: str, judged: Judged) -> dict[str, object]:
    return {
        "value": text,
        "outcome": judged.outcome.value,
        "canonical": None if judged.number is None else str(judged.number),
        "parts": _parts(judged) or None,
        "findings": judged.findings(),
    }


def _parts(judged: Judged) -> dict[str, str | int | bool]:
    names = ("year", "region_code", "series_code", "sequence", "grassroots")
    number = judged.number
    return {} if number is None else {name: getattr(number, name) for name in names}


def _show(out: Console, text: str, judged: Judged, lang: str) -> None:
    number, found = judged.number, judged.verdict.findings
    lines: list[tuple[str, str]] = []
    if number is None:
        line = terminal.marked(text, [finding.span for finding in found if finding.span])
        line.append(f"  {judged.outcome.label(lang)}", style="red")
        out.print(line)
    else:
        out.print(Text(f"{number:grouped}", style="bold"))
        parts = _parts(judged)
        shown = {"canonical": number} | parts | {"sequence": f"{number.sequence:05}"}
        shown["grassroots"] = phrase("yes" if number.grassroots else "no")
        lines = [(phrase(f"part-{name}"), str(part)) for name, part in shown.items()]
    lines += [(terminal.place(one.span, text, lang), one.message(lang)) for one in found]
    out.print(terminal.particulars_grid(lines))
    out.print()


def _explain(
    number: str, codes: str | None, rules: tuple[str, ...], output: str, **days: date | None
) -> int:
    from sdcert.checking.explaining import explain  # noqa: PLC0415  # slow, for this command alone

    lang = current_language()
    book, rulebook = options.tables_of(codes), options.load_rules(rules)
    try:
        account = explain(number, codes=book, rules=rulebook, lang=lang, **days)
    except InvalidNumber as error:
        click.echo(terminal.safe_lines(error.message(lang)), err=True)
        return 1
    if output == "json":
        terminal.print_json({"schema": "sdcert-explain/1", "sdcert": version()} | account.as_dict())
    else:
        terminal.print_lines(account.text())
    return 0


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
