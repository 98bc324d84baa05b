"""Where a report goes. Only this file puts a file in its place: when it is whole, never before.

It is written beside its place and moved there, so that a check that fails leaves an earlier report
as it was.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sdcert.cli.phrases import Problem, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sdcert.files import Source

__all__ = ["drafted"]


@contextmanager
def drafted(path: str, sources: Iterable[Source], read: Iterable[str]) -> Iterator[Path]:
    """Give the place of a draft; at the end, and only if nothing went wrong, it moves to its own.

    Args:
        path: Where it goes; a file there is replaced.
        sources: The files that are being read; they must not be replaced.
        read: Other files and folders that are read, code tables say; nor must these.

    Yields:
        An empty file beside that place.

    Raises:
        Problem: If the place is one of the files read, or no ordinary file.
        OSError: If it cannot be written.
    """
    place = Path(os.path.realpath(path))  # a link stays, what it points to is replaced
    if place.is_symlink():  # it goes round in a circle
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    # asked of the name as well: /dev/stdout leads to a pipe, which has none that could be looked at
    if path == "-" or any(one.exists() and not one.is_file() for one in (Path(path), place)):
        name = phrase("standard-output") if path == "-" else path
        raise Problem("report-no-file", {"name": name})
    if place.exists():
        status = place.stat()
        for source in sources:
            if source.identity == (status.st_dev, status.st_ino):
                raise Problem("report-is-input", {"name": source.name})
        if any(place.samefile(file) for name in read for file in _files(name)):
            raise Problem("report-is-input", {"name": path})
    # of a name that is no longer than the longest that there can be
    draft = place.with_name(f".sdcert-{secrets.token_hex(8)}.tmp")
    try:
        _create(draft, path)
        yield draft
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _files(tables: str) -> Iterator[Path]:
    where = Path(tables)
    return where.rglob("*") if where.is_dir() else iter([where])


def _create(draft: Path, path: str) -> None:
    try:
        draft.open("xb").close()
    except OSError as error:
        error.filename = path  # the name that the user gave
        raise
