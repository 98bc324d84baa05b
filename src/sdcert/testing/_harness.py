"""Test harness of the allocation kit: one asynchronous interface over sync and async stores.

A law is an ``async def`` and knows neither threads nor an event loop. On a synchronous store
nothing in it ever waits for a loop, so it is run by hand, and what must happen side by side
happens in threads; on an asynchronous store it is a coroutine like any, and its sides are tasks.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager
from functools import partial
from inspect import isawaitable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sdcert import allocation
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from sdcert.allocation import Issued, Request, State
    from sdcert.numbering import CertificateNumber, NumberScope

    Side = Callable[[], Coroutine[Any, Any, None]]

_T = TypeVar("_T")

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

    def __init__(self, kit: object, hook: str, *, optional: bool = False) -> None:
        super().__init__(f"{type(kit).__name__} must override {hook}()")
        self.hook, self.optional = hook, optional


class Blocked(TimeoutError):
    """Transactions block each other, or one of them does not end."""


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
        self._used = store
        if not self.one_statement:
            verbs = ("read", "append", "void", "numbers")
            self._used = SimpleNamespace(**{verb: getattr(store, verb) for verb in verbs})

    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        return await self._call("read", self._used.read, scope, keys)

    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool:
        return await self._call("append", self._used.append, scope, expected, issued)

    async def numbers(self, scope: NumberScope) -> list[Issued]:
        found = self._used.numbers(scope)
        return [one async for one in found] if hasattr(found, "__aiter__") else list(found)

    async def allocate(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        return await self._call("allocate", self._driver("allocate"), requests)

    async def preview(self, requests: Iterable[Request]) -> tuple[Issued, ...]:
        return await self._call("preview", self._driver("preview"), requests)

    async def void(self, number: CertificateNumber, reason: str) -> None:
        await self._call("void", self._driver("void"), number, reason)

    async def adopt(self, numbers: Iterable[CertificateNumber | Issued]) -> tuple[Issued, ...]:
        return await self._call("adopt", self._driver("adopt"), numbers)

    def _driver(self, name: str) -> Any:
        return partial(getattr(allocation, name + self._suffix), self._used)

    async def _call(self, name: str, verb: Callable[..., _T | Awaitable[_T]], *args: object) -> _T:
        try:
            return await _value(verb(*args))
        except Exception as error:
            error.add_note(f"{name}()")
            raise


async def _value(answer: _T | Awaitable[_T]) -> _T:
    return await answer if isawaitable(answer) else answer


@asynccontextmanager
async def _entered(manager: Any) -> AsyncIterator[Any]:
    if hasattr(manager, "__aenter__"):
        async with manager as entered:
            yield entered
    else:
        with manager as entered:
            yield entered


class Event(threading.Event):
    """Something that one side tells another, each in its thread."""

    async def wait(self, seconds: float) -> bool:  # type: ignore[override]
        return super().wait(seconds)


class _TaskEvent(asyncio.Event):
    async def wait(self, seconds: float) -> bool:  # type: ignore[override]
        try:
            return await asyncio.wait_for(super().wait(), seconds)
        except TimeoutError:
            return False


class Harness(ABC):
    """How a law is run, and how two sides of it run at once.

    Args:
        kit: The kit, whose hooks are called.
        one_statement: As for :class:`Verbs`.
    """

    suffix: ClassVar[str] = ""
    event: ClassVar[type[Event | _TaskEvent]] = Event

    def __init__(self, kit: Any, *, one_statement: bool) -> None:
        self.kit, self._path = kit, one_statement

    def run(self, law: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Run a law to its end, in a thread of its own: a store that hangs does not hang the test.

        Raises:
            Blocked: If it has not ended in time.
        """
        seconds = self.kit.timeout
        problem = f"it has not ended within {seconds:.0f} s"
        return _in_threads([lambda: self._complete(law())], seconds, problem)[0]

    @abstractmethod
    def _complete(self, law: Coroutine[Any, Any, _T]) -> _T: ...

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
        """Look at the committed rows, past the store, in the order of their numbers."""
        found: Sequence[Issued] = await _value(self.kit.behind(scope))
        return sorted(found, key=lambda issued: issued.number.digits)

    async def reason(self, number: CertificateNumber) -> str | None:
        """Look up why a number was voided, past the store."""
        found: str | None = await _value(self.kit.reason(number))
        return found


class SyncHarness(Harness):
    """For :class:`~sdcert.testing.allocation.AllocationStoreTests`."""

    def _complete(self, law: Coroutine[Any, Any, _T]) -> _T:
        """Run a law by hand: nothing in it waits."""
        try:
            law.send(None)
        except StopIteration as end:
            answer: _T = end.value
            return answer
        law.close()
        raise TypeError("a hook of a synchronous store must not wait for an event loop")

    async def together(self, *sides: Side) -> None:
        """Run the sides at once, each in its own thread; threads change places often."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            works = [lambda side=side: self._complete(side()) for side in sides]
            _in_threads(works, _PATIENCE, _blocked())
        finally:
            sys.setswitchinterval(interval)


class AsyncHarness(Harness):
    """For :class:`~sdcert.testing.allocation.AsyncAllocationStoreTests`."""

    suffix = "_async"
    event = _TaskEvent

    def _complete(self, law: Coroutine[Any, Any, _T]) -> _T:
        """Run a law in an event loop of its own."""
        return asyncio.run(law)

    async def together(self, *sides: Side) -> None:
        """Run the sides at once, each in its own task."""
        try:
            async with asyncio.timeout(_PATIENCE) as patience:
                await asyncio.gather(*(side() for side in sides))
        except TimeoutError as error:
            if patience.expired():
                raise Blocked(_blocked()) from error
            raise


def _blocked() -> str:
    return f"transactions block each other for more than {_PATIENCE:.0f} s"


def _in_threads(works: Sequence[Callable[[], _T]], seconds: float, problem: str) -> list[_T]:
    """Run each in a thread of its own; those that do not come back in time are left to themselves.

    Raises:
        Blocked: If one does not come back in time, and none that did has raised an error.
    """
    # An executor would wait for its threads at the end of the process.
    futures: list[Future[_T]] = [Future() for _ in works]
    for future, work in zip(futures, works, strict=True):
        threading.Thread(target=_answer, args=(future, work), daemon=True).start()
    wait(futures, seconds)
    answers = [future.result() for future in futures if future.done()]
    if len(answers) < len(works):
        raise Blocked(problem)
    return answers


def _answer(future: Future[_T], work: Callable[[], _T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001  # raised again by whoever waits
        future.set_exception(error)
