"""Laws of the number as a value, and of the ways from text to it."""

import copy
import inspect
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert._grammar import DIGITS, canonical_match, canonicalize
from sdcert.errors import InvalidNumber, InvalidPart
from sdcert.numbering import (
    PATTERN,
    CertificateNumber,
    Edit,
    Found,
    Normalized,
    NumberScope,
    find,
    normalize,
)
from sdcert.testing.strategies import certificate_numbers, invalid_texts, scopes, written_forms
from tests.damage import texts

DATA = Path(__file__).parent / "data"
P_EXAMPLE = CertificateNumber(2017, "00001", "011", 1)
L_EXAMPLE = CertificateNumber(2018, "14020", "012", 1)
PARTS = st.tuples(
    st.integers(2000, 2099),
    st.integers(0, 99_999).map("{:05}".format),
    st.integers(0, 999).map("{:03}".format),
    st.integers(1, 99_999),
    st.booleans(),
)


@given(PARTS)
def test_text_is_the_parts_in_the_order_of_the_clause(parts):
    year, region, series, sequence, marker = parts
    number = CertificateNumber(*parts)
    written = f"鲁{year % 100:02}{region}{series}{sequence:05}" + ("（基层）" if marker else "")
    assert str(number) == written
    assert tuple(getattr(number, name) for name in number.__match_args__) == parts
    assert number.digits == written[1:16]
    placed = {part: number.digits[slice(*span)] for part, span in DIGITS.items()}
    assert placed == dict(zip(DIGITS, (written[1:3], region, series, written[11:16]), strict=True))
    assert "".join(placed.values()) == number.digits
    assert DIGITS["sequence"][1] == len(number.digits)
    assert str(number.base) == written[:16]
    assert number.scope == NumberScope(year, region, series)
    assert number.scope.number(sequence, marker) == number
    assert str(number.scope) == written[1:11]


@given(PARTS)
def test_parse_undoes_str(parts):
    number = CertificateNumber(*parts)
    assert CertificateNumber.parse(str(number)) == number
    assert CertificateNumber.parse(str(number), strict=True) == number
    assert CertificateNumber.parse(format(number, "grouped")) == number
    assert eval(repr(number), {"CertificateNumber": CertificateNumber}) == number


@given(PARTS, PARTS)
def test_order_equality_and_hash_are_those_of_the_fields(one, other):
    a, b = CertificateNumber(*one), CertificateNumber(*other)
    assert (a == b) is (one == other)
    assert (a < b) is (one < other)
    assert (a <= b) is (one <= other)
    assert (a > b) is (one > other)
    assert (a >= b) is (one >= other)
    assert hash(a) == hash(CertificateNumber(*one))


def test_a_number_is_not_its_text():
    assert (L_EXAMPLE == "鲁181402001200001") is False
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        assert getattr(L_EXAMPLE, compare)(str(L_EXAMPLE)) is NotImplemented
    with pytest.raises(TypeError, match="not supported"):
        _ = L_EXAMPLE < "鲁"


