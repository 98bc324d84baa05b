"""Whole data sets: each finding on each engine, against a plain count of the rows."""

from collections import Counter

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert import frames
from sdcert.audit import AuditCode, audit
from sdcert.checking import check
from sdcert.codes import CodeBook
from sdcert.files import UnreadableFile
from sdcert.rules import RuleBook
from tests.support.frames import EXAMPLE, to_rows

A, B, C = "鲁189000160100001", "鲁189000160100002", "鲁189000161200005"
ROWS = [
    # id, number, person, year, approver, grade, marker
    (1, A, "p1", 2018, "90001", "正高级", False),
    (2, f" {A}", "p2", 2018, "示例省人力资源和社会保障厅", "senior", False),
    (3, f"{A}（基层）", "p3", 2017, "90002", "高级", True),
    (4, B, "p1", None, None, None, None),
    (5, C, "p1", 2018, "示例厅", "中级", True),
    (6, "鲁18900016010000", "p4", 1999, "x", "x", True),
    (7, None, None, 2018, "90001", None, False),
    (8, "鲁189199960100009", None, 2018, "示例厅", "高级", False),
]
COLUMNS = ["id", "number", "person", "year", "approver", "grade", "marker"]
TABLE = pa.table(dict(zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True)))
ISSUED = pa.table({"year": [2018], "region_code": ["90001"], "series_code": ["601"], "last": [1]})
ENGINES = {
    "pyarrow": lambda table: table,
    "pandas": lambda table: table.to_pandas(),
    "pandas-nullable": lambda table: table.to_pandas().convert_dtypes(),
    "polars": pl.from_arrow,
    "polars-lazy": lambda table: pl.from_arrow(table).lazy(),
    "duckdb": duckdb.from_arrow,
}
EVERYTHING = {
    "holder": "person", "year": "year", "approver": "approver", "grade": "grade",
    "marker": "marker", "codes": EXAMPLE,
}  # fmt: skip
FOUND = {
    (6, "length"), (8, "region-unlisted"),
    (1, "duplicate-number"), (2, "duplicate-number"),
    (1, "marker-conflict"), (2, "marker-conflict"), (3, "marker-conflict"),
    (1, "holder-conflict"), (4, "holder-conflict"),
    (4, "beyond-issued"),
    (3, "year-mismatch"),
    (3, "approver-mismatch"), (5, "approver-undetermined"), (8, "approver-undetermined"),
    (5, "marker-mismatch"),
}  # fmt: skip


def pairs(frame):
    return {(row["id"], row["finding"]) for row in to_rows(frame)}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_finding_on_each_engine(engine):
    make = ENGINES[engine]
    frame = make(TABLE)
    found = audit(frame, "number", key="id", issued=make(ISSUED), **EVERYTHING)
    grades = {(row[0], "grade-mismatch") for row in ROWS if wrong_grade(row)}
    assert pairs(found.findings) == FOUND | grades
    for part in (found.findings, found.summary, found.gaps):
        assert type(part) is type(frame)
    counts = Counter(code for _, code in FOUND | grades)
    summary = to_rows(found.summary)
    assert {row["finding"]: row["rows"] for row in summary} == counts
    assert [row["rows"] for row in summary] == sorted(counts.values(), reverse=True)
    assert to_rows(found.gaps) == [
        {"year": 2018, "region_code": "90001", "series_code": "601",
         "sequences": 2, "first": 1, "last": 2, "missing": 0},
        {"year": 2018, "region_code": "90001", "series_code": "612",
         "sequences": 1, "first": 5, "last": 5, "missing": 4},
        {"year": 2018, "region_code": "91999", "series_code": "601",
         "sequences": 1, "first": 9, "last": 9, "missing": 8},
    ]  # fmt: skip


def wrong_grade(row):
    number = check(row[1]).number
    if number is None or row[5] is None:
        return False
    entry = EXAMPLE.history(number.series_code)[0].entry
    words = {
        "senior": {"senior", "正高级", "副高级", "高级"},
        "intermediate": {"intermediate", "中级"},
        "junior": {"junior", "初级", "助理级", "员级"},
    }
    return row[5] not in words[entry.grade.value]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_plain_audit(engine):
    found = audit(ENGINES[engine](TABLE), "number", key=["id", "person"])
    assert pairs(found.findings) == {
        pair for pair in FOUND if pair[1] in ("length", "duplicate-number", "marker-conflict")
    }
    assert list(to_rows(found.findings)[0]) == [
        "id", "person", "number", "finding", "canonical", "group_id", "group_rows", "twins",
    ]  # fmt: skip


def test_an_approver_without_tables_and_a_year_as_text():
    table = TABLE.set_column(3, "year", pa.array(["2018", "2017", None] + ["2018"] * 5))
    found = audit(table, "number", key="id", approver="approver", year="year")
    assert pairs(found.findings) >= {(3, "approver-mismatch"), (2, "year-mismatch")}
    assert {code for _, code in pairs(found.findings) if code.endswith("mismatch")} == {
        "approver-mismatch", "year-mismatch",
    }  # fmt: skip
    assert (5, "approver-mismatch") not in pairs(found.findings)


