"""Dynamic adjustment (动态调整)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Edition,
    InvalidTable,
    RegionCode,
    SeriesCode,
)
from sdcert.codes.adjust import End, Introduce, Merge, Rename, Split, adjust
from sdcert.codes.edition import SERIES

if TYPE_CHECKING:
    from datetime import date


from tests.support.codes import LATER, TWO, D, edition, region

OLD = edition(
    "old",
    region("91101", "教育局", authority="city-department"),
    region("91102", "体育局", authority="city-department"),
    region("91103", "水利局", authority="city-department", valid_from=D(2024, 1, 1)),
    domain="city:91",
)


def adjusted(*operations: Any, base: Edition = OLD, on: date = LATER) -> Edition:
    return adjust(
        base, operations, id="new", effective_from=on, source=TWO, published_on=D(2023, 12, 1)
    )


def test_each_operation_keeps_what_was() -> None:
    new = adjusted(
        Rename("91101", "教育和体育局", authority="其他", city="甲市", county="乙县"),
        End("91102", "91101"),
        Introduce(region("91105", "新局")),
    )
    assert (new.id, new.valid_from, new.source, new.publisher) == (
        "new",
        D(2024, 1, 1),
        TWO,
        OLD.publisher,
    )
    book = CodeBook([OLD, new])
    before = book.region("91101", on=D(2023, 12, 31))
    after = book.region("91101", on=D(2024, 1, 1))
    assert isinstance(before, RegionCode)
    assert isinstance(after, RegionCode)
    assert (before.name, after.name) == ("教育局", "教育和体育局")
    assert (after.authority, after.city, after.county) == (AuthorityKind.OTHER, "甲市", "乙县")
    assert after.source == TWO
    assert book.successors(before) == (after,)
    assert {e.code for e in book.predecessors(after)} == {"91101", "91102"}


def test_codes_merge_and_split() -> None:
    into = region("91104", "教体局")
    merged = adjusted(Merge(["91101", "91102"], into))
    book = CodeBook([OLD, merged])
    assert {e.code for e in book.predecessors(book.history("91104")[0].entry)} == {"91101", "91102"}
    absorbed = CodeBook([OLD, adjusted(Merge(("91101", "91102"), "91101"))])
    assert [e.code for e in absorbed.successors(absorbed.history("91102")[0].entry)] == ["91101"]
    assert len(absorbed.history("91101")) == 1
    split = CodeBook([OLD, adjusted(Split("91101", ("91101", region("91106", "新局"))))])
    entry = split.region("91101", on=D(2023, 1, 1))
    assert isinstance(entry, RegionCode)
    assert [e.code for e in split.successors(entry)] == ["91101", "91106"]
    alone = adjusted(Split("91101", region("91107", "新局")))
    assert [e.code for e in alone.entries] == ["91101", "91102", "91103", "91107"]


def test_series_and_prefixes_are_adjusted_too() -> None:
    titles = edition("s", SeriesCode("601", "旧系列", "中级"), domain=SERIES)
    renamed = adjusted(Rename("601", "新系列"), base=titles)
    assert [t.name for t in CodeBook([titles, renamed]).history("601")] == [
        "旧系列中级",
        "新系列中级",
    ]
    prefixes = edition("p", CityPrefix("91", "旧市"))
    renamed = adjusted(Rename("91", "新市"), base=prefixes)
    assert [p.name for p in CodeBook([prefixes, renamed]).history("91")] == ["旧市", "新市"]
    again = adjusted(
        End("91"), Introduce(CityPrefix("92", "市", valid_from=D(2024, 1, 1))), base=prefixes
    )
    assert [e.code for e in again.entries] == ["91", "92"]


@pytest.mark.parametrize(
    ("operation", "kinds"),
    [
        (End("91109"), ["not-in-force"]),
        (End(91101), ["code"]),  # type: ignore[arg-type]
        (End("９１１０１"), ["code-wide"]),
        (Split("911", ("91102",)), ["not-in-force"]),
        (End("91103"), ["begins-same-day"]),
        (Introduce(region("91101", "新")), ["taken"]),
        (Introduce(region("91109", valid_from=D(2025, 1, 1))), ["other-day"]),
        (Rename("91109", "新"), ["not-in-force"]),
        (Merge(("91101", "91109"), "91102"), ["not-in-force"]),
        (Split("91109", (region("91110"),)), ["not-in-force"]),
        (End("91101", ("91199",)), ["successor-missing"]),
        (Introduce(region("92001")), ["foreign-prefix"]),
    ],
)
def test_what_cannot_be_adjusted_is_named(operation: Any, kinds: list[str]) -> None:
    with pytest.raises(InvalidTable) as caught:
        adjusted(operation)
    assert [fault.kind for fault in caught.value.faults] == kinds
    for lang in ("en", "zh"):
        assert caught.value.message(lang)


def test_what_is_no_operation_and_no_part_of_one_is_refused_by_name() -> None:
    text: Any = "91130"
    five: Any = 5
    for make, said in (
        (
            lambda: adjusted(five),
            "each of operations must be an Introduce, .* Split, not int",
        ),
        (lambda: Introduce(text), "entry must be a RegionCode, .* or SeriesCode, not str"),
        (lambda: Merge("91101", five), "entry must be a RegionCode, .* or SeriesCode, not int"),
        (lambda: Split("91101", five), "entry must be a RegionCode, .* or SeriesCode, not int"),
        (
            lambda: Split("91101", ["91102", five]),
            "entry must be a RegionCode, .* or SeriesCode, not int",
        ),
        (lambda: End("91101", five), "codes must be an iterable, .*not int"),
        (lambda: adjust_with(None), "operations must be an iterable, .*not NoneType"),
        (lambda: adjust_with(End("91101")), "operations must be an iterable, .*not End"),
        (lambda: adjust_with((), source="x"), "source must be a Source, not str"),
    ):
        with pytest.raises(TypeError, match=said):
            make()


def adjust_with(operations: Any, source: Any = TWO) -> Edition:
    return adjust(OLD, operations, id="new", effective_from=LATER, source=source)


def test_a_fault_names_the_day_that_it_is_about() -> None:
    for operation, said in (
        (End("91109"), "code 91109 is not in force on 2024-01-01"),
        (End("91103"), "2024-01-01"),
    ):
        with pytest.raises(InvalidTable, match=said):
            adjusted(operation)
    with pytest.raises(InvalidTable, match="2019-01-27"):
        adjusted(on=D(2018, 1, 1))


def test_an_adjustment_comes_after_what_it_adjusts() -> None:
    with pytest.raises(InvalidTable, match="own first day"):
        adjusted(on=D(2019, 1, 27))
    with pytest.raises(TypeError):
        adjusted(on="2024-01-01")  # type: ignore[arg-type]
    undated = attrs.evolve(OLD, valid_from=None)
    assert adjusted(End("91101"), base=undated).valid_from == D(2024, 1, 1)
