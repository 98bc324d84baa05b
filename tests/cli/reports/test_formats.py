"""``sdcert check`` on Parquet and JSON Lines, and the law that all formats share."""

import csv
import io
import json
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.cli.engine import Engine
from sdcert.cli.judge import APPROVED, Judge
from sdcert.cli.reports import BEYOND, COLUMNS
from sdcert.cli.reports.layout import WORDED, unique, worded
from sdcert.cli.start import EXTRA
from sdcert.codes import CodeBook
from sdcert.files import Records, Source, UnreadableFile, open_source, open_table
from sdcert.files.arrow import Columns
from sdcert.files.cells import ABSENT, CellError, json_value, text_of
from sdcert.findings import Outcome
from tests.damage import texts
from tests.support.cli import PROGRAM as app

GOOD = "鲁181402001200001"
BARE = "181402001200001"
BOOK = CodeBook.bundled()


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


def invoke(*args):
    return CliRunner().invoke(app, ["check", *map(str, args)])


def document(*args):
    result = invoke(*args, "--format", "json")
    assert result.stderr == ""
    return json.loads(result.stdout)


def put(path, names, rows):
    """Write a table as a file of the format that the name tells."""
    if path.suffix == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows([names, *rows])
        path.write_bytes(text.getvalue().encode())
    elif path.suffix == ".jsonl":
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        path.write_text("".join(json.dumps(one) + "\n" for one in objects), "utf-8")
    else:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(column, pa.string()) for column in columns]
        pq.write_table(pa.table(arrays, names=names), path)
    return path


