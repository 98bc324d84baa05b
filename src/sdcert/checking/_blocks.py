"""A stream of values in blocks, read one column of bytes after another.

A row is canonical if it is 鲁, 15 ASCII digits, the last five not all zero, and perhaps the marker;
all other rows are named, to be read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice, repeat
from struct import Struct
from typing import Final, cast

from sdcert._grammar import MARKER, PREFIX

__all__ = ["BLOCK", "blocks", "read_block"]

BLOCK: Final = 4_096  # rows read at once
_SINGLE: Final = 16  # values answered one by one before blocks pay

_WIDTH: Final = len(PREFIX) + 15
_MARKED: Final = _WIDTH + len(MARKER)
_LONGEST: Final = 255  # all that a length needs to be, as a byte
_STAND_IN: Final = PREFIX + "0" * 14 + "1"  # for rows that are not canonical
_PLAIN: Final = b"0" + _STAND_IN[1:].encode()
_NOT_WIDTH: Final = bytes(length != _WIDTH for length in range(256))
_NOT_DIGIT: Final = bytes(byte not in b"0123456789" for byte in range(256))
_other_prefix: Final = re.compile(f"[^{PREFIX}]").finditer


def blocks(values: Iterable[object]) -> Iterator[list[object]]:
    """Cut a stream into blocks: some of one value first, then of as many as have passed already.

    What was read before the stream raised an exception is passed on before it.
    """
    stream = iter(values)
    passed, size = 0, 1
    while True:
        block: list[object] = []
        try:
            block.extend(islice(stream, size))
        except BaseException:
            if block:
                yield block
            raise
        if not block:
            return
        yield block
        passed += len(block)
        size = 1 if passed < _SINGLE else min(passed, BLOCK)


def read_block(values: Sequence[object], form: str) -> tuple[tuple[bytes, ...], set[int]]:
    """Read some values.

    Args:
        values: Any values.
        form: What is wanted of each row, in the language of :mod:`struct`: of 16 bytes, the first
            stands for 鲁 and is of no use, 15 are the digits.

    Returns:
        What was wanted of all rows, one row after another, and the places of those rows that are
        not canonical; for these stands what is wanted of a number that means nothing.
    """
    rows = values
    if not all(type(value) is str for value in rows):
        # What is no text, and texts of a class of their own, are read one by one.
        rows = [value if type(value) is str else "" for value in rows]
    texts = cast("Sequence[str]", rows)
    try:
        lengths = bytes(map(len, texts))
    except ValueError:
        lengths = bytes(map(min, map(len, texts), repeat(_LONGEST)))
    odd: set[int] = set()
    if lengths.count(_WIDTH) != len(texts):
        texts = list(texts)
        for row in _places(lengths.translate(_NOT_WIDTH), 1):
            text = texts[row]
            if lengths[row] == _MARKED and text.endswith(MARKER):
                texts[row] = text[:_WIDTH]
            else:
                texts[row] = _STAND_IN
                odd.add(row)
    joined = "".join(texts)
    odd.update(match.start() for match in _other_prefix(joined[::_WIDTH]))
    raw = bytearray(joined.encode("ascii", "replace"))  # one byte for each character
    raw[::_WIDTH] = b"0" * len(texts)
    for at in _places(raw.translate(_NOT_DIGIT), 1):
        row = at // _WIDTH
        odd.add(row)
        raw[row * _WIDTH : (row + 1) * _WIDTH] = _PLAIN
    # A digit is "0" with some more bits; five of them are "0" together if none has more.
    zeros = 0
    for place in range(_WIDTH - 5, _WIDTH):
        zeros |= int.from_bytes(raw[place::_WIDTH])
    odd.update(_places(zeros.to_bytes(len(texts)), ord("0")))
    if len(texts) == BLOCK:
        return _whole(form).unpack(raw), odd
    return tuple(chain.from_iterable(Struct(form).iter_unpack(raw))), odd


@cache
def _whole(form: str) -> Struct:
    return Struct(form * BLOCK)


def _places(column: bytes | bytearray, byte: int) -> Iterator[int]:
    """Go through the places of a byte; the column may change behind them."""
    at = column.find(byte)
    while at >= 0:
        yield at
        at = column.find(byte, at + 1)