@given(certificate_numbers(), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_pickles_and_copies_are_equal(number, protocol):
    assert pickle.loads(pickle.dumps(number, protocol)) == number
    assert copy.deepcopy(number) == copy.copy(number) == number


@pytest.mark.parametrize("path", sorted(DATA.glob("numbers-*.pickle")), ids=lambda p: p.name)
def test_golden_pickles_load_for_ever(path):
    scope = NumberScope(2018, "14020", "012")
    assert pickle.loads(path.read_bytes()) == [P_EXAMPLE, L_EXAMPLE, scope.number(2, True), scope]


def test_there_is_a_golden_pickle_for_every_protocol_of_0_1():
    protocols = {path.name for path in DATA.glob("numbers-0.1-*.pickle")}
    assert protocols == {f"numbers-0.1-protocol{n}.pickle" for n in range(2, 6)}


def test_a_forged_pickle_is_refused():
    forged = pickle.dumps(L_EXAMPLE).replace(b"81402001200001", b"81402001200000")
    with pytest.raises(InvalidNumber):
        pickle.loads(forged)


def test_a_number_is_immutable():
    with pytest.raises(AttributeError, match="cannot set 'year'"):
        L_EXAMPLE.year = 2019
    with pytest.raises(AttributeError, match="cannot delete '_text'"):
        del L_EXAMPLE._text


def test_structural_pattern_matching():
    match CertificateNumber.parse("鲁170000101100001（基层）"):
        case CertificateNumber(2017, "00001", series, sequence, grassroots=True):
            assert (series, sequence) == ("011", 1)
        case _:
            pytest.fail("the pattern must match")


def test_replace_checks_like_the_constructor():
    assert str(L_EXAMPLE.replace(grassroots=True)) == "鲁181402001200001（基层）"
    with pytest.raises(InvalidNumber):
        L_EXAMPLE.replace(sequence=0)
    with pytest.raises(TypeError):
        L_EXAMPLE.replace(holder="x")


@pytest.mark.parametrize(
    ("spec", "written"),
    [
        ("", "鲁170000101100001"),
        ("grouped", "鲁 17 00001 011 00001"),
        ("s", "鲁170000101100001"),
        (">18", "  鲁170000101100001"),
        (".3", "鲁17"),
    ],
)
def test_format(spec, written):
    assert format(P_EXAMPLE, spec) == written


def test_grouped_keeps_the_marker_behind_the_number():
    assert format(P_EXAMPLE.replace(grassroots=True), "grouped") == "鲁 17 00001 011 00001（基层）"


@pytest.mark.parametrize(
    ("field", "value", "code", "words"),
    [
        ("year", 1999, "length", "year must be 2000–2099, not 1999"),
        ("year", 2100, "length", "year must be 2000–2099, not 2100"),
        ("year", 18, "length", "year must be 2000–2099, all four digits, not 18"),
        ("year", 0, "length", "year must be 2000–2099, all four digits, not 0"),
        ("year", 99, "length", "year must be 2000–2099, all four digits, not 99"),
        ("year", 100, "length", "year must be 2000–2099, not 100"),
        ("year", -1, "length", "year must be 2000–2099, not -1"),
        ("sequence", 2**64 - 1, "length", "sequence must be 1–99999, not 18446744073709551615"),
        ("sequence", 2**64, "length", "sequence must be 1–99999, not …"),
        pytest.param("year", 10**5000, "length", "year must be 2000–2099, not …", id="year-huge"),
        ("region_code", "1402", "length", "region_code must be 5 digits, not 4"),
        ("region_code", "140200", "length", "region_code must be 5 digits, not 6"),
        (
            "region_code",
            "1402O",
            "digits",
            "region_code must be digits 0–9 only; “O” is not one (LATIN CAPITAL LETTER O)",
        ),
        ("region_code", "１４０２０", "digits", "FULLWIDTH DIGIT ONE"),
        ("series_code", "", "length", "series_code must be 3 digits, not 0"),
        ("series_code", "01\n", "digits", "U+000A"),
        ("sequence", 0, "sequence-zero", "the sequence is 00000"),
        ("sequence", -1, "length", "sequence must be 1–99999, not -1"),
        ("sequence", 100_000, "length", "sequence must be 1–99999, not 100000"),
    ],
)
def test_the_constructor_refuses_what_the_grammar_refuses(field, value, code, words):
    with pytest.raises(InvalidNumber) as caught:
        L_EXAMPLE.replace(**{field: value})
    (finding,) = caught.value.findings
    assert (finding.code, finding.field, finding.span) == (code, field, None)
    assert words in str(caught.value)
    if field != "sequence":
        parts = {"year": 2018, "region_code": "14020", "series_code": "012", field: value}
        with pytest.raises(InvalidNumber):
            NumberScope(**parts)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("year", "2018"),
        ("year", 2018.0),
        ("year", True),
        ("region_code", 14020),
        ("series_code", b"012"),
        ("sequence", "1"),
        ("sequence", None),
        ("sequence", True),
        ("grassroots", 1),
        ("grassroots", None),
    ],
)
def test_the_constructor_refuses_other_types(field, value):
    with pytest.raises(TypeError, match=f"{field} must be"):
        L_EXAMPLE.replace(**{field: value})


