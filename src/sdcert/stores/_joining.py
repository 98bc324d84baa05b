"""How the SQLAlchemy store joins a host's transaction, and what it refuses to join.

Refused are what is no connection, dialects and drivers that the kit does not run over, autocommit,
READ UNCOMMITTED, and a savepoint of SQLite's that would commit.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import orm

from sdcert.allocation import TransactionRequired
from sdcert.numbering import NumberScope
from sdcert.stores._tables import AllocationTables
from sdcert.stores.races import reporting_lost_races

__all__ = ["Joined", "check_level", "check_types"]

_STORE: Final = "SQLAlchemyStore"
_BINDS: Final = (sa.Connection, orm.Session, orm.scoped_session)

# The dialects and their drivers that the conformance kit runs over.
_DRIVERS: Final = {
    "postgresql": ("psycopg", "psycopg2", "pg8000", "asyncpg"),
    "mysql": ("pymysql", "mysqlconnector", "aiomysql", "asyncmy"),
    "mariadb": ("pymysql", "mysqlconnector", "aiomysql", "asyncmy"),
    "sqlite": ("pysqlite", "aiosqlite"),
}


class Joined:
    """A host's connection, in the transaction that the host ends."""

    def __init__(self, bind: orm.Session | sa.Connection, tables: AllocationTables) -> None:
        check_types(bind, tables, _BINDS)
        self._bind = bind
        dialect = self._join().dialect
        if dialect.driver not in _DRIVERS.get(dialect.name, ()):
            known = "; ".join(f"{name} ({', '.join(_DRIVERS[name])})" for name in _DRIVERS)
            raise ValueError(f"{_STORE} knows {known}, not {dialect.name} ({dialect.driver})")
        self._dialect = "mysql" if dialect.name == "mariadb" else dialect.name
        self._statements = tables.statements
        self._mysql = tables.mysql[bool(getattr(dialect, "is_mariadb", False))]

    def _join(self) -> sa.Connection:
        """Return the connection, in the transaction or savepoint that the host is in now.

        A Session is asked each time: it sends the SAVEPOINT of ``begin_nested`` only when its
        connection is next asked for, and refuses where it would refuse a statement.
        """
        bind = self._bind
        return bind if isinstance(bind, sa.Connection) else bind.connection()

    def _join_transaction(self, scope: NumberScope | None) -> sa.Connection:
        """Return the connection to write over: where a statement would commit it is refused."""
        connection = self._join()
        if self._dialect == "sqlite":
            bare = self._is_bare_on_sqlite(connection, scope)
        else:
            # Of the engine, only what stands between SQLAlchemy and every driver can tell.
            level = connection.get_execution_options().get("isolation_level")
            adapted = connection.connection.dbapi_connection
            bare = level == "AUTOCOMMIT" or getattr(adapted, "autocommit", False) is True
            if self._dialect == "mysql" and not bare:
                commits, level, log = connection.execute(self._mysql.session).one()
                check_level(level)
                if log == "STATEMENT":
                    raise TransactionRequired(_STORE, "statement-log")
                bare = bool(commits)
        if bare:
            raise TransactionRequired(_STORE)
        return connection

    def _is_bare_on_sqlite(self, connection: sa.Connection, scope: NumberScope | None) -> bool:
        driver: Any = connection.connection.driver_connection
        legacy = driver.isolation_level is not None and getattr(driver, "autocommit", -1) == -1
        if legacy and connection.in_nested_transaction():
            # Whether a BEGIN came before the SAVEPOINT cannot be seen; without one it would commit.
            raise TransactionRequired(_STORE, "savepoint")
        if not driver.in_transaction:
            # Drivers begin before the first statement that writes, unless they are told not to, in
            # a way of their own. Writing nothing tells.
            with reporting_lost_races(scope):
                connection.execute(self._statements.nothing)
        return not driver.in_transaction


def check_level(level: str) -> None:
    """Refuse READ UNCOMMITTED, as MySQL names it."""
    if level == "READ-UNCOMMITTED":
        raise TransactionRequired(_STORE, "dirty")


def check_types(bind: object, tables: object, binds: tuple[type, ...], kind: str = "") -> None:
    """Refuse an Engine and a MetaData, say; ``kind`` is ``Async`` or nothing."""
    if not isinstance(bind, binds):
        raise TypeError(
            f"bind must be {'an Async' if kind else 'a '}Session or {kind}Connection, in a "
            f"transaction, not {type(bind).__name__}"
        )
    if not isinstance(tables, AllocationTables):
        raise TypeError(
            f"tables must be what define_tables(metadata) returned, not {type(tables).__name__}"
        )
