"""A table that a run wrote can be looked up in the Glue catalogue, and a catalogue that is away costs a warning.

Slow: each of these tests loads all domains, or starts runs of them.
"""

from dataclasses import replace
from datetime import date

import boto3
import dagster as dg
import pytest

from arcana_assets.lake.errors import LakeError
from arcana_assets.lake.glue import Glue
from arcana_assets_tests.graph.test_io_manager import ASSETS, GOLD, SILVER, SPENDING, spending, transactions
from arcana_assets_tests.worlds.run import deployment_in, materialized

pytestmark = pytest.mark.slow

JANUARY = [date(2011, 1, 1)]


@pytest.fixture
def run(tmp_path, engine, s3):
    """A run of a month of two tables on a lake in a bucket."""
    deployment = replace(deployment_in(tmp_path), lake="s3://company/lake", glue="arcana")

    def run(instance):
        return materialized(ASSETS, JANUARY, deployment, [transactions, spending], instance=instance, engine=engine)

    yield run
    client = boto3.client("glue")
    for database in client.get_databases()["DatabaseList"]:
        client.delete_database(Name=database["Name"])


def logged(instance, result):
    return [each.user_message for each in instance.all_logs(result.run_id) if each.dagster_event is None]


def test_every_table_that_a_run_wrote_is_registered(run):
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(instance).success
    found = boto3.client("glue").get_tables(DatabaseName="arcana_retail")["TableList"]
    assert sorted(table["Name"] for table in found) == ["gold_spending", "silver_transactions"]
    assert {table["Description"] for table in found} == {SPENDING.about}


def test_a_catalogue_that_is_away_is_a_warning_and_the_run_goes_on(run, monkeypatch):
    with dg.DagsterInstance.ephemeral() as instance:
        with monkeypatch.context() as patched:
            patched.setenv("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9")
            result = run(instance)
        assert result.success
        (said,) = [each for each in logged(instance, result) if "Glue" in each]
        assert "Glue did not take or tell arcana_retail.silver_transactions" in said
    rows_are_there()


def test_a_bucket_that_does_not_answer_after_the_commit_is_a_warning_too(run, monkeypatch):
    def busy(*_):
        raise LakeError("retail/silver/transactions cannot be read now: 503")

    monkeypatch.setattr(Glue, "register", busy)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(instance)
        assert result.success
        said = [each for each in logged(instance, result) if "Glue" in each]
    assert len(said) == 2
    assert said[0].endswith("is not told to the Glue catalogue: retail/silver/transactions cannot be read now: 503")
    rows_are_there()


def rows_are_there():
    for table in (SILVER, GOLD):
        log = boto3.client("s3").list_objects_v2(Bucket="company", Prefix=f"lake/{'/'.join(table)}/_delta_log")
        assert log["KeyCount"]
