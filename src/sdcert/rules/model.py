"""What a rule document and an answer are made of. Only this file knows the terms; it does no I/O.

A document (鲁人社规〔2018〕22号, say) is a list of clauses; a clause has its place as the text
counts it, the words that carry it, and its effects; an effect answers one question for some cells
of a table. An answer to a caller is a :class:`Decision`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import date


__all__ = [
    "Answer",
    "Basis",
    "Citation",
    "Clause",
    "Decision",
    "Effect",
    "Form",
    "Note",
    "Numbering",
    "Question",
    "RuleDocument",
    "Step",
]

_T_co = TypeVar("_T_co", covariant=True)


class Basis(StrEnum):
    """How an answer was reached. Silence never becomes ``STATED``.

    * ``STATED``: a clause says so; the decision quotes it.
    * ``BY_REFERENCE``: a clause says so by pointing to another text (参照).
    * ``PRINCIPLE``: the text is silent; 谁核准公布、谁负责管理 answers.
    * ``DISCRETION``: the text leaves it to the body named; the value is what holds as long as that
      body has said nothing else, the alternatives are what it may say.
    * ``UNDETERMINED``: the text gives no answer; there is no value, the alternatives are the
      candidates.
    * ``NOT_IN_FORCE``: no rules bind on the day; there is no value.
    """

    STATED = "stated"
    BY_REFERENCE = "by-reference"
    PRINCIPLE = "principle"
    DISCRETION = "discretion"
    UNDETERMINED = "undetermined"
    NOT_IN_FORCE = "not-in-force"

    def label(self, lang: str = "en") -> str:
        """Return the words for people.

        >>> Basis.STATED.label("zh")
        '明文规定'
        """
        return _BASIS_LABELS[self][lang == "zh"]


class Form(StrEnum):
    """The two forms of a certificate: 纸质证书, 电子证书 (鲁人社规〔2018〕22号, 第八条)."""

    PAPER = "paper"
    ELECTRONIC = "electronic"

    def label(self, lang: str = "en") -> str:
        """Return the words for people.

        >>> Form.PAPER.label("zh")
        '纸质证书'
        """
        return _FORM_LABELS[self][lang == "zh"]


class Numbering(StrEnum):
    """Whether the numbering rules bind, or may be followed (可以参照: 第五条（四）)."""

    BINDING = "binding"
    OPTIONAL = "optional"

    def label(self, lang: str = "en") -> str:
        """Return the words for people.

        >>> Numbering.OPTIONAL.label("zh")
        '可以参照统一规则编号'
        """
        return _NUMBERING_LABELS[self][lang == "zh"]


class Question(StrEnum):
    """What a rule document can be asked; the keys of its effects in a rule file."""

    MANAGER = "manager"
    FORM = "form"
    NUMBERING = "numbering"
    SEAL = "seal"
    REISSUE = "reissue"
    REPORT = "report"

    def label(self, lang: str = "en") -> str:
        """Return the words for people.

        >>> Question.SEAL.label()
        'sealing body'
        """
        return _QUESTION_LABELS[self][lang == "zh"]


_BASIS_LABELS: Final = {
    Basis.STATED: ("stated", "明文规定"),
    Basis.BY_REFERENCE: ("stated by reference", "依参照确定"),
    Basis.PRINCIPLE: ("by the principle", "按原则推定"),
    Basis.DISCRETION: ("left to discretion", "留待有关部门确定"),
    Basis.UNDETERMINED: ("undetermined", "无法判定"),
    Basis.NOT_IN_FORCE: ("no rules in force", "规定不在有效期内"),
}
_FORM_LABELS: Final = {
    Form.PAPER: ("paper", "纸质证书"),
    Form.ELECTRONIC: ("electronic", "电子证书"),
}
_NUMBERING_LABELS: Final = {
    Numbering.BINDING: ("the rules bind", "按统一规则编号"),
    Numbering.OPTIONAL: ("the rules may be followed", "可以参照统一规则编号"),
}
_QUESTION_LABELS: Final = {
    Question.MANAGER: ("manager of number and data", "编号和数据管理部门"),
    Question.FORM: ("form", "证书形式"),
    Question.NUMBERING: ("numbering", "编号规则"),
    Question.SEAL: ("sealing body", "用印部门"),
    Question.REISSUE: ("reissue", "补办"),
    Question.REPORT: ("reporting", "数据报送"),
}


class Note(str):
    """A remark in two languages: the text itself is English, ``zh`` the Chinese.

    >>> note = Note("calendar days: a reading", "按日历天计算（解读）")
    >>> note
    'calendar days: a reading'
    >>> note.text("zh")
    '按日历天计算（解读）'
    >>> Note("calendar days")
    Traceback (most recent call last):
        ...
    TypeError: Note.__new__() missing 1 required positional argument: 'zh'
    """

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, zh: str) -> Self:
        """Make a remark of its English and its Chinese text."""
        note = super().__new__(cls, en)
        note.zh = zh
        return note

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return (type(self), (str(self), self.zh))

    def text(self, lang: str = "en") -> str:
        """Return the remark in English (``en``) or Chinese (``zh``)."""
        return self.zh if lang == "zh" else str(self)


@attrs.frozen
class Citation:
    """Where an answer stands.

    Attributes:
        document: The document's full number, ``聊人社字〔2019〕27号``.
        clause: The clause as the text counts it, ``第六条（二）`` or ``二（二）``; empty for a
            document whose text we have not seen.
        secondary: True if we know the document from another source than itself.
        quote: The words that carry it, as they stand in the text; takes no part in comparisons.

    >>> here = Citation("聊人社字〔2019〕27号", "二（二）")
    >>> print(here)
    聊人社字〔2019〕27号 二（二）
    >>> here == Citation("聊人社字〔2019〕27号", "二（三）")
    False
    """

    document: str
    clause: str
    secondary: bool = False
    quote: str = attrs.field(default="", eq=False, repr=False)

    def __str__(self) -> str:
        return f"{self.document} {self.clause}".rstrip()


@attrs.frozen
class Decision(Generic[_T_co]):
    """An answer with its reasons.

    True only if it has a value: an answer that is undetermined, or asked for a day without rules,
    is false, so that nothing fails open.

    Attributes:
        value: The answer, or None where the basis is ``UNDETERMINED`` or ``NOT_IN_FORCE``.
        basis: How it was reached.
        citations: The clauses in the order in which they were applied: the one that decides
            first, then what it refers to or refines, last the extension that it rests on.
        alternatives: Other answers that the text leaves room for; the candidates where there is
            no value.
        code: For managers, the managing body's own region code where the table knows it.
        notes: What is a reading, what rests on a secondary source, what is unknown.

    >>> from sdcert.codes.model import AuthorityKind
    >>> here = Citation("鲁人社规〔2018〕22号", "第六条（一）")
    >>> bool(Decision(AuthorityKind.CITY_HRSS, Basis.STATED, (here,), ()))
    True
    >>> bool(Decision(None, Basis.UNDETERMINED, (here,), (AuthorityKind.CITY_HRSS,)))
    False
    >>> Decision(AuthorityKind.CITY_HRSS, Basis.UNDETERMINED, (here,), ())
    Traceback (most recent call last):
        ...
    ValueError: a decision that is undetermined has no value
    """

    value: _T_co | None
    basis: Basis = attrs.field(converter=Basis)
    citations: tuple[Citation, ...]
    alternatives: tuple[_T_co, ...] = ()
    code: str | None = None
    notes: tuple[Note, ...] = ()

    def __attrs_post_init__(self) -> None:
        open_ = self.basis in (Basis.UNDETERMINED, Basis.NOT_IN_FORCE)
        if open_ and self.value is not None:
            raise ValueError(f"a decision that is {self.basis.value} has no value")
        if not open_ and self.value is None:
            raise ValueError(f"a decision that is {self.basis.value} has a value")

    def __bool__(self) -> bool:
        return self.value is not None


@attrs.frozen
class Step:
    """One step of a reissue (补办): who does what.

    Attributes:
        actor: A short English name of who acts: ``holder``, ``competent department`` …
        zh: The words of the text.
        en: The same in English.
    """

    actor: str
    zh: str
    en: str

    def text(self, lang: str = "en") -> str:
        """Return the step in English (``en``) or in the words of the text (``zh``)."""
        return self.zh if lang == "zh" else self.en


@attrs.frozen
class Answer:
    """What an effect says of one cell: a value, or candidates alone."""

    cell: Hashable
    value: object
    alternatives: tuple[object, ...] = ()


@attrs.frozen
class Effect:
    """The machine-readable effect of a clause on one question.

    Attributes:
        question: What it answers.
        basis: How the words carry it.
        answers: One answer for each cell that it speaks of.
        years: The evaluation years (评审年度) that it is limited to; empty for all.
        see: Other clauses of the same document that it is read together with.
        reading: What in it is our reading, or None if the words say it outright.
    """

    question: Question
    basis: Basis
    answers: tuple[Answer, ...]
    years: tuple[int, ...] = ()
    see: tuple[str, ...] = ()
    reading: Note | None = None


@attrs.frozen
class Clause:
    """A clause: its place as the text counts it, the words that carry it, and its effects."""

    place: str
    quote: str
    effects: tuple[Effect, ...] = ()


@attrs.frozen
class RuleDocument:
    """A document as rule data.

    Attributes:
        number: The full document number.
        title: Its title; empty if unknown (of a secondary source alone).
        issuer: Who issued it; empty if unknown (of a secondary source alone).
        dated: The day it bears, or None.
        binds: Two-digit prefix of the city that it binds, or None for the whole province.
        valid_from: Its first day in force.
        valid_through: Its last day in force, included; None if the text states none.
        force_clause: The clause that states these days, or empty.
        repeals: Numbers of documents that it repeals from its first day on.
        extends: Number of the document whose time it extends, or None.
        under: Number of the document without which it does not bind, or None.
        secondary: True if we know it from another source than itself.
        source: What we know it from.
        note: A remark that goes with each answer that rests on it.
        clauses: Its clauses in the order of the text.
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
    note: Note | None = None
    clauses: tuple[Clause, ...] = ()

    def cite(self, place: str = "") -> Citation:
        """Cite a clause of this document with the first words that it is quoted by."""
        quotes = (clause.quote for clause in self.clauses if clause.place == place)
        return Citation(self.number, place, self.secondary, next(quotes, ""))
