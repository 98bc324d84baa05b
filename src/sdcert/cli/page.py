"""The HTML page of a check: counts as plots and the rows that need attention, in one file.

Only this file knows how the page is made; ``page.html`` and ``page.css`` beside it say how it
looks. It is one text that needs nothing else: no script, no font, no picture from anywhere, and a
policy in it that lets no browser fetch any. The same values make the same text: it reads no clock.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import attrs
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from sdcert.cli.phrases import phrase
from sdcert.dates import format_day
from sdcert.findings import Outcome
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from jinja2 import Template

__all__ = ["Bar", "FailingRow", "Page", "Split", "Spot", "render"]

_LONGEST_VALUE: Final = 64
_MOST_FINDINGS: Final = 8
_WIDTH: Final = 1000.0  # of a full bar, in the units of its drawing
_LEAST: Final = 4.0  # so that one row of a million is still seen
_ORDER: Final = (Outcome.VALID, Outcome.UNDETERMINED, Outcome.INVALID)
_FAILING: Final = (Outcome.INVALID, Outcome.UNDETERMINED)


@attrs.frozen
class Split:
    """How many rows there are of each outcome.

    Attributes:
        valid: Rows that are valid.
        undetermined: Rows that could not be decided.
        invalid: Rows that are not valid.

    >>> Split(valid=3, invalid=1).total, Split(valid=3)[Outcome.VALID]
    (4, 3)
    """

    valid: int = 0
    undetermined: int = 0
    invalid: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return self.valid + self.undetermined + self.invalid

    def __getitem__(self, outcome: Outcome) -> int:
        count: int = getattr(self, outcome.value)
        return count


@attrs.frozen
class Bar:
    """A bar of a plot: a finding, a city or a year with its rows.

    Attributes:
        label: What it is, for people.
        split: Its rows by outcome.
        code: What programs call it, shown small beside the label; empty for nothing.
    """

    label: str
    split: Split
    code: str = ""


class Spot(NamedTuple):
    """A finding of a row.

    Attributes:
        code: The stable name of the finding.
        message: One line.
        span: The characters that are meant, in the value as it was given; None for none.
    """

    code: str
    message: str
    span: tuple[int, int] | None = None


@attrs.frozen
class FailingRow:
    """A row that needs attention.

    Attributes:
        line: The line or row of the file, counted from 1.
        value: The value as given, or its beginning: no more of it is kept than is shown; None
            where there is none.
        outcome: INVALID or UNDETERMINED.
        spots: What was found.
        suggestion: How it is or may be meant to be written, where that differs from the value.
        cells: Cells of the columns that were asked for, in the order of :attr:`Page.columns`.
        length: How many characters the whole value has.
        file: What the row is in, where a page is about several files or sheets.
        guessed: Whether the suggestion is a guess, to be compared with the certificate.
    """

    line: int
    value: str | None
    outcome: Outcome
    spots: tuple[Spot, ...]
    suggestion: str | None = None
    cells: tuple[str, ...] = ()
    length: int = attrs.field(
        default=attrs.Factory(lambda row: len(row.value or ""), takes_self=True)
    )
    file: str = ""
    guessed: bool = False

    @classmethod
    def of(
        cls,
        line: int,
        value: str | None,
        outcome: Outcome,
        spots: tuple[Spot, ...],
        *,
        suggestion: str | None = None,
        cells: tuple[str, ...] = (),
        file: str = "",
        guessed: bool = False,
    ) -> FailingRow:
        """Keep of a row what the page will show, however long its cells are.

        >>> row = FailingRow.of(2, "1" * 10**6, Outcome.INVALID, (), cells=("x" * 10**6,))
        >>> row.length, len(row.value), len(row.cells[0]) < 200
        (1000000, 64, True)
        """
        length = len(value or "")
        kept = None if value is None else value[:_LONGEST_VALUE]
        cells = tuple(cell[:121] for cell in cells)
        return cls(line, kept, outcome, spots, suggestion, cells, length, file, guessed)

    @property
    def cut(self) -> bool:
        """Whether the page shows the beginning of the value alone."""
        return self.length > _LONGEST_VALUE

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Codes and messages, each message once; it may have several codes."""
        codes: dict[str, dict[str, None]] = {}
        for spot in self.spots:
            codes.setdefault(spot.message, {})[spot.code] = None
        return [(" ".join(named), message) for message, named in codes.items()]


