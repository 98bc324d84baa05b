"""Reports: every row of the inputs with what was found, in the format that the name tells.

Only this package knows which formats there are, and where reports go. A format is a function that
opens a :class:`Sink`: ``opened(draft, layout)``, a context manager; the file it writes is moved to
its place when it is whole.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sdcert.cli.account import file_name
from sdcert.cli.phrases import Problem, phrase
from sdcert.cli.reports.layout import AUDIT, BEYOND, COLUMNS, PLACES, Layout, Sink
from sdcert.cli.reports.place import drafted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdcert.cli.account import Part, Run

__all__ = ["AUDIT", "BEYOND", "COLUMNS", "MOST_ROWS", "PLACES", "Layout", "Sink", "is_page"]
__all__ += ["open_report", "targets"]

MOST_ROWS: Final = 500
"""How many rows of each outcome a page lists."""

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


def is_page(path: str | None) -> bool:
    """Tell whether a report is a page, which shows some columns alone.

    >>> is_page("结果.HTML"), is_page("a.csv"), is_page(None)
    (True, False, False)
    """
    return path is not None and Path(path).suffix.lower() in _PAGES


def _is_folder(path: str, parts: Sequence[Part]) -> bool:
    """Tell whether reports go into a folder: one that is there, or is written as one."""
    several = len({part.table.source.name for part in parts}) > 1
    bare = several and not Path(path).suffix and not Path(path).name.startswith(".")
    there = bool(path) and Path(path).is_dir()
    return path.endswith(("/", os.sep)) or there or (bare and not Path(path).exists())


def targets(parts: Sequence[Part], run: Run) -> list[tuple[str | None, list[int]]]:
    """Return which parts have a report together, and where it goes.

    Args:
        parts: What is checked.
        run: How.

    Returns:
        Paths and the numbers of parts. A report that is a file is that of all parts; in a folder,
        which is made, each file has a workbook. Without a report the parts of a file are together.
    """
    report = run.report
    files: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        files.setdefault(part.table.source.name, []).append(number)
    if report is None:
        return [(None, numbers) for numbers in files.values()]
    if not _is_folder(report, parts):
        return [(report, list(range(len(parts))))]
    made: dict[str, list[int]] = {}
    for name, numbers in files.items():
        given = "stdin" if name == "-" else file_name(name)
        folder = Path(report, parts[numbers[0]].below)
        folder.mkdir(parents=True, exist_ok=True)
        short, whole = (
            str(folder / phrase("report-name", run.lang, stem=stem))
            for stem in (Path(given).stem, given)
        )
        made[whole if short in made else short] = numbers
    return list(made.items())


@contextmanager
def open_report(path: str, layout: Layout) -> Iterator[Sink]:
    """Write a report; at the end, and only if nothing went wrong, it takes its place.

    Args:
        path: Where it goes; a file there is replaced. Its ending tells the format.
        layout: What it holds.

    Yields:
        The report.

    Raises:
        Problem: If the place is one of the files read or no ordinary file, or there is no such
            format, or the format cannot hold what is to be written.
        OSError: If it cannot be written.
    """
    run = layout.parts[0].run
    sources = [part.table.source for part in layout.parts]
    with drafted(path, sources, run.read) as draft:
        ending = Path(path).suffix.lower()
        if ending not in _FORMATS:
            raise Problem("report-format", {"name": path, "ending": ending})
        module, _, function = _FORMATS[ending].partition(":")
        opened = getattr(import_module(f"sdcert.cli.reports.{module}"), function)
        with opened(draft, layout) as sink:
            yield sink
