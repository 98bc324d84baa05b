"""What a reader recognised in a file and left out or understood, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from sdcert.messages import excerpt, render

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FileNote", "Notes"]

_KEPT: Final = 20  # of each kind; more are counted


@attrs.frozen
class FileNote:
    """Something that was recognised in a file.

    Attributes:
        kind: A stable name, such as ``title``, ``header-repeated``, ``total`` or ``merged``.
        line: The line or row, counted from 1; None where the note is about the whole file.
        text: What is written there, cut short.
        last: The last line, where it is several.
        left_out: Whether the line holds no record, so that it is neither checked nor counted.

    >>> FileNote("total", 42, "合计：40人", left_out=True).message("zh")
    '第42行是合计行，未检查：“合计：40人”'
    """

    kind: str
    line: int | None = None
    text: str = ""
    last: int | None = None
    left_out: bool = False

    def message(self, lang: str = "en") -> str:
        """Say it in one sentence."""
        shown = {"line": self.line, "last": self.last, "text": excerpt(self.text, 40)}
        return render(f"files.note.{self.kind}", lang, **shown)

    def as_dict(self, lang: str = "en") -> dict[str, object]:
        """Return it for JSON."""
        return {
            "kind": self.kind,
            "line": self.line,
            "last_line": self.last,
            "left_out": self.left_out,
            "message": self.message(lang),
        }


class Notes:
    """Notes as they are taken: a few of each kind are kept, all are counted.

    Attributes:
        counts: How many notes there are of each kind.
        left_out: How many lines were left out.
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[FileNote]] = {}
        self.counts: dict[str, int] = {}
        self.left_out = 0

    def add(self, note: FileNote) -> None:
        """Take a note."""
        count = self.counts.get(note.kind, 0)
        self.counts[note.kind] = count + 1
        self.left_out += note.left_out
        if count < _KEPT:
            self._kept.setdefault(note.kind, []).append(note)

    def once(self, kind: str, line: int) -> None:
        """Take a note about the whole file, where it first applies."""
        if kind not in self.counts:
            self.add(FileNote(kind, line))

    def __iter__(self) -> Iterator[FileNote]:
        """Go through the notes that are kept, in the order of their lines."""
        every = [note for notes in self._kept.values() for note in notes]
        return iter(sorted(every, key=lambda note: note.line or 0))

    def __len__(self) -> int:
        return sum(self.counts.values())
