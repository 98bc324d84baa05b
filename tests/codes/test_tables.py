"""No cell and no file is lost in silence; what offices write is read or named for what it is."""

from __future__ import annotations

import json
from datetime import date
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from sdcert.codes import AuthorityKind, CodeBook, Content, InvalidTable
from sdcert.codes.errors import code_fault, text_fault

if TYPE_CHECKING:
    from pathlib import Path

HEADS = ["代码", "部门名称", "部门类别", "设区的市", "有效期自", "有效期至"]
ROW = ["91101", "教育局", "市直部门", "甲市", None, None]


def head(folder: Path, name: str = "t", rows: str | None = None, **keys: object) -> Path:
    told = {"format": 1, "id": name, "domain": "city:91", "publisher": "局"}
    told |= {"content": "complete", "rows": rows or f"{name}.csv", **keys}
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    text = "\n".join([*lines, "[source]", 'document = "示例〔1〕号"'])
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8-sig")  # Notepad writes the mark, too
    return path


def table(folder: Path, *rows: str, heads: str = ",".join(HEADS), encoding: str = "utf-8") -> Path:
    (folder / "t.csv").write_text("\n".join([heads, *rows]), encoding=encoding)
    return head(folder)


def workbook(folder: Path, *rows: list[Any]) -> tuple[openpyxl.Workbook, Any]:
    head(folder, rows="t.xlsx")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEADS, *rows):
        sheet.append(row)
    return book, sheet


def faults(path: Path) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InvalidTable) as caught:
        CodeBook.load(path)
    for one in caught.value.faults:
        assert one.message("zh")
    return [(one.kind, one.row, one.key) for one in caught.value.faults]


def test_a_formula_without_its_result_and_an_error_are_faults(tmp_path: Path) -> None:
    book, sheet = workbook(tmp_path, ROW, ["91102", *ROW[1:]])
    sheet["F2"] = "=DATE(2022,12,31)"
    sheet["B3"] = "#REF!"
    sheet["B3"].data_type = "e"
    book.save(tmp_path / "t.xlsx")
    assert faults(tmp_path) == [("cell-formula", 2, "有效期至"), ("cell-error", 3, "部门名称")]


@pytest.mark.parametrize(
    ("word", "kind", "of_a_day"),
    [
        ("#N/A", "cell-error", "cell-error"),
        ("#REF!", "cell-error", "cell-error"),
        ("NULL", "no-value", "day-none"),
        ("nan", "no-value", "day-none"),
        ("<NA>", "no-value", "day-none"),
    ],
)
def test_what_programs_write_for_no_value_is_nobodys_name(
    tmp_path: Path, word: str, kind: str, of_a_day: str
) -> None:
    found = faults(table(tmp_path, f"91101,{word},市直部门,{word},{word},"))
    assert sorted(found) == sorted(
        [(kind, 2, "部门名称"), (kind, 2, "设区的市"), (of_a_day, 2, "有效期自")]
    )


