"""Expressions are computed on a real engine, of the same connection throughout."""

import ibis
import pytest

from arcana_assets.resources.engine import Engine
from arcana_assets_tests.transforms.bronze_rows import chain


@pytest.fixture(scope="session")
def backend():
    yield Engine().backend
    chain.cache_clear()  # it holds the connection, which would outlive the interpreter


@pytest.fixture
def rows_of(backend):
    """The rows of an expression as dicts."""
    return lambda table: backend.to_pyarrow(table).to_pylist()


@pytest.fixture
def value_of(backend):
    """What a function of a text column makes of texts, one by one or as a list."""

    def compute(function, *texts):
        table = ibis.memtable({"at": range(len(texts)), "text": texts}, schema={"at": "int64", "text": "string"})
        found = backend.to_pyarrow(table.select("at", value=function(table.text)).order_by("at"))["value"].to_pylist()
        return found[0] if len(texts) == 1 else found

    return compute
