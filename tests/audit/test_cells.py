"""Numbers in the columns that are compared: one reading, whatever engine, type or file has them."""

import json
from decimal import Decimal
from fractions import Fraction

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sdcert import frames
from sdcert.audit import audit
from tests.support.cli import invoke
from tests.support.frames import OF_ARROW, to_rows

A, B = "鲁200000160100001", "鲁200000160100002"
ENGINES = OF_ARROW | {
    "pandas-object": lambda table: table.to_pandas().astype(object),
}


def codes(source, **asked):
    return [row["finding"] for row in to_rows(audit(source, "number", key="id", **asked).findings)]


def table_of(cells):
    return pa.table({"id": [1, 2], "number": [A, B], "cell": cells})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [
    pa.int8(), pa.uint32(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(25, 0),
    pa.decimal128(25, 2),
])  # fmt: skip
def test_a_code_that_was_a_number_has_its_zeros_again(engine, kind):
    make = ENGINES[engine]
    assert codes(make(table_of(pa.array([1, None]).cast(kind))), approver="cell") == []
    assert codes(make(table_of(pa.array([2, 1]).cast(kind))), approver="cell") == [
        "approver-mismatch"
    ]


@pytest.mark.parametrize("cells", [
    pd.Series([1.0, None], dtype=object), pd.Categorical([1, 1]), pd.Categorical([1.0, 1.0]),
    pd.Series([Decimal(1), Decimal("1.00")], dtype=object),
    pd.Series(["00001", np.float32(1)], dtype=object),
    pd.Series([np.int8(1), "00001.0"], dtype=object),
])  # fmt: skip
def test_so_has_one_among_objects_and_categories_of_pandas(cells):
    frame = pd.DataFrame({"id": [1, 2], "number": [A, B], "cell": cells})
    assert codes(frame, approver="cell") == []


def test_so_has_one_in_a_dictionary_of_arrow():
    assert codes(table_of(pa.array([1, 1]).dictionary_encode()), approver="cell") == []
    half = pa.array([1, None], pa.float32()).cast(pa.float16())
    assert codes(table_of(half), approver="cell") == []


@pytest.mark.parametrize("kind", ["hugeint", "uhugeint", "utinyint"])
def test_so_has_one_of_a_type_of_duckdb_or_polars_that_arrow_lacks(kind):
    source = duckdb.sql(f"select 1 as id, '{A}' as number, 1::{kind} as cell")
    assert codes(source, approver="cell") == []
    wide = pl.from_arrow(table_of(pa.array([1, 1]))).with_columns(pl.col("cell").cast(pl.Int128))
    assert codes(wide, approver="cell") == codes(wide.lazy(), approver="cell") == []


@pytest.mark.parametrize("cell", [Decimal("Infinity"), Decimal(10) ** 90, Fraction(1, 2), 1.5])
def test_what_is_no_code_is_undetermined(cell):
    cells = pd.Series([cell, None], dtype=object)
    frame = pd.DataFrame({"id": [1, 2], "number": [A, B], "cell": cells})
    assert codes(frame, approver="cell") == ["approver-undetermined"]


@pytest.mark.parametrize("cells", [[1, 1], [1, "00001"], ["00001", 1.0], [1.0, 1]])
def test_in_a_file_each_cell_is_known_for_a_number_or_a_text(tmp_path, cells):
    lines, book = tmp_path / "a.jsonl", tmp_path / "a.xlsx"
    rows = [
        dict(zip(("id", "number", "cell"), row, strict=True))
        for row in ((1, A, cells[0]), (2, B, cells[1]))
    ]
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    workbook = openpyxl.Workbook()
    for row in (rows[0], *map(dict.values, rows)):
        workbook.active.append(list(row))
    workbook.active["C3"].number_format = "00000"
    workbook.save(book)
    for path in (lines, book):
        assert codes(path, approver="cell") == []
        command = ("audit", path, "--column", "number", "--approver", "cell", "--format", "json")
        assert json.loads(invoke(*command).stdout)["summary"]["findings"] == {}


def test_a_short_text_is_no_code(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": 1, "number": A, "cell": "1"}), "utf-8")
    assert codes(path, approver="cell") == ["approver-undetermined"]


REFUSED = r"holder: a column that identifies people is needed, not {}, a number whose last digits"


@pytest.mark.parametrize(("engine", "kind", "last"), [
    *((engine, pa.float64(), 2**53 - 1) for engine in ENGINES),
    # of objects pandas makes doubles
    *((engine, pa.float32(), 2**24 - 1) for engine in ENGINES if engine != "pandas-object"),
])  # fmt: skip
def test_a_float_that_may_be_two_people_is_refused(engine, kind, last):
    """By value and type, not by how an engine writes it."""
    make = ENGINES[engine]

    def table(cells):
        return make(table_of(pa.array(list(map(float, cells))).cast(kind)))

    assert codes(table([last, -last]), holder="cell") == []
    with pytest.raises((frames.UnsupportedFrame, duckdb.InvalidInputException)) as caught:
        codes(table([last + 1, 1]), holder="cell")
    assert caught.match(REFUSED.format(r"[0-9.]+e\+(15|07)"))
    if engine != "duckdb":  # which raises its own, with our message in it
        assert caught.type is frames.UnsupportedFrame
    assert "17" in str(codes_refused(table([3.7e17, 1])))


@pytest.mark.parametrize("cell", [b"p", [1], (1,), {"a": 1}, {1}, np.array([1])])
def test_an_object_that_has_no_text_is_refused_as_a_column_of_such_is(cell):
    frame = pd.DataFrame({"id": [1, 2], "number": [A, B]})
    frame["cell"] = pd.Series([cell, "p"], dtype=object)
    with pytest.raises(frames.UnsupportedFrame, match=r"holder: a column of texts, .* not [a-z]"):
        codes(frame, holder="cell")


def codes_refused(source):
    with pytest.raises(Exception, match=REFUSED.format(r"3\.7\d*e\+17")) as caught:
        codes(source, holder="cell")
    return caught.value


def test_half_a_float_and_cells_of_files_are_refused_too(tmp_path):
    half = pa.array([2_048, None], pa.float32()).cast(pa.float16())
    with pytest.raises(frames.UnsupportedFrame, match=REFUSED.format(r"2\.048e\+03")):
        codes(table_of(half), holder="cell")
    path = tmp_path / "a.csv"
    path.write_text(f"id,number,cell\n1,{A},3.7E+17\n", "utf-8")
    with pytest.raises(frames.UnsupportedFrame, match=REFUSED.format(r"3\.7E\+17")):
        codes(path, holder="cell")
    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    for row in (["id", "number", "cell"], [1, A, 370102199001011234], [2, B, "p"]):
        workbook.active.append(row)
    workbook.save(path)
    with pytest.raises(frames.UnsupportedFrame, match=REFUSED.format(r"3\.70102199001011\d*e\+17")):
        codes(path, holder="cell")
