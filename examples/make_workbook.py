"""Make certificates.xlsx: an example of what happens to certificate numbers in a spreadsheet.

All persons, bodies and numbers are made up: region prefix 93 and series code 602 are example codes.
Run it with the extra ``cli``; the same workbook comes out whatever the day.
"""

import re
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

NAMES = ["序号", "姓名", "工作单位", "证书编号", "核准公布日期", "备注"]
PLACES = ["示例市第一中学（虚构）", "示例县人民医院（虚构）", "示例水利设计院有限公司（虚构）"]
SURNAMES = "李张刘陈杨赵黄周吴徐孙胡朱高林何郭马"
NUMBERS = [
    ("鲁189300160200001", ""),
    ("鲁189300160200002", ""),
    ("鲁189300160200003（基层）", "定向评价、定向使用"),
    ("鲁189300160200004(基层)", "半角括号"),
    ("鲁 18 93001 602 00005", "分段书写"),
    ("鲁１８９３００１６０２００００６", "全角数字"),
    (189300160200007, "录入时漏写“鲁”，成为数字"),
    (189300160000000.0, "以科学计数法保存过，末位已丢失"),
    (1893001602000090.0, "多录一位，第16位起已丢失"),
    ("1.893E+14", "由CSV文件打开后另存"),
    ("魯189300160200011", "繁体"),
    ("鲁18930016020012", "少一位"),
    ("鲁18930016020OO13", "字母O"),
    (date(2018, 12, 28), "填错列"),
    ('="鲁"&1893001602&TEXT(A16,"00000")', "公式，文件中没有计算结果"),
    ("#REF!", "公式引用失效"),
    ("", "尚未发证"),
    ("鲁189300160200018", '=HYPERLINK("http://example.invalid","查询")'),
]
FORMULAS = {15}  # the rows whose number is meant as a formula; all other text is text
ERRORS = {16}
STAMP = datetime(2019, 1, 28)  # noqa: DTZ001  # as a workbook holds times


def text(sheet, value):
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell


def make(path):
    book = Workbook(write_only=True)
    book.properties.created = STAMP
    sheet = book.create_sheet("名单")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEF", (6, 10, 34, 28, 14, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append(NAMES)
    for at, (number, remark) in enumerate(NUMBERS, 1):
        shown = number if at in FORMULAS | ERRORS or not isinstance(number, str) else None
        if shown is None:
            shown = text(sheet, number) if number else None
        name = f"{SURNAMES[at - 1]}示例"
        day = date(2018, 12, 28)
        place = PLACES[at % len(PLACES)]
        sheet.append([at, name, place, shown, day, text(sheet, remark) if remark else None])
    notes = book.create_sheet("说明")
    notes.column_dimensions["A"].width = 70
    notes.append(["本表为示例：人员、单位和编号均为虚构，地区前缀93、系列代码602为示例代码。"])
    book.save(path)
    settle(path)


def settle(path):
    """Take the time of the run out of the file."""
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    stamp = STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, parts[core])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as settled:
        for name, data in parts.items():
            settled.writestr(
                zipfile.ZipInfo(name, STAMP.timetuple()[:6]), data, zipfile.ZIP_DEFLATED
            )


if __name__ == "__main__":
    make(sys.argv[1] if sys.argv[1:] else Path(__file__).with_name("certificates.xlsx"))
