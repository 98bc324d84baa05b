"""Tables from files. Only this file (and the one for workbooks) opens files of an office.

All faults of all files are collected before any is raised, and then nothing is loaded.
"""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.codes.book import CodeBook
from sdcert.codes.columns import (
    ENCODINGS,
    FORMAT,
    HEADINGS,
    REQUIRED,
    TABLE_KEYS,
    is_format,
)
from sdcert.codes.edition import (
    PROVINCE,
    Edition,
    city_domain,
    edition_faults,
    header_faults,
)
from sdcert.codes.errors import Fault, InvalidTable
from sdcert.codes.model import Content, Entry, Source
from sdcert.codes.rows import Rows, columns_of, read_day, source_from
from sdcert.findings import Params

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["UNREAD", "Table", "edition_table", "finish", "load"]

#: Stands for the source of an edition that has none, which is its own fault, not its rows'.
UNREAD: Final = Source("?")
_SHEETS: Final = (".xlsx", ".xlsm")


@attrs.define
class Table:
    """One edition on its way in: what could be read so far, and what is wrong with it."""

    file: str
    header: dict[str, Any] = attrs.field(factory=dict)
    entries: list[Entry] = attrs.field(factory=list)
    rows: list[int] = attrs.field(factory=list)
    rows_file: str = ""
    faulty: set[str] = attrs.field(factory=set)
    faults: list[Fault] = attrs.field(factory=list)
    headings: dict[str, str] = attrs.field(factory=dict)
    #: Whether all rows were seen, by columns that are known: only then do they say what a code
    #: is given out for and which codes there are.
    whole: bool = False

    def fault(self, kind: str, column: str = "", value: object = "", **params: object) -> None:
        """Note a fault of the edition itself."""
        self.faults.append(Fault(kind, column, value, Params(**params), self.file))

    def row_faults(self, row: int, faults: Iterable[Fault]) -> None:
        """Note faults of a row, its columns called as the table's own headings call them."""
        for fault in faults:
            column = self.headings.get(fault.column, fault.column)
            self.faults.append(attrs.evolve(fault, column=column, file=self.rows_file, row=row))


def load(path: str | os.PathLike[str]) -> CodeBook:
    """Read a folder or a file; see :meth:`sdcert.codes.CodeBook.load`."""
    where = Path(path)
    if where.is_dir():
        found = sorted(where.glob("*.toml"))
        if not found:
            raise InvalidTable([Fault("no-tables", file=where.name)])
        return finish([_read_table(each) for each in found])
    suffix = where.suffix.lower()
    if suffix == ".json":
        from sdcert.codes.jsonform import from_json  # noqa: PLC0415 - the other form

        return from_json(_text_of(where, None), where.name)
    if suffix in (".csv", *_SHEETS):
        where = where.with_suffix(".toml")
    elif suffix != ".toml":
        kind = "suffix" if where.exists() else "file-missing"
        raise InvalidTable([Fault(kind, file=where.name)])
    return finish([_read_table(where)])


def finish(tables: Sequence[Table]) -> CodeBook:
    """Make a book of tables, or raise all their faults together."""
    editions = []
    for table in tables:
        said: tuple[Fault, ...] = ()
        if not table.faults:
            try:
                editions.append(Edition(**table.header, entries=tuple(table.entries)))
                continue
            except InvalidTable as error:
                said = error.faults  # to be found again below, with their rows
        if table.whole:
            found = edition_faults(
                table.header["domain"], table.entries, table.rows, frozenset(table.faulty)
            )
            for index, fault in found:
                table.row_faults(table.rows[index], [fault])
            if not found:
                table.faults.extend(said)
    _link(tables)
    faults = [fault for table in tables for fault in sorted(table.faults, key=_place)]
    if faults:
        raise InvalidTable(faults)
    return CodeBook(editions)


def _place(fault: Fault) -> int:
    return fault.row or 0


