"""``sdcert explain`` prints the account of :func:`sdcert.checking.explain`."""

import json
from datetime import date

from sdcert.checking.explaining import explain
from sdcert.codes import CodeBook
from sdcert.rules import RuleBook
from tests.support.cli import invoke
from tests.support.notices import NOTICE

TABLES = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
LATER = date(2026, 11, 22)


def run(*args):
    return invoke("explain", *args)


def test_the_command_prints_the_account():
    result = run("鲁181402001200001", "--on", "2026年11月22日", "--lang", "zh")
    assert result.exit_code == 0
    expected = explain("鲁181402001200001", **TABLES, on=LATER, lang="zh")
    assert result.stdout == f"{expected}\n"


def test_the_command_prints_json():
    result = run("鲁181402001200001", "--approved-on", "2019-03-01", "--format", "json")
    data = json.loads(result.stdout)
    assert data["schema"] == "sdcert-explain/1"
    assert data["sdcert"]
    assert data["approved_on"] == "2019-03-01"
    assert data["manager"]["code"] == "14020"


def test_the_command_says_what_is_no_number_and_leaves_with_1():
    result = run("鲁18140200120000", "--lang", "zh")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "不是职称证书编号“鲁18140200120000”：编号应有15位数字，现有14位\n"


def test_the_command_names_the_option_whose_day_it_cannot_read():
    for option in ("--on", "--approved-on"):
        result = run("鲁181402001200001", option, "2020", "--lang", "en")
        assert result.exit_code == 2
        assert f"{option} is not a date" in result.stderr
    assert "“”" in run("鲁181402001200001", "--on", "").stderr


def test_the_command_takes_a_citys_notice(tmp_path):
    path = tmp_path / "notice.toml"
    path.write_text(NOTICE, "utf-8")
    given = ("鲁181402001200001", "--codes", "bundled", "--rules", str(path), "--lang", "en")
    result = run(*given)
    assert result.exit_code == 0
    assert "managed by: 聊城市人力资源和社会保障局 (city HR bureau)" in result.stdout
    path.write_text(NOTICE.replace('"city-hrss"', '"mayor"'), "utf-8")
    broken = run("鲁189100161100001", "--rules", str(path), "--lang", "en")
    assert broken.exit_code == 2
    assert "manager 1 › manager “mayor”" in broken.stderr
    missing = run("鲁189100161100001", "--rules", "missing.toml", "--lang", "zh")
    assert (missing.exit_code, missing.stderr) == (
        2,
        "sdcert：错误：没有文件或文件夹missing.toml\n",
    )


def test_the_command_is_known_to_the_application():
    assert "explain" in invoke("--help").stdout
    assert "核准公布" in run("--lang", "zh", "--help").stdout
