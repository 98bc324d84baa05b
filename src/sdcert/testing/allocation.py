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

A third hook, ``reason``, is optional: it looks up why a number was voided.
"""

from __future__ import annotations

import functools
import multiprocessing
import traceback
import warnings
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from sdcert.errors import MissingExtra, SdcertError
from sdcert.testing._fresh import fresh_requests, fresh_scope
from sdcert.testing._ground import AsyncGround, LawBroken, SyncGround
from sdcert.testing._laws import LAWS, Laws

try:
    from hypothesis import HealthCheck, settings
    from hypothesis.stateful import run_state_machine_as_test
except ImportError:
    raise MissingExtra("sdcert.testing.allocation", "testing") from None

from sdcert.testing._machine import AllocationMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from multiprocessing.connection import Connection

    from sdcert.allocation import AllocationStore, AsyncAllocationStore, Issued
    from sdcert.numbering import CertificateNumber, NumberScope
    from sdcert.testing._ground import Ground

__all__ = [
    "LAWS",
    "AllocationMachine",
    "AllocationStoreTests",
    "AsyncAllocationStoreTests",
    "LawBroken",
]


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

    examples: ClassVar[int] = 12
    """How many runs the state machine makes."""

    def after_fork(self) -> None:
        """Let go, in a forked child, of what it inherited: a pool of connections, say."""

    @abstractmethod
    def _ground(self, *, one_statement: bool) -> Ground: ...

    def _paths(self) -> Iterator[Ground]:
        """Yield the ground of the two verbs, and that of the one statement if there is one."""
        ground = self._ground(one_statement=True)
        offered = []

        async def look() -> None:
            async with ground.transaction() as store:
                offered.append(store.one_statement)

        ground.run(look)
        yield self._ground(one_statement=False)
        if offered == [True]:
            yield ground

    def _laws(self, ground: Ground) -> Laws:
        return Laws(
            ground,
            gapless=self.gapless,
            contended=self.contended,
            sides=self.sides,
            rounds=self.rounds,
        )

    def test_processes(self) -> None:
        """Many processes at once: no duplicate, no gap, no answer lost."""
        if not self.processes:
            return
        context = multiprocessing.get_context("fork")
        for ground in self._paths():
            laws = self._laws(ground)
            scope = fresh_scope()
            ends, children = [], []
            with warnings.catch_warnings():
                # Python warns of locks held by other threads; none of ours runs now.
                warnings.simplefilter("ignore", DeprecationWarning)
                for _ in range(self.sides):
                    here, there = context.Pipe(duplex=False)
                    child = context.Process(
                        target=self._child, args=(laws, scope, there), daemon=True
                    )
                    child.start()
                    there.close()
                    ends.append(here)
                    children.append(child)
            answers: list[Issued] = []
            for end, child in zip(ends, children, strict=True):
                told = end.recv() if end.poll(60) else "no answer within 60 s"
                child.join(10)
                if isinstance(told, str):
                    raise LawBroken("processes", told)
                answers += told
            laws.hold("processes", functools.partial(laws.nothing_is_lost, scope, answers))

    def _child(self, laws: Laws, scope: NumberScope, end: Connection) -> None:
        answers: list[Issued] = []

        async def work() -> None:
            for _ in range(self.rounds):
                answers.extend(await laws.patiently(fresh_requests(scope, 1)))

        try:
            self.after_fork()
            laws.hold("processes", work)
        except BaseException:  # noqa: BLE001  # it crosses the process as text
            end.send(traceback.format_exc())
        else:
            end.send(answers)

    def test_state_machine(self) -> None:
        """Any order of steps leaves what the model says."""
        for ground in self._paths():
            machine = type("Machine", (AllocationMachine,), {"ground": ground})
            try:
                run_state_machine_as_test(
                    machine,
                    settings=settings(
                        max_examples=self.examples,
                        stateful_step_count=12,
                        deadline=None,
                        suppress_health_check=list(HealthCheck),
                    ),
                )
            except (AssertionError, SdcertError) as error:
                raise LawBroken("state_machine", str(error)) from error


def _as_test(law: str) -> Callable[[_Kit], None]:
    def test(self: _Kit) -> None:
        for ground in self._paths():
            self._laws(ground).run(law)  # a method of the kit, made here

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
    NotImplementedError: AllocationStoreTests must override transaction()
    """

    def transaction(self) -> AbstractContextManager[AllocationStore]:
        """Open the store in a fresh transaction, on a connection that nobody else uses.

        The context manager gives the store, commits when it is left, and on an exception rolls
        back and lets the exception through.
        """
        raise NotImplementedError(f"{type(self).__name__} must override transaction()")

    def behind(self, scope: NumberScope) -> Sequence[Issued]:
        """Return the committed numbers of a scope, read past the store, on another connection."""
        raise NotImplementedError(f"{type(self).__name__} must override behind()")

    def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided, read past the store; None if it was not.

        Optional: where it is written, the law ``first_reason_stays`` is held to as well.
        """
        raise NotImplementedError(f"{type(self).__name__} does not override reason()")

    def _ground(self, *, one_statement: bool) -> Ground:
        tells = type(self).reason is not AllocationStoreTests.reason
        return SyncGround(
            self.transaction, self.behind, self.reason if tells else None, one_statement
        )


class AsyncAllocationStoreTests(_Kit):
    """The kit for an :class:`~sdcert.allocation.AsyncAllocationStore`: the same laws, awaited.

    Every law runs in an event loop of its own, so hooks must not keep connections from one
    transaction to the next (with SQLAlchemy: ``poolclass=NullPool``).

    >>> AsyncAllocationStoreTests().test_uniqueness()
    Traceback (most recent call last):
        ...
    NotImplementedError: AsyncAllocationStoreTests must override transaction()
    """

    def transaction(self) -> AbstractAsyncContextManager[AsyncAllocationStore]:
        """Open the store in a fresh transaction: as for the synchronous kit, for ``async with``."""
        raise NotImplementedError(f"{type(self).__name__} must override transaction()")

    async def behind(self, scope: NumberScope) -> Sequence[Issued]:
        """Return the committed numbers of a scope, read past the store, on another connection."""
        raise NotImplementedError(f"{type(self).__name__} must override behind()")

    async def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided, read past the store: as for the synchronous kit."""
        raise NotImplementedError(f"{type(self).__name__} does not override reason()")

    def _ground(self, *, one_statement: bool) -> Ground:
        tells = type(self).reason is not AsyncAllocationStoreTests.reason
        return AsyncGround(
            self.transaction, self.behind, self.reason if tells else None, one_statement
        )
