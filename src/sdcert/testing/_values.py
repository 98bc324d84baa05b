"""Strategies for what the library answers: it is asked about example data, and the answers drawn.

They are what ``st.from_type`` gives; only the rules are the real ones, since nobody is named in
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

from hypothesis import strategies as st

from sdcert import numbering
from sdcert.allocation import Issued, Request, State, plan
from sdcert.allocation.model import Advance
from sdcert.checking import explain
from sdcert.codes import (
    AuthorityKind,
    CodeBook,
    Grade,
    InvalidTable,
    NotInForce,
    NotListed,
    RegionCode,
)
from sdcert.codes.adjust import End, Introduce, Merge, Rename, Split
from sdcert.rules import Form, RuleBook
from sdcert.testing.books import days, names, region_entries, series_entries
from sdcert.testing.examples import complete_codes, example_codes, example_editions
from sdcert.testing.strategies import certificate_numbers, region_codes, requests, written_forms

__all__ = ["STRATEGIES"]

Strategy = st.SearchStrategy[Any]

_YEARS: Final = (2019, 2020, 2021, 2022, 2023, 2024)
_KINDS: Final = st.sampled_from(AuthorityKind)
_GRADES: Final = st.sampled_from(Grade)


def _each(answers: Strategy, part: Callable[[Any], Iterable[Any]]) -> Strategy:
    """One of the parts of an answer that has any."""
    return answers.map(lambda answer: list(part(answer))).filter(bool).flatmap(_any_of)


def _any_of(items: Iterable[Any]) -> Strategy:
    """One of some values, whose representations may be long: Hypothesis is not to write them."""
    held = list(items)
    return st.integers(0, len(held) - 1).map(lambda place: held[place])


def _issued() -> Strategy:
    keys = requests().map(lambda request: request.key)
    return st.builds(Issued, st.none() | keys, certificate_numbers(), st.booleans())


def _plans() -> Strategy:
    def planned(batch: list[Request], last: int | None) -> object:
        return plan(batch, {request.scope: State(last) for request in batch})

    batches = st.lists(requests(), min_size=1, max_size=4, unique_by=lambda request: request.key)
    return st.builds(planned, batches, st.none() | st.integers(1, 90_000))


def _states() -> Strategy:
    def known(answers: tuple[Issued, ...]) -> State:
        last = max(issued.number.sequence for issued in answers)
        return State(last, {str(issued.key): issued for issued in answers})

    unused = (st.none() | st.integers(1, 99_999)).map(State)
    return unused | _plans().map(lambda planned: known(planned.answers))


def _advances() -> Strategy:
    def ahead(state: State, written: bool) -> Advance:
        goes_on = written and not state.issued and 0 < (state.last or 0) < 99_999
        return Advance(state, (state.last or 0) + 1 if goes_on else None)

    return st.builds(ahead, _states(), st.booleans())


def _normalized() -> Strategy:
    return certificate_numbers().flatmap(written_forms).map(numbering.normalize)


def _found() -> Strategy:
    written = certificate_numbers().map(lambda number: f"编号：{number}，")
    return _each(st.lists(written, min_size=1, max_size=3).map("".join), numbering.find)


def _answers(kind: type) -> Strategy:
    books = _any_of([example_codes(), complete_codes()])
    codes = region_codes() | st.sampled_from(["90010", "91101", "91201", "91301", "90040"])
    asked = st.builds(lambda book, code, day: book.region(code, on=day), books, codes, days())
    return asked.filter(lambda answer: isinstance(answer, kind))


def _pieces() -> Strategy:
    def cut(code: str, first: date, last: date) -> object:
        return example_codes().region_pieces(code, first=min(first, last), last=max(first, last))

    codes = st.sampled_from(["90002", "90010", "91150", "91201", "91777"])
    return _each(st.builds(cut, codes, days(), days()), iter)


def _spans() -> Strategy:
    return _each(st.sampled_from(_listed()), example_codes().history)


def _listed() -> list[str]:
    """Codes of regions and cities of the example province, some of them."""
    return [entry.code for edition in example_editions() for entry in edition.entries][:40]


def _diffs() -> Strategy:
    every = example_editions()
    books = _any_of([CodeBook(some) for some in (every[:1], every[:2], every[-1:], every[-2:])])
    return st.builds(CodeBook.diff, books, books)


def _faults() -> Strategy:
    def refused(code: str, name: str, kind: AuthorityKind) -> tuple[Any, ...]:
        faults: tuple[Any, ...] = ()
        try:
            RegionCode(code, name, kind)
        except InvalidTable as error:
            faults = error.faults
        return faults

    wrong = st.sampled_from(["", "1402", "9002O", "９００２０", "900200"])
    return _each(st.builds(refused, wrong, names() | st.just(""), _KINDS), iter)


def _two_codes() -> Strategy:
    return st.lists(region_codes(), min_size=2, max_size=3, unique=True).map(tuple)


def _rule_books() -> Strategy:
    bundled = RuleBook.bundled()
    provincial = tuple(one for one in bundled.documents if one.binds is None)
    return _any_of([bundled, RuleBook(provincial)])


def _decisions() -> Strategy:
    rules, cities = RuleBook.bundled(), st.none() | st.sampled_from(["14", "99"])

    def managed(kind: AuthorityKind, grade: Grade, city: str | None, on: date | None) -> object:
        return rules.manager(kind, grade, city=city, on=on)

    def formed(kind: AuthorityKind, grade: Grade, year: int) -> object:
        return rules.form(kind, grade, year=year)

    return st.one_of(
        st.builds(managed, _KINDS, _GRADES, cities, st.none() | days()),
        st.builds(formed, _KINDS, _GRADES, st.sampled_from(_YEARS)),
        _KINDS.map(lambda kind: rules.sealer(kind)),  # noqa: PLW0108  # the book's repr is long
    )


def _explanations() -> Strategy:
    codes = [code for code in _listed() if len(code) == 5]
    numbers = certificate_numbers(years=_YEARS, regions=codes, series=["601", "615", "741"])
    tables: dict[str, Any] = {"codes": example_codes(), "rules": RuleBook.bundled()}

    def explained(number: numbering.CertificateNumber, day: date | None, lang: str) -> object:
        return explain(number, approved_on=day, lang=lang, **tables)

    return st.builds(explained, numbers, st.none() | days(), st.sampled_from(["en", "zh"]))


def _documents() -> Strategy:
    return _any_of(RuleBook.bundled().documents)


def _clauses() -> Strategy:
    return _each(_documents(), lambda document: document.clauses)


def _effects() -> Strategy:
    return _each(_clauses(), lambda clause: clause.effects)


def _steps() -> Strategy:
    rules = RuleBook.bundled()
    reissued = st.sampled_from(Form).map(lambda form: rules.reissue(form))  # noqa: PLW0108
    return _each(reissued, lambda decision: decision.value or ())


STRATEGIES: Final[dict[str, Callable[[], Strategy]]] = {
    "Issued": _issued,
    "State": _states,
    "Advance": _advances,
    "Plan": _plans,
    "Append": lambda: _each(_plans(), lambda planned: planned.appends),
    "Normalized": _normalized,
    "Edit": lambda: _each(_normalized(), lambda normal: normal.edits),
    "Found": _found,
    "NotInForce": lambda: _answers(NotInForce),
    "NotListed": lambda: _answers(NotListed),
    "Piece": _pieces,
    "Span": _spans,
    "Fault": _faults,
    "Diff": _diffs,
    "Change": lambda: _each(_diffs(), lambda diff: diff.changes),
    "EditionChange": lambda: _each(_diffs(), lambda diff: diff.editions),
    "Introduce": lambda: (region_entries() | series_entries()).map(Introduce),
    "End": lambda: st.builds(End, region_codes(), _two_codes()),
    "Rename": lambda: st.builds(Rename, region_codes(), names()),
    "Merge": lambda: st.builds(Merge, _two_codes(), region_entries()),
    "Split": lambda: st.builds(Split, region_codes(), _two_codes()),
    "Explanation": _explanations,
    "RuleBook": _rule_books,
    "Decision": _decisions,
    "Citation": lambda: _each(_decisions(), lambda decision: decision.citations),
    "Note": lambda: _each(_decisions(), lambda decision: decision.notes),
    "RuleDocument": _documents,
    "Clause": _clauses,
    "Effect": _effects,
    "Answer": lambda: _each(_effects(), lambda effect: effect.answers),
    "Omission": lambda: _each(_clauses(), lambda clause: clause.omits),
    "Step": _steps,
}
"""The name of each type, and what makes its strategy."""
