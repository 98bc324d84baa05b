"""Run tests over a library with one change, made while it is imported; no file is touched."""

import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

from tests.mutation import OPTIONS, register_profile
from tests.mutation.mutants import Mutant


def main(path: str, operator: str, occurrence: str, *tests: str) -> int:
    changed = Path(path)
    text = Mutant(changed, operator, int(occurrence), "", 0).text()
    original = SourceFileLoader.get_code

    def get_code(self, name):
        if Path(self.path) == changed:
            return compile(text, self.path, "exec", dont_inherit=True)
        return original(self, name)

    setattr(SourceFileLoader, "get_code", get_code)  # noqa: B010
    register_profile()  # Hypothesis imports the library: not before now
    import pytest

    return int(pytest.main([*OPTIONS, *tests]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
