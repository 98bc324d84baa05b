"""The face of the package: what `import sdcert` gives."""

import builtins
import importlib
import importlib.metadata
import subprocess
import sys

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
