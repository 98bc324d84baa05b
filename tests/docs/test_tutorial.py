"""The tutorial is followed to the letter, in an empty folder."""

import os
import re
import shlex
import subprocess
import sys
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
STEP = re.compile(
    r"^\*\*`(?P<file>[\w./]+)`\*\*\n\n```\w+\n(?P<text>.*?)^```$"
    r"|^```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def run(command, folder):
    program, *arguments = shlex.split(command)
    module = {"sdcert": ["-m", "sdcert"], "python": []}[program]
    return subprocess.run(
        [sys.executable, *module, *arguments],
        cwd=folder,
        env=os.environ
        | {"COLUMNS": "100", "PYTHONUTF8": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_each_step_does_what_the_page_says(tmp_path):
    files, commands = 0, 0
    for step in STEP.finditer(PAGE.read_text("utf-8")):
        if step["file"]:
            path = tmp_path / step["file"]
            path.parent.mkdir(exist_ok=True)
            path.write_text(step["text"], "utf-8")
            files += 1
            continue
        done = run(step["command"], tmp_path)
        printed = "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"
        assert done.returncode == 0, printed + done.stderr
        assert OutputChecker().check_output(step["output"], printed, ELLIPSIS), printed
        commands += 1
    assert (files, commands) == (9, 3)
