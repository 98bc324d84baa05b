"""How commands are built: their texts come from ``texts/help.json`` in the language of the run.

A command's callback returns its exit status (None is 0), raises
:class:`~sdcert.errors.SdcertError` for what it cannot do, and prints through
:mod:`sdcert.cli.terminal`. The options that several commands share are made here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click
from rich.cells import cell_len

from sdcert.cli.phrases import Problem, current_language, phrase
from sdcert.cli.terminal import console, fold
from sdcert.dates import parse_day
from sdcert.files.encodings import ENCODINGS
from sdcert.messages import known, language, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.rules import RuleBook

__all__ = ["CHECKING", "CODES", "DELIMITERS", "FORMAT", "PATH", "RULES", "Command", "Group"]
__all__ += ["Param", "argument", "command", "day_option", "existing", "flag", "load_rules"]
__all__ += ["option", "reading_options", "tables_of", "texts_of"]

Param = Callable[[str], click.Parameter]
"""Makes a parameter of the command with this name, in whose texts it is explained."""

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_WIDTH: Final = 100
_NARROW: Final = 60


class _Formatter(click.HelpFormatter):
    """Lays out help by the columns that characters take, Chinese ones two."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or phrase("usage"))

    def write_heading(self, heading: str) -> None:
        self.write(phrase("heading", heading=heading) + "\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        for at, paragraph in enumerate(text.split("\n\n")):
            lines = fold(" ".join(paragraph.split()), self.width - self.current_indent)
            self.write("\n" * bool(at) + "".join(f"{indent}{line}\n" for line in lines))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        listed = list(rows)
        indent = " " * self.current_indent
        first = max(cell_len(term) for term, _ in listed if cell_len(term) <= col_max)
        first += col_spacing
        if self.width < _NARROW:
            first = self.indent_increment * 2
        for term, text in listed:
            lines = fold(text, max(self.width - self.current_indent - first, 10))
            gap = first - cell_len(term)
            if gap < col_spacing:
                self.write(f"{indent}{term}\n")
            else:
                self.write(f"{indent}{term}{' ' * gap}{lines.pop(0)}".rstrip() + "\n")
            self.write("".join(f"{indent}{' ' * first}{line}\n" for line in lines))


class _Context(click.Context):
    formatter_class = _Formatter


class Command(click.Command):
    """A command that refuses an option given twice, unless it may be repeated."""

    context_class = _Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options."""
        if not ctx.resilient_parsing:
            order = self.make_parser(ctx).parse_args(args=list(args))[2]
            for at, param in enumerate(order):
                once = isinstance(param, click.Option) and not (param.multiple or param.is_flag)
                if once and param in order[:at]:
                    error = phrase("option-twice", option=param.opts[-1])
                    raise click.UsageError(error, ctx)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A group of commands; without a command it shows its help, and nothing ran."""

    context_class = _Context

    def __init__(self, name: str, commands: Sequence[click.Command] = ()) -> None:
        metavar, params = phrase("subcommand-metavar"), [LANG(name)]
        texts = texts_of(name)
        super().__init__(name, commands, params=params, subcommand_metavar=metavar, **texts)


def texts_of(name: str) -> dict[str, Any]:
    """Return the help of a command and what click shows of it in a usage line or a list."""
    lang = current_language()
    text = render(f"help.{name}", lang)
    line = f"help.{name} (list)"
    return {
        "help": text,
        "short_help": render(line, lang) if known(line) else text.partition("\n\n")[0],
        "options_metavar": phrase("options-metavar"),
        "context_settings": {
            "help_option_names": ["-h", "--help"],
            "terminal_width": min(console().width, _WIDTH),
        },
    }


def command(name: str, callback: Callable[..., int | None], *params: Param) -> Command:
    """Build a command, with ``--lang`` added; of one in a group the name is ``group name``."""
    made = [make(name) for make in (*params, LANG)]
    last = name.rpartition(" ")[2]
    return Command(last, callback=callback, params=made, **texts_of(name))


def _metavar(name: str) -> str:
    key = f"help.metavar {name}"
    return render(key, current_language()) if known(key) else name


def option(*names: str, metavar: str = "", **attributes: Any) -> Param:
    """Return an option; its help is ``command --name`` of the catalogue, else ``--name``."""
    long = next(name for name in names if name.startswith("--"))

    def make(name: str) -> click.Option:
        """Make the option of the command with this name."""
        key = f"help.{name} {long}"
        text = render(key if known(key) else f"help.{long}", current_language())
        shown = _metavar(metavar) if metavar else None
        return click.Option(names, help=text, metavar=shown, **attributes)

    return make


def flag(*names: str) -> Param:
    """Return an option without a value."""
    return option(*names, is_flag=True)


def argument(name: str, metavar: str, **attributes: Any) -> Param:
    """Return an argument."""
    return lambda _: click.Argument([name], metavar=_metavar(metavar), **attributes)


PATH: Final = click.Path(allow_dash=True)
"""The type of a file's or folder's name, for which shells complete names."""


def _take_lang(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    try:
        language(value or current_language())
    except ValueError:
        raise click.BadParameter(phrase("not-a-language"), ctx, param) from None


LANG: Final = option(
    "--lang", metavar="en|zh", is_eager=True, callback=_take_lang, expose_value=False
)
"""The option ``--lang``, which was read before the command was built."""

FORMAT: Final = option("--format", "output", type=click.Choice(["text", "json"]), default="text")
CODES: Final = option("--codes", metavar="bundled|PATH", type=PATH)  # for tables_of()


def tables_of(spec: str | None) -> CodeBook:
    """Return the code book that ``--codes`` names, without it the bundled one.

    A folder or file called ``bundled`` is reached as ``./bundled``.
    """
    from sdcert.codes import CodeBook  # noqa: PLC0415  # needed with tables only

    if spec is None or spec == "bundled":
        return CodeBook.bundled()
    if not os.path.lexists(spec):
        raise Problem("codes-not-there", {"name": spec})
    return CodeBook.load(spec)


def load_rules(paths: Iterable[str]) -> RuleBook:
    """Return the bundled rules with the files of ``--rules`` laid over them."""
    from sdcert.rules import RuleBook  # noqa: PLC0415  # needed by few commands

    book = RuleBook.bundled()
    for one in paths:
        book = book.overlay(RuleBook.load(one))
    return book


def _take_day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """Read the day that an option was given; a callback for click."""
    try:
        return None if value is None else parse_day(value)
    except ValueError:
        shown = {"option": param.opts[0], "shown": value or "“”"}
        raise Problem("option-not-a-day", shown) from None


def day_option(name: str) -> Param:
    """Return an option for a day."""
    return option(name, metavar="DATE", callback=_take_day)


def existing(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Let paths through that exist, one or several; a callback for click."""
    for one in (value,) if isinstance(value, str) else value:
        if not os.path.lexists(one):
            raise Problem("not-there", {"name": one})
    return value


RULES: Final = option("--rules", metavar="FILE", type=PATH, multiple=True, callback=existing)


def _take_limit(ctx: click.Context, param: click.Parameter, value: str | None) -> int | str | None:
    """Take the value of ``--limit``: a count or ``all``; a callback for click."""
    if value is None or value == "all":
        return value
    if value.isascii() and value.isdigit():
        return int(value[:18])
    raise Problem("not-a-limit", {"shown": value})


def reading_options(given: dict[str, Any], sheet: str | None) -> dict[str, Any]:
    """Return the options as arguments of ``open_table``; names of columns help to find those."""
    columns = (*given["column"], given["approved_column"], *given["shown"])
    named = filter(None, (*columns, *given["compared"].values()))
    return {
        "encoding": given["encoding"],
        "delimiter": DELIMITERS.get(given["delimiter"]),
        "header_line": given["header_line"],
        "sheet": sheet,
        "names": [name for name in named if not name.strip().isdecimal()],
    }


CHECKING: Final = (
    argument("files", "FILES", type=PATH, nargs=-1, required=True),
    option("--column", metavar="NAME|N", multiple=True),
    option("--show-column", "--key", "shown", metavar="NAME|N", multiple=True),
    CODES,
    day_option("--approved-on"),
    option("--approved-column", metavar="NAME|N"),
    option("-o", "--report", metavar="OUT", type=PATH),
    flag("--allow-undetermined"),
    option("--limit", metavar="N|all", callback=_take_limit),
    flag("-q", "--quiet"),
    FORMAT,
    option("--sheet", metavar="SHEET|N", multiple=True),
    flag("--all-sheets"),
    option("--header-line", metavar="N", type=click.IntRange(min=0)),
    flag("--every-row"),
    option("--delimiter", metavar="DELIMITER", type=click.Choice(list(DELIMITERS))),
    option(
        "--encoding",
        metavar="ENCODING",
        type=click.Choice(sorted(ENCODINGS), case_sensitive=False),
    ),
)
"""The arguments and options that check and audit share."""
