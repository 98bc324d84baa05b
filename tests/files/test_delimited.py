"""Files: their encoding, their records, their columns, and the place of whatever is wrong."""

import codecs
import csv
import io
import os
import sys
import threading
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sdcert.files import Source, UnreadableFile, open_source, open_table
from sdcert.files.columns import is_name
from sdcert.files.encodings import detect, locate
from sdcert.testing.strategies import certificate_numbers, written_forms

GOOD = "鲁181402001200001"


def source(data):
    return Source(io.BytesIO(data), "a.csv", len(data))


@contextmanager
def table(data, **options):
    if isinstance(data, str):
        data = data.encode()
    with open_table(source(data), **options) as opened:
        yield opened


def read(data, **options):
    with table(data, **options) as opened:
        return records(opened)


def records(opened):
    return [
        (line, list(cells))
        for batch in opened.batches()
        for line, cells in zip(batch.lines, batch.rows(), strict=True)
    ]


def problem(data, **options):
    with pytest.raises(UnreadableFile) as caught:
        read(data, **options)
    assert caught.value.message("en") != caught.value.message("zh")
    return caught.value


# --- encodings --------------------------------------------------------------------------------

numbers = certificate_numbers().flatmap(written_forms)
words = st.text("证书编号姓名单位甲乙丙abc 123，。、（）", max_size=12)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(words, numbers, words), min_size=1, max_size=8),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_a_file_of_numbers_is_read_in_the_encoding_it_was_written_in(rows, encoding):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    with table(text.getvalue().encode(encoding), header_line=0, delimiter=",") as opened:
        assert [tuple(cells) for _, cells in records(opened)] == rows
        assert opened.encoding == encoding.removesuffix("-sig")
        assert opened.bom == (encoding == "utf-8-sig")


def test_a_file_whose_only_chinese_is_the_prefix_in_gb18030_is_not_taken_for_utf_8():
    data = f"id,number\n1,{GOOD}\n".encode("gb18030")
    assert data.decode("utf-8")  # it fits: 鲁 in GB18030 is ³ in UTF-8
    assert read(data)[0][1] == ["1", GOOD]


def test_where_a_sample_fits_both_encodings_the_rest_of_the_file_decides():
    both = b"id,number\n" + "鲁,\n".encode("gb18030") * 20_000
    rest = "单位名称\n".encode("gb18030")
    assert detect(source(both + rest))[0] == "gb18030"
    assert detect(source(both + "é单位\n".encode()))[0] == "utf-8"


@pytest.mark.parametrize("guess", ["gb18030", "utf_8", None])
def test_where_both_encodings_fit_the_whole_file_a_guess_is_made(monkeypatch, guess):
    best = guess and SimpleNamespace(encoding=guess)
    monkeypatch.setattr(
        "charset_normalizer.from_bytes", lambda *_, **__: SimpleNamespace(best=lambda: best)
    )
    data = "id,鲁\n".encode("gb18030")
    assert detect(source(data))[0] == ("gb18030" if guess == "gb18030" else "utf-8")


def test_where_a_sample_fits_both_and_the_file_neither_the_numbers_decide():
    data = f"id,number\n1,{GOOD}\n".encode("gb18030") * 5_000 + b"\xff\n"
    assert detect(source(data))[0] == "gb18030"


def test_ascii_is_read_to_its_end_before_it_is_called_utf_8():
    data = b"id,name\n" + b"1,abc\n" * 40_000
    assert detect(source(data)) == ("utf-8", False)
    assert detect(source(data + "2,单位\n".encode("gb18030"))) == ("gb18030", False)
    assert detect(source(data + "2,单位".encode())) == ("utf-8", False)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "empty"),
        (b"\n\r\n \n", "blank"),
        ("\ufeff\n".encode(), "blank"),
        (b"PK\x03\x04rest", "damaged"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), "damaged"),
        (codecs.BOM_UTF32_LE + GOOD.encode("utf-32-le"), "utf-32"),
        (codecs.BOM_UTF32_BE + GOOD.encode("utf-32-be"), "utf-32"),
        (f"编号\n{GOOD}\n".encode("utf-16-le"), "binary"),
        (f"编号\n{GOOD}\n".encode("utf-16-be"), "binary"),
        (b"a,b\n1,\xff\n", "undecodable-any"),
    ],
)
def test_what_is_no_csv_file_is_named(data, key):
    assert problem(data).kind == key
    assert "a.csv" in problem(data).message("zh")


