"""The report as an HTML page: counts as plots, and the rows that need attention, in one file.

``page.html`` and ``page.css`` say how it looks. It needs nothing else: no script, no font, no
picture from anywhere, and a policy in it lets no browser fetch any.

Of the file's columns the page shows the one with the numbers, and those that were asked for by
name: others may concern persons. Of paths only the names of files are there. An identity-card
number that stands among the numbers is shown in part.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import attrs
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from sdcert.cli.account import file_name
from sdcert.cli.labels import commons, finding_label, particulars
from sdcert.cli.phrases import phrase, version
from sdcert.cli.reports import MOST_ROWS
from sdcert.cli.reports.layout import Layout, Sink
from sdcert.cli.terminal import runs
from sdcert.dates import format_day
from sdcert.findings import Outcome
from sdcert.messages import excerpt, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from jinja2 import Template

    from sdcert.cli.account import Account
    from sdcert.codes import CodeBook

__all__ = ["Bar", "PageReport", "page_of", "pieces", "render"]

# 18 digits, the last of which may be X; a longer number and a digest hold none.
_IDENTITY: Final = re.compile(r"(?<![\da-f鲁魯])(\d{4})\d{10}(\d{3}[\dXxＸｘ])(?![\da-f])")
_LONGEST_VALUE: Final = 64
_WIDTH: Final = 1000.0  # of a full bar, in the units of its drawing
_LEAST: Final = 4.0  # so that one row of a million is still seen
_ORDER: Final = (Outcome.VALID, Outcome.UNDETERMINED, Outcome.INVALID)


class PageReport(Sink):
    """A report as an HTML page; the account holds all of it."""

    def __init__(self, draft: Path, layout: Layout, stack: ExitStack) -> None:
        super().__init__(layout)
        self._file = stack.enter_context(draft.open("w", encoding="utf-8", newline="\n"))

    def finish(self, account: Account) -> None:
        """Write the page."""
        self._file.writelines(render(page_of(account)))


# --- what it shows ----------------------------------------------------------------------------


class Bar(NamedTuple):
    """A bar of a plot: a finding, a city or a year with its rows by outcome."""

    label: str
    counts: Counter[Outcome]
    code: str = ""  # what programs call it, shown small beside the label

    @property
    def total(self) -> int:
        """All its rows."""
        return self.counts.total()


def page_of(account: Account) -> dict[str, Any]:
    """Return what the template shows of an account."""
    run, total = account.run, account.total
    lang = run.lang
    failing: Counter[Outcome] = Counter()
    for (_, outcome), count in account.bad.seen.items():
        failing[Outcome(outcome)] += count
    columns = list(dict.fromkeys(name for part in account.parts for name in part.names))
    name = file_name(account.title(lang))
    found, cities, years = _split(total.findings), _split(total.cities), _split(total.years)
    nothing = f"— {phrase('page.unreadable', lang)}"
    return {
        "source": phrase("standard-input", lang) if name == "-" else name,
        "lang": lang,
        "meaning": run.meaning,
        "counts": total.outcomes,
        "failing": failing,
        "findings": [
            Bar(finding_label(code, lang), found[code], code)
            for code in sorted(found, key=lambda code: (-found[code].total(), code))
        ],
        "cities": [
            Bar(nothing, cities[at]) if at is None else _city(at, cities[at], lang, run.book)
            for at in sorted(cities, key=lambda at: (at is None, -cities[at].total(), at or ""))
        ],
        "years": [
            Bar(nothing if at is None else phrase("page.year-of", lang, year=str(at)), years[at])
            for at in sorted(years, key=lambda at: (at is None, at or 0))
        ],
        "rows": partial(_rows, account, columns),
        "listed": {outcome: min(count, MOST_ROWS) for outcome, count in failing.items()},
        "several": len(account.done) > 1,
        "place": account.parts[0].place,
        "columns": columns,
        "particulars": [*_particulars(account)],
        "version": version(),
        "made_on": format_day(datetime.now().astimezone().date(), lang),
    }


def _split(counts: Counter[tuple[Any, Outcome]]) -> dict[Any, Counter[Outcome]]:
    """Return counts by key and outcome as counts by outcome for each key."""
    made: dict[Any, Counter[Outcome]] = {}
    for (key, outcome), count in counts.items():
        made.setdefault(key, Counter())[outcome] += count
    return made


def _city(prefix: str, counts: Counter[Outcome], lang: str, codes: CodeBook | None) -> Bar:
    """Name a city by all the names that the tables know its prefix by."""
    entries = codes.history(prefix) if codes is not None else ()
    if prefix == "00":
        return Bar(phrase("page.province", lang), counts, prefix)
    if not entries:
        return Bar(prefix, counts)
    return Bar(show([*dict.fromkeys(entry.name for entry in entries)], lang), counts, prefix)


def _masked(text: str) -> str:
    """Hide the middle of identity-card numbers; the text stays as long as it was.

    >>> _masked("372501190001011234、鲁181402001200001")
    '3725**********1234、鲁181402001200001'
    """
    return _IDENTITY.sub(rf"\1{'*' * 10}\2", text)


def _rows(account: Account, columns: list[str], outcome: str) -> Iterator[dict[str, Any]]:
    """Go through the rows of an outcome that are listed."""
    shield = str if columns else _masked
    every = (
        (part, row)
        for number, (part, _) in account.done.items()
        for row in account.bad.of(number, outcome)
    )
    for part, row in islice(every, MOST_ROWS):
        cells = dict(zip(part.names, row["cells"], strict=True))
        yield row | {
            "value": row["value"] and shield(row["value"]),
            "suggestion": row["suggestion"] and shield(row["suggestion"]),
            "guessed": row["canonical"] is None,  # to be compared with the certificate
            "findings": [one | {"message": shield(one["message"])} for one in row["findings"]],
            "cells": [cells.get(name, "") for name in columns],
            "file": part.brief,
        }


def _particulars(account: Account) -> Iterator[tuple[str, str]]:
    run = account.run
    for part, tally in account.done.values():
        if len(account.done) > 1:
            yield phrase("label-source", run.lang), part.brief
        yield from particulars(part, tally)
    codes = run.codes and file_name(run.codes)
    issued = file_name(run.issued_from or "")
    yield from commons(attrs.evolve(run, codes=codes, issued_from=issued), account.total)
    for label, text in account.aside():
        yield phrase(f"label-{label}", run.lang), text


# --- how it is made ---------------------------------------------------------------------------


def render(page: dict[str, Any]) -> Iterator[str]:
    """Return the text of the HTML file, in pieces.

    Whatever stands in the values is text on the page: markup in it is escaped, characters that
    cannot be seen are written out, and what is long is cut.
    """
    template, style = _template()
    return template.generate(
        page,
        digest=f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
        style=Markup(style),  # noqa: S704  # the package's own
        phrase=lambda key, **params: phrase(f"page.{key}", page["lang"], **params),
        outcomes=_ORDER,
        longest=_LONGEST_VALUE,
        cut=cut,
        share=share,
        pieces=pieces,
        runs=runs,
        by_message=by_message,
    )


@cache
def _template() -> tuple[Template, str]:
    here = files("sdcert.cli")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_finalize, keep_trailing_newline=True
    )
    template = environment.from_string((here / "page.html").read_text("utf-8"))
    return template, (here / "page.css").read_text("utf-8")


def _finalize(value: object) -> object:
    """Make every text that the template puts out visible; what it escaped already stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "".join(map(excerpt, value))
    return value


