"""Certificate numbers as field types of Pydantic."""

import builtins
import importlib
import json
import pickle
import re
import subprocess
import sys
from datetime import date, datetime
from typing import Annotated, Any, Optional

import jsonschema
import pydantic_core
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sdcert import CertificateNumber, CodeBook, InvalidNumber, MissingExtra, check, findings
from sdcert.codes import AuthorityKind, Content, Edition, Grade, RegionCode, SeriesCode, Source
from sdcert.codes.edition import SERIES, city_domain
from sdcert.pydantic import LANG_KEY, Registered
from sdcert.testing.strategies import certificate_numbers, written_forms
from tests.damage import texts
from tests.support.pydantic_fields import ADAPTER, Notice, failure

NUMBER = CertificateNumber(2018, "14020", "012", 1)


# --- the type alone ---


def parsed(text, **options):
    """The number, or the findings against it."""
    try:
        return CertificateNumber.parse(text, **options)
    except InvalidNumber as error:
        return error.findings


@given(texts(), st.sampled_from(["en", "zh"]), st.booleans())
def test_it_accepts_and_says_what_parse_does(text, lang, strict):
    expected = parsed(text, strict=strict)
    if isinstance(expected, CertificateNumber):
        assert ADAPTER.validate_python(text, strict=strict) == expected
        return
    found = failure(ADAPTER.validate_python, text, strict=strict, context={LANG_KEY: lang})
    said = found["ctx"]["findings"]
    assert found["type"] == f"sdcert.{expected[0].code}"
    assert [one["code"] for one in said] == [one.code.value for one in expected]
    assert [one["message"] for one in said] == [one.message(lang) for one in expected]
    assert [one["span"] for one in said] == [one.span for one in expected]
    joint = "；" if lang == "zh" else "; "
    assert found["msg"] == joint.join(dict.fromkeys(one["message"] for one in said))


@given(texts())
def test_json_input_gets_the_same_answer(text):
    try:
        answer = ADAPTER.validate_json(json.dumps(text))
    except ValidationError:
        answer = None
    assert answer == check(text).number


@given(certificate_numbers().flatmap(lambda n: st.tuples(st.just(n), written_forms(n))))
def test_strict_takes_the_canonical_text_alone(pair):
    number, text = pair
    assert ADAPTER.validate_python(text) == number
    assert ADAPTER.validate_json(json.dumps(text)) == number
    assert ADAPTER.validate_python(str(number), strict=True) == number
    assert ADAPTER.validate_json(json.dumps(str(number)), strict=True) == number
    if text != str(number):
        for error in (
            failure(ADAPTER.validate_python, text, strict=True),
            failure(ADAPTER.validate_json, json.dumps(text), strict=True),
        ):
            assert error["type"] == "sdcert.not-canonical"
            assert str(number) in error["msg"]


@pytest.mark.parametrize("strict", [False, True])
def test_instances_pass(strict):
    assert ADAPTER.validate_python(NUMBER, strict=strict) is NUMBER


class StrictNotice(BaseModel):
    model_config = ConfigDict(strict=True)
    number: CertificateNumber


@pytest.mark.parametrize(
    "validate",
    [
        StrictNotice.model_validate,
        lambda data: Notice.model_validate(data, strict=True),
        lambda data: TypeAdapter(
            dict[str, Annotated[CertificateNumber, Field(strict=True)]]
        ).validate_python(data),
    ],
)
def test_each_way_to_ask_for_strictness_works(validate):
    validate({"number": str(NUMBER)})
    error = failure(validate, {"number": f" {NUMBER}"})
    assert (error["type"], error["loc"]) == ("sdcert.not-canonical", ("number",))


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "none"), (181402001200001, "int"), (1.5, "float"), (b"x", "bytes"), ([], None)],
)
def test_what_is_no_text_is_refused_in_our_words(value, kind):
    error = failure(ADAPTER.validate_python, value)
    assert error["type"] == "sdcert.not-text"
    (finding,) = check(value).findings
    assert error["msg"] == finding.message()
    assert kind is None or finding.kind == kind


def test_a_number_of_which_no_type_was_declared_is_its_text():
    class Answer(BaseModel):
        whatever: Any

    number = CertificateNumber.parse(KNOWN)
    assert Answer(whatever=[number, {"a": number}]).model_dump_json() == (
        f'{{"whatever":["{KNOWN}",{{"a":"{KNOWN}"}}]}}'
    )
    assert pydantic_core.to_jsonable_python({"n": number}) == {"n": KNOWN}
    assert pydantic_core.to_json(number) == f'"{KNOWN}"'.encode()


def test_fastapi_answers_with_a_number_of_which_no_type_was_declared():
    app = FastAPI()

    @app.get("/{number}")
    def show(number: CertificateNumber):
        return {number: [number]}

    assert TestClient(app).get(f"/{KNOWN}").json() == {KNOWN: [KNOWN]}


