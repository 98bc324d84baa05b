"""``sdcert parse``."""

import json
from pathlib import Path

from hypothesis import given, settings

from sdcert.checking import check
from sdcert.findings import Outcome
from tests.damage import texts
from tests.support.cli import invoke

EXAMPLE = Path(__file__).parents[2] / "examples" / "certificates.csv"
GOOD = "鲁181402001200001"
MADE_UP = "鲁189300160100001"


def test_the_parts_of_a_number_are_shown():
    result = invoke("parse", "鲁 17 00001 011 00001(基层)")
    assert result.exit_code == 0
    for shown in (
        "鲁 17 00001 011 00001（基层）",
        "鲁170000101100001（基层）",
        "evaluation year         2017",
        "region/department code  00001",
        "series/level code       011",
        "sequence                00001",
        "grass-roots marker      yes",
        "not written in canonical form",
        "“Valid” means well-formed",
    ):
        assert shown in result.output


def test_what_is_no_number_is_told_and_leaves_with_1():
    result = invoke("parse", GOOD, "鲁18\x1b[31m", "--lang", "zh")
    assert result.exit_code == 1
    assert "鲁18\\x1b[31m  无效" in result.output
    assert "“（基层）”标识        无" in result.output
    assert all(line.isprintable() for line in result.output.split("\n"))


def test_the_parts_are_given_as_json():
    result = invoke("parse", f"{GOOD}（基层）", "x\udc9b", "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert (found["schema"], list(found)) == (
        "sdcert-parse/1",
        ["schema", "sdcert", "meaning", "numbers"],
    )
    first, second = found["numbers"]
    assert first == {
        "value": f"{GOOD}（基层）",
        "outcome": "valid",
        "canonical": f"{GOOD}（基层）",
        "parts": {
            "year": 2018,
            "region_code": "14020",
            "series_code": "012",
            "sequence": 1,
            "grassroots": True,
        },
        "findings": [],
    }
    assert (second["outcome"], second["parts"]) == ("invalid", None)
    assert {f["code"] for f in second["findings"]} == {"layout", "prefix", "length"}


@settings(max_examples=20)
@given(texts())
def test_parse_leaves_with_0_exactly_for_numbers(text):
    if "\x00" in text:
        return
    result = invoke("parse", "--format", "json", "--", text)
    assert result.exit_code == (0 if check(text).outcome is Outcome.VALID else 1)
    (one,) = json.loads(result.output)["numbers"]
    assert one["value"] == text
