"""A lake in a folder of its own, and an engine, for the tests of the storage layer."""

import pytest

from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(root=str(tmp_path / "lake"))
