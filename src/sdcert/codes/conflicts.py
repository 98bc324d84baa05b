"""What cannot stand in one book, and what is more often an accident: faults and warnings.

Only this file knows which editions contradict each other. The answer does not depend on their
order: every pair that matters is compared, and each contradiction names both editions and their
documents.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import attrs

from sdcert.codes.edition import PROVINCE, Edition, city_domain, prefix_of, share_a_day
from sdcert.codes.errors import Fault
from sdcert.codes.kinds import BUREAUS
from sdcert.codes.model import (
    AuthorityKind,
    CityPrefix,
    Content,
    Entry,
    RegionCode,
    bureau_place,
)
from sdcert.codes.timeline import first_ordinal
from sdcert.findings import Params

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sdcert.codes.answers import Span

__all__ = ["book_faults", "warnings_of"]

# 鲁人社规〔2018〕22号 itself names these series codes; in GB/T 8561 they are 教授 and 副教授.
_ATTESTED = {"011": "中小学教师正高级", "012": "中小学教师高级"}


def book_faults(domains: Mapping[str, Sequence[Edition]]) -> list[Fault]:
    """Compare editions with each other.

    Args:
        domains: The editions by domain, each list in the order of their first days.

    Returns:
        The contradictions, in a fixed order.
    """
    found: list[Fault] = []
    by_id: dict[str, Edition] = {}
    for editions in domains.values():
        for edition in editions:
            known = by_id.setdefault(edition.id.casefold(), edition)
            if known is not edition:
                params = Params(
                    id=edition.id, source=str(known.source), other_source=str(edition.source)
                )
                found.append(Fault("same-id", "id", edition.id, params))
        for one, other in combinations(editions, 2):
            if one.valid_from == other.valid_from:
                found.extend(_same_day(one, other))
    province = domains.get(PROVINCE, ())
    for name, editions in domains.items():
        if prefix := prefix_of(name):
            for edition in editions:
                found.extend(_delegation(prefix, edition, province))
    found.extend(_clashes(domains))
    return found


def _both(one: Edition, other: Edition, **more: str) -> Params:
    sources = {"source": str(one.source), "other_source": str(other.source)}
    return Params(id=one.id, other_id=other.id, **sources, **more)


def _by_code(edition: Edition) -> dict[str, list[Entry]]:
    """What an edition states of each code, apart from where it is stated."""
    found: dict[str, list[Entry]] = {}
    for entry in edition.entries:
        found.setdefault(entry.code, []).append(attrs.evolve(entry, source=None))
    return found


def _same_day(one: Edition, other: Edition) -> Iterator[Fault]:
    """Two editions in force from one day have to agree on every code that both cover."""
    ours, theirs = _by_code(one), _by_code(other)
    for code in sorted(ours.keys() | theirs.keys()):
        here, there = (one, other) if code in ours else (other, one)
        if code in ours and code in theirs:
            if ours[code] != theirs[code]:
                yield Fault("contradiction", "code", code, _both(one, other, code=code))
        elif there.content is Content.COMPLETE:
            yield Fault("beyond-complete", "code", code, _both(here, there, code=code))


def _delegation(prefix: str, edition: Edition, province: Sequence[Edition]) -> Iterator[Fault]:
    """The province owns the prefixes: a city's edition needs one where the list is complete."""
    start = first_ordinal(edition.valid_from)
    begun = [known for known in province if first_ordinal(known.valid_from) <= start]
    if any(entry.code == prefix for known in province for entry in known.entries):
        return
    for known in begun:
        if known.valid_from == begun[-1].valid_from and known.content is Content.COMPLETE:
            yield Fault("prefix-unknown", "domain", prefix, _both(edition, known, prefix=prefix))


def _clashes(domains: Mapping[str, Sequence[Edition]]) -> Iterator[Fault]:
    """A code that the province gave to a body of its own may not stand under a city's prefix."""
    listed = [
        (entry, edition) for edition in domains.get(PROVINCE, ()) for entry in edition.entries
    ]
    prefixes: dict[str, list[tuple[Entry, Edition]]] = defaultdict(list)
    for entry, edition in listed:
        if isinstance(entry, CityPrefix):
            prefixes[entry.code].append((entry, edition))
    for entry, edition in listed:
        prefix = entry.code[:2]
        if not isinstance(entry, RegionCode):
            continue
        theirs = [(one, other) for one, other in prefixes[prefix] if other is not edition]
        for city in domains.get(city_domain(prefix), ()):
            theirs += [(one, city) for one in city.entries if one.code == entry.code]
        for one, other in theirs:
            if share_a_day(one, entry):
                params = _both(edition, other, code=entry.code, prefix=prefix)
                yield Fault("prefix-clash", "code", entry.code, params)


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
            kind = entry.authority
            if kind not in BUREAUS:
                alike[entry.name, kind, entry.prefix, entry.county].append(span)
            elif kind is not AuthorityKind.COUNTY_HRSS or entry.county:
                bureaus[kind, *bureau_place(kind, entry)].append(span)
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
    for one, other in _pairs(bureaus.values()):
        authority = getattr(other.entry, "authority", None)
        params = Params(name=other.name, other=one.code, other_name=one.name, authority=authority)
        yield Fault("two-bureaus", "code", other.code, params, other.edition)
    for prefix, names in sorted(cities.items()):
        yield from _two_cities(prefix, names)
    for one, other in _pairs(alike.values()):
        params = Params(name=other.name, other=one.code)
        yield Fault("two-codes", "code", other.code, params, other.edition)


def _county(span: Span, entry: RegionCode) -> Iterator[Fault]:
    kind = entry.authority
    if kind.provincial and (entry.city or entry.county):
        yield Fault("city-extra", "code", entry.code, file=span.edition)
    if kind is AuthorityKind.COUNTY_HRSS and not entry.county:
        yield Fault("county-missing", "code", entry.code, file=span.edition)
    elif kind.under_city and kind is not AuthorityKind.COUNTY_HRSS and entry.county:
        yield Fault("county-extra", "code", entry.code, file=span.edition)


def _pairs(groups: Iterable[list[Span]]) -> Iterator[tuple[Span, Span]]:
    """Two codes of a group that are in force on the same days."""
    for several in groups:
        for one, other in combinations(several, 2):
            if one.code != other.code and share_a_day(one, other):
                yield one, other


def _two_cities(prefix: str, names: dict[str, list[Span]]) -> Iterator[Fault]:
    for (name, ours), (other_name, theirs) in combinations(names.items(), 2):
        clash = next(((a, b) for a in ours for b in theirs if share_a_day(a, b)), None)
        if clash:
            here, there = clash
            params = Params(prefix=prefix, name=other_name, other=here.code, other_name=name)
            yield Fault("two-cities", "code", there.code, params, there.edition)
