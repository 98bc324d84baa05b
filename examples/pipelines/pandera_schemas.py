"""Pandera: a schema for pandas and one for Polars. Missing numbers pass; add nullable=False."""

import pandera.pandas as pandas_schemas
import pandera.polars as polars_schemas
import polars as pl
from pandera.config import ValidationDepth, config_context

from sdcert import frames
from sdcert.testing.examples import example_codes

CODES = example_codes()  # yours: CodeBook.load("codes.toml")

notices = pandas_schemas.DataFrameSchema(
    {
        "number": pandas_schemas.Column(
            str,
            pandas_schemas.Check(
                lambda series: frames.valid(series, codes=CODES), name="certificate number"
            ),
            nullable=True,
        )
    }
)

lazy_notices = polars_schemas.DataFrameSchema(
    {
        "number": polars_schemas.Column(
            pl.String,
            polars_schemas.Check(
                lambda data: data.lazyframe.select(frames.valid(pl.col(data.key), codes=CODES)),
                name="certificate number",
            ),
            nullable=True,
        )
    }
)


def validated(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame | pl.LazyFrame:
    """Look at the values too: of a LazyFrame, Pandera by itself checks the types alone."""
    with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        return lazy_notices.validate(frame)
