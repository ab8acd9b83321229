"""A process that replaces one month again and again until it is killed.

Belongs here: what is killed. Does not belong here: who kills it, and what must be there afterwards (`test_databases`,
`benchmarks.warehouse`).
"""

import importlib
import itertools
import os
import sys
from pathlib import Path

from arcana_assets.warehouse.month import Database
from arcana_assets.warehouse.sqlite import Sqlite
from arcana_assets_tests.warehouse.conftest import part, sales


def publish(dialect: str, place: str, schema: str, number: int, rows: int) -> None:
    """All rows of a writing have one value, which the next writing does not have."""
    if dialect == "sqlite":
        database: Database = Sqlite(Path(place))
    else:
        from arcana_assets.warehouse.postgres import Postgres

        database = Postgres(place, schema)
    customers = [f"{each:06d}" for each in range(rows)]
    sys.stdout.write("publishing\n")
    sys.stdout.flush()
    for turn in itertools.count(1):
        database.take(part(sales(customers=customers, money=[number * 1000 + turn] * rows)), lambda: None)
        if turn == 1:
            sys.stdout.write("published\n")
            sys.stdout.flush()


def publish_again_and_again(dialect: str, place: str, schema: str, rows: int) -> None:
    """For each line that is typed, once the one before was killed, another publisher: its id is told, then that it
    begins. They are forked, for all that is imported takes longer than a publisher lives."""
    for module in (
        "ibis.backends.duckdb",
        "pyarrow.csv",
        *(["arcana_assets.warehouse.postgres"] * (dialect != "sqlite")),
    ):
        importlib.import_module(module)
    number = 0
    while sys.stdin.readline():
        number += 1
        child = os.fork()
        if not child:
            publish(dialect, place, schema, number, rows)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("killed\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[4] == "again":
        publish_again_and_again(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[5]))
    else:
        publish(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
