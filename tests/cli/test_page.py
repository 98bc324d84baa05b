"""The HTML page of a check, as text and in a real browser."""

import html
import re
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.cli.phrases import phrase
from sdcert.cli.reports.page import Bar, pieces
from sdcert.cli.reports.page import render as rendered
from sdcert.codes import CodeBook
from sdcert.findings import Outcome
from tests.damage import texts
from tests.support import browser

BOOK = CodeBook.bundled()
ORDER = (Outcome.VALID, Outcome.UNDETERMINED, Outcome.INVALID)
HOSTILE = [
    "<script>document.title='run'</script>",
    "<img src='https://e.invalid/a.png' onerror='alert(1)'>",
    "</style><link rel=stylesheet href='//e.invalid/a.css'>",
    "</title></bdi></code></table>{{ 7 * 7 }}{% raw %}",
    "\u202e鲁\u200b18\x00\ud800",
    "&lt;b&gt;",
]


def split(valid=0, undetermined=0, invalid=0):
    """Rows by outcome."""
    return Counter(
        {Outcome.VALID: valid, Outcome.UNDETERMINED: undetermined, Outcome.INVALID: invalid}
    )


def render(page):
    return "".join(rendered(page))


def row(value, outcome, *findings, line=2, suggestion=None, cells=()):
    """A row that is listed; its findings as code, message and span."""
    found = [
        {"code": code, "message": message, "span": span and list(span)}
        for code, message, span in findings
    ]
    shown = {"line": line, "value": value, "outcome": outcome, "suggestion": suggestion}
    return shown | {"findings": found, "cells": cells, "guessed": False, "file": "a.csv"}


def failing(value, line=2, lang="en", cells=()):
    verdict = check(value, codes=BOOK)
    number = None if verdict.number is None else str(verdict.number)
    found = ((one.code.value, one.message(lang), one.span) for one in verdict.findings)
    other = number if number != value else None
    return row(value, verdict.outcome, *found, line=line, suggestion=other, cells=cells)


def example(lang="en", rows=None, **changes):
    values = ["鲁18140200120000O", "鲁20 90020 601 00042", "1" * 10**6, ""]
    if rows is None:
        rows = [failing(value, line, lang) for line, value in enumerate(values, 2)]
    of = {outcome: [one for one in rows if one["outcome"] == outcome] for outcome in Outcome}
    page = {
        "source": "名册.csv",
        "lang": lang,
        "meaning": phrase("meaning-codes", lang),
        "counts": split(1_025, 60, 140),
        "failing": split(0, 60, 140),
        "findings": [
            Bar("layout", split(0, 0, 60), "layout"),
            Bar("canonical", split(30, 6, 12), "not-canonical"),
        ],
        "cities": [
            Bar("聊城市", split(400, 0, 100), "14"),
            Bar("90", split(200, 40, 10)),
            Bar("—", split(0, 0, 25)),
        ],
        "years": [Bar("2018", split(300, 100, 100)), Bar("2019", split(125, 0, 0))],
        "rows": of.__getitem__,
        "listed": {outcome: len(some) for outcome, some in of.items()},
        "several": False,
        "place": "line",
        "columns": [],
        "particulars": [("Column", "证书编号")],
        "version": "0.1.0",
        "made_on": "2026-11-23",
    }
    return page | changes


# --- the text of the page ---------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_what_valid_does_not_mean(lang):
    coded = render(example(lang))
    bare = render(example(lang, meaning=phrase("meaning-grammar", lang)))
    for text in (coded, bare):
        assert {"en": "issued", "zh": "确已发放"}[lang] in text
        assert {"en": "genuine", "zh": "证书真实"}[lang] in text
    assert {"en": "registered in these tables", "zh": "在代码表中登记"}[lang] in coded
    assert {"en": "registered in these tables", "zh": "在代码表中登记"}[lang] not in bare


