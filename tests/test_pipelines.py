"""The recipes of docs/pipelines.md, with the packages that they are for."""

import importlib
import sys
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from sdcert.frames import InvalidRows

RECIPES = Path(__file__).parents[1] / "examples" / "pipelines"
GOOD, UNLISTED, BAD = "鲁189000160100001", "鲁188000160100001", "鲁18"
VALUES = [GOOD, None, UNLISTED, BAD]
# The packages themselves warn, of pandas 3 and of one another.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def recipe(monkeypatch):
    monkeypatch.syspath_prepend(str(RECIPES))
    return importlib.import_module


def test_pandera_refuses_what_is_not_valid(recipe):
    schemas = recipe("pandera_schemas")
    frame = pd.DataFrame({"number": VALUES})
    with pytest.raises(schemas.pandas_schemas.errors.SchemaErrors) as refused:
        schemas.notices.validate(frame, lazy=True)
    assert refused.value.failure_cases["failure_case"].tolist() == [UNLISTED, BAD]
    assert len(schemas.notices.validate(frame[:2])) == 2


@pytest.mark.parametrize("lazy", [False, True])
def test_pandera_does_so_on_polars(recipe, lazy):
    schemas = recipe("pandera_schemas")
    frame = pl.DataFrame({"number": VALUES})
    good, frame = (frame[:2].lazy(), frame.lazy()) if lazy else (frame[:2], frame)
    with pytest.raises(schemas.polars_schemas.errors.SchemaError):
        schemas.validated(frame)
    assert schemas.validated(good).lazy().collect().height == 2


def test_pandera_names_the_values(recipe):
    schemas = recipe("pandera_schemas")
    frame = pl.DataFrame({"number": VALUES})
    with pytest.raises(schemas.polars_schemas.errors.SchemaErrors) as refused:
        schemas.lazy_notices.validate(frame, lazy=True)
    cases = refused.value.failure_cases["failure_case"].to_list()
    assert [BAD in case or UNLISTED in case for case in cases] == [True, True]


@pytest.mark.parametrize("frame", [pl.DataFrame, pd.DataFrame])
def test_pointblank_counts_what_is_not_valid(recipe, frame):
    done = recipe("pointblank_steps").validated(frame({"number": VALUES}))
    assert (done.n_passed(i=1, scalar=True), done.n_failed(i=1, scalar=True)) == (2, 2)


def test_great_expectations_knows_the_expectation(recipe, monkeypatch):
    # PySpark, which it looks for, takes a main module without a file for a run of doctests
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    import great_expectations as gx

    expectation = recipe("great_expectation").ExpectCertificateNumbers
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("source").add_dataframe_asset("deliveries")
    whole = asset.add_batch_definition_whole_dataframe("whole")
    batch = whole.get_batch({"dataframe": pd.DataFrame({"number": VALUES})})
    found = batch.validate(expectation(column="number"))
    assert not found.success
    assert found.result["partial_unexpected_list"] == [UNLISTED, BAD]
    assert batch.validate(expectation(column="number", mostly=0.3)).success


def test_models_of_dbt_have_functions_of_sql(recipe):
    with duckdb.connect() as connection:
        recipe("dbt_plugin").register_checks(connection)
        connection.execute("create table deliveries (number varchar, day date)")
        rows = [(value, "2018-03-01") for value in VALUES]
        connection.executemany("insert into deliveries values (?, ?)", rows)
        connection.execute(
            "create table model as select unnest(sdcert_check(number)) from deliveries"
        )
        found = connection.sql("select outcome, message from model order by 1").fetchall()
        assert [outcome for outcome, _ in found] == ["invalid", "undetermined", "valid", None]
        assert found[0][1].startswith("编号应有")
        on = "select sdcert_check_on(number, day).outcome from deliveries where number = ?"
        assert connection.execute(on, [GOOD]).fetchone() == ("valid",)


def test_a_task_stops_the_run_or_passes_on_what_it_found(recipe, tmp_path):
    check = recipe("airflow_task").check_delivery
    delivery, findings = tmp_path / "delivery.csv", tmp_path / "out" / "findings.parquet"
    rows = [("1", GOOD, "甲", "2018/12/28"), ("2", GOOD, "乙", "2018年12月28日")]
    write = "\n".join(map(",".join, [("id", "number", "holder", "approved"), *rows]))
    delivery.write_text(write, "gb18030")
    assert check(str(delivery), str(findings)) == 2
    assert pq.read_table(findings)["twins"].to_pylist() == ["1, 2"] * 2
    delivery.write_text(write.replace("2018/12/28", "待定"), "gb18030")
    with pytest.raises(InvalidRows, match="approved-on-unreadable 1"):
        check(str(delivery), str(findings))
