"""What the verbs of the reference stores refuse, in the same words for all of them.

The drivers never pass any of it: it concerns those who call a store by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from sdcert.allocation import Issued, Request
from sdcert.allocation.model import KEY_LIMIT, REASON_LIMIT, check_text
from sdcert.errors import expect
from sdcert.numbering import CertificateNumber, NumberScope

__all__ = ["check_advance", "check_append", "check_read", "check_scope", "check_void"]


def check_scope(scope: object) -> None:
    """Refuse what is no scope."""
    expect(scope, NumberScope, "scope")


def check_read(scope: object, keys: Sequence[str]) -> None:
    """Refuse what ``read`` cannot look up; a key that no request has is refused as there."""
    check_scope(scope)
    if not "".join(keys).isprintable():
        check_text(next(key for key in keys if not key.isprintable()), "key", KEY_LIMIT)


def check_append(scope: object, issued: object) -> None:
    """Refuse what ``append`` cannot write."""
    check_scope(scope)
    _check_items(issued, Issued, "issued")


def check_advance(scope: object, requests: object) -> None:
    """Refuse what ``advance`` cannot write."""
    check_scope(scope)
    _check_items(requests, Request, "requests")


def check_void(number: object, reason: object) -> None:
    """Refuse what ``void`` cannot mark; a reason is held to what the driver holds it to."""
    expect(number, CertificateNumber, "number")
    check_text(reason, "reason", REASON_LIMIT)


def _check_items(items: object, kind: type[object], name: str) -> None:
    if not isinstance(items, Sequence):
        raise TypeError(f"{name} must be a sequence, not {type(items).__name__}")
    if not items:
        raise ValueError(f"{name} must not be empty")
    for item in items:
        if not isinstance(item, kind):
            kinds = f"{kind.__name__} values, not {type(item).__name__}"
            raise TypeError(f"{name} must hold {kinds}")
