"""What the tables know of a number's codes: the approving body, the grade, the manager's code.

Two days that never mix: the codes of a number are read as of its approval, the manager's own code
as of the day of the query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import product
from typing import Any, Final, TypeVar

import attrs

from sdcert._memo import memo_of
from sdcert._rules.model import Basis, Citation, Decision, Note, NoteKind
from sdcert.codes import CodeBook, NotInForce, NotListed, SeriesCode
from sdcert.codes.answers import pairs_of
from sdcert.codes.kinds import BUREAUS
from sdcert.codes.model import AuthorityKind, Grade, RegionCode, bureau_place
from sdcert.dates import evaluation_window
from sdcert.numbering import CertificateNumber

__all__ = ["CodeEntries", "code_of", "codes_over_time"]

T = TypeVar("T")

_SEVERAL: Final = "rules.several"  # the text where the entries of a code lead to different answers

_ENTRIES_REMEMBERED: Final = 65_536  # pairs of codes whose entries a code book keeps
_REMEMBERED: Final = 1024  # days and kinds whose bodies a code book keeps in order


@attrs.frozen
class CodeEntries:
    """What the tables know of a number's two codes on the days of its approval.

    Attributes:
        regions: The entries of the region/department code; empty if none is known.
        titles: The entries of the series/level code; empty if none is known.
        no_region: Why there is no entry of the region/department code, or None.
        no_title: Why there is no entry of the series/level code, or None.
        pairs: The entries of both that were in force on one and the same day, since a number has
            one approval; where there are any, ``regions`` and ``titles`` are those of the pairs.
    """

    regions: tuple[RegionCode, ...]
    titles: tuple[SeriesCode, ...]
    no_region: Note | None
    no_title: Note | None
    pairs: tuple[tuple[RegionCode, SeriesCode], ...] = ()

    @property
    def missing(self) -> tuple[Note, ...]:
        """What is not known, in words."""
        return tuple(note for note in (self.no_region, self.no_title) if note is not None)

    @classmethod
    def of(
        cls, number: CertificateNumber, codes: CodeBook, approved_on: date | None = None
    ) -> CodeEntries:
        """Look both codes up as of the day of approval (核准公布).

        Without a day, entries count that were in force together on some day of the window of the
        evaluation year (:func:`~sdcert.dates.evaluation_window`).
        """
        memo = memo_of(codes, "entries", _ENTRIES_REMEMBERED)
        key = number.region_code, number.series_code, approved_on or number.year
        found: CodeEntries | None = memo.get(key)
        return memo.put(key, _look_up(number, codes, approved_on)) if found is None else found

    @staticmethod
    def city(body: RegionCode) -> str | None:
        """Return the city whose rules a body is under, or None for those of the province."""
        # "00" begins the province's codes: a table that gives it to a city's body names no city
        return None if body.prefix == "00" else body.prefix

    def decide(self, query: Callable[[RegionCode, Grade], Decision[T]]) -> Decision[T]:
        """Answer a query that needs the approving body and the grade.

        Returns:
            The answer where it is one; undetermined, with what is missing and all candidates,
            where a code is not known or its entries differ.
        """
        asked: Iterable[tuple[RegionCode, Grade]] = ((body, one.grade) for body, one in self.pairs)
        if not self.pairs:
            asked = product(self.regions, Grade)
        return _one([query(*pair) for pair in dict.fromkeys(asked)], self.missing)

    def decide_body(self, query: Callable[[RegionCode], Decision[T]]) -> Decision[T]:
        """Answer a query that needs the approving body alone, as :meth:`decide` does."""
        found = [query(body) for body in self.regions]
        return _one(found, () if self.no_region is None else (self.no_region,))

    def code_of(
        self, kind: AuthorityKind, codes: CodeBook, on: date | None
    ) -> tuple[str | None, tuple[Note, ...]]:
        """Return the code of the managing body as of a day, and a note if it is not one code."""
        first, *others = (code_of(kind, body, codes, on) for body in self.regions)
        if all(one == first for one in others):
            return first
        return None, (Note.render(NoteKind.OPEN, _SEVERAL),)


def _look_up(number: CertificateNumber, codes: CodeBook, approved_on: date | None) -> CodeEntries:
    if approved_on is None:
        first, last = evaluation_window(number.year)
    else:
        first = last = approved_on
    region = codes.region_between(number.region_code, first=first, last=last)
    series = codes.series_between(number.series_code, first=first, last=last)
    no_region = no_title = None
    if isinstance(region, (NotInForce, NotListed)):
        no_region, region = _why_not(region), ()
    if isinstance(series, (NotInForce, NotListed)):
        no_title, series = _why_not(series), ()
    if no_region is not None or no_title is not None:
        return CodeEntries(region, series, no_region, no_title)
    pairs = tuple(product(region, series))
    if first != last:
        pairs = _together(number, codes, first, last)
    if not pairs:
        parts = {"region": number.region_code, "series": number.series_code}
        note = Note.render(NoteKind.OPEN, "rules.not-together", **parts)
        return CodeEntries((), (), note, note)
    regions, titles = (tuple(dict.fromkeys(part)) for part in zip(*pairs, strict=True))
    return CodeEntries(regions, titles, None, None, pairs)


def _together(
    number: CertificateNumber, codes: CodeBook, first: date, last: date
) -> tuple[tuple[RegionCode, SeriesCode], ...]:
    """Return the entries of both codes that were in force on one day of a period."""
    bodies = codes.region_pieces(number.region_code, first=first, last=last)
    titles = codes.series_pieces(number.series_code, first=first, last=last)
    return tuple(
        dict.fromkeys(
            (body.answer, title.answer)
            for body, title in pairs_of(bodies, titles)
            if isinstance(body.answer, RegionCode) and isinstance(title.answer, SeriesCode)
        )
    )


def _why_not(answer: NotInForce | NotListed) -> Note:
    return Note(NoteKind.OPEN, answer.message("en"), answer.message("zh"))


def _one(found: list[Decision[T]], missing: tuple[Note, ...]) -> Decision[T]:
    if not missing:
        first, *others = found
        if all(one == first for one in others):
            return first
    return _open(found, missing or (Note.render(NoteKind.OPEN, _SEVERAL),))


def _open(found: Iterable[Decision[T]], reasons: tuple[Note, ...]) -> Decision[T]:
    candidates: dict[T, None] = {}
    citations: dict[Citation, None] = {}
    notes = dict.fromkeys(reasons)
    for one in found:
        options = (one.value, *one.alternatives)
        candidates |= dict.fromkeys(option for option in options if option is not None)
        citations |= dict.fromkeys(one.citations)
        notes |= dict.fromkeys(one.notes)
    return Decision(
        None, Basis.UNDETERMINED, tuple(citations), tuple(candidates), notes=tuple(notes)
    )


def codes_over_time(kind: AuthorityKind, code: str, codes: CodeBook) -> frozenset[str]:
    """Find the codes that a body of some kind may have had on one day or another.

    They are its own (``code`` is one), those of the bodies that took over from it, and, for a
    bureau, those of the bureaus of its place, of which there is one at a time.

    >>> from sdcert.codes import CodeBook
    >>> sorted(codes_over_time(AuthorityKind.CITY_HRSS, "14020", CodeBook.bundled()))
    ['14020']
    """
    found = {code}
    for span in codes.history(code):
        body = span.entry
        if isinstance(body, RegionCode) and body.authority is kind:
            found |= {one.code for one in codes.successors(body, transitive=True)}
            if kind in BUREAUS:
                found |= {one.code for one in _others(kind, body, codes, None)}
    return frozenset(found)


def code_of(
    kind: AuthorityKind, approver: RegionCode, codes: CodeBook, on: date | None
) -> tuple[str | None, tuple[Note, ...]]:
    """Return the code of the managing body as of a day, and a note if it is not one code."""
    if kind is approver.authority:
        bodies = _itself(approver, codes, on)
    else:
        bodies = _others(kind, approver, codes, on)
    found = list(dict.fromkeys(entry.code for entry in bodies))
    if len(found) == 1:
        [code] = found
        return code, ()
    if not found:
        note = Note.render(NoteKind.OPEN, "rules.no-code")
    else:
        note = Note.render(NoteKind.OPEN, "rules.codes", codes=found[:4])
    return None, (note,)


def _others(
    kind: AuthorityKind, approver: RegionCode, codes: CodeBook, on: date | None
) -> list[RegionCode]:
    """The bodies of a kind in the approving body's city, and county for a county's bureau."""
    memo = memo_of(codes, "managing", _REMEMBERED)
    by_place: dict[object, list[RegionCode]] | None = memo.get((kind, on))
    if by_place is None:
        by_place = {}
        for entry in codes.regions(on=on, authority=kind):
            by_place.setdefault(bureau_place(kind, entry), []).append(entry)
        memo.put((kind, on), by_place)
    return by_place.get(bureau_place(kind, approver), [])


def _itself(body: RegionCode, codes: CodeBook, on: date | None) -> list[RegionCode]:
    """The entries of the same body, or of those that took over from it, as of a day."""
    if on is None:
        return [body]
    line: list[Any] = [body, *codes.successors(body, transitive=True)]
    return [one for one in line if _same(codes.region(one.code, on=on), one)]


def _same(answer: object, entry: RegionCode) -> bool:
    """Whether a table's answer is this entry; another edition may state other days for it."""
    return isinstance(answer, RegionCode) and (answer.name, answer.authority) == (
        entry.name,
        entry.authority,
    )
