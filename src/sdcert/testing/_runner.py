"""How a store is held to a law: fresh scopes, transactions, refusals, and what is recorded."""

from __future__ import annotations

import random
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from unittest import SkipTest

from sdcert.allocation import Request, ScopeContended
from sdcert.messages import excerpt
from sdcert.numbering import NumberScope
from sdcert.testing._harness import (
    Blocked,
    HookMissing,
    LawBroken,
    RolledBack,
    describe,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from sdcert.allocation import Issued
    from sdcert.testing._harness import Harness, Verbs

_T = TypeVar("_T")

__all__ = ["Runner", "fresh_requests", "fresh_scope"]


def fresh_scope(*, zeros: bool = False) -> NumberScope:
    """Return an example scope that no other law has used.

    Args:
        zeros: With region and series codes that begin with 0, as many real ones do: a store that
            keeps them as numbers must not lose the zeros. Nothing real can be meant or touched by
            that: such a scope is of a year from 2040 on, in which nothing has been issued.
    """
    if zeros:
        return NumberScope(
            2040 + secrets.randbelow(59),
            f"{1 + secrets.randbelow(9_998):05}",
            f"{1 + secrets.randbelow(98):03}",
        )
    return NumberScope(
        2017 + secrets.randbelow(80),
        f"{90_000 + secrets.randbelow(9_999)}",
        f"{600 + secrets.randbelow(399)}",
    )


def fresh_requests(scope: NumberScope, count: int) -> list[Request]:
    """Return requests for a scope whose keys nobody has used."""
    return [Request(secrets.token_hex(8), scope) for _ in range(count)]


class Runner:
    """Holds the store of a kit to one law after the other."""

    patience = 6.0  # seconds for one allocation that loses its race again and again

    def __init__(self, harness: Harness) -> None:
        self.harness, self.kit = harness, harness.kit
        self.contended: tuple[type[Exception], ...] = (ScopeContended, *self.kit.contended)
        self.found: list[str] = []  # what breaks a law
        self._law = ""

    def run(self, law: str) -> None:
        """Run one law by its name.

        Raises:
            LawBroken: If the store breaks it.
        """
        self.hold(law, getattr(self, law))

    def hold(self, law: str, check: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Run a check under the name of a law, and return its answer.

        Raises:
            LawBroken: If the store breaks it, whatever it raises.
            SkipTest: If the kit does not offer what the law is about.
        """
        self._law = law
        try:
            return self.harness.run(check)
        except HookMissing as missing:
            if not missing.optional:
                raise
            reason = f"the hook {missing.hook}() is not written, so “{law}” was not tried"
            raise SkipTest(reason) from None
        except (LawBroken, SkipTest):
            raise
        except Exception as error:
            if isinstance(error, Blocked):
                type(self.kit).blocked_in = law
            # Nobody disturbs a law: where nothing is to be refused, a refusal breaks it.
            raise self.broken(describe(error)) from error

    def broken(self, problem: str) -> LawBroken:
        """Note a problem, and return the error that names it with its law."""
        self.found.append(problem)
        return LawBroken(self._law, problem)

    def same(self, found: object, expected: object, what: str) -> None:
        """Compare what was found with what was due."""
        if found != expected:
            found, expected = excerpt(repr(found), 600), excerpt(repr(expected), 600)
            raise self.broken(f"{what}: {found}, where {expected} was due")

    async def nothing_is_lost(self, scope: NumberScope, answers: Sequence[Issued]) -> None:
        """Compare what many were answered with what is recorded."""
        await self._recorded(scope, sorted(answers, key=lambda issued: issued.number))
        if self.kit.gapless:
            await self._without_gap(scope, len(answers))

    async def patiently(self, requests: Sequence[Request]) -> tuple[Issued, ...]:
        """Allocate, trying again from outside; the kit needs no extra for that."""
        pause = self.harness.event()
        begun, attempt = time.monotonic(), 0
        while time.monotonic() - begun < self.patience:
            attempt += 1
            try:
                return await self._allocate(requests)
            except self.contended:
                await pause.wait(random.uniform(0, 0.002 * min(attempt, 20)))  # noqa: S311
        raise self.broken(f"{attempt} attempts, and every one lost its race")

    async def once(self, verb: str, *args: object) -> Any:
        """Call one verb, or one driver, in a transaction of its own."""
        async with self.harness.transaction() as store:
            return await getattr(store, verb)(*args)

    async def _allocate(self, requests: Sequence[Request]) -> tuple[Issued, ...]:
        given: tuple[Issued, ...] = await self.once("allocate", requests)
        return given

    async def _allocate_fresh(self, scope: NumberScope, count: int) -> tuple[Issued, ...]:
        return await self._allocate(fresh_requests(scope, count))

    async def _rolled_back(self, requests: Sequence[Request]) -> None:
        async with self._transaction() as store:
            await store.allocate(requests)
            raise RolledBack

    async def _not_appended(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued], what: str
    ) -> None:
        """Append and **commit**, though it is refused: nothing may have been written."""
        async with self._transaction(contended=True) as store:
            self.same(await store.append(scope, expected, issued), False, what)

    async def _refused(self, error: type[Exception], verb: str, *args: object) -> None:
        try:
            await self.once(verb, *args)
        except error:
            return
        raise self.broken(f"no {error.__name__} from {verb}() of {excerpt(repr(args), 600)}")

    @asynccontextmanager
    async def _transaction(self, *, contended: bool = False) -> AsyncIterator[Verbs]:
        """Open a transaction that may be left by RolledBack, and perhaps by a lost race."""
        errors: tuple[type[Exception], ...] = (RolledBack, *(self.contended if contended else ()))
        store: Verbs | None = None
        raised = False
        try:
            async with self.harness.transaction() as store:
                try:
                    yield store
                except BaseException:
                    raised = True
                    raise
            if raised:
                raise self.broken("the transaction hook swallows the exception that ends it")
            store.committed = True
        except errors:
            if store is None:  # it never began
                raise

    async def _recorded(self, scope: NumberScope, expected: Sequence[Issued]) -> None:
        """Compare what the store has, and what is committed behind its back, with its answers."""
        found = await self.harness.behind(scope)
        self.same(found, list(expected), f"what is recorded of scope {scope}")
        numbers = await self.once("numbers", scope)
        self.same(numbers, found, f"numbers of scope {scope}")

    async def _without_gap(self, scope: NumberScope, count: int) -> None:
        found = [issued.number.sequence for issued in await self.harness.behind(scope)]
        self.same(sorted(found), [*range(1, count + 1)], "sequences")
