"""How an answer is found among clauses: the only place where one clause is weighed against another.

For one era (days with the same documents in force) and one city, the table of every query is
settled once, when a book is built; a query is then a look-up.

The order of weight: what is stated beats what is stated by reference, that beats discretion, that
an open case, that the bare principle; within these a clause for a named evaluation year beats one
for all years. A city's clause takes the place of the province's where the province does not state
the answer and the city's basis is at least as strong; a weaker one (a bare principle against an
open case, say) is cited and decides nothing. Clauses of equal weight that differ, and a city's
clause that differs from what the province states, are a conflict. Nothing here depends on the
order in which documents were loaded.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from itertools import product
from typing import Any, Final, NamedTuple, TypeAlias

import attrs

from sdcert._rules.document import Answer, Clause, Effect, Query, RuleDocument
from sdcert._rules.errors import RuleConflict
from sdcert._rules.model import Basis, Citation, Decision, Form, Note, NoteKind
from sdcert._rules.terms import Era, Terms
from sdcert.codes.model import AuthorityKind, Grade
from sdcert.messages import Bilingual, Either, render, show

__all__ = ["Table", "tables"]

_WEIGHTS: Final = (
    Basis.STATED,
    Basis.BY_REFERENCE,
    Basis.DISCRETION,
    Basis.UNDETERMINED,
    Basis.PRINCIPLE,
)
# Every cell of every query. These are closed lists, so a table has an answer for each.
_BY_GRADE: Final = tuple(product(AuthorityKind, Grade))
_CELLS: Final[dict[Query, tuple[Hashable, ...]]] = {
    Query.MANAGER: _BY_GRADE,
    Query.FORM: _BY_GRADE,
    Query.NUMBERING: _BY_GRADE,
    Query.SEAL: tuple(product(AuthorityKind, (*Form, None))),
    Query.REISSUE: tuple(Form),
    Query.REPORT: (None,),
}


_Answers: TypeAlias = dict[int | None, Decision[Any]]
_Key: TypeAlias = tuple[Query, Hashable]


@attrs.frozen
class Table:
    """What the province's and one city's documents answer in one era, cell by cell.

    There is one attribute for each :class:`Query`, and ``otherwise``: the answer where no clause
    speaks. A form may differ by evaluation year: for each cell it has a decision by year, with
    None for all other years.
    """

    manager: dict[Hashable, Decision[Any]]
    form: dict[Hashable, _Answers]
    numbering: dict[Hashable, Decision[Any]]
    seal: dict[Hashable, Decision[Any]]
    reissue: dict[Hashable, Decision[Any]]
    report: dict[Hashable, Decision[Any]]
    otherwise: Decision[Any]


def tables(terms: Terms, cities: Iterable[str | None]) -> dict[str | None, tuple[Table, ...]]:
    """Settle the tables of some cities.

    Args:
        terms: The documents and their terms.
        cities: Prefixes of cities, :data:`~sdcert._rules.terms.ANY_CITY`, and None for bodies
            under a code of the province.

    Returns:
        For each, first the table for the time before all documents, then one from each of
        ``terms.starts``, last the one without regard to the day. So ``bisect_right(starts, day)``
        finds a day's table, and ``-1`` the last.

    Raises:
        RuleConflict: If two clauses that are both in force say different things.
    """
    settled = _Settled()
    eras = [(Era((), {}), None), *((terms.at(day), day) for day in terms.starts)]
    eras.append((terms.at(None), None))
    return {
        city: tuple(_table(terms, era, city, day, settled) for era, day in eras) for city in cities
    }


def _table(terms: Terms, era: Era, city: str | None, day: date | None, settled: _Settled) -> Table:
    rulings: dict[_Key, list[_Ruling]] = {}
    for ruling in _rulings(era.documents, city):
        rulings.setdefault((ruling.effect.query, ruling.answer.cell), []).append(ruling)
    omitted = _omitted(era.documents, city)
    otherwise, elsewhen = terms.otherwise(era, day), terms.elsewhen(era, city, day)

    def answers(query: Query, cell: Hashable) -> Any:
        key = query, cell
        case = _Case(era, rulings.get(key, []), omitted.get(key, ()))
        found = settled.answers(case, otherwise, elsewhen.get(key, ()))
        return found if query is Query.FORM else found[None]

    found = {
        query.value: {cell: answers(query, cell) for cell in cells}
        for query, cells in _CELLS.items()
    }
    return Table(**found, otherwise=otherwise)


class _Ruling(NamedTuple):
    """One clause's answer for one cell."""

    document: RuleDocument
    clause: Clause
    effect: Effect
    answer: Answer

    @property
    def weight(self) -> tuple[int, bool]:
        return self.strength, not self.effect.years

    @property
    def strength(self) -> int:
        return _WEIGHTS.index(self.effect.basis)

    @property
    def options(self) -> tuple[object, ...]:
        return self.answer.options

    def cite(self) -> Citation:
        return _cite(self.document, self.clause)


