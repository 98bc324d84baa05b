"""The face of the package: what `import sdcert` gives."""

import ast
import builtins
import importlib
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import sdcert


def test_star_gives_exactly_all():
    names = {}
    exec("from sdcert import *", names)
    names.pop("__builtins__")
    assert sorted(names) == sorted(sdcert.__all__)


def test_every_name_is_public_in_its_home():
    for name, module in sdcert._MODULES.items():
        home = importlib.import_module(module)
        assert name in home.__all__
        assert getattr(sdcert, name) is getattr(home, name)
    assert {*sdcert._MODULES, "__version__"} == set(sdcert.__all__)
    assert set(sdcert.__all__) <= set(dir(sdcert))


def test_version_is_the_packages_own():
    vars(sdcert).pop("__version__", None)
    assert sdcert.__version__ == importlib.metadata.version("sdcert")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'sdcert' has no attribute 'issue'"):
        _ = sdcert.issue


@pytest.mark.parametrize(
    ("module", "needs", "extra"),
    # The command line says it in a sentence once it runs: tests/cli/test_app.py.
    [("sdcert.testing.strategies", "hypothesis", "testing")],
)
def test_a_missing_extra_is_named(monkeypatch, module, needs, extra):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == needs:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    for loaded in [m for m in sys.modules if m == module or m.startswith(module + ".")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(sdcert.MissingExtra, match=rf"pip install 'sdcert\[{extra}\]'"):
        importlib.import_module(module)


def test_importing_costs_little_more_than_attrs():
    """A bound on what is loaded, not on time: importing the face loads no other module."""
    code = "import attrs, sys; n = len(sys.modules); import sdcert; print(len(sys.modules) - n)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "1"


def test_the_stub_and_the_table_are_one():
    stub = Path(sdcert.__file__).with_suffix(".pyi").read_text("utf-8")
    modules = {}
    for node in ast.parse(stub).body:
        if isinstance(node, ast.ImportFrom):
            assert all(alias.asname == alias.name for alias in node.names)
            modules |= {alias.name: node.module for alias in node.names}
    assert modules == sdcert._MODULES


def test_the_face_is_small():
    assert len(sdcert.__all__) <= 48
