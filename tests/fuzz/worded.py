"""What all targets hold errors and notes to."""

from typing import Any

__all__ = ["worded"]


def worded(*told: Any) -> None:
    """Each has a printable message of bounded length in both languages."""
    for one in told:
        for lang in ("en", "zh"):
            lines = one.message(lang).split("\n")
            assert all(map(str.isprintable, lines)), lines
            assert max(map(len, lines)) < 4_000, lines
            assert all(lines)
