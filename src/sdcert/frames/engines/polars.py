"""How Polars asks. Only this file knows Polars' expressions.

Canonical texts are read by expressions of Polars' own: their 15 digits become one integer, this the
fields, and the fields places in the tables of what the book says. What Polars cannot say is asked
batch by batch: what the book says on a day for each row, names, and all that is said of the few
texts that are not canonical.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER, PREFIX
from sdcert.findings import FindingCode
from sdcert.frames.query import canonical_of, day_array, days_of
from sdcert.frames.registry import FINDINGS, OUTCOMES, finding_ids, registry_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sdcert.frames.kernel import Block
    from sdcert.frames.query import Question

__all__ = ["every_column", "expression_of"]

_SHORT: Final = len((PREFIX + "0" * 15).encode())
_LONG: Final = _SHORT + len(MARKER.encode())
_CODES: Final = {"region_code": 5, "series_code": 3}  # and how many digits they have
_PARTS: Final = ("year", "region", "series", "sequence")
# Where a text of Arrow's type string_view stands: the number of a buffer, and the place in it.
_VIEW: Final = np.dtype([("length", "i4"), ("start", "u4"), ("buffer", "i4"), ("place", "i4")])
# One thread at a time: two would only hand the interpreter to and fro. Nothing of Polars is called
# meanwhile, so that no thread can come here again before it has left.
_turn: Final = Lock()


def expression_of(
    column: str,
    day_column: str | None,
    question: Question,
    new: dict[str, str],
    *,
    textual: bool = False,
) -> Any:
    """Return an expression that makes one struct of the question's columns.

    Args:
        column: As for :func:`sdcert.frames.check`.
        day_column: The column of days, if there is one.
        question: What is asked.
        new: The names of the struct's fields for the question's columns.
        textual: Whether the column is known to be of the type String.
    """
    import polars as pl  # noqa: PLC0415

    value, text = _column(column), pl.field("text")
    texts = value
    if not textual:
        texts = value.map_batches(_texts, return_dtype=pl.String, is_elementwise=True)
    days = {} if day_column is None else {"day": _column(day_column)}
    number, head, tail = (pl.field(name) for name in ("number", "head", "tail"))
    length = text.str.len_bytes()
    # What else a cast may take than digits begins with a sign, and so with no digit.
    plain = (text >= f"{PREFIX}0") & (text < f"{PREFIX}:")
    plain &= (length == _SHORT) | (length == _LONG) & text.str.ends_with(MARKER)
    digits = text.str.slice(len(PREFIX), 15).cast(pl.UInt64, strict=False)
    # Step by step, since Polars works out each field of a step once; and in halves, since integers
    # of 32 bits are divided faster.
    read = (
        pl.struct(text=texts, **days)
        .struct.with_fields(
            number=pl.when(plain).then(digits).fill_null(0),
            **({} if textual else {"foreign": text.is_null() & value.is_not_null()}),
        )
        .struct.with_fields(
            head=(number // 10**8).cast(pl.UInt32), tail=(number % 10**8).cast(pl.UInt32)
        )
        .struct.with_fields(
            year=head // 10**5,
            region=head % 10**5,
            series=tail // 10**5,
            sequence=tail % 10**5,
        )
    )
    if day_column is None:
        read = read.struct.with_fields(ids=_said(question))
    kinds = {"string": pl.String, "int32": pl.Int32, "bool": pl.Boolean}
    dtypes = {name: kinds[str(kind)] for name, kind in question.schema.items()}
    asked = _finished(new)
    for name in asked:
        dtypes[name] = pl.UInt32 if name in _CODES else pl.UInt8
    answered = read.map_batches(
        lambda batch: _ask(batch, question, list(new.values())),
        return_dtype=pl.Struct({new[name]: dtype for name, dtype in dtypes.items()}),
        is_elementwise=True,
    )
    return answered.struct.with_fields(**{new[name]: made for name, made in asked.items()})


def _finished(new: dict[str, str]) -> dict[str, Any]:
    """Return the expressions of the columns that are made of what the batches answer."""
    import polars as pl  # noqa: PLC0415

    made = {}
    for name, (texts, without) in _tables().items():
        if name in new:
            number = pl.field(new[name])
            made[name] = pl.lit(texts).gather(number)
            if without:  # faster than nulls among the texts
                made[name] = pl.when(*(number != one for one in without)).then(made[name])
    if "grassroots" in new:
        made["grassroots"] = pl.field(new["canonical"]).str.len_bytes() == _LONG
    return made


def every_column() -> Any:
    """Return the expression of all columns."""
    import polars as pl  # noqa: PLC0415

    return pl.all()


def _column(name: str) -> Any:
    """Return the expression of a column; of some names Polars would make a pattern."""
    import polars as pl  # noqa: PLC0415
    from polars import selectors  # noqa: PLC0415

    pattern = name == "*" or (name.startswith("^") and name.endswith("$"))
    return selectors.by_name(name).as_expr() if pattern else pl.col(name)


def _said(question: Question) -> Any:
    """Return the expression of what is said of a number, as the number of a finding."""
    import polars as pl  # noqa: PLC0415

    year, region, series = (pl.field(name) for name in ("year", "region", "series"))
    registry = registry_of(question.codes, question.window_years)
    if question.codes is None:
        return pl.lit(pl.Series(registry.years(question.day))).gather(year)
    table = registry.table(question.day)

    def look_up(answers: NDArray[np.uint8], code: Any) -> Any:
        starts = pl.Series(table.spans.astype(np.uint32) * answers.shape[1])
        return pl.lit(pl.Series(answers.ravel())).gather(pl.lit(starts).gather(year) + code)

    return pl.min_horizontal(look_up(table.regions, region), look_up(table.series, series))


@cache
def _tables() -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return for some columns the texts that numbers stand for, and the numbers of no text."""
    import polars as pl  # noqa: PLC0415

    tables: dict[str, tuple[Any, tuple[int, ...]]] = {
        name: (pl.int_range(10**width, eager=True).cast(pl.String).str.zfill(width), ())
        for name, width in _CODES.items()
    }
    for name, meant in (("outcome", OUTCOMES), ("finding", FINDINGS)):
        without = tuple(at for at, one in enumerate(meant) if at and one is None)
        tables[name] = pl.Series(["" if one is None else one.value for one in meant]), without
    return tables


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
    days = None
    if "day" in batch.struct.fields:
        days = days_of(day_array(part("day").to_arrow()))
    ids = part("ids").to_numpy() if days is None else None
    parts = [part(name).to_numpy() for name in _PARTS]
    foreign = part("foreign").to_numpy() if "foreign" in batch.struct.fields else None
    with _turn:
        answers = _answers(question, texts, ids, parts, foreign, days)
    return pl.from_arrow(pa.StructArray.from_arrays(answers, names))


