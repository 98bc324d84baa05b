"""Which files, sheets and columns are checked.

Only this file goes through folders. Before anything is checked, every file is opened and its
columns are found, so that a report knows its columns and what cannot be read is known.
"""

from __future__ import annotations

import glob
import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.cli.account import FilePart
from sdcert.cli.options import reading_options
from sdcert.cli.phrases import Problem, phrase, why
from sdcert.cli.reports.layout import is_report
from sdcert.cli.terminal import console
from sdcert.errors import SdcertError
from sdcert.files import UnreadableFile, open_source, open_table, read_sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sdcert.cli.account import Run
    from sdcert.files import Table

__all__ = ["ENDINGS", "bare", "opened", "progress", "survey"]

ENDINGS: Final = frozenset(
    {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods"}
    | {".jsonl", ".ndjson", ".parquet"}
)
"""The files of a folder that are read; a file that is named is read whatever it is called."""

_LISTED: Final = 5
_LONG_FILE: Final = 4 << 20  # bytes: what is shorter is done before a bar is read
# What keeps a sheet from being one of certificate numbers, if all sheets are asked for.
_NO_NUMBERS: Final = frozenset({"blank", "column-unclear", "column-missing"})

_UNCLEAR: Final = frozenset({"sheet-several", "column-several"})  # as in a report on several files


def _found(paths: Sequence[str], report: str | None, left_out: list[str]) -> dict[str, str]:
    """Return the files, each once, with their folders below the ones that were named."""
    files: dict[str, tuple[str, str]] = {}

    def take(path: str, below: str = "") -> None:
        key = path if path == "-" else os.path.realpath(path)
        if not below or key not in files:  # what is named is read, though it lies in a folder too
            files[key] = (path, below)

    for path in paths:
        if path != "-" and Path(path).is_dir():
            for file in _in_folder(path, report, left_out):
                take(str(file), str(file.parent.relative_to(path)))
        elif not os.path.lexists(path) and glob.has_magic(path):  # no shell of Windows does it
            matches = sorted(glob.glob(path))  # noqa: PTH207  # a Path takes no whole pattern
            if not matches:
                raise Problem("not-there", {"name": path})
            for match in matches:
                take(match)
        else:
            take(path)
    return dict(files.values())


def _in_folder(folder: str, report: str | None, left_out: list[str]) -> list[Path]:
    """Return the files of a folder that may hold tables; what else there is, is told."""
    own = None if report is None else Path(os.path.realpath(report))
    found, others = [], []
    for path in sorted(Path(folder).rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "~$")) for part in parts)
        if hidden or not path.is_file() or own in Path(os.path.realpath(path)).parents:
            continue
        if path.suffix.lower() in ENDINGS:
            if own != Path(os.path.realpath(path)):
                found.append(path)
        else:
            others.append(path.name)
    if others:
        left_out.append(_told("files-left-out", others))
    if not found:
        raise Problem("folder-empty", {"name": folder})
    return found


def survey(
    paths: Sequence[str], given: dict[str, Any], run: Run, stack: ExitStack
) -> tuple[list[FilePart], dict[str, str], list[str]]:
    """Open every file, the only one for as long as the stack, and find its columns.

    An earlier report that lies in a folder is left out, for its rows are those of another file;
    it is read where it is named, or where there is nothing else.

    Returns:
        The columns of numbers, in the order in which they are checked; files that cannot be read,
        and why (the only one raises); what is not looked at, and why.
    """
    left_out: list[str] = []
    files = _found(paths, run.report, left_out)
    found: dict[str, list[FilePart] | str] = {}  # the parts of each file, or why it cannot be read
    earlier: dict[str, list[FilePart] | str] = {}
    for path, below in files.items():
        one: list[FilePart] | str
        try:
            source = stack.enter_context(open_source(path)) if path == "-" else path
            of = partial(FilePart, run=run, path=source, below=below)
            one = _of_file(of, given, left_out, stack if len(files) == 1 else None)
            is_earlier = any(is_report(part.table) for part in one)
        except (SdcertError, OSError) as error:
            if len(files) == 1:
                raise
            one = why(error, path)
            is_earlier = _has_report(path, error)
        (earlier if below and is_earlier else found)[path] = one
    if found and earlier:
        left_out.append(_told("reports-left-out", [Path(path).name for path in earlier]))
    kept = found or earlier  # a folder of reports alone is what is meant
    unread = {path: one for path, one in kept.items() if isinstance(one, str)}
    parts = [part for one in kept.values() if not isinstance(one, str) for part in one]
    return parts, unread, left_out


