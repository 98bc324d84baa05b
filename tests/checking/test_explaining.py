"""The account of a number, as text and as data, in the library and on the command line."""

import json
from datetime import date, datetime

import attrs
import pytest

from sdcert import CertificateNumber, CodeBook, Edition, InvalidNumber, RegionCode, Source
from sdcert.checking.explaining import explain
from sdcert.rules import Basis, Form, Numbering, RuleBook, manager_of
from tests.support.rules_example import book

TABLES = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
CODES = book()
LATER = date(2026, 11, 22)


def account(region, series, year=2018, grassroots=False, **options):
    number = CertificateNumber(year, region, series, 1, grassroots)
    return explain(number, codes=CODES, rules=TABLES["rules"], **options)


def test_the_account_of_the_documents_own_example():
    told = explain("鲁181402001200001", **TABLES, approved_on=date(2019, 3, 1), on=LATER, lang="zh")
    assert [(part.field, part.text) for part in told.parts] == [
        ("year", "18"), ("region_code", "14020"), ("series_code", "012"), ("sequence", "00001"),
        ("marker", ""),
    ]  # fmt: skip
    assert told.approver.name == "聊城市人力资源和社会保障局"
    assert told.manager == manager_of(
        "鲁181402001200001", **TABLES, approved_on=date(2019, 3, 1), on=LATER
    )
    assert (told.manager.value, told.manager.code) == ("city-hrss", "14020")
    assert told.sealer.value == "city-hrss"
    assert told.form.value is Form.ELECTRONIC
    assert told.numbering.value is Numbering.BINDING
    lines = str(told).splitlines()
    assert lines[:3] == [
        "鲁 18 14020 012 00001",
        "",
        "  评审年度 18：2018年度（鲁人社规〔2018〕22号 第五条）",
    ]
    assert "聊人社字〔2019〕27号 一］" in lines[3]
    text = str(told)
    assert (
        "核准公布部门：聊城市人力资源和社会保障局（以核准公布日期2019年3月1日为准）\n"
        "编号和数据管理部门：聊城市人力资源和社会保障局，代码14020，明文规定"
        "（适用2026年11月22日有效的规定）\n"
    ) in text
    assert (
        "加盖印章部门：聊城市人力资源和社会保障局，明文规定（适用2019年3月1日有效的规定）" in text
    )
    assert told.issued_on == date(2019, 3, 1)
    assert "2018年度评审通过" not in text
    assert "“”" not in text
    assert "聊人社字〔2019〕27号 二（一）：“市人力资源和社会保障局核准公布的高级职称" in text
    assert "鲁人社字〔2024〕5号（非官方来源转引）" in text
    assert "证书形式：电子证书，明文规定" in text
    assert text.endswith("编号是否确已发放、证书是否真实：代码表和规定均不能说明")
    assert "window" not in text


def test_both_languages_are_one_account():
    told = explain("鲁181402001200001", **TABLES)
    assert str(told) == told.text("en") == explain("鲁181402001200001", **TABLES, lang="en").text()
    assert (
        "managed by: 聊城市人力资源和社会保障局 (city HR bureau), code 14020, stated" in told.text()
    )
    assert "编号和数据管理部门：" in told.text("zh")
    assert len(told.text("zh").splitlines()) == len(told.text("en").splitlines())
    notes = [note.text() for note in told.readings]
    assert any("without the approval date" in note for note in notes)
    assert any("on the date of issue, which is not known" in n for n in notes)


def test_the_account_as_data_is_ready_for_json():
    data = explain("鲁181402001200001", **TABLES, on=LATER).as_dict()
    assert json.loads(json.dumps(data)) == data
    assert {type(cell) for part in data["parts"] for cell in part.values()} == {str, type(None)}
    assert data["number"] == "鲁181402001200001"
    assert (data["approved_on"], data["on"]) == (None, "2026-11-22")
    assert data["parts"][2]["meaning"] == "中小学教师 高级 (senior)"
    assert data["approver"] == {
        "code": "14020", "name": "聊城市人力资源和社会保障局", "authority": "city-hrss",
    }  # fmt: skip
    assert data["manager"]["value"] == "city-hrss"
    assert data["manager"]["citations"][0]["clause"] == "二（一）"
    assert data["manager"]["citations"][-1]["secondary"]
    assert data["form"]["label"] == "electronic"
    chinese = explain("鲁181402001200001", **TABLES, approved_on=LATER).as_dict("zh")
    assert chinese["form"]["label"] == "电子证书"
    assert chinese["approved_on"] == "2026-11-22"
    assert len(chinese["unknown"]) == 1


@pytest.mark.parametrize(
    ("grassroots", "text", "meaning"),
    [(True, "（基层）", "按照“定向评价、定向使用”基层职称制度核准公布"), (False, "", "无")],
)
def test_what_the_marker_means_is_told_whether_there_is_one_or_not(grassroots, text, meaning):
    marker = account("91002", "612", grassroots=grassroots).parts[-1]
    assert (marker.text, marker.meaning.text("zh")) == (text, meaning)


def test_what_is_left_open_shows_its_candidates():
    text = account("91002", "611", on=LATER).text()
    assert "managed by: undetermined, candidates: city department or unit or city HR bureau" in text
    assert "candidates" not in account("91002", "612", on=LATER).text()
    junior = account("91002", "613", on=LATER)
    assert "(city department or unit), code 91003, left to discretion, or else city HR" in (
        junior.text()
    )
    assert "由有关部门确定，也可能为设区的市人力资源社会保障局" in junior.text("zh")
    assert "无法判定，可能为市直部门（单位）或设区的市" in account("91002", "611").text("zh")


