"""Numbers in running text: what stands around one, and a damaged marker behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match
from typing import Final

import attrs

from sdcert._grammar import CLOSE, FULL_WIDTH, INVISIBLE, OPEN, SPACES, plain_text
from sdcert.findings import Finding
from sdcert.numbering._values import CertificateNumber

__all__ = ["Found", "find"]

# A number in running text: every writing that the closed list allows, unless what follows continues
# it: a digit or number sign of any script, a letter other than a Chinese character, a decimal part.
_Z: Final = f"[{INVISIBLE}]*+"
_GAP: Final = f"[{INVISIBLE}{SPACES}]*+"


def _digits(count: int, last: str = "") -> str:
    return _Z.join([f"[0-9{FULL_WIDTH}]"] * count) + last


# compiled, and kept by re, when first used
_RUNNING: Final = (
    f"鲁{_GAP}{_digits(2)}{_GAP}{_digits(5)}{_GAP}{_digits(3)}{_GAP}"
    f"(?!{_Z.join(['[0０]'] * 5)}){_digits(5)}"
    rf"(?!{_Z}(?:[^\W㐀-鿿豈-\ufaff\U00020000-\U0003ffff]|[.．]\d))"
    f"(?:{_GAP}[(（]{_Z}基{_Z}层{_Z}[)）])?"
)


# Behind a number: what is meant for the marker and is not the marker. Without any bracket, only
# where no word goes on (基层医生 is one).
_WORD: Final = f"{_GAP}基{_GAP}[层層]{_GAP}"
_DAMAGED: Final = (
    rf"[{INVISIBLE}\s]*+(?:[{re.escape(OPEN)}]{_WORD}[{re.escape(CLOSE)}]?"
    rf"|{_WORD}(?:[{re.escape(CLOSE)}]|(?!\w)))"
)


@attrs.frozen
class Found:
    """A number found in running text.

    Attributes:
        number: The number.
        start: Where it begins in the text, at 鲁.
        stop: Where it ends (excluded); the marker is included where it follows.
        findings: What is wrong with a marker that follows in a damaged form (``基层`` without
            brackets, in others, unclosed, twice, on the next line), as :func:`~sdcert.check`
            reports it, with spans in the whole text. The number itself is then without the marker,
            and whether it should have one is for a person to decide. Empty if there is no doubt.

    >>> from sdcert import find
    >>> [found] = find("编号为鲁 181402001200001。")
    >>> str(found.number), found.start, found.stop
    ('鲁181402001200001', 3, 20)
    """

    number: CertificateNumber
    start: int
    stop: int
    findings: tuple[Finding, ...] = ()


def find(text: str) -> Iterator[Found]:
    """Find the numbers in running text, with whatever stands around them.

    A number is found in every form that :func:`normalize` can make canonical, never cut out of a
    longer run of digits (of any script) or Latin letters, and never across a line break. A damaged
    marker behind it is reported, never dropped.

    Args:
        text: Any text.

    Yields:
        Each number with its place, from left to right, none overlapping.

    Raises:
        TypeError: If ``text`` is not a str.

    >>> [(str(f.number), f.start, f.stop) for f in find("编号：鲁 181402001200001（基层），聊城")]
    [('鲁181402001200001（基层）', 3, 24)]
    >>> list(find("鲁1814020012000012"))
    []
    >>> found, = find("鲁181402001200001(基層)")
    >>> [finding.message() for finding in found.findings]
    ['the marker is written in the traditional form “(基層)”, not （基层）']
    """
    plain = plain_text(text)
    if plain is None:
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    return map(_found, re.finditer(_RUNNING, plain))


def _found(match: Match[str]) -> Found:
    start, stop = match.span()
    damaged = re.compile(_DAMAGED).match(match.string, stop)
    findings: tuple[Finding, ...] = ()
    if damaged:
        from sdcert._diagnosis import diagnose  # noqa: PLC0415  # damage is rare

        findings = tuple(
            attrs.evolve(one, span=(one.span[0] + start, one.span[1] + start))
            for one in diagnose(match.string[start : damaged.end()])
            if one.span
        )
    return Found(CertificateNumber.parse(match[0]), start, stop, findings)
