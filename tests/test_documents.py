"""The strict reader: one pass over a document finds every fault, each with its place."""

import pickle
import time
from datetime import date

import pytest

from sdcert._documents import Reader, load_json, load_toml
from sdcert._faults import DocumentError, Fault
from sdcert.findings import Params


def read(data, **more):
    return Reader(data, "n.toml", **more)


def messages(reader, lang="en"):
    return [fault.message(lang) for fault in reader.faults]


def test_what_is_there_is_read():
    reader = read(
        {
            "text": " a ", "flag": True, "whole": 3, "day": "2019年1月27日", "texts": ["a", "b"],
            "years": [2018, 2019], "word": "x", "words": ["x", "y"],
            "table": {"a": 1}, "tables": [{"a": 1}, {"a": 2}],
        }
    )  # fmt: skip
    words = {"x": 1, "y": 2}
    assert reader.text("text") == "a"
    assert reader.flag("flag") is True
    assert reader.flag("absent") is False
    assert reader.whole("whole", 1, 3) == 3
    assert reader.day("day") == date(2019, 1, 27)
    assert reader.texts("texts") == ("a", "b")
    assert reader.wholes("years", 2000, 2099) == (2018, 2019)
    assert reader.choice("word", words) == 1
    assert reader.choices("words", words) == (1, 2)
    assert reader.table("table").take("a") == 1
    assert [one.take("a") for one in reader.tables("tables")] == [1, 2]
    assert reader.tables("absent") == ()
    assert reader.texts("absent") == ()
    assert reader.wholes("absent", 1, 2) == ()
    assert reader.choices("absent", words, required=False) == ()
    assert reader.text("absent", required=False) == ""
    assert reader.day("absent", required=False) is None
    assert reader.choice("absent", words, required=False) is None
    assert reader.has("text")
    reader.close()
    assert reader.faults == []


@pytest.mark.parametrize(
    ("value", "method", "arguments", "english", "chinese"),
    [
        (1, "text", (), "k “1”: must be text, not empty", "k“1”：应为文本，且不能为空"),
        ("a\x00b", "text", (), "k “a\\x00b”: must be text of at most 2000 characters, without "
         "control characters", "k“a\\x00b”：应为不超过2000个字符的文本，且不得含有控制字符"),
        ("x", "flag", (), "k “x”: must be true or false", "k“x”：应为true或false"),
        (True, "whole", (1, 9), "k “True”: must be a whole number from 1 through 9",
         "k“True”：应为1至9的整数"),
        ("x", "day", (), "k “x”: not a date (write 2019-01-27, 2019/1/27 or 2019年1月27日)",
         "k“x”：不是日期（请写作2019-01-27、2019/1/27或2019年1月27日）"),
        ([], "texts", (), "k “[]”: must be a list with at least one item", "k“[]”：应为非空列表"),
        (["a", "a"], "texts", (), "k: duplicate item", "k：有重复项"),
        (["a", 1], "texts", (), "k 2 “1”: must be text, not empty", "k 2“1”：应为文本，且不能为空"),
        ("z", "choice", ({"x": 1, "y": 2},), "k “z”: must be one of x, y", "k“z”：应为x、y之一"),
        ("z", "choice", ({f"{n:02}": n for n in range(50)},),
         "k “z”: must be one of 00, 01, 02, …, 49", "k“z”：应为00、01、02、…、49之一"),
        (1, "table", (), "k “1”: must be a table (in JSON, an object)",
         "k“1”：此处应为表（在JSON中为对象）"),
        (1, "tables", (), "k “1”: must be an array of tables, [[k]] (in JSON, of objects)",
         "k“1”：应为表数组，写作[[k]]（在JSON中为对象数组）"),
        ([1], "tables", (), "k 1 “1”: must be a table (in JSON, an object)",
         "k 1“1”：此处应为表（在JSON中为对象）"),
        (1, "string", (), "k “1”: must be text, not empty", "k“1”：应为文本，且不能为空"),
        ("x", "strings", (), "k “x”: must be a list with at least one item", "k“x”：应为非空列表"),
        (["", 1], "strings", (), "k 2 “1”: must be text, not empty",
         "k 2“1”：应为文本，且不能为空"),
    ],
)  # fmt: skip
def test_each_fault_names_place_value_and_reason(value, method, arguments, english, chinese):
    reader = read({"k": value}, place="clause 1")
    getattr(reader, method)("k", *arguments)
    assert messages(reader) == [f"n.toml, clause 1 › {english}"]
    assert messages(reader, "zh") == [f"n.toml，clause 1 › {chinese}"]


@pytest.mark.parametrize(("value", "known"), [(0, False), (1, True), (9, True), (10, False)])
def test_the_bounds_of_a_whole_number_are_included(value, known):
    reader = read({"k": value})
    assert reader.whole("k", 1, 9) == (value if known else None)
    assert messages(reader) == ([] if known else [
        f"n.toml, k “{value}”: must be a whole number from 1 through 9"
    ])  # fmt: skip


