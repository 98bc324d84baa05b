"""Numbers in memory, with transactions: for tests, trials, and as the shortest model of a store.

Nothing outlives the process. A transaction claims the scopes and keys that it writes until it
ends; whoever comes second has lost at once (``ScopeContended``) and never waits, so nothing can
deadlock.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import attrs

from sdcert.allocation import (
    Issued,
    NumberNotIssued,
    ScopeContended,
    State,
    TransactionRequired,
)
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.stores._given import check_append, check_read, check_scope, check_void

__all__ = ["AsyncMemoryStore", "AsyncMemoryTransaction", "MemoryStore", "MemoryTransaction"]


class _Ledger:
    """Numbers by scope and sequence, last sequences, keys: committed, or of one transaction."""

    def __init__(self) -> None:
        self.last: dict[NumberScope, int] = {}
        self.numbers: dict[NumberScope, dict[int, Issued]] = {}
        self.keys: dict[str, tuple[NumberScope, int]] = {}
        self.reasons: dict[CertificateNumber, str] = {}

    def put(self, issued: Issued) -> None:
        scope, sequence = issued.number.scope, issued.number.sequence
        self.numbers.setdefault(scope, {})[sequence] = issued
        if issued.key is not None:
            self.keys[issued.key] = (scope, sequence)

    def merge(self, newer: _Ledger) -> None:
        self.last |= newer.last
        for scope, numbers in newer.numbers.items():
            self.numbers.setdefault(scope, {}).update(numbers)
        self.keys |= newer.keys
        self.reasons = newer.reasons | self.reasons


class MemoryStore:
    """Numbers in memory. Safe between threads.

    Used directly, each verb is a transaction of its own; :meth:`transaction` joins several.

    >>> from sdcert.allocation import Request, allocate
    >>> from sdcert.numbering import NumberScope
    >>> memory, scope = MemoryStore(), NumberScope(2018, "90020", "912")
    >>> with memory.transaction() as store:
    ...     answers = allocate(store, [Request("a", scope), Request("b", scope)])
    >>> [str(issued.number) for issued in memory.numbers(scope)]
    ['鲁189002091200001', '鲁189002091200002']
    >>> with memory.transaction() as store:
    ...     allocate(store, [Request("c", scope)])
    ...     raise RuntimeError("the host changes its mind")
    Traceback (most recent call last):
        ...
    RuntimeError: the host changes its mind
    >>> len(list(memory.numbers(scope)))
    2
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ledger = _Ledger()
        self._claims: dict[object, MemoryTransaction] = {}

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """Open a transaction: committed on leaving, rolled back on an exception."""
        transaction = MemoryTransaction(self._lock, self._ledger, self._claims)
        try:
            yield transaction
        except BaseException:
            transaction.end(commit=False)
            raise
        transaction.end(commit=True)

    def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`sdcert.allocation.AllocationStore.read`."""
        with self.transaction() as transaction:
            return transaction.read(scope, keys)

    def append(self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]) -> bool:
        """See :meth:`sdcert.allocation.AllocationStore.append`."""
        with self.transaction() as transaction:
            return transaction.append(scope, expected, issued)

    def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        with self.transaction() as transaction:
            transaction.void(number, reason)

    def numbers(self, scope: NumberScope) -> Iterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        with self.transaction() as transaction:
            return transaction.numbers(scope)

    def reason(self, number: CertificateNumber) -> str | None:
        """Return why a number was voided; None if it was not."""
        with self._lock:
            return self._ledger.reasons.get(number)


class MemoryTransaction:
    """One transaction on a :class:`MemoryStore`: an :class:`~sdcert.allocation.AllocationStore`.

    It sees what is committed (read committed) and what it has written itself. What it wrote is kept
    where the block ends well, and dropped where an exception ends it.

    >>> from sdcert.allocation import Request, allocate
    >>> scope = NumberScope(2024, "91020", "603")
    >>> store = MemoryStore()
    >>> with store.transaction() as transaction:
    ...     [issued] = allocate(transaction, [Request("form-1", scope)])
    >>> with store.transaction() as transaction:
    ...     transaction.read(scope, ["form-1"]).last
    1
    """

    def __init__(
        self, lock: threading.Lock, ledger: _Ledger, claims: dict[object, MemoryTransaction]
    ) -> None:
        self._lock = lock
        self._ledger = ledger
        self._claims = claims
        self._own = _Ledger()
        self._over = False

    def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`sdcert.allocation.AllocationStore.read`."""
        check_read(scope, keys)
        with self._lock:
            self._check()
            issued = {}
            for key in keys:
                place = self._own.keys.get(key) or self._ledger.keys.get(key)
                found = None if place is None else self._find(*place)
                if found is not None:
                    issued[key] = found
            return State(self._last(scope), issued)

    def append(self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]) -> bool:
        """See :meth:`sdcert.allocation.AllocationStore.append`."""
        check_append(scope, issued)
        with self._lock:
            self._check()
            keys = [entry.key for entry in issued if entry.key is not None]
            claims: list[object] = [scope, *keys]
            if any(self._claims.get(claim, self) is not self for claim in claims):
                raise ScopeContended(scope)
            if (
                self._last(scope) != expected
                or any(key in self._own.keys or key in self._ledger.keys for key in keys)
                or any(self._find(scope, entry.number.sequence) for entry in issued)
            ):
                return False
            self._claims.update(dict.fromkeys(claims, self))
            for entry in issued:
                self._own.put(entry)
            self._own.last[scope] = max(expected or 0, *(e.number.sequence for e in issued))
            return True

    def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        check_void(number, reason)
        with self._lock:
            self._check()
            recorded = self._find(number.scope, number.sequence)
            if recorded is None or recorded.number != number:
                raise NumberNotIssued(number, None if recorded is None else recorded.number)
            if not recorded.voided:
                self._own.put(attrs.evolve(recorded, voided=True))
            # A number that was adopted as voided has no reason yet, and is given the first one.
            if number not in self._ledger.reasons:
                self._own.reasons.setdefault(number, reason)

    def numbers(self, scope: NumberScope) -> Iterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        check_scope(scope)
        with self._lock:
            self._check()
            ledgers = (self._ledger.numbers, self._own.numbers)
            merged = {s: i for numbers in ledgers for s, i in numbers.get(scope, {}).items()}
            return iter([merged[sequence] for sequence in sorted(merged)])

    def end(self, *, commit: bool) -> None:
        """Commit or roll back; afterwards the transaction refuses every verb."""
        with self._lock:
            self._check()
            self._over = True
            if commit:
                self._ledger.merge(self._own)
            for claim in [claim for claim, holder in self._claims.items() if holder is self]:
                del self._claims[claim]

    def _check(self) -> None:
        if self._over:
            raise TransactionRequired(type(self).__name__)

    def _last(self, scope: NumberScope) -> int | None:
        return self._own.last.get(scope, self._ledger.last.get(scope))

    def _find(self, scope: NumberScope, sequence: int) -> Issued | None:
        own = self._own.numbers.get(scope, {}).get(sequence)
        return own or self._ledger.numbers.get(scope, {}).get(sequence)


