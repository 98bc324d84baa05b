"""Change the core in one place at a time, and see whether a test notices it.

Cosmic Ray makes the changes; pytest collects the tests once. A change within a function is put into
the live function, in a process forked from this one, and tested by those tests that call the
function, up to the first failure. What is changed outside of functions, and what they do not notice
(what is remembered is not worked out again), is tested from its import on, by all tests of the
share. A change that none of them notices must stand, with the reason why it is equivalent, in
``equivalent.toml``: the command fails if one does not.
"""

import argparse
import gc
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tests.mutation import OPTIONS, register_profile
from tests.mutation.mutants import HERE, SOURCE, Mutant, mutants_of, not_made

ROOT = HERE.parents[1]
SHARES = tomllib.loads((HERE / "shares.toml").read_text("utf-8"))
CALLS = Path(tempfile.gettempdir(), f"sdcert-mutation-{os.getpid()}.json")
SECONDS = 10  # of processor time, beside three times what the tests take without a change


NOT_ALIVE = 2  # the status of a process that could not change the live functions


def name_of(code: CodeType) -> str:
    """The file and the function that code stands in."""
    return f"{code.co_filename}:{code.co_qualname.replace('.<locals>', '').partition('.<')[0]}"


def codes_of(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from codes_of(inner)


def put_in(mutant: Mutant) -> bool:
    """Change the live functions; False if what is changed is no function or is not alive."""
    module = compile(mutant.text(), str(mutant.path), "exec")
    new = {(code.co_qualname, code.co_firstlineno): code for code in codes_of(module)}
    done = False
    for function in [live for live in gc.get_objects() if isinstance(live, FunctionType)]:
        old = function.__code__
        code = new.get((old.co_qualname, old.co_firstlineno))
        if old.co_filename == str(mutant.path) and code and code.co_freevars == old.co_freevars:
            function.__code__ = code
            # equal code is no change: a default value is no part of it
            done |= code != old and f"{mutant.place}.".startswith(f"{code.co_qualname}.")
    return done


class Loop:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, share: str, options: argparse.Namespace) -> None:
        self.share, self.options = share, options
        self.outcomes: Counter[str] = Counter()
        files = SHARES[share]["modules"]
        self.paths = [path for name in files for path in sorted(SOURCE.glob(name))]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        began = time.monotonic()
        calls, limit = self.recorded(session)
        mutants = self.chosen()
        chosen = f"{len(mutants)} changes, {len(session.items)} tests"
        report(f"{self.share}: {chosen}, {limit} s for each")
        running: dict[int, tuple[Mutant, bool]] = {}
        again: list[Mutant] = []
        while mutants or again or running:
            if time.monotonic() - began > 60 * self.options.minutes and (mutants or again):
                self.outcomes["not run"] += len(mutants) + len(again)
                mutants, again = [], []
            elif again and len(running) < self.options.jobs:
                mutant = again.pop()
                running[self.anew(session, mutant, limit)] = mutant, True
            elif mutants and len(running) < self.options.jobs:
                mutant = mutants.pop()
                if not mutant.is_python():
                    self.outcomes["no Python"] += 1
                    continue
                called = calls.get(mutant.name(), {})
                items = [session.items[int(i)] for i in sorted(called, key=called.__getitem__)]
                if items:
                    running[self.child(session, items, mutant, limit)] = mutant, False
                else:
                    again.append(mutant)
            else:
                child, status = os.wait()
                mutant, last = running.pop(child)
                alive = last or os.waitstatus_to_exitcode(status) != NOT_ALIVE
                if status and alive:
                    self.outcomes["noticed"] += 1
                elif not status and mutant.reason():
                    self.outcomes["equivalent"] += 1
                elif last or (alive and self.options.quick):
                    self.outcomes["survived"] += 1
                    report(f"survived: {mutant}")
                else:
                    again.append(mutant)
        counts = ", ".join(f"{number} {name}" for name, number in sorted(self.outcomes.items()))
        noticed, survived = self.outcomes["noticed"], self.outcomes["survived"]
        score = noticed / max(1, noticed + survived)
        report(f"{self.share}: {counts}; {score:.1%}; {time.monotonic() - began:.0f} s")
        return True

    def recorded(self, session) -> tuple[dict[str, dict[str, float]], int]:
        """Run the tests without a change: which function each calls, and what to allow for one."""
        _, status, used = os.wait4(self.child(session, session.items, None, 3000), 0)
        if status:
            pytest.exit("the tests fail without any change", 1)
        calls = json.loads(CALLS.read_text())
        CALLS.unlink()
        return calls, int(3 * (used.ru_utime + used.ru_stime)) + SECONDS

    def chosen(self) -> list[Mutant]:
        """The changes that the options choose, in the order in which they are drawn."""
        mutants = [mutant for path in self.paths for mutant in mutants_of(path)]
        random.Random(self.options.seed).shuffle(mutants)
        if self.options.match:
            mutants = [one for one in mutants if one.holds(self.options.match)]
        return mutants[: self.options.sample]

    def child(self, session, items, mutant: Mutant | None, limit: int) -> int:
        """Run tests in a process forked from this one; it ends with 0 if all pass."""
        if child := os.fork():
            return child
        code = NOT_ALIVE  # also if the tests cannot be run: then they are run from the import on
        try:
            quiet(limit)
            if mutant is None:
                code = int(not record(items))
            elif put_in(mutant):
                code = int(not run(items))
        finally:
            os._exit(code)

    def anew(self, session, mutant: Mutant, limit: int) -> int:
        """Run all tests of the share in a process that imports the library anew."""
        files = [str(path) for path in dict.fromkeys(item.path for item in session.items)]
        command = [sys.executable, "-m", "tests.mutation.imported", str(mutant.path)]
        child = os.fork()
        if not child:
            quiet(limit + SECONDS)
            os.chdir(ROOT)
            os.execv(sys.executable, [*command, mutant.operator, str(mutant.occurrence), *files])
        return child


