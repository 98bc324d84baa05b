"""What surrounds the law: kinds of cells, what was issued, keys, large tables, what is refused."""

import pickle
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert import frames
from sdcert.audit import AuditCode, IssuedFault, audit
from sdcert.audit import comparing as _comparing
from sdcert.checking import check_record
from sdcert.codes import AuthorityKind, CodeBook, Edition, Grade, RegionCode, SeriesCode, Source
from sdcert.frames import answers as _answers
from sdcert.frames.engines import Input, Role
from sdcert.frames.engines import polars as _polars
from sdcert.frames.query import Check
from sdcert.numbering import CertificateNumber, NumberScope
from tests.support.audit import REGIONS
from tests.support.frames import DAYS, EXAMPLE, OF_ARROW, RULES, to_rows

A = "鲁189000160100001"
ENGINES = OF_ARROW | {
    "pandas-nullable": lambda table: table.to_pandas().convert_dtypes(),
}


def pairs(found):
    return {(row["id"], row["finding"]) for row in to_rows(found.findings)}


def frame_of(**columns):
    size = len(next(iter(columns.values())))
    return pa.table({"id": list(range(size)), "number": [A] * size, **columns})


def mismatches(table, engine="pyarrow", **asked):
    found = audit(ENGINES[engine](table), "number", key="id", **asked)
    return {at for at, code in pairs(found) if code.endswith("mismatch")}


@given(
    st.builds(
        CertificateNumber,
        st.integers(2017, 2026),
        st.sampled_from(REGIONS),
        st.sampled_from(["601", "612", "741", "999"]),
        st.integers(1, 9),
    ),
    DAYS,
    DAYS,
    st.sampled_from([*AuthorityKind, *REGIONS]),
    st.sampled_from([*AuthorityKind, *REGIONS]),
)
@settings(max_examples=30)
def test_bodies_are_judged_as_in_one_record(number, approved_on, on, approver, manager):
    """Where both speak, the audit and check_record say the same."""
    table = pa.table(
        {"id": [0], "number": [str(number)], "a": [str(approver)], "m": [str(manager)]}
    )
    found = audit(
        table, "number", key="id", codes=EXAMPLE, rules=RULES, approved_on=approved_on, on=on,
        approver="a", manager="m",
    )  # fmt: skip
    verdict = check_record(
        number, codes=EXAMPLE, rules=RULES, approved_on=approved_on, on=on, approver=approver,
        manager=manager,
    )  # fmt: skip
    expected = {one.code.value for one in verdict.findings if one.field in ("approver", "manager")}
    assert {code for _, code in pairs(found) if code.startswith(("app", "man"))} == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_and_booleans_are_cells_too(engine):
    table = frame_of(year=[2018, 2019, None], marker=[False, True, None], code=[90001, 90002, None])
    asked = {"year": "year", "marker": "marker", "approver": "code"}
    found = pairs(audit(ENGINES[engine](table), "number", key="id", **asked))
    assert {pair for pair in found if pair[1] != "duplicate-number"} == {
        (1, "year-mismatch"), (1, "marker-mismatch"), (1, "approver-mismatch"),
    }  # fmt: skip


def test_python_objects_are_cells_too():
    frame = pd.DataFrame({
        "id": range(4),
        "number": pd.Series([A] * 4, dtype=object),
        "approver": pd.Series(
            [AuthorityKind.PROVINCIAL_HRSS, AuthorityKind.CITY_HRSS, "\ud800", np.nan], dtype=object
        ),
        "grade": [Grade.SENIOR, Grade.JUNIOR, None, "高级"],
        "marker": [np.bool_(False), True, None, 0],
    })  # fmt: skip
    found = audit(
        frame,
        "number",
        key="id",
        codes=EXAMPLE,
        approver="approver",
        grade="grade",
        marker="marker",
    )
    assert {pair for pair in pairs(found) if pair[1] != "duplicate-number"} == {
        (1, "approver-mismatch"), (2, "approver-undetermined"), (1, "grade-mismatch"),
        (1, "marker-mismatch"),
    }  # fmt: skip


