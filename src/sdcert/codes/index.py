"""What a book works out from its editions. Only this file knows which table covers a code.

It is the machinery behind :class:`sdcert.codes.CodeBook`; the rules by which editions combine
stand in :mod:`sdcert.codes.timeline`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sdcert._memo import keep
from sdcert.codes.answers import NotInForce, NotListed, Piece, Span
from sdcert.codes.edition import PROVINCE, SERIES, Edition, city_domain
from sdcert.codes.model import Content, Entry, identity
from sdcert.codes.timeline import (
    BEGIN,
    END,
    Days,
    Layer,
    Stay,
    cut,
    first_ordinal,
    join,
    last_ordinal,
    layer_at,
    resolve,
)
from sdcert.messages import Bilingual, show

__all__ = ["REMEMBERED", "Register"]

# How many answers a book remembers for each kind of code; then it starts afresh.
REMEMBERED: Final = 1 << 16

_NEVER: Final = Days()


class _Domain:
    """The layers of one domain, of editions in the order of their days; what they list, by code."""

    __slots__ = ("layers", "listed")

    def __init__(self, editions: Iterable[Edition]) -> None:
        layers = []
        self.listed: dict[str, dict[int, list[tuple[Entry, str]]]] = {}
        by_start = groupby(editions, lambda edition: first_ordinal(edition.valid_from))
        for place, (start, same) in enumerate(by_start):
            same_day = tuple(same)
            contents = {edition.content for edition in same_day}
            content = next(content for content in Content if content in contents)
            tables = tuple((edition.id, edition.source.document) for edition in same_day)
            layers.append(Layer(start, content, tables))
            for edition in same_day:
                # Editions of the same day agree on what both list (else they are in conflict), so
                # the first one may speak. Entries are in the order of their codes.
                for code, entries in groupby(edition.entries, attrgetter("code")):
                    items = [(entry, edition.id) for entry in entries]
                    self.listed.setdefault(code, {}).setdefault(place, items)
        self.layers = tuple(layers)


_EMPTY: Final = _Domain(())  # of which the book has no edition


def _named(layers: Iterable[Layer]) -> Bilingual:
    """Name tables by their ids and documents, as English and as Chinese write it."""
    return _worded(tuple(dict.fromkeys(table for layer in layers for table in layer.tables)))


@lru_cache(maxsize=256)
def _worded(tables: tuple[tuple[str, str], ...]) -> Bilingual:
    named = [Bilingual.render("codes.table", id=id_, document=title) for id_, title in tables]
    return Bilingual.of(lambda lang: show(named, lang))


class Register:
    """The domains of a book, and the days of each code, worked out when first asked for."""

    __slots__ = ("_by_domain", "_days", "_denials")

    def __init__(self, domains: Mapping[str, Sequence[Edition]]) -> None:
        self._by_domain = {name: _Domain(same) for name, same in domains.items()}
        self._days: dict[str, Days] = {}
        self._denials: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.codes())

    def codes(self) -> Collection[str]:
        """All codes, by domain; each once."""
        domains = sorted(self._by_domain.items())
        return dict.fromkeys(code for _, domain in domains for code in sorted(domain.listed))

    def entries(self) -> Iterator[Entry]:
        """All entries, by domain, code and days."""
        for code in self.codes():
            yield from map(self._stated, self._joined(code))

    def contents(self, day: int) -> dict[str, Content]:
        """How much the table in force on a day holds, by domain."""
        layers = {name: layer_at(domain.layers, day) for name, domain in self._by_domain.items()}
        return {name: layer.content for name, layer in layers.items() if layer}

    def days_of(self, code: str) -> Days:
        """The days of a code, worked out once."""
        days = self._days.get(code)
        return keep(self._days, REMEMBERED, code, self._resolve(code)) if days is None else days

    def stays_of(self, code: str) -> tuple[Stay, ...]:
        """The days on which a code is in force."""
        return self.days_of(code).stays

    def _resolve(self, code: str) -> Days:
        if len(code) != 5:
            return self._resolve_in(SERIES if len(code) == 3 else PROVINCE, code)
        own = self._resolve_in(PROVINCE, code)
        prefix = code[:2]
        cuts = self._denials.get(prefix)
        if cuts is None:
            cuts = self._denials[prefix] = self._cuts(prefix)
        denied = partial(self._prefix_denied, prefix) if cuts else None
        city = self._resolve_in(city_domain(prefix), code, denied=denied, cuts=cuts)
        return Days(
            tuple(sorted((*own.stays, *city.stays), key=attrgetter("first"))),
            tuple(sorted((*own.doubts, *city.doubts), key=attrgetter("first"))),
        )

    def _cuts(self, prefix: str) -> tuple[int, ...]:
        """Where the province's word on a prefix may change; empty if it never denies it."""
        points = {BEGIN, *(layer.start for layer in self._domain(PROVINCE).layers)}
        days = self.days_of(prefix)
        for first, last in days.bounds():
            points.update((first, min(last + 1, END)))
        cuts = tuple(sorted(points))
        return cuts if any(self._prefix_denied(prefix, day) for day in cuts) else ()

    def _resolve_in(self, name: str, code: str, **rule: Any) -> Days:
        domain = self._domain(name)
        listed = domain.listed.get(code)
        return resolve(domain.layers, listed, **rule) if listed else _NEVER

    def _prefix_denied(self, prefix: str, day: int) -> bool:
        """Whether the province says that a prefix is not in force."""
        if any(first <= day <= last for first, last in self.days_of(prefix).bounds()):
            return False
        province = self._domain(PROVINCE)
        layer = layer_at(province.layers, day)
        return prefix in province.listed or (
            layer is not None and layer.content is Content.COMPLETE
        )

    def _joined(self, code: str) -> tuple[Stay, ...]:
        """The stays of a code as people want them: what two editions repeat is one."""
        return join(self.stays_of(code), _repeated)

    def spans(self, code: str) -> tuple[Span, ...]:
        """The entries of a code, with their days and what came after."""
        return tuple(
            Span(
                entry := self._stated(stay),
                None if stay.first == BEGIN else date.fromordinal(stay.first),
                None if stay.last >= END else date.fromordinal(stay.last),
                self._introducer(stay),
                tuple(self.following(entry)),
            )
            for stay in self._joined(code)
        )

    def _introducer(self, stay: Stay) -> str:
        """The oldest edition that states the same beginning; else the one in force then."""
        for entry, edition in self._statements(stay.entry.code):
            if first_ordinal(entry.valid_from) == stay.first and _same(entry, stay.entry):
                return edition
        return stay.edition

    def _stated(self, stay: Stay) -> Entry:
        """The newest statement of an entry's end.

        The edition in force on its days could not yet know of the end and of the successors; the
        one that came after says so.
        """
        own = stay.entry
        if last_ordinal(own.valid_through) == stay.last:
            return own
        for entry in reversed(tuple(self.listed(own.code))):
            if last_ordinal(entry.valid_through) == stay.last and _same(entry, own):
                return entry
        return own

    def answer(self, code: str, first: date, last: date) -> Any:
        """The entry in force on the first of these days, else why none answers on any."""
        day = first.toordinal()
        for stay in self.days_of(code).stays:
            if stay.first <= day <= stay.last:
                return stay.entry
        return self.missing(code, first, last)

    def missing(self, code: str, first: date, last: date) -> NotInForce | NotListed:
        """Tell why no entry answers for the days asked for."""
        start, end = first.toordinal(), last.toordinal()
        doubts = [d for d in self.days_of(code).doubts if d.first <= end and start <= d.last]
        if doubts:
            layers = [doubt.layer for doubt in doubts if doubt.layer]
            content = layers[0].content if layers else Content.FRAGMENT
            return NotListed(code, content, _named(layers))
        spans = self.spans(code)
        if spans:
            return NotInForce(code, tuple(span.entry for span in spans), first, last, spans)
        listed = tuple(self.listed(code))
        if listed:
            return NotInForce(code, listed, first, last)
        cover = list(self._cover(code, start, end))
        contents = (layer.content if layer else Content.FRAGMENT for layer in cover)
        lacking = next((one for one in contents if one is not Content.COMPLETE), Content.COMPLETE)
        return NotListed(code, lacking, _named(layer for layer in cover if layer))

    def pieces(self, code: str, start: int, end: int) -> Iterator[Piece]:
        """The days from ``start`` through ``end``, cut where the answer for a code changes."""
        days = self.days_of(code)
        points = self._cover_days(code) if days == _NEVER else set()
        for begin, last in days.bounds():
            points.update((begin, last + 1))
        for here, then in cut(start, end, points):
            first, through = date.fromordinal(here), date.fromordinal(then)
            yield Piece(first, through, self.answer(code, first, through))

    def listed(self, code: str) -> Iterator[Entry]:
        """All entries of a code, whether they ever take effect or not."""
        return (entry for entry, _ in self._statements(code))

    def _statements(self, code: str) -> Iterator[tuple[Entry, str]]:
        """All entries of a code with their editions, in each domain from old to new."""
        for domain in map(self._domain, _domains_of(code)):
            for items in domain.listed.get(code, {}).values():
                yield from items

    def _domain(self, name: str) -> _Domain:
        return self._by_domain.get(name, _EMPTY)

    def _cover_days(self, code: str) -> set[int]:
        """The days on which another table may begin to cover a code."""
        domains = map(self._domain, _domains_of(code))
        days = {layer.start for domain in domains for layer in domain.layers}
        if len(code) == 5:
            for stay in self.stays_of(code[:2]):
                days.update((stay.first, stay.last + 1))
        return days

    def _cover(self, code: str, start: int, end: int) -> Iterator[Layer | None]:
        """The layers that cover a code on the days in question; None where none does."""
        names = _domains_of(code)
        for day, _ in cut(start, end, self._cover_days(code)):
            yield self._covering(code, day, *names)

    def _covering(self, code: str, day: int, own: str, city: str | None = None) -> Layer | None:
        """The layer whose domain covers a code on a day.

        A code under a prefix that is in force belongs to that city: only the city's table can
        say that it does not exist. Any other region code belongs to the province: its complete
        table lists its own codes and all prefixes, so what is neither does not exist.
        """
        if city is not None and not self._prefix_denied(code[:2], day):
            own = city if self.stays_of(code[:2]) or city in self._by_domain else own
        return layer_at(self._domain(own).layers, day)

    def following(self, entry: Entry) -> Iterator[Entry]:
        """The entries that took over from an entry."""
        if entry.valid_through is None:
            # The edition that states it may not have known of its end yet.
            stays = reversed(self.stays_of(entry.code))
            entry = next((self._stated(stay) for stay in stays if stay.entry == entry), entry)
        if entry.valid_through is None:
            return
        after = entry.valid_through.toordinal() + 1
        for code in entry.successors:
            for stay in self.stays_of(code):
                if stay.last >= after:
                    yield stay.entry
                    break

    def preceding(self, entry: Entry) -> Iterator[Entry]:
        """The entries that an entry took over from."""
        for other in self.entries():
            if any(
                _same(entry, after) for after in self.following(other) if after.code == entry.code
            ):
                yield other


def _domains_of(code: str) -> tuple[str, ...]:
    """The domains that may list a code."""
    if len(code) == 3:
        return (SERIES,)
    return (PROVINCE, city_domain(code[:2])) if len(code) == 5 else (PROVINCE,)


def _repeated(before: Stay, stay: Stay) -> bool:
    """Whether another edition says the same; what one states as two entries stays two."""
    return before.edition != stay.edition and _same(before.entry, stay.entry)


def _same(one: Entry, other: Entry) -> bool:
    """Whether two statements of a code are about the same body or title, whatever their days."""
    return identity(one) == identity(other)
