"""Books of several documents: conflicts, reforms, and documents that lean on others."""

import pickle
from datetime import date

import attrs
import pytest

from sdcert.codes import AuthorityKind, Grade
from sdcert.rulefiles import Answer, Clause, Effect, Query, RuleDocument
from sdcert.rules import Basis, Citation, Form, Note, RuleBook, RuleConflict

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
        "市直部门（单位） ≠ 设区的市人力资源社会保障局"
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


def test_two_versions_of_one_document_conflict():
    one = notice(effect((DEPARTMENT, JUNIOR), CITY))
    with pytest.raises(RuleConflict, match="two versions"):
        RuleBook([one, attrs.evolve(one, title="别的题目")])
    assert RuleBook([one, one]).documents == (one,)
    assert BUNDLED.overlay(BUNDLED) == BUNDLED


def test_a_reform_that_repeals_ends_the_old_rules_and_what_leans_on_them():
    cell = (DEPARTMENT, INTERMEDIATE)
    reform = notice(
        effect(cell, DEPARTMENT), number="示例〔2027〕1号", binds=None, first=date(2027, 1, 1),
        repeals=(P,),
    )  # fmt: skip
    book = over(reform)
    last, first = date(2026, 12, 31), date(2027, 1, 1)
    assert book.manager(*cell, city="14", on=last).value is CITY
    assert book.manager(*cell, city="14", on=first).value is DEPARTMENT
    assert book.in_force(last, city="14").value == (P, L, EXTENSION)
    assert book.in_force(first, city="14").value == ("示例〔2027〕1号",)
    silent = book.manager(DEPARTMENT, JUNIOR, city="14", on=first)
    assert silent.basis is Basis.UNDETERMINED
    assert [note.en for note in silent.notes] == [
        "no clause speaks of this case",
        f"{L}, which regulated this too, applied through 2026-12-31",
    ]
    # without regard to the day, the two disagree: nothing is chosen
    anyway = book.manager(*cell)
    assert (anyway.value, anyway.basis) == (None, Basis.UNDETERMINED)
    assert anyway.alternatives == (CITY, DEPARTMENT)
    assert anyway.notes[0].zh == "不同时期规定不同，请指定日期"
    assert [one.document for one in anyway.citations] == [P, "示例〔2027〕1号"]


def test_a_reform_without_repeal_is_told_as_a_conflict():
    reform = notice(
        effect((DEPARTMENT, INTERMEDIATE), DEPARTMENT), binds=None, first=date(2027, 1, 1)
    )
    with pytest.raises(RuleConflict, match="第六条（二）"):
        over(reform)
    assert over(attrs.evolve(reform, valid_from=date(2029, 1, 27)))


def test_between_two_sets_of_rules_both_are_named():
    later = notice(effect((CITY, SENIOR), CITY), binds=None, first=date(2030, 1, 1))
    decision = over(later).manager(CITY, SENIOR, on=date(2029, 6, 1))
    assert decision.basis is Basis.NOT_IN_FORCE
    assert [str(one) for one in decision.citations] == [
        f"{P} 第十七条", EXTENSION, "示例〔2020〕1号",
    ]  # fmt: skip
    assert decision.notes[0].en == f"{P} applied through 2029-01-26"
    assert decision.notes[-1].en == "示例〔2020〕1号 applies from 2030-01-01 on"


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
    assert [str(note) for note in book.form(CITY, SENIOR).notes] == [
        "no clause speaks of this case"
    ]


def test_remarks_on_other_times_go_with_named_years_too():
    late = notice(
        effect((CITY, SENIOR), Form.PAPER, query=Query.FORM),
        binds="14", first=date(2029, 1, 27),
    )  # fmt: skip
    decision = over(late).form(CITY, SENIOR, city="14", year=2018, on=DAY)
    assert decision.value is Form.ELECTRONIC
    assert decision.notes[-1].en == (
        "示例〔2020〕1号, which regulates this too, applies from 2029-01-27 on"
    )


