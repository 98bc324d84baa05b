"""The drivers: read, plan (pure), append, around a store, in the host's own transaction.

Nothing here commits, rolls back, sleeps or tries again. Whoever owns the transaction does, and
``retrying`` helps from outside. The asynchronous drivers are the same steps, awaited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdcert.allocation.errors import BrokenStore, ScopeContended
from sdcert.allocation.model import REASON_LIMIT, State, check_text
from sdcert.allocation.planning import Adoption, Batch
from sdcert.numbering import CertificateNumber

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdcert.allocation.model import (
        Advance,
        AllocationStore,
        AsyncAllocationStore,
        Issued,
        Request,
    )
    from sdcert.allocation.planning import Plan
    from sdcert.numbering import NumberScope

__all__ = [
    "adopt",
    "adopt_async",
    "allocate",
    "allocate_async",
    "preview",
    "preview_async",
    "void",
    "void_async",
]


def allocate(store: AllocationStore, requests: Iterable[Request]) -> tuple[Issued, ...]:
    """Give out numbers, inside the host's transaction.

    Save what the numbers are for in the same transaction, and commit before you show them to
    anybody: until then nothing has been issued.

    Args:
        store: The host's storage, joined to its transaction.
        requests: One or many; scopes may be mixed. A key that has been answered before gets the
            same number again, also within the batch, and also if it has been voided since
            (``voided`` is then True).

    Returns:
        One answer for each request, in the order of the requests.

    Raises:
        RequestConflict: If a key stands for something else already. Nothing was written.
        ScopeExhausted: If a scope has too few numbers left. Nothing was written.
        ScopeContended: If somebody else was faster: roll back and start again.
        BrokenStore: If the store contradicts itself: roll back.

    >>> from sdcert.allocation import Request
    >>> from sdcert.numbering import NumberScope
    >>> from sdcert.stores import MemoryStore
    >>> memory, scope = MemoryStore(), NumberScope(2018, "90020", "912")
    >>> with memory.transaction() as store:
    ...     [issued] = allocate(store, [Request("teacher-7", scope)])
    >>> str(issued.number)
    '鲁189002091200001'
    >>> with memory.transaction() as store:
    ...     allocate(store, [Request("teacher-7", NumberScope(2019, "90020", "912"))])
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.RequestConflict: request key “teacher-7” has number 鲁18900209120...
    """
    batch = Batch(requests)
    advance = getattr(store, "advance", None)
    if advance is not None and len(batch.groups) == 1:
        [(scope, distinct)] = batch.groups.items()
        ahead = advance(scope, distinct)
        planned = batch.plan({scope: ahead.state})
        if _is_written(scope, ahead, planned):
            return planned.answers
    else:
        planned = batch.plan(
            {scope: store.read(scope, batch.keys(scope)) for scope in batch.groups}
        )
    _append(store, planned)
    return planned.answers


async def allocate_async(
    store: AsyncAllocationStore, requests: Iterable[Request]
) -> tuple[Issued, ...]:
    """Give out numbers: :func:`allocate`, awaited."""
    batch = Batch(requests)
    advance = getattr(store, "advance", None)
    if advance is not None and len(batch.groups) == 1:
        [(scope, distinct)] = batch.groups.items()
        ahead = await advance(scope, distinct)
        planned = batch.plan({scope: ahead.state})
        if _is_written(scope, ahead, planned):
            return planned.answers
    else:
        planned = batch.plan(
            {scope: await store.read(scope, batch.keys(scope)) for scope in batch.groups}
        )
    await _append_async(store, planned)
    return planned.answers


def preview(store: AllocationStore, requests: Iterable[Request]) -> tuple[Issued, ...]:
    """Say what :func:`allocate` would answer now, and change nothing.

    It promises nothing: somebody else may take the numbers before you do.

    Args:
        store: As for :func:`allocate`.
        requests: As for :func:`allocate`.

    Returns:
        What would be issued, in the order of the requests.

    Raises:
        RequestConflict: As :func:`allocate` would.
        ScopeExhausted: As :func:`allocate` would.
        BrokenStore: As :func:`allocate` would.

    >>> from sdcert.allocation import Request
    >>> from sdcert.numbering import NumberScope
    >>> from sdcert.stores import MemoryStore
    >>> asked = [Request("a", NumberScope(2018, "90020", "912"))]
    >>> store = MemoryStore()
    >>> preview(store, asked) == preview(store, asked) == allocate(store, asked)
    True
    >>> preview(store, [Request("a", NumberScope(2018, "90020", "913"))])
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.RequestConflict: request key “a” has number 鲁189002091200001; ...
    """
    batch = Batch(requests)
    return batch.plan(
        {scope: store.read(scope, batch.keys(scope)) for scope in batch.groups}
    ).answers


async def preview_async(
    store: AsyncAllocationStore, requests: Iterable[Request]
) -> tuple[Issued, ...]:
    """Say what would be issued: :func:`preview`, awaited."""
    batch = Batch(requests)
    return batch.plan(
        {scope: await store.read(scope, batch.keys(scope)) for scope in batch.groups}
    ).answers


def void(store: AllocationStore, number: CertificateNumber, reason: str) -> None:
    """Void a number, inside the host's transaction. It is never given out again.

    A retry of its key is answered with it and ``voided=True``. Voiding twice keeps the first
    reason. (That a voided number never returns is a reading of 一证一号.)

    Args:
        store: As for :func:`allocate`.
        number: The number with the marker that it was issued with.
        reason: Why; 1 through 1000 printable characters, for the record.

    Raises:
        NumberNotIssued: If the store has no such number.
        InvalidRequest: If the reason is empty, too long, or holds what it must not.
        TypeError: If ``number`` is no :class:`~sdcert.numbering.CertificateNumber`.

    >>> from sdcert.allocation import Request
    >>> from sdcert.numbering import NumberScope
    >>> from sdcert.stores import MemoryStore
    >>> store, asked = MemoryStore(), [Request("a", NumberScope(2018, "90020", "912"))]
    >>> [issued] = allocate(store, asked)
    >>> void(store, issued.number, "wrong series")
    >>> allocate(store, asked)[0].voided
    True
    >>> void(store, issued.number.replace(sequence=2), "wrong series")
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.NumberNotIssued: number 鲁189002091200002 was not issued by this store
    """
    store.void(_number(number), check_text(reason, "reason", REASON_LIMIT))


async def void_async(store: AsyncAllocationStore, number: CertificateNumber, reason: str) -> None:
    """Void a number: :func:`void`, awaited."""
    await store.void(_number(number), check_text(reason, "reason", REASON_LIMIT))


def adopt(
    store: AllocationStore, numbers: Iterable[CertificateNumber | Issued]
) -> tuple[Issued, ...]:
    """Take over numbers that were given out before, inside the host's transaction, all or none.

    History first, counters after it: each scope goes on behind its greatest number. Gaps in the
    history stay gaps. Adopting the same numbers again changes nothing.

    Args:
        store: As for :func:`allocate`.
        numbers: Numbers, or :class:`Issued` where the key is known or the number was voided.

    Returns:
        What the store now holds for each of them, in the order given.

    Raises:
        AdoptionConflict: If anything stands against any of them, such as the same 15 digits with
            and without the marker （基层）; all conflicts are reported, nothing was written.
        ScopeContended: If somebody else was faster: roll back and start again.

    >>> from sdcert.allocation import Request
    >>> from sdcert.numbering import NumberScope
    >>> from sdcert.stores import MemoryStore
    >>> store, scope = MemoryStore(), NumberScope(2018, "90020", "912")
    >>> _ = adopt(store, [scope.number(5), scope.number(3, grassroots=True)])
    >>> [str(issued.number) for issued in allocate(store, [Request("a", scope)])]
    ['鲁189002091200006']
    >>> adopt(store, [scope.number(4), scope.number(3)])
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.AdoptionConflict: 1 conflicts, nothing adopted: 鲁189002091200003 ...
    """
    adoption = Adoption(numbers)
    planned = adoption.plan(
        {scope: store.read(scope, adoption.keys(scope)) for scope in adoption.groups},
        {scope: store.numbers(scope) for scope in adoption.groups},
    )
    _append(store, planned)
    return planned.answers


async def adopt_async(
    store: AsyncAllocationStore, numbers: Iterable[CertificateNumber | Issued]
) -> tuple[Issued, ...]:
    """Take over numbers that were given out before: :func:`adopt`, awaited."""
    adoption = Adoption(numbers)
    states: dict[NumberScope, State] = {}
    present: dict[NumberScope, list[Issued]] = {}
    for scope in adoption.groups:
        states[scope] = await store.read(scope, adoption.keys(scope))
        present[scope] = [issued async for issued in store.numbers(scope)]
    planned = adoption.plan(states, present)
    await _append_async(store, planned)
    return planned.answers


def _append(store: AllocationStore, planned: Plan) -> None:
    for append in planned.appends:
        if not store.append(append.scope, append.expected, append.issued):
            raise ScopeContended(append.scope)


async def _append_async(store: AsyncAllocationStore, planned: Plan) -> None:
    for append in planned.appends:
        if not await store.append(append.scope, append.expected, append.issued):
            raise ScopeContended(append.scope)


def _is_written(scope: NumberScope, ahead: Advance, planned: Plan) -> bool:
    """Hold what a one-statement path wrote against what the policy says."""
    if ahead.first is None:
        return False
    first = planned.appends[0].issued[0].number.sequence if planned.appends else None
    if ahead.first != first or ahead.state.issued:
        raise BrokenStore(scope, f"wrote from {ahead.first!r:.20}, where {first!r:.20} was due")
    return True


def _number(number: object) -> CertificateNumber:
    if isinstance(number, CertificateNumber):
        return number
    raise TypeError(f"number must be a CertificateNumber, not {type(number).__name__}")
