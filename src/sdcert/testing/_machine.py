"""A Hypothesis state machine over an allocation store, beside a model written independently.

The model is a plain dictionary of what has been committed; it shares no code with the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sdcert.allocation import (
    Issued,
    NumberNotIssued,
    Request,
    RequestConflict,
    ScopeContended,
    ScopeExhausted,
)
from sdcert.numbering import NumberScope
from sdcert.testing._harness import RolledBack, Verbs, end
from sdcert.testing._runner import fresh_scope

if TYPE_CHECKING:
    from sdcert.testing._laws import Laws

__all__ = ["AllocationMachine"]

_T = TypeVar("_T")

# A few keys, so that they meet again; a few targets, one of them close to its end.
_ASKED = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.booleans()), max_size=6)
_NEAR_THE_END = 99_997


class AllocationMachine(RuleBasedStateMachine):
    """Allocates, retries, voids, rolls back, exhausts, in any order; compares after each step.

    :class:`~sdcert.testing.allocation.AllocationStoreTests` runs it with its own hooks.

    Attributes:
        laws: What it runs on.

    >>> from hypothesis.stateful import RuleBasedStateMachine
    >>> from sdcert.testing.allocation import AllocationMachine
    >>> issubclass(AllocationMachine, RuleBasedStateMachine)
    True
    """

    __module__ = "sdcert.testing.allocation"

    if TYPE_CHECKING:  # the reference has no entry for it
        laws: Laws

    def __init__(self) -> None:
        super().__init__()
        self.scopes = [fresh_scope(zeros=True), fresh_scope(), fresh_scope()]
        stem = fresh_scope()
        self.stem = f"machine-{stem}-{id(self):x}"
        self.model: dict[NumberScope, dict[int, Issued]] = {scope: {} for scope in self.scopes}

    @initialize()
    def adopt_history(self) -> None:
        """Bring the third scope close to its end."""
        number = self.scopes[2].number(_NEAR_THE_END)
        self._hold(partial(self.laws.once, "adopt", [number]))
        self.model[self.scopes[2]][_NEAR_THE_END] = Issued(None, number)

    @rule(asked=_ASKED, commit=st.booleans())
    def allocate(self, asked: list[tuple[int, int, bool]], commit: bool) -> None:
        """Allocate a batch; what comes of it follows from the model."""
        requests = [
            Request(f"{self.stem}-{key}", self.scopes[scope], mark) for key, scope, mark in asked
        ]
        expected = self._expect(requests)

        async def step(store: Verbs) -> list[Issued] | None:
            try:
                return [*await store.allocate(requests)]
            except (RequestConflict, ScopeExhausted):
                return None

        answers = self._transaction(step, commit=commit)
        self.laws.same(answers, expected, f"answers to {requests}")
        if expected and commit:
            for issued in expected:
                self.model[issued.number.scope][issued.number.sequence] = issued

    @rule(scope=st.integers(0, 2), sequence=st.integers(1, 8), commit=st.booleans())
    def void(self, scope: int, sequence: int, commit: bool) -> None:
        """Void a number, issued or not."""
        sequence = min(sequence + (_NEAR_THE_END - 1) * (scope == 2), 99_999)
        recorded = self.model[self.scopes[scope]].get(sequence)
        number = recorded.number if recorded else self.scopes[scope].number(sequence)

        async def step(store: Verbs) -> bool:
            try:
                await store.void(number, "machine")
            except NumberNotIssued:
                return True
            return False

        refused = self._transaction(step, commit=commit)
        self.laws.same(refused, recorded is None, f"whether voiding {number} is refused")
        if recorded and commit:
            self.model[number.scope][sequence] = Issued(recorded.key, number, voided=True)

    @rule(scope=st.integers(0, 2), off=st.sampled_from([-1, 1, 2]))
    def append_stale(self, scope: int, off: int) -> None:
        """Append behind a number that is not the last one."""
        last = max(self.model[self.scopes[scope]], default=0)
        off = off if 1 < last < 99_997 else 1 if last <= 1 else -1
        stale = last + off
        issued = Issued(f"{self.stem}-stale", self.scopes[scope].number(stale + 1))

        async def step(store: Verbs) -> bool:
            answer = False
            with suppress(ScopeContended):
                answer = await store.append(issued.number.scope, stale, [issued])
            return answer

        answer = self._transaction(step, commit=True)
        self.laws.same(answer, False, f"an append behind {stale}, where {last} is the last")

    @invariant()
    def nothing_else_is_recorded(self) -> None:
        """Behind the store's back lies what the model holds."""

        async def look() -> dict[NumberScope, list[Issued]]:
            return {scope: await self.laws.harness.behind(scope) for scope in self.model}

        for scope, recorded in self._hold(look).items():
            expected = [issued for _, issued in sorted(self.model[scope].items())]
            self.laws.same(recorded, expected, f"what is recorded of scope {scope}")

    def _expect(self, requests: list[Request]) -> list[Issued] | None:
        known = {i.key: i for numbers in self.model.values() for i in numbers.values()}
        last = {scope: max(numbers, default=0) for scope, numbers in self.model.items()}
        answers = []
        for request in requests:
            if request.key not in known:
                last[request.scope] += 1
                if last[request.scope] > 99_999:
                    return None
                number = request.scope.number(last[request.scope], request.grassroots)
                known[request.key] = Issued(request.key, number)
            issued = known[request.key]
            if issued.number.scope != request.scope:
                return None
            if issued.number.grassroots != request.grassroots:
                return None
            answers.append(issued)
        return answers

    def _transaction(self, step: Callable[[Verbs], Coroutine[Any, Any, _T]], *, commit: bool) -> _T:
        async def whole() -> _T:
            with suppress(RolledBack):
                async with self.laws.harness.transaction() as store:
                    answer = await step(store)
                    end(commit)
            return answer

        return self._hold(whole)

    def _hold(self, step: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        return self.laws.hold("state_machine", step)
