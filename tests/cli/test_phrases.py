"""The words of the command line: complete, used, and safe to print."""

import errno
import pickle
import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sdcert.cli
from sdcert.cli.phrases import Problem, asked_language, current_language, phrase, reason, speaking
from tests.support.catalogue import texts_of

SOURCE = Path(sdcert.cli.__file__).parent
TEXTS = {
    f"{area}.{name}": text for area in ("cli", "page") for name, text in texts_of(area).items()
}


def forms(text):
    return (text,) if isinstance(text, str) else tuple(text.values())


def test_outside_a_command_the_language_is_that_of_the_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    assert current_language() == "en"
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert current_language() == "zh"
    with speaking("en"):
        assert current_language() == "en"


def test_the_last_language_on_the_command_line_counts():
    assert asked_language(["--lang", "zh", "x", "--lang", "en"]) == "en"
    assert asked_language(["--lang"]) is None


def test_every_text_is_used():
    code = "\n".join(
        file.read_text("utf-8") for file in SOURCE.rglob("*") if file.suffix in (".py", ".html")
    )
    for key in TEXTS:
        name = key.partition(".")[2]
        # a name that is put together begins or ends with a part that the code has
        parts = [name, *(name[:at] for at in range(3, len(name)) if name[at - 1] == "-")]
        parts += [name[at:] for at in range(len(name)) if name[at:].startswith("-label")]
        assert any(part in code for part in parts) or re.fullmatch("E[A-Z]+", name), key


def test_no_chinese_text_is_english_and_no_english_text_chinese():
    for key, text in TEXTS.items():
        english = "".join(forms(text["en"])).replace("2019年1月27日", "")
        assert not re.search("[\u4e00-\u9fff]", english), key
        bare = re.sub(r"\{\w+\}|sdcert|JSON Lines|Parquet", "", english)
        if re.search("[a-z]", bare) and key != "cli.file-parquet":
            assert re.search("[\u4e00-\u9fff]", "".join(forms(text["zh"]))), key


@pytest.mark.usefixtures("aside")
@given(st.sampled_from(sorted(TEXTS)), st.text())
def test_no_parameter_reaches_a_message_raw(key, hostile):
    names = {n for form in forms(TEXTS[key]["en"]) for _, n, _, _ in Formatter().parse(form) if n}
    given_ = dict.fromkeys(names, hostile) | {"count": 2}
    for lang in ("en", "zh"):
        assert phrase(key, lang, **given_).isprintable()


@pytest.mark.parametrize("name", ["-", "a.csv"])
def test_standard_input_is_called_by_its_name(name):
    text = phrase("no-rows", "zh", name=name)
    assert text.startswith({"-": "标准输入", "a.csv": "a.csv"}[name])


def test_problems_pickle_and_equal_their_arguments():
    problem = Problem("no-rows", {"name": "a.csv"})
    again = pickle.loads(pickle.dumps(problem))
    assert (again.args, again.message("zh")) == (problem.args, problem.message("zh"))
    assert isinstance(problem, ValueError)


ERRORS = [key.partition(".")[2] for key in TEXTS if re.fullmatch(r"cli\.E[A-Z]+", key)]


@pytest.mark.parametrize("name", ERRORS)
def test_what_the_system_refuses_is_told_in_either_language(name):
    error = OSError(getattr(errno, name), "words of the system")
    assert re.search("[\u4e00-\u9fff]", reason(error, "zh"))
    assert "words of the system" not in reason(error, "zh")
