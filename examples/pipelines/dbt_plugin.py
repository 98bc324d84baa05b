"""dbt-duckdb: functions of SQL for the models, made on each connection that dbt opens."""

from sdcert import frames
from sdcert.testing.examples import example_codes


def register_checks(connection):
    """Make sdcert_check(number) and sdcert_check_on(number, day)."""
    codes = example_codes()
    frames.register(connection, codes=codes, messages="zh")
    frames.register(connection, "sdcert_check_on", with_day=True, codes=codes, messages="zh")
