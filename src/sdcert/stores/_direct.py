"""One statement of PostgreSQL past SQLAlchemy, on psycopg's own connection: half the cost.

An optimisation of :mod:`sdcert.stores.sqlalchemy`; what is executed and what it raises is the same.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from sdcert.stores._statements import Statements

__all__ = ["is_plain", "run"]

# The events of executing one statement, of an engine or connection and of a dialect.
_HEARD: Final = (
    "before_execute",
    "after_execute",
    "before_cursor_execute",
    "after_cursor_execute",
)
_HEARD_OF_DIALECT: Final = (
    "do_execute",
    "do_execute_no_params",
    "do_setinputsizes",
    "handle_error",
)


def is_plain(connection: sa.Connection) -> bool:
    """Whether nobody would miss SQLAlchemy's own execution of one statement.

    It would be missed where SQLAlchemy refuses to execute, and where somebody listens or reads the
    log. In doubt it is missed.
    """
    dialect, engine = connection.dialect, connection.engine
    nested = connection.get_nested_transaction()
    # The ``with`` block that a statement stands in: its transaction may be over already.
    block = getattr(connection, "_trans_context_manager", False)
    # Asking each event for its listeners costs more than all the rest: SQLAlchemy itself asks this
    # first, so we do.
    deaf = not (
        getattr(connection, "_has_events", True)
        or getattr(engine, "_has_events", True)
        or getattr(dialect, "_has_events", True)
    )
    return (
        dialect.driver == "psycopg"
        and connection.in_transaction()
        and (nested is None or nested.is_active)
        and (block is None or getattr(block, "is_active", False))
        and not engine.logger.isEnabledFor(logging.INFO)
        and (deaf or not _is_heard(connection))
        and "schema_translate_map" not in connection.get_execution_options()
    )


def _is_heard(connection: sa.Connection) -> bool:
    return any(getattr(connection.dispatch, event) for event in _HEARD) or any(
        getattr(connection.dialect.dispatch, event) for event in _HEARD_OF_DIALECT
    )


def run(
    connection: sa.Connection,
    statements: Statements,
    statement: sa.Insert | sa.Select[Any],
    params: dict[str, Any],
) -> Any:
    """Run a statement on the transaction's own driver connection: half the cost of a round.

    Errors are SQLAlchemy's, and a connection that is lost is given up as SQLAlchemy would.
    """
    from sdcert.stores import _one_trip  # noqa: PLC0415  # psycopg is there: it is in use

    dialect, proxy = connection.dialect, connection.connection
    driver: Any = proxy.driver_connection
    text = ""
    base: Any = dialect.loaded_dbapi.Error
    try:
        if _one_trip.is_ready(driver, proxy.info):
            numbered, names = statements.numbered(statement)
            values = [params[name] for name in names]
            done, answer = _one_trip.begin_and_run(driver, proxy.info, numbered, values)
            if done:
                return answer
        text = statements.text(statement, dialect)
        cursor = proxy.cursor()
        try:
            cursor.execute(text, params)
            row = cursor.fetchone()
        finally:
            cursor.close()
    except base as error:
        lost = dialect.is_disconnect(error, proxy, None)
        if lost:
            # With it everything in the pool that is as old: its server is gone, most likely.
            forget = getattr(connection.engine.pool, "_invalidate", lambda *_: None)
            forget(proxy, error)
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            text, params, error, base, connection_invalidated=lost, dialect=dialect
        ) from error
    except BaseException:
        # Broken off where nothing else could be done: a rollback would only complain of it.
        if driver.closed:
            connection.invalidate()
        raise
    return None if row is None else row[0]
