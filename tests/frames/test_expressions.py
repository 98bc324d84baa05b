"""The check within queries of others: expressions, booleans for a series, functions of SQL."""

from datetime import date

import dask.dataframe as dd
import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars import selectors

from sdcert import frames
from sdcert.checking import check, is_valid
from sdcert.messages import sentences
from tests.support.frames import EXAMPLE, answers, law

GOOD, SHORT = "鲁189000160100001", "鲁18900016010001"
VALUES = [GOOD, SHORT, None, "鲁 18 90001 601 00003", "鲁189999960100001", ""]
VALID = [None if value is None else is_valid(value, codes=EXAMPLE) for value in VALUES]
FINDINGS = [law(value, EXAMPLE)["finding"] for value in VALUES]


# Polars.


def test_an_expression_of_polars_keeps_the_name_of_its_root_and_no_other_column_is_touched():
    frame = pl.DataFrame({"number": VALUES, "text": range(len(VALUES))})
    checked = frame.with_columns(frames.expression("number", engine="polars", codes=EXAMPLE))
    assert checked["text"].to_list() == list(range(len(VALUES)))
    assert [row["finding"] for row in checked["number"].to_list()] == FINDINGS
    trimmed = pl.col("number").str.strip_chars()
    assert frames.expression(trimmed).meta.output_name() == "number"
    assert frame.select(frames.valid(trimmed, codes=EXAMPLE)).to_dict(as_series=False) == {
        "number": VALID
    }


@pytest.mark.parametrize("make", [lambda frame: frame, pl.DataFrame.lazy])
def test_an_expression_of_polars_works_wherever_one_does(make):
    frame = make(pl.DataFrame({"group": [1, 1, 2, 2, 2, 3], "number": VALUES}))
    asked = frames.expression("number", engine="polars", codes=EXAMPLE).struct.field("finding")
    counted = frame.group_by("group").agg(asked.count().alias("n")).sort("group").lazy().collect()
    assert counted["n"].to_list() == [
        sum(code is not None for code in part)
        for part in (FINDINGS[:2], FINDINGS[2:5], FINDINGS[5:])
    ]
    over = frame.select(asked.over("group").alias("f")).lazy().collect()
    assert over["f"].to_list() == FINDINGS
    valid = frames.valid(pl.col("number"), codes=EXAMPLE)
    failing = frame.filter(~valid).lazy().collect()
    assert failing["number"].to_list() == [v for v, ok in zip(VALUES, VALID, strict=True) if not ok
                                           and v is not None]  # fmt: skip
    every = frame.group_by("group").agg(valid.all()).sort("group").lazy().collect()
    assert every["number"].to_list() == [False, False, False]


def test_a_field_of_a_struct_is_an_expression():
    inner = pl.DataFrame({"s": [{"number": value} for value in VALUES]})
    asked = frames.expression(pl.col("s").struct.field("number"), codes=EXAMPLE, fields=False)
    assert [row["finding"] for row in inner.select(asked).to_series().to_list()] == FINDINGS
    relation = duckdb.from_arrow(inner.to_arrow())
    column = duckdb.SQLExpression("s.number")
    asked = frames.expression(column, codes=EXAMPLE, fields=False)
    assert [row["finding"] for (row,) in relation.select(asked).fetchall()] == FINDINGS


def test_days_may_be_an_expression_too():
    frame = pl.DataFrame({"number": ["鲁189000160100001"] * 2, "day": ["2017-05-01", "2019-05-01"]})
    days = pl.col("day").str.to_date()
    for asked in (
        frames.expression(pl.col("number"), approved_on=days).struct.field("finding"),
        frames.expression("number", engine="polars", approved_on=days).struct.field("finding"),
    ):
        assert frame.select(asked).to_series().to_list() == ["year-in-future", None]


def test_an_expression_of_several_columns_of_polars_answers_for_each():
    frame = pl.DataFrame({"a": [GOOD], "b": ["鲁17"], "n": [1]})
    for several in (pl.col("a", "b"), pl.col("^[ab]$"), selectors.string()):
        assert frame.select(frames.valid(several)).to_dicts() == [{"a": True, "b": False}]
        told = frame.select(frames.expression(several))
        assert [told[name].struct.field("finding").item() for name in "ab"] == [None, "length"]
    suffixed = frame.select(frames.valid(pl.col("a", "b")).name.suffix("_valid"))
    assert suffixed.columns == ["a_valid", "b_valid"]
    lists = pl.DataFrame({"of": [[GOOD, "鲁17"], []]})
    each = lists.select(pl.col("of").list.eval(frames.valid(pl.element())))
    assert each["of"].to_list() == [[True, False], []]


