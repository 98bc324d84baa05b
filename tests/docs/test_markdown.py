"""The pages in two languages: links lead somewhere, and those for a code host are up to date."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import jinja2
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


@pytest.mark.parametrize(
    ("lang", "here", "there"), [("en", "English", "zh/number"), ("zh-CN", "中文", "../number")]
)
def test_each_page_of_the_site_leads_to_itself_in_the_other_language(lang, here, there):
    template = (DOCS / "_templates" / "sidebar" / "language.html").read_text("utf-8")
    page = jinja2.Template(template).render(language=lang, content_root="./", pagename="number")
    assert re.search(rf'aria-current="true">{here}<', page)
    assert f'href="./{there}.html"' in page
