"""What is wrong with the reference as built: python docs/check_reference.py [DIRECTORY].

`python docs/build.py` runs it over the site that it made. It finds public names and members of
enumerations that have no entry, entries without an example, and what no reader should see: names of
private modules and classes, defaults that say nothing, the methods of ``str``. In Chinese it finds
the summaries of modules, classes, functions and methods that are English still.
"""

from __future__ import annotations

import enum
import html
import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parent
UNFIT = re.compile(
    r"\bsdcert(?:\.\w+)*\._[a-z]\w*|(?<![\w.])_[A-Z]\w*|\bNOTHING\b|<factory>"
    r"|Bases: object\b|\bat 0x[0-9a-f]+|\bswapcase\b"
)
ENTRY = re.compile(r'<dl class="py (?:class|function|exception)">\s*<dt[^>]* id="([^"]+)"')
SUMMARY = re.compile(
    r'<dl class="py (?!attribute)\w+">\s*<dt[^>]* id="([^"]+)">(?:(?!</dt>).)*</dt>\s*<dd>'
    r'(?:<p class="[^"]*">(?:(?!</p>).)*</p>)?\s*<p>((?:(?!</p>).)*)</p>'
    r'|id="module-([^"]+)">(?:(?!</h[1-6]>).)*</h[1-6]>\s*<p>((?:(?!</p>).)*)</p>',
    re.DOTALL,
)
ID = re.compile(r' id="(sdcert\.[^"]+)"')
TAG = re.compile(r"<[^>]+>")


def unfit(page: str) -> Iterator[str]:
    """What a page shows that it should not, and the entries that have no example."""
    article = page[page.find("<article") :].partition("</article>")[0]
    yield from sorted(
        {f"shows {found}" for found in UNFIT.findall(html.unescape(TAG.sub("", article)))}
    )
    for one in ID.findall(article):
        if re.search(r"\._[a-z]", one):
            yield f"has an entry for {one}"
    entries = list(ENTRY.finditer(article))
    ends = [*[entry.start() for entry in entries], len(article)][1:]
    for entry, end in zip(entries, ends, strict=True):
        if "&gt;&gt;&gt;" not in article[entry.start() : end]:
            yield f"has no example for {entry[1]}"


def english(page: str) -> Iterator[str]:
    """The summaries of a Chinese page that are not Chinese."""
    for name, text, module, opening in SUMMARY.findall(page):
        words = re.sub(r"[（(][^）)]*[）)]", "", html.unescape(TAG.sub("", text or opening)))
        if not re.search(r"[\u4e00-\u9fff]", words):
            yield f"has no Chinese summary of {name or module}"


def missing(shown: set[str]) -> Iterator[str]:
    """Each public name that has no entry, and each member of an enumeration."""
    sources = "\n".join(path.read_text("utf-8") for path in sorted((DOCS / "api").glob("*.md")))
    names = sorted(set(re.findall(r"automodule:: (\S+)", sources)))
    modules = {name: importlib.import_module(name) for name in names}
    for home, module in modules.items():
        for name in module.__all__:
            value = getattr(module, name)
            entries = {
                f"{other}.{name}"
                for other in ("sdcert", *modules)
                if getattr(modules.get(other), name, None) is value
            } & shown
            if not entries:
                yield f"there is no entry for {home}.{name}"
            elif isinstance(value, type) and issubclass(value, enum.Enum):
                for member in value.__members__:
                    if not any(f"{entry}.{member}" in shown for entry in entries):
                        yield f"there is no entry for {home}.{name}.{member}"


def faults(out: Path) -> list[str]:
    """Everything that is wrong with the reference of a site in both languages."""
    pages, chinese = (
        {path.stem: path.read_text("utf-8") for path in sorted((out / part).glob("*.html"))}
        for part in ("api", "zh/api")
    )
    found = [f"api/{name}.html {fault}" for name, page in pages.items() for fault in unfit(page)]
    found += missing(set(ID.findall("".join(pages.values()))))
    found += [
        f"zh/api/{name}.html {one}" for name, page in chinese.items() for one in english(page)
    ]
    return found


if __name__ == "__main__":
    found = faults(Path(sys.argv[1] if sys.argv[1:] else DOCS / "_build"))
    print(*found, sep="\n")
    sys.exit(bool(found))
