"""The command line as a test runs it: in this process, or as click's runner wants it."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from sdcert.cli.app import run

__all__ = ["PROGRAM", "checked", "document", "invoke", "rows_of"]


class _Program:
    """The command for click's runner; it is built anew for each run, in the language of it."""

    name = "sdcert"

    def main(self, args=None, **_):
        sys.exit(run(args))

    def run(self, args=None):
        return run(args)


PROGRAM = _Program()


def invoke(*args: object, **options: Any) -> Result:
    """Run a command line and return what click's runner tells of it."""
    program: Any = PROGRAM
    return CliRunner().invoke(program, [str(arg) for arg in args], **options)


def checked(*args: object, **options: Any) -> Result:
    """Run ``sdcert check``."""
    return invoke("check", *args, **options)


def document(*args: object, **options: Any) -> Any:
    """Return the JSON document of ``sdcert check``."""
    result = checked(*args, "--format", "json", **options)
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if found["summary"]["passed"] else 1)
    return found


def rows_of(path: Any) -> list[list[str]]:
    """Read a report in CSV."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
