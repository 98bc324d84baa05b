"""The tables of docs/rules.md and docs/readings.md, made from the rule data.

Run ``python docs/rules_tables.py``.

Each is in its page between two marks; this rewrites what is between them. A test holds the
page to the data. The tables are made in Chinese, too: ``translations`` gives the cells for the
catalogues, into which ``python docs/build.py --update`` writes them.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sdcert.codes import AuthorityKind, Grade
from sdcert.messages import Bilingual, Either, show
from sdcert.rulefiles import Effect, Query
from sdcert.rules import Basis, Decision, Note, NoteKind, RuleBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PAGES: Final = tuple(Path(__file__).with_name(f"{name}.md") for name in ("rules", "readings"))
_MARK: Final = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PROVINCE: Final = "鲁人社规〔2018〕22号"

_APPROVER: Final = Bilingual("approving body", "核准公布部门")
_ITSELF: Final = Bilingual("itself", "核准公布部门自身")

Ask = "Callable[[AuthorityKind, Grade], Decision[Any]]"


def both(value: object, lang: str) -> str:
    """A word in English and Chinese; in Chinese alone on the Chinese page."""
    return show(value, "zh") if lang == "zh" else f"{show(value, 'en')} {show(value, 'zh')}"


def row(lang: str, *cells: object) -> str:
    """A row of a table."""
    return f"| {' | '.join(show(cell, lang) for cell in cells)} |"


def rule(columns: int) -> str:
    """The line under the headings."""
    return f"|{'---|' * columns}"


def short(decision: Decision[Any], authority: AuthorityKind) -> Bilingual:
    """A cell: the answer, its basis, and the clause that decides."""
    first = decision.citations[0]
    where = first.clause if first.document == _PROVINCE else f"{first.document} {first.clause}"

    def answer(lang: str, none: str, other: str) -> str:
        options = Either(_who(one, authority) for one in decision.alternatives)
        if decision.value is None:
            return none.format(show(options, lang))
        alone = f"**{show(_who(decision.value, authority), lang)}**"
        return alone + (other.format(show(options, lang)) if options else "")

    return Bilingual(
        f"{answer('en', 'no answer; {}?', ' (or {})')}<br>{decision.basis.label()}, {where}",
        f"{answer('zh', '无结论，可能为{}', '（或{}）')}<br>{decision.basis.label('zh')}，{where}",
    )


def _who(value: object, authority: AuthorityKind) -> object:
    return _ITSELF if value is authority else value


def matrix(ask: Ask, lang: str, kinds: Iterable[AuthorityKind] = AuthorityKind) -> Iterator[str]:
    """One row for each approving body, one column for each grade."""
    yield row(lang, _APPROVER, *(both(grade, lang) for grade in Grade))
    yield rule(4)
    for kind in kinds:
        yield row(lang, both(kind, lang), *(short(ask(kind, grade), kind) for grade in Grade))


def worded(
    ask: Ask, lang: str, shown: Callable[[AuthorityKind, Grade], bool] = lambda _, __: True
) -> Iterator[str]:
    """One row for each cell, with the words of every clause that was applied."""
    yield row(
        lang,
        Bilingual("approving body, grade", "核准公布部门、层级"),
        Bilingual("answer", "结论"),
        Bilingual("basis", "依据方式"),
        Bilingual("clauses and their words", "条款及原文"),
    )
    yield rule(4)
    for kind, grade in product(AuthorityKind, Grade):
        if not shown(kind, grade):
            continue
        decision = ask(kind, grade)
        words = "<br>".join(citation.text("zh") for citation in decision.citations)
        options = show(Either(decision.alternatives), "zh")
        if decision.value is None:
            answer = f"—（{options}）"
        else:
            answer = show(decision.value, "zh") + (f"（或{options}）" if options else "")
        cell = f"{show(kind, 'zh')}，{show(grade, 'zh')}"
        yield row(lang, cell, answer, both(decision.basis, lang), words)


def bases(lang: str = "en") -> Iterator[str]:
    """The kinds of basis, with how many cells of each table rest on them."""
    rules = RuleBook.bundled()
    yield row(
        lang,
        Bilingual("basis", "依据方式"),
        Bilingual("cells of the province", "全省情形数"),
        Bilingual("cells in Liaocheng", "聊城情形数"),
    )
    yield rule(3)
    for basis in Basis:
        counts = [
            sum(
                rules.manager(kind, grade, city=city).basis is basis
                for kind, grade in product(AuthorityKind, Grade)
            )
            for city in (None, "14")
        ]
        yield row(lang, f"`{basis.value}` {both(basis, lang)}", *counts)


def times(lang: str = "en") -> Iterator[str]:
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
    yield row(
        lang,
        Bilingual("day", "日期"),
        Bilingual("in force for the province", "全省适用"),
        Bilingual("basis", "依据方式"),
        Bilingual("in force in Liaocheng", "聊城适用"),
        Bilingual("basis", "依据方式"),
    )
    yield rule(5)
    for turn in sorted(turns):
        for day in (turn - timedelta(days=1), turn):
            cells: list[object] = [str(day)]
            for one in (rules.in_force(day), rules.in_force(day, city="14")):
                cells += [one.value or Bilingual("nothing", "无"), one.basis]
            yield row(lang, *cells)


def clauses(lang: str = "en") -> Iterator[str]:
    """Every clause in the data, with the queries that it answers."""
    yield row(
        lang,
        Bilingual("document", "文件"),
        Bilingual("clause", "条款"),
        Bilingual("answers", "回答的事项"),
        Bilingual("words", "原文"),
    )
    yield rule(4)
    for document in RuleBook.bundled().documents:
        for clause in document.clauses:
            answered = {effect.query for effect in clause.effects}
            answers = tuple(f"`{one.value}`" for one in Query if one in answered)
            quote = clause.quote.replace("“", "‘").replace("”", "’")
            yield row(
                lang,
                document.number,
                clause.place,
                answers or Bilingual("first and last day", "起止日期"),
                f"“{quote}”",
            )


def readings(lang: str = "en") -> Iterator[str]:
    """Every reading in the rule data: at which clause, and for which cells."""
    found: dict[tuple[str, Note], list[Bilingual]] = {}
    for document in RuleBook.bundled().documents:
        for note in document.notes:
            found[document.number, note] = [Bilingual("its days in force", "起止日期")]
        for clause in document.clauses:
            where = f"{document.number} {clause.place}"
            for effect in clause.effects:
                for note in dict.fromkeys(one for answer in effect.answers for one in answer.notes):
                    cells = [one.cell for one in effect.answers if note in one.notes]
                    found.setdefault((where, note), []).append(_concerns(effect, cells))
    yield row(
        lang,
        Bilingual("clause", "条款"),
        Bilingual("concerns", "涉及"),
        Bilingual("reading", "解读"),
    )
    yield rule(3)
    for (where, note), concerns in found.items():
        if note.kind is NoteKind.READING:
            cells = "<br>".join(show(one, lang) for one in concerns)
            yield row(lang, where, cells, Bilingual(note.en, note.zh))


def _concerns(effect: Effect, cells: list[Any]) -> Bilingual:
    """Cells in words: the grades of each group of bodies."""
    query = effect.query
    if not isinstance(cells[0], tuple):
        texts = (show(cells[0], "en"), show(cells[0], "zh"))
        return Bilingual(
            f"{query.label()}: {texts[0]}".rstrip(": "),
            f"{query.label('zh')}：{texts[1]}".rstrip("："),
        )
    bodies = list(dict.fromkeys(body for body, _ in cells))
    grades = list(dict.fromkeys(grade for _, grade in cells))
    under = {
        "province": Bilingual(" under a code of the province", "（省级代码）"),
        "city": Bilingual(" under a city's prefix", "（设区的市前2位代码下）"),
    }.get(effect.codes_of or "", Bilingual("", ""))
    years = show(effect.years or (), "zh")
    return Bilingual(
        f"{query.label()}: {show(bodies)}{under}; {show(grades)}"
        + (f", {show(effect.years)}" if years else ""),
        f"{query.label('zh')}：{show(bodies, 'zh')}{under.zh}；{show(grades, 'zh')}"
        + (f"；{years}年度" if years else ""),
    )


def tables(lang: str = "en") -> dict[str, str]:
    """All tables by their mark."""
    rules = RuleBook.bundled()
    city = [kind for kind in AuthorityKind if kind.under_city or kind is AuthorityKind.OTHER]

    def differs(kind: AuthorityKind, grade: Grade) -> bool:
        here, elsewhere = (rules.manager(kind, grade, city=one) for one in ("14", "90"))
        return kind in city and here != elsewhere

    made = {
        "bases": bases(lang),
        "province": matrix(rules.manager, lang),
        "province-words": worded(rules.manager, lang),
        "other": matrix(
            lambda kind, grade: rules.manager(kind, grade, city="90"), lang, [AuthorityKind.OTHER]
        ),
        "numbering": matrix(rules.numbering, lang),
        "numbering-city": matrix(
            lambda kind, grade: rules.numbering(kind, grade, city="90"), lang, city
        ),
        "liaocheng": matrix(lambda kind, grade: rules.manager(kind, grade, city="14"), lang, city),
        "liaocheng-words": worded(
            lambda kind, grade: rules.manager(kind, grade, city="14"), lang, differs
        ),
        "form": matrix(rules.form, lang),
        "form-liaocheng-2018": matrix(
            lambda kind, grade: rules.form(kind, grade, city="14", year=2018), lang, city
        ),
        "times": times(lang),
        "clauses": clauses(lang),
        "readings": readings(lang),
    }
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def translations() -> dict[str, str]:
    """Each cell of the tables with its Chinese."""
    made, chinese = tables(), tables("zh")
    lines = [
        pair
        for name in made
        for pair in zip(made[name].splitlines(), chinese[name].splitlines(), strict=True)
    ]
    return {
        one: other
        for line, translated in lines
        for one, other in zip(line.split(" | "), translated.split(" | "), strict=True)
        for one, other in [(one.strip("| "), other.strip("| "))]
    }


def filled(page: str) -> str:
    """The page with its tables made anew."""
    made = tables()
    return _MARK.sub(lambda match: match[1] + "\n" + made[match[2]] + "\n" + match[3], page)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8")), "utf-8")
