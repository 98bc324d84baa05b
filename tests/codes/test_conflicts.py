"""Editions that contradict each other."""

from __future__ import annotations

import attrs
import pytest

from sdcert.codes import (
    CityPrefix,
    CodeBook,
    CodeConflict,
    Content,
    Edition,
    NotListed,
)
from sdcert.codes.edition import SERIES
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
    late = attrs.evolve(city, valid_from=D(2020, 1, 1))
    assert len(CodeBook([edition("p"), listed, late]).editions) == 3
