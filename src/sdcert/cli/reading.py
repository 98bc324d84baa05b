"""A CSV file as records. Only this file knows how one is read: in pieces, strictly, once.

Nothing is repaired: what cannot be read without a guess is a :class:`Problem` that names the place.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import stat
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias

import attrs

from sdcert.cli._columns import Column, choose, looks_like_name, named
from sdcert.cli._encoding import detect, locate
from sdcert.cli._texts import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Record", "Source", "Table", "open_source", "open_table"]

Record: TypeAlias = "tuple[int, list[str]]"
"""A record: the line of the file on which it begins, counted from 1, and its cells."""

_LONGEST_RECORD: Final = 1 << 22  # characters, over all its lines; so no cell is longer
_MOST_LINES: Final = 1_000  # that one record may span: more is a quotation mark gone astray
_SAMPLE_RECORDS: Final = 1_000
_SAMPLE_CHARACTERS: Final = 1 << 20


@attrs.frozen
class Source:
    """An open file.

    Attributes:
        file: Its bytes; it can be read twice.
        name: What it is called in messages.
        size: In bytes.
        identity: Which file it is, to be compared with others; None where that is not known.
    """

    file: BinaryIO
    name: str
    size: int
    identity: tuple[int, int] | None = None


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file, or standard input for ``-``; what cannot be read twice is copied first.

    Args:
        path: The file's path, or ``-``.

    Yields:
        The file.

    Raises:
        OSError: If it cannot be read.
    """
    if path == "-":
        with _copied(sys.stdin.buffer, "-") as source:
            yield source
        return
    if Path(path).is_dir():
        raise Problem("not-a-file", {"name": path})
    with Path(path).open("rb") as file:
        status = _status(file)
        if status is None or not stat.S_ISREG(status.st_mode):
            with _copied(file, path) as source:
                yield source
        else:
            yield Source(file, path, status.st_size, (status.st_dev, status.st_ino))


@contextmanager
def _copied(file: BinaryIO, name: str) -> Iterator[Source]:
    status = _status(file)
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        identity = (status.st_dev, status.st_ino) if status else None
        yield Source(copy, name, copy.tell(), identity)


def _status(file: BinaryIO) -> os.stat_result | None:
    try:
        return os.fstat(file.fileno())
    except OSError:  # a stream of Python's own, without a file behind it
        return None


@attrs.frozen
class Table:
    """A CSV file that is being read.

    Attributes:
        source: The file.
        encoding: ``utf-8`` or ``gb18030``.
        bom: Whether it begins with a byte order mark.
        delimiter: What separates cells.
        header: The names of the columns; as many empty texts where it has none.
        header_line: The line of the names; None where it has none.
        sample: The first records.
        records: All records, the sample included, to be read once. Blank lines are records
            without cells.
    """

    source: Source
    encoding: str
    bom: bool
    delimiter: str
    header: tuple[str, ...]
    header_line: int | None
    sample: list[Record]
    records: Iterator[Record]

    def named(self, wanted: str) -> Column:
        """Return the column of a name or position."""
        return named(self.header, self.header_line is not None, wanted, self.source.name)

    def guessed(self) -> Column:
        """Return the only column that looks like certificate numbers."""
        cells = [cells for _, cells in self.sample]
        return choose(self.header, self.header_line is not None, cells, self.source.name)


@contextmanager
def open_table(
    source: Source,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
) -> Iterator[Table]:
    """Read a file as CSV.

    Args:
        source: The file.
        encoding: ``utf-8`` or ``gb18030``; None to find it.
        delimiter: What separates cells; None to find it in the first line: the one of comma,
            semicolon, tab and vertical bar that stands there most often outside quotation marks.
        header_line: The line of the file that names the columns, 0 for none; None takes the first
            line that is not blank, unless a number stands in it.

    Yields:
        The table. Reading its records raises Problem where the file cannot be read.

    Raises:
        Problem: If the beginning of the file cannot be read.
    """
    found, bom = detect(source.file, source.name, encoding)
    source.file.seek(0)
    others = csv.field_size_limit(_LONGEST_RECORD)  # of the process: it is given back
    text = io.TextIOWrapper(source.file, encoding=found, errors="strict", newline="")
    try:
        reader = _Reader(source, text, found, named=encoding is not None)
        reader.skip(header_line or 1)
        separator = delimiter or _delimiter(reader.first)
        records = reader.records(separator)
        first = next(records)  # there is a line, so there is a record
        has_names = all(map(looks_like_name, first[1])) if header_line is None else header_line > 0
        sample = [] if has_names else [first]
        characters = 0
        for record in islice(records, _SAMPLE_RECORDS):
            sample.append(record)
            characters += sum(map(len, record[1]))
            if characters > _SAMPLE_CHARACTERS:
                break
        yield Table(
            source,
            found,
            bom,
            separator,
            tuple(first[1]) if has_names else ("",) * len(first[1]),
            first[0] if has_names else None,
            sample,
            chain(sample, records),
        )
    finally:
        csv.field_size_limit(others)
        text.detach()  # the file is its opener's to close


class _Reader:
    """The lines and records of a text, with the place of whatever goes wrong."""

    def __init__(self, source: Source, text: io.TextIOWrapper, encoding: str, named: bool) -> None:
        self._source = source
        self._text = text
        self._encoding = encoding
        self._named = named
        self._line = 0  # the last line read
        self._begun = 0  # the line on which the present record begins
        self._length = 0  # of the present record, as far as it was read
        self.first = ""

    def _problem(self, key: str, **params: str | int) -> Problem:
        return Problem(key, {"name": self._source.name, **params})

    def _endless(self, key: str, limit: int) -> Problem:
        return self._problem(key, line=self._begun, last=self._line, limit=f"{limit:,}")

    def _lines(self) -> Iterator[str]:
        if self.first:
            yield self.first
        try:
            for line in iter(partial(self._text.readline, _LONGEST_RECORD + 1), ""):
                self._line += 1
                self._length += len(line)
                if self._length > _LONGEST_RECORD:
                    raise self._endless("record-too-long", _LONGEST_RECORD)
                if self._line - self._begun > _MOST_LINES:
                    raise self._endless("record-too-many-lines", _MOST_LINES)
                yield line
        except UnicodeDecodeError:
            line_no, offset, wrong = locate(self._source.file, self._encoding)
            raise self._problem(
                "undecodable" if self._named else "undecodable-any",
                encoding=self._encoding.upper(),
                line=line_no,
                offset=offset,
                bytes=wrong,
            ) from None

    def _begin(self, line: int) -> None:
        self._begun, self._length = line, 0

    def skip(self, line: int) -> None:
        """Go to a line, and on to the first that is not blank: it holds names, or a record."""
        self._begin(1)
        for text in self._lines():
            if self._line == 1:
                text = text.removeprefix("\ufeff")  # noqa: PLW2901  # the byte order mark
            if self._line >= line and text.strip():
                self.first = text
                return
            self._begin(self._line + 1)
        if line > 1:
            raise self._problem("no-header-line", line=line)
        raise self._problem("blank-file")

    def records(self, delimiter: str) -> Iterator[Record]:
        """Read records from the line that was gone to."""
        offset = self._line - 1
        reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        while True:
            begun = offset + reader.line_num + 1
            self._begin(begun)
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise self._problem("malformed", line=begun, last=self._line) from None
            yield begun, cells


def _delimiter(line: str) -> str:
    bare = re.sub(r'"[^"]*"?', "", line)
    return max(",;\t|", key=bare.count)
