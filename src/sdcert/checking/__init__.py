"""Checking: a value against grammar, registry and time; a record against the rules; an account.

:func:`check`, :func:`is_valid` and :func:`check_many` stand on the number and the code tables.
:func:`check_record` and :func:`explain` need the rules as well; they are loaded when they are first
asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sdcert._public import publish
from sdcert.checking._fast import check_many, is_valid
from sdcert.checking.verdicts import Verdict, check

if TYPE_CHECKING:
    from sdcert.checking.explaining import Explanation, explain
    from sdcert.checking.records import check_record

__all__ = [
    "Explanation",
    "Verdict",
    "check",
    "check_many",
    "check_record",
    "explain",
    "is_valid",
]

publish(__name__)

_NEED_RULES = {
    "Explanation": "sdcert.checking.explaining",
    "explain": "sdcert.checking.explaining",
    "check_record": "sdcert.checking.records",
}


def __getattr__(name: str) -> Any:
    if name not in _NEED_RULES:
        raise AttributeError(f"module 'sdcert.checking' has no attribute {name!r}")
    value: Any = getattr(import_module(_NEED_RULES[name]), name)
    globals()[name] = value
    return value
