"""What changed between two books or editions, in words and as a patch.

Compared are spans, not rows: the days on which an entry answers, which an edition may give or take
although no row states them. What a table says of codes that it does not list is changed by its
head; so each edition that differs is named, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import attrs

import sdcert
from sdcert.codes.answers import Span, days_text
from sdcert.codes.edition import Edition
from sdcert.codes.model import Entry, RegionCode, SeriesCode
from sdcert.messages import render, show

if TYPE_CHECKING:
    import sdcert.codes

__all__ = ["Change", "ChangeKind", "Diff", "EditionChange", "diff"]


class ChangeKind(StrEnum):
    """What can happen to a code between two tables.

    >>> from sdcert.codes.diff import ChangeKind
    >>> ChangeKind("renamed")
    <ChangeKind.RENAMED: 'renamed'>
    """

    ADDED = "added"
    ENDED = "ended"
    RENAMED = "renamed"
    MOVED = "moved"
    REUSED = "re-used"
    RESUMED = "resumed"
    AUTHORITY = "authority"
    LEVEL = "level"
    GRADE = "grade"
    AMENDED = "amended"
    REMOVED = "removed"


class Change(NamedTuple):
    """One thing that happened to a code.

    Attributes:
        kind: What.
        code: The code.
        before: The span before; None for a code that is new.
        after: The span after; None for a code that is no longer listed.

    >>> from sdcert.codes import CodeBook
    >>> from sdcert.codes.diff import diff
    >>> from sdcert.testing.examples import example_editions
    >>> province = [one for one in example_editions() if one.domain == "province"]
    >>> changes = diff(CodeBook(province[:1]), CodeBook(province[:2])).changes
    >>> changes[0].code, changes[0].kind.value, changes[0].after.entry.name
    ('90002', 'renamed', '示例省教育和体育厅')
    """

    kind: ChangeKind
    code: str
    before: Span | None
    after: Span | None

    def message(self, lang: str = "en") -> str:
        """Return it in one line, with both names and the days."""
        shown: dict[str, object] = {"code": self.code}
        for word, span in (("old", self.before), ("new", self.after)):
            shown[word] = span.name if span else ""
            if span and isinstance(span.entry, RegionCode):
                place = (span.entry.city or "") + (span.entry.county or "")
                shown[f"{word}_place"] = place or render("codes.change.province", lang)
                shown[f"{word}_kind"] = span.entry.authority
            elif span and isinstance(span.entry, SeriesCode):
                shown[f"{word}_kind"] = span.entry.grade
        shown |= self._days(lang)
        return render(f"codes.change.{self.kind}", lang, **shown)

    def _days(self, lang: str) -> dict[str, str]:
        shown = dict.fromkeys(("since", "until", "next", "days"), "")
        after = self.after
        if after is None:
            return shown
        if after.valid_from:
            shown["since"] = render("codes.change.since", lang, day=after.valid_from)
        if after.valid_through:
            shown["until"] = render("codes.change.until", lang, day=after.valid_through)
        if after.valid_from or after.valid_through:
            shown["days"] = render("codes.change.days", lang, days=after.days(lang))
        if after.entry.successors:
            shown["next"] = render("codes.change.next", lang, codes=after.entry.successors)
        return shown

    def __str__(self) -> str:
        return self.message()


_HEAD: Final = ("domain", "publisher", "source", "content", "valid_from", "published_on")


class EditionChange(NamedTuple):
    """An edition that only one of two books has, or of which the two say different things.

    Attributes:
        id: The edition's id.
        before: As the older book has it; None if that has none of this id.
        after: As the newer book has it; None if that has none of this id.

    >>> from sdcert.codes import CodeBook
    >>> from sdcert.codes.diff import diff
    >>> from sdcert.testing.examples import example_codes
    >>> difference = diff(CodeBook.bundled(), example_codes())
    >>> difference.editions[0].id
    'example-91-2019'
    """

    id: str
    before: Edition | None
    after: Edition | None

    def message(self, lang: str = "en") -> str:
        """Return it in one line: what changed about the edition."""
        before, after = self.before, self.after
        if before is not None and after is not None:
            return render("codes.edition.changed", lang, id=self.id, changes=self._changes(lang))
        edition: Edition = after or before  # type: ignore[assignment]  # one of them is there
        return render(
            f"codes.edition.{'added' if after else 'removed'}",
            lang,
            id=self.id,
            content=edition.content,
            days=days_text(edition.valid_from, None, lang),
            source=str(edition.source),
        )

    def _changes(self, lang: str) -> list[str]:
        found = []
        for name in _HEAD:
            old, new = getattr(self.before, name), getattr(self.after, name)
            if old != new:
                unknown = render("codes.edition.open", lang)
                shown = [unknown if value is None else show(value, lang) for value in (old, new)]
                field = render(f"codes.edition.field.{name}", lang)
                change = {"field": field, "old": shown[0], "new": shown[1]}
                found.append(render("codes.edition.field", lang, **change))
        if getattr(self.before, "entries", ()) != getattr(self.after, "entries", ()):
            found.append(render("codes.edition.entries", lang))
        return found

    def __str__(self) -> str:
        return self.message()


@attrs.frozen
class Diff:
    """The difference of two books.

    Attributes:
        older: The older book's digest.
        newer: The newer book's digest.
        changes: What happened to the codes, by domain and code.
        editions: What happened to the editions, by id.
        removed: Editions that only the older book contains.
        added: Editions that only the newer book contains.

    >>> from sdcert.codes import CodeBook
    >>> from sdcert.codes.diff import diff
    >>> difference = diff(CodeBook.bundled(), CodeBook.bundled())
    >>> bool(difference), difference.changes
    (False, ())
    """

    older: str
    newer: str
    changes: tuple[Change, ...]
    editions: tuple[EditionChange, ...]
    removed: tuple[Edition, ...]
    added: tuple[Edition, ...]

    def __bool__(self) -> bool:
        return self.older != self.newer

    def apply(self, book: sdcert.codes.CodeBook) -> sdcert.codes.CodeBook:
        """Make the newer book of the older one.

        Raises:
            ValueError: If the book is not the older one.
        """
        if (digest := getattr(book, "digest", None)) != self.older:
            raise ValueError(f"the difference is from {self.older}, not from {digest}")
        kept = [edition for edition in book.editions if edition not in self.removed]
        return type(book)([*kept, *self.added])


def diff(older: sdcert.codes.CodeBook, newer: sdcert.codes.CodeBook) -> Diff:
    """Compare two books.

    A name that changes in place counts as renamed where the table states no end of the old entry,
    or states the own code as successor; after a stated end without it, the code was re-used.

    Args:
        older: The book before.
        newer: The book after.

    Returns:
        The difference; false if there is none.

    >>> from sdcert.codes import CodeBook
    >>> difference = diff(CodeBook(), CodeBook.bundled())
    >>> print(difference.changes[0].message())
    14020 added: 聊城市人力资源和社会保障局
    >>> difference.apply(CodeBook.bundled())
    Traceback (most recent call last):
        ...
    ValueError: the difference is from sha256:...
    """
    codes = dict.fromkeys(entry.code for book in (newer, older) for entry in book)
    changes: list[Change] = []
    for code in codes:
        changes.extend(_compare(code, older.history(code), newer.history(code)))
    before, after = set(older.editions), set(newer.editions)
    removed = tuple(edition for edition in older.editions if edition not in after)
    added = tuple(edition for edition in newer.editions if edition not in before)
    old, new = ({edition.id: edition for edition in some} for some in (removed, added))
    names = sorted(old.keys() | new.keys())
    editions = (EditionChange(name, old.get(name), new.get(name)) for name in names)
    return Diff(older.digest, newer.digest, tuple(changes), tuple(editions), removed, added)


def _compare(code: str, old: tuple[Span, ...], new: tuple[Span, ...]) -> Iterator[Change]:
    left = list(old)
    pairs: dict[int, Span] = {}
    # First by day and name, then what is left by one of them, so that an entry whose first day
    # became known is still the same entry.
    for enough in (all, any):
        for place, span in enumerate(new):
            for known in left if place not in pairs else ():
                if enough((known.valid_from == span.valid_from, known.name == span.name)):
                    pairs[place] = known
                    left.remove(known)
                    break
    for place, span in enumerate(new):
        before = new[place - 1] if place else None
        if place in pairs:
            follows = place + 1 < len(new) and _goes_on(span, new[place + 1])
            yield from _same_entry(code, pairs[place], span, goes_on=follows)
        elif before is None:
            yield Change(ChangeKind.ADDED, code, None, span)
        elif _goes_on(before, span):
            for kind in list(_differs(before.entry, span.entry)) or [ChangeKind.AMENDED]:
                yield Change(kind, code, before, span)
        elif any(_differs(before.entry, span.entry)):
            yield Change(ChangeKind.REUSED, code, before, span)
        else:
            yield Change(ChangeKind.RESUMED, code, before, span)
    for span in left:
        yield Change(ChangeKind.REMOVED, code, span, None)


def _goes_on(before: Span, after: Span) -> bool:
    """Whether the later entry of a code is the same body."""
    if before.entry.valid_through is not None:
        return before.code in before.entry.successors
    return (
        before.valid_through is not None
        and before.valid_through + timedelta(days=1) == after.valid_from
    )


def _same_entry(code: str, old: Span, new: Span, *, goes_on: bool) -> Iterator[Change]:
    ended = new.valid_through is not None and (
        old.valid_through is None or new.valid_through < old.valid_through
    )
    kinds = list(_differs(old.entry, new.entry))
    for kind in kinds:
        yield Change(kind, code, old, new)
    if ended and not goes_on:
        yield Change(ChangeKind.ENDED, code, old, new)
    elif not kinds and not (ended and goes_on) and _facts(old) != _facts(new):
        yield Change(ChangeKind.AMENDED, code, old, new)


def _facts(span: Span) -> tuple[object, ...]:
    return span.valid_from, span.valid_through, span.entry.successors, span.entry.source


def _differs(before: Entry, after: Entry) -> Iterator[ChangeKind]:
    """What two entries say differently about the body or the title."""
    if isinstance(before, SeriesCode) and isinstance(after, SeriesCode):
        if before.series != after.series:
            yield ChangeKind.RENAMED
        if before.level != after.level:
            yield ChangeKind.LEVEL
        if before.grade is not after.grade:
            yield ChangeKind.GRADE
        return
    if before.name != after.name:
        yield ChangeKind.RENAMED
    if isinstance(before, RegionCode) and isinstance(after, RegionCode):
        if before.authority is not after.authority:
            yield ChangeKind.AUTHORITY
        if (before.city, before.county) != (after.city, after.county):
            yield ChangeKind.MOVED
