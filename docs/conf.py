"""Sphinx configuration; `python docs/build.py` builds both languages."""

import functools
import importlib.metadata
import sys
from pathlib import Path

from myst_parser.mdit_to_docutils import base

# MyST asks for docutils' settings again at each of some thousand translated passages, and then does
# not use them: half the time of the Chinese pages.
base.get_default_settings = functools.cache(base.get_default_settings)

sys.path.insert(0, str(Path(__file__).with_name("_ext")))

project = "sdcert"
author = "The sdcert maintainers"
copyright = "2026, The sdcert maintainers"
version = release = importlib.metadata.version("sdcert")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "han_search",
    "outside",
    "reference",
]
html_theme = "furo"
html_title = f"sdcert {version}"
html_static_path = ["_static"]
html_css_files = ["sdcert.css"]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_ext", "locale", "zh"]
if "tags" in globals() and tags.has("guides"):  # noqa: F821  # the pages to be translated
    exclude_patterns.append("api")
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Two languages: the English text is the source, docs/locale holds the Chinese.
language = "en"
locale_dirs = ["locale"]
gettext_compact = False
gettext_location = False
html_search_language = "han"
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

nitpicky = True
autosummary_generate = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
maximum_signature_line_length = 72
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
    (r"py:.*", r".*\._[A-Za-z].*|_[A-Z].*|sdcert\.files\..*|Header|Notes|Parquet"
               r"|Harness|(sdcert\..*\.)?[A-Z]"),
    (r"py:.*", r"contextlib\..*|sqlite3\..*|sqlalchemy\..*|_thread\..*|Async(Session|Connection)"
               r"|Abstract(Async)?ContextManager|Dialect|TypeEngine"),
]  # fmt: skip
