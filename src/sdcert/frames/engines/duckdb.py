"""How DuckDB asks. Only this file knows DuckDB's SQL.

Canonical texts are read in SQL: their 15 digits become one integer, and what the book says of it
stands in strings of bits. What the few other texts come to is told by their shape, that is by what
is left when every digit stands for any other; a function of the connection knows the shapes. Where
that does not do (a day for each row, names, values of other types), the whole question is such a
function.
"""

from __future__ import annotations

import pickle
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary

import numpy as np

from sdcert._grammar import MARKER, PREFIX
from sdcert._shapes import LONGEST, fold_wide, read_text, shape_of, writing_of
from sdcert.checking import check
from sdcert.findings import FindingCode, Outcome
from sdcert.frames.errors import TWICE, UnsupportedFrame
from sdcert.frames.query import FIELDS, VERDICT
from sdcert.frames.registry import (
    FINDINGS,
    NOTHING,
    OUTCOMES,
    finding_ids,
    registry_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sdcert._shapes import Writing
    from sdcert.frames.query import Question

__all__ = ["checked", "connection_of", "create", "expression_of", "identifier"]

_ELSEWHERE: Final = "another one", "the relation's own connection (connection=…)"
_CONNECTION: Final = "_con"  # no public name for it; see check() on `connection`
# What functions each connection has, and the mark of their names: DuckDB does not say.
_made: Final[WeakKeyDictionary[Any, tuple[str, set[str]]]] = WeakKeyDictionary()
_lock: Final = Lock()
_SHORT: Final = len((PREFIX + "0" * 15).encode())
_LONG: Final = _SHORT + len(MARKER.encode())
# What is known of a text that DuckDB has not read as canonical, in one integer: the number of its
# finding, that of its finding where its last five digits are all zero, and these bits; that it has
# to be asked for itself is one.
_ZERO: Final = 6  # bits of a number of a finding
_ONE: Final = (1 << _ZERO) - 1
_NUMBER, _MARKED, _WIDE, _ASKED, _WRITTEN = (1 << bit for bit in range(2 * _ZERO, 2 * _ZERO + 5))
_SHAPES: Final = 1 << 14  # shapes remembered
_SHAPE: Final = shape_of(f"{PREFIX}{0:015}".encode())
_CANONICAL: Final = (_SHAPE, _SHAPE + MARKER.encode())
_WIDE_DIGITS: Final = "０１２３４５６７８９"
_TITLES: Final = "".join(f"{code:03}" for code in range(1_000))  # in ASCII: cut without counting
_NOT_CANONICAL: Final = finding_ids[FindingCode.NOT_CANONICAL]
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
    lazy: str,
    connection: Any,
) -> Any:
    """Return a relation with the question's columns behind its own."""
    import duckdb  # noqa: PLC0415

    if any(frame.columns.count(name) > 1 for name in (column, day_column)):
        raise UnsupportedFrame(*TWICE)  # Narwhals sees but one of them
    types = dict(zip(frame.columns, map(str, frame.types), strict=True))
    if connection is None:
        connection = connection_of(frame)
    value = identifier(column)
    if types[column].startswith("ENUM") and _is_text(types[column]):
        value = f"CAST({value} AS VARCHAR)"
    own = set(question.columns) <= {*VERDICT, *FIELDS}
    try:
        if day_column is None and own and _is_text(types[column]):
            return _in_sql(frame, value, question, new, lazy, connection)
        return _in_python(frame, value, types[column], day_column, question, new, lazy, connection)
    except duckdb.CatalogException as error:
        if "with name sdcert_" in str(error):  # our function went to a connection not its own
            raise UnsupportedFrame(*_ELSEWHERE) from None
        raise


def _is_text(kind: str) -> bool:
    return kind.startswith(("VARCHAR", "ENUM")) and not kind.endswith("]")  # not a list of them


def connection_of(relation: Any) -> Any:
    """Return the connection of a relation: DuckDB 2 knows it; before, it has to be passed."""
    import duckdb  # noqa: PLC0415

    own = getattr(relation, _CONNECTION, None)
    return duckdb.default_connection() if own is None else own


# In SQL.


