"""The account of a run on the screen: as text for people, as a JSON document for programs."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from sdcert.cli import terminal
from sdcert.cli.labels import commons, finding_label, particulars, result
from sdcert.cli.phrases import phrase, version
from sdcert.cli.reports.layout import kept_columns
from sdcert.files.columns import Column
from sdcert.findings import Outcome
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console
    from rich.table import Table as Grid

    from sdcert.cli.account import Account, FilePart, Tally

__all__ = ["SCHEMAS", "counts", "print_rows", "show_json", "show_text"]

SCHEMAS: Final = {False: "sdcert-check/2", True: "sdcert-audit/3"}
"""The names and versions of the JSON documents, of a check and of an audit; the number rises when
a reader would break."""

_ROWS_A_TABLE: Final = 500  # so that a table of any length takes the memory of a short one
_COLOURS: Final = {Outcome.VALID: "green", Outcome.INVALID: "red", Outcome.UNDETERMINED: "yellow"}


# --- JSON -------------------------------------------------------------------------------------


def show_json(account: Account, most: int | None) -> None:
    """Print the JSON document, a row to a line, at most so many of each outcome and input."""
    run, total = account.run, account.total
    codes = {"source": run.codes, "digest": run.digest} if run.codes else None
    head: dict[str, object] = {
        "schema": SCHEMAS[run.audits],
        "sdcert": version(),
        "inputs": [_input(part, tally) for part, tally in account.done.values()],
        "unread": [{"name": name, "message": text} for name, text in account.unread.items()],
        "left_out": account.left_out,
        "checked": "codes" if run.codes else "grammar",
        "codes": codes,
        "issued": run.issued_from,
        "report": run.report,
        "meaning": run.meaning,
        "lang": run.lang,
    }
    tail: dict[str, object] = {"gaps": account.gaps[:most]} if run.gaps else {}
    tail["summary"] = total.as_dict(audits=run.audits) | {
        "bad_rows_listed": account.bad.listed(most),
        "allow_undetermined": run.allow_undetermined,
        "passed": total.bad == 0 and not account.unread,
    }
    click.echo("{")
    for key, value in head.items():
        click.echo(f"  {terminal.json_text(key)}: {terminal.json_text(value)},")
    click.echo('  "rows": [', nl=False)
    comma = ""
    for part, row in account.rows(most):
        click.echo(f"{comma}\n    {terminal.json_text(_row(part, row))}", nl=False)
        comma = ","
    click.echo(f"{comma and chr(10)}{'  ' if comma else ''}]", nl=False)
    for key, value in tail.items():
        click.echo(f",\n  {terminal.json_text(key)}: {terminal.json_text(value)}", nl=False)
    click.echo("\n}")


def _input(part: FilePart, tally: Tally) -> dict[str, object]:
    table = part.table
    approved: dict[str, object] | None = None
    if isinstance(part.approved, Column):
        approved = part.approved.as_dict()
    elif part.approved is not None:
        approved = {"on": part.approved.isoformat()}
    return {
        "file": table.source.name,
        "format": table.format,
        "encoding": table.encoding,
        "byte_order_mark": table.bom,
        "delimiter": table.delimiter,
        "header_line": table.header_line,
        "sheet": table.sheet,
        "column": part.column.as_dict(),
        "approved": approved,
        "compared": {name: one.as_dict() for name, one in part.compared.items()},
        "notes": [note.as_dict(part.run.lang) for note in table.notes],
        "summary": tally.as_dict(audits=part.run.audits),
    }


def _row(part: FilePart, row: dict[str, Any]) -> dict[str, object]:
    cells: dict[str, str] = {}
    for column, name, cell in zip(part.shown, part.names, row["cells"], strict=True):
        cells[name if name not in cells else f"{name} ({column.index + 1})"] = cell
    where = {"file": part.table.source.name, "sheet": part.table.sheet, "line": row["line"]}
    made = where | {"column": part.column.index + 1} | row | {"cells": cells}
    del made["suggestion"]
    return made


# --- text -------------------------------------------------------------------------------------


def show_text(out: Console, account: Account, most: int | None) -> None:
    """Print the account for people: what was checked, the bad rows, the counts, the result."""
    run, total = account.run, account.total
    lang = run.lang
    several = len(account.done) > 1 or bool(account.unread)
    key = "audit-title" if run.audits else "title"
    for number, (part, tally) in account.done.items():
        if several and not tally.bad:
            continue
        name = part.name if several else part.table.source.name
        out.print(Text(phrase(key, lang, name=name), style="bold"))
        lines = particulars(part, tally)
        out.print(terminal.particulars_grid(chain(lines, () if several else _commons(account))))
        _show_rows(out, account, number, most)
        out.print()
    if several:
        out.print(Text(phrase(key, lang, name=account.title(lang)), style="bold"))
        out.print(terminal.particulars_grid(_commons(account)))
        out.print()
        _show_inputs(out, account)
        out.print()
    grid = terminal.plain_grid(phrase("head-outcome", lang), phrase("head-count", lang), right=[1])
    for outcome in Outcome:
        count = total.outcomes[outcome]
        style = _COLOURS[outcome] if count else "dim"
        grid.add_row(Text(outcome.label(lang)), Text(f"{count:,}"), style=style)
    out.print(grid)
    if total.findings:
        out.print()
        labels = ((finding_label(code, lang), n, code) for code, n in total.by_count())
        out.print(counts(labels, lang))
        out.print(Text(phrase("totals-note", lang), style="dim"))
    if run.gaps:
        out.print()
        _show_gaps(out, account.gaps, most, lang)
    note = phrase("audit-note", lang) if run.audits else run.meaning
    if account.unread:
        unread = phrase("some-unread", lang, count=len(account.unread))
        out.print(Text(f"\n{unread}", style="bold red"))
    text, colour = result(account)
    out.print()
    out.print(Text(text, style=f"bold {colour}"))
    out.print(Text(note))
    out.print(Text(f"sdcert {version()}", style="dim"))


def _commons(account: Account) -> Iterator[tuple[str, str]]:
    run = account.run
    yield from commons(run, account.total)
    for label, texts in (("left-out", account.left_out), ("unread", account.unread.values())):
        if texts:
            yield phrase(f"label-{label}", run.lang), "\n".join(texts)
    if run.report:
        replaced = not all(all(kept_columns(part.table)) for part in account.parts)
        note = f" ({phrase('replaced', run.lang)})" if replaced else ""
        yield phrase("label-report", run.lang), excerpt(run.report, 400) + note


def _show_inputs(out: Console, account: Account) -> None:
    """Print what was checked, with the counts of each: a table, or lines where it is narrow."""
    lang = account.run.lang
    heads = [phrase("head-count", lang), *(outcome.label(lang) for outcome in Outcome)]
    columns = len({part.name for part in account.parts}) < len(account.parts)
    named = [phrase(f"label-{of}", lang) for of in ("source", "column")[: 1 + columns]]
    grid = terminal.plain_grid(*named, *heads, right=range(len(named), 7))
    grid.columns[0].ratio = 1
    for part, tally in account.done.values():
        counts = [f"{n:,}" for n in (tally.rows, *map(tally.outcomes.__getitem__, Outcome))]
        names = [excerpt(part.name, 200), *([part.column.label(lang)] if columns else [])]
        style = "red" if tally.bad else ""
        if out.width < terminal.NARROW:
            text = "  ".join(map(" ".join, zip(heads, counts, strict=True)))
            terminal.print_folded(out, " ".join(names), 0, style)
            terminal.print_folded(out, text, terminal.INDENT, style)
        else:
            grid.add_row(*map(Text, (*names, *counts)), style=style)
    if grid.row_count:
        out.print(grid)


def _show_rows(out: Console, account: Account, number: int, most: int | None) -> None:
    """Print the rows of a part that do not pass, by outcome."""
    lang, bad = account.run.lang, account.bad
    part, _ = account.done[number]
    for outcome in (Outcome.INVALID, Outcome.UNDETERMINED):
        seen = bad.seen[number, outcome.value]
        if seen:
            kept = seen if most is None else min(most, seen)
            key = "rows-all" if kept == seen else "rows-shown" if kept else "rows-none"
            numbers = phrase(key, lang, shown=kept, count=seen)
            out.print()
            label = outcome.label(lang).capitalize()
            title = phrase("outcome-rows", lang, label=label, counts=numbers)
            out.print(Text(title, style=f"bold {_COLOURS[outcome]}"))
            names = [f"head-{part.place}", "head-value", "head-place", "head-reason"]
            heads = [phrase(name, lang) for name in names]
            heads[1:1] = map(excerpt, part.names)
            print_rows(out, heads, _cells(islice(bad.of(number, outcome), kept), lang))


def _cells(rows: Iterable[dict[str, Any]], lang: str) -> Iterator[list[Text]]:
    """Yield the cells of rows: for each message of a row a line."""
    for row in rows:
        value = row["value"]
        spans = [finding["span"] for finding in row["findings"] if finding["span"]]
        empty = Text(phrase("value-empty", lang), style="dim")
        shown = terminal.marked(value, spans) if value else empty
        first = [Text(str(row["line"])), *(terminal.marked(one, ()) for one in row["cells"]), shown]
        places: dict[str, list[str]] = {}
        for finding in row["findings"]:
            at = terminal.place(finding["span"], value, lang)
            places.setdefault(finding["message"], []).append(at)
        for message, spots in places.items():
            yield [*first, Text(", ".join(filter(None, spots))), Text(message)]
            first = [Text() for _ in first]


def _show_gaps(out: Console, gaps: Sequence[dict[str, Any]], most: int | None, lang: str) -> None:
    shown = gaps[:most]
    key = "audit-scopes" if len(shown) == len(gaps) else "audit-scopes-shown"
    numbers = phrase(key, lang, shown=len(shown), count=len(gaps))
    out.print(Text(phrase("audit-gaps", lang, counts=numbers), style="bold"))
    names = ("sequences", "first", "last", "missing")
    heads = (phrase(f"head-{name}", lang) for name in ("scope", *names))
    grid = terminal.plain_grid(*heads, right=range(1, 5))
    for gap in shown:
        scope = f"{gap['year']} {gap['region_code']} {gap['series_code']}"
        cells = (f"{gap[name]:,}" for name in names)
        grid.add_row(Text(scope), *map(Text, cells))
    out.print(grid)
    out.print(Text(phrase("audit-gaps-note", lang), style="dim"))


def print_rows(out: Console, heads: Sequence[str], rows: Iterable[Sequence[Text]]) -> None:
    """Print rows: first where each is, last what was found; what continues one begins blank.

    Where the console is too narrow for a table, what was found stands below the other cells.
    """
    if out.width < terminal.NARROW:
        for *cells, reason in rows:
            first = Text("  ").join(cell for cell in cells if cell.plain)
            if first.plain:
                out.print(first, overflow="fold")
            terminal.print_folded(out, reason.plain, terminal.INDENT)
        return
    left = iter(rows)
    while some := list(islice(left, _ROWS_A_TABLE)):
        grid = terminal.plain_grid(*heads, right=[0])
        grid.columns[0].no_wrap = True
        for column in grid.columns[1:-1]:
            column.max_width = 36
        grid.columns[-1].ratio = 1
        for *cells, reason in some:
            grid.add_row(*cells, terminal.Folded(reason.plain))
        out.print(grid)


def counts(found: Iterable[tuple[str, int, str]], lang: str) -> Grid:
    """Return findings with how many rows have each: label, count, code."""
    heads = (phrase(f"head-{name}", lang) for name in ("finding", "count", "code"))
    grid = terminal.plain_grid(*heads, right=[1])
    for label, count, code in found:
        grid.add_row(Text(label), Text(f"{count:,}"), Text(code, style="dim"))
    return grid
