"""The reference: what a page lists, under the names that readers import.

``.. names:: sdcert`` with names under it makes a table of summaries and an entry for each, in the
order given. In the guides, a code span that is a public name becomes a link to its entry, so that
the pages read well on a code host, where nothing resolves them.
"""

from __future__ import annotations

import ast
import enum
import functools
import importlib
import inspect
import re
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.domains.python import ObjectEntry
from sphinx.pycode import ModuleAnalyzer
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def data_doc(name: str, value: object) -> list[str]:
    """The comment (``#:``) over a constant, in the module that defines it."""
    for home, module in list(sys.modules.items()):
        if home.startswith("sdcert") and vars(module).get(name) is value:
            docs = ModuleAnalyzer.for_module(home).find_attr_docs()
            if ("", name) in docs:
                return docs["", name]
    return []


def entry(module: str, name: str) -> Iterator[str]:
    """The directive that documents a name."""
    value = getattr(importlib.import_module(module), name)
    full = f"{module}.{name}"
    if inspect.isroutine(value):
        yield f".. autofunction:: {full}"
        return
    if not inspect.isclass(value):
        yield f".. py:data:: {full}"
        yield ""
        yield from (f"   {line}" for line in data_doc(name, value))
        return
    broken = issubclass(value, BaseException)
    yield f".. {'autoexception' if broken else 'autoclass'}:: {full}"
    yield "   :members:"
    hidden = set(getattr(value, "_fields", ()))  # the docstring describes them
    for base in value.__mro__[1:-1]:
        if not base.__module__.startswith("sdcert"):  # hooks of a framework
            hidden |= vars(value).keys() & vars(base).keys()
    yield f"   :exclude-members: {', '.join(sorted(hidden - {'__init__', '__doc__'}))}"
    private = [
        base for base in value.__mro__[1:] if base.__name__ in ("Labelled", "Lookups", "Worded")
    ]
    if private:  # what a base that has no entry of its own gives
        foreign = {one.__name__ for one in value.__mro__ if not one.__module__.startswith("sdcert")}
        yield f"   :inherited-members: {', '.join(sorted(foreign - {'object'}) or ['object'])}"
    if issubclass(value, enum.Enum):
        yield "   :undoc-members:"
    if broken:
        yield "   :show-inheritance:"


def rest(module: ModuleType, known: set[str]) -> list[str]:
    """The other public names that ``sdcert`` does not have: functions, classes, exceptions."""
    face = importlib.import_module("sdcert")._MODULES

    def rank(name: str) -> int:
        value = getattr(module, name)
        if inspect.isclass(value):
            return 2 if issubclass(value, BaseException) else 1
        return 0 if inspect.isroutine(value) else 3

    names = [name for name in module.__all__ if name not in known]
    own = [name for name in names if face.get(name) != module.__name__ and not shared(module, name)]
    return sorted(own, key=rank)


def described(value: object) -> bool:
    """Whether a docstring says what it is; constants have a comment."""
    return inspect.isclass(value) or inspect.isroutine(value)


def shared(module: ModuleType, name: str) -> bool:
    """Whether it is a name of ``sdcert`` that a second module gives too."""
    face = importlib.import_module("sdcert")
    return name in face._MODULES and getattr(face, name) is getattr(module, name)


