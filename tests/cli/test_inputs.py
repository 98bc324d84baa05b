"""Several files, folders, sheets and columns in one run: check and audit."""

import csv
import io
import json
import re

import openpyxl
import pyarrow.parquet as pq
import pytest
from rich.cells import cell_len

from tests.support.cli import invoke
from tests.support.offices import NUMBERS, csv_of, office_table, xlsx_of

BAD = NUMBERS[1].replace("0", "O", 1)
COUNTY = [["姓名", "证书编号"], ["甲", BAD]]


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path):
    """Registers as they come: an office's workbook, CSV of a county, and what is no table."""
    below = tmp_path / "in" / "县区"
    below.mkdir(parents=True)
    (below.parent / "市直.xlsx").write_bytes(xlsx_of(office_table(), merges=["A1:E1", "C3:D3"]))
    (below / "甲县.csv").write_bytes(csv_of(COUNTY, encoding="gb18030"))
    (below / "~$甲县.csv").write_bytes(b"x")
    (below / ".hidden.csv").write_bytes(b"x")
    (below / "说明.docx").write_bytes(b"x")
    return tmp_path / "in"


def document(*args):
    result = invoke(*args, "--format", "json")
    return json.loads(result.stdout), result


def test_a_folder_is_all_files_below_it_that_may_be_tables(folder):
    found, result = document("check", "in")
    assert [one["file"] for one in found["inputs"]] == ["in/县区/甲县.csv", "in/市直.xlsx"]
    assert [one["summary"]["rows"] for one in found["inputs"]] == [1, 5]
    assert [(row["file"], row["sheet"], row["line"]) for row in found["rows"]] == [
        ("in/县区/甲县.csv", None, 2)
    ]
    assert found["left_out"] == ["1 file of another kind was not looked at: 说明.docx"]
    assert found["summary"]["rows"] == 6
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("command", "report", "of"),
    [
        ("check", "结果.xlsx", "in"),
        ("audit", "结果.xlsx", "in/市直.xlsx"),
        ("audit", "结果.xlsx", "in/县区/甲县.csv"),
        ("audit", "结果.csv", "in"),
        ("check", "结果.jsonl", "in"),
        ("check", "结果.parquet", "in/市直.xlsx"),
    ],
)
def test_an_earlier_report_in_a_folder_is_left_out_and_told(folder, command, report, of):
    before, _ = document(command, "in")
    assert invoke(command, of, "--report", report, "--lang", "zh").exit_code in {0, 1}
    (folder.parent / report).rename(folder / report)
    found, result = document(command, "in")
    assert (found["summary"], result.exit_code) == (before["summary"], 1)
    told = f"1 report of an earlier run was not looked at: {report} (name it to have it read)"
    assert found["left_out"] == [*before["left_out"], told]
    named, _ = document(command, f"in/{report}", "in")
    assert document(command, "in", f"in/{report}")[0]["summary"] == named["summary"]
    read = [*named["inputs"], *({"file": one["name"]} for one in named["unread"])]
    assert f"in/{report}" in {one["file"] for one in read}
    assert len(named["left_out"]) == 1


def test_a_folder_of_reports_alone_is_read_and_sheets_of_others_are_asked_for(folder):
    (folder.parent / "out").mkdir()
    invoke("check", "in/县区/甲县.csv", "--report", "out/a.csv")
    invoke("check", "in", "--report", "out/b.xlsx")
    found, _ = document("check", "out")
    assert (found["summary"]["rows"], found["left_out"]) == (1, [])
    assert [one["name"] for one in found["unread"]] == ["out/b.xlsx"]
    (folder.parent / "out" / "坏.xls").write_text("<html><table><tr><td>证书编号")
    refused = invoke("check", "out")  # it is the list that was meant, and it cannot be read
    assert refused.exit_code == 2
    assert "坏.xls" in refused.stderr
    assert "valid" not in refused.stdout
    rows = [["证书编号"], [NUMBERS[0]]]
    (folder / "两表.xlsx").write_bytes(xlsx_of(rows, sheets=[("乙", rows, "visible")]))
    found, _ = document("check", "in")
    assert [one["name"] for one in found["unread"]] == ["in/两表.xlsx"]


