"""The verdict on one row, in codes and words.

To what :func:`sdcert.checking.check` finds of the value it adds what the cell of a workbook is that
holds no text, an approval day that cannot be read, and what an audit finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.checking import Verdict, check
from sdcert.cli.phrases import phrase
from sdcert.files.cells import CellError, Uncomputed
from sdcert.findings import FindingCode, Outcome, Severity
from sdcert.messages import excerpt, render, sentences

if TYPE_CHECKING:
    from sdcert.cli.account import FilePart
    from sdcert.numbering import CertificateNumber

__all__ = ["APPROVED", "CELLS", "Extra", "Judged", "Twins", "as_read"]

APPROVED: Final = "approved-on-unreadable"
"""The code of a row whose approval day cannot be read: the command's own, beside the findings."""

CELLS: Final = ("numeric-cell", "date-cell", "boolean-cell", "error-cell", "formula-cell")
"""The codes of cells of a workbook that hold no text: the command's own, too."""

_KEPT: Final = 15  # digits of a number that a spreadsheet keeps
_PREFIX: Final = "鲁"
_LONGEST: Final = 4_000  # characters of a message


@attrs.frozen
class Twins:
    """Rows of one part that make a finding together with another row."""

    part: FilePart
    lines: tuple[int, ...]
    own: bool  # whether the other row is of the same file and sheet

    def text(self, lang: str) -> str:
        """Tell where they are."""
        at = phrase(f"at-{self.part.place}", lang, lines=self.lines)
        return at if self.own else phrase("at-of", lang, at=at, name=self.part.brief)


@attrs.frozen
class Extra:
    """What an audit finds of a row beside its verdict."""

    code: str
    group: str | None = None  # the same for all rows that make the finding together
    twins: tuple[Twins, ...] = ()  # these rows

    @property
    def severity(self) -> Outcome:
        """What it makes of a row that is valid."""
        undetermined = self.code.endswith("-undetermined")
        return Outcome.UNDETERMINED if undetermined else Outcome.INVALID

    def message(self, lang: str) -> str:
        """Tell what is found, and with which rows."""
        label = render(f"audit.label.{self.code}", lang)
        if not self.twins:
            return label
        places = tuple(one.text(lang) for one in self.twins)
        return phrase("audit-with", lang, label=label, places=places)


@attrs.frozen
class Judged:
    """The verdict on one row."""

    verdict: Verdict  # that of check() on the value
    lang: str
    day: str | None = None  # what stands where the approval day should; None where that is right
    value: str = ""  # the cell, as text
    cell: str | None = None  # one of CELLS
    extra: tuple[Extra, ...] = ()  # what an audit finds besides

    @property
    def outcome(self) -> Outcome:
        """The row's outcome."""
        found = {self.verdict.outcome, *(one.severity for one in self.extra)}
        if Outcome.INVALID in found:
            return Outcome.INVALID
        if self.day is not None or Outcome.UNDETERMINED in found:
            return Outcome.UNDETERMINED
        return Outcome.VALID

    @property
    def number(self) -> CertificateNumber | None:
        """The number, where the value is well-formed."""
        return self.verdict.number

    @property
    def codes(self) -> list[str]:
        """The codes of all findings, each once, in their order."""
        own = [APPROVED] if self.day is not None else []
        if self.cell is not None:
            own.append(self.cell)
        found = [finding.code.value for finding in self.verdict.findings]
        return list(dict.fromkeys([*own, *found, *(one.code for one in self.extra)]))

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
        """The messages of the row, each once, safe to print."""
        return list(dict.fromkeys(str(one["message"]) for one in self.findings()))

    @property
    def message(self) -> str:
        """The same in one text."""
        return sentences(self.messages, self.lang)

    def findings(self) -> list[dict[str, object]]:
        """Return all findings as data, in their order."""
        made = []
        if self.day is not None:
            key = "approved-unreadable" if self.day.strip() else "approved-blank"
            text = phrase(key, self.lang, shown=excerpt(self.day))
            made.append(_finding(APPROVED, Outcome.UNDETERMINED, text, field="approved_on"))
        of_cell = ""
        if self.cell is not None:
            of_cell = self._of_cell(self.cell)
            made.append(_finding(self.cell, Outcome.INVALID, of_cell, field="text"))
        for one in self.verdict.findings:
            text = excerpt(one.message(self.lang), _LONGEST)
            if one.code is FindingCode.NOT_TEXT:  # of a cell that is told already
                text = of_cell or text
            given = _finding(one.code, one.severity, text, one.field)
            made.append(given | {"kind": one.kind, "span": one.span})
        for extra in self.extra:
            given = _finding(extra.code, extra.severity, extra.message(self.lang))
            if extra.group is not None:
                given["group"] = extra.group
                given["twins"] = [
                    {"file": table.source.name, "sheet": table.sheet, "line": line}
                    for table, lines in ((of.part.table, of.lines) for of in extra.twins)
                    for line in lines
                ]
            made.append(given)
        return made

    def _of_cell(self, cell: str) -> str:
        key = cell
        if cell == "numeric-cell":
            digits = len(self.value.lstrip("-").partition(".")[0])
            if self.suggestion is not None:
                key = "numeric-cell-whole"
            elif digits > _KEPT:
                key = "numeric-cell-cut"
        shown = excerpt(self.value, 40)
        return phrase(key, self.lang, shown=shown, suggestion=self.suggestion or "")


def _finding(
    code: str, severity: Outcome | Severity, message: str, field: str | None = None
) -> dict[str, object]:
    kinds = {"kind": None, "severity": severity.value, "field": field, "span": None}
    return {"code": str(code), **kinds, "message": message}


def as_read(value: Any) -> tuple[Any, str | None]:
    """Tell what of a workbook's cell is judged, and what the cell is if it holds no text.

    What is no text, such as a number, is ``not-text``, as in every other format.

    >>> as_read("鲁18"), as_read(181402001200001), as_read(1.5)
    (('鲁18', None), (181402001200001, 'numeric-cell'), (1.5, 'numeric-cell'))
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
        return value, "numeric-cell"
    return value, "date-cell"
