"""The strict reader of documents: TOML and JSON tables, and rows of a sheet.

Code tables and rule files are read through it. Each accessor notes a fault and goes on, so that one
pass over a file finds all of them: first those of the keys, in the order in which they are read,
then the keys that nobody reads, since a misspelt one would otherwise be lost in silence, then those
that stand twice. A document with a fault loads nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

import attrs

from sdcert._faults import STEP, Fault, read_day_cell
from sdcert.findings import Params
from sdcert.messages import excerpt

__all__ = ["Reader", "load_json", "load_toml"]

T = TypeVar("T")

_LISTED: Final = 20  # words that a fault names
_LONGEST: Final = 2000


def _text_of(data: bytes, kind: str, file: str, faults: list[Fault]) -> str | None:
    """Decode UTF-8 with or without a byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(Fault(f"{kind}-encoding", file=file))
        return None


def load_toml(data: bytes, file: str, faults: list[Fault]) -> dict[str, Any] | None:
    """Read a TOML file; None, and a fault in ``faults``, where it is none.

    Args:
        data: The file, in UTF-8 with or without a byte order mark.
        file: Its name, for the fault.
        faults: Where faults are noted.
    """
    import tomllib  # noqa: PLC0415  # only who reads a file pays for it

    text = _text_of(data, "toml", file, faults)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
        found = re.search(r"line ([0-9]+), column ([0-9]+)\)$", reason)
        reason = re.sub(r" \(at [^()]*\)$", "", reason)
        if found:
            line, column = map(int, found.groups())
        else:  # the end of the document
            line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
        params = Params(line=line, column=column, reason=excerpt(reason, 200))
        faults.append(Fault("toml", file=file, params=params))
    except (ValueError, RecursionError):  # too many digits, too deep
        faults.append(Fault("beyond-reading", file=file))
    return None


def load_json(data: bytes | str, file: str, faults: list[Fault]) -> dict[str, Any] | None:
    """Read the object of a JSON file, as :func:`load_toml` reads TOML; text is taken as well."""
    import json  # noqa: PLC0415  # as above

    text = _text_of(data, "json", file, faults) if isinstance(data, bytes) else data
    if text is None:
        return None
    try:
        found = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        params = Params(line=error.lineno, column=error.colno, reason=error.msg)
        faults.append(Fault("json", file=file, params=params))
        return None
    except (ValueError, RecursionError):  # as above
        faults.append(Fault("beyond-reading", file=file))
        return None
    if isinstance(found, dict):
        return found
    faults.append(Fault("table", value=found, file=file))
    return None


class _Doubled(dict[str, Any]):
    """An object in which keys stand more than once: which value is meant?"""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.doubled = [key for key, count in counts.items() if count > 1]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled(pairs)


