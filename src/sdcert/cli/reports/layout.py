"""What every report holds: the input's columns, and the report's own behind them.

Only this file knows the names and the order of the report's own columns.
"""

from __future__ import annotations

from itertools import compress
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from sdcert.cli.phrases import phrase
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sdcert.cli.account import Options, Tally
    from sdcert.cli.engine import Found, Row
    from sdcert.files.columns import Column

__all__ = ["BEYOND", "COLUMNS", "Layout", "Sink"]
__all__ += ["WORDED", "file_name", "unique", "worded"]

COLUMNS: Final = (
    "sdcert_outcome",
    "sdcert_canonical",
    "sdcert_findings",
    "sdcert_message",
    "sdcert_year",
    "sdcert_region_code",
    "sdcert_series_code",
    "sdcert_sequence",
    "sdcert_grassroots",
    "sdcert_version",
    "sdcert_codes",
)
"""The columns that the report adds behind those of the input."""

BEYOND: Final = "sdcert_beyond"
"""The column for cells that a row has too many, where a format gives every cell a name."""

_NOTHING: Final = (None,) * len(COLUMNS)

WORDED: Final = (
    *("sdcert_outcome", "sdcert_message", "sdcert_canonical", *COLUMNS[4:9]),
    *("sdcert_findings", "sdcert_version", "sdcert_codes"),
)
"""The same columns in the order in which people want them, for a workbook."""


def worded(lang: str) -> list[str]:
    """Return what the report's own columns are called in a workbook.

    >>> worded("zh")[:3]
    ['结果', '原因', '规范写法']
    """
    return [phrase(f"column-{name}", lang) for name in WORDED]


class Sink(Protocol):
    """A report that is being written; what a format has to offer."""

    def batch(self, found: Found) -> None:
        """Write some rows. They come in the order of the file, blank ones included."""
        ...

    def finish(self, options: Options, tally: Tally) -> None:
        """Write what is known only at the end; called once, if nothing went wrong."""
        ...


@attrs.frozen
class Layout:
    """What a report holds of which file.

    Attributes:
        options: What is checked of which file.
        version: The library's version.
        shown: The columns to be shown on a page beside the one with the numbers.
        made_on: The day to be stated on a page.
    """

    options: Options
    version: str
    shown: tuple[Column, ...] = ()
    made_on: date | None = None
    _kept: list[bool] = attrs.field(init=False)
    _all: bool = attrs.field(init=False)

    @_kept.default
    def _(self) -> list[bool]:
        # the columns of an earlier report are replaced
        header = list(self.options.table.columns)
        kept = [name not in COLUMNS and name != BEYOND for name in header]
        for lang in ("en", "zh"):
            own = worded(lang)
            for at in range(len(header) - len(own) + 1):
                if header[at : at + len(own)] == own:
                    kept[at : at + len(own)] = [False] * len(own)
        return kept

    @_all.default
    def _(self) -> bool:
        return all(self._kept)

    @property
    def replaces(self) -> bool:
        """Whether the input has columns of an earlier report, which this one replaces."""
        return not self._all

    @property
    def names(self) -> list[str]:
        """The names of the input's columns; where it has none, they are counted."""
        header = self.options.table.columns
        if not any(header):
            return [f"column_{at}" for at in range(1, len(header) + 1)]
        return list(self.kept(header))

    @property
    def places(self) -> list[int]:
        """Where in the input each kept column stands."""
        return list(self.kept(range(len(self.options.table.columns))))

    @property
    def at(self) -> int | None:
        """Where in the report the column with the numbers stands; None where it is replaced."""
        places = self.places
        return (
            places.index(self.options.column.index) if self.options.column.index in places else None
        )

    def kept(self, cells: Sequence[Any]) -> Iterable[Any]:
        """Return the cells of the columns that are kept."""
        return cells if self._all else compress(cells, self._kept)

    def cells(
        self, cells: Sequence[Any], filler: Any = None
    ) -> tuple[Iterable[Any], Sequence[Any]]:
        """Return the cells of a row that have a column, and those that it has too many."""
        width = len(self._kept)
        if len(cells) == width:
            return self.kept(cells), ()
        whole = [*cells[:width], *[filler] * (width - len(cells))]
        return self.kept(whole), cells[width:]

    def own(self, row: Row) -> Sequence[Any]:
        """Return the report's own cells of a row; None where there is nothing."""
        if row.outcome is None:
            return _NOTHING
        return (
            row.outcome,
            row.canonical,
            row.findings,
            row.message,
            row.year,
            row.region_code,
            row.series_code,
            row.sequence,
            row.grassroots,
            self.version,
            self.options.digest or None,
        )

    def worded(self, row: Row) -> Sequence[Any]:
        """Return the same cells in words, in the order of :func:`worded`."""
        if row.outcome is None:
            return _NOTHING
        lang = self.options.lang
        cells: dict[str, Any] = dict(zip(COLUMNS, self.own(row), strict=True))
        cells["sdcert_outcome"] = Outcome(row.outcome).label(lang)
        if row.grassroots is not None:
            cells["sdcert_grassroots"] = phrase("yes" if row.grassroots else "no", lang)
        return [cells[name] for name in WORDED]


def unique(names: Iterable[str]) -> list[str]:
    """Make names unique, for formats in which they are keys.

    >>> unique(["a", "", "a", "a_2"])
    ['a', 'column_2', 'a_3', 'a_2']
    """
    given = list(names)
    taken = set(given)
    seen: set[str] = set()
    made = []
    for at, name in enumerate(given, 1):
        one = name or f"column_{at}"
        count = at
        while one in seen or (one != name and one in taken):
            one = f"{name or 'column'}_{count}"
            count += 1
        seen.add(one)
        made.append(one)
    return made


def file_name(path: str) -> str:
    r"""Return a path without its folders, which concern nobody who gets the report.

    >>> file_name("C:/名单/1.xlsx"), file_name(r"名单\1.xlsx"), file_name("-")
    ('1.xlsx', '1.xlsx', '-')
    """
    return PureWindowsPath(PurePosixPath(path).name).name
