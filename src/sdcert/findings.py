"""Findings: what can be wrong with a value, how grave it is, and in which order it is reported.

A :class:`Finding` is data: a stable code, a field, a span, the parameters of the case. Its message
in English or Chinese is made on request, from the catalogue (``texts/findings.json``), in the terms
of the regulations (鲁人社规〔2018〕22号, 第五条; 聊人社字〔2019〕27号, 一).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import attrs

from sdcert.messages import Labelled, known, render, show

__all__ = [
    "Finding",
    "FindingCode",
    "Outcome",
    "Params",
    "Severity",
]


class Outcome(Labelled, texts="findings.outcome"):
    """The three answers. Unknown is never valid.

    ``VALID`` means well-formed and, if asked, registered. It never means that the number was
    issued or that a certificate is genuine: no table says so.

    >>> from sdcert import CodeBook, check
    >>> check("鲁181402001200001").outcome
    <Outcome.VALID: 'valid'>
    >>> check("鲁189902001200001", codes=CodeBook.bundled()).outcome
    <Outcome.UNDETERMINED: 'undetermined'>
    >>> Outcome.UNDETERMINED.label("zh")
    '无法判定'
    """

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"


class Severity(StrEnum):
    """How grave a finding is; the gravest one decides the outcome, a warning never does.

    >>> from sdcert import Severity, check
    >>> verdict = check("鲁 181402001200001")
    >>> verdict.findings[0].severity is Severity.WARNING, verdict.outcome.value
    (True, 'valid')
    """

    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    WARNING = "warning"

    @property
    def outcome(self) -> Outcome:
        """The outcome of a number whose gravest finding is of this severity."""
        return _OUTCOMES[self]

    @property
    def rank(self) -> int:
        """The place in the order of findings, 0 for the gravest."""
        return _RANKS[self]


_OUTCOMES: Final = {
    Severity.INVALID: Outcome.INVALID,
    Severity.UNDETERMINED: Outcome.UNDETERMINED,
    Severity.WARNING: Outcome.VALID,
}
_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


class FindingCode(Labelled, texts="findings.label"):
    """The stable names of all findings; the label is a short name of the case for summaries.

    >>> from sdcert import FindingCode
    >>> FindingCode("length") is FindingCode.LENGTH
    True
    >>> FindingCode.LENGTH.severity, FindingCode.REGION_UNLISTED.severity
    (<Severity.INVALID: 'invalid'>, <Severity.UNDETERMINED: 'undetermined'>)
    >>> FindingCode.SEQUENCE_ZERO.label("zh")
    '顺序编号为00000'
    """

    NOT_TEXT = "not-text"
    EMPTY = "empty"
    PREFIX = "prefix"
    LENGTH = "length"
    DIGITS = "digits"
    LAYOUT = "layout"
    SEQUENCE_ZERO = "sequence-zero"
    MARKER = "marker"
    REGION_UNKNOWN = "region-unknown"
    REGION_NOT_IN_FORCE = "region-not-in-force"
    SERIES_UNKNOWN = "series-unknown"
    SERIES_NOT_IN_FORCE = "series-not-in-force"
    CODES_NOT_TOGETHER = "codes-not-together"
    APPROVER_MISMATCH = "approver-mismatch"
    MANAGER_MISMATCH = "manager-mismatch"
    REGION_UNLISTED = "region-unlisted"
    SERIES_UNLISTED = "series-unlisted"
    APPROVER_UNDETERMINED = "approver-undetermined"
    MANAGER_UNDETERMINED = "manager-undetermined"
    REGION_REUSED = "region-reused"
    SERIES_REUSED = "series-reused"
    NOT_CANONICAL = "not-canonical"
    YEAR_BEFORE_SCHEME = "year-before-scheme"
    YEAR_IN_FUTURE = "year-in-future"

    @property
    def severity(self) -> Severity:
        """The gravity that every finding of this code has."""
        return _SEVERITIES.get(self, Severity.INVALID)


UNDECIDED: Final = "undecided"
"""The kind of ``codes-not-together`` where some day of the window is not decided for both codes."""

_SEVERITIES: Final = {
    FindingCode.REGION_UNLISTED: Severity.UNDETERMINED,
    FindingCode.SERIES_UNLISTED: Severity.UNDETERMINED,
    FindingCode.APPROVER_UNDETERMINED: Severity.UNDETERMINED,
    FindingCode.MANAGER_UNDETERMINED: Severity.UNDETERMINED,
    FindingCode.REGION_REUSED: Severity.WARNING,
    FindingCode.SERIES_REUSED: Severity.WARNING,
    FindingCode.NOT_CANONICAL: Severity.WARNING,
    FindingCode.YEAR_BEFORE_SCHEME: Severity.WARNING,
    FindingCode.YEAR_IN_FUTURE: Severity.WARNING,
}


class Params(Mapping[str, object]):
    """The parameters of one finding: a read-only mapping that hashes, pickles and compares.

    >>> params = Params(kind="short", digits=14)
    >>> params["kind"], dict(params)
    ('short', {'kind': 'short', 'digits': 14})
    >>> params == {"kind": "short", "digits": 14}
    True
    """

    __slots__ = ("_items",)

    def __init__(self, /, **items: object) -> None:
        self._items = tuple(items.items())

    def __getitem__(self, key: str) -> object:
        for name, value in self._items:
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __reduce__(self) -> tuple[object, tuple[object]]:
        return _restore_params, (self._items,)

    def __repr__(self) -> str:
        return f"Params({', '.join(f'{name}={value!r}' for name, value in self._items)})"


def _restore_params(items: tuple[tuple[str, object], ...]) -> Params:
    return Params(**dict(items))


def _as_params(value: Mapping[str, object]) -> Params:
    return value if isinstance(value, Params) else Params(**value)


@attrs.frozen
class Finding:
    """One problem found in a value.

    Attributes:
        code: The stable name of the finding.
        field: What it concerns: ``text``, ``prefix``, ``digits``, ``year``, ``region_code``,
            ``series_code``, ``sequence`` or ``marker``; for records also ``approver`` and
            ``manager``.
        span: Start and end (excluded) in the text as it was given; None where there is no text.
        params: The case: ``params["kind"]`` names it within the code (the code itself where it has
            one case only), the rest is what the message names. Strings from the input are short,
            printable excerpts.

    Raises:
        ValueError: If the code is none of :class:`FindingCode`.

    >>> finding = Finding(FindingCode.LENGTH, "digits", (1, 15),
    ...                   {"kind": "short", "count": 14, "expected": 15})
    >>> finding.severity
    <Severity.INVALID: 'invalid'>
    >>> finding.message()
    '15 digits are needed, not 14'
    >>> finding.message("zh")
    '编号应有15位数字，现有14位'
    """

    code: FindingCode = attrs.field(converter=FindingCode)
    field: str
    span: tuple[int, int] | None = None
    params: Params = attrs.field(factory=Params, converter=_as_params)

    def __attrs_post_init__(self) -> None:
        if "kind" not in self.params:
            object.__setattr__(self, "params", Params(kind=self.code.value, **self.params))

    @property
    def severity(self) -> Severity:
        """How grave it is; it follows from the code and, for ``codes-not-together``, the kind."""
        if self.kind == UNDECIDED:
            return Severity.UNDETERMINED
        return self.code.severity

    @property
    def rank(self) -> tuple[int, tuple[int, ...]]:
        """The place in the order of a verdict's findings, by severity and then by span."""
        return self.severity.rank, self.span or ()

    @property
    def kind(self) -> str:
        """The case within the code; the code itself where it has one case only."""
        return str(self.params["kind"])

    def message(self, lang: str = "en") -> str:
        """Return the finding as a sentence, without a full stop.

        Args:
            lang: ``en``, ``zh`` (Simplified Chinese, the terms of the regulations) or a tag of
                these.

        Returns:
            One line of bounded length, safe to print.

        Raises:
            ValueError: If the language is neither.
        """
        key = f"findings.{self.code.value}.{self.kind}"
        if not known(key):
            key = f"findings.{self.code.value}"
        try:
            return render(key, lang, **self.params)
        except KeyError:  # made by hand, without the parameters of its case
            return self.code.label(lang)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the finding as plain data, ready for JSON; words in the language."""
        return {
            "code": self.code.value,
            "kind": self.kind,
            "severity": self.severity.value,
            "field": self.field,
            "span": None if self.span is None else list(self.span),
            "params": {
                name: value if type(value) in (int, str, bool) else show(value, lang)
                for name, value in self.params.items()
            },
            "message": self.message(lang),
        }

    def __str__(self) -> str:
        return self.message()
