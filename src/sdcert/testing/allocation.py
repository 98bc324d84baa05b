"""The kit: hold an allocation store to the laws.

Subclass :class:`AllocationStoreTests` (or :class:`AsyncAllocationStoreTests`) in a test module,
under a name that pytest collects, and write two hooks: one opens your store in a fresh
transaction, one looks at the committed rows past the store. Every law then runs as a test of its
own, the concurrency probes and a Hypothesis state machine included; if the store offers the
one-statement path, every law runs over both paths. A law that fails raises :class:`LawBroken` with
its name::

    class TestMyStore(AllocationStoreTests):
        @contextmanager
        def transaction(self):
            with engine.begin() as connection:
                yield MyStore(connection)

        def behind(self, scope):
            with engine.connect() as connection:
                rows = connection.execute(...)
            return [Issued(key, number, voided) for key, number, voided in rows]

Two more hooks are optional: ``reason`` looks up why a number was voided, ``savepoint`` opens a
savepoint of the host. A law that needs a hook which is not written, or is about what the kit does
not declare (``gapless``, ``processes``), is reported as skipped, with the reason.
"""

from __future__ import annotations

import functools
import multiprocessing
import warnings
from typing import Any, ClassVar
from unittest import SkipTest

from sdcert.errors import MissingExtra
from sdcert.testing._harness import (
    AsyncHarness,
    Harness,
    HookMissing,
    LawBroken,
    SyncHarness,
    describe,
)
from sdcert.testing._laws import LAWS, Laws
from sdcert.testing._runner import fresh_requests, fresh_scope

try:
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.stateful import run_state_machine_as_test
except ImportError:
    raise MissingExtra("sdcert.testing.allocation", "testing") from None

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from multiprocessing.connection import Connection

from sdcert.allocation import AllocationStore, AsyncAllocationStore, Issued
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.testing._machine import AllocationMachine

__all__ = [
    "LAWS",
    "AllocationMachine",
    "AllocationStoreTests",
    "AsyncAllocationStoreTests",
    "LawBroken",
]


_CHILD = 20.0  # seconds after which a forked child is given up


class _Kit:
    """What both kits share: the declarations, and the tests made of the laws."""

    gapless: ClassVar[bool] = True
    """Whether the store promises numbers without a gap. All reference stores do."""

    processes: ClassVar[bool] = True
    """Whether several processes can use the store at once. The probe forks (POSIX)."""

    contended: ClassVar[tuple[type[Exception], ...]] = ()
    """Errors beside ScopeContended by which the database reports a lost race at commit."""

    sides: ClassVar[int] = 4
    """How many threads, tasks or processes the probes use."""

    rounds: ClassVar[int] = 8
    """How many transactions each of them makes."""

    examples: ClassVar[int] = 8
    """How many runs the state machine makes."""

    blocked_in: ClassVar[str] = ""
    """The law in which transactions blocked each other: what is left of them may hold locks."""

    base: ClassVar[type[_Kit]]
    _harness: ClassVar[type[Harness]]

    def after_fork(self) -> None:
        """Let go, in a forked child, of what it inherited: a pool of connections, say."""

    def _paths(self, law: str) -> Iterator[Harness]:
        """Yield a harness for the two verbs, and one for the one statement if there is one."""
        if self.blocked_in:
            raise LawBroken(law, f"not tried: transactions block each other in “{self.blocked_in}”")
        harness = self._harness(self, one_statement=True)
        offered = []

        async def look() -> None:
            async with harness.transaction() as store:
                offered.append(store.one_statement)

        Laws(harness).hold("the transaction hook", look)
        yield self._harness(self, one_statement=False)
        if offered == [True]:
            yield harness

    def test_processes(self) -> None:
        """Many processes at once: no duplicate, no gap, no answer lost, and voiding is seen."""
        if not self.processes:
            raise SkipTest("the kit declares processes = False, so none were tried")
        for harness in self._paths("processes"):
            laws = Laws(harness)
            scope, other = fresh_scope(), fresh_scope()
            work = functools.partial(laws.allocate_alone, scope)
            answers = [one for some in self._forked(laws, *[work] * self.sides) for one in some]
            laws.hold("processes", functools.partial(laws.nothing_is_lost, scope, answers))

            requests = fresh_requests(other, 1)
            given: list[Issued] = []

            async def asks() -> None:
                given[:] = await laws.patiently(requests)  # noqa: B023  # run at once

            for _ in range(2):  # what this process remembers of it, it remembers now
                laws.hold("processes", asks)
            self._forked(laws, functools.partial(laws.void_alone, given[0]))
            laws.hold("processes", asks)
            if not given[0].voided:
                raise LawBroken("processes", "a number that another process voided is not voided")

    def _forked(
        self, laws: Laws, *works: Callable[[], Coroutine[Any, Any, list[Issued]]]
    ) -> list[list[Issued]]:
        """Run each in a process of its own, and return what they answered."""
        context = multiprocessing.get_context("fork")
        ends, children = [], []
        with warnings.catch_warnings():
            # Python warns of locks held by other threads; none of ours runs now.
            warnings.simplefilter("ignore", DeprecationWarning)
            for work in works:
                here, there = context.Pipe(duplex=False)
                child = context.Process(target=self._child, args=(laws, work, there), daemon=True)
                child.start()
                there.close()
                ends.append(here)
                children.append(child)
        answers: list[list[Issued]] = []
        for end, child in zip(ends, children, strict=True):
            told = end.recv() if end.poll(_CHILD) else f"no answer within {_CHILD:.0f} s"
            child.join(1)
            child.kill()
            if isinstance(told, str):
                raise LawBroken("processes", told)
            answers.append(told)
        return answers

    def _child(
        self,
        laws: Laws,
        work: Callable[[], Coroutine[Any, Any, list[Issued]]],
        end: Connection,
    ) -> None:
        answers: list[Issued] = []

        async def check() -> None:
            answers.extend(await work())

        try:
            self.after_fork()
            laws.hold("processes", check)
        except BaseException as error:  # noqa: BLE001  # it crosses the process as text
            end.send(error.problem if isinstance(error, LawBroken) else describe(error))
        else:
            end.send(answers)

    def test_state_machine(self) -> None:
        """Any order of steps leaves what the model says."""
        for harness in self._paths("state_machine"):
            broken: list[LawBroken] = []
            machine = type("Machine", (AllocationMachine,), {"harness": harness, "broken": broken})
            try:
                run_state_machine_as_test(
                    machine,
                    settings=settings(
                        max_examples=self.examples,
                        stateful_step_count=12,
                        deadline=None,
                        # Keys and scopes are new each time: nothing can be replayed or shrunk.
                        phases=[Phase.generate],
                        database=None,
                        report_multiple_bugs=False,
                        suppress_health_check=list(HealthCheck),
                    ),
                )
            except Exception as error:
                problem = broken[0].problem if broken else describe(error)
                raise LawBroken("state_machine", problem) from error


