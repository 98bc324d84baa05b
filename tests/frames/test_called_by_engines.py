"""What engines call from threads of their own, held to the law in the tests' thread as well.

Which thread of an engine calls a function is chance, and the trace of coverage reaches few of them.
"""

import re
from datetime import date

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from sdcert import CertificateNumber, FindingCode, frames
from sdcert.audit import comparing as _comparing
from sdcert.frames.answers import Input, Role, function_of, objects_array, read_array
from sdcert.frames.engines import duckdb as _duckdb
from sdcert.frames.engines import duckdb_sql as _sql
from sdcert.frames.engines import polars as _polars
from sdcert.frames.query import FIELDS, VERDICT, Check, Judgement
from sdcert.frames.registry import FINDINGS, finding_ids
from tests.support.frames import EXAMPLE, columns, duckdb_frame, law, rows

GOOD = "鲁189000160100001"
ROLES = [Role.NUMBER, Role.DAY]
WIDE = "０１２３４５６７８９"
WRITTEN = [
    GOOD, f"{GOOD}（基层）", GOOD.translate({ord("0"): "０"}), f"{GOOD}(基层)", f"{GOOD[:-5]}00000",
    f"{GOOD[:-5]}０００００", f" {GOOD[:-5]}00000(基层)", GOOD[:-1], f"{GOOD}（", "魯" + GOOD[1:],
    f"{GOOD[:-5]}00000（基层）12345（基层）", f"{GOOD}（基层）00000（基层）",
]  # fmt: skip


@pytest.mark.parametrize("blanks", [0, 60])
def test_what_duckdb_is_told_of_a_text(blanks):
    """By its shape, or, where sixty blanks are before it, by the text itself."""
    _sql.of_shape.cache_clear()  # what an engine's thread has asked is asked here as well
    shape, long, first = (options["function"] for options in _sql.FUNCTIONS.values())
    own = [text for text, _ in rows() if text is not None]
    texts = ["\u200b" * blanks + text for text in [*WRITTEN, *own]]
    for text in texts:
        if len(text.encode()) > _sql.LONGEST:
            known = long(text)
        else:
            digits = str.maketrans("023456789" + WIDE, "1" * 9 + "１" * 10)
            known = shape(text.translate(digits))
        zeros = re.search(f"(?:[0０][^0-9{WIDE}]*){{5}}\\Z", text) is not None
        row = law(text)
        if known == _sql._ASKED:
            known = first(text, 0) * (1 + (1 << _sql._ZERO))
        if known & _sql._NUMBER and not zeros:
            assert row["canonical"] is not None
            assert bool(known & _sql._MARKED) is row["grassroots"]
            # what is known of a long text is that it is no canonical one, and its digits are folded
            assert bool(known & _sql._VARIANT) is (text != row["canonical"])
            assert known & _sql._WIDE or not set(WIDE) & set(text)
        else:
            code = FINDINGS[known >> zeros * _sql._ZERO & _sql._ONE]
            assert (code.value, None) == (row["finding"], row["canonical"])


