"""The pages on the rules are held to the rule data and to the source text."""

import importlib.util
import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from sdcert.rules import RuleBook

ROOT = Path(__file__).parents[2]
SOURCE = (Path(__file__).parents[1] / "data" / "notices.txt").read_text("utf-8")
ARTICLES = (ROOT / "docs" / "articles.md").read_text("utf-8")
P, L = "鲁人社规〔2018〕22号", "聊人社字〔2019〕27号"


def generator():
    spec = importlib.util.spec_from_file_location("rules_tables", ROOT / "docs" / "rules_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_on_the_page_are_those_of_the_data():
    tables = generator()
    pages = [page.read_text("utf-8") for page in tables.PAGES]
    for page in pages:
        assert tables.filled(page) == page, "run: python docs/rules_tables.py"
    assert set(re.findall(r"<!-- table: (\S+) -->", "".join(pages))) == set(tables.tables())


def test_the_tables_on_the_chinese_page_are_those_of_the_data():
    tables = generator()
    made = tables.translations()
    for page in tables.PAGES:
        path = page.parent / "locale" / "zh_CN" / "LC_MESSAGES" / f"{page.stem}.po"
        with path.open("rb") as file:
            found = {message.id: message.string for message in read_po(file) if message.id in made}
        assert len(found) > 20
        assert found == {cell: made[cell] for cell in found}, "run: python docs/build.py --update"


def test_a_change_of_the_data_or_of_the_page_is_noticed():
    tables = generator()
    page = tables.PAGES[0].read_text("utf-8")
    for place in ("**itself**", "第六条（二）", "stated 明文规定", "2024-01-27"):
        at = page.index(place, page.index("<!-- table: province -->"))
        changed = page[:at] + "x" + page[at:]
        assert tables.filled(changed) == page


def rows(document):
    section = ARTICLES.partition(f"## {document}\n")[2].partition("\n## ")[0]
    return dict(
        re.findall(r"^\| ([第一二三][^ |]*) \| [^|]+ \| ([^|]+) \|$", section, re.MULTILINE)
    )


def articles(document):
    """Every article and item of a document, counted in the source text itself."""
    local, _, provincial = SOURCE.partition("SDPR-2018-0140022")
    text = "".join((local if document == L else provincial).split(" "))
    if document == P:
        article = ""
        for line in text.splitlines():
            if match := re.match(r"(第[一二三四五六七八九十]+条)", line):
                article = match[1]
                yield article
            elif article and (match := re.match(r"（([一二三四])）", line)):
                yield f"{article}（{match[1]}）"
    else:
        part, items = "", 0
        for line in [*text.splitlines(), "四、"]:
            if match := re.match(r"([一二三四])、", line):
                if part and not items:
                    yield part
                part, items = match[1], 0
            elif part and (match := re.match(r"[（(]([一二三])[)）]", line)):
                items += 1
                yield f"{part}（{match[1]}）"


@pytest.mark.parametrize(("document", "count"), [(P, 24), (L, 6)])
def test_every_article_has_a_row(document, count):
    found = list(articles(document))
    assert len(found) == count
    listed = rows(document)
    # 第十条第二款 is a paragraph, which the text does not count
    assert [place for place in listed if place != "第十条第二款"] == found


@pytest.mark.parametrize("document", [P, L])
def test_every_clause_in_the_data_is_listed_as_implemented(document):
    [found] = [one for one in RuleBook.bundled().documents if one.number == document]
    listed = rows(document)
    for clause in found.clauses:
        assert "RuleBook." in listed[clause.place], clause.place
    data = {clause.place for clause in found.clauses}
    for place, where in listed.items():
        if "RuleBook." in where:
            assert place in data, place
        elif "`" not in where:
            assert where.startswith("nothing to implement"), place


def test_the_source_is_kept_whole():
    assert SOURCE.strip().startswith("聊城市人力资源和社会保障局")
    assert SOURCE.strip().endswith("校核人：鄢鸣")


def test_the_table_of_times_gives_the_basis_of_each_of_its_answers():
    rules = RuleBook.bundled()
    for line in list(generator().times())[2:]:
        day, *cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        for city, basis in ((None, cells[1]), ("14", cells[3])):
            assert rules.in_force(date.fromisoformat(day), city=city).basis.label() == basis
