"""``sdcert check … --report OUT.html``: what of a file the page shows, and what it does not."""

import json
import sys
from datetime import datetime
from importlib.metadata import version

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from lxml import html

from sdcert.cli.labels import finding_label
from sdcert.codes import CodeBook
from tests.support import browser
from tests.support.cli import PROGRAM as app

BAD = "鲁18140200120000O"
MADE_UP = "鲁18 93001 601 00001"
HEADER = ("姓名", "身份证号", "证书编号", "核准日期")
ROWS = [
    ("甲某", "37150019700101001X", "鲁181402001200001", "2018-12-29"),
    ("乙某", "37150019700101002X", BAD, "2018-12-29"),
    ("丙某", "37150019700101003X", MADE_UP, "2018-12-29"),
    ("丁某", "37150019700101004X", "鲁181402001200002", "去年"),
    ("戊某", "37150019700101005X", "鲁171402001200003 ", "2018-12-29"),
]
PERSONS = [cell for name, identity, *_ in ROWS for cell in (name, identity)]


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


def as_csv(path, rows):
    path.write_text("".join(",".join(cells) + "\n" for cells in rows), "utf-8")


def as_xlsx(path, rows):
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    book.save(path)


def as_jsonl(path, rows):
    header, *records = rows
    lines = (json.dumps(dict(zip(header, cells, strict=True))) for cells in records)
    path.write_text("\n".join(lines), "utf-8")


def as_parquet(path, rows):
    header, *records = rows
    pq.write_table(pa.table(dict(zip(header, zip(*records, strict=True), strict=True))), path)


WRITERS = {"csv": as_csv, "xlsx": as_xlsx, "jsonl": as_jsonl, "parquet": as_parquet}
EACH = pytest.mark.parametrize("form", WRITERS)


@pytest.fixture
def made(tmp_path):
    """Write the rows as a file, check it, and give the page, its tree and the JSON document."""

    def make(*options, form="csv", rows=(HEADER, *ROWS), status=1):
        source, out = tmp_path / f"名册.{form}", tmp_path / "out.html"
        WRITERS[form](source, rows)
        report = ("--report", str(out), "--format", "json", *options)
        result = CliRunner().invoke(app, ["check", str(source), *report])
        assert result.exit_code == status, result.output
        text = out.read_text("utf-8")
        return text, html.document_fromstring(text), json.loads(result.stdout)

    return make


def texts(tree, path):
    return [" ".join(found.text_content().split()) for found in tree.xpath(path)]


def bars(tree, plot):
    """The rows of a plot: label, and rows by outcome: all, valid, undetermined, invalid."""
    return {
        " ".join(row.xpath("th")[0].text_content().split()): [
            int(cell.text_content()) for cell in row.xpath("td[contains(@class, 'number')]")
        ]
        for row in tree.xpath(f"//section[@id='{plot}']//tbody/tr")
    }


@EACH
def test_the_page_counts_what_the_command_counts(made, form):
    options = ("--codes", "bundled", "--approved-column", "核准日期")
    _, tree, document = made(*options, form=form)
    summary = document["summary"]
    assert bars(tree, "findings") == {
        f"{finding_label(code, 'en')} {code}": [count, *split]
        for (code, count), split in zip(
            summary["findings"].items(),
            ([0, 2, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0]),
            strict=True,
        )
    } | {"not in canonical form (warning) not-canonical": [2, 1, 1, 0]}
    assert bars(tree, "cities") == {
        "聊城市 14": [3, 2, 1, 0],
        "93": [1, 0, 1, 0],
        "— not recognised as a number": [1, 0, 0, 1],
    }
    assert bars(tree, "years") == {
        "2017": [1, 1, 0, 0],
        "2018": [3, 1, 2, 0],
        "— not recognised as a number": [1, 0, 0, 1],
    }
    assert texts(tree, "//*[@class='cards']/li/b") == ["5", "2", "2", "1"]
    assert summary["outcomes"] == {"valid": 2, "undetermined": 2, "invalid": 1}


