"""What can be wrong with a table, and the words for it. Only this file knows these words.

A :class:`Fault` is data: the place (file, row, column), the value, the case. Its text in English
or Chinese is made when it is asked for. Faults are collected and raised together: an office that
repairs a table sees all of them at once, and a faulty table loads nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from sdcert.errors import SdcertError
from sdcert.findings import Params
from sdcert.messages import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["FAULT_KINDS", "CodeConflict", "Fault", "InvalidCode", "InvalidTable", "UnknownWord"]

# The most that a message shows: of a value, of a heading or key, of a file's name, and of any
# other word (the longest of ours is a list of known columns).
_VALUE: Final = 25
_COLUMN: Final = 60
_FILE: Final = 120
_WORD: Final = 500


def _printable(value: object, limit: int) -> str:
    """Whatever it is as text of one line that a terminal can bear; applied twice, the same."""
    try:
        text = str(value)
    except (ValueError, RecursionError):  # integers of thousands of digits, nested lists
        text = type(value).__name__
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _as_value(value: object) -> str:
    return _printable(value, _VALUE)


def _as_column(value: object) -> str:
    return _printable(value, _COLUMN)


def _as_file(value: object) -> str:
    return _printable(value, _FILE)


@attrs.frozen
class Fault:
    """One thing that is wrong with a table, and where.

    Attributes:
        kind: The stable name of the case, for example ``overlap`` or ``day``.
        column: The column or key: as the file writes it where it has one, else by its English
            name; empty where none is concerned.
        value: What stands there.
        params: What else the message shows.
        file: The file's name; empty for a value built in a program.
        row: The row as a spreadsheet counts it, the headings being row 1; None where there is
            none.

    All text of it is kept as a short, printable excerpt: no control character of a table reaches
    a terminal.

    >>> fault = Fault("code", "code", "1402", Params(width=5), "regions.csv", 7)
    >>> fault.message()
    'regions.csv, row 7, code “1402”: a code here has 5 digits 0–9'
    >>> fault.message("zh")
    'regions.csv，第7行，code“1402”：此处的代码应为5位数字0–9'
    """

    kind: str
    column: str = attrs.field(default="", converter=_as_column)
    value: str = attrs.field(default="", converter=_as_value)
    params: Params = attrs.field(factory=Params)
    file: str = attrs.field(default="", converter=_as_file)
    row: int | None = None

    def at(self, file: str, row: int | None) -> Fault:
        """Return the same fault with its place filled in."""
        return attrs.evolve(self, file=file, row=row)

    def reason(self, lang: str = "en") -> str:
        """Say what is wrong, without the place."""
        shown = {
            key: _printable(
                value.text(lang)
                if isinstance(value, Bilingual)
                else value[lang == "zh"]
                if isinstance(value, tuple)
                else value,
                _WORD,
            )
            for key, value in self.params.items()
        }
        return _TEXTS[self.kind][lang == "zh"].format_map(shown)

    def message(self, lang: str = "en") -> str:
        """Say where and what is wrong in one line."""
        chinese = lang == "zh"
        place = [self.file] if self.file else []
        if self.row is not None:
            place.append(f"第{self.row}行" if chinese else f"row {self.row}")
        cell = self.column
        if self.value:
            cell += f"“{self.value}”" if chinese else f"{' ' if cell else ''}“{self.value}”"
        if cell:
            place.append(cell)
        reason = self.reason(lang)
        if not place:
            return reason
        return ("，" if chinese else ", ").join(place) + ("：" if chinese else ": ") + reason

    def __str__(self) -> str:
        return self.message()


class InvalidTable(SdcertError, ValueError):
    """A table, an edition or an entry is faulty; nothing of it was taken.

    Attributes:
        faults: Everything that is wrong, in the order of files and rows.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def message(self, lang: str = "en") -> str:
        """Say all of it, one fault a line, at most a hundred of them."""
        lines = [fault.message(lang) for fault in self.faults[:100]]
        if more := len(self.faults) - len(lines):
            lines.append(f"……另有{more}处" if lang == "zh" else f"… and {more} more")
        return "\n".join(lines)


class CodeConflict(InvalidTable):
    """Editions contradict each other; each fault names both editions and their sources."""


class InvalidCode(SdcertError, ValueError):
    """What was asked for is no code: of wrong width, or not made of digits 0–9.

    Attributes:
        shown: A short, printable excerpt of the value.
        width: How many digits the code should have.
    """

    def __init__(self, shown: str, width: int) -> None:
        super().__init__(shown, width)
        self.shown = shown
        self.width = width

    def message(self, lang: str = "en") -> str:
        """Name the value and what was expected."""
        if lang == "zh":
            return f"“{self.shown}”不是{self.width}位数字代码"
        return f"“{self.shown}” is not a code of {self.width} digits 0–9"


