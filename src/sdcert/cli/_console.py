"""The console: text is data, and a reader who leaves is an error like any other."""

from __future__ import annotations

from typing import IO, Any

from rich.console import Console

__all__ = ["DataConsole"]


class DataConsole(Console):
    """A console that takes text as data: no markup, no emoji codes, no highlighting.

    Args:
        file: Where to.
        width: In columns; None for that of the terminal.
        color: Whether colours may be used, where the file is a terminal.
    """

    def __init__(self, file: IO[str], *, width: int | None = None, color: bool = True) -> None:
        plain: dict[str, Any] = {} if color else {"force_terminal": False, "color_system": None}
        super().__init__(
            file=file, width=width, markup=False, emoji=False, highlight=False, **plain
        )

    def on_broken_pipe(self) -> None:
        """Leave the exit status to the application; rich would leave with 1, which means bad rows.

        Raises:
            BrokenPipeError: Always.
        """
        raise BrokenPipeError
