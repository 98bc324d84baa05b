"""Parquet as batches of columns, read as a stream by PyArrow. Only this file knows how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from sdcert.files.arrow import holds_text, values_of
from sdcert.files.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdcert.files.sources import Source
    from sdcert.files.table import Record

__all__ = ["Parquet"]

_BATCH: Final = 1 << 16  # rows: as many as the engine reads at once
_BATCH_BYTES: Final = 1 << 24


class Parquet:
    """A Parquet file that is being read.

    Args:
        source: The file.

    Attributes:
        schema: The columns' names and types.
        rows: How many rows it has.

    Raises:
        UnreadableFile: If it is damaged.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        source.file.seek(0)
        try:
            self._file = pq.ParquetFile(pa.PythonFile(source.file, mode="r"))
        except (pa.ArrowException, OSError, UnicodeDecodeError):  # of the name of a column
            raise UnreadableFile("damaged-parquet", source.name) from None
        self.schema: pa.Schema = self._file.schema_arrow
        self.rows: int = self._file.metadata.num_rows
        if self.rows and not self.schema.names:
            raise UnreadableFile("damaged-parquet", source.name)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def sample(self, size: int) -> list[Record]:
        """Return the first records."""
        first = next(self.batches(range(len(self.schema.names)), size), None)
        columns = [] if first is None else [values_of(column) for column in first.columns]
        return [(at, list(cells)) for at, cells in enumerate(zip(*columns, strict=True), 1)]

    def batches(self, wanted: Sequence[int], size: int = _BATCH) -> Iterator[pa.RecordBatch]:
        """Read columns by their position: names may stand twice."""
        try:
            for arrays in self._read(size, wanted):
                for column in arrays.columns:
                    if holds_text(column.type):
                        self._validate(column)
                at = 0
                while at < arrays.num_rows:  # long values in few rows at a time
                    share = max(arrays.nbytes // _BATCH_BYTES + 1, 1)
                    step = max(arrays.num_rows // share, 1)
                    yield arrays.slice(at, step)
                    at += step
        except (pa.ArrowException, OSError):
            raise UnreadableFile("damaged-parquet", self._source.name) from None

    def _validate(self, column: pa.Array) -> None:
        try:
            column.validate(full=True)  # nothing else checks that it is UTF-8
        except pa.ArrowInvalid:
            raise UnreadableFile("parquet-text", self._source.name) from None

    def _read(self, size: int, wanted: Sequence[int]) -> Iterator[pa.RecordBatch]:
        names = self.schema.names
        if not names:  # nor cells: Arrow would make as many rows as each part says, or end with it
            return
        if len(set(names)) == len(names) and not any("." in names[at] for at in wanted):
            columns: list[str] | None = [names[at] for at in wanted]
        else:
            columns = None  # a name would mean several
        rows = 0
        for arrays in self._file.iter_batches(batch_size=size, columns=columns):
            rows += arrays.num_rows
            yield arrays if columns else arrays.select(list(wanted))
        if rows != self.rows:  # Arrow ends where a column does
            raise UnreadableFile("damaged-parquet", self._source.name)
