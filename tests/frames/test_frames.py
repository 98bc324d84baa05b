"""How frames are treated: what is added, what stays, what is refused, and what stays lazy."""

import importlib
import pickle
import sys
from datetime import date, datetime, timedelta

import dask.dataframe as dd
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sdcert import CertificateNumber, CodeBook, errors, frames
from sdcert.codes import AuthorityKind, Content, Edition, RegionCode, Source
from sdcert.codes.edition import city_domain
from sdcert.frames import answers as _answers
from sdcert.frames import query as _query
from sdcert.frames.engines import duckdb as _duckdb
from sdcert.frames.engines import polars as _polars
from tests.support.frames import (
    ENGINES,
    EXAMPLE,
    LAZY,
    RULES,
    answers,
    arrow_frame,
    law,
    pandas_frame,
    polars_frame,
    to_rows,
    verdict,
)

GOOD, MARKED, SPACED, SHORT = (
    "鲁189000160100001", "鲁189000160100002（基层）", "鲁 18 90001 601 00003", "鲁18900016010001",
)  # fmt: skip
VALUES = [GOOD, None, MARKED, SPACED, SHORT, "", "鲁199999999900001"]
LATE = datetime.fromisoformat("2017-01-01") + timedelta(hours=23, minutes=59)
DAYS = [date(2019, 3, 1), date(2019, 3, 1), None, *[date(2020, 1, 1)] * 4]


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_and_other_columns_stay_and_the_kind_of_frame_too(engine):
    frame = ENGINES[engine](VALUES, DAYS)
    checked = frames.check(frame, "number", codes=EXAMPLE)
    assert type(checked) is type(frame)
    assert to_rows(checked, ["number", "day"]) == to_rows(frame)
    names = list(checked.collect_schema() if engine == "polars-lazy" else
                 checked.column_names if engine == "pyarrow" else checked.columns)  # fmt: skip
    assert names == ["number", "day", *[f"sdcert_{name}" for name in law(None, EXAMPLE)]]


@pytest.mark.parametrize("engine", LAZY)
def test_lazy_stays_lazy(engine):
    frame, seen = LAZY[engine](VALUES, DAYS), []

    def see(values):
        seen.append(len(values))
        return values

    if engine == "duckdb":
        duckdb.create_function("see", see, ["VARCHAR"], "VARCHAR", type="arrow")
        frame = duckdb.from_arrow(frame.to_arrow_table()).project("see(number) as number, day")
    else:
        number = pl.col("number").map_batches(see, return_dtype=pl.String, is_elementwise=True)
        frame = frame.with_columns(number)
    for plan in (
        frames.check(frame, "number", codes=EXAMPLE, approved_on="day"),
        frames.summary(frame, "number"),
        frames.invalid(frame, "number", key="day"),
    ):
        assert seen == []
        to_rows(plan)
        assert sum(seen) >= len(VALUES) - 1  # DuckDB does not ask of nulls
        seen.clear()
    if engine == "duckdb":
        duckdb.remove_function("see")


@pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals:FutureWarning")
def test_dask_stays_lazy_and_obeys_the_law():
    frame = dd.from_pandas(pd.DataFrame({"number": VALUES}), npartitions=2)
    checked = frames.check(frame, "number", codes=EXAMPLE)
    assert isinstance(checked, dd.DataFrame)
    assert answers(checked.compute()) == [law(value, EXAMPLE) for value in VALUES]
    days = [date(2020 + at % 3, 1, 1) for at in range(len(VALUES))]
    dated = dd.from_pandas(pandas_frame("str")(VALUES, days), npartitions=3)
    checked = frames.check(dated, "number", codes=EXAMPLE, rules=RULES, approved_on="day")
    assert answers(checked.compute()) == [
        law(value, EXAMPLE, day, rules=RULES) for value, day in zip(VALUES, days, strict=True)
    ]
    with pytest.raises(frames.MissingColumn):
        frames.check(frame, "no")


def test_a_large_column_is_read_in_blocks_with_every_neighbour_in_place(monkeypatch):
    monkeypatch.setattr(_answers, "BLOCK", 3)
    table = pa.concat_tables([arrow_frame(VALUES, DAYS), arrow_frame(VALUES[::-1], DAYS)])
    for approved_on, days in ((None, [None] * 14), ("day", DAYS * 2)):
        checked = frames.check(table, "number", codes=EXAMPLE, approved_on=approved_on)
        assert answers(checked) == [
            law(value, EXAMPLE, day) for value, day in zip(VALUES + VALUES[::-1], days, strict=True)
        ]
        checked["sdcert_canonical"].validate(full=True)


