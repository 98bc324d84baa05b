"""Statements past SQLAlchemy, on the connection of psycopg or PyMySQL: half the cost of each.

An optimisation of :mod:`sdcert.stores.sqlalchemy`; what is executed and what it raises is the same.
To MariaDB two statements go in one round trip: it reads the second when it is done with the first.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdcert.stores._statements import Statements

__all__ = ["Refused", "is_plain", "one", "run", "takes_two", "write_two"]

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
        dialect.driver in ("psycopg", "pymysql")
        and hasattr(connection, "_handle_dbapi_exception")
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


class Refused(Exception):
    """The counter is no longer the one that was read."""


@contextmanager
def one(connection: sa.Connection) -> Iterator[None]:
    """Make several statements one, by a savepoint: all of them, or none where one is refused."""
    connection.exec_driver_sql("SAVEPOINT sdcert_one")
    try:
        yield
    except (Refused, sa.exc.IntegrityError):
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT sdcert_one")
        connection.exec_driver_sql("RELEASE SAVEPOINT sdcert_one")
        raise
    connection.exec_driver_sql("RELEASE SAVEPOINT sdcert_one")


def run(
    connection: sa.Connection,
    statements: Statements,
    statement: sa.Insert | sa.Select[Any],
    params: dict[str, Any],
) -> Any:
    """Run a statement over psycopg, and return the one value that it answers with, or None."""
    from sdcert.stores import _one_trip  # noqa: PLC0415  # psycopg is there: it is in use

    proxy = connection.connection
    driver: Any = proxy.driver_connection
    text = statements.text(statement, connection.dialect)
    try:
        if _one_trip.is_ready(driver, proxy.info):
            numbered, names = statements.numbered(statement)
            values = [params[name] for name in names]
            done, answer = _one_trip.begin_and_run(driver, proxy.info, numbered, values)
            if done:
                return answer
        cursor = proxy.cursor()
        try:
            cursor.execute(text, params)
            row = cursor.fetchone()
        finally:
            cursor.close()
    except BaseException as error:  # noqa: BLE001  # raised again
        _raise_as_sqlalchemy(connection, error, text, params)
    return None if row is None else row[0]


def takes_two(connection: sa.Connection) -> bool:
    """Whether two statements may be sent at once: a plain connection of PyMySQL's to MariaDB."""
    if not (getattr(connection.dialect, "is_mariadb", False) and is_plain(connection)):
        return False
    driver: Any = connection.connection.driver_connection
    if type(driver).__module__ != "pymysql.connections" or not driver.open:
        return False
    # Of what was asked before, every answer must have been read.
    before = driver._result  # noqa: SLF001  # as PyMySQL looks before it asks
    return before is None or not (before.unbuffered_active or before.has_next)


def write_two(
    connection: sa.Connection,
    first: tuple[str, dict[str, Any]],
    second: tuple[str, dict[str, Any]],
) -> tuple[int | None, bool]:
    """Send two statements at once, and read both answers.

    The server runs the second even if the first fails, so it must then do nothing by itself.

    Returns:
        The last id that the first gave out, or None if it wrote no row; and whether a constraint
        refused the second.
    """
    from pymysql import Error, IntegrityError  # noqa: PLC0415  # it is there: it is in use
    from pymysql.constants.COMMAND import COM_QUERY  # noqa: PLC0415

    driver: Any = connection.connection.driver_connection
    mogrify = driver.cursor().mogrify
    queries = [
        bytes([COM_QUERY]) + mogrify(*one).encode(driver.encoding) for one in (first, second)
    ]
    packets = [len(query).to_bytes(3, "little") + b"\0" + query for query in queries]
    answers: list[tuple[int, int]] = []
    errors: list[Exception] = []
    try:
        try:
            driver._write_bytes(b"".join(packets))  # noqa: SLF001
            for _ in packets:
                # Each answer is counted from its own question.
                driver._next_seq_id = 1  # noqa: SLF001
                try:
                    answers.append((driver.next_result(), driver.insert_id()))
                except Error as error:
                    if not driver.open:
                        raise
                    errors.append(error)
        except BaseException:
            # An answer may be under way that nobody would read.
            driver._force_close()  # noqa: SLF001
            raise
        refused = len(answers) == 1 and isinstance(errors[0], IntegrityError)
        if errors and not refused:
            raise errors[0]
    except BaseException as error:  # noqa: BLE001  # raised again
        _raise_as_sqlalchemy(connection, error, *first)
    rows, last = answers[0]
    return (last if rows == 1 else None), refused


def _raise_as_sqlalchemy(
    connection: sa.Connection, error: BaseException, text: str, params: dict[str, Any]
) -> NoReturn:
    """Raise what SQLAlchemy would raise for an error, and give up a lost connection as it would."""
    driver: Any = connection.connection.driver_connection
    raise_: Callable[..., NoReturn] = connection._handle_dbapi_exception  # noqa: SLF001
    is_the_drivers = isinstance(error, connection.dialect.loaded_dbapi.Error)
    try:
        raise_(error, text if is_the_drivers else None, params, None, None)
    finally:
        # Broken off where nothing else could be done: a rollback would only complain of it.
        if getattr(driver, "closed", not getattr(driver, "open", True)):
            connection.invalidate()
