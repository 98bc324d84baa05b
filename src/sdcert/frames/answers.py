"""Answers for rows: what an engine passes to a function on Arrow arrays, and what it gets back.

An :class:`Answerer` turns some columns into new ones, row by row. Every engine offers one verb for
that, ``with_answers`` (:mod:`sdcert.frames.engines`); here is what they share: the roles in which a
column can be passed, how values become Arrow arrays, and how a long column is answered in blocks.
"""

from __future__ import annotations

import json
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert._diagnosis import diagnose
from sdcert._grammar import plain_text
from sdcert._shapes import read_text
from sdcert.dates import parse_day, read_day
from sdcert.findings import FindingCode
from sdcert.frames.arrays import plain_array, stored, written
from sdcert.frames.errors import UnreadableDay, unsupported
from sdcert.frames.registry import finding_ids
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sdcert.codes import CodeBook
    from sdcert.rules import RuleBook

__all__ = [
    "BLOCK",
    "FOREIGN",
    "SQL_TYPES",
    "Answerer",
    "Input",
    "Role",
    "answer_struct",
    "answer_table",
    "books_key",
    "free_name",
    "function_of",
    "objects_array",
    "read_array",
    "without_bare",
]

#: Rows answered at once: enough to amortise the calls, few enough for the processor's cache.
BLOCK: Final = 1 << 16

#: Values that no array of texts can hold: a text, and the number of a finding (0: none). With one
#: the text is JSON: the value, or what :func:`told` says of it.
FOREIGN: Final = pa.struct([("__sdcert_text", pa.large_string()), ("__sdcert_id", pa.uint8())])

#: What SQL calls the types of answers.
SQL_TYPES: Final = {
    pa.string(): "STRING", pa.int32(): "INT", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN",
}  # fmt: skip

# Engines that call us are answered one thread at a time: two would only hand the interpreter to and
# fro. None of them is called meanwhile, so that no thread can come here again before it has left.
_turn: Final = Lock()
# What Python has of types that are refused where a column is of one.
_NO_CELLS: Final = (bytes, bytearray, memoryview, list, tuple, set, frozenset, dict, np.ndarray)
_EXACT: Final = 1 << 53  # JSON's numbers are of any size, but long ones are shown in part
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Role(Enum):
    """In what role a column is passed: as values to check, as days of approval, or as texts."""

    NUMBER = "number"
    DAY = "day"
    TEXT = "text"


@attrs.frozen(eq=False)
class Input:
    """A column to pass.

    Attributes:
        column: Its name, or an expression of its engine.
        role: In what role.
        argument: The argument of ours that named it.
        name: What the user calls it; the same as the column by default.
        digits: How many digits an integer among Python objects is written with at least.
        bare: Which texts of a file were none there, but a number, say; None if all were.
        days: The days that a column of texts of a file was read as; None if it is to be read here.
    """

    column: Any
    role: Role
    argument: str = "column"
    name: Any = attrs.field(default=attrs.Factory(lambda self: self.column, takes_self=True))
    digits: int = 0
    bare: pa.BooleanArray | None = None
    days: pa.Array | None = None


