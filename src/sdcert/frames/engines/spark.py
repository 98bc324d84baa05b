"""How Spark asks. Only this file knows Spark's functions.

A function of ours on Arrow arrays reads the texts and answers with one integer each, since every
column that goes from Python to Spark costs; Spark itself makes the columns of it. Names go as they
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from sdcert._grammar import MARKER, PREFIX
from sdcert.frames.query import FIELDS, SAID, VERDICT, whole
from sdcert.frames.registry import FINDINGS, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdcert.findings import FindingCode, Outcome
    from sdcert.frames.query import Question

__all__ = ["checked", "expression_of"]

_SAID: Final = "said"


def expression_of(
    column: str, day_column: str | None, question: Question, new: dict[str, str]
) -> Any:
    """Return an expression that makes one struct of the question's columns."""
    from pyspark.sql import functions  # noqa: PLC0415

    asked = _asked(column, day_column, question)
    return functions.struct(*_columns(asked, column, question, new))


def checked(  # noqa: PLR0917  # ours alone
    frame: Any,
    column: str,
    day_column: str | None,
    question: Question,
    new: dict[str, str],
    lazy: str,
) -> Any:
    """Return a frame with the question's columns behind its own."""
    from pyspark.sql import functions  # noqa: PLC0415

    asked = frame.select("*", _asked(column, day_column, question).alias(lazy))
    columns = _columns(functions.col(lazy), column, question, new)
    return asked.select("*", *columns).drop(lazy)


def _asked(column: str, day_column: str | None, question: Question) -> Any:
    from pyspark.sql import functions  # noqa: PLC0415

    names = [name for name in question.columns if name not in VERDICT | FIELDS]
    fields = [f"{_SAID} bigint", *(f"{name} string" for name in names)]
    answer = _answerer(question, names, with_days=day_column is not None)
    function = functions.arrow_udf(answer, f"struct<{', '.join(fields)}>")
    return function(*(_col(name) for name in (column, day_column) if name is not None))


def _answerer(question: Question, names: list[str], *, with_days: bool) -> Callable[..., Any]:
    """Return the question as a function that Spark sends to its workers."""

    # Spark tells by these annotations that arrays go in and an array comes out.
    def answer(values: pa.Array) -> pa.Array:
        return struct(*question.say(whole(values), None, names))

    def answer_with_days(values: pa.Array, days: pa.Array) -> pa.Array:
        return struct(*question.say(whole(values), whole(days), names))

    def struct(*columns: pa.Array) -> pa.StructArray:
        return pa.StructArray.from_arrays(columns, [_SAID, *names])

    return answer_with_days if with_days else answer


def _columns(asked: Any, column: str, question: Question, new: dict[str, str]) -> list[Any]:
    """Return the columns, made of what a function of ours has answered."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  # as everybody calls them

    said, shift, parts = asked.getField(_SAID), 0, {}
    for name, width in reversed(SAID.items()):
        parts[name] = F.shiftright(said, shift).bitwiseAND((1 << width) - 1).cast("int")
        shift += width

    def text(number: Any, width: int) -> Any:
        """Look it up: to write a number with its zeros costs twice as much."""
        every = ", ".join(f"'{number:0{width}}'" for number in range(10**width))
        return F.get(F.expr(f"array({every})"), number)

    def meaning(of: tuple[FindingCode | Outcome | None, ...]) -> Any:
        every = ", ".join("null" if one is None else f"'{one.value}'" for one in of)
        return F.get(F.expr(f"array({every})"), parts["ids"])

    has = parts["sequence"] > 0
    marked = parts["marked"] > 0
    city = (parts["region"] / 1_000).cast("int")
    region = F.concat(text(city, 2), text(parts["region"] % 1_000, 3))
    series = text(parts["series"], 3)
    sequence = F.lpad(parts["sequence"].cast("string"), 5, "0")
    tail = F.when(marked, MARKER).otherwise("")
    written = F.concat(F.lit(PREFIX), text(parts["year"], 2), region, series, sequence, tail)
    plain = parts["plain"] > 0
    made = {
        "outcome": meaning(OUTCOMES),
        "finding": meaning(FINDINGS),
        "canonical": F.when(has, F.when(plain, _col(column).cast("string")).otherwise(written)),
        "year": F.when(has, parts["year"] + 2000),
        "region_code": F.when(has, region),
        "series_code": F.when(has, series),
        "sequence": F.when(has, parts["sequence"]),
        "grassroots": F.when(has, marked),
    }
    return [
        (made[name] if name in made else asked.getField(name)).alias(new[name])
        for name in question.columns
    ]


def _col(name: str) -> Any:
    from pyspark.sql import functions  # noqa: PLC0415

    return functions.col(f"`{name.replace('`', '``')}`")