def test_no_path_is_not_the_folder_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(table(tmp_path, "91101,教育局,市直部门,甲市,,").parent)
    assert len(CodeBook.load(".")) == 1
    with pytest.raises(InvalidTable, match="the file does not exist"):
        CodeBook.load("")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A cell of another type hides no fault of its row, nor a key of the head one of another."""
    book, _ = workbook(tmp_path, [91101, "-", "无此类别", None, True, "x"])
    book.save(tmp_path / "t.xlsx")
    assert [(kind, key) for kind, _, key in faults(tmp_path)] == [
        ("cell-type", "代码"), ("cell-type", "有效期自"), ("day", "有效期至"),
        ("no-value", "部门名称"), ("authority", "部门类别"),
    ]  # fmt: skip
    head(tmp_path, rows="t.xlsx", encoding="latin-1", count=-1, id="", x=1)
    assert [(kind, key) for kind, _, key in faults(tmp_path)] == [
        ("id", "id"), ("whole", "count"), ("choice", "encoding"), ("key-unknown", "x"),
    ]  # fmt: skip


def test_a_row_of_formulas_without_results_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    book, _ = workbook(tmp_path, ["=X1"] * len(HEADS), ["91102", *ROW[1:], "=X1"])
    book.save(tmp_path / "t.xlsx")
    found = faults(tmp_path)
    assert [(kind, row) for kind, row, _ in found] == [("cell-formula", 2)] * 6 + [("cells", 3)]


def test_a_merged_cell_counts_for_every_row_that_it_covers(tmp_path: Path) -> None:
    book, sheet = workbook(tmp_path, ROW, ["91102", "体育局", "市直部门", None, None, None])
    sheet["F2"] = "2022-12-31"
    sheet.merge_cells("F2:F3")
    sheet.merge_cells("D2:D3")
    book.save(tmp_path / "t.xlsx")
    entries = list(CodeBook.load(tmp_path).regions())
    assert [(one.city, one.valid_through) for one in entries] == [
        ("甲市", date(2022, 12, 31)),
        ("甲市", date(2022, 12, 31)),
    ]


def test_a_hidden_sheet_is_not_taken_for_the_first(tmp_path: Path) -> None:
    book, sheet = workbook(tmp_path, ROW)
    sheet.sheet_state = "hidden"
    other = book.create_sheet("现行")
    for row in (HEADS, ["91102", *ROW[1:]]):
        other.append(row)
    book.active = 1
    book.save(tmp_path / "t.xlsx")
    assert [one.code for one in CodeBook.load(tmp_path)] == ["91102"]


@pytest.mark.parametrize(
    ("value", "word"),
    [(91101, "数值"), (True, "逻辑值"), (date(2024, 1, 1), "日期"), (time_of_day(8), "时间")],
)
def test_a_cell_that_is_no_text_is_named(tmp_path: Path, value: object, word: str) -> None:
    book, _ = workbook(tmp_path, [value, *ROW[1:]])
    book.save(tmp_path / "t.xlsx")
    assert faults(tmp_path) == [("cell-type", 2, "代码")]
    with pytest.raises(InvalidTable) as caught:
        CodeBook.load(tmp_path)
    assert word in caught.value.message("zh")


@pytest.mark.parametrize("day", ["2024.1.1", "20240101", "2024-01-01 00:00:00", "2024年1月1日"])
def test_days_are_read_as_offices_and_pandas_write_them(tmp_path: Path, day: str) -> None:
    table(tmp_path, f"91101,教育局,市直部门,甲市,{day},")
    assert next(CodeBook.load(tmp_path).regions()).valid_from == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("９１１０１,教育局,市直部门,,,", "code-wide"),
        ("91101\u200b,教育局,市直部门,,,", "hidden"),
        ("91101,教育\u3000局,市直部门,,,", "hidden"),
        ("91101,教育\ufe0f局,市直部门,,,", "hidden"),
        ('91101,"=HYPERLINK(""x"")",市直部门,,,', "formula"),
        ("91101,教育局,,,,", "missing"),
        ("91101,教育局,市直部门,—,,", "no-value"),
        ("91101,/,市直部门,,,", "no-value"),
    ],
)
def test_what_is_wrong_with_a_cell_is_named(tmp_path: Path, row: str, kind: str) -> None:
    table(tmp_path, row)
    assert [one[0] for one in faults(tmp_path)] == [kind]


def test_the_brackets_of_the_notice_a_title_and_a_column_of_numbers_are_understood(
    tmp_path: Path,
) -> None:
    heads = '市直部门代码表,,,,\n序号,代码,"部门\n名称",部门类别,县(市、区)'
    table(tmp_path, "1,91101,人社局,县(市、区)人力资源和社会保障局,某县", heads=heads)
    (entry,) = CodeBook.load(tmp_path).regions()
    assert (entry.authority, entry.county) == (AuthorityKind.COUNTY_HRSS, "某县")


def test_a_row_with_a_code_above_the_headings_is_named(tmp_path: Path) -> None:
    table(tmp_path, ",".join(HEADS), "91102,体育局,市直部门,,,", heads="91101,教育局,市直部门,,,")
    assert faults(tmp_path) == [("above-headings", 1, "代码")]
    table(tmp_path, ",".join(HEADS), "91102,体育局,市直部门,,,", heads="附件2\n2024年,,,,,")
    assert [entry.code for entry in CodeBook.load(tmp_path)] == ["91102"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_rows_in_each_encoding_of_offices_are_read(tmp_path: Path, encoding: str) -> None:
    table(tmp_path, "91101,教育局,市直部门,甲市,,", encoding=encoding)
    assert next(CodeBook.load(tmp_path).regions()).name == "教育局"


@pytest.mark.parametrize("above", ["附件2", "1", "2024", "序号", "910011"])
def test_a_title_above_the_headings_is_no_row(tmp_path: Path, above: str) -> None:
    for line in (above, f"{above},", f"1,{above}"):
        heads = f"{line}\n序号,代码,部门名称,部门类别"
        table(tmp_path, "1,91101,人社局,市人社局", heads=heads)
        assert [entry.code for entry in CodeBook.load(tmp_path)] == ["91101"]


@pytest.mark.parametrize(
    ("domain", "heads", "row", "code"),
    [
        ("province", "code,name,authority", "90001,厅,省人社厅", "91"),
        ("series", "code,series,level", "601,示例,中级", "602"),
    ],
)
def test_a_code_of_any_width_above_the_headings_is_named(
    tmp_path: Path, domain: str, heads: str, row: str, code: str
) -> None:
    table(tmp_path, heads, row, heads=f"{code},x,")
    head(tmp_path, domain=domain)
    assert faults(tmp_path) == [("above-headings", 1, "code")]


@pytest.mark.parametrize(("titles", "found"), [(9, True), (10, False)])
def test_the_headings_are_looked_for_in_ten_rows(tmp_path: Path, titles: int, found: bool) -> None:
    lines = [f"标题{n}" for n in range(titles)]
    table(tmp_path, *lines[1:], ",".join(HEADS), ",".join(f"{one or ''}" for one in ROW),
          heads=lines[0])  # fmt: skip
    if found:
        assert len(CodeBook.load(tmp_path)) == 1
    else:  # then the first row with anything in it is taken for them
        assert {(kind, row) for kind, row, _ in faults(tmp_path)} == {
            ("column-unknown", 1), ("column-missing", 1),
        }  # fmt: skip


def test_the_headings_that_lack_are_named_in_both_languages(tmp_path: Path) -> None:
    table(tmp_path, "91101,局", heads="代码,部门名称")
    with pytest.raises(InvalidTable, match="authority/部门类别"):
        CodeBook.load(tmp_path)


def test_what_follows_from_rows_is_asked_of_whole_tables_alone(tmp_path: Path) -> None:
    """Not where headings lack or are not known: their own faults are enough."""
    table(tmp_path, "91101,局", heads="代码,部门名称")
    head(tmp_path, count=7)
    assert faults(tmp_path) == [("column-missing", 1, "")]
    heads = ",".join([*HEADS, "后继代码", "备注"])
    table(tmp_path, "91101,局,市直,甲市,,2020-12-31,91999,", heads=heads)
    assert faults(tmp_path) == [("column-unknown", 1, "备注")]
    head(tmp_path, count="7")  # the head's faults come first
    assert faults(tmp_path) == [("whole", None, "count"), ("column-unknown", 1, "备注")]


def test_each_row_with_too_many_cells_is_named(tmp_path: Path) -> None:
    table(tmp_path, *[f"9110{n},局,市直,甲市,,,多" for n in range(3)])
    assert [(kind, row) for kind, row, _ in faults(tmp_path)] == [("cells", n) for n in (2, 3, 4)]


@pytest.mark.parametrize(("count", "right"), [(0, True), (-1, False), (True, False), (1, False)])
def test_a_table_may_count_no_rows(tmp_path: Path, count: int, right: bool) -> None:
    table(tmp_path)
    head(tmp_path, content="fragment", count=count)
    if right:
        assert len(CodeBook.load(tmp_path)) == 0
    else:
        assert [one[2] for one in faults(tmp_path)] == ["count"]


@pytest.mark.parametrize("rows", ["", "a\\b.csv", "/t.csv"])
def test_the_rows_are_named_by_a_name_alone(tmp_path: Path, rows: str) -> None:
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    path = head(tmp_path)
    path.write_text(path.read_text("utf-8-sig").replace('"t.csv"', json.dumps(rows)), "utf-8")
    assert ("rows", None, "rows") in faults(path)


def test_only_files_that_look_like_tables_are(tmp_path: Path) -> None:
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    for name in (".t.toml", "~$t.xlsx", "readme.md", ".u.csv"):
        (tmp_path / name).write_text("=", encoding="utf-8")
    for name in ("u.toml", "u.csv", "v"):
        (tmp_path / name).mkdir()
    (tmp_path / "v" / "readme.md").write_text("=", encoding="utf-8")
    assert len(CodeBook.load(tmp_path)) == 1


def test_each_head_that_cannot_be_read_has_its_own_fault(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text("=", encoding="utf-8")
    assert [one[0] for one in faults(tmp_path)] == ["toml", "toml"]


def test_the_reason_of_a_file_that_cannot_be_read_is_the_systems(tmp_path: Path) -> None:
    """Without the path, which the fault names already; of a name that none can have, Python's."""
    (tmp_path / "t.csv").mkdir()
    for path, reason in ((head(tmp_path), "Is a directory"), (tmp_path / "a\0b.toml", "null")):
        with pytest.raises(InvalidTable, match=reason) as caught:
            CodeBook.load(path)
        assert str(tmp_path) not in caught.value.message()


