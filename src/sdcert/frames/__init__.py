"""Columns: the verdict on every value of a frame of pandas, Polars, PyArrow, DuckDB or Spark.

It needs the extra ``frames`` (Narwhals, NumPy, PyArrow). For every value the columns say what
:func:`sdcert.checking.check` finds.
"""

from sdcert.errors import MissingExtra

try:
    from sdcert.frames.expressions import expression, register, valid
    from sdcert.frames.public import check, invalid, require, summary
except ImportError as error:
    if str(error.name).partition(".")[0] not in ("narwhals", "numpy", "pyarrow"):
        raise
    raise MissingExtra("sdcert.frames", "frames") from error
from sdcert.frames.errors import (
    FrameFault,
    InvalidRows,
    MissingColumn,
    TakenColumn,
    UnknownField,
    UnreadableDay,
    UnsupportedFrame,
)

__all__ = [
    "FrameFault",
    "InvalidRows",
    "MissingColumn",
    "TakenColumn",
    "UnknownField",
    "UnreadableDay",
    "UnsupportedFrame",
    "check",
    "expression",
    "invalid",
    "register",
    "require",
    "summary",
    "valid",
]
