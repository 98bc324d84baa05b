"""The report as an HTML page: counts as plots, and the rows that need attention.

Only this file knows what of an account goes on the page. Of the file's columns that is the one with
the numbers, and those that were asked for by name: others may concern persons. Of paths only the
names of files are there. An identity-card number that stands among the numbers is shown in part.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.account import file_name
from sdcert.cli.labels import commons, finding_label, particulars
from sdcert.cli.page import Bar, FailingRow, Page, Split, Spot, render
from sdcert.cli.phrases import phrase
from sdcert.cli.reports import MOST_ROWS
from sdcert.cli.start import version
from sdcert.findings import Outcome
from sdcert.messages import show

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from sdcert.cli.account import Account, Part
    from sdcert.cli.engine import Found
    from sdcert.cli.reports.layout import Layout
    from sdcert.codes import CodeBook

__all__ = ["open_html", "page_of"]

# 18 digits, the last of which may be X; a longer number and a digest hold none.
_IDENTITY: Final = re.compile(r"(?<![\da-f鲁魯])(\d{4})\d{10}(\d{3}[\dXxＸｘ])(?![\da-f])")


@contextmanager
def open_html(draft: Path, layout: Layout) -> Iterator[_PageReport]:
    """Write a report as an HTML page."""
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        yield _PageReport(file)


class _PageReport:
    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def begin(self, number: int, part: Part) -> None:
        """Do nothing: the account holds all of it."""

    def batch(self, found: Found) -> None:
        """Do nothing, as above."""

    def finish(self, account: Account) -> None:
        """Write the page."""
        self._file.write(render(page_of(account)))


def page_of(account: Account) -> Page:
    """Return what a page shows of an account."""
    run, total = account.run, account.total
    lang = run.lang
    several = len(account.done) > 1
    seen = dict.fromkeys(Outcome, 0)
    for (_, outcome), count in account.bad.seen.items():
        seen[Outcome(outcome)] += count
    columns = dict.fromkeys(name for part in account.parts for name in part.names)
    rows = [_row(part, row, list(columns), several) for part, row in account.some(MOST_ROWS)]
    name = file_name(account.title(lang))
    found = _splits(total.findings)
    cities = _splits(total.cities)
    years = _splits(total.years)
    nothing = f"— {phrase('page.unreadable', lang)}"
    return Page(
        source=phrase("standard-input", lang) if name == "-" else name,
        lang=lang,
        coded=run.codes is not None,
        counts=_split(total.outcomes),
        failing=_split(seen),
        findings=tuple(
            Bar(finding_label(code, lang), found[code], code)
            for code in sorted(found, key=lambda code: (-found[code].total, code))
        ),
        cities=tuple(
            Bar(nothing, cities[at]) if at is None else _city(at, cities[at], lang, run.book)
            for at in sorted(cities, key=lambda at: (at is None, -cities[at].total, at or ""))
        ),
        years=tuple(
            Bar(nothing if at is None else phrase("page.year-of", lang, year=str(at)), years[at])
            for at in sorted(years, key=lambda at: (at is None, at or 0))
        ),
        rows=tuple(rows),
        place=account.parts[0].place,
        columns=tuple(columns),
        particulars=tuple(_particulars(account)),
        version=version(),
        made_on=datetime.now().astimezone().date(),
    )


def _split(counts: dict[Outcome, int] | Counter[Outcome]) -> Split:
    return Split(**{outcome.value: counts[outcome] for outcome in Outcome})


def _splits(counts: Counter[tuple[Any, Outcome]]) -> dict[Any, Split]:
    keys = {key for key, _ in counts}
    return {key: Split(**{o.value: counts[key, o] for o in Outcome}) for key in keys}


def _city(prefix: str, split: Split, lang: str, codes: CodeBook | None) -> Bar:
    """Name a city by all the names that the tables know its prefix by."""
    entries = codes.history(prefix) if codes is not None else ()
    if prefix == "00":
        return Bar(phrase("page.province", lang), split, prefix)
    if not entries:
        return Bar(prefix, split)
    return Bar(show([*dict.fromkeys(entry.name for entry in entries)], lang), split, prefix)


def _masked(text: str) -> str:
    """Hide the middle of identity-card numbers; the text stays as long as it was.

    >>> _masked("372501190001011234、鲁181402001200001")
    '3725**********1234、鲁181402001200001'
    """
    return _IDENTITY.sub(rf"\1{'*' * 10}\2", text)


def _row(part: Part, row: dict[str, Any], columns: list[str], several: bool) -> FailingRow:
    shield = str if columns else _masked
    spots = (Spot(one["code"], shield(one["message"]), one["span"]) for one in row["findings"])
    shown = dict(zip(part.names, row["cells"], strict=True))
    return FailingRow.of(
        row["line"],
        row["value"] and shield(row["value"]),
        Outcome(row["outcome"]),
        tuple(spots),
        suggestion=row["suggestion"] and shield(row["suggestion"]),
        cells=tuple(shown.get(name, "") for name in columns),
        file=part.brief if several else "",
        guessed=row["canonical"] is None,
    )


def _particulars(account: Account) -> Iterator[tuple[str, str]]:
    run = account.run
    for part, tally in account.done.values():
        if len(account.done) > 1:
            yield phrase("label-source", run.lang), part.brief
        yield from particulars(part, tally)
    named = partial(attrs.evolve, run)
    codes = run.codes and file_name(run.codes)
    yield from commons(named(codes=codes, issued_from=file_name(run.issued_from or "")))
    for label, text in account.aside():
        yield phrase(f"label-{label}", run.lang), text
