"""``sdcert check``: the numbers in a column of a file, each with a verdict and its reason."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from sdcert.cli._common import (
    Command,
    Option,
    codes_option,
    console,
    format_option,
    lang_option,
    library_version,
    load_codes,
    take_day,
)
from sdcert.cli._reading import reading_options, take_limit, take_options
from sdcert.cli._texts import Problem, say
from sdcert.cli.reports import Layout, is_page, open_report
from sdcert.cli.showing import Asked, BadRows, Tally, show_json, show_text
from sdcert.files import Records, open_source, open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sdcert.cli.engine import Engine
    from sdcert.cli.reports import Sink
    from sdcert.files import Source

__all__ = ["check_command", "progress"]

_LONG_FILE: Final = 4 << 20  # bytes: what is shorter is done before a bar is read
_SHOWN: Final = 20

_HELP: Final = """Check the certificate numbers in a column of a file: CSV, Excel, JSON Lines or
Parquet.

The name of FILE tells its format: .xlsx, .jsonl or .ndjson, .parquet; any other is CSV, in UTF-8
(with or without byte order mark) or GB18030. “-” is standard input, read as CSV. Without --codes
the grammar of the numbers alone is checked. “Valid” never means that a number was issued or that a
certificate is genuine.

Exit status: 0 all rows valid, 1 some invalid or undetermined, 2 the check could not run."""

_HELP_ZH: Final = """检查文件某一列中的证书编号，文件可为CSV、Excel、JSON Lines或Parquet格式。

FILE的扩展名决定格式：.xlsx、.jsonl或.ndjson、.parquet；其他按CSV读取，编码应为UTF-8（有无BOM均可）或
GB18030。“-”表示标准输入，按CSV读取。未指定--codes时仅检查编号规则。“有效”不表示编号确已颁发或证书真实。