def test_the_constructor_takes_whatever_is_an_integer_and_subclasses_of_str():
    class Index:
        def __index__(self):
            return 1

    class Text(str):
        __slots__ = ()

        def __str__(self):
            return "not this"

    number = CertificateNumber(2018, Text("14020"), Text("012"), Index())
    assert number == L_EXAMPLE
    assert type(number.region_code) is str


# Normalisation: a closed list.

NORMALIZED = [
    ("鲁181402001200001", "鲁181402001200001", []),
    ("鲁 17 00001 011 00001", "鲁170000101100001", ["field-space"] * 4),
    ("鲁 181402001200001", "鲁181402001200001", ["field-space"]),
    ("鲁\u300018\u00a014020\u2009012\u202f 00001", "鲁181402001200001", ["field-space"] * 4),
    ("鲁181402001200001 （基层）", "鲁181402001200001（基层）", ["field-space"]),
    ("鲁181402001200001(基层)", "鲁181402001200001（基层）", ["half-width-parenthesis"] * 2),
    ("鲁181402001200001(基层）", "鲁181402001200001（基层）", ["half-width-parenthesis"]),
    ("鲁１８１402001200001", "鲁181402001200001", ["full-width-digits"]),
    ("\t鲁181402001200001\r\n", "鲁181402001200001", ["outer-space"] * 2),
    ("\ufeff鲁18\u200b\u200f1402001200001", "鲁181402001200001", ["invisible"] * 2),
    ("鲁181402001200001（基\u2060层）", "鲁181402001200001（基层）", ["invisible"]),
    # nothing else
    ("魯181402001200001", "魯181402001200001", []),
    ("鲁1814 02001200001", "鲁1814 02001200001", []),
    ("鲁 181402001200000", "鲁 181402001200000", []),
    ("鲁18-14020-012-00001", "鲁18-14020-012-00001", []),
    ("鲁18\t1402001200001", "鲁18\t1402001200001", []),
    ("181402001200001", "181402001200001", []),
    ("“鲁181402001200001”", "“鲁181402001200001”", []),
    ("鲁181402001200001［基层］", "鲁181402001200001［基层］", []),
    ("鲁\u202e181402001200001", "鲁\u202e181402001200001", []),
    ("鲁18\u2000402001200001", "鲁18\u2000402001200001", []),
    ("鲁①81402001200001", "鲁①81402001200001", []),
    ("", "", []),
    (" \u200b ", "", ["outer-space", "invisible", "outer-space"]),
]


@pytest.mark.parametrize(("text", "result", "kinds"), NORMALIZED)
def test_normalisation_does_what_the_closed_list_says(text, result, kinds):
    normalized = normalize(text)
    assert normalized.text == result
    assert [edit.kind for edit in normalized.edits] == kinds


@given(texts())
def test_the_edits_are_the_whole_difference(text):
    normalized = normalize(text)
    rebuilt, at = "", 0
    for edit in normalized.edits:
        start, stop = edit.span
        assert at <= start < stop
        assert text[start:stop] == edit.before != edit.after
        rebuilt += text[at:start] + edit.after
        at = stop
    assert rebuilt + text[at:] == normalized.text


@given(texts())
def test_normalisation_is_idempotent(text):
    once = normalize(text).text
    assert normalize(once) == Normalized(once)


@given(texts())
def test_normalisation_never_invents(text):
    """Every character of the result was there, but for width; only the closed list is gone."""
    wide = str.maketrans("０１２３４５６７８９()", "0123456789（）")
    droppable = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"

    def core(some: str) -> str:
        return "".join(c for c in some.translate(wide) if c not in droppable and not c.isspace())

    assert core(normalize(text).text) == core(text)


