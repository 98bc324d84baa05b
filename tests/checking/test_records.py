"""Records: the bodies that a host names, held against the number and the rules."""

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert import CertificateNumber, CodeBook, Outcome, check
from sdcert._diagnosis import excerpt_of
from sdcert._rules.entries import codes_over_time
from sdcert.checking.records import check_record
from sdcert.codes import AuthorityKind, Edition, Grade, RegionCode, SeriesCode, Source
from sdcert.rulefiles import Answer, Clause, Effect, Query, RuleDocument
from sdcert.rules import Basis, RuleBook, manager_of
from tests.support.rules_example import EVE, TURN, book

RULES = RuleBook.bundled()
CODES = book()
LATER = date(2026, 11, 22)
SURE = date(2023, 1, 1)  # the province's rules are in force by their own words


def record(region, series, year=2018, codes=CODES, **named):
    number = CertificateNumber(year, region, series, 1)
    return check_record(number, codes=codes, rules=RULES, **named)


def said(verdict):
    return [(one.code.value, one.field, one.kind) for one in verdict.findings]


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"approver": "91002"},
        {"approver": "city-department"},
        {"approver": AuthorityKind.CITY_DEPARTMENT, "manager": AuthorityKind.CITY_HRSS},
        {"manager": "city-hrss"},
        {"manager": "91010"},
    ],
)
def test_what_agrees_adds_nothing(named):
    verdict = record("91002", "612", on=LATER, **named)
    assert (verdict.outcome, verdict.findings) == (Outcome.VALID, ())


def test_an_approving_body_needs_no_rules():
    number = CertificateNumber(2018, "91002", "612", 1)
    assert check_record(number, codes=CODES, rules=None, approver="city-department")
    with pytest.raises(TypeError, match="rules must be a RuleBook, not NoneType"):
        check_record(number, codes=CODES, rules=None, manager="city-hrss")


def test_another_approving_body_is_a_mismatch_with_the_clause():
    verdict = record("91002", "612", approver="91003")
    assert said(verdict) == [("approver-mismatch", "approver", "approver-mismatch")]
    assert verdict.outcome is Outcome.INVALID
    assert str(verdict.findings[0]) == (
        "the record names 91003 as approving body, but the region code names 91002 "
        "(鲁人社规〔2018〕22号 第五条)"
    )
    by_kind = record("91002", "612", approver="county-hrss").findings[0]
    assert by_kind.message("zh") == (
        "记录的核准公布部门为县（市、区）人力资源社会保障局，应为地区部门识别代码所对应的市直部门（单位）"
        "（鲁人社规〔2018〕22号 第五条）"
    )


def test_of_a_code_that_named_two_kinds_of_body_the_approval_decides():
    for approver in ("city-department", "county-hrss"):
        verdict = record("91020", "613", approver=approver)
        assert said(verdict) == [
            ("approver-undetermined", "approver", "approver-undetermined"),
            ("region-reused", "region_code", "region-reused"),
        ]
        assert verdict.outcome is Outcome.UNDETERMINED
        assert "named city department or unit or county HR bureau" in str(verdict.findings[0])
    # the digits themselves agree
    [reused] = said(record("91020", "613", approver="91020"))
    assert reused[0] == "region-reused"
    assert said(record("91020", "613", approver="other"))[0][0] == "approver-mismatch"
    later = date(2019, 8, 1)
    assert said(record("91020", "613", approver="county-hrss", approved_on=later)) == []
    [mismatch] = said(record("91020", "613", approver="county-hrss", approved_on=date(2019, 1, 1)))
    assert mismatch == ("approver-mismatch", "approver", "approver-mismatch")


def test_of_an_unlisted_code_the_kind_says_nothing_but_the_digits_do():
    fragment = book(content="fragment")
    unlisted = record("91099", "612", codes=fragment, approver="city-hrss")
    assert said(unlisted) == [("region-unlisted", "region_code", "region-unlisted")]
    other = record("91099", "612", codes=fragment, approver="91002")
    assert [code for code, _, _ in said(other)] == ["approver-mismatch", "region-unlisted"]


