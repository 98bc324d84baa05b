"""The whole way from bytes to a verdict.

For any text ``check`` answers without an exception. A text is VALID exactly if normalising it gives
canonical text; the number of a VALID one writes that text; ``parse`` refuses the others, with the
same findings. ``is_valid`` and ``check_many`` say what ``check`` says, with tables and without.
Every finding points into the text and is worded in printable, bounded sentences. Normalising twice
changes nothing more, and the edits account for each character. Nothing that ``find`` yields is
refused by ``parse``.
"""

import re
from collections.abc import Iterator

from sdcert import (
    PATTERN,
    CertificateNumber,
    Finding,
    InvalidNumber,
    Verdict,
    check,
    check_many,
    find,
    is_valid,
    normalize,
)
from sdcert.numbering import Normalized
from sdcert.testing.examples import complete_codes, example_codes

__all__ = ["WORDS", "invariant", "seeds"]

BOOKS = (None, example_codes(), complete_codes())
WORDS = [
    "鲁",
    "魯",
    "（基层）",
    "(基层)",
    "１",
    "\u3000",
    "\u200b",
    "\u202e",
    "00000",
    "18140",
    "2",
]
WORDS += ["14020", "012", "91101", "601", "E+16", ".0", "〔", "Ⅳ", "\ufeff", "编号："]


def seeds() -> Iterator[bytes]:
    for text in (
        "鲁181402001200001",
        "鲁181402001200001（基层）",
        "编号：鲁 18 91101 601 ００００１(基层)，鲁189110160100002。",
        "魯18140200120000O",
        "1.81402E+14\n鲁240001174200000",
        "鲁2191150601\u200b99999【基层】",
    ):
        yield text.encode()


def invariant(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    lines = dict.fromkeys([text, *text.splitlines()[:9]])
    verdicts = [_judged(line) for line in lines]
    for codes, each in zip(BOOKS, zip(*verdicts, strict=True), strict=True):
        assert list(check_many(lines, codes=codes)) == list(map(_first, each))
    for found in find(text):
        written = text[found.start : found.stop]
        assert CertificateNumber.parse(written) == found.number
        assert not {"\n", "\r"} & {*written}


def _judged(text: str) -> list[Verdict]:
    normal = normalize(text)
    assert normalize(normal.text) == Normalized(normal.text)
    for edit in normal.edits:
        assert text[slice(*edit.span)] == edit.before != edit.after
    assert len(text) - len(normal.text) == sum(len(e.before) - len(e.after) for e in normal.edits)
    canonical = re.fullmatch(PATTERN, normal.text) is not None
    verdicts = [check(text, codes=codes) for codes in BOOKS]
    for codes, verdict in zip(BOOKS, verdicts, strict=True):
        assert verdict or verdict.findings
        assert is_valid(text, codes=codes) is bool(verdict)
        assert (verdict.number is not None) is canonical
    for finding in {one for verdict in verdicts for one in verdict.findings}:
        _worded(finding, text)
    if canonical:
        number = CertificateNumber.parse(text)
        assert str(number) == normal.text == str(CertificateNumber.parse(str(number), strict=True))
        assert [verdict.number for verdict in verdicts] == [number] * len(BOOKS)
        return verdicts
    for strict in (False, True):
        try:
            CertificateNumber.parse(text, strict=strict)
        except InvalidNumber as error:
            assert error.findings == verdicts[0].findings  # noqa: PT017
        else:
            raise AssertionError(f"parse takes what check refuses: {text!r}")
    return verdicts


def _worded(finding: Finding, text: str) -> None:
    assert finding.span is not None
    start, stop = finding.span
    assert 0 <= start <= stop <= len(text)
    for lang in ("en", "zh"):
        message = finding.message(lang)
        assert message.isprintable()
        assert len(message) < 400


def _first(verdict: Verdict) -> tuple[object, object]:
    return verdict.outcome, verdict.findings[0].code if verdict.findings else None
