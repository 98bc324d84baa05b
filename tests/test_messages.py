"""One way to words: languages, lists, alternatives, excerpts, and a catalogue that is complete."""

import pickle
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.findings import Outcome
from sdcert.messages import (
    Bilingual,
    Either,
    areas,
    excerpt,
    known,
    language,
    render,
    sentences,
    show,
)
from tests.support.catalogue import texts_of

PLACES = [(area, name) for area in areas() for name in texts_of(area)]


def forms(text):
    """The forms of a text: one, or one for each number."""
    return (text,) if isinstance(text, str) else tuple(text.values())


def fields(text):
    return {
        name for form in forms(text) for _, name, _, _ in string.Formatter().parse(form) if name
    }


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh_Hans", "zh-Hans-CN", "ZH", "zh-TW"])
def test_the_primary_language_of_a_tag_decides(tag):
    assert language(tag) == "zh"
    assert language(tag.replace("zh", "en").replace("ZH", "EN")) == "en"


@pytest.mark.parametrize("tag", ["fr", "", "z", "zhx", "zh CN", "en\n", None, 1, b"zh", ["zh"]])
def test_every_other_language_is_the_same_error(tag):
    with pytest.raises(ValueError, match="lang must be 'en', 'zh' or a tag of these"):
        language(tag)


@pytest.mark.parametrize(("area", "name"), PLACES, ids=str)
def test_both_languages_of_every_key_have_the_same_placeholders(area, name):
    texts = texts_of(area)[name]
    assert set(texts) == {"en", "zh"}
    assert all(form for lang in texts for form in forms(texts[lang]))
    # a reason or a name that only one language has is not shown in the other
    assert fields(texts["zh"]) <= fields(texts["en"])
    if not isinstance(texts["en"], str):
        assert set(texts["en"]) == {"one", "other"}


def test_parameters_are_written_as_the_language_writes_them():
    assert show(Outcome.VALID, "zh") == "有效"
    assert show(date(2019, 1, 27)) == "2019-01-27"
    assert show([date(2019, 1, 27), None, 3], "zh") == "2019年1月27日、、3"
    assert show(Either([Bilingual("a", "甲"), "b"]), "zh-CN") == "甲或b"
    assert show(Either([2, 3, 5])) == "2, 3 or 5"
    assert (show(Either([])), show(Either(["a"]))) == ("", "a")
    assert sentences(["a", "b"], "en", most=1) == "a; …"


def test_a_text_in_two_languages_is_a_string_that_pickles():
    text = Bilingual("a", "甲")
    again = pickle.loads(pickle.dumps(text))
    assert (again, again.zh, again.text("zh-CN"), again.text()) == ("a", "甲", "甲", "a")


def test_english_has_a_form_for_one(monkeypatch):
    texts = {"left": {"en": {"one": "{count} row", "other": "{count} rows"}, "zh": "{count}行"}}
    monkeypatch.setattr("sdcert.messages._area", lambda area: texts)
    assert known("area.left")
    assert [render("area.left", count=count) for count in (1, 2)] == ["1 row", "2 rows"]
    assert render("area.left", "zh", count=1) == "1行"


INVISIBLE = {
    *map(chr, (0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)),
    *(chr(code) for code in (*range(0x180B, 0x1810), *range(0x200B, 0x2010))),
    *(chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000))),
    *(chr(code) for code in (*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)),
    *(chr(code) for code in (*range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4))),
    *(chr(code) for code in range(0x1D173, 0x1D17B)),
}


@given(st.text() | st.text(st.sampled_from([*INVISIBLE, "a", "\x1b", "\ud800"])))
def test_an_excerpt_is_short_printable_and_stays_the_same(text):
    short = excerpt(text)
    assert short.isprintable()
    assert len(short) <= 25
    assert not set(short) & INVISIBLE
    assert excerpt(short) == short
    if text.isprintable() and len(text) <= 24 and not set(text) & INVISIBLE:
        assert short == text


def test_anything_has_an_excerpt():
    class Hostile:
        def __str__(self):
            raise RuntimeError

    assert excerpt(10**6000) == "int"
    assert excerpt(Hostile()) == "Hostile"
    assert excerpt(None) == "None"
    assert excerpt("1" * 100, 60) == "1" * 60 + "…"