def _in_sql(  # noqa: PLR0917  # ours alone
    frame: Any, value: str, question: Question, new: dict[str, str], lazy: str, connection: Any
) -> Any:
    """Ask step by step, since DuckDB works out each column of a step once.

    The steps are few, and the long tables come late, since DuckDB plans all of them for each.
    """
    text, digits, known, number, region_place, series_place, said, whole = (
        identifier(f"{lazy}_{part}")
        for part in (
            "text", "digits", "known", "number", "region_place", "series_place", "said", "whole",
        )
    )  # fmt: skip
    year, region, series, sequence = (
        identifier(f"{lazy}_{part}") for part in ("year", "region", "series", "sequence")
    )
    # The cast takes more than digits, but of 15 signs only digits make a number that long, unless
    # there is an exponent: what that makes ends in zeros, as one number in a hundred does. It goes
    # by way of DOUBLE, which takes no hexadecimal ones, as BIGINT does, and holds 15 digits
    # exactly; of a longer number, as 9999999999999e5 makes, the zeros would be lost.
    fifteen = f"{digits} BETWEEN {10**14} AND {10**15 - 1} AND prefix({text}, '{PREFIX}')"
    short = f"strlen({text}) = {_SHORT}"
    shape, long, first = _functions(connection, question)
    # Halves first: to divide integers of 32 bits takes a third of the time.
    head, tail = (f"CAST({number} {how} {10**8} AS INTEGER)" for how in ("//", "%"))
    places, verdict = _said(question, year, region, series, region_place, series_place)
    steps = [
        f"""{value} AS {text},
            try_cast(try_cast(substring({value}, 2, 15) AS DOUBLE) AS BIGINT) AS {digits}""",
        f"""CASE WHEN {fifteen} AND {short} AND {digits} % 100 <> 0 THEN 0
            WHEN {fifteen} AND ({short} OR strlen({text}) = {_LONG} AND suffix({text}, '{MARKER}'))
                AND ({digits} % 100 <> 0 OR {digits} % 100000 <> 0
                     AND substring({text}, 2, 15) = CAST({digits} AS VARCHAR)) THEN 0
            WHEN strlen({text}) > {LONGEST} THEN {long}({text})
            ELSE {shape}({_shape(text)}) END AS {known}""",
        f"""CASE WHEN {known} = 0 THEN {digits}
            WHEN {known} & {_NUMBER} <> 0 AND NOT {_zeros(text)}
            THEN CAST({_digits(text, known)} AS BIGINT) END AS {number}""",
        f"""{head} // 100000 AS {year}, {head} % 100000 AS {region}, {tail} // 100000 AS {series},
            {tail} % 100000 AS {sequence}""",
        f"""{places}CASE WHEN {known} = 0 THEN {text}
            ELSE '{PREFIX}' || lpad(CAST({number} AS VARCHAR), 15, '0')
            || repeat('{MARKER}', {known} // {_MARKED} % 2) END AS {whole}""",
        f"{verdict} AS {said}",
    ]
    id_ = f"""(CASE WHEN {known} = 0 THEN {said}
        WHEN {known} = {_ASKED} THEN {first}({text})
        WHEN {number} IS NULL THEN {known} >> CAST({_zeros(text)} AS INTEGER) * {_ZERO} & {_ONE}
        WHEN {known} >= {_WRITTEN} AND {said} = {NOTHING} THEN {_NOT_CANONICAL}
        WHEN {known} >= {_WRITTEN} AND {said} IN {_WARNINGS} THEN {first}({text})
        ELSE {said} END)"""
    answers = {
        "outcome": _text_of(id_, OUTCOMES),
        "finding": _text_of(id_, FINDINGS),
        "canonical": whole,
        "year": f"{year} + 2000",
        "region_code": f"substring({whole}, 4, 5)",
        "series_code": f"substring('{_TITLES}', {series} * 3 + 1, 3)",
        "sequence": sequence,
        "grassroots": f"strlen({whole}) = {_LONG}",
    }
    own = ", ".join(map(identifier, frame.columns))
    made = ", ".join(f"{answers[name]} AS {identifier(new[name])}" for name in question.columns)
    for step in steps:
        frame = frame.project(f"*, {step}")
    return frame.project(f"{own}, {made}")


