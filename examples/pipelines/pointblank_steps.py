"""Pointblank: a step of a validation, for Polars an expression, for pandas a function."""

import pandas as pd
import pointblank as pb
import polars as pl

from sdcert import frames
from sdcert.testing.examples import example_codes

CODES = example_codes()


def is_number(table: pd.DataFrame) -> pd.Series:
    """Judge each value; a missing number passes, which is what fillna says."""
    return frames.valid(table["number"], codes=CODES).fillna(True)


def validated(table: pl.DataFrame | pd.DataFrame) -> pb.Validate:
    """Run the step; a missing number passes, which is what fill_null says."""
    of_polars = frames.valid(pl.col("number"), codes=CODES).fill_null(True)
    step = is_number if isinstance(table, pd.DataFrame) else of_polars
    return pb.Validate(table).col_vals_expr(step).interrogate()
