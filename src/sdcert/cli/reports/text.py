"""The report as text: CSV and TSV as spreadsheets expect them, JSON and JSON Lines."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any, Final

from sdcert.cli.reports.layout import BEYOND, Layout, Sink, unique
from sdcert.files.cells import ABSENT, json_value, text_of

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from sdcert.cli.account import Account
    from sdcert.cli.engine import Verdicts

__all__ = ["CsvReport", "JsonLinesReport", "JsonReport", "TsvReport", "neutral"]

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


def _cell(value: Any) -> str:
    return neutral(value if type(value) is str else text_of(value))


class CsvReport(Sink):
    """A report as CSV: UTF-8 with byte order mark, no formulas."""

    delimiter = ","

    def __init__(self, draft: Path, layout: Layout, stack: ExitStack) -> None:
        super().__init__(layout)
        # with a byte order mark: without it a spreadsheet reads Chinese wrongly
        file = draft.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
        lines = csv.writer(stack.enter_context(file), delimiter=self.delimiter)
        self._writerow = lines.writerow
        self._writerow([*map(_cell, layout.names), *layout.keys])

    def batch(self, found: Verdicts) -> None:
        """Write some rows; cells that a row has too many stand behind the report's own."""
        layout, number, writerow = self._layout, self._number, self._writerow
        for row in found.rows():
            cells, beyond = layout.cells(number, row.cells, "")
            writerow(map(_cell, (*cells, *layout.own(number, row), *beyond)))


class TsvReport(CsvReport):
    """A report as CSV with tabs."""

    delimiter = "\t"


class JsonLinesReport(Sink):
    """A report as JSON Lines: an object to a row, values as they were."""

    def __init__(self, draft: Path, layout: Layout, stack: ExitStack) -> None:
        super().__init__(layout)
        self._file = stack.enter_context(draft.open("wb"))
        self._names = unique(layout.names)

    def batch(self, found: Verdicts) -> None:
        """Write some rows; what a row has besides keeps its keys, or has one of its own."""
        layout, number = self._layout, self._number
        native = layout.parts[number].table.format == "jsonl"
        for row in found.rows():
            if native and not row.cells:
                self._write(b"")
                continue
            cells, beyond = layout.cells(number, row.cells)
            named = zip(self._names, cells, strict=True)
            one = {name: json_value(cell) for name, cell in named if cell is not ABSENT}
            if beyond and native:
                one |= beyond[0]
            elif beyond:
                one[BEYOND] = json_value(beyond)
            one |= zip(layout.keys, layout.own(number, row), strict=True)
            try:
                text = json.dumps(one, ensure_ascii=False).encode()
            except UnicodeEncodeError:  # a lone surrogate can be escaped alone
                text = json.dumps(one).encode()
            self._write(text)

    def _write(self, text: bytes) -> None:
        """Write an object, or a blank line."""
        self._file.write(text + b"\n")


class JsonReport(JsonLinesReport):
    """A report as one JSON array."""

    _before = b"[\n"

    def _write(self, text: bytes) -> None:
        """Write an object; a blank line is left out."""
        if text:
            self._file.write(self._before + text)
            self._before = b",\n"

    def finish(self, account: Account) -> None:
        """Close the array."""
        self._file.write(b"\n]\n")
