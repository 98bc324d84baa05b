"""``sdcert check``: verdicts, counts, exit status, days and the JSON document."""

import io
import json
import re
import sys
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.cli import show
from sdcert.cli.engine import Engine
from sdcert.cli.inputs import progress
from sdcert.cli.judge import APPROVED
from sdcert.cli.phrases import speaking
from sdcert.codes import CodeBook
from sdcert.files import Source, UnreadableFile, open_source
from tests.damage import texts
from tests.support.cli import PROGRAM, document, invoke

EXAMPLE = Path(__file__).parents[2] / "examples" / "certificates.csv"
GOOD = "鲁181402001200001"
MADE_UP = "鲁189300160100001"


# --- outcomes, options, exit status ------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "options", "status"),
    [
        ([GOOD], [], 0),
        ([GOOD, " 鲁 181402001200001"], [], 0),
        ([GOOD, "x"], [], 1),
        ([GOOD], ["--codes", "bundled"], 0),
        ([GOOD, MADE_UP], [], 0),
        ([GOOD, MADE_UP], ["--codes", "bundled"], 1),
        ([GOOD, MADE_UP], ["--codes", "bundled", "--allow-undetermined"], 0),
        ([GOOD, MADE_UP, "x"], ["--codes", "bundled", "--allow-undetermined"], 1),
        ([], [], 2),
        ([" "], ["--column", "1"], 2),
    ],
)
def test_the_exit_status_says_whether_all_rows_pass(write, rows, options, status):
    result = invoke("check", write("证书编号", *rows), *options)
    assert result.exit_code == status
    assert (result.stderr != "") == (status == 2)


def test_undetermined_rows_that_pass_are_counted_and_not_listed(write):
    path = write("证书编号", MADE_UP)
    found = document(path, "--codes", "bundled", "--allow-undetermined")
    assert found["rows"] == []
    assert found["summary"]["outcomes"]["undetermined"] == 1
    output = invoke("check", path, "--codes", "bundled", "--allow-undetermined").output
    assert "undetermined ones were allowed" in output
    assert MADE_UP not in output


def test_the_tables_of_an_office_are_used(write, tmp_path):
    CodeBook.bundled().save(tmp_path / "tables.json")
    found = document(write("证书编号", MADE_UP), "--codes", str(tmp_path / "tables.json"))
    assert found["checked"] == "codes"
    assert found["codes"]["digest"] == CodeBook.bundled().digest
    assert [finding["code"] for finding in found["rows"][0]["findings"]] == [
        "region-unlisted",
        "series-unlisted",
    ]


def test_tables_that_are_faulty_stop_the_check(write, tmp_path):
    result = invoke("check", write("证书编号", GOOD), "--codes", str(tmp_path / "none.json"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("limit", "listed"), [("0", 0), ("2", 4), ("all", 60), (None, 60), ("9" * 30, 60)]
)
def test_the_limit_counts_rows_of_each_outcome(write, limit, listed):
    path = write("证书编号", *["x", MADE_UP] * 30)
    options = ["--codes", "bundled", "--column", "1", *(["--limit", limit] if limit else [])]
    found = document(path, *options)
    assert len(found["rows"]) == found["summary"]["bad_rows_listed"] == listed
    assert found["summary"]["bad_rows"] == 60


def test_the_text_lists_twenty_rows_of_each_outcome_and_says_so(write):
    path = write("证书编号", *["x", MADE_UP] * 30)
    output = invoke("check", path, "--codes", "bundled", "--column", "1").output
    assert "Invalid (20 of 30 rows shown)" in output
    assert "Undetermined (20 of 30 rows shown)" in output
    chinese = invoke("check", path, "--column", "1", "--lang", "zh", "--limit", "1").output
    assert "无效（共30行，显示前1行）" in chinese
    assert "Invalid (1 row)" in invoke("check", write("证书编号", "x")).output


def test_more_rows_than_a_table_holds_are_listed_whole(write, monkeypatch):
    monkeypatch.setattr(show, "_ROWS_A_TABLE", 5)
    for rows in (5, 6, 11):
        path = write("证书编号", *["x"] * rows)
        output = invoke("check", path, "--limit", "all").output
        assert output.count("15 digits are needed, not 0") == rows


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "²", ""])
def test_a_limit_is_a_count_or_all(write, limit):
    result = invoke("check", write("证书编号", GOOD), "--limit", limit)
    assert result.exit_code == 2


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8-SIG", "gb18030", "GBK", "gb2312"])
def test_the_encoding_can_be_named(write, encoding):
    path = write("证书编号", GOOD, encoding=encoding)
    found = document(path, "--encoding", encoding)
    assert found["inputs"][0]["encoding"] == ("utf-8" if "utf" in encoding.lower() else "gb18030")
    assert found["summary"]["outcomes"]["valid"] == 1


