"""One readable account of a number: its parts, who approved, manages and seals, and by what.

An :class:`Explanation` is data; its text in English or Chinese is made when it is asked for. What
the texts state, what is a reading of ours and what is unknown stand apart in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert._rules.entries import CodeEntries
from sdcert.dates import format_day
from sdcert.messages import Bilingual, show
from sdcert.numbering import CertificateNumber
from sdcert.rules import Decision, Note, manager_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sdcert.codes import CodeBook, SeriesCode
    from sdcert.codes.model import AuthorityKind, RegionCode
    from sdcert.rules import Form, Numbering, RuleBook

__all__ = ["Explanation", "Part", "explain"]

_P: Final = "鲁人社规〔2018〕22号"
_NEVER_GENUINE: Final = Bilingual(
    "whether the number was issued, or a certificate is genuine: no table says so",
    "编号是否确已颁发、证书是否真实：代码表和规定均不能说明",
)
_WINDOW: Final = Bilingual(
    "without the day of approval, codes count if they were in force from the evaluation year "
    "through the year after",
    "未给出核准公布日期时，以评审年度至次年年底期间启用的代码为准（解读）",
)
_GRADE: Final = Bilingual(
    "grades follow the national scheme: 正高级, 副高级 and 高级 are senior, 助理级 and 员级 junior",
    "级别依国家职称体系划分：正高级、副高级、高级为高级，助理级、员级为初级（解读）",
)
_FIVE: Final = f"{_P} 第五条"
_APPROVED: Final = Bilingual("approved and published by", "核准公布")
_READINGS: Final = Bilingual("Readings and sources to note:", "解读与来源说明：")
_UNKNOWN: Final = Bilingual("Unknown:", "不详：")
_SECONDARY: Final = Bilingual(" (secondary source)", "（二手来源）")
_QUESTIONS: Final = {
    "manager": Bilingual("managed by", "编号和数据管理"),
    "sealer": Bilingual("sealed by", "用印"),
    "form": Bilingual("form", "证书形式"),
    "numbering": Bilingual("numbering", "编号规则"),
}


@attrs.frozen
class Part:
    """One field of a number and what it says.

    Attributes:
        field: ``year``, ``region_code``, ``series_code``, ``sequence`` or ``marker``.
        name: What the field is called.
        text: Its digits, or the marker; empty where there is no marker.
        meaning: What it stands for, or that this is not known.
        edition: The id of the edition of the table that says so; None where no table does.
        source: The document and article that the table names.
        clause: The clause that defines the field.
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

    ``str()`` gives the text in the language that was asked for.

    Attributes:
        number: The number.
        approved_on: The day of approval as of which its codes were read; None for the years in
            which it may have been approved.
        on: The day as of which the rules were read; None without regard to the day.
        lang: The language of ``str()``.
        parts: The fields of the number.
        approver: The entry of the approving body; None if not known, or not one.
        manager: Who manages number and data.
        sealer: Who seals.
        form: Paper or electronic.
        numbering: Whether the numbering rules bind, as of the approval.
        readings: What in this account is a reading or rests on a secondary source.
        unknown: What is not known.
    """

    number: CertificateNumber
    approved_on: date | None
    on: date | None
    lang: str
    parts: tuple[Part, ...]
    approver: RegionCode | None
    manager: Decision[AuthorityKind]
    sealer: Decision[AuthorityKind]
    form: Decision[Form]
    numbering: Decision[Numbering]
    readings: tuple[Note | Bilingual, ...]
    unknown: tuple[Note | Bilingual, ...]

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str | None = None) -> str:
        """Write the account in English (``en``) or Chinese (``zh``), lines without a last break."""
        return "\n".join(_lines(self, lang or self.lang))

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """Return the account as plain data, ready for JSON; words in the language asked for."""
        lang = lang or self.lang
        return {
            "number": str(self.number),
            "approved_on": None if self.approved_on is None else self.approved_on.isoformat(),
            "on": None if self.on is None else self.on.isoformat(),
            "parts": [
                {
                    "field": part.field,
                    "name": part.name.text(lang),
                    "text": part.text,
                    "meaning": part.meaning.text(lang),
                    "edition": part.edition,
                    "source": part.source,
                    "clause": part.clause,
                }
                for part in self.parts
            ],
            "approver": None if self.approver is None else _body(self.approver),
            **{name: _plain(decision, lang) for name, decision in self.decisions()},
            "readings": [note.text(lang) for note in self.readings],
            "unknown": [note.text(lang) for note in self.unknown],
        }

    def decisions(self) -> tuple[tuple[str, Decision[Any]], ...]:
        """The decisions by name, in the order of the text."""
        return (
            ("manager", self.manager),
            ("sealer", self.sealer),
            ("form", self.form),
            ("numbering", self.numbering),
        )


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
        approved_on: The day of approval (核准公布); codes and the numbering rules are read as of
            it. Without it, codes as of any day from 1 January of the evaluation year through
            31 December of the year after.
        on: The day for which is asked; the other rules are read as of it.
        lang: The language of the text, ``en`` or ``zh``.

    Returns:
        The account. It never says that the number was issued or that a certificate is genuine.

    Raises:
        InvalidNumber: If the text is not a number.
        TypeError: If a day is not a plain date, or the number neither a number nor text.
        ValueError: If the language is neither.

    >>> from sdcert.codes import CodeBook
    >>> from sdcert.rules import RuleBook
    >>> tables = {"codes": CodeBook.bundled(), "rules": RuleBook.bundled()}
    >>> account = explain("鲁181402001200001", **tables)
    >>> account.approver.name, account.manager.code, account.form.value.value
    ('聊城市人力资源和社会保障局', '14020', 'electronic')
    >>> explain("鲁18140200120000", **tables)
    Traceback (most recent call last):
        ...
    sdcert.errors.InvalidNumber: not a certificate number “鲁18140200120000”: ...
    """
    if lang not in ("en", "zh"):
        raise ValueError(f"lang must be 'en' or 'zh', not {lang!r}")
    manager = manager_of(number, codes=codes, rules=rules, approved_on=approved_on, on=on)
    if isinstance(number, str):
        number = CertificateNumber.parse(number)
    year = number.year
    bearings = CodeEntries.of(number, codes, approved_on)
    sealer = bearings.decide_body(
        lambda body: rules.sealer(body.authority, city=bearings.city(body), on=on)
    )
    form = bearings.decide(
        lambda body, grade: rules.form(
            body.authority, grade, city=bearings.city(body), year=year, on=on
        )
    )
    numbering = bearings.decide(
        lambda body, grade: rules.numbering(
            body.authority, grade, city=bearings.city(body), on=approved_on
        )
    )
    decisions: tuple[Decision[Any], ...] = (manager, sealer, form, numbering)
    notes: dict[Note | Bilingual, None] = dict.fromkeys(
        note for one in decisions for note in one.notes
    )
    unknown = dict.fromkeys(bearings.missing)
    return Explanation(
        number,
        approved_on,
        on,
        lang,
        tuple(_parts(number, bearings, codes)),
        bearings.regions[0] if len(bearings.regions) == 1 else None,
        manager,
        sealer,
        form,
        numbering,
        tuple(note for note in (*_readings(bearings, approved_on), *notes) if note not in unknown),
        (*unknown, _NEVER_GENUINE),
    )