@pytest.mark.parametrize("manager", ["county-hrss", "city-department", "91002", "91008", "99999"])
def test_another_manager_is_a_mismatch_with_the_clause(manager):
    verdict = record("91002", "612", on=SURE, manager=manager)
    assert said(verdict) == [("manager-mismatch", "manager", "manager-mismatch")]
    assert verdict.outcome is Outcome.INVALID
    assert "第六条（二）" in str(verdict.findings[0])
    assert "设区的市人力资源社会保障局" in verdict.findings[0].message("zh")
    # what rests on a notice that is known from a secondary source condemns nobody
    later = record("91002", "612", on=LATER, manager=manager)
    assert said(later) == [("manager-undetermined", "manager", "unverified")]
    assert "鲁人社字〔2024〕5号" in later.findings[0].message("zh")
    assert "secondary source" in str(later.findings[0])


def test_the_old_code_of_the_manager_is_no_longer_its_code():
    assert said(record("91002", "612", on=date(2020, 1, 1), manager="91001")) == []
    assert said(record("91002", "612", on=SURE, manager="91001"))[0][0] == "manager-mismatch"


def bureaus(*, linked):
    """Tables of an example city whose bureau got another code, with a county's two bureaus."""
    city = {"authority": "city-hrss", "city": "示例市"}
    county = {"authority": "county-hrss", "city": "示例市"}
    entries = (
        RegionCode("91001", "示例市人社局", **city, valid_through=EVE,
                   successors=("91010",) if linked else ()),
        RegionCode("91010", "示例市人社局", **city, valid_from=TURN),
        RegionCode("91004", "示例甲县人社局", **county, county="示例甲县"),
        RegionCode("91005", "示例乙县人社局", **county, county="示例乙县"),
        RegionCode("91002", "示例市教育局", "city-department", city="示例市",
                   valid_through=EVE, successors=("91003",)),
        RegionCode("91003", "示例市教育局", "other", city="示例市", valid_from=TURN),
    )  # fmt: skip
    titles = (SeriesCode("612", "示例教师", "中级", "intermediate"),)
    source = Source("示例文件")
    return CodeBook(
        [
            Edition("bureaus", "city:91", "示例市", source, "example", entries=entries),
            Edition("titles", "series", "示例省", source, "example", entries=titles),
        ]
    )


@pytest.mark.parametrize("linked", [True, False])
def test_without_a_day_the_managers_later_code_is_no_mismatch(linked):
    codes = bureaus(linked=linked)
    verdict = record("91001", "612", codes=codes, manager="91010")
    assert said(verdict) == [("manager-undetermined", "manager", "day")]
    assert verdict.outcome is Outcome.UNDETERMINED
    assert "is city HR bureau 91001 (" in str(verdict.findings[0])
    assert "请指定日期" in verdict.findings[0].message("zh")
    assert said(record("91001", "612", codes=codes, manager="91001")) == []
    early = record("91001", "612", codes=codes, manager="91010", on=date(2020, 1, 1))
    assert said(early) == [("manager-mismatch", "manager", "manager-mismatch")]
    # of a code that no table lists nothing can be said for all days
    unlisted = record("91001", "612", codes=codes, manager="91077")
    assert said(unlisted) == [("manager-undetermined", "manager", "code")]


@pytest.mark.parametrize("on", [None, SURE])
def test_a_mismatch_by_code_names_the_code_that_is_expected(on):
    verdict = record("91004", "612", codes=bureaus(linked=True), on=on, manager="91005")
    assert said(verdict) == [("manager-mismatch", "manager", "manager-mismatch")]
    assert "names 91005 as managing body, but it is county HR bureau 91004 (" in str(
        verdict.findings[0]
    )
    assert "（91004）" in verdict.findings[0].message("zh")


def test_the_codes_of_a_body_over_time():
    codes = bureaus(linked=False)
    assert codes_over_time(AuthorityKind.CITY_HRSS, "91010", codes) == {"91001", "91010"}
    assert codes_over_time(AuthorityKind.COUNTY_HRSS, "91004", codes) == {"91004"}
    department = AuthorityKind.CITY_DEPARTMENT
    assert codes_over_time(department, "91002", codes) == {"91002", "91003"}
    # another body that had the code has no part in it
    assert codes_over_time(AuthorityKind.OTHER, "91002", codes) == {"91002"}


