"""The rule book as callers meet it: words, cities, days, values, and what is refused."""

import copy
import pickle
import typing
from datetime import date, datetime
from itertools import product

import numpy as np
import pytest

from sdcert.codes import AuthorityKind, Grade
from sdcert.rulefiles import Query
from sdcert.rules import Basis, Form, RuleBook
from tests.support.rule_documents import effect, notice

RULES: typing.Any = RuleBook.bundled()  # some tests pass what the types refuse


def test_words_and_members_are_the_same():
    day = date(2020, 1, 1)
    for authority, grade in product(AuthorityKind, Grade):
        expected = RULES.manager(authority, grade, city="14", on=day)
        for lang in ("en", "zh"):
            words = authority.label(lang), grade.label(lang)
            assert RULES.manager(*words, city="14", on=day) is expected
            assert RULES.form(*words) is RULES.form(authority, grade)
            assert RULES.numbering(*words) is RULES.numbering(authority, grade)
            assert RULES.sealer(words[0]) is RULES.sealer(authority)
        assert RULES.manager(authority.value, grade.value, city="14", on=day) is expected
    assert RULES.manager("市人社局", "副高级") is RULES.manager("city-hrss", "senior")
    for form, words in product(Form, ("en", "zh")):
        assert RULES.reissue(form.label(words)) is RULES.reissue(form)
        assert RULES.sealer("city-hrss", form=form.label(words)) is RULES.sealer(
            "city-hrss", form=form
        )


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: RULES.manager("nobody", "senior"), "“nobody” is not a"),
        (lambda: RULES.manager("city-hrss", "top"), "“top” is not a grade; use one of: senior"),
        (lambda: RULES.numbering("city-hrss", "top"), "“top” is not a grade"),
        (lambda: RULES.sealer("nobody"), "“nobody” is not a"),
        (lambda: RULES.form("city-hrss", "senior", year=1999), "2000 through 2099, not 1999"),
        (lambda: RULES.form("city-hrss", "senior", year=10**40), "through 2099, not 1000000"),
        (lambda: RULES.form("city-hrss", "top"), "“top” is not a grade"),
        (lambda: RULES.sealer("city-hrss", form="stone"), r"“stone” .* paper \(纸质证书\), elec"),
        (lambda: RULES.reissue("\x1b[31m"), r"x1b\[31m” is not a form"),
    ],
)
def test_a_wrong_word_is_named(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()


@pytest.mark.parametrize(
    ("city", "message"),
    [
        (14, 'as text: write "14", not 14'),
        (5, 'as text: write "05", not 5'),
        (1, 'write "01", not 1'),
        (99, 'write "99", not 99'),
        (100, "say, not 100$"),
        ("100", "say, not '100'"),
        (True, "say, not a bool$"),
        (0, "say, not 0$"),
        ("Liaocheng", "write \"14\" for 聊城市, say, not 'Liaocheng'"),
        ("１４", "say, not '１４'"),
        ("14020", "say, not '14020'"),
        ("", "say, not ''"),
        (["14"], "say, not a list$"),
        ("00", 'no city has the prefix "00"'),
    ],
)
def test_a_city_that_is_none_is_told_what_to_write(city, message):
    for ask in (
        lambda: RULES.manager("city-hrss", "senior", city=city),
        lambda: RULES.form("city-hrss", "senior", city=city),
        lambda: RULES.numbering("city-hrss", "senior", city=city),
        lambda: RULES.sealer("city-hrss", city=city),
        lambda: RULES.reissue("paper", city=city),
        lambda: RULES.in_force(date(2020, 1, 1), city=city),
    ):
        with pytest.raises(ValueError, match=message):
            ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda day: RULES.manager(AuthorityKind.CITY_HRSS, Grade.SENIOR, on=day),
        lambda day: RULES.form(AuthorityKind.CITY_HRSS, Grade.SENIOR, on=day),
        lambda day: RULES.sealer(AuthorityKind.CITY_HRSS, on=day),
        lambda day: RULES.numbering(AuthorityKind.CITY_HRSS, Grade.SENIOR, on=day),
        RULES.reporting_deadline,
        RULES.in_force,
    ],
)
@pytest.mark.parametrize("day", [datetime(2020, 1, 1), "2020-01-01", 20200101])  # noqa: DTZ001
def test_a_day_is_a_date_and_nothing_else(ask, day):
    with pytest.raises(TypeError, match=r"must be a datetime\.date"):
        ask(day)


