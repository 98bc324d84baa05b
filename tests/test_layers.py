"""The layers hold: imports run downwards, in no circle, and the core needs attrs and dateutil."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sdcert

SOURCE = Path(sdcert.__file__).parent
# Each layer knows those above it in this list; rooms of one layer that a bar parts do not know
# each other. An adapter knows the core and those adapters that are named with it.
LAYERS = [
    ["messages errors findings dates _faults _documents _memo _public files"],
    ["_grammar numbering _diagnosis _shapes patterns", "codes"],
    ["rules _rules rulefiles", "allocation"],
    ["checking eligibility"],
]
ADAPTERS = {
    "pydantic": "",
    "sqlalchemy": "stores",  # re-exports the store
    "stores": "",
    "testing": "",
    "frames": "",
    "audit": "frames",
    "cli": "frames audit stores",
    "__main__": "cli",
}
# The reader of files knows words and days alone; code tables, frames and the command read by it.
# Like the adapters, it and the retries load packages of an extra.
EXTRAS = {*ADAPTERS, "files", "allocation.retry"}
RUN_TIME = {"attr", "attrs", "dateutil", "sdcert", *sys.stdlib_module_names}


def name_of(path):
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(SOURCE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}
ROOM_OF = {name: [*name.split("."), ""][1] for name in MODULES}


def imports(node, *, typing=False):
    """The modules that code imports, in functions too, and for annotations alone if typing."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "relative import"
            for alias in child.names:
                whole = f"{child.module}.{alias.name}"
                yield whole if whole in MODULES else child.module
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            if typing:
                yield from imports(child, typing=typing)
        else:
            yield from imports(child, typing=typing)


def reachable():
    """For each room the rooms it may import."""
    below: set[str] = set()
    for layer in LAYERS:
        for rooms in layer:
            for room in rooms.split():
                yield room, below | set(rooms.split())
        below = below | {room for rooms in layer for room in rooms.split()}
    for room, others in ADAPTERS.items():
        yield room, below | {room, *others.split()}


ALLOWED = dict(reachable())


@pytest.mark.parametrize("name", [name for name in MODULES if ROOM_OF[name]])
def test_imports_run_downwards(name):
    here = ROOM_OF[name]
    for other in imports(TREES[name], typing=True):
        there = ROOM_OF.get(other, "")
        assert not there or there in ALLOWED[here], f"{here} imports {there}"


def test_there_are_no_circles():
    graph = {name: set(imports(tree)) & set(MODULES) - {name} for name, tree in TREES.items()}
    assert list(TopologicalSorter(graph).static_order())  # a circle is a CycleError that names it


CORE = [name for name in MODULES if not {ROOM_OF[name], name.partition(".")[2]} & {*EXTRAS, ""}]


@pytest.mark.parametrize("name", CORE)
def test_the_core_needs_its_run_time_dependencies_alone(name):
    assert {other.partition(".")[0] for other in imports(TREES[name])} <= RUN_TIME


@pytest.mark.parametrize("name", MODULES)
def test_a_module_opens_with_its_purpose_and_its_names_and_is_short(name):
    tree = TREES[name]
    assert ast.get_docstring(tree)
    assert MODULES[name].read_text("utf-8").count("\n") <= 400
    names = {target for node in tree.body for target in getattr(node, "targets", ())}
    assert name == "sdcert.__main__" or "__all__" in {ast.unparse(target) for target in names}


# What a file and a code table are called is said in modules that users import from.
SHARED = {"Source", "Table"}


def test_no_two_classes_have_one_name():
    names = [
        node.name for tree in TREES.values() for node in tree.body if type(node) is ast.ClassDef
    ]
    assert {name for name in names if names.count(name) > 1 and name[0] != "_"} <= SHARED


TESTS = sorted(Path(__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_a_test_file_is_short_and_imports_no_other(path):
    assert path.read_text("utf-8").count("\n") <= 500
    for name in imports(ast.parse(path.read_text("utf-8"))):
        assert not name.rpartition(".")[2].startswith("test_"), f"{path.name} imports {name}"


PROBE = """
import sys, time
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
assert set(sys.modules) - before == {"sdcert"}, set(sys.modules) - before
for name in sys.argv[1:]:
    import_module(name)
assert sdcert.check("鲁181402001200001").outcome == "valid"
assert not opened, opened
"""


def test_importing_reads_no_file_and_no_clock_and_loads_nothing():
    core = ["sdcert.checking", "sdcert.numbering", "sdcert.codes", "sdcert.dates"]
    core += ["sdcert.rules", "sdcert.checking.records", "sdcert.checking.explaining"]
    subprocess.run([sys.executable, "-c", PROBE, *core], check=True)
