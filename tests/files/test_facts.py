"""What is hidden, failed or without a result is known in every kind of workbook."""

import io
import zipfile

import pytest

from sdcert.files import CellError, Uncomputed, UnreadableFile, open_table, parts, read_rows
from sdcert.files.facts import Facts, XmlSheet, records_of
from sdcert.files.parts import Parts
from sdcert.files.sources import Source
from tests.support.offices import NUMBERS, cell_xml, sheet_xml, xlsx_of
from tests.support.workbooks import changed, ods_of, ods_rows, xlsb_of, zip_of

TABLE = [["姓名", "证书编号"], ["甲", NUMBERS[0]], ["乙", "#REF!"], ["丙", NUMBERS[2]]]
COLUMNS = (
    '<table:table-column table:visibility="collapse"/><table:table-column/>'
    '<table:table-column table:number-columns-repeated="16382"/>'
)


def _xlsx():
    rows = [*TABLE[:2], ["乙", None], *TABLE[3:]]
    failed = b'<c r="B3" t="e"><v>#REF!</v></c></row><row r="4"'
    return changed(
        xlsx_of(rows, hidden_rows=[2], hidden_columns=["A"]),
        lambda xml: xml.replace(b'</row><row r="4"', failed),
    )


KINDS = {
    "a.xlsx": _xlsx(),
    "a.xlsb": xlsb_of(list(enumerate(TABLE, 1)), hidden_rows=[2], hidden_columns=[0]),
    "a.ods": ods_of(("别的", ods_rows([["x"]])), ("名单", COLUMNS + ods_rows(TABLE, hidden=[2]))),
}


@pytest.mark.parametrize("name", KINDS)
def test_errors_and_what_is_hidden_are_known(put, name):
    path = put(name, KINDS[name])
    with open_table(path, sheet="名单") as table:
        assert table.hidden_columns == {0}
        (batch,) = table.batches(number=1)
        assert batch.column(1) == [NUMBERS[0], "#REF!", NUMBERS[2]]
        assert isinstance(batch.column(1)[1], CellError)
        assert [(note.kind, note.line) for note in table.notes] == [("hidden-rows", 2)]


def test_an_error_without_a_place_or_a_name_is_one(put):
    cells = f'{cell_xml("A1", 5)}<c t="e"><v>#N/A</v></c><c r="C1" t="e"/>'
    data = sheet_xml(f'<row r="1">{cells}</row>', before='<cols><col min="2" max="2"/></cols>')
    (row,) = read_rows(put("a.xlsx", data)).rows
    assert row == (1, [5, "#N/A", "#N/A"])
    rows = '<table:table-row><table:table-cell calcext:value-type="error" table:formula="of:=x"/>'
    (row,) = read_rows(put("a.ods", ods_of(("a", f"{rows}</table:table-row>")))).rows
    assert row == (1, ["#N/A"])


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<f>A2</f>", Uncomputed("=A2")),
        ("<f>A2</f><v/>", Uncomputed("=A2")),
        ("<f><x>A</x>2</f>", Uncomputed("=A2")),
        ("<f>A2</f><v>7</v>", 7),
    ],
)
def test_a_formula_without_its_result_is_one(put, inner, expected):
    path = put("a.xlsx", sheet_xml(f'<row r="1"><c r="A1">{inner}</c></row>'))
    assert read_rows(path).rows == ((1, [expected]),)


def test_a_formula_whose_text_stands_in_the_cell_has_a_result(put):
    cells = '<c r="A1" t="inlineStr"><f>A2</f><is><t>x</t></is></c><c r="B1"><f>A3</f></c>'
    (row,) = read_rows(put("a.xlsx", sheet_xml(f'<row r="1">{cells}</row>'))).rows
    assert row == (1, ["x", "=A3"])


def test_of_two_formulas_one_may_have_a_result(put):
    cells = '<c r="A1"><f>A2</f></c><c r="B1"><f>A3</f><v>7</v></c>'
    (row,) = read_rows(put("a.xlsx", sheet_xml(f'<row r="1">{cells}</row>'))).rows
    assert row == (1, ["=A2", 7])


def test_a_formula_of_an_open_document_without_its_result_is_one(put):
    cell = '<table:table-cell table:formula="of:=[.A2]"/>'
    data = ods_of(("a", f"<table:table-row>{cell}</table:table-row>"))
    assert read_rows(put("a.ods", data)).rows == ((1, [Uncomputed("=[.A2]")]),)


def test_rows_and_columns_that_repeat_are_bounded(put):
    far = '<table:table-row table:number-rows-repeated="9999999" table:visibility="collapse"/>'
    data = ods_of(("名单", ods_rows(TABLE) + far))
    with open_table(put("a.ods", data)) as table:
        assert list(table.notes) == []
    assert Facts(hidden_rows=[1, 9], rows=4).checked("a").hidden_rows == [1]


def test_a_cell_in_a_row_of_another_number_is_where_it_says():
    read = XmlSheet("a").read(io.BytesIO(b'<s><row r="2"><c r="B7"><v>1</v></c></row></s>'))
    assert (read.rows, read.columns) == (7, 2)


def test_a_place_that_no_sheet_has_is_damage():
    for rows, columns in ((1 << 21, 1), (1, 1 << 15)):
        with pytest.raises(UnreadableFile, match="damaged"):
            Facts(rows=rows, columns=columns).checked("a")


def test_a_record_that_is_cut_off_is_refused():
    with pytest.raises(IndexError):
        list(records_of(b"\x80"))
    assert [(kind, bytes(data)) for kind, data in records_of(b"\x81\x01\x02ab")] == [(129, b"ab")]


def test_a_part_that_would_fill_the_memory_is_not_read(monkeypatch):
    data = zip_of({"xl/workbook.xml": bytes(1 << 20)}, compress=True)
    monkeypatch.setattr(parts, "_LARGE", 1 << 19)
    with pytest.raises(UnreadableFile, match="1,048,576 bytes"):
        Parts(Source(io.BytesIO(data), "a", len(data)))


@pytest.mark.parametrize("data", [xlsx_of([["证书编号"]]), ods_of(("名单", ods_rows([["甲"]])))])
def test_a_sheet_whose_part_is_not_told_is_not_read(data):
    with pytest.raises(UnreadableFile, match="damaged"):
        Parts(Source(io.BytesIO(data), "a", len(data))).facts("没有")


def test_a_book_that_only_calamine_reads_is_refused_before_its_sheets_take_all_memory(tmp_path):
    cell = cell_xml("AEEEEEE3", 1)
    data = sheet_xml(f'<row r="3">{cell}</row>')
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"<workbook", b"<&orkbook", 1)
    (tmp_path / "list.xlsx").write_bytes(zip_of(parts))
    with pytest.raises(UnreadableFile, match="damaged"):
        read_rows(tmp_path / "list.xlsx")
