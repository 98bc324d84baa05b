"""The command as a whole: its commands, its languages, its help, its exit status."""

import io
import os
import re
import runpy
import subprocess
import sys
import types
from importlib.metadata import version
from string import Formatter

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import sdcert.cli
from sdcert.cli import COMMANDS, Entry, default_language, main
from sdcert.cli._app import app
from sdcert.cli._common import console, dressed, json_text, language, load_codes, print_lines
from sdcert.cli._errors import Misuse, worded
from sdcert.cli._texts import TEXTS, Problem, printable, say
from sdcert.codes import CodeBook
from sdcert.errors import SdcertError

GOOD = "鲁181402001200001"
CHINESE_LOCALE = {"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def invoke(*args, **options):
    return CliRunner().invoke(app, args, **options)


def python(*args, env=(), **options):
    """Run a fresh interpreter, as a user's shell would."""
    environment = os.environ | {"PYTHONWARNINGS": "error"} | dict(env)
    return subprocess.run(
        [sys.executable, *args], env=environment, capture_output=True, check=False, **options
    )


# --- languages --------------------------------------------------------------------------------


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


def test_outside_a_command_the_locale_speaks(monkeypatch):
    assert language() == "en"
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert language() == "zh"


def test_every_text_stands_in_both_languages_with_the_same_parameters():
    def names(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    for key, (en, zh) in TEXTS.items():
        assert names(en) == names(zh), key
        assert bool(en) == bool(zh), key


def test_no_chinese_text_is_english_and_no_english_text_chinese():
    for key, (en, zh) in TEXTS.items():
        english = re.sub("2019年1月27日", "", en)
        assert not re.search("[\u4e00-\u9fff]", english), key
        if re.search("[a-z]", re.sub(r"\{\w+\}", "", en)):
            assert re.search("[\u4e00-\u9fff]", zh), key


def test_the_language_of_the_group_is_that_of_its_commands_unless_they_name_their_own():
    assert "无效" in invoke("--lang", "zh", "parse", "x").output
    assert "invalid" in invoke("--lang", "zh", "parse", "x", "--lang", "en").output


# --- help and version -------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_help_lists_every_command_in_the_users_language(asked):
    english, chinese = invoke(asked), invoke("--lang", "zh", asked)
    assert english.exit_code == chinese.exit_code == 0
    for entry in sdcert.cli.COMMANDS:
        assert entry.help[0] in english.output
        assert entry.help[1] in chinese.output
    assert english.output.startswith("Usage: sdcert")
    assert chinese.output.startswith("用法：sdcert")


def commands(group=app, *path):
    """Every command of the application, those of groups included."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("path", "found"), [*commands()], ids=str)
def test_every_option_of_a_command_is_told_in_the_users_language(path, found, lang):
    result = invoke(*path, "--lang", lang, "--help", env={"COLUMNS": "300"})
    assert result.exit_code == 0
    assert not result.output.startswith({"zh": "Usage", "en": "用法"}[lang])
    assert bool(re.search("[\u4e00-\u9fff]", result.output.replace("年1月", ""))) == (lang == "zh")
    for param in found.params:
        if isinstance(param, click.Option):
            assert param.opts[0] in result.output
            assert {"en": param.en, "zh": param.zh}[lang][:20] in result.output


@pytest.mark.parametrize("command", [entry.name for entry in COMMANDS])
def test_no_word_of_clicks_own_is_left_in_chinese_help(command):
    chinese = invoke(command, "--lang", "zh", "--help", env={"COLUMNS": "300"}).output
    english = invoke(command, "--help", env={"COLUMNS": "300"}).output
    own = r"\[OPTIONS\]|COMMAND \[ARGS\]|\[required\]|\b(TEXT|INTEGER|RANGE|DIRECTORY)\b"
    assert re.search(own, english)
    assert not re.search(own, chinese)
    assert chinese.count("[必填]") == english.count("[required]")


def test_help_is_folded_by_the_width_of_chinese_characters():
    output = invoke("check", "--lang", "zh", "--help", env={"COLUMNS": "60"}).output
    from rich.cells import cell_len

    assert max(map(cell_len, output.splitlines())) <= 60
    assert "…" not in output


def test_without_a_command_the_help_is_shown_and_the_status_says_that_nothing_ran():
    result = invoke()
    assert result.exit_code == 2
    assert "check" in result.output


def test_the_version_is_that_of_the_installed_library():
    result = invoke("--version")
    assert (result.exit_code, result.output) == (0, f"sdcert {version('sdcert')}\n")


def test_completion_runs_no_callback():
    ctx = app.make_context("sdcert", ["--version", "--help", "x"], resilient_parsing=True)
    assert ctx.resilient_parsing


def test_a_shell_can_complete_commands_and_options():
    asked = {"_SDCERT_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    result = invoke(env=asked | {"COMP_WORDS": "sdcert "})
    assert result.stdout.split() == [f"plain,{entry.name}" for entry in sdcert.cli.COMMANDS]
    result = invoke(env=asked | {"COMP_WORDS": "sdcert --v"})
    assert result.stdout.split() == ["plain,--version"]


def test_help_imports_no_command():
    code = (
        "import sys; from sdcert.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "loaded = set(sys.modules)\n"
        "assert not loaded & {'sdcert.cli.checking', 'charset_normalizer', 'sdcert.codes'}, loaded"
    )
    assert python("-c", code).returncode == 0


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [["nonsense"], ["check"], ["check", "a.csv", "--lang", "fr"], ["--nonsense"], ["parse"]],
)
def test_a_wrong_command_line_leaves_with_2_and_names_the_help(args):
    result = invoke(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("sdcert: error: ")
    assert "--help" in result.stderr


def test_a_wrong_command_line_is_answered_in_chinese_where_asked():
    result = invoke("--lang", "zh", "check")
    assert result.stderr.startswith("sdcert：错误：")
    assert "用法见：sdcert check --help" in result.stderr


def stand_in(monkeypatch, command):
    """Put a command of the test's own into the application."""
    module = types.ModuleType("stand_in")
    module.found = command
    monkeypatch.setitem(sys.modules, "stand_in", module)
    monkeypatch.setattr(
        sdcert.cli,
        "COMMANDS",
        [*sdcert.cli.COMMANDS, Entry("stand-in", "stand_in:found", ("", "代为执行。"))],
    )
    monkeypatch.setattr("sdcert.cli._app.COMMANDS", sdcert.cli.COMMANDS)


def test_the_system_is_quoted_in_english(monkeypatch):
    stand_in(monkeypatch, raising(OSError(2, "No such file or directory", "x.csv")))
    assert invoke("stand-in").stderr == "sdcert: error: x.csv: No such file or directory\n"


WRONG = [
    (
        ["check", "a", "--delimiter", "dot"],
        "选项--delimiter应为以下之一：comma、semicolon、tab、bar",
    ),
    (["check", "a", "--header-line", "x"], "选项--header-line应为整数，最小为0"),
    (["check", "a", "--columm", "x"], "没有选项--columm，是否为--column、--show-column？"),
    (["check", "a", "--xyzzy"], "没有选项--xyzzy"),
    (["check", "a", "--column"], "选项--column缺少值，或不应带值"),
    (["check", "a", "--allow-undetermined=1"], "选项--allow-undetermined缺少值，或不应带值"),
    (["check", "a", "b", "c"], "多余的参数：b c"),
    (["check"], "缺少参数FILE"),
    (["nonsense\x1b"], "没有命令“nonsense\\x1b”"),
    (["codes", "nonsense"], "没有命令“nonsense”"),
    (["stand-in", "--most", "9"], "选项--most应为整数，最大为5"),
    (["stand-in", "--year", "x"], "选项--year应为整数"),
    (["stand-in", "--half", "x"], "Invalid value for '--half': 'x' is not a valid float."),
    (["stand-in", "--db", "/nowhere"], "选项--db所指的路径不存在，或者类型、权限不符：'/nowhere'"),
    (["stand-in", "--ours", "x"], "ours is odd"),
    (["stand-in", "--needed", "x"], "--format x须同时给出--y"),
    (["stand-in"], "缺少选项--db"),
    (
        ["pattern"],
        "缺少选项--for，应为以下之一：json-schema、postgresql、sqlite、xsd、java、javascript、"
        "python、re2",
    ),
]


def test_what_may_be_chosen_stands_in_one_line():
    assert invoke("pattern").stderr.splitlines()[0] == (
        "sdcert: error: Missing option '--for'. Choose from: json-schema, postgresql, sqlite, xsd, "
        "java, javascript, python, re2"
    )


def plain():
    def ours(ctx, param, value):
        if value:
            raise (
                click.BadParameter("ours is odd")
                if value == "?"
                else click.UsageError("ours is odd", ctx)
            )

    def needed(ctx, param, value):
        if value:
            raise Misuse("option-needed", form=value, option="--y")

    @click.command("stand-in", help="Stand in for another.")
    @click.option("--db", type=click.Path(exists=True), required=True, help="The file.")
    @click.option("--most", type=click.IntRange(max=5), is_eager=True)
    @click.option("--year", type=int, is_eager=True)
    @click.option("--half", type=float, is_eager=True)
    @click.option("--ours", callback=ours, is_eager=True)
    @click.option("--needed", callback=needed, is_eager=True)
    def command(**given):
        return 1

    return command


@pytest.mark.parametrize(("args", "said"), WRONG)
def test_a_wrong_command_line_is_explained_in_chinese(monkeypatch, args, said):
    stand_in(monkeypatch, plain())
    result = invoke("--lang", "zh", *args)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == f"sdcert：错误：{said}"


@pytest.mark.parametrize(("args", "said"), WRONG)
def test_a_wrong_command_line_is_explained_in_english(monkeypatch, args, said):
    stand_in(monkeypatch, plain())
    result = invoke(*args)
    assert result.exit_code == 2
    assert not re.search("[\u4e00-\u9fff]", result.stderr)


def test_an_error_before_the_language_is_told_in_it():
    assert invoke("check", "--xyzzy", "--lang", "zh").stderr.startswith(
        "sdcert：错误：没有选项--xyzzy"
    )
    assert invoke("--lang", "zh", "check", "--xyzzy", "--lang", "en").stderr.startswith("sdcert: ")
    assert invoke("check", "--xyzzy", "--lang", "fr").stderr.startswith("sdcert: error: ")


def test_an_error_that_names_no_parameter_is_passed_on():
    assert worded(click.BadParameter("odd"), "zh") == "Invalid value: odd"


def test_a_plain_command_gets_help_errors_and_language_like_the_others(monkeypatch):
    stand_in(monkeypatch, plain())
    english, chinese = (invoke("stand-in", "--lang", lang, "-h") for lang in ("en", "zh"))
    assert english.exit_code == chinese.exit_code == 0
    assert "Stand in for another." in english.output
    assert "代为执行。" in chinese.output
    assert "选项：" in chinese.output
    assert "The file." in chinese.output  # nobody said it in Chinese
    assert invoke("stand-in", "--lang", "zh", "--db", ".").exit_code == 1


def test_a_plain_command_can_be_told_in_chinese_throughout(monkeypatch):
    command = dressed(plain(), zh="代为执行。\n\n详情。", options={"--db": "编号库文件。"})
    stand_in(monkeypatch, command)
    chinese = invoke("stand-in", "--lang", "zh", "--help").output
    assert "--db 路径 编号库文件。 [必填]" in " ".join(chinese.split())
    english = invoke("stand-in", "--help").output
    assert "--db PATH The file. [required]" in " ".join(english.split())
    assert "编号库文件" not in english
    assert [param.name for param in dressed(command, zh="").params].count("lang") == 1
    with pytest.raises(ValueError, match="stand-in has no options --dbb"):
        dressed(plain(), zh="", options={"--dbb": "x"})


@pytest.mark.parametrize(("lang", "said"), [("en", "Check tables"), ("zh", "检查代码表")])
def test_a_group_alone_shows_its_help_and_says_that_nothing_ran(lang, said):
    asked = invoke("codes", "--lang", lang, "--help")
    assert (asked.exit_code, said in asked.stdout) == (0, True)
    for alone in (invoke("--lang", lang, "codes"), invoke("codes", "--lang", lang)):
        assert (alone.exit_code, alone.stdout, alone.stderr) == (2, asked.stdout, "")


def test_a_group_completes_its_commands():
    asked = {"_SDCERT_COMPLETE": "bash_complete", "COMP_CWORD": "2"}
    result = invoke(env=asked | {"COMP_WORDS": "sdcert codes sh"})
    assert result.stdout.split() == ["plain,show"]
    result = invoke(env=asked | {"COMP_WORDS": "sdcert nonsense "})
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("lang", "text", "folded"),
    [
        (
            "en",
            "head\n    one two three four\n\nend\x1b",
            "head|    one two|    three four||end\\x1b",
        ),
        ("zh", "头\n    编 号规则编号\n\n末\x1b", "头|    编 号规则|    编号||末\\x1b"),
        ("zh", " " * 40 + "编号", " " * 40 + "编|" + " " * 40 + "号"),
    ],
)
def test_on_a_terminal_lines_are_folded_and_stay_indented(monkeypatch, lang, text, folded):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "14")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("LC_ALL", {"en": "C", "zh": "zh_CN"}[lang])
    print_lines(text)
    assert sys.stdout.getvalue() == folded.replace("|", "\n") + "\n"


