"""Warnings: what a table may say and is more often an accident."""

from __future__ import annotations

from datetime import date

from sdcert.codes import CityPrefix, CodeBook, Edition, RegionCode, Source
from sdcert.testing.examples import complete_codes, example_codes

SOURCE = Source("示例")


def kinds(*cities: RegionCode, prefix: str = "甲市") -> list[tuple[str, str, str]]:
    province = Edition(
        "p", "province", "省", SOURCE, "fragment", entries=[CityPrefix("91", prefix)]
    )
    city = Edition("c", "city:91", "市", SOURCE, "fragment", entries=cities)
    found = CodeBook([province, city]).warnings()
    for one in found:
        assert one.message("en")
        assert one.message("zh")
    return [(one.kind, one.value, one.file) for one in found]


def test_two_bureaus_of_one_place_on_the_same_days() -> None:
    first = RegionCode("91020", "市局", "city-hrss", "甲市")
    assert kinds(first, RegionCode("91021", "另一市局", "city-hrss", "甲市")) == [
        ("two-bureaus", "91021", "c")
    ]
    ended = RegionCode("91020", "市局", "city-hrss", "甲市", valid_through=date(2019, 12, 31))
    later = RegionCode("91021", "市局", "city-hrss", "甲市", valid_from=date(2020, 1, 1))
    assert kinds(ended, later) == []
    counties = [RegionCode(f"9110{n}", "县局", "county-hrss", "甲市", f"{n}县") for n in (1, 2)]
    assert kinds(first, *counties) == []


def test_two_names_of_a_city_for_one_prefix() -> None:
    assert kinds(RegionCode("91020", "市局", "city-hrss", "乙市")) == [("two-cities", "91", "p")]


def test_a_city_that_was_renamed_has_two_names_one_after_the_other() -> None:
    old = RegionCode("91020", "市局", "city-hrss", "乙市", valid_through=date(2019, 12, 31))
    new = RegionCode("91020", "市局", "city-hrss", "丙市", valid_from=date(2020, 1, 1))
    city = Edition("c", "city:91", "市", SOURCE, "fragment", entries=[old, new])
    assert CodeBook([city]).warnings() == ()


def test_a_county_bureau_without_county_and_a_body_of_a_city_with_one() -> None:
    assert kinds(
        RegionCode("91020", "县局", "county-hrss"),
        RegionCode("91021", "教育局", "city-department", "甲市", "某县"),
    ) == [("county-missing", "91020", "c"), ("county-extra", "91021", "c")]


def test_the_bundled_and_the_example_tables_are_free_of_warnings() -> None:
    for book in (CodeBook.bundled(), example_codes(), complete_codes()):
        assert book.warnings() == ()
