"""Every way in which a value can be wrong has its finding, with the case and the place."""

import math
import time
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert._diagnosis import diagnose, excerpt_of, is_missing, name_of, not_canonical
from sdcert._grammar import canonicalize
from sdcert.errors import InvalidNumber
from sdcert.findings import FindingCode, Severity
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber
from sdcert.testing.strategies import invalid_texts
from tests.damage import texts

# text → (code, kind, what the span covers, field) of each finding, in order
TEXTS = [
    # 鲁
    ("181402001200001", [("prefix", "bare-digits", "", "prefix")]),
    (" １81402001200001\u200b", [("prefix", "bare-digits", "", "prefix")]),
    ("181402001200000", [("prefix", "bare-digits", "", "prefix"),
     ("sequence-zero", "sequence-zero", "00000", "sequence")]),
    ("18140200120001", [("prefix", "missing", "", "prefix"),
     ("length", "short", "18140200120001", "digits")]),
    ("181402001200001（基层）", [("prefix", "missing", "", "prefix")]),
    # numbers of other schemes, told by their length (made up: region 999999, unit 99)
    ("999999199912319999", [("prefix", "identity-card", "", "prefix"),
     ("length", "long", "999999199912319999", "digits")]),
    ("99999919991231999X", [("prefix", "identity-card", "", "prefix"),
     ("length", "long", "99999919991231999X", "digits"), ("digits", "letter", "X", "digits")]),
    ("999999199913319999", [("prefix", "missing", "", "prefix"),
     ("length", "long", "999999199913319999", "digits")]),
    ("A99031990000000001", [("prefix", "hunan", "A", "prefix"),
     ("length", "long", "99031990000000001", "digits")]),
    ("D99031990000000001", [("prefix", "wrong", "D", "prefix"),
     ("length", "long", "99031990000000001", "digits")]),
    ("（基层）", [("prefix", "missing", "", "prefix"), ("length", "short", "", "digits")]),
    ("魯181402001200001", [("prefix", "traditional", "魯", "prefix")]),
    ("粤181402001200001", [("prefix", "other-province", "粤", "prefix")]),
    ("SD181402001200001", [("prefix", "wrong", "SD", "prefix")]),
    ("编号：鲁181402001200001", [("prefix", "text-before", "编号：", "prefix")]),
    (
        "編號：魯181402001200001",
        [("prefix", "text-before", "編號：", "prefix"), ("prefix", "traditional", "魯", "prefix")],
    ),
    ("鲁鲁181402001200001", [("layout", "text", "鲁", "text")]),
    ("\u202e鲁181402001200001", [("layout", "bidi-control", "\u202e", "text")]),
    ("\x1b 鲁181402001200001", [("layout", "control", "\x1b", "text")]),
    (
        "\x1b181402001200001",
        [("layout", "control", "\x1b", "text"), ("prefix", "missing", "", "prefix")],
    ),
    (
        "编\t号魯181402001200001",
        [("prefix", "text-before", "编\t号", "prefix"), ("layout", "tab", "\t", "text"),
         ("prefix", "traditional", "魯", "prefix")],
    ),
    # length
    ("鲁18140200120001", [("length", "short", "18140200120001", "digits")]),
    ("鲁1814020012000011", [("length", "long", "1814020012000011", "digits")]),
    ("鲁", [("length", "short", "", "digits")]),
    ("鲁（基层）", [("length", "short", "", "digits")]),
    ("鲁" + "1" * 200, [("length", "text", "鲁" + "1" * 200, "text")]),
    # digits
    ("鲁18140200120000O", [("digits", "letter-o", "O", "sequence")]),
    ("鲁l81402001200001", [("digits", "letter", "l", "year")]),
    ("鲁18Ａ4020012OO001", [("digits", "letter", "Ａ", "region_code"),
                        ("digits", "letter-o", "OO", "sequence")]),
    ("鲁١٨1402001200001", [("digits", "foreign-digit", "١٨", "year")]),
    ("鲁1814020０१२00001", [("digits", "foreign-digit", "१२", "series_code")]),
    ("鲁18140200120000¹", [("digits", "superscript", "¹", "sequence")]),
    ("鲁①81402001200001", [("digits", "superscript", "①", "year")]),
    ("鲁18140200120000Ⅳ", [("digits", "numeric", "Ⅳ", "sequence")]),
    ("鲁一二1402001200001", [("digits", "chinese-numeral", "一二", "year")]),
    ("鲁18140200120〇〇01", [("digits", "chinese-numeral", "〇〇", "sequence")]),
    ("鲁1.81402E+14", [("digits", "scientific-notation", "1.81402E+14", "digits")]),
    ("鲁 1.81402e14", [("digits", "scientific-notation", "1.81402e14", "digits")]),
    (
        "181402001200001.0",
        [("prefix", "missing", "", "prefix"), ("digits", "decimal", "181402001200001.0", "digits")],
    ),
    # sequence
    ("鲁181402001200000", [("sequence-zero", "sequence-zero", "00000", "sequence")]),
    ("鲁181402001200000（基层）", [("sequence-zero", "sequence-zero", "00000", "sequence")]),
    # layout
    ("鲁1814 02001200001", [("layout", "space", " ", "region_code")]),
    ("鲁1 81402001200001", [("layout", "space", " ", "year")]),
    ("鲁181402001200 001", [("layout", "space", " ", "sequence")]),
    ("鲁18140\t2001200001", [("layout", "tab", "\t", "text")]),
    ("鲁18140\r\n2001200001", [("layout", "line-break", "\r\n", "text")]),
    ("鲁181402001200001\n（基层）", [("layout", "line-break", "\n", "text")]),
    ("鲁\u202e181402001200001\u202c", [("layout", "bidi-control", "\u202e", "text"),
                                      ("layout", "bidi-control", "\u202c", "text")]),
    ("鲁18\x001402001200001", [("layout", "control", "\x00", "text")]),
    ("鲁18\ud8001402001200001", [("layout", "control", "\ud800", "text")]),
    ("鲁18\u2000\u20001402001200001", [("layout", "foreign-space", "\u2000\u2000", "text")]),
    ("鲁18-14020-012-00001", [("layout", "separator", "-", "text")] * 3),
    ("鲁181402001200001号", [("layout", "text-after", "号", "text")]),
    ("鲁181402001200001 （注：补办）", [("layout", "text-after", "（注：补办）", "text")]),
    ("鲁181402001200001（基层）号", [("layout", "text-after", "号", "text")]),
    ("鲁181402001200001\t号", [("layout", "tab", "\t", "text"),
                             ("layout", "text-after", "\t号", "text")]),
    (
        "“鲁181402001200001”",
        [("prefix", "text-before", "“", "prefix"), ("layout", "text-after", "”", "text")],
    ),
    ("鲁181402001200001x", [("layout", "text-after", "x", "text")]),
    ("鲁181402001200001 copy", [("layout", "text-after", "copy", "text")]),
    ("鲁181402001200001X（基层）", [("layout", "text-after", "X", "text")]),
    ("鲁181402001200001（基层）x", [("layout", "text-after", "x", "text")]),
    (
        "鲁18140200120001（基层）x",
        [("length", "short", "18140200120001", "digits"), ("layout", "text-after", "x", "text")],
    ),
    ("鲁181402001200001²", [("length", "long", "181402001200001²", "digits"),
                         ("digits", "superscript", "²", "digits")]),
    ("鲁181402001200001（基层）\x00", [("layout", "control", "\x00", "text")]),
    # marker
    ("鲁181402001200001（基层）（基层）", [("marker", "doubled", "（基层）（基层）", "marker")]),
    ("鲁181402001200001（基层", [("marker", "unclosed", "（基层", "marker")]),
    ("鲁181402001200001基层)", [("marker", "unclosed", "基层)", "marker")]),
    ("鲁（基层）181402001200001", [("marker", "misplaced", "（基层）", "marker")]),
    ("（基层）鲁181402001200001", [("marker", "misplaced", "（基层）", "marker")]),
    ("鲁18140（基层）2001200001", [("marker", "misplaced", "（基层）", "marker")]),
    ("鲁181402001200001（基層）", [("marker", "traditional", "（基層）", "marker")]),
    ("鲁181402001200001基层", [("marker", "no-brackets", "基层", "marker")]),
    ("鲁181402001200001 基层", [("marker", "no-brackets", " 基层", "marker")]),
    ("鲁181402001200001【基层】", [("marker", "brackets", "【基层】", "marker")]),
    ("鲁181402001200001（ 基层 ）", [("marker", "form", "（ 基层 ）", "marker")]),
    ("鲁181402001200001（基层医生）", [("marker", "form", "（基层医生）", "marker")]),
    ("鲁181402001200001（基）", [("marker", "form", "（基）", "marker")]),
    # nothing
    ("", [("empty", "nothing", "", "text")]),
    (" \u200b\t", [("empty", "blank", " \u200b\t", "text")]),
    # several at once, in the order of the text
    (
        "魯18O402001200000(基层",
        [("prefix", "traditional", "魯", "prefix"), ("digits", "letter-o", "O", "region_code"),
         ("sequence-zero", "sequence-zero", "00000", "sequence"),
         ("marker", "unclosed", "(基层", "marker")],
    ),
    ("abc", [("prefix", "wrong", "abc", "prefix"), ("length", "short", "", "digits")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=lambda v: repr(v)[:30])
def test_each_damage_is_named_at_its_place(text, expected):
    findings = diagnose(text)
    assert [(f.code, f.kind, text[slice(*f.span)], f.field) for f in findings] == expected
    assert all(f.message("en") != f.message("zh") for f in findings)
    for f in findings:
        if f.code in ("prefix", "marker"):
            assert f.params["shown"] == excerpt(text[slice(*f.span)])


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=lambda v: repr(v)[:30])
def test_spans_count_in_the_text_as_given(text, expected):
    padded = "\ufeff \u200b" + "\u200b".join(text) + "\u2060 \n"
    spans = [padded[slice(*f.span)].replace("\u200b", "") for f in diagnose(padded)]
    if expected[0][1] not in ("nothing", "blank", "text"):  # these span the whole text
        assert spans == [piece for *_, piece, _ in expected]


DIGITS = "18140200120000"
FIELDS = ["year"] * 2 + ["region_code"] * 5 + ["series_code"] * 3 + ["sequence"] * 5


@pytest.mark.parametrize("at", range(15))
def test_a_space_is_named_within_a_field_alone(at):
    # a wrong digit, so that the text is no number wherever the space stands
    text = f"鲁{DIGITS[:at]} {DIGITS[at:]}X"
    within = at not in (0, 2, 7, 10, 15)
    spaces = [(f.field, f.span) for f in diagnose(text) if f.kind == "space"]
    assert spaces == ([(FIELDS[at], (at + 1, at + 2))] if within else [])


@pytest.mark.parametrize("series", ["010", "011"])
@pytest.mark.parametrize("sequence", ["00000", "10000", "01000", "00100", "00010", "00001"])
def test_a_sequence_is_zero_if_all_of_its_digits_are(series, sequence):
    kinds = [finding.kind for finding in diagnose(f"魯1814020{series}{sequence}")]
    assert kinds == ["traditional", *["sequence-zero"] * (sequence == "00000")]


@pytest.mark.parametrize(
    ("wrong", "english", "chinese"),
    [
        ("O", "LATIN CAPITAL LETTER O", "U+004F"),
        ("OO", "LATIN CAPITAL LETTER O", "U+004F"),
        ("Oo", "LATIN CAPITAL LETTER O …", "U+004F等"),
        ("ABC", "LATIN CAPITAL LETTER A …", "U+0041等"),
    ],
)
def test_wrong_characters_are_named_by_the_first_of_them(wrong, english, chinese):
    (finding,) = diagnose(f"鲁{wrong}{DIGITS[len(wrong) :]}1")
    name = finding.params["name"]
    assert (str(name), name.zh) == (english, chinese)
    assert name == name_of(wrong[0], more="…" in english)
    assert name_of("O") == "LATIN CAPITAL LETTER O"


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("-", "-"), ("\t", "\\t"), ("\n", "\\n"), ("号", "号"), ("\u2000", "EN QUAD"),
        ("\x00", "U+0000"), ("\u202e", "RIGHT-TO-LEFT OVERRIDE"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_shown_by_its_name(char, shown):
    (finding,) = diagnose(f"鲁18{char}1402001200001")
    assert finding.params["shown"] == shown


def test_a_long_text_is_described_by_its_length_alone():
    short, long = ("鲁" + "\u200b".join(count * "1") for count in (95, 96))
    assert [(f.code, f.kind, f.params["count"]) for f in diagnose(short)] == [
        ("length", "long", 95)
    ]
    assert [(f.code, f.kind, f.params["count"]) for f in diagnose(long)] == [("length", "text", 97)]


def test_another_writing_is_of_the_kind_of_its_first_edit():
    finding = not_canonical("鲁 １８ 1402001200001\u200b")
    kinds = "field-space full-width-digits invisible"
    assert (finding.kind, finding.params["kinds"]) == ("field-space", kinds)
    assert (finding.span, finding.params["edits"]) == ((1, 19), 4)


MISSING = ("missing", "bare-digits", "short")


@pytest.mark.parametrize(
    "marked",
    ["鲁^", "鲁^ ", "鲁^（基层）", "abc^", "^181402001200001", "\u200b^181402001200001",
     "\x1b^181402001200001", "^181402001200001（基层）", "^（基层）", " \u200b^（基层）",
     "鲁^（基層）", "^（基層）", "鲁^基层"],
)  # fmt: skip
def test_what_is_missing_has_the_place_where_it_should_stand(marked):
    at = marked.index("^")
    missing = [f for f in diagnose(marked.replace("^", "")) if f.kind in MISSING]
    assert {f.span for f in missing} == {(at, at)}


VALUES = [
    (None, "none", "NoneType", "None"),
    (math.nan, "nan", "float", "nan"),
    (1.81402e14, "float", "float", "181402000000000.0"),
    (181402001200001, "int", "int", "181402001200001"),
    (True, "bool", "bool", "True"),
    ("鲁181402001200001".encode(), "bytes", "bytes", "bytes"),
    (Decimal(1), "other", "Decimal", "Decimal"),
    (["鲁181402001200001"], "other", "list", "list"),
]


@pytest.mark.parametrize(("value", "kind", "type_name", "shown"), VALUES)
def test_what_is_not_text_is_named_by_its_type(value, kind, type_name, shown):
    (finding,) = diagnose(value)
    assert (finding.code, finding.span, finding.params) == (
        FindingCode.NOT_TEXT,
        None,
        {"kind": kind, "type": type_name, "shown": shown},
    )
    assert finding.message("en") != finding.message("zh")
    with pytest.raises(InvalidNumber):
        CertificateNumber.parse(value)


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        (None, True), (math.nan, True), (np.float32("nan"), True), (Decimal("NaN"), True),
        (np.datetime64("NaT", "D"), True), (np.timedelta64("NaT", "D"), True),
        (pd.NA, True), (pd.NaT, True),
        (Decimal("sNaN"), False), ("", False), ("nan", False), (0, False), (0.0, False),
        (False, False), (np.float32(0), False), (Decimal(0), False), (math.inf, False), ([], False),
    ],
)  # fmt: skip
def test_what_stands_for_no_value_is_missing(value, missing):
    assert is_missing(value) is missing
    assert (diagnose(value)[0].kind in ("none", "nan")) is missing


