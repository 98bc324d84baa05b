"""What data from elsewhere brings: odd names, odd types, odd days, and DuckDB's connections."""

import gc
from datetime import date

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sdcert import CertificateNumber, frames
from sdcert.audit import audit
from tests.support.frames import (
    ENGINES,
    EXAMPLE,
    FIELDS,
    LAZY,
    RULES,
    answers,
    arrow_frame,
    law,
    polars_frame,
    to_rows,
)

GOOD, SHORT = "鲁189000160100001", "鲁18900016010001"
VALUES = [GOOD, SHORT, None, "鲁 18 90001 601 00003"]
RUNS = pa.RunEndEncodedArray.from_arrays([2, 3, 4], pa.array([GOOD, None, SHORT]))
WAYS = [{"codes": EXAMPLE}, {"codes": EXAMPLE, "fields": FIELDS}]


def holds(frame, options, values=VALUES, column="number"):
    found = answers(frames.check(frame, column, **options))
    return found == [{name: law(v, EXAMPLE)[name] for name in found[0]} for v in values]


# Names.


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize("engine", LAZY)
@pytest.mark.parametrize(
    "name", ["__sdcert", "__sdcert_text", "__SDCERT_known", "__sdcert_outcome", "^number$", "^x$"]
)
def test_columns_may_have_the_names_that_an_engine_works_with(engine, name, options):
    own = polars_frame(VALUES, [None] * 4).select("number").with_columns(pl.Series(name, range(4)))
    other = own.rename({name: "x", "number": name})

    def make(frame):
        return frame.lazy() if engine == "polars-lazy" else duckdb.from_arrow(frame.to_arrow())

    assert holds(make(own), options)
    checked = frames.check(make(own), "number", **options)
    assert to_rows(checked, ["number", name]) == own.to_dicts()
    assert holds(make(other), options, column=name)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_that_look_like_ours_are_kept_by_summary_and_invalid(engine):
    frame = ENGINES[engine]([SHORT], [None])
    taken = frames.check(frame, "number", prefix="__sdcert_", fields=False)
    assert to_rows(frames.summary(taken, "number")) == [
        {"outcome": "invalid", "finding": "length", "rows": 1}
    ]
    names = ["number", "day", "__sdcert_outcome", "__sdcert_finding", "__sdcert_canonical"]
    [row] = to_rows(frames.invalid(taken, "number"))
    assert list(row) == [*names, "outcome", "finding"]


def test_names_of_pandas_need_be_no_texts():
    frame = pd.DataFrame({0: [1], "number": [GOOD]})
    assert list(frames.check(frame, "number", fields=["year"]).columns)[:2] == [0, "number"]


def test_duckdb_does_not_tell_columns_apart_by_case():
    relation = duckdb.sql("select '' as number, 1 as SDCERT_Outcome")
    with pytest.raises(frames.TakenColumn, match="sdcert_outcome"):
        frames.check(relation, "number")
    assert frames.check(relation, "number", prefix="own_").columns[2] == "own_outcome"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_key_that_is_missing_is_named_though_nothing_fails(engine):
    with pytest.raises(frames.MissingColumn, match="no column “no”"):
        frames.require(ENGINES[engine]([GOOD], [None]), "number", key="no")


# Types.


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_of_narwhals_are_taken_for_what_they_hold(engine):
    frame = ENGINES[engine](VALUES, [None] * 4)
    checked = frames.check(nw.from_native(frame), "number", codes=EXAMPLE)
    assert type(checked) is type(frame)
    assert answers(checked) == answers(frames.check(frame, "number", codes=EXAMPLE))


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize(
    "kind", ["varchar[]", "varchar[1]", f"enum('{GOOD}')[]", "struct(a varchar)"]
)
def test_what_holds_texts_in_duckdb_is_no_text(kind, options):
    value = f"{{'a': '{GOOD}'}}" if kind.startswith("struct") else f"['{GOOD}']"
    relation = duckdb.sql(
        f"select {value}::{kind} as number union all by name select null as number"
    )
    found = answers(frames.check(relation, "number", **options))
    assert [row["finding"] for row in found] == ["not-text", None]


