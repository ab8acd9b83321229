"""A lake in a folder of its own, an engine, and an S3 API server, for the tests of the storage layer."""

import boto3
import pytest
from moto.server import ThreadedMotoServer

from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets_tests.resources.lake_rows import KEY
from arcana_assets_tests.resources.landing_drops import Drop, catalogue


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(root=str(tmp_path / "lake"))


@pytest.fixture
def write(lake, engine):
    def write(data, months, key=KEY, **options):
        return lake.write(key, data, months, engine=engine, run_id="run-1", **options)

    return write


@pytest.fixture
def read(lake, engine):
    """The rows of the months, ordered, as tuples or, for several columns, as asked for."""

    def read(months, *columns, key=KEY):
        table = lake.read(key, months, engine)
        found = table.select(*(columns or ("month", "n"))).to_pyarrow().to_pylist()
        return sorted(tuple(row.values()) for row in found)

    return read


@pytest.fixture
def drop(tmp_path, engine) -> Drop:
    return Drop(tmp_path / "landing", engine, catalogue())


@pytest.fixture(scope="module")
def server():
    """The address of an S3 API server of this module's own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(server, monkeypatch):
    """A client of the server, which the environment names, with an empty bucket `company`."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="company")
    yield client
    for item in client.list_objects_v2(Bucket="company").get("Contents", []):
        client.delete_object(Bucket="company", Key=item["Key"])
    client.delete_bucket(Bucket="company")