@pytest.mark.parametrize(
    ("rows", "bad", "allowed", "english", "chinese"),
    [
        (5, 3, 0, "3 of 5 rows need attention.", "5行中有3行需要处理。"),
        (1_234, 1, 0, "1 of 1,234 rows needs attention.", "1,234行中有1行需要处理。"),
        (1, 1, 0, "The only row needs attention.", "仅有的1行需要处理。"),
        (5, 0, 0, "All rows are valid.", "全部行均有效。"),
        (
            5,
            0,
            2,
            "No row is invalid; undetermined ones were allowed.",
            "没有无效的行；无法判定的行已按要求放行",
        ),
    ],
)
def test_the_headline_counts_the_rows_that_need_attention(rows, bad, allowed, english, chinese):
    counts = split(rows - bad - allowed, allowed, bad)
    for lang, said in (("en", english), ("zh", chinese)):
        text = render(example(lang, counts=counts, failing=split(0, 0, bad), rows=[]))
        assert said in re.search(r'class="verdict[^>]*>([^<]*)<', text)[1]


def test_a_page_without_anything_to_show_says_so():
    nothing = {"findings": [], "cities": [], "years": [], "failing": split()}
    text = render(example(rows=[], counts=split(3), **nothing))
    assert "Nothing was found." in text
    assert "There are none." in text
    assert "<table" not in text


def test_the_rows_left_out_are_counted():
    text = render(example())
    assert "the first 3 of 140 rows; 137 are left out" in text
    assert "the first 1 of 60 rows; 59 are left out" in text
    rows = [failing("鲁18140200120000O")] * 4
    assert "Invalid: 4 rows<" in render(example(failing=split(0, 0, 4), rows=rows))


def test_a_row_shows_how_it_should_be_written_where_that_is_known():
    assert "suggested</span> <code" in render(example())
    assert "suggested" not in render(example(rows=[failing("鲁209002060100042")]))


def test_the_places_of_rows_are_lines_or_rows():
    assert ">Line</th>" in render(example())
    assert ">Row</th>" in render(example(place="row"))


def test_a_row_of_many_findings_is_bounded():
    found = [("layout", f"finding {at}", (0, 1)) for at in range(20)]
    text = render(example(rows=[row("x", Outcome.INVALID, *found, *found)]))
    assert "finding 7<" in text
    assert "finding 8<" not in text
    assert "and 12 more findings" in text


def test_what_two_findings_say_alike_is_said_once():
    found = [(code, "true or false", None) for code in ("boolean-cell", "not-text")]
    text = render(example(rows=[row("true", Outcome.INVALID, *found)]))
    assert text.count("true or false") == 1
    assert ">boolean-cell not-text<" in text


def test_the_same_values_make_the_same_page():
    assert render(example("zh")) == render(example("zh"))


def test_the_words_of_no_language_but_the_asked_are_on_the_page():
    text = render(example("zh", particulars=[], rows=[], made_on=""))
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    bare = html.unescape(bare).replace("sdcert", "").replace("not-canonical", "")
    assert set(re.findall("[A-Za-z]+", bare)) == {"csv", "layout", "canonical", "u", "b"}


@settings(max_examples=12)
@given(texts(), st.text(st.characters(), max_size=80))
def test_whatever_stands_in_a_cell_the_page_is_utf8_of_visible_characters(value, cell):
    page = example(
        source=cell,
        rows=(failing(value, cells=(cell,)),),
        columns=(cell,),
        particulars=((cell, cell),),
        failing=split(0, 1, 1),
    )
    text = render(page)
    text.encode()
    assert all(line.isprintable() for line in text.split("\n"))
    outside = render(example(source="x", rows=(failing("18", cells=("x",)),), columns=("x",)))
    tags = re.compile(r"<(/?\w+)")
    assert set(tags.findall(text)) <= set(tags.findall(outside)) | {"mark", "/mark", "p", "/p"}


def test_the_length_of_a_page_is_bounded_whatever_its_cells():
    rows = tuple(failing("<" * 10**6, at, cells=("&" * 10**6,)) for at in range(30))
    page = example(rows=rows, columns=("&" * 10**6,), source="&" * 10**6)
    assert len(render(page)) < 100_000


# --- the plots --------------------------------------------------------------------------------


