"""From a number to its manager: codes as of the approval, rules and code as of the day."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert import CertificateNumber, CodeBook, InvalidNumber
from sdcert._rules.entries import CodeEntries, code_of, codes_over_time
from sdcert.codes import AuthorityKind, Edition, RegionCode, SeriesCode, Source
from sdcert.rules import Basis, Citation, RuleBook, manager_of
from tests.support.rules_example import CITY, COUNTY, DEPARTMENT, ENTERPRISE, EVE, TURN, book

RULES = RuleBook.bundled()
CODES = book()
LATER = date(2026, 11, 22)


def ask(region, series, year=2018, codes=CODES, **days):
    number = CertificateNumber(year, region, series, 1)
    return manager_of(number, codes=codes, rules=RULES, **days)


def test_the_two_examples_of_the_documents():
    tables = {"codes": CodeBook.bundled(), "rules": RULES}
    city = manager_of("鲁181402001200001", **tables, on=date(2020, 1, 1))
    assert (city.value, city.code, city.basis) == (CITY, "14020", Basis.STATED)
    assert city.citations[0] == Citation("聊人社字〔2019〕27号", "二（一）")
    province = manager_of("鲁 17 00001 011 00001", **tables)
    assert (province.value, province.code) == (AuthorityKind.PROVINCIAL_HRSS, "00001")
    assert province.citations[0] == Citation("鲁人社规〔2018〕22号", "第六条（一）")


@pytest.mark.parametrize(
    ("region", "series", "on", "value", "code"),
    [
        ("90001", "611", None, AuthorityKind.PROVINCIAL_HRSS, "90001"),
        ("90002", "612", LATER, AuthorityKind.PROVINCIAL_DEPARTMENT, "90002"),
        ("91001", "611", None, CITY, "91001"),
        ("91001", "611", date(2020, 1, 1), CITY, "91001"),
        ("91001", "611", EVE, CITY, "91001"),
        ("91001", "611", TURN, CITY, "91010"),
        # a department's intermediate titles: the bureau of its city, by the code of the day
        ("91002", "612", date(2020, 1, 1), CITY, "91001"),
        ("91002", "612", LATER, CITY, "91010"),
        # its junior titles: itself, or who took over from it
        ("91002", "613", date(2020, 1, 1), DEPARTMENT, "91002"),
        ("91002", "613", LATER, DEPARTMENT, "91003"),
        ("91008", "612", LATER, COUNTY, "91008"),
        ("91007", "612", date(2020, 1, 1), CITY, "91001"),
    ],
)  # fmt: skip
def test_the_manager_and_its_own_code(region, series, on, value, code):
    decision = ask(region, series, on=on)
    assert (decision.value, decision.code) == (value, code)


def test_a_split_or_ended_body_has_no_code_that_can_be_told():
    split = ask("91004", "613", on=LATER)
    assert (split.value, split.code) == (DEPARTMENT, None)
    assert split.notes[-1].en == (
        "the tables list several codes for the managing body: 91005, 91006"
    )
    ended = ask("91007", "613", on=LATER)
    assert (ended.value, ended.code) == (ENTERPRISE, None)
    assert ended.notes[-1].zh == "现有代码表未收录管理部门自身的代码"


def test_a_bureau_listed_twice_or_never_has_no_code_that_can_be_told():
    twice = ask("92001", "612")
    assert (twice.value, twice.code) == (CITY, None)
    assert "several codes" in twice.notes[-1].en
    both = ask("91002", "612")  # without regard to the day there are two
    assert (both.value, both.code) == (CITY, None)
    assert ask("91002", "612", on=date(2018, 12, 1)).basis is Basis.NOT_IN_FORCE


def test_a_county_bureau_is_that_of_the_county():
    # no bundled rule names a county's bureau for another body's titles; a host's may
    county = CODES.region("91020", on=LATER)
    assert code_of(COUNTY, county, CODES, LATER) == ("91020", ())
    neighbour = RegionCode("91040", "示例甲县教育局", "other", "示例市", "示例甲县")
    assert code_of(COUNTY, neighbour, CODES, LATER) == ("91008", ())
    assert code_of(COUNTY, CODES.region("91009", on=LATER), CODES, LATER)[0] is None


@pytest.mark.parametrize(
    ("region", "series", "lacking"),
    [("91099", "611", ["91099"]), ("91002", "699", ["699"]), ("99001", "699", ["99001", "699"])],
)
def test_what_is_missing_is_named(region, series, lacking):
    decision = ask(region, series, on=LATER)
    assert (decision.value, decision.basis, decision.code) == (None, Basis.UNDETERMINED, None)
    for code, note in zip(lacking, decision.notes, strict=False):
        assert code in note.en
        assert code in note.zh


def test_an_unlisted_grade_leaves_the_candidates_of_all_grades():
    decision = ask("91002", "699", on=LATER)
    assert decision.alternatives == (DEPARTMENT, CITY)
    assert Citation("鲁人社规〔2018〕22号", "第六条（三）") in decision.citations
    assert ask("91099", "612").alternatives == ()


def test_a_code_not_in_force_at_the_approval_is_named():
    decision = ask("91003", "612", approved_on=date(2020, 1, 1))
    assert decision.basis is Basis.UNDETERMINED
    assert "91003" in decision.notes[0].en
    assert "not in force" in decision.notes[0].en
    assert "不在有效期内" in decision.notes[0].zh
    assert ask("91001", "615", approved_on=date(2020, 1, 1)).value is None


def test_codes_are_read_as_of_the_approval():
    before, after = date(2019, 6, 30), date(2019, 7, 1)
    assert ask("91020", "612", approved_on=before, on=after).value is CITY
    assert ask("91020", "612", approved_on=after, on=after).value is COUNTY
    assert ask("91001", "614", approved_on=before).citations[0].clause == "第六条（二）"
    assert ask("91001", "614", approved_on=after).citations[0].clause == "第六条（三）"


def test_without_the_approval_entries_that_differ_decide_nothing():
    decision = ask("91020", "612")
    assert (decision.value, decision.basis) == (None, Basis.UNDETERMINED)
    assert decision.alternatives == (CITY, COUNTY)
    assert "the approval date would decide" in decision.notes[0].en
    # the window ends with the year after the evaluation
    assert ask("91020", "612", year=2020, on=LATER).value is COUNTY
    # entries that agree on the manager's kind may differ in its code
    grades = ask("91001", "614", year=2018)
    assert grades.value is None


def test_entries_that_agree_but_have_different_codes_give_no_code():
    decision = ask("91030", "613", on=LATER)
    assert (decision.value, decision.code) == (DEPARTMENT, None)
    assert "the approval date would decide" in decision.notes[-1].en
    assert ask("91030", "613", on=LATER, approved_on=date(2019, 1, 1)).code == "91003"
    assert ask("91030", "613", on=LATER, approved_on=date(2020, 1, 1)).code == "91030"


def test_rules_out_of_force_say_so_whatever_the_codes():
    decision = ask("91001", "611", on=date(2029, 1, 27))
    assert (decision.value, decision.basis) == (None, Basis.NOT_IN_FORCE)


def test_another_authorised_unit_is_undetermined():
    decision = ask("91009", "612", on=LATER)
    assert (decision.value, decision.alternatives) == (None, (AuthorityKind.OTHER, CITY))


@pytest.mark.parametrize(
    ("number", "days", "error"),
    [
        ("鲁18140200120000", {}, InvalidNumber),
        (181402001200001, {}, TypeError),
        (None, {}, TypeError),
        ("鲁181402001200001", {"on": datetime(2020, 1, 1)}, TypeError),  # noqa: DTZ001
        ("鲁181402001200001", {"approved_on": "2020-01-01"}, TypeError),
    ],
)
def test_bad_arguments_are_refused(number, days, error):
    with pytest.raises(error):
        manager_of(number, codes=CODES, rules=RULES, **days)


@given(
    st.sampled_from([one.code for one in CODES.regions()]),
    st.sampled_from(["611", "612", "613", "614", "615", "699"]),
    st.integers(2017, 2025),
    st.none() | st.dates(date(2017, 1, 1), date(2026, 1, 1)),
    st.none() | st.dates(date(2018, 1, 1), date(2030, 1, 1)),
)
def test_it_is_the_rules_answer_for_the_tables_entries(region, series, year, approved_on, on):
    """An oracle of its own, by asking the book of codes for single days."""
    decision = ask(region, series, year, approved_on=approved_on, on=on)
    if approved_on is not None:
        body = CODES.region(region, on=approved_on)
        title = CODES.series(series, on=approved_on)
        if hasattr(body, "authority") and hasattr(title, "grade"):
            plain = RULES.manager(body.authority, title.grade, city=body.prefix, on=on)
            assert (decision.value, decision.basis) == (plain.value, plain.basis)
            assert decision.citations == plain.citations
        else:
            assert decision.basis is Basis.UNDETERMINED
    if decision.code is not None and on is not None:
        assert CODES.region(decision.code, on=on).authority is decision.value
    if decision.value is None:
        assert decision.code is None


def test_a_book_forgets_what_it_was_asked_of_long_ago():
    codes = book()
    for nth in range(1100):
        day = date.fromordinal(LATER.toordinal() - nth)
        assert ask("91002", "612", codes=codes, on=day).value is CITY
    assert len(codes._memos["managing"]) <= 1024


def test_what_needs_the_body_alone_does_not_need_the_grade():
    def seal(body):
        return RULES.sealer(body.authority, city=body.prefix, on=LATER)

    number = CertificateNumber(2018, "91002", "699", 1)
    assert CodeEntries.of(number, CODES).decide_body(seal).value is DEPARTMENT
    unlisted = CodeEntries.of(CertificateNumber(2018, "91099", "611", 1), CODES)
    decision = unlisted.decide_body(seal)
    assert (decision.value, decision.basis) == (None, Basis.UNDETERMINED)
    assert "91099" in decision.notes[0].zh


def test_a_body_with_the_prefix_of_the_province_is_under_no_citys_rules():
    """00 begins the province's codes: a table that gives it to a city's body names no city."""
    body = RegionCode("00777", "示例单位", "other", "示例市")
    assert body.prefix == "00"
    assert CodeEntries.city(body) is None
    assert CodeEntries.city(CODES.region("91002", on=date(2020, 1, 1))) == "91"


def test_the_codes_that_a_body_may_have_had():
    assert codes_over_time(CITY, "91010", CODES) == {"91001", "91010"}
    assert codes_over_time(DEPARTMENT, "91002", CODES) == {"91002", "91003"}
    assert codes_over_time(AuthorityKind.OTHER, "91002", CODES) == {"91002"}


def reused(*, regions, titles):
    """Codes 91101 and 601, each with the kind or level that it had and its first and last day."""
    source = Source("示例〔1〕号")
    bodies = [
        RegionCode("91101", name, kind, "甲市", valid_from=first, valid_through=last)
        for name, kind, first, last in regions
    ]
    levels = [
        SeriesCode("601", "示例", level, valid_from=first, valid_through=last)
        for level, first, last in titles
    ]
    return CodeBook(
        [
            Edition("r", "city:91", "甲市", source, "example", entries=bodies),
            Edition("s", "series", "示例省", source, "example", entries=levels),
        ]
    )


def test_what_never_met_is_no_candidate():
    turned = reused(
        regions=[("甲部门", DEPARTMENT, None, date(2018, 6, 30)),
                 ("乙公司", ENTERPRISE, date(2019, 1, 1), None)],
        titles=[("中级", None, date(2018, 6, 30)), ("高级", date(2018, 7, 1), None)],
    )  # fmt: skip
    # by the day: a department's intermediate title, or an enterprise's senior one
    assert ask("91101", "601", codes=turned, approved_on=date(2018, 3, 1)).value is CITY
    senior = ask("91101", "601", codes=turned, approved_on=date(2019, 3, 1))
    assert set(senior.alternatives) == {ENTERPRISE, CITY}
    whole = ask("91101", "601", codes=turned)
    assert whole.value is None
    assert set(whole.alternatives) == {CITY, ENTERPRISE}


def test_codes_that_were_never_in_force_together_name_no_body():
    apart = reused(
        regions=[("甲部门", DEPARTMENT, None, date(2018, 6, 30))],
        titles=[("中级", date(2019, 1, 1), None)],
    )
    number = CertificateNumber(2018, "91101", "601", 1)
    entries = CodeEntries.of(number, apart)
    assert (entries.regions, entries.titles, entries.pairs) == ((), (), ())
    decision = manager_of(number, codes=apart, rules=RULES)
    assert (decision.value, decision.alternatives) == (None, ())
    assert "in force together" in decision.notes[0].text()
    assert "同时在有效期内" in decision.notes[0].text("zh")


@pytest.mark.parametrize("turned", [True, False])
def test_codes_that_share_a_single_day_were_in_force_together(turned):
    day = date(2018, 7, 1)
    early, late = (None, day), (day, None)
    body, title = (late, early) if turned else (early, late)
    book = reused(regions=[("甲部门", DEPARTMENT, *body)], titles=[("中级", *title)])
    assert ask("91101", "601", codes=book).value is CITY


def test_who_took_over_is_followed_to_the_end():
    days = [date(year, 1, 1) for year in (2019, 2020, 2021)]
    eves = [date(year, 12, 31) for year in (2018, 2019, 2020)]
    line = [
        RegionCode(code, f"部门{code}", DEPARTMENT, "甲市", valid_from=first, valid_through=last,
                   successors=after)
        for code, first, last, after in zip(
            ("91101", "91102", "91103", "91104"), (None, *days), (*eves, None),
            ("91102", "91103", "91104", ()), strict=True,
        )
    ]  # fmt: skip
    book = CodeBook([Edition("r", "city:91", "甲市", Source("示例"), "example", entries=line)])
    assert code_of(DEPARTMENT, line[0], book, LATER) == ("91104", ())
    assert codes_over_time(DEPARTMENT, "91101", book) == {one.code for one in line}


def test_at_most_four_codes_of_a_managing_body_are_named():
    bureaus = [RegionCode(f"9110{nth}", f"局{nth}", CITY, "甲市") for nth in range(1, 6)]
    book = CodeBook([Edition("r", "city:91", "甲市", Source("示例"), "example", entries=bureaus)])
    department = RegionCode("91109", "部门", DEPARTMENT, "甲市")
    code, [note] = code_of(CITY, department, book, LATER)
    assert code is None
    assert note.en.endswith("managing body: 91101, 91102, 91103, 91104")
