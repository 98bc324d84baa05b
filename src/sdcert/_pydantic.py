"""What Pydantic asks of a certificate number. Imported by its hooks alone, when Pydantic asks.

Only this file knows Pydantic's schemas and how findings become its errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic.errors import PydanticUserError
from pydantic_core import PydanticCustomError, core_schema

from sdcert.errors import InvalidNumber
from sdcert.patterns import json_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic_core.core_schema import CoreSchema, ValidationInfo

    from sdcert.findings import Finding

__all__ = ["LANG_KEY", "language", "number_json_schema", "number_schema", "refusal"]

LANG_KEY: Final = "sdcert_lang"
_LANGS: Final[tuple[str, ...]] = ("en", "zh")
_T = TypeVar("_T")


def language(context: object) -> str:
    """Return the language that a validation context asks for, English if it does not ask."""
    asked: Any = context.get(LANG_KEY, "en") if isinstance(context, dict) else "en"
    for lang in _LANGS:
        if asked == lang:
            return lang
    # A ValueError would count as an error in the data.
    raise PydanticUserError(
        f"context[{LANG_KEY!r}] must be 'en' or 'zh', not {asked!r:.40}", code=None
    )


def refusal(findings: Iterable[Finding], context: object) -> PydanticCustomError:
    """Return Pydantic's own error: its type names the first finding, its message says them all."""
    lang = language(context)
    said = [(finding, finding.message(lang)) for finding in findings]
    first = said[0][0]
    details: dict[str, Any] = {
        "field": first.field,
        "span": first.span,
        "findings": [
            {"code": one.code.value, "field": one.field, "span": one.span, "message": message}
            for one, message in said
        ],
        # Last, since Pydantic fills its template in this order and the message quotes the input.
        "message": ("；" if lang == "zh" else "; ").join(dict.fromkeys(text for _, text in said)),
    }
    return PydanticCustomError(f"sdcert.{first.code.value}", "{message}", details)  # type: ignore[arg-type,unused-ignore]  # LiteralString: made from our own codes


def number_schema(cls: type[_T], parse: Callable[..., _T]) -> CoreSchema:
    """Return the core schema: an instance, or text as ``parse`` reads it, strictly where asked."""

    def reader(*, strict: bool) -> CoreSchema:
        def read(value: object, info: ValidationInfo) -> _T:
            if isinstance(value, cls):
                return value
            try:
                return parse(value, strict=strict)
            except InvalidNumber as error:
                raise refusal(error.findings, info.context) from None

        return core_schema.with_info_plain_validator_function(read)

    return core_schema.lax_or_strict_schema(
        reader(strict=False),
        reader(strict=True),
        serialization=core_schema.to_string_ser_schema(),
    )


def number_json_schema() -> dict[str, Any]:
    """Return the JSON Schema: the canonical text, which is what parties should agree on."""
    return json_schema()
