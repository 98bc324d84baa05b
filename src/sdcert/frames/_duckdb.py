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
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sdcert._grammar import MARKER, PREFIX
from sdcert._writings import read
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
    parts = ("text", "digits", "read", "number", "year", "region", "series", "said", "id", "whole")
    text, digits, found, number, year, region, series, said, id_, whole_ = (
        identifier(f"{_LAZY}_{part}") for part in parts
    )
    # The cast takes more than digits. What begins with a sign, or with 0x and the like, begins with
    # no digit, or with a zero; spaces, points and the like leave fewer digits. Exponents may make
    # up for that, but what they make ends in zeros, as one number in a hundred does.
    canonical = f"""{digits} >= {10**14} AND {text} BETWEEN '{PREFIX}1' AND '{PREFIX}:'
        AND (strlen({text}) = {_SHORT} OR strlen({text}) = {_LONG} AND suffix({text}, '{MARKER}'))
        AND ({digits} % 100 <> 0 OR {digits} % 100000 <> 0
             AND substring({text}, 2, 15) = CAST({digits} AS VARCHAR))"""
    steps = [
        f"{value} AS {text}, try_cast(substring({value}, 2, 15) AS BIGINT) AS {digits}",
        f"""CASE WHEN {canonical} THEN {digits} << {_SHIFT}
            ELSE {_reader(connection, question)}({text}) END AS {found}""",
        f"CASE WHEN {found} > 0 THEN {found} >> {_SHIFT} END AS {number}",
        f"""CAST({number} // {10**13} AS INTEGER) AS {year},
            CAST({number} // {10**8} % 100000 AS INTEGER) AS {region},
            CAST({number} // {10**5} % 1000 AS INTEGER) AS {series}""",
        f"{_said(question, year, region, series)} AS {said}",
        f"""CASE WHEN {found} & {_WRITTEN} = 0 AND {found} > 0 THEN {said}
            WHEN {found} < 0 THEN -{found}
            WHEN {said} = {NOTHING} OR {said} IN {_WARNINGS} AND {found} & {_FIRST} <> 0
            THEN {finding_ids[FindingCode.NOT_CANONICAL]} ELSE {said} END AS {id_},
            CASE WHEN {found} & {_WRITTEN} = 0 AND {found} > 0 THEN {text} WHEN {found} > 0 THEN
            '{PREFIX}' || lpad(CAST({number} AS VARCHAR), 15, '0')
            || CASE WHEN {found} & {_MARKED} <> 0 THEN '{MARKER}' ELSE '' END END AS {whole_}""",
    ]
    answers = {
        "outcome": _text_of(id_, [None if one is None else one.value for one in OUTCOMES]),
        "finding": _text_of(id_, [None if one is None else one.value for one in FINDINGS]),
        "canonical": whole_,
        "year": f"{year} + 2000",
        "region_code": f"substring({whole_}, 4, 5)",
        "series_code": f"substring({whole_}, 9, 3)",
        "sequence": f"CAST({number} % 100000 AS INTEGER)",
        "grassroots": f"strlen({whole_}) = {_LONG}",
    }
    own = ", ".join(map(identifier, frame.columns))
    made = ", ".join(f"{answers[name]} AS {identifier(new[name])}" for name in question.columns)
    for step in steps:
        frame = frame.project(f"*, {step}")
    return frame.project(f"{own}, {made}")


def _text_of(number: str, texts: list[str | None]) -> str:
    listed = ", ".join("NULL" if text is None else f"'{text}'" for text in texts)
    return f"([{listed}])[{number} + 1]"


def _said(question: Question, year: str, region: str, series: str) -> str:
    """Return what is said of a number, as the number of a finding.

    Lists are short, since DuckDB copies them for every two thousand rows; it does not copy bits.
    """
    day = NO_DAY
    if question.approved_on is not None:
        day = question.approved_on.toordinal() - _EPOCH
    registry = registry_of(question.codes, question.window_years)
    if question.codes is None:
        return f"([{_list(registry.years(day))}])[{year} + 1]"
    table = registry.table(day)
    span = f"([{_list(table.spans)}])[{year} + 1]"
    regions, region_bits = _bits(table.regions, f"{span} * 100000 + {region}")
    titles, series_bits = _bits(table.series, f"{span} * 1000 + {series}", len(region_bits))
    least = np.minimum.outer(titles, regions).ravel()
    return f"([{_list(least)}])[{' + '.join(['1', *region_bits, *series_bits])}]"


def _list(values: NDArray[np.uint8]) -> str:
    return ", ".join(map(str, values.tolist()))


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
    bits = [
        f"(get_bit(CAST(unhex('{np.packbits(which >> bit & 1).tobytes().hex()}') AS BIT), {place})"
        f" * {1 << first + bit})"
        for bit in range(width)
    ]
    return np.resize(answers, 1 << width), bits


def _reader(connection: Any, question: Question) -> str:
    """Make a function of the connection that reads texts which are not canonical."""
    approved_on = question.approved_on
    name = f"sdcert_read_{'' if approved_on is None else approved_on.year}"

    # Row by row: the few rows of each two thousand are not worth an array.
    _create(connection, name, lambda text: _read(text.encode(), approved_on), ["VARCHAR"], "BIGINT")
    return name


def _read(raw: bytes, approved_on: date | None) -> int:
    """Return what a text comes to."""
    code, digits, marked = read(raw)
    if code is not None:
        return -finding_ids[code]
    found = int(digits) << _SHIFT | (_MARKED if marked else 0)
    if raw == f"{PREFIX}{digits.decode()}{MARKER if marked else ''}".encode():
        return found
    year = 2000 + int(digits[:2])
    if year < SCHEME_BEGINS or (approved_on is not None and year > approved_on.year):
        # Two warnings: which comes first is a matter of their places, so the law itself is asked.
        first = check(raw.decode(), approved_on=approved_on).findings[0].code
        found |= _FIRST if first is FindingCode.NOT_CANONICAL else 0
    return found | _WRITTEN


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
