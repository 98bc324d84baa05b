"""``sdcert audit``: what a whole file says, from every format, in every form of report."""

import csv
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sdcert.allocation import Request, allocate
from sdcert.audit import AuditCode
from sdcert.cli.judge import CELLS
from sdcert.cli.labels import finding_label
from sdcert.cli.phrases import phrase
from sdcert.cli.reports import workbook as _workbook
from sdcert.files import Table
from sdcert.numbering import NumberScope
from sdcert.stores import SQLiteStore
from tests.support.audit import COLUMNS, LAST, ON, many, reference
from tests.support.cli import PROGRAM as app
from tests.support.frames import EXAMPLE
from tests.support.notices import NOTICE

ROOT = Path(__file__).parents[2]
FILE = str(ROOT / "examples" / "audit.csv")
ISSUED = str(ROOT / "examples" / "issued.csv")
A, B = "鲁189302060200001", "鲁189302060200002"


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


def invoke(*args, **options):
    return CliRunner().invoke(app, ["audit", *map(str, args)], **options)


def document(*args, **options):
    result = invoke(*args, "--format", "json", **options)
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if found["summary"]["passed"] else 1)
    return found


def codes(row):
    """The findings of a row that make it fail."""
    return [one["code"] for one in row["findings"] if one["severity"] != "warning"]


def twins(row):
    return {
        one["code"]: [twin["line"] for twin in one["twins"]]
        for one in row["findings"]
        if "twins" in one
    }


def refused(*args):
    result = invoke(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr


@pytest.fixture
def put(tmp_path):
    def write(header, *rows, name="a.csv"):
        path = tmp_path / name
        if name.endswith(".csv"):
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows])
        elif name.endswith(".jsonl"):
            lines = (dict(zip(header, row, strict=True)) for row in rows)
            path.write_text("".join(json.dumps(one, default=str) + "\n" for one in lines))
        elif name.endswith(".parquet"):
            columns = map(list, zip(*rows, strict=True))
            pq.write_table(pa.table(dict(zip(header, columns, strict=True))), path)
        else:
            book = openpyxl.Workbook()
            for row in (header, *rows):
                book.active.append(row)
            book.save(path)
            book.close()
        return str(path)

    return write


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "codes.json"
    EXAMPLE.save(path)
    return str(path)


def issued_rows():
    return [[*scope, last] for scope, last in LAST.items()]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_format_says_what_a_plain_walk_says(put, tables, ending):
    """A row without a number is empty, and one without a day says so; all else is the audit's."""
    some = [row for row in many() if row[1] is None or row[1].strip()][:120]
    rows = [(at, *row[1:]) for at, row in enumerate(some)]
    path = put(COLUMNS, *rows, name=f"a.{ending}")
    issued = put(["year", "region_code", "series_code", "last"], *issued_rows(), name="i.csv")
    found = document(
        path, "--column", "number", "--key", "id", "--codes", tables, "--approved-column", "day",
        "--on", ON, "--holder", "person", "--year", "year", "--approver", "approver", "--grade",
        "grade", "--marker", "marker", "--manager", "manager", "--issued", issued, "--gaps",
    )  # fmt: skip
    expected, read = reference(rows, EXAMPLE)
    expected |= {(row[0], "empty") for row in rows if row[1] is None}
    undated = {row[0] for row in rows if row[2] is None}
    expected |= {(row, "approved-on-unreadable") for row in undated}
    # of a text that is no number the audit names the first finding, the check all
    own = {code.value for code in AuditCode}
    got = set()
    for row in found["rows"]:
        named = codes(row)
        checked = [code for code in named if code not in own][:1]
        got |= {(int(row["cells"]["id"]), code) for code in named if code in own}
        got |= {(int(row["cells"]["id"]), code) for code in checked}
    assert sorted(got) == sorted(expected)
    assert found["summary"]["rows"] == len(rows)
    assert found["summary"]["bad_rows"] == len({at for at, _ in expected})
    assert sum(gap["sequences"] for gap in found["gaps"]) == len({n.digits for n in read.values()})


