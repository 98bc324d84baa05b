"""Test harness of the allocation kit: one asynchronous interface over sync and async stores.

A law is an ``async def`` and knows neither threads nor an event loop. On a synchronous store
nothing in it ever waits for a loop, so it is run by hand, and what must happen side by side
happens in threads; on an asynchronous store it is a coroutine like any, and its sides are tasks.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sdcert import allocation
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from sdcert.allocation import Issued, Request, State
    from sdcert.numbering import CertificateNumber, NumberScope

    Side = Callable[[], Coroutine[Any, Any, None]]

__all__ = ["AsyncHarness", "Blocked", "Harness", "HookMissing", "LawBroken", "RolledBack"]
__all__ += ["SyncHarness", "Verbs", "describe", "end"]

_PATIENCE = 15.0  # seconds after which sides that do not come back are given up


class LawBroken(AssertionError):
    """A store broke one of the laws.

    Attributes:
        law: The name of the law, as in the test's name behind ``test_``.
        problem: What happened.

    >>> from sdcert.testing.allocation import LawBroken
    >>> error = LawBroken("uniqueness", "鲁249102060300001 was issued twice")
    >>> error.law, error.problem
    ('uniqueness', '鲁249102060300001 was issued twice')
    """

    __module__ = "sdcert.testing.allocation"  # a traceback names it as readers import it

    def __init__(self, law: str, problem: str) -> None:
        super().__init__(law, problem)
        self.law, self.problem = law, problem

    def __str__(self) -> str:
        return f"the law “{self.law}” is broken: {self.problem}"


class RolledBack(Exception):
    """The kit makes a transaction roll back by raising this inside it."""


def end(commit: bool) -> None:
    """End a transaction: with the block, or by an exception."""
    if not commit:
        raise RolledBack


class HookMissing(NotImplementedError):
    """A hook of the kit was not overridden."""

    __module__ = "sdcert.testing.allocation"


class Blocked(TimeoutError):
    """Transactions block each other."""

    def __init__(self) -> None:
        super().__init__(f"transactions block each other for more than {_PATIENCE:.0f} s")


def describe(error: BaseException) -> str:
    """Name an error, and the verb of the store that raised it."""
    verb = next(iter(getattr(error, "__notes__", [])), "")
    return f"{f'{verb} raised ' if verb else ''}{type(error).__name__}: {excerpt(error, 600)}"


class Verbs:
    """A store and the drivers around it, as the laws use them; what it raises has the verb's name.

    Args:
        store: The store, in a transaction.
        suffix: Which drivers: ``""`` or ``"_async"``.
        one_statement: Whether to use the store's one-statement path, if it has one.
    """

    committed = False

    def __init__(self, store: Any, suffix: str, *, one_statement: bool) -> None:
        self.store, self._suffix = store, suffix
        self.one_statement = one_statement and hasattr(store, "advance")
        self._used = store if self.one_statement else _TwoVerbs(store)

    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        state: State = await self._call("read", self._used.read, scope, keys)
        return state

    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool:
        done: bool = await self._call("append", self._used.append, scope, expected, issued)
        return done

    async def numbers(self, scope: NumberScope) -> list[Issued]:
        return [issued async for issued in _each(self._used.numbers(scope))]

    async def allocate(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        answers: tuple[Issued, ...] = await self._drive("allocate", requests)
        return answers

    async def preview(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        answers: tuple[Issued, ...] = await self._drive("preview", requests)
        return answers

    async def void(self, number: CertificateNumber, reason: str) -> None:
        await self._drive("void", number, reason)

    async def adopt(self, numbers: Iterable[CertificateNumber | Issued]) -> tuple[Issued, ...]:
        answers: tuple[Issued, ...] = await self._drive("adopt", numbers)
        return answers

    async def _drive(self, name: str, *args: object) -> Any:
        driver = getattr(allocation, name + self._suffix)
        return await self._call(name, driver, self._used, *args)

    async def _call(self, name: str, verb: Callable[..., Any], *args: object) -> Any:
        try:
            answer = verb(*args)
            return await answer if isawaitable(answer) else answer
        except Exception as error:
            error.add_note(f"{name}()")
            raise


class _TwoVerbs:
    """A store without its one-statement path."""

    def __init__(self, store: Any) -> None:
        self.read, self.append = store.read, store.append
        self.void, self.numbers = store.void, store.numbers


async def _each(numbers: Any) -> AsyncIterator[Issued]:
    if hasattr(numbers, "__aiter__"):
        async for issued in numbers:
            yield issued
    else:
        for issued in numbers:
            yield issued


@asynccontextmanager
async def _entered(manager: Any) -> AsyncIterator[Any]:
    if hasattr(manager, "__aenter__"):
        async with manager as entered:
            yield entered
    else:
        with manager as entered:
            yield entered


async def _value(answer: Any) -> Any:
    return await answer if isawaitable(answer) else answer


class Event(Protocol):
    """Something that one side tells another."""

    def set(self) -> None: ...
    async def wait(self, seconds: float) -> bool: ...


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


class Harness(ABC):
    """How a law is run, and how two sides of it run at once.

    Args:
        kit: The kit, whose hooks are called.
        one_statement: As for :class:`Verbs`.
    """

    suffix: ClassVar[str] = ""
    event: ClassVar[type[Event]] = _ThreadEvent

    def __init__(self, kit: Any, *, one_statement: bool) -> None:
        self.kit, self._path = kit, one_statement

    @abstractmethod
    def run(self, law: Side) -> None:
        """Run a law to its end."""
        ...

    @abstractmethod
    async def together(self, *sides: Side) -> None:
        """Run the sides at once, and raise what one of them raises."""
        ...

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Verbs]:
        """Open a transaction with the hook; this side has no other open."""
        async with _entered(self.kit.transaction()) as store:
            yield Verbs(store, self.suffix, one_statement=self._path)

    def savepoint(self, store: Verbs) -> AbstractAsyncContextManager[object]:
        """Open a savepoint in the transaction of a store, with the hook."""
        return _entered(self.kit.savepoint(store.store))

    async def behind(self, scope: NumberScope) -> list[Issued]:
        """Look at the committed rows, past the store."""
        return list(await _value(self.kit.behind(scope)))

    async def reason(self, number: CertificateNumber) -> str | None:
        """Look up why a number was voided, past the store."""
        found: str | None = await _value(self.kit.reason(number))
        return found


class SyncHarness(Harness):
    """For :class:`~sdcert.testing.allocation.AllocationStoreTests`."""

    def run(self, law: Side) -> None:
        """Run a law by hand: nothing in it waits."""
        _by_hand(law())

    async def together(self, *sides: Side) -> None:
        """Run the sides at once, each in its own thread; threads change places often."""
        errors: list[BaseException] = []

        def run(side: Side) -> None:
            try:
                _by_hand(side())
            except BaseException as error:  # noqa: BLE001  # raised again below
                errors.append(error)

        threads = [threading.Thread(target=run, args=(side,), daemon=True) for side in sides]
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            for thread in threads:
                thread.start()
            deadline = time.monotonic() + _PATIENCE
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
        finally:
            sys.setswitchinterval(interval)
        if errors:
            raise errors[0]
        if any(thread.is_alive() for thread in threads):
            raise Blocked


class AsyncHarness(Harness):
    """For :class:`~sdcert.testing.allocation.AsyncAllocationStoreTests`."""

    suffix = "_async"
    event = _TaskEvent

    def run(self, law: Side) -> None:
        """Run a law in an event loop of its own."""
        asyncio.run(law())

    async def together(self, *sides: Side) -> None:
        """Run the sides at once, each in its own task."""
        try:
            async with asyncio.timeout(_PATIENCE) as patience:
                await asyncio.gather(*(side() for side in sides))
        except TimeoutError as error:
            if patience.expired():
                raise Blocked from error
            raise


def _by_hand(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise TypeError("a hook of a synchronous store must not wait for an event loop")
