"""What can go wrong when numbers are given out.

Every error refines a builtin and carries its parts as ``args``. Of all of them only
:class:`ScopeContended` is worth another try.
"""

from __future__ import annotations

from pathlib import PurePath

import attrs

from sdcert._grammar import LAST
from sdcert.errors import SdcertError
from sdcert.messages import excerpt, render, sentences
from sdcert.numbering import CertificateNumber, NumberScope

__all__ = [
    "AdoptionConflict",
    "BrokenStore",
    "InvalidRequest",
    "NoStore",
    "NumberNotIssued",
    "RequestConflict",
    "ScopeContended",
    "ScopeExhausted",
    "TransactionRequired",
]

_SPELLED_OUT = 5  # conflicts of an adoption


@attrs.define(slots=False)
class InvalidRequest(SdcertError, ValueError):
    """A request key or a reason is empty, too long, or contains characters that it must not.

    Attributes:
        field: ``key`` or ``reason``.
        kind: ``empty``, ``long``, ``blank-ends`` or ``unprintable``.
        excerpt: A short, printable excerpt.
        most: How many characters the field may have.

    >>> from sdcert import NumberScope, Request
    >>> from sdcert.allocation import InvalidRequest
    >>> try:
    ...     Request(" form-1", NumberScope(2024, "91020", "603"))
    ... except InvalidRequest as error:
    ...     print(error.field, error.kind)
    key blank-ends
    """

    _text = "allocation.invalid-request.{kind}"
    field: str
    kind: str
    excerpt: str
    most: int

    def _params(self, lang: str) -> dict[str, object]:
        return super()._params(lang) | {"field": render(f"allocation.field.{self.field}", lang)}


@attrs.define(slots=False)
class RequestConflict(SdcertError, ValueError):
    """A request key already belongs to another number, or to two requests of one batch.

    A key is unique over the whole store. Sent again for the same scope and marker it is a retry
    and gets its number; sent for another scope or marker it is a mistake of the caller.

    Attributes:
        key: The request key.
        scope: The scope of the request.
        grassroots: Whether the request is for the marker （基层）.
        number: The number that the key already has; None where both requests are in one batch.

    >>> from sdcert import MemoryStore, NumberScope, Request, RequestConflict, allocate
    >>> scope, other = NumberScope(2024, "91020", "602"), NumberScope(2024, "91020", "603")
    >>> try:
    ...     with MemoryStore().transaction() as store:
    ...         allocate(store, [Request("form-1", scope), Request("form-1", other)])
    ... except RequestConflict as error:
    ...     print(error.key, error.number)
    form-1 None
    """

    key: str
    scope: NumberScope
    grassroots: bool
    number: CertificateNumber | None

    def _key(self) -> str:
        return f"allocation.request-conflict.{'batch' if self.number is None else 'issued'}"

    def _params(self, lang: str) -> dict[str, object]:
        marker = render("allocation.marker", lang) if self.grassroots else ""
        return {
            "key": excerpt(self.key),
            "number": self.number,
            "scope": self.scope,
            "marker": marker,
        }


@attrs.define(slots=False)
class ScopeExhausted(SdcertError, OverflowError):
    """A scope has too few numbers left; nothing of the batch has been issued.

    第五条 gives five digits to the sequence and no rule for what follows 99999, so nothing is
    wrapped, widened or borrowed.

    Attributes:
        scope: The scope.
        last: Its last sequence as it was read; None where it has none yet.
        wanted: How many new numbers the batch needs.

    >>> from sdcert import MemoryStore, NumberScope, Request, ScopeExhausted, allocate
    >>> from sdcert.allocation import adopt
    >>> scope = NumberScope(2024, "91020", "603")
    >>> try:
    ...     with MemoryStore().transaction() as store:
    ...         _ = adopt(store, [scope.number(99999)])
    ...         allocate(store, [Request("form-1", scope)])
    ... except ScopeExhausted as error:
    ...     print(error.last, error.wanted)
    99999 1
    """

    _text = "allocation.scope-exhausted"
    scope: NumberScope
    last: int | None
    wanted: int

    def _params(self, lang: str) -> dict[str, object]:
        left = LAST - (self.last or 0)
        return {"scope": self.scope, "count": left, "wanted": self.wanted}


@attrs.define(slots=False)
class ScopeContended(SdcertError, RuntimeError):
    """Another transaction was faster: roll back and start again, from outside.

    Attributes:
        scope: The contended scope; None where the store cannot tell (it has one lock for all).

    >>> from sdcert import NumberScope, ScopeContended
    >>> error = ScopeContended(NumberScope(2024, "91020", "603"))
    >>> error.scope.series_code
    '603'
    """

    scope: NumberScope | None = None

    def _key(self) -> str:
        return f"allocation.scope-contended.{'store' if self.scope is None else 'scope'}"


