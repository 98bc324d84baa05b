"""``sdcert check`` and ``sdcert parse``: verdicts, rows, counts, reports, exit status."""

import csv
import io
import json
import os
import subprocess
import sys
import tracemalloc
import unicodedata
from collections import Counter
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from sdcert.checking import check
from sdcert.cli.account import finding_label
from sdcert.cli.check import progress
from sdcert.cli.judge import APPROVED, Judge
from sdcert.cli.phrases import speaking
from sdcert.cli.reports import COLUMNS
from sdcert.cli.reports.delimited import neutral
from sdcert.cli.tables import counts, marked, place
from sdcert.cli.terminal import DataConsole
from sdcert.codes import CodeBook
from sdcert.files import Source, UnreadableFile, open_source
from sdcert.findings import FindingCode, Outcome
from tests.damage import texts
from tests.support.cli import PROGRAM as app

EXAMPLE = Path(__file__).parents[2] / "examples" / "certificates.csv"
GOOD = "鲁181402001200001"
MADE_UP = "鲁189300160100001"


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")  # so that no path is folded


@pytest.fixture
def write(tmp_path):
    def put(*rows, name="a.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes("".join(row + "\r\n" for row in rows).encode(encoding))
        return str(path)

    return put


def invoke(*args, **options):
    return CliRunner().invoke(app, args, **options)


def document(*args, **options):
    result = invoke("check", *args, "--format", "json", **options)
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if found["summary"]["passed"] else 1)
    return found


def rows_of(path):
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


# --- the example ------------------------------------------------------------------------------


def test_the_example_has_every_damage_that_the_grammar_names():
    """Each finding of the grammar, in each of its cases that a cell of a file can show."""
    rows = document(str(EXAMPLE))["rows"]
    found = {(finding["code"], finding["kind"]) for row in rows for finding in row["findings"]}
    digits = "letter letter-o chinese-numeral foreign-digit superscript numeric"
    layout = "space foreign-space tab line-break bidi-control control separator text-after text"
    marker = "doubled unclosed misplaced traditional no-brackets brackets form"
    assert found == {
        *(("prefix", kind) for kind in ("bare-digits", "missing", "traditional", "text-before")),
        *(("length", kind) for kind in ("short", "long")),
        *(("digits", kind) for kind in f"{digits} scientific-notation decimal".split()),
        *(("layout", kind) for kind in layout.split()),
        *(("marker", kind) for kind in marker.split()),
        ("empty", "nothing"),
        ("empty", "blank"),
        ("sequence-zero", "sequence-zero"),
    }


def test_the_example_has_every_loss_free_writing_and_both_warnings():
    kinds = set()
    for cells in rows_of(EXAMPLE)[1:]:
        for finding in check(cells[3], approved_on=date(2018, 12, 28)).findings:
            if finding.severity == "warning":
                kinds.add(finding.code.value)
                kinds.update(str(finding.params.get("kinds", "")).split())
    assert kinds == {
        *("not-canonical", "year-before-scheme", "year-in-future"),
        *("invisible", "full-width-digits", "half-width-parenthesis", "outer-space", "field-space"),
    }


def test_the_example_uses_the_documents_numbers_and_example_codes_alone():
    numbers = [check(cells[3]).number for cells in rows_of(EXAMPLE)[1:]]
    made_up = [number for number in numbers[2:] if number]
    assert [str(number) for number in numbers[:2]] == ["鲁170000101100001", GOOD]
    assert {number.region_code[:2] for number in made_up} <= {str(n) for n in range(90, 100)}
    assert {number.series_code[0] for number in made_up} <= set("6789")


def test_the_example_is_written_as_a_spreadsheet_writes_it():
    data = EXAMPLE.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    # one line break stands within a cell
    assert data.count(b"\n") == data.count(b"\r\n") + 1


