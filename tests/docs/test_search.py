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


@pytest.fixture(scope="module", params=["en", "zh_CN"])
def search(request, tmp_path_factory):
    """The pages that the search names for a term, first first; the guides alone are built."""
    site = tmp_path_factory.mktemp(request.param)
    command = [sys.executable, "-m", "sphinx", "-Q", "-t", "guides", "-b", "html"]
    options = ["-D", f"language={request.param}", str(ROOT / "docs"), str(site)]
    subprocess.run([*command, *options], check=True)
    with browser.running() as chromium:
        page = chromium.new_page()

        def pages(term):
            page.goto(f"{(site / 'search.html').as_uri()}?q={quote(term)}")
            page.locator("#search-results p.search-summary, #search-results p").first.wait_for()
            page.wait_for_function("document.querySelector('#search-results h2') !== null")
            links = page.locator("#search-results ul.search li > a")
            page.wait_for_timeout(200)
            found = [link.get_attribute("href") for link in links.all()]
            names = [Path(href.partition("#")[0].partition("?")[0]).stem for href in found]
            return list(dict.fromkeys(names))

        yield pages


def test_each_term_leads_to_its_page(search):
    lost = {}
    for term, wanted in TERMS.items():
        found = search(term)
        if wanted not in found[:3]:
            lost[term] = wanted, found
    assert not lost


def test_what_is_nowhere_is_not_found(search):
    assert search("拖拉机") == []
