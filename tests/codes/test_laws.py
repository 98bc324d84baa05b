"""Laws of code books, over books built from parts. The oracles scan the editions naively."""

from __future__ import annotations

import copy
import itertools
import pickle
from datetime import date, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert.codes import (
    CityPrefix,
    CodeBook,
    CodeConflict,
    Content,
    Edition,
    InvalidTable,
    NotInForce,
    NotListed,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.edition import PROVINCE, SERIES, city_domain
from sdcert.testing.books import POOLS, code_books, days, editions

if TYPE_CHECKING:
    from sdcert.codes.model import Entry

# A book of up to a dozen editions takes a while to draw: half as many as elsewhere.
_some = settings(max_examples=settings().max_examples // 2)
_ever = [code for pool in POOLS.values() for code in pool]
_never = ["90009", "91999", "93001", "699"]
_codes = st.sampled_from([*_ever, *_never, "91", "92", "93"])


def ask(book: CodeBook, code: str, day: date) -> object:
    if len(code) == 5:
        return book.region(code, on=day)
    return book.series(code, on=day) if len(code) == 3 else book.prefix(code, on=day)


# The oracle: the six rules of the documentation, read off the editions one by one.


def _on(entry: Entry, day: date) -> bool:
    return (entry.valid_from or date.min) <= day <= (entry.valid_through or date.max)


def _begun(edition: Edition, day: date) -> bool:
    return edition.valid_from is None or edition.valid_from <= day


def _of(book: CodeBook, domain: str) -> list[Edition]:
    """Newest first."""
    mine = [edition for edition in book.editions if edition.domain == domain]
    return sorted(mine, key=lambda edition: edition.valid_from or date.min, reverse=True)


def _in_force(book: CodeBook, domain: str, day: date) -> Edition | None:
    return next((edition for edition in _of(book, domain) if _begun(edition, day)), None)


def _states(entry: Entry, day: date) -> bool:
    if entry.valid_from is not None:
        return entry.valid_from <= day
    return entry.valid_through is not None and entry.valid_through < day


UNKNOWN = "undetermined"


def _denies(book: CodeBook, domain: str, edition: Edition, code: str, day: date) -> bool:
    return (
        edition.content is Content.COMPLETE
        and edition == _in_force(book, domain, day)
        and code not in {entry.code for entry in edition.entries}
    )


def _borders(book: CodeBook) -> list[date]:
    """The days on which any answer may change."""
    found = {date.min}
    for edition in book.editions:
        found.add(edition.valid_from or date.min)
        for entry in edition.entries:
            found.add(entry.valid_from or date.min)
            if entry.valid_through:
                found.add(entry.valid_through + timedelta(days=1))
    return sorted(found)


def _said(book: CodeBook, domain: str, code: str, day: date) -> Entry | str | Edition | None:
    """An entry or None by rules 1 to 3; an edition where nobody speaks but it holds the day."""
    silent: Edition | None = None
    known = _of(book, domain)
    for place, edition in enumerate(known):
        listed = [entry for entry in edition.entries if entry.code == code]
        holding = [entry for entry in listed if _on(entry, day)]
        begun = _begun(edition, day)
        if listed and (begun or any(_states(entry, day) for entry in listed)):
            if not holding:
                return None
            since = holding[0].valid_from or date.min
            newer = known[:place]
            past = [b for b in [*_borders(book), day - timedelta(days=1)] if since <= b < day]
            doubted = any(_denies(book, domain, e, code, b) for e in newer for b in past)
            return UNKNOWN if doubted else holding[0]
        if _denies(book, domain, edition, code, day):
            return None
        if holding:
            silent = edition
    return silent


def naive_in(
    book: CodeBook, domain: str, code: str, day: date, *, prefix: str | None = None
) -> Entry | str | None:
    said = _said(book, domain, code, day)
    if prefix and naive_prefix_denied(book, prefix, day):
        return None
    if not isinstance(said, Edition):
        return said
    (entry,) = (e for e in said.entries if e.code == code and _on(e, day))
    until = said.valid_from
    assert until is not None
    if entry.valid_through:
        until = min(until, entry.valid_through + timedelta(days=1))
    for border in _borders(book):
        if border < until and (
            _said(book, domain, code, border) is None
            or (border > day and prefix and naive_prefix_denied(book, prefix, border))
        ):
            return UNKNOWN
    return entry


def naive_prefix_denied(book: CodeBook, prefix: str, day: date) -> bool:
    if naive_in(book, PROVINCE, prefix, day):
        return False
    newest = _in_force(book, PROVINCE, day)
    named = any(e.code == prefix for edition in _of(book, PROVINCE) for e in edition.entries)
    return named or (newest is not None and newest.content is Content.COMPLETE)


def naive(book: CodeBook, code: str, day: date) -> Entry | str | None:
    if len(code) != 5:
        return naive_in(book, SERIES if len(code) == 3 else PROVINCE, code, day)
    own = naive_in(book, PROVINCE, code, day)
    return own or naive_in(book, city_domain(code[:2]), code, day, prefix=code[:2])


def naive_complete(book: CodeBook, code: str, day: date) -> bool:
    """Whether a complete edition that covers the code is in force."""
    domain = SERIES if len(code) == 3 else PROVINCE
    if len(code) == 5:
        city = city_domain(code[:2])
        known = naive_in(book, PROVINCE, code[:2], day) is not None or _of(book, city)
        if known and not naive_prefix_denied(book, code[:2], day):
            domain = city
    edition = _in_force(book, domain, day)
    return edition is not None and edition.content is Content.COMPLETE


@_some
@given(code_books(), _codes, st.lists(days(), min_size=1, max_size=6))
def test_answers_as_of_a_day_equal_a_naive_scan(
    book: CodeBook, code: str, asked: list[date]
) -> None:
    for day in asked:
        _equals_a_naive_scan(book, code, day)


def _equals_a_naive_scan(book: CodeBook, code: str, day: date) -> None:
    listed = any(entry.code == code for edition in book.editions for entry in edition.entries)
    answer, expected = ask(book, code, day), naive(book, code, day)
    if expected == UNKNOWN:
        assert isinstance(answer, NotListed)
        assert answer.content is not Content.COMPLETE
    elif expected is not None:
        assert answer == expected
    elif listed:
        assert isinstance(answer, NotInForce)
        assert (answer.code, answer.first, answer.last) == (code, day, day)
        assert answer.entries
        assert not _spans_cover(answer, day)
    else:
        assert isinstance(answer, NotListed)
        assert (answer.content is Content.COMPLETE) is naive_complete(book, code, day)
    assert ask(book, code, day) is answer  # remembered


# What is seldom drawn: a code in force for one day, and one whose end alone a table to come tells.
_DAY = date(2020, 5, 5)


@pytest.mark.parametrize("content", ["complete", "fragment"])
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"valid_from": _DAY, "valid_through": _DAY}, {"valid_from": date(2022, 1, 1)}),
        ({"valid_through": _DAY}, {"valid_from": _DAY + timedelta(1), "valid_through": None}),
        ({}, {"valid_through": date(2018, 12, 31)}),
        ({"valid_through": date(2018, 12, 31)}, {"valid_through": date(2018, 12, 31)}),
    ],
)
def test_on_each_side_of_each_border_the_answer_is_that_of_a_naive_scan(
    content: str, older: dict[str, Any], newer: dict[str, Any]
) -> None:
    book = CodeBook(
        Edition(
            name, PROVINCE, "示例", Source("示例"), content, since,
            entries=[RegionCode("91001", "局", "other", **bounds)],
        )
        for name, since, bounds in (("a", None, older), ("b", date(2022, 1, 1), newer))
    )  # fmt: skip
    for border in [*_borders(book)[1:], _DAY]:
        for day in (border - timedelta(1), border, border + timedelta(1)):
            _equals_a_naive_scan(book, "91001", day)


