"""How a store is held to a law: transactions, refusals, races, and what is recorded at the end."""

from __future__ import annotations

import random
import secrets
from typing import TYPE_CHECKING, Any, NoReturn

from sdcert.allocation import Issued, ScopeContended
from sdcert.errors import SdcertError
from sdcert.testing._ground import Ground, LawBroken, RolledBack, RollingBack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from sdcert.allocation import Request
    from sdcert.numbering import NumberScope

__all__ = ["Holding"]

# How long a side waits for another that may be blocked by it; long enough to get that far.
_MOMENT = 0.15


class Holding:
    """Holds the store on a ground to one law after the other."""

    attempts = 400

    def __init__(
        self,
        ground: Ground,
        *,
        gapless: bool = True,
        contended: tuple[type[Exception], ...] = (),
        sides: int = 4,
        rounds: int = 8,
    ) -> None:
        self.ground = ground
        self.gapless = gapless
        self.contended: tuple[type[Exception], ...] = (ScopeContended, *contended)
        self.sides, self.rounds = sides, rounds
        self._law = ""

    def run(self, law: str) -> None:
        """Run one law by its name.

        Raises:
            LawBroken: If the store breaks it.
        """
        self.hold(law, getattr(self, law))

    def hold(self, law: str, check: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a check under the name of a law.

        Raises:
            LawBroken: If the store breaks it.
        """
        self._law = law
        try:
            self.ground.run(check)
        except SdcertError as error:
            # Nobody disturbs a law: where nothing is to be refused, a refusal breaks it.
            raise LawBroken(law, f"{type(error).__name__}: {error}") from error

    async def nothing_is_lost(self, scope: NumberScope, answers: Sequence[Issued]) -> None:
        """Hold what many were answered against what is recorded."""
        await self._recorded(scope, sorted(answers, key=lambda issued: issued.number))
        if self.gapless:
            sequences = await self._sequences(scope)
            self._same(sequences, [*range(1, len(answers) + 1)], "sequences")

    async def _race(self, scope: NumberScope, last: int | None) -> None:
        """Two read the same; both append. At most one may be told True for what both read."""
        before = await self.ground.behind(scope)
        has_read, is_done = self.ground.event(), self.ground.event()
        told: list[tuple[Issued, int | None]] = []

        async def side(ready: Callable[[], Awaitable[object]]) -> None:
            transaction = self._transaction(contended=True)
            mine: list[tuple[Issued, int | None]] = []
            async with transaction as store:
                state = await store.read(scope, ())
                await ready()
                issued = Issued(secrets.token_hex(8), scope.number((state.last or 0) + 1))
                if await store.append(scope, state.last, [issued]) is not True:
                    raise RolledBack
                mine.append((issued, state.last))
            if transaction.committed:  # a race may be lost as late as that
                told.extend(mine)

        async def slow() -> None:
            async def ready() -> None:
                has_read.set()
                await is_done.wait(_MOMENT)

            await side(ready)
            has_read.set()

        async def quick() -> None:
            async def ready() -> None:
                return None

            await has_read.wait(10)
            await side(ready)
            is_done.set()

        await self.ground.together(slow, quick)
        winners = [issued for issued, expected in told if expected == last]
        self._same(len(winners), 1, "winners among those who read the same")
        # Whoever came to read after the winner's commit has appended behind it, lawfully.
        told.sort(key=lambda one: one[0].number)
        await self._recorded(scope, [*before, *(issued for issued, _ in told)])

    async def patiently(self, requests: Sequence[Request]) -> tuple[Issued, ...]:
        """Allocate, trying again from outside; the kit needs no extra for that."""
        pause = self.ground.event()
        for attempt in range(self.attempts):
            try:
                async with self.ground.transaction() as store:
                    return await store.allocate(requests)
            except self.contended:
                await pause.wait(random.uniform(0, 0.002 * min(attempt + 1, 20)))  # noqa: S311
        raise LawBroken(self._law, f"{self.attempts} attempts, and every one lost its race")

    async def _allocate(self, requests: Sequence[Request]) -> tuple[Issued, ...]:
        async with self.ground.transaction() as store:
            return await store.allocate(requests)

    async def _rolled_back(self, requests: Sequence[Request]) -> None:
        async with self._transaction() as store:
            await store.allocate(requests)
            raise RolledBack

    async def _appends(
        self,
        scope: NumberScope,
        expected: int | None,
        issued: Sequence[Issued],
        answer: bool,
        what: str,
    ) -> None:
        """Append and **commit**, whatever the answer: after False nothing may have been written."""
        async with self._transaction(contended=True) as store:
            self._same(await store.append(scope, expected, issued), answer, what)

    async def _refused(self, error: type[Exception], requests: Sequence[Request]) -> None:
        try:
            async with self.ground.transaction() as store:
                await store.allocate(requests)
        except error:
            return
        self._fail(f"no {error.__name__} for {[request.key for request in requests]}")

    def _transaction(self, *, contended: bool = False) -> RollingBack:
        errors: tuple[type[Exception], ...] = (RolledBack,)
        if contended:
            errors += self.contended
        return RollingBack(self.ground.transaction(), errors, self._fail)

    async def _recorded(self, scope: NumberScope, expected: Sequence[Issued]) -> None:
        """Hold what the store shows, and what lies behind its back, against what it answered."""
        by_number = sorted(await self.ground.behind(scope), key=lambda issued: issued.number.digits)
        self._same(by_number, list(expected), f"what is recorded of scope {scope}")
        async with self.ground.transaction() as store:
            self._same(await store.numbers(scope), by_number, f"numbers of scope {scope}")

    async def _sequences(self, scope: NumberScope) -> list[int]:
        return sorted(issued.number.sequence for issued in await self.ground.behind(scope))

    def _same(self, found: object, expected: object, what: str) -> None:
        if found != expected:
            self._fail(f"{what}: {found!r:.600}, where {expected!r:.600} was due")

    def _fail(self, said: str) -> NoReturn:
        raise LawBroken(self._law, said)
