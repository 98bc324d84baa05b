"""The tables of docs/rules.md and docs/readings.md, made from the rule data.

Run ``python docs/rules_tables.py``.

Each is in its page between two marks; this rewrites what is between them. A test holds the
page to the data.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sdcert.codes import AuthorityKind, Grade
from sdcert.messages import show
from sdcert.rulefiles import Effect, Query
from sdcert.rules import Basis, Decision, Note, NoteKind, RuleBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PAGES: Final = tuple(Path(__file__).with_name(f"{name}.md") for name in ("rules", "readings"))
_MARK: Final = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PROVINCE: Final = "鲁人社规〔2018〕22号"

Ask = "Callable[[AuthorityKind, Grade], Decision[Any]]"


def both(value: object) -> str:
    """A word in English and Chinese."""
    return f"{show(value, 'en')} {show(value, 'zh')}"


def short(decision: Decision[Any], authority: AuthorityKind) -> str:
    """A cell: the answer, its basis, and the clause that decides."""
    if decision.value is None:
        others = " or ".join(_who(one, authority) for one in decision.alternatives)
        answer = f"no answer; {others}?"
    else:
        answer = f"**{_who(decision.value, authority)}**"
        if decision.alternatives:
            answer += f" (or {' or '.join(_who(one, authority) for one in decision.alternatives)})"
    first = decision.citations[0]
    where = first.clause if first.document == _PROVINCE else f"{first.document} {first.clause}"
    return f"{answer}<br>{decision.basis.label()}, {where}"


def _who(value: object, authority: AuthorityKind) -> str:
    return "itself" if value is authority else show(value)


def matrix(ask: Ask, kinds: Iterable[AuthorityKind] = AuthorityKind) -> Iterator[str]:
    """One row for each approving body, one column for each grade."""
    yield f"| approving body | {' | '.join(both(grade) for grade in Grade)} |"
    yield "|---|---|---|---|"
    for kind in kinds:
        cells = " | ".join(short(ask(kind, grade), kind) for grade in Grade)
        yield f"| {both(kind)} | {cells} |"


def worded(
    ask: Ask, shown: Callable[[AuthorityKind, Grade], bool] = lambda _, __: True
) -> Iterator[str]:
    """One row for each cell, with the words of every clause that was applied."""
    yield "| approving body, grade | answer | basis | clauses and their words |"
    yield "|---|---|---|---|"
    for kind, grade in product(AuthorityKind, Grade):
        if not shown(kind, grade):
            continue
        decision = ask(kind, grade)
        words = "<br>".join(citation.text("zh") for citation in decision.citations)
        options = "或".join(show(one, "zh") for one in decision.alternatives)
        if decision.value is None:
            answer = f"—（{options}）"
        else:
            answer = show(decision.value, "zh") + (f"（或{options}）" if options else "")
        cell = f"{show(kind, 'zh')}，{show(grade, 'zh')}"
        yield f"| {cell} | {answer} | {both(decision.basis)} | {words} |"


def bases() -> Iterator[str]:
    """The kinds of basis, with how many cells of each table rest on them."""
    rules = RuleBook.bundled()
    yield "| basis | cells of the province | cells in Liaocheng |"
    yield "|---|---|---|"
    for basis in Basis:
        counts = [
            sum(
                rules.manager(kind, grade, city=city).basis is basis
                for kind, grade in product(AuthorityKind, Grade)
            )
            for city in (None, "14")
        ]
        yield f"| `{basis.value}` {both(basis)} | {counts[0]} | {counts[1]} |"


def times() -> Iterator[str]:
    """What binds on the days on which something begins or ends."""
    rules = RuleBook.bundled()
    turns = {
        day
        for document in rules.documents
        for day in (
            document.valid_from,
            document.valid_through and document.valid_through + timedelta(days=1),
        )
        if isinstance(day, date)
    }
    yield "| day | in force for the province | basis | in force in Liaocheng | basis |"
    yield "|---|---|---|---|---|"
    for turn in sorted(turns):
        for day in (turn - timedelta(days=1), turn):
            here, local = rules.in_force(day), rules.in_force(day, city="14")
            cells = " | ".join(
                f"{', '.join(one.value or ()) or 'nothing'} | {one.basis.label()}"
                for one in (here, local)
            )
            yield f"| {day} | {cells} |"


def clauses() -> Iterator[str]:
    """Every clause in the data, with the queries that it answers."""
    yield "| document | clause | answers | words |"
    yield "|---|---|---|---|"
    for document in RuleBook.bundled().documents:
        for clause in document.clauses:
            answered = {effect.query for effect in clause.effects}
            answers = ", ".join(f"`{one.value}`" for one in Query if one in answered)
            yield (
                f"| {document.number} | {clause.place} | {answers or 'first and last day'} "
                f"| “{clause.quote}” |"
            )


def readings() -> Iterator[str]:
    """Every reading in the rule data: at which clause, for which cells, in both languages."""
    found: dict[tuple[str, Note], list[str]] = {}
    for document in RuleBook.bundled().documents:
        for note in document.notes:
            found[document.number, note] = ["its days in force"]
        for clause in document.clauses:
            where = f"{document.number} {clause.place}"
            for effect in clause.effects:
                for note in dict.fromkeys(one for answer in effect.answers for one in answer.notes):
                    cells = [one.cell for one in effect.answers if note in one.notes]
                    concerns = f"{effect.query.label()}: {_cells(effect, cells)}".rstrip(": ")
                    found.setdefault((where, note), []).append(concerns)
    yield "| clause | concerns | reading | 解读 |"
    yield "|---|---|---|---|"
    for (where, note), concerns in found.items():
        if note.kind is NoteKind.READING:
            yield f"| {where} | {'<br>'.join(concerns)} | {note.en} | {note.zh} |"


def _cells(effect: Effect, cells: list[Any]) -> str:
    """Cells in words: the grades of each group of bodies."""
    if not isinstance(cells[0], tuple):
        return show(cells[0])
    bodies = list(dict.fromkeys(body for body, _ in cells))
    grades = list(dict.fromkeys(grade for _, grade in cells))
    under = {"province": " under a code of the province", "city": " under a city's prefix"}
    years = f", {', '.join(map(str, effect.years))}" if effect.years else ""
    return f"{show(bodies)}{under.get(effect.codes_of or '', '')}; {show(grades)}{years}"


def tables() -> dict[str, str]:
    """All tables by their mark."""
    rules = RuleBook.bundled()
    city = [kind for kind in AuthorityKind if kind.under_city or kind is AuthorityKind.OTHER]

    def differs(kind: AuthorityKind, grade: Grade) -> bool:
        here, elsewhere = (rules.manager(kind, grade, city=one) for one in ("14", "90"))
        return kind in city and here != elsewhere

    made = {
        "bases": bases(),
        "province": matrix(rules.manager),
        "province-words": worded(rules.manager),
        "other": matrix(
            lambda kind, grade: rules.manager(kind, grade, city="90"), [AuthorityKind.OTHER]
        ),
        "numbering": matrix(rules.numbering),
        "numbering-city": matrix(lambda kind, grade: rules.numbering(kind, grade, city="90"), city),
        "liaocheng": matrix(lambda kind, grade: rules.manager(kind, grade, city="14"), city),
        "liaocheng-words": worded(
            lambda kind, grade: rules.manager(kind, grade, city="14"), differs
        ),
        "form": matrix(rules.form),
        "form-liaocheng-2018": matrix(
            lambda kind, grade: rules.form(kind, grade, city="14", year=2018), city
        ),
        "times": times(),
        "clauses": clauses(),
        "readings": readings(),
    }
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def filled(page: str) -> str:
    """The page with its tables made anew."""
    made = tables()
    return _MARK.sub(lambda match: match[1] + "\n" + made[match[2]] + "\n" + match[3], page)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8")), "utf-8")
