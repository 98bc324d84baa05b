"""Which errors of a database mean a lost race. Only this file knows where a driver puts its code.

Drivers name the same event in different places: ``sqlstate`` (psycopg, asyncpg, mysql-connector),
``pgcode`` (psycopg2), the ``C`` of a server's message (pg8000), a number of MySQL's as the first
argument (PyMySQL, aiomysql, asyncmy) or as ``errno``, ``sqlite_errorcode`` (sqlite3).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sdcert.allocation import ScopeContended
from sdcert.numbering import NumberScope

__all__ = ["is_lost_race", "reporting_lost_races"]

_LOST: Final = frozenset(
    {
        # SQLSTATE: serialization_failure, deadlock_detected, lock_not_available.
        *("40001", "40P01", "55P03"),
        # MySQL and MariaDB: the wait for a lock timed out, deadlock, the same two within XA, a lock
        # that NOWAIT did not get, a record that has changed since it was read (MariaDB).
        *(1205, 1213, 1613, 1614, 3572, 1020),
    }
)

_SQLITE_CODES: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def is_lost_race(error: BaseException) -> bool:
    """Whether a database's error means that another transaction was faster.

    Serialization failures, deadlocks and locks that were not to be had in time are lost races: a
    store raises :class:`~sdcert.allocation.ScopeContended` for them, and the owner of the
    transaction rolls back and starts again. A broken constraint is none, nor is a lost connection.

    Args:
        error: The driver's error, or one that wraps it as SQLAlchemy's (``orig``), Django's
            (``__cause__``), Peewee's and Tortoise's (the first argument) do.

    >>> import sqlite3
    >>> is_lost_race(sqlite3.IntegrityError("UNIQUE constraint failed"))
    False
    """
    return any(map(_means_lost_race, _wrapped(error)))


@contextmanager
def reporting_lost_races(scope: NumberScope | None = None) -> Iterator[None]:
    """Raise ``ScopeContended`` where a database reports a lost race; let every other error through.

    For the verbs of a store, in a ``with`` statement or as a decorator.

    Args:
        scope: The scope in question; None where it does not matter.

    Raises:
        ScopeContended: If :func:`is_lost_race` recognises what was raised.

    >>> with reporting_lost_races():
    ...     raise sqlite3.OperationalError("no such table")
    Traceback (most recent call last):
        ...
    sqlite3.OperationalError: no such table
    """
    try:
        yield
    except Exception as error:
        if is_lost_race(error):
            raise ScopeContended(scope) from error
        raise


def _wrapped(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and, one inside the other, those that it wraps."""
    known: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, BaseException) and inner not in known:
            known.append(inner)
            yield inner
            waiting += [getattr(inner, "orig", None), inner.__cause__, *inner.args[:1]]


def _means_lost_race(error: BaseException) -> bool:
    origin: Any = error
    if (code := getattr(origin, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in _SQLITE_CODES
    found = [getattr(origin, name, None) for name in ("sqlstate", "pgcode")]
    # Of an argument or a number only a driver's error is believed (PEP 249: its class is Error).
    if any(kind.__name__ == "Error" for kind in type(error).__mro__):
        first = error.args[0] if error.args else None
        # pg8000 gives the fields of the server's message, by their letters.
        found += [first.get("C") if isinstance(first, dict) else first]
        found += [getattr(origin, "errno", None)]
    return any(isinstance(one, str | int) and one in _LOST for one in found)
