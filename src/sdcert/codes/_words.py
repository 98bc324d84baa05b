"""The words for bodies, grades and levels. Only this file lists them; every entrance takes them.

Beside the stable values and the labels in both languages these are the documents' own words
(鲁人社规〔2018〕22号 writes 人力资源社会保障局, 聊人社字〔2019〕27号 人力资源和社会保障局) and
the short forms that offices use.
"""

from __future__ import annotations

from typing import Final

__all__ = ["AUTHORITIES", "GRADES", "LEVELS", "fold"]

#: By the value of an :class:`~sdcert.codes.AuthorityKind`, beside its value and labels.
AUTHORITIES: Final[dict[str, tuple[str, ...]]] = {
    "provincial-hrss": (
        "省人力资源社会保障厅",
        "省人力资源和社会保障厅",
        "省人社厅",
    ),
    "provincial-department": (
        "省直部门（单位）",
        "省直部门",
        "省直单位",
        "省直部门、单位",
        "省直各部门（单位）",
    ),
    "provincial-enterprise": ("省属企业",),
    "city-hrss": (
        "设区的市人力资源社会保障局",
        "设区的市人力资源和社会保障局",
        "设区的市人社局",
        "设区市人力资源社会保障局",
        "设区市人力资源和社会保障局",
        "设区市人社局",
        "市人力资源社会保障局",
        "市人力资源和社会保障局",
        "市人社局",
    ),
    "city-department": (
        "市直部门（单位）",
        "市直部门",
        "市直单位",
        "市直部门、单位",
        "市直各部门（单位）",
    ),
    "city-enterprise": ("市属企业",),
    "county-hrss": (
        "县（市、区）人力资源社会保障局",
        "县（市、区）人力资源和社会保障局",
        "县（市、区）人社局",
        "县（市区）人力资源社会保障局",
        "县（市区）人力资源和社会保障局",
        "县（市区）人社局",
        "县市区人力资源社会保障局",
        "县市区人力资源和社会保障局",
        "县市区人社局",
        "县（区）人力资源社会保障局",
        "县（区）人力资源和社会保障局",
        "县（区）人社局",
        "县区人力资源社会保障局",
        "县区人力资源和社会保障局",
        "县区人社局",
        "县人力资源社会保障局",
        "县人力资源和社会保障局",
        "县人社局",
        "区人力资源社会保障局",
        "区人力资源和社会保障局",
        "区人社局",
    ),
    "other": (
        "其他授权的部门（单位）",
        "授权的部门（单位）",
        "其他部门（单位）",
        "其他部门",
        "其他单位",
        "其他",
    ),
}

#: By the value of a :class:`~sdcert.codes.Grade`, beside its value and labels.
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
    """Fold what does not tell words apart: white space, half-width brackets, Latin case.

    >>> fold(" 县(市、区) 人社局 ")
    '县（市、区）人社局'
    """
    return "".join(text.split()).translate(_BRACKETS).casefold()
