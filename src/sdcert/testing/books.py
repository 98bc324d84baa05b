"""Hypothesis strategies for code tables: entries, editions and books, built from their parts.

Nothing here reads or parses. Codes come from a small pool, so that editions speak of the same
codes, end them, rename them and give them to others. All of it is made up: region codes begin
with 90–92, series codes with 6.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import attrs

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
from sdcert.codes.edition import PROVINCE, SERIES
from sdcert.codes.model import GRADE_OF_LEVEL, Entry
from sdcert.errors import MissingExtra

try:
    from hypothesis import strategies as st
except ImportError:
    raise MissingExtra("sdcert.testing.books", "testing") from None


__all__ = [
    "code_books",
    "days",
    "editions",
    "names",
    "prefix_entries",
    "region_entries",
    "series_entries",
    "sources",
]

_FIRST: Final = date(2019, 1, 1)
_LAST: Final = date(2026, 12, 31)
_CITIES: Final = ("91", "92")
_PLACES: Final = ("示例甲市", "示例乙市")

_NAMES: Final = (
    "示例甲市人力资源和社会保障局",
    "示例乙县人社局",
    "教育局",
    "教育局（开发区）",
    "科学院 A·1",
    "“示例”集团",
    'a "quoted", name',
    "back\\slash\\n",
    "𠮷林所",
)
_SOURCES: Final = (
    Source("示例〔1〕号"),
    Source("示例〔2〕号", "附件2"),
    Source("示例〔3〕号", "第五条（一）", "https://tables.example/1", date(2019, 3, 1)),
    Source("示例〔4〕号", None, None, None, "0123456789abcdef" * 4),
)

#: The codes that editions of each domain speak of.
POOLS: Final = {
    PROVINCE: ("90001", "90002", "90003"),
    "city:91": ("91020", "91101", "91102"),
    "city:92": ("92020", "92101"),
    SERIES: ("601", "602", "603"),
}


def days() -> st.SearchStrategy[date]:
    """Days in the years in which the example tables live; month borders come up often.

    >>> from hypothesis import find
    >>> from sdcert.testing.books import days
    >>> find(days(), bool)
    datetime.date(2019, 1, 1)
    """
    borders = st.builds(date, st.integers(2019, 2026), st.sampled_from([1, 7]), st.just(1))
    return st.one_of(
        borders,
        borders.map(lambda day: day - timedelta(days=1)),
        st.dates(_FIRST, _LAST),
    )


def names() -> st.SearchStrategy[str]:
    """Names of bodies, as tables write them; some need quoting in CSV or TOML.

    >>> from hypothesis import find
    >>> from sdcert.testing.books import names
    >>> find(names(), bool)
    '示例甲市人力资源和社会保障局'
    """
    return st.sampled_from(_NAMES)


def sources() -> st.SearchStrategy[Source]:
    """Sources with everything or little in them.

    >>> from hypothesis import find
    >>> from sdcert.testing.books import sources
    >>> find(sources(), bool).document
    '示例〔1〕号'
    """
    return st.sampled_from(_SOURCES)


@st.composite
def editions(
    draw: Callable[..., Any],
    *,
    domain: str | None = None,
    content: Content | None = None,
    valid_from: date | st.SearchStrategy[date | None] | None = None,
    id: str = "edition",  # noqa: A002 - the field's name
) -> Edition:
    """Sound editions.

    Args:
        draw: Hypothesis passes it.
        domain: ``province``, ``city:91``, ``city:92`` or ``series``; any if not given.
        content: Any if not given.
        valid_from: The first day, or a strategy for it.
        id: The edition's id.

    Raises:
        ValueError: If the domain is another.
        InvalidTable: When an edition is drawn, if no edition may have the day or the id.

    >>> from hypothesis import find
    >>> from sdcert.testing.books import editions
    >>> find(editions(domain="series"), bool).id
    'edition'
    """
    if domain is not None and domain not in POOLS:
        raise ValueError(f"domain must be one of {', '.join(POOLS)}, not {domain!r}")
    where = domain or draw(st.sampled_from(sorted(POOLS)))
    chosen = draw(_CHOSEN[where])
    entries: list[Entry] = [
        _entry(draw, where, code, *span) for code in sorted(chosen) for span in draw(_SPANS)
    ]
    if where == PROVINCE:
        entries += [CityPrefix(city, draw(_NAME), *draw(_ONE_SPAN)) for city in _CITIES]
    how_much = content or draw(_CONTENT)
    if not entries and how_much is Content.COMPLETE:
        entries.append(_entry(draw, where, POOLS[where][0], None, None))
    return Edition(
        id,
        where,
        draw(_NAME),
        draw(_SOURCE),
        how_much,
        draw(valid_from) if isinstance(valid_from, st.SearchStrategy) else valid_from,
        draw(_MAYBE_DAY),
        tuple(_linked(draw, entry, entries) for entry in entries),
    )


def _spans() -> st.SearchStrategy[list[tuple[date | None, date | None]]]:
    """One to three disjoint spans of days, the outer ones perhaps open."""

    def between(cuts: list[date], *, open_start: bool, open_end: bool) -> list[Any]:
        points: list[date | None] = [*([None] if open_start else []), *sorted(cuts)]
        if open_end or len(points) < 2:
            points.append(None)
        found = [(first, last and last - timedelta(days=1)) for first, last in pairwise(points)]
        # Gaps: a code is not always given out.
        return found[::2] if len(found) > 2 else found

    return st.builds(
        between,
        st.lists(days(), unique=True, min_size=1, max_size=4),
        open_start=st.booleans(),
        open_end=st.booleans(),
    )


# Made once: a strategy costs more to build than to draw from.
_NAME: Final = names()
_SOURCE: Final = sources()
_MAYBE_NAME: Final = st.none() | _NAME
_MAYBE_SOURCE: Final = st.none() | _SOURCE
_MAYBE_DAY: Final = st.none() | days()
_STARTS: Final = st.lists(_MAYBE_DAY, unique=True, max_size=3)
_SPANS: Final = _spans()
_ONE_SPAN: Final = st.just((None, None)) | _SPANS.map(lambda spans: spans[0])
_CONTENT: Final = st.sampled_from(Content)
_LEVEL: Final = st.sampled_from(sorted(GRADE_OF_LEVEL))
_PROVINCIAL: Final = st.sampled_from([kind for kind in AuthorityKind if not kind.under_city])
_MUNICIPAL: Final = st.sampled_from([kind for kind in AuthorityKind if not kind.provincial])
_CHOSEN: Final = {
    domain: st.lists(st.sampled_from(pool), unique=True, max_size=len(pool))
    for domain, pool in POOLS.items()
}


def _entry(
    draw: Callable[..., Any], domain: str, code: str, first: date | None, last: date | None
) -> Entry:
    source = draw(_MAYBE_SOURCE)
    if domain == SERIES:
        level = draw(_LEVEL)
        return SeriesCode(
            code, draw(_NAME), level, GRADE_OF_LEVEL[level], first, last, source=source
        )
    place = draw(_MAYBE_NAME), draw(_MAYBE_NAME)
    kind = _PROVINCIAL if domain == PROVINCE else _MUNICIPAL
    return RegionCode(code, draw(_NAME), draw(kind), *place, first, last, source=source)


def _linked(draw: Callable[..., Any], entry: Entry, entries: Sequence[Entry]) -> Entry:
    """Give an ended entry successors among those that are in force later."""
    end = entry.valid_through
    later = {
        other.code
        for other in entries
        if end is not None
        and type(other) is type(entry)
        and (other.valid_through is None or other.valid_through > end)
    }
    if not later:
        return entry
    some = st.lists(st.sampled_from(sorted(later)), unique=True, max_size=2)
    return attrs.evolve(entry, successors=draw(some))


@st.composite
def code_books(draw: Callable[..., Any]) -> CodeBook:
    """Books of up to three editions of each domain, on different days, without conflicts.

    >>> from hypothesis import find
    >>> from sdcert.testing.books import code_books
    >>> find(code_books(), bool)
    <CodeBook of 1 codes in 1 editions: es-0>
    """
    found: list[Edition] = []
    for domain in sorted(POOLS):
        starts = draw(_STARTS)
        found.extend(
            draw(editions(domain=domain, valid_from=start, id=f"{domain[-2:]}-{place}"))
            for place, start in enumerate(starts)
        )
    return CodeBook(found)


def region_entries() -> st.SearchStrategy[RegionCode]:
    """Entries of region codes, as an edition of a city holds them.

    >>> from hypothesis import given, settings
    >>> from sdcert.testing.books import region_entries
    >>> @settings(max_examples=3, deadline=None)
    ... @given(region_entries())
    ... def test_width(entry):
    ...     assert len(entry.code) == 5
    >>> test_width()
    """
    return _entries("city:91")


def series_entries() -> st.SearchStrategy[SeriesCode]:
    """Entries of series/level codes, as an edition of the series holds them.

    >>> from hypothesis import given, settings
    >>> from sdcert.testing.books import series_entries
    >>> @settings(max_examples=3, deadline=None)
    ... @given(series_entries())
    ... def test_width(entry):
    ...     assert len(entry.code) == 3
    >>> test_width()
    """
    return _entries(SERIES)


def _entries(domain: str) -> st.SearchStrategy[Any]:
    held: st.SearchStrategy[Any] = editions(domain=domain).map(lambda edition: edition.entries)
    return held.filter(bool).flatmap(st.sampled_from)


def prefix_entries() -> st.SearchStrategy[CityPrefix]:
    """Entries of cities' prefixes.

    >>> from hypothesis import find
    >>> from sdcert.testing.books import prefix_entries
    >>> find(prefix_entries(), bool).code
    '91'
    """
    return st.builds(CityPrefix, st.sampled_from(_CITIES), st.sampled_from(_PLACES))
