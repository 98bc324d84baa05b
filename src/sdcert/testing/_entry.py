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


def register() -> None:
    """Teach ``st.from_type`` our types."""
    from hypothesis import strategies as st  # noqa: PLC0415  # Hypothesis is loading just now

    for home, strategy in _TYPES.items():
        st.register_type_strategy(_named(home), _drawn(strategy))


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _drawn(strategy: str) -> Callable[[Any], Any]:
    return lambda _: _named(strategy)()
