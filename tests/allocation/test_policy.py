"""The policy and its drivers: what a batch gets, and everything that is refused."""

import asyncio
import builtins
import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.allocation import (
    KEY_LIMIT,
    LAST,
    AdoptionConflict,
    Advance,
    AllocationStore,
    AsyncAllocationStore,
    AsyncOneStatementStore,
    BrokenStore,
    InvalidRequest,
    Issued,
    NoStore,
    NumberNotIssued,
    OneStatementStore,
    Request,
    RequestConflict,
    ScopeContended,
    ScopeExhausted,
    State,
    TransactionRequired,
    adopt,
    adopt_async,
    allocate,
    allocate_async,
    plan,
    preview,
    preview_async,
    retrying,
    void,
    void_async,
)
from sdcert.errors import MissingExtra, SdcertError
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncMemoryStore, MemoryStore, SQLiteStore

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


class Names(str):
    """A str of another class, as enumerations have them."""

    __slots__ = ()


@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from([A, B])), max_size=12),
    st.one_of(st.none(), st.integers(1, LAST - 20)),
)
def test_answers_come_in_order_and_new_keys_get_the_next_numbers(asked, last):
    """Each key once, in the order of its first asking; the other scope does not matter."""
    requests = [Request(f"{scope}-{key}", scope, grassroots=key % 2 == 1) for key, scope in asked]
    planned = plan(requests, {A: State(last), B: State(None)})
    assert [answer.key for answer in planned.answers] == [request.key for request in requests]
    for scope, start in ((A, last), (B, None)):
        keys = list(dict.fromkeys(r.key for r in requests if r.scope == scope))
        given_out = {a.key: a.number for a in planned.answers if a.number.scope == scope}
        assert [given_out[key].sequence for key in keys] == [
            *range((start or 0) + 1, (start or 0) + 1 + len(keys))
        ]
        for answer in planned.answers:
            assert answer.number.grassroots is (int(answer.key[-1]) % 2 == 1)
    assert [append.scope for append in planned.appends] == sorted({r.scope for r in requests})
    assert sum(len(append.issued) for append in planned.appends) == len({r.key for r in requests})


def test_known_keys_are_answered_and_not_appended():
    known = Issued("a", A.number(3), voided=True)
    planned = plan([Request("b", A), Request("a", A)], {A: State(7, {"a": known})})
    assert planned.answers == (Issued("b", A.number(8)), known)
    assert [append.issued for append in planned.appends] == [(Issued("b", A.number(8)),)]
    assert plan([Request("a", A)], {A: State(7, {"a": known})}).appends == ()
    assert plan([], {}).answers == ()


@pytest.mark.parametrize(
    ("requests", "states", "message"),
    [
        (
            [Request("a", A), Request("a", A, True)],
            {},
            "request key “a” asks for two things in one batch; it cannot ask for scope 1890020912 "
            "with the marker （基层） as well",
        ),
        (
            [Request("a", A)],
            {A: State(1, {"a": Issued("a", B.number(1))})},
            "request key “a” has number 鲁199002091200001; "
            "it cannot ask for scope 1890020912 as well",
        ),
        (
            [Request("a", A, True)],
            {A: State(1, {"a": Issued("a", A.number(1))})},
            "request key “a” has number 鲁189002091200001; it cannot ask for scope 1890020912 "
            "with the marker （基层） as well",
        ),
    ],
)
def test_a_key_stands_for_one_thing(requests, states, message):
    with pytest.raises(RequestConflict) as caught:
        plan(requests, states)
    assert str(caught.value) == message
    assert "请求标识“a”" in caught.value.message("zh")


@pytest.mark.parametrize("last", [LAST, LAST - 1])
def test_beyond_99999_there_is_nothing(last):
    with pytest.raises(ScopeExhausted) as caught:
        plan([Request("b", B), Request("a", A), Request("c", A)], {A: State(last), B: State(None)})
    assert caught.value.args == (A, last, 2)
    assert f"仅剩{LAST - last}个" in caught.value.message("zh")
    assert isinstance(caught.value, OverflowError)


