"""The encoding of a text file: UTF-8, GB18030 or UTF-16. Only this file knows how it is found.

Strict decoding is proof, so it comes first; charset-normalizer decides where two encodings fit.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Final

from sdcert.errors import MissingExtra
from sdcert.files.errors import UnreadableFile

if TYPE_CHECKING:
    from typing import BinaryIO

    from sdcert.files.sources import Source

__all__ = ["ENCODINGS", "detect", "locate"]

ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "gb18030": "gb18030",
    "gbk": "gb18030",  # GB18030 reads whatever is written in the older two
    "gb2312": "gb18030",
    "utf-16": "utf-16",  # what Excel calls “Unicode text”
}
"""The names that may be given, and the encodings that they mean."""

_SAMPLE: Final = 65_536
_UTF8_BOM: Final = codecs.BOM_UTF8
_GB18030_BOM: Final = "\ufeff".encode("gb18030")
_UTF16_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_BOMS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_PREFIXED: Final = re.compile("鲁 ?[0-9]{2}")


def detect(source: Source, named: str | None = None) -> tuple[str, bool]:
    """Find the encoding of a file from its first bytes and its first bytes beyond ASCII.

    Args:
        source: The file.
        named: The encoding that the caller named, a value of :data:`ENCODINGS`; None to find it.

    Returns:
        The encoding, as Python names it, and whether the file begins with a byte order mark.

    Raises:
        UnreadableFile: If the file is binary or in UTF-32, or contradicts ``named``.
        MissingExtra: If charset-normalizer would have to decide and is not installed.
    """
    source.file.seek(0)
    head = source.file.read(_SAMPLE)
    if head.startswith(_UTF32_BOMS):
        raise UnreadableFile("utf-32", source.name)
    bom = _bom(head)
    if bom == "utf-16" or named == "utf-16":
        if named not in (None, "utf-16"):
            raise _conflict(source, bom)
        without = "utf-16-be" if head[:1] == b"\x00" else "utf-16-le"
        return (bom, True) if bom else (without, False)
    if head.count(0) * 10 > len(head):
        raise UnreadableFile("binary", source.name, option="encoding")
    if bom == "utf-8" and named == "gb18030":
        raise _conflict(source, bom)
    if named or bom:
        return named or bom, bom == (named or bom)
    return _guess(source.file, _beyond_ascii(source.file, head)), False


def _bom(head: bytes) -> str:
    if head.startswith(_UTF8_BOM):
        return "utf-8"
    if head.startswith(_UTF16_BOMS):
        return "utf-16"
    return "gb18030" if head.startswith(_GB18030_BOM) else ""


def _conflict(source: Source, bom: str) -> UnreadableFile:
    return UnreadableFile("bom-conflict", source.name, {"encoding": bom.upper()}, "encoding")


def _beyond_ascii(file: BinaryIO, block: bytes) -> bytes:
    """Return a sample of whole lines in which the first byte beyond ASCII is found."""
    while block.isascii():
        more = file.read(_SAMPLE)
        if not more:
            return b""
        # keep the tail: the character may have begun there
        block = more if more.isascii() else block[-_SAMPLE:] + more
    return block[: block.rfind(b"\n") + 1] or block


def _guess(file: BinaryIO, sample: bytes) -> str:
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
    proven = [encoding for encoding in texts if _fits(file, encoding)]
    if len(proven) == 1:
        return proven[0]
    # 鲁 in GB18030 is C2 B3, which is ³ in UTF-8: a file whose only Chinese is 鲁 fits both.
    if _PREFIXED.search(texts["gb18030"]) and not _PREFIXED.search(texts["utf-8"]):
        return "gb18030"
    try:
        from charset_normalizer import from_bytes  # noqa: PLC0415  # only where there is a choice
    except ImportError:
        raise MissingExtra("charset-normalizer", "files") from None
    best = from_bytes(sample, cp_isolation=["utf_8", "gb18030"]).best()
    return "gb18030" if best and best.encoding == "gb18030" else "utf-8"


def _fits(file: BinaryIO, encoding: str) -> bool:
    """Tell whether the whole file decodes."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(_SAMPLE):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def locate(file: BinaryIO, encoding: str) -> tuple[int, int, str]:
    """Find the first byte of a file that its encoding cannot decode.

    Args:
        file: The file; it is read from its beginning.
        encoding: One that fails somewhere in the file.

    Returns:
        The line, counted from 1; the byte, counted from 0; the offending bytes, in hexadecimal.
    """
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    line, start = 1, 0
    while True:
        pending = len(decoder.getstate()[0])
        block = file.read(_SAMPLE)
        try:
            line += newlines.decode(decoder.decode(block, final=not block)).count("\n")
        except UnicodeDecodeError as error:
            good = bytes(error.object[: error.start]).decode(encoding)
            line += newlines.decode(good, final=True).count("\n")
            wrong = error.object[error.start : error.end][:8]
            return line, start - pending + error.start, bytes(wrong).hex(" ")
        start += len(block)
