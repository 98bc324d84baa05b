"""Every decidable statement of the two documents, each with a test that names its clause.

The expectations are written from the text, clause by clause, not from the rule files. The last
tests hold the two together: a clause in the data without a test here fails.
"""

from datetime import date
from itertools import product

import pytest

from sdcert import CertificateNumber, CodeBook, InvalidNumber, InvalidTable
from sdcert.codes import AuthorityKind, CityPrefix, Edition, Grade, RegionCode, Source
from sdcert.codes.edition import city_domain
from sdcert.rules import Basis, Citation, Form, NoteKind, Numbering, RuleBook

P = "鲁人社规〔2018〕22号"
EXTENSION = "鲁人社字〔2024〕5号"
L = "聊人社字〔2019〕27号"
RULES = RuleBook.bundled()

HRSS, DEPARTMENT, ENTERPRISE = "provincial-hrss", "provincial-department", "provincial-enterprise"
CITY, CITY_DEPARTMENT, CITY_ENTERPRISE = "city-hrss", "city-department", "city-enterprise"
COUNTY, OTHER = "county-hrss", "other"
SENIOR, INTERMEDIATE, JUNIOR = "senior", "intermediate", "junior"

TESTED: dict[tuple[str, str], list[str]] = {}
# Decidable statements whose home is another part of the library; their tests stand here too.
ELSEWHERE = {(P, "第二条"), (P, "第五条（一）"), (P, "第五条（二）"), (P, "第五条（三）")}


def states(document, place, opening=""):
    """Name the clause that a test is about; ``opening`` tells quotations of one clause apart."""

    def take(test):
        TESTED.setdefault((document, place), []).append(opening)
        return test

    return take


def manager(*cell, **options):
    return RULES.manager(*cell, **options)


def holds(decision, value, basis, document, place):
    """The decision, and that the clause which decides stands first and is quoted."""
    first = decision.citations[0]
    assert (decision.value, decision.basis) == (value, basis)
    assert first == Citation(document, place)
    assert first.quote
    return True


# --- 鲁人社规〔2018〕22号 ---


@states(P, "第二条")
def test_p_2_other_authorised_units_may_approve():
    assert AuthorityKind.OTHER.label("zh") == "其他授权的部门（单位）"
    assert RULES.manager(OTHER, SENIOR).citations[0].quote.endswith("其授权的部门（单位）")


@states(P, "第五条")
def test_p_5_senior_and_intermediate_numbers_follow_the_rules():
    for body, grade in product(AuthorityKind, (SENIOR, INTERMEDIATE)):
        assert holds(RULES.numbering(body, grade), Numbering.BINDING, "stated", P, "第五条")


@states(P, "第五条")
@pytest.mark.parametrize("authority", [HRSS, ENTERPRISE, OTHER])
def test_p_5_junior_numbers_of_bodies_that_nobody_names_are_open(authority):
    decision = RULES.numbering(authority, JUNIOR)
    assert (decision.value, decision.basis) == (None, Basis.UNDETERMINED)
    assert decision.alternatives == (Numbering.OPTIONAL, Numbering.BINDING)
    assert decision.citations == (Citation(P, "第五条"), Citation(P, "第五条（四）"))


@states(P, "第五条")
def test_p_5_the_number_of_the_example():
    number = CertificateNumber.parse("鲁 17 00001 011 00001")
    assert number == CertificateNumber(2017, "00001", "011", 1)
    assert (
        CodeBook.bundled().region("00001", on=date(2019, 3, 1)).authority
        is AuthorityKind.PROVINCIAL_HRSS
    )
    title = CodeBook.bundled().series("011", on=date(2019, 3, 1))
    assert (title.series, title.level) == ("中小学教师", "正高级")


