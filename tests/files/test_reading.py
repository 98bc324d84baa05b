"""Every kind of file that an office has is read to the same rows, or named for what it is."""

import io
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sdcert.files import (
    CellError,
    Uncomputed,
    UnreadableFile,
    open_table,
    read_rows,
    read_sheets,
)
from sdcert.files.cells import text_of
from tests.support.offices import (
    NUMBERS,
    ROWS,
    cell_xml,
    csv_of,
    office_table,
    sheet_xml,
    xlsx_of,
)

PEOPLE = [(line, row) for line, row in enumerate(ROWS[1:], 2)]


def read(path, **options):
    """Columns, records with their lines, and notes by kind and line."""
    with open_table(path, **options) as table:
        number = table.guessed().index
        found = [
            (line, list(cells))
            for batch in table.batches(number=number)
            for line, cells in zip(batch.lines, batch.rows(), strict=True)
        ]
        assert all(note.message("en") != note.message("zh") for note in table.notes)
        return table.columns, found, [(note.kind, note.line) for note in table.notes]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimited_text_is_read_in_every_encoding(put, encoding, delimiter, newline):
    data = csv_of(ROWS, delimiter=delimiter, encoding=encoding, newline=newline)
    columns, found, notes = read(put("名单.CSV", data))
    assert columns == ("序号", "姓名", "证书编号")
    assert found == PEOPLE
    assert notes == []


CSV_KINDS = {
    "sep": (b"sep=;\r\n" + csv_of(ROWS, delimiter=";"), ("separator-line", 1)),
    "tab behind": (csv_of([[cell + "\t" for cell in row] for row in ROWS]), ("tab-behind", 1)),
    "text formula": (csv_of([[f'="{cell}"' for cell in row] for row in ROWS]), ("text-formula", 1)),
    "quoted text formula": (
        csv_of([[f'"=""{cell}"""' for cell in row] for row in ROWS]),
        ("text-formula", 1),
    ),
    "ctrl-z": (csv_of(ROWS) + b"\x1a", ("ctrl-z", None)),
    "ctrl-z in the last line": (csv_of(ROWS).rstrip() + b"\x1a", ("ctrl-z", None)),
    "title": ("2018年度名单,,\r\n".encode() + csv_of(ROWS), ("title", 1)),
}


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_what_systems_put_round_cells_is_understood(put, kind):
    data, note = CSV_KINDS[kind]
    _, found, notes = read(put("a.csv", data))
    assert [cells for _, cells in found] == ROWS[1:]
    assert notes == [note]


def test_a_gb18030_file_whose_only_chinese_is_the_prefix_is_no_utf_8(put):
    data = csv_of([["id", "number"], ["1", NUMBERS[0]]], encoding="gb18030")
    assert data.decode("utf-8").count("³") == 1
    assert read(put("a.csv", data))[1] == [(2, ["1", NUMBERS[0]])]


def padded(rows):
    return [
        ["" if cell is None else str(cell) for cell in row] + [""] * (5 - len(row)) for row in rows
    ]


MERGES = ["A1:E1", "A3:A4", "B3:B4", "C3:D3", "E3:E4", "A8:E8", "A9:A10", "B9:B10", "C9:D9"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", csv_of(padded(office_table()))),
        ("plain.xlsx", xlsx_of(office_table())),
        ("merged.xlsx", xlsx_of(office_table(), merges=MERGES)),
    ],
)
def test_an_office_table_is_read_without_its_furniture(put, name, data):
    columns, found, notes = read(put(name, data))
    assert columns[:4] == ("序号", "姓名", "职称证书 / 证书编号", "职称证书 / 发证日期")
    assert [(line, cells[2]) for line, cells in found] == list(
        zip([5, 6, 7, 11, 12], NUMBERS, strict=True)
    )
    assert notes == [
        ("title", 1),
        ("title", 2),
        ("header-rows", 3),
        ("title-repeated", 8),
        ("header-repeated", 9),
        ("header-repeated", 10),
        ("total", 13),
        ("signature", 14),
    ]


def test_a_merged_cell_counts_for_every_row_and_is_told(put):
    rows = [["单位", "证书编号"], ["某局", NUMBERS[0]], [None, NUMBERS[1]], ["他局", NUMBERS[2]]]
    _, found, notes = read(put("a.xlsx", xlsx_of(rows, merges=["A2:A3"])))
    assert [cells[0] for _, cells in found] == ["某局", "某局", "他局"]
    assert notes == [("merged", 2)]


