"""``sdcert check``: the numbers in files, each with a verdict and its reason; and the run of it.

``sdcert audit`` is the same run, with what comparing rows has found besides. Files are read once,
and rows are judged in bounded memory.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.options import Command, checking_options, load_codes
from sdcert.cli.options import command as build
from sdcert.cli.phrases import Problem, current_language, phrase, why
from sdcert.cli.terminal import complain, console
from sdcert.errors import SdcertError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sdcert.cli.account import Account, Part, Tally
    from sdcert.cli.judge import Extra
    from sdcert.cli.reports import Sink

    Extras = dict[int, tuple[Extra, ...]]

__all__ = ["command", "progress", "refuse_both", "run_of"]

_SHOWN: Final = 20  # rows of each outcome that a text lists by default; of several files
_SHOWN_EACH: Final = 5
_LONG_FILE: Final = 4 << 20  # bytes: what is shorter is done before a bar is read


def command() -> Command:
    """Build the command."""
    return build("check", _check, *checking_options())


def _check(**given: Any) -> int:
    return run_of(given | {"compared": {}})


def refuse_both(given: dict[str, Any], one: str, other: str) -> None:
    """Refuse two options that exclude each other.

    Raises:
        Problem: If both are given.
    """
    if given[one] and given[other]:
        names = [f"--{name.replace('_', '-')}" for name in (one, other)]
        raise Problem("both", {"one": names[0], "other": names[1]})


def run_of(given: dict[str, Any], **audit: Any) -> int:
    """Run a check or an audit and return the exit status.

    Args:
        given: The options of :func:`~sdcert.cli.options.checking_options`, and ``compared``.
        audit: Of an audit what :class:`~sdcert.cli.account.Run` has for it, and ``gaps``.
    """
    refuse_both(given, "approved_on", "approved_column")
    refuse_both(given, "sheet", "all_sheets")
    # their parts are slow to import
    from sdcert.cli import show  # noqa: PLC0415
    from sdcert.cli.account import Account, Run  # noqa: PLC0415
    from sdcert.cli.inputs import survey  # noqa: PLC0415
    from sdcert.cli.kept import BadRows, Spool  # noqa: PLC0415
    from sdcert.cli.reports import MOST_ROWS, is_page, targets  # noqa: PLC0415

    gaps = audit.pop("gaps", False)
    run = Run(
        lang=current_language(),
        codes=given["codes"],
        book=load_codes(given["codes"]),
        allow_undetermined=given["allow_undetermined"],
        every_row=given["every_row"],
        report=given["report"],
        paged=is_page(given["report"]),
        **audit,
    )
    with ExitStack() as stack:
        found = survey(given["files"], given, run, stack)
        if given["limit"] is None:
            most = None
            if given["output"] == "text":
                most = _SHOWN if len(found.parts) == 1 else _SHOWN_EACH
        else:
            most = None if given["limit"] == "all" else given["limit"]
        kept = None if most is None else max(most, MOST_ROWS * run.paged)
        bad = BadRows(kept)
        stack.callback(bad.close)
        account = Account(run, bad, unread=found.unread, left_out=found.left_out)
        parts = found.parts
        extras: list[Extras] = [{} for _ in parts]
        if run.audits:
            from sdcert.cli.compare import compare  # noqa: PLC0415

            spool = Spool()
            stack.callback(spool.close)
            whole = run.report is not None and not run.paged
            parts, extras, missing = compare(parts, run, spool, progress, whole=whole)
            account.gaps.extend(missing)
        groups = targets(parts, run)
        for path, numbers in groups:
            of = {number: parts[number] for number in numbers}
            try:
                _write(account, path, of, extras)
            except (SdcertError, OSError) as error:
                if len(groups) == 1:
                    raise
                name = parts[numbers[0]].table.source.name
                account.unread[name] = why(error, run.lang, name)
                for number in numbers:
                    bad.drop(number)
        for text in account.unread.values():
            complain(phrase("error", text=text))
        if not account.done:
            return 2
        if given["output"] == "json":
            show.show_json(account, most, gaps=gaps)
        elif not given["quiet"]:
            show.show_text(console(), account, most, gaps=gaps)
    return 2 if account.unread else int(account.total.bad > 0)


def _write(
    account: Account, path: str | None, parts: dict[int, Part], extras: Sequence[Extras]
) -> None:
    """Check some parts, and write the report of them; it is moved to its place when it is whole."""
    from sdcert.cli.inputs import bare, opened  # noqa: PLC0415  # as above
    from sdcert.cli.reports import Layout, open_report  # noqa: PLC0415

    own = attrs.evolve(account, done={}, left_out=[*account.left_out])
    if path != account.run.report:  # of this file alone
        own = attrs.evolve(own, left_out=[], unread={})
    empty: list[str] = []
    with ExitStack() as stack:
        sink: Sink | None = None
        for at, (number, part) in enumerate(parts.items()):
            with opened(part) as one:
                if path is not None and sink is None:
                    layout = Layout(tuple(parts.values()) if len(parts) > 1 else (one,))
                    sink = stack.enter_context(open_report(path, layout))
                if sink is not None:
                    sink.begin(at, one)
                tally = _judged(one, number, account, sink, extras[number])
            if tally.rows:
                own.done[number] = attrs.evolve(one, table=bare(one.table)), tally
            else:
                empty.append(phrase("no-rows", name=part.name))
        if not own.done:
            raise Problem("no-rows", {"name": one.table.source.name})
        own.left_out.extend(empty)
        if sink is not None:
            sink.finish(own)
    account.done.update(own.done)
    account.left_out.extend(empty)


def _judged(part: Part, number: int, account: Account, sink: Sink | None, extra: Extras) -> Tally:
    """Judge every row of a part."""
    from sdcert.cli.account import Tally  # noqa: PLC0415  # as above
    from sdcert.cli.engine import Engine  # noqa: PLC0415

    run, table, tally = part.run, part.table, Tally()
    engine = Engine(
        run.book,
        part.approved_on,
        run.lang,
        column=part.column.index,
        day_column=part.day_column,
        workbook=table.is_workbook,
        fields=sink is not None,
    )
    first = 0
    with progress(part) as tick:
        for batch in part.batches(part.needed if sink is None else None):
            tick()
            some = range(first, first + len(batch.lines)) if extra else ()
            found = engine.judge(batch, {at - first: extra[at] for at in some if at in extra})
            first += len(batch.lines)
            for at, outcome in tally.add(found, allow_undetermined=run.allow_undetermined):
                account.bad.add(found, at, outcome, number, part)
            if table.schema is None:
                tally.add_ragged(found, len(table.columns))
            if run.paged:
                tally.add_places(found)
            if sink is not None:
                sink.batch(found)
    tally.left_out = table.notes.left_out
    return tally


@contextmanager
def progress(part: Part) -> Iterator[Callable[[], object]]:
    """Show on a terminal how far a long file has been read; of rows that are kept, that it works.

    Yields:
        What to call now and then; it does nothing where there is no terminal, or little to read.
    """
    table = part.table
    if not sys.stderr.isatty() or table.source.size < _LONG_FILE:
        yield lambda: None
        return
    from rich.progress import Progress  # noqa: PLC0415  # long files alone need it

    with Progress(console=console(stderr=True), transient=True) as bar:
        kept = part.kept is not None
        task = bar.add_task(phrase("progress"), total=None if kept else table.source.size)
        yield lambda: bar.update(task, completed=None if kept else table.done)
