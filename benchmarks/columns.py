"""Columns of numbers, beside each engine's own regex: python -m benchmarks.columns.

Arguments: how many numbers, then which engines; all of them if none is named.

What is timed is the full verdict (grammar, registries with days, years) with all parsed fields. The
baseline is the same engine's bare regex test on the same column. 3 % of the numbers are damaged in
every way; the book has 3,000 region codes, half of them with a last day, and 120 series codes. Both
are timed in turns in one run, and the best round of each counts.

The answers stay in the engine's own form: nothing is turned into Arrow or pandas that was not that
before. They are freed outside the time that is taken. PySpark and DuckDB work out every value and
keep none; ``duckdb-kept`` keeps them all, and with that measures the machine's memory too. PySpark
needs Java.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from benchmarks.samples import book, numbers
from benchmarks.timing import table
from sdcert import PATTERN, frames

FIELDS = ["year", "region_code", "series_code", "sequence", "grassroots"]
WHOLE = f"^(?:{PATTERN})$"
ROUNDS = 5


def check(frame: Any, codes: Any) -> Any:
    return frames.check(frame, "number", codes=codes, fields=FIELDS)


def of_pyarrow(column: Any, codes: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    frame = pa.table({"number": column})
    return lambda: pc.match_substring_regex(column, WHOLE), lambda: check(frame, codes)


def of_pandas(column: Any, codes: Any) -> Any:
    import pandas as pd

    frame = pd.DataFrame({"number": pd.Series(column.to_pandas(), dtype="str")})
    return lambda: frame["number"].str.fullmatch(PATTERN), lambda: check(frame, codes)


def of_polars(column: Any, codes: Any) -> Any:
    import polars as pl

    frame = pl.DataFrame({"number": pl.Series(values=column)}).lazy()
    matched = frame.select(pl.col("number").str.contains(WHOLE))
    return (
        lambda: matched.collect(engine="streaming"),
        lambda: check(frame, codes).collect(engine="streaming"),
    )


def _relations(column: Any, codes: Any) -> Any:
    """DuckDB's bare regex, and how to ask for the full answer."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.register("given", pa.table({"number": column}))
    connection.execute("create table numbers as select * from given")
    frame = connection.table("numbers")
    matched = frame.project(f"number, regexp_full_match(number, '{PATTERN}') as matched")
    return matched, lambda: check(frame, codes)


def of_duckdb(column: Any, codes: Any) -> Any:
    matched, full = _relations(column, codes)

    def run(relation: Any) -> Any:
        return relation.aggregate("last(COLUMNS(*))").fetchall()

    return lambda: run(matched), lambda: run(full())


def of_duckdb_kept(column: Any, codes: Any) -> Any:
    matched, full = _relations(column, codes)
    return matched.materialize, lambda: full().materialize()


def of_pyspark(column: Any, codes: Any) -> Any:
    import pyarrow as pa
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
    frame = spark.createDataFrame(pa.table({"number": column})).coalesce(2).cache()
    frame.count()
    matched = frame.select("number", functions.col("number").rlike(WHOLE[:-1] + r"\z"))

    def run(plan: Any) -> Any:
        plan.write.format("noop").mode("overwrite").save()

    return lambda: run(matched), lambda: run(check(frame, codes))


ENGINES = {
    "pyarrow": (of_pyarrow, 1.5),
    "pandas": (of_pandas, 1.5),
    "polars": (of_polars, 3.6),
    "duckdb": (of_duckdb, 2.8),
    "duckdb-kept": (of_duckdb_kept, None),
    "pyspark": (of_pyspark, 2.2),
}


def main() -> None:
    import pyarrow as pa

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    codes, column = book(), pa.chunked_array([pa.array(numbers(count))])
    rows = []
    for name in sys.argv[2:] or ENGINES:
        prepare, bar = ENGINES[name]
        ways = prepare(column, codes)
        best = [float("inf"), float("inf")]
        for _ in range(ROUNDS):
            for at, way in enumerate(ways):
                start = time.perf_counter()
                answer = way()
                best[at] = min(best[at], time.perf_counter() - start)
                del answer  # so that what is timed next need not
        bare, full = best
        label = f"{name}: {bare / count * 1e9:.0f} ns a row bare, {full / count * 1e9:.0f} full"
        rows.append((label, full / bare, f"bar: at most {bar}" if bar else "no bar"))
    table(f"× the engine's own bare regex, {count:,} numbers", rows)


if __name__ == "__main__":
    main()
