"""Many numbers in pure Python, beside a list comprehension: python -m benchmarks.many.

The baseline is a comprehension of the bare compiled ``fullmatch`` over the same list, which keeps
no match (a million of these would be the garbage collector's benchmark). In the list, 3 % of the
numbers are damaged in every way, and the book has 3,000 region codes with days and 120 series
codes. All are timed in turns in one run; the best round counts.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import deque
from typing import TYPE_CHECKING

from benchmarks.samples import book, numbers
from benchmarks.timing import table
from sdcert import check_many

if TYPE_CHECKING:
    from collections.abc import Callable

BARE = re.compile("鲁[0-9]{10}(?!00000)[0-9]{5}(?:（基层）)?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=1_000_000, help="how many numbers")
    count = parser.parse_args().count
    codes, texts = book(), numbers(count)
    ways: dict[str, Callable[[], object]] = {
        "bare": lambda: [BARE.fullmatch(text) is not None for text in texts],
        "check_many(texts), dropped": lambda: deque(check_many(texts), maxlen=0),
        "list(check_many(texts))": lambda: list(check_many(texts)),
        "list(check_many(texts, codes=book))": lambda: list(check_many(texts, codes=codes)),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(5):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - start)
    print(
        f"{count:,} numbers, 3 % damaged; bare fullmatch {best['bare'] / count * 1e9:.0f} ns each"
    )
    table(
        "× [P.fullmatch(text) is not None for text in texts]",
        [
            (name, best[name] / best["bare"], "bar: at most 2.5" if "book" in name else "")
            for name in ways
            if name != "bare"
        ],
    )


if __name__ == "__main__":
    main()
