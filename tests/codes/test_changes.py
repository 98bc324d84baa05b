"""Each kind of change between two editions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from sdcert.codes import (
    CodeBook,
    Edition,
    Fault,
    SeriesCode,
)
from tests.support.codes import D, edition, region

if TYPE_CHECKING:
    from datetime import date


def changes(older: Edition, newer: Edition) -> list[tuple[str, str]]:
    found = CodeBook.diff(older, newer)
    for change in found.changes:
        assert str(change) == change.message()
        assert change.message("zh")
    return [(change.kind.value, change.code) for change in found.changes]


def test_each_kind_of_change_is_told_with_both_names() -> None:
    old = edition(
        "old",
        region("91001", "更名前", city="甲"),
        region("91002", "停用"),
        region("91003", "移动", city="甲"),
        region("91004", "变类别"),
        region("91005", "前主", valid_through=D(2020, 12, 31)),
        region("91006", "消失"),
        region("91007", "改日期"),
        region("91008", "原地更名"),
        region("91009", "停后移", valid_through=D(2024, 12, 31)),
        domain="city:91",
    )
    new = edition(
        "new",
        region("91001", "更名前", city="甲", valid_through=D(2023, 12, 31), successors=["91001"]),
        region("91001", "更名后", city="甲", valid_from=D(2024, 1, 1)),
        region("91002", "停用", valid_through=D(2023, 12, 31), successors=["91010"]),
        region("91003", "移动", city="乙", county="丙"),
        region("91004", "变类别", authority="city-department"),
        region("91005", "前主", valid_through=D(2020, 12, 31)),
        region("91005", "后主", valid_from=D(2024, 1, 1)),
        region("91007", "改日期", valid_from=D(2018, 1, 1)),
        region("91008", "原地改名"),
        region("91009", "停后移", valid_through=D(2023, 12, 31)),
        region("91010", "新增", valid_from=D(2024, 1, 1)),
        domain="city:91",
    )
    assert changes(old, new) == [
        ("renamed", "91001"),
        ("ended", "91002"),
        ("moved", "91003"),
        ("authority", "91004"),
        ("re-used", "91005"),
        ("amended", "91007"),
        ("renamed", "91008"),
        ("ended", "91009"),
        ("added", "91010"),
        ("removed", "91006"),
    ]
    said = {change.code: change.message() for change in CodeBook.diff(old, new).changes}
    assert said["91001"] == "91001 renamed: 更名前 → 更名后, from 2024-01-01"
    assert said["91002"] == "91002 ended: 停用, through 2023-12-31; since then 91010"
    assert said["91003"] == "91003 moved: 移动 (甲) → 移动 (乙丙)"
    assert said["91004"].endswith("变类别 (city HR bureau) → 变类别 (city department or unit)")
    assert said["91005"] == "91005 reassigned: 前主 → 后主, from 2024-01-01"


def test_snapshots_without_days_show_renames() -> None:
    old = edition("a", region("90001", "旧名"))
    new = edition("b", region("90001", "新名"), since=D(2021, 1, 1))
    found = CodeBook.diff(CodeBook([old]), CodeBook([old, new]))
    assert [(c.kind.value, c.message("zh")) for c in found.changes] == [
        ("renamed", "90001更名：旧名→新名，自2021年1月1日起")
    ]
    assert found.added == (new,)
    assert found.removed == ()
    with pytest.raises(ValueError, match="the difference is from"):
        found.apply(CodeBook())


def test_each_life_of_a_code_is_compared_with_the_one_before() -> None:
    lives = [
        region("91001", name, valid_from=first, valid_through=last)
        for name, first, last in (
            ("甲", None, D(2018, 12, 31)),
            ("乙", D(2019, 6, 1), D(2019, 12, 31)),
            ("丙", D(2020, 6, 1), None),
        )
    ]
    old, new = (edition("e", *some, domain="city:91") for some in (lives[:1], lives))
    said = [str(change) for change in CodeBook.diff(old, new).changes]
    assert said == [
        "91001 reassigned: 甲 → 乙, from 2019-06-01",
        "91001 reassigned: 乙 → 丙, from 2020-06-01",
    ]


def test_an_entry_is_paired_with_one_alone() -> None:
    parts = [
        region("91001", "甲", valid_from=D(2018, 1, 1), valid_through=D(2018, 12, 31)),
        region("91001", "甲", valid_from=D(2020, 1, 1), valid_through=D(2020, 12, 31)),
    ]
    one = region("91001", "甲", valid_from=D(2017, 1, 1), valid_through=D(2017, 12, 31))
    old, new = (edition("e", *some, domain="city:91") for some in (parts, [one]))
    assert changes(old, new) == [("ended", "91001"), ("removed", "91001")]


def test_names_that_editions_change_are_renames_where_one_follows_the_other() -> None:
    def book(*names: tuple[str, int]) -> CodeBook:
        return CodeBook(
            edition(f"e{year}", region("90001", name) if name else region("90002"),
                    since=D(year, 1, 1))
            for name, year in names
        )  # fmt: skip

    first = ("甲", 2019)
    for newer, kinds in (
        (book(first, ("乙", 2021), ("丙", 2022)), ["renamed", "renamed"]),
        # where a complete table denied the code meanwhile, it was given to another
        (book(first, ("", 2021), ("丙", 2022)), ["ended", "re-used"]),
    ):
        found = CodeBook.diff(book(first), newer).changes
        assert [one.kind.value for one in found if one.code == "90001"] == kinds


def test_a_code_of_titles_is_given_to_a_title_and_not_to_a_body() -> None:
    first = SeriesCode("601", "甲", "高级", valid_through=D(2020, 12, 31))
    then = SeriesCode("601", "乙", "高级", valid_from=D(2021, 1, 1))
    old, new = (edition("e", *some, domain="series") for some in ([first], [first, then]))
    (change,) = CodeBook.diff(old, new).changes
    assert change.message("zh") == "601改作他用：甲高级→乙高级，自2021年1月1日起"


def test_what_changed_beside_a_name_or_an_end_is_not_told_twice() -> None:
    old = edition("e", region("90001", "甲", valid_through=D(2020, 12, 31)))
    later = edition("e", region("90001", "乙", valid_through=D(2021, 12, 31)))
    assert changes(old, later) == [("renamed", "90001")]
    going = region("90001", valid_through=D(2020, 12, 31), successors=["90001"])
    dated = attrs.evolve(going, valid_from=D(2018, 1, 1))
    after = region("90001", valid_from=D(2021, 1, 1))
    assert changes(edition("e", going, after), edition("e", dated, after)) == [("amended", "90001")]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (D(2018, 1, 1), None, ", from 2018-01-01"),
        (None, D(2030, 1, 1), ", through 2030-01-01"),
        (D(2018, 1, 1), D(2030, 1, 1), ", from 2018-01-01 through 2030-01-01"),
        (None, None, ""),
    ],
)
def test_new_days_are_told_as_far_as_they_are_known(
    first: date | None, last: date | None, days: str
) -> None:
    dated = region("90001", "甲", valid_from=D(2017, 1, 1), valid_through=D(2029, 1, 1))
    new = region("90001", "甲", valid_from=first, valid_through=last)
    [change] = CodeBook.diff(edition("e", dated), edition("e", new)).changes
    assert str(change) == f"90001 amended in days, successors or source: 甲{days}"


def test_a_body_that_goes_on_unchanged_is_amended() -> None:
    going = region("90001", valid_through=D(2020, 12, 31), successors=["90001"])
    old = edition("a", going, region("90001", valid_from=D(2021, 1, 1)))
    first = edition("a", going, region("90001", "新", valid_from=D(2021, 1, 1)))
    assert changes(old, old) == []
    assert changes(old, first) == [("renamed", "90001")]
    split = edition("b", region("90002"))
    parts = edition(
        "b",
        region("90002", valid_through=D(2020, 12, 31), successors=["90002"]),
        region("90002", valid_from=D(2021, 1, 1)),
    )
    assert changes(split, parts) == [("amended", "90002")]


def test_faults_can_be_placed() -> None:
    fault = Fault("domain").at("a.toml", None)
    assert fault.message().startswith("a.toml: unknown domain")
    assert Fault("no-headings").message() == "the table has no header row"
    assert Fault("domain", value="x").message("zh").startswith("“x”：")
