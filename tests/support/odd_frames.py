"""Frames as they should not be: odd types of columns, odd names, names that stand twice.

Only this file knows which values and types each engine can hold.
"""

import datetime as dt
import math
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import strategies as st

__all__ = ["COLUMN_NAMES", "EXPRESSIONS", "FRAMES", "SERIES", "collect"]

ROWS = 3
DAY, NOW = dt.date(2021, 1, 1), dt.datetime.fromisoformat("2021-01-01T12:00")
ZONED = NOW.replace(tzinfo=dt.UTC)
#: Of each type, three values that an Arrow array holds.
VALUES = [
    (pa.string(), ["鲁189110160100001", "鲁18", None]),
    (pa.large_string(), ["鲁189110160100001（基层）", "", "\x00"]),
    (pa.string_view(), ["鲁189110160100001", None, "鲁 18 91101 601 00001"]),
    (pa.dictionary(pa.int8(), pa.string()), ["鲁189110160100001", "鲁18", None]),
    (pa.dictionary(pa.int8(), pa.int64()), [1, 2, None]),
    (pa.int64(), [181402001200001, -1, None]),
    (pa.uint64(), [2**64 - 1, 0, None]),
    (pa.int8(), [1, 2, 3]),
    (pa.float64(), [1.0, math.nan, math.inf]),
    (pa.float16(), [np.float16(1), None, np.float16(0.5)]),
    (pa.bool_(), [True, False, None]),
    (pa.null(), [None] * ROWS),
    (pa.binary(), [b"\xff", b"x", None]),
    (pa.date32(), [DAY, dt.date.min, None]),
    (pa.date64(), [DAY, None, dt.date.max]),
    (pa.timestamp("us"), [NOW, None, dt.datetime.fromisoformat("1969-12-31T23:00")]),
    (pa.timestamp("s"), [NOW, None, dt.datetime.fromisoformat("9999-12-31")]),
    (pa.timestamp("ns", "UTC"), [ZONED, None, ZONED]),
    (pa.time64("us"), [dt.time(1), None, dt.time(23)]),
    (pa.duration("us"), [dt.timedelta(1), None, dt.timedelta(-1)]),
    (pa.decimal128(38, 2), [Decimal("1.50"), None, Decimal(10) ** 20]),
    (pa.list_(pa.string()), [["a"], [], None]),
    (pa.list_(pa.int8(), 2), [[1, 2], None, [3, 4]]),
    (pa.struct([("a", pa.int8())]), [{"a": 1}, None, {"a": None}]),
]
#: Types that Arrow has and hardly anybody else.
ARROW_ALONE = [
    (pa.binary(2), [b"ab", None, b"cd"]),
    (pa.decimal256(50, 3), [Decimal("1.5"), None, Decimal(10) ** 30]),
    (pa.map_(pa.string(), pa.int8()), [[("a", 1)], None, []]),
    (pa.month_day_nano_interval(), [(1, 2, 3), None, (0, 0, 0)]),
    (pa.time32("s"), [dt.time(1), None, dt.time(2)]),
    (pa.binary_view(), [b"x", None, b"y"]),
]
OBJECTS = [
    ["鲁189110160100001", 1, None],
    [b"x", [1], {"a": 2}],
    ["\ud800", math.nan, NOW],
    [DAY, None, "2021-01-01"],
    [DAY, "2021年", 1],
    [Decimal("NaN"), 1j, object],
    [ZONED, pd.NaT, pd.NA],
    [np.datetime64("2021-01-01"), np.datetime64("NaT", "D"), np.float32(1)],
    [Decimal("1e400"), 2**70, -(2**63)],
]
NAMES = ["number", "Number", "day", "", "*", "^n.*$", "sdcert_outcome", "finding", "index", "\x00"]
NAMES += [
    "outcome",
    "kept_0",
    "year",
    "__sdcert",
    "a.b",
    "鲁",
    "last",
    "region_code",
    "series_code",
]
ODD_NAMES = [0, 1.5, None, ("a", "b"), ("a", ""), DAY, math.nan, b"x", True]
COLUMN_NAMES = st.sampled_from([*["number"] * 80, "key", *NAMES, *ODD_NAMES])


@cache
def arrow_arrays(alone=True):
    made = [pa.array(values, kind) for kind, values in [*VALUES, *(ARROW_ALONE if alone else [])]]
    if alone:
        runs = pa.array([3], pa.int32())
        made += [pa.RunEndEncodedArray.from_arrays(runs, made[at].slice(0, 1)) for at in (0, 2, 5)]
        made.append(pa.chunked_array([made[0].slice(0, 1), made[0].slice(1)]))
        made.append(pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [made[5], made[0]]))
        made.append(pa.array([b"0123456789abcdef"] * 3, pa.binary(16)).cast(pa.uuid()))
    return made


