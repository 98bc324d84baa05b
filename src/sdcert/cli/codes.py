"""``sdcert codes``: look at code tables, check them, compare them and hand them on.

Exit status: 0 if all is well; 1 if a table is faulty, a code is not in force or not listed, or
two tables differ; 2 if the command itself could not be carried out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from rich import box
from rich.table import Table as Grid
from rich.text import Text

from sdcert.cli._common import (
    Command,
    Group,
    Option,
    console,
    existing,
    lang_option,
    load_codes,
    print_json,
    print_lines,
    safe_json,
    take_day,
)
from sdcert.cli._errors import Misuse
from sdcert.cli._texts import printable, say
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
from sdcert.messages import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from sdcert.codes.model import Entry

__all__ = ["codes_group"]

_T = TypeVar("_T")
_TABLE: Final = 80  # columns that a table needs
_LONGEST: Final = 1_000  # characters of a fault


def _book(path: str | None) -> CodeBook:
    found = load_codes(path)
    return CodeBook.bundled() if found is None else found  # not "or": an empty book is false


_codes = click.option(
    "--codes",
    "path",
    cls=Option,
    metavar="bundled|PATH",
    help="Your office's tables, a folder or file; by default those bundled with sdcert, which hold "
    "the few codes that the regulations name.",
    zh="本单位代码表（目录或文件）；默认为sdcert自带的代码表，仅含规定中写明的少数代码。",
)
_on = click.option(
    "--on",
    cls=Option,
    metavar="DATE",
    callback=take_day,
    help="As of this day; by default without regard to the day.",
    zh="以该日为准，默认不区分日期。",
)
_as_json = click.option(
    "--json", "as_json", cls=Option, is_flag=True, help="Print JSON.", zh="输出JSON。"
)


def _kind(entry: Entry, lang: str) -> str:
    if isinstance(entry, RegionCode):
        return entry.authority.label(lang)
    if isinstance(entry, SeriesCode):
        return entry.grade.label(lang)
    return say("city-prefix", lang)


def _line(entry: Entry, lang: str) -> str:
    days = f"{format_day(entry.valid_from, lang)} – {format_day(entry.valid_through, lang)}"
    known = f"  {days}" if entry.valid_from or entry.valid_through else ""
    after = f"  → {' '.join(entry.successors)}" if entry.successors else ""
    return f"{entry.code:<5}  {entry.name}  [{_kind(entry, lang)}]{known}{after}"


def _print_json(entries: Iterable[Entry]) -> None:
    from sdcert.codes.jsonform import entry_to  # noqa: PLC0415  # this form alone needs it

    print_json([entry_to(entry) for entry in entries])


codes_group: Final = Group(
    "codes",
    help="Look at code tables, check and compare them, and hand them on.\n\nExit status: 0 all is "
    "well, 1 a table is faulty, a code is not in force or not listed, or two tables differ, 2 the "
    "command could not run.",
    zh="查看、检查、比较和导出代码表。\n\n退出状态：0为一切正常，1为代码表有错误、代码不在有效期内或未收录，"
    "或两份代码表不同，2为未能运行。",
)
lang_option(expose=False)(codes_group)


def _command(name: str, en: str, zh: str) -> Callable[[Callable[..., int]], click.Command]:
    """Return the decorator that makes a command of this group, with ``--lang``."""

    def make(callback: Callable[..., int]) -> click.Command:
        command = codes_group.command(name, cls=Command, help=en, zh=zh)
        made: click.Command = command(lang_option()(callback))
        return made

    return make


def _table(rows: Iterable[Sequence[str]], lang: str) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("edition", "domain", "content", "from", "codes", "source"):
        number = name == "codes"
        head = say(f"head-{name}", lang)
        grid.add_column(head, justify="right" if number else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
    grid.add_row()
    return grid


@_command(
    "check",
    "Check tables: report all faults at once, and what is suspicious as warnings.",
    "检查代码表：一次列出全部错误，并提示可疑之处。",
)
@click.argument("path", callback=existing)
def check(path: str, lang: str) -> int:
    """Check the tables; returns the exit status."""
    try:
        book = CodeBook.load(path)
    except InvalidTable as error:
        for fault in error.faults:
            print_lines(printable(fault.message(lang), _LONGEST))
        click.echo(say("faults", lang, count=len(error.faults)), err=True)
        return 1
    for warning in book.warnings():
        text = warning.message(lang)
        click.echo(printable(render("codes.warning", lang, text=text), _LONGEST), err=True)
    rows = [
        (
            edition.id,
            edition.domain,
            edition.content.label(lang),
            format_day(edition.valid_from, lang),
            str(len(edition)),
            str(edition.source),
        )
        for edition in book.editions
    ]
    out = console()
    if out.width < _TABLE:
        print_lines("\n".join("  ".join(map(printable, row)) for row in rows))
    else:
        out.print(_table(rows, lang))
    print_lines(f"{say('label-digest', lang)}  {book.digest}")
    return 0


@_command("list", "List codes, all or those in force on a day.", "列出全部代码或某日有效的代码。")
@_codes
@_on
@click.option(
    "--prefix",
    cls=Option,
    metavar="NN",
    help="Codes of the city with these first two digits.",
    zh="仅列前两位为此的设区的市的代码。",
)
@click.option(
    "--authority",
    cls=Option,
    type=click.Choice([kind.value for kind in AuthorityKind]),
    metavar="KIND",
    help=f"Bodies of this kind: {', '.join(AuthorityKind)}.",
    zh=f"仅列该类部门：{'、'.join(AuthorityKind)}。",
)
@click.option(
    "--series", cls=Option, metavar="NAME", help="Titles of this series.", zh="仅列该系列的职称。"
)
@click.option(
    "--grade",
    cls=Option,
    type=click.Choice([grade.value for grade in Grade]),
    metavar="GRADE",
    help=f"Titles of this grade: {', '.join(Grade)}.",
    zh=f"仅列该级别的职称：{'、'.join(Grade)}。",
)
@click.option(
    "--search",
    cls=Option,
    metavar="TEXT",
    help="What stands in the name, or how the code begins.",
    zh="名称中的文字，或代码的开头。",
)
@_as_json
def list_codes(
    *,
    path: str | None,
    on: date | None,
    search: str | None,
    as_json: bool,
    lang: str,
    **chosen: str | None,
) -> int:
    """List the codes for which all the options hold; returns the exit status."""
    book = _book(path)
    found: Iterable[Entry] = book.search(search, on=on) if search else book.entries(on=on)
    entries = [entry for entry in found if _wanted(entry, **chosen)]
    if as_json:
        _print_json(entries)
        return 0
    for entry in entries:
        print_lines(_line(entry, lang))
    if not entries:
        click.echo(say("no-entries", lang), err=True)
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


@_command("show", "Show a code of five, three or two digits.", "查询五位、三位或两位代码。")
@click.argument("code")
@_codes
@_on
@_as_json
def show(code: str, path: str | None, on: date | None, as_json: bool, lang: str) -> int:
    """Show what the tables say of the code; returns the exit status."""
    book = _book(path)
    entries: tuple[Entry, ...] = ()
    refused = say("not-listed", lang, code=code)
    if on is None:
        entries = tuple(span.entry for span in book.history(code))
    else:
        ask: Any = {3: book.series, 2: book.prefix}.get(len(code), book.region)
        answer = ask(code, on=on)
        if isinstance(answer, NotInForce | NotListed):
            refused = answer.message(lang)
        else:
            entries = (answer,)
    if as_json:
        _print_json(entries)
    else:
        for entry in entries:
            print_lines(_line(entry, lang))
        for entry in entries:
            print_lines(f"       {say('source-of', lang, source=str(entry.source))}")
    if not entries:
        click.echo(printable(refused), err=True)
    return 0 if entries else 1


@_command("history", "Tell what became of a code.", "查询代码的沿革。")
@click.argument("code")
@_codes
def history(code: str, path: str | None, lang: str) -> int:
    """Show the spans of the code and what followed; returns the exit status."""
    book = _book(path)
    spans = book.history(code)
    for span in spans:
        edition = say("in-edition", lang, edition=span.edition)
        print_lines(f"{span.code}  {span.name}  {span.days(lang)}  {edition}")
        if span.successors:
            for entry in book.successors(span.entry, transitive=True):
                print_lines(f"  → {_line(entry, lang)}")
    if not spans:
        click.echo(say("not-listed", lang, code=code), err=True)
    return 0 if spans else 1


@_command(
    "diff",
    "Compare two tables: what was added, ended, renamed, moved, re-used.",
    "比较两份代码表：新增、停用、更名、变动和重新使用的代码。",
)
@click.argument("older", callback=existing)
@click.argument("newer", callback=existing)
def diff(older: str, newer: str, lang: str) -> int:
    """Print the changes; returns the exit status."""
    found = CodeBook.diff(CodeBook.load(older), CodeBook.load(newer))
    lines = [change.message(lang) for change in found.changes]
    for line in [*lines, *(change.message(lang) for change in found.editions)]:
        print_lines(line)
    return 1 if found else 0


@_command(
    "export",
    "Print the tables in another form: the whole book as JSON, or one list as of a day for FHIR or "
    "SDMX.",
    "以其他格式输出代码表：全部内容（JSON），或某日的一类代码（FHIR、SDMX）。",
)
@_codes
@click.option(
    "--format",
    "form",
    cls=Option,
    type=click.Choice(["json", "fhir", "sdmx"]),
    default="json",
    help="json (the default), fhir or sdmx.",
    zh="json（默认）、fhir或sdmx。",
)
@click.option(
    "--kind",
    cls=Option,
    type=click.Choice(["region", "prefix", "series"]),
    default="region",
    help="For fhir and sdmx: which codes; region by default.",
    zh="用于fhir和sdmx：哪一类代码，默认region。",
)
@_on
@click.option(
    "--url",
    cls=Option,
    help="For fhir: the canonical address of your code system.",
    zh="用于fhir：代码系统的规范地址。",
)
@click.option(
    "--agency",
    cls=Option,
    help="For sdmx: the id of your agency.",
    zh="用于sdmx：机构标识。",
)
def export(
    *,
    path: str | None,
    form: str,
    on: date | None,
    kind: Any,
    url: str | None,
    agency: str | None,
    lang: str,  # the documents are the same in all languages
) -> int:
    """Print the document; returns the exit status."""
    book = _book(path)
    if form == "json":
        click.echo(safe_json(book.to_json()), nl=False)
        return 0
    from sdcert.codes.export import to_fhir, to_sdmx  # noqa: PLC0415  # these forms alone need it

    day = _needed("--on", on, form)
    if form == "fhir":
        print_json(to_fhir(book, kind, as_of=day, url=_needed("--url", url, form)))
    else:
        made = datetime.now(UTC).replace(microsecond=0)
        agency = _needed("--agency", agency, form)
        print_json(to_sdmx(book, kind, as_of=day, agency=agency, prepared=made))
    return 0


def _needed(option: str, value: _T | None, form: str) -> _T:
    if not value:
        raise Misuse("option-needed", option=option, form=form)
    return value
