"""BEGIN and one statement in a single round trip, on psycopg's own connection.

psycopg sends BEGIN before the first statement of a transaction and waits for the answer. Where
that statement is ours, both are sent together here (the pipeline mode of libpq), and the statement
stays prepared on the connection. That saves a third of the waiting of a short transaction.

Only the plainest connection is taken (:func:`is_ready`): everything else goes psycopg's own way.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from psycopg import Connection, Cursor, OperationalError, Pipeline, errors
from psycopg.pq import (
    ConnStatus,
    DiagnosticField,
    ExecStatus,
    PipelineStatus,
    TransactionStatus,
)
from psycopg.waiting import Wait

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from psycopg.pq.abc import PGconn, PGresult

__all__ = ["begin_and_run", "is_ready"]

# What a connection remembers: the statements that are prepared on it, by their text.
_PREPARED: Final = "sdcert_prepared"
# A prepared statement that is gone (DISCARD ALL, a proxy), is another's, or has aged (ALTER TABLE).
_UNPREPARED: Final = frozenset({b"26000", b"42P05", b"0A000"})


def is_ready(driver: object, memory: dict[Any, Any]) -> bool:
    """Tell whether a transaction can be begun here in psycopg's stead, to the same effect.

    Args:
        driver: The driver's connection.
        memory: What SQLAlchemy keeps about it for as long as it is open.
    """
    if type(driver) is not Connection:
        return False
    if _PREPARED not in memory:
        memory[_PREPARED] = {} if Pipeline.is_supported() else None
    connection = driver.pgconn
    return (
        memory[_PREPARED] is not None
        and connection.transaction_status == TransactionStatus.IDLE
        and connection.pipeline_status == PipelineStatus.OFF
        and driver.prepare_threshold is not None
        # Cursors of the host's own want to be used.
        and driver.cursor_factory is Cursor
        and driver.isolation_level is None
        and driver.read_only is None
        and driver.deferrable is None
        and connection.parameter_status(b"client_encoding") == b"UTF8"
    )


def begin_and_run(
    driver: Connection[Any], memory: dict[Any, Any], text: bytes, params: Sequence[object]
) -> tuple[bool, int | None]:
    """Begin a transaction and run a statement in it that answers with one integer or nothing.

    Args:
        driver: A connection that :func:`is_ready`.
        memory: As there.
        text: The statement, its parameters as ``$1``, ``$2`` …
        params: Integers, texts without NUL, bools, and lists of integers.

    Returns:
        Whether it was run, and what it answered. If it was not run, the connection is as it was
        before, and will not be ready again.

    Raises:
        psycopg.Error: The database's own error, or the loss of the connection.
    """
    prepared: dict[bytes, bytes] = memory[_PREPARED]
    name = prepared.get(text)
    connection = driver.pgconn
    with driver.lock:
        connection.enter_pipeline_mode()
        try:
            connection.send_query_params(b"BEGIN", None)
            if name is None:
                # Behind a proxy, a server may know this name from another client: it must stand
                # for the same statement there, never for one on other tables.
                name = b"sdcert_" + blake2b(text, digest_size=12).hexdigest().encode()
                connection.send_prepare(name, text)
            connection.send_query_prepared(name, [_as_sent(value) for value in params])
            connection.pipeline_sync()
            results = driver.wait(_results(connection))
        finally:
            _leave(connection)
    if results[-2].status == ExecStatus.COMMAND_OK:  # the preparing, or BEGIN if there was none
        prepared[text] = name
    answer = results[-1]
    if answer.status == ExecStatus.TUPLES_OK:
        value = answer.get_value(0, 0) if answer.ntuples else None
        return True, None if value is None else int(value)
    # What follows a failed command in a pipeline is only told that it was aborted.
    failed = next(result for result in results if result.status == ExecStatus.FATAL_ERROR)
    if failed.error_field(DiagnosticField.SQLSTATE) in _UNPREPARED:
        memory[_PREPARED] = None
        driver.rollback()
        return False, None
    raise errors.error_from_result(failed)


def _as_sent(value: object) -> bytes:
    if value is True:
        return b"t"
    if value is False:
        return b"f"
    if isinstance(value, list):
        return b"{%s}" % ",".join(map(str, value)).encode()
    return str(value).encode()


def _results(connection: PGconn) -> Generator[Wait, Any, list[PGresult]]:
    """Send what is queued, and collect every result up to the end of the pipeline."""
    while connection.flush():
        # Read as well: a server that cannot get rid of its answers stops listening.
        yield Wait.RW
        connection.consume_input()
    found: list[PGresult] = []
    while True:
        while connection.is_busy():
            yield Wait.R
            connection.consume_input()
        result = connection.get_result()
        if result is None:  # the end of one command, or of everything
            if connection.status == ConnStatus.BAD:
                raise OperationalError("the connection is lost")
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return found
        else:
            found.append(result)


def _leave(connection: PGconn) -> None:
    """Leave the pipeline; a connection that was broken off in the middle of it is of no use."""
    try:
        connection.exit_pipeline_mode()
    except OperationalError:
        connection.finish()
