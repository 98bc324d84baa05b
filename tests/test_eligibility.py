"""Who may number: each refusal says what stands against it, and by which clause."""

import pickle
from datetime import date

import pytest

from sdcert import CodeBook, NumberScope, Outcome
from sdcert.allocation import Request, allocate
from sdcert.eligibility import NotEligible, check_eligible, eligibility
from sdcert.rules import RuleBook
from sdcert.stores import MemoryStore
from sdcert.testing.examples import complete_codes, example_codes
from tests.support import rules_example

DAY = date(2019, 6, 1)
RULES = RuleBook.bundled()
LIAOCHENG = NumberScope(2018, "14020", "012")


def ask(codes, scope, caller, day=DAY):
    tables = {"codes": codes, "rules": RULES}
    return eligibility(scope, **tables, approved_on=day, caller=caller)


def test_the_managing_body_may_number():
    codes = CodeBook.bundled()
    assert ask(codes, LIAOCHENG, "14020").outcome is Outcome.VALID
    store, batch = MemoryStore(), [Request("a", LIAOCHENG), Request("b", LIAOCHENG)]
    check_eligible(batch, codes=codes, rules=RULES, approved_on=DAY, caller="14020")
    assert len(allocate(store, batch)) == 2


@pytest.mark.parametrize(
    ("codes", "scope", "caller", "day", "code", "clause"),
    [
        (None, LIAOCHENG, "00001", DAY, "manager-mismatch", "聊人社字〔2019〕27号 二（一）"),
        (None, NumberScope(2018, "99999", "012"), "99999", DAY, "region-unlisted", "第五条（一）"),
        (None, NumberScope(2018, "14020", "999"), "14020", DAY, "series-unlisted", "第五条（二）"),
        ("all", NumberScope(2018, "90999", "700"), "90999", DAY, "region-unknown", "第五条（一）"),
        ("all", NumberScope(2018, "90001", "999"), "90001", DAY, "series-unknown", "第五条（二）"),
        (
            "some",
            NumberScope(2023, "91101", "742"),
            "91101",
            date(2024, 6, 1),
            "region-not-in-force",
            "第五条（一）",
        ),
        (
            "some",
            NumberScope(2023, "91101", "742"),
            "91101",
            date(2024, 6, 1),
            "series-not-in-force",
            "第五条（二）",
        ),
        (
            None,
            LIAOCHENG,
            "14020",
            date(2030, 1, 1),
            "manager-undetermined",
            "鲁人社规〔2018〕22号",
        ),
    ],
)
def test_a_refusal_names_finding_and_clause(  # noqa: PLR0917
    codes, scope, caller, day, code, clause
):
    book = {None: CodeBook.bundled, "all": complete_codes, "some": example_codes}[codes]()
    assert ask(book, scope, caller, day).outcome is not Outcome.VALID
    with pytest.raises(NotEligible) as caught:
        check_eligible(
            [Request("a", scope)], codes=book, rules=RULES, approved_on=day, caller=caller
        )
    error = caught.value
    assert isinstance(error, ValueError)
    assert not isinstance(error, OSError)
    clauses = dict(zip((found.code for found in error.findings), error.clauses, strict=True))
    assert clause in clauses[code]
    for lang in ("en", "zh"):
        shown = clauses[code] if lang == "en" else clauses[code].replace("; ", "；")
        assert error.message(lang).count(shown) == list(error.clauses).count(clauses[code])
        assert scope.region_code in error.message(lang)
        assert "record" not in error.message(lang)
        assert "记录" not in error.message(lang)
    assert pickle.loads(pickle.dumps(error)).args == error.args
    assert str(error) == error.message("en")


def test_one_scope_that_is_refused_refuses_the_batch():
    batch = [Request("a", LIAOCHENG), Request("b", NumberScope(2018, "14020", "999"))]
    with pytest.raises(NotEligible, match="year 2018, region 14020, series 999"):
        check_eligible(
            batch, codes=CodeBook.bundled(), rules=RULES, approved_on=DAY, caller="14020"
        )