def test_what_was_learnt_from_one_block_answers_the_next(monkeypatch):
    monkeypatch.setattr(_answers, "BLOCK", 2)
    monkeypatch.setattr(pa, "cpu_count", lambda: 1)
    values = [SHORT, GOOD, SHORT, "x", GOOD, GOOD]
    checked = frames.check(arrow_frame(values, [None] * 6), "number", codes=EXAMPLE, rules=RULES)
    assert answers(checked) == [law(value, EXAMPLE, rules=RULES) for value in values]


@pytest.mark.parametrize("text", ["０", "鲁１８90001601 00001", "0" * 200])
def test_a_text_that_has_no_shape_is_read_for_itself(text):
    assert answers(frames.check(arrow_frame([text], [None]), "number")) == [law(text)]


def test_batches_of_polars(monkeypatch):
    """Polars calls from threads of its own, where coverage does not look."""
    asked = []
    ask = _polars._answer

    def see(function):
        return lambda *a, **k: asked.append((function, a, k)) or function(*a, **k)

    monkeypatch.setattr(_polars, "_answer", see(ask))
    expression = frames.expression("number", engine="polars", codes=EXAMPLE, approved_on="day")
    for values in (VALUES, [1, None]):
        days = DAYS[: len(values)]
        frame = pl.DataFrame({"number": values, "day": days}, strict=False)
        found = frame.select(a=expression)["a"]
        assert found.to_list() == [law(v, EXAMPLE, d) for v, d in zip(values, days, strict=True)]
        function, arguments, options = asked[-1]
        again = function(*arguments, **options)
        assert [row["sequence"] for row in again.to_list()] == [
            row["sequence"] for row in found.to_list()
        ]
    empty = frame.clear().select(a=expression)
    assert (empty.schema, empty.height) == ({"a": found.dtype}, 0)
    day = date(2020, 1, 1)
    for plan in (
        frames.check(polars_frame(VALUES, DAYS).lazy(), "number", codes=EXAMPLE, approved_on=day),
        frames.summary(polars_frame(VALUES, DAYS).lazy(), "number"),
    ):
        plan.collect()
        function, arguments, options = asked[-1]
        assert function(*arguments, **options).len() == arguments[0][0].len() > 0


def test_a_question_is_loaded_once_in_a_process_and_asks_the_same():
    day = date(2020, 1, 1)
    check = _query.Check(EXAMPLE, day, 2, RULES, day, ("outcome", "manager"))
    sent = pickle.dumps(check)
    again = pickle.loads(sent)
    values = pa.array(VALUES)
    assert again.answer([values]) == check.answer([values])
    assert again.key == check.key
    assert pickle.loads(sent) is again


def test_sliced_arrays_are_read_from_where_they_begin():
    table = arrow_frame(VALUES * 2, DAYS * 2).slice(3, 6)
    assert answers(frames.check(table, "number")) == [law(v) for v in (VALUES * 2)[3:9]]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.null()])
def test_an_empty_column(kind):
    table = pa.table({"number": pa.array([], kind)})
    assert frames.check(table, "number", codes=EXAMPLE).num_rows == 0
    assert frames.check(table.slice(0, 0), "number").num_rows == 0
    assert frames.check(pa.table({"number": pa.chunked_array([], kind)}), "number").num_rows == 0


@pytest.mark.parametrize(
    "array",
    [
        pa.array([GOOD, SHORT, None], pa.large_string()),
        pa.array([GOOD, SHORT, None]).cast(pa.string_view()),
        pa.array([GOOD, SHORT, None]).dictionary_encode(),
    ],
)
def test_texts_of_every_arrow_type(array):
    checked = frames.check(pa.table({"number": array}), "number")
    assert answers(checked) == [law(GOOD), law(SHORT), law(None)]


