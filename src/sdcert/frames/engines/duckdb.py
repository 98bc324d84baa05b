"""How DuckDB asks. Only this file knows DuckDB's SQL.

Whatever is asked can be asked of a function of the connection. Of a check it returns all that was
read in one integer, of which SQL makes the columns, and beside it only what SQL cannot know. Of a
column of texts SQL reads the canonical ones itself (:mod:`sdcert.frames.engines.duckdb_sql`), and
asks for no more than what the book says of their numbers.
"""

from __future__ import annotations

import re
from contextlib import suppress
from hashlib import sha256
from inspect import Parameter, Signature
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from sdcert.frames.answers import SQL_TYPES, Role, free_name, function_of
from sdcert.frames.engines.duckdb_sql import FUNCTIONS, identifier, unpacked, with_columns
from sdcert.frames.errors import unsupported
from sdcert.frames.query import MESSAGE, PACKED, Check, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sdcert.frames.answers import Answerer, Input

__all__ = ["expression", "field", "register", "selected", "unpivoted", "with_answers"]

_CONNECTION: Final = "_con"  # no public name for it; see check() on `connection`
# What functions each connection has, and the mark of their names: DuckDB does not say.
_made: Final[WeakKeyDictionary[Any, tuple[str, set[str]]]] = WeakKeyDictionary()
_lock: Final = Lock()
# What Arrow holds as texts, whatever the name; and the numbers that it holds.
_TEXT: Final = re.compile(r"VARCHAR|ENUM\(.*\)|JSON|UUID", re.DOTALL)
_NUMBER: Final = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*")


def with_answers(
    frame: Any, inputs: Sequence[Input], answerer: Answerer, connection: Any = None
) -> Any:
    """Answer for the columns of a relation, as its query is run."""
    import duckdb  # noqa: PLC0415

    connection = _connection_of(frame, connection)
    kinds = dict(zip(frame.columns, map(str, frame.types), strict=True))
    values, roles = [_value(one, kinds) for one in inputs], [one.role for one in inputs]
    try:
        text = _TEXT.fullmatch(kinds[inputs[0].column])
        if text and isinstance(answerer, Check) and MESSAGE not in answerer.columns:
            return _in_sql(frame, values, roles, answerer, connection)
        asked, columns = _asked(connection, values, roles, answerer)
        free = identifier(free_name(frame.columns))
        made = ", ".join(f"{value} AS {name}" for name, value in columns(free).items())
        return frame.project(f"*, {asked} AS {free}").project(f"* EXCLUDE ({free}), {made}")
    except duckdb.CatalogException as error:
        if "with name sdcert_" in str(error):  # our function went to a connection not its own
            raise unsupported("connection", "own-connection", "elsewhere") from None
        raise


def expression(inputs: Sequence[Input], answerer: Answerer, connection: Any = None) -> Any:
    """Return an expression that makes one struct of the answers."""
    import duckdb  # noqa: PLC0415

    values = [
        identifier(one.column) if isinstance(one.column, str) else str(one.column) for one in inputs
    ]
    roles = [one.role for one in inputs]
    asked, columns = _asked(_connection_of(None, connection), values, roles, answerer)
    made = columns(asked)
    return duckdb.SQLExpression(
        f"struct_pack({', '.join(f'{name} := {value}' for name, value in made.items())})"
    )


def field(struct: Any, name: str, root: Any) -> Any:
    """Return a field of a struct."""
    import duckdb  # noqa: PLC0415

    return duckdb.FunctionExpression("struct_extract", struct, duckdb.ConstantExpression(name))


def register(connection: Any, name: str, roles: Sequence[Role], answerer: Answerer) -> None:
    """Make the answerer a function of SQL of a connection, in place of one of the same name.

    Raises:
        UnsupportedFrame: If DuckDB, or another connection to the database, has one of the name.
    """
    import duckdb  # noqa: PLC0415

    with suppress(duckdb.InvalidInputException):
        connection.remove_function(name)
    if _bound(connection, identifier(name)):  # it would be but one more of the name
        raise unsupported("name", "free-name", type=repr(name))
    connection.create_function(name, **_options(roles, answerer))


