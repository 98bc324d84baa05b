"""``sdcert codes``: look at code tables, check them, compare them and hand them on.

Exit status: 0 if all is well; 1 if a table is faulty, a code is not in force or not listed, or
two tables differ; 2 if the command itself could not be carried out.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Grade,
    InvalidTable,
    NotInForce,
    NotListed,
    RegionCode,
    SeriesCode,
)
from sdcert.dates import format_day, parse_day

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sdcert.codes.model import Entry
    from sdcert.findings import Lang

__all__ = ["codes_group"]


def _language(ctx: click.Context) -> Lang:
    """The language that was asked for, of this group or of the whole command; else the locale's."""
    asked: Lang | None = ctx.meta.get("sdcert.lang")
    if asked:
        return asked
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, names), "").casefold().startswith("zh") else "en"


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _book(path: Path | None) -> CodeBook:
    return CodeBook.bundled() if path is None else CodeBook.load(path)


_TABLES = click.Path(exists=True, path_type=Path)
_codes = click.option(
    "--codes",
    "path",
    type=_TABLES,
    help="Tables: a folder or file (代码表). Default: the few codes that the documents attest.",
)
_on = click.option("--on", type=_day, metavar="DAY", help="As of this day (截至该日).")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _kind(entry: Entry, lang: Lang) -> str:
    if isinstance(entry, RegionCode):
        return entry.authority.label(lang)
    if isinstance(entry, SeriesCode):
        return entry.grade.label(lang)
    return "市前缀" if lang == "zh" else "city prefix"


def _line(entry: Entry, lang: Lang) -> str:
    days = f"{format_day(entry.valid_from, lang)} – {format_day(entry.valid_through, lang)}"
    known = f"  {days}" if entry.valid_from or entry.valid_through else ""
    after = f"  → {' '.join(entry.successors)}" if entry.successors else ""
    return f"{entry.code:<5}  {entry.name}  [{_kind(entry, lang)}]{known}{after}"


def _print(entries: Iterable[Entry], lang: Lang, *, as_json: bool) -> None:
    if as_json:
        from sdcert.codes.jsonform import entry_to  # noqa: PLC0415 - only for this form

        found = [entry_to(entry) for entry in entries]
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for entry in entries:
        click.echo(_line(entry, lang))


@click.group("codes")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language (语言).")
@click.pass_context
def codes_group(ctx: click.Context, lang: Lang | None) -> None:
    """Look at code tables, check and compare them (代码表)."""
    if lang:
        ctx.meta["sdcert.lang"] = lang


@codes_group.command("lint")
@click.argument("path", type=_TABLES)
@click.pass_context
def lint(ctx: click.Context, path: Path) -> None:
    """Check tables and report all faults at once (检查代码表)."""
    lang = _language(ctx)
    try:
        book = CodeBook.load(path)
    except InvalidTable as error:
        for fault in error.faults:
            click.echo(fault.message(lang))
        count = len(error.faults)
        click.echo(f"共{count}处错误" if lang == "zh" else f"{count} faults", err=True)
        ctx.exit(1)
    for edition in book.editions:
        first = format_day(edition.valid_from, lang)
        click.echo(
            f"{edition.id}  {edition.domain}  {edition.content.label(lang)}  {first}  "
            f"{len(edition)}  {edition.source}"
        )
    click.echo(book.digest)


@codes_group.command("list")
@_codes
@_on
@click.option("--prefix", metavar="NN", help="Codes of this city only (市前两位).")
@click.option(
    "--authority",
    type=click.Choice([kind.value for kind in AuthorityKind]),
    help="Kind (部门类别).",
)
@click.option("--series", metavar="NAME", help="Titles of this series only (职称系列).")
@click.option(
    "--grade",
    type=click.Choice([grade.value for grade in Grade]),
    help="Titles of this grade (层级).",
)
@click.option("--search", metavar="TEXT", help="Name, a part of it, or how the code begins.")
@_as_json
@click.pass_context
def list_codes(
    ctx: click.Context,
    /,
    path: Path | None,
    on: date | None,
    search: str | None,
    *,
    as_json: bool,
    **chosen: str | None,
) -> None:
    """List codes, all or those in force on a day (列出代码)."""
    book = _book(path)
    entries: Iterable[Entry] = book.search(search, on=on) if search else book.entries(on)
    _print(
        (entry for entry in entries if _wanted(entry, **chosen)), _language(ctx), as_json=as_json
    )