def _link(tables: Sequence[Table]) -> None:
    """A successor in another table of the same folder has to be listed, if that is complete."""
    listed = {entry.code for table in tables for entry in table.entries}
    listed.update(*(table.faulty for table in tables))
    complete = {
        table.header["domain"]
        for table in tables
        if table.whole and table.header.get("content") is Content.COMPLETE
    }
    for table in tables:
        domain = table.header.get("domain")
        for row, entry in zip(table.rows, table.entries, strict=True):
            for code in entry.successors:
                owner = city_domain(code[:2])
                if owner not in complete:
                    # Not under a prefix whose table is at hand: the province's to know, unless
                    # it is the code of a city whose table is not.
                    owner = "" if code[:2] in listed else PROVINCE
                if len(code) == 5 and owner != domain and owner in complete and code not in listed:
                    said = Params(successor=code)
                    table.row_faults(row, [Fault("successor-missing", "successors", code, said)])


def _text_of(path: Path, encoding: str | None) -> str:
    """Decode a file: by its name for the encoding, or UTF-8 and, failing that, GB18030."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InvalidTable([Fault("file-missing", file=path.name)]) from None
    except (OSError, ValueError) as error:  # a ValueError for names that no file can have
        reason = Params(reason=getattr(error, "strerror", None) or str(error))
        raise InvalidTable([Fault("file", file=path.name, params=reason)]) from error
    for name in (encoding,) if encoding else ENCODINGS.values():
        try:
            # utf-8-sig drops a byte order mark itself; GB18030 has one too.
            return raw.decode(name).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise InvalidTable([Fault("encoding", file=path.name)])


def _read_table(path: Path) -> Table:
    table = Table(path.name)
    try:
        plain = tomllib.loads(_text_of(path, "utf-8-sig"))
    except InvalidTable as error:
        table.faults.extend(error.faults)
        return table
    except (ValueError, RecursionError) as error:
        table.fault("toml", reason=str(error)[:200])
        return table
    edition_table(table, plain, TABLE_KEYS)
    rows = plain.get("rows", path.with_suffix(".csv").name)
    encoding = plain.get("encoding")
    if encoding is not None and encoding not in ENCODINGS:
        table.fault("encoding-key", "encoding", encoding, known=", ".join(ENCODINGS))
        return table
    # A table lies beside its TOML file: a name, not a way to elsewhere.
    if not isinstance(rows, str) or not rows or Path(rows).name != rows or "\\" in rows:
        table.fault("rows", "rows", rows)
        return table
    table.rows_file = rows
    if "domain" in table.header:
        try:
            _take_rows(table, _lines(path.with_name(rows), plain, encoding))
        except InvalidTable as error:
            table.faults.extend(error.faults)
    return table


def edition_table(table: Table, plain: Mapping[str, Any], known: Sequence[str]) -> None:
    """Read the keys of an edition into ``table.header``; what is good is kept."""
    if "format" in known and "format" not in plain:
        table.fault("key-missing", key="format")
    elif "format" in known and not is_format(plain["format"]):
        table.fault("format", "format", plain["format"], known=FORMAT)
    for key in plain:
        if key not in known:
            table.fault("key-unknown", str(key), known=", ".join(known))
    found: dict[str, Any] = {}
    for key in ("id", "domain", "publisher", "content"):
        if key not in plain:
            table.fault("key-missing", key=key)
        elif not isinstance(plain[key], str):
            table.fault("key-type", key, plain[key], expected=("text", "文本"))
        else:
            found[key] = plain[key]
    if found.get("content") in set(Content):
        found["content"] = Content(found["content"])
    for key in ("valid_from", "published_on"):
        if key in plain:
            try:
                found[key] = read_day(plain[key])
            except ValueError:
                table.fault("day", key, plain[key])
    source = plain.get("source", {})
    if isinstance(source, dict):
        made = source_from(source)
        if isinstance(made, Source):
            found["source"] = made
        else:
            table.faults.extend(fault.at(table.file, None) for fault in made)
    else:
        table.fault("key-type", "source", source, expected=("a table of keys", "键的表"))
    # What is missing was said above; what is there is checked as the edition itself will.
    probe = _Probe(**found)
    for fault in header_faults(probe):
        if fault and fault.column in found:
            table.faults.append(fault.at(table.file, None))
            found.pop(fault.column)
    table.header = found


@attrs.define
class _Probe:
    """Stands for an edition of which only some keys could be read."""

    id: Any = None
    domain: Any = None
    publisher: Any = None
    source: Any = None
    content: Any = None
    valid_from: Any = None
    published_on: Any = None


def _lines(
    path: Path, plain: Mapping[str, Any], encoding: str | None
) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of a file with their numbers, headings first."""
    if path.suffix.lower() in _SHEETS:
        from sdcert.codes.workbook import sheet_rows  # noqa: PLC0415 - needs an extra

        yield from sheet_rows(path, plain.get("sheet"))
        return
    if "sheet" in plain:
        raise InvalidTable([Fault("sheet", "sheet", plain["sheet"], file=path.name)])
    text = _text_of(path, ENCODINGS[encoding] if encoding else None)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        params = Params(reason=str(error)[:200])
        raise InvalidTable([Fault("csv", file=path.name, row=number + 1, params=params)]) from error