@states(P, "第五条（一）")
def test_p_5_1_a_city_fixes_codes_under_its_own_prefix_only():
    def table(code):
        office = RegionCode(code, "示例市人社局", AuthorityKind.CITY_HRSS, city="示例市")
        source = Source("示例")
        return Edition("example", city_domain("99"), "示例市", source, "example", entries=(office,))

    assert table("99001").entries
    with pytest.raises(InvalidTable):
        table("98001")
    assert CityPrefix("99", "示例市").width == 2


@states(P, "第五条（二）")
def test_p_5_2_series_codes_are_the_provinces():
    assert {one.domain for one in CodeBook.bundled().editions if "series" in one.id} == {"series"}


@states(P, "第五条（三）")
def test_p_5_3_the_marker_stands_after_the_number():
    number = CertificateNumber.parse("鲁181402001200001（基层）")
    assert number.grassroots
    assert str(number.base) == "鲁181402001200001"
    with pytest.raises(InvalidNumber):
        CertificateNumber.parse("鲁（基层）181402001200001")


@states(P, "第五条（四）")
@pytest.mark.parametrize(
    ("authority", "city"),
    [
        (DEPARTMENT, None),
        *product((CITY, CITY_DEPARTMENT, CITY_ENTERPRISE, COUNTY, OTHER), ("90",)),
    ],
)
def test_p_5_4_junior_numbers_of_cities_and_departments_may_follow_the_rules(authority, city):
    decision = RULES.numbering(authority, JUNIOR, city=city)
    assert holds(decision, Numbering.OPTIONAL, "discretion", P, "第五条（四）")
    # 各设区的市 names the city; that its departments and counties are meant, too, is a reading
    assert decision.rests_on_reading is (authority not in (DEPARTMENT, CITY))


@states(P, "第六条")
@pytest.mark.parametrize(
    ("authority", "grade"),
    [
        (HRSS, INTERMEDIATE), (HRSS, JUNIOR), (DEPARTMENT, SENIOR), (ENTERPRISE, SENIOR),
        (ENTERPRISE, JUNIOR), (COUNTY, SENIOR),
    ],
)  # fmt: skip
def test_p_6_where_the_text_is_silent_the_principle_answers(authority, grade):
    assert holds(manager(authority, grade), authority, "principle", P, "第六条")


@states(P, "第六条")
@pytest.mark.parametrize("authority", [CITY_DEPARTMENT, CITY_ENTERPRISE])
@pytest.mark.parametrize("city", [None, "14", "90"])
def test_p_6_senior_titles_of_city_bodies_are_not_contemplated(authority, city):
    decision = manager(authority, SENIOR, city=city)
    assert (decision.value, decision.basis) == (None, Basis.UNDETERMINED)
    assert decision.alternatives == (authority, CITY)
    assert Citation(P, "第六条（二）") in decision.citations


@states(P, "第六条")
@pytest.mark.parametrize("grade", [SENIOR, INTERMEDIATE, JUNIOR])
def test_p_6_names_authorised_units_with_the_principle(grade):
    assert holds(manager(OTHER, grade), OTHER, "principle", P, "第六条")
    # under a city's prefix the analogy to 第六条（二） pulls the other way
    for city in ("14", "90"):
        decision = manager(OTHER, grade, city=city)
        assert (decision.value, decision.alternatives) == (None, (OTHER, CITY))
        assert decision.basis is Basis.UNDETERMINED
        [analogy] = [one for one in decision.citations if one.clause == "第六条（二）"]
        assert analogy.quote.startswith("设区的市")


@states(P, "第六条（一）", "省人力资源社会保障厅")
def test_p_6_1_senior_by_the_provincial_department_of_hr():
    assert holds(manager(HRSS, SENIOR), HRSS, "stated", P, "第六条（一）")


@states(P, "第六条（一）", "设区的市")
def test_p_6_1_senior_by_a_city_bureau():
    assert holds(manager(CITY, SENIOR), CITY, "stated", P, "第六条（一）")