@given(texts())
def test_the_quick_way_agrees_with_the_reported_one(text):
    canonical = normalize(text).text
    assert canonicalize(text) == (canonical if canonical_match(canonical) else None)


@given(st.data(), certificate_numbers())
def test_every_written_form_is_the_same_number(data, number):
    text = data.draw(written_forms(number))
    assert normalize(text).text == str(number)
    assert CertificateNumber.parse(text) == number


@given(texts())
def test_parse_after_normalise_is_parse_and_strict_accepts_less(text):
    def outcome(call, *args, **kwargs):
        try:
            return call(*args, **kwargs)
        except InvalidNumber:
            return None

    parsed = outcome(CertificateNumber.parse, text)
    assert parsed == outcome(CertificateNumber.parse, normalize(text).text)
    strict = outcome(CertificateNumber.parse, text, strict=True)
    assert strict == (parsed if parsed is not None and str(parsed) == text else None)


def test_strict_says_what_the_canonical_form_is():
    with pytest.raises(InvalidNumber, match="the same number is 鲁170000101100001") as caught:
        CertificateNumber.parse("鲁 17 00001 011 00001", strict=True)
    (finding,) = caught.value.findings
    assert (finding.code, finding.span, finding.params["edits"]) == ("not-canonical", (1, 15), 4)


@pytest.mark.parametrize("value", [None, 1, b"x", ["鲁181402001200001"]])
def test_normalise_and_find_take_text_alone(value):
    with pytest.raises(TypeError, match="text must be a str, not"):
        normalize(value)
    with pytest.raises(TypeError, match="text must be a str, not"):
        find(value)


# The pattern for other engines.


@given(st.one_of(texts(), PARTS.map(lambda parts: str(CertificateNumber(*parts)))))
def test_pattern_is_the_canonical_language(text):
    assert bool(re.fullmatch(PATTERN, text)) is bool(canonical_match(text))


@pytest.mark.parametrize(
    "sequence", ["00000", "00001", "00010", "00100", "01000", "10000", "99999"]
)
def test_pattern_leaves_out_sequence_zero_alone(sequence):
    assert bool(re.fullmatch(PATTERN, f"鲁1814020012{sequence}")) is (sequence != "00000")


def test_pattern_needs_no_feature_that_engines_lack():
    for feature in ("(?=", "(?!", "(?<", "(?P", "^", "$", "\\d", "\\b", "\\A", "\\Z"):
        assert feature not in PATTERN


# Finding numbers in running text.


def test_values_compare_and_show_their_parts():
    assert Found(L_EXAMPLE, 0, 16) == next(find(str(L_EXAMPLE)))
    edit = Edit("outer-space", (0, 1), " ", "")
    assert normalize(" x").edits == (edit,)


@pytest.mark.parametrize(
    ("sequence", "grassroots", "error"),
    [(0, False, InvalidNumber), (100_000, False, InvalidNumber), (True, False, TypeError),
     ("1", False, TypeError), (1, 1, TypeError)],
)  # fmt: skip
def test_a_scope_refuses_what_the_constructor_refuses(sequence, grassroots, error):
    with pytest.raises(error):
        NumberScope(2018, "14020", "012").number(sequence, grassroots)


@given(scopes(), st.integers(1, 99_999), st.integers(0, 50))
def test_a_run_is_the_numbers_one_by_one(scope, first, count):
    if first + count - 1 > 99_999:
        with pytest.raises(InvalidNumber):
            scope.run(first, count)
    else:
        assert scope.run(first, count) == [scope.number(first + n) for n in range(count)]


