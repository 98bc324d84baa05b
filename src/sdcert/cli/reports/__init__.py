"""Reports: every row of the input with what was found, in the format that the name tells.

Only this package knows which formats there are. A format is a function that opens a :class:`Sink`:
``opened(draft, layout)``, a context manager; the file it writes is moved to its place when it is
whole.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sdcert.cli.phrases import Problem
from sdcert.cli.reports.layout import BEYOND, COLUMNS, Layout, Sink, unique
from sdcert.cli.reports.place import drafted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BEYOND", "COLUMNS", "Layout", "Sink", "ending_of", "is_page", "open_report", "unique"]

# By the ending of the name: ``module:function`` in this package, imported when it is needed.
_FORMATS: Final = {
    ".csv": "delimited:open_csv",
    ".tsv": "delimited:open_tsv",
    ".xlsx": "workbook:open_xlsx",
    ".json": "jsonlines:open_json",
    ".jsonl": "jsonlines:open_jsonl",
    ".ndjson": "jsonlines:open_jsonl",
    ".parquet": "parquet:open_parquet",
    ".html": "page:open_html",
    ".htm": "page:open_html",
}
_PAGES: Final = frozenset({".html", ".htm"})


def ending_of(path: str) -> str:
    """Return the ending of a report's name, in small letters.

    Raises:
        Problem: If no report is written in such a format.
    """
    ending = Path(path).suffix.lower()
    if ending not in _FORMATS:
        raise Problem("report-format", {"name": path, "ending": ending})
    return ending


def is_page(path: str | None) -> bool:
    """Tell whether a report is a page, which shows some columns alone.

    >>> is_page("结果.HTML"), is_page("a.csv"), is_page(None)
    (True, False, False)
    """
    return path is not None and Path(path).suffix.lower() in _PAGES


@contextmanager
def open_report(path: str, layout: Layout, *, tables: str | None = None) -> Iterator[Sink]:
    """Write a report; at the end, and only if nothing went wrong, it takes its place.

    Args:
        path: Where it goes; a file there is replaced. Its ending tells the format.
        layout: What it holds.
        tables: The file or folder of the code tables; it must not be replaced.

    Yields:
        The report.

    Raises:
        Problem: If the place is one of the files read or no ordinary file, or there is no such
            format, or the format cannot hold what is to be written.
        OSError: If it cannot be written.
    """
    with drafted(path, layout.options.table.source, tables) as draft:
        module, _, function = _FORMATS[ending_of(path)].partition(":")
        opened = getattr(import_module(f"sdcert.cli.reports.{module}"), function)
        with opened(draft, layout) as sink:
            yield sink
