"""The policy: what a batch and an adoption get, and everything that is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.allocation import (
    AdoptionConflict,
    BrokenStore,
    InvalidRequest,
    Issued,
    NumberNotIssued,
    Request,
    RequestConflict,
    ScopeExhausted,
    State,
    adopt,
    allocate,
    plan,
    void,
)
from sdcert.allocation.policy import LAST
from sdcert.numbering import NumberScope
from sdcert.stores import MemoryStore

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
            "request key “a” is used for two different requests in one batch "
            "(year 2018, region 90020, series 912, with the marker （基层）)",
        ),
        (
            [Request("a", A)],
            {A: State(1, {"a": Issued("a", B.number(1))})},
            "request key “a” already has number 鲁199002091200001; "
            "it cannot be used for another one (year 2018, region 90020, series 912)",
        ),
        (
            [Request("a", A, True)],
            {A: State(1, {"a": Issued("a", A.number(1))})},
            "request key “a” already has number 鲁189002091200001; it cannot be used for "
            "another one (year 2018, region 90020, series 912, with the marker （基层）)",
        ),
    ],
)
def test_a_key_belongs_to_one_number(requests, states, message):
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


def test_a_scope_has_room_for_99999():
    requests = [Request(f"{n}", A) for n in range(LAST + 1)]
    assert plan(requests[:-1], {A: State(None)}).answers[-1].number == A.number(99_999)
    with pytest.raises(ScopeExhausted):
        plan(requests, {A: State(None)})
    assert plan(requests[:1], {A: State(LAST - 1)}).answers[0].number == A.number(99_999)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State(0), "last"),
        (State(LAST + 1), "last"),
        (State("7"), "last"),  # type: ignore[arg-type]
        (State(True), "last"),
        (State(1, {"a": Issued("b", A.number(1))}), "key"),
        (State(1, {"a": A.number(1)}), "key"),  # type: ignore[dict-item]
        (State(1, {"other": Issued("other", A.number(1))}), "unasked"),
        (State(None, {"a": Issued("a", A.number(1))}), "behind"),
        (State(1, {"a": Issued("a", A.number(7, True))}), "behind"),
    ],
)
def test_a_state_that_cannot_be_is_not_believed(state, kind):
    for batch in ([Request("a", A)], [Request("a", A), Request("b", A)]):
        with pytest.raises(BrokenStore, match=r"^the store's read\(\) returned") as caught:
            plan(batch, {A: state})
        assert (caught.value.scope, caught.value.verb, caught.value.kind) == (A, "read", kind)
        assert caught.value.message("zh").startswith("编号库的read()")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("", "empty"),
        ("x" * 201, "long"),
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
    for text in ("x" * 200, Names("x" * 200), "x"):
        assert Request(text, A).key == text
    with pytest.raises(NumberNotIssued):
        void(MemoryStore(), A.number(1), "x" * 1000)
    for wrong in ((7, A), ("a", "1890020912"), ("a", A, 1)):
        with pytest.raises(TypeError, match="must be a"):
            Request(*wrong)
    with pytest.raises(TypeError, match="each of requests must be a Request, not str"):
        allocate(MemoryStore(), ["a"])
    with pytest.raises(
        TypeError,
        match=r"requests must be an iterable, such as \[request\], not Request",
    ):
        allocate(MemoryStore(), Request("a", A))
    with pytest.raises(
        TypeError, match=r"numbers must be an iterable, such as \[number\], not Cert"
    ):
        adopt(MemoryStore(), A.number(1))
    with pytest.raises(TypeError, match="number must be a CertificateNumber, not str"):
        void(MemoryStore(), "鲁189002091200001", "why")
    with pytest.raises(TypeError, match=r"each of numbers must be a .* or Issued, not str"):
        adopt(MemoryStore(), ["鲁189002091200001"])
    with pytest.raises(TypeError, match="reason must be a str, not NoneType"):
        void(MemoryStore(), A.number(1), None)


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
    assert (
        adopt(store, [Issued("k", A.number(1), True)] * 2) == (Issued("k", A.number(1), True),) * 2
    )
    assert adopt(store, []) == ()
    assert allocate(store, [Request("n", A)])[0].number == A.number(3)
