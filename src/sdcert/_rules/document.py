"""What a rule document is made of, and what can be wrong with documents; no I/O.

A document (鲁人社规〔2018〕22号, say) is a list of clauses; a clause has its place as the text
counts it, the words that carry it, its effects, and what it leaves out. An effect answers one
query for some cells of a table.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any, Final

import attrs

from sdcert._faults import DocumentError
from sdcert._rules.model import Basis, Citation, Note
from sdcert.errors import SdcertError
from sdcert.messages import Labelled, excerpt

__all__ = [
    "ARTICLE_5",
    "CITIES",
    "SIDES",
    "Answer",
    "Clause",
    "Effect",
    "Omission",
    "Query",
    "RuleConflict",
    "RuleDocument",
    "RuleFileError",
    "not_a_city",
    "sides",
]

ARTICLE_5: Final = "鲁人社规〔2018〕22号 第五条"
"""The clause that says what the digits of a number mean."""

CITIES: Final = tuple(f"{nth:02}" for nth in range(1, 100))
"""The prefixes that a city can have; 00 begins the province's own codes (00001, 第五条)."""


SIDES: Final = ("province", "city")
"""Whose code a body stands under: the province's own, or a city's."""


def sides(codes_of: str | None) -> tuple[str, ...]:
    """Return the bodies that an effect or an omission concerns: None is for both."""
    return SIDES if codes_of is None else (codes_of,)


class Query(Labelled, texts="rules.query"):
    """What a rule document answers; the keys of its effects in a rule file.

    >>> from sdcert.rulefiles import Query
    >>> Query("manager").label("zh")
    '编号和数据管理部门'
    """

    MANAGER = "manager"
    FORM = "form"
    NUMBERING = "numbering"
    SEAL = "seal"
    REISSUE = "reissue"
    REPORT = "report"


