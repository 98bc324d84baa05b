"""Every code point at every kind of place of a number, beside an oracle that shares no code.

The oracle is the closed list as the page “The number” states it: what stands at a place may be left
out, read as a digit, or read as a bracket; anything else makes the text no number. Run over all of
Unicode with ``python -m tests.code_points``; the suite runs a part of it.
"""

import sys
import time
from collections.abc import Callable, Iterable

from sdcert import CertificateNumber, is_valid

ALL = range(sys.maxunicode + 1)
# 1. deleted anywhere
DELETED = {0xFEFF, *range(0x200B, 0x2010), 0x2060}
# 3. what str.strip trims: category Zs, and the controls that count as white space
OUTER = {*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)}
OUTER |= {0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
# 4. dropped at field boundaries
BETWEEN = {0x20, 0xA0, 0x3000, *range(0x2002, 0x200B), 0x202F}
# 2. folded
ASCII = range(0x30, 0x3A)
WIDE = range(0xFF10, 0xFF1A)

BARE = "鲁170000101100009"
MARKED = BARE + "（基层）"


def inserted(at: int, allowed: set[int], text: str) -> tuple[str, str, Callable[[int], str | None]]:
    """A place where a character is put in: the number is as it was, or there is none."""
    return text[:at], text[at:], lambda code: text if code in allowed else None


def digit(at: int) -> tuple[str, str, Callable[[int], str | None]]:
    """A place where a character stands instead of a digit."""

    def read(code: int) -> str | None:
        for digits in (ASCII, WIDE):
            if code in digits:
                number = BARE[:at] + str(code - digits.start) + BARE[at + 1 :]
                return None if number.endswith("00000") else number
        return None

    return BARE[:at], BARE[at + 1 :], read


def sign(at: int, allowed: str) -> tuple[str, str, Callable[[int], str | None]]:
    """A place where a character stands instead of one of the signs."""
    return MARKED[:at], MARKED[at + 1 :], lambda code: MARKED if chr(code) in allowed else None


PLACES = {
    "before the number": inserted(0, DELETED | OUTER, BARE),
    "behind the number": inserted(16, DELETED | OUTER, BARE),
    "behind the marker": inserted(20, DELETED | OUTER, MARKED),
    "behind 鲁": inserted(1, DELETED | BETWEEN, BARE),
    "behind the year": inserted(3, DELETED | BETWEEN, BARE),
    "behind the region code": inserted(8, DELETED | BETWEEN, MARKED),
    "behind the series code": inserted(11, DELETED | BETWEEN, BARE),
    "before the marker": inserted(16, DELETED | BETWEEN, MARKED),
    "within the year": inserted(2, DELETED, BARE),
    "within the region code": inserted(5, DELETED, BARE),
    "within the series code": inserted(9, DELETED, BARE),
    "within the sequence": inserted(13, DELETED, BARE),
    "within the marker": inserted(18, DELETED, MARKED),
    "a digit of the year": digit(1),
    "a digit of the region code": digit(6),
    "a digit of the series code": digit(10),
    "the last digit": digit(15),
    "instead of 鲁": sign(0, "鲁"),
    "instead of （": sign(16, "(（"),
    "instead of 基": sign(17, "基"),
    "instead of ）": sign(19, ")）"),
}


def differences(place: str, codes: Iterable[int]) -> list[str]:
    """The code points at which the library and the oracle disagree."""
    head, tail, read = PLACES[place]
    found = []
    for code in codes:
        text = head + chr(code) + tail
        expected = read(code)
        if is_valid(text) is not (expected is not None) or (
            expected and str(CertificateNumber.parse(text)) != expected
        ):
            found.append(f"{place}: U+{code:04X}")
    return found


def main() -> None:
    start = time.monotonic()
    found = [line for place in PLACES for line in differences(place, ALL)]
    seconds = time.monotonic() - start
    print(*found, f"{len(ALL):,} code points at {len(PLACES)} places: {len(found)} differences")  # noqa: T201
    print(f"{seconds:.0f} s")  # noqa: T201
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
