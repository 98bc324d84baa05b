"""Rule files: the TOML of a document. Only this file knows its keys.

A file holds one document: ``format = 1``, a table ``[document]``, and the clauses in the order of
the text, each with its place, its quotation, its effects and what it leaves out. See the guide
"Add your city's notice" and the bundled files.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from itertools import product
from typing import Any, Final

import attrs

from sdcert._documents import Reader, load_toml
from sdcert._faults import Fault
from sdcert._grammar import FIRST_YEAR, LAST_YEAR
from sdcert._rules.document import (
    CITIES,
    SIDES,
    Answer,
    Clause,
    Effect,
    Omission,
    Query,
    RuleDocument,
    RuleFileError,
    sides,
)
from sdcert._rules.model import Basis, Form, Note, NoteKind, Numbering, Step
from sdcert.codes.model import AuthorityKind, Grade
from sdcert.errors import expect

__all__ = ["read_document", "without_space"]

_FORMAT: Final = 1
_ITSELF: Final = "itself"
_PROVINCE: Final = "province"
_LONGEST_DELAY: Final = 3660  # days; a slip of the keyboard must not overflow the calendar

# NOT_IN_FORCE is a matter of the day of the query: no clause says it.
_BASES: Final = {one.value: one for one in Basis if one is not Basis.NOT_IN_FORCE}
_OPEN: Final = (Basis.DISCRETION, Basis.UNDETERMINED)
_KINDS: Final = {one.value: one for one in AuthorityKind}
_CITY_KINDS: Final = {
    word: one for word, one in _KINDS.items() if not word.startswith("provincial")
}
_GRADES: Final = {one.value: one for one in Grade}
_FORMS: Final = {one.value: one for one in Form}
_NUMBERINGS: Final = {one.value: one for one in Numbering}
_NOTE_KINDS: Final = {one.value: one for one in NoteKind}
_BODIES: Final[Mapping[str, str]] = {_ITSELF: _ITSELF} | _KINDS
_BINDS: Final = {_PROVINCE: None} | {city: city for city in CITIES}
_CODES_OF: Final = {side: side for side in SIDES}


def without_space(text: str) -> str:
    r"""Drop all white space: the documents' line and page breaks fall inside words.

    >>> without_space("第 11 至 15\n 位")
    '第11至15位'
    """
    return "".join(text.split())


def read_document(data: bytes, file: str, source: str | None = None) -> RuleDocument:
    """Read one rule document.

    Args:
        data: The file's content, TOML in UTF-8.
        file: Its name, for the faults.
        source: The whole text of the document; if given, every quotation must be found in it,
            word for word, white space aside.

    Returns:
        The document.

    Raises:
        RuleFileError: With all faults of the file.

    >>> from sdcert.rulefiles import read_document
    >>> read_document(b"number =", "notice.toml")
    Traceback (most recent call last):
        ...
    sdcert.rules.RuleFileError: notice.toml...
    """
    expect(data, bytes, "data")
    if source is not None:
        expect(source, str, "source")
    faults: list[Fault] = []
    parsed = load_toml(data, file, faults)
    if parsed is None:
        raise RuleFileError(faults)
    root = Reader(parsed, file, faults)
    root.version(_FORMAT)
    document = _document(root.table("document"), root.tables("clause"), source)
    root.close()
    if faults:
        raise RuleFileError(faults)
    return document


def _document(head: Reader, tables: tuple[Reader, ...], source: str | None) -> RuleDocument:
    secondary = head.flag("secondary")
    binds = head.choice("binds", _BINDS)
    local = head.data.get("binds") != _PROVINCE
    document = RuleDocument(
        number=head.text("number"),
        title=head.text("title", required=not secondary),
        issuer=head.text("issuer", required=not secondary),
        dated=head.day("dated", required=not secondary),
        binds=binds,
        valid_from=head.day("in_force_from") or date.min,
        valid_through=head.day("in_force_through", required=head.has("extends")),
        force_clause=head.text("force_clause", required=False),
        repeals=head.texts("repeals"),
        extends=head.text("extends", required=False) or None,
        under=head.text("under", required=False) or None,
        secondary=secondary,
        source=head.text("source", required=secondary),
        notes=tuple(_note(one) for one in head.tables("note")),
        clauses=tuple(_clause(table, local=local) for table in tables),
    )
    _check_head(head, document)
    _check_clauses(tables, document, source)
    head.close()
    return document


def _note(table: Reader) -> Note:
    kind = table.choice("kind", _NOTE_KINDS) or NoteKind.OPEN
    note = Note(kind, table.text("en"), table.text("zh"))
    table.close()
    return note


def _check_head(head: Reader, document: RuleDocument) -> None:
    through = document.valid_through
    if through and through < document.valid_from:
        head.fault("day-order", "in_force_through", through, first=document.valid_from)
    if not document.clauses and not document.extends:
        head.fault("rule-empty", "number", document.number)
    places = {clause.place for clause in document.clauses}
    if document.force_clause and document.force_clause not in places:
        head.fault("clause-unknown", "force_clause", document.force_clause)
    for key, numbers in (
        ("repeals", document.repeals),
        ("extends", (document.extends,)),
        ("under", (document.under,)),
    ):
        if document.number in numbers:
            head.fault("rule-itself", key, document.number)


def _check_clauses(tables: Iterable[Reader], document: RuleDocument, source: str | None) -> None:
    places = {clause.place for clause in document.clauses}
    text = None if source is None else without_space(source)
    earlier: dict[Hashable, tuple[Answer, str]] = {}
    for table, clause in zip(tables, document.clauses, strict=True):
        if not (clause.effects or clause.omits) and clause.place != document.force_clause:
            table.fault("clause-idle", "place", clause.place)
        if text is not None and without_space(clause.quote) not in text:
            table.fault("quote-text", "quote", clause.quote)
        _check_omissions(table, clause, document)
        for effect in clause.effects:
            for place in effect.see:
                if place not in places:
                    table.fault("clause-unknown", "see", place)
            _check_answers(table, clause.place, effect, earlier)


def _check_answers(
    table: Reader, place: str, effect: Effect, earlier: dict[Hashable, tuple[Answer, str]]
) -> None:
    """Two clauses of one document that carry an answer alike do not contradict each other."""
    for answer in effect.answers:
        for year, side in product(effect.years or (None,), sides(effect.codes_of)):
            key = (effect.query, effect.basis, year, answer.cell, side)
            other, at = earlier.setdefault(key, (answer, place))
            if other.options != answer.options:
                table.fault("rule-contradiction", effect.query.value, answer.cell, place=at)
                break


def _check_omissions(table: Reader, clause: Clause, document: RuleDocument) -> None:
    """An omission is at the clause that regulates the grade, and of a body it does not name."""
    named = {
        (effect.query, answer.cell, side)
        for other in document.clauses
        if other.place == clause.place
        for effect in other.effects
        for answer in effect.answers
        for side in sides(effect.codes_of)
    }
    grades = {(query, cell[1]) for query, cell, _ in named if isinstance(cell, tuple)}
    for omission in clause.omits:
        for body, grade in omission.cells:
            if (omission.query, grade) not in grades:
                table.fault("omits-grade", "omits", grade)
            concerned = sides(omission.codes_of)
            if any((omission.query, (body, grade), side) in named for side in concerned):
                table.fault("omits-named", "omits", f"{body}, {grade}")


def _clause(table: Reader, *, local: bool) -> Clause:
    place = table.text("place")
    table.extend_place(place)
    quote = table.text("quote")
    effects: list[Effect] = []
    for query, read in _READERS.items():
        for one in table.tables(query.value):
            effects.append(read(_Cells(one, local), quote))
            one.close()
    omits = tuple(_omission(one, local) for one in table.tables("omits"))
    table.close()
    return Clause(place, quote, tuple(effects), omits)


def _omission(table: Reader, local: bool) -> Omission:
    query = table.choice("query", {one.value: one for one in _GRADED}) or Query.MANAGER
    cells = _Cells(table, local)
    found = Omission(query, cells.by_grade(), cells.codes_of())
    table.close()
    return found


@attrs.define
class _Cells:
    """The table of an effect, with the keys that name its cells."""

    table: Reader
    local: bool

    def bodies(self, *, required: bool) -> tuple[AuthorityKind, ...]:
        kinds = _CITY_KINDS if self.local else _KINDS
        return self.table.choices("approved_by", kinds, required=required) or (
            () if required else tuple(kinds.values())
        )

    def by_grade(self, *, required: bool = True) -> tuple[tuple[AuthorityKind, Grade], ...]:
        bodies = self.bodies(required=required)
        return tuple(product(bodies, self.table.choices("grades", _GRADES)))

    def codes_of(self) -> str | None:
        """Whether it concerns codes of the province or of cities; a city's are always its own."""
        return None if self.local else self.table.choice("codes_of", _CODES_OF, required=False)


