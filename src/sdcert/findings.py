"""Findings: what can be said against a value, how grave it is, and the words for it.

Only this file knows the words. A :class:`Finding` is data (a stable code, a field, a span, the
parameters of the case); its text in English or Chinese is made when it is asked for, from one
catalogue, in the terms of the regulations (鲁人社规〔2018〕22号, 第五条; 聊人社字〔2019〕27号, 一).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, Literal

import attrs

__all__ = [
    "Finding",
    "FindingCode",
    "Lang",
    "Outcome",
    "Params",
    "Severity",
    "excerpt",
]

Lang = Literal["en", "zh"]


class Outcome(StrEnum):
    """The three answers. Unknown is never valid.

    ``VALID`` means well-formed and, if asked, registered. It never means that the number was
    issued or that a certificate is genuine: no table says so.
    """

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"

    def label(self, lang: Lang = "en") -> str:
        """Return the word for people, in English or Chinese.

        >>> Outcome.UNDETERMINED.label("zh")
        '无法判定'
        """
        return _OUTCOME_LABELS[self][lang == "zh"]


class Severity(StrEnum):
    """How grave a finding is; the gravest one decides the outcome, a warning never does."""

    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    WARNING = "warning"


class FindingCode(StrEnum):
    """The stable names of all findings."""

    NOT_TEXT = "not-text"
    EMPTY = "empty"
    PREFIX = "prefix"
    LENGTH = "length"
    DIGITS = "digits"
    LAYOUT = "layout"
    SEQUENCE_ZERO = "sequence-zero"
    MARKER = "marker"
    REGION_UNKNOWN = "region-unknown"
    REGION_NOT_IN_FORCE = "region-not-in-force"
    SERIES_UNKNOWN = "series-unknown"
    SERIES_NOT_IN_FORCE = "series-not-in-force"
    APPROVER_MISMATCH = "approver-mismatch"
    MANAGER_MISMATCH = "manager-mismatch"
    REGION_UNLISTED = "region-unlisted"
    SERIES_UNLISTED = "series-unlisted"
    APPROVER_UNDETERMINED = "approver-undetermined"
    MANAGER_UNDETERMINED = "manager-undetermined"
    NOT_CANONICAL = "not-canonical"
    YEAR_BEFORE_SCHEME = "year-before-scheme"
    YEAR_IN_FUTURE = "year-in-future"

    @property
    def severity(self) -> Severity:
        """The gravity that every finding of this code has."""
        return _SEVERITIES.get(self, Severity.INVALID)

    def label(self, lang: Lang = "en") -> str:
        """Return a short name of the case for summaries.

        >>> FindingCode.SEQUENCE_ZERO.label("zh")
        '顺序编号为00000'
        """
        return _LABELS[self][lang == "zh"]


_SEVERITIES: Final = {
    FindingCode.REGION_UNLISTED: Severity.UNDETERMINED,
    FindingCode.SERIES_UNLISTED: Severity.UNDETERMINED,
    FindingCode.APPROVER_UNDETERMINED: Severity.UNDETERMINED,
    FindingCode.MANAGER_UNDETERMINED: Severity.UNDETERMINED,
    FindingCode.NOT_CANONICAL: Severity.WARNING,
    FindingCode.YEAR_BEFORE_SCHEME: Severity.WARNING,
    FindingCode.YEAR_IN_FUTURE: Severity.WARNING,
}


class Params(Mapping[str, object]):
    """The parameters of one finding: a read-only mapping that hashes, pickles and compares.

    >>> params = Params(kind="short", digits=14)
    >>> params["kind"], dict(params)
    ('short', {'kind': 'short', 'digits': 14})
    >>> params == {"kind": "short", "digits": 14}
    True
    """

    __slots__ = ("_items",)

    def __init__(self, /, **items: object) -> None:
        self._items = tuple(items.items())

    def __getitem__(self, key: str) -> object:
        for name, value in self._items:
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __reduce__(self) -> tuple[object, tuple[object]]:
        return _restore_params, (self._items,)

    def __repr__(self) -> str:
        return f"Params({', '.join(f'{name}={value!r}' for name, value in self._items)})"


def _restore_params(items: tuple[tuple[str, object], ...]) -> Params:
    return Params(**dict(items))


def _as_params(value: Mapping[str, object]) -> Params:
    return value if isinstance(value, Params) else Params(**value)


@attrs.frozen
class Finding:
    """One thing that can be said against a value.

    Attributes:
        code: The stable name of the finding.
        field: What it concerns: ``text``, ``prefix``, ``digits``, ``year``, ``region_code``,
            ``series_code``, ``sequence`` or ``marker``; for records also ``approver`` and
            ``manager``.
        span: Start and end (excluded) in the text as it was given; None where there is no text.
        params: The case: ``params["kind"]`` names it within the code, the rest is what the
            message shows. Strings from the input are short, escaped excerpts.

    >>> finding = Finding(FindingCode.LENGTH, "digits", (1, 15),
    ...                   {"kind": "short", "count": 14, "expected": 15})
    >>> finding.severity
    <Severity.INVALID: 'invalid'>
    >>> finding.message()
    '15 digits are needed, not 14'
    >>> finding.message("zh")
    '编号应有15位数字，现有14位'
    """

    code: FindingCode = attrs.field(converter=FindingCode)
    field: str
    span: tuple[int, int] | None = None
    params: Params = attrs.field(factory=Params, converter=_as_params)

    @property
    def severity(self) -> Severity:
        """How grave it is; it follows from the code."""
        return self.code.severity

    @property
    def kind(self) -> str | None:
        """The case within the code, or None where the code has one case only."""
        kind = self.params.get("kind")
        return kind if isinstance(kind, str) else None

    def message(self, lang: Lang = "en") -> str:
        """Say it in a sentence, without a full stop.

        Args:
            lang: ``en`` or ``zh`` (Simplified Chinese, the terms of the regulations).

        Returns:
            One line of bounded length, safe to print.

        Raises:
            ValueError: If the language is neither.
        """
        if lang not in ("en", "zh"):
            raise ValueError(f"lang must be 'en' or 'zh', not {lang!r}")
        texts = _TEXTS[self.code]
        text = texts.get(self.kind) or texts[None]
        return text[lang == "zh"].format_map(_Shown(self.params, lang))

    def __str__(self) -> str:
        return self.message()


class _Shown(dict[str, object]):
    """Parameters as a message shows them: a (en, zh) pair gives its half."""

    def __init__(self, params: Params, lang: Lang) -> None:
        super().__init__(
            (key, value[lang == "zh"] if isinstance(value, tuple) else value)
            for key, value in params.items()
        )


_LIMIT: Final = 24
# printable by their category, yet nothing is seen: fillers and variation selectors
_HIDDEN: Final = "\u034f\u115f\u1160\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def excerpt(text: str) -> str:
    r"""Shorten a piece of somebody's text for a message and make it safe to print.

    At most 24 characters are kept; controls, bidi overrides, invisible characters and lone
    surrogates are written as escapes.

    >>> excerpt("鲁18\x1b[31m")
    '鲁18\\x1b[31m'
    >>> len(excerpt("1" * 1_000_000))
    25
    """
    cut = text[:_LIMIT]
    shown = "".join(
        char if char.isprintable() and char not in _HIDDEN else _escape(char) for char in cut
    )
    return shown + "…" if len(text) > _LIMIT else shown


_OUTCOME_LABELS: Final = {
    Outcome.VALID: ("valid", "有效"),
    Outcome.INVALID: ("invalid", "无效"),
    Outcome.UNDETERMINED: ("undetermined", "无法判定"),
}

_LABELS: Final[dict[FindingCode, tuple[str, str]]] = {
    FindingCode.NOT_TEXT: ("not text", "不是文本"),
    FindingCode.EMPTY: ("empty", "为空"),
    FindingCode.PREFIX: ("prefix 鲁 wrong or missing", "统一标识“鲁”有误"),
    FindingCode.LENGTH: ("wrong length", "位数有误"),
    FindingCode.DIGITS: ("not 15 plain digits", "含有非数字字符"),
    FindingCode.LAYOUT: ("characters out of place", "格式有误"),
    FindingCode.SEQUENCE_ZERO: ("sequence 00000", "顺序编号为00000"),
    FindingCode.MARKER: ("marker （基层） wrong", "“（基层）”标识有误"),
    FindingCode.REGION_UNKNOWN: ("region code unknown", "地区部门识别代码不存在"),
    FindingCode.REGION_NOT_IN_FORCE: ("region code not in force", "地区部门识别代码当时未启用"),
    FindingCode.SERIES_UNKNOWN: ("series code unknown", "职称系列级别识别代码不存在"),
    FindingCode.SERIES_NOT_IN_FORCE: (
        "series code not in force",
        "职称系列级别识别代码当时未启用",
    ),
    FindingCode.APPROVER_MISMATCH: ("approving body differs", "核准公布部门不一致"),
    FindingCode.MANAGER_MISMATCH: ("managing body differs", "管理部门不一致"),
    FindingCode.REGION_UNLISTED: ("region code not listed", "地区部门识别代码未收录"),
    FindingCode.SERIES_UNLISTED: ("series code not listed", "职称系列级别识别代码未收录"),
    FindingCode.APPROVER_UNDETERMINED: ("approving body cannot be told", "核准公布部门无法判定"),
    FindingCode.MANAGER_UNDETERMINED: ("managing body cannot be told", "管理部门无法判定"),
    FindingCode.NOT_CANONICAL: ("not in canonical form", "书写形式不规范"),
    FindingCode.YEAR_BEFORE_SCHEME: ("year before 2017", "评审年度早于2017年"),
    FindingCode.YEAR_IN_FUTURE: ("year after the approval", "评审年度晚于核准公布"),
}

# (English, Chinese) by code and kind; None is the text for any other kind.
_TEXTS: Final[dict[FindingCode, dict[str | None, tuple[str, str]]]] = {
    FindingCode.NOT_TEXT: {
        None: ("a value of type {type} is not text: {shown}", "应为文本，现为{type}类型：{shown}"),
        "none": ("there is no value", "没有值"),
        "nan": ("there is no value (NaN)", "没有值（NaN）"),
        "int": (
            "an integer is not text: {shown} (was the column read as numbers? "
            "the prefix 鲁 is lost that way)",
            "应为文本，现为整数：{shown}（该列是否被当作数字读取？这样会丢失“鲁”）",
        ),
        "float": (
            "a floating-point number is not text: {shown} (was the column read as numbers? "
            "digits and the prefix 鲁 are lost that way)",
            "应为文本，现为浮点数：{shown}（该列是否被当作数字读取？这样会丢失数字和“鲁”）",
        ),
        "bytes": (
            "bytes are not text: decode them first",
            "应为文本，现为字节串：请先按正确编码解码",
        ),
    },
    FindingCode.EMPTY: {
        None: ("the text is empty", "文本为空"),
        "blank": ("the text holds nothing visible", "文本中没有可见字符"),
    },
    FindingCode.PREFIX: {
        None: (
            "the number begins with “{shown}”, not with 鲁",
            "编号应以统一标识“鲁”开头，现以“{shown}”开头",
        ),
        "missing": (
            "the prefix 鲁 is missing (15 bare digits may also be an old identity-card number)",
            "缺少统一标识“鲁”（15位数字也可能是旧身份证号）",
        ),
        "traditional": (
            "the prefix is the traditional form 魯, not 鲁",
            "统一标识应为“鲁”，现为繁体“魯”",
        ),
        "text-before": (
            "there is text before the number: “{shown}”",
            "编号前有其他文字：“{shown}”",
        ),
    },
    FindingCode.LENGTH: {
        None: ("15 digits are needed, not {count}", "编号应有15位数字，现有{count}位"),
        "text": (
            "the text has {count} characters; a number has 16, or 20 with the marker （基层）",
            "文本长达{count}个字符；编号为16个字符，加“（基层）”标识为20个字符",
        ),
        "part": (
            "{field} has {expected} digits, not {count}",
            "{field}应为{expected}位数字，现为{count}位",
        ),
        "range": (
            "{field} is {shown}; it runs from {least} through {most}",
            "{field}应在{least}至{most}之间，现为{shown}",
        ),
    },
    FindingCode.DIGITS: {
        None: (
            "“{shown}” is not a digit 0–9 ({name})",
            "“{shown}”不是数字0–9（{name}）",
        ),
        "letter": (
            "“{shown}” is a letter, not a digit ({name})",
            "“{shown}”是字母，不是数字（{name}）",
        ),
        "letter-o": (
            "“{shown}” is the letter O, not the digit 0 ({name})",
            "“{shown}”是字母O，不是数字0（{name}）",
        ),
        "chinese-numeral": (
            "“{shown}” is a Chinese numeral, not a digit 0–9",
            "“{shown}”是中文数字，应为数字0–9",
        ),
        "foreign-digit": (
            "“{shown}” is a digit of another script, not 0–9 ({name})",
            "“{shown}”是其他文字的数字，应为0–9（{name}）",
        ),
        "superscript": (
            "“{shown}” is a raised, lowered or enclosed digit, not 0–9 ({name})",
            "“{shown}”是上标、下标或带圈数字，应为0–9（{name}）",
        ),
        "scientific-notation": (
            "“{shown}” is a number in scientific notation: a spreadsheet has damaged the cell, "
            "the last digits are lost",
            "“{shown}”是科学计数法：单元格已被电子表格损坏，末尾数字已丢失",
        ),
        "decimal": (
            "“{shown}” is a decimal number: a spreadsheet has damaged the cell",
            "“{shown}”带小数点：单元格已被电子表格损坏",
        ),
    },
    FindingCode.LAYOUT: {
        None: ("“{shown}” does not belong in the number", "编号中不应有“{shown}”"),
        "space": (
            "a space inside a field; spaces may stand between the fields alone",
            "字段内有空格；空格只能位于字段之间",
        ),
        "foreign-space": (
            "an unusual space ({shown}) inside the number",
            "编号内有特殊空白字符（{shown}）",
        ),
        "tab": ("a tab inside the number", "编号内有制表符"),
        "line-break": ("a line break inside the number", "编号内有换行"),
        "bidi-control": (
            "a character that controls the direction of text ({shown})",
            "含有控制文字方向的字符（{shown}）",
        ),
        "control": (
            "a control character ({shown}) inside the number",
            "编号内有控制字符（{shown}）",
        ),
        "separator": (
            "“{shown}” separates digits; the number has no such signs",
            "数字之间有“{shown}”；编号中没有此类符号",
        ),
        "text-after": ("there is text after the number: “{shown}”", "编号后有其他文字：“{shown}”"),
    },
    FindingCode.SEQUENCE_ZERO: {
        None: (
            "the sequence is 00000; the first certificate is 00001",
            "顺序编号为00000；第一本证书的顺序编号为00001",
        ),
    },
    FindingCode.MARKER: {
        None: (
            "“{shown}” is not the marker （基层）",
            "“{shown}”不是规定的“（基层）”标识",
        ),
        "doubled": ("the marker （基层） stands more than once", "“（基层）”标识重复"),
        "unclosed": (
            "the marker lacks a bracket: “{shown}” instead of （基层）",
            "标识缺少一侧括号：“{shown}”，应为“（基层）”",
        ),
        "misplaced": (
            "the marker （基层） stands after the number, nowhere else",
            "“（基层）”标识应附加在编号之后",
        ),
        "traditional": (
            "the marker is written in the traditional form “{shown}”, not （基层）",
            "标识应为“（基层）”，现为繁体“{shown}”",
        ),
        "no-brackets": ("the marker lacks its brackets: “{shown}”", "标识缺少括号：“{shown}”"),
        "brackets": (
            "the marker stands in other brackets: “{shown}” instead of （基层）",
            "标识的括号有误：“{shown}”，应为“（基层）”",
        ),
    },
    FindingCode.REGION_UNKNOWN: {
        None: (
            "region code {code} does not exist: the complete table {table} has no such code",
            "地区部门识别代码{code}不存在：完整代码表{table}中没有该代码",
        ),
    },
    FindingCode.REGION_NOT_IN_FORCE: {
        None: (
            "region code {code} ({name}) was not in force {asked}: {history}",
            "地区部门识别代码{code}（{name}）{asked}未启用：{history}",
        ),
    },
    FindingCode.SERIES_UNKNOWN: {
        None: (
            "series/level code {code} does not exist: the complete table {table} has no such code",
            "职称系列级别识别代码{code}不存在：完整代码表{table}中没有该代码",
        ),
    },
    FindingCode.SERIES_NOT_IN_FORCE: {
        None: (
            "series/level code {code} ({name}) was not in force {asked}: {history}",
            "职称系列级别识别代码{code}（{name}）{asked}未启用：{history}",
        ),
    },
    FindingCode.APPROVER_MISMATCH: {
        None: (
            "the record names {given} as approving body, but the region code names {expected} "
            "({clause})",
            "记录的核准公布部门为{given}，而地区部门识别代码对应{expected}（{clause}）",
        ),
    },
    FindingCode.MANAGER_MISMATCH: {
        None: (
            "the record names {given} as managing body, but it is {expected} ({clause})",
            "记录的编号和数据管理部门为{given}，而应为{expected}（{clause}）",
        ),
    },
    FindingCode.APPROVER_UNDETERMINED: {
        None: (
            "whether {given} is the approving body cannot be told without the day of approval: "
            "in these days the region code named {expected} ({clause})",
            "未给出核准公布日期，无法判定{given}是否为核准公布部门：该期间地区部门识别代码先后对应"
            "{expected}（{clause}）",
        ),
    },
    FindingCode.MANAGER_UNDETERMINED: {
        None: (
            "the record names {given} as managing body; the texts leave it open: {expected} "
            "({clause})",
            "记录的编号和数据管理部门为{given}；文件未予确定：{expected}（{clause}）",
        ),
        "unlisted": (
            "whether {given} is the managing body cannot be told: a code of the number is not "
            "known",
            "编号中的代码未收录，无法判定{given}是否为编号和数据管理部门",
        ),
        "principle": (
            "the record names {given} as managing body; the texts are silent, and by the "
            "principle alone it is {expected} ({clause})",
            "记录的编号和数据管理部门为{given}；文件未作规定，仅按原则推定为{expected}（{clause}）",
        ),
        "not-in-force": (
            "whether {given} is the managing body cannot be told: no rules are in force on the "
            "day asked for ({clause})",
            "所询日期没有有效的规定，无法判定{given}是否为编号和数据管理部门（{clause}）",
        ),
        "code": (
            "the managing body is {expected} ({clause}); whether its code is {given} cannot be "
            "told from the tables at hand",
            "编号和数据管理部门为{expected}（{clause}）；现有代码表无法确定其代码是否为{given}",
        ),
        "day": (
            "the managing body is {expected} ({clause}); on other days its code may be {given}: "
            "ask for a day",
            "编号和数据管理部门为{expected}（{clause}）；其代码在其他日期可能为{given}：请指定日期",
        ),
    },
    FindingCode.REGION_UNLISTED: {
        None: (
            "no table at hand lists region code {code} for the days in question, and none is "
            "complete for all of them; nothing can be said of it",
            "现有代码表均未收录该期间的地区部门识别代码{code}，且均非该整个期间的完整代码表，无法判定",
        ),
    },
    FindingCode.SERIES_UNLISTED: {
        None: (
            "no table at hand lists series/level code {code} for the days in question, and none is "
            "complete for all of them; nothing can be said of it",
            "现有代码表均未收录该期间的职称系列级别识别代码{code}，且均非该整个期间的完整代码表，无法判定",
        ),
    },
    FindingCode.NOT_CANONICAL: {
        None: (
            "not written in canonical form; the same number is {canonical}",
            "书写形式不规范；规范形式为{canonical}",
        ),
    },
    FindingCode.YEAR_BEFORE_SCHEME: {
        None: (
            "evaluation year {year} is before 2017, the earliest year the regulation shows; "
            "it may belong to older rules, outside this scheme",
            "评审年度{year}早于规定中出现的最早年度2017年，可能属于本办法之前的编号规则",
        ),
    },
    FindingCode.YEAR_IN_FUTURE: {
        None: (
            "evaluation year {year} is after the approval on {approved_on}",
            "评审年度{year}晚于核准公布日{approved_on}",
        ),
    },
}
