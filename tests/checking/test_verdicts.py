"""The verdict: three outcomes, never an exception, and one law on the fast way and the slow."""

import pickle
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.checking import Verdict, check, check_many, is_valid
from sdcert.checking.registry import registry_code
from sdcert.codes import CodeBook
from sdcert.findings import Finding, FindingCode, Outcome
from sdcert.numbering import CertificateNumber
from sdcert.testing.examples import complete_codes, example_codes
from sdcert.testing.strategies import certificate_numbers, written_forms
from tests.damage import texts

BUNDLED = CodeBook.bundled()
GRAMMAR = {
    "not-text", "empty", "prefix", "length", "digits", "layout", "sequence-zero", "marker",
}  # fmt: skip
VALUES = st.one_of(
    texts(),
    certificate_numbers(),
    st.none(),
    st.integers(),
    st.floats(),
    st.binary(),
    st.lists(st.integers()),
    st.sampled_from([object(), int, NotImplemented]),
)
DAYS = st.one_of(st.none(), st.dates())


@given(VALUES, st.sampled_from([None, BUNDLED]), DAYS, st.integers(0, 100))
def test_check_never_raises_and_the_outcome_follows_from_the_findings(value, codes, day, width):
    verdict = check(value, codes=codes, approved_on=day, window_years=width)
    severities = [finding.severity.value for finding in verdict.findings]
    order = ["invalid", "undetermined", "warning"]
    assert severities == sorted(severities, key=order.index)
    expected = "valid" if severities[:1] in ([], ["warning"]) else severities[0]
    assert verdict.outcome == expected
    assert (verdict.number is None) is bool({f.code for f in verdict.findings} & GRAMMAR)
    assert bool(verdict) is (verdict.outcome is Outcome.VALID)
    assert pickle.loads(pickle.dumps(verdict)) == verdict


@given(VALUES, st.sampled_from([None, BUNDLED]), DAYS, st.integers(0, 100))
def test_the_fast_ways_give_the_verdict_of_check(value, codes, day, width):
    verdict = check(value, codes=codes, approved_on=day, window_years=width)
    options = {"codes": codes, "approved_on": day, "window_years": width}
    assert is_valid(value, **options) is (verdict.outcome is Outcome.VALID)
    first = verdict.findings[0].code if verdict.findings else None
    assert list(check_many([value, value], **options)) == [(verdict.outcome, first)] * 2


@given(st.data(), certificate_numbers())
def test_a_written_form_is_valid_with_a_warning_that_names_the_canonical_form(data, number):
    text = data.draw(written_forms(number))
    verdict = check(text)
    assert (verdict.outcome, verdict.number) == (Outcome.VALID, number)
    codes = [finding.code for finding in verdict.findings]
    if text == str(number):
        assert codes == []
    else:
        assert codes == [FindingCode.NOT_CANONICAL]
        finding = verdict.findings[0]
        assert finding.params["canonical"] == str(number)
        start, stop = finding.span
        rest = text[:start] + text[stop:]
        assert set(rest) <= set(str(number))


@pytest.mark.parametrize(
    ("text", "codes", "outcome", "findings"),
    [
        ("鲁170000101100001", None, "valid", []),
        ("鲁170000101100001", BUNDLED, "valid", []),
        ("鲁181402001200001（基层）", BUNDLED, "valid", []),
        ("鲁199999999900042", None, "valid", []),
        ("鲁199999999900042", BUNDLED, "undetermined", ["region-unlisted", "series-unlisted"]),
        ("鲁181499901200001", BUNDLED, "undetermined", ["region-unlisted"]),
        ("鲁181402001300001", BUNDLED, "undetermined", ["series-unlisted"]),
        (
            "鲁 16 14020 013 00001",
            BUNDLED,
            "undetermined",
            ["series-unlisted", "not-canonical", "year-before-scheme"],
        ),
        ("鲁161402001200001", None, "valid", ["year-before-scheme"]),
        ("魯181402001300001", BUNDLED, "invalid", ["prefix"]),
    ],
)
def test_named_cases(text, codes, outcome, findings):
    verdict = check(text, codes=codes)
    assert (verdict.outcome, [f.code for f in verdict.findings]) == (outcome, findings)


def test_the_parts_of_a_number_are_pointed_at_in_the_text_as_given():
    text = " 鲁１６ 99\u200b999 9９9 00001(基层)\n"
    verdict = check(text, codes=BUNDLED, approved_on=date(2015, 12, 31))
    assert {f.code.value: text[slice(*f.span)] for f in verdict.findings} == {
        "region-unlisted": "99\u200b999",
        "series-unlisted": "9９9",
        "not-canonical": text,
        "year-before-scheme": "１６",
        "year-in-future": "１６",
    }


