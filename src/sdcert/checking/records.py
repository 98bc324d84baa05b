"""Records: a number beside the bodies that a host's record names for it.

Where a host keeps, with a certificate, who approved it or who manages it, both can be compared with
the number (its region/department code names the approving body, 第五条) and the rules (第六条;
聊城 二). A record is data: an empty cell or a word that nobody knows is no error of the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from numbers import Number
from typing import Final

import attrs

from sdcert._diagnosis import excerpt_of, is_missing
from sdcert._grammar import fold, plain_text
from sdcert._memo import memo_of
from sdcert._rules.document import ARTICLE_5
from sdcert._rules.entries import CodeEntries, codes_over_time
from sdcert.checking.verdicts import Verdict, check
from sdcert.codes import CodeBook
from sdcert.codes.kinds import known_member
from sdcert.codes.model import AuthorityKind, RegionCode
from sdcert.dates import as_day
from sdcert.errors import expect, is_code
from sdcert.findings import Finding, FindingCode, Params
from sdcert.messages import Bilingual, Either, sentences
from sdcert.numbering import CertificateNumber
from sdcert.rules import Basis, Citation, Decision, RuleBook, manager_of

__all__ = ["body_findings", "check_record"]

_REMEMBERED: Final = 64  # days of which the names of bodies are remembered

_OPEN: Final = frozenset({Basis.DISCRETION, Basis.UNDETERMINED})


def check_record(
    number: object,
    *,
    codes: CodeBook,
    rules: RuleBook | None,
    approved_on: date | None = None,
    on: date | None = None,
    approver: object = None,
    manager: object = None,
) -> Verdict:
    """Check a number together with the bodies that a record names for it.

    A body may be given as a host's record has it: its kind
    (:class:`~sdcert.codes.AuthorityKind`, or a word for it such as ``city-hrss`` or 市人社局), its
    region/department code, or the name that the tables have for it. An empty cell (None, NaN, white
    space) names none; what is not recognised is UNDETERMINED.

    Args:
        number: Text or a number, as for :func:`~sdcert.checking.check`.
        codes: The tables.
        rules: The rule book; None only if no manager is given.
        approved_on: The day of approval (核准公布); the number's codes are read as of it.
        on: The day of the query; the rules and the manager's own code are read as of it.
        approver: The body that the record names as approving (核准公布部门). A code is compared
            with the number's own digits.
        manager: The body that the record names as managing number and data.

    Returns:
        The verdict of :func:`~sdcert.checking.check` with the findings on the bodies:
        ``approver-mismatch`` and ``manager-mismatch`` (INVALID) with the clause,
        ``approver-undetermined`` and ``manager-undetermined`` (UNDETERMINED) with the reason as
        their kind. Only what a clause states that was surely in force makes a record INVALID. Where
        the texts leave the manager to somebody, are silent, point to another clause (参照), or
        where it is not verified that they are in force, another body is UNDETERMINED.

    Raises:
        TypeError: If a day is not a plain date, or a book none; at once, whatever the number is.

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
    # Whatever the number: a wrong argument must not wait for the first row that it concerns.
    expect(codes, CodeBook, "codes")
    if rules is not None or manager is not None:
        expect(rules, RuleBook, "rules")
    if on is not None:
        as_day(on, "on")
    verdict = check(number, codes=codes, approved_on=approved_on)
    if verdict.number is None:
        return verdict
    found = body_findings(
        verdict.number, codes=codes, rules=rules, approved_on=approved_on, on=on,
        approver=approver, manager=manager,
    )  # fmt: skip
    return Verdict.of(verdict.number, (*verdict.findings, *found))