def test_what_the_text_leaves_open_is_undetermined():
    for manager in ("city-hrss", "91010", "city-department", "county-hrss"):
        senior = record("91002", "611", on=LATER, manager=manager)
        assert said(senior) == [("manager-undetermined", "manager", "open")]
        assert senior.outcome is Outcome.UNDETERMINED
    junior = record("91002", "613", on=LATER, manager="city-hrss")
    assert said(junior) == [("manager-undetermined", "manager", "open")]
    assert str(junior.findings[0]).startswith(
        "the record names city HR bureau as managing body; the rules leave it open: "
        "city department or unit or city HR bureau"
    )
    by_code = record("91002", "613", on=LATER, manager="91010")
    assert said(by_code)[0][2] == "open"
    assert ": city department or unit 91003 or city HR bureau (" in str(by_code.findings[0])
    assert said(record("91002", "613", on=LATER, manager="city-department")) == []
    assert said(record("91002", "613", on=LATER, manager="91003")) == []
    assert said(record("91002", "613", on=LATER, manager="91008"))[0][2] == "open"


@pytest.mark.parametrize("manager", ["city-hrss", "county-hrss", "91010", "91003", "99999"])
def test_what_is_left_to_the_city_excludes_nobody(manager):
    # the city may say otherwise in a notice that is not at hand (第六条（三）)
    for region in ("91008", "91010"):
        verdict = record(region, "613", year=2024, on=LATER, manager=manager)
        kind = {"91008": "county-hrss", "91010": "city-hrss"}[region]
        agrees = manager in {kind, region}
        assert said(verdict) == ([] if agrees else [("manager-undetermined", "manager", "open")])
        assert verdict.outcome is (Outcome.VALID if agrees else Outcome.UNDETERMINED)


@pytest.mark.parametrize("manager", ["city-hrss", "91010", "91003"])
def test_where_the_text_is_silent_the_principle_excludes_nobody(manager):
    assert said(record("91008", "611", on=LATER, manager="county-hrss")) == []
    assert said(record("91008", "611", on=LATER, manager="91008")) == []
    verdict = record("91008", "611", on=LATER, manager=manager)
    assert said(verdict) == [("manager-undetermined", "manager", "principle")]
    assert verdict.outcome is Outcome.UNDETERMINED
    assert "only by the principle it is county HR bureau" in str(verdict.findings[0])
    assert "仅按原则确定为县（市、区）" in verdict.findings[0].message("zh")


@pytest.mark.parametrize("basis", [one for one in Basis if one is not Basis.NOT_IN_FORCE])
def test_only_what_a_text_states_makes_a_record_invalid(basis):
    day, cell = date(2018, 1, 1), (AuthorityKind.CITY_HRSS, Grade.SENIOR)
    open_ = basis is Basis.UNDETERMINED
    answer = Answer(cell, None, (cell[0],)) if open_ else Answer(cell, cell[0])
    clause = Clause("一", "示例", (Effect(Query.MANAGER, basis, (answer,)),))
    notice = RuleDocument("示例1号", "示例", "示例", day, None, day, None, clauses=(clause,))
    verdict = check_record(
        CertificateNumber(2024, "91010", "611", 1),
        codes=CODES, rules=RuleBook([notice]), on=LATER, manager="county-hrss",
    )  # fmt: skip
    assert verdict.outcome is (Outcome.INVALID if basis is Basis.STATED else Outcome.UNDETERMINED)
    if basis is Basis.BY_REFERENCE:
        assert verdict.findings[0].kind == "unverified"
        assert "参照" in verdict.findings[0].message("zh")


def test_a_code_that_the_tables_cannot_place_is_undetermined():
    # two bureaus are listed for this city: which one manages cannot be told
    for manager in ("92002", "92003", "92099"):
        verdict = record("92001", "612", manager=manager)
        assert said(verdict) == [("manager-undetermined", "manager", "code")]
        assert manager in str(verdict.findings[0])
    assert said(record("92001", "612", manager="92001"))[0][0] == "manager-mismatch"
    assert said(record("92001", "612", manager="county-hrss"))[0][0] == "manager-mismatch"


def test_without_rules_or_codes_nothing_is_said_of_the_manager():
    out = record("91002", "612", on=date(2029, 1, 27), manager="city-hrss")
    assert said(out) == [("manager-undetermined", "manager", "not-in-force")]
    assert "第十七条" in str(out.findings[0])
    missing = record("91002", "699", manager="city-hrss")
    assert said(missing)[-1] == ("manager-undetermined", "manager", "unlisted")
    assert "699" not in missing.findings[-1].message("zh")
    assert missing.outcome is Outcome.INVALID  # the table is complete and lacks 699