@EACH
def test_the_rows_that_need_attention_are_listed_with_place_value_and_reason(made, form):
    first = {"jsonl": 2, "parquet": 2}.get(form, 3)
    _, tree, document = made(form=form)
    assert texts(tree, "//table[@id='invalid-rows']//tbody/tr/td[1]") == [str(first)]
    assert document["rows"][0]["line"] == first
    assert texts(tree, "//table[@id='invalid-rows']//code") == [BAD]
    place = "Line" if form in ("csv", "jsonl") else "Row"
    assert texts(tree, "//table[@id='invalid-rows']//th")[0] == place
    said = texts(tree, "//table[@id='invalid-rows']//tbody/tr/td[3]")[0]
    assert said == f"{document['rows'][0]['findings'][0]['message']} digits"
    assert not tree.xpath("//table[@id='undetermined-rows']")


@EACH
def test_columns_about_persons_are_on_the_page_only_where_asked_for(made, form):
    text, *_ = made("--codes", "bundled", form=form)
    assert not [cell for cell in (*PERSONS, "姓名", "身份证号") if cell in text]
    text, tree, _ = made("--codes", "bundled", "--show-column", "姓名", form=form)
    assert texts(tree, "//table[@id='undetermined-rows']//tbody/tr/td[4]") == ["丙某"]
    assert [cell for cell in PERSONS if cell in text] == ["乙某", "丙某"]  # who needs no attention
    assert "身份证号" not in text
    _, tree, _ = made("--show-column", "2", "--show-column", "姓名", form=form)
    assert texts(tree, "//table[@id='invalid-rows']//th")[3:] == ["身份证号", "姓名"]
    shown = texts(tree, "//table[@id='invalid-rows']//tbody/tr/td")[3:]
    assert shown == ["37150019700101002X", "乙某"]


def test_a_row_that_is_too_short_has_an_empty_cell(made):
    rows = (("证书编号", "姓名"), (BAD,), ("鲁18", "乙某"))
    _, tree, _ = made("--show-column", "姓名", rows=rows)
    assert texts(tree, "//table[@id='invalid-rows']//tbody/tr/td[4]") == ["", "乙某"]
    rows = ((BAD, "甲某"), (BAD, "乙某"))
    _, tree, _ = made("--show-column", "2", rows=rows)
    assert texts(tree, "//table[@id='invalid-rows']//th")[3:] == ["column 2"]


def test_undetermined_rows_that_are_allowed_need_no_attention(made):
    options = ("--codes", "bundled", "--approved-column", "核准日期", "--allow-undetermined")
    _, tree, document = made(*options)
    assert document["summary"]["bad_rows"] == 2
    assert texts(tree, "//table[@id='undetermined-rows']//tbody/tr/td[1]") == ["5"]
    assert texts(tree, "//*[starts-with(@class, 'verdict')]") == ["2 of 5 rows need attention."]
    _, tree, _ = made(
        "--codes", "bundled", "--allow-undetermined", rows=(HEADER, ROWS[2]), status=0
    )
    said = "No row is invalid; undetermined ones were allowed."
    assert texts(tree, "//*[starts-with(@class, 'verdict')]") == [said]
    assert texts(tree, "//*[@class='cards']/li/b") == ["1", "0", "1", "0"]


def test_a_number_that_a_spreadsheet_has_damaged_is_named_with_what_it_may_have_been(made):
    rows = (("证书编号",), (181402001200001,), ("鲁181402001200002",))
    _, tree, _ = made(form="xlsx", rows=rows)
    assert "cell holds a number, not text numeric-cell" in bars(tree, "findings")
    assert texts(tree, "//*[@class='suggestion']") == [
        "perhaps (compare it with the certificate) 鲁181402001200001"
    ]


def test_the_first_five_hundred_rows_of_each_outcome_are_listed(made):
    rows = [("证书编号",), *[("鲁18",)] * 700, *[(MADE_UP,)] * 501]
    _, tree, _ = made("--codes", "bundled", rows=rows)
    for outcome, count in (("invalid", 700), ("undetermined", 501)):
        assert len(tree.xpath(f"//table[@id='{outcome}-rows']//tbody/tr")) == 500
        said = f"the first 500 of {count} rows; {count - 500} are left out"
        assert said in texts(tree, f"//*[@id='{outcome}-heading']")[0]


