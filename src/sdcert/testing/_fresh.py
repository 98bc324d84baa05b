"""Scopes and keys that nobody has used: what a law of the allocation kit works on."""

from __future__ import annotations

import secrets

from sdcert.allocation import Request
from sdcert.numbering import NumberScope

__all__ = ["fresh_requests", "fresh_scope"]


def fresh_scope(*, zeros: bool = False) -> NumberScope:
    """Return an example scope that no other law has used.

    Args:
        zeros: With region and series codes that begin with 0, as many real ones do: a store that
            keeps them as numbers must not lose the zeros. Nothing real can be meant or touched by
            that: such a scope is of a year from 2040 on, in which nothing has been issued.
    """
    if zeros:
        return NumberScope(
            2040 + secrets.randbelow(59),
            f"{1 + secrets.randbelow(9_998):05}",
            f"{1 + secrets.randbelow(98):03}",
        )
    return NumberScope(
        2017 + secrets.randbelow(80),
        f"{90_000 + secrets.randbelow(9_999)}",
        f"{600 + secrets.randbelow(399)}",
    )


def fresh_requests(scope: NumberScope, count: int) -> list[Request]:
    """Return requests for a scope whose keys nobody has used."""
    return [Request(secrets.token_hex(8), scope) for _ in range(count)]