@pytest.mark.parametrize("approved_on", [None, date(2016, 5, 5), date(2020, 5, 5)])
def test_which_of_two_warnings_duckdb_is_told(approved_on):
    for text in ("鲁 18 90001 601 00001", "鲁119000160100001(基层)", "鲁99-90001-601-00001"):
        canonical = law(text)["canonical"]
        warning = law(canonical, approved_on=approved_on)["finding"]
        if warning is not None:
            code = FINDINGS[_sql.first_of(text, finding_ids[FindingCode(warning)])]
            assert code.value == law(text, approved_on=approved_on)["finding"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_question_on_arrow_arrays(chunked):
    names = (*VERDICT, *FIELDS)
    check = Check(EXAMPLE, columns=names, prefix="x_")
    texts, days = map(pa.array, columns(), [pa.string(), pa.date32()])
    if chunked:
        texts, days = (pa.chunked_array([one[:7], one[7:]]) for one in (texts, days))
    for arrays, day in (([texts], lambda _: None), ([texts, days], lambda day: day)):
        answer = function_of(check, ROLES[: len(arrays)])(*arrays)
        laws = [law(text, EXAMPLE, day(known)) for text, known in rows()]
        assert answer.to_pylist() == [{f"x_{name}": row[name] for name in names} for row in laws]


def test_what_an_audit_asks():
    question = _comparing.Comparison(Check(columns=("outcome",)), False, ("year",), None)
    answer = function_of(question, [Role.NUMBER, Role.TEXT])
    assert answer(pa.array([GOOD, None]), pa.array(["2017", None])).to_pylist() == [
        {
            "outcome": "valid",
            "digits": 189000160100001,
            "marked": 0,
            "found_year": "year-mismatch",
        },
        dict.fromkeys(["outcome", "digits", "marked", "found_year"]),
    ]


@pytest.mark.parametrize("days", [[], [pa.array([date(2018, 6, 1), None, date(2015, 1, 1)])]])
def test_a_number_that_the_engine_has_read_is_judged_as_its_text_is(days):
    check = Check(codes=EXAMPLE, columns=("finding", "region_name", "grade"))
    texts = pa.array([GOOD, None, GOOD])
    finding, *names = check.answer([texts, *days])
    asked = Judgement(check)
    assert list(asked.schema) == ["id", "region_name", "grade"]
    ids, *judged = asked.answer([pa.array([int(GOOD[1:16]), None, int(GOOD[1:16])]), *days])
    assert judged == names
    found = [FINDINGS[id_] for id_ in ids.to_pylist()]
    assert [found[0], found[2]] == [finding[0].as_py(), finding[2].as_py()]


def test_what_duckdb_misses_otherwise_it_says_itself(monkeypatch):
    def in_sql(*_):
        raise duckdb.CatalogException("Table with name numbers does not exist!")

    monkeypatch.setattr(_duckdb, "with_columns", in_sql)
    with pytest.raises(duckdb.CatalogException, match="numbers does not exist"):
        frames.check(duckdb_frame([GOOD], [None]), "number")


def test_a_function_of_sql_looks_at_number_and_type_of_what_is_passed():
    """Spark passes on whatever it is given, and DuckDB what is no column of a table."""
    check = Check(columns=("finding",))
    alone, dated = (function_of(check, roles) for roles in (ROLES[:1], ROLES))
    number, day = pa.array([GOOD]), pa.array([date(2015, 1, 1)])
    assert alone(number).to_pylist() == [{"finding": None}]
    for days in (day, day.cast(pa.timestamp("us"))):
        assert dated(number, days).to_pylist() == [{"finding": "year-in-future"}]
    for function, arrays in (
        (alone, [number, day]),
        (dated, [number]),
        (dated, [number, day, day]),
    ):
        with pytest.raises(frames.UnsupportedFrame, match=rf"one with {len(arrays)} argument"):
            function(*arrays)
    for days in (
        pa.array([20150101]),
        pa.array(["2015-01-01"]),
        day.cast(pa.timestamp("s", "UTC")),
    ):
        with pytest.raises(frames.UnsupportedFrame, match="approved_on: a column of days"):
            dated(number, days)


NEAR = ["鲁 18 90001 601 00001", "鲁119000160100001(基层)", None]


@pytest.mark.parametrize("kind", [pl.String, pl.Int64])
def test_what_polars_asks(monkeypatch, kind):
    values = [*columns()[0], *NEAR] if kind is pl.String else [1, None]
    asked = []
    answer = _polars._answer

    def kept(rows, inputs, answerer):
        asked.append((rows, inputs, answerer, answer(rows, inputs, answerer)))
        return asked[-1][-1]

    monkeypatch.setattr(_polars, "_answer", kept)
    frame = pl.LazyFrame({"number": pl.Series(values, dtype=kind)})
    for codes in (None, EXAMPLE):
        found = frames.check(frame, "number", codes=codes).collect()
        assert len(found) == len(values)
    assert asked
    _polars._columns.cache_clear()
    for *arguments, answered in asked:
        assert answer(*arguments).to_list() == answered.to_list()


@pytest.mark.parametrize("kind", [pa.date32(), pa.string(), pa.int64()])
def test_a_batch_without_any_day_may_have_any_type(kind):
    read = read_array(pa.array([None, None], kind), Input("day", Role.DAY))
    assert read.equals(pa.nulls(2, pa.date32()))


def test_objects_that_arrow_can_all_hold_are_texts():
    values = [GOOD, CertificateNumber.parse(GOOD), None]
    read = objects_array(values, [False, False, True], Input("number", Role.NUMBER))
    assert read.to_pylist() == [GOOD, GOOD, None]


def test_days_with_a_zone_are_refused():
    zoned = pa.array([0], pa.timestamp("us", "UTC"))
    with pytest.raises(frames.UnsupportedFrame, match="day"):
        read_array(zoned, Input("day", Role.DAY))
