"""The verdict on a value: grammar, then registry, then time.

What is checked follows from what is passed. Nothing: the grammar (鲁人社规〔2018〕22号, 第五条).
A code book: also whether the region/department code and the series/level code are registered
and were in force (第五条（一）（二）). VALID means well-formed and, if asked, registered; it never
means that the number was issued or that a certificate is genuine.

Who checks the grammar alone does not load the code tables: the annotations name their book by
``sdcert.CodeBook``, which the face imports when it is asked for, and the registry is imported where
a book is at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import attrs

import sdcert
from sdcert._diagnosis import diagnose, not_canonical
from sdcert._grammar import DIGITS, canonical_match, canonicalize, plain_text
from sdcert._shapes import LONGEST
from sdcert.dates import as_day
from sdcert.errors import expect, whole_number
from sdcert.findings import Finding, FindingCode, Outcome, Params
from sdcert.numbering import CertificateNumber

__all__ = [
    "SCHEME_BEGINS",
    "Verdict",
    "check",
    "check_options",
    "first_warning",
    "span_of",
    "year_findings",
]

SCHEME_BEGINS: Final = 2017  # the earliest evaluation year that the regulation shows (第五条)
_WIDEST_WINDOW: Final = 100
_REMEMBERED: Final = 1 << 14  # shapes
_ALIKE: Final = str.maketrans("023456789０２３４５６７８９", "1" * 9 + "１" * 9)


@attrs.frozen
class Verdict:
    """What :func:`check` says of one value.

    A verdict is true in a condition only if its outcome is VALID, so that ``if check(text):``
    cannot pass a bad value.

    Attributes:
        outcome: VALID, INVALID or UNDETERMINED.
        number: The number where the text is well-formed, else None.
        findings: All findings: INVALID ones, then UNDETERMINED, then warnings; by span in each.

    >>> from sdcert import check
    >>> verdict = check("鲁18140200120001")
    >>> bool(verdict), verdict.outcome.value, verdict.findings[0].code.value
    (False, 'invalid', 'length')
    """

    outcome: Outcome
    number: CertificateNumber | None = None
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, number: CertificateNumber | None, findings: Iterable[Finding] = ()) -> Verdict:
        """Order the findings and draw the outcome from them; without a number it is INVALID.

        >>> Verdict.of(None).outcome
        <Outcome.INVALID: 'invalid'>
        """
        ordered = tuple(sorted(findings, key=attrgetter("rank")))
        if number is None:
            return cls(Outcome.INVALID, None, ordered)
        outcome = ordered[0].severity.outcome if ordered else Outcome.VALID
        return cls(outcome, number, ordered)

    def __bool__(self) -> bool:
        return self.outcome is Outcome.VALID

    def text(self, lang: str = "en") -> str:
        """Return number, outcome and findings, each finding on a line of its own.

        >>> print(check("鲁18140200120000O").text("zh"))
        无效
          - “O”是字母，不是数字0（U+004F）
        """
        head = self.outcome.label(lang)
        if self.number is not None:
            head = f"{self.number} {head}"
        return "\n".join([head, *(f"  - {finding.message(lang)}" for finding in self.findings)])

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the verdict as plain data, ready for JSON; words in the language.

        >>> check("鲁181402001200001").as_dict("zh-CN")
        {'outcome': 'valid', 'label': '有效', 'number': '鲁181402001200001', 'findings': []}
        """
        return {
            "outcome": self.outcome.value,
            "label": self.outcome.label(lang),
            "number": None if self.number is None else str(self.number),
            "findings": [finding.as_dict(lang) for finding in self.findings],
        }