@pytest.mark.parametrize(
    "state",
    [
        State(0),
        State(LAST + 1),
        State(1, {"a": Issued("b", A.number(1))}),
        State(None, {"a": Issued("a", A.number(1))}),
        State(1, {"a": Issued("a", A.number(7, True))}),
    ],
)
def test_a_state_that_cannot_be_is_not_believed(state):
    for batch in ([Request("a", A)], [Request("a", A), Request("b", A)]):
        with pytest.raises(BrokenStore, match="the store's answer for scope 1890020912 cannot be"):
            plan(batch, {A: state})


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("", "empty"),
        ("x" * (KEY_LIMIT + 1), "long"),
        (" a", "blank-ends"),
        ("a ", "blank-ends"),
        ("a\nb", "unprintable"),
        ("a\u200bb", "unprintable"),
        ("a\ud800", "unprintable"),
        ("\x00", "unprintable"),
    ],
)
def test_a_key_is_short_printable_text(key, kind):
    with pytest.raises(InvalidRequest) as caught:
        Request(key, A)
    assert caught.value.kind == kind
    assert caught.value.message("zh").startswith("请求标识")
    assert len(str(caught.value)) < 120
    with pytest.raises(InvalidRequest, match="the reason "):
        void(MemoryStore(), A.number(1), key if kind != "long" else "x" * 1001)
    with pytest.raises(InvalidRequest):
        adopt(MemoryStore(), [Issued(key, A.number(1))])


def test_requests_are_checked():
    assert type(Request(Names("a"), A).key) is str
    assert Request("x" * KEY_LIMIT, A).key == "x" * KEY_LIMIT
    for wrong in ((7, A), ("a", "1890020912"), ("a", A, 1)):
        with pytest.raises(TypeError, match="must be a"):
            Request(*wrong)
    with pytest.raises(TypeError, match="a batch holds Requests, not str"):
        allocate(MemoryStore(), ["a"])
    with pytest.raises(TypeError, match="number must be a CertificateNumber, not str"):
        void(MemoryStore(), "鲁189002091200001", "why")
    with pytest.raises(TypeError, match="adopt takes CertificateNumbers or Issued, not str"):
        adopt(MemoryStore(), ["鲁189002091200001"])
    with pytest.raises(TypeError, match="reason must be a str, not NoneType"):
        void(MemoryStore(), A.number(1), None)


