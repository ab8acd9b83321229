"""Entries of the Glue catalogue, in a real API server: made, kept up to date, refused with a sentence.

Slow: these tests write tables again and again, in processes and buckets.
"""

from datetime import UTC, datetime
from decimal import Decimal

import boto3
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from arcana_assets.cli import app
from arcana_assets.deployment import Deployment, DeploymentError
from arcana_assets.lake.glue import Glue, GlueError, glue_type
from arcana_assets.lake.lake import Lake
from arcana_assets_tests.lake.lake_rows import KEY, MAY, commented, rows

pytestmark = pytest.mark.slow

DATABASE, NAME = "arcana_retail", "silver_transactions"


@pytest.fixture
def lake(s3):
    return Lake(root="s3://company/lake")


@pytest.fixture
def glue(s3):
    """A catalogue without a database."""
    client = boto3.client("glue")
    yield Glue("arcana")
    for database in client.get_databases()["DatabaseList"]:
        client.delete_database(Name=database["Name"])


def registered(lake, glue, about="Sales."):
    return glue.register(KEY, lake.uri(KEY), lake.open(KEY), about)


def entry():
    return boto3.client("glue").get_table(DatabaseName=DATABASE, Name=NAME)["Table"]


def test_a_table_is_registered_once_and_again_when_a_column_comes(lake, glue, engine):
    table = commented(rows((MAY, 1)), n="How many")
    lake.write(KEY, table, [MAY], engine=engine, run_id="run")
    assert registered(lake, glue) == "created"
    lake.write(KEY, rows((MAY, 2)), [MAY], engine=engine, run_id="run")
    assert registered(lake, glue) == "unchanged"
    lake.write(KEY, rows((MAY, 2), more=["x"]), [MAY], engine=engine, run_id="run")
    assert glue.state(KEY, lake.uri(KEY), lake.open(KEY)) == "outdated"
    assert registered(lake, glue) == "updated"
    assert glue.state(KEY, lake.uri(KEY), lake.open(KEY)) == "registered"
    found = entry()
    columns = [(each["Name"], each["Type"], each.get("Comment")) for each in found["StorageDescriptor"]["Columns"]]
    assert columns == [("n", "bigint", "How many"), ("month", "date", None), ("more", "string", None)]
    assert found["Description"] == "Sales."


def test_an_entry_says_what_athena_and_spark_look_for(lake, glue, engine):
    lake.write(KEY, rows((MAY, 1)), [MAY], engine=engine, run_id="run")
    registered(lake, glue)
    found, place = entry(), "s3://company/lake/retail/silver/transactions"
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert found["Parameters"]["table_type"] == found["Parameters"]["classification"] == "delta"
    assert found["Parameters"]["spark.sql.sources.provider"] == "delta"
    assert found["StorageDescriptor"]["Location"] == place
    assert found["StorageDescriptor"]["SerdeInfo"]["Parameters"]["path"] == place
    assert not found.get("PartitionKeys")


def test_every_type_of_the_lake_has_one_in_glue(lake, glue, engine):
    kinds = {
        "at": (pa.timestamp("us", tz="UTC"), datetime(2011, 5, 1, tzinfo=UTC), "timestamp"),
        "paid": (pa.decimal128(18, 4), Decimal("1.5"), "decimal(18,4)"),
        "rate": (pa.float64(), 0.5, "double"),
        "is_open": (pa.bool_(), True, "boolean"),
        "raw": (pa.binary(), b"x", "binary"),
        "words": (pa.list_(pa.string()), ["x"], "array<string>"),
        "of": (pa.struct([("a", pa.int64()), ("b", pa.string())]), {"a": 1, "b": "x"}, "struct<a:bigint,b:string>"),
        "by": (pa.map_(pa.string(), pa.int64()), [("x", 1)], "map<string,bigint>"),
    }
    columns = {name: pa.array([value], kind) for name, (kind, value, _) in kinds.items()}
    lake.write(KEY, pa.table({"month": [MAY], **columns}), [MAY], engine=engine, run_id="run")
    registered(lake, glue)
    found = {each["Name"]: each["Type"] for each in entry()["StorageDescriptor"]["Columns"]}
    assert found == {"month": "date", **{name: told for name, (_, _, told) in kinds.items()}}
    with pytest.raises(GlueError, match="has no type in Glue"):
        glue_type(pa.time64("us"))


