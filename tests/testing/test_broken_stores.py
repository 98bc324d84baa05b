"""The kit catches what it is there to catch: each broken store, by the name of a law.

Every store here is a small dictionary store with one mistake that has been made in the field.
"""

import copy
import threading
from contextlib import asynccontextmanager, contextmanager

import attrs
import pytest

from sdcert.allocation import Issued, NumberNotIssued, State
from sdcert.allocation.model import Advance
from sdcert.testing.allocation import (
    LAWS,
    AllocationStoreTests,
    AsyncAllocationStoreTests,
    LawBroken,
)


class Sound:
    """No mistake: a copy of everything for each transaction, one transaction at a time."""

    def __init__(self):
        self.rows = []  # [scope, sequence, Issued]
        self.last = {}
        self.reasons = {}

    def counter(self, scope, issued=None):
        return scope

    def known(self, keys):
        return {row.key: row for _, _, row in self.rows if row.key in keys}

    def read(self, scope, keys):
        return State(self.last.get(self.counter(scope)), self.known(keys))

    def append(self, scope, expected, issued):
        if self.last.get(self.counter(scope)) != expected or self.taken(scope, issued):
            return False
        return self.write(scope, expected, issued)

    def taken(self, scope, issued):
        digits = {row.number.digits for _, _, row in self.rows}
        return bool(self.known({i.key for i in issued} - {None})) or any(
            i.number.digits in digits for i in issued
        )

    def write(self, scope, expected, issued):
        for one in issued:
            self.rows.append([scope, one.number.sequence, one])
        self.last[self.counter(scope)] = max(expected or 0, issued[-1].number.sequence)
        return True

    def void(self, number, reason):
        for row in self.rows:
            if row[2].number == number:
                row[2] = attrs.evolve(row[2], voided=True)
                self.reasons = {number: reason} | self.reasons
                return
        raise NumberNotIssued(number)

    def numbers(self, scope):
        mine = [(sequence, one) for there, sequence, one in self.rows if there == scope]
        yield from (one for _, one in sorted(mine, key=lambda pair: pair[0]))


class IgnoresExpected(Sound):
    def append(self, scope, expected, issued):
        return not self.taken(scope, issued) and self.write(scope, expected, issued)


class LosesKeys(Sound):
    def read(self, scope, keys):
        return State(self.last.get(scope), {})

    def taken(self, scope, issued):
        return False


class NotAtomicInABatch(Sound):
    def append(self, scope, expected, issued):
        if self.last.get(scope) != expected:
            return False
        for one in issued:
            if self.taken(scope, [one]):
                return False
            self.write(scope, expected, [one])
        return True


class ForgetsRollback(Sound):
    pass


class WrapsAt99999(Sound):
    def read(self, scope, keys):
        state = super().read(scope, keys)
        return attrs.evolve(state, last=(state.last or 0) % 99_999 or None)

    def append(self, scope, expected, issued):
        if (self.last.get(scope) or 0) % 99_999 != (expected or 0):
            return False
        return not self.taken(scope, issued) and self.write(scope, expected, issued)


class OneCounterForAllScopes(Sound):
    def counter(self, scope, issued=None):
        return None


class CountsMarkerApart(Sound):
    def append(self, scope, expected, issued):
        if not any(one.number.grassroots for one in issued):
            return super().append(scope, expected, issued)
        plain = self.last.get(scope)
        self.last[scope] = self.last.get((scope, "marker"), expected)
        done = super().append(scope, self.last[scope], issued)
        self.last[scope, "marker"], self.last[scope] = self.last[scope], plain
        return done


class ReissuesVoided(Sound):
    def void(self, number, reason):
        super().void(number, reason)
        if self.last[number.scope] == number.sequence:
            self.rows = [row for row in self.rows if row[2].number != number]
            self.last[number.scope] = number.sequence - 1 or None


class KeepsTheLastReason(Sound):
    def void(self, number, reason):
        super().void(number, reason)
        self.reasons = self.reasons | {number: reason}


