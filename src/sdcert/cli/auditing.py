"""``sdcert audit``: one certificate, one number (一证一号), over a whole file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import click

from sdcert.cli._common import (
    Command,
    Option,
    codes_option,
    console,
    existing,
    format_option,
    lang_option,
    load_codes,
    take_day,
)
from sdcert.cli._reading import reading_options, take_limit, take_options
from sdcert.cli._texts import Problem
from sdcert.cli.checking import progress
from sdcert.files import open_source, open_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sdcert.numbering import NumberScope

__all__ = ["audit_command"]

_SHOWN: Final = 20

_HELP: Final = """Audit the certificate numbers of a whole file: one certificate, one number.

FILE is CSV (UTF-8 or GB18030), .xlsx, .jsonl or .parquet; “-” is CSV from standard input. Finds
numbers that stand twice, the same digits with and without the marker, and whatever “sdcert check”
finds; with the options below also what other columns say otherwise than the number. Columns about
persons are compared and not shown.

Exit status: 0 nothing was found, 1 something was, 2 the audit could not run."""

_HELP_ZH: Final = """核查整个文件的证书编号：一证一号。

FILE可为CSV（UTF-8或GB18030编码）、.xlsx、.jsonl或.parquet；“-”表示从标准输入读取CSV。
可发现重复的编号、数字相同而“（基层）”标识不一的编号，以及sdcert check所能发现的问题；
指定以下选项后，还可发现其他列与编号不符之处。涉及个人的列只作比较，不予显示。

