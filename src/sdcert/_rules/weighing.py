"""How an answer is found among clauses: the only place where one clause is weighed against another.

For one era (days with the same documents in force) and one city, the table of every query is
settled once, when a book is built; a query is then a look-up.

The order of weight: what is stated beats what is said by reference, that beats discretion, that an
open case, that the bare principle; within these a clause for a named evaluation year beats one for
all years. A city's clause takes the place of the province's where the province does not state the
answer and the city's basis is at least as strong; a weaker one (a bare principle against an open
case, say) is cited and decides nothing. Clauses of equal weight that differ, and a city's clause
that differs from what the province states, are a conflict. Nothing here depends on the order in
which documents were loaded.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple, TypeAlias

import attrs

from sdcert._rules.errors import RuleConflict
from sdcert._rules.model import (
    Answer,
    Basis,
    Citation,
    Clause,
    Decision,
    Effect,
    Form,
    Note,
    NoteKind,
    Query,
    RuleDocument,
)
from sdcert._rules.terms import Era, Terms
from sdcert.codes.model import AuthorityKind, Grade
from sdcert.messages import Bilingual, Either, render, show

__all__ = ["Answers", "Table", "tables"]

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


class Answers(NamedTuple):
    """The answers of one cell: for all years, and for named evaluation years."""

    always: Decision[Any]
    by_year: dict[int, Decision[Any]]


_Answered: TypeAlias = dict[Hashable, Answers]


@attrs.frozen
class Table:
    """What the province's and one city's documents answer in one era, cell by cell.

    There is one attribute for each :class:`Query`, and ``otherwise``: the answer where no clause
    speaks.
    """

    manager: _Answered
    form: _Answered
    numbering: _Answered
    seal: _Answered
    reissue: _Answered
    report: _Answered
    otherwise: Decision[Any]


def tables(terms: Terms, city: str | None) -> tuple[Table, ...]:
    """Settle a city's tables.

    Args:
        terms: The documents and their terms.
        city: The city's prefix, :data:`~sdcert._rules.terms.ANY_CITY`, or None for bodies under
            a code of the province.

    Returns:
        First the table for the time before all documents, then one from each of ``terms.starts``,
        last the one without regard to the day. So ``bisect_right(starts, day)`` finds a day's
        table, and ``-1`` the last.

    Raises:
        RuleConflict: If two clauses that are both in force say different things.
    """
    before = _table(terms, Era((), {}), city, None)
    dated = [_table(terms, terms.at(day), city, day) for day in terms.starts]
    return (before, *dated, _table(terms, terms.at(None), city, None))


def _table(terms: Terms, era: Era, city: str | None, day: Any) -> Table:
    rulings: dict[tuple[Query, Hashable], list[_Ruling]] = {}
    for ruling in _rulings(era.documents, city):
        rulings.setdefault((ruling.effect.query, ruling.answer.cell), []).append(ruling)
    omitted = _omitted(era.documents, city)
    otherwise, elsewhen = terms.otherwise(era, day), terms.elsewhen(era, city, day)
    return Table(
        **{
            query.value: {
                cell: _answers(
                    _Case(era, rulings.get((query, cell), []), omitted.get((query, cell), [])),
                    otherwise,
                    elsewhen.get((query, cell), ()),
                )
                for cell in cells
            }
            for query, cells in _CELLS.items()
        },
        otherwise=otherwise,
    )


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
    note: Note


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
) -> dict[tuple[Query, Hashable], list[_Omitted]]:
    found: dict[tuple[Query, Hashable], list[_Omitted]] = {}
    for document, clause in _clauses(documents, city):
        for omission in clause.omits:
            if not _concerns(omission.codes_of, city):
                continue
            citation = _cite(document, clause)
            for cell in omission.cells:
                body, grade = cell
                note = Note.render(
                    NoteKind.OPEN, "rules.omits", citation=str(citation), body=body, grade=grade
                )
                found.setdefault((omission.query, cell), []).append(_Omitted(citation, note))
    return found


class _Case(NamedTuple):
    """One cell in one era: the clauses that answer it, and those that leave it out."""

    era: Era
    rulings: list[_Ruling]
    omitted: list[_Omitted]


def _answers(case: _Case, otherwise: Decision[Any], elsewhen: tuple[Note, ...]) -> Answers:
    years = sorted({year for ruling in case.rulings for year in ruling.effect.years})
    always = [ruling for ruling in case.rulings if not ruling.effect.years]
    by_year = {
        year: [one for one in case.rulings if year in (one.effect.years or (year,))]
        for year in years
    }
    return Answers(
        _evolved(_decide(case._replace(rulings=always)) if always else otherwise, elsewhen),
        {
            year: _evolved(_decide(case._replace(rulings=rulings)), elsewhen)
            for year, rulings in by_year.items()
        },
    )


def _evolved(decision: Decision[Any], notes: tuple[Note, ...]) -> Decision[Any]:
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
    omitted = [] if decided else case.omitted
    value, *alternatives = first.options
    unverified = _unverified(era, first, binding)
    notes = (
        *_notes(era, [first, *rest]),
        *(one.note for one in omitted),
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
        _citations(era, rulings, [], []),
        tuple(candidates),
        notes=(changed, *_notes(era, rulings)),
    )


def _citations(
    era: Era, rulings: list[_Ruling], refined: list[_Ruling], omitted: list[_Omitted]
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
    texts: Mapping[str, str] = {lang: _disagreement(one, other, lang) for lang in ("en", "zh")}
    return Bilingual(texts["en"], texts["zh"])


def _disagreement(one: _Ruling, other: _Ruling, lang: str) -> str:
    cell = one.answer.cell if isinstance(one.answer.cell, tuple) else (one.answer.cell,)
    where = show([part for part in (one.effect.query, *cell) if part is not None], lang)
    return render(
        "rules.disagree",
        lang,
        where=where,
        one=_options(one, lang),
        other=_options(other, lang),
    )


def _options(ruling: _Ruling, lang: str) -> str:
    """Write what a clause answers, and whether it leaves the answer open."""
    options = Either(part for part in ruling.options if part is not None)
    if ruling.effect.basis is not Basis.UNDETERMINED:
        return show(options, lang)
    basis = ruling.effect.basis
    return render("rules.open-options", lang, basis=basis, options=show(options, lang))
