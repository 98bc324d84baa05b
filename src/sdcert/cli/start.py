"""What the command needs before its extra is loaded: its commands, its packages, its language."""

from __future__ import annotations

import importlib.metadata
import locale
import os
from functools import cache
from typing import Final

from sdcert.errors import MissingExtra
from sdcert.messages import Bilingual

__all__ = ["COMMANDS", "EXTRA", "default_language", "missing_extra", "version"]


COMMANDS: Final = {
    "check": "sdcert.cli.check:command",
    "audit": "sdcert.cli.check:audit_command",
    "explain": "sdcert.cli.numbers:explain_command",
    "parse": "sdcert.cli.numbers:parse_command",
    "codes": "sdcert.cli.codes:command",
    "allocate": "sdcert.cli.allocate:allocate_command",
    "issued": "sdcert.cli.allocate:issued_command",
    "void": "sdcert.cli.allocate:void_command",
    "pattern": "sdcert.cli.numbers:pattern_command",
}
"""The commands, and what builds each in the language of the run; imported when it is needed."""

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


@cache
def version() -> str:
    """Return the version of the installed library."""
    return importlib.metadata.version("sdcert")


def missing_extra() -> MissingExtra:
    """Return the error that names the extra."""
    return MissingExtra(Bilingual("the command line", "命令行工具"), "cli")