def test_the_delimiter_can_be_named(write):
    assert document(write(f"甲,乙|{GOOD}"), "--delimiter", "bar")["inputs"][0]["delimiter"] == "|"


def test_a_row_too_short_for_the_column_has_an_empty_value(write):
    found = document(write("名,证书编号", f"甲,{GOOD}", "乙"))
    (row,) = found["rows"]
    assert (row["line"], row["value"], row["findings"][0]["code"]) == (3, "", "empty")
    assert found["summary"]["ragged_rows"] == 1


# --- days --------------------------------------------------------------------------------------


def test_each_row_is_read_as_of_its_own_day(write):
    path = write("证书编号,日期", f"{GOOD},2018-12-28", f"{GOOD},2017年3月1日", f"{GOOD},2019/1/5")
    found = document(path, "--approved-column", "日期")
    assert found["summary"]["findings"] == {"year-in-future": 1}
    assert found["inputs"][0]["approved"] == {"position": 2, "name": "日期", "chosen": "asked"}
    same = document(path, "--approved-on", "2017-03-01")
    assert same["summary"]["findings"] == {"year-in-future": 3}
    assert same["inputs"][0]["approved"] == {"on": "2017-03-01"}


@pytest.mark.parametrize("day", ["", " ", "2018.13.28", "2019-02-30", "201812", "x" * 99])
def test_a_day_that_cannot_be_read_keeps_the_row_from_passing(write, day):
    path = write("证书编号,日期", f"{GOOD},{day}", f"鲁18,{day}")
    for options in ([], ["--allow-undetermined"], ["--codes", "bundled"]):
        found = document(path, "--approved-column", "2", *options)
        first, second = found["rows"]
        assert first["outcome"] == "undetermined"
        assert second["outcome"] == "invalid"
        assert first["findings"][0]["code"] == second["findings"][0]["code"] == APPROVED
        assert len(first["findings"]) == 1  # the codes were not looked up for another day
        assert found["summary"]["findings"][APPROVED] == 2
    output = invoke("check", path, "--approved-column", "2", "--allow-undetermined").output
    assert "Undetermined (1 row)" in output
    assert "approval date unreadable" in output


def test_a_row_too_short_for_its_day_has_none(write):
    path = write("证书编号,日期", GOOD)
    found = document(path, "--approved-column", "日期", "--lang", "zh")
    assert found["rows"][0]["findings"][0]["message"] == "没有核准公布日期，因此无法据此检查"


@pytest.mark.parametrize("day", ["2019-02-30", "heute", ""])
def test_one_day_for_all_rows_must_be_a_day(write, day):
    result = invoke("check", write("证书编号", GOOD), "--approved-on", day)
    assert result.exit_code == 2
    assert "--approved-on" in result.stderr


def test_one_day_and_a_column_of_days_exclude_each_other(write):
    options = ["--approved-on", "2018-12-28", "--approved-column", "1"]
    result = invoke("check", write("证书编号", GOOD), *options)
    assert result.exit_code == 2


@given(texts(), st.none() | st.dates(), st.booleans())
def test_a_row_is_judged_as_the_library_judges(value, day, by_column):
    book = CodeBook.bundled()
    if by_column and day is not None:
        judged = Engine(book, None, "zh").one(value, day.isoformat())
    else:
        judged = Engine(book, None if by_column else day, "zh").one(value)
    expected = check(value, codes=CodeBook.bundled(), approved_on=day)
    if by_column and day is None:
        expected = check(value, codes=CodeBook.bundled())
    assert judged.verdict == expected
    assert judged.outcome is expected.outcome
    assert judged.number == expected.number
    assert all(message.isprintable() for message in judged.messages)
    assert [found["span"] for found in judged.findings()] == [f.span for f in expected.findings]


# --- JSON --------------------------------------------------------------------------------------


def test_the_document_has_the_shape_that_is_promised(write):
    found = document(write("名,证书编号", f"甲,{GOOD}", "乙,鲁18140200120000O"), "--lang", "zh")
    assert list(found) == [
        *("schema", "sdcert", "inputs", "unread", "left_out", "checked", "codes", "issued"),
        *("report", "meaning", "lang", "rows", "summary"),
    ]
    assert found["schema"] == "sdcert-check/2"
    (given_,) = found["inputs"]
    assert list(given_) == [
        *("file", "format", "encoding", "byte_order_mark", "delimiter", "header_line", "sheet"),
        *("column", "approved", "compared", "notes", "summary"),
    ]
    assert found["rows"] == [
        {
            "file": given_["file"],
            "sheet": None,
            "line": 3,
            "column": 2,
            "value": "鲁18140200120000O",
            "outcome": "invalid",
            "canonical": None,
            "cells": {},
            "findings": [
                {
                    "code": "digits",
                    "kind": "letter-o",
                    "severity": "invalid",
                    "field": "sequence",
                    "span": [15, 16],
                    "message": "“O”是字母，不是数字0（U+004F）",
                }
            ],
        }
    ]
    assert found["summary"] == {
        "rows": 2,
        "blank_rows": 0,
        "rows_left_out": 0,
        "ragged_rows": 0,
        "outcomes": {"valid": 1, "invalid": 1, "undetermined": 0},
        "findings": {"digits": 1},
        "bad_rows": 1,
        "bad_rows_listed": 1,
        "allow_undetermined": False,
        "passed": False,
    }
    assert found["codes"] is None
    assert found["checked"] == "grammar"


