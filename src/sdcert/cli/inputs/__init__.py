"""Files as tables, whatever their format. Only this package knows how formats are told apart.

:func:`open_source` opens a file, :func:`open_rows` reads it: the result is a :class:`Table` with
names of columns, a sample and batches of records. Nothing is repaired: what cannot be read without
a guess is a :class:`~sdcert.cli._texts.Problem` that names the place.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from sdcert.cli._texts import Problem
from sdcert.cli.inputs._encoding import ENCODINGS
from sdcert.cli.inputs._source import Source, open_source
from sdcert.cli.inputs._table import Batch, Choices, Formats, Record, Records, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ENCODINGS",
    "Batch",
    "Choices",
    "Formats",
    "Record",
    "Records",
    "Source",
    "Table",
    "format_of",
    "open_rows",
    "open_source",
]


@attrs.frozen
class _Format:
    reader: str  # module:function; imported when a file of the format is read
    choices: frozenset[str]  # what of Choices it knows


_FORMATS: Final = {
    "csv": _Format("_csv:open_csv", frozenset({"encoding", "delimiter", "header_line", "column"})),
    "xlsx": _Format("_xlsx:open_xlsx", frozenset({"sheet", "header_line", "column"})),
    "jsonl": _Format("_jsonl:open_jsonl", frozenset({"column"})),
    "parquet": _Format("_parquet:open_parquet", frozenset({"column"})),
}
_BY_NAME: Final = {
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


def format_of(name: str) -> str:
    """Tell the format of a file by its name; what has no other is CSV.

    >>> format_of("名单.XLSX"), format_of("a.parquet"), format_of("a.tsv"), format_of("-")
    ('xlsx', 'parquet', 'csv', 'csv')
    """
    return _BY_NAME.get(Path(name).suffix.lower(), "csv")


@contextmanager
def open_rows(source: Source, choices: Choices | None = None) -> Iterator[Table]:
    """Read a file, in the format that its name tells.

    Args:
        source: The file.
        choices: How it is to be read, where the user said so.

    Yields:
        The table. Reading its records raises Problem where the file cannot be read.

    Raises:
        Problem: If the beginning of the file cannot be read, or a choice is none of its format.
    """
    choices = choices or Choices()
    form = format_of(source.name)
    known = _FORMATS[form]
    for field, value in attrs.asdict(choices).items():
        if value is not None and field not in known.choices:
            option = f"--{field.replace('_', '-')}"
            raise Problem(f"choice-not-of-{form}", {"name": source.name, "option": option})
    module, _, function = known.reader.partition(":")
    opened = getattr(import_module(f"sdcert.cli.inputs.{module}"), function)
    with opened(source, choices) as table:
        yield table
