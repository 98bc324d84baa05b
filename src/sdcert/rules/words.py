"""The words for what a rule can say, in English and Chinese, in the terms of the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdcert.codes.model import AuthorityKind, Grade
from sdcert.rules.model import Basis, Form, Numbering, Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sdcert.findings import Lang

__all__ = ["label"]


def label(value: object, lang: Lang = "en") -> str:
    """Name a kind of body, a grade, a form, a basis … for people.

    Args:
        value: A member of one of the library's closed lists; anything else is shown as text.
        lang: ``en`` or ``zh``.

    Returns:
        The words, without an article at the end of a sentence.

    >>> label(AuthorityKind.CITY_DEPARTMENT), label(AuthorityKind.CITY_DEPARTMENT, "zh")
    ('a city department or unit', '市直部门（单位）')
    >>> label("14")
    '14'
    """
    words = _WORDS.get(type(value), {}).get(str(value))
    return str(value) if words is None else words[lang == "zh"]


_WORDS: Final[Mapping[type, Mapping[str, tuple[str, str]]]] = {
    AuthorityKind: {
        AuthorityKind.PROVINCIAL_HRSS.value: (
            "the provincial department of HR",
            "省人力资源社会保障厅",
        ),
        AuthorityKind.PROVINCIAL_DEPARTMENT.value: (
            "a provincial department or unit",
            "省直部门（单位）",
        ),
        AuthorityKind.PROVINCIAL_ENTERPRISE.value: ("a provincial enterprise", "省属企业"),
        AuthorityKind.CITY_HRSS.value: ("the city HR bureau", "设区的市人力资源社会保障局"),
        AuthorityKind.CITY_DEPARTMENT.value: ("a city department or unit", "市直部门（单位）"),
        AuthorityKind.CITY_ENTERPRISE.value: ("a city enterprise", "市属企业"),
        AuthorityKind.COUNTY_HRSS.value: (
            "the county HR bureau",
            "县（市、区）人力资源社会保障局",
        ),
        AuthorityKind.OTHER.value: ("another authorised unit", "其他授权的部门（单位）"),
    },
    Grade: {
        Grade.SENIOR.value: ("senior", "高级"),
        Grade.INTERMEDIATE.value: ("intermediate", "中级"),
        Grade.JUNIOR.value: ("junior", "初级"),
    },
    Form: {
        Form.PAPER.value: ("paper", "纸质证书"),
        Form.ELECTRONIC.value: ("electronic", "电子证书"),
    },
    Numbering: {
        Numbering.BINDING.value: ("the numbering rules bind", "按统一规则编号"),
        Numbering.OPTIONAL.value: ("the numbering rules may be followed", "可以参照统一规则编号"),
    },
    Basis: {
        Basis.STATED.value: ("stated", "明文规定"),
        Basis.BY_REFERENCE.value: ("by reference", "参照规定"),
        Basis.PRINCIPLE.value: ("by the principle", "按原则推定"),
        Basis.DISCRETION.value: ("left to discretion", "留待有关部门确定"),
        Basis.UNDETERMINED.value: ("undetermined", "无法判定"),
        Basis.NOT_IN_FORCE.value: ("not in force", "不在有效期内"),
    },
    Question: {
        Question.MANAGER.value: ("who manages number and data", "编号和数据管理部门"),
        Question.FORM.value: ("the form of the certificate", "证书形式"),
        Question.NUMBERING.value: ("whether the numbering rules bind", "编号规则的约束力"),
        Question.SEAL.value: ("who seals", "用印部门"),
        Question.REISSUE.value: ("the steps of a reissue", "补办步骤"),
        Question.REPORT.value: ("the time for reporting", "报送期限"),
    },
}
