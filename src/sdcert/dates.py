"""Days. Only this file knows how a day is written in a table or a notice.

A day here is always a :class:`datetime.date` in the calendar that the documents use. The library
never asks for today's date: each day it needs is passed in.
"""

from __future__ import annotations

import re
from datetime import date, datetime

__all__ = ["as_day", "format_day", "overlap", "parse_day"]

# 2019-01-27, 2019/1/27, 2019年1月27日. One separator throughout; nothing shorter than a whole day,
# since a missing month or day would have to be invented.
_WRITTEN = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})"
    r"|\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日)"
)


def parse_day(text: str) -> date:
    """Read a day as offices write it: ISO, with slashes, or with 年月日.

    Args:
        text: For example ``2019-01-27``, ``2019/1/27`` or ``2019年1月27日``; white space at both
            ends is allowed.

    Returns:
        The day.

    Raises:
        ValueError: If the text is none of these forms, or names no day of the calendar.

    >>> parse_day("2019年1月27日")
    datetime.date(2019, 1, 27)
    >>> parse_day("2019-02-30")
    Traceback (most recent call last):
        ...
    ValueError: not a day (write 2019-01-27, 2019/1/27 or 2019年1月27日): '2019-02-30'
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match:
        year, month, day = (int(part) for part in match.groups() if part is not None)
        try:
            return date(year, month, day)
        except ValueError:
            pass
    shown = text if len(text) <= 32 else text[:31] + "…"
    raise ValueError(f"not a day (write 2019-01-27, 2019/1/27 or 2019年1月27日): {shown!r}")


def as_day(value: object, name: str) -> date:
    """Return ``value`` if it is a day, and refuse everything else, a datetime included.

    A datetime would need a time zone to become a day, and no caller's zone can be guessed.

    Args:
        value: What the caller passed.
        name: The argument's name, for the error.

    Returns:
        The same value.

    Raises:
        TypeError: If the value is not a plain :class:`datetime.date`.

    >>> as_day(date(2019, 1, 27), "on")
    datetime.date(2019, 1, 27)
    >>> as_day("2019-01-27", "on")
    Traceback (most recent call last):
        ...
    TypeError: on must be a datetime.date, not str
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise TypeError(f"{name} must be a datetime.date, not {type(value).__name__}")


def overlap(start: date | None, end: date | None, first: date | None, last: date | None) -> bool:
    """Tell whether two spans of days share a day; every last day is included, None is unbounded.

    >>> overlap(date(2019, 1, 1), date(2019, 1, 31), date(2019, 1, 31), None)
    True
    >>> overlap(date(2019, 1, 1), date(2019, 1, 31), date(2019, 2, 1), None)
    False
    """
    return (end is None or first is None or first <= end) and (
        start is None or last is None or start <= last
    )


def format_day(day: date | None, lang: str = "en") -> str:
    """Write a day for a message: ISO in English, 年月日 in Chinese, ``…`` for no known bound.

    >>> format_day(date(2019, 1, 27), "zh")
    '2019年1月27日'
    >>> format_day(date(2019, 1, 27)), format_day(None)
    ('2019-01-27', '…')
    """
    if day is None:
        return "…"
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else day.isoformat()
