"""What an audit finds: the rows of all parts, compared with one another and with other columns.

The parts are read once for it, of each row the columns that are compared alone; the verdicts on
the numbers are those of the check that follows.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sdcert.audit import AuditCode, audit
from sdcert.audit.issued import read_issued, read_rows
from sdcert.cli.inputs import opened
from sdcert.cli.judge import Extra, Twins, day_of
from sdcert.cli.options import load_rules
from sdcert.cli.phrases import Problem
from sdcert.files import open_table
from sdcert.files.arrow import days_of, values_of
from sdcert.files.cells import is_blank, text_of
from sdcert.files.columns import plain
from sdcert.findings import Outcome
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sdcert.cli.account import Part, Run
    from sdcert.files import Source, Table
    from sdcert.numbering import NumberScope

    Extras = dict[int, tuple[Extra, ...]]
    Tick = Callable[[Source, Callable[[], int]], AbstractContextManager[Callable[[], object]]]

__all__ = ["compare", "issued_of"]

_MOST_TWINS: Final = 20  # rows that a finding names
_OPEN: Final = frozenset(code for code in AuditCode if code.value.endswith("-undetermined"))
# What the columns of a file of issued sequences may be called.
_ISSUED: Final = (
    ("year", "评审年度"),
    ("region_code", "地区部门识别代码"),
    ("series_code", "职称系列级别识别代码"),
    ("last", "最大顺序编号"),
)


def compare(
    parts: Sequence[Part], run: Run, ticking: Tick
) -> tuple[list[Extras], list[dict[str, Any]]]:
    """Compare the rows of all parts.

    Args:
        parts: What is audited.
        run: How.
        ticking: Shows how far a file has been read.

    Returns:
        For each part what is found, by the number of the row in it, from 0; and the gaps.
    """
    tables, lines = [], []
    for number, part in enumerate(parts):
        with opened(part) as one, ticking(one.table.source, lambda one=one: one.table.done) as tick:  # type: ignore[misc]  # each part has its own
            for chunk, at in _columns(one, number):
                tick()
                tables.append(chunk)
                lines.append(np.asarray(at, np.int64))
    if not tables:
        return [{} for _ in parts], []
    table = pa.concat_tables(tables, promote_options="default")
    table = table.append_column("row", pa.array(np.arange(table.num_rows)))
    compared = {name for part in parts for name in part.compared}
    days = any(part.day_column is not None for part in parts)
    answer = audit(
        table,
        "number",
        key="row",
        codes=run.book,
        rules=load_rules(run.rules) if "manager" in compared else None,
        approved_on="day" if days else parts[0].approved_on,
        on=run.on,
        issued=run.issued,
        **{name: name for name in compared},
    )
    of = table["part"].to_numpy()
    begins = [int(at) for at in np.searchsorted(of, np.arange(len(parts)))]
    found: list[Extras] = [{} for _ in parts]
    every = _Twins(parts, of, np.concatenate(lines))
    for row, extra in every.extras(answer.findings):
        number = int(of[row])
        found[number][row - begins[number]] = extra
    return found, answer.gaps.to_pylist()


class _Twins:
    """Which rows make a finding together, and where they are."""

    def __init__(self, parts: Sequence[Part], of: Any, lines: Any) -> None:
        self._parts = parts
        self._of = of
        self._lines = lines

    def extras(self, findings: pa.Table) -> Iterator[tuple[int, tuple[Extra, ...]]]:
        """Go through the rows of which something is found beside the verdict."""
        own = pa.array(sorted(set(AuditCode) - {AuditCode.APPROVED_ON_UNREADABLE}), pa.string())
        found = findings.select(["row", "finding", "group_id"])
        found = found.filter(pa.compute.is_in(found["finding"], own))
        found = found.sort_by([("row", "ascending"), ("finding", "ascending")])
        triples = list(zip(*(column.to_pylist() for column in found.columns), strict=True))
        groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for row, code, group in triples:
            if group is not None:
                groups[code, group].append(row)
        names = {key: str(at) for at, key in enumerate(groups, 1)}  # a group may name a person
        for row, some in groupby(triples, key=lambda one: one[0]):
            made = []
            for _, code, group in some:
                severity = Outcome.UNDETERMINED if code in _OPEN else Outcome.INVALID
                others = (one for one in groups.get((code, group), ()) if one != row)
                twins = self._named(row, list(islice(others, _MOST_TWINS)))
                made.append(Extra(code, severity, names.get((code, group)), twins))
            yield row, tuple(made)

    def _named(self, row: int, others: list[int]) -> tuple[Twins, ...]:
        made = []
        for number, rows in groupby(others, key=self._of.__getitem__):
            part = self._parts[number]
            lines = tuple(int(self._lines[one]) for one in rows)
            file, sheet = part.table.source.name, part.table.sheet
            own = part.name == self._parts[self._of[row]].name
            made.append(Twins(lines, part.place, file, sheet, part.brief, own))
        return tuple(made)


def _columns(part: Part, number: int) -> Iterator[tuple[pa.Table, Sequence[int]]]:
    """Read a part as columns: the number, its day, and what it is compared with."""
    needed = {part.column.index, *(one.index for one in part.compared.values())}
    if part.day_column is not None:
        needed.add(part.day_column)
    for batch in part.table.batches(needed, number=part.number):
        values = batch.column(part.column.index)
        columns = {"number": _texts(values, numbers=True)}
        if part.day_column is not None:
            days = batch.column(part.day_column)
            days = days_of(days) if isinstance(days, pa.Array) else days
            if not isinstance(days, pa.Array):
                days = pa.array(map(day_of, days), pa.date32())
            columns["day"] = days
        for name, column in part.compared.items():
            columns[name] = _texts(batch.column(column.index))
        size = len(columns["number"])
        yield pa.table(columns | {"part": pa.repeat(pa.scalar(number), size)}), batch.lines


def _texts(cells: Any, *, numbers: bool = False) -> pa.Array:
    """Return cells as texts, empty where they hold nothing; of numbers, what is no text is null."""
    if isinstance(cells, pa.ExtensionArray):
        cells = cells.storage
    if isinstance(cells, pa.Array):
        if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
            return cells.cast(pa.large_string()).fill_null("")
        cells = values_of(cells)
    other = (lambda _: None) if numbers else text_of
    texts = [cell if type(cell) is str else other(cell) for cell in cells]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # a lone surrogate is no character
        escaped = [text and text.encode(errors="backslashreplace").decode() for text in texts]
        return pa.array(escaped, pa.large_string())


def issued_of(name: str | None, db: str | None) -> dict[NumberScope, int] | None:
    """Return the last sequence issued in each scope, by a file or a store; None without."""
    if db is not None:
        from sdcert.stores import SQLiteStore  # noqa: PLC0415  # needed by few

        with SQLiteStore.open_existing(db) as store:
            return read_issued({one: store.read(one, []).last or 0 for one in store.scopes()})
    if name is None:
        return None
    with open_table(name) as table:
        return _read_issued(table)


def _read_issued(table: Table) -> dict[NumberScope, int]:
    """Read the last sequence of each scope from a file.

    Raises:
        Problem: If it lacks a column.
        IssuedFault: If a row cannot be read.
    """
    header = [plain(name) for name in table.columns]
    named = [[header.index(name) for name in names if name in header] for names in _ISSUED]
    if not all(named):
        params = {
            "name": table.source.name,
            "chinese": tuple(names[1] for names in _ISSUED),
            "columns": tuple(excerpt(name) for name in table.columns[:20]),
        }
        raise Problem("issued-columns", params)
    places = [found[0] for found in named]
    rows: list[Sequence[Any]] = []
    for batch in table.batches(set(places)):
        columns_of = [batch.column(at) for at in places]
        cells = [values_of(one) if isinstance(one, pa.Array) else one for one in columns_of]
        rows += [row for row in zip(*cells, strict=True) if not all(map(is_blank, row))]
    return read_rows(rows)
