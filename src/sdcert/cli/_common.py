"""What all commands share: help in two languages, the option ``--lang``, errors, the console.

A command written for this application gives its exit status back as an int (None is 0), raises
:class:`~sdcert.errors.SdcertError` for what it cannot do (the application words it and leaves
with 2), and prints through :func:`console` or :func:`print_json`, so that nothing in the data
reaches a terminal raw.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from sdcert.cli import default_language
from sdcert.cli._errors import Misuse
from sdcert.cli._texts import Problem, printable
from sdcert.dates import parse_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from click.types import OptionHelpExtra

    from sdcert.cli._console import DataConsole
    from sdcert.codes import CodeBook

__all__ = [
    "Command",
    "Group",
    "Option",
    "bilingual",
    "codes_option",
    "console",
    "dressed",
    "existing",
    "format_option",
    "help_option",
    "help_text",
    "json_text",
    "lang_option",
    "language",
    "library_version",
    "load_codes",
    "print_json",
    "print_lines",
    "safe_json",
    "safe_lines",
    "take_day",
]

_F = TypeVar("_F", bound=Callable[..., Any])
_LANG: Final = "sdcert.lang"
_SPOKEN: Final = ("en", "zh")
_WIDTH: Final = 100


def language(ctx: click.Context | None = None) -> str:
    """Return the language asked for with ``--lang``, else that of the locale."""
    ctx = ctx or click.get_current_context(silent=True)
    asked: str | None = ctx.meta.get(_LANG) if ctx else None
    return asked or default_language()


def _hear(ctx: click.Context, args: Sequence[str]) -> None:
    """Find ``--lang`` before anything is parsed: what is wrong is told in that language, too."""
    for word, value in pairwise(args):
        if word == "--lang" and value in _SPOKEN:
            ctx.meta[_LANG] = value


def library_version() -> str:
    """Return the version of the installed library."""
    return importlib.metadata.version("sdcert")


# Click's own words in a page of help. An argument keeps its name: the help speaks of it.
_USAGE: Final = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."}
_VALUES: Final = {
    "DIRECTORY": "目录",
    "FILE": "文件",
    "INTEGER": "整数",
    "INTEGER RANGE": "整数",
    "PATH": "路径",
    "TEXT": "文字",
}


def _extra(extra: OptionHelpExtra, ctx: click.Context) -> OptionHelpExtra:
    if "required" in extra and language(ctx) == "zh":
        extra["required"] = "必填"
    return extra


def _value(metavar: str, ctx: click.Context) -> str:
    return _VALUES.get(metavar, metavar) if language(ctx) == "zh" else metavar


class Option(click.Option):
    """An option whose help is told in the user's language.

    Args:
        zh: The help in Chinese, beside click's ``help``.
    """

    def __init__(self, *args: Any, zh: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.en, self.zh = self.help, zh

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's line of help."""
        self.help = self.zh if language(ctx) == "zh" else self.en
        return super().get_help_record(ctx)

    def get_help_extra(self, ctx: click.Context) -> OptionHelpExtra:
        """Return what stands in brackets behind the help."""
        return _extra(super().get_help_extra(ctx), ctx)

    def make_metavar(self, ctx: click.Context) -> str:
        """Return what stands for the value."""
        return _value(super().make_metavar(ctx), ctx)


def bilingual(option: click.Option, zh: str) -> click.Option:
    """Return a plain option with its help in Chinese beside the English one."""
    plain, extra, metavar = option.get_help_record, option.get_help_extra, option.make_metavar
    texts = {"en": option.help, "zh": zh}

    def record(ctx: click.Context) -> tuple[str, str] | None:
        option.help = texts[language(ctx)]
        return plain(ctx)

    # of this option alone
    option.get_help_record = record  # type: ignore[method-assign]
    option.get_help_extra = lambda ctx: _extra(extra(ctx), ctx)  # type: ignore[method-assign]
    option.make_metavar = lambda ctx: _value(metavar(ctx), ctx)  # type: ignore[method-assign]
    return option


