"""What reaches the terminal, and what the terminal does to the process.

Only this file prints: text is data, never markup, and nothing in it reaches a terminal raw. Only
this file knows signals: one that would end the process at once is made an exception, so that
whatever is being written is tidied away first.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

import click
from rich import box
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from sdcert.cli.phrases import phrase
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from rich.console import ConsoleOptions, RenderResult

__all__ = ["INDENT", "NARROW", "Ended", "Folded", "complain", "console", "fold", "json_text"]
__all__ += ["marked", "mute", "particulars_grid", "place", "plain_grid", "print_folded"]
__all__ += ["print_json", "print_lines", "runs", "safe_json", "safe_lines", "tended"]

_WIDTH: Final = 100
# Blanks at the end of a line, before the codes that end a style.
_TRAILING: Final = re.compile(r"[ ]+((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)
_ENDLESS: Final = sys.maxsize >> 1
_LONGEST_VALUE: Final = 40
NARROW: Final = 60  # columns that a table of rows needs
INDENT: Final = 4
# What may not be divided: a word, or a character of Chinese; with the marks that may not begin a
# line behind it, and those that may not end one before it.
_PIECE: Final = re.compile(
    r"[（《〈“‘【〔]*(?:[^\s\u2e80-\uffff“”‘’…]+|[\u2e80-\uffff])[，。、；：？！）》〉”’】〕…％]*|\s+|.",
    re.DOTALL,
)


class _Trimmed:
    """A stream that gets no blanks at the ends of lines."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(_TRAILING.sub(r"\1", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave the status to the application; rich would leave with 1, which means bad rows."""
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes text as data: no markup, no emoji codes, no highlighting.

    Output to no terminal is 100 columns wide unless COLUMNS is set.
    """
    file = sys.stderr if stderr else sys.stdout
    piped = not file.isatty() and not os.environ.get("COLUMNS")
    width, trimmed = _WIDTH if piped else None, cast("IO[str]", _Trimmed(file))
    return _Console(file=trimmed, width=width, markup=False, emoji=False, highlight=False)


def fold(text: str, width: int) -> list[str]:
    """Divide a text into lines of at most so many columns, as English and Chinese are divided.

    No mark such as ， or ） begins a line, and none such as （ ends one, unless nothing else fits.

    >>> fold("编号应有15位数字，现有14位", 16)
    ['编号应有15位数', '字，现有14位']
    """
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if cell_len((line + piece).rstrip()) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        *whole, line = chop_cells(piece.strip(), max(width, 2)) or [""]
        lines += whole
    return [*lines, line.rstrip()]


def json_text(value: object, indent: int | None = None) -> str:
    r"""Write a value as JSON that is safe on a terminal: what is not printable is escaped.

    >>> print(json_text({"value": "鲁\x9b\u202e18"}))
    {"value": "鲁\u009b\u202e18"}
    """
    return safe_json(json.dumps(value, ensure_ascii=False, indent=indent))


def safe_json(text: str) -> str:
    """Escape what is not printable in a JSON document, whose meaning stays the same."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def print_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json_text(value, indent=2))


def safe_lines(text: str) -> str:
    """Make a text of several lines safe to print."""
    return "\n".join(excerpt(line, _ENDLESS) for line in text.split("\n"))


def print_lines(text: str) -> None:
    """Print a text of several lines, safely; a terminal gets it folded, indented as it was."""
    safe = safe_lines(text)
    if sys.stdout.isatty():
        lines = []
        for line in safe.split("\n"):
            words = line.lstrip(" ")
            indent = len(line) - len(words)
            width = max(console().width - indent, 2)
            lines += [(" " * indent + piece).rstrip() for piece in fold(words, width)]
        safe = "\n".join(lines)
    click.echo(safe)


# --- tables ----------------------------------------------------------------------------------


def plain_grid(*heads: str, right: Collection[int] = ()) -> Grid:
    """Return a table with a line below its heads; some columns are set to the right."""
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for at, head in enumerate(heads):
        grid.add_column(head, justify="right" if at in right else "left", overflow="fold")
    return grid


