"""What public functions are called with, and what their docstrings say of errors.

Arguments are drawn by the annotations of their parameters; where these leave it open
(frames, names of columns), by the names of the parameters.
"""

import asyncio
import collections.abc
import contextlib
import enum
import importlib
import inspect
import os
import re
import sqlite3
import types
import typing
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from pathlib import Path

import attrs
import duckdb
import sqlalchemy as sa
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.sql import operators

from sdcert import CertificateNumber
from sdcert.allocation import AllocationStore, AsyncAllocationStore, Request, allocate
from sdcert.audit import Audit
from sdcert.codes import CodeBook, Edition
from sdcert.files import Column, FileNote, Records
from sdcert.findings import Outcome, Params
from sdcert.messages import Bilingual, Labelled
from sdcert.numbering import NumberScope
from sdcert.pydantic import LANG_KEY, Messages, Registered
from sdcert.sqlalchemy import AllocationTables, SQLAlchemyStore, define_tables
from sdcert.stores import AsyncMemoryStore, MemoryStore, SQLiteStore
from sdcert.testing.examples import example_editions
from tests.support.odd_frames import COLUMN_NAMES, EXPRESSIONS, FRAMES, SERIES, collect
from tests.support.reference import MODULES

__all__ = [
    "ANYTHING",
    "BOOKS",
    "DAYS",
    "ODD",
    "close_stores",
    "error",
    "errors_of",
    "functions",
    "of",
    "parameters_of",
    "use",
]

# The kit holds stores to laws of its own, an asynchronous store passes on to the one that is not,
# and what waits and tries again is another library's.
KITS = {"AllocationMachine", "AllocationStoreTests", "AsyncAllocationStoreTests"}
KITS |= {"AsyncSQLAlchemyStore", "retrying"}
# Made by the library alone: their parts are what it gives them, and an open file cannot be drawn.
OURS = {"Verdict.of", "Table", "CellError", "Uncomputed", "Batch", "AllocationStore"}
OURS |= {"AsyncAllocationStore", "Piece", "Change", "EditionChange", "diff", "Records.column"}
OURS |= {"Either", "Explanation", "NotListed", "Audit", "AllocationTables", "Attempts"}
OURS |= {"MemoryTransaction", "AsyncMemoryTransaction"}
OURS |= {"CertificateNumberType.load_dialect_impl"}  # SQLAlchemy alone calls it

TEXTS = [
    "",
    "  ",
    "鲁",
    "\x00",
    "\ud800",
    "x" * 3_000,
    "鲁181402001200001",
    "鲁 18 91101 601 00001",
]
TEXTS += ["en", "zh-CN", "fr", "14", "91", "00", "14020", "91101", "90010", "601", "741", "senior"]
TEXTS += [
    "高级",
    "city-hrss",
    "市人社局",
    "paper",
    "2021-01-01",
    "2021年1月1日",
    "2024-02-30",
    "region",
]
TEXTS += ["city:91", "province", "findings.length", "nonsense.length", "python", "urn:a:b", "a.csv"]
DAYS = [date.min, date.max, date(2019, 1, 27), date(2021, 1, 1), date(2024, 1, 1)]
WHOLE = [0, -1, 1, 2, 99, 2_018, 2_024, 99_999, 100_000, 10**30]
NOW = datetime(2024, 1, 1, tzinfo=UTC)
ODD: list[typing.Any] = [
    None,
    True,
    1.5,
    float("nan"),
    float("inf"),
    b"x",
    NOW,
    NOW.replace(tzinfo=None),
    (),
    [],
    {},
]
ODD += [{"a": 1}, [1], object(), int, len, ..., range(3), 1j, Path("a")]

EDITIONS = example_editions()
BOOKS = [CodeBook(), CodeBook.bundled(), CodeBook(EDITIONS), CodeBook(EDITIONS[3:5])]


TABLES = define_tables(sa.MetaData())
OPENED: list[typing.Any] = []  # what closes stores after a test, the last first


def opened_store():
    """A store in an SQLite file with some numbers, in a transaction or in none."""
    store = SQLiteStore.open(":memory:")
    OPENED.append(store.connection.close)
    with store.transaction():
        allocate(store, [Request(f"form-{at}", NumberScope(2024, "91020", "603")) for at in "ab"])
    store.connection.execute("BEGIN")
    return store


def opened_engine(url, **options):
    engine = sa.create_engine(url, **options)
    OPENED.append(engine.dispose)
    return engine


def joined_store():
    """A store in SQLAlchemy's connection to an SQLite in memory."""
    connection = opened_engine("sqlite://", poolclass=sa.StaticPool).connect()
    TABLES.issued.metadata.create_all(connection)
    OPENED.append(connection.close)
    return SQLAlchemyStore(connection, TABLES)


def close_stores():
    while OPENED:
        OPENED.pop()()


def one_of(values):
    """One of some values whose representations are long."""
    return st.integers(0, len(values) - 1).map(values.__getitem__)


