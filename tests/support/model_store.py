"""A store that is a few dictionaries, without a mistake, and the kit around it.

The mistakes that the tests make are made in subclasses of ``Sound``.
"""

import copy
from contextlib import asynccontextmanager, contextmanager

import attrs

from sdcert.allocation import NumberNotIssued, State
from sdcert.testing.allocation import AllocationStoreTests, AsyncAllocationStoreTests


class Sound:
    """No mistake: what it knows is a copy for each transaction."""

    forgets_rollback = False
    voids_blindly = False

    def __init__(self):
        self.rows = []  # [scope, sequence, Issued]
        self.last = {}
        self.reasons = {}

    def counter(self, scope, issued=None):
        return scope

    def known(self, keys):
        keys = set(keys)
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

    def ended(self):
        """The transaction is over, one way or the other."""


class Kit(AllocationStoreTests):
    """Each transaction is a copy, put in place at the end."""

    processes = False

    def __init__(self, broken):
        self.store = broken()

    @contextmanager
    def transaction(self):
        joined = Joined(self)
        try:
            yield joined
            joined.commit()
        finally:
            joined.work.ended()

    @contextmanager
    def savepoint(self, store):
        before = store.copy(store.work)
        try:
            yield
        except BaseException:
            store.work.rows, store.work.last = before.rows, before.last
            store.work.reasons = before.reasons
            store.work.ended()
            raise

    def behind(self, scope):
        return [one for there, _, one in self.store.rows if there == scope]

    def reason(self, number):
        return self.store.reasons.get(number)


class Joined:
    """The store inside a transaction: it takes the lock with its first write, as databases do."""

    def __init__(self, kit):
        self.kit, self.base, self.written = kit, kit.store, False
        self.work = self.base if self.base.forgets_rollback else self.copy(self.base)
        self.work.joined = self
        self.begun = {row.key for _, _, row in self.base.rows}
        if hasattr(self.work, "advance"):
            self.advance = self._advance

    def copy(self, store):
        other = copy.copy(store)
        other.rows, other.last = [*map(list, store.rows)], dict(store.last)
        return other

    def refresh(self):
        """Take over what others have committed, as long as nothing of our own is written."""
        if self.kit.store is not self.base and not self.written:
            self.base = self.kit.store
            self.work.rows = [*map(list, self.base.rows)]
            self.work.last = dict(self.base.last)
            self.work.reasons = self.base.reasons

    def read(self, scope, keys):
        return self.work.read(scope, keys)

    def append(self, scope, expected, issued):
        self.refresh()
        self.written = True
        return self.work.append(scope, expected, issued)

    def void(self, number, reason):
        if not self.work.voids_blindly:
            self.refresh()
        self.written = True
        return self.work.void(number, reason)

    def numbers(self, scope):
        return self.work.numbers(scope)

    def _advance(self, scope, requests):
        self.written = True
        return self.work.advance(scope, requests)

    def commit(self):
        if self.written:
            self.kit.store = self.copy(self.work)
            self.base = self.kit.store


class AsyncKit(AsyncAllocationStoreTests):
    processes = False

    def __init__(self, broken):
        self.kit = Kit(broken)

    @asynccontextmanager
    async def transaction(self):
        with self.kit.transaction() as store:
            yield Awaited(store)

    @asynccontextmanager
    async def savepoint(self, store):
        with self.kit.savepoint(store.store):
            yield

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