@pytest.mark.parametrize("year", [True, 2018.0, "2018"])
def test_a_year_is_a_whole_number(year):
    with pytest.raises(TypeError, match="year must be an int"):
        RULES.form(AuthorityKind.CITY_HRSS, Grade.SENIOR, year=year)
    of_2018 = RULES.form(AuthorityKind.CITY_HRSS, Grade.SENIOR, year=np.int64(2018))
    assert of_2018 == RULES.form(AuthorityKind.CITY_HRSS, Grade.SENIOR, year=2018)


def test_what_is_in_force_needs_a_day():
    with pytest.raises(TypeError, match=r"on must be a datetime\.date, not NoneType"):
        RULES.in_force(None)


def test_a_book_is_a_value():
    again = RuleBook.bundled()
    assert again == RULES
    assert hash(again) == hash(RULES)
    assert repr(RULES) == f"RuleBook(documents={RULES.documents!r})"
    assert pickle.loads(pickle.dumps(RULES)) == RULES
    assert copy.deepcopy(RULES).manager("city-hrss", "senior").value == "city-hrss"


def test_form_and_seal_are_facts_of_the_day_on_which_the_certificate_is_given_out():
    body = "provincial-hrss"
    given_out, before, after = date(2020, 1, 1), date(2019, 1, 26), date(2029, 1, 27)
    assert RULES.form(body, "senior", year=2017, on=given_out).value is Form.ELECTRONIC
    assert RULES.sealer(body, on=given_out).value == body
    for day in (before, after):
        assert RULES.form(body, "senior", year=2017, on=day).basis is Basis.NOT_IN_FORCE
        assert RULES.sealer(body, on=day).basis is Basis.NOT_IN_FORCE


@pytest.mark.parametrize("year", [2000, 2005, 2017, 2018])
def test_of_a_year_before_the_rules_the_form_depends_on_the_day(year):
    decision = RULES.form("provincial-hrss", "senior", year=year)
    assert (decision.value, decision.alternatives) == (Form.ELECTRONIC, (Form.PAPER,))
    assert not decision.verified
    assert decision.notes[-1].zh == (
        "以证书发放日期为准：对2019年1月27日前发放的证书，规定未明确其形式"
    )
    later = RULES.form("provincial-hrss", "senior", year=2019)
    assert (later.alternatives, later.verified) == ((), True)
    open_case = RULES.form("provincial-hrss", "junior", year=year)
    assert (open_case.value, open_case.alternatives) == (None, (Form.PAPER, Form.ELECTRONIC))


@pytest.mark.parametrize(
    ("first", "open_through"), [(date(2020, 12, 31), 2019), (date(2021, 1, 1), 2020)]
)
def test_a_year_is_before_the_rules_if_its_last_day_is(first, open_through):
    form = effect(("city-hrss", "senior"), Form.ELECTRONIC, query=Query.FORM)
    book = RuleBook([notice(form, binds=None, first=first)])
    for year in (2019, 2020, 2021):
        found = book.form("city-hrss", "senior", year=year).alternatives
        assert found == ((Form.PAPER,) if year <= open_through else ())


def test_the_years_and_the_cities_are_those_of_a_number():
    """Two digits each; 00 begins the province's own codes."""
    for year in (2000, 2099):
        assert RULES.form("city-hrss", "senior", year=year)
    for year in (1999, 2100):
        with pytest.raises(ValueError, match="2000 through 2099"):
            RULES.form("city-hrss", "senior", year=year)
    for city in ("01", "99"):
        assert RULES.manager("city-hrss", "senior", city=city) == RULES.manager(
            "city-hrss", "senior", city="90"
        )