def _take_rows(table: Table, lines: Iterable[tuple[int, Sequence[Any]]]) -> None:
    """Read headings and rows into ``table``."""
    file, domain = table.rows_file, table.header["domain"]
    numbered = iter(lines)
    number, heads = next(((n, cells) for n, cells in numbered if not _blank(cells)), (1, ()))
    if not heads:
        table.faults.append(Fault("no-headings", file=file))
        return
    places, faults = _headings(heads, columns_of(domain))
    table.row_faults(number, faults)
    table.headings = {column: str(heads[place]).strip() for column, place in places}
    if not table.headings.keys() >= set(REQUIRED[columns_of(domain)]):
        return  # every row would be faulty for what is wrong with the headings
    rows = Rows(domain, table.header.get("source", UNREAD), typed=Path(file).suffix != ".csv")
    width, read = len(heads), rows.read
    columns = [""] * width  # a column that nobody knows has no name; it is a fault already
    for column, place in places:
        columns[place] = column
    for number, cells in numbered:
        if len(cells) != width:
            if not _blank(cells[width:]):
                said = Params(count=len(cells), expected=width)
                table.row_faults(number, [Fault("cells", params=said)])
                # Which cell is which is anybody's guess; the code may be where it should be.
                table.faulty.add(str(cells[columns.index("code")]).strip())
                continue
            cells = [*cells, *[""] * (width - len(cells))]  # noqa: PLW2901 - trailing cells
        if rows.typed:
            found = {
                name: cell
                for name, cell in zip(columns, map(_trimmed, cells), strict=False)
                if cell != ""
            }
        else:
            found = {
                name: text
                for name, cell in zip(columns, cells, strict=False)
                if (text := cell.strip())
            }
        found.pop("", None)
        if not found:
            continue
        made = read(found)
        if isinstance(made, list):
            table.faulty.add(str(found.get("code")))
            if faults:
                # A column that is not known may be the one that is missed here.
                made = [fault for fault in made if fault.column in table.headings]
            table.row_faults(number, made)
        else:
            table.entries.append(made)
            table.rows.append(number)
    table.whole = not faults


def _blank(cells: Sequence[Any]) -> bool:
    return all(_trimmed(cell) == "" for cell in cells)


def _trimmed(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


def _headings(
    heads: Sequence[Any], known: tuple[str, ...]
) -> tuple[list[tuple[str, int]], list[Fault]]:
    """Find the columns; a heading that nobody knows is a fault, not something to skip."""
    words = {word: column for column in known for word in (column, *HEADINGS[column])}
    shown = Params(known=", ".join(f"{column}/{HEADINGS[column][0]}" for column in known))
    places: dict[str, int] = {}
    faults = []
    for place, head in enumerate(heads):
        word = str(head).strip()
        column = words.get(word) or words.get(word.lower())
        if column is None:
            faults.append(Fault("column-unknown", word, params=shown))
        elif column in places:
            faults.append(Fault("column-doubled", word, params=Params(column=column)))
        else:
            places[column] = place
    faults.extend(
        Fault("column-missing", params=Params(column=f"{column}/{HEADINGS[column][0]}"))
        for column in REQUIRED[known]
        if column not in places
    )
    return list(places.items()), faults
