"""Every corner on all functions and all engines: names, types, batches, and what is brought."""

import sys
from datetime import date
from types import SimpleNamespace

import attrs
import dask.dataframe as dd
import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sdcert import frames
from sdcert.audit import audit
from sdcert.frames.engines import open_frame
from tests.support.frames import OF_ARROW, answers, law, to_rows

GOOD, SHORT = "鲁189000160100001", "鲁18900016010001"
ENGINES = OF_ARROW | {
    "pandas-object": lambda table: table.to_pandas().astype(object),
}
ODD_NAMES = ["cert.no", "a`b", 'a"b', "*", "^n.*$", "编号", "a b", "sdcert", "kept_0", "number.x"]


def all_functions(frame, column, key, *, values, days=None, series=None):
    """Ask all functions, and hold their answers to those of the check on each value."""
    options = {} if days is None else {"approved_on": days}
    checked = frames.check(frame, column, **options, prefix="sdcert__")
    laws = [law(value) for value in values]
    assert [row["finding"] for row in answers(checked, "sdcert__")] == [
        row["finding"] for row in laws
    ]
    failed = [(at, row) for at, row in enumerate(laws) if row["outcome"] == "invalid"]
    counts = {row["outcome"]: row["rows"] for row in to_rows(frames.summary(frame, column))}
    assert counts.get("invalid", 0) == len(failed)
    found = to_rows(frames.invalid(frame, column, key=key))
    assert [row["finding"] for row in found] == [row["finding"] for _, row in failed]
    assert list(found[0]) == [*dict.fromkeys([key, column]), "outcome", "finding"]
    with pytest.raises(frames.InvalidRows) as caught:
        frames.require(frame, column, key=key)
    assert sum(count for _, count in caught.value.counts) == len(failed)
    audited = to_rows(audit(frame, column, key=key).findings)
    assert {row["finding"] for row in audited} >= {row["finding"] for _, row in failed}
    assert list(audited[0])[:3] == [*dict.fromkeys([key, column]), "finding"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_are_no_patterns_paths_or_quotes(engine, name):
    table = pa.table({name: [GOOD, SHORT, None], "name": ["x", "y", "z"], "number": [1, 2, 3]})
    all_functions(ENGINES[engine](table), name, "name", values=[GOOD, SHORT, None])
    table = pa.table({"n": [GOOD, SHORT, None], name: ["x", "y", "z"]})
    all_functions(ENGINES[engine](table), "n", name, values=[GOOD, SHORT, None])


MIXED = [
    [SHORT, 5], [GOOD, SHORT, 5], [SHORT, 1.5, None], [SHORT, True], [SHORT, date(2020, 1, 1)],
    ["鲁\ud800", GOOD], [SHORT, b"a"], [SHORT, ["x"], np.array([1, 2])], [5, 6],
]  # fmt: skip


@pytest.mark.parametrize("values", MIXED, ids=repr)
def test_objects_of_many_kinds_are_findings_everywhere(values):
    size = len(values)
    frame = pd.DataFrame({
        "number": pd.Series(values, dtype=object),
        "id": pd.Series([1, "b", 2.5, None][:size], dtype=object),
        "list": [[1]] * size,
    })  # fmt: skip
    known = [law(value if isinstance(value, str | None) else 0)["finding"] for value in values]
    checked = frames.check(frame, "number")
    assert [row["finding"] for row in answers(checked)] == known
    bad = [value for value, code in zip(values, known, strict=True) if code is not None]
    invalid = frames.invalid(frame, "number", key="id")
    assert len(invalid) == len(bad)
    with pytest.raises(frames.InvalidRows) as caught:
        frames.require(frame, "number", key=["id", "list"])
    assert len(caught.value.first) == len(bad)
    if SHORT in values:
        assert (f"{SHORT}" in str(caught.value)) is True
    found = audit(frame, "number", key=["id", "list"])
    assert len(found.findings) == len(bad)
    assert frames.summary(frame, "number")["rows"].sum() == size


DAY_BATCHES = [
    [None, None], [float("nan")] * 2, [pd.NaT] * 2, pd.array([None, None], "Int64"),
    pd.array([None, None], "string"), pd.Series([None, None], dtype="category"),
    pd.to_datetime([None, None]),
]  # fmt: skip


@pytest.mark.parametrize("days", DAY_BATCHES, ids=repr)
def test_a_batch_without_any_day_is_checked_without_days(days):
    frame = pd.DataFrame({"number": [GOOD, SHORT], "day": days, "id": [1, 2]})
    all_functions(frame, "number", "id", values=[GOOD, SHORT], days="day")


@pytest.mark.parametrize("kind", [pa.null(), pa.string(), pa.float64(), pa.date32(), pa.int8()])
def test_a_batch_of_arrow_without_any_day_is_checked_without_days(kind):
    table = pa.table({"number": [GOOD, SHORT], "id": [1, 2], "day": pa.nulls(2, kind)})
    for frame in (table, pl.from_arrow(table)):
        all_functions(frame, "number", "id", values=[GOOD, SHORT], days="day")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_batch_without_any_number(engine):
    table = pa.table({"number": pa.nulls(3), "id": [1, 2, 3]})
    frame = ENGINES[engine](table)
    assert [row["outcome"] for row in answers(frames.check(frame, "number"))] == [None] * 3
    assert to_rows(frames.summary(frame, "number")) == [
        {"outcome": None, "finding": None, "rows": 3}
    ]
    assert to_rows(frames.invalid(frame, "number", key="id")) == []
    assert frames.require(frame, "number") is frame
    assert to_rows(audit(frame, "number", key="id").totals)[0]["missing"] == 3


def test_views_within_lists_and_structs():
    own = {"id": [1, 2], "number": [GOOD, SHORT], "tags": [["a"], ["b"]], "s": [{"x": "a"}] * 2}
    table = pa.table(pl.DataFrame(own))
    all_functions(table, "number", "id", values=[GOOD, SHORT])
    assert to_rows(frames.invalid(table, "number"))[0]["tags"] == ["b"]
    nested = {
        "fixed": pa.array([["a"], ["b"]], pa.list_(pa.string_view(), 1)),
        "plain": pa.array([["a"], ["b"]], pa.list_(pa.string_view())),
        "map": pa.array([[("a", "b")]] * 2, pa.map_(pa.string_view(), pa.string_view())),
        "dictionary": pa.array(["a", "b"]).dictionary_encode(),
    }
    table = table.append_column("x", nested["fixed"])
    for name, array in nested.items():
        table = table.append_column(name, array)
    assert to_rows(frames.invalid(table, "number"))[0]["map"] == [("a", "b")]


@pytest.mark.parametrize("make", [
    lambda values: pa.chunked_array(pl.Series(values, dtype=pl.Categorical)),
    lambda values: pa.RunEndEncodedArray.from_arrays([1, 2], values),
    lambda values: pa.RunEndEncodedArray.from_arrays([1, 2], pa.array(values, pa.string_view())),
])  # fmt: skip
def test_dictionaries_of_views_and_runs(make):
    table = pa.table({"number": make([GOOD, SHORT]), "id": make(["a", "b"])})
    all_functions(table, "number", "id", values=[GOOD, SHORT])
    assert frames.valid(table["number"]).to_pylist() == [True, False]


@pytest.mark.parametrize("table", [
    pa.table({"number": pa.chunked_array([["x", GOOD], [SHORT], []]), "id": [1, 2, 3]}).slice(1),
    pa.concat_tables([pa.table({"number": [GOOD], "id": [2]}),
                      pa.table({"number": [SHORT], "id": [3]})]),
])  # fmt: skip
def test_sliced_and_chunked_tables(table):
    all_functions(table, "number", "id", values=[GOOD, SHORT])


def test_duckdb_does_not_tell_names_apart_by_case_anywhere():
    relation = duckdb.from_arrow(pa.table({"Number": [GOOD, SHORT], "ID": [1, 2]}))
    assert answers(frames.check(relation, "number"))[1]["finding"] == "length"
    [row] = to_rows(frames.invalid(relation, "NUMBER", key="id"))
    assert row == {"ID": 2, "Number": SHORT, "outcome": "invalid", "finding": "length"}
    [row] = to_rows(audit(relation, "number", key="id").findings)
    assert (row["ID"], row["Number"]) == (2, SHORT)
    with pytest.raises(frames.MissingColumn):
        frames.check(pa.table({"Number": [GOOD]}), "number")


# What pandas has beside columns.


def test_columns_of_several_levels():
    frame = pd.DataFrame({("a", "number"): [GOOD, SHORT], ("b", "id"): [1, 2]})
    checked = frames.check(frame, ("a", "number"))
    assert list(checked.columns[:2]) == [("a", "number"), ("b", "id")]
    assert checked["sdcert_finding", ""].tolist()[1] == "length"
    [row] = frames.invalid(frame, ("a", "number"), key=("b", "id")).values.tolist()
    assert row == [2, SHORT, "invalid", "length"]
    with pytest.raises(frames.InvalidRows, match="2: “"):
        frames.require(frame, ("a", "number"), key=[("b", "id")])
    assert audit(frame, ("a", "number"), key=("b", "id")).findings["finding"].tolist() == ["length"]


@pytest.mark.parametrize("index", [
    pd.Index([7, 8]), pd.Index([7, 8], name="who"), pd.MultiIndex.from_tuples([(1, 7), (2, 8)],
    names=["x", "who"]), pd.Index([8, 8]),
])  # fmt: skip
def test_an_index_may_be_the_key(index):
    name = "who" if "who" in index.names else "index"
    frame = pd.DataFrame({"number": [GOOD, SHORT]}, index=index)
    failed = frames.invalid(frame, "number", key=name)
    assert failed[name].tolist() == [8]
    with pytest.raises(frames.InvalidRows, match="8: “"):
        frames.require(frame, "number", key=name)
    assert audit(frame, "number", key=name).findings[name].tolist() == [8]
    with pytest.raises(frames.MissingColumn):
        frames.invalid(frame, "number", key="no")


@pytest.mark.parametrize("names", [["x", "who"], [None, "who"], [None, None], ["index", "who"]])
def test_index_is_the_whole_of_several_levels(names):
    index = pd.MultiIndex.from_tuples([(1, 7), (2, 8)], names=names)
    frame = pd.DataFrame({"number": [GOOD, SHORT]}, index=index)
    levels = [name or f"level_{at}" for at, name in enumerate(names)]
    asked = ["index"] if "index" in names else levels
    for found in (
        frames.invalid(frame, "number", key="index"),
        audit(frame, "number", key="index").findings,
    ):
        assert found[asked].to_numpy().tolist() == [[2, 8][: len(asked)]]
    with pytest.raises(frames.InvalidRows, match=": “" if "index" in names else "2, 8: “"):
        frames.require(frame, "number", key="index")


# What engineers bring beside frames.

COLUMNS = {
    "pandas": lambda values: pd.Series(values, name="n"),
    "pandas-nameless": pd.Series,
    "polars": lambda values: pl.Series("n", values),
    "polars-nameless": pl.Series,
    "array": pa.array,
    "chunked": lambda values: pa.chunked_array([values]),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_is_a_frame_of_one(kind):
    values = [GOOD, SHORT, None]
    column = COLUMNS[kind](values)
    name = "n" if kind in {"pandas", "polars"} else "number"
    assert answers(frames.check(column)) == list(map(law, values))
    assert to_rows(frames.invalid(column))[0][name] == SHORT
    assert len(to_rows(frames.summary(column))) == 3
    with pytest.raises(frames.InvalidRows, match="1 of 3"):
        frames.require(column)
    assert frames.require(column[:1]) is not None
    with pytest.raises(TypeError, match="column is missing"):
        frames.check(pa.table({"n": values}))


def test_batches_of_arrow_and_readers_of_them():
    batch = pa.record_batch({"number": [GOOD, SHORT], "id": [1, 2]})
    checked = frames.check(batch, "number")
    assert isinstance(checked, pa.RecordBatch)
    assert checked["sdcert_finding"].to_pylist() == [None, "length"]
    assert isinstance(frames.invalid(batch, "number"), pa.RecordBatch)
    assert isinstance(audit(batch, "number", key="id").findings, pa.RecordBatch)
    seen = []

    def batches():
        for at in range(3):
            seen.append(at)
            yield batch

    def reader():
        return pa.RecordBatchReader.from_batches(batch.schema, batches())

    for function in (frames.check, frames.invalid):
        made = function(reader(), "number", connection=None)
        assert isinstance(made, pa.RecordBatchReader)
        assert seen == []
        assert made.read_all().num_rows == (6 if function is frames.check else 3)
        seen.clear()
    assert frames.summary(reader(), "number").num_rows == 2
    with pytest.raises(frames.InvalidRows, match="3 of 6"):
        frames.require(reader(), "number")
    fine = pa.RecordBatchReader.from_batches(batch.schema, [batch.slice(0, 1)])
    assert frames.require(fine, "number").num_rows == 1
    assert audit(reader(), "number", key="id").totals["rows"].to_pylist() == [6]


def test_any_stream_of_arrow_is_a_frame():
    class Stream:
        def __arrow_c_stream__(self, requested_schema=None):
            return pa.table({"number": [SHORT]}).__arrow_c_stream__(requested_schema)

    assert frames.check(Stream(), "number")["sdcert_finding"].to_pylist() == ["length"]


def test_frames_of_other_kinds_are_refused_by_name():
    from sqlframe.duckdb import DuckDBSession

    frame = DuckDBSession().createDataFrame([(GOOD,)], schema=["number"])
    for function in (frames.check, frames.summary, frames.invalid, frames.require):
        with pytest.raises(frames.UnsupportedFrame, match=r"not sqlframe\.duckdb"):
            function(frame, "number")


def test_frames_of_modin_are_refused_by_name(monkeypatch):
    """Modin itself needs an older pandas; Narwhals knows its frames by their class alone."""

    class DataFrame:
        def __init__(self, frame):
            self._frame = frame

        def __getattr__(self, name):
            return getattr(self._frame, name)

    DataFrame.__module__ = "modin.pandas.dataframe"
    own = SimpleNamespace(DataFrame=DataFrame, Series=type, Index=type, __version__="0.32")
    monkeypatch.setitem(sys.modules, "modin", SimpleNamespace(pandas=own, __version__="0.32"))
    monkeypatch.setitem(sys.modules, "modin.pandas", own)
    frame = DataFrame(pd.DataFrame({"number": [GOOD]}))
    assert nw.from_native(frame).implementation.is_modin()
    for function in (frames.check, frames.summary, frames.invalid, frames.require):
        with pytest.raises(frames.UnsupportedFrame, match=r"not modin\.pandas"):
            function(frame, "number")


@pytest.mark.filterwarnings("ignore")  # of Ibis, and of Narwhals about it
def test_tables_of_ibis_are_refused_by_name():
    import ibis  # type: ignore[import-untyped]

    table = ibis.table({"number": "string"}, name="numbers")
    for function in (frames.check, frames.summary, frames.invalid, frames.require):
        with pytest.raises(frames.UnsupportedFrame, match=r"not ibis\."):
            function(table, "number")


@pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals:FutureWarning")
def test_a_series_of_dask_is_a_frame_of_one():
    for name, column in (("n", "n"), (None, "number")):
        series = dd.from_pandas(pd.Series([GOOD, SHORT], name=name), npartitions=1)
        assert answers(frames.check(series).compute()) == [law(GOOD), law(SHORT)]
        assert frames.invalid(series).compute()[column].tolist() == [SHORT]


def test_a_column_of_narwhals_may_be_of_arrow():
    column = nw.from_native(pa.chunked_array([[GOOD], [SHORT]]), series_only=True)
    valid = frames.valid(column)
    assert isinstance(valid, nw.Series)
    assert valid.to_list() == [True, False]
    assert answers(frames.check(column)) == [law(GOOD), law(SHORT)]


def test_a_missing_column_of_days_of_several_levels_is_named():
    frame = pd.DataFrame({("a", "number"): [GOOD]})
    with pytest.raises(frames.MissingColumn, match="approved_on"):
        frames.check(frame, ("a", "number"), approved_on=("a", "day"))


def test_two_columns_that_differ_by_case_alone_are_refused_where_nothing_tells_them_apart():
    opened = open_frame(duckdb.from_arrow(pa.table({"a": [1]})))
    twice = attrs.evolve(opened, schema=dict.fromkeys(["Number", "NUMBER"]))
    with pytest.raises(frames.UnsupportedFrame, match="two columns of one name"):
        twice.find("number")
