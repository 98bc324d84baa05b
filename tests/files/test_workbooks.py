"""Workbooks of every kind, whole and damaged."""

import io
import os
import re
import sys
import threading
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import python_calamine
import pyxlsb  # type: ignore[import-untyped]

from sdcert import frames
from sdcert.errors import MissingExtra
from sdcert.files import UnreadableFile, open_table, read_rows, read_sheets
from sdcert.files.encodings import detect
from sdcert.files.sources import Source, kind_of
from tests.support.offices import (
    DAY_FORMATS,
    NUMBERS,
    ROWS,
    cell_xml,
    csv_of,
    dated_xlsx,
    sheet_xml,
    xlsx_of,
)
from tests.support.workbooks import changed, ods_of, ods_rows, xlsb_of, zip_of

DATA = Path(__file__).parents[1] / "data" / "files"


def test_an_old_workbook_is_read_with_its_days():
    with open_table(DATA / "list.xls") as table:
        assert (table.format, table.columns[2:]) == ("xls", ("证书编号", "日期"))
        (batch,) = table.batches(number=2)
        assert batch.column(2) == NUMBERS
        assert set(batch.column(3)) == {date(2018, 12, 28)}


@pytest.mark.parametrize("ending", ["xlsx", "xlsb"])
def test_every_built_in_format_of_days_shows_days(put, ending):
    serials = [43462 + at for at in range(len(DAY_FORMATS))]
    if ending == "xlsx":
        data = dated_xlsx([["日期"], *([one] for one in serials)])
    else:
        data = xlsb_of([*enumerate(([one] for one in serials), 1)], formats=DAY_FORMATS)
    cells = [cells[0] for _, cells in read_rows(put(f"a.{ending}", data)).rows]
    days = [date(2018, 12, 28) + timedelta(at) for at in range(len(DAY_FORMATS))]
    assert dict(zip(DAY_FORMATS, cells[-len(days) :], strict=True)) == dict(
        zip(DAY_FORMATS, days, strict=True)
    )


@pytest.mark.parametrize("number_format", DAY_FORMATS)
def test_every_built_in_format_of_days_shows_days_in_an_old_workbook(put, number_format):
    data = (DATA / "list.xls").read_bytes()
    # an XF record: its number and length, the font, and the number format, here 165
    looks = re.compile(rb"(\xe0\x00\x14\x00..)\xa5\x00", re.DOTALL)
    format_ = number_format.to_bytes(2, "little")
    data, count = looks.subn(lambda found: found[1] + format_, data)
    assert count == 1
    assert {cells[3] for _, cells in read_rows(put("a.xls", data)).rows[1:]} == {date(2018, 12, 28)}


def test_an_open_document_is_read(put):
    path = put("名单.ods", ods_of(("名单", ods_rows(ROWS))))
    assert read_rows(path, sheet="名单").rows == tuple(enumerate(ROWS, 1))
    assert [sheet.name for sheet in read_sheets(path)] == ["名单"]