def test_the_example_is_checked_row_by_row():
    found = document(str(EXAMPLE))
    assert found["column"] == {"position": 4, "name": "证书编号", "chosen": "content"}
    assert found["file"]["byte_order_mark"] is True
    assert found["summary"]["rows"] == 62
    assert found["summary"]["blank_rows"] == 2
    assert found["summary"]["ragged_rows"] == 2
    expected = [check(cells[3]) for cells in rows_of(EXAMPLE)[1:] if any(cells)]
    outcomes = Counter(verdict.outcome.value for verdict in expected)
    assert found["summary"]["outcomes"] == {"undetermined": 0} | outcomes
    bad = [verdict for verdict in expected if verdict.outcome != "valid"]
    assert [[f["code"] for f in row["findings"]] for row in found["rows"]] == [
        [finding.code.value for finding in verdict.findings] for verdict in bad
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_account_fits_the_terminal_and_holds_nothing_unprintable(lang, width):
    result = invoke(
        *("check", str(EXAMPLE), "--lang", lang, "--limit", "all", "--codes", "bundled"),
        env={"COLUMNS": str(width)},
    )
    assert result.exit_code == 1
    lines = result.output.split("\n")
    assert all(line.isprintable() for line in lines)
    assert max(map(cell_len, lines)) <= width


# --- text -------------------------------------------------------------------------------------


def test_the_text_names_line_value_place_and_reason(write):
    path = write("名,证书编号", f"甲,{GOOD}", '"乙', '",鲁18140200120001', "丙,鲁18140200120000O")
    result = invoke("check", path)
    assert result.exit_code == 1
    assert "Invalid (2 rows)" in result.output
    assert "3   鲁18140200120001    2–15         15 digits are needed, not 14" in result.output
    assert "5   鲁18140200120000O   16           “O” is the letter O" in result.output
    assert "Result: 2 of 3 rows need attention." in result.output


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (["鲁18"], [], ["Result: the only row needs attention.", "Invalid (1 row)"]),
        (["鲁18", GOOD], [], ["Result: 1 of 2 rows needs attention."]),
        (["鲁18", GOOD], ["--limit", "0"], ["Invalid (1 row, not shown)"]),
        (["鲁18", GOOD], ["--limit", "0", "--lang", "zh"], ["共1行，未显示", "2行中有1行需要处理"]),
        (["鲁18,"], [], ["1 row has more or fewer cells than the header (line 2): its cells"]),
        (["鲁18,", "鲁,"], [], ["2 rows have more or fewer cells than the header (the first is"]),
        (["鲁18", ""], [], ["1 blank row was not checked"]),
        (["鲁18", "", ""], [], ["2 blank rows were not checked"]),
        (["鲁18"] * 2, [], ["Result: 2 of 2 rows need attention.", "Invalid (2 rows)"]),
    ],
)
def test_one_is_not_several(write, rows, options, said):
    output = invoke("check", write("证书编号", *rows), *options, env={"COLUMNS": "200"}).output
    for text in said:
        assert text in output


def test_the_text_says_what_valid_means_and_that_no_code_was_looked_up(write):
    path = write("证书编号", GOOD)
    english, chinese = invoke("check", path), invoke("check", path, "--lang", "zh")
    assert english.exit_code == chinese.exit_code == 0
    assert "the grammar alone" in english.output
    assert "仅检查编号规则" in chinese.output
    assert "issued" in english.output
    assert "genuine" in english.output
    assert "不表示代码已登记、编号确已发放或证书真实" in chinese.output
    coded = invoke("check", path, "--codes", "bundled")
    assert "the grammar alone" not in coded.output
    assert CodeBook.bundled().digest in coded.output.replace("\n", "").replace(" ", "")
    assert "issued" in coded.output
    assert "已登记" not in invoke("check", path, "--codes", "bundled", "--lang", "zh").output


def test_the_text_carries_the_version(write):
    assert f"sdcert {version('sdcert')}" in invoke("check", write("证书编号", GOOD)).output