def raising(error):
    @click.command("stand-in")
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Problem("no-rows", {"name": "a\x1b[31m.csv"}), "a\\x1b[31m.csv只有列名"),
        (SdcertError("one\ntwo\x1b"), "one\ntwo\\x1b"),
        (OSError(28, "No space left on device"), "磁盘空间不足"),
        (OSError(2, "No such file", "x.csv"), "x.csv：文件或目录不存在"),
        (OSError(9_999, "Odd", "x.csv"), "x.csv：Odd"),
        (OSError("odd"), "odd"),
    ],
)
def test_errors_are_worded_and_leave_with_2(monkeypatch, error, said):
    stand_in(monkeypatch, raising(error))
    result = invoke("--lang", "zh", "stand-in")
    assert result.exit_code == 2
    assert result.stderr == f"sdcert：错误：{said}{result.stderr.partition(said)[2]}"
    assert "Traceback" not in result.stderr


def test_a_crash_leaves_with_2_not_with_the_status_of_bad_rows(monkeypatch):
    stand_in(monkeypatch, raising(ZeroDivisionError()))
    result = invoke("stand-in")
    assert result.exit_code == 2
    assert "ZeroDivisionError" in result.stderr


@pytest.mark.parametrize(("lang", "said"), [("en", "interrupted"), ("zh", "已中断")])
def test_an_interrupt_leaves_with_130(monkeypatch, lang, said):
    stand_in(monkeypatch, raising(KeyboardInterrupt()))
    monkeypatch.setenv("LC_ALL", {"en": "C", "zh": "zh_CN.UTF-8"}[lang])
    result = invoke("stand-in")
    assert result.exit_code == 130
    assert said in result.stderr


