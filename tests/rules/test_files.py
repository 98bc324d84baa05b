"""Rule files: what is read, and every fault with its place, all at once."""

import pickle
from datetime import date

import pytest

from sdcert._rules.files import read_document
from sdcert.rulefiles import Omission, Query
from sdcert.rules import NoteKind, RuleBook, RuleFileError

GOOD = """
format = 1

[document]
number = "示例人社字〔2020〕1号"
title = "示例市通知"
issuer = "示例市人力资源和社会保障局"
dated = 2020-03-01
binds = "99"
in_force_from = 2020-03-01
in_force_through = 2025-02-28
force_clause = "三"
under = "鲁人社规〔2018〕22号"

  [[document.note]]
  kind = "source"
  en = "an example"
  zh = "示例"

[[clause]]
place = "一"
quote = "市属企业核准公布的初级职称，职称证书编号和数据由市人力资源社会保障局管理"

  [[clause.manager]]
  approved_by = ["city-enterprise"]
  grades = ["junior"]
  basis = "stated"
  manager = "city-hrss"
  see = ["三"]

    [[clause.manager.note]]
    kind = "reading"
    en = "a reading"
    zh = "一种解读"

  [[clause.form]]
  approved_by = ["city-enterprise", "other"]
  grades = ["senior", "junior"]
  years = [2020, 2021]
  basis = "discretion"
  form = "paper"
  alternatives = ["electronic"]

    [[clause.form.note]]
    kind = "open"
    approved_by = ["other"]
    grades = ["senior"]
    en = "of authorised units nothing is known"
    zh = "授权单位情况不详"

  [[clause.numbering]]
  grades = ["junior"]
  basis = "undetermined"
  alternatives = ["binding", "optional"]

  [[clause.seal]]
  approved_by = ["city-department"]
  forms = ["paper", "electronic"]
  basis = "stated"
  sealed_by = "itself"

  [[clause.report]]
  basis = "by-reference"
  days = 15

  [[clause.omits]]
  query = "manager"
  approved_by = ["city-department", "county-hrss"]
  grades = ["junior"]

[[clause]]
place = "二"
quote = "持证人提出申请，由核准公布部门补发"

  [[clause.reissue]]
  form = "paper"
  basis = "stated"

    [[clause.reissue.step]]
    actor = "holder"
    zh = "持证人提出申请"
    en = "the holder applies"

[[clause]]
place = "三"
quote = "本通知自2020年3月1日起施行，有效期至2025年2月28日"
"""
SOURCE = """
一、市属企业核准公布的初级职称，职称证书编号和数据由市人力资
 源社会保障局管理。
二、持证人提出申请，由核准公布部门补发。
三、本通知自2020年3月1日起施行，有效期至 2025 年 2 月 28 日。
"""


def read(text, source=None):
    return read_document(text.encode(), "notice.toml", source)


def faults(text, source=None):
    with pytest.raises(RuleFileError) as caught:
        read(text, source)
    return [
        (" › ".join(filter(None, (fault.place, fault.key))), fault.reason())
        for fault in caught.value.faults
    ]


def test_a_good_file_is_read_whole():
    document = read(GOOD, SOURCE)
    assert document.number == "示例人社字〔2020〕1号"
    assert (document.valid_from, document.valid_through) == (date(2020, 3, 1), date(2025, 2, 28))
    assert (document.binds, document.under) == ("99", "鲁人社规〔2018〕22号")
    assert [len(clause.effects) for clause in document.clauses] == [5, 1, 0]
    assert [(note.kind, note.text("zh")) for note in document.notes] == [(NoteKind.SOURCE, "示例")]
    manager, form, *_, report = document.clauses[0].effects
    assert [effect.basis.value for effect in document.clauses[0].effects] == [
        "stated", "discretion", "undetermined", "stated", "by-reference",
    ]  # fmt: skip
    assert [answer.value for answer in report.answers] == [15]
    assert manager.answers[0].notes[0].text("zh") == "一种解读（解读）"
    # a note that names cells is at these alone
    noted = [answer.cell for answer in form.answers if answer.notes]
    assert (len(form.answers), noted) == (4, [("other", "senior")])
    assert document.clauses[0].omits == (
        Omission(Query.MANAGER, (("city-department", "junior"), ("county-hrss", "junior")), None),
    )


