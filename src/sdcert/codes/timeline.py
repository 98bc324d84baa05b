"""Which entry answers for a code on a day. Only this file knows how editions combine.

The rules (readings; the texts say only that codes are adjusted dynamically, 五（一）, and an old
number stays valid by the table of its own time):

1. The newest edition that speaks for the day decides.
2. An edition speaks for a code that it lists from the day it comes into force; for earlier days
   only where its entries say so themselves: from the first day that one of them states, or after
   the last day of an entry that states no first.
3. A complete edition also speaks for the codes that it does not list: they are not in force from
   its own first day on, until a later edition lists them.
4. Where nobody speaks, an entry that states no first day answers: no bound known, none checked.
5. No code under a prefix is in force on days for which the province says that the prefix is not.

Days are ordinals here; the open ends are ``BEGIN`` and ``END``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

import attrs

from sdcert.codes.model import Content, Entry

__all__ = ["BEGIN", "END", "Layer", "Stay", "first_ordinal", "layer_at", "resolve"]

BEGIN: Final = 0
END: Final = date.max.toordinal() + 1

#: What an edition (by its place among the layers) lists for a code.
Statements = Mapping[int, Sequence[tuple[Entry, str]]]


@attrs.frozen
class Layer:
    """The editions of one domain that come into force on one day."""

    start: int
    content: Content
    ids: tuple[str, ...]
    label: str


@attrs.frozen
class Stay:
    """An entry and the days, first and last included, on which it answers."""

    first: int
    last: int
    entry: Entry
    edition: str


def first_ordinal(day: date | None) -> int:
    """The ordinal of a first day; an unknown one is the beginning of time."""
    return BEGIN if day is None else day.toordinal()


def last_ordinal(day: date | None) -> int:
    """The ordinal of a last day; an unknown one is the end of time."""
    return END if day is None else day.toordinal()


def layer_at(layers: Sequence[Layer], day: int) -> Layer | None:
    """The layer in force on a day: the newest that has begun."""
    found = None
    for layer in layers:
        if layer.start > day:
            break
        found = layer
    return found


def _speaker(layers: Sequence[Layer], statements: Statements, day: int) -> tuple[Entry, str] | None:
    """Apply rules 1 to 4 to one day."""
    fallback = None
    for place in range(len(layers) - 1, -1, -1):
        layer = layers[place]
        listed = statements.get(place)
        begun = layer.start <= day
        if listed is None:
            if begun and layer.content is Content.COMPLETE:
                superseded = place + 1 < len(layers) and layers[place + 1].start <= day
                return fallback if superseded else None
            continue
        cover = None
        stated = begun
        for item in listed:
            entry = item[0]
            first, last = first_ordinal(entry.valid_from), last_ordinal(entry.valid_through)
            if first <= day <= last:
                cover = item
            if BEGIN < first <= day or (first == BEGIN and last < day):
                stated = True
        if stated:
            return cover
        if cover:
            fallback = cover
    return fallback


def resolve(
    layers: Sequence[Layer],
    statements: Statements,
    *,
    denied: Callable[[int], bool] | None = None,
    cuts: Sequence[int] = (),
) -> tuple[Stay, ...]:
    """Work out for one code which entry answers on which days.

    Args:
        layers: All editions of the domain, from old to new.
        statements: What each of them lists for the code.
        denied: Tells for a day whether rule 5 forbids the code.
        cuts: The days on which the answer of ``denied`` may change.

    Returns:
        The stays, in the order of days, disjoint.
    """
    if len(layers) == 1 and denied is None:
        # By far the most common: one edition, whose entries say it all.
        return tuple(
            Stay(first_ordinal(entry.valid_from), last_ordinal(entry.valid_through), entry, name)
            for entry, name in statements[0]
        )
    points = {BEGIN, *cuts}
    points.update(layer.start for layer in layers)
    for listed in statements.values():
        for entry, _ in listed:
            points.add(first_ordinal(entry.valid_from))
            points.add(last_ordinal(entry.valid_through) + 1)
    ordered = sorted(point for point in points if point <= END)
    stays: list[Stay] = []
    for here, then in zip(ordered, [*ordered[1:], END + 1], strict=True):
        if denied is not None and denied(here):
            continue
        spoken = _speaker(layers, statements, here)
        if spoken is None:
            continue
        entry, name = spoken
        before = stays[-1] if stays else None
        if before and before.last == here - 1 and before.entry == entry:
            stays[-1] = Stay(before.first, then - 1, entry, name)
        else:
            stays.append(Stay(here, then - 1, entry, name))
    return tuple(stays)
