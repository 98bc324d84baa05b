"""The report as JSON Lines or as one JSON array: an object to a row, values as they were."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from sdcert.cli.reports.layout import BEYOND, Layout, RowSink, unique
from sdcert.files.cells import ABSENT, json_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sdcert.cli.account import Part
    from sdcert.cli.engine import Found

__all__ = ["open_json", "open_jsonl"]


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


class _JsonReport(RowSink):
    def __init__(self, file: IO[bytes], layout: Layout, *, array: bool = False) -> None:
        super().__init__(layout)
        self._file = file
        self._array = array
        self._empty = True
        self._names = unique(layout.names)
        self._native = False

    def begin(self, number: int, part: Part) -> None:
        """Begin a part."""
        super().begin(number, part)
        self._native = part.table.format == "jsonl"

    def batch(self, found: Found) -> None:
        """Write some rows; what a row has besides keeps its keys, or has one of its own."""
        layout, number = self._layout, self._number
        for row in found.rows():
            if self._native and not row.cells:  # a blank line
                if not self._array:
                    self._file.write(b"\n")
                continue
            cells, beyond = layout.cells(number, row.cells)
            one = {
                name: json_value(cell)
                for name, cell in zip(self._names, cells, strict=True)
                if cell is not ABSENT
            }
            if beyond and self._native:
                one |= beyond[0]
            elif beyond:
                one[BEYOND] = json_value(beyond)
            one |= zip(layout.keys, layout.own(number, row), strict=True)
            if self._array:
                self._file.write(b"\n" if self._empty else b",\n")
                self._empty = False
            try:
                text = json.dumps(one, ensure_ascii=False).encode()
            except UnicodeEncodeError:  # a lone surrogate can be escaped alone
                text = json.dumps(one).encode()
            self._file.write(text + (b"" if self._array else b"\n"))
