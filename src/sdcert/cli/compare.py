"""What an audit finds: the rows of all parts, compared with one another and with other columns.

The parts are read here, and their rows kept for the check that follows; the verdicts on the numbers
are those of the check.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert.audit import AuditCode, audit
from sdcert.audit.comparing import DIGITS
from sdcert.audit.issued import read_issued, read_rows
from sdcert.cli.account import pruned
from sdcert.cli.inputs import bare, opened, progress
from sdcert.cli.judge import Extra, Twins
from sdcert.cli.options import load_rules
from sdcert.cli.phrases import Problem
from sdcert.files import open_table
from sdcert.files.arrow import cells_of, day_array, days_of, text_array
from sdcert.files.cells import is_blank
from sdcert.files.columns import plain
from sdcert.frames.arrays import padded
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdcert.cli.account import FilePart, Run, Spool
    from sdcert.files import Batch, Table
    from sdcert.numbering import NumberScope

__all__ = ["compare", "issued_of"]

_MEASURED: Final = 50  # rows by which a report sets the widths of columns
_MOST_TWINS: Final = 20  # rows that a finding names
# What the columns of a file of issued sequences may be called.
_ISSUED: Final = (
    ("year", "评审年度"),
    ("region_code", "地区部门识别代码"),
    ("series_code", "职称系列级别识别代码"),
    ("last", "最大顺序编号"),
)


def compare(
    parts: Sequence[FilePart], run: Run, spool: Spool
) -> tuple[list[FilePart], list[dict[str, Any]]]:
    """Compare the rows of all parts, which the spool keeps.

    Returns:
        The parts with their rows and what is found of them; and the gaps.
    """
    whole = run.report is not None and not run.paged  # such a report holds all columns
    tables, lines, kept = [], [], []
    for number, part in enumerate(parts):
        needed = part.needed | {one.index for one in part.compared.values()}
        with opened(part) as one, progress(one) as tick:
            for batch in one.batches(None if whole else needed):
                tick()
                tables.append(_columns(one, batch, number))
                lines.append(np.asarray(batch.lines, np.int64))
                spool.add(number, batch if whole else pruned(batch, part))
            table = bare(one.table, _MEASURED)
            kept.append(attrs.evolve(one, table=table, kept=spool.of(number)))
    if not tables:
        return kept, []
    table = pa.concat_tables(tables, promote_options="default")
    table = table.append_column("row", pa.array(np.arange(table.num_rows)))
    names = {name for part in parts for name in part.compared}
    days = any(part.day_column is not None for part in parts)
    answer = audit(
        table,
        "number",
        key="row",
        codes=run.book,
        rules=load_rules(run.rules) if "manager" in names else None,
        approved_on="day" if days else parts[0].approved_on,
        on=run.on,
        issued=run.issued,
        **{name: name for name in names},
    )
    of = table["part"].to_numpy()
    begins = np.searchsorted(of, np.arange(len(parts)))
    for row, found in _extras(answer.findings, parts, of, np.concatenate(lines)):
        extra, at = kept[of[row]].extra, row - int(begins[of[row]])
        extra[at] = (*extra.get(at, ()), found)
    return kept, answer.gaps.to_pylist()


def _extras(
    findings: pa.Table, parts: Sequence[FilePart], of: Any, lines: Any
) -> Iterator[tuple[int, Extra]]:
    """Go through what is found beside the verdicts, row by row, of each its part and its line."""
    own = pa.array(sorted(set(AuditCode) - {AuditCode.APPROVED_ON_UNREADABLE}), pa.string())
    found = findings.select(["row", "finding", "group_id"])
    found = found.filter(pc.is_in(found["finding"], own))
    found = found.sort_by([("row", "ascending"), ("finding", "ascending")])
    triples = list(zip(*(column.to_pylist() for column in found.columns), strict=True))
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row, code, group in triples:
        if group is not None:
            groups[code, group].append(row)
    names = {key: str(at) for at, key in enumerate(groups, 1)}  # a group may name a person
    for row, code, group in triples:
        others = (one for one in groups.get((code, group), ()) if one != row)
        twins = []
        for number, rows in groupby(islice(others, _MOST_TWINS), key=of.__getitem__):
            part, places = parts[number], tuple(int(lines[one]) for one in rows)
            twins.append(Twins(part, places, part.name == parts[of[row]].name))
        yield row, Extra(code, names.get((code, group)), tuple(twins))


def _columns(part: FilePart, batch: Batch, number: int) -> pa.Table:
    """Return the columns that are compared: the number, its day, and others."""
    columns = {"number": _texts(batch.column(part.column.index), numbers=True)}
    if part.day_column is not None:
        columns["day"] = day_array(days_of(batch.column(part.day_column)))
    for name, column in part.compared.items():
        columns[name] = _texts(batch.column(column.index), digits=DIGITS.get(name, 0))
    size = len(columns["number"])
    return pa.table(columns | {"part": pa.repeat(pa.scalar(number), size)})


def _texts(cells: Any, *, numbers: bool = False, digits: int = 0) -> pa.Array:
    """Return cells as texts, null where they hold nothing; numbers are texts alone.

    A code that was a number gets its zeros back.
    """
    cells = cells_of(cells)
    if isinstance(cells, pa.Array):
        return cells
    if numbers:
        return text_array(one if type(one) is str else None for one in cells)
    bare = pa.array((not isinstance(one, str) for one in cells), pa.bool_())
    return padded(text_array(cells), digits, bare)


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
        columns = [cells_of(batch.column(at)) for at in places]
        cells = [one.to_pylist() if isinstance(one, pa.Array) else one for one in columns]
        rows += [row for row in zip(*cells, strict=True) if not all(map(is_blank, row))]
    return read_rows(rows)
