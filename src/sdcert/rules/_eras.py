"""Which tables answer on which day, and what is said where none does.

The days on which a document begins or ends cut time into eras; in each era, each city has one
table. Only this file knows how eras follow one another.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

import attrs

from sdcert.codes.model import AuthorityKind, Grade
from sdcert.dates import format_day
from sdcert.rules._tables import Cell, Era, settle
from sdcert.rules.force import Term, day_after, terms
from sdcert.rules.model import Basis, Citation, Decision, Form, Note, Question, RuleDocument

if TYPE_CHECKING:
    from datetime import date

__all__ = ["Answers", "Eras", "Table"]

Notes = tuple[Note, ...]
_Key = tuple[Question, Hashable]

_EMPTY: Final = Cell(None, {})
_SILENT: Final = Note("no clause speaks of this case", "没有条款涉及此情形")
_NO_RULES: Final = Note("no rules of the province are at hand", "未载入省级规定")
_UNKNOWN_SINCE: Final = Note("what applies since is not known here", "此后适用的规定不详")


# Every cell of every question. These are closed lists, so a table can hold an answer for each.
_CELLS: Final[dict[Question, tuple[Hashable, ...]]] = {
    Question.MANAGER: tuple(product(AuthorityKind, Grade)),
    Question.FORM: tuple(product(AuthorityKind, Grade)),
    Question.NUMBERING: tuple(Grade),
    Question.SEAL: tuple(product(AuthorityKind, (*Form, None))),
    Question.REISSUE: tuple(Form),
    Question.REPORT: (None,),
}


class Answers(NamedTuple):
    """The answers of one cell: for all years, and for named evaluation years."""

    always: Decision[Any]
    by_year: dict[int, Decision[Any]]


_Answered: TypeAlias = dict[Hashable, Answers]


@attrs.frozen
class Table:
    """What the province's and one city's documents answer in one era, cell by cell.

    There is one attribute for each :class:`Question`, and ``otherwise``: the answer where no clause
    speaks.
    """

    manager: _Answered
    form: _Answered
    numbering: _Answered
    seal: _Answered
    reissue: _Answered
    report: _Answered
    otherwise: Decision[Any]


def _fill(
    settled: Mapping[_Key, Cell], otherwise: Decision[Any], elsewhen: Mapping[_Key, Notes]
) -> Table:
    answers = {
        question.value: {
            cell: _answers(
                settled.get((question, cell), _EMPTY), otherwise, elsewhen.get((question, cell), ())
            )
            for cell in known
        }
        for question, known in _CELLS.items()
    }
    return Table(**answers, otherwise=otherwise)


def _answers(cell: Cell, otherwise: Decision[Any], notes: Notes) -> Answers:
    # not "always or otherwise": a decision without a value is false
    always = otherwise if cell.always is None else cell.always
    by_year = cell.by_year
    if notes:
        always = attrs.evolve(always, notes=always.notes + notes)
        by_year = {
            year: attrs.evolve(one, notes=one.notes + notes) for year, one in by_year.items()
        }
    return Answers(always, by_year)


class Eras:
    """The eras of some documents."""

    def __init__(self, documents: tuple[RuleDocument, ...]) -> None:
        self._documents = documents
        self._terms = terms(documents)
        spans = [term for found in self._terms.values() for term in found]
        ends = {day_after(term.last) for term in spans if term.last}
        self.starts = sorted({term.first for term in spans} | ends)

    def at(self, day: date) -> Era:
        """Find the documents that bind on a day."""
        resting = {
            document.number: term.extensions
            for document in self._documents
            for term in reversed(self._terms[document.number])
            if term.holds(day)
        }
        return Era(self._only(resting), resting)

    def row(self, city: str | None) -> tuple[Table, ...]:
        """Settle a city's tables.

        Returns:
            First the table for the time before all documents, then one from each of ``starts``,
            last the one without regard to the day. So ``bisect_right(starts, day)`` finds a day's
            table, and ``-1`` the last.

        Raises:
            RuleConflict: If two clauses that both bind say different things.
        """
        before = self._table(Era((), {}), city, None)
        dated = [self._table(self.at(day), city, day) for day in self.starts]
        known = {number: () for number, found in self._terms.items() if found}
        undated = Era(self._only(known), dict(known), dated=False)
        return (before, *dated, self._table(undated, city, None))

    def _only(self, numbers: Mapping[str, object]) -> tuple[RuleDocument, ...]:
        return tuple(one for one in self._documents if one.number in numbers)

    def _table(self, era: Era, city: str | None, day: date | None) -> Table:
        return _fill(settle(era, city), self._otherwise(era, day), self._elsewhen(era, city, day))

    def _otherwise(self, era: Era, day: date | None) -> Decision[Any]:
        """The answer where no clause answers: silence is told from a time without rules."""
        if any(one.binds is None for one in era.documents):
            return Decision(None, Basis.UNDETERMINED, (), notes=(_SILENT,))
        spans = [
            (document, term)
            for document in self._documents
            if document.binds is None and document.extends is None
            for term in self._terms[document.number]
        ]
        if not spans:
            return Decision(None, Basis.UNDETERMINED, (), notes=(_NO_RULES,))
        past = [one for one in spans if day and one[1].last and one[1].last < day]
        ahead = [one for one in spans if day is None or day < one[1].first]
        told: list[tuple[tuple[Citation, ...], Notes]] = []
        if past:
            told.append(_ended(*max(past, key=lambda one: cast("date", one[1].last))))
        if ahead:
            told.append(_to_come(*min(ahead, key=lambda one: one[1].first)))
        else:
            told.append(((), (_UNKNOWN_SINCE,)))
        return Decision(
            None,
            Basis.NOT_IN_FORCE,
            tuple(citation for citations, _ in told for citation in citations),
            notes=tuple(note for _, notes in told for note in notes),
        )

    def _elsewhen(self, era: Era, city: str | None, day: date | None) -> dict[_Key, Notes]:
        """Remarks on the city's documents that do not bind in an era, by cell."""
        found: dict[_Key, Notes] = {}
        for document in self._documents:
            if city is None or document.binds != city or document.number in era.resting:
                continue
            note = self._absence(document, day)
            cells = {
                (effect.question, answer.cell)
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
            return _note(
                "{document}, which speaks of this too, applies from {day} on",
                "{document}对此另有规定，自{day}起适用",
                document.number,
                min(to_come),
            )
        last = max((term.last for term in spans if term.last), default=None)
        if last:
            return _note(
                "{document}, which spoke of this too, applied through {day}",
                "{document}对此另有规定，适用至{day}",
                document.number,
                last,
            )
        return Note(
            f"{document.number} rests on {document.under}, which is not at hand",
            f"{document.number}所依据的{document.under}未载入",
        )


def _ended(document: RuleDocument, term: Term) -> tuple[tuple[Citation, ...], Notes]:
    resting = term.extensions
    return (
        (document.cite(document.force_clause), *(one.cite() for one in resting)),
        (
            _note(
                "{document} applied through {day}",
                "{document}适用至{day}",
                document.number,
                term.last,
            ),
            *(one.note for one in resting if one.note),
        ),
    )


def _to_come(document: RuleDocument, term: Term) -> tuple[tuple[Citation, ...], Notes]:
    older = tuple(
        Note(
            f"until then {number} applied, which it repeals; that one is outside this scheme, "
            "and its own days are not known here",
            f"此前适用其所废止的{number}；该文件不在本规则集内，其起止日期不详",
        )
        for number in document.repeals
    )
    start = _note(
        "{document} applies from {day} on", "{document}自{day}起适用", document.number, term.first
    )
    return (document.cite(document.force_clause),), (start, *older)


def _note(en: str, zh: str, document: str, day: date | None) -> Note:
    return Note(
        en.format(document=document, day=format_day(day)),
        zh.format(document=document, day=format_day(day, "zh")),
    )