def test_the_example_has_one_of_each():
    args = ("--key", "1", "--holder", "持证人", "--year", "4", "--approver", "5")
    found = document(FILE, *args, "--issued", ISSUED)
    assert {code: n for code, n in found["summary"]["findings"].items() if n} == {
        "duplicate-number": 2, "holder-conflict": 2, "marker-conflict": 2, "approver-mismatch": 1,
        "beyond-issued": 1, "length": 1, "not-canonical": 1, "year-mismatch": 1,
    }  # fmt: skip
    row = found["rows"][0]
    message = row["findings"][0].pop("message")
    assert message.endswith("(with line 8)")
    assert row == {
        "file": FILE,
        "sheet": None,
        "line": 3,
        "column": 3,
        "value": "鲁189302060200001",
        "outcome": "invalid",
        "canonical": "鲁189302060200001",
        "cells": {"序号": "2"},
        "findings": [
            {
                "code": "holder-conflict",
                "kind": None,
                "severity": "invalid",
                "field": None,
                "span": None,
                "group": "1",
                "twins": [{"file": FILE, "sheet": None, "line": 8}],
            }
        ],
    }
    compared = found["inputs"][0]["compared"]
    assert compared["holder"] == {"position": 2, "name": "持证人", "chosen": "asked"}
    assert found["issued"] == ISSUED
    text = invoke(FILE, *args, "--issued", ISSUED, "--gaps")
    assert text.exit_code == 1
    assert "示例" not in text.stdout.replace("examples", "")  # persons
    assert "the last sequence of 1 scope, from" in text.stdout
    assert "2018 93020 602         7       1     12         5" in text.stdout
    zh = invoke(FILE, *args, "--lang", "zh", "--limit", "2").stdout
    assert "无效（共9行，显示前2行）" in zh
    assert "结论：11行中有9行需要处理。" in zh
    assert zh.count("编号重复") == 2  # one row of two, and the counts


def test_rows_without_a_number_are_counted_as_not_compared(put, tmp_path):
    path = put(["number"], [A], [A], ["鲁18"], [""], [f" {B}"], name="a.csv")
    other = put(["number"], [A], ["x"], name="b.csv")
    found = document(path, other, "--column", "number")
    assert [one["summary"]["rows_not_compared"] for one in found["inputs"]] == [1, 1]
    assert found["summary"]["rows_not_compared"] == 2
    text = "2 rows, which have no well-formed number"
    assert f"Not compared  {text}" in invoke(path, other, "--column", "number").stdout
    out = tmp_path / "out.xlsx"
    invoke(path, "--column", "number", "--report", out, "--lang", "zh")
    book = openpyxl.load_workbook(out)
    cells = [[cell.value for cell in row[:2]] for row in book["汇总"].iter_rows()]
    book.close()
    assert ["未比对", "1行（编号为空或格式有误）"] in cells
    assert "Not compared" not in invoke(put(["number"], [A])).stdout


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_file_is_read_once(put, tmp_path, monkeypatch, ending):
    """Rows wait for the comparison in memory, or on disk, as they were."""
    monkeypatch.setattr("sdcert.cli.account._MEMORY", 1)
    rows = [[A, "甲", 1], [None, None, None], ["鲁18", "x", None], [A, "乙", 2]]
    paths = [put(["number", "who", "n"], *rows, name=f"{name}.{ending}") for name in "ab"]
    if ending == "jsonl":
        Path(paths[1]).write_text(f'{{"number": "{A}", "who": "乙"}}\n{{"number": ["x"]}}\n')
    read = []
    batches = Table.batches
    monkeypatch.setattr(
        Table, "batches", lambda table, *a, **b: read.append(table) or batches(table, *a, **b)
    )
    found = document(*paths, "--column", "number", "--key", "who")
    assert len(read) == 2
    assert {one["code"] for row in found["rows"] for one in row["findings"]} >= {
        "duplicate-number", "length",
    }  # fmt: skip
    out = tmp_path / "out.jsonl"
    assert invoke(*paths, "--column", "number", "--report", out).exit_code == 1
    assert len(read) == 4
    told = [json.loads(line) for line in out.read_text("utf-8").splitlines() if line]
    assert told[0]["who"] == "甲"
    assert f"b.{ending}" in told[0]["sdcert_with"]
    if ending == "jsonl":
        assert "who" not in told[-1]


def test_a_column_about_a_person_is_shown_only_as_a_key():
    found = document(FILE, "--key", "持证人", "--holder", "持证人")
    assert found["rows"][0]["cells"] == {"持证人": "示例乙"}
    hidden = invoke(FILE, "--holder", "持证人", "--format", "json").stdout
    assert "示例乙" not in hidden


def test_nothing_found(put):
    path = put(["no", "number"], [1, A], [2, B])
    result = invoke(path, "--column", "number")
    assert result.exit_code == 0
    assert "Result: nothing was found." in result.stdout
    assert document(path)["rows"] == []
    assert document(path, "--approved-on", "2018-12-28")["summary"]["passed"]


def test_what_is_undetermined_passes_where_allowed(put):
    path = put(["number", "body"], [A, "某局"], ["鲁189302060200009", "93020"])
    asked = (path, "--codes", "bundled", "--approver", "body", "--manager", "body")
    found = document(*asked)
    assert found["summary"]["findings"] == {
        "manager-undetermined": 2, "region-unlisted": 2, "series-unlisted": 2,
        "approver-undetermined": 1,
    }  # fmt: skip
    allowed = invoke(*asked, "--allow-undetermined")
    assert allowed.exit_code == 0
    assert "nothing was found but what is undetermined, which was allowed" in allowed.stdout
    day = put(["number", "day"], [A, "soon"], name="b.csv")
    found = document(day, "--approved-column", "day", "--allow-undetermined")
    assert codes(found["rows"][0]) == ["approved-on-unreadable"]


