"""The Chinese pages for a code host are those of the pages and their catalogues."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
markdown = SimpleNamespace(**runpy.run_path(str(DOCS / "markdown.py")))
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *DOCS.glob("*.md"), *DOCS.glob("zh/*.md")]


def test_they_are_up_to_date():
    found = {path.stem: path.read_text("utf-8") for path in (DOCS / "zh").glob("*.md")}
    assert found == markdown.pages(), "run python docs/markdown.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", text):
        path = page.parent / target if target else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(markdown.slug, headings), (target, anchor)
