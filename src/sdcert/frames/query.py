"""From texts to columns: only this file knows their names, types and order.

:class:`Question` is what was asked, without any frame; it answers Arrow array for Arrow array, so
every engine can use it. It pickles, for engines that ask elsewhere.
"""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER
from sdcert.checking.verdicts import check_options
from sdcert.dates import as_day
from sdcert.findings import FindingCode
from sdcert.frames.errors import UnsupportedFrame
from sdcert.frames.kernel import BLOCK, Block, Shapes, read_block, read_others
from sdcert.frames.names import MANAGER, NAMES, Managers, Names
from sdcert.frames.registry import FINDINGS, NO_DAY, NULL, OUTCOMES, finding_ids, registry_of
from sdcert.rules import RuleBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook

__all__ = [
    "DAYS",
    "FIELDS",
    "SAID",
    "VERDICT",
    "Question",
    "canonical_of",
    "day_array",
    "days_of",
    "whole",
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

#: The parts of the integer that :meth:`Question.say` answers with, the highest first, and how many
#: bits they have. The id is a number of a finding; plain is whether the text was canonical as it
#: was given.
SAID: Final = {
    "year": 7, "region": 17, "series": 10, "sequence": 17, "plain": 1, "marked": 1, "ids": 6,
}  # fmt: skip

#: What a column of days has to be.
DAYS: Final = "a column of days (date, or datetime without time zone)"

_OUTCOME_TEXTS: Final = pa.array([None if o is None else o.value for o in OUTCOMES], pa.string())
_FINDING_TEXTS: Final = pa.array([None if f is None else f.value for f in FINDINGS], pa.string())
_SHORT: Final = 18  # bytes of a canonical text without marker
_TAIL: Final = np.frombuffer(MARKER.encode(), np.uint8)
_EPOCH: Final = date(1970, 1, 1).toordinal()


@attrs.frozen(eq=False)
class Question:
    """What is asked of a column.

    Attributes:
        codes: As for :func:`sdcert.checking.check`.
        approved_on: As for :func:`sdcert.checking.check`; None also where a column says it.
        window_years: As for :func:`sdcert.checking.check`.
        rules: As for :func:`sdcert.rules.manager_of`; only with ``codes``.
        on: As for :func:`sdcert.rules.manager_of`.
        columns: The names of the columns to answer with, without prefix, in their order.
    """

    codes: CodeBook | None = None
    approved_on: date | None = None
    window_years: int = 1
    rules: RuleBook | None = None
    on: date | None = None
    columns: tuple[str, ...] = (*VERDICT, *FIELDS)
    _shapes: Shapes = attrs.field(factory=Shapes, init=False, repr=False)

    _names: Names | None = attrs.field(default=None, init=False, repr=False)
    _managers: Managers | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        check_options(self.codes, self.approved_on, self.window_years)
        if self.codes is not None:
            object.__setattr__(self, "_names", Names(self.codes, self.window_years))
        if self.on is not None:
            as_day(self.on, "on")
        if self.rules is not None:
            if not isinstance(self.rules, RuleBook):
                raise TypeError(f"rules must be a RuleBook, not {type(self.rules).__name__}")
            if self.codes is None:
                raise TypeError("rules need codes: these name the approving body and the grade")
            object.__setattr__(self, "_managers", Managers(self.codes, self.rules, self.on))

    def __reduce__(self) -> tuple[Any, ...]:
        asked = attrs.astuple(self, recurse=False, filter=_asked)
        return _loaded, (pickle.dumps(asked, pickle.HIGHEST_PROTOCOL),)

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """The names and types of the columns."""
        types = VERDICT | FIELDS | dict.fromkeys((*NAMES, *MANAGER), pa.string())
        return {name: types[name] for name in self.columns}

    def answer(self, array: pa.Array, days: pa.Array | None = None) -> pa.StructArray:
        """Answer for an array, in the calling thread.

        Args:
            array: Values of any Arrow type; those that are no text are findings, nulls stay null.
            days: Days of approval, one for each value, null where not known.
        """
        return pa.concat_arrays(self.answer_blocks(array, days))

    def asker(self, names: list[str], *, with_days: bool) -> Callable[..., pa.Array]:
        """Return the question as a function on Arrow arrays, as Spark and DuckDB call it."""

        def ask(values: pa.Array) -> pa.Array:
            return _named(self.answer(whole(values)), names)

        def ask_with_days(values: pa.Array, days: pa.Array) -> pa.Array:
            return _named(self.answer(whole(values), whole(days)), names)

        return ask_with_days if with_days else ask

    def answer_blocks(self, array: pa.Array, days: pa.Array | None = None) -> list[pa.StructArray]:
        """Answer as :meth:`answer`, block by block."""
        return [self._block(block) for block in _blocks(array, days, None)]

    def answer_all(
        self,
        column: pa.ChunkedArray,
        days: pa.Array | None = None,
        odd: NDArray[np.uint8] | None = None,
        text: pa.DataType | None = None,
    ) -> pa.Table:
        """Answer for a whole column, in as many threads as Arrow uses.

        Args:
            column: As for :meth:`answer`.
            days: As for :meth:`answer`.
            odd: The numbers of findings of values that Arrow cannot hold; 0 for all others.
            text: Another type for the texts of the answer.
        """
        if days is not None or odd is not None:
            column = pa.chunked_array([column.combine_chunks()], column.type)
        chunks = column.chunks or [pa.array([], column.type)]
        blocks = [block for chunk in chunks for block in _blocks(chunk, days, odd)]
        threads = min(len(blocks), pa.cpu_count())
        schema = pa.schema(
            [(name, text if text and kind == pa.string() else kind)
             for name, kind in self.schema.items()]
        )  # fmt: skip

        def answer(block: _Rows) -> pa.RecordBatch:
            return pa.RecordBatch.from_struct_array(self._block(block)).cast(schema)

        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                answers = list(pool.map(answer, blocks))
        else:
            answers = [answer(block) for block in blocks]
        return pa.Table.from_batches(answers)

    @property
    def day(self) -> int:
        """The day of approval of all values, in days since 1970-01-01; NO_DAY if there is none."""
        return NO_DAY if self.approved_on is None else self.approved_on.toordinal() - _EPOCH

    def complete(
        self,
        ids: NDArray[np.uint8] | None,
        parts: Sequence[NDArray[np.uint32]],
        missing: NDArray[np.bool_] | None,
        take: Callable[[NDArray[np.int64]], pa.Array],
        days: NDArray[np.int64] | None,
    ) -> tuple[Block, NDArray[np.int64], Block, dict[str, pa.Array]]:
        """Answer where an engine has read the canonical texts by itself.

        Args:
            ids: What is said of the canonical texts; None if that is to be asked.
            parts: Their years of two digits, region codes, series codes and sequences, as numbers;
                the sequence is 0 of all other texts.
            missing: Which values are missing, if any are.
            take: Returns the texts at some places.
            days: Days of approval since 1970-01-01, as :func:`days_of` returns them.

        Returns:
            What was found, without texts; the places of the other texts, and what was read there;
            the columns of names.
        """
        some = self.day if days is None else days
        year, region, series, sequence = (part.copy() for part in parts)
        registry = registry_of(self.codes, self.window_years)
        ids = registry.verdicts(year, region, series, some) if ids is None else ids.copy()
        other = sequence == 0
        if missing is not None:
            ids[missing] = NULL
            other &= ~missing
        at = np.flatnonzero(other)
        others = read_others(
            cast("pa.Array", _texts(take(at))),
            some if isinstance(some, int) else some[at],
            registry,
            self._shapes,
            self.codes,
            self.window_years,
        )
        flags = np.zeros(len(ids), np.bool_)
        found = Block(ids, ids, flags, flags, year, region, series, sequence)
        for name in ("ids", "year", "region", "series", "sequence", "has"):
            getattr(found, name)[at] = getattr(others, name)
        return found, at, others, self._names_of(found, some)

    def say(self, array: pa.Array, days: pa.Array | None, names: list[str]) -> list[pa.Array]:
        """Answer with one integer for each value, made up as :data:`SAID` lays it out.

        Args:
            array: As for :meth:`answer`.
            days: As for :meth:`answer`.
            names: Which columns of names are wanted.

        Returns:
            The integers, null for missing values; and the columns of names.
        """
        made = []
        for rows in _blocks(array, days, None):
            block, some = self._answered(rows)
            said = np.zeros(len(rows.array), np.int64)
            for name, width in SAID.items():
                said <<= width
                said |= getattr(block, name)
            columns = self._names_of(block, some) if names else {}
            missing = rows.array.is_null().to_numpy(zero_copy_only=False)
            made.append([pa.array(said, mask=missing), *(columns[name] for name in names)])
        return [pa.concat_arrays(parts) for parts in zip(*made, strict=True)]

    def _block(self, rows: _Rows) -> pa.StructArray:
        columns = self._columns(*self._answered(rows))
        return pa.StructArray.from_arrays(list(columns.values()), list(columns))

    def _answered(self, rows: _Rows) -> tuple[Block, NDArray[np.int64] | int]:
        """Return what was found in some rows, and on which days."""
        texts = _texts(rows.array)
        days = self.day if rows.days is None else days_of(rows.days)
        block = _no_texts(rows.array) if texts is None else self._read(texts, days)
        if rows.odd is not None:
            np.copyto(block.ids, rows.odd, where=rows.odd != 0)
        return block, days

    def _columns(self, block: Block, days: NDArray[np.int64] | int) -> dict[str, pa.Array]:
        names = self._names_of(block, days)
        return {
            name: _MAKERS[name](block) if name in _MAKERS else names[name] for name in self.columns
        }

    def _names_of(self, block: Block, days: NDArray[np.int64] | int) -> dict[str, pa.Array]:
        """Return the columns of names and managers that are asked for."""
        made: dict[str, pa.Array] = {}
        if self._names is not None:
            for name in NAMES:
                if name in self.columns:
                    made[name] = self._names.column(name, block, days)
            if self._managers is not None and not set(MANAGER).isdisjoint(self.columns):
                grades = self._names.column("grade", block, days)
                made |= self._managers.columns(block, days, grades)
        return made

    def _read(self, texts: pa.Array, days: NDArray[np.int64] | int) -> Block:
        registry = registry_of(self.codes, self.window_years)
        return read_block(texts, days, registry, self._shapes, self.codes, self.window_years)


@lru_cache(8)
def _loaded(asked: bytes) -> Question:
    """Load a question once in a process, with all it learns: Spark sends it with each task."""
    return Question(*pickle.loads(asked))  # noqa: S301  # what __reduce__ made, inside a pickle


def _asked(attribute: attrs.Attribute[Any], value: object) -> bool:
    return attribute.init


def _named(answers: pa.StructArray, names: list[str]) -> pa.StructArray:
    return pa.StructArray.from_arrays(answers.flatten(), names=names)


def whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


@attrs.frozen(eq=False)
class _Rows:
    array: pa.Array
    days: pa.Array | None
    odd: NDArray[np.uint8] | None


def _blocks(
    array: pa.Array, days: pa.Array | None, odd: NDArray[np.uint8] | None
) -> Iterator[_Rows]:
    for at in range(0, max(len(array), 1), BLOCK):
        yield _Rows(
            array.slice(at, BLOCK),
            None if days is None else days.slice(at, BLOCK),
            None if odd is None else odd[at : at + BLOCK],
        )


def _texts(array: pa.Array) -> pa.Array | None:
    """Return an array of plain Arrow texts; None if the values are no texts."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return array
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        return array.cast(pa.large_string())
    return array.cast(pa.string()) if pa.types.is_null(kind) else None


def _no_texts(array: pa.Array) -> Block:
    nothing = read_block(
        pa.nulls(len(array), pa.string()), NO_DAY, registry_of(None, 1), Shapes(), None, 1
    )
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    nothing.ids[valid] = finding_ids[FindingCode.NOT_TEXT]
    return nothing


def day_array(days: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column of days as one array.

    Raises:
        UnsupportedFrame: If it holds no days.
    """
    days = whole(days)
    kinds = pa.types.is_date, pa.types.is_timestamp, pa.types.is_null
    zoned = pa.types.is_timestamp(days.type) and days.type.tz is not None
    if zoned or not any(is_kind(days.type) for is_kind in kinds):
        raise UnsupportedFrame(str(days.type), DAYS)
    return days


def days_of(days: pa.Array) -> NDArray[np.int64]:
    """Return days since 1970-01-01 of a column of days, NO_DAY where there is none.

    Engines have days that Python has not, infinite ones among them. These are its last day, or its
    first: no book tells them apart.
    """
    numbers = days.cast(pa.date32()).cast(pa.int32())
    found: NDArray[np.int64] = numbers.fill_null(0).to_numpy().astype(np.int64)
    np.clip(found, 1 - _EPOCH, date.max.toordinal() - _EPOCH, out=found)
    if numbers.null_count:
        found[numbers.is_null().to_numpy(zero_copy_only=False)] = NO_DAY
    return found


def _array(
    kind: pa.DataType, block: Block, *buffers: pa.Buffer, has: NDArray[np.bool_]
) -> pa.Array:
    valid = None if has.all() else pa.py_buffer(np.packbits(has, bitorder="little"))
    return pa.Array.from_buffers(kind, len(has), [valid, *buffers])


def _outcome(block: Block) -> pa.Array:
    return _OUTCOME_TEXTS.take(pa.array(block.ids))


def _finding(block: Block) -> pa.Array:
    return _FINDING_TEXTS.take(pa.array(block.ids))


def canonical_of(block: Block) -> pa.Array:
    """Return the canonical texts of a block, null where there is no number."""
    lengths = np.multiply(block.marked, len(_TAIL), dtype=np.int32)
    lengths += _SHORT
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, dtype=np.int32, out=offsets[1:])
    data = np.empty(int(offsets[-1]), np.uint8)
    if len(lengths):
        texts = np.ndarray(len(lengths), "V18", block.text, strides=(block.text.shape[1],))
        np.ndarray(len(data) - _SHORT + 1, "V18", data, strides=(1,))[offsets[:-1]] = texts
        tails = np.flatnonzero(block.marked)
        if len(tails):
            at = offsets[tails] + _SHORT
            np.ndarray(len(data) - len(_TAIL) + 1, "V12", data, strides=(1,))[at] = _TAIL.view(
                "V12"
            )
    buffers = pa.py_buffer(offsets), pa.py_buffer(data)
    return _array(pa.string(), block, *buffers, has=block.has)


