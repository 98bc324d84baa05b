"""Editions: a table as one body published it. Only this file knows what a sound edition is.

A region code belongs to the province's own domain, or to the domain of the city under whose
prefix it stands (鲁人社规〔2018〕22号, 第五条（一）): for its own bodies, departments and
enterprises the province fixes all five digits, for a city the first two, and the city the last
three. Series codes are the province's alone (第五条（二）).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.codes.errors import Fault, InvalidTable, day_fault, refuse, text_fault
from sdcert.codes.model import (
    CityPrefix,
    Content,
    Entry,
    RegionCode,
    SeriesCode,
    Source,
    content_of,
)
from sdcert.codes.timeline import last_ordinal
from sdcert.dates import overlap
from sdcert.findings import Params
from sdcert.messages import Bilingual, render

if TYPE_CHECKING:
    from sdcert.codes.answers import Span

__all__ = [
    "PROVINCE",
    "SERIES",
    "Edition",
    "city_domain",
    "domain_label",
    "edition_faults",
    "prefix_of",
]

#: The domain of the province's own region codes and of the city prefixes.
PROVINCE: Final = "province"
#: The domain of the series/level codes.
SERIES: Final = "series"

_Numbered = tuple[int, Entry]
# An id names files as well.
_ID: Final = re.compile(r"[^\W_][\w.-]{0,79}")
_DOMAIN: Final = re.compile("province|series|city:[0-9]{2}")


def city_domain(prefix: str) -> str:
    """Return the domain of the region codes under a city's prefix."""
    return f"city:{prefix}"


def prefix_of(domain: str) -> str | None:
    """Return the prefix of a city's domain; None for another domain."""
    return domain.removeprefix("city:") if domain.startswith("city:") else None


def domain_label(domain: str, lang: str = "en") -> str:
    """Name a domain for people.

    >>> domain_label("city:90"), domain_label("city:90", "zh")
    ('region codes under prefix 90', '前2位为90的地区部门识别代码')
    """
    prefix = prefix_of(domain)
    return render(f"codes.domain.{'city' if prefix else domain}", lang, prefix=prefix)


def sort_key(entry: Entry) -> tuple[Any, ...]:
    """The order of entries in an edition: by code, then by first day."""
    return (entry.code, entry.valid_from or date.min, entry.valid_through or date.max)


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    taken = tuple(entries)
    for entry in taken:
        if not isinstance(entry, Entry):
            raise TypeError(f"entries must be code entries, not {type(entry).__name__}")
    if all(one.code < other.code for one, other in itertools.pairwise(taken)):
        return taken  # as most tables are
    return tuple(sorted(taken, key=sort_key))


def _count(entries: tuple[Entry, ...]) -> str:
    return f"<{len(entries)}>"


def _placement_fault(domain: str, entry: Entry) -> Fault | None:
    """Whether the publisher of this domain may define this entry (五（一）（二）)."""
    more: dict[str, object] = {}
    if not isinstance(entry, RegionCode) or domain == SERIES:
        if domain == (SERIES if isinstance(entry, SeriesCode) else PROVINCE):
            return None
        kind = "wrong-entry"
    elif (prefix := prefix_of(domain)) and entry.code[:2] != prefix:
        kind = "foreign-prefix"
    elif entry.authority.provincial if prefix else entry.authority.under_city:
        kind, more = "authority-domain", {"authority": entry.authority}
    else:
        return None
    named = Bilingual.of(lambda lang: domain_label(domain, lang))
    key = next(iter(more), "code")
    return Fault(kind, key, getattr(entry, key), Params(domain=named, **more))


def _same_code_faults(numbered: Sequence[_Numbered]) -> Iterator[tuple[int, Fault]]:
    """Entries of one code need disjoint days."""
    ordered = sorted(numbered, key=lambda item: sort_key(item[1]))
    for (other, before), (row, entry) in itertools.pairwise(ordered):
        if share_a_day(before, entry):
            days = (before.valid_from, before.valid_through)
            kind = "duplicate" if days == (entry.valid_from, entry.valid_through) else "overlap"
            params = Params(code=entry.code, name=entry.name, other_name=before.name, other=other)
            yield row, Fault(kind, "code", entry.code, params)


def edition_faults(
    domain: str, numbered: Sequence[_Numbered], elsewhere: frozenset[str] = frozenset()
) -> list[tuple[int, Fault]]:
    """Check the entries of one edition against each other and against its domain.

    Args:
        domain: ``province``, ``city:NN`` or ``series``.
        numbered: The entries, in any order, with the numbers that messages give them.
        elsewhere: Codes of rows that are faulty themselves: they exist as successors.

    Returns:
        The number of an entry with each fault.
    """
    found = [(row, fault) for row, entry in numbered if (fault := _placement_fault(domain, entry))]
    prefixes = [entry for _, entry in numbered if isinstance(entry, CityPrefix)]
    linked = [(row, entry) for row, entry in numbered if entry.successors]
    if not prefixes and not linked and len({entry.code for _, entry in numbered}) == len(numbered):
        return found  # as in most tables
    by_code: dict[str, list[_Numbered]] = {}
    for row, entry in numbered:
        by_code.setdefault(entry.code, []).append((row, entry))
    for same in by_code.values():
        found.extend(_same_code_faults(same))
    for row, entry in linked:
        found.extend(
            (row, fault)
            for fault in _successor_faults(domain, entry, by_code, prefixes)
            if fault.value not in elsewhere
        )
    for prefix in prefixes:
        params = Params(prefix=prefix.code, city=prefix.name)
        found.extend(
            (row, Fault("under-prefix", "code", entry.code, params))
            for row, entry in numbered
            if isinstance(entry, RegionCode)
            and entry.code[:2] == prefix.code
            and share_a_day(prefix, entry)
        )
    return found


