"""What can be wrong with rule data, said in two languages.

A rule file is read to its end: :class:`RuleFileError` carries all of its faults, each with its
place. :class:`RuleConflict` is raised where two clauses that both bind say different things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from sdcert.errors import SdcertError

if TYPE_CHECKING:
    from sdcert.rules.model import Citation, Note

__all__ = ["RuleConflict", "RuleFault", "RuleFileError"]


@attrs.frozen
class RuleFault:
    """One fault of a rule file.

    Attributes:
        file: The file's name.
        place: Where in the file: ``document › binds``, ``clause 3 二（二） › manager 1 › grades``.
        value: A short, printable excerpt of what stands there; empty if nothing does.
        reason: Why it is wrong.
    """

    file: str
    place: str
    value: str
    reason: Note

    def message(self, lang: str = "en") -> str:
        """Say what, where and why in one line, in English (``en``) or Chinese (``zh``)."""
        colon = "：" if lang == "zh" else ": "
        shown = f"“{self.value}”{colon}" if self.value else ""
        return f"{self.file}{colon}{self.place}{colon}{shown}{self.reason.text(lang)}"

    def __str__(self) -> str:
        return self.message()


class RuleFileError(SdcertError, ValueError):
    """A rule file is faulty.

    Attributes:
        faults: All of its faults, in the order of the file.
    """

    def __init__(self, faults: tuple[RuleFault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def message(self, lang: str = "en") -> str:
        """Say every fault, one a line, in English (``en``) or Chinese (``zh``)."""
        return "\n".join(fault.message(lang) for fault in self.faults)


class RuleConflict(SdcertError, ValueError):
    """Two clauses bind at the same time and say different things.

    A local clause may fill what the province leaves open; it cannot override what the province
    states. The library does not choose between them.

    Attributes:
        first: The one clause.
        second: The other clause.
        subject: What they disagree about: the question, the cell, and what each says.
    """

    def __init__(self, first: Citation, second: Citation, subject: Note) -> None:
        super().__init__(first, second, subject)
        self.first = first
        self.second = second
        self.subject = subject

    def message(self, lang: str = "en") -> str:
        """Name both clauses and what each says, in English (``en``) or Chinese (``zh``)."""
        if lang == "zh":
            return f"{self.first}与{self.second}相抵触：{self.subject.text('zh')}"
        return f"{self.first} and {self.second} contradict each other: {self.subject}"
