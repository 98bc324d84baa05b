"""How Polars asks. Only this file knows Polars' expressions.

Whatever is asked can be asked batch by batch, by a function on rows that streams. Where nothing but
verdict and fields is wanted, and there is no column of days, canonical texts are read by
expressions of Polars' own: their 15 digits become one integer, this the fields, and the fields
places in the tables of what the book says; the function has but the other texts to read.
"""

from __future__ import annotations

from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pyarrow as pa

from sdcert._grammar import MARKER, PREFIX
from sdcert.findings import FindingCode
from sdcert.frames.answers import Role, answer_struct, read_array
from sdcert.frames.making import canonical_of
from sdcert.frames.query import Check
from sdcert.frames.registry import FINDINGS, OUTCOMES, finding_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sdcert.frames.answers import Answerer, Input
    from sdcert.frames.kernel import Block
    from sdcert.frames.registry import Table

__all__ = ["expression", "field", "gathered", "selected", "with_answers"]

_SHORT: Final = len((PREFIX + "0" * 15).encode())
_LONG: Final = _SHORT + len(MARKER.encode())
_CODES: Final = {"region_code": 5, "series_code": 3}  # and how many digits they have
_PAIRS: Final = 4_096  # pairs of codes that are looked up together
_PARTS: Final = ("year", "region", "series", "sequence")
# Where a text of Arrow's type string_view is: the number of a buffer, and the place in it.
_VIEW: Final = np.dtype([("length", "i4"), ("start", "u4"), ("buffer", "i4"), ("place", "i4")])
# One thread at a time: two would only hand the interpreter to and fro. Nothing of Polars is called
# meanwhile, so that no thread can come here again before it has left.
_turn: Final = Lock()


def with_answers(
    frame: Any, inputs: Sequence[Input], answerer: Answerer, connection: Any = None
) -> Any:
    """Answer for the columns of a lazy frame, as its query is run."""
    import polars as pl  # noqa: PLC0415

    schema = frame.collect_schema()
    answers = "__sdcert"
    while any(name.startswith(answers) for name in schema):
        answers += "_"
    if isinstance(answerer, Check) and len(inputs) == 1 and answerer.is_plain(_PAIRS):
        column = inputs[0].column
        made = _in_polars(_column(column), answerer, textual=schema[column] == pl.String)
    else:
        made = expression(inputs, answerer)
    # Not with_columns: of a selection Polars leaves out what nobody asks for in the end.
    return frame.select(pl.all(), made.alias(answers)).unnest(answers)


def expression(inputs: Sequence[Input], answerer: Answerer, connection: Any = None) -> Any:
    """Return an expression that makes one struct of the answers; it may be used wherever one may.

    Its output has the name of its root, as with Polars' own expressions.
    """
    import polars as pl  # noqa: PLC0415

    types = {
        pa.string(): pl.String, pa.int32(): pl.Int32, pa.int64(): pl.Int64, pa.bool_(): pl.Boolean,
    }  # fmt: skip
    # By place: a column that is asked in two roles would be two fields of one name.
    values = [_column(one.column) for one in inputs]
    places = [value.alias(f"{at}") for at, value in enumerate(values)]
    made = pl.struct(places).map_batches(
        partial(_answer, inputs=inputs, answerer=answerer),
        return_dtype=pl.Struct({name: types[kind] for name, kind in answerer.schema.items()}),
        is_elementwise=True,
    )
    return made.alias(values[0].meta.output_name())


def field(struct: Any, name: str, root: Any) -> Any:
    """Return a field of a struct, under the name of the root."""
    return struct.struct.field(name).alias(root.meta.output_name())


def selected(frame: Any, columns: Mapping[str, str]) -> Any:
    """Take some columns under other names."""
    return frame.select(_column(old).alias(new) for new, old in columns.items())


def gathered(frame: Any, group: str, text: str, most: int) -> Any:
    """Add to each row how many its group has, and the first texts of these in one."""
    import polars as pl  # noqa: PLC0415

    whole = pl.col(group).is_not_null()
    return frame.with_columns(
        group_rows=pl.when(whole).then(pl.len().over(group).cast(pl.Int64)),
        twins=pl.when(whole).then(pl.col(text).sort().head(most).str.join(", ").over(group)),
    )


def _answer(rows: Any, inputs: Sequence[Input], answerer: Answerer) -> Any:
    """Answer for a batch, which Polars passes in a thread of its own."""
    import polars as pl  # noqa: PLC0415

    arrays = []
    for at, one in enumerate(inputs):
        column = rows.struct.field(f"{at}")
        if one.role is Role.TEXT:
            column = column.cast(pl.String)
        arrays.append(read_array(column.to_arrow(), one))
    with _turn:
        answers = answer_struct(arrays, answerer)
    return pl.from_arrow(answers)


