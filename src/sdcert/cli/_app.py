"""The application: finds a command, runs it, words its errors, and gives the exit status."""

from __future__ import annotations

import io
import os
import sys
import traceback
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from sdcert.cli import COMMANDS, EXTRA, missing_extra
from sdcert.cli._common import (
    Command,
    Group,
    Option,
    dressed,
    lang_option,
    language,
    library_version,
    safe_lines,
)
from sdcert.cli._errors import worded
from sdcert.cli._process import Ended, complain, mute, tended
from sdcert.cli._texts import reason, say
from sdcert.errors import SdcertError
from sdcert.files.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


__all__ = ["App", "app"]

_COULD_NOT_RUN: Final = 2
_INTERRUPTED: Final = 130


class _Failure(click.ClickException):
    """An error that is worded already."""

    exit_code = _COULD_NOT_RUN

    def __init__(self, message: str, lang: str) -> None:
        super().__init__(message)
        self.lang = lang


class App(Group):
    """A group that imports a command when it is asked for; leaves with the status of main()."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return [entry.name for entry in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None if there is none of the name."""
        entry = next((entry for entry in COMMANDS if entry.name == cmd_name), None)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        try:
            found: click.Command | Iterable[click.Command]
            found = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] not in EXTRA:
                raise
            raise missing_extra() from error
        if not isinstance(found, click.Command):
            found = next(command for command in found if command.name == cmd_name)
        if isinstance(found, Command | click.Group):
            return found
        return dressed(found, zh=entry.help[1])

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return a line about each command; no command is imported for it."""
        return [(entry.name, entry.help[language(ctx) == "zh"]) for entry in COMMANDS]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options; help and version are printed while that is done."""
        with _worded(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and word what it cannot do in the user's language."""
        with _worded(ctx):
            status = super().invoke(ctx)
            sys.stdout.flush()
            return status

    def run(self, args: Sequence[str] | None = None, **options: Any) -> int:
        """Run a command line and return the exit status."""
        try:
            with tended():
                return self._run(args, options)
        except Ended as ended:
            lang = language()
            complain({"en": "sdcert: ended from outside", "zh": "sdcert：已被终止"}[lang])
            return ended.status

    def _run(self, args: Sequence[str] | None, options: dict[str, Any]) -> int:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        lang = language()
        try:
            options |= {"prog_name": "sdcert", "standalone_mode": False}
            status = super().main(args, **options)
        except click.Abort:
            complain({"en": "sdcert: interrupted", "zh": "sdcert：已中断"}[lang])
            return _INTERRUPTED
        except click.ClickException as error:
            _show(error)
            return _COULD_NOT_RUN
        except Exception:  # noqa: BLE001  # a crash must not leave with 1, which means bad rows
            complain(traceback.format_exc().removesuffix("\n"))
            return _COULD_NOT_RUN
        return int(status or 0)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line as click does, with this application's exit status."""
        status = self.run(
            args, complete_var=complete_var, windows_expand_args=windows_expand_args, **extra
        )
        if standalone_mode:
            sys.exit(status)
        return status


@contextmanager
def _worded(ctx: click.Context) -> Iterator[None]:
    """Turn what a command raises into an error of click's kind."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or ctx  # click leaves it out where an option lacks its value
        raise
    except UnreadableFile as error:
        lang = language(ctx)
        option = f"--{error.option.replace('_', '-')}" if error.option else ""
        told = attrs.evolve(error, option=option or None).message(lang)
        if option and error.kind != "option":
            told = say("use-option", lang, text=told, option=option)
        raise _Failure(told, lang) from error
    except SdcertError as error:
        lang = language(ctx)
        raise _Failure(error.message(lang), lang) from error
    except ModuleNotFoundError as error:  # of what a command imports when it is needed
        if error.name is None or error.name.partition(".")[0] not in EXTRA:
            raise
        lang = language(ctx)
        raise _Failure(missing_extra(lang).message(lang), lang) from error
    except BrokenPipeError:
        mute(sys.stdout)  # the reader has left
        raise click.exceptions.Exit(_COULD_NOT_RUN) from None
    except OSError as error:
        lang = language(ctx)
        said = reason(error, lang)
        if error.filename is not None:
            said = say("system", lang, name=os.fsdecode(error.filename), reason=said)
        raise _Failure(said, lang) from error


def _show(error: click.ClickException) -> None:
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    lang = error.lang if isinstance(error, _Failure) else language(ctx)
    zh = lang == "zh"
    head = "sdcert：错误：" if zh else "sdcert: error: "
    said = head + safe_lines(worded(error, lang))
    if ctx is not None:
        hint = f"{ctx.command_path} --help"
        said += f"\n用法见：{hint}" if zh else f"\nTry: {hint}"
    complain(said)


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(f"sdcert {library_version()}")
        ctx.exit()


app: Final = App(
    "sdcert",
    help="Check the numbers of Shandong's professional-title certificates 山东省职称证书编号.\n\n"
    "Exit status: 0 all is well, 1 something in the data is not, 2 the command could not run.",
    zh="检查山东省职称证书编号。\n\n退出状态：0为全部通过，1为数据有问题，2为未能运行。",
    params=[
        Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Show the version.",
            zh="显示版本。",
        ),
    ],
)
lang_option(expose=False)(app)
