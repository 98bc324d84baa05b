"""How Polars asks. Only this file knows Polars' expressions.

Whatever is asked is asked batch by batch, by a function on rows that streams and that may be used
wherever an expression may. Of a check Polars itself makes the columns, still within that function.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pyarrow as pa

from sdcert.findings import Outcome
from sdcert.frames.answers import answer_struct, free_name
from sdcert.frames.engines.arrow import arrow_of, column_array
from sdcert.frames.query import MAKERS, VALID, Check, canonical_of
from sdcert.frames.registry import FINDINGS, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sdcert.frames.answers import Answerer, Input

__all__ = ["expression", "field", "selected", "with_answers"]

#: What is taken of a :class:`~sdcert.frames.kernel.Block`.
_PARTS: Final = ("ids", "has", "region", "series")
#: The columns for which Polars takes Arrow's memory as it is.
_TAKEN: Final = ("year", "sequence", "grassroots")


def with_answers(
    frame: Any, inputs: Sequence[Input], answerer: Answerer, connection: Any = None
) -> Any:
    """Answer for the columns of a lazy frame, as its query is run."""
    import polars as pl  # noqa: PLC0415

    answers = free_name(frame.collect_schema().names())
    # Not with_columns: of a selection Polars leaves out what nobody asks for in the end.
    made = expression(inputs, answerer).alias(answers)
    return frame.select(pl.all(), made).unnest(answers)


def expression(inputs: Sequence[Input], answerer: Answerer, connection: Any = None) -> Any:
    """Return an expression that makes one struct of the answers; it may be used wherever one may.

    Its output has the name of its root, as with Polars' own expressions.
    """
    import polars as pl  # noqa: PLC0415

    types = {
        pa.string(): pl.String, pa.int32(): pl.Int32, pa.int64(): pl.Int64, pa.bool_(): pl.Boolean,
    }  # fmt: skip
    return pl.map_batches(
        [_column(one.column) for one in inputs],
        partial(_answer, inputs=inputs, answerer=answerer),
        return_dtype=pl.Struct({name: types[kind] for name, kind in answerer.schema.items()}),
        is_elementwise=True,
    )


def field(struct: Any, name: str, root: Any) -> Any:
    """Return a field of a struct, under the name of the root."""
    import polars as pl  # noqa: PLC0415

    return struct.map_batches(
        lambda answers: answers.struct.field(name).alias(answers.name),
        return_dtype=pl.Boolean,
        is_elementwise=True,
    )


def selected(frame: Any, columns: Mapping[str, str]) -> Any:
    """Take some columns under other names."""
    return frame.select(_column(old).alias(new) for new, old in columns.items())


def _answer(columns: Sequence[Any], inputs: Sequence[Input], answerer: Answerer) -> Any:
    """Answer for a batch, which Polars passes in a thread of its own."""
    import polars as pl  # noqa: PLC0415

    lengths = {len(one) for one in columns}  # that of a literal is 1
    rows = 0 if 0 in lengths else max(lengths)
    columns = [one if len(one) == rows else one.new_from_index(0, rows) for one in columns]
    if isinstance(answerer, Check) and columns[0].dtype == pl.String:
        days = [_array(column, one) for column, one in zip(columns[1:], inputs[1:], strict=True)]
        return _checked(columns[0], days, answerer)
    arrays = [_array(column, one) for column, one in zip(columns, inputs, strict=True)]
    return pl.from_arrow(answer_struct(arrays, answerer))


def _array(column: Any, one: Input) -> Any:
    return column_array(nw.from_native(column, series_only=True), one)


def _checked(texts: Any, days: Sequence[Any], check: Check) -> Any:
    """Answer a check of a batch of texts."""
    import polars as pl  # noqa: PLC0415

    block, beside = check.read([arrow_of(nw.from_native(texts, series_only=True)), *days])
    other = np.flatnonzero(~block.plain)
    written = canonical_of(block, other)
    taken = {name: MAKERS[name](block) for name in _TAKEN if name in check.columns}
    frame = pl.DataFrame({
        "canonical": texts.clone().scatter(other, pl.from_arrow(written)),
        **{name: pl.Series(getattr(block, name)) for name in _PARTS},
        **{name: pl.from_arrow(values) for name, values in (taken | beside).items()},
    })  # fmt: skip
    made = _columns()
    return frame.select(
        made.get(name, pl.col(name)).alias(f"{check.prefix}{name}") for name in check.columns
    ).to_struct()


@cache
def _columns() -> dict[str, Any]:
    """Return the columns of a check as expressions of what was found."""
    import polars as pl  # noqa: PLC0415

    def meaning(of: Sequence[Any]) -> Any:
        return pl.lit(pl.Series([getattr(one, "value", one) for one in of])).gather("ids")

    def code(name: str, width: int) -> Any:
        texts = pl.int_range(10**width, eager=True).cast(pl.String).str.zfill(width)
        return pl.when(has).then(pl.lit(texts).gather(name))

    has = pl.col("has")
    return {
        "outcome": meaning(OUTCOMES),
        "finding": meaning(FINDINGS),
        VALID: meaning([one and one is Outcome.VALID for one in OUTCOMES]),
        "region_code": code("region", 5),
        "series_code": code("series", 3),
    }


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