@pytest.mark.parametrize("rows", [0, 1, 3])
@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_literals_of_polars_are_as_long_as_the_columns(rows, engine):
    frame = pl.DataFrame(
        {"number": [GOOD] * rows, "day": [date(2021, 1, 1)] * rows},
        {"number": pl.String, "day": pl.Date},
    )
    for number, day in (
        (pl.col("number"), pl.lit(date(2021, 1, 1))), (pl.lit(GOOD), pl.col("day")),
    ):  # fmt: skip
        made = frames.valid(number, codes=EXAMPLE, approved_on=day).alias("x")
        found = frame.lazy().select("day", made).collect(engine=engine)
        assert found["x"].to_list() == [True] * rows


@pytest.mark.parametrize("name", ["*", "a.b", 'a"b', "COLUMNS(*)", "select"])
def test_an_expression_of_duckdb_takes_a_name_as_it_is(name):
    with duckdb.connect() as connection:
        relation = connection.from_arrow(pa.table({name: [GOOD, SHORT], "other": ["", ""]}))
        made = frames.expression(name, engine="duckdb", connection=connection, codes=EXAMPLE)
        found = relation.select(made.alias("x")).fetchall()
        assert [row[0]["finding"] for row in found] == [None, "length"]


@pytest.mark.parametrize(
    ("column", "engine"), [("number", None), ("number", "abacus"), (5, None), (5, "polars"),
                           (pl.col("number"), "duckdb")]
)  # fmt: skip
def test_an_engine_must_be_known(column, engine):
    with pytest.raises(frames.UnsupportedFrame, match="engine: 'duckdb', 'polars' or 'pyspark'"):
        frames.expression(column, engine=engine)


# Booleans.

SERIES = {
    "pandas": lambda values: pd.Series(values, index=list("abcdef"), name="n"),
    "pandas-object": lambda values: pd.Series(values, dtype=object, name="n"),
    "polars": lambda values: pl.Series("n", values),
    "array": pa.array,
    "chunked": lambda values: pa.chunked_array([values[:2], values[2:]], pa.string()),
    "narwhals": lambda values: nw.from_native(pl.Series("n", values), series_only=True),
}


def as_list(series):
    if isinstance(series, (pa.Array, pa.ChunkedArray)):
        return series.to_pylist()
    return [None if value is pd.NA else value for value in series.to_list()]


@pytest.mark.parametrize("kind", SERIES)
def test_each_value_of_a_series_is_valid_or_not(kind):
    series = SERIES[kind](VALUES)
    made = frames.valid(series, codes=EXAMPLE)
    assert type(made) is type(series) or isinstance(made, pa.BooleanArray)
    assert as_list(made) == VALID
    if kind == "pandas":
        assert (list(made.index), made.name) == (list("abcdef"), "n")


def test_a_series_of_dask_is_answered_partition_by_partition():
    series = dd.from_pandas(pd.Series(VALUES, name="n"), npartitions=2)
    made = frames.valid(series, codes=EXAMPLE)
    assert isinstance(made, dd.Series)
    assert as_list(made.compute(scheduler="synchronous")) == VALID
    days = dd.from_pandas(pd.Series(pd.to_datetime(["2016-01-01"] * 6)), npartitions=2)
    dated = frames.valid(series, codes=EXAMPLE, approved_on=days)
    assert len(dated.compute(scheduler="synchronous")) == 6


@pytest.mark.parametrize("kind", SERIES)
def test_days_go_beside_the_values(kind):
    from datetime import date

    days = [date(2018, 6, 1), None, None, date(2015, 1, 1), None, None]
    given = pa.array(days) if kind in {"array", "chunked"} else SERIES[kind](days)
    made = frames.valid(SERIES[kind](VALUES), codes=EXAMPLE, approved_on=given)
    assert as_list(made) == [
        None if value is None else is_valid(value, codes=EXAMPLE, approved_on=day)
        for value, day in zip(VALUES, days, strict=True)
    ]


@pytest.mark.parametrize("kind", SERIES)
@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_there_is_one_day_for_each_value(kind, count):
    make = {"pandas": lambda values: pd.Series(values, name="n")}.get(kind, SERIES[kind])
    day = date(2018, 6, 1)
    days = pa.array([day] * count) if kind in {"array", "chunked"} else make([day] * count)
    sentence = f"approved_on: one day for each of the 3 values is needed, not {count}"
    with pytest.raises(frames.UnsupportedFrame, match=sentence):
        frames.valid(make([GOOD, GOOD, None]), approved_on=days)


