"""Which rows make a finding together: the same on every engine."""

import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sdcert.audit import audit
from tests.support.frames import OF_ARROW, to_rows

pytestmark = pytest.mark.filterwarnings(
    "ignore:Dask support is moving out of Narwhals:FutureWarning"
)
A = "鲁189000160100001"
ENGINES = OF_ARROW | {
    "pandas-nullable": lambda table: table.to_pandas().convert_dtypes(),
    "dask": lambda table: dd.from_pandas(table.to_pandas(), npartitions=3),
}


def twins(source, key):
    rows = to_rows(audit(source, "number", key=key).findings)
    assert {row["group_rows"] for row in rows} == {len(rows)}
    names = [key] if isinstance(key, str) else key
    return {tuple(row[name] for name in names): row["twins"] for row in rows}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.float32()])
def test_the_first_ten_are_named_and_always_the_own_key(engine, kind):
    keys = pa.array(range(1, 16)).cast(kind)
    found = twins(ENGINES[engine](pa.table({"id": keys, "number": [A] * 15})), "id")
    first = [str(at) for at in range(1, 11)]
    assert found == {
        (at,): ", ".join(first if at <= 10 else [*first[:9], str(at)]) for at in range(1, 16)
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_keys_of_several_parts_are_ordered_part_by_part(engine):
    table = pa.table({"a": [None, 1.5, 2, 10], "b": ["z", "y", "x", "w"], "number": [A] * 4})
    found = set(twins(ENGINES[engine](table), ["a", "b"]).values())
    assert found == {"z, 1.5, y, 2, x, 10, w"}


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "dask"])
@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"x"])
def test_what_has_no_text_is_no_twin(engine, cell):
    table = pa.table({"id": [cell] * 2, "b": [1, 2], "number": [A] * 2})
    rows = to_rows(audit(ENGINES[engine](table), "number", key=["id", "b"]).findings)
    assert [(row["twins"], row["group_rows"]) for row in rows] == [(None, 2)] * 2


def test_objects_in_a_lazy_frame_are_no_twins():
    frame = pl.LazyFrame({"id": pl.Series([{1}, {2}], dtype=pl.Object), "number": [A] * 2})
    found = audit(frame, "number", key="id").findings.collect()
    assert found["id"].to_list() == [{1}, {2}]
    assert found["twins"].to_list() == [None] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_key_that_is_no_number_is_missing(engine):
    table = pa.table({"id": [float("nan"), 1.5], "number": [A] * 2})
    rows = to_rows(audit(ENGINES[engine](table), "number", key="id").findings)
    assert [row["twins"] for row in rows] == ["1.5"] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_key_there_are_no_twins(engine):
    table = pa.table({"id": pa.array([None, None], pa.string()), "number": [A] * 2})
    for key in ("id", []):
        rows = to_rows(audit(ENGINES[engine](table), "number", key=key).findings)
        assert [row["twins"] for row in rows] == [None] * 2


def test_rows_keep_their_order_and_objects_their_spelling():
    ids = pd.Series(["b", 2.0, pd.NA, None, pd.NaT, np.int64(7), "a"], dtype=object)
    frame = pd.DataFrame({"id": ids, "number": [A] * 7})
    rows = audit(frame, "number", key="id").findings
    assert set(rows["twins"]) == {"b, 2, 7, a"}
    ids = pd.Series([f"{at}" for at in range(12, 0, -1)])
    rows = audit(pd.DataFrame({"id": ids, "number": [A] * 12}), "number", key="id").findings
    first = "12, 11, 10, 9, 8, 7, 6, 5, 4, "
    assert rows["twins"].tolist() == [f"{first}3"] * 10 + [f"{first}2", f"{first}1"]
