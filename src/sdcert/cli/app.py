"""The application: finds a command, runs it, words its errors, and gives the exit status."""

from __future__ import annotations

import io
import re
import sys
import traceback
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from sdcert.cli.options import Command, Group, texts_of
from sdcert.cli.phrases import EXTRA, asked_language, missing_extra, phrase, speaking, why
from sdcert.cli.terminal import Ended, complain, mute, safe_lines, tended
from sdcert.errors import SdcertError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["COMMANDS", "App", "run"]

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

_COULD_NOT_RUN: Final = 2


class App(Group):
    """The group of all commands, each imported when it is needed."""

    def __init__(self) -> None:
        super().__init__("sdcert")
        shown = {"message": "sdcert %(version)s", "help": phrase("version")}
        click.version_option(None, "-V", "--version", package_name="sdcert", **shown)(self)
        self.params.reverse()  # the version before the language
        self.commands = dict.fromkeys(COMMANDS, Command(None))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command and build it; None if there is none of the name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].partition(":")
        made: click.Command = getattr(import_module(module), function)()
        return made

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line about each command; no command is imported for it."""
        names = self.list_commands(ctx)
        with formatter.section(phrase("commands")):
            formatter.write_dl([(name, texts_of(name)["short_help"]) for name in names])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options; help and version are printed while that is done."""
        with _worded(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and word what it cannot do in the user's language."""
        with _worded(ctx):
            return super().invoke(ctx)


def run(args: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process, and return the exit status."""
    words = sys.argv[1:] if args is None else list(args)
    with speaking(asked_language(words)), tended():
        return _run(words)


def _run(args: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = App().main(args, prog_name="sdcert", standalone_mode=False)
        with _worded(None):
            sys.stdout.flush()
    except Ended as ended:
        complain(phrase("ended"))
        return int(ended.code or 0)
    except click.Abort:
        complain(phrase("interrupted"))
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        complain(error.ctx.get_help())
        return _COULD_NOT_RUN
    except click.ClickException as error:
        _show(error)
        return _COULD_NOT_RUN
    except Exception:  # noqa: BLE001  # a crash must not leave with 1, which means bad rows
        complain(traceback.format_exc().removesuffix("\n"))
        return _COULD_NOT_RUN
    return int(status or 0)


@contextmanager
def _worded(ctx: click.Context | None) -> Iterator[None]:
    """Turn what a command raises into an error of click's kind."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or ctx  # click leaves it out where an option lacks its value
        raise
    except BrokenPipeError:
        mute(sys.stdout)  # the reader has left
        raise click.exceptions.Exit(_COULD_NOT_RUN) from None
    except (SdcertError, OSError) as error:
        raise click.ClickException(why(error)) from error
    except ModuleNotFoundError as error:  # of a command, or of what it imports when it is needed
        if error.name is None or error.name.partition(".")[0] not in EXTRA:
            raise
        raise click.ClickException(why(missing_extra())) from error


def _show(error: click.ClickException) -> None:
    text = error.format_message()
    if isinstance(error, click.UsageError):
        text = " ".join(text.split())  # click lists what may be chosen one to a line, with tabs
        if re.search("[\u4e00-\u9fff]", text):  # a full stop that click adds by itself
            text = re.sub(r"\.(?=\s|$)", "。", text)
            text = re.sub(r" ?'([^']*)'", r"\1", text.replace("', '", "、"))  # how click quotes
            text = re.sub(r"(?<=[。？：，]) ", "", text)
    text = phrase("error", text=safe_lines(text).replace("\n", "\0")).replace("\\x00", "\n")
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx is not None:
        text += "\n" + phrase("try", command=f"{ctx.command_path} --help")
    complain(text)