def test_hostile_cells_are_shown_as_data(write):
    path = write("证书编号[bold]", GOOD, "[red]鲁18[/red]", ":smile:\x1b]0;title\x07", "\u202e鲁")
    output = invoke("check", path, "--column", "1", "--limit", "all").output
    for shown in ("证书编号[bold]", "[red]鲁18[/red]", ":smile:\\x1b]0;title\\x07", "\\u202e鲁"):
        assert shown in output
    assert all(line.isprintable() for line in output.split("\n"))


def test_hostile_names_of_files_are_shown_as_data(write):
    path = write("证书编号", GOOD, name="a\x1b[31m[red].csv")
    output = invoke("check", path).output
    assert "a\\x1b[31m[red].csv" in output


@pytest.mark.parametrize("cell", ["鲁" + "1" * 1_000_000, '"' + "长" * (2 << 20) + '"'])
def test_a_huge_cell_is_one_bad_row_and_stops_nothing(write, tmp_path, cell):
    report = tmp_path / "out.csv"
    path = write("证书编号,备注", f"{cell},", f"{GOOD},{cell}")
    found = document(path, "--column", "1", "--report", str(report))
    assert found["summary"]["outcomes"] == {"valid": 1, "invalid": 1, "undetermined": 0}
    (row,) = found["rows"]
    assert (row["line"], row["value"]) == (2, cell.strip('"'))
    assert all(len(finding["message"]) < 400 for finding in row["findings"])
    output = invoke("check", path, "--column", "1").output
    assert len(output) < 4_000
    assert "Result: 1 of 2 rows needs attention." in output


def test_findings_that_say_the_same_share_a_line(write):
    output = invoke("check", write("证书编号", GOOD, "鲁18-14020-012-00001")).output
    assert "4, 10, 14" in output
    assert output.count("has no separators") == 1


def test_standard_input_is_called_by_its_name():
    data = f"证书编号\n{GOOD}\n".encode("gb18030")
    assert "standard input" in invoke("check", "-", input=data).output
    result = invoke("check", "-", "--lang", "zh", input=b"")
    assert result.exit_code == 2
    assert result.stderr == "sdcert：错误：标准输入是空文件，没有可读取的内容\n"


def test_the_account_tells_how_the_file_was_read(write):
    path = write("甲;号码", f"1;{GOOD}", f"2;{GOOD};3", ";", encoding="gb18030")
    output = invoke("check", path, "--approved-on", "2018-12-28").output
    assert "GB18030, column names on line 1, cells separated by semicolons" in output
    assert "2; 1 blank row was not checked; 1 row has more or fewer cells" in output
    assert "2018-12-28" in output
    chinese = invoke("check", path, "--approved-on", "2018-12-28", "--lang", "zh").output
    assert "2018年12月28日" in chinese
    bare = invoke("check", write(f"甲,{GOOD}"), "--column", "2").output
    assert "no line with column names" in bare
    assert "column 2" in bare


@pytest.mark.parametrize("code", list(FindingCode))
def test_every_finding_has_a_line_of_its_own_in_the_counts(code):
    out = io.StringIO()
    labels = [(finding_label(one, "zh"), 1, one) for one in (code.value, APPROVED)]
    DataConsole(out, width=200).print(counts(labels, "zh"))
    assert code.label("zh") in out.getvalue()
    assert code.value in out.getvalue()
    assert ("（提示）" in out.getvalue()) == (code.severity == "warning")


@pytest.mark.parametrize(
    ("span", "value", "shown"),
    [
        (None, "abc", ""),
        ((0, 3), "abc", "all"),
        ((0, 0), "", ""),
        ((0, 0), "abc", "1"),
        ((1, 2), "abc", "2"),
        ((1, 3), "abc", "2–3"),
    ],
)
def test_places_are_counted_from_one(span, value, shown):
    assert place(span, value, "en") == shown


