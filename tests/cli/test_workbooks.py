"""``sdcert check`` on workbooks: sheets, rows, cells, and what is no workbook."""

import errno
import gc
import json
import re
import sys
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.worksheet.formula import ArrayFormula

from sdcert.checking import check
from sdcert.cli.engine import Engine
from sdcert.cli.judge import CELLS, as_read
from sdcert.cli.reports import workbook
from sdcert.files import open_source, open_table, read_rows
from sdcert.files import parts as reading
from sdcert.files.cells import Uncomputed, day_of
from tests.damage import texts
from tests.support.cli import checked as invoke
from tests.support.cli import document
from tests.support.offices import DAY_FORMATS, dated_xlsx
from tests.support.spreadsheets import BARE, GOOD, opened, rewrite

EXAMPLES = Path(__file__).parents[2] / "examples"


# --- which sheet, which row --------------------------------------------------------------------


def test_the_only_sheet_with_numbers_is_taken(put):
    name = {"名": [["证书编号"], [GOOD]]}
    path = put(说明=[["说明"], ["鲁人社规〔2018〕22号"]], 空=[], **name)
    found = document(path)
    assert (found["inputs"][0]["sheet"], found["inputs"][0]["format"]) == ("名", "xlsx")
    assert "sheet “名”, column names in row 1" in invoke(path).output
    bare = put(甲=[["a"], ["b"]], 乙=[["标题"], ["名", "证书编号"], ["甲", BARE]])
    assert document(bare, "--header-line", "2")["inputs"][0]["sheet"] == "乙"


@pytest.mark.parametrize(
    ("sheets", "options", "said"),
    [
        ({"甲": [["号"], [GOOD]], "乙": [["号"], [GOOD]]}, [], "1 “甲”, 2 “乙”"),
        ({"甲": [["a"], ["b"]], "乙": [["c"], ["d"]]}, [], "2 “乙”) (--sheet, --all-sheets)"),
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
    assert document(path, "--sheet", "乙")["inputs"][0]["sheet"] == "乙"
    assert document(path, "--sheet", "1")["inputs"][0]["sheet"] == "2"


@pytest.mark.parametrize("title", [[], ["某局填报,,"]])
def test_both_lines_of_a_header_of_two_are_named(put, write, title):
    rows = [*title, "姓名,职称证书,", ",证书编号,级别", f"甲,{GOOD},中级"]
    lines = f"{len(title) + 1}–{len(title) + 2}"
    book = put(*(row.split(",") for row in rows))
    for path, word in ((book, "in rows"), (write(*rows), "on lines")):
        assert f"column names {word} {lines}" in invoke(path).output
        assert f"列名在第{lines}行" in invoke(path, "--lang", "zh").output


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
    assert found["inputs"][0]["header_line"] == 3
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
    assert document(put(*rows))["inputs"][0]["header_line"] == 1


def test_a_sheet_without_names_is_read_from_its_first_row(put, tmp_path):
    path = put([], ["甲", GOOD], ["乙", BARE, "多"])
    found = document(path)
    assert (found["inputs"][0]["header_line"], found["inputs"][0]["column"]["name"]) == (None, None)
    assert [row["line"] for row in found["rows"]] == [3]
    assert "no line with column names" in invoke(path, "--header-line", "0").output
    report = tmp_path / "out.xlsx"
    invoke(path, "--report", report)
    assert [cell.value for cell in opened(report)["名单"][2]][:4] == ["甲", GOOD, None, "valid"]


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
    assert [cell.value for cell in opened(report)["名单"][3]][2:4] == ["外", "valid"]


# --- cells -------------------------------------------------------------------------------------


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


def test_days_of_approval_in_any_built_in_format_are_read_and_kept(tmp_path):
    rows = [[GOOD, 43462] for _ in DAY_FORMATS]
    path, report = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    path.write_bytes(dated_xlsx([["证书编号", "核准日期"], *rows]))
    options = ["--approved-column", "核准日期", "--codes", "bundled", "--report", report]
    for one in (path, report):  # the report is checked again
        assert document(one, *options)["summary"]["outcomes"]["valid"] == len(rows)
        options = options[:-2]
    assert [cells[1] for _, cells in read_rows(report, sheet="名单").rows[1:]] == [
        date(2018, 12, 28)
    ] * len(rows)


def test_days_of_approval_are_read_from_cells_of_days(put):
    days = [date(2018, 12, 28), datetime(2017, 1, 1, 8), "2018年12月28日", 20181228, None, True]  # noqa: DTZ001
    path = put(["证书编号", "日"], *([GOOD, day] for day in days))
    found = document(path, "--approved-column", "日")
    assert found["summary"]["findings"] == {"approved-on-unreadable": 3, "year-in-future": 1}
    assert day_of(b"") is day_of(datetime.now(UTC)) is None


@given(
    st.one_of(
        texts(), st.integers(), st.floats(), st.booleans(), st.dates(), st.just(Uncomputed("=A1"))
    )
)
def test_a_cell_has_the_verdict_of_its_text(value):
    judged = Engine(workbook=True).one(value)
    read, cell = as_read(value)
    assert judged.verdict == check(read)
    assert (judged.cell is None) == (type(value) is str)
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert cell == "numeric-cell"


# --- what is no workbook -----------------------------------------------------------------------


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
    assert document(put(["证书编号"], [GOOD], name="a.csv"))["inputs"][0]["format"] == "xlsx"


# --- workbooks of other makers -----------------------------------------------------------------


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
    monkeypatch.setattr(workbook.MarkedWorkbook, "finish", full)
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
