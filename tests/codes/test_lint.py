"""Warnings: what a table may say and is more often an accident."""

from __future__ import annotations

from datetime import date

import attrs

from sdcert.codes import CityPrefix, CodeBook, Edition, RegionCode, SeriesCode, Source
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


def test_a_body_of_the_province_with_a_city() -> None:
    entry = RegionCode("90101", "省厅", "provincial-department", "甲市")
    found = CodeBook([Edition("p", "province", "省", SOURCE, "fragment", entries=[entry])])
    (warning,) = found.warnings()
    assert warning.kind == "city-extra"
    assert warning.message("en") != warning.message("zh")


def test_two_codes_of_one_body_city_or_title_on_the_same_days() -> None:
    office = RegionCode("91021", "教育局", "city-department", "甲市")
    again = RegionCode("91022", "教育局", "city-department", "甲市")
    assert kinds(office, again) == [("two-codes", "91022", "c")]
    assert kinds(office, RegionCode("91022", "教育局", "city-enterprise", "甲市")) == []
    gone = RegionCode("91021", "教育局", "city-department", "甲市", None, None, date(2019, 12, 31))
    later = attrs.evolve(again, valid_from=date(2020, 1, 1))
    assert kinds(gone, later) == []
    prefixes = [CityPrefix("91", "甲市"), CityPrefix("92", "甲市")]
    titles = [SeriesCode(code, "示例系列", "高级") for code in ("601", "602")]
    book = CodeBook(
        [
            Edition("p", "province", "省", SOURCE, "fragment", entries=prefixes),
            Edition("s", "series", "省", SOURCE, "fragment", entries=titles),
        ]
    )
    assert [(one.kind, one.value) for one in book.warnings()] == [
        ("two-codes", "92"),
        ("two-codes", "602"),
    ]


def test_series_codes_of_the_national_standard_are_suspected() -> None:
    titles = [SeriesCode("011", "高等学校教师", "正高级"), SeriesCode("012", "中小学教师", "高级")]
    book = CodeBook([Edition("s", "series", "省", SOURCE, "fragment", entries=titles)])
    (found,) = book.warnings()
    assert (found.kind, found.value) == ("not-attested", "011")
    assert "GB/T 8561" in found.message()
    assert "GB/T 8561" in found.message("zh")


def test_the_bundled_and_the_example_tables_are_free_of_warnings() -> None:
    for book in (CodeBook.bundled(), example_codes(), complete_codes()):
        assert book.warnings() == ()