退出状态：0为未发现问题，1为发现问题，2为未能完成核查。"""


def _column(name: str, en: str, zh: str, **more: Any) -> Callable[[Any], Any]:
    return click.option(name, cls=Option, metavar="NAME|N", help=en, zh=zh, **more)


@click.command("audit", cls=Command, help=_HELP, zh=_HELP_ZH)
@click.argument("file")
@_column(
    "--column",
    "The column with the numbers, by name or position (1 is the first). By default the only one "
    "that looks like certificate numbers.",
    "证书编号所在的列，用列名或序号（从1起）指定；默认为唯一像是证书编号的一列。",
)
@_column(
    "--key",
    "A column by which you know your rows; it is shown beside the line. May be repeated.",
    "用以识别各行的列，与行号一同显示；可多次给出。",
    multiple=True,
)
@codes_option()
@click.option(
    "--rules",
    cls=Option,
    metavar="FILE",
    multiple=True,
    callback=existing,
    help="Your city's notice as a rule file, laid over the bundled rules; may be repeated.",
    zh="本市通知的规则文件，叠加于自带规则之上，可多次给出。",
)
@click.option(
    "--approved-on",
    cls=Option,
    metavar="DATE",
    callback=take_day,
    help="The day on which all the certificates were approved and published.",
    zh="全部证书的核准公布日期。",
)
@_column(
    "--approved-column",
    "The column with the day of approval. A row whose day cannot be read does not pass.",
    "核准公布日期所在的列；日期无法读取的行不予通过。",
)
@click.option(
    "--on",
    cls=Option,
    metavar="DATE",
    callback=take_day,
    help="The day as of which the rules are read; by default without regard to the day.",
    zh="以哪一日的规定为准，默认不区分日期。",
)
@_column(
    "--holder",
    "The column that identifies the person: one person's certificates of one year, body and title "
    "must have one number. It is not shown.",
    "识别持有人的列：同一人同一年度、部门、系列级别的证书应只有一个编号。该列不予显示。",
)
@_column("--year", "A column with the evaluation year.", "评审年度所在的列。")
@_column(
    "--approver",
    "A column with the approving body: its code, or with --codes its name or kind.",
    "核准公布部门所在的列：代码；指定--codes时也可为名称或类别。",
)
@_column(
    "--grade",
    "A column with the grade or level; needs --codes.",
    "级别所在的列；须指定--codes。",
)
@_column("--marker", "A column with yes or no: the grass-roots marker.", "是否“（基层）”所在的列。")
@_column(
    "--manager",
    "A column with the body that manages number and data: its code, name or kind; needs --codes.",
    "编号和数据管理部门所在的列：代码、名称或类别；须指定--codes。",
)
@click.option(
    "--issued",
    cls=Option,
    metavar="FILE",
    help="A file with the last sequence issued in each scope: year, region_code, series_code, "
    "last.",
    zh="载有各编号范围最大顺序编号的文件，列为评审年度、地区部门识别代码、职称系列级别识别代码、最大顺序编号。",
)
@click.option(
    "--db",
    cls=Option,
    metavar="FILE",
    help="The same from an SQLite file of “sdcert allocate”.",
    zh="同上，取自sdcert allocate的编号库文件（SQLite）。",
)
@click.option(
    "--gaps",
    cls=Option,
    is_flag=True,
    help="Show how many numbers are missing in each scope, for information.",
    zh="显示各编号范围的缺号数，仅供参考。",
)
@click.option(
    "--report",
    cls=Option,
    metavar="OUT",
    help="Write every finding to this file: .csv, .xlsx, .jsonl or .parquet.",
    zh="将全部问题写入该文件：.csv、.xlsx、.jsonl或.parquet。",
)
@click.option(
    "--allow-undetermined",
    cls=Option,
    is_flag=True,
    help="Let pass what is undetermined.",
    zh="无法判定的情况也予通过。",
)
@click.option(
    "--limit",
    cls=Option,
    metavar="N|all",
    callback=take_limit,
    help=f"How many rows to list, and scopes with gaps; by default {_SHOWN} as text, all as JSON.",
    zh=f"最多列出多少行及多少个编号范围；文本输出默认{_SHOWN}，JSON默认全部。",
)
@format_option()
@lang_option()
@reading_options
def audit_command(
    *,
    file: str,
    column: str | None,
    key: tuple[str, ...],
    codes: str | None,
    rules: tuple[str, ...],
    approved_on: date | None,
    approved_column: str | None,
    on: date | None,
    issued: str | None,
    db: str | None,
    gaps: bool,
    report: str | None,
    allow_undetermined: bool,
    limit: int | str | None,
    output: str,
    lang: str,
    encoding: str | None,
    delimiter: str | None,
    header_line: int | None,
    every_row: bool,
    sheet: str | None,
    **compared: str | None,
) -> int:
    """Run the audit; returns the exit status."""
    if approved_on is not None and approved_column is not None:
        raise Problem("both-approved", {})
    if issued is not None and db is not None:
        raise Problem("both-issued", {})
    for option in ("grade", "manager"):
        if compared[option] is not None and codes is None:
            raise Problem("needs-codes", {"option": f"--{option}"})
    from sdcert.cli import audited  # noqa: PLC0415  # its parts are slow to import

    book = load_codes(codes)
    named = (column, *key, approved_column, *compared.values())
    options = take_options(encoding, delimiter, header_line, sheet, *named)
    if limit is None:
        limit = _SHOWN if output == "text" else "all"
    with ExitStack() as stack:
        source = stack.enter_context(open_source(file))
        table = stack.enter_context(open_table(source, **options))
        asked = audited.Question(
            table=table,
            column=table.guessed() if column is None else table.named(column),
            keys=tuple(map(table.named, key)),
            compared={name: table.named(at) for name, at in compared.items() if at is not None},
            approved=table.named(approved_column) if approved_column else approved_on,
            on=on,
            codes=codes,
            book=book,
            rules=rules,
            issued=_issued(issued, db),
            issued_from=issued or db,
            lang=lang,
            allow_undetermined=allow_undetermined,
            every_row=every_row,
        )
        with progress(source, lang, lambda: table.done) as tick:
            found = audited.run(asked, tick)
        if not found.tally.rows:
            raise Problem("no-rows", {"name": source.name})
        if report is not None:
            audited.write(found, report)
        most = None if isinstance(limit, str) else limit
        if output == "json":
            audited.show_json(found, most, gaps=gaps, report=report)
        else:
            audited.show_text(console(), found, most, gaps=gaps, report=report)
    return 1 if found.rows else 0


def _issued(path: str | None, db: str | None) -> dict[NumberScope, int] | None:
    """Return what was issued."""
    from sdcert.audit.issued import read_issued  # noqa: PLC0415  # only who asks pays for it
    from sdcert.cli.audited import read_rows_of  # noqa: PLC0415

    if db is not None:
        from sdcert.stores import SQLiteStore  # noqa: PLC0415

        with SQLiteStore.open_existing(db) as store:
            return read_issued({one: store.read(one, []).last or 0 for one in store.scopes()})
    if path is None:
        return None
    with open_table(path) as table:
        return read_rows_of(table)
