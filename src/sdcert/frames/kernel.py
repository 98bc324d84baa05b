"""A column of texts read at once: NumPy on the bytes of an Arrow array.

No law of its own. Canonical text is recognised by its bytes, as the grammar lays them out: 鲁, 15
ASCII digits whose last five are not all zero, and perhaps the marker; 18 or 30 bytes of UTF-8. All
that is not canonical is read by :func:`sdcert._shapes.read`, which asks the law. What registries
and years say comes from :mod:`sdcert.frames.registry`. The tests hold every answer against
:func:`sdcert.checking.check`.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER, PREFIX
from sdcert._shapes import read, shape_of, writing_of
from sdcert.checking.verdicts import first_warning
from sdcert.dates import EPOCH, days_since_epoch
from sdcert.findings import FindingCode
from sdcert.frames.registry import FINDINGS, NO_DAY, NOTHING, NULL, WARNINGS, finding_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sdcert.frames.registry import Registry

__all__ = ["Block", "block_of", "day_of", "days_of_array", "read_block"]

_PREFIX: Final = np.frombuffer(PREFIX.encode(), np.uint8)
_MARKER: Final = np.frombuffer(MARKER.encode(), np.uint32)
_SHORT: Final = len(_PREFIX) + 15
_LONG: Final = _SHORT + _MARKER.nbytes
_WORDS: Final = 24  # bytes taken of each row: three words
# A canonical text, xor this, has zeros for 鲁 and the digits' values for the digits.
_SIGNS: Final = np.frombuffer(PREFIX.encode() + b"0" * 15 + bytes(6), np.uint64)
# A byte of a digit's value has no bit of its upper half set, neither before nor after adding 6.
_SIX: Final = np.frombuffer(bytes(3) + b"\x06" * 15 + bytes(6), np.uint64)
_BITS: Final = np.frombuffer(b"\xff" * 3 + b"\xf0" * 15 + bytes(6), np.uint64)
_TWO: Final = np.uint64(0xFFFF)
_WARNS: Final = np.isin(np.arange(len(FINDINGS)), WARNINGS)
_SHAPES: Final = 1 << 14  # shapes kept
_KNOWN: Final = 2 + 3 + 15  # bytes of what is known of a shape
_PER_DAY: Final = {unit: 86_400 * 1000**at for at, unit in enumerate(("s", "ms", "us", "ns"))}
_NO_NUMBER: Final = np.frombuffer(PREFIX.encode() + b"0" * 15 + bytes(6), np.uint8)


@attrs.define
class Block:
    """What was read of some rows; the parts are those of the number, where there is one.

    Attributes:
        ids: Numbers of findings, see :data:`sdcert.frames.registry.FINDINGS`.
        text: 24 bytes of each row, of which the first 18 are the canonical text.
        marked: Whether the marker follows.
        plain: Whether the text was canonical as it was given; of missing ones it says nothing.
        year: Two digits.
        region: Region codes as numbers.
        series: Series codes as numbers.
        sequence: 1 through 99999, or 0 where there is no number.
        days: Days of approval since 1970-01-01, one for each row or one for all; NO_DAY where none
            is known.
        has: Whether there is a number.
    """

    ids: NDArray[np.uint8]
    text: NDArray[np.uint8]
    marked: NDArray[np.bool_]
    plain: NDArray[np.bool_]
    year: NDArray[np.uint32]
    region: NDArray[np.uint32]
    series: NDArray[np.uint32]
    sequence: NDArray[np.uint32]
    days: NDArray[np.int64] | int = attrs.field(kw_only=True)
    has: NDArray[np.bool_] = attrs.field(init=False)

    @has.default
    def _has(self) -> NDArray[np.bool_]:
        has: NDArray[np.bool_] = self.sequence != 0
        return has


def read_block(registry: Registry, array: pa.Array, days: NDArray[np.int64] | int) -> Block:
    """Read some rows.

    Args:
        registry: What the book says of codes.
        array: Texts, of the Arrow type ``string`` or ``large_string``.
        days: As :class:`Block` has them.
    """
    starts, lengths, data = _buffers(array)
    text = _rows(data, starts)
    # Word-major, for vectorised access.
    values = _words(text)
    bad = np.zeros(len(array), np.uint64)
    marks = np.empty_like(bad)
    for word, six, bits in zip(values, _SIX, _BITS, strict=True):
        np.add(word, six, out=marks)
        marks |= word
        marks &= bits
        bad |= marks
    canonical = bad == 0
    values[2] &= _TWO
    np.right_shift(values[1], np.uint64(40), out=bad)
    bad |= values[2]
    canonical &= bad != 0  # the last five digits
    marked = lengths == _LONG
    canonical &= (lengths == _SHORT) | marked
    marked &= canonical
    at = np.flatnonzero(marked)
    if len(at):
        ends = starts[at] + _SHORT
        tails = np.ndarray(len(data) - _MARKER.nbytes + 1, "V12", data, strides=(1,))[ends]
        wrong = (tails.view(np.uint32).reshape(-1, 3) != _MARKER).any(axis=1)
        marked[at[wrong]] = canonical[at[wrong]] = False
    ids = np.full(len(array), NOTHING, np.uint8)
    if array.null_count:
        missing = array.is_null().to_numpy(zero_copy_only=False)
        ids[missing] = NULL
        marked &= ~missing
        text[missing] = _NO_NUMBER
        for word in values:
            word[missing] = 0
        canonical |= missing
    other = np.flatnonzero(~canonical)
    variants = other
    if len(other):
        ids[other], text[other], marked[other], numbers = _read_other(array.take(other))
        variants = other[numbers]
        for word, read_word in zip(values, _words(text[other]), strict=True):
            word[other] = read_word
        values[2] &= _TWO
    block = Block(ids, text, marked, canonical, *_parts(values), days=days)
    found = registry.verdicts(block.year, block.region, block.series, days)
    np.copyto(ids, found, where=block.has)
    found = ids[variants]
    ids[variants[found == NOTHING]] = finding_ids[FindingCode.NOT_CANONICAL]
    for at in variants[_WARNS[found]].tolist():
        warning = cast("FindingCode", FINDINGS[ids[at]])
        ids[at] = finding_ids[first_warning(array[at].as_py(), warning)]
    return block


def block_of(numbers: NDArray[np.int64], days: NDArray[np.int64] | int) -> Block:
    """Lay out numbers that were read already; of their texts nothing is known.

    Args:
        numbers: The 15 digits as an integer, 0 where there is no number.
        days: As :class:`Block` has them.
    """
    head = (numbers // 10**8).astype(np.uint32)
    tail = (numbers % 10**8).astype(np.uint32)
    year, series = head // 100_000, tail // 100_000
    parts = year, head - year * 100_000, series, tail - series * 100_000
    unknown = np.zeros(len(numbers), np.bool_)
    text = np.zeros((len(numbers), 0), np.uint8)
    return Block(unknown.view(np.uint8), text, unknown, unknown, *parts, days=days)


def _read_other(
    array: pa.Array,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
    """Read texts that are not canonical.

    Returns:
        The numbers of their findings, NOTHING for numbers; 24 bytes of each, as :class:`Block`
        has them; whether the marker follows; and whether they are numbers.
    """
    text = np.empty((len(array), _WORDS), np.uint8)
    text[:] = _NO_NUMBER
    starts, lengths, data = _folded(*_buffers(array))
    raw = data.tobytes()
    offsets = pa.py_buffer(np.append(starts, starts[-1] + lengths[-1]))
    buffers = [None, offsets, pa.py_buffer(shape_of(raw))]
    shapes = pa.Array.from_buffers(pa.large_binary(), len(starts), buffers)
    encoded = shapes.dictionary_encode()
    known = np.frombuffer(b"".join(map(_known, encoded.dictionary.to_pylist())), np.uint8)
    rows = known.reshape(-1, _KNOWN).take(encoded.indices.to_numpy(), axis=0)
    ids = rows[:, 0].copy()
    numbers, laid_out, marked = rows[:, 2:5].T != 0
    at = np.flatnonzero(laid_out)
    if len(at):
        digits = data.take(starts[at, None] + rows[at, 5:])
        ored = digits[:, 10] | digits[:, 11] | digits[:, 12] | digits[:, 13] | digits[:, 14]
        zero = at[ored == ord("0")]  # then each of them is
        ids[zero] = rows[zero, 1]
        numbers[zero] = False
        good = numbers[at]
        cells = np.ndarray(len(text), "V15", text, offset=len(_PREFIX), strides=(_WORDS,))
        cells[at[good]] = digits.view("V15")[good, 0]
    single = np.flatnonzero(rows[:, 0] == 0)
    for i in single.tolist():
        code, read_digits, marked[i] = read(raw[starts[i] : starts[i] + lengths[i]])
        ids[i] = _id(code)
        if code is None:
            numbers[i] = True
            text[i, len(_PREFIX) : _SHORT] = np.frombuffer(read_digits, np.uint8)
    return ids, text, marked & numbers, numbers


def _buffers(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Return where each text starts, how many bytes it has, and the bytes."""
    kind = np.int64 if pa.types.is_large_string(array.type) else np.int32
    _, offsets, data = array.buffers()
    if not len(array):  # then there may be no buffers
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, np.zeros(0, np.uint8)
    ends: NDArray[Any] = np.frombuffer(offsets, kind)[array.offset : array.offset + len(array) + 1]
    ends = ends.astype(np.int64, copy=False)
    content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    lengths: NDArray[np.int64] = ends[1:] - ends[:-1]
    return ends[:-1], lengths, content


