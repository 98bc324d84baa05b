"""All cells of the tables and every boundary day, against tables written by hand."""

import copy
import pickle
from datetime import date, datetime
from typing import Any

import pytest

from sdcert.codes import AuthorityKind, Grade
from sdcert.rules import Basis, Citation, Decision, Form, Note, Numbering, Question, RuleBook, say
from sdcert.rules.model import Step

P, EXTENSION, L = "鲁人社规〔2018〕22号", "鲁人社字〔2024〕5号", "聊人社字〔2019〕27号"
RULES: Any = RuleBook.bundled()  # some tests pass what the types refuse

# For each approving body, by grade (senior, intermediate, junior): the manager, the basis, the
# clause. "=" is the approving body itself, "?" no answer; 六 stands for 第六条.
PROVINCE = """
provincial-hrss       | = E 六（一）  | = Pr 六              | = Pr 六
provincial-department | = Pr 六       | = E 六（二）         | = R 六（三）
provincial-enterprise | = Pr 六       | = E 六（二）         | = Pr 六
city-hrss             | = E 六（一）  | = E 六（二）         | = LD 六（三）
city-department       | ? U 六        | city-hrss E 六（二） | = LD 六（三）
city-enterprise       | ? U 六        | city-hrss E 六（二） | = LD 六（三）
county-hrss           | = Pr 六       | = E 六（二）         | = LD 六（三）
other                 | ? U 六        | ? U 六               | ? U 六
"""
LIAOCHENG = """
city-hrss             | = E 二（一）  | = E 二（二）         | = LD 六（三）
city-department       | ? U 六        | city-hrss E 二（二） | = E 二（三）
city-enterprise       | ? U 六        | city-hrss E 六（二） | = LD 六（三）
county-hrss           | = Pr 六       | = E 二（二）         | = E 二（三）
"""
BASES = {
    "E": Basis.STATED,
    "R": Basis.BY_REFERENCE,
    "Pr": Basis.PRINCIPLE,
    "LD": Basis.DISCRETION,
    "U": Basis.UNDETERMINED,
}
LEFT_OPEN = {
    ("city-department", "senior"): ("city-department", "city-hrss"),
    ("city-enterprise", "senior"): ("city-enterprise", "city-hrss"),
    ("city-department", "junior"): ("city-hrss",),
    ("city-enterprise", "junior"): ("city-hrss",),
    ("other", "senior"): ("other",),
    ("other", "intermediate"): ("other",),
    ("other", "junior"): ("other",),
}


def rows(text):
    found = []
    for line in text.strip().splitlines():
        authority, *cells = (part.strip() for part in line.split("|"))
        for grade, cell in zip(Grade, cells, strict=True):
            value, basis, clause = cell.split()
            expected = {"=": authority, "?": None}.get(value, value)
            where = (
                Citation(P, clause.replace("六", "第六条"))
                if "六" in clause
                else Citation(L, clause)
            )
            found.append((authority, grade.value, (expected, BASES[basis], where)))
    return found


CELL = ("authority", "grade", "expected")


def told(decision):
    return decision.value, decision.basis, decision.citations[0]


@pytest.mark.parametrize("city", [None, "90", "00"])
@pytest.mark.parametrize(CELL, rows(PROVINCE))
def test_the_provinces_table(authority, grade, expected, city):
    decision = RULES.manager(authority, grade, city=city)
    assert told(decision) == expected
    assert {citation.document for citation in decision.citations} == {P}
    assert decision.alternatives == LEFT_OPEN.get((authority, grade), ())
    assert bool(decision) is (expected[0] is not None)


OF_THE_PROVINCE = [row for row in rows(PROVINCE) if row[0].startswith(("provincial", "other"))]


@pytest.mark.parametrize(CELL, [*OF_THE_PROVINCE, *rows(LIAOCHENG)])
def test_liaochengs_table(authority, grade, expected):
    decision = RULES.manager(authority, grade, city="14")
    assert told(decision) == expected
    assert any(L in note for note in decision.notes) == (expected[2].document == L)
    if expected[1] is Basis.STATED:
        assert decision.alternatives == ()
    if authority.startswith(("provincial", "other")):
        assert decision == RULES.manager(authority, grade)


def test_the_tables_are_whole():
    assert len(list(rows(PROVINCE))) == 3 * len(AuthorityKind) == 24
    assert len([*OF_THE_PROVINCE, *rows(LIAOCHENG)]) == 24