@given(
    st.builds(split, *[st.integers(0, 10**9)] * 3).filter(lambda s: s.total()), st.integers(0, 99)
)
def test_a_bar_is_as_long_as_its_share_and_every_outcome_is_seen(counts, more):
    longest = counts.total() * (100 + more) // 100
    drawn = list(pieces(counts, longest))
    assert [name for name, _, _ in drawn] == [outcome for outcome in ORDER if counts[outcome]]
    end = 0.0
    for name, start, width in drawn:
        assert float(start) == pytest.approx(end, abs=0.02)
        assert float(width) >= 3.9
        exact = 1000 * counts[Outcome(name)] / longest
        assert float(width) == pytest.approx(exact, abs=8.1)
        end = float(start) + float(width)
    assert end <= 1000.01


def test_a_bar_of_nothing_is_empty():
    assert not list(pieces(split(), 0))
    nothing = {"findings": [], "cities": [], "years": []}
    shown = render(example(rows=[], counts=split(), failing=split(), **nothing))
    assert not re.findall(r'<svg class="bar[^>]*><rect', shown)


# --- in the browser ---------------------------------------------------------------------------


@pytest.fixture
def opened(chromium, tmp_path):
    pages = []

    def open_(page, **options):
        path = tmp_path / f"{len(pages)}.html"
        path.write_text(page if isinstance(page, str) else render(page), "utf-8")
        pages.append(browser.Opened(chromium, path, **options))
        return pages[-1]

    yield open_
    for each in pages:
        each.page.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_browser_shows_the_page_and_asks_for_nothing_else(opened, lang):
    shown = opened(example(lang))
    assert shown.page.title() == phrase("page.title", lang, source="名册.csv")
    assert shown.page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-Hans"}[lang]
    assert shown.texts(".cards b") == ["1,225", "1,025", "60", "140"]
    assert shown.texts(".verdict") == [phrase("page.bad", lang, count=200, rows=1_225)]
    assert shown.page.locator("#meaning").is_visible()
    heading = {"en": "What was checked", "zh": "检查说明"}[lang]
    assert shown.texts("#particulars h2") == [heading]
    assert (shown.said, shown.asked) == ([], [])


def test_a_page_that_would_fetch_something_is_found_out(opened):
    """The probe itself: what the other tests find nothing of is seen where it is."""
    text = render(example())
    bad = text.replace("<main>", "<main><img src='https://example.invalid/a.png'>")
    shown = opened(bad)
    assert shown.asked == ["https://example.invalid/a.png"]
    assert "Content Security Policy" in shown.said[0]
    styled = opened(text.replace("<main>", "<main style='color: red'><script>1</script>"))
    assert len(styled.said) == 2


MEASURE = """plots => plots.map(id => [...document.querySelectorAll(`#${id} tbody tr`)].map(row => {
    const box = part => (at => [at.x, at.width, at.height])(part.getBoundingClientRect())
    return {
        label: row.querySelector("th").innerText,
        numbers: [...row.querySelectorAll("td.number")].map(cell => Number(cell.innerText)),
        track: box(row.querySelector("svg")),
        pieces: [...row.querySelectorAll("rect")].map(part => [part.className.baseVal, box(part)]),
    }
}))"""


def test_the_bars_are_as_long_as_their_numbers(opened):
    page = example()
    plots = {name: page[name] for name in ("findings", "cities", "years")}
    measured = opened(page).page.evaluate(MEASURE, list(plots))
    for bars, rows in zip(plots.values(), measured, strict=True):
        longest = max(bar.total for bar in bars)
        assert len({row["track"][1] for row in rows}) == 1
        for bar, row in zip(bars, rows, strict=True):
            counts = [bar.counts[outcome] for outcome in ORDER]
            assert row["label"] == f"{bar.label} {bar.code}".strip()
            assert row["numbers"] == [bar.total, *counts]
            end, full, _ = row["track"]
            assert full > 200
            named = zip(ORDER, counts, strict=True)
            wanted = [(name, count) for name, count in named if count]
            for (name, count), (drawn, (x, width, height)) in zip(
                wanted, row["pieces"], strict=True
            ):
                assert drawn == name
                assert height > 10
                assert x == pytest.approx(end, abs=1)
                assert width == pytest.approx(full * count / longest, abs=2)
                end = x + width