ERRORS = [
    InvalidRequest("key", "empty", "", 200),
    RequestConflict("a", A, True, None),
    RequestConflict("a", A, False, A.number(1)),
    ScopeExhausted(A, None, 3),
    ScopeContended(A),
    ScopeContended(),
    NumberNotIssued(A.number(1)),
    NumberNotIssued(A.number(1), A.number(1, True)),
    AdoptionConflict((("marker", A.number(1), A.number(1, True)),) * 6),
    TransactionRequired("SQLiteStore"),
    BrokenStore(A, "last = 0"),
    NoStore("numbers.db", "foreign"),
    NoStore("numbers.db", "empty"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_travel_and_speak_two_languages(error):
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert other.args == error.args
        assert str(other) == str(error)
    assert isinstance(error, SdcertError)
    assert len({str(error), error.message("zh")}) == 2
    assert any("\u4e00" <= char <= "\u9fff" for char in error.message("zh"))
    assert type(error).__mro__[2] in (ValueError, OverflowError, RuntimeError, LookupError)


def test_all_conflicts_of_an_adoption_are_told_and_nothing_is_adopted():
    store = MemoryStore()
    adopt(store, [Issued("k", A.number(1)), A.number(2), Issued(None, A.number(3), voided=True)])
    wrong = [
        A.number(9),
        A.number(1, True),  # other marker than recorded
        Issued("other", A.number(2)),  # recorded without a key
        Issued("k", A.number(4)),  # the key has another number
        Issued(None, A.number(2), voided=True),  # recorded as live; and as two things here
        A.number(7),
        A.number(7, True),  # two markers in the history itself
        Issued("x", B.number(1)),
        Issued("x", B.number(2)),  # one key, two numbers
        Issued("y", B.number(3)),
        Issued("z", B.number(3)),  # one number, two keys
    ]
    with pytest.raises(AdoptionConflict) as caught:
        adopt(store, wrong)
    kinds = [kind for kind, _, _ in caught.value.conflicts]
    assert sorted(kinds) == sorted(
        ["voided", "marker", "key-taken", "key", "marker", "key", "key-taken"]
    )
    assert str(caught.value).startswith("7 conflicts, nothing adopted: ")
    assert len(list(store.numbers(A))) == 3
    assert list(store.numbers(B)) == []
    with pytest.raises(AdoptionConflict, match="is given as voided and recorded as live"):
        adopt(store, [Issued(None, A.number(2), voided=True)])


def test_a_key_for_a_number_recorded_without_one_is_told_as_that():
    store = MemoryStore()
    adopt(store, [A.number(1)])
    with pytest.raises(AdoptionConflict, match=r"is recorded without a key$") as caught:
        adopt(store, [Issued("k", A.number(1))])
    assert caught.value.conflicts == (("key", A.number(1), None),)
    assert caught.value.message("zh").endswith("登记时没有请求标识")
    adopt(store, [Issued("k", A.number(2))])
    with pytest.raises(AdoptionConflict, match=r"under another key: “k”$"):
        adopt(store, [Issued("other", A.number(2))])


def test_adopting_again_changes_nothing_and_answers_with_what_is_there():
    store = MemoryStore()
    history = [A.number(2), Issued("k", A.number(1)), A.number(1), Issued("k2", A.number(2))]
    answers = adopt(store, history)
    assert [answer.key for answer in answers] == ["k2", "k", "k", "k2"]
    void(store, A.number(1), "lost")
    assert adopt(store, history)[1] == Issued("k", A.number(1), voided=True)
    assert adopt(store, []) == ()
    assert allocate(store, [Request("n", A)])[0].number == A.number(3)


class Stale(MemoryStore):
    """Somebody else is always faster."""

    def append(self, scope, expected, issued):
        return False


class AsyncStale(AsyncMemoryStore):
    async def append(self, scope, expected, issued):
        return False


def test_a_lost_race_is_raised():
    for lost in (lambda s: allocate(s, [Request("a", A)]), lambda s: adopt(s, [A.number(1)])):
        with pytest.raises(ScopeContended, match="scope 1890020912 was changed by somebody else"):
            lost(Stale())
    for lost in (allocate_async(AsyncStale(), [Request("a", A)]),):
        with pytest.raises(ScopeContended):
            asyncio.run(lost)


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
    with pytest.raises(BrokenStore, match="wrote from"):
        allocate(OneStatement(answer), requests)
    with pytest.raises(BrokenStore, match="wrote from"):
        asyncio.run(allocate_async(AsyncOneStatement(answer), requests))


def test_the_one_statement_may_write_or_leave_it():
    requests = [Request("a", A)]
    wrote = (Issued("a", A.number(5)),)
    assert allocate(OneStatement(Advance(State(4), 5)), requests) == wrote
    assert asyncio.run(allocate_async(AsyncOneStatement(Advance(State(4), 5)), requests)) == wrote
    left = (Issued("a", A.number(1)),)
    assert allocate(OneStatement(Advance(State(None), None)), requests) == left
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


def test_retrying_runs_the_whole_transaction_again_and_comes_to_an_end():
    tried = []
    for attempt in retrying(wait_initial=0, wait_jitter=0):
        with attempt:
            tried.append(1)
            if len(tried) < 3:
                raise ScopeContended(A)
    assert len(tried) == 3
    tried.clear()
    with pytest.raises(ScopeContended):  # noqa: PT012
        for attempt in retrying(attempts=4, wait_initial=0, wait_jitter=0):
            with attempt:
                tried.append(1)
                raise ScopeContended(A)
    assert len(tried) == 4
    tried.clear()
    with pytest.raises(ScopeExhausted):  # noqa: PT012
        for attempt in retrying():
            with attempt:
                tried.append(1)
                raise ScopeExhausted(A, LAST, 1)
    assert len(tried) == 1

    async def wait():
        async for attempt in retrying(wait_initial=0, wait_jitter=0):
            with attempt:
                tried.append(1)
                if len(tried) < 3:
                    raise ScopeContended(A)

    asyncio.run(wait())
    assert len(tried) == 3


def test_retrying_names_its_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "stamina":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'sdcert\[retry\]'"):
        retrying()


def test_sqlite_store_preview_needs_no_transaction(tmp_path):
    with SQLiteStore.open(tmp_path / "n.db") as store:
        assert preview(store, [Request("a", A)]) == (Issued("a", A.number(1)),)
        assert store.scopes() == []