@attrs.frozen
class Page:
    """What a page shows.

    Attributes:
        source: The name of the file.
        lang: The language, ``en`` or ``zh``.
        coded: Whether codes were looked up; else the grammar alone was checked.
        counts: All rows that were checked.
        failing: The rows that need attention, shown or not.
        findings: Rows by finding.
        cities: Rows by the first two digits of the region code.
        years: Rows by evaluation year.
        rows: Some of the rows that need attention, in the order of the file.
        place: What their places in the file are, ``line`` or ``row``.
        columns: The names of other columns of the file that were asked for.
        particulars: What was checked and how: labels and texts.
        version: The library's version.
        made_on: The day to state on the page; None states none.
    """

    source: str
    lang: str
    coded: bool
    counts: Split
    failing: Split
    findings: tuple[Bar, ...] = ()
    cities: tuple[Bar, ...] = ()
    years: tuple[Bar, ...] = ()
    rows: tuple[FailingRow, ...] = attrs.field(default=())
    place: Literal["line", "row"] = "line"
    columns: tuple[str, ...] = ()
    particulars: tuple[tuple[str, str], ...] = ()
    version: str = ""
    made_on: date | None = None

    @property
    def several(self) -> bool:
        """Whether rows of several files or sheets are shown."""
        return any(row.file for row in self.rows)

    @rows.validator
    def _fits(self, _: object, rows: tuple[FailingRow, ...]) -> None:
        if any(len(row.cells) != len(self.columns) for row in rows):
            raise ValueError("a row has as many cells as the page has columns")


def render(page: Page) -> str:
    """Return the page as the text of an HTML file.

    Whatever stands in the values is text on the page: markup in it is escaped, characters that
    cannot be seen are written out, and what is long is cut.

    >>> page = Page("<a>.csv", "en", False, Split(valid=1), Split())
    >>> html = render(page)
    >>> "<h1><bdi>&lt;a&gt;.csv</bdi></h1>" in html, "<script" in html, html == render(page)
    (True, False, True)
    """
    template, style = _template()
    lang = page.lang
    return template.render(
        page=page,
        digest=f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
        style=Markup(style),  # noqa: S704  # the package's own
        phrase=lambda key, **params: phrase(f"page.{key}", lang, **params),
        meaning=phrase("meaning-codes" if page.coded else "meaning-grammar", lang),
        verdict=_verdict(page),
        made_on=page.made_on and format_day(page.made_on, lang),
        outcomes=_ORDER,
        failing=_FAILING,
        most=_MOST_FINDINGS,
        cut=cut,
        share=share,
        pieces=pieces,
        marked=marked,
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


def _verdict(page: Page) -> str:
    bad, rows = page.failing.total, page.counts.total
    if bad:
        return phrase("page.bad-only" if rows == 1 else "page.bad", page.lang, count=bad, rows=rows)
    return phrase("page.allowed" if page.counts.undetermined else "page.good", page.lang)


def cut(text: str, limit: int) -> str:
    """Keep the beginning of a text.

    >>> cut("abcdef", 3), cut("abc", 3)
    ('abc…', 'abc')
    """
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


class Piece(NamedTuple):
    """A piece of a bar: one outcome, from where and how wide, in units of its drawing."""

    name: str
    start: str
    width: str


def pieces(split: Split, longest: int) -> Iterator[Piece]:
    """Divide a bar by outcome; it is as long as its rows are of those of the longest.

    What there is of an outcome is never too narrow to be seen.

    >>> [tuple(piece) for piece in pieces(Split(valid=3, invalid=1), 8)]
    [('valid', '0', '375'), ('invalid', '375', '125')]
    >>> [tuple(piece) for piece in pieces(Split(valid=999_999, invalid=1), 10**6)]
    [('valid', '0', '996'), ('invalid', '996', '4')]
    """
    widths = {
        outcome: max(_LEAST, _WIDTH * split[outcome] / longest)
        for outcome in _ORDER
        if split[outcome]
    }
    if over := max(0.0, sum(widths.values()) - _WIDTH):
        widths[max(widths, key=widths.__getitem__)] -= over
    start = 0.0
    for outcome, width in widths.items():
        yield Piece(outcome.value, f"{start:.6g}", f"{width:.6g}")
        start += width


def marked(row: FailingRow) -> Iterator[tuple[str, str]]:
    r"""Divide a value into runs: ``wrong`` where a finding points, ``escape`` where written out.

    >>> spot = Spot("digits", "“O” is the letter O", (2, 3))
    >>> list(marked(FailingRow.of(2, "鲁1O\u200b8", Outcome.INVALID, (spot,))))
    [('鲁1', ''), ('O', 'wrong'), ('\\u200b', 'escape'), ('8', '')]
    """
    value = (row.value or "")[:_LONGEST_VALUE]
    wrong: set[int] = set()
    for spot in row.spots:
        if spot.span is not None and spot.span != (0, row.length):
            wrong.update(range(spot.span[0], min(spot.span[1], len(value))))
    run, kind = "", ""
    for at, char in enumerate(value):
        shown = excerpt(char)
        now = "wrong" if at in wrong else "escape" if shown != char else ""
        if run and now != kind:
            yield run, kind
            run = ""
        run, kind = run + shown, now
    yield (run + "…" if row.cut else run), kind
