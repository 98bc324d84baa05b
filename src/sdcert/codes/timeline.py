"""Which entry answers for a code on a day. Only this file knows how editions combine.

The rules (readings; the texts say only that codes are adjusted dynamically, 五（一）, and an old
number stays valid by the table of its own time):

1. The newest edition that speaks for the day decides.
2. An edition speaks for a code that it lists from the day it comes into force; for earlier days
   only where its entries say so themselves: from the first day that one of them states, or after
   the last day of an entry that states no first.
3. A complete edition also speaks for the codes that it does not list, on the days on which it is
   in force: they are not in force then. What an older edition says of an entry that runs on
   reaches up to there and no further.
4. Where nobody speaks, an entry that states no first day answers: no bound known, none checked.
   But where an earlier day is known on which the code was not in force, there is a bound, only
   nobody tells which.
5. No code under a prefix is in force on days for which the province says that the prefix is not.
6. What neither decides is undetermined (a ``Doubt``): not in force would be a fragment's
   denial, in force would be a guess.

Days are ordinals here; the open ends are ``BEGIN`` and ``END``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from sdcert.codes.model import Content, Entry

__all__ = [
    "BEGIN",
    "END",
    "Days",
    "Doubt",
    "Layer",
    "Stay",
    "cut",
    "first_ordinal",
    "join",
    "last_ordinal",
    "layer_at",
    "resolve",
]

BEGIN: Final = 0
END: Final = date.max.toordinal() + 1

#: What an edition (by its place among the layers) lists for a code.
Statements = Mapping[int, Sequence[tuple[Entry, str]]]


class Layer(NamedTuple):
    """The editions of one domain that come into force on one day; ids with their documents."""

    start: int
    content: Content
    tables: tuple[tuple[str, str], ...]


class Stay(NamedTuple):
    """An entry and the days, first and last included, on which it answers."""

    first: int
    last: int
    entry: Entry
    edition: str


class Doubt(NamedTuple):
    """Days, first and last included, on which a listed code is undetermined.

    The layer is the one in force then, which does not say; None if there is none.
    """

    first: int
    last: int
    layer: Layer | None


class Days(NamedTuple):
    """What is known of a code: when it is in force, when that is undetermined; else it is not.

    Both are in the order of days, and each is disjoint.
    """

    stays: tuple[Stay, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def bounds(self) -> Iterator[tuple[int, int]]:
        """The first and last days of all that is not a denial."""
        known: tuple[Stay | Doubt, ...] = (*self.stays, *self.doubts)
        return ((one.first, one.last) for one in known)


def first_ordinal(day: date | None) -> int:
    """The ordinal of a first day; an unknown one is the beginning of time."""
    return BEGIN if day is None else day.toordinal()


def last_ordinal(day: date | None) -> int:
    """The ordinal of a last day; an unknown one is the end of time."""
    return END if day is None else day.toordinal()


def cut(first: int, last: int, days: Iterable[int]) -> list[tuple[int, int]]:
    """Cut a span of days before each of the days that fall into it."""
    starts = sorted({first, *(day for day in days if first < day <= last)})
    return [(here, then - 1) for here, then in pairwise([*starts, last + 1])]


def layer_at(layers: Sequence[Layer], day: int) -> Layer | None:
    """The layer in force on a day: the newest that has begun."""
    return next((layer for layer in reversed(layers) if layer.start <= day), None)


_Item = tuple[Entry, str]


class _Holder(NamedTuple):
    """What rules 1 to 3 make of a day on which a code is not denied.

    ``item`` is the entry that holds the day, None where nobody can tell. Where its edition does
    not speak for the day yet, it answers only if the code is not denied before ``known_from``
    (rule 4).
    """

    item: _Item | None = None
    known_from: int = BEGIN


def _own_days(entry: Entry) -> tuple[int, int]:
    return first_ordinal(entry.valid_from), last_ordinal(entry.valid_through)


def _holds(item: _Item, day: int) -> bool:
    first, last = _own_days(item[0])
    return first <= day <= last


def _states(item: _Item, day: int) -> bool:
    """Whether an entry speaks for a day by its own bounds, whenever its edition begins."""
    first, last = _own_days(item[0])
    return BEGIN < first <= day or (first == BEGIN and last < day)


def _holder_on(layers: Sequence[Layer], statements: Statements, day: int) -> _Holder | None:
    """Apply rules 1 to 3 to one day; None if the code is denied."""
    silent = None
    # the day after those on which a newer complete edition denied the code
    denied_before = BEGIN
    end = END
    for place, layer in reversed(tuple(enumerate(layers))):
        listed = statements.get(place)
        begun = layer.start <= day
        if listed is not None:
            cover = next((item for item in listed if _holds(item, day)), None)
            if begun or any(_states(item, day) for item in listed):
                if cover is None:
                    return None
                reaches = denied_before <= first_ordinal(cover[0].valid_from)
                return _Holder(cover if reaches else None)
            if cover:
                known_from = min(layer.start, last_ordinal(cover[0].valid_through) + 1)
                silent = _Holder(cover, known_from)
        elif begun and layer.content is Content.COMPLETE:
            if end > day:
                return None
            denied_before = max(denied_before, end)
        end = layer.start
    return silent


def resolve(
    layers: Sequence[Layer],
    statements: Statements,
    *,
    denied: Callable[[int], bool] | None = None,
    cuts: Sequence[int] = (),
) -> Days:
    """Work out for one code which entry answers on which days.

    Args:
        layers: All editions of the domain, from old to new.
        statements: What each of them lists for the code.
        denied: Tells for a day whether rule 5 forbids the code.
        cuts: The days on which the answer of ``denied`` may change.

    Returns:
        Its days. What two editions repeat is two stays here.
    """
    if len(layers) == 1 and denied is None:
        # By far the most common: one edition, whose entries say it all.
        return Days(tuple(Stay(*_own_days(entry), entry, name) for entry, name in statements[0]))
    points = {*cuts, *(layer.start for layer in layers)}
    for listed in statements.values():
        for entry, _ in listed:
            first, last = _own_days(entry)
            points.update((first, last + 1))
    spans = [
        (here, last, _holder_on(layers, statements, here)) for here, last in cut(BEGIN, END, points)
    ]
    off = next((here for here, _, holder in spans if holder is None), END)
    back = END  # the first of the later days for which rule 5 forbids the code
    stays: list[Stay] = []
    doubts: list[Doubt] = []
    for here, last, holder in reversed(spans):
        if holder is None:
            continue
        if denied is not None and denied(here):
            back = here
            continue
        if holder.item and min(off, back) >= holder.known_from:
            stays.append(Stay(here, last, *holder.item))
        else:
            doubts.append(Doubt(here, last, layer_at(layers, here)))
    return Days(join(reversed(stays), _one_entry), tuple(reversed(doubts)))


def _one_entry(before: Stay, stay: Stay) -> bool:
    return (before.entry, before.edition) == (stay.entry, stay.edition)


def join(stays: Iterable[Stay], alike: Callable[[Stay, Stay], bool]) -> tuple[Stay, ...]:
    """Put stays together that follow each other without a gap and are alike; the later speaks."""
    joined: list[Stay] = []
    before = None
    for stay in stays:
        if before and before.last == stay.first - 1 and alike(before, stay):
            joined[-1] = joined[-1]._replace(last=stay.last, entry=stay.entry)
        else:
            joined.append(stay)
        before = stay
    return tuple(joined)
