"""Numbers in running text: each is found whole, in any written form, with what follows it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.findings import FindingCode, Severity
from sdcert.numbering import CertificateNumber, find
from sdcert.testing.strategies import certificate_numbers, written_forms
from tests.damage import texts

DATA = Path(__file__).parent / "data"
P_EXAMPLE = CertificateNumber(2017, "00001", "011", 1)
L_EXAMPLE = CertificateNumber(2018, "14020", "012", 1)

RUNNING = [
    ("编号为“鲁 17 00001 011 00001”，其中", ["鲁170000101100001"]),
    ("例：编号为“鲁 181402001200001”，其中：", ["鲁181402001200001"]),
    ("鲁181402001200001鲁181402001200002", ["鲁181402001200001", "鲁181402001200002"]),
    ("山东省（鲁181402001200001(基层)）", ["鲁181402001200001（基层）"]),
    ("鲁181402001200001（基层单位推荐）", ["鲁181402001200001"]),
    ("鲁181402001200001 2019年核准", ["鲁181402001200001"]),
    ("鲁181402001200001.", ["鲁181402001200001"]),
    ("2018鲁181402001200001号", ["鲁181402001200001"]),
    (
        "鲁１８\u200b1402001200001、鲁18\u200b1402001200002",
        ["鲁181402001200001", "鲁181402001200002"],
    ),
    ("鲁1814020012000011", []),
    ("鲁181402001200001\u200b1", []),
    ("鲁181402001200001٣", []),
    ("鲁181402001200001E+14", []),
    ("鲁181402001200001²", []),
    ("鲁181402001200001①", []),
    ("鲁181402001200001é", []),
    ("鲁181402001200001Ａ", []),
    ("鲁181402001200001_1", []),
    ("鲁181402001200001_张三.pdf", ["鲁181402001200001"]),
    ("鲁181402001200001𠀀", ["鲁181402001200001"]),
    ("鲁181402001200001.0", []),
    ("鲁181402001200000", []),
    ("鲁1814020012０００００", []),
    ("鲁18140200120\n0001", []),
    ("181402001200001", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "numbers"), RUNNING)
def test_find_in_running_text(text, numbers):
    found = list(find(text))
    assert [str(f.number) for f in found] == numbers
    for f in found:
        assert CertificateNumber.parse(text[f.start : f.stop]) == f.number


def test_find_reads_the_regulations_own_text():
    source = (DATA / "source.txt").read_text("utf-8")
    assert [f.number for f in find(source)] == [L_EXAMPLE, P_EXAMPLE]


@given(st.data(), st.lists(certificate_numbers(), min_size=1, max_size=3))
def test_find_finds_what_was_written_among_other_words(data, numbers):
    words = st.sampled_from(["编号：", "“", "，", "\n", "号", "（", "；取得", "）"])
    text, places = data.draw(words), []
    for number in numbers:
        form = data.draw(written_forms(number)).strip()
        form = form.strip("\ufeff\u200b\u200c\u200d\u200e\u200f\u2060 ")
        start = len(text) + form.index("鲁")
        text += form
        places.append((number.digits, start))
        text += data.draw(words)
    assert [(f.number.digits, f.start) for f in find(text)] == places


@given(texts())
def test_whatever_is_found_parses_and_is_not_a_part_of_longer_digits(text):
    for f in find(text):
        assert CertificateNumber.parse(text[f.start : f.stop]) == f.number
        assert not text[f.stop : f.stop + 1].isdigit() or f.number.grassroots


@pytest.mark.parametrize(
    ("behind", "kind"),
    [
        ("基层", "no-brackets"), ("(基層)", "traditional"), ("【基层】", "brackets"),
        ("（基层", "unclosed"), ("基层）", "unclosed"), ("（基层）（基层）", "doubled"),
        ("（ 基层 ）", None), ("\n（基层）", None), (" 基层", "no-brackets"),
        ("“基层”", None), ("“（基层）”", None), ("-基层", None), ("**基层**", None),
        ("_基层", None), ("﹙基层﹚", "brackets"), ("⟨基层⟩", "brackets"),
        ("（\u202e基层）", None), ("（基层医生）", "form"), ("（基\n层）", None),
        ("（\u2066基\u2069层）", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "编号："])
def test_a_damaged_marker_behind_a_number_is_reported(before, behind, kind):
    (found,) = find(f"{before}{L_EXAMPLE}{behind}，聊城")
    assert found.number.base == L_EXAMPLE
    finding = found.findings[0]
    assert finding.severity is Severity.INVALID
    if kind:
        assert (finding.code, finding.kind) == (FindingCode.MARKER, kind)
    at = len(before)
    expected = check(f"{L_EXAMPLE}{behind}").findings
    assert [f.code for f in found.findings] == [f.code for f in expected]
    assert finding.span == tuple(place + at for place in expected[0].span)


@pytest.mark.parametrize(
    "behind",
    ["", "（基层）", "，基层医生", "基层医生", "“基层医生”", "-基层医院", " 山东", "（聊城）"],
)
def test_without_a_damaged_marker_nothing_is_reported(behind):
    assert [found.findings for found in find(f"{L_EXAMPLE}{behind}")] == [()]
