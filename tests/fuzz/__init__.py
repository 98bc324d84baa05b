"""Coverage-guided fuzzing of what takes foreign input.

Each module of ``TARGETS`` holds an ``invariant`` of any bytes, ``seeds`` to begin with, and
``WORDS`` that a fuzzer would not think of. ``python -m tests.fuzz TARGET --seconds 3600`` runs one
(the extra ``fuzz``). What reached a branch that no seed does is kept in ``tests/data/fuzz``;
``tests/test_fuzz.py`` runs it all without a fuzzer.

A file of several parts is written as blocks, each below a line ``=== name ===``.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["KEPT", "TARGETS", "blocks_of", "file_of", "joined", "kept"]

TARGETS = ("text", "codes", "rules", "delimited", "jsonlines", "workbooks", "parquet")
KEPT = Path(__file__).parents[1] / "data" / "fuzz"
_HEAD = re.compile(rb"(?:^|\n)=== ([A-Za-z0-9._/\[\]-]{1,40}) ===\n")


def kept(target: str) -> list[Path]:
    """The inputs that are kept for a target."""
    return sorted((KEPT / target).glob("*"))


def blocks_of(data: bytes) -> dict[str, bytes]:
    """The parts that an input is written as; none if it is no blocks."""
    if not data.startswith(b"=== "):
        return {}
    _, *found = _HEAD.split(data)
    return dict(zip(map(bytes.decode, found[::2]), found[1::2], strict=True))


def joined(parts: dict[str, bytes]) -> bytes:
    """The parts written as blocks."""
    return b"\n".join(b"=== %s ===\n%s" % (name.encode(), data) for name, data in parts.items())


@contextmanager
def file_of(name: str, data: bytes) -> Iterator[Path]:
    """A file with some bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        yield path