class DuplicatesOnFirstUse(Sound):
    def append(self, scope, expected, issued):
        if expected is None:
            return self.write(scope, None, issued)
        return super().append(scope, expected, issued)


class ForgetsTheMarker(Sound):
    def write(self, scope, expected, issued):
        return super().write(
            scope, expected, [attrs.evolve(one, number=one.number.base) for one in issued]
        )


class FoldsCase(Sound):
    def known(self, keys):
        folded = {key.casefold(): key for key in keys}
        return {
            folded[row.key.casefold()]: attrs.evolve(row, key=folded[row.key.casefold()])
            for _, _, row in self.rows
            if row.key is not None and row.key.casefold() in folded
        }


class CountsBackOnALateFind(Sound):
    def write(self, scope, expected, issued):
        return super().write(scope, None, issued)


class HidesItsOwnWrites(Sound):
    seen = None

    def read(self, scope, keys):
        self.seen = self.seen or (dict(self.last), self.known(keys))
        return State(self.seen[0].get(scope), {k: v for k, v in self.seen[1].items() if k in keys})


class PreviewConsumes(Sound):
    def read(self, scope, keys):
        state = super().read(scope, keys)
        if not keys:
            return state
        spent = set(keys) - set(state.issued)
        if spent:
            self.last[scope] = (state.last or 0) + len(spent)
        return attrs.evolve(state, last=self.last.get(scope))


class LosesLeadingZeros(Sound):
    """The codes stand in columns of integers."""

    def write(self, scope, expected, issued):
        lost = [
            attrs.evolve(
                one,
                number=one.number.replace(
                    region_code=f"{int(scope.region_code)}".ljust(5, "0"),
                    series_code=f"{int(scope.series_code)}".ljust(3, "0"),
                ),
            )
            for one in issued
        ]
        return super().write(scope, expected, lost)


class CutsKeys(Sound):
    """The column for the keys is too short, and the database says nothing."""

    def known(self, keys):
        cut = {key[:64]: key for key in keys}
        return {cut[k]: attrs.evolve(r, key=cut[k]) for k, r in super().known(cut).items()}

    def write(self, scope, expected, issued):
        cut = [attrs.evolve(one, key=one.key and one.key[:64]) for one in issued]
        return super().write(scope, expected, cut)


class KnowsTheBMPOnly(Sound):
    def write(self, scope, expected, issued):
        folded = [
            attrs.evolve(one, key=one.key and "".join(min(c, "\ufffd") for c in one.key))
            for one in issued
        ]
        return super().write(scope, expected, folded)


class WritesAHundred(Sound):
    def append(self, scope, expected, issued):
        return super().append(scope, expected, issued[:100])


class ReadsAHundred(Sound):
    def read(self, scope, keys):
        return super().read(scope, keys[:100])


class LiesInOneStatement(Sound):
    """Sound by two verbs; its one-statement path does not look for the keys."""

    def advance(self, scope, requests):
        state = self.read(scope, ())
        first = (state.last or 0) + 1
        self.write(
            scope,
            state.last,
            [
                Issued(request.key, scope.number(place, request.grassroots))
                for place, request in enumerate(requests, first)
            ],
        )
        return Advance(state, first)


class Kit(AllocationStoreTests):
    processes = False

    def __init__(self, broken):
        self.store = broken()
        self.lock = threading.Lock()

    @contextmanager
    def transaction(self):
        """Copy, and put the copy in place if nobody else has: contention is a lost race."""
        before = self.store
        work = before if isinstance(before, ForgetsRollback) else copy.copy(before)
        work.rows = [*map(list, before.rows)] if work is not before else before.rows
        work.last = dict(before.last) if work is not before else before.last
        # A transaction that races sees what has been committed meanwhile.
        mine = Joined(self, work)
        yield mine
        mine.commit()

    def behind(self, scope):
        return [one for there, _, one in self.store.rows if there == scope]

    def reason(self, number):
        return self.store.reasons.get(number)