@pytest.mark.parametrize("key", ["title", "issuer", "dated"])
def test_a_document_that_is_quoted_by_another_alone_may_lack_its_head(key):
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    less = "\n".join(lines)
    assert faults(less) == [(f"document › {key}", "a value is required")]
    quoted = less.replace("[document]", '[document]\nsecondary = true\nsource = "示例"')
    assert read(quoted).secondary


def test_a_day_may_be_written_as_offices_write_it():
    text = GOOD.replace("dated = 2020-03-01", 'dated = "2020年3月1日"')
    assert read(text) == read(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("format = 1", "", "format", "a value is required"),
        ("format = 1", "format = 2", "format", "only version 1 is supported"),
        ("format = 1", "format = true", "format", "only version 1 is supported"),
        ('number = "示例人社字〔2020〕1号"', "number = 1", "document › number", "must be text"),
        ('title = "示例市通知"', "", "document › title", "a value is required"),
        ('title = "示例市通知"', 'title = " "', "document › title", "must be text"),
        ('title = "示例市通知"', 'title = "示例\\u001b[31m"', "document › title",
         "without control"),
        ('title = "示例市通知"', f'title = "{"示" * 2001}"', "document › title", "at most 2000"),
        ("dated = 2020-03-01", "dated = 2020-03-01T00:00:00Z", "document › dated", "not a date"),
        ("dated = 2020-03-01", 'dated = "2020年3月"', "document › dated", "not a date"),
        ("dated = 2020-03-01", "", "document › dated", "a value is required"),
        ('binds = "99"', 'binds = "city"', "document › binds", "must be one of province, 01, 02"),
        ('binds = "99"', "binds = 99", "document › binds", "must be one of province"),
        ("through = 2025-02-28", "through = 2020-02-28", "document › in_force_through", "before"),
        ('force_clause = "三"', 'force_clause = "四"', "document › force_clause", "no such clause"),
        ('under = "鲁', 'undr = "鲁', "document › undr", "unknown key"),
        ('under = "鲁人社规〔2018〕22号"', 'under = "示例人社字〔2020〕1号"',
         "document › under",
         "a document cannot name itself"),
        ('under = "鲁人社规〔2018〕22号"', 'repeals = "x"', "document › repeals", "must be a list"),
        ('under = "鲁人社规〔2018〕22号"', "repeals = []", "document › repeals", "at least one"),
        ('under = "鲁人社规〔2018〕22号"', 'repeals = ["x", 1]', "document › repeals 2",
         "must be text"),
        ('under = "鲁人社规〔2018〕22号"', "secondary = 1", "document › secondary", "must be true"),
        ('under = "鲁人社规〔2018〕22号"', "secondary = true", "document › source",
         "a value is required"),
        ("[[document.note]]", "[document.note]", "document › note", "must be an array"),
        ('zh = "示例"', "", "document › note 1 › zh", "a value is required"),
        ('kind = "source"', 'kind = "hint"', "document › note 1 › kind",
         "must be one of reading, source, time, open"),
        ('kind = "source"', 'kind = "source"\ngrades = ["senior"]',
         "document › note 1 › grades", "unknown key"),
        ('approved_by = ["other"]', 'approved_by = ["county-hrss"]',
         "clause 1 一 › form 1 › note 1", "does not concern"),
        ('kind = "reading"', 'kind = "reading"\ncells = 1',
         "clause 1 一 › manager 1 › note 1 › cells", "unknown key"),
        ('query = "manager"', 'query = "seal"', "clause 1 一 › omits 1 › query",
         "must be one of manager, form, numbering"),
        ('grades = ["junior"]\n\n[[clause]]', 'grades = ["senior"]\n\n[[clause]]',
         "clause 1 一 › omits", "regulates no titles of this grade"),
        ('["city-department", "county-hrss"]', '["city-enterprise"]',
         "clause 1 一 › omits", "the clause itself covers this case"),
        ('[[clause]]\nplace = "三"', '[clause-3]\nplace = "三"', "clause-3", "unknown key"),
        ('place = "一"', "", "clause 1 › place", "a value is required"),
        ('quote = "持证人', 'quot = "持证人', "clause 2 二 › quote", "a value is required"),
        ('quote = "持证人提出', 'quote = "持证人口头提出', "clause 2 二 › quote",
         "not in the text"),
        ('basis = "stated"\n  manager', 'basis = "sure"\n  manager',
         "clause 1 一 › manager 1 › basis", "must be one of stated, by-reference"),
        ('basis = "stated"\n  manager', 'basis = "not-in-force"\n  manager',
         "clause 1 一 › manager 1 › basis", "must be one of stated"),
        ('approved_by = ["city-enterprise"]', "", "clause 1 一 › manager 1 › approved_by",
         "a value is required"),
        ('approved_by = ["city-enterprise", "other"]', "", "clause 1 一 › form 1 › approved_by",
         "a value is required"),
        ('approved_by = ["city-department", "county-hrss"]', "",
         "clause 1 一 › omits 1 › approved_by", "a value is required"),
        ('manager = "city-hrss"', 'manager = "mayor"', "clause 1 一 › manager 1 › manager",
         "must be one of itself, provincial-hrss"),
        ('manager = "city-hrss"', "", "clause 1 一 › manager 1 › manager", "a value is required"),
        ('["city-enterprise"]', '["provincial-hrss"]', "clause 1 一 › manager 1 › approved_by 1",
         "must be one of city-hrss, city-department"),
        ('["city-enterprise"]', '["city-enterprise", "city-enterprise"]',
         "clause 1 一 › manager 1 › approved_by", "duplicate item"),
        ('see = ["三"]', 'see = ["四"]', "clause 1 一 › see", "no such clause"),
        ('see = ["三"]', 'alternatives = ["itself"]',
         "clause 1 一 › manager 1 › alternatives", "unknown key"),
        ("years = [2020, 2021]", "years = [1999]", "clause 1 一 › form 1 › years 1",
         "from 2000 through 2099"),
        ("years = [2020, 2021]", "years = [true]", "clause 1 一 › form 1 › years 1",
         "from 2000 through 2099"),
        ('alternatives = ["electronic"]', 'alternatives = ["paper"]',
         "clause 1 一 › form 1 › alternatives", "the same answer twice"),
        ('alternatives = ["binding", "optional"]', "", "clause 1 一 › numbering 1 › alternatives",
         "a value is required"),
        ("days = 15", "days = 0", "clause 1 一 › report 1 › days", "from 1 through 3660"),
        ("days = 15", "days = 3661", "clause 1 一 › report 1 › days", "from 1 through 3660"),
        ("days = 15", 'days = "15"', "clause 1 一 › report 1 › days", "from 1 through 3660"),
        ('basis = "by-reference"', 'basis = "discretion"', "clause 1 一 › report 1 › basis",
         "must be one of stated, by-reference, principle"),
        ("[[clause.reissue.step]]", "[[clause.reissue.stap]]", "clause 2 二 › reissue 1 › step",
         "a reissue has at least one step"),
        ("[[clause.reissue.step]]", "[clause.reissue.step]", "clause 2 二 › reissue 1 › step",
         "must be an array of tables, [[step]]"),
        ('zh = "持证人提出申请"', 'zh = "持证人书面申请"', "clause 2 二 › reissue 1 › step 1 › zh",
         "not in the quotation"),
        ("[[clause.report]]", "[clause.report]", "clause 1 一 › report", "[[report]]"),
        ('force_clause = "三"', "", "clause 3 三 › place", "the clause has no effect"),
    ],
)  # fmt: skip
def test_each_fault_has_its_place_and_reason(old, new, place, reason):
    assert old in GOOD
    found = faults(GOOD.replace(old, new, 1), SOURCE)
    assert any(where == place and reason in why for where, why in found), found