def test_an_encoding_that_is_named_is_used_and_not_second_guessed():
    data = f"id,number\n1,{GOOD}\n".encode("gb18030")
    assert read(data, encoding="utf-8")[0][1] == ["1", "³181402001200001"]
    assert problem(f"单位,\n{GOOD},\n".encode("gb18030"), encoding="utf-8").kind == "undecodable"
    assert problem(codecs.BOM_UTF8 + b"a,b\n", encoding="gb18030").kind == "bom-conflict"
    assert problem(codecs.BOM_UTF16_LE + b"a", encoding="utf-8").kind == "bom-conflict"
    assert read(codecs.BOM_UTF8 + b"a\n1\n", encoding="utf-8") == [(2, ["1"])]


@pytest.mark.parametrize("named", [None, "gb18030"])
def test_the_byte_order_mark_of_gb18030_is_no_part_of_the_first_name(named):
    with table(f"\ufeff编号,b\n{GOOD},2\n".encode("gb18030"), encoding=named) as opened:
        assert opened.columns == ("编号", "b")
        assert (opened.encoding, opened.bom) == ("gb18030", True)


@given(
    st.lists(
        st.sampled_from(
            [b"a", b"\n", b"\r", b"\r\n", "鲁".encode(), "鲁".encode("gb18030"), b"\xff", b"\x81"]
        ),
        max_size=40,
    ).map(b"".join),
    st.sampled_from(["utf-8", "gb18030"]),
    st.integers(1, 5),
)
@example(b"a\r" * 3 + "鲁".encode()[:2], "utf-8", 3)
def test_the_place_of_a_wrong_byte_is_exact(data, encoding, block):
    class Trickle(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, block) if size > 0 else size)

    with suppress(UnicodeDecodeError):
        data.decode(encoding)
        assume(False)
    with pytest.raises(UnicodeDecodeError) as caught:
        data.decode(encoding)
    error = caught.value
    before = data[: error.start].decode(encoding)
    lines = before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    wrong = data[error.start : error.end].hex(" ")
    assert locate(Trickle(data), encoding) == (lines + 1, error.start, wrong)


def test_a_wrong_byte_far_in_the_file_is_named_by_line_and_offset():
    good = f"编号\r\n{GOOD}\r\n".encode() * 3_000
    error = problem(good + b"\xc3(\r\n")
    assert error.params == {
        "encoding": "UTF-8",
        "line": 6_001,
        "offset": len(good),
        "bytes": "c3",
    }
    assert "第6001行" in error.message("zh")
    assert f"byte {len(good)} " in error.message("en")


# --- records ----------------------------------------------------------------------------------

cells = st.text('鲁ab"\n,; 1', max_size=5)


@settings(max_examples=50)
@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=8), st.data())
def test_records_come_whole_in_order_and_with_their_first_line(rows, data):
    ending = data.draw(st.sampled_from(["\r\n", "\n", "\r"]))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows([["名", "号"], *rows])
    line, expected = 2, []
    for row in rows:
        expected.append((line, row))
        line += 1 + sum(cell.count("\n") for cell in row)
    with table(text.getvalue(), delimiter=",") as opened:
        assert records(opened) == expected
        assert opened.columns == ("名", "号")


def test_blank_lines_are_records_without_cells():
    assert read("a,b\n1,2\n\n3,4\n") == [(2, ["1", "2"]), (3, []), (4, ["3", "4"])]


def test_blank_lines_before_the_names_are_passed_over():
    with table("\n \n名,号\n1,2\n") as opened:
        assert (opened.columns, opened.header_line) == (("名", "号"), 3)
        assert records(opened) == [(4, ["1", "2"])]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', 3),
        ('a,b\n1,"2" 3\n', 2),
        ('"a,b\n1,2\n', 1),
        ("a,b\n" + '"1","x\n' * 1_100, 2),
    ],
)
def test_quotation_marks_that_do_not_match_are_an_error_that_names_the_record(text, line):
    error = problem(text)
    assert (error.kind, error.params["line"]) == ("quotes", line)


def test_many_records_of_several_lines_are_no_error():
    records = read("a,b\n" + '1,"x\ny\n"\n' * 1_500)
    assert len(records) == 1_500
    assert records[-1][0] == 2 + 3 * 1_499


