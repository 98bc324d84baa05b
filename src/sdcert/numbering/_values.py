"""The values: a number, and the scope of its counter; how parts or text become one."""

from __future__ import annotations

from functools import total_ordering
from importlib import import_module
from inspect import signature
from typing import Any, Final, NoReturn, SupportsIndex, final

import attrs

from sdcert._grammar import (
    FIRST,
    FIRST_YEAR,
    LAST,
    LAST_YEAR,
    MARKER,
    PREFIX,
    canonical_match,
    canonicalize,
    plain_text,
)
from sdcert.errors import InvalidNumber, InvalidPart, is_code, whole_number
from sdcert.findings import Finding, FindingCode, Params
from sdcert.messages import Bilingual, excerpt, render

__all__ = ["CertificateNumber", "NumberScope"]

_MISSING: Final[Any] = object()
_PYDANTIC: Final = "sdcert.pydantic"  # loaded by its own hooks alone


def _refuse(given: str, code: FindingCode, field: str, /, **params: object) -> NoReturn:
    name = Bilingual(field, render(f"findings.field.{field}", "zh"))
    raise InvalidPart(excerpt(given), (Finding(code, field, None, Params(field=name, **params)),))


def _flag(value: object) -> bool:
    """Check a truth value; NumPy's own type is one."""
    if value is True or value is False:
        return value
    if (type(value).__module__, type(value).__name__) in (("numpy", "bool"), ("numpy", "bool_")):
        return bool(value)
    raise TypeError(f"grassroots must be a bool, not {type(value).__name__}")


def _within(value: SupportsIndex, field: str, least: int, most: int) -> int:
    number = value if type(value) is int else whole_number(value, field)
    if least <= number <= most:
        return number
    shown = str(number) if number.bit_length() <= 64 else "…"
    if number == 0 and field == "sequence":
        _refuse(shown, FindingCode.SEQUENCE_ZERO, field)
    kind = "two-digit-year" if field == "year" and 0 <= number < 100 else "range"
    _refuse(shown, FindingCode.LENGTH, field, kind=kind, shown=shown, least=least, most=most)


def _code(value: str, field: str, width: int) -> str:
    """Check a code of so many digits, kept as text for its leading zeros."""
    text = plain_text(value)
    if text is None:
        raise TypeError(f"{field} must be a str of {width} digits, not {type(value).__name__}")
    if is_code(text, width):
        return text
    if len(text) != width:
        _refuse(text, FindingCode.LENGTH, field, kind="part", count=len(text), expected=width)
    from sdcert._diagnosis import name_of  # noqa: PLC0415  # only for the error

    wrong = next(char for char in text if char not in "0123456789")
    params = {"kind": "part", "shown": excerpt(wrong), "name": name_of(wrong)}
    _refuse(text, FindingCode.DIGITS, field, **params)


def _year(value: SupportsIndex) -> int:
    return _within(value, "year", FIRST_YEAR, LAST_YEAR)


def _region_code(value: str) -> str:
    return _code(value, "region_code", 5)


def _series_code(value: str) -> str:
    return _code(value, "series_code", 3)


def _sequence(value: SupportsIndex) -> int:
    return _within(value, "sequence", FIRST, LAST)