def _show_help(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(ctx.get_help())
        ctx.exit()


def help_option() -> Option:
    """Return the option ``--help``, told in the user's language."""
    return Option(
        ["-h", "--help"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_help,
        help="Show this page.",
        zh="显示本页。",
    )


class Command(click.Command):
    """A command whose help is told in the user's language.

    Args:
        zh: The help in Chinese, beside click's ``help``; paragraphs are set apart by blank lines.
    """

    def __init__(self, *args: Any, zh: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes | {"add_help_option": False})
        self.params.append(help_option())
        self.zh = zh

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options."""
        _hear(ctx, args)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """Return the page of help."""
        return help_text(ctx, {"en": self.help or "", "zh": self.zh}[language(ctx)])


def _no_command() -> None:
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(2)


class Group(click.Group):
    """A group of commands whose help is told in the user's language.

    Without a command it shows its help and leaves with 2, since nothing ran.

    Args:
        zh: The help in Chinese, beside click's ``help``.
    """

    def __init__(self, *args: Any, zh: str, **attributes: Any) -> None:
        ours: dict[str, Any] = {
            "add_help_option": False,
            "invoke_without_command": True,
            "callback": _no_command,
            "subcommand_metavar": "COMMAND [ARGS]...",
        }
        super().__init__(*args, **attributes | ours)
        self.params.append(help_option())
        self.zh = zh

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options."""
        _hear(ctx, args)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; that there is none of the name is said in the user's language."""
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            error = Misuse("no-command", shown=args[0])
            error.ctx = ctx
            raise error
        return args[0], command, args[1:]

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name of each command with a line about it."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        lang = language(ctx)
        return [
            (name, {"en": command.help or "", "zh": command.zh}[lang].partition("\n\n")[0])
            for name, command in found
            if isinstance(command, Command)
        ]

    def get_help(self, ctx: click.Context) -> str:
        """Return the page of help."""
        text = {"en": self.help or "", "zh": self.zh}[language(ctx)]
        return help_text(ctx, text, self.summaries(ctx))


def dressed(
    command: click.Command, *, zh: str, options: Mapping[str, str] | None = None
) -> Command:
    """Give a plainly written click command what all commands of this application have.

    That is help in two languages and the option ``--lang``, for the help and for errors. A
    command that wants the language asks :func:`language`.

    Args:
        command: The command.
        zh: Its help in Chinese.
        options: The help of its options in Chinese, by what click calls their first name
            (``--db``); an option without stays English.

    Returns:
        A command with the same options and the same callback.

    Raises:
        ValueError: If an option is not one of the command's.
    """
    told = dict(options or {})
    params = [
        bilingual(param, told.pop(param.opts[0]))
        if isinstance(param, click.Option) and param.opts[0] in told
        else param
        for param in command.params
    ]
    if told:
        raise ValueError(f"{command.name} has no options {', '.join(told)}")
    made = Command(command.name, callback=command.callback, params=params, help=command.help, zh=zh)
    if not any("--lang" in param.opts for param in params):
        lang_option(expose=False)(made)
    return made


def take_day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """Read the day that an option was given; a callback for click."""
    try:
        return None if value is None else parse_day(value)
    except ValueError:
        shown: dict[str, str | int] = {"option": param.opts[0], "shown": value or "“”"}
        raise Problem("option-not-a-day", shown) from None


def existing(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Let paths through that exist, one or several; a callback for click."""
    for path in (value,) if isinstance(value, str) else value:
        if not os.path.lexists(path):
            raise Problem("not-there", {"name": path})
    return value


def help_text(ctx: click.Context, text: str, commands: Sequence[tuple[str, str]] = ()) -> str:
    """Return a page of help, wrapped by the width that characters take on a terminal."""
    from rich.padding import Padding  # noqa: PLC0415  # help alone needs it here
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from sdcert.cli._console import DataConsole  # noqa: PLC0415

    zh = language(ctx) == "zh"
    command = ctx.command
    page = io.StringIO()
    out = DataConsole(page, width=min(console().width, _WIDTH), color=False)
    usage = command.collect_usage_pieces(ctx)
    pieces = " ".join(_USAGE.get(piece, piece) if zh else piece for piece in usage)
    out.print(Text(f"{'用法：' if zh else 'Usage: '}{ctx.command_path} {pieces}"))
    for paragraph in text.split("\n\n"):
        out.print()
        out.print(Padding(Text(" ".join(paragraph.split())), (0, 0, 0, 2)))
    params = [param for param in command.get_params(ctx) if isinstance(param, click.Option)]
    options = [record for record in (param.get_help_record(ctx) for param in params) if record]
    titles = ("命令：", "选项：") if zh else ("Commands:", "Options:")
    for title, rows in zip(titles, (commands, options), strict=True):
        if rows:
            grid = Table.grid(padding=(0, 2))
            grid.add_column(max_width=32)
            grid.add_column(overflow="fold")
            for name, said in rows:
                grid.add_row(Text(name), Text(said))
            out.print(Text(f"\n{title}"))
            out.print(Padding(grid, (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _take_lang(ctx: click.Context, _: click.Parameter, value: str | None) -> str:
    if value:
        ctx.meta[_LANG] = value
    return language(ctx)


def lang_option(*, expose: bool = True) -> Callable[[_F], _F]:
    """Return the option ``--lang``; the command gets ``lang``, ``en`` or ``zh``, never None."""
    return click.option(
        "--lang",
        cls=Option,
        type=click.Choice(_SPOKEN),
        is_eager=True,  # so that it speaks for the help, too
        callback=_take_lang,
        expose_value=expose,
        help="The language of messages; by default that of the locale.",
        zh="输出语言，默认随系统语言。",
    )


def format_option() -> Callable[[_F], _F]:
    """Return the option ``--format``; the command gets ``output``, ``text`` or ``json``."""
    return click.option(
        "--format",
        "output",
        cls=Option,
        type=click.Choice(["text", "json"]),
        default="text",
        help="For people (text, the default) or for programs (json).",
        zh="输出格式：供人阅读（text，默认）或供程序读取（json）。",
    )


def codes_option() -> Callable[[_F], _F]:
    """Return the option ``--codes``; the command gets ``codes``, for :func:`load_codes`."""
    return click.option(
        "--codes",
        cls=Option,
        metavar="bundled|PATH",
        help="Look the codes up: in the table bundled with sdcert, which holds the few codes that "
        "the regulations name, or in your office's tables.",
        zh="核对代码：bundled为sdcert自带的代码表（仅含规定中写明的少数代码），或指定本单位代码表的路径。",
    )


def load_codes(spec: str | None) -> CodeBook | None:
    """Return the code book that ``--codes`` names, None without one.

    A folder or file called ``bundled`` is reached as ``./bundled``.
    """
    if spec is None:
        return None
    from sdcert.codes import CodeBook  # noqa: PLC0415  # only who asks for tables pays for them

    return CodeBook.bundled() if spec == "bundled" else CodeBook.load(spec)


def console(*, stderr: bool = False) -> DataConsole:
    """Return a console that takes text as data: no markup, no emoji codes, no highlighting.

    Output that does not go to a terminal is 100 columns wide unless COLUMNS says otherwise.
    """
    from sdcert.cli._console import DataConsole  # noqa: PLC0415  # not every command prints tables

    file = sys.stderr if stderr else sys.stdout
    piped = not file.isatty() and not os.environ.get("COLUMNS")
    return DataConsole(file, width=_WIDTH if piped else None)


def json_text(value: object, indent: int | None = None) -> str:
    r"""Write a value as JSON that is safe on a terminal: what is not printable is escaped.

    >>> print(json_text({"value": "鲁\x9b\u202e18"}))
    {"value": "鲁\u009b\u202e18"}
    """
    return safe_json(json.dumps(value, ensure_ascii=False, indent=indent))


def safe_json(text: str) -> str:
    """Escape in a JSON document what is not printable; it says the same."""
    lines = text.split("\n")
    return "\n".join(
        line
        if line.isprintable()
        else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
        for line in lines
    )


def print_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json_text(value, indent=2))


def safe_lines(text: str) -> str:
    """Make a text of several lines safe to print."""
    return "\n".join(map(printable, text.split("\n")))


def print_lines(text: str) -> None:
    """Print a text of several lines, safely; a terminal gets it folded, indented as it was."""
    safe = safe_lines(text)
    if not sys.stdout.isatty():
        click.echo(safe)
        return
    from rich.cells import chop_cells  # noqa: PLC0415  # terminals alone need it
    from rich.text import Text  # noqa: PLC0415

    out = console()
    for line in safe.split("\n"):
        words = line.lstrip(" ")
        indent = len(line) - len(words)
        width = max(out.width - indent, 2)
        if language() == "zh":  # which breaks anywhere, not at spaces
            pieces = chop_cells(words, width) or [""]
        else:
            pieces = [piece.plain for piece in Text(words).wrap(out, width)]
        for piece in pieces:
            click.echo(" " * indent + piece.rstrip())
