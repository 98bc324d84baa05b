"""How clauses are weighed: what refines, what conflicts, what decides nothing."""

import pickle
from datetime import date

import attrs
import pytest

from sdcert.codes import AuthorityKind
from sdcert.rulefiles import Clause, Query
from sdcert.rules import Basis, Citation, Form, Note, RuleBook, RuleConflict
from tests.support.rule_documents import (
    BUNDLED,
    CITY,
    DAY,
    DEPARTMENT,
    INTERMEDIATE,
    JUNIOR,
    SENIOR,
    P,
    effect,
    notice,
    over,
)  # fmt: skip


def test_a_city_cannot_override_what_the_province_states():
    with pytest.raises(RuleConflict) as caught:
        over(notice(effect((DEPARTMENT, INTERMEDIATE), DEPARTMENT)))
    error = caught.value
    assert {error.first, error.second} == {
        Citation("示例〔2020〕1号", "第1条"),
        Citation(P, "第六条（二）"),
    }
    assert error.first.quote == "引文1"
    assert str(error) == (
        "示例〔2020〕1号 第1条 and 鲁人社规〔2018〕22号 第六条（二） contradict each other: "
        "manager of number and data, city department or unit, intermediate: "
        "city department or unit ≠ city HR bureau"
    )
    assert error.message("zh").endswith(
        "相抵触：编号和数据管理部门、市直部门（单位）、中级："
        "前者为市直部门（单位），后者为设区的市人力资源社会保障局"
    )
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert isinstance(error, ValueError)


def test_two_stated_clauses_of_one_rank_conflict():
    cell = (DEPARTMENT, JUNIOR)
    one = notice(effect(cell, CITY))
    other = notice(effect(cell, DEPARTMENT), number="示例〔2020〕2号", first=date(2020, 6, 1))
    with pytest.raises(RuleConflict, match="示例〔2020〕1号 第1条 and 示例〔2020〕2号 第1条"):
        over(one, other)
    with pytest.raises(RuleConflict, match="contradict"):
        over(one, notice(effect(("x",), 1), number="示例〔2020〕2号"), notice(
            effect(cell, DEPARTMENT), number="示例〔2020〕3号"
        ))  # fmt: skip
    # of several that differ from the first, the first of them is named
    third = notice(
        effect(cell, AuthorityKind.OTHER), number="示例〔2020〕3号", first=date(2020, 6, 1)
    )
    with pytest.raises(RuleConflict) as caught:
        over(one, other, third)
    assert str(caught.value) == (
        "示例〔2020〕1号 第1条 and 示例〔2020〕2号 第1条 contradict each other: manager of number "
        "and data, city department or unit, junior: city HR bureau ≠ city department or unit"
    )
    # in another city, or at another time, there is nothing to conflict with
    assert over(one, attrs.evolve(other, binds="98"))
    assert over(attrs.evolve(one, valid_through=date(2020, 5, 31)), other)


def test_two_clauses_that_agree_are_both_cited():
    cell = (DEPARTMENT, JUNIOR)
    book = over(
        notice(effect(cell, CITY)),
        notice(effect(cell, CITY), number="示例〔2020〕2号", first=date(2020, 2, 1)),
    )
    decision = book.manager(*cell, city="99", on=DAY)
    assert decision.value is CITY
    assert [str(citation) for citation in decision.citations] == [
        "示例〔2020〕1号 第1条",
        "示例〔2020〕2号 第1条",
        f"{P} 第六条（三）",
    ]


def test_a_city_may_repeat_what_the_province_states():
    cell = (DEPARTMENT, INTERMEDIATE)
    decision = over(notice(effect(cell, CITY))).manager(*cell, city="99", on=DAY)
    assert [one.document for one in decision.citations] == ["示例〔2020〕1号", P]
    weaker = over(notice(effect(cell, CITY, Basis.PRINCIPLE))).manager(*cell, city="99", on=DAY)
    assert weaker.basis is Basis.STATED
    assert [one.document for one in weaker.citations] == [P, "示例〔2020〕1号"]


def test_a_city_answers_what_the_province_leaves_open():
    cell = (DEPARTMENT, SENIOR)
    book = over(notice(effect(cell, CITY, notes=(Note("reading", "why", "为何"),))))
    decision = book.manager(*cell, city="99", on=DAY)
    assert (decision.value, decision.basis) == (CITY, Basis.STATED)
    assert decision.citations[1] == Citation(P, "第六条")
    assert [str(note) for note in decision.notes] == ["why (reading)"]
    assert book.manager(*cell, city="14", on=DAY).value is None


RANKS = [
    Basis.STATED, Basis.BY_REFERENCE, Basis.DISCRETION, Basis.UNDETERMINED, Basis.PRINCIPLE,
]  # fmt: skip


@pytest.mark.parametrize("provincial", RANKS[1:])
@pytest.mark.parametrize("local", RANKS)
def test_a_citys_clause_displaces_what_is_no_stronger(local, provincial):
    cell, other = ("city-department", JUNIOR), AuthorityKind.OTHER

    def says(basis, value):
        open_ = basis is Basis.UNDETERMINED
        return effect(cell, None if open_ else value, basis, alternatives=(value,) * open_)

    province = notice(says(provincial, other), number="示例省〔2020〕1号", binds=None)
    city = notice(says(local, CITY))
    for book in (RuleBook([province, city]), RuleBook([city, province])):
        decision = book.manager(*cell, city="99", on=DAY)
        displaced = RANKS.index(local) <= RANKS.index(provincial)
        assert decision.basis is (local if displaced else provincial)
        assert (decision.value or decision.alternatives[0]) is (CITY if displaced else other)
        # what does not decide is named all the same
        assert {one.document for one in decision.citations} == {city.number, province.number}
        assert any("weaker" in note.en for note in decision.notes) is not displaced