def body_findings(
    number: CertificateNumber,
    *,
    codes: CodeBook,
    rules: RuleBook | None,
    approved_on: date | None,
    on: date | None,
    approver: object = None,
    manager: object = None,
) -> Iterator[Finding]:
    """Go through the findings on the bodies; the arguments are those of :func:`check_record`."""
    entries = CodeEntries.of(number, codes, approved_on)
    if body := _Body.read(approver, codes, None):
        yield from _approver(number, entries, body, codes, approved_on)
    if rules is not None and (body := _Body.read(manager, codes, on)):
        decision = manager_of(number, codes=codes, rules=rules, approved_on=approved_on, on=on)
        yield from _manager(decision, entries, body, codes, on)


@attrs.frozen
class _Body:
    """A body as a record names it.

    Attributes:
        given: The record's words, as a message shows them.
        kind: Its kind, if the record names that.
        codes: Its codes, if the record names one, or a name that the tables have.
    """

    given: object
    kind: AuthorityKind | None = None
    codes: frozenset[str] = frozenset()

    @classmethod
    def read(cls, value: object, codes: CodeBook, day: date | None) -> _Body | None:
        """Recognise a body; None where the record names none."""
        if isinstance(value, AuthorityKind):
            return cls(value, value)
        value = _code_of(value)
        text = fold(plain_text(value) or "")
        if is_missing(value) or (plain_text(value) is not None and not text):
            return None
        shown = excerpt_of(text or value)
        if is_code(text, 5):
            return cls(text, codes=frozenset({text}))
        kind = known_member(AuthorityKind, text)
        if kind is None:
            return cls(shown, codes=_names(codes, day).get(_folded(text), frozenset()))
        return cls(kind, kind)


def _code_of(value: object) -> object:
    """The code that a number stands for, as where a column of codes was read as numbers."""
    text = plain_text(value)
    if text is not None:
        code = fold(text).removesuffix(".0")  # such a column made text again
        return code if is_code(code, 5) else value
    if issubclass(type(value), Number) and type(value) is not bool:
        with suppress(ArithmeticError, TypeError, ValueError):  # infinite, complex, not a number
            whole = int(value)  # type: ignore[call-overload]
            if whole == value and 0 <= whole < 100_000:
                return f"{whole:05}"
    return value


def _names(codes: CodeBook, day: date | None) -> dict[str, frozenset[str]]:
    """The codes of each name as of a day; without one, on any day."""
    memo = memo_of(codes, "records", _REMEMBERED)
    names: dict[str, frozenset[str]] | None = memo.get(day)
    if names is None:
        found: dict[str, set[str]] = {}
        for entry in codes.regions(on=day):
            found.setdefault(_folded(entry.name), set()).add(entry.code)
        names = memo.put(day, {name: frozenset(same) for name, same in found.items()})
    return names


def _folded(name: str) -> str:
    """Write the brackets in a name in one way: records have them in either width."""
    return name.replace("(", "（").replace(")", "）")


def _approver(
    number: CertificateNumber,
    entries: CodeEntries,
    body: _Body,
    codes: CodeBook,
    approved_on: date | None,
) -> Iterator[Finding]:
    undetermined, mismatch = FindingCode.APPROVER_UNDETERMINED, FindingCode.APPROVER_MISMATCH
    if body.kind is None and not body.codes:
        yield Finding(undetermined, "approver", None, Params(kind="unrecognised", given=body.given))
        return
    found: FindingCode | None = mismatch
    kind: dict[str, str] = {}
    if body.kind is not None:
        expected: tuple[object, ...] = tuple({one.authority: None for one in entries.regions})
        if not expected:
            found = None
        elif body.kind in expected:
            # Of two kinds of body that had the code on these days the record names one.
            found = undetermined if len(expected) > 1 else None
    else:
        expected = (number.region_code,)
        if number.region_code in body.codes:
            found = None if _is_named(entries, body, codes) else undetermined
            kind = {} if approved_on is None else {"kind": "other-days"}
            expected = tuple({one.name: None for one in entries.regions}) or expected
    if found is not None:
        params = Params(**kind, given=body.given, expected=Either(expected), clause=ARTICLE_5)
        yield Finding(found, "approver", None, params)