def _text_of(number: str, meant: tuple[FindingCode | Outcome | None, ...]) -> str:
    """Say in SQL what a number means; SQL counts from one, and zero is no number of a finding."""
    texts = ", ".join("NULL" if one is None else f"'{one.value}'" for one in meant[1:])
    return f"([{texts}])[{number}]"


def _said(  # noqa: PLR0917  # ours alone
    question: Question, year: str, region: str, series: str, region_place: str, series_place: str
) -> tuple[str, str]:
    """Say in SQL what is said of a number, as the number of a finding.

    Lists are short, since DuckDB copies them for every two thousand rows; it does not copy bits.

    Returns:
        The columns of places in tables, if there are any; and what is said, in terms of them.
    """
    day = question.day
    registry = registry_of(question.codes, question.window_years)
    if question.codes is None:
        return "", f"([{_list(registry.years(day))}])[{year} + 1]"
    table = registry.table(day)
    by_region, code = _narrowed(table.regions, region)
    region_fine, regions, region_bits = _bits(by_region, region_place)
    series_fine, titles, series_bits = _bits(table.series, series_place)
    least = _list(np.minimum.outer(regions, titles).ravel())
    which = " + ".join(f"{bit} * {1 << at}" for at, bit in enumerate([*series_bits, *region_bits]))
    span = _shortened(table.spans, year)
    return (
        f"""{span} * {by_region.shape[1]} + {code} AS {region_place},
            {span} * 1000 + {series} AS {series_place}, """,
        f"""CASE WHEN {region_fine} = 1 AND {series_fine} = 1 THEN {NOTHING}
            ELSE ([{least}])[{which} + 1] END""",
    )


def _shortened(values: NDArray[np.uint8], place: str) -> str:
    """Say in SQL which of some values stands at a place; at the end many are the same."""
    end = int(np.flatnonzero(np.append(True, values[1:] != values[:-1]))[-1])
    return f"([{_list(values[: end + 1])}])[least({place}, {end}) + 1]"


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


def _bits(table: NDArray[np.uint8], place: str) -> tuple[str, NDArray[np.uint8], list[str]]:
    """Say in SQL what a table answers.

    Returns:
        A bit, whether it is nothing; the answers, as many as this bit, the lowest, and some more
        can tell; and all these bits.
    """
    others = np.setdiff1d(table, NOTHING)
    width = int(max(len(others) - 1, 0)).bit_length()
    answers = np.full((1 << width, 2), NOTHING, np.uint8)
    answers[: len(others), 0] = others
    which = np.searchsorted(others, table.ravel())
    fine = _bit(table == NOTHING, place)
    return fine, answers.ravel(), [fine, *(_bit(which >> bit & 1, place) for bit in range(width))]


def _bit(table: NDArray[Any], place: str) -> str:
    return f"get_bit(CAST(unhex('{np.packbits(table).tobytes().hex()}') AS BIT), {place})"


def _shape(text: str) -> str:
    """Say in SQL what :func:`_of_shape` takes."""
    ones = f"translate({text}, '023456789', '{'1' * 9}')"
    both = f"translate({text}, '023456789{_WIDE_DIGITS}', '{'1' * 9}{_WIDE_DIGITS[1] * 10}')"
    return f"CASE WHEN regexp_matches({text}, '[{_WIDE_DIGITS}]') THEN {both} ELSE {ones} END"


def _digits(text: str, known: str) -> str:
    """Say in SQL what digits a text has."""
    ascii_ = f"translate({text}, '{_WIDE_DIGITS}', '0123456789')"
    folded = f"CASE WHEN {known} & {_WIDE} <> 0 THEN {ascii_} ELSE {text} END"
    return f"regexp_replace({folded}, '[^0-9]+', '', 'g')"


def _zeros(text: str) -> str:
    """Say in SQL whether the last five digits of a text are all zero."""
    return f"regexp_matches({text}, '(?:[0０][^0-9{_WIDE_DIGITS}]*){{5}}$')"


def _functions(connection: Any, question: Question) -> tuple[str, str, str]:
    """Make functions of the connection for texts that are not canonical."""
    approved_on = question.approved_on

    def first(text: str) -> int:
        # Two warnings: which comes first is a matter of their places, so the law is asked; as it is
        # where the sequence is not what stands last.
        return finding_ids[check(text, approved_on=approved_on).findings[0].code]

    # Row by row: the few rows of each two thousand are not worth an array.
    shape, long, one = (
        create(connection, name, function, ["VARCHAR"], "INTEGER")
        for name, function in (
            ("sdcert_shape", _of_shape),
            ("sdcert_long", _of_long),
            (f"sdcert_first_{'' if approved_on is None else approved_on.year}", first),
        )
    )
    return shape, long, one


