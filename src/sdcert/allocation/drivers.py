"""The drivers: read, plan (pure), append, around a store, in the host's own transaction.

Nothing here commits, rolls back, sleeps or tries again. Whoever owns the transaction does, and
``retrying`` helps from outside. Each job is written once, as a generator that yields every answer
of the store; the synchronous drivers send it back as it is, the asynchronous ones await it first.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Coroutine, Generator, Iterable
from inspect import isawaitable
from typing import Any, Final, NoReturn, TypeVar

from sdcert.allocation.errors import BrokenStore, ScopeContended
from sdcert.allocation.model import (
    REASON_LIMIT,
    Advance,
    AllocationStore,
    AsyncAllocationStore,
    Issued,
    Request,
    State,
    check_text,
)
from sdcert.allocation.policy import Adoption, Append, Plan, RequestBatch
from sdcert.errors import expect
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber, NumberScope

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

T = TypeVar("T")

# A scope, a verb, and what the store answered; sent back is the answer, of the right type.
Steps = Generator[tuple[NumberScope, str, Any], Any, T]

_DUE: Final = {"read": State, "append": bool, "advance": Advance, "numbers": Iterable}


def allocate(store: AllocationStore, requests: Iterable[Request]) -> tuple[Issued, ...]:
    """Give out numbers, inside the host's transaction.

    Save what the numbers are for in the same transaction, and commit before you show them to
    anybody: until then nothing has been issued.

    Args:
        store: The host's storage, joined to its transaction.
        requests: One or many; scopes may be mixed. A key that has a number already gets the same
            number again, also within the batch, and also if it has been voided since (``voided``
            is then True).

    Returns:
        One answer for each request, in the order of the requests.

    Raises:
        RequestConflict: If a key belongs to another number already. Nothing was written.
        ScopeExhausted: If a scope has too few numbers left. Nothing was written.
        ScopeContended: If another transaction was faster: roll back and start again.
        BrokenStore: If the store answers what no store may answer: roll back.

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
    sdcert.allocation.errors.RequestConflict: request key “teacher-7” already has number 鲁1890...
    """
    return _run(_allocation(store, requests))


async def allocate_async(
    store: AsyncAllocationStore, requests: Iterable[Request]
) -> tuple[Issued, ...]:
    """Give out numbers: :func:`allocate`, awaited.

    >>> import asyncio
    >>> from sdcert import NumberScope, Request
    >>> from sdcert.stores import AsyncMemoryStore
    >>> async def main():
    ...     async with AsyncMemoryStore().transaction() as store:
    ...         scope = NumberScope(2024, "91020", "603")
    ...         return await allocate_async(store, [Request("form-1", scope)])
    >>> [issued] = asyncio.run(main())
    >>> str(issued.number)
    '鲁249102060300001'
    """
    return await _run_async(_allocation(store, requests))


def preview(store: AllocationStore, requests: Iterable[Request]) -> tuple[Issued, ...]:
    """Return what :func:`allocate` would answer now, and change nothing.

    It promises nothing: another transaction may take the numbers before you do.

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
    >>> batch = [Request("a", NumberScope(2018, "90020", "912"))]
    >>> store = MemoryStore()
    >>> preview(store, batch) == preview(store, batch) == allocate(store, batch)
    True
    >>> preview(store, [Request("a", NumberScope(2018, "90020", "913"))])
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.RequestConflict: request key “a” already has number 鲁189002091200...
    """
    return _run(_preview(store, requests))


async def preview_async(
    store: AsyncAllocationStore, requests: Iterable[Request]
) -> tuple[Issued, ...]:
    """Return what would be issued: :func:`preview`, awaited.

    >>> import asyncio
    >>> from sdcert import NumberScope, Request
    >>> from sdcert.stores import AsyncMemoryStore
    >>> batch = [Request("form-1", NumberScope(2024, "91020", "603"))]
    >>> [issued] = asyncio.run(preview_async(AsyncMemoryStore(), batch))
    >>> str(issued.number)
    '鲁249102060300001'
    """
    return await _run_async(_preview(store, requests))


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
        InvalidRequest: If the reason is empty, too long, or contains what it must not.
        TypeError: If ``number`` is not a :class:`~sdcert.numbering.CertificateNumber`.

    >>> from sdcert.allocation import Request
    >>> from sdcert.numbering import NumberScope
    >>> from sdcert.stores import MemoryStore
    >>> store, batch = MemoryStore(), [Request("a", NumberScope(2018, "90020", "912"))]
    >>> [issued] = allocate(store, batch)
    >>> void(store, issued.number, "wrong series")
    >>> allocate(store, batch)[0].voided
    True
    >>> void(store, issued.number.replace(sequence=2), "wrong series")
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.NumberNotIssued: number 鲁189002091200002 was not issued by this store
    """
    _run(_voiding(store, number, reason))


