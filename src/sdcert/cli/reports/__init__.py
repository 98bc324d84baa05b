"""Reports: every row of the inputs with what was found, in the format that the name tells.

Only this package knows which formats there are, and where reports go. A format makes a
:class:`Sink` of ``(draft, layout, stack)``. The draft is beside the report's place, and moved there
when it is whole, so that a check that fails leaves an earlier report as it was.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sdcert.cli.account import file_name
from sdcert.cli.phrases import Problem, phrase
from sdcert.cli.reports.layout import BEYOND, COLUMNS, Layout, Sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdcert.cli.account import FilePart, Run

__all__ = ["BEYOND", "COLUMNS", "MOST_ROWS", "Layout", "Sink", "is_page", "open_report", "targets"]

MOST_ROWS: Final = 500
"""How many rows of each outcome a page lists."""

# By the ending of the name: what makes it, in a module of this package that is imported for it.
_FORMATS: Final = {
    ".csv": "text:CsvReport",
    ".tsv": "text:TsvReport",
    ".xlsx": "workbook:open_xlsx",
    ".json": "text:JsonReport",
    ".jsonl": "text:JsonLinesReport",
    ".ndjson": "text:JsonLinesReport",
    ".parquet": "parquet:ParquetReport",
    ".html": "page:PageReport",
    ".htm": "page:PageReport",
}


def is_page(path: str | None) -> bool:
    """Tell whether a report is a page, which shows some columns alone.

    >>> is_page("结果.HTML"), is_page("a.csv"), is_page(None)
    (True, False, False)
    """
    return path is not None and Path(path).suffix.lower() in (".html", ".htm")


def _is_folder(path: str, parts: Sequence[FilePart]) -> bool:
    """Tell whether reports go into a folder: one that is there, or is written as one."""
    several = len({part.table.source.name for part in parts}) > 1
    bare = several and not Path(path).suffix and not Path(path).name.startswith(".")
    there = bool(path) and Path(path).is_dir()
    return path.endswith(("/", os.sep)) or there or (bare and not Path(path).exists())


def targets(parts: Sequence[FilePart], run: Run) -> list[tuple[str | None, list[int]]]:
    """Return where reports go, and the numbers of the parts that have one together.

    A report that is a file is that of all parts; in a folder, which is made, each file has a
    workbook. Without a report the parts of a file are together.
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
    """Write a report; at the end, and only if nothing went wrong, it replaces what is there.

    Raises:
        Problem: If the place is one of the files read or no ordinary file, or there is no such
            format, or the format cannot hold what is to be written.
        OSError: If it cannot be written.
    """
    with _drafted(path, layout) as draft, ExitStack() as stack:
        ending = Path(path).suffix.lower()
        if ending not in _FORMATS:
            raise Problem("report-format", {"name": path, "ending": ending})
        module, _, name = _FORMATS[ending].partition(":")
        made = getattr(import_module(f"sdcert.cli.reports.{module}"), name)
        yield made(draft, layout, stack)


@contextmanager
def _drafted(path: str, layout: Layout) -> Iterator[Path]:
    """Make an empty draft; at the end, and only if nothing went wrong, it becomes the report."""
    place = Path(os.path.realpath(path))  # a link stays, what it points to is replaced
    if place.is_symlink():  # it goes round in a circle
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    # asked of the name as well: /dev/stdout leads to a pipe, which has none that could be looked at
    if path == "-" or any(one.exists() and not one.is_file() for one in (Path(path), place)):
        name = phrase("standard-output") if path == "-" else path
        raise Problem("report-no-file", {"name": name})
    if place.exists():
        status = place.stat()
        for source in (part.table.source for part in layout.parts):
            if source.identity == (status.st_dev, status.st_ino):
                raise Problem("report-is-input", {"name": source.name})
        folders = (Path(name) for name in layout.parts[0].run.read)
        if any(place.samefile(file) for one in folders for file in (one, *one.rglob("*"))):
            raise Problem("report-is-input", {"name": path})
    # of a name that is no longer than the longest that there can be
    draft = place.with_name(f".sdcert-{secrets.token_hex(8)}.tmp")
    try:
        try:
            draft.open("xb").close()
        except OSError as error:
            error.filename = path  # the name that the user gave
            raise
        yield draft
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