@pytest.mark.parametrize(
    ("first", "count", "words"),
    [
        (0, 1, "sequence is 00000"),
        (100_000, 0, "sequence must be 1–99999, not 100000"),
        (1, -1, "count must be 0 or more, not -1"),
        (9, -5, "count must be 0 or more, not -5"),
        (99_998, 3, "sequence must be 1–99999, not 100000"),
        (1, 10**9, "sequence must be 1–99999, not 1000000000"),
    ],
)
def test_a_run_out_of_bounds_is_refused(first, count, words):
    with pytest.raises(ValueError, match=words):
        NumberScope(2018, "14020", "012").run(first, count)


def test_a_run_may_end_with_the_last_number():
    scope = NumberScope(2018, "14020", "012")
    assert scope.run(99_998, 2) == [scope.number(99_998), scope.number(99_999)]
    assert scope.run(99_999, 1) == [scope.number(99_999)]
    assert scope.run(99_999, 0) == []


@given(PARTS, PARTS)
def test_scopes_are_ordered_by_their_fields(one, other):
    assert (NumberScope(*one[:3]) < NumberScope(*other[:3])) is (one[:3] < other[:3])


@given(scopes())
def test_scopes_are_values(scope):
    assert pickle.loads(pickle.dumps(scope)) == scope
    assert len({scope, NumberScope(scope.year, scope.region_code, scope.series_code)}) == 1


@given(invalid_texts())
def test_an_invalid_number_error_survives_a_pickle(text):
    with pytest.raises(InvalidNumber) as caught:
        CertificateNumber.parse(text)
    loaded = pickle.loads(pickle.dumps(caught.value))
    assert loaded.args == (loaded.excerpt, loaded.findings) == caught.value.args
    assert str(loaded) == str(caught.value)
    assert loaded.message("zh") == caught.value.message("zh")


def test_a_number_cannot_be_subclassed():
    with pytest.raises(TypeError, match="cannot be subclassed"):
        type("Own", (CertificateNumber,), {})


def test_a_number_is_parsed_to_itself():
    assert CertificateNumber.parse(L_EXAMPLE) is L_EXAMPLE
    assert CertificateNumber.parse(L_EXAMPLE, strict=True) is L_EXAMPLE


@pytest.mark.parametrize("whole", ["鲁181402001200001", L_EXAMPLE])
def test_a_whole_number_given_to_the_constructor_is_told_of_parse(whole):
    with pytest.raises(TypeError, match=r"read a whole number with CertificateNumber\.parse\(\)"):
        CertificateNumber(whole)
    assert str(inspect.signature(CertificateNumber)).endswith(
        "series_code: 'str', sequence: 'SupportsIndex', grassroots: 'bool' = False) "
        "-> 'CertificateNumber'"
    )


@pytest.mark.parametrize("lacking", ["region_code", "series_code", "sequence"])
def test_a_call_that_lacks_a_part_is_told_of_all_of_them(lacking):
    parts = {"year": 2018, "region_code": "14020", "series_code": "012", "sequence": 1}
    del parts[lacking]
    with pytest.raises(TypeError, match="takes year, region_code, series_code and sequence: "):
        CertificateNumber(**parts)


@pytest.mark.parametrize("value", [np.True_, np.False_])
def test_a_truth_value_of_numpy_is_one(value):
    number = CertificateNumber(np.int64(2018), "14020", "012", np.uint8(1), value)
    assert number.grassroots is bool(value)


@pytest.mark.parametrize("count", [None, "2", True, 2.0])
def test_a_count_is_a_whole_number(count):
    with pytest.raises(TypeError, match="count must be an int, not"):
        NumberScope(2018, "14020", "012").run(1, count)


def test_the_errors_of_parts_speak_of_parts():
    with pytest.raises(InvalidPart, match=r"^year must be 2000–2099, all four digits, not 24$"):
        NumberScope(24, "14020", "012")
    with pytest.raises(InvalidPart) as caught:
        CertificateNumber(2018, "1402", "012", 1)
    assert caught.value.message("zh") == "地区部门识别代码应为5位数字，现为4位"
    with pytest.raises(TypeError, match="series_code must be a str of 3 digits, not int"):
        CertificateNumber(2018, "14020", 12, 1)
