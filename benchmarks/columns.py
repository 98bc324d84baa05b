"""Columns of numbers, beside each engine's own regex: python -m benchmarks.columns.

What is timed is the full verdict (grammar, registries with days, years) with all parsed fields. The
baseline is the same engine's bare regex test on the same column. 3 % of the numbers are damaged in
every way; the book has 3,000 region codes, half of them with a last day, and 120 series codes. All
are timed in turns in one run, and the best round of each counts.

Beside this plain way three others are measured, each against it: with a column of days of approval,
with the names of bodies, series and grades, and as an ``expression`` in a query of one's own.

The answers stay in the engine's own form: nothing is turned into Arrow or pandas that was not that
before. They are freed outside the time that is taken. PySpark and DuckDB work out every value and
keep none; ``duckdb-kept`` keeps them all, and with that measures the machine's memory too. PySpark
needs Java.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.samples import book, numbers
from benchmarks.timing import table
from sdcert import PATTERN, frames

if TYPE_CHECKING:
    from collections.abc import Callable

FIELDS = ["year", "region_code", "series_code", "sequence", "grassroots"]
NAMES = ["region_name", "authority", "series_name", "grade"]
WHOLE = f"^(?:{PATTERN})$"
ROUNDS = 5
OTHER = 3.0  # × the plain way: the bar of the others


def ways(
    frame: Any, codes: Any, run: Callable[[Any], Any], ask: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """The ways to ask.

    Args:
        frame: With columns ``number`` and ``day``.
        codes: The book.
        run: Works an answer out.
        ask: Selects an expression of the engine, if it has any.
    """

    def check(**options: Any) -> Any:
        return run(frames.check(frame, "number", codes=codes, **({"fields": FIELDS} | options)))

    made = {
        "full": check,
        "days": lambda: check(approved_on="day"),
        "names": lambda: check(fields=FIELDS + NAMES),
    }
    if ask is not None:
        made["expression"] = lambda: run(ask({"codes": codes, "fields": FIELDS}))
    return made


def of_pyarrow(given: Any, codes: Any) -> Any:
    import pyarrow.compute as pc

    column = given["number"]
    return {"bare": lambda: pc.match_substring_regex(column, WHOLE)} | ways(given, codes, _same)


def of_pandas(given: Any, codes: Any) -> Any:
    frame = given.to_pandas(date_as_object=False).astype({"number": "str"})
    return {"bare": lambda: frame["number"].str.fullmatch(PATTERN)} | ways(frame, codes, _same)


def of_polars(given: Any, codes: Any) -> Any:
    import polars as pl

    frame: Any = pl.from_arrow(given)
    lazy = frame.lazy()
    matched = lazy.select(pl.col("number").str.contains(WHOLE))

    def run(plan: Any) -> Any:
        return plan.collect(engine="streaming")

    def ask(options: Any) -> Any:
        return lazy.with_columns(a=frames.expression(pl.col("number"), **options))

    return {"bare": lambda: run(matched)} | ways(lazy, codes, run, ask)


def _duckdb(given: Any, codes: Any, run: Any) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.register("given", given)
    connection.execute("create table numbers as select * from given")
    frame = connection.table("numbers")
    matched = frame.project(f"number, regexp_full_match(number, '{PATTERN}') as matched")

    def ask(options: Any) -> Any:
        made = frames.expression("number", engine="duckdb", connection=connection, **options)
        return frame.select(duckdb.StarExpression(), made.alias("a"))

    return {"bare": lambda: run(matched)} | ways(frame, codes, run, ask)


def of_duckdb(given: Any, codes: Any) -> Any:
    return _duckdb(given, codes, lambda relation: relation.aggregate("last(COLUMNS(*))").fetchall())


def of_duckdb_kept(given: Any, codes: Any) -> Any:
    made = _duckdb(given, codes, lambda relation: relation.materialize())
    return {name: made[name] for name in ("bare", "full")}


def of_pyspark(given: Any, codes: Any) -> Any:
    from pyspark.sql import SparkSession, functions

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers take the PATH's

    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "4g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "65536")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    frame = spark.createDataFrame(given).coalesce(2).cache()
    frame.count()
    matched = frame.select("number", functions.col("number").rlike(WHOLE[:-1] + r"\z"))

    def run(plan: Any) -> Any:
        plan.write.format("noop").mode("overwrite").save()

    def ask(options: Any) -> Any:
        made = frames.expression("number", engine="pyspark", **options)
        return frame.select("*", made.alias("a"))

    return {"bare": lambda: run(matched)} | ways(frame, codes, run, ask)


def _same(answer: Any) -> Any:
    return answer


ENGINES = {
    "pyarrow": (of_pyarrow, 1.1),
    "pandas": (of_pandas, 1.2),
    "polars": (of_polars, 3.3),
    "duckdb": (of_duckdb, 2.8),
    "duckdb-kept": (of_duckdb_kept, None),
    "pyspark": (of_pyspark, 2.0),
}


def sample(count: int) -> Any:
    """A table of numbers, each with a day of approval in its evaluation year or the next."""
    import numpy as np
    import pyarrow as pa

    texts = numbers(count)
    years = [int(text[1:3]) if text[1:3].isdecimal() else 20 for text in texts]
    first = np.array(years, "datetime64[Y]") + np.timedelta64(2000 - 1970, "Y")
    days = first.astype("datetime64[D]").astype(np.int32)
    days += np.random.default_rng(2018).integers(0, 730, count, np.int32)
    return pa.table({
        "number": pa.chunked_array([pa.array(texts)]), "day": pa.array(days).cast(pa.date32())
    })  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=5_000_000, help="how many numbers")
    engines = f"which engines, of {', '.join(ENGINES)} (all of them)"
    parser.add_argument("engines", nargs="*", metavar="engine", help=engines)
    asked = parser.parse_args()
    if unknown := sorted(set(asked.engines) - set(ENGINES)):
        parser.error(f"no such engine: {', '.join(unknown)}")
    count = asked.count
    codes, given = book(), sample(count)
    rows, others = [], []
    for name in asked.engines or ENGINES:
        prepare, bar = ENGINES[name]
        made = prepare(given, codes)
        best = dict.fromkeys(made, float("inf"))
        for _ in range(ROUNDS):
            for way, run in made.items():
                start = time.perf_counter()
                answer = run()
                best[way] = min(best[way], time.perf_counter() - start)
                del answer  # so that what is timed next need not
        each = {way: f"{seconds / count * 1e9:.0f}" for way, seconds in best.items()}
        label = f"{name}: {each['bare']} ns a row bare, {each['full']} full"
        bound = f"bar: at most {bar}" if bar else "no bar"
        rows.append((label, best["full"] / best["bare"], bound))
        others += [
            (f"{name}, {way}: {each[way]} ns a row", best[way] / best["full"],
             f"bar: at most {OTHER:.0f}")
            for way in made
            if way not in {"bare", "full"}
        ]  # fmt: skip
    table(f"× the engine's own bare regex, {count:,} numbers", rows)
    table("× the plain way of the same engine", others)


if __name__ == "__main__":
    main()
