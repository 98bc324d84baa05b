"""A fuzz target for the whole way from bytes to a verdict.

Its invariant: for any bytes read as UTF-8 (surrogates passed), ``check`` answers without an
exception; a text is VALID exactly if normalising it gives canonical text; a VALID text's number
writes that canonical text; every finding points into the text and is worded in printable,
bounded sentences; and nothing that ``find`` yields is refused by ``parse``.

Run it under a coverage-guided fuzzer with ``pip install atheris`` and
``python -m tests.fuzz_numbering -max_total_time=60``; the suite runs it on Hypothesis' bytes.
"""

import re
import sys

from sdcert import PATTERN, CertificateNumber, check, find, normalize


def invariant(data: bytes) -> None:
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")
    verdict = check(text)
    canonical = normalize(text).text
    assert bool(verdict) is (re.fullmatch(PATTERN, canonical) is not None)
    if verdict.number:
        assert str(verdict.number) == canonical
    assert verdict or verdict.findings
    for finding in verdict.findings:
        assert finding.span is not None
        start, stop = finding.span
        assert 0 <= start <= stop <= len(text)
        for lang in ("en", "zh"):
            message = finding.message(lang)
            assert message.isprintable()
            assert len(message) < 400
    for found in find(text):
        assert CertificateNumber.parse(text[found.start : found.stop]) == found.number


def main() -> None:
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, invariant)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
