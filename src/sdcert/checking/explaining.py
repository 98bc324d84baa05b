"""One readable account of a number: its parts, who approved, manages and seals, and by what.

An :class:`Explanation` is data; its text in English or Chinese is made on request. What the texts
state, what is a reading of ours and what is unknown are kept apart in it, and each line tells as of
which day it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

import attrs

from sdcert._memo import memo_of
from sdcert._rules.document import ARTICLE_5
from sdcert._rules.entries import CodeEntries
from sdcert.checking.verdicts import check
from sdcert.codes import AuthorityKind, CodeBook, RegionCode, SeriesCode
from sdcert.dates import evaluation_window
from sdcert.errors import expect
from sdcert.findings import Finding
from sdcert.messages import Bilingual, language, render, sentences, show
from sdcert.numbering import CertificateNumber
from sdcert.rules import Decision, Form, Note, NoteKind, Numbering, RuleBook, manager_of

__all__ = ["Explanation", "Part", "explain"]

_LINES: Final = ("manager", "sealer", "form", "numbering")
_REMEMBERED: Final = 4096  # sentences, and parts of numbers that a code book keeps
_BUREAU: Final = "人力资源和社会保障"  # a body whose name has it needs no word for its kind


@lru_cache(_REMEMBERED)
def _words(key: str, **params: object) -> Bilingual:
    """Return a sentence of the catalogue in both languages."""
    return Bilingual.render(f"explain.{key}", **params)


@cache
def _note(kind: NoteKind, key: str) -> Note:
    """Return a note that is the same for every number."""
    return Note.render(kind, f"explain.{key}")


@attrs.frozen
class Part:
    """One field of a number and what it says.

    Attributes:
        field: ``year``, ``region_code``, ``series_code``, ``sequence`` or ``marker``.
        name: What the field is called.
        text: Its digits, or the marker; empty where there is no marker.
        meaning: What it stands for, or that this is not known.
        edition: The id of the edition of the table that says so, or several in both languages
            (:class:`~sdcert.messages.Bilingual`); None where no table does.
        source: The document and article that the table names, in the same way.
        clause: The clause that defines the field.

    >>> from sdcert import CodeBook, RuleBook, explain
    >>> explanation = explain(
    ...     "鲁181402001200001", codes=CodeBook.bundled(), rules=RuleBook.bundled()
    ... )
    >>> part = explanation.parts[1]
    >>> part.field, part.text, part.meaning.zh, part.clause
    ('region_code', '14020', ..., '鲁人社规〔2018〕22号 第五条（一）')
    """

    field: str
    name: Bilingual
    text: str
    meaning: Bilingual
    edition: str | None
    source: str | None
    clause: str


@attrs.frozen
class Explanation:
    """A number explained.

    Attributes:
        number: The number.
        approved_on: The day of approval as of which its codes were read; None for the days on
            which it may have been approved.
        on: The day as of which the manager was asked for; None without regard to the day.
        issued_on: The day that stands in for that on which number and certificate were given out,
            as of which form, seal and numbering rules were read: the day of approval if rules were
            in force on it; else None, without regard to the day.
        lang: The language of ``str()``.
        parts: The fields of the number.
        approver: The entry of the approving body; None if not known, or not one.
        manager: Who manages number and data.
        manager_name: The name of the managing body, where the tables know it.
        sealer: Who seals.
        form: Paper or electronic.
        numbering: Whether the numbering rules bind.
        findings: What :func:`~sdcert.checking.check` finds, warnings included.
        readings: The notes on the account: what is a reading, where something is known from.
        unknown: What is not known.

    >>> from sdcert import CertificateNumber, CodeBook, RuleBook, explain
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> account = explain(CertificateNumber.parse("鲁181402001200001"), **tables)
    >>> account.approver.name, account.manager.value.label("zh")
    ('聊城市人力资源和社会保障局', '设区的市人力资源社会保障局')
    >>> account.parts[0].text
    '18'
    """

    number: CertificateNumber
    approved_on: date | None
    on: date | None
    issued_on: date | None
    lang: str
    parts: tuple[Part, ...]
    approver: RegionCode | None
    manager: Decision[AuthorityKind]
    manager_name: str | None
    sealer: Decision[AuthorityKind]
    form: Decision[Form]
    numbering: Decision[Numbering]
    findings: tuple[Finding, ...]
    readings: tuple[Note, ...]
    unknown: tuple[Note, ...]

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str | None = None) -> str:
        """Return the account in English (``en``) or Chinese (``zh``), without a last line break."""
        return "\n".join(_lines(self, language(lang or self.lang)))

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """Return the account as plain data, ready for JSON; words in the language."""
        lang = language(lang or self.lang)
        days = {name: getattr(self, name) for name in ("approved_on", "on", "issued_on")}
        return {
            "number": str(self.number),
            **{name: None if day is None else day.isoformat() for name, day in days.items()},
            "parts": [
                {
                    "field": part.field,
                    "name": part.name.text(lang),
                    "text": part.text,
                    "meaning": part.meaning.text(lang),
                    "edition": part.edition and show(part.edition, lang),
                    "source": part.source and show(part.source, lang),
                    "clause": part.clause,
                }
                for part in self.parts
            ],
            "approver": None if self.approver is None else _body(self.approver),
            **{name: decision.as_dict(lang) for name, decision in self.decisions()},
            "manager_name": self.manager_name,
            "findings": [finding.as_dict(lang) for finding in self.findings],
            "readings": [note.text(lang) for note in self.readings],
            "unknown": [note.text(lang) for note in self.unknown],
        }

    def decisions(self) -> tuple[tuple[str, Decision[Any]], ...]:
        """The decisions by name, in the order of the text."""
        return tuple((name, getattr(self, name)) for name in _LINES)


def explain(
    number: CertificateNumber | str,
    *,
    codes: CodeBook,
    rules: RuleBook,
    approved_on: date | None = None,
    on: date | None = None,
    lang: str = "en",
) -> Explanation:
    """Explain a number: each field and its source, who approved, manages and seals, and by what.

    Args:
        number: The number, or its text.
        codes: The tables.
        rules: The rule book.
        approved_on: The day of approval (核准公布); codes are read as of it. Without it, as of any
            day from 1 January of the evaluation year through 31 December of the year after. Form,
            seal and numbering are facts of the day on which the certificate was given out; the day
            of approval stands in for it if rules were in force on it.
        on: The day of the query; the manager is asked for as of it.
        lang: The language of ``str()``: ``en``, ``zh`` or a tag of these.

    Returns:
        The account. It never says that the number was issued, that a certificate is genuine, or in
        which way (评审, 考核认定) the title was obtained.

    Raises:
        InvalidNumber: If the text is not a number.
        TypeError: If a day is not a plain date, a book none, or the number neither a number nor
            text.
        ValueError: If the language is neither.

    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> account = explain("鲁181402001200001", **tables)
    >>> account.approver.name, account.manager.code, account.form.value.value
    ('聊城市人力资源和社会保障局', '14020', 'electronic')
    >>> explain("鲁18140200120000", **tables)
    Traceback (most recent call last):
        ...
    sdcert.errors.InvalidNumber: not a certificate number “鲁18140200120000”: ...
    """
    language(lang)
    expect(codes, CodeBook, "codes")
    expect(rules, RuleBook, "rules")
    manager = manager_of(number, codes=codes, rules=rules, approved_on=approved_on, on=on)
    findings = check(number, codes=codes, approved_on=approved_on).findings
    if isinstance(number, str):
        number = CertificateNumber.parse(number)
    entries = CodeEntries.of(number, codes, approved_on)
    issued_on = approved_on if approved_on is not None and rules.in_force(approved_on) else None
    year = number.year
    sealer = entries.decide_body(
        lambda body: rules.sealer(body.authority, city=entries.city(body), on=issued_on)
    )
    form = entries.decide(
        lambda body, grade: rules.form(
            body.authority, grade, city=entries.city(body), year=year, on=issued_on
        )
    )
    numbering = entries.decide(
        lambda body, grade: rules.numbering(
            body.authority, grade, city=entries.city(body), on=issued_on
        )
    )
    notes = dict.fromkeys(note for one in (manager, sealer, form, numbering) for note in one.notes)
    unknown = dict.fromkeys(entries.missing)
    return Explanation(
        number,
        approved_on,
        on,
        issued_on,
        lang,
        tuple(_parts(number, entries, codes)),
        entries.regions[0] if len(entries.regions) == 1 else None,
        manager,
        _name_of(manager, codes, on),
        sealer,
        form,
        numbering,
        findings,
        (*_readings(entries, approved_on, issued_on), *(n for n in notes if n not in unknown)),
        (*unknown, _note(NoteKind.OPEN, "never-genuine")),
    )


def _readings(
    entries: CodeEntries, approved_on: date | None, issued_on: date | None
) -> Iterator[Note]:
    """What the account takes for granted beyond the rules' own readings."""
    yield _note(NoteKind.READING, "reading-year")
    yield _note(NoteKind.READING, "reading-scope")
    if approved_on is None and (entries.regions or entries.titles):
        yield _note(NoteKind.READING, "reading-window")
    if entries.titles:
        yield _note(NoteKind.READING, "reading-grade")
    if issued_on is None:
        yield _note(NoteKind.OPEN, "issue-decides")
    else:
        yield _note(NoteKind.READING, "reading-issue")


