"""What the code book calls the codes of a column, asked once for each code and period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert._memo import Memo, memo_of
from sdcert.dates import EPOCH, evaluation_window
from sdcert.frames.registry import NO_DAY
from sdcert.numbering import CertificateNumber
from sdcert.rules import manager_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook
    from sdcert.frames.kernel import Block
    from sdcert.rules import RuleBook

    _Known = tuple[pa.Array, dict[str, pa.Array]]  # keys, and the texts of each

__all__ = ["MANAGER", "NAMES", "Managers", "Names", "names_of"]

#: The columns of names, each with the width of its code and the attribute of its entries.
NAMES: Final = {
    "region_name": (5, "name"),
    "authority": (5, "authority"),
    "series_name": (3, "name"),
    "grade": (3, "grade"),
}
#: The columns of the rules.
MANAGER: Final = ("manager", "manager_code", "manager_basis")
_KEPT: Final = 1 << 17
_BOOKS: Final = 8  # widths of the window kept for one book
_SHIFT: Final = 100_000
_SERIES: Final = 1_000
_DAYS: Final = 1 << 22  # more than 9999-12-31 counts; years stand above the days


def _nothing(width: int) -> _Known:
    texts = {name: pa.array([], pa.string()) for name, (wide, _) in NAMES.items() if wide == width}
    return pa.array([], pa.int64()), texts


class Names:
    """The names in one book, for one width of the window; it remembers its answers."""

    def __init__(self, codes: CodeBook, window_years: int) -> None:
        self._codes = codes
        self._window_years = window_years
        self._known = {width: _nothing(width) for width in (5, 3)}

    def columns(
        self, names: Iterable[str], block: Block, days: NDArray[np.int64] | int
    ) -> dict[str, pa.Array]:
        """Return some columns of :data:`NAMES`; null where nothing, or not one thing, is known."""
        period = _periods(block, days) * _SHIFT
        made: dict[str, pa.Array] = {}
        for width, codes in ((5, block.region), (3, block.series)):
            wanted = [name for name in names if NAMES[name][0] == width]
            if wanted:
                asked = pa.array(period + codes, mask=~block.has)
                keys, texts = self._known[width]
                places = pc.index_in(asked, value_set=keys)
                if places.null_count > asked.null_count:
                    keys, texts = self._learn(width, asked, places)
                    places = pc.index_in(asked, value_set=keys)
                made |= {name: texts[name].take(places) for name in wanted}
        return made

    def _learn(self, width: int, asked: pa.Array, places: pa.Array) -> _Known:
        """Ask the book what is not known yet; threads that race ask twice and lose nothing."""
        keys, texts = self._known[width]
        new = asked.filter(places.is_null()).unique().drop_null()
        if len(keys) + len(new) > _KEPT:
            keys, texts = _nothing(width)
            new = asked.unique().drop_null()
        answers = [self._ask(key, width) for key in new.to_pylist()]
        for name, column in texts.items():
            found = pa.array([answer[name] for answer in answers], pa.string())
            texts = texts | {name: pa.concat_arrays([column, found])}
        self._known[width] = known = pa.concat_arrays([keys, new]), texts
        return known

    def _ask(self, key: int, width: int) -> dict[str, str | None]:
        period, code = divmod(key, _SHIFT)
        if period >= _DAYS:
            span = evaluation_window(2000 + period - _DAYS, self._window_years)
        else:
            span = (EPOCH + timedelta(period),) * 2
        between: Callable[..., Any] = self._codes.region_between
        if width == 3:
            between = self._codes.series_between
        entries = between(f"{code:0{width}}", first=span[0], last=span[1])
        return {
            name: _agreed(entries, attribute)
            for name, (wide, attribute) in NAMES.items()
            if wide == width
        }


def names_of(codes: CodeBook, window_years: int) -> Names:
    """Return the names of a book, which the book keeps with all that they remember."""
    memo = memo_of(codes, "names", _BOOKS)
    kept: Names | None = memo.get(window_years)
    return memo.put(window_years, Names(codes, window_years)) if kept is None else kept


class Managers:
    """Who manages number and data, asked once for each body, period and grade."""

    def __init__(self, codes: CodeBook, rules: RuleBook, on: date | None) -> None:
        self._codes = codes
        self._rules = rules
        self._on = on
        self._known: Memo[tuple[int, object], dict[str, str | None]] = Memo(_KEPT)

    def columns(
        self, block: Block, days: NDArray[np.int64] | int, grades: pa.Array
    ) -> dict[str, pa.Array]:
        """Return the columns of :data:`MANAGER`; null where there is no number or no answer.

        Args:
            block: What was read.
            days: As for :func:`sdcert.frames.kernel.read_block`.
            grades: The grades of the rows, null where there is not one.
        """
        known, period = np.asarray(days, np.int64), _periods(block, days)
        # On one day series codes of one grade are answered alike. Where the day is not known, or
        # there is not one grade, the answer may depend on all that the tables say of the code, so
        # each code is asked for itself.
        kinds = grades.dictionary_encode()
        kind = kinds.indices.fill_null(-1).to_numpy().astype(np.int64)
        kind = np.where(known == NO_DAY, -1, kind)
        part = np.where(kind >= 0, _SERIES + kind, block.series.astype(np.int64))
        bodies = period * _SHIFT + block.region
        keys, at, places = np.unique(
            bodies * (_SERIES * 2) + part, return_index=True, return_inverse=True
        )
        names = kinds.dictionary.to_pylist()
        said = [
            self._ask(
                int(bodies[row]),
                names[key % (_SERIES * 2) - _SERIES] if kind[row] >= 0 else int(part[row]),
                int(block.series[row]),
                int(block.year[row]),
            )
            for key, row in zip(keys.tolist(), at.tolist(), strict=True)
        ]
        index = pa.array(places, mask=~block.has)
        return {
            name: pa.array([one[name] for one in said], pa.string()).take(index) for name in MANAGER
        }

    def _ask(self, body: int, grade: object, series: int, year: int) -> dict[str, str | None]:
        answer = self._known.get((body, grade))
        if answer is None:
            period, region = divmod(body, _SHIFT)
            day = None if period >= _DAYS else EPOCH + timedelta(period)
            number = CertificateNumber(2000 + year, f"{region:05}", f"{series:03}", 1)
            decision = manager_of(
                number, codes=self._codes, rules=self._rules, approved_on=day, on=self._on
            )
            kind = decision.value
            answer = {
                "manager": None if kind is None else kind.value,
                "manager_code": decision.code,
                "manager_basis": decision.basis.value,
            }
            self._known.put((body, grade), answer)
        return answer


def _periods(block: Block, days: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Return the day of each row, or, where it is not known, the year above all days."""
    if isinstance(days, int) and days != NO_DAY:
        return np.full(len(block.ids), days, np.int64)
    years = block.year.astype(np.int64)
    years += _DAYS
    return years if isinstance(days, int) else np.where(days == NO_DAY, years, days)


def _agreed(entries: object, attribute: str) -> str | None:
    """Return what all entries say; nothing if none is in force, or they differ."""
    if not isinstance(entries, tuple):
        return None
    said = {str(getattr(entry, attribute)) for entry in entries}
    return said.pop() if len(said) == 1 else None