@cache
def pandas_series():
    made = [pd.Series(values, dtype=object) for values in OBJECTS]
    for array in arrow_arrays(alone=False):
        if array.type == pa.string_view():
            continue  # pandas knows no such type
        made.append(pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([array]))))
        made.append(array.to_pandas())
    texts = ["鲁189110160100001", "鲁18", None]
    kinds = "category", "string", "string[pyarrow]", "object"
    made += [pd.Series(texts, dtype=kind) for kind in kinds]
    made.append(pd.Series(["a", 1, None], dtype="category"))
    made += [pd.Series(values, dtype=kind) for kind, values in [
        ("Int64", [1, None, 3]), ("Float64", [1.5, None, 2]), ("boolean", [True, None, False]),
        ("complex128", [1j, 2, 3]), ("Sparse[int]", [0, 0, 1]), ("timedelta64[ns]", [1, 2, 3]),
        ("float16", [1, 2, math.nan]),
    ]]  # fmt: skip
    made.append(pd.Series(pd.period_range("2021-01", periods=3, freq="M")))
    made.append(pd.Series(pd.interval_range(0, 3)))
    made.append(pd.Series(pd.date_range("2021-01-01", periods=3, tz="Asia/Shanghai")))
    return made


@cache
def polars_series():
    made = [pl.from_arrow(array) for array in arrow_arrays(alone=False)]
    made += [pl.Series(values, dtype=pl.Object) for values in OBJECTS[:4]]
    made.append(pl.Series(["鲁18", None, "a"], dtype=pl.Enum(["鲁18", "a"])))
    made.append(pl.Series(["鲁18", None, "a"], dtype=pl.Categorical))
    made.append(pl.Series([2**100, None, 1], dtype=pl.Int128))
    return made


def of_arrow(names, arrays):
    return pa.table(arrays, names=[str(name) for name in names])


def of_pandas(names, series):
    made = pd.concat(series, axis=1) if series else pd.DataFrame(index=range(ROWS))
    several = bool(names) and all(isinstance(name, tuple) for name in names)
    made.columns = (
        pd.MultiIndex.from_tuples(names)
        if several
        else pd.Index(names, dtype=object, tupleize_cols=False)
    )
    return made


def of_polars(names, series):
    return pl.DataFrame([one.alias(str(name)) for one, name in zip(series, names, strict=True)])


def duckdb_arrays():
    return [array for array in arrow_arrays(alone=False) if array.type != pa.float16()]


def of_duckdb(names, arrays):
    return duckdb.from_arrow(of_arrow(names, arrays))


ENGINES: dict[str, tuple[Any, Any]] = {
    "pyarrow": (arrow_arrays, of_arrow),
    "batch": (arrow_arrays, lambda names, arrays: of_arrow(names, arrays).combine_chunks()),
    "reader": (arrow_arrays, lambda names, arrays: of_arrow(names, arrays).to_reader()),
    "pandas": (pandas_series, of_pandas),
    "polars": (polars_series, of_polars),
    "lazy": (polars_series, lambda names, series: of_polars(names, series).lazy()),
    "duckdb": (duckdb_arrays, of_duckdb),
}


def frame_of(random):
    """A frame of some engine: drawn by a generator, not step by step, which takes much longer."""
    engine = random.choice([*ENGINES])
    held, make = ENGINES[engine]
    odd = engine == "pandas" and random.random() < 0.3
    names = random.choices(ODD_NAMES if odd else NAMES, k=random.randint(0, 3))
    names += ["number"] * (random.random() < 0.9)
    alike = engine in ("pandas", "pyarrow") and random.random() < 0.1
    if not alike:
        names = list({str(name).casefold(): name for name in names}.values())
    if engine == "duckdb":
        names = [name for name in names if name != "\x00"] or ["number"]
    made = make(names, [random.choice(held()) for _ in names])
    if engine == "pandas":
        made.index = random.choice([
            made.index,
            pd.Index(["a", "b", "c"], name="key"),
            pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("c", 3)], names=["key", None]),
        ])  # fmt: skip
        made = made.iloc[: random.choice([0, ROWS, ROWS])]
    return made


SEEDS = st.integers(0, 2**32).map(Random)
FRAMES = SEEDS.map(frame_of)
SERIES = SEEDS.map(lambda random: random.choice(random.choice([*ENGINES.values()])[0]()))
EXPRESSIONS = st.sampled_from([
    pl.col("number"), pl.lit("鲁18"),
    duckdb.ColumnExpression("number"), duckdb.ConstantExpression(1),
])  # fmt: skip


def collect(answer):
    """Run what is lazy."""
    if isinstance(answer, pl.LazyFrame):
        answer.collect()
    elif isinstance(answer, duckdb.DuckDBPyRelation):
        answer.fetchall()
    elif isinstance(answer, pa.RecordBatchReader):
        answer.read_all()
