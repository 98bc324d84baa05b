"""An audit of a file: its rows, and the findings with the rows that each is about."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import attrs
import pyarrow as pa

from sdcert.audit import AuditCode, audit
from sdcert.audit.issued import read_rows
from sdcert.cli.account import Options, Tally
from sdcert.cli.engine import Engine
from sdcert.cli.judge import APPROVED, day_of
from sdcert.cli.options import load_rules
from sdcert.cli.phrases import Problem
from sdcert.files import Records
from sdcert.files.arrow import days_of, values_of
from sdcert.files.cells import is_blank, text_of
from sdcert.files.columns import plain
from sdcert.findings import FindingCode, Severity
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from sdcert.files import Batch, Table
    from sdcert.files.columns import Column
    from sdcert.numbering import NumberScope

__all__ = ["Account", "AuditOptions", "Row", "read_rows_of", "run"]

_BATCH: Final = 1 << 14
# Findings that --allow-undetermined lets pass.
_OPEN: Final = {AuditCode.APPROVER_UNDETERMINED, AuditCode.MANAGER_UNDETERMINED} | {
    code for code in FindingCode if code.severity is Severity.UNDETERMINED
}
# What the columns of a file of issued sequences may be called.
_ISSUED: Final = (
    ("year", "评审年度"),
    ("region_code", "地区部门识别代码"),
    ("series_code", "职称系列级别识别代码"),
    ("last", "最大顺序编号"),
)


_FOUND: Final = pa.schema({"row": pa.int64(), "finding": pa.string(), "group_id": pa.string()})
_MOST_TWINS: Final = 20  # lines that a finding names


@attrs.frozen(kw_only=True)
class AuditOptions(Options):
    """What is audited of which file, and how.

    Attributes:
        keys: The columns that are shown beside the line.
        compared: The columns to compare, by the names of :func:`sdcert.audit.audit`'s arguments.
        on: The day for which managers are options.
        rules: Rule files, to be laid over the bundled rules.
        issued: The last sequence of each scope.
        issued_from: The file with these.
    """

    keys: tuple[Column, ...] = ()
    compared: dict[str, Column] = attrs.field(factory=dict)
    on: date | None = None
    rules: tuple[str, ...] = ()
    issued: dict[NumberScope, int] | None = None
    issued_from: str | None = None

    @property
    def names(self) -> list[str]:
        """The names of the columns that are shown: the keys and the numbers."""
        shown = {one.index: one.name or f"column_{one.index + 1}" for one in self._shown}
        return list(shown.values())

    @property
    def shown(self) -> list[int]:
        """The positions of these columns."""
        return list(dict.fromkeys(one.index for one in self._shown))

    @property
    def _shown(self) -> list[Column]:
        return [*self.keys, self.column]


@attrs.frozen
class Row:
    """A row with findings.

    Attributes:
        line: Its line or row in the file.
        cells: The cells of the columns that are shown.
        number: The number in canonical form; empty where the cell holds none.
        findings: The codes of its findings.
        twins: By finding, the lines of the other rows that it is about.
    """

    line: int
    cells: list[str]
    number: str
    findings: list[str]
    twins: dict[str, list[int]]


@attrs.frozen(eq=False)
class Account:
    """What was found.

    Attributes:
        options: What was audited.
        tally: The counts of the check.
        rows_read: ``line`` and ``number`` of each row.
        cells: For each column that is shown its cells, as texts.
        found: ``row``, the position in these, ``finding`` and ``group_id``, the same for the rows
            that make it together; in the order of the rows.
        gaps: Scopes and the sequences that are missing in them.
    """

    options: AuditOptions
    tally: Tally
    rows_read: pa.Table
    cells: list[pa.ChunkedArray]
    found: pa.Table
    gaps: list[dict[str, Any]]

    @cached_property
    def counts(self) -> list[tuple[str, int]]:
        """The findings and how many rows have each, the most frequent first."""
        counted = Counter(self.found["finding"].to_pylist())
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))

    @cached_property
    def rows(self) -> int:
        """How many rows have a finding."""
        return len(self.found["row"].unique())

    @cached_property
    def _groups(self) -> dict[tuple[str, str], list[int]]:
        """The rows that make a finding together."""
        groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for row, code, group in self._pairs():
            if group is not None:
                groups[code, group].append(row)
        return groups

    def _pairs(self) -> Iterator[tuple[int, str, str | None]]:
        for batch in self.found.to_batches(max_chunksize=_BATCH):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def listed(self) -> Iterator[Row]:
        """Go through the rows with findings."""
        lines, numbers = self.rows_read["line"], self.rows_read["number"]
        for row, found in groupby(self._pairs(), key=lambda one: one[0]):
            codes, twins = [], {}
            for _, code, group in found:
                codes.append(code)
                if group is not None:
                    others = (one for one in self._groups[code, group] if one != row)
                    twins[code] = [lines[one].as_py() for one in islice(others, _MOST_TWINS)]
            cells = [str(column[row].as_py()) for column in self.cells]
            yield Row(lines[row].as_py(), cells, numbers[row].as_py() or "", codes, twins)


def run(options: AuditOptions, tick: Callable[[], object]) -> Account:
    """Read the file and audit it; of a row only the columns that are named are kept."""
    engine = Engine(
        options.book,
        options.approved_on,
        options.lang,
        column=options.column.index,
        day_column=options.day_column,
        workbook=options.table.is_workbook,
        fields=False,
    )
    gathered = _Gathered(options)
    needed = {*options.shown, *(one.index for one in options.compared.values())}
    if options.day_column is not None:
        needed.add(options.day_column)
    for batch in options.table.batches(
        needed, number=None if options.every_row else options.column.index
    ):
        tick()
        gathered.add(batch, engine)
    return gathered.account()


class _Gathered:
    """The rows, as far as they were read."""

    def __init__(self, options: AuditOptions) -> None:
        self._options = options
        self._tally = Tally()
        self._chunks: list[pa.Table] = []
        self._own: list[tuple[int, str]] = []  # findings of the check on cells without a number
        self._rows = 0
        self._places = {
            **{f"shown_{at}": at for at in options.shown},
            **{name: column.index for name, column in options.compared.items()},
        }

    def add(self, batch: Batch, engine: Engine) -> None:
        """Take a batch."""
        found = engine.judge(batch)
        self._tally.add(found, allow_undetermined=self._options.allow_undetermined)
        if isinstance(batch, Records):
            self._tally.add_ragged(found, len(self._options.table.columns))
        size = len(found)
        columns = {
            "line": pa.array(batch.lines, pa.int64()),
            "number": found.answers["canonical"].cast(pa.large_string()),
        }
        if self._options.day_column is not None:
            cells = batch.column(self._options.day_column)
            days = days_of(cells) if isinstance(cells, pa.Array) else cells
            if not isinstance(days, pa.Array):
                days = pa.array(map(day_of, days), pa.date32())
            columns["day"] = days
        texts = {at: _texts(batch.column(at)) for at in set(self._places.values())}
        columns |= {name: texts[at] for name, at in self._places.items()}
        blank = set(found.blank)
        row = self._rows
        canonical = columns["number"].is_valid().to_numpy(zero_copy_only=False)
        flagged = {at: found.judged(at) for at in found.flagged if not canonical[at]}
        days_wrong = columns["day"].is_null().to_pylist() if "day" in columns else []
        for at in range(size) if flagged or any(days_wrong) or blank else ():
            if at in blank:
                continue
            if at in flagged:
                code = next(code for code in flagged[at].codes if code != APPROVED)
                self._own.append((row, code))
            if days_wrong and days_wrong[at]:
                self._own.append((row, APPROVED))
            row += 1
        chunk = pa.table(columns)
        if blank:
            kept = [at for at in range(size) if at not in blank]
            chunk = chunk.take(pa.array(kept, pa.int64()))
        self._chunks.append(chunk)
        self._rows += chunk.num_rows

    def account(self) -> Account:
        """Audit what was gathered."""
        options = self._options
        if not self._chunks:
            raise Problem("no-rows", {"name": options.table.source.name})
        table = pa.concat_tables(self._chunks)
        table = table.append_column("row", pa.array(range(self._rows), pa.int64()))
        rules = load_rules(options.rules) if "manager" in options.compared else None
        answer = audit(
            table,
            "number",
            key="row",
            codes=options.book,
            rules=rules,
            approved_on="day" if options.day_column is not None else options.approved_on,
            on=options.on,
            issued=options.issued,
            **{name: name for name in options.compared},
        )
        rows, codes = [row for row, _ in self._own], [code for _, code in self._own]
        own = pa.table([rows, codes, [None] * len(rows)], schema=_FOUND)
        found = pa.concat_tables([answer.findings.select(_FOUND.names).cast(_FOUND), own])
        if options.allow_undetermined:
            passed = pa.compute.is_in(found["finding"], pa.array(sorted(_OPEN), pa.string()))
            found = found.filter(pa.compute.invert(passed))
        return Account(
            options=options,
            tally=self._tally,
            rows_read=table,
            cells=[table[f"shown_{at}"] for at in options.shown],
            found=found.sort_by([("row", "ascending"), ("finding", "ascending")]),
            gaps=answer.gaps.to_pylist(),
        )


def _texts(cells: Any) -> pa.Array:
    """Return cells as texts, empty where they hold nothing."""
    if isinstance(cells, pa.Array):
        if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
            return cells.cast(pa.large_string()).fill_null("")
        cells = values_of(cells)
    texts = [cell if type(cell) is str else text_of(cell) for cell in cells]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # a lone surrogate is no character
        return pa.array([text.encode(errors="backslashreplace") for text in texts]).cast(
            pa.large_string()
        )


def read_rows_of(table: Table) -> dict[NumberScope, int]:
    """Read the last sequence of each scope from a file.

    Args:
        table: The file; its columns have the names of :func:`sdcert.audit.audit`'s ``issued``, or
            the Chinese ones.

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
