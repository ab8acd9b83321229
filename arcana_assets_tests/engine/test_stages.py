"""Tables that show one expression after the other, and chains compiled over them once."""

import ibis
import pytest

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.stages import Shown, Stages


@pytest.fixture
def engine():
    return Engine()


def numbers(*found):
    return ibis.memtable({"n": list(found)}, schema={"n": "int64"})


def test_what_is_compiled_once_follows_what_is_shown(engine):
    shown = Shown(engine, {"one": numbers(1, 2), "other": numbers(5)})
    stages = Stages(engine, shown.table, lambda t: t.mutate(twice=t.n * 2), lambda t: t.agg(total=t.twice.sum()))
    query = engine.query(stages.result)

    def total():
        with query.batches() as reader:
            return reader.read_all()["total"].to_pylist()

    assert total() == [6]  # the first is shown until another is
    shown.show("other")
    assert total() == [10]
    shown.show("one")
    assert total() == [6]
    stages.close()
    shown.close()


def test_nothing_is_left_of_what_was_shown(engine):
    views = "SELECT count(*) FROM duckdb_views() WHERE view_name LIKE 'shown@%' OR view_name LIKE 'stage@%'"
    before = engine.backend.con.sql(views).fetchall()
    shown = Shown(engine, {"one": numbers(1)})
    stages = Stages(engine, shown.table, lambda t: t.mutate(twice=t.n * 2))
    stages.close()
    shown.close()
    assert engine.backend.con.sql(views).fetchall() == before
