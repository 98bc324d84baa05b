"""Canonical texts read in DuckDB's SQL, and what shapes tell of all others.

The 15 digits of a canonical text become one integer, and what the book says of it is looked up in
strings of bits, or is asked of a function. What the few other texts come to follows from their
shape, that is from what is left when every digit stands for any other; functions of the connection
know the shapes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from sdcert._grammar import MARKER, PREFIX
from sdcert._shapes import LONGEST, fold_wide, read_text, shape_of, writing_of
from sdcert.checking.verdicts import first_warning
from sdcert.findings import FindingCode, Outcome
from sdcert.frames.query import ID, PACKED, SHIFTS, VALID
from sdcert.frames.registry import FINDINGS, NOTHING, OUTCOMES, WARNINGS, finding_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sdcert._shapes import Writing
    from sdcert.frames.query import Check
    from sdcert.frames.registry import Table

__all__ = ["FUNCTIONS", "identifier", "unpacked", "with_columns"]

_SHORT: Final = len((PREFIX + "0" * 15).encode())
_LONG: Final = _SHORT + len(MARKER.encode())
# What is known of a text that DuckDB has not read as canonical, in one integer: the number of its
# finding, that of its finding where its last five digits are all zero, and these bits; that it has
# to be checked for itself is one.
_ZERO: Final = 6  # bits of a number of a finding
_ONE: Final = (1 << _ZERO) - 1
_NUMBER, _MARKED, _WIDE, _ASKED, _VARIANT = (1 << bit for bit in range(2 * _ZERO, 2 * _ZERO + 5))
_SHAPES: Final = 1 << 14  # shapes remembered
_SHAPE: Final = shape_of(f"{PREFIX}{0:015}".encode())
_CANONICAL: Final = (_SHAPE, _SHAPE + MARKER.encode())
_WIDE_DIGITS: Final = "０１２３４５６７８９"
_TITLES: Final = "".join(f"{code:03}" for code in range(1_000))  # in ASCII: cut without counting
_NOT_CANONICAL: Final = finding_ids[FindingCode.NOT_CANONICAL]


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def with_columns(  # noqa: PLR0917  # ours alone
    frame: Any,
    value: str,
    check: Check,
    free: str,
    names: tuple[str, ...],
    judge: Callable[[str], str] | None,
) -> Any:
    """Return a relation with the columns of a check behind its own.

    It is asked step by step, since DuckDB works out each column of a step once.
    The steps are few, and the long tables come late, since DuckDB plans all of them for each.

    Args:
        frame: The relation.
        value: The texts, in SQL.
        check: What is asked.
        free: What the names of columns may begin with that go again.
        names: The names of the functions of :data:`FUNCTIONS`.
        judge: Says in SQL what :class:`~sdcert.frames.query.Judgement` answers for a number; None
            if SQL shall look up itself what the book says.
    """
    text, digits, known, number, region_place, series_place, found, whole = (
        identifier(f"{free}_{part}")
        for part in (
            "text", "digits", "known", "number", "region_place", "series_place", "found", "whole",
        )
    )  # fmt: skip
    year, region, series, sequence = (
        identifier(f"{free}_{part}") for part in ("year", "region", "series", "sequence")
    )
    # The cast takes more than digits, but of 15 signs only digits make a number that long, unless
    # there is an exponent: what that makes ends in zeros, as one number in a hundred does. It goes
    # by way of DOUBLE, which takes no hexadecimal ones, as BIGINT does, and holds 15 digits
    # exactly; of a longer number, as 9999999999999e5 makes, the zeros would be lost.
    fifteen = f"{digits} BETWEEN {10**14} AND {10**15 - 1} AND prefix({text}, '{PREFIX}')"
    short = f"strlen({text}) = {_SHORT}"
    shape, long, first = names
    # Halves first: to divide integers of 32 bits takes a third of the time.
    head, tail = (f"CAST({number} {how} {10**8} AS INTEGER)" for how in ("//", "%"))
    if judge is None:
        places, verdict = _findings(check, year, region, series, region_place, series_place)
        id_ = found
    else:
        places, verdict, id_ = "", judge(number), f"({found}).{ID}"
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
        f"{verdict} AS {found}",
    ]
    id_ = f"""(CASE WHEN {known} = 0 THEN {id_}
        WHEN {known} = {_ASKED} THEN {first}({text}, 0)
        WHEN {number} IS NULL THEN {known} >> CAST({_zeros(text)} AS INTEGER) * {_ZERO} & {_ONE}
        WHEN {known} >= {_VARIANT} AND {id_} = {NOTHING} THEN {_NOT_CANONICAL}
        WHEN {known} >= {_VARIANT} AND {id_} IN {WARNINGS} THEN {first}({text}, {id_})
        ELSE {id_} END)"""
    answers = {name: f"({found}).{name}" for name in check.beside()}
    answers |= _answers(id_, whole, year, series, sequence)
    own = ", ".join(map(identifier, frame.columns))
    made = ", ".join(
        f"{answers[name]} AS {identifier(check.prefix + name)}" for name in check.columns
    )
    for step in steps:
        frame = frame.project(f"*, {step}")
    return frame.project(f"{own}, {made}")


def unpacked(packed: str, text: str) -> dict[str, str]:
    """Say in SQL what the columns of a check are, in terms of its packed column.

    Args:
        packed: The integer, in SQL; what DuckDB finds several times it works out once.
        text: The value that was read.
    """
    part = {name: f"({packed} >> {shift} & {mask})" for name, (shift, mask) in SHIFTS.items()}
    year, series, sequence = (
        f"CASE WHEN {part['sequence']} > 0 THEN CAST({part[name]} AS INTEGER) END"
        for name in ("year", "series", "sequence")
    )
    digits = f"{part['year']} * {10**13} + {part['region']} * {10**8}"
    digits = f"{digits} + {part['series']} * {10**5} + {part['sequence']}"
    whole = f"""CASE WHEN {part["sequence"]} = 0 THEN NULL
        WHEN {part["plain"]} = 1 THEN CAST({text} AS VARCHAR)
        ELSE '{PREFIX}' || lpad(CAST({digits} AS VARCHAR), 15, '0')
        || repeat('{MARKER}', {part["marked"]}) END"""
    return {PACKED: packed} | _answers(part["ids"], whole, year, series, sequence)


def _answers(id_: str, whole: str, year: str, series: str, sequence: str) -> dict[str, str]:
    """Say in SQL what the columns of a check are, in terms of what was found and read."""
    return {
        "outcome": _meaning(id_, [one and f"'{one.value}'" for one in OUTCOMES]),
        "finding": _meaning(id_, [one and f"'{one.value}'" for one in FINDINGS]),
        VALID: _meaning(id_, [one and str(one is Outcome.VALID) for one in OUTCOMES]),
        "canonical": whole,
        "year": f"{year} + 2000",
        "region_code": f"substring({whole}, 4, 5)",
        "series_code": f"substring('{_TITLES}', {series} * 3 + 1, 3)",
        "sequence": sequence,
        "grassroots": f"strlen({whole}) = {_LONG}",
    }


def _meaning(number: str, meant: list[str | None]) -> str:
    """Say in SQL what a number means; SQL counts from one, and zero is no number of a finding."""
    return f"([{', '.join(one or 'NULL' for one in meant[1:])}])[{number}]"


def _findings(  # noqa: PLR0917  # ours alone
    check: Check, year: str, region: str, series: str, region_place: str, series_place: str
) -> tuple[str, str]:
    """Say in SQL what is found of a canonical number, as the number of a finding.

    Lists are short, since DuckDB copies them for every two thousand rows; it does not copy bits.

    Returns:
        The columns of places in tables, if there are any; and the finding, in terms of them.
    """
    day, registry = check.day, check.registry
    if check.codes is None:
        return "", f"([{_list(registry.years(day))}])[{year} + 1]"
    table = cast("Table", registry.table(day))
    by_region, code = _narrowed(table.regions, region)
    region_fine, regions, region_bits = _bits(by_region, region_place)
    series_fine, titles, series_bits = _bits(table.series, series_place)
    least = _list(np.minimum.outer(regions, titles).ravel())
    which = " + ".join(f"{bit} * {1 << at}" for at, bit in enumerate([*series_bits, *region_bits]))
    span = _shortened(table.spans, year)
    together = ""
    if table.pairs:
        key = f"(CAST({series_place} // 1000 AS BIGINT) * 100000 + {region}) * 1000 + {series}"
        cases = " ".join(f"WHEN {pair} THEN {number}" for pair, number in table.pairs.items())
        together = f"WHEN {key} IN ({', '.join(map(str, table.pairs))}) THEN CASE {key} {cases} END"
    return (
        f"""{span} * {by_region.shape[1]} + {code} AS {region_place},
            {span} * 1000 + {series} AS {series_place}, """,
        f"""CASE {together} WHEN {region_fine} = 1 AND {series_fine} = 1 THEN {NOTHING}
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
    """Say in SQL what :func:`of_shape` takes."""
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


