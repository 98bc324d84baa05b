"""The audit itself: what the check and the comparison say of each row, and of rows together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import attrs
import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from sdcert import frames
from sdcert.audit.comparing import DIGITS, FOUND, Comparison
from sdcert.audit.findings import AuditCode
from sdcert.audit.groups import with_twins, with_window
from sdcert.audit.issued import read_issued
from sdcert.codes import CodeBook
from sdcert.frames.engines import Frame, Input, Role, open_frame
from sdcert.frames.options import check_of, inputs_of, keys_of, read_file
from sdcert.rules import RuleBook

__all__ = ["Audit", "audit"]

_FAILED: Final = ["invalid", "undetermined"]
_FIELDS: Final = ["year", "region_code", "series_code", "sequence"]
_NEW: Final = ("finding", "canonical", "group_id", "group_rows", "twins")


@attrs.frozen(eq=False)
class Audit:
    """What an audit found; frames of the kind that was audited, lazy if that was lazy.

    Attributes:
        findings: One row for each finding: the key, the value as it was given, ``finding``
            (a :class:`~sdcert.findings.FindingCode` of a row that is not VALID, or an
            :class:`AuditCode`), ``canonical`` (the number, where there is one); and where several
            rows make the finding together, ``group_id``, ``group_rows`` (how many) and ``twins``
            (the keys of the first ten of them, its own always among them, but null where a key
            holds lists, structs or bytes; the order is that of the rows, and of a lazy frame
            that of the keys). A row of the data may have several
            findings; their order means nothing.
        summary: ``finding`` and ``rows``, the most frequent first.
        totals: One row: ``rows`` in all; ``missing``, those without a value; ``numbers``, those
            with a well-formed number; ``found``, those with a finding.
        gaps: For information, never a fault: for each scope ``year``, ``region_code``,
            ``series_code``, how many different ``sequences`` the data hold, the ``first`` and
            the ``last``, and how many are ``missing`` from 1 through the last. Every well-formed
            number counts, whatever else was found of it.

    >>> import pyarrow as pa
    >>> from sdcert import audit
    >>> numbers = ["鲁249102060300001", "鲁249102060300001（基层）"]
    >>> audited = audit.audit(pa.table({"id": [1, 2], "number": numbers}), "number", key="id")
    >>> audited.summary.to_pylist()
    [{'finding': 'marker-conflict', 'rows': 2}]
    """

    findings: Any
    summary: Any
    totals: Any
    gaps: Any


def audit(
    source: Any,
    column: str,
    *,
    key: str | Sequence[str],
    codes: CodeBook | None = None,
    rules: RuleBook | None = None,
    approved_on: date | str | None = None,
    on: date | None = None,
    holder: str | None = None,
    issued: Any = None,
    year: str | None = None,
    approver: str | None = None,
    grade: str | None = None,
    marker: str | None = None,
    manager: str | None = None,
    connection: object = None,
) -> Audit:
    """Audit a data set.

    What must be unique is the 15 digits; the marker stands outside them (a reading of 在编号后附加,
    第五条（三）), so the same digits with and without it are a conflict.

    In the columns that are compared, a cell that is missing or blank says nothing.

    Args:
        source: A frame, as for :func:`sdcert.frames.check`, or the path of a file, which
            :func:`sdcert.files.open_table` reads and which becomes a PyArrow table: all columns
            are text (but those of Parquet), an empty cell is missing, titles, 合计 and the like are
            left out. A day that cannot be read is a finding of its row.
        column: The column of numbers.
        key: The column or columns by which you know your rows.
        codes: As for :func:`sdcert.frames.check`.
        rules: The rule book, for ``manager``.
        approved_on: As for :func:`sdcert.frames.check`.
        on: The day for which the manager is asked; without it, without regard to the day.
        holder: The column that identifies the person. One person with several numbers of the same
            year, region code and series code is a conflict.
        issued: The last sequence issued in each scope; other scopes are not judged. A frame with
            ``year``, ``region_code``, ``series_code`` and ``last``, or a mapping of
            :class:`~sdcert.numbering.NumberScope` to the last; it is small, and read at once.
        year: A column with the evaluation year, as a number or as text of four digits (年 or 年度
            may follow).
        approver: A column with the approving body: its region code, or, with ``codes``, its name
            there, or its kind, as :class:`~sdcert.codes.AuthorityKind` or its word in either
            language. Answers are those of :func:`sdcert.checking.check_record`; a body that
            nothing tells is ``approver-undetermined``.
        grade: A column with the grade or level in words (``senior``, 高级, 正高级 …); needs
            ``codes``.
        marker: A column that says whether the certificate is one of the grass-roots scheme:
            booleans, or 是 and 否, yes and no, 1 and 0.
        manager: A column with the body that manages number and data, written as an approving body
            is; needs ``codes`` and ``rules``. Answers are those of
            :func:`sdcert.checking.check_record`: only what a clause states is ``manager-mismatch``;
            what rests on silence or is left to somebody is ``manager-undetermined``.
        connection: As for :func:`sdcert.frames.check`.

    Returns:
        The findings, their summary, the totals, and the gaps.

    Raises:
        MissingColumn: If the frame lacks a column that is named.
        TakenColumn: If a key, or the column of numbers, is called ``finding``.
        UnsupportedFrame: If the source, or a column to compare, is of a kind that cannot be read.
        UnreadableDay: As :func:`sdcert.frames.check`.
        UnreadableFile: If a file cannot be read.
        OSError: If it cannot be opened.
        IssuedFault: If a row of ``issued`` cannot be read, or contradicts another.
        ValueError: If ``grade`` is named without ``codes``, or ``manager`` without both books.
        TypeError: If a day is none, a book is not of its kind, or a key of ``issued`` no scope.

    >>> import pyarrow as pa
    >>> table = pa.table({"id": [1, 2, 3], "number": [
    ...     "鲁189000160100001", "鲁189000160100001（基层）", "鲁189000160100003"]})
    >>> found = audit(table, "number", key="id")
    >>> found.findings.to_pydict()["finding"], found.gaps.to_pydict()["missing"]
    (['marker-conflict', 'marker-conflict'], [1])
    >>> audit(table, "number", key="no")
    Traceback (most recent call last):
        ...
    sdcert.frames.errors.MissingColumn: the frame has no column “no” (key); it has: id, number
    """
    if grade is not None and codes is None:
        raise ValueError("grade needs codes: a column of grades is compared with their tables")
    if manager is not None and (codes is None or rules is None):
        raise ValueError("manager needs codes and rules: they tell who manages a number")
    last = None if issued is None else read_issued(issued)
    source, file = read_file(source, column, approved_on)
    opened = open_frame(source)
    check, day = check_of(codes, approved_on, 1, _FIELDS, rules, on, None, "")
    inputs = inputs_of(opened, column, day, file)
    number = inputs[0].column
    given = {"holder": holder, "year": year, "approver": approver, "grade": grade,
             "marker": marker, "manager": manager}  # fmt: skip
    cells = {part: name for part, name in given.items() if name is not None}
    for part, name in cells.items():
        found = opened.find(name, part)
        opened.refuse(found, Role.TEXT, part)
        digits = DIGITS.get(part, 0)
        inputs.append(Input(found, Role.TEXT, part, digits=digits, bare=file.bare.get(found)))
    keys = keys_of(opened, key)
    kept = list(dict.fromkeys([*keys, number]))
    if taken := Frame(None, opened.engine, dict.fromkeys(kept)).taken(_NEW):
        raise frames.TakenColumn(taken)

    own = {f"kept_{at}": name for at, name in enumerate(kept)}
    comparison = Comparison(check, day is not None, tuple(cells), last)
    answered = opened.answered(own, inputs, comparison, connection)
    if file.unreadable is not None:
        code = pa.scalar(AuditCode.APPROVED_ON_UNREADABLE.value)
        unreadable = pc.if_else(file.unreadable, code, pa.scalar(None, code.type))
        answered = answered.append_column(FOUND + "day", unreadable)
    audited = _audit(
        opened.grouped(answered),
        list(own),
        [of for of, name in own.items() if name in keys],
        opened,
    )
    names = {name: of for of, name in own.items()} | {name: name for name in _NEW}
    findings = opened.engine.selected(audited.findings, names)
    return Audit(*map(opened.finish, (findings, audited.summary, audited.totals, audited.gaps)))


def _audit(known: Any, own: list[str], keys: list[str], opened: Frame) -> Audit:
    """Find what rows make together, and gather all findings."""
    columns = known.collect_schema().names()
    digits, marked, rows, marks = map(nw.col, ("digits", "marked", "of_rows", "of_marked"))
    window = {"of_rows": ("marked", "count"), "of_marked": ("marked", "sum")}
    known = with_window(known, "digits", window)
    alike = nw.when(marked == 1).then(marks).otherwise(rows - marks)
    conflicts = {
        AuditCode.DUPLICATE_NUMBER: (alike > 1, nw.col("canonical")),
        AuditCode.MARKER_CONFLICT: ((marks > 0) & (marks < rows), digits.cast(nw.String)),
    }
    if "person" in columns:
        window = {"of_least": ("digits", "min"), "of_most": ("digits", "max")}
        known = with_window(known, "person", window)
        several = nw.col("of_least") != nw.col("of_most")
        conflicts[AuditCode.HOLDER_CONFLICT] = several, nw.col("person")
    failed = nw.col("outcome").is_in(_FAILED)
    made = {f"{FOUND}check": nw.when(failed).then(nw.col("finding"))}
    for code, (condition, group) in conflicts.items():
        made[FOUND + code] = nw.when(condition & ~group.is_null()).then(nw.lit(code.value))
    known = known.with_columns(*(one.alias(name) for name, one in made.items()))
    found = [*made, *(name for name in columns if name.startswith(FOUND))]
    any_found = nw.any_horizontal(*(~nw.col(name).is_null() for name in found), ignore_nulls=True)
    groups = {f"group_{code}": group for code, (_, group) in conflicts.items()}
    wrong = known.filter(any_found).with_columns(
        *(group.alias(name) for name, group in groups.items())
    )
    long = opened.unpivoted(wrong.to_native(), found, "finding", [*own, "canonical", *groups])
    whose = (nw.when(nw.col("finding") == code).then(nw.col(f"group_{code}")) for code in conflicts)
    findings: Any = nw.from_native(long).with_columns(nw.coalesce(*whose).alias("group_id"))
    counted = findings.group_by("finding").agg(nw.len().alias("rows"))
    totals = known.select(
        nw.len().alias("rows"),
        _count(nw.col("outcome").is_null()).alias("missing"),
        digits.count().alias("numbers"),
        _count(any_found).alias("found"),
    )
    return Audit(
        with_twins(findings, keys, opened.engine),
        counted.sort("rows", "finding", descending=[True, False]).to_native(),
        totals.to_native(),
        _gaps(known.filter(~digits.is_null())).to_native(),
    )


def _count(condition: nw.Expr) -> nw.Expr:
    # The sum is cast too: DuckDB's is of 128 bits, which Arrow and pandas take for decimals.
    return condition.cast(nw.Int64).sum().cast(nw.Int64)


def _gaps(numbered: Any) -> Any:
    sequence = nw.col("sequence")
    *scope, _ = _FIELDS
    grouped = (
        numbered.select(_FIELDS)
        .unique()
        .group_by(*scope)
        .agg(
            sequence.count().alias("sequences"),
            sequence.min().alias("first"),
            sequence.max().alias("last"),
        )
    )
    missing = nw.col("last") - nw.col("sequences").cast(nw.Int64)
    return grouped.with_columns(missing.alias("missing")).sort(*scope)