def _name_of(manager: Decision[AuthorityKind], codes: CodeBook, on: date | None) -> str | None:
    if manager.code is None:
        return None
    if on is not None:
        answer = codes.region(manager.code, on=on)
        return answer.name if isinstance(answer, RegionCode) else None
    names = {span.name for span in codes.history(manager.code)}
    return names.pop() if len(names) == 1 else None


def _parts(number: CertificateNumber, entries: CodeEntries, codes: CodeBook) -> Iterator[Part]:
    digits = number.digits

    def plain(field: str, text: str, clause: str, meaning: Bilingual) -> Part:
        return Part(field, _words(f"field-{field}"), text, meaning, None, None, ARTICLE_5 + clause)

    yield plain("year", digits[:2], "", _words("year", year=number.year))
    for field, code, found, missing, clause, worded in (
        ("region_code", number.region_code, entries.regions, entries.no_region, "（一）", _region),
        ("series_code", number.series_code, entries.titles, entries.no_title, "（二）", _title),
    ):
        if missing is None:
            memo = memo_of(codes, "parts", _REMEMBERED)
            part: Part | None = memo.get((code, found))
            yield part or memo.put((code, found), _coded(field, code, found, codes, clause, worded))
        else:
            yield plain(field, code, clause, Bilingual.of(missing.text))
    yield plain("sequence", digits[10:], "", _words("sequence", sequence=number.sequence))
    marker = _words("grassroots" if number.grassroots else "no-marker")
    yield plain("marker", str(number)[16:], "（三）", marker)