# Hits of this cache are answered in C: DuckDB makes and unmakes a thread state of Python for each
# two thousand rows, and one in which no function in Python has run costs nothing.
@lru_cache(_SHAPES)
def of_shape(shape: str) -> int:
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
    variant = _VARIANT if wide or folded not in _CANONICAL else 0
    return _NUMBER | wide | marked | variant | finding_of_zero << _ZERO


def of_long(text: str) -> int:
    """Return what is known of a text that is too long to have a shape."""
    code, _, marked = read_text(text)
    if code is not None:
        return _id(code) << _ZERO | _id(code)
    return _NUMBER | _WIDE | _VARIANT | (_MARKED if marked else 0)


def first_of(text: str, found: int) -> int:
    """Return the first finding of a text that is asked for itself, or of which years or codes warn.

    Args:
        text: The text.
        found: The warning; 0 if the text is no number.
    """
    code = read_text(text)[0]
    return finding_ids[code or first_warning(text, cast("FindingCode", FINDINGS[found]))]


def _options(function: Any, *parameters: str) -> dict[str, Any]:
    return {"function": function, "parameters": [*parameters], "return_type": "INTEGER"}


#: The functions for texts that are not canonical, by the names that SQL has for them: row by row,
#: since the few rows of each two thousand are not worth an array.
FUNCTIONS: Final = {
    "sdcert_shape": _options(of_shape, "VARCHAR"),
    "sdcert_long": _options(of_long, "VARCHAR"),
    "sdcert_first": _options(first_of, "VARCHAR", "INTEGER"),
}


def _id(code: FindingCode | None) -> int:
    return 0 if code is None else finding_ids[code]