@pytest.mark.parametrize("values", [[181402001200001, None], [1.5, None], [b"x", None], [True]])
@pytest.mark.parametrize("engine", ["pyarrow", "polars", "polars-lazy", "pandas", "duckdb"])
def test_values_that_are_no_texts_are_findings(values, engine):
    table = pa.table({"number": values})
    frame = {
        "pyarrow": lambda: table,
        "polars": lambda: pl.from_arrow(table),
        "polars-lazy": lambda: pl.from_arrow(table).lazy(),
        "pandas": table.to_pandas,
        "duckdb": lambda: duckdb.from_arrow(table),
    }[engine]()
    assert answers(frames.check(frame, "number")) == [law(value) for value in values]


def test_duckdb_columns_without_type_and_of_enum_type():
    relation = duckdb.sql("select null as number")
    assert answers(frames.check(relation, "number")) == [law(None)]
    relation = duckdb.sql(f"select '{GOOD}'::enum('{GOOD}', 'b') as number, 1 as \"a\"\"b\"")
    assert answers(frames.check(relation, "number")) == [law(GOOD)]


def test_python_objects():
    number = CertificateNumber.parse(MARKED)
    values = [GOOD, 5, number, None, np.nan, pd.NA, "鲁\ud800", object, np.str_(GOOD), b"x"]
    series = pd.Series(values, index=list("abcdefghij"), dtype=object)
    frame = pd.DataFrame({"number": series})
    checked = frames.check(frame, "number")
    rows = [*values[:3], None, None, None, *values[6:]]
    assert answers(checked) == [law(value) for value in rows]
    assert list(checked.index) == list("abcdefghij")
    assert checked.dtypes.astype(str).to_dict() == {
        "number": "object", "sdcert_outcome": "str", "sdcert_finding": "str",
        "sdcert_canonical": "str", "sdcert_year": "Int32", "sdcert_region_code": "str",
        "sdcert_series_code": "str", "sdcert_sequence": "Int32", "sdcert_grassroots": "boolean",
    }  # fmt: skip


def test_fields_and_prefix_can_be_chosen():
    table = arrow_frame(VALUES, DAYS)
    checked = frames.check(table, "number", fields=False, prefix="c_")
    assert checked.column_names == ["number", "day", "c_outcome", "c_finding", "c_canonical"]
    some = frames.check(table, "number", codes=EXAMPLE, fields=["grade", "year"], prefix="")
    assert some.column_names[5:] == ["year", "grade"]
    for field, why in (("grade", "needs codes"), ("manager", "needs rules"), ("x", "there is no")):
        with pytest.raises(frames.UnknownField, match=why):
            frames.check(table, "number", fields=[field])
    with pytest.raises(TypeError, match="fields must be"):
        frames.check(table, "number", fields="year")


@pytest.mark.parametrize("engine", ENGINES)
def test_wrong_columns_are_refused_at_once(engine):
    frame = ENGINES[engine](VALUES, DAYS)
    with pytest.raises(
        frames.MissingColumn, match=r"no column “no” \(column\); it has: number, day"
    ):
        frames.check(frame, "no")
    with pytest.raises(frames.MissingColumn):
        frames.check(frame, "number", approved_on="no")
    with pytest.raises(frames.TakenColumn, match="sdcert_outcome"):
        frames.check(frames.check(frame, "number"), "number")
    with pytest.raises(frames.FrameFault, match=r"a column of days|has no readable day"):
        to_rows(frames.check(frame, "number", approved_on="number"))


def test_columns_of_days():
    table = arrow_frame([GOOD] * 2, [date(2017, 1, 1), None])
    future = [law(GOOD, None, date(2017, 1, 1)), law(GOOD)]
    for days in (
        pa.array([LATE, None], pa.timestamp("us")),
        pa.array([date(2017, 1, 1), None], pa.date64()),
    ):
        frame = table.set_column(1, "day", days)
        assert answers(frames.check(frame, "number", approved_on="day")) == future
    nothing = table.set_column(1, "day", pa.nulls(2))
    assert answers(frames.check(nothing, "number", approved_on="day")) == [law(GOOD)] * 2
    zoned = table.set_column(1, "day", pa.array([0, 0], pa.timestamp("us", "UTC")))
    with pytest.raises(frames.UnsupportedFrame):
        frames.check(zoned, "number", approved_on="day")
    objects = pd.DataFrame({"number": [GOOD] * 2, "day": [date(2017, 1, 1), None]})
    assert answers(frames.check(objects, "number", approved_on="day")) == future


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"codes": 1}, TypeError),
        ({"approved_on": LATE}, TypeError),
        ({"approved_on": 5}, TypeError),
        ({"approved_on": "2019-01-27"}, TypeError),
        ({"window_years": 101}, ValueError),
    ],
)
def test_wrong_options_are_refused_at_once(options, error):
    for call in (frames.check, frames.summary, frames.invalid, frames.require):
        with pytest.raises(error):
            call(arrow_frame([], []), "number", **options)


