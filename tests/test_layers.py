"""The layers hold: imports run downwards only, and siblings don't know each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sdcert

SOURCE = Path(sdcert.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))

# The floor of each module or package; equal floors are siblings. Parts of one package may know
# each other.
FLOORS = {
    "dates": 0.0,
    "_memo": 0.0,
    "messages": 0.1,
    "findings": 0.2,
    "errors": 0.3,
    "_documents": 0.4,
    "files": 0.5,  # code tables are read through it, too
    "_grammar": 1.0,
    "_diagnosis": 1.1,
    "_shapes": 1.2,
    "patterns": 1.1,
    "numbering": 1.2,
    "codes": 1.3,  # a sibling of numbering: see SIBLINGS
    "_rules": 2.0,
    "rules": 2.1,
    "rulefiles": 2.1,
    "allocation": 2.0,
    "checking": 3.0,
    "eligibility": 3.2,
    "stores": 3.0,
    "frames": 4.0,
    "audit": 5.0,
    "sqlalchemy": 3.1,
    "pydantic": 3.5,
    "cli": 6.0,
    "__main__": 6.1,
    "testing": 6.0,
}
SIBLINGS = [
    {"_grammar", "codes"},
    {"_diagnosis", "codes"},
    {"_shapes", "codes"},
    {"_shapes", "numbering"},
    {"numbering", "codes"},
    {"patterns", "codes"},
]


def home(path):
    """The first name under sdcert: the module or package a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path):
    """The modules that a file imports, wherever in it, for typing alone too."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                yield f"{node.module}.{alias.name}" if node.module == "sdcert" else node.module


def module_level(path):
    """The modules that a file imports when it is imported itself."""
    pending = list(ast.parse(path.read_text("utf-8")).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending.extend(ast.iter_child_nodes(node))


def parts(name):
    return name.split(".")[1] if name.startswith("sdcert.") else None


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_run_downwards(path):
    here = home(path)
    if here == "__init__":
        return  # the face knows every layer by name, and loads none
    for name in imports(path):
        there = parts(name)
        if there is None or there == here:
            continue
        assert FLOORS[there] < FLOORS[here], f"{here} imports {there}"
        assert {here, there} not in SIBLINGS, f"{here} and {there} are siblings"


def test_every_module_has_a_floor():
    assert {home(path) for path in MODULES} - {"__init__"} == set(FLOORS)


CORE = {"attr", "attrs", "dateutil", "sdcert"}
# Files beside the core that need an extra; they are loaded when they are asked for.
EXTRAS = {
    "files/arrow.py": {"pyarrow"},
    "files/parquet.py": {"pyarrow"},
    "files/whole.py": {"pyarrow"},
    "stores/_one_trip.py": {"psycopg"},
    "stores/_direct.py": {"sqlalchemy"},
    "stores/_joining.py": {"sqlalchemy"},
    "stores/_statements.py": {"sqlalchemy"},
    "stores/_tables.py": {"sqlalchemy"},
    "stores/sqlalchemy.py": {"sqlalchemy"},
}
OPTIONAL_HOMES = {
    "cli",
    "testing",
    "__main__",
    "pydantic",
    "sqlalchemy",
    "frames",
    "audit",
}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_the_core_imports_nothing_beyond_its_dependencies(path):
    if home(path) in OPTIONAL_HOMES:
        return
    loaded = {name.partition(".")[0] for name in module_level(path)}
    extra = EXTRAS.get(path.relative_to(SOURCE).as_posix(), set())
    foreign = loaded - CORE - sys.stdlib_module_names - extra
    assert not foreign, f"{home(path)} imports {foreign}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_every_module_says_what_it_is_and_what_it_gives(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    assert len(path.read_bytes()) < 24 * 1024
    assert path.name == "__main__.py" or "__all__" in {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


PROBE = """
import builtins, io, os, sys, time
import attrs, importlib.metadata, importlib.util
from importlib import import_module

opened = []
def refuse(event, args):
    if event == "open" and not str(args[0]).endswith((".py", ".pyc", ".so")):
        opened.append(args[0])
for clock in ("time", "time_ns", "monotonic", "localtime", "gmtime"):
    def read(*args, clock=clock):
        raise AssertionError("reads the clock: " + clock)
    setattr(time, clock, read)
sys.addaudithook(refuse)
before = set(sys.modules)
import sdcert
assert {m for m in set(sys.modules) - before} == {"sdcert"}, set(sys.modules) - before
for name in sys.argv[1:]:
    import_module(name)
assert sdcert.check("鲁181402001200001").outcome == "valid"
assert not opened, opened
"""


def test_importing_reads_no_file_and_no_clock_and_loads_nothing():
    core = ["sdcert.checking", "sdcert.numbering", "sdcert.codes", "sdcert.dates"]
    core += ["sdcert.rules", "sdcert.checking.records", "sdcert.checking.explaining"]
    subprocess.run([sys.executable, "-c", PROBE, *core], check=True)
