"""The example province: rich, deterministic, and never to be mistaken for a real one."""

from __future__ import annotations

from datetime import date

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Content,
    NotInForce,
    NotListed,
    RegionCode,
    SeriesCode,
)
from sdcert.testing.examples import complete_codes, example_codes, example_editions


def test_nobody_takes_the_examples_for_real_codes() -> None:
    book = example_codes()
    for entry in book:
        assert entry.source is not None
        assert entry.source.document.startswith("示例")
        if isinstance(entry, SeriesCode):
            assert entry.code[0] in "6789"
        else:
            assert entry.code[0] == "9"
    assert {edition.content for edition in book.editions} == {Content.EXAMPLE}


def test_the_examples_are_rich_and_always_the_same() -> None:
    book = example_codes()
    assert book == example_codes()
    assert book.digest == example_codes().digest
    assert sum(1 for entry in book if isinstance(entry, RegionCode)) > 300
    assert {entry.authority for entry in book.regions()} == set(AuthorityKind)
    assert len({title.series for title in book.series_codes()}) == 27 + 4
    assert len(list(book.series_codes(series="中小学教师"))) == 5
    assert [edition.id for edition in example_editions()] == [
        edition.id for edition in example_editions(Content.COMPLETE)
    ]


def test_what_the_module_says_happens_does() -> None:
    book = example_codes()
    names = {
        code: [span.name for span in book.history(code)] for code in ("90002", "90010", "91150")
    }
    assert names == {
        "90002": ["示例省教育厅", "示例省教育和体育厅"],
        "90010": ["示例省水利厅", "示例省数据产业研究院"],
        "91150": ["示例甲市教育体育局", "示例甲市教育和体育局"],
    }
    assert [span.days() for span in book.history("90040")] == ["from 2021-01-01"]
    for code in ("91101", "91102"):
        assert [e.code for e in book.history(code)[0].successors] == ["91150"]
    assert [e.code for e in book.history("91301")[0].successors] == ["91331", "91332"]
    for code in ("91201", "742"):
        assert [span.days() for span in book.history(code)] == ["through 2023-12-31"]
        assert book.history(code)[0].successors == ()
    assert [span.name for span in book.history("741")] == [
        "示例技术人员中级",
        "示例应用技术人员中级",
    ]
    prefix = book.prefix("98", on=date(2024, 1, 1))
    assert isinstance(prefix, NotInForce)
    assert [e.code for e in prefix.spans[0].successors] == ["97"]
    assert isinstance(book.prefix("97", on=date(2024, 1, 1)), CityPrefix)
    gone = book.region("98020", on=date(2024, 1, 1))
    assert isinstance(gone, NotInForce)
    assert [e.code for e in gone.spans[0].successors] == ["97020"]
    reused = {
        c.kind.value
        for c in CodeBook.diff(
            book.edition("example-province-2021"), book.edition("example-province-2024")
        ).changes
    }
    assert reused == {"re-used", "ended"}


def test_complete_examples_know_what_does_not_exist() -> None:
    day = date(2022, 1, 1)
    for code in ("90999", "91999", "99001"):
        unknown = complete_codes().region(code, on=day)
        assert isinstance(unknown, NotListed)
        assert unknown.content is Content.COMPLETE
    unlisted = example_codes().series("999", on=day)
    assert isinstance(unlisted, NotListed)
    assert unlisted.content is Content.EXAMPLE
