"""What a book answers when a code is not in force or not listed, in words and as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import attrs

from sdcert.codes.model import CityPrefix, Content, Entry, RegionCode, SeriesCode
from sdcert.messages import Bilingual, render, sentences, show

__all__ = ["NotInForce", "NotListed", "Piece", "Span", "days_text", "pairs_of"]

_MOST = 4  # spans and successors that a message names


def days_text(first: date | None, last: date | None, lang: str = "en") -> str:
    """Write a period whose bounds may be unknown; the last day is included."""
    if first is None and last is None:
        return render("codes.days.unknown", lang)
    form = "both" if first and last else "from" if first else "through"
    return render(f"codes.days.{form}", lang, first=first, last=last)


def _named(code: str, name: str, lang: str) -> str:
    return render("codes.named", lang, code=code, name=name)


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

    >>> from sdcert.testing.examples import example_codes
    >>> [(span.entry.name, span.valid_through) for span in example_codes().history("91201")]
    [('示例甲市能源集团有限公司', datetime.date(2023, 12, 31))]
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
        """Write the days.

        >>> entry = CityPrefix("90", "示例市")
        >>> Span(entry, date(2019, 1, 1), date(2023, 12, 31), "x").days()
        'from 2019-01-01 through 2023-12-31'
        >>> Span(entry, None, date(2023, 12, 31), "x").days("zh")
        '至2023年12月31日'
        """
        return days_text(self.valid_from, self.valid_through, lang)


class Piece(NamedTuple):
    """Consecutive days on which a book answers alike for a code.

    Attributes:
        first: First day.
        last: Last day, included.
        answer: As :meth:`CodeBook.region <sdcert.codes.CodeBook.region>` gives it.

    >>> from datetime import date
    >>> from sdcert.testing.examples import example_codes
    >>> book = example_codes()
    >>> pieces = book.region_pieces("91201", first=date(2023, 1, 1), last=date(2024, 12, 31))
    >>> [(piece.first.isoformat(), bool(piece.answer)) for piece in pieces]
    [('2023-01-01', True), ('2024-01-01', False)]
    """

    first: date
    last: date
    answer: RegionCode | CityPrefix | SeriesCode | NotInForce | NotListed

    @property
    def decided(self) -> bool:
        """Whether the tables say that the code is in force on these days, or that it is not."""
        answer = self.answer
        return not isinstance(answer, NotListed) or answer.content is Content.COMPLETE


def pairs_of(some: Iterable[Piece], others: Sequence[Piece]) -> list[tuple[Piece, Piece]]:
    """Pair the pieces of two codes that share a day: a number has one approval, on one day."""
    return [
        (one, other)
        for one in some
        for other in others
        if one.first <= other.last and other.first <= one.last
    ]


@attrs.frozen
class NotInForce:
    """The code is listed, but in force on none of the days in question. It is false.

    Attributes:
        code: The code.
        entries: Its entries, in the order of days.
        first: First of the days in question.
        last: Last of the days in question, included.
        spans: The entries with the days on which they do answer.

    >>> from datetime import date
    >>> from sdcert.testing.examples import example_codes
    >>> answer = example_codes().region("91201", on=date(2024, 6, 1))
    >>> bool(answer), answer.code, answer.entries[0].valid_through
    (False, '91201', datetime.date(2023, 12, 31))
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
        """The name last known before the days in question, or else the first name after them."""
        earlier = [s.name for s in self.spans if s.valid_through and s.valid_through < self.first]
        if earlier:
            return earlier[-1]
        return next(one.name for one in (*self.spans, *self.entries))

    def asked(self, lang: str = "en") -> str:
        """Write the days in question: ``on 2024-05-01`` or ``from … through …``."""
        form = "day" if self.first == self.last else "days"
        return render(f"codes.query.{form}", lang, first=self.first, last=self.last)

    def history(self, lang: str = "en") -> str:
        """Write when the code is in force and what came after, as a part of a sentence.

        Names are given where there is more than one, and for successors. At most four spans and
        four successors of each are named.

        >>> span = Span(CityPrefix("90", "示例市"), None, date(2023, 12, 31), "x",
        ...             (CityPrefix("91", "新市"),))
        >>> answer = NotInForce("90", (span.entry,), date(2024, 1, 1), date(2024, 1, 1), (span,))
        >>> answer.history()
        'in force through 2023-12-31; since then 91 (新市)'
        >>> answer.history("zh")
        '有效期至2023年12月31日，此后为91（新市）'
        """
        if not self.spans:
            return render("codes.history.never", lang)
        several = len({span.name for span in self.spans}) > 1
        parts = [self._span(span, lang, named=several) for span in self.spans[:_MOST]]
        if len(self.spans) > _MOST:
            parts.append(render("codes.history.more", lang))
        return render("codes.history.all", lang, spans=sentences(parts, lang))

    def _span(self, span: Span, lang: str, *, named: bool) -> str:
        name = render("codes.history.name", lang, name=span.name) if named else ""
        after = [entry for entry in span.successors if entry.code != self.code][:_MOST]
        then = ""
        if after:
            codes = [_named(entry.code, entry.name, lang) for entry in after]
            then = render("codes.history.after", lang, codes=codes)
        return render("codes.history.span", lang, days=span.days(lang), name=name, after=then)

    def message(self, lang: str = "en") -> str:
        """Return the whole as a sentence, without a full stop."""
        name = _named(self.code, self.known_as, lang)
        query, history = self.asked(lang), self.history(lang)
        return render("codes.not-in-force", lang, name=name, query=query, history=history)

    def __str__(self) -> str:
        return self.message()


@attrs.frozen
class NotListed:
    """No table that speaks for the days in question lists the code. It is false.

    Another edition may list it: one whose word was superseded by a complete table that is not in
    force any more, or a later one that does not state since when the code is in force.

    Attributes:
        code: The code.
        content: ``COMPLETE`` if a complete edition whose domain covers the code is in force
            throughout the days in question: then there is no such code. Otherwise nothing can be
            said of it.
        table: The editions that cover the code, by id and document, as English writes them and
            with the Chinese in ``.zh``; empty if none does.

    >>> NotListed("99999", Content.FRAGMENT, "").message()
    'no loaded table covers code 99999 on the days in question'
    """

    code: str
    content: Content
    table: Bilingual | str

    def __bool__(self) -> bool:
        return False

    @property
    def tables(self) -> tuple[str, str]:
        """``table`` as English and as Chinese write it."""
        return str(self.table), show(self.table, "zh")

    def message(self, lang: str = "en") -> str:
        """Return it as a sentence, without a full stop."""
        key = "nonexistent" if self.content is Content.COMPLETE else "unlisted"
        if not self.table:
            key = "uncovered"
        return render(f"codes.{key}", lang, code=self.code, table=self.table, content=self.content)

    def __str__(self) -> str:
        return self.message()


RegionAnswer = RegionCode | NotInForce | NotListed
SeriesAnswer = SeriesCode | NotInForce | NotListed
PrefixAnswer = CityPrefix | NotInForce | NotListed
