"""Tables for people on a terminal: what was checked, rows, counts. On a narrow one, lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.cells import cell_len
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from sdcert.cli.phrases import phrase
from sdcert.cli.start import version
from sdcert.cli.terminal import fold
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["INDENT", "NARROW", "counts", "listed", "marked", "particulars_grid", "place"]
__all__ += ["plain_grid", "print_end", "print_folded", "print_rows"]

_LONGEST_VALUE: Final = 40
NARROW: Final = 60  # columns that a table of rows needs
INDENT: Final = 4
_ROWS_A_TABLE: Final = 500  # so that a table of any length takes the memory of a short one


def plain_grid() -> Grid:
    """Return a table with a line below its heads."""
    return Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)


class Folded:
    """A text in a table, divided into lines as its language is.

    Args:
        text: The text.
    """

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


def print_rows(out: Console, heads: Sequence[str], rows: Iterable[Sequence[Text]]) -> None:
    """Print rows: first where each is, last what was found; what continues one begins blank.

    Where the console is too narrow for a table, what was found stands below the other cells.
    """
    pending: list[Sequence[Text]] = []
    if out.width < NARROW:
        for *cells, reason in rows:
            first = Text("  ").join(cell for cell in cells if cell.plain)
            if first.plain:
                out.print(first, overflow="fold")
            print_folded(out, reason.plain, INDENT)
        return
    for row in rows:
        pending.append(row)
        if len(pending) == _ROWS_A_TABLE:
            out.print(_rows_table(heads, pending))
            pending = []
    if pending:
        out.print(_rows_table(heads, pending))


def print_folded(out: Console, text: str, indent: int, style: str = "") -> None:
    """Print a text in lines that are divided as its language is."""
    lines = fold(text, out.width - indent)
    out.print(Padding(Text("\n".join(lines), style=style), (0, 0, 0, indent)))


def _rows_table(heads: Sequence[str], rows: Iterable[Sequence[Text]]) -> Grid:
    grid = plain_grid()
    for at, head in enumerate(heads):
        if at == 0:
            grid.add_column(head, justify="right", no_wrap=True)
        elif at == len(heads) - 1:
            grid.add_column(head, overflow="fold", ratio=1)
        else:
            grid.add_column(head, max_width=36, overflow="fold")
    for *cells, reason in rows:
        grid.add_row(*cells, Folded(reason.plain))
    return grid


def counts(found: Iterable[tuple[str, int, str]], lang: str) -> Grid:
    """Return findings with how many rows have each: label, count, code."""
    grid = plain_grid()
    grid.add_column(phrase("head-finding", lang), overflow="fold")
    grid.add_column(phrase("head-count", lang), justify="right")
    grid.add_column(phrase("head-code", lang), style="dim", overflow="fold")
    for label, count, code in found:
        grid.add_row(Text(label), Text(f"{count:,}"), Text(code))
    return grid


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


def marked(value: str, spans: Iterable[Sequence[int]]) -> Text:
    r"""Show a value, safe to print, with the characters that findings point at set off.

    >>> print(marked("鲁18\x1b[31m", [(3, 4)]))
    鲁18\x1b[31m
    """
    wrong = {at for start, stop in spans for at in range(start, min(stop, _LONGEST_VALUE))}
    text = Text()
    for at, char in enumerate(value[:_LONGEST_VALUE]):
        text.append(excerpt(char), style="bold red" if at in wrong else "")
    if len(value) > _LONGEST_VALUE:
        text.append("…")
    return text


def listed(kept: int, total: int, lang: str) -> str:
    """Tell how many rows are listed, of how many."""
    key = "rows-all" if kept == total else "rows-shown" if kept else "rows-none"
    return phrase(key, lang, shown=kept, count=total)


def print_end(out: Console, result: tuple[str, str], note: str) -> None:
    """Print the result, what it means, and the version."""
    text, colour = result
    out.print()
    out.print(Text(text, style=f"bold {colour}"))
    out.print(Text(note))
    out.print(Text(f"sdcert {version()}", style="dim"))
