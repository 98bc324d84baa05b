"""The columns of a check: their names, types and order, and how they are made of what was read.

:class:`Check` answers Arrow arrays with Arrow arrays, without any frame, so every engine can use
it.
"""

from __future__ import annotations

import json
import pickle
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER
from sdcert.checking.verdicts import check, check_options
from sdcert.dates import as_day, days_since_epoch
from sdcert.errors import expect
from sdcert.findings import Finding, FindingCode, Outcome, Params
from sdcert.frames.answers import FOREIGN, books_key
from sdcert.frames.kernel import Block, block_of, day_of, days_of_array, read_block
from sdcert.frames.names import MANAGER, NAMES, Managers, Names, names_of
from sdcert.frames.registry import (
    FINDINGS,
    NO_DAY,
    NOTHING,
    NULL,
    OUTCOMES,
    Registry,
    finding_ids,
    registry_of,
)
from sdcert.messages import sentences
from sdcert.rules import RuleBook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook
    from sdcert.messages import Lang

__all__ = [
    "FIELDS",
    "ID",
    "MAKERS",
    "MESSAGE",
    "PACKED",
    "SHIFTS",
    "VALID",
    "VERDICT",
    "Check",
    "Judgement",
    "canonical_of",
]

#: The columns that every answer has.
VERDICT: Final = {"outcome": pa.string(), "finding": pa.string(), "canonical": pa.string()}
#: The columns of the parsed fields.
FIELDS: Final = {
    "year": pa.int32(),
    "region_code": pa.string(),
    "series_code": pa.string(),
    "sequence": pa.int32(),
    "grassroots": pa.bool_(),
}
#: The column of messages.
MESSAGE: Final = "message"
#: The column that tells whether the outcome is VALID.
VALID: Final = "valid"
#: The column of the number of a finding.
ID: Final = "id"
#: The column of all that was read in one integer, null for a missing value.
PACKED: Final = "packed"
#: Its parts, the highest first, and how many bits they have: see
#: :class:`~sdcert.frames.kernel.Block`.
PARTS: Final = {
    "year": 7, "region": 17, "series": 10, "sequence": 17, "plain": 1, "marked": 1, "ids": 6,
}  # fmt: skip
#: How far to shift the integer to the right for each part, and with what to mask it then.
SHIFTS: Final = {
    name: (sum([*PARTS.values()][at:]), (1 << width) - 1)
    for at, (name, width) in enumerate(PARTS.items(), 1)
}
_SHORT: Final = 18  # bytes of a canonical text without marker
_TAIL: Final = np.frombuffer(MARKER.encode(), np.uint8)