def test_wrong_rules_are_refused_at_once():
    table = arrow_frame([], [])
    with pytest.raises(TypeError, match="rules must be a RuleBook, not int"):
        frames.check(table, "number", codes=EXAMPLE, rules=1)
    with pytest.raises(TypeError, match="rules need codes"):
        frames.check(table, "number", rules=RULES)
    with pytest.raises(TypeError, match="on must be"):
        frames.check(table, "number", on="2020-01-01")


def test_two_columns_of_one_name_are_refused():
    twice = pa.table([pa.array([GOOD]), pa.array(["x"])], names=["number", "number"])
    for frame in (twice, twice.to_pandas(), duckdb.sql(f"SELECT '{GOOD}' AS number, 1 AS number")):
        with pytest.raises(frames.UnsupportedFrame, match="columns have different names is needed"):
            frames.check(frame, "number")


@pytest.mark.parametrize("engine", ENGINES)
def test_summary_counts_rows(engine):
    counted = to_rows(frames.summary(ENGINES[engine](VALUES * 2, DAYS * 2), "number"))
    assert counted[0] == {"outcome": "valid", "finding": None, "rows": 6}
    assert {(row["outcome"], row["finding"], row["rows"]) for row in counted[1:]} == {
        (None, None, 2), ("invalid", "empty", 2), ("invalid", "length", 2),
        ("valid", "not-canonical", 2),
    }  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_invalid_gives_the_failing_rows_with_their_key(engine):
    frame = ENGINES[engine](
        VALUES, [*DAYS[:3], date(2021, 1, 3), *[date(2021, 1, d) for d in (4, 5, 6)]]
    )
    failed = frames.invalid(frame, "number", key="day", codes=EXAMPLE)
    assert type(failed) is type(frame)
    rows = [(row["number"], row["outcome"], row["finding"]) for row in to_rows(failed)]
    assert rows == [
        (SHORT, "invalid", "length"), ("", "invalid", "empty"),
        (VALUES[-1], "undetermined", "region-unlisted"),
    ]  # fmt: skip
    assert [str(row["day"])[:10] for row in to_rows(failed)] == [f"2021-01-0{d}" for d in (4, 5, 6)]
    with pytest.raises(frames.MissingColumn):
        frames.invalid(frame, "number", key=["day", "no"])


def test_invalid_without_key_keeps_everything_it_can():
    frame = pd.DataFrame({"number": [GOOD, SHORT], "x": [1, 2]}, index=["a", "b"])
    assert list(frames.invalid(frame, "number").columns) == ["number", "x", "outcome", "finding"]
    assert list(frames.invalid(frame, "number").index) == ["b"]
    taken = frame.rename(columns={"x": "finding"})
    with pytest.raises(frames.TakenColumn):
        frames.invalid(taken, "number")
    assert len(frames.invalid(taken, "number", key=[])) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_require_raises_with_counts_and_the_first_few(engine):
    fine = ENGINES[engine]([GOOD, None], DAYS[:2])
    assert frames.require(fine, "number", codes=EXAMPLE) is fine
    with pytest.raises(frames.InvalidRows) as caught:
        frames.require(ENGINES[engine](VALUES * 3, DAYS * 3), "number", key="day")
    error = caught.value
    assert (sorted(error.counts), error.rows) == ([("empty", 3), ("length", 3)], 21)
    assert [failure[1:] for failure in error.first] == [
        (SHORT, "length"), ("", "empty"), (SHORT, "length"), ("", "empty"), (SHORT, "length"),
    ]  # fmt: skip
    assert error.first[0][0].startswith("2020-01-01")
    assert str(error).startswith("6 of 21 rows are not valid (")
    assert error.message("zh").startswith("21行中有6行未通过（")
    assert "length" not in error.message("zh")
    with pytest.raises(frames.InvalidRows, match=f": “{SHORT}” length"):
        frames.require(ENGINES[engine]([SHORT], DAYS[:1]), "number")
    with pytest.raises(frames.InvalidRows, match=f": {SHORT}, 2019-03-01.*: “{SHORT}” length"):
        frames.require(ENGINES[engine]([SHORT], DAYS[:1]), "number", key=["number", "day"])


