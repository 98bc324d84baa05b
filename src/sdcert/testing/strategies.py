"""Hypothesis strategies for certificate numbers and for everything that is none.

They build from parts and never ask the parser, so that they can test one. With the extra
``testing`` installed, ``st.from_type(CertificateNumber)`` works without an import. Codes are
examples (region prefixes 90–99, series 600–999) unless the caller names others.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from sdcert.allocation import Request
from sdcert.checking import Verdict, check
from sdcert.codes import CodeBook
from sdcert.errors import MissingExtra
from sdcert.findings import Finding, FindingCode
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.testing import samples

try:
    from hypothesis import strategies as st
except ImportError:
    raise MissingExtra("sdcert.testing.strategies", "testing") from None

__all__ = [
    "certificate_numbers",
    "findings",
    "invalid_texts",
    "region_codes",
    "requests",
    "samples",
    "scopes",
    "series_codes",
    "verdicts",
    "written_forms",
]

_T = TypeVar("_T")

_INVISIBLE: Final = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"
_SPACES: Final = " \u00a0\u3000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
_OUTER: Final = _SPACES + "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029\u1680\u2000\u2001\u205f"
_DIGITS: Final = "0123456789"
_FULL_WIDTH: Final = "０１２３４５６７８９"
_BOUNDARIES: Final = (1, 3, 8, 11)  # in the canonical text: after 鲁, between the fields
_INNER: Final = tuple(i for i in range(2, 16) if i not in _BOUNDARIES)


def region_codes() -> st.SearchStrategy[str]:
    """Example region/department codes: five digits, prefixes 90–99.

    >>> from hypothesis import find
    >>> from sdcert.testing.strategies import region_codes
    >>> find(region_codes(), bool)
    '90000'
    """
    return st.integers(90_000, 99_999).map(str)


def series_codes() -> st.SearchStrategy[str]:
    """Example series/level codes: three digits, 600–999.

    >>> from hypothesis import find
    >>> from sdcert.testing.strategies import series_codes
    >>> find(series_codes(), bool)
    '600'
    """
    return st.integers(600, 999).map(str)


def _choice(
    given: st.SearchStrategy[_T] | Iterable[_T] | None, default: st.SearchStrategy[_T], name: str
) -> st.SearchStrategy[_T]:
    if given is None:
        return default
    if isinstance(given, st.SearchStrategy):
        return given
    if isinstance(given, (str, bytes, int)):
        raise TypeError(
            f"{name} must be a strategy or a collection such as [{given!r}], not {given!r} itself"
        )
    if isinstance(given, (set, frozenset)):
        given = sorted(given, key=repr)  # the order of a set differs from run to run
    values = list(given)
    if not values:
        raise ValueError(f"{name} must not be empty: there is nothing to draw from")
    return st.sampled_from(values)


def scopes(
    *,
    years: st.SearchStrategy[int] | Iterable[int] | None = None,
    regions: st.SearchStrategy[str] | Iterable[str] | None = None,
    series: st.SearchStrategy[str] | Iterable[str] | None = None,
) -> st.SearchStrategy[NumberScope]:
    """Scopes of a counter.

    Args:
        years: Evaluation years to draw from, as a strategy or a collection; 2017 through 2099 if
            not given.
        regions: Region/department codes; :func:`region_codes` if not given.
        series: Series/level codes; :func:`series_codes` if not given.

    Returns:
        A strategy; it shrinks towards 2017 and the smallest codes.

    Raises:
        TypeError: If a value is given where a collection of them is needed.
        ValueError: If a collection is empty.
        InvalidPart: When a scope is drawn, if a part that was given is out of its bounds.

    >>> from hypothesis import find
    >>> find(scopes(), lambda scope: True)
    NumberScope(year=2017, region_code='90000', series_code='600')
    """
    return st.builds(
        NumberScope,
        _choice(years, st.integers(2017, 2099), "years"),
        _choice(regions, region_codes(), "regions"),
        _choice(series, series_codes(), "series"),
    )


def certificate_numbers(
    *,
    years: st.SearchStrategy[int] | Iterable[int] | None = None,
    regions: st.SearchStrategy[str] | Iterable[str] | None = None,
    series: st.SearchStrategy[str] | Iterable[str] | None = None,
    grassroots: bool | None = None,
) -> st.SearchStrategy[CertificateNumber]:
    """Certificate numbers.

    Args:
        years: As for :func:`scopes`.
        regions: As for :func:`scopes`.
        series: As for :func:`scopes`.
        grassroots: True or False for numbers with or without the marker （基层） alone; both if
            not given.

    Returns:
        A strategy; it shrinks towards the smallest parts and no marker.

    Raises:
        TypeError: As for :func:`scopes`.
        ValueError: As for :func:`scopes`.
        InvalidPart: As for :func:`scopes`.

    >>> from hypothesis import find
    >>> str(find(certificate_numbers(years=[2018], regions=["14020"], series=["012"]), bool))
    '鲁181402001200001'
    """
    return st.builds(
        NumberScope.number,
        scopes(years=years, regions=regions, series=series),
        st.integers(1, 99_999),
        st.booleans() if grassroots is None else st.just(grassroots),
    )


@st.composite
def written_forms(draw: st.DrawFn, number: CertificateNumber) -> str:
    """Every loss-free way to write a number: all that the closed list of normalisation undoes.

    Args:
        draw: Hypothesis passes it.
        number: The number that every drawn text stands for.

    Returns:
        A strategy of texts; it shrinks towards the canonical text.

    >>> from hypothesis import find
    >>> number = CertificateNumber(2018, "99020", "912", 1)
    >>> find(written_forms(number), bool) == str(number)
    True
    """
    spaces = st.text(_SPACES, max_size=2)
    parts: list[str] = []
    for position, char in enumerate(str(number)):
        if position in _BOUNDARIES or char == "（":
            parts.append(draw(spaces))
        if char in _DIGITS:
            parts.append(draw(st.sampled_from([char, _FULL_WIDTH[int(char)]])))
        elif char in "（）":
            parts.append(draw(st.sampled_from([char, "()"["（）".index(char)]])))
        else:
            parts.append(char)
    edge = st.text(_OUTER, max_size=2)
    parts = [draw(edge), *parts, draw(edge)]
    for position in draw(st.lists(st.integers(0, len(parts)), max_size=2)):
        parts.insert(position, draw(st.sampled_from(_INVISIBLE)))
    return "".join(parts)


def invalid_texts(code: FindingCode | str | None = None) -> st.SearchStrategy[str]:
    """Texts that are no numbers, each damaged in one way.

    Args:
        code: The finding that each text must have first: ``empty``, ``prefix``, ``length``,
            ``digits``, ``layout``, ``sequence-zero`` or ``marker``; any of them if not given.

    Returns:
        A strategy of texts.

    Raises:
        ValueError: If no text has this finding first.

    >>> from hypothesis import find
    >>> find(invalid_texts("sequence-zero"), bool)
    '鲁179000060000000'
    >>> invalid_texts("not-text")
    Traceback (most recent call last):
        ...
    ValueError: no text has the finding 'not-text' first; choose from empty, prefix, length, ...
    """
    if code is None:
        return st.one_of(*_DAMAGES.values())
    if (damaged := _DAMAGES.get(FindingCode(code))) is None:
        choices = ", ".join(_DAMAGES)
        raise ValueError(f"no text has the finding {str(code)!r} first; choose from {choices}")
    return damaged


def findings() -> st.SearchStrategy[Finding]:
    """Findings, as :func:`sdcert.check` reports them.

    >>> from hypothesis import given, settings
    >>> from sdcert.testing.strategies import findings
    >>> @settings(max_examples=3, deadline=None)
    ... @given(findings())
    ... def test_every_finding_has_its_words(finding):
    ...     assert finding.message("zh")
    >>> test_every_finding_has_its_words()
    """
    return _found().map(lambda verdict: verdict.findings).filter(bool).flatmap(st.sampled_from)


def verdicts() -> st.SearchStrategy[Verdict]:
    """Verdicts of every outcome, as :func:`sdcert.check` returns them.

    >>> from hypothesis import given, settings
    >>> from sdcert.testing.strategies import verdicts
    >>> @settings(max_examples=3, deadline=None)
    ... @given(verdicts())
    ... def test_only_valid_is_true(verdict):
    ...     assert bool(verdict) is (verdict.outcome == "valid")
    >>> test_only_valid_is_true()
    """
    return st.one_of(_found(), certificate_numbers().map(check))


def _found() -> st.SearchStrategy[Verdict]:
    unlisted = certificate_numbers().map(lambda number: check(number, codes=CodeBook()))
    return st.one_of(invalid_texts().map(check), unlisted)


def requests() -> st.SearchStrategy[Request]:
    """Requests for numbers, with keys that hosts might choose.

    >>> from hypothesis import find
    >>> from sdcert.testing.strategies import requests
    >>> find(requests(), bool).scope.region_code
    '90000'
    """
    keys = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
    return st.builds(Request, keys, scopes(), st.booleans())


_TEXT: Final = certificate_numbers().map(str)


@st.composite
def _replaced(draw: st.DrawFn, wrong: Sequence[str]) -> str:
    text = draw(_TEXT)
    for position in draw(st.lists(st.integers(1, 15), min_size=1, max_size=3)):
        text = text[:position] + draw(st.sampled_from(wrong)) + text[position + 1 :]
    return text


@st.composite
def _inserted(draw: st.DrawFn) -> str:
    text = draw(_TEXT)
    kinds = (_SPACES, "\t", "\n\r\x85\u2028", "\u202e\u2066", "\0\x1b", "-/_")
    inside = draw(st.sampled_from(kinds))
    position = draw(st.sampled_from(_INNER if inside == _SPACES else range(2, 16)))
    return text[:position] + draw(st.sampled_from(inside)) + text[position:]


_SIGN: Final = st.sampled_from(["", "魯", "山东", "粤", "SD", "No.", "编号：鲁", "“鲁", "Lu"])
_CUT: Final = st.sampled_from(["基层", "（基层", "基层）", "（基）", "（基层）（基层）"])
_ALTERED: Final = st.sampled_from(["[基层]", "【基层】", "（基層）", "（ 基层）"])
_COUNT: Final = st.integers(0, 40).filter(lambda count: count != 15)

_DAMAGES: Final[dict[FindingCode, st.SearchStrategy[str]]] = {
    FindingCode.EMPTY: st.text(_OUTER + _INVISIBLE, max_size=4),
    FindingCode.PREFIX: st.builds(lambda sign, text: sign + text[1:], _SIGN, _TEXT),
    FindingCode.LENGTH: st.builds(
        lambda digits, text: f"鲁{digits}{text[16:]}",
        _COUNT.flatmap(lambda count: st.text(_DIGITS, min_size=count, max_size=count)),
        _TEXT,
    ),
    FindingCode.DIGITS: st.one_of(
        _replaced("OolISBxé٣۴७²③一二三〇零Ⅳ"),
        _TEXT.map(lambda text: f"鲁{float(text[1:16]):.5E}"),
        _TEXT.map(lambda text: text[:16] + ".0"),
    ),
    FindingCode.LAYOUT: _inserted(),
    FindingCode.SEQUENCE_ZERO: _TEXT.map(lambda text: f"{text[:11]}00000{text[16:]}"),
    FindingCode.MARKER: st.one_of(
        st.builds(lambda mark, text: text[:16] + mark, _CUT | _ALTERED, _TEXT),
        _TEXT.map(lambda text: f"鲁（基层）{text[1:16]}"),
    ),
}
