"""What a code table is made of. Only this file knows the terms; it does no I/O.

Region codes are 地区部门识别代码 (鲁人社规〔2018〕22号, 第五条（一）), series/level codes are
职称系列级别识别代码 (第五条（二）). A series/level code is opaque: it is never split.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["AuthorityKind", "Content", "Grade"]


class Content(StrEnum):
    """How much of its domain a table holds, in the terms of FHIR ``CodeSystem.content``."""

    COMPLETE = "complete"
    FRAGMENT = "fragment"
    EXAMPLE = "example"


class Grade(StrEnum):
    """The grade of a title: 高级, 中级, 初级."""

    SENIOR = "senior"
    INTERMEDIATE = "intermediate"
    JUNIOR = "junior"


class AuthorityKind(StrEnum):
    """The kinds of bodies that approve and publish titles (核准公布)."""

    PROVINCIAL_HRSS = "provincial-hrss"
    PROVINCIAL_DEPARTMENT = "provincial-department"
    PROVINCIAL_ENTERPRISE = "provincial-enterprise"
    CITY_HRSS = "city-hrss"
    CITY_DEPARTMENT = "city-department"
    CITY_ENTERPRISE = "city-enterprise"
    COUNTY_HRSS = "county-hrss"
    OTHER = "other"
