"""What is wrong with a cell or key of a document, whatever the document is."""

from datetime import date

import pytest

from sdcert._faults import Fault, hidden_fault, read_day_cell


@pytest.mark.parametrize(
    ("cell", "day"),
    [("2024-01-01", 1), ("2024年1月2日", 2), (20240103, 3), (20240104.0, 4), (date(2024, 1, 5), 5)],
)
def test_a_day_is_read_as_documents_have_it(cell, day):
    faults: list[Fault] = []
    assert read_day_cell(cell, "有效期至", faults) == date(2024, 1, day)
    assert faults == []


@pytest.mark.parametrize(
    ("cell", "kind", "named"),
    [
        ("２０２４-０１-０１", "day-wide", "2024-01-01"),
        ("２０２４／１／１", "day-wide", "2024-01-01"),
        ("２０２４年１月１日", "day-wide", "2024-01-01"),
        ("45292", "day-serial", "2024-01-01"),
        (45292, "day-serial", "2024-01-01"),
        (45292.0, "day-serial", "2024-01-01"),
        ("45292.5", "day-serial", "2024-01-01"),
        ("４５２９２", "day-serial", "2024-01-01"),
        ("18264", "day-serial", "1950-01-01"),
        ("73050", "day-serial", "2099-12-31"),
        ("18263", "day", "not a date"),
        ("73051", "day", "not a date"),
        ("4529٢", "day", "not a date"),
        ("2024-01-01\u200b", "hidden", "200B"),
        ("长期", "day-none", "leave the cell empty"),
        ("—", "day-none", "leave the cell empty"),
        ("1402", "day", "not a date"),
        ("2024-02-30", "day", "not a date"),
        ("２０２４-０２-３０", "day", "not a date"),
    ],
)
def test_what_is_no_day_is_named_for_what_it_is(cell, kind, named):
    faults: list[Fault] = []
    assert read_day_cell(cell, "有效期至", faults) is None
    (fault,) = faults
    assert (fault.kind, fault.key) == (kind, "有效期至")
    assert named in fault.message()


@pytest.mark.parametrize(
    ("text", "char"),
    [("局\u200b", "U+200B"), ("\u3000局", "U+3000"), ("局\u3000\u200b", "U+3000"), ("局 a", None)],
)
def test_a_character_that_nobody_sees_is_named_by_its_number(text, char):
    fault = hidden_fault(text, "名称")
    assert (fault and (fault.kind, fault.params["char"])) == (char and ("hidden", char))
