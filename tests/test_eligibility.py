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
    assert isinstance(error, PermissionError)
    clauses = dict(zip((found.code for found in error.findings), error.clauses, strict=True))
    assert clause in clauses[code]
    for lang in ("en", "zh"):
        assert clauses[code] in error.message(lang)
        assert str(scope) in error.message(lang)
    assert pickle.loads(pickle.dumps(error)).args == error.args
    assert str(error) == error.message("en")


def test_one_scope_that_is_refused_refuses_the_batch():
    batch = [Request("a", LIAOCHENG), Request("b", NumberScope(2018, "14020", "999"))]
    with pytest.raises(NotEligible, match="scope 1814020999"):
        check_eligible(
            batch, codes=CodeBook.bundled(), rules=RULES, approved_on=DAY, caller="14020"
        )


def test_arguments_are_checked():
    codes = CodeBook.bundled()
    for caller in ("city-hrss", "1402", "１４０２０", ""):
        with pytest.raises(ValueError, match="caller must be five digits"):
            ask(codes, LIAOCHENG, caller)
    with pytest.raises(TypeError, match="caller must be a str, not int"):
        ask(codes, LIAOCHENG, 14020)
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
