"""Files of code tables: a folder of TOML and rows, or JSON.

``CodeBook.load`` gives a book or raises InvalidTable, whose messages are printable and bounded. A
book is the same after JSON, after a folder and after a pickle, and finds each of its own entries.

Blocks are the files of a folder, of which a workbook is written as the XML of its rows; what is no
blocks is a JSON file.
"""

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sdcert import CodeBook, InvalidTable
from sdcert.testing.examples import example_editions
from tests.fuzz import blocks_of, joined
from tests.fuzz.worded import worded
from tests.support.offices import cell_xml, sheet_xml

__all__ = ["WORDS", "invariant", "seeds"]

WORDS = ["format = 1\n", "[source]\n", "document = ", "content = ", "domain = ", "publisher = "]
WORDS += ["valid_from = ", "published_on = ", "rows = ", "sheet = ", "encoding = ", "count = "]
WORDS += ["city:91", "province", "series", "code", "name", "authority", "valid_through"]
WORDS += ["successors", "level", "grade", "county", "代码", "名称", "2021-01-01", "21.1.1", "91101"]
WORDS += [
    '"entries":',
    '"editions":',
    '"kind":',
    "city-hrss",
    "正高级",
    "complete",
    "=== a.csv ===",
]
WORDS += [
    '<c r="A1" t="inlineStr"><is><t>',
    "<v>44197</v>",
    "<f>A1</f>",
    '<row r="3">',
    "gb18030",
    "2019/1/27",
]

HEAD = """format = 1
id = "a"
domain = "{}"
publisher = "某局"
content = "{}"
{}
[source]
document = "某文"
"""
REGIONS = "代码,名称,单位性质,启用日期,停用日期,后继\n"
REGIONS += (
    "91020,某市人社局,city-hrss,2019-01-27,2020/12/31,91021 91022\n91021,甲局,city-other,,,\n"
)
SERIES = (
    "code,series,level,grade,valid_from\n601,某系列,正高级,senior,2019年1月27日\n602,乙,初级,,\n"
)


def _rows(*rows: list[str]) -> bytes:
    made = ""
    for line, row in enumerate(rows, 1):
        cells = (cell_xml(f"{chr(65 + at)}{line}", cell, "str") for at, cell in enumerate(row))
        made += f'<row r="{line}">{"".join(cells)}</row>'
    return made.encode()


def seeds() -> Iterator[bytes]:
    day = "valid_from = 2019-01-27\ncount = 2"
    head = HEAD.format("city:91", "complete", day).encode()
    yield joined({"a.toml": head, "a.csv": REGIONS.encode()})
    yield joined({"a.toml": head, "a.csv": REGIONS.encode("gb18030")})
    series = HEAD.format("series", "fragment", 'published_on = "2021年"').encode()
    yield joined({"a.toml": series, "a.csv": SERIES.encode()})
    book = HEAD.format("province", "example", 'rows = "a.xlsx"\nsheet = "名单"').encode()
    rows = (["code", "name", "authority"], ["90001", "某厅", "provincial-hrss"], ["91", "某市", ""])
    yield joined({"a.toml": book, "a.xlsx": _rows(*rows)})
    edition = example_editions()[-1]
    small = CodeBook([type(edition)(**{**_parts(edition), "entries": edition.entries[:3]})])
    yield small.to_json().encode()


def _parts(edition):
    names = ("id", "domain", "publisher", "source", "content", "valid_from", "published_on")
    return {name: getattr(edition, name) for name in names}


def invariant(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tables")
        parts = blocks_of(data)
        if not parts:
            path = path.with_suffix(".json")
            path.write_bytes(data)
        else:
            path.mkdir()
            for name, text in parts.items():
                if "/" not in name and name.strip("."):
                    book = sheet_xml(text.decode("utf-8", "replace"))
                    (path / name).write_bytes(book if name.endswith(".xlsx") else text)
        _loaded(path, Path(folder, "saved"))


def _loaded(path: Path, again: Path) -> None:
    try:
        book = CodeBook.load(path)
    except InvalidTable as error:
        worded(error)
        return
    saved = book.to_json()
    for one in (CodeBook.from_json(saved), pickle.loads(pickle.dumps(book))):
        assert one == book
        assert one.digest == book.digest
        assert one.to_json() == saved
    if book.editions:
        book.save(again)
        assert CodeBook.load(again) == book
    for edition in book.editions:
        for entry in edition.entries:
            assert entry in [span.entry for span in book.history(entry.code)]
    worded(*book.warnings())