def _rows(data: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Copy 24 bytes from each start; zeros stand for those behind the end of the data."""
    rows = np.zeros(len(starts), "V24")
    inner = int(np.searchsorted(starts, len(data) - _WORDS, side="right"))
    if inner:
        rows[:inner] = np.ndarray(len(data) - _WORDS + 1, "V24", data, strides=(1,))[starts[:inner]]
    if inner < len(starts):
        first = starts[inner]
        rest = np.concatenate((data[first:], np.zeros(_WORDS, np.uint8)))
        rows[inner:] = np.ndarray(len(rest) - _WORDS + 1, "V24", rest, strides=(1,))[
            starts[inner:] - first
        ]
    return rows.view(np.uint8).reshape(-1, _WORDS)


def _id(code: FindingCode | None) -> int:
    return NOTHING if code is None else finding_ids[code]


@lru_cache(_SHAPES)
def _known(shape: bytes) -> bytes:
    """Return what is known of the texts of a shape, a byte each; zeros if it is nothing.

    These are the finding, and the finding of those whose sequence is all zeros; whether they are
    numbers, whether they are laid out as numbers, whether they have the marker; and the places of
    the 15 digits.
    """
    writing = writing_of(shape)
    if writing is None:
        return bytes(_KNOWN)
    findings = _id(writing.code), _id(writing.code_of_zero)
    kinds = writing.code is None, bool(writing.places), writing.marked
    return bytes((*findings, *kinds, *(0,) * (15 - len(writing.places)), *writing.places))


def _folded(
    starts: NDArray[np.int64], lengths: NDArray[np.int64], data: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Return texts of which all full-width digits are ASCII, as :func:`sdcert._shapes.read` does.

    In UTF-8 they are EF BC 90 through EF BC 99: the last byte is made a digit, the others go.
    """
    wide = np.flatnonzero(data[:-2] == 0xEF)
    wide = wide[(data[wide + 1] == 0xBC) & (data[wide + 2] - np.uint8(0x90) < 10)]
    if not len(wide):
        return starts, lengths, data
    data = data.copy()
    data[wide + 2] -= 0x90 - ord("0")
    kept = np.ones(len(data), np.bool_)
    kept[wide] = kept[wide + 1] = False
    rows = np.searchsorted(starts, wide, side="right") - 1
    lengths = lengths - 2 * np.bincount(rows, minlength=len(lengths))
    ends = np.cumsum(lengths)
    return ends - lengths, lengths, data[kept]


def _words(text: NDArray[np.uint8]) -> list[NDArray[np.uint64]]:
    words = text.view(np.uint64)
    return [words[:, at] ^ sign for at, sign in enumerate(_SIGNS)]


def _parts(values: list[NDArray[np.uint64]]) -> tuple[NDArray[np.uint32], ...]:
    """Turn digits into numbers, eight at once."""
    head = _number(values[0])  # year, three digits of the region code
    body = _number(values[1])  # two of the region code, series code, three of the sequence
    last = values[2].astype(np.uint32)
    last = (last & 0xFF) * 10 + (last >> 8)
    year = head // 1_000
    rest = body // 1_000
    series = rest % 1_000
    region = (head - year * 1_000) * 100 + rest // 1_000
    sequence = (body - rest * 1_000) * 100 + last
    return year, region, series, sequence


def _number(word: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return the number whose eight digits are the bytes of a word, the first the lowest."""
    word = word.copy()
    for bits, tens, mask in _STEPS:
        word *= tens
        word >>= bits
        word &= mask
    return word.astype(np.uint32)


# Of two neighbours of so many bits the lower comes first: it is multiplied by a power of ten, and
# added to the higher.
_STEPS: Final = (
    (np.uint64(8), np.uint64(1 + (10 << 8)), np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(16), np.uint64(1 + (100 << 16)), np.uint64(0x0000FFFF0000FFFF)),
    (np.uint64(32), np.uint64(1 + (10_000 << 32)), np.uint64(0x00000000FFFFFFFF)),
)


def day_of(days: NDArray[np.int64] | int, row: int) -> date | None:
    """Return the day of approval of a row."""
    day = days if isinstance(days, int) else int(days[row])
    return None if day == NO_DAY else EPOCH + timedelta(day)


def days_of_array(days: pa.Array) -> NDArray[np.int64]:
    """Return days since 1970-01-01 of a column of days, NO_DAY where there is none.

    Engines have days that Python has not, infinite ones among them. These are its last day, or its
    first: no book tells them apart.
    """
    short = days.type == pa.date32()  # which cannot hold the days of all times
    numbers = days.cast(pa.int32() if short else pa.int64())
    found: NDArray[np.int64] = numbers.fill_null(0).to_numpy().astype(np.int64)
    if not short:
        found //= _PER_DAY[getattr(days.type, "unit", "ms")]  # date64 is in milliseconds
    np.clip(found, days_since_epoch(date.min), days_since_epoch(date.max), out=found)
    if numbers.null_count:
        found[numbers.is_null().to_numpy(zero_copy_only=False)] = NO_DAY
    return found