def test_a_kind_or_name_that_no_table_tells_is_undetermined():
    table = frame_of(body=["90001", "90002", "provincial-hrss", "某局", "9000"])
    found = pairs(audit(table, "number", key="id", approver="body"))
    assert {pair for pair in found if pair[1] != "duplicate-number"} == {
        (1, "approver-mismatch"),
        *((at, "approver-undetermined") for at in (2, 3, 4)),
    }


@pytest.mark.parametrize("engine", ["pyarrow", "polars"])
def test_columns_without_texts_are_refused(engine):
    for cells in ([[1]], [{"a": 1}], [b"x"]):
        with pytest.raises(frames.UnsupportedFrame, match=r"year: a column of texts, .* not "):
            audit(ENGINES[engine](frame_of(year=cells)), "number", key="id", year="year")
        with pytest.raises(frames.UnsupportedFrame):
            audit(ENGINES[engine](frame_of(who=cells)), "number", key="id", holder="who")
    odd = pl.DataFrame({"id": [1], "number": [A], "year": pl.Series([object()], dtype=pl.Object)})
    assert pairs(audit(odd, "number", key="id", year="year")) == {(1, "year-undetermined")}


SCOPE: dict[str, list[Any]] = {
    "year": [2018],
    "region_code": ["90001"],
    "series_code": ["601"],
    "last": [0],
}


@pytest.mark.parametrize("issued", [
    pa.table(SCOPE),
    pd.DataFrame(SCOPE).astype({"year": str, "last": float}),
    pl.DataFrame(SCOPE).with_columns(pl.col("region_code", "series_code").cast(int)).lazy(),
    pl.DataFrame({name: cells * 2 for name, cells in SCOPE.items()}),  # the same twice
    {NumberScope(2018, "90001", "601"): 0},
    {NumberScope(2018, "90001", "601"): np.int64(0)},
    {NumberScope(2018, "90001", "601"): Decimal("0.0")},
])  # fmt: skip
def test_what_was_issued_is_read_from_any_frame_or_mapping(issued):
    for name in ("pyarrow", "polars-lazy", "duckdb"):
        frame = ENGINES[name](frame_of(x=[1]))
        assert pairs(audit(frame, "number", key="id", issued=issued)) == {(0, "beyond-issued")}


def test_a_sequence_up_to_the_last_is_not_beyond_it():
    scope = NumberScope(2018, "90001", "601")
    assert pairs(audit(frame_of(x=[1]), "number", key="id", issued={scope: 1})) == set()
    other = NumberScope(2018, "90001", "602")
    assert pairs(audit(frame_of(x=[1]), "number", key="id", issued={other: 0})) == set()


@pytest.mark.parametrize(("column", "value", "shown"), [
    ("year", 18, "18"), ("year", 2100, "2100"), ("year", None, "None"), ("year", 2018.5, "2018.5"),
    ("region_code", "1", "1"), ("region_code", 100000, "100000"), ("series_code", "60１", "60１"),
    ("last", -1, "-1"), ("last", 100000, "100000"), ("last", True, "True"), ("last", "x" * 99, "x"),
    ("last", Decimal("4.5"), "4.5"), ("last", float("inf"), "inf"),
])  # fmt: skip
def test_what_was_issued_must_be_readable(column, value, shown):
    row = {name: cells[0] for name, cells in SCOPE.items()} | {column: value}
    bad = pd.DataFrame([row], dtype=object)
    frame = pl.DataFrame({name: pl.Series([cell], strict=False) for name, cell in row.items()})
    for issued in (frame, pa.Table.from_pandas(bad)):
        with pytest.raises(IssuedFault) as caught:
            audit(frame_of(x=[1]), "number", key="id", issued=issued)
        error = caught.value
        assert error.column == column
        assert error.excerpt.startswith(shown)
        assert len(str(error)) < 200
        assert f"issued: row 1: {column} must be" in str(error)
        assert f"第1行：{column}应为" in error.message("zh")
        assert pickle.loads(pickle.dumps(error)).args == error.args == (1, column, error.excerpt)


