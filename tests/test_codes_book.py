"""Code books by named cases: the model, editions, answers, conflicts, adjustments, differences."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    CodeConflict,
    Content,
    Edition,
    Fault,
    Grade,
    InvalidCode,
    InvalidTable,
    NotInForce,
    NotListed,
    RegionCode,
    SeriesCode,
    Source,
    Span,
    UnknownWord,
)
from sdcert.codes.adjust import End, Introduce, Merge, Rename, Split, adjust
from sdcert.codes.edition import PROVINCE, SERIES, city_domain, domain_label
from sdcert.codes.jsonform import entry_to
from sdcert.messages import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdcert.codes.model import Entry


D = date
ONE, TWO = Source("示例〔1〕号", "附件2"), Source("示例〔2〕号")
DEPARTMENT = AuthorityKind.PROVINCIAL_DEPARTMENT


def region(code: str, name: str = "局", **more: Any) -> RegionCode:
    more.setdefault("authority", "provincial-hrss" if code[:2] == "90" else "city-hrss")
    return RegionCode(code, name, **more)


_SINCE, _LATER = D(2019, 1, 27), D(2024, 1, 1)


def edition(
    id: str,  # noqa: A002
    *entries: Entry,
    domain: str = PROVINCE,
    content: str = "complete",
    since: date | None = _SINCE,
    source: Source = ONE,
) -> Edition:
    if content == "complete" and not entries:  # a complete table has at least one
        entries = (_filler(domain),)
    return Edition(id, domain, "示例省", source, Content(content), since, entries=entries)


def _filler(domain: str) -> Entry:
    if domain == SERIES:
        return SeriesCode("999", "示例", "中级")
    if domain == PROVINCE:
        return RegionCode("90999", "示例", "other")
    return RegionCode(f"{domain[5:]}999", "示例", "other")


# What the documents attest.


def test_the_bundled_book_holds_what_the_documents_attest_and_nothing_else() -> None:
    book = CodeBook.bundled()
    assert [(entry.code, entry.name) for entry in book] == [
        ("14020", "聊城市人力资源和社会保障局"),
        ("00001", "山东省人力资源和社会保障厅"),
        ("14", "聊城市"),
        ("011", "中小学教师正高级"),
        ("012", "中小学教师高级"),
    ]
    (province, city) = (book.region(code, on=D(2019, 3, 1)) for code in ("00001", "14020"))
    assert isinstance(province, RegionCode)
    assert isinstance(city, RegionCode)
    assert (province.authority, province.prefix) == (AuthorityKind.PROVINCIAL_HRSS, None)
    assert (city.authority, city.prefix, city.city) == (AuthorityKind.CITY_HRSS, "14", "聊城市")
    assert {title.grade for title in book.series_codes()} == {Grade.SENIOR}
    for one in book.editions:
        assert one.content is Content.FRAGMENT
        assert one.valid_from is None
    for entry in book:
        assert entry.source is not None
        assert entry.source.document in {"鲁人社规〔2018〕22号", "聊人社字〔2019〕27号"}
        assert entry.source.article
        assert (entry.valid_from, entry.valid_through) == (None, None)


def test_importing_reads_no_table() -> None:
    lines = (
        "import sys, sdcert.codes\n"
        "late = {'json', 'csv', 'tomllib', 'hashlib', 'importlib.resources', 'openpyxl'}\n"
        "print(sorted(late & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{lines}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_package_has_what_it_announces() -> None:
    import sdcert.codes as package

    assert all(getattr(package, name) is not None for name in package.__all__)


# Entries and editions.

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
    ({"source": None}, ["source-missing"]),
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
]


@pytest.mark.parametrize(("change", "kinds"), EDITIONS)
def test_a_faulty_edition_cannot_be_made(change: dict[str, Any], kinds: list[str]) -> None:
    with pytest.raises(InvalidTable) as caught:
        attrs.evolve(edition("e"), **change)
    assert [fault.kind for fault in caught.value.faults] == kinds


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


# As of a day.


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
    assert two.message("zh").startswith("a（示）、b（示）（部分代码表）未收录")


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
]


@pytest.mark.parametrize(("entries", "expected"), BEGINNINGS)
def test_what_a_complete_table_denied_is_not_in_force_again_before_a_table_says_so(
    entries: list[SeriesCode], expected: str
) -> None:
    last = edition("C", *entries, domain=SERIES, content="fragment", since=D(2022, 1, 1))
    assert words(CodeBook([SERIES_A, SERIES_B, last]), "602", range(2018, 2024)) == expected


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
    for name in ("_editions", "_memos", "_digest", "other"):
        with pytest.raises(AttributeError, match=f"immutable: {name}"):
            delattr(book, name)
        with pytest.raises(AttributeError, match=f"immutable: {name}"):
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
    assert answer.message("zh").endswith("（示例代码表）未收录代码601，无法判定")


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


def test_what_is_no_code_or_no_day_is_refused() -> None:
    book = CodeBook.bundled()
    looks: list[Any] = [book.region, book.series, book.prefix]
    asks: list[Any] = [*(partial(look, on=D(2019, 1, 1)) for look in looks), book.history]
    for ask in asks:
        with pytest.raises(InvalidCode, match=r"is not a code of"):
            ask("1")
        with pytest.raises(TypeError, match="a code is text, not int"):
            ask(14020)
        with pytest.raises(TypeError, match="a code is text, not list"):
            ask([])
    error = InvalidCode("1", 5)
    assert error.message("zh") == "“1”不是5位数字代码"
    assert pickle.loads(pickle.dumps(error)).args == ("1", 5)
    with pytest.raises(TypeError, match="on must be"):
        book.region("14020", on=datetime(2019, 1, 1))  # noqa: DTZ001
    with pytest.raises(TypeError, match="on must be"):
        list(book.entries(on="2019-01-01"))  # type: ignore[arg-type]
    with pytest.raises(InvalidCode):
        book.region_between("1", first=D(2019, 1, 1), last=D(2019, 1, 2))
    with pytest.raises(ValueError, match="is before the first"):
        book.series_between("011", first=D(2019, 1, 2), last=D(2019, 1, 1))
    with pytest.raises(ValueError, match="must not be empty"):
        book.search("")


def test_membership_is_answered_or_refused() -> None:
    book = CodeBook.bundled()
    assert "14020" in book
    assert "99999" not in book
    entry = book.region("14020", on=D(2019, 3, 1))
    assert entry in book
    assert region("14020") not in book
    with pytest.raises(InvalidCode):
        "1402" in book  # noqa: B015
    with pytest.raises(TypeError, match="a book lists codes and entries, not int"):
        14020 in book  # noqa: B015


def test_an_answer_that_is_no_entry_is_false_and_has_no_name() -> None:
    book = CodeBook([edition("a", region("90001", valid_through=D(2020, 12, 31)))])
    for answer in (book.region("90001", on=D(2021, 1, 1)), book.region("99999", on=D(2021, 1, 1))):
        assert not answer
        assert not hasattr(answer, "name")


def test_filters_take_words_and_refuse_unknown_ones() -> None:
    book = CodeBook.bundled()
    assert [e.code for e in book.regions(authority="市人社局")] == ["14020"]
    assert [e.code for e in book.regions(prefix="14")] == ["14020"]
    assert len(list(book.series_codes(grade="senior"))) == 2
    assert [e.code for e in book.prefixes()] == ["14"]
    with pytest.raises(UnknownWord):
        book.regions(authority="nonsense")
    with pytest.raises(UnknownWord):
        book.series_codes(grade="nonsense")
    with pytest.raises(TypeError):
        book.regions(prefix=91)  # type: ignore[arg-type]


def test_a_book_is_a_value() -> None:
    book = CodeBook.bundled()
    assert book == CodeBook(reversed(book.editions))
    assert book == CodeBook([*book.editions, *book.editions]) == book.overlay(book)
    assert book != CodeBook()
    assert book != "book"
    assert len(book) == 5
    assert repr(book).startswith("<CodeBook of 5 codes in 3 editions: ")
    many = CodeBook(edition(f"e{n}", since=D(2019, 1, n + 1)) for n in range(6))
    assert repr(many).endswith(", …>")
    with pytest.raises(AttributeError, match="immutable"):
        book._editions = ()
    with pytest.raises(AttributeError, match="immutable"):
        book.other = 1
    with pytest.raises(TypeError, match="editions must be Edition objects, not str"):
        CodeBook(["x"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="takes an Edition or a CodeBook, not str"):
        book.overlay("x")  # type: ignore[arg-type]
    name = book.editions[0].id
    assert book.select(name).editions == (book.edition(name),)
    with pytest.raises(KeyError):
        book.edition("no")


def test_two_threads_may_work_the_digest_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from sdcert.codes import jsonform

    book, real = CodeBook.bundled(), jsonform.digest_of

    def slow(editions: Any) -> str:
        monkeypatch.setattr(jsonform, "digest_of", real)
        assert book.digest == real(editions)  # the other thread is through meanwhile
        return real(editions)

    monkeypatch.setattr(jsonform, "digest_of", slow)
    assert book.digest == CodeBook.bundled().digest
    with pytest.raises(AttributeError, match="immutable"):
        book._digest = None


# Conflicts.

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


# Dynamic adjustment.

OLD = edition(
    "old",
    region("91101", "教育局", authority="city-department"),
    region("91102", "体育局", authority="city-department"),
    region("91103", "水利局", authority="city-department", valid_from=D(2024, 1, 1)),
    domain="city:91",
)


def adjusted(*operations: Any, base: Edition = OLD, on: date = _LATER) -> Edition:
    return adjust(
        base, operations, id="new", effective_from=on, source=TWO, published_on=D(2023, 12, 1)
    )


def test_each_operation_keeps_what_was() -> None:
    new = adjusted(
        Rename("91101", "教育和体育局", authority=AuthorityKind.OTHER, city="甲市", county="乙县"),
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


def test_an_adjustment_comes_after_what_it_adjusts() -> None:
    with pytest.raises(InvalidTable, match="own first day"):
        adjusted(on=D(2019, 1, 27))
    with pytest.raises(TypeError):
        adjusted(on="2024-01-01")  # type: ignore[arg-type]
    undated = attrs.evolve(OLD, valid_from=None)
    assert adjusted(End("91101"), base=undated).valid_from == D(2024, 1, 1)


# Differences.


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
