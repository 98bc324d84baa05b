"""Certificate numbers in Pydantic 2: what the field type alone cannot say.

:class:`~sdcert.numbering.CertificateNumber` is a field type as it is. Here is what goes beside it
in ``Annotated``: the code book and the day, and the language of messages (extra ``pydantic``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_args

import attrs

from sdcert.checking import check, is_valid
from sdcert.codes import CodeBook
from sdcert.dates import read_day
from sdcert.errors import InvalidNumber, MissingExtra, expect
from sdcert.findings import Finding, Outcome, Severity
from sdcert.messages import Lang, language, render, sentences
from sdcert.numbering import CertificateNumber
from sdcert.patterns import json_schema

try:
    from pydantic import Tag, ValidationError
    from pydantic.errors import PydanticUserError
    from pydantic_core import PydanticCustomError, SchemaSerializer, core_schema
except ImportError:
    raise MissingExtra("sdcert.pydantic", "pydantic") from None

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import ErrorDetails, InitErrorDetails
    from pydantic_core.core_schema import CoreSchema, ValidationInfo

__all__ = ["LANG_KEY", "Messages", "Registered"]

LANG_KEY: Final = "sdcert_lang"
"""The key in Pydantic's validation context that holds the language of messages."""

_LANGS: Final[tuple[Lang, ...]] = get_args(Lang)
_PYDANTICS: Final = frozenset(get_args(core_schema.ErrorType))  # the types of its own errors
_SEVERAL: Final = frozenset(  # the schemas of what holds numbers
    {
        "list",
        "tuple",
        "set",
        "frozenset",
        "generator",
        "dict",
        "typed-dict",
        "model",
        "dataclass",
        "call",  # named tuples
    }
)
_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class Registered:
    """Asks that both codes of a number be registered and in force (第五条（一）（二）).

    It stands beside the type: ``Annotated[CertificateNumber, Registered(codes=book)]``. What it
    checks is what :func:`sdcert.checking.check` checks; warnings refuse nothing. A code that a
    fragment or example table does not list cannot be judged, and is refused unless
    ``undetermined`` says otherwise: unknown is never valid.

    Attributes:
        codes: The code book.
        approved_on: The day of approval (核准公布) that the codes are read as of; or the name of
            a field of the same model that holds it, declared before this one (None in that field
            is no day); None for no day.
        window_years: Without a day, as for :func:`sdcert.checking.check`.
        undetermined: Let numbers pass whose codes the tables at hand cannot judge.
        lang: The language of messages where neither the context nor :class:`Messages` at the same
            type names one: ``en``, ``zh`` or a tag of these.

    Raises:
        TypeError: If ``codes`` is no code book, ``approved_on`` no day or name, ``window_years``
            no int, ``undetermined`` no bool; when the type is built, if it is a list, model or the
            like instead of a number.
        ValueError: If ``window_years`` is out of its bounds, or ``lang`` no language.

    >>> from typing import Annotated
    >>> from pydantic import TypeAdapter
    >>> from sdcert import CertificateNumber, CodeBook
    >>> attested = Annotated[CertificateNumber, Registered(codes=CodeBook.bundled())]
    >>> TypeAdapter(attested).validate_python("鲁 181402001200001")
    CertificateNumber(year=2018, region_code='14020', series_code='012', sequence=1)
    >>> TypeAdapter(attested).validate_python("鲁189902001200001")
    Traceback (most recent call last):
        ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error ...
      region code 99020 is in none of the loaded tables... [type=sdcert.region-unlisted, ...
    """

    codes: CodeBook
    approved_on: date | str | None = None
    window_years: int = 1
    undetermined: bool = False
    lang: Lang = attrs.field(default="en", converter=language)

    def __attrs_post_init__(self) -> None:
        # A wrong option is the programmer's error: it shows when the model is written, and never
        # as an error of the data.
        expect(self.codes, CodeBook, "codes")
        expect(self.undetermined, bool, "undetermined")
        day = None if isinstance(self.approved_on, str) else self.approved_on
        check("", codes=self.codes, approved_on=day, window_years=self.window_years)

    def __get_pydantic_core_schema__(
        self, source: type[CertificateNumber], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Wrap the schema of the number; Pydantic calls this."""
        schema = handler(source)
        lang = _spoken(schema, source, handler) or self.lang

        def judge(value: Any, inner: Callable[[Any], Any], info: ValidationInfo) -> Any:
            return self._judge(value, inner, info, lang)

        return _labelled(core_schema.with_info_wrap_validator_function(judge, schema), source)

    def _judge(
        self, value: Any, handler: Callable[[Any], Any], info: ValidationInfo, lang: Lang
    ) -> CertificateNumber | None:
        number: CertificateNumber | None = _read(value, handler, info, lang)
        if number is None:  # of CertificateNumber | None
            return None
        # The text as it was given, where there is one, so that spans count in it.
        judged = value if isinstance(value, str) else number
        day, years = self._day(info, lang), self.window_years
        if is_valid(judged, codes=self.codes, approved_on=day, window_years=years):
            return number
        verdict = check(judged, codes=self.codes, approved_on=day, window_years=years)
        if self.undetermined and verdict.outcome is Outcome.UNDETERMINED:
            return number
        grave = [one for one in verdict.findings if one.severity is not Severity.WARNING]
        raise _refusal(grave, _language(info.context, lang))

    def _day(self, info: ValidationInfo, default: Lang) -> date | None:
        if not isinstance(self.approved_on, str):
            return self.approved_on
        try:
            day = info.data[self.approved_on]
            return None if day is None else read_day(day)
        except (AttributeError, KeyError, TypeError, ValueError):
            # The field is faulty itself, comes after this one, is no day, or there is no model at
            # all: the codes cannot be checked, and nothing passes unchecked.
            lang = _language(info.context, default)
            text = {one: render("pydantic.no-approval-day", one, name=self.approved_on)
                    for one in _LANGS}  # fmt: skip
            details = {"name": self.approved_on, "messages": text, "message": text[lang]}
            raise PydanticCustomError("sdcert.no-approval-day", "{message}", details) from None


def _spoken(schema: CoreSchema, source: object, handler: GetCoreSchemaHandler) -> Lang | None:
    """Return the language of Messages within a type, and refuse a type that holds several."""
    spoken: Lang | None = None
    within: list[Any] = [schema]
    for one in within:
        inner: Any = handler.resolve_ref_schema(one)
        if inner["type"] in _SEVERAL:
            raise TypeError(
                f"Registered belongs at the number, not at {source}: "
                "list[Annotated[CertificateNumber, Registered(...)]]"
            )
        spoken = spoken or (inner.get("metadata") or {}).get(LANG_KEY)
        choices = inner.get("choices", ())  # of a union, each perhaps with its label
        within += [choice[0] if isinstance(choice, tuple) else choice for choice in choices]
        within += [inner["schema"]] if "schema" in inner else []
    return spoken


@attrs.frozen
class Messages:
    """The language of messages for one type: ``Annotated[CertificateNumber, Messages("zh")]``.

    For frameworks that pass no validation context, such as FastAPI. A context decides where there
    is one. At a list, model or the like it words the errors of every number inside.

    Attributes:
        lang: ``en``, ``zh`` or a tag of these.

    Raises:
        ValueError: If it is no language.

    >>> from typing import Annotated
    >>> from pydantic import TypeAdapter
    >>> from sdcert import CertificateNumber
    >>> TypeAdapter(Annotated[CertificateNumber, Messages("zh")]).validate_python("鲁18")
    Traceback (most recent call last):
        ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error ...
      编号应有15位数字，现有2位 [type=sdcert.length, ...
    """

    lang: Lang = attrs.field(converter=language)

    def __get_pydantic_core_schema__(
        self, source: type[CertificateNumber], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Wrap the schema of the number; Pydantic calls this."""

        def read(value: Any, inner: Callable[[Any], Any], info: ValidationInfo) -> Any:
            return _read(value, inner, info, self.lang)

        schema = core_schema.with_info_wrap_validator_function(
            read, handler(source), metadata={LANG_KEY: self.lang}
        )
        return _labelled(schema, source)


def _read(value: Any, handler: Callable[[Any], Any], info: ValidationInfo, lang: Lang) -> Any:
    """Validate, and put what is refused into a language."""
    try:
        return handler(value)
    except ValidationError as error:
        found = error.errors(include_url=False)
        if not any(_is_ours(one) for one in found):
            raise
        wanted = _language(info.context, lang)
        worded = [_worded(one, wanted) for one in found]
        raise ValidationError.from_exception_data(error.title, worded) from None


def _is_ours(error: ErrorDetails) -> bool:
    return error["type"].startswith("sdcert.")


def _worded(error: ErrorDetails, lang: Lang) -> InitErrorDetails:
    """Return one error in a language, at its place; another's as it is."""
    kind: Any = error["type"]
    details: Any = error.get("ctx")
    if _is_ours(error):
        details = {**details, "message": details["messages"][lang]}
        if "findings" in details:
            details["findings"] = [
                {**one, "message": one["messages"][lang]} for one in details["findings"]
            ]
        kind = PydanticCustomError(kind, "{message}", details)
    elif kind not in _PYDANTICS:
        kind = PydanticCustomError(kind, error["msg"], details)
    worded: InitErrorDetails = {"type": kind, "loc": error["loc"], "input": error["input"]}
    return worded if details is None else {**worded, "ctx": details}


def _language(context: object, default: Lang = "en") -> Lang:
    """Return the language that a validation context names, or the default."""
    named = isinstance(context, dict) and LANG_KEY in context
    try:
        return language(context[LANG_KEY]) if named else default  # type: ignore[index]
    except ValueError as error:
        # A ValueError would count as an error in the data.
        raise PydanticUserError(f"context[{LANG_KEY!r}]: {error}", code=None) from None


def _refusal(findings: Iterable[Finding], lang: Lang) -> PydanticCustomError:
    """Return Pydantic's own error: its type names the first finding, its message has them all."""
    found = list(findings)
    details: dict[str, Any] = {
        "field": found[0].field,
        "span": found[0].span,
        "findings": [
            {
                "code": one.code.value,
                "field": one.field,
                "span": one.span,
                "message": one.message(lang),
                "messages": {each: one.message(each) for each in _LANGS},
            }
            for one in found
        ],
        "messages": {each: sentences((one.message(each) for one in found), each)
                     for each in _LANGS},
    }  # fmt: skip
    # Last, since Pydantic fills its template in this order and the message quotes the input.
    details["message"] = details["messages"][lang]
    return PydanticCustomError(f"sdcert.{found[0].code.value}", "{message}", details)  # type: ignore[arg-type,unused-ignore]  # LiteralString: made from our own codes


# What the hooks of CertificateNumber ask for, when Pydantic asks them.


def number_schema(cls: type[_T], parse: Callable[..., _T]) -> CoreSchema:
    """Return the core schema: an instance, or text as ``parse`` reads it, strictly where asked."""

    def reader(*, strict: bool) -> CoreSchema:
        def read(value: object, info: ValidationInfo) -> _T:
            if isinstance(value, cls):
                return value
            try:
                return parse(value, strict=strict)
            except InvalidNumber as error:
                raise _refusal(error.findings, _language(info.context)) from None

        return core_schema.with_info_plain_validator_function(read)

    # For an answer without a declared type FastAPI asks no type, but a table of its own.
    getattr(sys.modules.get("fastapi.encoders"), "ENCODERS_BY_TYPE", {})[cls] = str
    schema = core_schema.lax_or_strict_schema(
        reader(strict=False),
        reader(strict=True),
        serialization=core_schema.to_string_ser_schema(),
    )
    return _labelled(schema, cls)


def _labelled(schema: CoreSchema, source: Any) -> CoreSchema:
    """Name a type as its users do, for the places of errors within a union."""
    label = getattr(source, "__name__", str(source))
    handler = cast("GetCoreSchemaHandler", lambda _: schema)
    return Tag(label).__get_pydantic_core_schema__(source, handler)


def number_json_schema() -> dict[str, Any]:
    """Return the JSON Schema: the canonical text, which is what parties should agree on."""
    return json_schema()


@cache
def number_serializer() -> SchemaSerializer:
    """Return what serialises a number as its text where no type was declared."""
    return SchemaSerializer(
        core_schema.any_schema(serialization=core_schema.to_string_ser_schema())
    )
