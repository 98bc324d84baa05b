"""What a code table is made of. Only this file knows the terms; it does no I/O.

Region codes are 地区部门识别代码 (鲁人社规〔2018〕22号, 第五条（一）), series/level codes are
职称系列级别识别代码 (第五条（二）). A series/level code is opaque: it is never split.

Days: ``valid_from`` is the first day in force, ``valid_through`` the last, included; None means
that no bound is known, and then none is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, Final, TypeVar

import attrs

from sdcert.codes.errors import (
    Fault,
    code_fault,
    day_fault,
    member_fault,
    refuse,
    text_fault,
    title_faults,
)
from sdcert.codes.kinds import (
    GRADE_OF_LEVEL,
    LEVEL_OF_WORD,
    AuthorityKind,
    Content,
    Grade,
    Worded,
    fold,
    known_member,
)
from sdcert.findings import Params
from sdcert.messages import excerpt

__all__ = [
    "GRADE_OF_LEVEL",
    "AuthorityKind",
    "CityPrefix",
    "Content",
    "Entry",
    "Grade",
    "RegionCode",
    "SeriesCode",
    "Source",
    "bureau_place",
    "identity",
]

W = TypeVar("W", bound=Worded)
_SHA256: Final = re.compile("[0-9a-f]{64}")


def days_faults(entry: Any) -> list[Fault]:
    """The checks that the entries of all kinds share."""
    first, last = entry.valid_from, entry.valid_through
    if first is None and last is None and not entry.successors and type(entry.source) in _NO_FAULT:
        return []  # as in most rows
    found = [day_fault(first, "valid_from"), day_fault(last, "valid_through")]
    if found == [None, None]:
        if first is not None and last is not None and last < first:
            found.append(Fault("day-order", "valid_through", last.isoformat(), Params(first=first)))
        if entry.successors and last is None:
            found.append(Fault("successor-open", "valid_through"))
    found.extend(_successor_fault(code, entry.width) for code in entry.successors)
    if entry.source is not None and not isinstance(entry.source, Source):
        found.append(Fault("source", "source", str(entry.source)))
    return [fault for fault in found if fault]


def _successor_fault(code: object, width: int) -> Fault | None:
    fault = code_fault(code, width, "successors")
    if fault and fault.kind == "code":  # the cell may hold several
        params = Params(successor=excerpt(str(code)), width=width)
        return attrs.evolve(fault, kind="successor", params=params)
    return fault


def _successors(value: Iterable[str] | str | None) -> tuple[str, ...]:
    if value is None or isinstance(value, str):
        return (value,) if value else ()
    try:
        return tuple(sorted(set(value), key=str))
    except TypeError:  # not codes; a fault with the others
        return (value,)  # type: ignore[return-value]


def _member(kind: type[W], value: W | str) -> W:
    """Take a member or a word for it; anything else stays, to be a fault with the others."""
    taken: Any = value
    if isinstance(taken, str) and type(taken) is not kind:
        taken = known_member(kind, taken) or taken
    found: W = taken
    return found


def _authority(value: AuthorityKind | str) -> AuthorityKind:
    return _member(AuthorityKind, value)


def _grade(value: Grade | str) -> Grade:
    return _member(Grade, value)


def content_of(value: Content | str) -> Content:
    """Take a content or a word for it, as the converters of this module do."""
    return _member(Content, value)


def _level(value: str) -> str:
    given: object = value  # what is no text is a fault with the others
    return LEVEL_OF_WORD.get(fold(value), value) if isinstance(given, str) else value


@attrs.frozen
class Source:
    """Where an entry or an edition is stated.

    Attributes:
        document: The document's number or title, for example ``鲁人社规〔2018〕22号``.
        article: The clause as the text counts it, for example ``第五条（一）``; None if unknown.
        url: Where it was seen; None if it was not seen on the web.
        retrieved: The day it was seen there.
        sha256: Of the file that was seen: 64 hexadecimal digits, in lower case.

    Raises:
        InvalidTable: With all faults.

    >>> str(Source("鲁人社规〔2018〕22号", "第五条"))
    '鲁人社规〔2018〕22号 第五条'
    >>> Source("")
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidTable: document: a value is required
    """

    document: str
    article: str | None = None
    url: str | None = None
    retrieved: date | None = None
    sha256: str | None = None

    def __attrs_post_init__(self) -> None:
        sha: object = self.sha256
        bad_sha = sha is not None and not (isinstance(sha, str) and _SHA256.fullmatch(sha))
        refuse(
            [
                text_fault(self.document, "document", required=True),
                text_fault(self.article, "article", required=False),
                text_fault(self.url, "url", required=False),
                day_fault(self.retrieved, "retrieved"),
                Fault("sha256", "sha256", str(sha)) if bad_sha else None,
            ]
        )

    def __str__(self) -> str:
        return f"{self.document} {self.article}" if self.article else self.document


_NO_FAULT: Final = frozenset({Source, type(None)})


@attrs.frozen(cache_hash=True)
class RegionCode:
    """A region/department code (地区部门识别代码) and the body it belongs to during a period.

    A body's place is given in words (``city``, ``county``; the province is the scheme's one
    province). The two digits that rules and tables go by are :attr:`prefix`.

    Attributes:
        code: Five digits.
        name: The body's name.
        authority: What kind of body it is.
        city: The city (设区的市) in words, or None for a provincial body.
        county: The county (县、市、区) in words, or None.
        valid_from: First day in force; None if no bound is known.
        valid_through: Last day in force, included; None if no bound is known.
        successors: The codes that took over after the last day. The entry's own code among them
            means that the same body went on under it (renamed or moved); without it, a later
            entry of the same code is another body's: the code was re-used.
        source: Where this is stated. None only while the entry is in no edition: an edition
            gives it its own source.

    Raises:
        InvalidTable: If a field is malformed; all malformed fields are named.

    >>> office = RegionCode("90001", "示例省人力资源和社会保障厅", AuthorityKind.PROVINCIAL_HRSS)
    >>> office.prefix is None
    True
    >>> RegionCode("9001", "示例", "nobody")
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidTable: code “9001”: must be exactly 5 ASCII digits (0–9)
    authority “nobody”: not a kind of body; use one of: provincial-hrss (省人力资源社会保障厅), ...
    """

    width: ClassVar = 5  # digits of such codes
    code: str
    name: str
    authority: AuthorityKind = attrs.field(converter=_authority)
    city: str | None = None
    county: str | None = None
    valid_from: date | None = None
    valid_through: date | None = None
    successors: tuple[str, ...] = attrs.field(default=(), converter=_successors)
    source: Source | None = None

    def __attrs_post_init__(self) -> None:
        refuse(
            [
                code_fault(self.code, self.width),
                text_fault(self.name, "name", required=True),
                member_fault(self.authority, AuthorityKind, "authority"),
                text_fault(self.city, "city", required=False),
                text_fault(self.county, "county", required=False),
                *days_faults(self),
            ]
        )

    @property
    def prefix(self) -> str | None:
        """The city's two digits, or None for a body whose whole code the province fixes.

        Bodies of a city or county stand under their city's prefix (五（一）). Another authorised
        unit does so if a city is given for it.

        >>> RegionCode("90020", "示例市人社局", AuthorityKind.CITY_HRSS, "示例市").prefix
        '90'
        """
        kind = self.authority
        if kind.under_city or (kind is AuthorityKind.OTHER and self.city is not None):
            return self.code[:2]
        return None


def bureau_place(kind: AuthorityKind, body: RegionCode) -> tuple[str | None, ...]:
    """The place, of a body or around it, that has one bureau of a kind: a county, else a city."""
    return (body.prefix, body.county) if kind is AuthorityKind.COUNTY_HRSS else (body.prefix,)


@attrs.frozen(cache_hash=True)
class CityPrefix:
    """The two digits under which a city fixes its own codes (五（一）).

    Attributes:
        code: Two digits.
        name: The city (设区的市).
        valid_from: First day in force; None if no bound is known.
        valid_through: Last day in force, included; None if no bound is known.
        successors: The prefixes that took over after the last day.
        source: Where this is stated.

    Raises:
        InvalidTable: If a field is malformed.

    >>> CityPrefix("90", "示例市").code
    '90'
    >>> CityPrefix("9", "示例市")
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidTable: code “9”: must be exactly 2 ASCII digits (0–9)
    """

    width: ClassVar = 2  # digits of such codes
    code: str
    name: str
    valid_from: date | None = None
    valid_through: date | None = None
    successors: tuple[str, ...] = attrs.field(default=(), converter=_successors)
    source: Source | None = None

    def __attrs_post_init__(self) -> None:
        refuse(
            [
                code_fault(self.code, self.width),
                text_fault(self.name, "name", required=True),
                *days_faults(self),
            ]
        )


@attrs.frozen(cache_hash=True)
class SeriesCode:
    """A series/level code (职称系列级别识别代码) and its meaning during a period.

    Attributes:
        code: Three digits. They are never split: no text says that they can be.
        series: The series (职称系列), for example ``中小学教师``.
        level: The level as written: 正高级, 高级, 副高级, 中级, 助理级, 员级 or 初级.
        grade: The grade it belongs to; taken from the level where it is not given.
        valid_from: First day in force; None if no bound is known.
        valid_through: Last day in force, included; None if no bound is known.
        successors: The codes that took over after the last day.
        source: Where this is stated.

    Raises:
        InvalidTable: If a field is malformed, or level and grade disagree.

    >>> SeriesCode("611", "示例教师", "正高级").grade
    <Grade.SENIOR: 'senior'>
    >>> SeriesCode("613", "示例教师", "中级", "senior")
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidTable: grade “senior”: level 中级 belongs to grade intermediate, ...
    """

    width: ClassVar = 3  # digits of such codes
    code: str
    series: str
    level: str = attrs.field(converter=_level)
    grade: Grade = attrs.field(converter=_grade)
    valid_from: date | None = None
    valid_through: date | None = None
    successors: tuple[str, ...] = attrs.field(default=(), converter=_successors)
    source: Source | None = None

    @grade.default
    def _grade_of_level(self) -> object:
        level: object = self.level
        return GRADE_OF_LEVEL.get(level) if isinstance(level, str) else None

    def __attrs_post_init__(self) -> None:
        refuse(
            [
                code_fault(self.code, self.width),
                text_fault(self.series, "series", required=True),
                *title_faults(self.level, self.grade),
                *days_faults(self),
            ]
        )

    @property
    def name(self) -> str:
        """The series and the level in one.

        >>> SeriesCode("612", "示例教师", "高级").name
        '示例教师高级'
        """
        return self.series + self.level


Entry = RegionCode | CityPrefix | SeriesCode


def identity(entry: Entry) -> tuple[object, ...]:
    """What tells whether two statements of a code are about the same body, city or title."""
    if isinstance(entry, SeriesCode):
        return entry.series, entry.level
    if isinstance(entry, RegionCode):
        return entry.name, entry.authority, entry.city, entry.county
    return (entry.name,)