def unpivoted(frame: Any, columns: Sequence[str], name: str, kept: Sequence[str]) -> Any:
    """Make a row of each value of some columns.

    Narwhals' own way leaves the connection of the relation for the default one.
    """
    own, found = (", ".join(map(identifier, some)) for some in (kept, columns))
    values = f"list_filter([{found}], lambda one: one IS NOT NULL)"
    return frame.project(f"{own}, unnest({values}) AS {identifier(name)}")


def selected(frame: Any, columns: Mapping[str, str]) -> Any:
    """Take some columns under other names."""
    return frame.project(
        ", ".join(f"{identifier(old)} AS {identifier(new)}" for new, old in columns.items())
    )


def _connection_of(relation: Any, given: Any) -> Any:
    """Return the connection of a relation: DuckDB 2 knows it; before, it has to be given."""
    import duckdb  # noqa: PLC0415

    own = getattr(relation, _CONNECTION, given)
    if own is not None and not hasattr(own, "create_function"):
        raise TypeError(f"connection must be one of DuckDB, not {type(own).__name__}")
    return duckdb.default_connection() if own is None else own


def _in_sql(
    frame: Any, values: Sequence[str], roles: Sequence[Role], check: Check, connection: Any
) -> Any:
    value, *days = values
    judge = None
    small = check.codes is None or check.registry.table(check.day) is not None
    if days or check.beside() or not small:
        name = _function(connection, roles, Judgement(check))

        def judge(number: str) -> str:
            return f"{name}({', '.join([number, *days])})"

    functions = [_once(connection, name, **options) for name, options in FUNCTIONS.items()]
    free = free_name(frame.columns)
    return with_columns(frame, value, check, free, tuple(functions), judge)


def _value(one: Input, kinds: Mapping[str, str]) -> str:
    """Return a column in SQL; what is text, or shall be, as such: Arrow has not all types."""
    value, kind = identifier(one.column), kinds[one.column]
    text = _TEXT.fullmatch(kind) or (one.role is Role.TEXT and not _NUMBER.fullmatch(kind))
    return f"CAST({value} AS VARCHAR)" if text else value


def _asked(
    connection: Any, values: Sequence[str], roles: Sequence[Role], answerer: Answerer
) -> tuple[str, Callable[[str], dict[str, str]]]:
    """Ask in SQL.

    Returns:
        The call of a function of the connection; and what says, of what it returned, what the
        answers are, by their names. All is in SQL.
    """

    def columns(returned: str) -> dict[str, str]:
        if not isinstance(answerer, Check):
            return {name: f"({returned}).{name}" for name in map(identifier, answerer.schema)}
        packed = f"({returned}).{PACKED}"
        known = unpacked(packed, values[0])
        return {
            identifier(answerer.prefix + name): known.get(name, f"({returned}).{name}")
            for name in answerer.columns
        }

    question = answerer.packed() if isinstance(answerer, Check) else answerer
    name = _function(connection, roles, question)
    return f"{name}({', '.join(values)})", columns


def _function(connection: Any, roles: Sequence[Role], answerer: Answerer) -> str:
    """Return the name of a function of the connection; the same question is the same function."""
    asked = sha256(repr((roles, answerer.key)).encode()).hexdigest()[:16]
    return _once(connection, f"sdcert_answer_{asked}", **_options(roles, answerer))


def _options(roles: Sequence[Role], answerer: Answerer) -> dict[str, Any]:
    """Return what a connection makes a function of, beside its name."""
    import duckdb  # noqa: PLC0415

    answer = function_of(answerer, roles)
    # DuckDB counts the parameters, and takes one without annotation for one of any type.
    names = [Parameter(f"value_{at}", Parameter.POSITIONAL_ONLY) for at in range(len(roles))]
    answer.__signature__ = Signature(names)  # type: ignore[attr-defined]  # as inspect documents
    kind = duckdb.struct_type({name: SQL_TYPES[kind] for name, kind in answerer.schema.items()})
    return {
        "function": answer, "return_type": kind, "type": "arrow", "null_handling": "special",
    }  # fmt: skip


def _once(connection: Any, name: str, **options: Any) -> str:
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
            connection.create_function(known, **options)
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
