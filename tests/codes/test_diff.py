"""Differences speak from spans, and name what changed about editions."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

import sdcert.codes
from sdcert.codes import CodeBook, Edition, RegionCode, SeriesCode, Source
from sdcert.codes.diff import ChangeKind, Diff

SOURCE = Source("示例")


def series(
    name: str, *entries: SeriesCode, content: str = "complete", since: int = 2019
) -> Edition:
    return Edition(name, "series", "省", SOURCE, content, date(since, 1, 1), entries=entries)


def test_the_days_that_an_edition_gives_are_named() -> None:
    old = CodeBook([series("a", SeriesCode("600", "x", "高级"), SeriesCode("601", "y", "高级"))])
    new = old.overlay(series("b", SeriesCode("600", "z", "高级"), since=2021))
    assert [str(one) for one in CodeBook.diff(old, new).changes] == [
        "600 renamed: x高级 → z高级, from 2021-01-01",
        "601 ended: y高级, through 2020-12-31",
    ]


def test_a_changed_head_of_an_edition_is_named() -> None:
    entries = [SeriesCode("600", "x", "高级")]
    old = series("a", *entries)
    new = attrs.evolve(
        old, content="fragment", valid_from=None, publisher="厅", published_on=date(2019, 1, 2)
    )
    found = CodeBook.diff(old, new)
    assert [str(one) for one in found.editions] == [
        "edition a changed: publisher 省 → 厅, content complete table → part of a table, "
        "in force from 2019-01-01 → unknown, published on unknown → 2019-01-02"
    ]
    assert found.editions[0].message("zh").startswith("版本a有变更：发布机关：省→厅、完整程度：")
    more = series("a", *entries, SeriesCode("601", "y", "高级"))
    (change,) = CodeBook.diff(old, more).editions
    assert change.message() == "edition a changed: entries differ"


def test_one_entry_takes_the_place_of_one() -> None:
    bounds = [(2010, 2011), (2013, 2014), (2016, 2017)]
    entries = [
        SeriesCode("600", "x", "高级", valid_from=date(a, 1, 1), valid_through=date(b, 1, 1))
        for a, b in bounds
    ]
    old = CodeBook([series("a", *entries, since=2009)])
    new = CodeBook([series("a", SeriesCode("600", "x", "高级"), since=2009)])
    kinds = [one.kind for one in CodeBook.diff(old, new).changes]
    assert kinds.count(ChangeKind.REMOVED) == 2


def test_a_difference_always_has_a_line() -> None:
    hidden = series("b", SeriesCode("601", "y", "高级", valid_through=date(2000, 1, 1)))
    old = CodeBook([series("a", SeriesCode("600", "x", "高级"), since=2020)])
    for new in (old.overlay(hidden), CodeBook()):
        found = CodeBook.diff(old, new)
        assert found
        assert found.editions
        assert all(one.message("zh") for one in found.editions)
        assert all(one.message("zh") for one in found.changes)
    assert [str(one) for one in CodeBook.diff(old, CodeBook()).editions] == [
        "edition a removed: complete table, from 2020-01-01, 示例"
    ]


def test_a_changed_level_grade_and_series_are_called_that() -> None:
    old = series("a", SeriesCode("600", "x", "高级"))
    new = series("a", SeriesCode("600", "z", "中级"))
    assert [(one.kind, str(one)) for one in CodeBook.diff(old, new).changes] == [
        (ChangeKind.RENAMED, "600 renamed: x高级 → z中级"),
        (ChangeKind.LEVEL, "600 changed its level: x高级 → z中级"),
        (
            ChangeKind.GRADE,
            "600 changed its grade: x高级 (senior) → z中级 (intermediate)",
        ),
    ]


def test_a_code_listed_again_for_the_same_body_is_not_reassigned() -> None:
    def city(*entries: RegionCode) -> Edition:
        return Edition("c", "city:91", "市", SOURCE, "fragment", entries=entries)

    ended = RegionCode("91020", "局", "city-hrss", valid_through=date(2019, 12, 31))
    again = RegionCode("91020", "局", "city-hrss", valid_from=date(2022, 1, 1))
    (change,) = CodeBook.diff(city(ended), city(ended, again)).changes
    assert (change.kind, str(change)) == (
        ChangeKind.RESUMED,
        "91020 listed again: 局, from 2022-01-01",
    )


def test_what_an_edition_speaks_of_and_where_it_comes_from_can_change():
    old, new = (
        CodeBook([Edition("e", domain, "示例", Source(document), "fragment", entries=[entry])])
        for domain, document, entry in (
            ("province", "示例〔1〕号", RegionCode("90101", "省厅", "provincial-department")),
            ("city:91", "示例〔2〕号", RegionCode("91020", "市局", "city-hrss", "甲市")),
        )
    )
    (change,) = CodeBook.diff(old, new).editions
    assert "city:91" in change.message("zh")
    assert "示例〔2〕号" in change.message("zh")


def test_the_room_of_diffs_is_loaded_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sdcert.codes, "diff")
    assert sdcert.codes.diff.Diff is Diff
    with pytest.raises(AttributeError, match=r"'sdcert\.codes' has no attribute 'dif'"):
        sdcert.codes.dif  # type: ignore[attr-defined]  # noqa: B018