def test_a_record_of_too_many_lines_is_an_error_that_names_its_beginning():
    error = problem('a,b\n1,2\n1,"' + "x\n" * 1_100 + '"\n')
    assert (error.kind, error.params["line"]) == ("record-too-many-lines", 3)
    assert "1,000" in error.message()


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("header", ["a,b\n", ""])
def test_a_cell_of_megabytes_is_read(quote, header):
    cells = ["1", "x" * (3 << 20)]
    before = csv.field_size_limit()
    with table(f"{header}1,{quote}{cells[1]}{quote}\n3,4\n") as opened:
        assert [row for _, row in records(opened)] == ([cells] if header else []) + [["3", "4"]]
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("a,b\n" + "x" * (9 << 20), 2),
        ("x" * (9 << 20), 1),
        ("\n\n" + "x" * (9 << 20), 3),
        ("a,b\n1,2\n" + '1,"' + ("x" * 9_999 + "\n") * 500 + '"\n', 3),
    ],
)
def test_a_record_without_end_is_not_read_into_memory(data, line):
    error = problem(data)
    assert (error.kind, error.params["line"]) == ("record-too-long", line)
    assert "4,194,304 characters" in error.message()


def test_the_length_of_one_record_is_not_held_against_the_next():
    assert len(read("a,b\n" + f"1,{'x' * (3 << 20)}\n" * 2)) == 2
    assert len(read(" \n" * 2_000 + f"a,b\n1,{'x' * (3 << 20)}\n")) == 1


def test_nul_bytes_are_data_where_they_are_few():
    assert read(f"编号,备注\n{GOOD}\x00,{'x' * 40}\n")[0][1][0] == GOOD + "\x00"


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("a,b;c,d", ","),
        ("a;b", ";"),
        ("a\tb\tc", "\t"),
        ("a|b", "|"),
        ("a", ","),
        ('"a,b,c";d', ";"),
    ],
)
def test_the_delimiter_is_the_one_that_stands_most_often_outside_quotation_marks(line, delimiter):
    with table(line + "\n1\n") as opened:
        assert opened.delimiter == delimiter


def test_a_ctrl_z_ends_a_file_and_nothing_before_its_end():
    rows = "编号,备注\n1,a\x1a\n\n2,b\x1a\n3,c"
    expected = [(2, ["1", "a\x1a"]), (3, []), (4, ["2", "b\x1a"]), (5, ["3", "c"])]
    assert all(read(rows + end) == expected for end in ("", "\n\x1a\x1a\n\x1a", "\x1a"))
    assert len(read(rows + "\n\x1a" * 1_004)) == 4 + 1_001  # so many are held, and no more


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        (f"姓名,证书编号\n甲,x\t{GOOD}\n", ","),
        (f"姓名;证书编号\n甲;a,{GOOD},b,c\n", ";"),
        (f"姓名|职称证号|备注\n甲|a\t{GOOD}|b\tc\n乙|a\t{GOOD}|b\tc\n", "|"),
        (f"姓名,专业,编码\n甲,会计,x;{GOOD}\n", ","),  # names that say nothing of numbers
        (f"sep=|\n姓名,备注|证书编号\n甲,x|{GOOD}\n", "|"),
    ],
)
def test_a_stray_mark_in_a_cell_does_not_outvote_the_header(text, delimiter):
    with table(text) as opened:
        assert opened.delimiter == delimiter
    with table(text, delimiter=";") as opened:
        assert opened.delimiter == ";"


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first", [GOOD, "魯18140200120001", "181402001200001", "1.81402E+14", f"“{GOOD}”", f" {GOOD}"]
)
def test_a_first_line_with_a_number_in_it_names_no_columns(first):
    with table(f"甲,{first}\n乙,{GOOD}\n") as opened:
        assert opened.header_line is None
        assert opened.columns == ("", "")
        assert [line for line, _ in records(opened)] == [1, 2]


def test_the_line_of_the_names_can_be_named():
    text = f"2018年度汇总表,,\n制表：甲,,\n名,号,\n甲,{GOOD},\n"
    with table(text, header_line=3) as opened:
        assert (opened.columns, opened.header_line) == (("名", "号", ""), 3)
        assert records(opened) == [(4, ["甲", GOOD, ""])]
    with table(text, header_line=0) as opened:
        assert opened.header_line is None
        assert len(records(opened)) == 4
    assert problem(text, header_line=9).kind == "no-header-line"
    assert problem("\n\n\n", header_line=3).kind == "no-header-line"


@pytest.mark.parametrize(
    "name", ["证书编号", "2018", "鲁人社规〔2018〕22号", "", "手机13800138", "序号"]
)
def test_what_may_be_a_name(name):
    assert is_name(name)


# --- columns ----------------------------------------------------------------------------------


def guessed(text, **options):
    with table(text, **options) as opened:
        column = opened.guessed()
        return column.index, column.name, column.chosen