def check(
    value: object,
    *,
    codes: sdcert.CodeBook | None = None,
    approved_on: date | None = None,
    window_years: int = 1,
) -> Verdict:
    """Check one value and say everything that is wrong with it.

    Args:
        value: Text, or a :class:`~sdcert.numbering.CertificateNumber`; anything else is a
            finding, never an error.
        codes: A code book; without one the grammar alone is checked.
        approved_on: The day on which the certificate was approved and published (核准公布). The
            number's codes are read as of this day.
        window_years: Without ``approved_on`` a code counts as in force if it was so at any time
            from 1 January of the evaluation year through 31 December of the year this many years
            later (a reading: approval follows evaluation); 0 through 100.

    Returns:
        The verdict. It is INVALID for what is no number, for a code that a complete table lacks
        and for one that was not in force; UNDETERMINED for a code that a fragment or example
        table does not list; else VALID, which is never a statement that the number was issued.

    Raises:
        TypeError: If ``codes`` is no code book, ``approved_on`` no date or ``window_years`` no
            int.
        ValueError: If ``window_years`` is out of its bounds.

    >>> check("鲁181402001200001").outcome
    <Outcome.VALID: 'valid'>
    >>> verdict = check("魯18140200120000")
    >>> verdict.outcome, [finding.code.value for finding in verdict.findings]
    (<Outcome.INVALID: 'invalid'>, ['prefix', 'length'])
    >>> print(verdict.findings[1].message("zh"))
    编号应有15位数字，现有14位
    """
    check_options(codes, approved_on, window_years)
    if type(value) is CertificateNumber:
        text, number = str(value), value
    else:
        text = plain_text(value) or ""
        canonical = text if canonical_match(text) else canonicalize(text)
        if canonical is None:
            return Verdict.of(None, diagnose(value))
        number = CertificateNumber.parse(canonical)
    findings = []
    if text != str(number):
        findings.append(not_canonical(text))
    findings += year_findings(number, text, approved_on)
    if codes is not None:
        from sdcert.checking.registry import days_of, registry_findings  # noqa: PLC0415  # see above

        days = days_of(number.year, approved_on, window_years)
        found = registry_findings(codes, number.region_code, number.series_code, days)
        findings += [attrs.evolve(one, span=span_of(text, *one.span)) for one in found if one.span]
    return Verdict.of(number, findings)


def check_options(codes: object, approved_on: date | None, window_years: int) -> None:
    """Refuse options that :func:`check` refuses, whatever the value is."""
    if not 0 <= whole_number(window_years, "window_years") <= _WIDEST_WINDOW:
        raise ValueError(f"window_years must be 0 through {_WIDEST_WINDOW}, not {window_years}")
    if approved_on is not None:
        as_day(approved_on, "approved_on")
    if codes is not None:
        expect(codes, sdcert.CodeBook, "codes")


def span_of(text: str, first: int, stop: int) -> tuple[int, int]:
    """Return the span of some of the 15 digits in a text that the closed list made canonical."""
    places = [at for at, char in enumerate(text) if char.isdecimal()]
    return places[first], places[stop - 1] + 1


def year_findings(
    number: CertificateNumber, text: str, approved_on: date | None
) -> Iterator[Finding]:
    """Go through the warnings on a number's year; ``text`` is how the number was written."""
    if number.year < SCHEME_BEGINS:
        params = Params(year=number.year)
        span = span_of(text, *DIGITS["year"])
        yield Finding(FindingCode.YEAR_BEFORE_SCHEME, "year", span, params)
    if approved_on is not None and number.year > approved_on.year:
        params = Params(year=number.year, approved_on=approved_on)
        span = span_of(text, *DIGITS["year"])
        yield Finding(FindingCode.YEAR_IN_FUTURE, "year", span, params)


def first_warning(text: str, warning: FindingCode) -> FindingCode:
    """Tell which comes first of a number in another writing: not-canonical, or another warning.

    That is a matter of their places, and so of the text's shape: digits are all alike.
    """
    shape = text.translate(_ALIKE)
    return _first_warning(shape, warning) if len(shape) <= LONGEST else _first(shape, warning)


def _first(shape: str, warning: FindingCode) -> FindingCode:
    other = not_canonical(shape)
    own = span_of(shape, *DIGITS[warning.partition("-")[0]])  # region-reused is on the region
    return warning if own < (other.span or own) else other.code


_first_warning: Final = lru_cache(_REMEMBERED)(_first)
