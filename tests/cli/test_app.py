"""The command as a whole: its commands, its languages, its help, its exit status."""

import io
import os
import re
import runpy
import subprocess
import sys
import types
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

import sdcert.cli
from sdcert.cli import main
from sdcert.cli.app import COMMANDS, App
from sdcert.cli.phrases import Problem, default_language, speaking
from sdcert.errors import SdcertError
from sdcert.messages import known
from tests.support.catalogue import texts_of
from tests.support.cli import PROGRAM as app
from tests.support.cli import invoke

GOOD = "鲁181402001200001"
CHINESE_LOCALE = {"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def python(*args, env=(), **options):
    """Run a fresh interpreter, as a user's shell would."""
    environment = os.environ | {"PYTHONWARNINGS": "error"} | dict(env)
    return subprocess.run(
        [sys.executable, *args], env=environment, capture_output=True, check=False, **options
    )


# --- languages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "zh_Hans_CN"}, "zh"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_CN", "LANG": "en_US"}, "zh"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.GB18030"}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_locale_gives_the_language(monkeypatch, environment, expected):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_language() == expected


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        ("Chinese (Simplified)_China", "zh"),
        ("zh_CN", "zh"),
        ("English_United States", "en"),
        (None, "en"),
    ],
)
def test_where_no_variable_is_set_the_running_locale_gives_the_language(
    monkeypatch, running, expected
):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("locale.getlocale", lambda: (running, "cp936"))
    assert default_language() == expected


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh_Hans"])
def test_the_language_may_be_named_anywhere_and_the_last_one_counts(tag):
    for args in (["--lang", tag, "parse", "x"], ["parse", "x", "--lang", tag]):
        assert "无效" in invoke(*args).stdout
    assert "invalid" in invoke("--lang", tag, "parse", "x", "--lang=en").stdout
    assert (
        invoke("parse", "x", env=CHINESE_LOCALE).stdout
        == invoke("parse", "x", "--lang", tag).stdout
    )


def test_a_language_that_is_unknown_is_refused():
    result = invoke("parse", "x", "--lang", "fr")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'--lang': en or zh is expected" in result.stderr


# --- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_help_lists_every_command_in_the_users_language(asked):
    english, chinese = invoke(asked), invoke("--lang", "zh", asked)
    assert english.exit_code == chinese.exit_code == 0
    for name in COMMANDS:
        assert re.search(f"^  {name}  +[A-Z]", english.output, re.MULTILINE)
        assert re.search(f"^  {name}  +[\u4e00-\u9fff]", chinese.output, re.MULTILINE)
    assert english.output.startswith("Usage: sdcert")
    assert chinese.output.startswith("用法：sdcert")


def commands(group=None, *path):
    """Every command of the application, those of groups included."""
    group = group or App()
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


@pytest.mark.parametrize(("path", "found"), [*commands()], ids=str)
def test_every_command_and_option_has_help_in_the_users_language(path, found):
    english = invoke(*path, "--help", env={"COLUMNS": "300"})
    chinese = invoke(*path, "--lang", "zh", "--help", env={"COLUMNS": "300"})
    assert english.exit_code == chinese.exit_code == 0
    assert not re.search("[\u4e00-\u9fff]", english.output)
    own = (
        r"Usage|Options|OPTIONS|COMMAND|required|\\b(TEXT|INTEGER|RANGE|PATH|NAME|DATE|FILE|OUT)\\b"
    )
    assert not re.search(own, chinese.output)
    for param in found.params:
        if isinstance(param, click.Option):
            assert param.opts[0] in english.output
            assert f"{param.opts[0]}" in chinese.output
    assert chinese.output.count("必填") == english.output.count("required")


def test_every_text_of_help_is_that_of_a_command_or_an_option():
    names = {" ".join(path): found for path, found in commands()}
    used = {"sdcert"}
    for name, found in names.items():
        used |= {name, f"{name} (list)"}
        for param in found.params:
            for opt in param.opts:
                used |= {f"{name} {opt}", opt}
    left = {key for key in texts_of("help") if key not in used and not key.startswith("metavar ")}
    assert left == set()


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_is_folded_by_the_width_of_its_characters(width, lang):
    output = invoke("check", "--lang", lang, "--help", env={"COLUMNS": str(width)}).output
    assert max(map(cell_len, output.splitlines())) <= width
    assert not re.search("^ *[，。、；：）]", output, re.MULTILINE)
    assert not re.search(" $", output, re.MULTILINE)


def test_without_a_command_the_help_is_shown_and_the_status_says_that_nothing_ran():
    for group in ((), ("codes",)):
        alone = invoke(*group)
        assert (alone.exit_code, alone.stdout) == (2, "")
        assert alone.stderr == invoke(*group, "--help").stdout


def test_the_version_is_that_of_the_installed_library():
    for option in ("--version", "-V"):
        result = invoke(option)
        assert (result.exit_code, result.output) == (0, f"sdcert {version('sdcert')}\n")


