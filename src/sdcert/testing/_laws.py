"""The laws that every allocation store is held to, each in one sentence.

Every law draws its own scope and its own keys, so a store need not be empty. The laws of what
happens at once are in :mod:`sdcert.testing._races`.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from unittest import SkipTest

import attrs

from sdcert.allocation import (
    AdoptionConflict,
    Issued,
    NumberNotIssued,
    Request,
    RequestConflict,
    ScopeExhausted,
    State,
)
from sdcert.allocation.model import KEY_LIMIT, REASON_LIMIT
from sdcert.allocation.policy import LAST
from sdcert.numbering import NumberScope
from sdcert.testing._harness import RolledBack, end
from sdcert.testing._races import RaceLaws
from sdcert.testing._runner import fresh_requests, fresh_scope

__all__ = ["LAWS", "Laws"]


# More than the parameters that SQL Server (2,100) or Oracle (1,000 in a list) take at once.
_THOUSANDS = 2_200

# As long as a reason may be, of characters beyond the BMP, four bytes each; and no two alike.
_LONG = "".join(chr(0x20000 + place) for place in range(REASON_LIMIT))


class Laws(RaceLaws):
    """All laws, over a harness. Each is an ``async def`` named for what it demands."""

    async def uniqueness(self) -> None:
        """No number is given out twice, within a batch and from batch to batch."""
        scope = fresh_scope(zeros=True)
        given = [one for size in (1, 3, 1, 5) for one in await self._allocate_fresh(scope, size)]
        self.same(len({issued.number.digits for issued in given}), 10, "distinct numbers")
        await self._recorded(scope, given)

    async def gaplessness(self) -> None:
        """Numbers begin with 00001 and follow one another, also past what was rolled back."""
        if not self.kit.gapless:
            raise SkipTest("the kit declares gapless = False, so gaps were not looked for")
        scope = fresh_scope()
        for size in (2, 1, 4):
            await self._rolled_back(fresh_requests(scope, size))
            await self._allocate_fresh(scope, size)
        await self._without_gap(scope, 7)

    async def idempotence(self) -> None:
        """A key that comes again gets the number it has, alone, in a batch, twice in a batch."""
        scope = fresh_scope(zeros=True)
        requests = fresh_requests(scope, 3)
        first = await self._allocate(requests)
        self.same(await self._allocate(requests), first, "answers to the same batch")
        self.same(await self._allocate(requests[1:2]), first[1:2], "the answer to one of them")
        mixed = [requests[2], *fresh_requests(scope, 2), requests[0], requests[2]]
        third, *fresh, again, once_more = await self._allocate(mixed)
        old = [third, again, once_more]
        self.same(old, [first[2], first[0], first[2]], "old keys among new ones")
        await self._recorded(scope, [*first, *fresh])

    async def keys_are_unique_over_the_store(self) -> None:
        """A key is known in whatever scope it was issued, and stands for nothing else there."""
        scope, other = fresh_scope(), fresh_scope()
        [request] = fresh_requests(scope, 1)
        [issued] = await self._allocate([request])
        state = await self.once("read", other, [request.key])
        self.same(dict(state.issued), {request.key: issued}, "the key, asked elsewhere")
        self.same(state.last, None, "the last sequence of the other scope")
        for asked in (Request(request.key, other), Request(request.key, scope, grassroots=True)):
            batch = [asked, *fresh_requests(asked.scope, 1)]
            await self._refused(RequestConflict, "allocate", batch)
        await self._recorded(other, [])
        async with self._transaction() as store:
            taken = Issued(request.key, other.number(1))
            self.same(await store.append(other, None, [taken]), False, "a taken key, appended")
            raise RolledBack
        await self._recorded(other, [])
        await self._recorded(scope, [issued])

    async def keys_are_compared_exactly(self) -> None:
        """Keys that differ in case, accent, width or composition are different keys.

        And so are keys that differ in the last of 200 characters, or beyond the BMP, and keys of
        digits that are one number.
        """
        scope = fresh_scope()
        stem = secrets.token_hex(6)
        room = KEY_LIMIT - len(stem) - 2
        endings = ["a", "A", "á", "a\u0301", "ａ", "ß", "ss", "甲", "a_", "a%", "a'", 'a"', "a\\"]
        endings += ["𠮷", "𠮸", "😀", "😁", *("x" * room + end for end in "12"), "𠮷" * (room + 1)]
        keys = [f"{stem}-{ending}" for ending in endings]
        digits = str(10**17 + secrets.randbelow(10**17))  # more than a float tells apart
        keys += [f"{digits}1", f"{digits}2", f"0{digits}1", f"{digits}1.0", f"+{digits}1"]
        requests = [Request(key, scope) for key in keys]
        given = await self._allocate(requests)
        self.same(len({issued.number for issued in given}), len(keys), "distinct numbers")
        again = [(await self._allocate([request]))[0] for request in requests]
        self.same(tuple(again), given, "answers key by key")

    async def large_batches(self) -> None:
        """A batch of thousands is written whole, and read whole when it comes again."""
        scope = fresh_scope()
        known = fresh_requests(scope, _THOUSANDS)
        first = await self._allocate(known)
        self.same([i.number.sequence for i in first], [*range(1, _THOUSANDS + 1)], "sequences")
        await self._recorded(scope, first)
        self.same(await self._allocate(known), first, "answers to the same batch")
        more = await self._allocate([*fresh_requests(scope, 300), *known])
        self.same(more[300:], first, "old keys behind new ones")
        await self._recorded(scope, [*first, *more[:300]])

    async def batch_atomicity(self) -> None:
        """Of a batch that cannot be written whole, nothing is written, even if it is committed."""
        scope, other = fresh_scope(), fresh_scope()
        [elsewhere] = await self._allocate_fresh(other, 1)
        [first] = await self._allocate_fresh(scope, 1)
        keys = [request.key for request in fresh_requests(scope, 3)]
        taken = [
            Issued(key, scope.number(place))
            for place, key in enumerate((keys[0], elsewhere.key, keys[1]), 2)
        ]
        await self._not_appended(scope, 1, taken, "a batch with a taken key")
        await self._recorded(scope, [first])
        marked = scope.number(1, grassroots=True)
        twice = [Issued(keys[0], marked), Issued(keys[1], scope.number(2))]
        await self._not_appended(scope, 1, twice, "a batch with taken digits")
        await self._recorded(scope, [first])
        fresh = await self._allocate_fresh(scope, 2)
        await self._recorded(scope, [first, *fresh])
        await self._recorded(other, [elsewhere])

    async def rollback_leaves_nothing(self) -> None:
        """What a transaction did is gone when it is rolled back: numbers, counter, keys, voids."""
        scope = fresh_scope()
        [kept] = await self._allocate_fresh(scope, 1)
        undone = fresh_requests(scope, 3)
        async with self._transaction() as store:
            await store.allocate(undone)
            await store.void(kept.number, "rolled back")
            raise RolledBack
        await self._recorded(scope, [kept])
        state = await self.once("read", scope, [request.key for request in undone])
        self.same(state, State(1, {}), "the state after the rollback")
        unused = fresh_scope()
        await self._rolled_back(fresh_requests(unused, 2))
        state = await self.once("read", unused, ())
        self.same(state.last, None, "an unused scope's last sequence")
        again = await self._allocate(undone[1:])
        await self._recorded(scope, [kept, *again])

    async def exhaustion(self) -> None:
        """99999 is the last; a batch that needs more gets nothing, and so does every later one."""
        scope, other = fresh_scope(), fresh_scope()
        history = [scope.number(LAST - 2)]
        await self.once("adopt", history)
        too_many = fresh_requests(scope, 3)
        for batch in (too_many, [*fresh_requests(other, 1), *too_many]):
            await self._refused(ScopeExhausted, "allocate", batch)
        await self._recorded(other, [])
        last = await self._allocate_fresh(scope, 2)
        self.same([issued.number.sequence for issued in last], [LAST - 1, LAST], "the last two")
        for size in (1, 2):
            await self._refused(ScopeExhausted, "allocate", fresh_requests(scope, size))
        await self._recorded(scope, [Issued(None, history[0]), *last])
        again = await self._allocate([Request(str(last[1].key), scope)])
        self.same(again, last[1:], "a retry in an exhausted scope")

    async def voided_never_returns(self) -> None:
        """A voided number keeps its place and its key, and is never given out again."""
        scope, elsewhere = fresh_scope(zeros=True), fresh_scope()
        requests = fresh_requests(scope, 3)
        given = await self._allocate(requests)
        async with self.harness.transaction() as store:  # the same sequences, without keys
            adopted = await store.adopt([elsewhere.number(place) for place in (2, 1, 3)])
            await store.void(elsewhere.number(2), "issued by mistake")
        for issued in (given[2], given[0]):
            async with self.harness.transaction() as store:
                await store.void(issued.number, "issued by mistake")
                await store.void(issued.number, "once more")
        fresh = await self._allocate_fresh(scope, 2)
        self.same([issued.number.sequence for issued in fresh], [4, 5], "new sequences")
        now = (_voided(given[0]), given[1], _voided(given[2]))
        self.same(await self._allocate(requests), now, "answers to retries")
        await self._recorded(scope, [*now, *fresh])
        await self._recorded(elsewhere, [adopted[1], _voided(adopted[0]), adopted[2]])
        for unknown in (scope.number(9), given[1].number.replace(grassroots=True)):
            await self._refused(NumberNotIssued, "void", unknown, "never issued")

    async def first_reason_stays(self) -> None:
        """The first reason of a voiding stays, whole, however long it is."""
        scope = fresh_scope()
        [given] = await self._allocate_fresh(scope, 1)
        dead = scope.number(5)
        await self.once("adopt", [Issued(None, dead, voided=True)])
        for number in (given.number, dead):
            for reason in (_LONG, "second"):
                await self.once("void", number, reason)
            self.same(await self.harness.reason(number), _LONG, "the reason kept")

    async def marker_shares_the_counter(self) -> None:
        """Numbers with and without the marker （基层） count in one row."""
        scope = fresh_scope()
        marks = [False, True, True, False]
        requests = [Request(secrets.token_hex(8), scope, mark) for mark in marks]
        batches = (requests[:2], requests[2:3], requests[3:])
        given = [issued for batch in batches for issued in await self._allocate(batch)]
        expected = [scope.number(place, mark) for place, mark in enumerate(marks, 1)]
        self.same([issued.number for issued in given], expected, "numbers")
        await self._recorded(scope, given)

    async def scopes_are_independent(self) -> None:
        """Another year, region or series is another counter; a batch may mix them."""
        for scope in (fresh_scope(), fresh_scope(zeros=True)):
            region, series = int(scope.region_code), int(scope.series_code)
            await self._are_independent(
                NumberScope(scope.year, scope.region_code, f"{series + 1:03}"),
                NumberScope(scope.year, f"{region + 1:05}", scope.series_code),
                NumberScope(scope.year + 1, scope.region_code, scope.series_code),
                scope,
            )
        far = fresh_scope()  # the first year and the last, which are 00 and 99 in the number
        await self._are_independent(*(attrs.evolve(far, year=year) for year in (2099, 2000)))

    async def _are_independent(self, *scopes: NumberScope) -> None:
        mixed = [Request(secrets.token_hex(8), scope) for _ in range(2) for scope in scopes]
        given = await self._allocate(mixed)
        expected = [scope.number(place) for place in (1, 2) for scope in scopes]
        self.same([issued.number for issued in given], expected, "numbers")
        for scope in scopes:
            await self._recorded(scope, [i for i in given if i.number.scope == scope])

    async def no_verb_ends_the_transaction(self) -> None:
        """No verb commits or rolls back: all of them, in one transaction.

        Once, with thousands of numbers, it is rolled back, and nothing is left; once, with few, it
        is committed, and all is there.
        """
        scope, other = fresh_scope(), fresh_scope()
        [kept] = await self._allocate_fresh(scope, 1)
        for commit, count in ((False, _THOUSANDS), (True, 2)):
            many = fresh_requests(other, count)
            async with self._transaction() as store:
                first = await store.allocate(fresh_requests(scope, 1))
                await store.read(other, [request.key for request in many])
                await store.preview(many)
                await store.void(kept.number, "in the same transaction")
                adopted = await store.adopt([fresh_scope().number(3)])
                await store.numbers(scope)
                given = await store.allocate(many)
                last = await store.allocate(fresh_requests(scope, 1))
                end(commit)
            here = [_voided(kept), *first, *last] if commit else [kept]
            await self._recorded(scope, here)
            await self._recorded(other, given if commit else ())
            await self._recorded(adopted[0].number.scope, adopted if commit else ())

    async def savepoints(self) -> None:
        """A savepoint of the host takes back what was done in it, and nothing else."""
        scope = fresh_scope()
        async with self.harness.transaction() as store:
            [first] = await store.allocate(fresh_requests(scope, 1))
            for size in (2, 1):
                undone = fresh_requests(scope, size)
                with suppress(RolledBack):
                    async with self.harness.savepoint(store):
                        await store.allocate(undone)
                        await store.void(first.number, "taken back")
                        raise RolledBack
                state = await store.read(scope, [request.key for request in undone])
                self.same(state, State(1, {}), "the state after the savepoint")
            async with self.harness.savepoint(store):
                [second] = await store.allocate(fresh_requests(scope, 1))
            [third] = await store.allocate(fresh_requests(scope, 1))
        await self._recorded(scope, [first, second, third])
        self.same(third.number.sequence, 3, "the sequence behind the savepoints")

    async def read_your_writes(self) -> None:
        """A transaction sees what it wrote itself, before it commits."""
        scope = fresh_scope()
        requests = fresh_requests(scope, 3)
        async with self.harness.transaction() as store:
            first = await store.allocate(requests[:2])
            state = await store.read(scope, [request.key for request in requests])
            issued = {request.key: one for request, one in zip(requests, first, strict=False)}
            self.same(state, State(2, issued), "the state within the transaction")
            self.same(await store.numbers(scope), list(first), "numbers within the transaction")
            self.same(await store.allocate(requests[:1]), first[:1], "a retry within it")
            await store.void(first[0].number, "at once")
            [dead] = await store.allocate(requests[:1])
            self.same(dead.voided, True, "voided within the transaction")
            [third] = await store.allocate(requests[2:])
        await self._recorded(scope, [dead, first[1], third])

    async def preview_changes_nothing(self) -> None:
        """A preview says what would be issued, and nothing has changed, even if it is committed."""
        scope = fresh_scope()
        requests = fresh_requests(scope, 2)
        await self.once("preview", requests)
        foreseen = await self.once("preview", requests)
        await self._recorded(scope, [])
        self.same(await self._allocate(requests), foreseen, "what was foreseen")

    async def adoption(self) -> None:
        """History is taken over whole or not at all; the counter goes on behind it."""
        scope = fresh_scope(zeros=True)
        key = secrets.token_hex(8)
        three = Issued(key, scope.number(3, grassroots=True))
        five = Issued(None, scope.number(5), voided=True)
        six, seven = scope.number(6), scope.number(7)
        for _ in range(2):  # the second time it is all there
            await self.once("adopt", [seven, three, five])
        adopted = [three, five, Issued(None, seven)]
        await self._recorded(scope, adopted)
        [fresh] = await self._allocate_fresh(scope, 1)
        self.same(fresh.number, scope.number(8), "the number behind the history")
        self.same(await self._allocate([Request(key, scope, True)]), (three,), "its key")
        for wrong in ([scope.number(9), scope.number(3)], [Issued(key, scope.number(4))]):
            await self._refused(AdoptionConflict, "adopt", wrong)
        await self.once("adopt", [six])  # found late, in a gap of the history
        [behind] = await self._allocate_fresh(scope, 1)
        self.same(behind.number, scope.number(9), "the number after a late find")
        await self._recorded(
            scope, [three, five, Issued(None, six), Issued(None, seven), fresh, behind]
        )


def _voided(issued: Issued) -> Issued:
    return attrs.evolve(issued, voided=True)


LAWS = tuple(
    name
    for owner in (Laws, RaceLaws)
    for name in vars(owner)
    if not name.startswith("_") and not name.endswith("_alone")
)
"""The names of all laws, in order."""
