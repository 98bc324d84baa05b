"""Findings are data; their words are complete in both languages."""

import pickle
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.errors import InvalidNumber, MissingExtra, SdcertError
from sdcert.findings import (
    _LABELS,
    _TEXTS,
    Finding,
    FindingCode,
    Outcome,
    Params,
    Severity,
    excerpt,
)

HIDDEN = {*"\u034f\u115f\u1160\u2800\u3164\uffa0", *map(chr, range(0xFE00, 0xFE10))}
WORDED = [(code, kind) for code in FindingCode for kind in _TEXTS[code]]


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_codes_are_the_stable_list():
    assert [code.value for code in FindingCode if code.severity is Severity.INVALID] == [
        "not-text", "empty", "prefix", "length", "digits", "layout", "sequence-zero", "marker",
        "region-unknown", "region-not-in-force", "series-unknown", "series-not-in-force",
        "approver-mismatch", "manager-mismatch",
    ]  # fmt: skip
    assert [code.value for code in FindingCode if code.severity is Severity.UNDETERMINED] == [
        "region-unlisted",
        "series-unlisted",
        "approver-undetermined",
        "manager-undetermined",
    ]
    assert [code.value for code in FindingCode if code.severity is Severity.WARNING] == [
        "not-canonical",
        "year-before-scheme",
        "year-in-future",
    ]


@pytest.mark.parametrize(("code", "kind"), WORDED)
def test_every_case_is_worded_in_both_languages_from_the_same_parameters(code, kind):
    english, chinese = _TEXTS[code][kind]
    assert english
    assert chinese
    assert fields(chinese) == fields(english) - ({"name"} if "{name}" not in chinese else set())
    params = dict.fromkeys(fields(english), "x") | ({"kind": kind} if kind else {})
    finding = Finding(code, "text", None, params)
    assert finding.message() == str(finding) == english.format(**dict.fromkeys(params, "x"))
    assert finding.message("zh") == chinese.format(**dict.fromkeys(params, "x"))
    assert not english.endswith(".")
    assert not chinese.endswith("。")


@pytest.mark.parametrize("code", list(FindingCode))
def test_every_code_has_a_label_and_a_general_wording(code):
    assert None in _TEXTS[code]
    assert set(_LABELS) == set(FindingCode)
    assert code.label() != code.label("zh")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_label(outcome):
    assert outcome.label() == outcome.value
    assert not outcome.label("zh").isascii()


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="lang must be 'en' or 'zh', not 'fr'"):
        Finding("empty", "text").message("fr")


def test_a_pair_in_the_parameters_shows_its_half():
    finding = Finding("year-in-future", "year", (1, 3), {"year": 2019, "approved_on": ("A", "甲")})
    assert finding.message().endswith("approval on A")
    assert finding.message("zh").endswith("核准公布日甲")


def test_findings_are_values():
    finding = Finding("length", "digits", (1, 15), {"kind": "short", "count": 14})
    assert finding.code is FindingCode.LENGTH
    assert finding.kind == "short"
    assert Finding("empty", "text").kind is None
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


@given(st.text())
def test_an_excerpt_is_short_and_printable(text):
    shown = excerpt(text)
    assert shown.isprintable()
    assert len(shown) <= 24 * 10 + 1
    if text.isprintable() and len(text) <= 24 and not set(text) & HIDDEN:
        assert shown == text
    assert not set(shown) & HIDDEN


@pytest.mark.parametrize(
    ("error", "builtin", "english", "chinese"),
    [
        (SdcertError("a", 1), Exception, "a; 1", "a; 1"),
        (
            MissingExtra("sdcert check", "cli"),
            ImportError,
            "sdcert check needs an extra: pip install 'sdcert[cli]'",
            "sdcert check需要安装附加组件：pip install 'sdcert[cli]'",
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