REGISTERED = [
    # renamed, added, re-used, merged, split, retired: see sdcert.testing.examples
    ("鲁199000270100001", None, "valid", []),
    ("鲁199004070100001", date(2019, 6, 1), "invalid", ["region-not-in-force"]),
    ("鲁199004070100001", None, "invalid", ["region-not-in-force"]),
    ("鲁209004070100001", None, "valid", []),
    ("鲁229001070100001", None, "invalid", ["region-not-in-force"]),
    ("鲁229001070100001", date(2024, 1, 1), "valid", []),
    ("鲁229110170100001", None, "invalid", ["region-not-in-force"]),
    ("鲁229115070100001", None, "valid", []),
    ("鲁249120174200001", date(2024, 5, 1), "invalid",
     ["region-not-in-force", "series-not-in-force"]),
    ("鲁239120174200001", date(2023, 12, 31), "valid", []),
    ("鲁239120174200001", date(2024, 1, 1), "invalid",
     ["region-not-in-force", "series-not-in-force"]),
    ("鲁229099970100001", None, "invalid", ["region-unknown"]),
    ("鲁229000299900001", None, "invalid", ["series-unknown"]),
    # complete only from 2019-01-27 on: earlier days are not spoken for
    ("鲁189099999900001", None, "undetermined", ["region-unlisted", "series-unlisted"]),
    ("鲁199099970100001", date(2019, 1, 26), "undetermined", ["region-unlisted"]),
    ("鲁199099999900001", date(2019, 1, 27), "invalid", ["region-unknown", "series-unknown"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "on", "outcome", "findings"), REGISTERED)
def test_registered_and_in_force(text, on, outcome, findings):
    verdict = check(text, codes=complete_codes(), approved_on=on)
    assert (verdict.outcome, [f.code for f in verdict.findings]) == (outcome, findings)
    for finding in verdict.findings:
        assert text[slice(*finding.span)] in (text[3:8], text[8:11])
        for lang in ("en", "zh"):
            assert finding.params["code"] in finding.message(lang)


def test_a_book_keeps_the_answers_of_each_day_and_window_apart():
    book = complete_codes()
    for text, on, _, _ in REGISTERED * 2:
        for options in ({}, {"approved_on": on}, {"window_years": 0}, {"window_years": 2}):
            expected = bool(check(text, codes=book, **options))
            assert is_valid(text, codes=book, **options) is expected
            assert is_valid(f" {text}", codes=book, **options) is expected


def test_a_code_not_in_force_is_named_with_its_days_and_successors():
    (finding,) = check("鲁229110170100001", codes=complete_codes()).findings
    assert finding.message() == (
        "region code 91101 (示例甲市教育局) was not in force from 2022-01-01 through 2023-12-31: "
        "in force through 2020-12-31; since then 91150 (示例甲市教育体育局)"
    )
    assert finding.message("zh") == (
        "地区部门识别代码91101（示例甲市教育局）在2022年1月1日至2023年12月31日期间不在有效期内："
        "有效期至2020年12月31日，此后为91150（示例甲市教育体育局）"
    )


def test_an_example_table_says_nothing_of_codes_that_it_lacks():
    verdict = check("鲁229099999900001", codes=example_codes())
    assert verdict.outcome is Outcome.UNDETERMINED
    assert [f.params["content"] for f in verdict.findings] == ["example", "example"]


@given(
    st.lists(
        certificate_numbers(
            years=range(2016, 2026),
            regions=[*(e.code for e in complete_codes().regions()), "90999", "99999"],
            series=[*(e.code for e in complete_codes().series_codes()), "999"],
        ),
        max_size=30,
    ),
    st.sampled_from([complete_codes(), example_codes()]),
    st.one_of(st.none(), st.dates(date(2018, 1, 1), date(2026, 12, 31))),
    st.integers(0, 3),
)
def test_the_fast_ways_agree_on_codes_that_come_and_go(numbers, codes, day, width):
    options = {"codes": codes, "approved_on": day, "window_years": width}
    verdicts = [check(number, **options) for number in numbers]
    firsts = [(v.outcome, v.findings[0].code if v.findings else None) for v in verdicts]
    assert list(check_many(map(str, numbers), **options)) == firsts
    assert [is_valid(str(n), **options) for n in numbers] == [bool(v) for v in verdicts]


def test_an_unlisted_code_is_worded_with_the_content_of_the_tables():
    region, series = check("鲁199999999900042", codes=BUNDLED).findings
    assert "99999" in region.message()
    assert region.params["content"] == "fragment"
    assert "no table covers" in region.message()
    assert "999" in series.message("zh")
    assert "无法判定" in series.message("zh")


def test_a_number_can_be_passed_itself():
    number = CertificateNumber(2018, "14020", "012", 1)
    assert check(number) == Verdict(Outcome.VALID, number)
    assert is_valid(number, codes=BUNDLED)
    (finding,) = check(number, approved_on=date(2017, 5, 1)).findings
    assert finding.message() == "evaluation year 2018 is later than the approval date 2017-05-01"
    assert finding.message("zh") == "评审年度（2018年）晚于核准公布日期（2017年5月1日）"
    assert finding.span == (1, 3)


class Pretender:
    """It says that it is a number, and is none."""

    __class__ = property(lambda self: CertificateNumber)


def test_a_pretender_is_not_text():
    assert check(Pretender()).findings[0].code == "not-text"
    assert not is_valid(Pretender())


@pytest.mark.parametrize("call", [check, is_valid, lambda value, **o: check_many([value], **o)])
@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"codes": "bundled"}, TypeError, "codes must be a CodeBook, not str"),
        ({"codes": {}}, TypeError, "codes must be a CodeBook, not dict"),
        ({"codes": CodeBook}, TypeError, "codes must be a CodeBook, not type"),
        ({"approved_on": "2018-01-01"}, TypeError, "approved_on must be a datetime.date, not str"),
        (
            {"approved_on": datetime(2018, 1, 1, tzinfo=UTC), "codes": BUNDLED},
            TypeError,
            "approved_on must be a datetime.date, not datetime",
        ),
        ({"window_years": -1}, ValueError, "window_years must be 0 through 100, not -1"),
        ({"window_years": 101}, ValueError, "window_years must be 0 through 100"),
        ({"window_years": 1.5}, TypeError, "window_years must be an int, not float"),
        ({"window_years": 1.0}, TypeError, "window_years must be an int, not float"),
        ({"window_years": True}, TypeError, "window_years must be an int, not bool"),
    ],
)
def test_a_wrong_option_is_an_error_of_the_caller(call, options, error, words):
    for value in ("鲁181402001200001", None):
        with pytest.raises(error, match=words):
            call(value, **options)


