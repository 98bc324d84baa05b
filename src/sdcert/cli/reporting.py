"""The report: every row of the input with what was found. Only this file knows its columns.

It is written beside its place and moved there when it is whole, so that a check that fails leaves
an earlier report as it was.
"""

from __future__ import annotations

import csv
import secrets
import shutil
from contextlib import contextmanager
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from sdcert.cli._texts import Problem

if TYPE_CHECKING:
    from _csv import Writer as CsvWriter
    from collections.abc import Iterator, Sequence

    from sdcert.cli.judging import Judged
    from sdcert.cli.reading import Source

__all__ = ["COLUMNS", "Report", "neutral", "open_report"]

COLUMNS: Final = (
    "sdcert_outcome",
    "sdcert_canonical",
    "sdcert_findings",
    "sdcert_message",
    "sdcert_year",
    "sdcert_region_code",
    "sdcert_series_code",
    "sdcert_sequence",
    "sdcert_grassroots",
    "sdcert_version",
    "sdcert_codes",
)
"""The columns that the report adds behind those of the input."""

_BLANK: Final = ("",) * len(COLUMNS)
_NO_PARTS: Final = ("",) * 5

# What a spreadsheet takes for the beginning of a formula, full-width signs and a line break
# included; white space and invisible characters may stand before it.
_SIGNS: Final = frozenset("=+-@\t\r\n＝＋－＠")


def _unseen(char: str) -> bool:
    return char == " " or not char.isprintable()  # of the white space, U+0020 alone is printable


def neutral(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula; leave the rest alone.

    >>> neutral("=1+1"), neutral(" =1+1"), neutral("鲁181402001200001")
    ("'=1+1", "' =1+1", '鲁181402001200001')
    """
    first = cell[:1]
    if first in _SIGNS:
        return "'" + cell
    if first and _unseen(first):
        seen = next((char for char in cell if char in _SIGNS or not _unseen(char)), "")
        return "'" + cell if seen in _SIGNS else cell
    return cell


class Report:
    """A report that is being written.

    Args:
        lines: A csv writer.
        header: The names of the input's columns; empty texts where it has none.
        version: The library's version.
        digest: The digest of the code tables; empty where none were used.
    """

    def __init__(self, lines: CsvWriter, header: Sequence[str], version: str, digest: str) -> None:
        self._lines = lines
        self._width = len(header)
        self._stamp = (version, digest)
        # the columns of an earlier report are replaced
        self._kept = [name not in COLUMNS for name in header]
        self._all_kept = all(self._kept)
        names = [
            name or (f"column_{at}" if not any(header) else "") for at, name in enumerate(header, 1)
        ]
        self._write(names, COLUMNS)

    @property
    def replaces(self) -> bool:
        """Whether the input has columns of an earlier report, which this one replaces."""
        return not self._all_kept

    def _write(
        self, cells: Sequence[str], added: Sequence[str], beyond: Sequence[str] = ()
    ) -> None:
        kept = cells if self._all_kept else compress(cells, self._kept)
        self._lines.writerow((*map(neutral, kept), *added, *map(neutral, beyond)))

    def row(self, cells: Sequence[str], judged: Judged | None) -> None:
        """Write a row of the input; None stands for a blank one, which was not checked.

        Cells that a short row lacks are empty; those that a long row has too many stand behind
        the report's own.
        """
        width = self._width
        said = _BLANK if judged is None else self._said(judged)
        if len(cells) == width:
            self._write(cells, said)
        else:
            self._write([*cells[:width], *[""] * (width - len(cells))], said, cells[width:])

    def _said(self, judged: Judged) -> Sequence[str]:
        number = judged.number
        codes = message = ""
        if judged.codes:
            codes = ";".join(judged.codes)
            message = neutral(("；" if judged.lang == "zh" else "; ").join(judged.messages))
        if number is None:
            return (judged.outcome, "", codes, message, *_NO_PARTS, *self._stamp)
        return (
            judged.outcome,
            str(number),
            codes,
            message,
            str(number.year),
            number.region_code,
            number.series_code,
            str(number.sequence),
            "true" if number.grassroots else "false",
            *self._stamp,
        )


@contextmanager
def open_report(
    path: str,
    *,
    header: Sequence[str],
    version: str,
    digest: str,
    source: Source,
    tables: str | None = None,
) -> Iterator[Report]:
    """Write a report; at the end, and only if nothing went wrong, it takes its place.

    Args:
        path: Where it goes; a file there is replaced.
        header: The names of the input's columns.
        version: The library's version.
        digest: The digest of the code tables; empty where none were used.
        source: The file that is being read; it must not be replaced.
        tables: The file or folder of the code tables; nor must these.

    Yields:
        The report.

    Raises:
        Problem: If the place is one of the files read, or no ordinary file.
        OSError: If it cannot be written.
    """
    place = Path(path).resolve()  # a link stays, what it points to is replaced
    if path == "-" or (place.exists() and not place.is_file()):
        raise Problem("report-no-file", {"name": path})
    if place.exists():
        status = place.stat()
        if source.identity == (status.st_dev, status.st_ino):
            raise Problem("report-is-input", {"name": source.name})
        if tables is not None and any(place.samefile(read) for read in _files(tables)):
            raise Problem("report-is-input", {"name": path})
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")
    try:
        # with a byte order mark: without it a spreadsheet reads Chinese wrongly
        with _create(draft, path) as file:
            yield Report(csv.writer(file), header, version, digest)
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _files(tables: str) -> Iterator[Path]:
    where = Path(tables)
    return where.rglob("*") if where.is_dir() else iter([where])


def _create(draft: Path, path: str) -> TextIO:
    try:
        return draft.open("x", encoding="utf-8-sig", newline="")
    except OSError as error:
        error.filename = path  # the name that the user gave
        raise