class Joined:
    """The store inside a transaction: it takes the lock with its first write, as databases do."""

    def __init__(self, kit, work):
        self.kit, self.work, self.base = kit, work, kit.store
        if hasattr(work, "advance"):
            self.advance = self._advance

    def refresh(self):
        """Take over what others have committed, as long as nothing of our own is written."""
        if self.kit.store is not self.base:
            self.base = self.kit.store
            seen = getattr(self.work, "seen", None)
            self.work = copy.copy(self.base)
            self.work.rows = [*map(list, self.base.rows)]
            self.work.last = dict(self.base.last)
            if seen is not None:
                self.work.seen = seen

    def read(self, scope, keys):
        return self.work.read(scope, keys)

    def append(self, scope, expected, issued):
        self.refresh()
        return self.work.append(scope, expected, issued)

    def void(self, number, reason):
        return self.work.void(number, reason)

    def numbers(self, scope):
        return self.work.numbers(scope)

    def _advance(self, scope, requests):
        return self.work.advance(scope, requests)

    def commit(self):
        if hasattr(self.work, "seen"):
            self.work.seen = None
        self.kit.store = self.work


class AsyncKit(AsyncAllocationStoreTests):
    processes = False

    def __init__(self, broken):
        self.kit = Kit(broken)

    @asynccontextmanager
    async def transaction(self):
        with self.kit.transaction() as store:
            yield Awaited(store)

    async def behind(self, scope):
        return self.kit.behind(scope)

    async def reason(self, number):
        return self.kit.reason(number)


class Awaited:
    def __init__(self, store):
        self.store = store
        if hasattr(store, "advance"):
            self.advance = self._advance

    async def read(self, scope, keys):
        return self.store.read(scope, keys)

    async def append(self, scope, expected, issued):
        return self.store.append(scope, expected, issued)

    async def void(self, number, reason):
        self.store.void(number, reason)

    async def numbers(self, scope):
        for one in self.store.numbers(scope):
            yield one

    async def _advance(self, scope, requests):
        return self.store.advance(scope, requests)


# The probes with threads need a store that is safe between threads; this one is a model.
EVERY = [law for law in LAWS if law != "concurrency"]

# Each mistake, and the law that must name it.
MISTAKES = {
    IgnoresExpected: "lost_race_writes_nothing",
    LosesKeys: "idempotence",
    NotAtomicInABatch: "batch_atomicity",
    ForgetsRollback: "rollback_leaves_nothing",
    WrapsAt99999: "exhaustion",
    OneCounterForAllScopes: "scopes_are_independent",
    CountsMarkerApart: "marker_shares_the_counter",
    ReissuesVoided: "voided_never_returns",
    KeepsTheLastReason: "first_reason_stays",
    DuplicatesOnFirstUse: "first_use_race",
    ForgetsTheMarker: "marker_shares_the_counter",
    FoldsCase: "keys_are_compared_exactly",
    CountsBackOnALateFind: "adoption",
    HidesItsOwnWrites: "read_your_writes",
    PreviewConsumes: "preview_changes_nothing",
    LiesInOneStatement: "idempotence",
    LosesLeadingZeros: "scopes_are_independent",
    CutsKeys: "keys_are_compared_exactly",
    KnowsTheBMPOnly: "keys_are_compared_exactly",
    WritesAHundred: "large_batches",
    ReadsAHundred: "large_batches",
}


@pytest.mark.parametrize("kit", [Kit, AsyncKit])
@pytest.mark.parametrize("law", EVERY)
def test_a_sound_store_passes(kit, law):
    getattr(kit(Sound), f"test_{law}")()


@pytest.mark.parametrize("kit", [Kit, AsyncKit])
@pytest.mark.parametrize(
    ("broken", "law"), MISTAKES.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_a_broken_store_is_caught_by_name(kit, broken, law):
    with pytest.raises(LawBroken) as caught:
        getattr(kit(broken), f"test_{law}")()
    assert caught.value.law == law
    assert f"the law “{law}” is broken: " in str(caught.value)
