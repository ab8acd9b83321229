"""A lake in a folder of its own, and an engine, for the tests of the storage layer."""

import pytest

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
