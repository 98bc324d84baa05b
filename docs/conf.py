"""Sphinx configuration."""

import importlib.metadata

project = "sdcert"
author = "The sdcert maintainers"
copyright = "2026, The sdcert maintainers"
version = release = importlib.metadata.version("sdcert")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
html_theme = "furo"
html_title = f"sdcert {version}"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nitpicky = True
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True

# Names of the standard library and of optional libraries that this site cannot resolve offline,
# and type aliases that Sphinx prints by their private names.
nitpick_ignore_regex = [
    (r"py:.*", r"(date|datetime|Path|PathLike|os\..*|StrEnum|enum\..*|Enum|Iterator|Iterable"
               r"|Mapping|Sequence|Callable|AsyncIterator|Awaitable|Any|SupportsIndex|Lang|Pair"
               r"|collections\..*|typing\..*|datetime\..*|pathlib\..*|optional|st\..*|_?T"
               r"|(sdcert\.messages\.)?Bilingual"
               r"|hypothesis\..*|strategies\..*|abc\..*|SearchStrategy.*|Random|Literal|Self)"),
    (r"py:.*", r"(int|str|bool|float|bytes|object|None|tuple|list|dict|set|frozenset|type"
               r"|Exception|ValueError|TypeError|LookupError|KeyError|ImportError|RuntimeError"
               r"|OSError|ArithmeticError|NotImplemented)"),
    (r"py:.*", r".*\._[A-Za-z].*|_[A-Z].*"),
    (r"py:.*", r"sqlite3\..*|sqlalchemy\..*|_thread\..*|Async(Session|Connection)"
               r"|Abstract(Async)?ContextManager"),
]  # fmt: skip
