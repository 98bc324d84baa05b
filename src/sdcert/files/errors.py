"""The error of this package: a file that cannot be read, and why."""

from __future__ import annotations

from typing import Any

import attrs

from sdcert.errors import SdcertError
from sdcert.messages import Bilingual, excerpt

__all__ = ["UnreadableFile"]

_FILE = 200  # characters of a file's name and of a list of columns that a message shows
_LIST = 600
_STDIN = ("standard input", "标准输入")


@attrs.define(slots=False)
class UnreadableFile(SdcertError, ValueError):
    """A file cannot be read, or cannot be read without a choice by the caller.

    Attributes:
        kind: The stable name of the reason, such as ``empty`` or ``sheet-several``.
        file: What the file is called.
        params: Details that the message names.
        option: The argument of :func:`~sdcert.files.open_table` that settles it, if one does:
            ``sheet``, ``header_line``, ``encoding``, ``delimiter`` or ``column``.

    >>> print(UnreadableFile("empty", "a.csv").message("zh"))
    a.csv是空文件，没有可读取的内容
    """

    _text = "files.{kind}"
    kind: str
    file: str
    params: dict[str, Any] = attrs.field(factory=dict)
    option: str | None = None

    def _params(self, lang: str) -> dict[str, object]:
        shown = {
            name: excerpt(value, _LIST) if type(value) is str else value
            for name, value in self.params.items()
        }
        file = Bilingual(*_STDIN) if self.file == "-" else excerpt(self.file, _FILE)
        return {"file": file, "option": self.option, **shown}
