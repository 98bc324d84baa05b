"""Jurisdiction rules as data: who manages, seals and reissues, in which form, by which clause.

The documents are data files that can be read beside the text; a
:class:`RuleBook` reads them and answers, each answer a :class:`Decision` with its basis, its
citations and its notes. Nothing is read at import. Who writes rule files finds what they are made
of in :mod:`sdcert.rulefiles`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable  # noqa: F401  # of the constructor, by the converter
from datetime import date
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any, SupportsIndex

import attrs
from dateutil.relativedelta import relativedelta

from sdcert._grammar import FIRST_YEAR, LAST_YEAR
from sdcert._memo import Memo
from sdcert._public import publish
from sdcert._rules.document import CITIES, RuleConflict, RuleDocument, RuleFileError, not_a_city
from sdcert._rules.entries import CodeEntries
from sdcert._rules.files import read_document
from sdcert._rules.model import (
    Basis,
    Citation,
    Decision,
    Form,
    Note,
    NoteKind,
    Numbering,
    Step,
)
from sdcert._rules.terms import ANY_CITY, Terms, in_order, perhaps_older
from sdcert._rules.weighing import DecisionTable, Tables, decision_tables
from sdcert.codes import CodeBook
from sdcert.codes.model import AuthorityKind, Grade
from sdcert.dates import as_day
from sdcert.errors import expect, whole_number
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber

__all__ = [
    "Basis",
    "Citation",
    "Decision",
    "Form",
    "Note",
    "NoteKind",
    "Numbering",
    "RuleBook",
    "RuleConflict",
    "RuleFileError",
    "manager_of",
]

_REMEMBERED = 4096  # cities and days whose tables a book keeps at hand


@attrs.frozen
class RuleBook:
    r"""Rule documents that are read together.

    Every query is answered with a :class:`Decision`. ``authority`` is the kind of the body that
    approved and published the title, ``grade`` the title's; these and forms may be given in words
    (``"city-hrss"``, ``"市人社局"``, ``"senior"``, ``"高级"``). ``city`` is the body's city: its
    two-digit prefix as text, or None for bodies under a code of the province and for the
    province's rules alone; ``on`` is the day for which the rules are read, None for the rules
    without regard to the day. All queries raise ValueError for an unknown word or a city that is
    not two digits, TypeError for a word that is no text or a day that is not a plain date.

    Args:
        documents: The documents in any order.

    Raises:
        RuleConflict: If two clauses that are in force at the same time say different things, or
            if one document comes in two versions.

    >>> rules = RuleBook.bundled()
    >>> decision = rules.manager("city-department", "intermediate", city="14")
    >>> decision.value, decision.basis
    (<AuthorityKind.CITY_HRSS: 'city-hrss'>, <Basis.STATED: 'stated'>)
    >>> print(*decision.citations, sep="\n")
    聊人社字〔2019〕27号 二（二）
    鲁人社规〔2018〕22号 第六条（二）
    >>> rules.manager("city-department", "senior", city=14)
    Traceback (most recent call last):
        ...
    ValueError: city is the two digits of a city's prefix, as text: write "14", not 14
    """

    documents: tuple[RuleDocument, ...] = attrs.field(converter=in_order)
    _terms: Terms = attrs.field(init=False, eq=False, repr=False)
    _tables: Tables = attrs.field(init=False, eq=False, repr=False)
    _memo: Memo[Any, DecisionTable] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        terms = Terms(self.documents)
        local = sorted({one.binds for one in self.documents if one.binds is not None})
        built = decision_tables(terms, (None, ANY_CITY, *local))
        # A city without documents of its own has the tables of any city.
        every = {city: built.get(city, built[ANY_CITY]) for city in (None, *CITIES)}
        derived = {"_terms": terms, "_tables": every, "_memo": Memo[Any, Any](_REMEMBERED)}
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[type[RuleBook], tuple[tuple[RuleDocument, ...]]]:
        return (RuleBook, (self.documents,))

    @classmethod
    def bundled(cls) -> RuleBook:
        """Read the documents that come with the library.

        They are 鲁人社规〔2018〕22号 (the province), 鲁人社字〔2024〕5号, by which it continues to
        apply (from a secondary source), and 聊人社字〔2019〕27号 (Liaocheng, prefix 14).
        Keep the book: each call reads the files again.
        """
        files = (resources.files("sdcert._rules") / "data").iterdir()
        return cls(read_document(one.read_bytes(), one.name) for one in files)

    @classmethod
    def load(cls, path: str | PathLike[str], *, source: str | None = None) -> RuleBook:
        """Read one rule document, alone; combine it with others by :meth:`overlay`.

        Args:
            path: The file, TOML in UTF-8.
            source: The whole text of the notice; if given, every quotation must be found in it
                word for word, white space aside.

        Raises:
            RuleFileError: With all faults of the file.
            OSError: If the file cannot be read.
            ValueError: If no file can have such a name.
        """
        file = Path(path)
        return cls((read_document(file.read_bytes(), file.name, source),))

    def overlay(self, other: RuleBook) -> RuleBook:
        """Combine two books, in either order.

        A city's clause refines the province's where the province leaves room and the clause's
        basis is at least as strong. It never overrides silently: what differs from what the
        province states is an error.

        Raises:
            RuleConflict: As the constructor; it cites both clauses.
        """
        return RuleBook((*self.documents, *expect(other, RuleBook, "other").documents))

    def manager(
        self,
        authority: AuthorityKind | str,
        grade: Grade | str,
        *,
        city: str | None = None,
        on: date | None = None,
    ) -> Decision[AuthorityKind]:
        """Answer who manages number and data of a certificate (鲁人社规〔2018〕22号, 第六条).

        ``on`` is the day of the query: who manages may change.

        Returns:
            The kind of the managing body; where it equals ``authority``, the approving body
            itself.
        """
        try:
            return self._memo[city, on].manager[authority, grade]
        except (KeyError, TypeError):  # not in the memo yet, or other words than the stable ones
            return self._table(city, on).manager[_cell(authority, grade)]

    def form(
        self,
        authority: AuthorityKind | str,
        grade: Grade | str,
        *,
        city: str | None = None,
        year: SupportsIndex | None = None,
        on: date | None = None,
    ) -> Decision[Form]:
        """Answer whether the certificate is on paper or electronic (第八条, 第十条; 聊城 三).

        ``year`` is the evaluation year, 2000 through 2099; a city may have set a form for some.
        ``on`` is the day on which the certificate is given out: its form is a fact of that day (a
        reading), not of the day of the query.

        Returns:
            The form. Without ``on``, of a year in which the rules were not yet in force, with
            the other form among the alternatives: of a certificate that was given out before
            their first day they say nothing.
        """
        try:
            by_year = self._memo[city, on].form[authority, grade]
        except (KeyError, TypeError):
            by_year = self._table(city, on).form[_cell(authority, grade)]
        if year is None:
            return by_year[None]
        year = whole_number(year, "year")
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"year must be {FIRST_YEAR} through {LAST_YEAR}, not {excerpt(year)}")
        if year in by_year:
            return by_year[year]
        if on is None and (first := self._terms.first_day) and date(year, 12, 31) < first:
            return perhaps_older(by_year[None], first)
        return by_year[None]

    def numbering(
        self,
        authority: AuthorityKind | str,
        grade: Grade | str,
        *,
        city: str | None = None,
        on: date | None = None,
    ) -> Decision[Numbering]:
        """Answer whether the numbering rules bind (第五条, 第五条（四）; 聊城 一).

        ``on`` is the day on which the number is given out (a reading), not that of the approval:
        the documents number titles of 2017 and 2018 themselves.

        Returns:
            ``BINDING``, or ``OPTIONAL`` where the rules may be followed (可以参照); undetermined
            for the junior titles of bodies that 第五条（四） does not name.
        """
        try:
            return self._memo[city, on].numbering[authority, grade]
        except (KeyError, TypeError):
            return self._table(city, on).numbering[_cell(authority, grade)]

    def sealer(
        self,
        authority: AuthorityKind | str,
        *,
        form: Form | str | None = None,
        city: str | None = None,
        on: date | None = None,
    ) -> Decision[AuthorityKind]:
        """Answer who seals a certificate: the approving body, always (第九条, 第十一条).

        ``form`` is None for both forms; ``on`` is the day on which the certificate is given out, as
        for :meth:`form`.

        Returns:
            The kind of the sealing body; where it equals ``authority``, that body itself.
        """
        try:
            return self._memo[city, on].seal[authority, form]
        except (KeyError, TypeError):
            kind = None if form is None else Form.from_words(form)
            return self._table(city, on).seal[AuthorityKind.from_words(authority), kind]

    def reissue(
        self, form: Form | str, *, city: str | None = None, on: date | None = None
    ) -> Decision[tuple[Step, ...]]:
        """Answer how a certificate that is lost, damaged or the like is replaced (第十二条).

        ``form`` is that of the certificate to be replaced, ``on`` the day of the application.

        Returns:
            The steps in their order.
        """
        return self._table(city, on).reissue[Form.from_words(form)]

    def reporting_deadline(self, formed_on: date, *, city: str | None = None) -> Decision[date]:
        """Answer until when a unit with autonomous evaluation reports its data (第十五条).

        The rules are read as of the day on which the data was formed, for the duty arises then.
        That 30日 are calendar days is a reading.

        Args:
            formed_on: The day on which the data was formed (数据形成).
            city: As for the other queries.

        Returns:
            The last day for reporting to the HR department of the unit's own level, included.

        Raises:
            OverflowError: If that day is beyond the calendar.

        >>> RuleBook.bundled().reporting_deadline(date(2020, 2, 1)).value
        datetime.date(2020, 3, 2)
        """
        found = self._table(city, as_day(formed_on, "formed_on")).report[None]
        days: int | None = found.value
        last = None if days is None else formed_on + relativedelta(days=days)
        return attrs.evolve(found, value=last)

    def in_force(self, on: date, *, city: str | None = None) -> Decision[tuple[str, ...]]:
        """Answer which documents are in force on a day (第十七条).

        Args:
            on: The day.
            city: A city whose own documents are counted too; None for the province's alone.

        Returns:
            The documents' numbers in the order of their first days. ``STATED`` only if each says
            its days itself; ``BY_REFERENCE`` with one that another document keeps in force, known
            from a secondary source; ``PRINCIPLE`` with one that states no days.

        >>> rules = RuleBook.bundled()
        >>> rules.in_force(date(2019, 1, 27)).value
        ('鲁人社规〔2018〕22号',)
        >>> rules.in_force(date(2029, 1, 27)).basis
        <Basis.NOT_IN_FORCE: 'not-in-force'>
        """
        default = self._table(city, as_day(on, "on")).default
        return self._terms.in_force(on, city) or default

    def _table(self, city: str | None, on: date | None) -> DecisionTable:
        try:
            tables = self._tables[city]
        except (KeyError, TypeError):
            raise not_a_city(city) from None
        at = -1 if on is None else bisect_right(self._terms.starts, as_day(on, "on"))
        return self._memo.put((city, on), tables[at])


def _cell(authority: str, grade: str) -> tuple[AuthorityKind, Grade]:
    return AuthorityKind.from_words(authority), Grade.from_words(grade)


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
        on: The day of the query; rules and the manager's own code are read as of it. Without it,
            without regard to the day.

    Returns:
        The kind of the managing body, and in ``code`` its own region/department code where the
        tables know it. Undetermined, with what is missing, where a code is not listed.

    Raises:
        InvalidNumber: If the text is not a number.
        TypeError: If a day is no plain date, a book none, or the number neither one nor text.

    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> decision = manager_of("鲁181402001200001", **tables)
    >>> decision.value, decision.code, str(decision.citations[0])
    (<AuthorityKind.CITY_HRSS: 'city-hrss'>, '14020', '聊人社字〔2019〕27号 二（一）')
    >>> unlisted = manager_of("鲁181402001300001", **tables)
    >>> unlisted.value is None, "013" in unlisted.notes[0].text()
    (True, True)
    """
    if isinstance(number, str):
        number = CertificateNumber.parse(number)
    expect(number, CertificateNumber, "number")
    expect(codes, CodeBook, "codes")
    expect(rules, RuleBook, "rules")
    if on is not None:
        as_day(on, "on")
    if approved_on is not None:
        as_day(approved_on, "approved_on")
    entries = CodeEntries.of(number, codes, approved_on)
    decision = entries.decide(
        lambda body, grade: rules.manager(body.authority, grade, city=entries.city(body), on=on)
    )
    if decision.value is None:
        return decision
    code, notes = entries.code_of(decision.value, codes, on)
    return attrs.evolve(decision, code=code, notes=decision.notes + notes)


publish(__name__)