@pytest.mark.parametrize("day", [None, date(2021, 3, 1)])
@pytest.mark.parametrize(
    ("value", "finding"),
    [
        (f"'{GOOD}'", None), (f"'{GOOD}'::enum('{GOOD}')", None),
        (f"'{GOOD}'::char(3)", None), ("NULL::int", None), ("5", "not-text"),
        ("5::bigint", "not-text"), ("5::hugeint", "not-text"), ("'5'::blob", "not-text"),
        ("date '2020-01-01'", "not-text"), (f"['{GOOD}']", "not-text"),
        (f"'{GOOD}'::variant", "not-text"), (f"union_value(a := '{GOOD}')", "not-text"),
        (f"'\"{GOOD}\"'::json", "prefix"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "prefix"),
    ],
)  # fmt: skip
def test_values_of_all_types_of_duckdb_are_answered_alike_in_all_ways(
    connection, value, finding, day
):
    relation = connection.sql(f"select {value} as number, date '2021-03-01' as day")
    options = {"codes": EXAMPLE, "approved_on": None if day is None else "day"}
    named = {"engine": "duckdb", "connection": connection}
    frames.register(connection, "checked", codes=EXAMPLE, approved_on=day)
    found = [
        frames.check(relation, "number", **options).select("sdcert_finding"),
        frames.check(relation, "number", messages="zh", **options).select("sdcert_finding"),
        relation.select(frames.expression("number", **named, **options).alias("a")).select(
            "a.finding"
        ),
        relation.select("checked(number).finding"),
    ]
    assert [one.fetchall() for one in found] == [[(finding,)]] * 4
    message = frames.check(relation, "number", messages="zh", **options).select("sdcert_message")
    assert bool(message.fetchall()[0][0]) == (finding is not None)


@pytest.mark.parametrize("kind", ["variant", "geometry", "timetz", "bignum"])
def test_what_narwhals_does_not_know_in_duckdb_is_no_day(kind):
    relation = duckdb.sql(f"select '{GOOD}' as number, null::{kind} as day")
    assert frames.check(relation, "number", approved_on="day").select("sdcert_outcome").fetchall()
    value = {"geometry": "'POINT(1 2)'", "timetz": "'01:02:03+00'"}.get(kind, "5")
    relation = duckdb.sql(f"select '{GOOD}' as number, {value}::{kind} as day")
    with pytest.raises(duckdb.InvalidInputException, match="approved_on: a column of days"):
        frames.check(relation, "number", approved_on="day").fetchall()


class _OwnType(pa.ExtensionType):  # type: ignore[misc]  # what others make, has no hash
    def __init__(self, storage):
        super().__init__(storage, "own")

    def __arrow_ext_serialize__(self):
        return b""


@pytest.mark.parametrize(
    "kind", [pa.json_(), pa.opaque(pa.string(), "a", "b"), _OwnType(pa.string())]
)
def test_texts_of_another_name_are_texts(kind):
    texts = pa.ExtensionArray.from_storage(kind, pa.array(VALUES))
    days = pa.ExtensionArray.from_storage(_OwnType(pa.date32()), pa.array([date(2021, 3, 1)] * 4))
    table = pa.table({"number": texts, "day": days})
    for approved_on in (None, "day"):
        options = {"codes": EXAMPLE, "approved_on": approved_on}
        checked = frames.check(table, "number", messages="zh", **options)
        plain = pa.table({"number": VALUES, "day": days.storage})
        assert answers(checked) == answers(frames.check(plain, "number", messages="zh", **options))
        assert frames.invalid(table, "number", **options)["finding"].to_pylist() == ["length"]


def test_what_is_no_utf8_identifies_nobody():
    table = pa.table({"number": [GOOD], "id": pa.array([b"\xff" * 16], pa.uuid())})
    with pytest.raises(frames.UnsupportedFrame, match="holder: a column of texts"):
        audit(table, "number", key="number", holder="id")


@pytest.mark.parametrize(
    "series",
    [
        pd.Series([GOOD, 5, None], dtype="category"),
        pd.Series([CertificateNumber.parse(GOOD), 1.5], dtype=object).astype("category"),
        pd.Series([1j, 2j]),
        pd.Series(["鲁\ud800", GOOD, None], dtype=pd.StringDtype("python")),
        pd.Series([GOOD, None, SHORT], dtype=pd.ArrowDtype(pa.string_view())),
        pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([RUNS]))),
        pd.Series([GOOD, b"x", None], dtype="category"),
        pd.Series(pd.arrays.SparseArray([GOOD, SHORT, None], dtype=pd.SparseDtype(object))),
    ],
)
def test_columns_of_pandas_that_arrow_does_not_take(series):
    values = [None if pd.isna(value) else value for value in series.to_list()]
    told = list(map(law, values))
    frame = pd.DataFrame({"number": series})
    assert answers(frames.check(frame, "number")) == told
    failed = [row["finding"] for row in told if row["outcome"] == "invalid"]
    assert frames.invalid(frame, "number")["finding"].to_list() == failed


