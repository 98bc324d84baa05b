"""The words of a table: headings and cell values, in English and in Chinese.

Only this file knows which words an office may write; :mod:`sdcert.codes.rows` reads with them and
:mod:`sdcert.codes.writing` writes with them. They belong to version 1 of the format.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ENCODINGS",
    "FORMAT",
    "HEADINGS",
    "PREFIX_WORDS",
    "REGION_COLUMNS",
    "REQUIRED",
    "SERIES_COLUMNS",
    "SOURCE_COLUMNS",
    "TABLE_KEYS",
    "is_format",
]

#: The version of the format, of the files of an office and of the JSON form alike.
FORMAT: Final = 1


def is_format(value: object) -> bool:
    """Whether a file says that it is of this version; neither ``true`` nor ``1.0`` does."""
    return type(value) is int and value == FORMAT


SOURCE_COLUMNS: Final = ("document", "article", "url", "retrieved", "sha256")
_SHARED: Final = ("valid_from", "valid_through", "successors", *SOURCE_COLUMNS)
REGION_COLUMNS: Final = ("code", "name", "authority", "city", "county", *_SHARED)
SERIES_COLUMNS: Final = ("code", "series", "level", "grade", *_SHARED)

#: The headings without which a table cannot be read.
REQUIRED: Final = {
    REGION_COLUMNS: ("code", "name", "authority"),
    SERIES_COLUMNS: ("code", "series", "level"),
}

# By column: the Chinese heading that is written first, then others that are read as well.
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "code": ("代码", "识别代码", "地区部门识别代码", "地区识别代码", "职称系列级别识别代码"),
    "name": ("名称", "部门名称", "单位名称", "核准公布部门"),
    "authority": ("部门类别", "类别"),
    "city": ("设区的市", "市"),
    "county": ("县（市、区）", "县市区", "县"),
    "series": ("职称系列", "系列"),
    "level": ("级别", "职称级别"),
    "grade": ("层级", "职称层级"),
    "valid_from": ("启用日期", "有效期自"),
    "valid_through": ("截止日期", "有效期至"),
    "successors": ("后继代码",),
    "document": ("来源文件", "文件"),
    "article": ("条款",),
    "url": ("网址",),
    "retrieved": ("查阅日期",),
    "sha256": ("SHA-256",),
}

#: What may stand under ``authority`` in the row of a city's prefix.
PREFIX_WORDS: Final = frozenset({"", "city-prefix", "市前缀"})

TABLE_KEYS: Final = (
    "format",
    "id",
    "domain",
    "publisher",
    "content",
    "valid_from",
    "published_on",
    "rows",
    "sheet",
    "encoding",
    "source",
)

#: What ``encoding`` may say, and how Python calls it.
ENCODINGS: Final = {"utf-8": "utf-8-sig", "gb18030": "gb18030"}
