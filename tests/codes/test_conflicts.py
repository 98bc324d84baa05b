"""Editions that contradict each other, and what is more often an accident: warnings."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from sdcert.codes import (
    CityPrefix,
    CodeBook,
    CodeConflict,
    Content,
    Edition,
    NotListed,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.edition import SERIES
from sdcert.testing.examples import complete_codes, example_codes
from tests.support.codes import DEPARTMENT, TWO, D, edition, region

CONFLICTS: list[tuple[Edition, Edition, str]] = [
    (edition("a"), edition("A", domain=SERIES, source=TWO), "same-id"),
    (
        edition("a", region("90001")),
        edition("b", region("90001", "新"), source=TWO),
        "contradiction",
    ),
    (edition("a", region("90001")), edition("b", source=TWO), "beyond-complete"),
    (edition("a"), edition("b", region("90001"), source=TWO), "beyond-complete"),
    (edition("a"), edition("b", domain="city:91", source=TWO), "prefix-unknown"),
    (
        edition("a", region("91001", authority=DEPARTMENT)),
        edition("b", CityPrefix("91", "市"), since=D(2021, 1, 1), source=TWO),
        "prefix-clash",
    ),
    (
        edition("a", region("91001", authority=DEPARTMENT), content="fragment"),
        edition("b", region("91001"), domain="city:91", source=TWO),
        "prefix-clash",
    ),
    (
        edition("a", CityPrefix("92", "市"), region("93001", authority=DEPARTMENT)),
        edition("b", CityPrefix("93", "市"), since=D(2021, 1, 1), source=TWO),
        "prefix-clash",
    ),
]


@pytest.mark.parametrize(("one", "other", "kind"), CONFLICTS)
def test_a_conflict_names_both_sources_in_either_order(
    one: Edition, other: Edition, kind: str
) -> None:
    said = []
    for first, second in ((one, other), (other, one)):
        with pytest.raises(CodeConflict) as caught:
            CodeBook([first]).overlay(second)
        assert {fault.kind for fault in caught.value.faults} == {kind}
        for lang in ("en", "zh"):
            text = caught.value.faults[0].message(lang)
            assert "示例〔1〕号" in text
            assert "示例〔2〕号" in text
        said.append({fault.kind for fault in caught.value.faults})
    assert said[0] == said[1]


def test_of_two_editions_that_which_lists_a_code_is_named_as_such() -> None:
    lists, complete = edition("a", region("90001")), edition("b", source=TWO)
    for first, second in ((lists, complete), (complete, lists)):
        with pytest.raises(CodeConflict, match=r"a .*lists code 90001, but b .*, complete"):
            CodeBook([first]).overlay(second)


def test_a_code_may_pass_from_the_province_to_a_city() -> None:
    before = region("91001", "省直单位", authority=DEPARTMENT, valid_through=D(2020, 12, 31))
    after = region("91001", "市局", valid_from=D(2021, 1, 1))
    prefix = CityPrefix("91", "甲市", valid_from=D(2021, 1, 1))
    book = CodeBook(
        [
            edition("p", before, prefix),
            edition("c", after, region("91002"), domain="city:91", since=D(2021, 1, 1)),
        ]
    )
    assert [entry.name for entry in book.history("91001")] == ["省直单位", "市局"]
    assert [entry.code for entry in book] == ["91001", "91001", "91002", "91"]
    assert len(book) == 3


def test_editions_of_one_day_may_agree() -> None:
    one = edition("a", region("90001"))
    part = edition("b", region("90001"), content="fragment", source=TWO)
    book = CodeBook([part, one])
    answer = book.region("90002", on=D(2020, 1, 1))
    assert isinstance(answer, NotListed)
    assert answer.content is Content.COMPLETE
    assert answer.table == "a (示例〔1〕号), b (示例〔2〕号)"
    two_parts = CodeBook([part, attrs.evolve(part, id="c", entries=(region("90009"),))])
    assert len(two_parts) == 2


def test_a_city_needs_no_prefix_where_no_complete_list_is_in_force() -> None:
    city = edition("c", domain="city:91", since=D(2018, 1, 1))
    assert len(CodeBook([edition("p"), city]).editions) == 2
    listed = edition("p2", CityPrefix("91", "市"), since=D(2022, 1, 1))
    # of several lists the one in force on the city's first day decides
    for contents, refused in (
        (("fragment", "complete", "fragment"), False),
        (("complete", "complete", "fragment"), False),
        (("fragment", "fragment", "complete"), True),
    ):
        lists = [
            edition(f"p{n}", region("90001"), content=one, since=D(2015 + n, 1, 1))
            for n, one in enumerate(contents)
        ]
        if refused:
            with pytest.raises(CodeConflict):
                CodeBook([*lists, city])
        else:
            assert CodeBook([*lists, city])
    late = attrs.evolve(city, valid_from=D(2020, 1, 1))
    assert len(CodeBook([edition("p"), listed, late]).editions) == 3


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
    counted = RegionCode("91021", "市局", "city-hrss", "甲市", "某县")
    assert kinds(first, counted) == [("county-extra", "91021", "c"), ("two-bureaus", "91021", "c")]
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
