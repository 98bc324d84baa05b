"""The conformance kit itself: its hooks, its declarations, and what it says when it fails."""

import asyncio
import functools
import threading
import time
import unittest
from contextlib import asynccontextmanager, contextmanager
from unittest import SkipTest

import pytest

from sdcert.allocation import Request, ScopeContended, adopt
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncMemoryStore, MemoryStore
from sdcert.testing import _harness, allocation
from sdcert.testing._laws import Laws
from sdcert.testing.allocation import (
    AllocationMachine,
    AllocationStoreTests,
    AsyncAllocationStoreTests,
    LawBroken,
)

A = NumberScope(2018, "90020", "912")


class Kept(AllocationStoreTests):
    def __init__(self):
        self.memory = MemoryStore()

    def transaction(self):
        return self.memory.transaction()

    def behind(self, scope):
        return list(self.memory.numbers(scope))


def harness_of(kit):
    return kit._harness(kit, one_statement=False)


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


def test_what_is_not_offered_is_skipped_with_the_reason():
    class Less(Kept):
        gapless = processes = False

    class AsyncLess(AsyncAllocationStoreTests):
        gapless = processes = False
        memory = AsyncMemoryStore()

        def transaction(self):
            return self.memory.transaction()

    for kit in (Less(), AsyncLess()):
        for law, reason in (
            ("first_reason_stays", r"the hook reason\(\) is not written"),
            ("savepoints", r"the hook savepoint\(\) is not written"),
            ("gaplessness", "the kit declares gapless = False"),
            ("processes", "the kit declares processes = False"),
        ):
            with pytest.raises(SkipTest, match=reason):
                getattr(kit, f"test_{law}")()
    for kit in (Kept(), AsyncAllocationStoreTests()):
        with pytest.raises(NotImplementedError, match=r"must override reason\(\)"):
            asyncio.run(kit.reason(A.number(1)))
        with pytest.raises(NotImplementedError, match=r"must override savepoint\(\)"):
            kit.savepoint(None)


def test_other_test_runners_report_skips_too():
    class Suite(Kept, unittest.TestCase):
        def __init__(self, name):
            unittest.TestCase.__init__(self, name)
            Kept.__init__(self)

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName("test_savepoints", Suite).run(result)
    Suite("test_savepoints").run(result)
    assert [reason for _, reason in result.skipped][-1].startswith("the hook savepoint()")
    assert result.wasSuccessful()


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
    with pytest.raises(LawBroken, match="no NumberNotIssued from void"):
        Swallows().test_voided_never_returns()
    with pytest.raises(LawBroken, match="no AdoptionConflict from adopt"):
        Swallows().test_adoption()
    with pytest.raises(LawBroken, match="no RequestConflict"):
        Swallows().test_keys_are_unique_over_the_store()


def test_gaps_are_allowed_only_where_they_are_declared():
    class Gaps(Kept):
        gapless = False

    Gaps().test_concurrency()
    for declared in (Gaps(), Kept()):
        gap = list(adopt(declared.memory, [A.number(2)]))
        laws = Laws(harness_of(declared))
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

    laws = Laws(harness_of(Kit()))
    laws.patience = 0.05
    with pytest.raises(LawBroken, match="every one lost its race"):
        laws.hold("concurrency", lambda: laws.patiently([Request("a", A)]))


def test_a_transaction_that_cannot_be_opened_breaks_a_law_at_once():
    class Refuses(MemoryStore):
        @contextmanager
        def transaction(self):
            raise ScopeContended
            yield

    class Kit(Kept):
        def __init__(self):
            self.memory = Refuses()

        def behind(self, scope):
            return []

    begun = time.monotonic()
    with pytest.raises(LawBroken, match="ScopeContended"):
        Laws(harness_of(Kit())).run("first_use_race")
    assert time.monotonic() - begun < 5  # neither side waits for what cannot come


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


def test_a_voiding_may_be_lost_as_late_as_the_commit():
    class Late(AsyncAllocationStoreTests):
        def __init__(self):
            self.memory = AsyncMemoryStore()

        @asynccontextmanager
        async def transaction(self):
            async with self.memory.transaction() as store:
                yield store
                if store._store._own.reasons:
                    raise ScopeContended

        async def behind(self, scope):
            return [issued async for issued in self.memory.numbers(scope)]

    Late().test_voids_are_not_lost()


def test_a_synchronous_hook_must_not_wait_for_a_loop():
    class Later:
        def __await__(self):
            yield

    async def waits():
        await Later()

    harness = harness_of(Kept())
    with pytest.raises(TypeError, match="must not wait for an event loop"):
        harness.run(waits)


def test_transactions_that_block_each_other_are_given_up(monkeypatch):
    monkeypatch.setattr(_harness, "_PATIENCE", 0.05)
    harness = harness_of(Kept())
    event = harness.event()

    async def stuck():
        await event.wait(5)

    with pytest.raises(TimeoutError, match="block each other"):
        harness.run(lambda: harness.together(stuck))
    event.set()

    async def fails():
        raise RuntimeError("a side fails")

    with pytest.raises(RuntimeError, match="a side fails"):
        harness.run(lambda: harness.together(fails))


