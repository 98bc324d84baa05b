"""Who may number: an optional policy on top of the allocation, given code book and rules.

The allocation itself asks only for a scope. Whoever has the tables can ask more before a number is
given out: that the region/department code was in force on the day of approval (第五条（一）), that
the series/level code is known and was (第五条（二）), and that the caller is the body that manages
the numbers of such titles (第六条; 聊城 二). Everything is read as of the day of approval, the day
on which numbers are given (a reading). What cannot be determined is refused as well: unknown is
never valid.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sdcert.checking import check_record
from sdcert.dates import as_day, format_day
from sdcert.errors import SdcertError
from sdcert.findings import FindingCode
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sdcert.allocation import Request
    from sdcert.checking import Verdict
    from sdcert.codes import CodeBook
    from sdcert.findings import Finding
    from sdcert.numbering import NumberScope
    from sdcert.rules import RuleBook

__all__ = ["NotEligible", "check_eligible", "eligibility"]

_CODE: Final = re.compile(r"[0-9]{5}")
_REGULATION: Final = "鲁人社规〔2018〕22号"
# The clause behind a finding that names none itself.
_CLAUSES: Final = {
    FindingCode.REGION_UNKNOWN: f"{_REGULATION} 第五条（一）",
    FindingCode.REGION_NOT_IN_FORCE: f"{_REGULATION} 第五条（一）",
    FindingCode.REGION_UNLISTED: f"{_REGULATION} 第五条（一）",
    FindingCode.SERIES_UNKNOWN: f"{_REGULATION} 第五条（二）",
    FindingCode.SERIES_NOT_IN_FORCE: f"{_REGULATION} 第五条（二）",
    FindingCode.SERIES_UNLISTED: f"{_REGULATION} 第五条（二）",
}


class NotEligible(SdcertError, PermissionError):
    """Numbers of a scope are not for this caller to give out on this day.

    Attributes:
        scope: The scope.
        caller: The caller's region/department code.
        approved_on: The day of approval.
        findings: What stands against it, INVALID before UNDETERMINED.
        clauses: For each finding the clause that it rests on.
    """

    def __init__(
        self,
        scope: NumberScope,
        caller: str,
        approved_on: date,
        findings: tuple[Finding, ...],
        clauses: tuple[str, ...],
    ) -> None:
        super().__init__(scope, caller, approved_on, findings, clauses)
        self.scope, self.caller, self.approved_on = scope, caller, approved_on
        self.findings, self.clauses = findings, clauses

    def message(self, lang: str = "en") -> str:
        """Say what stands against it, each with its clause."""
        zh = lang == "zh"
        day = format_day(self.approved_on, lang)
        said = ("；" if zh else "; ").join(
            found.message(lang) + (f" [{clause}]" if clause not in found.message(lang) else "")
            for found, clause in zip(self.findings, self.clauses, strict=True)
        )
        if zh:
            return f"{self.caller}不得在{day}为编号范围{self.scope}编号：{said}"
        return f"{self.caller} may not number scope {self.scope} on {day}: {said}"

    def __str__(self) -> str:
        return self.message()


def eligibility(
    scope: NumberScope, *, codes: CodeBook, rules: RuleBook, approved_on: date, caller: str
) -> Verdict:
    """Say whether a caller may give out numbers of a scope.

    Args:
        scope: The scope.
        codes: The tables; read as of the day of approval.
        rules: The rule book; read as of the day of approval.
        approved_on: The day on which the titles were approved and published (核准公布).
        caller: The region/department code of the body that wants to number, five digits.

    Returns:
        VALID, INVALID or UNDETERMINED with the findings, as
        :func:`~sdcert.checking.check_record` gives them for the first number of the scope.

    Raises:
        ValueError: If ``caller`` is not five digits.
        TypeError: If ``approved_on`` is not a plain date, or ``caller`` not text.

    >>> from datetime import date
    >>> from sdcert import CodeBook, NumberScope
    >>> from sdcert.rules import RuleBook
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> scope, day = NumberScope(2018, "14020", "012"), date(2019, 3, 1)
    >>> eligibility(scope, **tables, approved_on=day, caller="14020").outcome
    <Outcome.VALID: 'valid'>
    >>> eligibility(scope, **tables, approved_on=day, caller="00001").outcome
    <Outcome.INVALID: 'invalid'>
    """
    as_day(approved_on, "approved_on")
    if not isinstance(caller, str):
        raise TypeError(f"caller must be a str, not {type(caller).__name__}")
    if not _CODE.fullmatch(caller):
        raise ValueError(f"caller must be five digits, not {excerpt(caller)!r}")
    return check_record(
        scope.number(1),
        codes=codes,
        rules=rules,
        approved_on=approved_on,
        on=approved_on,
        manager=caller,
    )


def check_eligible(
    requests: Iterable[Request],
    *,
    codes: CodeBook,
    rules: RuleBook,
    approved_on: date,
    caller: str,
) -> None:
    """Refuse a batch unless the caller may number every scope in it; call it before allocating.

    Args:
        requests: The batch that is to be handed to :func:`~sdcert.allocation.allocate`.
        codes: As for :func:`eligibility`.
        rules: As for :func:`eligibility`.
        approved_on: As for :func:`eligibility`.
        caller: As for :func:`eligibility`.

    Raises:
        NotEligible: For the first scope, in sorted order, that the caller may not number, or for
            which that cannot be determined; it carries the findings and their clauses.
        ValueError: As for :func:`eligibility`.
        TypeError: As for :func:`eligibility`.

    >>> from datetime import date
    >>> from sdcert import CodeBook, NumberScope
    >>> from sdcert.rules import RuleBook
    >>> from sdcert.allocation import Request
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> asked = [Request("a", NumberScope(2018, "14020", "012"))]
    >>> check_eligible(asked, **tables, approved_on=date(2019, 3, 1), caller="14020")
    >>> check_eligible(asked, **tables, approved_on=date(2019, 3, 1), caller="00001")
    Traceback (most recent call last):
        ...
    sdcert.eligibility.NotEligible: 00001 may not number scope 1814020012 on 2019-03-01: ...
    """
    for scope in sorted({request.scope for request in requests}):
        verdict = eligibility(
            scope, codes=codes, rules=rules, approved_on=approved_on, caller=caller
        )
        if not verdict:
            findings = verdict.findings
            clauses = tuple(_clause(found) for found in findings)
            raise NotEligible(scope, caller, approved_on, findings, clauses)


def _clause(found: Finding) -> str:
    named = found.params.get("clause")
    if named is not None:
        return str(named)
    return _CLAUSES.get(found.code, f"{_REGULATION} 第五条")
