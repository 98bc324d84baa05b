"""What the options of several commands mean."""

import io
import json

import pytest
from rich.console import Console
from rich.text import Text

from sdcert.cli.options import tables_of
from sdcert.cli.phrases import phrase
from sdcert.cli.show import print_rows
from sdcert.codes import CodeBook
from tests.support.cli import invoke


def test_codes_are_bundled_or_a_path(tmp_path):
    bundled = tables_of("bundled")
    assert bundled == CodeBook.bundled()
    bundled.save(tmp_path / "tables")
    assert tables_of(str(tmp_path / "tables")).digest == bundled.digest


def test_a_quiet_check_prints_nothing_and_leaves_with_its_status(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("证书编号\n鲁18140200120000O\n", encoding="utf-8")
    result = invoke("check", path, "-q")
    assert (result.exit_code, result.output) == (1, "")


def test_a_report_with_tabs(tmp_path):
    path, report = tmp_path / "a.csv", tmp_path / "r.tsv"
    path.write_text("姓名,证书编号\n甲,鲁181402001200001\n", encoding="utf-8")
    assert invoke("check", path, "--report", report).exit_code == 0
    assert report.read_text("utf-8-sig").splitlines()[1].startswith("甲\t鲁181402001200001\tvalid")


def test_a_blank_line_of_json_lines_is_nothing_in_an_array(tmp_path):
    path, report = tmp_path / "a.jsonl", tmp_path / "r.json"
    path.write_text('{"证书编号": "鲁181402001200001"}\n\n{"证书编号": "x"}\n', encoding="utf-8")
    assert invoke("check", path, "--report", report).exit_code == 1
    assert [row["sdcert_outcome"] for row in json.loads(report.read_text("utf-8"))] == [
        "valid",
        "invalid",
    ]


def test_on_a_narrow_terminal_a_second_finding_has_no_line_of_its_own_before_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("证书编号\n魯1814020012\n", encoding="utf-8")
    result = invoke("check", path, env={"COLUMNS": "30", "LC_ALL": "C.UTF-8"})
    assert result.exit_code == 1
    assert "traditional" in result.output


def test_a_quiet_audit_prints_nothing_and_leaves_with_its_status(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("证书编号\n" + "鲁181402001200001\n" * 2, encoding="utf-8")
    result = invoke("audit", path, "-q")
    assert (result.exit_code, result.output) == (1, "")


def test_what_continues_a_row_is_printed_without_a_line_of_its_own():
    out = Console(width=30, file=io.StringIO(), color_system=None)
    rows = [[Text("1"), Text("first")], [Text(""), Text("second")]]
    print_rows(out, ["Line", "Reason"], rows)
    assert [line.strip() for line in out.file.getvalue().splitlines()] == ["1", "first", "second"]


@pytest.mark.parametrize(("delimiter", "word"), [("\t", "制表符"), ("|", "竖线"), (";", "分号")])
def test_what_parts_the_cells_is_told(tmp_path, delimiter, word):
    path = tmp_path / "a.csv"
    path.write_text(f"姓名{delimiter}证书编号\n甲{delimiter}鲁181402001200001\n", encoding="utf-8")
    assert word in invoke("check", path, "--lang", "zh").output


def test_a_column_that_is_taken_because_it_is_the_only_one_is_told_as_such(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("甲\n18140200120000\n", encoding="utf-8")
    assert phrase("chosen-only", "zh") in invoke("check", path, "--lang", "zh").output
