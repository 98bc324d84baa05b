"""The report of an audit: one row for each finding, in the format that the name tells."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from sdcert.cli.phrases import Problem
from sdcert.cli.reports import ending_of, is_page
from sdcert.cli.reports.delimited import neutral, open_lines
from sdcert.cli.reports.jsonlines import encoded
from sdcert.cli.reports.layout import unique
from sdcert.cli.reports.place import drafted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sdcert.files import Source

    Names = Sequence[str]
    Rows = Iterator[Sequence[Any]]

__all__ = ["write_findings"]

_BATCH: Final = 1 << 14
_LINE: Final = 0  # the first column counts lines; all others are texts
_MOST_ROWS: Final = 1 << 20  # of a sheet


def write_findings(
    path: str,
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    source: Source,
    read: Iterable[str],
) -> None:
    """Write the findings; the file takes its place when it is whole.

    Args:
        path: Where they go; a file there is replaced. Its ending tells the format.
        names: The names of the columns. The first holds the line, a number; the others texts.
        rows: The cells of each finding.
        source: The file that was read; it must not be replaced.
        read: Other files and folders that were read; nor must these.

    Raises:
        Problem: If the place is one of the files read or no ordinary file, or there is no such
            format, or the format cannot hold so many rows.
        OSError: If it cannot be written.
    """
    if is_page(path):
        raise Problem("audit-format", {"name": path})
    writers: dict[str, Callable[..., None]] = {
        ".csv": _csv,
        ".tsv": partial(_csv, delimiter="\t"),
        ".xlsx": _xlsx,
        ".json": partial(_json, array=True),
        ".jsonl": _json,
        ".ndjson": _json,
        ".parquet": _parquet,
    }
    write = writers[ending_of(path)]
    with drafted(path, source, *read) as draft:
        write(draft, unique(map(_encodable, names)), iter(rows), source.name)


def _csv(draft: Path, names: Names, rows: Rows, name: str, *, delimiter: str = ",") -> None:
    with open_lines(draft, delimiter) as lines:
        for row in chain([names], rows):
            lines.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in row])


def _json(draft: Path, names: Names, rows: Rows, name: str, *, array: bool = False) -> None:
    begin, between, end = (b"[\n", b",\n", b"\n]\n") if array else (b"", b"\n", b"\n")
    with draft.open("wb") as file:
        file.write(begin)
        for count, row in enumerate(rows):
            one = encoded(dict(zip(names, map(_encodable, row), strict=True)))
            file.write(between * bool(count) + one)
        file.write(end)


def _parquet(draft: Path, names: Names, rows: Rows, name: str) -> None:
    import pyarrow as pa  # noqa: PLC0415  # who writes Parquet pays for it
    from pyarrow import parquet  # noqa: PLC0415

    kinds = [pa.int64() if at == _LINE else pa.string() for at in range(len(names))]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    # opened here: a name that is not in UTF-8 is none to PyArrow
    with draft.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(rows, _BATCH)):
            columns = zip(*(map(_encodable, row) for row in some), strict=True)
            arrays = [pa.array(cells, kind) for cells, kind in zip(columns, kinds, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _xlsx(draft: Path, names: Names, rows: Rows, name: str) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415  # who writes workbooks pays for it

    from sdcert.cli.reports.workbook import saved, text_cell  # noqa: PLC0415

    with saved(draft) as book:
        sheet = book.create_sheet("findings")
        sheet.freeze_panes = "A2"
        for at, width in enumerate([8, *[26] * (len(names) - 3), 24, 50]):
            sheet.column_dimensions["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at % 26]].width = width
        head = [text_cell(sheet, title, 1, name) for title in names]
        for cell in head:
            cell.font = Font(bold=True)
        sheet.append(head)
        for count, row in enumerate(rows, 2):
            if count > _MOST_ROWS:
                limit = f"{_MOST_ROWS:,}"
                raise Problem("xlsx-too-long", {"name": name, "limit": limit})
            texts = [text_cell(sheet, str(cell), row[_LINE], name) for cell in row[1:]]
            sheet.append([row[_LINE], *texts])


def _encodable(cell: Any) -> Any:
    """Write a lone surrogate, which is no character, as an escape."""
    return cell.encode(errors="backslashreplace").decode() if isinstance(cell, str) else cell
