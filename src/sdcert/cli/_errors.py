"""What a wrong command line is told in Chinese. Only this file knows the errors of click.

In English click words them itself; what is no error of click's kind brings its own words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from sdcert.cli._texts import say

if TYPE_CHECKING:
    pass

__all__ = ["Misuse", "worded"]


class Misuse(click.UsageError):
    """The command line is wrong in a way that click does not know.

    Args:
        key: Which; a text of the command line.
        params: What the text shows.
    """

    def __init__(self, key: str, **params: str | int) -> None:
        super().__init__(say(key, "en", **params))
        self.key = key
        self.params = params


def worded(error: click.ClickException, lang: str) -> str:
    """Return the text of an error in the user's language; in English where it has no other."""
    if lang == "en":
        text = error.format_message()
        # Click lists what may be chosen one to a line, with tabs.
        return " ".join(text.split()) if isinstance(error, click.MissingParameter) else text
    if isinstance(error, Misuse):
        return say(error.key, lang, **error.params)
    return _chinese(error) or error.format_message()


def _chinese(error: click.ClickException) -> str | None:
    if isinstance(error, click.NoSuchOption):
        nearest = "、".join(error.possibilities or ())
        return f"没有选项{error.option_name}" + (f"，是否为{nearest}？" if nearest else "")
    if isinstance(error, click.BadOptionUsage):
        return f"选项{error.option_name}缺少值，或不应带值"
    if isinstance(error, click.BadParameter) and error.param is not None:
        return _about(error, error.param)
    extra = re.match(r"Got unexpected extra arguments? \((.*)\)", error.message, re.DOTALL)
    return f"多余的参数：{extra[1]}" if extra else None


def _about(error: click.BadParameter, param: click.Parameter) -> str | None:
    option = isinstance(param, click.Option)
    name = f"选项{param.opts[0]}" if option else f"参数{param.human_readable_name}"
    kind: Any = param.type
    choices = "、".join(map(str, kind.choices)) if isinstance(kind, click.Choice) else ""
    if isinstance(error, click.MissingParameter):
        return f"缺少{name}" + (f"，应为以下之一：{choices}" if choices else "")
    if choices:
        return f"{name}应为以下之一：{choices}"
    if isinstance(kind, click.IntRange):
        least = "" if kind.min is None else f"，最小为{kind.min}"
        return f"{name}应为整数{least}" + ("" if kind.max is None else f"，最大为{kind.max}")
    if kind is click.INT:
        return f"{name}应为整数"
    if isinstance(kind, click.Path):
        shown = "".join(re.findall("'.*'", error.message, re.DOTALL))
        return f"{name}所指的路径不存在，或者类型、权限不符：{shown}"
    return None
