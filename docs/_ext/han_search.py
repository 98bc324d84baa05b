"""Search that finds Chinese: a run of Han characters is indexed and looked up by its bigrams.

Sphinx takes a run of Han characters as one word, so that 职称 is not found in 职称证书; its own
splitter for ``zh`` needs a dictionary, and its index page calls a stemmer that does not exist.
English is split and stemmed as Sphinx does it.

``keywords.toml`` beside ``conf.py`` names, page by page, what readers look for in other words than
the page's: these are entries of the general index, which the search reads too.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search.en import SearchEnglish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

HAN = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")


def split(text: str) -> Iterator[str]:
    """The words of a text; of a run of Han characters each pair of neighbours.

    >>> list(split("核准公布 on 2019"))
    ['核准', '准公', '公布', 'on', '2019']
    """
    for word in HAN.findall(text):
        if len(word) > 1 and "\u3400" <= word[0] <= "\u9fff":
            yield from (word[i : i + 2] for i in range(len(word) - 1))
        else:
            yield word


class HanSearch(SearchEnglish):
    """English, and Chinese by bigrams."""

    lang = "han"
    js_splitter_code = """
function splitQuery(query) {
  const runs = query.match(/[\\u3400-\\u9fff]+|[\\p{Letter}\\p{Number}_]+/gu) || [];
  return runs.flatMap((run) =>
    run.match(/[\\u3400-\\u9fff]+|[^\\u3400-\\u9fff]+/g).flatMap((word) =>
      /[\\u3400-\\u9fff]/.test(word) && word.length > 1
        ? Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2))
        : [word]
    )
  );
}
"""

    def split(self, input: str) -> list[str]:
        return list(split(input))


class SearchBuilder(StandaloneHTMLBuilder):
    """The search page and its index, without the pages that it leads to: for tests."""

    name = "search"

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write nothing; the index has the page already."""


def add_keywords(app: Sphinx, doctree: nodes.document) -> None:
    words = app.env.config.search_keywords.get(app.env.current_document.docname, ())
    section = next(doctree.findall(nodes.section), None)
    if words and section is not None:
        entries = [("single", word, section["ids"][0], "main", None) for word in words]
        section.insert(1, addnodes.index(entries=entries))


def read_keywords(app: Sphinx, config: object) -> None:
    path = Path(app.confdir) / "keywords.toml"
    app.config.search_keywords = tomllib.loads(path.read_text("utf-8"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_search_language(HanSearch)
    app.add_builder(SearchBuilder)
    app.add_config_value("search_keywords", {}, "env")
    app.connect("config-inited", read_keywords)
    app.connect("doctree-read", add_keywords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