def test_a_document_whose_ground_is_missing_answers_nothing():
    cell = (DEPARTMENT, JUNIOR)
    lone = RuleBook([notice(effect(cell, CITY), under=P)])
    for on in (None, DAY):
        decision = lone.manager(*cell, city="99", on=on)
        assert (decision.value, decision.basis) == (None, Basis.UNDETERMINED)
        assert [note.en for note in decision.notes] == [
            "no rules of the province are loaded",
            f"示例〔2020〕1号 rests on {P}, which is not loaded",
        ]
        assert decision.notes[1].zh == f"示例〔2020〕1号所依据的{P}未载入"
    assert lone.in_force(DAY, city="99").basis is Basis.UNDETERMINED
    assert BUNDLED.overlay(lone).manager(*cell, city="99", on=DAY).value is CITY


def test_an_extension_of_nothing_is_not_in_force():
    extension = next(one for one in BUNDLED.documents if one.extends)
    book = RuleBook([extension])
    assert book.in_force(date(2025, 1, 1)).basis is Basis.UNDETERMINED
    assert str(book.manager(CITY, SENIOR).notes[0]) == "no rules of the province are loaded"


def test_documents_that_lean_on_each_other_bind_neither():
    one = notice(effect((DEPARTMENT, JUNIOR), CITY), under="示例〔2020〕2号")
    other = notice(
        effect((DEPARTMENT, SENIOR), CITY), under="示例〔2020〕1号", number="示例〔2020〕2号"
    )
    book = over(one, other)
    assert book.in_force(DAY, city="99").value == (P,)
    assert "rests on" in str(book.manager(DEPARTMENT, JUNIOR, city="99", on=DAY).notes[-1])


def test_a_city_can_extend_and_repeal_its_own():
    cell = (DEPARTMENT, JUNIOR)
    own = notice(effect(cell, CITY), valid_through=date(2021, 12, 31))
    longer = notice(
        number="示例〔2021〕9号", first=date(2022, 1, 1), valid_through=date(2023, 12, 31),
        extends="示例〔2020〕1号",
    )  # fmt: skip
    end = notice(
        effect(cell, DEPARTMENT), number="示例〔2023〕1号", first=date(2023, 1, 1),
        repeals=("示例〔2020〕1号",),
    )  # fmt: skip
    book = over(own, longer, end)
    values = [
        book.manager(*cell, city="99", on=date(year, 6, 1)).value for year in (2021, 2022, 2023)
    ]
    assert values == [CITY, CITY, DEPARTMENT]
    assert (
        Citation("示例〔2021〕9号", "")
        in book.manager(*cell, city="99", on=date(2022, 1, 1)).citations
    )
    # the province's rules are no concern of theirs
    assert book.manager(CITY, SENIOR, on=date(2023, 6, 1)).value is CITY


def test_a_repeal_from_the_first_day_on_leaves_nothing():
    one = notice(effect((DEPARTMENT, JUNIOR), CITY))
    never = notice(number="示例〔2019〕9号", first=one.valid_from, repeals=(one.number,))
    assert over(one, never).manager(DEPARTMENT, JUNIOR, city="99", on=DAY).basis == "discretion"
    always = attrs.evolve(never, valid_from=date.min)
    assert "not loaded" not in str(over(one, always).manager(DEPARTMENT, JUNIOR, city="99").notes)


def test_the_last_day_of_the_calendar_is_a_last_day():
    book = RuleBook([notice(effect((CITY, SENIOR), CITY), binds=None, valid_through=date.max)])
    assert book.manager(CITY, SENIOR, on=date.max).value is CITY


def test_a_deadline_beyond_the_calendar_is_an_error():
    days = effect(None, 30, query=Query.REPORT)
    book = RuleBook([notice(days, binds=None)])
    assert book.reporting_deadline(DAY).value == date(2020, 7, 1)
    with pytest.raises(OverflowError):
        book.reporting_deadline(date.max)


def test_an_empty_book_knows_nothing():
    book = RuleBook([])
    assert book.in_force(DAY).basis is Basis.UNDETERMINED
    decision = book.manager(CITY, SENIOR, city="14", on=DAY)
    assert decision.notes[0].zh == "未载入省级规定"
    assert book.manager(CITY, SENIOR) == decision


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
