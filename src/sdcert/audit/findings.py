"""What an audit finds, and its words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    pass

__all__ = ["AuditCode"]


class AuditCode(StrEnum):
    """What an audit finds beyond the findings of :func:`sdcert.checking.check`.

    Where :func:`sdcert.checking.check_record` finds the same, the code is the same.
    """

    DUPLICATE_NUMBER = "duplicate-number"
    MARKER_CONFLICT = "marker-conflict"
    HOLDER_CONFLICT = "holder-conflict"
    BEYOND_ISSUED = "beyond-issued"
    YEAR_MISMATCH = "year-mismatch"
    APPROVER_MISMATCH = "approver-mismatch"
    APPROVER_UNDETERMINED = "approver-undetermined"
    GRADE_MISMATCH = "grade-mismatch"
    MARKER_MISMATCH = "marker-mismatch"
    MANAGER_MISMATCH = "manager-mismatch"
    MANAGER_UNDETERMINED = "manager-undetermined"

    def label(self, lang: str = "en") -> str:
        """Return the words for people.

        >>> AuditCode.DUPLICATE_NUMBER.label("zh")
        '编号重复'
        """
        return _LABELS[self][lang == "zh"]


_LABELS: Final = {
    AuditCode.DUPLICATE_NUMBER: ("the same number in several rows", "编号重复"),
    AuditCode.MARKER_CONFLICT: (
        "the same digits with and without the marker",
        "15位数字相同而“（基层）”标识不一",
    ),
    AuditCode.HOLDER_CONFLICT: (
        "one person's certificate of one year, body and title under several numbers",
        "同一人同一年度、地区部门、系列级别的证书有多个编号",
    ),
    AuditCode.BEYOND_ISSUED: (
        "the sequence is beyond the last one issued",
        "顺序编号大于已发的最大号",
    ),
    AuditCode.YEAR_MISMATCH: ("the year column says another year", "评审年度与编号不符"),
    AuditCode.APPROVER_MISMATCH: (
        "the column names another approving body",
        "核准公布部门与编号不符",
    ),
    AuditCode.APPROVER_UNDETERMINED: (
        "whether the column names the approving body is undetermined",
        "无法判定所载核准公布部门是否与编号相符",
    ),
    AuditCode.GRADE_MISMATCH: ("the grade column says another grade", "级别与编号不符"),
    AuditCode.MARKER_MISMATCH: ("the marker column says otherwise", "基层标识与编号不符"),
    AuditCode.MANAGER_MISMATCH: (
        "the column names another managing body",
        "编号和数据管理部门与规定不符",
    ),
    AuditCode.MANAGER_UNDETERMINED: (
        "whether the column names the managing body is undetermined",
        "无法判定所载编号和数据管理部门是否与规定相符",
    ),
}
