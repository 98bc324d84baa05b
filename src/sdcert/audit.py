"""Whole data sets: one certificate, one number (一证一号; 鲁人社规〔2018〕22号, 第五条).

:func:`audit` goes through a frame of any engine of :mod:`sdcert.frames`, or a file, and gives a
frame of findings with your keys. It needs the extra ``frames``. What it finds concerns numbers as
they are written down; it never says that a certificate is or is not genuine.
"""

from __future__ import annotations

from enum import StrEnum
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert import frames
from sdcert.codes import Grade
from sdcert.codes.model import GRADE_OF_LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.findings import Lang

__all__ = ["Audit", "AuditCode", "audit"]

_P: Final = "__audit_"  # what names of our own columns begin with
_FAILED: Final = ["invalid", "undetermined"]


class AuditCode(StrEnum):
    """What an audit can find beyond :class:`sdcert.findings.FindingCode`."""

    DUPLICATE_NUMBER = "duplicate-number"
    MARKER_CONFLICT = "marker-conflict"
    HOLDER_CONFLICT = "holder-conflict"
    BEYOND_ISSUED = "beyond-issued"
    YEAR_MISMATCH = "year-mismatch"
    APPROVER_MISMATCH = "approver-mismatch"
    GRADE_MISMATCH = "grade-mismatch"
    MARKER_MISMATCH = "marker-mismatch"

    def label(self, lang: Lang = "en") -> str:
        """Return the words for people.

        >>> AuditCode.DUPLICATE_NUMBER.label("zh")
        '编号重复'
        """
        return _LABELS[self][lang == "zh"]


_LABELS: Final = {
    AuditCode.DUPLICATE_NUMBER: ("the same number in several rows", "编号重复"),
    AuditCode.MARKER_CONFLICT: (
        "the same digits with and without the marker",
        "15位数字相同而“（基层）”标识不一",
    ),
    AuditCode.HOLDER_CONFLICT: (
        "one person's certificate of one year, body and title under several numbers",
        "同一人同一年度、地区部门、系列级别的证书有多个编号",
    ),
    AuditCode.BEYOND_ISSUED: (
        "the sequence is beyond the last one issued",
        "顺序编号大于已发的最大号",
    ),
    AuditCode.YEAR_MISMATCH: ("the year column says another year", "评审年度与编号不符"),
    AuditCode.APPROVER_MISMATCH: (
        "the column names another approving body",
        "核准公布部门与编号不符",
    ),
    AuditCode.GRADE_MISMATCH: ("the grade column says another grade", "级别与编号不符"),
    AuditCode.MARKER_MISMATCH: ("the marker column says otherwise", "基层标识与编号不符"),
}


@attrs.frozen(eq=False)
class Audit:
    """What an audit found; frames of the kind that was audited, lazy if that was lazy.

    Attributes:
        findings: One row for each finding: the key, the value as it was given, and ``finding``
            (a :class:`~sdcert.findings.FindingCode` of a row that is not VALID, or an
            :class:`AuditCode`). A row of the data may have several.
        summary: ``finding`` and ``rows``, the most frequent first.
        gaps: For information, never a fault: for each scope ``year``, ``region_code``,
            ``series_code``, how many different ``sequences`` the data hold, the ``first`` and
            the ``last``, and how many are ``missing`` from 1 through the last.
    """

    findings: Any
    summary: Any
    gaps: Any


