"""The drivers: what a store answers is checked, a lost race told from a mistake."""

import asyncio

import pytest

from sdcert.allocation import (
    AllocationStore,
    AsyncAllocationStore,
    BrokenStore,
    Issued,
    NumberNotIssued,
    Request,
    ScopeContended,
    State,
    adopt,
    adopt_async,
    allocate,
    allocate_async,
    preview,
    preview_async,
    void,
    void_async,
)
from sdcert.allocation.model import Advance, AsyncOneStatementStore, OneStatementStore
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncMemoryStore, MemoryStore, SQLiteStore

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


class Answers(MemoryStore):
    """A store whose verbs answer what the test says."""

    def __init__(self, **verbs):
        super().__init__()
        self.verbs = verbs
        for verb in verbs:
            setattr(self, verb, lambda *_, verb=verb: self.verbs[verb])


class AsyncAnswers(AsyncMemoryStore):
    def __init__(self, **verbs):
        super().__init__()
        for verb, answer in verbs.items():

            async def say(*_, answer=answer):
                return answer

            setattr(self, verb, say)


BATCH = [Request("a", A)]


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("verb", "answer", "message"),
    [
        ("read", None, r"read\(\) returned None, expected State"),
        ("read", (None, {}), r"read\(\) returned \(None, \{\}\), expected State"),
        ("append", None, r"append\(\) returned None, expected bool"),
        ("append", 1, r"append\(\) returned 1, expected bool"),
        ("append", Unprintable(), r"append\(\) returned Unprintable, expected bool"),
        ("advance", State(1), r"advance\(\) returned State\(.*\), expected Advance"),
        (
            "advance",
            Advance(None, None),  # type: ignore[arg-type]
            r"advance\(\) returned None, expected Advance\(State, …\)",
        ),
        ("numbers", None, r"numbers\(\) returned None, expected Iterable"),
    ],
)
def test_an_answer_of_another_type_is_named_with_its_verb(verb, answer, message):
    drivers = (adopt, adopt_async) if verb == "numbers" else (allocate, allocate_async)
    given = [A.number(1)] if verb == "numbers" else BATCH
    with pytest.raises(BrokenStore, match=message) as caught:
        drivers[0](Answers(**{verb: answer}), given)
    assert (caught.value.verb, caught.value.kind) == (verb, "type")
    kind = "awaitable" if verb == "numbers" else "type"  # a coroutine is no asynchronous iterator
    with pytest.raises(BrokenStore) as caught:
        asyncio.run(drivers[1](AsyncAnswers(**{verb: answer}), given))
    assert (caught.value.verb, caught.value.kind) in ((verb, "type"), (verb, kind))


def test_an_answer_that_cannot_be_is_shown_short():
    for answer, limit in (
        ({"read": "x" * 200}, 60),
        ({"read": State(1, {"a": Issued("b" * 200, A.number(1))})}, 100),
    ):
        with pytest.raises(BrokenStore) as caught:
            allocate(Answers(**answer), BATCH)
        assert (len(caught.value.answer), caught.value.answer[-1]) == (limit + 1, "…")


def test_an_asynchronous_store_given_to_a_synchronous_driver_is_called_that():
    for use in (
        lambda store: allocate(store, BATCH),
        lambda store: void(store, A.number(1), "why"),
        lambda store: adopt(store, [A.number(1)]),
    ):
        with pytest.raises(BrokenStore, match=r"must be awaited: use allocate_async"):
            use(AsyncMemoryStore())

    class HalfAsync(MemoryStore):
        async def numbers(self, scope):
            yield

    with pytest.raises(BrokenStore, match=r"numbers\(\) returned async_generator, which must be"):
        adopt(HalfAsync(), [A.number(1)])


def test_a_synchronous_store_given_to_an_asynchronous_driver_is_called_that():
    for use in (
        allocate_async(MemoryStore(), BATCH),
        void_async(Answers(void=None), A.number(1), "why"),
        adopt_async(MemoryStore(), [A.number(1)]),
    ):
        with pytest.raises(BrokenStore, match="which cannot be awaited: use allocate and"):
            asyncio.run(use)


