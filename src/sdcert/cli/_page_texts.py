"""The words of the HTML page, in English and Chinese. Only this file knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    pass

__all__ = ["TEXTS", "tell"]


def tell(key: str, lang: str, **params: object) -> str:
    """Return a text of the page; integers among the parameters get separators.

    A text that counts one thing may have a wording of its own, under its key with ``-one``.

    >>> tell("shown-part", "en", shown=500, count=1200)
    'the first 500 of 1,200 rows; 700 are left out'
    >>> tell("shown-all", "en", count=1), tell("shown-all", "zh", count=1)
    ('1 row', '1行')
    """
    one = f"{key}-one"
    if params.get("count") == 1 and one in TEXTS:
        key = one
    if "shown" in params:
        params["left"] = int(str(params["count"])) - int(str(params["shown"]))
    told = {name: f"{at:,}" if isinstance(at, int) else at for name, at in params.items()}
    return TEXTS[key][lang == "zh"].format(**told)


TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Certificate numbers in {source}", "证书编号检查：{source}"),
    "subject": (
        "Numbers of Shandong professional-title certificates",
        "山东省职称证书编号检查结果",
    ),
    "standard-input": ("standard input", "标准输入"),
    "counts": ("Result", "检查结果"),
    "rows": ("Rows checked", "检查行数"),
    "of-all": ("{share} of the rows", "占全部行的{share}"),
    "bad": ("{bad} of {rows} rows need attention.", "{rows}行中有{bad}行需要处理。"),
    "bad-one": ("1 of {rows} rows needs attention.", "{rows}行中有1行需要处理。"),
    "bad-only": ("The only row needs attention.", "仅有的1行需要处理。"),
    "good": ("All rows are valid.", "各行均有效。"),
    "allowed": (
        "No row is invalid; undetermined ones were allowed.",
        "没有无效的行；按要求允许无法判定的行。",
    ),
    "meaning-heading": ("What “valid” means", "“有效”的含义"),
    "all-rows": ("All rows", "全部行"),
    "bar": (
        "{label}: {valid} valid, {undetermined} undetermined, {invalid} invalid",
        "{label}：有效{valid}，无法判定{undetermined}，无效{invalid}",
    ),
    "proportion": ("Distribution", "分布"),
    "total": ("Rows", "行数"),
    "findings": ("By finding", "按问题统计"),
    "finding": ("Finding", "问题"),
    "findings-note": (
        "A row can have several findings and counts for each. A warning makes no row invalid.",
        "一行可有多个问题，每个问题各计一次；提示不影响判定。",
    ),
    "findings-none": ("Nothing was found.", "未发现问题。"),
    "cities": ("By city", "按市统计"),
    "city": ("City", "市"),
    "cities-note": (
        "By the first two digits of the region/department code, with the city’s name where the "
        "code tables have it.",
        "按地区部门识别代码前两位统计；代码表中有该市名称的，一并列出。",
    ),
    "years": ("By evaluation year", "按评审年度统计"),
    "year": ("Evaluation year", "评审年度"),
    "year-of": ("{year}", "{year}年"),
    "years-note": (
        "By the first two digits of the number.",
        "按编号前两位数字统计。",
    ),
    "unreadable": ("not recognised as a number", "无法识别"),
    "bad-rows": ("Rows that need attention", "需要处理的行"),
    "bad-rows-none": ("There are none.", "没有需要处理的行。"),
    "shown-part": (
        "the first {shown} of {count} rows; {left} are left out",
        "共{count}行，列出前{shown}行，其余{left}行从略",
    ),
    "shown-all": ("{count} rows", "{count}行"),
    "shown-all-one": ("1 row", "1行"),
    "line": ("Line", "行"),
    "row": ("Row", "行"),
    "value": ("Value as given", "原值"),
    "reason": ("Reason", "原因"),
    "suggested": ("suggested", "建议写作"),
    "more-findings": ("and {more} more findings", "另有{more}个问题"),
    "value-missing": ("no value", "没有值"),
    "value-empty": ("empty", "空"),
    "value-long": ("{length} characters", "共{length}个字符"),
    "escapes-note": (
        "Characters that cannot be seen are written out, as \\u200b; what a reason points at is "
        "marked.",
        "不可见字符以\\u200b等形式写出；问题所在的字符已标出。",
    ),
    "columns-none": (
        "Of the file’s columns, this page shows the one with the numbers alone.",
        "本页仅列出证书编号所在的列，不含文件中的其他列。",
    ),
    "columns-shown": (
        "Other columns are shown because they were asked for; if they concern persons, mind who "
        "gets this page: ",
        "按要求另列出以下各列；如涉及个人信息，请注意本页的传阅范围：",
    ),
    "comma": (", ", "、"),
    "particulars": ("What was checked", "检查说明"),
    "made-on": ("Made on", "生成日期"),
    "program": ("Program", "检查程序"),
}
