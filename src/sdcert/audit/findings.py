"""What an audit finds."""

from __future__ import annotations

from enum import StrEnum

from sdcert.messages import render

__all__ = ["AuditCode"]


class AuditCode(StrEnum):
    """What an audit finds beyond the findings of :func:`sdcert.checking.check`.

    Where :func:`sdcert.checking.check_record` finds the same, the code is the same.

    >>> from sdcert.audit import AuditCode
    >>> [code.value for code in AuditCode][:2]
    ['duplicate-number', 'marker-conflict']
    """

    DUPLICATE_NUMBER = "duplicate-number"
    MARKER_CONFLICT = "marker-conflict"
    HOLDER_CONFLICT = "holder-conflict"
    BEYOND_ISSUED = "beyond-issued"
    APPROVED_ON_UNREADABLE = "approved-on-unreadable"
    YEAR_MISMATCH = "year-mismatch"
    YEAR_UNDETERMINED = "year-undetermined"
    APPROVER_MISMATCH = "approver-mismatch"
    APPROVER_UNDETERMINED = "approver-undetermined"
    GRADE_MISMATCH = "grade-mismatch"
    GRADE_UNDETERMINED = "grade-undetermined"
    MARKER_MISMATCH = "marker-mismatch"
    MARKER_UNDETERMINED = "marker-undetermined"
    MANAGER_MISMATCH = "manager-mismatch"
    MANAGER_UNDETERMINED = "manager-undetermined"

    def label(self, lang: str = "en") -> str:
        """Return the words for people.

        >>> AuditCode.DUPLICATE_NUMBER.label("zh")
        '编号重复'
        """
        return render(f"audit.label.{self.value}", lang)
