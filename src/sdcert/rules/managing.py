"""Who manages a given number: from its codes through the tables to one cell of the rules.

Two days that never mix: the codes of a number are read as of its approval, the rules and the
manager's own code as of the day for which is asked.
"""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from sdcert._memo import memo_of
from sdcert.codes import NotInForce, NotListed
from sdcert.codes.model import AuthorityKind, Grade, RegionCode
from sdcert.dates import as_day
from sdcert.numbering import CertificateNumber
from sdcert.rules.model import Basis, Citation, Decision, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sdcert.codes import CodeBook, SeriesCode
    from sdcert.rules.book import RuleBook

__all__ = ["Bearings", "codes_over_time", "manager_of"]

T = TypeVar("T")

_REMEMBERED: Final = 1024  # days and kinds whose bodies a code book keeps in order
# Kinds of which each province, city or county has one.
_BUREAUS: Final = frozenset(
    {AuthorityKind.PROVINCIAL_HRSS, AuthorityKind.CITY_HRSS, AuthorityKind.COUNTY_HRSS}
)
_SEVERAL: Final = Note(
    "the answer differs among the entries that the codes had in these days; "
    "the day of approval would decide",
    "代码在此期间对应多个条目，答案不一；给出核准公布日期方可确定",
)


@attrs.frozen
class Bearings:
    """What the tables know of a number's two codes on the days of its approval.

    Attributes:
        regions: The entries of the region/department code; empty if none is known.
        titles: The entries of the series/level code; empty if none is known.
        no_region: Why there is no entry of the region/department code, or None.
        no_title: Why there is no entry of the series/level code, or None.
    """

    regions: tuple[RegionCode, ...]
    titles: tuple[SeriesCode, ...]
    no_region: Note | None
    no_title: Note | None

    @property
    def missing(self) -> tuple[Note, ...]:
        """What is not known, in words."""
        return tuple(note for note in (self.no_region, self.no_title) if note is not None)

    @classmethod
    def take(
        cls, number: CertificateNumber, codes: CodeBook, approved_on: date | None = None
    ) -> Bearings:
        """Look both codes up.

        Args:
            number: The number.
            codes: The tables.
            approved_on: The day of approval (核准公布). Without it a code counts if it was in
                force at any time from 1 January of the evaluation year through 31 December of
                the year after (a reading: approval follows evaluation).
        """
        first = last = approved_on
        if first is None or last is None:
            first, last = date(number.year, 1, 1), date(number.year + 1, 12, 31)
        region = codes.region_between(number.region_code, first=first, last=last)
        series = codes.series_between(number.series_code, first=first, last=last)
        no_region = no_title = None
        if isinstance(region, (NotInForce, NotListed)):
            no_region, region = Note(region.message("en"), region.message("zh")), ()
        if isinstance(series, (NotInForce, NotListed)):
            no_title, series = Note(series.message("en"), series.message("zh")), ()
        return cls(region, series, no_region, no_title)

    def ask(self, question: Callable[[RegionCode, Grade], Decision[T]]) -> Decision[T]:
        """Ask a question that needs the approving body and the grade.

        Returns:
            The answer where it is one; undetermined, with what is missing and all candidates,
            where a code is not known or its entries differ.
        """
        grades = tuple(dict.fromkeys(one.grade for one in self.titles)) or tuple(Grade)
        return _one([question(*pair) for pair in product(self.regions, grades)], self.missing)

    def ask_body(self, question: Callable[[RegionCode], Decision[T]]) -> Decision[T]:
        """Ask a question that needs the approving body alone; answers as :meth:`ask`."""
        found = [question(body) for body in self.regions]
        return _one(found, () if self.no_region is None else (self.no_region,))


def _one(found: list[Decision[T]], missing: tuple[Note, ...]) -> Decision[T]:
    if not missing and all(one == found[0] for one in found):
        return found[0]
    return _open(found, missing or (_SEVERAL,))


def _open(found: Iterable[Decision[T]], reasons: tuple[Note, ...]) -> Decision[T]:
    candidates: dict[T, None] = {}
    citations: dict[Citation, None] = {}
    notes = dict.fromkeys(reasons)
    for one in found:
        options = (one.value, *one.alternatives)
        candidates |= dict.fromkeys(option for option in options if option is not None)
        citations |= dict.fromkeys(one.citations)
        notes |= dict.fromkeys(one.notes)
    return Decision(
        None, Basis.UNDETERMINED, tuple(citations), tuple(candidates), notes=tuple(notes)
    )