def cut(text: str, limit: int) -> str:
    """Keep the beginning of a text."""
    return text if len(text) <= limit else text[:limit] + "…"


def share(part: int, whole: int) -> str:
    """Write a share in per cent; not all and not nothing is never rounded to either.

    >>> share(1, 3), share(1, 10**6), share(10**6 - 1, 10**6), share(0, 0), share(4, 4)
    ('33.3%', '<0.1%', '>99.9%', '0%', '100%')
    """
    if part in (0, whole):
        return "100%" if part else "0%"
    cents = 100 * part / whole
    if cents < 0.1:
        return "<0.1%"
    return ">99.9%" if cents > 99.9 else f"{cents:.1f}%"


def pieces(counts: Counter[Outcome], longest: int) -> Iterator[tuple[str, str, str]]:
    """Divide a bar by outcome: the outcome, from where, and how wide, in units of its drawing.

    The bar is as long as its rows are of those of the longest; what there is of an outcome is
    never too narrow to be seen.

    >>> list(pieces(Counter({Outcome.VALID: 3, Outcome.INVALID: 1}), 8))
    [('valid', '0', '375'), ('invalid', '375', '125')]
    >>> list(pieces(Counter({Outcome.VALID: 999_999, Outcome.INVALID: 1}), 10**6))
    [('valid', '0', '996'), ('invalid', '996', '4')]
    """
    shown = [outcome for outcome in _ORDER if counts[outcome]]
    widths = {outcome: max(_LEAST, _WIDTH * counts[outcome] / longest) for outcome in shown}
    if over := max(0.0, sum(widths.values()) - _WIDTH):
        widths[max(widths, key=widths.__getitem__)] -= over
    start = 0.0
    for outcome, width in widths.items():
        yield outcome.value, f"{start:.6g}", f"{width:.6g}"
        start += width


def by_message(findings: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return codes and messages, each message once; it may have several codes."""
    codes: dict[str, dict[str, None]] = {}
    for one in findings:
        codes.setdefault(one["message"], {})[one["code"]] = None
    return [(" ".join(named), message) for message, named in codes.items()]
