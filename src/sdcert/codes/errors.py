"""Errors of code tables, and the checks of single fields; all faults are raised together.

Each check answers with a fault or None. The readers of files use the same ones, column by column.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import Final

import attrs

from sdcert._faults import FAILED, NARROW, NO_VALUE, DocumentError, Fault, hidden_fault
from sdcert.codes.kinds import GRADE_OF_LEVEL, LEVELS, Grade, Worded, accepted
from sdcert.errors import SdcertError, is_code
from sdcert.findings import Params

__all__ = [
    "NO_VALUE",
    "WIDTHS",
    "CodeConflict",
    "Fault",
    "InvalidCode",
    "InvalidTable",
    "code_fault",
    "day_fault",
    "is_any_code",
    "member_fault",
    "refuse",
    "text_fault",
    "title_faults",
]


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


@attrs.define(slots=False)
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


#: How many digits a city's prefix, a series code and a region code have.
WIDTHS: Final = (2, 3, 5)
_TEXT_LIMIT: Final = 200
_FORMULA: Final = frozenset("=+-@")
_NONE: Final = NO_VALUE | FAILED


@cache
def _usual() -> re.Pattern[str]:
    """What almost every text is made of: one look tells that nothing is wrong with it."""
    return re.compile("[0-9A-Za-z\u4e00-\u9fff（）〔〕、]{1,200}")  # compiled when first needed


def code_fault(value: object, width: int, column: str = "code") -> Fault | None:
    """Check a code of so many digits."""
    if is_code(value, width):
        return None
    text = str(value)
    if hidden := hidden_fault(text, column):
        return hidden
    plain = text.translate(NARROW)
    if plain != text and not code_fault(plain, width):
        return Fault("code-wide", column, text, Params(plain=plain))
    return Fault("code", column, text, Params(width=width))


def is_any_code(text: str) -> bool:
    """Tell whether a text is a code of any of the three kinds."""
    return any(is_code(text, width) for width in WIDTHS)


def text_fault(value: object, column: str, *, required: bool) -> Fault | None:
    """Check a name or another short text, which must be safe to print and to open in an office."""
    if value is None and not required:
        return None
    if isinstance(value, str):
        if value in _NONE:
            return Fault("no-value" if value in NO_VALUE else "cell-error", column, value)
        if _usual().fullmatch(value):
            return None
    if value is None or value == "":
        return Fault("missing", column)
    if not isinstance(value, str):
        return Fault("text", column, str(value), Params(limit=_TEXT_LIMIT))
    if not value.isascii() and (hidden := hidden_fault(value, column)):
        return hidden
    if value[0] in _FORMULA:
        # written to a CSV file, it would run in the office program that opens that
        return Fault("formula", column, value, Params(char=value[0]))
    if len(value) <= _TEXT_LIMIT and value.isprintable() and value.strip() == value:
        return None
    return Fault("text", column, value, Params(limit=_TEXT_LIMIT))


def day_fault(value: object, column: str) -> Fault | None:
    """Check a day, or None for an unknown one."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return None
    return Fault("day-value", column, str(value), Params(type=type(value).__name__))


def _word_fault(column: str, value: object, known: tuple[object, ...]) -> Fault:
    if isinstance(value, str) and (hidden := hidden_fault("".join(value.split()), column)):
        return attrs.evolve(hidden, value=value)
    return Fault(column, column, str(value), Params(known=known))


def member_fault(value: object, kind: type[Worded], column: str) -> Fault | None:
    """Check a member of a closed list; its converter left a word that means none as it was."""
    return None if isinstance(value, kind) else _word_fault(column, value, accepted(kind))


def title_faults(level: object, grade: object) -> list[Fault | None]:
    """Check a level and its grade."""
    expected = GRADE_OF_LEVEL.get(level) if isinstance(level, str) else None
    if expected is None:
        # An unknown level gives no grade; that is one fault, not two.
        grade_fault = None if grade is None else member_fault(grade, Grade, "grade")
        return [_word_fault("level", level, tuple(LEVELS)), grade_fault]
    if isinstance(grade, Grade) and grade is not expected:
        params = Params(level=level, expected=expected, given=grade)
        return [Fault("level-grade", "grade", grade.value, params)]
    return [member_fault(grade, Grade, "grade")]


def refuse(faults: list[Fault | None]) -> None:
    """Raise what was found, if anything was."""
    if any(faults):
        raise InvalidTable(fault for fault in faults if fault)
