"""How the SQLAlchemy store joins a host's transaction, and what it refuses to join.

Refused are what is no connection, dialects and drivers that the kit does not run over, autocommit,
READ UNCOMMITTED, and a savepoint of SQLite's that would commit.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from sdcert.allocation import TransactionRequired
from sdcert.numbering import NumberScope
from sdcert.stores._mysql import MySQL
from sdcert.stores._statements import Statements
from sdcert.stores._tables import AllocationTables
from sdcert.stores.races import reporting_lost_races

__all__ = ["check", "check_level", "check_types", "family"]

_STORE: Final = "SQLAlchemyStore"

# The dialects and their drivers that the conformance kit runs over.
_DRIVERS: Final = {
    "postgresql": ("psycopg", "psycopg2", "pg8000", "asyncpg"),
    "mysql": ("pymysql", "mysqlconnector", "aiomysql", "asyncmy"),
    "mariadb": ("pymysql", "mysqlconnector", "aiomysql", "asyncmy"),
    "sqlite": ("pysqlite", "aiosqlite"),
}


def family(dialect: sa.Dialect) -> str:
    """Return ``postgresql``, ``mysql`` (MariaDB, too) or ``sqlite``.

    Raises:
        ValueError: If the dialect or its driver is not among those that the kit runs over.
    """
    if dialect.driver not in _DRIVERS.get(dialect.name, ()):
        known = "; ".join(f"{name} ({', '.join(_DRIVERS[name])})" for name in _DRIVERS)
        raise ValueError(f"{_STORE} knows {known}, not {dialect.name} ({dialect.driver})")
    return "mysql" if dialect.name == "mariadb" else dialect.name


def check(
    connection: sa.Connection,
    dialect: str,
    statements: Statements,
    mysql: MySQL,
    scope: NumberScope | None,
) -> None:
    """Refuse to write where each statement commits, or might."""
    if dialect == "sqlite":
        bare = _is_bare_on_sqlite(connection, statements, scope)
    else:
        # Of the engine, only what stands between SQLAlchemy and every driver can tell.
        level = connection.get_execution_options().get("isolation_level")
        adapted = connection.connection.dbapi_connection
        bare = level == "AUTOCOMMIT" or getattr(adapted, "autocommit", False) is True
        if dialect == "mysql" and not bare:
            commits, level, log = connection.execute(mysql.session).one()
            check_level(level)
            if log == "STATEMENT":
                raise TransactionRequired(_STORE, "statement-log")
            bare = bool(commits)
    if bare:
        raise TransactionRequired(_STORE)


def _is_bare_on_sqlite(
    connection: sa.Connection, statements: Statements, scope: NumberScope | None
) -> bool:
    driver: Any = connection.connection.driver_connection
    legacy = driver.isolation_level is not None and getattr(driver, "autocommit", -1) == -1
    if legacy and connection.in_nested_transaction():
        # Whether a BEGIN came before the SAVEPOINT cannot be seen; without one it would commit.
        raise TransactionRequired(_STORE, "savepoint")
    if not driver.in_transaction:
        # Drivers begin before the first statement that writes, unless they are told not to, in a
        # way of their own. Writing nothing tells.
        with reporting_lost_races(scope):
            connection.execute(statements.nothing)
    return not driver.in_transaction


def check_level(level: str) -> None:
    """Refuse READ UNCOMMITTED, as MySQL names it."""
    if level == "READ-UNCOMMITTED":
        raise TransactionRequired(_STORE, "dirty")


def check_types(bind: object, tables: object, joined: bool, kind: str = "") -> None:
    if not joined:
        raise TypeError(
            f"bind must be {'an Async' if kind else 'a '}Session or {kind}Connection, in a "
            f"transaction, not {type(bind).__name__}"
        )
    if not isinstance(tables, AllocationTables):
        raise TypeError(
            f"tables must be what define_tables(metadata) returned, not {type(tables).__name__}"
        )