@final
@total_ordering
class CertificateNumber:
    """One certificate number, well-formed by construction.

    The grammar (第五条): 鲁, two digits of the evaluation year 评审年度, five of the
    region/department code 地区部门识别代码, three of the series/level code 职称系列级别识别代码,
    five of the sequence 顺序编号, and behind the number the marker （基层） where the title was
    approved under the grass-roots scheme (第五条（三）).

    Well-formed does not mean registered, and neither means issued: see
    :func:`sdcert.checking.check`.

    The value is immutable, hashable, ordered by its fields in the order of the arguments, and
    supports structural pattern matching. It pickles and copies through its canonical text.

    Args:
        year: Evaluation year, 2000 through 2099 (第1至2位, always 2000 + yy).
        region_code: Five digits as text.
        series_code: Three digits as text, opaque: never split, never computed with.
        sequence: 1 through 99999.
        grassroots: Whether the marker （基层） follows the number.

    Raises:
        InvalidPart: If a part is out of its bounds; an InvalidNumber and so a ValueError.
        TypeError: If a part has the wrong type.

    >>> number = CertificateNumber(2018, "14020", "012", 1)
    >>> str(number), number.grassroots
    ('鲁181402001200001', False)
    >>> CertificateNumber(2018, "14020", "012", 0)
    Traceback (most recent call last):
        ...
    sdcert.errors.InvalidPart: the sequence is 00000; the first certificate is 00001
    """

    __slots__ = ("__weakref__", "_text")
    __match_args__ = ("year", "region_code", "series_code", "sequence", "grassroots")

    # The canonical text is the whole state. Fixed-width fields make equality, order and hash of
    # the text those of the fields, and a field is cut out only when someone asks for it.
    _text: str

    def __new__(
        cls,
        year: SupportsIndex,
        region_code: str,
        series_code: str,
        sequence: SupportsIndex,
        grassroots: bool = False,
    ) -> CertificateNumber:
        """Build a number from its parts."""
        if region_code is _MISSING or series_code is _MISSING or sequence is _MISSING:
            raise TypeError(
                "CertificateNumber() takes year, region_code, series_code and sequence: "
                "read a whole number with CertificateNumber.parse()"
            )
        marker = MARKER if _flag(grassroots) else ""
        return _from_text(
            f"{PREFIX}{_year(year) - FIRST_YEAR:02}{_region_code(region_code)}"
            f"{_series_code(series_code)}{_sequence(sequence):05}{marker}"
        )

    def __init_subclass__(cls, **kwargs: object) -> NoReturn:
        raise TypeError("CertificateNumber cannot be subclassed: a number is its text, and no more")

    @classmethod
    def parse(cls, text: str | CertificateNumber, *, strict: bool = False) -> CertificateNumber:
        """Read a written number.

        Args:
            text: A number in canonical form or in any form that :func:`normalize` can make
                canonical; a number is returned as it is.
            strict: Accept the canonical form alone.

        Returns:
            The number; ``CertificateNumber.parse(str(n)) == n``.

        Raises:
            InvalidNumber: Whatever else is passed, of whatever type; it carries the findings.

        >>> CertificateNumber.parse("鲁 17 00001 011 00001")
        CertificateNumber(year=2017, region_code='00001', series_code='011', sequence=1)
        >>> CertificateNumber.parse("鲁18140200120001")
        Traceback (most recent call last):
            ...
        sdcert.errors.InvalidNumber: not a certificate number “鲁18140200120001”: 15 digits are needed, not 14
        >>> CertificateNumber.parse("鲁 17 00001 011 00001", strict=True)
        Traceback (most recent call last):
            ...
        sdcert.errors.InvalidNumber: not a certificate number “鲁 17 00001 011 00001”: not written in canonical form; the same number is 鲁170000101100001
        """  # noqa: E501  # the errors' own lines
        if type(text) is str and canonical_match(text):
            number: CertificateNumber = _new(cls)
            _set_text(number, text)
            return number
        return _parse_other(text, strict)

    @property
    def year(self) -> int:
        """Evaluation year 评审年度, four digits; not the year of approval."""
        return FIRST_YEAR + int(self._text[1:3])

    @property
    def region_code(self) -> str:
        """Region/department code 地区部门识别代码, five digits; it names the approving body."""
        return self._text[3:8]

    @property
    def series_code(self) -> str:
        """Series/level code 职称系列级别识别代码, three digits, opaque."""
        return self._text[8:11]

    @property
    def sequence(self) -> int:
        """Sequence 顺序编号, 1 through 99999."""
        return int(self._text[11:16])

    @property
    def grassroots(self) -> bool:
        """Whether the marker （基层） follows the number (第五条（三）)."""
        return MARKER in self._text

    @property
    def digits(self) -> str:
        """The 15 digits, which must be unique (一证一号); the marker stands outside them."""
        return self._text[1:16]

    @property
    def base(self) -> CertificateNumber:
        """The same number without the marker."""
        return _from_text(self._text[:16])

    @property
    def scope(self) -> NumberScope:
        """The scope of the counter that gave the sequence; the marker shares it."""
        return NumberScope(self.year, self.region_code, self.series_code)

    def replace(self, **changes: object) -> CertificateNumber:
        """Return a number with some parts changed, checked like any other.

        >>> str(CertificateNumber.parse("鲁181402001200001").replace(sequence=2))
        '鲁181402001200002'
        """
        parts = {name: getattr(self, name) for name in self.__match_args__} | changes
        return CertificateNumber(**parts)

    __replace__ = replace

    def __str__(self) -> str:
        return self._text

    def __format__(self, spec: str) -> str:
        """Format the canonical text; ``grouped`` sets the fields apart, as 第五条 prints them.

        >>> format(CertificateNumber.parse("鲁170000101100001"), "grouped")
        '鲁 17 00001 011 00001'
        """
        if spec != "grouped":
            return format(self._text, spec)
        text = self._text
        return f"{text[0]} {text[1:3]} {text[3:8]} {text[8:11]} {text[11:]}"

    def __repr__(self) -> str:
        marker = ", grassroots=True" if self.grassroots else ""
        return (
            f"CertificateNumber(year={self.year}, region_code={self.region_code!r}, "
            f"series_code={self.series_code!r}, sequence={self.sequence}{marker})"
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CertificateNumber):
            return self._text == other._text
        return NotImplemented

    def __lt__(self, other: object) -> bool:
        if isinstance(other, CertificateNumber):
            return self._text < other._text
        return NotImplemented

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return CertificateNumber.parse, (self._text,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        return import_module(_PYDANTIC).number_schema(cls, cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> Any:
        return import_module(_PYDANTIC).number_json_schema()

    @property
    def __pydantic_serializer__(self) -> object:
        # Where no type was declared, as in an answer of FastAPI, Pydantic asks the value.
        return import_module(_PYDANTIC).number_serializer()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a CertificateNumber is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a CertificateNumber is immutable: cannot delete {name!r}")


# A call that lacks parts gets a sentence of ours; the signature that tools read stays strict.
CertificateNumber.__signature__ = signature(CertificateNumber)  # type: ignore[attr-defined]
CertificateNumber.__new__.__defaults__ = (_MISSING, _MISSING, _MISSING, False)

_new: Final = object.__new__
_set_text: Final = CertificateNumber.__dict__["_text"].__set__


def _from_text(canonical: str) -> CertificateNumber:
    number: CertificateNumber = _new(CertificateNumber)
    _set_text(number, canonical)
    return number


def _parse_other(value: object, strict: bool) -> CertificateNumber:
    """Read what is not canonical text, or report what is wrong with it."""
    if type(value) is CertificateNumber:
        return value
    from sdcert import _diagnosis  # noqa: PLC0415  # the fast path never pays for it

    text = plain_text(value) or ""
    canonical = canonicalize(text)
    if canonical is None:
        raise InvalidNumber(_diagnosis.excerpt_of(value), _diagnosis.diagnose(value))
    if strict and text != canonical:
        raise InvalidNumber(_diagnosis.excerpt_of(text), (_diagnosis.not_canonical(text),))
    return _from_text(canonical)


@attrs.frozen(order=True)
class NumberScope:
    """What shares one counter: evaluation year, region code and series/level code.

    The narrowest scope that a number shows (reading of 该系列（专业）, 第五条: no field holds the
    专业). Numbers with and without the marker （基层） share it.

    Attributes:
        year: Evaluation year, 2000 through 2099.
        region_code: Five digits as text.
        series_code: Three digits as text.

    Raises:
        InvalidPart: If a part is out of its bounds; an InvalidNumber and so a ValueError.
        TypeError: If a part has the wrong type.

    >>> scope = NumberScope(2018, "14020", "012")
    >>> str(scope.number(1)), str(scope.number(2, grassroots=True))
    ('鲁181402001200001', '鲁181402001200002（基层）')
    """

    year: int = attrs.field(converter=_year)
    region_code: str = attrs.field(converter=_region_code)
    series_code: str = attrs.field(converter=_series_code)

    def number(self, sequence: SupportsIndex, grassroots: bool = False) -> CertificateNumber:
        """Return the number with this sequence, 1 through 99999, in the scope.

        Raises:
            InvalidPart: If the sequence is out of its bounds.
        """
        marker = MARKER if _flag(grassroots) else ""
        return _from_text(f"{PREFIX}{self}{_sequence(sequence):05}{marker}")

    def run(self, first: SupportsIndex, count: SupportsIndex) -> list[CertificateNumber]:
        """Return consecutive numbers of the scope, without the marker; quick for thousands.

        Args:
            first: The first sequence, 1 through 99999.
            count: How many, 0 for none; the last sequence is at most 99999.

        Raises:
            InvalidPart: If the first or the last sequence is out of its bounds.
            ValueError: If the count is negative.
            TypeError: If one of them is no int.

        >>> [str(number) for number in NumberScope(2018, "90020", "912").run(9, 2)]
        ['鲁189002091200009', '鲁189002091200010']
        """
        begin, count = _sequence(first), whole_number(count, "count")
        if count < 0:
            raise ValueError(f"count must be 0 or more, not {count}")
        if count:
            _sequence(begin + count - 1)
        head, numbers = f"{PREFIX}{self}", []
        # A sixth digit in front, cut off again, is a cheaper way to leading zeros than a format.
        for sequence in range(LAST + 1 + begin, LAST + 1 + begin + count):
            number: CertificateNumber = _new(CertificateNumber)
            _set_text(number, head + str(sequence)[1:])
            numbers.append(number)
        return numbers

    def text(self, lang: str = "en") -> str:
        """Name the scope for people.

        >>> NumberScope(2018, "90020", "912").text()
        'year 2018, region 90020, series 912'
        """
        return render("errors.scope", lang, **attrs.asdict(self))

    def __str__(self) -> str:
        """Return the first ten digits of every number of the scope."""
        return f"{self.year - FIRST_YEAR:02}{self.region_code}{self.series_code}"
