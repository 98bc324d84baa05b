"""What the functions of :mod:`sdcert.frames` have in common: their options and named columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from sdcert.dates import as_day, parse_day
from sdcert.findings import Outcome
from sdcert.frames.engines import Frame, Input, Role
from sdcert.frames.errors import UNREADABLE, MissingColumn, UnknownField
from sdcert.frames.names import MANAGER, NAMES
from sdcert.frames.query import FIELDS, MESSAGE, VERDICT, Check
from sdcert.messages import language, render, sentences

if TYPE_CHECKING:
    from datetime import date

    from sdcert.codes import CodeBook
    from sdcert.messages import Lang
    from sdcert.rules import RuleBook

__all__ = ["FileFacts", "check_of", "inputs_of", "keys_of", "read_file", "with_unreadable"]


def check_of(  # noqa: PLR0917  # ours alone
    codes: CodeBook | None,
    approved_on: Any,
    window_years: int,
    fields: bool | Iterable[str],
    rules: RuleBook | None,
    on: date | None,
    messages: str | None,
    prefix: str,
) -> tuple[Check, Any]:
    """Return what is asked, and the name of the column of days if there is one."""
    day_column = approved_on if isinstance(approved_on, (str, tuple)) else None
    day = None if day_column is not None or approved_on is None else approved_on
    if day is not None:
        as_day(day, "approved_on")
    if isinstance(fields, (str, bytes)) or not isinstance(fields, (bool, Iterable)):
        kind = type(fields).__name__
        raise TypeError(f"fields must be a bool or some names of columns, not a {kind}")
    if not isinstance(prefix, str):
        raise TypeError(f"prefix must be a str, not a {type(prefix).__name__}")
    known = (
        *FIELDS,
        *(NAMES if codes is not None else ()),
        *(MANAGER if rules is not None else ()),
    )
    wanted = list(known if fields else ()) if isinstance(fields, bool) else list(fields)
    if unknown := sorted(str(name) for name in wanted if name not in known):
        why = "needs-codes" if unknown[0] in NAMES else "unknown"
        raise UnknownField(unknown[0], known, "needs-rules" if unknown[0] in MANAGER else why)
    columns = (*VERDICT, *(name for name in known if name in wanted))
    lang: Lang = "en"
    if messages is not None:
        columns, lang = (*columns, MESSAGE), language(messages, "messages")
    return Check(codes, day, window_years, rules, on, columns, prefix, lang), day_column


def inputs_of(opened: Frame, column: Any, day: Any, file: FileFacts) -> list[Input]:
    """Find the columns of numbers and of days."""
    number = opened.column_of(column)
    inputs = [Input(number, Role.NUMBER, bare=file.bare.get(number))]
    if day is not None:
        try:
            name = opened.find(day, "approved_on")
        except MissingColumn:
            _refuse_day_as_text(day)
            raise
        opened.refuse(name, Role.DAY, "approved_on")
        inputs.append(Input(name, Role.DAY, "approved_on", days=file.days))
    return inputs


def _refuse_day_as_text(given: object) -> None:
    """Raise if what should be the name of a column is a day."""
    if isinstance(given, str):
        try:
            day = parse_day(given)
        except ValueError:
            return
        raise TypeError(
            f"approved_on must be a datetime.date or the name of a column, not {given!r}: write "
            f"datetime.date({day.year}, {day.month}, {day.day})"
        )


def keys_of(opened: Frame, key: Any) -> list[Any]:
    """Find the columns of a key."""
    if key is None:
        raise TypeError("key is missing: name the columns by which rows are known")
    several = isinstance(key, Iterable) and not isinstance(key, str)
    whole = not several or (isinstance(key, tuple) and key in opened.schema)
    given = [key] if whole else list(key)
    return [own for name in given for own in opened.keys_of(name)]


@attrs.frozen(eq=False)
class FileFacts:
    """What is known of a file beside its table.

    Attributes:
        unreadable: Which rows have an unreadable day; None if there is none.
        bare: Which cells of its columns of text were none there.
        days: The days of its column of days; None if that holds its days itself.
    """

    unreadable: pa.BooleanArray | None = None
    bare: Mapping[Any, pa.BooleanArray] = attrs.field(factory=dict)
    days: pa.Array | None = None


def read_file(frame: Any, column: Any, day: Any) -> tuple[Any, FileFacts]:
    """Return what a path names as an Arrow table; whatever is no path, as it is.

    Returns:
        The frame, and what is known of a file beside it.

    Raises:
        UnreadableFile: If the file cannot be read.
    """
    if not isinstance(frame, (str, PathLike)):
        return frame, FileFacts()
    from sdcert.files.whole import read_arrow  # noqa: PLC0415  # files alone need it

    whole = read_arrow(frame, number=column, day=day if isinstance(day, str) else None)
    unreadable = whole.unreadable if whole.unreadable.true_count else None
    return whole.table, FileFacts(unreadable, whole.bare, whole.days)


def with_unreadable(table: pa.Table, unread: Any, prefix: str = "", lang: str = "en") -> pa.Table:
    """Mark the rows of an answered table whose day cannot be read: they are not VALID.

    Args:
        table: The table; what is INVALID, or missing, stays so.
        unread: Which rows, or None.
        prefix: What the names of its answers begin with.
        lang: The language of its messages, if it has any.
    """
    if unread is None:
        return table
    outcome, finding, message = (f"{prefix}{name}" for name in ("outcome", "finding", MESSAGE))
    passed = pa.array([Outcome.VALID.value, Outcome.UNDETERMINED.value])
    unread = pc.and_(unread, table[outcome].is_valid())
    at = pc.and_(unread, pc.is_in(table[outcome], passed))
    new = {outcome: Outcome.UNDETERMINED.value, finding: UNREADABLE}
    arrays = {name: pc.if_else(at, pa.scalar(text), table[name]) for name, text in new.items()}
    if message in table.column_names:
        own = render("frames.approved-on-unreadable", lang)
        rows = zip(unread.to_pylist(), at.to_pylist(), table[message].to_pylist(), strict=True)
        told = []
        for bad, first, text in rows:
            # What makes a row INVALID comes before what leaves it open.
            both = [one for one in ([own, text] if first else [text, own]) if one]
            told.append(sentences(both, lang) if bad else text)
        arrays[message] = pa.array(told, pa.string())
    for name, array in arrays.items():
        table = table.set_column(table.column_names.index(name), name, array)
    return table
