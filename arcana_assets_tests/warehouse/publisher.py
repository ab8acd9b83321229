"""A process that replaces one month again and again until it is killed.

Belongs here: what is killed. Does not belong here: who kills it, and what must be there afterwards (`test_databases`,
`benchmarks.warehouse`).
"""

import itertools
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


if __name__ == "__main__":
    publish(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
