"""What the benchmarks of many numbers share: a large example book, and numbers with damage."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING, Final

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Content,
    Edition,
    Grade,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.edition import PROVINCE, SERIES, city_domain

if TYPE_CHECKING:
    from sdcert.codes.model import Entry

REGIONS: Final = [f"{prefix}{n:03}" for prefix in range(90, 100) for n in range(300)]
TITLES: Final = [f"{n:03}" for n in range(600, 720)]
_LAST: Final = date(2021, 12, 31)
_GRADES: Final = [("高级", Grade.SENIOR), ("中级", Grade.INTERMEDIATE), ("初级", Grade.JUNIOR)]


def _edition(name: str, domain: str, entries: tuple[Entry, ...]) -> Edition:
    return Edition(
        name, domain, "benchmark", Source("benchmark"), Content.COMPLETE, entries=entries
    )


def book() -> CodeBook:
    """An example book of 3,000 region codes, half of them with a last day, and 120 series codes."""
    prefixes = tuple(CityPrefix(f"{n}", f"示例市{n}") for n in range(90, 100))
    editions = [_edition("province", PROVINCE, prefixes)]
    for prefix in prefixes:
        entries = tuple(
            RegionCode(
                code,
                f"示例局{code}",
                AuthorityKind.CITY_HRSS if code[2:] == "000" else AuthorityKind.COUNTY_HRSS,
                prefix.name,
                None if code[2:] == "000" else f"示例县{code}",
                valid_from=date(2016, 1, 1 + at % 28),
                valid_through=_LAST if at % 2 else None,
            )
            for at, code in enumerate(REGIONS)
            if code[:2] == prefix.code
        )
        editions.append(_edition(f"city-{prefix.code}", city_domain(prefix.code), entries))
    titles = tuple(
        SeriesCode(code, f"示例系列{code}", *_GRADES[at % 3]) for at, code in enumerate(TITLES)
    )
    editions.append(_edition("series", SERIES, titles))
    return CodeBook(editions)


def _put(text: str, at: int, char: str, drop: int = 0) -> str:
    return text[:at] + char + text[at + drop :]


def damage(text: str, draw: random.Random) -> str:
    """Damage a number in one of many ways: half of them lose nothing, half of them do."""
    at = draw.randrange(1, 16)
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    return draw.choice(
        (
            lambda: f" {text}",
            lambda: f"{text}\n",
            lambda: f"\ufeff{text}",
            lambda: f"{text[0]} {text[1:]}",
            lambda: f"鲁 {text[1:3]} {text[3:8]} {text[8:11]} {text[11:]}",
            lambda: _put(text, at, "\u200b"),
            lambda: text.translate(wide),
            lambda: f"{text[:16]}(基层)",
            lambda: f"{text[:16]} （基层）",
            lambda: text[1:16],
            lambda: f"魯{text[1:]}",
            lambda: _put(text, at, "", 1),
            lambda: _put(text, at, draw.choice("0123456789")),
            lambda: _put(text, at, draw.choice("OolI"), 1),
            lambda: _put(text, at, draw.choice("-–.／"), 0),
            lambda: _put(text, at, "٣", 1),
            lambda: f"{text[:11]}00000",
            lambda: f"{text[:16]}[基层]",
            lambda: f"{text[:16]}基层",
            lambda: f"{text[1]}.{text[2:10]}E+14",
            lambda: f"证书编号{text}",
            lambda: _put(text, 9, " "),
            lambda: "",
            lambda: draw.choice(("不详", "无", "N/A")),
        )
    )()


def numbers(count: int, *, damaged: float = 0.03, seed: int = 2018) -> list[str]:
    """Numbers of the example book's codes and of ten years; some damaged, some with a marker."""
    draw = random.Random(seed)
    texts = []
    for _ in range(count):
        text = (
            f"鲁{draw.randrange(17, 27)}{draw.choice(REGIONS)}{draw.choice(TITLES)}"
            f"{draw.randrange(1, 100_000):05}{'（基层）' if draw.random() < 0.05 else ''}"
        )
        texts.append(damage(text, draw) if draw.random() < damaged else text)
    return texts
