"""The values of allocation and the two ports that a host implements. No I/O, no policy.

Terms: the *scope* of a counter 编号范围 (evaluation year, region code, series/level code); a
*request key* 请求标识 (idempotency key), by which a request that is sent twice is known;
*compare-and-append*, the one write that gives numbers out.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

import attrs

from sdcert.allocation.errors import InvalidRequest
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber, NumberScope

__all__ = [
    "KEY_LIMIT",
    "REASON_LIMIT",
    "Advance",
    "AllocationStore",
    "AsyncAllocationStore",
    "AsyncOneStatementStore",
    "Issued",
    "OneStatementStore",
    "Request",
    "State",
]

KEY_LIMIT = 200
"""How many characters a request key may have."""

REASON_LIMIT = 1000
"""How many characters the reason of a voiding may have."""


def check_text(value: object, field: str, most: int) -> str:
    """Check a key or a reason, and return it as a plain str."""
    if not isinstance(value, str):
        raise TypeError(f"{field} must be a str, not {type(value).__name__}")
    text = value if type(value) is str else str.__str__(value)
    if not text:
        kind = "empty"
    elif len(text) > most:
        kind = "long"
    elif not text.isprintable():
        kind = "unprintable"
    # Some databases compare text with its trailing blanks cut off: two keys would be one.
    elif text[0] == " " or text[-1] == " ":
        kind = "blank-ends"
    else:
        return text
    raise InvalidRequest(field, kind, excerpt(text), most)


# Batches are large. What is made once for every number of them is initialised by hand, through the
# slots' own descriptors: twice as fast as the initialisers that attrs writes for frozen classes.


@attrs.frozen(init=False)
class Request:
    r"""One request for one number.

    Attributes:
        key: The request key 请求标识, chosen by the host for the certificate to be numbered and
            never for the attempt, so that a retry carries the same one. 1 through 200 printable
            characters, no space at either end; compared exactly; unique over the whole store.
        scope: The counter to take the number from.
        grassroots: Whether the marker （基层） is to follow the number (第五条（三）). It shares
            the counter.

    Raises:
        InvalidRequest: If the key is empty, too long, or contains what it must not; a ValueError.
        TypeError: If a part has the wrong type.

    >>> Request("teacher-7", NumberScope(2018, "90020", "912")).key
    'teacher-7'
    >>> Request("teacher\t7", NumberScope(2018, "90020", "912"))
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.InvalidRequest: the request key contains a control or invisible ch...
    """

    key: str
    scope: NumberScope
    grassroots: bool

    def __init__(self, key: str, scope: NumberScope, grassroots: bool = False) -> None:
        if not (
            type(key) is str
            and 0 < len(key) <= KEY_LIMIT
            and key.isprintable()
            and key[0] != " " != key[-1]
        ):
            key = check_text(key, "key", KEY_LIMIT)
        if not isinstance(scope, NumberScope):
            raise TypeError(f"scope must be a NumberScope, not {type(scope).__name__}")
        if grassroots is not True and grassroots is not False:
            raise TypeError(f"grassroots must be a bool, not {type(grassroots).__name__}")
        _set_asked_key(self, key)
        _set_asked_scope(self, scope)
        _set_asked_grassroots(self, grassroots)


_set_asked_key: Final = Request.__dict__["key"].__set__
_set_asked_scope: Final = Request.__dict__["scope"].__set__
_set_asked_grassroots: Final = Request.__dict__["grassroots"].__set__


@attrs.frozen(init=False)
class Issued:
    """One number that has been issued, with the key that asked for it.

    Attributes:
        key: The request key, or None for an adopted number without one.
        number: The number, with its marker where it has one.
        voided: Whether it has been voided since. It stays issued and is never given out again
            (reading of 一证一号).

    >>> from sdcert import MemoryStore, NumberScope, Request, allocate
    >>> with MemoryStore().transaction() as store:
    ...     [issued] = allocate(store, [Request("form-1", NumberScope(2024, "91020", "603"))])
    >>> issued.key, str(issued.number), issued.voided
    ('form-1', '鲁249102060300001', False)
    """

    key: str | None
    number: CertificateNumber
    voided: bool

    def __init__(self, key: str | None, number: CertificateNumber, voided: bool = False) -> None:
        _set_key(self, key)
        _set_number(self, number)
        _set_voided(self, voided)


_set_key: Final = Issued.__dict__["key"].__set__
_set_number: Final = Issued.__dict__["number"].__set__
_set_voided: Final = Issued.__dict__["voided"].__set__


@attrs.frozen
class State:
    """What a store has of a scope and of some request keys.

    Attributes:
        last: The scope's last sequence, 1 through 99999; None if it has never been used.
        issued: Of the keys that were asked for, and of no others, those that have a number, in
            whatever scope.

    >>> from sdcert import NumberScope
    >>> from sdcert.allocation import Issued, State
    >>> number = NumberScope(2024, "91020", "603").number(7)
    >>> State(last=7, issued={"form-1": Issued("form-1", number)}).last
    7
    """

    last: int | None
    issued: Mapping[str, Issued] = attrs.field(factory=dict)


@attrs.frozen
class Advance:
    """What a one-statement path answers.

    Attributes:
        state: The state of the scope **before** anything was appended.
        first: The first sequence it appended; the requests follow one by one in their order. None
            if it appended nothing, for whatever reason: the policy then decides on ``state``.

    >>> Advance(State(last=7, issued={}), first=8).state.last
    7
    """

    state: State
    first: int | None


@runtime_checkable
class AllocationStore(Protocol):
    """What a host's storage must be able to do, inside the host's own transaction.

    All four verbs act in a transaction that the host has begun and will end. None of them commits,
    rolls back or waits and tries again. :mod:`sdcert.testing.allocation` holds a store to all of
    this. A subclass that lacks a verb cannot be instantiated.

    >>> from sdcert.allocation import AllocationStore, State
    >>> class Forgetful(AllocationStore):
    ...     def read(self, scope, keys):
    ...         return State(last=None)
    >>> Forgetful()
    Traceback (most recent call last):
        ...
    TypeError: Can't instantiate abstract class Forgetful ...
    """

    @abstractmethod
    def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """Return the scope's last sequence, and what the keys already have in any scope.

        It sees what is committed and what this transaction has written, and nothing uncommitted of
        others. Keys are compared exactly, character by character. The last sequence is never older
        than what is read of the keys: a store whose statements see different moments (READ
        COMMITTED) reads the keys first, or locks the counter before it. It may lock the scope until
        the transaction ends; scopes are read in sorted order.

        Args:
            scope: The scope.
            keys: Distinct request keys, none or thousands.

        Raises:
            ScopeContended: If the database refuses because of another transaction.
            InvalidRequest: From a reference store, if no request can have such a key.
        """
        ...

    @abstractmethod
    def append(self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]) -> bool:
        """Write the numbers, if the scope and the keys are still as they were read.

        Args:
            scope: The scope of all the numbers.
            expected: The last sequence as it was read; None if the scope was unused.
            issued: At least one number, sequences ascending, digits and keys distinct. They lie
                behind ``expected``, except when history is adopted.

        Returns:
            True, with every number written and the last sequence the greater of ``expected`` and
            the greatest sequence written; or False, **with nothing written**, if the last sequence
            is no longer ``expected``, or if any of the keys or of the 15 digits (with or without
            marker) is already in the store. A further ``read`` in the transaction shows why; a
            store that reads an old snapshot, and so cannot show it, raises instead. After False
            the owner rolls back.

        Raises:
            ScopeContended: If the database refuses because of another transaction.
            TransactionRequired: If the store is in no transaction that it can rely on.
            ValueError: From a reference store, if there is no number to write.
        """
        ...

    @abstractmethod
    def void(self, number: CertificateNumber, reason: str) -> None:
        """Mark an issued number as voided. The first reason stays; a second voiding does nothing.

        A number that was adopted as voided has no reason yet, and takes the first one it is given.

        Raises:
            NumberNotIssued: If the store has no such number with the same marker.
            ScopeContended: As for :meth:`append`.
            TransactionRequired: As for :meth:`append`.
            InvalidRequest: From a reference store, if :func:`sdcert.allocation.void` refuses such a
                reason.
        """
        ...

    @abstractmethod
    def numbers(self, scope: NumberScope) -> Iterator[Issued]:
        """Yield every number of the scope, voided ones included, by ascending sequence."""
        ...


@runtime_checkable
class AsyncAllocationStore(Protocol):
    """:class:`AllocationStore`, awaited. ``numbers`` returns an asynchronous iterator.

    >>> from sdcert.allocation import AsyncAllocationStore
    >>> from sdcert.stores import AsyncMemoryStore
    >>> isinstance(AsyncMemoryStore(), AsyncAllocationStore)
    True
    """

    @abstractmethod
    async def read(self, scope: NumberScope, keys: Sequence[str]) -> State:
        """See :meth:`AllocationStore.read`."""
        ...

    @abstractmethod
    async def append(
        self, scope: NumberScope, expected: int | None, issued: Sequence[Issued]
    ) -> bool:
        """See :meth:`AllocationStore.append`."""
        ...

    @abstractmethod
    async def void(self, number: CertificateNumber, reason: str) -> None:
        """See :meth:`AllocationStore.void`."""
        ...

    @abstractmethod
    def numbers(self, scope: NumberScope) -> AsyncIterator[Issued]:
        """See :meth:`AllocationStore.numbers`."""
        ...


@runtime_checkable
class OneStatementStore(AllocationStore, Protocol):
    """A store that can look up, count and write at once: the optional third verb.

    >>> from sdcert.stores import MemoryStore
    >>> with MemoryStore().transaction() as store:
    ...     isinstance(store, OneStatementStore), isinstance(store, AllocationStore)
    (False, True)
    """

    @abstractmethod
    def advance(self, scope: NumberScope, requests: Sequence[Request]) -> Advance:
        """Append the next numbers for requests that are all new, in one step; else nothing.

        Only if none of the keys is in the store, the scope has been used before and has room for
        all of them, are the next sequences appended, in the order of the requests. The caller
        checks the answer against :func:`sdcert.allocation.plan`, and falls back on ``append``
        where nothing was written.

        Args:
            scope: The scope of all the requests.
            requests: At least one, keys distinct.

        Raises:
            ScopeContended: If the race is lost in a way that leaves nothing to answer.
            TransactionRequired: As for :meth:`AllocationStore.append`.
            ValueError: From a reference store, if there is no request.
        """
        ...


@runtime_checkable
class AsyncOneStatementStore(AsyncAllocationStore, Protocol):
    """:class:`OneStatementStore`, awaited.

    >>> from sdcert.sqlalchemy import AsyncSQLAlchemyStore
    >>> issubclass(AsyncSQLAlchemyStore, AsyncOneStatementStore)
    True
    """

    @abstractmethod
    async def advance(self, scope: NumberScope, requests: Sequence[Request]) -> Advance:
        """See :meth:`OneStatementStore.advance`."""
        ...
