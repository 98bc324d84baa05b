"""Rule books: documents combined, and the questions that they answer.

A :class:`RuleBook` is immutable. Building one settles every answer for every city and every span
of days, so that a conflict between clauses shows when documents are combined and a question is a
look-up.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from importlib import resources
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import attrs
from dateutil.relativedelta import relativedelta

from sdcert.codes.model import AuthorityKind, Grade
from sdcert.dates import as_day
from sdcert.messages import excerpt
from sdcert.rules._eras import Answers, Eras, Table
from sdcert.rules.faults import RuleConflict
from sdcert.rules.model import (
    Basis,
    Citation,
    Decision,
    Form,
    Note,
    Numbering,
    RuleDocument,
    Step,
)
from sdcert.rules.reading import read_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

__all__ = ["RuleBook"]

E = TypeVar("E", AuthorityKind, Grade, Form)
T = TypeVar("T")
_Row: TypeAlias = "tuple[dict[tuple[str, str], T], ...]"

_FIRST_YEAR, _LAST_YEAR = 2000, 2099  # two digits, 第五条
_PREFIXES: Final = tuple(f"{nth:02}" for nth in range(100))


def _in_order(documents: Iterable[RuleDocument]) -> tuple[RuleDocument, ...]:
    """Order documents by their own dates, so that the order of loading is forgotten."""
    by_number: dict[str, RuleDocument] = {}
    for document in documents:
        if by_number.setdefault(document.number, document) != document:
            where = Citation(document.number, "", document.secondary)
            raise RuleConflict(where, where, Note("two versions", "存在两个版本"))
    return tuple(
        sorted(by_number.values(), key=lambda one: (one.valid_from, one.binds or "", one.number))
    )


@attrs.frozen
class RuleBook:
    r"""Rule documents that are read together.

    Every question answers with a :class:`Decision`: value, basis, citations. Members of the closed
    lists may be given by their words (``"city-hrss"``, ``"senior"``). ``city`` is the
    two-digit prefix of a city as text, or None for the province alone; ``on`` is the day for which
    is asked, or None for the rules without regard to the day.

    Args:
        documents: The documents in any order.

    Raises:
        RuleConflict: If two clauses that bind at the same time say different things, or if one
            document comes in two versions.

    >>> from datetime import date
    >>> rules = RuleBook.bundled()
    >>> decision = rules.manager("city-department", "intermediate", city="14")
    >>> decision.value, decision.basis
    (<AuthorityKind.CITY_HRSS: 'city-hrss'>, <Basis.STATED: 'stated'>)
    >>> print(*decision.citations, sep="\n")
    聊人社字〔2019〕27号 二（二）
    鲁人社规〔2018〕22号 第六条（二）
    >>> rules.manager("city-department", "senior", city="14").value is None
    True
    >>> rules.manager("city-department", "senior", city="Liaocheng")
    Traceback (most recent call last):
        ...
    ValueError: city must be the two digits of a city's prefix, as text: 'Liaocheng'
    """

    documents: tuple[RuleDocument, ...] = attrs.field(converter=_in_order)
    _eras: Eras = attrs.field(init=False, eq=False, repr=False)
    _tables: dict[str | None, tuple[Table, ...]] = attrs.field(init=False, eq=False, repr=False)
    _starts: list[date] = attrs.field(init=False, eq=False, repr=False)
    # The two questions that are asked for each row of a data set, ready for one look-up.
    _managers: dict[str | None, _Row[Decision[AuthorityKind]]] = attrs.field(
        init=False, eq=False, repr=False
    )
    _forms: dict[str | None, _Row[dict[int | None, Decision[Form]]]] = attrs.field(
        init=False, eq=False, repr=False
    )

    def __attrs_post_init__(self) -> None:
        eras = Eras(self.documents)
        local = sorted({one.binds for one in self.documents if one.binds is not None})
        rows = {city: eras.row(city) for city in (None, *local)}
        managers = {city: tuple(_always(one) for one in row) for city, row in rows.items()}
        forms = {city: tuple(_forms(one) for one in row) for city, row in rows.items()}
        for name, value in (
            ("_eras", eras),
            ("_tables", _everywhere(rows)),
            ("_managers", _everywhere(managers)),
            ("_forms", _everywhere(forms)),
            ("_starts", eras.starts),
        ):
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[type[RuleBook], tuple[tuple[RuleDocument, ...]]]:
        return (RuleBook, (self.documents,))

    @classmethod
    def bundled(cls) -> RuleBook:
        """Read the documents that come with the library.

        They are 鲁人社规〔2018〕22号 (the province), its extension 鲁人社字〔2024〕5号 (from a
        secondary source) and 聊人社字〔2019〕27号 (Liaocheng, prefix 14).

        Returns:
            A new book; keep it, each call reads the files again.
        """
        folder = resources.files("sdcert.rules") / "data"
        files = [one for one in folder.iterdir() if one.name.endswith(".toml")]
        return cls(read_document(one.read_bytes(), one.name) for one in files)

    @classmethod
    def load(cls, path: str | PathLike[str], *, source: str | None = None) -> RuleBook:
        """Read one rule document, alone; lay it over others with :meth:`overlay`.

        Args:
            path: The file, TOML in UTF-8.
            source: The whole text of the notice; if given, every quotation must be found in it
                word for word, white space aside.

        Returns:
            A book of this document.

        Raises:
            RuleFileError: With all faults of the file.
            OSError: If the file cannot be read.
        """
        file = Path(path)
        return cls((read_document(file.read_bytes(), file.name, source),))

    def overlay(self, other: RuleBook) -> RuleBook:
        """Combine two books; which one is laid over which makes no difference.

        A city's clause refines the province's where the province leaves room and the clause's
        basis is at least as strong. It never overrides silently: what differs from what the
        province states is an error.

        Args:
            other: The other book.

        Returns:
            A new book of the documents of both.

        Raises:
            RuleConflict: If two clauses that bind at the same time say different things; it
                cites both.
        """
        return RuleBook((*self.documents, *other.documents))

    def manager(
        self,
        authority: AuthorityKind | str,
        grade: Grade | str,
        *,
        city: str | None = None,
        on: date | None = None,
    ) -> Decision[AuthorityKind]:
        """Answer who manages number and data of a certificate (鲁人社规〔2018〕22号, 第六条).

        Args:
            authority: The kind of the body that approved and published the title.
            grade: The title's grade.
            city: The body's city, two digits as text; None for the province's rules alone.
            on: The day for which is asked.

        Returns:
            The kind of the managing body; where it equals ``authority``, the approving body
            itself.

        Raises:
            ValueError: If an argument is none of the known words, or city not two digits.
            TypeError: If ``on`` is not a plain date.
        """
        try:
            if on is None:
                return self._managers[city][-1][authority, grade]
            if type(on) is date:
                return self._managers[city][bisect_right(self._starts, on)][authority, grade]
        except (KeyError, TypeError):
            pass  # words instead of members, or something that is said precisely below
        cell = (_member(AuthorityKind, authority), _member(Grade, grade))
        return self._table(city, on).manager[cell].always

    def form(
        self,
        authority: AuthorityKind | str,
        grade: Grade | str,
        *,
        city: str | None = None,
        year: int | None = None,
        on: date | None = None,
    ) -> Decision[Form]:
        """Answer whether the certificate is on paper or electronic (第八条, 第十条; 聊城 三).

        Args:
            authority: The kind of the body that approved and published the title.
            grade: The title's grade.
            city: The body's city, two digits as text; None for the province's rules alone.
            year: The evaluation year, 2000 through 2099; a city may have set a form for some.
            on: The day for which is asked.

        Returns:
            The form.

        Raises:
            ValueError: If an argument is none of the known words, city not two digits, or year
                not 2000 through 2099.
            TypeError: If ``on`` is not a plain date, or ``year`` not a whole number.
        """
        by_year: dict[int | None, Decision[Form]] | None = None
        try:
            if on is None:
                by_year = self._forms[city][-1][authority, grade]
            elif type(on) is date:
                by_year = self._forms[city][bisect_right(self._starts, on)][authority, grade]
        except (KeyError, TypeError):
            pass  # as above
        if by_year is None:
            cell = (_member(AuthorityKind, authority), _member(Grade, grade))
            by_year = _by_year(self._table(city, on).form[cell])
        if year is None:
            return by_year[None]
        if type(year) is not int:
            raise TypeError(f"year must be an int, not {type(year).__name__}")
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            shown = excerpt(str(year))
            raise ValueError(f"year must be {_FIRST_YEAR} through {_LAST_YEAR}, not {shown}")
        return by_year.get(year, by_year[None])

    def numbering(
        self, grade: Grade | str, *, city: str | None = None, on: date | None = None
    ) -> Decision[Numbering]:
        """Answer whether the numbering rules bind for a grade (第五条, 第五条（四）; 聊城 一).

        Args:
            grade: The title's grade.
            city: The city, two digits as text; None for the province's rules alone.
            on: The day for which is asked: for numbering, the day of approval.

        Returns:
            ``BINDING``, or ``OPTIONAL`` where the rules may be followed (可以参照).

        Raises:
            ValueError: If grade is none of the known words, or city not two digits.
            TypeError: If ``on`` is not a plain date.
        """
        answers = self._table(city, on).numbering
        return answers[grade if type(grade) is Grade else _member(Grade, grade)].always

    def sealer(
        self,
        authority: AuthorityKind | str,
        *,
        form: Form | str | None = None,
        city: str | None = None,
        on: date | None = None,
    ) -> Decision[AuthorityKind]:
        """Answer who seals a certificate: the approving body, always (第九条, 第十一条).

        Args:
            authority: The kind of the body that approved and published the title.
            form: Paper or electronic; None for both.
            city: The body's city, two digits as text; None for the province's rules alone.
            on: The day for which is asked.

        Returns:
            The kind of the sealing body; where it equals ``authority``, that body itself.

        Raises:
            ValueError: If an argument is none of the known words, or city not two digits.
            TypeError: If ``on`` is not a plain date.
        """
        answers = self._table(city, on).seal
        if type(authority) is not AuthorityKind:
            authority = _member(AuthorityKind, authority)
        if form is not None:
            form = _member(Form, form)
        return answers[authority, form].always

    def reissue(
        self, form: Form | str, *, city: str | None = None, on: date | None = None
    ) -> Decision[tuple[Step, ...]]:
        """Answer how a lost or damaged certificate is replaced (第十二条).

        Args:
            form: The form of the certificate that is to be replaced.
            city: The city, two digits as text; None for the province's rules alone.
            on: The day for which is asked.

        Returns:
            The steps in their order.

        Raises:
            ValueError: If form is none of the known words, or city not two digits.
            TypeError: If ``on`` is not a plain date.
        """
        return self._table(city, on).reissue[_member(Form, form)].always

    def reporting_deadline(self, formed_on: date, *, city: str | None = None) -> Decision[date]:
        """Answer until when a unit with autonomous evaluation reports its data (第十五条).

        The rules are read as of the day on which the data was formed, for the duty arises then.
        That 30日 are calendar days is a reading.

        Args:
            formed_on: The day on which the data was formed (数据形成).
            city: The city, two digits as text; None for the province's rules alone.

        Returns:
            The last day for reporting, included.

        Raises:
            ValueError: If city is not two digits.
            TypeError: If ``formed_on`` is not a plain date.
            OverflowError: If that day lies beyond the calendar.

        >>> from datetime import date
        >>> RuleBook.bundled().reporting_deadline(date(2020, 2, 1)).value
        datetime.date(2020, 3, 2)
        >>> RuleBook.bundled().reporting_deadline(date(2018, 2, 1)).basis
        <Basis.NOT_IN_FORCE: 'not-in-force'>
        """
        found = self._table(city, as_day(formed_on, "formed_on")).report[None].always
        days: int | None = found.value
        last = None if days is None else formed_on + relativedelta(days=days)
        return attrs.evolve(found, value=last)

    def in_force(self, on: date, *, city: str | None = None) -> Decision[tuple[str, ...]]:
        """Answer which documents bind on a day (第十七条).

        Args:
            on: The day.
            city: A city, two digits as text, whose own documents are counted too; None for the
                province's alone.

        Returns:
            The documents' numbers in the order of their first days. The basis is ``STATED`` only
            if each document says its days itself.

        Raises:
            ValueError: If city is not two digits.
            TypeError: If ``on`` is not a plain date.

        >>> from datetime import date
        >>> rules = RuleBook.bundled()
        >>> rules.in_force(date(2019, 1, 27)).value
        ('鲁人社规〔2018〕22号',)
        >>> rules.in_force(date(2029, 1, 27)).basis
        <Basis.NOT_IN_FORCE: 'not-in-force'>
        """
        table = self._table(city, as_day(on, "on"))
        era = self._eras.at(on)
        found = [one for one in era.documents if one.binds in (None, city)]
        if not found:
            return table.otherwise
        extensions = dict.fromkeys(ext for one in found for ext in era.resting[one.number])
        notes = dict.fromkeys(one.note for one in (*found, *extensions) if one.note is not None)
        citations = dict.fromkeys(one.cite(one.force_clause) for one in (*found, *extensions))
        # Stated are the days only of a document whose own words say them.
        stated = all(citation.quote for citation in citations)
        return Decision(
            tuple(one.number for one in found),
            Basis.STATED if stated else Basis.BY_REFERENCE,
            tuple(citations),
            notes=tuple(notes),
        )

    def _table(self, city: str | None, on: date | None) -> Table:
        try:
            row = self._tables[city]
        except (KeyError, TypeError):
            raise ValueError(
                f"city must be the two digits of a city's prefix, as text: {_shown(city)!r}"
            ) from None
        if on is None:
            return row[-1]
        return row[bisect_right(self._starts, on if type(on) is date else as_day(on, "on"))]


def _always(table: Table) -> dict[tuple[str, str], Decision[AuthorityKind]]:
    return {cell: table.manager[cell].always for cell in product(AuthorityKind, Grade)}


def _forms(table: Table) -> dict[tuple[str, str], dict[int | None, Decision[Form]]]:
    return {cell: _by_year(table.form[cell]) for cell in product(AuthorityKind, Grade)}


def _by_year(answers: Answers) -> dict[int | None, Decision[Form]]:
    named = [(None, answers.always), *answers.by_year.items()]
    return dict(named)


def _everywhere(rows: Mapping[str | None, T]) -> dict[str | None, T]:
    """Give each city a row: without documents of its own it shares the province's."""
    return {city: rows.get(city, rows[None]) for city in (None, *_PREFIXES)}


def _member(kind: type[E], value: object) -> E:
    """Take a member of a closed list, or its word."""
    if type(value) is kind:
        return value
    for one in kind:
        if value == one.value:
            return one
    words = ", ".join(one.value for one in kind)
    raise ValueError(f"{_shown(value)!r} is none of {words}")


def _shown(value: object) -> str:
    return excerpt(value) if isinstance(value, str) else type(value).__name__
