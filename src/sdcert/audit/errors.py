"""What can be wrong with what was issued."""

from __future__ import annotations

import attrs

from sdcert.errors import SdcertError

__all__ = ["IssuedFault"]


@attrs.define(slots=False, str=False)
class IssuedFault(SdcertError, ValueError):
    """A row of what was issued cannot be read, or contradicts another on one scope.

    Attributes:
        row: The row of ``issued``, counted from 1.
        column: The column; ``scope`` where another row has another last sequence of the same scope.
        excerpt: What is there, as a short text.

    >>> print(IssuedFault(2, "last", "x"))
    issued: row 2: last must be a number, 0 through 99999, not “x”
    """

    _text = "audit.issued.{column}"
    row: int
    column: str
    excerpt: str
