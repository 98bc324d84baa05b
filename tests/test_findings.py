"""Findings are data; their words are complete in both languages."""

import json
import pickle
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.errors import InvalidNumber, MissingExtra, SdcertError
from sdcert.findings import Finding, FindingCode, Outcome, Params, Severity
from sdcert.messages import Bilingual
from tests.support.catalogue import texts_of

TEXTS = texts_of("findings")
CASES = [name for name in TEXTS if not name.startswith(("label.", "outcome.", "field."))]


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_codes_are_the_stable_list():
    assert [code.value for code in FindingCode if code.severity is Severity.INVALID] == [
        "not-text", "empty", "prefix", "length", "digits", "layout", "sequence-zero", "marker",
        "region-unknown", "region-not-in-force", "series-unknown", "series-not-in-force",
        "codes-not-together",
        "approver-mismatch", "manager-mismatch",
    ]  # fmt: skip
    assert [code.value for code in FindingCode if code.severity is Severity.UNDETERMINED] == [
        "region-unlisted",
        "series-unlisted",
        "approver-undetermined",
        "manager-undetermined",
    ]
    assert [code.value for code in FindingCode if code.severity is Severity.WARNING] == [
        "region-reused",
        "series-reused",
        "not-canonical",
        "year-before-scheme",
        "year-in-future",
    ]


@pytest.mark.usefixtures("aside")
@pytest.mark.parametrize("name", CASES)
def test_every_case_is_worded_in_both_languages_from_the_same_parameters(name):
    english, chinese = TEXTS[name]["en"], TEXTS[name]["zh"]
    code, _, kind = name.partition(".")
    assert fields(chinese) == fields(english) - ({"name"} if "{name}" not in chinese else set())
    params = dict.fromkeys(fields(english), "x") | ({"kind": kind} if kind else {})
    finding = Finding(code, "text", None, params)
    assert finding.message() == str(finding) == english.format(**dict.fromkeys(params, "x"))
    assert finding.message("zh") == chinese.format(**dict.fromkeys(params, "x"))
    assert not english.endswith(".")
    assert not chinese.endswith("。")


@pytest.mark.parametrize("code", list(FindingCode))
def test_every_code_has_a_label_and_a_general_wording(code):
    assert code.value in TEXTS
    assert code.label() != code.label("zh")


def test_codes_never_in_force_together_are_undetermined_where_a_day_is_undecided():
    assert Finding("codes-not-together", "digits").severity is Severity.INVALID
    undecided = Finding("codes-not-together", "digits", None, {"kind": "undecided"})
    assert undecided.severity is Severity.UNDETERMINED
    assert undecided.severity.outcome is Outcome.UNDETERMINED


def test_findings_are_ordered_by_severity_then_span():
    findings = [
        Finding("not-canonical", "text"),
        Finding("region-unlisted", "region_code", (3, 8)),
        Finding("layout", "text", (5, 6)),
        Finding("digits", "digits", (2, 3)),
    ]
    codes = [finding.code.value for finding in sorted(findings, key=lambda one: one.rank)]
    assert codes == ["digits", "layout", "region-unlisted", "not-canonical"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_label(outcome):
    assert outcome.label() == outcome.value
    assert not outcome.label("zh").isascii()


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match=r"lang must be 'en', 'zh' or a tag .* not 'fr'"):
        Finding("empty", "text").message("fr")


def test_a_text_in_two_languages_shows_the_one_asked_for():
    finding = Finding(
        "year-in-future", "year", (1, 3), {"year": 2019, "approved_on": Bilingual("A", "甲")}
    )
    assert finding.message().endswith("approval date A")
    assert finding.message("zh").endswith("核准公布日期（甲）")
    assert [finding.as_dict(lang)["params"]["approved_on"] for lang in ("en", "zh")] == ["A", "甲"]
    assert finding.as_dict("zh")["params"]["year"] == 2019


def test_a_finding_without_its_parameters_is_named_all_the_same():
    assert str(Finding("not-text", "text")) == FindingCode.NOT_TEXT.label()
    assert Finding("length", "digits", None, {"kind": "range"}).message("zh") == "位数有误"


def test_a_finding_as_data_is_ready_for_json():
    finding = Finding(
        "year-in-future", "year", (1, 3), {"year": 2019, "approved_on": date(2018, 1, 2)}
    )
    data = finding.as_dict("zh-CN")
    assert json.loads(json.dumps(data)) == data
    assert data["params"] == {"kind": "year-in-future", "year": 2019, "approved_on": "2018年1月2日"}
    assert data["message"] == finding.message("zh")
    assert (data["span"], data["severity"]) == ([1, 3], "warning")
    assert Finding("empty", "text").as_dict()["span"] is None


def test_findings_are_values():
    finding = Finding("length", "digits", (1, 15), {"kind": "short", "count": 14})
    assert finding.code is FindingCode.LENGTH
    assert finding.kind == "short"
    assert Finding("empty", "text").kind == "empty"
    assert pickle.loads(pickle.dumps(finding)) == finding
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert {finding, pickle.loads(pickle.dumps(finding, protocol))} == {finding}
    with pytest.raises(ValueError, match="nonsense"):
        Finding("nonsense", "text")


@given(st.dictionaries(st.text("abc", min_size=1), st.integers()))
def test_params_are_a_mapping_that_hashes(items):
    params = Params(**items)
    assert dict(params) == items == params
    assert len(params) == len(items)
    assert hash(params) == hash(Params(**dict(reversed(items.items()))))
    assert eval(repr(params), {"Params": Params}) == params
    with pytest.raises(KeyError):
        params["d"]


@pytest.mark.parametrize(
    ("error", "builtin", "english", "chinese"),
    [
        (SdcertError("a", 1), Exception, "a; 1", "a; 1"),
        (
            MissingExtra("sdcert check", "cli"),
            ImportError,
            "sdcert check needs an extra: pip install 'sdcert[cli]'",
            "sdcert check需要安装可选依赖：pip install 'sdcert[cli]'",
        ),
        (
            InvalidNumber("x", (Finding("empty", "text"),) * 2),
            ValueError,
            "not a certificate number “x”: the text is empty",
            "不是职称证书编号“x”：文本为空",
        ),
        (
            InvalidNumber(
                "x", tuple(Finding("length", "digits", None, {"count": n}) for n in range(6))
            ),
            ValueError,
            "not a certificate number “x”: "
            + "; ".join(f"15 digits are needed, not {n}" for n in range(5))
            + "; …",
            "不是职称证书编号“x”："
            + "；".join(f"编号应有15位数字，现有{n}位" for n in range(5))
            + "……",
        ),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else None,
)
def test_errors_refine_builtins_speak_both_languages_and_pickle(error, builtin, english, chinese):
    assert isinstance(error, SdcertError)
    assert isinstance(error, builtin)
    assert str(error) == error.message() == english
    assert error.message("zh") == chinese
    loaded = pickle.loads(pickle.dumps(error))
    assert (type(loaded), loaded.args, str(loaded)) == (type(error), error.args, english)
