"""``sdcert pattern`` prints what :mod:`sdcert.patterns` gives."""

import pytest
from click.testing import CliRunner

from sdcert.patterns import TARGETS, declaration, pattern
from tests.support.cli import PROGRAM as app


def run(*arguments):
    return CliRunner().invoke(app, ["pattern", *arguments])


@pytest.mark.parametrize("target", TARGETS)
def test_it_prints_the_declaration_or_the_bare_pattern(target):
    assert run("--for", target).stdout == declaration(target) + "\n"
    bare = run("--for", target, "--bare", "--column", "cert_no")
    assert (bare.exit_code, bare.stdout) == (0, pattern(target, column="cert_no") + "\n")


def test_names_can_be_chosen():
    done = run("--for", "sqlite", "--column", "no", "--name", "is_number")
    assert done.stdout == declaration("sqlite", column="no", name="is_number") + "\n"


def test_it_is_a_command_of_the_application_and_speaks_chinese():
    result = CliRunner().invoke(app, ["pattern", "--lang", "zh", "--help"])
    assert result.exit_code == 0
    assert all(target in result.stdout for target in TARGETS)
    result = CliRunner().invoke(app, ["pattern", "--for", "re2", "--lang", "zh"])
    assert (result.exit_code, result.stdout) == (0, declaration("re2") + "\n")
    result = CliRunner().invoke(app, ["pattern", "--for", "xsd", "--name", "1"])
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option '--for'"),
        (("--for", "perl"), "'perl' is not one of 'json-schema', 'postgresql'"),
        (("--for", "xsd", "--name", "1"), "name must be an XML name"),
        (("--for", "sqlite", "--column", ""), "column must be a name of printable characters"),
    ],
)
def test_what_it_cannot_do_leaves_with_2(arguments, said):
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "xsd", "--name", "1"), "错误：--name应为不含冒号的XML名称，现为1\n"),
        (
            ("--for", "sqlite", "--name", "\x1b"),
            "错误：--name应为由可见字符组成的名称，现为\\x1b\n",
        ),
        (("--for", "sqlite", "--column", ""), "错误：--column应为由可见字符组成的名称，现为“”\n"),
        (("--for", "xsd", "--bare", "--column", ""), "错误：--column应为由可见字符组成的名称"),
    ],
)
def test_what_it_cannot_do_is_told_in_chinese(arguments, said):
    done = CliRunner().invoke(app, ["pattern", *arguments, "--lang", "zh"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