def test_the_whole_is_one_bar_of_full_width(opened):
    shown = opened(example()).page.locator("#counts svg.whole")
    widths = [box.bounding_box()["width"] for box in shown.locator("rect").all()]
    full = shown.bounding_box()["width"]
    for width, count in zip(widths, (1_025, 60, 140), strict=True):
        assert width == pytest.approx(full * count / 1_225, abs=1)
    assert "1,025 valid, 60 undetermined, 140 invalid" in shown.get_attribute("aria-label")


def test_the_failing_rows_are_there_as_they_were_given(opened):
    shown = opened(example())
    lines = shown.texts("#invalid-rows tbody td:first-child")
    assert lines == ["2", "4", "5"]
    assert shown.texts("#undetermined-rows tbody td:first-child") == ["3"]
    assert shown.texts("#invalid-rows .given code")[0] == "鲁18140200120000O"
    assert shown.texts("#invalid-rows mark")[0] == "O"
    assert shown.texts("#invalid-rows .given")[1:] == [
        "1" * 64 + "…\n\n1,000,000 characters",
        "empty",
    ]
    assert "“O” is the letter O" in shown.texts("#invalid-rows tbody tr")[0]
    assert shown.texts(".suggestion") == ["suggested 鲁209002060100042"]


def test_other_columns_are_there_only_where_asked_for(opened):
    asked = example(rows=(failing("18", cells=("张某", "370")),), columns=("姓名", "身份证号"))
    shown = opened(asked)
    assert shown.texts("#invalid-rows thead th")[3:] == ["姓名", "身份证号"]
    assert shown.texts("#invalid-rows tbody td")[3:] == ["张某", "370"]
    assert "if they concern persons" in shown.texts("#rows > .note")[0]
    bare = opened(example())
    assert len(bare.texts("#invalid-rows thead th")) == 3
    assert "the one with the numbers alone" in bare.texts("#rows > .note")[0]


def test_hostile_texts_are_shown_and_do_nothing(opened):
    page = example(
        source=HOSTILE[0],
        rows=tuple(failing(value, cells=tuple(HOSTILE)) for value in HOSTILE),
        failing=split(0, 0, len(HOSTILE)),
        columns=tuple(HOSTILE),
        particulars=tuple((value, value) for value in HOSTILE),
        cities=tuple(Bar(value, split(1), value) for value in HOSTILE),
    )
    shown = opened(page)
    safe = [
        "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)
        for value in HOSTILE
    ]
    assert (shown.said, shown.asked) == ([], [])
    assert shown.page.locator("script, img, link, main b:not(.cards b)").count() == 0
    assert shown.texts("h1") == safe[:1]
    assert shown.texts("#invalid-rows .given code") == safe
    assert shown.texts("#invalid-rows thead th")[3:] == safe
    assert shown.texts("#invalid-rows tbody tr:last-child td")[3:] == safe
    assert shown.texts("#cities tbody th") == [f"{text} {text}" for text in safe]
    assert shown.texts("#particulars dd")[:-2] == safe
    assert shown.page.locator("style").count() == 1
    assert shown.page.locator("section").count() == 6


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
def test_the_page_is_accessible_in_either_colour_scheme(opened, lang, scheme):
    """The rules of axe: contrast, names of pictures, headings, tables, landmarks."""
    shown = opened(example(lang), color_scheme=scheme)
    found = Axe().run(shown.page)
    assert found.violations_count == 0, found.generate_report()
    names = [svg.get_attribute("aria-label") for svg in shown.page.get_by_role("img").all()]
    assert len(names) == 1 + 2 + 3 + 2
    assert all(names)


def test_the_page_fits_a_telephone(opened):
    shown = opened(example(), viewport={"width": 390, "height": 800})
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_is_printed_on_paper(opened):
    shown = opened(example(), color_scheme="dark")
    shown.page.emulate_media(media="print")
    assert shown.page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 33, 38)"
    assert shown.page.pdf(format="A4").startswith(b"%PDF")


# --- without a browser ------------------------------------------------------------------------


def test_without_a_browser_the_test_is_not_run_and_in_ci_it_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not run: there is no Chromium"):
        browser.program()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        browser.program()