@attrs.define(slots=False)
class NumberNotIssued(SdcertError, LookupError):
    """A number is to be voided that this store has not issued.

    Attributes:
        number: The number to be voided.
        recorded: What the store has under the same 15 digits, where only the marker （基层）
            differs; else None.

    >>> from sdcert import NumberScope
    >>> from sdcert.allocation import NumberNotIssued
    >>> print(NumberNotIssued(NumberScope(2024, "91020", "603").number(7)))
    number 鲁249102060300007 was not issued by this store
    """

    number: CertificateNumber
    recorded: CertificateNumber | None = None

    def _key(self) -> str:
        return f"allocation.number-not-issued.{'marker' if self.recorded else 'unknown'}"


@attrs.define(slots=False)
class AdoptionConflict(SdcertError, ValueError):
    """Existing numbers cannot be taken over; none of them has been.

    Attributes:
        conflicts: For each conflict its kind, the number, and what is against it (a number, a key,
            or None). Kinds: ``marker`` (the same 15 digits with and without （基层）), ``key`` (the
            number is recorded under another key or, where None is given, without one),
            ``key-taken`` (the key has another number), ``voided`` (given as voided, recorded as
            live).

    >>> from sdcert import MemoryStore, NumberScope
    >>> from sdcert.allocation import AdoptionConflict, adopt
    >>> scope = NumberScope(2024, "91020", "603")
    >>> try:
    ...     with MemoryStore().transaction() as store:
    ...         adopt(store, [scope.number(1), scope.number(1, grassroots=True)])
    ... except AdoptionConflict as error:
    ...     print(error.conflicts[0][0])
    marker
    """

    _text = "allocation.adoption-conflict"
    conflicts: tuple[tuple[str, CertificateNumber, object], ...]

    def _params(self, lang: str) -> dict[str, object]:
        worded = (
            render(
                f"allocation.conflict.{'keyless' if other is None else kind}",
                lang,
                number=number,
                other=excerpt(other),
            )
            for kind, number, other in self.conflicts
        )
        conflicts = sentences(worded, lang, most=_SPELLED_OUT)
        return {"count": len(self.conflicts), "conflicts": conflicts}


@attrs.define(slots=False)
class TransactionRequired(SdcertError, RuntimeError):
    """A store is not in a transaction that it can rely on; nothing was written.

    Attributes:
        store: The name of the store's class.
        kind: ``none`` (no transaction has been begun), ``nested`` (another was to be begun in the
            one that it is in), ``dirty`` (READ UNCOMMITTED: it would see numbers that are rolled
            back later), ``savepoint`` (releasing it may commit) or
            ``statement-log`` (MariaDB sends its replicas statements, from which each would work out
            numbers of its own).

    >>> from sdcert.allocation import TransactionRequired
    >>> print(TransactionRequired("SQLiteStore"))
    SQLiteStore writes inside a transaction only: begin one first
    """

    _text = "allocation.transaction-required.{kind}"
    store: str
    kind: str = "none"


@attrs.define(slots=False)
class NoStore(SdcertError, ValueError):
    """A file is not the store that is wanted; it has been left as it was.

    Attributes:
        path: The file.
        kind: ``missing``, ``unopenable`` (it cannot be opened or created), ``no-database`` (it is
            not an SQLite file), ``empty`` (there is nothing in it), ``foreign`` (somebody else's
            database, without the table of a store), ``outdated`` (a store of an earlier version,
            with other columns), ``unguarded`` (a store without the triggers that keep its numbers)
            or ``taken`` (a copy would overwrite it).

    >>> from sdcert.allocation import NoStore
    >>> print(NoStore("numbers.db", "missing"))
    the file “numbers.db” does not exist
    """

    _text = "allocation.no-store.{kind}"
    path: str
    kind: str

    def _params(self, lang: str) -> dict[str, object]:
        return {"file": excerpt(PurePath(self.path).name)}


@attrs.define(slots=False)
class BrokenStore(SdcertError, RuntimeError):
    """A store answered what no store may answer; roll back and look into the store.

    Attributes:
        scope: The scope in question.
        verb: The method that answered: ``read``, ``append`` or ``advance``.
        kind: ``type`` (a value of another type), ``awaitable`` or ``not-awaitable`` (a store of
            the other sort), ``last`` (no last sequence), ``key`` (an answer under another key),
            ``unasked`` (a key that was not asked for), ``behind`` (a last sequence below an issued
            one), ``unchanged`` (False, although nothing has changed) or ``first`` (written from
            another sequence than the policy's).
        answer: What it answered, as a short text.
        due: What was due, where that is one thing.

    >>> from sdcert import NumberScope, Request, allocate
    >>> from sdcert.allocation import BrokenStore
    >>> class Mute:
    ...     def read(self, scope, keys): ...
    ...     def append(self, scope, expected, issued): ...
    >>> try:
    ...     allocate(Mute(), [Request("form-1", NumberScope(2024, "91020", "603"))])
    ... except BrokenStore as error:
    ...     print(error.verb, error.kind, error.answer)
    read type None
    """

    _text = "allocation.broken-store.{kind}"
    scope: NumberScope
    verb: str
    kind: str
    answer: str
    due: str = ""