class Folded:
    """A text in a table, divided into lines as its language is."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        pieces = (piece for line in self._lines for piece in fold(line, options.max_width))
        yield Text("\n".join(pieces))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        longest = max(map(cell_len, self._lines))
        return Measurement(min(longest, INDENT), min(longest, options.max_width))


def particulars_grid(lines: Iterable[tuple[str, str]]) -> Padding:
    """Return what was checked and how: labels and texts."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in lines:
        grid.add_row(Text(label), Folded(text))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def print_folded(out: Console, text: str, indent: int, style: str = "") -> None:
    """Print a text in lines that are divided as its language is."""
    lines = fold(text, out.width - indent)
    out.print(Padding(Text("\n".join(lines), style=style), (0, 0, 0, indent)))


def place(span: Sequence[int] | None, value: str, lang: str) -> str:
    """Tell people which characters are meant, counted from 1, the last included.

    >>> place((1, 15), "鲁18140200120001", "en"), place((0, 3), "abc", "en"), place(None, "", "en")
    ('2–15', 'all', '')
    """
    if span is None or not value:
        return ""
    start, stop = span
    if (start, stop) == (0, len(value)):
        return phrase("whole", lang)
    first = start + 1
    return f"{first}–{stop}" if stop > first else str(first)


def runs(value: str, spans: Iterable[Sequence[int]], most: int) -> Iterator[tuple[str, str]]:
    r"""Divide a value into runs: ``wrong`` where a span is, ``escape`` where written out.

    >>> list(runs("鲁1O\u200b8", [(2, 3)], 64))
    [('鲁1', ''), ('O', 'wrong'), ('\\u200b', 'escape'), ('8', '')]
    """
    kept = value[:most]
    wrong = {at for start, stop in spans for at in range(start, min(stop, most))}
    kinds = (
        (shown, "wrong" if at in wrong else "escape" if shown != char else "")
        for at, (char, shown) in enumerate(zip(kept, map(excerpt, kept), strict=True))
    )
    for kind, some in groupby(kinds, itemgetter(1)):
        yield "".join(shown for shown, _ in some), kind
    if kept != value:
        yield "…", ""


def marked(value: str, spans: Iterable[Sequence[int]]) -> Text:
    r"""Show a value, safe to print, with the characters that findings point at set off.

    >>> print(marked("鲁18\x1b[31m", [(3, 4)]))
    鲁18\x1b[31m
    """
    found = runs(value, spans, _LONGEST_VALUE)
    return Text.assemble(*((text, "bold red" * (kind == "wrong")) for text, kind in found))


# --- the process ------------------------------------------------------------------------------

# The second is sent when a terminal is closed; not every system has it.
_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Ended(SystemExit):
    """Raised on SIGTERM or SIGHUP; its code is the exit status."""


def _end(number: int, _: Any) -> None:
    signal.signal(number, signal.SIG_IGN)  # the same again must not keep anything from being tidied
    raise Ended(128 + number)  # as shells have it


@contextmanager
def tended() -> Iterator[None]:
    """Run with both output streams, and with signals to end as :class:`Ended`.

    A stream that the shell has closed leads nowhere; its place is taken, too, so that no file gets
    it into which something else would write. A signal that is ignored or handled already stays so.

    Raises:
        Ended: If the process gets a signal to end.
    """
    with ExitStack() as stack:
        for stream, redirected in ((sys.stdout, redirect_stdout), (sys.stderr, redirect_stderr)):
            if stream is None:
                nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
                stack.enter_context(redirected(nowhere))
        if threading.current_thread() is threading.main_thread():  # others may not set signals
            for number in _ENDING:
                if signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, _end)
                    stack.callback(signal.signal, number, signal.SIG_DFL)
        yield


def mute(stream: Any) -> None:
    """Lead a stream nowhere that takes nothing more: what is still buffered must go somewhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def complain(text: str) -> None:
    """Print to standard error; if it takes nothing, the exit status must do."""
    try:
        click.echo(text, err=True)
    except OSError:
        mute(sys.stderr)
