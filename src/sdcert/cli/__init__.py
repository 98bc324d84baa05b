"""The command ``sdcert``: the library for people who have a file and no program.

It needs the extra ``cli`` once a command runs; to import it needs nothing, so that a missing extra
can be said in a sentence.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave the process.

    Args:
        args: The words after ``sdcert``; by default those that the process got.

    Raises:
        SystemExit: Always. 0: all is well; 1: something in the data is not; 2: the command could
            not run; 130: interrupted; 143 (or 129): told to end by SIGTERM (or SIGHUP).
    """
    try:
        from sdcert.cli.app import run  # noqa: PLC0415  # needs the extra
    except ModuleNotFoundError as error:
        from sdcert.cli.phrases import EXTRA, default_language, missing_extra  # noqa: PLC0415

        if error.name not in EXTRA:
            raise
        if sys.stderr is not None:  # the shell can close it
            sys.stderr.write(f"sdcert: {missing_extra().message(default_language())}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(args))
