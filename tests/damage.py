"""Texts rich in damage, for every test that compares two ways to a verdict."""

from hypothesis import strategies as st

from sdcert.testing.strategies import certificate_numbers, invalid_texts, written_forms

# What a real export may hold at any place, and what someone might send on purpose.
ALPHABET = (
    "鲁魯0123456789０９٣²一〇Ⅳ½OoＯA（）()基层層[]【】 \u00a0\u3000\u2000\u2009\t\n\r\x0b\x85\u2028"
    "\ufeff\u200b\u200f\u2060\u202e\u2066\x00\x1b\ud800-–.,/+Eeé号\U0001f600"
)


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A written number with a few characters inserted, dropped or replaced."""
    text = draw(certificate_numbers().flatmap(written_forms))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        drop = draw(st.integers(0, 2))
        text = text[:at] + draw(st.text(ALPHABET, max_size=2)) + text[at + drop :]
    return text


def texts() -> st.SearchStrategy[str]:
    """Any text: written numbers, one-damage texts, mangled numbers, noise."""
    return st.one_of(
        certificate_numbers().map(str),
        certificate_numbers().flatmap(written_forms),
        invalid_texts(),
        mangled(),
        st.text(ALPHABET, max_size=30),
        st.text(max_size=30),
    )
