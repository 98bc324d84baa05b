"""The conformance kit itself: its hooks, its declarations, and what it says when it fails."""

import asyncio
from contextlib import contextmanager

import pytest

from sdcert.allocation import Request, ScopeContended, adopt
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncMemoryStore, MemoryStore
from sdcert.testing import _ground
from sdcert.testing.allocation import AllocationStoreTests, AsyncAllocationStoreTests, LawBroken

A = NumberScope(2018, "90020", "912")


class Kept(AllocationStoreTests):
    def __init__(self):
        self.memory = MemoryStore()

    def transaction(self):
        return self.memory.transaction()

    def behind(self, scope):
        return list(self.memory.numbers(scope))


def test_a_forgotten_hook_fails_loudly():
    for kit in (AllocationStoreTests(), AsyncAllocationStoreTests()):
        for name in (name for name in dir(kit) if name.startswith("test_")):
            with pytest.raises(NotImplementedError, match=r"must override (transaction|behind)"):
                getattr(kit, name)()

    class Half(Kept):
        behind = AllocationStoreTests.behind

    with pytest.raises(NotImplementedError, match=r"Half must override behind\(\)"):
        Half().test_uniqueness()

    class AsyncHalf(AsyncAllocationStoreTests):
        memory = AsyncMemoryStore()

        def transaction(self):
            return self.memory.transaction()

    with pytest.raises(NotImplementedError, match=r"AsyncHalf must override behind\(\)"):
        AsyncHalf().test_uniqueness()


def test_the_hook_for_reasons_may_be_left_out():
    Kept().test_first_reason_stays()
    with pytest.raises(NotImplementedError, match=r"Kept does not override reason\(\)"):
        Kept().reason(A.number(1))
    with pytest.raises(NotImplementedError, match=r"does not override reason\(\)"):
        asyncio.run(AsyncAllocationStoreTests().reason(A.number(1)))


def test_a_hook_that_swallows_exceptions_is_found():
    class Swallows(Kept):
        @contextmanager
        def transaction(self):
            try:
                with self.memory.transaction() as store:
                    yield store
            except Exception:  # noqa: BLE001  # that is the mistake
                return

    with pytest.raises(LawBroken, match="the transaction hook swallows"):
        Swallows().test_rollback_leaves_nothing()
    with pytest.raises(LawBroken, match="was voided without having been issued"):
        Swallows().test_voided_never_returns()
    with pytest.raises(LawBroken, match="adopted"):
        Swallows().test_adoption()
    with pytest.raises(LawBroken, match="no RequestConflict"):
        Swallows().test_keys_are_unique_over_the_store()


def test_gaps_are_allowed_only_where_they_are_declared():
    class Gaps(Kept):
        gapless = False

    Gaps().test_gaplessness()
    Gaps().test_concurrency()
    for declared in (Gaps(), Kept()):
        gap = list(adopt(declared.memory, [A.number(2)]))
        laws = declared._laws(declared._ground(one_statement=False))
        if declared.gapless:
            with pytest.raises(LawBroken, match="sequences"):
                laws.hold("x", lambda laws=laws, gap=gap: laws.nothing_is_lost(A, gap))
        else:
            laws.hold("x", lambda laws=laws, gap=gap: laws.nothing_is_lost(A, gap))


def test_a_store_that_always_loses_is_given_up():
    class Loses(MemoryStore):
        @contextmanager
        def transaction(self):
            raise ScopeContended
            yield

    class Kit(Kept):
        def __init__(self):
            self.memory = Loses()

    laws = Kit()._laws(Kit()._ground(one_statement=False))
    laws.attempts = 5
    with pytest.raises(LawBroken, match="every one lost its race"):
        laws.hold("concurrency", lambda: laws.patiently([Request("a", A)]))


def test_a_race_may_be_lost_as_late_as_the_commit():
    class Late(MemoryStore):
        """Everybody appends; whoever commits second has lost."""

        def __init__(self):
            super().__init__()
            self.commits = 0

        @contextmanager
        def transaction(self):
            before = self.commits
            private = MemoryStore()
            private._ledger.merge(self._ledger)
            with private.transaction() as store:
                yield store
            if store._own.last and self.commits != before:
                raise ScopeContended
            if store._own.last:
                self.commits += 1
                self._ledger.merge(store._own)

    class Kit(Kept):
        def __init__(self):
            self.memory = Late()

    Kit().test_first_use_race()


def test_a_synchronous_hook_must_not_wait_for_a_loop():
    class Later:
        def __await__(self):
            yield

    async def waits():
        await Later()

    ground = Kept()._ground(one_statement=False)
    with pytest.raises(TypeError, match="must not wait for an event loop"):
        ground.run(waits)


def test_transactions_that_block_each_other_are_given_up(monkeypatch):
    monkeypatch.setattr(_ground, "_PATIENCE", 0.05)
    ground = Kept()._ground(one_statement=False)
    event = ground.event()

    async def stuck():
        await event.wait(5)

    with pytest.raises(TimeoutError, match="block each other"):
        ground.run(lambda: ground.together(stuck))
    event.set()

    async def fails():
        raise RuntimeError("a side fails")

    with pytest.raises(RuntimeError, match="a side fails"):
        ground.run(lambda: ground.together(fails))


class End:
    def __init__(self):
        self.told = []

    def send(self, what):
        self.told.append(what)


def test_a_child_tells_its_answers_or_what_went_wrong():
    kit, end = Kept(), End()
    laws = kit._laws(kit._ground(one_statement=False))
    kit._child(laws, A, end)
    assert [issued.number.sequence for issued in end.told[0]] == [*range(1, 9)]

    class Fails(Kept):
        def after_fork(self):
            raise RuntimeError("no connection")

    Fails()._child(laws, A, end)
    assert "RuntimeError: no connection" in end.told[1]
    with pytest.raises(LawBroken, match="RuntimeError: no connection"):
        Fails().test_processes()
    with pytest.raises(LawBroken, match="the law “processes” is broken"):
        Kept().test_processes()  # a store in memory is a store of its own in each process


def test_the_state_machine_names_itself():
    class Forgets(Kept):
        def behind(self, scope):
            return []

    with pytest.raises(LawBroken) as caught:
        Forgets().test_state_machine()
    assert caught.value.law == "state_machine"
