"""The changes that Cosmic Ray makes to a file, and those that are listed as equivalent."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "sdcert"
EQUIVALENT = tomllib.loads((HERE / "equivalent.toml").read_text("utf-8"))
# An order by its neighbour and by its opposite, an operation by its inverse, each number by those
# before and behind it, each condition by its negation, each loop by none. Left out: what removes
# decorators, since all is lost without @property and nothing without @cache; strict=True of zip,
# which guards against our own mistakes alone, as an assertion does; and what costs or saves memory
# and time alone: whether attrs makes slots (an exception has a __dict__ anyway) or keeps a hash,
# and how much is REMEMBERED (that a memo is bounded is tested with its class).
OPERATORS = [
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_FloorDiv",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Mod_Mul",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ExceptionReplacer",
    "NumberReplacer",
    "ZeroIterationForLoop",
]
BINARY = ("arith_expr", "term", "expr", "and_expr")


class Mutant(NamedTuple):
    path: Path
    operator: str
    occurrence: int
    place: str  # the function, with the classes it stands in
    row: int

    def name(self) -> str:
        """The file and the function, as they are called."""
        return f"{self.path}:{self.place}"

    def text(self) -> str:
        return _changed(self)

    def is_python(self) -> bool:
        try:
            compile(self.text(), str(self.path), "exec")
        except SyntaxError:
            return False
        return True

    def lines(self) -> tuple[str, str]:
        """The line that is changed, and what it becomes."""
        before = self.path.read_text("utf-8").splitlines()
        pairs = zip(before, self.text().splitlines(), strict=False)
        return next((a.strip(), b.strip()) for a, b in pairs if a != b)

    def __str__(self) -> str:
        line, changed = self.lines()
        return f"{self.where()}\n    {line}\n    {changed}"

    def where(self) -> str:
        return f"{self.path.relative_to(SOURCE)}:{self.row} in {self.place or 'the module'}"

    def holds(self, text: str) -> bool:
        """Whether the report of the change holds a text; quick where the first line does."""
        return text in self.where() or text in str(self)

    def reason(self) -> str | None:
        """Why no test can notice it, if that is listed."""
        line, changed = self.lines()
        for entry in EQUIVALENT.get(self.path.relative_to(SOURCE).as_posix(), ()):
            if (entry["in"], entry["line"]) == (self.place, line) and changed in entry["becomes"]:
                return str(entry["because"])
        return None


@cache
def _changed(mutant: Mutant) -> str:
    operator = get_operator(f"core/{mutant.operator}")()
    return str(mutate_code(mutant.path.read_text("utf-8"), operator, mutant.occurrence))


def not_made(paths: list[Path]) -> Iterator[str]:
    """The lines that are listed as equivalent in these files, and that no change makes."""
    for path in paths:
        entries = EQUIVALENT.get(path.relative_to(SOURCE).as_posix(), ())
        rows = {entry["line"] for entry in entries}
        source = path.read_text("utf-8").splitlines()
        made = {
            (one.place, *one.lines())
            for one in mutants_of(path)
            if rows and source[one.row - 1].strip() in rows
        }
        for entry in entries:
            for changed in entry["becomes"]:
                if (entry["in"], entry["line"], changed) not in made:
                    yield f"{path.relative_to(SOURCE)} in {entry['in']}\n    {changed}"


def mutants_of(path: Path) -> Iterator[Mutant]:
    nodes = [(node, _is_type(node)) for node in ast_nodes(get_ast(path.read_text("utf-8")))]
    for operator in OPERATORS:
        positions = get_operator(f"core/{operator}")().mutation_positions
        found = [
            (node, typing, row) for node, typing in nodes for (row, _), _ in positions(node) or ()
        ]
        for occurrence, (node, typing, row) in enumerate(found):
            # a bare * of a signature is no product
            binary = operator.startswith("ReplaceBinary")
            if not typing and (not binary or node.parent.type in BINARY) and not _option(node):
                yield Mutant(path, operator, occurrence, _place(node), row)


def _is_type(node: Any) -> bool:
    """Whether the code is an annotation, which nothing evaluates, or is for type checkers alone."""
    if _for_checkers(node):
        return True
    while (parent := node.parent) is not None:
        here = {"annassign": 1, "tfpdef": 2}.get(parent.type)
        if (here and parent.children[here] is node) or getattr(parent, "annotation", None) is node:
            return True
        if _for_checkers(parent):
            return True
        node = parent
    return False


def _for_checkers(node: Any) -> bool:
    return bool(node.type == "if_stmt" and node.children[1].get_code().strip() == "TYPE_CHECKING")


def _option(node: Any) -> bool:
    """Whether it is the value of an option that no answer depends on."""
    statement = node.search_ancestor("expr_stmt")
    if statement and statement.children[0].get_code(False).rstrip().endswith("REMEMBERED"):
        return True
    if node.parent.type != "argument":
        return False
    option, call = node.parent.get_code(False), node.search_ancestor("atom_expr")
    if option == "strict=True":
        return bool(call and call.children[0].get_code(False) == "zip")
    return option in ("slots=False", "cache_hash=True") or option.startswith("maxsize=")


def _place(node: Any) -> str:
    names: list[str] = []
    while (parent := node.parent) is not None:
        # the default of a parameter is evaluated where the function is defined
        if parent.type in ("funcdef", "classdef") and node.type != "parameters":
            names.insert(0, parent.name.value)
        node = parent
    return ".".join(names)