def test_a_text_has_at_most_2000_characters():
    reader = read({"fits": "x" * 2000, "more": "x" * 2001})
    assert (len(reader.text("fits")), reader.text("more")) == (2000, "")
    assert [fault.key for fault in reader.faults] == ["more"]


@pytest.mark.parametrize(("count", "shown"), [(20, 20), (21, 5)])
def test_up_to_20_known_words_are_named(count, shown):
    reader = read({"k": "z"})
    reader.choice("k", {f"{n:02}": n for n in range(count)})
    assert len(reader.faults[0].params["known"]) == shown


def test_what_a_fault_shows_is_short():
    long = "x" * 1000
    fault = Fault("tables", long, long, Params(name=long), long, 1, long)
    lengths = [len(text) for text in (fault.value, fault.key, fault.file, fault.place)]
    assert lengths == [25, 61, 121, 121]  # the last of them is the mark of the cut
    assert fault.reason() == f"must be an array of tables, [[{'x' * 500}…]] (in JSON, of objects)"
    faults = []
    load_toml(f"[{long}]\n[{long}]".encode(), long, faults)
    assert len(faults[0].params["reason"]) == 201


def test_a_fault_of_the_reader_of_files_is_its_reason_alone():
    reason = "a.csv: cannot be read"
    assert str(Fault("unreadable", file="a.csv", params=Params(reason=reason))) == reason


def test_what_is_faulty_is_read_as_if_it_were_absent():
    faulty, absent = read({"k": 3.5}), read({})
    for method, arguments in (
        ("text", ()), ("flag", ()), ("whole", (1, 9)), ("day", ()), ("texts", ()), ("tables", ()),
        ("wholes", (1, 9)), ("choice", ({},)), ("choices", ({},)), ("string", ()),
        ("strings", ()),
    ):  # fmt: skip
        values = [getattr(reader, method)("k", *arguments) for reader in (faulty, absent)]
        assert values[0] == values[1], method
    assert faulty.table("k").data == absent.table("k").data == {}


def test_a_list_that_another_class_checks_may_be_empty_and_repeat_itself():
    reader = read({"none": [], "twice": ["a", "a"]})
    assert (reader.strings("none"), reader.strings("twice")) == ((), ("a", "a"))
    assert reader.faults == []
    assert (reader.texts("none"), reader.texts("twice")) == ((), ("a", "a"))
    assert [fault.kind for fault in reader.faults] == ["list", "doubled"]


def test_a_fault_may_have_a_value_alone():
    assert Fault("day", value="x", file="a.csv").message().startswith("a.csv, “x”: not a date")


def test_what_is_missing_and_what_nobody_reads_are_faults():
    reader = read({"spare": 1, "extra": 2})
    assert reader.text("k") == ""
    assert reader.whole("n", 1, 2) is None
    assert reader.table("t").data == {}
    assert reader.choices("c", {}) == ()
    assert reader.choice("one", {}) is None
    assert reader.day("d") is None
    reader.take("spare")
    reader.close()
    assert messages(reader) == [
        "n.toml, k: a value is required",
        "n.toml, n: a value is required",
        "n.toml, t: a value is required",
        "n.toml, c: a value is required",
        "n.toml, one: a value is required",
        "n.toml, d: a value is required",
        "n.toml, extra: unknown key; known keys: k, n, t, c, one, d, spare",
    ]
    other = read({"extra": 2}, row=7)
    assert not other.has("a")
    assert other.string("b") is None
    assert other.strings("c") == other.tables("d") == other.texts("e") == ()
    assert other.wholes("f", 1, 2) == ()
    other.close()
    assert messages(other) == ["n.toml, row 7, extra: unknown key; known keys: a, b, c, d, e, f"]
    assert messages(other, "zh") == ["n.toml，第7行，extra：未知的键；可用：a、b、c、d、e、f"]


def test_nested_tables_share_their_faults_and_know_their_place():
    reader = read({"clause": [{"both": {"en": "a", "x": 1}}]})
    (clause,) = reader.tables("clause")
    clause.extend_place("二（二）")
    both = clause.table("both")
    both.text("en")
    both.text("zh")
    both.close()
    assert messages(reader) == [
        "n.toml, clause 1 二（二） › both › zh: a value is required",
        "n.toml, clause 1 二（二） › both › x: unknown key; known keys: en, zh",
    ]


@pytest.mark.parametrize("version", [True, 1.0, "1", 2, None])
def test_only_the_number_itself_is_the_version(version):
    reader = read({"format": version})
    reader.version(1)
    reason = "a value is required"
    if version is not None:
        reason = "unsupported format version; only version 1 is supported"
    assert [fault.reason() for fault in reader.faults] == [reason]
    good = read({"format": 1})
    good.version(1)
    assert good.faults == []