def test_what_is_no_batch_is_called_that():
    store = MemoryStore()
    for wrong in (None, 7, store):
        for use in (allocate, preview):
            with pytest.raises(TypeError, match="requests must be an iterable"):
                use(store, wrong)
        with pytest.raises(TypeError, match="numbers must be an iterable"):
            adopt(store, wrong)
    with pytest.raises(TypeError, match="the number of an Issued must be a CertificateNumber"):
        adopt(store, [Issued("a", str(A.number(1)))])
    with pytest.raises(TypeError, match=r"store must be an AllocationStore .* not list"):
        allocate(BATCH, store)


@pytest.mark.parametrize(
    "wrong", [None, [], MemoryStore().transaction(), "numbers.db", MemoryStore, SQLiteStore]
)
def test_what_is_no_store_is_called_that(wrong):
    for use in (
        lambda: allocate(wrong, BATCH),
        lambda: preview(wrong, BATCH),
        lambda: void(wrong, A.number(1), "why"),
        lambda: adopt(wrong, [A.number(1)]),
    ):
        with pytest.raises(TypeError, match="store must be an AllocationStore"):
            use()


@pytest.mark.parametrize(
    ("port", "missing"),
    [
        (AllocationStore, {"read", "append", "void", "numbers"}),
        (AsyncAllocationStore, {"read", "append", "void", "numbers"}),
        (OneStatementStore, {"read", "append", "void", "numbers", "advance"}),
        (AsyncOneStatementStore, {"read", "append", "void", "numbers", "advance"}),
    ],
)
def test_a_subclass_that_lacks_a_verb_cannot_be_made(port, missing):
    for verb in missing:
        others = {other: lambda *_: None for other in missing - {verb}}
        with pytest.raises(TypeError, match=f"abstract method '?{verb}"):
            type("Half", (port,), others)()
    type("Whole", (port,), {verb: lambda *_: None for verb in missing})()


class Refuses(MemoryStore):
    """Answers False; ``meanwhile`` is what somebody else does just before."""

    def __init__(self, meanwhile=lambda store: None):
        super().__init__()
        self.meanwhile = meanwhile

    def append(self, scope, expected, issued):
        self.meanwhile(super())
        return False


class AsyncRefuses(AsyncMemoryStore):
    async def append(self, scope, expected, issued):
        return False


def test_a_refusal_without_a_reason_is_the_stores_mistake_and_no_race():
    for use in (lambda s: allocate(s, BATCH), lambda s: adopt(s, [A.number(1)])):
        with pytest.raises(BrokenStore, match="returned False, although") as caught:
            use(Refuses())
        assert caught.value.args == (A, "append", "unchanged", "None", "")
    with pytest.raises(BrokenStore, match="returned False, although"):
        asyncio.run(allocate_async(AsyncRefuses(), BATCH))
    store = Refuses()
    MemoryStore.append(store, A, None, [Issued(None, A.number(7))])
    with pytest.raises(BrokenStore, match="still 7"):
        adopt(store, [A.number(3)])


def test_a_refusal_with_a_reason_is_a_lost_race():
    for meanwhile in (
        lambda store: store.append(A, None, [Issued("other", A.number(1))]),
        lambda store: store.append(B, None, [Issued("a", B.number(1))]),
    ):
        with pytest.raises(ScopeContended, match="another transaction was faster") as caught:
            allocate(Refuses(meanwhile), BATCH)
        assert caught.value.scope == A
    store = Refuses(lambda store: store.append(A, 7, [Issued(None, A.number(3))]))
    MemoryStore.append(store, A, None, [Issued(None, A.number(7))])
    with pytest.raises(ScopeContended):  # found late by two, in a gap of the history
        adopt(store, [A.number(3)])
    store = Refuses(lambda store: store.append(A, 7, [Issued(None, A.number(8))]))
    MemoryStore.append(store, A, None, [Issued(None, A.number(7))])
    with pytest.raises(ScopeContended):  # another number of the scope, while one is found late
        adopt(store, [A.number(3)])


