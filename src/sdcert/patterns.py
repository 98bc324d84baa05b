r"""The grammar for other systems: databases, schemas and other languages' regular expressions.

Only this file knows how each of them writes a pattern. All of it is generated from the one
grammar, ``sdcert.numbering.PATTERN`` (鲁人社规〔2018〕22号, 第五条), and accepts the canonical
text alone: what other systems hold should be what :func:`sdcert.numbering.normalize` made of it.

A pattern is the grammar and nothing more: what it accepts need be neither registered nor issued.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from sdcert._grammar import MARKER, PATTERN, PREFIX
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TARGETS", "declaration", "json_schema", "pattern"]

# Each engine has its own anchor that is the end of the text and nothing else. `$` is not: in Python
# and Java it also stands before a line break at the end.
_PLAIN: Final = PATTERN.replace("(?:", "(")  # for those that know one kind of group
_ANCHORED: Final = f"^(?:{PATTERN})$"
_SHORTEST: Final = len(PREFIX) + 15
_LONGEST: Final = _SHORTEST + len(MARKER)

DESCRIPTION: Final = (
    "Number of a Shandong professional-title certificate 山东省职称证书编号 (鲁人社规〔2018〕22号, "
    "第五条): 鲁, 2 digits evaluation year 评审年度, 5 digits region/department code "
    "地区部门识别代码, 3 digits series/level code 职称系列级别识别代码, 5 digits sequence 顺序编号 "
    "from 00001, and "
    "（基层） where the title is a grass-roots one."
)
# The numbers that the two documents print, and an example of ours with the marker.
EXAMPLES: Final = ("鲁170000101100001", "鲁181402001200001", "鲁189902091200001（基层）")


def json_schema() -> dict[str, object]:
    r"""Return the JSON Schema of a number, with pattern, description and examples.

    It keeps to what JSON Schema recommends for patterns that must work everywhere: no
    look-around, no special groups. Since ``$`` admits a line break at the end in some validators
    (those written in Python are among them), the schema refuses line breaks in a clause of its
    own; take the whole of it rather than the ``pattern`` alone.

    Returns:
        A new dict of JSON values, for any draft from 4 and for OpenAPI.

    >>> sorted(json_schema())
    ['description', 'examples', 'maxLength', 'minLength', 'not', 'pattern', 'type']
    >>> json_schema()["not"]
    {'pattern': '\\n'}
    """
    return {
        "type": "string",
        "minLength": _SHORTEST,
        "maxLength": _LONGEST,
        "pattern": f"^{_PLAIN}$",
        "not": {"pattern": r"\n"},
        "description": DESCRIPTION,
        "examples": list(EXAMPLES),
    }


def pattern(target: str, *, column: str = "number") -> str:
    r"""Return the grammar as a regular expression or condition for another system.

    Args:
        target: One of :data:`TARGETS`: ``json-schema`` (the value of ``pattern``), ``postgresql``,
            ``sqlite``, ``mysql`` (MariaDB too), ``duckdb`` and ``spark`` (Spark SQL): the
            condition of a ``CHECK`` or a ``WHERE``; ``xsd`` (the value of the facet
            ``pattern``, which XSD anchors itself), ``java``, ``javascript`` (flag ``u``, not
            ``m``), ``python``, ``re2``.
        column: The column that a ``CHECK`` is about; it is quoted.

    Returns:
        One line; anchored, so that it may be searched for as well as matched. NULL passes a
        ``CHECK``, as SQL has it: add ``NOT NULL`` where a number is required.

    Raises:
        ValueError: If the target is none of these, or the column no name.

    >>> pattern("postgresql")[:31]
    '"number" COLLATE "C" ~ \'^鲁[0-9]'
    >>> pattern("java").startswith(r"\A(?:鲁"), pattern("java").endswith(r")\z")
    (True, True)
    >>> pattern("perl")
    Traceback (most recent call last):
        ...
    ValueError: target must be one of json-schema, postgresql, sqlite, mysql, ..., not “perl”
    """
    _check_target(target)
    quoted = _identifier(column, "column")
    return _TARGETS[target][0](_ticked(column) if target in _TICKED else quoted)


def declaration(target: str, *, column: str = "number", name: str | None = None) -> str:
    r"""Return the grammar as a whole piece of another system's language, ready to paste.

    Args:
        target: As for :func:`pattern`. ``postgresql`` gives a ``CREATE DOMAIN`` (a type whose order
            is that of the numbers), ``sqlite``, ``mysql``, ``duckdb`` and ``spark`` a table
            constraint, ``json-schema`` the text of :func:`json_schema`, ``xsd`` a simple type,
            ``java``, ``javascript`` and ``python`` an expression; ``re2`` the pattern, which other
            languages write between quotes of their own.
        column: For a table constraint: the column, quoted.
        name: What the domain, constraint or simple type is called; ``certificate_number``,
            ``number_canonical`` (after the column) and ``CertificateNumber`` if not given.

    Returns:
        The text, without a line break at its end.

    Raises:
        ValueError: If the target is none of :data:`TARGETS`, or a name no name.

    >>> print(declaration("javascript"))
    /^(?:鲁[0-9]{2}[0-9]{5}[0-9]{3}(?:...)(?:（基层）)?)$/u
    >>> print(declaration("postgresql", name="cert_no").splitlines()[0])
    CREATE DOMAIN "cert_no" AS text COLLATE "C"
    >>> declaration("postgresql", name="")
    Traceback (most recent call last):
        ...
    ValueError: name must be a name of printable characters, not “”
    """
    _check_target(target)
    _identifier(column, "column")
    if name is not None:
        _identifier(name, "name")
    return _TARGETS[target][1](column, name)


def _check_target(target: str) -> None:
    if target not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, not {_shown(target)}")


def _shown(text: str) -> str:
    return f"“{excerpt(text)}”"


def _identifier(name: str, argument: str) -> str:
    """Quote a name as SQL does."""
    if not name or not name.isprintable():
        raise ValueError(f"{argument} must be a name of printable characters, not {_shown(name)}")
    return '"' + name.replace('"', '""') + '"'


# --- PostgreSQL -----------------------------------------------------------------------------------
# `$` is the end of the text alone. Collation C: it compares code points, so that the order of the
# texts is that of the numbers, and a column whose collation is not deterministic can have no regex.
# No (?:, since many that pass SQL on (SQLAlchemy's text and CHECK, Alembic, JPA) read “:鲁” as a
# parameter.


def _postgresql(column: str) -> str:
    return f"{column} COLLATE \"C\" ~ '^{_PLAIN}$'"


def _create_domain(_column: str, name: str | None) -> str:
    name = name or "certificate_number"
    return (
        f'CREATE DOMAIN {_identifier(name, "name")} AS text COLLATE "C"\n'
        f"    CONSTRAINT {_identifier(name + '_canonical', 'name')}\n"
        f"    CHECK ({_postgresql('VALUE')});"
    )


# --- SQLite ---------------------------------------------------------------------------------------
# SQLite has no regex of its own, but GLOB, which knows classes and neither repetition nor choice:
# the grammar is multiplied out. GLOB reads no further than a NUL, and neither does substr, so that
# a text with a NUL is not equal to its own beginning; and GLOB would look into blobs.

# What PATTERN is made of: groups, choices, classes and single characters, perhaps repeated.
_TOKEN: Final = re.compile(
    r"\(\?:|\)\??|\||(?P<one>\[[^]]*\]|[^][(){}|?*+.^$\\])(?:\{(?P<times>[0-9]+)\})?"
)


def _branches(tokens: Iterator[re.Match[str]]) -> tuple[str, ...]:
    """Multiply out choices and repetitions, up to the end of the group."""
    done: tuple[str, ...] = ()
    branch: tuple[str, ...] = ("",)
    for token in tokens:
        if token[0] == "|":
            done, branch = done + branch, ("",)
        elif token[0] in (")", ")?"):
            return (*(("",) if token[0] == ")?" else ()), *done, *branch)
        else:
            one = token["one"]
            parts = (one * int(token["times"] or 1),) if one else _branches(tokens)
            branch = tuple(head + part for head in branch for part in parts)
    return done + branch


def _sqlite(column: str, line: str = " ", deeper: str = " ") -> str:
    globs = f"{deeper}OR ".join(
        f"{column} GLOB '{glob}'" for glob in _branches(_TOKEN.finditer(PATTERN))
    )
    return (
        f"typeof({column}) IN ('text', 'null'){line}"
        f"AND {column} = substr({column}, 1, {_LONGEST}) COLLATE BINARY{line}AND ({globs})"
    )


def _sqlite_constraint(column: str, name: str | None) -> str:
    condition = _sqlite(_identifier(column, "column"), "\n    ", "\n        ")
    name = _identifier(name or f"{column}_canonical", "name")
    return f"CONSTRAINT {name} CHECK (\n    {condition}\n)"


# --- MySQL, MariaDB, Spark SQL, DuckDB ------------------------------------------------------------
# In the regular expressions of the first three `$` also stands before a line break at the end, so
# the length is checked beside it, without backslashes, which each of them reads in its own way.
# No (?: either, for the reason given under PostgreSQL. MariaDB keeps a CHECK in the character set
# of the database, latin1 by default, and loses the escapes of an introducer (_utf8mb4'…'), so
# Chinese is written as bytes; and a session's default_regex_flags may say MULTILINE, hence (?-m).

_TICKED: Final = frozenset({"mysql", "spark"})  # names between backticks
_LENGTHS: Final = f"({_SHORTEST}, {_LONGEST})"


def _ticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _mysql(column: str) -> str:
    parts = re.split("([^ -~]+)", f"(?-m)^{_PLAIN}$")
    spelt = (_utf8mb4(part) if at % 2 else f"'{part}'" for at, part in enumerate(parts))
    text = f"CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin"
    return f"CHAR_LENGTH({column}) IN {_LENGTHS} AND {text} REGEXP CONCAT({', '.join(spelt)})"


def _utf8mb4(text: str) -> str:
    """Write a text that neither connection nor table can hold in its own character set."""
    return f"CONVERT(0x{text.encode().hex()} USING utf8mb4)"


def _spark(column: str) -> str:
    return f"char_length({column}) IN {_LENGTHS} AND {column} RLIKE '^{_PLAIN}$'"


def _duckdb(column: str) -> str:
    return f"regexp_full_match({column}, '{_PLAIN}')"


def _constraint(
    condition: Callable[[str], str], quote: Callable[[str], str]
) -> Callable[[str, str | None], str]:
    def constraint(column: str, name: str | None) -> str:
        name = quote(name or f"{column}_canonical")
        return f"CONSTRAINT {name} CHECK ({condition(quote(column))})"

    return constraint


# --- XSD ------------------------------------------------------------------------------------------
# A facet is a full match by itself and knows one kind of group. Repetitions are written out, since
# libxml2 miscounts several of them in a row: it would accept 鲁 with sixteen digits. The base is
# xs:string: other bases would collapse white space before they look.

_XSD: Final = re.sub(
    r"(\[[^]]*\])\{([0-9]+)\}", lambda repeated: repeated[1] * int(repeated[2]), _PLAIN
)

_NCNAME: Final = re.compile(r"[^\W\d][\w.-]*")


def _simple_type(_column: str, name: str | None) -> str:
    name = name or "CertificateNumber"
    if not _NCNAME.fullmatch(name):
        raise ValueError(f"name must be an XML name without a colon, not {_shown(name)}")
    return (
        f'<xs:simpleType xmlns:xs="http://www.w3.org/2001/XMLSchema" name={quoteattr(name)}>\n'
        f"  <xs:annotation>\n    <xs:documentation>{escape(DESCRIPTION)}</xs:documentation>\n"
        f"  </xs:annotation>\n"
        f'  <xs:restriction base="xs:string">\n    <xs:pattern value={quoteattr(_XSD)}/>\n'
        f"  </xs:restriction>\n</xs:simpleType>"
    )


# --- regular expressions --------------------------------------------------------------------------

_TO_THE_END: Final = rf"\A(?:{PATTERN})\z"  # Java, RE2
_PYTHON: Final = rf"\A(?:{PATTERN})\Z"  # Python before 3.14 has no \z; its \Z is the very end


def _java(_column: str, _name: str | None) -> str:
    literal = _TO_THE_END.replace("\\", "\\\\")
    return f'java.util.regex.Pattern.compile("{literal}")'


# Of each target its condition or pattern, for a column that is quoted as in SQL, and a declaration.
_TARGETS: Final[dict[str, tuple[Callable[[str], str], Callable[[str, str | None], str]]]] = {
    "json-schema": (
        lambda _: f"^{_PLAIN}$",
        lambda *_: json.dumps(json_schema(), ensure_ascii=False, indent=2),
    ),
    "postgresql": (_postgresql, _create_domain),
    "sqlite": (_sqlite, _sqlite_constraint),
    "mysql": (_mysql, _constraint(_mysql, _ticked)),
    "duckdb": (_duckdb, _constraint(_duckdb, lambda name: _identifier(name, "column"))),
    "spark": (_spark, _constraint(_spark, _ticked)),
    "xsd": (lambda _: _XSD, _simple_type),
    "java": (lambda _: _TO_THE_END, _java),
    "javascript": (lambda _: _ANCHORED, lambda *_: f"/{_ANCHORED}/u"),
    "python": (lambda _: _PYTHON, lambda *_: f're.compile(r"{_PYTHON}")'),
    "re2": (lambda _: _TO_THE_END, lambda *_: _TO_THE_END),
}

TARGETS: Final = tuple(_TARGETS)
"""The systems that :func:`pattern` and :func:`declaration` know; each is tested in its engine."""
