"""Great Expectations: an expectation of one's own. Missing numbers are not counted."""

from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

from sdcert import frames
from sdcert.testing.examples import example_codes

CODES = example_codes()


class CertificateNumbers(ColumnMapMetricProvider):
    condition_metric_name = "column_values.certificate_number"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column, **options):  # noqa: N805  # as Great Expectations calls it
        return frames.valid(column, codes=CODES)


class ExpectCertificateNumbers(ColumnMapExpectation):
    """Expect the values of a column to be certificate numbers."""

    map_metric = "column_values.certificate_number"
