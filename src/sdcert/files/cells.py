"""What a cell can hold besides text, and how it is written as text.

Only this file knows that. An empty cell, a null and a key that an object lacks are one thing: no
value.
"""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final

from sdcert.dates import parse_day, read_day

__all__ = ["ABSENT", "CellError", "Uncomputed", "day_of", "is_blank", "json_value", "text_of"]

_LONGEST_DAY: Final = 64  # characters


class CellError(str):
    """The error that a spreadsheet shows where a formula failed, such as ``#REF!``.

    >>> from sdcert.files import CellError
    >>> CellError("#REF!")
    '#REF!'
    """

    __slots__ = ()


class Uncomputed(str):
    """A formula that was saved without its result.

    >>> from sdcert.files import Uncomputed
    >>> Uncomputed()
    ''
    """

    __slots__ = ()


class _Absent:
    """The value of a key that a JSON object does not have."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    __reduce__ = __repr__  # the only one there is


ABSENT: Final = _Absent()
"""Marks a key that a JSON object lacks; blank, as None is."""


def is_blank(value: object) -> bool:
    """Tell whether a cell is empty: no value, or white space alone.

    >>> is_blank(None), is_blank(" "), is_blank(0)
    (True, True, False)
    """
    return value is None or value is ABSENT or (isinstance(value, str) and not value.strip())


def text_of(value: object) -> str:
    """Write a cell as text.

    Whole numbers are written without decimals, days as 2018-12-28, lists and objects as JSON.

    >>> text_of(181402001200001.0), text_of(date(2018, 12, 28)), text_of([1, "a"]), text_of(None)
    ('181402001200001', '2018-12-28', '[1, "a"]', '')
    """
    if isinstance(value, str):
        return str(value)
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict | tuple):
        return json.dumps(json_value(value), ensure_ascii=False)
    return str(value)


def json_value(value: object) -> Any:
    """Return a cell as JSON holds it; what JSON cannot hold becomes text.

    >>> json_value({"a": [1.5, float("nan"), date(2018, 12, 28)]})
    {'a': [1.5, 'nan', '2018-12-28']}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, dict):
        return {text_of(key): json_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(one) for one in value]
    return text_of(value)


@lru_cache(maxsize=4_096)
def _day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def day_of(value: object) -> date | None:
    """Return the day in a cell; None where it holds none, or what cannot be read.

    >>> day_of("2018/12/28"), day_of(datetime(2018, 12, 28, 8)), day_of(20181228)
    (datetime.date(2018, 12, 28), datetime.date(2018, 12, 28), None)
    """
    if isinstance(value, str):
        return _day(value) if len(value) <= _LONGEST_DAY else None
    if isinstance(value, date) and getattr(value, "tzinfo", None) is None:
        return read_day(value)
    return None