def test_runs_of_texts_are_texts():
    table = pa.table({"number": RUNS})
    assert answers(frames.check(table, "number")) == list(map(law, [GOOD, GOOD, None, SHORT]))


# Days.


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(4841, 1, 1), date(1, 1, 1)])
@pytest.mark.parametrize("approved_on", ["day", None])
def test_the_farthest_days(day, approved_on):
    frame = arrow_frame([GOOD, SHORT, f" {GOOD}"], [day] * 3)
    options = {"codes": EXAMPLE, "rules": RULES}
    checked = frames.check(frame, "number", approved_on=approved_on or day, **options)
    assert answers(checked) == [
        law(value, EXAMPLE, day, rules=RULES) for value in (GOOD, SHORT, f" {GOOD}")
    ]


@pytest.mark.parametrize("codes", [None, EXAMPLE])
@pytest.mark.parametrize(
    ("day", "meant"),
    [
        ("infinity", date.max), ("290000-01-01", date.max), ("0044-03-15 (BC)", date.min),
        ("-infinity", date.min),
    ],
)  # fmt: skip
def test_days_that_python_has_not_are_its_farthest(day, meant, codes):
    values = [GOOD, " 鲁169000160100001", "鲁169000160100001"]
    rows = ", ".join(f"('{value}', '{day}'::date)" for value in values)
    relation = duckdb.sql(f"from (values {rows}) as t(number, day)")
    checked = frames.check(relation, "number", approved_on="day", codes=codes)
    assert answers(checked.project("* exclude (day)")) == [law(v, codes, meant) for v in values]


@pytest.mark.parametrize("codes", [None, EXAMPLE])
@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("ms"), pa.date64()])
def test_times_that_date32_cannot_hold_are_the_farthest_days(codes, kind):
    days = pa.array([1 << 60, -(1 << 60), None], pa.int64()).cast(kind)
    table = pa.table({"number": [GOOD] * 3, "day": days})
    checked = frames.check(table, "number", approved_on="day", codes=codes)
    told = [law(GOOD, codes, day) for day in (date.max, date.min, None)]
    assert answers(checked.drop_columns(["day"])) == told


def test_a_dictionary_of_days_holds_days():
    days = pa.array([date(2017, 5, 1), None]).dictionary_encode()
    table = pa.table({"number": [GOOD] * 2, "day": days})
    checked = frames.check(table, "number", approved_on="day", codes=EXAMPLE)
    assert answers(checked) == [law(GOOD, EXAMPLE, day) for day in (date(2017, 5, 1), None)]


@pytest.mark.parametrize(
    "odd",
    [
        pd.Timestamp("2019-12-31T20:00Z"), "2020-13-01", "待定", 5, 1.5, 20200101,
        np.datetime64("2020-01"), np.datetime64("2020"),
    ],
)  # fmt: skip
def test_an_object_of_pandas_that_is_no_day_is_named_with_its_row(odd):
    frame = pd.DataFrame({"number": [GOOD] * 2, "day": pd.Series([date(2020, 1, 1), odd])})
    with pytest.raises(frames.UnreadableDay, match="row 2 of the column “day” has no") as caught:
        frames.check(frame.astype({"day": object}), "number", approved_on="day")
    assert caught.value.message("zh").startswith("approved_on：“day”列第2行不是可识别的日期：“")


@pytest.mark.parametrize(
    "days",
    [
        [date(2017, 5, 1), None],
        [np.datetime64("2017-05-01"), None],
        [pd.Timestamp("2017-05-01 23:59"), pd.NaT],
        ["2017年5月1日", float("nan")],
        ["2017/5/1", " "],
    ],
)
@pytest.mark.parametrize("kind", [object, None, "category"])
def test_objects_of_pandas_are_days_however_they_are_given(days, kind):
    frame = pd.DataFrame({"number": ["鲁189000160100001"] * 2})
    frame["day"] = pd.Series(days, dtype=kind)
    for batch, known in ((frame, [date(2017, 5, 1), None]), (frame[1:], [None])):
        checked = frames.check(batch, "number", approved_on="day", codes=EXAMPLE)
        assert answers(checked) == [law(GOOD, EXAMPLE, day) for day in known]


# DuckDB's connections.


@pytest.fixture
def connection():
    made = duckdb.connect()
    made.register("material", arrow_frame(VALUES, [None] * 4))
    made.sql("select * from material").create("numbers")
    return made


