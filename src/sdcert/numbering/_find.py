"""Numbers in running text, and a damaged marker behind one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match

import attrs

from sdcert._grammar import DAMAGED_MARKER, RUNNING, plain_text
from sdcert.findings import Finding
from sdcert.numbering._values import CertificateNumber

__all__ = ["Found", "find"]


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
    return map(_found, re.finditer(RUNNING, plain))


def _found(match: Match[str]) -> Found:
    start, stop = match.span()
    damaged = re.compile(DAMAGED_MARKER).match(match.string, stop)
    findings: tuple[Finding, ...] = ()
    if damaged:
        from sdcert._diagnosis import diagnose  # noqa: PLC0415  # damage is rare

        findings = tuple(
            attrs.evolve(one, span=(one.span[0] + start, one.span[1] + start))
            for one in diagnose(match.string[start : damaged.end()])
            if one.span
        )
    return Found(CertificateNumber.parse(match[0]), start, stop, findings)
