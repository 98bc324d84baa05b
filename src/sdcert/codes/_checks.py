"""What a field of an entry or an edition may be. Each check answers with a fault or None.

The readers of files use the same ones, column by column.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from sdcert.codes.errors import Fault, InvalidTable
from sdcert.codes.kinds import GRADE_OF_LEVEL, AuthorityKind, Content, Grade, accepted
from sdcert.dates import parse_day
from sdcert.findings import Params
from sdcert.messages import first_hidden

__all__ = [
    "code_fault",
    "day_fault",
    "member_fault",
    "refuse",
    "text_fault",
    "title_faults",
    "unread_day",
]

_DIGITS: Final = re.compile("[0-9]+")
TEXT_LIMIT: Final = 200
_NARROW: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
_NARROW_DAY: Final = _NARROW | str.maketrans("－／．", "-/.")
_FORMULA: Final = frozenset("=+-@")
# How spreadsheets number days (1 is 1900-01-01, with a 29 February 1900), from 1950 through 2099.
_SERIAL_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = range(18264, 73051)
_NO_DAY: Final = frozenset({"长期", "长期有效", "永久", "永久有效", "至今", "现行有效", "不限"}) | {
    *("无", "-", "--", "—", "——", "/", "／")
}


@cache
def _usual() -> re.Pattern[str]:
    """What almost every text is made of: one look tells that nothing is wrong with it."""
    return re.compile("[0-9A-Za-z\u4e00-\u9fff（）〔〕、]{1,200}")  # compiled when first needed


def code_fault(value: object, width: int, column: str = "code") -> Fault | None:
    if isinstance(value, str) and len(value) == width and _DIGITS.fullmatch(value):
        return None
    text = str(value)
    if hidden := _hidden(text):
        return Fault("hidden", column, text, Params(char=hidden))
    plain = text.translate(_NARROW)
    if plain != text and not code_fault(plain, width):
        return Fault("code-wide", column, text, Params(plain=plain))
    return Fault("code", column, text, Params(width=width))


def _hidden(text: str) -> str:
    """The first character of a text that nothing is seen of, as U+200B; empty if there is none."""
    char = "\u3000" if "\u3000" in text else first_hidden(text)
    return f"U+{ord(char):04X}" if char else ""


def text_fault(value: object, column: str, *, required: bool) -> Fault | None:
    if value is None and not required:
        return None
    if isinstance(value, str) and _usual().fullmatch(value):
        return None
    if value is None or value == "":
        return Fault("missing", column)
    if not isinstance(value, str):
        return Fault("text", column, str(value), Params(limit=TEXT_LIMIT))
    if not value.isascii() and (hidden := _hidden(value)):
        return Fault("hidden", column, value, Params(char=hidden))
    if value[0] in _FORMULA:
        # written to a CSV file, it would run in the office program that opens that
        return Fault("formula", column, value, Params(char=value[0]))
    if len(value) <= TEXT_LIMIT and value.isprintable() and value.strip() == value:
        return None
    return Fault("text", column, value, Params(limit=TEXT_LIMIT))


def day_fault(value: object, column: str) -> Fault | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return None
    return Fault("day-value", column, str(value), Params(type=type(value).__name__))


def unread_day(value: object, column: str) -> Fault:
    """What is wrong with a cell or key that cannot be read as a day, and how to write it."""
    text = str(value).strip()
    if hidden := _hidden(text):
        return Fault("hidden", column, text, Params(char=hidden))
    plain = text.translate(_NARROW_DAY)
    if plain != text:
        with suppress(ValueError):
            params = Params(plain=parse_day(plain).isoformat())
            return Fault("day-wide", column, text, params)
    number, _, _part = plain.partition(".")
    if number.isascii() and number.isdigit() and len(number) == 5 and int(number) in _SERIALS:
        shown = _SERIAL_ZERO + timedelta(days=int(number))
        return Fault("day-serial", column, text, Params(plain=shown.isoformat()))
    return Fault("day-none" if text in _NO_DAY else "day", column, text)


def _word_fault(subject: str, value: object) -> Fault:
    if isinstance(value, str) and (hidden := _hidden("".join(value.split()))):
        return Fault("hidden", subject, value, Params(char=hidden))
    return Fault(subject, subject, str(value), Params(known=accepted(subject)))


def member_fault(
    value: object, kind: type[Content | Grade | AuthorityKind], column: str
) -> Fault | None:
    return None if isinstance(value, kind) else _word_fault(column, value)


def level_fault(level: object, grade: object) -> Fault | None:
    if not isinstance(level, str) or level not in GRADE_OF_LEVEL:
        return _word_fault("level", level)
    expected = GRADE_OF_LEVEL[level]
    if isinstance(grade, Grade) and grade is not expected:
        params = Params(level=level, expected=expected, given=grade)
        return Fault("level-grade", "grade", grade.value, params)
    return None


def title_faults(level: object, grade: object) -> list[Fault | None]:
    found = level_fault(level, grade)
    # An unknown level gives no grade; that is one fault, not two.
    return [found, None if grade is None and found else member_fault(grade, Grade, "grade")]


def refuse(faults: list[Fault | None]) -> None:
    if any(faults):
        raise InvalidTable(fault for fault in faults if fault)
