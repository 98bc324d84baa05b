"""Versioned code tables: region/department codes and series/level codes.

What was published (editions), what was in force (days), and what is not known (content).
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from sdcert._public import publish
from sdcert.codes.answers import NotInForce, NotListed, Piece, Span
from sdcert.codes.book import CodeBook
from sdcert.codes.edition import Edition
from sdcert.codes.errors import CodeConflict, Fault, InvalidCode, InvalidTable
from sdcert.codes.kinds import UnknownWord
from sdcert.codes.model import (
    AuthorityKind,
    CityPrefix,
    Content,
    Grade,
    RegionCode,
    SeriesCode,
    Source,
)

__all__ = [
    "AuthorityKind",
    "CityPrefix",
    "CodeBook",
    "CodeConflict",
    "Content",
    "Edition",
    "Fault",
    "Grade",
    "InvalidCode",
    "InvalidTable",
    "NotInForce",
    "NotListed",
    "Piece",
    "RegionCode",
    "SeriesCode",
    "Source",
    "Span",
    "UnknownWord",
]

publish(__name__)

# A type checker would take any name for one of this package.
if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name: str) -> ModuleType:
        if name == "diff":  # who looks codes up does not load it; annotations name it
            return import_module("sdcert.codes.diff")
        raise AttributeError(f"module 'sdcert.codes' has no attribute {name!r}")
