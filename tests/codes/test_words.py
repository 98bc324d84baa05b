"""The words for bodies, grades and levels: one list, taken by every entrance."""

from __future__ import annotations

import pytest

from sdcert.codes import (
    AuthorityKind,
    Content,
    Grade,
    InvalidTable,
    RegionCode,
    SeriesCode,
    UnknownWord,
)
from sdcert.codes.kinds import AUTHORITIES, GRADE_OF_LEVEL, GRADES, LEVELS


@pytest.mark.parametrize("kind", [AuthorityKind, Grade, Content])
def test_what_label_prints_is_accepted(kind: type[AuthorityKind]) -> None:
    for member in kind:
        for word in (member.value, member.label(), member.label("zh"), f" {member.label()} "):
            assert kind.from_words(word) is member
        assert kind.from_words(member) is member
        assert kind.from_words(member.value.upper()) is member


def test_the_words_of_the_documents_and_the_short_forms_are_accepted() -> None:
    for value, words in AUTHORITIES.items():
        for word in words:
            half_width = word.replace("（", "(").replace("）", ")")
            assert AuthorityKind.from_words(half_width) is AuthorityKind(value)
            assert AuthorityKind.from_words(" ".join(word)) is AuthorityKind(value)
    for value, words in GRADES.items():
        assert {Grade.from_words(word) for word in words} == {Grade(value)}


def test_no_word_means_two_things() -> None:
    words = [word for several in AUTHORITIES.values() for word in several]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("区县人社局", AuthorityKind.COUNTY_HRSS),
        ("县(区、市)人社局", AuthorityKind.COUNTY_HRSS),
        ("县级市人力资源和社会保障局", AuthorityKind.COUNTY_HRSS),
        ("市级人社局", AuthorityKind.CITY_HRSS),
        ("市直", AuthorityKind.CITY_DEPARTMENT),
        ("省直机关", AuthorityKind.PROVINCIAL_DEPARTMENT),
        ("省属国有企业", AuthorityKind.PROVINCIAL_ENTERPRISE),
        ("授权单位", AuthorityKind.OTHER),
    ],
)
def test_short_forms_of_offices_are_accepted(word: str, kind: AuthorityKind) -> None:
    assert AuthorityKind.from_words(word) is kind


def test_a_level_means_its_grade() -> None:
    for level, (value, others) in LEVELS.items():
        assert GRADE_OF_LEVEL[level] is Grade(value)
        for word in (level, *others):
            assert Grade.from_words(word) is Grade(value)
            assert SeriesCode("601", "教师", word).level == level
    with pytest.raises(InvalidTable, match="“特级”: not a level; use one of: 正高级"):
        SeriesCode("601", "教师", "特级")


def test_a_refusal_names_the_accepted_words_in_both_languages() -> None:
    with pytest.raises(UnknownWord) as caught:
        AuthorityKind.from_words("foo\u3164")
    for lang in ("en", "zh"):
        message = caught.value.message(lang)
        assert "\u3164" not in message
        for kind in AuthorityKind:
            assert kind.value in message
            assert kind.label("zh") in message
    with pytest.raises(TypeError, match="authority must be text or a member, not int"):
        AuthorityKind.from_words(3)  # type: ignore[arg-type]


def test_the_constructors_take_the_words() -> None:
    assert RegionCode("90001", "局", "省人社厅").authority is AuthorityKind.PROVINCIAL_HRSS
    assert SeriesCode("601", "教师", "中级", "中级职称").grade is Grade.INTERMEDIATE


def test_a_refusal_of_a_kind_of_content_names_the_three() -> None:
    with pytest.raises(UnknownWord) as caught:
        Content.from_words("全部")
    for word in ("complete", "fragment", "example"):
        assert word in caught.value.message("en")
        assert word in caught.value.message("zh")