def test_an_integer_too_long_to_print_is_not_printed():
    assert excerpt_of(2**96 - 1) == "792281625142643375935439…"
    assert excerpt_of(2**96) == excerpt_of(10**5000) == excerpt_of(-(10**5000)) == "…"


class Hostile:
    """Everything about it raises or lies."""

    __class__ = property(lambda self: str)

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]  # cannot be hashed either


class Meta(type):
    @property
    def __name__(cls):
        raise RuntimeError

    def __eq__(cls, other):
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]  # cannot be a key either


class HostileType(metaclass=Meta):
    pass


class HostileText(str):
    __slots__ = ()

    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


for name in ("__len__", "__getitem__", "__iter__", "strip", "translate", "isascii", "isdigit"):
    setattr(HostileText, name, HostileText.__str__)


def test_hostile_objects_are_findings():
    for value in (Hostile(), HostileType()):
        with pytest.raises(InvalidNumber) as caught:
            CertificateNumber.parse(value)
        assert caught.value.findings[0].code == "not-text"


def test_a_hostile_text_is_read_as_the_text_it_is():
    assert CertificateNumber.parse(HostileText(" 鲁181402001200001")).sequence == 1
    with pytest.raises(InvalidNumber, match="not 14"):
        CertificateNumber.parse(HostileText("鲁18140200120001"))


