"""Delimited text: what ``open_table`` and ``read_rows`` make of any bytes.

Both read the same records or raise UnreadableFile. Where the file has none of the marks
that offices' systems put round cells, these are what the csv module reads.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from sdcert.files import UnreadableFile, read_rows
from sdcert.files.table import Record
from tests.fuzz import file_of
from tests.fuzz.reading import records_of
from tests.fuzz.worded import worded
from tests.support.corpus import REFUSED, WHOLE

__all__ = ["WORDS", "invariant", "seeds"]

WORDS = [
    "证书编号",
    "姓名",
    "序号",
    "鲁189000160100001",
    '="',
    '"',
    "\t",
    ";",
    "|",
    "\x1a",
    "sep=;",
]
WORDS += ["合计", "制表人：", "填报单位：", "\r", "\r\n", "\n\n", "\ufeff", '""', "（基层）", ',"']
MARKS = ("\ufeff", "\x1a", '="', "sep=", "\t", "\0")  # without these a file is its cells alone
SUFFIXES = (".csv", ".tsv", ".txt")


def seeds() -> Iterator[bytes]:
    for name, made in (WHOLE | REFUSED).items():
        data = made[0] if isinstance(made, tuple) else made
        if name.endswith(SUFFIXES) and len(data) < 2_000 and not data.startswith((b"PK", b"PAR1")):
            yield data


def invariant(data: bytes) -> None:
    with file_of("list.csv", data) as path:
        small = _rows(path)
        found = records_of(path)
    if found is None:
        return
    table, records = found
    if table.format != "csv":
        return
    assert small is not None
    first = records[0][0] if records else None
    assert [record for record in small if first is not None and record[0] >= first] == records
    assert table.encoding
    assert table.delimiter
    text = data.decode(table.encoding)
    if not any(mark in text.lower() for mark in MARKS):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter)
        assert [cells for _, cells in small] == list(reader)


def _rows(path: Path) -> tuple[Record, ...] | None:
    try:
        return read_rows(path).rows
    except UnreadableFile as error:
        worded(error)
        return None
