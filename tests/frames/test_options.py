"""What all functions share: a file in place of a frame, and days of it that cannot be read."""

from datetime import date

import dask.dataframe as dd
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from sdcert import frames
from sdcert.audit import audit
from sdcert.frames import InvalidRows
from tests.support.frames import COMPLETE, to_rows

GOOD, LATER, BAD = "鲁209000160100001", "鲁209000160100002", "鲁20900016010000"
ROWS = [
    ("1", GOOD, "2021/3/1"),
    ("2", LATER, "待定"),
    ("3", BAD, "2021-13-01"),
    ("4", "", "待定"),
    ("5", LATER, ""),
]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "numbers.csv"
    lines = ["id,number,day", *(",".join(row) for row in ROWS)]
    path.write_text("\n".join(lines) + "\n", "gb18030")
    return path


def test_an_unreadable_day_is_the_finding_of_its_row(path):
    checked = frames.check(path, "number", codes=COMPLETE, approved_on="day", messages="zh")
    assert checked.select(["sdcert_outcome", "sdcert_finding", "sdcert_message"]).to_pylist() == [
        {"sdcert_outcome": outcome, "sdcert_finding": finding, "sdcert_message": message}
        for outcome, finding, message in [
            ("valid", None, None),
            ("undetermined", "approved-on-unreadable", "核准公布日期无法读取"),
            ("invalid", "length", "编号应有15位数字，现有14位；核准公布日期无法读取"),
            (None, None, None),
            ("valid", None, None),
        ]
    ]
    assert checked["sdcert_canonical"].to_pylist() == [GOOD, LATER, None, None, LATER]
    bare = frames.check(path, "number", approved_on="day", fields=False, prefix="x_")
    assert bare["x_finding"].to_pylist() == [None, "approved-on-unreadable", "length", None, None]


def test_a_message_says_what_a_cell_was_that_is_no_text(tmp_path):
    path = tmp_path / "numbers.jsonl"
    cells = ["5", "189000160100001.5", "true", "[1]"]
    lines = [f'{{"number": {cell}}}' for cell in [f'"{GOOD}"', *cells]]
    path.write_text("\n".join(lines), "utf-8")
    told = frames.check(path, "number", messages="zh")["sdcert_message"].to_pylist()
    kinds = ["整数：5", "浮点数：1890001601000", "布尔值：True", "list类型的值"]
    assert told[0] is None
    for message, kind in zip(told[1:], kinds, strict=True):
        assert message.startswith(f"应为文本，现为{kind}")
    book = openpyxl.Workbook()
    for row in (["number"], [GOOD], [date(2021, 3, 1)], ["=1+1"]):
        book.active.append(row)
    book.save(tmp_path / "numbers.xlsx")
    told = frames.check(tmp_path / "numbers.xlsx", "number", messages="zh")["sdcert_message"]
    assert told.to_pylist()[1:] == [
        "应为文本，现为date类型的值", "应为文本，现为object类型的值",
    ]  # fmt: skip


def test_it_is_so_in_summary_invalid_and_require(path):
    counted = frames.summary(str(path), "number", approved_on="day").to_pylist()
    assert {(row["outcome"], row["finding"]): row["rows"] for row in counted} == {
        ("valid", None): 2,
        ("undetermined", "approved-on-unreadable"): 1,
        ("invalid", "length"): 1,
        (None, None): 1,
    }
    failed = frames.invalid(path, "number", key="id", approved_on="day").to_pylist()
    assert [(row["id"], row["finding"]) for row in failed] == [
        ("2", "approved-on-unreadable"), ("3", "length")
    ]  # fmt: skip
    with pytest.raises(
        InvalidRows, match=f"approved-on-unreadable 1.*2: “{LATER}” approved-on-"
    ) as e:
        frames.require(path, "number", key="id", approved_on="day")
    assert "核准公布日期无法读取" in e.value.message("zh")
    assert frames.summary(path, "number").num_rows == 3  # where no day is asked for none is read


def test_a_file_of_which_every_day_can_be_read_is_checked_as_a_table_is(path):
    path.write_text(f"id,number,day\n1,{GOOD},2021-03-01\n", "utf-8")
    assert frames.require(path, "number", codes=COMPLETE, approved_on="day").num_rows == 1


@pytest.mark.parametrize(("options", "words"), [
    ({"column": ["number"]}, "column must be the name of a column, not a list"),
    ({"key": [["id"]]}, "key must be the name of a column, not a list"),
    ({"messages": "fr"}, "messages must be 'en', 'zh' .*, not 'fr'"),
    ({"messages": True}, "messages must be 'en', 'zh' .*, not a bool"),
])  # fmt: skip
def test_the_argument_that_is_wrong_is_named(options, words):
    frame = pa.table({"number": [GOOD], "id": [1]})
    with pytest.raises((TypeError, ValueError), match=words):
        frames.invalid(frame, **({"column": "number", "key": "id"} | options))
    with pytest.raises(TypeError, match="key is missing"):
        audit(frame, "number", key=None)


@pytest.mark.parametrize(("options", "words"), [
    *(({"fields": value}, f"fields must be a bool or some names of columns, not a {kind}")
      for value, kind in ((None, "NoneType"), (0, "int"), (1, "int"), ("year", "str"))),
    ({"fields": [5]}, "fields: there is no “5”"),
    ({"fields": [["year"]]}, "fields: there is no “.'year'.”"),
    ({"prefix": None}, "prefix must be a str, not a NoneType"),
    ({"prefix": 5}, "prefix must be a str, not a int"),
])  # fmt: skip
def test_an_option_of_another_type_is_refused(options, words):
    frame = pa.table({"number": [GOOD]})
    for ask in (
        lambda: frames.check(frame, "number", **options),
        lambda: frames.expression("number", engine="polars", **options),
    ):
        with pytest.raises((TypeError, frames.UnknownField), match=words):
            ask()


@pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals:FutureWarning")
@pytest.mark.parametrize("name", ["outcome", "digits"])
def test_an_index_of_dask_may_have_the_name_of_a_column_of_ours(name):
    frame = pd.DataFrame({"number": [GOOD, GOOD, BAD], "id": [1, 2, 3]})
    frame = dd.from_pandas(frame.rename_axis(index=name), npartitions=2)
    counted = to_rows(frames.summary(frame, "number"))
    assert sorted((row["outcome"], row["rows"]) for row in counted) == [
        ("invalid", 1),
        ("valid", 2),
    ]
    found = to_rows(audit(frame, "number", key="id").findings)
    assert {(row["id"], row["finding"]) for row in found} == {
        (1, "duplicate-number"), (2, "duplicate-number"), (3, "length"),
    }  # fmt: skip


def test_a_column_of_pandas_may_have_a_number_for_a_name():
    frame = pd.DataFrame({0: ["鲁17"], 1: ["a"]})
    assert frames.invalid(frame, 0, key=1)[1].tolist() == ["a"]
