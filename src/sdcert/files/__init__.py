"""The one reader of files: delimited text, workbooks of every kind, JSON Lines and Parquet.

:func:`open_table` opens a file as a :class:`Table`, whose ``batches()`` come in bounded memory with
the line of each record; a sheet of a workbook is held as a whole, and refused where the rectangle
that holds its cells has more than 67 million. :func:`read_rows` reads a small file at once and
needs no Arrow. Files are told apart by their content. Needs the extra ``files``.

An empty cell, a null and a key that an object lacks are the same in every format: no value. So a
register exported twice, as CSV and as Parquet, gives one audit.
"""

from __future__ import annotations

from sdcert.files.cells import CellError, Uncomputed
from sdcert.files.columns import Column
from sdcert.files.encodings import ENCODINGS
from sdcert.files.errors import UnreadableFile
from sdcert.files.notes import FileNote
from sdcert.files.reading import SheetRows, open_table, read_rows, read_sheets
from sdcert.files.sources import Source, open_source
from sdcert.files.table import Batch, Record, Records, Table
from sdcert.files.workbooks import Sheet

__all__ = [
    "ENCODINGS",
    "Batch",
    "CellError",
    "Column",
    "FileNote",
    "Record",
    "Records",
    "Sheet",
    "SheetRows",
    "Source",
    "Table",
    "Uncomputed",
    "UnreadableFile",
    "open_source",
    "open_table",
    "read_rows",
    "read_sheets",
]
