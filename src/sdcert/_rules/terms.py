"""When documents are in force, and notes on other times. The only arithmetic on their days.

A document is in force from its first through its last day, both included; an extension adds days,
a repeal ends it the day before the repealing document begins, and a document that forwards another
is in force only while that one is (a reading of 聊人社字〔2019〕27号, which states no end). The
days on which a document begins or ends cut time into eras, in which the same documents apply.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any, Final

import attrs
from dateutil.relativedelta import relativedelta

from sdcert._rules.document import Query, RuleConflict, RuleDocument
from sdcert._rules.model import Basis, Citation, Decision, Form, Note, NoteKind
from sdcert.errors import several
from sdcert.messages import Bilingual

__all__ = ["ANY_CITY", "Era", "Terms", "in_order", "perhaps_older"]

ANY_CITY: Final = ""  # a city without documents of its own

_DAY: Final = relativedelta(days=1)
_Key = tuple[Query, Hashable]


@attrs.frozen
class Term:
    """Days in which a document is in force.

    Attributes:
        first: The first day.
        last: The last day, included; None for no stated end.
        extensions: The documents on which it rests besides.
    """

    first: date
    last: date | None
    extensions: tuple[RuleDocument, ...] = ()

    def has(self, day: date) -> bool:
        """Tell whether a day is in the term."""
        return self.first <= day and (self.last is None or day <= self.last)

    def meet(self, other: Term) -> tuple[Term, ...]:
        """Return the days that both have: one term, or none."""
        first = max(self.first, other.first)
        last = min((day for day in (self.last, other.last) if day is not None), default=None)
        if last is not None and last < first:
            return ()
        return (Term(first, last, tuple(dict.fromkeys(self.extensions + other.extensions))),)


@attrs.frozen
class Era:
    """The documents in force during a period, in the order of their dates.

    Attributes:
        documents: The documents.
        extensions: The extensions that each rests on, by its number.
        dated: False for the query without regard to the day, where documents of different times
            are side by side.
    """

    documents: tuple[RuleDocument, ...]
    extensions: dict[str, tuple[RuleDocument, ...]]
    dated: bool = True

    def doubts(self, document: RuleDocument) -> tuple[Note, ...]:
        """Why it is not certain that a document is in force; empty if it surely is.

        It is not if it, or the extension that it rests on, is known from a secondary source
        alone. Without a day, a city's notice need not be in force.
        """
        found = (*self.extensions[document.number], document)
        if any(one.secondary for one in found):
            # that a document's days are a reading makes it none the less sure
            kinds = (NoteKind.SOURCE, NoteKind.OPEN)
            notes = tuple(note for one in found for note in one.notes if note.kind in kinds)
            return notes or tuple(
                Note.render(NoteKind.SOURCE, "rules.secondary-only", document=one.number)
                for one in found
                if one.secondary
            )
        if not self.dated and document.binds is not None:
            return (Note.render(NoteKind.TIME, "rules.no-day", document=document.number),)
        return ()


def in_order(documents: Iterable[RuleDocument]) -> tuple[RuleDocument, ...]:
    """Order documents by their own dates, so that the order of loading is forgotten."""
    by_number: dict[str, RuleDocument] = {}
    for document in several(documents, RuleDocument, "documents"):
        if by_number.setdefault(document.number, document) != document:
            where = Citation(document.number, "", document.secondary)
            raise RuleConflict(where, where, Bilingual.render("rules.versions"))
    return tuple(
        sorted(by_number.values(), key=lambda one: (one.valid_from, one.binds or "", one.number))
    )


class Terms:
    """The terms of some documents, and the eras that follow from them.

    A document whose ``under`` or ``extends`` is not among the documents, or leads in a circle,
    has no term: whether it is in force cannot be told.

    Attributes:
        starts: The first days of the eras, in order.
        first_day: The first day of the province's rules, or None if there are none.

    Raises:
        RuleConflict: If a city's document repeals or extends one that does not bind that city
            alone, or rests on a document of another city.
    """

    def __init__(self, documents: tuple[RuleDocument, ...]) -> None:
        self._documents = documents
        self._by_number = {document.number: document for document in documents}
        for document in documents:
            self._check_reach(document)
        self._terms: dict[str, tuple[Term, ...]] = {}
        for document in documents:
            self._find(document, frozenset())
        spans = [term for found in self._terms.values() for term in found]
        ends = {_day_after(term.last) for term in spans if term.last}
        self.starts = sorted({term.first for term in spans} | ends)
        self.first_day = min((term.first for _, term in self._provincial()), default=None)

    def at(self, day: date | None) -> Era:
        """Return the documents that are in force on a day, or on any day."""
        if day is None:
            known = {number: () for number, found in self._terms.items() if found}
            return Era(self._only(known), dict(known), dated=False)
        extensions = {
            document.number: term.extensions
            for document in self._documents
            for term in reversed(self._terms[document.number])
            if term.has(day)
        }
        return Era(self._only(extensions), extensions)

    def in_force(self, day: date, city: str | None) -> Decision[tuple[str, ...]] | None:
        """Answer which documents are in force on a day, for the province or a city; None if none.

        The basis is that of the weakest: a document that states no days rests on the principle
        that a notice applies from its date, and as long as what it refines.
        """
        era = self.at(day)
        found = [one for one in era.documents if one.binds in (None, city)]
        if not found:
            return None
        extensions = (one for document in found for one in era.extensions[document.number])
        every = dict.fromkeys((*found, *extensions))
        citations = tuple(dict.fromkeys(one.cite(one.force_clause) for one in every))
        if not all(one.quote or one.secondary for one in citations):
            basis = Basis.PRINCIPLE
        elif any(one.secondary for one in citations):
            basis = Basis.BY_REFERENCE
        else:
            basis = Basis.STATED
        return Decision(
            tuple(one.number for one in found),
            basis,
            citations,
            notes=tuple(dict.fromkeys(note for one in every for note in one.notes)),
            unverified=tuple(dict.fromkeys(note for one in found for note in era.doubts(one))),
        )

    def default(self, era: Era, day: date | None) -> Decision[Any]:
        """Return the answer where no clause answers: silence is not a time without rules."""
        if any(one.binds is None for one in era.documents):
            silent = Note.render(NoteKind.OPEN, "rules.silent")
            return Decision(None, Basis.UNDETERMINED, (), notes=(silent,))
        spans = self._provincial()
        if not spans:
            none = Note.render(NoteKind.OPEN, "rules.no-rules")
            return Decision(None, Basis.UNDETERMINED, (), notes=(none,))
        past = [
            (term.last, one, term) for one, term in spans if day and term.last and term.last < day
        ]
        ahead = [(term.first, one) for one, term in spans if day is None or day < term.first]
        cited: list[Citation] = []
        notes: list[Note] = []
        if past:
            last, document, term = max(past, key=lambda one: one[0])
            cited += [document.cite(document.force_clause), *(e.cite() for e in term.extensions)]
            notes.append(_time("rules.ended", document, day=last))
            notes += [note for one in term.extensions for note in one.notes]
        if ahead:
            first, document = min(ahead, key=lambda one: one[0])
            cited.append(document.cite(document.force_clause))
            notes.append(_time("rules.to-come", document, day=first))
            notes += [_time("rules.repeals", document, older=one) for one in document.repeals]
        else:
            notes.append(Note.render(NoteKind.OPEN, "rules.unknown-since"))
        return Decision(None, Basis.NOT_IN_FORCE, tuple(cited), notes=tuple(notes))

    def other_times(
        self, era: Era, city: str | None, day: date | None
    ) -> dict[_Key, tuple[Note, ...]]:
        """Return remarks on the city's documents that are not in force in an era, by cell."""
        found: dict[_Key, tuple[Note, ...]] = {}
        for document in self._documents:
            if city is None or document.binds != city or document.number in era.extensions:
                continue
            note = self._absence(document, day)
            cells = {
                (effect.query, answer.cell)
                for clause in document.clauses
                for effect in clause.effects
                for answer in effect.answers
            }
            for key in cells:
                found[key] = (*found.get(key, ()), note)
        return found

    def _absence(self, document: RuleDocument, day: date | None) -> Note:
        spans = self._terms[document.number]
        to_come = [term.first for term in spans if day is None or day < term.first]
        if to_come:
            return _time("rules.also-to-come", document, day=min(to_come))
        last = max((term.last for term in spans if term.last), default=None)
        if last:
            return _time("rules.also-ended", document, day=last)
        return Note.render(
            NoteKind.OPEN, "rules.rests-on", document=document.number, basis=document.under
        )

    def _provincial(self) -> list[tuple[RuleDocument, Term]]:
        return [
            (document, term)
            for document in self._documents
            if document.binds is None and document.extends is None
            for term in self._terms[document.number]
        ]

    def _only(self, numbers: Iterable[str]) -> tuple[RuleDocument, ...]:
        return tuple(one for one in self._documents if one.number in numbers)

    def _check_reach(self, document: RuleDocument) -> None:
        """A city's document changes what binds that city alone, and may rest on the province's."""
        if document.binds is None:
            return
        changed = (*document.repeals, document.extends)
        for number in (*changed, document.under):
            other = self._by_number.get(number or "")
            if other is None or other.binds == document.binds:
                continue
            if number in changed or other.binds is not None:
                raise RuleConflict(document.cite(), other.cite(), Bilingual.render("rules.reach"))

    def _find(self, document: RuleDocument, above: frozenset[str]) -> tuple[Term, ...]:
        if document.number not in self._terms:
            own = self._own(document)
            parent_number = document.extends or document.under
            if parent_number is not None:
                parent = self._by_number.get(parent_number)
                if parent is None or parent_number in above:
                    own = ()
                else:
                    limits = self._find(parent, above | {document.number})
                    if document.extends is not None:
                        # an extension lasts only as long as what it extends
                        limits = tuple(
                            Term(one.first, one.last)
                            for one in limits
                            if document in one.extensions
                        )
                    own = tuple(both for one in own for limit in limits for both in one.meet(limit))
            self._terms[document.number] = own
        return self._terms[document.number]

    def _own(self, document: RuleDocument) -> tuple[Term, ...]:
        """Return the terms that the document, its extensions and its repeals give it."""
        found = [Term(document.valid_from, document.valid_through)]
        found += [
            Term(other.valid_from, other.valid_through, (other,))
            for other in sorted(self._documents, key=lambda one: (one.valid_from, one.number))
            if other.extends == document.number
        ]
        ends = [
            other.valid_from - _DAY
            for other in self._documents
            if document.number in other.repeals and other.valid_from > date.min
        ]
        limit = Term(date.min, min(ends, default=None))
        return tuple(both for one in found for both in one.meet(limit))


def perhaps_older(decision: Decision[Form], first: date) -> Decision[Form]:
    """Open the form of a certificate that may have been given out before the rules' first day."""
    note = Note.render(NoteKind.OPEN, "rules.given-out", day=first)
    others = tuple(one for one in Form if one is not decision.value) if decision else ()
    return attrs.evolve(
        decision,
        alternatives=others or decision.alternatives,
        notes=(*decision.notes, note),
        unverified=(*decision.unverified, note),
    )


def _day_after(day: date) -> date:
    """Return the next day; the calendar's last day has none and stays."""
    return day if day == date.max else day + _DAY


def _time(key: str, document: RuleDocument, **params: object) -> Note:
    return Note.render(NoteKind.TIME, key, document=document.number, **params)