def read_report(path):
    """The rows of a report, as dicts, whatever its format; empty cells are None."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]
    if path.suffix == ".jsonl":
        return [json.loads(line or "{}") for line in path.read_text("utf-8").split("\n")[:-1]]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        names, *rows = book.worksheets[0].iter_rows(values_only=True)
        own = dict(zip(worded("en"), WORDED, strict=True))
        names = [own.get(name, name) for name in names]
        return [dict(zip([*names, BEYOND], [*row, *[None] * 99], strict=False)) for row in rows]
    finally:
        book.close()


# --- one law for all formats ------------------------------------------------------------------

encodable = texts().filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
quiet = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quiet
@given(st.lists(encodable, min_size=1, max_size=20))
def test_a_text_has_the_same_verdict_in_every_format(tmp_path, values):
    for ending in (".csv", ".jsonl", ".parquet"):
        path = put(tmp_path / f"a{ending}", ["名", "号"], [["甲", value] for value in values])
        report = tmp_path / "out.jsonl"
        assert invoke(path, "--column", "号", "--report", report).exit_code in (0, 1)
        rows = read_report(report)
        for value, row in zip(values, rows, strict=True):
            verdict = check(value)
            codes = dict.fromkeys(finding.code.value for finding in verdict.findings)
            assert row["号"] == value
            assert row["sdcert_outcome"] == verdict.outcome
            assert row["sdcert_findings"] == (";".join(codes) or None)
            assert row["sdcert_canonical"] == (verdict.number and str(verdict.number))


cells = st.one_of(texts(), st.none(), st.just(ABSENT), st.integers(), st.floats(), st.booleans())
days = st.one_of(
    st.none(), st.just("x"), st.dates().map(str), st.dates(), st.datetimes(), st.integers()
)


@given(
    st.lists(st.tuples(cells, days), min_size=1, max_size=12),
    st.booleans(),
    st.booleans(),
    st.none() | st.dates(),
)
@example([(GOOD, "2018-12-28"), (GOOD, "x"), ("鲁18", None)], True, False, None)
@example([("\ud800", None), (1, None), (None, None), (GOOD, None)], False, False, None)
def test_a_batch_is_judged_as_its_rows_are(rows, by_column, workbook, approved_on):
    approved_on = None if by_column else approved_on
    judge = Judge(BOOK, approved_on, "en", workbook)
    engine = Engine(
        BOOK, approved_on, "en", column=0, day_column=1 if by_column else None, workbook=workbook
    )
    batch = Records(range(1, len(rows) + 1), [[value, day, "x"] for value, day in rows])
    found = engine.judge(batch)
    assert found.blank == []
    expected = [judge.judge(*(row if by_column else row[:1])) for row in rows]
    counted = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    for at, (row, judged) in enumerate(zip(found.rows(), expected, strict=True)):
        counted[judged.outcome.value] += 1
        assert row.outcome == judged.outcome
        assert row.canonical == (judged.number and str(judged.number))
        assert row.sequence == (judged.number and judged.number.sequence)
        assert (at in found.flagged) == bool(judged.codes)
        assert (row.findings or "") == ";".join(judged.codes)
        assert (row.message or "") == judged.message
        if judged.codes:
            assert found.outcome(at) is judged.outcome
            assert list(found.codes(at)) == judged.codes
            assert list(found.codes(at)) == judged.codes  # from memory
    assert found.outcomes() == {outcome: count for outcome, count in counted.items() if count}


@given(st.lists(st.none() | encodable, min_size=1, max_size=8), st.booleans())
def test_an_arrow_batch_is_judged_as_its_rows_are(values, by_column):
    judge = Judge(BOOK, None, "en")
    engine = Engine(BOOK, None, "en", column=0, day_column=1 if by_column else None)
    when = [None if at % 3 == 2 else date(2016 + at, 1, 1) for at in range(len(values))]
    arrays = pa.RecordBatch.from_arrays(
        [pa.array(values, pa.string()), pa.array(when, pa.date32())], names=["a", "b"]
    )
    found = engine.judge(Columns(1, arrays, {0: 0, 1: 1}))
    for row, value, day in zip(found.rows(), values, when, strict=True):
        judged = judge.judge(value, day) if by_column else judge.judge(value)
        assert row.outcome == judged.outcome
        assert (row.findings or "") == ";".join(judged.codes)


def test_blank_rows_are_not_judged():
    batch = Records([1, 2, 4], [["", " "], [], [None, "x"]])
    found = Engine(None, None, "en", column=0).judge(batch)
    assert found.blank == [0, 1]
    assert [row.outcome for row in found.rows()] == [None, None, "invalid"]
    assert found.outcomes() == {"invalid": 1}


@given(
    st.lists(texts(), min_size=1, max_size=10),
    st.lists(st.sampled_from("00000000123456789"), min_size=40, max_size=40),
)
def test_codes_that_are_remembered_hold_whatever_the_digits(values, digits):
    """The same texts with other digits have the codes that they would have alone."""
    engine = Engine(BOOK, None, "en", column=0)
    for value in values:
        taken = iter(digits)
        other = "".join(next(taken, "0") if char in "0123456789" else char for char in value)
        found = engine.judge(Records([1, 2], [[value, "x"], [other, "x"]]))
        for at in found.flagged:
            judged = Judge(BOOK, None, "en").judge([value, other][at])
            assert list(found.codes(at)) == judged.codes


def test_codes_beyond_the_memory_are_asked_anew(monkeypatch):
    monkeypatch.setattr("sdcert.cli.engine._MEMORY", 0)
    engine = Engine(BOOK, None, "en", column=0)
    found = engine.judge(Records([1], [["鲁189300160100001"]]))
    assert found.codes(0) == ("region-unlisted", "series-unlisted")
    assert engine.memory == {}


# --- formats by name --------------------------------------------------------------------------


def test_the_command_imports_no_engine_before_it_is_needed():
    assert {"narwhals", "numpy", "pyarrow", "openpyxl"} <= EXTRA


@pytest.mark.parametrize(("lang", "said"), [("en", "sdcert[cli]"), ("zh", "命令行工具")])
def test_a_missing_part_of_the_extra_is_named(tmp_path, monkeypatch, lang, said):
    path = put(tmp_path / "a.csv", ["证书编号"], [[GOOD]])
    monkeypatch.delitem(sys.modules, "sdcert.cli.engine", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = invoke(path, "--lang", lang)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_another_missing_module_is_a_crash(tmp_path, monkeypatch):
    path = put(tmp_path / "a.csv", ["证书编号"], [[GOOD]])
    monkeypatch.delitem(sys.modules, "sdcert.cli.engine", raising=False)
    monkeypatch.setitem(sys.modules, "sdcert.cli.engine", None)
    result = invoke(path)
    assert result.exit_code == 2
    assert "Traceback" in result.stderr


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("a.csv", "--sheet", "1"),
        ("a.xlsx", "--encoding", "utf-8"),
        ("a.xlsx", "--delimiter", "comma"),
        ("a.jsonl", "--header-line", "1"),
        ("a.parquet", "--encoding", "gbk"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_option_of_another_format_is_refused(tmp_path, name, option, value, lang):
    path = tmp_path / name
    path.write_bytes({".csv": b"x", ".jsonl": b"{}", ".parquet": b"PAR1"}.get(path.suffix, b""))
    if path.suffix == ".xlsx":
        openpyxl.Workbook().save(path)
    result = invoke(path, option, value, "--lang", lang)
    assert result.exit_code == 2
    assert option in result.stderr


@pytest.mark.parametrize("name", ["a.xls", "a.pdf", "a.ODS"])
def test_a_report_in_a_format_that_is_not_written_is_refused(tmp_path, name):
    path = put(tmp_path / "a.csv", ["证书编号"], [[GOOD]])
    result = invoke(path, "--report", tmp_path / name)
    assert result.exit_code == 2
    assert ".parquet" in result.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_progress_is_shown_for_every_format(tmp_path, monkeypatch, ending):
    path = tmp_path / f"a{ending}"
    if ending == ".xlsx":
        source = put(tmp_path / "a.csv", ["证书编号", "b"], [[GOOD, "x"]] * 100)
        assert invoke(source, "--report", path).exit_code == 0
    else:
        put(path, ["证书编号", "b"], [[GOOD, "x"]] * 100)
    with open_source(str(path)) as source, open_table(source) as table:
        assert sum(len(batch.lines) for batch in table.batches()) == 100
        assert 0 < table.done <= source.size
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sdcert.cli.check._LONG_FILE", 0)
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    assert app.run(["check", str(path)]) == 0
    assert "Checking" in stderr.getvalue()


def test_json_lines_are_known_by_their_name():
    source = Source(io.BytesIO(b'{"a": 1}'), "a.NDJSON", 8)
    with open_table(source) as table:
        assert (table.format, table.columns) == ("jsonl", ("a",))


# --- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ABSENT, ""),
        (True, "true"),
        (False, "false"),
        (1e22, "1e+22"),
        (-0.5, "-0.5"),
        (float("inf"), "inf"),
        (10**30, "1" + "0" * 30),
        (datetime(2018, 12, 28), "2018-12-28"),  # noqa: DTZ001
        (datetime(2018, 12, 28, 8, 30), "2018-12-28 08:30:00"),  # noqa: DTZ001
        (datetime(2018, 12, 28, tzinfo=timezone.utc), "2018-12-28 00:00:00+00:00"),  # noqa: UP017
        (datetime(2018, 12, 28, 8).time(), "08:00:00"),  # noqa: DTZ001
        (b"\xff", "ff"),
        ({"甲": [1, None]}, '{"甲": [1, null]}'),
        (Decimal("1.10"), "1.10"),
        (timedelta(1), "1 day, 0:00:00"),
        (CellError("#REF!"), "#REF!"),
    ],
)
def test_every_cell_has_a_text(value, text):
    assert text_of(value) == text


def test_what_json_cannot_hold_is_text():
    given_ = {1: (float("nan"), b"\x00", True, 2), "a": CellError("#N/A")}
    assert json_value(given_) == {"1": ["nan", "00", True, 2], "a": "#N/A"}
    assert type(json_value(CellError("x"))) is str
    assert repr(ABSENT) == "ABSENT"


@given(st.lists(st.sampled_from(["", "a", "a_2", "a_3", "column_1", "column_2"]), max_size=7))
def test_names_that_are_keys_are_unique_and_near_to_those_given(names):
    made = unique(names)
    assert len(set(made)) == len(made) == len(names)
    for name, one in zip(names, made, strict=True):
        assert one.startswith(name or "column")
        assert one == name or names.count(name) > 1 or not name


# --- JSON Lines -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "key", "line"),
    [
        (b"", "empty", None),
        (b"\xef\xbb\xbf", "blank", None),
        (b"\n \r\n", "blank", None),
        (b"{}\n", "blank", None),
        (b'{"a": 1}\n{"a": }\n', "json-broken", 2),
        (b'{"a": 1} {"a": 2}\n', "json-broken", 1),
        (b'{"a": 1}\n[1]\n', "json-no-object", 2),
        (b'{"a": 1}\n"x"\n', "json-no-object", 2),
        (b'{"a": 1}\nnull\n', "json-no-object", 2),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}\n', "json-key-twice", 1),
        (b'\n{"a": NaN}\n', "json-constant", 2),
        (b'{"a": -Infinity}\n', "json-constant", 1),
        (b'{"a": "\xff"}\n', "json-undecodable", 1),
        (b'\xff\xfe{\x00"\x00', "json-undecodable", 1),
        (b'{"a": ' + b"9" * 5_000 + b"}\n", "json-too-much", 1),
        (b'{"a": ' + b"[" * 100_000 + b"\n", "json-too-much", 1),
        (b'{"a": "' + b"x" * (1 << 22) + b'"}\n', "json-too-long", 1),
    ],
)
def test_what_is_no_json_lines_is_named_with_its_line(data, key, line):
    source = Source(io.BytesIO(data), "a.jsonl", len(data))
    with pytest.raises(UnreadableFile) as caught, open_table(source) as table:
        list(table.batches())
    assert caught.value.kind == key
    assert caught.value.params.get("line") == line
    assert "a.jsonl" in caught.value.message("zh")


def test_columns_are_the_keys_of_the_first_objects(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\n{"b": null, "a": [2]}')
    with open_source(str(path)) as source, open_table(source) as table:
        assert (table.columns, table.bom, table.header_line) == (("a", "b"), True, None)
        (batch,) = table.batches()
        assert list(batch.lines) == [1, 2, 3]
        assert batch.rows() == [[1, ABSENT], [], [[2], None]]


def test_values_that_are_no_text_are_not_text_and_null_is_empty(tmp_path):
    rows = [GOOD, None, 181402001200001, 1.5, True, [GOOD], {"a": GOOD}, ""]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"号": one, "a": 1}) + "\n" for one in rows), "utf-8")
    found = document(path, "--column", "号")
    assert found["file"]["format"] == "jsonl"
    assert found["summary"]["findings"] == {"not-text": 5, "empty": 2}
    assert found["rows"][1]["value"] == BARE
    assert "read as numbers" in found["rows"][1]["findings"][0]["message"]
    assert "JSON Lines" in invoke(path, "--column", "号").output


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_nothing_of_json_lines_is_lost_in_a_report(tmp_path, monkeypatch, ending):
    monkeypatch.setattr("sdcert.files.table.SAMPLE", 2)
    path, report = tmp_path / "a.jsonl", tmp_path / f"out{ending}"
    path.write_text(
        '{"id": 1, "号": "鲁181402001200001", "n": {"x": 1.5}}\n\n'
        '{"id": 123456789012345678901, "号": null, "n": false}\n'
        '{"号": "\\ud800", "z": [1], "sdcert_year": 9}\n',
        "utf-8",
    )
    result = invoke(path, "--report", report, "--column", "号")
    assert result.exit_code == 1
    assert "1 row has more or fewer cells" in result.output
    if ending == ".jsonl":
        first, blank, second, third = report.read_text("utf-8").split("\n")[:4]
        own = dict.fromkeys(COLUMNS)
        assert blank == ""
        assert json.loads(first) == own | {
            "id": 1,
            "号": GOOD,
            "n": {"x": 1.5},
            "sdcert_outcome": "valid",
            "sdcert_canonical": GOOD,
            "sdcert_year": 2018,
            "sdcert_region_code": "14020",
            "sdcert_series_code": "012",
            "sdcert_sequence": 1,
            "sdcert_grassroots": False,
            "sdcert_version": json.loads(first)["sdcert_version"],
        }
        assert json.loads(second)["id"] == 123456789012345678901
        assert "id" not in json.loads(third)
        assert (json.loads(third)["z"], json.loads(third)["sdcert_year"]) == ([1], None)
        return
    first, blank, second, third = read_report(report)
    assert (first["n"], second["n"]) == ('{"x": 1.5}', False if ending == ".xlsx" else "false")
    assert second["id"] == "123456789012345678901"
    assert blank["sdcert_outcome"] is None
    beyond = third[None if ending == ".csv" else BEYOND]
    assert '"z": [1]' in "".join(beyond)
    assert third["号"] == {".csv": "\\ud800", ".parquet": "\\ud800", ".xlsx": "_xD800_"}[ending]


# --- Parquet ----------------------------------------------------------------------------------


def parquet(path, columns, **options):
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path, **options)
    return path


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int8(), pa.large_string()),
        pa.string_view(),
        *([pa.json_()] if hasattr(pa, "json_") else []),  # PyArrow 18 has no such type
    ],
)
def test_texts_are_read_however_arrow_holds_them(tmp_path, kind):
    column = pa.array([GOOD, None, "鲁18", " " + GOOD], pa.string()).cast(kind)
    found = document(parquet(tmp_path / "a.parquet", {"证书编号": column, "a": [1, 2, 3, 4]}))
    assert found["file"] == {
        "name": str(tmp_path / "a.parquet"),
        "format": "parquet",
        "encoding": None,
        "byte_order_mark": False,
        "delimiter": None,
        "header_line": None,
        "sheet": None,
    }
    assert found["summary"]["findings"] == {"empty": 1, "length": 1, "not-canonical": 1}
    assert [(row["line"], row["value"]) for row in found["rows"]] == [(2, ""), (3, "鲁18")]
    audit = ["audit", str(tmp_path / "a.parquet"), "--format", "json"]
    rows = json.loads(CliRunner().invoke(app, audit).stdout)["rows"]
    twice = ["duplicate-number"]
    assert [row["findings"] for row in rows] == [twice, ["empty"], ["length"], twice]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([181402001200001, None]),
        pa.array([1.5, None]),
        pa.array([b"\xff", None]),
        pa.array([[GOOD], None]),
        pa.array([Decimal("1.5"), None]),
        pa.array([1, None], pa.timestamp("ns")),
        pa.array([1, None], pa.time64("ns")),
        pa.array([1000, None], pa.duration("ns")),
    ],
)
def test_a_column_that_holds_no_text_is_not_text(tmp_path, column):
    path = parquet(tmp_path / "a.parquet", {"证书编号": column, "b": [1, 2]})
    found = document(path)
    assert found["summary"]["findings"] == {"not-text": 1, "empty": 1}
    report = tmp_path / "out.csv"
    assert invoke(path, "--report", report).exit_code == 1
    assert [row["sdcert_findings"] for row in read_report(report)] == ["not-text", "empty"]


def test_a_column_without_any_value_is_empty(tmp_path):
    path = parquet(tmp_path / "a.parquet", {"证书编号": pa.nulls(3)})
    assert document(path)["summary"]["findings"] == {"empty": 3}


@pytest.mark.parametrize(
    ("kind", "unread"),
    [
        (pa.date32(), 1),
        (pa.date64(), 1),
        (pa.timestamp("ms"), 1),
        (pa.timestamp("ns"), 1),
        (pa.string(), 1),
        (pa.timestamp("us", "Asia/Shanghai"), 3),
        (pa.int64(), 3),
    ],
)
def test_days_of_approval_are_read_as_arrow_holds_them(tmp_path, kind, unread):
    given_days = pa.array([17_893, 17_000, None], pa.int32()).cast(pa.date32())
    if kind == pa.int64():
        column = pa.array([1, 2, 3])
    elif pa.types.is_timestamp(kind):
        column = given_days.cast(pa.timestamp("s")).cast(pa.timestamp(kind.unit)).cast(kind)
    else:
        column = given_days.cast(kind)
    path = parquet(tmp_path / "a.parquet", {"日期": column, "证书编号": [GOOD] * 3})
    found = document(path, "--approved-column", "日期")
    expected = {APPROVED: unread} | ({"year-in-future": 1} if unread == 1 else {})
    assert found["summary"]["findings"] == expected


def test_a_report_as_parquet_keeps_the_schema(tmp_path):
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int16()),
            "a.b": pa.array([[1], None], pa.list_(pa.int8())),
            "证书编号": [GOOD, "鲁18"],
            "t": pa.array([1, 2], pa.timestamp("ns", "UTC")),
            "sdcert_year": ["old", "old"],
        }
    ).replace_schema_metadata({"note": "kept"})
    path, report = parquet(tmp_path / "a.parquet", table), tmp_path / "out.parquet"
    assert "replaced" in invoke(path, "--report", report, "--codes", "bundled").output
    made = pq.read_table(report)
    assert made.select(range(4)).equals(table.select(range(4)), check_metadata=False)
    assert made.schema.metadata == {b"note": b"kept"}
    assert made.column_names == [*table.column_names[:4], *COLUMNS]
    assert made["sdcert_year"].to_pylist() == [2018, None]
    assert made["sdcert_message"].to_pylist() == [None, "15 digits are needed, not 2"]
    assert made["sdcert_codes"].to_pylist() == [BOOK.digest] * 2
    again = tmp_path / "again.parquet"
    invoke(report, "--report", again, "--codes", "bundled")
    assert pq.read_table(again).equals(made)


def test_columns_of_the_same_name_are_told_apart_by_position(tmp_path):
    table = pa.Table.from_arrays([pa.array(["x"]), pa.array([GOOD])], names=["号", "号"])
    path, report = parquet(tmp_path / "a.parquet", table), tmp_path / "out.parquet"
    assert invoke(path).exit_code == 0
    assert invoke(path, "--column", "号").exit_code == 2
    assert invoke(path, "--report", report).exit_code == 0
    assert pq.ParquetFile(report).schema_arrow.names[:3] == ["号", "号", "sdcert_outcome"]


@pytest.mark.parametrize("group", [1, 300])
def test_many_rows_come_in_bounded_batches_and_groups(tmp_path, monkeypatch, group):
    monkeypatch.setattr("sdcert.files.parquet._BATCH_BYTES", 4_096)
    monkeypatch.setattr("sdcert.cli.reports.parquet._GROUP_ROWS", group)
    rows = 1_000
    table = pa.table(
        {"证书编号": [f"鲁1893001602{at:05}" for at in range(rows)], "a": ["x" * 50] * rows}
    )
    path, report = parquet(tmp_path / "a.parquet", table), tmp_path / "out.parquet"
    with open_source(str(path)) as source, open_table(source) as opened:
        assert opened.done == 0
        sizes = [len(batch.lines) for batch in opened.batches()]
        assert sum(sizes) == rows
        assert max(sizes) < 100
        assert opened.done == source.size
    found = document(path, "--report", report)
    assert found["rows"][0]["line"] == 1
    made = pq.ParquetFile(report)
    assert made.metadata.num_row_groups > 2
    assert made.read()["证书编号"].to_pylist() == table["证书编号"].to_pylist()


@pytest.mark.parametrize("data", [b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"{}\n"])
def test_what_is_no_parquet_is_named(tmp_path, data):
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    result = invoke(path)
    assert result.exit_code == 2
    assert "export it anew" in result.stderr
    path.write_bytes(b"")
    assert "is empty" in invoke(path).stderr


def _undecodable(kind):
    """Two texts, the second not in UTF-8."""
    raw = pa.array([GOOD.encode(), b"\xff\xfe"])
    texts = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    places = pa.array([0, 1], pa.int32())  # as Parquet has them: others are looked up on reading
    return pa.DictionaryArray.from_arrays(places, texts) if kind == "dictionary" else texts


@pytest.mark.parametrize("kind", ["text", "dictionary"])
@pytest.mark.parametrize("command", ["check", "audit"])
def test_text_of_parquet_that_is_not_in_utf_8_is_named(tmp_path, kind, command):
    path = parquet(tmp_path / "a.parquet", {"证书编号": _undecodable(kind)})
    result = CliRunner().invoke(app, [command, str(path), "--lang", "zh"])
    assert result.exit_code == 2
    assert result.stderr.endswith("其中有文本不是UTF-8编码；请重新导出\n")


def test_parquet_that_breaks_off_within_leaves_no_report(tmp_path):
    values = [f"鲁1893001602{at:05}" for at in range(50_000)]
    path = parquet(
        tmp_path / "a.parquet", {"证书编号": values}, compression="zstd", row_group_size=5_000
    )
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2_000] = bytes(2_000)
    path.write_bytes(data)
    report = tmp_path / "out.parquet"
    result = invoke(path, "--report", report)
    assert result.exit_code == 2
    assert "export it anew" in result.stderr
    assert not report.exists()


def test_parquet_without_rows_is_not_checked(tmp_path):
    result = invoke(parquet(tmp_path / "a.parquet", {"证书编号": pa.array([], pa.string())}))
    assert result.exit_code == 2
    assert "no rows" in result.stderr


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".xlsx"])
def test_values_of_parquet_keep_what_the_reports_format_can_hold(tmp_path, ending):
    stamp = datetime(2018, 12, 28, 8, 30, 0, 1)  # noqa: DTZ001  # of a microsecond
    columns = {
        "证书编号": [GOOD],
        "i": [7],
        "big": [10**17 + 1],
        "f": [1.5],
        "nan": [float("nan")],
        "d": [date(2018, 12, 28)],
        "old": [date(1899, 12, 31)],
        "t": [stamp],
        "z": pa.array([0], pa.timestamp("s", "UTC")),
        "dec": [Decimal("1.5")],
        "long": [Decimal("1234567890.1234567890")],
        "s": [{"a": 1}],
        "text": ["=1+1"],
    }
    path, report = parquet(tmp_path / "a.parquet", columns), tmp_path / f"out{ending}"
    assert invoke(path, "--report", report).exit_code == 0
    (row,) = read_report(report)
    native = ending == ".xlsx"
    expected = {
        "i": 7,
        "big": str(10**17 + 1) if native else 10**17 + 1,
        "f": 1.5,
        "nan": "nan",
        "d": datetime(2018, 12, 28) if native else "2018-12-28",  # noqa: DTZ001
        "old": "1899-12-31",
        "t": "2018-12-28 08:30:00.000001",
        "z": "1970-01-01 00:00:00+00:00",
        "dec": 1.5 if native else "1.5",
        "long": "1234567890.1234567890",
        "s": '{"a": 1}' if native else {"a": 1},
        "text": "=1+1",
    }
    if ending == ".csv":
        expected = {name: text_of(value) for name, value in expected.items()} | {"text": "'=1+1"}
    assert {name: row[name] for name in expected} == expected


def test_a_csv_file_with_names_twice_and_cells_too_many_becomes_json_and_parquet(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"号,,号\n{GOOD},a,b,c,d\n,,\n鲁18\n", "utf-8")
    for ending in (".jsonl", ".parquet"):
        report = tmp_path / f"out{ending}"
        invoke(path, "--column", "1", "--report", report)
        first, blank, short = read_report(report)
        assert (first["号"], first["column_2"], first["号_3"]) == (GOOD, "a", "b")
        assert first[BEYOND] == ["c", "d"]
        assert blank["sdcert_outcome"] is None
        assert (short["号"], short["号_3"]) == ("鲁18", None)
        again = tmp_path / f"again{ending}"
        assert "replaced" in invoke(report, "--column", "1", "--report", again).output
        assert BEYOND not in (read_report(again)[2] if ending == ".jsonl" else {})


def test_the_same_file_is_never_replaced_whatever_its_format(tmp_path):
    path = parquet(tmp_path / "a.parquet", {"证书编号": [GOOD]})
    before = path.read_bytes()
    result = invoke(path, "--report", path)
    assert result.exit_code == 2
    assert "would overwrite" in result.stderr
    assert path.read_bytes() == before
    assert [file.name for file in Path(tmp_path).iterdir()] == ["a.parquet"]


# --- values that Python has no form for -------------------------------------------------------

TWICE = pa.StructArray.from_arrays([pa.array([1, 2, 3])] * 2, names=["a", "a"])


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "parquet", "html"])
@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array([2**60, 0, None], pa.timestamp("us")), "1152921504606846976"),
        (pa.array([2**30, 0, None], pa.date32()), "1073741824"),
        (pa.array([0, 1, None], pa.timestamp("us", "Mars/Base")), "1970-01-01 00:00:00"),
        (pa.array([1, 2, None], pa.timestamp("ns", "Mars/Base")), "1970-01-01 00:00:00.000000001"),
        (pa.array([1, 2, None], pa.timestamp("ns", "UTC")), "1970-01-01 00:00:00.000000001"),
        (pa.array([[2**60], [0], None], pa.list_(pa.timestamp("us"))), "1152921504606846976"),
        (TWICE, "1"),
    ],
)
def test_what_python_cannot_hold_is_kept_as_arrow_shows_it(tmp_path, column, said, ending):
    path, report = tmp_path / "a.parquet", tmp_path / f"out.{ending}"
    parquet(path, {"其他": column, "证书编号": [GOOD, "鲁1", GOOD]})
    result = invoke(path, "--column", "2", "--report", report)
    assert (result.exit_code, result.stderr) == (1, "")
    if ending == "parquet":
        assert pq.read_table(report).column(0).combine_chunks().equals(column)
    elif ending != "html":
        rows = read_report(report)
        assert said in str(rows[0]["其他"])
        assert [row["sdcert_outcome"] for row in rows] == ["valid", "invalid", "valid"]


@pytest.mark.parametrize(
    ("days", "unread"),
    [
        (pa.array([2**30, 17_893, None], pa.date32()), 2),
        (pa.array([2**60, 17_893 * 86_400_000_000, None], pa.timestamp("us")), 2),
        (pa.array([17_893 * 86_400_000_000_000 + 1] * 2 + [None], pa.timestamp("ns")), 1),
    ],
)
def test_days_too_late_are_unread_and_times_however_fine_are_days(tmp_path, days, unread):
    numbers = ["鲁191402001200001", "鲁191402001200002", "鲁191402001200003"]
    path = parquet(tmp_path / "a.parquet", {"日期": days, "证书编号": numbers})
    found = document(path, "--approved-column", "日期")
    assert found["summary"]["findings"][APPROVED] == unread
    assert found["summary"]["outcomes"]["undetermined"] == unread
    audit = ["audit", str(path), "--approved-column", "日期", "--format", "json"]
    audited = json.loads(CliRunner().invoke(app, audit).stdout)
    assert audited["summary"]["findings"][APPROVED] == unread


def test_text_of_parquet_that_is_not_in_utf_8_is_refused(tmp_path):
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(bytes(4) + b"\1\0\0\0"), pa.py_buffer(b"\xff")]
    )
    path = parquet(tmp_path / "a.parquet", {"其他": bad, "证书编号": [GOOD]})
    result = invoke(path)
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "parquet", "html"])
def test_names_that_are_no_text_are_escaped_in_every_report(tmp_path, ending):
    path = tmp_path / "\udcff.jsonl"
    path.write_text(json.dumps({"\ud800": 1, "证书编号": "鲁1"}) + "\n")
    for command in ("check", "audit"):
        if (command, ending) == ("audit", "html"):
            continue
        report = tmp_path / f"\udcfe.{ending}"
        args = [command, str(path), "--report", str(report), "--column", "2"]
        args += ["--key", "1"] if command == "audit" else []
        result = CliRunner().invoke(app, args)
        assert (result.exit_code, result.stderr) == (1, "")
        assert report.stat().st_size
        report.unlink()


@pytest.mark.parametrize(("depth", "code"), [(199, 0), (200, 2), (900, 2), (9_000, 2)])
def test_json_is_nested_as_deep_as_a_report_can_be(tmp_path, depth, code):
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"a": {"[" * depth}{"]" * depth}, "证书编号": "{GOOD}"}}\n')
    for ending in ("csv", "jsonl", "xlsx"):
        result = invoke(path, "--report", tmp_path / f"out.{ending}", "--column", "2")
        assert result.exit_code == code
        assert ("nested too deep" in result.stderr) == bool(code)


def test_many_brackets_are_not_deep(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"a": [[]] * 500, "证书编号": GOOD}) + "\n")
    assert invoke(path).exit_code == 0