def _wanted(
    entry: Entry,
    prefix: str | None,
    authority: str | None,
    series: str | None,
    grade: str | None,
) -> bool:
    if (prefix or authority) and not isinstance(entry, RegionCode):
        return isinstance(entry, CityPrefix) and not authority and entry.code == prefix
    if (series or grade) and not isinstance(entry, SeriesCode):
        return False
    if isinstance(entry, RegionCode):
        return (not prefix or entry.prefix == prefix) and (
            not authority or entry.authority == authority
        )
    if isinstance(entry, SeriesCode):
        return (not series or entry.series == series) and (not grade or entry.grade == grade)
    return True


@codes_group.command("show")
@click.argument("code")
@_codes
@_on
@_as_json
@click.pass_context
def show(
    ctx: click.Context, code: str, path: Path | None, on: date | None, *, as_json: bool
) -> None:
    """Show a code of five, three or two digits (查询代码)."""
    book, lang = _book(path), _language(ctx)
    ask: Any = {3: book.series, 2: book.prefix}.get(len(code), book.region)
    answer = ask(code, on=on)
    if isinstance(answer, NotInForce | NotListed):
        click.echo(answer.message(lang))
        ctx.exit(1)
    entries = answer if isinstance(answer, tuple) else (answer,)
    _print(entries, lang, as_json=as_json)
    if not as_json:
        for entry in entries:
            click.echo(f"       {'来源：' if lang == 'zh' else 'source: '}{entry.source}")
    if not entries:
        text = f"代码{code}未收录" if lang == "zh" else f"code {code} is not listed"
        click.echo(text, err=True)
        ctx.exit(1)


@codes_group.command("history")
@click.argument("code")
@_codes
@click.pass_context
def history(ctx: click.Context, code: str, path: Path | None) -> None:
    """Tell what became of a code (代码沿革)."""
    book, lang = _book(path), _language(ctx)
    spans = book.history(code)
    for span in spans:
        click.echo(f"{span.code}  {span.name}  {span.days(lang)}  ({span.edition})")
        if not span.successors:
            continue
        for entry in book.successors(span.entry, all_steps=True):
            click.echo(f"  → {_line(entry, lang)}")
    if not spans:
        text = f"代码{code}未收录" if lang == "zh" else f"code {code} is not listed"
        click.echo(text, err=True)
        ctx.exit(1)


@codes_group.command("diff")
@click.argument("older", type=_TABLES)
@click.argument("newer", type=_TABLES)
@click.pass_context
def diff(ctx: click.Context, older: Path, newer: Path) -> None:
    """Compare two tables: what was added, ended, renamed, moved, re-used (比较代码表)."""
    found = CodeBook.diff(CodeBook.load(older), CodeBook.load(newer))
    for change in found.changes:
        click.echo(change.message(_language(ctx)))
    if found:
        ctx.exit(1)


@codes_group.command("export")
@_codes
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "fhir", "sdmx"]),
    default="json",
    show_default=True,
    help="The whole book as JSON, or one list as of a day (导出格式).",
)
@click.option("--kind", type=click.Choice(["region", "prefix", "series"]), default="region")
@_on
@click.option("--url", help="For fhir: the canonical address of your code system.")
@click.option("--agency", help="For sdmx: the id of your agency.")
def export(
    path: Path | None,
    form: str,
    on: date | None,
    *,
    kind: Any,
    url: str | None,
    agency: str | None,
) -> None:
    """Print the tables in another form (导出)."""
    book = _book(path)
    if form == "json":
        from sdcert.codes.jsonform import to_json  # noqa: PLC0415 - only for this form

        click.echo(to_json(book), nl=False)
        return
    from sdcert.codes.export import to_fhir, to_sdmx  # noqa: PLC0415 - only for these forms

    if on is None:
        raise click.UsageError("--on DAY is needed for this format")
    if form == "fhir":
        if not url:
            raise click.UsageError("--url is needed for fhir")
        found = to_fhir(book, kind, on=on, url=url)
    else:
        if not agency:
            raise click.UsageError("--agency is needed for sdmx")
        found = to_sdmx(book, kind, on=on, agency=agency)
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))