def test_a_whole_number_of_numpy_is_a_width_of_the_window():
    for width in (0, 1, 2):
        options = {"codes": BUNDLED, "window_years": np.int64(width)}
        verdict = check("鲁181402001200001", codes=BUNDLED, window_years=width)
        assert check("鲁181402001200001", **options) == verdict
        assert is_valid("鲁181402001200001", **options) is bool(verdict)
        assert next(check_many(["鲁181402001200001"], **options))[0] is verdict.outcome


def test_a_finding_of_no_number_is_never_valid():
    assert Verdict.of(None).outcome is Outcome.INVALID
    assert Verdict.of(None, [Finding("not-canonical", "text")]).outcome is Outcome.INVALID


def test_memory_of_heads_is_bounded_and_forgetting_changes_no_answer(monkeypatch):
    monkeypatch.setattr("sdcert.checking._fast._REMEMBERED", 4)
    numbers = [f"鲁18{region}012{n:05}" for n in range(1, 4) for region in range(14016, 14026)]
    book = CodeBook.bundled().overlay(CodeBook())
    pairs = list(check_many(numbers, codes=book))
    assert [is_valid(n, codes=book) for n in numbers] == [o is Outcome.VALID for o, _ in pairs]
    assert len(book._memos["checking"][None].heads) == len(numbers) % 4
    assert pairs == [
        (v.outcome, v.findings[0].code if v.findings else None)
        for v in (check(number, codes=book) for number in numbers)
    ]


def test_memory_of_questions_is_bounded_too():
    book = CodeBook.bundled().overlay(CodeBook())
    for day in range(200):
        assert is_valid("鲁181402001200001", codes=book, approved_on=date(2019, 1, 1 + day % 28))
        assert is_valid("鲁181402001200001", codes=book, window_years=day % 101)
    assert len(book._memos["checking"]) <= 64


def test_check_many_is_lazy_and_shares_its_answers():
    def endless():
        while True:
            yield "鲁181402001200001"
            yield "鲁18140200120001"

    answers = check_many(endless())
    first = [next(answers) for _ in range(4)]
    assert first[0] is first[2]
    assert first[1] is first[3]


def test_what_a_book_has_against_one_code():
    day = date(2019, 3, 1)
    assert registry_code(BUNDLED, "14020", day, 2018) is None
    assert registry_code(BUNDLED, "013", None, 2018) is FindingCode.SERIES_UNLISTED


def test_warnings_of_other_writings_come_in_the_order_of_their_places():
    values = [" 鲁161402001200001", "鲁161402001200001 ", "鲁 181402001200001", "鲁161402001200001"]
    assert [code for _, code in check_many(values)] == [check(v).findings[0].code for v in values]


def test_a_verdict_as_text_begins_with_the_number_where_there_is_one():
    assert check("鲁 181402001200001").text("zh-CN") == (
        "鲁181402001200001 有效\n  - 书写不规范；规范写法为鲁181402001200001"
    )


class Decimal:
    """A class that only has the name of a number, and cannot be compared."""

    def __ne__(self, other):
        raise TypeError


class NAType:
    pass


@pytest.mark.parametrize(("value", "kind"), [(Decimal(), "other"), (NAType(), "none")])
def test_a_value_that_only_has_a_known_name_is_no_error(value, kind):
    assert check(value).findings[0].kind == kind
