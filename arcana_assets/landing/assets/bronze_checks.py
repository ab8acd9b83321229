"""Checks of bronze: whether the rows of the files are there, whether some wait, whether a delivery is whole.

Belongs here: names and verdicts. Does not belong here: the asset that they guard (`bronze`).
"""

from collections import Counter
from datetime import date

import dagster as dg

from arcana_assets.domain.contract.contract import Contract, Landing
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.graph.run import Run
from arcana_assets.lake import reading as lake_reading
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.schema import MONTH
from arcana_assets.landing.files import parts
from arcana_assets.landing.files.inventory import Inventory

COMPLETE, UNKNOWN, COPIES = "every_row_landed", "no_unknown_columns", "no_copies_or_vanished_files"
WAITING, PARTS = "no_rows_waiting", "no_file_missing"


def complete(key: dg.AssetKey, inventory: Inventory, run: Run, lake: Lake, contract: Contract) -> dg.AssetCheckResult:
    """Whether bronze has as many rows of the months of the run as the files."""
    # A snapshot is kept once for each month that it is read in.
    dated = sum(inventory.rows(run.months, run.domain.start, run.end).values())
    landed = dated if contract.dated else inventory.total * len(run.months)
    not_due = inventory.not_due(run.domain.start, run.end) if contract.dated else 0
    kept = lake.rows(key.path, list(run.months))
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=COMPLETE,
        passed=landed == kept,
        description=f"{landed} rows in the files, {kept} in bronze",
        metadata={"rows_in_files": landed, "rows_in_bronze": kept, "not_due": not_due},
    )


def all_parts(key: dg.AssetKey, inventory: Inventory, landing: Landing) -> dg.AssetCheckResult:
    """Fails where the delivery is not whole; what there is of it goes on, so this blocks nothing."""
    paths = sorted(file.path for file in inventory.files)
    if not landing.required and not inventory.delivered:
        found = parts.Parts(True, "nothing was delivered, which the contract allows", [])
    else:
        found = parts.account(landing.files or len(paths), paths, inventory.copies)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=PARTS,
        passed=found.complete,
        severity=dg.AssetCheckSeverity.ERROR,
        description=found.words,
        metadata={"expected": landing.files or 0, "found": len(paths), "missing": found.missing},
    )


def waiting(key: dg.AssetKey, inventory: Inventory, run: Run, lake: Lake) -> dg.AssetCheckResult:
    """Months whose rows in the files are not those of bronze, by the inventory and the log of the lake alone."""
    months = months_between(run.domain.start, shifted(run.end, -1))
    held: Counter[date] = Counter()
    for file in lake_reading.live_files(lake.open(key.path), months):
        held[file[f"partition.{MONTH}"]] += file["num_records"]
    delivered = inventory.rows(months, run.domain.start, run.end)
    differing = [month for month in months if delivered[month] != held[month]]
    named = ", ".join(f"{month:%Y-%m}" for month in differing)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=WAITING,
        passed=not differing,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"refresh {named}" if differing else "no month waits",
        metadata={
            "months": {
                f"{month:%Y-%m}": f"{delivered[month]} rows in the files, {held[month]} in bronze"
                for month in differing
            }
        },
    )