class Reader:
    """One table of a document, read key by key; a null of JSON is a key that is absent.

    Args:
        data: The table.
        file: The file's name.
        faults: The faults found so far in the whole document, shared by all of its tables.
        place: Where the table is in the document.
        row: The row of a sheet, or the entry of a list, that it is; or None.
        headings: What the file itself calls the keys, where that is another name.

    Attributes:
        faulty: The keys at which a fault was found.
    """

    __slots__ = ("_asked", "_headings", "data", "faults", "faulty", "file", "place", "row")

    def __init__(
        self,
        data: Mapping[str, Any],
        file: str = "",
        faults: list[Fault] | None = None,
        place: str = "",
        *,
        row: int | None = None,
        headings: Mapping[str, str] = {},
    ) -> None:
        self.data = data
        self.file = file
        self.faults = [] if faults is None else faults
        self.place = place
        self.row = row
        self.faulty: set[str] = set()
        self._headings = headings
        self._asked: dict[str, None] = {}  # in their order

    def fault(self, kind: str, key: str = "", value: object = "", **params: object) -> None:
        """Note a fault at a key of this table."""
        self._add(Fault(kind, key, value, Params(**params)))

    def note(self, faults: Iterable[Fault]) -> None:
        """Note, at this table's place, what the class that takes its values finds wrong.

        A key that is faulty already is not blamed for what follows from that.
        """
        for fault in [one for one in faults if one.key not in self.faulty]:
            self._add(fault)

    def _add(self, fault: Fault) -> None:
        self.faulty.add(fault.key)
        shown = self._headings.get(fault.key, fault.key)
        self.faults.append(
            attrs.evolve(fault, key=shown, file=self.file, row=self.row, place=self.place)
        )

    def extend_place(self, name: str) -> None:
        """Add the table's own name, which is read from it, to the place that faults show."""
        self.place = f"{self.place} {excerpt(name)}".rstrip()

    def has(self, key: str) -> bool:
        """Tell whether the table has a key."""
        return self.take(key) is not None

    def version(self, known: int) -> None:
        """Check the version of the format; neither ``true`` nor ``1.0`` is one."""
        given = self.take("format", required=True)
        if given is not None and (type(given) is not int or given != known):
            self.fault("format", "format", given, known=known)

    def text(self, key: str, *, required: bool = True) -> str:
        """Read a text; empty where it is absent or faulty."""
        value = self.take(key, required=required)
        return "" if value is None else self._as_text(key, value) or ""

    def string(self, key: str, *, required: bool = False) -> str | None:
        """Read a text that the class that takes it checks; None where it is absent or faulty."""
        value = self.take(key, required=required)
        return None if value is None else self._as_string(key, value)

    def flag(self, key: str) -> bool:
        """Read a truth value; False where it is absent or faulty."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return value is True
        self.fault("flag", key, value)
        return False

    def whole(self, key: str, least: int, most: int, *, required: bool = True) -> int | None:
        """Read a whole number within bounds, both included; None where absent or faulty."""
        value = self.take(key, required=required)
        return None if value is None else self._as_whole(key, value, least, most)

    def day(self, key: str, *, required: bool = True) -> date | None:
        """Read a day: a date, or text as offices write it; None where absent or faulty."""
        value = self.take(key, required=required)
        if value is None:
            return None
        faults: list[Fault] = []
        found = read_day_cell(value, key, faults)
        self.note(faults)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; empty where it is absent."""
        return self._list(key, False, self._as_text)

    def strings(self, key: str) -> tuple[str, ...]:
        """Read a list of texts, which may be empty, that the class that takes it checks."""
        return self._list(key, False, self._as_string, free=True)

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

    def table(self, key: str, *, required: bool = True) -> Reader:
        """Read a table; an empty one where it is absent or faulty."""
        value = self.take(key, required=required)
        if not isinstance(value, Mapping):
            if value is not None:
                self.fault("table", key, value)
            value = {}
        return self._child(value, key, self.row)

    def tables(self, key: str, *, required: bool = False, rows: bool = False) -> tuple[Reader, ...]:
        """Read an array of tables; empty where it is absent or faulty.

        Args:
            key: Its key.
            required: Whether it has to be there.
            rows: Whether faults name them as rows, counted from 1, besides their place.
        """
        value = self.take(key, required=required)
        if not isinstance(value, list):
            if value is not None:
                self.fault("tables", key, value, name=key)
            return ()
        found = []
        for nth, one in enumerate(value, start=1):
            child = self.item(one, key, nth, row=nth if rows else self.row)
            if isinstance(one, Mapping):
                found.append(child)
            else:
                child.fault("table", value=one)
        return tuple(found)

    def item(self, data: Mapping[str, Any], key: str, nth: int, *, row: int | None) -> Reader:
        """A table of an array in this table."""
        return self._child(data, f"{key} {nth}", row)

    def take(self, key: str, *, required: bool = False) -> Any:
        """Read a value as it is; None where it is absent, which is a fault if it is required."""
        self._asked[key] = None
        value = self.data.get(key)
        if value is None and required:
            self.fault("missing", key)
        return value

    def close(self) -> None:
        """Note every key that nothing asked for, and every one that stands more than once."""
        known = tuple(self._asked)
        for key in self.data:
            if key not in self._asked:
                self.fault("key-unknown", str(key), known=known)
        for key in getattr(self.data, "doubled", ()):
            self.fault("key-doubled", key)

    def _child(self, data: Mapping[str, Any], step: str, row: int | None) -> Reader:
        place = STEP.join(part for part in (self.place, step) if part)
        return Reader(data, self.file, self.faults, place, row=row)

    def _list(
        self,
        key: str,
        required: bool,
        read: Callable[[str, object], T | None],
        *,
        free: bool = False,
    ) -> tuple[T, ...]:
        """Read a list; a free one may be empty and repeat itself."""
        value = self.take(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list) or not (value or free):
            self.fault("list", key, value)
            return ()
        found = [read(f"{key} {nth}", one) for nth, one in enumerate(value, start=1)]
        kept = [one for one in found if one is not None]
        if len(set(kept)) < len(kept) and not free:
            self.fault("doubled", key)
        return tuple(kept)

    def _as_string(self, key: str, value: object) -> str | None:
        if isinstance(value, str):
            return value
        self.fault("text-needed", key, value)
        return None

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
        self.fault("whole", key, value, least=least, most=most)
        return None

    def _as_choice(self, key: str, value: object, words: Mapping[str, T]) -> T | None:
        if isinstance(value, str) and value in words:
            return words[value]
        names = list(words)
        if len(names) > _LISTED:  # the prefixes of all cities are a hundred
            names[3:-1] = ["…"]
        self.fault("choice", key, value, known=tuple(names))
        return None
