"""How Polars asks. Only this file knows Polars' expressions.

Canonical texts are read by expressions of Polars' own: their 15 digits become one integer, and so
do the fields come of it. What Polars cannot say is asked batch by batch: what the book says of the
integers, and all that is said of the few texts that are not canonical.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER, PREFIX
from sdcert.findings import FindingCode
from sdcert.frames._columns import canonical_of, day_array, days_of
from sdcert.frames._registry import FINDINGS, OUTCOMES, finding_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sdcert.frames._columns import Question
    from sdcert.frames._kernel import Block

__all__ = ["expression_of"]

_SHORT: Final = len((PREFIX + "0" * 15).encode())
_LONG: Final = _SHORT + len(MARKER.encode())
_DIGITS: Final = ("year", "region_code", "series_code", "sequence")  # what the digits alone say
# Where a text of Arrow's type string_view stands: the number of a buffer, and the place in it.
_VIEW: Final = np.dtype([("length", "i4"), ("start", "V4"), ("buffer", "i4"), ("place", "i4")])
# One thread at a time: two would only hand the interpreter to and fro. Nothing of Polars is called
# meanwhile, so that no thread can come here again before it has left.
_turn: Final = Lock()


def expression_of(
    column: str, day_column: str | None, question: Question, new: dict[str, str]
) -> Any:
    """Return an expression that makes one struct of the question's columns."""
    import polars as pl  # noqa: PLC0415

    value, text, digits = pl.col(column), pl.field("text"), pl.field("digits")
    short = text.str.len_bytes() == _SHORT
    long = (text.str.len_bytes() == _LONG) & text.str.ends_with(MARKER)
    # The cast takes a sign too, and nothing else beside digits; ":" follows "9".
    begins = (text >= f"{PREFIX}0") & (text < f"{PREFIX}:")
    canonical = begins & (short | long) & (digits % 100_000 != 0)
    texts = value.map_batches(_texts, return_dtype=pl.String, is_elementwise=True)
    days = {} if day_column is None else {"day": pl.col(day_column)}
    read = (
        pl.struct(text=texts, **days)
        .struct.with_fields(
            foreign=text.is_null() & value.is_not_null(),
            digits=text.str.slice(len(PREFIX), 15).cast(pl.Int64, strict=False),
        )
        .struct.with_fields(digits=pl.when(canonical).then(digits).otherwise(0))
    )
    kinds = {"string": pl.String, "int32": pl.Int32, "bool": pl.Boolean}
    dtypes = {name: kinds[str(kind)] for name, kind in question.schema.items()}
    dtypes |= {name: pl.Int64 for name in _DIGITS if name in dtypes}
    dtypes |= {name: pl.UInt8 for name in ("outcome", "finding") if name in dtypes}
    answered = read.map_batches(
        lambda batch: _ask(batch, question, list(new.values())),
        return_dtype=pl.Struct({new[name]: dtype for name, dtype in dtypes.items()}),
        is_elementwise=True,
    )
    finished = {
        new[name]: _finished(name, pl.field(new[name]))
        for name in question.columns
        if name in ("outcome", "finding", *_DIGITS)
    }
    return answered.struct.with_fields(**finished)


@cache
def _tables() -> dict[str, Any]:
    """Return the texts that take the place of integers."""
    import polars as pl  # noqa: PLC0415

    return {
        "outcome": pl.Series([None if one is None else one.value for one in OUTCOMES]),
        "finding": pl.Series([None if one is None else one.value for one in FINDINGS]),
        "region_code": pl.Series([f"{code:05}" for code in range(100_000)]),
        "series_code": pl.Series([f"{code:03}" for code in range(1_000)]),
    }