def _is_named(entries: CodeEntries, body: _Body, codes: CodeBook) -> bool:
    """Whether a body that the record names by code or by name is the one that the code named."""
    if body.given in body.codes:
        return True  # by its code: the digits are the number's own
    given = _folded(str(body.given))
    line = ([entry, *codes.successors(entry, transitive=True)] for entry in entries.regions)
    return all(any(given == _folded(one.name) for one in names) for names in line)


def _manager(
    decision: Decision[AuthorityKind],
    entries: CodeEntries,
    body: _Body,
    codes: CodeBook,
    on: date | None,
) -> Iterator[Finding]:
    # Of one kind there are many: only its code tells the body from another that is named by code.
    code = None if body.kind is not None else decision.code
    kind = _differs(decision, entries, body, codes, on)
    if kind is None:
        return
    params = Params(
        given=body.given,
        expected=_several((decision.value, *decision.alternatives), code),
        clause=_cited(decision.citations),
    )
    if kind == "decided":
        yield Finding(FindingCode.MANAGER_MISMATCH, "manager", None, params)
        return
    reasons = Bilingual.of(
        lambda lang: sentences((note.text(lang) for note in decision.unverified), lang)
    )
    more = {"reasons": reasons} if reasons else {}
    params = Params(kind=kind, **params, **more)
    yield Finding(FindingCode.MANAGER_UNDETERMINED, "manager", None, params)


def _differs(
    decision: Decision[AuthorityKind],
    entries: CodeEntries,
    body: _Body,
    codes: CodeBook,
    on: date | None,
) -> str | None:
    """Why the named body is not the manager that was found; None if it is.

    Only what a text surely states contradicts a record: ``decided``. What is left to somebody, or
    rests on the principle because the texts are silent, excludes nobody.
    """
    if body.kind is None and not body.codes:
        return "unrecognised"
    if entries.missing:
        return "unlisted"
    if decision.basis is Basis.NOT_IN_FORCE:
        return "not-in-force"
    if body.kind is not None and body.kind is decision.value:
        return None
    if decision.code is not None and body.codes == {decision.code}:
        return None
    if decision.basis in _OPEN or decision.alternatives:
        return "open"
    unclear = None if body.kind is not None else _unclear(decision, body.codes, codes, on)
    if unclear:
        return unclear
    if decision.basis is Basis.PRINCIPLE:
        return "principle"
    return "decided" if decision.verified else "unverified"


def _unclear(
    decision: Decision[AuthorityKind], named: frozenset[str], codes: CodeBook, on: date | None
) -> str | None:
    """Why the tables do not tell whether a code is that of the manager; None if they do."""
    kinds = {kind for code in named for kind in _kinds_of(code, codes, on)}
    if decision.code is None:
        # a body of the right kind need not be the right body
        return "code" if not kinds or decision.value in kinds else None
    if decision.code in named:
        return "code"  # several bodies have the name that the record gives
    if on is None and not kinds:
        return "code"  # a code that no table lists may be one of another day
    if on is None and decision.value is not None:
        changing = codes_over_time(decision.value, decision.code, codes)
        return "day" if named & changing else None
    return None


def _kinds_of(code: str, codes: CodeBook, on: date | None) -> set[AuthorityKind | None]:
    if on is None:
        entries: list[object] = [span.entry for span in codes.history(code)]
    else:
        entries = [codes.region(code, on=on)]
    return {entry.authority for entry in entries if isinstance(entry, RegionCode)}


def _several(kinds: Iterable[AuthorityKind | None], code: str | None = None) -> Either:
    """Join kinds of bodies, the first one with its code if there is one."""
    named: list[object] = [kind for kind in kinds if kind is not None]
    if code is not None and isinstance(named[0], AuthorityKind):
        first = named[0]
        named[0] = Bilingual(f"{first.label('en')} {code}", f"{first.label('zh')}（{code}）")
    return Either(named)


def _cited(citations: Iterable[Citation]) -> Bilingual:
    places = [str(citation) for citation in citations]
    return Bilingual.of(lambda lang: sentences(places, lang))