def test_days_belong_to_the_rows_of_the_values():
    day = date(2018, 6, 1)
    values = pd.Series([GOOD, GOOD])
    days = pd.Series([day, date(2017, 6, 1)], index=[1, 0])
    with pytest.raises(frames.UnsupportedFrame, match=r"index of the values .* reindex"):
        frames.valid(values, approved_on=days)
    assert frames.valid(values, approved_on=days.reindex(values.index)).tolist() == [True, True]
    with pytest.raises(frames.UnreadableDay, match="row 1 of the column “approved_on”"):
        frames.valid(values, approved_on=pd.Series(["?", "?"], dtype=object))
    lazy = dd.from_pandas(values, npartitions=2)
    for stray in (days, dd.from_pandas(values, npartitions=1), pl.Series([day, day]), "day"):
        with pytest.raises(frames.UnsupportedFrame, match="approved_on: "):
            frames.valid(lazy, approved_on=stray)
    for stray in (pl.Series([day, day]), [day, day], pa.array([day, day]), "day", lazy):
        with pytest.raises(frames.UnsupportedFrame, match="approved_on: a day, or days of the"):
            frames.valid(values, approved_on=stray)
    with pytest.raises(frames.UnsupportedFrame, match="values: a column"):
        frames.valid([GOOD], approved_on=[day])


@pytest.mark.parametrize(
    "values", ["number", [GOOD], None, np.array([GOOD]), pd.DataFrame({"n": [GOOD]})]
)
def test_what_is_no_series_is_refused(values):
    with pytest.raises(frames.UnsupportedFrame, match="values: a column or an expression of"):
        frames.valid(values)


def test_an_expression_of_duckdb_filters_a_relation():
    relation = duckdb.from_arrow(pa.table({"n": VALUES}))
    asked = frames.valid(duckdb.ColumnExpression("n"), codes=EXAMPLE)
    assert relation.filter(asked).fetchall() == [(VALUES[0],), (VALUES[3],)]


# SQL.


def test_a_function_of_sql_answers_as_the_check_does():
    with duckdb.connect() as connection:
        connection.register(
            "given", pa.table({"n": VALUES, "d": pa.array([None] * 6, pa.date32())})
        )
        frames.register(connection, codes=EXAMPLE, fields=["year"])
        sql = "select sdcert_check(n).finding from given"
        assert [code for (code,) in connection.sql(sql).fetchall()] == FINDINGS
        frames.register(connection, fields=False)  # in its place
        assert [code for (code,) in connection.sql(sql).fetchall()] == [
            law(value)["finding"] for value in VALUES
        ]
        frames.register(connection, "own_check", with_day=True, codes=EXAMPLE, messages="zh")
        connection.sql("create view checked as select own_check(n, d) as c from given")
        rows = connection.sql("select c.finding, c.message from checked").fetchall()
        assert [code for code, _ in rows] == FINDINGS
        assert rows[1][1].startswith("编号应有15位数字")
        for name in ("lower", "", " ", None):
            with pytest.raises(
                frames.UnsupportedFrame, match="name: a name that no other function"
            ):
                frames.register(connection, name)
    with pytest.raises(frames.UnsupportedFrame, match="target: a connection of DuckDB or"):
        frames.register(pl.DataFrame())
    with pytest.raises(TypeError, match="approved_on"):
        frames.register(duckdb.default_connection(), approved_on="day")


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("DATE '2015-01-01'", None),
        ("TIMESTAMP '2015-01-01 23:00:00'", None),
        ("TIMESTAMP_S '2015-01-01 23:00:00'", None),
        ("NULL", None),
        ("TIMESTAMPTZ '2015-01-01 23:00:00'", "depends on a time zone"),
        ("20150101", "a column of days .* is needed, not int"),
        ("'2015-01-01'", "a column of days .* is needed, not .*string"),
    ],
)
def test_on_duckdb_days_are_what_check_takes_for_days(day, sentence):
    with duckdb.connect() as connection:
        number = duckdb.ConstantExpression(GOOD)
        frames.register(connection, with_day=True, fields=False)
        options = {"approved_on": duckdb.SQLExpression(day), "connection": connection}
        for asked in (
            frames.expression(number, fields=False, **options),
            duckdb.SQLExpression(f"sdcert_check('{GOOD}', {day})"),
        ):
            found = connection.sql("select 1").select(
                duckdb.FunctionExpression(
                    "struct_extract", asked, duckdb.ConstantExpression("finding")
                )
            )
            if sentence is None:
                assert found.fetchall() == [(None if day == "NULL" else "year-in-future",)]
            else:
                with pytest.raises(duckdb.InvalidInputException, match=sentence):
                    found.fetchall()
        if sentence is None:
            asked = connection.sql("select 1").select(frames.valid(number, **options))
            assert asked.fetchall() == [(True,)]