def test_a_shell_can_complete_commands_options_and_file_names():
    asked = {"_SDCERT_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    result = invoke(env=asked | {"COMP_WORDS": "sdcert "})
    assert result.stdout.split() == [f"plain,{name}" for name in COMMANDS]
    result = invoke(env=asked | {"COMP_WORDS": "sdcert --v"})
    assert result.stdout.split() == ["plain,--version"]
    asked |= {"COMP_CWORD": "2"}
    assert invoke(env=asked | {"COMP_WORDS": "sdcert check a"}).stdout.split() == ["file,a"]
    assert invoke(env=asked | {"COMP_WORDS": "sdcert codes sh"}).stdout.split() == ["plain,show"]
    assert invoke(env=asked | {"COMP_WORDS": "sdcert nonsense "}).exit_code == 0


def test_help_imports_no_command():
    code = (
        "import sys; from sdcert.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "loaded = set(sys.modules)\n"
        "assert not loaded & {'sdcert.cli.check', 'charset_normalizer', 'sdcert.codes'}, loaded"
    )
    assert python("-c", code).returncode == 0


def test_clicks_own_messages_in_chinese_are_those_of_the_file_beside():
    from babel.messages import mofile, pofile

    folder = Path(sdcert.cli.__file__).parent / "locale" / "zh" / "LC_MESSAGES"
    made = io.BytesIO()
    with (folder / "click.po").open("rb") as file:
        mofile.write_mo(made, pofile.read_po(file))
    assert (folder / "click.mo").read_bytes() == made.getvalue()


# --- errors -----------------------------------------------------------------------------------


def stand_in(monkeypatch, callback, *params):
    """Put a command of the test's own into the application."""
    module = types.ModuleType("stand_in")
    module.command = lambda: click.Command("stand-in", callback=callback, params=list(params))
    monkeypatch.setitem(sys.modules, "stand_in", module)
    entries = COMMANDS | {"stand-in": "stand_in:command"}
    monkeypatch.setattr("sdcert.cli.app.COMMANDS", entries)


def raising(error):
    def callback():
        raise error

    return callback


WRONG = [
    (["check", "a", "--delimiter", "dot"], "--delimiter的值有误：“dot”应为以下之一：comma、"),
    (["check", "a", "--header-line", "x"], "--header-line的值有误：“x”不是整数。"),
    (["check", "a", "--columm", "x"], "没有选项--columm。是否为--column、"),
    (["check", "a", "--xyzzy"], "没有选项--xyzzy。"),
    (["check", "a", "--column"], "选项--column缺少值。"),
    (["check", "a", "--allow-undetermined=1"], "选项--allow-undetermined不带值。"),
    (["explain", "a", "b", "c"], "多余的参数：b c"),
    (["check", "a", "--limit", "1", "--limit", "2"], "选项--limit给出了不止一次：只能给出一次"),
    (["check", "a", "-o", "1.csv", "--report", "2.csv"], "选项--report给出了不止一次"),
    (["check"], "缺少参数文件...。"),
    (["nonsense\x1b"], "没有命令“nonsense\\x1b”。"),
    (["codes", "nonsense"], "没有命令“nonsense”。"),
    (["chek"], "没有命令“chek”。是否为check？"),
    (["allocate"], "缺少选项--db。"),
    (["issued", "--db", "/nowhere"], "--db的值有误：文件“/nowhere”不存在。"),
    (["pattern"], "缺少选项--for。应为以下之一："),
    (["parse", "x", "--lang", "zh", "--lang", "en", "--lang", "zh"], "选项--lang给出了不止一次"),
]


@pytest.mark.parametrize(("args", "text"), WRONG)
def test_a_wrong_command_line_is_explained_in_chinese(args, text):
    result = invoke("--lang", "zh", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"sdcert：错误：{text}".partition("、")[0])
    assert "用法见：sdcert" in result.stderr


@pytest.mark.parametrize(("args", "text"), WRONG[:-1])
def test_a_wrong_command_line_is_explained_in_english(args, text):
    result = invoke(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("sdcert: error: ")
    assert "Try: sdcert" in result.stderr
    assert not re.search("[\u4e00-\u9fff]", result.stderr)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Problem("no-rows", {"name": "a\x1b[31m.csv"}), "a\\x1b[31m.csv只有列名"),
        (SdcertError("one\ntwo\x1b"), "one\ntwo\\x1b"),
        (OSError(28, "No space left on device"), "磁盘空间不足"),
        (OSError(2, "No such file", "x.csv"), "x.csv：文件或文件夹不存在"),
        (OSError(9_999, "Odd", "x.csv"), "x.csv：Odd"),
        (OSError("odd"), "odd"),
    ],
)
def test_errors_are_worded_and_leave_with_2(monkeypatch, error, text):
    stand_in(monkeypatch, raising(error))
    result = invoke("--lang", "zh", "stand-in")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"sdcert：错误：{text}")
    assert "Traceback" not in result.stderr