def test_arguments_are_checked():
    codes = CodeBook.bundled()
    for caller in ("city-hrss", "1402", "１４０２０", ""):
        with pytest.raises(ValueError, match="caller must be five digits"):
            ask(codes, LIAOCHENG, caller)
    with pytest.raises(TypeError, match="caller must be a str of 5 digits"):
        ask(codes, LIAOCHENG, 14020)
    tables = {"codes": codes, "rules": RULES, "approved_on": DAY}
    for wrong in ({"caller": 14020}, {"on": "today"}, {"codes": None}, {"rules": "nonsense"}):
        with pytest.raises(TypeError, match=next(iter(wrong))):  # for an empty batch too
            check_eligible([], **{**tables, "caller": "14020", **wrong})
    with pytest.raises(TypeError, match=r"requests must be an iterable, .*not Request"):
        check_eligible(Request("a", LIAOCHENG), **tables, caller="14020")
    with pytest.raises(TypeError, match="approved_on must be a"):
        ask(codes, LIAOCHENG, "14020", "2019-06-01")


def test_what_is_left_to_the_city_is_refused_as_undetermined():
    # a notice of the city that is not at hand may give the county's junior titles to its bureau
    codes, day, scope = rules_example.book(), date(2021, 1, 1), NumberScope(2021, "91008", "613")
    assert ask(codes, scope, "91008", day).outcome is Outcome.VALID
    verdict = ask(codes, scope, "91001", day)
    assert verdict.outcome is Outcome.UNDETERMINED
    with pytest.raises(NotEligible) as caught:
        check_eligible(
            [Request("a", scope)], codes=codes, rules=RULES, approved_on=day, caller="91001"
        )
    assert "第六条（三）" in caught.value.clauses[0]


def test_the_codes_are_of_the_approval_and_the_manager_of_the_day_of_numbering():
    tables = {"codes": CodeBook.bundled(), "rules": RULES, "caller": "14020"}
    batch = (Request(f"{n}", LIAOCHENG) for n in range(2))  # a generator is not lost
    approved, on = date(2018, 12, 28), date(2019, 3, 1)
    made = check_eligible(batch, **tables, approved_on=approved, on=on)
    assert [request.key for request in made] == ["0", "1"]
    # without another day the day of approval counts, and no rules were in force on it
    with pytest.raises(NotEligible, match="2018-12-28") as caught:
        check_eligible(made, **tables, approved_on=approved)
    assert caught.value.findings[0].kind == "not-in-force"
    assert caught.value.message("zh").startswith("无法确认14020于2018年12月28日有权编号")


def test_an_evaluation_year_after_the_approval_is_refused():
    tables = {"codes": CodeBook.bundled(), "rules": RULES, "caller": "14020", "approved_on": DAY}
    scope = NumberScope(2020, "14020", "012")
    assert eligibility(scope, **tables).outcome is Outcome.INVALID
    words = r"^14020 may not issue .* evaluation year 2020 is later than the approval date"
    with pytest.raises(NotEligible, match=words):
        check_eligible([Request("a", scope)], **tables)


def test_what_rests_on_a_secondary_source_is_not_certain_enough():
    tables = {"codes": CodeBook.bundled(), "rules": RULES, "approved_on": date(2026, 3, 1)}
    scope = NumberScope(2025, "14020", "012")
    assert eligibility(scope, **tables, caller="14020")
    with pytest.raises(NotEligible, match="it cannot be confirmed that 00001 may") as caught:
        check_eligible([Request("a", scope)], **tables, caller="00001")
    assert "尚不能确定" in caught.value.message("zh")


@pytest.mark.parametrize(
    ("scope", "caller", "day", "words"),
    [
        (("91008", "611"), "91010", date(2026, 11, 22), "仅按原则确定编号由"),
        (("92001", "612"), "92002", DAY, "现有代码表无法确定其是否即"),
        (("92001", "611"), "92002", DAY, "规定未明确编号的管理部门"),
    ],
)
def test_what_is_open_is_told_to_the_caller(scope, caller, day, words):
    refused = [Request("a", NumberScope(2018, *scope))]
    with pytest.raises(NotEligible) as caught:
        check_eligible(
            refused, codes=rules_example.book(), rules=RULES, approved_on=DAY, on=day, caller=caller
        )
    assert words in caught.value.message("zh")