def _in_polars(value: Any, check: Check, *, textual: bool) -> Any:
    """Return the expression that reads canonical texts by means of Polars' own.

    Args:
        value: The expression of the values.
        check: What is asked: plain, and for no column of days.
        textual: Whether the column is known to be of the type String.
    """
    import polars as pl  # noqa: PLC0415

    text = pl.field("text")
    texts = value
    if not textual:
        texts = value.map_batches(_texts, return_dtype=pl.String, is_elementwise=True)
    number, head, tail = (pl.field(name) for name in ("number", "head", "tail"))
    length = text.str.len_bytes()
    # What else a cast may take than digits begins with a sign, and so with no digit.
    plain = (text >= f"{PREFIX}0") & (text < f"{PREFIX}:")
    plain &= (length == _SHORT) | (length == _LONG) & text.str.ends_with(MARKER)
    digits = text.str.slice(len(PREFIX), 15).cast(pl.UInt64, strict=False)
    # Step by step, since Polars works out each field of a step once; and in halves, since integers
    # of 32 bits are divided faster.
    read = (
        pl.struct(text=texts)
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
        .struct.with_fields(ids=_findings(check))
    )
    kinds = {"string": pl.String, "int32": pl.Int32, "bool": pl.Boolean}
    names = dict(zip(check.columns, check.schema, strict=True))
    dtypes = {name: kinds[str(check.schema[new])] for name, new in names.items()}
    finished = _finished(names)
    for name in finished:
        dtypes[name] = pl.UInt32 if name in _CODES else pl.UInt8
    answered = read.map_batches(
        partial(_complete, check=check),
        return_dtype=pl.Struct({names[name]: dtype for name, dtype in dtypes.items()}),
        is_elementwise=True,
    )
    return answered.struct.with_fields(**{names[name]: made for name, made in finished.items()})


def _finished(new: Mapping[str, str]) -> dict[str, Any]:
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


def _column(column: Any) -> Any:
    """Return the expression of a column by its name, or an expression as it is.

    Of some names Polars would make a pattern.
    """
    import polars as pl  # noqa: PLC0415
    from polars import selectors  # noqa: PLC0415

    if not isinstance(column, str):
        return column
    pattern = column == "*" or (column.startswith("^") and column.endswith("$"))
    return selectors.by_name(column).as_expr() if pattern else pl.col(column)


def _findings(check: Check) -> Any:
    """Return the expression of the finding of a canonical text, as its number."""
    import polars as pl  # noqa: PLC0415

    year, region, series = (pl.field(name) for name in ("year", "region", "series"))
    registry = check.reader.registry
    if check.codes is None:
        return pl.lit(pl.Series(registry.years(check.day))).gather(year)
    table = cast("Table", registry.table(check.day))

    def look_up(answers: NDArray[np.uint8], code: Any) -> Any:
        starts = pl.Series(table.spans.astype(np.uint32) * answers.shape[1])
        return pl.lit(pl.Series(answers.ravel())).gather(pl.lit(starts).gather(year) + code)

    least = pl.min_horizontal(look_up(table.regions, region), look_up(table.series, series))
    if not table.pairs:
        return least
    row = pl.lit(pl.Series(table.spans.astype(np.int64))).gather(year)
    key = (row * 100_000 + region) * 1_000 + series
    found = pl.Series(list(table.pairs.values()), dtype=pl.UInt8)
    old = pl.Series(list(table.pairs), dtype=pl.Int64)
    return key.replace_strict(old, found, default=least, return_dtype=pl.UInt8)


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


def _complete(batch: Any, check: Check) -> Any:
    """Answer for a batch of which the canonical texts are read already."""
    import polars as pl  # noqa: PLC0415

    part = batch.struct.field
    texts = part("text").to_arrow(compat_level=pl.CompatLevel.newest())
    ids, *parts = (part(name).to_numpy() for name in ("ids", *_PARTS))
    foreign = part("foreign").to_numpy() if "foreign" in batch.struct.fields else None
    with _turn:
        answers = _answers(check, texts, ids, parts, foreign)
    return pl.from_arrow(pa.StructArray.from_arrays(answers, list(check.schema)))


def _answers(
    check: Check,
    texts: pa.Array,
    ids: NDArray[np.uint8],
    parts: list[NDArray[np.uint32]],
    foreign: NDArray[np.bool_] | None,
) -> list[pa.Array]:
    views, data = _views(texts)
    missing = None
    if texts.null_count:
        missing = texts.is_null().to_numpy(zero_copy_only=False)

    def take(at: NDArray[np.int64]) -> pa.Array:
        return _array(views[at], data)

    found, at, others = check.complete(ids, parts, missing, take)
    if foreign is not None:
        found.ids[foreign] = finding_ids[FindingCode.NOT_TEXT]
    has = found.has

    def column(kind: pa.DataType, values: NDArray[Any]) -> pa.Array:
        return pa.Array.from_buffers(kind, len(has), [_bits(has), pa.py_buffer(values)])

    found.year += np.uint32(2000)
    numbers = pa.array(found.ids)
    made = {
        "outcome": numbers,
        "finding": numbers,
        "grassroots": numbers,  # in its place; Polars makes it of the canonical text
        "year": column(pa.int32(), found.year),
        "region_code": column(pa.uint32(), found.region),
        "series_code": column(pa.uint32(), found.series),
        "sequence": column(pa.int32(), found.sequence),
    }
    if "canonical" in check.columns:
        canonical = canonical_of(others)
        _point(views, at, others, canonical, len(data))
        made["canonical"] = _array(views, [*data, canonical.buffers()[2]], has)
    return [made[name] for name in check.columns]


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
