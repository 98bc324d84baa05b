"""The words of the command line in the user's language: ``texts/cli.json`` and ``texts/page.json``.

The language is decided once, before a command is built (:func:`speaking`), so that help, errors and
results agree. Needs no extra, so that a missing one can be told.
"""

from __future__ import annotations

import errno
import gettext
import importlib.metadata
import locale
import os
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert import messages
from sdcert.errors import MissingExtra, SdcertError
from sdcert.files.errors import UnreadableFile
from sdcert.messages import Bilingual, excerpt, known, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["EXTRA", "Problem", "asked_language", "current_language", "default_language"]
__all__ += ["missing_extra", "phrase", "reason", "speaking", "version", "why"]

EXTRA: Final = frozenset(
    {"click", "rich", "charset_normalizer", "jinja2", "openpyxl", "narwhals", "numpy", "pyarrow"}
    | {"python_calamine"}
)
"""The packages of the extra ``cli``, by the names that they are imported by."""

_LONGEST: Final = 400  # characters of a value that a message shows
_COUNTS: Final = frozenset({"count", "rows", "bad", "left", "valid", "undetermined", "invalid"})
_LANGUAGE: ContextVar[str | None] = ContextVar("language", default=None)


def default_language() -> str:
    """Return the language of the locale: ``zh`` where it is Chinese, else ``en``.

    The first of LC_ALL, LC_MESSAGES and LANG that is set decides; where none is, as on Windows,
    the locale of the running system.
    """
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, named), None) or locale.getlocale()[0] or ""
    return "zh" if name.casefold().startswith(("zh", "chinese")) else "en"


def current_language() -> str:
    """Return the language of this run: that of ``--lang``, else of the locale."""
    return _LANGUAGE.get() or default_language()


def asked_language(args: Sequence[str]) -> str | None:
    """Return the language that ``--lang`` names on a command line; the last one counts.

    >>> asked_language(["--lang", "zh", "check"]), asked_language(["check", "--lang=en-US"])
    ('zh', 'en')
    >>> asked_language(["check", "--lang", "fr"]), asked_language(["parse", "--", "--lang", "zh"])
    (None, None)
    """
    found = None
    words = list(args[: args.index("--")] if "--" in args else args)
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, _, value = word.partition("=")
        if name == "--lang":
            try:
                found = messages.language(value or after)
            except ValueError:
                continue  # which the option itself will refuse
    return found


@contextmanager
def speaking(lang: str | None) -> Iterator[None]:
    """Run in a language, else that of the locale; gettext translates click's own messages."""
    lang = lang or current_language()
    token = _LANGUAGE.set(lang)
    spoken, domain = os.environ.get("LANGUAGE"), gettext.textdomain()
    with as_file(files("sdcert.cli") / "locale") as folder:
        os.environ["LANGUAGE"] = lang
        gettext.bindtextdomain("click", str(folder))
        gettext.textdomain("click")
        try:
            yield
        finally:
            gettext.textdomain(domain)
            os.environ.pop("LANGUAGE")
            if spoken is not None:
                os.environ["LANGUAGE"] = spoken
            _LANGUAGE.reset(token)


@attrs.define(slots=False)
class Problem(SdcertError, ValueError):
    """The command cannot do what it was given to do: with this file, this column, this option.

    Attributes:
        key: Which problem; a stable name.
        params: What the message names.

    >>> print(Problem("no-rows", {"name": "a.csv"}))
    a.csv has column names but no rows with data: nothing was checked
    """

    key: str
    params: dict[str, Any]

    def message(self, lang: str = "en") -> str:
        """Tell what is wrong and what to do about it."""
        return phrase(self.key, lang, **self.params)


def phrase(key: str, lang: str | None = None, **params: object) -> str:
    """Return a text of the catalogue; a key without an area is of ``cli``.

    What it names becomes a printable excerpt, a count gets separators, ``-`` is standard input.

    >>> phrase("rows-shown", "zh", shown=20, count=1031)
    '共1,031行，显示前20行'
    >>> phrase("rows-all", "en", count=1), phrase("rows-all", "en", count=2)
    ('1 row', '2 rows')
    """
    lang = lang or current_language()
    shown = dict(params)
    for name, value in params.items():
        if isinstance(value, str):
            shown[name] = excerpt(value, _LONGEST)
        elif name in _COUNTS and isinstance(value, int) and value != 1:
            shown[name] = f"{value:,}"
    if shown.get("name") == "-":
        shown["name"] = render("cli.standard-input", lang)
    return render(key if "." in key else f"cli.{key}", lang, **shown)


def reason(error: OSError, lang: str) -> str:
    """Tell why the system refused something; in its own words where there are no better ones.

    >>> reason(FileNotFoundError(2, "No such file or directory"), "zh")
    '文件或文件夹不存在'
    """
    given = error.strerror or str(error)
    key = f"cli.{errno.errorcode.get(error.errno or 0)}"
    return render(key, lang, reason=given) if known(key) else given


def why(error: SdcertError | OSError, name: str | None = None) -> str:
    """Tell what a file or the system refused, and which option would help.

    The name is that of the file, where an error of the system does not say it.
    """
    lang = current_language()
    if isinstance(error, OSError):
        text = reason(error, lang)
        name = name if error.filename is None else os.fsdecode(error.filename)
        return text if name is None else phrase("system", lang, name=name, reason=text)
    if not isinstance(error, UnreadableFile) or error.option is None:
        return error.message(lang)
    option = f"--{error.option.replace('_', '-')}"
    text = attrs.evolve(error, option=option).message(lang)
    if error.kind == "option":
        return text
    if error.kind == "sheet-several":
        option += ", --all-sheets"
    return phrase("use-option", lang, text=text, option=option)


@cache
def version() -> str:
    """Return the version of the installed library."""
    return importlib.metadata.version("sdcert")


def missing_extra() -> MissingExtra:
    """Return the error that names the extra."""
    return MissingExtra(Bilingual("the command line", "命令行工具"), "cli")