async def void_async(store: AsyncAllocationStore, number: CertificateNumber, reason: str) -> None:
    """Void a number: :func:`void`, awaited.

    >>> import asyncio
    >>> from sdcert import NumberScope
    >>> from sdcert.stores import AsyncMemoryStore
    >>> async def main():
    ...     async with AsyncMemoryStore().transaction() as store:
    ...         [issued] = await adopt_async(store, [NumberScope(2017, "91020", "603").number(12)])
    ...         await void_async(store, issued.number, "misprint")
    >>> asyncio.run(main())
    """
    await _run_async(_voiding(store, number, reason))


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
        What the store now has for each of them, in the order given.

    Raises:
        AdoptionConflict: If any of them cannot be taken over, such as the same 15 digits with and
            without the marker （基层）; all conflicts are reported, nothing was written.
        ScopeContended: If another transaction was faster: roll back and start again.

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
    sdcert.allocation.errors.AdoptionConflict: 1 conflict, nothing adopted: 鲁189002091200003 a...
    """
    return _run(_adoption(store, numbers))


async def adopt_async(
    store: AsyncAllocationStore, numbers: Iterable[CertificateNumber | Issued]
) -> tuple[Issued, ...]:
    """Take over numbers that were given out before: :func:`adopt`, awaited.

    >>> import asyncio
    >>> from sdcert import NumberScope
    >>> from sdcert.stores import AsyncMemoryStore
    >>> history = [NumberScope(2017, "91020", "603").number(12)]
    >>> [issued] = asyncio.run(adopt_async(AsyncMemoryStore(), history))
    >>> str(issued.number)
    '鲁179102060300012'
    """
    return await _run_async(_adoption(store, numbers))


def _allocation(store: Any, requests: Iterable[Request]) -> Steps[tuple[Issued, ...]]:
    _check_store(store)
    batch = RequestBatch(requests)
    advance = getattr(store, "advance", None)
    if advance is not None and len(batch.groups) == 1:
        [(scope, distinct)] = batch.groups.items()
        ahead = yield scope, "advance", advance(scope, distinct)
        if not isinstance(ahead.state, State):
            raise BrokenStore(scope, "advance", "type", _excerpt(ahead.state), "Advance(State, …)")
        planned = batch.plan({scope: ahead.state})
        if _is_written(scope, ahead, planned):
            return planned.answers
    else:
        planned = yield from _planned(store, batch)
    yield from _appended(store, planned)
    return planned.answers


def _preview(store: Any, requests: Iterable[Request]) -> Steps[tuple[Issued, ...]]:
    _check_store(store)
    return (yield from _planned(store, RequestBatch(requests))).answers


def _planned(store: Any, batch: RequestBatch) -> Steps[Plan]:
    states = {}
    for scope in batch.groups:
        states[scope] = yield scope, "read", store.read(scope, batch.keys(scope))
    return batch.plan(states)


def _voiding(store: Any, number: object, reason: str) -> Steps[None]:
    _check_store(store)
    number = expect(number, CertificateNumber, "number")
    text = check_text(reason, "reason", REASON_LIMIT)
    yield number.scope, "void", store.void(number, text)


def _adoption(
    store: Any, numbers: Iterable[CertificateNumber | Issued]
) -> Steps[tuple[Issued, ...]]:
    _check_store(store)
    adoption = Adoption(numbers)
    states, present = {}, {}
    for scope in adoption.groups:
        states[scope] = yield scope, "read", store.read(scope, adoption.keys(scope))
        present[scope] = yield scope, "numbers", store.numbers(scope)
    planned = adoption.plan(states, present)
    yield from _appended(store, planned)
    return planned.answers


def _appended(store: Any, planned: Plan) -> Steps[None]:
    for append in planned.appends:
        scope, expected, issued = append.scope, append.expected, append.issued
        if not (yield scope, "append", store.append(scope, expected, issued)):
            yield from _refused(store, append)


def _refused(store: Any, append: Append) -> Steps[NoReturn]:
    """Look for what the store has refused to write: a lost race, or its own mistake."""
    scope, expected = append.scope, append.expected
    keys = tuple([one.key for one in append.issued if one.key is not None])
    behind = [one.number for one in append.issued if expected and one.number.sequence <= expected]
    late = [number.digits for number in behind]
    try:
        state = yield scope, "read", store.read(scope, keys)
        lost = state.last != expected or state.issued
        if not lost and late:  # found late, in a gap of the history: no counter tells of those
            there = yield scope, "numbers", store.numbers(scope)
            lost = not {one.number.digits for one in there}.isdisjoint(late)
    except Exception as error:  # the transaction may be of no more use
        raise ScopeContended(scope) from error
    if lost:
        raise ScopeContended(scope)
    raise BrokenStore(scope, "append", "unchanged", repr(expected))


def _is_written(scope: NumberScope, ahead: Advance, planned: Plan) -> bool:
    """Compare what a one-statement path wrote with the policy."""
    if ahead.first is None:
        return False
    first = next((append.issued[0].number.sequence for append in planned.appends), None)
    if ahead.first != first or ahead.state.issued:
        raise BrokenStore(scope, "advance", "first", excerpt(repr(ahead.first)), repr(first))
    return True


def _check_store(store: object) -> None:
    if isinstance(store, type) or not callable(getattr(store, "read", None)):
        given = f"the class {store.__name__}" if isinstance(store, type) else type(store).__name__
        raise TypeError(
            f"store must be an AllocationStore (read, append, void, numbers), not {given}"
        )


def _run(steps: Steps[T]) -> T:
    answer = None
    try:
        while True:
            scope, verb, given = steps.send(answer)
            answer = _checked(scope, verb, given)
    except StopIteration as done:
        result: T = done.value
        return result


async def _run_async(steps: Steps[T]) -> T:
    move: Any = steps.send
    answer: Any = None
    while True:
        try:
            scope, verb, given = move(answer)
        except StopIteration as done:
            result: T = done.value
            return result
        try:
            move, answer = steps.send, await _awaited(scope, verb, given)
        except Exception as error:  # noqa: BLE001  # raised where the step was taken
            move, answer = steps.throw, error


async def _awaited(scope: NumberScope, verb: str, given: Any) -> Any:
    if verb == "numbers" and isinstance(given, AsyncIterable):
        return [one async for one in given]
    if not isawaitable(given):
        raise BrokenStore(scope, verb, "not-awaitable", _excerpt(given))
    return _checked(scope, verb, await given)


def _checked(scope: NumberScope, verb: str, given: Any) -> Any:
    due = _DUE.get(verb, object)
    if type(given) is due or (isinstance(given, due) and not isawaitable(given)):
        return given
    if isawaitable(given) or isinstance(given, AsyncIterable):
        if isinstance(given, Coroutine):
            given.close()  # or Python warns that nobody awaited it
        raise BrokenStore(scope, verb, "awaitable", type(given).__name__)
    raise BrokenStore(scope, verb, "type", _excerpt(given), due.__name__)


def _excerpt(given: object) -> str:
    try:
        return excerpt(repr(given), 60)
    except Exception:  # noqa: BLE001  # whatever its repr does
        return type(given).__name__
