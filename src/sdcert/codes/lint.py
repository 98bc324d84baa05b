"""What a table may well say, and what is more often an accident: warnings, not faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from sdcert.codes.answers import Span
from sdcert.codes.errors import Fault
from sdcert.codes.model import AuthorityKind, CityPrefix, RegionCode
from sdcert.dates import overlap
from sdcert.findings import Params

__all__ = ["warnings_of"]

_BUREAUS = (AuthorityKind.PROVINCIAL_HRSS, AuthorityKind.CITY_HRSS, AuthorityKind.COUNTY_HRSS)
# 鲁人社规〔2018〕22号 itself names these series codes; in GB/T 8561 they are 教授 and 副教授.
_ATTESTED = {"011": "中小学教师正高级", "012": "中小学教师高级"}


def warnings_of(spans: Iterable[Span]) -> Iterator[Fault]:
    """Go through what is suspicious about the entries, in a fixed order.

    Args:
        spans: All of a book.
    """
    bureaus: dict[object, list[Span]] = defaultdict(list)
    cities: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    alike: dict[object, list[Span]] = defaultdict(list)
    for span in spans:
        entry = span.entry
        if isinstance(entry, RegionCode):
            yield from _county(span, entry)
            place = (entry.authority, entry.prefix, entry.county)
            if entry.authority not in _BUREAUS:
                alike[entry.name, place].append(span)
            elif entry.authority is not AuthorityKind.COUNTY_HRSS:
                bureaus[place[:2]].append(span)
            elif entry.county:
                bureaus[place].append(span)
            if entry.prefix and entry.city:
                cities[entry.prefix][entry.city].append(span)
            continue
        alike[entry.name, type(entry)].append(span)
        attested = _ATTESTED.get(entry.code)
        if isinstance(entry, CityPrefix):
            cities[entry.code][entry.name].append(span)
        elif attested and "中小学" not in entry.series:
            params = Params(code=entry.code, name=entry.name, attested=attested)
            yield Fault("not-attested", "code", entry.code, params, span.edition)
    for several in bureaus.values():
        yield from _two_bureaus(several)
    for prefix, names in sorted(cities.items()):
        yield from _two_cities(prefix, names)
    for several in alike.values():
        yield from _two_codes(several)


def _county(span: Span, entry: RegionCode) -> Iterator[Fault]:
    kind = entry.authority
    if kind.provincial and (entry.city or entry.county):
        yield Fault("city-extra", "code", entry.code, file=span.edition)
    if kind is AuthorityKind.COUNTY_HRSS and not entry.county:
        yield Fault("county-missing", "code", entry.code, file=span.edition)
    elif kind.under_city and kind is not AuthorityKind.COUNTY_HRSS and entry.county:
        yield Fault("county-extra", "code", entry.code, file=span.edition)


def _together(one: Span, other: Span) -> bool:
    return overlap(one.valid_from, one.valid_through, other.valid_from, other.valid_through)


def _pairs(several: list[Span]) -> Iterator[tuple[Span, Span]]:
    """Two codes that are in force on the same days."""
    for one, other in combinations(several, 2):
        if one.code != other.code and _together(one, other):
            yield one, other


def _two_codes(several: list[Span]) -> Iterator[Fault]:
    for one, other in _pairs(several):
        params = Params(name=other.name, other=one.code)
        yield Fault("two-codes", "code", other.code, params, other.edition)


def _two_bureaus(several: list[Span]) -> Iterator[Fault]:
    for one, other in _pairs(several):
        kind = getattr(other.entry, "authority", None)
        params = Params(name=other.name, other=one.code, other_name=one.name, authority=kind)
        yield Fault("two-bureaus", "code", other.code, params, other.edition)


def _two_cities(prefix: str, names: dict[str, list[Span]]) -> Iterator[Fault]:
    for (name, ours), (other_name, theirs) in combinations(names.items(), 2):
        clash = next(((a, b) for a in ours for b in theirs if _together(a, b)), None)
        if clash:
            here, there = clash
            params = Params(prefix=prefix, name=other_name, other=here.code, other_name=name)
            yield Fault("two-cities", "code", there.code, params, there.edition)