def test_what_others_added_to_an_entry_is_no_difference(lake, glue, engine):
    lake.write(KEY, rows((MAY, 1)), [MAY], engine=engine, run_id="run")
    registered(lake, glue)
    client, found = boto3.client("glue"), entry()
    given = {name: found[name] for name in ("Name", "TableType", "Parameters", "StorageDescriptor")}
    client.update_table(
        DatabaseName=DATABASE, TableInput={**given, "Parameters": {**given["Parameters"], "owner": "bi"}}
    )
    assert registered(lake, glue) == "unchanged"
    lake.write(KEY, rows((MAY, 1)).append_column("more", [["x"]]), [MAY], engine=engine, run_id="run")
    assert registered(lake, glue) == "updated"
    assert entry()["Parameters"] == {**given["Parameters"], "owner": "bi"}


def test_a_catalogue_that_is_away_says_so_without_a_secret(lake, glue, engine, monkeypatch):
    lake.write(KEY, rows((MAY, 1)), [MAY], engine=engine, run_id="run")
    there = lake.open(KEY)
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "geheim")
    with pytest.raises(
        GlueError, match=r"Glue did not take or tell arcana_retail.silver_transactions: .*127.0.0.1:9"
    ) as found:
        glue.register(KEY, lake.uri(KEY), there)
    assert "geheim" not in str(found.value)


def test_credentials_that_are_missing_are_told(lake, glue, engine, monkeypatch):
    lake.write(KEY, rows((MAY, 1)), [MAY], engine=engine, run_id="run")
    there = lake.open(KEY)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(GlueError, match="Unable to locate credentials"):
        glue.register(KEY, lake.uri(KEY), there)


@pytest.mark.parametrize(("value", "words"), [("Arcana", "lower-case letters"), ("a-b", "lower-case letters")])
def test_a_prefix_that_glue_cannot_have_is_refused(value, words):
    with pytest.raises(DeploymentError, match=words):
        Deployment.from_env({"ARCANA_LAKE": "s3://company/lake", "ARCANA_GLUE_DATABASE": value})


def test_a_lake_in_a_folder_is_not_registered():
    with pytest.raises(DeploymentError, match="which no engine of AWS can read"):
        Deployment.from_env({"ARCANA_LAKE": "/lake", "ARCANA_GLUE_DATABASE": "arcana"})


def test_the_command_lists_what_is_wrong_and_repairs_it(lake, glue, engine, monkeypatch):
    monkeypatch.setenv("ARCANA_LAKE", lake.root)
    monkeypatch.setenv("ARCANA_GLUE_DATABASE", "arcana")
    lake.write(KEY, rows((MAY, 1)), [MAY], engine=engine, run_id="run")
    runner = CliRunner()
    found = runner.invoke(app, ["catalogue", "retail"])
    assert (found.exit_code, "not in the catalogue" in found.output) == (1, True)
    found = runner.invoke(app, ["catalogue", "retail", "--repair"])
    assert found.exit_code == 0, found.output
    assert NAME in found.output
    boto3.client("glue").create_table(DatabaseName=DATABASE, TableInput={"Name": "by_hand"})
    found = runner.invoke(app, ["catalogue", "retail"])
    assert (found.exit_code, "no table of the lake" in found.output) == (0, True)


def test_without_a_database_the_command_says_what_to_set(monkeypatch):
    monkeypatch.delenv("ARCANA_GLUE_DATABASE", raising=False)
    found = CliRunner().invoke(app, ["catalogue", "retail"])
    assert (found.exit_code, "ARCANA_GLUE_DATABASE is not set" in found.output) == (2, True)
