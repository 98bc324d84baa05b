"""Rule documents made in a program, for tests of the rules."""

from datetime import date

from sdcert.codes import AuthorityKind, Grade
from sdcert.rulefiles import Answer, Clause, Effect, Query, RuleDocument
from sdcert.rules import Basis, RuleBook

P, EXTENSION, L = "鲁人社规〔2018〕22号", "鲁人社字〔2024〕5号", "聊人社字〔2019〕27号"
BUNDLED = RuleBook.bundled()
CITY, DEPARTMENT = AuthorityKind.CITY_HRSS, AuthorityKind.CITY_DEPARTMENT
SENIOR, INTERMEDIATE, JUNIOR = Grade
DAY = date(2020, 6, 1)


def effect(cell, value, basis=Basis.STATED, query=Query.MANAGER, **more):
    others, notes = more.pop("alternatives", ()), more.pop("notes", ())
    return Effect(query, basis, (Answer(cell, value, others, notes),), **more)


def notice(*effects, number="示例〔2020〕1号", binds="99", first=date(2020, 1, 1), **more):
    clauses = tuple(
        Clause(f"第{nth}条", f"引文{nth}", (one,)) for nth, one in enumerate(effects, 1)
    )
    more = {"valid_through": None, "dated": first, "clauses": clauses} | more
    return RuleDocument(
        number=number, title="示例", issuer="示例", binds=binds, valid_from=first, **more
    )


def over(*documents):
    return BUNDLED.overlay(RuleBook(documents))
