"""What Hypothesis calls when it is imported; it must stay light."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypothesis import strategies as st

    from sdcert.numbering import CertificateNumber, NumberScope

__all__ = ["register"]


def register() -> None:
    """Teach ``st.from_type`` our types; the strategies are loaded when one is drawn."""
    from hypothesis import strategies as st  # noqa: PLC0415  # Hypothesis is loading just now

    from sdcert.numbering import CertificateNumber, NumberScope  # noqa: PLC0415  # as above

    st.register_type_strategy(CertificateNumber, _numbers)
    st.register_type_strategy(NumberScope, _scopes)


def _numbers(_: type[CertificateNumber]) -> st.SearchStrategy[CertificateNumber]:
    from sdcert.testing.strategies import certificate_numbers  # noqa: PLC0415  # see register

    return certificate_numbers()


def _scopes(_: type[NumberScope]) -> st.SearchStrategy[NumberScope]:
    from sdcert.testing.strategies import scopes  # noqa: PLC0415  # see register

    return scopes()
