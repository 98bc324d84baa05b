"""When documents bind. Only this file does arithmetic on their days.

A document binds from its first through its last day, both included; an extension adds days, a
repeal ends it the day before the repealing document begins, and a document that forwards another
binds only while that one does (a reading of 聊人社字〔2019〕27号, which states no end).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import attrs
from dateutil.relativedelta import relativedelta

from sdcert.rules.faults import RuleConflict
from sdcert.rules.model import Note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdcert.rules.model import RuleDocument

__all__ = ["Term", "day_after", "terms"]

_DAY: Final = relativedelta(days=1)
_REACH: Final = Note(
    "a city's document cannot repeal or extend a document that does not bind that city alone",
    "设区的市的文件不得废止、延长或依附于并非仅约束该市的文件",
)


@attrs.frozen
class Term:
    """A span of days in which a document binds.

    Attributes:
        first: The first day.
        last: The last day, included; None for no stated end.
        extensions: The documents on which it rests besides.
    """

    first: date
    last: date | None
    extensions: tuple[RuleDocument, ...] = ()

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in the term."""
        return self.first <= day and (self.last is None or day <= self.last)


def day_after(day: date) -> date:
    """Return the next day; the calendar's last day has none and stays."""
    return day if day == date.max else day + _DAY


def terms(documents: Iterable[RuleDocument]) -> dict[str, tuple[Term, ...]]:
    """Find the terms of each document, by its number.

    A document whose ``under`` or ``extends`` is not among the documents, or leads in a circle,
    has no term: whether it binds cannot be told.

    Raises:
        RuleConflict: If a city's document repeals, extends or rests on a document of another
            city, or repeals or extends one of the province.
    """
    by_number = {document.number: document for document in documents}
    for document in by_number.values():
        _check_reach(document, by_number)
    known: dict[str, tuple[Term, ...]] = {}
    for document in by_number.values():
        _find(document, by_number, known, frozenset())
    return known


def _check_reach(document: RuleDocument, by_number: dict[str, RuleDocument]) -> None:
    """A city's document reaches no further than its city."""
    for number in (*document.repeals, document.extends, document.under):
        other = by_number.get(number or "")
        if other is None or document.binds in (None, other.binds):
            continue
        if number == document.under and other.binds is None:
            continue
        raise RuleConflict(document.cite(), other.cite(), _REACH)


def _find(
    document: RuleDocument,
    by_number: dict[str, RuleDocument],
    known: dict[str, tuple[Term, ...]],
    above: frozenset[str],
) -> tuple[Term, ...]:
    if document.number not in known:
        own = _own(document, by_number.values())
        ground = document.extends or document.under
        if ground is not None:
            parent = by_number.get(ground)
            if parent is None or ground in above:
                own = ()
            else:
                limits = _find(parent, by_number, known, above | {document.number})
                if document.extends is not None:
                    # an extension lasts only as long as what it extends
                    limits = tuple(
                        Term(one.first, one.last) for one in limits if document in one.extensions
                    )
                own = tuple(both for one in own for limit in limits for both in _meet(one, limit))
        known[document.number] = own
    return known[document.number]


def _own(document: RuleDocument, documents: Iterable[RuleDocument]) -> tuple[Term, ...]:
    """The terms that the document, its extensions and its repeals give it."""
    documents = tuple(documents)
    found = [Term(document.valid_from, document.valid_through)]
    found += [
        Term(other.valid_from, other.valid_through, (other,))
        for other in sorted(documents, key=lambda one: (one.valid_from, one.number))
        if other.extends == document.number
    ]
    ends = [
        other.valid_from - _DAY
        for other in documents
        if document.number in other.repeals and other.valid_from > date.min
    ]
    limit = Term(date.min, min(ends, default=None))
    return tuple(both for one in found for both in _meet(one, limit))


def _meet(one: Term, other: Term) -> tuple[Term, ...]:
    """The days that two terms share: one term, or none."""
    first = max(one.first, other.first)
    last = min((day for day in (one.last, other.last) if day is not None), default=None)
    if last is not None and last < first:
        return ()
    return (Term(first, last, tuple(dict.fromkeys(one.extensions + other.extensions))),)
