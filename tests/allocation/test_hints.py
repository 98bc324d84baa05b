"""Every public annotation of allocation and its stores resolves at run time."""

import inspect
import typing

import pytest

from sdcert import allocation, stores
from sdcert.allocation import model, policy
from sdcert.stores import sqlalchemy
from sdcert.testing import allocation as kit


def public():
    for module in (allocation, model, policy, stores, sqlalchemy, kit):
        for name in module.__all__:
            found = getattr(module, name)
            if name == "AllocationMachine":
                continue  # what it inherits from Hypothesis does not
            if inspect.isclass(found) or inspect.isfunction(found):
                yield f"{module.__name__}.{name}", found
            if inspect.isclass(found):
                for at, member in vars(found).items():
                    function = getattr(member, "__func__", getattr(member, "fget", member))
                    if inspect.isfunction(function) and not at.startswith("_"):
                        yield f"{module.__name__}.{name}.{at}", function


@pytest.mark.parametrize(("name", "found"), list(public()), ids=lambda one: str(one)[:60])
def test_every_annotation_resolves(name, found):
    assert typing.get_type_hints(found) is not None, name
