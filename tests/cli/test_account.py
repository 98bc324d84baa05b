"""What a run counts and keeps, and what a page shows of it."""

from collections import Counter
from contextlib import closing
from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert.cli.account import Account, BadRows, FilePart, Run, Tally
from sdcert.cli.reports.page import Bar, page_of
from sdcert.codes import CityPrefix, CodeBook, Edition, Source
from sdcert.codes.edition import PROVINCE
from sdcert.files import open_table
from sdcert.findings import FindingCode, Outcome

BOOK = CodeBook.bundled()
ROW = st.tuples(
    st.sampled_from(Outcome),
    st.lists(st.sampled_from(FindingCode), unique=True, max_size=3),
    st.none() | st.tuples(st.integers(2000, 2099), st.from_regex("[0-9]{5}", fullmatch=True)),
)
quick = settings(max_examples=20)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("account") / "a.csv"
    path.write_text("证书编号\n鲁181402001200001\n", "utf-8")
    with open_table(path) as table:
        yield table


def counted(rows, at=0):
    """The tally of rows that come in two batches."""
    tally = Tally()
    for batch in (rows[:at], rows[at:]):
        tally.rows += len(batch)
        for outcome, codes, _ in batch:
            tally.outcomes[outcome] += 1
            tally.findings.update((code.value, outcome) for code in codes)
        answers = {
            "outcome": pa.array([None, *[one.value for one, _, _ in batch]], pa.string()),
            "year": pa.array([None, *[parts and parts[0] for *_, parts in batch]], pa.int64()),
            "region_code": pa.array(
                [None, *[parts and parts[1] for *_, parts in batch]], pa.string()
            ),
        }
        tally.add_places(SimpleNamespace(answers=answers))
    return tally


def page(table, tally, lang="zh", book=None):
    run = Run(lang=lang, book=book)
    part = FilePart(run=run, path="a.csv", table=table, column=table.guessed())
    with closing(BadRows(None)) as bad:
        return page_of(Account(run, bad, {0: (part, tally)}))


@quick
@given(rows=st.lists(ROW, max_size=30), at=st.integers(0, 30))
def test_each_plot_counts_every_row_once(table, rows, at):
    found = page(table, counted(rows, at), "en")
    for bars in (found["cities"], found["years"]):
        for outcome in Outcome:
            assert sum(bar.counts[outcome] for bar in bars) == found["counts"][outcome]
    assert found["counts"].total() == len(rows)
    for bar in found["findings"]:
        with_it = [outcome for outcome, codes, _ in rows if bar.code in codes]
        assert {o: bar.counts[o] for o in Outcome} == {o: with_it.count(o) for o in Outcome}


@quick
@given(st.lists(ROW, max_size=20), st.lists(ROW, max_size=20))
def test_counts_of_several_inputs_add_up(rows, more):
    assert counted(rows) + counted(more) == counted(rows + more)


def test_plots_are_in_an_order_that_reads(table):
    rows = [
        (Outcome.VALID, [FindingCode.DIGITS, FindingCode.LENGTH], parts)
        for parts, times in (
            ((2091, "91000"), 1), ((2014, "14020"), 5), ((2090, "90020"), 5), ((2000, "00001"), 2),
            (None, 9),
        )
        for _ in range(times)
    ]  # fmt: skip
    rows.append((Outcome.INVALID, [FindingCode.LENGTH, FindingCode.PREFIX], None))
    found = page(table, counted(rows), book=BOOK)
    assert [bar.label for bar in found["cities"]] == ["聊城市", "90", "省直", "91", "— 无法识别"]
    assert [bar.code for bar in found["cities"]] == ["14", "", "00", "", ""]
    assert [bar.label for bar in page(table, counted(rows), "en")["cities"]][:2] == ["14", "90"]
    years = ["2000年", "2014年", "2090年", "2091年", "— 无法识别"]
    assert [bar.label for bar in found["years"]] == years
    assert [bar.code for bar in found["findings"]] == ["length", "digits", "prefix"]


def test_a_city_that_was_renamed_has_all_its_names(table):
    entries = (
        CityPrefix("90", "示例甲市", valid_through=date(2019, 12, 31)),
        CityPrefix("90", "示例乙市", valid_from=date(2020, 1, 1)),
    )
    source = Source("示例文件")
    book = CodeBook([Edition("x", PROVINCE, "示例省", source, "example", entries=entries)])
    tally = counted([(Outcome.VALID, [], (2019, "90020"))])
    assert page(table, tally, book=book)["cities"][0] == Bar(
        "示例甲市、示例乙市", Counter(valid=1), "90"
    )
    assert page(table, tally, "en", book)["cities"][0].label == "示例甲市, 示例乙市"
