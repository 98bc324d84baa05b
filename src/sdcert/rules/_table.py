"""A TOML table that is read strictly. Only this file knows how a fault's place is written.

Each accessor notes a fault and goes on, so that one pass over a file finds all of them; what is
left unread at the end is a fault too, since a misspelt key would otherwise be lost in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from sdcert.dates import as_day, parse_day
from sdcert.messages import excerpt
from sdcert.rules.faults import RuleFault
from sdcert.rules.model import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

__all__ = ["Table"]

T = TypeVar("T")

_LISTED: Final = 20  # words that a fault names
_LONGEST: Final = 2000
_MISSING: Final = object()
_STEP: Final = " › "


class Table:
    """One table of a rule file, and the list of faults found so far in the whole file."""

    def __init__(
        self, data: dict[str, object], place: str, file: str, faults: list[RuleFault]
    ) -> None:
        self._data = data
        self._place = place
        self._file = file
        self._faults = faults
        self._read: set[str] = set()

    def fault(self, key: str, value: object, en: str, zh: str) -> None:
        """Note a fault at a key of this table."""
        shown = "" if value is _MISSING else excerpt(str(value))
        place = _STEP.join(part for part in (self._place, key) if part)
        self._faults.append(RuleFault(self._file, place, shown, Note(en, zh)))

    def call(self, name: str) -> None:
        """Add the table's own name to its place, once it is known."""
        self._place = f"{self._place} {excerpt(name)}".rstrip()

    def has(self, key: str) -> bool:
        """Tell whether the table has a key."""
        return key in self._data

    def text(self, key: str, *, required: bool = True) -> str:
        """Read a text; empty where it is absent or faulty."""
        value = self._take(key, required)
        if value is _MISSING:
            return ""
        return self._as_text(key, value) or ""

    def flag(self, key: str) -> bool:
        """Read a truth value; False where it is absent."""
        value = self._take(key, False)
        if value is _MISSING or isinstance(value, bool):
            return value is True
        self.fault(key, value, "write true or false", "应为true或false")
        return False

    def whole(self, key: str, least: int, most: int) -> int:
        """Read a whole number within bounds, both included; ``least`` where it is faulty."""
        value = self._take(key, True)
        if isinstance(value, int) and _within(value, least, most):
            return value
        if value is not _MISSING:
            bounds = (
                (f"write {least} through {most}", f"应为{least}至{most}的整数")
                if least < most
                else (f"write {least}", f"应为{least}")
            )
            self.fault(key, value, *bounds)
        return least

    def day(self, key: str, *, required: bool = True) -> date | None:
        """Read a day: a TOML date, or text as offices write it; None where absent or faulty."""
        value = self._take(key, required)
        if value is _MISSING:
            return None
        try:
            return parse_day(value) if isinstance(value, str) else as_day(value, key)
        except (TypeError, ValueError):
            self.fault(
                key, value, "not a day (write 2019-01-27)", "不是日期（应写作2019年1月27日）"
            )
            return None

    def note(self, key: str) -> Note | None:
        """Read a remark in both languages; None where absent or faulty."""
        if not self.has(key):
            return None
        table = self.table(key)
        note = Note(table.text("en"), table.text("zh"))
        table.close()
        return note

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; empty where it is absent."""
        return self._list(key, False, self._as_text)

    def years(self, key: str) -> tuple[int, ...]:
        """Read a list of evaluation years, 2000 through 2099; empty where it is absent."""
        return self._list(key, False, self._as_year)

    def choices(self, key: str, words: Mapping[str, T], *, required: bool = True) -> tuple[T, ...]:
        """Read a list of words from a closed list, each once; empty where it is absent."""
        return self._list(key, required, lambda at, value: self._as_choice(at, value, words))

    def choice(self, key: str, words: Mapping[str, T]) -> T | None:
        """Read one word from a closed list; None where it is absent or faulty."""
        value = self._take(key, True)
        return None if value is _MISSING else self._as_choice(key, value, words)

    def table(self, key: str) -> Table:
        """Read a table; an empty one where it is absent or faulty."""
        value = self._take(key, True)
        if not isinstance(value, dict):
            if value is not _MISSING:
                self.fault(key, value, "a table is needed here", "此处应为表")
            value = {}
        return self._child(value, key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Read an array of tables; empty where it is absent or faulty."""
        value = self._take(key, False)
        if value is _MISSING:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fault(key, value, f"write [[{key}]]: an array of tables", f"应写作[[{key}]]数组")
            return ()
        return tuple(self._child(one, f"{key} {nth}") for nth, one in enumerate(value, start=1))

    def close(self) -> None:
        """Note every key that nothing asked for."""
        for key in self._data:
            if key not in self._read:
                self.fault(excerpt(key), _MISSING, "no such key here", "此处没有该项")

    def _child(self, data: dict[str, object], step: str) -> Table:
        place = _STEP.join(part for part in (self._place, step) if part)
        return Table(data, place, self._file, self._faults)

    def _take(self, key: str, required: bool) -> object:
        self._read.add(key)
        value = self._data.get(key, _MISSING)
        if value is _MISSING and required:
            self.fault(key, _MISSING, "is missing", "缺少该项")
        return value

    def _list(
        self, key: str, required: bool, read: Callable[[str, object], T | None]
    ) -> tuple[T, ...]:
        value = self._take(key, required)
        if value is _MISSING:
            return ()
        if not isinstance(value, list) or not value:
            self.fault(key, value, "a list is needed here, not empty", "此处应为非空列表")
            return ()
        found = [read(f"{key} {nth}", one) for nth, one in enumerate(value, start=1)]
        kept = [one for one in found if one is not None]
        if len(set(kept)) < len(kept):
            self.fault(key, _MISSING, "something stands here twice", "有重复项")
        return tuple(kept)

    def _as_text(self, key: str, value: object) -> str | None:
        if not isinstance(value, str) or not value.strip():
            self.fault(key, value, "a text is needed here", "此处应为文本")
        elif len(value) > _LONGEST or not "".join(value.split()).isprintable():
            # what is read here is shown in messages, and these must be safe to print
            self.fault(
                key,
                value,
                f"at most {_LONGEST} characters, and no control characters",
                f"不得超过{_LONGEST}个字符，且不得含有控制字符",
            )
        else:
            return value.strip()
        return None

    def _as_year(self, key: str, value: object) -> int | None:
        if isinstance(value, int) and _within(value, 2000, 2099):
            return value
        self.fault(key, value, "write a year, 2000 through 2099", "应为2000至2099的年度")
        return None

    def _as_choice(self, key: str, value: object, words: Mapping[str, T]) -> T | None:
        if isinstance(value, str) and value in words:
            return words[value]
        known = list(words)
        if len(known) > _LISTED:  # the prefixes of all cities are a hundred
            known[3:-1] = ["…"]
        self.fault(key, value, f"write one of {', '.join(known)}", f"应为{'、'.join(known)}之一")
        return None


def _within(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
