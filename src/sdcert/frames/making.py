"""How the columns of a check are made, as Arrow arrays, of what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER
from sdcert.findings import Outcome
from sdcert.frames.registry import FINDINGS, NULL, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sdcert.frames.kernel import Block

__all__ = ["MAKERS", "PACKED", "PARTS", "VALID", "canonical_of"]

#: The column that tells whether the outcome is VALID.
VALID: Final = "valid"
#: The column of all that was read in one integer, null for a missing value.
PACKED: Final = "packed"
#: Its parts, the highest first, and how many bits they have: see
#: :class:`~sdcert.frames.kernel.Block`.
PARTS: Final = {
    "year": 7, "region": 17, "series": 10, "sequence": 17, "plain": 1, "marked": 1, "ids": 6,
}  # fmt: skip
_OUTCOME_OF: Final = np.array([0 if o is None else 1 + [*Outcome].index(o) for o in OUTCOMES])
_FINDING_TEXTS: Final = pa.array([None if f is None else f.value for f in FINDINGS], pa.string())
_FOUND: Final = np.array([f is not None for f in FINDINGS])
_OUTCOME_SIZES, _FINDING_SIZES = (
    np.array([len(text or "") for text in texts], np.int32)
    for texts in ([None, *Outcome], FINDINGS)
)
_VALID: Final = pa.array([None if o is None else o is Outcome.VALID for o in OUTCOMES], pa.bool_())
_SHORT: Final = 18  # bytes of a canonical text without marker
_TAIL: Final = np.frombuffer(MARKER.encode(), np.uint8)


def _array(kind: pa.DataType, *buffers: pa.Buffer, has: NDArray[np.bool_]) -> pa.Array:
    valid = None if has.all() else pa.py_buffer(np.packbits(has, bitorder="little"))
    return pa.Array.from_buffers(kind, len(has), [valid, *buffers])


def _offsets(sizes: NDArray[np.int32]) -> NDArray[np.int32]:
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, dtype=np.int32, out=offsets[1:])
    return offsets


# Twice as fast as to let Arrow look the texts up: few rows have a finding, and outcomes are few.
def _outcome(block: Block) -> pa.Array:
    which = _OUTCOME_OF.take(block.ids)
    offsets = _offsets(_OUTCOME_SIZES.take(which))
    data = np.empty(int(offsets[-1]), np.uint8)
    for number, outcome in enumerate(Outcome, 1):
        at = offsets[:-1][which == number]
        if len(at):
            size = len(outcome)
            word = np.frombuffer(outcome.encode(), f"V{size}")
            np.ndarray(len(data) - size + 1, f"V{size}", data, strides=(1,))[at] = word
    return _array(pa.string(), pa.py_buffer(offsets), pa.py_buffer(data), has=which != 0)


def _valid(block: Block) -> pa.Array:
    return _VALID.take(pa.array(block.ids))


def _finding(block: Block) -> pa.Array:
    has = _FOUND.take(block.ids)
    offsets = _offsets(_FINDING_SIZES.take(block.ids))
    _, _, data = _FINDING_TEXTS.take(pa.array(block.ids[has])).buffers()
    return _array(pa.string(), pa.py_buffer(offsets), data, has=has)


def canonical_of(block: Block, rows: NDArray[np.int64] | slice = slice(None)) -> pa.Array:
    """Return the canonical texts of some rows, null in all others and where there is no number."""
    has = np.zeros(len(block.ids), np.bool_)
    has[rows] = block.has[rows]
    marked, text = block.marked[rows], block.text[rows]
    lengths = np.zeros(len(has), np.int32)
    lengths[rows] = _SHORT + np.multiply(marked, len(_TAIL), dtype=np.int32)
    offsets = _offsets(lengths)
    starts = offsets[:-1][rows]
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
    years = (block.year + np.uint32(2000)).astype(np.int32)
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
    "outcome": _outcome,
    "finding": _finding,
    VALID: _valid,
    PACKED: _packed,
    "canonical": canonical_of,
    "year": _year,
    "region_code": _digits(5, 5),
    "series_code": _digits(10, 3),
    "sequence": _sequence,
    "grassroots": _grassroots,
}
