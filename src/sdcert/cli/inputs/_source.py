"""An open file. Only this file opens one; what cannot be read twice is copied first."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import attrs

from sdcert.cli._texts import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Source", "open_source"]


@attrs.frozen
class Source:
    """An open file.

    Attributes:
        file: Its bytes; it can be read twice.
        name: What it is called in messages.
        size: In bytes.
        identity: Which file it is, to be compared with others; None where that is not known.
    """

    file: BinaryIO
    name: str
    size: int
    identity: tuple[int, int] | None = None


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file, or standard input for ``-``; what cannot be read twice is copied first.

    Args:
        path: The file's path, or ``-``.

    Yields:
        The file.

    Raises:
        OSError: If it cannot be read.
    """
    if path == "-":
        if sys.stdin is None:  # it was closed before the command began
            raise Problem("not-a-file", {"name": path})
        with _copied(sys.stdin.buffer, "-") as source:
            yield source
        return
    if Path(path).is_dir():
        raise Problem("not-a-file", {"name": path})
    with Path(path).open("rb") as file:
        status = _status(file)
        if status is None or not stat.S_ISREG(status.st_mode):
            with _copied(file, path) as source:
                yield source
        else:
            yield Source(file, path, status.st_size, (status.st_dev, status.st_ino))


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
    except OSError:  # a stream of Python's own, without a file behind it
        return None
