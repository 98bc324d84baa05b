"""The verdict on one row, the trouble with its approval day or its cell included.

Nothing is judged here that :func:`sdcert.checking.check` does not judge. Two things are added: a
row whose own approval day cannot be read is never passed on the guess of another day; and a cell of
a workbook that holds no text is told as what it is.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.checking import Verdict, check
from sdcert.cli._texts import printable, say
from sdcert.dates import parse_day
from sdcert.files.cells import CellError, Uncomputed, is_blank, text_of
from sdcert.findings import FindingCode, Outcome

if TYPE_CHECKING:
    from sdcert.codes import CodeBook
    from sdcert.numbering import CertificateNumber

__all__ = ["APPROVED", "CELLS", "Judge", "Judged", "as_read", "day_of"]

APPROVED: Final = "approved-on-unreadable"
"""The code of a row whose approval day cannot be read: the command's own, beside the findings."""

CELLS: Final = ("numeric-cell", "date-cell", "boolean-cell", "error-cell", "formula-cell")
"""The codes of cells of a workbook that hold no text: the command's own, too."""

_KEPT: Final = 15  # digits of a number that a spreadsheet keeps
_PREFIX: Final = "鲁"


@attrs.frozen
class Judged:
    """What is said of one row.

    Attributes:
        verdict: What :func:`sdcert.checking.check` says of the value.
        lang: The language of the messages.
        day: What stands where the approval day should; None where there is no trouble with it.
        value: The cell, as text.
        cell: One of :data:`CELLS`; None where the cell is text, or of no workbook.
    """

    verdict: Verdict
    lang: str
    day: str | None = None
    value: str = ""
    cell: str | None = None

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
        own = [APPROVED] if self.day is not None else []
        if self.cell is not None:
            own.append(self.cell)
        found = [finding.code.value for finding in self.verdict.findings]
        return list(dict.fromkeys(own + found))

    @property
    def suggestion(self) -> str | None:
        """The number in canonical form, where the cell holds it in another.

        Of a number of 15 digits in a cell of a workbook it is what the cell may have held: that has
        to be compared with the certificate.
        """
        if self.number is not None:
            canonical = str(self.number)
            return canonical if canonical != self.value else None
        if self.cell == "numeric-cell" and len(self.value) == _KEPT:
            meant = check(_PREFIX + self.value).number
            return None if meant is None else str(meant)
        return None

    @property
    def messages(self) -> list[str]:
        """What is said of the row, each thing once, safe to print."""
        return list(dict.fromkeys(str(said["message"]) for said in self.said()))

    @property
    def message(self) -> str:
        """The same in one text."""
        return ("；" if self.lang == "zh" else "; ").join(self.messages)

    def said(self) -> list[dict[str, object]]:
        """Return all findings as data, in their order."""
        own = []
        if self.day is not None:
            key = "approved-unreadable" if self.day.strip() else "approved-blank"
            text = say(key, self.lang, shown=printable(self.day, 24))
            own.append(_own(APPROVED, Outcome.UNDETERMINED, "approved_on", text))
        told = None
        if self.cell is not None:
            told = self._of_cell(self.cell)
            own.append(_own(self.cell, Outcome.INVALID, "text", told))
        return own + [
            {
                "code": finding.code.value,
                "kind": finding.kind,
                "severity": finding.severity.value,
                "field": finding.field,
                "span": finding.span,
                # what a cell is if it is no text has been told already
                "message": told
                if told and finding.code is FindingCode.NOT_TEXT
                else printable(finding.message(self.lang)),
            }
            for finding in self.verdict.findings
        ]

    def _of_cell(self, cell: str) -> str:
        key = cell
        if cell == "numeric-cell":
            digits = len(self.value.lstrip("-").partition(".")[0])
            if self.suggestion is not None:
                key = "numeric-cell-whole"
            elif digits > _KEPT:
                key = "numeric-cell-cut"
        shown = printable(self.value, 40)
        return say(key, self.lang, shown=shown, suggestion=self.suggestion or "")


def _own(code: str, severity: Outcome, field: str, message: str) -> dict[str, object]:
    return {
        "code": code,
        "kind": None,
        "severity": severity.value,
        "field": field,
        "span": None,
        "message": message,
    }


def as_read(value: Any) -> tuple[Any, str | None]:
    """Tell what of a workbook's cell is judged, and what the cell is if it holds no text.

    A number is judged as the text that it shows, so that the verdict is that of the same digits as
    text; what is no number and no text is ``not-text``.

    >>> as_read("鲁18"), as_read(181402001200001), as_read(1.5)
    (('鲁18', None), ('181402001200001', 'numeric-cell'), ('1.5', 'numeric-cell'))
    """
    if type(value) is str:
        return value, None
    if isinstance(value, CellError):
        return str(value), "error-cell"
    if isinstance(value, Uncomputed):
        return None, "formula-cell"
    if isinstance(value, bool):
        return value, "boolean-cell"
    if isinstance(value, int | float):
        return text_of(value), "numeric-cell"
    return value, "date-cell"


_LONGEST_DAY: Final = 64


@lru_cache(maxsize=4_096)
def _day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def day_of(value: Any) -> date | None:
    """Return the day in a cell; None where it holds none.

    >>> day_of("2018/12/28"), day_of(datetime(2018, 12, 28, 8)), day_of(20181228)
    (datetime.date(2018, 12, 28), datetime.date(2018, 12, 28), None)
    """
    if isinstance(value, str):
        return _day(value) if len(value) <= _LONGEST_DAY else None
    if isinstance(value, datetime):
        return value.date() if value.tzinfo is None else None
    return value if isinstance(value, date) else None


_NO_DAY: Final = object()


@attrs.frozen
class Judge:
    """The question that is asked of every row.

    Attributes:
        codes: The code tables; None asks for the grammar alone.
        approved_on: One approval day for all rows.
        lang: The language of the messages.
        workbook: Whether values are cells of a workbook.
    """

    codes: CodeBook | None
    approved_on: date | None
    lang: str
    workbook: bool = False

    def judge(self, value: Any, day: Any = _NO_DAY) -> Judged:
        """Judge a value.

        Args:
            value: The cell; what is blank is judged as empty text.
            day: The cell with the row's approval day; left out where no column gives one.

        Returns:
            The judgement.
        """
        shown, cell = text_of(value), None
        if is_blank(value):
            value = shown
        elif self.workbook:
            value, cell = as_read(value)
        codes, approved_on, unread = self.codes, self.approved_on, None
        if day is not _NO_DAY:
            approved_on = day_of(day)
            if approved_on is None:
                # without the day nothing can be said of the codes: the grammar alone
                codes, unread = None, text_of(day)
        verdict = check(value, codes=codes, approved_on=approved_on)
        return Judged(verdict, self.lang, unread, shown, cell)