@settings(max_examples=15)
@given(st.lists(numbers, min_size=1, max_size=6), st.integers(0, 3), st.integers(0, 10))
def test_the_only_column_with_numbers_is_found_wherever_it_stands(values, at, blank):
    names = ["一", "二", "三", "四"]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    for value in [*values, *[""] * blank]:
        row = ["甲", "2018-12-28", "370000198001010000", "备注：补发鲁181402001200001号证书"]
        row[at] = value
        writer.writerow(row)
    assert guessed(text.getvalue(), delimiter=",") == (at, names[at], "content")


def test_a_column_is_recognised_through_damage():
    damaged = ["魯18140200120001", "鲁18140200120000O", "鲁1.81402E+14", "181402001200001", "无"]
    text = "名,号\n" + "".join(f"甲,{value}\n" for value in damaged)
    assert guessed(text) == (1, "号", "content")


def test_a_column_without_its_prefix_is_recognised_by_its_name():
    assert guessed("名,职称 证书编号\n甲,181402001200001\n")[1:] == ("职称 证书编号", "name")
    assert guessed("name,Certificate_Number\nx,1\n") == (1, "Certificate_Number", "name")


def test_the_only_column_leaves_no_choice():
    assert guessed("号码\n181402001200001\n") == (0, "号码", "name")
    assert guessed("181402001200001\n12\n") == (0, None, "only")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"旧,新\n{GOOD},{GOOD}\n", "column-several"),
        ("证书编号,证书号\n1,2\n", "column-several"),
        ("名,号\n甲,181402001200001\n", "column-unclear"),
        (",".join(f"c{i}" for i in range(50)) + "\n" + ",".join("x" * 50) + "\n", "column-unclear"),
    ],
)
def test_no_column_is_chosen_where_none_or_several_may_be_meant(text, key):
    with table(text) as opened, pytest.raises(UnreadableFile) as caught:
        opened.guessed()
    assert caught.value.kind == key
    assert len(caught.value.message()) < 800


def test_columns_of_an_earlier_report_are_not_taken_for_the_numbers():
    assert guessed(f"号,sdcert_canonical\n{GOOD},{GOOD}\n") == (0, "号", "content")


def test_a_long_file_is_judged_by_its_first_records():
    wide = "甲," + "x" * 1_000 + f",{GOOD}\n"
    assert guessed("名,文,号\n" + wide * 5_000)[0] == 2


def named(text, wanted):
    with table(text) as opened:
        return opened.named(wanted).index


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ("证书编号", 1),
        (" 证书编号 ", 1),
        ("2", 1),
        ("1", 0),
        ("3", 3),
        ("4", 3),
        ("\u200b证书编号", 1),
    ],
)
def test_a_column_is_named_by_its_name_else_by_its_position(wanted, index):
    assert named(f"名, 证书编号\ufeff ,备注,3\n甲,{GOOD},,\n", wanted) == index


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ("没有", "column-missing"),
        ("0", "column-missing"),
        ("5", "column-missing"),
        ("", "column-twice"),
        ("号", "column-twice"),
        ("-1", "column-missing"),
        ("٢", "column-missing"),
        ("9" * 5_000, "column-missing"),
    ],
)
def test_a_column_that_is_not_there_or_there_twice_is_an_error(wanted, key):
    with pytest.raises(UnreadableFile) as caught:
        named(f"号,号,,\n{GOOD},{GOOD},,\n", wanted)
    assert caught.value.kind == key
    assert len(caught.value.message("zh")) < 800


def test_without_names_a_column_has_its_position_alone():
    with table(f"甲,{GOOD}\n") as opened:
        column = opened.named("2")
        assert (column.index, column.name) == (1, None)
        with pytest.raises(UnreadableFile):
            opened.named("")
    assert column.label("en") == "column 2"
    assert column.as_dict() == {"position": 2, "name": None, "chosen": "asked"}


# --- sources ----------------------------------------------------------------------------------


def test_a_file_knows_itself(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"abc")
    with open_source(str(path)) as opened:
        status = path.stat()
        assert (opened.size, opened.identity) == (3, (status.st_dev, status.st_ino))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UnreadableFile) as caught, open_source(str(tmp_path)):
        pass
    assert caught.value.kind == "no-file"


def test_standard_input_is_copied(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"abc")))
    with open_source("-") as opened:
        assert (detect(opened), opened.size, opened.identity) == (
            ("utf-8", False),
            3,
            None,
        )


def test_a_pipe_with_a_name_is_copied(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"abc",))
    writer.start()
    with open_source(str(path)) as opened:
        writer.join()
        opened.file.seek(0)
        assert (opened.file.read(), opened.size) == (b"abc", 3)