def test_openpyxl_reads_the_same(put):
    path = put("a.xlsx", xlsx_of([*ROWS, [], [1, 2.5, True, date(2018, 12, 28), None, "x"]]))
    found = [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    ours = [(cells + [None] * 6)[:6] for _, cells in read_rows(path).rows]
    theirs = [[getattr(cell, "date", lambda cell=cell: cell)() for cell in row] for row in found]
    assert ours == theirs


FOREIGN = {
    "foreign-document": {"word/document.xml": "<w/>"},
    "foreign-zip": {"a.txt": "x"},
    "damaged": {"xl/nothing.xml": "<x/>"},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_an_archive_that_is_no_workbook_is_named(put, kind):
    with pytest.raises(UnreadableFile) as caught:
        read_rows(put("a.xlsx", zip_of(FOREIGN[kind])))
    assert caught.value.kind == kind


DAMAGE = {
    "cut off": lambda xml: xml[:-20],
    "a cell of nowhere": lambda xml: xml.replace(b'r="A3"', b'r="ZZZ3"'),
    "an unknown string": lambda xml: xml.replace(
        b'<c r="A1" t="inlineStr">', b'<c r="A1" t="s"><v>99</v>'
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_sheet_is_no_shorter_sheet(put, kind):
    data = changed(xlsx_of(ROWS), DAMAGE[kind])
    with pytest.raises(UnreadableFile, match="damaged"):
        read_rows(put("a.xlsx", data))


def test_a_workbook_whose_parts_are_called_otherwise_is_read_without_more(put):
    data = sheet_xml(f'<row r="1">{cell_xml("A1", 5)}<c><v>6</v></c></row>')
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    target = texts["xl/_rels/workbook.xml.rels"]
    texts["xl/_rels/workbook.xml.rels"] = target.replace(b'"worksheets/', b'"/xl/worksheets/')
    assert read_rows(put("a.xlsx", zip_of(texts))).rows == ((1, [5, 6]),)
    texts["xl/_rels/workbook.xml.rels"] = b"<"
    with pytest.raises(UnreadableFile):
        read_rows(put("a.xlsx", zip_of(texts)))


def test_hidden_sheets_are_read_where_no_other_holds_rows(put):
    path = put("a.xlsx", xlsx_of([], sheets=[("旧", ROWS, "hidden")]))
    assert read_rows(path).sheet == "旧"
    with pytest.raises(UnreadableFile, match="blank"):
        read_rows(put("b.xlsx", xlsx_of([])))
    with pytest.raises(UnreadableFile, match="no sheet “0”"):
        read_rows(path, sheet="0")


def test_the_sheet_with_the_columns_that_are_wanted_is_taken(put):
    other = [["名", "日期"], ["甲", "2018"]]
    path = put("a.xlsx", xlsx_of(ROWS, sheets=[("乙", other, "visible")]))
    with open_table(path, names=["日期"]) as table:
        assert table.sheet == "乙"
    with open_table(path) as table:
        assert table.sheet == "名单"


def test_no_sheet_is_left_out_for_its_bad_numbers(put):
    """Two that have the columns that are wanted are two, whatever stands in them."""
    bad = [["证书编号"], ["鲁18"], ["待定"]]
    path = put("a.xlsx", xlsx_of(ROWS, sheets=[("乙", bad, "visible")]))
    refused = pytest.raises(UnreadableFile, match="several")
    with refused, open_table(path, names=["证书编号"]):
        pass
    with refused:
        frames.require(path, "证书编号")
    with open_table(path, names=["证书编号"], sheet="乙") as table:
        assert table.sheet == "乙"


def test_a_merged_cell_reaches_beyond_the_last_filled_one(put):
    rows = [["证书编号", "单位"], [NUMBERS[0], "某局"], [NUMBERS[1]], [NUMBERS[2], "他局"]]
    found = read_rows(put("a.xlsx", xlsx_of(rows, merges=["B2:B3"]))).rows
    assert [cells[1] for _, cells in found] == ["单位", "某局", "某局", "他局"]


def test_rows_are_read_of_text_and_of_nothing_else(put):
    path = put("a.csv", csv_of(ROWS[:2], encoding="gb18030"))
    assert read_rows(path, encoding="gbk").rows == ((1, ROWS[0]), (2, ROWS[1]))
    assert read_sheets(path) == ()
    with pytest.raises(UnreadableFile, match="neither CSV nor a workbook"):
        read_rows(put("a.jsonl", b"{}"))


def test_what_an_option_cannot_mean_is_refused(put):
    path = put("a.csv", csv_of(ROWS))
    refused = pytest.raises(UnreadableFile, match="as csv: the option sheet does not apply")
    with refused, open_table(path, sheet="1"):
        pass
    refused = pytest.raises(ValueError, match="encoding must be one of")
    with refused, open_table(path, encoding="latin-1"):
        pass


@pytest.mark.parametrize("package", ["python_calamine", "charset_normalizer", "pyarrow"])
def test_a_missing_extra_is_named(put, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "sdcert.files.parquet", raising=False)
    data = {
        "python_calamine": xlsx_of(ROWS),
        "charset_normalizer": "id,鲁\n".encode("gb18030"),
        "pyarrow": b"PAR1",
    }[package]
    with pytest.raises(MissingExtra, match=r"sdcert\[files\]"), open_table(put("a", data)):
        pass


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"a": 1}', "foreign-json"),
        (b"{}\n{}\n", "blank"),
        (b"{a},b\n1,2\n", "column-unclear"),
        (b"<?xml version='1.0'?><a/>", "foreign-xml"),
        (b"\x1f\x8b", "foreign-compressed"),
    ],
)
def test_what_begins_with_a_bracket_is_told_apart(put, data, kind):
    with pytest.raises(UnreadableFile) as caught, open_table(put("a.txt", data)) as table:
        table.guessed()
    assert caught.value.kind == kind


def test_a_file_that_only_says_parquet_is_damaged(put):
    path = put("a.parquet", b"x")
    with pytest.raises(UnreadableFile, match="not a Parquet file"), open_table(path):
        pass


def test_utf_16_is_read_by_name_without_a_mark(put):
    data = "证书编号\n".encode("utf-16-le")
    assert detect(Source(io.BytesIO(data), "a", len(data)), "utf-16") == ("utf-16-le", False)
    with open_table(put("a.csv", data), encoding="utf-16") as table:
        assert table.columns == ("证书编号",)


def test_a_binary_workbook_is_known_by_its_parts():
    data = zip_of({"xl/workbook.bin": "x"})
    assert kind_of(Source(io.BytesIO(data), "a.xls", len(data))) == "xlsb"


def test_a_password_is_named(put, monkeypatch):
    def locked(_):
        raise python_calamine.PasswordError

    monkeypatch.setattr(python_calamine, "load_workbook", locked)
    with pytest.raises(UnreadableFile, match="protected by a password"):
        read_rows(put("a.xlsx", xlsx_of(ROWS)))


def test_whatever_calamine_raises_is_a_damaged_file(put, monkeypatch):
    class PanicException(BaseException):  # as Rust's is called
        pass

    path = put("a.xlsx", xlsx_of(ROWS))
    for error in (python_calamine.CalamineError, OSError("fill whole buffer"), PanicException):

        def refuse(_, error=error):
            raise error

        monkeypatch.setattr(python_calamine, "load_workbook", refuse)
        with pytest.raises(UnreadableFile, match="damaged"):
            read_rows(path)
    monkeypatch.setattr(python_calamine, "load_workbook", lambda _: sys.exit(3))
    with pytest.raises(SystemExit):
        read_rows(path)


def test_what_calamine_writes_over_a_damaged_file_is_not_shown(put, monkeypatch, capfd):
    def noisy(_):
        os.write(2, b"panicked")
        raise python_calamine.CalamineError

    monkeypatch.setattr(python_calamine, "load_workbook", noisy)
    path = put("a.xlsx", xlsx_of(ROWS))

    def read():
        with pytest.raises(UnreadableFile):
            read_rows(path)
        return capfd.readouterr().err

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert read() == ""
    monkeypatch.setattr(threading, "active_count", lambda: 2)  # it may be another's
    assert read() == "panicked"
    monkeypatch.undo()
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert read_rows(path).sheet == "名单"


def test_a_merged_cell_without_a_value_gives_none(put):
    rows = [["部门", "证书编号"], [None, NUMBERS[0]], [None, NUMBERS[1]]]
    with open_table(put("a.xlsx", xlsx_of(rows, merges=["A2:A3"]))) as table:
        (batch,) = table.batches(number=1)
        assert [list(row) for row in batch.rows()] == rows[1:]


def test_other_readers_read_the_same(put):
    """Binary and open workbooks; .xlsx is compared with openpyxl, .xls with calamine."""
    data = xlsb_of(list(enumerate([*ROWS, ["6", None, 2.5]], 1)))
    ours = [cells for _, cells in read_rows(put("a.xlsb", data)).rows]
    with pyxlsb.open_workbook(io.BytesIO(data)) as book, book.get_sheet(1) as sheet:
        assert [[cell.v for cell in row][:3] for row in sheet.rows()] == ours
    data = ods_of(("名单", ods_rows(ROWS)))
    theirs = pd.read_excel(io.BytesIO(data), engine="odf", header=None, dtype=str)
    assert [cells for _, cells in read_rows(put("a.ods", data)).rows] == theirs.to_numpy().tolist()
