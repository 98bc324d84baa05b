"""What all formats of files and reports share; JSON Lines."""

import io
import json
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.cli.engine import Engine
from sdcert.cli.phrases import EXTRA
from sdcert.cli.reports import BEYOND, COLUMNS
from sdcert.cli.reports.layout import unique
from sdcert.files import Records, Source, UnreadableFile, open_source, open_table
from sdcert.files.arrow import Columns
from sdcert.files.cells import ABSENT, CellError, json_value, text_of
from sdcert.findings import Outcome
from tests.damage import texts
from tests.support.cli import PROGRAM, document
from tests.support.cli import checked as invoke
from tests.support.formats import BARE, BOOK, GOOD, put, read_report

# --- one law for all formats -------------------------------------------------------------------


encodable = texts().filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
quiet = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quiet
@given(st.lists(encodable, min_size=1, max_size=20))
def test_a_text_has_the_same_verdict_in_every_format(tmp_path, values):
    for ending in (".csv", ".jsonl", ".parquet"):
        path = put(tmp_path / f"a{ending}", ["名", "某列"], [["甲", value] for value in values])
        report = tmp_path / "out.jsonl"
        assert invoke(path, "--column", "某列", "--report", report).exit_code in (0, 1)
        rows = read_report(report)
        for value, row in zip(values, rows, strict=True):
            verdict = check(value)
            codes = dict.fromkeys(finding.code.value for finding in verdict.findings)
            assert row["某列"] == value
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
    engine = Engine(
        BOOK, approved_on, "en", column=0, day_column=1 if by_column else None, workbook=workbook
    )
    batch = Records(range(1, len(rows) + 1), [[value, day, "x"] for value, day in rows])
    found = engine.judge(batch)
    assert found.blank == []
    expected = [engine.one(*(row if by_column else row[:1])) for row in rows]
    flags = {at: (outcome, list(codes)) for at, outcome, codes in found.flags()}
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
            assert flags[at] == (judged.outcome, judged.codes)
    assert {at: list(codes) for at, _, codes in found.flags()} == {  # from memory
        at: judged.codes for at, judged in enumerate(expected) if judged.codes
    }
    assert found.outcomes() == {outcome: count for outcome, count in counted.items() if count}


@given(st.lists(st.none() | encodable, min_size=1, max_size=8), st.booleans())
def test_an_arrow_batch_is_judged_as_its_rows_are(values, by_column):
    engine = Engine(BOOK, None, "en", column=0, day_column=1 if by_column else None)
    when = [None if at % 3 == 2 else date(2016 + at, 1, 1) for at in range(len(values))]
    arrays = pa.RecordBatch.from_arrays(
        [pa.array(values, pa.string()), pa.array(when, pa.date32())], names=["a", "b"]
    )
    found = engine.judge(Columns(1, arrays, {0: 0, 1: 1}))
    for row, value, day in zip(found.rows(), values, when, strict=True):
        judged = engine.one(*((value, day) if by_column else (value,)))
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
        for at, _, codes in found.flags():
            assert list(codes) == engine.one([value, other][at]).codes


# --- formats by name ---------------------------------------------------------------------------


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
    monkeypatch.setattr("sdcert.cli.inputs._LONG_FILE", 0)
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    assert PROGRAM.run(["check", str(path)]) == 0
    assert "Checking" in stderr.getvalue()


def test_json_lines_are_known_by_their_name():
    source = Source(io.BytesIO(b'{"a": 1}'), "a.NDJSON", 8)
    with open_table(source) as table:
        assert (table.format, table.columns) == ("jsonl", ("a",))


# --- cells -------------------------------------------------------------------------------------


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


# --- JSON Lines --------------------------------------------------------------------------------


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
    assert found["inputs"][0]["format"] == "jsonl"
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