def audit(
    source: Any,
    column: str,
    *,
    key: str | Sequence[str],
    codes: CodeBook | None = None,
    approved_on: date | str | None = None,
    holder: str | None = None,
    issued: Any = None,
    year: str | None = None,
    approver: str | None = None,
    grade: str | None = None,
    marker: str | None = None,
    connection: object = None,
) -> Audit:
    """Audit a data set.

    What must be unique is the 15 digits; the marker stands outside them (a reading of 在编号后附加,
    第五条（三）), so the same digits with and without it are a conflict.

    Args:
        source: A frame, as for :func:`sdcert.frames.check` (Dask excepted), or the path of a
            ``.parquet``, ``.csv`` or ``.jsonl`` file, which becomes a PyArrow table.
        column: The column of numbers.
        key: The column or columns by which you know your rows.
        codes: As for :func:`sdcert.frames.check`.
        approved_on: As for :func:`sdcert.frames.check`.
        holder: The column that identifies the person. One person with several numbers of the same
            year, region code and series code is a conflict.
        issued: A frame of the same kind with ``year``, ``region_code``, ``series_code`` and
            ``last``, the last sequence issued in that scope; other scopes are not judged.
        year: A column with the evaluation year, as a number or as text of four digits.
        approver: A column with the approving body: its region code, or, with ``codes``, its name.
        grade: A column with the grade or level in words (``senior``, 高级, 正高级 …); needs
            ``codes``.
        marker: A boolean column: whether the certificate is one of the grass-roots scheme.
        connection: As for :func:`sdcert.frames.check`.

    Returns:
        The findings, their summary, and the gaps. A cell that is missing is not compared.

    Raises:
        MissingColumn: If the frame lacks a column that is named.
        UnsupportedFrame: If the source is of no known kind.
        ValueError: If ``grade`` is named without ``codes``.

    >>> import pyarrow as pa
    >>> table = pa.table({"id": [1, 2, 3], "number": [
    ...     "鲁189000160100001", "鲁189000160100001（基层）", "鲁189000160100003"]})
    >>> found = audit(table, "number", key="id")
    >>> found.findings.to_pydict()["finding"], found.gaps.to_pydict()["missing"]
    (['marker-conflict', 'marker-conflict'], [1])
    >>> audit(table, "number", key="no")
    Traceback (most recent call last):
        ...
    sdcert.frames.faults.MissingColumn: the frame has no column “no”; it has: id, number
    """
    import narwhals as nw  # noqa: PLC0415  # sdcert.frames has made sure that it is there

    if grade is not None and codes is None:
        raise ValueError("a column of grades can be compared only with codes")
    frame = _read(source, column) if isinstance(source, (str, Path)) else source
    keys = [key] if isinstance(key, str) else list(key)
    fields = ["year", "region_code", "series_code", "sequence", "grassroots"]
    if codes is not None:
        fields += ["region_name", "grade"]
    checked: Any = nw.from_native(
        frames.check(
            frame, column, codes=codes, approved_on=approved_on, fields=fields, prefix=_P,
            connection=connection,
        )
    )  # fmt: skip
    if checked.implementation.is_dask():
        raise frames.UnsupportedFrame("a frame of Dask", "a frame of another engine")
    names = [name for name in checked.collect_schema().names() if not name.startswith(_P)]
    for name in (*keys, holder, year, approver, grade, marker):
        if name is not None and name not in names:
            raise frames.MissingColumn(name, tuple(names))
    columns = _Columns(holder, year, approver, grade, marker)
    return _audit(nw, checked, list(dict.fromkeys([*keys, column])), issued, columns)


@attrs.frozen
class _Columns:
    """The person, and what is to be compared with the number."""

    holder: str | None
    year: str | None
    approver: str | None
    grade: str | None
    marker: str | None


def _audit(
    nw: Any,
    checked: Any,
    kept: list[str],
    issued: Any,
    columns: _Columns,
) -> Audit:
    scope = [f"{_P}year", f"{_P}region_code", f"{_P}series_code"]
    failed = checked.filter(nw.col(f"{_P}outcome").is_in(_FAILED)).select(
        *kept, nw.col(f"{_P}finding").alias("finding")
    )
    digits = nw.col(scope[0]).cast(nw.Int64) * 10**5 + nw.col(scope[1]).cast(nw.Int64)
    digits = digits * 10**3 + nw.col(scope[2]).cast(nw.Int64)
    digits = digits * 10**5 + nw.col(f"{_P}sequence").cast(nw.Int64)
    number, count = nw.col(f"{_P}digits"), nw.col(f"{_P}rows")
    marked = nw.col(f"{_P}grassroots").cast(nw.Int64)
    numbered = checked.filter(~nw.col(f"{_P}canonical").is_null()).with_columns(
        digits.alias(f"{_P}digits"), marked.alias(f"{_P}marked")
    )
    both = nw.col(f"{_P}marked")
    twins = numbered.with_columns(
        nw.col(f"{_P}sequence").count().over(f"{_P}digits", f"{_P}marked").alias(f"{_P}rows"),
        both.min().over(f"{_P}digits").alias(f"{_P}least"),
        both.max().over(f"{_P}digits").alias(f"{_P}most"),
    )
    found = [
        (AuditCode.DUPLICATE_NUMBER, twins.filter(count > 1)),
        (
            AuditCode.MARKER_CONFLICT,
            twins.filter(nw.col(f"{_P}least") != nw.col(f"{_P}most")),
        ),
    ]
    if columns.holder is not None:
        held = numbered.filter(~nw.col(columns.holder).is_null()).with_columns(
            number.min().over(columns.holder, *scope).alias(f"{_P}least"),
            number.max().over(columns.holder, *scope).alias(f"{_P}most"),
        )
        several = held.filter(nw.col(f"{_P}least") != nw.col(f"{_P}most"))
        found.append((AuditCode.HOLDER_CONFLICT, several))
    if issued is not None:
        last = nw.from_native(issued).select(
            nw.col("year").cast(nw.Int32).alias(f"{scope[0]}_issued"),
            *(nw.col(name.removeprefix(_P)).alias(f"{name}_issued") for name in scope[1:]),
            nw.col("last").alias(f"{_P}last"),
        )
        known = numbered.join(
            last, how="inner", left_on=scope, right_on=[f"{name}_issued" for name in scope]
        )
        beyond = known.filter(nw.col(f"{_P}sequence") > nw.col(f"{_P}last"))
        found.append((AuditCode.BEYOND_ISSUED, beyond))
    for code, name, wrong in _mismatches(nw, numbered, columns):
        # What is missing is left out first: not every engine compares it with anything.
        found.append((code, numbered.filter(~nw.col(name).is_null()).filter(wrong)))
    parts = [
        part.select(*kept, nw.lit(code.value).cast(nw.String).alias("finding"))
        for code, part in found
    ]
    findings = nw.concat([failed.with_columns(nw.col("finding").cast(nw.String)), *parts])
    counted = findings.group_by("finding").agg(nw.len().alias("rows"))
    return Audit(
        findings.to_native(),
        counted.sort("rows", "finding", descending=[True, False]).to_native(),
        _gaps(nw, numbered, scope).to_native(),
    )