def manager_of(
    number: CertificateNumber | str,
    *,
    codes: CodeBook,
    rules: RuleBook,
    approved_on: date | None = None,
    on: date | None = None,
) -> Decision[AuthorityKind]:
    """Answer who manages number and data of a certificate (第六条; 聊城 二).

    The region/department code names the approving body, the series/level code the grade; with
    them the rules name the manager, and the tables the manager's own code.

    Args:
        number: The number, or its text.
        codes: The tables.
        rules: The rule book.
        approved_on: The day of approval (核准公布); codes are read as of it. Without it, as of
            any day from 1 January of the evaluation year through 31 December of the year after.
        on: The day for which is asked; rules and the manager's own code are read as of it.
            Without it, without regard to the day.

    Returns:
        The kind of the managing body, and in ``code`` its own region/department code where the
        tables know it. Undetermined, with what is missing, where a code is not listed.

    Raises:
        InvalidNumber: If the text is not a number.
        TypeError: If a day is not a plain date, or the number neither a number nor text.

    >>> from sdcert.codes import CodeBook
    >>> from sdcert.rules import RuleBook
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> decision = manager_of("鲁181402001200001", **tables)
    >>> decision.value, decision.code, str(decision.citations[0])
    (<AuthorityKind.CITY_HRSS: 'city-hrss'>, '14020', '聊人社字〔2019〕27号 二（一）')
    >>> unlisted = manager_of("鲁181402001300001", **tables)
    >>> unlisted.value is None, "013" in unlisted.notes[0]
    (True, True)
    """
    if isinstance(number, str):
        number = CertificateNumber.parse(number)
    if not isinstance(number, CertificateNumber):
        raise TypeError(f"number must be a CertificateNumber, not {type(number).__name__}")
    if on is not None:
        as_day(on, "on")
    if approved_on is not None:
        as_day(approved_on, "approved_on")
    bearings = Bearings.take(number, codes, approved_on)
    decision = bearings.ask(
        lambda body, grade: rules.manager(body.authority, grade, city=body.prefix, on=on)
    )
    if decision.value is None:
        return decision
    found = [_code_of(decision.value, body, codes, on) for body in bearings.regions]
    code, notes = found[0]
    if any(one != found[0] for one in found):
        code, notes = None, (_SEVERAL,)
    return attrs.evolve(decision, code=code, notes=decision.notes + notes)


def codes_over_time(kind: AuthorityKind, code: str, codes: CodeBook) -> frozenset[str]:
    """Find the codes that a body of some kind may have had on one day or another.

    They are its own, those of the bodies that took over from it, and, for a bureau, those of the
    bureaus of its place, of which there is one at a time.

    Args:
        kind: The kind of the body.
        code: One of its codes.
        codes: The tables.

    Returns:
        The codes.

    >>> from sdcert.codes import CodeBook
    >>> sorted(codes_over_time(AuthorityKind.CITY_HRSS, "14020", CodeBook.bundled()))
    ['14020']
    """
    found = {code}
    for span in codes.history(code):
        body = span.entry
        if isinstance(body, RegionCode) and body.authority is kind:
            found |= {one.code for one in codes.successors(body, transitive=True)}
            if kind in _BUREAUS:
                found |= {one.code for one in _others(kind, body, codes, None)}
    return frozenset(found)


def _code_of(
    kind: AuthorityKind, approver: RegionCode, codes: CodeBook, on: date | None
) -> tuple[str | None, tuple[Note, ...]]:
    """Find the code of the managing body as of a day, and what is to be said if there is none."""
    if kind is approver.authority:
        bodies = _itself(approver, codes, on)
    else:
        bodies = _others(kind, approver, codes, on)
    found = list(dict.fromkeys(entry.code for entry in bodies))
    if len(found) == 1:
        return found[0], ()
    if not found:
        note = Note(
            "the tables at hand do not list the managing body's own code",
            "现有代码表未收录管理部门自身的代码",
        )
    else:
        shown = found[:4]
        note = Note(
            f"the tables at hand list several codes for the managing body: {', '.join(shown)}",
            f"现有代码表中管理部门对应多个代码：{'、'.join(shown)}",
        )
    return None, (note,)


def _others(
    kind: AuthorityKind, approver: RegionCode, codes: CodeBook, on: date | None
) -> list[RegionCode]:
    """The bodies of a kind in the approving body's city, and county for a county's bureau."""
    memo = memo_of(codes, "managing", _REMEMBERED)
    by_place: dict[object, list[RegionCode]] | None = memo.get((kind, on))
    if by_place is None:
        by_place = {}
        for entry in codes.regions(on=on, authority=kind):
            by_place.setdefault(_place(kind, entry), []).append(entry)
        memo.put((kind, on), by_place)
    return by_place.get(_place(kind, approver), [])


def _place(kind: AuthorityKind, entry: RegionCode) -> object:
    return entry.prefix, entry.county if kind is AuthorityKind.COUNTY_HRSS else None


def _itself(body: RegionCode, codes: CodeBook, on: date | None) -> list[RegionCode]:
    """The entries of the same body, or of those that took over from it, as of a day."""
    if on is None:
        return [body]
    line: list[Any] = [body, *codes.successors(body, transitive=True)]
    return [one for one in line if _same(codes.region(one.code, on=on), one)]


def _same(answer: object, entry: RegionCode) -> bool:
    """Whether a table's answer is this entry; another edition may state other days for it."""
    return isinstance(answer, RegionCode) and (answer.name, answer.authority) == (
        entry.name,
        entry.authority,
    )
