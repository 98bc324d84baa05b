"""Pointblank: a step of a validation, on whatever it validates with Polars or pandas."""

import pointblank as pb
import polars as pl

from sdcert import frames
from sdcert.testing.examples import example_codes

CODES = example_codes()


def validated(table: pl.DataFrame) -> pb.Validate:
    """Run the step; a missing number passes, which is what fill_null says."""
    is_number = frames.valid(pl.col("number"), codes=CODES).fill_null(True)
    return pb.Validate(table).col_vals_expr(is_number).interrogate()
