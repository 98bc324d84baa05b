"""Delimited text as records: CSV as offices and their systems write it. Read strictly, in pieces.

What Excel and Chinese systems put round their cells is understood: ``="鲁…"`` (which keeps a cell
text), a tab behind every cell, a first line ``sep=;``, a Ctrl-Z at the end. Nothing else is
repaired: what cannot be read without a guess raises, with its line.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from sdcert.files.columns import is_name, is_number, known_name
from sdcert.files.encodings import detect, locate
from sdcert.files.errors import UnreadableFile
from sdcert.files.notes import FileNote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.files.notes import Notes
    from sdcert.files.sources import Source
    from sdcert.files.table import Record

__all__ = ["Delimited"]

_LONGEST_RECORD: Final = 1 << 22  # characters, over all its lines; so no cell is longer
_MOST_LINES: Final = 1_000  # of one record: more is a quotation mark gone astray
_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 50  # lines by which the delimiter is found
_HALF: Final = 0.5  # more of the rows than that have the usual width where a delimiter is one
_SEP: Final = re.compile(r"sep=([^\r\n\w\s]|\t)[\r\n]*", re.IGNORECASE)
_TEXT_FORMULA: Final = re.compile(r'="((?:[^"]|"")*)"\s*')
_CTRL_Z: Final = "\x1a"


class Delimited:
    """A file of delimited text that is being read.

    Args:
        source: The file.
        encoding: A value of :data:`~sdcert.files.encodings.ENCODINGS`; None to find it.
        delimiter: What separates cells; None to find it among comma, semicolon, tab and bar.
        notes: Where to note what was recognised.

    Attributes:
        encoding: The encoding.
        bom: Whether the file begins with a byte order mark.
        delimiter: What separates cells.

    Raises:
        UnreadableFile: If the beginning of the file cannot be read.
    """

    def __init__(
        self, source: Source, encoding: str | None, delimiter: str | None, notes: Notes
    ) -> None:
        self._source = source
        self._named = encoding is not None
        self._notes = notes
        self.encoding, self.bom = detect(source, encoding)
        self._others = csv.field_size_limit(_LONGEST_RECORD)  # of the process: it is given back
        source.file.seek(0)
        self._text = io.TextIOWrapper(source.file, self.encoding, errors="strict", newline="")
        self._line = 0  # the last line read
        self._begun = 1  # the line on which the present record begins
        self._length = 0  # of the present record, as far as it was read
        self._formula = False  # whether a cell of it may begin with ="
        self._lines = self._read()
        try:
            self._first = list(islice(self._lines, _SAMPLE))
        except UnreadableFile:
            self.close()
            raise
        self.delimiter = self._found_delimiter(delimiter)

    def _found_delimiter(self, named: str | None) -> str:
        first = self._first or [""]
        first[0] = first[0].removeprefix("\ufeff")
        separator = _SEP.fullmatch(first[0])
        if separator is None:
            return named or _delimiter(first)
        self._notes.add(FileNote("separator-line", 1))
        first[0] = "\n"
        return named or separator[1]

    def close(self) -> None:
        """Let go of the file, which its opener closes."""
        csv.field_size_limit(self._others)
        self._text.detach()

    def records(self) -> Iterator[Record]:
        """Read the records, once: the line on which each begins, and its cells."""
        reader = csv.reader(self._counted(), delimiter=self.delimiter, strict=True)
        tab = self.delimiter != "\t"
        while True:
            self._begun, self._length = reader.line_num + 1, 0
            self._formula = False
            csv.field_size_limit(_LONGEST_RECORD)  # another reader may have given it back
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise self._problem("quotes", line=self._begun, last=self._line) from None
            line = self._begun
            if self._formula:
                for at, cell in enumerate(cells):
                    if text := _TEXT_FORMULA.fullmatch(cell):
                        self._notes.once("text-formula", line)
                        cells[at] = text[1].replace('""', '"')
            if tab and cells and cells[-1][-1:] == "\t" and _all_end_in_tabs(cells):
                self._notes.once("tab-behind", line)
                cells = [cell.rstrip("\t") for cell in cells]
            yield line, cells

    def _counted(self) -> Iterator[str]:
        for line in chain(self._first, self._lines):
            self._line += 1
            self._formula = self._formula or '="' in line
            self._length += len(line)
            if self._length > _LONGEST_RECORD:
                raise self._endless("record-too-long", _LONGEST_RECORD)
            if self._line - self._begun > _MOST_LINES:
                raise self._endless("record-too-many-lines", _MOST_LINES)
            yield line

    def _read(self) -> Iterator[str]:
        """Read line by line; what ends the file behind a Ctrl-Z, itself included, is left out."""
        lines = iter(partial(self._text.readline, _LONGEST_RECORD + 1), "")
        held: list[str] = []  # from a line of Ctrl-Z alone, or an end with one
        try:
            for line in lines:
                text = line.rstrip("\r\n")
                alone = text.strip(_CTRL_Z) == ""
                ending = (alone and (held or text)) or line.endswith(_CTRL_Z)
                if ending and len(held) < _MOST_LINES:
                    held.append(line)
                    continue
                yield from held
                held.clear()
                yield line
            if held:
                self._notes.add(FileNote("ctrl-z"))
                ends = f"\r\n{_CTRL_Z}"
                while held and not held[-1].strip(ends):
                    held.pop()
                yield from (line.rstrip(ends) if line is held[-1] else line for line in held)
        except UnicodeDecodeError:
            line_no, offset, wrong = locate(self._source.file, self.encoding)
            raise self._problem(
                "undecodable" if self._named else "undecodable-any",
                encoding=self.encoding.upper(),
                line=line_no,
                offset=offset,
                bytes=wrong,
            ) from None

    def _problem(self, kind: str, **params: str | int) -> UnreadableFile:
        return UnreadableFile(kind, self._source.name, params)

    def _endless(self, kind: str, limit: int) -> UnreadableFile:
        return self._problem(kind, line=self._begun, last=self._line, limit=f"{limit:,}")


def _all_end_in_tabs(cells: list[str]) -> bool:
    """Tell whether a system put a tab behind every cell, to keep it text."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(cell[-1] == "\t" and cell.strip() for cell in filled)


def _delimiter(lines: list[str]) -> str:
    """Find what separates cells, by what a stray mark in a cell does not do.

    It sets the known name of a column apart, gives most rows one width, and sets numbers apart; in
    this order.
    """
    others = [one for one in _DELIMITERS[1:] if any(one in line for line in lines)]
    if not others:  # as in most files
        return _DELIMITERS[0]

    def fitness(delimiter: str) -> tuple[bool, bool, int, bool, float, int]:
        rows = []
        with suppress(csv.Error):
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
        widths = [len(row) for row in rows]
        usual = max(widths, key=lambda width: (widths.count(width), width), default=0)
        cells = [cell for row in rows for cell in row]
        rest = _DELIMITERS.replace(delimiter, "")
        mixed = re.compile(f"[{rest}]")
        # a tab behind every cell leaves the true separator in front of the next
        led = sum(cell[:1] in rest for cell in cells if cell) * 2 > len(cells)
        share = widths.count(usual) / len(rows) if usual > 1 else 0
        apart = sum(is_number(cell) for cell in cells if not mixed.search(cell.strip()))
        headed = any(
            len(row) > 1 and all(map(is_name, row)) and any(known_name(one) == 2 for one in row)
            for row in rows
        )
        return headed, share > _HALF, apart, not led, round(share, 1), usual

    return max(_DELIMITERS, key=fitness)
