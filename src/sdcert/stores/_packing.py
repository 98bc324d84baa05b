"""Numbers and scopes as integers, as the SQL stores keep them. Only this file knows the packing.

The 15 digits of a number fit a 64-bit integer, and so do the ten digits of a scope in front of
them: smaller and faster to index than text, and in the same order. The marker stands outside the
digits and so outside the integer: the primary key is what must be unique (一证一号).
"""

from __future__ import annotations

from sdcert.allocation import Issued
from sdcert.errors import expect
from sdcert.numbering import CertificateNumber, NumberScope

__all__ = ["SPAN", "pack", "pack_row", "pack_scope", "unpack", "unpack_row", "unpack_scope"]

SPAN = 100_000
"""How many integers a scope spans: packed number = packed scope * SPAN + sequence."""


def pack_scope(scope: NumberScope) -> int:
    """Return the ten digits of a scope as an integer."""
    return int(str(expect(scope, NumberScope, "scope")))


def pack(number: CertificateNumber) -> int:
    """Return the 15 digits of a number as an integer."""
    return int(expect(number, CertificateNumber, "number").digits)


def unpack(packed: int, grassroots: object) -> CertificateNumber:
    """Return the number again; some databases answer 0 and 1 for the marker.

    >>> str(unpack(189002091200007, True))
    '鲁189002091200007（基层）'
    """
    scope, sequence = divmod(packed, SPAN)
    return unpack_scope(scope).number(sequence, bool(grassroots))


def pack_row(issued: Issued) -> tuple[int, str | None, bool, bool]:
    """Return what a row holds: digits, key, marker, and whether the number is voided."""
    return pack(issued.number), issued.key, issued.number.grassroots, issued.voided


def unpack_row(packed: int, key: str | None, grassroots: object, voided: object) -> Issued:
    """Return what was issued again."""
    return Issued(key, unpack(packed, grassroots), bool(voided))


def unpack_scope(packed: int) -> NumberScope:
    """Return the scope again.

    >>> unpack_scope(1890020912).region_code
    '90020'
    """
    year, codes = divmod(packed, 10**8)
    region, series = divmod(codes, 1000)
    return NumberScope(2000 + year, f"{region:05}", f"{series:03}")