def test_text_and_codes_have_bounds() -> None:
    for char in "长·":  # one of the usual characters, and another
        assert text_fault(char * 200, "name", required=True) is None
        fault = text_fault(char * 201, "name", required=True)
        assert fault is not None
        assert (fault.kind, fault.params["limit"]) == ("text", 200)
    assert text_fault("局-", "name", required=True) is None
    formula = text_fault("-局", "name", required=True)
    assert formula is not None
    assert (formula.kind, formula.params["char"]) == ("formula", "-")
    for wide, plain in (("０１２３４", "01234"), ("５６７８９", "56789")):
        fault = code_fault(wide, 5)
        assert fault is not None
        assert (fault.kind, fault.params["plain"]) == ("code-wide", plain)
    for text in ("910：", "９１０：", "9101", "910111", "91 01"):
        fault = code_fault(text, 5)
        assert fault is not None
        assert fault.kind == "code"


def test_every_file_of_a_folder_is_loaded_or_named(tmp_path: Path) -> None:
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    head(tmp_path, "u", domain="city:92").rename(tmp_path / "u.TOML")
    (tmp_path / "u.csv").write_text("代码,名称,类别\n92101,局,市直部门", encoding="utf-8")
    assert len(CodeBook.load(tmp_path)) == 2
    assert len(CodeBook.load(tmp_path / "u.csv")) == 1
    for name in ("v.csv", "v.parquet"):
        (tmp_path / name).write_text("代码\n", encoding="utf-8")
    assert faults(tmp_path) == [("unused", None, "")] * 2


