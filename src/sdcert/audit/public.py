"""The audit itself: what the check and the comparison say of each row, and of rows together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import narwhals as nw
from narwhals.exceptions import DuplicateError

from sdcert import frames
from sdcert.audit.comparing import COMPARED, Comparison
from sdcert.audit.findings import AuditCode
from sdcert.audit.issued import read_issued
from sdcert.audit.windows import with_windows
from sdcert.frames.engines import without_views
from sdcert.frames.engines.asking import ASKED, ask
from sdcert.frames.engines.duckdb import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.rules import RuleBook

__all__ = ["Audit", "audit"]

# What the names of our own columns begin with: those of the check and of rows together, and those
# of the comparison.
_P: Final = "__audit_"
_C: Final = "__audited_"
_FAILED: Final = ["invalid", "undetermined"]
_FIELDS: Final = ["year", "region_code", "series_code", "sequence"]


@attrs.frozen(eq=False)
class Audit:
    """What an audit found; frames of the kind that was audited, lazy if that was lazy.

    Attributes:
        findings: One row for each finding: the key, the value as it was given, and ``finding``
            (a :class:`~sdcert.findings.FindingCode` of a row that is not VALID, or an
            :class:`AuditCode`). A row of the data may have several; their order means nothing.
        summary: ``finding`` and ``rows``, the most frequent first.
        totals: One row: ``rows`` in all; ``missing``, those without a value; ``numbers``, those
            with a well-formed number; ``found``, those with a finding.
        gaps: For information, never a fault: for each scope ``year``, ``region_code``,
            ``series_code``, how many different ``sequences`` the data hold, the ``first`` and
            the ``last``, and how many are ``missing`` from 1 through the last. Every well-formed
            number counts, whatever else was found of it.
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
        source: A frame, as for :func:`sdcert.frames.check`, or the path of a ``.parquet``, ``.csv``
            or ``.jsonl`` file, which becomes a PyArrow table. In CSV all columns that are named
            here, but for the days, are read as text, as they stand.
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
    sdcert.frames.errors.MissingColumn: the frame has no column “no”; it has: id, number
    """
    if grade is not None and codes is None:
        raise ValueError("a column of grades can be compared only with codes")
    if manager is not None and (codes is None or rules is None):
        raise ValueError("a column of managing bodies can be compared only with codes and rules")
    last = None if issued is None else read_issued(issued)
    given = {
        "day": approved_on if isinstance(approved_on, str) else None,
        "holder": holder,
        **dict(zip(COMPARED, (year, approver, grade, marker, manager), strict=True)),
    }
    named = {part: name for part, name in given.items() if name is not None}
    day = None if isinstance(approved_on, str) else approved_on
    comparison = Comparison(tuple(named), _C, codes, rules, day, on, last)
    kept = list(dict.fromkeys([*([key] if isinstance(key, str) else key), column]))
    frame = source
    if isinstance(source, (str, Path)):
        frame = _read(source, {*kept, *named.values()} - {named.get("day")})
    frame = without_views(frame)
    _refuse(frame, kept, [*kept, *named.values()], comparison)
    checked = frames.check(
        frame, column, codes=codes, rules=rules, approved_on=approved_on, on=on, fields=_FIELDS,
        prefix=_P, connection=connection,
    )  # fmt: skip
    asked = ask(checked, [f"{_P}canonical", *named.values()], comparison, connection)
    return _audit(nw.from_native(asked), kept, comparison)


def _refuse(frame: Any, kept: list[str], needed: list[str], comparison: Comparison) -> None:
    """Raise for columns that the frame lacks, or has and should not have."""
    try:
        known: Any = nw.from_native(frame)
    except (TypeError, DuplicateError):
        return  # the check says it better
    names = known.collect_schema().names()
    for name in needed:
        if name not in names:
            raise frames.MissingColumn(name, tuple(names))
    ours = ("wrong", "least", "most", "rows", "marked", "kind", *AuditCode)
    taken = {ASKED, *comparison.schema, *(f"{_P}{name}" for name in ours)}
    own = [name for name in names if name in taken]
    if "finding" in kept:
        own.append("finding")
    if own:
        raise frames.TakenColumn(tuple(own))


def _audit(known: Any, kept: list[str], comparison: Comparison) -> Audit:
    holder = "holder" in comparison.columns
    known = with_windows(known, _C, _P, holder=holder)
    digits, marked = nw.col(f"{_C}digits"), nw.col(f"{_C}marked")
    rows, marks = nw.col(f"{_P}rows"), nw.col(f"{_P}marked")
    conditions = {
        AuditCode.DUPLICATE_NUMBER: ((marked == 1) & (marks > 1))
        | ((marked == 0) & (rows - marks > 1)),
        AuditCode.MARKER_CONFLICT: ~digits.is_null() & (marks > 0) & (marks < rows),
    }
    if holder:
        several = nw.col(f"{_P}least") != nw.col(f"{_P}most")
        conditions[AuditCode.HOLDER_CONFLICT] = (
            ~digits.is_null() & ~nw.col(f"{_C}holder").is_null() & several
        )
    failed = nw.col(f"{_P}outcome").is_in(_FAILED)
    found = {
        f"{_P}wrong": nw.when(failed).then(nw.col(f"{_P}finding")),
        **{
            f"{_P}{code}": nw.when(condition).then(nw.lit(code.value))
            for code, condition in conditions.items()
        },
    }
    known = known.with_columns(*(made.alias(name) for name, made in found.items()))
    columns = [*found, *(f"{_C}{name}" for name in comparison.asked)]
    any_found = nw.any_horizontal(*(~nw.col(name).is_null() for name in columns), ignore_nulls=True)
    findings = _one_a_row(known.filter(any_found), kept, columns)
    counted = findings.group_by("finding").agg(nw.len().alias("rows"))
    totals = known.select(
        nw.len().alias("rows"),
        _count(nw.col(f"{_P}outcome").is_null()).alias("missing"),
        digits.count().alias("numbers"),
        _count(any_found).alias("found"),
    )
    return Audit(
        findings.to_native(),
        counted.sort("rows", "finding", descending=[True, False]).to_native(),
        totals.to_native(),
        _gaps(known.filter(~digits.is_null())).to_native(),
    )


def _count(condition: nw.Expr) -> nw.Expr:
    # The sum is cast too: DuckDB's is of 128 bits, which Arrow and pandas take for decimals.
    return condition.cast(nw.Int64).sum().cast(nw.Int64)


def _one_a_row(known: Any, kept: list[str], columns: list[str]) -> Any:
    """Return what was found, one finding in a row."""
    if known.implementation.is_duckdb():
        # Narwhals' own way leaves the connection of the relation for the default one.
        names = ", ".join(map(identifier, kept))
        found = ", ".join(map(identifier, columns))
        each = f"unnest(list_filter([{found}], lambda one: one IS NOT NULL)) AS finding"
        return nw.from_native(known.to_native().project(f"{names}, {each}"))
    return (
        known.select(*kept, *(nw.col(name).cast(nw.String) for name in columns))
        .unpivot(on=columns, index=kept, variable_name=f"{_P}kind", value_name="finding")
        .filter(~nw.col("finding").is_null())
        .select(*kept, "finding")
    )


def _gaps(numbered: Any) -> Any:
    sequence = nw.col("sequence")
    scope = _FIELDS[:3]
    distinct = numbered.select(nw.col(f"{_P}{name}").alias(name) for name in _FIELDS).unique()
    grouped = distinct.group_by(*scope).agg(
        sequence.count().alias("sequences"),
        sequence.min().alias("first"),
        sequence.max().alias("last"),
    )
    missing = nw.col("last") - nw.col("sequences").cast(nw.Int64)
    return grouped.with_columns(missing.alias("missing")).sort(*scope)


def _read(source: str | Path, texts: Iterable[str | None]) -> Any:
    """Read a file. CSV has no types: what is needed as it stands is read as text."""
    import pyarrow as pa  # noqa: PLC0415

    path = Path(source)
    if path.suffix == ".parquet":
        from pyarrow import parquet  # noqa: PLC0415

        return parquet.read_table(path)
    if path.suffix == ".csv":
        from pyarrow import csv  # noqa: PLC0415

        # Guessed types would take the zeros from keys, persons and codes (00001).
        convert = csv.ConvertOptions(column_types=dict.fromkeys(texts, pa.string()))
        return csv.read_csv(path, convert_options=convert)
    if path.suffix == ".jsonl":
        from pyarrow import json  # noqa: PLC0415

        return json.read_json(path)
    raise frames.UnsupportedFrame(
        path.suffix or "a file without suffix", ".parquet, .csv or .jsonl"
    )
