"""Values of the rules: notes, citations, decisions, and their words in both languages."""

import json
import pickle
from datetime import date

import pytest

from sdcert.codes import AuthorityKind
from sdcert.rulefiles import Query, Step
from sdcert.rules import Basis, Citation, Decision, Form, Note, NoteKind, Numbering, RuleBook

P, EXTENSION, L = "鲁人社规〔2018〕22号", "鲁人社字〔2024〕5号", "聊人社字〔2019〕27号"
RULES = RuleBook.bundled()
HERE = Citation(P, "第六条", quote="按照“谁核准公布、谁负责管理”的原则")


@pytest.mark.parametrize(
    ("kind", "en", "zh"),
    [
        (NoteKind.READING, "calendar days (reading)", "按自然日计算（解读）"),
        (NoteKind.SOURCE, "calendar days", "按自然日计算"),
        (NoteKind.TIME, "calendar days", "按自然日计算"),
        (NoteKind.OPEN, "calendar days", "按自然日计算"),
    ],
)
def test_the_word_reading_comes_from_the_kind(kind, en, zh):
    note = Note(kind.value, "calendar days", "按自然日计算")
    assert note.kind is kind
    assert (str(note), note.text("en-US"), note.text("zh-CN")) == (en, en, zh)
    assert pickle.loads(pickle.dumps(note)) == note
    with pytest.raises(ValueError, match="lang must be"):
        note.text("fr")


def test_a_kind_is_one_of_four():
    assert [kind.value for kind in NoteKind] == ["reading", "source", "time", "open"]
    with pytest.raises(ValueError, match="hint"):
        Note("hint", "a", "甲")


def test_no_note_of_the_data_says_itself_that_it_is_a_reading():
    for document in RULES.documents:
        notes = [
            note
            for clause in document.clauses
            for effect in clause.effects
            for answer in effect.answers
            for note in answer.notes
        ]
        for note in (*document.notes, *notes):
            assert "解读" not in note.zh
            assert "reading" not in note.en
            assert not set("()[],;:!?") & set(note.zh), note.zh  # Chinese punctuation


def test_quotation_marks_within_a_quotation_are_single():
    """GB/T 15834: inside double marks, single ones."""
    assert HERE.text("zh") == f"{P} 第六条：“按照‘谁核准公布、谁负责管理’的原则”"
    assert HERE.text() == f"{P} 第六条: “按照‘谁核准公布、谁负责管理’的原则”"
    for document in RULES.documents:
        for clause in document.clauses:
            text = Citation(document.number, clause.place, quote=clause.quote).text("zh")
            assert text.count("“") == text.count("”") == 1


def test_a_citation_without_words_quotes_nothing():
    assert Citation(L, "").text("zh") == L
    secondary = Citation(EXTENSION, "", secondary=True)
    assert secondary.text() == f"{EXTENSION} (secondary source)"
    assert secondary.text("zh") == f"{EXTENSION}（非官方来源转引）"


def test_a_quotation_belongs_to_no_comparison():
    assert Citation(P, "第六条", quote="按照") == HERE
    assert repr(HERE) == f"Citation(document='{P}', clause='第六条', secondary=False)"


def test_a_decision_tells_what_it_rests_on():
    reading, source = Note("reading", "a", "甲"), Note("source", "b", "乙")
    plain = Decision(Form.PAPER, Basis.STATED, (HERE,))
    assert (plain.rests_on_reading, plain.verified) == (False, True)
    assert Decision(Form.PAPER, Basis.STATED, (HERE,), notes=(reading,)).rests_on_reading
    doubtful = Decision(Form.PAPER, Basis.STATED, (HERE,), notes=(source,), unverified=(source,))
    assert (doubtful.rests_on_reading, doubtful.verified) == (False, False)
    for basis in (Basis.BY_REFERENCE, Basis.PRINCIPLE, Basis.DISCRETION):
        assert not Decision(Form.PAPER, basis, (HERE,)).verified
    for basis in (Basis.UNDETERMINED, Basis.NOT_IN_FORCE):
        assert not Decision(None, basis, (HERE,)).verified


