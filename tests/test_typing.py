"""What a type checker makes of the public names; mypy runs over this file, pytest runs it."""

from collections.abc import Iterator
from typing import assert_type

import sdcert
from sdcert import CertificateNumber, Finding, FindingCode, NumberScope, Outcome
from sdcert.findings import Params, Severity
from sdcert.numbering import Found, Normalized


def test_the_public_types() -> None:
    number = CertificateNumber.parse("鲁181402001200001")
    assert_type(number, CertificateNumber)
    assert_type(number.year, int)
    assert_type(number.region_code, str)
    assert_type(number.grassroots, bool)
    assert_type(number.base, CertificateNumber)
    assert_type(number.scope, NumberScope)
    assert_type(number.scope.number(2), CertificateNumber)
    assert_type(number < number.base, bool)
    assert_type(sdcert.normalize(""), Normalized)
    assert_type(sdcert.find(""), Iterator[Found])
    verdict = sdcert.check(None)
    assert_type(verdict.outcome, Outcome)
    assert_type(verdict.number, CertificateNumber | None)
    assert_type(verdict.findings, tuple[Finding, ...])
    assert_type(verdict.findings[0].code, FindingCode)
    assert_type(verdict.findings[0].severity, Severity)
    assert_type(verdict.findings[0].params, Params)
    assert_type(verdict.findings[0].span, tuple[int, int] | None)
    assert_type(sdcert.is_valid(number), bool)
    assert_type(list(sdcert.check_many([])), list[tuple[Outcome, FindingCode | None]])
    assert_type(sdcert.__version__, str)
    assert str(number) == "鲁181402001200001"
