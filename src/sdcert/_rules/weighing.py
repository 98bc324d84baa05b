"""How an answer is found among clauses: the only place where one clause is weighed against another.

For one era (days with the same documents in force) and one city, the table of every query is
built once, with the book; a query is then a look-up.

The order of weight: what is stated beats what is stated by reference, that beats discretion, that
an open case, that the bare principle; within these a clause for a named evaluation year beats one
for all years. A city's clause takes the place of the province's where the province does not state
the answer and the city's basis is at least as strong; a weaker one (a bare principle against an
open case, say) is cited and decides nothing. Clauses of equal weight that differ, and a city's
clause that differs from what the province states, are a conflict. Nothing here depends on the
order in which documents were loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from itertools import product
from operator import attrgetter
from typing import Any, Final, TypeAlias

import attrs

from sdcert._rules.document import (
    Answer,
    Clause,
    Effect,
    Query,
    RuleConflict,
    RuleDocument,
    sides,
)
from sdcert._rules.model import Basis, Citation, Decision, Form, Note, NoteKind
from sdcert._rules.terms import Era, Terms
from sdcert.codes.model import AuthorityKind, Grade
from sdcert.messages import Bilingual, Either, render, show

__all__ = ["DecisionTable", "Tables", "decision_tables"]

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


_ByYear: TypeAlias = dict[int | None, Decision[Any]]
_Key: TypeAlias = tuple[Query, Hashable]
_Place: TypeAlias = tuple[Query, Hashable, str]  # with the side


@attrs.frozen
class DecisionTable:
    """What the province's and one city's documents answer in one era, cell by cell.

    There is one attribute for each :class:`Query`, and ``default``: the answer where no clause
    speaks. A form may differ by evaluation year: for each cell it has a decision by year, with
    None for all other years.
    """

    manager: dict[Hashable, Decision[Any]]
    form: dict[Hashable, _ByYear]
    numbering: dict[Hashable, Decision[Any]]
    seal: dict[Hashable, Decision[Any]]
    reissue: dict[Hashable, Decision[Any]]
    report: dict[Hashable, Decision[Any]]
    default: Decision[Any]


Tables: TypeAlias = dict[str | None, tuple[DecisionTable, ...]]  # by city


def decision_tables(terms: Terms, cities: Iterable[str | None]) -> Tables:
    """Build the tables of some cities.

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
    builder = _Builder(terms)
    eras = [(Era((), {}), None), *((terms.at(day), day) for day in terms.starts)]
    eras.append((terms.at(None), None))
    return {city: tuple(builder.table(era, city, day) for era, day in eras) for city in cities}


@attrs.frozen(eq=False)
class _Ruling:
    """One clause's answer for one cell.

    Attributes:
        document: The document.
        citation: The clause.
        effect: The effect of the clause.
        answer: The answer.
        extensions: The documents on which its being in force rests.
        doubts: Why it is not certain that it is in force.
    """

    document: RuleDocument
    citation: Citation
    effect: Effect
    answer: Answer
    extensions: tuple[RuleDocument, ...]
    doubts: tuple[Note, ...]
    strength: int = attrs.field(init=False)
    weight: tuple[int, bool] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        strength = _WEIGHTS.index(self.effect.basis)
        object.__setattr__(self, "strength", strength)
        object.__setattr__(self, "weight", (strength, not self.effect.years))

    @property
    def options(self) -> tuple[object, ...]:
        return self.answer.options


@attrs.frozen(eq=False)
class _Omitted:
    """A clause that leaves a cell out, and the note that says so."""

    citation: Citation
    note: Note


class _Clauses:
    """What the clauses of a document answer and leave out, cell by cell, for either side."""

    def __init__(self, era: Era, document: RuleDocument) -> None:
        self.rulings: dict[_Place, list[_Ruling]] = defaultdict(list)
        self.omitted: dict[_Place, list[_Omitted]] = defaultdict(list)
        extensions, doubts = era.extensions[document.number], era.doubts(document)
        for clause in document.clauses:
            citation = _cite(document, clause)
            for effect in clause.effects:
                for answer in effect.answers:
                    ruling = _Ruling(document, citation, effect, answer, extensions, doubts)
                    for side in sides(effect.codes_of):
                        self.rulings[effect.query, answer.cell, side].append(ruling)
            for omission in clause.omits:
                for body, grade in omission.cells:
                    params = {"citation": str(citation), "body": body, "grade": grade}
                    omitted = _Omitted(
                        citation, Note.render(NoteKind.OPEN, "rules.omits", **params)
                    )
                    for side in sides(omission.codes_of):
                        self.omitted[omission.query, (body, grade), side].append(omitted)