ANYTHING = st.sampled_from([*ODD, *TEXTS, *DAYS, *WHOLE])
OF = {
    str: st.sampled_from(TEXTS) | st.text(max_size=6),
    int: st.sampled_from(WHOLE) | st.integers(),
    date: st.sampled_from(DAYS) | st.dates(),
    object: ANYTHING,
    typing.Any: ANYTHING,
    typing.SupportsIndex: st.sampled_from(WHOLE),
    os.PathLike: st.sampled_from(["a.csv", "b", "c/d.json", "t.toml"]).map(Path),
    Bilingual: st.builds(Bilingual, st.text(max_size=3), st.text(max_size=3)),
    FileNote: st.builds(FileNote, st.sampled_from(["title", "total"]), st.none() | st.integers(1)),
    Column: st.builds(Column, st.integers(0, 9), st.none() | st.text(max_size=3), st.just("name")),
    Labelled: st.sampled_from(list(Outcome)),
    Params: st.builds(Params, count=st.integers(0, 2)),
    Records: st.just(Records([2, 3], [["a"], []])),
    CodeBook: one_of(BOOKS),  # drawing other ones would take most of the time
    Edition: one_of(EDITIONS),
    AllocationStore: st.builds(MemoryStore),
    AsyncAllocationStore: st.builds(AsyncMemoryStore),
    BaseException: st.sampled_from([ValueError("x"), sqlite3.OperationalError(1205), OSError(5)]),
    sqlite3.Connection: st.builds(lambda: opened_store().connection),
    SQLiteStore: st.builds(opened_store),
    sa.MetaData: st.builds(sa.MetaData),
    sa.Engine: st.builds(opened_engine, st.sampled_from(["sqlite://", "postgresql://"])),
    AsyncEngine: st.builds(create_async_engine, st.just("sqlite+aiosqlite://")),
    sa.Connection: st.builds(lambda: joined_store()._bind),
    sa.orm.Session: st.builds(lambda: sa.orm.Session(joined_store()._bind)),
    sa.Dialect: st.sampled_from([d.dialect() for d in (mysql, postgresql, sqlite)]),
    AllocationTables: st.just(TABLES),
    SQLAlchemyStore: st.builds(joined_store),
}
# Of parameters of which the annotation leaves open what they are.
CELLS = st.none() | COLUMN_NAMES
DAYS_OF = st.sampled_from([None, *DAYS]) | COLUMN_NAMES
SCOPES = st.sampled_from([NumberScope(2024, "91020", "603"), NumberScope(2024, "91020", "604")])
LASTS = st.sampled_from([0, 1, 99_999, 10**9, -1, None, "00007", "x", 1.0, 1.5, float("nan"), True])
NAMED = {
    "frame": FRAMES | SERIES,
    "source": FRAMES,
    "values": SERIES | EXPRESSIONS,
    "column": CELLS,
    "key": COLUMN_NAMES | st.lists(COLUMN_NAMES, max_size=2),
    "approved_on": DAYS_OF,
    "fields": st.booleans()
    | st.lists(st.sampled_from(["year", "grade", "manager", "x"]), max_size=2),
    "messages": st.sampled_from([None, "en", "zh-CN"]),
    "issued": FRAMES | st.dictionaries(SCOPES, LASTS, max_size=2),
    "window_years": st.sampled_from([0, 1, 1, 100, 101]),
    "on": st.sampled_from([None, *DAYS]),
    "target": st.builds(duckdb.default_connection),
    "connection": st.none(),
} | dict.fromkeys(["holder", "year", "approver", "grade", "marker", "manager"], CELLS)
OF_FUNCTION = {
    "coerce_compared_value": {"op": st.sampled_from([operators.eq, operators.like_op])},
    "samples": {"n": st.sampled_from([-1, 0, 3, 10**30])},  # many take their time
    "valid": {"approved_on": st.sampled_from([None, *DAYS]) | SERIES | EXPRESSIONS},
    "expression": {
        "column": COLUMN_NAMES | EXPRESSIONS,
        "engine": st.sampled_from(["polars", "duckdb", "x"]),
        "approved_on": DAYS_OF | EXPRESSIONS,
    },
}
LISTS = (collections.abc.Iterable, collections.abc.Sequence, collections.abc.Collection, list)
MAPPINGS = (collections.abc.Mapping, dict)


