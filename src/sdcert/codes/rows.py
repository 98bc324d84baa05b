"""From cells to entries. Only this file knows how a cell is read.

Every fault is collected; a row with a fault gives no entry, and its other cells are still looked
at, so that an office sees all of them at once.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.codes.columns import (
    PREFIX_WORDS,
    REGION_COLUMNS,
    SERIES_COLUMNS,
    SOURCE_COLUMNS,
)
from sdcert.codes.edition import SERIES
from sdcert.codes.errors import Fault, InvalidTable
from sdcert.codes.model import (
    CityPrefix,
    Entry,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.dates import parse_day
from sdcert.findings import Params

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Rows", "columns_of", "source_from"]

_LOST: Final = re.compile("[0-9]+")
_BETWEEN: Final = re.compile(r"[\s、，,;；]+")
_DAYS: Final = ("valid_from", "valid_through", "retrieved")


def columns_of(domain: str) -> tuple[str, ...]:
    """The columns that a table for a domain may have."""
    return SERIES_COLUMNS if domain == SERIES else REGION_COLUMNS


def read_day(value: object) -> date:
    """Read a day from a cell or a key.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(value, datetime):
        # Workbooks know no days, only midnights.
        if value.tzinfo is None and (value.hour, value.minute, value.second) == (0, 0, 0):
            return value.date()
        raise ValueError(value)
    if isinstance(value, date):
        return value
    return parse_day(str(value))


def source_from(plain: Mapping[str, Any]) -> Source | list[Fault]:
    """Build a source from a table of keys, or tell what is wrong with it."""
    faults = []
    found: dict[str, Any] = {}
    for key, value in plain.items():
        if key not in SOURCE_COLUMNS:
            known = Params(known=", ".join(SOURCE_COLUMNS))
            faults.append(Fault("key-unknown", f"source.{key}", params=known))
        elif key == "retrieved":
            try:
                found[key] = read_day(value)
            except ValueError:
                faults.append(Fault("day", "source.retrieved", value))
        else:
            found[key] = value
    if not found.get("document"):
        faults.append(Fault("source-missing", "source.document"))
    else:
        try:
            source = Source(**found)
        except InvalidTable as error:
            faults.extend(attrs.evolve(f, column=f"source.{f.column}") for f in error.faults)
        else:
            if not faults:
                return source
    return faults


class Rows:
    """Reads the rows of one table.

    Args:
        domain: The edition's domain.
        source: The edition's source, for rows that name none.
        typed: Whether cells may be other things than text.
        spreadsheet: Whether the rows come out of one, and its user wants to know what it does.
    """

    def __init__(
        self,
        domain: str,
        source: Source,
        *,
        typed: bool = True,
        spreadsheet: bool = True,
    ) -> None:
        self.typed = typed
        self.spreadsheet = spreadsheet
        self.domain = domain
        self.source = source
        self._days: dict[object, date] = {}
        self._sources: dict[tuple[object, ...], Source | list[Fault]] = {}
        self._links: dict[str, tuple[str, ...]] = {}

    def read(self, cells: Mapping[str, Any]) -> Entry | list[Fault]:
        """Read one row.

        Args:
            cells: By English column name; without empty ones.

        Returns:
            The entry, or everything that is wrong with the row.
        """
        faults: list[Fault] = []
        if self.typed:
            for column, value in cells.items():
                if not isinstance(value, (str, date) if column in _DAYS else str):
                    faults.append(self._type_fault(column, value))
            if faults:
                return faults
        first = self._day(cells, "valid_from", faults)
        last = self._day(cells, "valid_through", faults)
        links = self._successors(cells.get("successors", ""))
        source = self._source(cells, faults)
        try:
            entry = self._entry(cells, (first, last, links, source), faults)
        except InvalidTable as error:
            faults.extend(error.faults)
        else:
            if not faults:
                return entry
        return [self._advised(fault) for fault in faults]

    def _type_fault(self, column: str, value: object) -> Fault:
        if self.spreadsheet:
            return Fault("cell-type", column, value, Params(type=type(value).__name__))
        return Fault("key-type", column, value, Params(expected=("text", "文本")))

    def _advised(self, fault: Fault) -> Fault:
        """Spreadsheets drop leading zeros: who wrote a code in one is told so."""
        lost = self.spreadsheet and fault.kind == "code" and _LOST.fullmatch(fault.value)
        if lost and len(fault.value) < fault.params["width"]:  # type: ignore[operator]  # an int
            return attrs.evolve(fault, kind="code-short")
        return fault

    def _entry(
        self,
        cells: Mapping[str, Any],
        shared: tuple[Any, ...],
        faults: list[Fault],
    ) -> Entry:
        take = cells.get
        code = take("code", "")
        if self.domain == SERIES:
            series, level = take("series", ""), take("level", "")
            if "grade" in cells:
                return SeriesCode(code, series, level, cells["grade"], *shared)
            first, last, links, source = shared
            return SeriesCode(
                code,
                series,
                level,
                valid_from=first,
                valid_through=last,
                successors=links,
                source=source,
            )
        if len(code) == 2:
            faults.extend(
                Fault("prefix-row", column, cells[column])
                for column in ("authority", "city", "county")
                if take(column, "") not in PREFIX_WORDS
            )
            return CityPrefix(code, take("name", ""), *shared)
        kind = take("authority", "")
        return RegionCode(code, take("name", ""), kind, take("city"), take("county"), *shared)

    def _day(self, cells: Mapping[str, Any], column: str, faults: list[Fault]) -> date | None:
        value = cells.get(column)
        if value is None:
            return None
        day = self._days.get(value)
        if day is None:
            try:
                day = self._days[value] = read_day(value)
            except ValueError:
                faults.append(Fault("day", column, value))
        return day

    def _successors(self, text: str) -> tuple[str, ...]:
        if not text:
            return ()
        links = self._links.get(text)
        if links is None:
            links = self._links[text] = tuple(sorted({c for c in _BETWEEN.split(text) if c}))
        return links

    def _source(self, cells: Mapping[str, Any], faults: list[Fault]) -> Source | None:
        take = cells.get
        # One by one and in the order of SOURCE_COLUMNS: this runs for every row.
        key = (take("document"), take("article"), take("url"), take("retrieved"), take("sha256"))
        if key == _NO_SOURCE:
            return self.source
        found = self._sources.get(key)
        if found is None:
            plain = {name: value for name, value in zip(SOURCE_COLUMNS, key, strict=True) if value}
            if "document" not in plain:
                # A row that names a clause alone means one of the edition's own document.
                plain["document"] = self.source.document
            found = self._sources[key] = source_from(plain)
        if isinstance(found, Source):
            return found
        faults.extend(
            attrs.evolve(fault, column=fault.column.removeprefix("source.")) for fault in found
        )
        return None


_NO_SOURCE: Final = (None,) * len(SOURCE_COLUMNS)
