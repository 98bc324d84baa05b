"""Workbooks of every kind: what ``open_table`` and ``read_rows`` make of any bytes.

Each sheet is read to the same rows by both, or refused by an UnreadableFile; a sheet that
``read_sheets`` names as filled has a row.

Blocks are the parts of an archive, which is put together here, so that a changed part is read
rather than refused for its checksum; what is no blocks is a file as it is.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sdcert.files import UnreadableFile, read_rows, read_sheets
from tests.fuzz import blocks_of, file_of, joined
from tests.fuzz.reading import records_of
from tests.fuzz.worded import worded
from tests.support.corpus import DATA
from tests.support.offices import cell_xml, sheet_xml
from tests.support.workbooks import ods_of, ods_rows, xlsb_of, zip_of

__all__ = ["WORDS", "invariant", "seeds"]

WORDS = [
    '<row r="2">',
    "<row>",
    "</row>",
    '<c r="B2" t="',
    'inlineStr"><is><t>',
    "<v>1</v>",
    "</c>",
]
WORDS += ["<f>A1</f>", ' t="e"', ' t="b"', ' t="d"', ' t="str"', ' t="s"', "#REF!", ' hidden="1"']
WORDS += [
    '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>',
    '<cols><col min="1" max="2"',
    ' s="1"',
]
WORDS += ['table:number-rows-repeated="', 'table:number-columns-repeated="', '"16384"', "1048576"]
WORDS += ['table:visibility="collapse"', 'table:formula="of:=1/0"', 'office:value-type="float"']
WORDS += [
    'office:value="1"',
    'calcext:value-type="error"',
    "<table:table-cell/>",
    "<table:table-row>",
]
WORDS += ['numFmtId="14"', 'date1904="1"', 'state="hidden"', "XFD", "=== xl/styles.xml ==="]


def _blocks(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return joined({name: parts.read(name) for name in parts.namelist()})


def seeds() -> Iterator[bytes]:
    names = cell_xml("A1", "姓名", "str") + cell_xml("B1", "证书编号", "str")
    person = cell_xml("A2", "甲", "str") + cell_xml("B2", "鲁189000160100001", "str")
    odd = cell_xml("A3", "#N/A", "e") + cell_xml("B3", None, formula="A1") + cell_xml("C3", 43492)
    rows = f'<row r="1">{names}</row><row r="2">{person}</row><row r="3" hidden="1">{odd}</row>'
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    looks = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    yield _blocks(sheet_xml(rows, after=merged))
    columns = '<cols><col min="3" max="3" hidden="1"/></cols>'
    yield _blocks(sheet_xml(rows, before=columns, styles=looks, book='<workbookPr date1904="1"/>'))
    table = [["姓名", "证书编号"], ["甲", "鲁189000160100001"], [None, "#REF!"]]
    yield _blocks(ods_of(("名单", ods_rows(table, hidden=[2]))))
    yield _blocks(xlsb_of(list(enumerate(table[:2], 1)), hidden_columns=[0], formats=[14]))
    yield (DATA / "list.xls").read_bytes()


def invariant(data: bytes) -> None:
    parts = blocks_of(data)
    with file_of("list.xlsx", zip_of(parts) if parts else data) as path:
        try:
            sheets = read_sheets(path)
        except UnreadableFile as error:
            worded(error)
            sheets = ()
        for sheet in sheets[:3]:
            _read(path, sheet.name)
        records_of(path)


def _read(path: Path, name: str) -> None:
    try:
        found = read_rows(path, sheet=name)
    except UnreadableFile as error:
        worded(error)
        return
    assert any(cells for _, cells in found.rows)
    assert [line for line, _ in found.rows] == list(range(1, len(found.rows) + 1))
    if (read := records_of(path, sheet=name)) is None or read[0].sheet != found.sheet:
        return
    rows = dict(found.rows)
    for line, cells in read[1]:
        there = rows[line]
        assert repr(cells[: len(there)]) == repr(there)
        assert not any(cell is not None for cell in cells[len(there) :])
