"""Who may give out numbers: an optional policy in front of the allocation.

The allocation itself needs only a scope. With the tables and the rules, more can be checked before
a number is given out: that the region/department code was in force on the day of approval
(第五条（一）), the series/level code too (第五条（二）), that the evaluation year is not later than
the approval, and that the caller manages the numbers of such titles (第六条; 聊城 二).

Two days, as everywhere: codes are read as of the approval, the manager as of the day on which the
numbers are given out (a reading: neither text ties numbering to the approval). What cannot be
determined is refused as well: unknown is never valid.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import attrs

from sdcert._rules.document import ARTICLE_5
from sdcert.allocation import Request
from sdcert.checking import Verdict, check_record
from sdcert.codes import CodeBook
from sdcert.dates import as_day
from sdcert.errors import SdcertError, expect, is_code, several
from sdcert.findings import Finding, FindingCode, Outcome
from sdcert.messages import excerpt, known, render, sentences
from sdcert.numbering import NumberScope
from sdcert.rules import RuleBook

__all__ = ["NotEligible", "check_eligible", "eligibility"]

# The clause behind a finding that names none itself.
_CLAUSES: Final = {"region_code": f"{ARTICLE_5}（一）", "series_code": f"{ARTICLE_5}（二）"}


@attrs.define(slots=False)
class NotEligible(SdcertError, ValueError):
    """The caller may not issue numbers in a scope on a day, or that cannot be determined.

    Attributes:
        scope: The scope.
        caller: The caller's region/department code.
        approved_on: The day of approval.
        on: The day on which the numbers were to be given out.
        findings: The reasons, INVALID before UNDETERMINED.
        clauses: For each finding the clause that it rests on.

    >>> from datetime import date
    >>> from sdcert import CodeBook, NumberScope, RuleBook
    >>> from sdcert.allocation import Request
    >>> from sdcert.eligibility import NotEligible, check_eligible
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> batch = [Request("a", NumberScope(2018, "14020", "012"))]
    >>> try:
    ...     check_eligible(batch, **tables, approved_on=date(2019, 3, 1), caller="00001")
    ... except NotEligible as error:
    ...     print(error.caller, [finding.code.value for finding in error.findings])
    00001 ['manager-mismatch']
    """

    scope: NumberScope
    caller: str
    approved_on: date
    on: date
    findings: tuple[Finding, ...]
    clauses: tuple[str, ...]

    def _key(self) -> str:
        decided = any(one.severity.outcome is Outcome.INVALID for one in self.findings)
        future = any(one.code is FindingCode.YEAR_IN_FUTURE for one in self.findings)
        return f"eligibility.{'refused' if decided or future else 'undetermined'}"

    def _params(self, lang: str) -> dict[str, object]:
        reasons = zip(self.findings, self.clauses, strict=True)
        return {
            "scope": self.scope,
            "caller": excerpt(self.caller),
            "on": self.on,
            "reasons": sentences((_reason(*one, lang) for one in reasons), lang),
        }


def _reason(finding: Finding, clause: str, lang: str) -> str:
    """Word a finding for a caller; its clause is named once."""
    for key in (f"{finding.code.value}.{finding.kind}", finding.code.value):
        if known(f"eligibility.{key}"):
            return render(f"eligibility.{key}", lang, **finding.params)
    return render("eligibility.reason", lang, finding=finding.message(lang), clause=clause)


def eligibility(
    scope: NumberScope,
    *,
    codes: CodeBook,
    rules: RuleBook,
    approved_on: date,
    on: date | None = None,
    caller: str,
) -> Verdict:
    """Tell whether a caller may give out numbers of a scope.

    Args:
        scope: The scope.
        codes: The tables; the scope's codes are read as of the day of approval.
        rules: The rule book; read as of the day on which the numbers are given out.
        approved_on: The day on which the titles were approved and published (核准公布).
        on: The day on which the numbers are given out; the day of approval if not given.
        caller: The region/department code of the body that wants to number, five digits.

    Returns:
        VALID, INVALID or UNDETERMINED with the findings, as
        :func:`~sdcert.checking.check_record` gives them for the first number of the scope; INVALID
        also for an evaluation year later than the approval.

    Raises:
        ValueError: If ``caller`` is not five digits.
        TypeError: If a day is not a plain date, ``caller`` not text, a book or the scope none.

    >>> from datetime import date
    >>> from sdcert import CodeBook, NumberScope, RuleBook
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> scope, days = NumberScope(2018, "14020", "012"), {"approved_on": date(2018, 12, 28)}
    >>> eligibility(scope, **tables, **days, on=date(2019, 3, 1), caller="14020").outcome
    <Outcome.VALID: 'valid'>
    >>> eligibility(scope, **tables, **days, on=date(2019, 3, 1), caller="00001").outcome
    <Outcome.INVALID: 'invalid'>
    """
    on = _check_options(codes, rules, approved_on, on, caller)
    verdict = check_record(
        expect(scope, NumberScope, "scope").number(1),
        codes=codes,
        rules=rules,
        approved_on=approved_on,
        on=on,
        manager=caller,
    )
    if any(finding.code is FindingCode.YEAR_IN_FUTURE for finding in verdict.findings):
        # a warning for a number that exists already; none is to be made so
        return attrs.evolve(verdict, outcome=Outcome.INVALID)
    return verdict


def check_eligible(
    requests: Iterable[Request],
    *,
    codes: CodeBook,
    rules: RuleBook,
    approved_on: date,
    on: date | None = None,
    caller: str,
) -> tuple[Request, ...]:
    """Refuse a batch unless the caller may number every scope in it; call it before allocating.

    Args:
        requests: The batch that is to be handed to :func:`~sdcert.allocation.allocate`.
        codes: As for :func:`eligibility`.
        rules: As for :func:`eligibility`.
        approved_on: As for :func:`eligibility`.
        on: As for :func:`eligibility`.
        caller: As for :func:`eligibility`.

    Returns:
        The requests, so that those of a generator are not lost.

    Raises:
        NotEligible: For the first scope, in sorted order, that the caller may not number, or for
            which that cannot be determined; it carries the findings and their clauses.
        ValueError: As for :func:`eligibility`; arguments are checked even if there is no request.
        TypeError: As for :func:`eligibility`.

    >>> from datetime import date
    >>> from sdcert import CodeBook, NumberScope, RuleBook
    >>> from sdcert.allocation import Request
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> batch = [Request("a", NumberScope(2018, "14020", "012"))]
    >>> days = {"approved_on": date(2018, 12, 28), "on": date(2019, 3, 1)}
    >>> check_eligible(batch, **tables, **days, caller="14020") == tuple(batch)
    True
    >>> check_eligible(batch, **tables, **days, caller="00001")
    Traceback (most recent call last):
        ...
    sdcert.eligibility.NotEligible: 00001 may not issue numbers on 2019-03-01 (year 2018, ...): ...
    """
    day = _check_options(codes, rules, approved_on, on, caller)
    batch = several(requests, Request, "requests")
    for scope in sorted({request.scope for request in batch}):
        verdict = eligibility(
            scope, codes=codes, rules=rules, approved_on=approved_on, on=day, caller=caller
        )
        if not verdict:
            findings = verdict.findings
            clauses = tuple(map(_clause, findings))
            raise NotEligible(scope, caller, approved_on, day, findings, clauses)
    return batch


def _check_options(
    codes: object, rules: object, approved_on: date, on: date | None, caller: object
) -> date:
    """Refuse wrong arguments; return the day on which the numbers are given out."""
    expect(codes, CodeBook, "codes")
    expect(rules, RuleBook, "rules")
    as_day(approved_on, "approved_on")
    if not isinstance(caller, str):
        given = type(caller).__name__
        raise TypeError(f'caller must be a str of 5 digits such as "14020", not {given}')
    if not is_code(caller, 5):
        raise ValueError(f"caller must be five digits, not {excerpt(caller)!r}")
    return approved_on if on is None else as_day(on, "on")


def _clause(finding: Finding) -> str:
    named = finding.params.get("clause")
    if named:  # citations are the same in both languages
        return str(named)
    return _CLAUSES.get(finding.field, ARTICLE_5)
