"""The words of the command line. Only this file knows them; findings bring their own."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from sdcert.cli._texts_audit import AUDIT
from sdcert.cli._texts_files import FILES
from sdcert.errors import SdcertError

if TYPE_CHECKING:
    pass

__all__ = ["Problem", "printable", "reason", "say"]


def printable(text: str, limit: int | None = None) -> str:
    r"""Write a text so that a terminal shows it and nothing else happens.

    Controls, bidi overrides, invisible characters and lone surrogates become escapes.

    Args:
        text: Any text.
        limit: How many characters of it to keep; None keeps all.

    >>> printable("a\x1b[31m\u202eb"), printable("abcdef", 3)
    ('a\\x1b[31m\\u202eb', 'abc…')
    """
    cut = text if limit is None or len(text) <= limit else text[:limit]
    if not cut.isprintable():
        cut = "".join(
            char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
            for char in cut
        )
    return cut if limit is None or len(text) <= limit else cut + "…"


class Problem(SdcertError, ValueError):
    """The command cannot do what it was asked for: with this file, this column, this option.

    Attributes:
        key: Which problem; a stable name.
        params: What the message shows, by name.

    >>> print(Problem("empty-file", {"name": "a.csv"}))
    a.csv is empty: there is nothing to check
    """

    def __init__(self, key: str, params: dict[str, str | int]) -> None:
        super().__init__(key, params)
        self.key = key
        self.params = params

    def message(self, lang: str = "en") -> str:
        """Say what is wrong and what to do about it."""
        return say(self.key, lang, **self.params)


def say(key: str, lang: str, **params: str | int) -> str:
    """Return a text of the command line; parameters are made safe to print.

    A text that counts one thing may have a wording of its own, under its key with ``-one``.

    >>> say("rows-shown", "zh", shown=20, count=31)
    '共31行，显示前20行'
    >>> say("rows-all", "en", count=1), say("rows-all", "en", count=2)
    ('1 row', '2 rows')
    """
    one = f"{key}-one"
    if one in TEXTS and str(params.get("count")) == "1":
        key = one
    shown = {
        name: printable(value, 400) if isinstance(value, str) else value
        for name, value in params.items()
    }
    if shown.get("name") == "-":
        shown["name"] = "标准输入" if lang == "zh" else "standard input"
    if lang == "zh" and key in _FOREIGN:
        shown["reason"] = _in_chinese(str(shown["reason"]))
    return TEXTS[key][lang == "zh"].format(**shown)


def reason(error: OSError, lang: str) -> str:
    """Say why the system refused something; in its own words where there are no better ones.

    >>> reason(FileNotFoundError(2, "No such file or directory"), "zh")
    '文件或目录不存在'
    """
    known = _REASONS.get(error.errno or 0)
    return known if known and lang == "zh" else error.strerror or str(error)


_REASONS: Final = {
    errno.ENOENT: "文件或目录不存在",
    errno.EACCES: "没有访问权限",
    errno.EPERM: "不允许该操作",
    errno.EISDIR: "是目录，不是文件",
    errno.ENOTDIR: "路径中有一部分不是目录",
    errno.EEXIST: "文件已存在",
    errno.ENOSPC: "磁盘空间不足",
    errno.EROFS: "文件系统只读",
    errno.EIO: "读写出错",
    errno.ENAMETOOLONG: "文件名过长",
}

# The texts whose reason comes from a library, in English, and what such a reason has in it.
_FOREIGN: Final = frozenset({"json-broken", "parquet-broken", "workbook-broken"})
_WORDED: Final = {
    "Expecting value": "此处应有一个值",
    "Expecting property name": "此处应为用双引号括起的键",
    "Expecting ',' delimiter": "此处应为逗号或右括号",
    "Expecting ':' delimiter": "键之后应为冒号",
    "Extra data": "对象之后还有内容，而每行只能有一个对象",
    "Invalid control character": "文本中有未转义的控制字符",
    "Unterminated string": "文本的引号未关闭",
    "Invalid \\": "反斜杠后的转义有误",
    "Illegal trailing comma": "末尾多一个逗号",
    "magic bytes not found": "文件不完整，或者不是Parquet文件",
    "Invalid UTF8": "其中有文本不是UTF-8编码",
    "is not a zip file": "文件不完整，或者不是.xlsx文件",
    "Bad CRC-32": "压缩数据校验不符，文件已损坏",
    "There is no item named": "缺少工作簿必有的部分",
}


def _in_chinese(said: str) -> str:
    known = next((chinese for english, chinese in _WORDED.items() if english in said), None)
    return known or f"文件已损坏或格式有误（{said}）"


TEXTS: Final[dict[str, tuple[str, str]]] = {
    **FILES,
    **AUDIT,
    # columns
    # options
    "option-not-a-day": (
        "{option} is not a day (write 2019-01-27, 2019/1/27 or 2019年1月27日): {shown}",
        "{option}不是日期（应写作2019-01-27、2019/1/27或2019年1月27日）：{shown}",
    ),
    "option-needed": ("--format {form} needs {option}", "--format {form}须同时给出{option}"),
    "pattern-name": (
        "{option} must be a name of printable characters, not {shown}",
        "{option}应为由可见字符组成的名称，现为{shown}",
    ),
    "pattern-name-xml": (
        "{option} must be an XML name without a colon, not {shown}",
        "{option}应为不含冒号的XML名称，现为{shown}",
    ),
    "count-and-keys": (
        "--count {count} and {keys} keys do not fit: give one key or all",
        "--count {count}与{keys}个请求标识不符：请只给出一个标识，或逐个给出",
    ),
    "no-command": ("there is no command “{shown}”", "没有命令“{shown}”"),
    "both-approved": (
        "give --approved-on or --approved-column, not both",
        "--approved-on与--approved-column只能指定一个",
    ),
    "report-is-input": (
        "the report would overwrite {name}, which this check reads: choose another file",
        "检查结果会覆盖本次读取的文件{name}：请换一个文件名",
    ),
    "report-no-file": (
        "the report must be an ordinary file: {name}",
        "检查结果必须写入普通文件：{name}",
    ),
    "not-a-limit": (
        "--limit is a count or “all”, not {shown}",
        "--limit应为行数或all，现为{shown}",
    ),
    # the row's own trouble
    "approved-unreadable": (
        "the approval day cannot be read, so the number was not checked for it "
        "(write 2019-01-27, 2019/1/27 or 2019年1月27日): “{shown}”",
        "核准日期无法读取，因此无法据此检查（请写作2019-01-27、2019/1/27或2019年1月27日）：“{shown}”",
    ),
    "approved-blank": (
        "there is no approval day, so the number was not checked for it",
        "没有核准日期，因此无法据此检查",
    ),
    "approved-on-unreadable-label": ("approval day unreadable", "核准日期无法读取"),
    # the text report
    "title": ("Certificate numbers in {name}", "证书编号检查：{name}"),
    "chosen-content": (", the only one that looks like certificate numbers", "，按内容识别"),
    "chosen-name": (", recognised by its name", "，按列名识别"),
    "chosen-only": (", the only one", "，文件仅有一列"),
    "chosen-asked": ("", ""),
    "label-column": ("Column", "检查的列"),
    "label-notes": ("Recognised", "识别情况"),
    "label-rows": ("Rows", "数据行"),
    "label-file": ("File", "文件格式"),
    "label-approved": ("Approval day", "核准日期"),
    "label-checked": ("Checked", "检查内容"),
    "label-tables": ("Code tables", "代码表"),
    "label-report": ("Report", "检查结果"),
    "rows": ("{rows}", "{rows}行"),
    "rows-blank": ("; {count} blank rows were not checked", "；另有{count}个空行未检查"),
    "rows-blank-one": ("; 1 blank row was not checked", "；另有1个空行未检查"),
    "rows-ragged-one": (
        "; 1 row has more or fewer cells than the header (line {line}): its cells may have shifted",
        "；有1行的单元格数与列名不符（第{line}行），内容可能错位",
    ),
    "rows-ragged": (
        "; {count} rows have more or fewer cells than the header (the first is line {line}): "
        "their cells may have shifted",
        "；有{count}行的单元格数与列名不符（首见于第{line}行），内容可能错位",
    ),
    "file": (
        "{encoding}, {header}, cells separated by {delimiter}",
        "{encoding}，{header}，以{delimiter}分隔",
    ),
    "file-xlsx": ("workbook, sheet “{sheet}”, {header}", "工作簿，工作表“{sheet}”，{header}"),
    "file-jsonl": ("JSON Lines", "JSON Lines格式"),
    "file-parquet": ("Parquet", "Parquet格式"),
    "header-row": ("column names in row {line}", "列名在第{line}行"),
    "bom": (" with byte order mark", "（带BOM）"),
    "header-line": ("column names on line {line}", "列名在第{line}行"),
    "header-none": ("no line with column names", "没有列名行"),
    "delimiter-,": ("commas", "逗号"),
    "delimiter-;": ("semicolons", "分号"),
    "delimiter-\t": ("tabs", "制表符"),
    "delimiter-|": ("vertical bars", "竖线"),
    "checked-grammar": (
        "the grammar alone; no code was looked up (--codes does that)",
        "仅检查编号规则，未核对代码表（可用--codes指定）",
    ),
    "checked-codes": (
        "the grammar, and the region and series codes by the tables",
        "编号规则，并按代码表核对地区部门和系列级别识别代码",
    ),
    "tables": ("{name}, digest {digest}", "{name}，摘要{digest}"),
    "tables-bundled": ("bundled with sdcert (a fragment)", "sdcert自带（仅收录部分代码）"),
    "rows-shown": ("{shown} of {count} rows shown", "共{count}行，显示前{shown}行"),
    "rows-shown-one": ("1 row, not shown", "共1行，未显示"),
    "rows-all": ("{count} rows", "共{count}行"),
    "rows-all-one": ("1 row", "共1行"),
    "head-line": ("Line", "行"),
    "head-row": ("Row", "行"),
    "head-value": ("Value", "原值"),
    "head-reason": ("Reason", "原因"),
    "head-place": ("Characters", "字符位置"),
    "head-outcome": ("Outcome", "判定"),
    "head-count": ("Rows", "行数"),
    "head-finding": ("Finding", "问题"),
    "head-code": ("Code", "代号"),
    "whole": ("all", "全部"),
    "totals-note": (
        "A row can have several findings; warnings make no row invalid.",
        "一行可有多个问题；提示不影响判定。",
    ),
    "warning": ("{label} (warning)", "{label}（提示）"),
    "value-empty": ("(empty)", "（空）"),
    "meaning-grammar": (
        "“Valid” means well-formed. It does not say that a code is registered, that a number was "
        "issued or that a certificate is genuine.",
        "“有效”仅指编号符合编号规则，不表示代码已登记、编号确已颁发或证书真实。",
    ),
    "meaning-codes": (
        "“Valid” means well-formed and its codes registered in these tables. It does not say that "
        "a number was issued or that a certificate is genuine.",
        "“有效”仅指编号符合编号规则且代码在代码表中登记，不表示编号确已颁发或证书真实。",
    ),
    "all-valid": ("Result: all rows are valid.", "结论：各行均有效。"),
    "allowed": (
        "Result: no row is invalid; undetermined ones were allowed.",
        "结论：没有无效的行；按要求允许无法判定的行。",
    ),
    "some-bad": (
        "Result: {count} of {rows} rows need attention.",
        "结论：{rows}行中有{count}行需要处理。",
    ),
    "some-bad-one": (
        "Result: 1 of {rows} rows needs attention.",
        "结论：{rows}行中有1行需要处理。",
    ),
    "only-bad": ("Result: the only row needs attention.", "结论：仅有的1行需要处理。"),
    "replaced": (
        "columns of an earlier report were replaced",
        "已替换原有的检查结果列",
    ),
    "progress": ("Checking", "正在检查"),
    # the file of numbers
    "store-damaged": (
        "{name} is damaged, SQLite cannot read it ({reason}): nothing was changed; take an "
        "undamaged copy of it",
        "{name}已损坏，SQLite无法读取（{reason}）：未作任何更改；请改用完好的备份",
    ),
    "store-refused": (
        "{name} cannot be used ({reason}): nothing was changed",
        "{name}无法使用（{reason}）：未作任何更改",
    ),
    # parse
    "part-canonical": ("canonical form", "规范形式"),
    "part-year": ("evaluation year", "评审年度"),
    "part-region_code": ("region/department code", "地区部门识别代码"),
    "part-series_code": ("series/level code", "职称系列级别识别代码"),
    "part-sequence": ("sequence", "顺序编号"),
    "part-grassroots": ("grass-roots marker", "“（基层）”标识"),
    # codes
    "city-prefix": ("city prefix", "市前缀"),
    "faults": ("{count} faults", "共{count}处错误"),
    "faults-one": ("1 fault", "共1处错误"),
    "not-listed": ("code {code} is not listed", "代码{code}未收录"),
    "no-entries": ("no code of these tables matches", "代码表中没有符合条件的代码"),
    "source-of": ("source: {source}", "来源：{source}"),
    "in-edition": ("({edition})", "（{edition}）"),
    "head-edition": ("Edition", "版本"),
    "head-domain": ("For", "范围"),
    "head-content": ("Content", "性质"),
    "head-from": ("From", "有效期自"),
    "head-codes": ("Codes", "代码数"),
    "head-source": ("Source", "来源"),
    "label-digest": ("Digest", "摘要"),
    "yes": ("yes", "有"),
    "no": ("no", "无"),
    "span": ("characters {first}–{last}", "第{first}–{last}个字符"),
    "span-one": ("character {first}", "第{first}个字符"),
    "span-at": ("before character {first}", "第{first}个字符之前"),
}
