"""What the docstrings of the core say about errors is all of it.

With arguments of the types that a public function or method names, it raises only what the section
``Raises`` of its docstring names. With one argument of any other type, it may raise a TypeError,
too. What its ``lang`` may be is described once (``sdcert.messages.language``).
"""

import asyncio
import collections.abc
import contextlib
import enum
import importlib
import inspect
import os
import re
import types
import typing
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdcert.allocation import AllocationStore, AsyncAllocationStore
from sdcert.codes import CodeBook, Edition, InvalidTable
from sdcert.codes.diff import diff
from sdcert.dates import format_day, parse_day
from sdcert.files import Column, FileNote, Records, open_source
from sdcert.findings import Outcome, Params
from sdcert.messages import Bilingual, Labelled, known, language, render
from sdcert.rules import manager_of
from sdcert.stores import AsyncMemoryStore, MemoryStore
from sdcert.testing.examples import example_editions
from tests.support.reference import MODULES

# Frameworks, servers and what is for testers; the kit holds stores to laws of their own.
ADAPTERS = ("audit", "frames", "pydantic", "sqlalchemy", "stores", "testing", "allocation.retry")
# Made by the library alone: their parts are what it gives them, and an open file cannot be drawn.
OURS = {"Verdict.of", "Table", "CellError", "Uncomputed", "Batch", "AllocationStore"}
OURS |= {"AsyncAllocationStore", "Piece", "Change", "EditionChange", "diff", "Records.column"}
OURS |= {"Either", "Explanation", "NotListed"}

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


def one_of(values):
    """One of some values whose representations are long."""
    return st.integers(0, len(values) - 1).map(values.__getitem__)


MANY = settings().max_examples > 50  # HYPOTHESIS_PROFILE=thorough
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
    if origin in MAPPINGS:
        return st.dictionaries(of(parts[0]), of(parts[1]), max_size=2)
    if isinstance(hint, typing.TypeVar):
        return of(hint.__bound__ or object)
    found = OF.get(origin or hint)
    return st.from_type(hint) if found is None else found


def is_ours(name, home):
    return home.startswith("sdcert") and not (
        home.removeprefix("sdcert.").startswith(ADAPTERS) or name in OURS
    )


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
    return {one: of(hints.get(one.name, object)) for one in kept}


def use(answer):
    """Go through what is only begun when it is called."""
    if inspect.iscoroutine(answer):
        asyncio.run(answer)
    elif isinstance(answer, contextlib.AbstractContextManager):
        with answer as entered:
            assert entered is not None
    elif isinstance(answer, collections.abc.Iterator):
        list(islice(answer, 20))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write files


@pytest.mark.parametrize(
    ("name", "owner", "value"),
    [pytest.param(*one, id=one[0]) for one in functions()],
)
@settings(
    deadline=None,
    derandomize=not MANY,  # the ordinary run asks the same each time
    max_examples=max(settings().max_examples // 5, 5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_it_raises_only_what_its_docstring_names(data, name, owner, value):
    parameters = parameters_of(value, owner)
    names = errors_of(value, owner)
    named = tuple(map(error, names))
    if any(one.name == "lang" for one in parameters):
        named += (ValueError,)
    if isinstance(value, classmethod | staticmethod):
        call = getattr(owner, name.partition(".")[2])
    elif owner is not None:
        this = data.draw(of(owner))
        call = getattr(value, "fget", value).__get__(this)
    else:
        call = value
    odd = data.draw(st.sampled_from([None, *parameters]))
    if odd is not None:
        named += (TypeError,)
    positional, others = [], {}
    for one, right in parameters.items():
        if one.default is not one.empty and one is not odd and data.draw(st.booleans()):
            continue
        drawn = data.draw(ANYTHING if one is odd else right)
        if one.kind in (one.POSITIONAL_ONLY, one.VAR_POSITIONAL):
            positional.append(drawn)
        else:
            others[one.name] = drawn
    with contextlib.suppress(named):
        use(call(*positional, **others))


def test_a_tag_of_a_language_is_refused_in_one_place():
    assert "ValueError" in errors_of(language, None)
    assert not known("nonsense.length")


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        (lambda: parse_day(ODD[1]), TypeError),
        (lambda: format_day(ODD[1]), TypeError),
        (lambda: format_day(DAYS[2], "fr"), ValueError),
        (lambda: render("nonsense.length"), KeyError),
        (lambda: use(open_source("\x00")), OSError),
        (lambda: CodeBook.load("x" * 3_000), InvalidTable),
        (lambda: CodeBook.load("\x00.toml"), InvalidTable),
        (lambda: diff(BOOKS[0], BOOKS[1]).apply(ODD[0]), ValueError),
        (lambda: manager_of("鲁181402001200001", codes=ODD[0], rules=ODD[0]), TypeError),
    ],
)
def test_what_random_arguments_may_miss(call, refused):
    with pytest.raises(refused):
        call()
