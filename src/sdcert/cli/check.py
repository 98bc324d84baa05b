"""``sdcert check``: the numbers in a column of a file, each with a verdict and its reason."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.account import (
    BadRows,
    Options,
    Tally,
    finding_label,
    print_document,
    result,
    version,
)
from sdcert.cli.options import (
    Command,
    argument,
    checking_options,
    load_codes,
    option,
    path,
    reading_options,
)
from sdcert.cli.options import command as build
from sdcert.cli.phrases import Problem, current_language, phrase
from sdcert.cli.reports import Layout, is_page, open_report
from sdcert.cli.terminal import console
from sdcert.files import Column, Records, open_source, open_table
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.text import Text

    from sdcert.cli.engine import Engine
    from sdcert.cli.reports import Sink
    from sdcert.files import Source, Table

__all__ = ["SCHEMA", "SHOWN", "command", "options_of", "progress"]

SCHEMA: Final = "sdcert-check/1"
"""The name and version of the JSON document; the number rises when a reader would break."""

SHOWN: Final = 20
"""How many rows a text lists by default."""

_LONG_FILE: Final = 4 << 20  # bytes: what is shorter is done before a bar is read
_COLOURS: Final = {Outcome.VALID: "green", Outcome.INVALID: "red", Outcome.UNDETERMINED: "yellow"}


def command() -> Command:
    """Build the command."""
    shown = option("--show-column", "shown", metavar="NAME|N", multiple=True)
    file = argument("file", "FILE", type=path())
    return build("check", _check, file, *checking_options(), shown)


def options_of(table: Table, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what the options that check and audit share mean for a file."""
    column, approved = given["column"], given["approved_column"]
    return {
        "table": table,
        "column": table.guessed() if column is None else table.named(column),
        "approved": given["approved_on"] if approved is None else table.named(approved),
        "codes": given["codes"],
        "book": load_codes(given["codes"]),
        "lang": current_language(),
        "allow_undetermined": given["allow_undetermined"],
        "every_row": given["every_row"],
        "report": given["report"],
        **more,
    }


def _check(*, file: str, shown: tuple[str, ...], output: str, quiet: bool, **given: Any) -> int:
    report, limit = given["report"], given["limit"]
    if given["approved_on"] is not None and given["approved_column"] is not None:
        raise Problem("both-approved", {})
    if shown and not is_page(report):
        raise Problem("show-column-no-page", {})
    from sdcert.cli.engine import Engine  # noqa: PLC0415  # its parts are slow to import

    if limit is None:
        limit = SHOWN if output == "text" else "all"
    names = (given["column"], given["approved_column"], *shown)
    with ExitStack() as stack:
        source = stack.enter_context(open_source(file))
        table = stack.enter_context(open_table(source, **reading_options(given, *names)))
        bad = BadRows(None if isinstance(limit, str) else limit)
        stack.callback(bad.close)
        options = Options(**options_of(table, given))
        layout = Layout(
            options,
            version(),
            shown=tuple(map(table.named, shown)),
            made_on=datetime.now().astimezone().date(),
        )
        options = attrs.evolve(options, replaced=bool(report) and layout.replaces)
        engine = Engine(
            options.book,
            options.approved_on,
            options.lang,
            column=options.column.index,
            day_column=options.day_column,
            workbook=table.is_workbook,
            fields=report is not None,
        )
        with ExitStack() as written:
            sink = None
            if report is not None:
                read = None if options.codes == "bundled" else options.codes
                sink = written.enter_context(open_report(report, layout, tables=read))
            tally = _run(options, engine, bad, sink)
            if not tally.rows:
                raise Problem("no-rows", {"name": source.name})
            if sink:
                sink.finish(options, tally)
        if output == "json":
            _show_json(options, tally, bad)
        elif not quiet:
            _show_text(console(), options, tally, bad)
    return 1 if tally.bad else 0


def _run(options: Options, engine: Engine, bad: BadRows, sink: Sink | None) -> Tally:
    """Judge every row, in one pass and in bounded memory."""
    tally = Tally()
    table = options.table
    needed = None
    if sink is None:
        needed = {engine.column, engine.column if engine.day_column is None else engine.day_column}
    number = None if options.every_row else engine.column
    with progress(table.source, lambda: table.done) as tick:
        for batch in table.batches(needed, number=number):
            tick()
            found = engine.judge(batch)
            for at in tally.add(found, allow_undetermined=options.allow_undetermined):
                bad.add(found, at)
            if isinstance(batch, Records):
                tally.add_ragged(found, len(table.columns))
            if sink is not None:
                sink.batch(found)
    return tally