def test_what_is_unknown_is_said_and_not_guessed():
    told = account("91099", "699", grassroots=True)
    assert told.approver is None
    for decision in (told.manager, told.sealer, told.form, told.numbering):
        assert decision.basis is Basis.UNDETERMINED
    assert "91099" in told.unknown[0].text()
    assert "699" in told.unknown[1].text()
    assert told.parts[4].text == "（基层）"
    assert told.as_dict()["approver"] is None
    assert told.parts[1].edition is None
    # a grade that is not known keeps nobody from sealing
    half = account("91002", "699")
    assert half.sealer.value == "city-department"
    assert half.manager.value is None


def test_a_code_with_two_bodies_names_both():
    told = account("91020", "614")
    assert told.approver is None
    assert told.parts[1].meaning == (
        "示例市旧局 (city department or unit) / 示例乙县人社局 (county HR bureau)"
    )
    assert told.sealer.basis is Basis.UNDETERMINED


def test_several_sources_are_joined_as_the_language_does():
    one, two = Source("示例〔1〕号"), Source("示例〔2〕号")
    entries = [
        RegionCode("91020", "旧局", "city-department", valid_through=date(2020, 6, 30)),
        RegionCode("91020", "新局", "city-department", valid_from=date(2020, 7, 1), source=two),
    ]
    book = CodeBook([Edition("e", "city:91", "示例市", one, "example", entries=entries)])
    told = explain("鲁209102061100001", codes=book, rules=RuleBook.bundled())
    sources = [told.as_dict(lang)["parts"][1]["source"] for lang in ("en", "zh")]
    assert sources == ["示例〔1〕号; 示例〔2〕号", "示例〔1〕号；示例〔2〕号"]
    assert "［e、示例〔1〕号；示例〔2〕号］" in told.text("zh")


def test_out_of_force_the_account_says_so():
    text = account("91001", "611", on=date(2029, 1, 27)).text()
    assert "managed by: no rules in force" in text
    # form, seal and numbering are facts of the certificate's own day, which was in force
    told = account("91001", "611", on=date(2029, 1, 27), approved_on=date(2019, 3, 1))
    assert told.numbering.value is Numbering.BINDING
    assert told.sealer.value == "city-hrss"
    assert told.form.value is Form.PAPER
    assert told.issued_on == date(2019, 3, 1)
    # approved before the rules, given out on a day that is not known: no answer of the old rules
    early = account("91001", "611", on=date(2020, 1, 27), approved_on=date(2018, 3, 1))
    assert (early.issued_on, early.numbering.value) == (None, Numbering.BINDING)
    assert "102" not in early.text("zh")


@pytest.mark.parametrize(
    ("number", "options", "error"),
    [
        ("鲁1814", {}, InvalidNumber),
        (18, {}, TypeError),
        ("鲁181402001200001", {"lang": "fr"}, ValueError),
        ("鲁181402001200001", {"on": datetime(2020, 1, 1)}, TypeError),  # noqa: DTZ001
    ],
)
def test_bad_arguments_are_refused(number, options, error):
    with pytest.raises(error):
        explain(number, **TABLES, **options)


def test_the_warnings_of_check_are_repeated():
    told = explain("鲁 161402001200001", **TABLES)
    assert [finding.code for finding in told.findings] == ["not-canonical", "year-before-scheme"]
    assert all(f"  ! {finding.message('zh')}" in told.text("zh") for finding in told.findings)
    future = explain("鲁301402001200001", **TABLES, approved_on=date(2019, 3, 1))
    assert "is later than the approval date 2019-03-01" in future.text()
    assert [one["code"] for one in future.as_dict()["findings"]] == ["year-in-future"]


def test_a_manager_whose_name_changes_is_named_for_the_day_alone():
    # 91003 is the code of a body with one name; without tables for the day there is none
    assert account("91002", "613", on=LATER).manager_name
    assert account("91002", "611", on=LATER).manager_name is None


@pytest.mark.parametrize(("codes", "rules"), [(None, RuleBook.bundled()), (CODES, "nonsense")])
def test_a_wrong_book_is_refused(codes, rules):
    with pytest.raises(TypeError, match=r"must be a (Code|Rule)Book, not"):
        explain("鲁181402001200001", codes=codes, rules=rules)


def test_an_account_that_rests_on_no_reading_has_no_heading_for_readings():
    told = explain("鲁181402001200001", **TABLES, approved_on=date(2019, 3, 1), on=LATER)
    assert "readings and sources" in told.text() or told.readings
    plain = attrs.evolve(told, readings=(), unknown=())
    assert len(plain.text("zh").splitlines()) < len(told.text("zh").splitlines())
    assert not any(str(note.text("zh")) in plain.text("zh") for note in told.readings)


@pytest.mark.parametrize("approved_on", [None, date(2018, 3, 1), date(2019, 3, 1)])
@pytest.mark.parametrize("region", ["91002", "91099"])
@pytest.mark.parametrize("series", ["612", "699"])
def test_an_account_names_the_readings_that_it_rests_on(region, series, approved_on):
    told = account(region, series, approved_on=approved_on)
    notes = " ".join(note.text() for note in told.readings)
    known = region == "91002" or series == "612"
    assert ("without the approval date" in notes) is (approved_on is None and known)
    assert ("national scheme" in notes) is (series == "612")
    issued = approved_on == date(2019, 3, 1)  # the rules were not in force before
    assert ("on the date of issue, which is not known" in notes) is not issued