@pytest.mark.parametrize(
    "text",
    [
        "1" * 1_000_000,
        "鲁" + "1" * 1_000_000,
        "１1" * 500_000,
        "\u200b" * 1_000_000,
        " " * 1_000_000 + "x",
        "鲁" * 1_000_000,
        "（基层）" * 250_000,
        "\x1b[31m" * 200_000,
        "鲁18140200120001" + "\u200b" * 1_000_000,
    ],
    ids=lambda text: f"{text[:6]!r}",
)
def test_a_megabyte_is_answered_at_once_and_shown_short(text):
    # processor time, generous: a quadratic way would take minutes
    began = time.process_time()
    with pytest.raises(InvalidNumber) as caught:
        CertificateNumber.parse(text)
    assert time.process_time() - began < 5
    for lang in ("en", "zh"):
        message = caught.value.message(lang)
        assert len(message) < 400
        assert message.isprintable()


@given(texts())
def test_a_text_has_findings_exactly_if_it_is_no_number(text):
    findings = diagnose(text)
    assert (findings == ()) is (canonicalize(text) is not None)
    for finding in findings:
        assert finding.severity is Severity.INVALID
        start, stop = finding.span
        assert 0 <= start <= stop <= len(text)
        for lang in ("en", "zh"):
            message = finding.message(lang)
            assert message.isprintable()
            assert len(message) < 200
            assert "{" not in message or "{" in text
    assert [f.span for f in findings] == sorted(f.span for f in findings)


DAMAGES = ["empty", "prefix", "length", "digits", "layout", "sequence-zero", "marker"]


@given(st.sampled_from(DAMAGES), st.data())
def test_each_damage_strategy_has_its_finding_first(code, data):
    text = data.draw(invalid_texts(code))
    assert diagnose(text)[0].code == code
