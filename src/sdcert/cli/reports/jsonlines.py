"""The report as JSON Lines or as one JSON array: an object to a row, values as they were."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from sdcert.cli.reports.layout import BEYOND, COLUMNS, Layout, unique
from sdcert.files.cells import ABSENT, json_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sdcert.cli.account import Options, Tally
    from sdcert.cli.engine import Found

__all__ = ["encoded", "open_json", "open_jsonl"]


@contextmanager
def open_jsonl(draft: Path, layout: Layout) -> Iterator[_JsonReport]:
    """Write a report as JSON Lines."""
    with draft.open("wb") as file:
        yield _JsonReport(file, layout)


@contextmanager
def open_json(draft: Path, layout: Layout) -> Iterator[_JsonReport]:
    """Write a report as a JSON array."""
    with draft.open("wb") as file:
        file.write(b"[")
        report = _JsonReport(file, layout, array=True)
        yield report
        file.write(b"\n]\n")


class _JsonReport:
    def __init__(self, file: IO[bytes], layout: Layout, *, array: bool = False) -> None:
        self._file = file
        self._array = array
        self._empty = True
        self._layout = layout
        self._names = unique(layout.names)
        self._native = layout.options.table.format == "jsonl"

    def batch(self, found: Found) -> None:
        """Write some rows; what a row has besides keeps its keys, or has one of its own."""
        layout = self._layout
        for row in found.rows():
            if self._native and not row.cells:  # a blank line
                if not self._array:
                    self._file.write(b"\n")
                continue
            cells, beyond = layout.cells(row.cells)
            one = {
                name: json_value(cell)
                for name, cell in zip(self._names, cells, strict=True)
                if cell is not ABSENT
            }
            if beyond and self._native:
                one |= beyond[0]
            elif beyond:
                one[BEYOND] = json_value(beyond)
            one |= zip(COLUMNS, layout.own(row), strict=True)
            if self._array:
                self._file.write(b"\n" if self._empty else b",\n")
                self._empty = False
            self._file.write(encoded(one) + (b"" if self._array else b"\n"))

    def finish(self, options: Options, tally: Tally) -> None:
        """Do nothing: rows are all that it holds."""


def encoded(one: object) -> bytes:
    """Write a value as JSON in UTF-8."""
    try:
        return json.dumps(one, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate can be escaped alone
        return json.dumps(one).encode()