@pytest.mark.parametrize("options", WAYS)
def test_cursors_and_other_connections_to_a_database_ask_too(tmp_path, options):
    path = str(tmp_path / "numbers.db")
    first, second = duckdb.connect(path), duckdb.connect(path)
    first.register("material", arrow_frame(VALUES, [None] * 4))
    first.sql("select * from material").create("numbers")
    cursor = first.cursor()
    for one in (first, second, cursor, first):
        assert holds(one.sql("from numbers"), options)
    # what a function was made of goes with its connection, and not with another's
    late = frames.check(second.sql("from numbers"), "number", **options)
    first.close()
    cursor.close()
    del first, cursor, one
    gc.collect()
    assert answers(late) == answers(frames.check(second.sql("from numbers"), "number", **options))


@pytest.mark.parametrize("options", WAYS)
def test_a_relation_is_asked_on_its_own_connection(connection, options):
    # a cursor that is gone would take its function along, and the process with it
    made = frames.check(
        connection.table("numbers"), "number", connection=connection.cursor(), **options
    )
    gc.collect()
    assert answers(made) == answers(frames.check(connection.table("numbers"), "number", **options))


@pytest.mark.parametrize("options", WAYS)
def test_a_transaction_that_is_rolled_back_takes_nothing_away(connection, options):
    for end in (connection.rollback, connection.commit, connection.rollback):
        connection.begin()
        assert holds(connection.sql("from numbers"), options)
        end()
        assert holds(connection.sql("from numbers"), options)
    other = connection.cursor()
    for one in (connection, other):
        one.begin()
    for one in (connection, other):
        assert holds(one.sql("from numbers"), options | {"window_years": 2})


def test_the_same_question_is_the_same_function(connection):
    for _ in range(3):
        for options in WAYS:
            assert holds(connection.sql("from numbers"), options)
    named = "from duckdb_functions() where function_name like 'sdcert!_answer%' escape '!'"
    assert len(connection.sql(named).fetchall()) == len(WAYS)


@pytest.mark.parametrize("kind", [pl.Int128, pl.UInt128])
@pytest.mark.parametrize("lazy", [False, True])
def test_a_type_that_arrow_lacks_is_no_text(kind, lazy):
    frame = pl.DataFrame({"number": pl.Series([2**100, None], dtype=kind)})
    found = frames.check(frame.lazy() if lazy else frame, "number", fields=False).lazy().collect()
    assert found["sdcert_finding"].to_list() == ["not-text", None]


@pytest.mark.parametrize("lazy", [False, True])
def test_a_name_that_arrow_lacks_is_a_name(lazy):
    frame = pl.DataFrame({"\0": [GOOD, None], "b\0": [date(2021, 1, 1), None]})
    frame = frame.lazy() if lazy else frame
    found = frames.check(frame, "\0", approved_on="b\0", fields=False).lazy().collect()
    assert found["sdcert_outcome"].to_list() == ["valid", None]


def test_views_are_told_what_is_wrong_with_them():
    for kind, code in ((pa.string_view(), "鲁18900016010001"), (pa.binary_view(), b"x")):
        frame = pa.table({"number": pa.array([code, None], kind)})
        found = frames.check(frame, "number", messages="en", fields=False)["sdcert_message"]
        assert [bool(message) for message in found.to_pylist()] == [True, False]


def test_a_reader_of_slices_is_read_as_it_is():
    numbers = pa.chunked_array([[GOOD], [], [SHORT, None]])
    days = pa.chunked_array([[date(2021, 3, 1), date(2021, 3, 1)], [None]])
    table = pa.table({"number": numbers, "day": days})
    counted = frames.summary(table.to_reader(), "number", approved_on="day")
    assert counted == frames.summary(table, "number", approved_on="day")
    found = audit(table.to_reader(), "number", key="day", approved_on="day").findings
    assert found["finding"].to_pylist() == ["length"]


def test_a_reader_may_hold_what_arrow_makes_no_empty_array_of():
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array([GOOD]).cast(
        pa.string_view()
    ))  # fmt: skip
    tags = pa.array([0, 1], pa.int8())
    union = pa.UnionArray.from_sparse(tags, [pa.array([1, 2]), pa.array(["a", "b"])])
    table = pa.table({"number": runs, "other": union})
    made = frames.check(table.to_reader(), "number", fields=False).read_all()
    assert made["sdcert_outcome"].to_pylist() == ["valid", "valid"]
    assert frames.invalid(table.to_reader(), "other").read_all()["finding"].to_pylist() == (
        ["not-text"] * 2
    )