def _effect(
    cells: _Cells,
    query: Query,
    keys: Iterable[Hashable],
    key: str,
    words: Mapping[str, object],
) -> Effect:
    """Read what all effects share; the value is one of a closed list of words."""
    table = cells.table
    basis = table.choice("basis", _BASES) or Basis.UNDETERMINED
    value = table.choice(key, words) if basis is not Basis.UNDETERMINED else None
    others: tuple[object, ...] = ()
    if basis in _OPEN:
        others = table.choices("alternatives", words, required=basis is Basis.UNDETERMINED)
    answers = tuple(
        Answer(cell, _own(value, cell), tuple(_own(one, cell) for one in others)) for cell in keys
    )
    for answer in answers:
        if len(set(answer.options)) < len(answer.options):
            table.fault("answer-doubled", "alternatives", answer.cell)
    return _plain(cells, query, basis, answers)


def _plain(cells: _Cells, query: Query, basis: Basis, answers: tuple[Answer, ...]) -> Effect:
    see = cells.table.texts("see")
    answers = _noted(cells, answers)
    return Effect(query, basis, answers, see=see, codes_of=cells.codes_of())


def _noted(cells: _Cells, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Lay each note at the cells that it names; without names, at all cells of the effect."""
    for table in cells.table.tables("note"):
        named = _Cells(table, cells.local)
        bodies = named.bodies(required=False) if table.has("approved_by") else None
        grades = table.choices("grades", _GRADES) if table.has("grades") else None
        note = _note(table)
        at = [one for one in answers if _among(one.cell, bodies, grades)]
        if answers and not at:
            table.fault("note-cell")
        answers = tuple(
            attrs.evolve(one, notes=(*one.notes, note)) if one in at else one for one in answers
        )
    return answers


def _among(cell: Any, bodies: Any, grades: Any) -> bool:
    if not isinstance(cell, tuple):
        return bodies is None and grades is None
    return (bodies is None or cell[0] in bodies) and (grades is None or cell[1] in grades)


def _own(value: object, cell: Hashable) -> object:
    """Resolve ``itself`` to the approving body of the cell, its first part."""
    return cell[0] if value == _ITSELF and isinstance(cell, tuple) else value


def _manager(cells: _Cells, _: str) -> Effect:
    return _effect(cells, Query.MANAGER, cells.by_grade(), "manager", _BODIES)


def _form(cells: _Cells, _: str) -> Effect:
    effect = _effect(cells, Query.FORM, cells.by_grade(), "form", _FORMS)
    return attrs.evolve(effect, years=cells.table.wholes("years", FIRST_YEAR, LAST_YEAR))


def _numbering(cells: _Cells, _: str) -> Effect:
    return _effect(cells, Query.NUMBERING, cells.by_grade(required=False), "rules", _NUMBERINGS)


def _seal(cells: _Cells, _: str) -> Effect:
    bodies = cells.bodies(required=False)
    forms = cells.table.choices("forms", _FORMS)
    # The cell without a form answers who seals whatever the form is.
    return _effect(cells, Query.SEAL, product(bodies, (*forms, None)), "sealed_by", _BODIES)


def _reissue(cells: _Cells, quote: str) -> Effect:
    table = cells.table
    form = table.choice("form", _FORMS)
    steps = tuple(_step(one, quote) for one in table.tables("step"))
    if not steps:
        table.fault("no-steps", "step")
    return _plain(cells, Query.REISSUE, _firm(table), (Answer(form, steps),))


def _step(table: Reader, quote: str) -> Step:
    step = Step(table.text("actor"), table.text("zh"), table.text("en"))
    if without_space(step.zh) not in without_space(quote):
        table.fault("quote-step", "zh", step.zh)
    table.close()
    return step


def _report(cells: _Cells, _: str) -> Effect:
    days = cells.table.whole("days", 1, _LONGEST_DELAY) or 1
    return _plain(cells, Query.REPORT, _firm(cells.table), (Answer(None, days),))


def _firm(table: Reader) -> Basis:
    """Read a basis of a query whose answers have no alternatives."""
    firm = {word: basis for word, basis in _BASES.items() if basis not in _OPEN}
    return table.choice("basis", firm) or Basis.STATED


_READERS: Final[dict[Query, Callable[[_Cells, str], Effect]]] = {
    Query.MANAGER: _manager,
    Query.FORM: _form,
    Query.NUMBERING: _numbering,
    Query.SEAL: _seal,
    Query.REISSUE: _reissue,
    Query.REPORT: _report,
}
_GRADED: Final = (Query.MANAGER, Query.FORM, Query.NUMBERING)  # cells are a body and a grade
