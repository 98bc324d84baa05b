"""What the targets of files share: a file is read as a table, or refused with an UnreadableFile."""

from pathlib import Path
from typing import Any

from sdcert.files import Table, UnreadableFile, open_table
from sdcert.files.cells import text_of
from sdcert.files.table import Record
from tests.fuzz.worded import worded

__all__ = ["records_of"]


def records_of(path: Path, **options: Any) -> tuple[Table, list[Record]] | None:
    """The table and its records; None where the file is refused.

    Lines count upwards, every cell can be written as text, notes have words, and reading the file
    as a list of numbers leaves out records but changes none.
    """
    try:
        with open_table(path, **options) as table:
            records = [
                (line, list(cells))
                for batch in table.batches()
                for line, cells in zip(batch.lines, batch.rows(), strict=True)
            ]
    except UnreadableFile as error:
        worded(error)
        return None
    lines = [line for line, _ in records]
    assert lines == sorted(set(lines))
    assert all(isinstance(text_of(cell), str) for _, cells in records for cell in cells)
    assert all(isinstance(name, str) for name in table.columns)
    worded(*table.notes)
    _numbers(path, records, options)
    return table, records


def _numbers(path: Path, records: list[Record], options: dict[str, Any]) -> None:
    with open_table(path, **options) as table:
        try:
            at = table.guessed().index
        except UnreadableFile as error:
            worded(error)
            at = 0
        every = dict(records)
        for batch in table.batches(number=at) if table.columns else ():
            for line, cell in zip(batch.lines, batch.column(at), strict=True):
                if table.format != "parquet":
                    wanted = every[line][at] if at < len(every[line]) else None
                    assert repr(cell) == repr(wanted)  # of NaN, too
                del every[line]
        # headings and titles that are repeated among objects are left out, and told
        assert table.is_workbook or table.format == "csv" or len(every) == table.notes.left_out
