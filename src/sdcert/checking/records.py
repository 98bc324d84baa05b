"""Records: a number beside what a host says of its approving and managing bodies.

Where a host keeps, with a certificate, who approved it or who manages it, both can be held
against the number (its region/department code names the approving body, 第五条) and the rules
(第六条; 聊城 二).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sdcert._rules.entries import CodeEntries, codes_over_time
from sdcert.checking.verdicts import Verdict, check
from sdcert.codes import CodeBook
from sdcert.codes.model import AuthorityKind, RegionCode
from sdcert.dates import as_day
from sdcert.findings import Finding, FindingCode, Params
from sdcert.messages import Bilingual, excerpt, show
from sdcert.rules import Basis, Decision, RuleBook, manager_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from sdcert.numbering import CertificateNumber
    from sdcert.rules import Citation

__all__ = ["check_record"]

_CODE: Final = re.compile(r"[0-9]{5}")
# The clause that says what the digits of the approving body mean.
_NAMES_APPROVER: Final = "鲁人社规〔2018〕22号 第五条"

# The kind of a mismatch: texts and tables decide. All other kinds leave the matter open.
_DECIDED: Final = "decided"
_OPEN: Final = frozenset({Basis.DISCRETION, Basis.UNDETERMINED})


def check_record(
    number: object,
    *,
    codes: CodeBook,
    rules: RuleBook,
    approved_on: date | None = None,
    on: date | None = None,
    approver: AuthorityKind | str | None = None,
    manager: AuthorityKind | str | None = None,
) -> Verdict:
    """Check a number together with the bodies that a record names for it.

    A body is given as its kind (:class:`~sdcert.codes.AuthorityKind`, or its word ``city-hrss``)
    or as its region/department code, five digits as text.

    Args:
        number: Text or a number, as for :func:`~sdcert.checking.check`.
        codes: The tables.
        rules: The rule book.
        approved_on: The day of approval (核准公布); the number's codes are read as of it.
        on: The day for which is asked; the rules and the manager's own code are read as of it.
        approver: The body that the record names as approving (核准公布部门). A code is held
            against the number's own digits.
        manager: The body that the record names as managing number and data.

    Returns:
        The verdict of :func:`~sdcert.checking.check` with the findings on the bodies:
        ``approver-mismatch`` and ``manager-mismatch`` (INVALID) with the clause;
        ``approver-undetermined`` (UNDETERMINED) where the code named several kinds of body in
        these days; ``manager-undetermined`` (UNDETERMINED) where texts or tables do not decide.
        Only what a clause states, itself or by reference, makes a record INVALID; where the texts
        leave the manager to somebody or are silent, another body than the one that the rules
        suggest is UNDETERMINED.

    Raises:
        ValueError: If a body is neither a kind nor five digits.
        TypeError: If a body is not text, a day not a plain date, or a book none; at once, whatever
            the number is.

    >>> from sdcert.codes import CodeBook
    >>> from sdcert.rules import RuleBook
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> check_record("鲁181402001200001", **tables, approver="14020", manager="city-hrss").outcome
    <Outcome.VALID: 'valid'>
    >>> verdict = check_record("鲁181402001200001", **tables, manager="county-hrss")
    >>> print(verdict.findings[0])
    the record names county HR bureau as managing body, but it is city HR bureau \
