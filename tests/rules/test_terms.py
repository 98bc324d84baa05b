"""When documents are in force: reforms, extensions, and documents that rest on others."""

from datetime import date

import attrs
import pytest

from sdcert.rulefiles import Query
from sdcert.rules import Basis, Citation, Form, RuleBook, RuleConflict
from tests.support.rule_documents import (
    BUNDLED,
    CITY,
    DAY,
    DEPARTMENT,
    EXTENSION,
    INTERMEDIATE,
    JUNIOR,
    SENIOR,
    L,
    P,
    effect,
    notice,
    over,
)  # fmt: skip


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
        "no clause covers this case",
        f"{L}, which also regulated this, applied through 2026-12-31",
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


def test_remarks_on_other_times_go_with_named_years_too():
    late = notice(
        effect((CITY, SENIOR), Form.PAPER, query=Query.FORM),
        binds="14", first=date(2029, 1, 27),
    )  # fmt: skip
    decision = over(late).form(CITY, SENIOR, city="14", year=2018, on=DAY)
    assert decision.value is Form.ELECTRONIC
    assert decision.notes[-1].en == (
        "示例〔2020〕1号, which also regulates this, applies from 2029-01-27 on"
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


def test_a_document_may_be_in_force_for_a_single_day():
    book = over(notice(effect((DEPARTMENT, JUNIOR), CITY), first=DAY, valid_through=DAY))
    near = [date.fromordinal(DAY.toordinal() + shift) for shift in (-1, 0, 1)]
    values = [book.manager(DEPARTMENT, JUNIOR, city="99", on=day).value for day in near]
    assert values == [DEPARTMENT, CITY, DEPARTMENT]


def test_of_several_sets_of_rules_the_nearest_are_named():
    """The one that ended last, and the one that begins first."""
    books = [
        notice(
            effect((CITY, SENIOR), CITY),
            number=f"示例〔{year}〕1号", binds=None, first=date(year, 1, 1), valid_through=last,
        )
        for year, last in ((2001, date(2001, 12, 31)), (2003, date(2003, 12, 31)),
                           (2005, date(2005, 12, 31)), (2007, None))
    ]  # fmt: skip
    for documents in (books, books[::-1]):
        decision = RuleBook(documents).manager(CITY, SENIOR, on=date(2004, 6, 1))
        assert [note.en for note in decision.notes] == [
            "示例〔2003〕1号 applied through 2003-12-31",
            "示例〔2005〕1号 applies from 2005-01-01 on",
        ]


def test_of_documents_of_one_day_the_provinces_come_first():
    one = notice(effect((DEPARTMENT, JUNIOR), CITY), number="示例〔2020〕1号")
    other = notice(effect((CITY, SENIOR), CITY), number="示例〔2020〕2号", binds=None)
    assert RuleBook([one, other]).documents == (other, one)


def test_an_unseen_document_makes_an_answer_unsure_and_is_named():
    """The document itself or the extension that it rests on, though it has no note of its own."""
    cell = (CITY, SENIOR)
    seen = notice(effect(cell, CITY), binds=None, valid_through=date(2020, 12, 31))
    longer = notice(
        number="示例〔2021〕9号", binds=None, first=date(2021, 1, 1),
        valid_through=date(2021, 12, 31), extends=seen.number,
    )  # fmt: skip
    for unseen in ({seen.number}, {longer.number}, {seen.number, longer.number}):
        documents = [attrs.evolve(one, secondary=one.number in unseen) for one in (seen, longer)]
        decision = RuleBook(documents).manager(*cell, on=date(2021, 6, 1))
        assert not decision.verified
        named = {number for number in (seen.number, longer.number)
                 if any(number in note.en for note in decision.unverified)}  # fmt: skip
        assert named == unseen


def test_the_last_day_of_the_calendar_is_a_last_day():
    book = RuleBook([notice(effect((CITY, SENIOR), CITY), binds=None, valid_through=date.max)])
    assert book.manager(CITY, SENIOR, on=date.max).value is CITY


def test_an_empty_book_knows_nothing():
    book = RuleBook([])
    assert book.in_force(DAY).basis is Basis.UNDETERMINED
    decision = book.manager(CITY, SENIOR, city="14", on=DAY)
    assert decision.notes[0].zh == "未载入省级规定"
    assert book.manager(CITY, SENIOR) == decision
