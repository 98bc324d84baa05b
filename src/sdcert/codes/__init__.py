"""Versioned code tables: region/department codes and series/level codes.

What was published (editions), what was in force (days), and what is not known (content).
"""

from sdcert.codes.answers import NotInForce, NotListed, Piece, Span
from sdcert.codes.book import CodeBook
from sdcert.codes.edition import Edition
from sdcert.codes.errors import CodeConflict, Fault, InvalidCode, InvalidTable, UnknownWord
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