@pytest.mark.parametrize(
    ("value", "basis"),
    [(None, Basis.STATED), (Form.PAPER, Basis.UNDETERMINED), (1, "not-in-force")],
)
def test_a_decision_has_a_value_exactly_if_its_basis_gives_one(value, basis):
    with pytest.raises(ValueError, match="a decision that is"):
        Decision(value, basis, ())


def test_a_decision_in_words():
    decision = Decision(
        AuthorityKind.CITY_DEPARTMENT, Basis.DISCRETION, (HERE,), (AuthorityKind.CITY_HRSS,),
        "14999", (Note("reading", "left to the city", "由该市确定"),),
    )  # fmt: skip
    assert decision.text() == (
        "city department or unit, code 14999, left to discretion, or else city HR bureau\n"
        f"    {P} 第六条: “按照‘谁核准公布、谁负责管理’的原则”\n"
        "  - left to the city (reading)"
    )
    assert decision.text("zh") == (
        "市直部门（单位），代码14999，由有关部门确定，也可能为设区的市人力资源社会保障局\n"
        f"    {P} 第六条：“按照‘谁核准公布、谁负责管理’的原则”\n"
        "  - 由该市确定（解读）"
    )
    without = Decision(None, Basis.NOT_IN_FORCE, ())
    assert (without.answer(), without.answer("zh")) == (
        "no rules in force", "所询日期无适用规定",
    )  # fmt: skip


def test_a_decision_as_plain_data():
    decision = RULES.manager("county-hrss", "junior", city="14", on=date(2026, 11, 29))
    plain = decision.as_dict("zh")
    assert json.loads(json.dumps(plain)) == plain
    assert plain["value"] == "county-hrss"
    assert plain["label"] == "县（市、区）人力资源社会保障局"
    assert (plain["basis"], plain["code"], plain["alternatives"]) == ("stated", None, [])
    assert plain["rests_on_reading"] is True
    assert plain["citations"][-1] == {
        "document": EXTENSION, "clause": "", "secondary": True, "quote": "",
    }  # fmt: skip
    assert [note["kind"] for note in plain["notes"]] == ["reading", "open", "source", "reading"]
    assert [note["kind"] for note in plain["unverified"]] == ["source", "open"]
    assert plain["notes"][0]["text"].endswith("（解读）")
    assert RULES.in_force(date(2020, 1, 1)).as_dict()["value"] == [P]
    assert RULES.reporting_deadline(date(2020, 2, 1)).as_dict()["value"] == "2020-03-02"
    steps = RULES.reissue("electronic").as_dict()
    assert steps["value"][0]["actor"] == "holder"
    open_case = RULES.manager("city-department", "senior").as_dict()
    assert (open_case["value"], open_case["label"]) == (None, "undetermined")
    assert open_case["alternatives"] == ["city-department", "city-hrss"]


def test_steps_and_documents_are_joined_with_semicolons():
    steps = (Step("holder", "甲", "a"), Step("holder", "乙", "b"))
    decision = Decision(steps, Basis.STATED, ())
    assert (decision.answer(), decision.answer("zh")) == ("a; b, stated", "甲；乙，明文规定")
    assert RULES.in_force(date(2020, 1, 1), city="14").answer("zh") == f"{P}；{L}，按原则确定"


def test_a_decision_and_its_notes_survive_pickling():
    decision = RULES.manager("city-department", "junior", city="14", on=date(2025, 1, 1))
    again = pickle.loads(pickle.dumps(decision))
    assert again == decision
    assert [note.zh for note in again.notes] == [note.zh for note in decision.notes]
    assert hash(again) == hash(decision)


@pytest.mark.parametrize("kind", [Basis, Form, Numbering, Query, NoteKind])
def test_every_word_has_labels(kind):
    for one in kind:
        assert one.label() != one.label("zh")
        assert one.label("zh").isprintable()
