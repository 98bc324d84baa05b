"""Tables in files: what is read, what is refused and where, and that nothing is lost."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings

from sdcert.codes import (
    CodeBook,
    CodeConflict,
    Fault,
    InvalidTable,
    NotInForce,
    RegionCode,
    Source,
)
from sdcert.errors import MissingExtra
from sdcert.testing.books import code_books
from sdcert.testing.examples import example_codes
from tests.support.offices import DAY_FORMATS, dated_xlsx

if TYPE_CHECKING:
    from pathlib import Path

MIDNIGHT = datetime(2019, 1, 27)  # noqa: DTZ001 - cells know no zone
TOML = """
format = 1
id = "t"
domain = "city:91"
publisher = "示例甲市人社局"
content = "complete"
valid_from = 2019-01-27
[source]
document = "示例〔1〕号"
"""
HEADS = "code,name,authority,city,county,valid_from,valid_through,successors,document,sha256"
GOOD = "91020,示例局,city-hrss,示例市,,,,,,"


def table(
    folder: Path, *rows: str, heads: str = HEADS, toml: str = TOML, name: str = "t", **write: Any
) -> Path:
    (folder / f"{name}.toml").write_text(toml, encoding="utf-8")
    text = "\n".join([heads, *rows]) + "\n"
    (folder / f"{name}.csv").write_text(text, encoding=write.get("encoding", "utf-8"))
    return folder


def faults(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(InvalidTable) as caught:
        CodeBook.load(path)
    for fault in caught.value.faults:
        assert fault.file
        for lang in ("en", "zh"):
            assert fault.file in fault.message(lang)
    return caught.value.faults


@settings(max_examples=40)
@given(code_books())
def test_every_book_comes_back_from_files(tmp_path_factory: Any, book: CodeBook) -> None:
    folder = tmp_path_factory.mktemp("book")
    book.save(folder / "saved.json")
    assert CodeBook.load(folder / "saved.json") == book
    if book.editions:
        book.save(folder / "tables")
        again = CodeBook.load(folder / "tables")
        assert again == book
        assert again.digest == book.digest


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_utf_8_and_gb18030_are_read(tmp_path: Path, encoding: str) -> None:
    book = CodeBook.load(table(tmp_path, GOOD, encoding=encoding))
    assert [entry.name for entry in book] == ["示例局"]
    assert CodeBook.load(tmp_path / "t.csv") == book == CodeBook.load(tmp_path / "t.toml")


def test_a_named_encoding_is_binding(tmp_path: Path) -> None:
    named = TOML.replace("format", 'encoding = "gb18030"\nformat')
    book = CodeBook.load(table(tmp_path, GOOD, toml=named, encoding="gb18030"))
    assert next(entry.city for entry in book.regions(prefix="91")) == "示例市"
    # what is UTF-8 as well is read as it is named
    both = GOOD.replace("示例局", "路路").replace("示例市", "")
    table(tmp_path, both, toml=named, encoding="gb18030")
    assert next(CodeBook.load(tmp_path).regions(prefix="91")).name == "路路"
    named = TOML.replace("format", 'encoding = "utf-8"\nformat')
    table(tmp_path, GOOD, toml=named, encoding="gb18030")
    assert [(fault.kind, fault.file) for fault in faults(tmp_path)] == [("unreadable", "t.csv")]


def test_chinese_headings_words_and_days_are_read(tmp_path: Path) -> None:
    book = CodeBook.load(
        table(
            tmp_path,
            "91020,示例局,市人社局,示例市,,2019年1月27日,2019/12/31,91021、91022,,附件2",
            " 91021 ,局,设区的市人力资源社会保障局,,,2020-1-1,,,另文,",
            "91022,县局,县人社局,示例市,示例县,,,,,",
            ",,,,,,,,,",
            "",
            heads="代码,部门名称,部门类别,设区的市,县（市、区）,启用日期,截止日期,后继代码,来源文件,条款",
        )
    )
    first = book.region("91020", on=date(2019, 12, 31))
    assert isinstance(first, RegionCode)
    assert first.valid_from == date(2019, 1, 27)
    assert first.successors == ("91021", "91022")
    assert first.source == Source("示例〔1〕号", "附件2")
    after = book.region("91021", on=date(2020, 1, 1))
    assert isinstance(after, RegionCode)
    assert after.source == Source("另文")
    assert after.code == "91021"


def test_series_and_prefixes_are_read(tmp_path: Path) -> None:
    table(
        tmp_path,
        "601,示例,正高级,,",
        "602,示例,初级,初级,",
        heads="代码,职称系列,级别,层级,网址",
        toml=TOML.replace("city:91", "series"),
    )
    table(
        tmp_path,
        "90001,厅,省人社厅",
        "91,示例市,市前缀",
        "92,示例乙市,",
        heads="code,name,authority",
        toml=TOML.replace("city:91", "province").replace('"t"', '"p"'),
        name="p",
    )
    book = CodeBook.load(tmp_path)
    assert [(t.code, t.grade.value) for t in book.series_codes()] == [
        ("601", "senior"),
        ("602", "junior"),
    ]
    assert [prefix.name for prefix in book.history("91")] == ["示例市"]
    assert len(book) == 5


def test_a_day_in_any_built_in_format_of_a_spreadsheet_is_a_day(tmp_path: Path) -> None:
    codes = [f"91{at:03}" for at in range(1, 1 + len(DAY_FORMATS))]
    rows = [[code, "示例局", "city-hrss", "示例市", None, 43492] for code in codes]
    (tmp_path / "t.xlsx").write_bytes(dated_xlsx([HEADS.split(","), *rows]))
    (tmp_path / "t.toml").write_text('rows = "t.xlsx"' + TOML, encoding="utf-8")
    book = CodeBook.load(tmp_path)
    days = {book.history(code)[0].entry.valid_from for code in codes}
    assert (len(book), days) == (len(codes), {date(2019, 1, 27)})


def test_a_sheet_is_read_like_a_csv_file(tmp_path: Path) -> None:
    work = openpyxl.Workbook()
    sheet = work.active
    assert sheet is not None
    sheet.title = "代码"
    sheet.append(HEADS.split(","))
    sheet.append(["91020", "示例局", "city-hrss", "示例市", None, MIDNIGHT])
    sheet.append([None] * 4)
    work.create_sheet("其他").append(["x"])
    work.save(tmp_path / "t.xlsx")
    (tmp_path / "t.toml").write_text('rows = "t.xlsx"\nsheet = "代码"' + TOML, encoding="utf-8")
    book = CodeBook.load(tmp_path / "t.xlsx")
    assert book.history("91020")[0].entry.valid_from == date(2019, 1, 27)
    sheet.append([91021, "局", "city-hrss", None, None, MIDNIGHT.replace(hour=8)])
    work.save(tmp_path / "t.xlsx")
    found = faults(tmp_path)
    assert [(f.kind, f.row, f.key, f.value) for f in found] == [("cell-type", 4, "code", "91021")]
    sheet["A4"] = "91021"
    work.save(tmp_path / "t.xlsx")
    assert len(CodeBook.load(tmp_path)) == 2  # the day that a cell names, whatever the hour
    (tmp_path / "t.toml").write_text('rows = "t.xlsx"\nsheet = "无"' + TOML, encoding="utf-8")
    (fault,) = faults(tmp_path)
    assert "has no sheet “无”; it has 1 “代码”" in fault.message()
    (tmp_path / "t.toml").write_text('rows = "t.xlsx"' + TOML, encoding="utf-8")
    (fault,) = faults(tmp_path)
    assert "has several sheets with rows" in fault.message()
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    assert [(f.kind, f.file) for f in faults(tmp_path)] == [("unreadable", "t.xlsx")]
    (tmp_path / "t.xlsx").unlink()
    assert [f.kind for f in faults(tmp_path)] == ["file-missing"]


def test_without_the_reader_of_workbooks_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    openpyxl.Workbook().save(tmp_path / "t.xlsx")
    (tmp_path / "t.toml").write_text('rows = "t.xlsx"' + TOML, encoding="utf-8")
    with pytest.raises(MissingExtra, match=r"sdcert\[files\]"):
        CodeBook.load(tmp_path)


ROWS = [
    # a second row (row 3 of the file), and the (kind, column, value) reported for it
    ("9102,局,city-hrss,,,,,,,", [("code-short", "code", "9102")]),
    ("9102x,局,city-hrss,,,,,,,", [("code", "code", "9102x")]),
    ("91x,局,city-hrss,,,,,,,", [("code", "code", "91x")]),
    ("910211,局,city-hrss,,,,,,,", [("code", "code", "910211")]),
    ("91021,局,12,,,,,,,", [("authority", "authority", "12")]),
    ("９１０２１,局,city-hrss,,,,,,,", [("code-wide", "code", "９１０２１")]),
    ("91021,,city-hrss,,,,,,,", [("missing", "name", "")]),
    ("91021,a\u200bb,city-hrss,,,,,,,", [("hidden", "name", "a\\u200bb")]),
    (f"91021,{'长' * 201},city-hrss,,,,,,,", [("text", "name", "长" * 201)]),
    ("91021,局,nobody,,,,,,,", [("authority", "authority", "nobody")]),
    ("91021,局,city-hrss,,,2019-02-30,,,,", [("day", "valid_from", "2019-02-30")]),
    (
        "91021,局,city-hrss,,,2020,x,,,",
        [("day", "valid_from", "2020"), ("day", "valid_through", "x")],
    ),
    (
        "91021,局,city-hrss,,,2020-01-01,2019-12-31,,,",
        [("day-order", "valid_through", "2019-12-31")],
    ),
    ("91021,局,city-hrss,,,,2020-01-01,9102,,", [("successor", "successors", "9102")]),
    ("91021,局,city-hrss,,,,2020-01-01,91999,,", [("successor-missing", "successors", "91999")]),
    ("91021,局,city-hrss,,,,2020-01-01,91021,,", [("successor-missing", "successors", "91021")]),
    ("91021,局,city-hrss,,,,,91020,,", [("successor-open", "valid_through", "")]),
    ("91020,示例局,city-hrss,,,,,,,", [("duplicate", "code", "91020")]),
    ("91020,新局,city-hrss,,,2020-01-01,,,,", [("overlap", "code", "91020")]),
    ("92020,局,city-hrss,,,,,,,", [("foreign-prefix", "code", "92020")]),
    ("92,市,,,,,,,,", [("wrong-entry", "code", "92")]),
    (
        "92,市,city-hrss,,,,,,,",
        [("prefix-row", "authority", "city-hrss"), ("wrong-entry", "code", "92")][:1],
    ),
    (
        "91021,厅,provincial-hrss,,,,,,,",
        [("authority-domain", "authority", "provincial-hrss")],
    ),
    ("91021,局,city-hrss,,,,,,,zz", [("sha256", "sha256", "zz")]),
    ("91021,局,city-hrss,,,,,,,,多", [("cells", "", "")]),
    (
        "9102,,nobody,,,2019-13-01,,9,,zz",
        [
            ("day", "valid_from", "2019-13-01"),
            ("sha256", "sha256", "zz"),
            ("code-short", "code", "9102"),
            ("missing", "name", ""),
            ("authority", "authority", "nobody"),
            ("successor-open", "valid_through", ""),
            ("successor", "successors", "9"),
        ],
    ),
]


@pytest.mark.parametrize(("row", "expected"), ROWS)
def test_a_fault_of_a_row_is_reported_at_its_row(
    tmp_path: Path, row: str, expected: list[tuple[str, str, str]]
) -> None:
    found = faults(table(tmp_path, GOOD, row, "91030,局,city-hrss,,,,,,,"))
    shown = [(fault.kind, fault.key, fault.value) for fault in found]
    assert shown == [
        (kind, column, Fault(kind, value=value).value) for kind, column, value in expected
    ]
    assert {(fault.file, fault.row) for fault in found} == {("t.csv", 3)}


def test_the_fault_of_one_row_is_not_laid_on_another(tmp_path: Path) -> None:
    found = faults(
        table(
            tmp_path,
            "91020,局,city-hrss,,,,2020-01-01,91021,,",
            "91021,局,nobody,,,,,,,",
        )
    )
    assert [(fault.kind, fault.row) for fault in found] == [("authority", 3)]
    assert "、设区的市人力资源社会保障局（city-hrss）、" in found[0].message("zh")


SERIES_ROWS = [
    ("60,示例,中级,", [("code-short", "code")]),
    ("601,,中级,", [("missing", "series")]),
    ("601,示例,特级,", [("level", "level")]),
    ("601,示例,特级,高高级", [("level", "level"), ("grade", "grade")]),
    ("601,示例,中级,超级", [("grade", "grade")]),
    ("601,示例,中级,senior", [("level-grade", "grade")]),
    ("601,示例,中级,,多", [("cells", "")]),
]


@pytest.mark.parametrize(("row", "expected"), SERIES_ROWS)
def test_a_fault_of_a_series_row_is_reported(
    tmp_path: Path, row: str, expected: list[tuple[str, str]]
) -> None:
    toml = TOML.replace("city:91", "series")
    found = faults(table(tmp_path, row, heads="code,series,level,grade", toml=toml))
    assert [(fault.kind, fault.key, fault.row) for fault in found] == [
        (kind, column, 2) for kind, column in expected
    ]


def test_columns_without_a_heading_at_the_end_are_passed_if_they_are_empty(tmp_path: Path) -> None:
    rows = ("91020,局,city-hrss,,", "91021,局,city-department")
    assert len(CodeBook.load(table(tmp_path, *rows, heads="code,name,authority,, "))) == 2
    found = faults(table(tmp_path, "91020,局,city-hrss,,x", heads="code,name,authority,,"))
    assert [(fault.kind, fault.row) for fault in found] == [("cells", 2)]


HEADINGS = [
    ("code,name", ["column-missing"]),
    ("code,name,authority,备注", ["column-unknown"]),
    ("code,name,,authority", ["column-unknown"]),
    ("code,name,authority,代码", ["column-doubled"]),
    ("x,y", ["column-unknown"] * 2 + ["column-missing"] * 3),
]


@pytest.mark.parametrize(("heads", "expected"), HEADINGS)
def test_a_fault_of_the_headings_is_reported(
    tmp_path: Path, heads: str, expected: list[str]
) -> None:
    found = [fault for fault in faults(table(tmp_path, heads=heads)) if fault.row == 1]
    assert [fault.kind for fault in found] == expected


def test_a_table_without_headings_is_refused(tmp_path: Path) -> None:
    assert [fault.kind for fault in faults(table(tmp_path, heads=""))] == ["no-headings"]


KEYS = ("id", "domain", "publisher", "content")
TOMLS = [
    (TOML.replace("format = 1", "format = 2"), [("format", "format")]),
    (TOML.replace("format = 1", ""), [("missing", "format")]),
    (TOML.replace("id =", "name ="), [("missing", "id"), ("key-unknown", "name")]),
    (TOML.replace('"t"', "7"), [("text-needed", "id")]),
    (TOML.replace('"t"', '"../t"'), [("id", "id")]),
    (TOML.replace("city:91", "city:9"), [("domain", "domain")]),
    (TOML.replace("complete", "whole"), [("content", "content")]),
    (TOML.replace("2019-01-27", '"2019"'), [("day", "valid_from")]),
    (TOML.replace("2019-01-27", "2019-01-27T01:00:00Z"), [("day", "valid_from")]),
    (TOML.replace('publisher = "', 'publisher = " '), [("text", "publisher")]),
    (
        TOML.replace('document = "示例〔1〕号"', ""),
        [("source-missing", "document")],
    ),
    (TOML + 'sha256 = "x"', [("sha256", "sha256")]),
    (TOML + "retrieved = 1", [("day", "retrieved")]),
    (TOML + "page = 1", [("key-unknown", "page")]),
    (
        'source = "x"\n' + TOML.split("[source]", maxsplit=1)[0],
        [("table", "source")],
    ),
    (TOML.replace("format", 'encoding = "latin-1"\nformat'), [("choice", "encoding")]),
    (TOML.replace("format", 'rows = "../t.csv"\nformat'), [("rows", "rows")]),
    (TOML.replace("format", "rows = 1\nformat"), [("text-needed", "rows")]),
    (TOML.replace("format", 'rows = "no.csv"\nformat'), [("file-missing", ""), ("unused", "")]),
    (TOML.replace("format", 'sheet = "1"\nformat'), [("sheet", "sheet")]),
    (TOML + "=", [("toml", "")]),
    (
        "format = 1",
        [*[("missing", key) for key in KEYS], ("source-missing", "document")],
    ),
]


@pytest.mark.parametrize(("toml", "expected"), TOMLS)
def test_a_fault_of_the_edition_is_reported(
    tmp_path: Path, toml: str, expected: list[tuple[str, str]]
) -> None:
    found = faults(table(tmp_path, GOOD, toml=toml))
    assert [(fault.kind, fault.key) for fault in found] == expected


def test_all_faults_of_all_files_come_at_once_and_nothing_is_loaded(tmp_path: Path) -> None:
    table(tmp_path, "9102,局,city-hrss,,,,,,,")
    table(tmp_path, "91021,局,nobody,,,,,,,", toml=TOML.replace('"t"', '"u"'), name="u")
    (tmp_path / "v.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidTable) as caught:
        CodeBook.load(tmp_path)
    assert [(f.file, f.row, f.kind) for f in caught.value.faults] == [
        ("t.csv", 2, "code-short"),
        ("u.csv", 2, "authority"),
        ("v.toml", None, "toml-encoding"),
    ]
    assert caught.value.message("zh").count("\n") == 2


def test_a_successor_under_another_prefix_is_looked_for_in_its_complete_table(
    tmp_path: Path,
) -> None:
    province = TOML.replace("city:91", "province").replace('"t"', '"p"')
    heads = "code,name,authority,valid_through,successors"
    other = TOML.replace("city:91", "city:92").replace('"t"', '"u"')
    table(tmp_path, "91,甲市,,,", "92,乙市,,,", heads=heads, toml=province, name="p")
    table(tmp_path, "91020,局,city-hrss,2020-12-31,92020 90001", heads=heads)
    found = faults(tmp_path)
    assert [(f.kind, f.value, f.file) for f in found] == [("successor-missing", "90001", "t.csv")]
    table(tmp_path, "91020,局,city-hrss,2020-12-31,92020", heads=heads)
    assert len(CodeBook.load(tmp_path)) == 3  # nobody knows the table of 92
    table(tmp_path, "92021,局,city-hrss,,", heads=heads, toml=other, name="u")
    found = faults(tmp_path)
    assert [(f.kind, f.value, f.file, f.row) for f in found] == [
        ("successor-missing", "92020", "t.csv", 2)
    ]
    table(tmp_path, "92020,局,city-hrss,,", heads=heads, toml=other, name="u")
    book = CodeBook.load(tmp_path)
    answer = book.region("91020", on=date(2021, 1, 1))
    assert isinstance(answer, NotInForce)
    assert answer.history() == "in force through 2020-12-31; since then 92020 (局)"


def test_editions_that_contradict_each_other_are_refused_on_loading(tmp_path: Path) -> None:
    table(tmp_path, GOOD)
    table(tmp_path, GOOD.replace("示例局", "另一局"), toml=TOML.replace('"t"', '"u"'), name="u")
    with pytest.raises(CodeConflict, match=r"t \(示例〔1〕号\) and u"):
        CodeBook.load(tmp_path)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    assert [fault.kind for fault in faults(tmp_path)] == ["no-tables"]
    (tmp_path / "t.pdf").write_text("x")
    assert [fault.kind for fault in faults(tmp_path / "t.pdf")] == ["suffix"]
    assert [fault.kind for fault in faults(tmp_path / "no")] == ["file-missing"]
    assert [fault.kind for fault in faults(tmp_path / "no.csv")] == ["file-missing"]
    (tmp_path / "d.json").mkdir()
    (tmp_path / "d.toml").mkdir()
    assert [fault.kind for fault in faults(tmp_path / "d.toml")] == ["no-tables"]
    table(tmp_path, '"91020,x', name="q")
    assert "unreadable" in [fault.kind for fault in faults(tmp_path / "q.csv")]
    (tmp_path / "r.toml").write_text('rows = "d.json"' + TOML, encoding="utf-8")
    assert [fault.kind for fault in faults(tmp_path / "r.toml")] == ["file"]


def test_nothing_is_overwritten_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = CodeBook.bundled()
    (tmp_path / "empty").mkdir()
    book.save(tmp_path / "empty")
    assert CodeBook.load(tmp_path / "empty") == book
    with pytest.raises(FileExistsError):
        book.save(tmp_path / "empty")
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileExistsError):
        book.save(tmp_path / "file")
    book.save(tmp_path / "b.json")
    with pytest.raises(FileExistsError):
        book.save(tmp_path / "b.json")
    before = sorted(path.name for path in tmp_path.iterdir())

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(csv, "writer", full)
    with pytest.raises(OSError, match="disk full"):
        book.save(tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_the_messages_are_bounded(tmp_path: Path) -> None:
    rows = [f"{n},局,city-hrss,,,,,,," for n in range(150)]
    with pytest.raises(InvalidTable) as caught:
        CodeBook.load(table(tmp_path, *rows))
    lines = caught.value.message().split("\n")
    assert len(caught.value.faults) == 150
    assert len(lines) == 101
    assert lines[-1] == "… and 50 more"
    assert caught.value.message("zh").endswith("……另有50处")
    long = Fault("code", "code", "x" * 10_000)
    assert len(long.value) == 25


def test_a_provincial_code_under_a_prefix_is_reported_at_its_row(tmp_path: Path) -> None:
    toml = TOML.replace("city:91", "province")
    heads = "code,name,authority"
    found = faults(table(tmp_path, "91001,厅,省直部门", "91,甲市,", heads=heads, toml=toml))
    assert [(fault.kind, fault.row, fault.value) for fault in found] == [
        ("under-prefix", 2, "91001")
    ]


def test_the_examples_come_back_from_files(tmp_path: Path) -> None:
    book = example_codes()
    book.save(tmp_path / "examples")
    assert CodeBook.load(tmp_path / "examples").digest == book.digest


@pytest.mark.parametrize("name", ["gbk", "gb2312", "utf8"])
def test_an_encoding_has_every_name_that_other_files_take(tmp_path: Path, name: str) -> None:
    named = TOML.replace("format", f'encoding = "{name}"\nformat')
    assert len(CodeBook.load(table(tmp_path, GOOD, toml=named, encoding=name))) == 1
