"""A book in files: its JSON form, with the digest that is taken of it, and the tables of an office.

Only this file writes; :mod:`sdcert.codes.tables` reads the tables back.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import attrs

from sdcert._documents import Reader, load_json
from sdcert.codes.edition import Edition
from sdcert.codes.errors import Fault, InvalidTable
from sdcert.codes.model import CityPrefix, Entry, RegionCode, SeriesCode, Source
from sdcert.codes.rows import FORMAT, SOURCE_COLUMNS, RowReader, columns_of
from sdcert.codes.tables import Draft, finish, read_header

__all__ = ["digest_of", "edition_to", "entry_to", "from_json", "save", "to_json"]

_HEAD_KEYS: Final = ("id", "domain", "publisher", "content", "valid_from", "published_on")
_KINDS: Final = {RegionCode: "region", CityPrefix: "prefix", SeriesCode: "series"}


def _known(one: object, names: Iterable[str]) -> dict[str, Any]:
    """Fields as plain values; absent means not known."""
    values = {name: getattr(one, name) for name in names}
    return {name: _plain(value) for name, value in values.items() if value not in (None, ())}


def _plain(value: object) -> object:
    if isinstance(value, Source):
        return _known(value, SOURCE_COLUMNS)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else str(value)


def entry_to(entry: Entry) -> dict[str, Any]:
    """Return an entry as plain values; absent means not known."""
    fields = (field.name for field in attrs.fields(type(entry)))
    return {"code": entry.code, "kind": _KINDS[type(entry)]} | _known(entry, fields)


def edition_to(edition: Edition) -> dict[str, Any]:
    """Return an edition as plain dictionaries, lists and text; absent means not known."""
    entries = [entry_to(entry) for entry in edition.entries]
    return _known(edition, (*_HEAD_KEYS, "source")) | {"entries": entries}


def to_json(editions: Iterable[Edition]) -> str:
    """Write editions as JSON text; the same editions give the same text."""
    whole = {"format": FORMAT, "editions": [edition_to(edition) for edition in editions]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def digest_of(editions: Iterable[Edition]) -> str:
    """Hash the content of editions: SHA-256 over their JSON with sorted keys, sorted by id."""
    plain = sorted((edition_to(edition) for edition in editions), key=lambda item: str(item["id"]))
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def from_json(data: bytes | str, file: str = "") -> tuple[Edition, ...]:
    """Read editions from JSON; see :meth:`sdcert.codes.CodeBook.from_json`."""
    faults: list[Fault] = []
    plain = load_json(data, file, faults)
    if plain is None:
        raise InvalidTable(faults)
    root = Reader(plain, file, faults)
    root.version(FORMAT)
    editions = root.tables("editions", required=True)
    root.close()
    return finish([_edition_from(one) for one in editions], faults)


def _edition_from(head: Reader) -> Draft:
    head.faults = []  # an edition is made where there are none of its own
    table = Draft(head, rows_file=head.file)
    table.header = read_header(head)
    entries = head.tables("entries", required=True, rows=True)
    head.close()
    if "domain" not in head.faulty:
        rows = RowReader(table.header["domain"], table.header["source"])
        for entry in entries:
            _take_entry(table, entry, rows)
        table.whole = "entries" not in head.faulty
    return table


def _take_entry(table: Draft, entry: Reader, rows: RowReader) -> None:
    """Read an entry of the JSON form as the cells of a row."""
    before = len(table.faults)
    kind = entry.string("kind", required=True)
    cells: list[Any] = [
        entry.strings(column) if column == "successors" else entry.string(column)
        for column in rows.columns[: -len(SOURCE_COLUMNS)]
    ]
    source = entry.table("source", required=False)
    cells += [source.string(column) for column in SOURCE_COLUMNS]
    if None not in (kind, cells[0]) and kind != _KINDS[rows.kind_of(cells[0])]:
        entry.fault("kind", "kind", kind)
    entry.close()
    source.close()
    made = rows.read(tuple(cell or "" for cell in cells))
    if isinstance(made, list):
        source.note(fault for fault in made if fault.key in SOURCE_COLUMNS)
        entry.note(fault for fault in made if fault.key not in SOURCE_COLUMNS)
    if isinstance(made, list) or len(table.faults) > before:
        table.faulty.append(str(entry.data.get("code")))
    else:
        table.entries.append((entry.row or 0, made))


def save(editions: Iterable[Edition], path: str | os.PathLike[str]) -> None:
    """Write editions; see :meth:`sdcert.codes.CodeBook.save`."""
    where = Path(path)
    if where.suffix.lower() == ".json":
        with where.open("x", encoding="utf-8", newline="\n") as file:
            file.write(to_json(editions))
        return
    if where.exists() and (not where.is_dir() or any(where.iterdir())):
        raise FileExistsError(f"{where} exists and is not an empty folder")
    # All of it or nothing: the folder appears under its name when it is whole.
    where.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{where.name}-", dir=where.parent))
    try:
        for edition in editions:
            write_table(edition, made)
        made.chmod(0o755)
        if where.exists():
            where.rmdir()
        made.rename(where)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def write_table(edition: Edition, folder: Path) -> None:
    """Write one edition as ``<id>.toml`` and ``<id>.csv``."""
    toml = folder / f"{edition.id}.toml"
    toml.write_text(_table_toml(edition), encoding="utf-8", newline="\n")
    # With a byte order mark, so that office programs see that it is UTF-8.
    with (folder / f"{edition.id}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        columns = columns_of(edition.domain)
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        for entry in edition.entries:
            plain = entry_to(entry)
            links = " ".join(plain.get("successors", ()))
            writer.writerow(plain | plain["source"] | {"successors": links})


def _table_toml(edition: Edition) -> str:
    """The small TOML file of an edition."""
    head = {key: getattr(edition, key) for key in _HEAD_KEYS}
    found = {"format": FORMAT, **head, "rows": f"{edition.id}.csv"}
    lines = [*_lines(found), "", "[source]", *_lines(_known(edition.source, SOURCE_COLUMNS))]
    return "\n".join(lines) + "\n"


def _lines(found: Mapping[str, object]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in found.items() if value is not None]


def _toml(value: object) -> str:
    # A JSON string is a TOML basic string, as long as it holds no control characters: texts here
    # are printable.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
