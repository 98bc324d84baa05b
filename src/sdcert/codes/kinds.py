"""The closed lists: kinds of bodies, grades, levels, content, forms; each member has its words.

Only this file lists the words; every entrance takes them. Beside the stable values and the labels
in both languages these are the documents' own (鲁人社规〔2018〕22号 writes 人力资源社会保障局,
聊人社字〔2019〕27号 人力资源和社会保障局) and the short forms that offices use.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Self

import attrs

from sdcert.errors import SdcertError
from sdcert.messages import Bilingual, Labelled, excerpt

__all__ = [
    "AUTHORITIES",
    "BUREAUS",
    "GRADES",
    "GRADE_OF_LEVEL",
    "LEVELS",
    "LEVEL_OF_WORD",
    "AuthorityKind",
    "Content",
    "Grade",
    "UnknownWord",
    "Worded",
    "accepted",
    "fold",
    "known_member",
]

_BUREAU: Final = ("人力资源社会保障局", "人力资源和社会保障局", "人社局")
_CITY: Final = ("设区的市", "设区市", "市级", "市")
_COUNTY: Final = (
    *("县（市、区）", "县（市区）", "县（区、市）", "县（区）", "县（市）", "县市区", "县、市、区"),
    *("县区", "区县", "县、区", "区（县）", "县级市", "县级", "县", "区级", "区"),
)


def _departments(place: str) -> tuple[str, ...]:
    """The words for the departments and units at a place: 省直, 市直."""
    ends = ("部门（单位）", "部门", "单位", "部门、单位", "部门和单位", "各部门（单位）")
    return tuple(place + end for end in (*ends, "机关", ""))


#: By the value of an :class:`AuthorityKind`, beside its value and labels.
AUTHORITIES: Final[dict[str, tuple[str, ...]]] = {
    "provincial-hrss": ("省人力资源社会保障厅", "省人力资源和社会保障厅", "省人社厅"),
    "provincial-department": _departments("省直"),
    "provincial-enterprise": ("省属企业", "省属国有企业"),
    "city-hrss": tuple(place + bureau for place in _CITY for bureau in _BUREAU),
    "city-department": _departments("市直"),
    "city-enterprise": ("市属企业", "市属国有企业"),
    "county-hrss": tuple(place + bureau for place in _COUNTY for bureau in _BUREAU),
    "other": (
        *("其他授权的部门（单位）", "授权的部门（单位）", "授权部门", "授权单位"),
        *("其他部门（单位）", "其他部门", "其他单位", "其他"),
    ),
}

#: By the value of a :class:`Grade`, beside its value and labels.
GRADES: Final[dict[str, tuple[str, ...]]] = {
    "senior": ("高级", "高级职称"),
    "intermediate": ("中级", "中级职称"),
    "junior": ("初级", "初级职称"),
}

#: The levels (级别) as certificates and tables write them, with the value of their grade
#: (reading, by the national scheme) and other words for them.
LEVELS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "正高级": ("senior", ("正高", "正高级职称")),
    "高级": ("senior", ("高级职称",)),
    "副高级": ("senior", ("副高", "副高级职称")),
    "中级": ("intermediate", ("中级职称",)),
    "助理级": ("junior", ("助理", "助理级职称")),
    "员级": ("junior", ("员级职称",)),
    "初级": ("junior", ("初级职称",)),
}

_BRACKETS: Final = str.maketrans("()", "（）")


def fold(text: str) -> str:
    """Fold what does not tell words apart: white space, half-width brackets, Latin case."""
    return "".join(text.split()).translate(_BRACKETS).casefold()


@attrs.define(slots=False)
class UnknownWord(SdcertError, ValueError):
    """A word that means no member of a closed list.

    Attributes:
        excerpt: A short, printable excerpt of the word.
        subject: What it should have been: ``authority``, ``grade``, ``content`` or ``form``.
        known: The words to use instead.

    >>> from sdcert import Grade
    >>> from sdcert.codes import UnknownWord
    >>> try:
    ...     Grade.from_words("特级")
    ... except UnknownWord as error:
    ...     print(error.excerpt, error.subject)
    特级 grade
    """

    _text = "codes.unknown-{subject}"
    excerpt: str
    subject: str
    known: tuple[Bilingual | str, ...]


class Worded(Labelled):
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
        sdcert.codes.kinds.UnknownWord: “特级” is not a grade; use one of: senior (高级), ...
        """
        if type(text) is cls:
            return text
        subject = cls._texts.rpartition(".")[2]
        if not isinstance(text, str):
            raise TypeError(f"{subject} must be text or a member, not {type(text).__name__}")
        member: Self | None = known_member(cls, text)
        if member is None:
            raise UnknownWord(excerpt(text), subject, accepted(cls))
        return member


class Content(Worded, texts="codes.content"):
    """How much of its domain a table holds, in the terms of FHIR ``CodeSystem.content``.

    >>> Content.FRAGMENT.label("zh")
    '部分代码表'
    """

    COMPLETE = "complete"
    FRAGMENT = "fragment"
    EXAMPLE = "example"


class Grade(Worded, texts="codes.grade"):
    """The grade of a title: 高级, 中级, 初级.

    The word of a level means its grade: 副高级 is senior.

    >>> Grade.INTERMEDIATE.label("zh")
    '中级'
    """

    SENIOR = "senior"
    INTERMEDIATE = "intermediate"
    JUNIOR = "junior"


class AuthorityKind(Worded, texts="codes.authority"):
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


#: The kinds of which the province, each city or each county has one body at a time.
BUREAUS: Final = frozenset(
    {AuthorityKind.PROVINCIAL_HRSS, AuthorityKind.CITY_HRSS, AuthorityKind.COUNTY_HRSS}
)

_WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Content": {"complete": ("完整",), "fragment": ("部分",), "example": ("示例",)},
    "Grade": GRADES,
    "AuthorityKind": AUTHORITIES,
    "Form": {"paper": ("纸质",), "electronic": ("电子",)},  # of rules
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
    return cls._value2member_map_.get(word) or _members(cls).get(fold(word))


def accepted(kind: type[Worded]) -> tuple[Bilingual, ...]:
    """The words that a refusal names: one in each language for each member."""
    words = [(one.value, one.label("zh")) for one in kind]
    return tuple(Bilingual(f"{own} ({zh})", f"{zh}（{own}）") for own, zh in words)


#: The levels, with their grade (reading, by the national scheme: senior = 正高级 and
#: 副高级/高级; junior = 助理级 and 员级, or 初级 where a table says only that).
GRADE_OF_LEVEL: Final = {level: Grade(value) for level, (value, _) in LEVELS.items()}
LEVEL_OF_WORD: Final = {
    fold(word): level for level, (_, others) in LEVELS.items() for word in (level, *others)
}