TOLD = {
    "en": ["Column", "Rows", "File", "Checked", "Code tables", "Made on", "Program"],
    "zh": ["检查的列", "数据行", "文件格式", "检查内容", "代码表", "生成日期", "检查程序"],
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_what_was_checked_with_what_and_when(made, lang):
    before = datetime.now().astimezone().date()
    text, tree, document = made("--codes", "bundled", "--lang", lang)
    told = dict(zip(texts(tree, "//dl/dt"), texts(tree, "//dl/dd"), strict=True))
    assert list(told) == TOLD[lang]
    assert CodeBook.bundled().digest in text
    assert f"sdcert {version('sdcert')}" in told.values()
    days = {before, datetime.now().astimezone().date()}
    assert any(str(day) in text or f"{day.year}年{day.month}月{day.day}日" in text for day in days)
    assert document["meaning"] in texts(tree, "//*[@id='meaning']")[0]


def test_the_page_of_standard_input_says_so(tmp_path):
    out = tmp_path / "out.htm"
    args = ["check", "-", "--report", str(out)]
    assert CliRunner().invoke(app, args, input=f"证书编号\n{BAD}\n".encode()).exit_code == 1
    assert "<h1><bdi>standard input</bdi></h1>" in out.read_text("utf-8")


def test_a_column_that_is_not_there_is_told(tmp_path):
    source = tmp_path / "a.csv"
    as_csv(source, (HEADER, *ROWS))
    args = ["check", str(source), "--show-column", "电话", "--report", str(tmp_path / "out.html")]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 2
    assert "no column “电话”" in result.stderr
    assert list(tmp_path.iterdir()) == [source]


def test_a_check_that_fails_leaves_an_earlier_page(tmp_path):
    source, out = tmp_path / "a.csv", tmp_path / "out.html"
    source.write_text("证书编号\n")
    out.write_text("earlier")
    result = CliRunner().invoke(app, ["check", str(source), "--report", str(out)])
    assert result.exit_code == 2
    assert out.read_text() == "earlier"
    assert sorted(tmp_path.iterdir()) == [source, out]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_part_that_is_not_installed_is_named(tmp_path, monkeypatch, lang):
    source = tmp_path / "a.csv"
    as_csv(source, (HEADER, *ROWS))
    monkeypatch.delitem(sys.modules, "sdcert.cli.reports.page", raising=False)
    args = ["check", str(source), "--lang", lang, "--report", str(tmp_path / "out.html")]
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 2
    assert "pip install 'sdcert[cli]'" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    monkeypatch.delitem(sys.modules, "jinja2")
    monkeypatch.setitem(sys.modules, "sdcert.cli.reports.page", None)  # of our own: a crash
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 2
    assert "ModuleNotFoundError" in result.stderr


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_page_of_a_file_opens_in_a_browser(made, tmp_path, form, chromium):
    made("--codes", "bundled", "--lang", "zh", "--show-column", "姓名", form=form)
    shown = browser.Opened(chromium, tmp_path / "out.html")
    assert (shown.said, shown.asked) == ([], [])
    assert shown.page.locator("html").get_attribute("lang") == "zh-Hans"
    assert shown.texts("#invalid-rows code") == [BAD]
    assert shown.texts("#invalid-rows tbody td:last-child") == ["乙某"]
    assert shown.texts("#undetermined-rows tbody td:last-child") == ["丙某"]
    assert "37150019700101" not in shown.page.content()
    widths = [rect.bounding_box()["width"] for rect in shown.page.locator("#cities svg.bar").all()]
    assert len(widths) == 3
    assert min(widths) > 200
    assert shown.page.get_by_role("img", name="聊城市：有效3，无法判定0，无效0").is_visible()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_identity_card_number_among_the_numbers_is_shown_in_part(made, lang):
    ids = "372501190001011234", "37250119000101123X", "３７２５０１１９０００１０１１２３Ｘ"
    rows = [HEADER, *(("甲某", "", one, "") for one in ids), ROWS[1]]
    text, tree, _ = made("--lang", lang, "--column", "证书编号", rows=rows)
    shown = ["".join(one.itertext()) for one in tree.xpath("//td[@class='given']/code")]
    assert shown[:2] == ["3725**********1234", "3725**********123X"]
    assert shown[3] == BAD
    assert not any(one in text for one in ids)
    asked, _, _ = made("--show-column", "姓名", "--column", "证书编号", rows=rows)
    assert ids[0] in asked
