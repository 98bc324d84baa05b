"""Days: what is one, as an argument and in data, and how it is written.

A day here is always a :class:`datetime.date` in the calendar that the documents use. The library
never asks for today's date: each day it needs is passed in.

Two rules, which every part of the library follows. An *argument* is a date, never a datetime: a
caller who has one must decide the zone (:func:`as_day`). *Data* (a cell, a column, a key of a file)
may hold a datetime without a zone, because spreadsheets, databases and pandas write days so: it is
the day that it names, whatever its time of day (:func:`read_day`). A datetime with a zone is
refused in both, since no zone can be guessed.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache

from sdcert.messages import excerpt, language, render, show

__all__ = [
    "EPOCH",
    "as_day",
    "days_since_epoch",
    "evaluation_window",
    "format_day",
    "overlap",
    "parse_day",
    "read_day",
]


@cache
def _written() -> re.Pattern[str]:
    """The forms of a day.

    2019-01-27, 2019/1/27, 2019.1.27, 20190127, 2019年1月27日, each also with a time of day behind
    it, as pandas and databases write it. One separator throughout; nothing shorter than a whole
    day, since a missing month or day would have to be invented.
    """
    # compiled when first needed: it takes as long as the rest of this module
    return re.compile(
        r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})"
        r"|\.([0-9]{1,2})\.([0-9]{1,2})|([0-9]{2})([0-9]{2})"
        r"|\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日)"
        r"(?:(?:T| +)(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?)?"
    )


EPOCH = date(1970, 1, 1)
"""The day from which Arrow, NumPy, SQL engines and Spark count days."""


def parse_day(text: str) -> date:
    """Read a day as offices and their systems write it.

    Args:
        text: ``2019-01-27``, ``2019/1/27``, ``2019.1.27``, ``20190127`` or ``2019年1月27日``; a
            time of day may follow (``2019-01-27 00:00:00``) and is dropped. White space at both
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
    ValueError: not a date (write 2019-01-27, 2019/1/27 or 2019年1月27日): “2019-02-30”
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    if len(text) <= len("2019-01-27") and "W" not in text:  # 2019-W04-7 is a day of a week
        try:
            return date.fromisoformat(text)  # as most are written
        except ValueError:
            pass
    match = _written().fullmatch(text.strip())
    if match:
        year, month, day = (int(part) for part in match.groups() if part is not None)
        try:
            return date(year, month, day)
        except ValueError:
            pass
    raise ValueError(f"{render('faults.day')}: “{excerpt(text, 32)}”")


def read_day(value: object) -> date:
    """Read a day from data: a cell, a column or a key of a file.

    Args:
        value: A date, a datetime without a zone (the day that it names), or text as
            :func:`parse_day` takes it.

    Returns:
        The day.

    Raises:
        ValueError: If it is none of these.

    >>> read_day(datetime(2019, 1, 27, 8)), read_day("2019.1.27")
    (datetime.date(2019, 1, 27), datetime.date(2019, 1, 27))
    >>> read_day(43492)
    Traceback (most recent call last):
        ...
    ValueError: not a date (write 2019-01-27, 2019/1/27 or 2019年1月27日): “43492”
    """
    if isinstance(value, datetime) and value.tzinfo is None and value == value:  # noqa: PLR0124
        return value.date()  # pandas' NaT, which is none, is a datetime that equals nothing
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return parse_day(value if isinstance(value, str) else repr(value))


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


def evaluation_window(year: int, years: int = 1) -> tuple[date, date]:
    """Return the days on which a title of an evaluation year may have been approved.

    From 1 January of the year through 31 December of the ``years``-th year after it, both included.
    A reading: approval follows evaluation, and the texts set no term.

    Raises:
        ValueError: If one of the days is beyond the calendar.
        OverflowError: If it is so by far.

    >>> evaluation_window(2018)
    (datetime.date(2018, 1, 1), datetime.date(2019, 12, 31))
    """
    return date(year, 1, 1), date(year + years, 12, 31)


def days_since_epoch(day: date) -> int:
    """Return the number of days since 1970-01-01, negative before it.

    >>> days_since_epoch(date(1970, 1, 2))
    1
    """
    return (day - EPOCH).days


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

    Args:
        day: The day.
        lang: ``en`` or ``zh``, or a tag of these (``zh-CN``).

    Raises:
        ValueError: If the language is neither.

    >>> format_day(date(2019, 1, 27), "zh-CN")
    '2019年1月27日'
    >>> format_day(date(2019, 1, 27)), format_day(None)
    ('2019-01-27', '…')
    """
    lang = language(lang)
    if day is None:
        return "…"
    return show(as_day(day, "day"), lang)