def test_where_transactions_block_each_other_no_other_law_is_tried(monkeypatch):
    monkeypatch.setattr(_harness, "_PATIENCE", 0.2)

    class Blocks(MemoryStore):
        @contextmanager
        def transaction(self):
            with only_one, super().transaction() as store:
                yield store

    class Kit(Kept):
        def __init__(self):
            self.memory = Blocks()

        def behind(self, scope):
            return list(self.memory._ledger.numbers.get(scope, {}).values())

    only_one = threading.Lock()
    Kit().test_uniqueness()
    Kit().test_first_use_race()  # they wait for each other, and go on
    only_one.acquire()
    with pytest.raises(LawBroken, match="Blocked: transactions block each other"):
        Laws(harness_of(Kit())).run("first_use_race")
    with pytest.raises(LawBroken, match=r"not tried: “first_use_race” has not ended") as caught:
        Kit().test_uniqueness()
    assert caught.value.law == "uniqueness"
    only_one.release()


def test_a_store_that_hangs_is_given_up_under_the_name_of_the_law():
    freed = threading.Event()

    class Hangs(Kept):
        timeout = 0.05

        def behind(self, scope):
            freed.wait(20)
            return super().behind(scope)

    class AsyncHangs(AsyncAllocationStoreTests):
        timeout = 0.05
        memory = AsyncMemoryStore()

        def transaction(self):
            return self.memory.transaction()

        async def behind(self, scope):
            while not freed.is_set():
                await asyncio.sleep(0.001)
            return []

    for kit in (Hangs(), AsyncHangs()):
        with pytest.raises(LawBroken, match="“uniqueness” is broken: Blocked: it has not ended"):
            kit.test_uniqueness()
        with pytest.raises(LawBroken, match="not tried: “uniqueness” has not ended, and may hold"):
            kit.test_state_machine()
    freed.set()


def test_tasks_that_block_each_other_are_given_up(monkeypatch):
    monkeypatch.setattr(_harness, "_PATIENCE", 0.05)
    kit = AsyncAllocationStoreTests()
    harness = harness_of(kit)

    async def stuck():
        await harness.event().wait(5)

    with pytest.raises(TimeoutError, match="block each other"):
        harness.run(lambda: harness.together(stuck))

    async def late():
        raise TimeoutError("of the database")

    with pytest.raises(TimeoutError, match="of the database"):
        harness.run(lambda: harness.together(late))


class End:
    def __init__(self):
        self.sent = []

    def send(self, what):
        self.sent.append(what)


def test_a_child_sends_its_answers_or_what_went_wrong(monkeypatch):
    kit, end = Kept(), End()
    laws = Laws(harness_of(kit))

    work = functools.partial(laws.allocate_alone, A)

    async def fails():
        raise LawBroken("processes", "what it says")

    kit._child(laws, work, end)
    assert [issued.number.sequence for issued in end.sent[0]] == [*range(1, 9)]
    kit._child(laws, functools.partial(laws.void_alone, end.sent[0][0]), end)
    assert end.sent.pop() == []
    assert next(kit.memory.numbers(A)).voided
    kit._child(laws, fails, end)
    assert end.sent[1] == "what it says"

    class Fails(Kept):
        def after_fork(self):
            raise RuntimeError("no connection")

    Fails()._child(laws, work, end)
    assert end.sent[2] == "RuntimeError: no connection"

    async def sleeps():
        time.sleep(5)
        return []

    monkeypatch.setattr(allocation, "_CHILD", 0.05)
    with pytest.raises(LawBroken, match="no answer within 0 s"):
        kit._forked(laws, sleeps)
    monkeypatch.undo()
    with pytest.raises(LawBroken, match="RuntimeError: no connection"):
        Fails().test_processes()
    with pytest.raises(LawBroken, match="the law “processes” is broken"):
        Kept().test_processes()  # a store in memory is a store of its own in each process


def test_the_state_machine_takes_each_step():
    machine = type("Machine", (AllocationMachine,), {"laws": Laws(harness_of(Kept()))})()
    machine.adopt_history()
    for commit in (False, True, True):
        machine.allocate([(1, 0, False)], commit)
        machine.void(0, 1, commit)  # a number that was given out
        machine.void(1, 1, commit)  # and one that was not
        machine.append_stale(0, 2)
        machine.append_stale(2, -1)
        machine.nothing_else_is_recorded()
    machine.allocate([(1, 0, True)], True)  # the key has a number without a marker
    machine.allocate([(key, 2, False) for key in (5, 6, 7)], True)  # one more than there are left
    [issued] = machine.model[machine.scopes[0]].values()
    assert issued.voided
    assert not machine.model[machine.scopes[1]]


def test_the_state_machine_names_itself():
    class Forgets(Kept):
        def behind(self, scope):
            return []

    with pytest.raises(LawBroken) as caught:
        Forgets().test_state_machine()
    assert caught.value.law == "state_machine"
