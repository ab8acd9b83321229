"""What a function of a text column makes of texts."""

import ibis
import pytest


@pytest.fixture
def value_of(backend):
    """What a function of a text column makes of texts, one by one or as a list."""

    def compute(function, *texts):
        table = ibis.memtable({"at": range(len(texts)), "text": texts}, schema={"at": "int64", "text": "string"})
        found = backend.to_pyarrow(table.select("at", value=function(table.text)).order_by("at"))["value"].to_pylist()
        return found[0] if len(texts) == 1 else found

    return compute