@states(P, "第六条（二）", "省直部门")
@pytest.mark.parametrize("authority", [DEPARTMENT, ENTERPRISE])
def test_p_6_2_intermediate_by_provincial_departments_and_enterprises(authority):
    assert holds(manager(authority, INTERMEDIATE), authority, "stated", P, "第六条（二）")


@states(P, "第六条（二）", "设区的市")
@pytest.mark.parametrize("authority", [CITY, CITY_DEPARTMENT, CITY_ENTERPRISE])
def test_p_6_2_intermediate_in_a_city_is_managed_by_its_bureau(authority):
    assert holds(manager(authority, INTERMEDIATE), CITY, "stated", P, "第六条（二）")


@states(P, "第六条（二）", "县（市、区）")
def test_p_6_2_intermediate_by_a_county_bureau():
    assert holds(manager(COUNTY, INTERMEDIATE), COUNTY, "stated", P, "第六条（二）")


@states(P, "第六条（三）")
def test_p_6_3_junior_by_a_provincial_department():
    decision = manager(DEPARTMENT, JUNIOR)
    assert holds(decision, DEPARTMENT, "by-reference", P, "第六条（三）")
    assert decision.citations == (Citation(P, "第六条（三）"), Citation(P, "第六条"))


@states(P, "第六条（三）")
@pytest.mark.parametrize(
    ("authority", "others"),
    [(CITY, ()), (COUNTY, (CITY,)), (CITY_DEPARTMENT, (CITY,)), (CITY_ENTERPRISE, (CITY,))],
)
def test_p_6_3_junior_in_a_city_is_left_to_the_city(authority, others):
    decision = manager(authority, JUNIOR)
    assert holds(decision, authority, "discretion", P, "第六条（三）")
    assert decision.alternatives == others


@states(P, "第八条")
@pytest.mark.parametrize("grade", [INTERMEDIATE, JUNIOR])
def test_p_8_two_forms_and_no_choice_for_the_rest_of_the_provinces_own(grade):
    decision = RULES.form(HRSS, grade)
    assert (decision.value, decision.basis) == (None, Basis.UNDETERMINED)
    assert decision.alternatives == (Form.PAPER, Form.ELECTRONIC)
    assert decision.citations[0] == Citation(P, "第八条")


@states(P, "第九条")
@pytest.mark.parametrize("authority", list(AuthorityKind))
def test_p_9_paper_is_sealed_by_the_approving_body(authority):
    assert holds(RULES.sealer(authority, form="paper"), authority, "stated", P, "第九条")
    assert RULES.sealer(authority).value is authority


@states(P, "第十条")
def test_p_10_senior_titles_of_the_province_are_electronic():
    assert holds(RULES.form(HRSS, SENIOR), Form.ELECTRONIC, "stated", P, "第十条")


@states(P, "第十条第二款")
@pytest.mark.parametrize("authority", [one for one in AuthorityKind if one != HRSS])
@pytest.mark.parametrize("grade", list(Grade))
def test_p_10_2_other_bodies_need_the_provinces_consent(authority, grade):
    decision = RULES.form(authority, grade)
    assert holds(decision, Form.PAPER, "discretion", P, "第十条第二款")
    assert decision.alternatives == (Form.ELECTRONIC,)


@states(P, "第十一条")
@pytest.mark.parametrize("authority", list(AuthorityKind))
def test_p_11_electronic_is_sealed_by_the_approving_body(authority):
    decision = RULES.sealer(authority, form="electronic")
    assert holds(decision, authority, "stated", P, "第十一条")
    both = RULES.sealer(authority)
    assert both.citations == (Citation(P, "第九条"), Citation(P, "第十一条"))


