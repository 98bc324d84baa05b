"""Versioned code tables: region/department codes and series/level codes.

What was published (editions), what was in force (days), and what is not known (content).
"""

from sdcert.codes.answers import NotInForce, NotListed, Span
from sdcert.codes.book import CodeBook
from sdcert.codes.editions import PROVINCE, SERIES, Edition, city_domain
from sdcert.codes.faults import CodeConflict, Fault, InvalidCode, InvalidTable
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
    "PROVINCE",
    "SERIES",
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
    "RegionCode",
    "SeriesCode",
    "Source",
    "Span",
    "city_domain",
]
