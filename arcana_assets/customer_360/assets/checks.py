"""Checks that several tables have: a rollup adds up to silver, customer 360 holds as many customers as it is made of.

Belongs here: their words and their results. Does not belong here: checks of one table (beside its asset), types and
keys, which every table is checked for (`graph.table_asset`).
"""

from collections.abc import Sequence
from decimal import Decimal

import dagster as dg

from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.run import Run
from arcana_assets.lake.lake import Lake

ADDS_UP, ONE_ROW = "rollups_add_up", "one_row_a_customer"


def adds_up_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check of one of the tables of a rollup."""
    words = "What the rollup adds up to is what silver holds"
    return dg.AssetCheckSpec(ADDS_UP, asset=key, blocking=True, description=words)


def adds_up(
    key: dg.AssetKey, columns: str | Sequence[str], expected: int | Decimal, run: Run, lake: Lake, engine: EventEngine
) -> dg.AssetCheckResult:
    """Whether a column of the rollup, or several together, adds up to `expected` over the months of the run."""
    names = [columns] if isinstance(columns, str) else [*columns]
    kept = lake.read(key.path, list(run.months), engine)
    sums = engine.small(kept.agg(**{name: kept[name].sum() for name in names})).to_pylist()[0]
    found, column = sum(number or 0 for number in sums.values()), " + ".join(names)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ADDS_UP,
        passed=found == expected,
        description=f"{found} {column} in the rollup, {expected} in silver",
        metadata={"rollup": float(found), "silver": float(expected)},
    )


def one_row_spec(key: dg.AssetKey, words: str) -> dg.AssetCheckSpec:
    """The check that a table has as many rows as there are customers; that no customer has two is said by its key."""
    return dg.AssetCheckSpec(ONE_ROW, asset=key, blocking=True, description=words)


def one_row(key: dg.AssetKey, customers: int, of: str, run: Run, lake: Lake) -> dg.AssetCheckResult:
    """Whether the table has a row for each of the customers that it is made `of`, counted once a month."""
    rows = lake.rows(key.path, list(run.months))
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ONE_ROW,
        passed=rows == customers,
        description=f"{customers} customers in {of}, {rows} rows (customers counted once a month)",
        metadata={"customers": customers, "rows": rows},
    )
