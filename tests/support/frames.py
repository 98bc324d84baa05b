"""What the tests of frames share: books, texts, the law's own answers, and the engines."""

from datetime import date
from functools import cache

import dask.dataframe as dd
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sdcert.checking import check
from sdcert.codes import CodeBook, Content
from sdcert.rules import RuleBook, manager_of
from sdcert.testing.examples import example_codes, example_editions
from sdcert.testing.strategies import certificate_numbers, written_forms
from tests.damage import texts

#: How each engine has a table of Arrow.
OF_ARROW = {
    "pyarrow": lambda table: table,
    "pandas": lambda table: table.to_pandas(),
    "polars": pl.from_arrow,
    "polars-lazy": lambda table: pl.from_arrow(table).lazy(),
    "duckdb": duckdb.from_arrow,
}
EXAMPLE = example_codes()
RULES = RuleBook.bundled()
COMPLETE = CodeBook(example_editions(Content.COMPLETE))
BOOKS = {"none": None, "bundled": CodeBook.bundled(), "example": EXAMPLE, "complete": COMPLETE}
FIELDS = ["year", "region_code", "series_code", "sequence", "grassroots"]
MANAGER = ["manager", "manager_code", "manager_basis"]
NAMES = ["region_name", "authority", "series_name", "grade"]

# Codes that the example tables rename, merge, split, re-use and retire, and some that they lack.
NUMBERS = certificate_numbers(
    years=st.integers(2010, 2032),
    regions=["90001", "90002", "90010", "90040", "91101", "91150", "91301", "91331", "91201",
             "98020", "97020", "91999", "80001", "14020"],
    series=["601", "612", "741", "742", "999", "011"],
)  # fmt: skip
VALUES = st.one_of(
    st.none(), NUMBERS.map(str), NUMBERS.flatmap(written_forms), texts()
)  # fmt: skip
DAYS = st.one_of(
    st.none(),
    st.dates(date(2015, 1, 1), date(2032, 12, 31)),
    st.sampled_from([date(2019, 1, 27), date(2020, 12, 31), date(2021, 1, 1), date(2023, 12, 31),
                     date(2024, 1, 1)]),
)  # fmt: skip


_KNOWN: dict = {}


def encodable(text):
    """Arrow holds no lone surrogates, and so no engine but pandas can."""
    return text is None or text == text.encode("utf-8", "ignore").decode()


def collected(strategy, count):
    """A list of examples, always the same."""
    found = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found


@cache
def rows():
    """Values and days, always the same: what is drawn while tests are collected, all wait for."""
    return [row for row in collected(st.tuples(VALUES, DAYS), 300) if encodable(row[0])]


def columns():
    """The same as a list of values and one of days."""
    return tuple(map(list, zip(*rows(), strict=True)))


def agreed(entries, attribute):
    said = {str(getattr(entry, attribute)) for entry in entries} if type(entries) is tuple else ()
    return next(iter(said)) if len(said) == 1 else None


def law(value, codes=None, approved_on=None, window_years=1, *, rules=None, on=None):
    """What check() and manager_of() say of one value, as a row."""
    if type(value) is not str or all(codes is not book for book in BOOKS.values()):
        return _law(value, codes, approved_on, window_years, rules, on)
    asked = (value, id(codes), approved_on, window_years, id(rules), on)
    if asked not in _KNOWN:  # these books stay
        _KNOWN[asked] = _law(value, codes, approved_on, window_years, rules, on)
    return dict(_KNOWN[asked])


def _law(value, codes, approved_on, window_years, rules, on):  # noqa: PLR0917
    row = dict.fromkeys(["outcome", "finding", "canonical", *FIELDS])
    if codes is not None:
        row |= dict.fromkeys(NAMES)
    if rules is not None:
        row |= dict.fromkeys(MANAGER)
    if value is None:
        return row
    verdict = check(value, codes=codes, approved_on=approved_on, window_years=window_years)
    row["outcome"] = verdict.outcome.value
    row["finding"] = verdict.findings[0].code.value if verdict.findings else None
    number = verdict.number
    if number is not None:
        row["canonical"] = str(number)
        row |= {name: getattr(number, name) for name in FIELDS}
        if codes is not None:
            first = approved_on or date(number.year, 1, 1)
            last = approved_on or date(number.year + window_years, 12, 31)
            regions = codes.region_between(number.region_code, first=first, last=last)
            titles = codes.series_between(number.series_code, first=first, last=last)
            row["region_name"] = agreed(regions, "name")
            row["authority"] = agreed(regions, "authority")
            row["series_name"] = agreed(titles, "name")
            row["grade"] = agreed(titles, "grade")
        if rules is not None:
            decided = manager_of(number, codes=codes, rules=rules, approved_on=approved_on, on=on)
            row["manager"] = None if decided.value is None else decided.value.value
            row["manager_code"] = decided.code
            row["manager_basis"] = decided.basis.value
    return row


def verdict(*asked):
    """What check() says alone."""
    said = law(*asked)
    return {name: said[name] for name in ("outcome", "finding", "canonical")}


def pandas_frame(dtype):
    def make(values, days):
        frame = pd.DataFrame({"number": pd.Series(values, dtype=dtype)})
        frame["day"] = pd.Series(pd.to_datetime(days), dtype="datetime64[us]")
        return frame

    return make


def arrow_frame(values, days):
    return pa.table({
        "number": pa.array(values, pa.string()), "day": pa.array(days, pa.date32())
    })  # fmt: skip


def polars_frame(values, days):
    return pl.DataFrame(
        {"number": values, "day": days}, schema={"number": pl.String, "day": pl.Date}
    )


def duckdb_frame(values, days):
    connection = duckdb.connect()
    connection.register("material", arrow_frame(values, days))
    connection.execute("create table numbers as select * from material")
    return connection.sql("select * from numbers")


EAGER = {
    "pyarrow": arrow_frame,
    "polars": polars_frame,
    "pandas-str": pandas_frame("str"),
    "pandas-object": pandas_frame(object),
    "pandas-python": pandas_frame(pd.StringDtype("python")),
    "pandas-pyarrow": pandas_frame(pd.StringDtype("pyarrow")),
    "pandas-arrow": pandas_frame(pd.ArrowDtype(pa.large_string())),
    "pandas-category": lambda values, days: pandas_frame("str")(values, days).astype(
        {"number": "category"}
    ),
}
LAZY = {
    "polars-lazy": lambda values, days: polars_frame(values, days).lazy(),
    "duckdb": duckdb_frame,
}
ENGINES = EAGER | LAZY


def to_rows(frame, names=None):
    """The rows of a frame of any engine, as dicts."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect(engine="streaming")
    if isinstance(frame, dd.DataFrame):
        frame = frame.compute(scheduler="synchronous")
    if isinstance(frame, pl.DataFrame):
        frame = frame.to_arrow()
    elif isinstance(frame, pd.DataFrame):
        frame = pa.Table.from_pandas(frame, preserve_index=False)
    elif not isinstance(frame, pa.Table):
        frame = frame.toArrow() if hasattr(frame, "toArrow") else frame.to_arrow_table()
    return frame.select(names or frame.column_names).to_pylist()


def answers(frame, prefix="sdcert_"):
    """The rows of the columns that check() added, without their prefix."""
    if isinstance(frame, pd.DataFrame):
        frame = frame[[name for name in frame.columns if name.startswith(prefix)]]
    rows = to_rows(frame)
    return [
        {name.removeprefix(prefix): cell for name, cell in row.items() if name.startswith(prefix)}
        for row in rows
    ]
