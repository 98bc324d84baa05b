"""Dynamic adjustment (动态调整, 鲁人社规〔2018〕22号 五（一）): a new edition from an old one.

Each operation is a value; :func:`adjust` carries out several from one day on. Entries are never
overwritten: what ends gets its last day and its successors, and stays in the table, so that an
old number is still read as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import attrs

from sdcert.codes.edition import SERIES, Edition
from sdcert.codes.errors import Fault, InvalidTable, code_fault, is_any_code
from sdcert.codes.model import AuthorityKind, Entry, RegionCode, SeriesCode, Source
from sdcert.dates import as_day, overlap
from sdcert.errors import expect, several
from sdcert.findings import Params
from sdcert.messages import excerpt

__all__ = ["End", "Introduce", "Merge", "Rename", "Split", "adjust"]


def _codes(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else several(value, str, "codes")


def _entry(value: Entry) -> Entry:
    entry: Entry = expect(value, Entry, "entry")
    return entry


def _part(value: str | Entry) -> str | Entry:
    return value if isinstance(value, str) else _entry(value)


def _parts(value: str | Entry | Iterable[str | Entry]) -> tuple[str | Entry, ...]:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(map(_part, value))
    return (_part(value),)


def _authority(value: AuthorityKind | str | None) -> AuthorityKind | None:
    return None if value is None else AuthorityKind.from_words(value)


@attrs.frozen
class Introduce:
    """A new code, or an ended code given to another body.

    Attributes:
        entry: Without a first day: it begins on the day of the adjustment.

    >>> from sdcert import AuthorityKind, RegionCode
    >>> from sdcert.codes.adjust import Introduce
    >>> Introduce(RegionCode("91160", "示例甲市体育局", AuthorityKind.CITY_DEPARTMENT)).entry.code
    '91160'
    """

    entry: Entry = attrs.field(converter=_entry)


@attrs.frozen
class End:
    """A code goes out of use.

    Attributes:
        code: Which.
        successors: The codes that take over, if any.

    >>> from sdcert.codes.adjust import End
    >>> End("91101", successors=["91150"])
    End(code='91101', successors=('91150',))
    """

    code: str
    successors: tuple[str, ...] = attrs.field(default=(), converter=_codes)


@attrs.frozen
class Rename:
    """The same body or title goes on under the same code, with another name or place.

    Attributes:
        code: Which.
        name: The new name; of a series code, the series.
        authority: The new kind of authority; None if it stays.
        city: The new city; None if it stays.
        county: The new county; None if it stays.

    Raises:
        UnknownWord: If there is no such kind of authority (a ValueError).

    >>> from sdcert.codes.adjust import Rename
    >>> Rename("91150", "示例甲市教育和体育局").name
    '示例甲市教育和体育局'
    """

    code: str
    name: str
    authority: AuthorityKind | None = attrs.field(default=None, converter=_authority)
    city: str | None = None
    county: str | None = None


@attrs.frozen
class Merge:
    """Several codes become one.

    Attributes:
        codes: The codes that merge.
        into: The code that goes on, one of them or another one in force; or a new entry.

    >>> from sdcert.codes.adjust import Merge
    >>> Merge(["91101", "91102"], into="91150")
    Merge(codes=('91101', '91102'), into='91150')
    """

    codes: tuple[str, ...] = attrs.field(converter=_codes)
    into: str | Entry = attrs.field(converter=_part)


@attrs.frozen
class Split:
    """One code becomes several.

    Attributes:
        code: The code that is split; it may be one of ``into``, then it goes on as one part.
        into: Codes in force and new entries.

    >>> from sdcert.codes.adjust import Split
    >>> Split("91301", into=["91331", "91332"])
    Split(code='91301', into=('91331', '91332'))
    """

    code: str
    into: tuple[str | Entry, ...] = attrs.field(converter=_parts)


Operation = Introduce | End | Rename | Merge | Split


def adjust(
    edition: Edition,
    operations: Iterable[Operation],
    *,
    id: str,  # noqa: A002 - the field's name
    effective_from: date,
    source: Source,
    published_on: date | None = None,
) -> Edition:
    """Make a new edition from an old one.

    Args:
        edition: The edition to adjust; it is not changed.
        operations: Carried out in their order.
        id: The new edition's id.
        effective_from: The day from which the adjustment is in force; what ends is in force
            through the day before.
        source: The document that orders it; new entries get it too.
        published_on: The day of its publication, if known.

    Returns:
        The new edition, in force from that day, of the same publisher, domain and content.

    Raises:
        InvalidTable: If something cannot be done; all of it is named, and nothing is done.
        TypeError: If the edition, an operation or the source is none, or the day no plain date.

    >>> from datetime import date
    >>> from sdcert.codes import Edition
    >>> old = Edition("e1", "city:91", "示例市", Source("示例一号"), "example", date(2019, 1, 27),
    ...               entries=[RegionCode("91101", "教育局", "city-department", "示例市"),
    ...                        RegionCode("91102", "体育局", "city-department", "示例市")])
    >>> new = adjust(old, [Merge(["91101", "91102"],
    ...                          RegionCode("91103", "教育体育局", "city-department", "示例市"))],
    ...              id="e2", effective_from=date(2024, 1, 1), source=Source("示例二号"))
    >>> for entry in new.entries:
    ...     print(entry.code, entry.valid_through, entry.successors)
    91101 2023-12-31 ('91103',)
    91102 2023-12-31 ('91103',)
    91103 None ()
    >>> adjust(old, [End("91109")], id="e2", effective_from=date(2024, 1, 1),
    ...        source=Source("示例二号"))
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidTable: code “91109”: code 91109 is not in force on 2024-01-01
    """
    expect(edition, Edition, "edition")
    day = as_day(effective_from, "effective_from")
    expect(source, Source, "source")
    kind = SeriesCode if edition.domain == SERIES else RegionCode
    work = _Work(list(edition.entries), day, kind.width)
    if edition.valid_from is not None and day <= edition.valid_from:
        work.fault("not-later", "effective_from", str(day), day=edition.valid_from)
    for operation in several(operations, Operation, "operations"):
        work.carry_out(operation)
    if work.faults:
        raise InvalidTable(work.faults)
    return attrs.evolve(
        edition,
        id=id,
        source=source,
        valid_from=day,
        published_on=published_on,
        entries=tuple(work.entries),
    )


class _Work:
    """The entries of the edition in the making."""

    def __init__(self, entries: list[Entry], day: date, width: int) -> None:
        self.entries = entries
        self.day = day
        self.width = width  # of the codes of the edition
        self.faults: list[Fault] = []

    def fault(self, kind: str, column: str, value: str, *, day: date | None = None) -> None:
        params = Params(code=excerpt(value), day=day or self.day)
        self.faults.append(Fault(kind, column, value, params))

    def carry_out(self, operation: Operation) -> None:
        if isinstance(operation, Introduce):
            self.introduce(operation.entry)
        elif isinstance(operation, End):
            self.end(operation.code, operation.successors)
        elif isinstance(operation, Rename):
            self.rename(operation)
        elif isinstance(operation, Merge):
            into = self.target(operation.into)
            for code in operation.codes:
                if code != into:
                    self.end(code, (into,))
        else:
            self.split(operation)

    def target(self, into: str | Entry) -> str:
        if isinstance(into, str):
            return into
        self.introduce(into)
        return into.code

    def current(self, code: str) -> Entry | None:
        day = self.day
        for entry in self.entries:
            if entry.code == code and overlap(entry.valid_from, entry.valid_through, day, day):
                return entry
        return None

    def introduce(self, entry: Entry) -> None:
        if entry.valid_from not in (None, self.day):
            self.fault("other-day", "valid_from", str(entry.valid_from))
        elif self.current(entry.code):
            self.fault("taken", "code", entry.code)
        else:
            self.entries.append(attrs.evolve(entry, valid_from=self.day))

    def end(self, code: str, successors: tuple[str, ...]) -> Entry | None:
        entry = self.current(code)
        wrong = None if is_any_code(code) else code_fault(code, self.width)
        if wrong:
            self.faults.append(wrong)
        elif entry is None:
            self.fault("not-in-force", "code", code)
        elif entry.valid_from == self.day:
            self.fault("begins-same-day", "code", code)
        else:
            last = self.day - timedelta(days=1)
            self.entries.remove(entry)
            self.entries.append(attrs.evolve(entry, valid_through=last, successors=successors))
            return entry
        return None

    def rename(self, operation: Rename) -> None:
        before = self.end(operation.code, (operation.code,))
        if before is None:
            return
        found: dict[str, Any] = {"valid_from": self.day, "source": None}
        found["series" if isinstance(before, SeriesCode) else "name"] = operation.name
        if isinstance(before, RegionCode):
            for field in ("authority", "city", "county"):
                if (value := getattr(operation, field)) is not None:
                    found[field] = value
        self.entries.append(attrs.evolve(before, **found))

    def split(self, operation: Split) -> None:
        into = tuple(self.target(part) for part in operation.into)
        before = self.end(operation.code, into)
        if before is not None and operation.code in into:
            self.entries.append(attrs.evolve(before, valid_from=self.day, source=None))
