"""The report as Parquet: the input's columns with their types, the report's own behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from sdcert.cli.phrases import version
from sdcert.cli.reports.layout import BEYOND, COLUMNS, Layout, Sink, unique
from sdcert.files.arrow import Columns
from sdcert.files.cells import ABSENT, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack
    from pathlib import Path

    from sdcert.cli.account import Account
    from sdcert.cli.engine import Verdicts

__all__ = ["ParquetReport"]

_TYPES: Final = {
    "sdcert_line": pa.int64(),
    "sdcert_year": pa.int32(),
    "sdcert_sequence": pa.int32(),
    "sdcert_grassroots": pa.bool_(),
}
_GROUP_ROWS: Final = 1 << 18
_GROUP_BYTES: Final = 1 << 26


class ParquetReport(Sink):
    """A report as Parquet.

    A Parquet file's columns keep their types; those of other files are written as text.
    """

    def __init__(self, draft: Path, layout: Layout, stack: ExitStack) -> None:
        super().__init__(layout)
        own = [pa.field(name, _TYPES.get(name, pa.string())) for name in layout.keys]
        given = layout.parts[0].table.schema
        if given is None or len(layout.parts) > 1:
            names = [name.encode(errors="backslashreplace").decode() for name in layout.names]
            fields = [pa.field(name, pa.string()) for name in unique(names)]
            schema = pa.schema([*fields, *own, pa.field(BEYOND, pa.list_(pa.string()))])
        else:
            fields = [given.field(at) for at in layout.places[0]]
            schema = pa.schema(fields + own, metadata=given.metadata)
        # opened here: a name that is not in UTF-8 is none to PyArrow
        file = stack.enter_context(draft.open("wb"))
        self._writer = stack.enter_context(pq.ParquetWriter(file, schema))
        self._schema = schema
        self._pending: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def batch(self, found: Verdicts) -> None:
        """Write some rows."""
        batch = found.batch
        if isinstance(batch, Columns) and BEYOND not in self._schema.names:
            columns = [batch.column(at) for at in self._layout.places[0]] + self._own(found)
        else:
            columns = self._texts(found)
        arrays = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        self._pending.append(arrays)
        self._rows += arrays.num_rows
        self._bytes += arrays.nbytes
        if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def finish(self, account: Account) -> None:
        """Write the last row group."""
        self._flush()

    def _flush(self) -> None:
        """Write what is pending as a row group."""
        if self._pending:
            table = pa.Table.from_batches(self._pending, self._schema)
            self._writer.write_table(table, row_group_size=_GROUP_ROWS * 2)
        self._pending, self._rows, self._bytes = [], 0, 0

    def _own(self, found: Verdicts) -> list[pa.Array]:
        layout = self._layout
        if layout.keys != COLUMNS:
            own = (_encodable(layout.own(0, row)) for row in found.rows())
            cells = zip(*own, strict=True)
            fields = list(self._schema)[-len(layout.keys) :]
            return [pa.array(of, field.type) for of, field in zip(cells, fields, strict=True)]
        answers = found.answers | found.messages()
        size = len(found)
        digest = layout.parts[0].run.digest or None
        answers["version"] = pa.repeat(version(), size)
        answers["codes"] = pa.repeat(pa.scalar(digest, pa.string()), size)
        return [answers[name.removeprefix("sdcert_")] for name in COLUMNS]

    def _texts(self, found: Verdicts) -> list[pa.Array]:
        """Turn rows into columns of texts."""
        columns: list[list[Any]] = [[] for _ in self._schema]
        for row in found.rows():
            cells, beyond = self._layout.cells(self._number, row.cells)
            texts = map(_text, cells)
            own = _encodable(self._layout.own(self._number, row))
            extra = list(map(_text, beyond)) or None
            for column, cell in zip(columns, (*texts, *own, extra), strict=True):
                column.append(cell)
        return [
            pa.array(column, field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]


def _encodable(cells: Iterable[Any]) -> list[Any]:
    return [_text(cell) if isinstance(cell, str) else cell for cell in cells]


def _text(cell: Any) -> str | None:
    if cell is None or cell is ABSENT:
        return None
    # a lone surrogate is no character: it is written as an escape
    return text_of(cell).encode(errors="backslashreplace").decode()
