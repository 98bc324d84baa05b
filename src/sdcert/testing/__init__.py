"""For testers: sample numbers, and beside them Hypothesis strategies and conformance kits.

Everything here is example data: region/department codes with the prefixes 90–99 and series/level
codes 600–999, which no attested table uses.
"""

from __future__ import annotations

from random import Random

from sdcert.numbering import CertificateNumber

__all__ = ["samples"]


def samples(n: int, *, seed: int = 0) -> list[CertificateNumber]:
    """Return reproducible example numbers, all different, without Hypothesis.

    Args:
        n: How many, 0 through 1,000,000.
        seed: Another seed gives other numbers; the same seed the same ones.

    Returns:
        Numbers of the evaluation years 2017 through 2026; about one in ten has the marker.

    Raises:
        ValueError: If ``n`` is out of its bounds.

    >>> [str(number) for number in samples(2, seed=1)] == [str(s) for s in samples(2, seed=1)]
    True
    >>> len(set(samples(1000)))
    1000
    >>> samples(-1)
    Traceback (most recent call last):
        ...
    ValueError: n must be 0 through 1000000, not -1
    """
    if not 0 <= n <= 1_000_000:
        raise ValueError(f"n must be 0 through 1000000, not {n}")
    random = Random(seed)  # noqa: S311  # sample data, no secret
    numbers: dict[str, CertificateNumber] = {}
    while len(numbers) < n:
        number = CertificateNumber(
            random.randint(2017, 2026),
            f"{random.randint(90_000, 99_999)}",
            f"{random.randint(600, 999)}",
            random.randint(1, 99_999),
            random.random() < 0.1,
        )
        numbers.setdefault(number.digits, number)
    return list(numbers.values())
