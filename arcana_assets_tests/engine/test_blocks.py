"""Blocks and samples: the same customers whatever order they stand in and whoever else is there."""

import ibis
import pandas as pd

from arcana_assets.engine.blocks import blocks, drawn
from arcana_assets.engine.duckdb import Engine


def ids_of(rows):
    return sorted(Engine().backend.to_pyarrow(rows)["customer_id"].to_pylist())


def customers(count, first=0, shuffled=None):
    frame = pd.DataFrame({"customer_id": [f"c{number:05}" for number in range(first, first + count)]})
    return ibis.memtable(frame if shuffled is None else frame.sample(frac=1, random_state=shuffled))


def test_a_sample_depends_on_neither_the_order_of_rows_nor_on_who_comes_beside():
    few = set(ids_of(drawn(customers(3_000), 500, 7, 3_000)))
    assert len(few) == 500
    assert set(ids_of(drawn(customers(3_000, shuffled=1), 500, 7, 3_000))) == few
    more = set(ids_of(drawn(customers(9_000), 500, 7, 9_000)))
    assert len(more) == 500
    old = set(ids_of(customers(3_000)))
    assert more & old <= few  # a newcomer takes somebody's place, and brings nobody else in
    assert 100 < len(more & old) < 240
    assert set(ids_of(drawn(customers(3_000), 500, 8, 3_000))) != few


def test_of_no_more_customers_than_a_sample_has_all_are_in_it():
    assert len(ids_of(drawn(customers(300), 300, 7, 300))) == 300


def test_who_is_in_a_sample_is_said_by_md5_alone_which_every_engine_has():
    import hashlib

    wanted = sorted(ids_of(customers(1_000)), key=lambda each: hashlib.md5(f"7:{each}".encode()).hexdigest())[:50]
    assert ids_of(drawn(customers(1_000), 50, 7, 1_000)) == sorted(wanted)


def test_blocks_follow_each_other_and_hold_every_row_once():
    rows = customers(5_000, shuffled=3)
    found = blocks(rows, 1_000, Engine())
    assert len(found) == 5
    held = [ids_of(each.of(rows)) for each in found]
    assert [one for each in held for one in each] == ids_of(rows)
    assert all(700 < len(each) < 1_300 for each in held)
    query = Engine().query(rows)
    assert [query.where(each.condition).table().num_rows for each in found] == [len(each) for each in held]
    assert len(blocks(rows, 5_000, Engine())) == 1