def _has_report(path: str, error: Exception) -> bool:
    """Tell an earlier report among files of which it is not clear what is meant."""
    if not isinstance(error, UnreadableFile) or error.kind not in _UNCLEAR:
        return False
    sheets: list[str | None] = [one.name for one in read_sheets(path)]
    for sheet in sheets or [None]:
        with suppress(UnreadableFile), open_table(path, sheet=sheet) as table:
            if is_report(table):
                return True
    return False


def _told(key: str, names: Sequence[str]) -> str:
    """Tell which files are left out, the first of them by name."""
    shown = (*names[:_LISTED], "…") if len(names) > _LISTED else tuple(names)
    return phrase(key, count=len(names), names=shown)


def _of_file(
    of: partial[FilePart], given: dict[str, Any], left_out: list[str], stack: ExitStack | None
) -> list[FilePart]:
    """Return the parts of a file; the only one stays open, if a stack is there to close it."""
    path = of.keywords["path"]
    every = [sheet.name for sheet in read_sheets(path)] if given["all_sheets"] else []
    sheets = every or given["sheet"] or [None]
    if len(sheets) > 1 or len(given["column"]) > 1:
        stack = None
    approved = given["approved_column"]
    parts: list[FilePart] = []
    errors: list[UnreadableFile] = []
    for sheet in sheets:
        reading = reading_options(given, sheet)
        try:
            with ExitStack() as own:
                table = (stack or own).enter_context(open_table(path, **reading))
                columns, shown = (
                    list({one.index: one for one in map(table.named, given[option])}.values())
                    for option in ("column", "shown")
                )
                part = partial(
                    of,
                    reading=reading | {"sheet": table.sheet},
                    table=bare(table) if stack is None else table,
                    approved=given["approved_on"] if approved is None else table.named(approved),
                    shown=tuple(shown),
                    compared={name: table.named(one) for name, one in given["compared"].items()},
                    live=stack is not None,
                )
                parts += [part(column=column) for column in columns or [table.guessed()]]
        except UnreadableFile as error:
            if len(every) < 2 or error.kind not in _NO_NUMBERS:
                raise
            errors.append(error)
            left_out.append(phrase("sheet-left-out", name=error.file, sheet=sheet))
    if not parts:
        raise errors[0]
    return parts


def bare(table: Table, rows: int = 0) -> Table:
    """Return a table without its rows, but for the first few: they need not be held any longer."""
    return attrs.evolve(table, sample=table.sample[:rows], records=iter(()))


@contextmanager
def opened(part: FilePart) -> Iterator[FilePart]:
    """Open a part, so that its rows can be read."""
    if part.live:
        yield part
        return
    with open_table(part.path, **part.reading) as table:
        yield attrs.evolve(part, table=table, live=True)


@contextmanager
def progress(part: FilePart) -> Iterator[Callable[[], object]]:
    """Show on a terminal how far a long file has been read; of rows that are kept, that it works.

    Yields:
        What to call now and then; it does nothing where there is no terminal, or little to read.
    """
    table = part.table
    if not sys.stderr.isatty() or table.source.size < _LONG_FILE:
        yield lambda: None
        return
    from rich.progress import Progress  # noqa: PLC0415  # long files alone need it

    with Progress(console=console(stderr=True), transient=True) as bar:
        kept = part.kept is not None
        task = bar.add_task(phrase("progress"), total=None if kept else table.source.size)
        yield lambda: bar.update(task, completed=None if kept else table.done)