# Messages.


@pytest.mark.parametrize("make", [
    pa.table, pd.DataFrame, pl.DataFrame, pl.LazyFrame,
    lambda columns: duckdb.from_arrow(pa.table(columns)),
])  # fmt: skip
def test_messages_are_those_of_all_findings(make):
    for lang in ("en", "zh", "zh-CN"):
        checked = frames.check(make({"number": VALUES}), "number", codes=EXAMPLE, messages=lang)
        short = lang[:2]
        expected = [
            None if value is None else
            sentences([one.message(short) for one in check(value, codes=EXAMPLE).findings], short)
            or None
            for value in VALUES
        ]  # fmt: skip
        assert [row["message"] for row in answers(checked)] == expected
        failed = frames.invalid(make({"number": VALUES}), "number", codes=EXAMPLE, messages=lang)
        assert [row["message"] for row in answers(failed, "")] == [
            row["message"] for row in answers(checked) if row["outcome"] not in {"valid", None}
        ]
    for ask in (frames.check, frames.invalid):
        with pytest.raises(ValueError, match="messages must be"):
            ask(make({"number": VALUES}), "number", messages="fr")


def test_a_message_on_what_is_no_text_says_so():
    numbers = pa.table({"number": [5, None]})
    for frame in (numbers, pl.from_arrow(numbers), duckdb.from_arrow(numbers)):
        first = answers(frames.check(frame, "number", messages="en"))[0]
        assert first["message"].startswith("expected text, got an integer: 5")
    values = [5, "鲁\ud800", GOOD, 1.5, True, b"x", [1]]
    mixed = pd.DataFrame({"number": pd.Series(values, dtype=object)})
    messages = [row["message"] for row in answers(frames.check(mixed, "number", messages="zh"))]
    told = [sentences([f.message("zh") for f in check(value).findings], "zh") for value in values]
    assert (
        messages[0] == told[0] == "应为文本，现为整数：5（该列是否被当作数字读取？这样会丢失“鲁”）"
    )
    assert messages == [message or None for message in told]


def test_an_expression_of_duckdb_has_the_name_of_its_column():
    relation = duckdb.sql("SELECT 1 AS id, '鲁18' AS number")
    for column in ("number", duckdb.ColumnExpression("number")):
        made = frames.expression(column, engine="duckdb", fields=False)
        assert relation.select(made).columns == ["number"]


@pytest.mark.parametrize(
    "days", [pl.Series([date(2021, 1, 1)]), duckdb.ColumnExpression("day"), pa.array([1])]
)
def test_an_expression_takes_days_of_its_own_engine_alone(days):
    with pytest.raises(frames.UnsupportedFrame, match=r"^approved_on: a day, or days of the same"):
        frames.valid(pl.col("number"), approved_on=days)


def test_a_function_of_sql_has_its_day_from_one_place():
    with duckdb.connect() as connection:
        with pytest.raises(TypeError, match="with_day and approved_on: the day is either"):
            frames.register(connection, with_day=True, approved_on=date(2018, 6, 1))
        with pytest.raises(TypeError, match="with_day must be a bool, not str"):
            frames.register(connection, with_day="no")


def test_what_is_no_connection_of_duckdb_is_named():
    with pytest.raises(TypeError, match="connection must be one of DuckDB, not int"):
        frames.valid(duckdb.ColumnExpression("number"), connection=5)


def test_an_expression_of_another_engine_than_the_one_that_is_named_is_named():
    with pytest.raises(frames.UnsupportedFrame, match=r"is needed, not polars\."):
        frames.expression(pl.col("number"), engine="duckdb")


@pytest.mark.parametrize("make", [pd.Series, pl.Series])
def test_a_series_of_narwhals_is_a_frame_of_one_column(make):
    series = nw.from_native(make(VALUES), series_only=True)
    assert answers(frames.check(series, codes=EXAMPLE)) == [law(v, EXAMPLE) for v in VALUES]
