"""Opening SQLite files: what is no store is refused by what it is instead."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sdcert.allocation import NoStore

__all__ = ["opening"]

_NO_STORE: Final = {
    sqlite3.SQLITE_NOTADB: "no-database",
    sqlite3.SQLITE_CANTOPEN: "unopenable",
}


@contextmanager
def opening(
    path: str | os.PathLike[str], name: str, *, uri: bool = False
) -> Iterator[sqlite3.Connection]:
    """Open a connection; if what follows fails, close it, and say what the file is instead."""
    try:
        if not name:  # to SQLite a file that nobody sees, and that is gone when it is closed
            raise ValueError("no name")
        connection = sqlite3.connect(name, timeout=0, isolation_level=None, uri=uri)
    except (sqlite3.OperationalError, ValueError) as error:  # ValueError: NUL in the path, say
        raise NoStore(os.fsdecode(path), "unopenable") from error
    try:
        yield connection
    except BaseException as error:
        connection.close()
        kind = _NO_STORE.get(getattr(error, "sqlite_errorcode", 0))
        if kind is None:
            raise
        raise NoStore(os.fsdecode(path), kind) from error
