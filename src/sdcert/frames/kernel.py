"""A column of texts read at once: NumPy on the bytes of an Arrow array.

No law of its own. Canonical text is recognised by its bytes, as the grammar lays them out: 鲁, 15
ASCII digits whose last five are not all zero, and perhaps the marker; 18 or 30 bytes of UTF-8. All
that is not canonical is read by :func:`sdcert._shapes.read`, which asks the law. What registries
and years say comes from :mod:`sdcert.frames.registry`. The tests hold every answer against
:func:`sdcert.checking.check`.
"""

from __future__ import annotations

from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER, PREFIX
from sdcert._shapes import read, shape_of, writing_of
from sdcert.checking import check
from sdcert.dates import EPOCH
from sdcert.findings import FindingCode
from sdcert.frames.registry import NO_DAY, NOTHING, NULL, WARNINGS, finding_ids, registry_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sdcert._shapes import Writing
    from sdcert.codes import CodeBook

__all__ = ["Block", "Reader", "day_of"]

_PREFIX: Final = np.frombuffer(PREFIX.encode(), np.uint8)
_MARKER: Final = np.frombuffer(MARKER.encode(), np.uint8)
_SHORT: Final = len(_PREFIX) + 15
_LONG: Final = _SHORT + len(_MARKER)
_WORDS: Final = 24  # bytes taken of each row: three words
# A canonical text, xor this, has zeros for 鲁 and the digits' values for the digits.
_SIGNS: Final = np.frombuffer(PREFIX.encode() + b"0" * 15 + bytes(6), np.uint64)
# A byte of a digit's value has no bit of its upper half set, neither before nor after adding 6.
_SIX: Final = np.frombuffer(bytes(3) + b"\x06" * 15 + bytes(6), np.uint64)
_BITS: Final = np.frombuffer(b"\xff" * 3 + b"\xf0" * 15 + bytes(6), np.uint64)
_TWO: Final = np.uint64(0xFFFF)
_SHAPES: Final = 1 << 14  # shapes kept
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
        has: Whether there is one.
    """

    ids: NDArray[np.uint8]
    text: NDArray[np.uint8]
    marked: NDArray[np.bool_]
    plain: NDArray[np.bool_]
    year: NDArray[np.uint32]
    region: NDArray[np.uint32]
    series: NDArray[np.uint32]
    sequence: NDArray[np.uint32]

    has: NDArray[np.bool_] = attrs.field(init=False)

    @has.default
    def _has(self) -> NDArray[np.bool_]:
        has: NDArray[np.bool_] = self.sequence != 0
        return has


class Shapes:
    """The writings of the shapes met so far, as tables that many rows can look into at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._known: dict[bytes, int] = {}
        self._writings: list[Writing] = []
        self._codes = np.zeros((0, 2), np.uint8)
        self._places = np.zeros((0, 15), np.int64)
        self._kinds = np.zeros((0, 3), np.bool_)

    def look_up(self, shapes: pa.Array) -> tuple[NDArray[Any], ...]:
        """Return for each shape its row in four tables, and the tables.

        Args:
            shapes: An array of bytes.

        Returns:
            Rows, -1 where texts have to be read one by one; the findings (of texts in general,
            and of those with a sequence of zeros); the places of the digits; whether the texts
            are numbers, whether they are laid out as numbers, and whether they have the marker.
        """
        encoded = shapes.dictionary_encode()
        different = encoded.dictionary.to_pylist()
        with self._lock:
            if len(self._known) > _SHAPES:
                self._forget()
            found = list(map(self._known.get, different))
            if None in found:
                for at, place in enumerate(found):
                    if place is None:
                        found[at] = self._place(different[at])
                self._tabulate()
            rows: NDArray[np.int64] = np.array(found, np.int64)[encoded.indices.to_numpy()]
            return rows, self._codes, self._places, self._kinds

    def _place(self, shape: bytes) -> int:
        writing = writing_of(shape)
        if writing is None:
            return -1
        place = self._known[shape] = len(self._writings)
        self._writings.append(writing)
        return place

    def _tabulate(self) -> None:
        new = self._writings[len(self._codes) :]
        if not new:
            return
        codes = [[_id(w.code), _id(w.code_of_zero)] for w in new]
        places = [(0,) * (15 - len(w.places)) + w.places for w in new]
        kinds = [[w.code is None, bool(w.places), w.marked] for w in new]
        self._codes = np.concatenate((self._codes, np.array(codes, np.uint8)))
        self._places = np.concatenate((self._places, np.array(places, np.int64)))
        self._kinds = np.concatenate((self._kinds, np.array(kinds, np.bool_)))