def _spans_cover(answer: NotInForce, day: date) -> bool:
    return any(
        (span.valid_from or date.min) <= day <= (span.valid_through or date.max)
        for span in answer.spans
    )


@_some
@given(code_books(), st.sampled_from(_ever + _never), days(), st.integers(0, 400))
def test_a_span_of_days_answers_as_its_days_do(
    book: CodeBook, code: str, first: date, count: int
) -> None:
    if len(code) == 2:
        return
    last = first + timedelta(days=count)
    between = book.series_between if len(code) == 3 else book.region_between
    answer = between(code, first=first, last=last)
    each = [ask(book, code, first + timedelta(days=n)) for n in range(count + 1)]
    found = list(dict.fromkeys(e for e in each if isinstance(e, RegionCode | SeriesCode)))
    if found:
        assert answer == tuple(found)
    elif all(isinstance(e, NotInForce) for e in each):
        assert isinstance(answer, NotInForce)
        assert (answer.first, answer.last) == (first, last)
    else:
        assert isinstance(answer, NotListed)
        contents = {getattr(e, "content", None) for e in each}
        assert (answer.content is Content.COMPLETE) is (contents == {Content.COMPLETE})


@_some
@given(code_books(), st.sampled_from(_ever + _never), days(), st.integers(0, 900))
def test_the_pieces_of_a_span_answer_as_each_of_their_days(
    book: CodeBook, code: str, first: date, count: int
) -> None:
    if len(code) == 2:
        return
    last = first + timedelta(days=count)
    pieces = (book.series_pieces if len(code) == 3 else book.region_pieces)(
        code, first=first, last=last
    )
    assert (pieces[0].first, pieces[-1].last) == (first, last)
    for before, after in itertools.pairwise(pieces):
        assert before.last + timedelta(days=1) == after.first
    for piece in pieces:
        for day in {piece.first, piece.first + (piece.last - piece.first) // 2, piece.last}:
            answer = ask(book, code, day)
            assert type(answer) is type(piece.answer)
            if isinstance(answer, NotListed):
                assert (answer.content is Content.COMPLETE) == piece.decided
            else:
                assert piece.decided
            if isinstance(answer, RegionCode | SeriesCode):
                assert answer == piece.answer


@_some
@given(code_books())
def test_the_history_is_disjoint_in_order_and_says_what_each_day_says(book: CodeBook) -> None:
    for code in _ever:
        spans = book.history(code)
        for before, after in itertools.pairwise(spans):
            assert before.valid_through is not None
            assert after.valid_from is not None
            assert before.valid_through < after.valid_from
        for span in spans:
            for day in (span.valid_from, span.valid_through):
                if day is not None:
                    answer = ask(book, code, day)
                    assert isinstance(answer, RegionCode | SeriesCode)
                    assert answer.name == span.name
                    assert span.edition in {edition.id for edition in book.editions}
        entries = tuple(span.entry for span in book.history(code))
        assert entries == tuple(span.entry for span in spans)


@_some
@given(code_books(), code_books())
def test_a_difference_makes_the_newer_of_the_older(older: CodeBook, newer: CodeBook) -> None:
    difference = CodeBook.diff(older, newer)
    assert difference.apply(older) == newer
    assert bool(difference) is (older != newer)
    for change in difference.changes:
        assert change.code in change.message()
        assert change.code in change.message("zh")
    assert CodeBook.diff(older, older).changes == ()
    if not older.editions and newer.editions:
        assert {change.code for change in difference.changes} == {e.code for e in newer}


@_some
@given(code_books(), st.randoms(use_true_random=False), st.data())
def test_the_digest_changes_exactly_when_the_content_does(
    book: CodeBook, random: object, data: st.DataObject
) -> None:
    mixed = []
    for edition in book.editions:
        entries = list(edition.entries)
        random.shuffle(entries)  # type: ignore[attr-defined]  # Hypothesis' Random
        mixed.append(attrs.evolve(edition, entries=tuple(entries)))
    random.shuffle(mixed)  # type: ignore[attr-defined]  # as above
    same = CodeBook(mixed)
    assert same == book
    assert same.digest == book.digest
    assert hash(same) == hash(book)
    if book.editions:
        place = data.draw(st.integers(0, len(book.editions) - 1))
        changed = list(book.editions)
        field = data.draw(st.sampled_from(["publisher", "source", "published_on"]))
        value: dict[str, Any] = {
            "publisher": changed[place].publisher + "二",
            "source": attrs.evolve(changed[place].source, article="另款"),
            "published_on": date(2030, 1, 1),
        }
        changed[place] = attrs.evolve(changed[place], **{field: value[field]})
        assert CodeBook(changed).digest != book.digest
        fewer = CodeBook(book.editions[1:]) if _loads(book.editions[1:]) else CodeBook()
        assert fewer.digest != book.digest


def _loads(chosen: tuple[Edition, ...]) -> bool:
    try:
        CodeBook(chosen)
    except CodeConflict:
        return False
    return True


@_some
@given(editions(id="a"), editions(id="b"), editions(id="c"))
def test_overlaying_is_associative_and_commutative_where_it_is_allowed(
    one: Edition, two: Edition, three: Edition
) -> None:
    def tried(*steps: Edition | CodeBook) -> CodeBook | None:
        book = CodeBook()
        try:
            for step in steps:
                book = book.overlay(step)
        except CodeConflict:
            return None
        return book

    left = tried(one, two, three)
    tail = tried(two, three)
    if left is not None and tail is not None:
        assert tried(one, tail) == left
        assert tried(three, one, two) in (left, None)
        assert tried(three, two, one) in (left, None)
        assert left.overlay(left) == left
    pair = tried(one, two)
    assert pair == tried(two, one)


@_some
@given(code_books())
def test_a_book_survives_pickling_copying_and_json(book: CodeBook) -> None:
    assert pickle.loads(pickle.dumps(book)) == book
    assert copy.deepcopy(book) == book
    again = CodeBook.from_json(book.to_json())
    assert again == book
    assert again.digest == book.digest
    assert again.to_json() == book.to_json()


def test_threads_share_a_book() -> None:
    source = Source("示例")
    entries = tuple(RegionCode(f"90{n:03}", f"示例{n}", "other") for n in range(500))
    book = CodeBook([Edition("e", PROVINCE, "示例", source, Content.EXAMPLE, entries=entries)])
    wrong: list[str] = []

    def work() -> None:
        for n in range(500):
            for day in (date(2020, 1, 1), date(2021, 1, 1)):
                answer = book.region(f"90{n:03}", on=day)
                if not isinstance(answer, RegionCode) or answer.name != f"示例{n}":
                    wrong.append(str(answer))

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from sdcert.codes import index
    from sdcert.codes import lookups as module

    monkeypatch.setattr(module, "REMEMBERED", 4)
    monkeypatch.setattr(index, "REMEMBERED", 4)
    book = CodeBook.bundled()
    for number in range(20):
        answer = book.region(f"{number:05}", on=date(2020, 1, 1))
        assert isinstance(answer, RegionCode) is (number == 1)
    assert len(book._regions) <= 4
    assert len(book._register._days) <= 4


@_some
@given(code_books(), days())
def test_going_through_a_book_for_a_day_equals_asking_for_each_code(
    book: CodeBook, day: date
) -> None:
    through = list(book.entries(on=day))
    asked = [ask(book, code, day) for code in [*_ever, "91", "92"]]
    kinds = RegionCode | SeriesCode | CityPrefix
    assert set(through) == {answer for answer in asked if isinstance(answer, kinds)}
    assert len(through) == len(set(through))
    regions = list(book.regions(on=day))
    assert regions == [entry for entry in through if isinstance(entry, RegionCode)]
    for entry in regions:
        assert entry in list(book.regions(on=day, prefix=entry.prefix))
        assert entry in list(book.regions(on=day, authority=entry.authority, city=entry.city))
        assert entry in book.search(entry.name, on=day)
    for title in book.series_codes(on=day):
        assert title in list(book.series_codes(on=day, series=title.series, grade=title.grade))
        # All entries there are: another edition may state the same title with other days.
        everything = book.search(title.code[:2])
        assert (title.code, title.name) in {(entry.code, entry.name) for entry in everything}


@_some
@given(code_books())
def test_predecessors_are_the_reverse_of_successors(book: CodeBook) -> None:
    for entry in book:
        for after in book.successors(entry):
            assert any(after.code in s.entry.successors for s in book.history(entry.code))
            found = book.predecessors(after)
            assert any(e.code == entry.code for e in found)
        assert set(book.successors(entry)) <= set(book.successors(entry, transitive=True)) | {entry}


@_some
@given(editions())
def test_an_edition_equals_itself_whatever_the_order_of_rows(edition: Edition) -> None:
    backwards = attrs.evolve(edition, entries=tuple(reversed(edition.entries)))
    assert backwards == edition
    assert hash(backwards) == hash(edition)
    assert all(entry.source for entry in edition.entries)
    assert len(edition) == len(edition.entries)
    if edition.entries:
        with pytest.raises(InvalidTable):
            attrs.evolve(edition, entries=(*edition.entries, edition.entries[0]))