def of(hint):
    """A strategy for what an annotation names."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([of(part) for part in parts])
    if origin in LISTS or (origin is tuple and parts[1:] == (...,)):
        return st.lists(of(parts[0]), max_size=3).map(tuple if origin is tuple else list)
    if origin is tuple:
        return st.tuples(*map(of, parts))
    if origin is st.SearchStrategy:
        return st.just(of(parts[0]))
    if origin in MAPPINGS:
        return st.dictionaries(of(parts[0]), of(parts[1]), max_size=2)
    if isinstance(hint, typing.TypeVar):
        return of(hint.__bound__ or object)
    found = OF.get(origin or hint)
    return st.from_type(hint) if found is None else found


def is_ours(name, home):
    return home.startswith("sdcert") and name not in OURS and name.partition(".")[0] not in KITS


def functions():
    """Each public function, constructor and method: its name, its class, what is called."""
    values = {
        getattr(module, name): None
        for module in map(importlib.import_module, MODULES)
        for name in module.__all__
        if callable(getattr(module, name))
    }
    for value in values:
        name = getattr(value, "__name__", "")
        if not is_ours(name, getattr(value, "__module__", "")):
            continue
        if inspect.isfunction(value):
            yield name, None, value
        if not inspect.isclass(value) or issubclass(value, BaseException):
            continue  # errors take what the library gives them
        if not issubclass(value, enum.Enum):
            yield name, None, value
        for part, held in vars(value).items():
            code = getattr(held, "__func__", getattr(held, "fget", held))
            whole = f"{name}.{part}"
            if inspect.isfunction(code) and part[0] != "_" and is_ours(whole, code.__module__):
                yield whole, value, held


@cache
def errors_of(value, owner):
    """What the docstring names, and what it says is as that of another function."""
    doc = inspect.getdoc(value) or ""
    names = re.findall(
        r"^    (\w+): ", doc.partition("\nRaises:\n")[2].split("\n\n")[0], re.MULTILINE
    )
    if not names and (other := re.search(r":func:`(?:~[\w.]+\.)?(\w+)`", doc.split("\n\n")[0])):
        names = errors_of(inspect.getmodule(value).__dict__[other[1]], None)
    if other := re.match(r"See :meth:`([\w.]+)\.(\w+)\.(\w+)`|See :meth:`(\w+)\.(\w+)`", doc):
        home, of, name = (
            (other[1], other[2], other[3]) if other[1] else (value.__module__, other[4], other[5])
        )
        of = getattr(importlib.import_module(home), of)
        names = errors_of(getattr(of, name), of)
    for sentence in re.findall(r"[Qq]ueries raise ([^.]*)\.", inspect.getdoc(owner) or ""):
        names += re.findall(r"\b[A-Z]\w+Error\b", sentence)
    return names


@cache
def error(name):
    for module in map(importlib.import_module, ["builtins", *MODULES]):
        if isinstance(found := getattr(module, name, None), type):
            return found
    raise AssertionError(f"{name} is named, and is no error")


@cache
def parameters_of(value, owner):
    code = getattr(value, "__func__", getattr(value, "fget", value))
    made = code if inspect.isfunction(code) else code.__init__
    if made is object.__init__:
        made = code.__new__
    hints = typing.get_type_hints(made)
    fields = attrs.fields_dict(code) if inspect.isclass(code) and attrs.has(code) else {}
    if fields:  # a converter takes more than the field is; of these the field's own
        hints = typing.get_type_hints(code)
        hints = {name.lstrip("_"): hint for name, hint in hints.items()}
    parameters = list(inspect.signature(code).parameters.values())
    if owner is not None and not isinstance(value, staticmethod):
        parameters = parameters[1:]
    kept = [one for one in parameters if one.kind is not one.VAR_KEYWORD]
    on_frames = made.__module__.startswith(("sdcert.frames", "sdcert.audit"))
    drawn = (NAMED if on_frames else {}) | OF_FUNCTION.get(made.__name__, {})
    return {
        one: drawn[one.name] if one.name in drawn else of(hints.get(one.name, object))
        for one in kept
    }


def use(answer, data=None):
    """Go through what is only begun when it is called."""
    if inspect.iscoroutine(answer):
        asyncio.run(answer)
    elif isinstance(answer, contextlib.AbstractContextManager):
        with answer:
            pass
    elif isinstance(answer, contextlib.AbstractAsyncContextManager):
        asyncio.run(entered(answer))
    elif isinstance(answer, collections.abc.AsyncIterator):
        asyncio.run(gone_through(answer))
    elif isinstance(answer, st.SearchStrategy):
        data.draw(answer)
    elif isinstance(answer, (Registered, Messages)):
        validate(answer, data)
    elif isinstance(answer, Audit):
        for frame in (answer.findings, answer.summary, answer.totals, answer.gaps):
            collect(frame)
    elif isinstance(answer, collections.abc.Iterator):
        list(islice(answer, 20))
    else:
        collect(answer)


async def entered(answer):
    async with answer:
        pass


async def gone_through(answer):
    async for _ in answer:
        pass


def validate(asked, data):
    """A number is validated, or refused by an error of the framework that the asked stands in."""
    adapter = TypeAdapter(typing.Annotated[CertificateNumber, asked])
    context = data.draw(st.none() | ANYTHING | st.dictionaries(st.just(LANG_KEY), ANYTHING))
    with contextlib.suppress(ValidationError, PydanticUserError):
        adapter.validate_python(data.draw(ANYTHING), context=context)
