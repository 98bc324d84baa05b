"""Which encoding a file is in. Only this file knows how that is told: UTF-8 or GB18030, no other.

Strict decoding is proof, so it comes first; charset-normalizer guesses where both encodings fit.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Final

from sdcert.cli._texts import Problem

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["ENCODINGS", "detect", "locate"]

ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "gb18030": "gb18030",
    "gbk": "gb18030",  # GB18030 reads whatever is written in the older two
    "gb2312": "gb18030",
}
"""The names that may be given, and the two encodings that they stand for."""

_SAMPLE: Final = 65_536
_UTF8_BOM: Final = codecs.BOM_UTF8
_GB18030_BOM: Final = "\ufeff".encode("gb18030")
_UTF16_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_WORKBOOKS: Final = (b"PK\x03\x04", bytes.fromhex("d0cf11e0"))  # .xlsx, .xls
_PREFIXED: Final = re.compile("鲁 ?[0-9]{2}")


def detect(source: BinaryIO, name: str, named: str | None = None) -> tuple[str, bool]:
    """Tell the encoding of a file from its first bytes and its first bytes beyond ASCII.

    Args:
        source: The file, anywhere; afterwards it stands somewhere else.
        name: What the file is called in messages.
        named: The encoding that the user named, ``utf-8`` or ``gb18030``; None to find it.

    Returns:
        The encoding, ``utf-8`` or ``gb18030``, and whether the file begins with a byte order mark.

    Raises:
        Problem: If the file is empty, a workbook, in UTF-16 or UTF-32, or contradicts ``named``.
    """
    source.seek(0)
    head = source.read(_SAMPLE)
    if not head:
        raise Problem("empty-file", {"name": name})
    if head.startswith(_WORKBOOKS):
        raise Problem("workbook", {"name": name})
    if head.startswith(_UTF16_BOMS):
        raise Problem("utf-16", {"name": name})
    if head.count(0) * 10 > len(head):
        raise Problem("nul-bytes", {"name": name})
    if head.startswith(_UTF8_BOM):
        if named == "gb18030":
            raise Problem("bom-conflict", {"name": name})
        return "utf-8", True
    bom = head.startswith(_GB18030_BOM)
    if named:
        return named, bom and named == "gb18030"
    return ("gb18030", True) if bom else (_guess(source, _beyond_ascii(source, head)), False)


def _beyond_ascii(source: BinaryIO, block: bytes) -> bytes:
    """Return a sample of whole lines in which the first byte beyond ASCII is found."""
    while block.isascii():
        more = source.read(_SAMPLE)
        if not more:
            return b""
        # keep the tail: the character may have begun there
        block = more if more.isascii() else block[-_SAMPLE:] + more
    return block[: block.rfind(b"\n") + 1] or block


def _guess(source: BinaryIO, sample: bytes) -> str:
    if not sample:
        return "utf-8"  # ASCII throughout
    texts: dict[str, str] = {}
    reach: dict[str, int] = {}
    for encoding in ("utf-8", "gb18030"):
        try:
            texts[encoding] = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError as error:
            reach[encoding] = error.start
    if not texts:
        return max(reach, key=reach.__getitem__)  # strict reading will say where it fails
    if len(texts) == 1:
        return next(iter(texts))
    proven = [encoding for encoding in texts if _fits(source, encoding)]
    if len(proven) == 1:
        return proven[0]
    # 鲁 in GB18030 is C2 B3, which is ³ in UTF-8: a file whose only Chinese is 鲁 fits both.
    if _PREFIXED.search(texts["gb18030"]) and not _PREFIXED.search(texts["utf-8"]):
        return "gb18030"
    from charset_normalizer import from_bytes  # noqa: PLC0415  # only where there is a choice

    best = from_bytes(sample, cp_isolation=["utf_8", "gb18030"]).best()
    return "gb18030" if best and best.encoding == "gb18030" else "utf-8"


def _fits(source: BinaryIO, encoding: str) -> bool:
    """Tell whether an encoding holds the whole file."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := source.read(_SAMPLE):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def locate(source: BinaryIO, encoding: str) -> tuple[int, int, str]:
    """Find the first byte of a file that its encoding cannot hold.

    Args:
        source: The file; it is read from its beginning.
        encoding: One that fails somewhere in the file.

    Returns:
        The line, counted from 1; the byte, counted from 0; the offending bytes, in hexadecimal.
    """
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    line, start = 1, 0
    while True:
        pending = len(decoder.getstate()[0])
        block = source.read(_SAMPLE)
        try:
            line += newlines.decode(decoder.decode(block, final=not block)).count("\n")
        except UnicodeDecodeError as error:
            good = bytes(error.object[: error.start]).decode(encoding)
            line += newlines.decode(good, final=True).count("\n")
            wrong = error.object[error.start : error.end][:8]
            return line, start - pending + error.start, bytes(wrong).hex(" ")
        start += len(block)
