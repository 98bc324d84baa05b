"""Small files of every kind that an office has, whole and damaged, each built here.

``WHOLE`` holds the same five people in the same order, whatever is round them; ``REFUSED`` what is
no table, or cannot be read, with the kind of the error.
"""

import codecs
import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.offices import NUMBERS, ROWS, cell_xml, csv_of, office_table, sheet_xml, xlsx_of
from tests.support.workbooks import changed, ods_of, ods_rows, xlsb_of, zip_of

__all__ = ["DATA", "REFUSED", "WHOLE"]

DATA = Path(__file__).parents[1] / "data" / "files"
_SHEET = "xl/worksheets/sheet1.xml"
_TEXT = "".join(",".join(row) + "\n" for row in ROWS)
_XLSX = xlsx_of(ROWS)
_XLS = (DATA / "list.xls").read_bytes()
_XLSB = xlsb_of(list(enumerate(ROWS, 1)))
_ODS = ods_of(("名单", ods_rows([[*row, None] for row in ROWS])))
_OFFICE = [["" if cell is None else str(cell) for cell in row] for row in office_table()]
_OFFICE = [row + [""] * (5 - len(row)) for row in _OFFICE]
_STYLE = "<cellXfs><xf numFmtId='0'/></cellXfs>"


def _inline(rows, places=True):
    """The XML of rows whose texts stand in their cells."""
    made = []
    for line, row in enumerate(rows, 1):
        made.append(f'<row r="{line}">' if places else "<row>")
        for at, cell in enumerate(row):
            place = f' r="{chr(65 + at)}{line}"' if places else ""
            made.append(f'<c{place} t="inlineStr"><is><t>{cell}</t></is></c>')
        made.append("</row>")
    return "".join(made)