def test_the_items_of_an_array_may_be_counted_as_rows():
    reader = read({"editions": [{"entries": [{"code": 7}, 8]}]})
    (edition,) = reader.tables("editions")
    (entry,) = edition.tables("entries", rows=True)
    entry.string("code")
    assert messages(reader) == [
        "n.toml, editions 1 › entries 2 “8”: must be a table (in JSON, an object)",
        "n.toml, editions 1 › entries 1 › code “7”: must be text, not empty",
    ]
    assert [fault.row for fault in reader.faults] == [2, 1]
    (edition,) = reader.tables("editions")
    edition.fault("list", "entries")
    assert reader.faults[-1].row is None


def test_a_key_that_is_faulty_is_not_blamed_for_what_follows():
    reader = read({"code": 7}, row=3, headings={"code": "代码", "name": "名称"})
    assert reader.string("code") is None
    reader.note([Fault("missing", "code"), Fault("missing", "name"), Fault("formula", "name")])
    assert [(fault.kind, fault.key, fault.row) for fault in reader.faults] == [
        ("text-needed", "代码", 3), ("missing", "名称", 3), ("formula", "名称", 3),
    ]  # fmt: skip
    assert reader.faulty == {"code", "name"}


def test_a_fault_without_a_place_is_its_reason():
    assert str(Fault("no-headings")) == "the table has no header row"
    assert Fault("day", value="x").message("zh").startswith("“x”：不是日期")
    assert Fault("day").at("a.csv", 3).message().startswith("a.csv, row 3: not a date")


def test_an_error_has_every_fault_and_prints_a_hundred():
    error = DocumentError([Fault("key-doubled", str(n), params=Params()) for n in range(102)])
    assert len(error.faults) == 102
    assert str(error).endswith("\n… and 2 more")
    assert error.message("zh").endswith("\n……另有2处")
    assert pickle.loads(pickle.dumps(error)).faults == error.faults
    assert error.args == (error.faults,)


@pytest.mark.parametrize(
    ("data", "english", "chinese"),
    [
        (b"a = ", "TOML syntax error at line 1, column 5: Invalid value",
         "TOML语法有误（第1行第5列）"),
        (b"a = 1\nb = \xe4\xb8\xad", "TOML syntax error at line 2, column 5: Invalid value",
         "TOML语法有误（第2行第5列）"),
        ("a = '中'".encode("gb18030"), "a TOML file must be in UTF-8", "TOML文件应为UTF-8编码"),
        (b"a = " + b"[" * 100_000,
         "nested too deeply, or a number has too many digits: cannot be read",
         "嵌套过深，或有数字位数过多，无法读取"),
    ],
)  # fmt: skip
def test_toml_that_cannot_be_read_is_a_fault(data, english, chinese):
    faults = []
    assert load_toml(data, "n.toml", faults) is None
    assert [fault.message() for fault in faults] == [f"n.toml: {english}"]
    assert [fault.message("zh") for fault in faults] == [f"n.toml：{chinese}"]


def test_toml_with_a_byte_order_mark_is_read():
    faults = []
    assert load_toml("\ufeffa = '中'".encode(), "n.toml", faults) == {"a": "中"}
    assert faults == []


def test_json_is_read_from_bytes_and_from_text():
    faults = []
    for data in ('{"a": "中"}', "\ufeff" + '{"a": "中"}'):
        assert load_json(data, "n.json", faults) == {"a": "中"}
        assert load_json(data.encode(), "n.json", faults) == {"a": "中"}
    assert faults == []


@pytest.mark.parametrize(
    ("data", "english"),
    [
        (b"\xff", "n.json: a JSON file must be in UTF-8"),
        ("{", "n.json: JSON syntax error at line 1, column 2: Expecting property name"),
        (f"[{'9' * 5000}]", "n.json: nested too deeply, or a number has too many"),
        ("[1]", "n.json, “[1]”: must be a table (in JSON, an object)"),
    ],
)
def test_json_that_holds_no_object_is_a_fault(data, english):
    faults = []
    assert load_json(data, "n.json", faults) is None
    assert len(faults) == 1
    assert faults[0].message().startswith(english)


def test_the_keys_of_json_that_stand_twice_are_told_in_linear_time():
    pairs = ", ".join(f'"k{n}": 1' for n in range(100_000))
    begun = time.perf_counter()
    reader = Reader(load_json(f'{{{pairs}, "k0": 2}}', "n.json", []), "n.json")
    assert time.perf_counter() - begun < 10  # quadratic time would take minutes
    for n in range(100_000):
        reader.take(f"k{n}")
    reader.close()
    assert messages(reader) == ["n.json, k0: duplicate key"]
