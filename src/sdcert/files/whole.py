"""A file as one Arrow table, for frames and the audit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import attrs
import pyarrow as pa

from sdcert.files.arrow import text_array, values_of
from sdcert.files.cells import day_of, is_blank
from sdcert.files.reading import open_table

__all__ = ["WholeFile", "read_arrow"]


@attrs.frozen(eq=False)
class WholeFile:
    """A file that was read at once.

    Attributes:
        table: Its rows; blank ones and those that hold no record are left out. Columns of Parquet
            keep their types; so do those of JSON Lines that hold numbers or booleans alone. All
            others are text.
        unreadable: Which rows have a cell for the day in which no day can be read.
    """

    table: pa.Table
    unreadable: pa.BooleanArray


def read_arrow(
    path: str | os.PathLike[str], *, number: object = None, day: object = None
) -> WholeFile:
    """Read a file as an Arrow table.

    An empty cell is null, in every format. Columns without a name are ``column_2`` and so on, by
    their position.

    Args:
        path: The file.
        number: The name of the column with the certificate numbers.
        day: The name of the column with the days of approval: it becomes a column of days, null
            where there is none.

    Raises:
        UnreadableFile: If the file cannot be read.
        OSError: If it cannot be opened.
    """
    wanted = [name for name in (number, day) if isinstance(name, str)]
    with open_table(path, names=wanted) as table:
        names = [name or f"column_{at}" for at, name in enumerate(table.columns, 1)]
        at = names.index(number) if number in names else None
        batches = table.batches(number=at)
        if table.schema is not None:
            arrays = [batch.arrays for batch in batches]  # type: ignore[attr-defined]
            made = pa.Table.from_batches(arrays, table.schema)
        else:
            rows = [row for one in batches for row in one.rows() if not all(map(is_blank, row))]
            typed = table.format == "jsonl"
            made = pa.table(
                [_column(rows, at, typed) for at in range(len(names))],
                list(map(str, range(len(names)))),
            )
    made = made.rename_columns(names)
    if day not in names or names.count(day) > 1:
        return WholeFile(made, pa.repeat(False, made.num_rows))
    place = names.index(day)
    cells = [value for chunk in made.column(place).chunks for value in values_of(chunk)]
    days = [day_of(cell) for cell in cells]
    made = made.set_column(place, str(day), pa.array(days, pa.date32()))
    wrong = (one is None and not is_blank(cell) for one, cell in zip(days, cells, strict=True))
    return WholeFile(made, pa.array(wrong, pa.bool_()))


def _column(rows: list[Sequence[Any]], at: int, typed: bool) -> pa.Array:
    """Return a column: text, but numbers or booleans where JSON holds nothing else."""
    cells = [row[at] if at < len(row) and not is_blank(row[at]) else None for row in rows]
    kinds = {type(cell) for cell in cells if cell is not None}
    if typed and kinds and (kinds <= {int, float} or kinds == {bool}):
        with suppress(pa.ArrowInvalid, OverflowError):  # of more digits than Arrow holds
            return pa.array(cells)
    return text_array(cells)
