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

from sdcert.codes.edition import Edition
from sdcert.codes.errors import Fault, InvalidTable
from sdcert.codes.model import Entry, RegionCode, SeriesCode, Source
from sdcert.codes.rows import FORMAT, SOURCE_COLUMNS, Rows, columns_of, is_format, type_named
from sdcert.codes.tables import UNREAD, Table, edition_table, finish, text_of
from sdcert.findings import Params

__all__ = ["digest_of", "edition_to", "entry_to", "from_json", "load_json", "save", "to_json"]

_EDITION_KEYS: Final = (
    "id",
    "domain",
    "publisher",
    "content",
    "valid_from",
    "published_on",
    "source",
    "entries",
)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def source_to(source: Source) -> dict[str, object]:
    """Return a source as plain values; absent means not known."""
    return {name: _plain(getattr(source, name)) for name in SOURCE_COLUMNS if getattr(source, name)}


def entry_to(entry: Entry) -> dict[str, object]:
    """Return an entry as plain values; absent means not known."""
    found: dict[str, object] = {"code": entry.code}
    if isinstance(entry, RegionCode):
        found |= {"kind": "region", "name": entry.name, "authority": entry.authority.value}
        found |= {"city": entry.city, "county": entry.county}
    elif isinstance(entry, SeriesCode):
        found |= {"kind": "series", "series": entry.series, "level": entry.level}
        found["grade"] = entry.grade.value
    else:
        found |= {"kind": "prefix", "name": entry.name}
    found["valid_from"] = _plain(entry.valid_from)
    found["valid_through"] = _plain(entry.valid_through)
    found["successors"] = list(entry.successors)
    if entry.source:
        found["source"] = source_to(entry.source)
    return {name: value for name, value in found.items() if value not in (None, [])}


def edition_to(edition: Edition) -> dict[str, object]:
    """Return an edition as plain dictionaries, lists and text; absent means not known."""
    found = {
        "id": edition.id,
        "domain": edition.domain,
        "publisher": edition.publisher,
        "content": edition.content.value,
        "valid_from": _plain(edition.valid_from),
        "published_on": _plain(edition.published_on),
        "source": source_to(edition.source),
        "entries": [entry_to(entry) for entry in edition.entries],
    }
    return {name: value for name, value in found.items() if value is not None}


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
        whole = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        reason = Params(line=error.lineno, column=error.colno, reason=error.msg)
        raise InvalidTable([Fault("json", file=file, params=reason)]) from error
    except (ValueError, RecursionError) as error:  # too many digits, too deep
        reason = Params(line=1, column=1, reason=str(error)[:200])
        raise InvalidTable([Fault("json", file=file, params=reason)]) from error
    if not isinstance(whole, dict):
        raise InvalidTable([Fault("key-type", file=file, params=_object_needed())])
    head = Table(file)
    head.faults.extend(fault.at(file) for fault in _doubled(whole))
    if not is_format(whole.get("format")):
        head.fault("format", "format", whole.get("format"), known=FORMAT)
    for key in whole:
        if key not in ("format", "editions"):
            head.fault("key-unknown", key, known=("format", "editions"))
    editions = whole.get("editions")
    if not isinstance(editions, list):
        head.fault("key-type", "editions", expected=type_named("list"))
        editions = []
    tables = [_edition_from(plain, file) for plain in editions]
    if head.faults:
        raise InvalidTable([*head.faults, *(fault for table in tables for fault in table.faults)])
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


def _edition_from(plain: Any, file: str) -> Table:
    table = Table(file, rows_file=file)
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
    rows = Rows(domain, table.header.get("source", UNREAD), spreadsheet=False)
    for number, entry in enumerate(entries, 1):
        cells = _cells_of(entry, rows.columns)
        made = cells if isinstance(cells, list) else rows.read(cells)
        if isinstance(made, list):
            if isinstance(entry, dict):
                table.faulty.add(str(entry.get("code")))
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
    names = ("kind", *columns[: -len(SOURCE_COLUMNS)], "source")
    faults += _unknown(entry, names)
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
    if isinstance(links, list) and all(isinstance(link, str) for link in links):
        cells["successors"] = " ".join(links)
    else:
        shown = Params(expected=type_named("codes"))
        faults.append(Fault("key-type", "successors", links, shown))
    source = cells.pop("source", {})
    if isinstance(source, dict):
        faults += [*_doubled(source, "source."), *_unknown(source, SOURCE_COLUMNS, "source.")]
        cells |= source
    else:
        faults.append(Fault("key-type", "source", source, _object_needed()))
    return faults or tuple("" if cell is None else cell for cell in map(cells.get, columns))


def _unknown(plain: Mapping[str, Any], names: Sequence[str], within: str = "") -> list[Fault]:
    known = Params(known=tuple(names))
    return [
        Fault("key-unknown", f"{within}{key}", params=known) for key in plain if key not in names
    ]


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
    toml.write_text(table_toml(edition), encoding="utf-8", newline="\n")
    columns = columns_of(edition.domain)
    # With a byte order mark, so that office programs see that it is UTF-8.
    with (folder / f"{edition.id}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for entry in edition.entries:
            cells = _cells(entry)
            writer.writerow([cells.get(column, "") for column in columns])


def _cells(entry: Entry) -> dict[str, str]:
    plain = entry_to(entry)
    source = plain.pop("source", {})
    links = plain.pop("successors", ())
    cells = {key: str(value) for key, value in plain.items() if key != "kind"}
    cells |= {key: str(value) for key, value in dict(source).items()}  # type: ignore[call-overload]  # a plain dict
    cells["successors"] = " ".join(links)  # type: ignore[arg-type]  # a list of codes
    return cells


def table_toml(edition: Edition) -> str:
    """Return the small TOML file of an edition."""
    found: dict[str, object] = {
        "format": FORMAT,
        "id": edition.id,
        "domain": edition.domain,
        "publisher": edition.publisher,
        "content": edition.content.value,
        "valid_from": edition.valid_from,
        "published_on": edition.published_on,
        "rows": f"{edition.id}.csv",
    }
    lines = [f"{key} = {_toml(value)}" for key, value in found.items() if value is not None]
    lines += ["", "[source]"]
    lines += [f"{key} = {_toml(value)}" for key, value in source_to(edition.source).items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    # A JSON string is a TOML basic string, as long as it holds no control characters: texts here
    # are printable.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
