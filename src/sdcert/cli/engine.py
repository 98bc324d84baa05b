"""The verdicts on a batch of rows. Only this file uses the fast engine.

Verdicts are those of :mod:`sdcert.frames`, the same for every value as of
:func:`sdcert.checking.check`, which is asked for all findings of rows that have any. A row whose
own approval day cannot be read is never passed on the guess of another day.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert._memo import Memo
from sdcert._shapes import shape_of
from sdcert.checking import check
from sdcert.cli.judge import Extra, Judged, as_read
from sdcert.files.arrow import Columns, cells_of, day_array, days_of
from sdcert.files.cells import day_of, is_blank, text_of
from sdcert.findings import Outcome
from sdcert.frames.answers import answer_struct
from sdcert.frames.query import FIELDS, VERDICT, Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.files import Batch

__all__ = ["Engine", "Row", "Verdicts"]

_HEAD: Final = 11  # of a canonical text: 鲁, year, region and series code
_MEMORY: Final = 65_536
_LONGEST: Final = 64  # characters of a text whose codes are remembered
_NO_DIGITS: Final = bytes(set(range(256)).difference(b"0123456789"))
_WIDE: Final = re.compile("[０-９]")
_NO_DAY: Final = object()
_NO_NUMBER: Final = "?"


@attrs.define
class Row:
    """A row of the file with what was found; of a blank one, which is not checked, nothing was."""

    line: int  # its line or row in the file
    cells: Sequence[Any]  # there may be more or fewer than the header has
    outcome: str | None
    canonical: str | None  # the number in canonical form, where the value is one, and its parts
    year: int | None
    region_code: str | None
    series_code: str | None
    sequence: int | None
    grassroots: bool | None
    judged: Judged | None  # all findings and their messages; None where there are none

    @property
    def findings(self) -> str | None:
        """The codes of all findings, separated by semicolons; None where there are none."""
        return None if self.judged is None else ";".join(self.judged.codes)

    @property
    def message(self) -> str | None:
        """What was found, in words; None where there is nothing to say."""
        return None if self.judged is None else self.judged.message


@attrs.define(eq=False, slots=False, kw_only=True)
class Verdicts:
    """What was found in a batch."""

    batch: Batch
    answers: dict[str, pa.Array]  # the engine's columns, by name; null in the rows that are blank
    flagged: Sequence[int]  # rows with something to say, in their order
    _engine: Engine
    _cells: Any  # those with the numbers
    _days: Any  # those with the approval days; None where no column gives them
    _extra: Mapping[int, tuple[Extra, ...]]
    _judged: dict[int, Judged] = attrs.field(factory=dict, init=False)
    _columns: dict[int, Any] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self.answers["outcome"])

    @cached_property
    def blank(self) -> Sequence[int]:
        """Rows that hold nothing, which are not checked."""
        return _places(self.answers["outcome"].is_null())

    def outcomes(self) -> dict[Outcome, int]:
        """Count the rows by outcome, blank ones left out."""
        counts = pc.value_counts(self.answers["outcome"].drop_null())
        return {Outcome(one["values"].as_py()): one["counts"].as_py() for one in counts}

    def flags(self) -> Iterator[tuple[int, Outcome, Sequence[str]]]:
        """Go through the rows with something to say: where, the outcome, the codes of findings."""
        columns = (self.answers["outcome"], self._cells, self.answers["canonical"])
        cells = ([column[at] for at in self.flagged]
                 if isinstance(column, list)
                 else column.take(pa.array(self.flagged, pa.int64())).to_pylist()
                 for column in columns)  # fmt: skip
        for at, outcome, value, canonical in zip(self.flagged, *cells, strict=True):
            yield at, Outcome(outcome), self._codes(at, value, canonical)

    def _codes(self, at: int, value: Any, canonical: str | None) -> Sequence[str]:
        own = self._days is not None or at in self._extra
        key = None if own else _key(value, canonical)
        if key is None:
            return self.judged(at).codes
        memory = self._engine.memory
        return memory.get(key) or memory.put(key, self.judged(at).codes)

    def judged(self, at: int) -> Judged:
        """Return all findings of a row that has something to say."""
        if at not in self._judged:
            day = _NO_DAY if self._days is None else _cell(self._days, at)
            extra = self._extra.get(at, ())
            self._judged[at] = self._engine.one(_cell(self._cells, at), day, extra)
        return self._judged[at]

    def cell(self, column: int, at: int) -> Any:
        """Return the cell of a row, of a column of the batch."""
        if column not in self._columns:
            self._columns[column] = cells_of(self.batch.column(column))
        return _cell(self._columns[column], at)

    def rows(self) -> Iterator[Row]:
        """Return every row, blank ones included, with what was found."""
        parts = (self.answers[name].to_pylist() for name in ("outcome", "canonical", *FIELDS))
        return map(Row, self.batch.lines, self.batch.rows(), *parts, self._every())

    def messages(self) -> dict[str, pa.Array]:
        """Return the codes and the messages of all rows as columns."""
        judged = self._every()
        codes = [one and ";".join(one.codes) for one in judged]
        texts = [one and one.message for one in judged]
        return {"findings": pa.array(codes, pa.string()), "message": pa.array(texts, pa.string())}

    def _every(self) -> list[Judged | None]:
        found = {at: self.judged(at) for at in self.flagged}
        return [found.get(at) for at in range(len(self))]


@attrs.frozen(eq=False)
class Engine:
    """Gives the verdicts on batches, and all findings of a row."""

    codes: CodeBook | None = None
    approved_on: date | None = None  # of all rows
    lang: str = "en"
    column: int = attrs.field(default=0, kw_only=True)  # with the numbers
    day_column: int | None = attrs.field(default=None, kw_only=True)
    workbook: bool = attrs.field(default=False, kw_only=True)  # whether cells are those of one
    fields: bool = attrs.field(default=True, kw_only=True)  # whether parts of numbers are wanted
    memory: Memo[tuple[bytes, bool], list[str]] = attrs.field(
        factory=lambda: Memo(_MEMORY), init=False
    )

    @cached_property
    def _check(self) -> Check:
        return Check(self.codes, self.approved_on, columns=self._columns)

    @property
    def _columns(self) -> tuple[str, ...]:
        return (*VERDICT, *FIELDS) if self.fields else tuple(VERDICT)

    def one(self, value: Any, day: Any = _NO_DAY, extra: tuple[Extra, ...] = ()) -> Judged:
        """Return all findings of a row: of a cell, of that with its day, and of an audit."""
        shown, cell, unread = text_of(value), None, None
        if is_blank(value):
            value = shown
        elif self.workbook:
            value, cell = as_read(value)
        approved_on = self.approved_on
        if day is not _NO_DAY:
            approved_on = day_of(day)
            unread = text_of(day) if approved_on is None else None
        verdict = check(value, codes=self.codes, approved_on=approved_on)
        return Judged(verdict, self.lang, unread, shown, cell, extra)

    def judge(self, batch: Batch, extra: Mapping[int, tuple[Extra, ...]] | None = None) -> Verdicts:
        """Judge a batch, with what an audit finds besides, by the position of the row."""
        extra = extra or {}
        cells = cells_of(batch.column(self.column))
        texts = cells.fill_null("") if isinstance(cells, pa.Array) else self._texts(batch, cells)
        days = None if self.day_column is None else days_of(batch.column(self.day_column))
        answers, undated = self._answers(texts, days)
        outcome = answers["outcome"]
        refuted, unsettled = (
            _mask((at for at, of in extra.items() if any(one.severity is bad for one in of)), texts)
            for bad in (Outcome.INVALID, Outcome.UNDETERMINED)
        )
        unsettled = pc.or_(unsettled, undated)
        flagged = pc.or_(pc.or_(answers.pop("finding").is_valid(), refuted), unsettled)
        unsettled = pc.and_(unsettled, pc.equal(outcome, Outcome.VALID.value))
        outcome = pc.if_else(unsettled, Outcome.UNDETERMINED.value, outcome)
        answers["outcome"] = pc.if_else(refuted, Outcome.INVALID.value, outcome)
        return Verdicts(
            batch=batch,
            answers=answers,
            flagged=_places(pc.and_(flagged, outcome.is_valid())),
            engine=self,
            cells=cells,
            days=days,
            extra=extra,
        )

    def _texts(self, batch: Batch, cells: list[Any]) -> pa.Array:
        """Return values as texts, null where the row is blank.

        What is no text is no number, nor is a text with a lone surrogate, which Arrow cannot hold:
        another that is none stands for it.
        """
        texts: list[str | None] = []
        rows: Any = () if isinstance(batch, Columns) else None  # of these some columns are known
        for at, cell in enumerate(cells):
            value = cell
            if type(cell) is not str:
                value = "" if is_blank(cell) else as_read(cell)[0] if self.workbook else cell
            if type(value) is not str:
                value = _NO_NUMBER
            elif not value.strip():
                rows = batch.rows() if rows is None else rows
                value = None if rows and all(map(is_blank, rows[at])) else value
            texts.append(value)
        try:
            return pa.array(texts, pa.large_string())
        except UnicodeEncodeError:
            clean = [text and text.encode(errors="replace").decode() for text in texts]
            return pa.array(clean, pa.large_string())

    def _answers(self, texts: pa.Array, days: Any) -> tuple[dict[str, pa.Array], pa.Array]:
        """Return the verdicts, and which rows have no day of their own where they should."""
        if days is None:
            return _columns(answer_struct([texts], self._check)), _mask((), texts)
        days = day_array(days)
        return _columns(answer_struct([texts, days], self._check)), days.is_null()


def _columns(answers: pa.StructArray) -> dict[str, pa.Array]:
    return dict(zip((field.name for field in answers.type), answers.flatten(), strict=True))


def _cell(cells: Any, at: int) -> Any:
    return cells[at].as_py() if isinstance(cells, pa.Array) else cells[at]


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


def _mask(places: Iterable[int], rows: pa.Array) -> pa.Array:
    where = np.zeros(len(rows), bool)
    where[list(places)] = True
    return pa.array(where)


def _places(mask: pa.Array) -> list[int]:
    return np.flatnonzero(mask.to_numpy(zero_copy_only=False)).tolist()
