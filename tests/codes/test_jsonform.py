"""The JSON form: what is none, and faults of an entry at their place."""

from __future__ import annotations

import csv
import json
import shutil
import stat
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from sdcert.codes import (
    CodeBook,
    Content,
    Edition,
    InvalidTable,
    SeriesCode,
    Source,
)
from sdcert.codes.jsonform import from_json

if TYPE_CHECKING:
    from pathlib import Path

JSONS: list[tuple[Any, list[str]]] = [
    ("{", ["json"]),
    ("[" * 100_000, ["beyond-reading"]),
    ([], ["table"]),
    ({"format": 2, "editions": []}, ["format"]),
    ({"format": 1, "editions": [], "x": 1}, ["key-unknown"]),
    ({"format": 1}, ["missing"]),
    ({"format": 1, "editions": {}}, ["tables"]),
    ({"format": 2, "editions": [7]}, ["format", "table"]),
    ({"format": 1, "editions": [{}]}, ["missing"] * 4 + ["source-missing", "missing"]),
    ({"format": 1, "editions": [{"entries": []}]}, ["missing"] * 4 + ["source-missing"]),
]


@pytest.mark.parametrize(("plain", "kinds"), JSONS)
def test_other_json_is_refused(plain: Any, kinds: list[str]) -> None:
    text = plain if isinstance(plain, str) else json.dumps(plain)
    with pytest.raises(InvalidTable) as caught:
        from_json(text, "x.json")
    assert [fault.kind for fault in caught.value.faults] == kinds
    assert {fault.file for fault in caught.value.faults} == {"x.json"}


ENTRIES: list[tuple[Any, list[tuple[str, str]]]] = [
    (7, [("table", "")]),
    ({"kind": "prefix", "code": "91021"}, [("kind", "kind")]),
    (
        {"code": "91021", "name": "局", "authority": "city-hrss"},
        [("missing", "kind")],
    ),
    ({"kind": "region", "x": 1}, [("key-unknown", "x")]),
    # what is faulty itself is not compared with others
    ({"kind": "region", "code": "91020", "x": 1}, [("key-unknown", "x")]),
    ({"kind": "region", "successors": "91020"}, [("list", "successors")]),
    (
        {"kind": "region", "successors": ["91020,91021"]},
        [("successor-open", "valid_through"), ("successor", "successors")],
    ),
    ({"kind": "region", "successors": [1]}, [("text-needed", "successors 1")]),
    ({"kind": "region", "code": "9102"}, [("code", "code")]),
    ({"kind": "region", "code": "91020"}, [("duplicate", "code")]),
    ({"kind": "region", "source": 1}, [("table", "source")]),
    ({"kind": "region", "code": 91020}, [("text-needed", "code")]),
    ({"kind": "region", "valid_from": [1]}, [("text-needed", "valid_from")]),
    ({"kind": "region", "code": "91021", "valid_from": "x"}, [("day", "valid_from")]),
    (
        {"kind": "region", "code": "91021", "source": {"article": 3}},
        [("text-needed", "article")],
    ),
]


@pytest.mark.parametrize(("entry", "expected"), ENTRIES)
def test_a_fault_of_an_entry_in_json_is_reported_at_its_place(
    entry: Any, expected: list[tuple[str, str]]
) -> None:
    good = {"kind": "region", "code": "91020", "name": "局", "authority": "city-hrss"}
    if isinstance(entry, dict) and "code" not in entry and entry.get("kind") == "region":
        entry = {**good, "code": "91021", **entry}
    elif isinstance(entry, dict):
        entry = {"name": "局", "authority": "city-hrss", **entry}
    whole = json.loads(
        CodeBook([Edition("e", "city:91", "局", Source("示例"), Content.EXAMPLE)]).to_json()
    )
    whole["editions"][0]["entries"] = [good, entry]
    with pytest.raises(InvalidTable) as caught:
        from_json(json.dumps(whole), "x.json")
    assert [(f.kind, f.key, f.row) for f in caught.value.faults] == [
        (*pair, 2) for pair in expected
    ]


def test_what_python_cannot_hold_is_called_that_and_not_a_syntax_error() -> None:
    for text in ("[" * 100_000, f"[{'9' * 5000}]"):
        with pytest.raises(InvalidTable, match=r"^nested too deeply, or .* cannot be read$"):
            from_json(text)


def test_what_is_no_text_is_refused_by_name() -> None:
    for given in (None, {"format": 1}, 5):
        with pytest.raises(TypeError, match=f"text must be a str, not {type(given).__name__}"):
            CodeBook.from_json(given)  # type: ignore[arg-type]


