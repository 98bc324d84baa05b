"""JSON Lines: what ``open_table`` makes of any bytes.

It gives the objects that the json module reads line by line, with every key and value, or raises
UnreadableFile.
"""

import json
from collections.abc import Iterator

from sdcert.files.cells import ABSENT
from tests.fuzz import file_of
from tests.fuzz.reading import records_of
from tests.support.corpus import REFUSED, WHOLE

__all__ = ["WORDS", "invariant", "seeds"]

WORDS = ['{"', '": ', '", "', "}\n", "null", "true", "NaN", "1e999", "-0.0", "\\u9c81", "\\ud800"]
WORDS += [
    "证书编号",
    "鲁189000160100001",
    '{"a": {}}',
    "[[",
    "]]",
    "\ufeff",
    "\r\n",
    "\x85",
    "12345",
]
SUFFIXES = (".jsonl", ".ndjson")


def seeds() -> Iterator[bytes]:
    for name, made in (WHOLE | REFUSED).items():
        data = made[0] if isinstance(made, tuple) else made
        if name.endswith(SUFFIXES) and len(data) < 2_000:
            yield data
    yield b'{"a": 1}\n\n{"b": [1.5, {"c": null}], "a": false}\n'


def invariant(data: bytes) -> None:
    with file_of("list.jsonl", data) as path:
        found = records_of(path)
    if found is None or found[0].format != "jsonl":
        return
    table, records = found
    assert table.encoding
    lines = data.decode(table.encoding).removeprefix("\ufeff").split("\n")
    # A record of the first thousand decides the columns; keys of others come behind, as an object.
    for line, cells in records:
        text = lines[line - 1].strip(" \t\r")
        if not cells:
            assert not text
            continue
        held = dict(zip(table.columns, cells, strict=False))
        held |= cells[len(table.columns)] if len(cells) > len(table.columns) else {}
        held = {key: value for key, value in held.items() if value is not ABSENT}
        assert held == json.loads(text)
