"""A file as one Arrow table, for frames and the audit."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from sdcert.dates import read_day
from sdcert.files.arrow import text_array, values_of
from sdcert.files.cells import is_blank
from sdcert.files.reading import open_table

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from sdcert.files.table import Batch, Table

__all__ = ["WholeFile", "read_arrow"]


@attrs.frozen(eq=False)
class WholeFile:
    """A file that was read at once.

    Attributes:
        table: Its rows; blank ones and those that hold no record are left out. Columns of Parquet
            keep their types, those of other files are text.
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
        batches = [_arrays(table, batch) for batch in table.batches(number=at)]
        texts = pa.schema([(f"{at}", pa.large_string()) for at in range(len(names))])
        fields = texts if table.schema is None else table.schema
    made = pa.Table.from_batches(batches, fields).rename_columns(names)
    if day not in names or names.count(day) > 1:
        return WholeFile(made, pa.repeat(False, made.num_rows))
    place = names.index(day)
    cells = [value for chunk in made.column(place).chunks for value in values_of(chunk)]
    days = [_day(cell) for cell in cells]
    made = made.set_column(place, str(day), pa.array(days, pa.date32()))
    wrong = (one is None and not is_blank(cell) for one, cell in zip(days, cells, strict=True))
    return WholeFile(made, pa.array(wrong, pa.bool_()))


def _arrays(table: Table, batch: Batch) -> pa.RecordBatch:
    if table.schema is not None:
        return batch.arrays  # type: ignore[attr-defined]  # as Parquet has them
    rows: Iterable[Any] = (cells for cells in batch.rows() if not all(map(is_blank, cells)))
    kept = list(rows)
    columns = [
        text_array(cells[at] if at < len(cells) else None for cells in kept)
        for at in range(len(table.columns))
    ]
    return pa.RecordBatch.from_arrays(columns, list(map(str, range(len(columns)))))


def _day(cell: Any) -> date | None:
    try:
        return read_day(cell) if isinstance(cell, str | date | datetime) else None
    except ValueError:
        return None
