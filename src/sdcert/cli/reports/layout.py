"""What every report holds: the inputs' columns, and the report's own behind them.

Only this file knows the names and the order of the report's own columns.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, compress, count
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from sdcert.cli.phrases import phrase, version
from sdcert.files.columns import plain
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sdcert.cli.account import Account, FilePart
    from sdcert.cli.engine import Row, Verdicts
    from sdcert.files import Table

__all__ = ["AUDIT", "BEYOND", "COLUMNS", "PLACES", "WORDED", "Layout", "Sink"]
__all__ += ["is_report", "kept_columns", "unique", "worded"]

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

PLACES: Final = ("sdcert_file", "sdcert_sheet", "sdcert_line", "sdcert_column")
"""Where a row comes from: before these, where several inputs have one report, or of an audit."""

AUDIT: Final = ("sdcert_group", "sdcert_with")
"""What an audit adds behind them: what all rows of a finding share, and where the others are."""

BEYOND: Final = "sdcert_beyond"
"""The column for cells that a row has too many, where a format gives every cell a name."""

WORDED: Final = (
    *("sdcert_outcome", "sdcert_message", "sdcert_canonical", *COLUMNS[4:9]),
    *("sdcert_findings", "sdcert_version", "sdcert_codes"),
)
"""The columns in the order in which people want them, for a workbook, in which they are worded."""

_CELLS: Final = attrgetter(*(name.removeprefix("sdcert_") for name in COLUMNS[:9]))
_OWN: Final = frozenset((*COLUMNS, *PLACES, *AUDIT, BEYOND))


class Sink:
    """A report that is being written; every format has its own."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._number = 0

    def begin(self, number: int, part: FilePart) -> None:
        """Begin a part of the layout, counted from 0; it is open now."""
        self._number = number

    def batch(self, found: Verdicts) -> None:
        """Write some rows. They come in the order of the file, blank ones included."""

    def finish(self, account: Account) -> None:
        """Write what is known only at the end; called once, if nothing went wrong."""


def worded(lang: str, *, audits: bool = False) -> list[str]:
    """Return what the report's own columns are called in a workbook.

    >>> worded("zh")[:3], worded("zh", audits=True)[3]
    (['结果', '原因', '规范写法'], '组号')
    """
    return [phrase(f"column-{name}", lang) for name in _order(audits)]


def _order(audits: bool) -> tuple[str, ...]:
    return (*WORDED[:3], *AUDIT[:1], *WORDED[3:]) if audits else WORDED


def kept_columns(table: Table) -> list[bool]:
    """Tell which columns of a table are kept: those of an earlier report are replaced."""
    header = [plain(name) for name in table.columns]
    kept = [name not in _OWN for name in header]
    for lang in ("en", "zh"):
        for audits in (True, False):
            own = [plain(name) for name in worded(lang, audits=audits)]
            for at in range(len(header) - len(own) + 1):
                if header[at : at + len(own)] == own:
                    kept[at : at + len(own)] = [False] * len(own)
    return kept


def is_report(table: Table) -> bool:
    """Tell an earlier report by its columns: all that a report adds are there."""
    return kept_columns(table).count(False) >= len(COLUMNS)


class Layout:
    """What a report holds of which parts: their columns, under each name once, and its own."""

    def __init__(self, parts: Sequence[FilePart]) -> None:
        run = parts[0].run
        self.parts = parts
        self.lang = run.lang
        self._placed = len(parts) > 1 or run.audits
        where = PLACES if self._placed else ()
        # the names of its own columns, and where in the input each kept column of a part stands
        self.keys = (*where, *COLUMNS, *(AUDIT if run.audits else ()))
        kept = [kept_columns(part.table) for part in parts]
        self.places = [list(compress(range(len(one)), one)) for one in kept]
        named = [self.named(number) for number in range(len(parts))]
        every = dict.fromkeys(chain.from_iterable(named))
        self.names = [name for name, _ in every]
        at = (dict(zip(*one, strict=True)) for one in zip(named, self.places, strict=True))
        self._places = [[own.get(key) for key in every] for own in at]

    def named(self, number: int) -> list[tuple[str, int]]:
        """Return the columns of a part that are kept: each name, and how often it came before."""
        header = self.parts[number].table.columns
        if not any(header):
            header = tuple(f"column_{at}" for at in range(1, len(header) + 1))
        seen: Counter[str] = Counter()
        made = []
        for name in map(header.__getitem__, self.places[number]):
            made.append((name, seen[name]))
            seen[name] += 1
        return made

    def cells(
        self, number: int, cells: Sequence[Any], filler: Any = None, *, own: bool = False
    ) -> tuple[list[Any], Sequence[Any]]:
        """Return the cells of a row that have a column, and those that it has too many.

        The columns are those of the report, or of the part alone (``own``); the filler stands where
        there is no cell.
        """
        width = len(self.parts[number].table.columns)
        beyond = cells[width:]
        if len(cells) < width:
            cells = [*cells, *[filler] * (width - len(cells))]
        places = self.places[number] if own else self._places[number]
        return [filler if at is None else cells[at] for at in places], beyond

    def own(self, number: int, row: Row) -> Sequence[Any]:
        """Return the report's own cells of a row; None where there is nothing."""
        part = self.parts[number]
        run = part.run
        where: tuple[Any, ...] = ()
        if self._placed:
            column = part.column.name or str(part.column.index + 1)
            where = part.table.source.name, part.table.sheet, row.line, column
        if row.outcome is None:
            return *where, *[None] * (len(self.keys) - len(where))
        audit = self._of_audit(row) if run.audits else ()
        return *where, *_CELLS(row), version(), run.digest or None, *audit

    def _of_audit(self, row: Row) -> tuple[str | None, str | None]:
        extra = () if row.judged is None else row.judged.extra
        groups = "; ".join(dict.fromkeys(one.group for one in extra if one.group))
        twins = "; ".join(dict.fromkeys(of.text(self.lang) for one in extra for of in one.twins))
        return groups or None, twins or None

    def words(self, number: int, row: Row) -> Sequence[Any]:
        """Return the cells of a workbook in words, in the order of :func:`worded`."""
        if row.outcome is None:
            return ()
        cells: dict[str, Any] = dict(zip(self.keys, self.own(number, row), strict=True))
        cells["sdcert_outcome"] = Outcome(row.outcome).label(self.lang)
        if row.grassroots is not None:
            cells["sdcert_grassroots"] = phrase("yes" if row.grassroots else "no", self.lang)
        return [cells[name] for name in _order(self.parts[number].run.audits)]


def unique(names: Iterable[str]) -> list[str]:
    """Make names unique, for formats in which they are keys.

    >>> unique(["a", "", "a", "a_2"])
    ['a', 'column_2', 'a_3', 'a_2']
    """
    given = list(names)
    taken, made = set(given), dict[str, None]()
    for at, name in enumerate(given, 1):
        others = (f"{name or 'column'}_{number}" for number in count(at))
        free = (other for other in others if other not in taken and other not in made)
        made[name if name and name not in made else next(free)] = None
    return list(made)