def _coded(  # noqa: PLR0917
    field: str,
    code: str,
    entries: Iterable[RegionCode] | Iterable[SeriesCode],
    codes: CodeBook,
    clause: str,
    worded: Callable[[Any], Bilingual],
) -> Part:
    meanings = [worded(entry) for entry in entries]
    meaning = Bilingual(" / ".join(meanings), " / ".join(one.zh for one in meanings))
    names = {entry.name for entry in entries}
    sources = dict.fromkeys(str(entry.source) for entry in entries if entry.source)
    editions = dict.fromkeys(span.edition for span in codes.history(code) if span.name in names)
    name = _words(f"field-{field}")
    edition = Bilingual.of(lambda lang: show(list(editions), lang))
    source = Bilingual.of(lambda lang: sentences(sources, lang))
    return Part(field, name, code, meaning, edition, source, ARTICLE_5 + clause)


def _region(entry: RegionCode) -> Bilingual:
    kind = entry.authority
    zh = entry.name if _BUREAU in entry.name else f"{entry.name}（{kind.label('zh')}）"
    return Bilingual(f"{entry.name} ({kind.label('en')})", zh)


def _title(entry: SeriesCode) -> Bilingual:
    return _words("title", series=entry.series, level=entry.level, grade=entry.grade)


def _body(entry: RegionCode) -> dict[str, Any]:
    return {"code": entry.code, "name": entry.name, "authority": entry.authority.value}


def _lines(account: Explanation, lang: str) -> Iterator[str]:
    yield f"{account.number:grouped}"
    yield from (f"  ! {finding.message(lang)}" for finding in account.findings)
    yield ""
    for part in account.parts:
        name = part.name.text(lang) + (f" {part.text}" if part.text else "")
        where = [one for one in (part.edition, part.source) if one]
        key = "part-sourced" if where else "part"
        yield "  " + render(
            f"explain.{key}", lang, name=name, meaning=part.meaning, where=where, clause=part.clause
        )
    yield ""
    codes = account.approved_on
    if codes is None:
        first, last = evaluation_window(account.number.year)
        day = _words("as-of-window", first=first, last=last)
    else:
        day = _words("as-of-approval", day=codes)
    yield _line("approver", account.parts[1].meaning, day, lang)
    bodies = {"manager": account.manager_name, "sealer": _sealing(account)}
    for name, decision in account.decisions():
        day_of = account.on if name == "manager" else account.issued_on
        day = _words("as-of-any") if day_of is None else _words("as-of", day=day_of)
        answer = _named(decision, bodies.get(name), lang)
        yield _line(name, answer, day, lang)
        yield from (f"    {citation.text(lang)}" for citation in decision.citations)
    for key, notes in (("readings", account.readings), ("unknown", account.unknown)):
        if notes:
            yield ""
            yield render(f"explain.{key}", lang)
            yield from (f"  - {note.text(lang)}" for note in notes)


def _line(name: str, answer: object, day: Bilingual, lang: str) -> str:
    head = render(f"explain.{name}", lang)
    return render("explain.line", lang, head=head, answer=answer, day=day)


def _sealing(account: Explanation) -> str | None:
    body = account.approver
    return body.name if body is not None and body.authority is account.sealer.value else None


def _named(decision: Decision[Any], name: str | None, lang: str) -> str:
    """Write a decision with the body's own name instead of its kind."""
    if name is None:
        return decision.answer(lang)
    kind = show(decision.value, lang)
    return attrs.evolve(decision, value=_words("named", name=name, kind=kind)).answer(lang)
