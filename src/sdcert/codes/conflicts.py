"""Contradictions between editions. Only this file knows which editions can stand together.

The answer does not depend on the order of the editions: every pair that matters is compared, and
each contradiction names both editions and their documents.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import attrs

from sdcert.codes.edition import PROVINCE, Edition, share_a_day
from sdcert.codes.errors import Fault
from sdcert.codes.model import CityPrefix, Content, Entry, RegionCode
from sdcert.codes.timeline import first_ordinal
from sdcert.findings import Params

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["book_faults"]


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
                said = Params(
                    id=edition.id, source=str(known.source), other_source=str(edition.source)
                )
                found.append(Fault("same-id", "id", edition.id, said))
        for one, other in combinations(editions, 2):
            if one.valid_from == other.valid_from:
                found.extend(_same_day(one, other))
    province = domains.get(PROVINCE, ())
    for name, editions in domains.items():
        if name.startswith("city:"):
            for edition in editions:
                found.extend(_delegation(edition, province))
    found.extend(_clashes(domains))
    return found


def _both(one: Edition, other: Edition, **more: str) -> Params:
    return Params(
        id=one.id,
        source=str(one.source),
        other_id=other.id,
        other_source=str(other.source),
        **more,
    )


def _meaning(entry: Entry) -> Entry:
    return attrs.evolve(entry, source=None)


def _by_code(edition: Edition) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in edition.entries:
        found.setdefault(entry.code, []).append(_meaning(entry))
    return found


def _same_day(one: Edition, other: Edition) -> Iterator[Fault]:
    """Two editions in force from one day have to agree wherever both speak."""
    ours, theirs = _by_code(one), _by_code(other)
    for code in sorted(ours.keys() | theirs.keys()):
        if code in ours and code in theirs:
            if ours[code] != theirs[code]:
                yield Fault("contradiction", "code", code, _both(one, other, code=code))
        elif code in ours and other.content is Content.COMPLETE:
            yield Fault("beyond-complete", "code", code, _both(one, other, code=code))
        elif code in theirs and one.content is Content.COMPLETE:
            yield Fault("beyond-complete", "code", code, _both(other, one, code=code))


def _delegation(edition: Edition, province: Sequence[Edition]) -> Iterator[Fault]:
    """The province owns the prefixes: a city's edition needs one where the list is complete."""
    prefix = edition.prefix or ""
    start = first_ordinal(edition.valid_from)
    begun = [known for known in province if first_ordinal(known.valid_from) <= start]
    if not begun:
        return
    newest = first_ordinal(begun[-1].valid_from)
    in_force = [known for known in begun if first_ordinal(known.valid_from) == newest]
    listed = any(entry.code == prefix for known in province for entry in known.entries)
    for known in in_force:
        if known.content is Content.COMPLETE and not listed:
            yield Fault("prefix-unknown", "domain", prefix, _both(edition, known, prefix=prefix))


def _clashes(domains: Mapping[str, Sequence[Edition]]) -> Iterator[Fault]:
    """A code that the province gave to a body of its own may not stand under a city's prefix."""
    province = domains.get(PROVINCE, ())
    prefixes = [
        (entry, edition)
        for edition in province
        for entry in edition.entries
        if isinstance(entry, CityPrefix)
    ]
    for edition in province:
        for entry in edition.entries:
            if not isinstance(entry, RegionCode):
                continue
            for prefix, other in prefixes:
                if (
                    other is not edition
                    and prefix.code == entry.code[:2]
                    and share_a_day(prefix, entry)
                ):
                    said = _both(edition, other, code=entry.code, prefix=prefix.code)
                    yield Fault("prefix-clash", "code", entry.code, said)
            for city in domains.get(f"city:{entry.code[:2]}", ()):
                for theirs in city.entries:
                    if theirs.code == entry.code and share_a_day(theirs, entry):
                        said = _both(edition, city, code=entry.code, prefix=entry.code[:2])
                        yield Fault("prefix-clash", "code", entry.code, said)
