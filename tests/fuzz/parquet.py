"""Parquet: what ``open_table`` makes of any bytes.

It gives as many records as the file says it has, text as PyArrow gives it, or raises
UnreadableFile.
"""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz import file_of
from tests.fuzz.reading import records_of

__all__ = ["WORDS", "invariant", "seeds"]

WORDS = ["PAR1", "证书编号", "鲁189000160100001", "\x15\x02", "\x19\x1c", "UTF8", "schema"]


def _written(**columns: pa.Array) -> bytes:
    made = io.BytesIO()
    table = pa.table(list(columns.values()), [name.replace("_", ".") for name in columns])
    # uncompressed and without Arrow's own schema, so that what is changed is read
    pq.write_table(table, made, compression="none", store_schema=False)
    return made.getvalue()


def seeds() -> Iterator[bytes]:
    numbers = pa.array(["鲁189000160100001", None, "鲁18 90001 601 00002"])
    yield _written(证书编号=numbers, n=pa.array([1, None, 3]))
    yield _written(
        a_b=numbers.dictionary_encode(), day=pa.array([date(2019, 1, 27), None, date.max])
    )
    at = pa.array([1_548_547_200_000_000_000, None, 1], pa.timestamp("ns"))
    yield _written(at=at, sum=pa.array([Decimal("1.50"), None, Decimal(0)]))
    yield _written(lists=pa.array([["a"], [], None]), maps=pa.array([{"a": 1}, None, {"a": None}]))
    yield _written(raw=pa.array([b"\xff", b"", None]), yes=pa.array([True, None, False]))
    yield _written()


def invariant(data: bytes) -> None:
    with file_of("list.parquet", data) as path:
        found = records_of(path)
    if found is None or found[0].format != "parquet":
        return
    table, records = found
    assert [line for line, _ in records] == list(range(1, len(records) + 1))
    file = pq.ParquetFile(io.BytesIO(data))
    assert tuple(file.schema_arrow.names) == table.columns
    assert len(records) == file.metadata.num_rows
    for at, kind in enumerate(file.schema_arrow.types):
        if pa.types.is_string(kind):
            cells = file.read().column(at).to_pylist()
            assert cells == [one[at] for _, one in records]