def _answers(  # noqa: PLR0917  # ours alone
    question: Question,
    texts: pa.Array,
    said: NDArray[np.uint8] | None,
    parts: list[NDArray[np.uint32]],
    foreign: NDArray[np.bool_] | None,
    days: NDArray[np.int64] | None,
) -> list[pa.Array]:
    views, data = _views(texts)
    missing = None
    if texts.null_count:
        missing = texts.is_null().to_numpy(zero_copy_only=False)

    def take(at: NDArray[np.int64]) -> pa.Array:
        return _array(views[at], data)

    found, at, others, names = question.complete(said, parts, missing, take, days)
    if foreign is not None:
        found.ids[foreign] = finding_ids[FindingCode.NOT_TEXT]
    has = found.has

    def column(kind: pa.DataType, values: NDArray[Any]) -> pa.Array:
        return pa.Array.from_buffers(kind, len(has), [_bits(has), pa.py_buffer(values)])

    found.year += np.uint32(2000)
    ids = pa.array(found.ids)
    made = names | {
        "outcome": ids,
        "finding": ids,
        "grassroots": ids,  # in its place; Polars makes it of the canonical text
        "year": column(pa.int32(), found.year),
        "region_code": column(pa.uint32(), found.region),
        "series_code": column(pa.uint32(), found.series),
        "sequence": column(pa.int32(), found.sequence),
    }
    if "canonical" in question.columns:
        written = canonical_of(others)
        _point(views, at, others, written, len(data))
        made["canonical"] = _array(views, [*data, written.buffers()[2]], has)
    return [made[name] for name in question.columns]


def _views(texts: pa.Array) -> tuple[NDArray[Any], list[pa.Buffer]]:
    """Return the views of texts, to be changed, and the buffers that they point into."""
    _, views, *data = texts.buffers()
    bare = np.frombuffer(views, np.uint64)[2 * texts.offset :][: 2 * len(texts)]  # copied faster
    return bare.copy().view(_VIEW), data


def _array(
    views: NDArray[Any], data: list[pa.Buffer], valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    bits = None if valid is None else _bits(valid)
    return pa.Array.from_buffers(pa.string_view(), len(views), [bits, pa.py_buffer(views), *data])


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _point(
    views: NDArray[Any], at: NDArray[np.int64], block: Block, written: pa.Array, buffer: int
) -> None:
    """Let the views of rows point to the texts written for them; others stay where they were."""
    offsets = np.frombuffer(written.buffers()[1], np.int32)
    new = np.zeros(len(at), _VIEW)
    new["length"] = np.diff(offsets)
    new["start"] = np.ascontiguousarray(block.text[:, :4]).view(np.uint32).ravel()
    new["buffer"] = buffer
    new["place"] = offsets[:-1]
    views[at[block.has]] = new[block.has]
