"""The rows of a table: its headings, and cells to entries. Version 1 of the format.

Every fault is collected; a row with a fault gives no entry, and its other cells are still looked
at, so that an office sees all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import attrs

from sdcert._documents import Reader
from sdcert._faults import read_day_cell
from sdcert.codes.edition import SERIES
from sdcert.codes.errors import Fault, InvalidTable
from sdcert.codes.kinds import fold
from sdcert.codes.model import CityPrefix, Entry, RegionCode, SeriesCode, Source
from sdcert.files.cells import CellError, Uncomputed, is_blank
from sdcert.findings import Params
from sdcert.messages import Bilingual

__all__ = [
    "FORMAT",
    "REQUIRED",
    "SOURCE_COLUMNS",
    "RowReader",
    "advised",
    "columns_of",
    "find_columns",
    "head_row",
    "read_source",
    "type_faults",
]

#: The version of the format, of the files of an office and of the JSON form alike.
FORMAT: Final = 1

SOURCE_COLUMNS: Final = ("document", "article", "url", "retrieved", "sha256")
_SHARED: Final = ("valid_from", "valid_through", "successors", *SOURCE_COLUMNS)
_COMMON: Final = ("valid_from", "valid_through", "successors", "source")  # of the entries
_REGION_COLUMNS: Final = ("code", "name", "authority", "city", "county", *_SHARED)
_SERIES_COLUMNS: Final = ("code", "series", "level", "grade", *_SHARED)

#: The headings without which a table cannot be read.
REQUIRED: Final = {
    _REGION_COLUMNS: ("code", "name", "authority"),
    _SERIES_COLUMNS: ("code", "series", "level"),
}

# By column: the Chinese heading that messages name, then others that are read as well.
_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "code": ("代码", "识别代码", "地区部门识别代码", "地区识别代码", "职称系列级别识别代码"),
    "name": ("名称", "部门名称", "单位名称", "核准公布部门"),
    "authority": ("部门类别", "类别"),
    "city": ("设区的市", "市"),
    "county": ("县（市、区）", "县市区", "县"),
    "series": ("职称系列", "系列"),
    "level": ("级别", "职称级别"),
    "grade": ("层级", "职称层级"),
    "valid_from": ("有效期自", "启用日期", "起始日期"),
    "valid_through": ("有效期至", "截止日期"),
    "successors": ("后继代码",),
    "document": ("来源文件", "文件"),
    "article": ("条款",),
    "url": ("网址",),
    "retrieved": ("查阅日期",),
    "sha256": ("SHA-256",),
}
# A column that counts the rows; it says nothing of a code.
_COUNTING: Final = frozenset({"序号"})
#: What may be under ``authority`` in the row of a city's prefix.
_PREFIX_WORDS: Final = frozenset({"", "city-prefix", "市前缀", "设区的市前2位代码"})

_LOST: Final = re.compile("[0-9]+")
_BETWEEN: Final = re.compile(r"[\s、，,;；]+")
_DAYS: Final = ("valid_from", "valid_through", "retrieved")
_LOOKED: Final = 10  # rows in which the headings are looked for
_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "truth"),
    (int, "number"),
    (float, "number"),
    (date, "day"),
)


def columns_of(domain: str) -> tuple[str, ...]:
    """The columns that a table for a domain may have."""
    return _SERIES_COLUMNS if domain == SERIES else _REGION_COLUMNS


def _words(columns: Sequence[str]) -> dict[str, str]:
    return {fold(word): column for column in columns for word in (column, *_HEADINGS[column])}


def _named(column: str) -> str:
    return f"{column}/{_HEADINGS[column][0]}"


def head_row(rows: Sequence[tuple[int, Sequence[Any]]], columns: tuple[str, ...]) -> int | None:
    """Find the row of headings: the first that has all required ones, else the first filled one.

    Returns:
        Its place among ``rows``; None if all are blank. A title may be above it.
    """
    words = _words(columns)
    every = (at for at, (_, cells) in enumerate(rows) if not all(map(is_blank, cells)))
    filled = list(islice(every, _LOOKED))
    for at in filled:
        found = {words.get(fold(str(cell))) for cell in rows[at][1]}
        if found.issuperset(REQUIRED[columns]):
            return at
    return next(iter(filled), None)


def find_columns(
    heads: Sequence[Any], columns: tuple[str, ...]
) -> tuple[dict[str, int], list[Fault]]:
    """Find the places of the columns; an unknown heading is a fault, not something to skip."""
    words, known = _words(columns), tuple(map(_named, columns))
    places: dict[str, int] = {}
    faults = []
    for place, head in enumerate(heads):
        word = "".join(str("" if head is None else head).split())
        column = words.get(fold(word))
        if word in _COUNTING:
            continue
        if column is None:
            faults.append(Fault("column-unknown", word, params=Params(known=known)))
        elif column in places:
            faults.append(Fault("column-doubled", word, params=Params(column=column)))
        else:
            places[column] = place
    faults.extend(
        Fault("column-missing", params=Params(column=_named(column)))
        for column in REQUIRED[columns]
        if column not in places
    )
    return places, faults


def read_source(table: Reader) -> Source | None:
    """Read a source from its keys; None, with what is wrong noted, where they make none."""
    before = len(table.faults)
    found: dict[str, Any] = {
        column: table.day(column, required=False) if column in _DAYS else table.string(column)
        for column in SOURCE_COLUMNS
    }
    table.close()
    if not found["document"]:
        table.note([Fault("source-missing", "document")])
    try:
        source = Source(**found)
    except InvalidTable as error:
        table.note(error.faults)
    return None if len(table.faults) > before else source


def type_faults(columns: Sequence[str], row: Sequence[object]) -> dict[str, Fault]:
    """What is wrong with cells of a workbook that are no text, and no days where days belong."""
    return {
        column: fault
        for column, cell in zip(columns, row, strict=True)
        if (fault := _type_fault(column, cell))
    }


def _type_fault(column: str, value: object) -> Fault | None:
    if isinstance(value, CellError | Uncomputed):
        kind = "cell-error" if isinstance(value, CellError) else "cell-formula"
        return Fault(kind, column, value)
    if isinstance(value, str):
        return None
    if isinstance(value, date) and column in _DAYS:
        # an instant of a zone is on different days in different places
        zoned = isinstance(value, datetime) and value.tzinfo is not None
        return Fault("day", column, value) if zoned else None
    if type(value) in (int, float) and column in _DAYS:
        return None  # 20240101, or a serial number, which is named for what it is
    kind = next((name for type_, name in _TYPES if isinstance(value, type_)), "time")
    params = Params(type=Bilingual.render(f"codes.type.{kind}"))
    return Fault("cell-type", column, value, params)


def advised(fault: Fault) -> Fault:
    """Spreadsheets drop leading zeros from a code that they take for a number."""
    lost = fault.kind == "code" and _LOST.fullmatch(fault.value)
    if lost and len(fault.value) < fault.params["width"]:  # type: ignore[operator]  # an int
        return attrs.evolve(fault, kind="code-short")
    return fault


class RowReader:
    """Makes entries of the rows of one table.

    Args:
        domain: The edition's domain.
        source: The edition's source, for rows that name none.
    """

    def __init__(self, domain: str, source: Source) -> None:
        self.columns = columns_of(domain)
        self.source = source
        self._own = len(self.columns) - len(_SHARED)
        self._entry = self._title if domain == SERIES else self._body
        self._days: dict[object, date | None] = {}
        self._sources: dict[tuple[Any, ...], Source | list[Fault]] = {_NO_SOURCE: source}
        self._links: dict[str | tuple[str, ...], tuple[str, ...]] = {}

    def read(self, row: tuple[Any, ...]) -> Entry | list[Fault]:
        """Read one row.

        Args:
            row: Its cells in the order of the columns, trimmed: texts, days, and successors as a
                tuple where they are apart already; an empty one is an empty text.

        Returns:
            The entry, or everything that is wrong with the row.
        """
        faults: list[Fault] = []
        at = self._own
        first, last, links = row[at : at + 3]
        begin = self._day("valid_from", first, faults) if first else None
        end = self._day("valid_through", last, faults) if last else None
        after = self._successors(links) if links else ()
        stated = row[at + 3 :]
        source = None
        found = self._sources.get(stated) or self._source(stated)
        if isinstance(found, Source):
            source = found
        else:
            faults.extend(found)
        try:
            entry = self._entry(row, (begin, end, after, source), faults)
        except InvalidTable as error:
            faults.extend(error.faults)
        else:
            if not faults:
                return entry
        return faults

    def kind_of(self, code: str) -> type[Entry]:
        """The kind of entry that a code has in this table."""
        if self.columns is _SERIES_COLUMNS:
            return SeriesCode
        return CityPrefix if len(code) == CityPrefix.width else RegionCode

    def _title(self, row: tuple[Any, ...], shared: tuple[Any, ...], _: list[Fault]) -> SeriesCode:
        code, series, level, grade = row[: self._own]
        named = dict(zip(_COMMON, shared, strict=True))
        if grade:
            named["grade"] = grade
        return SeriesCode(code, series, level, **named)

    def _body(
        self, row: tuple[Any, ...], shared: tuple[Any, ...], faults: list[Fault]
    ) -> RegionCode | CityPrefix:
        code, name, authority, city, county = row[: self._own]
        if len(code) == CityPrefix.width:
            faults.extend(
                Fault("prefix-row", column, cell)
                for column, cell in (("authority", authority), ("city", city), ("county", county))
                if cell not in _PREFIX_WORDS
            )
            return CityPrefix(code, name, *shared)
        if not authority:
            faults.append(Fault("missing", "authority"))
        return RegionCode(code, name, authority or "other", city or None, county or None, *shared)

    def _day(self, column: str, value: object, faults: list[Fault]) -> date | None:
        day = self._days.get(value)
        if day is None:
            day = self._days[value] = read_day_cell(value, column, faults)
        return day

    def _successors(self, cell: str | tuple[str, ...]) -> tuple[str, ...]:
        links = self._links.get(cell)
        if links is None:
            codes = cell if isinstance(cell, tuple) else filter(None, _BETWEEN.split(cell))
            links = self._links[cell] = tuple(sorted(set(codes)))
        return links

    def _source(self, cells: tuple[Any, ...]) -> Source | list[Fault]:
        stated = {name: value for name, value in zip(SOURCE_COLUMNS, cells, strict=True) if value}
        # A row that names a clause only means one of the edition's own document.
        table = Reader({"document": self.source.document} | stated)
        found = self._sources[cells] = read_source(table) or table.faults
        return found


_NO_SOURCE: Final = ("",) * len(SOURCE_COLUMNS)
