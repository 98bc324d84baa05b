"""Verdicts counted from a Parquet file, whatever its length: python -m benchmarks.growth [ROWS…].

For each number of rows (1, 10 and 50 million if none is given) a file of numbers is written into a
temporary folder, batch by batch, damaged as in benchmarks.columns. Then Polars' streaming engine
counts the verdicts by finding, and, as the baseline, the texts that its regex takes. Each is
measured in processes of its own, in turns, and the best of each counts, of the time as of the peak
of memory (resident, of the whole process).
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.samples import book, numbers
from benchmarks.timing import table
from sdcert import PATTERN, frames

ROWS = [1_000_000, 10_000_000, 50_000_000]
BATCH = 1_000_000
LONG = 50_000_000  # rows, for which the bar on time is set
ROUNDS = 3
WAYS = ("regex", "verdict")


def write(path: Path, rows: int) -> None:
    """Write a file of a million different numbers, again and again in another order."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema({"number": pa.string()})
    texts = pa.array(numbers(min(rows, BATCH)))
    draw = np.random.default_rng(2018)
    with pq.ParquetWriter(path, schema) as writer:
        for at in range(0, rows, BATCH):
            taken = texts.take(pa.array(draw.permutation(len(texts))[: rows - at]))
            writer.write_table(pa.table({"number": taken}, schema))


def count(way: str, path: str) -> None:
    """Count in this process; print the seconds, and the peak of memory in bytes."""
    import polars as pl

    frame = pl.scan_parquet(path)
    codes = book()
    start = time.perf_counter()
    if way == "regex":
        matched = pl.col("number").str.contains(f"^(?:{PATTERN})$")
        plan = frame.group_by(matched.alias("matched")).agg(pl.len())
    else:
        plan = frames.summary(frame, "number", codes=codes)
    plan.collect(engine="streaming")
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([seconds, peak * (1 if sys.platform == "darwin" else 1024)]))


def measured(way: str, path: Path) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", way, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[1] in WAYS:
        count(sys.argv[1], sys.argv[2])
        return
    rows = [int(argument) for argument in sys.argv[1:]] or ROWS
    spent: dict[int, float] = {}
    lines = []
    for many in rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "numbers.parquet"
            write(path, many)
            runs: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            for _ in range(ROUNDS):
                for way in WAYS:
                    runs[way].append(measured(way, path))
        bare, full = (min(seconds for seconds, _ in runs[way]) for way in WAYS)
        bar = "bar: at most 2.5" if many >= LONG else "no bar: tables are made first, once"
        peak = min(peak for _, peak in runs["verdict"]) / 2**30
        spent[many] = full
        lines += [
            (f"{many:,} rows: × the regex counted ({bare:.2f} s)", full / bare, bar),
            (f"{many:,} rows: GiB at the peak", peak, "bar: below 1"),
        ]
    least, most = min(rows), max(rows)
    growth = spent[most] / spent[least] / (most / least)
    lines.append((f"seconds a row, {most:,} to {least:,}", growth, "bar: linear, about 1 or less"))
    table("verdicts counted by finding, Polars streaming from Parquet", lines)


if __name__ == "__main__":
    main()
