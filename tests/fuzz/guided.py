"""The process of the fuzzer: ``python -m tests.fuzz.guided TARGET`` and libFuzzer's own options."""

import sys
from importlib import import_module

import atheris


def main() -> None:
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["sdcert", "xlrd"]):
        target = import_module(f"tests.fuzz.{name}")
    atheris.Setup(sys.argv, target.invariant)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