@attrs.frozen(eq=False)
class Check:
    """What is asked of a column of numbers, and perhaps a column of days beside it.

    Attributes:
        codes: As for :func:`sdcert.checking.check`.
        approved_on: As for :func:`sdcert.checking.check`; None also where a column has the days.
        window_years: As for :func:`sdcert.checking.check`.
        rules: As for :func:`sdcert.rules.manager_of`; only with ``codes``.
        on: As for :func:`sdcert.rules.manager_of`.
        columns: Which columns to answer with, in their order.
        prefix: What their names begin with.
        messages: The language of the column of messages.
    """

    codes: CodeBook | None = None
    approved_on: date | None = None
    window_years: int = 1
    rules: RuleBook | None = None
    on: date | None = None
    columns: tuple[str, ...] = (*VERDICT, *FIELDS)
    prefix: str = ""
    messages: Lang = "en"
    registry: Registry = attrs.field(init=False, repr=False)
    _names: Names | None = attrs.field(init=False, repr=False)
    _managers: Managers | None = attrs.field(init=False, repr=False)

    @registry.default
    def _registry(self) -> Registry:
        check_options(self.codes, self.approved_on, self.window_years)
        return registry_of(self.codes, self.window_years)

    @_names.default
    def _names_of_book(self) -> Names | None:
        codes = self.codes
        return None if codes is None else names_of(codes, self.registry, self.window_years)

    @_managers.default
    def _managers_by_rules(self) -> Managers | None:
        if self.on is not None:
            as_day(self.on, "on")
        if self.rules is None:
            return None
        expect(self.rules, RuleBook, "rules")
        if self.codes is None:
            raise TypeError("rules need codes: these name the approving body and the grade")
        return Managers(self.codes, self.registry, self.rules, self.on)

    def __reduce__(self) -> tuple[Any, ...]:
        options = attrs.astuple(self, recurse=False, filter=lambda attribute, _: attribute.init)
        return _loaded, (pickle.dumps(options, pickle.HIGHEST_PROTOCOL),)

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """The names and types of the columns."""
        texts = dict.fromkeys((*NAMES, *MANAGER, MESSAGE), pa.string())
        types = VERDICT | FIELDS | texts | {VALID: pa.bool_(), PACKED: pa.int64()}
        return {f"{self.prefix}{name}": types[name] for name in self.columns}

    @property
    def key(self) -> object:
        """What is equal for two checks that answer alike."""
        books = books_key(self.codes, self.rules)
        days = self.approved_on, self.on, self.window_years
        return "check", books, days, self.columns, self.prefix, self.messages

    def beside(self) -> tuple[str, ...]:
        """Return the columns that are made of more than what was read and found."""
        return tuple(name for name in self.columns if name not in VERDICT | FIELDS | {VALID: None})

    def packed(self) -> Check:
        """Return a check that answers with one integer, and beside it with what is no part of that.

        An engine to which every column costs makes the others of it.
        """
        return attrs.evolve(self, columns=(PACKED, *self.beside()), prefix="")

    @property
    def day(self) -> int:
        """The day of approval of all values, in days since 1970-01-01; NO_DAY if there is none."""
        return NO_DAY if self.approved_on is None else days_since_epoch(self.approved_on)

    def answer(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        """Answer for some rows.

        Args:
            arrays: Values of any Arrow type; those that are no texts are findings, nulls stay null.
                Behind them, if there is a column of them, the days of approval, null where unknown.
        """
        return self.made(*self.read(arrays))

    def made(self, block: Block, beside: Mapping[str, pa.Array]) -> list[pa.Array]:
        """Return the answers, made of what :meth:`read` returned."""
        return [beside[name] if name in beside else MAKERS[name](block) for name in self.columns]

    def read(self, arrays: Sequence[pa.Array]) -> tuple[Block, dict[str, pa.Array]]:
        """Return what was found in some rows, and the columns that are made of more than that."""
        block = self._read(arrays)
        made = self.named(block)
        if MESSAGE in self.columns:
            made[MESSAGE] = self._messages(block, arrays[0])
        return block, made

    def named(self, block: Block) -> dict[str, pa.Array]:
        """Return the columns that books tell of what was read."""
        made: dict[str, pa.Array] = {}
        managed = self._managers is not None and not set(MANAGER).isdisjoint(self.columns)
        wanted = [name for name in NAMES if name in self.columns or (managed and name == "grade")]
        if self._names is not None and wanted:
            period = self.registry.period(block.year, block.days)
            made = self._names.columns(wanted, block, period)
            if self._managers is not None and managed:
                made |= self._managers.columns(block, period, made["grade"])
        return {name: made[name] for name in self.columns if name in made}

    def _messages(self, block: Block, values: pa.Array) -> pa.Array:
        """Return the messages of all findings of the rows that have one."""
        flagged = np.flatnonzero((block.ids != NOTHING) & (block.ids != NULL)).tolist()
        texts: list[str | None] = [None] * len(block.ids)
        given = _values(values.take(pa.array(flagged, pa.int64())))
        for at, value in zip(flagged, given, strict=True):
            found = self._findings(value, day_of(block.days, at))
            texts[at] = sentences((one.message(self.messages) for one in found), self.messages)
        return pa.array(texts, pa.string())

    def _findings(self, value: object, day: date | None) -> Sequence[Finding]:
        if isinstance(value, Finding):
            return [value]
        years = self.window_years
        return check(value, codes=self.codes, approved_on=day, window_years=years).findings

    def _read(self, arrays: Sequence[pa.Array]) -> Block:
        values, *others = arrays
        days = days_of_array(others[0]) if others else self.day
        odd = None
        if values.type == FOREIGN:
            values, odd = values.flatten()
        texts = _texts(values)
        if texts is None:
            block = read_block(self.registry, pa.nulls(len(values), pa.string()), NO_DAY)
            block.ids[values.is_valid().to_numpy(zero_copy_only=False)] = _NOT_TEXT
        else:
            block = read_block(self.registry, texts, days)
        if odd is not None:
            ids = odd.to_numpy()
            np.copyto(block.ids, ids, where=ids != 0)
        return block


@attrs.frozen(eq=False)
class Judgement:
    """What a check says of numbers that an engine has read itself.

    Its first column is the number of a finding, see :data:`~sdcert.frames.registry.FINDINGS`; those
    behind it are the check's own that books tell.
    """

    check: Check

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """The names and types of the columns."""
        return {ID: pa.int32(), **dict.fromkeys(self.check.beside(), pa.string())}

    @property
    def key(self) -> object:
        """What is equal for two that answer alike."""
        return "judgement", self.check.key

    def answer(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        """Answer for some rows: the 15 digits as an integer, null for no number; perhaps days."""
        numbers, *others = arrays
        days = days_of_array(others[0]) if others else self.check.day
        block = block_of(numbers.fill_null(0).to_numpy(), days)
        found = self.check.registry.verdicts(block.year, block.region, block.series, days)
        return [pa.array(found.astype(np.int32)), *self.check.named(block).values()]


_NOT_TEXT: Final = finding_ids[FindingCode.NOT_TEXT]
_NO_TEXT: Final = object()
_OFFSET_TEXTS: Final = (pa.string(), pa.large_string())


@lru_cache(8)
def _loaded(options: bytes) -> Check:
    """Load a check once in a process, with all it learns: Spark sends it with each task."""
    return Check(*pickle.loads(options))  # noqa: S301  # what __reduce__ made, inside a pickle


def _texts(array: pa.Array) -> pa.Array | None:
    """Return an array of plain Arrow texts; None if the values are no texts."""
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    if kind not in (*_OFFSET_TEXTS, pa.string_view(), pa.null()):
        return None
    return array if array.type in _OFFSET_TEXTS else array.cast(pa.large_string())


def _told(text: str) -> Any:
    """Return the value that Arrow cannot hold, or the finding that says what it was."""
    value = json.loads(text)
    if isinstance(value, dict):
        return Finding(FindingCode.NOT_TEXT, "text", None, Params(**value))
    return value


def _values(array: pa.Array) -> list[Any]:
    """Return values for :func:`sdcert.checking.check`; of what was no text, what is told of it."""
    values: list[Any] = array.to_pylist()
    if array.type == FOREIGN:
        return [
            _told(text) if number else text for text, number in (one.values() for one in values)
        ]
    if _texts(array) is None:  # some of a union may be texts to Python
        return [_NO_TEXT if type(one) is str else one for one in values]
    return values


def _array(kind: pa.DataType, *buffers: pa.Buffer, has: NDArray[np.bool_]) -> pa.Array:
    valid = None if has.all() else pa.py_buffer(np.packbits(has, bitorder="little"))
    return pa.Array.from_buffers(kind, len(has), [valid, *buffers])


def _offsets(sizes: NDArray[np.int32]) -> NDArray[np.int32]:
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, dtype=np.int32, out=offsets[1:])
    return offsets


def _meaning(of: Sequence[object]) -> Callable[[Block], pa.Array]:
    every = pa.array(of)
    return lambda block: every.take(pa.array(block.ids))


def canonical_of(block: Block, rows: NDArray[np.int64] | slice = slice(None)) -> pa.Array:
    """Return the canonical texts of some rows, null where there is no number."""
    has, marked, text = block.has[rows], block.marked[rows], block.text[rows]
    offsets = _offsets(_SHORT + np.multiply(marked, len(_TAIL), dtype=np.int32))
    starts = offsets[:-1]
    data = np.empty(int(offsets[-1]), np.uint8)
    if len(text):
        texts = np.ndarray(len(text), "V18", text, strides=(text.shape[1],))
        np.ndarray(len(data) - _SHORT + 1, "V18", data, strides=(1,))[starts] = texts
    tails = starts[marked] + _SHORT
    if len(tails):
        tail = _TAIL.view("V12")
        np.ndarray(len(data) - len(_TAIL) + 1, "V12", data, strides=(1,))[tails] = tail
    return _array(pa.string(), pa.py_buffer(offsets), pa.py_buffer(data), has=has)


def _digits(first: int, width: int) -> Callable[[Block], pa.Array]:
    def make(block: Block) -> pa.Array:
        count, stride = block.text.shape
        if not count:
            return pa.array([], pa.string())
        cells = np.ndarray(count, f"V{width}", block.text, offset=first, strides=(stride,))
        digits = np.ascontiguousarray(cells).view(np.uint8)
        offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
        buffers = pa.py_buffer(offsets), pa.py_buffer(digits)
        return _array(pa.string(), *buffers, has=block.has)

    return make


def _year(block: Block) -> pa.Array:
    years = (block.year + np.uint32(2000)).view(np.int32)
    return _array(pa.int32(), pa.py_buffer(years), has=block.has)


def _sequence(block: Block) -> pa.Array:
    return _array(pa.int32(), pa.py_buffer(block.sequence.view(np.int32)), has=block.has)


def _grassroots(block: Block) -> pa.Array:
    bits = pa.py_buffer(np.packbits(block.marked, bitorder="little"))
    return _array(pa.bool_(), bits, has=block.has)


def _packed(block: Block) -> pa.Array:
    packed = np.zeros(len(block.ids), np.int64)
    for name, width in PARTS.items():
        packed <<= width
        packed |= getattr(block, name)
    return pa.array(packed, mask=block.ids == NULL)


#: Of each column how it is made.
MAKERS: Final[dict[str, Callable[[Block], pa.Array]]] = {
    "outcome": _meaning([one and one.value for one in OUTCOMES]),
    "finding": _meaning([one and one.value for one in FINDINGS]),
    VALID: _meaning([one and one is Outcome.VALID for one in OUTCOMES]),
    PACKED: _packed,
    "canonical": canonical_of,
    "year": _year,
    "region_code": _digits(5, 5),
    "series_code": _digits(10, 3),
    "sequence": _sequence,
    "grassroots": _grassroots,
}