def test_all_faults_are_told_at_once_in_both_languages():
    text = (
        GOOD.replace("format = 1", "format = 9")
        .replace('binds = "99"', 'binds = "Example"')
        .replace('manager = "city-hrss"', 'manager = "mayor"')
        .replace("days = 15", "days = -1")
    )
    with pytest.raises(RuleFileError) as caught:
        read(text)
    error = caught.value
    assert [fault.place for fault in error.faults] == [
        "",
        "document",
        "clause 1 一 › manager 1",
        "clause 1 一 › report 1",
    ]
    assert (
        str(error)
        .splitlines()[1]
        .startswith(
            "notice.toml, document › binds “Example”: must be one of province, 01, 02, …, 99"
        )
    )
    assert error.message("zh").splitlines()[3] == (
        "notice.toml，clause 1 一 › report 1 › days“-1”：应为1至3660的整数"
    )
    assert error.message("zh").splitlines()[1].endswith("应为province、01、02、…、99之一")
    assert str(error.faults[0]) == (
        "notice.toml, format “9”: unsupported format version; only version 1 is supported"
    )
    again = pickle.loads(pickle.dumps(error))
    assert again.faults == error.faults
    assert isinstance(error, ValueError)


def test_hostile_text_is_cut_and_escaped():
    place, _ = faults(GOOD + '\n"' + "\\u001b" * 500 + '" = 1')[0]
    assert len(place) < 200
    assert place.isprintable()