def share_a_day(one: Entry | Span, other: Entry | Span) -> bool:
    """Whether two entries, or spans of entries, are in force on the same day."""
    return overlap(one.valid_from, one.valid_through, other.valid_from, other.valid_through)


def _successor_faults(
    domain: str,
    entry: Entry,
    by_code: dict[str, list[_Numbered]],
    prefixes: Sequence[CityPrefix],
) -> list[Fault]:
    """A successor of the same domain has to be listed, with days after the entry's last."""
    own = {prefix.code for prefix in prefixes}
    found = []
    for code in entry.successors:
        if len(code) == 5:
            outside = code[:2] in own if domain == PROVINCE else code[:2] != prefix_of(domain)
            if outside:
                continue  # another body's table says whether it exists
        if not any(
            listed is not entry
            and last_ordinal(listed.valid_through) > last_ordinal(entry.valid_through)
            for _, listed in by_code.get(code, ())
        ):
            found.append(Fault("successor-missing", "successors", code, Params(successor=code)))
    return found


@attrs.frozen(cache_hash=True)
class Edition:
    """A table as published: by whom, in which document, for which domain, from when in force.

    Two editions are equal if they say the same, whatever the order of their rows.

    Attributes:
        id: A short name, unique in a book, for example ``sd-regions-2021``.
        domain: ``province`` (the province's own region codes and the city prefixes), ``city:NN``
            (region codes under prefix NN) or ``series``.
        publisher: The body that published it.
        source: The document by which it did.
        content: How much of the domain as of ``valid_from`` it holds.
        valid_from: The day from which it is in force, until the next edition of the same domain
            is; None if that is not known, then it counts as in force from the beginning.
        published_on: The day of publication, if known. Nothing is decided by it.
        entries: Sorted by code and first day. Entries without a source get the edition's.

    Raises:
        InvalidTable: If anything is wrong; all of it is named.

    >>> source = Source("示例文件")
    >>> prefix = CityPrefix("90", "示例市")
    >>> edition = Edition("example", "province", "示例省", source, Content.EXAMPLE,
    ...                   entries=[prefix])
    >>> edition.entries[0].source == source
    True
    >>> Edition("example", "city:91", "示例市", source, Content.EXAMPLE, entries=[prefix])
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidTable: row 1, code “90”: this kind of entry does not belong ...
    """

    id: str
    domain: str
    publisher: str
    source: Source
    content: Content = attrs.field(converter=content_of)
    valid_from: date | None = None
    published_on: date | None = None
    entries: tuple[Entry, ...] = attrs.field(default=(), converter=_sorted, repr=_count)

    def __attrs_post_init__(self) -> None:
        refuse(header_faults(self))
        if faults := edition_faults(self.domain, tuple(enumerate(self.entries, 1))):
            faults.sort(key=itemgetter(0))
            raise InvalidTable(fault.at("", row) for row, fault in faults)
        if self.content is Content.COMPLETE and not self.entries:
            raise InvalidTable([Fault("empty-complete", "content", self.content.value)])
        if any(entry.source is None for entry in self.entries):
            sourced = tuple(
                attrs.evolve(entry, source=self.source) if entry.source is None else entry
                for entry in self.entries
            )
            object.__setattr__(self, "entries", sourced)

    @property
    def prefix(self) -> str | None:
        """The city's two digits, or None for an edition of the province."""
        return prefix_of(self.domain)

    def __len__(self) -> int:
        return len(self.entries)


def _source_fault(source: object) -> Fault | None:
    if source is None:
        return Fault("source-missing", "source")
    return None if isinstance(source, Source) else Fault("source", "source", str(source))


def header_faults(edition: Any) -> list[Fault | None]:
    """The checks of everything but the entries."""
    domain = edition.domain
    good = isinstance(domain, str) and _DOMAIN.fullmatch(domain)
    named = isinstance(edition.id, str) and _ID.fullmatch(edition.id)
    content = edition.content
    return [
        None if named else Fault("id", "id", str(edition.id)),
        None if good else Fault("domain", "domain", str(domain)),
        text_fault(edition.publisher, "publisher", required=True),
        _source_fault(edition.source),
        None if isinstance(content, Content) else Fault("content", "content", str(content)),
        day_fault(edition.valid_from, "valid_from"),
        day_fault(edition.published_on, "published_on"),
    ]
