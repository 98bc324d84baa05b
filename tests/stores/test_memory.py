"""What the laws do not reach of the store in memory."""

import asyncio

import pytest

from sdcert.allocation import (
    Issued,
    NumberNotIssued,
    Request,
    ScopeContended,
    State,
    TransactionRequired,
    adopt,
    allocate,
    void,
)
from sdcert.numbering import NumberScope
from sdcert.stores import AsyncMemoryStore, MemoryStore

A = NumberScope(2018, "90020", "912")
B = NumberScope(2019, "90020", "912")


def test_memory_store_used_directly_is_one_transaction_a_verb():
    memory = MemoryStore()
    [issued] = allocate(memory, [Request("a", A)])
    void(memory, issued.number, "lost")
    assert memory.reason(issued.number) == "lost"
    assert memory.reason(A.number(2)) is None
    with pytest.raises(NumberNotIssued, match="these 15 digits were issued as"):
        void(memory, A.number(1, True), "lost")
    assert memory.append(A, None, [Issued("b", A.number(1))]) is False

    async def use():
        store = AsyncMemoryStore()
        assert await store.append(A, None, [Issued("b", A.number(1))]) is True
        assert (await store.read(A, ())) == State(1)

    asyncio.run(use())


def test_a_memory_transaction_claims_what_it_writes():
    memory = MemoryStore()
    with memory.transaction() as first, memory.transaction() as second:
        assert first.append(A, None, [Issued("a", A.number(1))])
        with pytest.raises(ScopeContended):
            second.append(A, None, [Issued("b", A.number(1))])
        with pytest.raises(ScopeContended):
            second.append(B, None, [Issued("a", B.number(1))])
        assert second.append(B, None, [Issued("b", B.number(1))])
    with pytest.raises(TransactionRequired, match="MemoryTransaction writes inside a transaction"):
        first.read(A, ())


def test_a_number_adopted_as_voided_takes_the_first_reason_it_is_given():
    memory = MemoryStore()
    adopt(memory, [Issued(None, A.number(1), voided=True)])
    for reason in ("first", "second"):
        void(memory, A.number(1), reason)
    assert memory.reason(A.number(1)) == "first"
    with memory.transaction() as transaction:
        adopt(transaction, [Issued(None, A.number(2), voided=True)])
        for reason in ("first", "second"):
            void(transaction, A.number(2), reason)
    assert memory.reason(A.number(2)) == "first"
