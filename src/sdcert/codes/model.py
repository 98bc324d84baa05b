"""What a code table is made of. Only this file knows the terms; it does no I/O.

Region codes are 地区部门识别代码 (鲁人社规〔2018〕22号, 第五条（一）), series/level codes are
职称系列级别识别代码 (第五条（二）). A series/level code is opaque: it is never split.

Days: ``valid_from`` is the first day in force, ``valid_through`` the last, included; None means
that no bound is known, and then none is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, Self

import attrs

from sdcert.codes._words import AUTHORITIES, GRADES, LEVELS, fold
from sdcert.codes.errors import Fault, InvalidTable, UnknownWord
from sdcert.findings import Params
from sdcert.messages import Bilingual, excerpt, first_hidden, render

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
]


class _Worded(StrEnum):
    """A closed list whose members people write in words."""

    @classmethod
    def from_words(cls, text: str) -> Self:
        """Return the member that a word means.

        Accepted are the stable values, the labels in both languages, the words of the documents
        and the usual short forms; white space, half-width brackets and the case of Latin letters
        do not matter.

        Args:
            text: The word, or a member.

        Returns:
            The member.

        Raises:
            UnknownWord: If no member is called so (a ValueError).
            TypeError: If it is no text.

        >>> AuthorityKind.from_words("县(市、区)人社局"), Grade.from_words("副高级")
        (<AuthorityKind.COUNTY_HRSS: 'county-hrss'>, <Grade.SENIOR: 'senior'>)
        >>> Grade.from_words("特级")
        Traceback (most recent call last):
            ...
        sdcert.codes.errors.UnknownWord: “特级” is not a grade; use one of: senior (高级), ...
        """
        if type(text) is cls:
            return text
        subject = _SUBJECTS[cls.__name__]
        if not isinstance(text, str):
            raise TypeError(f"{subject} must be text or a member, not {type(text).__name__}")
        member: Self | None = _known(cls, text)
        if member is None:
            raise UnknownWord(excerpt(text), subject, _accepted(subject))
        return member

    def label(self, lang: str = "en") -> str:
        """Return the word for people."""
        return render(f"codes.{_SUBJECTS[type(self).__name__]}.{self.value}", lang)


class Content(_Worded):
    """How much of its domain a table holds, in the terms of FHIR ``CodeSystem.content``.

    >>> Content.FRAGMENT.label("zh")
    '部分代码表'
    """

    COMPLETE = "complete"
    FRAGMENT = "fragment"
    EXAMPLE = "example"


class Grade(_Worded):
    """The grade of a title: 高级, 中级, 初级.

    The word of a level means its grade: 副高级 is senior.

    >>> Grade.INTERMEDIATE.label("zh")
    '中级'
    """

    SENIOR = "senior"
    INTERMEDIATE = "intermediate"
    JUNIOR = "junior"


class AuthorityKind(_Worded):
    """The kinds of bodies that approve and publish titles (核准公布), in the terms of 第六条.

    >>> AuthorityKind.CITY_HRSS.label("zh")
    '设区的市人力资源社会保障局'
    """

    PROVINCIAL_HRSS = "provincial-hrss"
    PROVINCIAL_DEPARTMENT = "provincial-department"
    PROVINCIAL_ENTERPRISE = "provincial-enterprise"
    CITY_HRSS = "city-hrss"
    CITY_DEPARTMENT = "city-department"
    CITY_ENTERPRISE = "city-enterprise"
    COUNTY_HRSS = "county-hrss"
    OTHER = "other"

    @property
    def provincial(self) -> bool:
        """Whether the province fixes all five digits for such a body (五（一））."""
        return self.startswith("provincial")

    @property
    def under_city(self) -> bool:
        """Whether a city fixes the last three digits for such a body (五（一））."""
        return self.startswith(("city", "county"))


_SUBJECTS: Final = {"Content": "content", "Grade": "grade", "AuthorityKind": "authority"}
_WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Content": {"complete": ("完整",), "fragment": ("部分",), "example": ("示例",)},
    "Grade": GRADES,
    "AuthorityKind": AUTHORITIES,
}


@cache
def _members(cls: type[_Worded]) -> dict[str, _Worded]:
    """Each word for a member, folded."""
    words: dict[str, _Worded] = {}
    for member in cls:
        for word in (member.value, member.label(), member.label("zh")):
            words[fold(word)] = member
        for word in _WORDS[cls.__name__][member.value]:
            words[fold(word)] = member
    if cls is Grade:
        for level, (value, others) in LEVELS.items():
            words |= {fold(word): Grade(value) for word in (level, *others)}
    return words


def _known(cls: type[_Worded], word: str) -> Any:
    """The member that a word means, or None; a stable value needs no list."""
    try:
        return cls(word)
    except ValueError:
        return _members(cls).get(fold(word))


def _accepted(subject: str) -> tuple[Bilingual | str, ...]:
    """The words that a refusal names: one in each language for each member."""
    if subject == "level":
        return tuple(LEVELS)
    kinds: tuple[type[_Worded], ...] = (AuthorityKind, Grade, Content)
    kind = next(kind for kind in kinds if _SUBJECTS[kind.__name__] == subject)
    words = [(one.value, one.label("zh")) for one in kind]
    return tuple(Bilingual(f"{own} ({zh})", f"{zh}（{own}）") for own, zh in words)


#: The levels, with their grade (reading, by the national scheme: senior = 正高级 and
#: 副高级/高级; junior = 助理级 and 员级, or 初级 where a table says only that).
GRADE_OF_LEVEL: Final = {level: Grade(value) for level, (value, _) in LEVELS.items()}
_LEVELS: Final = {
    fold(word): level for level, (_, others) in LEVELS.items() for word in (level, *others)
}


def read_level(text: str) -> str:
    """Return the level (级别) that a word means.

    Raises:
        UnknownWord: If there is no such level.

    >>> read_level("副高")
    '副高级'
    """
    level = _LEVELS.get(fold(text))
    if level is None:
        raise UnknownWord(excerpt(text), "level", _accepted("level"))
    return level


_CODE: Final = {width: re.compile(f"[0-9]{{{width}}}") for width in (2, 3, 5)}
_SHA256: Final = re.compile("[0-9a-f]{64}")
TEXT_LIMIT: Final = 200
_NARROW: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
_FORMULA: Final = frozenset("=+-@")


# Each check answers with a fault or None; the readers of files use the same ones, column by column.


def code_fault(value: object, width: int, column: str = "code") -> Fault | None:
    if isinstance(value, str) and _CODE[width].fullmatch(value):
        return None
    text = str(value)
    if hidden := _hidden(text):
        return Fault("hidden", column, text, Params(char=hidden))
    plain = text.translate(_NARROW)
    if plain != text and _CODE[width].fullmatch(plain):
        return Fault("code-wide", column, text, Params(plain=plain))
    return Fault("code", column, text, Params(width=width))


def _hidden(text: str) -> str:
    """The first character of a text that nothing is seen of, as U+200B; empty if there is none."""
    char = "\u3000" if "\u3000" in text else first_hidden(text)
    return f"U+{ord(char):04X}" if char else ""


def text_fault(value: object, column: str, *, required: bool) -> Fault | None:
    if value is None and not required:
        return None
    if value is None or value == "":
        return Fault("missing", column)
    if not isinstance(value, str):
        return Fault("text", column, str(value), Params(limit=TEXT_LIMIT))
    if not value.isascii() and (hidden := _hidden(value)):
        return Fault("hidden", column, value, Params(char=hidden))
    if value[0] in _FORMULA:
        # written to a CSV file, it would run in the office program that opens that
        return Fault("formula", column, value, Params(char=value[0]))
    if len(value) <= TEXT_LIMIT and value.isprintable() and value.strip() == value:
        return None
    return Fault("text", column, value, Params(limit=TEXT_LIMIT))


def day_fault(value: object, column: str) -> Fault | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return None
    return Fault("day-value", column, str(value), Params(type=type(value).__name__))


def _word_fault(subject: str, value: object) -> Fault:
    return Fault(subject, subject, str(value), Params(known=_accepted(subject)))


def member_fault(
    value: object, kind: type[Content | Grade | AuthorityKind], column: str
) -> Fault | None:
    return None if isinstance(value, kind) else _word_fault(column, value)


def level_fault(level: object, grade: object) -> Fault | None:
    if not isinstance(level, str) or level not in GRADE_OF_LEVEL:
        return _word_fault("level", level)
    expected = GRADE_OF_LEVEL[level]
    if isinstance(grade, Grade) and grade is not expected:
        params = Params(level=level, expected=expected, given=grade)
        return Fault("level-grade", "grade", grade.value, params)
    return None


def _title_faults(level: object, grade: object) -> list[Fault | None]:
    found = level_fault(level, grade)
    # An unknown level gives no grade; that is one fault, not two.
    return [found, None if grade is None and found else member_fault(grade, Grade, "grade")]


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
    width = entry.width
    found.extend(
        Fault(
            "successor", "successors", str(code), Params(successor=excerpt(str(code)), width=width)
        )
        for code in entry.successors
        if code_fault(code, width)
    )
    if entry.source is not None and not isinstance(entry.source, Source):
        found.append(Fault("source", "source", str(entry.source)))
    return [fault for fault in found if fault]


def refuse(faults: list[Fault | None]) -> None:
    if found := [fault for fault in faults if fault]:
        raise InvalidTable(found)


def _successors(value: Iterable[str] | str) -> tuple[str, ...]:
    if not value:
        return ()
    if isinstance(value, str):
        return (value,)
    try:
        return tuple(sorted(set(value), key=str))
    except TypeError:  # not codes; a fault with the others
        return (value,)  # type: ignore[return-value]


def _member(kind: type[_Worded], value: Any) -> Any:
    """Take a member or a word for it; anything else stays, to be a fault with the others."""
    if type(value) is kind or not isinstance(value, str):
        return value
    member = _known(kind, value)
    return value if member is None else member


def _authority(value: AuthorityKind | str) -> AuthorityKind:
    found: AuthorityKind = _member(AuthorityKind, value)
    return found


def _grade(value: Grade | str) -> Grade:
    found: Grade = _member(Grade, value)
    return found


def content_of(value: Content | str) -> Content:
    """Take a content or a word for it, as the converters of this module do."""
    found: Content = _member(Content, value)
    return found


def _level(value: str) -> str:
    given: object = value
    if not isinstance(given, str):
        return value  # a fault with the others
    return _LEVELS.get(fold(value), value)


@attrs.frozen
class Source:
    """Where an entry or an edition is stated.

    Attributes:
        document: The document's number or title, for example ``鲁人社规〔2018〕22号``.
        article: The clause as the text counts it, for example ``第五条（一）``; None if unknown.
        url: Where it was seen; None if it was not seen on the web.
        retrieved: The day it was seen there.
        sha256: Of the file that was seen: 64 hexadecimal digits, in lower case.

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
    """A region/department code (地区部门识别代码) and the body that holds it in some days.

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
                code_fault(self.code, 5),
                text_fault(self.name, "name", required=True),
                member_fault(self.authority, AuthorityKind, "authority"),
                text_fault(self.city, "city", required=False),
                text_fault(self.county, "county", required=False),
                *days_faults(self),
            ]
        )

    @property
    def width(self) -> int:
        """How many digits such codes have."""
        return 5

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

    code: str
    name: str
    valid_from: date | None = None
    valid_through: date | None = None
    successors: tuple[str, ...] = attrs.field(default=(), converter=_successors)
    source: Source | None = None

    def __attrs_post_init__(self) -> None:
        refuse(
            [
                code_fault(self.code, 2),
                text_fault(self.name, "name", required=True),
                *days_faults(self),
            ]
        )

    @property
    def width(self) -> int:
        """How many digits such codes have."""
        return 2


@attrs.frozen(cache_hash=True)
class SeriesCode:
    """A series/level code (职称系列级别识别代码) and its meaning in some days.

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
                code_fault(self.code, 3),
                text_fault(self.series, "series", required=True),
                *_title_faults(self.level, self.grade),
                *days_faults(self),
            ]
        )

    @property
    def width(self) -> int:
        """How many digits such codes have."""
        return 3

    @property
    def name(self) -> str:
        """The series and the level in one.

        >>> SeriesCode("612", "示例教师", "高级").name
        '示例教师高级'
        """
        return self.series + self.level


Entry = RegionCode | CityPrefix | SeriesCode
