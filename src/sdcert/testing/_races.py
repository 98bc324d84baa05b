"""The laws of what happens at once: each lets transactions overlap, and looks at what is left."""

from __future__ import annotations

import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from sdcert.allocation import Issued, Request, RequestConflict
from sdcert.testing._harness import RolledBack
from sdcert.testing._runner import Runner, fresh_requests, fresh_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sdcert.numbering import NumberScope

    Side = Callable[[], Coroutine[Any, Any, None]]

__all__ = ["RaceLaws"]

# How long a side waits for another that may be blocked by it; long enough to get that far.
_MOMENT = 0.1


class RaceLaws(Runner):
    """Laws over a harness. Each is an ``async def`` named for what it demands."""

    async def first_use_race(self) -> None:
        """Of two that find a scope unused, one gets 00001 and the other a lost race."""
        await self._race(fresh_scope(), None)

    async def lost_race_writes_nothing(self) -> None:
        """Whoever appends behind a number that is no longer the last is refused, leaving nothing.

        Both for an answer that went stale at rest and for one that goes stale under way.
        """
        scope = fresh_scope()
        given = await self._allocate_fresh(scope, 3)
        for stale in (None, 1, 2, 4):
            sequence = 4 if stale is None else stale + 1
            late = [Issued(secrets.token_hex(8), scope.number(sequence + 3))]
            await self._not_appended(scope, stale, late, f"an append behind {stale}")
        await self._recorded(scope, given)
        self.same((await self.once("read", scope, ())).last, 3, "the last sequence")
        await self._race(scope, 3)

    async def one_key_one_number(self) -> None:
        """One key that two transactions use at once, in one scope or in two, gets one number."""
        used, other, unused = fresh_scope(), fresh_scope(), fresh_scope()
        for scope in (used, other):
            await self._allocate_fresh(scope, 1)
        for scopes in ((used, used), (used, other), (other, unused)):
            key = secrets.token_hex(8)
            await self._overlap(*(partial(self._appends, scope, key) for scope in scopes))
            rows = [
                issued
                for scope in dict.fromkeys(scopes)
                for issued in await self.harness.behind(scope)
                if issued.key == key
            ]
            self.same(len(rows), 1, "numbers of one key that two used at once")
            state = await self.once("read", scopes[1], [key])
            self.same(dict(state.issued), {key: rows[0]}, "the key")

    async def voids_are_not_lost(self) -> None:
        """Of two that void in one scope at once, and allocate, neither undoes the other's work."""
        scope = fresh_scope()
        first, second = await self._allocate_fresh(scope, 2)
        expected = {first.number: first, second.number: second}

        async def works(dead: Issued, count: int, ready: Side) -> None:
            async with self._transaction(contended=True) as store:
                await store.read(scope, ())
                await ready()
                await store.void(dead.number, "at once")
                new = await store.allocate(fresh_requests(scope, count))
            if store.committed:
                expected.update({issued.number: issued for issued in new})
                expected[dead.number] = Issued(dead.key, dead.number, voided=True)

        await self._overlap(partial(works, first, 0), partial(works, second, 1))
        await self._recorded(scope, [expected[number] for number in sorted(expected)])

    async def nothing_uncommitted_is_read(self) -> None:
        """What a transaction has not committed, no other reads: it may be rolled back."""
        for used in (1, 0):
            scope = fresh_scope()
            before = [*await self._allocate_fresh(scope, used)]
            [request] = fresh_requests(scope, 1)
            await self._nothing_uncommitted(scope, request, before)

    async def _nothing_uncommitted(
        self, scope: NumberScope, request: Request, before: list[Issued]
    ) -> None:
        answers: list[Issued] = []

        async def writes(ready: Side) -> None:
            async with self._transaction(contended=True) as store:
                await store.allocate([request])
                await ready()
                raise RolledBack

        async def reads(_: Side) -> None:
            async with self._transaction(contended=True) as store:
                state = await store.read(scope, [request.key])
                numbers = await store.numbers(scope)
                self.same(dict(state.issued), {}, "an uncommitted key, read by another")
                self.same(state.last, len(before) or None, "an uncommitted last sequence")
                self.same(numbers, before, "uncommitted numbers, read by another")
            answers.extend(await self.patiently([request]))

        await self._overlap(writes, reads)
        await self._recorded(scope, [*before, *answers])

    async def keys_before_the_counter(self) -> None:
        """A number that is read is never beyond the last sequence that is read with it."""
        scope, begun, done = fresh_scope(), self.harness.event(), self.harness.event()
        requests = fresh_requests(scope, 4 * self.kit.rounds)
        keys = [request.key for request in requests]

        async def writes() -> None:
            try:
                await begun.wait(10)
                for request in requests:
                    await self.patiently([request])
                    await done.wait(0.0005)  # a reader may be between its two questions
            finally:
                done.set()

        async def reads() -> None:
            begun.set()
            while not await done.wait(0.0005):
                async with self._transaction(contended=True) as store:
                    state = await store.read(scope, keys)
                    sequences = [issued.number.sequence for issued in state.issued.values()]
                    beyond = [sequence for sequence in sequences if sequence > (state.last or 0)]
                    self.same(beyond, [], f"sequences issued beyond last = {state.last}")

        await self.harness.together(writes, reads, reads)

    async def concurrency(self) -> None:
        """Many at once, each in its own transaction: no duplicate, no gap, no answer lost."""
        scopes = [fresh_scope(), fresh_scope()]
        answers: list[Issued] = []

        async def works(number: int) -> None:
            for turn in range(self.kit.rounds):
                # Half of the batches mix the scopes, in opposite orders.
                order = scopes[:: 1 if number % 2 else -1] if turn % 2 else scopes[:1]
                requests = [request for one in order for request in fresh_requests(one, 1)]
                answers.extend(await self.patiently(requests))

        await self.harness.together(*(partial(works, side) for side in range(self.kit.sides)))
        for scope in scopes:
            await self.nothing_is_lost(scope, [i for i in answers if i.number.scope == scope])
        await self._one_key_for_many()

    async def _one_key_for_many(self) -> None:
        """As many sides as there are retry one key at once, in two scopes."""
        scopes, key = [fresh_scope(), fresh_scope()], secrets.token_hex(8)
        answers: list[Issued] = []

        async def works(number: int) -> None:
            with suppress(RequestConflict):  # the other scope was faster
                answers.extend(await self.patiently([Request(key, scopes[number % 2])]))

        await self.harness.together(*(partial(works, side) for side in range(self.kit.sides)))
        self.same(len({issued.number for issued in answers}), 1, "numbers of one key")
        rows = [i for scope in scopes for i in await self.harness.behind(scope)]
        self.same(rows, answers[:1], "what is recorded of one key")

    async def allocate_alone(self, scope: NumberScope) -> list[Issued]:
        """Allocate as one of many processes, each number in its own transaction."""
        return [
            issued
            for _ in range(self.kit.rounds)
            for issued in await self.patiently(fresh_requests(scope, 1))
        ]

    async def void_alone(self, issued: Issued) -> list[Issued]:
        """Void a number, in its own transaction."""
        await self.once("void", issued.number, "by another process")
        return []

    async def _race(self, scope: NumberScope, last: int | None) -> None:
        """Two read the same; both append. At most one may win with what both read."""
        before = await self.harness.behind(scope)
        won: list[tuple[Issued, int | None]] = []

        async def appends(ready: Side) -> None:
            won.extend(await self._appends(scope, secrets.token_hex(8), ready))

        await self._overlap(appends, appends)
        winners = [issued for issued, expected in won if expected == last]
        self.same(len(winners), 1, "winners among those who read the same")
        # Whoever came to read after the winner's commit has appended behind it, lawfully.
        won.sort(key=lambda one: one[0].number)
        await self._recorded(scope, [*before, *(issued for issued, _ in won)])

    async def _appends(
        self, scope: NumberScope, key: str, ready: Side
    ) -> list[tuple[Issued, int | None]]:
        """Append one number behind the last one, if the key has none; return both if committed."""
        async with self._transaction(contended=True) as store:
            state = await store.read(scope, [key])
            await ready()
            if state.issued:
                return []
            issued = Issued(key, scope.number((state.last or 0) + 1))
            if await store.append(scope, state.last, [issued]) is not True:
                raise RolledBack
        # A race may be lost as late as the commit.
        return [(issued, state.last)] if store.committed else []

    async def _overlap(
        self,
        first: Callable[[Side], Coroutine[Any, Any, object]],
        second: Callable[[Side], Coroutine[Any, Any, object]],
    ) -> None:
        """Let the second begin and end between two steps of the first, if the store lets it."""
        has_read, is_done = self.harness.event(), self.harness.event()

        async def pause() -> None:
            has_read.set()
            await is_done.wait(_MOMENT)

        async def go_on() -> None:
            return None

        async def slow() -> None:
            try:
                await first(pause)
            finally:
                has_read.set()

        async def quick() -> None:
            await has_read.wait(10)
            try:
                await second(go_on)
            finally:
                is_done.set()

        await self.harness.together(slow, quick)
