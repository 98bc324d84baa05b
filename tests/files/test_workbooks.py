"""Workbooks of every kind, whole and damaged."""

import io
import sys
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from sdcert.errors import MissingExtra
from sdcert.files import UnreadableFile, open_source, open_table, read_rows, read_sheets
from sdcert.files.encodings import detect
from sdcert.files.layouts import Header, find_header
from sdcert.files.notes import FileNote, Notes
from sdcert.files.sources import Source, kind_of
from sdcert.files.workbooks import Workbook
from sdcert.files.xlsxfacts import Facts, Parts
from tests.support.offices import NUMBERS, ROWS, cell_xml, csv_of, sheet_xml, xlsx_of

DATA = Path(__file__).parents[1] / "data" / "files"

CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="名单">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


def ods_of(rows):
    """A workbook of OpenDocument."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = ("".join(cell.format(value) for value in row) for row in rows)
    made = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    return zip_of(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:'
            'manifest:1.0"/>',
            "content.xml": CONTENT.format(made),
        }
    )


def zip_of(parts):
    """An archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def changed(data, change):
    """A workbook whose sheet is changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    name = "xl/worksheets/sheet1.xml"
    return zip_of(texts | {name: change(texts[name])})


@pytest.fixture
def put(tmp_path):
    def write(name, data):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def test_an_old_workbook_is_read_with_its_days():
    with open_table(DATA / "list.xls") as table:
        assert (table.format, table.columns[2:]) == ("xls", ("证书编号", "日期"))
        (batch,) = table.batches(number=2)
        assert batch.column(2) == NUMBERS
        assert set(batch.column(3)) == {date(2018, 12, 28)}


def test_an_open_document_is_read(put):
    path = put("名单.ods", ods_of(ROWS))
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


def rows_of(*rows):
    return list(enumerate(map(list, rows), 1))


def test_a_first_record_is_no_second_half_of_a_header():
    rows = rows_of(
        ["姓名", "证书编号", "备注", ""], ["甲", "", "", "补"], ["乙", NUMBERS[0], "", ""]
    )
    assert find_header(rows, None, []).line == 1


def test_the_first_half_of_a_header_may_hold_the_number():
    rows = rows_of(
        ["序号", "证书编号", "发证", ""], ["", "", "年", "月"], ["1", NUMBERS[0], "", ""]
    )
    found = find_header(rows, None, [])
    assert (found.line, found.names[1:]) == (2, ("证书编号", "发证 / 年", "发证 / 月"))
    assert find_header(rows, 1, []).line == 2


def test_a_file_without_names_may_have_a_title():
    rows = rows_of(["名单", "", ""], ["甲", NUMBERS[0], "x"])
    found = find_header(rows, None, [])
    assert (found.line, [line for line, _ in found.above]) == (None, [1])
    assert find_header([], None, []) == Header(None, ())


def test_a_section_and_a_repeated_title_hold_no_record(put):
    rows = [["名单"], ["序号", "姓名", "证书编号"], ["一、高级"], ["1", "甲", NUMBERS[0]], ["名单"]]
    with open_table(put("a.xlsx", xlsx_of(rows))) as table:
        (batch,) = table.batches(number=2)
        assert list(batch.lines) == [4]
        assert [note.kind for note in table.notes] == ["title", "section", "title-repeated"]
        assert (len(table.notes), table.notes.left_out) == (3, 3)
        assert all(note.as_dict("zh")["left_out"] for note in table.notes)


def test_of_many_notes_a_few_are_kept_and_all_counted():
    notes = Notes()
    for line in range(50):
        notes.add(FileNote("total", line))
        notes.once("tab-behind", line)
    assert (len(list(notes)), notes.counts) == (21, {"total": 50, "tab-behind": 1})


def test_a_name_above_its_numbers_is_no_title():
    assert find_header(rows_of(["号", ""], [NUMBERS[0], "x"]), None, []).line == 1
    apart = [(1, ["姓名", "证书编号", ""]), (3, ["", "", "注"])]
    assert find_header(apart, None, []).line == 1


def test_a_binary_workbook_is_known_by_its_parts():
    data = zip_of({"xl/workbook.bin": "x"})
    assert kind_of(Source(io.BytesIO(data), "a.xls", len(data))) == "xlsb"


def test_a_password_is_named(put, monkeypatch):
    def locked(_):
        raise python_calamine.PasswordError

    monkeypatch.setattr(python_calamine, "load_workbook", locked)
    with pytest.raises(UnreadableFile, match="protected by a password"):
        read_rows(DATA / "list.xls")


def test_a_sheet_that_calamine_refuses_is_damaged(monkeypatch):
    class Refusing:
        def get_sheet_by_name(self, _):
            raise python_calamine.CalamineError

    with open_source(DATA / "list.xls") as source:
        book = Workbook(source)
        book._book = Refusing()
        with pytest.raises(UnreadableFile, match="damaged"):
            book.merges("名单")


def test_an_error_in_a_cell_without_a_place_is_no_value(put):
    columns = '<cols><col min="1" max="1" hidden="1"/><col min="2" max="2"/></cols>'
    cells = f'{cell_xml("A1", 5)}<c t="e"><v>#N/A</v></c>'
    path = put("a.xlsx", sheet_xml(f'<row r="1">{cells}</row>', before=columns))
    assert read_rows(path).rows == ((1, [5]),)


def test_a_merged_cell_without_a_value_gives_none(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [["部门", "证书编号"], [None, "鲁181402001200001"], [None, "鲁181402001200002"]]
    path.write_bytes(xlsx_of(rows, merges=["A2:A3"]))
    with open_table(path) as table:
        (batch,) = table.batches(number=1)
        assert [list(row) for row in batch.rows()] == rows[1:]


def test_a_sheet_that_has_no_part_has_no_facts(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx_of([["证书编号"]]))
    with open_source(path) as source:
        assert Parts.of(source).facts("没有") == Facts()
