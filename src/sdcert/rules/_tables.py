"""How an answer is found among clauses. Only this file weighs one clause against another.

For one era (a span of days with the same documents in force) and one city, every question's table
is settled once, when a book is built; asking is then a look-up.

The order of weight: what is stated beats what is said by reference, that beats discretion, that an
open question, that the bare principle; within these a clause for a named evaluation year beats one
for all years. A city's clause takes the place of the province's where the province does not state
the answer and the city's basis is at least as strong; a weaker one (a bare principle against an
open question, say) is cited and decides nothing. Clauses of equal weight that differ, and a city's
clause that differs from what the province states, are a conflict. Nothing here depends on the
order in which documents were loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import attrs

from sdcert.rules.faults import RuleConflict
from sdcert.rules.model import (
    Answer,
    Basis,
    Citation,
    Clause,
    Decision,
    Effect,
    Note,
    Question,
    RuleDocument,
)
from sdcert.rules.words import say

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator


__all__ = ["Cell", "Era", "settle"]

_WEIGHTS: Final = (
    Basis.STATED,
    Basis.BY_REFERENCE,
    Basis.DISCRETION,
    Basis.UNDETERMINED,
    Basis.PRINCIPLE,
)
_CHANGED: Final = Note(
    "the answer changed with time: ask for a day", "不同时期答案不同：请指定日期"
)


@attrs.frozen
class Era:
    """The documents that bind in a span of days, in the order of their dates.

    Attributes:
        documents: The documents.
        resting: What each rests on besides, by its number.
        dated: False for the question without regard to the day, where documents of different
            times stand side by side.
    """

    documents: tuple[RuleDocument, ...]
    resting: dict[str, tuple[RuleDocument, ...]]
    dated: bool = True


class Cell(NamedTuple):
    """The settled answers of one cell: for all years, and for named evaluation years."""

    always: Decision[object] | None
    by_year: dict[int, Decision[object]]


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
    def options(self) -> tuple[object, tuple[object, ...]]:
        return self.answer.value, self.answer.alternatives

    def cite(self) -> Citation:
        return _cite(self.document, self.clause)


def settle(era: Era, city: str | None) -> dict[tuple[Question, Hashable], Cell]:
    """Settle every cell that the documents of an era speak of, for one city.

    Raises:
        RuleConflict: If two clauses that both bind say different things.
    """
    cells: dict[tuple[Question, Hashable], list[_Ruling]] = {}
    for ruling in _rulings(era.documents, city):
        cells.setdefault((ruling.effect.question, ruling.answer.cell), []).append(ruling)
    return {key: _cell(era, rulings) for key, rulings in cells.items()}


def _rulings(documents: Iterable[RuleDocument], city: str | None) -> Iterator[_Ruling]:
    for document in documents:
        if document.binds in (None, city):
            for clause in document.clauses:
                for effect in clause.effects:
                    for answer in effect.answers:
                        yield _Ruling(document, clause, effect, answer)


def _cell(era: Era, rulings: list[_Ruling]) -> Cell:
    years = sorted({year for ruling in rulings for year in ruling.effect.years})
    always = [ruling for ruling in rulings if not ruling.effect.years]
    return Cell(
        _decide(era, always) if always else None,
        {
            year: _decide(era, [one for one in rulings if year in (one.effect.years or (year,))])
            for year in years
        },
    )


def _decide(era: Era, rulings: list[_Ruling]) -> Decision[object]:
    province = _heaviest([one for one in rulings if one.document.binds is None])
    city = _heaviest([one for one in rulings if one.document.binds is not None])
    set_aside: list[_Ruling] = []
    stated = bool(province) and province[0].effect.basis is Basis.STATED
    if stated:
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
    value, alternatives = first.options
    return Decision(
        value,
        first.effect.basis,
        _citations(era, [first, *rest], refined),
        alternatives,
        notes=_notes(era, [first, *rest])
        + tuple(_weaker(one) for one in set_aside if one.options != first.options),
    )


def _weaker(ruling: _Ruling) -> Note:
    cited, basis = ruling.cite(), ruling.effect.basis
    return Note(
        f"{cited} says otherwise ({basis.label()}: {_options(ruling, 'en')}); that is weaker and "
        "does not decide",
        f"{cited}另有说法（{basis.label('zh')}：{_options(ruling, 'zh')}），依据较弱，不作为结论",
    )


def _heaviest(rulings: list[_Ruling]) -> list[_Ruling]:
    weight = min((one.weight for one in rulings), default=None)
    return [one for one in rulings if one.weight == weight]


def _changed(era: Era, rulings: list[_Ruling]) -> Decision[object]:
    candidates = dict.fromkeys(
        option
        for one in rulings
        for option in (one.answer.value, *one.answer.alternatives)
        if option is not None
    )
    return Decision(
        None,
        Basis.UNDETERMINED,
        _citations(era, rulings, []),
        tuple(candidates),
        notes=(_CHANGED, *_notes(era, rulings)),
    )


def _citations(era: Era, rulings: list[_Ruling], refined: list[_Ruling]) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for one in rulings:
        found.append(one.cite())
        found += [_see(one, place) for place in one.effect.see]
    found += [one.cite() for one in refined]
    for one in (*rulings, *refined):
        found += [extension.cite() for extension in era.resting[one.document.number]]
    return tuple(dict.fromkeys(found))


def _see(ruling: _Ruling, place: str) -> Citation:
    """Cite another clause of the document, by the paragraph that speaks of the same body if any."""
    body = ruling.answer.cell[0] if isinstance(ruling.answer.cell, tuple) else None
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


def _notes(era: Era, rulings: list[_Ruling]) -> tuple[Note, ...]:
    found = [one.effect.reading for one in rulings]
    found += [one.document.note for one in rulings]
    for one in rulings:
        found += [extension.note for extension in era.resting[one.document.number]]
    return tuple(dict.fromkeys(note for note in found if note is not None))


def _subject(one: _Ruling, other: _Ruling) -> Note:
    return Note(_say(one, other, "en"), _say(one, other, "zh"))


def _say(one: _Ruling, other: _Ruling, lang: str) -> str:
    joint, colon = ("、", "：") if lang == "zh" else (", ", ": ")
    cell = one.answer.cell if isinstance(one.answer.cell, tuple) else (one.answer.cell,)
    where = joint.join(say(part, lang) for part in (one.effect.question, *cell) if part)
    return f"{where}{colon}{_options(one, lang)} ≠ {_options(other, lang)}"


def _options(ruling: _Ruling, lang: str) -> str:
    """Say what a clause answers, and whether it leaves the answer open."""
    zh = lang == "zh"
    parts = (ruling.answer.value, *ruling.answer.alternatives)
    said = ("或" if zh else " or ").join(say(part, lang) for part in parts if part is not None)
    if ruling.effect.basis is not Basis.UNDETERMINED:
        return said
    open_ = Basis.UNDETERMINED.label(lang)
    return f"{open_}（{said}）" if zh else f"{open_} ({said})"
