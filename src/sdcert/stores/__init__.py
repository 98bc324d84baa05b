"""Reference stores: numbers in memory, in SQLite, and through SQLAlchemy in other databases.

The SQLAlchemy stores need the extra ``sqlalchemy`` and are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdcert.stores.memory import AsyncMemoryStore, MemoryStore
from sdcert.stores.races import is_lost_race, reporting_lost_races
from sdcert.stores.sqlite import SQLiteStore

if TYPE_CHECKING:
    from sdcert.stores.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore

__all__ = [
    "AsyncMemoryStore",
    "AsyncSQLAlchemyStore",
    "MemoryStore",
    "SQLAlchemyStore",
    "SQLiteStore",
    "is_lost_race",
    "reporting_lost_races",
]


def __getattr__(name: str) -> object:
    if name in ("AsyncSQLAlchemyStore", "SQLAlchemyStore"):
        from sdcert.stores import sqlalchemy  # noqa: PLC0415  # an extra

        return getattr(sqlalchemy, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
