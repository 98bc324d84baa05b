"""Rule files: how a document's TOML is written. Only this file knows its keys.

A file holds one document: ``format = 1``, a table ``[document]``, and the clauses in the order of
the text, each with its place, its quotation and its effects. See the guide "Add your city's
notice" and the bundled files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import Final

import attrs

from sdcert.codes.model import AuthorityKind, Grade
from sdcert.rules._table import Table
from sdcert.rules.faults import RuleFault, RuleFileError
from sdcert.rules.model import (
    Answer,
    Basis,
    Clause,
    Effect,
    Form,
    Note,
    Numbering,
    Question,
    RuleDocument,
    Step,
)

__all__ = ["fold", "read_document"]

_FORMAT: Final = 1
_ITSELF: Final = "itself"
_PROVINCE: Final = "province"
_LONGEST_DELAY: Final = 3660  # days; a slip of the keyboard must not overflow the calendar

# NOT_IN_FORCE is a matter of the day that is asked for: no clause says it.
_BASES: Final = {one.value: one for one in Basis if one is not Basis.NOT_IN_FORCE}
_OPEN: Final = (Basis.DISCRETION, Basis.UNDETERMINED)
_KINDS: Final = {one.value: one for one in AuthorityKind}
_CITY_KINDS: Final = {
    word: one for word, one in _KINDS.items() if not word.startswith("provincial")
}
_GRADES: Final = {one.value: one for one in Grade}
_FORMS: Final = {one.value: one for one in Form}
_NUMBERINGS: Final = {one.value: one for one in Numbering}
_BODIES: Final[Mapping[str, str]] = {_ITSELF: _ITSELF} | _KINDS
_PREFIXES: Final = {_PROVINCE: _PROVINCE} | {f"{nth:02}": f"{nth:02}" for nth in range(100)}


def fold(text: str) -> str:
    r"""Drop all white space: the documents' line and page breaks fall inside words.

    >>> fold("第 11 至 15\n 位")
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
    """
    try:
        parsed = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        note = Note(f"not TOML in UTF-8: {error}"[:200], f"不是UTF-8编码的TOML：{error}"[:200])
        raise RuleFileError((RuleFault(file, "file", "", note),)) from None
    faults: list[RuleFault] = []
    root = Table(parsed, "", file, faults)
    root.whole("format", _FORMAT, _FORMAT)
    document = _document(root.table("document"), root.tables("clause"), source)
    root.close()
    if faults:
        raise RuleFileError(tuple(faults))
    return document


def _document(head: Table, clauses: tuple[Table, ...], source: str | None) -> RuleDocument:
    secondary = head.flag("secondary")
    document = RuleDocument(
        number=head.text("number"),
        title=head.text("title", required=not secondary),
        issuer=head.text("issuer", required=not secondary),
        dated=head.day("dated", required=not secondary),
        binds=None if (prefix := head.choice("binds", _PREFIXES)) == _PROVINCE else prefix,
        valid_from=head.day("in_force_from") or date.min,
        valid_through=head.day("in_force_through", required=head.has("extends")),
        force_clause=head.text("force_clause", required=False),
        repeals=head.texts("repeals"),
        extends=head.text("extends", required=False) or None,
        under=head.text("under", required=False) or None,
        secondary=secondary,
        source=head.text("source", required=secondary),
        note=head.note("note"),
        clauses=tuple(_clause(table, local=prefix != _PROVINCE) for table in clauses),
    )
    _check_head(head, document)
    _check_clauses(clauses, document, source)
    head.close()
    return document


def _check_head(head: Table, document: RuleDocument) -> None:
    through = document.valid_through
    if through and through < document.valid_from:
        head.fault("in_force_through", through, "before the first day", "早于起始日")
    if not document.clauses and not document.extends:
        head.fault("number", document.number, "the document has no clause", "文件没有条款")
    places = {clause.place for clause in document.clauses}
    if document.force_clause and document.force_clause not in places:
        head.fault("force_clause", document.force_clause, "no such clause", "没有该条款")
    for key, numbers in (
        ("repeals", document.repeals),
        ("extends", (document.extends,)),
        ("under", (document.under,)),
    ):
        if document.number in numbers:
            head.fault(key, document.number, "a document cannot name itself", "不得指向文件自身")


def _check_clauses(tables: Iterable[Table], document: RuleDocument, source: str | None) -> None:
    places = {clause.place for clause in document.clauses}
    text = None if source is None else fold(source)
    said: dict[Hashable, tuple[Answer, str]] = {}
    for table, clause in zip(tables, document.clauses, strict=True):
        if not clause.effects and clause.place != document.force_clause:
            table.fault("place", clause.place, "the clause has no effect", "条款没有效果")
        if text is not None and fold(clause.quote) not in text:
            table.fault("quote", clause.quote, "not found in the text", "原文中没有这些文字")
        for effect in clause.effects:
            for place in effect.see:
                if place not in places:
                    table.fault("see", place, "no such clause", "没有该条款")
            for key, answer in _keyed(effect):
                other, at = said.setdefault(key, (answer, clause.place))
                if other != answer:
                    table.fault(
                        effect.question.value,
                        answer.cell,
                        f"contradicts {at} of the same document",
                        f"与同一文件{at}相抵触",
                    )


def _keyed(effect: Effect) -> Iterator[tuple[Hashable, Answer]]:
    for answer in effect.answers:
        for year in effect.years or (None,):
            yield (effect.question, effect.basis, year, answer.cell), answer


def _clause(table: Table, *, local: bool) -> Clause:
    place = table.text("place")
    table.call(place)
    quote = table.text("quote")
    kinds = _CITY_KINDS if local else _KINDS
    effects: list[Effect] = []
    for question, read in _READERS.items():
        for one in table.tables(question.value):
            effects.append(read(one, kinds, quote))
            one.close()
    table.close()
    return Clause(place, quote, tuple(effects))


def _effect(
    table: Table,
    question: Question,
    cells: Iterable[Hashable],
    key: str,
    words: Mapping[str, object],
) -> Effect:
    """Read what all effects share; the value is one of a closed list of words."""
    basis = table.choice("basis", _BASES) or Basis.UNDETERMINED
    value = table.choice(key, words) if basis is not Basis.UNDETERMINED else None
    others: tuple[object, ...] = ()
    if basis in _OPEN:
        others = table.choices("alternatives", words, required=basis is Basis.UNDETERMINED)
    answers = tuple(
        Answer(cell, _own(value, cell), tuple(_own(one, cell) for one in others)) for cell in cells
    )
    for answer in answers:
        options = (answer.value, *answer.alternatives)
        if len(set(options)) < len(options):
            table.fault("alternatives", answer.cell, "the same answer twice", "同一答案重复")
    return _plain(table, question, basis, answers)


def _plain(table: Table, question: Question, basis: Basis, answers: tuple[Answer, ...]) -> Effect:
    return Effect(question, basis, answers, see=table.texts("see"), reading=table.note("reading"))


def _own(value: object, cell: Hashable) -> object:
    """Resolve ``itself`` to the approving body of the cell, its first part."""
    return cell[0] if value == _ITSELF and isinstance(cell, tuple) else value


_Kinds = Mapping[str, AuthorityKind]


def _manager(table: Table, kinds: _Kinds, _: str) -> Effect:
    cells = product(table.choices("approved_by", kinds), table.choices("grades", _GRADES))
    return _effect(table, Question.MANAGER, cells, "manager", _BODIES)


def _form(table: Table, kinds: _Kinds, _: str) -> Effect:
    cells = product(table.choices("approved_by", kinds), table.choices("grades", _GRADES))
    effect = _effect(table, Question.FORM, cells, "form", _FORMS)
    return attrs.evolve(effect, years=table.years("years"))


def _numbering(table: Table, _: _Kinds, __: str) -> Effect:
    cells = table.choices("grades", _GRADES)
    return _effect(table, Question.NUMBERING, cells, "rules", _NUMBERINGS)


def _seal(table: Table, kinds: _Kinds, _: str) -> Effect:
    bodies = table.choices("approved_by", kinds, required=False) or tuple(kinds.values())
    forms = table.choices("forms", _FORMS)
    # The cell without a form answers who seals whatever the form is.
    return _effect(table, Question.SEAL, product(bodies, (*forms, None)), "sealed_by", _BODIES)


def _reissue(table: Table, _: _Kinds, quote: str) -> Effect:
    form = table.choice("form", _FORMS)
    steps = tuple(_step(one, quote) for one in table.tables("step"))
    if not steps:
        table.fault("step", "", "a reissue has at least one step", "补办至少应有一个步骤")
    return _plain(table, Question.REISSUE, _firm(table), (Answer(form, steps),))


def _step(table: Table, quote: str) -> Step:
    step = Step(table.text("actor"), table.text("zh"), table.text("en"))
    if fold(step.zh) not in fold(quote):
        table.fault("zh", step.zh, "not found in the quotation", "引文中没有这些文字")
    table.close()
    return step


def _report(table: Table, _: _Kinds, __: str) -> Effect:
    days = table.whole("days", 1, _LONGEST_DELAY)
    return _plain(table, Question.REPORT, _firm(table), (Answer(None, days),))


def _firm(table: Table) -> Basis:
    """Read a basis of a question whose answers have no alternatives."""
    firm = {word: basis for word, basis in _BASES.items() if basis not in _OPEN}
    return table.choice("basis", firm) or Basis.STATED


_READERS: Final[dict[Question, Callable[[Table, _Kinds, str], Effect]]] = {
    Question.MANAGER: _manager,
    Question.FORM: _form,
    Question.NUMBERING: _numbering,
    Question.SEAL: _seal,
    Question.REISSUE: _reissue,
    Question.REPORT: _report,
}
