"""Fixtures of tests that run the platform as a whole."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets_tests.platform import Platform

LONGEST_FIRST = (
    *(f"end_to_end/test_{name}.py" for name in ("real_file", "b2b", "sample", "feedback", "models", "tracked_models")),
    *("test_cli.py", "test_benchmarks.py", "assets/test_bronze_silver.py", "resources/test_lake_concurrency.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that at the end no process waits for another that has only begun one of them."""
    places = {file: place for place, file in enumerate(LONGEST_FIRST)}

    def place(item: pytest.Item) -> int:
        return next((at for file, at in places.items() if item.nodeid.split("::")[0].endswith(file)), len(places))

    items.sort(key=place)


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
