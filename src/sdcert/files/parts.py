"""The parts of a workbook that is an archive (.xlsx, .xlsm, .xlsb, .ods)."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from sdcert.files.errors import UnreadableFile
from sdcert.files.facts import BinarySheet, DocumentSheets, Facts, XmlSheet, records_of
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from sdcert.files.sources import Source

__all__ = ["BROKEN", "Parts"]

# What reading a part raises that is not what its name says.
BROKEN: Final = (
    *(expat.ExpatError, zipfile.BadZipFile, zlib.error, OSError, EOFError),
    *(NotImplementedError, ValueError, RuntimeError, LookupError),
)
# A part that is longer than this, and shrinks more than that, looks like a decompression bomb.
_LARGE: Final = 1 << 26  # bytes
_DENSEST: Final = 200
_SHEET: Final = 156  # the record of a sheet in an .xlsb
_NEW_ERROR: Final = re.compile(rb"(<(?:[\w.-]+:)?v>)#(?!(?:NULL|NUM|REF|VALUE)!<)[A-Z_]+!?(?=<)")


class Parts:
    """The parts of a workbook.

    Args:
        source: The file.

    Raises:
        UnreadableFile: If a part looks like a decompression bomb, or the sheets of .ods are damaged
            or too large.
    """

    def __init__(self, source: Source) -> None:
        archive = zipfile.ZipFile(source.file)
        for part in archive.infolist():
            if part.file_size > _LARGE and part.file_size > part.compress_size * _DENSEST:
                params = {"part": excerpt(part.filename, 60), "size": f"{part.file_size:,}"}
                raise UnreadableFile("bomb", source.name, params)
        self._source = source
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}
        self._of_sheet: dict[str, str] = {}
        with suppress(ET.ParseError, *BROKEN):
            self._of_sheet = self._sheets()
        self._tables: dict[str, Facts] | None = None
        if "content.xml" in self._names:
            # calamine reads all tables at once, and goes on for ever where one has no end
            document = DocumentSheets()
            self._facts("content.xml", document)
            self._tables = {name: one.checked(source.name) for name, one in document.sheets.items()}

    def _read(self, name: str) -> bytes:
        return self._archive.read(self._names[name])

    def _sheets(self) -> dict[str, str]:
        """Return the part of each sheet by the sheet's name."""
        binary = "xl/workbook.bin" in self._names
        book = "xl/workbook.bin" if binary else "xl/workbook.xml"
        relations = ET.fromstring(self._read(f"xl/_rels/{book[3:]}.rels"))  # noqa: S314
        targets = {one.get("Id"): one.get("Target", "").lstrip("/") for one in relations}
        found = {}
        for name, key in (_binary_sheets if binary else _xml_sheets)(self._read(book)):
            target = targets.get(key, "").lower()
            found[name] = target if target.startswith("xl/") else f"xl/{target}"
        return found

    def facts(self, sheet: str) -> Facts:
        """Read a sheet's part.

        Raises:
            UnreadableFile: If its cells lie too far apart, the archive is damaged, or it does not
                tell which part the sheet is.
        """
        name = self._of_sheet.get(sheet, "")
        known = name in self._names if self._tables is None else sheet in self._tables
        if not known:
            # calamine, which minds less what is not well-formed, would read a part without bounds
            raise UnreadableFile("damaged", self._source.name)
        if self._tables is not None:
            return self._tables[sheet]
        file = self._source.name
        reader = BinarySheet() if name.endswith(".bin") else XmlSheet(file)
        return self._facts(name, reader).checked(file)

    def _facts(self, name: str, reader: BinarySheet | DocumentSheets | XmlSheet) -> Facts:
        try:
            with self._archive.open(self._names[name]) as part:
                return reader.read(part)
        except UnreadableFile:
            raise
        except BROKEN:
            raise UnreadableFile("damaged", self._source.name) from None

    def mended(self, sheet: str) -> io.BytesIO:
        """Return the workbook with newer errors, which calamine refuses, as ``#N/A``."""
        name = self._names.get(self._of_sheet.get(sheet, ""))
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
            for part in self._archive.namelist():
                data = self._archive.read(part)
                copy.writestr(part, _NEW_ERROR.sub(rb"\1#N/A", data) if part == name else data)
        return made


def _xml_sheets(data: bytes) -> list[tuple[str, str]]:
    """Return the names of the sheets of an .xlsx, and the keys of their parts."""
    found = []
    for one in ET.fromstring(data).iter():  # noqa: S314
        if one.tag.endswith("}sheet"):
            key = next((value for at, value in one.items() if at.endswith("}id")), "")
            found.append((one.get("name", ""), key))
    return found


def _binary_sheets(data: bytes) -> list[tuple[str, str]]:
    """Return the same of an .xlsb: a text is its length and its characters."""
    found = []
    for kind, record in records_of(data):
        if kind == _SHEET:
            texts, at = [], 8
            for _ in range(2):
                end = at + 4 + 2 * int.from_bytes(record[at : at + 4], "little")
                texts.append(bytes(record[at + 4 : end]).decode("utf-16-le"))
                at = end
            found.append((texts[1], texts[0]))
    return found