@settings(max_examples=25)
@given(st.lists(st.tuples(
    st.sampled_from("abc"), st.integers(1, 3), st.booleans(), st.sampled_from(["601", "612"])
), max_size=12))  # fmt: skip
def test_conflicts_are_those_of_a_plain_count(rows):
    numbers = [f"鲁1890001{t}{n:05}{'（基层）' if m else ''}" for _, n, m, t in rows]
    people = [person for person, *_ in rows]
    table = pa.table({
        "id": pa.array(range(len(rows)), pa.int64()), "number": pa.array(numbers, pa.string()),
        "who": pa.array(people, pa.string()),
    })  # fmt: skip
    expected = set()
    for at, (who, number) in enumerate(zip(people, numbers, strict=True)):
        if numbers.count(number) > 1:
            expected.add((at, "duplicate-number"))
        if {other for other in numbers if other[:16] == number[:16]} != {number}:
            expected.add((at, "marker-conflict"))
        own = {n[:16] for n, p in zip(numbers, people, strict=True) if p == who}
        if len({n for n in own if n[:11] == number[:11]}) > 1:
            expected.add((at, "holder-conflict"))
    assert pairs(audit(table, "number", key="id", holder="who").findings) == expected


def test_files(tmp_path):
    table = TABLE.select(["id", "number"])
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    pyarrow.csv.write_csv(table, tmp_path / "t.csv")
    pl.from_arrow(table).write_ndjson(tmp_path / "t.jsonl")
    expected = pairs(audit(table, "number", key="id").findings)
    for name in ("t.parquet", "t.jsonl"):
        assert pairs(audit(tmp_path / name, "number", key="id").findings) == expected
    # In CSV an empty cell is missing, as null is elsewhere, and a key is text.
    found = pairs(audit(str(tmp_path / "t.csv"), "number", key="id").findings)
    assert found == {(str(key), code) for key, code in expected}
    bare = pa.table({"id": [1], "number": ["181402001200001"]})
    pyarrow.csv.write_csv(bare, tmp_path / "t.csv")
    assert pairs(audit(tmp_path / "t.csv", "number", key="id").findings) == {("1", "prefix")}
    (tmp_path / "t.xml").write_text("<?xml version='1.0'?><t/>")
    with pytest.raises(UnreadableFile, match="is an XML file"):
        audit(tmp_path / "t.xml", "number", key="id")


@pytest.mark.parametrize("engine", ["polars-lazy", "duckdb"])
def test_lazy_stays_lazy(engine):
    frame, seen = ENGINES[engine](TABLE), []

    def see(values):
        seen.append(len(values))
        return values

    if engine == "duckdb":
        duckdb.create_function("see_audited", see, ["VARCHAR"], "VARCHAR", type="arrow")
        frame = frame.project("see_audited(number) as number, * exclude (number)")
    else:
        number = pl.col("number").map_batches(see, return_dtype=pl.String, is_elementwise=True)
        frame = frame.with_columns(number)
    found = audit(frame, "number", key="id", **EVERYTHING)
    assert seen == []
    to_rows(found.findings)
    assert seen
    if engine == "duckdb":
        duckdb.remove_function("see_audited")


def test_what_is_refused():
    with pytest.raises(ValueError, match="grade needs codes"):
        audit(TABLE, "number", key="id", grade="grade")
    for name in ("key", "holder", "year", "approver", "marker"):
        with pytest.raises(frames.MissingColumn, match="no column “no”"):
            audit(TABLE, "number", **{"key": "id", name: "no"})
    with pytest.raises(frames.MissingColumn):
        audit(TABLE, "no", key="id")


def test_every_code_has_words():
    for code in AuditCode:
        assert code.label() != code.label("zh")


def test_a_csv_file_is_taken_as_it_stands(tmp_path):
    """Guessed types would take the zeros from keys, persons and codes."""
    path = tmp_path / "t.csv"
    path.write_text(
        "id,number,person,body,year,day\n"
        "007,鲁180000101100001,0123,00001,2018,2019-03-01\n"
        "7,鲁180000101100002,123,00001,2018,2019-03-01\n"
        "10000000000000000000007,鲁180000101100003,,14020,2019,\n",
        encoding="utf-8",
    )
    found = audit(
        path, "number", key="id", holder="person", approver="body", manager="body", year="year",
        approved_on="day", codes=CodeBook.bundled(), rules=RuleBook.bundled(),
    )  # fmt: skip
    last = "10000000000000000000007"
    assert pairs(found.findings) == {
        (last, "approver-mismatch"), (last, "manager-mismatch"), (last, "year-mismatch"),
    }  # fmt: skip