class _Omitted(NamedTuple):
    """A clause that leaves a cell out."""

    citation: Citation
    cell: tuple[Any, Any]

    def note(self) -> Note:
        body, grade = self.cell
        citation = str(self.citation)
        return Note.render(NoteKind.OPEN, "rules.omits", citation=citation, body=body, grade=grade)


def _concerns(codes_of: str | None, city: str | None) -> bool:
    return codes_of is None or (codes_of == "province") == (city is None)


def _clauses(
    documents: Iterable[RuleDocument], city: str | None
) -> Iterator[tuple[RuleDocument, Clause]]:
    for document in documents:
        if document.binds in (None, city):
            for clause in document.clauses:
                yield document, clause


def _rulings(documents: Iterable[RuleDocument], city: str | None) -> Iterator[_Ruling]:
    for document, clause in _clauses(documents, city):
        for effect in clause.effects:
            if _concerns(effect.codes_of, city):
                for answer in effect.answers:
                    yield _Ruling(document, clause, effect, answer)


def _omitted(
    documents: Iterable[RuleDocument], city: str | None
) -> dict[_Key, tuple[_Omitted, ...]]:
    found: dict[_Key, tuple[_Omitted, ...]] = {}
    for document, clause in _clauses(documents, city):
        for omission in clause.omits:
            if _concerns(omission.codes_of, city):
                citation = _cite(document, clause)
                for cell in omission.cells:
                    key = (omission.query, cell)
                    found[key] = (*found.get(key, ()), _Omitted(citation, cell))
    return found


class _Case(NamedTuple):
    """One cell in one era: the clauses that answer it, and those that leave it out."""

    era: Era
    rulings: list[_Ruling]
    omitted: tuple[_Omitted, ...]

    @property
    def key(self) -> Hashable:
        """What the decision depends on: the same in another era or city, it is the same."""
        era, documents = self.era, [one.document.number for one in self.rulings]
        resting = [one.number for number in documents for one in era.resting[number]]
        return (
            tuple(id(one.answer) for one in self.rulings),
            self.omitted,
            tuple(resting),
            era.dated,
        )


class _Settled:
    """What was settled so far for a book, since most cells are alike in most eras and cities."""

    def __init__(self) -> None:
        self._decisions: dict[Hashable, Decision[Any]] = {}

    def answers(
        self, case: _Case, otherwise: Decision[Any], elsewhen: tuple[Note, ...]
    ) -> _Answers:
        years = sorted({year for one in case.rulings for year in one.effect.years})
        found: _Answers = {}
        for year in (None, *years):
            rulings = [one for one in case.rulings if year in (one.effect.years or (year,))]
            decision = self._decision(case._replace(rulings=rulings)) if rulings else otherwise
            found[year] = _noted(decision, elsewhen)
        return found

    def _decision(self, case: _Case) -> Decision[Any]:
        if (key := case.key) not in self._decisions:
            self._decisions[key] = _decide(case)
        return self._decisions[key]


def _noted(decision: Decision[Any], notes: tuple[Note, ...]) -> Decision[Any]:
    return attrs.evolve(decision, notes=decision.notes + notes) if notes else decision


def _decide(case: _Case) -> Decision[Any]:
    era = case.era
    province = _heaviest([one for one in case.rulings if one.document.binds is None])
    city = _heaviest([one for one in case.rulings if one.document.binds is not None])
    set_aside: list[_Ruling] = []
    if province and province[0].effect.basis is Basis.STATED:
        # What the province states binds the city: they agree, or they conflict.
        binding = [*city, *province]
    elif city and (not province or city[0].strength <= province[0].strength):
        binding = city
    else:
        # A city's weaker clause leaves the province's answer as it is.
        binding, set_aside = province, city
    differing = [one for one in binding if one.options != binding[0].options]
    if differing and era.dated:
        raise RuleConflict(
            binding[0].cite(), differing[0].cite(), _subject(binding[0], differing[0])
        )
    if differing:
        return _changed(era, binding)
    first = min(binding, key=lambda one: one.weight)
    rest = [one for one in binding if one is not first]
    refined = [one for one in province if one not in binding] + set_aside
    # Where the city decides, nobody needs to know that the province is silent.
    decided = any(one.document.binds is not None for one in binding)
    omitted = () if decided else case.omitted
    value, *alternatives = first.options
    unverified = _unverified(era, first, binding)
    notes = (
        *_notes(era, [first, *rest]),
        *(one.note() for one in omitted),
        *unverified,
        *(_weaker(one) for one in set_aside if one.options != first.options),
    )
    return Decision(
        value,
        first.effect.basis,
        _citations(era, [first, *rest], refined, omitted),
        tuple(alternatives),
        notes=tuple(dict.fromkeys(notes)),
        unverified=unverified,
    )