@contextmanager
def progress(
    source: Source, done: Callable[[], int] | None = None
) -> Iterator[Callable[[], object]]:
    """Show on a terminal how far a long file has been read.

    Args:
        source: The file.
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
        task = bar.add_task(phrase("progress"), total=source.size)
        yield lambda: bar.update(task, completed=(done or source.file.tell)())


def _show_json(options: Options, tally: Tally, bad: BadRows) -> None:
    table = options.table
    approved: dict[str, object] | None = None
    if isinstance(options.approved, Column):
        approved = options.approved.as_dict()
    elif options.approved is not None:
        approved = {"on": options.approved.isoformat()}
    codes = {"source": options.codes, "digest": options.digest} if options.codes else None
    head: dict[str, object] = {
        "schema": SCHEMA,
        "sdcert": version(),
        "file": {
            "name": table.source.name,
            "format": table.format,
            "encoding": table.encoding,
            "byte_order_mark": table.bom,
            "delimiter": table.delimiter,
            "header_line": table.header_line,
            "sheet": table.sheet,
        },
        "column": options.column.as_dict(),
        "approved": approved,
        "checked": "codes" if options.codes else "grammar",
        "codes": codes,
        "report": options.report,
        "meaning": options.meaning,
        "lang": options.lang,
        "notes": [note.as_dict(options.lang) for note in table.notes],
    }
    summary = {
        "rows": tally.rows,
        "blank_rows": tally.blank,
        "rows_left_out": table.notes.left_out,
        "ragged_rows": tally.ragged,
        "outcomes": {outcome.value: tally.outcomes[outcome] for outcome in Outcome},
        "findings": dict(tally.by_count()),
        "bad_rows": tally.bad,
        "bad_rows_listed": bad.kept.total(),
        "allow_undetermined": options.allow_undetermined,
        "passed": tally.bad == 0,
    }
    print_document(head, bad, {"summary": summary})


def _show_text(out: Console, options: Options, tally: Tally, bad: BadRows) -> None:
    """Print the account for people: what was checked, the bad rows, the counts, the result."""
    from rich.text import Text  # noqa: PLC0415  # reports need none of this

    from sdcert.cli import tables  # noqa: PLC0415

    lang = options.lang
    out.print(Text(phrase("title", lang, name=options.table.source.name), style="bold"))
    out.print(tables.particulars_grid(options, tally))
    for outcome in (Outcome.INVALID, Outcome.UNDETERMINED):
        if bad.seen[outcome]:
            label = outcome.label(lang).capitalize()
            numbers = tables.listed(bad.kept[outcome], bad.seen[outcome], lang)
            out.print()
            title = phrase("outcome-rows", lang, label=label, counts=numbers)
            out.print(Text(title, style=f"bold {_COLOURS[outcome]}"))
            names = (f"head-{options.place}", "head-value", "head-place", "head-reason")
            heads = [phrase(name, lang) for name in names]
            tables.print_rows(out, heads, _cells(bad, outcome, lang))
    out.print()
    grid = tables.plain_grid()
    grid.add_column(phrase("head-outcome", lang))
    grid.add_column(phrase("head-count", lang), justify="right")
    for outcome in Outcome:
        count = tally.outcomes[outcome]
        style = _COLOURS[outcome] if count else "dim"
        grid.add_row(Text(outcome.label(lang)), Text(f"{count:,}"), style=style)
    out.print(grid)
    if tally.findings:
        out.print()
        labels = ((finding_label(code, lang), n, code) for code, n in tally.by_count())
        out.print(tables.counts(labels, lang))
        out.print(Text(phrase("totals-note", lang), style="dim"))
    tables.print_end(out, result(options, tally), options.meaning)


def _cells(bad: BadRows, outcome: Outcome, lang: str) -> Iterator[list[Text]]:
    """Yield the cells of the rows of an outcome: for each message of a row a line."""
    from rich.text import Text  # noqa: PLC0415  # as above

    from sdcert.cli.tables import marked, place  # noqa: PLC0415

    for row in bad:
        if row["outcome"] != outcome:
            continue
        value = row["value"]
        spans = [finding["span"] for finding in row["findings"] if finding["span"]]
        shown = marked(value, spans) if value else Text(phrase("value-empty", lang), style="dim")
        line = Text(str(row["line"]))
        places: dict[str, list[str]] = {}
        for finding in row["findings"]:
            at = place(finding["span"], value, lang)
            places.setdefault(finding["message"], []).append(at)
        for message, spots in places.items():
            yield [line, shown, Text(", ".join(filter(None, spots))), Text(message)]
            line = shown = Text()
