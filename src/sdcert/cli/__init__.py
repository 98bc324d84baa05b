"""The command ``sdcert``: the library for people who have a file and no program.

Only this file knows which commands exist. It needs the extra ``cli`` once a command runs; to
import it needs nothing, so that a missing extra can be said in a sentence.
"""

from __future__ import annotations

import locale
import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from sdcert.errors import MissingExtra
from sdcert.messages import Bilingual

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["COMMANDS", "EXTRA", "Entry", "default_language", "main"]


class Entry(NamedTuple):
    """A command and where it is built; its module is imported when the command is needed.

    Attributes:
        name: The word on the command line; its help is in the catalogue by this name.
        module: The module.
        function: The function in it that builds the command, in the language of the run.
    """

    name: str
    module: str
    function: str = "command"


COMMANDS: Final[list[Entry]] = [
    Entry("check", "sdcert.cli.check"),
    Entry("audit", "sdcert.cli.audit"),
    Entry("explain", "sdcert.cli.explain"),
    Entry("parse", "sdcert.cli.parse"),
    Entry("codes", "sdcert.cli.codes"),
    Entry("allocate", "sdcert.cli.allocate", "allocate_command"),
    Entry("issued", "sdcert.cli.allocate", "issued_command"),
    Entry("void", "sdcert.cli.allocate", "void_command"),
    Entry("pattern", "sdcert.cli.pattern"),
]

EXTRA: Final = frozenset(
    {"click", "rich", "charset_normalizer", "jinja2", "openpyxl", "narwhals", "numpy", "pyarrow"}
    | {"python_calamine"}
)
"""The packages of the extra ``cli``, by the names that they are imported by."""


def default_language() -> str:
    """Return the language of the locale: ``zh`` where it is Chinese, else ``en``.

    The first of LC_ALL, LC_MESSAGES and LANG that is set decides; where none is, as on Windows,
    the locale of the running system.
    """
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, named), None) or locale.getlocale()[0] or ""
    return "zh" if name.casefold().startswith(("zh", "chinese")) else "en"


def missing_extra() -> MissingExtra:
    """Return the error that names the extra."""
    return MissingExtra(Bilingual("the command line", "命令行工具"), "cli")


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
        if error.name not in EXTRA:
            raise
        if sys.stderr is not None:  # the shell can close it
            sys.stderr.write(f"sdcert: {missing_extra().message(default_language())}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(args))
