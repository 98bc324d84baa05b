"""What rows say together: how often each number stands, and under which numbers each person."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

__all__ = ["with_windows"]


def with_windows(known: Any, *, holder: bool) -> Any:
    """Add to each row what the rows of its group say, one window for each question.

    Args:
        known: A frame of Narwhals with ``audit_digits``, ``audit_scope`` and ``audit_marked``,
            whole numbers, and ``audit_holder``.
        holder: Whether to group by person as well.

    Returns:
        The frame with ``of_rows``, those of the same digits, and ``of_marked``, how many of them
        are; with a holder ``of_least`` and ``of_most``, the digits of the same person and scope.
        What stands in rows without a number or without a holder means nothing.
    """
    if known.implementation.is_pyarrow():
        return _arrow(known, holder=holder)
    digits, marked = nw.col("audit_digits"), nw.col("audit_marked")
    known = known.with_columns(
        marked.count().over("audit_digits").alias("of_rows"),
        marked.sum().over("audit_digits").alias("of_marked"),
    )
    if holder:
        person = ["audit_holder", "audit_scope"]
        known = known.with_columns(
            digits.min().over(*person).alias("of_least"),
            digits.max().over(*person).alias("of_most"),
        )
    return known


def _arrow(known: Any, *, holder: bool) -> Any:
    """Add the columns to a table of PyArrow.

    Narwhals' windows take the order in which Arrow's join returns rows for that of the table. Of
    tables of some ten thousand rows that is not so.
    """
    table = known.to_native()
    digits, marked = (
        table[f"audit_{name}"].fill_null(-1).to_numpy() for name in ("digits", "marked")
    )
    _, group, count = np.unique(digits, return_inverse=True, return_counts=True)
    marks = np.bincount(group, weights=marked)
    columns = {"rows": count[group], "marked": marks[group].astype(np.int64)}
    if holder:
        people = table["audit_holder"].combine_chunks().dictionary_encode().indices
        scope = digits // 10**5
        _, place = np.unique(scope, return_inverse=True)
        keys = people.fill_null(-1).to_numpy().astype(np.int64) * len(digits) + place
        _, group = np.unique(keys, return_inverse=True)
        order = np.argsort(group)
        first = np.flatnonzero(np.diff(group[order], prepend=-1))
        for name, reduce in (("least", np.minimum), ("most", np.maximum)):
            found = reduce.reduceat(digits[order], first) if len(first) else digits
            columns[name] = found[group]
    for name, column in columns.items():
        table = table.append_column(f"of_{name}", pa.array(column, pa.int64()))
    return nw.from_native(table)
