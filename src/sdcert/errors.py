"""Errors. Every one derives from :class:`SdcertError` and refines a builtin.

They are attrs classes: positional arguments equal ``args``, they survive pickling, so they can
cross a process or a queue, and two are equal only if they are one. Their words are in the
catalogue: ``message("zh")`` is the Chinese of ``str(error)``.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from types import UnionType
from typing import Any, ClassVar, SupportsIndex, TypeGuard, TypeVar, get_args, overload

import attrs

from sdcert.findings import Finding
from sdcert.messages import Either, excerpt, render, sentences, show

__all__ = ["InvalidNumber", "InvalidPart", "MissingExtra", "SdcertError"]

T = TypeVar("T")

_LONGEST = 120  # characters of a text that a message shows


@overload
def expect(value: object, kind: type[T], name: str) -> T: ...
@overload
def expect(value: object, kind: UnionType, name: str) -> Any: ...
def expect(value: object, kind: Any, name: str) -> Any:
    """Return an argument that has a type it may have; the error names argument and types."""
    if isinstance(value, kind):
        return value
    named = show(Either(one.__name__ for one in get_args(kind) or (kind,)))
    article = "an" if named[0] in "AEIOU" else "a"
    raise TypeError(f"{name} must be {article} {named}, not {type(value).__name__}")


def several(values: Iterable[T], kind: type[T] | UnionType, name: str) -> tuple[T, ...]:
    """Return an argument that must be several values of a type; one alone is a slip, too."""
    if isinstance(values, kind) or not isinstance(values, Iterable):
        one = name.removesuffix("s")
        raise TypeError(f"{name} must be an iterable, such as [{one}], not {type(values).__name__}")
    return tuple(expect(value, kind, f"each of {name}") for value in values)


def whole_number(value: SupportsIndex, name: str) -> int:
    """Return an argument that must be a whole number; NumPy's integers are some, a bool is none."""
    if type(value) is int:  # as it almost always is
        return value
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    return index(value)


def is_code(value: object, width: int) -> TypeGuard[str]:
    """Tell whether a value is a code as text: so many ASCII digits."""
    return isinstance(value, str) and len(value) == width and value.isascii() and value.isdigit()


class SdcertError(Exception):
    """The root of all errors that this library raises on its own account.

    A subclass declares its attributes, in the order of ``args``, and names its text in the
    catalogue with ``_text``; ``{kind}`` and the like in that name are filled from the attributes.

    >>> from sdcert import CertificateNumber, SdcertError
    >>> try:
    ...     CertificateNumber.parse("鲁18")
    ... except SdcertError as error:
    ...     print(error.message("zh"))
    不是职称证书编号“鲁18”：编号应有15位数字，现有2位
    """

    _text: ClassVar[str] = ""

    def message(self, lang: str = "en") -> str:
        """Return the message in English (``en``) or Simplified Chinese (``zh``)."""
        key = self._key()
        if not key:
            return "; ".join(filter(None, map(str, self.args)))
        return render(key, lang, **self._params(lang))

    def _key(self) -> str:  # for subclasses
        """Return the name of the text in the catalogue."""
        return self._text.format_map(vars(self))

    def _params(self, lang: str) -> dict[str, object]:  # for subclasses
        """Return what the text names: the attributes, texts among them as printable excerpts."""
        return {
            name: excerpt(value, _LONGEST) if type(value) is str else value
            for name, value in vars(self).items()
            if not name.startswith("_")
        }

    def __str__(self) -> str:
        return self.message()


@attrs.define(slots=False)
class InvalidNumber(SdcertError, ValueError):
    """A value is not a certificate number.

    Attributes:
        excerpt: A short, printable excerpt of the value.
        findings: What is wrong with it, all of it, in order.

    >>> from sdcert import CertificateNumber, InvalidNumber
    >>> try:
    ...     CertificateNumber.parse("魯181402001200001")
    ... except InvalidNumber as error:
    ...     print(error.findings[0].code, error.findings[0].span)
    ...     print(error.message("zh"))
    prefix (0, 1)
    不是职称证书编号“魯181402001200001”：统一标识应为“鲁”，现为繁体“魯”
    """

    _text = "errors.invalid-number"
    excerpt: str
    findings: tuple[Finding, ...]

    def _params(self, lang: str) -> dict[str, object]:
        reasons = sentences((one.message(lang) for one in self.findings), lang, most=5)
        return {"excerpt": self.excerpt, "reasons": reasons}


class InvalidPart(InvalidNumber):
    """A part of a number, or of a scope, is out of its bounds; the findings name it.

    >>> from sdcert import NumberScope
    >>> NumberScope(2024, "1402", "012")
    Traceback (most recent call last):
        ...
    sdcert.errors.InvalidPart: ...
    """

    _text = "errors.invalid-part"


@attrs.define(slots=False)
class MissingExtra(SdcertError, ImportError):
    """A part of the library needs an extra that is not installed.

    Attributes:
        part: The part that needs it.
        extra: The extra to install.

    >>> from sdcert import MissingExtra
    >>> error = MissingExtra("sdcert.frames", "frames")
    >>> error.part, error.extra
    ('sdcert.frames', 'frames')
    >>> isinstance(error, ImportError)
    True
    """

    _text = "errors.missing-extra"
    part: str
    extra: str
