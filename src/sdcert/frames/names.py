"""What the code book calls the codes of a column, asked once for each code and period."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sdcert._memo import Memo, memo_of
from sdcert.frames.registry import YEARS, filled
from sdcert.numbering import CertificateNumber
from sdcert.rules import manager_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook
    from sdcert.frames.kernel import Block
    from sdcert.frames.registry import Codes, Registry
    from sdcert.rules import RuleBook

__all__ = ["MANAGER", "NAMES", "Managers", "Names", "names_of"]

#: The columns of names, each with the part of the number that it names and the attribute of its
#: entries.
NAMES: Final = {
    "region_name": ("region", "name"),
    "authority": ("region", "authority"),
    "series_name": ("series", "name"),
    "grade": ("series", "grade"),
}
#: The columns of the rules.
MANAGER: Final = ("manager", "manager_code", "manager_basis")
_KEPT: Final = 1 << 17
_BOOKS: Final = 8  # widths of the window kept for one book
_SHIFT: Final = 100_000
_SERIES: Final = 1_000


class Names:
    """The names in one book, for one width of the window; it remembers its answers."""

    def __init__(self, codes: CodeBook, registry: Registry) -> None:
        self._registry = registry
        self._parts: dict[str, tuple[Codes, Callable[..., Any]]] = {
            "region": (registry.regions, codes.region_between),
            "series": (registry.series, codes.series_between),
        }
        # What is never asked for never takes memory.
        self._rows = {
            part: np.zeros(len(listed.answers), np.int32)
            for part, (listed, _) in self._parts.items()
        }
        # The number of each answer, from 1 on; an answer has a name for each column of its part.
        self._known: dict[str, dict[tuple[str | None, ...], int]] = {"region": {}, "series": {}}
        # The same by column, with nothing in the place of 0; made anew where an answer was learned.
        self._texts = dict.fromkeys(NAMES, pa.nulls(1, pa.string()))

    def columns(
        self, names: Collection[str], block: Block, period: NDArray[np.int64]
    ) -> dict[str, pa.Array]:
        """Return some columns of :data:`NAMES`; null where nothing, or not one thing, is known."""
        made: dict[str, pa.Array] = {}
        for part, (listed, _) in self._parts.items():
            own = [name for name, (of, _) in NAMES.items() if of == part]
            if set(own).isdisjoint(names):
                continue
            keys = listed.keys(period, getattr(block, part))
            with self._registry.lock:  # engines call from several threads
                rows = filled(self._rows[part], keys, partial(self._ask, part))
                known = self._known[part]
                if len(known) >= len(self._texts[own[0]]):
                    columns = zip(own, zip(*known, strict=True), strict=True)
                    self._texts |= {
                        name: pa.array((None, *said), pa.string()) for name, said in columns
                    }
                texts = {name: self._texts[name] for name in own if name in names}
            at = pa.array(rows, mask=~block.has)
            made |= {name: known_texts.take(at) for name, known_texts in texts.items()}
        return made

    def _ask(self, part: str, key: int) -> int:
        listed, between = self._parts[part]
        period, place = divmod(key, len(listed.codes))
        first, last = self._registry.span(period)
        entries = between(listed.codes[place], first=first, last=last)
        names = tuple(_agreed(entries, attribute) for of, attribute in NAMES.values() if of == part)
        known = self._known[part]
        return known.setdefault(names, len(known) + 1)


def names_of(codes: CodeBook, registry: Registry, window_years: int) -> Names:
    """Return the names of a book, which the book keeps with all that they remember."""
    memo = memo_of(codes, "names", _BOOKS)
    kept: Names | None = memo.get(window_years)
    return memo.put(window_years, Names(codes, registry)) if kept is None else kept


class Managers:
    """Who manages number and data, asked once for each body, period and grade."""

    def __init__(
        self, codes: CodeBook, registry: Registry, rules: RuleBook, on: date | None
    ) -> None:
        self._codes = codes
        self._registry = registry
        self._rules = rules
        self._on = on
        self._known: Memo[tuple[int, object], dict[str, str | None]] = Memo(_KEPT)

    def columns(
        self, block: Block, period: NDArray[np.int64], grades: pa.Array
    ) -> dict[str, pa.Array]:
        """Return the columns of :data:`MANAGER`; null where there is no number or no answer.

        Args:
            block: What was read.
            period: The period of each row, as :class:`~sdcert.frames.registry.Registry` has it.
            grades: The grades of the rows, null where there is not one.
        """
        # On one day series codes of one grade are answered alike. Where the day is not known, or
        # there is not one grade, the answer may depend on all that the tables say of the code, so
        # each code is asked for itself.
        kinds = grades.dictionary_encode()
        kind = kinds.indices.fill_null(-1).to_numpy().astype(np.int64)
        kind = np.where(period < YEARS, -1, kind)
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
            day = self._registry.day(period)
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
