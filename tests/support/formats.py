"""Tables as files of every format, and reports of every format read again."""

import csv
import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from sdcert.cli.reports import BEYOND
from sdcert.cli.reports.layout import WORDED, worded
from sdcert.codes import CodeBook

__all__ = ["BARE", "BOOK", "GOOD", "put", "read_report"]

GOOD = "鲁181402001200001"
BARE = "181402001200001"
BOOK = CodeBook.bundled()


def put(path, names, rows):
    """Write a table as a file of the format that the name tells."""
    if path.suffix == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows([names, *rows])
        path.write_bytes(text.getvalue().encode())
    elif path.suffix == ".jsonl":
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        path.write_text("".join(json.dumps(one) + "\n" for one in objects), "utf-8")
    else:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(column, pa.string()) for column in columns]
        pq.write_table(pa.table(arrays, names=names), path)
    return path


def read_report(path):
    """The rows of a report, as dicts, whatever its format; empty cells are None."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]
    if path.suffix == ".jsonl":
        return [json.loads(line or "{}") for line in path.read_text("utf-8").split("\n")[:-1]]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        names, *rows = book.worksheets[0].iter_rows(values_only=True)
        own = dict(zip(worded("en"), WORDED, strict=True))
        names = [own.get(name, name) for name in names]
        return [dict(zip([*names, BEYOND], [*row, *[None] * 99], strict=False)) for row in rows]
    finally:
        book.close()