def _readings(bearings: CodeEntries, approved_on: date | None) -> tuple[Bilingual, ...]:
    """What the account takes for granted beyond the rules' own readings."""
    window = (_WINDOW,) if approved_on is None and (bearings.regions or bearings.titles) else ()
    return (*window, *((_GRADE,) if bearings.titles else ()))


def _parts(number: CertificateNumber, bearings: CodeEntries, codes: CodeBook) -> tuple[Part, ...]:
    digits = number.digits
    year = Bilingual(f"evaluated in {number.year}", f"{number.year}年度评审通过")
    nth = Bilingual(
        f"number {number.sequence} of this year, region and series code",
        f"该年度、该地区部门和系列级别代码下的第{number.sequence}号",
    )
    rural = Bilingual(
        "approved for the grass roots (定向评价、定向使用)",
        "按照“定向评价、定向使用”基层职称制度核准公布",
    )
    ordinary = Bilingual("no marker", "无标识")
    return (
        Part("year", Bilingual("evaluation year", "评审年度"), digits[:2], year, None, None, _FIVE),
        _coded(
            field="region_code",
            name=Bilingual("region/department code", "地区部门识别代码"),
            code=number.region_code,
            entries=[(entry, _region(entry)) for entry in bearings.regions],
            missing=bearings.no_region,
            codes=codes,
            clause=f"{_FIVE}（一）",
        ),
        _coded(
            field="series_code",
            name=Bilingual("series/level code", "职称系列级别识别代码"),
            code=number.series_code,
            entries=[(entry, _title(entry)) for entry in bearings.titles],
            missing=bearings.no_title,
            codes=codes,
            clause=f"{_FIVE}（二）",
        ),
        Part("sequence", Bilingual("sequence", "顺序编号"), digits[10:], nth, None, None, _FIVE),
        Part(
            "marker",
            Bilingual("marker", "基层标识"),
            str(number)[16:],
            rural if number.grassroots else ordinary,
            None,
            None,
            f"{_FIVE}（三）",
        ),
    )


