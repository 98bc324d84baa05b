"""A task, as Airflow, Prefect or Dagster runs it: a plain function on paths."""

from pathlib import Path

import pyarrow.parquet as pq

from sdcert import frames
from sdcert.audit import audit
from sdcert.testing.examples import example_codes


def check_delivery(delivery: str, findings: str) -> int:
    """Stop the run if a number of the delivery is not valid; else audit it, and keep what it found.

    Returns:
        How many rows have a finding. It goes to the next task.

    Raises:
        InvalidRows: With counts and the first few rows; its text is what the log of the run shows.
    """
    options = {"key": "id", "codes": example_codes(), "approved_on": "approved"}
    frames.require(delivery, "number", **options)
    found = audit(delivery, "number", holder="holder", **options)
    Path(findings).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(found.findings, findings)
    return found.totals["found"][0].as_py()
