"""The book: what is bundled, what it refuses, what kind of value it is."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from sdcert.codes import (
    AuthorityKind,
    CodeBook,
    Content,
    Grade,
    InvalidCode,
    RegionCode,
    UnknownWord,
)
from tests.support.codes import D, edition, region

if TYPE_CHECKING:
    from pathlib import Path


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
    no_text: Any = 14
    for call in (
        lambda: book.search(no_text),
        lambda: book.regions(city=no_text),
        lambda: book.series_codes(series=no_text),
    ):
        with pytest.raises(TypeError, match="must be text, not int"):
            call()


def test_membership_is_answered_or_refused() -> None:
    book = CodeBook.bundled()
    assert "14020" in book
    assert "99999" not in book
    entry = book.region("14020", on=D(2019, 3, 1))
    assert entry in book
    assert region("14020") not in book
    with pytest.raises(InvalidCode, match="“1402” is not a code of 2, 3 or 5 digits"):
        "1402" in book  # noqa: B015
    with pytest.raises(InvalidCode) as caught:
        book.history("1")
    assert caught.value.message("zh") == "“1”不是2、3或5位数字代码"
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
    assert book != object()
    assert len(book) == 5
    assert repr(book).startswith("<CodeBook of 5 codes in 3 editions: ")
    many = CodeBook(edition(f"e{n}", since=D(2019, 1, n + 1)) for n in range(6))
    assert repr(many).endswith(", …>")
    with pytest.raises(AttributeError):
        book.editions = ()  # type: ignore[misc]
    with pytest.raises(AttributeError):
        book.other = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="each of editions must be an Edition, not str"):
        CodeBook(["x"])  # type: ignore[list-item]
    for given in (None, book.editions[0]):
        with pytest.raises(TypeError, match=r"an iterable, such as \[edition\], not "):
            CodeBook(given)  # type: ignore[arg-type]
    for ask in (book.successors, book.predecessors):
        with pytest.raises(TypeError, match=r"entry must be a RegionCode, .* SeriesCode, not str"):
            ask("14020")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes an Edition or a CodeBook, not str"):
        book.overlay("x")  # type: ignore[arg-type]
    name = book.editions[0].id
    assert book.select(name).editions == (book.edition(name),)
    with pytest.raises(KeyError, match=f"no edition “no”; this book has .*{name}"):
        book.select(name, "no")
    with pytest.raises(KeyError, match="this book has none"):
        CodeBook().edition(name)


def test_a_book_is_loaded_from_a_file_or_a_folder_whatever_that_is_called(tmp_path: Path) -> None:
    book = CodeBook([edition("a", region("90001"))])
    book.save(tmp_path / "book.json")
    book.save(tmp_path / "tables")
    (tmp_path / "tables").rename(tmp_path / "tables.json")
    folder = tmp_path / "tables.json"
    for where in (tmp_path / "book.json", folder, folder / "a.toml", folder / "a.csv"):
        assert CodeBook.load(where) == book


def test_two_threads_may_work_the_digest_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from sdcert.codes import jsonform

    book, real = CodeBook.bundled(), jsonform.digest_of

    def slow(editions: Any) -> str:
        monkeypatch.setattr(jsonform, "digest_of", real)
        assert book.digest == real(editions)  # the other thread is through meanwhile
        return real(editions)

    monkeypatch.setattr(jsonform, "digest_of", slow)
    assert book.digest == CodeBook.bundled().digest
    with pytest.raises(AttributeError):
        book._digest = None  # type: ignore[misc]


def test_a_book_is_made_of_editions_alone() -> None:
    assert list(inspect.signature(CodeBook).parameters) == ["editions"]
