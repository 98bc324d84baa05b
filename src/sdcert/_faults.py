"""What is wrong with a document, and where: one fault, and the error that holds all of them.

A day, and a character that nobody sees, are judged here for all documents alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

import attrs

from sdcert.dates import parse_day, read_day
from sdcert.errors import SdcertError
from sdcert.findings import Params
from sdcert.messages import excerpt, first_hidden, render

__all__ = [
    "FAILED",
    "NARROW",
    "NO_VALUE",
    "STEP",
    "DocumentError",
    "Fault",
    "hidden_fault",
    "read_day_cell",
]

STEP: Final = " › "  # between the steps of a place
_VALUE: Final = 24  # characters shown of a value, a key or place, a file's name, other words
_KEY: Final = 60
_FILE: Final = 120
_WORD: Final = 500
#: Full-width digits, and the signs between those of a day, with their plain forms.
NARROW: Final = str.maketrans("０１２３４５６７８９－／．", "0123456789-/.")
# How spreadsheets number days (1 is 1900-01-01, with a 29 February 1900), from 1950 through 2099.
_SERIAL_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = range(18264, 73051)
# What programs write for no value.
_WRITTEN: Final = ("N/A", "n/a", "NULL", "Null", "null", "None", "NaN", "nan", "NaT", "<NA>")
#: Signs and words that stand where there is no value.
NO_VALUE: Final = frozenset({"无", "-", "--", "—", "——", "/", "／", *_WRITTEN})
#: What spreadsheets write into a file of text for a formula that has failed.
FAILED: Final = frozenset(
    {"#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#DIV/0!", "#SPILL!", "#CALC!"}
)
_NO_DAY: Final = NO_VALUE | {"长期", "长期有效", "永久", "永久有效", "至今", "现行有效", "不限"}


def _short_value(value: object) -> str:
    return excerpt(value, _VALUE)


def _short_key(value: object) -> str:
    return excerpt(value, _KEY)


def _short_file(value: object) -> str:
    return excerpt(value, _FILE)


@attrs.frozen
class Fault:
    """One thing that is wrong with a document, and where.

    Attributes:
        kind: The stable name of the case, for example ``overlap`` or ``day``.
        key: The column or key: as the file writes it where it has one, else by its English name;
            empty where none is concerned.
        value: A short, printable excerpt of what is there; empty if nothing is.
        params: What else the message names.
        file: The file's name; empty for a value built in a program.
        row: The row as a spreadsheet counts it, the header being row 1, or the entry of a JSON
            file; None where there is none.
        place: Where in a nested document: ``clause 3 二（二） › manager 1``.

    All text of it is kept as a short, printable excerpt: no control character of a file reaches a
    terminal.

    >>> from sdcert.codes import Fault
    >>> from sdcert.findings import Params
    >>> fault = Fault("code", "code", "1402", Params(width=5), "regions.csv", 7)
    >>> fault.message("zh")
    'regions.csv，第7行，code“1402”：代码应为5位半角数字0–9'
    """

    kind: str
    key: str = attrs.field(default="", converter=_short_key)
    value: str = attrs.field(default="", converter=_short_value)
    params: Params = attrs.field(factory=Params)
    file: str = attrs.field(default="", converter=_short_file)
    row: int | None = None
    place: str = attrs.field(default="", converter=_short_file)

    def at(self, file: str, row: int | None = None) -> Fault:
        """Return the same fault with its file and row filled in."""
        return attrs.evolve(self, file=file, row=row)

    def reason(self, lang: str = "en") -> str:
        """Return what is wrong, without the place."""
        params = {
            name: excerpt(value, _WORD) if type(value) is str else value
            for name, value in self.params.items()
        }
        return render(f"faults.{self.kind}", lang, **params)

    def message(self, lang: str = "en") -> str:
        """Return where and what is wrong in one line."""
        cell = STEP.join(part for part in (self.place, self.key) if part)
        if self.value:
            key = "documents.cell" if cell else "documents.value"
            cell = render(key, lang, cell=cell, value=self.value)
        # an entry of a nested document has its place
        placed = self.row is None or self.place
        row = "" if placed else render("documents.row", lang, row=self.row)
        place = [part for part in (self.file, row, cell) if part]
        if not place or self.kind == "unreadable":  # the reader of files names the file itself
            return self.reason(lang)
        where = render("documents.comma", lang).join(place)
        return render("documents.fault", lang, place=where, reason=self.reason(lang))

    def __str__(self) -> str:
        return self.message()


def _all(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(faults)


@attrs.define(slots=False)
class DocumentError(SdcertError, ValueError):
    """A document is faulty; nothing of it was taken.

    Attributes:
        faults: Everything that is wrong, in the order of files and rows.
    """

    faults: tuple[Fault, ...] = attrs.field(converter=_all)

    def message(self, lang: str = "en") -> str:
        """Return all faults, one a line, at most a hundred of them."""
        lines = [fault.message(lang) for fault in self.faults[:100]]
        if more := len(self.faults) - len(lines):
            lines.append(render("documents.more", lang, count=more))
        return "\n".join(lines)


def hidden_fault(text: str, key: str) -> Fault | None:
    """Check a text for characters that nothing is seen of, and for full-width spaces."""
    char = "\u3000" if "\u3000" in text else first_hidden(text)
    return Fault("hidden", key, text, Params(char=f"U+{ord(char):04X}")) if char else None


def read_day_cell(value: object, key: str, faults: list[Fault]) -> date | None:
    """Read a cell or key as a day; None, and a fault in ``faults``, where it is none."""
    whole = int(value) if type(value) is float and value.is_integer() else value
    try:
        return read_day(whole)
    except ValueError:
        text = str(whole).strip()
        faults.append(hidden_fault(text, key) or _unread_day(text, key))
        return None


def _unread_day(text: str, key: str) -> Fault:
    """What is wrong with a text that cannot be read as a day, and how to write it."""
    plain = text.translate(NARROW)
    if plain != text:
        with suppress(ValueError):
            return Fault("day-wide", key, text, Params(plain=parse_day(plain).isoformat()))
    if text in FAILED:
        return Fault("cell-error", key, text)
    number, _, _part = plain.partition(".")
    if number.isascii() and number.isdigit() and len(number) == 5 and int(number) in _SERIALS:
        shown = _SERIAL_ZERO + timedelta(days=int(number))
        return Fault("day-serial", key, text, Params(plain=shown.isoformat()))
    return Fault("day-none" if text in _NO_DAY else "day", key, text)
