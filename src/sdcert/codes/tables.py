"""Tables from the files of an office: a small TOML file with the head, and its rows beside it.

All faults of all files are collected before any is raised, and then nothing is loaded. Every file
of a folder that looks like a table is loaded or named in a fault.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import attrs

from sdcert._documents import Reader, load_toml
from sdcert.codes.edition import PROVINCE, Edition, city_domain, edition_faults, header_faults
from sdcert.codes.errors import Fault, InvalidTable, is_any_code
from sdcert.codes.model import Content, Entry, Source, content_of
from sdcert.codes.rows import (
    FORMAT,
    REQUIRED,
    RowReader,
    advised,
    columns_of,
    find_columns,
    head_row,
    read_source,
    type_faults,
)
from sdcert.files import ENCODINGS, UnreadableFile, read_rows
from sdcert.files.cells import is_blank
from sdcert.findings import Params
from sdcert.messages import Bilingual

__all__ = ["Draft", "bytes_of", "finish", "load", "read_header", "reading"]

# Takes the place of an edition's source where it has none, which is its own fault, not its rows'.
_UNREAD: Final = Source("?")
_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods")
_ROWS: Final = (".csv", ".tsv", ".txt", *_WORKBOOKS)
_OTHERS: Final = (".json", ".jsonl", ".parquet")  # tables too, but not the rows of one
_MOST_ROWS: Final = 1_048_576  # that a sheet can have
_HEAD_TEXTS: Final = ("id", "domain", "publisher", "content")
_HEAD_DAYS: Final = ("valid_from", "published_on")


@attrs.define
class Draft:
    """One edition on its way in: what could be read so far, and what is wrong with it."""

    head: Reader
    header: dict[str, Any] = attrs.field(factory=dict)
    #: Each with the number of its row.
    entries: list[tuple[int, Entry]] = attrs.field(factory=list)
    rows_file: str = ""
    sheet: str = ""
    #: The codes of the rows that are faulty themselves.
    faulty: list[str] = attrs.field(factory=list)
    headings: dict[str, str] = attrs.field(factory=dict)
    #: Whether all rows were seen, by columns that are known: only then do they say what a code
    #: is given out for and which codes there are.
    whole: bool = False

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with it: its head and its rows."""
        return self.head.faults

    def row(self, number: int) -> Reader:
        """A row, for the faults at it, its columns called as the table's own headings call them."""
        if self.rows_file == self.head.file:
            return self.head.item({}, "entries", number, row=number)
        return Reader({}, self.rows_file, self.faults, row=number, headings=self.headings)


def load(path: str | os.PathLike[str]) -> tuple[Edition, ...]:
    """Read a folder or a file; see :meth:`sdcert.codes.CodeBook.load`."""
    where = Path(path)
    if where.is_dir():
        return _load_folder(where)
    suffix = where.suffix.lower()
    if suffix in _ROWS:
        head = _head_of(where)
        table = _read_table(head)
        if table.rows_file not in ("", where.name):
            params = Params(head=head.name, rows=table.rows_file)
            table.faults.insert(0, Fault("other-rows", file=where.name, params=params))
        return finish([table])
    if suffix != ".toml":
        kind = "suffix" if where.exists() else "file-missing"
        raise InvalidTable([Fault(kind, file=where.name)])
    return finish([_read_table(where)])


def _head_of(rows: Path) -> Path:
    """The TOML file of a file of rows, however its ending is written."""
    for found in sorted(rows.parent.glob(f"{rows.stem}.*")) if rows.parent.is_dir() else ():
        if found.stem == rows.stem and found.suffix.lower() == ".toml":
            return found
    return rows.with_suffix(".toml")


def _is_head(path: Path) -> bool:
    return path.suffix.lower() == ".toml"


def _load_folder(folder: Path) -> tuple[Edition, ...]:
    files = sorted(one for one in folder.iterdir() if one.is_file() and one.name[0] not in ".~")
    heads = [one for one in files if _is_head(one)]
    if not heads:
        raise InvalidTable([Fault("no-tables", file=folder.name)])
    tables = [_read_table(head) for head in heads]
    first: dict[tuple[str, str], str] = {}
    for table in tables:
        where = (table.rows_file.casefold(), table.sheet)
        if table.rows_file and first.setdefault(where, table.head.file) != table.head.file:
            table.head.fault("rows-twice", "rows", table.rows_file, head=first[where])
    tables += [
        _named(one, "subfolder")
        for one in sorted(folder.iterdir())
        if one.is_dir() and one.name[0] not in ".~" and any(map(_is_head, one.iterdir()))
    ]
    used = {table.rows_file.casefold() for table in tables if _is_head(Path(table.head.file))}
    if "" not in used:  # where a head could not be read, nobody knows which rows are its own
        tables += [
            _named(one, "unused")
            for one in files
            if one.suffix.lower() in (*_ROWS, *_OTHERS) and one.name.casefold() not in used
        ]
    return finish(tables)


