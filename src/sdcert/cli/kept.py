"""Rows that are kept: those that do not pass, and those that wait while an audit compares them."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.files import Records
from sdcert.files.cells import is_blank, text_of
from sdcert.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdcert.cli.account import Part
    from sdcert.cli.engine import Found
    from sdcert.files import Batch

__all__ = ["BadRows", "Spool", "pruned"]

_MEMORY: Final = 1 << 24  # bytes that a spool takes before it goes to disk


class Spool:
    """What is kept of each part, by its number: in memory, or on disk if it is much."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115  # close() closes it
        self._begins: dict[int, int] = {}

    def add(self, number: int, one: object) -> None:
        """Keep something of a part; all of a part is kept before that of the next."""
        self._begins.setdefault(number, self._file.seek(0, os.SEEK_END))
        pickle.dump((number, one), self._file)

    def of(self, number: int) -> Iterator[Any]:
        """Go through what is kept of a part."""
        at = self._begins.get(number)
        while at is not None:
            self._file.seek(at)
            try:
                of, one = pickle.load(self._file)  # noqa: S301  # what add() wrote
            except EOFError:
                return
            if of != number:
                return
            at = self._file.tell()
            yield one

    def close(self) -> None:
        """Drop everything."""
        self._file.close()


class BadRows:
    """The rows that do not pass.

    Args:
        limit: How many rows of each outcome and part to keep; None keeps all.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._rows = Spool()
        self.close = self._rows.close
        self.seen: Counter[tuple[int, str]] = Counter()

    def add(self, found: Found, at: int, outcome: Outcome, number: int, part: Part) -> None:
        """Keep a row of the part with this number, unless there are enough of its outcome."""
        self.seen[number, outcome] += 1
        if self._limit is not None and self.seen[number, outcome] > self._limit:
            return
        judged = found.judged(at)
        row = {
            "line": found.batch.lines[at],
            "value": judged.value,
            "outcome": outcome.value,
            "canonical": None if judged.number is None else str(judged.number),
            "cells": [text_of(found.cell(column.index, at)) for column in part.shown],
            "findings": judged.findings(),
            "suggestion": judged.suggestion,
        }
        self._rows.add(number, row)

    def of(self, number: int, outcome: str | None = None) -> Iterator[dict[str, Any]]:
        """Return the rows of a part that are kept, all or those of an outcome."""
        rows = self._rows.of(number)
        return (row for row in rows if outcome in (None, row["outcome"]))

    def drop(self, number: int) -> None:
        """Count the rows of a part no longer, which could not be read to its end."""
        for outcome in Outcome:
            self.seen.pop((number, outcome.value), None)

    def listed(self, limit: int | None) -> int:
        """Return how many rows there are, if at most so many of each outcome and part count."""
        return sum(count if limit is None else min(count, limit) for count in self.seen.values())


@attrs.frozen(eq=False)
class _Kept:
    """A batch of which only what a check needs is kept."""

    lines: Sequence[int]
    columns: dict[int, list[Any]]
    odd: dict[int, Sequence[Any]]  # rows that have no number, or another length than the header
    usual: tuple[bool, ...]  # stands for any other row

    def column(self, at: int) -> list[Any]:
        """Return the cells of a column."""
        return self.columns[at]

    def rows(self) -> Sequence[Sequence[Any]]:
        """Return rows that are blank where those of the file are, and as long."""
        return [self.odd.get(at, self.usual) for at in range(len(self.lines))]


def pruned(batch: Batch, part: Part) -> Batch:
    """Return a batch without the cells that no check needs."""
    if not isinstance(batch, Records):  # of Parquet, which is read by columns
        return batch
    columns = {at: batch.column(at) for at in part.needed}
    usual = (True,) * len(part.table.columns)
    rows = enumerate(zip(columns[part.column.index], batch.cells, strict=True))
    odd = {at: row for at, (cell, row) in rows if len(row) != len(usual) or is_blank(cell)}
    return _Kept(batch.lines, columns, odd, usual)
