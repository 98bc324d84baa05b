"""The documentation is whole: every public module has its page, every public name its words."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

import sdcert

ROOT = Path(__file__).parents[1]
SOURCE = Path(sdcert.__file__).parent
DOCS = ROOT / "docs"
MODULES = sorted(
    ".".join(("sdcert", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    for path in SOURCE.rglob("*.py")
    if path.name != "__main__.py"
)


def public(name):
    return not any(part.startswith("_") for part in name.split("."))


@pytest.mark.parametrize("name", [name for name in MODULES if public(name)])
def test_every_public_name_is_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    assert len(set(module.__all__)) == len(module.__all__)
    for public_name in module.__all__:
        value = getattr(module, public_name)
        if not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        assert value.__doc__, f"{name}.{public_name}"
        if inspect.isclass(value) and value.__module__ == name:
            for member, attribute in vars(value).items():
                if member.startswith("_") or not (
                    inspect.isroutine(attribute) or isinstance(attribute, property | classmethod)
                ):
                    continue
                assert inspect.getdoc(getattr(value, member)), f"{name}.{public_name}.{member}"


def test_every_public_module_is_in_the_reference():
    reference = "\n".join(path.read_text("utf-8") for path in (DOCS / "api").glob("*.md"))
    described = set(re.findall(r"automodule:: (\S+)", reference))
    # The face and the command line have no API of their own, and a package is described as the
    # names it gives, whatever modules these come from.
    for name in MODULES:
        package = name.rpartition(".")[0]
        assert (
            not public(name)
            or name == "sdcert"
            or name.startswith("sdcert.cli")
            or name in described
            or package in described - {"sdcert.testing"}
        ), name


def test_every_page_is_reachable():
    listed = set()
    for block in re.findall(
        r"```\{toctree\}(.*?)```", (DOCS / "index.md").read_text("utf-8"), re.DOTALL
    ):
        listed.update(line.strip() for line in block.splitlines() if line and line[0] != ":")
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not page.startswith("_build")} == {*listed - {""}, "index"}


CODES = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


def test_the_page_on_the_number_names_every_case():
    page = (DOCS / "number.md").read_text("utf-8")
    grammar = page[page.index("## What can be wrong") :]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| [^|]* \| ([^|]*) \|", grammar, re.MULTILINE))
    from sdcert.findings import _TEXTS, FindingCode

    for code in FindingCode:
        if code.value in rows:
            worded = {kind for kind in _TEXTS[code] if kind}
            assert worded <= set(re.findall(r"`([a-z-]+)`", rows[code.value])), code