DAYS = {
    # day: does the province's text apply, the extension, Liaocheng's notice
    date(2011, 1, 1): (False, False, False),
    date(2019, 1, 26): (False, False, False),
    date(2019, 1, 27): (True, False, False),
    date(2019, 2, 19): (True, False, False),
    date(2019, 2, 20): (True, False, True),
    date(2024, 1, 26): (True, False, True),
    date(2024, 1, 27): (True, True, True),
    date(2026, 11, 22): (True, True, True),
    date(2029, 1, 26): (True, True, True),
    date(2029, 1, 27): (False, False, False),
    date.max: (False, False, False),
    date.min: (False, False, False),
}


def all_decisions(day, city):
    for authority in AuthorityKind:
        yield RULES.sealer(authority, city=city, on=day)
        for grade in Grade:
            yield RULES.manager(authority, grade, city=city, on=day)
            yield RULES.form(authority, grade, city=city, on=day)
            yield RULES.form(authority, grade, city=city, year=2018, on=day)
    for grade in Grade:
        yield RULES.numbering(grade, city=city, on=day)
    for form in Form:
        yield RULES.reissue(form, city=city, on=day)


@pytest.mark.parametrize("city", [None, "14", "90"])
@pytest.mark.parametrize("day", DAYS)
def test_every_boundary_day(day, city):
    applies, extended, local = DAYS[day]
    for decision in all_decisions(day, city):
        documents = [citation.document for citation in decision.citations]
        if not applies:
            assert decision.basis is Basis.NOT_IN_FORCE
            assert decision.value is None
            assert documents[0] == P
            continue
        assert decision.basis is not Basis.NOT_IN_FORCE
        assert (Citation(EXTENSION, "", True) == decision.citations[-1]) == extended
        assert any("secondary source" in note for note in decision.notes) == extended
        assert any("二手来源" in note.zh for note in decision.notes) == extended
        if L in documents:
            assert local
            assert city == "14"


@pytest.mark.parametrize("day", [day for day, (applies, _, _) in DAYS.items() if applies])
@pytest.mark.parametrize(CELL, rows(PROVINCE))
def test_the_table_holds_on_every_day_in_force(day, authority, grade, expected):
    assert told(RULES.manager(authority, grade, on=day)) == expected
    local = RULES.manager(AuthorityKind.CITY_DEPARTMENT, Grade.JUNIOR, city="14", on=day)
    assert local.basis is (Basis.STATED if DAYS[day][2] else Basis.DISCRETION)


def test_out_of_force_says_what_applied_or_that_nothing_is_known():
    before = RULES.manager("city-department", "junior", city="14", on=date(2019, 1, 26))
    assert [str(note) for note in before.notes] == [
        f"{P} applies from 2019-01-27 on",
        "until then 鲁人社办发〔2011〕102号 applied, which it repeals; that one is outside this "
        "scheme, and its own days are not known here",
        f"{L}, which speaks of this too, applies from 2019-02-20 on",
    ]
    after = RULES.manager("city-department", "junior", city="14", on=date(2029, 1, 27))
    assert after.citations == (Citation(P, "第十七条"), Citation(EXTENSION, "", True))
    assert [str(note) for note in after.notes if "secondary" not in note] == [
        f"{P} applied through 2029-01-26",
        "what applies since is not known here",
        f"{L}, which spoke of this too, applied through 2029-01-26",
    ]
    assert after.notes[0].zh == f"{P}适用至2029年1月26日"


def test_before_the_local_notice_the_province_answers_and_says_what_is_to_come():
    decision = RULES.manager("city-department", "junior", city="14", on=date(2019, 2, 19))
    assert decision.citations[0].document == P
    assert decision.notes[-1].zh == f"{L}对此另有规定，自2019年2月20日起适用"
    elsewhere = RULES.manager("city-department", "junior", city="90", on=date(2019, 2, 19))
    assert not any(L in note for note in elsewhere.notes)


def test_in_force_counts_a_citys_documents_for_that_city_alone():
    day = date(2019, 2, 20)
    here = RULES.in_force(day, city="14")
    assert here.value == (P, L)
    assert here.basis is Basis.BY_REFERENCE  # the notice does not say its own days
    assert any("unverified" in note for note in here.notes)
    assert RULES.in_force(day).value == RULES.in_force(day, city="90").value == (P,)
    assert RULES.in_force(day).basis is Basis.STATED
    extended = RULES.in_force(date(2024, 1, 27), city="14")
    assert extended.value == (P, L, EXTENSION)
    assert extended.basis is Basis.BY_REFERENCE
    with pytest.raises(TypeError, match=r"on must be a datetime\.date, not NoneType"):
        RULES.in_force(None)


