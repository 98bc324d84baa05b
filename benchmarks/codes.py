"""How fast tables load and answer, as ratios of one run: ``python -m benchmarks.codes``.

Loading is compared with what any program has to do at least: ``csv.DictReader`` over the same
files, and as many plain attrs objects. A lookup as of a day is compared with a bare dict lookup
under a tuple key, over the same keys in the same order; ``is_valid`` with the bare compiled
regex. The tables are examples: 5,000 region codes in nine editions, 300 series codes in one.
"""

from __future__ import annotations

import csv
import re
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from sdcert.checking import is_valid
from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Content,
    Edition,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.numbering import PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST = date(2019, 1, 27)
_ROUNDS = 9


@attrs.frozen
class TitleRow:
    """A row of series codes as a plain object: every column as the text that it is."""

    code: str
    series: str
    level: str
    grade: str
    valid_from: str
    valid_through: str
    successors: str
    document: str
    article: str
    url: str
    retrieved: str
    sha256: str


@attrs.frozen
class RegionRow:
    """A row of region codes, likewise."""

    code: str
    name: str
    authority: str
    city: str
    county: str
    valid_from: str
    valid_through: str
    successors: str
    document: str
    article: str
    url: str
    retrieved: str
    sha256: str


def make_book() -> CodeBook:
    """Build the example tables: each fifth code is dated, each tenth has ended."""
    editions = []
    for place, prefix in enumerate(("province", "91", "92", "93", "94", "95", "96", "97", "98")):
        domain = "province" if prefix == "province" else f"city:{prefix}"
        entries: list[RegionCode | CityPrefix | SeriesCode] = []
        city = None if prefix == "province" else f"示例{prefix}市"
        kind = (
            AuthorityKind.PROVINCIAL_DEPARTMENT if city is None else AuthorityKind.CITY_DEPARTMENT
        )
        for number in range(552 if place else 576):
            code = f"{prefix if city else 90}{number:03}"
            first = _FIRST + timedelta(days=number) if number % 5 == 0 else None
            last = date(2023, 12, 31) if number % 10 == 0 else None
            name = f"示例{city or '省'}第{number}单位"
            entries.append(RegionCode(code, name, kind, city, None, first, last))
        if city is None:
            entries += [CityPrefix(f"9{digit}", f"示例9{digit}市") for digit in range(1, 9)]
        source = Source(f"示例〔{place}〕号", "附件2")
        edition = Edition(
            f"bench-{prefix}",
            domain,
            "示例",
            source,
            Content.EXAMPLE,
            _FIRST,
            entries=tuple(entries),
        )
        editions.append(edition)
    titles = tuple(SeriesCode(str(600 + n), f"示例系列{n}", "中级") for n in range(300))
    source = Source("示例〔9〕号", "附件3")
    editions.append(
        Edition("bench-series", "series", "示例", source, Content.EXAMPLE, _FIRST, entries=titles)
    )
    return CodeBook(editions)


def read_plainly(folder: Path) -> list[object]:
    """The least that a program does: read the rows, and make an object of each."""
    rows: list[object] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            kind = TitleRow if "series" in path.stem else RegionRow
            rows.extend(kind(*cells.values()) for cells in csv.DictReader(file))
    return rows


def seconds(work: Callable[[], object]) -> float:
    """The time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def ratio(work: Callable[[], object], base: Callable[[], object]) -> float:
    """The median of the ratios of neighbouring calls, so that a busy machine harms both."""
    work(), base()
    return statistics.median(seconds(work) / seconds(base) for _ in range(_ROUNDS))


def lookups(book: CodeBook) -> tuple[float, float]:
    """As of a day against a dict; warm, and with every key asked for the first time."""
    days = [date(2019, 6, 1) + timedelta(days=200 * n) for n in range(8)]
    codes = [entry.code for entry in book.regions()]
    keys = [(code, day) for day in days for code in codes]
    plain = {key: book.region(key[0], on=key[1]) for key in keys}

    def bare() -> None:
        for code, day in keys:
            plain[code, day]

    def warm() -> None:
        region = book.region
        for code, day in keys:
            region(code, on=day)

    fresh = CodeBook(book.editions).region

    def cold() -> None:
        for code, day in keys[: len(codes)]:
            fresh(code, on=day)

    first = seconds(cold) / len(codes) / (min(seconds(bare) for _ in range(3)) / len(keys))
    return ratio(warm, bare), first


def validity(book: CodeBook, scopes: int) -> float:
    """``is_valid`` with codes on valid canonical text of so many scopes against the bare regex."""
    pattern = re.compile(PATTERN)
    regions = [e.code for e in book.regions() if e.valid_from is None and e.valid_through is None]
    titles = [entry.code for entry in book.series_codes()]
    texts = [
        f"鲁{17 + n % scopes % 8}{regions[n % scopes % len(regions)]}"
        f"{titles[n % scopes * 7 % len(titles)]}{n + 1:05}"
        for n in range(99_999)
    ]
    assert all(is_valid(text, codes=book) for text in texts)

    def ours() -> None:
        for text in texts:
            is_valid(text, codes=book)

    def bare() -> None:
        match = pattern.fullmatch
        for text in texts:
            match(text)

    return ratio(ours, bare)


def main() -> int:
    """Print each ratio with its bar; the exit status tells whether all hold."""
    book = make_book()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "tables"
        book.save(folder)
        assert CodeBook.load(folder) == book
        loading = ratio(lambda: CodeBook.load(folder), lambda: read_plainly(folder))

        def load_and_ask() -> None:
            for entry in CodeBook.load(folder):
                len(entry.code)

        asked = ratio(load_and_ask, lambda: read_plainly(folder))
    warm, cold = lookups(book)
    rows = [
        ("load and index / DictReader + attrs", loading, 3.0),
        ("region(code, on=day) / dict[code, day]", warm, 3.0),
        ("is_valid(text, codes=book) / P.fullmatch(text)", validity(book, 2_000), 3.0),
    ]
    print(f"{len(book)} codes in {len(book.editions)} editions; medians of {_ROUNDS} pairs")
    for name, value, bar in rows:
        print(f"{name:50} {value:5.2f}  (bar {bar:.1f}) {'ok' if value <= bar else 'TOO SLOW'}")
    print(f"{'load, index and work out every code / the same':50} {asked:5.2f}")
    print(f"{'is_valid, every number of another scope':50} {validity(book, 99_999):5.2f}")
    print(f"{'first answer of a new book for a code / dict':50} {cold:5.1f}")
    return int(any(value > bar for _, value, bar in rows))


if __name__ == "__main__":
    sys.exit(main())
