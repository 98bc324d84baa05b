"""The findings on texts that are not canonical, kept by the shape of the text: a fast path.

The shape of a text is the text with ones for all digits. Its findings depend on the digits in one
way only: whether the five of the sequence, in a text that is laid out as a number, are all zero. So
:func:`sdcert._grammar.canonicalize` and :func:`sdcert._diagnosis.diagnose` are called twice for a
shape, with ones and with zeros. The tests compare the answers with theirs, text by text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from sdcert._diagnosis import diagnose
from sdcert._grammar import FOLD_DIGITS, MARKER, canonicalize
from sdcert.findings import FindingCode

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LONGEST", "Writing", "fold_wide", "read", "read_text", "shape_of", "writing_of"]

#: Bytes of UTF-8; longer texts are few, and each is read by itself.
LONGEST: Final = 128

_REMEMBERED: Final = 1 << 14  # shapes
_DIGITS: Final = b"0123456789"
_ONES: Final = bytes.maketrans(_DIGITS, b"1" * 10)
_ZEROS: Final = bytes.maketrans(_DIGITS, b"0" * 10)
_wide: Final = re.compile(b"\xef\xbc[\x90-\x99]").search  # a full-width digit
_TAIL: Final = (ord("0"),) * 5


class Writing:
    """What is known of a shape; all places are those of bytes.

    Attributes:
        code: The first finding of its texts; None if they are numbers in another form.
        code_of_zero: The same of those whose sequence is all zero.
        places: Where the digits stand: all 15 of a number, else the five of the sequence of a text
            that is laid out as one; empty if it is neither.
        marked: Whether the marker follows the number.
        ends: Whether the digits of the sequence are the last digits of the text. They are not where
            more digits stand between two markers.
    """

    __slots__ = ("code", "code_of_zero", "digits", "ends", "marked", "places", "tail")

    def __init__(self, shape: bytes) -> None:
        ones, zeros = (_text(shape.translate(table)) for table in (_ONES, _ZEROS))
        canonical = canonicalize(ones)
        places = [at for at, byte in enumerate(shape) if byte == ord("1")]
        self.code = None if canonical else diagnose(ones)[0].code
        self.code_of_zero = self.code
        self.marked = canonical is not None and canonical.endswith(MARKER)
        self.digits: Callable[[bytes], tuple[int, ...]] | None = None
        self.tail: Callable[[bytes], tuple[int, ...]] | None = None
        self.places: tuple[int, ...] = ()
        found = diagnose(zeros)
        if canonical:
            # not by the name of the finding: a long text has no finding but its length
            self.places = tuple(places)
            self.digits = itemgetter(*places)
        elif spans := [f.span for f in found if f.code is FindingCode.SEQUENCE_ZERO and f.span]:
            first, last = (len(_bytes(zeros[:at])) for at in spans[0])
            self.places = tuple(at for at in places if first <= at < last)
        if self.places:
            self.code_of_zero = found[0].code
            self.tail = itemgetter(*self.places[-5:])
        self.ends = self.places[-5:] == tuple(places[-5:])


_remembered: Final = lru_cache(_REMEMBERED)(Writing)


def shape_of(raw: bytes) -> bytes:
    """Replace all ASCII digits by ones."""
    return raw.translate(_ONES)


def fold_wide(raw: bytes) -> bytes:
    """Replace full-width digits by ASCII ones."""
    if _wide(raw):
        return _bytes(_text(raw).translate(FOLD_DIGITS))
    return raw


def writing_of(shape: bytes) -> Writing | None:
    """Return what is known of a shape; None if its texts have to be read one by one."""
    if len(shape) > LONGEST or _wide(shape):
        return None
    return _remembered(shape)


def read(raw: bytes) -> tuple[FindingCode | None, bytes, bool]:
    """Read a text of whatever kind, given as UTF-8.

    Args:
        raw: The text; lone surrogates are encoded as ``surrogatepass`` does.

    Returns:
        The code of its first finding if it is no number, else None; the 15 digits of the number
        if it is one, else nothing; and whether the marker follows them.

    >>> read("魯181402001200001".encode())
    (<FindingCode.PREFIX: 'prefix'>, b'', False)
    >>> read("鲁 18 14020 012 00001(基层)".encode())
    (None, b'181402001200001', True)
    """
    raw = fold_wide(raw)
    writing = writing_of(shape_of(raw))
    if writing is None:
        return _read_long(_text(raw))
    if writing.tail is not None and writing.tail(raw) == _TAIL:
        return writing.code_of_zero, b"", False
    if writing.digits is None:
        return writing.code, b"", False
    return None, bytes(writing.digits(raw)), writing.marked


def read_text(text: str) -> tuple[FindingCode | None, bytes, bool]:
    """Read a text; as :func:`read`."""
    return read(_bytes(text))


def _read_long(text: str) -> tuple[FindingCode | None, bytes, bool]:
    canonical = canonicalize(text)
    if canonical is None:
        return diagnose(text)[0].code, b"", False
    return None, canonical[1:16].encode(), canonical.endswith(MARKER)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
