"""What can be wrong with what was issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdcert.errors import SdcertError

if TYPE_CHECKING:
    pass

__all__ = ["IssuedFault"]

_WANTED: Final = {
    "year": ("a year of four digits, 2000 through 2099", "2000至2099的四位年份"),
    "region_code": ("five digits", "5位数字"),
    "series_code": ("three digits", "3位数字"),
    "last": ("a number, 0 through 99999", "0至99999的数"),
}


class IssuedFault(SdcertError, ValueError):
    """What is said to be issued cannot be read, or says two things of one scope.

    Attributes:
        row: The row of ``issued``, counted from 1.
        column: The column; ``scope`` where another row says otherwise of the same scope.
        shown: What stands there, as a short text.

    >>> print(IssuedFault(2, "last", "x"))
    row 2 of what was issued: last must be a number, 0 through 99999, not “x”
    """

    def __init__(self, row: int, column: str, shown: str) -> None:
        super().__init__(row, column, shown)
        self.row = row
        self.column = column
        self.shown = shown

    def message(self, lang: str = "en") -> str:
        """Name the row, the column, and what is needed."""
        zh = lang == "zh"
        if self.column == "scope":
            if zh:
                return f"已发编号第{self.row}行：{self.shown}此前已有另一个最大号"
            return (
                f"row {self.row} of what was issued: an earlier row gives another last "
                f"sequence for {self.shown}"
            )
        wanted = _WANTED[self.column][zh]
        if zh:
            return f"已发编号第{self.row}行：{self.column}应为{wanted}，现为“{self.shown}”"
        return (
            f"row {self.row} of what was issued: {self.column} must be {wanted}, not “{self.shown}”"
        )
