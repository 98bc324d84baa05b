"""What is remembered by shape is what the law says of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert._diagnosis import diagnose
from sdcert._grammar import canonicalize
from sdcert._shapes import read_text
from sdcert.checking import check, check_many
from sdcert.testing.strategies import certificate_numbers, written_forms
from tests.damage import ZEROS, mangled, texts

DIGITS = "0123456789０１２３４５６７８９"


@st.composite
def of_one_shape(draw):
    """A text, and the same text with other digits: often with zeros at the end."""
    text = draw(st.one_of(texts(), mangled(), certificate_numbers().flatmap(written_forms)))
    zeros = draw(st.integers(0, 8))
    places = [at for at, char in enumerate(text) if char in DIGITS]
    chars = list(text)
    for at in places:
        chars[at] = draw(st.sampled_from(DIGITS[:10] if chars[at] in DIGITS[:10] else DIGITS[10:]))
    for at in places[len(places) - zeros :]:
        chars[at] = "0" if chars[at] in DIGITS[:10] else "０"
    return text, "".join(chars)


def law(text):
    canonical = canonicalize(text)
    if canonical is None:
        return diagnose(text)[0].code, b"", False
    return None, canonical[1:16].encode(), len(canonical) > 16


@given(of_one_shape())
def test_texts_of_one_shape_are_read_as_the_law_reads_each(pair):
    for text in pair:
        assert read_text(text) == law(text)


@given(st.text("0１A 鲁", min_size=60, max_size=120) | certificate_numbers().map(
    lambda number: "\u200b" * 60 + str(number)
))  # fmt: skip
def test_long_texts_are_read_for_themselves(text):
    assert read_text(text) == law(text)


@pytest.mark.parametrize("text", ZEROS)
def test_a_sequence_of_zeros_is_found_where_it_stands(text):
    assert read_text(text) == law(text)
    verdict = check(text)
    assert list(check_many([text])) == [(verdict.outcome, verdict.findings[0].code)]
