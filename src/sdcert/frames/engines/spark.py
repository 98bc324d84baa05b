"""How Spark asks. Only this file knows Spark's functions.

A function of ours on Arrow arrays reads the texts. For a check it answers with one integer each,
since every column that goes from Python to Spark costs; Spark itself makes the columns of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdcert._grammar import MARKER, PREFIX
from sdcert.frames.answers import SQL_TYPES, free_name, function_of
from sdcert.frames.errors import unsupported
from sdcert.frames.query import PACKED, SHIFTS, VALID, Check
from sdcert.frames.registry import FINDINGS, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sdcert.findings import FindingCode, Outcome
    from sdcert.frames.answers import Answerer, Input, Role

__all__ = ["expression", "field", "register", "selected", "with_answers"]


def with_answers(
    frame: Any, inputs: Sequence[Input], answerer: Answerer, connection: Any = None
) -> Any:
    """Answer for the columns, as Spark comes to them."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  # as everybody calls them

    answers = free_name(frame.columns)
    if isinstance(answerer, Check):
        asked = frame.select("*", _asked(inputs, answerer.packed()).alias(answers))
        columns = _columns(F.col(answers), _column(inputs[0].column), answerer)
    else:
        asked = frame.select("*", _asked(inputs, answerer).alias(answers))
        columns = [F.col(answers).getField(name).alias(name) for name in answerer.schema]
    return asked.select("*", *columns).drop(answers)


def expression(inputs: Sequence[Input], answerer: Check, connection: Any = None) -> Any:
    """Return an expression that makes one struct of the answers."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    if VALID in answerer.columns:
        return _asked(inputs, answerer)
    value = _column(inputs[0].column)
    return F.struct(*_columns(_asked(inputs, answerer.packed()), value, answerer))


def field(struct: Any, name: str, root: Any) -> Any:
    """Return a field of a struct."""
    return struct.getField(name)


def register(session: Any, name: str, roles: Sequence[Role], answerer: Answerer) -> None:
    """Make the answerer a function of SQL in a session.

    Raises:
        UnsupportedFrame: If Spark itself has one of the name, which it would go on to call.
    """
    if (name.lower(),) in map(tuple, session.sql("SHOW SYSTEM FUNCTIONS").collect()):
        raise unsupported("name", "free-name", type=repr(name))
    session.udf.register(name, _udf(answerer, roles))


def selected(frame: Any, columns: Mapping[str, str]) -> Any:
    """Take some columns under other names."""
    return frame.select(*(_column(old).alias(new) for new, old in columns.items()))


def _asked(inputs: Sequence[Input], answerer: Answerer) -> Any:
    asked = _udf(answerer, [one.role for one in inputs])
    return asked(*(_column(one.column) for one in inputs))


def _udf(answerer: Answerer, roles: Sequence[Role]) -> Any:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    fields = (f"`{name}` {SQL_TYPES[kind]}" for name, kind in answerer.schema.items())
    return F.arrow_udf(function_of(answerer, roles), f"struct<{', '.join(fields)}>")


def _columns(asked: Any, value: Any, check: Check) -> list[Any]:
    """Return the columns of a check, made of what a function of ours has answered."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    packed = asked.getField(PACKED)
    parts = {
        name: F.shiftright(packed, shift).bitwiseAND(mask).cast("int")
        for name, (shift, mask) in SHIFTS.items()
    }

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
    made_up = F.concat(F.lit(PREFIX), text(parts["year"], 2), region, series, sequence, tail)
    plain = parts["plain"] > 0
    made = {
        "outcome": meaning(OUTCOMES),
        "finding": meaning(FINDINGS),
        "canonical": F.when(has, F.when(plain, value.cast("string")).otherwise(made_up)),
        "year": F.when(has, parts["year"] + 2000),
        "region_code": F.when(has, region),
        "series_code": F.when(has, series),
        "sequence": F.when(has, parts["sequence"]),
        "grassroots": F.when(has, marked),
    }
    return [
        (made[name] if name in made else asked.getField(name)).alias(f"{check.prefix}{name}")
        for name in check.columns
    ]


def _column(column: Any) -> Any:
    """Return a column by its name, whatever is in it, or an expression as it is."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    return F.col(f"`{column.replace('`', '``')}`") if isinstance(column, str) else column
