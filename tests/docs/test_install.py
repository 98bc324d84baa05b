"""Whoever follows a page has what it needs: its install line names the extras and the packages."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = [*PAGES, *ROOT.glob("*.md"), *ROOT.glob("examples/*/*.md"), *ROOT.glob("docs/zh/*.md")]
CODE = re.compile(r"^```(?:pycon|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IMPORT = re.compile(r"^(?:>>> |\.\.\. )? *(?:from|import) ([\w.]+)", re.MULTILINE)
EXTRAS = {
    "sdcert.audit": "frames",
    "sdcert.frames": "frames",
    "sdcert.pydantic": "pydantic",
    "sdcert.sqlalchemy": "sqlalchemy",
    "sdcert.stores.sqlalchemy": "sqlalchemy",
    "sdcert.testing.allocation": "testing",
    "sdcert.testing.strategies": "testing",
    "hypothesis": "testing",
    "pyarrow": "frames",
    "pydantic": "pydantic",
    "sqlalchemy": "sqlalchemy",
}
WITH_THE_CORE = {"attrs", "sdcert"}
OWN = {"certificates", "database", "office", "service"}  # what the examples are made of


def installed(page):
    """The extras and the packages that the shell blocks of a page install."""
    lines = [line for block in SHELL.findall(page) for line in block.splitlines()]
    words = " ".join(line.partition("  #")[0] for line in lines if "pip install" in line)
    extras = {one for group in re.findall(r"\[([\w,]+)\]", words) for one in group.split(",")}
    return extras | set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)), words


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_says_how_to_install_what_its_examples_import(path):
    page = path.read_text("utf-8")
    code = "\n".join(CODE.findall(page))
    extras, words = installed(page)
    lacking = set()
    for name in set(IMPORT.findall(code)):
        package = name.partition(".")[0]
        extra = EXTRAS.get(name, EXTRAS.get(package))
        if extra:
            lacking |= {extra} - extras
        elif package not in {*sys.stdlib_module_names, *WITH_THE_CORE, *OWN}:
            lacking |= set() if re.search(rf"\b{package}\b", words) else {package}
    if re.search(r"^(>>> )?for attempt in retrying\(", code, re.MULTILINE):
        lacking |= {"retry"} - extras
    assert not lacking


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_install_lines_name_extras_that_there_are(path):
    named = re.findall(r"(?:sdcert(?:-[\w.-]+whl)?|'\.)\[([\w,]+)\]", path.read_text("utf-8"))
    assert {one for group in named for one in group.split(",")} <= {
        *PROJECT["optional-dependencies"]
    }


def test_no_page_sends_the_reader_to_an_index_that_does_not_have_it():
    for path in TEXTS:
        assert not re.search(r"pip install '?sdcert\b(?!-)", path.read_text("utf-8")), path
