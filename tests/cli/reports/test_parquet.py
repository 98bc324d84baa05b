"""``sdcert check`` on Parquet, and the report as Parquet."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sdcert.cli.judge import APPROVED
from sdcert.cli.reports import BEYOND, COLUMNS
from sdcert.files import open_source, open_table
from sdcert.files.cells import text_of
from tests.support.cli import checked as invoke
from tests.support.cli import document
from tests.support.cli import invoke as run_command
from tests.support.formats import BOOK, GOOD, read_report

# --- Parquet -----------------------------------------------------------------------------------


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
    shown = list(found["inputs"][0].values())[:7]
    assert shown == [str(tmp_path / "a.parquet"), "parquet", None, False, None, None, None]
    assert found["summary"]["findings"] == {"empty": 1, "length": 1, "not-canonical": 1}
    assert [(row["line"], row["value"]) for row in found["rows"]] == [(2, ""), (3, "鲁18")]
    audit = ["audit", str(tmp_path / "a.parquet"), "--format", "json"]
    rows = json.loads(run_command(*audit).stdout)["rows"]
    twice = ["duplicate-number"]
    codes = [[one["code"] for one in row["findings"]] for row in rows]
    assert codes == [twice, ["empty"], ["length"], ["not-canonical", *twice]]


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
    result = run_command(command, path, "--lang", "zh")
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


# --- values that Python has no form for --------------------------------------------------------


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
    audited = json.loads(run_command(*audit).stdout)
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
        result = run_command(*args)
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


def test_an_audit_keeps_the_types_of_the_columns(tmp_path):
    path, report = tmp_path / "a.parquet", tmp_path / "r.parquet"
    days = [date(2018, 12, 28), date(2018, 12, 28)]
    pq.write_table(pa.table({"证书编号": [GOOD, GOOD], "核准": days}), path)
    assert run_command("audit", path, "--report", report).exit_code == 1
    rows = pq.read_table(report).to_pylist()
    assert [row["核准"] for row in rows] == days
    assert [row["sdcert_with"] is not None for row in rows] == [True, True]