TITLE = SeriesCode("601", "示例", "中级", valid_from=date(2020, 1, 1))
EDITION = Edition("e", "series", "厅", Source("示例"), "example", entries=[TITLE])


TEXT = """\
{
 "format": 1,
 "editions": [
  {
   "id": "e",
   "domain": "series",
   "publisher": "厅",
   "content": "example",
   "source": {
    "document": "示例"
   },
   "entries": [
    {
     "code": "601",
     "kind": "series",
     "series": "示例",
     "level": "中级",
     "grade": "intermediate",
     "valid_from": "2020-01-01",
     "source": {
      "document": "示例"
     }
    }
   ]
  }
 ]
}
"""
DIGEST = "sha256:4ddbb6130e416a780e5d9ca868f07776ac465fae68a8bf6347f354b63432093e"


def test_the_text_and_the_digest_of_a_book_are_for_ever() -> None:
    """Who keeps a file under version control, or pins a digest, finds no change without one."""
    book = CodeBook([EDITION])
    assert book.to_json() == TEXT
    assert book.digest == DIGEST


def test_a_folder_is_written_whole_for_all_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = CodeBook([EDITION])
    where = tmp_path / "a" / "b" / "c"
    book.save(where)
    assert stat.S_IMODE(where.stat().st_mode) == 0o755
    assert 'publisher = "厅"' in (where / "e.toml").read_text("utf-8")

    def full(*_: object, **__: object) -> None:
        for made in where.parent.glob(".d-*"):
            shutil.rmtree(made)
        raise OSError("disk full")

    # what could not be cleared away is no reason to hide what went wrong
    monkeypatch.setattr(csv, "writer", full)
    with pytest.raises(OSError, match="disk full"):
        book.save(where.parent / "d")


def test_a_byte_order_mark_is_no_fault() -> None:
    book = CodeBook.bundled()
    assert CodeBook.from_json("\ufeff" + book.to_json()) == book


def test_series_go_through_json_without_a_grade() -> None:
    title = SeriesCode("601", "示例", "中级")
    book = CodeBook([Edition("e", "series", "厅", Source("示例"), "example", entries=[title])])
    whole = json.loads(book.to_json())
    del whole["editions"][0]["entries"][0]["grade"]
    assert CodeBook.from_json(json.dumps(whole)) == book


def test_an_entry_of_another_kind_than_its_edition_is_told():
    book = json.loads(CodeBook.bundled().to_json())
    of_regions = next(one for one in book["editions"] if one["domain"] != "series")
    of_regions["entries"][0]["kind"] = "series"
    with pytest.raises(InvalidTable) as caught:
        CodeBook.from_json(json.dumps(book))
    assert "条目类型与版本不符" in caught.value.message("zh")


def test_a_fault_names_the_edition_and_the_entry():
    whole = json.loads(CodeBook([EDITION]).to_json())
    whole["editions"][0]["entries"][0] |= {"code": 601, "level": "特级", "x": 1}
    whole["editions"][0]["entries"][0]["source"]["sha256"] = "zz"
    whole["editions"].append({"id": "f"})
    with pytest.raises(InvalidTable) as caught:
        from_json(json.dumps(whole), "x.json")
    assert caught.value.message().splitlines()[:6] == [
        "x.json, editions 1 › entries 1 › code “601”: must be text, not empty",
        "x.json, editions 1 › entries 1 › x: unknown key; known keys: kind, code, series, level, "
        "grade, valid_from, valid_through, successors, source",
        "x.json, editions 1 › entries 1 › source › sha256 “zz”: a SHA-256 is 64 hexadecimal "
        "digits, in lower case",
        "x.json, editions 1 › entries 1 › level “特级”: not a level; use one of: 正高级, 高级, "
        "副高级, 中级, 助理级, 员级, 初级",
        "x.json, editions 2 › domain: a value is required",
        "x.json, editions 2 › publisher: a value is required",
    ]


def test_null_is_no_value():
    """As programs write what they do not know."""
    whole = json.loads(CodeBook([EDITION]).to_json())
    whole["editions"][0] |= {"published_on": None}
    whole["editions"][0]["entries"][0] |= {"valid_through": None, "successors": None}
    assert CodeBook.from_json(json.dumps(whole)) == CodeBook([EDITION])
    whole["editions"][0]["entries"][0]["code"] = None
    with pytest.raises(InvalidTable, match="entries 1 › code: must be exactly 3"):
        CodeBook.from_json(json.dumps(whole))