def test_a_file_that_cannot_be_read_stops_no_other(folder):
    (folder / "坏.xls").write_text("<html><table><tr><td>证书编号")
    found, result = document("check", "in", "没有.csv")
    assert result.exit_code == 2
    assert {one["name"] for one in found["unread"]} == {"in/坏.xls", "没有.csv"}
    assert not found["summary"]["passed"]
    assert result.stderr.count("sdcert: error: ") == 2
    text = invoke("check", "in", "--lang", "zh").stdout
    assert "未能读取" in text
    assert "有1个文件未能读取，未作检查。" in text


def test_nothing_that_can_be_read_leaves_with_2(tmp_path):
    (tmp_path / "a.csv").write_text("证书编号\n")
    (tmp_path / "b.csv").write_text("")
    result = invoke("check", "a.csv", "b.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no rows with data" in result.stderr
    (tmp_path / "empty").mkdir()
    assert "holds no file that could be checked" in invoke("check", "empty").stderr
    assert "no file or folder no*.csv" in invoke("check", "no*.csv").stderr


def test_a_pattern_that_no_shell_expanded_is_expanded(folder):
    assert invoke("check", "in", "--report", "in/县区/乙.csv").exit_code == 1
    assert invoke("check", "in", "--report", "in/县区/乙.csv").exit_code == 1  # no input
    (folder / "县区" / "乙.csv").unlink()
    found, _ = document("check", "in/*/*.csv", "in/县区/甲县.csv")
    assert [one["file"] for one in found["inputs"]] == ["in/县区/甲县.csv"]  # once


def workbook(path):
    head = ["姓名", "证书编号", "原证书编号"]
    rows = [head, ["甲", NUMBERS[0], NUMBERS[1]], ["乙", BAD, NUMBERS[2]]]
    notes = [["说明"], ["本表一式两份"]]
    old = [["证书编号"], [NUMBERS[0]]]
    path.write_bytes(xlsx_of(rows, sheets=[("说明", notes, "visible"), ("旧", old, "hidden")]))
    return path.name


def test_every_sheet_with_numbers_is_checked(tmp_path):
    name = workbook(tmp_path / "a.xlsx")
    found, _ = document("check", name, "--all-sheets", "--column", "证书编号")
    assert [one["sheet"] for one in found["inputs"]] == ["名单", "旧"]
    assert found["left_out"] == [
        "sheet “说明” of a.xlsx holds no certificate numbers and was not checked"
    ]
    found, _ = document("check", name, "--sheet", "旧", "--sheet", "1", "--column", "证书编号")
    assert [one["sheet"] for one in found["inputs"]] == ["旧", "名单"]
    both = invoke("check", name, "--sheet", "1", "--all-sheets")
    assert "give --sheet or --all-sheets, not both" in both.stderr
    words = [["a", "b"], ["c", "d"]]
    (tmp_path / "n.xlsx").write_bytes(xlsx_of(words, sheets=[("b", words, "visible")]))
    assert "certificate numbers" in invoke("check", "n.xlsx", "--all-sheets").stderr
    csv_alone, _ = document("check", "--all-sheets", "--column", "1", put_csv(tmp_path))
    assert csv_alone["summary"]["rows"] == 1


def put_csv(folder):
    (folder / "c.csv").write_text(f"证书编号\n{NUMBERS[3]}\n", "utf-8")
    return "c.csv"


def test_several_columns_are_checked_each_by_itself(tmp_path):
    name = workbook(tmp_path / "a.xlsx")
    columns = ("--sheet", "1", "--column", "2", "--column", "原证书编号", "--column", "2")
    found, _ = document("check", name, *columns)
    assert [one["column"]["position"] for one in found["inputs"]] == [2, 3]
    assert [(row["column"], row["value"]) for row in found["rows"]] == [(2, BAD)]
    assert "“证书编号” (column 2)" in invoke("check", name, *columns).stdout
    assert invoke("check", name, *columns, "--report", "r.xlsx").exit_code == 1
    sheet = openpyxl.load_workbook("r.xlsx")["名单"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[3:5] == ["Result (证书编号)", "Reason"]
    assert heads[14] == "Result (原证书编号)"
    assert [sheet.cell(row, 15).value for row in (2, 3)] == ["valid", "valid"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_one_report_names_file_sheet_and_line(folder, ending):
    out = folder.parent / f"out.{ending}"
    assert invoke("check", "in", "--report", out).exit_code == 1
    if ending == "csv":
        rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    elif ending == "jsonl":
        rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    else:
        rows = pq.read_table(out).to_pylist()
    assert len(rows) == 6
    names = ("sdcert_file", "sdcert_sheet", "sdcert_line")
    places = [(row[names[0]], row[names[1]] or None, int(row[names[2]])) for row in rows]
    assert places[:2] == [("in/县区/甲县.csv", None, 2), ("in/市直.xlsx", "名单", 5)]
    assert rows[0]["姓名"] == "甲"
    assert rows[0].get("职称证书 / 证书编号") in (None, "")
    assert rows[1]["职称证书 / 证书编号"] == NUMBERS[0]


def test_one_workbook_has_a_sheet_for_each_input(folder):
    (folder / "b.xlsx").write_bytes(xlsx_of([["证书编号"], [NUMBERS[0]]]))
    (folder / "县区" / "b.csv").write_bytes(csv_of([["证书编号"], [NUMBERS[0]]]))
    (folder / "b.csv").write_bytes(csv_of([["证书编号"], [BAD]]))
    assert invoke("check", "in", "--report", "out.xlsx", "--lang", "zh").exit_code == 1
    book = openpyxl.load_workbook("out.xlsx")
    assert set(book.sheetnames) == {"b.csv", "b.csv (2)", "b 名单", "甲县.csv", "市直 名单", "汇总"}
    values = {str(cell.value) for row in book["汇总"] for cell in row}
    assert {"市直.xlsx [名单]", "5行，其中0行需要处理"} <= values


def test_a_page_names_the_file_of_each_row(folder):
    assert invoke("check", "in", "--report", "out.html", "--lang", "zh").exit_code == 1
    page = (folder.parent / "out.html").read_text("utf-8")
    assert "<h1><bdi>2个文件</bdi></h1>" in page
    assert "<td><bdi>县区/甲县.csv</bdi></td>" in page
    assert "未检查</dt><dd><bdi>1个其他类型的文件未检查：说明.docx" in page
    assert "in/" not in page
    (folder / "坏.xls").write_text("<html><table><tr><td>证书编号")
    assert invoke("check", "in", "--report", "out.html", "--lang", "zh").exit_code == 2
    page = (folder.parent / "out.html").read_text("utf-8")
    assert "未能读取</dt><dd><bdi>坏.xls其实是网页" in page


def test_a_folder_gets_a_workbook_for_each_file(folder):
    (folder / "县区" / "甲县.txt").write_bytes(csv_of([["证书编号"], [NUMBERS[0]]]))
    (folder / "空.csv").write_text("证书编号\n", "utf-8")
    for _ in range(2):  # the second time the folder is there, and its reports are no input
        result = invoke("check", "in", "--report", "in/结果", "--lang", "zh")
        assert result.exit_code == 2
        assert "空.csv只有列名" in result.stderr
    made = {str(path.relative_to(folder)) for path in (folder / "结果").rglob("*.*")}
    assert made == {
        "结果/市直-检查结果.xlsx",
        "结果/县区/甲县-检查结果.xlsx",
        "结果/县区/甲县.txt-检查结果.xlsx",
    }
    summary = openpyxl.load_workbook(folder / "结果" / "市直-检查结果.xlsx")["汇总"]
    assert not any("空.csv" in str(cell.value) for row in summary for cell in row)


def test_a_damaged_end_drops_the_file_and_keeps_the_others(folder, tmp_path):
    good = "".join(f"{number}\n" for number in NUMBERS * 600)
    (folder / "坏.csv").write_bytes(f"证书编号\n{good}".encode() + b'"' + good.encode())
    found, result = document("check", "in")
    assert result.exit_code == 2
    assert [one["name"] for one in found["unread"]] == ["in/坏.csv"]
    assert {row["file"] for row in found["rows"]} == {"in/县区/甲县.csv"}
    assert invoke("check", "in", "--report", "out.csv").exit_code == 2
    assert not (tmp_path / "out.csv").exists()


def test_an_audit_compares_rows_of_all_files_and_sheets(folder, tmp_path):
    twice = [["证书编号"], [NUMBERS[0]], [NUMBERS[0]]]
    (folder / "乙.xlsx").write_bytes(xlsx_of(twice, sheets=[("二", twice[:2], "visible")]))
    found, result = document("audit", "in", "--all-sheets")
    assert result.exit_code == 1
    row = next(row for row in found["rows"] if row["file"] == "in/市直.xlsx")
    (finding,) = row["findings"]
    assert finding["message"] == (
        "the same number in several rows (with row 2, 3 of 乙.xlsx [名单], row 2 of 乙.xlsx [二])"
    )
    twins = [(one["file"], one["sheet"], one["line"]) for one in finding["twins"]]
    assert twins == [("in/乙.xlsx", "名单", 2), ("in/乙.xlsx", "名单", 3), ("in/乙.xlsx", "二", 2)]
    assert found["summary"]["findings"] == {"digits": 1, "duplicate-number": 4}
    zh = invoke("audit", "in", "--all-sheets", "--lang", "zh", "--report", "r/").stdout
    assert "编号重复（与第3行、乙.xlsx [二]的第2行、市直.xlsx [名单]的第5行）" in zh.replace(
        "\n", ""
    )
    sheet = openpyxl.load_workbook("r/乙-检查结果.xlsx")["二"]
    assert [cell.value for cell in sheet[1]][1:5] == ["结果", "原因", "规范写法", "组号"]
    assert sheet["B2"].value == "无效"
    assert sheet["E2"].value == "1"


def test_standard_input_may_be_one_of_several(folder):
    data = csv_of([["证书编号"], [NUMBERS[4]]])
    args = ("audit", "-", "in/市直.xlsx", "--format", "json", "--column", "证书编号")
    result = invoke(*args, input=data)
    found = json.loads(result.stdout)
    assert [one["file"] for one in found["inputs"]] == ["-", "in/市直.xlsx"]
    assert found["rows"][0]["findings"][0]["twins"][0]["file"] == "in/市直.xlsx"
    result = invoke("check", "-", "--report", "r/", "-q", input=data)
    assert result.exit_code == 0
    assert (folder.parent / "r" / "stdin-checked.xlsx").exists()


def test_where_no_file_could_be_read_to_its_end_the_run_has_no_result(tmp_path):
    for name in ("a.csv", "b.csv"):
        rows = "证书编号\n" + f"{NUMBERS[0]}\n" * 5_000
        (tmp_path / name).write_bytes(rows.encode() + b"\xff\xff\xff\n")
    (tmp_path / "reports").mkdir()
    result = invoke("check", "a.csv", "b.csv", "--encoding", "utf-8", "--report", "reports")
    assert result.exit_code == 2
    assert [name in result.stderr for name in ("a.csv", "b.csv")] == [True, True]
    assert list((tmp_path / "reports").iterdir()) == []


def test_what_is_mailed_names_no_folder_above_the_one_that_was_named(folder):
    twice = [["证书编号"], [NUMBERS[0]], [NUMBERS[0]]]
    (folder / "乙.xlsx").write_bytes(xlsx_of(twice))
    options = ["--codes", "bundled", "--lang", "zh", "--report", "out.html"]
    assert invoke("audit", folder, *options).exit_code == 1
    page = (folder.parent / "out.html").read_text("utf-8")
    assert "乙.xlsx [名单]的第2、3行" in page
    assert str(folder) not in page


@pytest.mark.parametrize("width", range(40, 101, 6))
def test_no_line_begins_with_a_mark_that_ends_something(folder, width):
    (folder / "丙.csv").write_bytes(csv_of([["证书编号"], ["181402001200001"], ["鲁1814020"]]))
    found = invoke("check", "in", "--lang", "zh", env={"COLUMNS": str(width)}).output
    assert not re.search("^ *[，。；：）”]", found, re.MULTILINE)


def test_on_a_narrow_terminal_no_word_or_number_is_divided(folder):
    found = invoke("check", "in", "--lang", "zh", env={"COLUMNS": "40"}).output
    assert max(map(cell_len, found.split("\n"))) <= 40
    assert not re.search("^ *[，。；：）”]", found, re.MULTILINE)
    assert any("市直.xlsx" in line for line in found.split("\n"))
    assert re.search(
        r"^    行数 [0-9]+  有效 [0-9]+  无效 [0-9]+  无法判定 [0-9]+$", found, re.MULTILINE
    )
