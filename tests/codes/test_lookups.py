"""Look-ups: bounds of days, filters, who followed whom; and the words of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from sdcert.codes import (
    CityPrefix,
    CodeBook,
    Content,
    InvalidCode,
    NotInForce,
    NotListed,
    RegionCode,
    SeriesCode,
    Span,
)
from sdcert.codes.answers import _MOST, Piece, pairs_of
from sdcert.codes.edition import SERIES
from tests.support.codes import D, edition, region

FIRST, LAST = D(2020, 1, 1), D(2020, 12, 31)
BEFORE, AFTER = D(2019, 12, 31), D(2021, 1, 1)
YEAR = CodeBook(
    [
        edition(
            "p",
            region("90001", "甲", valid_from=FIRST, valid_through=LAST),
            CityPrefix("91", "市", valid_from=FIRST, valid_through=LAST),
            content="fragment",
        ),
        edition("c", region("91001", "乙", city="市"), domain="city:91", content="fragment"),
        edition(
            "s",
            SeriesCode("601", "丙", "中级", valid_from=FIRST, valid_through=LAST),
            domain=SERIES,
            content="fragment",
        ),
    ]
)


@pytest.mark.parametrize(
    ("day", "held"), [(BEFORE, False), (FIRST, True), (LAST, True), (AFTER, False)]
)
def test_the_first_and_the_last_day_are_included_in_every_look_up(day: Any, held: bool) -> None:
    """A code under a prefix is in force only while the prefix is."""
    answers = [
        YEAR.region("90001", on=day),
        YEAR.region("91001", on=day),
        YEAR.prefix("91", on=day),
        YEAR.series("601", on=day),
        YEAR.region_between("90001", first=day, last=day),
        YEAR.series_between("601", first=day, last=day),
        YEAR.region_pieces("91001", first=day, last=day)[0].answer,
        YEAR.series_pieces("601", first=day, last=day)[0].answer,
    ]
    assert [not isinstance(one, NotInForce) for one in answers] == [held] * 8
    everything = ["90001", "91", "91001", "601"] if held else []
    assert sorted(one.code for one in YEAR.entries(on=day)) == sorted(everything)


def test_a_period_that_touches_an_entry_by_one_day_holds_it() -> None:
    assert YEAR.region_between("90001", first=BEFORE, last=FIRST)
    assert YEAR.region_between("90001", first=LAST, last=AFTER)
    assert not YEAR.region_between("90001", first=AFTER, last=D(2021, 6, 1))
    assert not YEAR.region_between("90001", first=D(2019, 6, 1), last=BEFORE)


OFFICES = CodeBook(
    [
        edition(
            "c",
            region("91001", "甲", city="市"),
            region("91002", "乙", city="市", authority="city-department"),
            region("91003", "丙", city="县", authority="city-department"),
            domain="city:91",
        ),
        edition("d", region("92001", "丁", city="市"), domain="city:92"),
        edition(
            "s",
            SeriesCode("601", "工程", "高级"),
            SeriesCode("602", "工程", "中级"),
            SeriesCode("603", "教师", "中级"),
            domain=SERIES,
        ),
    ]
)


@pytest.mark.parametrize(
    ("chosen", "codes"),
    [
        ({}, ["91001", "91002", "91003", "92001"]),
        ({"prefix": "91"}, ["91001", "91002", "91003"]),
        ({"city": "市"}, ["91001", "91002", "92001"]),
        ({"authority": "city-department"}, ["91002", "91003"]),
        ({"prefix": "91", "city": "市"}, ["91001", "91002"]),
        ({"prefix": "91", "city": "市", "authority": "市直部门"}, ["91002"]),
    ],
)
def test_regions_are_those_that_every_filter_leaves(chosen: Any, codes: list[str]) -> None:
    assert [one.code for one in OFFICES.regions(**chosen)] == codes


@pytest.mark.parametrize(
    ("chosen", "codes"),
    [
        ({}, ["601", "602", "603"]),
        ({"series": "工程"}, ["601", "602"]),
        ({"grade": "中级"}, ["602", "603"]),
        ({"series": "工程", "grade": "intermediate"}, ["602"]),
    ],
)
def test_titles_are_those_that_every_filter_leaves(chosen: Any, codes: list[str]) -> None:
    assert [one.code for one in OFFICES.series_codes(**chosen)] == codes


def test_a_code_of_another_width_is_refused_with_the_right_one() -> None:
    days: Any = {"first": FIRST, "last": LAST}
    for code in ("9", "91", "910", "9100", "91001", "910010"):
        for width, ask in (
            (5, lambda code=code: YEAR.region(code, on=FIRST)),
            (5, lambda code=code: YEAR.region_between(code, **days)),
            (5, lambda code=code: YEAR.region_pieces(code, **days)),
            (3, lambda code=code: YEAR.series(code, on=FIRST)),
            (3, lambda code=code: YEAR.series_between(code, **days)),
            (3, lambda code=code: YEAR.series_pieces(code, **days)),
            (2, lambda code=code: YEAR.prefix(code, on=FIRST)),
            (2, lambda code=code: YEAR.regions(prefix=code)),
        ):
            if len(code) != width:
                with pytest.raises(InvalidCode) as caught:
                    ask()
                assert caught.value.width == width
        if len(code) in (2, 3, 5):
            assert isinstance(YEAR.history(code), tuple)
        else:
            with pytest.raises(InvalidCode, match="2, 3 or 5"):
                YEAR.history(code)


def line(*steps: tuple[str, tuple[str, ...]]) -> CodeBook:
    """A city whose codes follow each other, one a year from 2010 on."""
    entries = []
    for place, (code, after) in enumerate(steps):
        ended = {"valid_through": D(2010 + place, 12, 31), "successors": after} if after else {}
        start = {"valid_from": D(2010 + place, 1, 1)} if place else {}
        entries.append(region(code, f"局{code}", **start, **ended))
    return CodeBook([edition("c", *entries, domain="city:91", since=None)])


def codes(found: tuple[Any, ...]) -> list[str]:
    return [one.code for one in found]


def test_who_followed_is_told_nearest_first_and_each_once() -> None:
    book = line(
        ("91001", ("91002", "91003")),
        ("91002", ("91004",)),
        ("91003", ("91005", "91006")),
        ("91004", ("91006",)),
        ("91005", ()),
        ("91006", ()),
    )
    entry = {one.code: one for one in book}
    assert codes(book.successors(entry["91001"])) == ["91002", "91003"]
    every = ["91002", "91003", "91004", "91005", "91006"]
    assert codes(book.successors(entry["91001"], transitive=True)) == every
    assert codes(book.predecessors(entry["91006"])) == ["91003", "91004"]
    back = codes(book.predecessors(entry["91006"], transitive=True))
    assert back == ["91003", "91004", "91001", "91002"]


def test_a_body_is_not_among_those_that_it_took_over_from() -> None:
    book = CodeBook(
        [
            edition(
                "c",
                region("91001", "甲", valid_through=BEFORE, successors=["91002"]),
                region("91002", "乙", valid_from=FIRST, valid_through=LAST, successors=["91001"]),
                region("91001", "甲", valid_from=AFTER),
                domain="city:91",
            )
        ]
    )
    first, again, _ = book
    assert first not in book.predecessors(first, transitive=True)
    assert set(book.predecessors(again, transitive=True)) >= {first}


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        # of a code's entries the one in force on the day after, else the first one later
        ([(None, BEFORE), (D(2020, 3, 1), None)], D(2020, 3, 1)),
        ([(None, FIRST), (D(2020, 3, 1), None)], None),
        ([(None, LAST), (AFTER, None)], None),
        ([(D(2020, 3, 1), D(2020, 3, 1)), (AFTER, None)], D(2020, 3, 1)),
    ],
)
def test_the_successor_is_the_entry_of_the_day_after(ends: Any, expected: Any) -> None:
    after = [
        region("91002", f"局{nth}", valid_from=first, valid_through=last)
        for nth, (first, last) in enumerate(ends)
    ]
    old = region("91001", "旧", valid_through=BEFORE, successors=["91002"])
    book = CodeBook([edition("c", old, *after, domain="city:91", since=None)])
    [found] = book.successors(next(one for one in book if one.code == "91001"))
    assert found.valid_from == expected


def test_a_search_takes_text_alone() -> None:
    asked: Any = 14
    with pytest.raises(TypeError, match="text must be text, not int"):
        OFFICES.search(asked)
    assert codes(OFFICES.search("9100")) == ["91001", "91002", "91003"]
    assert codes(OFFICES.search("丙")) == ["91003"]


def test_of_the_tables_that_leave_a_code_open_the_first_says_how_much_it_holds() -> None:
    def title(code: str) -> SeriesCode:
        return SeriesCode(code, "甲", "高级")

    def tables(*contents: str) -> CodeBook:
        """A table of 2018 denies 602, others leave it open, the last lists it."""
        return CodeBook(
            [
                edition("0", title("600"), domain=SERIES, since=D(2018, 1, 1)),
                *(
                    edition(
                        f"e{n}", title("601"), domain=SERIES, content=one, since=D(2019 + n, 1, 1)
                    )
                    for n, one in enumerate(contents)
                ),
                edition("z", title("602"), domain=SERIES, content="fragment", since=D(2024, 1, 1)),
            ]
        )

    for code in ("602", "699"):
        for contents in (("fragment", "example", "fragment"), ("example", "fragment", "example")):
            answer = tables(*contents).series_between(code, first=D(2018, 6, 1), last=D(2021, 6, 1))
            assert isinstance(answer, NotListed)
            assert answer.content is Content(contents[0])


@pytest.mark.parametrize(("last", "content"), [(LAST, "complete"), (AFTER, "fragment")])
def test_the_day_after_a_prefix_ended_belongs_to_the_province(last: Any, content: str) -> None:
    ended = CityPrefix("91", "市", valid_from=FIRST, valid_through=LAST)
    province = edition("p", ended, content="fragment")
    city = edition("c", region("91001"), domain="city:91")
    book = CodeBook([province, city])
    answer = book.region_between("91099", first=FIRST, last=last)
    assert isinstance(answer, NotListed)
    assert answer.content is Content(content)
    for day, table in ((FIRST, "c"), (LAST, "c"), (AFTER, "p"), (BEFORE, "p")):
        found = book.region("91099", on=day)
        assert isinstance(found, NotListed)
        assert str(found.table).startswith(f"{table} (")


# Words.


def test_as_many_as_fit_are_named_and_no_more() -> None:
    def answer(count: int) -> NotInForce:
        spans = tuple(
            Span(region("90001", f"局{n}"), D(2000 + n, 1, 1), D(2000 + n, 6, 1), "e")
            for n in range(count)
        )
        entries = tuple(one.entry for one in spans)
        return NotInForce("90001", entries, D(2030, 1, 1), D(2030, 1, 1), spans)

    assert _MOST == 4
    assert answer(4).history().endswith("(局3)")
    assert answer(5).history().endswith("(局3); …")
    after = tuple(region(f"9000{n}", f"局{n}") for n in range(2, 8))
    span = Span(region("90001"), None, D(2019, 12, 31), "e", after)
    ended = NotInForce("90001", (span.entry,), FIRST, FIRST, (span,))
    assert ended.history().endswith("since then 90002 (局2), 90003 (局3), 90004 (局4), 90005 (局5)")


def test_a_code_is_known_by_the_last_name_before_or_the_first_after() -> None:
    entries = (region("90001", "甲"), region("90001", "乙"))
    spans = (
        Span(entries[0], D(2021, 1, 1), D(2021, 6, 1), "e"),
        Span(entries[1], D(2022, 1, 1), None, "e"),
    )

    def known(day: Any, spans: tuple[Span, ...] = spans) -> str:
        return NotInForce("90001", entries, day, day, spans).known_as

    assert (known(FIRST), known(D(2021, 8, 1)), known(FIRST, ())) == ("甲", "甲", "甲")
    ended = (spans[0], Span(entries[1], D(2022, 1, 1), D(2022, 6, 1), "e"))
    assert known(D(2023, 1, 1), ended) == "乙"


def test_a_book_names_five_editions() -> None:
    books = [
        CodeBook(edition(f"e{n}", since=D(2019, 1, n + 1)) for n in range(count))
        for count in (5, 6)
    ]
    five = "e0, e1, e2, e3, e4"
    assert [repr(one) for one in books] == [
        f"<CodeBook of 1 codes in 5 editions: {five}>",
        f"<CodeBook of 1 codes in 6 editions: {five}, …>",
    ]


def test_the_ends_of_the_calendar_are_days_like_others() -> None:
    """A stated day is never taken for an unknown bound, by one edition or by several."""
    entry = region("90001", valid_from=D.min, valid_through=D.max)
    open_ = region("90002")
    editions = [edition(f"e{n}", entry, open_, since=D(2019 + n, 1, 1)) for n in range(3)]
    for count in (1, 2, 3):
        book = CodeBook(editions[:count])
        [span] = book.history("90001")
        assert (span.valid_from, span.valid_through) == (D.min, D.max)
        [span] = book.history("90002")
        assert (span.valid_from, span.valid_through) == (None, None)
        for day in (D.min, D.max):
            for code in ("90001", "90002"):
                assert isinstance(book.region(code, on=day), RegionCode)
                pieces = book.region_pieces(code, first=D.min, last=D.max)
                assert (pieces[0].first, pieces[-1].last) == (D.min, D.max)


def test_what_an_edition_says_as_one_entry_is_one_span_however_often_others_begin() -> None:
    old = region("90001", "旧", valid_through=D(2018, 12, 31))
    middle = region("90001", "中", valid_from=D(2019, 1, 1), valid_through=D(2019, 12, 31))
    new = region("90001", "新", valid_from=D(2020, 1, 1))
    others = [
        edition(f"o{n}", region("90002"), content="fragment", since=D(2021 + n, 1, 1))
        for n in range(3)
    ]
    again = edition("z", old, middle, new, content="fragment", since=D(2025, 1, 1))
    first = edition("a", old, middle, new, content="fragment", since=None)
    for book in (CodeBook([first, *others]), CodeBook([first, *others, again])):
        assert [(span.name, span.days(), span.edition) for span in book.history("90001")] == [
            ("旧", "through 2018-12-31", "a"),
            ("中", "from 2019-01-01 through 2019-12-31", "a"),
            ("新", "from 2020-01-01", "a"),
        ]
    assert len(CodeBook([first, *others])._register.stays_of("90001")) == 3


def test_pieces_are_cut_where_the_answer_changes_and_nowhere_else() -> None:
    book = CodeBook([edition("a", region("90001"), since=D(2021, 1, 1))])
    span = {"first": D(2020, 12, 31), "last": D(2021, 1, 2)}
    assert [piece.first for piece in book.region_pieces("90001", **span)] == [D(2020, 12, 31)]
    assert [(piece.first, piece.decided) for piece in book.region_pieces("90002", **span)] == [
        (D(2020, 12, 31), False), (D(2021, 1, 1), True),
    ]  # fmt: skip


def test_the_pieces_of_two_codes_are_paired_where_they_share_a_day() -> None:
    days = [D(2020, 1, n) for n in range(1, 8)]
    spans = [(first, last) for first in days for last in days if first <= last]
    pieces = [Piece(first, last, NotListed("90001", Content.FRAGMENT, "")) for first, last in spans]
    together = {
        (one, other)
        for one in pieces
        for other in pieces
        if any(one.first <= day <= one.last and other.first <= day <= other.last for day in days)
    }
    assert set(pairs_of(pieces, pieces)) == together
