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

    >>> from sdcert import CodeBook, InvalidTable
    >>> try:
    ...     CodeBook.load("examples/issued.csv")
    ... except InvalidTable as error:
    ...     print(len(error.faults) > 0)
    True
    """


class CodeConflict(InvalidTable):
    """Editions contradict each other; each fault names both editions and their sources.

    >>> from sdcert.codes import CodeConflict, InvalidTable
    >>> issubclass(CodeConflict, InvalidTable)
    True
    """


@attrs.define(slots=False, str=False)
class InvalidCode(SdcertError, ValueError):
    """A value is no code: of wrong width, or not made of digits 0–9.

    Attributes:
        excerpt: A short, printable excerpt of the value.
        width: How many digits the code should have; several where any of them would do.

    >>> from datetime import date
    >>> from sdcert import CodeBook
    >>> from sdcert.codes import InvalidCode
    >>> try:
    ...     CodeBook.bundled().region("1402", on=date(2019, 3, 1))
    ... except InvalidCode as error:
    ...     print(error.excerpt, error.width)
    1402 5
    """

    _text = "codes.invalid-code"
    excerpt: str
    width: int | tuple[object, ...]


@attrs.define(slots=False, str=False)
class UnknownWord(SdcertError, ValueError):
    """A word that means no member of a closed list.

    Attributes:
        excerpt: A short, printable excerpt of the word.
        subject: What it should have been: ``authority``, ``grade``, ``level`` or ``content``.
        known: The words to use instead.

    >>> from sdcert import Grade
    >>> from sdcert.codes import UnknownWord
    >>> try:
    ...     Grade.from_words("特级")
    ... except UnknownWord as error:
    ...     print(error.excerpt, error.subject)
    特级 grade
    """

    _text = "codes.unknown-{subject}"
    excerpt: str
    subject: str
    known: tuple[Bilingual | str, ...]