@attrs.define(slots=False, str=False)
class UnknownWord(SdcertError, ValueError):
    """A word that means no member of a closed list.

    Attributes:
        excerpt: A short, printable excerpt of the word.
        subject: What it should have been: ``authority``, ``grade``, ``level`` or ``content``.
    """

    _text = "codes.unknown-{subject}"
    excerpt: str
    subject: str

    def _params(self, lang: str) -> dict[str, object]:
        from sdcert.codes.model import accepted_words  # noqa: PLC0415 - the lists use this error

        return {"excerpt": self.excerpt, "known": accepted_words(self.subject, lang)}


# (English, Chinese) by kind.
_TEXTS: Final[dict[str, tuple[str, str]]] = {
    # entries
    "code": ("a code here has {width} digits 0–9", "此处的代码应为{width}位数字0–9"),
    "code-short": (
        "a code here has {width} digits 0–9 (spreadsheets drop leading zeros from numbers: "
        "format the column as text)",
        "此处的代码应为{width}位数字0–9（电子表格会去掉数字开头的0，请将该列设为文本格式）",
    ),
    "text-missing": ("nothing stands here", "此处不能为空"),
    "text": (
        "text must be printable, in one line, of at most {limit} characters, "
        "without spaces at its ends",
        "文本应为单行可见字符，不超过{limit}个字符，首尾无空格",
    ),
    "authority": (
        "not a kind of body; use one of: {known}",
        "部门类别无法识别；可用：{known}",
    ),
    "level": ("not a level; use one of: {known}", "级别无法识别；可用：{known}"),
    "grade": ("not a grade; use one of: {known}", "层级无法识别；可用：{known}"),
    "level-grade": (
        "level {level} belongs to grade {expected}, not to {given}",
        "级别{level}属于{expected}，不属于{given}",
    ),
    "day": (
        "not a day (write 2019-01-27, 2019/1/27 or 2019年1月27日)",
        "不是日期（请写作2019-01-27、2019/1/27或2019年1月27日）",
    ),
    "day-order": (
        "the last day in force is before the first day, {first}",
        "失效日早于启用日{first}",
    ),
    "source-missing": (
        "no source: the edition names no document",
        "缺少来源：版本未注明文件",
    ),
    "source": ("a source is a Source value", "来源应为Source值"),
    "sha256": ("a SHA-256 is 64 hexadecimal digits", "SHA-256应为64位十六进制数字"),
    # one edition
    "duplicate": (
        "code {code} stands here twice for the same days (also in row {other})",
        "代码{code}在相同日期重复出现（另见第{other}行）",
    ),
    "overlap": (
        "code {code} is given out twice for some days: {name} and {other_name} (row {other})",
        "代码{code}的启用期间重叠：{name}与{other_name}（第{other}行）",
    ),
    "foreign-prefix": (
        "this edition is for {domain}; it may not define this code (鲁人社规〔2018〕22号 五（一）)",
        "本版本的范围为{domain}，不得规定该代码（鲁人社规〔2018〕22号 五（一））",
    ),
    "wrong-entry": (
        "an edition for {domain} does not hold such entries",
        "范围为{domain}的版本不含此类条目",
    ),
    "authority-domain": (
        "a body of kind {authority} has no code in an edition for {domain} "
        "(鲁人社规〔2018〕22号 五（一）)",
        "类别为{authority}的部门不在{domain}版本中编码（鲁人社规〔2018〕22号 五（一））",
    ),
    "under-prefix": (
        "the code of a provincial body stands under {prefix}, the prefix of {city}",
        "省级部门的代码使用了{city}的前2位代码{prefix}",
    ),
    "successor": (
        "successor {successor} is not a code of {width} digits",
        "后继代码{successor}不是{width}位数字",
    ),
    "successor-missing": (
        "successor {successor} is not listed after that day",
        "后继代码{successor}此后未收录",
    ),
    "successor-open": (
        "an entry that has successors needs its last day in force",
        "有后继代码的条目须注明失效日",
    ),
    "domain": (
        "unknown domain; write province, city:NN (two digits) or series",
        "范围无法识别；请写province、city:NN（两位数字）或series",
    ),
    "content": (
        "unknown content; write complete, fragment or example",
        "内容类型无法识别；请写complete、fragment或example",
    ),
    # several editions
    "same-id": (
        "two different editions are called {id}: {source} and {other_source}",
        "两个不同的版本同名{id}：{source}与{other_source}",
    ),
    "contradiction": (
        "code {code} is stated differently by {id} ({source}) and {other_id} ({other_source}), "
        "both in force from the same day",
        "同日启用的{id}（{source}）与{other_id}（{other_source}）对代码{code}的规定不一致",
    ),
    "beyond-complete": (
        "code {code} of {id} ({source}) is missing from {other_id} ({other_source}), "
        "which is complete and in force from the same day",
        "{id}（{source}）的代码{code}未见于同日启用的完整版本{other_id}（{other_source}）",
    ),
    "prefix-unknown": (
        "prefix {prefix} of {id} ({source}) is not listed in {other_id} ({other_source}), "
        "which is complete",
        "{id}（{source}）的前2位代码{prefix}未列入完整版本{other_id}（{other_source}）",
    ),
    "prefix-clash": (
        "code {code} of a provincial body in {id} ({source}) stands under prefix {prefix} "
        "of {other_id} ({other_source})",
        "{id}（{source}）的省级部门代码{code}使用了{other_id}（{other_source}）的前2位代码{prefix}",
    ),
    # adjustments
    "not-in-force": (
        "code {code} is not in force on {day}",
        "代码{code}在{day}未启用",
    ),
    "begins-same-day": (
        "code {code} begins on {day} only; it cannot be adjusted from the same day",
        "代码{code}自{day}起才启用，不能自同日调整",
    ),
    "taken": ("code {code} is in force on {day} already", "代码{code}在{day}已启用"),
    "other-day": (
        "an entry introduced from {day} on cannot state another first day",
        "自{day}起启用的条目不得另写启用日期",
    ),
    "not-later": (
        "an adjustment takes effect after the first day of the edition it adjusts, {day}",
        "调整的启用日应晚于原版本的启用日{day}",
    ),
    "kind": ("an entry of another kind than the edition's", "条目类型与版本不符"),
    # files
    "id": (
        "an id has at most 80 letters, digits, hyphens, dots and underscores, and begins with a "
        "letter or a digit",
        "版本id由字母、汉字、数字、连字符、点和下划线组成，不超过80个字符，以字母、汉字或数字开头",
    ),
    "prefix-row": (
        "a row with two digits is a city's prefix: authority, city and county stay empty",
        "两位代码的行是市的前2位代码：部门类别、设区的市、县应为空",
    ),
    "encoding-key": ("unknown encoding; write one of: {known}", "编码无法识别；可用：{known}"),
    "rows": (
        "rows is the name of a file in the same folder",
        "rows应为同一文件夹中的文件名",
    ),
    "csv": ("not CSV: {reason}", "不是CSV：{reason}"),
    "file-missing": ("there is no such file", "文件不存在"),
    "file": ("the file cannot be read: {reason}", "无法读取文件：{reason}"),
    "no-tables": ("the folder holds no table (*.toml)", "文件夹中没有代码表（*.toml）"),
    "suffix": (
        "a table is a folder, or a file .toml, .csv, .xlsx or .json",
        "代码表应为文件夹，或.toml、.csv、.xlsx、.json文件",
    ),
    "encoding": (
        "the text is neither UTF-8 nor GB18030, or not what encoding says",
        "文本编码既非UTF-8也非GB18030，或与encoding不符",
    ),
    "toml": ("not TOML: {reason}", "不是TOML：{reason}"),
    "json": ("not JSON: {reason}", "不是JSON：{reason}"),
    "format": (
        "unknown version of the format; this release reads version {known}",
        "格式版本无法识别；本版程序可读版本{known}",
    ),
    "key-unknown": ("unknown key; known are: {known}", "未知的键；可用：{known}"),
    "key-doubled": ("the key stands here more than once", "键重复出现"),
    "key-missing": ("the key {key} is missing", "缺少键{key}"),
    "key-type": ("a value of another type is expected: {expected}", "值的类型应为{expected}"),
    "sheet": ("the workbook has no sheet of this name", "工作簿中没有该名称的工作表"),
    "no-headings": ("the table has no row of headings", "表中没有标题行"),
    "column-unknown": ("unknown column; known are: {known}", "未知的列；可用：{known}"),
    "column-doubled": ("two columns mean {column}", "有两列同为{column}"),
    "column-missing": ("the column {column} is missing", "缺少列{column}"),
    "cells": (
        "the row has {count} cells, the headings are {expected}",
        "该行有{count}格，标题为{expected}格",
    ),
    "cell-type": (
        "the cell holds a {type}; format the column as text",
        "单元格类型为{type}；请将该列设为文本格式",
    ),
}

FAULT_KINDS: Final = frozenset(_TEXTS)
