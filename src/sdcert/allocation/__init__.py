"""Giving out numbers: without a duplicate, a gap or a second number on retry.

One pure function decides (:func:`plan`); a host's own storage implements the port
(:class:`AllocationStore` or :class:`AsyncAllocationStore`); the drivers go between, inside the
host's own transaction, and neither commit nor retry. What is guaranteed, and by whom, is told in
the guide “Allocation”.

Readings: one counter for each evaluation year, region code and series/level code (of
该系列（专业）, 第五条); the marker （基层） stands outside the number and shares the counter (of
在编号后附加, 第五条（三）); a voided number is never given out again (of 一证一号).
"""

from sdcert.allocation.driving import (
    adopt,
    adopt_async,
    allocate,
    allocate_async,
    preview,
    preview_async,
    void,
    void_async,
)
from sdcert.allocation.errors import (
    AdoptionConflict,
    BrokenStore,
    InvalidRequest,
    NoStore,
    NumberNotIssued,
    RequestConflict,
    ScopeContended,
    ScopeExhausted,
    TransactionRequired,
)
from sdcert.allocation.model import (
    KEY_LIMIT,
    REASON_LIMIT,
    Advance,
    AllocationStore,
    AsyncAllocationStore,
    AsyncOneStatementStore,
    Issued,
    OneStatementStore,
    Request,
    State,
)
from sdcert.allocation.planning import LAST, Append, Plan, plan
from sdcert.allocation.retry import Attempts, retrying

__all__ = [
    "KEY_LIMIT",
    "LAST",
    "REASON_LIMIT",
    "AdoptionConflict",
    "Advance",
    "AllocationStore",
    "Append",
    "AsyncAllocationStore",
    "AsyncOneStatementStore",
    "Attempts",
    "BrokenStore",
    "InvalidRequest",
    "Issued",
    "NoStore",
    "NumberNotIssued",
    "OneStatementStore",
    "Plan",
    "Request",
    "RequestConflict",
    "ScopeContended",
    "ScopeExhausted",
    "State",
    "TransactionRequired",
    "adopt",
    "adopt_async",
    "allocate",
    "allocate_async",
    "plan",
    "preview",
    "preview_async",
    "retrying",
    "void",
    "void_async",
]
