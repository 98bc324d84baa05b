"""JSON Lines as records: one object to a line, in UTF-8. Only this file knows how they are read."""

from __future__ import annotations

import codecs
import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sdcert.cli._cells import ABSENT
from sdcert.cli._texts import Problem
from sdcert.cli.inputs._table import Choices, Record, Table, sample_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.cli.inputs._source import Source

__all__ = ["open_jsonl"]

_LONGEST_LINE: Final = 1 << 22  # bytes
_DEEPEST: Final = 200  # arrays and objects within one another


@contextmanager
def open_jsonl(source: Source, _: Choices) -> Iterator[Table]:
    """Read a file as JSON Lines.

    The columns are the keys of the first thousand objects, in the order in which they appear. What
    an object further down has besides stands behind its cells, as an object of its own.

    Args:
        source: The file.

    Yields:
        The table. Reading its records raises Problem where the file cannot be read.

    Raises:
        Problem: If the beginning of the file cannot be read.
    """
    source.file.seek(0)
    bom = source.file.read(3) == codecs.BOM_UTF8
    source.file.seek(3 if bom else 0)
    begun, every = sample_of(_objects(source))
    names = tuple(dict.fromkeys(key for _, found in begun for one in found for key in one))
    if not names:
        if source.size > 3 * bom:
            raise Problem("blank-file", {"name": source.name})
        raise Problem("empty-file", {"name": source.name})
    places = {name: at for at, name in enumerate(names)}
    yield Table(
        source,
        "jsonl",
        names,
        None,
        [_record(record, places) for record in begun],
        (_record(record, places) for record in every),
        encoding="utf-8",
        bom=bom,
    )


def _record(record: Record, places: dict[str, int]) -> Record:
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


def _objects(source: Source) -> Iterator[Record]:
    """Read line by line; a record is a list of one object, or of none for a blank line."""
    decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_no_constant)
    lines = iter(partial(source.file.readline, _LONGEST_LINE + 1), b"")
    for line, data in enumerate(lines, 1):
        if len(data) > _LONGEST_LINE:
            limit = f"{_LONGEST_LINE:,}"
            raise Problem("json-too-long", {"name": source.name, "line": line, "limit": limit})
        try:
            text = data.decode().rstrip(" \t\r\n")
            value = decoder.decode(text) if text else None
        except UnicodeDecodeError as error:
            wrong = data[error.start : error.end].hex(" ")
            place: dict[str, str | int] = {"line": line, "column": error.start + 1, "bytes": wrong}
            raise Problem("json-undecodable", {"name": source.name, **place}) from None
        except json.JSONDecodeError as error:
            place = {"line": line, "column": error.colno, "reason": error.msg}
            raise Problem("json-broken", {"name": source.name, **place}) from None
        except (_Twice, _NoConstant) as error:
            place = {"line": line, "shown": str(error.args[0])}
            raise Problem(error.problem, {"name": source.name, **place}) from None
        except (RecursionError, ValueError):  # nested too deep; a number of too many digits
            raise Problem("json-too-much", {"name": source.name, "line": line}) from None
        if text.count("[") + text.count("{") > _DEEPEST and _is_deep(value):
            raise Problem("json-too-much", {"name": source.name, "line": line})
        if text and not isinstance(value, dict):
            raise Problem("json-no-object", {"name": source.name, "line": line})
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
    problem = "json-key-twice"


class _NoConstant(Exception):
    problem = "json-constant"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for at, key in enumerate(keys) if key in keys[:at]))
    return found


def _no_constant(name: str) -> NoReturn:
    raise _NoConstant(name)
