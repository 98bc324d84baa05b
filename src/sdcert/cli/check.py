"""``sdcert check`` and ``sdcert audit``: the numbers in files, each with a verdict and its reason.

An audit is the same run, with what comparing rows has found besides (一证一号). Files are read
once, and rows are judged in bounded memory.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.options import CHECKING, PATH, RULES, Command, day_option, flag, option, tables_of
from sdcert.cli.options import command as build
from sdcert.cli.phrases import Problem, current_language, phrase, why
from sdcert.cli.terminal import complain, console
from sdcert.errors import SdcertError

if TYPE_CHECKING:
    from sdcert.cli.account import Account, FilePart, Tally
    from sdcert.cli.reports import Sink

__all__ = ["audit_command", "command"]

_COMPARED: Final = ("holder", "year", "approver", "grade", "marker", "manager")
_SHOWN: Final = 20  # rows of each outcome that a text lists by default; of several files
_SHOWN_EACH: Final = 5


def command() -> Command:
    """Build ``sdcert check``."""
    return build("check", _check, *CHECKING)


def audit_command() -> Command:
    """Build ``sdcert audit``."""
    return build(
        "audit",
        _audit,
        *CHECKING,
        RULES,
        day_option("--on"),
        *(option(f"--{name}", metavar="NAME|N") for name in _COMPARED),
        option("--issued", metavar="FILE", type=PATH),
        option("--db", metavar="FILE", type=PATH),
        flag("--gaps"),
    )


def _check(**given: Any) -> int:
    return _run(given | {"compared": {}})


def _audit(*, issued: str | None, db: str | None, **given: Any) -> int:
    compared = {name: given[name] for name in _COMPARED if given[name] is not None}
    _refuse_both({"issued": issued, "db": db}, "issued", "db")
    for name in ("grade", "manager"):
        if name in compared and given["codes"] is None:
            raise Problem("needs-codes", {"option": f"--{name}"})
    from sdcert.cli.compare import issued_of  # noqa: PLC0415  # its parts are slow to import

    return _run(
        given | {"compared": compared},
        audits=True,
        gaps=given["gaps"],
        on=given["on"],
        rules=given["rules"],
        issued=issued_of(issued, db),
        issued_from=issued or db,
    )


def _refuse_both(given: dict[str, Any], one: str, other: str) -> None:
    """Refuse two options that exclude each other."""
    if given[one] and given[other]:
        names = [f"--{name.replace('_', '-')}" for name in (one, other)]
        raise Problem("both", {"one": names[0], "other": names[1]})


def _run(given: dict[str, Any], **audit: Any) -> int:
    """Run a check, or an audit with what :class:`Run` has for it; return the exit status."""
    _refuse_both(given, "approved_on", "approved_column")
    _refuse_both(given, "sheet", "all_sheets")
    # their parts are slow to import
    from sdcert.cli import show  # noqa: PLC0415
    from sdcert.cli.account import Account, BadRows, Run, Spool  # noqa: PLC0415
    from sdcert.cli.inputs import survey  # noqa: PLC0415
    from sdcert.cli.reports import MOST_ROWS, is_page, targets  # noqa: PLC0415

    run = Run(
        lang=current_language(),
        codes=given["codes"],
        book=None if given["codes"] is None else tables_of(given["codes"]),
        allow_undetermined=given["allow_undetermined"],
        every_row=given["every_row"],
        report=given["report"],
        paged=is_page(given["report"]),
        **audit,
    )
    with ExitStack() as stack:
        parts, unread, left_out = survey(given["files"], given, run, stack)
        most = given["limit"]
        if most is None and given["output"] == "text":
            most = _SHOWN if len(parts) == 1 else _SHOWN_EACH
        most = None if most == "all" else most
        kept = None if most is None else max(most, MOST_ROWS * run.paged)
        bad = stack.enter_context(closing(BadRows(kept)))
        account = Account(run, bad, unread=unread, left_out=left_out)
        if run.audits:
            from sdcert.cli.compare import compare  # noqa: PLC0415

            spool = stack.enter_context(closing(Spool()))
            parts, missing = compare(parts, run, spool)
            account.gaps.extend(missing)
        groups = targets(parts, run)
        for report, numbers in groups:
            try:
                _write(account, report, {number: parts[number] for number in numbers})
            except (SdcertError, OSError) as error:
                if len(groups) == 1:
                    raise
                name = parts[numbers[0]].table.source.name
                account.unread[name] = why(error, name)
                for number in numbers:
                    bad.drop(number)
        for text in account.unread.values():
            complain(phrase("error", text=text))
        if not account.done:
            return 2
        if given["output"] == "json":
            show.show_json(account, most)
        elif not given["quiet"]:
            show.show_text(console(), account, most)
    return 2 if account.unread else int(account.total.bad > 0)


def _write(account: Account, report: str | None, parts: dict[int, FilePart]) -> None:
    """Check some parts, and write the report of them; it is moved to its place when it is whole."""
    from sdcert.cli.inputs import bare, opened  # noqa: PLC0415  # as above
    from sdcert.cli.reports import Layout, open_report  # noqa: PLC0415

    own = attrs.evolve(account, done={}, left_out=[*account.left_out])
    if report != account.run.report:  # of this file alone
        own = attrs.evolve(own, left_out=[], unread={})
    empty: list[str] = []
    with ExitStack() as stack:
        sink: Sink | None = None
        for at, (number, part) in enumerate(parts.items()):
            with opened(part) as one:
                if report is not None and sink is None:
                    layout = Layout(tuple(parts.values()) if len(parts) > 1 else (one,))
                    sink = stack.enter_context(open_report(report, layout))
                if sink is not None:
                    sink.begin(at, one)
                tally = _judged(one, number, account, sink)
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


def _judged(part: FilePart, number: int, account: Account, sink: Sink | None) -> Tally:
    """Judge every row of a part."""
    from sdcert.cli.account import Tally  # noqa: PLC0415  # as above
    from sdcert.cli.engine import Engine  # noqa: PLC0415
    from sdcert.cli.inputs import progress  # noqa: PLC0415

    tally = Tally()
    engine = Engine(
        part.run.book,
        part.approved_on,
        part.run.lang,
        column=part.column.index,
        day_column=part.day_column,
        workbook=part.table.is_workbook,
        fields=sink is not None,
    )
    first = 0
    with progress(part) as tick:
        for batch in part.batches(part.needed if sink is None else None):
            tick()
            rows = range(len(batch.lines)) if part.extra else ()
            extra = {at: part.extra[first + at] for at in rows if first + at in part.extra}
            first += len(batch.lines)
            found = engine.judge(batch, extra)
            for at, outcome in tally.add(found, part):
                account.bad.add(found, at, outcome, number, part)
            if sink is not None:
                sink.batch(found)
    tally.left_out = part.table.notes.left_out
    return tally