def test_blank_rows_cells_of_workbooks_and_short_rows(put):
    path = put(
        ["id", "number"], [1, A], [None, None], [2, 189302060200001], [3, True], name="a.xlsx"
    )
    found = document(path, "--column", "number", "--key", "id")
    assert [(row["line"], codes(row)) for row in found["rows"]] == [
        (4, ["numeric-cell", "not-text"]), (5, ["boolean-cell", "not-text"]),
    ]  # fmt: skip
    assert (found["summary"]["rows"], found["summary"]["blank_rows"]) == (3, 1)
    path = put(["number", "year"], [A], [A, "2018"])
    found = document(path, "--year", "year")
    assert found["summary"]["ragged_rows"] == 1
    assert found["summary"]["findings"] == {"duplicate-number": 2}


def test_what_arrow_has_no_text_of(put):
    path = put(["id", "number", "who"], ["\ud800", "\ud800", "\ud800"], name="a.jsonl")
    found = document(path, "--column", "number", "--key", "id", "--holder", "who")
    (row,) = found["rows"]
    assert row["cells"] == {"id": "\ud800"}
    assert codes(row)[0] == "prefix"


def test_the_rules_of_a_city_are_asked(put, tables, tmp_path):
    path = put(["number", "body"], ["鲁189110160100001", "city-department"])
    asked = (path, "--codes", tables, "--manager", "body", "--on", "2020-06-01", "--rules")
    assert "no.toml" in refused(*asked, tmp_path / "no.toml")
    file = tmp_path / "notice.toml"
    file.write_text(NOTICE.replace('"14"', '"91"'), "utf-8")
    for more, code in (((), "manager-undetermined"), (("--rules", file), "manager-mismatch")):
        assert code in document(*asked[:-1], *more)["summary"]["findings"]


@pytest.mark.parametrize("name", ["i.csv", "i.xlsx", "i.parquet", "i.jsonl"])
def test_what_was_issued_comes_from_any_file(put, name):
    header = ["评审年度", "地区部门识别代码", "职称系列级别识别代码", "最大顺序编号"]
    issued = put(header, [2018, "93020", "602", 1], name=name)
    path = put(["number"], [A], [B])
    (row,) = document(path, "--issued", issued)["rows"]
    assert (row["line"], row["canonical"], codes(row)) == (3, B, ["beyond-issued"])


def test_what_was_issued_comes_from_a_store(put, tmp_path):
    db = tmp_path / "n.db"
    with SQLiteStore.open(db) as store, store.transaction():
        allocate(store, [Request("a", NumberScope(2018, "93020", "602"))])
    found = document(put(["number"], [A], [B]), "--db", db)
    assert [codes(row) for row in found["rows"]] == [["beyond-issued"]]
    assert "does not exist" in refused(FILE, "--db", tmp_path / "no.db")


def test_what_was_issued_must_be_readable(put):
    path = put(["year", "region_code", "series_code", "last"], [], [2018, "93020", "602", "x"])
    assert "issued: row 1: last must be" in refused(FILE, "--issued", path)
    assert "it has: number" in refused(FILE, "--issued", put(["number"], [A], name="b.csv"))
    assert "give --issued or --db, not both" in refused(FILE, "--issued", path, "--db", path)


def test_what_cannot_be_asked_is_refused(put):
    assert "--grade needs code tables" in refused(FILE, "--grade", "4")
    assert "--manager须与代码表比较" in refused(FILE, "--manager", "6", "--lang", "zh")
    both = ("--approved-on", "2018-12-28", "--approved-column", "4")
    assert "approv" in refused(FILE, *both)
    assert "no rows with data" in refused(put(["number", "x"]), "--column", "1")
    assert "no rows with data" in refused(put(["number", "x"], ["", ""]), "--column", "1")
    assert "no column" in refused(FILE, "--holder", "nobody")


