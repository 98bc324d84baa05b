"""Workbooks of the formats that no library writes, small and made here: .xlsb and .ods."""

import io
import struct
import zipfile

__all__ = ["changed", "ods_of", "ods_rows", "xlsb_of", "zip_of"]

_NAMESPACE = "http://schemas.openxmlformats.org/"
_KINDS = f"{_NAMESPACE}officeDocument/2006/relationships"
_DOCUMENT = (
    "<office:document-content {}><office:body><office:spreadsheet>{}</office:spreadsheet>"
    "</office:body></office:document-content>"
)
_PREFIXES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "table", "text")
) + (' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"')
_ERRORS = {"#DIV/0!": 7, "#REF!": 23, "#N/A": 42}


def zip_of(parts, *, compress=False):
    """An archive."""
    made = io.BytesIO()
    way = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(made, "w", way) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def changed(data, change, part="xl/worksheets/sheet1.xml"):
    """A workbook of which a part is changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    return zip_of(texts | {part: change(texts[part])})


def ods_of(*tables):
    """A workbook of OpenDocument from the XML of its sheets, each with its name."""
    sheets = "".join(f'<table:table table:name="{name}">{x}</table:table>' for name, x in tables)
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
    )
    return zip_of(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": _DOCUMENT.format(_PREFIXES, sheets),
        }
    )


def ods_rows(rows, hidden=()):
    """The XML of rows; a text that begins with # is an error."""
    made = []
    for at, row in enumerate(rows, 1):
        visibility = ' table:visibility="collapse"' if at in hidden else ""
        made.append(
            f"<table:table-row{visibility}>{''.join(map(_ods_cell, row))}</table:table-row>"
        )
    return "".join(made)


def _ods_cell(value):
    if value is None:
        return "<table:table-cell/>"
    error = 'office:string-value="" calcext:value-type="error" table:formula="of:=1/0"'
    of = f'office:value-type="string" {error if value.startswith("#") else ""}'
    return f"<table:table-cell {of}><text:p>{value}</text:p></table:table-cell>"


def _record(kind, data=b""):
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    size, more = len(data), b""
    while True:
        size, low = size >> 7, size & 127
        more += bytes([low | (128 if size else 0)])
        if not size:
            return head + more + data


def _text(text):
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def _cell(at, value, texts, style):
    place = struct.pack("<II", at, style)
    if value in _ERRORS:
        return _record(3, place + bytes([_ERRORS[value]]))
    if isinstance(value, str):
        return _record(7, place + struct.pack("<I", texts.setdefault(value, len(texts))))
    return _record(5, place + struct.pack("<d", value))


def xlsb_of(rows, *, hidden_rows=(), hidden_columns=(), name="名单", formats=()):
    """A binary workbook of one sheet; rows by their number from 1.

    Of number formats the first is that of the first row, and so on.
    """
    texts: dict[str, int] = {}
    columns = b"".join(
        _record(60, struct.pack("<IIIIH", at, at, 2560, 0, 1)) for at in hidden_columns
    )
    data = b""
    for at, row in rows:
        flags = 0x1000 if at in hidden_rows else 0
        data += _record(0, struct.pack("<IIHHBI", at - 1, 0, 300, flags, 0, 0))
        style = at if formats else 0
        data += b"".join(_cell(*one, texts, style) for one in enumerate(row) if one[1] is not None)
    size = struct.pack("<IIII", 0, max(at for at, _ in rows) - 1, 0, 9)
    sheet = _record(129) + _record(148, size) + _record(390) + columns + _record(391)
    sheet += _record(145) + data + _record(146) + _record(130)
    strings = _record(159, struct.pack("<II", len(texts), len(texts)))
    strings += b"".join(_record(19, b"\0" + _text(text)) for text in texts) + _record(160)
    one = _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text(name))
    book = _record(131) + _record(143) + one + _record(144) + _record(132)

    def relations(*targets):
        inner = "".join(
            f'<Relationship Id="rId{at}" Type="{_KINDS}/{kind}" Target="{target}"/>'
            for at, (kind, target) in enumerate(targets, 1)
        )
        where = f"{_NAMESPACE}package/2006/relationships"
        return f'<Relationships xmlns="{where}">{inner}</Relationships>'

    looks = b"".join(
        _record(47, struct.pack("<HHHHHBBHH", 0, at, *[0] * 7)) for at in (0, *formats)
    )
    looks = _record(617, struct.pack("<I", 1 + len(formats))) + looks + _record(618)
    return zip_of(
        {
            "[Content_Types].xml": f'<Types xmlns="{_NAMESPACE}package/2006/content-types"/>',
            "_rels/.rels": relations(("officeDocument", "xl/workbook.bin")),
            "xl/_rels/workbook.bin.rels": relations(
                ("worksheet", "worksheets/sheet1.bin"),
                ("sharedStrings", "sharedStrings.bin"),
                ("styles", "styles.bin"),
            ),
            "xl/workbook.bin": book,
            "xl/worksheets/sheet1.bin": sheet,
            "xl/sharedStrings.bin": strings,
            "xl/styles.bin": _record(278) + looks + _record(279),
        }
    )
