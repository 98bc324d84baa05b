"""A file is one table for frames and the audit, whatever its format."""

import json
import tracemalloc
from datetime import date, datetime, time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sdcert import frames
from sdcert.audit import audit
from sdcert.files import UnreadableFile
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
        "day": ["2018.12.28", None, "20181228"],  # as it was given
    }
    assert whole.days.to_pylist() == [DAY, None, DAY]
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


def test_the_column_of_days_stays_as_it_is_given(tmp_path):
    """What an office has to correct is still there in the answer."""
    path = tmp_path / "a.csv"
    days = ["2018.12.28", "待定", "", "20181228"]
    path.write_bytes(csv_of([["number", "day"], *([NUMBERS[0], day] for day in days)]))
    given = [day or None for day in days]
    checked = frames.check(path, "number", approved_on="day")
    assert checked["day"].to_pylist() == given
    assert checked["sdcert_finding"].to_pylist()[1] == "approved-on-unreadable"
    assert frames.invalid(path, "number", approved_on="day")["day"].to_pylist() == ["待定"]
    cells = [date(2018, 12, 28), datetime.combine(DAY, time(8)), 20181228, "x"]
    path.write_bytes(xlsx_of([["number", "day"], *([NUMBERS[0], cell] for cell in cells)]))
    checked = frames.check(path, "number", approved_on="day")
    assert checked["day"].to_pylist() == ["2018-12-28", "2018-12-28 08:00:00", "20181228", "x"]
    assert checked["sdcert_outcome"].to_pylist() == ["valid", "valid", *["undetermined"] * 2]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (pa.array([DAY]), None),
        (pa.array([DAY]).cast(pa.timestamp("ns")), None),
        (pa.array(["2018-12-28"]), None),
        (pa.array(["2018-12-28"]).dictionary_encode(), None),
        (pa.array([DAY]).cast(pa.timestamp("us", "UTC")), "depends on a time zone"),
        (pa.array([20181228]), "a column of days .* is needed, not int64"),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_a_column_of_days_of_parquet_is_what_it_is_in_a_frame(tmp_path, days, sentence):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"number": [NUMBERS[0]], "day": days}), path)
    if sentence is None:
        checked = frames.check(path, "number", approved_on="day", fields=False)
        assert checked["day"].type == days.type
        assert checked["sdcert_outcome"].to_pylist() == ["valid"]
    else:
        for ask in (frames.check, frames.invalid, frames.require):
            with pytest.raises(frames.UnsupportedFrame, match=sentence):
                ask(path, "number", approved_on="day")


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


BLANK = [NUMBERS[0], "", " \u3000", None]


TEXTS = [
    pa.array(BLANK),
    pa.array(BLANK, pa.large_string()),
    pa.array(BLANK, pa.string_view()),
    pa.array(BLANK).dictionary_encode(),
    pa.array([NUMBERS[0], None]).dictionary_encode(),
    pa.ExtensionArray.from_storage(pa.json_(), pa.array(BLANK)),
]


@pytest.mark.parametrize("texts", TEXTS, ids=lambda texts: str(texts.type))
def test_an_empty_cell_of_parquet_is_null(tmp_path, texts):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"number": texts, "id": range(len(texts))}), path)
    read = read_arrow(path, number="number").table
    assert read["number"].to_pylist() == [NUMBERS[0], *[None] * (len(texts) - 1)]
    assert read["number"].type == texts.type
    if not isinstance(texts, pa.ExtensionArray):
        assert frames.require(path, "number", key="id").num_rows == len(texts)
        assert audit(path, "number", key="id").totals["missing"].to_pylist() == [len(texts) - 1]


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize("bare", [209000160100001, 1.5, True, [NUMBERS[0]]])
@pytest.mark.parametrize("apart", [0, 5])
def test_what_is_no_text_is_not_text_whatever_stands_beside_it(tmp_path, bare, apart, monkeypatch):
    monkeypatch.setattr("sdcert.files.table._BATCH", 2)
    path = tmp_path / "a.jsonl"
    rows = [{"number": bare, "id": 0}, *[{"id": 1}] * apart]
    checked = frames.check(lines(path, rows), "number", fields=False)
    assert checked["sdcert_finding"].to_pylist() == ["not-text", *[None] * apart]
    checked = frames.check(lines(path, [*rows, {"number": NUMBERS[0]}]), "number")
    assert checked["sdcert_finding"].to_pylist() == ["not-text", *[None] * apart, None]
    assert checked["sdcert_canonical"].to_pylist()[-1] == NUMBERS[0]
    assert frames.invalid(path, "number")["finding"].to_pylist() == ["not-text"]
    assert audit(path, "number", key="id").findings["finding"].to_pylist() == ["not-text"]


