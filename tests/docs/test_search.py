"""A reader who types a term, in either language, finds its page: in a real browser."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support import browser

ROOT = Path(__file__).parents[2]

TERMS = {
    "职称": "index",
    "证书编号": "number",
    "编号规则": "number",
    "评审年度": "number",
    "顺序编号": "number",
    "基层": "number",
    "规范化": "number",
    "地区部门识别代码": "codes",
    "代码表": "codes",
    "动态调整": "codes",
    "载入代码表": "howto-tables",
    "谁管理": "rules",
    "核准公布": "rules",
    "管理部门": "rules",
    "用印": "rules",
    "补办": "rules",
    "聊城": "rules",
    "电子证书": "rules",
    "自主评聘": "rules",
    "逐条对照": "articles",
    "解读": "readings",
    "本市通知": "howto-notice",
    "字段类型": "types",
    "正则表达式": "patterns",
    "数据框": "frames",
    "数据流水线": "pipelines",
    "重号": "audit",
    "一证一号": "audit",
    "发放编号": "allocation",
    "作废": "allocation",
    "自建存储": "howto-store",
    "命令行": "cli",
    "术语表": "glossary",
    "入门": "getting-started",
    "教程": "tutorial",
    "电子表格": "spreadsheet",
    "怎样测试": "tested",
    "FastAPI": "fastapi",
    "表单": "django",
    # English is found as before
    "digest": "codes",
    "overlay": "codes",
    "normalisation": "number",
    "pandas": "frames",
    "duplicate": "audit",
    "retry": "allocation",
    "SQLAlchemy": "sqlalchemy",
    "PostgreSQL": "allocation",
}


SEARCH = """
term => Search._performSearch(...Search._parseQuery(term)).reverse().map(result => result[0])
"""  # what the page does with a term, best first, but for writing it down


@pytest.fixture(scope="module")
def chromium():
    with browser.running() as running:
        yield running


@pytest.fixture(scope="module", params=["en", "zh_CN"])
def page(request, chromium, tmp_path_factory):
    """The search page over the guides, where a reader has typed 拖拉机."""
    site = tmp_path_factory.mktemp(request.param)
    command = [sys.executable, "-m", "sphinx", "-Q", "-t", "guides", "-b", "search"]
    options = ["-D", f"language={request.param}", str(ROOT / "docs"), str(site)]
    subprocess.run([*command, *options], check=True)
    page = chromium.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q={quote('拖拉机')}")
    return page


def test_what_is_nowhere_is_not_found(page):
    page.wait_for_function("Search.status && Search.status.innerText !== ''")
    assert page.locator("#search-results li").count() == 0


def test_each_term_leads_to_its_page(page):
    page.wait_for_function("Search.hasIndex()")
    found = {term: list(dict.fromkeys(page.evaluate(SEARCH, term))) for term in TERMS}
    lost = {term: found[term] for term, wanted in TERMS.items() if wanted not in found[term][:3]}
    assert not lost


def test_what_is_found_is_shown_in_its_order(page):
    page.evaluate("Search.performSearch('作废')")
    best = page.locator("#search-results ul.search li > a").first
    assert best.get_attribute("href").partition("#")[0] == "allocation.html"