@example("1" * 1_000_000, [(0, 1_000_000)])
@given(st.text(), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10_000_000)), max_size=3))
def test_a_marked_value_is_printable_and_bounded(value, spans):
    shown = marked(value, spans)
    assert shown.plain.isprintable()
    assert len(shown.plain) <= 401
    assert shown.plain.endswith("…") or len(value) <= 40


def test_marks_stand_on_the_characters_that_are_meant():
    text = marked("鲁1\x00O", [(2, 4)])
    styled = {text.plain[span.start : span.end] for span in text.spans if span.style}
    assert styled == {"\\x00", "O"}


# --- outcomes, options, exit status -----------------------------------------------------------


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


def test_more_rows_than_a_table_holds_are_listed_whole(write):
    for rows in (500, 501):
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
    assert found["file"]["encoding"] == ("utf-8" if "utf" in encoding.lower() else "gb18030")
    assert found["summary"]["outcomes"]["valid"] == 1


def test_the_delimiter_can_be_named(write):
    assert document(write(f"甲,乙|{GOOD}"), "--delimiter", "bar")["file"]["delimiter"] == "|"


def test_a_row_too_short_for_the_column_has_an_empty_value(write):
    found = document(write("名,证书编号", f"甲,{GOOD}", "乙"))
    (row,) = found["rows"]
    assert (row["line"], row["value"], row["findings"][0]["code"]) == (3, "", "empty")
    assert found["summary"]["ragged_rows"] == 1


# --- days -------------------------------------------------------------------------------------


def test_each_row_is_read_as_of_its_own_day(write):
    path = write("证书编号,日期", f"{GOOD},2018-12-28", f"{GOOD},2017年3月1日", f"{GOOD},2019/1/5")
    found = document(path, "--approved-column", "日期")
    assert found["summary"]["findings"] == {"year-in-future": 1}
    assert found["approved"] == {"position": 2, "name": "日期", "chosen": "asked"}
    same = document(path, "--approved-on", "2017-03-01")
    assert same["summary"]["findings"] == {"year-in-future": 3}
    assert same["approved"] == {"on": "2017-03-01"}


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
    assert "approval day unreadable" in output


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
    judge = Judge(CodeBook.bundled(), None if by_column else day, "zh")
    if by_column and day is not None:
        judged = judge.judge(value, day.isoformat())
    else:
        judged = judge.judge(value)
    expected = check(value, codes=CodeBook.bundled(), approved_on=day)
    if by_column and day is None:
        expected = check(value, codes=CodeBook.bundled())
    assert judged.verdict == expected
    assert judged.outcome is expected.outcome
    assert judged.number == expected.number
    assert all(message.isprintable() for message in judged.messages)
    assert [found["span"] for found in judged.findings()] == [f.span for f in expected.findings]


# --- JSON -------------------------------------------------------------------------------------


def test_the_document_has_the_shape_that_is_promised(write):
    found = document(write("名,证书编号", f"甲,{GOOD}", "乙,鲁18140200120000O"), "--lang", "zh")
    assert list(found) == [
        *("schema", "sdcert", "file", "column", "approved", "checked", "codes", "report"),
        *("meaning", "lang", "notes", "rows", "summary"),
    ]
    assert found["schema"] == "sdcert-check/1"
    assert found["rows"] == [
        {
            "line": 3,
            "value": "鲁18140200120000O",
            "outcome": "invalid",
            "canonical": None,
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


# --- reports ----------------------------------------------------------------------------------

cell = st.one_of(texts(), st.text("=+-@\t\r\n'\" 鲁a,，＝\u200b", max_size=6)).filter(
    lambda text: not any("\ud800" <= char <= "\udfff" for char in text)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cell, max_size=4), min_size=1, max_size=8), st.booleans())