def test_two_heads_of_one_file_of_rows_and_tables_of_a_subfolder_are_named(tmp_path: Path) -> None:
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    head(tmp_path, "u", rows="t.csv")
    assert faults(tmp_path) == [("rows-twice", None, "rows")]
    (tmp_path / "u.toml").unlink()
    below = tmp_path / "附件"
    below.mkdir()
    assert len(CodeBook.load(tmp_path)) == 1
    head(below)
    assert faults(tmp_path) == [("subfolder", None, "")]
    below.rename(tmp_path / ".附件")
    assert len(CodeBook.load(tmp_path)) == 1


def test_two_sheets_of_one_workbook_are_two_tables(tmp_path: Path) -> None:
    book, _ = workbook(tmp_path, ROW)
    other = book.create_sheet("乙")
    for row in (HEADS, ["92101", *ROW[1:]]):
        other.append(row)
    book.save(tmp_path / "t.xlsx")
    head(tmp_path, rows="t.xlsx", sheet="1")
    head(tmp_path, "u", rows="t.xlsx", sheet="乙", domain="city:92")
    assert [entry.code for entry in CodeBook.load(tmp_path)] == ["91101", "92101"]


def test_a_head_that_names_another_file_is_a_fault_of_the_rows_asked_for(tmp_path: Path) -> None:
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    (tmp_path / "other.csv").write_text((tmp_path / "t.csv").read_text("utf-8"), encoding="utf-8")
    head(tmp_path, rows="other.csv")
    assert faults(tmp_path / "t.csv") == [("other-rows", None, "")]
    (tmp_path / "other.csv").unlink()
    head(tmp_path, rows="other.csv", spare=1)
    found = [one[0] for one in faults(tmp_path / "t.csv")]
    assert found == ["other-rows", "key-unknown", "file-missing"]
    assert faults(tmp_path / "nowhere" / "t.csv") == [("file-missing", None, "")]


