"""Versioned code tables: region/department codes and series/level codes.

What was published (editions), what was in force (days), and what is not known (content).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from sdcert.codes.answers import NotInForce, NotListed, Span
from sdcert.codes.book import CodeBook
from sdcert.codes.editions import PROVINCE, SERIES, Edition, city_domain
from sdcert.codes.faults import CodeConflict, Fault, InvalidCode, InvalidTable, UnknownWord
from sdcert.codes.model import (
    AuthorityKind,
    CityPrefix,
    Content,
    Grade,
    RegionCode,
    SeriesCode,
    Source,
)

if TYPE_CHECKING:
    from sdcert.codes.adjusting import End, Introduce, Merge, Rename, Split, adjust
    from sdcert.codes.changes import Change, ChangeKind, Diff

__all__ = [
    "PROVINCE",
    "SERIES",
    "AuthorityKind",
    "Change",
    "ChangeKind",
    "CityPrefix",
    "CodeBook",
    "CodeConflict",
    "Content",
    "Diff",
    "Edition",
    "End",
    "Fault",
    "Grade",
    "Introduce",
    "InvalidCode",
    "InvalidTable",
    "Merge",
    "NotInForce",
    "NotListed",
    "RegionCode",
    "Rename",
    "SeriesCode",
    "Source",
    "Span",
    "Split",
    "UnknownWord",
    "adjust",
    "city_domain",
]

# Making and comparing tables is seldom part of a program that reads them: loaded when asked for.
_LATER = {
    **dict.fromkeys(("Change", "ChangeKind", "Diff"), "sdcert.codes.changes"),
    **dict.fromkeys(
        ("End", "Introduce", "Merge", "Rename", "Split", "adjust"), "sdcert.codes.adjusting"
    ),
}


def __getattr__(name: str) -> object:
    if name in _LATER:
        value: object = getattr(import_module(_LATER[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
