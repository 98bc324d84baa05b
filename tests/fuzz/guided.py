"""The process of the fuzzer: ``python -m tests.fuzz.guided TARGET`` and libFuzzer's own options."""

import sys
from importlib import import_module
from time import process_time

import atheris

SECONDS = 10  # of the processor for one input: on a busy machine a clock would accuse any of them


def main() -> None:
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["sdcert", "xlrd"]):
        target = import_module(f"tests.fuzz.{name}")

    def invariant(data: bytes) -> None:
        begun = process_time()
        target.invariant(data)
        taken = process_time() - begun
        assert taken < SECONDS, f"{taken:.0f} s"

    atheris.Setup(sys.argv, invariant)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
