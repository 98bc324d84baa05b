"""Fuzz a target: ``python -m tests.fuzz TARGET --seconds 3600``.

The fuzzer begins with the target's seeds and what is kept in ``tests/data/fuzz``. It stops at the
first input that breaks the invariant, takes more than ten seconds of the processor or six
gigabytes, and writes it to ``fuzz-TARGET/`` in the working folder. ``--keep`` then keeps what
reached a branch of the library that nothing did before, the shortest inputs first. Given files, the
invariant is asked of these alone.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import coverage

from tests.fuzz import KEPT, TARGETS, kept

LONGEST = 4_096  # bytes of an input that is kept
HANGS = 300  # seconds after which an input is taken to hang
MEGABYTES = 6_144


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    target = import_module(f"tests.fuzz.{options.target}")
    if options.files:
        for file in options.files:
            target.invariant(file.read_bytes())
        return 0
    begun = [
        *dict.fromkeys([*target.seeds(), *(file.read_bytes() for file in kept(options.target))])
    ]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for at, data in enumerate(begun):
            (corpus / f"{at:04}").write_bytes(data)
        status = fuzz(options.target, corpus, target.WORDS, options.seconds)
        if options.keep:
            found = {file.read_bytes() for file in corpus.iterdir()} - {*begun}
            keep(
                options.target,
                target.invariant,
                begun,
                sorted(found, key=lambda one: (len(one), one)),
            )
    return status


def fuzz(name: str, corpus: Path, words: Iterable[str], seconds: int) -> int:
    """Run the fuzzer in a process of its own, since it ends its process."""
    found = Path(f"fuzz-{name}")
    found.mkdir(exist_ok=True)
    dictionary = corpus.with_name("words")
    quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words)
    dictionary.write_text("".join(f'"{word}"\n' for word in quoted))
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(corpus), f"-dict={dictionary}"]
    command += [f"-max_total_time={seconds}", f"-timeout={HANGS}", f"-rss_limit_mb={MEGABYTES}"]
    command += [f"-artifact_prefix={found}{os.sep}", "-print_final_stats=1", "-max_len=16384"]
    status = subprocess.run(command, check=False).returncode
    if not any(found.iterdir()):
        found.rmdir()
    return status


def keep(name: str, invariant: Any, begun: Iterable[bytes], found: Iterable[bytes]) -> None:
    """Keep each input that reaches a branch which none before it does."""
    reached: set[object] = set()
    for data in begun:
        reached |= branches(invariant, data)
    (KEPT / name).mkdir(parents=True, exist_ok=True)
    for data in found:
        if len(data) <= LONGEST and not (here := branches(invariant, data)) <= reached:
            reached |= here
            (KEPT / name / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


def branches(invariant: Any, data: bytes) -> set[object]:
    """The branches of the library that an input reaches."""
    measured = coverage.Coverage(data_file=None, branch=True, source_pkgs=["sdcert"])
    with measured.collect():
        invariant(data)
    lines = measured.get_data()
    return {(file, arc) for file in lines.measured_files() for arc in lines.arcs(file) or ()}


if __name__ == "__main__":
    sys.exit(main())