def test_the_document_without_bad_rows_is_whole(write):
    assert document(write("证书编号", GOOD))["rows"] == []


def test_a_page_beside_the_document_lists_its_own_number_of_rows(write, tmp_path):
    path, page = write("证书编号", "鲁18", "鲁19", "鲁20"), tmp_path / "a.html"
    found = document(path, "--limit", "1", "--report", page)
    assert [row["line"] for row in found["rows"]] == [2]
    told = re.sub("<[^>]*>", "", page.read_text("utf-8"))
    assert all(text in told for text in ("鲁18", "鲁19", "鲁20"))


def test_the_document_is_safe_on_a_terminal(write):
    result = invoke("check", write("证书编号", "\x9b\u202e\x7f"), "--format", "json")
    assert all(line.isprintable() for line in result.stdout.split("\n"))
    assert json.loads(result.stdout)["rows"][0]["value"] == "\x9b\u202e\x7f"


def test_an_undetermined_row_shows_its_canonical_form(write):
    (row,) = document(write("证书编号", "鲁 189300160100001"), "--codes", "bundled")["rows"]
    assert row["canonical"] == MADE_UP


def test_a_check_that_fails_late_prints_no_half_document(write, tmp_path):
    path = Path(write("证书编号", *[GOOD, "x"] * 3_000))
    path.write_bytes(path.read_bytes() + b"\xff\n")
    report = tmp_path / "out.csv"
    report.write_text("earlier")
    result = invoke("check", str(path), "--format", "json", "--report", str(report))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "6002" in result.stderr
    assert report.read_text() == "earlier"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", "out.csv"]


# --- long files --------------------------------------------------------------------------------


def test_a_file_of_many_megabytes_takes_the_memory_of_a_short_one(tmp_path):
    path, report = tmp_path / "long.csv", tmp_path / "out.csv"
    filler = "x" * 4_000
    with path.open("w", encoding="utf-8") as file:
        file.write("证书编号,备注\n")
        for at in range(3_000):  # few rows of many characters: tracing is slow by the object
            number = f"鲁1893001601{at + 1:05}" if at % 2 else "鲁18"
            file.write(f"{number},{filler}\n")
    size = path.stat().st_size
    assert size > 10 << 20
    invoke("check", str(EXAMPLE), "--report", str(report))  # what is imported once
    tracemalloc.start()
    try:
        status = PROGRAM.run(["check", str(path), "--report", str(report), "--format", "json"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert status == 1
    assert peak < size / 2
    assert report.stat().st_size > size


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("kept", [None, []])
@pytest.mark.parametrize(
    ("stream", "size", "shown"),
    [(Terminal, 8 << 20, True), (Terminal, 1 << 20, False), (io.StringIO, 8 << 20, False)],
)
def test_progress_is_shown_on_a_terminal_for_a_long_file(monkeypatch, stream, size, shown, kept):
    monkeypatch.setenv("TERM", "xterm")
    stderr = stream()
    monkeypatch.setattr(sys, "stderr", stderr)
    table = SimpleNamespace(source=Source(io.BytesIO(), "a.csv", size), done=50)
    with speaking("zh"), progress(SimpleNamespace(table=table, kept=kept)) as tick:
        tick()
    assert ("正在检查" in stderr.getvalue()) == shown


# --- places that are none ----------------------------------------------------------------------


def test_a_report_takes_a_name_as_long_as_there_can_be(tmp_path):
    report = tmp_path / ("结" * 83 + ".csv")  # 253 bytes; file systems take 255
    assert invoke("check", str(EXAMPLE), "--report", str(report)).exit_code == 1
    assert report.exists()


@pytest.mark.parametrize("command", ["check", "audit"])
def test_links_that_go_round_in_a_circle_are_told(tmp_path, command):
    loop = tmp_path / "loop.csv"
    loop.symlink_to("loop.csv")
    result = invoke(command, str(EXAMPLE), "--report", str(loop))
    assert result.exit_code == 2
    assert "Too many levels of symbolic links" in result.stderr


def test_a_report_without_a_name_is_refused():
    result = invoke("check", str(EXAMPLE), "--report", "")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "must be an ordinary file" in result.stderr


def test_standard_input_that_is_closed_is_told(monkeypatch):
    monkeypatch.setattr("sdcert.files.sources.sys.stdin", None)
    with pytest.raises(UnreadableFile, match="standard input"), open_source("-"):
        pass
