"""The book of codes: editions put together, and what was in force when.

Two axes that never mix: as published (which edition; choose with :meth:`CodeBook.select`) and as of
(which day; ``on``). A book is immutable: everything that changes it gives another book.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sdcert._memo import Memo
from sdcert.codes.answers import (
    NotInForce,
    NotListed,
    Piece,
    PrefixAnswer,
    RegionAnswer,
    SeriesAnswer,
    Span,
)
from sdcert.codes.conflicts import book_faults
from sdcert.codes.diff import Diff, diff
from sdcert.codes.edition import Edition
from sdcert.codes.errors import CodeConflict, Fault, InvalidCode
from sdcert.codes.index import REMEMBERED, Register
from sdcert.codes.model import (
    AuthorityKind,
    CityPrefix,
    Entry,
    Grade,
    RegionCode,
    SeriesCode,
    code_fault,
)
from sdcert.codes.timeline import first_ordinal
from sdcert.dates import as_day
from sdcert.messages import excerpt

__all__ = ["CodeBook"]


class CodeBook:
    """Code tables of several editions, and what they say for a day.

    Immutable, hashable, picklable, safe to share between threads. Two books are equal if they
    hold the same editions, in whatever order these were put together.

    Args:
        editions: In any order; the order decides nothing.

    Raises:
        CodeConflict: If editions contradict each other; each contradiction names both sources.

    >>> from datetime import date
    >>> book = CodeBook.bundled()
    >>> book.region("14020", on=date(2019, 3, 1)).name
    '聊城市人力资源和社会保障局'
    >>> print(book.region("14021", on=date(2019, 3, 1)).message())
    code 14021 is not listed in sd-2019-27-regions (聊人社字〔2019〕27号) (part of a table): ...
    >>> book.region("1402", on=date(2019, 3, 1))
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidCode: “1402” is not a code of 5 digits 0–9
    """

    __slots__ = (
        "_digest",
        "_editions",
        "_memos",
        "_prefixes",
        "_regions",
        "_register",
        "_series",
    )

    _digest: str | None
    _editions: tuple[Edition, ...]
    _prefixes: Memo[tuple[str, date], Any]
    _regions: Memo[tuple[str, date], Any]
    _series: Memo[tuple[str, date], Any]
    _register: Register
    # What other parts of the library worked out from this book, by part: see sdcert._memo. No part
    # of its value, never pickled.
    _memos: dict[str, Memo[Any, Any]]

    def __init__(self, editions: Iterable[Edition] = ()) -> None:
        taken = tuple(editions)
        for edition in taken:
            if not isinstance(edition, Edition):
                raise TypeError(f"editions must be Edition objects, not {type(edition).__name__}")
        ordered = sorted(
            _distinct(taken), key=lambda e: (e.domain, first_ordinal(e.valid_from), e.id)
        )
        domains: dict[str, list[Edition]] = {}
        for edition in ordered:
            domains.setdefault(edition.domain, []).append(edition)
        if faults := book_faults(domains):
            raise CodeConflict(faults)
        self._editions = tuple(ordered)
        self._register = Register(domains)
        self._digest = None
        self._prefixes, self._regions, self._series = (Memo(REMEMBERED) for _ in range(3))
        self._memos = {}

    # What the book is.

    @property
    def editions(self) -> tuple[Edition, ...]:
        """All editions, by domain and first day in force."""
        return self._editions

    @property
    def digest(self) -> str:
        """``sha256:`` and the hash of the content, to pin in a pipeline.

        It depends on what the editions say, not on the order of rows, the file format or the
        order in which editions were put together.

        >>> CodeBook().digest == CodeBook().digest != CodeBook.bundled().digest
        True
        """
        digest = self._digest
        if digest is None:
            from sdcert.codes.jsonform import digest_of  # noqa: PLC0415 - loads hashlib and json

            digest = digest_of(self._editions)
            # Two threads may both get here; they write the same.
            object.__setattr__(self, "_digest", digest)
        return digest

    def __eq__(self, other: object) -> bool:
        return self._editions == other._editions if isinstance(other, CodeBook) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._editions)

    def __reduce__(self) -> tuple[Any, ...]:
        return CodeBook, (self._editions,)

    def __len__(self) -> int:
        return len(self._register)

    def __repr__(self) -> str:
        ids = ", ".join(edition.id for edition in self._editions[:5])
        more = ", …" if len(self._editions) > 5 else ""
        return f"<CodeBook of {len(self)} codes in {len(self._editions)} editions: {ids}{more}>"

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a CodeBook is immutable: {name}")

    def __setattr__(self, name: str, value: object) -> None:
        # Only the empty slots of a new book can be filled.
        if name in self.__slots__ and not hasattr(self, name):
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(f"a CodeBook is immutable: {name}")

    # Where books come from.

    @classmethod
    def bundled(cls) -> CodeBook:
        """Return what the two documents attest, and nothing else: five entries, as fragments.

        The annexes with the code tables are not public (附件不予公开), so this says next to nothing
        about other codes; load your authority's tables with :meth:`load`.

        >>> [entry.code for entry in CodeBook.bundled()]
        ['14020', '00001', '14', '011', '012']
        """
        from importlib.resources import files  # noqa: PLC0415 - only here is data read

        text = files("sdcert.codes").joinpath("data/attested.json").read_text("utf-8")
        return cls.from_json(text)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> CodeBook:
        """Read tables from a folder or a file; see the page on code tables for the format.

        Args:
            path: A folder of tables, or one ``.toml`` or ``.csv`` or ``.xlsx`` of a table, or a
                ``.json`` export.

        Returns:
            A book of what was read, and of nothing else.

        Raises:
            InvalidTable: With **all** faults of all files; nothing is loaded then.
        """
        from sdcert.codes.tables import load  # noqa: PLC0415 - loads csv and tomllib

        return cls(load(path))

    @classmethod
    def from_json(cls, text: str) -> CodeBook:
        """Read a book from JSON text, as :meth:`to_json` writes it.

        Raises:
            InvalidTable: With all faults; ``row`` counts the entries of an edition from 1.
            CodeConflict: If its editions contradict each other.

        >>> CodeBook.from_json(CodeBook.bundled().to_json()) == CodeBook.bundled()
        True
        >>> CodeBook.from_json("[]")
        Traceback (most recent call last):
            ...
        sdcert.codes.errors.InvalidTable: expected an object
        """
        from sdcert.codes.jsonform import from_json  # noqa: PLC0415 - loads json

        return cls(from_json(text))

    def to_json(self) -> str:
        """Write the book as JSON text; the same book gives the same text."""
        from sdcert.codes.jsonform import to_json  # noqa: PLC0415 - loads json

        return to_json(self._editions)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the book: to a folder (one table of CSV and TOML an edition) or a ``.json`` file.

        Args:
            path: A folder that does not exist or is empty, or a file name ending in ``.json``.

        Raises:
            FileExistsError: If something is there already.
        """
        from sdcert.codes.writing import save  # noqa: PLC0415

        save(self._editions, path)

    def overlay(self, other: Edition | CodeBook) -> CodeBook:
        """Put another edition or book with this one.

        The order never decides: ``a.overlay(b) == b.overlay(a)``. Among editions of one domain
        the day from which each is in force decides; what cannot be decided so is a conflict.

        Args:
            other: What to add.

        Returns:
            A new book.

        Raises:
            CodeConflict: If they contradict each other; each contradiction names both sources.
        """
        if isinstance(other, Edition):
            return CodeBook((*self._editions, other))
        if isinstance(other, CodeBook):
            return CodeBook((*self._editions, *other.editions))
        raise TypeError(f"overlay() takes an Edition or a CodeBook, not {type(other).__name__}")

    def edition(self, name: str) -> Edition:
        """Return one edition by its id.

        Raises:
            KeyError: If the book has no such edition.
        """
        for edition in self._editions:
            if edition.id == name:
                return edition
        raise KeyError(name)

    def select(self, *names: str) -> CodeBook:
        """Return the book as published by these editions alone.

        Raises:
            KeyError: If the book lacks one of them.
        """
        return CodeBook(self.edition(name) for name in names)

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
        answer: tuple[RegionCode, ...] | NotInForce | NotListed
        answer = self._between(5, code, first, last)
        return answer

    def series_between(
        self, code: str, *, first: date, last: date
    ) -> tuple[SeriesCode, ...] | NotInForce | NotListed:
        """Look a series/level code up for a span of days; as :meth:`region_between`."""
        answer: tuple[SeriesCode, ...] | NotInForce | NotListed
        answer = self._between(3, code, first, last)
        return answer

    def region_pieces(self, code: str, *, first: date, last: date) -> tuple[Piece, ...]:
        """Cut a span of days where the answer for a region code changes.

        A number has one approval, on one day: who joins two codes asks for the pieces of both.

        Args:
            code: Five digits.
            first: First of the days.
            last: Last of the days, included.

        Returns:
            Consecutive pieces, in the order of days, that make up the whole span; on each day of
            a piece :meth:`region` answers alike.

        Raises:
            InvalidCode: If the code is not five digits.
            ValueError: If the last day is before the first.

        >>> from datetime import date
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
        if all(code_fault(code, width) for width in (2, 3, 5)):
            raise _invalid(code, 5)
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

    @staticmethod
    def diff(older: CodeBook | Edition, newer: CodeBook | Edition) -> Diff:
        """Compare two books or editions; see :class:`~sdcert.codes.diff.Diff`."""
        books = [one if isinstance(one, CodeBook) else CodeBook((one,)) for one in (older, newer)]
        return diff(*books)

    def warnings(self) -> tuple[Fault, ...]:
        """Return what may be right and is more often an accident; a fault is never among them.

        Two bureaus of one kind and place on the same days, two names for a city's prefix, a county
        bureau without its county, a body of a city with one. ``file`` is the edition's id.

        >>> CodeBook.bundled().warnings()
        ()
        """
        from sdcert.codes.lint import warnings_of  # noqa: PLC0415 - seldom needed

        spans = (span for code in self._register.codes() for span in self._register.spans(code))
        return tuple(warnings_of(spans))

    # Going through it.

    def __iter__(self) -> Iterator[Entry]:
        """Go through all entries, by domain, code and days."""
        return self._register.entries()

    def __contains__(self, value: object) -> bool:
        """Tell whether the book lists a code, on whatever days, or an entry.

        Raises:
            InvalidCode: If a text is no code of five, three or two digits.
            TypeError: If the value is neither text nor an entry.

        >>> "14020" in CodeBook.bundled(), "14021" in CodeBook.bundled()
        (True, False)
        """
        if isinstance(value, Entry):
            return any(entry == value for entry in self._register.listed(value.code))
        if isinstance(value, str):
            if all(code_fault(value, width) for width in (2, 3, 5)):
                raise _invalid(value, 5)
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
        """
        if prefix is not None and code_fault(prefix, 2):
            raise _invalid(prefix, 2)
        kind = None if authority is None else AuthorityKind.from_words(authority)
        return (
            entry
            for entry in self.entries(on=on)
            if isinstance(entry, RegionCode)
            and (prefix is None or entry.prefix == prefix)
            and (city is None or entry.city == city)
            and (kind is None or entry.authority is kind)
        )

    def prefixes(self, *, on: date | None = None) -> Iterator[CityPrefix]:
        """Go through the prefixes of cities, all or in force on a day."""
        return (entry for entry in self.entries(on=on) if isinstance(entry, CityPrefix))

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
        return (
            entry
            for entry in self.entries(on=on)
            if isinstance(entry, SeriesCode)
            and (series is None or entry.series == series)
            and (wanted is None or entry.grade is wanted)
        )

    def search(self, text: str, *, on: date | None = None) -> tuple[Entry, ...]:
        """Find entries by their name, a part of it, or the beginning of their code.

        Raises:
            ValueError: If the text is empty.

        >>> [entry.code for entry in CodeBook.bundled().search("聊城")]
        ['14020', '14']
        """
        if not text:
            raise ValueError("search text must not be empty")
        return tuple(
            entry
            for entry in self.entries(on=on)
            if text in entry.name or entry.code.startswith(text)
        )

    # How it works.

    def _ask(self, memo: Memo[tuple[str, date], Any], width: int, code: str, on: date) -> Any:
        if code_fault(code, width):
            raise _invalid(code, width)
        day = as_day(on, "on").toordinal()
        stays = self._register.stays_of(code)
        answer: Any = next((s.entry for s in stays if s.first <= day <= s.last), None)
        if answer is None:
            answer = self._register.missing(code, on, on)
        return memo.put((code, on), answer)

    def _between(self, width: int, code: str, first: date, last: date) -> Any:
        start, end = _ordinals(width, code, first, last)
        found = [
            s.entry for s in self._register.stays_of(code) if s.first <= end and start <= s.last
        ]
        return tuple(dict.fromkeys(found)) or self._register.missing(code, first, last)

    def _pieces(self, width: int, code: str, first: date, last: date) -> tuple[Piece, ...]:
        start, end = _ordinals(width, code, first, last)
        return tuple(self._register.pieces(code, start, end))

    def _walk(self, entry: Entry, step: Any, *, transitive: bool) -> tuple[Entry, ...]:
        found: dict[Entry, None] = dict.fromkeys(step(entry))
        if transitive:
            queue = list(found)
            while queue:
                for further in step(queue.pop(0)):
                    if further not in found and further != entry:
                        found[further] = None
                        queue.append(further)
        return tuple(found)


def _distinct(editions: Iterable[Edition]) -> Iterator[Edition]:
    """Leave repeated editions out; two of one id that differ are a conflict, found later."""
    known: dict[str, list[Edition]] = {}
    for edition in editions:
        same = known.setdefault(edition.id, [])
        if edition not in same:
            same.append(edition)
            yield edition


def _ordinals(width: int, code: str, first: date, last: date) -> tuple[int, int]:
    if code_fault(code, width):
        raise _invalid(code, width)
    start, end = as_day(first, "first").toordinal(), as_day(last, "last").toordinal()
    if end < start:
        raise ValueError(f"the last day, {last}, is before the first, {first}")
    return start, end


def _invalid(code: object, width: int) -> Exception:
    if isinstance(code, str):
        return InvalidCode(excerpt(code), width)
    return TypeError(f"a code is text, not {type(code).__name__}")