def _mismatches(nw: Any, numbered: Any, columns: _Columns) -> list[tuple[AuditCode, str, Any]]:
    """Return for each column to compare its name and what is wrong in it."""
    schema = numbered.collect_schema()
    wrong = []
    if columns.year is not None:
        kind = nw.String if schema[columns.year] == nw.String else nw.Int64
        own = nw.col(f"{_P}year").cast(nw.Int64).cast(kind)
        other = nw.col(columns.year).cast(kind) != own
        wrong.append((AuditCode.YEAR_MISMATCH, columns.year, other))
    if columns.approver is not None:
        given = nw.col(columns.approver).cast(nw.String)
        judged = given.str.contains("^[0-9]{5}$")
        if f"{_P}region_name" in schema.names():
            name = nw.col(f"{_P}region_name")
            judged = judged | ~name.is_null()
            judged = judged & (name.is_null() | (given != name))
        other = (given != nw.col(f"{_P}region_code")) & judged
        wrong.append((AuditCode.APPROVER_MISMATCH, columns.approver, other))
    if columns.grade is not None:
        given = nw.col(columns.grade).cast(nw.String)
        unlike = [
            (nw.col(f"{_P}grade") == grade.value) & ~given.is_in(words)
            for grade, words in _words().items()
        ]
        wrong.append((AuditCode.GRADE_MISMATCH, columns.grade, reduce(or_, unlike)))
    if columns.marker is not None:
        other = nw.col(columns.marker).cast(nw.Boolean) != nw.col(f"{_P}grassroots")
        wrong.append((AuditCode.MARKER_MISMATCH, columns.marker, other))
    return wrong


def _words() -> Mapping[Grade, list[str]]:
    """The words that mean each grade, as columns write them."""
    return {
        grade: [
            grade.value,
            grade.label("zh"),
            *(level for level, of in GRADE_OF_LEVEL.items() if of is grade),
        ]
        for grade in Grade
    }


def _gaps(nw: Any, numbered: Any, scope: list[str]) -> Any:
    sequence = nw.col(f"{_P}sequence")
    distinct = numbered.select(*scope, sequence).unique()
    grouped = distinct.group_by(*scope).agg(
        sequence.count().alias("sequences"),
        sequence.min().alias("first"),
        sequence.max().alias("last"),
    )
    plain = {name: name.removeprefix(_P) for name in scope}
    missing = nw.col("last") - nw.col("sequences").cast(nw.Int64)
    return grouped.rename(plain).with_columns(missing.alias("missing")).sort(*plain.values())


def _read(source: str | Path, column: str) -> Any:
    """Read a file, with the numbers as texts."""
    import pyarrow as pa  # noqa: PLC0415

    path = Path(source)
    if path.suffix == ".parquet":
        from pyarrow import parquet  # noqa: PLC0415

        return parquet.read_table(path)
    if path.suffix == ".csv":
        from pyarrow import csv  # noqa: PLC0415

        convert = csv.ConvertOptions(column_types={column: pa.string()})
        return csv.read_csv(path, convert_options=convert)
    if path.suffix == ".jsonl":
        from pyarrow import json  # noqa: PLC0415

        return json.read_json(path)
    raise frames.UnsupportedFrame(
        path.suffix or "a file without suffix", ".parquet, .csv or .jsonl"
    )
