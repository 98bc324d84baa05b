"""A file is one table for frames and the audit, whatever its format."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sdcert import frames
from sdcert.audit import audit
from sdcert.files.whole import read_arrow
from tests.support.offices import NUMBERS, csv_of, xlsx_of

ROWS = [
    ["id", "number", "day"],
    ["001", NUMBERS[0], "2018.12.28"],
    ["002", "鲁18", ""],
    ["", "", ""],
    ["003", "", "20181228"],
    ["合计", "", ""],
]
DAY = date(2018, 12, 28)
MATERIAL = {
    "a.csv": csv_of(ROWS),
    "gbk.CSV": csv_of(ROWS, encoding="gb18030"),
    "semicolon.csv": csv_of(ROWS, delimiter=";"),
    "a.xlsx": xlsx_of(ROWS),
}


@pytest.fixture(params=[*MATERIAL, "a.parquet"])
def path(request, tmp_path):
    made = tmp_path / request.param
    if made.suffix == ".parquet":
        rows = [[cell or None for cell in row] for row in (ROWS[1], ROWS[2], ROWS[4])]
        columns = list(map(pa.array, zip(*rows, strict=True)))
        pq.write_table(pa.table(columns, ROWS[0]), made)
    else:
        made.write_bytes(MATERIAL[request.param])
    return made


def test_every_format_is_the_same_table(path):
    whole = read_arrow(path, number="number", day="day")
    assert whole.table.to_pydict() == {
        "id": ["001", "002", "003"],
        "number": [NUMBERS[0], "鲁18", None],
        "day": [DAY, None, DAY],
    }
    assert whole.unreadable.to_pylist() == [False, False, False]


def test_frames_and_the_audit_take_a_path(path):
    checked = frames.check(path, "number", approved_on="day", fields=False)
    assert checked["sdcert_finding"].to_pylist() == [None, "prefix", None] or checked[
        "sdcert_finding"
    ].to_pylist() == [None, "length", None]
    assert frames.invalid(str(path), "number", key="id")["id"].to_pylist() == ["002"]
    assert frames.summary(path, "number").num_rows == 3
    with pytest.raises(frames.InvalidRows):
        frames.require(path, "number")
    found = audit(path, "number", key="id", approved_on="day")
    assert found.findings["id"].to_pylist() == ["002"]
    assert found.totals["missing"].to_pylist() == [1]


def test_a_day_that_cannot_be_read_is_a_finding_of_its_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of([*ROWS[:2], ["002", NUMBERS[1], "待定"]]))
    found = audit(path, "number", key="id", approved_on="day").findings
    assert found.select(["id", "finding"]).to_pylist() == [
        {"id": "002", "finding": "approved-on-unreadable"}
    ]


def test_columns_without_a_name_have_their_position_and_surrogates_are_replaced(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"": 5, "number": "鲁\\ud800"}\n', "utf-8")
    found = read_arrow(path, day="no").table.to_pydict()
    assert found == {
        "column_1": [5],
        "number": ["鲁\ufffd"],
    }
    path.write_text(
        '{"a": 5, "b": "x"}\n{"a": "6", "b": 99999999999999999999}\n{"a": null}', "utf-8"
    )
    assert read_arrow(path).table.to_pydict()["a"] == ["5", "6"]
    path.write_text('{"a": 99999999999999999999, "b": true}\n', "utf-8")
    assert read_arrow(path).table.to_pydict() == {"a": ["99999999999999999999"], "b": [True]}
    path = tmp_path / "b.csv"
    path.write_bytes(csv_of([["a", "a"], ["1", "2"]]))
    assert read_arrow(path, day="a").table.num_rows == 1
