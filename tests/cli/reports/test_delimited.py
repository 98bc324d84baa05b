"""The report as CSV, and what holds for the place of every report."""

import csv
import io
import os
import sys
import unicodedata
from importlib.metadata import version
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.cli.reports import COLUMNS
from sdcert.cli.reports.text import neutral
from sdcert.codes import CodeBook
from tests.damage import texts
from tests.support.cli import PROGRAM, document, invoke, rows_of

EXAMPLE = Path(__file__).parents[3] / "examples" / "certificates.csv"
GOOD = "鲁181402001200001"
MADE_UP = "鲁189300160100001"


cell = st.one_of(texts(), st.text("=+-@\t\r\n'\" 鲁a,，＝\u200b", max_size=6)).filter(
    lambda text: not any("\ud800" <= char <= "\udfff" for char in text)
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cell, max_size=4), min_size=1, max_size=8), st.booleans())
def test_the_report_holds_every_row_in_order_with_its_verdict(tmp_path, rows, gb):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["甲", "号", "乙"], *rows])
    path, report = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(text.getvalue().encode("gb18030" if gb else "utf-8"))
    given_rows = list(csv.reader(io.StringIO(text.getvalue(), newline="")))[1:]
    options = ["--encoding", "gb18030" if gb else "utf-8", "--report", str(report)]
    options += ["--column", "号", "--header-line", "1", "--delimiter", "comma"]
    result = invoke("check", str(path), *options)
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


def test_the_report_never_replaces_what_it_reads(write, tmp_path, monkeypatch):
    path = write("证书编号", GOOD)
    os.link(path, tmp_path / "hard.csv")
    (tmp_path / "soft.csv").symlink_to(path)
    for name in ("a.csv", "hard.csv", "soft.csv"):
        result = invoke("check", path, "--report", str(tmp_path / name))
        assert result.exit_code == 2
        assert "would overwrite" in result.stderr
    with Path(path).open(encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert PROGRAM.run(["check", "-", "--report", path]) == 2
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
    for place_ in ("/dev/null", "-"):
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
