"""The closed lists: kinds of bodies, grades, levels, content; each member has its words."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any, Final, Self

from sdcert.codes._words import AUTHORITIES, GRADES, LEVELS, fold
from sdcert.codes.errors import UnknownWord
from sdcert.messages import Bilingual, excerpt, render

__all__ = [
    "GRADE_OF_LEVEL",
    "LEVEL_OF_WORD",
    "AuthorityKind",
    "Content",
    "Grade",
    "Worded",
    "accepted",
    "known_member",
    "read_level",
]


class Worded(StrEnum):
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
        member: Self | None = known_member(cls, text)
        if member is None:
            raise UnknownWord(excerpt(text), subject, accepted(subject))
        return member

    def label(self, lang: str = "en") -> str:
        """Return the word for people."""
        return render(f"codes.{_SUBJECTS[type(self).__name__]}.{self.value}", lang)


class Content(Worded):
    """How much of its domain a table holds, in the terms of FHIR ``CodeSystem.content``.

    >>> Content.FRAGMENT.label("zh")
    '部分代码表'
    """

    COMPLETE = "complete"
    FRAGMENT = "fragment"
    EXAMPLE = "example"


class Grade(Worded):
    """The grade of a title: 高级, 中级, 初级.

    The word of a level means its grade: 副高级 is senior.

    >>> Grade.INTERMEDIATE.label("zh")
    '中级'
    """

    SENIOR = "senior"
    INTERMEDIATE = "intermediate"
    JUNIOR = "junior"


class AuthorityKind(Worded):
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
def _members(cls: type[Worded]) -> dict[str, Worded]:
    """Each word for a member, folded."""
    words: dict[str, Worded] = {}
    for member in cls:
        for word in (member.value, member.label(), member.label("zh")):
            words[fold(word)] = member
        for word in _WORDS[cls.__name__][member.value]:
            words[fold(word)] = member
    if cls is Grade:
        for level, (value, others) in LEVELS.items():
            words |= {fold(word): Grade(value) for word in (level, *others)}
    return words


def known_member(cls: type[Worded], word: str) -> Any:
    """The member that a word means, or None; a stable value needs no list."""
    member = cls._value2member_map_.get(word)
    return _members(cls).get(fold(word)) if member is None else member


def accepted(subject: str) -> tuple[Bilingual | str, ...]:
    """The words that a refusal names: one in each language for each member."""
    if subject == "level":
        return tuple(LEVELS)
    kinds: tuple[type[Worded], ...] = (AuthorityKind, Grade, Content)
    kind = next(kind for kind in kinds if _SUBJECTS[kind.__name__] == subject)
    words = [(one.value, one.label("zh")) for one in kind]
    return tuple(Bilingual(f"{own} ({zh})", f"{zh}（{own}）") for own, zh in words)


#: The levels, with their grade (reading, by the national scheme: senior = 正高级 and
#: 副高级/高级; junior = 助理级 and 员级, or 初级 where a table says only that).
GRADE_OF_LEVEL: Final = {level: Grade(value) for level, (value, _) in LEVELS.items()}
LEVEL_OF_WORD: Final = {
    fold(word): level for level, (_, others) in LEVELS.items() for word in (level, *others)
}


def read_level(text: str) -> str:
    """Return the level (级别) that a word means.

    Raises:
        UnknownWord: If there is no such level.

    >>> read_level("副高")
    '副高级'
    """
    level = LEVEL_OF_WORD.get(fold(text))
    if level is None:
        raise UnknownWord(excerpt(text), "level", accepted("level"))
    return level
