"""The parts of a number: their bounds, and what is said of a part that is out of them."""

from __future__ import annotations

import operator
from typing import Final, NoReturn, SupportsIndex

from sdcert._grammar import plain_text
from sdcert.errors import InvalidPart
from sdcert.findings import Finding, FindingCode, Params
from sdcert.messages import Bilingual, render

__all__ = [
    "CENTURY",
    "FIRST",
    "LAST",
    "flag",
    "integer",
    "region_code",
    "sequence",
    "series_code",
    "year",
]

CENTURY: Final = 2000  # always 2000 + yy (第1至2位)
FIRST, LAST = 1, 99_999  # of the sequence


def _refuse(given: str, code: FindingCode, field: str, /, **params: object) -> NoReturn:
    name = Bilingual(field, render(f"findings.field.{field}", "zh"))
    raise InvalidPart(given, (Finding(code, field, None, Params(field=name, **params)),))


def flag(value: object) -> bool:
    """Check a truth value; NumPy's own type is one."""
    if value is True or value is False:
        return value
    if (type(value).__module__, type(value).__name__) in (("numpy", "bool"), ("numpy", "bool_")):
        return bool(value)
    raise TypeError(f"grassroots must be a bool, not {type(value).__name__}")


def integer(value: SupportsIndex, name: str) -> int:
    """Check a whole number; NumPy's integers are some, a bool is none."""
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    return operator.index(value)


def _whole(value: SupportsIndex, field: str, least: int, most: int) -> int:
    """Check a part that is a number."""
    number = integer(value, field)
    if least <= number <= most:
        return number
    shown = str(number) if number.bit_length() <= 64 else "…"
    if number == 0 and field == "sequence":
        _refuse(shown, FindingCode.SEQUENCE_ZERO, field)
    kind = "two-digit-year" if field == "year" and 0 <= number < 100 else "range"
    _refuse(shown, FindingCode.LENGTH, field, kind=kind, shown=shown, least=least, most=most)


def _code(value: str, field: str, width: int) -> str:
    """Check a part that is a code of so many digits, kept as text for its leading zeros."""
    text = plain_text(value)
    if text is None:
        raise TypeError(f"{field} must be a str of {width} digits, not {type(value).__name__}")
    if len(text) == width and text.isascii() and text.isdigit():
        return text
    from sdcert._diagnosis import name_of, show  # noqa: PLC0415  # only for the error

    if len(text) != width:
        count = len(text)
        _refuse(show(text), FindingCode.LENGTH, field, kind="part", count=count, expected=width)
    wrong = next(char for char in text if char not in "0123456789")
    name = name_of(wrong)
    _refuse(show(text), FindingCode.DIGITS, field, kind="part", shown=show(wrong), name=name)


def year(value: SupportsIndex) -> int:
    return _whole(value, "year", CENTURY, CENTURY + 99)


def region_code(value: str) -> str:
    return _code(value, "region_code", 5)


def series_code(value: str) -> str:
    return _code(value, "series_code", 3)


def sequence(value: SupportsIndex) -> int:
    return _whole(value, "sequence", FIRST, LAST)
