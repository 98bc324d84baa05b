"""Look-ups in a code book: as of a day, for a period, over time; and ways through its entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVar

from sdcert._memo import keep
from sdcert.codes.answers import (
    NotInForce,
    NotListed,
    Piece,
    PrefixAnswer,
    RegionAnswer,
    SeriesAnswer,
    Span,
)
from sdcert.codes.errors import WIDTHS, InvalidCode, code_fault, is_any_code
from sdcert.codes.index import REMEMBERED, Register
from sdcert.codes.model import AuthorityKind, CityPrefix, Entry, Grade, RegionCode, SeriesCode
from sdcert.dates import as_day
from sdcert.errors import expect
from sdcert.messages import Either, excerpt

__all__ = ["Lookups"]

E = TypeVar("E", RegionCode, CityPrefix, SeriesCode)


class Lookups:
    """The look-ups of a code book, apart from where books come from and how they are combined."""

    __slots__ = ()

    _prefixes: dict[tuple[str, date], Any]
    _regions: dict[tuple[str, date], Any]
    _series: dict[tuple[str, date], Any]
    _register: Register

    # As of a day.

    def region(self, code: str, *, on: date) -> RegionAnswer:
        """Look a region code up.

        Args:
            code: Five digits.
            on: The day as of which to answer. Without one, see :meth:`history`.

        Returns:
            The entry in force; or :class:`NotInForce` if the code is listed but not in force on
            that day; or :class:`NotListed`, if no table says so. The latter two are false.

        Raises:
            InvalidCode: If the code is not five digits.
            TypeError: If it is no text, or ``on`` no day.
        """
        try:
            answer: RegionAnswer = self._regions[code, on]
        except (KeyError, TypeError):
            answer = self._ask(self._regions, 5, code, on)
        return answer

    def series(self, code: str, *, on: date) -> SeriesAnswer:
        """Look a series/level code up; as :meth:`region`, with three digits."""
        try:
            answer: SeriesAnswer = self._series[code, on]
        except (KeyError, TypeError):
            answer = self._ask(self._series, 3, code, on)
        return answer

    def prefix(self, code: str, *, on: date) -> PrefixAnswer:
        """Look a city's prefix up; as :meth:`region`, with two digits."""
        try:
            answer: PrefixAnswer = self._prefixes[code, on]
        except (KeyError, TypeError):
            answer = self._ask(self._prefixes, 2, code, on)
        return answer

    def region_between(
        self, code: str, *, first: date, last: date
    ) -> tuple[RegionCode, ...] | NotInForce | NotListed:
        """Look a region code up for a span of days.

        Args:
            code: Five digits.
            first: First of the days.
            last: Last of the days, included.

        Returns:
            The entries in force on at least one of the days, in their order, at least one; or
            :class:`NotInForce`, if a listed code is so on all of them; or :class:`NotListed`,
            whose content is ``COMPLETE`` only if complete editions cover the code on each of the
            days.

        Raises:
            InvalidCode: If the code is not five digits.
            ValueError: If the last day is before the first.
        """
        return self._between(RegionCode, code, first, last)

    def series_between(
        self, code: str, *, first: date, last: date
    ) -> tuple[SeriesCode, ...] | NotInForce | NotListed:
        """Look a series/level code up for a span of days; as :meth:`region_between`."""
        return self._between(SeriesCode, code, first, last)

    def region_pieces(self, code: str, *, first: date, last: date) -> tuple[Piece, ...]:
        """Cut a span of days where the answer for a region code changes.

        A number has one approval, on one day: who joins two codes asks for the pieces of both. The
        arguments are those of :meth:`region_between`.

        Returns:
            Consecutive pieces, in the order of days, that make up the whole span; on each day of
            a piece :meth:`region` answers alike.

        Raises:
            InvalidCode: If the code is not five digits.
            ValueError: If the last day is before the first.

        >>> from sdcert.codes import CodeBook
        >>> days = {"first": date(2019, 1, 1), "last": date(2019, 12, 31)}
        >>> [piece.answer.name for piece in CodeBook.bundled().region_pieces("00001", **days)]
        ['山东省人力资源和社会保障厅']
        """
        return self._pieces(5, code, first, last)

    def series_pieces(self, code: str, *, first: date, last: date) -> tuple[Piece, ...]:
        """Cut a span of days where the answer for a series/level code changes.

        As :meth:`region_pieces`, with three digits.
        """
        return self._pieces(3, code, first, last)

    # Over time.

    def history(self, code: str) -> tuple[Span, ...]:
        """Tell what became of a code (of five, three or two digits), in the order of days.

        Returns:
            One span for each entry, with the days on which it answers and the entries that took
            over; empty if the code is not listed.

        Raises:
            InvalidCode: If the code has another width.
        """
        _any_width(code)
        return self._register.spans(code)

    def successors(self, entry: Entry, *, transitive: bool = False) -> tuple[Entry, ...]:
        """Return the entries that took over from an entry.

        Args:
            entry: An entry of this book.
            transitive: Follow their successors too, down to those that have none; the answer then
                holds all of them, nearest first.

        Returns:
            The entries in force on the day after its last; where a successor begins later, the
            first one after. Codes that no table at hand lists are left out.
        """
        return self._walk(entry, self._register.following, transitive=transitive)

    def predecessors(self, entry: Entry, *, transitive: bool = False) -> tuple[Entry, ...]:
        """Return the entries that an entry took over from; as :meth:`successors`, backwards."""
        return self._walk(entry, self._register.preceding, transitive=transitive)

    # Going through it.

    def __iter__(self) -> Iterator[Entry]:
        """Go through all entries, by domain, code and days."""
        return self._register.entries()

    def __contains__(self, value: object) -> bool:
        """Tell whether the book lists a code, on whatever days, or an entry.

        Raises:
            InvalidCode: If a text is no code of five, three or two digits.
            TypeError: If the value is neither text nor an entry.

        >>> from sdcert.codes import CodeBook
        >>> "14020" in CodeBook.bundled(), "14021" in CodeBook.bundled()
        (True, False)
        """
        if isinstance(value, Entry):
            return any(entry == value for entry in self._register.listed(value.code))
        if isinstance(value, str):
            _any_width(value)
            return any(True for _ in self._register.listed(value))
        raise TypeError(f"a book lists codes and entries, not {type(value).__name__}")

    def entries(self, *, on: date | None = None) -> Iterator[Entry]:
        """Go through all entries, or through those in force on a day."""
        if on is None:
            yield from self
            return
        day = as_day(on, "on").toordinal()
        for code in self._register.codes():
            for stay in self._register.stays_of(code):
                if stay.first <= day <= stay.last:
                    yield stay.entry

    def regions(
        self,
        *,
        on: date | None = None,
        prefix: str | None = None,
        city: str | None = None,
        authority: AuthorityKind | str | None = None,
    ) -> Iterator[RegionCode]:
        """Go through region codes, all or in force on a day, by city and kind of authority.

        Args:
            on: The day; None for all entries.
            prefix: Two digits: only codes of that city.
            city: Its name as the entries write it.
            authority: Only bodies of this kind.

        Raises:
            InvalidCode: If the prefix is not two digits.
            UnknownWord: If there is no such kind of authority.
            TypeError: If the city is no text.
        """
        if prefix is not None and code_fault(prefix, 2):
            raise _invalid(prefix, 2)
        _check_text(city, "city")
        kind = None if authority is None else AuthorityKind.from_words(authority)
        return self._entries(RegionCode, on, prefix=prefix, city=city, authority=kind)

    def prefixes(self, *, on: date | None = None) -> Iterator[CityPrefix]:
        """Go through the prefixes of cities, all or in force on a day."""
        return self._entries(CityPrefix, on)

    def series_codes(
        self,
        *,
        on: date | None = None,
        series: str | None = None,
        grade: Grade | str | None = None,
    ) -> Iterator[SeriesCode]:
        """Go through series/level codes, all or in force on a day, by series and grade.

        Raises:
            UnknownWord: If there is no such grade.
        """
        wanted = None if grade is None else Grade.from_words(grade)
        _check_text(series, "series")
        return self._entries(SeriesCode, on, series=series, grade=wanted)

    def search(self, text: str, *, on: date | None = None) -> tuple[Entry, ...]:
        """Find entries by their name, a part of it, or the beginning of their code.

        Raises:
            ValueError: If the text is empty.

        >>> from sdcert.codes import CodeBook
        >>> [entry.code for entry in CodeBook.bundled().search("聊城")]
        ['14020', '14']
        """
        _check_text(text or "", "text")
        if not text:
            raise ValueError("search text must not be empty")
        return tuple(
            entry
            for entry in self.entries(on=on)
            if text in entry.name or entry.code.startswith(text)
        )

    # How it works.

    def _ask(self, memo: dict[tuple[str, date], Any], width: int, code: str, on: date) -> Any:
        if code_fault(code, width):
            raise _invalid(code, width)
        day = as_day(on, "on")
        answer = self._register.answer(code, day, day)
        return keep(memo, REMEMBERED, (code, on), answer)

    def _entries(self, kind: type[E], on: date | None, **wanted: object) -> Iterator[E]:
        """The entries of a kind, and of these attributes where they are not None."""
        asked = [(name, value) for name, value in wanted.items() if value is not None]
        for entry in self.entries(on=on):
            if isinstance(entry, kind) and all(getattr(entry, name) == it for name, it in asked):
                yield entry

    def _between(
        self, kind: type[E], code: str, first: date, last: date
    ) -> tuple[E, ...] | NotInForce | NotListed:
        start, end = _ordinals(kind.width, code, first, last)
        stays: Any = self._register.stays_of(code)
        found = dict.fromkeys(s.entry for s in stays if s.first <= end and start <= s.last)
        return tuple(found) or self._register.missing(code, first, last)

    def _pieces(self, width: int, code: str, first: date, last: date) -> tuple[Piece, ...]:
        start, end = _ordinals(width, code, first, last)
        return tuple(self._register.pieces(code, start, end))

    def _walk(self, entry: Entry, step: Any, *, transitive: bool) -> tuple[Entry, ...]:
        expect(entry, Entry, "entry")
        found: dict[Entry, None] = dict.fromkeys(step(entry))
        if transitive:
            queue = list(found)
            while queue:
                for further in step(queue.pop(0)):
                    if further not in found and further != entry:
                        found[further] = None
                        queue.append(further)
        return tuple(found)


def _ordinals(width: int, code: str, first: date, last: date) -> tuple[int, int]:
    if code_fault(code, width):
        raise _invalid(code, width)
    start, end = as_day(first, "first").toordinal(), as_day(last, "last").toordinal()
    if end < start:
        raise ValueError(f"the last day, {last}, is before the first, {first}")
    return start, end


def _check_text(value: object, name: str) -> None:
    if not isinstance(value, str | None):
        raise TypeError(f"{name} must be text, not {type(value).__name__}")


def _any_width(code: str) -> None:
    if not is_any_code(code):
        raise _invalid(code, Either(WIDTHS))


def _invalid(code: object, width: int | Either) -> Exception:
    if isinstance(code, str):
        return InvalidCode(excerpt(code), width)
    return TypeError(f"a code is text, not {type(code).__name__}")