def _unverified(era: Era, first: _Ruling, binding: list[_Ruling]) -> tuple[Note, ...]:
    """Why the answer cannot be relied on against somebody; empty if one clause surely states it."""
    doubts = [(one, era.doubts(one.document)) for one in binding]
    if any(one.effect.basis is Basis.STATED and not doubt for one, doubt in doubts):
        return ()
    found = [note for _, doubt in doubts for note in doubt]
    if first.effect.basis is Basis.BY_REFERENCE:
        found.insert(0, Note.render(NoteKind.READING, "rules.by-reference"))
    return tuple(dict.fromkeys(found))


def _weaker(ruling: _Ruling) -> Note:
    says = Bilingual(_options(ruling, "en"), _options(ruling, "zh"))
    basis, citation = ruling.effect.basis, str(ruling.cite())
    return Note.render(NoteKind.READING, "rules.weaker", citation=citation, basis=basis, says=says)


def _heaviest(rulings: list[_Ruling]) -> list[_Ruling]:
    weight = min((one.weight for one in rulings), default=None)
    return [one for one in rulings if one.weight == weight]


def _changed(era: Era, rulings: list[_Ruling]) -> Decision[Any]:
    candidates = dict.fromkeys(
        option for one in rulings for option in one.options if option is not None
    )
    changed = Note.render(NoteKind.TIME, "rules.changed")
    return Decision(
        None,
        Basis.UNDETERMINED,
        _citations(era, rulings, [], ()),
        tuple(candidates),
        notes=(changed, *_notes(era, rulings)),
    )


def _citations(
    era: Era, rulings: list[_Ruling], refined: list[_Ruling], omitted: tuple[_Omitted, ...]
) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for one in rulings:
        found.append(one.cite())
        found += [_see(one, place) for place in one.effect.see]
    found += [one.cite() for one in refined]
    # a notice that regulates the matter and leaves this case out; within one document a note does
    own = {one.document.number for one in rulings}
    found += [one.citation for one in omitted if one.citation.document not in own]
    for one in (*rulings, *refined):
        found += [extension.cite() for extension in era.resting[one.document.number]]
    return tuple(dict.fromkeys(found))


def _see(ruling: _Ruling, place: str) -> Citation:
    """Cite another clause, by the paragraph that speaks of the same body, or of a candidate."""
    cell = ruling.answer.cell
    for body in (cell[0], *ruling.options) if isinstance(cell, tuple) else ():
        for clause in ruling.document.clauses:
            if clause.place == place and any(
                isinstance(answer.cell, tuple) and answer.cell[0] == body
                for effect in clause.effects
                for answer in effect.answers
            ):
                return _cite(ruling.document, clause)
    return ruling.document.cite(place)


def _cite(document: RuleDocument, clause: Clause) -> Citation:
    return Citation(document.number, clause.place, document.secondary, clause.quote)


def _notes(era: Era, rulings: list[_Ruling]) -> Iterator[Note]:
    for one in rulings:
        yield from one.answer.notes
    for one in rulings:
        yield from one.document.notes
    for one in rulings:
        for extension in era.resting[one.document.number]:
            yield from extension.notes


def _subject(one: _Ruling, other: _Ruling) -> Bilingual:
    cell = one.answer.cell if isinstance(one.answer.cell, tuple) else (one.answer.cell,)
    where = [part for part in (one.effect.query, *cell) if part is not None]
    return Bilingual(
        *(
            render(
                "rules.disagree",
                lang,
                where=where,
                one=_options(one, lang),
                other=_options(other, lang),
            )
            for lang in ("en", "zh")
        )
    )


def _options(ruling: _Ruling, lang: str) -> str:
    """Write what a clause answers, and whether it leaves the answer open."""
    options = Either(part for part in ruling.options if part is not None)
    if ruling.effect.basis is not Basis.UNDETERMINED:
        return show(options, lang)
    basis = ruling.effect.basis
    return render("rules.open-options", lang, basis=basis, options=show(options, lang))
