"""What the shell and the system do to the process: streams that are closed, signals that end it.

Only this file knows signals. One that would end the process at once is made an exception instead,
so that whatever is being written is tidied away first.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Ended", "complain", "mute", "tended"]

# The second is sent when a terminal is closed; not every system has it.
_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_BY_SIGNAL: Final = 128  # what shells add to the number of a signal


class Ended(BaseException):
    """The process was told to end; no error, so that nothing takes it for one.

    Attributes:
        status: The exit status.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = _BY_SIGNAL + number


def _end(number: int, _: Any) -> None:
    signal.signal(number, signal.SIG_IGN)  # the same again must not keep anything from being tidied
    raise Ended(number)


@contextmanager
def tended() -> Iterator[None]:
    """Run with both output streams, and with signals to end as :class:`Ended`.

    A stream that the shell has closed leads nowhere; its place is taken, too, so that no file gets
    it into which something else would write. A signal that is ignored or handled already stays so.

    Raises:
        Ended: If the process is told to end.
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
    """Print to standard error; if it takes nothing, the exit status has to say it all."""
    try:
        click.echo(text, err=True)
    except OSError:
        mute(sys.stderr)