def _renamed(data, old, new):
    """A workbook a part of which is called otherwise, also where it is referred to."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    return zip_of(
        {
            name.replace(old, new): text.replace(old.encode(), new.encode())
            if name.endswith((".rels", "Types].xml"))
            else text
            for name, text in texts.items()
        }
    )


def _prefixed(xml):
    return re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", xml).replace(b"xmlns=", b"xmlns:x=", 1)


def _strict(xml):
    return xml.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )


def _parquet():
    made = io.BytesIO()
    columns = [pa.array(column) for column in zip(*ROWS[1:], strict=True)]
    pq.write_table(pa.table(columns, ROWS[0]), made)
    return made.getvalue()


def _lines(**options):
    people = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
    return "".join(json.dumps(one, **options) + "\n" for one in people).encode()


def _rows(*more, above=()):
    return csv_of([*above, *ROWS, *more])


WHOLE = {
    # encodings
    "utf8.csv": csv_of(ROWS),
    "bom.csv": csv_of(ROWS, encoding="utf-8-sig"),
    "gb18030.csv": csv_of(ROWS, encoding="gb18030"),
    "gb18030-bom.csv": "\ufeff".encode("gb18030") + csv_of(ROWS, encoding="gb18030"),
    "prefix-alone.csv": csv_of(
        [["id", "", "number"], *([n, "", one] for n, _, one in ROWS[1:])], encoding="gb18030"
    ),
    "unicode-text.txt": csv_of(ROWS, delimiter="\t", encoding="utf-16"),
    "utf16-be.txt": codecs.BOM_UTF16_BE + csv_of(ROWS, delimiter="\t", encoding="utf-16-be"),
    "rare-character.csv": csv_of(
        [*ROWS[:2], ["2", "㐂𠮷", NUMBERS[1]], *ROWS[3:]], encoding="gb18030"
    ),
    # what separates cells and lines
    "semicolon.csv": csv_of(ROWS, delimiter=";"),
    "tab.tsv": csv_of(ROWS, delimiter="\t"),
    "bar.txt": csv_of(ROWS, delimiter="|"),
    "old-mac.csv": csv_of(ROWS, newline="\r"),
    "no-last-newline.csv": csv_of(ROWS).rstrip(),
    "UPPER.CSV": csv_of(ROWS),
    "quoted.csv": csv_of([[f'"{cell}"' for cell in row] for row in ROWS]),
    "comma-in-cell.csv": csv_of([*ROWS[:2], ["2", '"乙,丙\n丁"', NUMBERS[1]], *ROWS[3:]]),
    "blank-lines.csv": _TEXT.replace("\n", "\n\n").encode(),
    "commas-behind.csv": csv_of([[*row, "", "", ""] for row in ROWS]),
    # what systems put round cells
    "text-formula.csv": csv_of([[f'="{cell}"' for cell in row] for row in ROWS]),
    "text-formula-quoted.csv": csv_of([[f'"=""{cell}"""' for cell in row] for row in ROWS]),
    "tab-behind.csv": csv_of([[cell + "\t" for cell in row] for row in ROWS]),
    "formula-within.csv": csv_of([*ROWS[:2], ["2", 'x="y', NUMBERS[1]], *ROWS[3:]]),
    "sep.csv": b"sep=;\r\n" + csv_of(ROWS, delimiter=";"),
    "sep-tab.csv": b"sep=\t\r\n" + csv_of(ROWS, delimiter="\t"),
    "sep-bom.csv": codecs.BOM_UTF8 + b"sep=,\r\n" + csv_of(ROWS),
    "ctrl-z.csv": csv_of(ROWS) + b"\x1a",
    "ctrl-z-line.csv": csv_of(ROWS) + b"\x1a\x1a\r\n\r\n\x1a\r\n",
    # how tables are laid out
    "title.csv": _rows(above=[["2018年度名单", "", ""]]),
    "unit.csv": _rows(above=[["2018年度名单", "", ""], ["填报单位：某局", "", "2019年3月1日"]]),
    "total.csv": _rows(["合计", "5人", ""], ["制表人：乙", "", "审核人：丙"]),
    "repeated-header.csv": csv_of([*ROWS[:3], ROWS[0], *ROWS[3:]]),
    "office.csv": csv_of(_OFFICE),
    "office.xlsx": xlsx_of(office_table()),
    "office-merged.xlsx": xlsx_of(
        office_table(), merges=["A1:E1", "A3:A4", "B3:B4", "C3:D3", "E3:E4"]
    ),
    "merged-rows.xlsx": xlsx_of([*ROWS[:2], ["2", "甲1", NUMBERS[1]], *ROWS[3:]], merges=["B2:B3"]),
    "notes-sheet.xlsx": xlsx_of(ROWS, sheets=[("说明", [["填表说明"], ["请勿改动"]], "visible")]),
    "hidden-sheet.xlsx": xlsx_of(
        ROWS, sheets=[("旧", ROWS, "hidden"), ("旧旧", ROWS, "veryHidden")]
    ),
    "hidden.xlsx": xlsx_of(ROWS, hidden_rows=[3], hidden_columns=["B"]),
    # workbooks of every kind, and as other programs write them
    "plain.xlsx": _XLSX,
    "macros.xlsm": _XLSX,
    "old.xls": _XLS,
    "wps.et": _XLS,
    "binary.xlsb": _XLSB,
    "open.ods": _ODS,
    "hidden.xlsb": xlsb_of(list(enumerate(ROWS, 1)), hidden_rows=[3], hidden_columns=[1]),
    "hidden.ods": ods_of(("名单", ods_rows(ROWS, hidden=[3]))),
    "inline.xlsx": sheet_xml(_inline(ROWS)),
    "no-places.xlsx": sheet_xml(_inline(ROWS, places=False)),
    "dimension.xlsx": sheet_xml(_inline(ROWS), before='<dimension ref="A1:A1"/>'),
    "empty-fill.xlsx": sheet_xml(_inline(ROWS), styles=f"<fills><fill/></fills>{_STYLE}"),
    "style-beyond.xlsx": changed(_XLSX, lambda xml: xml.replace(b'<c r="C3"', b'<c r="C3" s="99"')),
    "style-empty.xlsx": changed(_XLSX, lambda xml: xml.replace(b'<c r="C3"', b'<c r="C3" s=""')),
    "core-date.xlsx": changed(_XLSX, lambda _: b"<x>not a day</x>", "docProps/core.xml"),
    "no-properties.xlsx": changed(_XLSX, lambda _: b"<", "docProps/app.xml"),
    "shared-strings-case.xlsx": _renamed(_XLSX, "sharedStrings", "SharedStrings"),
    "prefixed.xlsx": changed(_XLSX, _prefixed),
    "strict.xlsx": changed(changed(_XLSX, _strict), _strict, "xl/workbook.xml"),
    "1904.xlsx": sheet_xml(_inline(ROWS), book='<workbookPr date1904="1"/>'),
    "protected.xlsx": sheet_xml(_inline(ROWS), after='<sheetProtection sheet="1"/>'),
    "filter.xlsx": sheet_xml(_inline(ROWS), after='<autoFilter ref="A1:C6"/>'),
    "formatted-far.xlsx": sheet_xml(
        _inline(ROWS) + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    ),
    # named wrongly
    "xls-as.xlsx": _XLS,
    "xlsx-as.csv": _XLSX,
    "xlsx-as.xls": _XLSX,
    "tab-text.xls": csv_of(ROWS, delimiter="\t", encoding="gb18030"),
    "parquet-as.csv": _parquet(),
    # JSON Lines and Parquet
    "lines.jsonl": _lines(),
    "lines-as.txt": _lines(ensure_ascii=False),
    "lines-gb18030.jsonl": _lines(ensure_ascii=False).decode().encode("gb18030"),
    "lines-bom.ndjson": codecs.BOM_UTF8 + _lines(),
    "blank.jsonl": _lines().replace(b"\n", b"\r\n\r\n"),
    "table.parquet": _parquet(),
}

