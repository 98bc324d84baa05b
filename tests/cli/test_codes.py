"""``sdcert codes``: what it prints and with which status it leaves."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import Result

from sdcert.codes import CodeBook, Edition, RegionCode, Source
from sdcert.testing.examples import example_codes
from tests.support.cli import invoke

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "examples"
    example_codes().save(folder)
    return folder


def run(*words: object, **options: Any) -> Result:
    options.setdefault("env", {"LC_ALL": "C"})
    return invoke("codes", *words, **options)


def lines(*words: object) -> list[str]:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "no file or folder X: give a folder of code tables, or --codes bundled"),
        ("zh", "没有文件或文件夹X：请给出代码表文件夹，或用--codes bundled"),
    ],
)
def test_tables_that_are_not_there_are_named_with_what_else_there_is(lang: str, said: str) -> None:
    result = invoke("check", "examples/valid.csv", "--codes", "X", "--lang", lang)
    assert result.exit_code == 2
    assert said in result.stderr


def test_check_names_each_edition_and_the_digest(tables: Path) -> None:
    said = lines("check", tables)
    assert len(said) == 2 + 16 + 2
    assert said[-1] == f"Digest  {example_codes().digest}"
    assert re.search(r"example-91-2021 +city:91 +example +2021-01-01 +41 ", "\n".join(said))
    assert run("check", tables, "--lang", "zh").stdout.split()[0] == "版本"
    narrow = run("check", tables, env={"LC_ALL": "C", "COLUMNS": "60"}).stdout.splitlines()
    assert len(narrow) == 16 + 1
    assert "example-91-2021  city:91  example  2021-01-01  41  示例〔12〕号 附件" in narrow


def test_check_reports_all_faults_and_leaves_with_1(tmp_path: Path) -> None:
    CodeBook.bundled().save(tmp_path / "t")
    (path,) = (tmp_path / "t").glob("*22-regions.csv")
    path.write_text(path.read_text("utf-8-sig") + "1,,x\n2,,y\n", encoding="utf-8")
    result = run("check", tmp_path / "t", "--lang", "zh")
    assert result.exit_code == 1
    assert "第4行，code“1”" in result.stdout
    assert result.stderr == "共6处错误\n"
    assert run("check", tmp_path / "t").stderr == "6 faults\n"
    assert run("list", "--codes", tmp_path / "t").exit_code == 2


def test_one_fault_is_not_several(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("x = ", encoding="utf-8")
    assert run("check", tmp_path / "a.toml").stderr == "1 fault\n"


def test_nothing_of_a_table_reaches_a_terminal_raw(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('"a\\u001b[31m" = 1\n', encoding="utf-8")
    result = run("check", tmp_path / "a.toml")
    assert result.exit_code == 1
    assert "\x1b" not in result.output
    said = run("show", "1\x1b[31m").stderr
    assert said
    assert "\x1b" not in said


def test_list_chooses_by_day_place_kind_and_name(tables: Path) -> None:
    codes = ["--codes", tables]
    assert len(lines("list")) == 5
    assert lines("list", "--prefix", "14")[0].startswith(
        "14020  聊城市人力资源和社会保障局  [city HR"
    )
    whole = lines("list", *codes)
    assert len(whole) == len(list(example_codes()))
    now = lines("list", *codes, "--on", "2024年2月1日")
    assert len(now) == len(list(example_codes().entries(on=date(2024, 2, 1))))
    some = lines("list", *codes, "--prefix", "91", "--on", "2019/2/1")
    assert len(some) == 40 + 1  # the bodies under the prefix, and the prefix itself
    counties = lines("list", *codes, "--prefix", "91", "--authority", "county-hrss")
    assert counties[0].startswith("91301")
    assert "through" not in counties[0]
    assert "→ 91331 91332" in counties[0]
    assert len(lines("list", *codes, "--series", "会计人员")) == 5
    assert len(lines("list", *codes, "--grade", "junior", "--series", "会计人员")) == 2
    assert lines("list", *codes, "--search", "大数据")[0].startswith("90040")
    assert lines("list", *codes, "--search", "91", "--authority", "other")[0].startswith("91900")
    found = json.loads("\n".join(lines("list", "--format", "json")))
    assert [entry["code"] for entry in found] == ["14020", "00001", "14", "011", "012"]
    assert json.loads("\n".join(lines("list", "--format", "json", "--search", "无此名称"))) == []
    assert "设区的市前2位代码" in run("list", "--lang", "zh").output
    assert "设区的市前2位代码" in run("list", env={"LC_ALL": "zh_CN.UTF-8"}).output
    result = run("list", "--on", "2024", "--lang", "zh")
    assert (result.exit_code, "--on不是日期" in result.stderr) == (2, True)


def test_list_shows_what_all_options_mean_and_nothing_else(tables: Path) -> None:
    def codes(*words: object) -> list[str]:
        return [line[:5].strip() for line in lines("list", "--codes", tables, *words)]

    assert "91" in codes("--prefix", "91")
    for words in (
        ("--prefix", "91", "--series", "会计人员"),
        ("--prefix", "91", "--grade", "senior"),
        ("--authority", "other", "--grade", "senior"),
        ("--search", "无此名称"),
    ):
        result = run("list", "--codes", tables, *words)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == "no code of these tables matches\n"
    assert "91" not in codes("--prefix", "91", "--authority", "county-hrss")


def test_show_tells_the_entry_with_its_source_or_why_there_is_none(tables: Path) -> None:
    said = lines("show", "012")
    assert said == ["012    中小学教师高级  [senior]", "       source: 聊人社字〔2019〕27号 一"]
    assert lines("show", "14", "--on", "2019-03-01")[0].startswith("14     聊城市")
    assert json.loads("\n".join(lines("show", "00001", "--format", "json")))[0]["code"] == "00001"
    result = run("show", "98020", "--codes", tables, "--on", "2024-02-01")
    assert result.exit_code == 1
    assert "in force through 2023-12-31; since then 97020" in result.output
    result = run("show", "14999", "--on", "2024-02-01", "--lang", "zh")
    assert (result.exit_code, "无法判定" in result.output) == (1, True)
    result = run("show", "14999", "--lang", "zh")
    assert (result.exit_code, result.stderr) == (1, "代码14999未收录\n")
    assert run("show", "14999").stderr == "code 14999 is not listed\n"
    assert "来源：" in run("show", "00001", "--lang", "zh").output
    result = run("show", "1", "--lang", "zh")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "不是5位代码" in result.stderr or "“1”" in result.stderr


@pytest.mark.parametrize("words", [["14999"], ["14999", "--on", "2024-02-01"]])
def test_a_negative_answer_is_json_where_json_was_asked_for(words: list[str]) -> None:
    result = run("show", *words, "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "14999" in result.stderr


@pytest.mark.parametrize("words", [["check", "/nowhere"], ["diff", "/nowhere", "/nowhere"]])
def test_a_path_that_is_not_there_is_no_fault_of_a_table(words: list[str]) -> None:
    result = run(*words, "--lang", "zh")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "sdcert：错误：没有文件或文件夹/nowhere\n"


def test_the_bundled_tables_can_be_named() -> None:
    assert lines("list", "--codes", "bundled") == lines("list")


def test_history_follows_successors(tables: Path) -> None:
    assert lines("history", "91101", "--codes", tables) == [
        "91101  示例甲市教育局  through 2020-12-31  (example-91-2019)",
        "  → 91150  示例甲市教育体育局  [city department or unit]  2021-01-01 – 2023-12-31"
        "  → 91150",
        "  → 91150  示例甲市教育和体育局  [city department or unit]  2024-01-01 – …",
    ]
    assert len(lines("history", "14020")) == 1
    assert run("history", "14999").stderr == "code 14999 is not listed\n"
    assert run("history", "14999", "--lang", "zh").stderr == "代码14999未收录\n"


def test_diff_leaves_with_1_where_tables_differ(tables: Path) -> None:
    older, newer = tables / "example-province-2019.toml", tables / "example-province-2021.csv"
    result = run("diff", older, newer)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "90002 renamed: 示例省教育厅 → 示例省教育和体育厅, from 2021-01-01",
        "90010 ended: 示例省水利厅, through 2020-12-31",
        "90040 added: 示例省大数据局, from 2021-01-01",
        "edition example-province-2019 removed: example, from 2019-01-27, 示例〔1〕号 附件",
        "edition example-province-2021 added: example, from 2021-01-01, 示例〔11〕号 附件",
    ]
    assert lines("diff", older, older) == []


def test_export_prints_each_form() -> None:
    assert CodeBook.from_json("\n".join(lines("export"))) == CodeBook.bundled()
    fhir = json.loads(
        "\n".join(lines("export", "--format", "fhir", "--on", "2019-3-1", "--url", "urn:x"))
    )
    assert (fhir["resourceType"], fhir["count"]) == ("CodeSystem", 2)
    words = ["export", "--format", "sdmx", "--kind", "series", "--on", "2019-03-01"]
    sdmx = json.loads("\n".join(lines(*words, "--agency", "EXAMPLE")))
    assert len(sdmx["data"]["codelists"][0]["codes"]) == 2
    assert "--format sdmx needs --agency" in run(*words).stderr
    assert "fhir needs --url" in run("export", "--format", "fhir", "--on", "2019-3-1").stderr
    result = run("export", "--format", "fhir", "--lang", "zh")
    assert (result.exit_code, "--format fhir须同时给出--on" in result.stderr) == (2, True)


def test_check_warns_of_what_is_suspicious_and_leaves_with_0(tmp_path: Path) -> None:
    bureau = RegionCode("90101", "甲县局", "county-hrss", "甲市")
    edition = Edition("a", "city:90", "甲市", Source("示例〔1〕号"), "example", entries=[bureau])
    CodeBook([edition]).save(tmp_path / "t")
    result = run("check", tmp_path / "t")
    assert result.exit_code == 0
    assert "90101" in result.stderr
