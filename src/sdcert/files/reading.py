"""Opening a file as a table, and reading the rows of a small one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import chain, dropwhile
from typing import Any, Final

import attrs

from sdcert.errors import MissingExtra
from sdcert.files.cells import text_of
from sdcert.files.columns import known_name, likely, plain
from sdcert.files.delimited import Delimited
from sdcert.files.encodings import ENCODINGS, detect
from sdcert.files.errors import UnreadableFile
from sdcert.files.jsonlines import names_of, objects, record_of
from sdcert.files.layouts import Header, find_header
from sdcert.files.notes import Notes
from sdcert.files.sources import WORKBOOKS, Source, kind_of, open_source
from sdcert.files.table import SAMPLE, Record, Table, sample_of
from sdcert.files.workbooks import MergedCells, Sheet, Workbook
from sdcert.messages import excerpt

__all__ = ["SheetRows", "open_table", "read_rows", "read_sheets"]

_LISTED: Final = 20
_LOOKED: Final = 20  # rows in which a name is looked for
# Which arguments a format knows.
_OF_WORKBOOKS: Final = frozenset({"sheet", "header_line", "names"})
_KNOWN: Final = {
    "csv": frozenset({"encoding", "delimiter", "header_line", "names"}),
    "jsonl": frozenset({"names"}),
    "parquet": frozenset({"names"}),
}


@contextmanager
def open_table(
    path: str | os.PathLike[str] | Source,
    *,
    sheet: str | None = None,
    header_line: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    names: Sequence[str] = (),
) -> Iterator[Table]:
    r"""Open a file as a table, whatever its format; its content decides, not its name.

    Read are delimited text (UTF-8, GB18030, UTF-16), .xlsx, .xlsm, .xlsb, .xls, .et and .ods
    workbooks, JSON Lines and Parquet.

    Args:
        path: The file, or ``-`` for standard input.
        sheet: The sheet of a workbook, by name or position from 1. By default the only visible one
            that is filled, or the only one of these that holds a column of certificate numbers.
        header_line: The line or row with the names of the columns; 0 if there is none. What
            precedes it is left out. By default it is found.
        encoding: Of delimited text: a key of ``ENCODINGS``. By default it is found.
        delimiter: Of delimited text: what separates cells. By default it is found.
        names: Names of columns that the caller will look for; they help to find header and sheet.

    Yields:
        The table.

    Raises:
        UnreadableFile: If the file cannot be read, or not without a choice.
        OSError: If it cannot be opened.
        MissingExtra: If its format needs an extra that is not installed.
        ValueError: If the encoding is unknown.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "名单.csv")
    ...     _ = path.write_text("姓名,证书编号\n甲,鲁189000160100001\n", "gb18030")
    ...     with open_table(path) as table:
    ...         print(table.columns, table.encoding, table.guessed().name)
    ...         print([list(batch.rows()) for batch in table.batches()])
    ('姓名', '证书编号') gb18030 证书编号
    [[['甲', '鲁189000160100001']]]
    """
    if encoding is not None and encoding not in ENCODINGS:
        raise ValueError(f"encoding must be one of {', '.join(ENCODINGS)}, not {encoding!r}")
    options = _Options(
        sheet, header_line, ENCODINGS[encoding] if encoding else None, delimiter, tuple(names)
    )
    with ExitStack() as stack:
        source = path if isinstance(path, Source) else stack.enter_context(open_source(path))
        kind = "csv" if options.encoding == "utf-16" else kind_of(source)
        for option, value in attrs.asdict(options).items():
            if value is not None and option not in _KNOWN.get(kind, _OF_WORKBOOKS):
                raise UnreadableFile("option", source.name, {"format": kind}, option)
        notes = Notes()
        if kind in WORKBOOKS:
            yield _workbook(source, kind, options, notes)
        elif kind == "jsonl":
            yield _jsonl(source, notes)
        elif kind == "parquet":
            yield _parquet(source, notes, stack)
        else:
            text = Delimited(source, options.encoding, delimiter, notes)
            stack.callback(text.close)
            table = _table(source, kind, text.records(), options, notes=notes)
            yield attrs.evolve(
                table, encoding=text.encoding, bom=text.bom, delimiter=text.delimiter
            )


@attrs.frozen
class _Options:
    """How the caller wants a file read; None where it is to be found."""

    sheet: str | None
    header_line: int | None
    encoding: str | None
    delimiter: str | None
    names: tuple[str, ...]


def _table(
    source: Source,
    kind: str,
    records: Iterator[Record],
    options: _Options,
    *,
    notes: Notes,
    merges: Sequence[MergedCells] = (),
) -> Table:
    """Return the table of records; the header is found among the first."""
    above: list[Record] = []
    if options.header_line:
        for record in records:
            if record[0] >= options.header_line and any(map(text_of, record[1])):
                records = chain([record], records)
                break
            above.append(record)
        else:
            params = {"line": options.header_line}
            raise UnreadableFile("no-header-line", source.name, params, "header_line")
    for record in records:  # past blank lines, however many
        if any(text_of(cell).strip() for cell in record[1]):
            records = chain([record], records)
            break
        above.append(record)
    else:
        raise UnreadableFile("blank", source.name)
    sample, every = sample_of(records)
    header = find_header(sample, options.header_line, options.names, merges)
    header = attrs.evolve(header, above=(*above, *header.above))
    first = header.line or max((line for line, _ in header.above), default=0)
    rest = [record for record in sample if record[0] > first]
    names = header.names or ("",) * max(map(len, (cells for _, cells in rest[:1])), default=0)
    return Table(
        source=source,
        format=kind,
        header=header,
        columns=names,
        sample=rest,
        notes=notes,
        records=dropwhile(lambda record: record[0] <= first, every),
    )


def _padded(cells: list[Any], width: int) -> list[Any]:
    return cells + [None] * (width - len(cells)) if cells and len(cells) < width else cells


def _workbook(source: Source, kind: str, options: _Options, notes: Notes) -> Table:
    book = Workbook(source, kind)
    sheet = _sheet(source, book, options.sheet, options)
    facts = book.facts(sheet.name)
    merges = facts.merges
    merged: dict[int, int] = {}
    for merge in merges:
        if merge.last_row > merge.first_row:
            merged[merge.first_row] = max(merge.last_row, merged.get(merge.first_row, 0))
    where = attrs.evolve(source, name=f"{source.name} [{sheet.name}]")
    records = book.records(sheet.name, notes)
    table = _table(where, kind, records, options, notes=notes, merges=merges)
    width = max(len(table.columns), *(len(cells) for _, cells in table.sample), 0)
    names = table.columns + ("",) * (width - len(table.columns))
    return attrs.evolve(
        table,
        source=source,
        columns=names,
        records=((line, _padded(cells, width)) for line, cells in table.rest()),
        merged=merged,
        sheet=sheet.name,
        hidden_columns=frozenset(facts.hidden_columns),
    )


def _sheet(
    source: Source, book: Workbook, wanted: str | None, meant: _Options | None = None
) -> Sheet:
    """Return the sheet of a name or position; without one the only one that may be meant."""
    found: Sequence[Sheet]
    if wanted is None:
        every = found = _filled_sheets(source, book)
        if meant is not None and len(found) > 1:
            found = [one for one in every if _is_named(book, one, meant.names)]
            if not found:  # else one of several would be chosen by how good its numbers are
                found = [one for one in every if _is_likely(book, one, meant.header_line or 1)]
        if len(found) != 1:
            raise UnreadableFile("sheet-several", source.name, {"sheets": _listed(every)}, "sheet")
        return found[0]
    sought = plain(wanted)
    found = [sheet for sheet in book.sheets if plain(sheet.name) == sought]
    if not found and sought.isascii() and sought.isdecimal():
        found = book.sheets[int(sought[:6]) - 1 : int(sought[:6])] if int(sought) else []
    if not found:
        params = {"sheet": wanted, "sheets": _listed(book.sheets)}
        raise UnreadableFile("sheet-missing", source.name, params, "sheet")
    return found[0]


def _filled_sheets(source: Source, book: Workbook) -> list[Sheet]:
    """Return the visible sheets that hold anything; if there is none, the hidden ones."""
    for hidden in (False, True):
        sheets = [sheet for sheet in book.sheets if sheet.hidden is hidden]
        found = [sheet for sheet in sheets if next(book.records(sheet.name, Notes()), None)]
        if found:
            return found
    raise UnreadableFile("blank", source.name)


def _listed(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    shown = [f"{at} “{excerpt(sheet.name, 31)}”" for at, sheet in enumerate(sheets[:_LISTED], 1)]
    return (*shown, "…") if len(sheets) > _LISTED else tuple(shown)


def _is_named(book: Workbook, sheet: Sheet, names: Sequence[str]) -> bool:
    """Tell whether all columns that the caller looks for are on a sheet by their names."""
    rows = zip(range(_LOOKED), book.records(sheet.name, Notes()), strict=False)
    known = {plain(text_of(cell)) for _, (_, cells) in rows for cell in cells}
    return bool(names) and all(plain(name) in known for name in names)


def _is_likely(book: Workbook, sheet: Sheet, least: int) -> bool:
    """Tell whether a column of a sheet may be one of certificate numbers."""
    begun, _ = sample_of(book.records(sheet.name, Notes()))
    rows = [list(map(text_of, cells)) for line, cells in begun if line >= least]
    width = max(map(len, rows), default=0)
    content, _ = likely([""] * width, rows)
    return bool(content) or any(known_name(cell) == 2 for cells in rows[:_LOOKED] for cell in cells)


def _jsonl(source: Source, notes: Notes) -> Table:
    encoding, bom = detect(source)
    if encoding not in ("utf-8", "gb18030"):  # UTF-16, by its mark
        source.file.seek(0)
        params = {"line": 1, "column": 1, "bytes": source.file.read(2).hex(" ")}
        raise UnreadableFile("json-undecodable", source.name, params)
    begun, every = sample_of(objects(source, encoding, bom))
    names = names_of(begun)
    if not names:
        raise UnreadableFile("blank", source.name)
    places = {name: at for at, name in enumerate(names)}
    return Table(
        source=source,
        format="jsonl",
        header=Header(None, names),
        columns=names,
        sample=[record_of(record, places) for record in begun],
        notes=notes,
        encoding=encoding,
        bom=bom,
        records=(record_of(record, places) for record in every),
    )


def _parquet(source: Source, notes: Notes, stack: ExitStack) -> Table:
    try:
        from sdcert.files.parquet import Parquet  # noqa: PLC0415  # an extra
    except ImportError:
        raise MissingExtra("pyarrow", "files") from None
    file = Parquet(source)
    stack.callback(file.close)
    names = tuple(file.schema.names)
    return Table(
        source=source,
        format="parquet",
        header=Header(None, names),
        columns=names,
        sample=file.sample(SAMPLE),
        notes=notes,
        parquet=file,
    )


@attrs.frozen
class SheetRows:
    """All rows of a small file, headings included, as they are.

    Attributes:
        sheet: The name of the sheet; None of delimited text.
        rows: The row number, counted from 1, and the cells; blank rows have none. An empty cell is
            None, an error :class:`~sdcert.files.cells.CellError`, a formula without its result
            :class:`~sdcert.files.cells.Uncomputed`.

    >>> from sdcert.files import read_rows
    >>> rows = read_rows("examples/valid.csv")
    >>> rows.sheet, len(rows.rows)
    (None, 5)
    """

    sheet: str | None
    rows: tuple[Record, ...]


def read_rows(
    path: str | os.PathLike[str], *, sheet: str | None = None, encoding: str | None = None
) -> SheetRows:
    """Read every row of delimited text or of a sheet: for tables that are small, such as of codes.

    Needs no Arrow. A merged cell counts for every row that it covers; hidden rows and columns are
    read.

    Args:
        path: The file.
        sheet: The sheet of a workbook, by name or position from 1; by default the visible one
            that holds rows.
        encoding: Of delimited text; by default it is found.

    Raises:
        UnreadableFile: If the file cannot be read, or several visible sheets hold rows.
        OSError: If it cannot be opened.
        MissingExtra: If python-calamine is needed and not installed.

    >>> from sdcert.files import read_rows
    >>> read_rows("examples/valid.csv").rows[0]
    (1, ['证书编号', '评审年度', '系列'])
    """
    with open_source(path) as source:
        kind = kind_of(source)
        if kind in WORKBOOKS:
            book = Workbook(source, kind)
            chosen = _sheet(source, book, sheet)
            return SheetRows(chosen.name, tuple(book.records(chosen.name, Notes())))
        if kind != "csv":
            raise UnreadableFile("not-rows", source.name)
        text = Delimited(source, ENCODINGS[encoding] if encoding else None, None, Notes())
        try:
            return SheetRows(None, tuple(text.records()))
        finally:
            text.close()


def read_sheets(path: str | os.PathLike[str] | Source) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook that hold anything, hidden ones included; else none.

    Raises:
        UnreadableFile: If the file cannot be read.
        OSError: If it cannot be opened.

    >>> from sdcert.files import read_sheets
    >>> read_sheets("examples/certificates.xlsx")
    (Sheet(name='名单', hidden=False), Sheet(name='说明', hidden=False))
    >>> read_sheets("examples/certificates.csv")
    ()
    """
    with nullcontext(path) if isinstance(path, Source) else open_source(path) as source:
        kind = kind_of(source)
        if kind not in WORKBOOKS:
            return ()
        book = Workbook(source, kind)
        return tuple(
            sheet for sheet in book.sheets if next(book.records(sheet.name, Notes()), None)
        )
