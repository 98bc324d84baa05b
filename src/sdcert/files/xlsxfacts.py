"""What python-calamine does not tell of an .xlsx: read from the parts of the archive.

These are hidden rows and columns, errors, formulas saved without their result, and how far the
cells lie apart: calamine would reserve memory for the whole rectangle between them.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

import attrs

from sdcert.files.cells import CellError, Uncomputed
from sdcert.files.errors import UnreadableFile
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdcert.files.sources import Source

__all__ = ["BROKEN", "Facts", "Parts"]

# What reading a part of an archive raises that is no archive, or no XML.
BROKEN: Final = (
    *(expat.ExpatError, zipfile.BadZipFile, zlib.error, OSError, EOFError),
    *(NotImplementedError, ValueError, RuntimeError),
)
_BLOCK: Final = 1 << 20
# A part that is longer than this, and shrinks more than that, looks like a decompression bomb.
_LARGE: Final = 1 << 26  # bytes
_DENSEST: Final = 200
_MOST_ROWS: Final = 1 << 20
_MOST_COLUMNS: Final = 1 << 14
_MOST_CELLS: Final = 1 << 26  # of the rectangle that holds all cells, empty ones included

_REFERENCE: Final = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_ROW: Final = re.compile(rb"<(?:[\w.-]+:)?row\b[^>]*>")
_COLUMN: Final = re.compile(rb"<(?:[\w.-]+:)?col\b[^>]*>")
_ATTRIBUTE: Final = re.compile(rb"""\s([\w:]+)\s*=\s*["']([^"']*)["']""")
_CELL: Final = re.compile(rb"<((?:[\w.-]+:)?)c\b([^>]*[^/])?>(.*?)</\1c>", re.DOTALL)
_FORMULA: Final = re.compile(rb"<(?:[\w.-]+:)?f\b[^>]*?(?:/>|>([^<]*))", re.DOTALL)
_RESULT: Final = re.compile(rb"<(?:[\w.-]+:)?(?:v\b[^>]*>([^<]+)|is\b)")
_SPECIAL: Final = re.compile(rb"""<(?:[\w.-]+:)?f[\s/>]|\st=["']e["']""")
_NEW_ERROR: Final = re.compile(
    rb"""(<(?:[\w.-]+:)?c\b[^>]*\st=["']e["'][^>]*>(?:(?!</(?:[\w.-]+:)?c>).)*?<(?:[\w.-]+:)?v>)"""
    rb"#(?!(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)<)[^<]*",
    re.DOTALL,
)


@attrs.frozen
class Facts:
    """What is read of a sheet beside its values.

    Attributes:
        hidden_columns: Counted from 0.
        hidden_rows: Counted from 1, in their order.
        special: By row, from 1, and column, from 0: errors, and formulas that have no result.
    """

    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: tuple[int, ...] = ()
    special: dict[int, dict[int, CellError | Uncomputed]] = attrs.field(factory=dict)


class Parts:
    """The parts of a workbook that is an archive of XML.

    Args:
        source: The file.
        archive: The same as an archive.
    """

    def __init__(self, source: Source, archive: zipfile.ZipFile) -> None:
        self._source = source
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}
        self._of_sheet: dict[str, str] = {}
        with suppress(ET.ParseError, KeyError, zipfile.BadZipFile, RuntimeError):
            self._of_sheet = self._sheets()

    @classmethod
    def of(cls, source: Source) -> Parts | None:
        """Return the parts of an .xlsx or .xlsm; None of any other workbook.

        Raises:
            UnreadableFile: If it looks like a decompression bomb.
        """
        source.file.seek(0)
        if source.file.read(4) != b"PK\x03\x04":
            return None
        archive = zipfile.ZipFile(source.file)
        for part in archive.infolist():
            if part.file_size > _LARGE and part.file_size > part.compress_size * _DENSEST:
                params = {"part": excerpt(part.filename, 60), "size": f"{part.file_size:,}"}
                raise UnreadableFile("bomb", source.name, params)
        parts = cls(source, archive)
        return parts if "xl/workbook.xml" in parts._names or parts._of_sheet else None

    def _xml(self, name: str) -> ET.Element:
        return ET.fromstring(self._archive.read(self._names[name.lower()]))  # noqa: S314

    def _sheets(self) -> dict[str, str]:
        """Return the part of each sheet by the sheet's name."""
        relations = {
            one.get("Id"): one.get("Target", "") for one in self._xml("xl/_rels/workbook.xml.rels")
        }
        found = {}
        for one in self._xml("xl/workbook.xml").iter():
            key = next((value for at, value in one.items() if at.endswith("}id")), None)
            if one.tag.endswith("}sheet") and key in relations:
                target = relations[key].lstrip("/")
                part = target if target.lower().startswith("xl/") else f"xl/{target}"
                found[one.get("name", "")] = part.lower()
        return found

    def facts(self, sheet: str) -> Facts:
        """Read a sheet's part.

        Raises:
            UnreadableFile: If its cells lie too far apart, or the archive is damaged.
        """
        name = self._names.get(self._of_sheet.get(sheet, ""))
        if name is None:
            return Facts()
        hidden_rows: list[int] = []
        hidden_columns: set[int] = set()
        special: dict[int, dict[int, CellError | Uncomputed]] = {}
        letters: set[bytes] = set()
        lowest = line = 0
        for block in self._blocks(name):
            for tag in _ROW.findall(block):
                of = _attributes(tag)
                number = int(of.get("r", line + 1))
                if number <= line:  # of two rows with one number, one would be lost
                    out = {"line": number, "last": line}
                    raise UnreadableFile("rows-order", self._source.name, out)
                line = number
                if of.get("hidden") in ("1", "true"):
                    hidden_rows.append(line)
            references = _REFERENCE.findall(block)
            letters.update(column for column, _ in references)
            lowest = max(lowest, max((int(row) for _, row in references), default=0))
            if b"hidden" in block:
                for tag in _COLUMN.findall(block):
                    of = _attributes(tag)
                    if of.get("hidden") in ("1", "true"):
                        least, most = int(of.get("min", 1)), int(of.get("max", 1))
                        hidden_columns.update(range(least - 1, min(most, _MOST_COLUMNS)))
            if _SPECIAL.search(block):
                _note_special(block, special)
        widest = max(map(_index, letters), default=0) + 1
        if lowest > _MOST_ROWS or widest > _MOST_COLUMNS:
            raise UnreadableFile("damaged", self._source.name)
        if widest * lowest > _MOST_CELLS:
            params = {"rows": f"{lowest:,}", "columns": f"{widest:,}"}
            raise UnreadableFile("sparse", self._source.name, params)
        return Facts(frozenset(hidden_columns), tuple(hidden_rows), special)

    def _blocks(self, name: str) -> Iterator[bytes]:
        """Read a part in pieces that end before a row begins; calamine does not miss an end."""
        rest = b""
        parser = expat.ParserCreate()
        try:
            with self._archive.open(name) as data:
                while block := data.read(_BLOCK):
                    parser.Parse(block)
                    rest += block
                    row = max(rest.rfind(b"<row"), rest.rfind(b":row"))
                    cut = rest.rfind(b"<", 0, row + 1)
                    if cut > 0:
                        yield rest[:cut]
                        rest = rest[cut:]
                parser.Parse(b"", True)
        except (
            expat.ExpatError,
            zipfile.BadZipFile,
            OSError,
            EOFError,
            NotImplementedError,
            ValueError,
            zlib.error,
        ):
            raise UnreadableFile("damaged", self._source.name) from None
        yield rest

    def mended(self, sheet: str) -> io.BytesIO:
        """Return the workbook with newer errors (``#GETTING_DATA``) written as ``#N/A``."""
        name = self._names.get(self._of_sheet.get(sheet, ""))
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
            for part in self._archive.namelist():
                data = self._archive.read(part)
                copy.writestr(part, _NEW_ERROR.sub(rb"\1#N/A", data) if part == name else data)
        return made


def _attributes(tag: bytes) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(tag)}


def _index(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1


def _note_special(block: bytes, found: dict[int, dict[int, CellError | Uncomputed]]) -> None:
    for _, attributes, inner in _CELL.findall(block):
        of = _attributes(attributes)
        result = _RESULT.search(inner)
        formula = _FORMULA.search(inner)
        place = _REFERENCE.search(attributes)
        if place is None:
            continue
        if of.get("t") == "e":
            made: CellError | Uncomputed = CellError(_text(result and result[1]) or "#N/A")
        elif formula is not None and result is None and of.get("t") != "str":
            made = Uncomputed(f"={_text(formula[1])}")
        else:
            continue
        found.setdefault(int(place[2]), {})[_index(place[1])] = made


def _text(data: bytes | None) -> str:
    return html.unescape((data or b"").decode("utf-8", "replace"))
