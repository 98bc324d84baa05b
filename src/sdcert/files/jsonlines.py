"""JSON Lines as records: one object to a line. Only this file knows how they are read.

JSON is in UTF-8; one that a Chinese system wrote in GB18030 is read, too, since its 鲁 would
otherwise pass for ``³``.
"""

from __future__ import annotations

import json
from functools import partial
from math import isinf
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sdcert.files.cells import ABSENT
from sdcert.files.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.files.sources import Source
    from sdcert.files.table import Record

__all__ = ["names_of", "objects", "record_of"]

_LONGEST_LINE: Final = 1 << 22  # bytes
_DEEPEST: Final = 200  # arrays and objects within one another


def names_of(sample: list[Record]) -> tuple[str, ...]:
    """Return the keys of objects, in the order in which they appear: the columns."""
    return tuple(dict.fromkeys(key for _, found in sample for one in found for key in one))


def record_of(record: Record, places: dict[str, int]) -> Record:
    """Put an object's values in their columns; keys without one follow as an object."""
    line, found = record
    if not found:
        return line, []  # a blank line
    cells: list[Any] = [ABSENT] * len(places)
    beyond = {}
    for key, value in found[0].items():
        if key in places:
            cells[places[key]] = value
        else:
            beyond[key] = value
    if beyond:
        cells.append(beyond)
    return line, cells


def objects(source: Source, encoding: str, bom: bool) -> Iterator[Record]:
    """Read line by line; a record is a list of one object, or of none for a blank line.

    Raises:
        UnreadableFile: If a line is no JSON object.
    """
    source.file.seek(len("\ufeff".encode(encoding)) if bom else 0)
    decoder = json.JSONDecoder(
        object_pairs_hook=_pairs, parse_constant=_no_constant, parse_float=_finite
    )
    lines = iter(partial(source.file.readline, _LONGEST_LINE + 1), b"")
    for line, data in enumerate(lines, 1):

        def problem(kind: str, line: int = line, **params: object) -> UnreadableFile:
            return UnreadableFile(kind, source.name, {"line": line, **params})

        if len(data) > _LONGEST_LINE:
            raise problem("json-too-long", limit=f"{_LONGEST_LINE:,}")
        try:
            text = data.decode(encoding).rstrip(" \t\r\n")
            value = decoder.decode(text) if text else None
        except UnicodeDecodeError as error:
            wrong = data[error.start : error.end].hex(" ")
            raise problem("json-undecodable", column=error.start + 1, bytes=wrong) from None
        except json.JSONDecodeError as error:
            raise problem("json-broken", column=error.colno) from None
        except (_Twice, _NoConstant) as error:
            raise problem(error.kind, text=str(error.args[0])) from None
        except (RecursionError, ValueError):  # nested too deep; a number that is too large
            raise problem("json-too-much") from None
        if text.count("[") + text.count("{") > _DEEPEST and _is_deep(value):
            raise problem("json-too-much")
        if text and not isinstance(value, dict):
            raise problem("json-no-object")
        yield line, [value] if text else []


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            one
            for nested in level
            if isinstance(nested, list | dict)
            for one in (nested.values() if isinstance(nested, dict) else nested)
        ]
    return bool(level)


class _Twice(Exception):
    kind = "json-key-twice"


class _NoConstant(Exception):
    kind = "json-constant"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for at, key in enumerate(keys) if key in keys[:at]))
    return found


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(text)
    return value


def _no_constant(name: str) -> NoReturn:
    raise _NoConstant(name)