def _as_test(law: str) -> Callable[[_Kit], None]:
    def test(self: _Kit) -> None:
        for harness in self._paths(law):
            Laws(harness).run(law)

    test.__name__ = f"test_{law}"
    test.__doc__ = getattr(Laws, law).__doc__
    return test


for _law in LAWS:
    setattr(_Kit, f"test_{_law}", _as_test(_law))


def _missing(kit: _Kit, hook: str) -> HookMissing:
    return HookMissing(f"{type(kit).__name__} must override {hook}()")


class AllocationStoreTests(_Kit):
    """The kit for an :class:`~sdcert.allocation.AllocationStore`.

    Write the two hooks; a forgotten one fails every test. Hooks are called from several threads,
    and never for a second transaction while the same thread has one open.

    >>> AllocationStoreTests().test_uniqueness()
    Traceback (most recent call last):
        ...
    sdcert.testing.allocation.HookMissing: AllocationStoreTests must override transaction()
    """

    _harness = SyncHarness

    def transaction(self) -> AbstractContextManager[AllocationStore]:
        """Open the store in a fresh transaction, on a connection that nobody else uses.

        The context manager gives the store, commits when it is left, and on an exception rolls
        back and lets the exception through.
        """
        raise _missing(self, "transaction")

    def behind(self, scope: NumberScope) -> Sequence[Issued]:
        """Return the committed numbers of a scope, read past the store, on another connection."""
        raise _missing(self, "behind")

    def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided, read past the store; None if it was not.

        Optional: without it the law ``first_reason_stays`` is skipped.
        """
        raise _missing(self, "reason")

    def savepoint(self, store: Any) -> AbstractContextManager[object]:
        """Open a savepoint in the transaction of a store that ``transaction`` gave.

        The context manager releases it when it is left; on an exception it rolls back to it and
        lets the exception through. Optional: without it the law ``savepoints`` is skipped.
        """
        raise _missing(self, "savepoint")


AllocationStoreTests.base = AllocationStoreTests


class AsyncAllocationStoreTests(_Kit):
    """The kit for an :class:`~sdcert.allocation.AsyncAllocationStore`: the same laws, awaited.

    Every law runs in an event loop of its own, so hooks must not keep connections from one
    transaction to the next (with SQLAlchemy: ``poolclass=NullPool``).

    >>> AsyncAllocationStoreTests().test_uniqueness()
    Traceback (most recent call last):
        ...
    sdcert.testing.allocation.HookMissing: AsyncAllocationStoreTests must override transaction()
    """

    _harness = AsyncHarness

    def transaction(self) -> AbstractAsyncContextManager[AsyncAllocationStore]:
        """Open the store in a fresh transaction: as for the synchronous kit, for ``async with``."""
        raise _missing(self, "transaction")

    async def behind(self, scope: NumberScope) -> Sequence[Issued]:
        """Return the committed numbers of a scope, read past the store, on another connection."""
        raise _missing(self, "behind")

    async def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided, read past the store: as for the synchronous kit."""
        raise _missing(self, "reason")

    def savepoint(self, store: Any) -> AbstractAsyncContextManager[object]:
        """Open a savepoint: as for the synchronous kit, for ``async with``."""
        raise _missing(self, "savepoint")


AsyncAllocationStoreTests.base = AsyncAllocationStoreTests