class Reader:
    """Reads columns for one book and one width of the window; it learns shapes and codes.

    Args:
        codes: As for :func:`sdcert.checking.check`.
        window_years: As for :func:`sdcert.checking.check`.
    """

    def __init__(self, codes: CodeBook | None, window_years: int) -> None:
        self.registry = registry_of(codes, window_years)
        self._shapes = Shapes()
        self._codes = codes
        self._window_years = window_years

    def read(self, array: pa.Array, days: NDArray[np.int64] | int) -> Block:
        """Read some rows.

        Args:
            array: Texts, of the Arrow type ``string`` or ``large_string``.
            days: Days of approval since 1970-01-01, one for each row or one for all; NO_DAY where
                none is known.
        """
        starts, lengths, data = _buffers(array)
        text = _rows(data, starts)
        # Word-major, for vectorised access.
        values = _words(text)
        bad = np.zeros(len(array), np.uint64)
        for word, six, bits in zip(values, _SIX, _BITS, strict=True):
            marks = word + six
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
            tails = np.ndarray(len(data) - len(_MARKER) + 1, "V12", data, strides=(1,))[ends]
            wrong = (tails.view(np.uint8).reshape(-1, len(_MARKER)) != _MARKER).any(axis=1)
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
            ids[other], text[other], marked[other], numbers = self._read_other(array.take(other))
            variants = other[numbers]
            for word, read_word in zip(values, _words(text[other]), strict=True):
                word[other] = read_word
            values[2] &= _TWO
        block = Block(ids, text, marked, canonical, *_parts(values))
        self._judge(block, array, variants, days)
        return block

    def read_others(self, array: pa.Array, days: NDArray[np.int64] | int) -> Block:
        """Read texts of which an engine has found that they are not canonical numbers.

        Args:
            array: As for :meth:`read`, without nulls.
            days: As for :meth:`read`.
        """
        ids, text, marked, numbers = self._read_other(array)
        values = _words(text)
        values[2] &= _TWO
        block = Block(ids, text, marked, np.zeros(len(ids), np.bool_), *_parts(values))
        self._judge(block, array, np.flatnonzero(numbers), days)
        return block

    def _judge(
        self,
        block: Block,
        array: pa.Array,
        variants: NDArray[np.int64],
        days: NDArray[np.int64] | int,
    ) -> None:
        """Take the findings on years and codes into the block."""
        found = self.registry.verdicts(block.year, block.region, block.series, days)
        np.copyto(block.ids, found, where=block.has)
        ids = block.ids
        found = ids[variants]
        ids[variants[found == NOTHING]] = finding_ids[FindingCode.NOT_CANONICAL]
        # Two warnings: which comes first is a matter of their places, so the check is asked.
        for at in variants[np.isin(found, WARNINGS)].tolist():
            verdict = check(
                array[at].as_py(),
                codes=self._codes,
                approved_on=day_of(days, at),
                window_years=self._window_years,
            )
            ids[at] = finding_ids[verdict.findings[0].code]

    def _read_other(
        self, array: pa.Array
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
        """Read texts that are not canonical.

        Returns:
            The numbers of their findings, NOTHING for numbers; 24 bytes of each, as :class:`Block`
            has them; whether the marker follows; and whether they are numbers.
        """
        text = np.empty((len(array), _WORDS), np.uint8)
        text[:] = _NO_NUMBER
        if not len(array):
            nothing = np.zeros(0, np.bool_)
            return np.zeros(0, np.uint8), text, nothing, nothing
        starts, lengths, data = _folded(*_buffers(array))
        raw = data.tobytes()
        offsets = pa.py_buffer(np.append(starts, starts[-1] + lengths[-1]))
        buffers = [None, offsets, pa.py_buffer(shape_of(raw))]
        shapes = pa.Array.from_buffers(pa.large_binary(), len(starts), buffers)
        rows, codes, places, kinds = self._shapes.look_up(shapes)
        single = np.flatnonzero(rows < 0)
        rows[single] = 0
        if len(kinds):
            numbers, laid_out, marked = kinds.take(rows, axis=0).T
            ids = codes[rows, 0]
        else:
            numbers, laid_out, marked = np.zeros((3, len(rows)), np.bool_)
            ids = np.zeros(len(rows), np.uint8)
        laid_out[single] = numbers[single] = False
        at = np.flatnonzero(laid_out)
        if len(at):
            where = places.take(rows[at], axis=0)
            where += starts[at, None]
            digits = data.take(where)
            ored = digits[:, 10] | digits[:, 11] | digits[:, 12] | digits[:, 13] | digits[:, 14]
            zero = ored == ord("0")  # then each of them is
            ids[at[zero]] = codes[rows[at[zero]], 1]
            numbers[at[zero]] = False
            good = numbers[at]
            cells = np.ndarray(len(text), "V15", text, offset=len(_PREFIX), strides=(_WORDS,))
            cells[at[good]] = digits.view("V15")[good, 0]
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
    ends = ends.astype(np.int64)
    content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    lengths: NDArray[np.int64] = np.diff(ends)
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
    for factor, shift, mask in _STEPS:
        high = word >> shift
        word = word * factor
        word += high
        word &= mask
    return word.astype(np.uint32)


_STEPS: Final = (
    (np.uint64(10), np.uint64(8), np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(100), np.uint64(16), np.uint64(0x0000FFFF0000FFFF)),
    (np.uint64(10_000), np.uint64(32), np.uint64(0x00000000FFFFFFFF)),
)


def day_of(days: NDArray[np.int64] | int, row: int) -> date | None:
    """Return the day of approval of a row."""
    day = days if isinstance(days, int) else int(days[row])
    return None if day == NO_DAY else EPOCH + timedelta(day)