def test_the_system_is_quoted_in_english(monkeypatch):
    stand_in(monkeypatch, raising(OSError(2, "No such file or directory", "x.csv")))
    assert invoke("stand-in").stderr == "sdcert: error: x.csv: No such file or directory\n"


def test_a_crash_leaves_with_2_not_with_the_status_of_bad_rows(monkeypatch):
    stand_in(monkeypatch, raising(ZeroDivisionError()))
    result = invoke("stand-in")
    assert result.exit_code == 2
    assert "ZeroDivisionError" in result.stderr


@pytest.mark.parametrize(("lang", "text"), [("en", "interrupted"), ("zh", "已中断")])
def test_an_interrupt_leaves_with_130(monkeypatch, lang, text):
    stand_in(monkeypatch, raising(KeyboardInterrupt()))
    result = invoke("--lang", lang, "stand-in")
    assert result.exit_code == 130
    assert text in result.stderr


@pytest.mark.parametrize(("given", "status"), [(None, 0), (0, 0), (1, 1), (2, 2)])
def test_a_commands_int_is_the_exit_status(monkeypatch, given, status):
    stand_in(monkeypatch, lambda: given)
    assert invoke("stand-in").exit_code == status


def missing(name):
    return ModuleNotFoundError("no such module", name=name)


def test_a_missing_part_of_the_extra_is_named_when_a_command_needs_it(monkeypatch):
    monkeypatch.setattr("sdcert.cli.app.import_module", lambda _: raising(missing("rich.a"))())
    result = invoke("check", "a.csv")
    assert result.exit_code == 2
    assert "pip install 'sdcert[cli]'" in result.stderr
    monkeypatch.undo()
    stand_in(monkeypatch, raising(missing("openpyxl")))
    assert "pip install 'sdcert[cli]'" in invoke("stand-in").stderr


@pytest.mark.parametrize("name", ["elsewhere", None])
def test_a_missing_module_that_is_no_part_of_the_extra_is_a_crash(monkeypatch, name):
    monkeypatch.setattr("sdcert.cli.app.import_module", lambda _: raising(missing(name))())
    assert "Traceback" in invoke("check", "a.csv").stderr
    monkeypatch.undo()
    stand_in(monkeypatch, raising(missing(name)))
    assert "Traceback" in invoke("stand-in").stderr


@pytest.mark.parametrize(("locale", "subject"), [("C", "command line"), ("zh_CN", "命令行")])
def test_without_the_extra_the_command_says_so_in_a_sentence(monkeypatch, capsys, locale, subject):
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.delitem(sys.modules, "sdcert.cli.app")
    monkeypatch.setitem(sys.modules, "click", None)
    with pytest.raises(SystemExit) as left:
        main(["check", "a.csv"])
    assert left.value.code == 2
    text = capsys.readouterr().err
    assert "pip install 'sdcert[cli]'" in text
    assert subject in text
    assert text.count("\n") == 1


def test_another_missing_module_is_not_taken_for_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "sdcert.cli.app")
    monkeypatch.setitem(sys.modules, "sdcert.cli.options", None)
    with pytest.raises(ModuleNotFoundError):
        main(["--version"])


def test_main_leaves_with_the_status(capsys):
    with pytest.raises(SystemExit) as left:
        main(["parse", "x"])
    assert left.value.code == 1
    assert "not a" not in capsys.readouterr().err


def test_a_reader_who_leaves_early_ends_the_command_quietly(monkeypatch):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert app.run(["parse", GOOD]) == 2
        monkeypatch.undo()


def test_the_module_runs_as_a_program():
    done = python("-m", "sdcert", "parse", GOOD, encoding="utf-8", env={"PYTHONUTF8": "1"})
    assert done.returncode == 0
    assert "鲁 18 14020 012 00001" in done.stdout
    assert done.stderr == ""


def test_a_console_without_the_characters_gets_escapes():
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = python("-m", "sdcert", "parse", GOOD, "--lang", "zh", env=env)
    assert done.returncode == 0
    assert b"\\u9c81 18 14020 012 00001" in done.stdout


def test_the_module_runs_under_its_name_alone(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["sdcert", "parse", "x"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("sdcert", run_name="__main__")
    assert left.value.code == 1
    assert runpy.run_module("sdcert.__main__", run_name="other")["__all__"] == []


def test_streams_that_are_no_text_files_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert app.run(["parse", GOOD]) == 0
    assert "14020" in sys.stdout.getvalue()


def test_the_environment_is_left_as_it_was(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "fr")
    with speaking("zh"):
        assert os.environ["LANGUAGE"] == "zh"
    assert os.environ["LANGUAGE"] == "fr"
    assert known("cli.error")


def test_an_abort_of_click_leaves_with_130(monkeypatch):
    def abort(*args, **options):
        raise click.Abort

    monkeypatch.setattr(App, "main", abort)
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 130