def test_what_was_issued_must_be_one_thing():
    twice = pa.table({name: cells * 2 for name, cells in SCOPE.items() if name != "last"})
    twice = twice.append_column("last", pa.array([1, 2]))
    with pytest.raises(IssuedFault, match=r"row 2 .* for 2018 90001 601$") as e:
        audit(frame_of(x=[1]), "number", key="id", issued=twice)
    assert e.value.message("zh").startswith("issued：第2行与此前一行对2018 90001 601")
    with pytest.raises(frames.MissingColumn, match=r"no column “last” \(issued\)"):
        audit(frame_of(x=[1]), "number", key="id", issued=twice.drop(["last"]))
    with pytest.raises(TypeError, match="a scope must be a NumberScope, not tuple"):
        audit(frame_of(x=[1]), "number", key="id", issued={(2018, "90001", "601"): 1})
    with pytest.raises(frames.UnsupportedFrame, match="mapping of scopes to their last"):
        audit(frame_of(x=[1]), "number", key="id", issued=[1])


@pytest.mark.parametrize("engine", ENGINES)
def test_keys_may_be_several_missing_repeated_and_named_like_ours(engine):
    table = pa.table({
        "year": [1, 1, None], "sdcert_outcome": ["a", None, None], "outcome": [A, A, "鲁18"],
    })  # fmt: skip
    found = audit(ENGINES[engine](table), "outcome", key=["year", "sdcert_outcome"])
    rows = [
        tuple(None if pd.isna(x) else x for x in list(row.values())[:4])
        for row in to_rows(found.findings)
    ]
    assert Counter(rows) == Counter([
        (1, "a", A, "duplicate-number"), (1, None, A, "duplicate-number"),
        (None, None, "鲁18", "length"),
    ])  # fmt: skip
    assert to_rows(audit(ENGINES[engine](table), "outcome", key="outcome").totals) == [
        {"rows": 3, "missing": 0, "numbers": 2, "found": 3}
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_nan_is_a_missing_cell(engine):
    """Else all rows without a holder would be one person's."""
    other = A.replace("00001", "00002")
    table = pa.table({
        "id": [1, 2, 3], "number": [A, other, other.replace("18", "19", 1)],
        "who": [float("nan")] * 3, "year": [2018.0, float("nan"), 2018.0],
    })  # fmt: skip
    found = audit(ENGINES[engine](table), "number", key="id", holder="who", year="year")
    assert pairs(found) == {(3, "year-mismatch")}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_may_be_asked_in_two_roles(engine):
    table = frame_of(body=["90001", "90002"])
    found = audit(
        ENGINES[engine](table), "number", key="id", codes=EXAMPLE, rules=RULES, approver="body",
        manager="body",
    )  # fmt: skip
    assert pairs(found) >= {(1, "approver-mismatch"), (0, "duplicate-number")}
    assert {key for key, code in pairs(found) if code.startswith(("app", "man"))} == {1}


@pytest.mark.parametrize("engine", ENGINES)
def test_totals_are_whole_numbers(engine):
    found = audit(ENGINES[engine](frame_of(x=[1, 2])), "number", key="id")
    (row,) = to_rows(found.totals)
    assert row == {"rows": 2, "missing": 0, "numbers": 2, "found": 2}
    assert not {type(value).__name__ for value in row.values()} & {"Decimal", "float"}


def test_views_of_texts_are_texts():
    """So Polars hands out its own."""
    table = pa.table({
        "id": pa.array(["a", "b"], pa.string_view()), "number": pa.array([A, A], pa.string_view()),
        "raw": pa.array([b"x", b"y"], pa.binary_view()),
    })  # fmt: skip
    assert pairs(audit(table, "number", key="id")) == {
        ("a", "duplicate-number"), ("b", "duplicate-number"),
    }  # fmt: skip
    assert frames.invalid(table, "number").num_rows == 0


def test_only_the_names_of_the_findings_are_refused():
    for name in ("__audit_kind", "check_outcome", "audit_digits", "kept_0", "text", "key_text"):
        assert pairs_by(audit(pa.table({name: [1], "number": [A]}), "number", key=name)) == set()
    for name in ("finding", "canonical", "group_id", "group_rows", "twins"):
        table = pa.table({name: [1], "number": [A]})
        with pytest.raises(frames.TakenColumn, match=f"{name}; rename"):
            audit(table, "number", key=name)
        assert to_rows(audit(table.append_column("id", [[1]]), "number", key="id").findings) == []


def pairs_by(found):
    return {row["finding"] for row in to_rows(found.findings)}


def test_what_needs_books_says_so():
    table = frame_of(x=["a"])
    for books in ({}, {"codes": EXAMPLE}, {"rules": RULES}):
        with pytest.raises(ValueError, match="manager needs codes and rules"):
            audit(table, "number", key="id", manager="x", **books)
    with pytest.raises(TypeError, match="RuleBook"):
        audit(table, "number", key="id", manager="x", codes=EXAMPLE, rules=1)
    with pytest.raises(TypeError, match=r"on must be a datetime\.date"):
        audit(table, "number", key="id", on="2024-01-01")
    with pytest.raises(frames.UnsupportedFrame, match=r"a frame or column of pandas, .* is needed"):
        audit([A], "number", key="id")
    twice = pa.table([pa.array([A]), pa.array([A])], names=["number", "number"])
    with pytest.raises(frames.UnsupportedFrame, match="columns have different names"):
        audit(twice, "number", key="number")
    with pytest.raises(frames.MissingColumn, match="no column “no”"):
        audit(table, "number", key="id", manager="no", codes=EXAMPLE, rules=RULES)


def test_memory_of_answers_is_bounded(monkeypatch):
    monkeypatch.setattr(_comparing, "_KEPT", 1)
    table = frame_of(year=["2018", "2019", "2020"] * 2)
    assert mismatches(table, year="year") == {1, 2, 4, 5}
    monkeypatch.setattr(_answers, "BLOCK", 2)  # answered in several calls
    assert mismatches(table, year="year") == {1, 2, 4, 5}


def test_a_large_table_is_audited_as_a_small_one():
    """Joins of large tables return rows in another order; no finding may move to another row."""
    size = 50_000
    rng = np.random.default_rng(7)
    sequences = rng.integers(1, 90_000, size)
    marked = rng.random(size) < 0.1
    who = rng.integers(0, size, size)
    texts = [
        f"鲁1890001601{n:05}{'（基层）' * int(m)}" for n, m in zip(sequences, marked, strict=True)
    ]
    table = pa.table({"id": np.arange(size), "number": texts, "who": who})
    counts, kinds = Counter(texts), {}
    people = {}
    for n, m, person in zip(sequences, marked, who, strict=True):
        kinds.setdefault(n, set()).add(m)
        people.setdefault(person, set()).add(n)
    expected = {(at, "duplicate-number") for at, text in enumerate(texts) if counts[text] > 1}
    expected |= {(at, "marker-conflict") for at, n in enumerate(sequences) if len(kinds[n]) > 1}
    expected |= {(at, "holder-conflict") for at, one in enumerate(who) if len(people[one]) > 1}
    for engine in ("pyarrow", "pandas", "polars-lazy", "duckdb"):
        found = audit(ENGINES[engine](table), "number", key="id", holder="who").findings
        if engine == "pandas":
            columns = found["id"].tolist(), found["finding"].tolist()
        else:
            rows = to_rows(found, ["id", "finding"])
            columns = [row["id"] for row in rows], [row["finding"] for row in rows]
        assert set(zip(*columns, strict=True)) == expected


def test_duckdb_says_what_it_refuses():
    with duckdb.connect() as other, duckdb.connect() as own:
        own.register("material", frame_of(x=[1]))
        relation = own.sql("select * from material")
        assert other is not own
        found = audit(relation, "number", key="id", connection=own)
        assert to_rows(found.totals)[0]["rows"] == 1
        assert set(found.totals.types) == {"BIGINT"}  # not HUGEINT, which Arrow has not


def test_a_batch_of_polars_is_answered_as_any():
    columns = [pl.Series([A, None]), pl.Series(["2017", None])]
    question = _comparing.Comparison(Check(columns=("outcome",)), False, ("year",), None)
    inputs = [Input("number", Role.NUMBER), Input("year", Role.TEXT)]
    assert _polars._answer(columns, inputs, question).to_list() == [
        {
            "outcome": "valid",
            "digits": 189000160100001,
            "marked": 0,
            "found_year": "year-mismatch",
        },
        dict.fromkeys(["outcome", "digits", "marked", "found_year"]),
    ]


def test_a_missing_extra_is_named():
    code = (
        "import sys; sys.modules['narwhals'] = None\n"
        "try:\n    import sdcert.audit\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "sdcert.frames needs an extra: pip install 'sdcert[frames]'"


def test_every_code_of_a_record_is_one_of_an_audit():
    from sdcert.findings import FindingCode

    shared = set(FindingCode) & set(AuditCode)
    assert shared == {
        "approver-mismatch", "approver-undetermined", "manager-mismatch", "manager-undetermined",
    }  # fmt: skip


@pytest.mark.parametrize("make", [
    pa.array, lambda codes: pa.array(codes, pa.float64()),
    lambda codes: pd.Series(codes, dtype=object), lambda codes: pd.Series(codes, dtype="Int64"),
])  # fmt: skip
def test_codes_that_a_column_holds_as_numbers_get_their_zeros_back(make):
    number = "鲁180000101100001"
    frame = pd.DataFrame({"id": [1, 2, 3], "number": [number] * 3})
    codes = make([1, 2, None])
    frame["by"] = codes.to_pandas() if isinstance(codes, pa.Array) else codes
    frames_of = [frame] if frame["by"].dtype == object else [frame, pa.Table.from_pandas(frame)]
    for one in frames_of:
        found = {pair for pair in pairs(audit(one, "number", key="id", approver="by"))
                 if pair[1] != "duplicate-number"}  # fmt: skip
        assert found == {(2, "approver-mismatch")}


@pytest.mark.parametrize("engine", ["pyarrow", "pandas", "polars"])
def test_a_holder_whose_digits_are_lost_is_refused(engine):
    table = frame_of(who=[370102199001011234.0, 370102199001011250.0])
    with pytest.raises(frames.UnsupportedFrame, match="holder: a column that identifies people"):
        audit(ENGINES[engine](table), "number", key="id", holder="who")
    fine = ENGINES[engine](frame_of(who=[1.0, None]))
    found = pairs(audit(fine, "number", key="id", holder="who"))
    assert {code for _, code in found} == {"duplicate-number"}


@pytest.mark.parametrize("who", ["-", "——", "／", "无", " 无 ", "不详", "nan", "NaN"])
def test_a_placeholder_is_no_holder(who):
    numbers = [A, A.replace("00001", "00002")]
    table = pa.table({"id": [1, 2], "number": numbers, "who": [who, who]})
    assert audit(table, "number", key="id", holder="who").findings.num_rows == 0


def test_a_cell_that_cannot_be_read_is_undetermined():
    table = frame_of(
        year=["2018 年", "２０１８", "2018-01-01 00:00:00", "18", "2019"],
        marker=["√", "—", "×", "基层职称", "是"],
        grade=["某级", "√", "—", "正高级", "初级"],
    )
    asked = {"year": "year", "marker": "marker", "grade": "grade", "codes": EXAMPLE}
    found = pairs(audit(table, "number", key="id", **asked))
    assert {code for at, code in found if at < 3 and code.endswith("mismatch")} == set()
    assert {code for at, code in found if at == 4} >= {"year-mismatch", "marker-mismatch"}
    for at in range(3):
        assert {(at, "year-undetermined"), (at, "marker-undetermined"),
                (at, "grade-undetermined")} <= found  # fmt: skip


def test_an_index_of_pandas_may_be_any_column():
    frame = pd.DataFrame({"number": [A, A.replace("00001", "00002")]}, index=pd.Index(["p", "p"]))
    found = audit(frame, "number", key="index", holder="index").findings
    assert found["finding"].tolist() == ["holder-conflict"] * 2
    assert found["twins"].tolist() == ["p, p"] * 2


@pytest.mark.parametrize("engine", ["pyarrow", "duckdb"])
@pytest.mark.parametrize("tags", [
    pa.array([["x"], ["y"]]), pa.array([b"x", b"y"]), pa.array([{"a": 1}, {"a": 2}]),
    pa.array([[("a", 1)], [("a", 2)]], pa.map_(pa.string(), pa.int64())),
], ids=lambda tags: str(tags.type))  # fmt: skip
def test_a_key_that_has_no_text_is_kept_and_not_among_the_twins(engine, tags):
    rows = to_rows(audit(ENGINES[engine](frame_of(tags=tags)), "number", key="tags").findings)
    assert [(row["twins"], row["group_rows"]) for row in rows] == [(None, 2)] * 2
    assert all(row["tags"] for row in rows)


def test_a_name_that_the_code_had_on_other_days_is_undetermined():
    source = Source("示例〔1〕号")
    bodies = [
        RegionCode("91101", "甲局", "city-department", "甲市", valid_through=date(2018, 6, 30)),
        RegionCode("91101", "乙局", "city-department", "甲市", valid_from=date(2018, 7, 1)),
    ]
    titles = [SeriesCode("601", "示例", "高级")]
    book = CodeBook(
        [
            Edition("r", "city:91", "甲市", source, "example", entries=bodies),
            Edition("s", "series", "示例省", source, "example", entries=titles),
        ]
    )
    table = pa.table(
        {"id": [1, 2], "number": ["鲁189110160100001"] * 2, "by": ["甲局", "乙局"],
         "day": pa.array([date(2019, 3, 1)] * 2)}
    )  # fmt: skip
    options = {"approver": "by", "approved_on": "day", "codes": book}
    found = audit(table, "number", key="id", **options).findings
    codes = [code for code in found["finding"].to_pylist() if code.startswith("approver")]
    assert codes == ["approver-undetermined"]


def test_what_was_issued_has_each_column_once():
    last = pd.DataFrame([[2024, 91020, 603, 1, 2]])
    last.columns = ["year", "region_code", "series_code", "last", "last"]
    with pytest.raises(frames.UnsupportedFrame, match=r"^issued: a frame whose columns have diff"):
        audit(pa.table({"id": [1], "number": [None]}), "number", key="id", issued=last)


def test_a_column_that_has_no_text_is_refused_and_a_key_of_such_names_no_twins():
    maps = pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8()))
    table = pa.table({"id": [1, 2], "number": ["鲁189000160100001"] * 2, "grade": maps})
    with pytest.raises(frames.UnsupportedFrame, match=r"^holder: a column of texts, numbers,"):
        audit(table, "number", key="id", holder="grade")
    lazy = pl.LazyFrame({"id": [timedelta(1), timedelta(2)], "number": ["鲁189000160100001"] * 2})
    found = audit(lazy, "number", key="id").findings.collect()
    assert found["twins"].to_list() == [None, None]
    assert found["group_rows"].to_list() == [2, 2]
