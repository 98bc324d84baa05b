"""Short ways to entries and editions, for the tests of code tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sdcert.codes import (
    AuthorityKind,
    Content,
    Edition,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.edition import PROVINCE, SERIES

if TYPE_CHECKING:
    from sdcert.codes.model import Entry


D = date
ONE, TWO = Source("示例〔1〕号", "附件2"), Source("示例〔2〕号")
DEPARTMENT = AuthorityKind.PROVINCIAL_DEPARTMENT


def region(code: str, name: str = "局", **more: Any) -> RegionCode:
    more.setdefault("authority", "provincial-hrss" if code[:2] == "90" else "city-hrss")
    return RegionCode(code, name, **more)


SINCE, LATER = D(2019, 1, 27), D(2024, 1, 1)


def edition(
    id: str,  # noqa: A002
    *entries: Entry,
    domain: str = PROVINCE,
    content: str = "complete",
    since: date | None = SINCE,
    source: Source = ONE,
) -> Edition:
    if content == "complete" and not entries:  # a complete table has at least one
        entries = (_filler(domain),)
    return Edition(id, domain, "示例省", source, Content(content), since, entries=entries)


def _filler(domain: str) -> Entry:
    if domain == SERIES:
        return SeriesCode("999", "示例", "中级")
    if domain == PROVINCE:
        return RegionCode("90999", "示例", "other")
    return RegionCode(f"{domain[5:]}999", "示例", "other")
