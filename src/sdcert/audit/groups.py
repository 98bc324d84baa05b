"""What rows say together, and the keys of the rows that make a finding together."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert.files.cells import text_of
from sdcert.frames.engines import NO_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["with_twins", "with_window"]

_MOST: Final = 10  # keys that are named
_EXACT: Final = float(1 << 53)  # below it a float holds every whole number


def with_window(known: Any, group: str, columns: Mapping[str, tuple[str, str]]) -> Any:
    """Add to each row what the rows of its group say.

    Args:
        known: A frame of Narwhals.
        group: The column by which rows are grouped; what is added where it is null means nothing.
        columns: Of each new column another, and the name of the method that makes one value of it.
    """
    if not known.implementation.is_pyarrow():
        return known.with_columns(
            getattr(nw.col(of), method)().over(group).alias(name)
            for name, (of, method) in columns.items()
        )
    # Narwhals' windows take the order in which Arrow's join returns rows for that of the table. Of
    # tables of some ten thousand rows that is not so.
    table = known.to_native()
    grouped = table.group_by(group).aggregate([*columns.values()])
    at = pc.index_in(table[group], grouped[group])
    for name, (of, method) in columns.items():
        table = table.append_column(name, grouped[f"{of}_{method}"].take(at))
    return nw.from_native(table)


def with_twins(known: Any, keys: Sequence[str], engine: Any) -> Any:
    """Add to each finding how many rows make it together (``group_rows``), and ``twins``.

    These are the keys of the first ten, the row's own among them: in the order of rows, and where
    rows have none, which is so of lazy frames, in the order of the keys.

    Args:
        known: The findings as a frame of Narwhals, with ``group_id``.
        keys: The columns of the key.
        engine: The module that knows the frame.
    """
    if isinstance(known, nw.DataFrame) or known.implementation.is_dask():
        return engine.gathered(known.to_native(), _gathered, ["group_id", *keys])
    schema = known.collect_schema()
    named = bool(keys) and not any(
        isinstance(schema[name], (*NO_TEXT, nw.Duration, nw.Object)) for name in keys
    )
    texts = [_written(name, schema[name]) for name in keys] if named else [nw.lit(None, nw.String)]
    text = texts[0] if len(texts) == 1 else _joined(texts)
    known = known.with_columns(text.alias("key_text"))
    text, group = nw.col("key_text"), nw.col("group_id")
    order = [*keys, "key_text"] if named else ["key_text"]
    known = known.with_columns(
        text.cum_count().over("group_id", order_by=order).alias("twin_place"),
        nw.when(~group.is_null()).then(group.count().over("group_id")).cast(nw.Int64)
        .alias("group_rows"),
    )  # fmt: skip
    place = nw.col("twin_place")
    names = [f"twin_{at}" for at in range(1, _MOST + 1)]
    known = known.with_columns(
        nw.when(place == at).then(text).max().over("group_id").alias(name)
        for at, name in enumerate(names, 1)
    )
    last = nw.when((place > _MOST) & ~text.is_null()).then(text).otherwise(nw.col(names[-1]))
    twins = _joined([*map(nw.col, names[:-1]), last])
    some = ~group.is_null() & ~nw.col(names[0]).is_null()
    return known.with_columns(nw.when(some).then(twins).alias("twins")).to_native()


def _joined(texts: Iterable[Any]) -> Any:
    return nw.concat_str(*texts, separator=", ", ignore_nulls=True)


def _written(name: str, kind: Any) -> Any:
    """Return the expression of a key as text; of whole numbers without decimals."""
    key = nw.col(name)
    if not kind.is_float():
        return key.cast(nw.String)
    key = key.fill_nan(None)
    whole = nw.when((key % 1 == 0) & (key.abs() < _EXACT)).then(key).cast(nw.Int64)
    return nw.when(~whole.is_null()).then(whole.cast(nw.String)).otherwise(key.cast(nw.String))


def _gathered(groups: Sequence[Any], *keys: Sequence[Any]) -> pa.Table:
    """Return the columns that :func:`with_twins` adds, of rows that are held in memory."""
    rows = zip(*keys, strict=True) if keys else ([] for _ in groups)
    texts = list(map(_key_text, rows))
    members: defaultdict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        if isinstance(group, str):  # in pandas a missing one is NaN
            members[group].append(at)
    named = {group: [at for at in rows if texts[at]] for group, rows in members.items()}
    twins: list[str | None] = []
    for at, group in enumerate(groups):
        own = named.get(group, [])[:_MOST]
        if texts[at] and own and at > own[-1]:
            own[-1] = at
        twins.append(", ".join(str(texts[one]) for one in own) or None)
    counts = [len(members[group]) if group in members else None for group in groups]
    return pa.table({
        "group_rows": pa.array(counts, pa.int64()), "twins": pa.array(twins, pa.string()),
    })  # fmt: skip


def _key_text(key: Iterable[Any]) -> str | None:
    """Return a key as one text; None if it has none."""
    texts = []
    for value in key:
        if isinstance(value, (list, tuple, dict, bytes, np.ndarray)):
            return None
        missing = type(value).__name__ in {"NAType", "NaTType"}
        if not (value is None or missing or (isinstance(value, float) and math.isnan(value))):
            texts.append(text_of(value))
    return ", ".join(texts) or None
