"""What Hypothesis calls when it is imported: strategies for our types, loaded when one is drawn."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

__all__ = ["register"]

# The home of each type, and the strategy that makes it.
_TYPES: Final = {
    "sdcert.numbering:CertificateNumber": "sdcert.testing.strategies:certificate_numbers",
    "sdcert.numbering:NumberScope": "sdcert.testing.strategies:scopes",
    "sdcert.findings:Finding": "sdcert.testing.strategies:findings",
    "sdcert.checking:Verdict": "sdcert.testing.strategies:verdicts",
    "sdcert.allocation:Request": "sdcert.testing.strategies:requests",
    "sdcert.codes:Source": "sdcert.testing.books:sources",
    "sdcert.codes:RegionCode": "sdcert.testing.books:region_entries",
    "sdcert.codes:SeriesCode": "sdcert.testing.books:series_entries",
    "sdcert.codes:CityPrefix": "sdcert.testing.books:prefix_entries",
    "sdcert.codes:Edition": "sdcert.testing.books:editions",
    "sdcert.codes:CodeBook": "sdcert.testing.books:code_books",
}

# Types that are drawn as answers of the library (:mod:`sdcert.testing._values`), by their home.
_ANSWERS: Final = {
    "sdcert.allocation": ("Issued", "State"),
    "sdcert.allocation.model": ("Advance",),
    "sdcert.allocation.policy": ("Append", "Plan"),
    "sdcert.checking": ("Explanation",),
    "sdcert.codes": ("Fault", "NotInForce", "NotListed", "Piece", "Span"),
    "sdcert.codes.adjust": ("End", "Introduce", "Merge", "Rename", "Split"),
    "sdcert.codes.diff": ("Change", "Diff", "EditionChange"),
    "sdcert.numbering": ("Edit", "Found", "Normalized"),
    "sdcert.rulefiles": ("Answer", "Clause", "Effect", "Omission", "RuleDocument", "Step"),
    "sdcert.rules": ("Citation", "Decision", "Note", "RuleBook"),
}


def register() -> None:
    """Teach ``st.from_type`` our types."""
    from hypothesis import strategies as st  # noqa: PLC0415  # Hypothesis is loading just now

    for home, strategy in _TYPES.items():
        st.register_type_strategy(_named(home), _drawn(strategy))
    for module, names in _ANSWERS.items():
        for name in names:
            st.register_type_strategy(_named(f"{module}:{name}"), _answered(name))


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _drawn(strategy: str) -> Callable[[Any], Any]:
    return lambda _: _named(strategy)()


def _answered(name: str) -> Callable[[Any], Any]:
    return lambda _: _named("sdcert.testing._values:STRATEGIES")[name]()
