"""What changed between two books or editions, in words and as a patch."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from sdcert.codes.book import CodeBook
from sdcert.codes.model import Entry, RegionCode
from sdcert.dates import format_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.codes.answers import Span
    from sdcert.codes.edition import Edition

__all__ = ["Change", "ChangeKind", "Diff", "diff"]


class ChangeKind(StrEnum):
    """What can happen to a code between two tables."""

    ADDED = "added"
    ENDED = "ended"
    RENAMED = "renamed"
    MOVED = "moved"
    REUSED = "re-used"
    AUTHORITY = "authority"
    AMENDED = "amended"
    REMOVED = "removed"


# (English, Chinese) by kind.
_TEXTS: Final = {
    ChangeKind.ADDED: ("{code} added: {new}{since}", "{code}新增：{new}{since}"),
    ChangeKind.ENDED: ("{code} ended: {old}{until}{next}", "{code}停用：{old}{until}{next}"),
    ChangeKind.RENAMED: ("{code} renamed: {old} → {new}{since}", "{code}更名：{old}→{new}{since}"),
    ChangeKind.MOVED: (
        "{code} moved: {old} ({old_place}) → {new} ({new_place}){since}",
        "{code}变更所在地：{old}（{old_place}）→{new}（{new_place}）{since}",
    ),
    ChangeKind.REUSED: (
        "{code} given to another body: {old} → {new}{since}",
        "{code}改由其他部门使用：{old}→{new}{since}",
    ),
    ChangeKind.AUTHORITY: (
        "{code} changed its kind of authority: {old} ({old_kind}) → {new} ({new_kind}){since}",
        "{code}部门类别变更：{old}（{old_kind}）→{new}（{new_kind}）{since}",
    ),
    ChangeKind.AMENDED: (
        "{code} amended in days, successors or source: {new}",
        "{code}的日期、后继代码或来源有修改：{new}",
    ),
    ChangeKind.REMOVED: ("{code} no longer listed: {old}", "{code}不再收录：{old}"),
}


@attrs.frozen
class Change:
    """One thing that happened to a code.

    Attributes:
        kind: What.
        code: The code.
        before: The entry before; None for a code that is new.
        after: The entry after; None for a code that is no longer listed.
    """

    kind: ChangeKind
    code: str
    before: Entry | None
    after: Entry | None

    def message(self, lang: str = "en") -> str:
        """Say it in one line, with both names."""
        chinese = lang == "zh"
        before, after = self.before, self.after
        shown = {"code": self.code, "since": "", "until": "", "next": ""}
        for word, entry in (("old", before), ("new", after)):
            shown[word] = entry.name if entry else ""
            if isinstance(entry, RegionCode):
                place = (entry.city or "") + (entry.county or "")
                shown[f"{word}_place"] = place or ("省级" if chinese else "province")
                shown[f"{word}_kind"] = entry.authority.label(lang)
        if after and after.valid_from:
            day = format_day(after.valid_from, lang)
            shown["since"] = f"，自{day}起" if chinese else f", from {day}"
        if after and after.valid_through:
            day = format_day(after.valid_through, lang)
            shown["until"] = f"，至{day}止" if chinese else f", through {day}"
        if after and after.successors:
            codes = "、".join(after.successors) if chinese else ", ".join(after.successors)
            shown["next"] = f"，此后为{codes}" if chinese else f"; since then {codes}"
        return _TEXTS[self.kind][chinese].format_map(shown)

    def __str__(self) -> str:
        return self.message()


@attrs.frozen
class Diff:
    """The difference of two books.

    Attributes:
        older: The older book's digest.
        newer: The newer book's digest.
        changes: What happened to the codes, by domain and code.
        removed: Editions that only the older book holds.
        added: Editions that only the newer book holds.
    """

    older: str
    newer: str
    changes: tuple[Change, ...]
    removed: tuple[Edition, ...]
    added: tuple[Edition, ...]

    def __bool__(self) -> bool:
        return self.older != self.newer

    def apply(self, book: CodeBook) -> CodeBook:
        """Make the newer book of the older one.

        Raises:
            ValueError: If the book is not the older one.
        """
        if book.digest != self.older:
            raise ValueError(f"the difference is from {self.older}, not from {book.digest}")
        kept = [edition for edition in book.editions if edition not in self.removed]
        return CodeBook([*kept, *self.added])


def diff(older: CodeBook | Edition, newer: CodeBook | Edition) -> Diff:
    """Compare two books or editions.

    A name that changes in place counts as renamed where the table states no end of the old entry,
    or states the own code as successor; after a stated end without it, the code was re-used.

    Args:
        older: The book or edition before.
        newer: The book or edition after.

    Returns:
        The difference; false if there is none.

    >>> difference = diff(CodeBook(), CodeBook.bundled())
    >>> print(difference.changes[0].message())
    14020 added: 聊城市人力资源和社会保障局
    >>> difference.apply(CodeBook.bundled())
    Traceback (most recent call last):
        ...
    ValueError: the difference is from sha256:...
    """
    old = older if isinstance(older, CodeBook) else CodeBook((older,))
    new = newer if isinstance(newer, CodeBook) else CodeBook((newer,))
    codes = dict.fromkeys(entry.code for entry in (*new, *old))
    changes: list[Change] = []
    for code in codes:
        changes.extend(_compare(code, old.history(code), new.history(code)))
    before, after = set(old.editions), set(new.editions)
    return Diff(
        old.digest,
        new.digest,
        tuple(changes),
        tuple(edition for edition in old.editions if edition not in after),
        tuple(edition for edition in new.editions if edition not in before),
    )


def _compare(code: str, old: tuple[Span, ...], new: tuple[Span, ...]) -> Iterator[Change]:
    left = list(old)
    pairs: dict[int, Span] = {}
    # First by the same first day, then what is left in its order, so that an entry whose first
    # day became known is still the same entry.
    for place, span in enumerate(new):
        for known in left:
            if known.valid_from == span.valid_from and known.name == span.name:
                pairs[place] = known
                left.remove(known)
                break
    for place, span in enumerate(new):
        if place not in pairs:
            for known in left:
                if known.valid_from == span.valid_from or known.name == span.name:
                    pairs[place] = known
                    left.remove(known)
                    break
    for place, span in enumerate(new):
        before = new[place - 1] if place else None
        if place in pairs:
            follows = place + 1 < len(new) and _goes_on(span, new[place + 1])
            yield from _same_entry(code, pairs[place], span, goes_on=follows)
        elif before is None:
            yield Change(ChangeKind.ADDED, code, None, span.entry)
        elif _goes_on(before, span):
            yield from _differences(code, before.entry, span.entry)
        else:
            yield Change(ChangeKind.REUSED, code, before.entry, span.entry)
    for span in left:
        yield Change(ChangeKind.REMOVED, code, span.entry, None)


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
    said = False
    for change in _differences(code, old.entry, new.entry):
        said = said or change.kind is not ChangeKind.AMENDED
        if change.kind is not ChangeKind.AMENDED:
            yield change
    if ended and not goes_on:
        yield Change(ChangeKind.ENDED, code, old.entry, new.entry)
    elif not said and not (ended and goes_on) and _facts(old) != _facts(new):
        yield Change(ChangeKind.AMENDED, code, old.entry, new.entry)


def _facts(span: Span) -> tuple[object, ...]:
    return span.valid_from, span.valid_through, span.entry.successors, span.entry.source


def _differences(code: str, before: Entry, after: Entry) -> Iterator[Change]:
    found = False
    if before.name != after.name:
        found = True
        yield Change(ChangeKind.RENAMED, code, before, after)
    if isinstance(before, RegionCode) and isinstance(after, RegionCode):
        if before.authority is not after.authority:
            found = True
            yield Change(ChangeKind.AUTHORITY, code, before, after)
        if (before.city, before.county) != (after.city, after.county):
            found = True
            yield Change(ChangeKind.MOVED, code, before, after)
    if not found:
        yield Change(ChangeKind.AMENDED, code, before, after)
