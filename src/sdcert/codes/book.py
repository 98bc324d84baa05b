"""The book of codes: editions put together, and what was in force when.

Two axes that never mix: as published (which edition; choose with :meth:`CodeBook.select`) and as of
(which day; ``on``). A book is immutable: everything that changes it gives another book.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs

import sdcert
from sdcert._memo import Memo
from sdcert.codes.conflicts import book_faults
from sdcert.codes.edition import Edition
from sdcert.codes.errors import CodeConflict, Fault, InvalidTable
from sdcert.codes.index import Register
from sdcert.codes.lookups import Lookups
from sdcert.codes.timeline import first_ordinal
from sdcert.errors import several
from sdcert.messages import excerpt

if TYPE_CHECKING:
    import sdcert.codes.diff

__all__ = ["CodeBook"]


def _in_order(editions: Iterable[Edition]) -> tuple[Edition, ...]:
    """Leave repeated editions out; two of one id that differ are a conflict, found later."""
    known: dict[str, list[Edition]] = {}
    for edition in several(editions, Edition, "editions"):
        same = known.setdefault(edition.id, [])
        if edition not in same:
            same.append(edition)
    distinct = (edition for same in known.values() for edition in same)
    return tuple(sorted(distinct, key=lambda e: (e.domain, first_ordinal(e.valid_from), e.id)))


@attrs.frozen(repr=False)
class CodeBook(Lookups):
    """Code tables of several editions, and what they say for a day.

    Immutable, hashable, picklable, safe to share between threads. Two books are equal if they
    hold the same editions, in whatever order these were put together.

    Attributes:
        editions: The editions, by domain and first day in force. They are given in any order.

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

    editions: tuple[Edition, ...] = attrs.field(default=(), converter=_in_order)
    _register: Register = attrs.field(init=False, eq=False)
    _digest: str | None = attrs.field(init=False, eq=False, default=None)
    _prefixes: dict[Any, Any] = attrs.field(init=False, eq=False, factory=dict)
    _regions: dict[Any, Any] = attrs.field(init=False, eq=False, factory=dict)
    _series: dict[Any, Any] = attrs.field(init=False, eq=False, factory=dict)
    # What other parts of the library worked out from this book, by part: see sdcert._memo.
    _memos: dict[str, Memo[Any, Any]] = attrs.field(init=False, eq=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        grouped = groupby(self.editions, attrgetter("domain"))
        domains = {name: tuple(same) for name, same in grouped}
        if faults := book_faults(domains):
            raise CodeConflict(faults)
        object.__setattr__(self, "_register", Register(domains))

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

            digest = digest_of(self.editions)
            # Two threads may both get here; they write the same.
            object.__setattr__(self, "_digest", digest)
        return digest

    def __reduce__(self) -> tuple[Any, ...]:
        return CodeBook, (self.editions,)

    def __len__(self) -> int:
        return len(self._register)

    def __repr__(self) -> str:
        ids = ", ".join(edition.id for edition in self.editions[:5])
        more = ", …" if len(self.editions) > 5 else ""
        return f"<CodeBook of {len(self)} codes in {len(self.editions)} editions: {ids}{more}>"

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
        from pathlib import Path  # noqa: PLC0415 - as what reads files below

        if os.fspath(path) == "":  # a setting that is not set, not the folder at hand
            raise InvalidTable([Fault("file-missing")])
        where = Path(path)
        from sdcert.codes.tables import bytes_of, load, reading  # noqa: PLC0415

        with reading(where):
            if where.suffix.lower() == ".json" and not where.is_dir():
                from sdcert.codes.jsonform import from_json  # noqa: PLC0415

                return cls(from_json(bytes_of(where), where.name))
            return cls(load(where))

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
        sdcert.codes.errors.InvalidTable: “[]”: must be a table (in JSON, an object)
        """
        from sdcert.codes.jsonform import from_json  # noqa: PLC0415 - loads json

        if not isinstance(text, str | bytes):
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        return cls(from_json(text))

    def to_json(self) -> str:
        """Write the book as JSON text; the same book gives the same text."""
        from sdcert.codes.jsonform import to_json  # noqa: PLC0415 - loads json

        return to_json(self.editions)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the book: to a folder (one table of CSV and TOML an edition) or a ``.json`` file.

        Args:
            path: A folder that does not exist or is empty, or a file name ending in ``.json``.

        Raises:
            FileExistsError: If something is there already.
            OSError: If it cannot be written.
            ValueError: If no file can have such a name.
        """
        from sdcert.codes.jsonform import save  # noqa: PLC0415

        save(self.editions, path)

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
            return CodeBook((*self.editions, other))
        if isinstance(other, CodeBook):
            return CodeBook((*self.editions, *other.editions))
        raise TypeError(f"overlay() takes an Edition or a CodeBook, not {type(other).__name__}")

    def edition(self, name: str) -> Edition:
        """Return one edition by its id.

        Raises:
            KeyError: If the book has no such edition; it names those that there are.

        >>> CodeBook.bundled().edition("sd-2019")
        Traceback (most recent call last):
            ...
        KeyError: 'no edition “sd-2019”; this book has sd-2019-27-regions, ...'
        """
        for edition in self.editions:
            if edition.id == name:
                return edition
        known = ", ".join(edition.id for edition in self.editions) or "none"
        raise KeyError(f"no edition “{excerpt(name)}”; this book has {known}")

    def select(self, *names: str) -> CodeBook:
        """Return the book as published by these editions alone.

        Raises:
            KeyError: If the book lacks one of them.
        """
        return CodeBook(self.edition(name) for name in names)

    @staticmethod
    def diff(older: CodeBook | Edition, newer: CodeBook | Edition) -> sdcert.codes.diff.Diff:
        """Compare two books or editions; see :class:`~sdcert.codes.diff.Diff`."""
        from sdcert.codes.diff import diff  # noqa: PLC0415 - seldom needed

        books = [one if isinstance(one, CodeBook) else CodeBook((one,)) for one in (older, newer)]
        return diff(*books)

    def warnings(self) -> tuple[Fault, ...]:
        """Return what may be right and is more often an accident; a fault is never among them.

        Two bureaus of one kind and place, or two codes of one body, city or title, on the same
        days; two names for a city's prefix; a county bureau without its county, a body of a city
        with one, a body of the province with a city; series codes that look like those of GB/T
        8561. ``file`` is the edition's id.

        >>> CodeBook.bundled().warnings()
        ()
        """
        from sdcert.codes.conflicts import warnings_of  # noqa: PLC0415 - seldom needed

        spans = (span for code in self._register.codes() for span in self._register.spans(code))
        return tuple(warnings_of(spans))