# The cache is in C, which is what this is for: DuckDB makes and unmakes a thread state of Python
# for each two thousand rows, and one that no function in Python has run in costs nothing.
@lru_cache(_SHAPES)
def _of_shape(shape: str) -> int:
    """Return what is known of the texts of a shape.

    Args:
        shape: A text, with ones for all its digits and full-width ones for all full-width digits.
    """
    raw = shape.encode()
    folded = fold_wide(raw)
    writing = cast("Writing", writing_of(folded))
    wide = 0 if folded == raw else _WIDE
    finding_of_zero = _id(writing.code_of_zero)
    if writing.code is not None:
        if writing.places and not writing.ends:
            return _ASKED
        return wide | finding_of_zero << _ZERO | _id(writing.code)
    marked = _MARKED if writing.marked else 0
    written = _WRITTEN if wide or folded not in _CANONICAL else 0
    return _NUMBER | wide | marked | written | finding_of_zero << _ZERO


def _of_long(text: str) -> int:
    """Return what is known of a text that is too long to have a shape."""
    code, _, marked = read_text(text)
    if code is not None:
        return _id(code) << _ZERO | _id(code)
    return _NUMBER | _WIDE | _WRITTEN | (_MARKED if marked else 0)


def _id(code: FindingCode | None) -> int:
    return 0 if code is None else finding_ids[code]


# In Python.


def _in_python(  # noqa: PLR0917  # ours alone
    frame: Any,
    value: str,
    kind: str,
    day_column: str | None,
    question: Question,
    new: dict[str, str],
    lazy: str,
    connection: Any,
) -> Any:
    if kind == '"NULL"':
        value = f"CAST({value} AS VARCHAR)"
    elif not _is_text(kind):
        value = f"CASE WHEN {value} IS NULL THEN NULL ELSE true END"  # no text, whatever it is
    if day_column is not None:
        value += f", CAST({identifier(day_column)} AS DATE)"
    function = _function(connection, kind, day_column is not None, question, new)
    lazy = identifier(lazy)
    columns = ", ".join(f"{lazy}.{name} AS {name}" for name in map(identifier, new.values()))
    asked = frame.project(f"*, {function}({value}) AS {lazy}")
    return asked.project(f"* EXCLUDE ({lazy}), {columns}")


def _function(
    connection: Any, kind: str, with_days: bool, question: Question, new: dict[str, str]
) -> str:
    """Make the question a function of the connection; the same question is the same function."""
    import duckdb  # noqa: PLC0415

    textual = _is_text(kind) or kind == '"NULL"'
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
    return create(
        connection, name, asker, parameters, returned, type="arrow", null_handling="special"
    )


def create(
    connection: Any,
    name: str,
    function: Callable[..., Any],
    parameters: list[str],
    kind: Any,
    **options: str,
) -> str:
    """Make a function of the connection, if it has not made it already.

    A function is one of the database, and all connections to it and their cursors can see it. But
    it lives with the connection that made it: DuckDB would call what is no longer there. So its
    name bears a mark of the connection.

    Returns:
        The whole name.
    """
    with _lock:
        mark, names = _made.setdefault(connection, (token_hex(4), set()))
        known = f"{name}_{mark}"
        if known in names and not _bound(connection, known):
            # It went with the transaction in which it was made. DuckDB still takes the name for
            # used, so it is a new mark that is needed.
            mark, names = _made[connection] = token_hex(4), set()
            known = f"{name}_{mark}"
        if known not in names:
            connection.create_function(known, function, parameters, kind, **options)
            names.add(known)
        return known


def _bound(connection: Any, name: str) -> bool:
    """Tell whether there is a function; nothing runs."""
    import duckdb  # noqa: PLC0415

    try:
        with suppress(duckdb.BinderException):  # it takes arguments
            connection.sql(f"SELECT {name}()")
    except duckdb.CatalogException:
        return False
    return True


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'
