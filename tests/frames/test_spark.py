"""PySpark: few tests, many rows."""

from datetime import date

import pyarrow as pa
import pytest

from sdcert import frames
from sdcert.audit import audit
from sdcert.frames import answers as _answers
from sdcert.frames.answers import Role, function_of
from sdcert.frames.query import PARTS, Check
from sdcert.frames.registry import FINDINGS
from tests.support.audit import BOOKS, TYPES, holds, many
from tests.support.frames import (
    COMPLETE,
    EXAMPLE,
    FIELDS,
    RULES,
    answers,
    columns,
    law,
    rows,
    to_rows,
)
from tests.support.spark import compiling, connected

GOOD = "鲁189000160100001"
ROLES = [Role.NUMBER, Role.DAY]


@pytest.fixture
def frame(spark):
    keyed = [(at, value, day) for at, (value, day) in enumerate(rows())]
    return spark.createDataFrame(keyed, "`a key` int, `the number` string, day date")


def test_the_law(spark, frame):
    days = {"codes": COMPLETE, "approved_on": "day"}
    # with names, without, and within a query of the user's own: asked of Spark at once
    checked = frames.check(frame, "the number", **days)
    assert type(checked) is type(frame)
    without = frames.check(checked, "the number", prefix="own_", fields=FIELDS, **days)
    asked = frames.expression("the number", engine="pyspark", fields=FIELDS, **days)
    with compiling(spark):
        got = to_rows(without.withColumn("asked", asked))
    assert [(row["a key"], row["the number"], row["day"]) for row in got] == [
        (at, value, day) for at, (value, day) in enumerate(rows())
    ]
    names = ("outcome", "finding", "canonical", *FIELDS)
    for row, (value, day) in zip(got, rows(), strict=True):
        said = law(value, COMPLETE, day)
        plain = {name: said[name] for name in names}
        assert {name: row[f"sdcert_{name}"] for name in said} == said
        assert {name: row[f"own_{name}"] for name in names} == plain == row["asked"]


def said(texts, codes, days, names=()):
    """What a worker answers, taken apart again."""
    packed = Check(codes, columns=("outcome", *names)).packed()
    array = pa.chunked_array([texts[:9], texts[9:]], pa.string())
    arrays = [array] if days is None else [array, pa.array(days, pa.date32())]
    for row in function_of(packed, ROLES[: len(arrays)])(*arrays).to_pylist():
        number, parts = row.pop("packed"), {}
        for name, width in reversed(PARTS.items()):
            parts[name] = None if number is None else number % 2**width
            number = None if number is None else number >> width
        assert number in {0, None}
        yield parts | row


@pytest.mark.parametrize("with_days", [False, True])
def test_what_a_worker_answers(with_days, monkeypatch):
    monkeypatch.setattr(_answers, "BLOCK", 64)
    texts, days = columns()
    days = days if with_days else None
    got = list(said(texts, EXAMPLE, days, ["grade"]))
    assert [parts["sequence"] for parts in said(texts, EXAMPLE, days)] == [
        parts["sequence"] for parts in got
    ]
    for text, day, parts in zip(texts, days or [None] * len(texts), got, strict=True):
        row = law(text, EXAMPLE, day)
        assert parts["grade"] == row["grade"]
        if text is None:
            assert set(parts.values()) == {None}
            continue
        code = FINDINGS[parts["ids"]]
        assert (code and code.value) == row["finding"]
        assert (parts["sequence"] or None) == row["sequence"]
        if row["canonical"] is not None:
            assert parts["year"] + 2000 == row["year"]
            assert f"{parts['region']:05}" == row["region_code"]
            assert f"{parts['series']:03}" == row["series_code"]
            assert parts["marked"] == row["grassroots"]
            assert parts["plain"] == (text == row["canonical"])


def test_the_managers(frame):
    options = {"codes": EXAMPLE, "rules": RULES, "on": date(2020, 1, 1)}
    checked = frames.check(frame, "the number", prefix="a_", **options)
    checked = frames.check(checked, "the number", prefix="b_", approved_on="day", **options)
    for row, (value, day) in zip(to_rows(checked), rows(), strict=True):
        for prefix, known in (("a_", None), ("b_", day)):
            said = law(value, EXAMPLE, known, rules=RULES, on=date(2020, 1, 1))
            assert {name: row[prefix + name] for name in said} == said


def test_failing_rows_with_their_key(frame):
    failed = frames.invalid(frame, "the number", key="a key", codes=COMPLETE)
    laws = [(at, law(value, COMPLETE)) for at, (value, _) in enumerate(rows())]
    assert [(row["a key"], row["finding"]) for row in to_rows(failed)] == [
        (at, row["finding"]) for at, row in laws if row["outcome"] in ("invalid", "undetermined")
    ]
    with pytest.raises(frames.InvalidRows, match=f"of {len(rows())} rows are not valid"):
        frames.require(frame, "the number", key="a key", codes=COMPLETE)


def test_nothing_runs_before_the_query_does(spark, frame):
    impossible = frame.selectExpr("*", "raise_error('it ran') as boom")
    plan = frames.check(impossible, "the number")
    frames.summary(impossible, "the number")
    with pytest.raises(Exception, match="it ran"):
        plan.collect()


