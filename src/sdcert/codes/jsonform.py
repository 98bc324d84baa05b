"""A book as JSON. Only this file knows that form, and the digest that is taken of it."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sdcert.codes.book import CodeBook
from sdcert.codes.editions import Edition
from sdcert.codes.faults import Fault, InvalidTable
from sdcert.codes.model import CityPrefix, Content, Entry, RegionCode, SeriesCode, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FORMAT", "digest_of", "edition_from", "edition_to", "from_json", "to_json"]

#: The version of the JSON form and of the files of an office alike.
FORMAT: Final = 1

_KINDS: Final[dict[str, type[Entry]]] = {
    "region": RegionCode,
    "prefix": CityPrefix,
    "series": SeriesCode,
}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _source_to(source: Source) -> dict[str, object]:
    names = ("document", "article", "url", "retrieved", "sha256")
    return {name: _plain(getattr(source, name)) for name in names if getattr(source, name)}


def _entry_to(entry: Entry) -> dict[str, object]:
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
        found["source"] = _source_to(entry.source)
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
        "source": _source_to(edition.source),
        "entries": [_entry_to(entry) for entry in edition.entries],
    }
    return {name: value for name, value in found.items() if value is not None}


def to_json(book: CodeBook) -> str:
    """Write a book as JSON text; the same book gives the same text."""
    whole = {"format": FORMAT, "editions": [edition_to(edition) for edition in book.editions]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def digest_of(editions: Iterable[Edition]) -> str:
    """Hash the content of editions: SHA-256 over their JSON with sorted keys, sorted by id."""
    plain = sorted((edition_to(edition) for edition in editions), key=lambda item: str(item["id"]))
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _source_from(plain: Mapping[str, Any]) -> Source:
    found = dict(plain)
    found["retrieved"] = _day(found.get("retrieved"))
    return Source(**found)


def _entry_from(plain: Mapping[str, Any]) -> Entry:
    found = dict(plain)
    kind = _KINDS[found.pop("kind")]
    for name in ("valid_from", "valid_through"):
        found[name] = _day(found.get(name))
    if "source" in found:
        found["source"] = _source_from(found["source"])
    return kind(**found)


def edition_from(plain: Mapping[str, Any]) -> Edition:
    """Build an edition from what :func:`edition_to` gives."""
    found = dict(plain)
    found["content"] = Content(found["content"])
    for name in ("valid_from", "published_on"):
        found[name] = _day(found.get(name))
    found["source"] = _source_from(found["source"])
    found["entries"] = [_entry_from(entry) for entry in found["entries"]]
    return Edition(**found)


def from_json(text: str, file: str = "") -> CodeBook:
    """Read a book from JSON text.

    Raises:
        InvalidTable: If it is not such JSON.
    """
    try:
        whole = json.loads(text)
    except ValueError as error:
        raise InvalidTable([Fault("json", file=file)]) from error
    return CodeBook(edition_from(edition) for edition in whole["editions"])
