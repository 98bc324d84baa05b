"""What stands in the comment on a cell. Only this file words comments: in Chinese first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from sdcert.cli._texts import printable, say

if TYPE_CHECKING:
    from sdcert.cli.judging import Judged

__all__ = ["remark"]

_MOST: Final = 8  # findings told in one comment
_WIDTH: Final = 24  # characters of Chinese in a line of a comment, about


def remark(judged: Judged, lang: str) -> tuple[str, int]:
    """Say what was found, and how the number is written; in English too, where that was asked for.

    Args:
        judged: What was found.
        lang: The language of the run.

    Returns:
        The text, and how many lines it takes, about.
    """
    spoken: tuple[str, ...] = ("zh",) if lang == "zh" else ("zh", "en")
    text = "\n\n".join(_told(attrs.evolve(judged, lang=one)) for one in spoken)
    return text, sum(1 + len(line) // _WIDTH for line in text.split("\n"))


def _told(judged: Judged) -> str:
    lang = judged.lang
    messages = list(dict.fromkeys(judged.messages))
    label = judged.outcome.label(lang)
    colon, stop = ("：", "") if lang == "zh" else (": ", "")
    lines = [label[:1].upper() + label[1:] + colon + stop]
    lines += [f"- {message}" for message in messages[:_MOST]]
    if len(messages) > _MOST:
        lines.append(say("remark-more", lang, count=len(messages)))
    if judged.suggestion is not None:
        key = "remark-canonical" if judged.number is not None else "remark-meant"
        lines.append(say(key, lang, number=printable(judged.suggestion)))
    return "\n".join(lines)
