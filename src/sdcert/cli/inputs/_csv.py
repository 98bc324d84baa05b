"""A CSV file as records. Only this file knows how one is read: in pieces, strictly, once.

Nothing is repaired: what cannot be read without a guess is a :class:`Problem` that names the place.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from sdcert.cli._columns import looks_like_name
from sdcert.cli._texts import Problem
from sdcert.cli.inputs._encoding import detect, locate
from sdcert.cli.inputs._table import Choices, Record, Table, sample_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.cli.inputs._source import Source

__all__ = ["open_csv"]

_LONGEST_RECORD: Final = 1 << 22  # characters, over all its lines; so no cell is longer
_MOST_LINES: Final = 1_000  # that one record may span: more is a quotation mark gone astray


@contextmanager
def open_csv(source: Source, choices: Choices) -> Iterator[Table]:
    """Read a file as CSV.

    Args:
        source: The file.
        choices: The encoding, else it is found; the delimiter, else the one of comma, semicolon,
            tab and vertical bar that stands most often in the first line outside quotation marks;
            the line that names the columns, 0 for none, else the first line that is not blank,
            unless a number stands in it.

    Yields:
        The table. Reading its records raises Problem where the file cannot be read.

    Raises:
        Problem: If the beginning of the file cannot be read.
    """
    encoding, header_line = choices.encoding, choices.header_line
    found, bom = detect(source.file, source.name, encoding)
    source.file.seek(0)
    others = csv.field_size_limit(_LONGEST_RECORD)  # of the process: it is given back
    text = io.TextIOWrapper(source.file, encoding=found, errors="strict", newline="")
    try:
        reader = _Reader(source, text, found, named=encoding is not None)
        reader.skip(header_line or 1)
        separator = choices.delimiter or _delimiter(reader.first)
        records = reader.records(separator)
        first = next(records)  # there is a line, so there is a record
        has_names = all(map(looks_like_name, first[1])) if header_line is None else header_line > 0
        sample, every = sample_of(records, [] if has_names else [first])
        yield Table(
            source,
            "csv",
            tuple(first[1]) if has_names else ("",) * len(first[1]),
            first[0] if has_names else None,
            sample,
            every,
            encoding=found,
            bom=bom,
            delimiter=separator,
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
