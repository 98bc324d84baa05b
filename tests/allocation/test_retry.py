"""Trying again from outside, within bounds."""

import asyncio
import builtins

import pytest
import stamina

from sdcert.allocation import ScopeContended, ScopeExhausted, retrying
from sdcert.allocation.policy import LAST
from sdcert.errors import MissingExtra
from sdcert.numbering import NumberScope

A = NumberScope(2018, "90020", "912")


def test_retrying_runs_the_whole_transaction_again_and_comes_to_an_end():
    tried = []
    for attempt in retrying(wait_initial=0, wait_jitter=0):
        with attempt:
            tried.append(1)
            if len(tried) < 3:
                raise ScopeContended
    assert len(tried) == 3
    tried.clear()
    with pytest.raises(ScopeContended):  # noqa: PT012
        for attempt in retrying(attempts=4, wait_initial=0, wait_jitter=0):
            with attempt:
                tried.append(1)
                raise ScopeContended
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
                    raise ScopeContended

    asyncio.run(wait())
    assert len(tried) == 3


def test_the_bounds_are_those_that_the_guide_states(monkeypatch):
    given = {}
    monkeypatch.setattr(stamina, "retry_context", lambda **bounds: given.update(bounds))
    retrying()
    assert (given["on"], given["attempts"], given["timeout"]) == (ScopeContended, 20, 30)
    # a transaction takes milliseconds: the first wait is as short, and none is longer than a second
    assert (given["wait_initial"], given["wait_jitter"], given["wait_max"]) == (0.002, 0.02, 1)


def test_retrying_names_its_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "stamina":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'sdcert\[retry\]'"):
        retrying()