@states(P, "第十二条", "因职称纸质证书")
def test_p_12_paper_is_reissued_in_four_steps():
    decision = RULES.reissue("paper")
    assert [step.actor for step in decision.value] == [
        "holder", "competent department", "submitting department", "approving body",
    ]  # fmt: skip
    assert decision.value[-1].zh == "原职称纸质证书即时作废"
    assert decision.basis is Basis.STATED
    assert decision.citations == (Citation(P, "第十二条"),)
    assert "the number stays" in decision.notes[0].en
    assert "编号不变" in decision.notes[0].zh
    assert {note.kind for note in decision.notes} == {NoteKind.READING}


@states(P, "第十二条", "已实行职称电子证书")
def test_p_12_electronic_is_printed_again():
    [step] = RULES.reissue(Form.ELECTRONIC).value
    assert "自行打印" in step.zh
    assert "prints it again" in step.text()


@states(P, "第十五条")
@pytest.mark.parametrize(
    ("formed", "last"),
    [
        (date(2019, 1, 27), date(2019, 2, 26)),
        (date(2019, 1, 31), date(2019, 3, 2)),
        (date(2020, 2, 1), date(2020, 3, 2)),
        (date(2023, 12, 31), date(2024, 1, 30)),
        (date(2029, 1, 26), date(2029, 2, 25)),
    ],
)
def test_p_15_data_is_reported_within_30_calendar_days(formed, last):
    decision = RULES.reporting_deadline(formed)
    assert holds(decision, last, "stated", P, "第十五条")
    assert decision.rests_on_reading
    assert decision.notes[0].text("zh").endswith("含期满当日（解读）")


@states(P, "第十七条")
@pytest.mark.parametrize(
    ("day", "documents"),
    [
        (date(2019, 1, 26), None),
        (date(2019, 1, 27), (P,)),
        (date(2024, 1, 26), (P,)),
        (date(2024, 1, 27), (P, EXTENSION)),
        (date(2029, 1, 26), (P, EXTENSION)),
        (date(2029, 1, 27), None),
    ],
)
def test_p_17_first_and_last_day(day, documents):
    decision = RULES.in_force(day)
    assert decision.value == documents
    assert decision.citations[0] == Citation(P, "第十七条")
    assert (Citation(EXTENSION, "", True) in decision.citations) == (day > date(2024, 1, 26))


@states(P, "第十七条")
def test_p_17_repeals_the_rules_of_2011():
    for decision in (RULES.in_force(date(2019, 1, 26)), manager(CITY, SENIOR, on=date(2012, 1, 1))):
        assert decision.basis is Basis.NOT_IN_FORCE
        # 同时废止 is all that the text says: that they applied before is no more than possible
        [older] = [note for note in decision.notes if "鲁人社办发〔2011〕102号" in note.en]
        assert "may have applied" in older.en
        assert "可能适用" in older.zh


# --- 聊人社字〔2019〕27号 ---


@states(L, "一")
def test_l_1_one_scheme_for_the_whole_city_whatever_the_grade():
    for body in (CITY, CITY_DEPARTMENT, CITY_ENTERPRISE, COUNTY, OTHER):
        for grade in (SENIOR, INTERMEDIATE, JUNIOR):
            decision = RULES.numbering(body, grade, city="14")
            assert holds(decision, Numbering.BINDING, "stated", L, "一")
        assert "未区分层级" in decision.notes[0].zh
        assert decision.notes[0].kind is NoteKind.READING


@states(L, "一")
def test_l_1_the_number_of_the_example():
    assert CertificateNumber.parse("鲁 181402001200001") == CertificateNumber(
        2018, "14020", "012", 1
    )


@states(L, "二（一）")
def test_l_2_1_senior_by_the_city_bureau():
    assert holds(manager(CITY, SENIOR, city="14"), CITY, "stated", L, "二（一）")


@states(L, "二（二）", "市人力资源")
@pytest.mark.parametrize("authority", [CITY, CITY_DEPARTMENT])
def test_l_2_2_intermediate_by_the_city_bureau_and_city_departments(authority):
    assert holds(manager(authority, INTERMEDIATE, city="14"), CITY, "stated", L, "二（二）")


