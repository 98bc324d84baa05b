"""The report in the clerk's own workbook: what is kept, what is marked, what is written anew."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.datavalidation import DataValidation

from sdcert.cli.reports import workbook
from tests.support.cli import invoke
from tests.support.offices import NUMBERS, cell_xml, sheet_xml

RED, YELLOW, BLUE = "FFFFC7CE", "FFFFEB9C", "FFDDEBF7"
VALUES = [
    NUMBERS[0],
    NUMBERS[1][:-1],
    NUMBERS[2].replace("鲁", "鲁 "),
    int(NUMBERS[3][1:]),
    NUMBERS[4],
]


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


def register(values=VALUES):
    """A register as offices make it: titles, a header of two rows, borders, 合计, print set-up."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名单"
    sheet.append(["2018年度职称证书发放花名册"])
    sheet.append(["填报单位：某市人社局", None, None, None, "填报日期：2019年3月1日"])
    sheet.append(["序号", "姓名", "身份证号", "职称证书", None, "备注"])
    sheet.append([None, None, None, "证书编号", "发证日期"])
    for at, value in enumerate(values, 1):
        sheet.append([at, f"甲{at}", "X", value, dt.date(2018, 12, 10 + at), None])
    sheet.append(["合计", None, None, f"{len(values)}人"])
    for merge in ("A1:F1", "A2:D2", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4"):
        sheet.merge_cells(merge)
    side = Side(style="thin")
    for row in sheet.iter_rows(min_row=3, max_row=sheet.max_row, max_col=6):
        for cell in row:
            cell.border = Border(side, side, side, side)
            cell.font = Font(name="仿宋", size=11)
            cell.alignment = Alignment("center", "center")
    for row in range(5, sheet.max_row):
        sheet.cell(row, 5).number_format = 'yyyy"年"m"月"d"日"'
        sheet.row_dimensions[row].height = 18
    sheet.column_dimensions["C"].hidden = True
    sheet.column_dimensions["D"].width = 31
    sheet.row_dimensions[6].hidden = True
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation = "landscape"
    sheet.print_title_rows = "3:4"
    sheet.add_data_validation(DataValidation("list", formula1='"是,否"', sqref="F5:F9"))
    book.create_sheet("说明").append(["本表一式两份"])
    book["说明"].sheet_state = "hidden"
    return book


def marked_book(book, *options, name="名单.xlsx", status=1):
    book.save(name)
    result = invoke("check", name, "--report", "结果.xlsx", "--lang", "zh", *options)
    assert result.exit_code == status, result.output
    return openpyxl.load_workbook("结果.xlsx")


def test_the_workbook_comes_back_as_it_was_with_marks_and_results():
    made = marked_book(register())
    sheet = made["名单"]
    given = register()["名单"]
    assert made.sheetnames == ["名单", "说明", "汇总"]
    assert made["说明"].sheet_state == "hidden"
    for before in (cell for row in given.iter_rows() for cell in row):
        after = sheet.cell(before.row, before.column)
        assert after.value in (before.value, None if before.value is None else after.value)
        if 5 <= before.row <= 9:  # what is merged has the borders of its corner
            assert after.font.name == before.font.name
            assert after.border.top.style == before.border.top.style == "thin"
    assert {str(one) for one in given.merged_cells.ranges} < {
        str(one) for one in sheet.merged_cells.ranges
    }
    assert sheet.column_dimensions["C"].hidden
    assert sheet.column_dimensions["D"].width == 31
    assert sheet.row_dimensions[6].hidden
    assert sheet.freeze_panes == "A5"
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$3:$4")
    assert sheet["E5"].number_format == 'yyyy"年"m"月"d"日"'
    assert len(sheet.data_validations.dataValidation) == 1
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.auto_filter.ref == f"A4:Q{sheet.max_row}"
    fills = [sheet.cell(row, 4).fill for row in range(5, 10)]
    assert [fill.fgColor.rgb if fill.fill_type else None for fill in fills] == [
        *(None, RED, BLUE, RED, None)
    ]
    assert sheet["D8"].number_format == "0"
    assert "编号应有15位数字，现有14位" in sheet["D6"].comment.text
    assert [cell.value for cell in sheet[3]][6:9] == ["结果", "原因", "规范写法"]
    assert [sheet.cell(row, 7).value for row in range(4, 11)] == [
        *(None, "有效", "无效", "有效", "无效", "有效", None)
    ]
    assert sheet["I7"].value == NUMBERS[2]
    assert sheet["G5"].border.top.style == "thin"
    assert not sheet.column_dimensions["I"].hidden
    assert sheet.column_dimensions["J"].hidden
    assert sheet.row_dimensions[8].height > 18  # its reason takes several lines
    assert sheet.row_dimensions[5].height == 18


def test_a_report_that_was_mended_is_checked_again():
    made = marked_book(register())
    sheet = made["名单"]
    for row, value in zip(range(5, 10), NUMBERS, strict=True):
        sheet.cell(row, 4).value = value
    again = marked_book(made, status=0)
    assert again.sheetnames == ["名单", "说明", "汇总"]
    after = again["名单"]
    assert after.max_column == sheet.max_column
    assert [after.cell(row, 7).value for row in range(5, 10)] == ["有效"] * 5
    assert all(after.cell(row, 4).comment is None for row in range(5, 10))
    assert all(after.cell(row, 4).fill.fill_type is None for row in range(5, 10))
    counts = {row[0]: row[1] for row in again["汇总"].values}
    assert (counts["有效"], counts["无效"]) == (5, 0)


def test_what_somebody_put_behind_an_earlier_report_is_kept():
    made = marked_book(register())
    made["名单"]["R3"] = "处理意见"
    made["名单"]["R5"] = "已核"
    invoke("audit", "结果.xlsx", "--report", "b.xlsx")
    made.save("a.xlsx")
    assert invoke("audit", "a.xlsx", "--report", "b.xlsx", "--lang", "zh").exit_code == 1
    sheet = openpyxl.load_workbook("b.xlsx")["名单"]  # an audit has one column more
    assert (sheet["R3"].value, sheet["R5"].value) == ("处理意见", "已核")
    heads = [sheet.cell(3, column).value for column in range(7, 23)]
    assert heads[:11] == [None] * 11
    assert heads[12:16] == ["结果", "原因", "规范写法", "组号"]


def test_a_comment_of_the_clerk_is_kept():
    book = register()
    book["名单"]["D6"].comment = Comment("已电话核实", "示例甲")
    comment = marked_book(book)["名单"]["D6"].comment.text
    assert comment.startswith("已电话核实\n\n无效：")


def test_what_is_set_for_printing_is_not_changed():
    book = register()
    book["名单"].print_area = "A1:F10"
    sheet = marked_book(book)["名单"]
    assert sheet.print_area == "'名单'!$A$1:$F$10"
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    book["名单"].auto_filter.ref = "B4:D9"
    assert marked_book(book)["名单"].auto_filter.ref.startswith("A4:Q")


def test_a_number_that_is_merged_over_rows_and_a_table_of_excel():
    book = register()
    sheet = book["名单"]
    sheet["D7"].value = None
    sheet.merge_cells("D6:D7")
    made = marked_book(book)["名单"]
    assert made["D6"].comment is not None
    assert [made["G6"].value, made["G7"].value] == ["无效", "无效"]
    plain = openpyxl.Workbook()
    plain.active.append(["证书编号"])
    plain.active.append([NUMBERS[0]])
    plain.active.add_table(openpyxl.worksheet.table.Table(displayName="T", ref="A1:A2"))
    kept = marked_book(plain, status=0).active
    assert kept.auto_filter.ref is None
    assert kept.tables


def test_a_file_without_names_has_results_all_the_same():
    book = openpyxl.Workbook()
    book.active.append([NUMBERS[0], "甲"])
    sheet = marked_book(book, status=0).worksheets[0]
    assert [cell.value for cell in sheet[1]][:3] == [NUMBERS[0], "甲", "有效"]


@pytest.mark.parametrize("how", ["large", "broken", "csv"])
def test_what_cannot_be_kept_is_written_anew(monkeypatch, tmp_path, how):
    if how == "large":
        monkeypatch.setattr(workbook, "MOST_BYTES", 10)
        sheet = marked_book(register())["名单"]
        assert [cell.value for cell in sheet[4]][:4] == [
            "序号",
            "姓名",
            "身份证号",
            "职称证书 / 证书编号",
        ]
        assert sheet.column_dimensions["C"].hidden
        return
    rows = "".join(f'<row r="{n}">{cell_xml(f"A{n}", v, "str")}</row>' for n, v in enumerate(
        ["证书编号", NUMBERS[0]], 1))  # fmt: skip
    if how == "broken":  # openpyxl refuses an empty fill, which Excel opens
        (tmp_path / "a.xlsx").write_bytes(sheet_xml(rows, styles="<fills><fill/></fills>"))
    else:
        (tmp_path / "a.xlsx").write_text(f"证书编号\n{NUMBERS[0]}\n", "utf-8")
    assert invoke("check", "a.xlsx", "--report", "b.xlsx", "--lang", "zh").exit_code == 0
    values = list(openpyxl.load_workbook("b.xlsx").worksheets[0].values)
    assert [row[:2] for row in values] == [("证书编号", "结果"), (NUMBERS[0], "有效")]


def test_the_summary_fits_a_page():
    sheet = marked_book(register())["汇总"]
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)
    assert sheet["B2"].value == "名单.xlsx"


def test_a_workbook_from_standard_input_is_written_anew():
    made = io.BytesIO()
    register().save(made)
    result = invoke("check", "-", "--report", "b.xlsx", "-q", input=made.getvalue())
    assert result.exit_code == 1
    assert zipfile.is_zipfile("b.xlsx")
