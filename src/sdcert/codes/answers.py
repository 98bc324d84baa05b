"""What a book answers when a code is not in force or not listed, in words and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from sdcert.codes.model import CityPrefix, Content, Entry, RegionCode, SeriesCode
from sdcert.dates import format_day

if TYPE_CHECKING:
    from datetime import date


__all__ = ["NotInForce", "NotListed", "Piece", "Span"]


@attrs.frozen
class Span:
    """An entry and the days on which it answers, as the book's editions say together.

    The days may be narrower than the entry's own: a later complete edition that no longer lists
    the code, or the end of a city's prefix, ends it too.

    Attributes:
        entry: As the newest of the editions that speak for these days states it.
        valid_from: First day; None if no bound is known.
        valid_through: Last day, included; None if no bound is known.
        edition: The id of the edition that introduced it; later ones may repeat it.
        successors: The entries that took over, looked up as of the day after the last.
    """

    entry: Entry
    valid_from: date | None
    valid_through: date | None
    edition: str
    successors: tuple[Entry, ...] = ()

    @property
    def code(self) -> str:
        """The entry's code."""
        return self.entry.code

    @property
    def name(self) -> str:
        """The entry's name."""
        return self.entry.name

    def days(self, lang: str = "en") -> str:
        """Say the days.

        >>> from datetime import date
        >>> entry = CityPrefix("90", "示例市")
        >>> Span(entry, date(2019, 1, 1), date(2023, 12, 31), "x").days()
        'from 2019-01-01 through 2023-12-31'
        >>> Span(entry, None, date(2023, 12, 31), "x").days("zh")
        '至2023年12月31日止'
        """
        first, last = format_day(self.valid_from, lang), format_day(self.valid_through, lang)
        if lang == "zh":
            begin = f"自{first}起" if self.valid_from else ""
            return begin + (f"至{last}止" if self.valid_through else "") or "起止日不详"
        begin = f"from {first}" if self.valid_from else ""
        end = f"through {last}" if self.valid_through else ""
        return f"{begin} {end}".strip() or "with no known bounds"


class Piece(NamedTuple):
    """Consecutive days on which a book answers alike for a code.

    Attributes:
        first: First day.
        last: Last day, included.
        answer: As :meth:`CodeBook.region <sdcert.codes.CodeBook.region>` gives it.
    """

    first: date
    last: date
    answer: Entry | NotInForce | NotListed

    @property
    def decided(self) -> bool:
        """Whether the tables say that the code is in force on these days, or that it is not."""
        answer = self.answer
        return not isinstance(answer, NotListed) or answer.content is Content.COMPLETE


@attrs.frozen
class NotInForce:
    """The code is listed, but in force on none of the days in question. It is false.

    Attributes:
        code: The code.
        entries: Its entries, in the order of days.
        first: First day asked for.
        last: Last day asked for, included.
        spans: The entries with the days on which they do answer.
    """

    code: str
    entries: tuple[Entry, ...]
    first: date
    last: date
    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return False

    @property
    def known_as(self) -> str:
        """The name last known before the days asked for, or else the first name after them."""
        earlier = [s for s in self.spans if s.valid_through and s.valid_through < self.first]
        chosen = earlier[-1:] or self.spans[:1]
        return chosen[0].name if chosen else self.entries[0].name

    def asked(self, lang: str = "en") -> str:
        """Say the days asked for: ``on 2024-05-01`` or ``from … through …``."""
        first, last = format_day(self.first, lang), format_day(self.last, lang)
        if lang == "zh":
            return f"在{first}" if self.first == self.last else f"在{first}至{last}期间"
        return f"on {first}" if self.first == self.last else f"from {first} through {last}"

    def history(self, lang: str = "en") -> str:
        """Say when the code is in force and what came after, as a part of a sentence.

        Names are given where there is more than one, and for successors. At most four spans and
        four successors of each are named.

        >>> from datetime import date
        >>> span = Span(CityPrefix("90", "示例市"), None, date(2023, 12, 31), "x",
        ...             (CityPrefix("91", "新市"),))
        >>> answer = NotInForce("90", (span.entry,), date(2024, 1, 1), date(2024, 1, 1), (span,))
        >>> answer.history()
        'in force through 2023-12-31; since then 91 (新市)'
        >>> answer.history("zh")
        '至2023年12月31日止启用，此后为91（新市）'
        """
        chinese = lang == "zh"
        if not self.spans:
            return "无启用期间" if chinese else "in force on no day"
        named = len({span.name for span in self.spans}) > 1
        parts = []
        for span in self.spans[:4]:
            said = span.days(lang) + ("启用" if chinese else "")
            if named:
                said += f"（{span.name}）" if chinese else f" ({span.name})"
            after = [entry for entry in span.successors if entry.code != self.code][:4]
            if after and chinese:
                said += "，此后为" + "、".join(f"{e.code}（{e.name}）" for e in after)
            elif after:
                said += "; since then " + ", ".join(f"{e.code} ({e.name})" for e in after)
            parts.append(said)
        if len(self.spans) > 4:
            parts.append("……" if chinese else "…")
        return "；".join(parts) if chinese else "in force " + "; ".join(parts)

    def message(self, lang: str = "en") -> str:
        """Say the whole of it in a sentence, without a full stop."""
        if lang == "zh":
            return (
                f"代码{self.code}（{self.known_as}）{self.asked(lang)}未启用：{self.history(lang)}"
            )
        return (
            f"code {self.code} ({self.known_as}) was not in force {self.asked()}: {self.history()}"
        )

    def __str__(self) -> str:
        return self.message()


@attrs.frozen
class NotListed:
    """No table that speaks for the days in question lists the code. It is false.

    Another edition may list it: one whose word was superseded by a complete table that is not in
    force any more, or a later one that does not tell since when the code is in force.

    Attributes:
        code: The code.
        content: ``COMPLETE`` if a complete edition whose domain covers the code is in force
            throughout the days asked for: then there is no such code. Otherwise nothing can be
            said of it.
        table: The editions that cover the code, by id and document; empty if none does.

    >>> NotListed("99999", Content.FRAGMENT, "").message()
    'no table at hand covers code 99999 on the days asked for'
    """

    code: str
    content: Content
    table: str

    def __bool__(self) -> bool:
        return False

    @property
    def tables(self) -> tuple[str, str]:
        """``table`` as English and as Chinese write it."""
        chinese = self.table.replace(" (", "（").replace("), ", "）、").replace(")", "）")
        return self.table, chinese

    def message(self, lang: str = "en") -> str:
        """Say it in a sentence, without a full stop."""
        chinese = lang == "zh"
        code, table = self.code, self.tables[chinese]
        if not table:
            return (
                f"现有代码表均不涉及代码{code}在所询日期的情况"
                if chinese
                else f"no table at hand covers code {code} on the days asked for"
            )
        if self.content is Content.COMPLETE:
            if chinese:
                return f"代码{code}不存在：完整代码表{table}中没有该代码"
            return f"code {code} does not exist: the complete table {table} has no such code"
        if chinese:
            return f"{table}（{self.content.label('zh')}）未收录代码{code}，无法判定"
        return f"code {code} is not listed in {table} ({self.content.label()}); it is undetermined"

    def __str__(self) -> str:
        return self.message()


RegionAnswer = RegionCode | NotInForce | NotListed
SeriesAnswer = SeriesCode | NotInForce | NotListed
PrefixAnswer = CityPrefix | NotInForce | NotListed