def test_what_is_no_number_is_only_that():
    verdict = check_record("鲁1814", codes=CODES, rules=RULES, approver="91001", manager="91001")
    assert verdict == check("鲁1814")
    assert check_record(None, codes=CODES, rules=RULES).outcome is Outcome.INVALID


def test_the_findings_of_check_are_kept():
    text = "鲁 17 91002 612 00001"
    verdict = check_record(text, codes=CODES, rules=RULES, manager="county-hrss")
    assert [one.code.value for one in verdict.findings] == ["manager-mismatch", "not-canonical"]
    assert verdict.findings[1:] == check(text, codes=CODES).findings


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000", float("nan"), pd.NA, pd.NaT, np.nan])
def test_an_empty_cell_names_nobody(cell):
    assert record("91002", "612", on=SURE, approver=cell, manager=cell).findings == ()


@pytest.mark.parametrize(
    "cell",
    [
        "9100", "foo", "seven", "٩١٠٠٢", "市长办公室", 3.5, b"91002", True, object(), -1, 100_000,
        float("inf"), 91002j, Decimal("91002.5"), np.True_,
    ],
)  # fmt: skip
def test_what_is_not_recognised_is_a_finding(cell):
    verdict = record("91002", "612", on=SURE, approver=cell, manager=cell)
    assert said(verdict) == [
        ("approver-undetermined", "approver", "unrecognised"),
        ("manager-undetermined", "manager", "unrecognised"),
    ]
    assert verdict.outcome is Outcome.UNDETERMINED
    assert all(finding.message("zh").startswith("无法识别") for finding in verdict.findings)
    assert [finding.params["given"] for finding in verdict.findings] == [excerpt_of(cell)] * 2