退出状态：0为各行均有效，1为有无效或无法判定的行，2为未能完成检查。"""


@click.command("check", cls=Command, help=_HELP, zh=_HELP_ZH)
@click.argument("file")
@click.option(
    "--column",
    cls=Option,
    metavar="NAME|N",
    help="The column with the numbers, by name or position (1 is the first). By default the only "
    "one that looks like certificate numbers.",
    zh="证书编号所在的列，用列名或序号（从1起）指定；默认为唯一像是证书编号的一列。",
)
@click.option(
    "--report",
    cls=Option,
    metavar="OUT",
    help="Write every row with what was found to this file: .csv, .xlsx, .jsonl or .parquet. "
    "In .xlsx the numbers are marked and commented, in Chinese, and a sheet sums up. No cell is "
    "written in a way that a spreadsheet would run as a formula. In .html: a page with counts as "
    "plots and the rows that need attention.",
    zh="将每一行及检查结果写入该文件：.csv、.xlsx、.jsonl或.parquet；.xlsx中编号单元格标色并加批注，"
    "另附汇总表。任何单元格都不会被电子表格当作公式执行。"
    "写成.html时为网页，含统计图和需要处理的行。",
)
@click.option(
    "--show-column",
    "shown",
    cls=Option,
    multiple=True,
    metavar="NAME|N",
    help="With --report OUT.html: another column to be shown with the rows that need attention; "
    "may be repeated. Without it the page has none, since others may concern persons.",
    zh="检查结果写成网页（.html）时，在需要处理的行中另列出的一列，可多次给出；默认不列，"
    "因为其他列可能涉及个人信息。",
)
@codes_option()
@click.option(
    "--approved-on",
    cls=Option,
    metavar="DATE",
    callback=take_day,
    help="The day on which all the certificates were approved and published.",
    zh="全部证书的核准公布日期。",
)
@click.option(
    "--approved-column",
    cls=Option,
    metavar="NAME|N",
    help="The column with the day of approval. A row whose day cannot be read does not pass.",
    zh="核准公布日期所在的列；日期无法读取的行不予通过。",
)
@click.option(
    "--allow-undetermined",
    cls=Option,
    is_flag=True,
    help="Let rows pass whose codes the tables do not list.",
    zh="代码表未收录、无法判定的行也予通过。",
)
@click.option(
    "--limit",
    cls=Option,
    metavar="N|all",
    callback=take_limit,
    help=f"How many bad rows of each outcome to list; by default {_SHOWN} as text, all as JSON.",
    zh=f"每类判定最多列出多少行；文本输出默认{_SHOWN}行，JSON默认全部。",
)
@format_option()
@lang_option()
@reading_options
def check_command(
    *,
    file: str,
    column: str | None,
    report: str | None,
    shown: tuple[str, ...],
    codes: str | None,
    approved_on: date | None,
    approved_column: str | None,
    allow_undetermined: bool,
    limit: int | str | None,
    output: str,
    lang: str,
    encoding: str | None,
    delimiter: str | None,
    header_line: int | None,
    every_row: bool,
    sheet: str | None,
) -> int:
    """Run the check; returns the exit status."""
    if approved_on is not None and approved_column is not None:
        raise Problem("both-approved", {})
    if shown and not is_page(report):
        raise Problem("show-column-no-page", {})
    from sdcert.cli.engine import Engine  # noqa: PLC0415  # its parts are slow to import

    book = load_codes(codes)
    digest = book.digest if book is not None else ""
    if limit is None:
        limit = _SHOWN if output == "text" else "all"
    with ExitStack() as stack:
        source = stack.enter_context(open_source(file))
        table = stack.enter_context(
            open_table(
                source,
                **take_options(encoding, delimiter, header_line, sheet, column, approved_column),
            )
        )
        bad = BadRows(None if isinstance(limit, str) else limit)
        stack.callback(bad.close)
        day = table.named(approved_column) if approved_column is not None else None
        asked = Asked(
            table=table,
            column=table.guessed() if column is None else table.named(column),
            approved=day or approved_on,
            codes=codes,
            digest=digest,
            lang=lang,
            allow_undetermined=allow_undetermined,
            every_row=every_row,
            report=report,
        )
        engine = Engine(
            book,
            approved_on,
            lang,
            column=asked.column.index,
            day_column=None if day is None else day.index,
            workbook=table.is_workbook,
            fields=report is not None,
        )
        layout = Layout(
            table,
            asked.column,
            library_version(),
            digest,
            lang,
            codes=book,
            allow_undetermined=allow_undetermined,
            shown=tuple(map(table.named, shown)),
            made_on=datetime.now().astimezone().date(),
        )
        asked = attrs.evolve(asked, replaced=bool(report) and layout.replaces)
        with ExitStack() as written:
            sink = None
            if report is not None:
                read = None if codes == "bundled" else codes
                sink = written.enter_context(open_report(report, layout, tables=read))
            tally = _run(asked, engine, bad, sink)
            if not tally.rows:
                raise Problem("no-rows", {"name": source.name})
            if sink:
                sink.finish(asked, tally)
        if output == "json":
            show_json(asked, tally, bad)
        else:
            show_text(console(), asked, tally, bad)
    return 1 if tally.bad else 0


def _run(asked: Asked, engine: Engine, bad: BadRows, sink: Sink | None) -> Tally:
    """Judge every row, in one pass and in bounded memory."""
    tally = Tally()
    table = asked.table
    needed = None
    if sink is None:
        needed = {engine.column, engine.column if engine.day_column is None else engine.day_column}
    with progress(table.source, asked.lang, lambda: table.done) as tick:
        for batch in table.batches(needed, number=None if asked.every_row else engine.column):
            tick()
            found = engine.judge(batch)
            for at in tally.add(found, allow_undetermined=asked.allow_undetermined):
                bad.add(found, at)
            if isinstance(batch, Records):
                tally.add_ragged(found, len(table.columns))
            if sink is not None:
                sink.batch(found)
    return tally


@contextmanager
def progress(
    source: Source, lang: str, done: Callable[[], int] | None = None
) -> Iterator[Callable[[], object]]:
    """Show on a terminal how far a long file has been read.

    Args:
        source: The file.
        lang: The language.
        done: Tells how many bytes have been read; by default the file itself does.

    Yields:
        What to call now and then; it does nothing where there is no terminal, or little to read.
    """
    if not sys.stderr.isatty() or source.size < _LONG_FILE:
        yield lambda: None
        return
    from rich.progress import (  # noqa: PLC0415  # long files alone need it
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(say("progress", lang), total=source.size)
        yield lambda: bar.update(task, completed=(done or source.file.tell)())
