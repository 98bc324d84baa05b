"""Headers, titles and other rows that hold no record."""

from sdcert.files import open_table
from sdcert.files.layouts import Header, find_header
from tests.support.offices import NUMBERS, xlsx_of


def rows_of(*rows):
    return list(enumerate(map(list, rows), 1))


def test_a_first_record_is_no_second_half_of_a_header():
    rows = rows_of(
        ["姓名", "证书编号", "备注", ""], ["甲", "", "", "补"], ["乙", NUMBERS[0], "", ""]
    )
    assert find_header(rows, None, []).line == 1


def test_the_first_half_of_a_header_may_hold_the_number():
    rows = rows_of(
        ["序号", "证书编号", "发证", ""], ["", "", "年", "月"], ["1", NUMBERS[0], "", ""]
    )
    found = find_header(rows, None, [])
    assert (found.line, found.names[1:]) == (2, ("证书编号", "发证 / 年", "发证 / 月"))
    assert find_header(rows, 1, []).line == 2


def test_a_file_without_names_may_have_a_title():
    rows = rows_of(["名单", "", ""], ["甲", NUMBERS[0], "x"])
    found = find_header(rows, None, [])
    assert (found.line, [line for line, _ in found.above]) == (None, [1])
    assert find_header([], None, []) == Header(None, ())


def test_a_section_and_a_repeated_title_hold_no_record(put):
    rows = [["名单"], ["序号", "姓名", "证书编号"], ["一、高级"], ["1", "甲", NUMBERS[0]], ["名单"]]
    with open_table(put("a.xlsx", xlsx_of(rows))) as table:
        (batch,) = table.batches(number=2)
        assert list(batch.lines) == [4]
        assert [note.kind for note in table.notes] == ["title", "section", "title-repeated"]
        assert (len(table.notes), table.notes.left_out) == (3, 3)
        assert all(note.as_dict("zh")["left_out"] for note in table.notes)


def test_a_name_above_its_numbers_is_no_title():
    assert find_header(rows_of(["号", ""], [NUMBERS[0], "x"]), None, []).line == 1
    apart = [(1, ["姓名", "证书编号", ""]), (3, ["", "", "注"])]
    assert find_header(apart, None, []).line == 1
