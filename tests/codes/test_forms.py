"""Books in other languages: JSON Schema, FHIR and SDMX, judged by their own tools."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest
from fhir.resources.codesystem import CodeSystem
from hypothesis import given, settings
from pysdmx.io import read_sdmx

from sdcert.codes import (
    CityPrefix,
    CodeBook,
    Content,
    Edition,
    InvalidTable,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.edition import PROVINCE, SERIES, city_domain
from sdcert.codes.export import Kind, json_schema, to_fhir, to_sdmx
from sdcert.testing.books import code_books
from sdcert.testing.examples import complete_codes, example_codes

DAY = date(2022, 1, 1)
KINDS: tuple[Kind, ...] = ("region", "prefix", "series")


@settings(max_examples=10)
@given(code_books())
def test_the_json_form_obeys_its_schema(book: CodeBook) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(book.to_json()), schema)


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    good = json.loads(complete_codes().to_json())
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid(good)
    first: dict[str, Any] = good["editions"][0]
    entry: dict[str, Any] = first["entries"][0]
    for place, key, value in (
        (first, "entries", []),
        (first, "id", "a b"),
        (first, "id", f"{first['id']}\n"),
        (first, "publisher", "=1+1"),
        (entry, "code", f"{entry['code']}\n"),
        (entry, "name", " 局"),
        (entry, "name", "局\n"),
    ):
        before, place[key] = place[key], value
        assert not validator.is_valid(good), (key, value)
        with pytest.raises(InvalidTable):
            CodeBook.from_json(json.dumps(good))
        place[key] = before
    first |= {"content": "fragment", "entries": []}
    assert validator.is_valid(good)


@pytest.mark.parametrize("kind", KINDS)
def test_pysdmx_reads_the_codelist_back(kind: Kind) -> None:
    book = example_codes()
    message = read_sdmx(json.dumps(to_sdmx(book, kind, as_of=DAY, agency="EXAMPLE")))
    (found,) = message.get_codelists()
    names = {"region": RegionCode, "prefix": CityPrefix}
    entries = [e for e in book.entries(on=DAY) if isinstance(e, names.get(kind, object))]
    if kind == "series":
        entries = list(book.series_codes(on=DAY))
    assert {code.id: code.name for code in found.items} == {e.code: e.name for e in entries}
    assert (found.id, found.agency, found.is_partial) == (f"CL_{kind.upper()}", "EXAMPLE", True)
    for code in found.items:
        (span,) = (
            one
            for one in book.history(code.id)
            if (one.valid_from or DAY) <= DAY <= (one.valid_through or DAY)
        )
        first, last = span.valid_from, span.valid_through
        assert (code.valid_from.date() if code.valid_from else None) == first
        assert (code.valid_to.date() if code.valid_to else None) == last


def test_a_complete_list_is_not_partial() -> None:
    made = to_sdmx(complete_codes(), "series", as_of=DAY, agency="EXAMPLE", codelist="CL_TITLE")
    (found,) = read_sdmx(json.dumps(made)).get_codelists()
    assert (found.id, found.is_partial) == ("CL_TITLE", False)


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_system_has_each_code_once_and_declares_its_properties(kind: Kind) -> None:
    book = example_codes()
    found: dict[str, Any] = to_fhir(book, kind, as_of=DAY, url="urn:example:codes")
    read = CodeSystem.model_validate(found)
    assert (read.content, read.count) == ("example", len(read.concept or ()))
    codes = [concept["code"] for concept in found["concept"]]
    assert len(codes) == len(set(codes)) == found["count"]
    assert (found["content"], found["experimental"]) == ("example", True)
    declared = {one["code"]: one["type"] for one in found["property"]}
    types = {"code": "valueCode", "string": "valueString", "dateTime": "valueDateTime"}
    used = set()
    for concept in found["concept"]:
        for one in concept["property"]:
            assert set(one) == {"code", types[declared[one["code"]]]}
            used.add(one["code"])
    assert used <= set(declared)
    assert "source" in used


def test_there_are_three_kinds_of_lists() -> None:
    calls: tuple[Any, ...] = (to_fhir, to_sdmx)
    for call in calls:
        more: dict[str, Any] = {"url": "urn:x"} if call is to_fhir else {"agency": "X"}
        with pytest.raises(ValueError, match="kind must be region, prefix or series"):
            call(CodeBook(), "title", as_of=DAY, **more)


def test_an_empty_book_gives_an_empty_fragment() -> None:
    found = to_fhir(CodeBook(), "region", as_of=DAY, url="urn:example:codes")
    assert (found["count"], found["content"]) == (0, "fragment")
    assert "concept" not in found


@pytest.mark.parametrize(
    ("province", "city", "expected"),
    [
        (Content.COMPLETE, Content.COMPLETE, "complete"),
        (Content.COMPLETE, Content.FRAGMENT, "fragment"),
        (Content.COMPLETE, None, "fragment"),
        (Content.EXAMPLE, Content.FRAGMENT, "example"),
        (None, Content.COMPLETE, "fragment"),
    ],
)
def test_a_list_of_regions_is_as_complete_as_its_weakest_table(
    province: Content | None, city: Content | None, expected: str
) -> None:
    source = Source("示例")
    prefix = CityPrefix("91", "甲市")
    found = []
    if province:
        found.append(Edition("p", PROVINCE, "省", source, province, entries=[prefix]))
    if city:
        office = RegionCode("91020", "局", "city-hrss")
        found.append(Edition("c", city_domain("91"), "市", source, city, entries=[office]))
    title = SeriesCode("601", "教师", "中级")
    found.append(Edition("s", SERIES, "省", source, "complete", date(2023, 1, 1), entries=[title]))
    book = CodeBook(found)
    assert to_fhir(book, "region", as_of=DAY, url="urn:x")["content"] == expected
    assert to_fhir(book, "series", as_of=DAY, url="urn:x")["content"] == "fragment"
    assert to_fhir(book, "series", as_of=date(2023, 1, 1), url="urn:x")["content"] == "complete"
    listed = "fragment" if province is None else province.value
    assert to_fhir(book, "prefix", as_of=DAY, url="urn:x")["content"] == listed