def _named(path: Path, kind: str) -> Draft:
    """What is no table, with its fault."""
    return Draft(Reader({}, path.name, [Fault(kind, file=path.name)]))


def finish(tables: Sequence[Draft], faults: Sequence[Fault] = ()) -> tuple[Edition, ...]:
    """Make editions of tables, or raise all faults together, those of no table first."""
    editions = []
    for table in tables:
        found_before: tuple[Fault, ...] = ()
        if not table.faults:
            try:
                entries = [entry for _, entry in table.entries]
                editions.append(Edition(**table.header, entries=entries))
                continue
            except InvalidTable as error:
                found_before = error.faults  # to be found again below, with their rows
        if table.whole:
            faulty = frozenset(table.faulty)
            found = edition_faults(table.header["domain"], table.entries, faulty)
            for row, fault in found:
                table.row(row).note([fault])
            if not found:
                table.head.note(found_before)
    _link(tables)
    faults = [*faults, *(fault for one in tables for fault in sorted(one.faults, key=_place))]
    if faults:
        raise InvalidTable(faults)
    return tuple(editions)


def _place(fault: Fault) -> int:
    return fault.row or 0


def _link(tables: Sequence[Draft]) -> None:
    """A successor in another table of the same folder has to be listed, if that is complete."""
    listed = {entry.code for table in tables for _, entry in table.entries}
    listed.update(*(table.faulty for table in tables))
    complete = {
        table.header["domain"]
        for table in tables
        if table.whole and table.header.get("content") is Content.COMPLETE
    }
    for table in tables:
        domain = table.header.get("domain")
        for row, entry in table.entries:
            for code in entry.successors:
                owner = city_domain(code[:2])
                if owner not in complete:
                    # Not under a prefix whose table is loaded: the province's to know, unless
                    # it is the code of a city whose table is not.
                    owner = "" if code[:2] in listed else PROVINCE
                if len(code) == 5 and owner != domain and owner in complete and code not in listed:
                    table.row(row).fault("successor-missing", "successors", code, successor=code)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Name the file, or folder, that cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise InvalidTable([Fault("file-missing", file=path.name)]) from None
    except OSError as error:
        reason = Params(reason=error.strerror or str(error))
        raise InvalidTable([Fault("file", file=path.name, params=reason)]) from error


def bytes_of(path: Path) -> bytes:
    """Read a file, or name it in a fault."""
    with reading(path):
        try:
            return path.read_bytes()
        except ValueError as error:  # for a name that no file can have
            raise OSError(str(error)) from error


def _read_table(path: Path) -> Draft:
    faults: list[Fault] = []
    table = Draft(Reader({}, path.name, faults))
    try:
        if (plain := load_toml(bytes_of(path), path.name, faults)) is not None:
            table.head.data = plain
            _read_into(table, path)
    except InvalidTable as error:
        faults.extend(error.faults)
    return table


def _read_into(table: Draft, path: Path) -> None:
    head = table.head
    head.version(FORMAT)
    table.header = read_header(head)
    # The head may state how many rows there are, as FHIR's count: an export may be cut off.
    expected = head.whole("count", 0, _MOST_ROWS, required=False)
    rows = head.string("rows") if head.has("rows") else path.with_suffix(".csv").name
    sheet = head.string("sheet")
    encoding = head.choice("encoding", ENCODINGS, required=False)
    head.close()
    # A table is beside its TOML file: a name, not a way to elsewhere.
    if rows is not None and (not rows or Path(rows).name != rows or "\\" in rows):
        head.fault("rows", "rows", rows)
    elif rows is not None:
        table.rows_file, table.sheet = rows, sheet or ""
        if sheet is not None and not _is_workbook(rows):
            head.fault("sheet", "sheet", sheet)
    if head.faulty.isdisjoint(("domain", "rows", "sheet", "encoding")):
        lines, typed = _lines(path.with_name(table.rows_file), sheet, encoding)
        _take_rows(table, lines, typed=typed)
    count = len(table.entries) + len(table.faulty)
    if table.whole and expected not in (None, count):
        head.fault("count", "count", expected, expected=expected, count=count)


