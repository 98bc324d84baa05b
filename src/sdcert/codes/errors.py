"""Errors of code tables; what is wrong with a table is a list of faults, raised together."""

from __future__ import annotations

import attrs

from sdcert._documents import DocumentError, Fault
from sdcert.errors import SdcertError
from sdcert.messages import Bilingual

__all__ = ["CodeConflict", "Fault", "InvalidCode", "InvalidTable", "UnknownWord"]


class InvalidTable(DocumentError):
    """A table, an edition or an entry is faulty; nothing of it was taken.

    Attributes:
        faults: Everything that is wrong, in the order of files and rows.
    """


class CodeConflict(InvalidTable):
    """Editions contradict each other; each fault names both editions and their sources."""


@attrs.define(slots=False, str=False)
class InvalidCode(SdcertError, ValueError):
    """A value is no code: of wrong width, or not made of digits 0–9.

    Attributes:
        excerpt: A short, printable excerpt of the value.
        width: How many digits the code should have.
    """

    _text = "codes.invalid-code"
    excerpt: str
    width: int


@attrs.define(slots=False, str=False)
class UnknownWord(SdcertError, ValueError):
    """A word that means no member of a closed list.

    Attributes:
        excerpt: A short, printable excerpt of the word.
        subject: What it should have been: ``authority``, ``grade``, ``level`` or ``content``.
        known: The words to use instead.
    """

    _text = "codes.unknown-{subject}"
    excerpt: str
    subject: str
    known: tuple[Bilingual | str, ...]