@attrs.frozen
class Answer:
    """What an effect says of one cell: a value, or candidates alone, and the notes on it.

    >>> from sdcert import RuleBook
    >>> [clause] = [one for one in RuleBook.bundled().documents[0].clauses if one.place == "第十条"]
    >>> clause.effects[0].answers[0].value
    <Form.ELECTRONIC: 'electronic'>
    """

    cell: Hashable
    value: object
    alternatives: tuple[object, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def options(self) -> tuple[object, ...]:
        """What it says apart from its notes, the value first."""
        return self.value, *self.alternatives


@attrs.frozen
class Effect:
    """The machine-readable effect of a clause on one query.

    Attributes:
        query: What it answers.
        basis: How the words carry it.
        answers: One answer for each cell that it speaks of.
        years: The evaluation years (评审年度) that it is limited to; empty for all.
        see: Other clauses of the same document that it is read together with.
        codes_of: ``province`` if it concerns bodies under a code of the province only, ``city``
            for those under a city's prefix; None for both.

    >>> from sdcert import RuleBook
    >>> [clause] = [one for one in RuleBook.bundled().documents[0].clauses if one.place == "第九条"]
    >>> clause.effects[0].query.value, clause.effects[0].basis.value
    ('seal', 'stated')
    """

    query: Query
    basis: Basis
    answers: tuple[Answer, ...]
    years: tuple[int, ...] = ()
    see: tuple[str, ...] = ()
    codes_of: str | None = None


@attrs.frozen
class Omission:
    """Cells that a clause leaves out, though it regulates the query for others of the grade.

    Attributes:
        query: The query.
        cells: The cells: approving body and grade.
        codes_of: As for :class:`Effect`.

    >>> from sdcert import RuleBook
    >>> document = RuleBook.bundled().documents[0]
    >>> [clause] = [one for one in document.clauses if one.place == "第五条（四）"]
    >>> clause.omits[0].query.value, len(clause.omits[0].cells)
    ('numbering', 2)
    """

    query: Query
    cells: tuple[tuple[Any, Any], ...]
    codes_of: str | None = None


@attrs.frozen
class Clause:
    """A clause: its place as the text counts it, the words that carry it, and its effects.

    >>> from sdcert import RuleBook
    >>> [clause] = [one for one in RuleBook.bundled().documents[0].clauses if one.place == "第九条"]
    >>> clause.quote
    '职称纸质证书由核准公布部门统一打印并加盖核准公布部门印章后生效'
    """

    place: str
    quote: str
    effects: tuple[Effect, ...] = ()
    omits: tuple[Omission, ...] = ()


@attrs.frozen
class RuleDocument:
    """A document as rule data.

    Attributes:
        number: The full document number.
        title: Its title; as far as legible, or empty, of a secondary source alone.
        issuer: Who issued it; empty if unknown (of a secondary source alone).
        dated: The day it bears, or None.
        binds: Two-digit prefix of the city that it binds, or None for the whole province.
        valid_from: Its first day in force.
        valid_through: Its last day in force, included; None if the text states none.
        force_clause: The clause that states these days, or empty.
        repeals: Numbers of documents that it repeals from its first day on.
        extends: Number of the document whose time it extends (继续执行), or None.
        under: Number of the document without which it does not bind, or None.
        secondary: True if we know it from another source than itself.
        source: What we know it from.
        notes: Remarks that go with each answer that rests on it.
        clauses: Its clauses in the order of the text.

    >>> from sdcert import RuleBook
    >>> document = RuleBook.bundled().documents[0]
    >>> document.number, document.valid_from, document.valid_through
    ('鲁人社规〔2018〕22号', datetime.date(2019, 1, 27), datetime.date(2024, 1, 26))
    """

    number: str
    title: str
    issuer: str
    dated: date | None
    binds: str | None
    valid_from: date
    valid_through: date | None
    force_clause: str = ""
    repeals: tuple[str, ...] = ()
    extends: str | None = None
    under: str | None = None
    secondary: bool = False
    source: str = ""
    notes: tuple[Note, ...] = ()
    clauses: tuple[Clause, ...] = ()

    def cite(self, place: str = "") -> Citation:
        """Cite a clause of this document with the first words that it is quoted by."""
        quotes = (clause.quote for clause in self.clauses if clause.place == place)
        return Citation(self.number, place, self.secondary, next(quotes, ""))


class RuleFileError(DocumentError):
    """A rule file is faulty; nothing of it was taken.

    Attributes:
        faults: Everything that is wrong, in the order of the file.

    >>> from sdcert.rulefiles import RuleFileError, read_document
    >>> try:
    ...     read_document(b"format = 1", "notice.toml")
    ... except RuleFileError as error:
    ...     print(error.faults[0].file, len(error.faults) > 1)
    notice.toml True
    """


@attrs.define(slots=False)
class RuleConflict(SdcertError, ValueError):
    """Two clauses are in force at the same time and say different things.

    A local clause may fill what the province leaves open; it cannot override what the province
    states. The library does not choose between them.

    Attributes:
        first: The one clause.
        second: The other clause.
        subject: What they disagree about: the query, the cell, and what each says (a
            :class:`~sdcert.messages.Bilingual`).

    >>> from sdcert.rulefiles import RuleConflict
    >>> issubclass(RuleConflict, ValueError)
    True
    """

    _text = "rules.conflict"
    first: Citation
    second: Citation
    subject: str

    def _params(self, lang: str) -> dict[str, object]:
        return {
            "first": str(self.first),
            "second": str(self.second),
            "subject": self.subject,
        }


def not_a_city(city: object) -> ValueError:
    """Return the error for what is no city's prefix, with what to write."""
    if city == "00":
        return ValueError(
            'no city has the prefix "00", with which the province\'s own codes begin; '
            "leave city out for the province"
        )
    if type(city) is int and 0 < city < 100:
        hint = f'write "{city:02}", not {city}'
    else:
        if isinstance(city, str):
            given = repr(excerpt(city))
        else:
            given = excerpt(city) if type(city) is int else f"a {type(city).__name__}"
        hint = f'write "14" for 聊城市, say, not {given}'
    return ValueError(f"city is the two digits of a city's prefix, as text: {hint}")
