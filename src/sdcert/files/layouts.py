"""The lay-out of an office's table: which row holds the names, and which rows hold no record.

A row whose number cell is itself a name of the column (证书编号 …) is a header, not a bad number.
Titles and 填报单位 lines above the names, headers of two rows, headers repeated on printed pages,
合计 and signature rows are left out, and each is noted. A row with something that looks like a
certificate number is never left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.files.cells import text_of
from sdcert.files.columns import is_name, is_number, known_name, plain
from sdcert.files.notes import FileNote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sdcert.files.notes import Notes
    from sdcert.files.table import Record
    from sdcert.files.workbooks import MergedCells

__all__ = ["Header", "Rows", "find_header"]

_TITLES: Final = 20  # filled rows in which the names are looked for
_SHORT: Final = 11  # characters: no number has fewer
_SECTION: Final = re.compile("[（(]?[一二三四五六七八九十]{1,3}[）)、.．]")
_SPACE: Final = re.compile(r"\s")
_TOTAL: Final = re.compile(
    "(?:本页|本表|全部|各类|人数)?(?:合计|总计|小计|共计|累计|总数|合计数)(?:人数)?"
)
_TOTAL_AHEAD: Final = re.compile(
    "(?:(?:本页|本表|全部)?(?:合计|总计|小计|共计|累计)(?:人数)?[:：0-9]|共[0-9]+(?:人|名|条|项|本|个))"
)
_SIGNATURE: Final = re.compile(
    "(?:填报|填表|制表|编制|上报|申报|报送|审核|复核|复审|核对|校对|经办|经手|主管|分管|负责|单位|部门"
    "|呈报|联系|填写|打印|导出|领取|发放|盖章|签字|签章|签名|日期|时间|电话|备注|说明|附注|附|注|年度)"
    "(?:单位|部门|人员|人|者|日期|时间|电话|方式|领导|负责人|意见|签字|签章|盖章|说明)*"
    "(?:[（(][^）)]{0,12}[）)])?[:：]"
    "|[（(](?:签字|签章|盖章|公章|单位公章|单位盖章)[）)]"
)


@attrs.frozen
class Header:
    """The rows that name the columns.

    Attributes:
        line: The last of them; None where the file has no names.
        names: The names; of two rows ``职称证书 / 证书编号``.
        parts: The cells of each of these rows, as texts.
        above: What precedes them.
    """

    line: int | None
    names: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()
    above: tuple[Record, ...] = ()


def _texts(cells: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(text_of, cells))


def _filled(texts: Sequence[str]) -> list[str]:
    return [text for text in map(plain, texts) if text]


def _shown(cells: Sequence[Any]) -> str:
    return " ".join(text.strip() for text in _texts(cells) if text.strip())


def find_header(
    sample: Sequence[Record],
    header_line: int | None,
    wanted: Collection[str],
    merges: Sequence[MergedCells] = (),
) -> Header:
    """Find the names of the columns.

    Args:
        sample: The first records.
        header_line: The line that the caller named; 0 for no names, None to find it.
        wanted: Names that the caller will look for.
        merges: What is merged.

    Returns:
        The header; if no row can be one, that of a file without names.
    """
    rows = [(line, _texts(cells)) for line, cells in sample if _filled(_texts(cells))]
    if header_line == 0 or not rows:
        return Header(None, ())
    # with a line that was named the sample begins there
    at = 0 if header_line is not None else _header_row(rows, {plain(name) for name in wanted})
    if at is None:
        return Header(None, (), above=_above(sample, rows))
    first = last = at
    if at + 1 < len(rows) and _join(rows[at], rows[at + 1], merges):
        last = at + 1
    elif header_line is None and at and _join(rows[at - 1], rows[at], merges):
        first = at - 1
    parts = tuple(texts for _, texts in rows[first : last + 1])
    names = parts[0] if first == last else _combined(rows[first], rows[last], merges)
    above = tuple(record for record in sample if record[0] < rows[first][0])
    return Header(rows[last][0], tuple(name.strip() for name in names), parts, above)


def _above(
    sample: Sequence[Record], rows: Sequence[tuple[int, tuple[str, ...]]]
) -> tuple[Record, ...]:
    """Return the titles above the first record of a file without names."""
    first = next((row for row, texts in rows if not _is_title(texts, rows)), rows[0][0])
    return tuple(record for record in sample if record[0] < first)


def _header_row(rows: Sequence[tuple[int, tuple[str, ...]]], wanted: set[str]) -> int | None:
    """Return which of the filled rows holds the names, or the second half of them."""
    begun: list[int] = []
    for at, (_, texts) in enumerate(rows[:_TITLES]):
        cells = _filled(texts)
        if any(map(is_number, cells)):
            break
        if all(map(is_name, cells)):
            if len(begun) == at:
                begun.append(at)
            if wanted.intersection(cells) or any(known_name(cell) == 2 for cell in cells):
                return at
    found = [at for at in begun if not _is_title(rows[at][1], rows)]
    vague = [at for at in found if any(map(known_name, rows[at][1]))]
    if vague or found:
        return (vague or found)[0]
    # a single cell above the numbers themselves is their name, above anything else a title
    for at in begun[:1]:
        place = next(index for index, text in enumerate(rows[at][1]) if plain(text))
        column = [texts[place] for _, texts in rows[at + 1 :] if place < len(texts)]
        if not all(map(is_name, column)):
            return at
    return None


def _is_title(texts: Sequence[str], rows: Sequence[tuple[int, tuple[str, ...]]]) -> bool:
    """Tell a title or a 填报单位 line: one cell where rows have more, or cells with a colon."""
    cells = _filled(texts)
    if len(cells) == 1:
        return any(len(_filled(other)) > 1 for _, other in rows)
    return bool(_SIGNATURE.match(_SPACE.sub("", cells[0]))) and len(cells) < len(texts)


def _join(
    upper: tuple[int, tuple[str, ...]],
    lower: tuple[int, tuple[str, ...]],
    merges: Sequence[MergedCells],
) -> bool:
    """Tell whether two rows are one header: each names columns that the other leaves blank."""
    if lower[0] != upper[0] + 1 or not all(map(is_name, _filled(upper[1]))):
        return False
    cells = _filled(lower[1])
    if not cells or not all(map(is_name, cells)) or any(map(str.isdecimal, cells)):
        return False
    if len(_filled(upper[1])) < 2 or _SIGNATURE.match(_SPACE.sub("", _filled(upper[1])[0])):
        return False
    if merges:  # known: then they decide
        down = any(one.first_row == upper[0] and one.last_row == lower[0] for one in merges)
        across = any(
            one.first_row == one.last_row == upper[0] and one.last_column > one.first_column
            for one in merges
        )
        return down or (across and any(map(known_name, cells)))
    width = max(len(upper[1]), len(lower[1]))
    above, below = (_padded(texts, width) for _, texts in (upper, lower))
    gaps = [at for at in range(width) if above[at] and not below[at]]
    fills = [at for at in range(width) if below[at] and not above[at]]
    first = next(at for at in range(width) if above[at])
    known = any(map(known_name, (*above, *below)))
    # the first column of a record is hardly ever blank: that tells it from a name's second half
    return known and bool(fills) and gaps[:1] == [first]


def _padded(texts: Sequence[str], width: int) -> list[str]:
    return [*map(plain, texts), *[""] * (width - len(texts))]


def _combined(
    upper: tuple[int, tuple[str, ...]],
    lower: tuple[int, tuple[str, ...]],
    merges: Sequence[MergedCells],
) -> tuple[str, ...]:
    """Return the names of a header of two rows: what a name is merged over stands before it."""
    width = max(len(upper[1]), len(lower[1]))
    above, below = (_padded(texts, width) for _, texts in (upper, lower))
    down = {
        at
        for one in merges
        if one.first_row == upper[0] and one.last_row >= lower[0]
        for at in range(one.first_column, one.last_column + 1)
    }
    spread = list(above)
    for at in range(1, width):
        across = any(
            one.first_row == upper[0] and one.first_column < at <= one.last_column for one in merges
        )
        if not above[at] and (across or (not merges and below[at] and below[at - 1])):
            spread[at] = spread[at - 1]
    names = []
    for at in range(width):
        if at in down or not below[at] or below[at] == spread[at]:
            names.append(spread[at] or below[at])
        else:
            names.append(f"{spread[at]} / {below[at]}" if spread[at] else below[at])
    return tuple(names)


class Rows:
    """Which rows of a table are records.

    Args:
        header: The header.
        number: The column with the certificate numbers, counted from 0.
        notes: Where to note what is left out.
        merged: Rows that are merged with rows below: by the first, the last.
    """

    def __init__(
        self, header: Header, number: int, notes: Notes, merged: Mapping[int, int]
    ) -> None:
        self._merged = merged
        self._number = number
        self._notes = notes
        self._titles = {"".join(_filled(_texts(cells))) for _, cells in header.above}
        own = (part[number] for part in header.parts if number < len(part))
        self._own = {plain(name) for name in own} - {""}
        self._width = len(header.names)
        for line, cells in header.above:
            text = _shown(cells)
            if text:
                notes.add(FileNote("title", line, text, left_out=True))
        if header.line is not None and len(header.parts) > 1:
            name = header.names[number] if number < len(header.names) else ""
            notes.add(FileNote("header-rows", header.line - 1, name, header.line))

    def kind(self, cells: Sequence[Any]) -> str | None:
        """Tell what a row is that is no record; None for a record or a blank row."""
        value = cells[self._number] if self._number < len(cells) else None
        if type(value) is str and value[:1] == "鲁" and len(value) > _SHORT:
            return None  # as nearly every row
        texts = _filled(_texts(cells))
        if not texts or any(map(is_number, texts)):
            return None
        number = plain(text_of(value))
        if number and (number in self._own or known_name(number) == 2):
            return "header-repeated" if all(map(is_name, texts)) else None
        first = _SPACE.sub("", texts[0])
        if _TOTAL.fullmatch(first) or _TOTAL_AHEAD.match(first):
            return "total"
        if _SIGNATURE.search(first) and (not number or _SIGNATURE.search(_SPACE.sub("", number))):
            return "signature"
        if len(texts) == 1 and not number and self._width > 2 and _SECTION.match(first):
            return "section"
        return "title-repeated" if "".join(texts) in self._titles else None

    def left_out(self, line: int, cells: Sequence[Any]) -> bool:
        """Tell whether a row is no record, and note it."""
        kind = self.kind(cells)
        if kind is None:
            if line in self._merged:
                self._notes.add(FileNote("merged", line, "", self._merged[line]))
            return False
        self._notes.add(FileNote(kind, line, _shown(cells), left_out=True))
        return True