def _finished(name: str, answer: Any) -> Any:
    import polars as pl  # noqa: PLC0415

    if name == "year":
        return (answer // 10**13).cast(pl.Int32, wrap_numerical=True) + 2000
    if name == "sequence":
        return (answer % 100_000).cast(pl.Int32, wrap_numerical=True)
    if name == "region_code":
        answer = answer // 100_000_000 % 100_000
    elif name == "series_code":
        answer = answer // 100_000 % 1_000
    return pl.lit(_tables()[name]).gather(answer)


def _texts(values: Any) -> Any:
    """Return values as texts, null for all that are none; a plan may not know what it will read."""
    import polars as pl  # noqa: PLC0415

    if values.dtype == pl.String:
        return values
    if values.dtype in (pl.Categorical, pl.Enum):
        return values.cast(pl.String)
    return pl.Series(values.name, [None], pl.String).new_from_index(0, len(values))


def _ask(batch: Any, question: Question, names: list[str]) -> Any:
    """Answer a batch, which Polars passes in a thread of its own."""
    import polars as pl  # noqa: PLC0415

    part = batch.struct.field
    texts = part("text").to_arrow(compat_level=pl.CompatLevel.newest())
    digits = np.array(part("digits").to_numpy())
    days = None
    if "day" in batch.struct.fields:
        days = days_of(day_array(part("day").to_arrow()))
    foreign = part("foreign").to_numpy()
    with _turn:
        answers = _answers(question, texts, digits, days, foreign)
    return pl.from_arrow(pa.StructArray.from_arrays(answers, names))


def _answers(
    question: Question,
    texts: pa.Array,
    digits: NDArray[np.int64],
    days: NDArray[np.int64] | None,
    foreign: NDArray[np.bool_],
) -> list[pa.Array]:
    views, data = _views(texts)
    at = np.flatnonzero(digits == 0)
    given = texts.is_valid().to_numpy(zero_copy_only=False)[at]
    ids, block, names = question.complete(digits, at, _array(views[at], data, given), days)
    ids[foreign] = finding_ids[FindingCode.NOT_TEXT]
    has = digits != 0
    made: dict[str, pa.Array] = {**names}
    made["outcome"] = made["finding"] = pa.array(ids)
    valid = pa.py_buffer(np.packbits(has, bitorder="little"))
    number = pa.Array.from_buffers(pa.int64(), len(digits), [valid, pa.py_buffer(digits)])
    made |= dict.fromkeys(_DIGITS, number)
    if not {"canonical", "grassroots"}.isdisjoint(question.columns):
        written = canonical_of(block)
        _point(views, at, block, written, len(data))
        made["canonical"] = _array(views, [*data, written.buffers()[2]], has)
        made["grassroots"] = pa.array(views["length"] == _LONG, mask=~has)
    return [made[name] for name in question.columns]


def _views(texts: pa.Array) -> tuple[NDArray[Any], list[pa.Buffer]]:
    """Return the views of texts, to be changed, and the buffers that they point into."""
    _, views, *data = texts.buffers()
    if views is None:
        return np.zeros(len(texts), _VIEW), []
    bare = np.frombuffer(views, np.uint64)[2 * texts.offset :][: 2 * len(texts)]  # copied faster
    return bare.copy().view(_VIEW), data


def _array(views: NDArray[Any], data: list[pa.Buffer], valid: NDArray[np.bool_]) -> pa.Array:
    buffers = [pa.py_buffer(np.packbits(valid, bitorder="little")), pa.py_buffer(views), *data]
    return pa.Array.from_buffers(pa.string_view(), len(views), buffers)


def _point(
    views: NDArray[Any], at: NDArray[np.int64], block: Block, written: pa.Array, buffer: int
) -> None:
    """Let the views of rows point to the texts written for them; others stay where they were."""
    offsets = np.frombuffer(written.buffers()[1], np.int32)
    new = np.zeros(len(at), _VIEW)
    new["length"] = np.diff(offsets)
    new["start"] = np.ascontiguousarray(block.text[:, :4]).view("V4").ravel()
    new["buffer"] = buffer
    new["place"] = offsets[:-1]
    views[at[block.has]] = new[block.has]