@pytest.mark.parametrize("clause", ["", '[[clause]]\nplace = "一"\nquote = "x"'])
def test_a_document_without_a_clause_says_nothing(clause):
    text = GOOD.partition("[[clause]]")[0].replace('force_clause = "三"', "") + clause
    expected = "the clause has no effect" if clause else "the document has no clause"
    assert [why for _, why in faults(text)] == [expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("in_force_through = 2025-02-28", "in_force_through = 2020-03-01"),  # one day
        ("days = 15", "days = 1"),
        ("days = 15", "days = 3660"),
    ],
)
def test_the_bounds_are_included(old, new):
    assert old in GOOD
    assert read(GOOD.replace(old, new))


@pytest.mark.parametrize(
    "cells",
    [
        'approved_by = ["mayor"]',  # a fault of the word, not of the cell as well
        'approved_by = ["county-hrss"]',
        'grades = ["senior"]',
    ],
)
def test_a_note_at_no_cell_is_one_fault(cells):
    if "approved_by" in cells:
        text = GOOD.replace('approved_by = ["other"]\n    grades = ["senior"]', cells, 1)
        assert text != GOOD
        assert len(faults(text)) == 1
    days = GOOD.replace("days = 15", f"days = 15\n\n    [[clause.report.note]]\n"
                        f'    kind = "open"\n    en = "a"\n    zh = "甲"\n    {cells}')  # fmt: skip
    assert faults(days)[-1][1] == "the note names a body or grade that the effect does not concern"


def test_an_extension_needs_a_last_day():
    head = GOOD.partition("[[clause]]")[0].replace('force_clause = "三"', 'extends = "示例1号"')
    assert read(head).extends == "示例1号"
    without = head.replace("in_force_through = 2025-02-28", "")
    assert faults(without) == [("document › in_force_through", "a value is required")]


def test_a_clause_that_contradicts_another_of_the_document():
    more = """
[[clause]]
place = "四"
quote = "同上"

  [[clause.manager]]
  approved_by = ["city-enterprise"]
  grades = ["junior"]
  basis = "stated"
  manager = "itself"
"""
    [(place, reason)] = faults(GOOD + more)
    assert place == "clause 4 四 › manager"
    assert reason == "contradicts 一 of the same document"
    assert read(GOOD + more.replace('"itself"', '"city-hrss"'))


@pytest.mark.parametrize(
    ("data", "english", "chinese"),
    [
        (b"\xff\xfe", "a TOML file must be in UTF-8", "TOML文件应为UTF-8编码"),
        ("格式 = 1".encode("gb18030"), "must be in UTF-8", "应为UTF-8编码"),
        (b"format = ", "syntax error at line 1, column 10", "TOML语法有误（第1行第10列）"),
        ("in_force_from = 2019年1月27日".encode(), "syntax error at line 1", "TOML语法有误"),
        (b"a = " + b"[" * 100_000, "nested too deeply", "嵌套过深"),
    ],
)
def test_what_is_not_toml_is_one_fault(data, english, chinese):
    with pytest.raises(RuleFileError) as caught:
        read_document(data, "x.toml")
    [fault] = caught.value.faults
    assert english in str(fault)
    assert chinese in fault.message("zh")
    assert len(str(fault)) < 350


def test_a_byte_order_mark_is_no_fault():
    assert read_document(b"\xef\xbb\xbf" + GOOD.encode(), "notice.toml") == read(GOOD)


def test_a_missing_clause_table_is_a_fault_of_its_own():
    assert ("clause", "must be an array of tables, [[clause]] (in JSON, of objects)") in faults(
        GOOD.partition("[[clause]]")[0] + "[clause]\nplace = 1\n"
    )
    assert ("document", "a value is required") in faults("format = 1")


def test_load_reads_one_file_alone(tmp_path):
    path = tmp_path / "notice.toml"
    path.write_text(GOOD, "utf-8")
    book = RuleBook.load(path, source=SOURCE)
    assert book == RuleBook.load(str(path)) == RuleBook([read(GOOD)])
    with pytest.raises(RuleFileError, match=r"notice\.toml, clause 1 一 › quote"):
        RuleBook.load(path, source="another text")
    with pytest.raises(FileNotFoundError):
        RuleBook.load(tmp_path / "missing.toml")
