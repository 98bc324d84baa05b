"""The fuzz target's invariant holds on what Hypothesis thinks of."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from tests.damage import texts
from tests.fuzz_numbering import invariant


@given(st.one_of(st.binary(), texts().map(lambda text: text.encode("utf-8", "surrogatepass"))))
@example("鲁181402001200001（基层）".encode())
@example(b"\xed\xa0\x80")
def test_the_invariant_holds(data):
    with contextlib.suppress(UnicodeDecodeError):
        invariant(data)
