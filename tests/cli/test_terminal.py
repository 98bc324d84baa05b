"""Closed streams, full devices, signals: no traceback, no half-written file, the right status."""

import errno
import io
import os
import signal
import subprocess
import sys
import threading
import types

import click
import pytest

from sdcert.cli import main
from sdcert.cli.app import COMMANDS as ENTRIES
from tests.support.cli import PROGRAM as app

GOOD = "鲁181402001200001"
ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """A file to check, in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.csv"
    path.write_text(f"证书编号\n{GOOD}\n", encoding="utf-8")
    return path


@pytest.fixture
def stand_in(monkeypatch):
    """Put a command of the test's own into the application."""

    def put(callback):
        module = types.ModuleType("stand_in")
        module.found = lambda: click.command("stand-in")(callback)
        monkeypatch.setitem(sys.modules, "stand_in", module)
        entries = ENTRIES | {"stand-in": "stand_in:found"}
        monkeypatch.setattr("sdcert.cli.app.COMMANDS", entries)

    return put


@pytest.fixture
def gone():
    """A stream that nobody reads."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w", encoding="utf-8") as pipe:
        yield pipe


COMMANDS = [
    (["check", "a.csv"], 0),
    (["check", "a.csv", "--format", "json"], 0),
    (["check", "a.csv", "--report", "b.csv"], 0),
    (["audit", "a.csv"], 0),
    (["parse", GOOD, "x"], 1),
    (["explain", GOOD], 0),
    (["codes", "list"], 0),
    (["pattern", "--for", "xsd"], 0),
    (["--help"], 0),
    (["--version"], 0),
    (["check", "nope.csv"], 2),
    ([], 2),
]


@pytest.mark.parametrize(("args", "status"), COMMANDS)
def test_with_its_output_closed_a_command_answers_by_its_status(listed, monkeypatch, args, status):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert app.run(args) == status
    assert (sys.stdout, sys.stderr) == (None, None)


def test_what_the_shell_closed_is_no_place_for_a_report(listed):
    if os.name != "posix":
        pytest.skip("there is no shell to close a stream")
    command = f"'{sys.executable}' -m sdcert check a.csv --report b.csv >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert GOOD.encode() in (listed.parent / "b.csv").read_bytes()


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["parse", "x"], ["codes", "-h"]])
def test_a_reader_who_has_left_is_no_bad_row_whatever_is_printed(monkeypatch, gone, args, capsys):
    monkeypatch.setattr(sys, "stdout", gone)
    assert app.run(args) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["parse", "x"], ["codes", "-h"]])
def test_a_full_device_is_told_in_a_sentence_whatever_is_printed(monkeypatch, capsys, args):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    assert app.run(args) == 2
    assert capsys.readouterr().err == "sdcert: error: No space left on device\n"


@pytest.mark.parametrize("raised", [None, KeyboardInterrupt(), ZeroDivisionError()])
def test_where_errors_cannot_be_told_the_status_says_it(monkeypatch, gone, stand_in, raised):
    def command():
        if raised:
            raise raised
        signal.raise_signal(signal.SIGTERM)

    stand_in(command)
    monkeypatch.setattr(sys, "stderr", gone)
    assert app.run(["check", "nope.csv"]) == 2
    expected = {None: 143, KeyboardInterrupt: 130, ZeroDivisionError: 2}
    assert app.run(["stand-in"]) == expected[type(raised) if raised else None]


@pytest.fixture(autouse=True)
def by_default():
    """As a shell leaves them; under nohup, say, one of them would be ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("told", [("C", "ended"), ("zh_CN.UTF-8", "已被终止")])
def test_a_command_told_to_end_tidies_and_says_so(monkeypatch, capsys, stand_in, number, told):
    tidied = []

    def command():
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)  # whoever sends it twice does not keep it from that
            tidied.append(True)

    stand_in(command)
    monkeypatch.setenv("LC_ALL", told[0])
    assert app.run(["stand-in"]) == 128 + number
    assert tidied == [True]
    assert told[1] in capsys.readouterr().err
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.parametrize("report", ["b.csv", "b.xlsx", "b.jsonl", "b.parquet", "b.html"])
def test_a_check_told_to_end_leaves_no_draft(listed, monkeypatch, report):
    def batches(self, columns=None, number=None):
        assert len(list(listed.parent.iterdir())) == 2  # the file and the draft
        signal.raise_signal(signal.SIGTERM)
        yield

    monkeypatch.setattr("sdcert.files.table.Table.batches", batches)
    assert app.run(["check", "a.csv", "--report", report]) == 143
    assert list(listed.parent.iterdir()) == [listed]


def test_a_signal_that_is_handled_or_ignored_stays_so(stand_in):
    heard = []

    def handler(number, _):
        heard.append(number)

    stand_in(lambda: signal.raise_signal(signal.SIGTERM))
    before = signal.signal(signal.SIGTERM, handler)
    try:
        assert app.run(["stand-in"]) == 0
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_a_command_runs_in_a_thread_that_may_not_set_signals(capsys):
    statuses = []
    thread = threading.Thread(target=lambda: statuses.append(app.run(["parse", GOOD])))
    thread.start()
    thread.join()
    assert statuses == [0]


def test_an_interrupt_while_the_command_is_loaded_leaves_with_130(monkeypatch):
    class Interrupting:
        def find_spec(self, name, *_):
            if name == "sdcert.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "sdcert.cli.app")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 130


def test_a_missing_extra_needs_no_stream_to_be_told(monkeypatch):
    monkeypatch.delitem(sys.modules, "sdcert.cli.app")
    monkeypatch.setitem(sys.modules, "click", None)
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(SystemExit) as left:
        main(["check", "a.csv"])
    assert left.value.code == 2


def test_a_report_into_a_pipe_is_refused_by_what_it_is(listed, capsys):
    if os.name != "posix":
        pytest.skip("there is no such name")
    read_end, write_end = os.pipe()
    try:
        assert app.run(["check", "a.csv", "--report", f"/dev/fd/{write_end}"]) == 2
    finally:
        os.close(read_end)
        os.close(write_end)
    assert "must be an ordinary file" in capsys.readouterr().err
