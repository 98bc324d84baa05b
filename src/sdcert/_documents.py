"""The strict reader of documents: TOML and JSON tables, and rows of a sheet.

Code tables and rule files are read through it. Each accessor notes a fault and goes on, so that one
pass over a file finds all of them; what is left unread at the end is a fault too, since a misspelt
key would otherwise be lost in silence. A document with a fault loads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final, TypeVar

from sdcert._faults import STEP, Fault
from sdcert.dates import read_day
from sdcert.findings import Params
from sdcert.messages import excerpt

__all__ = ["Reader", "load_toml"]

T = TypeVar("T")

_LISTED: Final = 20  # words that a fault names
_LONGEST: Final = 2000
_MISSING: Final = object()


def load_toml(data: bytes, file: str, faults: list[Fault]) -> dict[str, Any] | None:
    """Read a TOML file; None, and a fault in ``faults``, where it is none.

    Args:
        data: The file, in UTF-8 with or without a byte order mark.
        file: Its name, for the fault.
        faults: Where faults are noted.
    """
    import tomllib  # noqa: PLC0415  # only who reads a file pays for it

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(Fault("toml-encoding", file=file))
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else type(error).__name__
        found = re.search(r"line ([0-9]+), column ([0-9]+)\)$", reason)
        reason = re.sub(r" \(at [^()]*\)$", "", reason)
        if found:
            line, column = map(int, found.groups())
        else:  # the end of the document
            line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
        params = Params(line=line, column=column, reason=excerpt(reason, 200))
        faults.append(Fault("toml", file=file, params=params))
        return None


class Reader:
    """One table of a document, read key by key.

    Args:
        data: The table.
        file: The file's name.
        faults: The faults found so far in the whole document, shared by all of its tables.
        place: Where the table is in the document.
        row: The row of a sheet that it is, or None.
    """

    __slots__ = ("_seen", "data", "faults", "file", "place", "row")

    def __init__(
        self,
        data: Mapping[str, Any],
        file: str = "",
        faults: list[Fault] | None = None,
        place: str = "",
        row: int | None = None,
    ) -> None:
        self.data = data
        self.file = file
        self.faults = [] if faults is None else faults
        self.place = place
        self.row = row
        self._seen: set[str] = set()

    def fault(self, kind: str, key: str = "", value: object = "", **params: object) -> None:
        """Note a fault at a key of this table."""
        self.faults.append(
            Fault(kind, key, value, Params(**params), self.file, self.row, self.place)
        )

    def extend_place(self, name: str) -> None:
        """Add the table's own name, which is read from it, to the place that faults show."""
        self.place = f"{self.place} {excerpt(name)}".rstrip()

    def has(self, key: str) -> bool:
        """Tell whether the table has a key."""
        return key in self.data

    def text(self, key: str, *, required: bool = True) -> str:
        """Read a text; empty where it is absent or faulty."""
        value = self.take(key, required=required)
        return "" if value is None else self._as_text(key, value) or ""

    def flag(self, key: str) -> bool:
        """Read a truth value; False where it is absent or faulty."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return value is True
        self.fault("flag", key, value)
        return False

    def whole(self, key: str, least: int, most: int) -> int:
        """Read a whole number within bounds, both included; ``least`` where it is faulty."""
        value = self.take(key, required=True)
        return least if value is None else self._as_whole(key, value, least, most) or least

    def day(self, key: str, *, required: bool = True) -> date | None:
        """Read a day: a date, or text as offices write it; None where absent or faulty."""
        value = self.take(key, required=required)
        if value is None:
            return None
        try:
            return read_day(value)
        except ValueError:
            self.fault("day", key, value)
            return None

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; empty where it is absent."""
        return self._list(key, False, self._as_text)

    def wholes(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """Read a list of whole numbers within bounds; empty where it is absent."""
        return self._list(key, False, lambda at, one: self._as_whole(at, one, least, most))

    def choices(self, key: str, words: Mapping[str, T], *, required: bool = True) -> tuple[T, ...]:
        """Read a list of words from a closed list, each once; empty where it is absent."""
        return self._list(key, required, lambda at, value: self._as_choice(at, value, words))

    def choice(self, key: str, words: Mapping[str, T], *, required: bool = True) -> T | None:
        """Read one word from a closed list; None where it is absent or faulty."""
        value = self.take(key, required=required)
        return None if value is None else self._as_choice(key, value, words)

    def table(self, key: str) -> Reader:
        """Read a table; an empty one where it is absent or faulty."""
        value = self.take(key, required=True)
        if not isinstance(value, Mapping):
            if value is not None:
                self.fault("table", key, value)
            value = {}
        return self._child(value, key)

    def tables(self, key: str) -> tuple[Reader, ...]:
        """Read an array of tables; empty where it is absent or faulty."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self.fault("tables", key, value, name=key)
            return ()
        return tuple(self._child(one, f"{key} {nth}") for nth, one in enumerate(value, start=1))

    def take(self, key: str, *, required: bool = False) -> Any:
        """Read a value as it is; None where it is absent, which is a fault if it is required."""
        self._seen.add(key)
        value = self.data.get(key, _MISSING)
        if value is not _MISSING:
            return value
        if required:
            self.fault("missing", key)
        return None

    def close(self, words: Iterable[str] = ()) -> None:
        """Note every key that nothing asked for; ``words`` are the ones that could be there."""
        known = tuple(words)
        for key in self.data:
            if key not in self._seen:
                self.fault("key-unknown" if known else "key-unread", str(key), known=known)

    def _child(self, data: Mapping[str, Any], step: str) -> Reader:
        place = STEP.join(part for part in (self.place, step) if part)
        return Reader(data, self.file, self.faults, place, self.row)

    def _list(
        self, key: str, required: bool, read: Callable[[str, object], T | None]
    ) -> tuple[T, ...]:
        value = self.take(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list) or not value:
            self.fault("list", key, value)
            return ()
        found = [read(f"{key} {nth}", one) for nth, one in enumerate(value, start=1)]
        kept = [one for one in found if one is not None]
        if len(set(kept)) < len(kept):
            self.fault("doubled", key)
        return tuple(kept)

    def _as_text(self, key: str, value: object) -> str | None:
        if not isinstance(value, str) or not value.strip():
            self.fault("text-needed", key, value)
        elif len(value) > _LONGEST or not "".join(value.split()).isprintable():
            # what is read here appears in messages, and these must be safe to print
            self.fault("text-long", key, value, limit=_LONGEST)
        else:
            return value.strip()
        return None

    def _as_whole(self, key: str, value: object, least: int, most: int) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault("whole" if least < most else "only", key, value, least=least, most=most)
        return None

    def _as_choice(self, key: str, value: object, words: Mapping[str, T]) -> T | None:
        if isinstance(value, str) and value in words:
            return words[value]
        names = list(words)
        if len(names) > _LISTED:  # the prefixes of all cities are a hundred
            names[3:-1] = ["…"]
        self.fault("choice", key, value, known=tuple(names))
        return None
