"""Tables as offices really send them: broken workbooks, blank rows, wrong headings, odd JSON.

What is read is read whole, what is refused is refused with its one real fault, and no message can
harm a terminal.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart

from sdcert.codes import CityPrefix, CodeBook, Edition, Fault, InvalidTable, RegionCode, Source
from sdcert.codes.jsonform import from_json
from sdcert.errors import MissingExtra
from sdcert.findings import Params

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOML = """
format = 1
id = "t"
domain = "city:91"
publisher = "示例甲市人社局"
content = "complete"
[source]
document = "示例〔1〕号"
"""
HEADS = "code,name,authority,valid_from,valid_through,successors"
CHINESE = "代码,名称,类别,启用日期,截止日期,后继代码"


def write(folder: Path, *lines: str, toml: str = TOML, name: str = "t", **how: Any) -> Path:
    (folder / f"{name}.toml").write_text(toml, encoding="utf-8")
    (folder / f"{name}.csv").write_text("\n".join(lines), encoding=how.get("encoding", "utf-8"))
    return folder


def faults(path: Path) -> list[Fault]:
    with pytest.raises(InvalidTable) as caught:
        CodeBook.load(path)
    return list(caught.value.faults)


def kinds(path: Path) -> list[tuple[str, str, int | None]]:
    return [(fault.kind, fault.key, fault.row) for fault in faults(path)]


# Workbooks.


def workbook(folder: Path, *, count: int = 5, chart: str = "") -> Path:
    work = openpyxl.Workbook()
    sheet = work.active
    assert sheet is not None
    sheet.title = "表"
    sheet.append(["code", "name", "authority"])
    for number in range(count):
        sheet.append([f"9102{number}", f"示例{number}", "city-hrss"])
    if chart:
        work.create_chartsheet(chart, 0).add_chart(BarChart())
    work.save(folder / "t.xlsx")
    (folder / "t.toml").write_text('rows = "t.xlsx"' + TOML, encoding="utf-8")
    return folder / "t.xlsx"


def change(path: Path, member: str, how: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = how(parts[member])
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("said", ["A1:E3", "A1", "B2:C3", "A1:C9999", ""])
def test_what_a_workbook_says_of_its_size_loses_no_row(tmp_path: Path, said: str) -> None:
    path = workbook(tmp_path)
    dimension = f'<dimension ref="{said}"/>'.encode() if said else b""
    change(
        path,
        "xl/worksheets/sheet1.xml",
        # openpyxl writes the tag with or without a space, as lxml is there or not
        lambda data: re.sub(rb'<dimension ref="A1:C6" ?/>', dimension, data),
    )
    written = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    assert re.findall(b"<dimension[^>]*>", written) == [dimension] * bool(said)
    assert [entry.code for entry in CodeBook.load(path)] == [f"9102{n}" for n in range(5)]


MEMBERS = ["xl/worksheets/sheet1.xml", "xl/workbook.xml"]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_a_broken_workbook_is_refused_with_its_name(
    tmp_path: Path, member: str, kept: float
) -> None:
    path = workbook(tmp_path)
    change(path, member, lambda data: data[: int(len(data) * kept)])
    (fault,) = faults(path)
    assert (fault.kind, fault.file) == ("unreadable", "t.xlsx")
    assert fault.message().startswith("t.xlsx")


def test_a_sheet_of_charts_holds_no_rows(tmp_path: Path) -> None:
    path = workbook(tmp_path, chart="图")
    assert len(CodeBook.load(path)) == 5  # the first sheet that has rows
    (tmp_path / "t.toml").write_text('rows = "t.xlsx"\nsheet = "图"' + TOML, encoding="utf-8")
    (fault,) = faults(path)
    assert "has no sheet “图”" in fault.message()


def test_names_that_no_file_can_have_are_refused(tmp_path: Path) -> None:
    for suffix in ("csv", "xlsx"):
        write(tmp_path, toml=f'rows = "a\\u0000b.{suffix}"' + TOML)
        found = faults(tmp_path)
        assert (found[0].kind, found[0].file) == ("file", f"a\\x00b.{suffix}")
    for name in ("a\0b.toml", "a\0b.csv", "a\0b.json"):
        assert [fault.kind for fault in faults(tmp_path / name)] == ["file"]


def test_toml_that_python_cannot_hold_is_refused(tmp_path: Path) -> None:
    for text in ("x = " + "[" * 100_000, f"x = {'9' * 5000}"):
        assert [fault.kind for fault in faults(write(tmp_path, toml=text))] == ["beyond-reading"]
    write(tmp_path, HEADS, toml=TOML.replace("format = 1", f"format = 0x{'f' * 9000}"))
    assert [(fault.kind, fault.value) for fault in faults(tmp_path)] == [("format", "int")]


# Messages.


@settings(max_examples=50)
@given(st.text(min_size=1), st.sampled_from([1, 30, 2_000]))
def test_no_part_of_a_message_can_harm_a_terminal(text: str, times: int) -> None:
    hostile = text * times
    fault = Fault("file", hostile, hostile, Params(reason=hostile), hostile, 1)
    error = InvalidTable([fault, fault.at(hostile, 2)])
    for said in (fault.key, fault.value, fault.file, fault.message("zh"), str(fault)):
        assert said.isprintable()
        assert len(said) < 900
    assert all(line.isprintable() for line in str(error).split("\n"))
    again = fault.at(fault.file, fault.row)
    assert again == fault  # what is shortened once stays as it is


ESC = "\x1b[2J"


def test_headings_and_keys_and_file_names_are_shown_escaped(tmp_path: Path) -> None:
    heads = f'"{ESC}",code,name,authority,{"长" * 100_000}'
    write(tmp_path, heads, toml='"\\u001b[2J" = 1\n' + TOML, name=ESC)
    found = faults(tmp_path)
    assert [(f.kind, f.key[:7], f.file[-7:]) for f in found] == [
        ("key-unknown", "\\x1b[2J", "2J.toml"),
        ("column-unknown", "\\x1b[2J", "[2J.csv"),
        ("column-unknown", "长" * 7, "[2J.csv"),
    ]
    with pytest.raises(InvalidTable) as caught:
        from_json(json.dumps({"format": 1, "editions": [], ESC: 1}), f"{ESC}.json")
    for error in (caught.value, InvalidTable(found)):
        for lang in ("en", "zh"):
            assert "\x1b" not in error.message(lang)
            assert len(error.message(lang)) < 3000


# Rows and headings.


def test_rows_of_spaces_are_empty_rows(tmp_path: Path) -> None:
    blank = [" , ,,,,", " , ,,,, , ,　,", "  ", "\t,"]
    good = "91020,局,city-hrss,,,"
    book = CodeBook.load(write(tmp_path, *blank, HEADS, *blank, good, *blank))
    assert [entry.code for entry in book] == ["91020"]
    assert kinds(write(tmp_path, *blank)) == [("no-headings", "", None)]
    assert kinds(write(tmp_path, HEADS, f"{good}, ,x")) == [("cells", "", 2)]


def test_a_byte_order_mark_belongs_to_no_heading(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        write(tmp_path, f"\ufeff{CHINESE}", "91020,局,市人社局,,,", encoding=encoding)
        assert len(CodeBook.load(tmp_path)) == 1


WRONG_HEADINGS = [
    (HEADS.replace(",", ";"), 4),
    (HEADS.replace(",", "\t"), 4),
    ("示例甲市代码表,,,,,", 4),
    (HEADS.replace("code", "cod"), 2),
]


@pytest.mark.parametrize(("heads", "count"), WRONG_HEADINGS)
def test_rows_are_not_blamed_for_the_headings(tmp_path: Path, heads: str, count: int) -> None:
    rows = [f"9102{number},,nobody,x,," for number in range(10)]
    found = faults(write(tmp_path, heads, *rows))
    assert [fault.row for fault in found] == [1] * count
    assert {fault.kind for fault in found} == {"column-unknown", "column-missing"}


def test_with_an_unknown_column_only_what_stands_in_known_ones_is_judged(tmp_path: Path) -> None:
    rows = [
        "91020,局,city-hrss,2019-01-01,2019-12-31,91021",
        "91020,局,city-hrss,2020-01-01,,",
        "9102,局,nobody,,,",
    ]
    heads = HEADS.replace("valid_through", "until")
    assert kinds(write(tmp_path, heads, *rows)) == [
        ("column-unknown", "until", 1),
        ("code-short", "code", 4),
        ("authority", "authority", 4),
    ]


@pytest.mark.parametrize(
    ("heads", "row"),
    [(HEADS.replace("code", "cod"), "92020,局,city-hrss,,,"), (HEADS, '"92020'), (HEADS, "")],
)
def test_a_table_that_could_not_be_read_denies_no_successor(
    tmp_path: Path, heads: str, row: str
) -> None:
    write(tmp_path, HEADS, "91020,局,city-hrss,,2019-12-31,92020")
    other = TOML.replace("91", "92").replace('"t"', '"u"')
    write(tmp_path, heads, row, toml=other, name="u")
    if row:
        found = faults(tmp_path)
        assert "successor-missing" not in {fault.kind for fault in found}
        assert {fault.file for fault in found} == {"u.csv"}
    else:
        assert kinds(tmp_path) == [
            ("successor-missing", "successors", 2),
            ("empty-complete", "content", None),
        ]


def test_a_row_with_too_many_cells_still_names_its_code(tmp_path: Path) -> None:
    rows = ["91020,局,city-hrss,,2019-12-31,91021", "91021,局,city-hrss,,,,x"]
    assert kinds(write(tmp_path, HEADS, *rows)) == [("cells", "", 3)]


EDITION_ROWS = [
    (["91020,局,市人社局,,,", "91020,局,市人社局,,,"], [("duplicate", "代码", 3)]),
    (["91020,局,市人社局,,,", "91020,新,市人社局,2020-01-01,,"], [("overlap", "代码", 3)]),
    (["92020,局,市人社局,,,"], [("foreign-prefix", "代码", 2)]),
    (["91020,局,省直部门,,,"], [("authority-domain", "类别", 2)]),
    (["91020,局,市人社局,,2020-1-1,91021"], [("successor-missing", "后继代码", 2)]),
    (["91020,局,市人社局,,2020-1-1,90001"], [("successor-missing", "后继代码", 2)]),
    (["9102,局,市人社局,,,"], [("code-short", "代码", 2)]),
]


@pytest.mark.parametrize(("rows", "expected"), EDITION_ROWS)
def test_faults_name_columns_as_the_table_does(
    tmp_path: Path, rows: list[str], expected: list[tuple[str, str, int]]
) -> None:
    province = TOML.replace("city:91", "province").replace('"t"', '"p"')
    write(tmp_path, HEADS, "91,市,,,,", toml=province, name="p")
    assert kinds(write(tmp_path, CHINESE, *rows)) == expected


# JSON.


def as_json() -> dict[str, Any]:
    entries = [RegionCode("91020", "局", "city-hrss", source=Source("另文", "一"))]
    edition = Edition("e", "city:91", "局", Source("示例"), "example", entries=entries)
    plain: dict[str, Any] = json.loads(CodeBook([edition]).to_json())
    return plain


def json_faults(text: str) -> list[tuple[str, str, int | None]]:
    with pytest.raises(InvalidTable) as caught:
        from_json(text, "x.json")
    for fault in caught.value.faults:
        for word in ("spreadsheet", "format the column"):
            assert word not in fault.message()
        assert "表格" not in fault.message("zh")
    return [(fault.kind, fault.key, fault.row) for fault in caught.value.faults]


DOUBLED = [
    ('"format": 1', '"format": 1, "format": 1', ("key-doubled", "format", None)),
    ('"id": "e"', '"id": "f", "id": "e"', ("key-doubled", "id", None)),
    (
        '"document": "示例"',
        '"document": "a", "document": "示例"',
        ("key-doubled", "document", None),
    ),
    ('"name": "局"', '"name": "假", "name": "局"', ("key-doubled", "name", 1)),
    ('"article": "一"', '"article": "二", "article": "一"', ("key-doubled", "article", 1)),
]


@pytest.mark.parametrize(("once", "twice", "expected"), DOUBLED)
def test_a_key_that_stands_twice_is_refused(once: str, twice: str, expected: Any) -> None:
    text = json.dumps(as_json(), ensure_ascii=False)
    assert text.count(once) == 1
    assert json_faults(text.replace(once, twice)) == [expected]


@pytest.mark.parametrize("version", [True, 1.0, "1", None, 2])
def test_only_the_number_of_the_format_is_its_version(tmp_path: Path, version: Any) -> None:
    plain = as_json()
    plain["format"] = version
    kind = "missing" if version is None else "format"
    assert json_faults(json.dumps(plain)) == [(kind, "format", None)]
    if version is not None:
        toml = TOML.replace("format = 1", f"format = {json.dumps(version)}")
        assert kinds(write(tmp_path, HEADS, toml=toml)) == [("format", "format", None)]


ENTRY_KEYS: list[tuple[dict[str, Any], list[tuple[str, str, int]]]] = [
    ({"document": "另文"}, [("key-unknown", "document", 1)]),
    ({"sha256": None}, [("key-unknown", "sha256", 1)]),
    ({"source": {"document": "x", "code": "91021"}}, [("key-unknown", "code", 1)]),
    ({"code": "9102"}, [("code", "code", 1)]),
    ({"code": 91020}, [("text-needed", "code", 1)]),
]


@pytest.mark.parametrize(("keys", "expected"), ENTRY_KEYS)
def test_keys_stand_where_the_form_has_them(
    keys: dict[str, Any], expected: list[tuple[str, str, int]]
) -> None:
    plain = as_json()
    plain["editions"][0]["entries"][0] |= keys
    assert json_faults(json.dumps(plain)) == expected


def test_a_code_made_in_a_program_gets_no_advice_on_spreadsheets() -> None:
    with pytest.raises(InvalidTable) as caught:
        CityPrefix("9", "示例市")
    assert str(caught.value) == "code “9”: must be exactly 2 ASCII digits (0–9)"


def test_without_hypothesis_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "sdcert.testing.books", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'sdcert\[testing\]'"):
        importlib.import_module("sdcert.testing.books")