class Names(SphinxDirective):
    """A table of summaries, and the entries of the names.

    With ``:rest:`` the module's other public names follow those that are listed, except those
    ``:without:`` and those that ``sdcert`` gives, which are described under it.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"rest": directives.flag, "without": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        module = self.arguments[0]
        home = importlib.import_module(module)
        names = " ".join(self.content).split()
        if "rest" in self.options:
            known = {*names, *self.options.get("without", "").split()}
            names += rest(home, known)
        lines = [".. py:currentmodule:: None", "", ".. autosummary::", "   :nosignatures:", ""]
        lines += [f"   ~{module}.{name}" for name in names if described(getattr(home, name))] + [""]
        for name in names:
            lines += [*entry(module, name), ""]
        source, line = self.get_source_info()
        text = StringList(lines, items=[(source, line)] * len(lines))
        holder = nodes.container()
        self.state.nested_parse(text, self.content_offset, holder)
        return holder.children


@functools.cache
def imported(module: str) -> dict[str, str]:
    """What a module's names of types are in full, those for type checkers too."""
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(importlib.import_module(module)))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sdcert"):
            found.update(
                {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
            )
        elif isinstance(node, ast.ClassDef):
            found[node.name] = f"{module}.{node.name}"
    return found


def qualified(text: str, module: str) -> str:
    """A signature with the full names of the library's own types."""
    if not module.startswith("sdcert"):
        return text
    names = imported(module)
    return re.sub(r"(?<![\w.'\"])[A-Z]\w*", lambda match: names.get(match[0], match[0]), text)


def signature(
    app: Sphinx,
    what: str,
    name: str,
    value: Any,
    options: Any,
    text: str | None,
    answer: str | None,
) -> tuple[str | None, str | None] | None:
    """The signature of an attrs class as its fields declare it, with every type."""
    module = getattr(value, "__module__", None) or "builtins"
    if what not in {"class", "exception"} or not attrs.has(value):
        return qualified(text or "", module) or None, qualified(answer or "", module) or None
    fields = {field.alias: field for field in attrs.fields(value) if field.init}
    shown, keywords = [], False
    for parameter in inspect.signature(value).parameters.values():
        field = fields.get(parameter.name)
        if field is None:
            return None
        if parameter.kind is parameter.KEYWORD_ONLY and not keywords:
            keywords = True
            shown.append("*")
        kind = field.type if isinstance(field.type, str) else inspect.formatannotation(field.type)
        default = ""
        if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
            default = " = ..."
        elif field.default is not attrs.NOTHING:
            default = f" = {field.default!r}"
        home = next(
            cls.__module__
            for cls in value.__mro__
            if field.name in vars(cls).get("__annotations__", ())
        )
        shown.append(f"{parameter.name}: {qualified(kind, home)}{default}".replace("_T_co", "T"))
    return f"({', '.join(shown)})", answer


def describe(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """A member of an enum is described by its words in both languages, where it has no others."""
    owner, _, member = name.rpartition(".")
    module, _, cls = owner.rpartition(".")
    try:
        value = getattr(importlib.import_module(module), cls)[member]
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):
        return
    if not isinstance(value, enum.Enum) or not hasattr(value, "label"):
        return
    words = f"{value.label('en')} ({value.label('zh')})"
    lines[:] = [line for line in lines if line.strip()] or [words]


def public(env: BuildEnvironment) -> dict[str, tuple[str, str, str]]:
    """Each name of the reference by all its endings: page, anchor and full name."""
    found: dict[str, tuple[str, str, str]] = {}
    twice = set()
    objects = env.domains.python_domain.objects
    for full, item in objects.items():
        if item.aliased or item.objtype == "module":
            continue
        parts = full.split(".")
        for i in range(len(parts)):
            ending = ".".join(parts[i:])
            if ending in found:
                twice.add(ending)
            found[ending] = (item.docname, item.node_id, full)
    for ending in twice:
        del found[ending]
    for full, item in objects.items():
        found[full] = (item.docname, item.node_id, full)
        if full.startswith("sdcert."):
            found.setdefault(full.removeprefix("sdcert."), found[full])
    return found


def add_aliases(app: Sphinx, env: BuildEnvironment) -> None:
    """A name is found under each module that gives it: ``sdcert.codes.CodeBook`` as well."""
    objects = env.domains.python_domain.objects
    described = {}
    for full in objects:
        module, _, name = full.rpartition(".")
        if module in sys.modules and hasattr(sys.modules[module], name):
            described.setdefault(id(getattr(sys.modules[module], name)), full)
    for home, module in list(sys.modules.items()):
        if not home.startswith("sdcert"):
            continue
        for name in getattr(module, "__all__", ()):
            first = described.get(id(getattr(module, name, None)))
            if first is None or first == f"{home}.{name}":
                continue
            for full, item in list(objects.items()):
                if full == first or full.startswith(f"{first}."):
                    alias = ObjectEntry(item.docname, item.node_id, item.objtype, aliased=True)
                    objects.setdefault(f"{home}.{name}{full.removeprefix(first)}", alias)
    env.sdcert_names = public(env)  # type: ignore[attr-defined]


def find(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, content: nodes.TextElement
) -> nodes.Element | None:
    """A type that a signature names without its module, or by the module that defines it."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"].rpartition(".")[2]
    if re.fullmatch(r"_[A-Z]\w*", target):  # a type variable
        return nodes.inline("", target[1:].removesuffix("_co"))
    if target not in env.sdcert_names:  # type: ignore[attr-defined]
        return None
    page, anchor, full = env.sdcert_names[target]  # type: ignore[attr-defined]
    return make_refnode(app.builder, node["refdoc"], page, anchor, content, full)


class LinkNames(SphinxPostTransform):
    """Code spans of the guides that are public names become links."""

    default_priority = 5
    builders: ClassVar[tuple[str, ...]] = ("html", "dirhtml")

    def run(self, **kwargs: Any) -> None:
        names = self.env.sdcert_names  # type: ignore[attr-defined]
        here = self.env.current_document.docname
        if here.startswith("api/"):
            return
        for node in list(self.document.findall(nodes.literal)):
            if isinstance(node.parent, nodes.reference | nodes.title):
                continue
            text = node.astext()
            name = text.removesuffix("()")
            linked = text != name or "." in name or name[:1].isupper()
            if not (linked and name in names):
                continue
            page, anchor, full = names[name]
            link = make_refnode(self.app.builder, here, page, anchor, node.deepcopy(), full)
            node.replace_self(link)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("names", Names)
    app.add_post_transform(LinkNames)
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-process-docstring", describe)
    app.connect("env-updated", add_aliases)
    app.connect("missing-reference", find)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
