"""The command line as a test runs it: in this process, or as click's runner wants it."""

import sys
from typing import Any

from click.testing import CliRunner, Result

from sdcert.cli.app import run

__all__ = ["PROGRAM", "invoke"]


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
