"""``sdcert check`` on Excel workbooks, read and written, as a clerk uses it."""

import errno
import gc
import json
import re
import runpy
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.worksheet.formula import ArrayFormula

from sdcert.checking import check
from sdcert.cli.judge import CELLS, Judge, as_read, day_of
from sdcert.cli.reports import workbook as writing
from sdcert.cli.reports.layout import worded
from sdcert.cli.reports.summary import remark
from sdcert.codes import CodeBook
from sdcert.files import open_source, open_table
from sdcert.files import parts as reading
from sdcert.files.cells import Uncomputed
from tests.damage import texts
from tests.support.cli import PROGRAM as app

EXAMPLES = Path(__file__).parents[3] / "examples"
GOOD = "鲁181402001200001"
BARE = 181402001200001
RED, YELLOW, BLUE = "FFFFC7CE", "FFFFEB9C", "FFDDEBF7"


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def put(tmp_path):
    """Write a workbook: sheets by name, each a list of rows."""

    def write(*rows, name="a.xlsx", **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, lines in (sheets or {"名单": rows}).items():
            sheet = book.create_sheet(title)
            for line in lines:
                sheet.append(line)
        path = tmp_path / name
        book.save(path)
        return path

    return write


def invoke(*args):
    return CliRunner().invoke(app, ["check", *map(str, args)])


def document(*args):
    result = invoke(*args, "--format", "json")
    assert result.stderr == ""
    return json.loads(result.stdout)


def opened(path):
    book = openpyxl.load_workbook(path)
    book.close()
    return book


def rewrite(path, part, change):
    """Change a part of a workbook's file."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)


# --- the clerk's job --------------------------------------------------------------------------


def test_the_example_is_what_its_script_makes(tmp_path):
    script = runpy.run_path(str(EXAMPLES / "make_workbook.py"))
    script["make"](tmp_path / "a.xlsx")
    made, kept = opened(tmp_path / "a.xlsx"), opened(EXAMPLES / "certificates.xlsx")
    assert made.sheetnames == kept.sheetnames
    for name in kept.sheetnames:
        assert list(made[name].values) == list(kept[name].values)
    assert made.properties.modified == kept.properties.modified


def test_the_example_uses_example_codes_alone():
    sheet = opened(EXAMPLES / "certificates.xlsx")["名单"]
    values = [sheet.cell(row, 4).value for row in range(2, sheet.max_row + 1)]
    numbers = [check(value).number for value in values]
    assert {str(number)[3:11] for number in numbers if number} == {"93001602"}
    assert "示例" in str(opened(EXAMPLES / "certificates.xlsx")["说明"]["A1"].value)


def test_one_command_leads_from_a_damaged_workbook_to_a_marked_one(tmp_path):
    report = tmp_path / "结果.xlsx"
    result = invoke(EXAMPLES / "certificates.xlsx", "--report", report, "--lang", "zh")
    assert result.exit_code == 1
    assert "18行中有11行需要处理" in result.output
    given_ = opened(EXAMPLES / "certificates.xlsx")["名单"]
    book = opened(report)
    assert book.sheetnames == ["名单", "汇总"]
    sheet = book["名单"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:Q19"
    assert [cell.value for cell in sheet[1]] == [*(c.value for c in given_[1]), *worded("zh")]
    marks = {}
    for row in range(2, 20):
        for column in range(1, 7):  # the clerk's own cells are what they were
            before, after = given_.cell(row, column), sheet.cell(row, column)
            assert after.value == before.value
            assert after.data_type == ("s" if before.data_type == "f" else before.data_type)
            assert after.comment is None or column == 4
        cell = sheet.cell(row, 4)
        fill = cell.fill.fgColor.rgb if cell.fill.fill_type else None
        marks[row - 1] = fill, cell.comment and cell.comment.text
    plain = {1, 2, 3, 18}
    assert {row for row, (fill, text) in marks.items() if fill is None and text is None} == plain
    assert {row for row, (fill, _) in marks.items() if fill == BLUE} == {4, 5, 6}
    assert {row for row, (fill, _) in marks.items() if fill == RED} == set(range(7, 18))
    assert marks[4][1] == (
        "有效：\n- 书写不规范；规范写法为鲁189300160200004（基层）\n"
        "规范写法：鲁189300160200004（基层）"
    )
    number = sheet["D8"]
    assert (number.value, number.number_format) == (189300160200007, "0")
    assert marks[7][1].startswith("无效：\n- 单元格是数字189300160200007，不是文本：")
    assert "丢失了“鲁”" in marks[7][1]
    assert marks[7][1].endswith("可能的编号（须与证书原件核对）：鲁189300160200007")
    assert "位数也可能有误" in marks[8][1]
    assert "只保留15位" in marks[9][1]
    assert "科学计数法" in marks[10][1]
    assert marks[14][1] == "无效：\n- 单元格是日期或时间，不是文本：2018-12-28"
    assert "文件中没有其计算结果" in marks[15][1]
    assert "公式错误#REF!" in marks[16][1]
    assert marks[17][1] == "无效：\n- 文本为空"
    assert sheet["I11"].value is None
    assert sheet["O8"].value == "numeric-cell;prefix"


def test_the_summary_says_what_was_checked_and_what_valid_means(tmp_path):
    report = tmp_path / "out.xlsx"
    path = EXAMPLES / "certificates.xlsx"
    invoke(path, "--report", report, "--codes", "bundled", "--approved-column", "5")
    sheet = opened(report)["汇总"]
    told = {row[0]: row[1:] for row in sheet.values if row[0]}
    assert told["有效 / valid"] == (0, "valid")
    assert told["无效 / invalid"] == (11, "invalid")
    assert told["无法判定 / undetermined"] == (7, "undetermined")
    assert told["单元格是数字，不是文本 / cell holds a number, not text"] == (3, "numeric-cell")
    assert told["摘要值 / Digest"][0] == CodeBook.bundled().digest
    assert told["代码表 / Code tables"][0].startswith("sdcert自带（仅收录部分代码）")
    assert told["核准公布日期 / Approval day"][0].startswith("“核准公布日期”（第5列）")
    assert told["工作表 / Sheet"][0] == "名单"
    meaning = told["“有效”的含义 / What “valid” means"][0]
    assert "不表示编号确已发放或证书真实" in meaning
    assert "does not say that a number was issued" in meaning
    fills = {cell.value: cell.fill.fgColor.rgb for cell in sheet["A"] if cell.fill.fill_type}
    assert fills == {"无效 / invalid": RED, "无法判定 / undetermined": YELLOW}


def test_the_summary_is_chinese_alone_where_the_run_is(put, tmp_path):
    report = tmp_path / "out.xlsx"
    options = ["--lang", "zh", "--approved-on", "2018-12-28", "--codes"]
    tables = tmp_path / "tables.json"
    CodeBook.bundled().save(tables)
    path = put(["证书编号"], [GOOD], [], ["x"], [GOOD])
    invoke(path, "--report", report, *options, tables)
    told = {row[0]: row[1] for row in opened(report)["汇总"].values if row[0]}
    assert told["核准公布日期"] == "2018年12月28日"
    assert told["代码表"] == "tables.json"
    assert told["空行（未检查）"] == 1
    assert told["有效"] == 2
    assert not any("valid means" in str(value) for value in told.values())
    invoke(put(["证书编号"], [GOOD]), "--report", report, "--lang", "zh")
    assert "代码表" not in {row[0] for row in opened(report)["汇总"].values}


# --- which sheet, which row -------------------------------------------------------------------


def test_the_only_sheet_with_numbers_is_taken(put):
    name = {"名": [["证书编号"], [GOOD]]}
    path = put(说明=[["说明"], ["鲁人社规〔2018〕22号"]], 空=[], **name)
    found = document(path)
    assert (found["file"]["sheet"], found["file"]["format"]) == ("名", "xlsx")
    assert "sheet “名”, column names in row 1" in invoke(path).output
    bare = put(甲=[["a"], ["b"]], 乙=[["标题"], ["名", "证书编号"], ["甲", BARE]])
    assert document(bare, "--header-line", "2")["file"]["sheet"] == "乙"


@pytest.mark.parametrize(
    ("sheets", "options", "said"),
    [
        ({"甲": [["号"], [GOOD]], "乙": [["号"], [GOOD]]}, [], "1 “甲”, 2 “乙”"),
        ({"甲": [["a"], ["b"]], "乙": [["c"], ["d"]]}, [], "name one (1 “甲”, 2 “乙”) (--sheet)"),
        ({"甲": [["号"], [GOOD]]}, ["--sheet", "丙"], "no sheet “丙”; it has 1 “甲”"),
        ({"甲": [["号"], [GOOD]]}, ["--sheet", "2"], "no sheet “2”"),
        ({"甲": [], "乙": []}, [], "blank rows only"),
        ({"甲": []}, ["--sheet", "甲"], "blank rows only"),
        ({"甲": [["号"], [GOOD]]}, ["--header-line", "9"], "no line 9"),
        ({"甲": [["号"]]}, [], "no rows with data"),
        ({str(at): [["号"], [GOOD]] for at in range(30)}, [], "20 “19”, …"),
    ],
)
def test_what_cannot_be_told_is_asked_for(put, sheets, options, said):
    result = invoke(put(**sheets), *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_sheet_is_chosen_by_name_before_position(put):
    path = put(**{"2": [["号"], [GOOD]], "乙": [["号"], ["鲁18"]]})
    assert document(path, "--sheet", "2")["summary"]["outcomes"]["valid"] == 1
    assert document(path, "--sheet", "乙")["file"]["sheet"] == "乙"
    assert document(path, "--sheet", "1")["file"]["sheet"] == "2"


def test_a_title_above_the_names_is_not_taken_for_names(put, tmp_path):
    rows = [
        ["示例市2018年度中小学教师职称证书"],
        [],
        ["名", "证书编号"],
        ["甲", GOOD],
        ["乙", "鲁18"],
    ]
    path = put(*rows)
    result = invoke(path)
    assert result.exit_code == 1
    assert "line 1 is a title, not checked: “示例市2018年度中小学教师职称证书”" in result.output
    assert "第1行是标题" in invoke(path, "--lang", "zh").output
    report = tmp_path / "out.xlsx"
    found = document(path, "--header-line", "3", "--report", report)
    assert found["file"]["header_line"] == 3
    assert [row["line"] for row in found["rows"]] == [5]
    sheet = opened(report)["名单"]
    assert sheet["A1"].value == rows[0][0]  # rows keep their numbers
    assert sheet["A2"].value is None
    assert sheet["B5"].value == "鲁18"
    assert sheet["B5"].comment is not None
    assert sheet.freeze_panes == "A4"
    assert document(path, "--header-line", "1", "--column", "2")["summary"]["rows"] == 2


@pytest.mark.parametrize("rows", [[["证书编号"], [GOOD, "备注"]], [["号"], [GOOD], ["鲁18"]]])
def test_a_single_name_is_no_title_where_it_can_be_one(put, rows):
    assert document(put(*rows))["file"]["header_line"] == 1


def test_a_sheet_without_names_is_read_from_its_first_row(put, tmp_path):
    path = put([], ["甲", GOOD], ["乙", BARE, "多"])
    found = document(path)
    assert (found["file"]["header_line"], found["column"]["name"]) == (None, None)
    assert [row["line"] for row in found["rows"]] == [3]
    assert "no line with column names" in invoke(path, "--header-line", "0").output
    report = tmp_path / "out.xlsx"
    invoke(path, "--report", report)
    assert [cell.value for cell in opened(report)["名单"][2]][:3] == [
        "column_1",
        "column_2",
        "column_3",
    ]


def test_blank_rows_at_the_end_are_no_rows_and_those_between_are_counted(put):
    path = put(["证书编号", "b"], [GOOD], [], [" ", None], [GOOD], [], [])
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"</sheetData>", b'<row r="99"><c r="A99"/></row></sheetData>'),
    )
    summary = document(path)["summary"]
    assert (summary["rows"], summary["blank_rows"], summary["ragged_rows"]) == (2, 2, 0)


def test_what_a_workbook_says_of_its_size_is_not_believed(put):
    path = put(["证书编号"], [GOOD], ["鲁18"])
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b'ref="A1:A3"', b'ref="A1"'),
    )
    assert document(path)["summary"]["rows"] == 2


def test_a_row_wider_than_all_above_loses_nothing(put, tmp_path, monkeypatch):
    monkeypatch.setattr("sdcert.files.table.SAMPLE", 1)
    path, report = put(["证书编号"], [GOOD], [GOOD, None, "外"]), tmp_path / "out.xlsx"
    assert document(path, "--report", report)["summary"]["ragged_rows"] == 1
    assert [cell.value for cell in opened(report)["名单"][3]][-1] == "外"


# --- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code", "shown", "said"),
    [
        (BARE, "numeric-cell", str(BARE), "if the certificate reads 鲁181402001200001"),
        (float(BARE), "numeric-cell", str(BARE), "its prefix is lost"),
        (1.81402e14, "numeric-cell", "181402000000000", "perhaps digits"),
        (18140200120000100, "numeric-cell", "18140200120000100", "keeps 15 digits"),
        (1.5, "numeric-cell", "1.5", "perhaps digits"),
        (-BARE, "numeric-cell", str(-BARE), "perhaps digits"),
        (date(2018, 12, 28), "date-cell", "2018-12-28", "a date or time"),
        (time(8, 30), "date-cell", "08:30:00", "a date or time"),
        (timedelta(hours=30), "date-cell", "1 day, 6:00:00", "a date or time"),
        (True, "boolean-cell", "true", "true or false"),
        ("=A1", "formula-cell", "=A1", "whose result is not in the file"),
        (ArrayFormula("B2", "=A1:A2"), "formula-cell", "=A1:A2", "open the workbook"),
        ("#REF!", "error-cell", "#REF!", "the error #REF!"),
    ],
)
def test_a_cell_that_holds_no_text_is_named_as_what_it_is(put, value, code, shown, said):
    path = put(["名", "证书编号"], ["甲", value], ["乙", GOOD])
    found = document(path)
    (row,) = found["rows"]
    assert (row["line"], row["value"], row["outcome"]) == (2, shown, "invalid")
    first = row["findings"][0]
    assert (first["code"], first["field"], first["span"]) == (code, "text", None)
    assert said in first["message"]
    assert found["summary"]["findings"][code] == 1
    # beside it, what the library says of the same text, or of the same value
    judged = {"formula-cell": None}.get(code, as_read(opened_value(path))[0])
    expected = [finding.code.value for finding in check(judged).findings]
    assert [finding["code"] for finding in row["findings"][1:]] == expected
    assert code in CELLS


def opened_value(path):
    with open_source(str(path)) as source, open_table(source) as table:
        return next(cells for _, cells in table.rest())[1]


def test_blank_and_rich_cells_are_text(put):
    rich = CellRichText("鲁1814020012", TextBlock(InlineFont(b=True), "00001"))
    path = put(["名", "证书编号"], ["甲", rich], ["乙", None], ["丙", "  "])
    found = document(path)
    assert found["summary"]["outcomes"]["valid"] == 1
    assert found["summary"]["findings"] == {"empty": 2}


def test_a_formula_stands_for_the_result_that_was_saved_with_it(put):
    path = put(["名", "证书编号"], ["甲", '="鲁"&181402001200001'], ["乙", "=1/0"], ["丙", "=A1"])

    def results(data):
        data = data.replace(b"<v></v>", b"<v/>").replace(b"<v />", b"<v/>")
        cells = data.split(b'<c r="B2"')
        assert len(cells) == 2
        tail = cells[1].replace(b"<v/>", f"<v>{GOOD}</v>".encode(), 1)
        head = cells[0] + b'<c r="B2" t="str"'
        tail = tail.replace(b'<c r="B3"', b'<c r="B3" t="e"', 1)
        at = tail.index(b'<c r="B3"')
        return head + tail[:at] + tail[at:].replace(b"<v/>", b"<v>#DIV/0!</v>", 1)

    rewrite(path, "xl/worksheets/sheet1.xml", results)
    found = document(path)
    assert found["summary"]["outcomes"] == {"valid": 1, "invalid": 2, "undetermined": 0}
    assert [row["value"] for row in found["rows"]] == ["#DIV/0!", "=A1"]
    assert [row["findings"][0]["code"] for row in found["rows"]] == ["error-cell", "formula-cell"]


def test_characters_that_xml_lacks_come_back_as_they_were(tmp_path):
    values = ["鲁18\x0b1402001200001", "a_x0041_b", "\x1b[31m", "x\r\ny", "_x", "鲁\n18"]
    path, first, second = (tmp_path / name for name in ("a.jsonl", "1.xlsx", "2.jsonl"))
    path.write_text("".join(json.dumps({"号": value, "a": 1}) + "\n" for value in values), "utf-8")
    assert invoke(path, "--report", first, "--column", "号").exit_code == 1
    assert invoke(first, "--report", second, "--column", "号").exit_code == 1
    read = [json.loads(line)["号"] for line in second.read_text("utf-8").split("\n")[:-1]]
    assert read == values


def test_days_of_approval_are_read_from_cells_of_days(put):
    days = [date(2018, 12, 28), datetime(2017, 1, 1, 8), "2018年12月28日", 20181228, None, True]  # noqa: DTZ001
    path = put(["证书编号", "日"], *([GOOD, day] for day in days))
    found = document(path, "--approved-column", "日")
    assert found["summary"]["findings"] == {"approved-on-unreadable": 3, "year-in-future": 1}
    assert day_of(b"") is None


@given(
    st.one_of(
        texts(), st.integers(), st.floats(), st.booleans(), st.dates(), st.just(Uncomputed("=A1"))
    )
)
def test_a_cell_has_the_verdict_of_its_text(value):
    judged = Judge(None, None, "en", workbook=True).judge(value)
    read, cell = as_read(value)
    assert judged.verdict == check(read)
    assert (judged.cell is None) == (type(value) is str)
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert cell == "numeric-cell"
        assert judged.verdict == check(judged.value)


# --- what is no workbook ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), "it is damaged or not what its name says"),
        (b"a,b\n1,2\n", "no column"),
        (b"PK\x03\x04" + b"x" * 50, "it is damaged or not what its name says"),
    ],
)
def test_what_is_no_workbook_is_named(tmp_path, data, said):
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    result = invoke(path)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'r="A3"', b'r="3A"'),
        lambda data: data.replace(b'<row r="1103"', b'<row r="9999999"').replace(
            b'r="A1103"', b'r="A9999999"'
        ),
        lambda data: data.replace(b'r="A3"', b'r="ZZZ3"'),
        lambda data: data.replace(b'r="A3" t="inlineStr"><is>', b'r="A3" t="s"><v>99</v><is>'),
    ],
)
def test_a_workbook_that_breaks_off_within_leaves_no_report(put, tmp_path, change):
    path = put(["证书编号"], [GOOD], ["鲁18"], *([GOOD] for _ in range(1_100)))
    rewrite(path, "xl/worksheets/sheet1.xml", change)
    result = invoke(path, "--report", tmp_path / "out.xlsx")
    assert result.exit_code == 2
    assert "it is damaged" in result.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_workbook_without_its_parts_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as file:
        file.writestr("a.txt", "x")
    assert "is a ZIP archive" in invoke(tmp_path / "a.xlsx").stderr


def test_a_workbook_by_another_name_is_read_as_what_it_is(put):
    assert document(put(["证书编号"], [GOOD], name="a.csv"))["file"]["format"] == "xlsx"


# --- the report as a workbook -----------------------------------------------------------------

hostile = st.text("=+-@#REF!\t\r\n'\"_x0041 鲁1", max_size=8)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(hostile, hostile), min_size=1, max_size=15))
def test_no_text_becomes_a_formula_an_error_or_another_text(tmp_path, rows):
    path, report = tmp_path / "a.jsonl", tmp_path / "out.xlsx"
    rows = [("号", "备"), *rows]
    path.write_text("".join(json.dumps({"=号": a, "@备": b}) + "\n" for a, b in rows), "utf-8")
    invoke(path, "--report", report, "--column", "1")
    sheet = opened(report).worksheets[0]
    for cell in (cell for row in sheet.iter_rows(max_col=2) for cell in row):
        assert cell.data_type in ("s", "n")
        assert cell.data_type == "s" or cell.value is None
        if cell.value and cell.value[:1] in "=+-@#":
            assert cell.quotePrefix
    with (
        open_source(str(report)) as source,
        open_table(source, header_line=1, sheet="1") as table,
    ):
        assert table.columns[:2] == ("=号", "@备")
        read = [[*cells, None, None][:2] for _, cells in table.rest()]
    expected = [[a or None, b or None] for a, b in rows]
    while expected and not any(expected[-1]):
        expected.pop()
    assert [row for row in read if any(row)] == [row for row in expected if any(row)]


def test_an_error_stays_an_error_and_dates_their_format(put, tmp_path):
    path, report = put(["证书编号", "b", "c", "d"], [GOOD, "#N/A", 0.25, None]), tmp_path / "o.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet["C2"].number_format = "0.00%"
    sheet["D2"] = date(2018, 12, 28)
    sheet["D2"].number_format = 'yyyy"年"m"月"d"日"'
    sheet["C3"], sheet["D3"] = datetime(2018, 1, 1), 5  # noqa: DTZ001
    sheet["C4"], sheet["D4"] = time(8, 30), timedelta(hours=30)
    book.save(path)
    invoke(path, "--report", report)
    made = opened(report).active
    assert (made["B2"].value, made["B2"].data_type) == ("#N/A", "e")
    assert made["C2"].value == 0.25
    assert made["D2"].is_date
    assert made["C3"].is_date
    assert (made["D3"].value, made["D3"].number_format) == (5, "General")
    assert made["C4"].value == time(8, 30)
    assert made["D4"].value == timedelta(hours=30)


def test_a_csv_file_becomes_a_marked_workbook(tmp_path):
    path, report = tmp_path / "名[单]*.csv", tmp_path / "out.xlsx"
    path.write_text(f"名,证书编号\n甲,{GOOD}\n乙,鲁18,多\n丙\n,\n", "utf-8")
    result = invoke(path, "--report", report)
    assert result.exit_code == 1
    sheet = opened(report).worksheets[0]
    assert sheet.title == "名_单__.csv"
    assert sheet["B3"].fill.fgColor.rgb == RED
    assert sheet["B3"].comment.text.split("\n") == [
        "无效：",
        "- 编号应有15位数字，现有2位",
        "",
        "Invalid: ",
        "- 15 digits are needed, not 2",
    ]
    assert sheet.cell(3, 3 + len(worded("en"))).value == "多"
    assert sheet["B4"].value in (None, "")
    assert sheet["B4"].comment is not None
    assert sheet["C5"].value is None


def test_a_report_can_be_checked_and_written_again(put, tmp_path):
    path, first, second = (
        put(["证书编号"], ["鲁18"], [GOOD]),
        tmp_path / "1.xlsx",
        tmp_path / "2.xlsx",
    )
    invoke(path, "--report", first)
    result = invoke(first, "--report", second)
    assert "replaced" in result.output
    one, two = opened(first), opened(second)
    assert one.sheetnames == two.sheetnames
    assert list(one["名单"].values) == list(two["名单"].values)
    third = tmp_path / "3.xlsx"  # the numbers are the report's own column: its place is marked
    invoke(first, "--report", third, "--column", "Canonical form")
    assert opened(third)["名单"]["B2"].fill.fgColor.rgb == RED


def test_a_column_that_was_hidden_is_hidden_in_the_report(put, tmp_path):
    path = put(["身份证号", "证书编号"], ["示例", GOOD])
    book = openpyxl.load_workbook(path)
    book.active.column_dimensions["A"].hidden = True
    book.save(path)
    invoke(path, "--report", tmp_path / "o.xlsx")
    sheet = opened(tmp_path / "o.xlsx").worksheets[0]
    assert [sheet.column_dimensions[letter].hidden for letter in "AB"] == [True, False]
    assert sheet.page_setup.fitToHeight == 0
    assert opened(tmp_path / "o.xlsx").worksheets[1].sheet_properties.pageSetUpPr.fitToPage


def test_a_sheet_that_is_called_as_the_summary_is_keeps_its_name(put, tmp_path):
    invoke(put(汇总=[["证书编号"], [GOOD]]), "--report", tmp_path / "o.xlsx")
    assert opened(tmp_path / "o.xlsx").sheetnames == ["汇总", "检查汇总"]


@pytest.mark.parametrize(
    ("limit", "rows", "said"),
    [
        (("_MOST_ROWS", 3), [["证书编号"], [GOOD], [GOOD], [GOOD]], "more rows than a sheet"),
        (("_MOST_COLUMNS", 12), [["证书编号", "b"], [GOOD]], "more columns than a sheet"),
        (("_LONGEST_TEXT", 120), [["证书编号", "b"], [GOOD, "=" * 130]], "line 2"),
        (("_LONGEST_TEXT", 20), [["证书编号", "=" * 30], [GOOD]], "line 1"),
    ],
)
def test_what_a_workbook_cannot_hold_is_not_written_in_part(put, monkeypatch, limit, rows, said):
    monkeypatch.setattr(writing, *limit)
    path = put(*rows)
    report = path.with_name("out.xlsx")
    report.write_text("earlier")
    result = invoke(path, "--report", report)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "nothing was written" in result.stderr
    assert report.read_text() == "earlier"
    assert sorted(file.name for file in path.parent.iterdir()) == ["a.xlsx", "out.xlsx"]


def test_comments_are_bounded_and_the_summary_says_so(put, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MOST_COMMENTS", 2)
    report = tmp_path / "out.xlsx"
    invoke(put(["证书编号"], *([f"鲁{at}"] for at in range(5))), "--report", report, "--lang", "zh")
    book = opened(report)
    cells = [book["名单"].cell(row, 1) for row in range(2, 7)]
    assert [cell.comment is not None for cell in cells] == [True, True, False, False, False]
    assert all(cell.fill.fgColor.rgb == RED for cell in cells)
    told = {row[0]: row[1] for row in book["汇总"].values}
    assert told["批注"].startswith("另有3个单元格只标颜色")


@given(texts(), st.sampled_from(["en", "zh"]))
def test_a_comment_is_bounded_and_safe(value, lang):
    text, lines = remark(Judge(CodeBook.bundled(), None, lang).judge(value), lang)
    assert len(text) < 8_000
    assert lines >= text.count("\n") + 1
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.startswith(("有效：", "无效：", "无法判定："))


def test_many_findings_are_told_in_part():
    text, _ = remark(
        Judge(None, None, "zh").judge("\u202e\t\v-O一١½鲁18（基层）（基层）x.\xad"), "zh"
    )
    assert text.count("\n- ") == 8
    assert text.split("\n")[-1].startswith("（共")


# --- workbooks of other makers ----------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("change", "place"), [((b'<row r="3"', b'<row r="2"'), 2), ((b'<row r="2"', b'<row r="9"'), 3)]
)
def test_no_row_is_lost_where_rows_are_out_of_order(put, change, place, lang):
    path = put(["证书编号"], [GOOD], ["鲁1"])
    rewrite(path, "xl/worksheets/sheet1.xml", lambda data: data.replace(*change))
    result = invoke(path, "--lang", lang)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert (f"row {place} follows" if lang == "en" else f"第{place}行在第") in result.stderr


def test_rows_without_a_number_follow_one_another(put):
    path = put(["证书编号"], [GOOD], ["鲁1"])
    rewrite(path, "xl/worksheets/sheet1.xml", lambda data: re.sub(rb' r="[A-Z]?\d+"', b"", data))
    assert document(path)["summary"]["outcomes"] == {"valid": 1, "invalid": 1, "undetermined": 0}


def test_a_row_is_found_wherever_its_tag_is_cut(put):
    path = put(["证书编号"], *[[f"鲁18140200120{at:04}"] for at in range(1, 40)])
    assert document(path)["summary"]["rows"] == 39
    rewrite(path, "xl/worksheets/sheet1.xml", lambda data: data.replace(b'r="30"', b'r="29"'))
    assert "row 29 follows row 29" in invoke(path).stderr


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_part_that_would_fill_the_memory_is_not_read(put, monkeypatch, lang):
    monkeypatch.setattr(reading, "_LARGE", 1 << 20)
    path = put(["证书编号"], [GOOD])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/media/a.bin", bytes(1 << 21))
    result = invoke(path, "--lang", lang)
    assert result.exit_code == 2
    assert "2,097,152" in result.stderr
    assert "xl/media/a.bin" in result.stderr


def test_charts_and_links_to_other_files_do_not_matter(tmp_path):
    book = openpyxl.Workbook()
    chart = book.create_chartsheet("图表", 0)
    book.active = book.worksheets[0]
    for row in (["证书编号"], [GOOD]):
        book.worksheets[0].append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert chart in book.chartsheets
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"
    link = b'<Relationship Id="rId99" Type="' + kind + b'" Target="externalLinks/gone.xml"/>'
    end = b"</Relationships>"
    rewrite(path, "xl/_rels/workbook.xml.rels", lambda data: data.replace(end, link + end))
    named = b'<externalReferences><externalReference xmlns:r="http://schemas.openxmlformats.org/'
    named += b'officeDocument/2006/relationships" r:id="rId99"/></externalReferences>'
    rewrite(path, "xl/workbook.xml", lambda data: data.replace(b"</sheets>", b"</sheets>" + named))
    rewrite(path, "xl/chartsheets/sheet1.xml", lambda _: b"<nothing/>")
    assert document(path)["summary"]["outcomes"]["valid"] == 1


def test_a_disk_that_is_full_is_told_as_such(put, tmp_path, monkeypatch):
    class SerialisationError(Exception):  # as lxml's, where openpyxl writes by it
        pass

    def full(*_):
        raise SerialisationError("IO_ENOSPC")

    report = tmp_path / "out.xlsx"
    monkeypatch.setattr(writing._Workbook, "finish", full)
    result = invoke(put(["证书编号"], [GOOD]), "--report", report, "--lang", "zh")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    assert "空间" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_workbook_that_cannot_be_saved_whole_leaves_nothing_to_complain_later(
    put, tmp_path, monkeypatch, error
):
    later = []
    monkeypatch.setattr(sys, "unraisablehook", later.append)

    def stopped(*_):
        raise error

    path = put(["证书编号"], [GOOD])
    monkeypatch.setattr("openpyxl.writer.excel.ExcelWriter.write_data", stopped)
    result = invoke(path, "--report", tmp_path / "out.xlsx")
    assert result.exit_code == (2 if isinstance(error, OSError) else 130)
    del result
    error.__traceback__ = None  # what it holds is dropped
    gc.collect()
    assert later == []
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