def quiet(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.alarm(20 * seconds)  # what waits takes no processor
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def run(items: list[pytest.Item], note: Callable[[int], None] = lambda _: None) -> bool:
    """Run tests up to the first failure; True if there is none."""
    for place, item in enumerate(items):
        following = items[place + 1] if place + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        note(place)
        if item.session.shouldfail:
            return False
    return True


def note_calls(called: set[CodeType]) -> None:
    """Write down what is called from now on."""

    def profile(frame, event, _):
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(profile)


def record(items: list[pytest.Item]) -> bool:
    """Run all tests, and write down which functions each calls, and how long it takes."""
    calls: dict[str, dict[int, float]] = {}
    called: set[CodeType] = set()
    clock = [time.process_time()]

    def note(place):
        now = time.process_time()
        for code in tuple(called):  # the profiler notes what is called here, too
            if code.co_filename.startswith(str(SOURCE)):
                calls.setdefault(name_of(code), {})[place] = now - clock[0]
        called.clear()
        clock[0] = now
        note_calls(called)  # again, since a RecursionError within it ends it

    note_calls(called)
    passed = run(items, note)
    sys.setprofile(None)
    CALLS.write_text(json.dumps(calls))
    return passed


def report(line: str) -> None:
    print(line, file=sys.__stdout__, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.mutation", description=__doc__)
    parser.add_argument("share", choices=SHARES)
    parser.add_argument("--sample", type=int, metavar="N", help="N of the share's changes, drawn")
    parser.add_argument("--seed", type=int, default=0, help="draw another sample")
    parser.add_argument("--match", default="", help="only lines of the report that hold this text")
    parser.add_argument("--quick", action="store_true", help="test no live function again")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
    parser.add_argument("--minutes", type=float, default=60, help="start none after them (60)")
    options = parser.parse_args()
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    loop = Loop(options.share, options)
    register_profile()
    share = SHARES[options.share]
    tests = [str(path) for name in share["tests"] for path in sorted(ROOT.glob(name))]
    tests += [str(path) for path in loop.paths]
    stale = list(not_made(loop.paths))
    for line in stale:
        report(f"listed as equivalent, but no change makes it: {line}")
    code = pytest.main([*OPTIONS, *tests], plugins=[loop])
    return int(code) or int(bool(stale or loop.outcomes["survived"]))


if __name__ == "__main__":
    sys.exit(main())
