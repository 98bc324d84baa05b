"""The words of the command line about files: what keeps one from being read, or written.

Only this file knows them; :func:`sdcert.cli._texts.say` says them.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FILES"]

FILES: Final[dict[str, tuple[str, str]]] = {
    # what keeps a file from being read
    "use-option": ("{text} ({option})", "{text}（选项{option}）"),
    "no-rows": (
        "{name} has column names but no rows with data: nothing was checked",
        "{name}只有列名，没有数据行，未作任何检查",
    ),
    "not-there": ("there is no file or folder {name}", "没有文件或目录{name}"),
    "system": ("{name}: {reason}", "{name}：{reason}"),
    # what keeps a report from being written
    "show-column-no-page": (
        "--show-column is for a page: --report OUT.html (the other reports hold every column)",
        "--show-column仅用于网页形式的检查结果（--report OUT.html）；其他格式本来就包含所有列",
    ),
    "report-format": (
        "no report is written as {ending} ({name}): let its name end with .csv, .xlsx, .jsonl, "
        ".parquet or .html",
        "检查结果不能写成{ending}格式（{name}）：请用.csv、.xlsx、.jsonl、.parquet或.html为扩展名",
    ),
    "xlsx-too-long": (
        "{name} has more rows than a sheet of a workbook can hold ({limit}): write the report as "
        ".csv, .jsonl or .parquet; nothing was written",
        "{name}的行数超过工作表的上限（{limit}行）：请将检查结果写成.csv、.jsonl或.parquet；未写入任何内容",
    ),
    "xlsx-too-wide": (
        "{name} has more columns than a sheet of a workbook can hold beside those of the report "
        "({limit}): write the report as .csv, .jsonl or .parquet; nothing was written",
        "{name}的列数加上检查结果列超过工作表的上限（{limit}列）：请将检查结果写成.csv、.jsonl或"
        ".parquet；未写入任何内容",
    ),
    "xlsx-long-cell": (
        "a cell on line {line} of {name} is longer than a cell of a workbook can be ({limit} "
        "characters): write the report as .csv, .jsonl or .parquet; nothing was written",
        "{name}第{line}行有单元格超过工作簿单元格的长度上限（{limit}个字符）：请将检查结果写成.csv、.jsonl"
        "或.parquet；未写入任何内容",
    ),
    # cells that hold no text
    "numeric-cell": (
        "the cell holds the number {shown}, not text: a spreadsheet has turned the certificate "
        "number into a number, its prefix is lost and perhaps digits; enter it anew, as text",
        "单元格是数字{shown}，不是文本：证书编号已被电子表格转成数字，丢失了“鲁”，位数也可能有误；"
        "请按证书原件以文本重新填写",
    ),
    "numeric-cell-whole": (
        "the cell holds the number {shown}, not text: a spreadsheet has turned the certificate "
        "number into a number, its prefix is lost; if the certificate reads {suggestion}, enter "
        "that as text",
        "单元格是数字{shown}，不是文本：证书编号已被电子表格转成数字，丢失了“鲁”；请与证书原件核对，"
        "如为{suggestion}，请以文本重新填写",
    ),
    "numeric-cell-cut": (
        "the cell holds the number {shown}, not text: a spreadsheet has turned the certificate "
        "number into a number and keeps 15 digits, the rest is lost; enter it anew, as text",
        "单元格是数字{shown}，不是文本：证书编号已被电子表格转成数字，只保留15位，其余已丢失；"
        "请按证书原件以文本重新填写",
    ),
    "date-cell": (
        "the cell holds a date or time, not text: {shown}",
        "单元格是日期或时间，不是文本：{shown}",
    ),
    "boolean-cell": (
        "the cell holds true or false, not text: {shown}",
        "单元格是逻辑值，不是文本：{shown}",
    ),
    "error-cell": (
        "the cell shows the error {shown} of a formula",
        "单元格显示公式错误{shown}",
    ),
    "formula-cell": (
        "the cell holds a formula whose result is not in the file ({shown}): open the workbook in "
        "a spreadsheet and save it",
        "单元格是公式，文件中没有其计算结果（{shown}）：请用电子表格软件打开并保存后再检查",
    ),
    "numeric-cell-label": ("cell holds a number, not text", "单元格是数字，不是文本"),
    "date-cell-label": ("cell holds a date, not text", "单元格是日期，不是文本"),
    "boolean-cell-label": ("cell holds true or false, not text", "单元格是逻辑值，不是文本"),
    "error-cell-label": ("cell shows an error", "单元格显示公式错误"),
    "formula-cell-label": ("formula without a result", "公式没有计算结果"),
    # the workbook
    "remark-more": ("({count} findings in all)", "（共{count}项）"),
    "remark-canonical": ("Canonical form: {number}", "规范写法：{number}"),
    "remark-meant": (
        "Perhaps (compare it with the certificate): {number}",
        "可能的编号（须与证书原件核对）：{number}",
    ),
    "summary-title": ("Check of certificate numbers", "证书编号检查汇总"),
    "label-source": ("File", "文件"),
    "label-sheet": ("Sheet", "工作表"),
    "label-blank": ("Blank rows, not checked", "空行（未检查）"),
    "label-meaning": ("What “valid” means", "“有效”的含义"),
    "label-colours": ("Colours", "颜色"),
    "label-comments": ("Comments", "批注"),
    "label-version": ("Made by", "检查工具"),
    "colours": (
        "red: invalid; yellow: undetermined; blue: valid, with a remark; the comment on a cell "
        "says what was found",
        "红色：无效；黄色：无法判定；蓝色：有效，但有提示；单元格批注说明具体问题",
    ),
    "comments-left-out": (
        "{count} further cells are marked without a comment, so that the workbook stays quick; "
        "what was found stands in the column sdcert_message",
        "另有{count}个单元格只标颜色、不加批注，以免文件打开过慢；具体问题见sdcert_message列",
    ),
}