def report_of(path):
    path = Path(path)
    if path.suffix in (".csv", ".tsv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            tab = {".csv": ",", ".tsv": "\t"}[path.suffix]
            return [tuple(row) for row in csv.reader(file, delimiter=tab)]
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        rows = list(book.worksheets[0].iter_rows())
        book.close()
        return [tuple(str(cell.value) for cell in row) for row in rows]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        rows = [tuple(row.values()) for row in table.to_pylist()]
        names = tuple(table.column_names)
    else:
        text = path.read_text("utf-8")
        array = path.suffix == ".json"
        lines = json.loads(text) if array else [json.loads(line) for line in text.splitlines()]
        names, rows = tuple(lines[0]), [tuple(line.values()) for line in lines]
    return [names, *(tuple(map(str, row)) for row in rows)]


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "ndjson", "parquet", "xlsx"])
def test_the_report_has_every_row_with_group_and_twins(put, tmp_path, ending):
    path = put(["id", "number", "id"], ["=1+1", A, "a"], ["b", f"{A}（基层）", "c"], ["d", B, "e"])
    out = tmp_path / f"out.{ending}"
    out.write_text("an earlier one")
    result = invoke(path, "--key", "3", "--key", "1", "--column", "2", "--report", out)
    assert result.exit_code == 1
    assert str(out) in result.stdout
    names, *rows = report_of(out)
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    message = "the same digits with and without the marker (with line {})"
    if ending == "xlsx":
        assert [row["Reason"] for row in rows] == [message.format(3), message.format(2), "None"]
        assert [row["Group"] for row in rows] == ["1", "1", "None"]
    else:
        assert [row["sdcert_message"] for row in rows][:2] == [message.format(3), message.format(2)]
        assert [row["sdcert_with"] for row in rows][:2] == ["line 3", "line 2"]
        assert [row["sdcert_group"] for row in rows][:2] == ["1", "1"]
        assert [row["sdcert_line"] for row in rows] == ["2", "3", "4"]
    formula = "'=1+1" if ending in ("csv", "tsv") else "=1+1"
    assert formula in report_of(out)[1]
    assert {one.name for one in tmp_path.iterdir()} == {"a.csv", out.name}


def test_a_report_that_cannot_be_whole_is_not_written(put, tmp_path, monkeypatch):
    path = put(["number"], [A], [A], [f"{A}{'0' * 40_000}"])
    assert "longer than a cell" in refused(path, "--report", tmp_path / "out.xlsx")
    monkeypatch.setattr(_workbook, "_MOST_ROWS", 2)
    assert "more rows than a sheet" in refused(path, "--report", tmp_path / "out.xlsx")
    assert "would overwrite" in refused(path, "--report", path)
    issued = put(["year", "region_code", "series_code", "last"], *issued_rows(), name="i.csv")
    assert "would overwrite" in refused(path, "--issued", issued, "--report", issued)
    assert ".pdf" in refused(path, "--report", tmp_path / "out.pdf")
    assert {one.name for one in tmp_path.iterdir()} == {"a.csv", "i.csv"}


def test_an_audit_has_a_page_too(put, tmp_path):
    path = put(["number", "who"], [A, "甲"], [A, "甲"])
    out = tmp_path / "out.html"
    assert invoke(path, "--holder", "who", "--report", out).exit_code == 1
    page = out.read_text("utf-8")
    assert "the same number in several rows (with line 3)" in page
    assert "甲" not in page


def test_long_lists_are_cut_where_asked(put):
    path = put(
        ["number"], *([f"鲁18930206020000{at}"] for at in (1, 1, 2, 2)), ["鲁1993020602 00009"]
    )
    found = document(path, "--limit", "1", "--gaps")
    assert (len(found["rows"]), len(found["gaps"])) == (1, 1)
    assert found["summary"]["bad_rows_listed"] == 1
    text = invoke(path, "--limit", "1", "--gaps").stdout
    assert "Invalid (1 of 4 rows shown)" in text
    assert "Gaps (1 of 2 scopes shown)" in text
    assert "“all”" in refused(path, "--limit", "x")
    assert len(document(path, "--limit", "all")["rows"]) == 4


def test_every_finding_has_a_label_and_every_column_a_name():
    for code in (*AuditCode, *CELLS):
        assert finding_label(code, "en") != finding_label(code, "zh")
    for name in ("holder", "year", "approver", "grade", "marker", "manager"):
        key = f"audit-as-{name}"
        assert phrase(key, "en", column="c") != phrase(key, "zh", column="c")


def test_the_column_of_the_numbers_may_be_a_key_too(put, tmp_path):
    path = put(["序号", "证书编号"], ["a", A], ["b", A])
    found = document(path, "--key", "2", "--key", "1")
    assert found["rows"][0]["cells"] == {"证书编号": A, "序号": "a"}
    for ending in ("csv", "xlsx", "jsonl", "parquet"):
        out = tmp_path / f"out.{ending}"
        assert invoke(path, "--key", "2", "--report", out).exit_code == 1
        assert len(report_of(out)) == 3


def test_no_key_is_lost_where_several_have_one_name(put):
    path = put(["id", "number", "id"], ["1", A, "a"], ["2", A, "b"])
    found = document(path, "--key", "1", "--key", "3", "--column", "2")
    assert found["rows"][0]["cells"] == {"id": "1", "id (3)": "a"}
