"""The words of the command line about files: what keeps one from being read, or written.

Only this file knows them; :func:`sdcert.cli._texts.say` says them.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FILES"]

FILES: Final[dict[str, tuple[str, str]]] = {
    # what keeps a file from being read
    "empty-file": (
        "{name} is empty: there is nothing to check",
        "{name}是空文件，没有可检查的内容",
    ),
    "no-rows": (
        "{name} has column names but no rows with data: nothing was checked",
        "{name}只有列名，没有数据行，未作任何检查",
    ),
    "blank-file": (
        "{name} holds blank lines alone: there is nothing to check",
        "{name}只有空行，没有可检查的内容",
    ),
    "workbook": (
        "{name} is a workbook, not a CSV file: give an .xlsx workbook that ending, save any other "
        "as .xlsx, and check that",
        "{name}是工作簿，不是CSV文件：若是.xlsx格式，请将扩展名改为.xlsx；其他格式请另存为.xlsx后再检查",
    ),
    "workbook-closed": (
        "{name} is an .xlsx workbook by its name alone: it is protected by a password, or in the "
        "older format .xls; save it as .xlsx without password and check that",
        "{name}仅扩展名为.xlsx：文件设有打开密码，或者是旧的.xls格式；请去掉密码、另存为.xlsx后再检查",
    ),
    "workbook-broken": (
        "{name} cannot be read as an .xlsx workbook: {reason}",
        "{name}无法作为.xlsx工作簿读取：{reason}",
    ),
    "workbook-dense": (
        "{name} is not read: its part {part} would be {size} bytes long, far more than such a file "
        "holds in good faith",
        "{name}未予读取：其中的{part}解压后将达{size}字节，远超正常文件",
    ),
    "workbook-beyond": (
        "{name} cannot be read as an .xlsx workbook: row {line} is beyond the {rows} rows and "
        "{columns} columns that a sheet can have",
        "{name}无法作为.xlsx工作簿读取：第{line}行超出工作表的上限（{rows}行、{columns}列）",
    ),
    "workbook-rows": (
        "the rows of {name} are out of order (in its part {part} row {line} follows row {last}): "
        "some would be lost; open the file in a spreadsheet, save it, and check that",
        "{name}的行次序有误（{part}中第{line}行在第{last}行之后），会漏读部分行；"
        "请用电子表格软件打开该文件并保存后再检查",
    ),
    "no-sheet": (
        "{name} has no sheet “{sheet}”; it has {sheets}",
        "{name}中没有工作表“{sheet}”；现有工作表：{sheets}",
    ),
    "sheets-several": (
        "{name} has several sheets, and not just one of them has a column that looks like "
        "certificate numbers: choose one with --sheet ({sheets})",
        "{name}中有多个工作表，像是含有证书编号的不止一个或一个也没有：请用--sheet指定（{sheets}）",
    ),
    "title-row": (
        "row {line} of {name} holds a single cell (“{title}”), as a title does, and rows below "
        "hold more: name the row of the column names with --header-line (row {below}, perhaps; "
        "row {line} if these are the names)",
        "{name}第{line}行只有一个单元格（“{title}”），像是标题，而下面各行不止一个：请用--header-line"
        "指定列名所在的行（可能是第{below}行；若第{line}行就是列名，则指定第{line}行）",
    ),
    "parquet-broken": (
        "{name} cannot be read as Parquet: {reason}",
        "{name}无法作为Parquet文件读取：{reason}",
    ),
    "json-broken": (
        "line {line} of {name} is not JSON: {reason} (character {column})",
        "{name}第{line}行不是JSON：{reason}（第{column}个字符）",
    ),
    "json-undecodable": (
        "line {line} of {name} is not in UTF-8, as JSON is (byte {column} of the line: {bytes})",
        "{name}第{line}行不是UTF-8编码，JSON应为UTF-8（该行第{column}字节：{bytes}）",
    ),
    "json-no-object": (
        "line {line} of {name} holds no JSON object: JSON Lines has one to a line",
        "{name}第{line}行不是JSON对象：JSON Lines每行应为一个对象",
    ),
    "json-key-twice": (
        "the JSON object on line {line} of {name} has the key “{shown}” more than once",
        "{name}第{line}行的JSON对象中，键“{shown}”出现不止一次",
    ),
    "json-constant": (
        "line {line} of {name} is not JSON: {shown} is no value of JSON",
        "{name}第{line}行不是JSON：{shown}不是JSON的值",
    ),
    "json-too-long": (
        "line {line} of {name} has more than {limit} bytes: this is no file of records",
        "{name}第{line}行超过{limit}字节：不像是数据表",
    ),
    "json-too-much": (
        "line {line} of {name} is nested too deep, or has a number of too many digits",
        "{name}第{line}行嵌套过深，或者数字位数过多",
    ),
    "choice-not-of-csv": (
        "{option} is for workbooks (.xlsx); {name} is read as CSV",
        "{option}用于工作簿（.xlsx）；{name}按CSV读取",
    ),
    "choice-not-of-xlsx": (
        "{option} is for CSV files; {name} is a workbook",
        "{option}用于CSV文件；{name}是工作簿",
    ),
    "choice-not-of-jsonl": (
        "{option} is not for JSON Lines, as {name} is",
        "{option}不用于JSON Lines文件（{name}）",
    ),
    "choice-not-of-parquet": (
        "{option} is not for Parquet, as {name} is",
        "{option}不用于Parquet文件（{name}）",
    ),
    "utf-16": (
        "{name} is in UTF-16 or UTF-32, which is not read: save it as “CSV UTF-8” "
        "(or in GB18030) and check that",
        "{name}的编码是UTF-16或UTF-32，无法读取：请另存为“CSV UTF-8”（或GB18030编码）后再检查",
    ),
    "nul-bytes": (
        "{name} is full of NUL bytes: it is in UTF-16, or no text at all; save it as “CSV UTF-8” "
        "and check that",
        "{name}含有大量NUL字节：可能是UTF-16编码，或者不是文本文件；请另存为“CSV UTF-8”后再检查",
    ),
    "bom-conflict": (
        "{name} begins with the mark of UTF-8, so it cannot be GB18030: leave --encoding out",
        "{name}以UTF-8标记（BOM）开头，不可能是GB18030编码：请去掉--encoding选项",
    ),
    "undecodable": (
        "{name} is not in {encoding} throughout: line {line} cannot be read (byte {offset} of the "
        "file, counted from 0: {bytes}); name the right --encoding, or save the file anew",
        "{name}并非全部采用{encoding}编码：第{line}行无法读取（文件第{offset}字节，从0计数：{bytes}）；"
        "请用--encoding指定正确编码，或重新保存文件",
    ),
    "undecodable-any": (
        "{name} is neither in UTF-8 nor in GB18030 throughout; read as {encoding}, line {line} is "
        "the first that makes no sense (byte {offset} of the file, counted from 0: {bytes})",
        "{name}既不全是UTF-8编码，也不全是GB18030编码；按{encoding}读取时，第{line}行首先出错"
        "（文件第{offset}字节，从0计数：{bytes}）",
    ),
    "record-too-long": (
        "the record that begins on line {line} of {name} has more than {limit} characters (reading "
        "stopped on line {last}): this is no table of records, or a quotation mark is not closed",
        "{name}第{line}行开始的记录超过{limit}个字符（读到第{last}行为止）：不像是数据表，或者引号未关闭",
    ),
    "record-too-many-lines": (
        "the record that begins on line {line} of {name} spans more than {limit} lines (reading "
        "stopped on line {last}): a quotation mark is not closed",
        "{name}第{line}行开始的记录超过{limit}行（读到第{last}行为止）：引号未关闭",
    ),
    "malformed": (
        "the quotation marks of the record on line {line} of {name} do not match: a quoted cell is "
        "not closed, or text follows its closing mark (reading stopped at line {last})",
        "{name}第{line}行记录的引号不配对：引号未关闭，或关闭后还有文字（读到第{last}行为止）",
    ),
    "no-header-line": (
        "{name} has no line {line} that could hold column names",
        "{name}没有第{line}行，找不到列名",
    ),
    "not-a-file": ("{name} is not a file", "{name}不是文件"),
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
