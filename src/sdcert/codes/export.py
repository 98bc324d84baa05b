"""A book in the field's own languages: FHIR CodeSystem and SDMX codelist. Nothing is read here.

Both forms hold each code once, so they show one day; the days of each entry go along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from sdcert.codes.edition import PROVINCE, SERIES
from sdcert.codes.model import CityPrefix, Content, Entry, RegionCode, SeriesCode
from sdcert.dates import as_day

if TYPE_CHECKING:
    from datetime import date

    from sdcert.codes.book import CodeBook

__all__ = ["Kind", "json_schema", "to_fhir", "to_sdmx"]

Kind = Literal["region", "prefix", "series"]

_TYPES: Final = {"region": RegionCode, "prefix": CityPrefix, "series": SeriesCode}
_TITLES: Final = {
    "region": ("RegionCode", "地区部门识别代码"),
    "prefix": ("CityPrefix", "设区的市前2位代码"),
    "series": ("SeriesCode", "职称系列级别识别代码"),
}


def _entries(book: CodeBook, kind: Kind, as_of: date) -> list[Entry]:
    if kind not in _TYPES:
        raise ValueError(f"kind must be region, prefix or series, not {kind!r}")
    return sorted(
        (
            entry
            for entry in book.entries(on=as_day(as_of, "as_of"))
            if isinstance(entry, _TYPES[kind])
        ),
        key=lambda entry: entry.code,
    )


def _content(book: CodeBook, kind: Kind, as_of: date) -> Content:
    """How much the list holds on that day: as much as the weakest of its tables."""
    found: dict[str, Content] = {}
    for edition in book.editions:
        mine = (edition.domain == SERIES) == (kind == "series")
        if kind == "prefix":
            mine = edition.domain == PROVINCE
        if mine and (edition.valid_from is None or edition.valid_from <= as_of):
            found[edition.domain] = edition.content
    own = set(found.values())
    if kind == "region":
        cities = {f"city:{entry.code}" for entry in _entries(book, "prefix", as_of)}
        if not cities <= found.keys():
            own.add(Content.FRAGMENT)
    for content in (Content.EXAMPLE, Content.FRAGMENT):
        if content in own:
            return content
    return Content.COMPLETE if PROVINCE in found or SERIES in found else Content.FRAGMENT


def to_fhir(book: CodeBook, kind: Kind, *, as_of: date, url: str) -> dict[str, Any]:
    """Return the codes in force on a day as a FHIR R5 ``CodeSystem`` resource.

    ``content`` has the very meaning that it has here, on that day: ``complete`` only if all
    tables concerned are.

    Args:
        book: The codes.
        kind: ``region``, ``prefix`` or ``series``.
        as_of: The day.
        url: The canonical address under which you publish it; none is invented here.

    Returns:
        Plain dictionaries and lists, ready for ``json.dumps``.

    Raises:
        ValueError: If there is no such kind.

    >>> from datetime import date
    >>> from sdcert.codes import CodeBook
    >>> day, url = date(2019, 3, 1), "urn:example:series"
    >>> made = to_fhir(CodeBook.bundled(), "series", as_of=day, url=url)
    >>> made["content"], [concept["code"] for concept in made["concept"]]
    ('fragment', ['011', '012'])
    >>> to_fhir(CodeBook.bundled(), "title", as_of=day, url=url)
    Traceback (most recent call last):
        ...
    ValueError: kind must be region, prefix or series, not 'title'
    """
    entries = _entries(book, kind, as_of)
    name, title = _TITLES[kind]
    found: dict[str, Any] = {
        "resourceType": "CodeSystem",
        "url": url,
        "version": as_of.isoformat(),
        "name": name,
        "title": title,
        "status": "active",
        "experimental": _content(book, kind, as_of) is Content.EXAMPLE,
        "language": "zh-CN",
        "caseSensitive": True,
        "content": _content(book, kind, as_of).value,
        "count": len(entries),
        "property": [
            {"code": code, "type": kind_of} for code, kind_of in _PROPERTIES if code in _used(kind)
        ],
    }
    if entries:
        found["concept"] = [_concept(entry) for entry in entries]
    return found


_PROPERTIES: Final = (
    ("authority", "code"),
    ("city", "string"),
    ("county", "string"),
    ("level", "string"),
    ("grade", "code"),
    ("validFrom", "dateTime"),
    ("validThrough", "dateTime"),
    ("successor", "string"),
    ("source", "string"),
)


def _used(kind: Kind) -> set[str]:
    shared = {"validFrom", "validThrough", "successor", "source"}
    if kind == "region":
        return shared | {"authority", "city", "county"}
    return shared | {"level", "grade"} if kind == "series" else shared


def _concept(entry: Entry) -> dict[str, Any]:
    found: list[tuple[str, str, object]] = []
    if isinstance(entry, RegionCode):
        found.append(("authority", "valueCode", entry.authority.value))
        found += [("city", "valueString", entry.city), ("county", "valueString", entry.county)]
    if isinstance(entry, SeriesCode):
        found.append(("level", "valueString", entry.level))
        found.append(("grade", "valueCode", entry.grade.value))
    first, last = entry.valid_from, entry.valid_through
    found.append(("validFrom", "valueDateTime", first.isoformat() if first else None))
    found.append(("validThrough", "valueDateTime", last.isoformat() if last else None))
    found += [("successor", "valueString", code) for code in entry.successors]
    found.append(("source", "valueString", str(entry.source)))
    properties = [{"code": code, kind: value} for code, kind, value in found if value is not None]
    return {"code": entry.code, "display": entry.name, "property": properties}


_SDMX_SCHEMA: Final = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/structure-message/tools/schemas/"
    "2.0.0/sdmx-json-structure-schema.json"
)


def to_sdmx(
    book: CodeBook, kind: Kind, *, as_of: date, agency: str, codelist: str | None = None
) -> dict[str, Any]:
    """Return the codes in force on a day as an SDMX-JSON 2.0 structure message of one codelist.

    A list that is not known to be complete says ``isPartial``.

    Args:
        book: The codes.
        kind: ``region``, ``prefix`` or ``series``.
        as_of: The day; the message bears it as its time of preparation too.
        agency: The id of the agency under which you publish it.
        codelist: The codelist's id; ``CL_REGION``, ``CL_PREFIX`` or ``CL_SERIES`` if not given.

    Returns:
        Plain dictionaries and lists, ready for ``json.dumps``.

    Raises:
        ValueError: If there is no such kind.

    >>> from datetime import date
    >>> from sdcert.codes import CodeBook
    >>> made = to_sdmx(CodeBook.bundled(), "series", as_of=date(2019, 3, 1), agency="EXAMPLE")
    >>> made["data"]["codelists"][0]["isPartial"]
    True
    >>> to_sdmx(CodeBook.bundled(), "title", as_of=date(2019, 3, 1), agency="EXAMPLE")
    Traceback (most recent call last):
        ...
    ValueError: kind must be region, prefix or series, not 'title'
    """
    entries = _entries(book, kind, as_of)
    return {
        "meta": {
            "schema": _SDMX_SCHEMA,
            "id": f"{codelist or 'CL_' + kind.upper()}-{as_of:%Y%m%d}",
            "prepared": f"{as_of.isoformat()}T00:00:00Z",
            "contentLanguages": ["zh"],
            "sender": {"id": agency},
        },
        "data": {
            "codelists": [
                {
                    "id": codelist or f"CL_{kind.upper()}",
                    "agencyID": agency,
                    "version": f"1.0.0-{as_of:%Y%m%d}",
                    "name": _TITLES[kind][1],
                    "names": {"zh": _TITLES[kind][1]},
                    "isPartial": _content(book, kind, as_of) is not Content.COMPLETE,
                    "codes": [_code(entry) for entry in entries],
                }
            ]
        },
    }


def _code(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": entry.code,
        "name": entry.name,
        "names": {"zh": entry.name},
    }
    first, last = entry.valid_from, entry.valid_through
    if first or last:
        begin = f"{first.isoformat()}T00:00:00" if first else ""
        end = f"{last.isoformat()}T23:59:59" if last else ""
        found["annotations"] = [{"type": "FR_VALIDITY_PERIOD", "title": f"{begin}/{end}"}]
    return found


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the JSON form.

    >>> json_schema()["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    import json  # noqa: PLC0415 - only here is data read
    from importlib.resources import files  # noqa: PLC0415

    text = files("sdcert.codes").joinpath("data/codebook.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
