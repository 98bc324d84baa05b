"""Giving out numbers: without a duplicate, a gap or a second number on retry.

One pure function decides (:func:`plan`); a host's own storage implements the port
(:class:`AllocationStore` or :class:`AsyncAllocationStore`); the drivers go between, inside the
host's own transaction, and neither commit nor retry. What is guaranteed, and by whom, is in the
guide “Allocation”. What only authors of stores need further is in ``sdcert.allocation.model``
(the optional third verb, limits) and ``sdcert.allocation.policy``.

Readings: one counter for each evaluation year, region code and series/level code (of
该系列（专业）, 第五条); the marker （基层） comes after the number and shares the counter (of
在编号后附加, 第五条（三）); a voided number is never given out again (of 一证一号).
"""

from sdcert.allocation.drivers import (
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
from sdcert.allocation.model import AllocationStore, AsyncAllocationStore, Issued, Request, State
from sdcert.allocation.policy import plan
from sdcert.allocation.retry import retrying

__all__ = [
    "AdoptionConflict",
    "AllocationStore",
    "AsyncAllocationStore",
    "BrokenStore",
    "InvalidRequest",
    "Issued",
    "NoStore",
    "NumberNotIssued",
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
