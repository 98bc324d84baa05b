"""What can be wrong with a question about a frame, and :class:`InvalidRows`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdcert.errors import SdcertError

if TYPE_CHECKING:
    pass

__all__ = ["FrameFault", "InvalidRows", "MissingColumn", "TakenColumn", "UnsupportedFrame"]

TWICE: Final = "two columns of one name", "a frame whose columns have different names"
# What may be needed or given, in Chinese; names of types are the same in both languages.
_ZH: Final = {
    "a frame of pandas, Polars, PyArrow (a Table), DuckDB (a relation), PySpark or Dask": (
        "pandas、Polars、PyArrow（Table）、DuckDB（relation）、PySpark或Dask的表"
    ),
    "a frame whose columns have different names": "列名互不相同的表",
    "two columns of one name": "有两列同名的表",
    "a column of days (date, or datetime without time zone)": (
        "日期列（日期，或不带时区的日期时间）"
    ),
    "a column of texts, numbers, days or booleans": "文本、数字、日期或布尔值的列",
    "the relation's own connection (connection=…)": "该relation所属的连接（connection=…）",
    "another one": "另一个连接",
    "'duckdb', 'polars' or 'pyspark'": "'duckdb'、'polars'或'pyspark'",
    ".parquet, .csv or .jsonl": ".parquet、.csv或.jsonl文件",
    "a file without suffix": "没有扩展名的文件",
    "a frame, or a mapping of scopes,": "表，或由编号范围到最大号的映射",
}


class FrameFault(SdcertError, ValueError):
    """A frame cannot be checked as asked."""


class MissingColumn(FrameFault, LookupError):
    """The frame has no such column.

    Attributes:
        column: What was asked for.
        columns: What the frame has.
    """

    def __init__(self, column: str, columns: tuple[str, ...]) -> None:
        super().__init__(column, columns)
        self.column = column
        self.columns = columns

    def message(self, lang: str = "en") -> str:
        """Name the column and the first twenty that there are."""
        # A table without a head has numbers for names in pandas.
        names = ", ".join(map(str, self.columns[:20])) + (", …" if len(self.columns) > 20 else "")
        if lang == "zh":
            return f"表中没有“{self.column}”列，现有：{names}"
        return f"the frame has no column “{self.column}”; it has: {names}"


class TakenColumn(FrameFault):
    """The frame has columns already of the names that the answers would get.

    Attributes:
        columns: Their names.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        super().__init__(columns)
        self.columns = columns

    def message(self, lang: str = "en") -> str:
        """Name the columns, and the way out."""
        names = ", ".join(self.columns)
        if lang == "zh":
            return f"表中已有同名列：{names}；请改名或另选 prefix"
        way_out = "rename them, or choose another prefix"
        return f"the frame has columns of these names already: {names}; {way_out}"


class UnsupportedFrame(FrameFault, TypeError):
    """A frame, or a column of days, of a kind that cannot be checked.

    Attributes:
        given: What was given.
        wanted: What is needed.
    """

    def __init__(self, given: str, wanted: str) -> None:
        super().__init__(given, wanted)
        self.given = given
        self.wanted = wanted

    def message(self, lang: str = "en") -> str:
        """Say what was given and what is needed."""
        if lang == "zh":
            wanted, given = (_ZH.get(text, text) for text in (self.wanted, self.given))
            return f"需要{wanted}，给出的是{given}"
        return f"{self.wanted} is needed, not {self.given}"


class InvalidRows(FrameFault):
    """Rows of a frame are not VALID.

    Attributes:
        counts: How many rows have each first finding, the most frequent first; only rows that
            are not VALID.
        rows: How many rows were checked, missing values included.
        first: The first few failures: key (several with commas, or None) and value, each as a
            short text, and finding.
    """

    def __init__(
        self,
        counts: tuple[tuple[str, int], ...],
        rows: int,
        first: tuple[tuple[str | None, str, str], ...],
    ) -> None:
        super().__init__(counts, rows, first)
        self.counts = counts
        self.rows = rows
        self.first = first

    def message(self, lang: str = "en") -> str:
        """Give the counts and the first few failures."""
        failed = sum(count for _, count in self.counts)
        counts = ", ".join(f"{code} {count}" for code, count in self.counts)
        first = "; ".join(
            f"{'' if key is None else f'{key}: '}“{value}” {code}"
            for key, value, code in self.first
        )
        if lang == "zh":
            return f"{self.rows}行中有{failed}行未通过（{counts}）：{first}"
        return f"{failed} of {self.rows} rows are not valid ({counts}): {first}"
