"""An open file, and what kind of file its first bytes say it is.

Only this file opens one. Names lie (a web page saved as .xls, a workbook renamed .csv), bytes do
not: the name decides nothing that the content tells.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import attrs

from sdcert.files.errors import UnreadableFile

__all__ = ["WORKBOOKS", "Source", "kind_of", "open_source"]

WORKBOOKS: Final = frozenset({"xlsx", "xlsb", "xls", "ods"})
"""The kinds of workbook; .xlsm is an ``xlsx``, WPS's .et an ``xls``."""

_HEAD: Final = 4_096
# First bytes of files that hold no table, and the word for them in the messages.
_FOREIGN: Final = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x1f\x8b", "compressed"),
    (b"BZh", "compressed"),
    (b"7z\xbc\xaf\x27\x1c", "compressed"),
    (b"Rar!", "compressed"),
    (b"\xfd7zXZ", "compressed"),
    (b"\x28\xb5\x2f\xfd", "compressed"),
    (b"ARROW1", "arrow"),
    (b"SQLite format 3\x00", "database"),
    (b"\x00\x01\x00\x00Standard ", "database"),  # Access
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"MIME-Version:", "html"),  # a web page and its parts, which Excel calls a web archive
)
_LINES: Final = (".jsonl", ".ndjson")
_BINARY: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods")
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_MARKUP: Final = re.compile(
    rb"\s*<(?:\?xml|!doctype|!--|html|head|body|table|meta|style|script|div|workbook)",
    re.IGNORECASE,
)
_HTML: Final = re.compile(
    rb"<(?:!doctype html|html|head|body|table|meta|style|script|div)", re.IGNORECASE
)
_SPREADSHEET_ML: Final = b"urn:schemas-microsoft-com:office:spreadsheet"


@attrs.frozen
class Source:
    """An open file.

    Attributes:
        file: Its bytes, which can be read again from the start.
        name: What messages call it.
        size: In bytes.
        identity: Which file it is, to be compared with others; None where that is not known.

    >>> from sdcert.files import open_source
    >>> with open_source("examples/valid.csv") as source:
    ...     print(source.name, source.size)
    examples/valid.csv 227
    """

    file: BinaryIO
    name: str
    size: int
    identity: tuple[int, int] | None = None


@contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[Source]:
    """Open a file; what cannot be read twice, such as a pipe, is copied first.

    Args:
        path: The path, or ``-`` for standard input.

    Yields:
        The file.

    Raises:
        UnreadableFile: If it is a folder.
        OSError: If it cannot be opened.

    >>> from sdcert.files import open_source
    >>> with open_source("examples/valid.csv") as source:
    ...     source.file.read(12).decode()
    '证书编号'
    """
    name = os.fspath(path)
    if name == "-":
        if sys.stdin is None:  # closed before the process began
            raise UnreadableFile("no-file", name)
        with _copied(sys.stdin.buffer, name) as source:
            yield source
        return
    if Path(name).is_dir():
        raise UnreadableFile("no-file", name)
    try:
        opened = Path(name).open("rb")  # noqa: SIM115  # closed below
    except ValueError as error:  # for a name that no file can have
        raise OSError(errno.EINVAL, str(error), name) from None
    with opened as file:
        status = _status(file)
        if status is None or not stat.S_ISREG(status.st_mode):
            with _copied(file, name) as source:
                yield source
        else:
            yield Source(file, name, status.st_size, (status.st_dev, status.st_ino))


@contextmanager
def _copied(file: BinaryIO, name: str) -> Iterator[Source]:
    status = _status(file)
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        identity = (status.st_dev, status.st_ino) if status else None
        yield Source(copy, name, copy.tell(), identity)


def _status(file: BinaryIO) -> os.stat_result | None:
    try:
        return os.fstat(file.fileno())
    except OSError:  # a stream without a file behind it
        return None


def kind_of(source: Source) -> str:
    """Tell the format of a file by its content.

    Args:
        source: The file.

    Returns:
        ``csv`` (any delimited text), ``jsonl``, ``parquet``, or one of :data:`WORKBOOKS`.

    Raises:
        UnreadableFile: If the file is empty, or of a kind that holds no table.
    """
    source.file.seek(0)
    head = source.file.read(_HEAD)
    if not head:
        raise UnreadableFile("empty", source.name)
    for magic, kind in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableFile(f"foreign-{kind}", source.name)
    if head[257:262] == b"ustar":  # of .tar
        raise UnreadableFile("foreign-compressed", source.name)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_OLE):
        return "xls"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(source)
    text = head.removeprefix(codecs.BOM_UTF8)
    if head.startswith(_UTF16):
        text = head.decode("utf-16", "ignore").encode()
    if _MARKUP.match(text):
        web = _HTML.search(text) is not None and _SPREADSHEET_ML not in text
        kind = "html" if web else "xml"
        raise UnreadableFile(f"foreign-{kind}", source.name)
    suffix = Path(source.name).suffix.lower()
    if suffix in _LINES:
        return "jsonl"
    if suffix == ".parquet":
        raise UnreadableFile("damaged-parquet", source.name)
    if suffix in _BINARY and b"\x00" in head and not head.startswith(_UTF16):
        raise UnreadableFile("damaged", source.name)
    return _json(source, text) if text.lstrip()[:1] in (b"{", b"[") else "csv"


def _archive(source: Source) -> str:
    """Tell a workbook from any other archive."""
    try:
        with zipfile.ZipFile(source.file) as parts:
            names = {name.lower() for name in parts.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnreadableFile("damaged", source.name) from None
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise UnreadableFile("foreign-document", source.name)
    raise UnreadableFile("foreign-zip", source.name)


def _json(source: Source, head: bytes) -> str:
    """Tell JSON Lines from a JSON document, and both from CSV that begins with a brace."""
    line = head.lstrip().partition(b"\n")[0]
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and source.size > len(line) + 2:
        return "jsonl"
    if value is not None or re.match(rb"\s*(?:\[\s*[\[{]|\{\s*(?:\"|\}))", head):
        raise UnreadableFile("foreign-json", source.name)
    return "csv"
