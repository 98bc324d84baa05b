"""What is printed: folded as English and Chinese are, and safe on a terminal."""

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sdcert.cli.terminal import console, fold, json_text, print_lines
from tests.support.cli import invoke

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.none() | st.just(2))
def test_json_is_printable_and_means_the_same(value, indent):
    text = json_text(value, indent)
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text) == value


def test_the_console_is_as_wide_as_the_environment_demands(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console().width == 100
    monkeypatch.setenv("COLUMNS", "61")
    assert console(stderr=True).width == 61


printable = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "M"]))


@given(printable, st.integers(2, 30))
def test_folding_loses_nothing_but_white_space(text, width):
    lines = fold(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (
            "head\n    one two three four\n\nend\x1b",
            "head|    one two|    three four||end\\x1b",
        ),
        ("头\n    编号规则编号，编号\n\n末\x1b", "头|    编号规则编|    号，编号||末\\x1b"),
        (" " * 40 + "编号", " " * 40 + "编|" + " " * 40 + "号"),
    ],
)
def test_on_a_terminal_lines_are_folded_and_stay_indented(monkeypatch, text, folded):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "14")
    monkeypatch.setenv("TERM", "xterm")
    print_lines(text)
    assert sys.stdout.getvalue() == folded.replace("|", "\n") + "\n"


@pytest.mark.parametrize("width", [20, 40, 56, 100])
def test_no_word_is_lost_on_a_narrow_terminal_and_no_line_ends_in_blanks(tmp_path, width):
    path = tmp_path / "a.csv"
    path.write_text("证书编号\n编号为：鲁18140200120001\n", "utf-8")
    for command in ("check", "audit"):
        environment = {"COLUMNS": str(width), "LC_ALL": "zh_CN.UTF-8"}
        output = invoke(command, path, "--column", "1", env=environment).stdout
        assert max(map(cell_len, output.splitlines())) <= width
        assert not any(line.endswith(" ") for line in output.splitlines())
        joined = "".join(output.split()).replace("─", "")
        assert "编号前有其他文字" in joined or width == 100