@pytest.mark.parametrize(("given", "status"), [(None, 0), (0, 0), (1, 1), (2, 2)])
def test_a_commands_int_is_the_exit_status(monkeypatch, given, status):
    stand_in(monkeypatch, click.command("stand-in")(lambda: given))
    assert invoke("stand-in").exit_code == status
    assert app.main(["stand-in"], standalone_mode=False) == status


def test_a_target_may_hold_several_commands(monkeypatch):
    other = click.command("other")(lambda: 1)
    stand_in(monkeypatch, [other, click.command("stand-in")(lambda: 0)])
    assert invoke("stand-in").exit_code == 0


def test_a_missing_part_of_the_extra_is_named_when_a_command_needs_it(monkeypatch):
    monkeypatch.setattr(
        "sdcert.cli._app.import_module", lambda _: (_ for _ in ()).throw(missing("rich.console"))
    )
    result = invoke("check", "a.csv")
    assert result.exit_code == 2
    assert "pip install 'sdcert[cli]'" in result.stderr


@pytest.mark.parametrize("name", ["elsewhere", None])
def test_a_missing_module_that_is_no_part_of_the_extra_is_a_crash(monkeypatch, name):
    monkeypatch.setattr(
        "sdcert.cli._app.import_module", lambda _: (_ for _ in ()).throw(missing(name))
    )
    result = invoke("check", "a.csv")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr


def missing(name):
    return ModuleNotFoundError("no such module", name=name)


@pytest.mark.parametrize(("locale", "subject"), [("C", "command line"), ("zh_CN", "命令行")])
def test_without_the_extra_the_command_says_so_in_a_sentence(monkeypatch, capsys, locale, subject):
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.delitem(sys.modules, "sdcert.cli._app")
    monkeypatch.setitem(sys.modules, "click", None)
    with pytest.raises(SystemExit) as left:
        main(["check", "a.csv"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "pip install 'sdcert[cli]'" in said
    assert subject in said
    assert said.count("\n") == 1


def test_another_missing_module_is_not_taken_for_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "sdcert.cli._app")
    monkeypatch.setitem(sys.modules, "sdcert.cli._common", None)
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


@pytest.mark.parametrize(
    ("key", "reason", "said"),
    [
        ("system", "odd", "odd"),
    ],
)
def test_the_reason_that_a_library_gives_is_told_in_chinese(key, reason, said):
    params = {"name": "a", "line": 2, "column": 3, "reason": reason}
    assert said in say(key, "zh", **params)
    assert reason in say(key, "en", **params)


# --- what is safe to print --------------------------------------------------------------------


@given(st.text(), st.none() | st.integers(0, 10))
def test_printable_texts_are_printable_and_bounded(text, limit):
    shown = printable(text, limit)
    assert shown.isprintable()
    if limit is None and text.isprintable():
        assert shown == text
    if limit is not None:
        assert len(shown) <= 10 * limit + 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.none() | st.just(2))