def test_the_report_holds_every_row_in_order_with_its_verdict(tmp_path, rows, gb):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["甲", "号", "乙"], *rows])
    path, report = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(text.getvalue().encode("gb18030" if gb else "utf-8"))
    given_rows = list(csv.reader(io.StringIO(text.getvalue(), newline="")))[1:]
    options = ["--encoding", "gb18030" if gb else "utf-8", "--report", str(report)]
    result = invoke("check", str(path), "--column", "号", "--header-line", "1", *options)
    filled = [cells for cells in given_rows if any(cell.strip() for cell in cells)]
    if not filled:
        assert result.exit_code == 2
        assert not report.exists()
        return
    header, *reported = rows_of(report)
    assert header == ["甲", "号", "乙", *COLUMNS]
    assert len(reported) == len(given_rows)
    for cells, row in zip(given_rows, reported, strict=True):
        ours = dict(zip(COLUMNS, row[3 : 3 + len(COLUMNS)], strict=True))
        assert row[:3] == [neutral(cell) for cell in [*cells, "", "", ""][:3]]
        assert row[3 + len(COLUMNS) :] == [neutral(cell) for cell in cells[3:]]
        if cells not in filled:
            assert set(ours.values()) == {""}
            continue
        verdict = check(cells[1] if len(cells) > 1 else "")
        number = verdict.number
        assert ours["sdcert_outcome"] == verdict.outcome
        assert ours["sdcert_canonical"] == (str(number) if number else "")
        codes = dict.fromkeys(finding.code.value for finding in verdict.findings)
        assert ours["sdcert_findings"] == ";".join(codes)
        assert ours["sdcert_year"] == (str(number.year) if number else "")
        assert ours["sdcert_region_code"] == (number.region_code if number else "")
        assert ours["sdcert_series_code"] == (number.series_code if number else "")
        assert ours["sdcert_sequence"] == (str(number.sequence) if number else "")
        assert ours["sdcert_grassroots"] == (str(number.grassroots).lower() if number else "")
    report.unlink()


@given(st.text("=+-@\t\r\n＝＋－＠\ufeff\u200b\xa0\u3000'a 鲁1", max_size=6))
def test_no_cell_of_a_report_begins_as_a_formula_does(text):
    shown = neutral(text)
    visible = shown.lstrip("\ufeff\u200b \xa0\u3000")
    assert visible[:1] not in set("=+-@\t\r\n＝＋－＠")
    assert shown in (text, "'" + text)
    assert neutral(shown) == shown
    if visible == text and text[:1] in set("'a鲁1"):
        assert shown == text


def test_neither_white_space_nor_what_is_invisible_hides_a_formula():
    before = [
        char
        for char in map(chr, range(0x110000))
        if char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp")
    ]
    assert {" ", "\xa0", "\u3000", "\x00", "\u202e"} <= set(before)
    for char in before:
        assert neutral(f"{char}=3") == f"'{char}=3", ascii(char)
        assert neutral(f" {char} ＝3") == f"' {char} ＝3", ascii(char)
    for harmless in (" ", "\u3000甲", "\xa03", "", "a=3"):
        assert neutral(harmless) == harmless


def test_names_of_columns_are_neutralised_too(write, tmp_path):
    report = str(tmp_path / "out.csv")
    invoke("check", write("=1+1,证书编号", f"@x,{GOOD}"), "--report", report)
    assert [row[0] for row in rows_of(report)] == ["'=1+1", "'@x"]


def test_the_report_carries_version_and_digest(write, tmp_path):
    report = str(tmp_path / "out.csv")
    path = write("证书编号", GOOD)
    result = invoke("check", path, "--report", report, "--codes", "bundled", "--lang", "zh")
    assert "out.csv" in result.output
    header, row = rows_of(report)
    ours = dict(zip(header, row, strict=True))
    assert ours["sdcert_version"] == version("sdcert")
    assert ours["sdcert_codes"] == CodeBook.bundled().digest


def test_a_file_without_names_gets_names_in_the_report(write, tmp_path):
    report = str(tmp_path / "out.csv")
    assert document(write(f"甲,{GOOD}"), "--report", report)["report"] == report
    assert rows_of(report)[0][:3] == ["column_1", "column_2", "sdcert_outcome"]


