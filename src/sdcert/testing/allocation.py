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

import multiprocessing
import warnings
from functools import partial
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


_Work = Callable[[], Coroutine[Any, Any, list[Issued]]]

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

    timeout: ClassVar[float] = 300.0
    """After how many seconds a law is given up that does not end, because the store hangs, say."""

    blocked_in: ClassVar[str] = ""
    """The law that did not end: what is left of it may hold locks."""

    _harness: ClassVar[type[Harness]]

    def after_fork(self) -> None:
        """Let go, in a forked child, of what it inherited: a pool of connections, say."""

    def _paths(self, law: str) -> Iterator[Laws]:
        """Yield the laws over the two verbs, and over the one statement if there is one."""
        if self.blocked_in:
            raise LawBroken(
                law, f"not tried: “{self.blocked_in}” has not ended, and may hold locks"
            )
        laws = Laws(self._harness(self, one_statement=True))

        async def is_offered() -> bool:
            async with laws.harness.transaction() as store:
                return store.one_statement

        offered = laws.hold("the transaction hook", is_offered)
        yield Laws(self._harness(self, one_statement=False))
        if offered:
            yield laws

    def test_processes(self) -> None:
        """Many processes at once: no duplicate, no gap, no answer lost, and voiding is seen."""
        if not self.processes:
            raise SkipTest("the kit declares processes = False, so none were tried")
        for laws in self._paths("processes"):
            scope, other = fresh_scope(), fresh_scope()
            work = partial(laws.allocate_alone, scope)
            answers = [one for some in self._forked(laws, *[work] * self.sides) for one in some]
            laws.hold("processes", partial(laws.nothing_is_lost, scope, answers))

            ask = partial(laws.patiently, fresh_requests(other, 1))
            for _ in range(2):  # what this process remembers of it, it remembers now
                [given] = laws.hold("processes", ask)
            self._forked(laws, partial(laws.void_alone, given))
            [given] = laws.hold("processes", ask)
            if not given.voided:
                raise LawBroken("processes", "a number that another process voided is not voided")

    def _forked(self, laws: Laws, *works: _Work) -> list[list[Issued]]:
        """Run each in a process of its own, and return what they answered."""
        context = multiprocessing.get_context("fork")
        children = []
        with warnings.catch_warnings():
            # Python warns of locks held by other threads; none of ours runs now.
            warnings.simplefilter("ignore", DeprecationWarning)
            for work in works:
                here, there = context.Pipe(duplex=False)
                child = context.Process(target=self._child, args=(laws, work, there), daemon=True)
                child.start()
                there.close()
                children.append((child, here))
        answers: list[list[Issued]] = []
        for child, here in children:
            told = here.recv() if here.poll(_CHILD) else f"no answer within {_CHILD:.0f} s"
            child.join(1)
            child.kill()
            if isinstance(told, str):
                raise LawBroken("processes", told)
            answers.append(told)
        return answers

    def _child(self, laws: Laws, work: _Work, end: Connection) -> None:
        try:
            self.after_fork()
            end.send(laws.hold("processes", work))
        except BaseException as error:  # noqa: BLE001  # it crosses the process as text
            end.send(error.problem if isinstance(error, LawBroken) else describe(error))

    def test_state_machine(self) -> None:
        """Any order of steps leaves what the model says."""
        for laws in self._paths("state_machine"):
            machine = type("Machine", (AllocationMachine,), {"laws": laws})
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
                # Hypothesis tries again, and may word otherwise what it finds then.
                raise LawBroken("state_machine", [*laws.found, describe(error)][0]) from error


def _as_test(law: str) -> Callable[[_Kit], None]:
    def test(self: _Kit) -> None:
        for laws in self._paths(law):
            laws.run(law)

    test.__name__ = f"test_{law}"
    test.__doc__ = getattr(Laws, law).__doc__
    return test


for _law in LAWS:
    setattr(_Kit, f"test_{_law}", _as_test(_law))


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
        raise HookMissing(self, "transaction")

    def behind(self, scope: NumberScope) -> Sequence[Issued]:
        """Return the committed numbers of a scope, read past the store, on another connection."""
        raise HookMissing(self, "behind")

    def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided, read past the store; None if it was not.

        Optional: without it the law ``first_reason_stays`` is skipped.
        """
        raise HookMissing(self, "reason", optional=True)

    def savepoint(self, store: Any) -> AbstractContextManager[object]:
        """Open a savepoint in the transaction of a store that ``transaction`` gave.

        The context manager releases it when it is left; on an exception it rolls back to it and
        lets the exception through. Optional: without it the law ``savepoints`` is skipped.
        """
        raise HookMissing(self, "savepoint", optional=True)


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
        raise HookMissing(self, "transaction")

    async def behind(self, scope: NumberScope) -> Sequence[Issued]:
        """Return the committed numbers of a scope, read past the store, on another connection."""
        raise HookMissing(self, "behind")

    async def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided, read past the store: as for the synchronous kit."""
        raise HookMissing(self, "reason", optional=True)

    def savepoint(self, store: Any) -> AbstractAsyncContextManager[object]:
        """Open a savepoint: as for the synchronous kit, for ``async with``."""
        raise HookMissing(self, "savepoint", optional=True)
