"""The verdicts on a batch of rows. Only this file uses the fast engine.

Verdicts are those of :mod:`sdcert.frames`, the same for every value as of
:func:`sdcert.checking.check`. Messages come from ``check`` itself, for rows with findings only.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert._shapes import shape_of
from sdcert.checking import check
from sdcert.cli.judge import Extra, Judge, Judged, as_read, day_of
from sdcert.files.arrow import days_of, values_of
from sdcert.files.cells import ABSENT, is_blank
from sdcert.findings import FindingCode, Outcome
from sdcert.frames.answers import answer_struct
from sdcert.frames.query import FIELDS, VERDICT, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.files import Batch

__all__ = ["Engine", "Found", "Row"]

_HEAD: Final = 11  # of a canonical text: 鲁, year, region and series code
_MEMORY: Final = 65_536
_LONGEST: Final = 64  # characters of a text whose codes are remembered
_NO_DIGITS: Final = bytes(set(range(256)).difference(b"0123456789"))
_WIDE: Final = re.compile("[０-９]")
_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}
_NOTHING: Final = pa.scalar(None, pa.string())
_NONE: Final[Mapping[int, tuple[Extra, ...]]] = {}


@attrs.define
class Row:
    """A row of the file with what was found.

    Attributes:
        line: Its line or row in the file.
        cells: Its cells; there may be more or fewer than the header has.
        outcome: ``valid``, ``invalid``, ``undetermined``; None for a blank row, which was not
            checked, and has nothing in all that follows.
        canonical: The number in canonical form, where the value is one.
        year: The evaluation year, four digits.
        region_code: Five digits; the first two are the city's prefix.
        series_code: Three digits.
        sequence: 1 through 99999.
        grassroots: Whether the marker follows.
        judged: All findings and their messages; None where there are none.
    """

    line: int
    cells: Sequence[Any]
    outcome: str | None
    canonical: str | None
    year: int | None
    region_code: str | None
    series_code: str | None
    sequence: int | None
    grassroots: bool | None
    judged: Judged | None

    @property
    def findings(self) -> str | None:
        """The codes of all findings, separated by semicolons; None where there are none."""
        return None if self.judged is None else ";".join(self.judged.codes)

    @property
    def message(self) -> str | None:
        """What was found, in words; None where there is nothing to say."""
        return None if self.judged is None else self.judged.message


@attrs.define(eq=False, slots=False, kw_only=True)
class Found:
    """What was found in a batch.

    Attributes:
        batch: The batch.
        answers: The engine's columns, by name; null in the rows that are blank.
        blank: Rows that hold nothing, which are not checked.
        flagged: Rows with something to say, in their order.
    """

    batch: Batch
    answers: dict[str, pa.Array]
    blank: Sequence[int]
    flagged: Sequence[int]
    _engine: Engine
    _cells: Any  # those with the numbers
    _days: Any  # those with the approval days; None where no column gives them
    _extra: Mapping[int, tuple[Extra, ...]]
    _judged: dict[int, Judged] = attrs.field(factory=dict, init=False)
    _columns: dict[int, Any] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self.answers["outcome"])

    def outcomes(self) -> dict[str, int]:
        """Count the rows by outcome, blank ones left out."""
        counts = pc.value_counts(self.answers["outcome"].drop_null())
        return {one["values"].as_py(): one["counts"].as_py() for one in counts}

    def _of_flagged(self, column: Any) -> dict[int, Any]:
        if isinstance(column, pa.Array):
            try:
                column = column.take(pa.array(self.flagged, pa.int64()))
            except pa.ArrowNotImplementedError:  # of views, say
                return {at: _one(column, at) for at in self.flagged}
            values = values_of(column)
            return dict(zip(self.flagged, values, strict=True))
        return {at: column[at] for at in self.flagged}

    @cached_property
    def _values(self) -> dict[int, Any]:
        """The cells with the numbers, of the rows with something to say."""
        return self._of_flagged(self._cells)

    @cached_property
    def _canonical(self) -> dict[int, str | None]:
        return self._of_flagged(self.answers["canonical"])

    @cached_property
    def _outcomes(self) -> dict[int, str]:
        return self._of_flagged(self.answers["outcome"])

    def outcome(self, at: int) -> Outcome:
        """Return the outcome of a row that has something to say."""
        return _OUTCOMES[self._outcomes[at]]

    def judged(self, at: int) -> Judged:
        """Return all findings of a row that has something to say."""
        if at not in self._judged:
            judged = self._engine.one(self._values[at], self._days, at)
            extra = self._extra.get(at)
            self._judged[at] = attrs.evolve(judged, extra=extra) if extra else judged
        return self._judged[at]

    def codes(self, at: int) -> tuple[str, ...]:
        """Return the codes of all findings of a row, for counting."""
        own = self._days is not None or at in self._extra
        key = None if own else _key(self._values[at], self._canonical[at])
        if key is None:
            return tuple(self.judged(at).codes)
        memory = self._engine.memory
        codes = memory.get(key)
        if codes is None:
            codes = tuple(self.judged(at).codes)
            if len(memory) < _MEMORY:
                memory[key] = codes
        return codes

    def cell(self, column: int, at: int) -> Any:
        """Return the cell of a row, of a column of the batch."""
        if column not in self._columns:
            self._columns[column] = self.batch.column(column)
        return _one(self._columns[column], at)

    def rows(self) -> Iterator[Row]:
        """Return every row, blank ones included, with what was found."""
        flagged = set(self.flagged)
        judged = [self.judged(at) if at in flagged else None for at in range(len(self))]
        parts = (self.answers[name].to_pylist() for name in ("outcome", "canonical", *FIELDS))
        return map(Row, self.batch.lines, self.batch.rows(), *parts, judged)

    def messages(self) -> dict[str, pa.Array]:
        """Return the codes and the messages of all rows as columns."""
        codes: list[str | None] = [None] * len(self)
        texts: list[str | None] = [None] * len(self)
        for at in self.flagged:
            judged = self.judged(at)
            codes[at], texts[at] = ";".join(judged.codes), judged.message
        return {"findings": pa.array(codes, pa.string()), "message": pa.array(texts, pa.string())}


class Engine:
    """Asks for the verdicts on batches.

    Args:
        codes: The code tables; None checks the grammar alone.
        approved_on: One approval day for all rows.
        lang: The language of messages.
        column: The column with the numbers.
        day_column: The column with the approval days.
        workbook: Whether cells are those of a workbook.
        fields: Whether the parts of the numbers are wanted.
    """

    def __init__(
        self,
        codes: CodeBook | None,
        approved_on: date | None,
        lang: str,
        *,
        column: int,
        day_column: int | None = None,
        workbook: bool = False,
        fields: bool = True,
    ) -> None:
        self._judge = Judge(codes, approved_on, lang, workbook)
        self._workbook = workbook
        columns = (*VERDICT, *FIELDS) if fields else tuple(VERDICT)
        self._question = Check(codes, approved_on, columns=columns)
        self._bare = Check(columns=columns)  # for rows without a day: the grammar alone
        self.column = column
        self.day_column = day_column
        self.memory: dict[tuple[bytes, bool], tuple[str, ...]] = {}

    def one(self, value: Any, days: Any, at: int) -> Judged:
        """Judge one row of a batch, with all its findings."""
        if days is None:
            return self._judge.judge(value)
        return self._judge.judge(value, _one(days, at))

    def judge(self, batch: Batch, extra: Mapping[int, tuple[Extra, ...]] = _NONE) -> Found:
        """Judge a batch.

        Args:
            batch: The rows.
            extra: What an audit finds besides, by the position of the row.
        """
        cells = batch.column(self.column)
        if isinstance(cells, pa.ExtensionArray):
            cells = cells.storage  # JSON, say, is text: the same is judged and told
        day_cells = None if self.day_column is None else batch.column(self.day_column)
        if isinstance(day_cells, pa.Array):
            day_cells = days_of(day_cells)
        blank: list[int] = []
        odd: dict[int, FindingCode] = {}
        noted: list[int] = []
        values = cells
        if not isinstance(cells, pa.Array):
            values, blank, odd, noted = self._texts(batch, cells)
        answers, bad_days = self._answers(values, day_cells)
        finding, outcome = answers["finding"], answers["outcome"]
        size = len(finding)
        if isinstance(cells, pa.Array) and cells.null_count:
            finding = pc.if_else(cells.is_null(), FindingCode.EMPTY.value, finding)
            outcome = pc.if_else(cells.is_null(), Outcome.INVALID.value, outcome)
        if odd:
            where = _mask(odd, size)
            codes = pa.array([code.value for code in odd.values()], pa.string())
            finding = pc.replace_with_mask(finding, where, codes)
            outcome = pc.if_else(where, Outcome.INVALID.value, outcome)
        if bad_days:
            where = pc.and_(_mask(bad_days, size), pc.equal(outcome, Outcome.VALID.value))
            outcome = pc.if_else(where, Outcome.UNDETERMINED.value, outcome)
        for severity in (Outcome.UNDETERMINED, Outcome.INVALID) if extra else ():
            found = [at for at in extra if any(one.severity is severity for one in extra[at])]
            where = _mask(found, size)
            if severity is Outcome.UNDETERMINED:
                where = pc.and_(where, pc.equal(outcome, Outcome.VALID.value))
            outcome = pc.if_else(where, severity.value, outcome)
        flagged = finding.is_valid().to_numpy(zero_copy_only=False)
        if noted or bad_days or extra:
            flagged = flagged.copy()
            flagged[[*noted, *bad_days, *extra]] = True
        if blank:
            where = _mask(blank, size)
            finding = pc.if_else(where, _NOTHING, finding)
            outcome = pc.if_else(where, _NOTHING, outcome)
            flagged = flagged.copy()
            flagged[blank] = False
        answers |= {"finding": finding, "outcome": outcome}
        return Found(
            batch=batch,
            answers=answers,
            blank=blank,
            flagged=np.flatnonzero(flagged).tolist(),
            engine=self,
            cells=cells,
            days=day_cells,
            extra=extra,
        )

    def _texts(
        self, batch: Batch, cells: list[Any]
    ) -> tuple[pa.Array, list[int], dict[int, FindingCode], list[int]]:
        """Turn cells into an array: the values, what is blank, what is no text, what is noted."""
        texts: list[str | None] = []
        blank: list[int] = []
        odd: dict[int, FindingCode] = {}
        noted: list[int] = []
        rows: Any = None
        for at, cell in enumerate(cells):
            value = cell
            if type(value) is not str:
                note = None
                if value is None or value is ABSENT:
                    value = ""
                elif self._workbook:
                    value, note = as_read(value)
                if note is not None:
                    noted.append(at)
                if type(value) is not str:
                    odd[at] = check(value).findings[0].code
                    value = None
            if value is not None and not value.strip():
                rows = rows or batch.rows()
                if all(map(is_blank, rows[at])):
                    blank.append(at)
            texts.append(value)
        try:
            return pa.array(texts, pa.large_string()), blank, odd, noted
        except UnicodeEncodeError:  # a lone surrogate: nothing deletes it, so this is no number
            for at, text in enumerate(texts):
                if text is not None and text.encode(errors="replace").decode() != text:
                    odd[at] = check(text).findings[0].code
                    texts[at] = None
            return pa.array(texts, pa.large_string()), blank, dict(sorted(odd.items())), noted

    def _answers(self, values: pa.Array, cells: Any) -> tuple[dict[str, pa.Array], list[int]]:
        """Return the verdicts; for rows without a day of their own, by the grammar alone."""
        if cells is None:
            return _columns(answer_struct([values], self._question)), []
        days = cells
        if not isinstance(cells, pa.Array):
            days = pa.array(map(day_of, cells), pa.date32())
        answers = _columns(answer_struct([values, days], self._question))
        if not days.null_count:
            return answers, []
        without = days.is_null()
        bare = _columns(answer_struct([values], self._bare))
        merged = {name: pc.if_else(without, bare[name], answer) for name, answer in answers.items()}
        return merged, np.flatnonzero(without.to_numpy(zero_copy_only=False)).tolist()


def _columns(answers: pa.StructArray) -> dict[str, pa.Array]:
    return dict(zip((field.name for field in answers.type), answers.flatten(), strict=True))


def _one(cells: Any, at: int) -> Any:
    return values_of(cells.slice(at, 1))[0] if isinstance(cells, pa.Array) else cells[at]


def _key(value: Any, canonical: str | None) -> tuple[bytes, bool] | None:
    """Return what the codes of a row depend on; None if only a check can tell them.

    What tables and years can say of a number depends on its head, and whether it is canonical on
    its writing. What the grammar says of any other text depends on which digits stand in it in one
    way only: whether the last five are all zero (see :mod:`sdcert._shapes`).
    """
    if type(value) is not str:
        return None
    if canonical is not None:
        return canonical[:_HEAD].encode(), value == canonical
    if len(value) > _LONGEST or _WIDE.search(value):
        return None
    raw = value.encode("utf-8", "surrogatepass")
    return shape_of(raw), raw.translate(None, _NO_DIGITS)[-5:] == b"00000"


def _mask(places: Any, size: int) -> pa.Array:
    where = np.zeros(size, bool)
    where[list(places)] = True
    return pa.array(where)