class Answerer(Protocol):
    """What is asked of rows. It pickles, for engines that ask in other processes."""

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """The new columns and their types: ``string``, ``int32``, ``int64`` or ``bool``."""

    @property
    def key(self) -> object:
        """What is equal for two that answer alike; its ``repr`` is, too."""

    def answer(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        """Answer for at most :data:`BLOCK` rows: one array for each new column."""


def answer_struct(arrays: Sequence[Any], answerer: Answerer) -> pa.StructArray:
    """Answer for whole columns in the calling thread, as engines want it that call us."""
    with _turn:
        parts = [answerer.answer(block) for block in _blocks([_whole(array) for array in arrays])]
    names = list(answerer.schema)
    return pa.concat_arrays([pa.StructArray.from_arrays(part, names) for part in parts])


def answer_table(
    arrays: Sequence[Any], answerer: Answerer, text: pa.DataType | None = None
) -> pa.Table:
    """Answer for whole columns, in as many threads as Arrow uses.

    Args:
        arrays: Arrays, chunked or not, of one length, one for each input.
        answerer: What is asked.
        text: Another type for the texts of the answer.
    """
    schema = pa.schema(
        [(name, text if text and kind == pa.string() else kind)
         for name, kind in answerer.schema.items()]
    )  # fmt: skip
    blocks = [block for chunk in _chunks(arrays) for block in _blocks(chunk)]

    def answer(block: list[pa.Array]) -> pa.RecordBatch:
        made = pa.RecordBatch.from_arrays(answerer.answer(block), list(answerer.schema))
        return made.cast(schema)

    threads = min(len(blocks), pa.cpu_count())
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            answers = list(pool.map(answer, blocks))
    else:
        answers = [answer(block) for block in blocks]
    return pa.Table.from_batches(answers)


def books_key(codes: CodeBook | None, rules: RuleBook | None) -> tuple[str | None, str | None]:
    """Return what is equal for books that answer alike."""
    return (
        None if codes is None else codes.digest,
        None if rules is None else sha256(pickle.dumps(rules)).hexdigest(),
    )


def free_name(names: Sequence[str]) -> str:
    """Return a name with which none of some names begins, in whatever case."""
    free = "__sdcert"
    while any(name.casefold().startswith(free) for name in names):
        free += "_"
    return free


def function_of(answerer: Answerer, roles: Sequence[Role]) -> Callable[..., pa.Array]:
    """Return the answerer as a function on Arrow arrays, as Spark and DuckDB call it.

    Only there is it known what was passed. The function raises UnsupportedFrame if that is not one
    array for each role, or if what should be days holds none.
    """
    days = [Input(None, role, "approved_on") if role is Role.DAY else None for role in roles]

    # Spark tells by these annotations that arrays go in and an array comes out.
    def answer(*arrays: pa.Array) -> pa.Array:
        if len(arrays) != len(days):
            wanted = "number-and-day" if len(days) > 1 else "number-alone"
            raise unsupported("arguments", wanted, "arguments", count=len(arrays))
        read = [
            array if day is None else read_array(array, day)
            for array, day in zip(arrays, days, strict=True)
        ]
        return answer_struct(read, answerer)

    return answer


def _chunks(arrays: Sequence[Any]) -> list[list[pa.Array]]:
    (first, *others) = arrays
    if not others and isinstance(first, pa.ChunkedArray) and first.num_chunks:
        return [[chunk] for chunk in first.chunks]
    return [[_whole(array) for array in arrays]]


def _blocks(arrays: list[pa.Array]) -> Iterator[list[pa.Array]]:
    for at in range(0, max(len(arrays[0]), 1), BLOCK):
        yield [array.slice(at, BLOCK) for array in arrays]


def _whole(values: Any) -> pa.Array:
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.combine_chunks() if values.num_chunks else pa.nulls(0)


def read_array(array: Any, one: Input) -> Any:
    """Bring a column of an engine into the form of its role.

    Raises:
        UnsupportedFrame: If a column of days holds no days, or one of texts what has no text.
    """
    array = plain_array(stored(array))
    if one.role is Role.DAY and pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    kind = array.type
    if one.role is Role.DAY:
        if array.null_count == len(array):  # a batch without any day may have any type
            return pa.nulls(len(array), pa.date32())
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            raise unsupported(one.argument, "days", "zoned", type=str(kind))
        if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
            raise unsupported(one.argument, "days", type=str(kind))
    elif one.role is Role.TEXT:
        try:
            return written(_whole(array), one.digits)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # bytes that are no UTF-8
            raise unsupported(one.argument, "cells", type=str(kind)) from None
    return array


def without_bare(array: Any, bare: pa.BooleanArray) -> pa.Array:
    """Return a column of a file in which what was no text there is known by its finding."""
    texts = _whole(array).cast(pa.large_string())
    number = finding_ids[FindingCode.NOT_TEXT]
    ids = pc.if_else(bare, pa.scalar(number, pa.uint8()), pa.scalar(0, pa.uint8()))
    said = [told(_cell(text)) for text in texts.filter(bare).to_pylist()]
    texts = pc.replace_with_mask(texts, bare, pa.array(said, texts.type))
    return pa.StructArray.from_arrays([texts, ids], fields=list(FOREIGN))


def _cell(text: str) -> object:
    """Return a value of the kind that a cell was, as far as its text tells."""
    for read in (json.loads, parse_day):
        with suppress(ValueError):
            return read(text)
    return object()


def objects_array(values: Sequence[Any], missing: Sequence[bool], one: Input) -> pa.Array:
    """Turn Python objects into an array; what Arrow cannot hold is known by its finding.

    Args:
        values: The objects.
        missing: Which of them stand for no value.
        one: The column.

    Raises:
        UnreadableDay: If one is no day and should be.
    """
    present = [None if gone else value for value, gone in zip(values, missing, strict=True)]
    if one.role is Role.DAY:
        return pa.array([_day(at, value, one) for at, value in enumerate(present)], pa.date32())
    if one.role is Role.TEXT:
        # What Arrow holds no text of, a lone surrogate, is nothing that any table knows.
        texts = [None if value is None else _encodable(_text(value, one)) for value in present]
        return pa.array(texts, pa.large_string())
    read = [(None, 0) if value is None else _value(value) for value in present]
    texts = pa.array([text for text, _ in read], pa.large_string())
    if not any(found for _, found in read):
        return texts
    ids = pa.array([found for _, found in read], pa.uint8())
    return pa.StructArray.from_arrays([texts, ids], fields=list(FOREIGN))


def _text(value: object, one: Input) -> str:
    if isinstance(value, _NO_CELLS):
        raise unsupported(one.argument, "cells", type=type(value).__name__)
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return f"{value:0{one.digits}}"
    if isinstance(value, (float, np.floating, Decimal)):
        with suppress(pa.ArrowException, TypeError):  # a Decimal that Arrow does not hold
            return str(written(pa.array([value]), one.digits)[0])
    return str(value)


def _day(at: int, value: Any, one: Input) -> date | None:
    if isinstance(value, str) and not value.strip():
        return None  # as in a file that knows no other way to say so
    if isinstance(value, np.datetime64) and np.datetime_data(value)[0] not in {"Y", "M", "W"}:
        value = value.astype("datetime64[D]").item()
    if value is None:
        return None
    with suppress(ValueError):
        if isinstance(value, (str, date)):  # no number is a day, as in columns of numbers
            return read_day(value)
    raise UnreadableDay(str(one.name), at + 1, excerpt(value))


def _value(value: object) -> tuple[str, int]:
    """Return the text of a value, and the number of the finding of one that Arrow cannot hold."""
    text = str(value) if type(value) is CertificateNumber else plain_text(value)
    if text is None:
        return told(value), finding_ids[FindingCode.NOT_TEXT]
    if _encodable(text) == text:
        return text, 0
    # Nothing deletes a lone surrogate, so this is no number.
    return json.dumps(text), finding_ids[cast("FindingCode", read_text(text)[0])]


def told(value: object) -> str:
    """Return a value that is no text as JSON, or, if JSON has no such value, what is told of it."""
    if type(value) in {int, float, bool} and abs(cast("float", value)) < _EXACT:
        return repr(value).lower()  # true and false, too
    return json.dumps(dict(diagnose(value)[0].params))


def _encodable(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