def test_a_report_can_be_checked_again(write, tmp_path):
    first, second = str(tmp_path / "1.csv"), str(tmp_path / "2.csv")
    path = write("证书编号,sdcert_mine,备注", "鲁18 ,a,=1", f"{GOOD},b,", "x,c,d,e")
    invoke("check", path, "--report", first)
    result = invoke("check", first, "--report", second)
    assert "columns of an earlier report were replaced" in result.output
    assert rows_of(second)[:3] == rows_of(first)[:3]
    assert "replaced" not in invoke("check", path, "--report", second).output


def test_the_report_never_replaces_what_it_reads(write, tmp_path):
    path = write("证书编号", GOOD)
    os.link(path, tmp_path / "hard.csv")
    (tmp_path / "soft.csv").symlink_to(path)
    for name in ("a.csv", "hard.csv", "soft.csv"):
        result = invoke("check", path, "--report", str(tmp_path / name))
        assert result.exit_code == 2
        assert "would overwrite" in result.stderr
    with Path(path).open(encoding="utf-8") as stdin:
        done = subprocess.run(
            [sys.executable, "-m", "sdcert", "check", "-", "--report", path],
            stdin=stdin,
            capture_output=True,
            check=False,
        )
    assert done.returncode == 2
    assert Path(path).read_text("utf-8") == f"证书编号\n{GOOD}\n"


def test_the_report_never_replaces_the_tables(write, tmp_path):
    path = write("证书编号", GOOD)
    CodeBook.bundled().save(tmp_path / "tables")
    CodeBook.bundled().save(tmp_path / "tables.json")
    for codes in ("tables", "tables.json"):
        place_ = tmp_path / codes
        for file in sorted(place_.rglob("*.csv")) or [place_]:
            before = file.read_bytes()
            result = invoke("check", path, "--codes", str(place_), "--report", str(file))
            assert result.exit_code == 2
            assert file.read_bytes() == before
    result = invoke("check", path, "--codes", "bundled", "--report", str(tmp_path / "tables.json"))
    assert result.exit_code == 0


def test_the_report_is_an_ordinary_file(write, tmp_path):
    path = write("证书编号", GOOD)
    for place_ in (str(tmp_path), "/dev/null", "-"):
        result = invoke("check", path, "--report", place_)
        assert result.exit_code == 2
        assert result.stdout == ""
    result = invoke("check", path, "--report", str(tmp_path / "none" / "out.csv"))
    assert result.exit_code == 2
    assert str(tmp_path / "none" / "out.csv") in result.stderr


def test_an_earlier_report_keeps_its_mode_and_a_link_its_target(write, tmp_path):
    target = tmp_path / "target.csv"
    target.write_text("earlier")
    target.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    assert invoke("check", write("证书编号", GOOD), "--report", str(link)).exit_code == 0
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert rows_of(target)[1][0] == GOOD


def test_messages_in_the_report_are_in_the_language_asked_for(write, tmp_path):
    report = str(tmp_path / "out.csv")
    path = write("证书编号", "魯18140200120001")
    invoke("check", path, "--report", report, "--lang", "zh", "--column", "1")
    message = rows_of(report)[1][1 + COLUMNS.index("sdcert_message")]
    assert message == "统一标识应为“鲁”，现为繁体“魯”；编号应有15位数字，现有14位"


# --- long files -------------------------------------------------------------------------------


