"""Errors. Every one derives from :class:`SdcertError` and refines a builtin.

They take positional arguments that equal ``args``, build their text in ``__str__`` and survive
pickling, so they can cross a process or a queue. ``message("zh")`` says the same in Chinese.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdcert.findings import Finding, Lang

__all__ = ["InvalidNumber", "MissingExtra", "SdcertError"]


class SdcertError(Exception):
    """The root of all errors that this library raises on its own account."""

    def message(self, lang: Lang = "en") -> str:
        """Say what is wrong in English (``en``) or Simplified Chinese (``zh``)."""
        return "; ".join(str(part) for part in self.args)

    def __str__(self) -> str:
        return self.message()


class InvalidNumber(SdcertError, ValueError):
    """A value is not a certificate number.

    Attributes:
        shown: A short, printable excerpt of the value.
        findings: What is wrong with it, all of it, in order.
    """

    def __init__(self, shown: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(shown, findings)
        self.shown = shown
        self.findings = findings

    def message(self, lang: Lang = "en") -> str:
        """Say what is wrong; the first five sentences are spelled out."""
        joint, colon, more = ("；", "：", "……") if lang == "zh" else ("; ", ": ", "; …")
        head = "不是职称证书编号" if lang == "zh" else "not a certificate number"
        said = list(dict.fromkeys(finding.message(lang) for finding in self.findings))
        gap = "" if lang == "zh" else " "
        return (
            f"{head}{gap}“{self.shown}”{colon}{joint.join(said[:5])}{more if len(said) > 5 else ''}"
        )


class MissingExtra(SdcertError, ImportError):
    """A part of the library needs an extra that is not installed.

    Attributes:
        part: What was asked for.
        extra: The extra to install.
    """

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(part, extra)
        self.part = part
        self.extra = extra

    def message(self, lang: Lang = "en") -> str:
        """Name the command that installs the extra."""
        if lang == "zh":
            return f"{self.part}需要安装附加组件：pip install 'sdcert[{self.extra}]'"
        return f"{self.part} needs an extra: pip install 'sdcert[{self.extra}]'"