class _AsyncVerbs:
    """The verbs of a store in memory, awaited."""

    def __init__(self, store: MemoryTransaction | MemoryStore) -> None:
        self._store = store

    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`sdcert.allocation.AllocationStore.read`."""
        return self._store.read(scope, keys)

    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool:
        """See :meth:`sdcert.allocation.AllocationStore.append`."""
        return self._store.append(scope, expected, issued)

    async def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`sdcert.allocation.AllocationStore.void`."""
        self._store.void(number, reason)

    async def numbers(self, scope: NumberScope) -> AsyncIterator[Issued]:
        """See :meth:`sdcert.allocation.AllocationStore.numbers`."""
        for issued in self._store.numbers(scope):
            yield issued


class AsyncMemoryTransaction(_AsyncVerbs):
    """One transaction on an :class:`AsyncMemoryStore`.

    >>> import asyncio
    >>> from sdcert.allocation import Request, allocate_async
    >>> async def main():
    ...     async with AsyncMemoryStore().transaction() as transaction:
    ...         scope = NumberScope(2024, "91020", "603")
    ...         [issued] = await allocate_async(transaction, [Request("form-1", scope)])
    ...     return str(issued.number)
    >>> asyncio.run(main())
    '鲁249102060300001'
    """


class AsyncMemoryStore(_AsyncVerbs):
    """:class:`MemoryStore` for asynchronous code. It never waits, so it never blocks the loop.

    >>> import asyncio
    >>> from sdcert import NumberScope, Request
    >>> from sdcert.allocation import allocate_async
    >>> from sdcert.stores import AsyncMemoryStore
    >>> async def main():
    ...     async with AsyncMemoryStore().transaction() as store:
    ...         scope = NumberScope(2024, "91020", "603")
    ...         return await allocate_async(store, [Request("form-1", scope)])
    >>> asyncio.run(main())[0].number.sequence
    1
    """

    _store: MemoryStore

    def __init__(self) -> None:
        super().__init__(MemoryStore())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncMemoryTransaction]:
        """Open a transaction: committed on leaving, rolled back on an exception."""
        with self._store.transaction() as transaction:
            yield AsyncMemoryTransaction(transaction)
