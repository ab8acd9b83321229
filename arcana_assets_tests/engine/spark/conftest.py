"""What tests of Spark share: a server with two workers, and the engine on it."""

from collections.abc import Iterator

import pytest

from arcana_assets.engine.duckdb import Engine
from arcana_assets.engine.spark.choice import event_engine
from arcana_assets.engine.spark.engine import SparkEngine
from arcana_assets_tests.worlds import spark
from arcana_assets_tests.worlds.spark import SparkServer


@pytest.fixture(scope="session")
def spark_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkServer]:
    if reason := spark.missing():
        pytest.skip(reason)
    with spark.server(tmp_path_factory.mktemp("spark")) as started:
        yield started


@pytest.fixture(scope="session")
def spark_engine(spark_server: SparkServer) -> SparkEngine:
    made = event_engine(spark_server.uri, Engine())
    assert isinstance(made, SparkEngine)
    return made