def test_a_cell_of_a_workbook_that_holds_no_text_is_not_text(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx_of([["id", "number"], [1, 181402001200001], [2, NUMBERS[0]]]))
    whole = read_arrow(path, number="number")
    assert whole.table["number"].to_pylist() == ["181402001200001", NUMBERS[0]]
    assert {name: marks.to_pylist() for name, marks in whole.bare.items()} == {
        "id": [True, True], "number": [True, False],
    }  # fmt: skip
    checked = frames.check(path, "number", fields=False)
    assert checked["sdcert_finding"].to_pylist() == ["not-text", None]


def test_numbers_of_several_batches_are_one_column(tmp_path, monkeypatch):
    monkeypatch.setattr("sdcert.files.table._BATCH", 1)
    path = tmp_path / "a.jsonl"
    rows = [{"a": 1, "b": 1, "c": 2**53 + 1, "d": True}, {"a": 2.5, "b": "001", "c": 0.5}]
    assert read_arrow(lines(path, rows)).table.to_pydict() == {
        "a": [1.0, 2.5], "b": ["1", "001"], "c": ["9007199254740993", "0.5"], "d": [True, None],
    }  # fmt: skip


def test_keys_and_cells_that_come_late_are_columns(tmp_path, monkeypatch):
    monkeypatch.setattr("sdcert.files.table._BATCH", 2)
    early = [{"number": NUMBERS[0], "id": at} for at in range(1_000)]
    late = [{"id": 1, "x": "a"}, {"": 5, "y": None, "id": 2}, {"z": None}, {"id": 3, "y": "b"}]
    path = lines(tmp_path / "a.jsonl", early + late)
    assert read_arrow(path, day="x").table.slice(999).to_pydict() == {
        "number": [NUMBERS[0], None, None, None],
        "id": [999, 1, 2, 3],
        "x": [None, "a", None, None],
        "column_4": [None, None, 5, None],
        "y": [None, None, None, "b"],
        "z": [None] * 4,
    }
    assert frames.summary(path, "number").num_rows == 2
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of([["number", "id"], [NUMBERS[0], "1", ""], [NUMBERS[0], "2", "", "z"]]))
    assert read_arrow(path).table.to_pydict() == {
        "number": [NUMBERS[0]] * 2, "id": ["1", "2"], "column_3": [None] * 2,
        "column_4": [None, "z"],
    }  # fmt: skip


def test_a_file_without_rows_has_its_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of([["number", "day"]]))
    whole = read_arrow(path, number="number", day="day")
    assert whole.table.schema == pa.schema({"number": pa.large_string(), "day": pa.large_string()})
    assert whole.days.type == pa.date32()
    pq.write_table(whole.table.slice(0, 0), tmp_path / "a.parquet")
    assert read_arrow(tmp_path / "a.parquet", day="day").table.equals(whole.table)
    assert frames.check(path, "number", approved_on="day").num_rows == 0


def test_a_file_is_read_batch_by_batch(tmp_path, monkeypatch):
    """While it is read, hardly more than the table itself is held."""
    monkeypatch.setattr("sdcert.files.table._BATCH", 1_000)
    path = tmp_path / "a.csv"
    rows = [[NUMBERS[0], str(at), "某市人力资源和社会保障局"] for at in range(20_000)]
    path.write_bytes(csv_of([["number", "id", "body"], *rows]))
    tracemalloc.start()
    try:
        table = read_arrow(path, number="number").table
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert table.num_rows == len(rows)
    assert most < 4 << 20  # of Python's own; the rows as Python holds them are 8 MiB


@pytest.mark.parametrize("kind", ["a.csv", "a.xlsx", "a.parquet"])
def test_a_name_that_several_columns_have_is_followed_by_its_position(tmp_path, kind):
    rows = [["备注", "number", "备注"], ["甲", NUMBERS[0], "乙"], ["丙", "鲁18", ""]]
    path = tmp_path / kind
    if kind == "a.parquet":
        columns = [
            pa.array([cell or None for cell in cells]) for cells in zip(*rows[1:], strict=True)
        ]
        pq.write_table(pa.table(columns, rows[0]), path)
    else:
        path.write_bytes((csv_of if kind == "a.csv" else xlsx_of)(rows))
    failed = frames.invalid(path, "number").to_pylist()
    assert [(row["备注_1"], row["备注_3"], row["finding"]) for row in failed] == [
        ("丙", None, "length")
    ]
    with pytest.raises(frames.MissingColumn, match="it has: 备注_1, number, 备注_3"):
        audit(path, "number", key="备注")


def test_a_number_of_json_that_no_float_holds_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"number": "鲁18", "x": 1e308}\n{"number": -1e400}\n', "utf-8")
    with pytest.raises(UnreadableFile, match=r"line 2 of .* has a number of too many digits"):
        read_arrow(path)
