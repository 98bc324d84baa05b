"""What a caller gets: a :class:`Decision` with its basis, its citations and its notes."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar

import attrs

from sdcert.codes.kinds import Worded
from sdcert.messages import Bilingual, Either, Labelled, language, render, show

__all__ = [
    "Basis",
    "Citation",
    "Decision",
    "Form",
    "Note",
    "NoteKind",
    "Numbering",
    "Step",
]

_T_co = TypeVar("_T_co", covariant=True)


class Basis(Labelled, texts="rules.basis"):
    """How an answer was reached. Silence never becomes ``STATED``.

    * ``STATED``: a clause says so; the decision quotes it. If a reading was needed to apply the
      words, a note of that kind goes with the answer.
    * ``BY_REFERENCE``: a clause says so by pointing to another text (参照), which leaves room.
    * ``PRINCIPLE``: the text is silent; a principle answers, as a rule 谁核准公布、谁负责管理.
    * ``DISCRETION``: the text leaves it to the body named; the value applies as long as that body
      has decided nothing else, the alternatives are what it may decide.
    * ``UNDETERMINED``: the text gives no answer; there is no value, the alternatives are the
      candidates.
    * ``NOT_IN_FORCE``: no rules are in force on the day; there is no value.

    >>> Basis.STATED.label("zh")
    '明文规定'
    """

    STATED = "stated"
    BY_REFERENCE = "by-reference"
    PRINCIPLE = "principle"
    DISCRETION = "discretion"
    UNDETERMINED = "undetermined"
    NOT_IN_FORCE = "not-in-force"


class Form(Worded, texts="rules.form"):
    """The two forms of a certificate: 纸质证书, 电子证书 (鲁人社规〔2018〕22号, 第八条).

    >>> from sdcert import Form
    >>> Form.ELECTRONIC.label("zh"), Form.ELECTRONIC.label("en")
    ('电子证书', 'electronic')
    """

    PAPER = "paper"
    ELECTRONIC = "electronic"


class Numbering(Labelled, texts="rules.numbering"):
    """Whether the numbering rules bind, or may be followed (可以参照: 第五条（四）).

    >>> from sdcert import AuthorityKind, Grade, RuleBook
    >>> decision = RuleBook.bundled().numbering(AuthorityKind.CITY_HRSS, Grade.SENIOR)
    >>> decision.value, decision.value.label("zh")
    (<Numbering.BINDING: 'binding'>, '按统一规则编号')
    """

    BINDING = "binding"
    OPTIONAL = "optional"


class NoteKind(Labelled, texts="rules.notekind"):
    """What a note tells.

    * ``READING``: an interpretation of ours, which the text does not state; the province's
      department interprets its rules (第十六条). Printed with “reading”, 解读.
    * ``SOURCE``: where something is known from.
    * ``TIME``: what applied before, applies after, or depends on the day.
    * ``OPEN``: what the text leaves out, or what is not known.

    >>> from sdcert.rules import NoteKind
    >>> NoteKind("reading").label("zh")
    '解读'
    """

    READING = "reading"
    SOURCE = "source"
    TIME = "time"
    OPEN = "open"


@attrs.frozen
class Note:
    """A remark that goes with an answer.

    Attributes:
        kind: What it tells.
        en: The remark in English, without the word “reading”.
        zh: The same in Chinese, without 解读.

    Raises:
        ValueError: If the kind is none of :class:`NoteKind`.

    >>> note = Note("reading", "calendar days", "按自然日计算")
    >>> print(note)
    calendar days (reading)
    >>> note.text("zh")
    '按自然日计算（解读）'
    """

    kind: NoteKind = attrs.field(converter=NoteKind)
    en: str
    zh: str

    def text(self, lang: str = "en") -> str:
        """Return the remark in English (``en``) or Chinese (``zh``), a reading marked as one."""
        text = Bilingual(self.en, self.zh).text(lang)
        return render(f"rules.note-{self.kind.value}", lang, text=text)

    def __str__(self) -> str:
        return self.text()

    @classmethod
    def render(cls, kind: NoteKind, key: str, /, **params: object) -> Note:
        """Make a note of a sentence of the catalogue.

        Raises:
            KeyError: If the catalogue lacks the key, or the call a parameter.
            ValueError: If the kind is none of :class:`NoteKind`.

        >>> Note.render(NoteKind.OPEN, "rules.silent").zh
        '没有条款涉及此种情形'
        """
        return cls(kind, render(key, "en", **params), render(key, "zh", **params))


@attrs.frozen
class Citation:
    """The clause that an answer rests on.

    Attributes:
        document: The document's full number, ``聊人社字〔2019〕27号``.
        clause: The clause as the text counts it, ``第六条（二）`` or ``二（二）``; empty for a
            document whose text we have not seen.
        secondary: True if we know the document from another source than itself.
        quote: The words that carry it, as the text has them; takes no part in comparisons.

    >>> here = Citation("聊人社字〔2019〕27号", "二（二）", quote="市人力资源和社会保障局……")
    >>> print(here)
    聊人社字〔2019〕27号 二（二）
    >>> here.text("zh")
    '聊人社字〔2019〕27号 二（二）：“市人力资源和社会保障局……”'
    >>> here == Citation("聊人社字〔2019〕27号", "二（三）")
    False
    """

    document: str
    clause: str
    secondary: bool = False
    quote: str = attrs.field(default="", eq=False, repr=False)

    def __str__(self) -> str:
        return f"{self.document} {self.clause}".rstrip()

    def text(self, lang: str = "en") -> str:
        """Return the citation with its source and its words, where it has them.

        Quotation marks inside the words become single ones, as GB/T 15834 wants.
        """
        text, lang = str(self), language(lang)
        if self.secondary:
            text = render("rules.secondary", lang, citation=text)
        if self.quote:
            inner = self.quote.replace("“", "‘").replace("”", "’")
            text = render("rules.quoted", lang, citation=text, quote=inner)
        return text

    def as_dict(self) -> dict[str, Any]:
        """Return the citation as plain data."""
        return attrs.asdict(self)


@attrs.frozen
class Decision(Generic[_T_co]):
    """An answer with its reasons.

    True only if it has a value: an answer that is undetermined, or for a day without rules, is
    false, so that nothing fails open.

    Attributes:
        value: The answer, or None where the basis is ``UNDETERMINED`` or ``NOT_IN_FORCE``.
        basis: How it was reached.
        citations: The clauses in the order in which they were applied: the one that decides
            first, then what it refers to or refines, then a notice that regulates the matter and
            leaves this case out, last the extension that it rests on.
        alternatives: Other answers that the text leaves room for; the candidates where there is
            no value.
        code: For managers, the managing body's own region code where the table knows it.
        notes: Readings, sources, other times, and what the text leaves open.
        unverified: Those of the notes for which the answer, though it has a value, cannot be
            relied on against somebody: a document known from a secondary source alone, a notice
            of which it is not known whether it is in force on the day, a 参照.

    Raises:
        ValueError: If there is a value where the basis has none, or none where it has one.

    >>> from sdcert.codes.model import AuthorityKind
    >>> here = Citation("鲁人社规〔2018〕22号", "第六条（一）")
    >>> decision = Decision(AuthorityKind.CITY_HRSS, Basis.STATED, (here,), ())
    >>> bool(decision), decision.verified
    (True, True)
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
    unverified: tuple[Note, ...] = ()

    def __attrs_post_init__(self) -> None:
        without = self.basis in (Basis.UNDETERMINED, Basis.NOT_IN_FORCE)
        if without and self.value is not None:
            raise ValueError(f"a decision that is {self.basis.value} has no value")
        if not without and self.value is None:
            raise ValueError(f"a decision that is {self.basis.value} has a value")

    def __bool__(self) -> bool:
        return self.value is not None

    @property
    def rests_on_reading(self) -> bool:
        """Whether the answer needs a reading of ours, which the text does not state."""
        return any(note.kind is NoteKind.READING for note in self.notes)

    @property
    def verified(self) -> bool:
        """Whether a clause states the answer that was surely in force on the day.

        Only such an answer contradicts somebody's record. Without a day, the province's own rules
        count as in force.
        """
        return self.basis is Basis.STATED and not self.unverified

    def answer(self, lang: str = "en") -> str:
        """Return value, code, basis and alternatives in one line.

        >>> Decision(Form.PAPER, Basis.DISCRETION, (), (Form.ELECTRONIC,)).answer()
        'paper, left to discretion, or else electronic'
        """
        parts = [_words(self.value, lang)] if self else []
        if self.code is not None:
            parts.append(render("rules.code", lang, code=self.code))
        parts.append(self.basis.label(lang))
        if self.alternatives:
            others = Either(_words(one, lang) for one in self.alternatives)
            key = "rules.or-else" if self else "rules.candidates"
            parts.append(render(key, lang, others=others))
        return render("rules.comma", lang).join(parts)

    def text(self, lang: str = "en") -> str:
        """Return the answer, its citations and its notes, each on a line of its own."""
        lines = [self.answer(lang)]
        lines += [f"    {citation.text(lang)}" for citation in self.citations]
        lines += [f"  - {note.text(lang)}" for note in self.notes]
        return "\n".join(lines)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the decision as plain data, ready for JSON; words in the language."""
        return {
            "value": _plain(self.value, lang),
            "label": _words(self.value, lang) if self else self.basis.label(lang),
            "basis": self.basis.value,
            "code": self.code,
            "citations": [citation.as_dict() for citation in self.citations],
            "alternatives": [_plain(one, lang) for one in self.alternatives],
            "notes": [_noted(note, lang) for note in self.notes],
            "rests_on_reading": self.rests_on_reading,
            "unverified": [_noted(note, lang) for note in self.unverified],
        }


def _words(value: object, lang: str) -> str:
    """Write a value for people; several, such as the steps of a reissue, with semicolons."""
    if isinstance(value, tuple):
        return render("rules.semicolon", lang).join(show(one, lang) for one in value)
    return show(value, lang)


def _plain(value: object, lang: str) -> Any:
    if isinstance(value, tuple):
        return [_plain(one, lang) for one in value]
    if isinstance(value, Step):
        return {"actor": value.actor, "text": value.text(lang)}
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _noted(note: Note, lang: str) -> dict[str, str]:
    return {"kind": note.kind.value, "text": note.text(lang)}


@attrs.frozen
class Step:
    """One step of a reissue (补办): who does what.

    Attributes:
        actor: A short English name of who acts: ``holder``, ``competent department`` …
        zh: The words of the text.
        en: The same in English.

    >>> from sdcert import Form, RuleBook
    >>> steps = RuleBook.bundled().reissue(Form.PAPER).value
    >>> steps[0].actor, steps[0].zh
    ('holder', '持证人须据实填写《职称证书遗失补办个人承诺书》')
    """

    actor: str
    zh: str
    en: str

    def text(self, lang: str = "en") -> str:
        """Return the step in English (``en``) or in the words of the text (``zh``)."""
        return Bilingual(self.en, self.zh).text(lang)