def test_a_file_of_many_megabytes_takes_the_memory_of_a_short_one(tmp_path):
    path, report = tmp_path / "long.csv", tmp_path / "out.csv"
    filler = "x" * 4_000
    with path.open("w", encoding="utf-8") as file:
        file.write("证书编号,备注\n")
        for at in range(6_000):  # few rows of many characters: tracing is slow by the object
            number = f"鲁1893001601{at + 1:05}" if at % 2 else "鲁18"
            file.write(f"{number},{filler}\n")
    size = path.stat().st_size
    assert size > 20 << 20
    invoke("check", str(EXAMPLE), "--report", str(report))  # what is imported once
    tracemalloc.start()
    try:
        status = app.run(["check", str(path), "--report", str(report), "--format", "json"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert status == 1
    assert peak < size / 4
    assert report.stat().st_size > size


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "size", "shown"),
    [(Terminal, 8 << 20, True), (Terminal, 1 << 20, False), (io.StringIO, 8 << 20, False)],
)
def test_progress_is_shown_on_a_terminal_for_a_long_file(monkeypatch, stream, size, shown):
    monkeypatch.setenv("TERM", "xterm")
    stderr = stream()
    monkeypatch.setattr(sys, "stderr", stderr)
    file = io.BytesIO(b"x" * 100)
    file.seek(50)
    with speaking("zh"), progress(Source(file, "a.csv", size)) as tick:
        tick()
    assert ("正在检查" in stderr.getvalue()) == shown


# --- parse ------------------------------------------------------------------------------------


def test_the_parts_of_a_number_are_shown():
    result = invoke("parse", "鲁 17 00001 011 00001(基层)")
    assert result.exit_code == 0
    for shown in (
        "鲁 17 00001 011 00001（基层）",
        "鲁170000101100001（基层）",
        "evaluation year         2017",
        "region/department code  00001",
        "series/level code       011",
        "sequence                00001",
        "grass-roots marker      yes",
        "not written in canonical form",
        "“Valid” means well-formed",
    ):
        assert shown in result.output


def test_what_is_no_number_is_told_and_leaves_with_1():
    result = invoke("parse", GOOD, "鲁18\x1b[31m", "--lang", "zh")
    assert result.exit_code == 1
    assert "鲁18\\x1b[31m  无效" in result.output
    assert "“（基层）”标识        无" in result.output
    assert all(line.isprintable() for line in result.output.split("\n"))


def test_the_parts_are_given_as_json():
    result = invoke("parse", f"{GOOD}（基层）", "x\udc9b", "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert (found["schema"], list(found)) == (
        "sdcert-parse/1",
        ["schema", "sdcert", "meaning", "numbers"],
    )
    first, second = found["numbers"]
    assert first == {
        "value": f"{GOOD}（基层）",
        "outcome": "valid",
        "canonical": f"{GOOD}（基层）",
        "parts": {
            "year": 2018,
            "region_code": "14020",
            "series_code": "012",
            "sequence": 1,
            "grassroots": True,
        },
        "findings": [],
    }
    assert (second["outcome"], second["parts"]) == ("invalid", None)
    assert {f["code"] for f in second["findings"]} == {"layout", "prefix", "length"}


@given(texts())
def test_parse_leaves_with_0_exactly_for_numbers(text):
    if "\x00" in text:
        return
    result = invoke("parse", "--format", "json", "--", text)
    assert result.exit_code == (0 if check(text).outcome is Outcome.VALID else 1)
    (one,) = json.loads(result.output)["numbers"]
    assert one["value"] == text


# --- the page ---------------------------------------------------------------------------------


def test_the_page_shows_what_the_command_prints(monkeypatch, tmp_path):
    """Every console block of docs/cli.md is a command and its whole output."""
    (tmp_path / "examples").symlink_to(EXAMPLE.parent)  # what a command writes stays here
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS")
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
    blocks = page.split("```console\n$ ")[1:]
    assert len(blocks) >= 3
    for chunk in (chunk for block in blocks for chunk in block.partition("```")[0].split("\n$ ")):
        command, _, shown = chunk.partition("\n")
        program, *args = command.split()
        assert program == "sdcert"
        output = invoke(*args).output.replace(version("sdcert"), "0.1.0")
        assert [line.rstrip() for line in output.splitlines()] == shown.splitlines()


# --- places that are none ---------------------------------------------------------------------


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
