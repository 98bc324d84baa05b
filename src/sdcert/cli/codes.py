"""``sdcert codes``: look at code tables, check them, compare them and hand them on.

Exit status: 0 if all is well; 1 if a table is faulty, a code is not in force or not listed, or
two tables differ; 2 if the command itself could not be carried out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from sdcert.cli import options
from sdcert.cli.options import option, tables_of
from sdcert.cli.phrases import current_language, phrase
from sdcert.cli.terminal import console, plain_grid, print_json, print_lines, safe_json
from sdcert.codes import (
    AuthorityKind,
    CodeBook,
    Grade,
    InvalidTable,
    NotInForce,
    NotListed,
    RegionCode,
    SeriesCode,
)
from sdcert.dates import format_day
from sdcert.messages import excerpt, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sdcert.codes.model import Entry

__all__ = ["command"]

_TABLE: Final = 80  # columns that a table needs
_LONGEST: Final = 1_000  # characters of a fault


def command() -> options.Group:
    """Build the group of commands."""
    build, code = options.command, options.argument("code", "CODE")
    codes, on, form = options.CODES, options.day_option("--on"), options.FORMAT
    older, newer, table = (
        options.argument(name, metavar, type=options.PATH, callback=options.existing)
        for name, metavar in (("older", "OLDER"), ("newer", "NEWER"), ("table", "PATH"))
    )
    chosen = (
        option("--prefix", metavar="NN"),
        option("--authority", metavar="KIND", type=click.Choice([*map(str, AuthorityKind)])),
        option("--series", metavar="NAME"),
        option("--grade", metavar="GRADE", type=click.Choice([*map(str, Grade)])),
        option("--search", metavar="TEXT"),
    )
    exported = (
        option("--format", "form", type=click.Choice(["json", "fhir", "sdmx"]), default="json"),
        option("--kind", type=click.Choice(["region", "prefix", "series"]), default="region"),
        on,
        option("--url", metavar="URL"),
        option("--agency", metavar="ID"),
    )
    commands = [
        build("codes check", _check, table),
        build("codes list", _list, codes, on, *chosen, form),
        build("codes show", _show, code, codes, on, form),
        build("codes history", _history, code, codes),
        build("codes diff", _diff, older, newer),
        build("codes export", _export, codes, *exported),
    ]
    return options.Group("codes", commands)


def _kind(entry: Entry, lang: str) -> str:
    if isinstance(entry, RegionCode):
        return entry.authority.label(lang)
    if isinstance(entry, SeriesCode):
        return entry.grade.label(lang)
    return phrase("city-prefix")


def _line(entry: Entry, lang: str) -> str:
    days = f"{format_day(entry.valid_from)} – {format_day(entry.valid_through)}"
    known = f"  {days}" if entry.valid_from or entry.valid_through else ""
    after = f"  → {' '.join(entry.successors)}" if entry.successors else ""
    return f"{entry.code:<5}  {entry.name}  [{_kind(entry, lang)}]{known}{after}"


def _print(entries: Sequence[Entry], output: str) -> None:
    lang = current_language()
    if output == "json":
        from sdcert.codes.jsonform import entry_to  # noqa: PLC0415  # this form alone needs it

        print_json([entry_to(entry) for entry in entries])
        return
    for entry in entries:
        print_lines(_line(entry, lang))


def _check(table: str) -> int:
    lang = current_language()
    try:
        book = CodeBook.load(table)
    except InvalidTable as error:
        for fault in error.faults:
            print_lines(excerpt(fault.message(lang), _LONGEST))
        click.echo(phrase("faults", count=len(error.faults)), err=True)
        return 1
    for warning in book.warnings():
        text = warning.message(lang)
        click.echo(excerpt(render("codes.warning", lang, text=text), _LONGEST), err=True)
    out = console()
    names = ("edition", "domain", "content", "from", "codes", "source")
    grid = plain_grid(*(phrase(f"head-{name}") for name in names), right=[4])
    for edition in book.editions:
        content, begins = edition.content.label(lang), format_day(edition.valid_from, lang)
        size, source = str(len(edition)), str(edition.source)
        row = (edition.id, edition.domain, content, begins, size, source)
        if out.width < _TABLE:
            print_lines("  ".join(row))
        else:
            grid.add_row(*(Text(excerpt(cell, _LONGEST)) for cell in row))
    if grid.row_count:
        grid.add_row()
        out.print(grid)
    print_lines(f"{phrase('label-digest')}  {book.digest}")
    return 0


def _list(
    *, codes: str | None, on: date | None, search: str | None, output: str, **chosen: str | None
) -> int:
    book = tables_of(codes)
    found: Iterable[Entry] = book.search(search, on=on) if search else book.entries(on=on)
    entries = [entry for entry in found if _wanted(entry, **chosen)]
    _print(entries, output)
    if not entries and output != "json":
        click.echo(phrase("no-entries"), err=True)
    return 0


def _wanted(entry: Entry, **chosen: str | None) -> bool:
    """Tell whether an entry is as every option says; what it does not have, it is not."""
    has: dict[str, str | None]
    if isinstance(entry, RegionCode):
        has = {"prefix": entry.prefix, "authority": entry.authority}
    elif isinstance(entry, SeriesCode):
        has = {"series": entry.series, "grade": entry.grade}
    else:
        has = {"prefix": entry.code}
    return all(has.get(name) == value for name, value in chosen.items() if value)


def _show(code: str, codes: str | None, on: date | None, output: str) -> int:
    lang = current_language()
    book = tables_of(codes)
    entries: tuple[Entry, ...] = ()
    refused = phrase("not-listed", code=code)
    if on is None:
        entries = tuple(span.entry for span in book.history(code))
    else:
        ask: Any = {3: book.series, 2: book.prefix}.get(len(code), book.region)
        answer = ask(code, on=on)
        if isinstance(answer, NotInForce | NotListed):
            refused = answer.message(lang)
        else:
            entries = (answer,)
    _print(entries, output)
    for entry in entries if output == "text" else ():
        print_lines(f"       {phrase('source-of', source=str(entry.source))}")
    if not entries:
        click.echo(excerpt(refused, _LONGEST), err=True)
    return 0 if entries else 1


def _history(code: str, codes: str | None) -> int:
    lang = current_language()
    book = tables_of(codes)
    spans = book.history(code)
    for span in spans:
        edition = phrase("in-edition", edition=span.edition)
        print_lines(f"{span.code}  {span.name}  {span.days(lang)}  {edition}")
        if span.successors:
            for entry in book.successors(span.entry, transitive=True):
                print_lines(f"  → {_line(entry, lang)}")
    if not spans:
        click.echo(phrase("not-listed", code=code), err=True)
    return 0 if spans else 1


def _diff(older: str, newer: str) -> int:
    lang = current_language()
    found = CodeBook.diff(CodeBook.load(older), CodeBook.load(newer))
    lines = [change.message(lang) for change in found.changes]
    for line in [*lines, *(change.message(lang) for change in found.editions)]:
        print_lines(line)
    return 1 if found else 0


def _export(codes: str | None, form: str, kind: Any, **given: Any) -> int:
    def needed(name: str) -> Any:
        if not given[name]:
            message = phrase("option-needed", option=f"--{name}", form=form)
            raise click.UsageError(message, click.get_current_context())
        return given[name]

    book = tables_of(codes)
    if form == "json":
        click.echo(safe_json(book.to_json()), nl=False)
        return 0
    from sdcert.codes.export import to_fhir, to_sdmx  # noqa: PLC0415  # these forms alone need it

    day = needed("on")
    if form == "fhir":
        print_json(to_fhir(book, kind, as_of=day, url=needed("url")))
    else:
        made = datetime.now(UTC).replace(microsecond=0)
        print_json(to_sdmx(book, kind, as_of=day, agency=needed("agency"), prepared=made))
    return 0
