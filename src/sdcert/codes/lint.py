"""What a table may well say, and what is more often an accident: warnings, not faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TypeGuard

from sdcert.codes.answers import Span
from sdcert.codes.errors import Fault
from sdcert.codes.model import AuthorityKind, CityPrefix, RegionCode, SeriesCode
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
    bureaus: dict[object, list[Span]] = {}
    cities: dict[str, dict[str, list[Span]]] = {}
    alike: dict[object, list[Span]] = {}
    for span in spans:
        entry = span.entry
        place = (entry.authority, entry.prefix, entry.county) if _is_region(entry) else ()
        alike.setdefault((type(entry), entry.name, *place), []).append(span)
        attested = _ATTESTED.get(entry.code)
        if attested and isinstance(entry, SeriesCode) and "中小学" not in entry.series:
            params = Params(code=entry.code, name=entry.name, attested=attested)
            yield Fault("not-attested", "code", entry.code, params, span.edition)
        if isinstance(entry, CityPrefix):
            cities.setdefault(entry.code, {}).setdefault(entry.name, []).append(span)
        if not isinstance(entry, RegionCode):
            continue
        yield from _county(span, entry)
        if entry.authority in _BUREAUS:
            county = entry.county if entry.authority is AuthorityKind.COUNTY_HRSS else None
            if county or entry.authority is not AuthorityKind.COUNTY_HRSS:
                place = (entry.authority, entry.prefix, county)
                bureaus.setdefault(place, []).append(span)
        if entry.prefix and entry.city:
            cities.setdefault(entry.prefix, {}).setdefault(entry.city, []).append(span)
    for several in bureaus.values():
        yield from _two_bureaus(several)
    for prefix, names in sorted(cities.items()):
        yield from _two_cities(prefix, names)
    for several in alike.values():
        yield from _two_codes(several)


def _is_region(entry: object) -> TypeGuard[RegionCode]:
    return isinstance(entry, RegionCode)


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


def _two_codes(several: list[Span]) -> Iterator[Fault]:
    for one, other in combinations(several, 2):
        bureau = getattr(other.entry, "authority", None) in _BUREAUS  # two of these are told anyway
        if one.code != other.code and not bureau and _together(one, other):
            params = Params(name=other.name, other=one.code)
            yield Fault("two-codes", "code", other.code, params, other.edition)


def _two_bureaus(several: list[Span]) -> Iterator[Fault]:
    for one, other in combinations(several, 2):
        if one.code != other.code and _together(one, other):
            entry = other.entry
            params = Params(
                name=other.name,
                other=one.code,
                other_name=one.name,
                authority=getattr(entry, "authority", None),
            )
            yield Fault("two-bureaus", "code", other.code, params, other.edition)


def _two_cities(prefix: str, names: dict[str, list[Span]]) -> Iterator[Fault]:
    for (name, ours), (other_name, theirs) in combinations(names.items(), 2):
        clash = next(((a, b) for a in ours for b in theirs if _together(a, b)), None)
        if clash:
            here, there = clash
            params = Params(prefix=prefix, name=other_name, other=here.code, other_name=name)
            yield Fault("two-cities", "code", there.code, params, there.edition)
