"""The documentation is whole: every public module has its page, every public name its words."""

import importlib
import inspect
import json
import re
import runpy
from pathlib import Path

import pytest

import sdcert

ROOT = Path(__file__).parents[2]
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


def described():
    """The modules that the reference has pages of."""
    reference = "\n".join(path.read_text("utf-8") for path in (DOCS / "api").glob("*.md"))
    return set(re.findall(r"automodule:: (\S+)", reference))


def test_every_public_module_is_in_the_reference():
    # The command line has no API of its own, and a package is described as the names it gives,
    # whatever modules these come from.
    known = described() - {"sdcert", "sdcert.testing"}
    for name in MODULES:
        packages = {name[: match.start()] for match in re.finditer(r"\.", name)}
        assert (
            not public(name)
            or name.startswith("sdcert.cli")
            or name in described()
            or packages & known
        ), name


def test_the_page_of_the_package_lists_every_name():
    page = (DOCS / "api" / "sdcert.md").read_text("utf-8")
    listed = re.findall(r"^   ~sdcert\.(\w+)$|^\.\. py:data:: (\w+)$"
                        r"|^:py:data:`(\w+)`", page, re.MULTILINE)  # fmt: skip
    names = ["".join(one) for one in listed]
    assert sorted(names) == sorted(sdcert.__all__)


def without_example():
    """Public classes, functions and exceptions of the reference whose docstring has no example."""
    found = {}
    for name in sorted(described()):
        module = importlib.import_module(name)
        for public_name in module.__all__:
            value = getattr(module, public_name)
            if inspect.isclass(value) or inspect.isfunction(value):
                found.setdefault(value, f"{name}.{public_name}")
    return {name for value, name in found.items() if ">>>" not in (inspect.getdoc(value) or "")}


def test_public_names_have_an_example():
    assert not without_example()


def test_guides_read_well_without_sphinx():
    # On a code host nothing resolves a role: a public name in a code span is linked by the site.
    for path in DOCS.glob("*.md"):
        assert not re.search(
            r"\{(class|func|meth|mod|attr|exc|doc|ref)\}`", path.read_text("utf-8")
        ), path


def test_every_page_is_reachable():
    listed = set()
    for block in re.findall(
        r"```\{toctree\}(.*?)```", (DOCS / "index.md").read_text("utf-8"), re.DOTALL
    ):
        listed.update(line.strip() for line in block.splitlines() if line and line[0] != ":")
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not page.startswith(("_build", "zh/"))} == {
        *listed - {""},
        "index",
    }


UNFIT = {
    "<p>sdcert._rules.model.RuleBook</p>": "shows sdcert._rules",
    "<p>Decision(value: _T_co)</p>": "shows _T_co",
    "<p>approved_on=<em>NOTHING</em></p>": "shows NOTHING",
    "<p>Bases: <code>object</code></p>": "shows Bases: object",
    "<p>codes=&lt;factory&gt;</p>": "shows <factory>",
    "<p>&lt;object object at 0x7f3a&gt;</p>": "shows at 0x7f3a",
    "<dt>swapcase()</dt>": "shows swapcase",
    '<dt id="sdcert.numbering._values.find"></dt>': (
        "has an entry for sdcert.numbering._values.find"
    ),
    '<dl class="py function">\n<dt class="sig" id="sdcert.find"></dt>': (
        "has no example for sdcert.find"
    ),
}


@pytest.mark.parametrize(("html", "fault"), UNFIT.items())
def test_what_a_reader_should_not_see_stops_the_build(html, fault):
    check = runpy.run_path(str(DOCS / "check_reference.py"))
    page = "<nav>_T_co</nav><article>{}</article>"
    assert list(check["unfit"](page.format(html))) == [fault]
    assert not list(check["unfit"](page.format(f"sdcert.__version__ __init__ {'a_b'}")))


def test_summaries_that_are_not_translated_stop_the_build():
    english = runpy.run_path(str(DOCS / "check_reference.py"))["english"]
    entry = '<dl class="py method">\n<dt class="sig" id="{}"><b>f</b></dt>\n<dd><p>{}</p></dd></dl>'
    opening = '<section id="module-{}">\n<h1>M (模块)</h1>\n<p>{}</p>'
    page = entry.format("a.f", "Read a number (编号).") + entry.format("a.g", "解析编号。")
    page += opening.format("b", "Numbers.") + opening.format("c", "编号。")
    assert list(english(page)) == [f"has no Chinese summary of {name}" for name in ("a.f", "b")]


def test_names_without_an_entry_stop_the_build():
    missing = runpy.run_path(str(DOCS / "check_reference.py"))["missing"]
    lines = set(missing({"sdcert.find", "sdcert.Outcome", "sdcert.Outcome.VALID"}))
    assert "there is no entry for sdcert.numbering.find" not in lines
    assert "there is no entry for sdcert.check" in lines
    assert "there is no entry for sdcert.Outcome" not in lines
    assert "there is no entry for sdcert.Outcome.INVALID" in lines


CODES = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


def test_the_page_on_the_number_names_every_case():
    page = (DOCS / "number.md").read_text("utf-8")
    grammar = page[page.index("## What can be wrong") :]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| [^|]* \| ([^|]*) \|", grammar, re.MULTILINE))
    keys = json.loads((SOURCE / "texts" / "findings.json").read_text("utf-8"))
    for code, row in rows.items():
        worded = {key.removeprefix(f"{code}.") for key in keys if key.startswith(f"{code}.")}
        assert worded <= set(re.findall(r"`([a-z-]+)`", row)), code