(聊人社字〔2019〕27号 二（一）; 鲁人社规〔2018〕22号 第六条（一）)
    """
    # Whatever the number: a wrong question must not wait for the first row that it concerns.
    if not isinstance(codes, CodeBook):
        raise TypeError(f"codes must be a CodeBook, not {type(codes).__name__}")
    if on is not None:
        as_day(on, "on")
    named_approver = _body(approver, "approver")
    named_manager = _body(manager, "manager")
    if named_manager is not None and not isinstance(rules, RuleBook):
        raise TypeError(f"rules must be a RuleBook, not {type(rules).__name__}")
    verdict = check(number, codes=codes, approved_on=approved_on)
    if verdict.number is None:
        return verdict
    findings = list(verdict.findings)
    bearings = CodeEntries.of(verdict.number, codes, approved_on)
    if named_approver is not None:
        findings += _approver(verdict.number, bearings, named_approver)
    if named_manager is not None:
        decision = manager_of(
            verdict.number, codes=codes, rules=rules, approved_on=approved_on, on=on
        )
        findings += _manager(decision, bearings, named_manager, codes, on)
    return Verdict.of(verdict.number, findings)


def _body(value: object, name: str) -> AuthorityKind | str | None:
    """Take a kind, its word, or five digits."""
    if value is None or isinstance(value, AuthorityKind):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{name} must be an AuthorityKind or text, not {type(value).__name__}")
    if _CODE.fullmatch(value):
        return value
    for kind in AuthorityKind:
        if value == kind.value:
            return kind
    known = ", ".join(kind.value for kind in AuthorityKind)
    raise ValueError(f"{name} must be five digits or one of {known}, not {excerpt(value)!r}")


def _approver(
    number: CertificateNumber, bearings: CodeEntries, named: AuthorityKind | str
) -> Iterator[Finding]:
    code: FindingCode | None = FindingCode.APPROVER_MISMATCH
    if isinstance(named, AuthorityKind):
        kinds = dict.fromkeys(entry.authority for entry in bearings.regions)
        expected = _several(kinds)
        if named in kinds:
            # Of two kinds of body that had the code in these days the record names one.
            code = FindingCode.APPROVER_UNDETERMINED if len(kinds) > 1 else None
        elif not kinds:
            code = None
    else:
        expected = Bilingual(number.region_code, number.region_code)
        if named == number.region_code:
            code = None
    if code is not None:
        params = Params(given=_both(named), expected=expected, clause=_NAMES_APPROVER)
        yield Finding(code, "approver", None, params)


def _manager(
    decision: Decision[AuthorityKind],
    bearings: CodeEntries,
    named: AuthorityKind | str,
    codes: CodeBook,
    on: date | None,
) -> Iterator[Finding]:
    given = _both(named)
    clause = _cited(decision.citations)
    # Of one kind there are many: only its code tells the body from another that is named by code.
    code = None if isinstance(named, AuthorityKind) else decision.code
    expected = _several((decision.value, *decision.alternatives), code)
    undetermined = FindingCode.MANAGER_UNDETERMINED
    if bearings.missing:
        yield Finding(undetermined, "manager", None, Params(kind="unlisted", given=given))
    elif decision.basis is Basis.NOT_IN_FORCE:
        params = Params(kind="not-in-force", given=given, clause=clause)
        yield Finding(undetermined, "manager", None, params)
    else:
        kind = _differs(decision, named, codes, on)
        params = Params(given=given, expected=expected, clause=clause)
        if kind == _DECIDED:
            yield Finding(FindingCode.MANAGER_MISMATCH, "manager", None, params)
        elif kind is not None:
            yield Finding(undetermined, "manager", None, Params(kind=kind, **params))


def _differs(
    decision: Decision[AuthorityKind],
    named: AuthorityKind | str,
    codes: CodeBook,
    on: date | None,
) -> str | None:
    """Why the named body is not the manager that was found; None if it is.

    Only what a text states contradicts a record. What is left to somebody, or rests on the
    principle because the texts are silent, excludes nobody.
    """
    if named in {decision.value, decision.code}:
        return None
    if decision.basis in _OPEN or decision.alternatives:
        return "open"
    unclear = None
    if not isinstance(named, AuthorityKind):
        unclear = _unclear(decision, named, codes, on)
    return unclear or ("principle" if decision.basis is Basis.PRINCIPLE else _DECIDED)


def _unclear(
    decision: Decision[AuthorityKind], named: str, codes: CodeBook, on: date | None
) -> str | None:
    """Why the tables do not tell whether a code is that of the manager; None if they do."""
    kinds = _kinds_of(named, codes, on)
    if decision.code is None:
        # a body of the right kind need not be the right body
        return "code" if not kinds or decision.value in kinds else None
    if on is None and not kinds:
        return "code"  # a code that no table lists may be one of another day
    if on is None and decision.value is not None:
        changing = codes_over_time(decision.value, decision.code, codes)
        return "day" if named in changing else None
    return None


def _kinds_of(code: str, codes: CodeBook, on: date | None) -> set[AuthorityKind | None]:
    if on is None:
        entries: list[object] = [span.entry for span in codes.history(code)]
    else:
        entries = [codes.region(code, on=on)]
    return {entry.authority for entry in entries if isinstance(entry, RegionCode)}


def _both(body: AuthorityKind | str) -> Bilingual:
    return Bilingual(show(body, "en"), show(body, "zh"))


def _several(kinds: Iterable[AuthorityKind | None], code: str | None = None) -> Bilingual:
    """Say kinds of bodies, the first one with its code if there is one."""
    named = [_both(kind) for kind in kinds if kind is not None]
    if code is not None:
        named[0] = Bilingual(f"{named[0]} {code}", f"{named[0].zh}（{code}）")
    return Bilingual(" or ".join(named), "或".join(one.zh for one in named))


def _cited(citations: Iterable[Citation]) -> Bilingual:
    said = [str(citation) for citation in citations]
    return Bilingual("; ".join(said), "；".join(said))
