"""Tools can read the annotations of every public name as the program runs."""

import importlib
import inspect
import typing

import pytest

from tests.support.reference import MODULES

NAMES = [
    (module, name)
    for module in MODULES
    for name in importlib.import_module(module).__all__
    if name != "__version__"
]


def code_of(value):
    """A public name and, of a class, its public methods and properties."""
    if isinstance(value, type) or inspect.isfunction(value):
        yield value
    for name, part in vars(value).items() if isinstance(value, type) else ():
        code = getattr(part, "__func__", getattr(part, "fget", part))
        ours = inspect.isfunction(code) and code.__module__.startswith("sdcert")
        if ours and (not name.startswith("_") or name in {"__init__", "__new__", "__call__"}):
            yield code


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_annotations_resolve(module, name):
    for code in code_of(getattr(importlib.import_module(module), name)):
        try:
            typing.get_type_hints(code)
        except NameError:  # of a class that other libraries have built ours on
            assert not all(base.__module__.startswith("sdcert") for base in code.__mro__[:-1])
            inspect.get_annotations(code, eval_str=True)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_it_names_the_module_that_users_import_it_from(module, name):
    value = getattr(importlib.import_module(module), name)
    if isinstance(value, type) or inspect.isfunction(value):
        assert "._" not in value.__module__
        assert getattr(importlib.import_module(value.__module__), name) is value