def test_words_and_members_are_the_same():
    for authority in AuthorityKind:
        for grade in Grade:
            by_word = RULES.manager(authority.value, grade.value, city="14", on=date(2020, 1, 1))
            assert by_word is RULES.manager(authority, grade, city="14", on=date(2020, 1, 1))
            assert RULES.form(authority.value, grade.value) is RULES.form(authority, grade)
    assert RULES.reissue("paper") is RULES.reissue(Form.PAPER)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: RULES.manager("nobody", "senior"), "'nobody' is none of provincial-hrss"),
        (lambda: RULES.manager("city-hrss", "top"), "'top' is none of senior"),
        (lambda: RULES.manager("city-hrss", None), "'NoneType' is none of"),
        (lambda: RULES.manager("city-hrss", "senior", city="Liaocheng"), "city must be the two"),
        (lambda: RULES.manager("city-hrss", "senior", city="１４"), "city must be the two digits"),
        (lambda: RULES.manager("city-hrss", "senior", city=14), "as text: 'int'"),
        (lambda: RULES.manager("city-hrss", "senior", city=["14"]), "as text: 'list'"),
        (lambda: RULES.form("city-hrss", "senior", year=1999), "2000 through 2099, not 1999"),
        (lambda: RULES.form("city-hrss", "senior", year=10**40), "through 2099, not 1000000"),
        (lambda: RULES.form("city-hrss", "senior", city="x"), "city must be"),
        (lambda: RULES.sealer("city-hrss", form="stone"), "'stone' is none of paper, electronic"),
        (lambda: RULES.reissue("\x1b[31m"), r"x1b\[31m' is none of"),
    ],
)
def test_a_wrong_word_is_named(ask, said):
    with pytest.raises(ValueError, match=said):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda day: RULES.manager(AuthorityKind.CITY_HRSS, Grade.SENIOR, on=day),
        lambda day: RULES.form(AuthorityKind.CITY_HRSS, Grade.SENIOR, on=day),
        lambda day: RULES.sealer(AuthorityKind.CITY_HRSS, on=day),
        lambda day: RULES.numbering(Grade.SENIOR, on=day),
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


def test_a_book_is_a_value():
    again = RuleBook.bundled()
    assert again == RULES
    assert hash(again) == hash(RULES)
    assert pickle.loads(pickle.dumps(RULES)) == RULES
    assert copy.deepcopy(RULES).manager("city-hrss", "senior").value == "city-hrss"


def test_a_decision_is_a_value_and_so_are_its_notes():
    decision = RULES.manager("city-department", "junior", city="14", on=date(2025, 1, 1))
    again = pickle.loads(pickle.dumps(decision))
    assert again == decision
    assert [note.zh for note in again.notes] == [note.zh for note in decision.notes]
    assert hash(again) == hash(decision)


@pytest.mark.parametrize(
    ("value", "basis"),
    [(None, Basis.STATED), (Form.PAPER, Basis.UNDETERMINED), (1, "not-in-force")],
)
def test_a_decision_has_a_value_exactly_if_its_basis_gives_one(value, basis):
    with pytest.raises(ValueError, match="a decision that is"):
        Decision(value, basis, ())


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (AuthorityKind.OTHER, "other authorised unit", "其他授权的部门（单位）"),
        (Grade.JUNIOR, "junior", "初级"),
        (Form.PAPER, "paper", "纸质证书"),
        (Numbering.BINDING, "the rules bind", "按统一规则编号"),
        (Basis.PRINCIPLE, "by the principle", "按原则推定"),
        (Question.REPORT, "reporting", "数据报送"),
        (date(2019, 1, 27), "2019-01-27", "2019年1月27日"),
        (None, "undetermined", "无法判定"),
        ((P, L), f"{P}; {L}", f"{P}；{L}"),
        ((Step("holder", "甲", "a"), Step("holder", "乙", "b")), "a; b", "甲；乙"),
        (30, "30", "30"),
    ],
)
def test_values_are_said_in_both_languages(value, english, chinese):
    assert (say(value), say(value, "zh")) == (english, chinese)


@pytest.mark.parametrize("kind", [Basis, Form, Numbering, Question])
def test_every_word_has_labels(kind):
    for one in kind:
        assert one.label() != one.label("zh")


def test_a_note_is_its_english_text_and_carries_the_chinese():
    note = Note("a reading", "解读")
    assert note == "a reading"
    assert (note.text(), note.text("zh")) == ("a reading", "解读")
