"""What was issued: the last sequence of each scope, from a frame or a mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import attrs
import narwhals as nw
from narwhals.exceptions import DuplicateError

from sdcert.errors import SdcertError
from sdcert.frames.engines import type_name
from sdcert.frames.errors import MissingColumn, unsupported
from sdcert.messages import excerpt
from sdcert.numbering import NumberScope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


__all__ = ["IssuedFault", "read_issued", "read_rows"]

_COLUMNS: Final = ("year", "region_code", "series_code", "last")
_DIGITS: Final = {"year": (4, 4), "region_code": (5, 5), "series_code": (3, 3), "last": (1, 5)}


@attrs.define(slots=False)
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


def read_issued(issued: Any) -> dict[NumberScope, int]:
    """Read the last sequence of each scope from a mapping, or a frame of any engine.

    A column of whole numbers has lost the zeros in front of its codes: they are put back. Text must
    have them.

    Raises:
        IssuedFault: If a row cannot be read, or contradicts another.
        MissingColumn: If the frame lacks a column.
        UnsupportedFrame: If it is neither a mapping nor a frame.
        TypeError: If a key of the mapping is no scope.
    """
    return read_rows(_rows(issued))


def read_rows(rows: Iterable[Sequence[Any]]) -> dict[NumberScope, int]:
    """Read rows of year, region code, series code and last; answers as :func:`read_issued`."""
    found: dict[NumberScope, int] = {}
    for at, row in enumerate(rows, 1):
        year, region, series, last = (
            _number(at, name, value) for name, value in zip(_COLUMNS, row, strict=True)
        )
        if not 2000 <= year <= 2099:
            raise IssuedFault(at, "year", str(year))
        scope = NumberScope(year, f"{region:05}", f"{series:03}")
        if found.setdefault(scope, last) != last:
            raise IssuedFault(at, "scope", f"{year} {region:05} {series:03}")
    return found


def _rows(issued: Any) -> Iterable[tuple[Any, ...]]:
    if isinstance(issued, Mapping):
        for scope in issued:
            if not isinstance(scope, NumberScope):
                raise TypeError(f"a scope must be a NumberScope, not {type(scope).__name__}")
        return [
            (scope.year, scope.region_code, scope.series_code, last)
            for scope, last in issued.items()
        ]
    try:
        known: Any = nw.from_native(issued)
        names = known.collect_schema().names()
    except TypeError:
        raise unsupported("issued", "issued", type=type_name(issued)) from None
    except DuplicateError:
        raise unsupported("issued", "distinct", "twice") from None
    for name in _COLUMNS:
        if name not in names:
            raise MissingColumn(name, tuple(names), "issued")
    known = known.select(*_COLUMNS)
    rows: list[tuple[Any, ...]] = known.lazy().collect("pyarrow").rows()
    return rows


def _number(at: int, name: str, value: Any) -> int:
    least, most = _DIGITS[name]
    text = value.strip() if isinstance(value, str) else None
    if not isinstance(value, (str, bool)):
        # So pandas holds whole numbers where one is missing, and so databases sum them.
        with suppress(TypeError, ValueError, OverflowError):
            text = str(int(value)).zfill(least) if int(value) == value else None
    if text is None or not re.fullmatch(f"[0-9]{{{least},{most}}}", text):
        raise IssuedFault(at, name, excerpt(str(value)))
    return int(text)
