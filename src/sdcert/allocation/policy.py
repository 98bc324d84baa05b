"""The policy: which numbers a batch gets. Pure; this file does no I/O and knows no store.

Everything that can be wrong is found here, before anything is appended. 第五条: the sequence has
five digits and begins with 00001; the marker （基层） comes after the number, so it shares the
counter; the text does not say what follows 99999, so nothing does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from sdcert._grammar import FIRST, LAST
from sdcert.allocation.errors import AdoptionConflict, BrokenStore, RequestConflict, ScopeExhausted
from sdcert.allocation.model import KEY_LIMIT, Issued, Request, State, check_text
from sdcert.errors import expect, several
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber, NumberScope

__all__ = ["LAST", "Adoption", "Append", "Plan", "RequestBatch", "plan"]


@attrs.frozen
class Append:
    """One compare-and-append: write these if the scope's last sequence is still ``expected``.

    Attributes:
        scope: Where they are appended.
        expected: The last sequence that was read, 1 through 99999; None for a scope never used.
        issued: The new numbers, by ascending sequence.

    >>> from sdcert.allocation import Request, State
    >>> scope = NumberScope(2024, "91020", "603")
    >>> [append] = plan([Request("form-1", scope)], {scope: State(last=7, issued={})}).appends
    >>> append.expected, [str(one.number) for one in append.issued]
    (7, ['鲁249102060300008'])
    """

    scope: NumberScope
    expected: int | None
    issued: tuple[Issued, ...]


@attrs.frozen
class Plan:
    """What a batch comes to.

    Attributes:
        answers: One for each request, in the order of the requests.
        appends: What is to be written first, by ascending scope; empty if every key was known.

    >>> scope = NumberScope(2024, "91020", "603")
    >>> known = Issued("form-1", scope.number(7))
    >>> plan([Request("form-1", scope)], {scope: State(last=7, issued={"form-1": known})}).appends
    ()
    """

    answers: tuple[Issued, ...]
    appends: tuple[Append, ...]


def plan(requests: Sequence[Request], states: Mapping[NumberScope, State]) -> Plan:
    """Decide which number each request gets.

    Args:
        requests: The batch; scopes may be mixed, a key may be in it more than once.
        states: For every scope of the batch what was read of it, for the keys of its requests.

    Returns:
        The answers and what is to be appended.

    Raises:
        RequestConflict: If a key already has a number of another scope or marker, or comes for two.
        ScopeExhausted: If a scope has too few numbers left.
        BrokenStore: If a state cannot be true.
        KeyError: If the state of a scope is missing.

    >>> scope = NumberScope(2018, "90020", "912")
    >>> batch = [Request("a", scope), Request("b", scope, grassroots=True), Request("a", scope)]
    >>> planned = plan(batch, {scope: State(7)})
    >>> [str(issued.number) for issued in planned.answers]
    ['鲁189002091200008', '鲁189002091200009（基层）', '鲁189002091200008']
    >>> plan(batch, {scope: State(99_998)})
    Traceback (most recent call last):
        ...
    sdcert.allocation.errors.ScopeExhausted: 1 number is left (year 2018, region 90020, series ...
    """
    return RequestBatch(requests).plan(states)


class RequestBatch:
    """A batch of requests, each key once, grouped by scope in sorted order.

    Sorted, so that two batches that lock the same scopes lock them in the same order.
    """

    __slots__ = ("_requests", "groups")

    def __init__(self, requests: Iterable[Request]) -> None:
        self._requests = several(requests, Request, "requests")
        first: dict[str, Request] = {}
        groups: dict[NumberScope, list[Request]] = {}
        scope: NumberScope | None = None
        group: list[Request] = []
        for request in self._requests:
            earlier = first.setdefault(request.key, request)
            if earlier is request:
                # Most batches have one scope, and hashing it costs more than the rest.
                if request.scope is not scope:
                    scope, group = request.scope, groups.setdefault(request.scope, [])
                group.append(request)
            elif earlier != request:
                raise RequestConflict(request.key, request.scope, request.grassroots, None)
        if len(groups) > 1:
            groups = {scope: groups[scope] for scope in sorted(groups)}
        self.groups = groups

    def keys(self, scope: NumberScope) -> tuple[str, ...]:
        """Return the keys of a scope's requests, each once, in the order of the requests."""
        return tuple([request.key for request in self.groups[scope]])

    def plan(self, states: Mapping[NumberScope, State]) -> Plan:
        """See :func:`plan`."""
        answers: dict[str, Issued] = {}
        fresh: list[tuple[NumberScope, int | None, list[Request]]] = []
        for scope, requests in self.groups.items():
            state = states[scope]
            last, known, new = state.last, state.issued, requests
            _check(scope, state)
            if known:
                _check_issued(scope, state, {request.key for request in requests})
                new = [request for request in requests if request.key not in known]
                for request in requests:
                    if request.key in known:
                        answers[request.key] = _again(request, known[request.key])
            if new:
                fresh.append((scope, last, new))
        for scope, last, new in fresh:
            if (last or 0) + len(new) > LAST:
                raise ScopeExhausted(scope, last, len(new))
        appends = []
        for scope, last, new in fresh:
            issued = _number(scope, (last or 0) + 1, new)
            appends.append(Append(scope, last, issued))
            if len(issued) == len(self._requests):
                return Plan(issued, tuple(appends))
            answers.update(zip([request.key for request in new], issued, strict=True))
        return Plan(tuple([answers[request.key] for request in self._requests]), tuple(appends))


def _number(scope: NumberScope, first: int, requests: Sequence[Request]) -> tuple[Issued, ...]:
    """Give the requests the numbers from ``first`` on."""
    numbers = scope.run(first, len(requests))
    for place, request in enumerate(requests):
        if request.grassroots:
            numbers[place] = scope.number(first + place, True)
    return tuple(map(Issued, [request.key for request in requests], numbers))


def _again(request: Request, issued: Issued) -> Issued:
    number = issued.number
    if number.scope != request.scope or number.grassroots is not request.grassroots:
        raise RequestConflict(request.key, request.scope, request.grassroots, number)
    return issued


def _check(scope: NumberScope, state: State) -> None:
    last = state.last
    if last is not None and not (type(last) is int and FIRST <= last <= LAST):
        raise BrokenStore(scope, "read", "last", excerpt(repr(last)))


def _check_issued(scope: NumberScope, state: State, keys: Collection[str]) -> None:
    for key, issued in state.issued.items():
        if key not in keys:
            raise BrokenStore(scope, "read", "unasked", excerpt(repr(key)))
        if type(issued) is not Issued or issued.key != key:
            raise BrokenStore(scope, "read", "key", excerpt(issued, 100))
        # Believed, such a counter would give the number to the next key as well.
        behind = state.last is None or issued.number.sequence > state.last
        if behind and issued.number.scope == scope:
            raise BrokenStore(scope, "read", "behind", str(issued.number))


class Adoption:
    """Existing numbers to be taken over, grouped by scope in sorted order, each number once."""

    __slots__ = ("_conflicts", "_entries", "groups")

    def __init__(self, numbers: Iterable[CertificateNumber | Issued]) -> None:
        given = several(numbers, CertificateNumber | Issued, "numbers")
        self._entries = [_as_issued(entry) for entry in given]
        self._conflicts: list[tuple[str, CertificateNumber, object]] = []
        groups: dict[NumberScope, dict[str, Issued]] = {}
        keys: dict[str, Issued] = {}
        for entry in self._entries:
            number = entry.number
            earlier = groups.setdefault(number.scope, {}).setdefault(number.digits, entry)
            if earlier is not entry:
                self._compare(entry, earlier)
                if entry.key is not None:  # it says more
                    groups[number.scope][number.digits] = entry
            if entry.key is not None:
                holder = keys.setdefault(entry.key, entry)
                if holder.number.digits != number.digits:
                    self._conflicts.append(("key-taken", number, holder.number))
        self.groups = {scope: groups[scope] for scope in sorted(groups)}

    def keys(self, scope: NumberScope) -> tuple[str, ...]:
        """Return the keys that the numbers of a scope bring along."""
        return tuple(e.key for e in self.groups[scope].values() if e.key is not None)

    def plan(
        self,
        states: Mapping[NumberScope, State],
        present: Mapping[NumberScope, Iterable[Issued]],
    ) -> Plan:
        """Decide what is to be appended so that the store knows all the numbers.

        Args:
            states: For every scope what was read of it, for the keys of its numbers.
            present: For every scope the numbers that the store has.

        Raises:
            AdoptionConflict: If any number cannot be taken over; all conflicts are reported.
        """
        conflicts = self._conflicts.copy()
        recorded: dict[str, Issued] = {}
        appends = []
        for scope, group in self.groups.items():
            state = states[scope]
            _check(scope, state)
            _check_issued(scope, state, self.keys(scope))
            there = {issued.number.digits: issued for issued in present[scope]}
            new = []
            for digits, entry in group.items():
                holder = None if entry.key is None else state.issued.get(entry.key)
                if holder is not None and holder.number.digits != digits:
                    conflicts.append(("key-taken", entry.number, holder.number))
                elif digits in there:
                    conflicts += _against(entry, there[digits])
                else:
                    new.append(entry)
                recorded[digits] = there.get(digits, entry)
            if new:
                new.sort(key=lambda entry: entry.number.digits)
                appends.append(Append(scope, state.last, tuple(new)))
        if conflicts:
            raise AdoptionConflict(tuple(conflicts))
        answers = tuple(recorded[entry.number.digits] for entry in self._entries)
        return Plan(answers, tuple(appends))

    def _compare(self, entry: Issued, earlier: Issued) -> None:
        if entry.number != earlier.number:
            self._conflicts.append(("marker", entry.number, earlier.number))
        elif None not in (entry.key, earlier.key) and entry.key != earlier.key:
            self._conflicts.append(("key", entry.number, earlier.key))
        elif entry.voided is not earlier.voided:
            self._conflicts.append(("voided", entry.number, earlier.number))


def _against(entry: Issued, recorded: Issued) -> list[tuple[str, CertificateNumber, object]]:
    if entry.number != recorded.number:
        return [("marker", entry.number, recorded.number)]
    if entry.key is not None and entry.key != recorded.key:
        return [("key", entry.number, recorded.key)]
    # Recorded as voided and given as live is no conflict: it was voided after it was adopted.
    if entry.voided and not recorded.voided:
        return [("voided", entry.number, recorded.number)]
    return []


def _as_issued(entry: CertificateNumber | Issued) -> Issued:
    if isinstance(entry, CertificateNumber):
        return Issued(None, entry)
    if entry.key is not None:
        check_text(entry.key, "key", KEY_LIMIT)
    expect(entry.number, CertificateNumber, "the number of an Issued")
    return entry
