"""The report as a workbook."""

import json
import runpy
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.cli.engine import Engine
from sdcert.cli.labels import remark
from sdcert.cli.reports import sheets
from sdcert.cli.reports import workbook as writing
from sdcert.cli.reports.layout import worded
from sdcert.codes import CodeBook
from sdcert.files import open_source, open_table
from tests.damage import texts
from tests.support import cli
from tests.support.cli import checked as invoke
from tests.support.spreadsheets import BLUE, GOOD, RED, YELLOW, opened

EXAMPLES = Path(__file__).parents[3] / "examples"


# --- the clerk's job ---------------------------------------------------------------------------


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
    assert book.sheetnames == ["名单", "说明", "汇总"]
    sheet = book["名单"]
    assert sheet.auto_filter.ref == "A1:Q19"
    assert [cell.value for cell in sheet[1]] == [*(c.value for c in given_[1]), *worded("zh")]
    marks = {}
    for row in range(2, 20):
        for column in range(1, 7):  # the clerk's own cells are what they were
            before, after = given_.cell(row, column), sheet.cell(row, column)
            assert after.value == before.value or after.data_type == "f"  # kept as such
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
    assert sheet["O8"].value == "numeric-cell;not-text"


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


# --- the report as a workbook ------------------------------------------------------------------


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
    path, report = (
        put(["证书编号", "b", "c", "d"], [GOOD, "#N/A", 0.25, None]),
        tmp_path / "o.xlsx",
    )
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
    monkeypatch.setattr(sheets if "TEXT" in limit[0] else writing, *limit)
    monkeypatch.setattr(writing, "MOST_BYTES", 0)
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
    monkeypatch.setattr(sheets, "MOST_COMMENTS", 2)
    report = tmp_path / "out.xlsx"
    invoke(
        put(["证书编号"], *([f"鲁{at}"] for at in range(5))),
        "--report",
        report,
        "--lang",
        "zh",
    )
    book = opened(report)
    numbers = [book["名单"].cell(row, 1) for row in range(2, 7)]
    assert [cell.comment is not None for cell in numbers] == [True, True, False, False, False]
    assert all(cell.fill.fgColor.rgb == RED for cell in numbers)
    told = {row[0]: row[1] for row in book["汇总"].values}
    assert told["批注"].startswith("另有3个单元格只标颜色")


@given(texts(), st.sampled_from(["en", "zh"]))
def test_a_comment_is_bounded_and_safe(value, lang):
    text, lines = remark(Engine(CodeBook.bundled(), None, lang).one(value), lang)
    assert len(text) < 8_000
    assert lines >= text.count("\n") + 1
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.startswith(("有效：", "无效：", "无法判定："))


def test_many_findings_are_told_in_part():
    text, _ = remark(Engine(lang="zh").one("\u202e\t\v-O一١½鲁18（基层）（基层）x.\xad"), "zh")
    assert text.count("\n- ") == 8
    assert text.split("\n")[-1].startswith("（共")


def test_what_a_cell_holds_without_loss_is_kept():
    kept = [time(8, 30), timedelta(1), date(2018, 12, 28), 7, 0.5]
    assert [sheets.number_of(value) for value in kept] == kept
    assert sheets.number_of(date(1899, 1, 1)) == "1899-01-01"


def test_an_error_of_a_cell_stays_one_in_a_workbook_written_anew(tmp_path, monkeypatch):
    path, report = tmp_path / "a.xlsx", tmp_path / "r.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["证书编号", "b"])
    book.active.append([GOOD, "#N/A"])
    book.save(path)
    monkeypatch.setattr(writing, "MOST_BYTES", 0)
    assert invoke(path, "--report", report).exit_code == 0
    sheets = openpyxl.load_workbook(report).worksheets
    rows = [row for sheet in sheets for row in sheet.iter_rows()]
    found = {(cell.value, cell.data_type) for row in rows for cell in row}
    assert ("#N/A", "e") in found


@pytest.mark.parametrize("command", ["check", "audit"])
def test_columns_are_as_wide_as_what_they_hold(write, tmp_path, command):
    path, report = write("姓名,证书编号", f"{'甲' * 12},{GOOD}"), tmp_path / "r.xlsx"
    assert cli.invoke(command, path, "--report", report).exit_code == 0
    widths = openpyxl.load_workbook(report).worksheets[0].column_dimensions
    assert [widths[letter].width for letter in "AB"] == [26, 19]