class _Builder:
    """Builds tables from shared parts: most cells are alike in most eras and cities."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._clauses: dict[Hashable, _Clauses] = {}
        self._decisions: dict[Hashable, Decision[Any]] = {}
        self._tables: dict[Hashable, DecisionTable] = {}

    def table(self, era: Era, city: str | None, day: date | None) -> DecisionTable:
        """Build the table of a city in an era."""
        clauses = [self._of(era, one) for one in era.documents if one.binds in (None, city)]
        other_times = self._terms.other_times(era, city, day)
        if not clauses or other_times:
            return self._table(era, city, day, clauses, other_times)
        key = (city, *map(id, clauses))
        if key not in self._tables:
            self._tables[key] = self._table(era, city, day, clauses, {})
        return self._tables[key]

    def _table(
        self,
        era: Era,
        city: str | None,
        day: date | None,
        clauses: list[_Clauses],
        other_times: dict[_Key, tuple[Note, ...]],
    ) -> DecisionTable:
        side = "province" if city is None else "city"
        default = self._terms.default(era, day)
        silent: _ByYear = {None: default}
        found: dict[str, dict[Hashable, Any]] = {}
        for query, cells in _CELLS.items():
            by_cell: dict[Hashable, _ByYear] = dict.fromkeys(cells, silent)
            for cell in cells:
                place = query, cell, side
                if rulings := [one for each in clauses for one in each.rulings.get(place, ())]:
                    omitted = [one for each in clauses for one in each.omitted.get(place, ())]
                    by_cell[cell] = self._by_year(rulings, omitted, default, dated=era.dated)
                if notes := other_times.get((query, cell)):
                    by_cell[cell] = {
                        year: attrs.evolve(one, notes=one.notes + notes)
                        for year, one in by_cell[cell].items()
                    }
            if query is Query.FORM:
                found[query.value] = dict(by_cell)
            else:
                found[query.value] = {cell: answers[None] for cell, answers in by_cell.items()}
        return DecisionTable(**found, default=default)

    def _of(self, era: Era, document: RuleDocument) -> _Clauses:
        extensions = tuple(one.number for one in era.extensions[document.number])
        # without a day, only a city's notice is less sure than on a day
        key = document.number, extensions, era.dated or document.binds is None
        if key not in self._clauses:
            self._clauses[key] = _Clauses(era, document)
        return self._clauses[key]

    def _by_year(
        self,
        rulings: list[_Ruling],
        omitted: list[_Omitted],
        default: Decision[Any],
        *,
        dated: bool,
    ) -> _ByYear:
        years = {year for one in rulings for year in one.effect.years}
        found: _ByYear = {}
        for year in (None, *sorted(years)):
            of_year = [one for one in rulings if year in (one.effect.years or (year,))]
            key = (*map(id, of_year), *map(id, omitted))
            if not of_year:
                found[year] = default
            elif key in self._decisions:
                found[year] = self._decisions[key]
            else:
                found[year] = self._decisions[key] = _decide(of_year, omitted, dated=dated)
        return found


def _decide(rulings: list[_Ruling], omitted: list[_Omitted], *, dated: bool) -> Decision[Any]:
    province = _heaviest([one for one in rulings if one.document.binds is None])
    city = _heaviest([one for one in rulings if one.document.binds is not None])
    set_aside: list[_Ruling] = []
    if any(one.effect.basis is Basis.STATED for one in province):
        # What the province states binds the city: they agree, or they conflict.
        binding = [*city, *province]
    elif _strength(city) <= _strength(province):
        binding = city
    else:
        # A city's weaker clause leaves the province's answer as it is.
        binding, set_aside = province, city
    differing = [one for one in binding if one.options != binding[0].options]
    if differing and dated:
        raise RuleConflict(
            binding[0].citation, differing[0].citation, _subject(binding[0], differing[0])
        )
    if differing:
        return _changed(binding)
    first = min(binding, key=attrgetter("weight"))
    every = [first, *(one for one in binding if one is not first)]
    refined = [one for one in province if one not in binding] + set_aside
    # Where the city decides, nobody needs to know that the province is silent.
    left_out = [] if any(one.document.binds is not None for one in binding) else omitted
    value, *alternatives = first.options
    unverified = _unverified(first, binding)
    notes = (
        *_notes(every),
        *(one.note for one in left_out),
        *unverified,
        *(_weaker(one) for one in set_aside if one.options != first.options),
    )
    return Decision(
        value,
        first.effect.basis,
        _citations(every, refined, left_out),
        tuple(alternatives),
        notes=tuple(dict.fromkeys(notes)),
        unverified=unverified,
    )


def _unverified(first: _Ruling, binding: list[_Ruling]) -> tuple[Note, ...]:
    """Why the answer cannot be relied on against somebody; empty if one clause surely states it."""
    if any(one.effect.basis is Basis.STATED and not one.doubts for one in binding):
        return ()
    found: dict[Note, None] = {}
    if first.effect.basis is Basis.BY_REFERENCE:
        found[Note.render(NoteKind.READING, "rules.by-reference")] = None
    return tuple(found | dict.fromkeys(note for one in binding for note in one.doubts))


def _weaker(ruling: _Ruling) -> Note:
    says = Bilingual.of(lambda lang: _options(ruling, lang))
    basis, citation = ruling.effect.basis, str(ruling.citation)
    return Note.render(NoteKind.READING, "rules.weaker", citation=citation, basis=basis, says=says)


def _heaviest(rulings: list[_Ruling]) -> list[_Ruling]:
    weight = min((one.weight for one in rulings), default=None)
    return [one for one in rulings if one.weight == weight]


def _strength(rulings: list[_Ruling]) -> int:
    """How strong the strongest is, the less the stronger; no clause is weaker than any."""
    return min((one.strength for one in rulings), default=len(_WEIGHTS))


def _changed(rulings: list[_Ruling]) -> Decision[Any]:
    candidates = dict.fromkeys(
        option for one in rulings for option in one.options if option is not None
    )
    changed = Note.render(NoteKind.TIME, "rules.changed")
    return Decision(
        None,
        Basis.UNDETERMINED,
        _citations(rulings, [], []),
        tuple(candidates),
        notes=(changed, *_notes(rulings)),
    )


def _citations(
    rulings: list[_Ruling], refined: list[_Ruling], omitted: list[_Omitted]
) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for one in rulings:
        found.append(one.citation)
        found += [_see(one, place) for place in one.effect.see]
    found += [one.citation for one in refined]
    # a notice that regulates the matter and leaves this case out; within one document a note does
    own = {one.document.number for one in rulings}
    found += [one.citation for one in omitted if one.citation.document not in own]
    found += [extension.cite() for one in (*rulings, *refined) for extension in one.extensions]
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


def _notes(rulings: list[_Ruling]) -> Iterator[Note]:
    for one in rulings:
        yield from one.answer.notes
    for one in rulings:
        yield from one.document.notes
    for one in rulings:
        for extension in one.extensions:
            yield from extension.notes


def _subject(one: _Ruling, other: _Ruling) -> Bilingual:
    cell = one.answer.cell if isinstance(one.answer.cell, tuple) else (one.answer.cell,)
    where = [part for part in (one.effect.query, *cell) if part is not None]

    def text(lang: str) -> str:
        options = {"one": _options(one, lang), "other": _options(other, lang)}
        return render("rules.disagree", lang, where=where, **options)

    return Bilingual.of(text)


def _options(ruling: _Ruling, lang: str) -> str:
    """Write what a clause answers, and whether it leaves the answer open."""
    options = Either(part for part in ruling.options if part is not None)
    if ruling.effect.basis is not Basis.UNDETERMINED:
        return show(options, lang)
    basis = ruling.effect.basis
    return render("rules.open-options", lang, basis=basis, options=show(options, lang))
