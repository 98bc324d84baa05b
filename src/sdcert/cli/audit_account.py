"""What an audit found: as text, as JSON, and as a report."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs
from rich.text import Text

from sdcert.audit import AuditCode
from sdcert.cli import tables
from sdcert.cli.account import finding_label, print_document, result, version
from sdcert.cli.phrases import phrase
from sdcert.cli.reports.findings import write_findings
from sdcert.cli.reports.layout import unique
from sdcert.findings import Outcome
from sdcert.messages import excerpt, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from sdcert.cli.audited import Account, AuditOptions, Row

__all__ = ["SCHEMA", "label", "show_json", "show_text", "write"]

SCHEMA: Final = "sdcert-audit/2"
"""The name and version of the JSON document; the number rises when a reader would break."""


def label(code: str, lang: str) -> str:
    """Return a short name of a finding.

    >>> label("length", "zh"), label("duplicate-number", "zh")
    ('位数有误', '编号重复')
    """
    return AuditCode(code).label(lang) if code in set(AuditCode) else finding_label(code, lang)


def _messages(row: Row, options: AuditOptions) -> dict[str, str]:
    """Return what is found of a row, and with which others, by finding."""
    lang, made = options.lang, {}
    for code in row.findings:
        made[code] = label(code, lang)
        if row.twins.get(code):
            lines = tuple(row.twins[code])
            key = f"audit-with-{options.place}"
            made[code] = phrase(key, lang, label=made[code], lines=lines)
    return made


def write(found: Account, path: str) -> None:
    """Write the report: one row for each finding."""
    options = found.options
    rows = (
        (
            row.line,
            *row.cells,
            row.number,
            code,
            message,
            ", ".join(map(str, row.twins.get(code, ()))),
        )
        for row in found.listed()
        for code, message in _messages(row, options).items()
    )
    own = ("sdcert_canonical", "sdcert_finding", "sdcert_message", "sdcert_with_lines")
    names = ["sdcert_line", *options.names, *own]
    tables_read = None if options.codes == "bundled" else options.codes
    read = [one for one in (tables_read, options.issued_from, *options.rules) if one is not None]
    write_findings(path, names, rows, source=options.table.source, read=read)


def show_json(found: Account, most: int | None, *, gaps: bool) -> None:
    """Print the JSON document; docs/cli.md describes it."""
    options = found.options
    codes = None if options.book is None else {"source": options.codes, "digest": options.digest}
    head: dict[str, object] = {
        "schema": SCHEMA,
        "sdcert": version(),
        "file": {"name": options.table.source.name, "format": options.table.format},
        "column": options.column.as_dict(),
        "keys": [one.as_dict() for one in options.keys],
        "compared": {name: one.as_dict() for name, one in options.compared.items()},
        "codes": codes,
        "issued": options.issued_from,
        "report": options.report,
        "lang": options.lang,
    }
    names = unique(options.names)
    rows = (
        {
            "line": row.line,
            "cells": dict(zip(names, row.cells, strict=True)),
            "canonical": row.number or None,
            "findings": row.findings,
            "with_lines": row.twins,
        }
        for row in islice(found.listed(), most)
    )
    summary = {
        "rows": found.tally.rows,
        "blank_rows": found.tally.blank,
        "ragged_rows": found.tally.ragged,
        "findings": dict(found.counts),
        "rows_with_findings": found.rows,
        "rows_listed": found.rows if most is None else min(most, found.rows),
        "allow_undetermined": options.allow_undetermined,
        "passed": not found.rows,
    }
    tail: dict[str, object] = {"gaps": found.gaps[:most]} if gaps else {}
    print_document(head, rows, tail | {"summary": summary})


def show_text(out: Console, found: Account, most: int | None, *, gaps: bool) -> None:
    """Print the account for people."""
    options, lang = found.options, found.options.lang
    out.print(Text(phrase("audit-title", lang, name=options.table.source.name), style="bold"))
    out.print(tables.particulars_grid(options, found.tally, _more(options)))
    if found.rows:
        kept = found.rows if most is None else min(most, found.rows)
        numbers = tables.listed(kept, found.rows, lang)
        out.print()
        out.print(Text(phrase("audit-rows", lang, counts=numbers), style="bold red"))
        heads = [phrase(f"head-{options.place}", lang), *map(excerpt, options.names)]
        heads.append(phrase("head-finding", lang))
        tables.print_rows(
            out, heads, (_cells(row, options) for row in islice(found.listed(), kept))
        )
        out.print()
        labels = ((label(code, lang), count, code) for code, count in found.counts)
        out.print(tables.counts(labels, lang))
    if gaps:
        out.print()
        _show_gaps(out, found.gaps, most, lang)
    if found.rows:
        conclusion = result(options, attrs.evolve(found.tally, bad=found.rows))
    else:
        undetermined = options.allow_undetermined and found.tally.outcomes[Outcome.UNDETERMINED]
        clean = "audit-allowed" if undetermined else "audit-clean"
        conclusion = phrase(clean, lang), "green"
    tables.print_end(out, conclusion, phrase("audit-note", lang))


def _more(options: AuditOptions) -> Iterator[tuple[str, str]]:
    """Tell what was compared: labels and texts."""
    lang = options.lang
    if options.keys:
        text = sentences((one.label(lang) for one in options.keys), lang)
        yield phrase("audit-label-keys", lang), text
    if options.compared:
        compared = options.compared.items()
        texts = (phrase(f"audit-as-{name}", lang, column=of.label(lang)) for name, of in compared)
        yield phrase("audit-label-compared", lang), sentences(texts, lang)
    if options.issued is not None:
        count, name = len(options.issued), options.issued_from
        yield (
            phrase("audit-label-issued", lang),
            phrase("audit-issued", lang, count=count, name=name),
        )


def _cells(row: Row, options: AuditOptions) -> list[Text]:
    empty = Text(phrase("value-empty", options.lang), style="dim")
    shown = [tables.marked(cell, ()) if cell else empty for cell in row.cells]
    return [Text(str(row.line)), *shown, Text("\n".join(_messages(row, options).values()))]


def _show_gaps(out: Console, gaps: Sequence[dict[str, Any]], most: int | None, lang: str) -> None:
    shown = gaps[:most]
    key = "audit-scopes" if len(shown) == len(gaps) else "audit-scopes-shown"
    numbers = phrase(key, lang, shown=len(shown), count=len(gaps))
    out.print(Text(phrase("audit-gaps", lang, counts=numbers), style="bold"))
    grid = tables.plain_grid()
    grid.add_column(phrase("head-scope", lang))
    for name in ("sequences", "first", "last", "missing"):
        grid.add_column(phrase(f"head-{name}", lang), justify="right")
    for gap in shown:
        scope = f"{gap['year']} {gap['region_code']} {gap['series_code']}"
        cells = (f"{gap[name]:,}" for name in ("sequences", "first", "last", "missing"))
        grid.add_row(Text(scope), *map(Text, cells))
    out.print(grid)
    out.print(Text(phrase("audit-gaps-note", lang), style="dim"))
