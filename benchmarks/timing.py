"""Timing statements side by side, interleaved, so that drift hits all alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from timeit import Timer

Statement = str | Callable[[], object]


def best(
    statements: Mapping[str, Statement],
    names: dict[str, object] | None = None,
    *,
    seconds: float = 0.05,
    rounds: int = 15,
) -> dict[str, float]:
    """The best seconds of one run for each statement, taken in turns.

    A statement is source text, timed without the cost of a call, or a function.
    """
    timers = {name: Timer(stmt, globals=names) for name, stmt in statements.items()}
    numbers: dict[str, int] = {}
    for name, timer in timers.items():
        number, spent = timer.autorange()
        numbers[name] = max(1, int(number * seconds / spent))
    least = dict.fromkeys(statements, float("inf"))
    for _ in range(rounds):
        for name, timer in timers.items():
            least[name] = min(least[name], timer.timeit(numbers[name]) / numbers[name])
    return least


def table(title: str, rows: list[tuple[str, float, str]]) -> None:
    """Print rows of (name, ratio, bar)."""
    print(f"\n{title}")
    width = max(len(name) for name, _, _ in rows)
    for name, ratio, bar in rows:
        print(f"  {name:<{width}}  {ratio:>8.2f}  {bar}")


def importing(module: str, runs: int = 15) -> float:
    """Best cumulative microseconds of importing a module in a fresh process (-X importtime)."""
    least = float("inf")
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", f"import {module}"],
            capture_output=True,
            text=True,
            check=True,
        )
        line = next(
            line for line in done.stderr.splitlines() if line.rpartition("|")[2].strip() == module
        )
        least = min(least, float(line.split("|")[1]))
    return least