def read_header(head: Reader) -> dict[str, Any]:
    """Read the keys of an edition; those that are faulty are named in ``head.faulty``."""
    found: dict[str, Any] = {key: head.string(key, required=True) for key in _HEAD_TEXTS}
    found |= {key: head.day(key, required=False) for key in _HEAD_DAYS}
    source = head.table("source", required=False)
    found["source"] = ("source" not in head.faulty and read_source(source)) or _UNREAD
    if found["content"]:
        found["content"] = content_of(found["content"])
    # checked as the edition itself will
    head.note(fault for fault in header_faults(SimpleNamespace(**found)) if fault)
    return found


def _is_workbook(name: str) -> bool:
    return Path(name).suffix.lower() in _WORKBOOKS


def _lines(
    path: Path, sheet: str | None, encoding: str | None
) -> tuple[Sequence[tuple[int, Sequence[Any]]], bool]:
    """The rows of a file with their numbers, and whether cells may be other things than text."""
    if not encoding and not _is_workbook(path.name):
        with suppress(UnicodeDecodeError):  # what is UTF-8 throughout needs no guess
            bytes_of(path).decode("utf-8")
            encoding = "utf-8"
    try:
        with reading(path):
            found = read_rows(path, sheet=sheet, encoding=encoding)
    except UnreadableFile as error:
        if error.kind in ("empty", "blank"):
            return (), False
        named = UnreadableFile(error.kind, path.name, error.params, error.option)
        both = Bilingual(named.message(), named.message("zh"))
        params = Params(reason=both)
        raise InvalidTable([Fault("unreadable", file=path.name, params=params)]) from error
    if found.sheet is None:  # a record of CSV is a row, however many lines it has
        return [(row, cells) for row, (_, cells) in enumerate(found.rows, 1)], False
    return found.rows, True


def _take_rows(table: Draft, lines: Sequence[tuple[int, Sequence[Any]]], *, typed: bool) -> None:
    """Read headings and rows into ``table``."""
    known = columns_of(table.header["domain"])
    at = head_row(lines, known)
    if at is None:
        table.faults.append(Fault("no-headings", file=table.rows_file))
        return
    number, heads = lines[at]
    heads = heads[: max(place for place, head in enumerate(heads, 1) if not is_blank(head))]
    places, faults = find_columns(heads, known)
    table.row(number).note(faults)
    table.headings = {name: "".join(str(heads[place]).split()) for name, place in places.items()}
    if not table.headings.keys() >= set(REQUIRED[known]):
        return  # every row would be faulty for what is wrong with the headings
    for above, cells in lines[:at]:  # as where a whole sheet was sorted, its headings too
        code = str(cells[places["code"]]).strip() if len(cells) > places["code"] else ""
        if is_any_code(code):
            table.row(above).fault("above-headings", "code", code)
    rows = RowReader(table.header["domain"], table.header["source"])
    width = len(heads)
    # A column that the table lacks is taken from behind its end, where nothing is.
    in_order = itemgetter(*(places.get(column, width) for column in known))
    trim = _trimmed if typed else str.strip
    blank = ("",) * len(known)
    for number, cells in lines[at + 1 :]:
        if len(cells) > width and not all(map(is_blank, cells[width:])):
            table.row(number).fault("cells", count=len(cells), expected=width)
            # Which cell is which is anybody's guess; the code may be where it should be.
            table.faulty.append(str(cells[places["code"]]).strip())
            continue
        trimmed = list(map(trim, cells[:width]))
        row = in_order(trimmed + [""] * (width + 1 - len(trimmed)))
        if row == blank:
            continue
        code = row[0]
        wrong = type_faults(known, row) if typed else {}
        if wrong:  # all else of the row is judged without them
            row = tuple("" if one in wrong else cell for one, cell in zip(known, row, strict=True))
        made = rows.read(row)
        if not wrong and not isinstance(made, list):
            table.entries.append((number, made))
            continue
        table.faulty.append(str(code))
        place = table.row(number)
        place.note(wrong.values())
        if isinstance(made, list):
            # Where a column is not known, it may be the one that is missed here.
            place.note(advised(one) for one in made if not faults or one.key in table.headings)
    table.whole = not faults


def _trimmed(cell: Any) -> Any:
    """A cell without white space at its ends, if it is text; formulas keep what they are."""
    if type(cell) is str:
        return cell.strip()
    return "" if cell is None else cell
