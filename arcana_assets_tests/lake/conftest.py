"""Rows go in and come out as tuples."""

import pytest

from arcana_assets_tests.lake.lake_rows import KEY


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


@pytest.fixture(params=["disk", "bucket"])
def root(request, tmp_path):
    """The root of a lake, on a disk and in a bucket."""
    if request.param == "bucket":
        request.getfixturevalue("s3")
        return "s3://company/lake"
    return str(tmp_path / "lake")