def test_a_bare_principle_of_a_city_decides_nothing_that_is_open():
    for grade, basis in ((SENIOR, Basis.UNDETERMINED), (JUNIOR, Basis.DISCRETION)):
        cell = (DEPARTMENT, grade)
        decision = over(notice(effect(cell, CITY, Basis.PRINCIPLE))).manager(*cell, city="99")
        plain = BUNDLED.manager(*cell)
        assert (decision.value, decision.basis) == (plain.value, basis)
        assert decision.alternatives == plain.alternatives
        assert str(decision.citations[-1]) == "示例〔2020〕1号 第1条"
        assert decision.notes[-1].en == (
            "示例〔2020〕1号 第1条 says otherwise (by the principle: city HR bureau); "
            "its basis is weaker, so it does not decide"
        )
        assert "（按原则确定：设区的市人力资源社会保障局）" in decision.notes[-1].zh
    cell = (DEPARTMENT, JUNIOR)
    alike = effect(cell, DEPARTMENT, Basis.DISCRETION, alternatives=(CITY,))
    assert over(notice(alike)).manager(*cell, city="99").citations[0].document != P


def test_a_city_that_leaves_open_what_the_province_states_is_told_so():
    open_ = effect((CITY, INTERMEDIATE), None, Basis.UNDETERMINED, alternatives=(CITY,))
    with pytest.raises(RuleConflict, match=r"undetermined \(city HR bureau\) ≠ ") as caught:
        over(notice(open_))
    assert "无法判定（设区的市人力资源社会保障局）" in caught.value.message("zh")
    left = effect((CITY, INTERMEDIATE), CITY, Basis.DISCRETION, alternatives=(DEPARTMENT,))
    with pytest.raises(RuleConflict, match="city HR bureau or city department or unit ≠ "):
        over(notice(left))


def test_a_clause_for_a_year_beats_one_for_all_years():
    cell = (CITY, SENIOR)
    book = over(
        notice(
            effect(cell, Form.PAPER, query=Query.FORM),
            effect(cell, Form.ELECTRONIC, query=Query.FORM, years=(2021, 2022)),
        )
    )
    asked = [book.form(*cell, city="99", year=year, on=DAY) for year in (None, 2020, 2021, 2022)]
    assert [one.value for one in asked] == ["paper", "paper", "electronic", "electronic"]
    assert asked[2].citations[0].clause == "第2条"


def test_a_clause_for_a_year_alone_leaves_other_years_open():
    only = notice(
        effect((CITY, SENIOR), Form.ELECTRONIC, query=Query.FORM, years=(2021,)),
        binds=None,
    )
    book = RuleBook([only])
    assert book.form(CITY, SENIOR, year=2021).value is Form.ELECTRONIC
    assert book.form(CITY, SENIOR, year=2020).basis is Basis.UNDETERMINED
    assert [str(note) for note in book.form(CITY, SENIOR).notes] == ["no clause covers this case"]


def test_a_deadline_beyond_the_calendar_is_an_error():
    days = effect(None, 30, query=Query.REPORT)
    book = RuleBook([notice(days, binds=None)])
    assert book.reporting_deadline(DAY).value == date(2020, 7, 1)
    with pytest.raises(OverflowError):
        book.reporting_deadline(date.max)


def test_conflicts_over_single_cells_are_worded_too():
    step = effect(Form.PAPER, (), query=Query.REISSUE)
    with pytest.raises(RuleConflict, match="reissue, paper:  ≠ the holder truthfully"):
        over(notice(step))
    days = effect(None, 10, query=Query.REPORT)
    with pytest.raises(RuleConflict, match="reporting: 10 ≠ 30"):
        over(notice(days))


def test_see_falls_back_to_the_clause_itself():
    days = Clause("第2条", "引文2", (effect(None, 1, query=Query.REPORT),))
    one = notice(effect((DEPARTMENT, JUNIOR), CITY, see=("第2条",)))
    book = RuleBook([attrs.evolve(one, binds=None, clauses=(*one.clauses, days))])
    citations = book.manager(DEPARTMENT, JUNIOR).citations
    assert citations == (Citation(one.number, "第1条"), Citation(one.number, "第2条"))
    assert citations[1].quote == "引文2"


def test_of_the_paragraphs_of_a_clause_the_one_about_the_same_body_is_cited():
    """Else the one about a candidate."""
    city, department = (
        Clause("第2条", quote, (effect((body, SENIOR), body),))
        for body, quote in ((CITY, "甲"), (DEPARTMENT, "乙"))
    )
    one = notice(effect((DEPARTMENT, JUNIOR), CITY, see=("第2条",)), binds=None)
    for more, quote in (((city, department), "乙"), ((city,), "甲")):
        book = RuleBook([attrs.evolve(one, clauses=(*one.clauses, *more))])
        assert book.manager(DEPARTMENT, JUNIOR).citations[1].quote == quote