def _digits(first: int, width: int) -> Callable[[Block], pa.Array]:
    def make(block: Block) -> pa.Array:
        count, stride = block.text.shape
        if not count:
            return pa.array([], pa.string())
        cells = np.ndarray(count, f"V{width}", block.text, offset=first, strides=(stride,))
        digits = np.ascontiguousarray(cells).view(np.uint8)
        offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
        buffers = pa.py_buffer(offsets), pa.py_buffer(digits)
        return _array(pa.string(), block, *buffers, has=block.has)

    return make


def _year(block: Block) -> pa.Array:
    years = (block.year + np.uint32(2000)).astype(np.int32)
    return _array(pa.int32(), block, pa.py_buffer(years), has=block.has)


def _sequence(block: Block) -> pa.Array:
    return _array(pa.int32(), block, pa.py_buffer(block.sequence.view(np.int32)), has=block.has)


def _grassroots(block: Block) -> pa.Array:
    bits = pa.py_buffer(np.packbits(block.marked, bitorder="little"))
    return _array(pa.bool_(), block, bits, has=block.has)


_MAKERS: Final[dict[str, Callable[[Block], pa.Array]]] = {
    "outcome": _outcome,
    "finding": _finding,
    "canonical": canonical_of,
    "year": _year,
    "region_code": _digits(5, 5),
    "series_code": _digits(10, 3),
    "sequence": _sequence,
    "grassroots": _grassroots,
}