def test_days_errors_and_formulas_are_what_the_sheet_shows(put):
    styles = (
        "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellXfs>"
        '<xf numFmtId="0"/><xf numFmtId="31"/><xf numFmtId="57"/><xf numFmtId="14"/></cellXfs>'
    )
    cells = [
        cell_xml("A1", "43462", style="1"),
        cell_xml("B1", "43462", style="2"),
        cell_xml("C1", "181402001200005", style="3"),
        cell_xml("D1", "#REF!", "e"),
        cell_xml("E1", "#GETTING_DATA", "e"),
        cell_xml("F1", None, formula="A1&amp;B1"),
        cell_xml("G1", "x", "str", formula="A1"),
        cell_xml("H1", "2019-03-01T00:00:00", "d", style="99"),
    ]
    path = put("a.xlsx", sheet_xml(f'<row r="1">{"".join(cells)}</row>', styles=styles))
    ((line, found),) = read_rows(path).rows
    day = date(2018, 12, 28)
    assert (line, found[:3]) == (1, [day, day, 181402001200005])
    assert found[3:6] == ["#REF!", "#GETTING_DATA", "=A1&B1"]
    assert [type(cell) for cell in found[3:7]] == [CellError, CellError, Uncomputed, str]
    assert text_of(found[7]) == "2019-03-01"


def test_hidden_columns_are_known_and_hidden_rows_read(put):
    path = put("a.xlsx", xlsx_of(ROWS, hidden_columns=["B"], hidden_rows=[3]))
    with open_table(path) as table:
        assert table.hidden_columns == {1}
    assert read(path)[1:] == ([(2, ROWS[1]), *PEOPLE[1:]], [("hidden-rows", 3)])


def test_the_visible_sheet_with_rows_is_read(put):
    path = put("a.xlsx", xlsx_of(ROWS, sheets=[("旧", ROWS, "hidden"), ("空", [], "visible")]))
    assert read(path)[1] == PEOPLE
    assert read_rows(path).sheet == "名单"
    assert [(one.name, one.hidden) for one in read_sheets(path)] == [("名单", False), ("旧", True)]


def test_of_several_sheets_one_is_named(put):
    path = put("a.xlsx", xlsx_of(ROWS, sheets=[("中级", ROWS[:3], "visible")]))
    for reader in (read, read_rows):
        with pytest.raises(UnreadableFile, match="1 “名单”, 2 “中级”") as caught:
            reader(path)
        assert caught.value.option == "sheet"
    assert read(path, sheet="中级")[1] == read(path, sheet="2")[1] == PEOPLE[:2]


FOREIGN = {
    "empty": b"",
    "blank": b"\n , \n",
    "foreign-html": b"<html><table><tr><td>1</td></tr></table></html>",
    "foreign-xml": b'<?xml version="1.0"?><W x="urn:schemas-microsoft-com:office:spreadsheet"/>',
    "foreign-pdf": b"%PDF-1.4",
    "foreign-json": '[{"证书编号": "鲁"}]'.encode(),
    "foreign-compressed": b"\x1f\x8b\x08",
    "damaged": b"PK\x03\x04junk",
    "binary": bytes(range(32)) + b"\0" * 100,
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("ending", [".csv", ".xls", ".txt"])
def test_what_is_no_table_is_named_for_what_it_is(put, kind, ending):
    expected = "damaged" if (kind, ending) == ("binary", ".xls") else kind
    with pytest.raises(UnreadableFile) as caught:
        read(put(f"a{ending}", FOREIGN[kind]))
    assert caught.value.kind == expected
    for lang in ("en", "zh"):
        assert f"a{ending}" in caught.value.message(lang)


def test_cells_that_lie_far_apart_are_refused_before_memory_is_taken(put):
    rows = f'<row r="1">{cell_xml("A1", 1)}</row><row r="1048576">{cell_xml("XFD1048576", 1)}</row>'
    with pytest.raises(UnreadableFile, match="spread over 1,048,576 rows and 16,384 columns"):
        read(put("a.xlsx", sheet_xml(rows)))


def test_a_parquet_file_without_columns_has_no_rows_whatever_it_says(put):
    made = io.BytesIO()
    pq.write_table(pa.table([], []), made, store_schema=False)
    file_rows, part_rows = b"\x00\x16\x00\x19", b"\x16\x00\x16\x00\x26"
    assert file_rows in made.getvalue()
    path = put("a.parquet", made.getvalue().replace(file_rows, b"\x00\x16\x02\x19"))
    with pytest.raises(UnreadableFile, match="damaged"), open_table(path):
        pass
    # the number of rows in a part, which Arrow would take at its word: it ended the process
    negative = made.getvalue().replace(part_rows, b"\x16\x00\x16\x01\x26")
    with open_table(put("b.parquet", negative)) as table:
        assert list(table.batches()) == []
