"""The judgement on one row: the library's verdict, and the row's own trouble with its day.

Only this file knows what an approval day that cannot be read does to a row: the number is not
VALID (undetermined at best), and no option lets the row pass.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

from sdcert.checking import Verdict, check
from sdcert.cli._texts import printable, say
from sdcert.dates import parse_day
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.findings import Lang
    from sdcert.numbering import CertificateNumber

__all__ = ["APPROVED", "Judge", "Judged"]

APPROVED: Final = "approved-on-unreadable"
"""The code of a row whose approval day cannot be read: the command's own, beside the findings."""


@attrs.frozen
class Judged:
    """What is said of one row.

    Attributes:
        verdict: What :func:`sdcert.checking.check` says of the value.
        lang: The language of the messages.
        day: What stands where the approval day should; None where there is no trouble with it.
    """

    verdict: Verdict
    lang: Lang
    day: str | None = None

    @property
    def outcome(self) -> Outcome:
        """The row's outcome."""
        if self.day is not None and self.verdict.outcome is Outcome.VALID:
            return Outcome.UNDETERMINED
        return self.verdict.outcome

    @property
    def number(self) -> CertificateNumber | None:
        """The number, where the value is well-formed."""
        return self.verdict.number

    @property
    def codes(self) -> list[str]:
        """The codes of all findings, each once, in their order."""
        if not self.verdict.findings and self.day is None:
            return []  # as most rows are
        own = [] if self.day is None else [APPROVED]
        found = [finding.code.value for finding in self.verdict.findings]
        return list(dict.fromkeys(own + found))

    @property
    def messages(self) -> list[str]:
        """What is said of the row, safe to print."""
        return [str(said["message"]) for said in self.said()]

    def said(self) -> list[dict[str, object]]:
        """Return all findings as data, in their order."""
        own: list[dict[str, object]] = []
        if self.day is not None:
            key = "approved-unreadable" if self.day.strip() else "approved-blank"
            text = say(key, self.lang, shown=printable(self.day, 24))
            own = [
                {
                    "code": APPROVED,
                    "kind": None,
                    "severity": Outcome.UNDETERMINED.value,
                    "field": "approved_on",
                    "span": None,
                    "message": text,
                }
            ]
        return own + [
            {
                "code": finding.code.value,
                "kind": finding.kind,
                "severity": finding.severity.value,
                "field": finding.field,
                "span": finding.span,
                "message": printable(finding.message(self.lang)),
            }
            for finding in self.verdict.findings
        ]


_LONGEST_DAY: Final = 64


@lru_cache(maxsize=4_096)
def _day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


@attrs.frozen
class Judge:
    """The question that is asked of every row.

    Attributes:
        codes: The code tables; None asks for the grammar alone.
        approved_on: One approval day for all rows.
        lang: The language of the messages.
    """

    codes: CodeBook | None
    approved_on: date | None
    lang: Lang

    def judge(self, value: str, day: str | None = None) -> Judged:
        """Judge a value.

        Args:
            value: The cell.
            day: The cell with the row's approval day; None where no column gives one.

        Returns:
            The judgement.
        """
        approved_on = self.approved_on
        if day is not None:
            approved_on = _day(day) if len(day) <= _LONGEST_DAY else None
            if approved_on is None:
                # without the day nothing can be said of the codes: the grammar alone
                return Judged(check(value), self.lang, day)
        return Judged(check(value, codes=self.codes, approved_on=approved_on), self.lang)