def test_accidents_of_an_export_are_faults(tmp_path: Path) -> None:
    table(tmp_path)
    assert faults(tmp_path) == [("empty-complete", None, "content")]
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    head(tmp_path, count=2)
    assert faults(tmp_path) == [("count", None, "count")]
    for most, kind in ((1_048_576, "count"), (1_048_577, "whole")):  # what a sheet can have
        head(tmp_path, count=most)
        assert faults(tmp_path) == [(kind, None, "count")]
    head(tmp_path, count=1)
    assert len(CodeBook.load(tmp_path)) == 1
    (tmp_path / "t.csv").write_text("代码,名称,类别\n,教育局,市直\n,体育局,市直", encoding="utf-8")
    head(tmp_path, count=2)
    assert faults(tmp_path) == [("code", row, "代码") for row in (2, 3)]
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    head(tmp_path, count="1")
    assert faults(tmp_path) == [("whole", None, "count")]
    (tmp_path / "t.csv").write_text("", encoding="utf-8")
    head(tmp_path)
    assert faults(tmp_path) == [("no-headings", None, "")]


def test_the_content_of_a_table_is_taken_in_words(tmp_path: Path) -> None:
    table(tmp_path, "91101,教育局,市直部门,甲市,,")
    for word in ("部分", "部分代码表", "Fragment"):
        (edition,) = CodeBook.load(head(tmp_path, content=word)).editions
        assert edition.content is Content.FRAGMENT


def test_json_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(b"\xff")
    assert faults(path) == [("json-encoding", None, "")]
    path.write_text("{", encoding="utf-8")
    assert faults(path) == [("json", None, "")]


@pytest.mark.parametrize(
    ("cell", "kind", "named"),
    [
        ("２０２４-０１-０１", "day-wide", "2024-01-01"),
        ("45292", "day-serial", "2024-01-01"),
        ("2024-01-01\u200b", "hidden", "200B"),
        ("长期", "day-none", "leave the cell empty"),
        ("2024-02-30", "day", "not a date"),
    ],
)
def test_what_is_no_day_is_named_for_what_it_is(
    tmp_path: Path, cell: str, kind: str, named: str
) -> None:
    path = table(tmp_path, f"91101,教育局,市直部门,甲市,,{cell}")
    with pytest.raises(InvalidTable, match=named) as caught:
        CodeBook.load(path)
    assert [(one.kind, one.key) for one in caught.value.faults] == [(kind, "有效期至")]
    assert faults(head(tmp_path, valid_from=cell))[0] == (kind, None, "valid_from")


def test_numbers_in_a_column_of_days_are_days_or_named(tmp_path: Path) -> None:
    book, sheet = workbook(tmp_path, [*ROW[:4], 20240101, None], ["91102", *ROW[1:4], None, 45292])
    book.save(tmp_path / "t.xlsx")
    assert faults(tmp_path) == [("day-serial", 3, "有效期至")]
    sheet["F3"] = True
    book.save(tmp_path / "t.xlsx")
    assert faults(tmp_path) == [("cell-type", 3, "有效期至")]
    sheet["F3"] = None
    book.save(tmp_path / "t.xlsx")
    assert next(CodeBook.load(tmp_path).regions()).valid_from == date(2024, 1, 1)


def test_characters_that_nobody_sees_are_named_in_words_and_successors_too(tmp_path: Path) -> None:
    heads = ",".join([*HEADS, "后继代码"])
    path = table(tmp_path, "91101,教育局,市直\u200b部门,甲市,,2023-12-31,", heads=heads)
    assert faults(path) == [("hidden", 2, "部门类别")]
    path = table(tmp_path, "91101,教育局,市直,甲市,,2023-12-31,９１１０２", heads=heads)
    assert faults(path) == [("code-wide", 2, "后继代码")]
    path = table(tmp_path, "91101,教育局,市直,甲市,,2023-12-31,9110", heads=heads)
    assert faults(path) == [("successor", 2, "后继代码")]