def test_json_is_printable_and_says_the_same(value, indent):
    import json

    text = json_text(value, indent)
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text) == value


@given(st.sampled_from(sorted(TEXTS)), st.text())
def test_no_parameter_reaches_a_message_raw(key, hostile):
    names = {name for _, name, _, _ in Formatter().parse(TEXTS[key][0]) if name}
    for lang in ("en", "zh"):
        assert say(key, lang, **dict.fromkeys(names, hostile)).isprintable()


def test_problems_pickle_and_equal_their_arguments():
    import pickle

    problem = Problem("no-rows", {"name": "a.csv"})
    again = pickle.loads(pickle.dumps(problem))
    assert (again.args, again.message("zh")) == (problem.args, problem.message("zh"))
    assert isinstance(problem, ValueError)


def test_the_console_is_as_wide_as_it_is_told(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console().width == 100
    monkeypatch.setenv("COLUMNS", "61")
    assert console(stderr=True).width == 61


# --- code tables ------------------------------------------------------------------------------


def test_codes_are_none_bundled_or_a_path(tmp_path):
    assert load_codes(None) is None
    bundled = load_codes("bundled")
    assert bundled == CodeBook.bundled()
    bundled.save(tmp_path / "tables")
    assert load_codes(str(tmp_path / "tables")).digest == bundled.digest