@states(L, "二（二）", "各县")
def test_l_2_2_intermediate_by_a_county_bureau():
    assert holds(manager(COUNTY, INTERMEDIATE, city="14"), COUNTY, "stated", L, "二（二）")


@states(L, "二（三）", "市直部门")
def test_l_2_3_junior_by_a_city_department():
    decision = manager(CITY_DEPARTMENT, JUNIOR, city="14")
    assert holds(decision, CITY_DEPARTMENT, "stated", L, "二（三）")
    assert not decision.alternatives  # the province left it open; the city has spoken
    assert Citation(P, "第六条（三）") in decision.citations


@states(L, "二（三）", "各县")
def test_l_2_3_junior_by_a_county_bureau():
    assert holds(manager(COUNTY, JUNIOR, city="14"), COUNTY, "stated", L, "二（三）")


@states(L, "三（一）", "2018年度")
@pytest.mark.parametrize("grade", [SENIOR, INTERMEDIATE])
def test_l_3_1_the_city_bureaus_titles_of_2018_are_electronic(grade):
    decision = RULES.form(CITY, grade, city="14", year=2018)
    assert holds(decision, Form.ELECTRONIC, "stated", L, "三（一）")
    year, consent = decision.notes[:2]
    assert (year.kind, consent.kind) == (NoteKind.READING, NoteKind.OPEN)
    assert "核准公布的年度" in year.zh
    assert "第十条第二款" in consent.zh


@states(L, "三（一）", "我市")
@pytest.mark.parametrize("year", [None, 2017, 2019])
@pytest.mark.parametrize(
    ("authority", "grade"),
    [
        (CITY, SENIOR), (CITY, INTERMEDIATE), (CITY, JUNIOR), (CITY_DEPARTMENT, SENIOR),
        (CITY_DEPARTMENT, INTERMEDIATE), (CITY_ENTERPRISE, SENIOR),
        (CITY_ENTERPRISE, INTERMEDIATE), (CITY_ENTERPRISE, JUNIOR), (COUNTY, SENIOR),
    ],
)  # fmt: skip
def test_l_3_1_the_rest_becomes_electronic_by_and_by(authority, grade, year):
    decision = RULES.form(authority, grade, city="14", year=year)
    assert holds(decision, Form.PAPER, "discretion", L, "三（一）")
    assert decision.alternatives == (Form.ELECTRONIC,)


@states(L, "三（二）")
@pytest.mark.parametrize(
    ("authority", "grade"), [(COUNTY, INTERMEDIATE), (COUNTY, JUNIOR), (CITY_DEPARTMENT, JUNIOR)]
)
def test_l_3_2_counties_and_departments_follow_by_and_by(authority, grade):
    decision = RULES.form(authority, grade, city="14", year=2018)
    assert holds(decision, Form.PAPER, "discretion", L, "三（二）")
    assert decision.alternatives == (Form.ELECTRONIC,)


# --- the tests and the data ---

CLAUSES = [(book.number, clause) for book in RULES.documents for clause in book.clauses]


@pytest.mark.parametrize(
    ("document", "clause"), CLAUSES, ids=lambda one: getattr(one, "place", one)
)
def test_every_clause_in_the_data_has_a_test(document, clause):
    openings = TESTED.get((document, clause.place), [])
    assert any(clause.quote.startswith(opening) for opening in openings), clause.quote


def test_every_tested_clause_is_in_the_data_or_at_home_elsewhere():
    known = {(document, clause.place) for document, clause in CLAUSES} | ELSEWHERE
    assert set(TESTED) == known


def test_the_quotations_of_one_clause_are_told_apart():
    for (document, place), openings in TESTED.items():
        for opening in filter(None, set(openings)):
            found = [
                clause for number, clause in CLAUSES
                if (number, clause.place) == (document, place) and clause.quote.startswith(opening)
            ]  # fmt: skip
            assert len(found) == 1, (document, place, opening)