def _coded(
    *,
    field: str,
    name: Bilingual,
    code: str,
    entries: list[tuple[RegionCode | SeriesCode, Bilingual]],
    missing: Note | None,
    codes: CodeBook,
    clause: str,
) -> Part:
    if missing is not None:
        return Part(field, name, code, Bilingual(missing.en, missing.zh), None, None, clause)
    meaning = Bilingual(
        " / ".join(note.text("en") for _, note in entries),
        " / ".join(note.text("zh") for _, note in entries),
    )
    sources = dict.fromkeys(str(entry.source) for entry, _ in entries if entry.source)
    editions = dict.fromkeys(
        span.edition
        for span in codes.history(code)
        if any(span.entry.name == entry.name for entry, _ in entries)
    )
    return Part(field, name, code, meaning, ", ".join(editions), "; ".join(sources), clause)


def _region(entry: RegionCode) -> Bilingual:
    return Bilingual(
        f"{entry.name} ({entry.authority.label('en')})",
        f"{entry.name}（{entry.authority.label('zh')}）",
    )


def _title(entry: SeriesCode) -> Bilingual:
    return Bilingual(
        f"{entry.series} {entry.level} ({entry.grade.label('en')})",
        f"{entry.series} {entry.level}（{entry.grade.label('zh')}职称）",
    )


def _body(entry: RegionCode) -> dict[str, Any]:
    return {"code": entry.code, "name": entry.name, "authority": entry.authority.value}


def _plain(decision: Decision[Any], lang: str) -> dict[str, Any]:
    return {
        "value": None if decision.value is None else decision.value.value,
        "said": show(decision.value, lang) or decision.basis.label(lang),
        "basis": decision.basis.value,
        "code": decision.code,
        "citations": [
            {
                "document": citation.document,
                "clause": citation.clause,
                "secondary": citation.secondary,
                "quote": citation.quote,
            }
            for citation in decision.citations
        ],
        "alternatives": [one.value for one in decision.alternatives],
        "notes": [note.text(lang) for note in decision.notes],
    }


def _lines(account: Explanation, lang: str) -> Iterator[str]:
    zh = lang == "zh"
    yield f"{account.number:grouped}"
    yield from _days(account, lang)
    yield ""
    for part in account.parts:
        told = part.meaning.text(lang)
        where = ", ".join(filter(None, (part.edition, part.source)))
        if where:
            told += f"［{where}］" if zh else f" [{where}]"
        shown = f" {part.text}" if part.text else ""
        yield f"  {part.name.text(lang)}{shown}{'：' if zh else ': '}{told}（{part.clause}）"
    yield ""
    yield _approver(account, lang)
    for name, decision in account.decisions():
        yield from _decided(_QUESTIONS[name].text(lang), decision, lang)
    for title, notes in (
        (_READINGS, account.readings),
        (_UNKNOWN, account.unknown),
    ):
        if notes:
            yield ""
            yield title.text(lang)
            for note in notes:
                yield f"  - {note.text(lang)}"


def _days(account: Explanation, lang: str) -> Iterator[str]:
    zh = lang == "zh"
    if account.approved_on is not None:
        day = format_day(account.approved_on, lang)
        yield f"代码以核准公布日{day}为准" if zh else f"codes as of the approval on {day}"
    if account.on is not None:
        day = format_day(account.on, lang)
        yield f"规定以{day}为准" if zh else f"rules as of {day}"


def _approver(account: Explanation, lang: str) -> str:
    colon = "：" if lang == "zh" else ": "
    region = account.parts[1]
    return f"{_APPROVED.text(lang)}{colon}{region.meaning.text(lang)}"


def _decided(name: str, decision: Decision[Any], lang: str) -> Iterator[str]:
    zh = lang == "zh"
    colon, comma, joint = ("：", "，", "或") if zh else (": ", ", ", " or ")
    said = decision.basis.label(lang) if decision.value is None else show(decision.value, lang)
    if decision.code is not None:
        said += f"{comma}{'代码' if zh else 'code '}{decision.code}"
    if decision.value is not None:
        said += f"{comma}{decision.basis.label(lang)}"
    if decision.alternatives:
        others = joint.join(show(one, lang) for one in decision.alternatives)
        if decision.value is None:
            head = "可能为" if zh else "candidates: "
        else:
            head = "也可能为" if zh else "or else "
        said += f"{comma}{head}{others}"
    yield f"{name}{colon}{said}"
    for citation in decision.citations:
        quote = f"：“{citation.quote}”" if citation.quote else ""
        source = _SECONDARY.text(lang) if citation.secondary else ""
        yield f"    {citation}{source}{quote}"
