"""The report as JSON Lines: one object to a row, values as they were."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from sdcert.cli.reports._layout import BEYOND, COLUMNS, Layout, unique
from sdcert.files.cells import ABSENT, json_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sdcert.cli.engine import Found
    from sdcert.cli.showing import Asked, Tally

__all__ = ["open_jsonl"]


@contextmanager
def open_jsonl(draft: Path, layout: Layout) -> Iterator[_JsonReport]:
    """Write a report as JSON Lines."""
    with draft.open("wb") as file:
        yield _JsonReport(file, layout)


class _JsonReport:
    def __init__(self, file: IO[bytes], layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._names = unique(layout.names)
        self._native = layout.table.format == "jsonl"

    def batch(self, found: Found) -> None:
        """Write some rows; what a row has besides keeps its keys, or has one of its own."""
        layout = self._layout
        for row in found.rows():
            if self._native and not row.cells:  # a blank line
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
            self._file.write(_line(one))

    def finish(self, asked: Asked, tally: Tally) -> None:
        """Do nothing: rows are all that it holds."""


def _line(one: dict[str, object]) -> bytes:
    try:
        return json.dumps(one, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate can be escaped alone
        return json.dumps(one).encode() + b"\n"