@pytest.mark.parametrize(
    ("approver", "manager"),
    [
        (" 91002 ", "９１０１０"), (91002, 91010), ("市直部门", "市人社局"),
        ("市直部门(单位)", "设区的市人力资源和社会保障局"), ("示例市教育局", "示例市人社局"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_offices_write_it(approver, manager):
    codes = bureaus(linked=True)
    verdict = record("91002", "612", codes=codes, on=SURE, approver=approver, manager=manager)
    assert verdict.findings == ()


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (0, "00000"), (99_999, "99999"), (91003, "91003"), (91003.0, "91003"), (7.0, "00007"),
        (np.int64(91003), "91003"), (Decimal(91003), "91003"), ("91003.0", "91003"),
    ],
)  # fmt: skip
def test_a_code_may_have_been_read_as_a_number(cell, code):
    finding = record("91002", "612", on=SURE, approver=cell).findings[0]
    assert (finding.code, finding.params["given"]) == ("approver-mismatch", code)


def test_a_name_is_looked_up_in_the_tables():
    codes = bureaus(linked=True)
    other = record("91004", "612", codes=codes, approver="示例乙县人社局", manager="示例乙县人社局")
    assert [code for code, _, _ in said(other)] == ["approver-mismatch", "manager-mismatch"]
    renamed = CodeBook(
        [
            Edition("r", "city:91", "示例市", Source("示例文件"), "example", entries=(
                RegionCode("91002", "示例市教育局", "city-department", "示例市",
                           valid_through=EVE, successors="91002"),
                RegionCode("91002", "示例市教体局", "city-department", "示例市", valid_from=TURN,
                           valid_through=date(2023, 12, 31), successors="91002"),
                RegionCode("91002", "示例市教文局", "city-department", "示例市",
                           valid_from=date(2024, 1, 1)),
            )),
        ]
    )  # fmt: skip
    early = {"codes": renamed, "approved_on": date(2018, 6, 1)}
    for name in ("示例市教育局", "示例市教体局", "示例市教文局"):  # the same body, later renamed
        assert said(record("91002", "612", **early, approver=name))[0][0] == "series-unlisted"
    late = {"codes": renamed, "approved_on": TURN}
    other = record("91002", "612", **late, approver="示例市教育局")
    assert said(other)[0] == ("approver-undetermined", "approver", "other-days")
    assert "对应示例市教体局" in other.findings[0].message("zh")  # whom it named on that day
    assert "had it on other days" in other.findings[0].message()


def test_no_message_says_that_a_day_of_approval_is_missing_which_was_given():
    entries = [
        RegionCode("91002", "示例市教育局", "city-department", "示例市", valid_through=EVE),
        RegionCode("91002", "示例公司", "city-enterprise", "示例市", valid_from=TURN),
    ]
    codes = CodeBook(
        [Edition("r", "city:91", "示例市", Source("示例"), "example", entries=entries)]
    )
    for day, name, kind in (
        (TURN, "示例市教育局", "other-days"),
        (EVE, "示例公司", "other-days"),
        (TURN, "示例公司", "series-unlisted"),
        (None, "示例公司", "approver-undetermined"),
    ):
        verdict = record("91002", "612", EVE.year, codes, approver=name, approved_on=day)
        assert said(verdict)[0][2] == kind
        told = "未给出核准公布日期" in verdict.findings[0].message("zh")
        assert told is (kind == "approver-undetermined")


def test_a_name_that_several_bodies_have_does_not_decide():
    source = Source("示例文件")
    entries = [
        RegionCode(code, "人社局", "county-hrss", "示例市", county)
        for code, county in (("91004", "甲县"), ("91005", "乙县"))
    ]
    titles = [SeriesCode("612", "示例教师", "中级")]
    codes = CodeBook(
        [
            Edition("b", "city:91", "示例市", source, "example", entries=entries),
            Edition("t", "series", "示例省", source, "example", entries=titles),
        ]
    )
    verdict = record("91004", "612", codes=codes, on=SURE, approver="人社局", manager="人社局")
    assert said(verdict) == [("manager-undetermined", "manager", "code")]


@pytest.mark.parametrize("number", ["鲁179100261200001", "鲁18", None])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"on": "2020-01-01"}, "on must be a datetime.date, not str"),
        ({"on": datetime(2020, 1, 1)}, "on must be a datetime.date, not datetime"),  # noqa: DTZ001
        ({"approved_on": "2020-01-01"}, "approved_on must be a datetime.date, not str"),
        ({"codes": None}, "codes must be a CodeBook, not NoneType"),
        ({"rules": "nonsense"}, "rules must be a RuleBook, not str"),
        ({"rules": None, "manager": "city-hrss"}, "rules must be a RuleBook, not NoneType"),
    ],
)
def test_a_wrong_question_is_refused_whatever_the_number_is(number, wrong, message):
    with pytest.raises(TypeError, match=message):
        check_record(number, **{"codes": CODES, "rules": RULES} | wrong)


@given(
    st.sampled_from([one.code for one in CODES.regions()]),
    st.sampled_from(["611", "612", "613", "614", "699"]),
    st.none() | st.dates(date(2018, 1, 1), date(2022, 1, 1)),
    st.none() | st.dates(date(2018, 1, 1), date(2030, 1, 1)),
)
def test_a_record_that_repeats_the_librarys_answers_is_as_good_as_its_number(
    region, series, approved_on, on
):
    number = CertificateNumber(2018, region, series, 1)
    tables = {"codes": CODES, "rules": RULES, "approved_on": approved_on, "on": on}
    decision = manager_of(number, **tables)
    plain = check(number, codes=CODES, approved_on=approved_on)
    if decision.value is not None:
        named = decision.code or decision.value
        assert check_record(number, **tables, approver=region, manager=named) == plain
    else:
        for kind in AuthorityKind:
            verdict = check_record(number, **tables, manager=kind)
            assert verdict.outcome is not Outcome.VALID


def test_what_a_secondary_source_alone_states_is_not_sure():
    cell = (AuthorityKind.CITY_HRSS, Grade.SENIOR)
    answer = Answer(cell, cell[0])
    clause = Clause("一", "示例", (Effect(Query.MANAGER, Basis.STATED, (answer,)),))
    day = date(2018, 1, 1)
    notice = RuleDocument(
        "示例1号", "示例", "示例", day, None, day, None, clauses=(clause,), secondary=True
    )
    verdict = check_record(
        CertificateNumber(2024, "91010", "611", 1),
        codes=CODES, rules=RuleBook([notice]), on=LATER, manager="county-hrss",
    )  # fmt: skip
    assert said(verdict) == [("manager-undetermined", "manager", "unverified")]
    assert "非官方来源" in verdict.findings[0].message("zh")
