"""The account on the screen: the example, rows, marks, counts, and the page of the docs."""

import io
from collections import Counter
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from sdcert.audit import AuditCode
from sdcert.checking import check
from sdcert.cli.judge import APPROVED
from sdcert.cli.labels import finding_label
from sdcert.cli.show import counts
from sdcert.cli.terminal import marked, place
from sdcert.codes import CodeBook
from sdcert.findings import FindingCode
from tests.support.cli import document, invoke, rows_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "certificates.csv"
GOOD = "鲁181402001200001"
MADE_UP = "鲁189300160100001"


# --- the example -------------------------------------------------------------------------------


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
    assert found["inputs"][0]["column"] == {"position": 4, "name": "证书编号", "chosen": "content"}
    assert found["inputs"][0]["byte_order_mark"] is True
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


# --- text --------------------------------------------------------------------------------------


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
        (["鲁18", GOOD], ["--limit", "0"], ["Invalid (1 row, not listed)"]),
        (["鲁18", GOOD], ["--limit", "0", "--lang", "zh"], ["共1行，未列出", "2行中有1行需要处理"]),
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


@pytest.mark.parametrize("cell", ["鲁" + "1" * 100_000, '"' + "长" * (1 << 19) + '"'])
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
    Console(file=out, width=200).print(counts(labels, "zh"))
    own = code.label("zh") if code not in set(AuditCode) else AuditCode(code).label("zh")
    assert own in out.getvalue()
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
    assert styled == {"\\x00O"}


# --- the page ----------------------------------------------------------------------------------


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
