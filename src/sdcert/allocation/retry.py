"""Trying again from outside: for the owner of the transaction.

A loop inside the transaction would wait for a lock that its own transaction holds. The waiting is
stamina's (the extra ``retry``): bounded, growing, random.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from sdcert.allocation.errors import ScopeContended
from sdcert.errors import MissingExtra

__all__ = ["retrying"]


class Attempts(Protocol):
    """Attempts, one after the other, for ``for`` and for ``async for``.

    >>> for attempt in retrying():
    ...     with attempt:
    ...         print("the whole transaction")
    the whole transaction
    """

    def __iter__(self) -> Iterator[AbstractContextManager[None]]:
        """Yield each attempt as a context manager."""
        ...

    def __aiter__(self) -> AsyncIterator[AbstractContextManager[None]]:
        """Yield each attempt as a context manager, waiting without blocking the loop."""
        ...


def retrying(
    *,
    on: type[Exception] | tuple[type[Exception], ...] = ScopeContended,
    attempts: int = 20,
    timeout: float = 30.0,
    wait_initial: float = 0.002,
    wait_max: float = 1.0,
    wait_jitter: float = 0.02,
) -> Attempts:
    """Run a whole transaction again while it loses the race.

    Put the attempt **outside** the transaction, so that it has been rolled back before the wait
    begins::

        for attempt in retrying():
            with attempt, engine.begin() as connection:
                answers = allocate(SQLAlchemyStore(connection, tables), requests)

    Args:
        on: The errors worth another try. Add the database's own where it reports conflicts at
            commit (serialization failures) or loses the connection.
        attempts: How many attempts at most.
        timeout: Seconds from the first attempt, after which no further one is begun.
        wait_initial: Seconds before the second attempt; doubled for each further one.
        wait_max: Seconds that a wait lasts at most.
        wait_jitter: Up to so many random seconds are added to each wait.

    Returns:
        The attempts, to be iterated over with ``for`` or ``async for``. The last attempt's error
        is raised as it is.

    Raises:
        MissingExtra: If the extra ``retry`` is not installed.

    >>> for attempt in retrying(attempts=2, wait_initial=0, wait_jitter=0):
    ...     with attempt:
    ...         raise ScopeContended
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.ScopeContended: another transaction was faster: roll back and start...
    """
    try:
        import stamina  # noqa: PLC0415  # an extra
    except ImportError:
        raise MissingExtra("sdcert.allocation.retrying", "retry") from None
    return stamina.retry_context(
        on=on,
        attempts=attempts,
        timeout=timeout,
        wait_initial=wait_initial,
        wait_max=wait_max,
        wait_jitter=wait_jitter,
    )