def test_expressions_in_your_own_query():
    table = arrow_frame(VALUES, DAYS)
    options = {"codes": EXAMPLE, "approved_on": "day", "prefix": "x_"}
    rows = [law(value, EXAMPLE, day) for value, day in zip(VALUES, DAYS, strict=True)]
    rows = [{f"x_{name}": cell for name, cell in row.items()} for row in rows]
    query = (
        pl.from_arrow(table)
        .lazy()
        .select(a=frames.expression("number", engine="polars", **options))
    )
    assert query.collect()["a"].to_list() == rows
    asked = frames.expression("number", engine="duckdb", **options)
    relation = duckdb.from_arrow(table).select(asked.alias("a"))
    assert [row for (row,) in relation.fetchall()] == rows
    connection = duckdb.connect()
    asked = frames.expression("number", engine="duckdb", fields=False, connection=connection)
    assert connection.from_arrow(table).filter(asked.isnotnull()).shape[0] == len(VALUES)
    with pytest.raises(frames.UnsupportedFrame, match="'duckdb', 'polars' or 'pyspark', or"):
        frames.expression("number", engine="abacus")


def test_duckdb_takes_the_connection_that_is_passed_else_its_own_else_the_default(monkeypatch):
    connection = duckdb.connect()
    relation = connection.from_arrow(arrow_frame(VALUES, DAYS))
    assert answers(frames.check(relation, "number", connection=connection))
    monkeypatch.setattr(_duckdb, "_CONNECTION", "no such attribute")
    relation = duckdb.from_arrow(arrow_frame(VALUES, DAYS))
    assert answers(frames.check(relation, "number", fields=False))
    foreign = connection.from_arrow(arrow_frame(VALUES, DAYS))
    for options in ({}, {"approved_on": "day"}, {"connection": duckdb.connect()}):
        with pytest.raises(frames.UnsupportedFrame, match="own connection is needed"):
            frames.check(foreign, "number", prefix="elsewhere_", codes=EXAMPLE, **options)
    connection.close()
    with pytest.raises(duckdb.Error):
        frames.check(relation, "number", connection=connection)


def test_what_duckdb_itself_lacks_it_says_itself():
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE gone (number VARCHAR)")
        relation = connection.table("gone")
        connection.execute("DROP TABLE gone")
        with pytest.raises(duckdb.CatalogException, match="gone"):
            frames.check(relation, "number")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_long_text_is_read_for_itself(engine):
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    numbers = [GOOD, GOOD.translate(wide), f"{GOOD}(基层)", f"{GOOD[:-5]}00000", SHORT]
    values = [*("\u200b" * 60 + number for number in numbers), GOOD]
    checked = frames.check(ENGINES[engine](values, [None] * len(values)), "number")
    assert answers(checked) == [law(value) for value in values]


@pytest.mark.parametrize("engine", ["duckdb", "polars-lazy"])
def test_a_city_whose_every_code_is_listed(engine):
    codes = CodeBook([
        Edition(
            "example", city_domain("98"), "1", Source("example"), Content.COMPLETE,
            entries=[
                RegionCode(f"98{n:03}", f"示例局{n}", AuthorityKind.COUNTY_HRSS, "示例市", "示例县")
                for n in range(1_000)
            ],
        )
    ])  # fmt: skip
    values = [f"鲁18{region}60100001" for region in ("98000", "98999", "97999", "99000")]
    frame = ENGINES[engine](values, [None] * 4)
    checked = frames.check(frame, "number", codes=codes, fields=False)
    assert answers(checked) == [verdict(value, codes) for value in values]


@pytest.mark.parametrize("missing", ["narwhals", "numpy", "pyarrow", "sdcert.frames.kernel"])
def test_a_missing_extra_is_named(missing, monkeypatch):
    for name in list(sys.modules):
        if name.startswith("sdcert.frames"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError) as caught:
        importlib.import_module("sdcert.frames")
    assert isinstance(caught.value, errors.MissingExtra) is (missing[0] != "s")
    assert ("pip install 'sdcert[frames]'" in str(caught.value)) is (missing[0] != "s")
