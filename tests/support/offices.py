"""Files as offices and their systems write them, small and made here: one for each kind.

Numbers are of region prefix 90 and series 601, which no table has.
"""

import io
import zipfile

from openpyxl import Workbook

__all__ = ["DAY_FORMATS", "NUMBERS", "csv_of", "dated_xlsx", "office_table", "sheet_xml", "xlsx_of"]

DAY_FORMATS = [*range(14, 18), 22, *range(27, 37), *range(50, 59)]
"""The built-in number formats of days; of 27–36 and 50–58 each language of Excel has its own."""

NUMBERS = [f"鲁1890001601{n:05}" for n in range(1, 6)]
ROWS = [
    ["序号", "姓名", "证书编号"],
    *([str(n), f"甲{n}", one] for n, one in enumerate(NUMBERS, 1)),
]

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/{kind}" Target="{target}"/>{more}</Relationships>'
)
_STYLES = (
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/styles" Target="styles.xml"/>'
)
_MAIN = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def sheet_xml(rows, *, before="", after="", styles="", book=""):
    """A workbook of one sheet, from the XML of its rows: what no library would write."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", _TYPES)
        relations = _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml", more="")
        parts.writestr("_rels/.rels", relations)
        relations = _RELATIONS.format(
            kind="worksheet", target="worksheets/sheet1.xml", more=_STYLES if styles else ""
        )
        parts.writestr("xl/_rels/workbook.xml.rels", relations)
        sheets = '<sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets>'
        parts.writestr("xl/workbook.xml", f"<workbook {_MAIN}>{book}{sheets}</workbook>")
        if styles:
            parts.writestr("xl/styles.xml", f"<styleSheet {_MAIN}>{styles}</styleSheet>")
        sheet = f"<worksheet {_MAIN}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>"
        parts.writestr("xl/worksheets/sheet1.xml", sheet)
    return made.getvalue()


def cell_xml(place, value, kind="", style="", formula=None):
    """A cell in XML."""
    attributes = f' r="{place}"' + (f' t="{kind}"' if kind else "")
    attributes += f' s="{style}"' if style else ""
    inner = "" if formula is None else f"<f>{formula}</f>"
    inner += "" if value is None else f"<v>{value}</v>"
    return f"<c{attributes}>{inner}</c>"


def xlsx_of(rows, *, merges=(), hidden_columns=(), hidden_rows=(), sheets=()):
    """A workbook by openpyxl; further sheets as (name, rows, state)."""
    book = Workbook()
    sheet = book.active
    sheet.title = "名单"
    for row in rows:
        sheet.append(row)
    for merge in merges:
        sheet.merge_cells(merge)
    for letter in hidden_columns:
        sheet.column_dimensions[letter].hidden = True
    for row in hidden_rows:
        sheet.row_dimensions[row].hidden = True
    for name, more, state in sheets:
        other = book.create_sheet(name)
        other.sheet_state = state
        for row in more:
            other.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def dated_xlsx(rows):
    """A workbook in which a number is the day of that serial number.

    Built-in formats take turns, row by row; a file does not say how they look.
    """
    styles = "".join(f'<xf numFmtId="{at}"/>' for at in (0, *DAY_FORMATS))
    made = ""
    for line, cells in enumerate(rows, 1):
        turn = str(1 + (line - 2) % len(DAY_FORMATS))
        inner = ""
        for letter, cell in zip("ABCDEFGH", cells, strict=False):
            if isinstance(cell, int):
                inner += cell_xml(f"{letter}{line}", cell, style=turn)
            elif cell is not None:
                inner += cell_xml(f"{letter}{line}", cell, "str")
        made += f'<row r="{line}">{inner}</row>'
    plain = "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>"
    return sheet_xml(made, styles=f"{plain}<cellXfs>{styles}</cellXfs>")


def csv_of(rows, *, delimiter=",", encoding="utf-8", newline="\r\n"):
    """Rows as plain delimited text."""
    return "".join(delimiter.join(row) + newline for row in rows).encode(encoding)


def office_table():
    """A list as printed: title, 填报单位, header of two rows, a page break, 合计, 签字."""
    title = ["2018年度职称证书发放名册"]
    unit = ["填报单位：某市人社局", None, None, None, "填报日期：2019.3.1"]
    upper = ["序号", "姓名", "职称证书", None, "备注"]
    lower = [None, None, "证书编号", "发证日期", None]
    people = [[n, f"甲{n}", one, "2019-01-01", None] for n, one in enumerate(NUMBERS, 1)]
    foot = [["合计", None, None, None, "5人"], ["制表人：乙", None, "审核人：丙"]]
    return [title, unit, upper, lower, *people[:3], title, upper, lower, *people[3:], *foot]
