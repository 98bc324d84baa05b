"""A file as a table: the shape that all formats are read into. Only this file knows the shape."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import attrs

from sdcert.cli._cells import text_of
from sdcert.cli._columns import Column, choose, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sdcert.cli.inputs._source import Source

__all__ = ["SAMPLE", "Batch", "Choices", "Formats", "Record", "Records", "Table", "sample_of"]

Record: TypeAlias = "tuple[int, list[Any]]"
"""A record: the line or row of the file on which it begins, counted from 1, and its cells."""

Formats: TypeAlias = "dict[str, str]"
"""How a spreadsheet shows the numbers (``n``) and the days (``d``) of a column."""

SAMPLE: Final = 1_000  # records by which columns are chosen
_SAMPLE_CHARACTERS: Final = 1 << 20
_BATCH: Final = 1 << 14  # records judged at once
_BATCH_CHARACTERS: Final = 1 << 20


@attrs.frozen
class Choices:
    """How a file is to be read, where the user said so; None leaves it to be found.

    Attributes:
        encoding: ``utf-8`` or ``gb18030``; for CSV.
        delimiter: What separates cells; for CSV.
        header_line: The line or row of the names, 0 for none; for CSV and workbooks.
        sheet: The name or position of the sheet; for workbooks.
        column: The name or position of the column with the numbers; it helps to find the sheet.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    column: str | None = None


class Batch(Protocol):
    """Some records in a row."""

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
    """

    lines: Sequence[int]
    cells: Sequence[Sequence[Any]]

    def column(self, at: int) -> list[Any]:
        """Return the cells of a column, None where a row is too short."""
        return [cells[at] if at < len(cells) else None for cells in self.cells]

    def rows(self) -> Sequence[Sequence[Any]]:
        """Return the cells of each record."""
        return self.cells


@attrs.frozen
class Table:
    """A file that is being read.

    Attributes:
        source: The file.
        format: ``csv``, ``xlsx``, ``jsonl`` or ``parquet``.
        header: The names of the columns; as many empty texts where it has none.
        header_line: The line or row of the names; None where it has none.
        sample: The first records.
        records: All records, the sample included, to be read once. Blank lines are records
            without cells.
        encoding: ``utf-8`` or ``gb18030``; None where the format has its own.
        bom: Whether it begins with a byte order mark.
        delimiter: What separates cells; for CSV.
        sheet: The name of the sheet; for workbooks.
        above: What stands above the names, row by row; for workbooks.
        formats: How each column is shown; for workbooks.
    """

    source: Source
    format: str
    header: tuple[str, ...]
    header_line: int | None
    sample: Sequence[Record]
    records: Iterator[Record]
    encoding: str | None = None
    bom: bool = False
    delimiter: str | None = None
    sheet: str | None = None
    above: Sequence[Sequence[Any]] = ()
    formats: Sequence[Formats] = ()

    @property
    def has_names(self) -> bool:
        """Whether the columns have names."""
        return self.header_line is not None or self.format in ("jsonl", "parquet")

    @property
    def done(self) -> int:
        """How many bytes have been read, or a figure that grows like it."""
        return self.source.file.tell()

    def named(self, wanted: str) -> Column:
        """Return the column of a name or position."""
        return named(self.header, self.has_names, wanted, self.source.name)

    def guessed(self) -> Column:
        """Return the only column that looks like certificate numbers."""
        return choose(self.header, self.has_names, self.texts, self.source.name)

    @property
    def texts(self) -> list[list[str]]:
        """The cells of the sample as texts."""
        return [list(map(text_of, cells)) for _, cells in self.sample]

    def batches(self, columns: Collection[int] | None = None) -> Iterator[Batch]:
        """Read all records, once.

        Args:
            columns: The columns that will be looked at; None for all. What others hold in a batch
                is not said.

        Yields:
            Records in a row, bounded by number and by length.
        """
        lines: list[int] = []
        rows: list[list[Any]] = []
        characters = 0
        for line, cells in self.records:
            lines.append(line)
            rows.append(cells)
            characters += _length(cells)
            if len(rows) >= _BATCH or characters > _BATCH_CHARACTERS:
                yield Records(lines, rows)
                lines, rows, characters = [], [], 0
        if rows:
            yield Records(lines, rows)


def _length(cells: list[Any]) -> int:
    try:
        return sum(map(len, cells))
    except TypeError:  # numbers and the like have none
        return sum(len(cell) for cell in cells if isinstance(cell, str | list | dict))


def sample_of(
    records: Iterator[Record], begun: Sequence[Record] = ()
) -> tuple[list[Record], Iterator[Record]]:
    """Read the first records.

    Args:
        records: The records.
        begun: Records that stand before them.

    Returns:
        The first records, and all of them.
    """
    sample = list(begun)
    characters = 0
    for record in islice(records, SAMPLE):
        sample.append(record)
        characters += _length(record[1])
        if characters > _SAMPLE_CHARACTERS:
            break
    return sample, chain(sample, records)
