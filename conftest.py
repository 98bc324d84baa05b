"""The prose runs as tests: Python examples, and the `sdcert` commands with their output.

A ``pycon`` or ``python`` block runs in its file's namespace. In a ``console`` block each line that
begins with ``$ sdcert`` runs for real, in a directory of the block's own beside ``examples``; what
stands under it is its output (``...`` stands for any text). Blocks of other languages are not run.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

from sybil import Example, Sybil
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

ROOT = Path(__file__).parent


class PyconParser:
    """Doctest examples in ``pycon`` blocks."""

    def __init__(self):
        self.blocks = CodeBlockParser("pycon", lambda example: None)
        self.examples = DocTestStringParser(DocTestEvaluator(ELLIPSIS))

    def __call__(self, document):
        for block in self.blocks(document):
            for region in self.examples(block.parsed, document.path):
                region.adjust(block, block.parsed)
                yield region


def run_console(example: Example) -> None:
    """Run the commands of a console block and compare what they print."""
    with tempfile.TemporaryDirectory() as scratch:  # what a block writes is gone with it
        (Path(scratch) / "examples").symlink_to(ROOT / "examples")
        run_commands(example, scratch)


def run_commands(example: Example, scratch: str) -> None:
    for chunk in re.split(r"^\$ ", example.parsed, flags=re.MULTILINE)[1:]:
        command, _, expected = chunk.partition("\n")
        program, *arguments = shlex.split(command)
        assert program == "sdcert", f"a console block runs sdcert alone, not {program!r}"
        done = subprocess.run(
            [sys.executable, "-m", "sdcert", *arguments],
            cwd=scratch,
            env=os.environ | {"LC_ALL": "C.UTF-8", "COLUMNS": "100", "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        printed = "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines())
        wanted = "\n".join(line.rstrip() for line in expected.rstrip().splitlines())
        if wanted and not OutputChecker().check_output(wanted + "\n", printed + "\n", ELLIPSIS):
            raise AssertionError(f"$ {command}\nexpected:\n{wanted}\nprinted:\n{printed}")


pytest_collect_file = Sybil(
    parsers=[
        PyconParser(),
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS),
        CodeBlockParser("console", run_console),
    ],
    patterns=["*.md"],
    excludes=["CHANGELOG.md", "**/site-packages/**", "docs/tutorial.md", "docs/zh/*"],
).pytest()
