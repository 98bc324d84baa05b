"""Which column holds the certificate numbers. Only this file guesses; it never picks one of two."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import attrs

from sdcert.files.errors import UnreadableFile
from sdcert.messages import excerpt, render

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = [
    "OWN_PREFIX",
    "Column",
    "choose",
    "is_name",
    "is_number",
    "known_name",
    "likely",
    "named",
    "plain",
]

OWN_PREFIX: Final = "sdcert_"
"""How the names of the columns begin that a report adds."""

# A cell that somebody meant as a certificate number: 鲁 (or 魯) and ten digits or more, of any
# script, or what a spreadsheet makes of them. A document number (鲁人社规〔2018〕22号) is none.
_MEANT: Final = re.compile(
    r"[“”\"'‘’]?[鲁魯](?:(?:[^\d]{0,3}\d){10}|\s*\d[.．]?\d*[eE][+-]?\d).{0,24}", re.DOTALL
)
# The same without its prefix; the name of a column is neither.
_DIGITS: Final = re.compile(r"(?:[^\d]?\d){12,18}|\d[.．]\d+[eE][+-]?\d+")
_QUARTER: Final = 4
_LISTED: Final = 20
_INVISIBLE: Final = re.compile("[\ufeff\u200b-\u200f\u2060]")

# What offices call the column: 证书编号, 职称证书号码, 专业技术职务资格证书编号, 职称证号 …
_KNOWN: Final = re.compile(
    "(?:山东省|现|原|新|本次|取得|评审|通过|职称|高级|中级|初级|专业|技术|职务|任职|人员|资格|水平"
    "|电子|纸质)*(?:证书|(?<=职称)证|(?<=资格)证|(?<=职称))(?:的)?(?:编号|编码|号码|号)"
    "|cert(?:ificate)?(?:number|num|no|id|code)"
)
# Names that may also mean something else; they count where no other is known.
_VAGUE: Final = frozenset({"编号", "证号", "号码", "number", "no"})
_TRIMMINGS: Final = re.compile(r"[\s_*＊:：.．]|[（(\[【][^）)\]】]*[）)\]】]$")


@attrs.frozen
class Column:
    """A column of a file.

    Attributes:
        index: Its position, counted from 0.
        name: Its name; None where the file has no names.
        chosen: How it was found: ``asked``, ``content``, ``name`` or ``only``.

    >>> from sdcert.files import open_table
    >>> with open_table("examples/valid.csv") as table:
    ...     column = table.guessed()
    >>> column.index, column.name, column.chosen
    (0, '证书编号', 'content')
    """

    index: int
    name: str | None
    chosen: str

    def label(self, lang: str = "en") -> str:
        """Return its name and position, for people.

        >>> Column(2, "证书编号", "content").label("zh")
        '“证书编号”（第3列）'
        """
        shown = {"name": excerpt(self.name or "", 60), "position": self.index + 1}
        return render("files.column-label" if self.name else "files.column-bare", lang, **shown)

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {"position": self.index + 1, "name": self.name, "chosen": self.chosen}


def plain(cell: str) -> str:
    """Return a text without what nobody sees in it, to be compared.

    >>> plain(" 证书编号\u200b"), plain("鲁１８")
    ('证书编号', '鲁18')
    """
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", cell[:256])).strip()


def is_number(cell: str) -> bool:
    """Tell whether somebody meant a cell as a certificate number, right or wrong."""
    return _MEANT.fullmatch(plain(cell)) is not None


def is_name(cell: str) -> bool:
    """Tell whether a cell may be the name of a column: not if it looks like a number.

    >>> is_name("证书编号"), is_name("鲁18140200120001"), is_name("2018")
    (True, False, True)
    """
    text = plain(cell)
    return not (_MEANT.match(text) or _DIGITS.fullmatch(text))


def known_name(cell: str) -> int:
    """Tell whether a cell is what offices call the column of numbers: 2, perhaps: 1, or 0.

    >>> known_name("专业技术资格证书编号"), known_name("编号"), known_name("姓名")
    (2, 1, 0)
    """
    text = _TRIMMINGS.sub("", plain(cell).rpartition(" / ")[2].lower())
    return 2 if _KNOWN.fullmatch(text) else int(text in _VAGUE)


def named(header: Sequence[str], has_names: bool, wanted: str, file: str) -> Column:
    """Return a column by its name, else by its position from 1.

    Args:
        header: The names, or as many empty texts.
        has_names: Whether the file has names.
        wanted: The name or position; of a name of two lines (``职称证书 / 证书编号``) the second
            alone will do.
        file: What messages call the file.

    Raises:
        UnreadableFile: If there is no such column, or several have the name.
    """
    sought = plain(wanted)
    places: list[int] = []
    for of in (str, plain, lambda name: plain(name).rpartition(" / ")[2]):
        if has_names and not places:
            asked = wanted if of is str else sought
            places = [at for at, name in enumerate(header) if of(name) == asked]
    if len(places) > 1:
        positions = tuple(at + 1 for at in places[:_LISTED])
        raise UnreadableFile("column-twice", file, {"column": wanted, "positions": positions})
    if not places and re.fullmatch("[0-9]{1,6}", sought) and 1 <= int(sought) <= len(header):
        places = [int(sought) - 1]
    if not places:
        columns = _listed(header, range(len(header)))
        raise UnreadableFile("column-missing", file, {"column": wanted, "columns": columns})
    return Column(places[0], header[places[0]] if has_names else None, "asked")


def likely(header: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """Return the columns that look like certificate numbers: by content, and by their name."""
    open_to = _open_to(header)
    filled = dict.fromkeys(open_to, 0)
    meant = dict.fromkeys(open_to, 0)
    for cells in sample:
        for at in open_to:
            text = plain(cells[at]) if at < len(cells) else ""
            if text:
                filled[at] += 1
                meant[at] += _MEANT.fullmatch(text) is not None
    by_content = [at for at in open_to if meant[at] and meant[at] * _QUARTER >= filled[at]]
    known = {at: known_name(header[at]) for at in open_to}
    best = max(known.values(), default=0)
    return by_content, [at for at in open_to if best and known[at] == best]


def _open_to(header: Sequence[str]) -> list[int]:
    """Return the columns that no report has added."""
    own = {plain(render("cli.column-sdcert_canonical", lang)) for lang in ("en", "zh")}
    names = [plain(name) for name in header]
    return [
        at for at, name in enumerate(names) if not name.startswith(OWN_PREFIX) and name not in own
    ]


def choose(
    header: Sequence[str], has_names: bool, sample: Sequence[Sequence[str]], file: str
) -> Column:
    """Find the column of certificate numbers, if only one can be it.

    A column looks like certificate numbers if at least a quarter of its filled cells do. If none
    does, the one with a name such as 证书编号 is taken; a file of one column that holds digits
    leaves no choice. The columns of an earlier report are not considered.

    Args:
        header: The names, or as many empty texts.
        has_names: Whether the file has names.
        sample: The first records.
        file: What messages call the file.

    Raises:
        UnreadableFile: If several columns look like it, or none.
    """
    open_to = _open_to(header)
    by_content, by_name = likely(header, sample)
    # a text of one column, or no table at all: only digits tell
    only = open_to if len(header) == 1 and _is_list(sample) else []
    for places, chosen in ((by_content, "content"), (by_name, "name"), (only, "only")):
        if len(places) == 1:
            return Column(places[0], header[places[0]] if has_names else None, chosen)
        if places:
            params = {"columns": _listed(header, places)}
            raise UnreadableFile("column-several", file, params, "column")
    params = {"columns": _listed(header, range(len(header)))}
    raise UnreadableFile("column-unclear", file, params, "column")


def _is_list(sample: Sequence[Sequence[str]]) -> bool:
    narrow = all(not any(cells[1:]) for cells in sample)
    digits = max((sum(map(str.isdigit, cells[0])) for cells in sample if cells), default=0)
    prefixed = any(cell[:1] == "鲁" for cells in sample for cell in cells)
    return narrow and (prefixed or digits > 5 or not any(map(any, sample)))


def _listed(header: Sequence[str], places: Collection[int]) -> tuple[str, ...]:
    found = list(places)
    shown = [f"{at + 1} “{excerpt(header[at], 24)}”" for at in found[:_LISTED]]
    return (*shown, "…") if len(found) > _LISTED else tuple(shown)
