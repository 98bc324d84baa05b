"""Entries and editions: what can be made, and what each malformed field is called."""

from __future__ import annotations

import itertools
import pickle
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Content,
    Grade,
    InvalidTable,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.edition import PROVINCE, SERIES, city_domain, domain_label, edition_faults
from sdcert.codes.jsonform import entry_to

if TYPE_CHECKING:
    from collections.abc import Callable


from tests.support.codes import DEPARTMENT, D, edition, region

BAD_SOURCE = ["missing", "day-value", "sha256"]
ENTRIES: list[tuple[Callable[[], object], list[str]]] = [
    (lambda: RegionCode("1402", "局", AuthorityKind.OTHER), ["code"]),
    (lambda: RegionCode(14020, "局", AuthorityKind.OTHER), ["code"]),  # type: ignore[arg-type]
    (lambda: RegionCode("90001", None, AuthorityKind.OTHER), ["missing"]),  # type: ignore[arg-type]
    (lambda: RegionCode("90001", " 局", AuthorityKind.OTHER), ["text"]),
    (lambda: RegionCode("90001", 5, AuthorityKind.OTHER), ["text"]),  # type: ignore[arg-type]
    (
        lambda: region("90001", valid_through=D(2019, 1, 1), successors=3.5),
        ["successor"],
    ),
    (
        lambda: region("90001", valid_through=D(2019, 1, 1), successors=False),
        ["successor"],
    ),
    (lambda: RegionCode("90001", "局", AuthorityKind.OTHER, city=""), ["missing"]),
    (lambda: RegionCode("90001", "局", None), ["authority"]),  # type: ignore[arg-type]
    (lambda: region("90001", valid_from="2019-01-01"), ["day-value"]),
    (lambda: region("90001", valid_through=datetime(2019, 1, 1)), ["day-value"]),  # noqa: DTZ001
    (lambda: region("90001", successors=["90002"]), ["successor-open"]),
    (lambda: region("90001", source="文件"), ["source"]),
    (
        lambda: region("90001", valid_from=D(2020, 1, 1), valid_through=D(2019, 1, 1)),
        ["day-order"],
    ),
    (
        lambda: region("90001", valid_through=D(2019, 1, 1), successors=("9", 7, "90002")),
        ["successor", "successor"],
    ),
    (lambda: CityPrefix("914", ""), ["code", "missing"]),
    (lambda: SeriesCode("01", "教师", "特级"), ["code", "level"]),
    (lambda: SeriesCode("601", "教师", None), ["level"]),  # type: ignore[arg-type]
    (lambda: SeriesCode("601", "教师", "中级", None), ["grade"]),  # type: ignore[arg-type]
    (lambda: SeriesCode("601", "教师", "员级", Grade.SENIOR), ["level-grade"]),
    (lambda: SeriesCode("601", "教师", "员级", "low"), ["grade"]),
    (lambda: CityPrefix("91", None), ["missing"]),  # type: ignore[arg-type]
    (lambda: SeriesCode("601", None, "中级"), ["missing"]),  # type: ignore[arg-type]
    (lambda: Source(None), ["missing"]),  # type: ignore[arg-type]
    (lambda: Source("文件", "", retrieved="x", sha256="F" * 64), BAD_SOURCE),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("make", "kinds"), ENTRIES)
def test_a_malformed_entry_cannot_be_made(make: Callable[[], object], kinds: list[str]) -> None:
    with pytest.raises(InvalidTable) as caught:
        make()
    assert [fault.kind for fault in caught.value.faults] == kinds
    assert str(caught.value) == caught.value.message()
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults
    for fault in caught.value.faults:
        assert str(fault) == fault.message()


def test_one_successor_may_be_given_as_text() -> None:
    entry = region("90001", valid_through=D(2020, 1, 1), successors="90002")
    assert entry.successors == ("90002",)
    several = region("90001", valid_through=D(2020, 1, 1), successors=np.array(["90003", "90002"]))
    assert several.successors == ("90002", "90003")
    assert "source" not in entry_to(entry)
    assert CodeBook.bundled().successors(region("14020", "别局")) == ()


def test_levels_give_their_grade() -> None:
    grades = {level: SeriesCode("601", "教师", level).grade for level in ("高级", "中级", "员级")}
    assert list(grades.values()) == [Grade.SENIOR, Grade.INTERMEDIATE, Grade.JUNIOR]
    title = SeriesCode("601", "教师", "初级", "junior")
    assert title.grade is Grade.JUNIOR
    assert (title.name, title.width) == ("教师初级", 3)


def test_the_prefix_follows_from_the_kind_of_authority() -> None:
    found = {kind: RegionCode("91020", "局", kind, "市").prefix for kind in AuthorityKind}
    assert {kind for kind, prefix in found.items() if prefix is None} == {
        AuthorityKind.PROVINCIAL_HRSS,
        AuthorityKind.PROVINCIAL_DEPARTMENT,
        AuthorityKind.PROVINCIAL_ENTERPRISE,
    }
    assert RegionCode("91020", "局", AuthorityKind.OTHER).prefix is None
    for kind in AuthorityKind:
        assert kind.label()
        assert kind.label("zh")
    assert {(one.label(), one.label("zh")) for one in Content} == {
        ("complete table", "完整代码表"),
        ("part of a table", "部分代码表"),
        ("example", "示例代码表"),
    }
    assert Grade.SENIOR.label() == "senior"


EDITIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({"id": ""}, ["id"]),
    ({"id": 7}, ["id"]),
    ({"domain": "city"}, ["domain"]),
    ({"domain": None}, ["domain"]),
    ({"publisher": ""}, ["missing"]),
    ({"publisher": None}, ["missing"]),
    ({"source": None}, ["source-missing"]),
    ({"source": "示例"}, ["source"]),
    ({"content": "whole"}, ["content"]),
    ({"content": 1}, ["content"]),
    ({"valid_from": "x", "published_on": "y"}, ["day-value", "day-value"]),
    ({"entries": [SeriesCode("601", "教师", "中级")]}, ["wrong-entry"]),
    ({"domain": SERIES, "entries": [region("90001")]}, ["wrong-entry"]),
    ({"domain": SERIES, "entries": [CityPrefix("91", "市")]}, ["wrong-entry"]),
    ({"domain": "city:91", "entries": [CityPrefix("91", "市")]}, ["wrong-entry"]),
    ({"domain": "city:91", "entries": [region("92020")]}, ["foreign-prefix"]),
    ({"entries": [region("91020")]}, ["authority-domain"]),
    (
        {"domain": "city:91", "entries": [region("91020", authority=DEPARTMENT)]},
        ["authority-domain"],
    ),
    ({"entries": [CityPrefix("90", "市"), region("90001")]}, ["under-prefix"]),
    ({"entries": [region("90001"), region("90001")]}, ["duplicate"]),
    (
        {
            "entries": [
                region("90001", valid_through=D(2020, 1, 1)),
                region("90001", "新", valid_from=D(2020, 1, 1)),
            ]
        },
        ["overlap"],
    ),
    (
        {"entries": [region("90001", valid_through=D(2020, 1, 1), successors=["90002"])]},
        ["successor-missing"],
    ),
    (
        {"entries": [CityPrefix("91", "市", valid_through=D(2020, 1, 1), successors=["92"])]},
        ["successor-missing"],
    ),
    # a successor goes on after the last day of the entry
    (
        {
            "entries": [
                region("90001", valid_through=D(2020, 1, 1), successors=["90002"]),
                region("90002", valid_through=D(2020, 1, 1)),
            ]
        },
        ["successor-missing"],
    ),
    # of successors that other tables know, and of those that this one has to
    (
        {
            "domain": "city:91",
            "entries": [
                region("91001", valid_through=D(2020, 1, 1), successors=["90001", "91002"])
            ],
        },
        ["successor-missing"],
    ),
]


@pytest.mark.parametrize(("change", "kinds"), EDITIONS)
def test_a_faulty_edition_cannot_be_made(change: dict[str, Any], kinds: list[str]) -> None:
    with pytest.raises(InvalidTable) as caught:
        attrs.evolve(edition("e"), **change)
    assert [fault.kind for fault in caught.value.faults] == kinds


def test_the_faults_of_an_edition_are_in_the_order_of_its_rows() -> None:
    days = [(None, D(2018, 1, 1)), (D(2019, 1, 1), D(2019, 6, 1)), (D(2019, 6, 1), None)]
    lives = [region("91001", valid_from=first, valid_through=last) for first, last in days]
    with pytest.raises(InvalidTable) as caught:
        edition("e", *lives, region("92001"), region("91002"), region("91002"), domain="city:91")
    assert [(fault.kind, fault.row) for fault in caught.value.faults] == [
        ("overlap", 3),
        ("duplicate", 5),
        ("foreign-prefix", 6),
    ]
    assert "row 2" in caught.value.faults[0].message()
    assert "row 4" in caught.value.faults[1].message()


def test_of_two_entries_of_a_code_the_one_that_lasts_longer_is_at_fault() -> None:
    ends = [D(2025, 1, 1), D(2020, 1, 1), None]
    for one, other in itertools.permutations(ends, 2):
        entries = [region("90001", valid_through=end) for end in (one, other)]
        [(index, fault)] = edition_faults(PROVINCE, tuple(enumerate(entries)))
        assert fault.kind == "overlap"
        assert (entries[index].valid_through or D.max) == max(one or D.max, other or D.max)


def test_what_an_edition_may_hold() -> None:
    """An entry of a single day, and a successor under a prefix, of which the city's table knows."""
    day = D(2020, 1, 1)
    assert edition("e", region("90001", valid_from=day, valid_through=day))
    moved = region("90001", valid_through=day, successors=["91020"])
    assert edition("e", CityPrefix("91", "市"), moved)
    lives = [region("90001", valid_through=day), region("90001", valid_from=D(2020, 1, 2))]
    assert edition("e", *reversed(lives)).entries == edition("e", *lives).entries


def test_an_edition_holds_entries_alone() -> None:
    with pytest.raises(TypeError, match="code entries, not str"):
        edition("e", "90001")  # type: ignore[arg-type]
    assert repr(edition("e", region("90001"))).endswith("entries=<1>)")
    assert edition("e").prefix is None
    assert edition("e", domain=city_domain("91")).prefix == "91"
    labels = [
        domain_label(name, lang) for name in (PROVINCE, SERIES, "city:91") for lang in ("en", "zh")
    ]
    assert all(labels)
    assert domain_label(SERIES, "zh") == "职称系列级别识别代码"
