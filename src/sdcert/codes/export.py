"""A book in the field's own languages: FHIR CodeSystem and SDMX codelist. Nothing is read here.

Both forms contain each code once, so they show one day; the days of each entry go along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple

import attrs

from sdcert.codes.answers import Span
from sdcert.codes.book import CodeBook
from sdcert.codes.edition import PROVINCE, SERIES, city_domain
from sdcert.codes.model import CityPrefix, Content, Entry, RegionCode, SeriesCode
from sdcert.dates import as_day, overlap
from sdcert.errors import SdcertError, expect
from sdcert.messages import excerpt

__all__ = ["InvalidExport", "Kind", "json_schema", "to_fhir", "to_sdmx"]


@attrs.define(slots=False)
class InvalidExport(SdcertError, ValueError):
    """An argument that the other form cannot take.

    Attributes:
        excerpt: A short, printable excerpt of the value.
        name: The argument: ``kind``, ``url``, ``version``, ``agency``, ``codelist`` or
            ``prepared``.

    >>> from datetime import date
    >>> from sdcert import CodeBook
    >>> from sdcert.codes.export import InvalidExport, to_fhir
    >>> try:
    ...     to_fhir(CodeBook.bundled(), "region", url="no URL", as_of=date(2024, 1, 1))
    ... except InvalidExport as error:
    ...     print(error.name, error.excerpt)
    url no URL
    """

    _text = "codes.export-{name}"
    excerpt: str
    name: str


Kind = Literal["region", "prefix", "series"]


class _Form(NamedTuple):
    """How codes of one kind are shown; properties of a concept with their FHIR types."""

    entry: type[Entry]
    name: str
    title: str
    properties: dict[str, str]


_SHARED: Final = {
    "validFrom": "dateTime",
    "validThrough": "dateTime",
    "successor": "string",
    "source": "string",
}
_BODY: Final = {"authority": "code", "city": "string", "county": "string"}
_TITLE: Final = {"level": "string", "grade": "code"}
_FORMS: Final = {
    "region": _Form(RegionCode, "RegionCode", "地区部门识别代码", _BODY | _SHARED),
    "prefix": _Form(CityPrefix, "CityPrefix", "设区的市前2位代码", _SHARED),
    "series": _Form(SeriesCode, "SeriesCode", "职称系列级别识别代码", _TITLE | _SHARED),
}

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_AGENCY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)*")
_VERSION: Final = re.compile(r"[^\s|](?:[^\n\r\t|]*[^\s|])?")
_ID: Final = re.compile(r"[A-Za-z0-9_@$-]+")


def _matches(value: object, name: str, pattern: re.Pattern[str]) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidExport(excerpt(value), name)


def _spans(book: CodeBook, kind: Kind, as_of: date) -> list[Span]:
    """The spans that cover a day, by code."""
    expect(book, CodeBook, "book")
    day = as_day(as_of, "as_of")
    if kind not in tuple(_FORMS):
        raise InvalidExport(excerpt(kind), "kind")
    spans = (
        span
        for entry in book.entries(on=day)
        if isinstance(entry, _FORMS[kind].entry)
        for span in book.history(entry.code)
        if overlap(span.valid_from, span.valid_through, day, day)
    )
    return sorted(spans, key=lambda span: span.code)


def _content(book: CodeBook, kind: Kind, as_of: date, spans: Sequence[Span]) -> Content:
    """How much the list contains on that day: as much as the weakest of its tables.

    What an example table states of one code that is shown, be it its last day alone, makes the
    whole list an example; so does what it states of the prefix of such a code.
    """
    shown = {span.code for span in spans}
    shown |= {code[:2] for code in shown if kind == "region"}
    examples = (edition for edition in book.editions if edition.content is Content.EXAMPLE)
    if any(entry.code in shown for edition in examples for entry in edition.entries):
        return Content.EXAMPLE
    contents = book._register.contents(as_of.toordinal())  # noqa: SLF001  # of this package
    needed = {SERIES if kind == "series" else PROVINCE}
    if kind == "region":
        needed |= {city_domain(span.code) for span in _spans(book, "prefix", as_of)}
        needed |= contents.keys() - {SERIES}
    return max((contents.get(domain, Content.FRAGMENT) for domain in needed), key=_ORDER.index)


_ORDER: Final = tuple(Content)  # from the one that knows most


def to_fhir(
    book: CodeBook, kind: Kind, *, as_of: date, url: str, version: str | None = None
) -> dict[str, Any]:
    """Return the codes in force on a day as a FHIR R5 ``CodeSystem`` resource.

    ``content`` has the very meaning that it has here, on that day: ``complete`` only if all
    tables concerned are.

    Args:
        book: The codes.
        kind: ``region``, ``prefix`` or ``series``.
        as_of: The day.
        url: The canonical address under which you publish it; none is invented here.
        version: Its version there; by default the day and the beginning of the book's digest, so
            that what differs is never called the same.

    Returns:
        Plain dictionaries and lists, ready for ``json.dumps``.

    Raises:
        InvalidExport: If there is no such kind, or address or version are none (a ValueError).

    >>> from datetime import date
    >>> from sdcert.codes import CodeBook
    >>> day, url = date(2019, 3, 1), "urn:example:series"
    >>> made = to_fhir(CodeBook.bundled(), "series", as_of=day, url=url)
    >>> made["content"], [concept["code"] for concept in made["concept"]]
    ('fragment', ['011', '012'])
    >>> to_fhir(CodeBook.bundled(), "title", as_of=day, url=url)
    Traceback (most recent call last):
        ...
    sdcert.codes.export.InvalidExport: kind must be region, prefix or series, not “title”
    """
    spans = _spans(book, kind, as_of)
    content = _content(book, kind, as_of, spans)
    form = _FORMS[kind]
    _matches(url, "url", _URL)
    if version is not None:
        _matches(version, "version", _VERSION)
    found: dict[str, Any] = {
        "resourceType": "CodeSystem",
        "url": url,
        "version": version if version is not None else f"{as_of.isoformat()}+{_fingerprint(book)}",
        "name": form.name,
        "title": form.title,
        "status": "active",
        "experimental": content is Content.EXAMPLE,
        "language": "zh-CN",
        "caseSensitive": True,
        "content": content.value,
        "count": len(spans),
        "property": [{"code": name, "type": type_} for name, type_ in form.properties.items()],
    }
    if spans:
        found["concept"] = [_concept(span, form.properties) for span in spans]
    return found


def _fingerprint(book: CodeBook) -> str:
    return book.digest.removeprefix("sha256:")[:12]


def _bounds(span: Span) -> tuple[date | None, date | None]:
    """The known days of a span; the ends of the calendar bound nothing."""
    first, last = span.valid_from, span.valid_through
    return None if first == date.min else first, None if last == date.max else last


def _concept(span: Span, types: Mapping[str, str]) -> dict[str, Any]:
    entry = span.entry
    first, last = _bounds(span)
    found = [(name, getattr(entry, name)) for name in types if name not in _SHARED]
    found += [("validFrom", first), ("validThrough", last)]
    found += [("successor", code) for code in entry.successors]
    found.append(("source", entry.source))
    properties = [
        {"code": name, f"value{types[name][0].upper()}{types[name][1:]}": str(value)}
        for name, value in found
        if value is not None
    ]
    return {"code": entry.code, "display": entry.name, "property": properties}


_SDMX_SCHEMA: Final = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/structure-message/tools/schemas/"
    "2.0.0/sdmx-json-structure-schema.json"
)


def to_sdmx(
    book: CodeBook,
    kind: Kind,
    *,
    as_of: date,
    agency: str,
    codelist: str | None = None,
    prepared: datetime | None = None,
) -> dict[str, Any]:
    """Return the codes in force on a day as an SDMX-JSON 2.0 structure message of one codelist.

    A list that is not known to be complete says ``isPartial``; the name of an example ends in
    （示例）.

    Args:
        book: The codes.
        kind: ``region``, ``prefix`` or ``series``.
        as_of: The day.
        agency: The id of the agency under which you publish it.
        codelist: The codelist's id; ``CL_REGION``, ``CL_PREFIX`` or ``CL_SERIES`` if not given.
        prepared: When the message was made, with a zone. SDMX requires it and this library reads
            no clock: without it, the beginning of the day takes its place.

    Returns:
        Plain dictionaries and lists, ready for ``json.dumps``.

    Raises:
        InvalidExport: If there is no such kind, an id is none of SDMX, or ``prepared`` has no zone
            (a ValueError).

    >>> from datetime import date
    >>> from sdcert.codes import CodeBook
    >>> made = to_sdmx(CodeBook.bundled(), "series", as_of=date(2019, 3, 1), agency="EXAMPLE")
    >>> made["data"]["codelists"][0]["isPartial"]
    True
    >>> to_sdmx(CodeBook.bundled(), "title", as_of=date(2019, 3, 1), agency="EXAMPLE")
    Traceback (most recent call last):
        ...
    sdcert.codes.export.InvalidExport: kind must be region, prefix or series, not “title”
    """
    spans = _spans(book, kind, as_of)
    listed = f"CL_{kind.upper()}" if codelist is None else codelist
    _matches(agency, "agency", _AGENCY)
    _matches(listed, "codelist", _ID)
    if prepared is not None and getattr(prepared, "tzinfo", None) is None:
        raise InvalidExport(excerpt(prepared), "prepared")
    meta: dict[str, Any] = {
        "schema": _SDMX_SCHEMA,
        "id": f"{listed}-{as_of.isoformat().replace('-', '')}-{_fingerprint(book)}",
        "prepared": prepared.isoformat() if prepared else f"{as_of.isoformat()}T00:00:00Z",
        "contentLanguages": ["zh"],
        "sender": {"id": agency},
    }
    content = _content(book, kind, as_of, spans)
    # SDMX has no mark for an example: the name says it.
    title = _FORMS[kind].title + ("（示例）" if content is Content.EXAMPLE else "")
    found = {
        "id": listed,
        "agencyID": agency,
        "version": f"1.0.0-{as_of.isoformat().replace('-', '')}.{_fingerprint(book)}",
        "name": title,
        "names": {"zh": title},
        "isPartial": content is not Content.COMPLETE,
        "codes": [_code(span) for span in spans],
    }
    return {"meta": meta, "data": {"codelists": [found]}}


def _code(span: Span) -> dict[str, Any]:
    entry = span.entry
    found: dict[str, Any] = {
        "id": entry.code,
        "name": entry.name,
        "names": {"zh": entry.name},
    }
    first, last = _bounds(span)
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
