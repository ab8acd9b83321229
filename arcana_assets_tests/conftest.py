"""Fixtures of tests that run the platform as a whole."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets_tests.platform import Platform


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with dg.instance_for_test() as instance:
        yield Platform(tmp_path, instance)


@pytest.fixture(scope="module")
def make_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Platform]]:
    with dg.instance_for_test() as instance:
        yield lambda: Platform(tmp_path_factory.mktemp("platform"), instance)


@pytest.fixture(scope="session")
def online_retail() -> Path:
    data = Path(os.environ.get("ARCANA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    file = data / "online_retail" / "data.csv"
    if not file.exists():
        pytest.skip(f"the real sales file is not at {file}; set ARCANA_SHARED_DATA")
    return file
