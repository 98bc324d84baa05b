"""The invariants of the fuzz targets hold on their corpora, and on what Hypothesis thinks of."""

from importlib import import_module

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.damage import texts
from tests.fuzz import TARGETS, blocks_of, joined, kept, text


@pytest.mark.parametrize("target", TARGETS)
def test_the_invariant_holds_on_the_corpus(target):
    module = import_module(f"tests.fuzz.{target}")
    for data in module.seeds():
        module.invariant(data)
    for file in kept(target):
        module.invariant(file.read_bytes())


@given(st.binary() | texts().map(lambda one: one.encode("utf-8", "surrogatepass")))
@example("鲁181402001200001（基层）".encode())
@example(b"\xed\xa0\x80")
def test_the_invariant_holds_on_what_hypothesis_thinks_of(data):
    text.invariant(data)


def test_blocks_are_the_parts_that_they_were_made_of():
    parts = {"a.toml": b"x\n=== no head\n", "xl/b.xml": b"", "c": b"\n\n\xff"}
    assert blocks_of(joined(parts)) == parts
