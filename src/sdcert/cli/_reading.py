"""Options of the commands that read a file, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from sdcert.cli._common import Option
from sdcert.cli._texts import Problem
from sdcert.files.encodings import ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["reading_options", "take_limit", "take_options"]

_F = TypeVar("_F", bound="Callable[..., Any]")
_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

_encoding = click.option(
    "--encoding",
    cls=Option,
    type=click.Choice(sorted(ENCODINGS), case_sensitive=False),
    metavar="NAME",
    help="Of a CSV file: utf-8, gb18030 (gbk and gb2312 mean the same) or utf-16; by default it is "
    "found.",
    zh="CSV文件的编码：utf-8、gb18030（gbk、gb2312同）或utf-16；默认自动识别。",
)
_delimiter = click.option(
    "--delimiter",
    cls=Option,
    type=click.Choice(list(_DELIMITERS)),
    metavar="NAME",
    help="What separates the cells of a CSV file: comma, semicolon, tab or bar; by default it is "
    "found.",
    zh="CSV文件的单元格分隔符：comma（逗号）、semicolon（分号）、tab（制表符）或bar（竖线）；默认自动识别。",
)
_header_line = click.option(
    "--header-line",
    cls=Option,
    type=click.IntRange(min=0),
    metavar="N",
    help="The line or row with the column names, the first of them if there are two; 0 if there is "
    "none. By default it is found. What is above it, such as a title, is not checked.",
    zh="列名所在的行号（两行表头时为第一行），没有列名时为0；默认自动识别。该行之前的内容（如表格标题）不检查。",
)
_sheet = click.option(
    "--sheet",
    cls=Option,
    metavar="NAME|N",
    help="The sheet of a workbook, by name or position (1 is the first). By default the only one, "
    "or the only one with a column of the name given, or one that looks like certificate numbers.",
    zh="工作簿中的工作表，用名称或序号（从1起）指定；默认为唯一的工作表，或唯一含有指定列名或像是含有证书编号的工作表。",
)

_every_row = click.option(
    "--every-row",
    cls=Option,
    is_flag=True,
    help="Check every row below the column names, totals, signatures and repeated headers too.",
    zh="检查列名以下的每一行，合计、签字、重复的表头等行也不例外。",
)


def reading_options(command: _F) -> _F:
    """Give a command the options that say how its file is to be read, for :func:`take_options`."""
    for option in (_sheet, _header_line, _every_row, _delimiter, _encoding):
        command = option(command)
    return command


def take_options(
    encoding: str | None,
    delimiter: str | None,
    header_line: int | None,
    sheet: str | None,
    *columns: str | None,
) -> dict[str, Any]:
    """Return the options of :func:`reading_options` as arguments of ``open_table``.

    Args:
        encoding: What ``--encoding`` names.
        delimiter: What ``--delimiter`` names.
        header_line: ``--header-line``.
        sheet: ``--sheet``.
        columns: The columns that were named, or given by position: names help to find the header.
    """
    return {
        "encoding": encoding,
        "delimiter": _DELIMITERS[delimiter] if delimiter else None,
        "header_line": header_line,
        "sheet": sheet,
        "names": [name for name in columns if name and not name.strip().isdecimal()],
    }


def take_limit(ctx: click.Context, param: click.Parameter, value: str | None) -> int | str | None:
    """Take the value of ``--limit``: a count or ``all``; a callback for click."""
    if value is None or value == "all":
        return value
    if value.isascii() and value.isdigit():
        return int(value[:18])
    raise Problem("not-a-limit", {"shown": value})
