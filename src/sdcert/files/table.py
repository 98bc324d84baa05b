"""A file as a table: the shape that all formats are read into."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import attrs

from sdcert.files.cells import text_of
from sdcert.files.columns import Column, choose, named
from sdcert.files.layouts import Header, Rows
from sdcert.files.notes import Notes
from sdcert.files.sources import WORKBOOKS, Source

if TYPE_CHECKING:
    from sdcert.files.parquet import Parquet

__all__ = ["SAMPLE", "Batch", "Record", "Records", "Table", "sample_of"]

Record: TypeAlias = "tuple[int, list[Any]]"
"""A record: the line or row of the file on which it begins, counted from 1, and its cells."""

SAMPLE: Final = 1_000  # records by which columns are chosen
_SAMPLE_CHARACTERS: Final = 1 << 20
_BATCH: Final = 1 << 14  # records checked at once
_BATCH_CHARACTERS: Final = 1 << 20


class Batch(Protocol):
    """Consecutive records.

    >>> from sdcert.files import open_table
    >>> with open_table("examples/valid.csv") as table:
    ...     [batch] = table.batches()
    ...     print(batch.lines[0], batch.column(0)[0])
    2 鲁189300160200001
    """

    @property
    def lines(self) -> Sequence[int]:
        """The line or row of each in the file."""
        ...

    def column(self, at: int) -> Any:
        """Return the cells of a column: a list, or an Arrow array."""
        ...

    def rows(self) -> Iterable[Sequence[Any]]:
        """Return the cells of each record."""
        ...


@attrs.frozen(eq=False)
class Records:
    """A batch of records as Python holds them.

    Attributes:
        lines: The line or row of each in the file.
        cells: The cells of each; rows may be shorter or longer than the header.

    >>> from sdcert.files import Records
    >>> records = Records([2, 3], [["鲁189300160200001", "2018"], ["鲁189300160200002", "2018"]])
    >>> records.column(1)
    ['2018', '2018']
    """

    lines: Sequence[int]
    cells: Sequence[Sequence[Any]]

    def column(self, at: int) -> list[Any]:
        """Return the cells of a column, None where a row is too short."""
        return [cells[at] if at < len(cells) else None for cells in self.cells]

    def rows(self) -> Sequence[Sequence[Any]]:
        """Return the cells of each record."""
        return self.cells


@attrs.frozen(kw_only=True)
class Table:
    """A file that is being read.

    Attributes:
        source: The file.
        format: ``csv``, ``jsonl``, ``parquet``, ``xlsx``, ``xlsb``, ``xls`` or ``ods``.
        header: Which rows name the columns.
        columns: The names of the columns; as many empty texts where the file has none.
        sample: The first records.
        notes: What was recognised; complete when all batches are read.
        encoding: Of text; None where the format has its own.
        bom: Whether it begins with a byte order mark.
        delimiter: What separates cells; of CSV.
        sheet: The name of the sheet; of workbooks.
        hidden_columns: The columns that are hidden, counted from 0; of workbooks.

    >>> from sdcert.files import open_table
    >>> with open_table("examples/valid.csv") as table:
    ...     print(table.format, table.encoding, table.columns)
    csv utf-8 ('证书编号', '评审年度', '系列')
    """

    source: Source
    format: str
    header: Header
    columns: tuple[str, ...]
    sample: Sequence[Record]
    notes: Notes
    encoding: str | None = None
    bom: bool = False
    delimiter: str | None = None
    sheet: str | None = None
    hidden_columns: frozenset[int] = frozenset()
    _records: Iterator[Record] = attrs.field(factory=lambda: iter(()))
    _merged: Mapping[int, int] = attrs.field(factory=dict)
    _parquet: Any = None  # a Parquet, whose module needs Arrow
    _progress: list[int] = attrs.field(factory=lambda: [0])

    @property
    def is_workbook(self) -> bool:
        """Whether cells are those of a spreadsheet."""
        return self.format in WORKBOOKS

    @property
    def has_names(self) -> bool:
        """Whether the columns have names."""
        return self.header.line is not None or self.format in ("jsonl", "parquet")

    @property
    def schema(self) -> Any:
        """The Arrow schema of Parquet; None of any other format."""
        return None if self._parquet is None else self._parquet.schema

    @property
    def header_line(self) -> int | None:
        """The line or row of the names, the last of them; None where the file has none."""
        return self.header.line

    @property
    def above(self) -> Sequence[Sequence[Any]]:
        """What precedes the names, row by row."""
        return [cells for _, cells in self.header.above]

    @property
    def done(self) -> int:
        """How many bytes have been read, or a figure that grows like it."""
        if self._parquet is not None:
            return self.source.size * self._progress[0] // max(int(self._parquet.rows), 1)
        return self.source.file.tell()

    def rest(self) -> Iterator[Record]:
        """Return the records as they are, for who wraps them."""
        return self._records

    def named(self, wanted: str) -> Column:
        """Return the column of a name or position.

        Raises:
            UnreadableFile: If there is no such column, or several.
        """
        return named(self.columns, self.has_names, wanted, self.source.name)

    def guessed(self) -> Column:
        """Return the only column that looks like certificate numbers.

        Raises:
            UnreadableFile: If there is no such column, or several.
        """
        return choose(self.columns, self.has_names, self.texts, self.source.name)

    @property
    def texts(self) -> list[list[str]]:
        """The cells of the sample as texts."""
        return [list(map(text_of, cells)) for _, cells in self.sample]

    def batches(
        self, columns: Collection[int] | None = None, *, number: int | None = None
    ) -> Iterator[Batch]:
        """Read all records, once.

        Args:
            columns: The columns that will be used; None for all. Others may be missing.
            number: The column with the certificate numbers: rows that hold no record (合计, headers
                repeated on printed pages, signatures) are then left out, and noted. None reads
                every row.

        Yields:
            Consecutive records, bounded by number and by length.

        Raises:
            UnreadableFile: If the file cannot be read on.
        """
        if self._parquet is not None:
            yield from self._columns(self._parquet, columns)
            return
        rows = None if number is None else Rows(self.header, number, self.notes, self._merged)
        lines: list[int] = []
        cells_of: list[list[Any]] = []
        characters = 0
        for line, cells in self._records:
            if rows is not None and rows.left_out(line, cells):
                continue
            lines.append(line)
            cells_of.append(cells)
            characters += _length(cells)
            if len(cells_of) >= _BATCH or characters > _BATCH_CHARACTERS:
                yield Records(lines, cells_of)
                lines, cells_of, characters = [], [], 0
        if cells_of:
            yield Records(lines, cells_of)

    def _columns(self, file: Parquet, columns: Collection[int] | None) -> Iterator[Batch]:
        from sdcert.files.arrow import Columns  # noqa: PLC0415  # Parquet alone needs Arrow here

        wanted = range(len(self.columns)) if columns is None else sorted(set(columns))
        places = {at: place for place, at in enumerate(wanted)}
        for arrays in file.batches(wanted):
            yield Columns(self._progress[0] + 1, arrays, places)
            self._progress[0] += arrays.num_rows


def _length(cells: list[Any]) -> int:
    try:
        return sum(map(len, cells))
    except TypeError:  # numbers and the like have none
        return sum(len(cell) for cell in cells if isinstance(cell, str | list | dict))


def sample_of(records: Iterator[Record]) -> tuple[list[Record], Iterator[Record]]:
    """Read the first records; returns them, and all."""
    sample = []
    characters = 0
    for record in islice(records, SAMPLE):
        sample.append(record)
        characters += _length(record[1])
        if characters > _SAMPLE_CHARACTERS:
            break
    return sample, chain(sample, records)
