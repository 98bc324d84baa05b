"""Old workbooks: what they hold, what is hidden, and what is wrong with them."""

import sys
from datetime import date, datetime, time

import pytest
import python_calamine

from sdcert.errors import MissingExtra
from sdcert.files import CellError, Sheet, open_source, open_table, read_rows, read_sheets
from sdcert.files.xls import OldWorkbook
from tests.support.corpus import DATA
from tests.support.offices import NUMBERS

DAY = date(2018, 12, 28)


def test_an_office_table_is_read_without_its_furniture():
    with open_table(DATA / "office.xls") as table:
        assert (table.header_line, table.hidden_columns) == (2, {1})
        (batch,) = table.batches(number=2)
        assert [cell for cell in batch.column(2) if cell][:5] == NUMBERS
        assert batch.column(3)[:5] == [DAY] * 5
        assert batch.column(4)[:3] == ["某局", "某局", None]
        kinds = [(note.kind, note.line) for note in table.notes]
    assert kinds == [("title", 1), ("merged", 3), ("hidden-rows", 5), ("total", 8)]


def test_cells_are_what_the_sheet_shows():
    rows = read_rows(DATA / "office.xls", sheet="名单").rows
    number, truth, error, noon, no_day = rows[8][1]
    assert (number, truth, error, noon) == (181402001200001, True, "#REF!", time(12))
    assert (type(truth), type(error)) == (bool, CellError)
    assert no_day == -5  # in a cell that shows days
    assert rows[9][1] == [None, None, None, datetime(2018, 12, 28, 6)]  # noqa: DTZ001


def test_sheets_that_are_hidden_are_known():
    assert read_sheets(DATA / "office.xls") == (Sheet("名单"), Sheet("旧表", hidden=True))


def test_a_number_that_is_no_day_stays_one(monkeypatch):

    with open_source(DATA / "list.xls") as source:
        book = OldWorkbook(source)
        assert book._value(3, 1e12) == 1e12
        assert book._value(5, 99) == "#N/A"


def test_calamine_reads_the_same():
    theirs = python_calamine.load_workbook(DATA / "list.xls").get_sheet_by_index(0).to_python()
    ours = [cells for _, cells in read_rows(DATA / "list.xls").rows]
    assert [[cell or None for cell in row] for row in theirs] == ours


def test_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(MissingExtra, match=r"sdcert\[files\]"):
        read_rows(DATA / "list.xls")