def test_columns_may_have_the_names_that_spark_works_with(spark):
    frame = spark.createDataFrame([("鲁1", 1)], "number string, __sdcert int")
    [row] = to_rows(frames.check(frame, "number", codes=EXAMPLE))
    assert (row["__sdcert"], row["sdcert_finding"]) == (1, "length")
    with pytest.raises(frames.TakenColumn):  # Spark does not tell them apart
        frames.check(frame.withColumnRenamed("__sdcert", "SDCERT_Outcome"), "number")


def test_values_that_are_no_texts_are_findings(spark):
    numbers = spark.createDataFrame([(181402001200001,), (None,)], "number long")
    assert answers(frames.check(numbers, "number")) == [law(1), law(None)]
    with pytest.raises(frames.UnsupportedFrame, match="a column of days"):
        frames.check(numbers, "number", approved_on="number")


def test_the_audit_finds_what_a_plain_walk_finds(spark):
    kinds = {"int64": "long", "date32[day]": "date"}

    def make(table):
        names = zip(table.column_names, TYPES, strict=True)
        schema = ", ".join(f"{name} {kinds.get(str(kind), 'string')}" for name, kind in names)
        return spark.createDataFrame([tuple(row.values()) for row in table.to_pylist()], schema)

    holds(make, many(), BOOKS["example"])


def test_booleans_functions_of_sql_and_names_of_any_case(spark):
    from pyspark.sql import functions

    frame = spark.createDataFrame([("鲁189000160100001", 1), ("鲁18", 2)], "`a.b` string, id int")
    valid = frames.valid(functions.col("`a.b`"))
    assert [ok for (ok,) in frame.select(valid).collect()] == [True, False]
    frames.register(spark, fields=False)
    frame.createOrReplaceTempView("given")
    rows = spark.sql("select sdcert_check(`a.b`).finding from given").collect()
    assert [code for (code,) in rows] == [None, "length"]
    with pytest.raises(frames.UnsupportedFrame, match="name: a name that no other function has"):
        frames.register(spark, "Lower")
    frames.register(spark, "check_on", with_day=True, fields=False)
    number, day = f"'{GOOD}'", "DATE '2015-01-01'"
    [(finding,)] = spark.sql(f"select check_on({number}, {day}).finding").collect()
    assert finding == "year-in-future"
    moment = "TIMESTAMP_NTZ '2015-01-01 23:00:00'"
    [(finding,)] = spark.sql(f"select check_on({number}, {moment}).finding").collect()
    assert finding == "year-in-future"
    for call, sentence in {
        f"check_on({number}, 20150101)": "a column of days .* is needed, not int32",
        f"check_on({number}, '2015-01-01')": "a column of days .* is needed, not .*string",
        f"check_on({number}, TIMESTAMP '2015-01-01 00:00:00')": "depends on a time zone",
        f"check_on({number})": "a call with the number and the day of approval",
        f"check_on({number}, {day}, 1)": "not one with 3 argument",
        f"sdcert_check({number}, {day})": "a call with the number alone",
    }.items():
        with pytest.raises(Exception, match=sentence):
            spark.sql(f"select {call}.finding").collect()
    assert [tuple(row) for row in frames.invalid(frame, "A.B", key="ID").collect()] == [
        (2, "鲁18", "invalid", "length")
    ]


def test_frames_of_spark_connect_are_taken_as_well(spark):
    from pyspark.sql import functions

    given = [(1, "鲁189000160100001"), (2, "鲁18"), (3, "鲁189000160100001"), (4, None)]
    with connected(spark) as remote:
        frame = remote.createDataFrame(given, "`a.id` int, `cert.no` string")
        assert ".connect." in type(frame).__module__
        number = functions.col("`cert.no`")
        checked = frames.check(frame, "cert.no", codes=EXAMPLE).withColumns(
            {"ok": frames.valid(number), "asked": frames.expression(number, fields=False)}
        )
        for row, (at, value) in zip(to_rows(checked), given, strict=True):
            said = law(value, EXAMPLE)
            assert {name: row[f"sdcert_{name}"] for name in said} == said
            assert (row["a.id"], row["ok"]) == (at, None if value is None else at != 2)
            assert row["asked"]["finding"] == said["finding"]
        assert {tuple(row.values()) for row in to_rows(frames.summary(frame, "cert.no"))} == {
            ("valid", None, 2), ("invalid", "length", 1), (None, None, 1),
        }  # fmt: skip
        with pytest.raises(frames.InvalidRows, match="1 of 4 rows are not valid"):
            frames.require(frame, "cert.no", key="a.id")
        found = to_rows(audit(frame, "cert.no", key="a.id").findings)
        assert {(row["a.id"], row["finding"], row["twins"]) for row in found} == {
            (1, "duplicate-number", "1, 3"), (3, "duplicate-number", "1, 3"), (2, "length", None),
        }  # fmt: skip
        frames.register(remote, fields=False)
        frame.createOrReplaceTempView("given")
        rows = to_rows(remote.sql("select sdcert_check(`cert.no`).finding as code from given"))
        assert [row["code"] for row in rows] == [None, "length", None, None]


def test_a_key_of_maps_is_kept_and_has_no_text(spark):
    frame = spark.sql(f"select map('a', 1) as id, explode(array('{GOOD}', '{GOOD}')) as number")
    found = audit(frame, "number", key="id").findings.collect()
    assert [(row["id"], row["group_rows"], row["twins"]) for row in found] == [
        ({"a": 1}, 2, None)
    ] * 2