def test_assignment_is_judged_where_the_model_says_so():
    class Watched(BaseModel, validate_assignment=True):
        approved_on: date | None = None
        number: Annotated[CertificateNumber, Registered(codes=COMPLETE, approved_on="approved_on")]

    row = Watched(number=KNOWN, approved_on=date(2019, 12, 31))
    row.number = KNOWN
    with pytest.raises(ValidationError, match="region code 99999"):
        row.number = "鲁189999901200001"


def test_the_details_of_an_error_are_json():
    with pytest.raises(ValidationError) as caught:
        Notice(number="鲁18140200120{message}")
    (error,) = json.loads(caught.value.json())
    first = error["ctx"]["findings"][0]
    assert set(first) == {"code", "field", "span", "message", "messages"}
    assert error["ctx"]["field"] == first["field"]
    assert error["ctx"]["span"] == first["span"]


def test_hostile_text_does_not_fill_the_log():
    assert len(failure(ADAPTER.validate_python, "鲁{field}" + "x" * 1_000_000)["msg"]) < 1000


# --- out again ---


def test_json_holds_the_canonical_text():
    notice = Notice(number=" 鲁 17 00001 011 00001(基层)")
    assert json.loads(notice.model_dump_json()) == {"number": "鲁170000101100001（基层）"}
    assert notice.model_dump(mode="json") == {"number": "鲁170000101100001（基层）"}
    assert notice.model_dump() == {"number": notice.number}
    assert Notice.model_validate_json(notice.model_dump_json()) == notice
    assert pickle.loads(pickle.dumps(notice)) == notice


def test_numbers_can_be_keys_and_absent():
    adapter = TypeAdapter(dict[CertificateNumber, Optional[CertificateNumber]])  # noqa: UP045
    data = adapter.validate_python({" 鲁181402001200001": None})
    assert data == {NUMBER: None}
    assert json.loads(adapter.dump_json(data)) == {str(NUMBER): None}


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_describes_the_number(mode):
    schema = Notice.model_json_schema(mode=mode)["properties"]["number"]
    assert schema["type"] == "string"
    assert schema["pattern"].startswith("^鲁")
    assert schema["pattern"].endswith("$")
    assert "职称证书编号" in schema["description"]
    for example in schema["examples"]:
        assert re.search(schema["pattern"], example)
        assert ADAPTER.validate_python(example, strict=True)


def test_a_description_of_ones_own_wins():
    class Own(BaseModel):
        number: CertificateNumber = Field(description="What the holder shows", examples=["x"])

    schema = Own.model_json_schema()["properties"]["number"]
    assert (schema["description"], schema["examples"]) == ("What the holder shows", ["x"])
    assert schema["pattern"].startswith("^鲁")


@given(texts())
def test_the_json_schema_is_the_strict_type(text):
    valid = jsonschema.Draft202012Validator(ADAPTER.json_schema()).is_valid(text)
    try:
        ADAPTER.validate_python(text, strict=True)
    except ValidationError:
        assert not valid
    else:
        assert valid


# --- code book and day ---

SOURCE = Source("example")


def book(content):
    """One region code in force in 2018 and 2019 and one series code without bounds."""
    region = RegionCode(
        "99020",
        "示例局",
        AuthorityKind.CITY_HRSS,
        city="示例市",
        valid_from=date(2018, 1, 1),
        valid_through=date(2019, 12, 31),
        source=SOURCE,
    )
    series = SeriesCode("912", "示例系列", "高级", Grade.SENIOR, source=SOURCE)
    return CodeBook(
        [
            Edition("regions", city_domain("99"), "示例局", SOURCE, content, entries=(region,)),
            Edition("series", SERIES, "示例厅", SOURCE, content, entries=(series,)),
        ]
    )


FRAGMENT, COMPLETE = book(Content.EXAMPLE), book(Content.COMPLETE)
KNOWN, OTHER = "鲁189902091200001", "鲁189902191200001"


def registered(**options):
    return TypeAdapter(Annotated[CertificateNumber, Registered(**options)])


def test_registered_numbers_pass_and_others_are_refused():
    adapter = registered(codes=COMPLETE)
    number = CertificateNumber.parse(KNOWN)
    assert adapter.validate_python(KNOWN) == number
    assert adapter.validate_python(number) is number
    assert adapter.validate_json(json.dumps(f" {KNOWN}")) == number
    error = failure(adapter.validate_python, f"  {OTHER}", context={"sdcert_lang": "zh"})
    assert error["type"] == "sdcert.region-unknown"
    assert "地区部门识别代码99021不存在" in error["msg"]
    assert error["ctx"]["span"] == (5, 10)  # in the text as given
    assert len(error["ctx"]["findings"]) == 1  # that it is not canonical refuses nothing
    error = failure(adapter.validate_python, CertificateNumber.parse(OTHER))
    assert error["ctx"]["span"] == (3, 8)
    assert failure(adapter.validate_python, "")["type"] == "sdcert.empty"


