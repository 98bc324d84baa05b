"""What the code book calls the codes of a column, asked once for each code and period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sdcert._memo import Memo
from sdcert.dates import EPOCH, evaluation_window
from sdcert.frames.registry import NO_DAY
from sdcert.numbering import CertificateNumber
from sdcert.rules import manager_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook
    from sdcert.frames.kernel import Block
    from sdcert.rules import RuleBook

__all__ = ["MANAGER", "NAMES", "Managers", "Names"]

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
_SHIFT: Final = 100_000
_SERIES: Final = 1_000
_DAYS: Final = 1 << 22  # more than 9999-12-31 counts; years stand above the days


class Names:
    """The names in one book, for one width of the window; it remembers its answers."""

    def __init__(self, codes: CodeBook, window_years: int) -> None:
        self._codes = codes
        self._window_years = window_years
        self._known: Memo[tuple[int, int], dict[str, str | None]] = Memo(_KEPT)

    def column(self, name: str, block: Block, days: NDArray[np.int64] | int) -> pa.Array:
        """Return one column of :data:`NAMES`; null where nothing, or not one thing, is known."""
        width, _ = NAMES[name]
        codes = block.region if width == 5 else block.series
        known = np.asarray(days, np.int64)
        period = np.where(known == NO_DAY, block.year.astype(np.int64) + _DAYS, known)
        keys, places = np.unique(period * _SHIFT + codes, return_inverse=True)
        said = pa.array([self._ask(key, width)[name] for key in keys.tolist()], pa.string())
        return said.take(pa.array(places, mask=~block.has))

    def _ask(self, key: int, width: int) -> dict[str, str | None]:
        answer = self._known.get((key, width))
        if answer is None:
            period, code = divmod(key, _SHIFT)
            if period >= _DAYS:
                year = 2000 + period - _DAYS
                span = evaluation_window(year, self._window_years)
            else:
                span = (EPOCH + timedelta(period),) * 2
            between: Callable[..., Any] = self._codes.region_between
            if width == 3:
                between = self._codes.series_between
            entries = between(f"{code:0{width}}", first=span[0], last=span[1])
            answer = {
                name: _agreed(entries, attribute)
                for name, (wide, attribute) in NAMES.items()
                if wide == width
            }
            self._known.put((key, width), answer)
        return answer


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
        known = np.asarray(days, np.int64)
        period = np.where(known == NO_DAY, block.year.astype(np.int64) + _DAYS, known)
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


def _agreed(entries: object, attribute: str) -> str | None:
    """Return what all entries say; nothing if none is in force, or they differ."""
    if not isinstance(entries, tuple):
        return None
    said = {str(getattr(entry, attribute)) for entry in entries}
    return said.pop() if len(said) == 1 else None
