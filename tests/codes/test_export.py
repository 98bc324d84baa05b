"""Exports never make an example look real, and speak from spans."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest

from sdcert.codes import CityPrefix, CodeBook, Edition, RegionCode, SeriesCode, Source
from sdcert.codes.export import InvalidExport, Kind, to_fhir, to_sdmx
from sdcert.codes.model import Entry
from sdcert.testing.examples import example_codes

SOURCE = Source("示例")
DAY = date(2020, 1, 1)
NO_KIND: Any = []
NO_TEXT: Any = DAY
NAIVE = datetime(2026, 1, 2)  # noqa: DTZ001


def series(name: str, code: str, content: str, since: date | None = None) -> Edition:
    entry = SeriesCode(code, "x", "高级")
    return Edition(name, "series", "省", SOURCE, content, since, entries=[entry])


def fhir(book: CodeBook, as_of: date = DAY, **more: Any) -> dict[str, Any]:
    return to_fhir(book, "series", as_of=as_of, url="urn:example:codes", **more)


def test_one_entry_of_an_example_makes_the_list_an_example() -> None:
    book = CodeBook(
        [
            series("real", "011", "fragment", date(2019, 1, 27)),
            series("demo", "611", "example", date(2024, 1, 1)),
        ]
    )
    made = fhir(book)
    assert [one["code"] for one in made["concept"]] == ["011", "611"]
    assert (made["content"], made["experimental"]) == ("example", True)
    early = fhir(example_codes(), date(1900, 6, 1))
    assert early["experimental"] is True


def test_an_end_that_an_example_states_makes_the_list_an_example() -> None:
    """A real table lists a code; a later example alone gives it a last day, or ends its prefix."""
    since, last = date(2019, 1, 1), date(2023, 12, 31)

    def overlaid(domain: str, entry: Entry, ended: Entry) -> CodeBook:
        real = Edition("real", domain, "省", SOURCE, "fragment", since, entries=[entry])
        example = Edition(
            "demo", domain, "省", SOURCE, "example", date(2024, 1, 1), entries=[ended]
        )
        return CodeBook([real, example])

    going = SeriesCode("601", "x", "高级", valid_from=since)
    prefix = CityPrefix("91", "甲市", since)
    books: list[tuple[Kind, CodeBook]] = [
        ("series", overlaid("series", going, attrs.evolve(going, valid_through=last))),
        ("prefix", overlaid("province", prefix, attrs.evolve(prefix, valid_through=last))),
    ]
    office = RegionCode("91101", "局", "city-department", "甲市")
    city = Edition("c", "city:91", "市", SOURCE, "fragment", since, entries=[office])
    books.append(("region", books[1][1].overlay(city)))
    for kind, book in books:
        made = to_fhir(book, kind, as_of=DAY, url="urn:x")
        days = {one["code"]: one.get("valueDateTime") for one in made["concept"][0]["property"]}
        assert days["validThrough"] == "2023-12-31"
        assert (made["content"], made["experimental"]) == ("example", True)
        (found,) = to_sdmx(book, kind, as_of=DAY, agency="A")["data"]["codelists"]
        assert found["name"].endswith("（示例）")
    (real,) = to_sdmx(CodeBook([city]), "region", as_of=DAY, agency="A")["data"]["codelists"]
    assert real["name"] == "地区部门识别代码"


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_content_does_not_depend_on_the_names_of_editions(ids: tuple[str, str]) -> None:
    complete, fragment = ids
    book = CodeBook([series(complete, "601", "complete"), series(fragment, "601", "fragment")])
    assert fhir(book)["content"] == "complete"


def test_the_days_that_an_edition_gives_go_along() -> None:
    later = series("b", "600", "complete", date(2021, 1, 1))
    book = CodeBook([series("a", "601", "complete", date(2019, 1, 1)), later])
    (concept,) = fhir(book)["concept"]
    days = {one["code"]: one.get("valueDateTime") for one in concept["property"]}
    assert (concept["code"], days["validThrough"]) == ("601", "2020-12-31")
    (code,) = to_sdmx(book, "series", as_of=DAY, agency="A")["data"]["codelists"][0]["codes"]
    assert code["annotations"][0]["title"].endswith("/2020-12-31T23:59:59")


def test_the_ends_of_the_calendar_are_no_bounds() -> None:
    entry = SeriesCode("601", "x", "高级", valid_from=date.min, valid_through=date.max)
    book = CodeBook([Edition("a", "series", "省", SOURCE, "fragment", entries=[entry])])
    codes = {one["code"] for one in fhir(book)["concept"][0]["property"]}
    assert not codes & {"validFrom", "validThrough"}


def test_books_that_differ_are_never_called_the_same() -> None:
    one, other = (CodeBook([series("a", "601", content)]) for content in ("complete", "fragment"))
    assert fhir(one)["version"] != fhir(other)["version"]
    assert fhir(one, version="7")["version"] == "7"
    first, second = (to_sdmx(book, "series", as_of=DAY, agency="A") for book in (one, other))
    assert first["meta"]["id"] != second["meta"]["id"]
    assert first["data"]["codelists"][0]["version"] != second["data"]["codelists"][0]["version"]
    early = to_sdmx(one, "series", as_of=date(1, 6, 1), agency="A")
    assert "00010601" in early["meta"]["id"]


def test_the_head_says_what_the_list_is() -> None:
    made = fhir(CodeBook([series("a", "601", "complete")]))
    assert {key: made[key] for key in ("status", "language", "caseSensitive", "count")} == {
        "status": "active", "language": "zh-CN", "caseSensitive": True, "count": 1,
    }  # fmt: skip
    day, _, mark = made["version"].partition("+")
    assert (day, len(mark)) == ("2020-01-01", 12)


def test_the_time_of_preparation_is_passed_in() -> None:
    made = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    message = to_sdmx(CodeBook.bundled(), "series", as_of=DAY, agency="A", prepared=made)
    assert message["meta"]["prepared"] == "2026-01-02T03:04:00+00:00"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda book: to_fhir(book, "series", as_of=DAY, url=""), "url"),
        (lambda book: to_fhir(book, NO_KIND, as_of=DAY, url="urn:x"), "kind"),
        (lambda book: to_fhir(book, "series", as_of=DAY, url=NO_TEXT), "url"),
        (lambda book: to_fhir(book, "series", as_of=DAY, url="urn:x", version=""), "version"),
        (lambda book: to_fhir(book, "series", as_of=DAY, url="urn:x", version="a|b"), "version"),
        (lambda book: to_sdmx(book, "series", as_of=DAY, agency="bad agency!"), "agency"),
        (lambda book: to_sdmx(book, "series", as_of=DAY, agency=NO_TEXT), "agency"),
        (lambda book: to_sdmx(book, "series", as_of=DAY, agency="A", prepared=NAIVE), "prepared"),
        (lambda book: to_sdmx(book, "series", as_of=DAY, agency="A", prepared=NO_TEXT), "prepared"),
        (lambda book: to_sdmx(book, "series", as_of=DAY, agency="A", codelist=""), "codelist"),
        (lambda book: to_sdmx(book, "series", as_of=DAY, agency="A", codelist="1 x"), "codelist"),
    ],
)
def test_what_the_other_form_cannot_take_is_refused(call: Any, name: str) -> None:
    with pytest.raises(InvalidExport, match=f"^{name} must be") as caught:
        call(CodeBook.bundled())
    assert caught.value.message("zh").startswith(f"{name}应为")
