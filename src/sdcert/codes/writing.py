"""Tables to files: what :mod:`sdcert.codes.tables` reads back. Only this file writes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from sdcert.codes.edition import Edition
from sdcert.codes.jsonform import entry_to, source_to, to_json
from sdcert.codes.model import Entry
from sdcert.codes.rows import FORMAT, columns_of

__all__ = ["save", "table_toml"]


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