@given(certificate_numbers(regions=["99020", "99021", "90000"], series=["912", "913"]))
def test_registered_passes_what_check_finds_valid(number):
    for codes in (FRAGMENT, COMPLETE):
        for undetermined in (False, True):
            verdict = check(number, codes=codes)
            adapter = registered(codes=codes, undetermined=undetermined)
            passing = {findings.Outcome.VALID}
            if undetermined:
                passing.add(findings.Outcome.UNDETERMINED)
            if verdict.outcome in passing:
                assert adapter.validate_python(number) is number
            else:
                error = failure(adapter.validate_python, number)
                assert error["type"] == f"sdcert.{verdict.findings[0].code}"


def test_unknown_is_never_valid_unless_asked():
    assert failure(registered(codes=FRAGMENT).validate_python, OTHER)["type"] == (
        "sdcert.region-unlisted"
    )
    assert str(registered(codes=FRAGMENT, undetermined=True).validate_python(OTHER)) == OTHER
    assert (
        failure(registered(codes=COMPLETE, undetermined=True).validate_python, OTHER)["type"]
        == "sdcert.region-unknown"
    )


def test_codes_are_read_as_of_the_day():
    adapter = registered(codes=COMPLETE, approved_on=date(2020, 1, 1))
    assert failure(adapter.validate_python, KNOWN)["type"] == "sdcert.region-not-in-force"
    adapter = registered(codes=COMPLETE, approved_on=date(2019, 12, 31))
    assert str(adapter.validate_python(KNOWN)) == KNOWN
    late = "鲁209902091200001"
    assert failure(registered(codes=COMPLETE).validate_python, late)["type"] == (
        "sdcert.region-not-in-force"
    )


def test_strictness_reaches_through():
    adapter = registered(codes=COMPLETE)
    error = failure(adapter.validate_python, f" {KNOWN}", strict=True)
    assert error["type"] == "sdcert.not-canonical"


class Certificate(BaseModel):
    approved_on: date | None = None
    number: Annotated[CertificateNumber, Registered(codes=COMPLETE, approved_on="approved_on")]


def test_the_day_may_be_another_field():
    Certificate(approved_on=date(2019, 12, 31), number=KNOWN)
    Certificate(number=KNOWN)  # no day: the window
    error = failure(Certificate, approved_on=date(2020, 1, 1), number=KNOWN)
    assert (error["type"], error["loc"]) == ("sdcert.region-not-in-force", ("number",))


def test_nothing_passes_where_the_day_is_not_to_be_had():
    with pytest.raises(ValidationError) as caught:
        Certificate.model_validate(
            {"approved_on": "yesterday", "number": KNOWN}, context={"sdcert_lang": "zh"}
        )
    first, second = caught.value.errors(include_url=False)
    assert first["loc"] == ("approved_on",)
    assert second["type"] == "sdcert.no-approval-day"
    assert second["msg"] == "没有核准公布日期（approved_on），无法核对代码"
    error = failure(registered(codes=COMPLETE, approved_on="day").validate_python, KNOWN)
    assert error["msg"] == "the codes cannot be checked: there is no approval date in day"

    class Reversed(BaseModel):
        number: Annotated[CertificateNumber, Registered(codes=COMPLETE, approved_on="day")]
        day: date

    assert failure(Reversed, number=KNOWN, day=date(2019, 1, 1))["type"] == "sdcert.no-approval-day"


def test_a_moment_without_a_zone_names_its_day_and_another_none():
    class Moment(BaseModel):
        day: datetime
        number: Annotated[CertificateNumber, Registered(codes=COMPLETE, approved_on="day")]

    assert Moment(day="2019-01-01T08:00", number=KNOWN).number == CertificateNumber.parse(KNOWN)
    error = failure(Moment, day="2019-01-01T08:00Z", number=KNOWN)
    assert error["type"] == "sdcert.no-approval-day"
    assert error["ctx"]["messages"]["zh"].startswith("没有核准公布日期")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"codes": None}, TypeError),
        ({"codes": COMPLETE, "approved_on": datetime(2019, 1, 1)}, TypeError),  # noqa: DTZ001
        ({"codes": COMPLETE, "approved_on": 2019}, TypeError),
        ({"codes": COMPLETE, "window_years": 1.5}, TypeError),
        ({"codes": COMPLETE, "window_years": -1}, ValueError),
        ({"codes": COMPLETE, "undetermined": "no"}, TypeError),
    ],
)
def test_a_wrong_option_shows_when_the_model_is_written(options, error):
    with pytest.raises(error):
        Registered(**options)


def test_the_json_schema_is_that_of_the_number():
    assert registered(codes=COMPLETE).json_schema() == ADAPTER.json_schema()


# --- without Pydantic ---


def test_a_missing_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.partition(".")[0].startswith("pydantic"):
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "sdcert.pydantic")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'sdcert\[pydantic\]'"):
        importlib.import_module("sdcert.pydantic")


def test_the_number_does_not_import_pydantic():
    code = (
        "import sys, sdcert; sdcert.CertificateNumber.parse('鲁181402001200001');"
        "sdcert.CodeBook, sdcert.check;"
        "assert not {m for m in sys.modules if m.startswith('pydantic')}"
    )
    subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=True)
