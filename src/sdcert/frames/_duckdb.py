"""How DuckDB asks. Only this file knows DuckDB's SQL.

Canonical texts are read in SQL: their 15 digits become one integer, and what the book says of it
stands in strings of bits. The few other texts are read by a function of ours, of which nothing but
the text is asked. Where that does not do (a day for each row, names, values of other types), the
whole question is a function of the connection.
"""

from __future__ import annotations

import pickle
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from sdcert._grammar import MARKER, PREFIX
from sdcert._writings import read, shape_of, writing_of
from sdcert.checking import check
from sdcert.checking.verdicts import SCHEME_BEGINS
from sdcert.findings import FindingCode
from sdcert.frames._columns import FIELDS, VERDICT
from sdcert.frames._registry import (
    FINDINGS,
    NO_DAY,
    NOTHING,
    OUTCOMES,
    finding_ids,
    registry_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sdcert.frames._columns import Question

__all__ = ["checked", "connection_of", "expression_of", "identifier"]

_LAZY: Final = "__sdcert"
_CONNECTION: Final = "_con"  # no public name for it; see check() on `connection`
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SHORT: Final = len((PREFIX + "0" * 15).encode())
_LONG: Final = _SHORT + len(MARKER.encode())
# What a text comes to, in one integer: minus the number of its finding, or else its digits and, in
# the lowest three bits, whether it is in another writing, has the marker, and is first of all not
# canonical even where its year is a finding too.
_SHIFT, _WRITTEN, _MARKED, _FIRST = 3, 4, 2, 1
_SHAPES: Final = 1 << 14  # shapes remembered
_SHAPE: Final = shape_of(f"{PREFIX}{0:015}".encode())
_MARKED_SHAPE: Final = _SHAPE + MARKER.encode()
_TAIL: Final = (ord("0"),) * 5
# Of a shape: what its texts come to, and those whose last five digits are all zero; where these
# are; where the digits of a number are; and the lowest bits of a number.
_Shape: TypeAlias = "tuple[int, int, _Digits | None, _Digits | None, int]"
_Digits: TypeAlias = "Callable[[bytes], tuple[int, ...]]"
_ALONE: Final[_Shape] = 0, 0, None, None, 0  # its texts are read one by one
_WARNINGS: Final = tuple(
    finding_ids[code] for code in (FindingCode.YEAR_BEFORE_SCHEME, FindingCode.YEAR_IN_FUTURE)
)


def expression_of(
    column: str, day_column: str | None, question: Question, new: dict[str, str], connection: Any
) -> Any:
    """Return an expression that makes one struct of the question's columns."""
    import duckdb  # noqa: PLC0415

    if connection is None:
        connection = duckdb.default_connection()
    name = _function(connection, "VARCHAR", day_column is not None, question, new)
    arguments = [column] if day_column is None else [column, day_column]
    return duckdb.FunctionExpression(name, *map(duckdb.ColumnExpression, arguments))


def checked(  # noqa: PLR0917  # ours alone
    frame: Any,
    column: str,
    day_column: str | None,
    question: Question,
    new: dict[str, str],
    connection: Any,
) -> Any:
    """Return a relation with the question's columns behind its own."""
    types = dict(zip(frame.columns, map(str, frame.types), strict=True))
    if connection is None:
        connection = connection_of(frame)
    value = identifier(column)
    if types[column].startswith("ENUM"):
        value = f"CAST({value} AS VARCHAR)"
    own = set(question.columns) <= {*VERDICT, *FIELDS}
    if day_column is None and own and types[column].startswith(("VARCHAR", "ENUM")):
        return _in_sql(frame, value, question, new, connection)
    return _in_python(frame, value, types[column], day_column, question, new, connection)


def connection_of(relation: Any) -> Any:
    """Return the connection of a relation: DuckDB 2 knows it; before, it has to be passed."""
    import duckdb  # noqa: PLC0415

    own = getattr(relation, _CONNECTION, None)
    return duckdb.default_connection() if own is None else own


# In SQL.


def _in_sql(
    frame: Any, value: str, question: Question, new: dict[str, str], connection: Any
) -> Any:
    """Ask step by step, since DuckDB works out each column of a step once."""
    text, digits, found, number, head, tail, span, place, said, id_, whole = (
        identifier(f"{_LAZY}_{part}")
        for part in (
            "text", "digits", "found", "number", "head", "tail", "span", "place", "said", "id",
            "whole",
        )
    )  # fmt: skip
    year, region, series, sequence = (
        identifier(f"{_LAZY}_{part}") for part in ("year", "region", "series", "sequence")
    )
    # The cast takes more than digits. What begins with a sign, or with 0x and the like, begins with
    # no digit, or with a zero; spaces, points and the like leave fewer digits. Exponents may make
    # up for that, but what they make ends in zeros, as one number in a hundred does.
    fifteen = f"{digits} >= {10**14} AND {text} BETWEEN '{PREFIX}1' AND '{PREFIX}:'"
    short = f"strlen({text}) = {_SHORT}"
    steps = [
        f"{value} AS {text}, try_cast(substring({value}, 2, 15) AS BIGINT) AS {digits}",
        f"""CASE WHEN {fifteen} AND {short} AND {digits} % 100 <> 0 THEN {digits} << {_SHIFT}
            WHEN {fifteen} AND ({short} OR strlen({text}) = {_LONG} AND suffix({text}, '{MARKER}'))
                AND ({digits} % 100 <> 0 OR {digits} % 100000 <> 0
                     AND substring({text}, 2, 15) = CAST({digits} AS VARCHAR))
            THEN {digits} << {_SHIFT}
            ELSE {_reader(connection, question)}({text}) END AS {found}""",
        f"CASE WHEN {found} > 0 THEN {found} >> {_SHIFT} END AS {number}",
        # Halves first: to divide integers of 32 bits takes a third of the time.
        f"""CAST({number} // {10**8} AS INTEGER) AS {head},
            CAST({number} % {10**8} AS INTEGER) AS {tail}""",
        f"""{head} // 100000 AS {year}, {head} % 100000 AS {region}, {tail} // 100000 AS {series},
            {tail} % 100000 AS {sequence}""",
        *_said(question, year, region, series, span, place, said),
        f"""CASE WHEN {found} & {_WRITTEN} = 0 AND {found} > 0 THEN {said}
            WHEN {found} < 0 THEN -{found}
            WHEN {said} = {NOTHING} OR {said} IN {_WARNINGS} AND {found} & {_FIRST} <> 0
            THEN {finding_ids[FindingCode.NOT_CANONICAL]} ELSE {said} END AS {id_},
            CASE WHEN {found} & {_WRITTEN} = 0 AND {found} > 0 THEN {text} WHEN {found} > 0 THEN
            '{PREFIX}' || lpad(CAST({number} AS VARCHAR), 15, '0')
            || CASE WHEN {found} & {_MARKED} <> 0 THEN '{MARKER}' ELSE '' END END AS {whole}""",
    ]
    outcomes = [None if one is None else one.value for one in OUTCOMES]
    findings = [None if one is None else one.value for one in FINDINGS]
    answers = {
        "outcome": f"CASE WHEN {id_} = {NOTHING} THEN '{outcomes[NOTHING]}' "
        f"ELSE {_text_of(id_, outcomes)} END",
        "finding": f"CASE WHEN {id_} <> {NOTHING} THEN {_text_of(id_, findings)} END",
        "canonical": whole,
        "year": f"{year} + 2000",
        "region_code": f"substring({whole}, 4, 5)",
        "series_code": _text_of(series, [f"{code:03}" for code in range(1_000)]),
        "sequence": sequence,
        "grassroots": f"strlen({whole}) = {_LONG}",
    }
    own = ", ".join(map(identifier, frame.columns))
    made = ", ".join(f"{answers[name]} AS {identifier(new[name])}" for name in question.columns)
    for step in steps:
        frame = frame.project(f"*, {step}")
    return frame.project(f"{own}, {made}")


def _text_of(number: str, texts: list[str | None]) -> str:
    listed = ", ".join("NULL" if text is None else f"'{text}'" for text in texts)
    return f"([{listed}])[{number} + 1]"


def _said(  # noqa: PLR0917  # ours alone
    question: Question, year: str, region: str, series: str, span: str, place: str, said: str
) -> list[str]:
    """Return the steps to what is said of a number, as the number of a finding.

    Lists are short, since DuckDB copies them for every two thousand rows; it does not copy bits.
    """
    day = NO_DAY
    if question.approved_on is not None:
        day = question.approved_on.toordinal() - _EPOCH
    registry = registry_of(question.codes, question.window_years)
    if question.codes is None:
        return [f"([{_list(registry.years(day))}])[{year} + 1] AS {said}"]
    table = registry.table(day)
    by_region, code = _narrowed(table.regions, region)
    series_place = f"{span} * 1000 + {series}"
    fine = [
        f"{_bit(by_region == NOTHING, place)} = 1",
        f"{_bit(table.series == NOTHING, series_place)} = 1",
    ]
    regions, region_bits = _bits(by_region, place)
    titles, series_bits = _bits(table.series, series_place, len(region_bits))
    least = _list(np.minimum.outer(titles, regions).ravel())
    which = " + ".join(["1", *region_bits, *series_bits])
    return [
        f"([{_list(table.spans)}])[{year} + 1] AS {span}",
        f"{span} * {by_region.shape[1]} + {code} AS {place}",
        f"""CASE WHEN {" AND ".join(fine)} THEN {NOTHING}
            ELSE ([{least}])[{which}] END AS {said}""",
    ]


def _list(values: NDArray[np.uint8]) -> str:
    return ", ".join(map(str, values.tolist()))


def _narrowed(table: NDArray[np.uint8], code: str) -> tuple[NDArray[np.uint8], str]:
    """Leave out the codes at both ends of which the same is said: what is left is parsed faster.

    Returns:
        The rest of the table, and the place of a code in it.
    """
    changes = np.flatnonzero((table[:, 1:] != table[:, :-1]).any(axis=0))
    first, last = (int(changes[0]), int(changes[-1]) + 1) if len(changes) else (0, 0)
    place = f"""CASE WHEN {code} BETWEEN {first} AND {last} THEN {code} - {first}
        WHEN {code} > {last} THEN {last - first} WHEN {code} < {first} THEN 0 END"""
    return table[:, first : last + 1], place


def _bits(
    table: NDArray[np.uint8], place: str, first: int = 0
) -> tuple[NDArray[np.uint8], list[str]]:
    """Say which of a few answers a table gives.

    Returns:
        The answers, as many as the bits can tell; and the bits, of which the first counts
        2 to the power of ``first``.
    """
    answers = np.unique(table)
    which = np.searchsorted(answers, table.ravel())
    width = int(len(answers) - 1).bit_length()
    bits = [f"({_bit(which >> bit & 1, place)} * {1 << first + bit})" for bit in range(width)]
    return np.resize(answers, 1 << width), bits


def _bit(table: NDArray[Any], place: str) -> str:
    return f"get_bit(CAST(unhex('{np.packbits(table).tobytes().hex()}') AS BIT), {place})"


def _reader(connection: Any, question: Question) -> str:
    """Make a function of the connection that reads texts which are not canonical."""
    approved_on = question.approved_on
    name = f"sdcert_read_{'' if approved_on is None else approved_on.year}"

    # Row by row: the few rows of each two thousand are not worth an array.
    _create(connection, name, _Reader(approved_on), ["VARCHAR"], "BIGINT")
    return name


class _Reader:
    """Returns what a text comes to; it remembers what a shape comes to.

    Args:
        approved_on: The day of approval of all texts; only its year counts.
    """

    def __init__(self, approved_on: date | None) -> None:
        self._approved_on = approved_on
        self._years = range(
            SCHEME_BEGINS - 2000, 100 if approved_on is None else approved_on.year - 1999
        )
        self._known: dict[bytes, _Shape] = {}

    def __call__(self, text: str) -> int:
        raw = text.encode()
        shape = shape_of(raw)
        known = self._known.get(shape)
        if known is None:
            known = self._learn(shape)
        said, said_of_zero, tail, digits, flags = known
        if tail is not None and tail(raw) == _TAIL:
            return said_of_zero
        if digits is not None:
            return self._found(text, int(bytes(digits(raw))), flags)
        return said or self._alone(text, raw)

    def _learn(self, shape: bytes) -> _Shape:
        writing = writing_of(shape)
        if writing is None:
            return _ALONE
        said = _minus(writing.code), _minus(writing.code_of_zero)
        flags = _flags(shape, writing.marked)
        if len(self._known) >= _SHAPES:
            self._known.clear()
        known = self._known[shape] = *said, writing.tail, writing.digits, flags
        return known

    def _alone(self, text: str, raw: bytes) -> int:
        code, digits, marked = read(raw)
        if code is not None:
            return _minus(code)
        return self._found(text, int(digits), _flags(shape_of(raw), marked))

    def _found(self, text: str, digits: int, flags: int) -> int:
        if flags & _WRITTEN and digits // 10**13 not in self._years:
            # Two warnings: which comes first is a matter of their places, so the law is asked.
            first = check(text, approved_on=self._approved_on).findings[0].code
            flags |= _FIRST if first is FindingCode.NOT_CANONICAL else 0
        return digits << _SHIFT | flags


def _minus(code: FindingCode | None) -> int:
    return 0 if code is None else -finding_ids[code]


def _flags(shape: bytes, marked: bool) -> int:
    written = 0 if shape == (_MARKED_SHAPE if marked else _SHAPE) else _WRITTEN
    return written | (_MARKED if marked else 0)


# In Python.


def _in_python(  # noqa: PLR0917  # ours alone
    frame: Any,
    value: str,
    kind: str,
    day_column: str | None,
    question: Question,
    new: dict[str, str],
    connection: Any,
) -> Any:
    if kind == '"NULL"':
        value = f"CAST({value} AS VARCHAR)"
    elif not kind.startswith(("VARCHAR", "ENUM")):
        value = f"CASE WHEN {value} IS NULL THEN NULL ELSE true END"  # no text, whatever it is
    if day_column is not None:
        value += f", CAST({identifier(day_column)} AS DATE)"
    function = _function(connection, kind, day_column is not None, question, new)
    lazy = identifier(_LAZY)
    columns = ", ".join(f"{lazy}.{name} AS {name}" for name in map(identifier, new.values()))
    asked = frame.project(f"*, {function}({value}) AS {lazy}")
    return asked.project(f"* EXCLUDE ({lazy}), {columns}")


def _function(
    connection: Any, kind: str, with_days: bool, question: Question, new: dict[str, str]
) -> str:
    """Make the question a function of the connection; the same question is the same function."""
    import duckdb  # noqa: PLC0415

    textual = kind.startswith(("VARCHAR", "ENUM", '"NULL"'))
    digest = None if question.codes is None else question.codes.digest
    rules = None if question.rules is None else sha256(pickle.dumps(question.rules)).hexdigest()
    asked = (
        digest, rules, question.approved_on, question.on, question.window_years,
        tuple(new.items()), textual,
    )  # fmt: skip
    name = f"sdcert_check_{sha256(repr((asked, with_days)).encode()).hexdigest()[:16]}"
    kinds = {"string": "VARCHAR", "int32": "INTEGER", "bool": "BOOLEAN"}
    returned = duckdb.struct_type(
        {new[column]: kinds[str(kind)] for column, kind in question.schema.items()}
    )
    parameters = ["VARCHAR" if textual else "BOOLEAN", *(["DATE"] if with_days else [])]
    asker = question.asker(list(new.values()), with_days=with_days)
    _create(connection, name, asker, parameters, returned, type="arrow", null_handling="special")
    return name


def _create(
    connection: Any,
    name: str,
    function: Callable[..., Any],
    parameters: list[str],
    kind: Any,
    **options: str,
) -> None:
    import duckdb  # noqa: PLC0415

    try:
        connection.create_function(name, function, parameters, kind, **options)
    except duckdb.Error as error:
        if "already created" not in str(error):
            raise


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'
