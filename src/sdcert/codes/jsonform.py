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
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import attrs

from sdcert.codes.edition import Edition
from sdcert.codes.errors import Fault, InvalidTable
from sdcert.codes.model import CityPrefix, Entry, RegionCode, SeriesCode, Source
from sdcert.codes.rows import (
    FORMAT,
    SOURCE_COLUMNS,
    RowReader,
    columns_of,
    format_faults,
    type_named,
    unknown_keys,
)
from sdcert.codes.tables import UNREAD, Draft, edition_table, finish, text_of
from sdcert.findings import Params

__all__ = ["digest_of", "edition_to", "entry_to", "from_json", "load_json", "save", "to_json"]

_EDITION_KEYS: Final = (
    *("id", "domain", "publisher", "content", "valid_from", "published_on", "source", "entries"),
)
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
    return _known(edition, _EDITION_KEYS[:-1]) | {"entries": entries}


def to_json(editions: Iterable[Edition]) -> str:
    """Write editions as JSON text; the same editions give the same text."""
    whole = {"format": FORMAT, "editions": [edition_to(edition) for edition in editions]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def digest_of(editions: Iterable[Edition]) -> str:
    """Hash the content of editions: SHA-256 over their JSON with sorted keys, sorted by id."""
    plain = sorted((edition_to(edition) for edition in editions), key=lambda item: str(item["id"]))
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def load_json(path: Path) -> tuple[Edition, ...]:
    """Read the JSON file of a book; its faults name the file."""
    return from_json(text_of(path), path.name)


def from_json(text: str, file: str = "") -> tuple[Edition, ...]:
    """Read editions from JSON text; see :meth:`sdcert.codes.CodeBook.from_json`."""
    try:
        whole = json.loads(str.removeprefix(text, "\ufeff"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:  # no JSON, too many digits, too deep
        where = {"line": getattr(error, "lineno", 1), "column": getattr(error, "colno", 1)}
        params = Params(**where, reason=getattr(error, "msg", str(error)))
        raise InvalidTable([Fault("json", file=file, params=params)]) from error
    if not isinstance(whole, dict):
        raise InvalidTable([Fault("key-type", file=file, params=_object_needed())])
    faults = [*_doubled(whole), *format_faults(whole), *unknown_keys(whole, ("format", "editions"))]
    editions = whole.get("editions")
    if not isinstance(editions, list):
        faults.append(Fault("key-type", "editions", params=Params(expected=type_named("list"))))
        editions = []
    tables = [_edition_from(plain, file) for plain in editions]
    if faults:
        placed = (fault.at(file) for fault in faults)
        raise InvalidTable([*placed, *(fault for table in tables for fault in table.faults)])
    return finish(tables)


def _object_needed() -> Params:
    return Params(expected=type_named("object"))


class _Doubled(dict[str, Any]):
    """An object in which keys stand more than once."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.keys_doubled = [key for key, count in counts.items() if count > 1]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled(pairs)


def _doubled(plain: Mapping[str, Any], within: str = "") -> list[Fault]:
    """The keys of an object that stand in it more than once: which one is meant?"""
    keys = plain.keys_doubled if isinstance(plain, _Doubled) else []
    return [Fault("key-doubled", f"{within}{key}") for key in keys]


def _edition_from(plain: Any, file: str) -> Draft:
    table = Draft(file, rows_file=file)
    if not isinstance(plain, dict):
        table.faults.append(Fault("key-type", "editions", file=file, params=_object_needed()))
        return table
    doubled = _doubled(plain)
    if isinstance(plain.get("source"), dict):
        doubled += _doubled(plain["source"], "source.")
    table.faults.extend(fault.at(file) for fault in doubled)
    edition_table(table, plain, _EDITION_KEYS)
    entries = plain.get("entries")
    if not isinstance(entries, list):
        table.fault("key-type", "entries", expected=type_named("list"))
        return table
    domain = table.header.get("domain")
    if domain is None:
        return table
    rows = RowReader(domain, table.header.get("source", UNREAD), spreadsheet=False)
    for number, entry in enumerate(entries, 1):
        cells = _cells_of(entry, rows.columns)
        made = cells if isinstance(cells, list) else rows.read(cells)
        if isinstance(made, list):
            if isinstance(entry, dict):
                table.faulty.append(str(entry.get("code")))
            table.row_faults(number, made)
        else:
            table.entries.append(made)
            table.rows.append(number)
    table.whole = True
    return table


def _cells_of(entry: Any, columns: Sequence[str]) -> tuple[Any, ...] | list[Fault]:
    """An entry of the JSON form as the cells of a row."""
    if not isinstance(entry, dict):
        return [Fault("key-type", "entries", params=_object_needed())]
    cells, faults = dict(entry), _doubled(entry)
    faults += unknown_keys(entry, ("kind", *columns[: -len(SOURCE_COLUMNS)], "source"))
    kind = cells.pop("kind", None)
    expected = (
        "series"
        if "series" in columns
        else "prefix"
        if len(str(cells.get("code"))) == 2
        else "region"
    )
    if kind != expected:
        faults.append(Fault("kind", "kind", kind))
    links = cells.pop("successors", [])
    if isinstance(links, list) and all(isinstance(link, str) and link.isalnum() for link in links):
        cells["successors"] = " ".join(links)
    else:
        shown = Params(expected=type_named("codes"))
        faults.append(Fault("key-type", "successors", links, shown))
    source = cells.pop("source", {})
    if isinstance(source, dict):
        faults += [*_doubled(source, "source."), *unknown_keys(source, SOURCE_COLUMNS, "source.")]
        cells |= source
    else:
        faults.append(Fault("key-type", "source", source, _object_needed()))
    return faults or tuple("" if cell is None else cell for cell in map(cells.get, columns))


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
    head = {key: getattr(edition, key) for key in _EDITION_KEYS[:6]}
    found = {"format": FORMAT, **head, "rows": f"{edition.id}.csv"}
    lines = [*_lines(found), "", "[source]", *_lines(_known(edition.source, SOURCE_COLUMNS))]
    return "\n".join(lines) + "\n"


def _lines(found: Mapping[str, object]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in found.items() if value is not None]


def _toml(value: object) -> str:
    # A JSON string is a TOML basic string, as long as it holds no control characters: texts here
    # are printable.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
