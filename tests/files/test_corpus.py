"""Every kind of file that an office has: read to the same people, or named for what it is."""

import re

import pytest

from sdcert.files import UnreadableFile, open_table, read_rows
from sdcert.files.cells import is_blank
from tests.support.corpus import REFUSED, WHOLE
from tests.support.offices import NUMBERS

# What must not reach a person: names of classes and modules, and what Python shows of an object.
_INNER = re.compile(r"<class|object at 0x|Error\b|Exception|calamine|openpyxl|xlrd|pyarrow|None\b")


@pytest.mark.parametrize("name", WHOLE)
def test_the_same_numbers_are_read_whatever_is_round_them(put, name):
    with open_table(put(name, WHOLE[name])) as table:
        number = table.guessed().index
        found = [
            cell
            for batch in table.batches(number=number)
            for cell in map(str, batch.column(number))
            if not is_blank(cell) and cell != "None"
        ]
    assert found == NUMBERS


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_named_for_what_it_is(put, name):
    data, kind = REFUSED[name]
    path = put(name, data)

    def read():
        with open_table(path) as table:
            list(table.batches(number=table.guessed().index))

    with pytest.raises(UnreadableFile) as caught:
        read()
    assert caught.value.kind == kind
    for lang in ("en", "zh"):
        message = caught.value.message(lang)
        assert name in message
        assert not _INNER.search(message)


def test_without_a_column_there_are_as_many_records(put):
    with open_table(put("a.parquet", WHOLE["table.parquet"])) as table:
        (batch,) = table.batches([])
        assert [*batch.lines] == [1, 2, 3, 4, 5]
        assert [*batch.rows()] == [()] * 5


@pytest.mark.parametrize("name", [*WHOLE, *REFUSED])
def test_a_small_table_is_read_or_refused_alike(put, name):
    data = WHOLE.get(name) or REFUSED[name][0]
    try:
        rows = read_rows(put(name, data)).rows
    except UnreadableFile as error:
        assert name in REFUSED or error.kind in ("not-rows", "sheet-several")  # noqa: PT017
    else:
        assert [line for line, _ in rows] == sorted({line for line, _ in rows})