def test_a_refusal_after_which_nothing_can_be_read_is_a_lost_race():
    """As on PostgreSQL, where the transaction is aborted by then."""

    class Aborted(Refuses):
        refused = False

        def append(self, scope, expected, issued):
            self.refused = True
            return False

        def read(self, scope, keys):
            if self.refused:
                raise RuntimeError("current transaction is aborted")
            return super().read(scope, keys)

    with pytest.raises(ScopeContended) as caught:
        allocate(Aborted(), BATCH)
    assert isinstance(caught.value.__cause__, RuntimeError)

    class AsyncAborted(AsyncRefuses):
        async def read(self, scope, keys):
            if keys and self._store.reads:
                raise RuntimeError("current transaction is aborted")
            self._store.reads = True
            return await super().read(scope, keys)

    store = AsyncAborted()
    store._store.reads = False
    with pytest.raises(ScopeContended):
        asyncio.run(allocate_async(store, BATCH))


def test_what_a_store_raises_goes_through():
    with pytest.raises(NumberNotIssued):
        asyncio.run(void_async(AsyncMemoryStore(), A.number(1), "why"))


class OneStatement(MemoryStore):
    """A one-statement path that answers what it is told to."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def advance(self, scope, requests):
        return self.answer


class AsyncOneStatement(AsyncMemoryStore):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    async def advance(self, scope, requests):
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        Advance(State(4), 4),
        Advance(State(None), 2),
        Advance(State(4, {"a": Issued("a", A.number(4))}), 5),
        Advance(State(4, {"a": Issued("a", A.number(4)), "b": Issued("b", A.number(3))}), 5),
    ],
)
def test_the_one_statement_is_held_against_the_policy(answer):
    requests = [Request("a", A), Request("b", A)]
    with pytest.raises(BrokenStore, match=r"advance\(\) wrote from"):
        allocate(OneStatement(answer), requests)
    with pytest.raises(BrokenStore, match=r"advance\(\) wrote from"):
        asyncio.run(allocate_async(AsyncOneStatement(answer), requests))


def test_the_one_statement_may_write_or_leave_it():
    requests = [Request("a", A)]
    wrote = (Issued("a", A.number(5)),)
    assert allocate(OneStatement(Advance(State(4), 5)), requests) == wrote
    two = [*requests, Request("b", A)]
    assert allocate(OneStatement(Advance(State(4), 5)), two)[1].number == A.number(6)
    assert asyncio.run(allocate_async(AsyncOneStatement(Advance(State(4), 5)), requests)) == wrote
    left = (Issued("a", A.number(1)),)
    store = OneStatement(Advance(State(None), None))
    assert allocate(store, requests) == left == tuple(store.numbers(A))  # appended after all
    unwritten = AsyncOneStatement(Advance(State(None), None))
    assert asyncio.run(allocate_async(unwritten, requests)) == left
    mixed = [Request("a", A), Request("b", B)]
    assert len(allocate(OneStatement(None), mixed)) == 2  # mixed scopes go the other way


def test_the_asynchronous_drivers_do_the_same():
    async def use():
        store = AsyncMemoryStore()
        asked = [Request("a", A), Request("b", B)]
        assert await preview_async(store, asked) == await allocate_async(store, asked)
        await void_async(store, A.number(1), "why")
        assert (await allocate_async(store, asked))[0].voided
        assert (await adopt_async(store, [A.number(7)]))[0].number == A.number(7)
        assert [i.number.sequence async for i in store.numbers(A)] == [1, 7]
        assert (await store.read(A, ["b"])).issued["b"].number == B.number(1)

    asyncio.run(use())


def test_the_ports_are_recognised():
    assert isinstance(MemoryStore(), AllocationStore)
    assert isinstance(AsyncMemoryStore(), AsyncAllocationStore)
    assert not isinstance(MemoryStore(), OneStatementStore)
    assert isinstance(OneStatement(None), OneStatementStore)
    assert isinstance(AsyncOneStatement(None), AsyncOneStatementStore)
    assert not isinstance(A, AllocationStore)
