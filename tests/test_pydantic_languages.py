"""The language of messages of Pydantic's errors: from the context, or at the type."""

from typing import Annotated, get_origin

import pydantic
import pydantic_core
import pytest
from pydantic import AfterValidator, BaseModel, Field, Tag, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType

from sdcert import CertificateNumber
from sdcert.pydantic import LANG_KEY, Messages, Registered
from sdcert.testing.examples import example_codes
from tests.support.pydantic_fields import ADAPTER, Notice, failure

COMPLETE = example_codes()
KNOWN, OTHER = "鲁209000160100001", "鲁209999960100001"


def test_errors_speak_chinese_where_the_context_says_so():
    data = {"number": "魯18140200120000"}
    error = failure(Notice.model_validate, data, context={"sdcert_lang": "zh"})
    assert error["type"] == "sdcert.prefix"
    assert error["msg"] == "统一标识应为“鲁”，现为繁体“魯”；编号应有15位数字，现有14位"
    for context in (None, {}, {"sdcert_lang": "en"}, "zh"):
        assert failure(Notice.model_validate, data, context=context)["msg"].startswith("the prefix")


@pytest.mark.parametrize("lang", ["fr", None, 1, [], "z" * 1000])
def test_another_language_is_the_programmers_error(lang):
    with pytest.raises(pydantic.errors.PydanticUserError, match="must be 'en', 'zh' or") as caught:
        ADAPTER.validate_python("", context={"sdcert_lang": lang})
    assert len(str(caught.value)) < 160


def test_the_type_may_have_a_language_and_the_context_decides():
    spoken = TypeAdapter(Annotated[CertificateNumber, Messages("zh-CN")])
    registered_zh = TypeAdapter(Annotated[CertificateNumber, Registered(codes=COMPLETE, lang="zh")])
    for adapter in (spoken, registered_zh):
        assert failure(adapter.validate_python, "鲁18")["msg"] == "编号应有15位数字，现有2位"
        english = failure(adapter.validate_python, "鲁18", context={"sdcert_lang": "en"})
        assert (
            english["msg"] == english["ctx"]["messages"]["en"] != english["ctx"]["messages"]["zh"]
        )
        assert adapter.validate_python(KNOWN) == CertificateNumber.parse(KNOWN)
    assert "代码" in failure(registered_zh.validate_python, "鲁189999901200001")["msg"]
    other = TypeAdapter(Annotated[int, Messages("zh")])
    assert failure(other.validate_python, "x")["type"] == "int_parsing"
    for wrong in ("fr", None):
        with pytest.raises(ValueError, match="lang must be"):
            Messages(wrong)


def boom(value):
    raise pydantic_core.PydanticCustomError("hosts-own", "not {wanted}", {"wanted": "this one"})


class Form(BaseModel):
    number: CertificateNumber
    count: int = 1
    other: Annotated[int, AfterValidator(boom)] = 1


@pytest.mark.parametrize(
    ("kind", "value", "places"),
    [
        (list[CertificateNumber], [KNOWN, "鲁18"], [(1,)]),
        (list[CertificateNumber], ["鲁18", KNOWN, 1], [(0,), (2,)]),
        (dict[str, CertificateNumber], {"a": "鲁18"}, [("a",)]),
        (Form, {"number": "鲁18", "count": "x", "other": 1}, [("number",), ("count",), ("other",)]),
        (list[Form], [{"number": "鲁18"}], [(0, "number")]),
        (Form, {"count": "x"}, [("number",), ("count",)]),
    ],
)
def test_a_language_around_several_numbers_changes_the_words_alone(kind, value, places):
    found = {}
    for name, adapter in (
        ("en", TypeAdapter(kind)),
        ("zh", TypeAdapter(Annotated[kind, Messages("zh")])),
    ):
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python(value)
        found[name] = caught.value.errors()
    assert [one["loc"] for one in found["zh"]] == places
    for english, chinese in zip(found["en"], found["zh"], strict=True):
        assert chinese == (in_chinese(english) if "ctx" in english else english)


def in_chinese(error):
    details = error["ctx"]
    if "messages" not in details:
        return error
    said = details["messages"]["zh"]
    own = [{**one, "message": one["messages"]["zh"]} for one in details["findings"]]
    return {**error, "msg": said, "ctx": {**details, "findings": own, "message": said}}


SPOKEN = Annotated[CertificateNumber, Messages("zh")]


@pytest.mark.parametrize(
    "kind",
    [
        Annotated[SPOKEN, Registered(codes=COMPLETE)],
        Annotated[CertificateNumber, Registered(codes=COMPLETE), Messages("zh")],
        Annotated[SPOKEN, Field(description="x"), AfterValidator(str), Registered(codes=COMPLETE)],
        Annotated[TypeAliasType("Spoken", SPOKEN), Registered(codes=COMPLETE)],
        Annotated[SPOKEN | None, Registered(codes=COMPLETE)],
        list[Annotated[SPOKEN, Registered(codes=COMPLETE)]],
    ],
)
def test_a_language_at_the_type_is_that_of_registered_in_either_order(kind):
    many = get_origin(kind) is list
    adapter = TypeAdapter(kind)
    for text in ("鲁18", OTHER):
        given = [text] if many else text
        error = failure(adapter.validate_python, given)
        assert error["msg"] == error["ctx"]["messages"]["zh"]
        assert error["ctx"]["findings"][0]["message"] in error["msg"]
        english = failure(adapter.validate_python, given, context={LANG_KEY: "en"})
        assert english["msg"] == error["ctx"]["messages"]["en"]


@pytest.mark.parametrize(
    "kind",
    [
        list[CertificateNumber],
        tuple[CertificateNumber, ...] | None,
        CertificateNumber | list[CertificateNumber],
        CertificateNumber | Annotated[list[CertificateNumber], Tag("several")],
        dict[str, CertificateNumber],
        Notice,
        Annotated[list[CertificateNumber], Messages("zh")],
    ],
)
def test_registered_belongs_at_the_number(kind):
    with pytest.raises(TypeError, match="Registered belongs at the number, not at "):
        TypeAdapter(Annotated[kind, Registered(codes=COMPLETE)])


@pytest.mark.parametrize(
    "kind",
    [
        CertificateNumber,
        Annotated[CertificateNumber, Messages("en")],
        Annotated[CertificateNumber, Registered(codes=COMPLETE)],
    ],
)
def test_within_a_union_the_place_of_an_error_is_the_name_of_the_type(kind):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind | int).validate_python("x")
    assert [error["loc"] for error in caught.value.errors()] == [("CertificateNumber",), ("int",)]


def test_registered_lets_nothing_pass_where_the_type_allows_that():
    perhaps = TypeAdapter(Annotated[CertificateNumber | None, Registered(codes=COMPLETE)])
    assert perhaps.validate_python(None) is None
    assert failure(perhaps.validate_python, "鲁18")["type"] == "sdcert.length"
    alone = TypeAdapter(Annotated[CertificateNumber, Registered(codes=COMPLETE)])
    assert failure(alone.validate_python, None)["type"] == "sdcert.not-text"


def test_a_day_that_no_field_gives_is_told_in_the_language_of_what_holds_the_number():
    known = Annotated[CertificateNumber, Registered(codes=COMPLETE, approved_on="day")]
    held = TypeAdapter(Annotated[list[known], Messages("zh")])
    error = failure(held.validate_python, [KNOWN])
    assert error["type"] == "sdcert.no-approval-day"
    assert error["loc"] == (0,)
    assert error["msg"] == error["ctx"]["messages"]["zh"] != error["ctx"]["messages"]["en"]
