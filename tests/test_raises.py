"""What the docstrings say about errors is all of it.

With arguments of the types that a public function or method names, it raises only what the section
``Raises`` of its docstring names. With one argument of any other type, it may raise a TypeError,
too. What its ``lang`` may be is described once (``sdcert.messages.language``).
"""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdcert.codes import CodeBook, InvalidTable
from sdcert.codes.diff import diff
from sdcert.dates import format_day, parse_day
from sdcert.files import open_source
from sdcert.messages import known, language, render
from sdcert.rules import manager_of
from tests.support.arguments import (
    ANYTHING,
    BOOKS,
    DAYS,
    ODD,
    close_stores,
    error,
    errors_of,
    functions,
    of,
    parameters_of,
    use,
)

MANY = settings().max_examples > 50  # HYPOTHESIS_PROFILE=thorough


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write files
    yield
    close_stores()


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
    odd = data.draw(st.sampled_from([None] * max(len(parameters), 1) + [*parameters]))
    if odd is not None:
        named += (TypeError,)
    positional, others = [], {}
    for one, right in parameters.items():
        left_out = one.default is not one.empty and one.name != "column" and one is not odd
        if left_out and data.draw(st.booleans()):
            continue
        drawn = data.draw(ANYTHING if one is odd else right)
        if one.kind in (one.POSITIONAL_ONLY, one.VAR_POSITIONAL):
            positional.append(drawn)
        else:
            others[one.name] = drawn
    with contextlib.suppress(named):
        use(call(*positional, **others), data)


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
