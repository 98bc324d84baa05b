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


# Where a sequence of zeros is told by something else than the last five digits of a text laid out
# as a number: a text so long that only its length is told, and digits between two markers.
ZEROS = [
    f"鲁{spaces}18140200120000{last}"
    for spaces in (" " * 90, " " * 77 + "\u200b", " " * 110) for last in "01"
] + [
    f"鲁1814020012{sequence}（基层）{between}（基层）"
    for sequence in ("00000", "00001", "0000０")
    for between in ("00000", "12345", "鲁00000", "鲁12345", "鲁181402001200000")
]  # fmt: skip
