"""What rows say together: how often each number stands, and under which numbers each person."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

__all__ = ["with_windows"]


def with_windows(known: Any, own: str, new: str, *, holder: bool) -> Any:
    """Add to each row what the rows of its group say, one window for each question.

    Args:
        known: A frame of Narwhals with ``digits``, ``scope`` and ``marked``, whole numbers, and
            ``holder``.
        own: What the names of these begin with.
        new: What the names of the new columns begin with.
        holder: Whether to group by person as well.

    Returns:
        The frame with ``rows`` of the same digits and how many of them are ``marked``; with a
        holder the ``least`` and ``most`` digits of the same person and scope. What stands in
        rows without a number or without a holder means nothing.
    """
    if known.implementation.is_pyarrow():
        return _arrow(known, own, new, holder=holder)
    digits, marked = nw.col(f"{own}digits"), nw.col(f"{own}marked")
    known = known.with_columns(
        marked.count().over(f"{own}digits").alias(f"{new}rows"),
        marked.sum().over(f"{own}digits").alias(f"{new}marked"),
    )
    if holder:
        person = [f"{own}holder", f"{own}scope"]
        known = known.with_columns(
            digits.min().over(*person).alias(f"{new}least"),
            digits.max().over(*person).alias(f"{new}most"),
        )
    return known


def _arrow(known: Any, own: str, new: str, *, holder: bool) -> Any:
    """Add the columns to a table of PyArrow.

    Narwhals' windows take the order in which Arrow's join returns rows for that of the table. Of
    tables of some ten thousand rows that is not so.
    """
    table = known.to_native()
    digits, marked = (
        table[f"{own}{name}"].fill_null(-1).to_numpy() for name in ("digits", "marked")
    )
    _, group, count = np.unique(digits, return_inverse=True, return_counts=True)
    marks = np.bincount(group, weights=marked)
    columns = {"rows": count[group], "marked": marks[group].astype(np.int64)}
    if holder:
        people = table[f"{own}holder"].combine_chunks().dictionary_encode().indices
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
        table = table.append_column(f"{new}{name}", pa.array(column, pa.int64()))
    return nw.from_native(table)