_HTML = "<table><tr><td>证书编号</td></tr><tr><td>鲁189000160100001</td></tr></table>"
_FAR = [(1, ["证书编号"]), (1_048_576, [None] * 16_383 + ["x"])]
_ALIKE = (
    '<table:table-row table:number-rows-repeated="{}"><table:table-cell office:value-type="string" '
    'table:number-columns-repeated="{}"/></table:table-row>'
)
_LOCKED = _XLS.replace(
    "Workbook".encode("utf-16-le") + b"\0" * 48 + b"\x12\0",
    "EncryptedPackage".encode("utf-16-le") + b"\0" * 32 + b"\x22\0",
)

REFUSED = {
    "empty.csv": (b"", "empty"),
    "empty.xlsx": (b"", "empty"),
    "blank.csv": (b"\n , \n\n", "blank"),
    "blank.xlsx": (xlsx_of([]), "blank"),
    "html.xls": (f"<html><body>{_HTML}</body></html>".encode(), "foreign-html"),
    "html-gbk.xls": (f"\r\n{_HTML}".encode("gb18030"), "foreign-html"),
    "html-office.xls": (b'<html xmlns:x="urn:schemas-microsoft-com:office:excel">', "foreign-html"),
    "html-utf16.xls": (codecs.BOM_UTF16_LE + _HTML.encode("utf-16-le"), "foreign-html"),
    "page.mht.xls": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "foreign-html"),
    "xml2003.xls": (
        b'\xef\xbb\xbf<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
        b'xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "foreign-xml",
    ),
    "flat.fods": (b'<?xml version="1.0"?><office:document/>', "foreign-xml"),
    "document.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "foreign-pdf"),
    "pdf-as.csv": (b"%PDF-1.4", "foreign-pdf"),
    "notice.rtf": (b"{\\rtf1\\ansi", "foreign-rtf"),
    "notice.docx": (zip_of({"word/document.xml": "<w/>"}), "foreign-document"),
    "list.csv.gz": (gzip.compress(csv_of(ROWS)), "foreign-compressed"),
    "list.tar": (bytes(257) + b"ustar\x0000" + bytes(250), "foreign-compressed"),
    "list.7z": (b"7z\xbc\xaf\x27\x1c\0\4", "foreign-compressed"),
    "list.rar": (b"Rar!\x1a\x07\x01\0", "foreign-compressed"),
    "list.zip": (zip_of({"list.csv": _TEXT}), "foreign-zip"),
    "empty.zip": (zip_of({}), "foreign-zip"),
    "array.json": (json.dumps([{"证书编号": NUMBERS[0]}]).encode(), "foreign-json"),
    "object.json": (json.dumps({"rows": NUMBERS}, indent=2).encode(), "foreign-json"),
    "numbers.json": (b"[1, 2, 3]", "foreign-json"),
    "table.feather": (b"ARROW1\0\0", "foreign-arrow"),
    "office.mdb": (b"\x00\x01\x00\x00Standard Jet DB\x00", "foreign-database"),
    "scan.jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "foreign-picture"),
    "scan.xlsx": (b"\x89PNG\r\n\x1a\n", "foreign-picture"),
    "utf32.csv": (codecs.BOM_UTF32_LE + "编号\n".encode("utf-32-le"), "utf-32"),
    "utf16-without-mark.csv": (csv_of(ROWS, encoding="utf-16-le"), "binary"),
    "zeros.csv": (bytes(5_000), "binary"),
    "zeros.xlsx": (bytes(5_000), "damaged"),
    "mixed.csv": (csv_of(ROWS) + csv_of(ROWS[1:], encoding="gb18030"), "undecodable-any"),
    "latin.csv": (b"name,number\n\xe9,\xff\n", "undecodable-any"),
    "open-quote.csv": (csv_of(ROWS) + b'"6,x', "quotes"),
    "endless.csv": (b'a,b\n"' + b"x\n" * 1_100, "record-too-many-lines"),
    "password.xlsx": (_LOCKED, "password"),
    "truncated.xlsx": (_XLSX[: len(_XLSX) // 2], "damaged"),
    "truncated.xlsb": (_XLSB[:-40], "damaged"),
    "truncated.ods": (_ODS[: len(_ODS) // 2], "damaged"),
    "truncated.xls": (_XLS[:3_000], "damaged"),
    "cut-table.ods": (
        changed(_ODS, lambda xml: xml[: xml.index(b"</table:table>")], "content.xml"),
        "damaged",
    ),
    "alike.ods": (
        ods_of(
            ("名单", ods_rows(ROWS[:1]) + _ALIKE.format(2_000, 2_000) + _ALIKE.format(900, 999))
        ),
        "damaged",
    ),
    "cut-sheet.xlsx": (changed(_XLSX, lambda xml: xml[:-20]), "damaged"),
    "rows-order.xlsx": (
        changed(_XLSX, lambda xml: xml.replace(b'<row r="4"', b'<row r="2"')),
        "rows-order",
    ),
    "row-of-nowhere.xlsx": (
        changed(_XLSX, lambda xml: xml.replace(b'<row r="4"', b'<row r="x"')),
        "damaged",
    ),
    "no-sheet.xlsx": (zip_of({"xl/nothing.xml": "<x/>"}), "damaged"),
    "workbook.xlsx": (changed(_XLSX, lambda _: b"<", "xl/workbook.xml"), "damaged"),
    "entities.xlsx": (
        changed(
            sheet_xml(f'<row r="1">{cell_xml("A1", "&amp;a;")}</row>'),
            lambda xml: b'<!DOCTYPE x [<!ENTITY a "1">]>' + xml.replace(b"&amp;a;", b"&a;"),
        ),
        "damaged",
    ),
    "word.doc": (
        _XLS.replace("Workbook".encode("utf-16-le"), "WordDocu".encode("utf-16-le")),
        "damaged",
    ),
    "ole-head.xls": (_XLS[:512], "damaged"),
    "far.xlsx": (
        sheet_xml(
            f'<row r="1">{cell_xml("A1", 1)}</row>'
            f'<row r="1048576">{cell_xml("XFD1048576", 1)}</row>'
        ),
        "sparse",
    ),
    "far.xlsb": (xlsb_of(_FAR), "sparse"),
    "broken.parquet": (b"PAR1" + b"x" * 40 + b"PAR1", "damaged-parquet"),
    "text.parquet": (csv_of(ROWS), "damaged-parquet"),
    "truncated.parquet": (_parquet()[:-9], "damaged-parquet"),
    "name.parquet": (
        _parquet().replace("姓名".encode(), "姓名".encode("utf-16")),
        "damaged-parquet",
    ),
    "no-page.parquet": (
        _parquet().replace(b"\x15\x00\x15", b"\x15\x02\x15", 1),  # the first column has no page
        "damaged-parquet",
    ),
    "broken.jsonl": (b'{"a": 1}\n{"a": \n', "json-broken"),
    "no-object.jsonl": (b'{"a": 1}\n[1]\n', "json-no-object"),
    "twice.jsonl": (b'{"a": 1, "a": 2}\n', "json-key-twice"),
    "nan.jsonl": (b'{"a": NaN}\n', "json-constant"),
    "deep.jsonl": (b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}\n", "json-too-much"),
    "digits.jsonl": (b'{"a": ' + b"9" * 5_000 + b"}\n", "json-too-much"),
    "utf16.jsonl": (_lines().decode().encode("utf-16"), "json-undecodable"),
    "latin.jsonl": ('{"a": "单位"}\n'.encode() + b'{"a": "\xff"}', "json-undecodable"),
    "readme.md": (b"# Title\n\nSome words, and more.\n\n- one\n- two; three\n", "column-unclear"),
    "program.py": (b"import sys\n\nprint(sys.argv, 1, 2)\n", "column-unclear"),
    "two-columns.csv": (f"旧编号,新编号\n{NUMBERS[0]},{NUMBERS[1]}\n".encode(), "column-several"),
    "two-sheets.xlsx": (xlsx_of(ROWS, sheets=[("中级", ROWS, "visible")]), "sheet-several"),
}
