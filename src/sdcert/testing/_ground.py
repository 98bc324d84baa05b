"""The ground the laws of the allocation kit stand on: one set of verbs, for sync and async stores.

A law is an ``async def`` and knows neither threads nor an event loop. On a synchronous store
nothing in it ever waits for a loop, so it is run by hand, and what must happen side by side
happens in threads; on an asynchronous store it is a coroutine like any, and its sides are tasks.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Protocol

from sdcert.allocation import (
    adopt,
    adopt_async,
    allocate,
    allocate_async,
    preview,
    preview_async,
    void,
    void_async,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from types import TracebackType

    from sdcert.allocation import (
        AllocationStore,
        AsyncAllocationStore,
        Issued,
        Request,
        State,
    )
    from sdcert.numbering import CertificateNumber, NumberScope

__all__ = ["AsyncGround", "Ground", "LawBroken", "RolledBack", "RollingBack", "SyncGround", "Verbs"]

_PATIENCE = 60.0  # seconds after which a side that does not come back is given up


class LawBroken(AssertionError):
    """A store broke one of the laws.

    Attributes:
        law: The name of the law, as in the test's name behind ``test_``.
        said: What happened.
    """

    def __init__(self, law: str, said: str) -> None:
        super().__init__(law, said)
        self.law, self.said = law, said

    def __str__(self) -> str:
        return f"the law “{self.law}” is broken: {self.said}"


class RolledBack(Exception):
    """The kit makes a transaction roll back by raising this inside it."""


class RollingBack:
    """A transaction that may be left by some errors, which go no further."""

    def __init__(
        self,
        manager: AbstractAsyncContextManager[Verbs],
        errors: tuple[type[Exception], ...],
        fail: Callable[[str], object],
    ) -> None:
        self._manager, self._errors, self._fail = manager, errors, fail
        self.committed = False

    async def __aenter__(self) -> Verbs:
        return await self._manager.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        try:
            swallowed = await self._manager.__aexit__(kind, error, traceback)
        except self._errors:
            return True
        self.committed = error is None
        if swallowed:
            self._fail("the transaction hook swallows the exception that ends it")
        return isinstance(error, self._errors)


class Verbs(Protocol):
    """A store and the drivers around it, as the laws see them."""

    one_statement: bool

    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State: ...
    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool: ...
    async def numbers(self, scope: NumberScope) -> list[Issued]: ...
    async def allocate(self, requests: Iterable[Request]) -> tuple[Issued, ...]: ...
    async def preview(self, requests: Iterable[Request]) -> tuple[Issued, ...]: ...
    async def void(self, number: CertificateNumber, reason: str) -> None: ...
    async def adopt(self, numbers: Iterable[CertificateNumber | Issued]) -> tuple[Issued, ...]: ...


class Event(Protocol):
    """Something that one side tells another."""

    def set(self) -> None: ...
    async def wait(self, seconds: float) -> bool: ...


class Ground(Protocol):
    """How a law is run, and how two sides of it run at once."""

    def run(self, law: Callable[[], Coroutine[Any, Any, None]]) -> None: ...
    def transaction(self) -> AbstractAsyncContextManager[Verbs]: ...
    async def behind(self, scope: NumberScope) -> list[Issued]: ...

    tells_reasons: bool

    async def reason(self, number: CertificateNumber) -> str | None: ...
    async def together(self, *sides: Callable[[], Coroutine[Any, Any, None]]) -> None: ...
    def event(self) -> Event: ...


class _TwoVerbs:
    """A store without its one-statement path."""

    def __init__(self, store: Any) -> None:
        self.read, self.append = store.read, store.append
        self.void, self.numbers = store.void, store.numbers


class _SyncVerbs:
    def __init__(self, store: AllocationStore, one_statement: bool) -> None:
        self.one_statement = one_statement and hasattr(store, "advance")
        self._store: AllocationStore = store if self.one_statement else _TwoVerbs(store)

    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        return self._store.read(scope, keys)

    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool:
        return self._store.append(scope, expected, issued)

    async def numbers(self, scope: NumberScope) -> list[Issued]:
        return list(self._store.numbers(scope))

    async def allocate(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        return allocate(self._store, requests)

    async def preview(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        return preview(self._store, requests)

    async def void(self, number: CertificateNumber, reason: str) -> None:
        void(self._store, number, reason)

    async def adopt(self, numbers: Iterable[CertificateNumber | Issued]) -> tuple[Issued, ...]:
        return adopt(self._store, numbers)


class _AsyncVerbs:
    def __init__(self, store: AsyncAllocationStore, one_statement: bool) -> None:
        self.one_statement = one_statement and hasattr(store, "advance")
        self._store: AsyncAllocationStore = store if self.one_statement else _TwoVerbs(store)

    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        return await self._store.read(scope, keys)

    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool:
        return await self._store.append(scope, expected, issued)

    async def numbers(self, scope: NumberScope) -> list[Issued]:
        return [issued async for issued in self._store.numbers(scope)]

    async def allocate(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        return await allocate_async(self._store, requests)

    async def preview(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        return await preview_async(self._store, requests)

    async def void(self, number: CertificateNumber, reason: str) -> None:
        await void_async(self._store, number, reason)

    async def adopt(self, numbers: Iterable[CertificateNumber | Issued]) -> tuple[Issued, ...]:
        return await adopt_async(self._store, numbers)


class _Entered:
    """A synchronous context manager, entered with ``async with``."""

    def __init__(self, manager: AbstractContextManager[AllocationStore], path: bool) -> None:
        self._manager, self._path = manager, path

    async def __aenter__(self) -> Verbs:
        return _SyncVerbs(self._manager.__enter__(), self._path)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return self._manager.__exit__(kind, error, traceback)


class _AsyncEntered:
    def __init__(
        self, manager: AbstractAsyncContextManager[AsyncAllocationStore], path: bool
    ) -> None:
        self._manager, self._path = manager, path

    async def __aenter__(self) -> Verbs:
        return _AsyncVerbs(await self._manager.__aenter__(), self._path)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return await self._manager.__aexit__(kind, error, traceback)


class _ThreadEvent:
    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)


class _TaskEvent:
    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        try:
            return await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return False


def _by_hand(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise TypeError("a hook of a synchronous store must not wait for an event loop")


class SyncGround:
    """The ground of :class:`~sdcert.testing.allocation.AllocationStoreTests`."""

    def __init__(
        self,
        transaction: Callable[[], AbstractContextManager[AllocationStore]],
        behind: Callable[[NumberScope], Sequence[Issued]],
        reason: Callable[[CertificateNumber], str | None] | None,
        one_statement: bool,
    ) -> None:
        self._transaction, self._behind, self._path = transaction, behind, one_statement
        self._reason: Any = reason
        self.tells_reasons = reason is not None

    def run(self, law: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a law to its end."""
        _by_hand(law())

    def transaction(self) -> AbstractAsyncContextManager[Verbs]:
        """Open a transaction; this side has no other open."""
        return _Entered(self._transaction(), self._path)

    async def behind(self, scope: NumberScope) -> list[Issued]:
        """Look at the committed rows, past the store."""
        return list(self._behind(scope))

    async def reason(self, number: CertificateNumber) -> str | None:
        """Look up why a number was voided, past the store."""
        found: str | None = self._reason(number)
        return found

    async def together(self, *sides: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run the sides at once, each in its own thread, and raise what one of them raises."""
        errors: list[BaseException] = []

        def run(side: Callable[[], Coroutine[Any, Any, None]]) -> None:
            try:
                _by_hand(side())
            except BaseException as error:  # noqa: BLE001  # raised again below
                errors.append(error)

        threads = [threading.Thread(target=run, args=(side,), daemon=True) for side in sides]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_PATIENCE)
        if errors:
            raise errors[0]
        if any(thread.is_alive() for thread in threads):
            raise TimeoutError(f"transactions block each other for more than {_PATIENCE:.0f} s")

    def event(self) -> Event:
        """Return something that one side can tell another."""
        return _ThreadEvent()


class AsyncGround:
    """The ground of :class:`~sdcert.testing.allocation.AsyncAllocationStoreTests`."""

    def __init__(
        self,
        transaction: Callable[[], AbstractAsyncContextManager[AsyncAllocationStore]],
        behind: Callable[[NumberScope], Coroutine[Any, Any, Sequence[Issued]]],
        reason: Callable[[CertificateNumber], Coroutine[Any, Any, str | None]] | None,
        one_statement: bool,
    ) -> None:
        self._transaction, self._behind, self._path = transaction, behind, one_statement
        self._reason: Any = reason
        self.tells_reasons = reason is not None

    def run(self, law: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a law to its end, in an event loop of its own."""
        asyncio.run(law())

    def transaction(self) -> AbstractAsyncContextManager[Verbs]:
        """Open a transaction; this side has no other open."""
        return _AsyncEntered(self._transaction(), self._path)

    async def behind(self, scope: NumberScope) -> list[Issued]:
        """Look at the committed rows, past the store."""
        return list(await self._behind(scope))

    async def reason(self, number: CertificateNumber) -> str | None:
        """Look up why a number was voided, past the store."""
        found: str | None = await self._reason(number)
        return found

    async def together(self, *sides: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run the sides at once, each in its own task, and raise what one of them raises."""
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*(side() for side in sides))

    def event(self) -> Event:
        """Return something that one side can tell another."""
        return _TaskEvent()
