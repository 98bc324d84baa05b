"""The tables of the SQLAlchemy stores and their triggers. Only this file knows the schema.

Beside them: how an engine on SQLite is made to begin. No column has a name that some database
reserves, as ``key``, ``number`` or ``last``. The integers are those of the other SQL stores
(:mod:`sdcert.stores._packing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
import sqlalchemy as sa
import sqlalchemy.ext.asyncio
from sqlalchemy.dialects import mysql

from sdcert.allocation.model import KEY_LIMIT
from sdcert.errors import expect
from sdcert.stores._mysql import MySQL
from sdcert.stores._statements import Statements
from sdcert.stores._triggers import TRIGGERS

__all__ = ["AllocationTables", "begin_for_real", "define_tables", "trigger_statements"]

_MYSQL: Final = ("mysql", "mariadb")
# What a table needs, whatever the server's defaults are: transactions, every character, and an
# exact comparison.
_EXACT: Final[dict[str, Any]] = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
_INNODB: Final[dict[str, Any]] = {f"{name}_engine": "InnoDB" for name in _MYSQL}


@attrs.frozen(eq=False)
class AllocationTables:
    """The two tables of the store, under the host's own metadata.

    Attributes:
        counter: ``scope_digits`` (the ten digits as an integer) and ``last_sequence``.
        issued: ``digits`` (the 15 digits as an integer), ``request_key``, ``grassroots``,
            ``voided``, ``void_reason`` (NULL while none has been given).

    >>> import sqlalchemy as sa
    >>> from sdcert.sqlalchemy import define_tables
    >>> tables = define_tables(sa.MetaData())
    >>> tables.counter.name, tables.issued.name
    ('sdcert_counter', 'sdcert_issued')
    """

    counter: sa.Table
    issued: sa.Table
    statements: Statements = attrs.field(init=False, repr=False)
    mysql: Mapping[bool, MySQL] = attrs.field(init=False, repr=False)

    @statements.default
    def _statements(self) -> Statements:
        return Statements(self.counter, self.issued)

    @mysql.default
    def _mysql(self) -> Mapping[bool, MySQL]:
        return {flag: MySQL(self.counter, self.issued, is_mariadb=flag) for flag in (True, False)}


def define_tables(
    metadata: sa.MetaData,
    *,
    prefix: str = "sdcert_",
    schema: str | None = None,
    triggers: bool = False,
) -> AllocationTables:
    """Define the tables ``counter`` and ``issued`` under a host's metadata.

    They are created by whatever creates the host's other tables: ``metadata.create_all`` or a
    migration that Alembic generates from the metadata.

    Args:
        metadata: The host's metadata.
        prefix: What the tables' names begin with.
        schema: Their schema; None for the default one.
        triggers: Whether ``create_all`` also creates triggers that refuse to delete an issued row
            or to change its digits. Alembic generates none: see :func:`trigger_statements`.

    Returns:
        The tables, to be handed to the store.

    Raises:
        TypeError: If ``metadata`` is no MetaData.

    >>> import sqlalchemy
    >>> metadata = sqlalchemy.MetaData()
    >>> define_tables(metadata).issued.name, sorted(metadata.tables)
    ('sdcert_issued', ['sdcert_counter', 'sdcert_issued'])
    >>> define_tables(metadata)
    Traceback (most recent call last):
        ...
    sqlalchemy.exc.InvalidRequestError: Table 'sdcert_counter' is already defined for this ...
    """
    expect(metadata, sa.MetaData, "metadata")
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    key = key.with_variant(mysql.VARCHAR(KEY_LIMIT, **_EXACT), *_MYSQL)
    counter = sa.Table(
        f"{prefix}counter",
        metadata,
        sa.Column("scope_digits", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.CheckConstraint("last_sequence BETWEEN 1 AND 99999", name=f"{prefix}counter_last"),
        schema=schema,
        # Room on the page, so that the new version of a hot row stays on it (no index is touched).
        postgresql_with={"fillfactor": 50},
        **_INNODB,
    )
    issued = sa.Table(
        f"{prefix}issued",
        metadata,
        sa.Column("digits", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("request_key", key, unique=True),
        sa.Column("grassroots", sa.Boolean, nullable=False),
        sa.Column("voided", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("void_reason", sa.Text().with_variant(mysql.TEXT(**_EXACT), *_MYSQL)),
        schema=schema,
        **_INNODB,
    )
    tables = AllocationTables(counter, issued)
    if triggers:
        for dialect in TRIGGERS:
            for statement in trigger_statements(tables, dialect):
                ddl: Any = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
                sa.event.listen(issued, "after_create", ddl.execute_if(dialect=dialect))
    return tables


def trigger_statements(tables: AllocationTables, dialect: str) -> tuple[str, ...]:
    """Return the statements that create the triggers, one by one, for a migration.

    They refuse ``DELETE`` (PostgreSQL: ``TRUNCATE``, too) and an ``UPDATE`` of the digits. MySQL
    and MariaDB let ``TRUNCATE`` pass, SQLite a ``REPLACE`` on a connection without ``PRAGMA
    recursive_triggers``.

    Args:
        tables: From :func:`define_tables`.
        dialect: ``postgresql``, ``mysql``, ``mariadb`` or ``sqlite``.

    Raises:
        ValueError: For every other dialect.
        TypeError: If the tables are not from :func:`define_tables`.

    >>> import sqlalchemy
    >>> tables = define_tables(sqlalchemy.MetaData())
    >>> len(trigger_statements(tables, "mysql"))
    2
    >>> trigger_statements(tables, "oracle")
    Traceback (most recent call last):
        ...
    ValueError: dialect must be one of mariadb, mysql, postgresql, sqlite, not 'oracle'
    """
    expect(tables, AllocationTables, "tables")
    if dialect not in TRIGGERS:
        raise ValueError(f"dialect must be one of {', '.join(sorted(TRIGGERS))}, not {dialect!r}")
    issued = tables.issued
    schema = f"{issued.schema}." if issued.schema else ""
    names = {"table": f"{schema}{issued.name}", "name": issued.name, "schema": schema}
    return tuple(statement.format_map(names) for statement in TRIGGERS[dialect])


def begin_for_real(engine: sqlalchemy.Engine | sqlalchemy.ext.asyncio.AsyncEngine) -> None:
    """Let SQLAlchemy begin SQLite's transactions: with the write lock, before the first statement.

    Call it for every engine on SQLite: since the write lock comes first, transactions wait for one
    another; those that read first and then write are refused where another one was faster.

    By itself Python's driver begins a transaction only before the first statement that writes, and
    never before ``SAVEPOINT``: a savepoint that comes first *is* the transaction, and releasing it
    commits. Call this once, before the engine's first connection.

    Args:
        engine: An engine on SQLite.

    Raises:
        ValueError: If it is an engine on another database, which needs no such thing.
        TypeError: If it is no engine.

    >>> import sqlalchemy
    >>> engine = sqlalchemy.create_engine("sqlite://")
    >>> begin_for_real(engine)
    >>> with engine.begin() as connection:
    ...     connection.connection.driver_connection.in_transaction
    True
    >>> engine.dispose()
    """
    real: Any = expect(getattr(engine, "sync_engine", engine), sa.Engine, "engine")
    if real.dialect.name != "sqlite":
        raise ValueError(f"begin_for_real is for engines on SQLite, not {real.dialect.name}")

    @sa.event.listens_for(real, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself

    @sa.event.listens_for(real, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
