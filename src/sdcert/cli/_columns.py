"""Which column holds what. Only this file guesses, and it never chooses between two."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from sdcert.cli._texts import Problem, printable, say
from sdcert.numbering import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["OWN_PREFIX", "Column", "choose", "likely", "looks_like_name", "named", "plain"]

OWN_PREFIX: Final = "sdcert_"
"""What the names of the report's own columns begin with."""

# A cell that somebody meant as a certificate number: 鲁 (or 魯) and ten digits or more, of any
# script, or what a spreadsheet makes of them. A document number (鲁人社规〔2018〕22号) is none.
_MEANT: Final = re.compile(
    r"[“”\"'‘’]?[鲁魯](?:(?:[^\d]{0,3}\d){10}|\s*\d[.．]?\d*[eE][+-]?\d).{0,24}", re.DOTALL
)
# The same without its prefix; as a column name it is none.
_DIGITS: Final = re.compile(r"(?:[^\d]?\d){12,18}|\d[.．]\d+[eE][+-]?\d+")
_QUARTER: Final = 4
_LISTED: Final = 20

_NAMES: Final = frozenset(
    {"证书编号", "职称证书编号", "职称证书号", "职称证书号码", "证书号", "证书号码"}
    | {"certificatenumber", "certificateno", "certificateno.", "certnumber", "certno"}
)


@attrs.frozen
class Column:
    """A column of the file.

    Attributes:
        index: Its position, counted from 0.
        name: Its name; None where the file has no names.
        chosen: How it was found: ``asked``, ``content``, ``name`` or ``only``.
    """

    index: int
    name: str | None
    chosen: str

    def shown(self, lang: str) -> str:
        """Return its name and position, for people."""
        if not self.name:
            return say("column-bare", lang, position=self.index + 1)
        return say("column-named", lang, name=self.name, position=self.index + 1)

    def data(self) -> dict[str, object]:
        """Return it for JSON."""
        return {"position": self.index + 1, "name": self.name, "chosen": self.chosen}


def plain(cell: str) -> str:
    """Return a text without what nobody sees in it, to be compared."""
    return normalize(cell[:256]).text


def looks_like_name(cell: str) -> bool:
    """Tell whether a cell may be the name of a column: not if it looks like a number.

    >>> looks_like_name("证书编号"), looks_like_name("鲁18140200120001"), looks_like_name("2018")
    (True, False, True)
    """
    text = plain(cell)
    return not (_MEANT.match(text) or _DIGITS.fullmatch(text))


def named(header: Sequence[str], has_names: bool, wanted: str, file: str) -> Column:
    """Return the column that the user asked for: by its name, else by its position from 1.

    Args:
        header: The names, or as many empty texts.
        has_names: Whether the file has names.
        wanted: What the user wrote.
        file: What the file is called in messages.

    Raises:
        Problem: If there is no such column, or the name stands more than once.
    """
    sought = plain(wanted)
    places = [at for at, name in enumerate(header) if has_names and plain(name) == sought]
    if len(places) > 1:
        positions = ", ".join(str(at + 1) for at in places[:_LISTED])
        raise Problem("column-twice", {"name": file, "column": wanted, "positions": positions})
    if not places and re.fullmatch("[0-9]{1,6}", sought) and 1 <= int(sought) <= len(header):
        places = [int(sought) - 1]
    if not places:
        columns = _listed(header, range(len(header)))
        raise Problem("no-column", {"name": file, "column": wanted, "columns": columns})
    return Column(places[0], header[places[0]] if has_names else None, "asked")


def likely(header: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """Return the columns that look like certificate numbers: by what they hold, by their name."""
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
    by_name = [at for at in open_to if re.sub(r"[\s_]", "", plain(header[at])).lower() in _NAMES]
    return by_content, by_name


def _open_to(header: Sequence[str]) -> list[int]:
    return [at for at, name in enumerate(header) if not plain(name).startswith(OWN_PREFIX)]


def choose(
    header: Sequence[str], has_names: bool, sample: Sequence[Sequence[str]], file: str
) -> Column:
    """Find the column of certificate numbers, if only one can be it.

    A column looks like certificate numbers if at least a quarter of its filled cells do. If none
    does, the one with a name such as 证书编号 is taken; a file of one column leaves no choice. The
    columns of an earlier report are not considered.

    Args:
        header: The names, or as many empty texts.
        has_names: Whether the file has names.
        sample: The first records.
        file: What the file is called in messages.

    Raises:
        Problem: If several columns look like it, or none.
    """
    open_to = _open_to(header)
    by_content, by_name = likely(header, sample)
    for places, chosen in ((by_content, "content"), (by_name, "name"), (open_to, "only")):
        if len(places) == 1:
            return Column(places[0], header[places[0]] if has_names else None, chosen)
        if places and chosen != "only":
            columns = _listed(header, places)
            raise Problem("columns-several", {"name": file, "columns": columns})
    columns = _listed(header, range(len(header)))
    raise Problem("column-unclear", {"name": file, "columns": columns})


def _listed(header: Sequence[str], places: Sequence[int]) -> str:
    shown = [f"{at + 1} “{printable(header[at], 24)}”" for at in places[:_LISTED]]
    return ", ".join(shown) + (", …" if len(places) > _LISTED else "")
