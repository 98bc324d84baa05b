"""Versioned code tables: region/department codes and series/level codes.

What was published (editions), what was in force (days), and what is not known (content).
"""

from sdcert.codes.adjusting import End, Introduce, Merge, Rename, Split, adjust
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
    "adjust",
    "city_domain",
]
