"""Which entry answers on which day: how editions combine, case by case."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest

from sdcert.codes import (
    CityPrefix,
    CodeBook,
    Content,
    Edition,
    NotInForce,
    NotListed,
    RegionCode,
    SeriesCode,
    Source,
    Span,
)
from sdcert.codes.edition import PROVINCE, SERIES
from sdcert.messages import Bilingual
from tests.support.codes import DEPARTMENT, ONE, TWO, D, edition, region


def book_of_two() -> CodeBook:
    return CodeBook(
        [
            edition(
                "p1",
                region("90001"),
                region("90002", "旧厅", authority=DEPARTMENT),
                CityPrefix("91", "甲市"),
            ),
            edition(
                "p2",
                region("90001", "新厅"),
                region(
                    "90002",
                    "旧厅",
                    authority=DEPARTMENT,
                    valid_through=D(2023, 12, 31),
                    successors=["90003"],
                ),
                region("90003", "后厅", authority=DEPARTMENT, valid_from=D(2024, 1, 1)),
                CityPrefix("91", "甲市"),
                since=D(2024, 1, 1),
                source=TWO,
            ),
        ]
    )


def test_an_old_number_is_read_by_the_table_of_its_time() -> None:
    book = book_of_two()
    names = [book.region("90001", on=day) for day in (D(2023, 12, 31), D(2024, 1, 1))]
    assert [entry.name for entry in names if isinstance(entry, RegionCode)] == ["局", "新厅"]
    assert [entry.name for entry in book.history("90001")] == ["局", "新厅"]
    answer = book.region("90002", on=D(2024, 5, 1))
    assert isinstance(answer, NotInForce)
    assert answer.history() == "in force through 2023-12-31; since then 90003 (后厅)"
    assert answer.message("zh") == (
        "代码90002（旧厅）在2024年5月1日不在有效期内：有效期至2023年12月31日，此后为90003（后厅）"
    )
    assert str(answer) == answer.message()
    unknown = book.region("90004", on=D(2024, 5, 1))
    assert unknown == NotListed("90004", Content.COMPLETE, "p2 (示例〔2〕号)")
    assert str(unknown).endswith("the complete table p2 (示例〔2〕号) has no such code")
    assert "完整代码表p2（" in unknown.message("zh")
    two = NotListed("90999", Content.FRAGMENT, Bilingual("a (示), b (示)", "a（示）、b（示）"))
    assert two.message("zh").startswith("部分代码表a（示）、b（示）未收录")


def test_a_complete_table_ends_what_it_no_longer_lists() -> None:
    book = CodeBook(
        [
            edition("a", region("90001"), region("90002"), domain=PROVINCE),
            edition("b", region("90001"), since=D(2021, 1, 1)),
            edition("c", content="fragment", since=D(2023, 1, 1)),
        ]
    )
    assert isinstance(book.region("90002", on=D(2020, 12, 31)), RegionCode)
    answer = book.region("90002", on=D(2022, 12, 31))
    assert isinstance(answer, NotInForce)
    assert answer.history() == "in force through 2020-12-31"
    # The newest table is a part: it ends nothing, but it also denies nothing.
    assert book.region("90002", on=D(2023, 1, 1)) == NotListed(
        "90002", Content.FRAGMENT, "c (示例〔1〕号)"
    )
    assert [span.days() for span in book.history("90002")] == ["through 2020-12-31"]
    assert isinstance(book.region("90001", on=D(2024, 1, 1)), RegionCode)
    answer = book.region("90009", on=D(2024, 1, 1))
    assert isinstance(answer, NotListed)
    assert answer.content is Content.FRAGMENT


def test_a_complete_table_denies_only_while_it_is_in_force() -> None:
    book = CodeBook(
        [
            edition("a"),
            edition("b", content="fragment", since=D(2021, 1, 1)),
            edition("c", region("90001"), since=D(2023, 1, 1)),
        ]
    )
    denied = book.region("90001", on=D(2020, 12, 31))
    assert isinstance(denied, NotInForce)
    # From then on only a part is at hand, and nobody tells since when the entry is in force.
    for day in (D(2021, 1, 1), D(2022, 12, 31)):
        assert book.region("90001", on=day) == NotListed(
            "90001", Content.FRAGMENT, "b (示例〔1〕号)"
        )
    before = book.region("90001", on=D(2019, 1, 26))
    assert before == NotListed("90001", Content.FRAGMENT, "")
    assert [span.days() for span in book.history("90001")] == ["from 2023-01-01"]


def test_of_several_tables_that_do_not_tell_the_first_says_how_much_it_holds() -> None:
    book = CodeBook(
        [
            edition("a"),
            edition("b", content="fragment", since=D(2021, 1, 1)),
            edition("c", content="example", since=D(2022, 1, 1)),
            edition("d", region("90001"), since=D(2023, 1, 1)),
        ]
    )
    answer = book.region_between("90001", first=D(2021, 6, 1), last=D(2022, 6, 1))
    assert isinstance(answer, NotListed)
    assert answer.content is Content.FRAGMENT
    assert str(answer.table) == "b (示例〔1〕号), c (示例〔1〕号)"


def test_what_two_tables_repeat_is_one_span_also_behind_another() -> None:
    first, second = D(2018, 12, 31), D(2019, 1, 1)
    book = CodeBook(
        [
            edition("a", region("90001", "甲", valid_through=first),
                    region("90001", "乙", valid_from=second)),
            edition("b", region("90001", "乙", valid_from=second), since=D(2020, 1, 1)),
        ]
    )  # fmt: skip
    assert [(span.name, span.valid_from, span.valid_through) for span in book.history("90001")] == [
        ("甲", None, first), ("乙", second, None),
    ]  # fmt: skip


def title(code: str, **more: Any) -> SeriesCode:
    return SeriesCode(code, "甲", "高级", **more)


def words(book: CodeBook, code: str, years: range) -> str:
    """One letter a year, as of 1 June: in force, not in force, undetermined."""
    ask: Any = book.series if len(code) == 3 else book.region if len(code) == 5 else book.prefix
    said = ""
    for year in years:
        answer = ask(code, on=D(year, 6, 1))
        if isinstance(answer, NotListed):
            assert answer.content is not Content.COMPLETE
            said += "u"
        else:
            said += "n" if isinstance(answer, NotInForce) else "y"
    return said


SERIES_A = edition("A", title("600"), domain=SERIES, since=D(2019, 1, 1))
SERIES_B = edition("B", title("601"), domain=SERIES, content="fragment", since=D(2020, 1, 1))
BEGINNINGS = [
    # what a fragment of 2022 states of 602, and the answers in 2018 through 2023
    ([title("602")], "unuuyy"),
    ([title("602", valid_from=D(2021, 1, 1))], "nnnyyy"),
    ([title("602", valid_from=D(2018, 1, 1))], "yyyyyy"),
    ([title("602", valid_from=D(2023, 1, 1))], "nnnnny"),
    # An end before the denial: the same entry may have begun any time before.
    ([title("602", valid_through=D(2018, 12, 31))], "ynnnnn"),
    ([title("602", valid_through=D(2020, 12, 31))], "ununnn"),
    # Its own first and last day are its days.
    ([title("602", valid_from=D(2021, 6, 1))], "nnnyyy"),
    ([title("602", valid_through=D(2020, 6, 1))], "ununnn"),
]


@pytest.mark.parametrize(("entries", "expected"), BEGINNINGS)
def test_what_a_complete_table_denied_is_not_in_force_again_before_a_table_says_so(
    entries: list[SeriesCode], expected: str
) -> None:
    last = edition("C", *entries, domain=SERIES, content="fragment", since=D(2022, 1, 1))
    assert words(CodeBook([SERIES_A, SERIES_B, last]), "602", range(2018, 2024)) == expected


@pytest.mark.parametrize(
    ("denied", "expected"),
    # where nobody speaks, an entry without a first day answers unless an earlier day is known on
    # which the code was not in force, be it the entry's last day alone
    [(None, "yyynnn"), (D(2020, 12, 31), "uuunnn"), (D(2021, 1, 1), "yyynnn")],
)
def test_an_entry_that_ended_before_any_table_spoke_of_it(
    denied: date | None, expected: str
) -> None:
    listed = title("602", valid_through=D(2020, 12, 31))
    editions = [
        edition("B", title("601"), domain=SERIES, content="fragment", since=D(2019, 1, 1)),
        edition("C", listed, domain=SERIES, content="fragment", since=D(2022, 1, 1)),
    ]
    if denied is not None:
        editions.append(edition("A", title("600"), domain=SERIES, since=denied))
    assert words(CodeBook(editions), "602", range(2018, 2024)) == expected


ENDS = [
    # what a table of 2018 states of 602, and the answers in 2017 through 2022
    ([title("602")], "yynuuu"),
    ([title("602", valid_from=D(2018, 1, 1))], "nynuuu"),
    # It was stated before, but of days after those of which the complete table speaks.
    ([title("602", valid_from=D(2021, 1, 1))], "nnnnyy"),
    ([title("602", valid_through=D(2020, 12, 31))], "yynunn"),
]


@pytest.mark.parametrize(("entries", "expected"), ENDS)
def test_what_a_complete_table_ended_is_undetermined_under_a_later_part(
    entries: list[SeriesCode], expected: str
) -> None:
    first = edition("0", *entries, domain=SERIES, since=D(2018, 1, 1))
    assert words(CodeBook([first, SERIES_A, SERIES_B]), "602", range(2017, 2023)) == expected


def test_days_of_which_one_is_undetermined_are_undetermined() -> None:
    last = edition("C", title("602"), domain=SERIES, content="example", since=D(2022, 1, 1))
    book = CodeBook([SERIES_A, SERIES_B, last])
    within = book.series_between("602", first=D(2019, 1, 1), last=D(2019, 12, 31))
    assert isinstance(within, NotInForce)
    assert within.history() == "in force from 2022-01-01"
    across = book.series_between("602", first=D(2018, 1, 1), last=D(2020, 12, 31))
    assert across == NotListed("602", Content.FRAGMENT, "B (示例〔1〕号)")
    assert "602" not in [entry.code for entry in book.entries(on=D(2020, 6, 1))]


def test_the_verdict_agrees_with_the_tables() -> None:
    from sdcert.checking import check

    office = edition("o", region("90001"), since=None)
    last = edition("C", title("602"), domain=SERIES, content="fragment", since=D(2022, 1, 1))
    book = CodeBook([office, SERIES_A, SERIES_B, last])
    said = []
    for year in range(2018, 2023):
        verdict = check("鲁189000160200001", codes=book, approved_on=D(year, 6, 1))
        said.append((verdict.outcome.value, [finding.code.value for finding in verdict.findings]))
    assert said == [
        ("undetermined", ["series-unlisted"]),
        ("invalid", ["series-not-in-force"]),
        ("undetermined", ["series-unlisted"]),
        ("undetermined", ["series-unlisted"]),
        ("valid", []),
    ]


def test_a_prefix_of_which_nothing_is_known_denies_no_code_under_it() -> None:
    province = [
        edition("A", since=D(2019, 1, 1)),
        edition("B", content="fragment", since=D(2020, 1, 1)),
        edition("C", CityPrefix("91", "甲市"), content="fragment", since=D(2022, 1, 1)),
    ]
    city = edition("city", region("91020"), domain="city:91", since=D(2021, 1, 1))
    book = CodeBook([*province, city])
    assert words(book, "91", range(2018, 2023)) == "unuuy"
    # Nothing reaches back beyond days on which there was no such prefix.
    assert words(book, "91020", range(2018, 2023)) == "unyyy"


def test_a_code_of_two_domains_has_the_days_of_both() -> None:
    ended = region("91020", "厅", authority="other", valid_through=D(2018, 12, 31))
    book = CodeBook(
        [
            edition("p", ended, since=None, content="fragment"),
            edition("a", domain="city:91", since=D(2019, 1, 1)),
            edition("b", domain="city:91", content="fragment", since=D(2020, 1, 1)),
            edition(
                "c",
                region("91020", valid_from=D(2022, 1, 1)),
                domain="city:91",
                since=D(2022, 1, 1),
            ),
        ]
    )
    assert words(book, "91020", range(2018, 2023)) == "ynnny"
    assert [span.edition for span in book.history("91020")] == ["p", "c"]


def test_the_history_names_the_edition_that_introduced_an_entry() -> None:
    old = region("90001", "旧厅", valid_through=D(2020, 6, 30))
    new = region("90001", "新厅", valid_from=D(2020, 7, 1))
    for source in (None, ONE):
        stated = [attrs.evolve(entry, source=source) for entry in (old, new)]
        book = CodeBook(
            [
                edition("a", *stated, source=ONE),
                edition("b", *stated, source=TWO, since=D(2020, 1, 1)),
                edition("c", *stated, source=TWO, since=D(2021, 1, 1)),
            ]
        )
        spans = book.history("90001")
        assert [(span.name, span.edition) for span in spans] == [("旧厅", "a"), ("新厅", "a")]
        assert [span.days() for span in spans] == ["through 2020-06-30", "from 2020-07-01"]


def test_what_one_edition_states_as_two_entries_stays_two_however_often_repeated() -> None:
    parts = (
        region("90001", valid_through=D(2020, 6, 30), source=ONE),
        region("90001", valid_from=D(2020, 7, 1), source=ONE),
    )
    book = CodeBook([edition("a", *parts), edition("b", *parts, since=D(2020, 1, 1))])
    assert [span.edition for span in book.history("90001")] == ["a", "a"]


def test_an_entry_without_a_first_day_is_introduced_by_the_first_edition_that_lists_it() -> None:
    book = CodeBook(
        [
            edition("a"),
            edition("b", region("90001"), since=D(2020, 1, 1)),
            edition("c", region("90001"), since=D(2021, 1, 1), source=TWO),
            edition("d", since=D(2022, 1, 1)),
            edition("e", region("90001"), since=D(2023, 1, 1), source=TWO),
        ]
    )
    spans = book.history("90001")
    assert [(span.edition, span.days()) for span in spans] == [
        ("b", "from 2020-01-01 through 2021-12-31"),
        ("e", "from 2023-01-01"),
    ]


def test_a_book_cannot_be_changed() -> None:
    book = CodeBook.bundled()
    for name in ("editions", "_memos", "_digest", "other"):
        with pytest.raises(AttributeError):
            delattr(book, name)
        with pytest.raises(AttributeError):
            setattr(book, name, {})
    assert book._memos == {}


def test_a_complete_table_is_silent_before_its_day() -> None:
    book = CodeBook([edition("a", region("90001"))])
    before = book.region("90009", on=D(2019, 1, 26))
    assert before == NotListed("90009", Content.FRAGMENT, "")
    assert before.message("zh") == "现有代码表均未涵盖该期间的代码90009"
    assert isinstance(book.region("90001", on=D(2018, 1, 1)), RegionCode)  # no bound known
    both = book.region_between("90009", first=D(2019, 1, 1), last=D(2019, 12, 31))
    assert isinstance(both, NotListed)
    assert both.content is Content.FRAGMENT
    within = book.region_between("90009", first=D(2019, 1, 27), last=D(2019, 12, 31))
    assert isinstance(within, NotListed)
    assert within.content is Content.COMPLETE


def test_the_domain_of_a_code_decides_which_table_can_deny_it() -> None:
    day = D(2020, 1, 1)
    province = edition("p", region("90001"), CityPrefix("91", "甲市"))
    city = edition("c", region("91020"), domain="city:91")
    part = edition("c", region("91020"), domain="city:91", content="fragment")

    def content(book: CodeBook, code: str) -> Content:
        answer = book.region(code, on=day)
        assert isinstance(answer, NotListed)
        return answer.content

    alone = CodeBook([province])
    assert content(alone, "90002") is Content.COMPLETE
    assert content(alone, "92020") is Content.COMPLETE  # no such code, no such prefix
    assert content(alone, "91020") is Content.FRAGMENT  # the city's to say
    assert content(CodeBook([province, part]), "91021") is Content.FRAGMENT
    assert content(CodeBook([province, city]), "91021") is Content.COMPLETE
    assert content(CodeBook([city]), "91021") is Content.COMPLETE
    assert content(CodeBook([city]), "90002") is Content.FRAGMENT
    example = edition("x", content="example", domain=SERIES)
    answer = CodeBook([example]).series("601", on=day)
    assert isinstance(answer, NotListed)
    assert answer.content is Content.EXAMPLE
    assert answer.message() == "code 601 is not listed in x (示例〔1〕号) (example): undetermined"
    assert answer.message("zh").endswith("未收录代码601，无法判定")


def test_the_end_of_a_prefix_ends_the_codes_under_it() -> None:
    ended = CityPrefix("91", "甲市", valid_through=D(2020, 12, 31), successors=["92"])
    book = CodeBook(
        [
            edition("p", ended, CityPrefix("92", "乙市")),
            edition("c", region("91020", "甲局"), domain="city:91"),
        ]
    )
    assert isinstance(book.region("91020", on=D(2020, 12, 31)), RegionCode)
    answer = book.region("91020", on=D(2021, 1, 1))
    assert isinstance(answer, NotInForce)
    assert answer.history() == "in force through 2020-12-31"
    other = book.region("91021", on=D(2021, 1, 1))
    assert isinstance(other, NotListed)
    assert (other.content, other.table) == (Content.COMPLETE, "p (示例〔1〕号)")
    prefix = book.prefix("91", on=D(2021, 1, 1))
    assert isinstance(prefix, NotInForce)
    assert "92 (乙市)" in prefix.history()


def test_an_entry_that_never_takes_effect_is_still_known() -> None:
    later = CityPrefix("91", "甲市", valid_from=D(2021, 1, 1))
    early = region("91020", valid_through=D(2020, 1, 1))
    book = CodeBook([edition("p", later), edition("c", early, domain="city:91")])
    answer = book.region("91020", on=D(2019, 1, 1))
    assert isinstance(answer, NotInForce)
    assert (answer.spans, answer.known_as) == ((), "局")
    assert answer.history() == "never in force"
    assert answer.history("zh") == "无有效期"
    assert book.history("91020") == ()
    assert book.history("91020") == ()


def test_a_code_given_to_another_body_has_two_entries() -> None:
    book = CodeBook(
        [
            edition(
                "e",
                region("90001", "甲厅", valid_through=D(2019, 12, 31)),
                region("90001", "乙厅", valid_from=D(2021, 1, 1), valid_through=D(2021, 12, 31)),
            )
        ]
    )
    gap = book.region("90001", on=D(2020, 6, 1))
    assert isinstance(gap, NotInForce)
    assert gap.known_as == "甲厅"
    assert gap.history() == (
        "in force through 2019-12-31 (甲厅); from 2021-01-01 through 2021-12-31 (乙厅)"
    )
    assert gap.history("zh").startswith("有效期至2019年12月31日（甲厅）；有效期自2021年1月1日起至")
    window = book.region_between("90001", first=D(2020, 1, 1), last=D(2020, 12, 31))
    assert isinstance(window, NotInForce)
    assert window.asked() == "from 2020-01-01 through 2020-12-31"
    assert window.asked("zh") == "在2020年1月1日至2020年12月31日期间"
    entries = book.region_between("90001", first=D(2019, 6, 1), last=D(2021, 6, 1))
    assert isinstance(entries, tuple)
    assert [entry.name for entry in entries] == ["甲厅", "乙厅"]


def test_a_code_taken_up_again_has_no_successors_of_its_first_life() -> None:
    first = CityPrefix("92", "乙市", valid_through=D(2019, 12, 31), successors=["91"])
    book = CodeBook(
        [
            edition("a", first, CityPrefix("91", "甲市")),
            edition("b", CityPrefix("92", "乙市"), CityPrefix("91", "甲市"), since=D(2022, 1, 1)),
        ]
    )
    again = book.prefix("92", on=D(2022, 1, 1))
    assert isinstance(again, CityPrefix)
    assert book.successors(again) == ()
    (old, _) = book.history("92")
    assert [entry.code for entry in book.successors(old.entry)] == ["91"]


def test_long_histories_are_cut() -> None:
    spans = tuple(
        Span(region("90001", f"局{n}"), D(2000 + n, 1, 1), D(2000 + n, 6, 1), "e") for n in range(6)
    )
    answer = NotInForce("90001", tuple(s.entry for s in spans), D(2030, 1, 1), D(2030, 1, 1), spans)
    assert answer.history().endswith("(局3); …")
    assert answer.history("zh").endswith("；……")
    assert answer.known_as == "局5"
    unbounded = Span(region("90001"), None, None, "e")
    assert (unbounded.days(), unbounded.days("zh")) == (
        "with no known start or end",
        "起止日期不详",
    )
    assert unbounded.code == "90001"


def test_a_code_of_the_province_and_later_of_a_city_is_one_code():
    source = Source("示例〔1〕号")
    early = RegionCode("91101", "甲", "provincial-department", valid_through=date(2018, 6, 30))
    late = RegionCode("91101", "乙", "city-department", "甲市", valid_from=date(2019, 1, 1))
    own = Edition("p", "province", "示例省", source, "example", entries=[early])
    city = Edition("c", "city:91", "甲市", source, "example", date(2019, 1, 1), entries=[late])
    book = CodeBook([own, city])
    assert [entry.name for entry in book.entries()] == ["甲", "乙"]
    assert len(book) == 1


def test_an_entry_that_no_edition_states_has_no_successors():
    source = Source("示例〔1〕号")
    known = RegionCode("91101", "甲", "city-department", "甲市")
    book = CodeBook([Edition("c", "city:91", "甲市", source, "example", entries=[known])])
    other = RegionCode("91101", "乙", "city-department", "甲市")
    assert book.successors(other) == ()
