"""Parquet as batches of columns. Only this file knows how one is read: as a stream, by PyArrow."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import attrs
import pyarrow as pa
import pyarrow.parquet as pq

from sdcert.cli._texts import Problem
from sdcert.cli.inputs._arrow import Columns, values_of
from sdcert.cli.inputs._table import SAMPLE, Batch, Choices, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sdcert.cli.inputs._source import Source

__all__ = ["open_parquet"]

_BATCH: Final = 1 << 16  # rows: as many as the engine reads at once
_BATCH_BYTES: Final = 1 << 24


@attrs.frozen
class _ParquetTable(Table):
    """A Parquet file that is being read.

    Attributes:
        file: The file as PyArrow knows it.
        progress: How many rows have been read.
    """

    file: pq.ParquetFile = attrs.field(kw_only=True)
    progress: list[int] = attrs.field(factory=lambda: [0], kw_only=True)

    @property
    def schema(self) -> pa.Schema:
        """The columns' names and types."""
        return self.file.schema_arrow

    @property
    def done(self) -> int:
        """The share of the rows that have been read, of the size in bytes."""
        rows: int = self.file.metadata.num_rows
        return self.source.size * self.progress[0] // max(rows, 1)

    def batches(self, columns: Collection[int] | None = None) -> Iterator[Batch]:
        """Read all records, once: of the columns that are asked for alone."""
        wanted = range(len(self.header)) if columns is None else sorted(set(columns))
        places = {at: place for place, at in enumerate(wanted)}
        for arrays in _batches(self.source, self.file, _BATCH, list(wanted)):
            yield Columns(self.progress[0] + 1, arrays, places)
            self.progress[0] += arrays.num_rows


def _batches(
    source: Source, file: pq.ParquetFile, size: int, wanted: list[int]
) -> Iterator[pa.RecordBatch]:
    """Read columns by their position: names may stand twice."""
    try:
        for arrays in _read(file, size, wanted):
            for column in arrays.columns:
                if _holds_text(column.type):
                    column.validate(full=True)  # nothing else looks whether it is in UTF-8
            at = 0
            while at < arrays.num_rows:  # long values in few rows at a time
                share = max(arrays.nbytes // _BATCH_BYTES + 1, 1)
                step = max(arrays.num_rows // share, 1)
                yield arrays.slice(at, step)
                at += step
    except (pa.ArrowException, OSError) as error:
        raise _broken(source, error) from None


def _holds_text(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(map(kind.equals, (pa.string(), pa.large_string(), pa.string_view())))


def _broken(source: Source, error: Exception) -> Problem:
    return Problem("parquet-broken", {"name": source.name, "reason": str(error).partition("\n")[0]})


def _read(file: pq.ParquetFile, size: int, wanted: list[int]) -> Iterator[pa.RecordBatch]:
    names = file.schema_arrow.names
    if len(set(names)) == len(names) and not any("." in names[at] for at in wanted):
        columns: list[str] | None = [names[at] for at in wanted]
    else:
        columns = None  # a name would stand for several
    for arrays in file.iter_batches(batch_size=size, columns=columns):
        yield arrays if columns else arrays.select(wanted)


@contextmanager
def open_parquet(source: Source, _: Choices) -> Iterator[Table]:
    """Read a file as Parquet.

    Args:
        source: The file.

    Yields:
        The table. Reading its batches raises Problem where the file cannot be read.

    Raises:
        Problem: If the beginning of the file cannot be read.
    """
    if not source.size:
        raise Problem("empty-file", {"name": source.name})
    source.file.seek(0)
    try:
        file = pq.ParquetFile(pa.PythonFile(source.file, mode="r"))
    except (pa.ArrowException, OSError) as error:
        raise _broken(source, error) from None
    try:
        names = tuple(file.schema_arrow.names)
        sample = next(_batches(source, file, SAMPLE, list(range(len(names)))), None)
        rows = [] if sample is None else [values_of(column) for column in sample.columns]
        yield _ParquetTable(
            source,
            "parquet",
            names,
            None,
            [(at, list(cells)) for at, cells in enumerate(zip(*rows, strict=True), 1)],
            iter(()),
            file=file,
        )
    finally:
        file.close()
