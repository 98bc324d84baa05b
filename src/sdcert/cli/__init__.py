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

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["COMMANDS", "EXTRA", "Entry", "default_language", "main"]


class Entry(NamedTuple):
    """A command and where it lives; its module is imported when the command is asked for.

    Attributes:
        name: The word on the command line.
        target: ``module:attribute`` of a click command, or of a sequence of click commands in
            which one has the name.
        help: One line for ``sdcert --help``, in English and Chinese.
    """

    name: str
    target: str
    help: tuple[str, str]


COMMANDS: Final[list[Entry]] = [
    Entry(
        "check",
        "sdcert.cli.checking:check_command",
        (
            "Check the numbers in a column of a file: CSV, Excel, JSON Lines or Parquet.",
            "检查文件某一列中的证书编号：CSV、Excel、JSON Lines或Parquet。",
        ),
    ),
    Entry(
        "audit",
        "sdcert.cli.auditing:audit_command",
        ("Audit a whole file: one certificate, one number.", "核查整个文件：一证一号。"),
    ),
    Entry(
        "explain",
        "sdcert.cli.explaining:explain_command",
        (
            "Explain a number: who approved, manages and seals, and by which clause.",
            "解释一个证书编号：由谁核准公布、管理、用印，依据何条款。",
        ),
    ),
    Entry(
        "parse",
        "sdcert.cli.parsing:parse_command",
        ("Show the parts of certificate numbers.", "显示证书编号的各个组成部分。"),
    ),
    Entry(
        "codes",
        "sdcert.cli.codes:codes_group",
        ("Check, list, compare and export code tables.", "检查、列出、比较和导出代码表。"),
    ),
    Entry(
        "allocate",
        "sdcert.cli.allocation:commands",
        ("Give out certificate numbers from an SQLite file.", "从SQLite编号库发放证书编号。"),
    ),
    Entry(
        "issued",
        "sdcert.cli.allocation:commands",
        ("List the numbers that have been given out.", "列出已发放的编号。"),
    ),
    Entry(
        "void",
        "sdcert.cli.allocation:commands",
        ("Void a number.", "作废一个编号。"),
    ),
    Entry(
        "pattern",
        "sdcert.cli.patterns:pattern_command",
        ("Print the grammar of a number for another system.", "输出用于其他系统的编号规则。"),
    ),
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


def missing_extra(lang: str | None = None) -> MissingExtra:
    """Return the error that names the extra, its subject in a language: by default the user's."""
    subject = {"en": "the command line", "zh": "命令行工具"}[lang or default_language()]
    return MissingExtra(subject, "cli")


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave the process.

    Args:
        args: The words after ``sdcert``; by default those that the process got.

    Raises:
        SystemExit: Always. 0: all is well; 1: something in the data is not; 2: the command could
            not run; 130: interrupted; 143 (or 129): told to end by SIGTERM (or SIGHUP).
    """
    try:
        from sdcert.cli._app import app  # noqa: PLC0415  # needs the extra
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        if sys.stderr is not None:  # the shell can close it
            sys.stderr.write(f"sdcert: {missing_extra().message(default_language())}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(app.run(args))
